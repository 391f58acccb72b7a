-- close: days before a date are final, whatever is written or purged later; what is written there is told, and not counted.
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;
SET timezone = 'America/Sao_Paulo';     -- must not matter; some of its days begin at one o'clock
CREATE EXTENSION edustats;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(49);

CREATE SCHEMA platform;
CREATE TABLE platform.district (district_id int PRIMARY KEY, name text, position int);
INSERT INTO platform.district VALUES (1, 'D1', 1);
CREATE TABLE platform.member (member_id bigint PRIMARY KEY, org_type text, allocated boolean, district_id int, name text,
                              registered_at timestamptz, closed_at timestamptz);
INSERT INTO platform.member SELECT i, '农村', true, 1, 'm' || i, '2015-01-01+08' FROM generate_series(1, 5) i;
CREATE TABLE platform.learning_session (member_id bigint, started_at timestamptz, seconds int) PARTITION BY RANGE (started_at);
CREATE TABLE platform.l_01 PARTITION OF platform.learning_session FOR VALUES FROM ('2015-01-01+08') TO ('2015-02-01+08');
CREATE TABLE platform.l_02 PARTITION OF platform.learning_session FOR VALUES FROM ('2015-02-01+08') TO ('2015-03-01+08');
CREATE TABLE platform.l_x PARTITION OF platform.learning_session DEFAULT;
CREATE TABLE platform.course_click (member_id bigint, course_id int, clicked_at timestamptz);
INSERT INTO platform.learning_session
SELECT 1 + i % 5, '2015-01-03+08'::timestamptz + i * interval '11 hours', 100 + i FROM generate_series(0, 199) i;
INSERT INTO platform.course_click
SELECT 1 + i % 5, i % 4, '2015-01-03+08'::timestamptz + i * interval '11 hours' FROM generate_series(0, 199) i;
CALL edustats.attach();

-- What the sources say, what the bulletin says, and what it said when "kept" was filled
CREATE VIEW truth AS
SELECT 'learning' AS metric, (started_at AT TIME ZONE 'Asia/Shanghai')::date AS day, member_id AS key, sum(seconds) AS n
FROM platform.learning_session GROUP BY 2, 3
UNION ALL
SELECT 'course_clicks', (clicked_at AT TIME ZONE 'Asia/Shanghai')::date, course_id, count(*) FROM platform.course_click GROUP BY 2, 3;
CREATE VIEW shown AS
SELECT a.metric, a.day, e.key, sum(e.count)::bigint AS n FROM bulletin_data.activity a, edustats.each(a.tally) e
WHERE a.metric IN ('learning', 'course_clicks') GROUP BY 1, 2, 3;
CREATE TABLE kept AS TABLE truth;
CREATE VIEW months AS
SELECT (SELECT string_agg(format('%s %s %s', month, class, total), ', ' ORDER BY month, class) FROM bulletin_data.monthly WHERE metric = 'learning')
    || (SELECT string_agg(t::text, ', ' ORDER BY month, rank) FROM bulletin.station_learning t) AS text;
-- What is shown beside what is right: "kept" before a day, the sources from it on
CREATE FUNCTION wrong(metric text, closed date DEFAULT '-infinity') RETURNS bigint LANGUAGE sql AS $$
    WITH right_ AS (SELECT * FROM kept k WHERE k.day < closed UNION ALL SELECT * FROM truth t WHERE t.day >= closed)
    SELECT count(*) FROM ((TABLE right_ EXCEPT TABLE shown) UNION ALL (TABLE shown EXCEPT TABLE right_)) d WHERE d.metric = $1
