-- The bulletin taken away: CSV, JSON, and a document. Everything is compared with the views themselves, and a document is read as
-- Office reads it: by its directory, its types, and what refers to what.
\ir ../march_2015.sql
\set ON_ERROR_STOP off
\pset tuples_only on
\pset format unaligned
SELECT no_plan();
SET client_min_messages TO warning;

-- Lines of CSV as RFC 4180 has them: an array of fields for each.
CREATE FUNCTION pg_temp.csv(content text) RETURNS TABLE (line bigint, fields text[]) LANGUAGE sql AS $$
    SELECT l.line, array_agg(CASE WHEN f.field[1] LIKE '"%' THEN replace(substr(f.field[1], 2, length(f.field[1]) - 2), '""', '"') ELSE f.field[1] END ORDER BY f.place)
    FROM regexp_matches(ltrim(content, chr(65279)), '((?:"(?:[^"]|"")*"|[^"\r])*)\r\n', 'g') WITH ORDINALITY l(words, line),
         regexp_matches(',' || l.words[1], ',("(?:[^"]|"")*"|[^,"]*)', 'g') WITH ORDINALITY f(field, place)
    GROUP BY 1
$$;
SELECT results_eq($$SELECT fields FROM pg_temp.csv(E'\uFEFFa,"b ""c"", d",\r\n\r\n"x\r\ny",1\r\n,,\r\n') ORDER BY line$$,
                  $$VALUES (ARRAY['a', 'b "c", d', '']), (ARRAY['']), (ARRAY[E'x\r\ny', '1']), ('{"","",""}')$$, 'CSV is read');
-- What a view has of a month, as lines: in its own order, without what is hidden.
CREATE FUNCTION pg_temp.view_lines(view text, first date, hidden text[]) RETURNS SETOF text[] LANGUAGE plpgsql AS $$
DECLARE
    fields text;
    sorting text;
BEGIN
    SELECT string_agg(format('coalesce(%I::text, '''')', attname), ', ' ORDER BY attnum) FILTER (WHERE attname <> ALL ('{month}' || hidden)), min(attname::text) FILTER (WHERE attname IN ('row', 'rank'))
    INTO fields, sorting FROM pg_attribute WHERE attrelid = ('bulletin.' || view)::regclass AND attnum > 0;
    RETURN QUERY EXECUTE format('SELECT ARRAY[%s] FROM bulletin.%I WHERE month = %L ORDER BY %I', fields, view, first, sorting);
END $$;
CREATE TEMP TABLE hidden AS SELECT view, coalesce(hidden, '{}') || CASE WHEN view IN ('table_2') THEN '{college,other}'::text[] ELSE '{}' END || CASE WHEN kind = 'figure' THEN '{rank}'::text[] ELSE '{}' END AS hidden
    FROM bulletin_data.page_item WHERE kind IN ('table', 'figure');

-- 1. CSV: the month as published.
CREATE TEMP TABLE csv AS SELECT v.view, c.line, c.fields, v.hidden FROM hidden v, pg_temp.csv(edustats.bulletin_csv('bulletin', '2015-03-01', v.view)) c;
CREATE FUNCTION pg_temp.heads(view text) RETURNS integer LANGUAGE sql AS $$SELECT CASE WHEN $1 IN ('table_3', 'table_5', 'table_7') THEN 2 ELSE 1 END$$;
SELECT results_eq(
    format('SELECT fields FROM (SELECT *, max(line) OVER () AS last FROM csv WHERE view = %L) c WHERE line > 1 + pg_temp.heads(view) AND (cardinality(fields) > 1 OR line < last) ORDER BY line', view),
    format('SELECT pg_temp.view_lines(%L, ''2015-03-01'', %L)', view, hidden), view || ': all rows, values in full') FROM hidden ORDER BY view;
SELECT is_empty($$SELECT view, fields FROM csv c WHERE line > 1 + pg_temp.heads(view) AND EXISTS (SELECT FROM unnest(fields) f WHERE f ~ '^[-0-9.,%万]+$' AND f !~ '^-?[0-9]+(\.[0-9]+)?$')$$, 'a number is digits alone');
SELECT is((SELECT array_agg(fields[1] ORDER BY view) FROM csv WHERE line = 1), (SELECT array_agg(caption ORDER BY view) FROM bulletin.page WHERE month = '2015-03-01' AND kind IN ('table', 'figure')), 'the captions');
SELECT is((SELECT array_agg(fields[1] ORDER BY c.view) FROM csv c JOIN bulletin.page p ON p.view = c.view AND p.month = '2015-03-01' WHERE p.note IS NOT NULL AND line = (SELECT max(line) FROM csv l WHERE l.view = c.view)),
          (SELECT array_agg(note ORDER BY view) FROM bulletin.page WHERE month = '2015-03-01' AND kind IN ('table', 'figure') AND note IS NOT NULL), 'the notes');
SELECT results_eq($$SELECT fields FROM csv WHERE view = 'table_3' AND line BETWEEN 2 AND 3 ORDER BY line$$,
    $$VALUES (ARRAY['区县', '农村站点', '农村站点', '农村站点', '农村站点', '社区站点', '社区站点', '社区站点', '社区站点']),
             (ARRAY['区县', '参学站点数', '未学站点数', '应学站点数', '站点参学率 (%)', '参学站点数', '未学站点数', '应学站点数', '站点参学率 (%)'])$$, 'a head of two levels');
SELECT results_eq($$SELECT fields FROM csv WHERE view LIKE 'figure%' AND line = 2 ORDER BY view$$,
    $$VALUES (ARRAY['视频课程类型', '访问次数(次)']), (ARRAY['图文栏目', '访问量(次)']), (ARRAY['博客分类', '博文(篇)']), (ARRAY['区县', '博文(篇)']), (ARRAY['热点话题', '信息(条)'])$$, 'heads of figures');
SELECT is(left(edustats.bulletin_csv('bulletin', '2015-03-01', view), 1), chr(65279), 'a byte order mark: ' || view) FROM unnest(ARRAY[NULL, 'table_1', 'users', 'narrative']) view;
SELECT is(edustats.bulletin_csv('bulletin', '2015-03-01') ~ '[^\r]\n', false, 'every line ends with CR and LF');

-- A fact, under the names of its columns, in the order of its columns
CREATE FUNCTION pg_temp.facts(view text) RETURNS SETOF text[] LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE (SELECT format('SELECT ARRAY[%s] FROM bulletin.%I WHERE month = ''2015-03-01'' ORDER BY %s', string_agg(format('coalesce(%I::text, '''')', attname), ', ' ORDER BY attnum), view,
                                        string_agg(format('%I', attname), ', ' ORDER BY attname <> 'rank', attnum))
                          FROM pg_attribute WHERE attrelid = ('bulletin.' || view)::regclass AND attnum > 0);
