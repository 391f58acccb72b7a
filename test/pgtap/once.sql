-- What has to be computed from a source is computed once: by a refresh, by a statement, and by a page; and in the next
-- statement anew. The source says itself how often it has been read.
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;
CREATE EXTENSION edustats;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(21);

CREATE SCHEMA app;
CREATE SEQUENCE app.reads;
CREATE FUNCTION app.read() RETURNS boolean LANGUAGE sql AS $$SELECT nextval('app.reads') > 0$$;
CREATE FUNCTION reads() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    n bigint := nextval('app.reads') - 1;
BEGIN
    PERFORM setval('app.reads', 1, false);
    RETURN n;
END
$$;
CREATE TABLE app.hit (person bigint, course bigint, at timestamptz);
INSERT INTO app.hit SELECT 1 + i % 9, 1 + i % 20, '2014-01-05 12:00+08'::timestamptz + i * interval '1 day' FROM generate_series(0, 449) i;
INSERT INTO app.hit VALUES (1, 1, '1970-01-01+08'), (2, 2, '1970-01-01+08'), (2, 2, 'infinity'), (2, NULL, '1970-01-01+08');
CREATE SCHEMA platform;
CREATE TABLE platform.district (district_id int, name text, position int);
CREATE TABLE platform.member (member_id bigint PRIMARY KEY, org_type text, allocated boolean, district_id int, name text,
                              registered_at timestamptz, closed_at timestamptz);
INSERT INTO platform.member SELECT i, '农村', true, NULL, 'm' || i, '2015-01-01' FROM generate_series(1, 9) i;
CREATE TABLE platform.course (course_id bigint PRIMARY KEY, title text, category text, producer text);
INSERT INTO platform.course SELECT i, 'course ' || i, 'c' || i % 3, 'p' FROM generate_series(1, 20) i;
-- DISTINCT can't be seen through
CREATE VIEW platform.course_click AS SELECT DISTINCT person AS member_id, course AS course_id, at AS clicked_at FROM app.hit WHERE (SELECT app.read());

CALL edustats.attach();
SELECT is(reads(), 0::bigint, 'attach reads no rows');
CREATE FUNCTION difference() RETURNS bigint LANGUAGE sql AS $$
    WITH truth AS (
        SELECT (at AT TIME ZONE 'Asia/Shanghai')::date AS day, course AS key, count(DISTINCT (person, course, at)) AS n
        FROM app.hit WHERE at BETWEEN '1990-01-01+08' AND '2100-01-01+08' GROUP BY 1, 2
    ), had AS (
        SELECT a.day, e.key, sum(e.count)::bigint FROM bulletin_data.activity a, edustats.each(a.tally) e WHERE a.metric = 'course_clicks' GROUP BY 1, 2)
    SELECT count(*) FROM ((TABLE truth EXCEPT ALL TABLE had) UNION ALL (TABLE had EXCEPT ALL TABLE truth)) d
$$;
CREATE FUNCTION outside() RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', outside_rows, first_outside) FROM bulletin.refresh_status WHERE metric = 'course_clicks'
$$;
SELECT is((SELECT count(*) FROM bulletin_data.activity WHERE metric = 'course_clicks'), 450::bigint, 'before a refresh');
SELECT is(reads(), 1::bigint, 'all is read once, though it is 15 months');
CALL edustats.refresh();
SELECT is(reads(), 1::bigint, 'the first refresh reads it once');
SELECT is((SELECT tracked FROM bulletin.refresh_status WHERE metric = 'course_clicks'), false, 'it is not tracked');
SELECT is(outside(), '2 1970-01-01', 'what is outside the calendar was counted with the rest');
SELECT is(difference(), 0::bigint, 'and it is right');
SELECT reads() > -1 \g /dev/null
INSERT INTO app.hit SELECT 1, 1, now();
SELECT is((SELECT count(*) FROM bulletin.course_clicks WHERE month = date_trunc('month', now() AT TIME ZONE 'Asia/Shanghai')), 1::bigint, 'today''s row is there');
SELECT is(reads(), 1::bigint, 'for one read');
SELECT ok(edustats.bulletin_html('bulletin', '2015-03-01') IS NOT NULL, 'the page of a month');
SELECT is(reads(), 0::bigint, 'that is clean needs no read');
CALL edustats.invalidate('bulletin', 'course_clicks');
SELECT ok(edustats.bulletin_html('bulletin', '2015-03-01') IS NOT NULL, 'a page with nothing clean');
SELECT is(reads(), 1::bigint, 'needs one, too');
SELECT is(difference(), 0::bigint, 'and is right');

-- What is remembered is seen by nobody who would see something else
CREATE FUNCTION clicks() RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT sum(edustats.total(tally)) FROM bulletin_data.activity WHERE metric = 'course_clicks'
$$;
CREATE TABLE seen (place serial, clicks numeric);
DO $$
BEGIN
    INSERT INTO seen (clicks) SELECT clicks();
    INSERT INTO app.hit VALUES (3, 3, '2014-03-03 03:03+08');
    INSERT INTO seen (clicks) SELECT clicks();
    BEGIN
        INSERT INTO app.hit VALUES (4, 4, '2014-03-03 03:03+08');
        INSERT INTO seen (clicks) SELECT clicks();
        PERFORM setval('app.reads', 1, false);
        INSERT INTO seen (clicks) SELECT clicks() + 0 * clicks();
        RAISE EXCEPTION 'back';
    EXCEPTION WHEN raise_exception THEN
        PERFORM set_config('once.reads', (nextval('app.reads') - 1)::text, false);
    END;
    INSERT INTO seen (clicks) SELECT clicks();
END
$$;
SELECT is((SELECT array_agg(clicks - 450 ORDER BY place) FROM seen), '{1,2,2}'::numeric[], 'within a statement, what a command wrote is read by the next');
SELECT is(current_setting('once.reads'), '1', 'twice in a command is one read');
BEGIN;
SAVEPOINT a;
INSERT INTO app.hit VALUES (5, 5, '2014-03-03 03:03+08');
SELECT is(clicks(), 453::numeric, 'in a subtransaction');
ROLLBACK TO a;
SELECT is(clicks(), 452::numeric, 'and where it was rolled back');
COMMIT;
SET maintenance_work_mem = '1MB';
INSERT INTO app.hit SELECT i % 10, 1000 + 7919 * i, '2014-03-03+08'::timestamptz + i * interval '5 minutes' FROM generate_series(1, 100000) i;
SELECT is(difference(), 0::bigint, 'more than may be remembered is read again');
SELECT ok(reads() > 2, 'more often');
RESET maintenance_work_mem;
CALL edustats.refresh();
SELECT is(difference(), 0::bigint, 'all is right');
SELECT * FROM finish();
