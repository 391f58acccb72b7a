-- What Writer has in a document (the variable "file" names it, as flat XML), and what the page of some days has: the tables, the figures or the
-- paragraphs, by lines that begin with found and wanted.
\set document `cat :'file'`
SELECT :'part' = 'tables' AS tables, :'part' = 'figures' AS figures \gset
CREATE TEMP TABLE page AS SELECT * FROM edustats.of_period(NULL::bulletin.page, :'days');
CREATE TEMP TABLE document AS SELECT xmlparse(DOCUMENT :'document') AS x;
CREATE FUNCTION pg_temp.nodes(path text, x xml) RETURNS TABLE (place bigint, x xml) LANGUAGE sql AS $$
    SELECT n.place, n.x FROM unnest(xpath(path, x, ARRAY[ARRAY['office', 'urn:oasis:names:tc:opendocument:xmlns:office:1.0'], ARRAY['table', 'urn:oasis:names:tc:opendocument:xmlns:table:1.0'],
                                                         ARRAY['text', 'urn:oasis:names:tc:opendocument:xmlns:text:1.0'], ARRAY['draw', 'urn:oasis:names:tc:opendocument:xmlns:drawing:1.0'],
                                                         ARRAY['chart', 'urn:oasis:names:tc:opendocument:xmlns:chart:1.0']])) WITH ORDINALITY n(x, place)
$$;
CREATE FUNCTION pg_temp.words(x xml) RETURNS text LANGUAGE sql AS $$SELECT btrim(regexp_replace(w, '\n\s*', '', 'g')) FROM xmltable('/*' PASSING x COLUMNS w text PATH 'string(.)')$$;
-- Texts as they are in XML, on one line, and without what turns the direction of writing.
CREATE FUNCTION pg_temp.said(words text) RETURNS text LANGUAGE sql AS $$SELECT btrim(regexp_replace(edustats.xml_text(words), '[\n\t]', '', 'g'))$$;

\if :tables
-- A cell that is below or beside another one is covered: it has no words.
SELECT 'found ' || string_agg(pg_temp.words(c.x), '|' ORDER BY c.place)
FROM document d, pg_temp.nodes('//office:text/table:table', d.x) t, pg_temp.nodes('/table:table/table:table-header-rows/table:table-row | /table:table/table:table-row', t.x) r,
    pg_temp.nodes('/table:table-row/table:table-cell', r.x) c
GROUP BY t.place, r.place ORDER BY t.place, r.place;
WITH head AS (
    SELECT p.section, p.position, h.level AS row, string_agg(pg_temp.said(h.words), '|' ORDER BY h.place) AS line FROM page p, edustats.head_cells(p.columns) h WHERE p.kind = 'table' GROUP BY 1, 2, 3
), cell AS (
    SELECT p.section, p.position, r.place AS row, c.place, r.value ->> c.place::integer - 1 AS cell, c.value ->> 'form' = 'header' AS header, (c.value ->> 'merged')::boolean AS merged,
           jsonb_path_query_array(r.value, '$[0 to $n]', jsonb_build_object('n', c.place - 1)) AS path
    FROM page p, jsonb_array_elements(p.cells) WITH ORDINALITY r(value, place), jsonb_array_elements(p.columns) WITH ORDINALITY c(value, place) WHERE p.kind = 'table'
), seen AS (
    SELECT *, header AND (cell IS NULL AND place > 1 OR merged AND path = lag(path) OVER (PARTITION BY section, position, place ORDER BY row)) IS TRUE AS covered FROM cell
)
SELECT 'wanted ' || line
FROM (SELECT section, position, 0 AS part, row, line FROM head
      UNION ALL SELECT section, position, 1, row, string_agg(pg_temp.said(coalesce(cell, '-')), '|' ORDER BY place) FROM seen WHERE NOT covered GROUP BY 1, 2, 3, 4) l
ORDER BY section, position, part, row;
\elif :figures
SELECT concat_ws('|', 'found ' || (xpath('local-name(/*)', c.x))[1]::text, a.place, a.words)
FROM (SELECT 1) x(n), document d, pg_temp.nodes('//draw:object//chart:chart', d.x) c,
    LATERAL (SELECT r.place, string_agg(pg_temp.words(e.x), '|' ORDER BY e.place) AS words
             FROM pg_temp.nodes('//table:table-rows/table:table-row', c.x) r, pg_temp.nodes('/table:table-row/table:table-cell', r.x) e GROUP BY 1) a
ORDER BY c.place, a.place;
SELECT concat_ws('|', 'wanted chart', r.place, pg_temp.said(r.value ->> 0), coalesce(trim_scale((r.value ->> 1)::numeric)::text, 'NaN'))
FROM page p, jsonb_array_elements(p.cells) WITH ORDINALITY r(value, place) WHERE p.kind = 'figure' ORDER BY p.section, p.position, r.place;
\else
SELECT 'found ' || pg_temp.words(n.x) FROM document d, pg_temp.nodes('//office:text/text:p[not(.//draw:frame)] | //office:text/text:h', d.x) n WHERE pg_temp.words(n.x) <> '' ORDER BY n.place;
SELECT 'wanted ' || pg_temp.said(w.words)
FROM (SELECT s.settings, -1 AS section, 0 AS position FROM edustats.of_period(NULL::bulletin.page_setting, :'days') s) s,
    LATERAL (SELECT -1 AS section, 0 AS position, t.place, s.settings ->> t.name AS words FROM unnest('{office,issue,title,subtitle,period}'::text[]) WITH ORDINALITY t(name, place)
             UNION ALL SELECT 1000, 0, t.place, s.settings ->> t.name FROM unnest('{signature,date}'::text[]) WITH ORDINALITY t(name, place)
             UNION ALL SELECT p.section, -1, 0, min(p.title) FROM page p GROUP BY 1
             UNION ALL SELECT p.section, p.position, 0, coalesce(p.caption, p.cells #>> '{0,0}') FROM page p
             UNION ALL SELECT p.section, p.position, 1, p.note FROM page p) w
WHERE w.words IS NOT NULL ORDER BY w.section, w.position, w.place;
\endif
