-- The bulletin as a page: well-formed, self-contained, its cells and bars the views' own; hostile names; other months;
-- platforms that lack sources.
\ir ../march_2015.sql
\set ON_ERROR_STOP off
\pset tuples_only on
\pset format unaligned
SELECT no_plan();
SET client_min_messages TO warning;
CREATE TEMP TABLE page (name text PRIMARY KEY, html text);
CREATE VIEW pg_temp.tree AS SELECT name, xmlparse(DOCUMENT html) AS x FROM page;
CREATE FUNCTION pg_temp.count_of(name text, path text) RETURNS integer LANGUAGE sql AS
    $$SELECT cardinality(xpath($2, t.x, '{{s,http://www.w3.org/2000/svg}}')) FROM pg_temp.tree t WHERE t.name = $1$$;

-- 1. March.
INSERT INTO page VALUES ('march', edustats.bulletin_html('bulletin', '2015-03-01'));
SELECT is(edustats.bulletin_html('bulletin', '2015-03-31'), html, 'a date is taken as its month') FROM page;
BEGIN;
SET LOCAL timezone TO 'America/New_York';
SET LOCAL datestyle TO 'German';
SET LOCAL intervalstyle TO 'iso_8601';
SET LOCAL xmloption TO document;
SET LOCAL search_path TO bulletin, platform, public;
SET LOCAL standard_conforming_strings TO off;
SELECT is(edustats.bulletin_html('bulletin', '2015-03-01'), html, 'the session does not show in the page') FROM page;
COMMIT;
SELECT is(edustats.bulletin_html(NULL, '2015-03-01'), NULL, 'no bulletin');
SELECT is(edustats.bulletin_html('bulletin', NULL), NULL, 'no month');
SELECT throws_ok($$SELECT edustats.bulletin_html('nowhere', '2015-03-01')$$, '3F000', 'bulletin "nowhere" does not exist');
SELECT throws_ok($$SELECT edustats.bulletin_html('pg_catalog', '2015-03-01')$$, '3F000', 'bulletin "pg_catalog" does not exist');
SELECT throws_ok(format('SELECT edustats.bulletin_html(''bulletin'', %L)', d), '22023', NULL, 'no month ' || d)
FROM unnest(ARRAY['1999-01-01', '2007-12-31', '2999-01-01', 'infinity', '-infinity']::date[]) d;

SELECT matches(html, '^<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8"/>\n', 'doctype, language and charset') FROM page;
SELECT is((xpath('/html/head/title/text()', x))[1]::text, '2015年3月学习情况统计通报', 'title') FROM pg_temp.tree;
SELECT is(pg_temp.count_of('march', path), n, format('%s of %s', n, path))
FROM (VALUES ('//h1', 1), ('//section/h2', 5), ('//nav//a', 5), ('//table', 9), ('//table/caption', 9), ('//figure', 5),
    ('//s:svg[@role="img"][@viewBox][@width][@height]/s:title', 5), ('//s:svg/s:desc', 5), ('//script', 0), ('//link', 0), ('//img', 0),
    ('//s:g', 50), ('//*[@*[starts-with(name(), "on")]]', 0), ('//*[@src]', 0), ('//*[@href][not(starts-with(@href, "#"))]', 0)
) t(path, n);
SELECT doesnt_match(replace(html, ' xmlns="http://www.w3.org/2000/svg"', ''), '(?i)https?:|url\s*\(|@import|src\s*=', 'nothing from outside')
FROM page;
-- Empty elements that HTML would take for open ones.
SELECT doesnt_match(html, '<(?!meta|br|rect|line|circle|path)[a-z0-9]+( [^<>]*)?/>', 'only void elements close themselves') FROM page;

CREATE FUNCTION pg_temp.attribute_values(path text) RETURNS SETOF text LANGUAGE sql AS
    $$SELECT v FROM pg_temp.tree t, unnest(xpath($1, t.x)::text[]) a, regexp_split_to_table(a, ' ') v WHERE t.name = 'march'$$;
