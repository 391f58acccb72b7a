-- The calendar: a metric's days go from its "since" to tomorrow in the bulletin's zone. What lies outside is counted nowhere,
-- costs nothing, is told, and no instant whatever makes a write fail.
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;
SET timezone = 'America/New_York';
CREATE EXTENSION edustats;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(29);

CALL edustats.create_platform('platform');
CALL edustats.attach();
INSERT INTO platform.district VALUES (1, '东', 1);
INSERT INTO platform.member VALUES (1, '农村', true, 1, '甲', '2015-01-05 09:00+08', '9999-12-31 00:00+08'),
    (2, '农村', true, 1, '乙', '1970-01-01 00:00+00', NULL);
CREATE FUNCTION today() RETURNS date LANGUAGE sql AS $$ SELECT (now() AT TIME ZONE 'Asia/Shanghai')::date $$;
-- The beginning of a day there, some days from today.
CREATE FUNCTION start_of(days integer) RETURNS timestamptz LANGUAGE sql AS $$ SELECT (today() + days)::timestamp AT TIME ZONE 'Asia/Shanghai' $$;

SELECT lives_ok($$INSERT INTO platform.column_visit VALUES (1, '9999-12-31 12:00+08'), (1, '0001-01-01 12:00+08'), (1, '1989-12-31 23:59:59+08'),
    (1, '1990-01-01 00:00+08'), (1, start_of(0)), (1, start_of(2) - interval '1 microsecond'), (1, start_of(2)),
    (1, 'infinity'), (1, '-infinity')$$, 'a write of odd dates');
SELECT lives_ok($$INSERT INTO platform.learning_session VALUES (1, '294276-12-31 23:59:59+00', 60)$$, 'the last instant of all');
SELECT lives_ok($$INSERT INTO platform.learning_session VALUES (1, '4714-11-24 00:00:00+00 BC', 60)$$, 'the first');
INSERT INTO platform.learning_session VALUES (1, '2015-03-01 10:00+08', 3600);
SELECT lives_ok($$UPDATE platform.learning_session SET seconds = seconds + 1$$, 'and an update of them');

CREATE FUNCTION counted() RETURNS TABLE (metric text, day date, n bigint) LANGUAGE sql AS $$
    SELECT a.metric, a.day, edustats.total(a.tally) FROM bulletin_data.activity a ORDER BY 1, 2
$$;
CREATE FUNCTION wanted() RETURNS TABLE (metric text, day date, n bigint) LANGUAGE sql AS $$
    VALUES ('column_visits', date '1990-01-01', 1::bigint), ('column_visits', today(), 1), ('column_visits', today() + 1, 1),
           ('learning', '2015-03-01', 3601), ('registrations', '2015-01-05', 1) ORDER BY 1, 2
$$;
SELECT results_eq('SELECT * FROM counted()', 'SELECT * FROM wanted()', 'what lies within is counted, before a refresh');
SELECT is((SELECT min(month) FROM bulletin_data.calendar), '1990-01-01', 'the first month');
SELECT is((SELECT max(month) FROM bulletin_data.calendar), date_trunc('month', today() + 1)::date, 'the last one');
CALL edustats.refresh();
SELECT results_eq('SELECT * FROM counted()', 'SELECT * FROM wanted()', 'and after it');
SELECT is((SELECT count(*) FROM bulletin_data.log), 0::bigint, 'no mark is left over');
SELECT is((SELECT max(month) FROM bulletin_data.calendar), date_trunc('month', today() + 1)::date, 'the last month is the same');
SELECT results_eq($$SELECT metric, outside_rows, first_outside, last_outside FROM bulletin.refresh_status WHERE outside_rows > 0 ORDER BY 1$$,
    $$VALUES ('closures', 1::bigint, date '9999-12-31', date '9999-12-31'), ('column_visits', 4, '0001-01-01', '9999-12-31'),
             ('learning', 2, '4713-01-01 BC', '294277-01-01'), ('registrations', 1, '1970-01-01', '1970-01-01')$$, 'what is outside is told');
