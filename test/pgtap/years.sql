-- The headline against the year before and in the year to date: a made-up platform of three years that begins in the middle of one,
-- with a leap day, in two zones, against plain SQL over its sources; with every day clean, written to, marked, and refreshed.
\set ON_ERROR_STOP on
SET client_min_messages TO warning;
CREATE EXTENSION edustats;
SELECT no_plan();
CALL edustats.create_platform('platform');
SET search_path TO platform, public;
\ir ../unchecked.sql
ALTER TABLE member ALTER registered_at DROP NOT NULL;     -- accounts may be closed that were never opened
CREATE TABLE download (course_id bigint NOT NULL, bytes bigint, at timestamptz NOT NULL);

CREATE FUNCTION number(most integer) RETURNS bigint LANGUAGE sql VOLATILE AS 'SELECT floor(random() * $1)::bigint + 1';
-- Often at the edge of a month in one of the zones, and on the leap day.
CREATE FUNCTION moment() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT CASE WHEN random() < 0.7 THEN timestamptz '2011-08-10 09:00+08' + random() * interval '1085 days'
                WHEN random() < 0.2 THEN timestamp '2012-02-29' AT TIME ZONE z.zone + random() * interval '1 day'
                ELSE (date '2011-08-01' + number(36)::integer * interval '1 month') AT TIME ZONE z.zone
                     + (array['-1 microsecond', '0', '1 second', '-3 hours', '3 hours'])[number(5)]::interval END
    FROM (SELECT CASE WHEN random() < 0.5 THEN 'Asia/Shanghai' ELSE 'Pacific/Auckland' END AS zone) z
$$;
CREATE PROCEDURE make_up() LANGUAGE sql AS $$
    INSERT INTO member
    SELECT (SELECT coalesce(max(member_id), 0) FROM member) + i, (array['农村', '社区', '国企', NULL])[number(4)], random() < 0.6,
           nullif(number(5), 5), '员' || i, CASE WHEN random() < 0.97 THEN moment() END, CASE WHEN random() < 0.4 THEN moment() END
    FROM generate_series(1, 300) i;
    INSERT INTO learning_session SELECT number(350), moment(), number(9000) FROM generate_series(1, 2500);
    INSERT INTO course_click SELECT nullif(number(350), 1), number(20), moment() FROM generate_series(1, 1500);
    INSERT INTO column_visit SELECT number(7), moment() FROM generate_series(1, 1500);
    INSERT INTO forum_post SELECT number(350), moment() FROM generate_series(1, 500);
    INSERT INTO report SELECT number(4), moment() FROM generate_series(1, 400);
    INSERT INTO download SELECT number(20), number(1000), moment() FROM generate_series(1, 500);
$$;
SELECT setseed(0.11);
INSERT INTO district VALUES (1, '东', 1), (2, '南', 2), (3, '西', 3), (4, '北', 4);
INSERT INTO course SELECT i, '课' || i, '类', '市' FROM generate_series(1, 20) i;
INSERT INTO site_column SELECT i, '栏' || i, (array['video', 'text', 'radio'])[1 + i % 3] FROM generate_series(1, 6) i;
CALL make_up();
INSERT INTO opening_balance VALUES ('learning', 0, 7200000), ('course_clicks', 0, 5000), ('column_visits', 1, 6000), ('column_visits', 2, 7000),
    ('column_visits', 3, 8000), ('reports', 0, 9000), ('forum_posts', 0, 10000);

-- What was done, told without any function of the extension's. Hours are another thing, and users no flow.
CREATE VIEW account AS
SELECT member_id, registered_at, closed_at, district_id, org_type, org_type IS NOT NULL AND allocated AS station FROM member;
CREATE VIEW event AS
SELECT 'new_users' AS metric, registered_at AS at, 1 AS amount FROM account
UNION ALL SELECT CASE WHEN station THEN 'new_allocated_users' ELSE 'new_registered_users' END, registered_at, 1 FROM account
UNION ALL SELECT 'course_clicks', clicked_at, 1 FROM course_click
UNION ALL SELECT 'forum_posts', posted_at, 1 FROM forum_post
UNION ALL SELECT 'reports', reported_at, 1 FROM report
UNION ALL SELECT 'downloads', at, bytes FROM download
UNION ALL SELECT CASE c.medium WHEN 'video' THEN 'video_visits' WHEN 'text' THEN 'text_visits' ELSE 'other_visits' END, visited_at, 1
          FROM column_visit LEFT JOIN site_column c USING (column_id);
