-- What tools show as what views and columns are called: the comments begin with the bulletin's own words, in its language, and follow them.
SET client_min_messages TO error;
CREATE EXTENSION edustats;
SELECT no_plan();
CALL edustats.create_platform('platform');
CALL edustats.attach();
INSERT INTO platform.district VALUES (1, 'D', 1);
INSERT INTO platform.member VALUES (1, '农村', true, 1, 'm', '2015-01-05+08');

CREATE FUNCTION comment_on(view text, col text DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN $2 IS NULL THEN obj_description(('bulletin.' || $1)::regclass, 'pg_class')
                ELSE (SELECT col_description(a.attrelid, a.attnum) FROM pg_attribute a WHERE a.attrelid = ('bulletin.' || $1)::regclass AND a.attname = $2) END
$$;
CREATE VIEW commented AS
SELECT c.relname AS view, a.attname AS col, CASE WHEN a.attname IS NULL THEN obj_description(c.oid, 'pg_class') ELSE col_description(c.oid, a.attnum) END AS comment
FROM pg_class c CROSS JOIN LATERAL (SELECT NULL::name AS attname, 0::int2 AS attnum UNION ALL SELECT t.attname, t.attnum FROM pg_attribute t WHERE t.attrelid = c.oid AND t.attnum > 0) a
WHERE c.relnamespace = 'bulletin'::regnamespace AND c.relkind = 'v';

SELECT is(comment_on('table_2'), '每月各区县站点用户观看学习时间（单位：小时）: Table 2: hours that station users learned, by district. NULL where a district has no such station. The row before the total is of stations in no district, where there are any.',
    'a table has its caption, of each month');
SELECT matches(comment_on('table_1'), '^截至每月底平台用户构成: Table 1: ', 'of the end of each');
SELECT matches(comment_on('figure_4'), '^每季度区县发表博客排行（单位：篇）: Figure 4: ', 'of each quarter');
SELECT matches(comment_on('table_3'), '^每月农村站点和社区站点参学情况: ', 'with the kinds that are compared');
SELECT matches(comment_on('table_3', 'rural_attended'), '^农村站点 参学站点数: ', 'a column has its head, without its lines');
SELECT matches(comment_on('table_9', 'topic'), '^本月被浏览最多的主题: ', 'with the words of the bulletin in it');
SELECT is(comment_on('learning_hours', 'hours'), '学习时长(小时): Hours, rounded to 0.01 h; 0.00 where there are stations and none learned.', 'a fact has labels');
SELECT is_empty($$SELECT * FROM commented WHERE comment !~ '^[^:]*[^ -~][^:]*: [A-Za-z]' OR comment IS NULL$$, 'every view and column has one in Chinese, and what it is in English');

-- The page prints the words, and not what comes after them
INSERT INTO bulletin_data.page_item (section, position, kind, view) VALUES (2, 900, 'table', 'learning_hours');
SELECT results_eq($$SELECT (p).caption, (p).columns #>> '{0,head,0}' FROM bulletin.page p WHERE month = '2015-03-01' AND view = 'learning_hours'$$,
    $$SELECT caption, '区县' FROM (SELECT '表5 学习时长' AS caption) c$$, 'a view without a caption on the page has its name there');

-- They follow what the owner changes
UPDATE bulletin_data.page_item SET caption = '学习时间：{month}，{end}', heads = heads || '{"total": "总|计"}' WHERE view = 'table_2';
UPDATE bulletin_data.label SET label = '小时数' WHERE name = 'column_hours';
UPDATE bulletin_data.org_type SET label = '学院' WHERE code = 'college';
CALL edustats.attach();
SELECT matches(comment_on('table_2'), '^学习时间：每月，每月底: Table 2', 'a caption');
SELECT is(comment_on('table_2', 'total'), '总 计: Sum of the row.', 'a head');
SELECT is(comment_on('table_2', 'college'), '学院: Hours of stations of the kind 学院.', 'a kind''s name');
SELECT matches(comment_on('station_learning', 'hours'), '^小时数: Hours', 'a word');
CREATE TABLE before AS TABLE commented;
CALL edustats.attach();
SELECT set_eq('TABLE commented', 'TABLE before', 'attached again, they are what they were');
UPDATE bulletin_data.org_type SET label = '学院们' WHERE code = 'college';
CALL edustats.refresh();
SELECT is(comment_on('table_2', 'college'), '学院们: Hours of stations of the kind 学院们.', 'a refresh that makes columns names them');

-- Another language, hostile words, and none
UPDATE bulletin_data.setting SET value = 'en' WHERE name = 'language';
CALL edustats.attach();
SELECT is(comment_on('learning_hours', 'district'), 'District: District; NULL for stations without one.', 'in English');
SELECT matches(comment_on('table_6'), '^Courses by clicks, each month: Table 6', 'a caption, too');
SELECT matches(comment_on('table_1'), '^Users at the end of each month: Table 1', 'in good English');
UPDATE bulletin_data.label SET label = E'; DROP TABLE x; -- ''%s'' \\ {month} "' WHERE name LIKE 'column\_%';
SELECT lives_ok('CALL edustats.attach()', 'any words will do');
SELECT is(comment_on('users', 'account'), E'; DROP TABLE x; -- ''%s'' \\ each month ": ' || (SELECT regexp_replace(comment, '^[^:]*: ', '') FROM before WHERE view = 'users' AND col = 'account'), 'as they are');
DELETE FROM bulletin_data.page_item WHERE view = 'table_6';
CALL edustats.attach();
SELECT matches(comment_on('table_6'), '^Table 6', 'what is called nothing has what it is');
SELECT is_empty($$SELECT name FROM edustats.label WHERE language = 'zh-CN' AND name ~ '^(view|column|each)_' EXCEPT SELECT name FROM edustats.label WHERE language = 'en'$$, 'all languages have all words');
SELECT is_empty($$SELECT name FROM edustats.label WHERE name ~ '^view_' AND to_regclass('bulletin.' || substr(name, 6)) IS NULL$$, 'and none for what there is not');
SELECT * FROM finish();
