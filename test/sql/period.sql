-- A period of views: what of_period takes, and that a period is of its call alone.
SET client_min_messages = warning;
SET datestyle = ISO;
CALL edustats.create_platform('theirs');
INSERT INTO theirs.member (member_id, registered_at) VALUES (1, '2015-01-05 12:00+00');
INSERT INTO theirs.course VALUES (1, 'a', 'x', 'p'), (2, 'b', 'x', 'p');
INSERT INTO theirs.course_click SELECT 1, 1 + i % 2, '2015-01-01 12:00+00'::timestamptz + i * interval '1 day' FROM generate_series(0, 89) i;
CALL edustats.attach('theirs', 'news', 'UTC');

-- What it takes
SELECT count(*) FROM edustats.of_period(NULL::news.headline, NULL);
SELECT count(*) FROM news.headline(NULL);
SELECT count(*) FROM edustats.of_period(ROW('2015-01-01', 1, 'x', 'y', 2)::news.table_6, '[2015-01-01,2015-04-01)');
SELECT of_period FROM edustats.of_period(NULL::news.table_6, '[2015-01-10,2015-01-13)');
SELECT edustats.of_period(NULL::news.table_6, '[2015-01-10,2015-01-13)');
SELECT * FROM news.table_6('empty');
SELECT * FROM news.table_6('(,2015-01-01)');
SELECT * FROM news.table_6('[2015-01-01,)');
SELECT * FROM news.table_6('[2015-01-01,infinity)');
SELECT * FROM news.table_6('[-infinity,2015-01-01)');
SELECT * FROM edustats.of_period(NULL::theirs.member, '[2015-01-01,2015-02-01)');
SELECT * FROM edustats.of_period(NULL::news.refresh_status, '[2015-01-01,2015-02-01)');
SELECT * FROM edustats.of_period(1, '[2015-01-01,2015-02-01)');
SELECT * FROM edustats.of_period(NULL::bigint[], '[2015-01-01,2015-02-01)');
CREATE VIEW news.odd AS SELECT 'x'::text AS month;
SELECT * FROM edustats.of_period(NULL::news.odd, '[2015-01-01,2015-02-01)');
DROP VIEW news.odd;
-- days before all activity, days after it, and days without end in sight
SELECT count(*) FROM news.headline('[1815-06-18,1815-06-19)');
SELECT count(*) FROM news.headline('[3015-06-18,3015-06-19)');
SELECT metric, value, previous, cumulative FROM news.headline('[1500-01-01,2500-01-01)') WHERE metric IN ('course_clicks', 'users');
SELECT metric, value FROM news.headline('[1500-01-01,2600-01-01)') WHERE metric = 'course_clicks';
SELECT metric, value FROM news.headline('[4713-01-01 BC,4713-01-02 BC)') WHERE metric = 'course_clicks';
SELECT metric, value FROM news.headline('[5874897-01-01,5874897-01-02)') WHERE metric = 'course_clicks';
SELECT count(*) FROM news.headline('[0001-01-01,0001-01-02)');
SELECT count(*) FROM news.headline('[9999-12-01,10000-01-01)');

-- One day, a week, a month, more: rows of a month are those of the view
SELECT days, h.value, h.previous, h.cumulative FROM (VALUES ('[2015-01-31,2015-02-01)'::daterange), ('[2015-01-26,2015-02-02)'), ('[2015-02-01,2015-03-01)'),
    ('[2015-02-01,2015-03-02)'), ('[2015-01-01,2015-04-01)')) d(days), news.headline(days) h WHERE metric = 'course_clicks';
SELECT * FROM news.headline('[2015-02-01,2015-03-01)') EXCEPT SELECT * FROM news.headline WHERE month = '2015-02-01';

