-- The page of the bulletin as data: what its owner has settled, and what that shows of the views for a month. What is called
-- for each item is in PL/pgSQL: a SQL function would be planned anew each time.

CREATE TABLE IF NOT EXISTS setting (
    name text PRIMARY KEY,
    value text NOT NULL
);
COMMENT ON TABLE setting IS
    'What the page says of itself, and the words that it puts around things. Yours to change, to add to and to delete from. Of what you have not changed, attach makes what comes along with edustats for the setting "language".';
COMMENT ON COLUMN setting.name IS
    'language (of the page, as in HTML''s lang, and of its sentences, which attach makes), title, subtitle, period, office, issue, signature, date, contents; section_title, table_caption, figure_caption, dash_note, one_note, numbered_note, empty_table and empty_figure; list_separator and list_last (between items, and before the last), digit_separator (between three digits of a number); bars_text, line_text and columns_text (a figure in words), value_text and value_separator in it, tip_text (of one value) and axis_form (wan: its numbers in the unit of their size); what places are made of: compared (of one kind of organisation, {label}), end_of_month, and the names of periods: month, quarter, first_half, second_half, whole_year, months, months_over_years, day, days, days_over_months and days_over_years. What is not there is not printed.';
COMMENT ON COLUMN setting.value IS
    'The text. In it {month} is the name of the period, a month or another, {quarter} that of the quarter it ends in, {days} the period by its days, {end} its end; {year}, {month_number}, {month_name}, {quarter_number}, {quarter_numeral} and {last_day} are of its last day, {first_year}, {first_month_number}, {first_month_name} and {first_day} of its first; {compared} the kinds of organisation that are compared; {title}, {caption}, {note}, {dash}, {number} and, in Chinese, {numeral} where the text is about one; {label}, {value}, {unit} and {values} where it is about a figure. A name in the table "label" is one, too, and without _month, _quarter, _half, _year, _week or _period where the period is such a one: {this}, {before}, {at_end}.';

CREATE TABLE IF NOT EXISTS page_section (
    section integer PRIMARY KEY,
    title text NOT NULL
);
COMMENT ON TABLE page_section IS 'The sections of the page: yours to change. One that nothing stands in is left out, and they are numbered by themselves.';
COMMENT ON COLUMN page_section.section IS 'Their order.';
COMMENT ON COLUMN page_section.title IS 'Title; with places as in a setting.';

CREATE TABLE IF NOT EXISTS page_item (
    section integer,
    position integer,
    kind text NOT NULL CHECK (kind IN ('sentence', 'table', 'figure', 'note')),
    view text CHECK ((view IS NULL) = (kind = 'note')) CHECK (cardinality(parse_ident(view)) <= 2),
    rows jsonb CHECK (jsonb_typeof(rows) = 'object'),
    months integer NOT NULL DEFAULT 1 CHECK (months IN (1, 2, 3, 4, 6, 12)),
    caption text,
    note text,
    dash text,
    heads jsonb CHECK (jsonb_typeof(heads) = 'object'),
    forms jsonb CHECK (jsonb_typeof(forms) = 'object'),
    hidden text[],
    optional text[],
    merged text[],
    style text,
    unit text,
    PRIMARY KEY (section, position)
);
COMMENT ON TABLE page_item IS
    'What stands in the sections of the page: yours to change. A row with a kind and any view that has a column "month" is enough.';
COMMENT ON COLUMN page_item.section IS 'The section; where there is none of that number, the item is left out.';
COMMENT ON COLUMN page_item.position IS 'Order in it.';
COMMENT ON COLUMN page_item.kind IS
    'sentence: each row of the view is a paragraph, its column "text"; table; figure; note: a paragraph of its own, whose text is the note.';
COMMENT ON COLUMN page_item.view IS
    'The view, with a schema before it where it is neither in the bulletin''s nor in this one. It is read with your rights for everybody who may read the view "page". An item whose view is not there is left out.';
