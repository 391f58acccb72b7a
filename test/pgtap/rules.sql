-- Rules: what is printed of March 2015 keeps them, in both languages and with a seventh kind; of the bulletin as it was published
-- they find the two slips and nothing else; a cell that is made wrong is found; and what an owner may do with them.
\ir ../march_2015.sql
\ir ../march_2015/csv.sql
\set ON_ERROR_STOP on
SET client_min_messages TO warning;
SELECT no_plan();
CREATE TABLE march AS SELECT edustats.rows_of('bulletin', '2015-03-01') AS rows;
CREATE FUNCTION broken(rows jsonb) RETURNS text LANGUAGE sql AS
    $$SELECT string_agg(concat_ws(' ', rule, "row", "column", found, expected), ', ' ORDER BY rule, "row", "column") FROM edustats.check_failures('bulletin', '2015-03-01', rows) WHERE severity = 'error'$$;

-- As it is computed
SELECT is_empty($$SELECT * FROM bulletin.failure WHERE month BETWEEN '2014-11-01' AND '2015-06-01' AND severity = 'error'$$, 'no error in any month');
SELECT is_empty(format($$SELECT * FROM bulletin.failure(%L) WHERE severity = 'error'$$, d), 'nor in ' || d::text)
FROM unnest('{"[2015-01-01,2015-04-01)","[2015-03-02,2015-03-09)"}'::daterange[]) d;
SELECT results_eq($$SELECT rule, severity, "row", found, expected FROM bulletin.failure WHERE month = '2015-03-01' ORDER BY rule, found$$, $$VALUES
    ('headline_growth_limits', 'warning', 'village_participants', '-86.62', '≥ -80'), ('headline_growth_limits', 'warning', 'new_allocated_users', '-94.38', '≥ -80'),
    ('station_without_fitness', 'warning', '“两新”组织', '3', NULL), ('station_without_fitness', 'warning', '机关事业单位', '32', NULL)$$, 'what March warns of');
SELECT results_eq($$SELECT "row", found::bigint FROM bulletin.failure WHERE month = '2015-03-01' AND rule = 'station_without_fitness' ORDER BY 2$$,
    $$SELECT org_type, count(*) FROM platform.member m WHERE org_type IS NOT NULL AND allocated AND (closed_at IS NULL OR closed_at >= '2015-04-01 00:00+08') AND registered_at < '2015-04-01 00:00+08'
      AND NOT EXISTS (SELECT FROM platform.station_fitness f WHERE f.member_id = m.member_id) GROUP BY 1 ORDER BY 2$$, 'stations without a record of fitness, by plain SQL');

