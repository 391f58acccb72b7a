-- daily_tally: many days and classes in one pass, against the same done in plain SQL
SET search_path TO edustats, pg_catalog, pg_temp;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
\pset format unaligned
\pset footer off

SELECT daily_tally_agg(at, 'Asia/Shanghai', class::smallint, key) FROM (VALUES
    ('2015-03-31 15:59:59.999999+00'::timestamptz, 2, 5), ('2015-03-31 16:00+00', 2, 5), ('2015-03-31 16:00+00', NULL,
    9),
    ('2015-04-01 15:59+00', 2, 5), (NULL, 2, 5), ('infinity', 2, 5), ('-infinity', 2, 5),
    ('2015-03-31 16:00+00', 2, NULL)) v (at, class, key);
-- Every class, days before 2000 and very early and late ones, in order
SELECT * FROM unnest((SELECT daily_tally_agg(at, 'UTC', class::smallint, 1, weight) FROM (VALUES
    ('1999-12-31+00'::timestamptz, 0, 1), ('1999-12-31+00', -1, 2), ('2000-01-01+00', 32767, 3),
    ('2000-01-01+00', -32768, 4), ('2000-01-01+00', 63, 5), ('2000-01-01+00', 64, 6), ('4713-01-01+00 BC', 0, 7),
    ('294276-12-31+00', 0, 8), ('1999-12-31+00', 0, 9), ('1999-12-31+00', 0, 0), ('1999-12-31+00', 5, 0),
    ('1999-12-31+00', 5, NULL)) v (at, class, weight)));
-- No instant makes it fail: a day before all dates is counted on the first, one behind all timestamps has a date.
SELECT daily_tally_agg(at, zone, 0::smallint, key) FROM (VALUES
    ('4714-11-24 00:00:00+00 BC'::timestamptz, 'America/New_York', 1), ('4714-11-24 12:00+00 BC', 'America/New_York', 2),
    ('4714-11-25 12:00+00 BC', 'America/New_York', 3), ('294276-12-31 23:59:59.999999+00', 'Asia/Shanghai', 4),
    ('294276-12-31 23:59:59.999999+00', 'America/New_York', 5)) v (at, zone, key);
SELECT daily_tally_agg(at, 'America/New_York', 0::smallint, 1, weight) FROM (VALUES
    ('4714-11-24 12:00+00 BC'::timestamptz, 1), ('4714-11-24 00:00:00+00 BC', 10), ('294276-12-31 12:00+00', 100)) v (at, weight);
-- Nothing in, NULL out
SELECT daily_tally_agg(at, 'UTC', 0::smallint, 1) AS no_row
FROM generate_series('2015-03-01+00', '2015-02-01+00'::timestamptz, '1 day') at;
SELECT daily_tally_agg(NULL, 'UTC', 0::smallint, 1) AS null_time,
    daily_tally_agg('2015-03-01', 'UTC', 0::smallint, NULL) AS null_key,
    daily_tally_agg('2015-03-01', 'UTC', 0::smallint, 1, NULL) AS null_weight,
    daily_tally_agg('2015-03-01', 'UTC', 0::smallint, 1, 0) AS zero_weight,
    daily_tally_agg('infinity', NULL, 0::smallint, 1) AS infinite;
-- Errors
SELECT daily_tally_agg('2015-03-01', NULL, 0::smallint, 1);
SELECT daily_tally_agg('2015-03-01', 'No/Where', 0::smallint, 1);
SELECT daily_tally_agg('2015-03-01', 'UTC', 0::smallint, 7, -5);
SELECT daily_tally_agg('2015-03-01', 'UTC', 0::smallint, i, 5000000000000000000) FROM generate_series(1, 2) i;
SELECT daily_tally_agg('2015-03-01', 'UTC', i::smallint, i, 5000000000000000000) AS of_two_classes
FROM generate_series(1, 2) i;

-- 60,000 rows in order of time and not, in zones that change their clocks, of classes near and far, some rows of which
-- do not count
CREATE TABLE edustats_activity AS
SELECT CASE WHEN i % 997 = 0 THEN NULL WHEN i % 991 = 0 THEN 'infinity'
        ELSE '2015-02-20 00:00+00'::timestamptz
            + CASE WHEN i % 4 = 0 THEN abs(hashint8(i) % 100000) ELSE i END * interval '97 s' END AS at,
    CASE WHEN i % 13 = 12 THEN NULL WHEN i % 101 = 0 THEN hashint4(i) % 50 * 600 ELSE i % 13 END::smallint AS class,
    CASE WHEN i % 89 <> 0 THEN abs(hashint8extended(i, 5)) % CASE WHEN i % 13 < 3 THEN 20 ELSE 3000 END END AS key,
    CASE WHEN i % 83 <> 0 THEN abs(hashint8extended(i, 7)) % 4 END AS weight
