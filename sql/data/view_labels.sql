-- What the bulletin calls its views and their columns: it comes before the comments on them, where tools show it as what they are called.

-- A caption is of each month there.
CREATE OR REPLACE FUNCTION label_places(settings jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    words jsonb := page_words('month');
BEGIN
    RETURN words || jsonb_strip_nulls(jsonb_build_object('month', words -> 'each_month', 'days', words -> 'each_month', 'quarter', words -> 'each_quarter',
                                                         'end', words -> 'each_end', 'compared', compared_text(settings)));
END
$function$;
COMMENT ON FUNCTION label_places(jsonb) IS 'What stands in the texts of the page where they are about no month, but about all.';

-- A head has levels, and lines.
CREATE OR REPLACE FUNCTION head_label(head text) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
    SELECT replace(replace(regexp_replace(head, '([^\x01-\x7f])\n', '\1', 'g'), E'\n', ' '), '|', ' ')
$function$;
COMMENT ON FUNCTION head_label(text) IS 'The head of a column in one line.';

-- The numbers of tables and figures are left out: they are those of what stands on the page of a month.
CREATE OR REPLACE FUNCTION view_labels(view name) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    item page_item;
    labels jsonb;
    settings jsonb := all_settings();
    places jsonb := label_places(settings);
BEGIN
    SELECT i.* INTO item FROM page_item i WHERE (parse_ident(i.view))[cardinality(parse_ident(i.view))] = view_labels.view AND i.kind IN ('table', 'figure')
        ORDER BY i.section, i.position LIMIT 1;
    labels := (SELECT coalesce(jsonb_object_agg(substr(l.name, 8), l.label), '{}') FROM label l WHERE starts_with(l.name, 'column_'))
        || jsonb_strip_nulls(jsonb_build_object('', coalesce(item.caption, (SELECT l.label FROM label l WHERE l.name = 'view_' || view))))
        || (SELECT coalesce(jsonb_object_agg(h.key, head_label(h.value)), '{}') FROM jsonb_each_text(with_codes(item.heads)) h);
    RETURN (SELECT jsonb_object_agg(t.key, edustats.fill_text(t.value, places)) FROM jsonb_each_text(labels) t);
END
$function$;
COMMENT ON FUNCTION view_labels(name) IS
    'What the bulletin calls a documented view, by the name '''', and columns, by their names: as on its page, or else by the table "label".';

-- What stands before the comment of a view or column, as put_comments has put it there.
CREATE OR REPLACE FUNCTION label_of(name text, comment text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN (SELECT l.label FROM label l WHERE l.name = label_of.name AND starts_with(comment, l.label || ': '));
END
$function$;
COMMENT ON FUNCTION label_of(text, text) IS 'A row of the table "label", if it is what a comment begins with; else NULL.';