SELECT is((SELECT count(*) FROM pg_temp.attribute_values('//@id')), (SELECT count(DISTINCT v) FROM pg_temp.attribute_values('//@id') v), 'ids are unique');
SELECT is_empty($$SELECT pg_temp.attribute_values('//@aria-labelledby') EXCEPT SELECT pg_temp.attribute_values('//@id')$$, 'labels exist');
SELECT is_empty($$SELECT substr(v, 2) FROM pg_temp.attribute_values('//@href') v EXCEPT SELECT pg_temp.attribute_values('//@id')$$, 'links lead somewhere');
SELECT is((SELECT count(*) FROM pg_temp.attribute_values('//*[local-name()="svg"]/@aria-labelledby')), 10::bigint, 'each figure by title and description');

-- 2. Rows of a table as the page has them: texts of cells. And what the views say, in plain SQL.
CREATE FUNCTION pg_temp.cells(page text, view text) RETURNS TABLE (place bigint, cells text[]) LANGUAGE sql AS $$
    SELECT r.place, ARRAY(SELECT c.cell FROM xmltable('/tr/*' PASSING r.tr COLUMNS n FOR ORDINALITY, cell text PATH 'string(.)') c ORDER BY n)
    FROM pg_temp.tree t, unnest(xpath(format('//table[@id="%s"]/tbody/tr', $2), t.x)) WITH ORDINALITY r(tr, place)
    WHERE t.name = $1
$$;
CREATE FUNCTION pg_temp.clean(words text) RETURNS text LANGUAGE sql AS
    $$SELECT coalesce(translate($1, E'\x01\x08\x0B\x0C\x1F' || chr(65534) || chr(65535), repeat(chr(65533), 7)), '-')$$;
-- Table 2 has columns for colleges and others, before the total, in the months that have such stations.
CREATE FUNCTION pg_temp.expected(view text, month date) RETURNS TABLE (place bigint, cells text[]) LANGUAGE plpgsql AS $$
DECLARE
    used jsonb;
    columns text;
BEGIN
    EXECUTE format('SELECT jsonb_object_agg(c.key, true) FROM bulletin.%I v, jsonb_each_text(to_jsonb(v)) c '
                   'WHERE v.month = %L AND c.value IS NOT NULL', view, month) INTO used;
    SELECT string_agg(format(CASE WHEN attname LIKE '%rate' THEN 'pg_temp.clean(%I::text || ''%%'')' ELSE 'pg_temp.clean(%I::text)' END, attname),
                      ', ' ORDER BY attname = 'total', attnum) INTO columns
    FROM pg_attribute WHERE attrelid = ('bulletin.' || view)::regclass AND attnum > 0 AND attname NOT IN ('month', 'row')
      AND NOT (attname = 'rank' AND view IN ('table_5', 'table_7', 'table_9'))
      AND (attname NOT IN ('college', 'other') OR used ? attname);
    RETURN QUERY EXECUTE format('SELECT row_number() OVER (ORDER BY %I), ARRAY[%s] FROM bulletin.%I WHERE month = %L',
                                CASE WHEN view <= 'table_3' THEN 'row' ELSE 'rank' END, columns, view, month);
END $$;
CREATE FUNCTION pg_temp.wrong_cells(page text, view text, month date) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s: %s, not %s', place, c.cells, e.cells), E'\n')
    FROM pg_temp.cells($1, $2) c FULL JOIN pg_temp.expected($2, $3) e USING (place)
    WHERE c.cells IS DISTINCT FROM e.cells
