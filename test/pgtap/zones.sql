-- Days of an attachment are those of its zone, whatever the session's: zones that change at midnight, a minute after it,
-- or leave a day out. In clean days and in dirty ones.
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;
CREATE EXTENSION edustats;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(40);

CALL edustats.create_platform('platform');
CREATE TABLE zone (bulletin name, zone text, change timestamptz, forwards boolean);
INSERT INTO zone VALUES
    ('st_johns', 'America/St_Johns', '2007-03-11 00:01-03:30', true),
    ('st_johns', 'America/St_Johns', '2007-11-04 00:01-02:30', false),
    ('sao_paulo', 'America/Sao_Paulo', '2014-10-19 00:00-03', true),
    ('sao_paulo', 'America/Sao_Paulo', '2015-02-22 00:00-02', false),
    ('apia', 'Pacific/Apia', '2011-12-30 00:00-10', true),
    ('apia', 'Pacific/Apia', '2012-04-01 04:00+14', false),
    ('london', 'Europe/London', '2015-03-29 01:00+00', true),
    ('london', 'Europe/London', '2015-10-25 02:00+01', false);

-- Whether the server's time zone data have these changes: the offset before is not the offset after.
SELECT is((SELECT count(*) FROM zone
           WHERE ((change AT TIME ZONE zone) - ((change - interval '1 second') AT TIME ZONE zone) > interval '1 second') = forwards),
          8::bigint, 'all zones change at these moments');

INSERT INTO platform.district VALUES (1, 'D1', 1);
INSERT INTO platform.member VALUES (1, '农村', true, 1, 'm1', '2007-01-01+08');
-- every 7 minutes around each change, and to the microsecond at it and at the hours of the days around
INSERT INTO platform.learning_session
SELECT 1 + (row_number() OVER ())::integer % 2, at, 1 FROM (
    SELECT change + i * interval '7 minutes' AS at FROM zone, generate_series(-600, 600) i
    UNION
    SELECT change + i * interval '30 minutes' + e * interval '1 microsecond'
    FROM zone, generate_series(-110, 110) i, generate_series(-1, 1) e
    UNION
    SELECT change + i * interval '30 minutes' - interval '1 minute' + e * interval '1 microsecond'
    FROM zone, generate_series(-110, 110) i, generate_series(-1, 1) e) x;

CREATE FUNCTION truth(zone text) RETURNS TABLE (day date, key bigint, n bigint) LANGUAGE sql AS $$
    SELECT (started_at AT TIME ZONE zone)::date, member_id, count(*) FROM platform.learning_session GROUP BY 1, 2 ORDER BY 1, 2
$$;
CREATE FUNCTION shown(bulletin name) RETURNS TABLE (day date, key bigint, n bigint) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT a.day, e.key, sum(e.count)::bigint FROM %I_data.activity a, edustats.each(a.tally) e '
                                'WHERE a.metric = ''learning'' GROUP BY 1, 2 ORDER BY 1, 2', bulletin);
END
$$;
-- Instants that a month has, by the calendar; none may lie elsewhere.
CREATE FUNCTION astray(bulletin name, zone text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM platform.learning_session s WHERE NOT EXISTS (SELECT FROM %I.calendar c '
                   'WHERE s.started_at >= c.starts_at AND s.started_at < c.ends_at '
                   'AND c.month = date_trunc(''month'', s.started_at AT TIME ZONE $1)::date)', bulletin || '_data') INTO n USING zone;
    RETURN n;
END
$$;
CREATE FUNCTION dirty_days(bulletin name) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM %I.dirty_day WHERE metric = ''learning''', bulletin || '_data') INTO n;
    RETURN n;
END
$$;

CALL edustats.attach(bulletin => 'st_johns', timezone => 'America/St_Johns');
CALL edustats.attach(bulletin => 'sao_paulo', timezone => 'America/Sao_Paulo');
CALL edustats.attach(bulletin => 'apia', timezone => 'Pacific/Apia');
CALL edustats.attach(bulletin => 'london', timezone => 'Europe/London');
SET timezone = 'Asia/Kathmandu';
CREATE VIEW attached AS SELECT DISTINCT bulletin, zone FROM zone;

SELECT results_eq(format('SELECT * FROM shown(%L)', bulletin), format('SELECT * FROM truth(%L)', zone), zone || ', all dirty')
FROM attached;
SELECT is(astray(bulletin, zone), 0::bigint, zone || ': months') FROM attached;
SELECT is_empty(format('SELECT DISTINCT day FROM truth(%L) EXCEPT SELECT day FROM %I.dirty_day WHERE metric = ''learning''', zone, bulletin || '_data'),
                zone || ': all days are dirty') FROM attached;