CREATE FUNCTION starts(day date, zone text) RETURNS timestamptz LANGUAGE sql IMMUTABLE RETURN day::timestamp AT TIME ZONE zone;
CREATE FUNCTION learned(first date, until date, zone text) RETURNS TABLE (seconds numeric, hours numeric) LANGUAGE sql AS $$
    SELECT coalesce(sum(c.seconds), 0), coalesce(sum(round(c.seconds / 3600.0, 2)), 0)
    FROM (SELECT sum(l.seconds) AS seconds FROM learning_session l JOIN account a USING (member_id)
          WHERE a.station AND l.started_at >= first::timestamp AT TIME ZONE zone AND l.started_at < until::timestamp AT TIME ZONE zone
          GROUP BY a.district_id, a.org_type) c
$$;
CREATE FUNCTION open_accounts(metric text, until date, zone text) RETURNS numeric LANGUAGE sql AS $$
    SELECT count(*) FROM account a
    WHERE a.registered_at < until::timestamp AT TIME ZONE zone AND (a.closed_at < until::timestamp AT TIME ZONE zone) IS NOT TRUE
      AND CASE metric WHEN 'users' THEN true WHEN 'collective_users' THEN org_type IS NOT NULL WHEN 'individual_users' THEN org_type IS NULL ELSE station END
$$;
-- Of the days from one until another, and of those before them from "earlier" on. Reports of quarters are those of the last months of one.
CREATE FUNCTION truth(first date, until date, earlier date, zone text)
RETURNS TABLE (metric text, value numeric, previous numeric, last_year numeric, year_to_date numeric) LANGUAGE sql AS $$
    WITH s AS (SELECT first, until, earlier, (first - interval '1 year')::date AS before, (until - interval '1 year')::date AS before_ends,
                      date_trunc('year', until - interval '1 day')::date AS january)
    SELECT m, coalesce(sum(e.amount) FILTER (WHERE e.at >= starts(s.first, zone) AND e.at < starts(s.until, zone)), 0),
           coalesce(sum(e.amount) FILTER (WHERE e.at >= starts(s.earlier, zone) AND e.at < starts(s.first, zone)), 0),
           coalesce(sum(e.amount) FILTER (WHERE e.at >= starts(s.before, zone) AND e.at < starts(s.before_ends, zone)), 0),
           coalesce(sum(e.amount) FILTER (WHERE e.at >= starts(s.january, zone) AND e.at < starts(s.until, zone)), 0)
    FROM s, unnest(ARRAY['new_users', 'new_allocated_users', 'new_registered_users', 'course_clicks', 'forum_posts', 'reports', 'downloads',
                         'video_visits', 'text_visits', 'other_visits']) m
    LEFT JOIN event e ON e.metric = m
    GROUP BY m
    UNION ALL
    SELECT 'learning_hours', (SELECT hours FROM learned(s.first, s.until, zone)), (SELECT hours FROM learned(s.earlier, s.first, zone)),
           (SELECT hours FROM learned(s.before, s.before_ends, zone)), (SELECT round(seconds / 3600, 2) FROM learned(s.january, s.until, zone))
    FROM s
    UNION ALL
    SELECT m, open_accounts(m, s.until, zone), open_accounts(m, s.first, zone), open_accounts(m, s.before_ends, zone), NULL
    FROM s, unnest(ARRAY['users', 'collective_users', 'individual_users', 'station_users']) m
$$;
CREATE FUNCTION truth(month date, zone text) RETURNS TABLE (metric text, value numeric, previous numeric, last_year numeric, year_to_date numeric) LANGUAGE sql AS $$
    SELECT * FROM truth(month, (month + interval '1 month')::date, (month - interval '1 month')::date, zone)
    UNION ALL
    SELECT 'reports_quarter', t.value, t.previous, t.last_year, t.year_to_date
    FROM truth((month - interval '2 months')::date, (month + interval '1 month')::date, (month - interval '5 months')::date, zone) t
    WHERE t.metric = 'reports' AND extract(month FROM month) IN (3, 6, 9, 12)
