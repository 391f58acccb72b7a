-- Figures that agree: what is printed adds up to its total, and tables, sentences, headline and facts say the same number
-- as plain SQL over the sources, on a platform that keeps none of the promises that the reference tables make.
\set ON_ERROR_STOP on
SET client_min_messages TO warning;
CREATE EXTENSION edustats;
SELECT no_plan();
CALL edustats.create_platform('platform');
SET search_path TO platform, public;

-- Nothing but the keys is checked: names may be missing or the same, keys may lead nowhere.
\ir ../unchecked.sql
DO $$
DECLARE
    ddl text;
BEGIN
    FOR ddl IN SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname)
               FROM pg_constraint c WHERE c.connamespace = 'platform'::regnamespace AND c.contype = 'u' LOOP
        EXECUTE ddl;
    END LOOP;
    FOR ddl IN SELECT format('ALTER TABLE %s ALTER %I DROP NOT NULL', a.attrelid::regclass, a.attname)
               FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
               WHERE c.relnamespace = 'platform'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND a.attnotnull
                 AND a.attname IN ('name', 'position', 'allocated', 'registered_at', 'title', 'category', 'producer',
                                   'medium', 'column_id', 'board', 'member_id')
                 AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)) LOOP
        EXECUTE ddl;
    END LOOP;
END $$;

-- What stands in the sources, told without any function of the extension's.
-- For other periods than months, the days of one are its "month", and each other day is one by itself.
CREATE FUNCTION month_of(at timestamptz) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN NOT isfinite($1) THEN NULL
                WHEN p.days IS NULL THEN date_trunc('month', $1 AT TIME ZONE 'Asia/Shanghai')::date
                WHEN ($1 AT TIME ZONE 'Asia/Shanghai')::date <@ p.days THEN lower(p.days)
                ELSE ($1 AT TIME ZONE 'Asia/Shanghai')::date END
    FROM (SELECT nullif(current_setting('adds_up.days', true), '')::daterange AS days) p
$$;
-- Kinds that attach or refresh have seen; all others are one.
CREATE TABLE seen (org_type text PRIMARY KEY);
INSERT INTO seen VALUES ('农村'), ('社区'), ('机关事业单位'), ('国企'), ('“两新”组织'), ('高校');
CREATE VIEW account AS
SELECT m.member_id, m.name, a.account, month_of(m.registered_at) AS opened, month_of(m.closed_at) AS closed, d.district_id AS place,
       CASE WHEN m.org_type IN (SELECT s.org_type FROM seen s) THEN m.org_type
            WHEN m.org_type IS NOT NULL THEN '其他' END AS kind
FROM member m
CROSS JOIN LATERAL (SELECT CASE WHEN m.org_type IS NULL THEN '个人用户' WHEN m.allocated THEN '站点用户' ELSE '非站点用户' END AS account) a
LEFT JOIN district d ON d.district_id = m.district_id AND translate(d.name, ' 　', '') <> '';
CREATE VIEW learned AS
SELECT month_of(l.started_at) AS month, a.member_id, a.place, a.kind, sum(l.seconds) AS seconds
FROM learning_session l JOIN account a USING (member_id) WHERE a.account = '站点用户' GROUP BY 1, 2, 3, 4;
CREATE VIEW visit AS
SELECT month_of(v.visited_at) AS month, v.column_id, CASE WHEN c.medium IN ('video', 'text') THEN c.medium ELSE 'other' END AS medium
FROM column_visit v LEFT JOIN site_column c USING (column_id);
CREATE VIEW blogged AS
SELECT month_of(p.posted_at) AS month, b.category, a.place
FROM blog_post p LEFT JOIN blog b USING (blog_id) LEFT JOIN account a USING (member_id);

-- Two numbers that must be the same in every month, or other period, and how each is asked for. MONTH is its first day, LAST its last
-- one, QUARTER the first one of what is told by quarters, and what is of BEFORE and of the month EARLIER is of the period before.
CREATE TABLE agreement (what text, one text, other text);
CREATE FUNCTION fact(figure text, condition text DEFAULT 'true') RETURNS text LANGUAGE sql AS
    $$SELECT format('SELECT sum(%s) FROM bulletin.%s WHERE month = MONTH AND %s', split_part($1, ' of ', 1), split_part($1, ' of ', 2), $2)$$;
CREATE FUNCTION headline(metric text, figure text DEFAULT 'value') RETURNS text LANGUAGE sql AS
    $$SELECT format('SELECT sum(%s) FROM bulletin.headline WHERE month = MONTH AND metric = %L', $2, $1)$$;
