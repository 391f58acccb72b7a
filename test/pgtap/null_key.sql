-- Rows without a key, which a metric counts under a key of their own if it says so: over tables, views that are seen through, arms of
-- UNION ALL, keys made of texts, and a view that can't be seen through; after every write, before a refresh and after.
\set ON_ERROR_STOP on
SET client_min_messages TO error;
CREATE EXTENSION edustats;
SELECT no_plan();
CREATE SCHEMA platform;
CREATE SCHEMA app;
CREATE TABLE platform.district (district_id int PRIMARY KEY, name text, position int);
CREATE TABLE platform.member (member_id bigint PRIMARY KEY, org_type text, allocated boolean, district_id int, name text, registered_at timestamptz, closed_at timestamptz);
CREATE TABLE app.event (id int PRIMARY KEY, who bigint, k int, small smallint, t text, at timestamptz, n int, sort text);
CREATE INDEX ON app.event (at);
INSERT INTO platform.district VALUES (1, 'D', 1);
INSERT INTO platform.member SELECT i, '农村', true, 1, 'm' || i, '2015-01-01+08' FROM generate_series(1, 5) i;
INSERT INTO app.event SELECT i, 1 + i % 7, nullif(i % 4, 0), nullif(i % 3, 0), 't' || nullif(i % 5, 0), timestamptz '2015-03-01+08' + i * interval '5 hours', i % 6, (ARRAY['a', 'b', NULL])[1 + i % 3]
FROM generate_series(0, 99) i;
CREATE VIEW platform.plain AS SELECT * FROM app.event;
CREATE VIEW platform.narrow AS SELECT small AS k, who, at, n FROM app.event WHERE sort = 'a';
CREATE VIEW platform.arms AS SELECT k::bigint AS k, who, at FROM app.event WHERE sort = 'a' UNION ALL SELECT small, who, at FROM app.event WHERE sort IS NULL;
CREATE VIEW platform.named AS SELECT edustats.key_of(t) AS k, who, at FROM app.event;
CREATE VIEW platform.grouped AS SELECT k, who, max(at) AS at, sum(n) AS n FROM app.event GROUP BY k, who, at;
CALL edustats.attach();
INSERT INTO bulletin_data.metric (metric, source, time_column, key_column, weight_column, member_column, unit, label, null_key)
SELECT m.metric, m.metric, 'at', 'k', m.weight, m.member, 'rows', '', m.null_key
FROM (VALUES ('plain', 'n', 'who', 0::bigint), ('narrow', NULL, 'who', -7), ('arms', NULL, 'who', 9007199254740993), ('named', NULL, NULL, 0), ('grouped', NULL, 'who', 77))
     m(metric, weight, member, null_key);
CALL edustats.attach();

CALL edustats.watch('bulletin', 'grouped', 'app.event', 'at');

CREATE TABLE truth (metric text, query text);
INSERT INTO truth VALUES ('plain', 'SELECT at, who, coalesce(k, NULLKEY) AS key, n FROM platform.plain'), ('narrow', 'SELECT at, who, coalesce(k, NULLKEY), 1 FROM platform.narrow'),
    ('arms', 'SELECT at, who, coalesce(k, NULLKEY), 1 FROM platform.arms'), ('named', 'SELECT at, NULL::bigint, coalesce(k, NULLKEY), 1 FROM platform.named'),
    ('grouped', 'SELECT at, who, coalesce(k, NULLKEY), 1 FROM platform.grouped');
CREATE FUNCTION differences() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    t record;
    n bigint;
    wrong text := '';
