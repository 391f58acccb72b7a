-- The bulletin as JSON.

CREATE FUNCTION edustats.item_json(kind text, number integer, view text, caption text, note text, columns jsonb, rows jsonb, style text, unit text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN CASE kind
        WHEN 'sentence' THEN jsonb_build_object('kind', kind, 'view', view, 'text', jsonb_path_query_array(rows, '$[*].text ? (@ != null)'))
        WHEN 'note' THEN jsonb_build_object('kind', kind, 'text', jsonb_build_array(note))
        ELSE jsonb_strip_nulls(jsonb_build_object('kind', kind, 'number', number, 'view', view, 'caption', caption, 'note', note, 'style', style, 'unit', unit, 'columns', columns))
             || jsonb_build_object('rows', rows) END;
END
$function$;
COMMENT ON FUNCTION edustats.item_json(text, integer, text, text, text, jsonb, jsonb, text, text) IS
    'An item of the page as an object: {"kind", "text": its paragraphs} of sentences and notes; {"kind", "number", "view", "caption", "note", "style", "unit", "columns", "rows"} of others, without what there is not.';

CREATE FUNCTION edustats.bulletin_json(bulletin name, days daterange, view text DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
SET jit TO off
AS $function$
#variable_conflict use_variable
DECLARE
    settings jsonb := edustats.bulletin_settings(bulletin, days);
    sections jsonb;
BEGIN
    IF settings IS NULL THEN
        RETURN NULL;
    END IF;
    sections := (SELECT jsonb_agg(jsonb_build_object('number', s.number, 'title', s.title, 'items', s.items) ORDER BY s.section)
                 FROM (SELECT CASE WHEN view IS NULL THEN i.section END AS section, min(i.section_number) AS number, min(i.title) AS title,
                              jsonb_agg(edustats.item_json(i.kind, i.number, i.view, i.caption, i.note, i.columns, i.rows, i.style, i.unit)
                                        ORDER BY i.section, i.position) AS items
                       FROM edustats.bulletin_items(bulletin, days, view) i GROUP BY 1) s);
    RETURN jsonb_build_object('bulletin', bulletin, 'first', lower(days), 'last', upper(days) - 1)
        || CASE WHEN view IS NULL THEN jsonb_build_object('title', settings -> 'title', 'settings', settings, 'sections', coalesce(sections, '[]'))
                ELSE jsonb_build_object('items', sections #> '{0,items}') END;
END
$function$;
COMMENT ON FUNCTION edustats.bulletin_json(name, daterange, text) IS
    'The bulletin of any days as JSON: {"bulletin", "first", "last", "title", "settings", "sections": [{"number", "title", "items"}]}; or of one view, {"bulletin", "first", "last", "items"}. An item has its "kind"; of sentences and notes "text", an array; of tables and figures "number", "view", "caption", "note", "columns" ([{"name", "head", "form", "merged"}], in their order) and "rows", an object for each by the names of the columns, with values as the view has them: numbers are numbers, and null is none. view, and errors, as for bulletin_csv. NULL for no bulletin or no days.';

CREATE FUNCTION edustats.bulletin_json(bulletin name, month date, view text DEFAULT NULL) RETURNS jsonb
LANGUAGE sql STABLE
RETURN edustats.bulletin_json(bulletin, edustats.days_of(month), view);
COMMENT ON FUNCTION edustats.bulletin_json(name, date, text) IS 'The month that the date is in, as bulletin_json of days has it.';

CREATE FUNCTION edustats.bulletin_json(bulletin name, month_or_days text, view text DEFAULT NULL) RETURNS jsonb
LANGUAGE sql STABLE
RETURN edustats.bulletin_json(bulletin, edustats.days_of(month_or_days), view);
COMMENT ON FUNCTION edustats.bulletin_json(name, text, text) IS
    'A month, named by one of its days as PostgreSQL reads dates, or days, written as a daterange, as bulletin_json of days has them.';
