-- The months from :first to :last but March 2015: a thousand clicks each in the source, and in the rollup what March has, for
-- every metric but those that make up the users.
\set ON_ERROR_STOP on
CREATE TEMPORARY TABLE past AS
SELECT n::date AS month FROM generate_series(:'first'::timestamp, :'last'::timestamp, interval '1 month') n WHERE n <> '2015-03-01';
INSERT INTO platform.course_click
SELECT 1 + n * 37 % 42517, 1 + n % 5000, (p.month + interval '1 day') AT TIME ZONE 'Asia/Shanghai' + interval '40 minutes' * n
FROM past p CROSS JOIN generate_series(1, 999) n;
CALL edustats.refresh();
DELETE FROM bulletin_data.rollup WHERE month <> '2015-03-01' AND metric NOT IN ('registrations', 'closures');
DELETE FROM bulletin_data.rollup_month WHERE month <> '2015-03-01' AND metric NOT IN ('registrations', 'closures');
INSERT INTO bulletin_data.rollup
SELECT r.metric, p.month, p.month + (r.day - r.month), r.class, r.tally
FROM past p JOIN bulletin_data.rollup r ON r.month = '2015-03-01' AND p.month + (r.day - r.month) < p.month + interval '1 month'
WHERE r.metric NOT IN ('registrations', 'closures');
INSERT INTO bulletin_data.rollup_month
SELECT r.metric, p.month, r.class, r.total, r.tally
FROM past p JOIN bulletin_data.rollup_month r ON r.month = '2015-03-01'
WHERE r.metric NOT IN ('registrations', 'closures');
