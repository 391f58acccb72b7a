-- Sources that are views: what can't be seen through says why; what can, tells the truth after every write, before and after
-- a refresh.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\pset format unaligned
\pset footer off
SET client_min_messages = warning;
SET jit = off;
SELECT current_database() AS db \gset
CREATE ROLE regress_office;
CREATE ROLE regress_app;
CREATE ROLE regress_third;
CREATE SCHEMA app;
CREATE TABLE app.event (id int PRIMARY KEY, at timestamptz, local timestamp, day date, epoch bigint, place int, kind text, name text);
CREATE TABLE app.place (id int, name text, district int);
CREATE TABLE app.kind (name text, counts boolean);
CREATE INDEX ON app.event (at);
INSERT INTO app.place VALUES (1, 'North', 1), (2, 'South', 2), (3, 'Nowhere', NULL);
INSERT INTO app.kind VALUES ('a', true), ('b', false), ('c', NULL);
INSERT INTO app.event
SELECT i, t, t AT TIME ZONE 'Asia/Shanghai', (t AT TIME ZONE 'Asia/Shanghai')::date, extract(epoch FROM t), 1 + i % 4, chr(97 + i % 4),
       (ARRAY['north', 'SOUTH', 'East', NULL])[1 + i % 4]
FROM generate_series(1, 40) i CROSS JOIN LATERAL (SELECT '2015-03-01 00:30+08'::timestamptz + i * interval '5 hours') x(t);
CREATE SCHEMA seen;
CREATE TABLE seen.district (district_id int, name text, position int);
CREATE TABLE seen.member (member_id int, org_type text, allocated boolean, district_id int, name text, registered_at timestamptz, closed_at timestamptz);
CREATE VIEW seen.report AS SELECT place AS district_id, at AS reported_at FROM app.event;
CALL edustats.attach('seen', 'b');
CALL edustats.refresh('b');

-- Days and keys for which the bulletin says otherwise than the view.
CREATE FUNCTION app.wrong() RETURNS bigint LANGUAGE sql SET timezone = 'Asia/Shanghai' AS $$
    WITH truth AS (
        SELECT reported_at::date AS day, district_id::bigint AS key, count(*)::numeric AS n
        FROM seen.report WHERE reported_at IS NOT NULL AND district_id IS NOT NULL GROUP BY 1, 2
    ), said AS (
        SELECT a.day, e.key, e.count::numeric FROM b_data.activity a, edustats.each(a.tally) e WHERE a.metric = 'reports'
    )
    SELECT count(*) FROM ((TABLE truth EXCEPT ALL TABLE said) UNION ALL (TABLE said EXCEPT ALL TABLE truth)) d
$$;
-- What a view is taken for, and after each write: rows that are wrong / dirty days, and the same after a refresh.
CREATE PROCEDURE app.write(VARIADIC writes text[]) LANGUAGE plpgsql AS $$
DECLARE
    w text;
    said text := '';
    s record;
BEGIN
    FOREACH w IN ARRAY writes LOOP
        EXECUTE w;
        COMMIT;
        said := said || format(' %s/%s', app.wrong(), (SELECT r.dirty_days FROM b.refresh_status r WHERE r.metric = 'reports'));
        COMMIT;
        IF w = writes[cardinality(writes)] OR w ~ '^--' THEN
            CALL edustats.refresh('b');
            said := said || format(' -> %s', app.wrong());
        END IF;
    END LOOP;
    SELECT * INTO s FROM b.refresh_status r WHERE r.metric = 'reports';
    RAISE INFO '%:%', coalesce(s.note, CASE WHEN s.tracked THEN 'tracked' ELSE 'untracked' END), said;
END
$$;
CREATE PROCEDURE app.try(definition text, VARIADIC writes text[] DEFAULT '{}') LANGUAGE plpgsql AS $$
BEGIN
    DROP VIEW IF EXISTS seen.report CASCADE;
    EXECUTE 'CREATE VIEW seen.report (district_id, reported_at) AS ' || definition;
    CALL edustats.refresh('b');
    CALL app.write(VARIADIC ARRAY['SELECT'] || writes || ARRAY[
        $w$INSERT INTO app.event (id, at, local, day, epoch, place, kind, name) VALUES (100, '2015-03-20 10:00+08', '2015-03-20 10:00', '2015-03-20', 1426816800, 1, 'a', 'NORTH')$w$,
        $w$UPDATE app.event SET place = 2, kind = 'd', name = 'south' WHERE id = 100$w$, $w$DELETE FROM app.event WHERE id = 100$w$]);
