-- What the page shows of a month, or another period: its words, the columns and cells of its items, and its numbers. What is called
-- for each item is in PL/pgSQL: a SQL function would be planned anew each time.

CREATE OR REPLACE FUNCTION compared_text(settings jsonb) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    separator text := coalesce(settings ->> 'list_separator', ', ');
BEGIN
    RETURN edustats.joined_text((
        SELECT array_agg(edustats.fill_text(settings ->> 'compared', jsonb_build_object('label', coalesce(o.label, o.org_type))) ORDER BY o.position, o.code)
        FROM org_type o WHERE o.compared AND settings ? 'compared'), separator, coalesce(settings ->> 'list_last', separator));
END
$function$;
COMMENT ON FUNCTION compared_text(jsonb) IS 'The kinds of organisation that are compared, as the page names them.';

-- Words for the period end with what it is.
CREATE OR REPLACE FUNCTION page_words(kind text) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN (SELECT coalesce(jsonb_object_agg(l.name, l.label), '{}')
            FROM (SELECT t.name, t.label FROM label t WHERE t.name !~ '^(view|column)_'
                  UNION ALL SELECT left(t.name, -length(kind) - 1), t.label FROM label t WHERE right(t.name, length(kind) + 1) = '_' || kind) l);
END
$function$;
COMMENT ON FUNCTION page_words(text) IS 'The words of the table "label" by their names, and those for a kind of period by their names without it, too.';

CREATE OR REPLACE FUNCTION page_places(first date, last date, settings jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    days daterange := daterange(first, last, '[]');
    kind text := edustats.period_kind(days);
    places jsonb := jsonb_build_object(
        'year', extract(year FROM last), 'month_number', extract(month FROM last), 'month_name', to_char(last, 'FMMonth'), 'last_day', extract(day FROM last),
        'first_year', extract(year FROM first), 'first_month_number', extract(month FROM first), 'first_month_name', to_char(first, 'FMMonth'),
        'first_day', extract(day FROM first),
        'quarter_number', extract(quarter FROM last), 'quarter_numeral', edustats.numeral_text(extract(quarter FROM last)::integer));
    names jsonb := jsonb_build_object(
        'month', settings ->> edustats.period_form(first, last), 'days', settings ->> edustats.days_form(first, last),
        'quarter', settings ->> CASE kind WHEN 'month' THEN 'quarter' ELSE edustats.period_form(first, last) END,
        'end', settings ->> CASE WHEN extract(day FROM last + 1) = 1 THEN 'end_of_month' ELSE 'day' END);
BEGIN
    RETURN page_words(kind) || places || jsonb_build_object('compared', compared_text(settings))
        || (SELECT jsonb_object_agg(n.key, coalesce(edustats.fill_text(n.value, places), CASE n.key WHEN 'end' THEN last::text ELSE days::text END))
            FROM jsonb_each_text(names) n);
END
$function$;
COMMENT ON FUNCTION page_places(date, date, jsonb) IS
    'What a period says in the texts of the page, by the places for it. One that the settings have no name for is told as PostgreSQL writes it.';

CREATE OR REPLACE FUNCTION item_view(view text, bulletin name) RETURNS regclass
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    parts text[] := parse_ident(view);
BEGIN
    RETURN CASE WHEN view IS NULL THEN NULL
                WHEN cardinality(parts) = 2 THEN to_regclass(format('%I.%I', parts[1], parts[2]))
                ELSE coalesce(to_regclass(format('%I.%I', bulletin, parts[1])), to_regclass(format('%I.%I', current_schema(), parts[1]))) END;
END
$function$;
COMMENT ON FUNCTION item_view(text, name) IS 'The view of an item of the page; NULL if it is not there.';

CREATE OR REPLACE FUNCTION page_rows(view regclass, month date) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    schema regnamespace := this_schema();
    name_of_view text := format('page %s ', view::oid);
    name text := name_of_view || month;
    sorted_by name;
    rows jsonb := edustats.recall(schema, name, NULL::jsonb);
BEGIN
    IF rows IS NULL THEN
        IF NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = view AND a.attname = 'month' AND a.atttypid = 'date'::regtype AND NOT a.attisdropped) THEN
            RAISE EXCEPTION USING ERRCODE = 'undefined_column', MESSAGE = format('%s can''t stand on the page: it has no column "month" of type date', view);
        END IF;
        sorted_by := (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = view AND a.attname IN ('row', 'rank', 'position') AND NOT a.attisdropped
               ORDER BY a.attname = 'row' DESC, a.attname = 'rank' DESC LIMIT 1);
        IF wants_all(name_of_view) THEN
            EXECUTE format('SELECT count(edustats.remember($1, $2 || m.month, coalesce(r.rows, ''[]''))) FROM months m '
                           'LEFT JOIN (SELECT v.month, jsonb_agg(to_jsonb(v)%s) AS rows FROM %s v GROUP BY v.month) r ON r.month = m.month',
                           ' ORDER BY v.' || quote_ident(sorted_by), view) USING schema, name_of_view;
            rows := edustats.recall(schema, name, rows);
        END IF;
        rows := coalesce(rows, edustats.remember(schema, name, edustats.month_rows(view, month, sorted_by)));
    END IF;
    RETURN rows;
