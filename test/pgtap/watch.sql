-- watch: sessions derived from a log's gaps by window functions. A write to the log makes its day and those around it dirty, so that
-- the figures are what the view's own SQL says.
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;
SET timezone = 'America/New_York';
SET jit = off;
CREATE EXTENSION edustats;
\ir ../class_of.sql
CREATE EXTENSION IF NOT EXISTS pgtap;

CREATE SCHEMA app;
CREATE SCHEMA site;
CREATE TABLE app.person (id int PRIMARY KEY, kind text);
INSERT INTO app.person SELECT i, (ARRAY['农村', '社区'])[1 + i % 2] FROM generate_series(1, 6) i;
CREATE TABLE app.event (id bigserial, person int, at timestamp, kind text) PARTITION BY RANGE (at);
CREATE TABLE app.event_1 PARTITION OF app.event FOR VALUES FROM ('2015-02-01') TO ('2015-02-15');
CREATE TABLE app.event_2 (kind text, at timestamp, person int, id bigint NOT NULL DEFAULT nextval('app.event_id_seq'));
ALTER TABLE app.event ATTACH PARTITION app.event_2 DEFAULT;
CREATE TABLE app.legacy (person int, epoch bigint);
CREATE TABLE app.factor (id int, factor int);
INSERT INTO app.factor VALUES (1, 1);
CREATE FUNCTION chance(n integer, salt text, below integer) RETURNS integer LANGUAGE sql IMMUTABLE
RETURN (('x' || substr(md5(n || '/' || salt), 1, 7))::bit(28)::integer) % below;
INSERT INTO app.event (person, at, kind)
SELECT 1 + chance(i, 'person', 6), timestamp '2015-02-01' + chance(i, 'at', 40320) * interval '1 minute', 'x' FROM generate_series(1, 3000) i;
INSERT INTO app.legacy SELECT person, extract(epoch FROM at AT TIME ZONE 'Asia/Shanghai') FROM app.event WHERE id % 17 = 0;

CREATE VIEW site.district AS SELECT 1 AS district_id, 'D'::text AS name, 1 AS position;
CREATE VIEW site.member AS SELECT id AS member_id, kind AS org_type, true AS allocated, 1 AS district_id, 'm' || id AS name,
    timestamptz '2015-01-01+08' AS registered_at, NULL::timestamptz AS closed_at FROM app.person;
-- A session ends where half an hour passes without an event.
CREATE VIEW app.both AS
SELECT person, at FROM app.event WHERE kind <> 'ignored' UNION ALL SELECT person, to_timestamp(epoch) AT TIME ZONE 'Asia/Shanghai' FROM app.legacy;
CREATE VIEW app.session AS
SELECT person, min(at) AS first, extract(epoch FROM max(at) - min(at))::bigint AS seconds
FROM (SELECT person, at, count(*) FILTER (WHERE new) OVER (PARTITION BY person ORDER BY at) AS session
      FROM (SELECT person, at, at - lag(at) OVER (PARTITION BY person ORDER BY at) > interval '30 minutes' AS new FROM app.both) g) s
GROUP BY person, session;
CREATE VIEW site.learning_session AS SELECT person AS member_id, first AT TIME ZONE 'Asia/Shanghai' AS started_at, seconds * f.factor AS seconds
FROM app.session CROSS JOIN app.factor f;
CREATE VIEW site.course_click AS SELECT person AS member_id, person AS course_id, at AT TIME ZONE 'Asia/Shanghai' AS clicked_at FROM app.event;
CALL edustats.attach('site', 'bulletin');