$$;
SELECT is(pg_temp.wrong_cells('march', 'table_' || n, '2015-03-01'), NULL, format('table %s is as its view', n)) FROM generate_series(2, 9) n;
SELECT cmp_ok((SELECT count(*) FROM generate_series(2, 9) n, pg_temp.cells('march', 'table_' || n)), '>=', 84::bigint, 'and they have rows');
SELECT is((SELECT string_agg(array_to_string(cells, ' '), ' / ' ORDER BY place) FROM pg_temp.cells('march', 'table_1')),
    '集体用户 农村 站点用户 3691 / 非站点用户 1520 / 社区 站点用户 2403 / 非站点用户 2397 / 机关事业单位 站点用户 1081 / 非站点用户 10286 / '
    '国企 站点用户 43 / 非站点用户 1912 / “两新”组织 站点用户 32 / 非站点用户 333 / 高校 65 / 个人用户 18742 / 合计 42505',
    'table 1 as published');

-- Merged cells fill their tables: the areas of the cells add up to rows times columns.
CREATE FUNCTION pg_temp.area(view text, part text) RETURNS TABLE (rows bigint, area bigint) LANGUAGE sql AS $$
    SELECT cardinality(xpath(format('//table[@id="%s"]/%s/tr', $1, $2), t.x)), sum(c.rowspan * c.colspan)
    FROM pg_temp.tree t, xmltable(format('//table[@id="%s"]/%s/tr/*', $1, $2) PASSING t.x
                                  COLUMNS rowspan integer PATH '@rowspan' DEFAULT 1, colspan integer PATH '@colspan' DEFAULT 1) c
    WHERE t.name = 'march' GROUP BY 1
$$;
SELECT is(area, rows * width, format('the %s of table_%s is full', part, n))
FROM unnest(ARRAY[4, 7, 9, 3, 4, 4, 4, 4, 2]) WITH ORDINALITY w(width, n), unnest(ARRAY['thead', 'tbody']) part, pg_temp.area('table_' || n, part);
SELECT is((SELECT string_agg(xmlserialize(CONTENT r AS text), '') FROM pg_temp.tree t, unnest(xpath('//table[@id="table_3"]/thead/tr[1]/th', t.x)) r),
    '<th rowspan="2" scope="col">区县</th><th colspan="4" scope="colgroup">农村站点</th><th colspan="4" scope="colgroup">社区站点</th>',
    'table 3 has a header of two levels');
SELECT is((SELECT array_agg(note::text ORDER BY n) FROM pg_temp.tree t, unnest(xpath('//p[@class="note"]/text()', t.x)) WITH ORDINALITY u(note, n)
           WHERE note::text LIKE '%“-”%'),
          ARRAY['注：“-”表示没有此类站点。', '注1：“-”表示没有此类站点，或没有应学站点。注2：应学站点是指月末场所和设备完好、可正常开展学习的站点。'],
          'tables 2 and 3 explain "-"');

-- 3. Figures: labels, values, and bars in proportion.
CREATE FUNCTION pg_temp.bars(page text, view text) RETURNS TABLE (rank bigint, tip text, label text, value text, x numeric, width numeric)
LANGUAGE sql AS $$
    SELECT b.rank, b.tip, b.label, b.value, b.x, b.width
    FROM pg_temp.tree t, xmltable(xmlnamespaces('http://www.w3.org/2000/svg' AS s), format('//figure[@id="%s"]/s:svg/s:g', $2) PASSING t.x
        COLUMNS rank FOR ORDINALITY, tip text PATH 's:title', label text PATH 's:text[@class="label"]', value text PATH 's:text[@class="value"]',
            x numeric PATH 's:rect/@x', width numeric PATH 's:rect/@width') b
    WHERE t.name = $1
$$;
CREATE FUNCTION pg_temp.figure(view text, month date) RETURNS TABLE (rank bigint, label text, value bigint) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT (j ->> ''rank'')::bigint, coalesce(j ->> ''category'', j ->> ''column_name'', j ->> ''district'', j ->> ''topic''), '
        'coalesce(j ->> ''clicks'', j ->> ''visits'', j ->> ''posts'')::bigint FROM (SELECT to_jsonb(v) AS j FROM bulletin.%I v WHERE month = %L) t', view, month);
