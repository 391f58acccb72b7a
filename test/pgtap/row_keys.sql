-- What tells the rows of a documented view from each other: one row a key in every month, on the bulletin of March 2015 and on
-- platforms that keep no promises.
\ir ../march_2015.sql
\set ON_ERROR_STOP on
SET client_min_messages TO warning;
SELECT no_plan();

-- Views whose key is none, up to a month: rows that have it twice, NULLs being equal, or columns that are not there.
CREATE FUNCTION shared_keys(last date DEFAULT 'infinity') RETURNS TABLE (name text, shared bigint) LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    FOR v IN SELECT * FROM bulletin_data.our_views('platform', 'bulletin') o WHERE o.schema = 'bulletin' AND o.view IS NOT NULL LOOP
        EXECUTE format('SELECT count(*) FROM (SELECT FROM %s %s GROUP BY %s HAVING count(*) > 1) g', v.view,
                       CASE WHEN v.name IN ('page', 'failure') THEN 'WHERE month BETWEEN ''2014-11-01'' AND ''2015-06-01'''          -- these take long
                            WHEN 'month' = ANY (v.key) AND isfinite(last) THEN format('WHERE month <= %L', last) END,
                       (SELECT string_agg(quote_ident(k), ', ') FROM unnest(v.key) k)) INTO shared;
        name := v.name;
        IF shared > 0 THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END $$;
SELECT is_empty($$SELECT v.name FROM bulletin_data.our_views('platform', 'bulletin') v WHERE (v.schema = 'bulletin') IS DISTINCT FROM (v.key IS NOT NULL)$$, 'each documented view has a key, and no other');
SELECT is_empty($$SELECT v.name FROM bulletin_data.our_views('platform', 'bulletin') v WHERE v.schema = 'bulletin' AND (v.name = 'refresh_status') = ('month' = ANY (v.key))$$,
    'the month is in it, but for refresh_status');
SELECT is_empty('SELECT * FROM shared_keys()', 'March 2015');

-- Ids beside names: what they say is what the sources say
SET search_path TO platform, public;
SELECT set_eq(format('SELECT %s FROM bulletin.%s v WHERE v.month = ''2015-03-01''', f.columns, f.view), f.truth, f.view)
FROM (VALUES
    ('course_clicks', 'v.course_id, v.course, (sum(v.clicks) OVER (PARTITION BY v.course_id))::bigint',
     $$SELECT DISTINCT course_id, c.title, count(*) OVER (PARTITION BY course_id) FROM course_click LEFT JOIN course c USING (course_id)
       WHERE clicked_at >= '2015-03-01+08' AND clicked_at < '2015-04-01+08'$$),
    ('column_visits', 'v.column_id, v.column_name, v.visits',
     $$SELECT v.column_id, c.name, count(*) FROM column_visit v LEFT JOIN site_column c USING (column_id) WHERE v.visited_at >= '2015-03-01+08' AND v.visited_at < '2015-04-01+08' GROUP BY 1, 2$$),
    ('article_views', 'v.article_id, v.article, v.column_id, v.column_name, v.views',
     $$SELECT v.article_id, a.title, a.column_id, c.name, count(*) FROM article_view v LEFT JOIN article a USING (article_id) LEFT JOIN site_column c ON c.column_id = a.column_id
       WHERE v.viewed_at >= '2015-03-01+08' AND v.viewed_at < '2015-04-01+08' GROUP BY 1, 2, 3, 4$$),
    ('topic_views', 'v.topic_id, v.topic, v.views',
     $$SELECT v.topic_id, t.title, count(*) FROM topic_view v LEFT JOIN topic t USING (topic_id) WHERE v.viewed_at >= '2015-03-01+08' AND v.viewed_at < '2015-04-01+08' GROUP BY 1, 2$$),
    ('village_activity', 'v.topic_id, v.topic, v.posts',
     $$SELECT v.topic_id, t.title, count(*) FROM village_post v LEFT JOIN village_topic t USING (topic_id) WHERE v.posted_at >= '2015-03-01+08' AND v.posted_at < '2015-04-01+08' GROUP BY 1, 2$$),
    ('station_learning', 'v.member_id, v.station, v.hours',
     $$SELECT l.member_id, m.name, round(sum(l.seconds) / 3600.0, 2) FROM learning_session l JOIN member m USING (member_id)
       WHERE m.allocated AND m.org_type IS NOT NULL AND l.started_at >= '2015-03-01+08' AND l.started_at < '2015-04-01+08' GROUP BY 1, 2 HAVING sum(l.seconds) > 0$$)) f(view, columns, truth);

-- 2. Platforms that keep no promises: keys lead nowhere, names are missing or the same
\ir ../unchecked.sql
CREATE FUNCTION number(most integer) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT floor(random() * $1)::integer + 1';
CREATE FUNCTION pick(VARIADIC names text[]) RETURNS text LANGUAGE sql VOLATILE AS 'SELECT names[number(cardinality(names))]';
CREATE FUNCTION moment() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    $$SELECT timestamptz '2015-01-20 00:00+08' + floor(random() * 80) * interval '1 day' + floor(random() * 86400) * interval '1 second'$$;
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
                 AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)) LOOP
        EXECUTE ddl;
    END LOOP;
    FOR ddl IN SELECT 'TRUNCATE ' || c.oid::regclass || ' CASCADE' FROM pg_class c WHERE c.relnamespace = 'platform'::regnamespace AND c.relkind = 'r' LOOP
        EXECUTE ddl;
    END LOOP;
