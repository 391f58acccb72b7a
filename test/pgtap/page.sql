-- The page as data: settings, sections and items are the owner's; what he has not changed is what comes along.
\ir ../march_2015.sql
\set ON_ERROR_STOP off
\pset tuples_only on
\pset format unaligned
SELECT no_plan();
SET client_min_messages TO warning;
CREATE FUNCTION pg_temp.page() RETURNS text LANGUAGE sql AS $$SELECT edustats.bulletin_html('bulletin', '2015-03-01')$$;
CREATE FUNCTION pg_temp.texts(path text) RETURNS text[] LANGUAGE sql AS
    $$SELECT ARRAY(SELECT array_to_string(xpath('//text()', x)::text[], '') FROM unnest(xpath($1, xmlparse(DOCUMENT pg_temp.page()), '{{s,http://www.w3.org/2000/svg}}')) x)$$;
CREATE FUNCTION pg_temp.count_of(path text) RETURNS integer LANGUAGE sql AS
    $$SELECT cardinality(xpath($1, xmlparse(DOCUMENT pg_temp.page()), '{{s,http://www.w3.org/2000/svg}}'))$$;
CREATE TEMP TABLE first AS SELECT pg_temp.page() AS html;

-- 1. What comes along is there, and attach changes nothing of it.
SELECT set_eq('SELECT t - ''language'' FROM (SELECT to_jsonb(s) FROM edustats.page_item s WHERE language = ''zh-CN'') u(t)',
              'SELECT to_jsonb(s) FROM bulletin_data.page_item s', 'the items that come along');
CALL edustats.attach();
SELECT is(pg_temp.page(), html, 'attach changes nothing') FROM first;
SELECT is((SELECT count(*) FROM bulletin.page WHERE month = '2015-03-01'), 31::bigint, 'the page as rows');
SELECT is((SELECT string_agg(number::text, ',' ORDER BY section, position) FROM bulletin.page WHERE month = '2015-03-01' AND kind = 'table'), '1,2,3,4,5,6,7,8,9', 'tables are numbered');
SELECT is((SELECT string_agg(concat(number, ' ', view), ', ' ORDER BY section, position) FROM bulletin.page WHERE month = '2015-02-01' AND kind = 'figure'),
    '1 figure_1, 2 figure_2, 3 figure_3, 4 figure_5', 'and figures as they are there: that of a quarter is not, in its second month');

-- 2. A table, a figure, sentences and a note of the owner's own, in sections of his own.
CREATE SCHEMA "own Views";
CREATE VIEW "own Views"."terminal <&>" AS
SELECT m.month, t.rank, t.terminal, t.visits, t.share, t.part FROM bulletin_data.calendar m,
    (VALUES (1, '电脑', 1234567::bigint, 61.73::numeric(5,2), 0.6), (2, '手机', 765433, 38.27, NULL), (3, NULL, 0, NULL, 0.1)) t(rank, terminal, visits, share, part);
COMMENT ON COLUMN "own Views"."terminal <&>".terminal IS '终端';
CREATE VIEW bulletin_data.daily_active AS
SELECT a.month, a.day, count(DISTINCT e.key) AS members FROM bulletin_data.activity a, edustats.each(a.tally) e WHERE a.metric = 'learning' GROUP BY 1, 2 ORDER BY 2;
CREATE VIEW bulletin.my_sentences AS SELECT m.month, n AS position, format('第%s句：%s。', n, extract(month FROM m.month)) AS text FROM bulletin_data.calendar m, generate_series(1, 3) n;
INSERT INTO bulletin_data.page_section VALUES (6, '终端与日活跃'), (0, '概述 {month}'), (7, '空');
INSERT INTO bulletin_data.page_item (section, position, kind, view, caption, note, dash, forms) VALUES
    (6, 10, 'table', '"own Views"."terminal <&>"', '各终端访问 {year}', '两项之和', '没有数据', '{"share": "percent", "visits": "wan"}');
INSERT INTO bulletin_data.page_item (section, position, kind, view, caption, style, unit) VALUES
    (6, 20, 'figure', 'daily_active', '日活跃用户', 'line', '人'), (6, 30, 'figure', 'daily_active', '日活跃用户', 'columns', '人');
INSERT INTO bulletin_data.page_item (section, position, kind, view) VALUES (0, 1, 'sentence', 'my_sentences'), (7, 1, 'table', 'not_there');
INSERT INTO bulletin_data.page_item (section, position, kind, note) VALUES (0, 2, 'note', '以上为{month}数据，{unknown}。');
SELECT is(pg_temp.texts('//h2'), ARRAY['一、概述 2015年3月', '二、平台用户数量构成情况', '三、各区县用户学习培训情况', '四、视频课程点播收看情况', '五、图文栏目访问情况',
    '六、互动栏目使用情况', '七、终端与日活跃'], 'sections count by themselves, and one that nothing stands in is left out');