END
$function$;
COMMENT ON FUNCTION page_rows(regclass, date) IS
    'The rows of a view for a month, read once for a page: in the order of its column "row", "rank" or "position", or else as it has them. An error for a view without a column "month" (undefined_column).';

CREATE OR REPLACE FUNCTION with_codes(columns jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    IF strpos(columns::text, '{code}') = 0 THEN
        RETURN columns;
    END IF;
    RETURN columns || (SELECT coalesce(jsonb_object_agg(replace(c.key, '{code}', o.code),
                                                        edustats.fill_text(c.value, jsonb_build_object('label', coalesce(o.label, o.org_type)))), '{}')
                       FROM jsonb_each_text(columns) c CROSS JOIN org_type o WHERE strpos(c.key, '{code}') > 0);
END
$function$;
COMMENT ON FUNCTION with_codes(jsonb) IS 'What is said of columns by name, with that of {code} said of each kind of organisation.';

CREATE OR REPLACE FUNCTION item_columns(item page_item, view regclass, rows jsonb, places jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    heads jsonb := with_codes(item.heads);
    forms jsonb := with_codes(item.forms);
    optional jsonb := with_codes((SELECT jsonb_object_agg(o, '') FROM unnest(item.optional) o));
BEGIN
    RETURN (
        SELECT jsonb_agg(jsonb_build_object(
            'name', a.attname, 'merged', a.attname = ANY (coalesce(item.merged, '{}')),
            'head', string_to_array(coalesce(edustats.fill_text(heads ->> a.attname::text, places), label_of('column_' || a.attname, col_description(view, a.attnum)),
                                               col_description(view, a.attnum), a.attname), '|'),
            'form', coalesce(forms ->> a.attname::text, CASE WHEN a.attname = 'rank' THEN 'rank' WHEN t.typcategory = 'N' THEN 'number' ELSE 'text' END))
            ORDER BY a.attnum)
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = view AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'month' AND a.attname <> ALL (coalesce(item.hidden, '{}'))
          AND (optional ? a.attname::text IS NOT TRUE OR jsonb_path_exists(rows, format('$[*].%s ? (@ != null)', to_json(a.attname))::jsonpath)));
END
$function$;
COMMENT ON FUNCTION item_columns(page_item, regclass, jsonb, jsonb) IS
    'The columns of an item as they are printed: [{"name", "head": levels from above, "form", "merged": are equal neighbours one?}].';

CREATE OR REPLACE FUNCTION item_cells(columns jsonb, rows jsonb, separator text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN (SELECT coalesce(jsonb_agg((
            SELECT jsonb_agg(edustats.form_text(r.value ->> (c.value ->> 'name'), c.value ->> 'form', separator) ORDER BY c.place)
            FROM jsonb_array_elements(columns) WITH ORDINALITY c(value, place)) ORDER BY r.place), '[]')
        FROM jsonb_array_elements(rows) WITH ORDINALITY r(value, place));
END
$function$;
COMMENT ON FUNCTION item_cells(jsonb, jsonb, text) IS
    'Rows as they are printed: an array for each, of the texts of its cells. separator stands between each three digits of numbers; NULL for none.';

-- What is hidden is not for whoever may read the page.
CREATE OR REPLACE FUNCTION item_rows(columns jsonb, rows jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN (SELECT coalesce(jsonb_agg((
            SELECT jsonb_object_agg(c.name, r.value -> c.name)
            FROM jsonb_path_query(columns, '$[*].name') n CROSS JOIN LATERAL (SELECT n #>> '{}' AS name) c) ORDER BY r.place), '[]')
        FROM jsonb_array_elements(rows) WITH ORDINALITY r(value, place));
END
$function$;
COMMENT ON FUNCTION item_rows(jsonb, jsonb) IS 'The values of the columns that are printed: an object for each row, by their names.';

CREATE OR REPLACE FUNCTION has_item(months integer, last_day date) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN months = 1 OR extract(day FROM last_day + 1) = 1 AND extract(month FROM last_day)::integer % months = 0;
END
$function$;
COMMENT ON FUNCTION has_item(integer, date) IS 'Does an item that is there every so many months stand on the page of a period with a last day?';

CREATE OR REPLACE FUNCTION item_content(item page_item, bulletin name, month date, settings jsonb, places jsonb, OUT columns jsonb, OUT cells jsonb, OUT shown_rows jsonb)
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    view regclass;
    rows jsonb;
BEGIN
    view := item_view(item.view, bulletin);
    IF view IS NULL THEN
        RETURN;
    END IF;
    rows := page_rows(view, month);
    IF item.rows IS NOT NULL THEN
        rows := (SELECT coalesce(jsonb_agg(r.value ORDER BY r.place), '[]') FROM jsonb_array_elements(rows) WITH ORDINALITY r(value, place) WHERE r.value @> item.rows);
    END IF;
    columns := CASE WHEN item.kind = 'sentence' THEN '[{"name": "text", "form": "text"}]' ELSE item_columns(item, view, rows, places) END;
    IF item.kind = 'figure' THEN
        columns := figure_columns(columns);
    END IF;
    cells := item_cells(columns, rows, CASE WHEN item.kind = 'table' THEN settings ->> 'digit_separator' END);
    shown_rows := item_rows(columns, rows);
END
$function$;
COMMENT ON FUNCTION item_content(page_item, name, date, jsonb, jsonb) IS 'What an item of the page shows of a month, as columns, cells, and rows of their values; NULL where it is not there.';

CREATE OR REPLACE FUNCTION figure_columns(columns jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN (SELECT jsonb_build_array(
            (SELECT c.value || '{"form": "text"}' FROM jsonb_array_elements(columns) WITH ORDINALITY c(value, place)
             ORDER BY c.value ->> 'form' = 'label' DESC, c.value ->> 'form' = 'text' DESC, c.place LIMIT 1),
            (SELECT c.value || '{"form": "number"}' FROM jsonb_array_elements(columns) WITH ORDINALITY c(value, place)
             ORDER BY c.value ->> 'form' = 'value' DESC, c.value ->> 'form' = 'number' DESC, c.place LIMIT 1)));
END
$function$;
COMMENT ON FUNCTION figure_columns(jsonb) IS 'Of the columns of a figure, that with its labels and that with its values.';

CREATE OR REPLACE FUNCTION has_dash(columns jsonb, cells jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN (SELECT EXISTS (SELECT FROM jsonb_array_elements(columns) WITH ORDINALITY c(value, place)
                       WHERE c.value ->> 'form' NOT IN ('header', 'rank') AND jsonb_path_exists(cells, '$[*][$n] ? (@ == null)', jsonb_build_object('n', c.place - 1))));
END
$function$;
COMMENT ON FUNCTION has_dash(jsonb, jsonb) IS 'Is there a cell without a value in a table?';

-- In the remarks the meaning of "-" comes first, where there is one.
CREATE OR REPLACE FUNCTION item_note(note text, dash text, settings jsonb, places jsonb) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    remarks text[] := array_remove(ARRAY[CASE WHEN dash IS NOT NULL THEN edustats.fill_text(settings ->> 'dash_note', places || jsonb_build_object('dash', dash)) END,
                                         edustats.fill_text(note, places)], NULL);
    form text := settings ->> CASE WHEN cardinality(remarks) > 1 THEN 'numbered_note' ELSE 'one_note' END;
BEGIN
    RETURN (SELECT rtrim(string_agg(edustats.fill_text(form, places || jsonb_build_object('number', r.place, 'note', r.remark)), '' ORDER BY r.place))
            FROM unnest(remarks) WITH ORDINALITY r(remark, place));
END
$function$;
COMMENT ON FUNCTION item_note(text, text, jsonb, jsonb) IS 'The remarks below an item: what "-" means, if it is not NULL, and its own; NULL for none.';

-- What stands on the page, in its order, with all texts made. Sections, tables and figures are numbered as they are there.
CREATE OR REPLACE FUNCTION page_of(month date, last_day date)
RETURNS TABLE (section integer, section_number integer, title text, "position" integer, kind text, number integer, view text, caption text, note text,
               columns jsonb, cells jsonb, style text, unit text, rows jsonb)
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER ROWS 50 COST 1000000
SET search_path FROM CURRENT
SET row_security TO off
SET jit TO off
SET plan_cache_mode TO force_generic_plan
AS $function$
DECLARE
    bulletin name := (SELECT a.bulletin FROM edustats.attachment a WHERE a.data = current_schema());
    settings jsonb := all_settings();
    places jsonb := page_places(month, last_day, settings);
BEGIN
    RETURN QUERY
    WITH shown AS MATERIALIZED (
        SELECT s.title, i.*, c.columns AS shown_columns, c.cells AS shown_cells, c.shown_rows
        FROM page_item i JOIN page_section s ON s.section = i.section CROSS JOIN LATERAL item_content(i, bulletin, page_of.month, settings, places) c
        WHERE has_item(i.months, page_of.last_day) AND (i.kind = 'note' OR i.kind = 'sentence' AND jsonb_array_length(c.cells) > 0
           OR i.kind IN ('table', 'figure') AND jsonb_path_exists(c.columns, '$[*] ? (@.form != "header")'))         -- where no kind is compared, there is nothing to print of some
    ), numbered AS (
        SELECT i.*, dense_rank() OVER (ORDER BY i.section)::integer AS section_number,
               CASE WHEN i.kind IN ('table', 'figure') THEN row_number() OVER (PARTITION BY i.kind ORDER BY i.section, i.position) END::integer AS number
        FROM shown i)
    SELECT n.section, n.section_number, edustats.fill_text(coalesce(settings ->> 'section_title', '{title}'), places || jsonb_build_object('number', n.section_number,
               'numeral', edustats.numeral_text(n.section_number), 'title', edustats.fill_text(n.title, places))),
           n.position, n.kind, n.number, n.view,
           edustats.fill_text(CASE WHEN n.number > 0 THEN coalesce(settings ->> (n.kind || '_caption'), '{caption}') END, places || jsonb_build_object('number', n.number, 'numeral', edustats.numeral_text(n.number),
               'caption', edustats.fill_text(coalesce(n.caption, label_of('view_' || n.view, v.comment), v.comment, n.view), places))),
           CASE n.kind WHEN 'note' THEN edustats.fill_text(n.note, places)
                       WHEN 'sentence' THEN NULL
                       ELSE item_note(n.note, CASE WHEN has_dash(n.shown_columns, n.shown_cells) THEN n.dash END, settings, places) END,
           n.shown_columns, n.shown_cells, n.style, n.unit, n.shown_rows
    FROM numbered n CROSS JOIN LATERAL (SELECT obj_description(item_view(n.view, bulletin), 'pg_class')) v(comment)
    ORDER BY n.section, n.position;
END
$function$;
COMMENT ON FUNCTION page_of(date, date) IS 'The page of a month, or another period, an item a row.';

CREATE OR REPLACE FUNCTION page_settings(month date, last_day date) RETURNS jsonb
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER
SET search_path FROM CURRENT
AS $function$
DECLARE
    settings jsonb := all_settings();
    places jsonb := page_places(month, last_day, settings);
BEGIN
    RETURN (SELECT coalesce(jsonb_object_agg(t.key, edustats.fill_text(t.value, places)), '{}') FROM jsonb_each_text(settings) t
            WHERE t.key NOT IN ('section_title', 'table_caption', 'figure_caption', 'dash_note', 'one_note', 'numbered_note', 'compared', 'end_of_month', 'month', 'quarter',
                            'first_half', 'second_half', 'whole_year', 'months', 'months_over_years', 'day', 'days', 'days_over_months', 'days_over_years'));
END
$function$;
COMMENT ON FUNCTION page_settings(date, date) IS 'What the page of a month, or another period, says of itself, by the names of the settings.';

GRANT EXECUTE ON FUNCTION page_of(date, date), page_settings(date, date) TO PUBLIC;