BEGIN
    FOR t IN SELECT u.metric, u.query, coalesce(m.null_key::text, 'NULL') AS null_key FROM truth u JOIN bulletin_data.metric m USING (metric) LOOP
        EXECUTE format($q$WITH truth AS (
                SELECT (s.at AT TIME ZONE 'Asia/Shanghai')::date AS day, CASE WHEN m.member_id IS NULL THEN 0 ELSE 1 END AS class, s.key::bigint, sum(s.n)::numeric AS n
                FROM (%s) s(at, who, key, n) LEFT JOIN platform.member m ON m.member_id = s.who WHERE s.key IS NOT NULL GROUP BY 1, 2, 3 HAVING sum(s.n) > 0),
            said AS (SELECT a.day, a.class::integer, e.key, e.count::numeric FROM bulletin_data.activity a, edustats.each(a.tally) e WHERE a.metric = %L)
            SELECT count(*) FROM ((TABLE truth EXCEPT ALL TABLE said) UNION ALL (TABLE said EXCEPT ALL TABLE truth)) d$q$, replace(t.query, 'NULLKEY', t.null_key), t.metric) INTO n;
        wrong := wrong || CASE WHEN n > 0 THEN format(' %s: %s', t.metric, n) ELSE '' END;
    END LOOP;
    RETURN wrong;
END $$;
CREATE FUNCTION of_null(metric text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT edustats.count_of(edustats.period_tally('bulletin', m.metric, '(,)'), m.null_key) FROM bulletin_data.metric m WHERE m.metric = of_null.metric);
END $$;
\set ON_ERROR_STOP off
SELECT is(differences(), '', 'as attached');
CALL edustats.refresh();
SELECT is(differences(), '', 'refreshed');
SELECT cmp_ok(of_null(metric), '>', 3::bigint, metric || ': there are rows without a key') FROM truth ORDER BY metric;
SELECT is((SELECT string_agg(metric || CASE WHEN tracked THEN ' tracked' ELSE '' END, ', ' ORDER BY metric) FROM bulletin.refresh_status WHERE metric IN (SELECT metric FROM truth)),
          'arms tracked, grouped tracked, named tracked, narrow tracked, plain tracked', 'with a table to watch all are');
SELECT is((SELECT string_agg(name, ' ' ORDER BY name) FROM bulletin_data.key_name WHERE metric = 'named'), 't1 t2 t3 t4', 'keys that are texts have their names');
SELECT statement
FROM unnest(ARRAY[
    $$INSERT INTO app.event SELECT 1000 + i, 1 + i, NULL, NULL, NULL, timestamptz '2015-03-20+08' + i * interval '9 hours', 5, 'a' FROM generate_series(1, 6) i$$,
    $$UPDATE app.event SET k = NULL WHERE id % 10 = 1$$, $$UPDATE app.event SET k = 3, small = 2, t = 't9' WHERE k IS NULL AND id % 3 = 0$$,
    $$UPDATE app.event SET at = at + interval '1 day' WHERE k IS NULL$$, $$UPDATE app.event SET sort = 'a' WHERE small IS NULL$$, $$DELETE FROM app.event WHERE k IS NULL AND id % 2 = 0$$,
    $$INSERT INTO app.event SELECT 2000 + i, 1 + i % 9, NULL, NULL, NULL, timestamptz '2015-03-10+08' + i * interval '1 second', 1, 'a' FROM generate_series(1, 3000) i$$,
    $$UPDATE bulletin_data.metric SET null_key = 5 WHERE metric IN ('plain', 'grouped')$$, $$UPDATE bulletin_data.metric SET null_key = NULL WHERE metric IN ('narrow', 'grouped')$$,
    $$UPDATE bulletin_data.metric SET null_key = 0 WHERE metric IN ('arms', 'grouped')$$, $$UPDATE app.event SET t = NULL, small = NULL WHERE id < 50$$, $$TRUNCATE app.event$$]) WITH ORDINALITY w(write, n)
CROSS JOIN LATERAL unnest(ARRAY[write, format('SELECT is(differences(), %L, %L)', '', write), 'CALL edustats.refresh()',
                                format('SELECT is(differences(), %L, %L)', '', write || ', refreshed')]) WITH ORDINALITY s(statement, part)
ORDER BY n, part \gexec
SELECT * FROM finish();