SELECT is(pg_temp.texts('//section[1]/p'), ARRAY['第1句：3。', '第2句：3。', '第3句：3。', '以上为2015年3月数据，{unknown}。'], 'sentences and a note of his own');
SELECT is(pg_temp.texts('//section[7]//caption'), ARRAY['表10 各终端访问 2015'], 'a caption');
SELECT is(pg_temp.texts('//section[7]//thead//th'), ARRAY['rank', '终端', 'visits', 'share', 'part'], 'heads are comments, or names');
SELECT is(pg_temp.texts('//section[7]//tbody//td'), ARRAY['1', '电脑', '123.46万', '61.73%', '0.6', '2', '手机', '76.54万', '38.27%', '-', '3', '-', '0', '-', '0.1'], 'cells by their forms');
SELECT is(pg_temp.texts('//section[7]//p[@class="note"]'), ARRAY['注1：“-”表示没有数据。注2：两项之和。'], 'remarks');
SELECT is(pg_temp.texts('//section[7]//figcaption'), ARRAY['图6 日活跃用户', '图7 日活跃用户'], 'figures');
SELECT is(pg_temp.count_of('//section[7]//s:svg'), 2, 'which are drawn');
SELECT is(pg_temp.count_of('//*[@id]') , (SELECT count(DISTINCT v)::integer FROM unnest(xpath('//@id', xmlparse(DOCUMENT pg_temp.page()))::text[]) v), 'ids are unique');
SELECT is((SELECT array_agg((c ->> 1)::bigint) FROM bulletin.page p, jsonb_array_elements(p.cells) c WHERE p.month = '2015-03-01' AND p.section = 6 AND p.position = 20),
    (SELECT array_agg(n ORDER BY day) FROM (SELECT (started_at AT TIME ZONE 'Asia/Shanghai')::date AS day, count(DISTINCT member_id) AS n FROM platform.learning_session
     WHERE seconds > 0 AND started_at >= '2015-03-01+08' AND started_at < '2015-04-01+08' GROUP BY 1) d), 'with the values of plain SQL');

-- 3. What he has changed, moved and deleted survives attach; a later version's rows reach those that he has not.
UPDATE bulletin_data.setting SET value = '{year}年第{month_number}期通报' WHERE name = 'title';
INSERT INTO bulletin_data.setting VALUES ('office', '市委远程教育中心'), ('issue', '第3期'), ('signature', '市委远程教育中心'), ('date', '2015年4月10日'), ('subtitle', '({period})');
DELETE FROM bulletin_data.page_item WHERE view = 'table_9';
UPDATE bulletin_data.page_item SET section = 0, position = 5, caption = '构成' WHERE view = 'table_1';
UPDATE bulletin_data.page_section SET title = '学习' WHERE section = 2;
CREATE TEMP TABLE changed AS SELECT pg_temp.page() AS html;
SELECT is(pg_temp.texts('//h1 | //head/title'), ARRAY['2015年第3期通报', '2015年第3期通报'], 'a title of his own');
SELECT is(pg_temp.texts('//header/p | //footer/p'), ARRAY['市委远程教育中心', '第3期', '({period})', '统计时段：2015年3月1日至31日', '市委远程教育中心', '2015年4月10日'], 'head and foot');
SELECT is(pg_temp.texts('//section[1]//caption'), ARRAY['表1 构成'], 'a table that was moved');
SELECT is(pg_temp.count_of('//table[@id="table_9"]'), 0, 'and one that was deleted');
CALL edustats.attach();
SELECT is(pg_temp.page(), html, 'attach keeps it all') FROM changed;
BEGIN;
UPDATE edustats.setting SET value = 'of a later version' WHERE name IN ('title', 'period');
UPDATE edustats.page_section SET title = 'of a later version' WHERE section IN (2, 3);
UPDATE edustats.page_item SET caption = 'of a later version' WHERE view IN ('table_1', 'table_2', 'table_9');
DELETE FROM edustats.page_item WHERE view IN ('table_1', 'figure_2');
INSERT INTO edustats.page_item (language, section, position, kind, note) VALUES ('zh-CN', 1, 900, 'note', 'of a later version'), ('zh-CN', 0, 1, 'note', 'at a place that is taken');
CALL edustats.attach();
SELECT is(pg_temp.texts('//h1'), ARRAY['2015年第3期通报'], 'a title that was changed stays');
SELECT is(pg_temp.texts('//p[@class="period"]'), ARRAY['of a later version'], 'what was not is replaced');
SELECT is(pg_temp.texts('//h2'), ARRAY['一、概述 2015年3月', '二、平台用户数量构成情况', '三、学习', '四、of a later version', '五、图文栏目访问情况', '六、互动栏目使用情况', '七、终端与日活跃'], 'titles of sections');
SELECT is(pg_temp.texts('//table[@id="table_1" or @id="table_2" or @id="table_9"]/caption'), ARRAY['表1 构成', '表2 of a later version'], 'captions');
SELECT is(pg_temp.count_of('//figure[@id="figure_2"]'), 0, 'what does not come along any more goes');
SELECT is(pg_temp.texts('//section/p[contains(., "later version") or contains(., "taken")]'), ARRAY['of a later version'], 'what is new comes, but not where something is');
ROLLBACK;

