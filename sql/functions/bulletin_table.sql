-- Tables of the bulletin's page, made of columns and cells as the view "page" has them.

CREATE FUNCTION edustats.lines_html(words text) RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT xmlagg(xmlconcat(CASE WHEN l.place > 1 THEN xmlelement(NAME br) END, (xpath('/x/text()', xmlelement(NAME x, edustats.xml_text(l.line))))[1])
                  ORDER BY l.place)
    FROM string_to_table(words, E'\n') WITH ORDINALITY l(line, place);
END;
COMMENT ON FUNCTION edustats.lines_html(text) IS 'A text and its line breaks.';

-- A letter of kinds for each cell: h a header of the row, r a rank, t text, n a number. Text that is missing has the class
-- x, so that a title that is a dash isn't taken for it.
CREATE FUNCTION edustats.cell_html(kind text, cell text) RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE kind
    WHEN 'h' THEN xmlelement(NAME th, xmlattributes('row' AS scope), coalesce(edustats.xml_text(cell), '-'))
    ELSE xmlelement(NAME td, xmlattributes(CASE WHEN kind <> 't' THEN kind WHEN cell IS NULL THEN 'x' END AS class), coalesce(edustats.xml_text(cell), '-')) END;
COMMENT ON FUNCTION edustats.cell_html(text, text) IS 'A cell of a table, - for NULL. kind: h a header of the row, r a rank, t text, n a number.';

CREATE FUNCTION edustats.row_html(kinds text, cells text[]) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
BEGIN
    RETURN (SELECT xmlelement(NAME tr, xmlagg(edustats.cell_html(substr(kinds, c.place::integer, 1), c.cell) ORDER BY c.place))
        FROM unnest(cells) WITH ORDINALITY c(cell, place));
END
$function$;
COMMENT ON FUNCTION edustats.row_html(text, text[]) IS 'A row of a table. kinds: a letter a cell, see cell_html.';