-- As it was published: tables from the CSV files, with the two slips that they mend, and the sentences word for word
CREATE FUNCTION csv_rows(view text, name text, digits text DEFAULT '') RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    rows jsonb;
BEGIN
    EXECUTE format('SELECT jsonb_object_agg(n.name, (SELECT jsonb_object_agg(c.key, c.value || CASE WHEN c.key ~ ''_rate$'' THEN ''%%'' ELSE '''' END) FROM jsonb_each_text(n.j - ''row'') c WHERE c.value IS NOT NULL))
        FROM (SELECT to_jsonb(t) AS j, %s AS name FROM csv_%I t) n', name, view) INTO rows;
    RETURN rows;
END $$;
CREATE TABLE seed AS SELECT jsonb_build_object(
    'table_1', csv_rows('table_1', $$concat_ws(' / ', audience, org_type, account)$$), 'table_2', csv_rows('table_2', 'district'), 'table_3', csv_rows('table_3', 'district'),
    'table_4', csv_rows('table_4', 'rank'), 'table_5', csv_rows('table_5', 'rank'), 'table_6', csv_rows('table_6', 'rank'), 'table_7', csv_rows('table_7', 'rank'),
    'table_8', csv_rows('table_8', 'rank'), 'table_9', csv_rows('table_9', 'rank'), 'figure_1', csv_rows('figure_1', 'category'), 'figure_2', csv_rows('figure_2', 'column_name'),
    'narrative', jsonb_build_object(
        '1.100', '{"text": "截至3月底,市级平台实名注册用户已达42505个,比上月增长0.29%。其中,集体用户23763个,个人用户18742个。在集体用户中,农村用户5211个,占21.93%;社区用户4800个,占20.20%;机关事业单位用户数最多,为11367个,占47.83%。"}'::jsonb,
        '1.200', '{"text": "目前,平台统一分配的站点用户总计7250个。其中,农村站点用户3691个,社区站点用户2403个,机关事业单位站点用户1081个,国企站点用户43个,“两新”组织站点用户32个。"}'::jsonb,
        '1.300', '{"text": "本月,注册用户新增122个。其中,站点分配用户5个,互联网自行注册用户117个。"}'::jsonb,
        '2.100', '{"text": "截至3月底,各区县培训学习时长累计达139.24万小时。本月,各区县站点用户学习时长合计1.81万小时,比上月增长1.1倍。其中:农村站点用户观看学习13450.27小时,占74.13%;社区站点用户观看学习3993.77小时,占22.01%;机关事业单位、国企和“两新”组织站点用户观看学习700.75小时,占3.86%。"}'::jsonb,
        '2.200', '{"text": "从各区县学习情况看,培训学习总时长较长的区县有大兴5215.70小时、顺义3719.24小时、通州2525.75小时、密云1491.70小时、房山1295.97小时。"}'::jsonb,
        '2.300', '{"text": "从区县站点参学情况看,农村站点参学率较高的区县是顺义区67.84%、大兴区55.94%、通州区48.85%;社区站点参学率较高的区县是大兴区70.83%、顺义区69.74%、密云县53.66%。"}'::jsonb,
        '2.400', '{"text": "从站点学习情况看,密云县鼓楼街道鼓楼社区观看学习时长最长,为245.50小时,其次是大兴区黄村镇埝坛村和通州区张家湾镇陆辛庄村,观看时长分别为219.85小时和184.25小时。"}'::jsonb,
        '3.100', '{"text": "截至3月底,视频课程栏目访问总量达237万次。本月栏目访问量为4.45万次,比上增长9.88%。"}'::jsonb,
        '3.200', '{"text": "被访问次数较多的课程分别是实用技术类5647次、党的建设类4951次、典型经验类1980次、文化建设类1621次、社会建设类1032次。从不同类别用户关注内容情况看,农村用户点播观看实用技术类课程较多,而社区用户对党的建设类课程较感兴趣。"}'::jsonb,
        '3.300', '{"text": "从点播收看情况看,本月最受用户喜爱的视频课程是由北京市农林科学院提供的《用好北京长城网 服务基层群众(2015年版)》,共被用户点击观看3084次。从不同类别用户关注课程情况看,农村用户较关注《政务礼仪》和《发酵床养猪》课程,而社区用户较关注《光环的代价》和《关于基层干部心理健康与调适问题》课程。"}'::jsonb,
        '4.100', '{"text": "截至3月底,图文栏目访问总量达115.12万次。本月,图文栏目访问量为3.43万次。其中:“基层党建”栏目访问量最高,为6046次,其次是“教学服务”和“远教动态”栏目,分别被用户访问5147次和4878次。"}'::jsonb,
        '4.200', '{"text": "从图文信息内容看,本月“基层党建”栏目中的文章内容被用户点击浏览较多。其中,《万泉寺东社区召开2015年非公企业党建工作推进会》的浏览次数最多,为551次。"}'::jsonb)) AS rows;
SELECT is(broken(rows), NULL, 'the published bulletin, mended, breaks nothing') FROM seed;
SELECT is((SELECT count(*) FROM edustats.check_failures('bulletin', '2015-03-01', rows)), 0::bigint, 'and warns of nothing') FROM seed;
UPDATE seed SET rows = jsonb_set(jsonb_set(jsonb_set(rows, '{table_7,8,rural_clicks}', '"386"'),
    '{table_7,2}', rows #> '{table_7,2}' || '{"community_course": "光环的代价", "community_clicks": "218"}'),
    '{table_7,3}', rows #> '{table_7,3}' || '{"community_course": "关于基层干部心理健康与调适问题", "community_clicks": "230"}');
SELECT set_eq($$SELECT rule, f.severity, f.view, f.row, f.column, f.found, f.expected FROM seed, edustats.check_failures('bulletin', '2015-03-01', rows) f$$, $$VALUES
    ('table_7_order', 'error', 'table_7', '8', 'rural_clicks', '386', '≤ 204'), ('table_7_order', 'error', 'table_7', '3', 'community_clicks', '230', '≤ 218')$$,
    'as it was printed: 386 for 186 and 218 above 230, and nothing else');
SELECT is(message, '2015年3月不同类别用户关注视频课程排行：第8名的“农村用户 点击次数(次)”为386，大于前一名（应≤ 204）', 'in words')
FROM seed, edustats.check_failures('bulletin', '2015-03-01', rows) WHERE found = '386';

-- A cell that is made wrong breaks a rule of its table, or of one that must agree with it. Of the first rank of table 9 nothing is told.
CREATE TABLE cell AS
SELECT c.view, c."row", c."column", c.cell, row_number() OVER (ORDER BY md5(concat(c.view, c."row", c."column"))) AS n
FROM march, edustats.row_cells(rows) c
WHERE c.view ~ '^table' AND c.cell ~ '^[\d.]+%?$' AND c."column" <> 'rank' AND NOT (c.view = 'table_9' AND c."row" = '1');
SELECT cmp_ok(count(*), '>', 250::bigint, 'there are enough cells') FROM cell;
CREATE FUNCTION finds(c cell, made text) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (SELECT FROM march, edustats.check_failures('bulletin', '2015-03-01', jsonb_set(rows, ARRAY[c.view, c."row", c."column"], to_jsonb(made))) f WHERE f.severity = 'error' AND f.view = c.view)
$$;
SELECT is_empty($$SELECT c.view, c."row", c."column" FROM cell c WHERE n <= 50 AND NOT finds(c, regexp_replace(cell, '^', '99'))$$, 'a digit too many');
-- Within its place in a ranking nobody can know; else the smallest difference is found.
SELECT is_empty($$SELECT c.view, c."row", c."column" FROM cell c WHERE n <= 70 AND view IN ('table_1', 'table_2', 'table_3') AND NOT finds(c, overlay(cell PLACING ((right(rtrim(cell, '%'), 1)::integer + 1) % 10)::text FROM length(rtrim(cell, '%')) FOR 1))$$,
    'the last digit is another');
SELECT is_empty($$SELECT c.view, c."row" FROM cell c WHERE view IN ('table_4', 'table_6', 'table_8') AND "row" = '1' AND NOT finds(c, overlay(cell PLACING ((right(cell, 1)::integer + 1) % 10)::text FROM length(cell) FOR 1))$$,
    'so it is with what is told of a ranking');
SELECT is(broken(jsonb_set(rows, '{narrative,3.300,text}', to_jsonb(replace(rows #>> '{narrative,3.300,text}', '3084', '3048')))) ~ '^table_6_told 1 clicks 3084 本月视频课程中', true, 'a sentence that says otherwise') FROM march;
SELECT is(broken(jsonb_set(rows, '{narrative,2.100,text}', to_jsonb(replace(rows #>> '{narrative,2.100,text}', '1.81万', '1.82万')))) ~ '^headline_hours_told .*, table_2_told 合计 total 18144.79', true, 'rounded otherwise') FROM march;
SELECT is(broken(jsonb_set(rows, '{narrative,2.200,text}', to_jsonb(replace(replace(rows #>> '{narrative,2.200,text}', '5215.70', 'x'), '大兴', '大兴小')))) ~ '^table_2_districts_told 大兴 total 5215.70', true, 'another district') FROM march;
SELECT is(broken(rows #- '{narrative,2.200}'), NULL, 'what is not told at all is no slip') FROM march;
SELECT is(broken(jsonb_set(rows, '{table_2,合计}', (rows #> '{table_2,合计}') - 'rural')), 'table_2_across 合计 total 18144.79 4694.52, table_2_total 合计 rural 13450.27', 'a total that is missing') FROM march;
SELECT is(broken(jsonb_set(rows, '{headline,users,growth}', '0.92')), 'headline_growth users growth 0.92 0.29', 'growth that is none') FROM march;
SELECT is(broken(jsonb_set(jsonb_set(rows, '{table_7,9,community_clicks}', '"67"'), '{table_7,9,community_course}', '"中国特色社会主义社会建设"')), NULL, 'a part of what is in the ranking of all') FROM march;
SELECT is(broken(jsonb_set(jsonb_set(rows, '{table_7,1,community_clicks}', '"3085"'), '{table_7,1,community_course}', '"用好北京长城网 服务基层群众(2015年版)"')), 'table_7_part 1 community_clicks 3085 ≤ 3084', 'more than the whole') FROM march;
SELECT is(broken(jsonb_set(rows, '{table_7,3,community_course}', '"x"')) , NULL, 'a part that may be of anything less') FROM march;
SELECT is(broken(jsonb_set(jsonb_set(rows, '{table_7,2,community_course}', '"关于基层"'), '{table_7,2,community_clicks}', '"280"')), 'table_7_part 2 community_clicks 280 ≤ 274', 'one that would be in it') FROM march;

-- The kinds, one by one, on little
CREATE FUNCTION fails(kind text, arguments jsonb, rows jsonb, words text DEFAULT NULL, separator text DEFAULT NULL) RETURNS text LANGUAGE sql AS
    $$SELECT string_agg(concat_ws(' ', f.row, f.column, f.found, f.expected), ', ' ORDER BY f.row, f.column) FROM edustats.failed_cells(kind, jsonb_build_object('v', rows), 'v', arguments, words, separator) f$$;
SELECT is(fails('sum', '{"row": "t", "columns": ["a", "b"]}', '{"1": {"a": "1"}, "2": {"a": "2", "b": "1.5"}, "t": {"a": "3", "b": "1.50"}}'), NULL, 'a sum');
SELECT is(fails('sum', '{"row": "t", "columns": ["a", "b"]}', '{"1": {"a": "1"}, "2": {"a": "2", "b": "1.5"}, "t": {"a": "4"}}'), 't a 4 3, t b 1.5', 'two that are none');
SELECT is(fails('sum', '{"row": "t", "columns": ["a"]}', '{"1": {"a": "1"}, "t": {"a": "1"}, "1 (2)": {"a": "1"}, "t (2)": {"a": "1"}}'), NULL, 'a table that is there twice');
SELECT is(fails('sum', '{"row": "t", "columns": ["a"]}', '{"1": {"a": "1.20万"}, "2": {"a": "30"}, "t": {"a": "1.21万"}}'), NULL, 'rounded');
SELECT is(fails('sum', '{"row": "t", "columns": ["a"]}', '{"1": {"a": "1.20万"}, "2": {"a": "30"}, "t": {"a": "1.22万"}}'), 't a 1.22万 12030.00', 'but not that much');
SELECT is(fails('sum', '{"column": "t", "columns": ["a", "b"]}', '{"1": {"a": "1,200", "b": "34,567.5", "t": "35,767.5"}, "2": {"t": "-"}, "3": {"a": "1", "b": "1", "t": "1"}}', NULL, ','), '3 t 1 2', 'across, with separators');
SELECT is(fails('sum', '{"column": "t", "columns": ["a", "b"]}', '{"1": {"a": "1.200", "b": "1.000.000", "t": "1.001.200"}}', NULL, '.'), NULL, 'a separator that means something else in a regular expression');
SELECT is(fails('sum', '{"column": "t", "columns": ["a"]}', '{"1": {"a": "1"}}'), NULL, 'a total that is not printed');
SELECT is(fails('share', '{"column": "r", "of": "p", "base": "w"}', '{"1": {"r": "33.33%", "p": "1", "w": "3"}, "2": {"r": "33.34%", "p": "1", "w": "3"}, "3": {"p": "0", "w": "0"}, "4": {"r": "33%", "p": "1", "w": "3"}}'), '2 r 33.34% 33.33%', 'a share');
SELECT is(fails('growth', '{"column": "g", "of": "v", "base": "b"}', '{"1": {"g": "50.00", "v": "3", "b": "2"}, "2": {"g": "-50.00", "v": "3", "b": "2"}, "3": {"v": "3", "b": "0"}}'), '2 g -50.00 50.00', 'growth');
SELECT is(fails('order', '{"columns": ["a"]}', '{"1": {"a": "9"}, "2": {"a": "9"}, "3": {}, "10": {"a": "8"}, "9": {"a": "7"}, "x": {"a": "100"}}'), '10 a 8 ≤ 7', 'an order');
SELECT is(fails('limits', '{"columns": ["a"], "least": 0, "most": 100}', '{"1": {"a": "0"}, "2": {"a": "100.00%"}, "3": {"a": "100.01%"}, "4": {"a": "-1"}, "5": {"a": "x"}}'), '3 a 100.01% ≤ 100, 4 a -1 ≥ 0', 'limits');
SELECT is(fails('limits', '{"columns": ["a"], "rows": ["2"], "most": 1}', '{"1": {"a": "5"}, "2": {"a": "6"}}'), '2 a 6 ≤ 1', 'of a row');
SELECT is(fails('everywhere', '{"columns": ["a", "b", "c"], "value": 100}', '{"1": {"a": "100.00%", "b": "100", "c": "100"}, "2": {"a": "100.00%", "b": "99"}}'), 'a 100.00%', 'one value everywhere');
SELECT is(fails('equal', '{"row": "1", "column": "a", "other": {"view": "v", "row": "2", "column": "b"}}', '{"1": {"a": "1.20万"}, "2": {"b": "12,049"}}', NULL, ','), NULL, 'equal as far as is told');
SELECT is(fails('equal', '{"row": "1", "column": "a", "other": {"view": "v", "row": "2", "column": "b"}}', '{"1": {"a": "1.20万"}, "2": {"b": "12,051"}}', NULL, ','), '1 a 1.20万 12,051', 'not equal');
SELECT is(fails('told', '{"sentence": {}, "label": "n", "column": "a", "top": 2, "but": ["t"]}', '{"t": {"n": "t", "a": "99"}, "1": {"n": "A1", "a": "7"}, "2": {"n": "B", "a": "6"}, "3": {"n": "C", "a": "5"}, "4": {"n": "D", "a": "0"}}', 'A1 (7), B (5)'), '2 a 6 A1 (7), B (5)', 'told');
SELECT is(fails('told', '{"sentence": {}, "label": "n", "column": "a", "top": 2}', '{"1": {"n": "A", "a": "7"}, "2": {"n": "B", "a": "6"}, "3": {"n": "C", "a": "6"}}', 'A has 7'), NULL, 'of equals nobody knows');
SELECT is(fails('told', '{"sentence": {}, "label": "n", "column": "a", "top": 1, "but": ["t"]}', '{"t": {"n": "t", "a": "9"}, "t (2)": {"n": "t", "a": "8"}, "1": {"n": "A", "a": "7"}}', 'B'), NULL, 'a row that is called as the total');
SELECT is(fails('told', '{"sentence": {}, "column": "a"}', '{"1": {"a": "18144.79"}}', w), e, 'told: ' || w) FROM (VALUES
    ('18,144.79', NULL), ('18144.79小时', NULL), ('1.81万', NULL), ('1.8 万', NULL), ('2万', NULL), ('18,145', NULL), ('18,144', '1 a 18144.79 18,144'), ('1.82万', '1 a 18144.79 1.82万'), ('0.01亿', '1 a 18144.79 0.01亿'),
    ('118144.79', '1 a 18144.79 118144.79'), ('nothing', '1 a 18144.79 nothing')) x(w, e);
SELECT is(fails('told', '{"sentence": {}, "label": "n", "rows": ["1"]}', '{"1": {"n": " A "}, "2": {"n": "B"}}', 'only A'), NULL, 'a name');
SELECT is(fails('told', '{"sentence": {}, "label": "n"}', '{"1": {"n": "A"}, "2": {"n": "B"}}', 'only A'), '2 n B only A', 'one that is not told');
SELECT is(fails(k, a, '{}'), NULL, k || ' of nothing') FROM (VALUES ('sum', '{"row": "t", "columns": ["a"]}'::jsonb), ('order', '{"columns": ["a"]}'), ('part', '{"column": "a", "whole": {"view": "w", "row": "1", "column": "a"}}')) x(k, a);
SELECT throws_ok(format('SELECT * FROM edustats.check_failures(''bulletin'', ''2015-03-01'', %L)', w), '22023', 'rows must be a JSON object of objects of objects', w)
FROM unnest('{1,[],"\"x\"","{\"v\": 1}","{\"v\": []}","{\"v\": {\"r\": \"x\"}}","{\"v\": {\"r\": [{}]}}"}'::text[]) w;
SELECT is_empty($$SELECT * FROM edustats.check_failures('bulletin', '2015-03-01', '{"table_2": {"合计": {"total": {"a": 1}, "rural": null}}, "table_4": {"1": {"hours": "9e9"}, "2": {"hours": "NaN"}, "3": {"hours": ""}}, "headline": {"users": {}}}') WHERE severity = 'error'$$, 'cells of all sorts');
SELECT is_empty(format($$SELECT * FROM edustats.check_failures('bulletin', '2015-03-01', jsonb_build_object('table_4', jsonb_build_object('1', jsonb_build_object('hours', repeat('9', 200000)), repeat('2', 100), jsonb_build_object('hours', '1'))))$$), 'a number too long to be one');
SELECT throws_ok($$SELECT * FROM edustats.check_failures('no_such', '2015-03-01', '{}')$$, '3F000', NULL, 'no bulletin');
SELECT is_empty($$SELECT * FROM edustats.check_failures('bulletin', NULL, '{}') UNION ALL SELECT * FROM edustats.check_failures('bulletin', '2015-03-01', NULL)$$, 'nothing of nothing');

-- Publishing
UPDATE bulletin_data.rule SET severity = 'error' WHERE rule = 'headline_growth_limits';
SELECT throws_ok($$CALL edustats.publish('bulletin', '2015-03-01')$$, '55000', '2015-03-01 can''t be published: it breaks rules', 'not while a rule is broken that is an error');
CREATE FUNCTION told_why() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    CALL edustats.publish('bulletin', '2015-03-01');
    RETURN NULL;
EXCEPTION WHEN object_not_in_prerequisite_state THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN detail;
END $$;
SELECT is(told_why(), E'headline：new_allocated_users的“growth”为-94.38，应≥ -80\nheadline：village_participants的“growth”为-86.62，应≥ -80', 'with the reasons');
SELECT is_empty('SELECT * FROM bulletin.revision', 'nothing is published');
UPDATE bulletin_data.rule SET severity = 'off' WHERE rule = 'headline_growth_limits';
SELECT is_empty($$SELECT * FROM bulletin.failure WHERE month = '2015-03-01' AND rule = 'headline_growth_limits'$$, 'a rule that is off');
SELECT lives_ok($$CALL edustats.publish('bulletin', '2015-03-01')$$, 'keeps nobody from publishing');
SELECT results_eq($$SELECT f ->> 'rule', f ->> 'severity', f ->> 'row', f ->> 'found' FROM bulletin.revision_content, jsonb_array_elements(failures) f ORDER BY 4$$,
    $$VALUES ('station_without_fitness', 'warning', '“两新”组织', '3'), ('station_without_fitness', 'warning', '机关事业单位', '32')$$, 'what it warned of is kept');
SELECT is((SELECT bool_and(intact) FROM bulletin.revision), true, 'under the hash');
SELECT is_empty($$SELECT * FROM bulletin.revision_content r, edustats.check_failures('bulletin', r.month, r.rows) f$$, 'what was published keeps the rules');

-- The owner's own: of rows, and a view of his
INSERT INTO bulletin_data.rule (rule, kind, severity, view, arguments, message) VALUES ('few', 'limits', 'notice', 'table_6', '{"columns": ["clicks"], "most": 3000}', '{view} {row} {column} {found} {expected} {caption} {head} {other}');
CREATE SEQUENCE months_read;
CREATE FUNCTION count_month() RETURNS boolean LANGUAGE sql AS $$SELECT nextval('public.months_read') > 0$$;
CREATE VIEW bulletin_data.mine AS SELECT m.month, 'r' AS row, 7 AS found FROM bulletin_data.months m WHERE public.count_month();
INSERT INTO bulletin_data.rule (rule, kind, severity, view) VALUES ('mine', 'view', 'error', 'mine'), ('gone', 'view', 'error', 'not.there');
SELECT results_eq($$SELECT rule, "row", "column", found, message FROM bulletin.failure WHERE month = '2015-03-01' AND rule IN ('few', 'mine') ORDER BY rule$$, $$VALUES
    ('few', '1', 'clicks', '3084', 'table_6 1 clicks 3084 ≤ 3000 2015年3月较受欢迎视频课程排行 点击次数(次) {other}'), ('mine', 'r', NULL, '7', 'mine, r, -: 7 (-)')$$, 'rules of the owner''s');
SELECT is(nextval('months_read'), 2::bigint, 'one month is read, once');
CALL edustats.attach();
SELECT results_eq($$SELECT rule, severity FROM bulletin_data.rule WHERE rule IN ('few', 'mine', 'headline_growth_limits') ORDER BY 1$$, $$VALUES ('few', 'notice'), ('headline_growth_limits', 'off'), ('mine', 'error')$$, 'attach leaves them alone');
DELETE FROM bulletin_data.rule WHERE rule = 'table_9_part';
CALL edustats.attach();
SELECT is_empty($$SELECT * FROM bulletin_data.rule WHERE rule = 'table_9_part'$$, 'and what has been deleted, too');
SELECT throws_ok($$CALL edustats.publish('bulletin', '2015-02-01')$$, '55000', NULL, 'a view''s row is a reason, too');
DELETE FROM bulletin_data.rule WHERE rule = 'mine';
SELECT throws_ok(format('INSERT INTO bulletin_data.rule VALUES (''x'', %L, ''error'', ''v'', %L)', k, a), '23514', NULL, k || ' ' || a) FROM (VALUES
    ('sum', '{}'), ('sum', '{"columns": ["a"]}'), ('sum', '{"columns": ["a"], "row": "a", "column": "b"}'), ('sum', '{"columns": "a", "row": "a"}'), ('sum', '{"columns": [1], "row": "a"}'), ('sum', '[]'),
    ('order', '{}'), ('limits', '{"columns": ["a"]}'), ('limits', '{"columns": ["a"], "most": "1"}'), ('everywhere', '{"columns": ["a"]}'), ('share', '{"column": "a", "of": "b"}'),
    ('equal', '{"row": "a", "column": "b", "other": {}}'), ('part', '{"column": "a", "label": "l", "whole": {"view": "v", "column": "c"}}'), ('part', '{"column": "a", "whole": {"view": "v", "column": "c"}}'),
    ('told', '{"sentence": {}}'), ('told', '{"sentence": 1, "column": "a"}'), ('told', '{"sentence": {}, "column": "a", "top": -1}'), ('other', '{}')) x(k, a);
SELECT ok(bool_and(edustats.is_rule(kind, arguments)), 'all that come along are rules') FROM edustats.rule;
SELECT is(count(DISTINCT language), 2::bigint, 'in both languages') FROM edustats.rule;
SELECT is_empty($$SELECT rule, kind, severity, view, arguments FROM edustats.rule GROUP BY 1, 2, 3, 4, 5 HAVING count(*) <> 2$$, 'the same');

-- A kind that comes to be compared, and English
UPDATE bulletin_data.org_type SET compared = true WHERE code IN ('college', 'agency');
UPDATE bulletin_data.setting SET value = 'en' WHERE name = 'language';
CALL edustats.attach();
SELECT is_empty($$SELECT * FROM bulletin.failure WHERE month = '2015-03-01' AND severity = 'error'$$, 'more kinds, in English');
CREATE TABLE english AS SELECT edustats.rows_of('bulletin', '2015-03-01') AS rows;
SELECT ok(rows #> '{table_3,total}' ? 'agency_expected' AND rows #> '{table_7,1}' ? 'college_clicks', 'they have columns') FROM english;
SELECT is(broken(jsonb_set(jsonb_set(jsonb_set(rows, '{table_3,total,agency_attended}', '"7"'), '{table_7,1,college_clicks}', '"3,085"'), '{table_2,total,total}', '"18,144.97"')),
    'table_2_across total total 18,144.97 18144.79, table_2_hours total total 18,144.97 18144.79, table_2_told total total 18,144.97 ' || (rows #>> '{narrative,2.100,text}') || ', table_2_total total total 18,144.97 18144.79, '
    || format('table_3_across total agency_expected %s %s, ', rows #>> '{table_3,total,agency_expected}', 7 + (rows #>> '{table_3,total,agency_absent}')::integer)
    || format('table_3_rate total agency_rate %s %s%%, table_3_total total agency_attended 7 %s, ', rows #>> '{table_3,total,agency_rate}',
        edustats.share(7, (rows #>> '{table_3,total,agency_expected}')::numeric), rows #>> '{table_3,total,agency_attended}')
    || 'table_7_part 1 college_clicks 3,085 ≤ 3,084', 'and rules') FROM english;
SELECT is((SELECT message FROM english, edustats.check_failures('bulletin', '2015-03-01', jsonb_set(rows, '{table_6,2,clicks}', '"4,000"')) WHERE rule = 'table_6_order'),
    'Courses by clicks, March 2015: “Clicks” at rank 2 is 4,000, above the rank before (≤ 3,084)', 'in English words');

-- Who may
CREATE ROLE rule_reader;
CREATE ROLE rule_helper;
GRANT USAGE ON SCHEMA bulletin TO rule_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA bulletin TO rule_reader;
SET ROLE rule_reader;
SELECT is((SELECT count(*) FROM bulletin.failure WHERE month = '2015-03-01'), 3::bigint, 'a reader reads failures');
SELECT throws_ok('SELECT * FROM bulletin_data.rule', '42501', NULL, 'no rules');
SELECT throws_ok($$INSERT INTO bulletin_data.rule VALUES ('r', 'view', 'error', 'v', '{}')$$, '42501', NULL, 'and makes none');
SELECT throws_ok($$SELECT * FROM edustats.check_failures('bulletin', '2015-03-01', '{}')$$, '42501', NULL, 'and tries none');
RESET ROLE;
CREATE SCHEMA helped AUTHORIZATION rule_helper;
GRANT USAGE ON SCHEMA bulletin_data TO rule_helper;
GRANT INSERT ON bulletin_data.rule TO rule_helper;
SET ROLE rule_helper;
CREATE VIEW helped.trick AS SELECT date '2015-03-01' AS month, current_user AS found;
GRANT ALL ON SCHEMA helped TO PUBLIC;
GRANT SELECT ON helped.trick TO PUBLIC;
INSERT INTO bulletin_data.rule VALUES ('r', 'view', 'error', 'helped.trick', '{}');
RESET ROLE;
SELECT throws_ok($$SELECT * FROM bulletin.failure WHERE month = '2015-03-01'$$, '42501', 'the rule "r" can''t read helped.trick: it is not the bulletin''s owner''s', 'whom he lets write rules runs nothing as him');
DROP SCHEMA helped CASCADE;
SELECT is((SELECT count(*) FROM bulletin.failure WHERE month = '2015-03-01'), 3::bigint, 'a view that is gone is none');
DROP OWNED BY rule_reader, rule_helper;
DROP ROLE rule_reader, rule_helper;

-- Accounts that nobody opened
UPDATE bulletin_data.setting SET value = 'zh-CN' WHERE name = 'language';
CALL edustats.attach();
ALTER TABLE platform.member DROP CONSTRAINT member_check;
UPDATE platform.member SET closed_at = '2015-03-10 12:00+08' WHERE member_id IN (SELECT member_id FROM platform.member WHERE registered_at > '2015-02-05' AND registered_at < '2015-02-20' ORDER BY member_id LIMIT 3);
UPDATE platform.member SET registered_at = '2015-04-02 12:00+08' WHERE closed_at = '2015-03-10 12:00+08' AND member_id > (SELECT min(member_id) FROM platform.member WHERE closed_at = '2015-03-10 12:00+08');
SELECT results_eq($$SELECT month, severity, found, message FROM bulletin.failure WHERE month BETWEEN '2015-02-01' AND '2015-04-01' AND rule = 'closed_without_opening'$$,
    $$VALUES (date '2015-03-01', 'notice', '2', '有2个账户已注销，但没有开通记录，不计入用户')$$, 'are told of in the month of their closing');
SELECT * FROM finish();