-- 4. Nothing in it is run, and no name breaks the page.
CREATE TEMP TABLE hostile AS SELECT $$<script>alert(1)</script> & " ' ]]> %s %1$s {title} {caption} $ \\ ; DROP TABLE bulletin_data.setting; --$$ || chr(1) || chr(8238) || chr(65534) AS words;
UPDATE bulletin_data.setting SET value = (SELECT words FROM hostile) WHERE name <> 'language';
UPDATE bulletin_data.setting SET value = 'x" onload="alert(1)' WHERE name = 'language';
UPDATE bulletin_data.page_section SET title = (SELECT words FROM hostile);
UPDATE bulletin_data.page_item SET caption = (SELECT words FROM hostile), note = (SELECT words FROM hostile), dash = (SELECT words FROM hostile), unit = (SELECT words FROM hostile),
    style = CASE WHEN kind = 'table' THEN (SELECT words FROM hostile) ELSE style END,
    heads = (SELECT jsonb_object_agg(k, (SELECT words || '|' || words FROM hostile)) FROM unnest(ARRAY['rank', 'terminal', 'visits', 'district', 'course']) k);
SELECT ok(xmlparse(CONTENT replace(pg_temp.page(), '<!DOCTYPE html>', '')) IS DOCUMENT, 'hostile words leave the page well-formed');
SELECT is(pg_temp.count_of('//script | //*[@onload] | //*[@*[starts-with(name(), "on")]]'), 0, 'as text');
SELECT ok(pg_temp.texts('//h1') = ARRAY[(SELECT replace(replace(replace(translate(words, chr(1) || chr(65534), repeat(chr(65533), 2)), '&', '&amp;'), '<', '&lt;'), '>', '&gt;') FROM hostile)], 'as it stands');
SELECT ok(to_regclass('bulletin_data.setting') IS NOT NULL, 'and nothing is run');

-- 5. What can't be.
SELECT throws_ok($$INSERT INTO bulletin_data.page_item (section, position, kind, view) VALUES (9, 1, 'table', 'a.b.c')$$, '23514');
SELECT throws_ok($$INSERT INTO bulletin_data.page_item (section, position, kind, view) VALUES (9, 1, 'table', 'a b; DROP')$$, '22023');
SELECT throws_ok($$INSERT INTO bulletin_data.page_item (section, position, kind) VALUES (9, 1, 'table')$$, '23514');
SELECT throws_ok($$INSERT INTO bulletin_data.page_item (section, position, kind, view) VALUES (9, 1, 'picture', 'table_1')$$, '23514');
SELECT throws_ok($$INSERT INTO bulletin_data.page_item (section, position, kind, view, heads) VALUES (9, 1, 'table', 'table_1', '[1]')$$, '23514');
INSERT INTO bulletin_data.page_section VALUES (9, 'x');
CREATE VIEW bulletin.no_month AS SELECT 1 AS a;
INSERT INTO bulletin_data.page_item (section, position, kind, view) VALUES (9, 1, 'table', 'no_month');
SELECT throws_ok('SELECT pg_temp.page()', '42703', 'bulletin.no_month can''t stand on the page: it has no column "month" of type date');
DROP VIEW bulletin.no_month;

-- 6. Views of the owner's are read with his rights, whoever reads the page: a superuser runs nobody's code.
DELETE FROM bulletin_data.page_item WHERE view IS DISTINCT FROM 'table_4';
CREATE TEMP TABLE whoever AS SELECT pg_get_userbyid(nspowner) AS owner FROM pg_namespace WHERE nspname = 'bulletin';
CREATE VIEW bulletin.who AS SELECT m.month, current_user::text AS text FROM bulletin_data.calendar m;
INSERT INTO bulletin_data.page_item (section, position, kind, view) VALUES (1, 1, 'sentence', 'who');
CREATE ROLE page_reader;
GRANT USAGE ON SCHEMA bulletin TO page_reader;
GRANT SELECT ON bulletin.page, bulletin.page_setting TO page_reader;
GRANT ALL ON TABLE whoever TO page_reader;
SET ROLE page_reader;
SELECT is((SELECT p.cells FROM bulletin.page p WHERE p.month = '2015-03-01' AND p.view = 'who'), (SELECT jsonb_build_array(jsonb_build_array(owner)) FROM whoever), 'with the owner''s rights');
SELECT throws_ok('SELECT * FROM bulletin_data.setting', '42501');
RESET ROLE;
DROP OWNED BY page_reader;
DROP ROLE page_reader;

-- 7. A bulletin in a language that does not come along keeps its own words; one without any words is a page, too.
UPDATE bulletin_data.setting SET value = 'eo' WHERE name = 'language';
CALL edustats.attach();
SELECT is((SELECT value FROM bulletin_data.setting WHERE name = 'language'), 'eo', 'a language of his own');
DELETE FROM bulletin_data.setting;
SELECT ok(xmlparse(CONTENT replace(pg_temp.page(), '<!DOCTYPE html>', '')) IS DOCUMENT, 'no settings');
DELETE FROM bulletin_data.page_item;
SELECT ok(xmlparse(CONTENT replace(pg_temp.page(), '<!DOCTYPE html>', '')) IS DOCUMENT, 'no items');
SELECT finish();
