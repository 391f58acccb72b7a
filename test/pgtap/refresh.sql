-- refresh and invalidate: days that fail, transaction blocks, what is marked by hand.
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;        -- refresh warns of each day that fails
SET timezone = 'America/New_York';      -- must not matter
CREATE EXTENSION edustats;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(45);

CALL edustats.create_platform('platform');
ALTER TABLE platform.learning_session DROP CONSTRAINT learning_session_seconds_check;
INSERT INTO platform.district VALUES (1, 'D1', 1);
INSERT INTO platform.member SELECT i, '农村', true, 1, 'm' || i, '2015-01-01+08' FROM generate_series(1, 3) i;
INSERT INTO platform.learning_session
SELECT 1 + i % 3, '2015-02-25+08'::timestamptz + i * interval '6 hours', 10 + i FROM generate_series(0, 39) i;
INSERT INTO platform.course_click
SELECT 1 + i % 3, i % 4, '2015-02-25+08'::timestamptz + i * interval '6 hours' FROM generate_series(0, 39) i;
CALL edustats.attach();

-- (metric, day, key, count) from the sources alone, but for the days of learning that can't be computed
CREATE VIEW truth AS
SELECT 'learning' AS metric, (started_at AT TIME ZONE 'Asia/Shanghai')::date AS day, member_id AS key, sum(seconds) AS n
FROM platform.learning_session WHERE seconds BETWEEN 0 AND 9007199254740992 GROUP BY 2, 3
HAVING sum(seconds) BETWEEN 1 AND 9223372036854775807
UNION ALL
SELECT 'course_clicks', (clicked_at AT TIME ZONE 'Asia/Shanghai')::date, course_id, count(*)::numeric
FROM platform.course_click GROUP BY 2, 3;
CREATE VIEW held AS
SELECT r.metric, r.day, e.key, sum(e.count) AS n FROM bulletin_data.rollup r, edustats.each(r.tally) e
WHERE r.metric IN ('learning', 'course_clicks') GROUP BY 1, 2, 3;
CREATE VIEW shown AS
SELECT a.metric, a.day, e.key, sum(e.count) AS n FROM bulletin_data.activity a, edustats.each(a.tally) e
WHERE a.metric IN ('learning', 'course_clicks') GROUP BY 1, 2, 3;
CREATE FUNCTION dirty(metric text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(to_char(d.day, 'MM-DD'), ' ' ORDER BY d.day) FROM bulletin_data.dirty_day d WHERE d.metric = $1
$$;

SELECT results_eq('TABLE shown ORDER BY 1, 2, 3', 'TABLE truth ORDER BY 1, 2, 3', 'right before the first refresh');
SELECT is((SELECT max(refreshed_at) FROM bulletin.refresh_status), NULL, 'never refreshed');

-- Two bad days, more than a bigint holds: one amid others, one alone
INSERT INTO platform.learning_session
SELECT 1, v.at, 9007199254740992 FROM (VALUES (timestamptz '2015-02-27 06:00+08'), ('2015-03-03 06:00+08')) v(at), generate_series(1, 1100);
CALL edustats.refresh();
SELECT is(dirty('learning'), '02-27 03-03', 'the bad days stay dirty, and no other');
SELECT is(dirty('course_clicks'), NULL, 'nor other metrics');
SELECT results_eq('TABLE held ORDER BY 1, 2, 3',
    $$SELECT * FROM truth WHERE metric <> 'learning' OR day NOT IN ('2015-02-27', '2015-03-03') ORDER BY 1, 2, 3$$,
    'all other days are computed');
SELECT results_eq($$SELECT dirty_days, failed_days FROM bulletin.refresh_status WHERE metric = 'learning'$$,
    'VALUES (2::bigint, 2::bigint)', 'refresh_status counts them');
SELECT matches((SELECT error FROM bulletin.refresh_status WHERE metric = 'learning'),
    '^2015-02-27: .*out of range', 'and says what is wrong with the first');
SELECT is((SELECT error FROM bulletin.refresh_status WHERE metric = 'course_clicks'), NULL, 'with the others nothing is');
SELECT results_eq('SELECT day FROM bulletin_data.refresh_error ORDER BY day', $$VALUES ('2015-02-27'::date), ('2015-03-03')$$,
    'both are noted');
SELECT throws_ok($$SELECT * FROM bulletin_data.activity WHERE metric = 'learning'$$, NULL, NULL,
    'reading them is an error, not a smaller sum');
SELECT lives_ok($$SELECT * FROM bulletin_data.activity WHERE metric = 'learning' AND month = '2015-01-01'$$,
    'reading another month is none');
SELECT results_eq($$SELECT * FROM shown WHERE metric = 'course_clicks' ORDER BY 1, 2, 3$$,
    $$SELECT * FROM truth WHERE metric = 'course_clicks' ORDER BY 1, 2, 3$$, 'nor is reading another metric');

CALL edustats.refresh();
SELECT is(dirty('learning'), '02-27 03-03', 'they are tried again, and fail again');
DELETE FROM platform.learning_session WHERE seconds > 1000 AND started_at < '2015-03-01';
CALL edustats.refresh();
SELECT is(dirty('learning'), '03-03', 'one is repaired');
SELECT results_eq($$SELECT dirty_days, failed_days FROM bulletin.refresh_status WHERE metric = 'learning'$$,
    'VALUES (1::bigint, 1::bigint)', 'and only the other one is left');
DELETE FROM platform.learning_session WHERE seconds > 1000;
CALL edustats.refresh();
SELECT is(dirty('learning'), NULL, 'the other one is, too');
SELECT results_eq($$SELECT failed_days, error FROM bulletin.refresh_status WHERE metric = 'learning'$$,
    'VALUES (0::bigint, NULL::text)', 'no error is left');
SELECT results_eq('TABLE held ORDER BY 1, 2, 3', 'TABLE truth ORDER BY 1, 2, 3', 'all is computed');
SELECT results_eq('TABLE shown ORDER BY 1, 2, 3', 'TABLE truth ORDER BY 1, 2, 3', 'and right');

-- Rows with an impossible weight are counted nowhere, and told with their day; all else is counted, in every month
CREATE TEMP TABLE before AS SELECT month, metric, value, cumulative FROM bulletin.headline;
INSERT INTO platform.learning_session VALUES (1, '2015-02-27 07:00+08', -5), (2, '2015-02-27 08:00+08', 9007199254740993),
    (2, '2015-03-02 08:00+08', -1);
SELECT results_eq('TABLE shown ORDER BY 1, 2, 3', 'TABLE truth ORDER BY 1, 2, 3', 'impossible weights, before a refresh');
SELECT is_empty('(SELECT month, metric, value, cumulative FROM bulletin.headline EXCEPT TABLE before)', 'no headline of any month is another');
CALL edustats.refresh();
SELECT is(dirty('learning'), NULL, 'their days are computed');
SELECT results_eq('TABLE shown ORDER BY 1, 2, 3', 'TABLE truth ORDER BY 1, 2, 3', 'impossible weights, after it');
SELECT is_empty('(SELECT month, metric, value, cumulative FROM bulletin.headline EXCEPT TABLE before)', 'nor is one then');
SELECT results_eq($$SELECT failed_days, error FROM bulletin.refresh_status WHERE metric = 'learning'$$,
    $$VALUES (2::bigint, '2015-02-27: 2 row(s) with a weight that is negative or above 2^53, not counted')$$, 'they are told');
DELETE FROM platform.learning_session WHERE seconds < 0 OR seconds > 9007199254740992;
CALL edustats.refresh();
SELECT results_eq($$SELECT failed_days, error FROM bulletin.refresh_status WHERE metric = 'learning'$$,
    'VALUES (0::bigint, NULL::text)', 'until they are gone');

-- A class that nobody can tell counts as none, and is no failure
SELECT lives_ok($$INSERT INTO platform.learning_session VALUES (99, '2015-03-03 12:00+08', 3)$$, 'a session of nobody known');
CALL edustats.refresh();
SELECT is((SELECT class FROM bulletin_data.rollup WHERE metric = 'learning' AND edustats.count_of(tally, 99) = 3), 0::smallint,
    'is of class 0');

-- Where it can't run
BEGIN;
SELECT throws_ok('CALL edustats.refresh()', '25001', 'edustats.refresh cannot run inside a transaction block',
    'not inside a transaction block');
COMMIT;
CREATE FUNCTION call_refresh() RETURNS void LANGUAGE plpgsql AS 'BEGIN CALL edustats.refresh(); END';
SELECT throws_ok('SELECT call_refresh()', '25001', NULL, 'not from a function within an exception block');
DO $$ BEGIN CALL edustats.refresh(); END $$;
SELECT pass('but from a DO block');
\set ON_ERROR_STOP off
\set VERBOSITY sqlstate
CALL edustats.refresh('nowhere');             -- says its sqlstate
SELECT is(:'LAST_ERROR_SQLSTATE'::text, '3F000', 'nor where there is no bulletin');
\set VERBOSITY default
\set ON_ERROR_STOP on

-- invalidate
TRUNCATE bulletin_data.log;
SELECT throws_ok($$CALL edustats.invalidate('bulletin', 'lerning')$$, '42704', 'there is no metric "lerning"',
    'a metric that there is not');
SELECT throws_ok($$CALL edustats.invalidate('bulletin', 'learning', NULL)$$, '22004', NULL, 'days must not be null');
SELECT throws_ok($$CALL edustats.invalidate(NULL)$$, '22004', NULL, 'nor the bulletin');
CALL edustats.invalidate('bulletin', 'learning', '[2015-02-26,2015-02-28]');
SELECT is(dirty('learning'), '02-26 02-27 02-28', 'a range of days');
SELECT is(dirty('course_clicks'), NULL, 'of one metric');
TRUNCATE bulletin_data.log;
CALL edustats.invalidate('bulletin', days => '(2015-03-04,infinity)');
SELECT is(dirty('learning') || ', ' || dirty('course_clicks'), '03-05 03-06, 03-05 03-06', 'of all metrics, without an end');
TRUNCATE bulletin_data.log;
CALL edustats.invalidate('bulletin', 'learning', 'empty');
SELECT is(dirty('learning'), NULL, 'no days');

-- A write that no trigger saw
ALTER TABLE platform.course_click DISABLE TRIGGER USER;
DELETE FROM platform.course_click WHERE clicked_at < '2015-02-26+08';
INSERT INTO platform.course_click VALUES (1, 1, '2015-01-15+08');
ALTER TABLE platform.course_click ENABLE TRIGGER USER;
SELECT results_eq('TABLE shown ORDER BY 1, 2, 3', 'TABLE truth ORDER BY 1, 2, 3',
    'is seen: the triggers are not as they were, so days that have rows now and days that had are read live');
SELECT matches((SELECT note FROM bulletin.refresh_status WHERE metric = 'course_clicks'), 'course_click does not bear its triggers', 'and told');
CALL edustats.refresh();
ALTER TABLE platform.course_click DISABLE TRIGGER USER;
DELETE FROM platform.course_click WHERE clicked_at < '2015-02-27+08';
DO $$ DECLARE t name; BEGIN
    FOR t IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'platform.course_click'::regclass AND NOT tgisinternal LOOP
        EXECUTE format('ALTER TABLE platform.course_click ENABLE ALWAYS TRIGGER %I', t);
    END LOOP;
END $$;
SELECT results_eq('TABLE shown ORDER BY 1, 2, 3', 'TABLE truth ORDER BY 1, 2, 3', 'so it is when they are put right by hand');
CALL edustats.refresh();
SELECT results_eq('TABLE held ORDER BY 1, 2, 3', 'TABLE truth ORDER BY 1, 2, 3', 'and after a refresh');

-- Marks that the writer's own transaction takes out of the log come again
BEGIN;
INSERT INTO platform.course_click VALUES (1, 1, '2015-01-20+08');
SELECT edustats.as_owner('bulletin_data', 'refresh_run', 'course_clicks'::text, date '2015-01-20', date '2015-01-20') \g /dev/null
INSERT INTO platform.course_click VALUES (1, 1, '2015-01-20+08');
COMMIT;
SELECT results_eq('TABLE shown ORDER BY 1, 2, 3', 'TABLE truth ORDER BY 1, 2, 3', 'a refresh amid the writer''s transaction');
BEGIN;
INSERT INTO platform.course_click VALUES (1, 1, '2015-01-25+08');
DELETE FROM platform.course_click WHERE clicked_at = '2015-01-25+08';
CALL edustats.attach(timezone => 'Asia/Tokyo');
CALL edustats.attach(timezone => 'Asia/Shanghai');
INSERT INTO platform.course_click VALUES (1, 1, '2015-01-25+08');
COMMIT;
SELECT results_eq('TABLE shown ORDER BY 1, 2, 3', 'TABLE truth ORDER BY 1, 2, 3', 'an attachment begun anew amid it');
SELECT * FROM finish();