-- The sum of the numbers that a pattern finds in the sentences of a section.
CREATE FUNCTION told(section integer, pattern text, flags text DEFAULT '') RETURNS text LANGUAGE sql AS
    $$SELECT format('SELECT sum(m[1]::numeric) FROM bulletin.narrative n, regexp_matches(n.text, %L, %L) m '
                    'WHERE n.month = MONTH AND n.section = %s', $2, $3, $1)$$;

INSERT INTO agreement
SELECT 'users: ' || what, headline(metric),
       format('SELECT count(*) FROM account WHERE opened <= MONTH AND (closed <= MONTH) IS NOT TRUE AND %s', condition)
FROM (VALUES ('all', 'users', 'true'), ('collective', 'collective_users', 'kind IS NOT NULL'),
             ('individual', 'individual_users', 'kind IS NULL'), ('stations', 'station_users', $$account = '站点用户'$$)) t(what, metric, condition);
INSERT INTO agreement VALUES
    ('new users', headline('new_users'), 'SELECT count(*) FROM account WHERE opened = MONTH'),
    ('users: two sorts', headline('users'),
     $$SELECT sum(value) FROM bulletin.headline WHERE month = MONTH AND metric IN ('collective_users', 'individual_users')$$),
    ('new users: two channels', headline('new_users'),
     $$SELECT sum(value) FROM bulletin.headline WHERE month = MONTH AND metric IN ('new_allocated_users', 'new_registered_users')$$),
    ('users: fact', headline('users'), fact('users of users')),
    ('users: table', headline('users'), fact('users of table_1', $$audience = '合计'$$)),
    ('users: rows of the table', headline('users'), fact('users of table_1', $$audience <> '合计'$$)),
    ('users: rows of organisations', headline('collective_users'), fact('users of table_1', $$audience = '集体用户'$$)),
    ('users: rows of stations', headline('station_users'), fact('users of users', $$account = '站点用户'$$)),
    ('no rule is broken', 'SELECT 0', $$SELECT count(*) FROM bulletin.failure WHERE month = MONTH AND severity = 'error'$$),
    ('users: never below zero', 'SELECT 0', 'SELECT count(*) FROM bulletin.users WHERE month = MONTH AND users < 0'),
    ('users: sentence', headline('users'), told(1, '注册用户共(\d+)个')),
    ('users: sentence of organisations', headline('collective_users'), told(1, '其中集体用户(\d+)个')),
    ('users: kinds in the sentence', headline('collective_users'), told(1, '用户(\d+)个（占', 'g')),
    ('users: stations'' kinds in the sentence', headline('station_users'), told(1, '(?<!的)站点用户(\d+)个(?=[、和。])', 'g')),

    ('hours: truth', headline('learning_hours'),
     'SELECT sum(round(s, 2)) FROM (SELECT sum(seconds) / 3600.0 AS s FROM learned WHERE month = MONTH GROUP BY place, kind) x'),
    ('hours: fact', headline('learning_hours'), fact('hours of learning_hours')),
    ('hours: total', headline('learning_hours'), fact('total of table_2', $$district = '合计' AND row = (SELECT max(row) FROM bulletin.table_2 WHERE month = MONTH)$$)),
    ('hours: rows', headline('learning_hours'), fact('total of table_2', 'row < (SELECT max(row) FROM bulletin.table_2 WHERE month = MONTH)')),
    ('hours: rows that differ from their cells', 'SELECT 0',
     $$SELECT count(*) FROM bulletin.table_2 t WHERE month = MONTH AND coalesce(total, 0) <> (SELECT coalesce(sum(value::numeric), 0)
           FROM jsonb_each_text(to_jsonb(t)) WHERE key NOT IN ('month', 'row', 'district', 'total'))$$),
    ('hours: sentence', headline('learning_hours'),
     $$SELECT m[1]::numeric * CASE m[2] WHEN '' THEN 1 ELSE 10000 END FROM bulletin.narrative n,
           regexp_matches(n.text, '本月站点用户共学习([0-9.]+)(万?)小时') m WHERE n.month = MONTH$$),
    ('hours: parts of the sentence', headline('learning_hours'), told(2, '站点([0-9.]+)小时，占', 'g')),
    ('hours: stations', 'SELECT sum(round(seconds / 3600.0, 2)) FROM learned WHERE month = MONTH AND seconds > 0', fact('hours of station_learning')),
    ('hours: table 4', 'SELECT sum(s) FROM (SELECT round(seconds / 3600.0, 2) AS s FROM learned WHERE month = MONTH ORDER BY seconds DESC, member_id LIMIT 10) x',
     fact('hours of table_4')),
    ('hours: growth of the sum', headline('learning_hours', 'previous'),
     $$SELECT value FROM BEFORE.headline WHERE metric = 'learning_hours' AND month = EARLIER$$),
    ('hours: cumulative', headline('learning_hours', 'cumulative'),
     $$SELECT round(((SELECT sum(seconds) FROM learned WHERE month <= MONTH) + (SELECT sum(amount) FROM opening_balance WHERE metric = 'learning')) / 3600.0, 2)$$),

    ('stations that attended', fact('attended of participation'),
     $$SELECT count(*) FROM account a WHERE account = '站点用户' AND opened <= MONTH AND (closed <= MONTH) IS NOT TRUE
           AND EXISTS (SELECT FROM learned l WHERE l.member_id = a.member_id AND l.month = MONTH AND l.seconds > 0)
           AND EXISTS (SELECT FROM station_fitness f WHERE f.member_id = a.member_id AND f.fit_from <= LAST
                           AND (f.fit_until IS NULL OR f.fit_until > LAST))$$),
    ('stations that were absent', fact('expected - attended of participation'), fact('absent of participation'));
