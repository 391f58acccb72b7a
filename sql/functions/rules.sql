-- Rules over what a bulletin prints, {"view": {"row": {"column": "cell"}}} as edustats.rows_of gives it: a function for each kind, of
-- the cells that break it. None reads anything else, so what was printed elsewhere is looked through like a month of today.

CREATE FUNCTION edustats.unit_of(name text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE name WHEN '万' THEN 1e4 WHEN '亿' THEN 1e8 ELSE 1 END;
COMMENT ON FUNCTION edustats.unit_of(text) IS 'What a unit of numbers stands for: ten thousand, a hundred million; 1 for any other.';

CREATE FUNCTION edustats.half_digit(unit numeric, decimals text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN unit * 0.5 * 10.0 ^ -length(coalesce(decimals, ''))::numeric;
COMMENT ON FUNCTION edustats.half_digit(numeric, text) IS 'By how much a number may be off that is rounded to these decimals of a unit.';

-- In SQL, and told_numbers as well, so that they are inlined: a page has hundreds of cells.
CREATE FUNCTION edustats.printed_number(printed text, separator text) RETURNS TABLE (value numeric, slack numeric)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 1
BEGIN ATOMIC
    SELECT CASE WHEN n.unit = '' THEN n.digits::numeric WHEN n.unit <> '' THEN n.digits::numeric * edustats.unit_of(n.unit) END,
           CASE WHEN n.unit = '' THEN 0 WHEN n.unit <> '' THEN edustats.half_digit(edustats.unit_of(n.unit), split_part(n.digits, '.', 2)) END
    FROM (SELECT rtrim(p.plain, '万亿%') AS digits, CASE WHEN p.plain ~ '^-?\d+(\.\d+)?[万亿]?%?$' AND length(p.plain) <= 60 THEN translate(p.plain, '-0123456789.%', '') END AS unit
          FROM (SELECT CASE WHEN strpos(printed, separator) > 0
                            THEN regexp_replace(printed, '(?<=\d)' || regexp_replace(separator, '([^[:alnum:][:space:]])', '\\\1', 'g') || '(?=\d{3}(?!\d))', '', 'g')
                            ELSE printed END AS plain) p) n;
END;
COMMENT ON FUNCTION edustats.printed_number(text, text) IS
    'The number in a cell, without a separator between each three digits, a percent sign and a unit; and by how much it may be off, which is 0 unless it is told in such a unit. NULL for what is no number, and for one of more than 60 characters.';

CREATE FUNCTION edustats.printed_numbers(rows jsonb, columns text[], separator text)
RETURNS TABLE ("row" text, "column" text, printed text, value numeric, slack numeric)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE ROWS 50
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT r.key, c.name, r.value ->> c.name, n.value, n.slack
    FROM jsonb_each(rows) r CROSS JOIN unnest(columns) c(name) CROSS JOIN LATERAL edustats.printed_number(r.value ->> c.name, separator) n
    WHERE n.value IS NOT NULL;
END
$function$;
COMMENT ON FUNCTION edustats.printed_numbers(jsonb, text[], text) IS 'The numbers in some columns of a view''s rows, with their cells as they are printed.';

CREATE FUNCTION edustats.told_numbers(words text) RETURNS TABLE (value numeric, slack numeric)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    SELECT n.digits::numeric * edustats.unit_of(n.unit), edustats.half_digit(edustats.unit_of(n.unit), split_part(n.digits, '.', 2))
    FROM (SELECT replace(p.part[1], ',', '') AS digits, p.part[2] AS unit FROM regexp_matches(words, '(\d[\d,]*(?:\.\d+)?)\s*([万亿]?)', 'g') p(part)) n
    WHERE length(n.digits) <= 60;
END;
COMMENT ON FUNCTION edustats.told_numbers(text) IS
    'The numbers that a sentence tells, 18,144.79 or 1.81万, and by how much each may be off for being rounded.';

CREATE FUNCTION edustats.text_list(list jsonb) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN CASE WHEN list IS NOT NULL THEN ARRAY(SELECT e.value FROM jsonb_array_elements_text(list) WITH ORDINALITY e(value, place) ORDER BY e.place) END;
END
$function$;
COMMENT ON FUNCTION edustats.text_list(jsonb) IS 'A JSON array as texts; NULL for NULL.';

-- A view that stands on the page twice has its total twice: then it is not known what is a part of which.
CREATE FUNCTION edustats.failed_total_row(rows jsonb, arguments jsonb, separator text)
RETURNS TABLE ("row" text, "column" text, found text, expected text)
LANGUAGE plpgsql IMMUTABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    total text := arguments ->> 'row';
    parts text[] := edustats.text_list(arguments -> 'rows');
BEGIN
    IF NOT rows ? total OR rows ? (total || ' (2)') THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH number AS MATERIALIZED (SELECT n.* FROM edustats.printed_numbers(rows, edustats.text_list(arguments -> 'columns'), separator) n)
    SELECT total, coalesce(t.column, p.column), t.printed, coalesce(p.value, 0)::text
    FROM (SELECT n.* FROM number n WHERE n.row = total) t
    FULL JOIN (SELECT n.column, sum(n.value) AS value, sum(n.slack) AS slack FROM number n
               WHERE n.row <> total AND (parts IS NULL OR n.row = ANY (parts)) GROUP BY n.column) p ON p.column = t.column
    WHERE (abs(t.value - coalesce(p.value, 0)) <= t.slack + coalesce(p.slack, 0)) IS NOT TRUE;
END
$function$;
COMMENT ON FUNCTION edustats.failed_total_row(jsonb, jsonb, text) IS
    'A row that is the sum of the others, or of "rows", in each of "columns": {"row", "columns", "rows"}. Nothing where there is no such row.';

CREATE FUNCTION edustats.failed_total_column(rows jsonb, arguments jsonb, separator text)
RETURNS TABLE ("row" text, "column" text, found text, expected text)
LANGUAGE plpgsql IMMUTABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    total text := arguments ->> 'column';
BEGIN
    RETURN QUERY
    WITH number AS MATERIALIZED (
        SELECT n.* FROM edustats.printed_numbers(rows, array_append(edustats.text_list(arguments -> 'columns'), total), separator) n)
    SELECT coalesce(t.row, p.row), total, t.printed, coalesce(p.value, 0)::text
    FROM (SELECT n.* FROM number n WHERE n.column = total) t
    FULL JOIN (SELECT n.row, sum(n.value) AS value, sum(n.slack) AS slack FROM number n WHERE n.column <> total GROUP BY n.row) p ON p.row = t.row
    WHERE (abs(t.value - coalesce(p.value, 0)) <= t.slack + coalesce(p.slack, 0)) IS NOT TRUE
      AND EXISTS (SELECT FROM number n WHERE n.column = total);
END
$function$;
COMMENT ON FUNCTION edustats.failed_total_column(jsonb, jsonb, text) IS
    'A column that is in each row the sum of others: {"column", "columns"}. Nothing where it is not printed.';

CREATE FUNCTION edustats.failed_percent(kind text, rows jsonb, arguments jsonb, separator text)
RETURNS TABLE ("row" text, "column" text, found text, expected text)
LANGUAGE plpgsql IMMUTABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT r.key, arguments ->> 'column', r.value ->> (arguments ->> 'column'), p.percent || CASE WHEN r.value ->> (arguments ->> 'column') ~ '%$' THEN '%' ELSE '' END
    FROM jsonb_each(rows) r
    CROSS JOIN LATERAL edustats.printed_number(r.value ->> (arguments ->> 'column'), separator) c
    CROSS JOIN LATERAL edustats.printed_number(r.value ->> (arguments ->> 'of'), separator) o
    CROSS JOIN LATERAL edustats.printed_number(r.value ->> (arguments ->> 'base'), separator) b
    CROSS JOIN LATERAL (SELECT CASE kind WHEN 'growth' THEN edustats.growth(o.value, b.value) ELSE edustats.share(o.value, b.value) END AS percent) p
    WHERE o.slack + b.slack = 0 AND c.value <> round(p.percent, scale(c.value));
END
$function$;
COMMENT ON FUNCTION edustats.failed_percent(text, jsonb, jsonb, text) IS
    'A column in percent: how many the one "of" is of the "base" (share), or above it (growth): {"column", "of", "base"}. Nothing for numbers in a unit, which are rounded.';

CREATE FUNCTION edustats.failed_order(rows jsonb, arguments jsonb, separator text)
RETURNS TABLE ("row" text, "column" text, found text, expected text)
LANGUAGE plpgsql IMMUTABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT o.row, o.column, o.printed, '≤ ' || o.before
    FROM (SELECT n.*, lag(n.value) OVER w AS limit_value, lag(n.printed) OVER w AS before
          FROM edustats.printed_numbers(rows, edustats.text_list(arguments -> 'columns'), separator) n
          WHERE n.row ~ '^\d{1,9}$'
          WINDOW w AS (PARTITION BY n.column ORDER BY n.row::integer)) o
    WHERE o.value > o.limit_value;
END
$function$;
COMMENT ON FUNCTION edustats.failed_order(jsonb, jsonb, text) IS
    'Columns of a ranking, whose rows are named by their ranks, which never rise from one to the next: {"columns"}.';

CREATE FUNCTION edustats.failed_limits(rows jsonb, arguments jsonb, separator text)
RETURNS TABLE ("row" text, "column" text, found text, expected text)
LANGUAGE plpgsql IMMUTABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    least_value numeric := arguments ->> 'least';
    most_value numeric := arguments ->> 'most';
    among text[] := edustats.text_list(arguments -> 'rows');
BEGIN
    RETURN QUERY
    SELECT n.row, n.column, n.printed, CASE WHEN n.value < least_value THEN '≥ ' || least_value ELSE '≤ ' || most_value END
    FROM edustats.printed_numbers(rows, edustats.text_list(arguments -> 'columns'), separator) n
    WHERE (n.value < least_value OR n.value > most_value) AND (among IS NULL OR n.row = ANY (among));
END
$function$;
COMMENT ON FUNCTION edustats.failed_limits(jsonb, jsonb, text) IS
    'Columns, or those of some rows, whose numbers are at least and at most so many: {"columns", "rows", "least", "most"}.';

CREATE FUNCTION edustats.failed_everywhere(rows jsonb, arguments jsonb, separator text)
RETURNS TABLE ("row" text, "column" text, found text, expected text)
LANGUAGE plpgsql IMMUTABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT NULL::text, n.column, min(n.printed), NULL::text
    FROM edustats.printed_numbers(rows, edustats.text_list(arguments -> 'columns'), separator) n
    GROUP BY n.column
    HAVING count(*) > 1 AND bool_and(n.value = (arguments ->> 'value')::numeric);
END
$function$;
COMMENT ON FUNCTION edustats.failed_everywhere(jsonb, jsonb, text) IS
    'Columns that have one value in all rows, of which there are several: {"columns", "value"}. The row is NULL.';

CREATE FUNCTION edustats.failed_equal(content jsonb, view text, arguments jsonb, separator text)
RETURNS TABLE ("row" text, "column" text, found text, expected text)
LANGUAGE plpgsql IMMUTABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
BEGIN
    RETURN QUERY
    SELECT arguments ->> 'row', arguments ->> 'column', c.one, c.other
    FROM (SELECT content -> view -> (arguments ->> 'row') ->> (arguments ->> 'column') AS one,
                 content #>> ARRAY[arguments #>> '{other,view}', arguments #>> '{other,row}', arguments #>> '{other,column}'] AS other) c
    CROSS JOIN LATERAL edustats.printed_number(c.one, separator) n
    CROSS JOIN LATERAL edustats.printed_number(c.other, separator) o
    WHERE abs(n.value - o.value) > n.slack + o.slack;
END
$function$;
COMMENT ON FUNCTION edustats.failed_equal(jsonb, text, jsonb, text) IS
    'A cell that has the same number as another: {"row", "column", "other": {"view", "row", "column"}}. Nothing where one of them is not there.';

-- What is not in a ranking is not more than the last that is.
CREATE FUNCTION edustats.failed_part(content jsonb, view text, arguments jsonb, separator text)
RETURNS TABLE ("row" text, "column" text, found text, expected text)
LANGUAGE plpgsql IMMUTABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    whole jsonb := arguments -> 'whole';
BEGIN
    RETURN QUERY
    WITH cell AS MATERIALIZED (
        SELECT w.value ->> (whole ->> 'label') AS label, n.printed, n.value + n.slack AS value
        FROM edustats.printed_numbers(content -> (whole ->> 'view'), ARRAY[whole ->> 'column'], separator) n
        JOIN jsonb_each(content -> (whole ->> 'view')) w ON w.key = n.row
        WHERE n.row = whole ->> 'row' OR NOT whole ? 'row')
    SELECT n.row, n.column, n.printed, '≤ ' || l.printed
    FROM edustats.printed_numbers(content -> view, ARRAY[arguments ->> 'column'], separator) n
    CROSS JOIN LATERAL (SELECT content -> view -> n.row ->> (arguments ->> 'label') AS label) p
    CROSS JOIN LATERAL (
        SELECT w.printed, w.value FROM cell w
        ORDER BY w.label = p.label DESC NULLS LAST, CASE WHEN w.label = p.label THEN -w.value ELSE w.value END LIMIT 1) l
    WHERE n.value - n.slack > l.value AND (p.label IS NOT NULL OR NOT arguments ? 'label');
END
$function$;
COMMENT ON FUNCTION edustats.failed_part(jsonb, text, jsonb, text) IS
    'A column whose numbers are not more than a whole, which is one cell, or in a ranking the one with the same label: {"column", "whole": {"view", "row", "column"}} or {"label", "column", "whole": {"view", "label", "column"}}.';

-- Those of equals that may or may not be told are not looked for; nor which is which of two rows of a name that is left out.
CREATE FUNCTION edustats.failed_told(rows jsonb, arguments jsonb, words text, separator text)
RETURNS TABLE ("row" text, "column" text, found text, expected text)
LANGUAGE plpgsql IMMUTABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    among text[] := edustats.text_list(arguments -> 'rows');
    but text[] := edustats.text_list(arguments -> 'but');
BEGIN
    RETURN QUERY
    SELECT c.row, c.column, c.printed, words
    FROM (SELECT r.key AS row, coalesce(arguments ->> 'column', arguments ->> 'label') AS "column", btrim(r.value ->> (arguments ->> 'label')) AS label,
                 coalesce(r.value ->> (arguments ->> 'column'), r.value ->> (arguments ->> 'label')) AS printed, n.value, n.slack,
                 rank() OVER (ORDER BY n.value) AS below, count(n.value) OVER () AS numbers
          FROM jsonb_each(rows) r
          CROSS JOIN LATERAL edustats.printed_number(r.value ->> (arguments ->> 'column'), separator) n
          WHERE (among IS NULL OR r.key = ANY (among)) AND (but IS NULL OR r.key <> ALL (but) OR rows ? (r.key || ' (2)'))) c
    CROSS JOIN LATERAL (SELECT CASE WHEN NOT arguments ? 'label' THEN words
                                    WHEN strpos(words, c.label) > 0 THEN substr(words, strpos(words, c.label) + length(c.label)) END AS after) t
    WHERE words IS NOT NULL AND (but IS NULL OR regexp_replace(c.row, ' \(\d+\)$', '') <> ALL (but)) AND CASE
        WHEN NOT arguments ? 'column' THEN c.label <> '' AND t.after IS NULL
        ELSE c.value <> 0 AND (NOT arguments ? 'label' OR c.label <> '') AND c.numbers - c.below + 1 <= coalesce((arguments ->> 'top')::integer, c.numbers)
             AND NOT EXISTS (SELECT FROM edustats.told_numbers(t.after) o WHERE abs(c.value - o.value) <= o.slack + c.slack) END;
END
$function$;
COMMENT ON FUNCTION edustats.failed_told(jsonb, jsonb, text, text) IS
    'Cells that words tell: the label of a row, a number of it that is not 0, or the number somewhere after the label: {"label", "column", "rows", "but": rows that are not, "top": only the rows with most}. Of what is told rounded, as much as is told must agree.';

CREATE FUNCTION edustats.failed_cells(kind text, content jsonb, view text, arguments jsonb, words text, separator text)
RETURNS TABLE ("row" text, "column" text, found text, expected text)
LANGUAGE plpgsql IMMUTABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    rows jsonb := content -> view;
BEGIN
    CASE kind
        WHEN 'sum' THEN
            IF arguments ? 'row' THEN
                RETURN QUERY SELECT f.* FROM edustats.failed_total_row(rows, arguments, separator) f;
            ELSE
                RETURN QUERY SELECT f.* FROM edustats.failed_total_column(rows, arguments, separator) f;
            END IF;
        WHEN 'share', 'growth' THEN RETURN QUERY SELECT f.* FROM edustats.failed_percent(kind, rows, arguments, separator) f;
        WHEN 'order' THEN RETURN QUERY SELECT f.* FROM edustats.failed_order(rows, arguments, separator) f;
        WHEN 'limits' THEN RETURN QUERY SELECT f.* FROM edustats.failed_limits(rows, arguments, separator) f;
        WHEN 'everywhere' THEN RETURN QUERY SELECT f.* FROM edustats.failed_everywhere(rows, arguments, separator) f;
        WHEN 'equal' THEN RETURN QUERY SELECT f.* FROM edustats.failed_equal(content, view, arguments, separator) f;
        WHEN 'part' THEN RETURN QUERY SELECT f.* FROM edustats.failed_part(content, view, arguments, separator) f;
        WHEN 'told' THEN RETURN QUERY SELECT f.* FROM edustats.failed_told(rows, arguments, words, separator) f;
    END CASE;
END
$function$;
COMMENT ON FUNCTION edustats.failed_cells(text, jsonb, text, jsonb, text, text) IS
    'The cells of a view that break a rule of a kind. words: what is told of it. separator: what stands between each three digits; NULL for nothing. expected: what should be found, ≤ or ≥ a limit; the words, where they should tell what is found.';

-- Whether a rule's arguments are such as its kind has.
CREATE FUNCTION edustats.is_rule(kind text, arguments jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    wanted text[];
BEGIN
    wanted := CASE kind WHEN 'sum' THEN '{columns}' WHEN 'share' THEN '{column,of,base}' WHEN 'growth' THEN '{column,of,base}'
                        WHEN 'order' THEN '{columns}' WHEN 'limits' THEN '{columns}' WHEN 'everywhere' THEN '{columns,value}'
                        WHEN 'equal' THEN '{row,column,other}' WHEN 'part' THEN '{column,whole}' WHEN 'told' THEN '{sentence}' WHEN 'view' THEN '{}' END::text[];
    RETURN coalesce(jsonb_typeof(arguments) = 'object' AND arguments ?& wanted
        AND (kind <> 'sum' OR arguments ? 'row' <> arguments ? 'column')
        AND (kind <> 'limits' OR arguments ?| '{least,most}') AND (kind <> 'told' OR arguments ?| '{label,column}')
        AND (kind <> 'part' OR arguments -> 'whole' ?& '{view,column}' AND arguments ? 'label' = (arguments -> 'whole' ? 'label')
                               AND arguments ? 'label' <> (arguments -> 'whole' ? 'row'))
        AND (kind <> 'equal' OR arguments -> 'other' ?& '{view,row,column}')
        AND NOT EXISTS (SELECT FROM jsonb_each(arguments) a WHERE CASE
            WHEN a.key IN ('row', 'column', 'of', 'base', 'label') THEN jsonb_typeof(a.value) <> 'string'
            WHEN a.key IN ('rows', 'columns', 'but') THEN jsonb_typeof(a.value) <> 'array' OR jsonb_path_exists(a.value, '$[*] ? (@.type() != "string")')
            WHEN a.key IN ('least', 'most', 'value') THEN jsonb_typeof(a.value) <> 'number'
            WHEN a.key = 'top' THEN a.value::text !~ '^\d{1,9}$'
            WHEN a.key IN ('other', 'whole', 'sentence') THEN jsonb_typeof(a.value) <> 'object'
            ELSE true END), false);
END
$function$;
COMMENT ON FUNCTION edustats.is_rule(text, jsonb) IS 'Are these arguments that a rule of a kind can have? False for an unknown one, too.';