END $$;
CREATE FUNCTION pg_temp.wrong_bars(page text, view text, month date) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s: %s %s %s, not %s %s', rank, b.tip, b.value, b.width, f.label, f.value), E'\n')
    FROM (SELECT *, max(width) OVER () AS widest, min(x) OVER () AS origin FROM pg_temp.bars($1, $2)) b
    FULL JOIN (SELECT *, max(value) OVER () AS most FROM pg_temp.figure($2, $3)) f USING (rank)
    WHERE b.value IS DISTINCT FROM f.value::text
       OR left(b.tip, length(f.label) + 1) IS DISTINCT FROM pg_temp.clean(f.label) || '：'
       OR (b.label = pg_temp.clean(f.label)
           OR b.label LIKE '%…' AND starts_with(pg_temp.clean(f.label), rtrim(b.label, '…')) AND length(b.label) BETWEEN 20 AND 45) IS NOT TRUE
       OR b.x <> b.origin OR abs(b.width / b.widest - f.value::numeric / f.most) > 0.01 / b.widest
       OR b.x + b.widest >= 470 OR b.widest < 240
$$;
SELECT is(pg_temp.wrong_bars('march', 'figure_' || n, '2015-03-01'), NULL, format('figure %s is as its view, and in proportion', n))
FROM generate_series(1, 5) n;
SELECT is((SELECT string_agg(n || '=' || c, ' ' ORDER BY n) FROM (SELECT n, count(*) AS c FROM generate_series(1, 5) n, pg_temp.bars('march', 'figure_' || n) GROUP BY n) b),
          '1=9 2=9 3=8 4=16 5=8', 'all bars are there');
SELECT is((xpath('//figure[@id="figure_4"]/figcaption/text()', x))[1]::text, '图4 2015年第一季度区县发表博客排行（单位：篇）', 'figure 4 is the quarter''s') FROM pg_temp.tree;
SELECT matches((xpath('//*[@id="figure_1-description"]/text()', x))[1]::text, '^条形图，共9项：实用技术 5647次；党的建设 4951次；.*科学普及 271次。$', 'a figure in words')
FROM pg_temp.tree;

-- 4. Sentences, all and in order.
CREATE FUNCTION pg_temp.paragraphs(page text) RETURNS text LANGUAGE sql AS
    $$SELECT string_agg(p, E'\n' ORDER BY n) FROM pg_temp.tree t, xmltable('//section/p' PASSING t.x COLUMNS n FOR ORDINALITY, p text PATH 'string(.)') WHERE t.name = $1$$;
CREATE FUNCTION pg_temp.narrative(month date) RETURNS text LANGUAGE sql AS
    $$SELECT string_agg(regexp_replace(pg_temp.clean(text), '[\u202A-\u202E]', '', 'g'), E'\n' ORDER BY section, paragraph) FROM bulletin.narrative n WHERE n.month = $1$$;
SELECT is(pg_temp.paragraphs('march'), pg_temp.narrative('2015-03-01'), 'the sentences');
SELECT ok(position('id="table_2"' IN html) BETWEEN position('学习总时长居前' IN html) AND position('从站点参学情况看' IN html), 'tables stand by their sentences')
FROM page;

-- 5. Other months.
INSERT INTO page VALUES ('february', edustats.bulletin_html('bulletin', '2015-02-11')), ('empty', edustats.bulletin_html('bulletin', '2015-06-01'));
SELECT is(pg_temp.count_of('february', '//figure'), 4, 'no figure 4 in February');
SELECT is(pg_temp.wrong_bars('february', 'figure_' || n, '2015-02-01'), NULL, format('figure %s of February', n)) FROM unnest(ARRAY[1, 2, 3, 5]) n;
SELECT is(pg_temp.wrong_cells('february', 'table_' || n, '2015-02-01'), NULL, format('table %s of February', n)) FROM generate_series(2, 9) n;
SELECT is(pg_temp.count_of('empty', '//table'), 9, 'an empty month has its tables');
SELECT is(pg_temp.count_of('empty', '//td[@class="none"]'), 6, 'six of them without rows');
SELECT is(pg_temp.count_of('empty', '//figure[p[@class="none"]]'), 5, 'and its figures, without bars');
SELECT is(pg_temp.wrong_cells('empty', 'table_' || n, '2015-06-01'), NULL, format('table %s of an empty month', n)) FROM generate_series(2, 3) n;

