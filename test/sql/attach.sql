-- attach and detach: what is checked, what is made, what is left behind.
\set SHOW_CONTEXT never
\pset format unaligned
\pset footer off
SET client_min_messages = warning;
SET jit = off;                          -- compiling the plans of small tables would take most of the time
SET timezone = 'America/New_York';      -- must not matter

CREATE FUNCTION public.catalog() RETURNS TABLE (schemas bigint, relations bigint, triggers bigint) LANGUAGE sql AS $$
    SELECT (SELECT count(*) FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp_'),
           (SELECT count(*) FROM pg_class WHERE relpersistence = 'p'), (SELECT count(*) FROM pg_trigger)
$$;

-- How many (metric, day, class, key) of a bulletin differ from what its sources say in plain SQL.
CREATE FUNCTION public.wrong(bulletin name) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    m record;
    n bigint;
    total bigint := 0;
BEGIN
    FOR m IN EXECUTE format('SELECT m.*, a.source AS platform, a.timezone FROM %1$I.metric m, %1$I.attachment a', bulletin || '_data') LOOP
        EXECUTE format($q$
            WITH truth AS (
                SELECT (s.%4$I AT TIME ZONE %5$L)::date AS day, coalesce(c.class, 0) AS class, s.%6$I::bigint AS key,
                       %7$s::numeric AS n
                FROM %2$I.%3$I s
                LEFT JOIN (SELECT x.member_id, k.class FROM %2$I.member x JOIN %1$I.class k
                               ON k.org_type IS NOT DISTINCT FROM x.org_type
                               AND k.account = CASE WHEN x.org_type IS NULL THEN 'individual' WHEN x.allocated THEN 'station'
                                                    ELSE 'registered' END) c
                    ON c.member_id = %8$s
                WHERE isfinite(s.%4$I) AND s.%6$I IS NOT NULL
                GROUP BY 1, 2, 3 HAVING %7$s > 0
            ), ours AS (
                SELECT a.day, a.class, e.key, e.count::numeric AS n
                FROM %1$I.activity a, edustats.each(a.tally) e WHERE a.metric = %9$L
            )
            SELECT count(*) FROM ((TABLE truth EXCEPT ALL TABLE ours) UNION ALL (TABLE ours EXCEPT ALL TABLE truth)) x
        $q$, bulletin || '_data', m.platform, m.source, m.time_column, m.timezone, m.key_column,
            coalesce('sum(s.' || quote_ident(m.weight_column) || ')', 'count(*)'), coalesce('s.' || quote_ident(m.member_column), 'NULL'),
            m.metric) INTO n;
        total := total + n;
    END LOOP;
    RETURN total;
END
$$;

-- Relations that bear a bulletin's triggers, and how many of these there are.
CREATE FUNCTION public.tracked(bulletin name) RETURNS TABLE (relations bigint, triggers bigint) LANGUAGE sql AS $$
    SELECT count(DISTINCT t.tgrelid), count(*) FROM pg_trigger t
    WHERE t.tgfoid = 'edustats.log_changes'::regproc
      AND t.tgargs = convert_to(bulletin || '_data', getdatabaseencoding()) || '\x00'::bytea
$$;

CREATE PROCEDURE public.fill(platform name) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('search_path', quote_ident(platform), true);
    INSERT INTO district SELECT i, 'D' || i, i FROM generate_series(1, 2) i;
    INSERT INTO member SELECT i, (ARRAY['农村', '社区', NULL])[1 + i % 3], i % 3 < 2 AND i % 2 = 0, 1 + i % 2, 'm' || i,
                              '2014-12-20 12:00+08'::timestamptz + i * interval '7 hours'
    FROM generate_series(1, 60) i;
    INSERT INTO learning_session SELECT 1 + i % 70, '2015-01-30 00:00+08'::timestamptz + i * interval '37 minutes', i % 900
    FROM generate_series(0, 200) i;
    INSERT INTO course_click SELECT 1 + i % 70, i % 9, '2015-01-30 00:00+08'::timestamptz + i * interval '41 minutes'
    FROM generate_series(0, 200) i;
END
$$;

-- A platform with nothing in it
CALL edustats.create_platform('platform');
CALL edustats.create_platform('platform');
CALL edustats.create_platform(NULL);
CALL public.fill('platform');
CREATE SCHEMA bare;
SELECT * FROM public.catalog() \gset before_

-- Errors: one each, and each names all that is wrong
CALL edustats.attach(source => 'nowhere');
CALL edustats.attach(source => NULL);
CALL edustats.attach(bulletin => NULL);
CALL edustats.attach(timezone => NULL);
CALL edustats.attach(bulletin => 'platform');
CALL edustats.attach(bulletin => 'bare');
CALL edustats.attach(bulletin => 'edustats');
CALL edustats.attach(bulletin => 'pg_bulletin');
CALL edustats.attach(timezone => 'Foo3');
CALL edustats.attach(source => 'bare', timezone => 'Mars/Olympus');
BEGIN ISOLATION LEVEL REPEATABLE READ;
CALL edustats.attach();
ROLLBACK;
CALL edustats.detach('bulletin');
CALL edustats.detach('bare');
CALL edustats.detach(NULL);

BEGIN;
CREATE TABLE bare.district (district_id text, name int, "position" numeric);
CREATE VIEW bare.member AS SELECT member_id, org_type, registered_at AT TIME ZONE 'UTC' AS registered_at FROM platform.member;
CREATE TABLE bare.learning_session (member_id varchar(9), started_at date, seconds numeric(10,2));
CREATE TABLE bare.course (course_id bigint, title text);
CREATE SEQUENCE bare.report;
CALL edustats.attach('bare');
ROLLBACK;

SELECT c.schemas - :before_schemas AS schemas, c.relations - :before_relations AS relations,
       c.triggers - :before_triggers AS triggers FROM public.catalog() c;

-- A schema that holds a copy of a rollup is no bulletin
CREATE TABLE bare.rollup (metric text, month date, day date, class smallint, tally edustats.tally);
CALL edustats.attach(bulletin => 'bare');
CALL edustats.detach('bare');
DROP TABLE bare.rollup;

-- Attached, twice
CALL edustats.attach();
SELECT public.wrong('bulletin');
SELECT * FROM bulletin_data.log ORDER BY metric;     -- one mark a metric
SELECT * FROM public.tracked('bulletin');
CALL edustats.refresh();
DELETE FROM platform.course_click WHERE course_id = 3 AND clicked_at < '2015-02-01';
CREATE FUNCTION public.attached(bulletin name) RETURNS TABLE (kind text, name text, body text) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY
    SELECT 'relation', format('%s %s %s', c.oid, c.relfilenode, c.relname),
           concat(c.relacl, CASE c.relkind WHEN 'v' THEN pg_get_viewdef(c.oid) END, obj_description(c.oid, 'pg_class'))
    FROM pg_class c WHERE c.relnamespace IN (quote_ident(bulletin)::regnamespace, quote_ident(bulletin || '_data')::regnamespace)
    UNION ALL
    SELECT 'function', format('%s %s', p.oid, p.oid::regprocedure), concat(p.proacl, p.proconfig, p.prosrc, pg_get_function_sqlbody(p.oid))
    FROM pg_proc p WHERE p.pronamespace = quote_ident(bulletin || '_data')::regnamespace
    UNION ALL
    SELECT 'trigger', t.oid::text, pg_get_triggerdef(t.oid) || t.tgenabled::text
    FROM pg_trigger t WHERE t.tgrelid::regclass::text LIKE 'platform.%' AND NOT t.tgisinternal
    UNION ALL
    SELECT 'schema', obj_description(n.oid, 'pg_namespace'), n.nspacl::text
    FROM pg_namespace n WHERE n.nspname IN (bulletin, bulletin || '_data');
    FOREACH name IN ARRAY ARRAY['attachment', 'metric', 'part', 'rollup', 'rollup_month', 'log', 'outside', 'refresh_error'] LOOP
        RETURN QUERY EXECUTE format('SELECT %L, t::text, NULL FROM %I.%I t', 'row of ' || name, bulletin || '_data', name);
    END LOOP;
END
$$;
CREATE TABLE public.first AS SELECT * FROM public.attached('bulletin');
CALL edustats.attach();
SELECT kind, count(*) > 0 AS some FROM public.attached('bulletin') GROUP BY kind ORDER BY kind;
(TABLE public.first EXCEPT ALL SELECT * FROM public.attached('bulletin'))
UNION ALL
(SELECT * FROM public.attached('bulletin') EXCEPT ALL TABLE public.first);
DROP TABLE public.first;

-- Two attachments to one platform, in zones of their own, and one to another platform
CALL edustats.attach(bulletin => 'york', timezone => 'america/new_york');
CALL edustats.create_platform('other');
CALL edustats.attach('other', 'third');
CALL public.fill('other');
UPDATE other.course_click SET course_id = 77 WHERE course_id = 2;
UPDATE platform.member SET org_type = '社区' WHERE member_id IN (2, 12);
SELECT public.wrong('bulletin') AS bulletin, public.wrong('york') AS york, public.wrong('third') AS third,
       (SELECT count(*) FROM (SELECT day, class, tally::text FROM bulletin_data.activity EXCEPT SELECT day, class, tally::text FROM york_data.activity) x) > 0 AS differ;
CALL edustats.refresh('york');
SELECT b.bulletin, b.data, t.* FROM edustats.attachment b CROSS JOIN LATERAL public.tracked(b.bulletin) t ORDER BY 1;
CALL edustats.detach('york');
INSERT INTO platform.course_click VALUES (1, 1, '2015-01-01 00:00+08'), (2, 1, '2015-03-01 00:00+08');
SELECT public.wrong('bulletin') AS bulletin, public.wrong('third') AS third, to_regnamespace('york') AS york,
       to_regnamespace('york_data') AS york_data, (SELECT triggers FROM public.tracked('york')) AS triggers;
CALL edustats.detach('third');

-- Triggers that were disabled for a while are told, and put right by attach: what was written meanwhile is found
CALL edustats.refresh();
ALTER TABLE platform.course_click DISABLE TRIGGER ALL;
DELETE FROM platform.course_click WHERE clicked_at < '2015-01-31';
ALTER TABLE platform.course_click ENABLE TRIGGER ALL;
SELECT metric, note FROM bulletin.refresh_status WHERE NOT tracked;
CALL edustats.attach();
SELECT public.wrong('bulletin'), (SELECT bool_and(tracked) FROM bulletin.refresh_status) AS tracked;

-- The zone, or the platform, of an attachment changes: it begins anew
CALL edustats.refresh();
CALL edustats.attach(timezone => 'Pacific/Apia');
SELECT public.wrong('bulletin'), (SELECT count(*) FROM bulletin_data.rollup) AS rollup;
CALL edustats.attach(source => 'other');
SELECT public.wrong('bulletin'), (SELECT relations FROM public.tracked('bulletin')) AS relations,
       (SELECT count(*) FROM pg_trigger WHERE tgfoid = 'edustats.log_changes'::regproc AND tgrelid::regclass::text LIKE 'platform.%') AS left_behind;
CALL edustats.attach();
CALL edustats.refresh();
DROP SCHEMA other CASCADE;

-- Odd names: of the bulletin and of the platform
CREATE PROCEDURE public.try_names(platform name, bulletin name) LANGUAGE plpgsql AS $$
DECLARE
    before record;
    changed bigint;
BEGIN
    CALL edustats.create_platform(platform);
    CALL public.fill(platform);
    SELECT * INTO before FROM public.catalog();
    CALL edustats.attach(platform, bulletin, 'Asia/Shanghai');
    changed := public.wrong(bulletin);
    EXECUTE format('DELETE FROM %I.learning_session WHERE member_id < 20', platform);
    EXECUTE format('TRUNCATE %I.course_click', platform);
    CALL edustats.attach(platform, bulletin, 'Asia/Shanghai');
    PERFORM edustats.as_owner(quote_ident(bulletin || '_data')::regnamespace, 'plan_refresh');
    RAISE INFO '"%" of "%": wrong % and %, triggers %', bulletin, platform, changed, public.wrong(bulletin), public.tracked(bulletin);
    CALL edustats.detach(bulletin);
    RAISE INFO 'left behind: %', (SELECT (c.schemas - before.schemas) + (c.relations - before.relations) + (c.triggers - before.triggers)
                                  FROM public.catalog() c);
    EXECUTE format('DROP SCHEMA %I CASCADE', platform);
END
$$;
CALL public.try_names('Weird "quoted" one', 'And "an other"');
CALL public.try_names('it''s', 'UPPER');
CALL public.try_names('back\slash', 'back\000slash\');
CALL public.try_names('学习平台', '统计通报');
CALL public.try_names(repeat('x', 63), repeat('y', 58));
CALL public.try_names(repeat('学', 21), repeat('报', 19));
CALL edustats.attach(bulletin => repeat('y', 59)::name);
CALL edustats.attach(bulletin => repeat('报', 20)::name);
CALL public.try_names('a%sb', '$1');

-- Two bulletins with long names that differ in the last byte only; and names that look alike put together
CALL edustats.attach(bulletin => (repeat('z', 57) || '1')::name);
CALL edustats.attach(bulletin => (repeat('z', 57) || '2')::name);
SELECT right(b.bulletin, 1) AS bulletin, t.* FROM edustats.attachment b CROSS JOIN LATERAL public.tracked(b.bulletin) t
WHERE b.bulletin LIKE 'zzz%' ORDER BY 1;
SELECT count(DISTINCT t.tgname) AS names FROM pg_trigger t
WHERE t.tgrelid = 'platform.course_click'::regclass AND t.tgfoid = 'edustats.log_changes'::regproc;
CALL edustats.detach((repeat('z', 57) || '1')::name);
CALL edustats.detach((repeat('z', 57) || '2')::name);
CALL edustats.attach(bulletin => 'b');
CALL edustats.attach(bulletin => 'b_day');
INSERT INTO b_data.metric (metric, source, time_column, key_column, weight_column, member_column, unit, label) VALUES
    ('clicks', 'course_click', 'clicked_at', 'course_id', NULL, NULL, 'clicks', ''),
    ('day_clicks', 'course_click', 'clicked_at', 'member_id', NULL, NULL, 'clicks', '');
INSERT INTO b_day_data.metric SELECT * FROM b_data.metric WHERE metric IN ('clicks', 'day_clicks');
CALL edustats.attach(bulletin => 'b');         -- the other one is taken up by its refresh
SELECT b.bulletin, t.* FROM edustats.attachment b CROSS JOIN LATERAL public.tracked(b.bulletin) t ORDER BY 1;
CALL edustats.refresh('b');
CALL edustats.refresh('b_day');
INSERT INTO platform.course_click VALUES (1, 1, '2015-02-03 12:00+08');
SELECT metric, first, lookup FROM b_data.log ORDER BY 1;
SELECT metric, first, lookup FROM b_day_data.log ORDER BY 1;
SELECT public.wrong('b'), public.wrong('b_day');
CALL edustats.detach('b');
CALL edustats.detach('b_day');

-- Optional sources: what needs them is left out, and comes when they come
CREATE SCHEMA small;
CREATE TABLE small.district (LIKE platform.district INCLUDING ALL);
CREATE TABLE small.member (LIKE platform.member INCLUDING ALL);
SET client_min_messages = notice;
CALL edustats.attach('small', 'tiny');
SELECT string_agg(metric, ', ') AS metrics FROM tiny_data.metric;
SELECT count(*) AS "users", (SELECT count(*) FROM tiny.headline) > 0 AS headline FROM tiny.users;
CREATE VIEW tiny.monthly_of_mine AS SELECT * FROM tiny.table_1;
CREATE VIEW small.learning_session AS SELECT * FROM platform.learning_session;
CREATE TABLE small.course_click (LIKE platform.course_click);
CALL edustats.attach('small', 'tiny');
SELECT metric, tracked, note, dirty_days > 0 AS dirty FROM tiny.refresh_status ORDER BY metric;
SELECT public.wrong('tiny');
SET client_min_messages = warning;
SELECT count(*) AS learned FROM tiny.learning_hours;
-- and go when they go; only a view of the user's own is in the way
DROP TABLE small.course_click CASCADE;
ALTER VIEW small.learning_session RENAME TO learning;
CREATE VIEW tiny.dirty_of_mine AS SELECT * FROM tiny.table_2;
CALL edustats.attach('small', 'tiny');
DROP VIEW tiny.dirty_of_mine;
CALL edustats.attach('small', 'tiny');
SELECT to_regclass('tiny.learning_hours') AS learning_hours, to_regclass('tiny.activity_learning') AS activity_learning,
       to_regclass('tiny.course_clicks') AS course_clicks, to_regclass('tiny.monthly_of_mine') AS of_mine;
CALL edustats.detach('tiny');
DROP SCHEMA small CASCADE;

-- Sources of every kind
CREATE SCHEMA base;
CREATE SCHEMA sources;
CREATE DOMAIN base.id AS integer CHECK (value > 0);
CREATE DOMAIN base.moment AS timestamptz;
CREATE DOMAIN base.later AS base.moment NOT NULL;
CREATE TABLE base.area (no smallint, title varchar(10), place int);
CREATE TABLE base.account (no integer PRIMARY KEY, kind varchar(20), given boolean, area smallint, title char(8), opened timestamp);
INSERT INTO base.area SELECT i, 'D' || i, i FROM generate_series(1, 3) i;
INSERT INTO base.account SELECT i, (ARRAY['农村', '社区', NULL])[1 + i % 3], i % 2 = 0, 1 + i % 3, 'm' || i,
    '2015-01-01'::timestamp + i * interval '5 hours' FROM generate_series(1, 50) i;
CREATE VIEW sources.district AS SELECT no AS district_id, title AS name, place AS position FROM base.area;
CREATE MATERIALIZED VIEW sources.member AS
SELECT no AS member_id, kind AS org_type, given AS allocated, area AS district_id, title AS name,
       opened AT TIME ZONE 'Asia/Shanghai' AS registered_at, NULL::timestamptz AS closed_at FROM base.account;
CREATE TABLE sources.learning_session (member_id base.id, seconds base.id, started_at base.later);
CREATE TABLE sources.course_click (clicked_at timestamptz, member_id int, course_id smallint) PARTITION BY RANGE (clicked_at);
CREATE TABLE base.click_a (course_id smallint, clicked_at timestamptz, gone text, member_id int);
ALTER TABLE base.click_a DROP gone;
ALTER TABLE sources.course_click ATTACH PARTITION base.click_a FOR VALUES FROM ('2015-01-01') TO ('2015-02-01');
CREATE TABLE base.click_b PARTITION OF sources.course_click DEFAULT PARTITION BY LIST (course_id);
CREATE TABLE base.click_b1 PARTITION OF base.click_b DEFAULT;
CREATE EXTENSION postgres_fdw;
DO $$ BEGIN
    EXECUTE format('CREATE SERVER loopback FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname %L, host %L, port %L)',
        current_database(), split_part(current_setting('unix_socket_directories'), ',', 1), current_setting('port'));
    EXECUTE format('CREATE USER MAPPING FOR CURRENT_USER SERVER loopback OPTIONS (user %L)', current_user);
END $$;
CREATE TABLE base.visit (no bigint, at timestamptz);
CREATE FOREIGN TABLE sources.column_visit (column_id bigint OPTIONS (column_name 'no'), visited_at timestamptz OPTIONS (column_name 'at'))
    SERVER loopback OPTIONS (schema_name 'base', table_name 'visit');
CREATE TABLE sources.site_column (column_id bigint, name varchar, medium name);
INSERT INTO sources.course_click SELECT '2015-01-25+08'::timestamptz + i * interval '3 hours', i % 60, i % 7 FROM generate_series(1, 100) i;
INSERT INTO base.visit SELECT i % 4, '2015-01-25+08'::timestamptz + i * interval '3 hours' FROM generate_series(1, 100) i;
SET client_min_messages = notice;
CALL edustats.attach('sources', 'various');
SET client_min_messages = warning;
INSERT INTO sources.learning_session SELECT 1 + i % 50, 1 + i, '2015-02-01+08'::timestamptz + i * interval '3 hours' FROM generate_series(1, 100) i;
UPDATE sources.learning_session SET seconds = seconds + 1 WHERE member_id = 7;
INSERT INTO base.click_b1 VALUES ('2016-01-01', 1, 1);
SELECT public.wrong('various');
CALL edustats.refresh('various');
SELECT metric, tracked, note, dirty_days FROM various.refresh_status ORDER BY metric;
UPDATE base.click_a SET course_id = 9 WHERE course_id = 5;
DELETE FROM sources.learning_session WHERE member_id = 3;
INSERT INTO base.visit SELECT i, now() FROM generate_series(1, 9) i;
SELECT public.wrong('various');
-- nobody sees a late row of a foreign table, so it needs to be told
INSERT INTO base.visit VALUES (1, '2015-01-26 12:00+08');
SELECT public.wrong('various') AS before;
CALL edustats.invalidate('various', 'column_visits', '[2015-01-26,2015-01-27)');
SELECT public.wrong('various') AS after;
CALL edustats.refresh('various');
SELECT public.wrong('various') AS refreshed;
SELECT public.wrong('bulletin') AS bulletin;

-- A source of another type: views are made anew, and keep their readers
CREATE ROLE regress_edustats_reader;
GRANT SELECT ON various.learning_hours TO regress_edustats_reader WITH GRANT OPTION;
GRANT SELECT ON various.table_1 TO PUBLIC;
CREATE VIEW base.mine AS SELECT * FROM various.station_learning;
CREATE SCHEMA wider;
CREATE VIEW wider.district AS SELECT no::bigint AS district_id, title::text AS name, place AS position FROM base.area;
CREATE VIEW wider.member AS SELECT * FROM sources.member;
CREATE VIEW wider.learning_session AS SELECT * FROM sources.learning_session;
CALL edustats.attach('wider', 'various');
DROP VIEW base.mine;
CALL edustats.attach('wider', 'various');
SELECT c.relname, a.grantee::text::int <> 0 AS role, a.privilege_type, a.is_grantable
FROM pg_class c, aclexplode(c.relacl) a
WHERE c.relnamespace = 'various'::regnamespace AND a.grantee <> c.relowner ORDER BY 1;
SELECT public.wrong('various');
CALL edustats.detach('various');
DROP EXTENSION postgres_fdw CASCADE;
DROP SCHEMA wider, sources, base CASCADE;
DROP ROLE regress_edustats_reader;

-- Metrics of the user's own
INSERT INTO bulletin_data.metric (metric, source, time_column, key_column, weight_column, member_column, unit, label) VALUES ('Bad Name', 'course_click', 'clicked_at', 'course_id', NULL, NULL, 'clicks', '');
INSERT INTO bulletin_data.metric (metric, source, time_column, key_column, weight_column, member_column, unit, label) VALUES ('users', 'course_click', 'clicked_at', 'course_id', NULL, NULL, 'clicks', '');
INSERT INTO bulletin_data.metric (metric, source, time_column, key_column, weight_column, member_column, unit, label) VALUES
    ('bad_column', 'course_click', 'clicked', 'course_id', NULL, 'who', 'clicks', ''),
    ('bad_type', 'member', 'registered_at', 'name', 'allocated', NULL, 'members', '');
CALL edustats.attach();
DELETE FROM bulletin_data.metric WHERE metric LIKE 'bad%';
INSERT INTO bulletin_data.metric (metric, source, time_column, key_column, weight_column, member_column, unit, label) VALUES
    ('sign_ups', 'member', 'registered_at', 'district_id', NULL, 'member_id', 'members', 'by district'),
    ('nowhere', 'no_such_source', 'at', 'id', NULL, NULL, 'rows', '');
SET client_min_messages = notice;
CALL edustats.attach();
SET client_min_messages = warning;
SELECT tracked, note, dirty_days FROM bulletin.refresh_status WHERE metric = 'nowhere';
DELETE FROM bulletin_data.metric WHERE metric = 'nowhere';
SELECT public.wrong('bulletin'), (SELECT sum(edustats.total(tally)) FROM bulletin_data.activity WHERE metric = 'sign_ups') AS sign_ups,
       (SELECT max(cumulative) FROM bulletin.headline WHERE metric = 'sign_ups') AS cumulative;
CALL edustats.refresh();
UPDATE platform.member SET district_id = 3 - district_id WHERE member_id < 9;
SELECT public.wrong('bulletin');
UPDATE bulletin_data.metric SET key_column = 'member_id' WHERE metric = 'sign_ups';
SELECT public.wrong('bulletin');
CALL edustats.attach();
SELECT public.wrong('bulletin'), (SELECT count(*) FROM bulletin_data.rollup WHERE metric = 'sign_ups') AS rollup;
DELETE FROM bulletin_data.metric WHERE metric = 'sign_ups';
CALL edustats.attach();
SELECT count(*) FROM bulletin_data.activity WHERE metric = 'sign_ups';
SELECT count(*) AS left_behind FROM pg_class WHERE relname LIKE '%sign_ups%';
SELECT (SELECT count(*) FROM bulletin_data.part WHERE metric = 'sign_ups') + (SELECT count(*) FROM bulletin_data.log WHERE metric = 'sign_ups')
       + (SELECT count(*) FROM bulletin_data.rollup_month WHERE metric = 'sign_ups') AS left_behind;

-- The bulletin's schema dropped by hand: writes go on being logged, and attach makes it again
CALL edustats.refresh();
DROP SCHEMA bulletin CASCADE;
INSERT INTO platform.report VALUES (1, '2015-01-01');
SELECT * FROM bulletin_data.log;
CALL edustats.attach();
SELECT public.wrong('bulletin'), (SELECT count(*) FROM bulletin.headline) > 0 AS headline;
-- The data dropped by hand: writers are warned, not stopped
DROP SCHEMA bulletin_data CASCADE;
INSERT INTO platform.report VALUES (1, '2015-01-01');
CALL edustats.detach('bulletin');
INSERT INTO platform.report VALUES (1, '2015-01-01');
SELECT * FROM public.tracked('bulletin');
CALL edustats.attach();                 -- what is left has the name
DROP SCHEMA bulletin CASCADE;

-- The extension goes only with the attachments, and never takes the platform's data
CALL edustats.attach();
SET client_min_messages = warning;
\set VERBOSITY terse
DROP EXTENSION edustats;
\set VERBOSITY default
BEGIN;
DROP EXTENSION edustats CASCADE;
SELECT (SELECT count(*) FROM platform.learning_session) AS learning, (SELECT count(*) FROM platform.course_click) AS clicks,
       (SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text <> 'bulletin_data.published') AS triggers;
INSERT INTO platform.report VALUES (1, '2015-01-01');
ROLLBACK;
CALL edustats.detach('bulletin');

DROP SCHEMA platform, bare CASCADE;
DROP PROCEDURE public.fill, public.try_names;
DROP FUNCTION public.wrong, public.tracked, public.attached, public.catalog;