END
$$;

-- 1 what can't be seen through
CALL app.try($$SELECT place, max(at) FROM app.event GROUP BY place, day$$);
CALL app.try($$SELECT place, max(at) OVER (PARTITION BY day) FROM app.event$$);
CALL app.try($$SELECT DISTINCT place, at FROM app.event$$);
CALL app.try($$SELECT DISTINCT ON (day) place, at FROM app.event ORDER BY day, id$$);
CALL app.try($$SELECT place, at FROM app.event ORDER BY at LIMIT 20$$);
CALL app.try($$SELECT generate_series(1, 2), at FROM app.event$$);
CALL app.try($$SELECT g, at FROM app.event CROSS JOIN generate_series(1, 2) g$$);
CALL app.try($$SELECT p.district, e.at FROM app.event e FULL JOIN app.place p ON p.id = e.place$$);
CALL app.try($$SELECT p.id, e.at FROM app.place p LEFT JOIN app.event e ON p.id = e.place$$);
CALL app.try($$SELECT place, at FROM app.event WHERE at < now()$$);
CALL app.try($$SELECT place, at FROM app.event WHERE at < CURRENT_DATE$$);
CALL app.try($$SELECT place, at FROM app.event WHERE current_user <> ''$$);
CALL app.try($$SELECT place, to_timestamp('2015-03-0' || place, 'YYYY-MM-DD') FROM app.event$$);
CALL app.try($$SELECT place, at FROM app.event WHERE random() >= 0$$);
CALL app.try($$VALUES (1, '2015-03-01 12:00+08'::timestamptz), (2, '2015-03-01 12:00+08')$$);
CALL app.try($$WITH e AS (SELECT * FROM app.event) SELECT place, at FROM e$$);
CALL app.try($$WITH RECURSIVE e(place, at, n) AS (SELECT place, at, 1 FROM app.event UNION ALL SELECT place, at, n + 1 FROM e WHERE n < 2) SELECT place, at FROM e$$);
CALL app.try($$SELECT p.id, x.at FROM app.place p CROSS JOIN LATERAL (SELECT e.at FROM app.event e WHERE e.place = p.id) x$$);
CALL app.try($$SELECT x.p, e.at FROM app.event e CROSS JOIN LATERAL (SELECT e.place AS p WHERE e.kind <> 'b') x$$);
CALL app.try($$SELECT place, at FROM app.event UNION SELECT place, at FROM app.event$$);
CALL app.try($$SELECT place, at FROM app.event EXCEPT ALL SELECT 1, at FROM app.event$$);
CALL app.try($$SELECT place, at FROM app.event TABLESAMPLE SYSTEM (100)$$);
CALL app.try($$SELECT x.place, x.at FROM ROWS FROM (json_to_record('{"place": 1, "at": "2015-03-01 12:00+08"}') AS (place int, at timestamptz)) x$$);
CALL app.try($$SELECT place, coalesce(at, p.t) FROM app.event LEFT JOIN (SELECT id, '2015-03-03 12:00+08'::timestamptz AS t FROM app.place) p ON p.id = place$$);
CALL app.try($$SELECT 1, '2015-03-01 12:00+08'::timestamptz$$);
CALL app.try($$SELECT place, (SELECT max(e.at) FROM app.event e WHERE e.place = p.place) FROM app.event p$$);
CREATE MATERIALIZED VIEW app.kept AS SELECT place, at FROM app.event;
CALL app.try($$SELECT place, at FROM app.kept$$);
CREATE TABLE app.parted (place int, at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE app.part PARTITION OF app.parted DEFAULT;
CREATE TABLE app.child () INHERITS (app.event);
CALL app.try($$SELECT place, at FROM app.part$$, $$INSERT INTO app.parted VALUES (1, '2015-03-07 12:00+08')$$);
CALL app.try($$SELECT place, at FROM app.child$$, $$INSERT INTO app.child (id, place, at) VALUES (1, 1, now())$$);
CALL app.try($$SELECT place, at FROM app.event$$, $$INSERT INTO app.child (id, place, at) VALUES (1, 1, '2015-03-07 12:00+08')$$);
CALL app.try($$SELECT place, at FROM ONLY app.event$$, $$INSERT INTO app.child (id, place, at) VALUES (2, 1, '2015-03-08 12:00+08')$$);
DROP TABLE app.child;
CREATE TABLE app.child (id int PRIMARY KEY) INHERITS (app.event);
DROP TABLE app.child;
DROP MATERIALIZED VIEW app.kept;

-- 2 lookups, sublinks, whole rows, types
CALL app.try($$SELECT p.district, e.at FROM app.event e JOIN app.place p ON lower(p.name) = lower(e.name)$$,
    $$INSERT INTO app.place VALUES (5, 'EAST', 5)$$, $$UPDATE app.place SET name = 'North' WHERE id = 5$$, $$DELETE FROM app.place WHERE id = 5$$);
CALL app.try($$SELECT p.district, e.at FROM app.event e LEFT JOIN app.place p ON p.id = e.place JOIN app.kind k ON k.name = e.kind AND k.counts$$,
    $$UPDATE app.kind SET counts = true WHERE name = 'b'$$, $$UPDATE app.place SET district = 9 WHERE id = 3$$, $$UPDATE app.place SET name = 'X' WHERE id = 3$$,
    $$UPDATE app.kind SET counts = false WHERE name = 'b'; UPDATE app.place SET district = NULL WHERE id = 3$$);
CALL app.try($$SELECT place, at FROM app.event e WHERE EXISTS (SELECT FROM app.kind k WHERE k.name = e.kind AND k.counts)$$,
    $$UPDATE app.kind SET counts = true WHERE name = 'b'$$, $$UPDATE app.kind SET counts = false WHERE name = 'b'$$);
CALL app.try($$SELECT place, at FROM app.event e WHERE kind NOT IN (SELECT name FROM app.kind)$$, $$INSERT INTO app.kind VALUES ('d')$$, $$DELETE FROM app.kind WHERE name = 'd'$$);
CALL app.try($$SELECT (SELECT p.district FROM app.place p WHERE p.id = e.place), at FROM app.event e$$,
    $$UPDATE app.place SET district = 7 WHERE id = 1$$, $$UPDATE app.place SET district = 1 WHERE id = 1$$);
CALL app.try($$SELECT place, at FROM app.event e WHERE e.* IS DISTINCT FROM NULL AND (e.*)::text LIKE '%a%'$$);
CALL app.try($$SELECT place, at FROM app.event e WHERE e IS NOT NULL$$);
CALL app.try($$SELECT place, at FROM app.event e WHERE (to_jsonb(e) ->> 'kind') = 'a'$$);
CALL app.try($$SELECT place, at FROM app.event e WHERE tableoid = 'app.event'::regclass AND ctid IS NOT NULL$$);
CALL app.try($$SELECT place, NULL::timestamptz FROM app.event$$);
CALL app.try($$SELECT place, NULL::timestamptz FROM app.event UNION ALL SELECT place, at FROM app.event UNION ALL SELECT place, NULL FROM app.event$$);
CALL app.try($$SELECT NULL::int, at FROM app.event$$);
CALL app.try($$SELECT 7, at FROM app.event, app.kind$$, $$INSERT INTO app.kind VALUES ('d')$$, $$DELETE FROM app.kind WHERE name = 'd'$$);
CALL app.try($$SELECT place, e.at FROM app.event e LEFT JOIN (SELECT id, 'a' AS k FROM app.place WHERE id < 3) p ON p.id = place WHERE coalesce(p.k, kind) = 'a'$$,
    $$INSERT INTO app.place VALUES (4, 'x', 1)$$, $$UPDATE app.place SET id = 1 WHERE id = 3$$, $$UPDATE app.place SET id = 3 WHERE district IS NULL$$, $$DELETE FROM app.place WHERE id = 4$$);
CALL app.try($$SELECT place, CASE WHEN p.k THEN at END FROM app.event LEFT JOIN (SELECT id, true AS k FROM app.place WHERE id < 3) p ON p.id = place$$,
    $$UPDATE app.place SET id = 0 WHERE id = 1$$, $$UPDATE app.place SET id = 1 WHERE id = 0$$);
CREATE DOMAIN app.moment AS timestamptz CHECK (VALUE > '2000-01-01');
CREATE DOMAIN app.number AS int CHECK (VALUE < 1000);
CREATE TABLE app.typed (place app.number, at app.moment, n int, twice bigint GENERATED ALWAYS AS (n::bigint * 2) STORED,
                        later timestamptz GENERATED ALWAYS AS (to_timestamp(n)) STORED);
CALL app.try($$SELECT place, at FROM app.typed$$, $$INSERT INTO app.typed VALUES (1, '2015-03-07 12:00+08', 1)$$, $$UPDATE app.typed SET at = at + interval '1 day'$$);
CALL app.try($$SELECT twice, at FROM app.typed$$, $$UPDATE app.typed SET n = 1425700800 / 2$$, $$UPDATE app.typed SET at = at + interval '1 day'$$);
CALL app.try($$SELECT place, later FROM app.typed WHERE twice > 0$$, $$UPDATE app.typed SET n = n + 86400$$, $$UPDATE app.typed SET n = -1$$, $$UPDATE app.typed SET n = 1425700800 / 2$$);
CALL app.try($$SELECT place, at FROM app.event UNION ALL SELECT id, at FROM app.event$$, $$ALTER VIEW seen.report RENAME reported_at TO r; ALTER VIEW seen.report RENAME r TO reported_at$$);
CREATE VIEW app.below AS SELECT place AS a, at AS b FROM app.event UNION ALL SELECT 1, at FROM app.event;
CALL app.try($$SELECT * FROM app.below$$, $$ALTER VIEW app.below RENAME a TO x$$, $$CREATE OR REPLACE VIEW app.below AS SELECT place AS x, at AS b, id FROM app.event UNION ALL SELECT 1, at, id FROM app.event$$);

-- 3 what changes beneath: a view replaced and back, with writes meanwhile; a function; names
CALL app.try($$SELECT place, at FROM app.event WHERE kind = 'a'$$, $$CREATE OR REPLACE VIEW seen.report AS SELECT place AS district_id, at AS reported_at FROM app.event WHERE kind = 'b'$$,
    $$INSERT INTO app.event (id, place, at, kind) VALUES (101, 1, '2015-03-15 12:00+08', 'a'), (102, 2, '2015-03-16 12:00+08', 'b')$$,
    $$CREATE OR REPLACE VIEW seen.report AS SELECT place AS district_id, at AS reported_at FROM app.event WHERE kind = 'a'$$);
DELETE FROM app.event WHERE id > 100;
CREATE FUNCTION app.good(kind text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$SELECT kind = 'a'$$;
CREATE FUNCTION app.moment(epoch bigint) RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN to_timestamp(epoch); END $$;
CALL app.try($$SELECT place, app.moment(epoch) FROM app.event WHERE app.good(kind)$$,
    $$CREATE OR REPLACE FUNCTION app.good(kind text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT kind > ''a'''$$,
    $$INSERT INTO app.event (id, place, epoch, kind) VALUES (101, 1, 1426000000, 'a'), (102, 2, 1426000000, 'b')$$,
    $$CREATE OR REPLACE FUNCTION app.good(kind text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT kind = ''a'''$$);
CALL app.write($$CREATE OR REPLACE FUNCTION app.moment(epoch bigint) RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN to_timestamp(epoch + 86400); END'$$);
CALL app.write($$CREATE OR REPLACE FUNCTION app.moment(epoch bigint) RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT to_timestamp(epoch)'$$, $$DELETE FROM app.event WHERE id = 101$$);
CALL app.write($$CREATE OR REPLACE FUNCTION app.moment(epoch bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE RETURN to_timestamp(epoch)$$, $$DELETE FROM app.event WHERE id = 102$$);
CALL app.write($$CREATE OR REPLACE FUNCTION app.moment(epoch bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE RETURN to_timestamp(epoch + 86400)$$,
    $$DELETE FROM app.event WHERE id = 40$$);
CALL app.try($$SELECT place, at FROM app.event WHERE kind <> 'b'$$, $$ALTER TABLE app.event RENAME at TO done$$, $$UPDATE app.event SET done = done + interval '1 day' WHERE id = 3$$,
    $$ALTER TABLE app.event RENAME TO act$$, $$UPDATE app.act SET done = done - interval '1 day' WHERE id = 3$$, $$ALTER TABLE app.act RENAME TO event$$,
    $$ALTER TABLE app.event RENAME done TO x; ALTER TABLE app.event RENAME epoch TO done; ALTER TABLE app.event RENAME x TO at; ALTER TABLE app.event RENAME done TO epoch$$,
    $$ALTER SCHEMA app RENAME TO app2; ALTER SCHEMA app2 RENAME TO app$$);
CREATE TABLE app.gone AS SELECT * FROM app.event;
CALL app.try($$SELECT place, at FROM app.gone$$, $$DELETE FROM app.gone WHERE id = 1$$);
DROP TABLE app.gone CASCADE;
SELECT tracked, note, dirty_days FROM b.refresh_status WHERE metric = 'reports';
CALL edustats.refresh('b');
SELECT tracked, note, dirty_days FROM b.refresh_status WHERE metric = 'reports';

-- 4 what fails for a row: the write goes through, all days are dirty, and why is told
CREATE TABLE app.rough (place int, at timestamptz, epoch float8, n int, word text);
INSERT INTO app.rough VALUES (1, '2015-03-05 12:00+08', 1425528000, 1, '7');

CALL app.try($$SELECT place, to_timestamp(epoch) FROM app.rough$$);
INSERT INTO app.rough (place, epoch) VALUES (2, 1e300);
SELECT tracked, note FROM b.refresh_status WHERE metric = 'reports';
SELECT sum(edustats.total(tally)) FROM b_data.activity WHERE metric = 'reports';
CALL edustats.refresh('b');
SELECT tracked, note, error, dirty_days > 0 AS dirty FROM b.refresh_status WHERE metric = 'reports';
CALL app.write($$DELETE FROM app.rough WHERE epoch = 1e300$$);
CALL app.try($$SELECT place, at FROM app.rough WHERE 1 / n > 0$$);
UPDATE app.rough SET n = 0;
SELECT tracked, note FROM b.refresh_status WHERE metric = 'reports';
CALL app.write($$UPDATE app.rough SET n = 1$$);
CALL app.try($$SELECT word::int, at FROM app.rough WHERE word::int > 0$$);
COPY app.rough (place, at, word) FROM STDIN;
3	2015-03-06 12:00+08	7
3	2015-03-06 12:00+08	x
\.
SELECT tracked, note FROM b.refresh_status WHERE metric = 'reports';
CALL app.write($$UPDATE app.rough SET word = '1'$$);
CREATE OR REPLACE FUNCTION app.spoilt() RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 1 / 0; END $$;
CALL app.try($$SELECT place, at FROM app.rough WHERE place < 5$$);
CREATE OR REPLACE VIEW seen.report AS SELECT place AS district_id, at AS reported_at FROM app.rough WHERE n < app.spoilt();
CALL edustats.refresh('b');
INSERT INTO app.rough (place, at, n) VALUES (4, '2015-03-06 12:00+08', 1);
SELECT tracked, note FROM b.refresh_status WHERE metric = 'reports';
CALL app.try($$SELECT place, at FROM app.rough WHERE place < 5$$);
-- a lookup's key that fails
UPDATE app.place SET name = id;
CALL app.try($$SELECT p.district, r.at FROM app.rough r JOIN app.place p ON p.id = r.place AND p.name::int = r.n$$);
UPDATE app.place SET name = 'North' WHERE id = 2;
SELECT tracked, note FROM b.refresh_status WHERE metric = 'reports';
CALL app.write($$UPDATE app.place SET name = '1'$$);
CALL app.try($$SELECT p.district, r.at FROM app.rough r JOIN app.place p ON p.name::int = r.n$$);
UPDATE app.place SET name = 'North' WHERE id = 2;
SELECT tracked, note FROM b.refresh_status WHERE metric = 'reports';
CALL app.write($$UPDATE app.place SET name = '1'$$);
UPDATE app.place SET name = (ARRAY['North', 'South', 'Nowhere'])[id];

-- 5 time zones: what a session's zone is makes no difference, for filters that can't fail either
SET timezone = 'America/New_York';
CALL app.try($$SELECT place, day::timestamptz FROM app.event$$, $$INSERT INTO app.event (id, place, day) VALUES (101, 1, '2015-03-15')$$,
    $$SET timezone = 'Pacific/Kiritimati'$$, $$UPDATE app.event SET day = day + 1 WHERE id = 101$$, $$DELETE FROM app.event WHERE id = 101$$);
CALL app.try($$SELECT place, local::timestamptz FROM app.event$$, $$INSERT INTO app.event (id, place, local) VALUES (101, 1, '2015-03-15 00:30')$$,
    $$SET timezone = 'UTC'$$, $$UPDATE app.event SET local = local - interval '1 hour' WHERE id = 101$$, $$DELETE FROM app.event WHERE id = 101$$);
SET timezone = 'America/New_York';
CALL app.try($$SELECT place, at FROM app.event WHERE day <= at AND at < day + 1$$, $$INSERT INTO app.event (id, place, at, day) VALUES (101, 1, '2015-03-15 00:30+08', '2015-03-15')$$,
    $$UPDATE app.event SET at = at + interval '23 hours' WHERE id = 101$$, $$SET timezone = 'Pacific/Kiritimati'$$, $$UPDATE app.event SET at = '2015-03-15 00:30+08' WHERE id = 101$$, $$DELETE FROM app.event WHERE id = 101$$);
CALL app.try($$SELECT extract(hour FROM at)::int, at FROM app.event WHERE extract(hour FROM at) < 12$$);
RESET timezone;

-- 6 what a subscription applies: row triggers alone
CALL app.try($$SELECT place, at FROM app.event$$);
SET session_replication_role = replica;
CALL app.write($$INSERT INTO app.event (id, place, at) VALUES (101, 1, '2015-03-15 12:00+08')$$, $$UPDATE app.event SET at = at + interval '1 day' WHERE id = 101$$,
    $$UPDATE app.event SET name = 'x' WHERE id = 101$$, $$DELETE FROM app.event WHERE id = 101$$, $$TRUNCATE app.kind$$);
RESET session_replication_role;
SELECT day FROM b_data.rollup WHERE metric = 'reports' AND day = '2015-03-16';
CREATE TABLE app.log (place int, local timestamp, late timestamptz GENERATED ALWAYS AS (local AT TIME ZONE 'UTC') STORED) PARTITION BY RANGE (local);
CREATE TABLE app.log_1 PARTITION OF app.log FOR VALUES FROM ('2015-03-01') TO ('2015-03-11');
CREATE TABLE app.log_2 (late timestamptz GENERATED ALWAYS AS (local AT TIME ZONE 'UTC') STORED, local timestamp, place int);
ALTER TABLE app.log ATTACH PARTITION app.log_2 FOR VALUES FROM ('2015-03-11') TO ('2015-03-21');
INSERT INTO app.log VALUES (1, '2015-03-05 12:00'), (2, '2015-03-15 12:00');
CALL app.try($$SELECT place, local AT TIME ZONE 'Asia/Shanghai' FROM app.log$$, $$MERGE INTO app.log l USING (VALUES (1)) v(p) ON l.place = p WHEN MATCHED THEN UPDATE SET local = '2015-03-14'$$,
    $$UPDATE app.log SET local = '2015-03-04' WHERE place = 1$$);
CREATE TABLE app.log_3 PARTITION OF app.log FOR VALUES FROM ('2015-03-21') TO ('2015-04-01');
CALL app.write($$INSERT INTO app.log VALUES (3, '2015-03-25')$$);
SET session_replication_role = replica;
CALL app.write($$INSERT INTO app.log VALUES (3, '2015-03-06')$$, $$UPDATE app.log SET local = '2015-03-16' WHERE place = 3$$, $$UPDATE app.log_3 SET place = 4$$,
    $$DELETE FROM app.log_2 WHERE place = 3$$, $$TRUNCATE app.log_3$$, $$INSERT INTO app.log VALUES (3, '2015-03-25')$$);
RESET session_replication_role;
CALL app.try($$SELECT place, late FROM app.log$$, $$MERGE INTO app.log l USING (VALUES (1)) v(p) ON l.place = p WHEN MATCHED THEN UPDATE SET local = '2015-03-14'$$,
    $$UPDATE app.log SET local = '2015-03-04' WHERE place = 1$$);

-- 7 code of a view's that writes, while a row is looked at
CREATE TABLE app.trace (n int);
CREATE FUNCTION app.note() RETURNS boolean LANGUAGE sql VOLATILE AS 'INSERT INTO app.trace VALUES (1); INSERT INTO app.event (id) SELECT -count(*) - 1000 FROM app.trace; SELECT true';
CREATE FUNCTION app.sly(place int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
    IF current_setting('app.depth', true) = '1' THEN RETURN true; END IF;
    PERFORM set_config('app.depth', '1', true);
    PERFORM app.note();
    PERFORM set_config('app.depth', '', true);
    RETURN true;
END $$;
CALL app.try($$SELECT place, at FROM app.event WHERE app.sly(place)$$, $$DELETE FROM app.event WHERE id < 0$$);
CREATE OR REPLACE FUNCTION app.sly(place int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM app.note(); RETURN true; END $$;
CALL app.try($$SELECT place, at FROM app.place p JOIN app.event e ON e.place = p.id AND app.sly(p.id)$$);
CREATE OR REPLACE FUNCTION app.note() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
    CREATE OR REPLACE VIEW seen.report AS SELECT place AS district_id, at AS reported_at FROM app.event; RETURN true; END $$;
CALL edustats.refresh('b');
INSERT INTO app.event (id, at, place) VALUES (200, '2015-03-01', 1);
CALL edustats.refresh('b');
SELECT app.wrong();
DELETE FROM app.event WHERE id < 0 OR id >= 100;

-- 8 rights
-- a superuser's bulletin looks at rows as long as all that it reads is superusers'
CREATE TABLE app.open (place int, at timestamptz);
INSERT INTO app.open VALUES (1, '2015-03-05 12:00+08'), (2, '2015-03-06 12:00+08');
CREATE VIEW app.middle AS TABLE app.open;
CALL app.try($$SELECT place, at FROM app.middle$$, $$INSERT INTO app.open VALUES (3, '2015-03-07 12:00+08')$$);
ALTER VIEW app.middle OWNER TO regress_third;
INSERT INTO app.open VALUES (4, '2015-03-07 12:00+08');
SELECT tracked, note FROM b.refresh_status WHERE metric = 'reports';
SELECT sum(edustats.total(tally)) FROM b_data.activity WHERE metric = 'reports';
CALL edustats.refresh('b');
ALTER VIEW app.middle OWNER TO CURRENT_USER;
CALL app.write($$INSERT INTO app.open VALUES (5, '2015-03-08 12:00+08')$$);
CREATE FUNCTION app.third(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE WARNING 'runs as %', current_user; RETURN true; END $$;
ALTER FUNCTION app.third OWNER TO regress_third;
CREATE OR REPLACE VIEW app.middle AS SELECT * FROM app.open WHERE app.third(place);
CALL edustats.refresh('b');
INSERT INTO app.open VALUES (5, '2015-03-09 12:00+08');
SELECT tracked, note FROM b.refresh_status WHERE metric = 'reports';
DROP VIEW seen.report, app.middle;
DROP FUNCTION app.third;
-- another role's bulletin, over a view of a second one over a table of a third one
CREATE SCHEMA theirs;
GRANT ALL ON SCHEMA theirs, app TO regress_office, regress_app, regress_third;
GRANT CREATE ON DATABASE :"db" TO regress_office;
SET ROLE regress_third;
CREATE TABLE app.secret (place int, at timestamptz, word text);
INSERT INTO app.secret VALUES (1, '2015-03-05 12:00+08', 'open'), (2, '2015-03-05 12:00+08', 'secret');
GRANT SELECT, INSERT ON app.secret TO regress_app;
SET ROLE regress_app;
CREATE VIEW theirs.report AS SELECT place AS district_id, at AS reported_at FROM app.secret WHERE word = 'open';
GRANT SELECT ON theirs.report TO regress_office;
SET ROLE regress_office;
CREATE TABLE theirs.district (district_id int, name text, position int);
CREATE TABLE theirs.member (member_id int, org_type text, allocated boolean, district_id int, name text, registered_at timestamptz, closed_at timestamptz);
CALL edustats.attach('theirs', 'office', owner => 'regress_office');
SELECT metric, tracked, note FROM office.refresh_status WHERE metric = 'reports';
CALL edustats.refresh('office');
SELECT sum(edustats.total(tally)) FROM office_data.activity WHERE metric = 'reports';
SELECT * FROM app.secret;
SET ROLE regress_app;
INSERT INTO app.secret VALUES (1, now(), 'open');
SET ROLE regress_office;
SELECT sum(edustats.total(tally)) FROM office_data.activity WHERE metric = 'reports';
RESET ROLE;
-- the tables' owner comes to be one whose rights it has, the view's does not
GRANT regress_third TO regress_office;
SET ROLE regress_office;
SELECT metric, tracked, note FROM office.refresh_status WHERE metric = 'reports';
CALL edustats.refresh('office');
SELECT metric, tracked, note FROM office.refresh_status WHERE metric = 'reports';
SELECT sum(edustats.total(tally)) FROM office_data.activity WHERE metric = 'reports';
CALL edustats.attach('theirs', 'office', owner => 'regress_office');
CALL edustats.refresh('office');
SELECT metric, tracked, note FROM office.refresh_status WHERE metric = 'reports';
SELECT sum(edustats.total(tally)) FROM office_data.activity WHERE metric = 'reports';
RESET ROLE;
-- and he who writes the view does not come to what he may not read
SET ROLE regress_third;
CREATE TABLE app.deep (place int, at timestamptz);
INSERT INTO app.deep SELECT 666, '2015-03-05 12:00+08' FROM generate_series(1, 100);
GRANT SELECT ON app.deep TO regress_office;
SET ROLE regress_app;
CREATE OR REPLACE VIEW theirs.report AS SELECT place AS district_id, at AS reported_at FROM app.deep;
SET ROLE regress_office;
SELECT sum(edustats.total(tally)) FROM office_data.activity WHERE metric = 'reports';
CALL edustats.refresh('office');
SELECT metric, tracked, note FROM office.refresh_status WHERE metric = 'reports';
SELECT sum(edustats.total(tally)) FROM office_data.activity WHERE metric = 'reports';
SET ROLE regress_app;
CREATE OR REPLACE VIEW theirs.report AS SELECT place AS district_id, at AS reported_at FROM app.secret WHERE word = 'open' AND EXISTS (SELECT FROM app.deep);
SET ROLE regress_office;
CALL edustats.refresh('office');
SELECT metric, tracked, note FROM office.refresh_status WHERE metric = 'reports';
SET ROLE regress_app;
CREATE OR REPLACE VIEW theirs.report AS SELECT place AS district_id, at AS reported_at FROM app.secret WHERE word = 'open';
SET ROLE regress_office;
CALL edustats.refresh('office');
SELECT metric, tracked, note FROM office.refresh_status WHERE metric = 'reports';
SELECT sum(edustats.total(tally)) FROM office_data.activity WHERE metric = 'reports';
-- row-level security
ALTER TABLE app.secret ENABLE ROW LEVEL SECURITY;
SET ROLE regress_third;
CREATE POLICY p ON app.secret FOR SELECT TO regress_app USING (place = 2);
SET ROLE regress_office;
SELECT count(*) FROM theirs.report;
SELECT metric, tracked, note FROM office.refresh_status WHERE metric = 'reports';
SELECT sum(edustats.total(tally)) FROM office_data.activity WHERE metric = 'reports';
CALL edustats.invalidate('office');
SELECT sum(edustats.total(tally)) FROM office_data.activity WHERE metric = 'reports';
CALL edustats.refresh('office');
SELECT sum(edustats.total(tally)) FROM office_data.activity WHERE metric = 'reports';
RESET ROLE;

SET client_min_messages = error;
CALL edustats.detach('office');
CALL edustats.detach('b');
DROP SCHEMA app, seen, theirs CASCADE;
REVOKE ALL ON DATABASE :"db" FROM regress_office;
DROP ROLE regress_office, regress_app, regress_third;