-- 6. Invoker's rights: the public views are enough, and they are needed.
CREATE ROLE html_reader;
GRANT USAGE ON SCHEMA bulletin TO html_reader;
-- The page is a view of its own: who may read that needs no other, and who may read all others does not see it.
GRANT SELECT ON ALL TABLES IN SCHEMA bulletin TO html_reader;
REVOKE SELECT ON bulletin.page FROM html_reader;
CREATE TEMP TABLE reading (outcome text);
GRANT INSERT ON reading TO html_reader;
GRANT SELECT ON page TO html_reader;
CREATE FUNCTION pg_temp.read() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN CASE WHEN edustats.bulletin_html('bulletin', '2015-03-01') = (SELECT html FROM page WHERE name = 'march') THEN 'same' ELSE 'other' END;
EXCEPTION WHEN insufficient_privilege THEN
    RETURN SQLERRM;
END $$;
SET ROLE html_reader;
INSERT INTO reading SELECT pg_temp.read();
RESET ROLE;
REVOKE SELECT ON ALL TABLES IN SCHEMA bulletin FROM html_reader;
GRANT SELECT ON bulletin.page, bulletin.page_setting TO html_reader;
SET ROLE html_reader;
INSERT INTO reading SELECT pg_temp.read();
RESET ROLE;
SELECT results_eq('SELECT outcome FROM reading ORDER BY 1', ARRAY['permission denied for view page', 'same'], 'the views'' privileges hold');
DROP OWNED BY html_reader;
DROP ROLE html_reader;

-- 7. Hostile names, in all that has a name; several at a time are in the page.
CREATE TEMP TABLE hostile (n serial, name text);
INSERT INTO hostile (name) VALUES
    ('<script>alert(1)</script>'), ('"quoted'' & "&amp; <b>'), (']]> -- --> <!-- <![CDATA['), (repeat('长', 500)), (repeat('W', 500)),
    ('右' || chr(8238) || 'ltr' || chr(8234)), ('表情😀👩‍👩‍👧'), (''), (E'控\x01制\x08\x0B\x0C\x1F字\t符\n行\r尾'), (chr(65534) || chr(65535)),
    ('</td></tr></table>'), ('&#1;&nbsp;'), ('${x} %s \1 {{y}}'), ('-');
CREATE FUNCTION pg_temp.hostile(n bigint) RETURNS text LANGUAGE sql AS
    $$SELECT h.name FROM hostile h WHERE h.n = 1 + ($1 - 1) % (SELECT count(*) FROM hostile)$$;