END $$;
SELECT setseed(0.12);
INSERT INTO district SELECT i, pick('东', '东', '西', '', ' ', NULL), number(3) FROM generate_series(1, 9) i;
INSERT INTO member (member_id, org_type, allocated, district_id, name, registered_at, closed_at)
SELECT i, pick('农村', '社区', '高校', '学校', '其他', 'Other', '  ', repeat('z', 300), NULL), random() < 0.6, nullif(number(13), 13), pick('甲', '乙', '', NULL), moment(),
       CASE WHEN random() < 0.1 THEN moment() END FROM generate_series(1, 150) i;
INSERT INTO station_fitness SELECT number(160), '2015-01-01' FROM generate_series(1, 200) ON CONFLICT DO NOTHING;
INSERT INTO course SELECT i, pick('课', '程', NULL), pick('甲', '', NULL), pick('市', NULL) FROM generate_series(1, 20) i;
INSERT INTO site_column SELECT i, pick('栏', '目', NULL), pick('video', 'text', 'audio', NULL) FROM generate_series(1, 10) i;
INSERT INTO article SELECT i, pick('文', '章', NULL), nullif(number(14), 14) FROM generate_series(1, 20) i;
INSERT INTO topic SELECT i, pick('话', '题', NULL), pick('版', NULL) FROM generate_series(1, 20) i;
INSERT INTO village_topic SELECT i, pick('话', '题', NULL) FROM generate_series(1, 20) i;
INSERT INTO blog SELECT i, number(170), pick('甲', '乙', '', NULL) FROM generate_series(1, 30) i;
INSERT INTO learning_session SELECT number(160), moment(), number(9000) - 1 FROM generate_series(1, 1500);
INSERT INTO course_click SELECT nullif(number(160), 160), number(25), moment() FROM generate_series(1, 1500);
INSERT INTO column_visit SELECT number(14), moment() FROM generate_series(1, 500);
INSERT INTO article_view SELECT number(25), moment() FROM generate_series(1, 500);
INSERT INTO topic_view SELECT number(25), moment() FROM generate_series(1, 500);
INSERT INTO forum_post SELECT nullif(number(160), 160), moment() FROM generate_series(1, 500);
INSERT INTO blog_post SELECT number(35), moment() FROM generate_series(1, 500);
INSERT INTO village_post SELECT number(25), moment() FROM generate_series(1, 500);
INSERT INTO report SELECT number(14), moment() FROM generate_series(1, 300);
SELECT is_empty('SELECT * FROM shared_keys(''2015-06-01'')', 'a platform that keeps no promises, not refreshed');
SELECT cmp_ok((SELECT count(*) FROM bulletin.reports WHERE district_id IS NULL), '>', 0::bigint, 'with reports from nowhere');
CALL edustats.attach();
CALL edustats.refresh();
SELECT is_empty('SELECT * FROM shared_keys(''2015-06-01'')', 'refreshed');

-- What is counted by no class by itself may be, if the owner says so
ALTER TABLE column_visit ADD who bigint;
ALTER TABLE article_view ADD who bigint;
ALTER TABLE topic_view ADD who bigint;
ALTER TABLE village_post ADD who bigint;
ALTER TABLE report ADD who bigint;
UPDATE column_visit SET who = number(160);
UPDATE article_view SET who = number(160);
UPDATE topic_view SET who = number(160);
UPDATE village_post SET who = number(160);
UPDATE report SET who = number(160);
UPDATE bulletin_data.metric SET member_column = 'who' WHERE source IN ('column_visit', 'article_view', 'topic_view', 'village_post', 'report');
CALL edustats.attach();
CALL edustats.refresh();
SELECT cmp_ok((SELECT count(DISTINCT class) FROM bulletin_data.monthly WHERE metric = 'topic_views'), '>', 5::bigint, 'metrics have members');
SELECT is_empty('SELECT * FROM shared_keys(''2015-06-01'')', 'and rows are of all members together');
SELECT is((SELECT sum(views) FROM bulletin.topic_views), 500::numeric, 'none is lost');

-- Words that are the same
UPDATE bulletin_data.label SET label = '农村' WHERE name IN ('other', 'station', 'registered');
SELECT is_empty('SELECT * FROM shared_keys(''2015-06-01'')', 'others, and sorts of accounts, are called as a kind is');
SELECT is((SELECT sum(users) FROM bulletin.users WHERE month = '2015-03-01'), (SELECT value FROM bulletin.headline WHERE month = '2015-03-01' AND metric = 'users'), 'no user is lost');
SELECT is((SELECT sum(hours) FROM bulletin.learning_hours WHERE month = '2015-03-01'), (SELECT value FROM bulletin.headline WHERE month = '2015-03-01' AND metric = 'learning_hours'), 'no hour');
UPDATE bulletin_data.label SET label = 'Other' WHERE name = 'other';
SELECT is_empty('SELECT * FROM shared_keys(''2015-06-01'')', 'a kind that has its row by now');
CALL edustats.refresh();
SELECT is_empty('SELECT * FROM shared_keys(''2015-06-01'')', 'refreshed');
SELECT * FROM finish();
