-- Local days against PostgreSQL's own AT TIME ZONE. The session's zone must not matter: it is an odd one here.
\pset format unaligned
\pset tuples_only on
SET timezone = 'Pacific/Chatham';
SET datestyle = 'ISO, YMD';
SELECT setseed(0.2015);

CREATE TEMP TABLE zone AS
    SELECT * FROM unnest(ARRAY['Asia/Shanghai', 'America/St_Johns', 'Pacific/Apia', 'Europe/London',
        'America/Sao_Paulo', 'Asia/Kathmandu', 'Antarctica/Troll', 'Africa/Monrovia', 'Africa/Casablanca', 'UTC',
        'America/New_York', 'Australia/Lord_Howe', 'Pacific/Kwajalein', 'Asia/Manila', 'EST5EDT', 'Etc/GMT+12'])
        AS name;
CREATE FUNCTION pg_temp.differences(instants timestamptz[], zone text) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM unnest(instants) AS at
    WHERE edustats.local_day(at, zone) IS DISTINCT FROM (at AT TIME ZONE zone)::date
$$;

\echo # every half hour of 1986 to 2016, ascending, descending, in random order
SELECT name, count(*), count(*) FILTER (WHERE edustats.local_day(at, name) <> (at AT TIME ZONE name)::date)
FROM zone, LATERAL (SELECT timestamptz '1986-01-01 00:00:30+00' + n * interval '30 min' AS at
    FROM generate_series(0, 30 * 17532) n) i
WHERE name IN ('America/St_Johns', 'Antarctica/Troll', 'Africa/Casablanca')
GROUP BY name ORDER BY name;
SELECT name, pg_temp.differences(ARRAY(SELECT timestamptz '2016-01-01 00:00:30+00' - n * interval '30 min'
    FROM generate_series(0, 7 * 17532) n), name)
FROM zone ORDER BY name;
SELECT name, pg_temp.differences(ARRAY(SELECT timestamptz '1985-01-01+00' + random() * interval '35 years'
    FROM generate_series(1, 50000)), name)
FROM zone ORDER BY name;

\echo # the same in other zones row by row, and in all zones that the server lists and no abbreviation hides
SELECT count(*), count(*) FILTER (WHERE edustats.local_day(at, name) <> (at AT TIME ZONE name)::date)
FROM (SELECT timestamptz '1900-01-01+00' + random() * interval '200 years' AS at FROM generate_series(1, 1000)) i, zone;
SELECT count(DISTINCT name) > 300,
    count(*) FILTER (WHERE edustats.local_day(at, name) IS DISTINCT FROM (at AT TIME ZONE name)::date)
FROM (SELECT name FROM pg_timezone_names WHERE upper(name) NOT IN (SELECT abbrev FROM pg_timezone_abbrevs)) z,
    LATERAL (SELECT timestamptz '1850-01-01+00' + random() * interval '300 years' AS at
        FROM generate_series(1, 200) WHERE name IS NOT NULL) i;
SELECT count(*) FROM pg_timezone_names WHERE edustats.local_day('2015-03-01+00', name) IS NULL;
SELECT count(*) FROM pg_timezone_names
WHERE edustats.local_day('2015-03-01+00', upper(name)) <> edustats.local_day('2015-03-01+00', lower(name));

\echo # from the first to the last years there are, whole and in the zones that have rules for ever
SELECT count(*), count(*) FILTER (WHERE edustats.local_day(at, name) IS DISTINCT FROM (at AT TIME ZONE name)::date)
FROM zone, LATERAL (
    SELECT timestamptz '4713-01-01 BC +00' + random() * interval '298900 years' AS at
        FROM generate_series(1, 1000) WHERE name IS NOT NULL
    UNION ALL SELECT timestamptz '2030-01-01+00' + random() * interval '900 years'
        FROM generate_series(1, 1000) WHERE name IS NOT NULL
    UNION ALL VALUES (timestamptz '4713-01-01 BC +00'), ('294276-12-30 00:00+00'), ('1999-12-31 23:59:59.999999+00'),
        ('2000-01-01 00:00+00'), ('1969-12-31 23:59:59.999999+00')) i;
-- The last change in the library's table: 400 years after the first year with lasting rules.
SELECT name, pg_temp.differences(ARRAY(SELECT timestamptz '2400-01-01 00:00+00' + n * interval '1 h'
    FROM generate_series(0, 100 * 8766) n), name)
FROM zone WHERE name = 'America/New_York';

-- Summer time that lasted a week: two changes within what the cache takes for one stretch.
SELECT pg_temp.differences(ARRAY(SELECT timestamptz '2000-10-01 00:00+00' + n * interval '1 min'
    FROM generate_series(0, 31 * 1440) n), 'America/Recife');