UPDATE platform.member m SET name = pg_temp.hostile(s.rank)
FROM bulletin.station_learning s WHERE s.month = '2015-03-01' AND s.rank <= 20 AND m.name = s.station;
UPDATE platform.course SET title = pg_temp.hostile(course_id), producer = pg_temp.hostile(course_id + 3);
UPDATE platform.course c SET category = pg_temp.hostile(k.n)
FROM (SELECT category, row_number() OVER (ORDER BY category COLLATE "C") AS n FROM platform.course GROUP BY 1) k WHERE k.category = c.category;
UPDATE platform.article SET title = pg_temp.hostile(article_id + 7);
UPDATE platform.site_column SET name = pg_temp.hostile(column_id);
UPDATE platform.topic SET title = pg_temp.hostile(topic_id), board = pg_temp.hostile(1 + topic_id % 2);
UPDATE platform.village_topic SET title = pg_temp.hostile(topic_id + 5);
UPDATE platform.blog b SET category = pg_temp.hostile(k.n + 3)
FROM (SELECT category, row_number() OVER (ORDER BY category COLLATE "C") AS n FROM platform.blog GROUP BY 1) k WHERE k.category = b.category;
UPDATE platform.district SET name = pg_temp.hostile(position) WHERE position <= (SELECT count(*) FROM hostile);
INSERT INTO page VALUES ('hostile', edustats.bulletin_html('bulletin', '2015-03-01'));
SELECT is(pg_temp.wrong_cells('hostile', 'table_' || n, '2015-03-01'), NULL, format('table %s shows hostile names as text', n)) FROM generate_series(2, 9) n;
SELECT is(pg_temp.wrong_bars('hostile', 'figure_' || n, '2015-03-01'), NULL, format('figure %s shows hostile names as text', n)) FROM generate_series(1, 5) n;
SELECT is(pg_temp.paragraphs('hostile'), pg_temp.narrative('2015-03-01'), 'so do the sentences');
SELECT is(pg_temp.count_of('hostile', path), pg_temp.count_of('march', path), format('as many %s as before', path))
FROM unnest(ARRAY['//*[local-name() != "line"]', '//script', '//comment()', '//tr']) path;
SELECT cmp_ok((SELECT count(*) FROM page, unnest(ARRAY['&lt;script&gt;alert(1)', '"quoted'' &amp; "&amp;amp; &lt;b&gt;', ']]&gt; -- --&gt;', '😀', repeat('W', 500)]) t
               WHERE name = 'hostile' AND position(t IN html) > 0), '=', 5::bigint, 'the names are there');
SELECT doesnt_match(html, '[\u0001-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]', 'no character that XML forbids') FROM page WHERE name = 'hostile';

-- 8. A platform without blogs and village posts, and one that has members and nothing else.
DROP TABLE platform.blog_post, platform.blog, platform.village_post, platform.village_topic, platform.village_participant CASCADE;
CALL edustats.attach();
INSERT INTO page VALUES ('less', edustats.bulletin_html('bulletin', '2015-03-01'));
SELECT is(pg_temp.count_of('less', path), n, format('without blogs and village posts: %s of %s', n, path))
FROM (VALUES ('//table', 9), ('//figure', 2), ('//section', 5)) t(path, n);
SELECT is(pg_temp.paragraphs('less'), pg_temp.narrative('2015-03-01'), 'its sentences');
CREATE SCHEMA small;
CREATE VIEW small.district AS SELECT * FROM platform.district;
CREATE VIEW small.member AS SELECT * FROM platform.member WHERE member_id < 100;
CALL edustats.attach('small', 'Small "one"');
INSERT INTO page VALUES ('small', edustats.bulletin_html('Small "one"', '2015-03-01'));
SELECT is(pg_temp.count_of('small', path), n, format('with members alone: %s of %s', n, path))
FROM (VALUES ('//table', 1), ('//figure', 0), ('//section', 1), ('//nav//a', 1)) t(path, n);

-- 9. xmllint reads them all, by its own strict rules.
\set file `mktemp`
SELECT html FROM page WHERE name = 'march'
\g :file
\set verdict `xmllint --noout :'file' 2>&1 && echo fine`
SELECT is(:'verdict'::text, 'fine', 'xmllint: march');
SELECT html FROM page WHERE name = 'hostile'
\g :file
\set verdict `xmllint --noout :'file' 2>&1 && echo fine`
SELECT is(:'verdict'::text, 'fine', 'xmllint: hostile');
SELECT html FROM page WHERE name = 'empty'
\g :file
\set verdict `xmllint --noout :'file' 2>&1 && echo fine`
SELECT is(:'verdict'::text, 'fine', 'xmllint: empty');
SELECT html FROM page WHERE name = 'small'
\g :file
\set verdict `xmllint --noout :'file' 2>&1 && echo fine`
SELECT is(:'verdict'::text, 'fine', 'xmllint: small');
\set verdict `rm -f :'file'`
SELECT * FROM finish();
