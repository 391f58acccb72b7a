-- attach and detach: what is checked, what is made, what is left behind.
\set SHOW_CONTEXT never
\pset format unaligned
\pset footer off
SET client_min_messages = warning;
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
    FOR m IN EXECUTE format('SELECT m.*, a.source AS platform, a.timezone FROM %1$I.metric m, %1$I.attachment a', bulletin) LOOP
        EXECUTE format($q$
            WITH truth AS (
                SELECT (s.%4$I AT TIME ZONE %5$L)::date AS day, coalesce(c.class, 0) AS class, s.%6$I::bigint AS key,
                       %7$s::numeric AS n
                FROM %2$I.%3$I s
                LEFT JOIN (SELECT x.member_id, k.class FROM %2$I.member x JOIN edustats.class k
                               ON k.org_type IS NOT DISTINCT FROM x.org_type
                               AND k.account = CASE WHEN x.org_type IS NULL THEN '个人用户' WHEN x.allocated THEN '站点用户'
                                                    ELSE '非站点用户' END) c
                    ON c.member_id = %8$s
                WHERE isfinite(s.%4$I) AND s.%6$I IS NOT NULL
                GROUP BY 1, 2, 3 HAVING %7$s > 0
            ), ours AS (
                SELECT a.day, a.class, e.key, e.count::numeric AS n
                FROM %1$I.activity a, edustats.each(a.tally) e WHERE a.metric = %9$L
            )
            SELECT count(*) FROM ((TABLE truth EXCEPT ALL TABLE ours) UNION ALL (TABLE ours EXCEPT ALL TABLE truth)) x
        $q$, bulletin, m.platform, m.source, m.time_column, m.timezone, m.key_column,
            coalesce('sum(s.' || quote_ident(m.weight_column) || ')', 'count(*)'), coalesce('s.' || quote_ident(m.member_column), 'NULL'),
            m.metric) INTO n;
        total := total + n;
    END LOOP;
    RETURN total;
END
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
SELECT public.wrong('bulletin'), (SELECT count(*) > 0 FROM bulletin.dirty) AS dirty;
CALL edustats.refresh();
DELETE FROM platform.course_click WHERE course_id = 3 AND clicked_at < '2015-02-01';
CREATE FUNCTION public.attached(bulletin name) RETURNS TABLE (kind text, name text, body text) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY
    SELECT 'relation', format('%s %s %s', c.oid, c.relfilenode, c.relname),
           concat(c.relacl, CASE c.relkind WHEN 'v' THEN pg_get_viewdef(c.oid) END, obj_description(c.oid, 'pg_class'))
    FROM pg_class c WHERE c.relnamespace = quote_ident(bulletin)::regnamespace
    UNION ALL
    SELECT 'trigger', t.oid::text, pg_get_triggerdef(t.oid) || t.tgenabled::text
    FROM pg_trigger t WHERE t.tgrelid::regclass::text LIKE 'platform.%' AND NOT t.tgisinternal
    UNION ALL
    SELECT 'schema', obj_description(quote_ident(bulletin)::regnamespace, 'pg_namespace'), NULL;
    FOREACH name IN ARRAY ARRAY['attachment', 'metric', 'rollup', 'rollup_month', 'dirty', 'refresh_error'] LOOP
        RETURN QUERY EXECUTE format('SELECT %L, t::text, NULL FROM %I.%I t', 'row of ' || name, bulletin, name);
    END LOOP;
END
$$;
CREATE TABLE public.first AS SELECT * FROM public.attached('bulletin');
CALL edustats.attach();
SELECT kind, count(*) > 0 AS some FROM public.attached('bulletin') WHERE kind !~ 'row of refresh_error' GROUP BY kind ORDER BY kind;
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
       (SELECT count(*) FROM (SELECT day, class, tally::text FROM bulletin.activity EXCEPT SELECT day, class, tally::text FROM york.activity) x) > 0 AS differ;
CALL edustats.refresh('york');
SELECT b.bulletin, (SELECT count(DISTINCT k.metric) FROM edustats.marker k WHERE k.bulletin = b.bulletin) AS marked
FROM edustats.attachment b ORDER BY 1;
CALL edustats.detach('york');
INSERT INTO platform.course_click VALUES (1, 1, '2015-01-01 00:00+08'), (2, 1, '2015-03-01 00:00+08');
SELECT public.wrong('bulletin') AS bulletin, public.wrong('third') AS third, to_regnamespace('york') AS york,
       (SELECT count(*) FROM edustats.marker WHERE bulletin = 'york') AS markers;
CALL edustats.detach('third');

-- The zone, or the platform, of an attachment changes: it begins anew
CALL edustats.refresh();
CALL edustats.attach(timezone => 'Pacific/Apia');
SELECT public.wrong('bulletin'), (SELECT count(*) FROM bulletin.rollup) AS rollup;
CALL edustats.attach(source => 'other');
SELECT public.wrong('bulletin'), (SELECT count(*) FROM edustats.marker WHERE relation::text LIKE 'platform.%') AS markers;
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
    PERFORM edustats.as_owner(bulletin, format('SELECT edustats.refresh_plan(%L)', bulletin));
    RAISE INFO '"%" of "%": wrong % and %, markers %', bulletin, platform, changed, public.wrong(bulletin),
        (SELECT count(*) FROM edustats.marker m WHERE m.bulletin = try_names.bulletin);
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
CALL public.try_names(repeat('x', 63), repeat('y', 63));
CALL public.try_names(repeat('学', 21), repeat('报', 21));
CALL public.try_names('a%sb', '$1');

-- Two bulletins with long names that differ in the last byte only; and names that look alike put together
CALL edustats.attach(bulletin => (repeat('z', 62) || '1')::name);
CALL edustats.attach(bulletin => (repeat('z', 62) || '2')::name);
SELECT right(bulletin, 1) AS bulletin, count(*) AS markers, count(DISTINCT name) AS names
FROM edustats.marker WHERE bulletin LIKE 'zzz%' GROUP BY bulletin ORDER BY bulletin;
CALL edustats.detach((repeat('z', 62) || '1')::name);
CALL edustats.detach((repeat('z', 62) || '2')::name);
INSERT INTO edustats.metric VALUES
    ('clicks', 'course_click', 'clicked_at', 'course_id', NULL, NULL, 'clicks', '', false),
    ('day_clicks', 'course_click', 'clicked_at', 'member_id', NULL, NULL, 'clicks', '', false);
CALL edustats.attach(bulletin => 'b');
CALL edustats.attach(bulletin => 'b_day');
SELECT bulletin, metric, count(*) FROM edustats.marker WHERE metric LIKE '%clicks' GROUP BY 1, 2 ORDER BY 1, 2;
CALL edustats.detach('b');
CALL edustats.detach('b_day');
DELETE FROM edustats.metric WHERE NOT builtin;