\echo # both sides of a change, to the microsecond
WITH change(zone, at) AS (VALUES
    ('America/St_Johns', timestamptz '2010-11-07 02:31:00+00'), ('America/St_Johns', '1988-04-03 03:31:00+00'),
    ('Pacific/Apia', '2011-12-30 10:00:00+00'), ('America/Sao_Paulo', '2014-10-19 03:00:00+00'),
    ('America/Sao_Paulo', '2015-02-22 02:00:00+00'), ('Africa/Monrovia', '1972-01-07 00:44:30+00'),
    ('Europe/London', '2015-03-29 01:00:00+00'), ('Europe/London', '2014-12-31 24:00:00+00'),
    ('Asia/Shanghai', '2015-02-28 16:00:00+00'), ('Asia/Kathmandu', '2015-02-28 18:15:00+00'))
SELECT zone, edustats.local_day(at - interval '1 us', zone), edustats.local_day(at, zone),
    edustats.local_day(at - interval '1 us', zone) = ((at - interval '1 us') AT TIME ZONE zone)::date
        AND edustats.local_day(at, zone) = (at AT TIME ZONE zone)::date
FROM change;

\echo # infinity and NULL; a zone''s name is a zone, even where it is an abbreviation too
SELECT edustats.local_day('infinity', 'UTC'), edustats.local_day('-infinity', 'asia/shanghai');
SELECT edustats.local_day(NULL, 'UTC') IS NULL, edustats.local_day('2015-03-01', NULL) IS NULL,
    edustats.day_start(NULL, 'UTC') IS NULL, edustats.day_end('2015-03-01', NULL) IS NULL,
    edustats.month_of(NULL) IS NULL;
SELECT edustats.local_day('2015-07-01 22:30+00', 'CET'), edustats.local_day('2015-07-01 22:30+00', 'Etc/GMT-1');

\echo # what is no name of a zone
\set VERBOSITY sqlstate
SELECT edustats.local_day('2015-03-01', 'Foo3');
SELECT edustats.local_day('2015-03-01', 'CST');
SELECT edustats.local_day('2015-03-01', 'CST6');
SELECT edustats.local_day('2015-03-01', '<+08>-8');
SELECT edustats.local_day('2015-03-01', 'EST5EDT,M3.2.0,M11.1.0');
SELECT edustats.local_day('2015-03-01', ':Asia/Shanghai');
SELECT edustats.local_day('2015-03-01', '../zoneinfo/Asia/Shanghai');
SELECT edustats.local_day('2015-03-01', ' UTC');
SELECT edustats.local_day('2015-03-01', '+08');
SELECT edustats.local_day('2015-03-01', 'Asia');
SELECT edustats.local_day('2015-03-01', '');
SELECT edustats.local_day('infinity', 'Foo3');
SELECT edustats.day_start('2015-03-01', repeat('x', 256));
SELECT edustats.day_end('infinity', repeat('x', 100000)) IS NULL;
\set VERBOSITY default
SELECT edustats.day_start('2015-03-01', 'Foo3');
SELECT edustats.local_day('2015-03-01', repeat('x', 1000000));

-- An error leaves no half-set cache behind, and the zone may change from row to row.
SELECT edustats.local_day('2015-02-28 16:00+00', zone)
FROM unnest(ARRAY['Asia/Shanghai', 'UTC', 'EST5EDT', 'asia/shanghai', 'est5edt', 'Asia/Shanghai']) AS zone;

\echo # bounds of days against a scan of the minutes around them
CREATE TEMP TABLE scan AS
    SELECT name, day, min(at) AS first, max(at) + interval '1 min' AS after, count(*) AS minutes
    FROM zone, unnest(ARRAY['2015-03-01', '2010-11-06', '2010-11-07', '2011-12-29', '2011-12-30', '2011-12-31',
            '2014-10-18', '2014-10-19', '2015-02-21', '2015-03-29', '1993-08-21']::date[]) AS day,
        LATERAL (SELECT (day - 2)::timestamp AT TIME ZONE 'UTC' + n * interval '1 min' AS at
            FROM generate_series(0, 5 * 1440 - 1) n) i
    WHERE (at AT TIME ZONE name)::date = day GROUP BY name, day;
SELECT count(*), count(*) FILTER (WHERE minutes <> 1440),
    count(*) FILTER (WHERE after - first <> minutes * interval '1 min'),
    count(*) FILTER (WHERE edustats.day_start(day, name) <> first OR edustats.day_end(day, name) <> after)
FROM scan;
-- Days that are not there: a jump over the date line in Samoa and in the Marshall Islands.
SELECT name, day, edustats.day_start(day, name) AT TIME ZONE 'UTC', edustats.day_end(day, name) AT TIME ZONE 'UTC'
FROM (VALUES ('Pacific/Apia', date '2011-12-30'), ('Pacific/Kwajalein', '1993-08-21')) missing(name, day);
-- Days that come twice: a minute after midnight the clock shows the evening before again.
SELECT day, edustats.day_start(day, 'America/St_Johns') AT TIME ZONE 'UTC',
    edustats.day_end(day, 'America/St_Johns') AT TIME ZONE 'UTC'