CREATE FUNCTION edustats.row_kinds(columns jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT string_agg(CASE c.value ->> 'form' WHEN 'header' THEN 'h' WHEN 'rank' THEN 'r' WHEN 'text' THEN 't' ELSE 'n' END, '' ORDER BY c.place)
    FROM jsonb_array_elements(columns) WITH ORDINALITY c(value, place);
END;
COMMENT ON FUNCTION edustats.row_kinds(jsonb) IS 'The letters of a row''s cells for row_html.';

-- Headers that are missing are one with that before them.
CREATE FUNCTION edustats.printed_cells(kinds text, cells text[]) RETURNS TABLE (place integer, cell text, kind text, across integer)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT c.place, c.cell, c.kind, coalesce(min(c.place) OVER (ORDER BY c.place ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), cardinality(cells) + 1) - c.place
    FROM (SELECT u.place::integer AS place, u.cell, substr(kinds, u.place::integer, 1) AS kind FROM unnest(cells) WITH ORDINALITY u(cell, place)) c
    WHERE c.cell IS NOT NULL OR c.kind <> 'h' OR c.place = 1;
END
$function$;
COMMENT ON FUNCTION edustats.printed_cells(text, text[]) IS
    'The cells of a row of a table: the first column of each, its text, its letter, and over how many columns it goes. kinds: a letter a column, see cell_html.';

CREATE FUNCTION edustats.merged_row_html(kinds text, cells text[], spans integer[]) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
BEGIN
    RETURN (SELECT xmlelement(NAME tr, xmlagg(CASE
            WHEN c.kind <> 'h' THEN edustats.cell_html(c.kind, c.cell)
            WHEN spans[c.place] > 0 THEN xmlelement(NAME th,
                xmlattributes(CASE WHEN spans[c.place] > 1 THEN 'rowgroup' ELSE 'row' END AS scope, nullif(spans[c.place], 1) AS rowspan,
                              nullif(c.across, 1) AS colspan), coalesce(edustats.xml_text(c.cell), '-')) END ORDER BY c.place))
        FROM edustats.printed_cells(kinds, cells) c);
END
$function$;
COMMENT ON FUNCTION edustats.merged_row_html(text, text[], integer[]) IS
    'A row of a table with merged headers. spans: over how many rows each header goes, 0 where one above goes over this row.';

-- Equal neighbours of a level are one, if all that is above them is; the last level of a column goes down to the bottom.
CREATE FUNCTION edustats.head_cells(columns jsonb) RETURNS TABLE (level integer, place integer, words text, kind text, down integer, across integer)
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
    kinds text := edustats.row_kinds(columns);
BEGIN
    RETURN QUERY
    SELECT g.level, min(g.place)::integer, g.path[g.level], CASE WHEN count(*) = 1 THEN min(g.kind) END,
           CASE WHEN g.level = min(g.levels) THEN g.depth - g.level + 1 ELSE 1 END, count(*)::integer
    FROM (
        SELECT i.*, count(*) FILTER (WHERE i.begins) OVER (PARTITION BY i.level ORDER BY i.place) AS island
        FROM (
            SELECT l.level, c.place, c.levels, c.depth, c.path[:l.level] AS path, substr(kinds, c.place::integer, 1) AS kind,
                   (c.path[:l.level], c.levels = l.level) IS DISTINCT FROM
                   lag((c.path[:l.level], c.levels = l.level)) OVER (PARTITION BY l.level ORDER BY c.place)
                   OR c.place - 1 IS DISTINCT FROM lag(c.place) OVER (PARTITION BY l.level ORDER BY c.place) AS begins
            FROM (SELECT e.place, p.path, cardinality(p.path) AS levels, max(cardinality(p.path)) OVER () AS depth
                  FROM jsonb_array_elements(columns) WITH ORDINALITY e(value, place)
                  CROSS JOIN LATERAL (SELECT ARRAY(SELECT jsonb_array_elements_text(e.value -> 'head')) AS path) p) c
            CROSS JOIN LATERAL generate_series(1, c.levels) l(level)) i) g
    GROUP BY g.level, g.island, g.path, g.depth;
END
$function$;
COMMENT ON FUNCTION edustats.head_cells(jsonb) IS
    'The cells of a table''s head: the level at which each begins, from above, its first column, its words, the letter of the cells below it, see cell_html, or NULL where there is more than one column, and over how many rows and columns it goes.';

CREATE FUNCTION edustats.head_html(columns jsonb) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
BEGIN
    RETURN (SELECT xmlagg(r.row ORDER BY r.level)
        FROM (
            SELECT h.level, xmlelement(NAME tr, xmlagg(xmlelement(NAME th,
                       xmlattributes(nullif(h.down, 1) AS rowspan, nullif(h.across, 1) AS colspan, CASE WHEN h.kind IN ('n', 'r') THEN h.kind END AS class,
                                     CASE WHEN h.across > 1 THEN 'colgroup' ELSE 'col' END AS scope),
                       CASE WHEN strpos(h.words, E'\n') = 0 THEN edustats.xml_text(h.words) END,
                       CASE WHEN strpos(h.words, E'\n') > 0 THEN edustats.lines_html(h.words) END) ORDER BY h.place)) AS row
            FROM edustats.head_cells(columns) h
            GROUP BY h.level) r);
END
$function$;
COMMENT ON FUNCTION edustats.head_html(jsonb) IS 'The rows of a table''s head.';

-- A header that is merged begins where it, or one before it, is another than in the row above.
CREATE FUNCTION edustats.row_spans(columns jsonb, cells jsonb) RETURNS TABLE (place bigint, spans integer[])
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT s.place, array_agg(CASE WHEN NOT s.merged THEN 1 WHEN s.begins THEN s.rows ELSE 0 END ORDER BY s.header)
    FROM (
        SELECT i.*, count(*) OVER (PARTITION BY i.header, i.island)::integer AS rows
        FROM (
            SELECT b.*, count(*) FILTER (WHERE b.begins) OVER (PARTITION BY b.header ORDER BY b.place) AS island
            FROM (SELECT r.place, h.place AS header, (h.value ->> 'merged')::boolean AS merged,
                         jsonb_path_query_array(r.value, '$[0 to $last]', jsonb_build_object('last', h.place - 1)) IS DISTINCT FROM
                         lag(jsonb_path_query_array(r.value, '$[0 to $last]', jsonb_build_object('last', h.place - 1)))
                             OVER (PARTITION BY h.place ORDER BY r.place) AS begins
                  FROM jsonb_array_elements(cells) WITH ORDINALITY r(value, place)
                  CROSS JOIN jsonb_array_elements(columns) WITH ORDINALITY h(value, place)
                  WHERE h.value ->> 'form' = 'header') b) i) s
    GROUP BY s.place;
END;
COMMENT ON FUNCTION edustats.row_spans(jsonb, jsonb) IS 'Over how many rows the headers of each row go, for merged_row_html.';

CREATE FUNCTION edustats.body_html(columns jsonb, cells jsonb) RETURNS xml
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    kinds text := edustats.row_kinds(columns);
BEGIN
    IF jsonb_path_exists(columns, '$[*] ? (@.merged == true)') THEN
        RETURN (SELECT xmlagg(edustats.merged_row_html(kinds, ARRAY(SELECT jsonb_array_elements_text(r.value)), s.spans) ORDER BY r.place)
                FROM jsonb_array_elements(cells) WITH ORDINALITY r(value, place) JOIN edustats.row_spans(columns, cells) s USING (place));
    END IF;
    RETURN (SELECT xmlagg(edustats.row_html(kinds, ARRAY(SELECT jsonb_array_elements_text(r.value))) ORDER BY r.place)
            FROM jsonb_array_elements(cells) WITH ORDINALITY r(value, place));
END
$function$;
COMMENT ON FUNCTION edustats.body_html(jsonb, jsonb) IS 'The rows of a table; NULL without any.';

CREATE FUNCTION edustats.table_html(id text, title text, class text, columns jsonb, cells jsonb, note text, nothing text) RETURNS xml
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN xmlelement(NAME div, xmlattributes('table' AS class),
    xmlelement(NAME div,
        xmlattributes('scroll' AS class, 'region' AS role, 0 AS tabindex, id || '-title' AS "aria-labelledby"),
        xmlelement(NAME "table", xmlattributes(id AS id, edustats.xml_text(class) AS class),
            xmlelement(NAME caption, xmlattributes(id || '-title' AS id), edustats.xml_text(title)),
            xmlelement(NAME thead, edustats.head_html(columns)),
            xmlelement(NAME tbody, coalesce(edustats.body_html(columns, cells),
                xmlelement(NAME tr,
                    xmlelement(NAME td, xmlattributes(jsonb_array_length(columns) AS colspan, 'none' AS class), edustats.xml_text(nothing))))))),
    CASE WHEN note IS NOT NULL THEN xmlelement(NAME p, xmlattributes('note' AS class), edustats.xml_text(note)) END);
COMMENT ON FUNCTION edustats.table_html(text, text, text, jsonb, jsonb, text, text) IS
    'A table of columns and cells, see the view "page"; without rows it says that there is nothing. note stands below it.';