COMMENT ON COLUMN page_item.rows IS 'Which rows of it: those that have these values, {"column": value}. NULL: all of the month.';
COMMENT ON COLUMN page_item.months IS 'It is there in every so-manieth month of a year only: 3 for what is of quarters, 12 for what is of years; and in other periods that end with such a month.';
COMMENT ON COLUMN page_item.caption IS 'Caption of a table or figure, with places as in a setting. NULL: the comment on the view.';
COMMENT ON COLUMN page_item.note IS 'A remark below it; or the text of a note.';
COMMENT ON COLUMN page_item.dash IS 'What "-" means in the table, which is said below it where it has one.';
COMMENT ON COLUMN page_item.heads IS
    'Heads of columns: {"column": "head"}, with places as in a setting; {code} in a name stands for the codes of all kinds of organisation, and {label} in its head for their names; with | between the levels of one, of which equal neighbours are one, and a line break where there is to be one. Others have the comment on the column, or else its name.';
COMMENT ON COLUMN page_item.forms IS
    'How a column is printed: {"column": form}, with {code} as in heads, of header, rank, text, number, percent, wan (in the unit of its size). Others by their type; "rank" is a rank. In a figure, label and value say which columns are its labels and values, or else they are the first of texts and the first of numbers.';
COMMENT ON COLUMN page_item.hidden IS 'Columns that are not printed, as "month" never is.';
COMMENT ON COLUMN page_item.optional IS 'Columns that are printed only where some row of the month has a value in them; with {code} as in heads.';
COMMENT ON COLUMN page_item.merged IS 'Of the headers of rows, those whose equal neighbours below each other are one. A header without a value is one with that before it.';
COMMENT ON COLUMN page_item.style IS 'Classes of the page''s style for a table: sum (the last row is one), even, pairs, names, wide. bars, line or columns for a figure; NULL: bars.';
COMMENT ON COLUMN page_item.unit IS 'Unit of the values of a figure.';

CREATE TABLE IF NOT EXISTS shipped (
    target name,
    key jsonb,
    content jsonb NOT NULL,
    PRIMARY KEY (target, key)
);
COMMENT ON TABLE shipped IS 'The rows that came along with edustats when attach last saw them: a row of yours that is still so is replaced by what comes along with a later version.';
COMMENT ON COLUMN shipped.target IS 'The table.';
COMMENT ON COLUMN shipped.key IS 'Which row of it.';
COMMENT ON COLUMN shipped.content IS 'The row as it came.';

-- What the owner has changed, or deleted, stays as it is.
CREATE OR REPLACE FUNCTION take_shipped(target name, keys name[], contents jsonb[]) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    s record;
    own jsonb;
BEGIN
    FOR s IN
        SELECT coalesce(n.key, o.key) AS key, n.content, o.content AS before
        FROM (SELECT (SELECT jsonb_object_agg(k, c -> k::text) FROM unnest(keys) k) AS key, c AS content FROM unnest(contents) c) n
        FULL JOIN (SELECT h.* FROM shipped h WHERE h.target = take_shipped.target) o ON o.key = n.key
        WHERE n.content IS DISTINCT FROM o.content
        ORDER BY 1
    LOOP
        EXECUTE format('SELECT to_jsonb(t) FROM %I t WHERE to_jsonb(t) @> $1', target) INTO own USING s.key;
        IF own @> s.before OR own IS NULL AND s.before IS NULL THEN
            EXECUTE format('DELETE FROM %I t WHERE to_jsonb(t) @> $1', target) USING s.key;
            EXECUTE format('INSERT INTO %1$I SELECT (jsonb_populate_record(NULL::%1$I, $1)).* WHERE $1 IS NOT NULL', target) USING s.content;
        END IF;
        DELETE FROM shipped h WHERE h.target = take_shipped.target AND h.key = s.key;
        INSERT INTO shipped (target, key, content) SELECT take_shipped.target, s.key, s.content WHERE s.content IS NOT NULL;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION take_shipped(name, name[], jsonb[]) IS 'Brings the rows that come along into a table of the bulletin''s, but for what its owner has changed.';

CREATE OR REPLACE FUNCTION page_language() RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN coalesce((SELECT t.value FROM setting t WHERE t.name = 'language'), 'zh-CN');
END
$function$;
COMMENT ON FUNCTION page_language() IS 'The language of the bulletin, as in HTML''s lang.';