SELECT is((SELECT count(*) FROM apia_data.activity WHERE metric = 'learning' AND day = '2011-12-30'), 0::bigint, 'a day that was not');

SET timezone = 'America/St_Johns';
CALL edustats.refresh('st_johns');
CALL edustats.refresh('sao_paulo');
CALL edustats.refresh('apia');
CALL edustats.refresh('london');
SELECT is(dirty_days(bulletin), 0::bigint, zone || ': all clean') FROM attached;
SELECT results_eq(format('SELECT * FROM shown(%L)', bulletin), format('SELECT * FROM truth(%L)', zone), zone || ', all clean')
FROM attached;

-- Only the two days beside each change are dirty, so that a row of a clean day must not be counted live as well.
INSERT INTO platform.learning_session SELECT 3, change + e * interval '1 microsecond', 1 FROM zone, generate_series(-1, 0) e;
SELECT results_eq(format('SELECT * FROM shown(%L)', bulletin), format('SELECT * FROM truth(%L)', zone), zone || ', some dirty')
FROM attached;
SELECT ok(dirty_days(bulletin) BETWEEN 8 AND 16, zone || ': at most two days a change') FROM attached;
UPDATE platform.learning_session SET started_at = started_at - interval '1 hour' WHERE member_id = 3;
DELETE FROM platform.learning_session WHERE member_id = 1 AND started_at IN (SELECT change FROM zone);
CALL edustats.refresh('st_johns');
CALL edustats.refresh('sao_paulo');
CALL edustats.refresh('apia');
CALL edustats.refresh('london');
SELECT results_eq(format('SELECT * FROM shown(%L)', bulletin), format('SELECT * FROM truth(%L)', zone), zone || ', after a refresh')
FROM attached;

-- Every view reads the same whatever the session's settings: rows as text, but for what is a date or an instant; of two
-- months, one of them dirty.
DELETE FROM platform.learning_session WHERE started_at BETWEEN '2015-03-28+00' AND '2015-03-30+00' AND member_id = 2;
CREATE FUNCTION views_text(bulletin name) RETURNS TABLE (line text) LANGUAGE plpgsql AS $$
DECLARE
    view name;
    columns text;
    months text;
BEGIN
    FOR view IN SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = bulletin AND c.relkind = 'v' ORDER BY 1 LOOP
        SELECT string_agg(CASE a.atttypid WHEN 'timestamptz'::regtype THEN format('extract(epoch FROM %I)', a.attname)
                                          WHEN 'date'::regtype THEN format('%I - ''1970-01-01''::date', a.attname)
                                          ELSE quote_ident(a.attname) || '::text' END, ', ' ORDER BY a.attnum),
               CASE WHEN bool_or(a.attname = 'month') THEN 'WHERE month IN (''2015-03-01'', ''2015-10-01'')' END INTO columns, months
        FROM pg_attribute a WHERE a.attrelid = format('%I.%I', bulletin, view)::regclass AND a.attnum > 0;
        RETURN QUERY EXECUTE format('SELECT concat_ws('' | '', %L, %s) FROM %I.%I %s', view, columns, bulletin, view, months);
    END LOOP;
END
$$;
SET timezone = 'Asia/Shanghai';
SET datestyle = 'ISO, YMD';
CREATE TEMPORARY TABLE first AS SELECT v.line FROM views_text('london') v;
SET timezone = 'America/Los_Angeles';
SET datestyle = 'SQL, DMY';
SET intervalstyle = 'iso_8601';
SET extra_float_digits = -15;
CREATE TEMPORARY TABLE second AS SELECT v.line FROM views_text('london') v;
SELECT cmp_ok((SELECT count(*) FROM first), '>', 100::bigint, 'the views have rows');
SELECT is((SELECT string_agg(x.line, E'\n') FROM (SELECT x.line FROM ((TABLE first EXCEPT ALL TABLE second) UNION ALL
           (TABLE second EXCEPT ALL TABLE first)) x LIMIT 5) x), NULL, 'and the same ones for other settings');

-- Attaching, writing and refreshing from such a session does the same as well.
UPDATE platform.learning_session SET started_at = started_at + interval '1 minute' WHERE member_id = 3;
DELETE FROM platform.learning_session WHERE started_at < '2007-06-01' AND member_id = 2;
CALL edustats.invalidate('st_johns', 'learning', daterange('2007-03-01', '2007-03-12'));
CALL edustats.attach(bulletin => 'st_johns', timezone => 'America/St_Johns');
CALL edustats.refresh('st_johns');
CALL edustats.refresh('sao_paulo');
CALL edustats.refresh('apia');
CALL edustats.refresh('london');
SELECT results_eq(format('SELECT * FROM shown(%L)', bulletin), format('SELECT * FROM truth(%L)', zone), zone || ', other settings')
FROM attached;
SELECT * FROM finish();