FROM generate_series(1, 60000) i;
ANALYZE edustats_activity;
CREATE VIEW edustats_activity_truth AS
SELECT zone, (at AT TIME ZONE zone)::date AS day, coalesce(class, 0::smallint) AS class, key, count(*) AS count,
    sum(weight)::bigint AS weight
FROM edustats_activity, (VALUES ('Europe/Berlin'), ('Pacific/Chatham')) z (zone)
WHERE isfinite(at) AND key IS NOT NULL GROUP BY 1, 2, 3, 4;
CREATE VIEW edustats_activity_read AS
SELECT zone, d.day, d.class, e.key, e.count, d.position, w
FROM (VALUES ('Europe/Berlin'), ('Pacific/Chatham')) z (zone), (VALUES (false), (true)) w (w),
    LATERAL (SELECT CASE WHEN w THEN daily_tally_agg(at, zone, class, key, weight)
            ELSE daily_tally_agg(at, zone, class, key) END AS tallies
        FROM edustats_activity) a,
    unnest(tallies) WITH ORDINALITY AS d (day, class, tally, position), each(d.tally) e;
CREATE TEMP TABLE read AS SELECT * FROM edustats_activity_read;
CREATE TEMP TABLE truth AS SELECT * FROM edustats_activity_truth;
SELECT count(*) > 100000 AS many, count(*) FILTER (WHERE w) > 50000 AS many_weighed FROM read;
SELECT zone, day, class, key, count FROM read WHERE NOT w EXCEPT ALL SELECT zone, day, class, key, count FROM truth;
SELECT zone, day, class, key, count FROM truth EXCEPT ALL SELECT zone, day, class, key, count FROM read WHERE NOT w;
SELECT zone, day, class, key, count FROM read WHERE w
    EXCEPT ALL SELECT zone, day, class, key, weight FROM truth WHERE weight > 0;
SELECT zone, day, class, key, weight FROM truth WHERE weight > 0
    EXCEPT ALL SELECT zone, day, class, key, count FROM read WHERE w;
SELECT count(*) AS misplaced
FROM (SELECT position, dense_rank() OVER (PARTITION BY zone, w ORDER BY day, class) AS rank FROM read) r
    WHERE rank <> position;

-- The same with parallel workers
ALTER TABLE edustats_activity SET (parallel_workers = 2);
CREATE TEMP TABLE serial AS SELECT daily_tally_agg(at, 'Asia/Shanghai', class, key) AS t,
    daily_tally_agg(at, 'Asia/Shanghai', class, key, weight) AS w FROM edustats_activity;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
CREATE FUNCTION pg_temp.is_partial(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    line text;
    result boolean := false;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN ' || query LOOP
        result := result OR line LIKE '%Partial%Aggregate%';
    END LOOP;
    RETURN result;
END
$$;
SELECT pg_temp.is_partial($$ SELECT edustats.daily_tally_agg(at, 'UTC', class, key)
    FROM edustats_activity $$) AS partial;
SELECT daily_tally_agg(at, 'Asia/Shanghai', class, key)::text = (SELECT t::text FROM serial) AS counts,
    daily_tally_agg(at, 'Asia/Shanghai', class, key, weight)::text = (SELECT w::text FROM serial) AS weights,
    daily_tally_agg(at, 'Asia/Shanghai', class, key) FILTER (WHERE key < 0) IS NULL AS none
FROM edustats_activity;
RESET max_parallel_workers_per_gather;
-- Grouped, each group has a state of its own; the zone may differ from row to row.
SELECT count(*) > 50 AS many, bool_and(t.tally = (SELECT tally_agg(key, count) FROM truth
    WHERE truth.zone = v.zone AND truth.day = t.day AND truth.class = t.class)) AS equal
FROM (SELECT zone, daily_tally_agg(at, zone, class, key) AS tallies
    FROM edustats_activity, (VALUES ('Europe/Berlin'), ('Pacific/Chatham')) z (zone) GROUP BY zone) v, unnest(tallies) t
WHERE t.day BETWEEN '2015-03-28' AND '2015-03-30';
SELECT daily_tally_agg('2015-03-31 20:00+00', zone, 0::smallint, i)
FROM (VALUES (1, 'UTC'), (2, 'Asia/Shanghai'), (3, 'UTC')) v (i, zone);
DROP TABLE edustats_activity CASCADE;
