-- The bulletin as lines for a spreadsheet, as RFC 4180 has them.

-- A line break in a head, or a title, is for its looks.
CREATE FUNCTION edustats.one_line(words text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(regexp_replace(words, '(?<=[\u2E80-\uFFEF])[ \t]*\n[ \t]*(?=[\u2E80-\uFFEF])', '', 'g'), '[ \t]*\n[ \t]*', ' ', 'g');
COMMENT ON FUNCTION edustats.one_line(text) IS
    'The text with a space for each line break, or nothing between Chinese characters. NULL for NULL.';

-- A spreadsheet runs a text that begins like a formula, whoever wrote it, in quotes or not; some take the wide forms of the signs for them,
-- some leave out the white space before. Behind an apostrophe nothing is run. A number is typed, so its sign is its own.
CREATE FUNCTION edustats.field_csv(value jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    field text := value #>> '{}';
BEGIN
    IF jsonb_typeof(value) = 'string' AND field ~ '^\s*[=+@\u002D\uFF0B\uFF0D\uFF1D\uFF20]|^[\t\r\n]' THEN
        field := '''' || field;
    END IF;
    RETURN CASE WHEN field ~ '[",\r\n]|^\s|\s$' THEN '"' || replace(field, '"', '""') || '"' ELSE coalesce(field, '') END;
END
$function$;
COMMENT ON FUNCTION edustats.field_csv(jsonb) IS
    'A value as a field of a line: a number as it is, a text in quotes where it must be, and with an apostrophe before it where a spreadsheet would take it for a formula, which is a text that begins with =, +, - or @, after white space or not, or with a tab or a line break. Empty for NULL.';

CREATE FUNCTION edustats.line_csv(fields jsonb[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (SELECT string_agg(edustats.field_csv(f.field), ',' ORDER BY f.place) || E'\r\n' FROM unnest(fields) WITH ORDINALITY f(field, place));
END
$function$;
COMMENT ON FUNCTION edustats.line_csv(jsonb[]) IS 'A line of fields, with its end. NULL without any.';

CREATE FUNCTION edustats.text_csv(VARIADIC texts text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (SELECT string_agg(edustats.line_csv(ARRAY[to_jsonb(edustats.one_line(t.words))]), '' ORDER BY t.place) FROM unnest(texts) WITH ORDINALITY t(words, place)
            WHERE t.words IS NOT NULL);
END
$function$;
COMMENT ON FUNCTION edustats.text_csv(text[]) IS 'A line for each text that is not NULL. NULL without any.';

-- Each column says by itself what it is: a head over several is said of each of them, and the last level of all stands in the last line.
CREATE FUNCTION edustats.head_csv(columns jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN (SELECT string_agg(l.line, '' ORDER BY l.level)
            FROM (SELECT d.level, edustats.line_csv(array_agg(to_jsonb(edustats.one_line(
                             CASE WHEN d.level < d.depth THEN c.head ->> (least(d.level, greatest(c.levels - 1, 1)) - 1)
                                  ELSE (c.head ->> -1) || CASE WHEN c.form = 'percent' THEN ' (%)' ELSE '' END END)) ORDER BY c.place)) AS line
                  FROM (SELECT m.depth, generate_series(1, m.depth) AS level
                        FROM (SELECT max(jsonb_array_length(h)) AS depth FROM jsonb_path_query(columns, '$[*].head') h) m) d
                  CROSS JOIN (SELECT e.place, e.value -> 'head' AS head, e.value ->> 'form' AS form, jsonb_array_length(e.value -> 'head') AS levels
                              FROM jsonb_array_elements(columns) WITH ORDINALITY e(value, place)) c
                  GROUP BY d.level) l);
END
$function$;
COMMENT ON FUNCTION edustats.head_csv(jsonb) IS 'The lines of a table''s head, one a level. A percentage says in its head that it is one.';

CREATE FUNCTION edustats.body_csv(columns jsonb, rows jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    names text[] := ARRAY(SELECT n #>> '{}' FROM jsonb_path_query(columns, '$[*].name') n);
BEGIN
    RETURN (SELECT string_agg(edustats.line_csv(ARRAY(SELECT r.value -> n.name FROM unnest(names) WITH ORDINALITY n(name, place) ORDER BY n.place)), '' ORDER BY r.place)
            FROM jsonb_array_elements(rows) WITH ORDINALITY r(value, place));
END
$function$;
COMMENT ON FUNCTION edustats.body_csv(jsonb, jsonb) IS 'The lines of a table''s rows. NULL without any.';

CREATE FUNCTION edustats.item_csv(kind text, caption text, columns jsonb, rows jsonb, note text, nothing text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN CASE kind
        WHEN 'sentence' THEN edustats.text_csv(VARIADIC ARRAY(SELECT r #>> '{}' FROM jsonb_path_query(rows, '$[*].text') r))
        WHEN 'note' THEN edustats.text_csv(note)
        ELSE concat(edustats.text_csv(caption), edustats.head_csv(columns),
                    coalesce(edustats.body_csv(columns, rows), CASE WHEN kind <> 'view' THEN edustats.text_csv(nothing) END), edustats.text_csv(note)) END;
END
$function$;
COMMENT ON FUNCTION edustats.item_csv(text, text, jsonb, jsonb, text, text) IS
    'The lines of an item of the page: a paragraph a line; or caption, head, rows and note. A view that does not stand there has neither caption nor note.';

-- An empty line between what stands on the page, and none before what is asked for alone.
CREATE FUNCTION edustats.items_csv(bulletin name, days daterange, view text, settings jsonb) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
#variable_conflict use_variable
BEGIN
    RETURN (
        SELECT string_agg(concat(CASE WHEN i.apart AND (i.place > 1 OR view IS NULL) THEN E'\r\n' END,
                                 CASE WHEN i.begins THEN edustats.text_csv(i.title) || CASE WHEN i.boxed THEN E'\r\n' ELSE '' END END,
                                 edustats.item_csv(i.kind, i.caption, i.columns, i.rows, i.note, settings ->> CASE i.kind WHEN 'figure' THEN 'empty_figure' ELSE 'empty_table' END)),
                          '' ORDER BY i.place)
        FROM (SELECT b.*, b.begins OR b.boxed OR lag(b.boxed) OVER (ORDER BY b.place) AS apart
              FROM (SELECT t.*, t.kind IN ('table', 'figure') AS boxed, row_number() OVER page AS place, view IS NULL AND t.section IS DISTINCT FROM lag(t.section) OVER page AS begins
                    FROM edustats.bulletin_items(bulletin, days, view) t WINDOW page AS (ORDER BY t.section, t.position)) b) i);
END
$function$;
COMMENT ON FUNCTION edustats.items_csv(name, daterange, text, jsonb) IS 'The lines of what stands on the page, under the titles of its sections, or of one view alone.';

CREATE FUNCTION edustats.bulletin_csv(bulletin name, days daterange, view text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
SET jit TO off
AS $function$
DECLARE
    settings jsonb := edustats.bulletin_settings(bulletin, days);
    lines text;
BEGIN
    IF settings IS NULL THEN
        RETURN NULL;
    END IF;
    lines := edustats.items_csv(bulletin, days, view, settings);
    IF view IS NULL THEN
        lines := concat(edustats.text_csv(settings ->> 'office', settings ->> 'issue', settings ->> 'title', settings ->> 'subtitle', settings ->> 'period'), lines,
                        E'\r\n' || edustats.text_csv(settings ->> 'signature', settings ->> 'date'));
    END IF;
    RETURN E'\uFEFF' || lines;
END
$function$;
COMMENT ON FUNCTION edustats.bulletin_csv(name, daterange, text) IS
    'A table, a figure or another view of any days for a spreadsheet: CSV in UTF-8 with a byte order mark, its caption, heads and remarks as the page prints them, and values in full, which a spreadsheet reads as numbers; NULL is an empty field. A view that does not stand on the page has its columns'' names for heads. view: its name, as in page_item; NULL for all that stands on the page, sentences as well. What begins like a formula has an apostrophe before it. Errors as bulletin_html, for a view that there is not (undefined_table), and one without a column "month" (undefined_column). NULL for no bulletin or no days.';

CREATE FUNCTION edustats.bulletin_csv(bulletin name, month date, view text DEFAULT NULL) RETURNS text
LANGUAGE sql STABLE
RETURN edustats.bulletin_csv(bulletin, edustats.days_of(month), view);
COMMENT ON FUNCTION edustats.bulletin_csv(name, date, text) IS 'The month that the date is in, as bulletin_csv of days has it.';

CREATE FUNCTION edustats.bulletin_csv(bulletin name, month_or_days text, view text DEFAULT NULL) RETURNS text
LANGUAGE sql STABLE
RETURN edustats.bulletin_csv(bulletin, edustats.days_of(month_or_days), view);
COMMENT ON FUNCTION edustats.bulletin_csv(name, text, text) IS
    'A month, named by one of its days as PostgreSQL reads dates, or days, written as a daterange, as bulletin_csv of days has them.';