END $$;
SELECT results_eq(format($$SELECT fields FROM pg_temp.csv(edustats.bulletin_csv('bulletin', '2015-03-01', %L)) WHERE line > 1 ORDER BY line$$, view), format('SELECT pg_temp.facts(%L)', view), 'the fact ' || view)
FROM unnest(ARRAY['headline', 'users', 'learning_hours', 'participation', 'station_learning', 'course_clicks', 'column_visits', 'article_views', 'forum_posts', 'topic_views', 'blog_posts', 'village_activity', 'reports']) view;
SELECT is((SELECT fields FROM pg_temp.csv(edustats.bulletin_csv('bulletin', '2015-03-01', 'users')) WHERE line = 1), '{month,org_type,account,users}', 'and its head');

-- The whole page: all that stands there, in its order
SELECT is((SELECT string_agg(fields[1], E'\n' ORDER BY line) FROM pg_temp.csv(edustats.bulletin_csv('bulletin', '2015-03-01')) WHERE cardinality(fields) = 1 AND fields[1] <> ''),
    (SELECT concat_ws(E'\n', settings ->> 'title', settings ->> 'period', (SELECT string_agg(concat_ws(E'\n', CASE WHEN p.first THEN p.title END,
                CASE p.kind WHEN 'sentence' THEN p.cells #>> '{0,0}' ELSE concat_ws(E'\n', p.caption, p.note) END), E'\n' ORDER BY p.section, p.position)
            FROM (SELECT *, row_number() OVER (PARTITION BY section ORDER BY position) = 1 AS first FROM bulletin.page WHERE month = '2015-03-01') p))
     FROM bulletin.page_setting WHERE month = '2015-03-01'), 'titles, sentences, captions and notes of the whole page');
SELECT is((SELECT array_agg(fields ORDER BY line) FROM pg_temp.csv(edustats.bulletin_csv('bulletin', '2015-03-01', 'narrative'))),
    (SELECT array_agg(ARRAY[text] ORDER BY section, paragraph) FROM bulletin.narrative WHERE month = '2015-03-01'), 'sentences alone');
SELECT is((SELECT count(*) FROM pg_temp.csv(edustats.bulletin_csv('bulletin', '2015-03-01')) WHERE cardinality(fields) > 1),
          (SELECT count(*) FROM csv WHERE cardinality(fields) > 1), 'and all rows');

-- 2. JSON.
CREATE TEMP TABLE doc AS SELECT edustats.bulletin_json('bulletin', '2015-03-01') AS j;
CREATE TEMP TABLE item AS SELECT s.place AS section, i.place AS position, i.item FROM doc, jsonb_array_elements(j -> 'sections') WITH ORDINALITY s(section, place), jsonb_array_elements(s.section -> 'items') WITH ORDINALITY i(item, place);
SELECT results_eq('SELECT j ->> ''bulletin'', j ->> ''first'', j ->> ''last'', j ->> ''title'', j -> ''settings'' FROM doc',
    $$SELECT 'bulletin', '2015-03-01', '2015-03-31', settings ->> 'title', settings FROM bulletin.page_setting WHERE month = '2015-03-01'$$, 'what it is');
SELECT results_eq($$SELECT item ->> 'kind', item ->> 'view', (item ->> 'number')::integer, item ->> 'caption', item ->> 'note', item -> 'columns', item -> 'rows', item -> 'text' FROM item ORDER BY section, position$$,
    $$SELECT kind, view, number, caption, note, CASE WHEN kind <> 'sentence' THEN columns END, CASE WHEN kind <> 'sentence' THEN rows END, CASE WHEN kind = 'sentence' THEN cells -> 0 END
      FROM bulletin.page WHERE month = '2015-03-01' ORDER BY section, position$$, 'all items');
SELECT is((SELECT jsonb_agg(to_jsonb(t) - '{month,row,college,other}'::text[] ORDER BY row) FROM bulletin.table_2 t WHERE month = '2015-03-01'), item -> 'rows', 'values are the view''s own, typed') FROM item WHERE item ->> 'view' = 'table_2';
SELECT is(edustats.bulletin_json('bulletin', '2015-03-01', item ->> 'view') -> 'items', jsonb_build_array(item), 'alone: ' || (item ->> 'view')) FROM item WHERE item ->> 'kind' <> 'sentence';
SELECT is(edustats.bulletin_json('bulletin', '2015-03-01', 'users') #> '{items,0,rows}', (SELECT jsonb_agg(to_jsonb(u) ORDER BY org_type, account) FROM bulletin.users u WHERE month = '2015-03-01'), 'a fact');
SELECT is(edustats.bulletin_json('bulletin', '2015-03-01', 'users') #>> '{items,0,kind}', 'view', 'is a view');

-- 3. The document, as Office reads it.
CREATE FUNCTION pg_temp.number_at(bytes bytea, at integer, width integer) RETURNS integer LANGUAGE sql AS
    $$SELECT sum(get_byte(bytes, at + i) << 8 * i)::integer FROM generate_series(0, width - 1) i$$;
CREATE FUNCTION pg_temp.unzip(bytes bytea) RETURNS TABLE (place integer, name text, content bytea) LANGUAGE plpgsql AS $$
DECLARE
    finish integer := length(bytes) - 22;
    entry integer := pg_temp.number_at(bytes, finish + 16, 4);
    file integer;
BEGIN
    IF substr(bytes, finish + 1, 4) <> '\x504b0506' OR entry + pg_temp.number_at(bytes, finish + 12, 4) <> finish THEN
        RAISE 'no directory';
    END IF;
    FOR n IN 1..pg_temp.number_at(bytes, finish + 10, 2) LOOP
        place := n;
        file := pg_temp.number_at(bytes, entry + 42, 4);
        name := convert_from(substr(bytes, entry + 47, pg_temp.number_at(bytes, entry + 28, 2)), 'UTF8');
        content := substr(bytes, file + 31 + pg_temp.number_at(bytes, file + 26, 2) + pg_temp.number_at(bytes, file + 28, 2), pg_temp.number_at(bytes, entry + 24, 4));
        entry := entry + 46 + pg_temp.number_at(bytes, entry + 28, 2);
        RETURN NEXT;
    END LOOP;
END $$;
CREATE FUNCTION pg_temp.names() RETURNS text[] LANGUAGE sql AS
    $$SELECT ARRAY[ARRAY['w', 'http://schemas.openxmlformats.org/wordprocessingml/2006/main'], ARRAY['c', 'http://schemas.openxmlformats.org/drawingml/2006/chart'],
                   ARRAY['r', 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'], ARRAY['p', 'http://schemas.openxmlformats.org/package/2006/relationships'],
                   ARRAY['t', 'http://schemas.openxmlformats.org/package/2006/content-types'], ARRAY['s', 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'],
                   ARRAY['wp', 'http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing']]$$;
CREATE TABLE part (document text, place integer, name text, content bytea, x xml, PRIMARY KEY (document, name));
CREATE FUNCTION pg_temp.open(document text, bytes bytea) RETURNS bigint LANGUAGE sql AS $$
    INSERT INTO part SELECT $1, u.place, u.name, u.content, CASE WHEN u.name !~ '\.xlsx$' THEN xmlparse(DOCUMENT convert_from(u.content, 'UTF8')) END FROM pg_temp.unzip($2) u;
    SELECT count(*) FROM part p WHERE p.document = $1
$$;
CREATE FUNCTION pg_temp.texts(document text, part text, path text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT array_to_string(xpath('//text()', n)::text[], '') FROM part p, unnest(xpath($3, p.x, pg_temp.names())) n WHERE p.document = $1 AND p.name = $2
$$;
SELECT is(pg_temp.open('march', edustats.bulletin_document('bulletin', '2015-03-01')), 24::bigint, 'nine files, and three for each figure');
SELECT is(place, 1, 'the types come first') FROM part WHERE name = '[Content_Types].xml';

-- Every file has a type, every type a file; every reference leads to a file, and every file but the roots is referred to.
CREATE FUNCTION pg_temp.wrong_types(document text) RETURNS SETOF text LANGUAGE sql AS $$
    WITH typed AS (SELECT substr(a::text, 2) AS name FROM part p, unnest(xpath('//t:Override/@PartName', p.x, pg_temp.names())) a WHERE p.document = $1 AND p.name = '[Content_Types].xml')
    SELECT coalesce(t.name, p.name) FROM typed t FULL JOIN (SELECT name FROM part WHERE document = $1 AND name !~ '\.(rels|xlsx)$|^\[') p ON p.name = t.name WHERE t.name IS NULL OR p.name IS NULL
$$;
CREATE FUNCTION pg_temp.wrong_references(document text) RETURNS SETOF text LANGUAGE sql AS $$
    WITH target AS (
        SELECT p.name AS source, a.id, a.target, CASE WHEN a.target LIKE '../%' THEN 'word/' || substr(a.target, 4) ELSE regexp_replace(p.name, '_rels/.*', '') || a.target END AS file
        FROM part p, xmltable(xmlnamespaces('http://schemas.openxmlformats.org/package/2006/relationships' AS p), '//p:Relationship' PASSING p.x COLUMNS id text PATH '@Id', target text PATH '@Target') a
        WHERE p.document = $1 AND p.name ~ '\.rels$'
    ), used AS (
        SELECT regexp_replace(p.name, '([^/]*)$', '_rels/\1.rels') AS source, a::text AS id FROM part p, unnest(xpath('//@r:id', p.x, pg_temp.names())) a WHERE p.document = $1 AND p.name ~ '^word/.*xml$'
    )
    SELECT format('%s: %s', t.source, t.target) FROM target t WHERE t.file NOT IN (SELECT name FROM part WHERE document = $1)
    UNION ALL SELECT name FROM part WHERE document = $1 AND name !~ '\.rels$|^\[' AND name NOT IN (SELECT file FROM target)
    UNION ALL SELECT format('%s: %s', u.source, u.id) FROM used u WHERE NOT EXISTS (SELECT FROM target t WHERE t.source = u.source AND t.id = u.id)
    UNION ALL SELECT a.style FROM (SELECT DISTINCT a::text AS style FROM part p, unnest(xpath('//w:pStyle/@w:val | //w:tblStyle/@w:val', p.x, pg_temp.names())) a WHERE p.document = $1) a
              WHERE a.style NOT IN (SELECT s::text FROM part p, unnest(xpath('//w:style/@w:styleId', p.x, pg_temp.names())) s WHERE p.document = $1)
$$;
SELECT is_empty($$SELECT pg_temp.wrong_types('march')$$, 'each file has its type');
SELECT is_empty($$SELECT pg_temp.wrong_references('march')$$, 'what is referred to is there');

-- Its paragraphs outside of tables, in order
SELECT results_eq($$SELECT t FROM pg_temp.texts('march', 'word/document.xml', '/w:document/w:body/w:p') t WHERE t <> ''$$,
    $$SELECT t FROM (SELECT 0 AS section, 0 AS position, 1 AS place, settings ->> 'title' AS t FROM bulletin.page_setting WHERE month = '2015-03-01'
                     UNION ALL SELECT 0, 0, 2, settings ->> 'period' FROM bulletin.page_setting WHERE month = '2015-03-01'
                     UNION ALL SELECT section, 0, 0, min(title) FROM bulletin.page WHERE month = '2015-03-01' GROUP BY section
                     UNION ALL SELECT section, position, 1, coalesce(caption, cells #>> '{0,0}') FROM bulletin.page WHERE month = '2015-03-01'
                     UNION ALL SELECT section, position, 2, note FROM bulletin.page WHERE month = '2015-03-01') p WHERE t IS NOT NULL ORDER BY section, position, place$$, 'titles, sentences, captions, notes');
-- Its tables: the cells that are not below another, and the heads that a page repeats
CREATE FUNCTION pg_temp.table_rows(document text, number integer, head boolean) RETURNS TABLE (place bigint, cells text[]) LANGUAGE sql AS $$
    SELECT r.place, ARRAY(SELECT c.cell FROM xmltable(xmlnamespaces('http://schemas.openxmlformats.org/wordprocessingml/2006/main' AS w), '/w:tr/w:tc[not(w:tcPr/w:vMerge/@w:val = "continue")]' PASSING r.tr
                                                      COLUMNS n FOR ORDINALITY, cell text PATH 'string(.)') c ORDER BY c.n)
    FROM part p, unnest(xpath(format('(//w:tbl)[%s]/w:tr[%s]', $2, CASE WHEN $3 THEN 'w:trPr/w:tblHeader' ELSE 'not(w:trPr/w:tblHeader)' END), p.x, pg_temp.names())) WITH ORDINALITY r(tr, place)
    WHERE p.document = $1 AND p.name = 'word/document.xml'
$$;
SELECT results_eq(format('SELECT cells FROM pg_temp.table_rows(''march'', %s, false) ORDER BY place', n),
    format($$SELECT ARRAY(SELECT coalesce(c, '-') FROM jsonb_array_elements_text(r.value) WITH ORDINALITY c(c, n) ORDER BY n) FROM bulletin.page p, jsonb_array_elements(p.cells) WITH ORDINALITY r(value, place)
             WHERE p.month = '2015-03-01' AND p.kind = 'table' AND p.number = %s ORDER BY r.place$$, n), format('the rows of table %s', n)) FROM generate_series(2, 9) n;
SELECT is((SELECT string_agg(array_to_string(cells, ' '), ' / ' ORDER BY place) FROM pg_temp.table_rows('march', 1, false)),
    '集体用户 农村 站点用户 3691 / 非站点用户 1520 / 社区 站点用户 2403 / 非站点用户 2397 / 机关事业单位 站点用户 1081 / 非站点用户 10286 / 国企 站点用户 43 / 非站点用户 1912 / '
    '“两新”组织 站点用户 32 / 非站点用户 333 / 高校 65 / 个人用户 18742 / 合计 42505', 'table 1 has merged headers');
SELECT results_eq($$SELECT cells FROM pg_temp.table_rows('march', 3, true) ORDER BY place$$,
    $$VALUES (ARRAY['区县', '农村站点', '社区站点']), (ARRAY['参学站点数', '未学站点数', '应学站点数', '站点参学率', '参学站点数', '未学站点数', '应学站点数', '站点参学率'])$$, 'a head of two levels');
-- each row fills the grid
SELECT is_empty(format($$SELECT r.place FROM part p, unnest(xpath('(//w:tbl)[%1$s]/w:tr', p.x, pg_temp.names())) WITH ORDINALITY r(tr, place)
    WHERE p.document = 'march' AND p.name = 'word/document.xml'
      AND (SELECT sum(coalesce((xpath('/w:tc/w:tcPr/w:gridSpan/@w:val', c, pg_temp.names()))[1]::text::integer, 1)) FROM unnest(xpath('/w:tr/w:tc', r.tr, pg_temp.names())) c)
          <> cardinality(xpath('(//w:tbl)[%1$s]/w:tblGrid/w:gridCol', p.x, pg_temp.names()))$$, n), format('the rows of table %s are full', n)) FROM generate_series(1, 9) n;
SELECT is((SELECT string_agg(DISTINCT a::text, ' ') FROM part p, unnest(xpath('(//w:tbl)[2]/w:tr[not(w:trPr/w:tblHeader)]/w:tc[position() > 1]/w:p/w:pPr/w:pStyle/@w:val', p.x, pg_temp.names())) a WHERE p.name = 'word/document.xml'), 'TableNumber', 'numbers stand to the right');

-- Its figures: charts with the values of the view, the same in their workbooks, as large as each other, and told in words
CREATE FUNCTION pg_temp.points(document text, chart integer, axis text) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(v ORDER BY n) FROM part p, xmltable(xmlnamespaces('http://schemas.openxmlformats.org/drawingml/2006/chart' AS c), format('//c:%s//c:pt', $3) PASSING p.x COLUMNS n integer PATH '@idx', v text PATH 'c:v') v
    WHERE p.document = $1 AND p.name = format('word/charts/chart%s.xml', $2)
$$;
CREATE FUNCTION pg_temp.sheet(document text, chart integer) RETURNS SETOF text[] LANGUAGE sql AS $$
    SELECT ARRAY[r.a, r.b] FROM part p, pg_temp.unzip(p.content) u, xmltable(xmlnamespaces('http://schemas.openxmlformats.org/spreadsheetml/2006/main' AS s), '//s:row' PASSING xmlparse(DOCUMENT convert_from(u.content, 'UTF8'))
        COLUMNS n integer PATH '@r', a text PATH 's:c[starts-with(@r, "A")]/s:is/s:t', b text PATH 's:c[starts-with(@r, "B")]/*') r
    WHERE p.document = $1 AND p.name = format('word/embeddings/chart%s.xlsx', $2) AND u.name = 'xl/worksheets/sheet1.xml' ORDER BY r.n
$$;
SELECT is(ARRAY[pg_temp.points('march', number, 'cat'), pg_temp.points('march', number, 'val')],
          ARRAY(SELECT ARRAY(SELECT r ->> n FROM jsonb_array_elements(p.cells) WITH ORDINALITY r(r, place) ORDER BY place) FROM generate_series(0, 1) n), 'the values of figure ' || number)
FROM bulletin.page p WHERE month = '2015-03-01' AND kind = 'figure';
SELECT results_eq(format($$SELECT pg_temp.sheet('march', %s)$$, number), format($$SELECT fields FROM csv WHERE view = %L AND line > 1 ORDER BY line$$, view), 'and its workbook') FROM bulletin.page WHERE month = '2015-03-01' AND kind = 'figure';
SELECT is((SELECT string_agg(DISTINCT a::text, ' ') FROM part p, unnest(xpath('//wp:extent/@cx', p.x, pg_temp.names())) a), '5220000', 'figures of one width');
SELECT is((xpath('//wp:docPr/@descr', x, pg_temp.names()))[1]::text, (xpath('string(//*[@id="figure_1-description"])', replace(edustats.bulletin_html('bulletin', '2015-03-01'), '<!DOCTYPE html>', '')::xml))[1]::text, 'in the words of the page')
FROM part WHERE name = 'word/document.xml';

-- 4. The same month, the same bytes; and other ways to say it.
CREATE TABLE first AS SELECT edustats.bulletin_document('bulletin', '2015-03-01') AS document, edustats.bulletin_csv('bulletin', '2015-03-01') AS csv, edustats.bulletin_json('bulletin', '2015-03-01') AS json;
CREATE FUNCTION pg_temp.same() RETURNS TABLE (same boolean) LANGUAGE sql AS $$
    SELECT document = edustats.bulletin_document('bulletin', '2015-03-31') AND csv = edustats.bulletin_csv('bulletin', date '2015-03-31') AND json = edustats.bulletin_json('bulletin', date '2015-03-31') FROM first
    UNION ALL SELECT document = edustats.bulletin_document('bulletin', '[2015-03-01,2015-04-01)') AND csv = edustats.bulletin_csv('bulletin', '[2015-03-01,2015-04-01)') AND json = edustats.bulletin_json('bulletin', '[2015-03-01,2015-04-01)') FROM first
$$;
BEGIN;
SET LOCAL timezone TO 'America/New_York';
SET LOCAL datestyle TO 'German';
SET LOCAL xmloption TO document;
SET LOCAL bytea_output TO escape;
SET LOCAL search_path TO bulletin, platform, public;
SET LOCAL standard_conforming_strings TO off;
SELECT is((SELECT array_agg(same) FROM pg_temp.same()), '{t,t}', 'the session does not show');
COMMIT;
SELECT is(ARRAY[edustats.bulletin_csv(NULL, '2015-03-01'), edustats.bulletin_csv('bulletin', NULL::date), edustats.bulletin_json(NULL, '2015-03-01')::text, edustats.bulletin_json('bulletin', NULL::daterange, 'users')::text,
                edustats.bulletin_document('bulletin', NULL::text)::text], array_fill(NULL::text, ARRAY[5]), 'NULL for NULL');
SELECT throws_ok(format('SELECT edustats.%s(%L, %L)', f, b, d), s, NULL, format('%s of %s, %s', f, b, d))
FROM unnest(ARRAY['bulletin_csv', 'bulletin_json', 'bulletin_document']) f, (VALUES ('nowhere', '2015-03-01', '3F000'), ('pg_catalog', '2015-03-01', '3F000'), ('bulletin', '1999-01-01', '22023'), ('bulletin', 'infinity', '22023'), ('bulletin', 'empty', '22023'), ('bulletin', '(,2015-01-01)', '22023')) w(b, d, s);
SELECT throws_ok(format('SELECT edustats.%s(''bulletin'', ''2015-03-01'', %L)', f, v), s, m, format('%s of %s', f, v))
FROM unnest(ARRAY['bulletin_csv', 'bulletin_json']) f, (VALUES ('nothing', '42P01', 'bulletin "bulletin" has no view "nothing"'), ('', '42P01', 'bulletin "bulletin" has no view ""'), ('pg_class"; DROP', '42P01', NULL),
    ('refresh_status', '42703', 'view "refresh_status" has no column "month" of type date')) w(v, s, m);

-- 5. Whatever stands there: names that are formulas, markup, quotes, and characters that XML does not have.
CREATE TABLE public.hostile (n integer, name text);
INSERT INTO hostile VALUES (1, '=1+1'), (2, '+1'), (3, '-1'), (4, '@SUM(1)'), (5, E'\t=1'), (6, E'\r=1'), (7, ' =1'), (8, '＝1'), (9, '=HYPERLINK("http://x","y")'), (10, 'a=1'), (11, '1-2'), (12, E'a\nb'), (13, '"'), (14, ''),
    (15, '</w:t><w:p/>&amp;]]>'), (16, E'\x01\x0b' || chr(65535)), (17, chr(8238) || 'abc'), (18, '{month}'), (19, ', '), (20, NULL);
GRANT SELECT ON hostile TO PUBLIC;
CREATE VIEW bulletin.hostile AS SELECT m.month, h.n AS rank, h.name, -h.n AS value, CASE WHEN h.n <> 3 THEN h.n * 1234.5 END AS views, h.n % 2 = 0 AS even FROM bulletin_data.calendar m CROSS JOIN public.hostile h;
INSERT INTO bulletin_data.page_section VALUES (6, '=1 </w:t>');
INSERT INTO bulletin_data.page_item (section, position, kind, view, caption, forms, heads, style) VALUES
    (6, 10, 'table', 'hostile', '=caption <&> "x"', '{"views": "wan"}', '{"name": "=a|<b>\n&c"}', NULL), (6, 20, 'figure', 'hostile', '+caption <&> "x"', '{"views": "value"}', NULL, 'bars'),
    (6, 30, 'figure', 'hostile', 'c', '{"value": "value"}', NULL, 'columns'), (6, 40, 'figure', 'hostile', 'd', '{"views": "value"}', NULL, 'line');
INSERT INTO bulletin_data.page_item (section, position, kind, note) VALUES (6, 50, 'note', E'=note\n</w:t>');
SELECT results_eq($$SELECT c.fields[2], c.fields[3]::integer, nullif(c.fields[4], '')::numeric, c.fields[5] FROM pg_temp.csv(edustats.bulletin_csv('bulletin', '2015-03-01', 'hostile')) c WHERE cardinality(fields) = 5 AND c.line BETWEEN 4 AND 22 ORDER BY line$$,
    $$SELECT CASE WHEN n <= 9 THEN '''' ELSE '' END || name, -n, CASE WHEN n <> 3 THEN n * 1234.5 END, (n % 2 = 0)::text FROM hostile WHERE n <> 3 AND n < 20 UNION ALL SELECT '''-1', -3, NULL, 'false' ORDER BY 2 DESC$$, 'nothing is a formula, and numbers are numbers');
SELECT is((SELECT array_agg(fields) FROM pg_temp.csv(edustats.bulletin_csv('bulletin', '2015-03-01')) WHERE fields[1] ~ 'note'), '{{"''=note </w:t>"}}', 'nor is a note');
SELECT is((SELECT fields[2] FROM pg_temp.csv(edustats.bulletin_csv('bulletin', '2015-03-01', 'hostile')) WHERE line = 3), '<b> &c', 'a head is one line');
SELECT is((SELECT count(*) FROM pg_temp.csv(edustats.bulletin_csv('bulletin', '2015-03-01')) WHERE EXISTS (SELECT FROM unnest(fields) f WHERE f ~ '^\s*[=+@-]' AND f !~ '^-\d+$')), 0::bigint, 'nor anything else');
SELECT is(pg_temp.open('hostile', edustats.bulletin_document('bulletin', '2015-03-01')), 33::bigint, 'a document of hostile names is well-formed, with three figures more');
SELECT is_empty($$SELECT pg_temp.wrong_types('hostile') UNION ALL SELECT pg_temp.wrong_references('hostile')$$, 'and whole');
SELECT is((SELECT count(*) FROM part p, unnest(xpath('//w:p', p.x, pg_temp.names())) WHERE p.document = 'hostile' AND p.name = 'word/document.xml' AND EXISTS (SELECT FROM unnest(xpath('/w:p/w:p', unnest, pg_temp.names())))), 0::bigint, 'no name is markup');
SELECT results_eq($$SELECT cells[2] FROM pg_temp.table_rows('hostile', 10, false) ORDER BY place$$,
    $$SELECT coalesce(translate(regexp_replace(name, '[\r\n]', ''), E'\x01\x0B' || chr(65535) || chr(8238), repeat(chr(65533), 3)), '-') FROM hostile ORDER BY n$$, 'the names as they are');
SELECT is(pg_temp.points('hostile', 7, 'val'), ARRAY(SELECT (-n)::text FROM hostile ORDER BY n), 'columns below zero');
SELECT is(pg_temp.points('hostile', 8, 'val'), ARRAY(SELECT (n * 1234.5)::text FROM hostile WHERE n <> 3 ORDER BY n), 'a gap in a line is no zero');
SELECT is((xpath('/c:chartSpace/c:chart/c:plotArea/c:lineChart/c:ser/c:val/c:numRef/c:numCache/c:ptCount/@val', x, pg_temp.names()))[1]::text, '20', 'but a place') FROM part WHERE document = 'hostile' AND name = 'word/charts/chart8.xml';
SELECT is((xpath(format('/c:chartSpace/c:chart/c:plotArea/c:%s/c:barDir/@val', CASE name WHEN 'word/charts/chart8.xml' THEN 'lineChart' ELSE 'barChart' END), x, pg_temp.names()))[1]::text, CASE right(name, 5) WHEN '6.xml' THEN 'bar' WHEN '7.xml' THEN 'col' END, 'the kind of ' || name)
FROM part WHERE document = 'hostile' AND name ~ 'chart[678]\.xml$';
SELECT is((edustats.bulletin_json('bulletin', '2015-03-01', 'hostile') #> '{items,0,rows}') @> (SELECT jsonb_agg(jsonb_build_object('name', name, 'rank', n)) FROM hostile), true, 'JSON has them all');

-- What is hidden stays so, for whoever may read the page alone.
UPDATE bulletin_data.page_item SET hidden = '{value}' WHERE section = 6 AND position = 10;
DELETE FROM bulletin_data.page_item WHERE section = 6 AND position > 10;
SELECT is((SELECT count(*) FROM bulletin.page p, jsonb_array_elements(p.rows) r WHERE p.month = '2015-03-01' AND p.view = 'hostile' AND (r ? 'value' OR NOT r ? 'name')), 0::bigint, 'hidden columns are in no row');
CREATE ROLE away_reader;
GRANT USAGE ON SCHEMA bulletin TO away_reader;
GRANT SELECT ON bulletin.page, bulletin.page_setting TO away_reader;
SET ROLE away_reader;
SELECT ok(length(edustats.bulletin_csv('bulletin', '2015-03-01', 'table_2')) > 500 AND length(edustats.bulletin_document('bulletin', '2015-03-01')) > 10000, 'the reader of a page takes it away');
SELECT throws_ok($$SELECT edustats.bulletin_csv('bulletin', '2015-03-01', 'users')$$, '42501', NULL, 'and no view that he may not read');
RESET ROLE;
DROP OWNED BY away_reader;
DROP ROLE away_reader;

-- 6. Other months, periods, a language, and a page with nothing on it.
DELETE FROM bulletin_data.page_item WHERE section = 6;
SELECT is(pg_temp.open('february', edustats.bulletin_document('bulletin', '2015-02-11')), 21::bigint, 'no figure 4 in February');
SELECT is((SELECT string_agg(t, ' ') FROM pg_temp.texts('february', 'word/document.xml', '//w:p[w:pPr/w:pStyle/@w:val = "Caption"]') t), (SELECT string_agg(caption, ' ' ORDER BY section, position) FROM bulletin.page WHERE month = '2015-02-01'), 'its captions');
SELECT is((SELECT fields FROM pg_temp.csv(edustats.bulletin_csv('bulletin', '2015-02-11', 'figure_4')) WHERE line = 1), '{month,rank,district,posts}', 'which is a view like others then');
SELECT is((SELECT fields[1] FROM pg_temp.csv(edustats.bulletin_csv('bulletin', '[2015-01-01,2015-04-01)', 'table_2')) WHERE line = 1), '表2 2015年第一季度各区县站点用户观看学习时间（单位：小时）', 'a quarter');
SELECT results_eq($$SELECT fields FROM pg_temp.csv(edustats.bulletin_csv('bulletin', '[2015-03-02,2015-03-09)', 'users')) WHERE line > 1 ORDER BY line$$,
    $$SELECT ARRAY[month::text, coalesce(org_type, ''), account, users::text] FROM bulletin.users('[2015-03-02,2015-03-09)') ORDER BY org_type, account$$, 'a week of a fact');
SELECT ok(length(edustats.bulletin_document('bulletin', '2015-06-01')) > 10000 AND edustats.bulletin_csv('bulletin', '2015-06-01') ~ '本月没有数据\r\n', 'a month with nothing');
SELECT is((SELECT count(*) FROM pg_temp.unzip(edustats.bulletin_document('bulletin', '2015-06-01')) WHERE name ~ 'chart'), 0::bigint, 'has no figures');
SELECT is(edustats.bulletin_csv('bulletin', '2015-06-01', 'users') ~ '没有数据', false, 'and a fact is a head alone');
UPDATE bulletin_data.setting SET value = 'en' WHERE name = 'language';
CALL edustats.attach();
SELECT is(pg_temp.open('en', edustats.bulletin_document('bulletin', '2015-03-01')) > 20, true, 'in English');
SELECT is((SELECT cells FROM pg_temp.table_rows('en', 2, false) ORDER BY place DESC LIMIT 1), '{total,"13,450.27","3,993.77",700.63,0.12,0.00,"18,144.79"}', 'numbers as the page prints them');
SELECT is((xpath('//c:dLbls/c:numFmt/@formatCode', x, pg_temp.names()))[1]::text, '#,##0', 'in figures, too') FROM part WHERE document = 'en' AND name = 'word/charts/chart1.xml';
SELECT is((xpath('//w:docDefaults//w:lang/@w:val', x, pg_temp.names()))[1]::text, CASE document WHEN 'en' THEN 'en' ELSE 'en-US' END, 'the language of ' || document) FROM part WHERE name = 'word/styles.xml' AND document IN ('en', 'march');
SELECT results_eq($$SELECT fields FROM pg_temp.csv(edustats.bulletin_csv('bulletin', '2015-03-01', 'table_2')) WHERE line = 2 OR fields[1] = 'total' ORDER BY line$$,
    $$VALUES ('{District,农村,社区,机关事业单位,国企,“两新”组织,Total}'::text[]), ('{total,13450.27,3993.77,700.63,0.12,0.00,18144.79}'::text[])$$, 'and plain numbers in CSV');
INSERT INTO bulletin_data.setting (name, value) VALUES ('office', 'Office'), ('issue', E'No. 3\nof 12'), ('signature', 'Signed'), ('date', '8 April 2015') ON CONFLICT (name) DO UPDATE SET value = excluded.value;
SELECT is(pg_temp.open('signed', edustats.bulletin_document('bulletin', '2015-03-01')) > 20, true, 'with a signature');
SELECT is((SELECT string_agg(t, '|') FROM pg_temp.texts('signed', 'word/document.xml', '//w:p[w:pPr/w:pStyle[@w:val = "Office" or @w:val = "Issue" or @w:val = "Signature"]]') t), 'Office|No. 3of 12|Signed|8 April 2015', 'which stands there');
SELECT ok(c LIKE E'\uFEFFOffice\r\nNo. 3 of 12\r\n"Learning statistics, March 2015"\r\n%\r\n\r\nSigned\r\n8 April 2015\r\n', 'in CSV, too') FROM edustats.bulletin_csv('bulletin', '2015-03-01') c;
DELETE FROM bulletin_data.page_item;
DELETE FROM bulletin_data.setting;
SELECT is(pg_temp.open('nothing', edustats.bulletin_document('bulletin', '2015-03-01')), 9::bigint, 'nothing on it');
SELECT is(edustats.bulletin_csv('bulletin', '2015-03-01'), chr(65279), 'no line');
SELECT is(edustats.bulletin_json('bulletin', '2015-03-01'), '{"bulletin": "bulletin", "first": "2015-03-01", "last": "2015-03-31", "title": null, "settings": {}, "sections": []}', 'no section');
SELECT * FROM finish();