INSERT INTO agreement
SELECT format('participation: %s, %s', kind, part), fact(part || ' of participation', format('org_type = %L', kind)),
       fact(format('%s_%s of table_3', name, part), format('row %s (SELECT max(row) FROM bulletin.table_3 WHERE month = MONTH)', op))
FROM (VALUES ('农村', 'rural'), ('社区', 'community')) k(kind, name), unnest(ARRAY['attended', 'absent', 'expected']) part,
     unnest(ARRAY['=', '<']) op;

INSERT INTO agreement VALUES
    ('clicks', headline('course_clicks'), 'SELECT count(*) FROM course_click WHERE month_of(clicked_at) = MONTH'),
    ('clicks: fact', headline('course_clicks'), fact('clicks of course_clicks')),
    ('clicks: figure', headline('course_clicks'), fact('clicks of figure_1')),
    ('clicks: table 5', $$SELECT count(*) FROM course_click JOIN account USING (member_id) WHERE month_of(clicked_at) = MONTH AND kind = '农村'$$,
     fact('rural_clicks of table_5')),
    ('clicks: table 6', 'SELECT sum(n) FROM (SELECT count(*) AS n FROM course_click WHERE month_of(clicked_at) = MONTH GROUP BY course_id ORDER BY 1 DESC LIMIT 10) x',
     fact('clicks of table_6')),
    ('clicks: table 7', $$SELECT sum(n) FROM (SELECT count(*) AS n FROM course_click JOIN account USING (member_id)
         WHERE month_of(clicked_at) = MONTH AND kind = '社区' GROUP BY course_id ORDER BY 1 DESC LIMIT 10) x$$, fact('community_clicks of table_7')),
    ('visits', $$SELECT sum(value) FROM bulletin.headline WHERE month = MONTH AND metric IN ('video_visits', 'text_visits', 'other_visits')$$,
     'SELECT count(*) FROM visit WHERE month = MONTH'),
    ('visits: fact', fact('visits of column_visits'), 'SELECT count(*) FROM visit WHERE month = MONTH'),
    ('visits: cumulative', $$SELECT sum(cumulative) FROM bulletin.headline WHERE month = MONTH AND metric IN ('video_visits', 'text_visits', 'other_visits')$$,
     $$SELECT count(*) + (SELECT sum(amount) FROM opening_balance WHERE metric = 'column_visits') FROM visit WHERE month <= MONTH$$),
    ('visits: figure', headline('text_visits'), fact('visits of figure_2')),
    ('visits: other', headline('other_visits'), $$SELECT count(*) FROM visit WHERE month = MONTH AND medium = 'other'$$),
    ('visits: other, told', headline('other_visits'), told(4, '本月其他栏目访问(\d+)次')),
    ('articles: table', 'SELECT sum(n) FROM (SELECT count(*) AS n FROM article_view WHERE month_of(viewed_at) = MONTH GROUP BY article_id ORDER BY 1 DESC LIMIT 10) x',
     fact('views of table_8')),
    ('topics: table', 'SELECT sum(n) FROM (SELECT count(*) AS n FROM topic_view WHERE month_of(viewed_at) = MONTH GROUP BY topic_id ORDER BY 1 DESC LIMIT 5) x',
     fact('views of table_9')),
    ('village: figure', headline('village_posts'), fact('posts of figure_5')),
    ('forum', headline('forum_posts'), fact('posts of forum_posts')),
    ('forum: in no district', fact('posts of forum_posts', 'district IS NULL'), told(5, '本月论坛新增帖子.*其他（区县不详）(\d+)篇')),
    ('forum: in no district, in truth', fact('posts of forum_posts', 'district IS NULL'),
     'SELECT count(*) FROM forum_post LEFT JOIN account USING (member_id) WHERE month_of(posted_at) = MONTH AND place IS NULL'),
    ('blogs', headline('blog_posts'), fact('posts of blog_posts')),
    ('blogs: categories', headline('blog_posts'), fact('posts of figure_3')),
    ('blogs: districts', fact('posts of figure_4'), $$SELECT count(*) FROM blogged
         WHERE month BETWEEN QUARTER AND MONTH$$),
    ('blogs: in no district', fact('posts of blog_posts', 'district IS NULL'), told(5, '本月博客新增博文.*其他（区县不详）(\d+)篇')),
    ('reports', headline('reports'), fact('reports of reports')),
    ('reports: sentence', headline('reports_quarter'), told(5, '本季度各区县上报信息(\d+)篇')),
    ('reports: parts of the sentence', headline('reports_quarter'),
     $$SELECT sum(p[1]::numeric) FROM bulletin.narrative n, regexp_matches(n.text, '本季度各区县上报信息\d+篇，其中(.*)') m,
           regexp_matches(m[1], '(\d+)篇', 'g') p WHERE n.month = MONTH$$),
    ('headline: months before', $$SELECT sum(previous) FROM bulletin.headline WHERE month = MONTH AND metric <> 'reports_quarter'$$,
     $$SELECT sum(value) FROM BEFORE.headline WHERE month = EARLIER AND metric <> 'reports_quarter'$$);