$$;
CREATE FUNCTION status(metric text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', closed_before, 'dirty', dirty_days, 'late', late_days) FROM bulletin.refresh_status s WHERE s.metric = $1
$$;

SELECT throws_ok($$CALL edustats.close('bulletin', 'learning', '2015-03-01')$$, '55000',
    'metric "learning" has days before 2015-03-01 that are not computed', 'what was never refreshed can''t be closed');
CALL edustats.refresh();
INSERT INTO platform.learning_session VALUES (1, '2015-02-10 12:00+08', 1);
SELECT throws_ok($$CALL edustats.close('bulletin', 'learning', '2015-03-01')$$, '55000',
    'metric "learning" has days before 2015-03-01 that are not computed', 'nor what was written to since');
SELECT lives_ok($$CALL edustats.close('bulletin', 'learning', '2015-02-10')$$, 'what was not, can');
SELECT is(status('learning'), '2015-02-10 dirty 1 late', 'refresh_status has it');
CALL edustats.refresh();
SELECT lives_ok($$CALL edustats.close('bulletin', 'learning', '2015-03-01')$$, 'and more, when refreshed');
SELECT is(status('learning') || '/' || status('course_clicks'), '2015-03-01 dirty 0 late/dirty 0 late', 'of this metric alone');

SELECT throws_ok($$CALL edustats.close('bulletin', 'nix', '2015-03-01')$$, '42704', 'there is no metric "nix"', 'a metric that is not there');
SELECT throws_ok($$CALL edustats.close('bulletin', 'nix')$$, '42704', 'there is no metric "nix"', 'nor to be opened');
SELECT throws_ok($$CALL edustats.close('bulletin', 'learning', 'infinity')$$, '22023', 'before must be a day', 'an infinite date');
SELECT throws_ok($$CALL edustats.close('bulletin', 'learning', '-infinity')$$, '22023', 'before must be a day', 'on either side');
SELECT throws_ok($$CALL edustats.close(NULL, 'learning', '2015-03-01')$$, '22004', NULL, 'no bulletin');
SELECT throws_ok($$CALL edustats.close('nix', 'learning', '2015-03-01')$$, NULL, NULL, 'a bulletin that is not there');
SELECT is(status('learning'), '2015-03-01 dirty 0 late', 'none of which changes anything');

-- A purge
TRUNCATE kept;
INSERT INTO kept TABLE truth;
CREATE TABLE months_kept AS TABLE months;
DELETE FROM platform.learning_session WHERE started_at < '2015-01-10 12:00+08';
SELECT is(wrong('learning', '2015-03-01'), 0::bigint, 'DELETE changes nothing');
TRUNCATE platform.l_01;
SELECT is(wrong('learning', '2015-03-01'), 0::bigint, 'nor does TRUNCATE');
DROP TABLE platform.l_02;
SELECT is(wrong('learning', '2015-03-01'), 0::bigint, 'nor does DROP');
SELECT is((TABLE months), (TABLE months_kept), 'not in the months, nor in the views');
CALL edustats.refresh();
SELECT is(wrong('learning', '2015-03-01'), 0::bigint, 'and all of it stays after a refresh');
SELECT is((TABLE months), (TABLE months_kept), 'the months and the views, too');
SELECT matches(status('learning'), '^2015-03-01 dirty 0 late \d+$', 'which tells of it');
CALL edustats.invalidate('bulletin', 'learning', '[2015-01-01,2015-02-01)');
SELECT is(wrong('learning', '2015-03-01'), 0::bigint, 'invalidate changes nothing');
CALL edustats.refresh();
CALL edustats.invalidate('bulletin');
SELECT is(wrong('learning', '2015-03-01'), 0::bigint, 'not even for all days');
CALL edustats.refresh();
SELECT is(wrong('learning', '2015-03-01'), 0::bigint, 'nor with a refresh after it');
UPDATE bulletin_data.metric SET since = '2015-02-01' WHERE metric = 'learning';
CALL edustats.invalidate('bulletin');
CALL edustats.refresh();
UPDATE bulletin_data.metric SET since = DEFAULT WHERE metric = 'learning';
CALL edustats.invalidate('bulletin');
CALL edustats.refresh();
SELECT is((TABLE months), (TABLE months_kept), 'nor is it lost when "since" is later for a while');

-- Late writes, in a metric that is closed anew: the clock of the session's zone went forward at midnight of 2014-10-19
CALL edustats.close('bulletin', 'course_clicks', '2015-02-15');
INSERT INTO platform.course_click VALUES (1, 7, '2014-10-18 12:00+08'), (1, 7, '2014-10-19 12:00+08'), (1, 7, '2014-10-20 12:00+08');
UPDATE platform.course_click SET course_id = 8 WHERE clicked_at >= '2015-02-14+08' AND clicked_at < '2015-02-17+08';
SELECT is(status('course_clicks'), '2015-02-15 dirty 2 late', 'late writes make no closed day dirty');
SELECT is(wrong('course_clicks', '2015-02-15'), 0::bigint, 'and are not counted, but for the days after it');
CALL edustats.refresh();
SELECT is(status('course_clicks'), '2015-02-15 dirty 0 late 4', 'a refresh tells of them');
SELECT is((SELECT string_agg(day::text, ' ' ORDER BY day) FROM bulletin_data.late WHERE metric = 'course_clicks'),
    '2014-10-18 2014-10-19 2014-10-20 2015-02-14', 'day by day');
SELECT is(wrong('course_clicks', '2015-02-15'), 0::bigint, 'and does not count them either');
CALL edustats.invalidate('bulletin', 'course_clicks', '[2014-10-16,2014-10-22)');
CALL edustats.refresh();
SELECT is(status('course_clicks'), '2015-02-15 dirty 0 late 7', 'a mark of several days tells of each');

-- A member of another class
CREATE VIEW classes AS SELECT day < '2015-02-15' AS closed, class, edustats.total(edustats.rollup(tally)) AS n
FROM bulletin_data.activity WHERE metric = 'course_clicks' GROUP BY 1, 2;
CREATE TABLE classes_kept AS TABLE classes;
UPDATE platform.member SET org_type = '社区' WHERE member_id = 3;
SELECT results_eq('SELECT * FROM classes WHERE closed ORDER BY 2', 'SELECT * FROM classes_kept WHERE closed ORDER BY 2', 'closed days keep his old class');
SELECT results_ne('SELECT * FROM classes WHERE NOT closed ORDER BY 2', 'SELECT * FROM classes_kept WHERE NOT closed ORDER BY 2', 'the others do not');
CALL edustats.refresh();
SELECT results_eq('SELECT * FROM classes WHERE closed ORDER BY 2', 'SELECT * FROM classes_kept WHERE closed ORDER BY 2', 'nor after a refresh');

-- Days whose marks can't be found out are not computed by them either
CREATE SCHEMA mapped;
CREATE VIEW mapped.district AS TABLE platform.district;
CREATE VIEW mapped.member AS TABLE platform.member;
CREATE TABLE click (member_id bigint, course_id int, part int, clicked_at timestamptz);
CREATE VIEW mapped.course_click AS SELECT member_id, course_id / part AS course_id, clicked_at FROM click;
INSERT INTO click VALUES (1, 6, 2, '2015-02-01 12:00+08'), (1, 6, 2, '2015-02-02 12:00+08');
CALL edustats.attach('mapped', 'other');
CALL edustats.refresh('other');
CALL edustats.close('other', 'course_clicks', '2015-02-02');
DELETE FROM click WHERE clicked_at < '2015-02-02+08';
INSERT INTO click VALUES (1, 6, 0, '2100-01-01 12:00+08');
CALL edustats.refresh('other');
SELECT isnt((SELECT error FROM other.refresh_status WHERE metric = 'course_clicks'), NULL, 'a refresh that can''t plan');
SELECT results_eq($$SELECT day, tally::text FROM other_data.activity WHERE metric = 'course_clicks' AND month = '2015-02-01' ORDER BY 1$$,
    $$VALUES ('2015-02-01'::date, '{3:1}'), ('2015-02-02', '{3:1}')$$, 'leaves closed days alone');
CALL edustats.detach('other');

-- Opened again
CALL edustats.close('bulletin', 'course_clicks', '2015-01-20');
SELECT is(wrong('course_clicks', '2015-01-20'), 0::bigint, 'opened from an earlier day on, it is right from there on');
SELECT is((SELECT first_dirty FROM bulletin.refresh_status WHERE metric = 'course_clicks'), '2015-01-20', 'read live');
SELECT is((SELECT string_agg(DISTINCT to_char(day, 'YYYY'), ' ') FROM bulletin_data.late WHERE metric = 'course_clicks'), '2014', 'those are late no more');
CALL edustats.refresh();
SELECT is(wrong('course_clicks', '2015-01-20'), 0::bigint, 'and after a refresh');
CALL edustats.close('bulletin', 'course_clicks');
SELECT is(wrong('course_clicks'), 0::bigint, 'opened wholly, it is what the sources say');
CALL edustats.refresh();
SELECT is(wrong('course_clicks') || ' ' || status('course_clicks'), '0 dirty 0 late', 'as after a refresh, and nothing is late');
CALL edustats.close('bulletin', 'learning', NULL);
SELECT is(wrong('learning'), 0::bigint, 'what was purged is gone then');
CALL edustats.refresh();
CALL edustats.close('bulletin', before => '2015-02-15');
SELECT is((SELECT string_agg(DISTINCT closed_before::text, ' ') || count(*) FROM bulletin.refresh_status WHERE closed_before IS NOT NULL),
    '2015-02-15' || (SELECT count(*) FROM bulletin_data.metric), 'all metrics at once');

-- What would lose them
SELECT throws_ok($$CALL edustats.attach('mapped', 'bulletin', 'Asia/Shanghai')$$, '55000',
    'metric "closures" has closed days, which would be lost', 'another platform');
SELECT throws_ok($$CALL edustats.attach('platform', 'bulletin', 'Europe/Berlin')$$, '55000',
    'metric "closures" has closed days, which would be lost', 'another zone');
ALTER TABLE platform.course_click RENAME TO gone;
SELECT throws_ok('CALL edustats.attach()', '55000', 'metric "course_clicks" has closed days, which would be lost', 'a source that is gone');
SELECT results_eq($$SELECT sum(n) FROM classes WHERE closed$$, $$SELECT count(*)::numeric FROM platform.gone WHERE clicked_at < '2015-02-15+08'$$,
    'until it is back, closed days stay');
ALTER TABLE platform.gone RENAME TO course_click;
SELECT lives_ok('CALL edustats.attach()', 'it is back');
TRUNCATE kept;
INSERT INTO kept TABLE truth;
DELETE FROM platform.course_click WHERE clicked_at < '2015-02-01+08';
SELECT is(wrong('course_clicks', '2015-02-15'), 0::bigint, 'and closed days are final as before');
SELECT * FROM finish();