CREATE FUNCTION difference() RETURNS bigint LANGUAGE plpgsql SET timezone TO 'Asia/Shanghai' AS $$
BEGIN
    RETURN (WITH truth AS (
        SELECT s.started_at::date AS day, public.class_of(m.org_type, m.allocated) AS class, s.member_id::bigint AS key, sum(s.seconds) AS n
        FROM site.learning_session s JOIN site.member m USING (member_id) GROUP BY 1, 2, 3 HAVING sum(s.seconds) > 0
    ), shown AS (
        SELECT a.day, a.class, e.key, sum(e.count) AS n FROM bulletin_data.activity a, edustats.each(a.tally) e WHERE a.metric = 'learning' GROUP BY 1, 2, 3)
    SELECT count(*) FROM ((TABLE truth EXCEPT TABLE shown) UNION ALL (TABLE shown EXCEPT TABLE truth)) d);
END $$;
CREATE FUNCTION status() RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', CASE WHEN tracked THEN 'tracked' ELSE 'untracked' END, dirty_days, to_char(first_dirty, 'MM-DD'), to_char(last_dirty, 'MM-DD'))
    FROM bulletin.refresh_status WHERE metric = 'learning'
$$;

-- A step of any kind, and how many figures were wrong after it
CREATE TABLE step (n integer, kind text, wrong bigint, dirty text);
CREATE FUNCTION moment(n integer, salt text) RETURNS timestamp LANGUAGE sql
RETURN timestamp '2015-02-01' + chance(n, 'day' || salt, 28) * interval '1 day'
    + (ARRAY['0 s', '10 min', '-10 min', '-1 us', '12 h', '23:50', '18 h'])[1 + chance(n, 'hour' || salt, 7)]::interval;
CREATE PROCEDURE do_step(n integer) LANGUAGE plpgsql AS $$
DECLARE
    step text := (ARRAY['insert', 'insert_few', 'update_time', 'update_person', 'update_kind', 'delete', 'legacy', 'part', 'member', 'move',
                        'truncate', 'refresh', 'refresh', 'legacy_delete', 'rolled_back', 'new_part'])[1 + chance(n, 'kind', 16)];
BEGIN
    IF chance(n, 'fresh', 3) = 0 THEN
        CALL edustats.refresh('bulletin');
    END IF;
    CASE step
    WHEN 'insert' THEN
        INSERT INTO app.event (person, at, kind) SELECT 1 + chance(n, 'person' || i, 6), moment(n, i::text), 'x' FROM generate_series(1, 30) i;
    WHEN 'insert_few' THEN
        INSERT INTO app.event (person, at, kind) VALUES (1 + chance(n, 'person', 6), moment(n, ''), 'x'), (1 + chance(n, 'person', 6), NULL, 'x'), (NULL, moment(n, ''), 'x');
    WHEN 'update_time' THEN
        UPDATE app.event SET at = at + interval '20 minutes' WHERE person = 1 + chance(n, 'person', 6) AND id % 31 = chance(n, 'id', 31);
    WHEN 'update_person' THEN
        UPDATE app.event SET person = 1 + person % 6 WHERE id % 53 = chance(n, 'id', 53);
    WHEN 'update_kind' THEN
        UPDATE app.event SET kind = CASE kind WHEN 'x' THEN 'ignored' ELSE 'x' END WHERE id % 41 = chance(n, 'id', 41);
    WHEN 'delete' THEN
        DELETE FROM app.event WHERE id % 37 = chance(n, 'id', 37) AND person = 1 + chance(n, 'person', 6);
    WHEN 'legacy' THEN
        INSERT INTO app.legacy SELECT 1 + chance(n, 'person', 6), extract(epoch FROM moment(n, '') AT TIME ZONE 'Asia/Shanghai') + i * 600 FROM generate_series(1, 5) i;
    WHEN 'legacy_delete' THEN
        DELETE FROM app.legacy WHERE epoch % 11 = chance(n, 'epoch', 11) AND person = 1 + chance(n, 'person', 6);
    WHEN 'part' THEN
        INSERT INTO app.event_2 (person, at, kind) VALUES (1 + chance(n, 'person', 6), timestamp '2015-02-15' + chance(n, 'm', 9999) * interval '1 minute', 'x');
    WHEN 'member' THEN
        UPDATE app.person SET kind = (ARRAY['农村', '社区', '国企'])[1 + chance(n, 'kind', 3)] WHERE id = 1 + chance(n, 'person', 6);
    WHEN 'move' THEN
        UPDATE app.event SET at = at + interval '14 days' WHERE id % 97 = chance(n, 'id', 97);
    WHEN 'truncate' THEN
        IF chance(n, 'which', 4) = 0 THEN TRUNCATE app.legacy; END IF;
    WHEN 'refresh' THEN
        CALL edustats.refresh('bulletin');
    WHEN 'rolled_back' THEN
        DELETE FROM app.event;
        ROLLBACK;
        INSERT INTO app.event (person, at, kind) VALUES (1, moment(n, ''), 'x');
    WHEN 'new_part' THEN
        IF chance(n, 'which', 2) = 0 THEN
            NULL;
        ELSIF to_regclass('app.event_3') IS NULL THEN
            CREATE TABLE app.event_3 PARTITION OF app.event FOR VALUES FROM ('2015-06-01') TO ('2015-07-01');
            INSERT INTO app.event (person, at, kind) SELECT 2, timestamp '2015-06-10 23:40' + i * interval '5 minutes', 'x' FROM generate_series(1, 10) i;
        ELSE
            DROP TABLE app.event_3;
        END IF;
    END CASE;
    COMMIT;
    INSERT INTO step SELECT n, step, difference(), status();
    COMMIT;