SELECT is((SELECT sum(dirty_days) FROM bulletin.refresh_status), 0::numeric, 'and is not dirty');
SET statement_timeout = '5s';
SELECT lives_ok('SELECT count(*) FROM bulletin.table_1', 'table 1 of all months is read in time');
SELECT lives_ok('SELECT count(*) FROM bulletin.headline', 'so is the headline');
SELECT lives_ok($$SELECT edustats.bulletin_html('bulletin', '2015-03-01')$$, 'and a page');
RESET statement_timeout;

-- It comes and goes with its rows.
DELETE FROM platform.column_visit WHERE visited_at < '1980-01-01';
UPDATE platform.column_visit SET visited_at = '9999-12-30+08' WHERE visited_at = '9999-12-31 12:00+08';
CALL edustats.refresh();
SELECT results_eq($$SELECT outside_rows, first_outside, last_outside FROM bulletin.refresh_status WHERE metric = 'column_visits'$$,
    $$VALUES (3::bigint, date '1989-12-31', date '9999-12-30')$$, 'told anew');
DELETE FROM platform.column_visit WHERE isfinite(visited_at) AND (visited_at < '1990-01-01+08' OR visited_at >= start_of(2));
CALL edustats.refresh();
SELECT is((SELECT outside_rows FROM bulletin.refresh_status WHERE metric = 'column_visits'), NULL, 'and no more');
SELECT results_eq('SELECT * FROM counted()', 'SELECT * FROM wanted()', 'nothing else has changed');

-- Tomorrow's tomorrow becomes tomorrow: a day that was outside is dirty once it is within.
INSERT INTO platform.column_visit VALUES (5, start_of(2) + interval '1 hour');
CALL edustats.refresh();
SELECT is((SELECT outside_rows FROM bulletin.refresh_status WHERE metric = 'column_visits'), 1::bigint, 'a day after tomorrow is outside');
CALL edustats.attach(timezone => 'Asia/Shanghai');
UPDATE bulletin_data.outside SET day = day - 2 WHERE metric = 'column_visits';
SELECT is((SELECT days FROM bulletin_data.dirty('column_visits')), datemultirange(daterange(today(), today(), '[]')), 'as time goes on it is dirty');
CALL edustats.refresh();
SELECT is((SELECT outside_rows FROM bulletin.refresh_status WHERE metric = 'column_visits'), 1::bigint, 'refresh looks anew');
SELECT results_eq('SELECT * FROM counted()', 'SELECT * FROM wanted()', 'and counts what is within');
DELETE FROM platform.column_visit WHERE visited_at >= start_of(2) AND isfinite(visited_at);

-- The first day is the owner's to choose.
UPDATE bulletin_data.metric SET since = '2000-01-01' WHERE metric = 'column_visits';
CALL edustats.invalidate('bulletin', 'column_visits');
CALL edustats.refresh();
SELECT results_eq('SELECT * FROM counted()', $$SELECT * FROM wanted() WHERE day <> '1990-01-01'$$, 'a later first day');
SELECT is((SELECT outside_rows FROM bulletin.refresh_status WHERE metric = 'column_visits'), 1::bigint, 'what was before it is told');
SELECT is((SELECT sum(edustats.total(tally)) FROM bulletin_data.monthly WHERE metric = 'column_visits'), 2::numeric, 'and not in the months');
CALL edustats.attach();
SELECT is((SELECT since FROM bulletin_data.metric WHERE metric = 'column_visits'), '2000-01-01', 'attach leaves it');
UPDATE bulletin_data.metric SET since = '1900-01-01' WHERE metric = 'column_visits';
CALL edustats.invalidate('bulletin', 'column_visits');
CALL edustats.refresh();
SELECT results_eq('SELECT * FROM counted()', 'SELECT * FROM wanted()', 'an earlier one');
SELECT results_eq($$SELECT users FROM bulletin.users WHERE month = '2015-03-01'$$, 'VALUES (1::bigint)', 'who was never opened is no user');
SELECT is((SELECT value FROM bulletin.headline WHERE month = '2015-03-01' AND metric = 'learning_hours'), 1.00, 'hours of March 2015');
SELECT * FROM finish();