CREATE OR REPLACE FUNCTION all_settings() RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN (SELECT coalesce(jsonb_object_agg(t.name, t.value), '{}') FROM setting t);
END
$function$;
COMMENT ON FUNCTION all_settings() IS 'The settings by their names, read once for a page.';

CREATE OR REPLACE FUNCTION sync_page() RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    wanted text := page_language();
BEGIN
    IF NOT EXISTS (SELECT FROM edustats.setting t WHERE t.language = wanted) THEN      -- the words are the owner's, then
        RETURN;
    END IF;
    PERFORM take_shipped('label', '{name}', ARRAY(SELECT to_jsonb(t) - 'language' FROM edustats.label t WHERE t.language = wanted));
    INSERT INTO label (name, label) SELECT t.name, t.label FROM edustats.label t WHERE t.language = wanted ON CONFLICT DO NOTHING;     -- views need each
    PERFORM take_shipped('setting', '{name}', ARRAY(SELECT to_jsonb(t) - 'language' FROM edustats.setting t WHERE t.language = wanted));
    PERFORM take_shipped('page_section', '{section}', ARRAY(SELECT to_jsonb(t) - 'language' FROM edustats.page_section t WHERE t.language = wanted));
    PERFORM take_shipped('page_item', '{section,position}', ARRAY(SELECT to_jsonb(t) - 'language' FROM edustats.page_item t WHERE t.language = wanted));
END
$function$;
COMMENT ON FUNCTION sync_page() IS 'Brings the words and the page that come along in the bulletin''s language into its tables.';

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
            FROM (SELECT t.name, t.label FROM label t
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
    name text := format('page %s %s', view::oid, month);
    rows jsonb := edustats.recall(schema, name, NULL::jsonb);
BEGIN
    IF rows IS NULL THEN
        IF NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = view AND a.attname = 'month' AND a.atttypid = 'date'::regtype AND NOT a.attisdropped) THEN
            RAISE EXCEPTION USING ERRCODE = 'undefined_column', MESSAGE = format('%s can''t stand on the page: it has no column "month" of type date', view);
        END IF;
        rows := edustats.remember(schema, name, edustats.month_rows(view, month, (
            SELECT a.attname FROM pg_attribute a WHERE a.attrelid = view AND a.attname IN ('row', 'rank', 'position') AND NOT a.attisdropped
            ORDER BY a.attname = 'row' DESC, a.attname = 'rank' DESC LIMIT 1)));
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
            'head', string_to_array(coalesce(edustats.fill_text(heads ->> a.attname::text, places), col_description(view, a.attnum), a.attname), '|'),
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

CREATE OR REPLACE FUNCTION has_item(months integer, last_day date) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN months = 1 OR extract(day FROM last_day + 1) = 1 AND extract(month FROM last_day)::integer % months = 0;
END
$function$;
COMMENT ON FUNCTION has_item(integer, date) IS 'Does an item that is there every so many months stand on the page of a period with a last day?';

CREATE OR REPLACE FUNCTION item_content(item page_item, bulletin name, month date, settings jsonb, places jsonb, OUT columns jsonb, OUT cells jsonb)
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
END
$function$;
COMMENT ON FUNCTION item_content(page_item, name, date, jsonb, jsonb) IS 'What an item of the page shows of a month, as columns and cells; NULL where it is not there.';

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
               columns jsonb, cells jsonb, style text, unit text)
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
        SELECT s.title, i.*, c.columns AS shown_columns, c.cells AS shown_cells
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
               'caption', edustats.fill_text(coalesce(n.caption, obj_description(item_view(n.view, bulletin), 'pg_class'), n.view), places))),
           CASE n.kind WHEN 'note' THEN edustats.fill_text(n.note, places)
                       WHEN 'sentence' THEN NULL
                       ELSE item_note(n.note, CASE WHEN has_dash(n.shown_columns, n.shown_cells) THEN n.dash END, settings, places) END,
           n.shown_columns, n.shown_cells, n.style, n.unit
    FROM numbered n
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