END $$;
CREATE PROCEDURE do_steps(first integer, last integer) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN first .. last LOOP
        CALL do_step(n);
    END LOOP;
END $$;
CREATE FUNCTION steps_wrong() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('step %s, %s: %s figures are wrong', n, kind, wrong), E'\n' ORDER BY n) FROM step WHERE wrong <> 0
$$;

SELECT plan(50);
-- Without watch
SELECT matches(status(), '^untracked', 'sessions can''t be seen through');
SELECT matches((SELECT note FROM bulletin.refresh_status WHERE metric = 'learning'), 'can''t be seen through', 'which is said');
CALL edustats.refresh('bulletin');
SELECT is(difference(), 0::bigint, 'refreshed, they are right');
SELECT matches(status(), '^untracked 2 ', 'and only today and tomorrow are dirty');

-- What can't be watched
CREATE FUNCTION watch_error(metric text, relation text, expression text, margin text DEFAULT '1 day') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    CALL edustats.watch('bulletin', metric, relation::regclass, expression, margin::interval);
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT is(watch_error('course_clicks', 'app.event', 'at'), '55000 metric "course_clicks" needs no watch', 'a metric that is seen through');
SELECT is(watch_error('nix', 'app.event', 'at'), '42704 there is no metric "nix"', 'one that is not there');
SELECT matches(watch_error('learning', 'app.event', 'now()'), '^22023 app.event can not be watched: ', 'an expression that reads no column');
SELECT matches(watch_error('learning', 'app.event', 'at + random() * interval ''1 day'''), '^22023 app.event can not be watched: ', 'a volatile one');
SELECT matches(watch_error('learning', 'app.legacy', '(SELECT max(at) FROM app.event)'), '^22023 app.legacy can not be watched: ', 'one over another table');
SELECT matches(watch_error('learning', 'app.event', 'event.at FROM app.event, app.legacy WHERE (true'), '^42601', 'nor by the back door');
SELECT matches(watch_error('learning', 'app.event', 'max(at)'), '^22023 app.event can not be watched: ', 'an aggregate');
SELECT matches(watch_error('learning', 'app.event', 'nix'), '^42703', 'a column that is not there');
SELECT matches(watch_error('learning', 'app.event', 'id'), '^42846', 'what is no time');
SELECT matches(watch_error('learning', 'app.session', 'first'), '^22023 app.session can not be watched: ', 'a view that can''t be seen through');
SELECT matches(watch_error('learning', 'app.event_1', 'at'), '^22023 app.event_1 can not be watched: app.event_1 is a part of', 'a partition');
SELECT matches(watch_error('learning', 'app.event', 'at', '1001 days'), '^22023 margin', 'a margin of years');
SELECT matches(watch_error('learning', 'app.event', 'at', '-1 day'), '^22023 margin', 'a negative one');
SELECT matches((SELECT count(*) FROM bulletin_data.watch)::text || status(), '^0untracked 2 ', 'none of which changes anything');