$$;
CREATE FUNCTION growth(value numeric, base numeric) RETURNS numeric LANGUAGE sql AS
    'SELECT CASE WHEN base > 0 THEN round((value - base) * 100 / base, 2) END';

-- The first month of all, the months round the leap day and a year later, December and January, and some others.
CREATE TABLE checked AS
SELECT month::date FROM unnest(ARRAY['2011-08-01', '2011-12-01', '2012-01-01', '2012-02-01', '2012-08-01', '2013-02-01', '2013-03-01', '2014-07-01']::date[]) month
UNION SELECT (date '2011-08-01' + number(36)::integer * interval '1 month')::date FROM generate_series(1, 4);
CREATE FUNCTION row_of(value numeric, previous numeric, last_year numeric, year_to_date numeric) RETURNS numeric[] LANGUAGE sql AS
    'SELECT ARRAY[value, previous, growth(value, previous), last_year, growth(value, last_year), year_to_date]';
-- The row of other visits is there from the first one on.
CREATE FUNCTION without_other(wanted jsonb, until date, zone text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT CASE WHEN EXISTS (SELECT FROM column_visit v LEFT JOIN site_column s USING (column_id)
                             WHERE v.visited_at < until::timestamp AT TIME ZONE zone AND s.medium IS DISTINCT FROM 'text' AND s.medium IS DISTINCT FROM 'video')
                THEN wanted ELSE wanted - 'other_visits' END
$$;
CREATE FUNCTION checks(state text, months integer) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    b record;
    c record;
    shown jsonb;
    wanted jsonb;
BEGIN
    FOR b IN VALUES ('bulletin', 'Asia/Shanghai'), ('south', 'Pacific/Auckland') LOOP
        FOR c IN SELECT month FROM checked ORDER BY random() LIMIT months LOOP
            EXECUTE format('SELECT jsonb_object_agg(h.metric, row_of(h.value, h.previous, h.last_year, h.year_to_date)) FROM %I.headline h WHERE h.month = %L '
                           'AND h.metric IN (SELECT t.metric FROM truth(%2$L, %3$L) t)', b.column1, c.month, b.column2) INTO shown;
            SELECT jsonb_object_agg(t.metric, row_of(t.value, t.previous, t.last_year, t.year_to_date)) INTO wanted FROM truth(c.month, b.column2) t;
            RETURN NEXT is(shown, without_other(wanted, (c.month + interval '1 month')::date, b.column2), format('%s: %s of %s', state, c.month, b.column1));
        END LOOP;
        RETURN QUERY SELECT * FROM period_checks(state, least(months, 3), b.column1, b.column2);
    END LOOP;
END $$;
-- Other periods than months, days of which some are months' first or last ones. What was before them is as long, by months or by days.
CREATE FUNCTION some_period() RETURNS daterange LANGUAGE sql VOLATILE AS $$
    SELECT daterange(d.first, d.first + CASE WHEN random() < 0.5 THEN number(12) ELSE number(500) END::integer)
    FROM (SELECT CASE WHEN random() < 0.3 THEN (date '2011-08-01' + number(30)::integer * interval '1 month')::date
                      ELSE date '2011-09-01' + number(950)::integer END AS first OFFSET 0) d
$$;
CREATE FUNCTION some_months() RETURNS daterange LANGUAGE sql VOLATILE AS $$
    SELECT daterange(d.first, (d.first + (1 + number(14)) * interval '1 month')::date)
    FROM (SELECT (date '2011-08-01' + number(24)::integer * interval '1 month')::date AS first OFFSET 0) d
$$;
CREATE FUNCTION months_between(first date, until date) RETURNS integer LANGUAGE sql AS
    'SELECT (extract(year FROM age(until, first)) * 12 + extract(month FROM age(until, first)))::integer';
CREATE FUNCTION period_checks(state text, periods integer, bulletin text, zone text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    c record;
    shown jsonb;
    wanted jsonb;
BEGIN
    FOR c IN SELECT p.days, (p.first - p.before)::date AS earlier
             FROM (SELECT m.days, lower(m.days) AS first, CASE WHEN m.whole THEN months_between(lower(m.days), upper(m.days)) * interval '1 month'
                                                           ELSE make_interval(days => upper(m.days) - lower(m.days)) END AS before
                   FROM (SELECT some_period() AS days, false AS whole FROM generate_series(1, periods / 2 + 1)
                         UNION ALL SELECT some_months(), true FROM generate_series(1, periods / 2 + 1)
                         UNION ALL SELECT '[2012-02-29,2012-03-01)', false UNION ALL SELECT '[2013-01-01,2014-01-01)', true) m
                   WHERE m.whole OR extract(day FROM lower(m.days)) > 1 OR extract(day FROM upper(m.days)) > 1) p LOOP
        EXECUTE format('SELECT jsonb_object_agg(h.metric, row_of(h.value, h.previous, h.last_year, h.year_to_date)) FROM %I.headline(%L) h '
                       'WHERE h.metric IN (SELECT t.metric FROM truth(%3$L, %4$L, %5$L, %6$L) t)', bulletin, c.days, lower(c.days), upper(c.days), c.earlier, zone) INTO shown;
        SELECT jsonb_object_agg(t.metric, row_of(t.value, t.previous, t.last_year, t.year_to_date)) INTO wanted
            FROM truth(lower(c.days), upper(c.days), c.earlier, zone) t;
        RETURN NEXT is(shown, without_other(wanted, upper(c.days), zone), format('%s: %s of %s', state, c.days, bulletin));
    END LOOP;
END $$;

CALL edustats.attach();
CALL edustats.attach(bulletin => 'south', timezone => 'Pacific/Auckland');
INSERT INTO bulletin_data.metric (metric, source, time_column, key_column, weight_column, unit, label) VALUES ('downloads', 'download', 'at', 'course_id', 'bytes', 'bytes', '下载');
INSERT INTO south_data.metric (metric, source, time_column, key_column, weight_column, unit, label) VALUES ('downloads', 'download', 'at', 'course_id', 'bytes', 'bytes', '下载');
SELECT * FROM checks('as attached, with a metric that is not tracked', 3);
CALL edustats.refresh('bulletin');
CALL edustats.refresh('south');
SELECT * FROM checks('clean', 8);

SELECT cmp_ok((SELECT count(*) FROM bulletin.headline WHERE month = '2013-03-01' AND last_year > 0 AND growth_on_year <> 0 AND year_to_date > value), '>=', 10::bigint,
              'most have a year before and months of their year');
SELECT is((SELECT count(*) FROM bulletin.headline WHERE month < '2012-08-01' AND growth_on_year IS NOT NULL), 0::bigint, 'no growth on a year in which there was nothing');
SELECT is((SELECT count(*) FROM bulletin.headline WHERE month < '2012-08-01' AND last_year IS DISTINCT FROM 0), 0::bigint, 'nor what it was: the opening balance is of no year');
SELECT is((SELECT string_agg(metric, ' ' ORDER BY metric) FROM bulletin.headline WHERE month = '2013-05-01' AND year_to_date IS NULL),
          'collective_users individual_users station_users users', 'users are not added up');
SELECT is((SELECT string_agg(DISTINCT metric, ' ') FROM bulletin.headline WHERE extract(month FROM month) = 1 AND metric <> 'learning_hours' AND year_to_date <> value), NULL,
          'a January is its year so far');
SELECT cmp_ok((SELECT max(abs(year_to_date - value)) FROM bulletin.headline WHERE extract(month FROM month) = 1 AND metric = 'learning_hours'), '<=', 0.08,
              'but for the rounding of its cells');

SELECT is((SELECT count(*) FROM bulletin.headline h JOIN bulletin.headline o ON o.metric = h.metric AND o.month = '2013-03-01'
           WHERE h.month = '2014-03-01' AND h.last_year <> o.value), 0::bigint, 'the year before is what its month says');

-- Each in a sentence, of which an owner can put those on his page that he wants.
SELECT is((SELECT string_agg(format('%s %s: %s', h.month, h.metric, s.text), E'\n') FROM bulletin.headline h
           FULL JOIN bulletin_data.headline_sentence s ON s.month = h.month AND s.metric = h.metric
           WHERE (h.month IN (SELECT month FROM checked) OR s.month IN (SELECT month FROM checked)) AND (s.text ~
               '^(截至\d+年\d+月底，|本月|本季度)[^\d，。]+[\d.]+万?(个|次|篇|条|人|小时|bytes)，([比与]上年同期(增长[\d.]+(%|倍)|下降[\d.]+%|基本持平|持平)|上年同期无可比基数)(；本年累计[\d.]+万?(次|个|篇|条|人|小时|bytes))?。$') IS NOT TRUE),
          NULL, 'sentences of all headlines of all checked months');
SELECT is((SELECT text FROM bulletin_data.headline_sentence WHERE month = '2013-03-01' AND metric = 'users'),
          (SELECT format('截至2013年3月底，实名注册用户%s个，比上年同期增长%s。', value,
                         CASE WHEN value < 2 * last_year THEN growth(value, last_year) || '%' ELSE trim_scale(round(value / last_year - 1, 2)) || '倍' END)
           FROM truth('2013-03-01', 'Asia/Shanghai') WHERE metric = 'users'), 'a state');
SELECT is((SELECT text FROM bulletin_data.headline_sentence WHERE month = '2011-12-01' AND metric = 'reports_quarter'),
          (SELECT format('本季度信息报送%s篇，上年同期无可比基数；本年累计%s篇。', value, year_to_date) FROM truth('2011-12-01', 'Asia/Shanghai') WHERE metric = 'reports_quarter'),
          'a quarter');
UPDATE bulletin_data.metric SET label = '下<载' WHERE metric = 'downloads';
INSERT INTO bulletin_data.page_section VALUES (9, '同比');
INSERT INTO bulletin_data.page_item (section, position, kind, view, rows) VALUES (9, 1, 'sentence', 'headline_sentence', '{"metric": "downloads"}');
SELECT is((SELECT p.cells #>> '{0,0}' FROM bulletin.page p WHERE p.month = '2012-02-01' AND p.section = 9),
          (SELECT format('本月下<载%sbytes，上年同期无可比基数；本年累计%sbytes。', CASE WHEN value < 10000 THEN value::text ELSE trim_scale(round(value / 10000, 2)) || '万' END,
                         CASE WHEN year_to_date < 10000 THEN year_to_date::text ELSE trim_scale(round(year_to_date / 10000, 2)) || '万' END)
           FROM truth('2012-02-01', 'Asia/Shanghai') WHERE metric = 'downloads'), 'a metric of the owner''s, on his page');
SELECT ok(strpos(edustats.bulletin_html('bulletin', '2012-02-01'), '本月下&lt;载') > 0, 'as text');

-- Some rows, which the log says, then a third of all, which marks days; a kind changes with its members.
SELECT setseed(0.12);
INSERT INTO course_click SELECT 5, 3, moment() FROM generate_series(1, 50);
INSERT INTO learning_session SELECT number(350), moment(), number(9000) FROM generate_series(1, 50);
INSERT INTO download SELECT number(20), number(1000), moment() FROM generate_series(1, 20);
DELETE FROM report WHERE reported_at IN (SELECT reported_at FROM report ORDER BY random() LIMIT 20);
UPDATE member SET closed_at = moment() WHERE member_id % 17 = 0;
SELECT * FROM checks('written to', 5);
CALL make_up();
UPDATE member SET org_type = (array['农村', '社区', '国企', NULL])[number(4)], district_id = number(4) WHERE member_id % 3 = 0;
UPDATE site_column SET medium = 'text' WHERE column_id = 1;
DELETE FROM site_column WHERE column_id = 2;
SELECT * FROM checks('changed', 5);
CALL edustats.refresh('bulletin');
CALL edustats.refresh('south');
SELECT * FROM checks('refreshed', 5);
SELECT * FROM finish();