FROM generate_series(date '2010-11-06', date '2010-11-07', interval '1 day') d, date(d) AS day;
SELECT count(*), count(*) FILTER (WHERE first <> after AND (edustats.local_day(first, name) <> day
        OR edustats.local_day(after - interval '1 us', name) <> day
        OR edustats.local_day(first - interval '1 us', name) = day OR edustats.local_day(after, name) = day)),
    count(*) FILTER (WHERE first = after)
FROM (SELECT name, day, edustats.day_start(day, name) AS first, edustats.day_end(day, name) AS after
    FROM zone, LATERAL (SELECT date '1800-01-01' + (random() * 150000)::int AS day
        FROM generate_series(1, 1000) WHERE name IS NOT NULL) d) bounds;
-- The bounds are enough for a join by range to find every instant of the day.
SELECT count(*) FROM zone, generate_series(timestamptz '1987-01-01', '2012-01-01', '1 h 17 min 7 s') AS at
WHERE name IN ('America/St_Johns', 'Pacific/Apia')
    AND NOT (at >= edustats.day_start(edustats.local_day(at, name), name)
        AND at < edustats.day_end(edustats.local_day(at, name), name));

\echo # the ends of what can be written
SELECT edustats.day_start('-infinity', 'UTC'), edustats.day_end('-infinity', 'UTC'),
    edustats.day_start('infinity', 'UTC'), edustats.day_end('infinity', 'UTC');
SELECT edustats.day_start('4714-11-24 BC', 'UTC') AT TIME ZONE 'UTC',
    edustats.day_end('294276-12-30', 'UTC') AT TIME ZONE 'UTC',
    edustats.day_start('294276-12-31', 'UTC') AT TIME ZONE 'UTC';
SELECT edustats.local_day('4714-11-24 00:00:00+00 BC', 'UTC'),
    edustats.local_day('294276-12-31 23:59:59.999999+00', 'UTC');
-- A date can be later than any timestamp. Plain SQL cannot say so; but no clock changes in the last week of all, or in
-- the first one, so it can say what a week earlier or later is.
SELECT edustats.local_day('294276-12-31 15:59:59.999999+00', 'Asia/Shanghai'),
    edustats.local_day('294276-12-31 16:00+00', 'Asia/Shanghai'),
    edustats.local_day('294276-12-31 23:59:59.999999+00', 'Asia/Shanghai'),
    edustats.local_day('294276-12-31 23:59:59.999999+00', 'America/New_York');
SELECT count(*) > 300 * 49, count(*) FILTER (WHERE day > '294276-12-31') > 49,
    count(*) FILTER (WHERE day IS DISTINCT FROM ((at - interval '7 days') AT TIME ZONE name)::date + 7)
FROM (SELECT name FROM pg_timezone_names WHERE upper(name) NOT IN (SELECT abbrev FROM pg_timezone_abbrevs)) z,
    generate_series(0, 48) n,
    LATERAL (SELECT timestamptz '294276-12-31 23:59:59.999999+00' - n * interval '30 min 1 us' AS at) i,
    LATERAL (SELECT edustats.local_day(at, name) AS day) d;
SELECT count(*) > 100 * 49,
    count(*) FILTER (WHERE edustats.local_day(at, name) IS DISTINCT FROM ((at + interval '7 days') AT TIME ZONE name)::date - 7)
FROM (SELECT name FROM pg_timezone_names WHERE upper(name) NOT IN (SELECT abbrev FROM pg_timezone_abbrevs)) z,
    generate_series(0, 48) n,
    LATERAL (SELECT timestamptz '4714-11-24 00:00:00+00 BC' + n * interval '30 min 1 us' AS at) i
WHERE ((at + interval '7 days') AT TIME ZONE name)::date >= '4714-12-01 BC';
SELECT edustats.local_day('4714-11-24 00:00:00+00 BC', 'America/New_York');
\set VERBOSITY sqlstate
SELECT edustats.local_day('4714-11-24 00:00:00+00 BC', 'America/New_York');
SELECT edustats.day_start('4714-11-24 BC', 'Asia/Shanghai');
SELECT edustats.day_end('294276-12-31', 'UTC');
SELECT edustats.day_start('294277-01-01', 'UTC');
SELECT edustats.day_end('5874897-12-31', 'UTC');
SELECT edustats.month_of('4714-11-24 BC');
\set VERBOSITY default

\echo # months
SELECT count(*) FROM generate_series(date '1999-01-01', date '2030-12-31', interval '1 day') d
WHERE edustats.month_of(date(d)) <> date_trunc('month', d)::date;
SELECT edustats.month_of('infinity'), edustats.month_of('-infinity'), edustats.month_of('5874897-12-31'),
    edustats.month_of('4714-12-31 BC');