-- The log watched, in the zone in which its times are meant
CALL edustats.watch('bulletin', 'learning', 'app.event', 'at AT TIME ZONE ''Asia/Shanghai''');
CALL edustats.watch('bulletin', 'learning', 'app.legacy', 'to_timestamp(epoch)', '5 hours');
SELECT matches(status(), '^tracked', 'watched, it is tracked');
SELECT is(difference(), 0::bigint, 'and right');
CALL edustats.refresh('bulletin');
SELECT is(difference() || status(), '0tracked 0', 'refreshed');
INSERT INTO app.event (person, at, kind) VALUES (1, '2015-02-10 00:10', 'x');
SELECT is(difference() || status(), '0tracked 3 02-09 02-11', 'an event makes its day dirty, and one on either side');
CALL edustats.refresh('bulletin');
UPDATE app.event SET person = 2 WHERE at = '2015-02-10 00:10';
SELECT is(difference() || status(), '0tracked 3 02-09 02-11', 'as does a change of another column than its time');
INSERT INTO app.event (person, at, kind) VALUES (NULL, '2015-02-20 12:00', 'x'), (1, NULL, 'x');
SELECT is(difference() || status(), '0tracked 6 02-09 02-21', 'whatever row it is that has a time');
CALL edustats.refresh('bulletin');
CALL do_steps(1, 120);
SELECT is(steps_wrong(), NULL, 'right after each of 120 steps');
SELECT cmp_ok((SELECT count(*) FROM step WHERE dirty ~ '^tracked ([1-9]|1[0-9]) '), '>=', 20::bigint, 'often with few days dirty');
SELECT is((SELECT count(*) FROM step s WHERE dirty ~ '^untracked' AND NOT EXISTS (SELECT FROM step p WHERE p.kind = 'new_part' AND p.n BETWEEN s.n - 30 AND s.n)),
    0::bigint, 'and tracked, but for partitions that have come or gone');
CALL edustats.refresh('bulletin');
SELECT is(difference() || status(), '0tracked 0', 'and after a last refresh');

-- What is beneath and not watched
UPDATE app.factor SET factor = 2;
SELECT cmp_ok((SELECT dirty_days FROM bulletin.refresh_status WHERE metric = 'learning'), '>=', 28::bigint, 'a table that is joined and not watched makes everything dirty');
SELECT is(difference(), 0::bigint, 'and is read');
CALL edustats.refresh('bulletin');
SELECT is(difference() || status(), '0tracked 0', 'and refreshed');
UPDATE app.person SET kind = '高校' WHERE id = 4;
SELECT is(difference(), 0::bigint, 'as is a member of another class');
CALL edustats.refresh('bulletin');