-- A period is over with its call, whoever else reads in the same statement; one in another is the inner one's
SELECT a.value AS week, b.value AS month, c.value AS two, edustats.period()
FROM news.headline('[2015-01-26,2015-02-02)') a, news.headline b, news.headline('[2015-01-26,2015-01-28)') c
WHERE a.metric = 'course_clicks' AND b.metric = 'course_clicks' AND b.month = '2015-01-01' AND c.metric = 'course_clicks';
CREATE VIEW news.nested AS
SELECT m.month, edustats.period() AS outside, (SELECT h.value FROM news.headline h WHERE h.metric = 'course_clicks' AND h.month = m.month) AS value,
       (SELECT h.value FROM news.headline('[2015-01-26,2015-02-02)') h WHERE h.metric = 'course_clicks') AS week,
       (SELECT h.value FROM news.headline('[2015-01-01,2015-02-01)') h WHERE h.metric = 'course_clicks') AS january
FROM news_data.calendar m;
SELECT * FROM edustats.of_period(NULL::news.nested, '[2015-02-10,2015-02-13)');
SELECT * FROM news.nested WHERE month = '2015-02-01';

-- and with an error, caught or not
CREATE VIEW news.failing AS SELECT m.month, 1 / (EXTRACT(day FROM m.month)::integer - 10) AS n FROM news_data.calendar m;
SELECT * FROM edustats.of_period(NULL::news.failing, '[2015-02-10,2015-02-13)');
SELECT edustats.period() IS NULL AS over, count(*) > 100 AS months FROM news_data.calendar;
DO $$
BEGIN
    PERFORM * FROM edustats.of_period(NULL::news.failing, '[2015-02-10,2015-02-13)');
EXCEPTION WHEN division_by_zero THEN
    RAISE WARNING '% %', edustats.period() IS NULL, (SELECT count(*) > 100 FROM news_data.calendar);
END
$$;

-- A cursor, a prepared statement, a limit; what is written meanwhile is counted
BEGIN;
DECLARE c CURSOR FOR SELECT rank, course, clicks FROM news.table_6('[2015-01-10,2015-01-13)');
FETCH 1 FROM c;
INSERT INTO theirs.course_click VALUES (1, 2, '2015-01-11 12:00+00'), (1, 2, '2015-01-31 12:00+00');
FETCH 1 FROM c;
SELECT rank, course, clicks FROM news.table_6('[2015-01-10,2015-01-13)');
SELECT rank, course, clicks FROM news.table_6('[2015-01-10,2015-01-13)') LIMIT 1;
ROLLBACK;
PREPARE p(daterange) AS SELECT sum(clicks) FROM news.course_clicks($1);
EXECUTE p('[2015-01-10,2015-01-13)');
EXECUTE p('[2015-01-10,2015-03-13)');
DEALLOCATE p;

-- The months that there are
SELECT * FROM edustats.each_month('2015-11-30', '2016-02-01');
SELECT count(*) FROM edustats.each_month('2016-02-01', '2016-01-31');
SELECT count(*) FROM edustats.each_month(NULL, '2016-01-31');
SELECT count(*), min(month), max(last_day) FROM edustats.each_month('4713-11-24 BC', '9999-12-31');
SELECT * FROM edustats.each_month('-infinity', '2016-01-31');
SELECT * FROM edustats.each_month('2016-01-31', 'infinity');
SELECT * FROM edustats.each_month('2016-01-31', '5874897-12-31');

-- What a period is called and what was before it
SELECT d AS days, edustats.period_kind(d) AS kind, edustats.period_form(lower(d), upper(d) - 1) AS form, edustats.days_form(lower(d), upper(d) - 1),
       edustats.period_before(lower(d), upper(d) - 1) AS before
FROM (VALUES ('[2015-01-01,2015-02-01)'::daterange), ('[2015-02-01,2015-05-01)'), ('[2015-04-01,2015-07-01)'), ('[2015-01-01,2015-07-01)'),
    ('[2015-07-01,2016-01-01)'), ('[2015-01-01,2016-01-01)'), ('[2015-07-01,2016-07-01)'), ('[2014-01-01,2016-01-01)'), ('[2016-02-29,2016-03-01)'),
    ('[2015-03-02,2015-03-09)'), ('[2015-03-03,2015-03-10)'), ('[2014-12-29,2015-01-05)'), ('[2015-01-02,2015-02-01)'), ('[2015-01-01,2015-01-31)'),
    ('[2015-11-01,2016-02-01)'), (NULL)) v(d);
DROP VIEW news.nested, news.failing;
CALL edustats.detach('news');
DROP SCHEMA theirs CASCADE;