-- A statement for a month, of the views, or for other days, of the functions of these names.
CREATE FUNCTION statement(query text, days daterange, by_month boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    earlier date := edustats.period_before(lower(days), upper(days) - 1);
    quarter date := CASE WHEN edustats.period_kind(days) <> 'month' THEN lower(days) WHEN extract(month FROM lower(days))::integer % 3 = 0 THEN lower(days) - interval '2 months' END;
BEGIN
    query := replace(replace(query, '本季度', '本月'), '本月', '本(?:月|季度|半年|年|周|期)');
    query := replace(replace(replace(query, 'EARLIER', quote_literal(earlier) || '::date'), 'LAST', quote_literal(upper(days) - 1) || '::date'),
                     'QUARTER', quote_nullable(quarter) || '::date');
    query := replace(query, 'MONTH', quote_literal(lower(days)) || '::date');
    IF by_month THEN
        RETURN replace(query, 'BEFORE.', 'bulletin.');
    END IF;
    query := regexp_replace(query, 'bulletin\.(\w+)', format('bulletin.\1(%L)', days), 'g');
    RETURN regexp_replace(query, 'BEFORE\.(\w+)', format('bulletin.\1(%L)', daterange(earlier, lower(days))), 'g');
END $$;
CREATE FUNCTION figure(query text, days daterange, by_month boolean) RETURNS numeric LANGUAGE plpgsql SET search_path TO platform, public AS $$
DECLARE
    figure numeric;
BEGIN
    PERFORM set_config('adds_up.days', CASE WHEN by_month THEN '' ELSE days::text END, false);
    EXECUTE statement(query, days, by_month) INTO figure;
    PERFORM set_config('adds_up.days', '', false);
    RETURN coalesce(figure, 0);
END $$;
CREATE FUNCTION sentences(days daterange, by_month boolean) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE statement('SELECT text FROM bulletin.narrative WHERE month = MONTH', days, by_month);
END $$;
-- A sentence has a hole where something is missing between two marks, or before one.
CREATE FUNCTION holes(days daterange, by_month boolean) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT t FROM sentences(days, by_month) t
    WHERE t IS NULL OR t !~ '。$' OR t ~ 'NULL|%s|、、|[：，；、和有是]。|，，|。。|“”|《》|（）|（制作|无法计算|-\d' OR t ~ '[是有为：]、|、[。，]|为[，。]'
$$;
CREATE FUNCTION check_all(state text, periods daterange[] DEFAULT '{"[2015-02-01,2015-03-01)", "[2015-03-01,2015-04-01)", "[2015-05-01,2015-06-01)"}',
                          by_month boolean DEFAULT true) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY
    SELECT is(string_agg(format('%s: %s, not %s', m, a.one, a.other), E'\n' ORDER BY m) FILTER (WHERE a.one <> a.other), NULL,
              format('%s: %s', state, a.what))
    FROM (SELECT a.what, m, figure(a.one, m, by_month) AS one, figure(a.other, m, by_month) AS other FROM agreement a, unnest(periods) m OFFSET 0) a
    GROUP BY a.what;
    RETURN QUERY SELECT cmp_ok((SELECT count(*) FROM agreement a WHERE figure(a.one, periods[2], by_month) > 0), '>=', 50::bigint, state || ': most are about something');
    RETURN QUERY SELECT is((SELECT string_agg(format('%s: %s', m, h), E'\n') FROM unnest(periods) m, holes(m, by_month) h), NULL, state || ': sentences without holes');
    RETURN QUERY
    SELECT is((SELECT string_agg(x::text, E'\n') FROM (
        (SELECT place, kind, round(sum(seconds) / 3600.0, 2) FROM learned WHERE month = '2015-03-01' AND seconds > 0 GROUP BY 1, 2
         EXCEPT SELECT district_id, org_type, hours FROM bulletin.learning_hours WHERE month = '2015-03-01')) x),
        NULL, state || ': every cell of learning hours');
    RETURN QUERY
    SELECT is((SELECT string_agg(x::text, E'\n') FROM (
        (SELECT account, kind, count(*)::bigint FROM account WHERE opened <= '2015-03-01' AND (closed <= '2015-03-01') IS NOT TRUE GROUP BY 1, 2
         EXCEPT SELECT account, org_type, users FROM bulletin.users WHERE month = '2015-03-01')) x),
        NULL, state || ': every class of users');
    RETURN QUERY
    SELECT is((SELECT members FROM bulletin_data.closed_unopened),
              (SELECT count(*) FROM account WHERE closed IS NOT NULL AND (opened <= closed) IS NOT TRUE), state || ': closed and never opened');
END $$;

-- 1. Made-up platforms: every kind of thing that can be missing, wrong or the same.
INSERT INTO district VALUES (1, '东', 1), (2, '东', 2), (3, '', 3), (4, NULL, NULL), (5, '西', 4), (6, '西', 4), (7, '其他', 7),
    (8, ' 　', 8), (9, '南', NULL);
CREATE FUNCTION pick(VARIADIC words text[]) RETURNS text LANGUAGE sql VOLATILE AS
    $$SELECT $1[1 + floor(random() * cardinality($1))::integer]$$;
CREATE FUNCTION moment() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    $$SELECT timestamptz '2014-12-20 00:00+08' + floor(random() * 140) * interval '1 day' + floor(random() * 86400) * interval '1 second'$$;
CREATE FUNCTION number(most integer) RETURNS bigint LANGUAGE sql VOLATILE AS 'SELECT floor(random() * $1)::bigint + 1';

CREATE PROCEDURE make_up() LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO member
    SELECT (SELECT coalesce(max(member_id), 0) FROM member) + i,
           pick('农村', '农村', '社区', '社区', '机关事业单位', '国企', '“两新”组织', '高校', '中小学', '', '其他', NULL),
           pick('true', 'true', 'false', NULL)::boolean, pick('1', '2', '3', '4', '5', '6', '7', '8', '9', '99', NULL)::bigint,
           pick('甲' || i, '乙', '', NULL),
           CASE WHEN random() < 0.9 THEN moment() ELSE pick(NULL, 'infinity', '-infinity')::timestamptz END,
           CASE WHEN random() < 0.7 THEN NULL WHEN random() < 0.9 THEN moment() ELSE pick('infinity', '-infinity')::timestamptz END
    FROM generate_series(1, 300) i;
    INSERT INTO station_fitness
    SELECT m.member_id, d.day, CASE WHEN random() < 0.3 THEN d.day + number(90)::integer END
    FROM member m, LATERAL (SELECT moment()::date + (0 * m.member_id)::integer AS day) d
    WHERE random() < 0.8 ON CONFLICT DO NOTHING;
    INSERT INTO learning_session SELECT number(400), moment(), pick('0', '5', '17', '1800', '3600', '5437')::bigint FROM generate_series(1, 1500);
    INSERT INTO course SELECT (SELECT coalesce(max(course_id), 0) FROM course) + i, pick('课' || i, '', NULL), pick('党建', '实用', '其他', '', NULL), pick('市', '', NULL)
    FROM generate_series(1, 12) i;
    INSERT INTO course_click SELECT CASE WHEN random() < 0.9 THEN number(400) END, number(30), moment() FROM generate_series(1, 2000);
    INSERT INTO site_column SELECT (SELECT coalesce(max(column_id), 0) FROM site_column) + i, pick('栏' || i, '', NULL), pick('video', 'text', 'text', 'radio', NULL)
    FROM generate_series(1, 6) i;
    INSERT INTO column_visit SELECT number(15), moment() FROM generate_series(1, 800);
    INSERT INTO article SELECT (SELECT coalesce(max(article_id), 0) FROM article) + i, pick('文' || i, '', NULL), number(15) FROM generate_series(1, 10) i;
    INSERT INTO article_view SELECT number(30), moment() FROM generate_series(1, 500);
    INSERT INTO topic SELECT (SELECT coalesce(max(topic_id), 0) FROM topic) + i, pick('题' || i, '', NULL), pick('大', '小', '', NULL) FROM generate_series(1, 6) i;
    INSERT INTO topic_view SELECT number(15), moment() FROM generate_series(1, 500);
    INSERT INTO blog SELECT (SELECT coalesce(max(blog_id), 0) FROM blog) + i, number(400), pick('诗', '文', '', NULL) FROM generate_series(1, 30) i;
    INSERT INTO blog_post SELECT number(70), moment() FROM generate_series(1, 500);
    INSERT INTO village_topic SELECT i, pick('村' || i, '', NULL) FROM generate_series(1, 5) i ON CONFLICT DO NOTHING;
    INSERT INTO village_post SELECT number(8), moment() FROM generate_series(1, 200);
    INSERT INTO village_participant SELECT i, moment() FROM generate_series(1, 50) i ON CONFLICT DO NOTHING;
    INSERT INTO forum_post SELECT number(400), moment() FROM generate_series(1, 500);
    INSERT INTO report SELECT number(11), moment() FROM generate_series(1, 60);
END $$;
INSERT INTO opening_balance VALUES ('learning', 0, 7199), ('column_visits', 1, 5), ('column_visits', 2, 6), ('column_visits', 77, 7),
    ('column_visits', 0, 8);
SELECT setseed(0.15);
CALL make_up();
CALL edustats.attach();
INSERT INTO seen VALUES ('中小学');
\set ON_ERROR_STOP off
SELECT * FROM check_all('as attached');
CALL edustats.refresh();

-- Everything changes its kind, its place and its name.
SELECT setseed(0.16);
CALL make_up();
UPDATE member SET org_type = pick('农村', '社区', '高校', '养老院', '', NULL), allocated = random() < 0.7 WHERE member_id % 5 = 0;
UPDATE member SET closed_at = CASE WHEN random() < 0.5 THEN moment() END, district_id = number(12) WHERE member_id % 7 = 0;
DELETE FROM member WHERE member_id % 11 = 0;
DELETE FROM course WHERE course_id % 3 = 0;
UPDATE district SET name = pick('北', '', NULL, '东') WHERE district_id % 2 = 1;
SELECT * FROM check_all('changed');
SELECT * FROM check_all('changed, a week over the edge of a month, odd days', '{"[2015-02-23,2015-03-02)", "[2014-12-28,2015-04-17)"}', false);
CALL edustats.refresh();
INSERT INTO seen VALUES ('养老院');
SELECT * FROM check_all('refreshed');
SELECT * FROM check_all('refreshed, a month by its days, a quarter', '{"[2015-03-01,2015-04-01)", "[2015-01-01,2015-04-01)"}', false);
SELECT cmp_ok((SELECT members FROM bulletin_data.closed_unopened), '>', 5::bigint, 'some were closed and never opened');

-- The page bears the columns that the month needs, and only those.
SELECT ok(edustats.bulletin_html('bulletin', '2015-03-01') ~ '<th class="n" scope="col">高校</th><th class="n" scope="col">中小学</th><th class="n" scope="col">养老院</th><th class="n" scope="col">其他</th><th class="n" scope="col">合计</th>',
          'the page has columns for colleges, a kind that has come, and others');
UPDATE member SET org_type = '高校' WHERE org_type NOT IN ('农村', '社区', '机关事业单位', '国企', '“两新”组织', '高校');
SELECT ok(edustats.bulletin_html('bulletin', '2015-03-01') ~ '<th class="n" scope="col">高校</th><th class="n" scope="col">中小学</th><th class="n" scope="col">养老院</th><th class="n" scope="col">合计</th>', 'others only where there are any');
UPDATE bulletin_data.page_item SET optional = optional || '{"{code}"}' WHERE view = 'table_2';
SELECT ok(edustats.bulletin_html('bulletin', '2015-03-01') ~ '<th class="n" scope="col">高校</th><th class="n" scope="col">合计</th>', 'and so each kind, if the owner says so');
SELECT is((SELECT count(*) FROM bulletin.table_1 WHERE month = '2015-03-01' AND org_type = '其他'), 0::bigint, 'table 1, too');

-- 2. Platforms that have next to nothing.
CREATE PROCEDURE leave(statement text) LANGUAGE plpgsql AS $$
DECLARE
    source text;
BEGIN
    FOR source IN SELECT c.oid::regclass FROM pg_class c WHERE c.relnamespace = 'platform'::regnamespace AND c.relkind = 'r' LOOP
        EXECUTE 'TRUNCATE ' || source;
    END LOOP;
    EXECUTE statement;
END $$;
CREATE FUNCTION text_of(section integer, paragraph integer) RETURNS text LANGUAGE sql AS
    $$SELECT string_agg(n.text, '|') FROM bulletin.narrative n WHERE n.month = '2015-03-01' AND n.section = $1 AND n.paragraph = $2$$;

CALL leave($$INSERT INTO member VALUES (1, NULL, true, NULL, '丁', '2015-03-05 09:00+08')$$);
SELECT is(text_of(1, 1), '截至2015年3月底，平台实名注册用户共1个，上月无可比基数，其中集体用户0个、个人用户1个。', 'persons only');
SELECT is(text_of(1, 2), NULL, 'a person is no station, allocated or not');
SELECT is((SELECT total FROM bulletin.table_2 WHERE month = '2015-03-01'), NULL, 'no district and no station: a total without hours');

CALL leave($$INSERT INTO district VALUES (1, '东', 1), (2, '东', 2);
    INSERT INTO member VALUES (1, '农村', true, 1, '甲', '2015-01-05 09:00+08'), (2, '农村', true, 2, '乙', '2015-01-05 09:00+08'),
        (3, '党校', true, NULL, '', '2015-01-05 09:00+08');
    INSERT INTO station_fitness SELECT i, '2015-01-01' FROM generate_series(1, 3) i;
    INSERT INTO learning_session VALUES (1, '2015-03-01 10:00+08', 3600), (2, '2015-03-01 10:00+08', 7200), (3, '2015-03-01 10:00+08', 18000)$$);
SELECT results_eq($$SELECT row, district, rural, other, total FROM bulletin.table_2 WHERE month = '2015-03-01'$$,
    $$VALUES (1, '东', 1.00, NULL, 1.00), (2, '东', 2.00, NULL, 2.00), (3, '其他', NULL, 5.00, 5.00), (4, '合计', 3.00, 5.00, 8.00)$$,
    'two districts of one name, and a station in none');
SELECT results_eq($$SELECT district, rural_attended, rural_expected FROM bulletin.table_3 WHERE month = '2015-03-01'$$,
    $$VALUES ('东', 1::bigint, 1::bigint), ('东', 1, 1), ('合计', 2, 2)$$, 'no row for others where table 3 has none');
SELECT is(text_of(2, 1), '截至2015年3月底，各区县站点用户累计学习8小时。本月站点用户共学习8小时，上月无可比基数；'
    '其中农村站点3.00小时，占37.50%；其他站点5.00小时，占62.50%。', 'the parts are told');
SELECT is(text_of(2, 2), '学习总时长居前的区县是东2.00小时和东1.00小时，其他（区县不详）站点5.00小时。', 'and where they are');
SELECT is(text_of(2, 3), '从站点参学情况看，农村站点参学率100.00%，居前的区县是东100.00%和东100.00%。', 'who attended');
SELECT is(text_of(2, 4), '学习时长最长的站点是（名称不详），为5.00小时，其次是乙（2.00小时）和甲（1.00小时）。', 'a station without a name');
UPDATE member SET district_id = 99;
SELECT is(text_of(2, 2), '其他（区县不详）站点8.00小时。', 'no district');
SELECT is(text_of(2, 3), '从站点参学情况看，农村站点参学率100.00%。', 'and no list of districts');
UPDATE learning_session SET seconds = CASE member_id WHEN 3 THEN 18 ELSE 9 END;
SELECT is(text_of(2, 1), '截至2015年3月底，各区县站点用户累计学习0.01小时。本月站点用户共学习0.02小时，上月无可比基数；'
    '其中农村站点0.01小时，占50.00%；其他站点0.01小时，占50.00%。', 'little');
UPDATE learning_session SET seconds = 8;
UPDATE member SET org_type = member_id::text;
SELECT is(text_of(2, 1), '截至2015年3月底，各区县站点用户累计学习0.01小时。本月站点用户共学习0.01小时，上月无可比基数；'
    '其中其他站点0.01小时，占100.00%。', 'unknown kinds are one');
DELETE FROM learning_session WHERE member_id > 1;
SELECT is(text_of(2, 1), '截至2015年3月底，各区县站点用户累计学习0小时。本月站点用户共学习0.00小时。', 'next to nothing');

-- Equals, more of them than a ranking has places.
CALL leave($$INSERT INTO course_click SELECT NULL, i, '2015-03-01 10:00+08' FROM generate_series(1, 12) i;
    INSERT INTO course SELECT i, '课' || i, '类' || i, NULL FROM generate_series(1, 4) i;
    INSERT INTO topic_view SELECT i, '2015-03-01 10:00+08' FROM generate_series(1, 3) i;
    INSERT INTO article_view SELECT i, '2015-03-01 10:00+08' FROM generate_series(1, 3) i;
    INSERT INTO article VALUES (1, '文', 1), (2, '章', 2);
    INSERT INTO site_column VALUES (1, '甲', 'text'), (2, '乙', 'text');
    INSERT INTO member VALUES (1, '农村', true, NULL, NULL, '2015-03-05 09:00+08');
    INSERT INTO village_post VALUES (1, '2015-03-05 09:00+08'), (2, '2015-03-05 09:00+08');
    INSERT INTO forum_post VALUES (1, '2015-03-05 09:00+08'); INSERT INTO blog_post VALUES (1, '2015-03-05 09:00+08');
    INSERT INTO report VALUES (1, '2015-03-05 09:00+08')$$);
SELECT is(text_of(3, 2), '从课程类别看，点播次数居前的是其他类8次、类1类1次、类2类1次、类3类1次和类4类1次。', 'courses that are not on file');
SELECT is(text_of(3, 3), '本月视频课程中，《课1》、《课2》、《课3》等并列最多，均为1次。', 'as many equals as nobody counts');
SELECT is(text_of(4, 2), '从图文信息看，《文》、《章》和（名称不详）并列最多，均为1次。', 'no column is first when one is not known');
DELETE FROM article_view WHERE article_id = 3;
SELECT is(text_of(4, 2), '从图文信息看，浏览次数居前的文章以“甲”和“乙”栏目最多；《文》和《章》并列最多，均为1次。', 'two columns are');
SELECT is(text_of(5, 1), '本月论坛新增帖子1篇，其他（区县不详）1篇。', 'a post from nowhere');
SELECT is(text_of(5, 2), '本月论坛帖子被浏览3次，上月无可比基数；版块中，“其他”的浏览次数最多，为3次。', 'topics that are not on file');
SELECT is(text_of(5, 3), '本月博客新增博文1篇，其他（区县不详）1篇；从类别看，其他类最多，为1篇。', 'a blog that is not on file');
SELECT is(text_of(5, 4), '截至2015年3月底，村官栏目参与人数累计0人，发布信息累计2条；本月新增信息2条，话题中（名称不详）和（名称不详）并列最多，均为1条。', 'topics');
SELECT is(text_of(5, 5), '本季度各区县上报信息1篇，其中其他1篇。', 'a report from nowhere');
SELECT results_eq($$SELECT DISTINCT course FROM bulletin.table_6 WHERE month = '2015-03-01' ORDER BY 1$$,
    $$VALUES ('课1'), ('课2'), ('课3'), ('课4'), ('（名称不详）')$$, 'a course without a title has its place');

-- What was closed and never opened takes nobody else away.
CALL leave($$INSERT INTO member (member_id, org_type, allocated, name, registered_at, closed_at) VALUES
    (1, '农村', true, '甲', '2015-02-05 09:00+08', NULL), (2, '农村', true, '乙', NULL, '2015-02-05 09:00+08'),
    (3, '农村', true, '丙', 'infinity', '2015-02-05 09:00+08'), (4, '农村', true, '丁', '2015-03-05 09:00+08', '2015-01-05 09:00+08'),
    (5, '社区', true, '戊', '2015-03-05 09:00+08', '2015-03-05 09:00+08')$$);
SELECT results_eq($$SELECT month, org_type, users FROM bulletin.users WHERE month IN ('2015-01-01', '2015-02-01', '2015-03-01') ORDER BY 1, 2$$,
    $$VALUES (date '2015-02-01', '农村', 1::bigint), ('2015-03-01', '农村', 1), ('2015-03-01', '社区', 0)$$, 'users');
SELECT is((SELECT members FROM bulletin_data.closed_unopened), 3::bigint, 'and who never was one');
SELECT is(text_of(1, 1), '截至2015年3月底，平台实名注册用户共1个，与上月持平，其中集体用户1个、个人用户0个。集体用户由多到少依次为：农村用户1个（占100.00%）。', 'are told');
SELECT * FROM finish();