-- Margins
CALL edustats.watch('bulletin', 'learning', 'app.legacy', 'to_timestamp(epoch)', '0');
SELECT is((SELECT string_agg(relation || ' ' || margin, ', ' ORDER BY relation::text) FROM bulletin_data.watch), 'app.event 1, app.legacy 0', 'a margin of nothing');
CALL edustats.refresh('bulletin');
INSERT INTO app.legacy VALUES (1, extract(epoch FROM timestamptz '2015-02-05 12:00+08'));
SELECT is(difference() || status(), '0tracked 1 02-05 02-05', 'makes the day alone dirty');
CALL edustats.watch('bulletin', 'learning', 'app.legacy', 'to_timestamp(epoch)', '36 hours 1 microsecond');
SELECT is((SELECT margin FROM bulletin_data.watch WHERE relation = 'app.legacy'::regclass), 2, 'an odd one is rounded up');
CALL edustats.refresh('bulletin');
DELETE FROM app.legacy WHERE epoch = extract(epoch FROM timestamptz '2015-02-05 12:00+08');
SELECT is(difference() || status(), '0tracked 5 02-03 02-07', 'to whole days');
CALL edustats.watch('bulletin', 'learning', 'app.legacy', 'to_timestamp(epoch)', '1000 days');
CALL edustats.refresh('bulletin');
INSERT INTO app.legacy VALUES (1, extract(epoch FROM timestamptz '2015-02-05 12:00+08'));
SELECT is(difference() || ' ' || (SELECT dirty_days >= 28 FROM bulletin.refresh_status WHERE metric = 'learning'), '0 true', 'the widest');
SELECT lives_ok('INSERT INTO app.legacy VALUES (1, 9223372036854775807)', 'a row whose time can''t be computed can be written');
DELETE FROM app.legacy WHERE epoch = 9223372036854775807;
SELECT is(difference(), 0::bigint, 'and costs no figure');
CALL edustats.refresh('bulletin');

-- A closed period, suspend and resume
DO $$ BEGIN EXECUTE format('ALTER VIEW %s RENAME TO watch_learning_1', (SELECT view FROM bulletin_data.watch WHERE relation = 'app.event'::regclass)); END $$;   -- as by a restore
CALL edustats.suspend('bulletin');
ALTER TABLE app.event ALTER kind TYPE varchar, ADD more text;
CALL edustats.resume('bulletin');
SELECT is(difference() || (SELECT count(*) FROM bulletin_data.watch w JOIN pg_class c ON c.oid = w.view)::text, '02', 'watches come back with resume');
SELECT matches(status(), '^tracked', 'and work');
CALL edustats.refresh('bulletin');
DELETE FROM app.event WHERE at >= '2015-02-12' AND at < '2015-02-13';
SELECT is(difference() || status(), '0tracked 3 02-11 02-13', 'as before');
CALL edustats.attach('site', 'bulletin');
SELECT is(difference() || (SELECT count(*) FROM bulletin_data.watch)::text, '02', 'attach keeps them');

-- Ended, one while suspended, as its column is gone
CALL edustats.suspend('bulletin');
ALTER TABLE app.legacy RENAME epoch TO seconds;
SELECT throws_ok($$CALL edustats.watch('bulletin', 'learning', 'app.legacy', 'to_timestamp(seconds)')$$, '55000', NULL, 'none is begun while suspended');
CREATE OR REPLACE VIEW app.both AS
SELECT person, at FROM app.event WHERE kind <> 'ignored' UNION ALL SELECT person, to_timestamp(seconds) AT TIME ZONE 'Asia/Shanghai' FROM app.legacy;
SELECT throws_ok($$CALL edustats.resume('bulletin')$$, '42703', NULL, 'one whose expression is wrong now can''t come back');
CALL edustats.watch('bulletin', 'learning', 'app.legacy', NULL);
SELECT lives_ok($$CALL edustats.resume('bulletin')$$, 'but be ended');
CALL edustats.refresh('bulletin');
INSERT INTO app.legacy VALUES (2, extract(epoch FROM timestamptz '2015-02-07 12:00+08'));
SELECT is(difference() || ' ' || (SELECT dirty_days >= 28 FROM bulletin.refresh_status WHERE metric = 'learning'), '0 true',
    'with the watching of one table ended, its writes make everything dirty');
CALL edustats.watch('bulletin', 'learning', 'app.event', NULL);
SELECT matches(status(), '^untracked', 'with the other''s, the metric is untracked');
SELECT is((SELECT count(*) FROM pg_class WHERE relname ~ '^watch_' AND relkind = 'v'), 0::bigint, 'and nothing is left');
DROP VIEW site.learning_session;
CALL edustats.refresh('bulletin');
SELECT lives_ok($$CALL edustats.watch('bulletin', 'learning', 'app.event', NULL)$$, 'ending it twice does not matter');
SELECT * FROM finish();
