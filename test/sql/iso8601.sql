-- Instants in ISO 8601. Settings must not matter: they are odd ones here.
\pset format unaligned
\pset footer off
\pset null -
SET search_path TO edustats, pg_catalog, pg_temp;
SET timezone = 'UTC';
SET datestyle = 'ISO, DMY';

-- Each text, and what it is, which is what PostgreSQL's own input makes of it, if it takes it. One differs: a fraction
-- right between two microseconds is rounded up here, and there to the even one.
CREATE TEMP TABLE given (position integer GENERATED ALWAYS AS IDENTITY, value text);
CREATE FUNCTION pg_temp.native(value text) RETURNS timestamptz LANGUAGE plpgsql AS $$
BEGIN
    RETURN value::timestamptz;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$$;
INSERT INTO given (value) VALUES
    ('2015-03-01T10:00:00Z'), ('2015-03-01t10:00:00z'), ('2015-03-01 10:00:00Z'), ('2015-03-01T10:00Z'), ('20150301T100000Z'),
    ('20150301T1000Z'), ('20150301T100000.25+0800'), ('2015-03-01T10:00:00+08:00'), ('2015-03-01T10:00:00+0800'),
    ('2015-03-01T10:00:00+08'), ('2015-03-01T10:00:00-05:30'), ('2015-03-01T10:00:00+00:00'), ('2015-03-01T10:00:00-00:00'),
    ('2015-03-01T10:00+08:00'), ('2015-03-01T10:00:00+15:59'), ('2015-03-01T10:00:00-15:59:59'), ('1900-01-01T00:00:00+08:05:43'),
    ('2015-03-01T10:00:00.1Z'), ('2015-03-01T10:00:00,1Z'), ('2015-03-01T10:00:00.123456Z'), ('2015-03-01T10:00:00.1234564Z'),
    ('2015-03-01T10:00:00.1234565Z'), ('2015-03-01T10:00:00.1234564999Z'), ('2015-03-01T10:00:00.0000004999999999999999Z'),
    ('2015-03-01T10:00:00.9999995Z'), ('2015-12-31T23:59:59.9999999Z'), ('2015-03-01T10:00:00.' || repeat('3', 50) || '+08:00'),
    ('2015-06-30T23:59:60Z'), ('2015-07-01T07:59:60.5+08:00'), ('2015-03-01T24:00:00Z'), ('2015-03-01T24:00Z'),
    ('2016-02-29T00:00:00Z'), ('2000-02-29T00:00:00Z'), ('2015-01-01T00:00:00+08:00'), ('2015-12-31T23:00:00-08:00'),
    ('0001-01-01T00:00:00Z'), ('0000-01-01T00:00:00Z'), ('-0001-12-31T00:00:00Z'), ('9999-12-31T23:59:59.999999Z'),
    ('10000-01-01T00:00:00Z'), ('+012015-03-01T10:00:00.000Z'), ('-004713-11-24T00:00:00Z'), ('294276-12-31T23:59:59.999999Z'),
    ('+294276-12-31T23:59:59.999999Z');
SELECT left(value, 40) AS value, from_iso8601(value),
    coalesce(from_iso8601(value) <> pg_temp.native(value), false) AS differs FROM given ORDER BY position;
SELECT from_iso8601(NULL);

-- The same under every setting, so that an index can be made
CREATE TABLE edustats_statement AS SELECT i, to_char('2015-01-01'::timestamp + i * interval '97 min 13 s', 'YYYY-MM-DD"T"HH24:MI:SS')
    || (ARRAY['Z', '+08:00', '-0530', '.5+01', ',123456789Z'])[1 + i % 5] AS timestamp FROM generate_series(1, 5000) i;
CREATE INDEX ON edustats_statement (from_iso8601(timestamp));
ANALYZE edustats_statement;
SET enable_seqscan = off;
EXPLAIN (COSTS off) SELECT count(*) FROM edustats_statement
WHERE from_iso8601(timestamp) >= '2015-03-01 00:00+08' AND from_iso8601(timestamp) < '2015-04-01 00:00+08';
RESET enable_seqscan;
CREATE TEMP TABLE truth AS SELECT i, from_iso8601(timestamp) AS at FROM edustats_statement;
SET timezone = 'Pacific/Chatham';
SET datestyle = 'SQL, MDY';
SET intervalstyle = 'sql_standard';
SELECT count(*) AS same FROM truth JOIN edustats_statement USING (i) WHERE at = from_iso8601(timestamp);
SELECT count(*) AS as_native FROM edustats_statement WHERE from_iso8601(timestamp) = replace(timestamp, ',', '.')::timestamptz;
SET timezone = 'UTC';
SET datestyle = 'ISO, DMY';
RESET intervalstyle;
-- What PostgreSQL writes into JSON comes back, in every zone and century.
SELECT setseed(0.2015);
CREATE TEMP TABLE instant AS SELECT timestamptz '0001-01-01 00:00+00' + random() * interval '9998 years' AS at FROM generate_series(1, 5000)
    UNION ALL VALUES (timestamptz '294276-12-31 00:00:00.000001+00'), ('0001-01-01 00:00+00');
SET timezone = 'Asia/Shanghai';
SELECT count(*) AS back FROM instant WHERE from_iso8601(to_json(at) #>> '{}') = at;
SET timezone = 'America/St_Johns';
SELECT count(*) AS back FROM instant WHERE at > '0002-01-01' AND from_iso8601(to_json(at) #>> '{}') = at;
SET timezone = 'UTC';
-- Every day of 801 years, and days that are none
SELECT count(*) FROM generate_series(date '1599-12-31', '2400-12-31', interval '1 day') d
WHERE from_iso8601(to_char(d, 'YYYY-MM-DD"T"00:00Z')) IS DISTINCT FROM d;
CREATE FUNCTION pg_temp.state(value text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM edustats.from_iso8601(value);
    RETURN 'fine';
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate;
END
$$;
SELECT pg_temp.state(format('%s-%s-%sT00:00Z', year, to_char(month, 'FM00'), to_char(day, 'FM00'))) AS state, count(*)
FROM generate_series(1896, 1904) year, generate_series(1, 12) month, generate_series(28, 32) day GROUP BY 1 ORDER BY 1;

-- With parallel workers
ALTER TABLE edustats_statement SET (parallel_workers = 2);
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS off) SELECT max(from_iso8601(timestamp || '')) FROM edustats_statement;
SELECT max(from_iso8601(timestamp || '')) = (SELECT max(at) FROM truth) AS same FROM edustats_statement;
RESET max_parallel_workers_per_gather;
DROP TABLE edustats_statement;

-- No offset, no such text, no such date or time, no such timestamp
SELECT from_iso8601('2015-03-01T10:00:00');
SELECT from_iso8601('2015-03-01 10:00');
SELECT from_iso8601('20150301T100000.5');
SELECT from_iso8601('yesterday');
SELECT from_iso8601('2015-02-30T10:00:00Z');
SELECT from_iso8601('294277-01-01T00:00:00Z');
SELECT value, pg_temp.state(value) FROM unnest(ARRAY[
    -- fields
    '2015-00-01T10:00:00Z', '2015-13-01T10:00:00Z', '2015-02-30T10:00:00Z', '2015-02-29T10:00:00Z', '1900-02-29T10:00:00Z',
    '2015-03-00T10:00:00Z', '2015-03-32T10:00:00Z', '2015-03-01T25:00:00Z', '2015-03-01T24:00:01Z', '2015-03-01T24:00:00.000001Z',
    '2015-03-01T10:60:00Z', '2015-03-01T10:00:61Z', '2015-06-30T23:59:60.5Z', '2015-03-01T10:00:00+16:00', '2015-03-01T10:00:00-99',
    '2015-03-01T10:00:00+08:60', '2015-03-01T10:00:00+08:00:60', '0000-00-00T00:00:00Z',
    -- range
    '294276-12-31T23:59:59.9999999Z', '294276-12-31T23:59:59-01:00', '-004713-11-24T00:00:00+00:00:01', '-004713-11-23T00:00:00Z',
    '-999999-01-01T00:00:00Z', '999999-12-31T23:59:59Z',
    -- texts
    '', ' ', 'Z', '-', '+', '2', '2015', '2015-', '2015-03', '2015-03-01', '2015-03-01Z', '20150301', '20150301Z', '2015-03-01T',
    '2015-03-01TZ', '2015-03-01T10Z', '2015-03-01T10:Z', '2015-03-01T10:0Z', '2015-03-01T10:00:Z', '2015-03-01T10:00:0Z',
    '2015-03-01T10:00:00.Z', '2015-03-01T10:00:00,', '2015-03-01T10:00.5Z', '2015-03-01T10:00:00.5.5Z', '2015-03-01T10:00:00+',
    '2015-03-01T10:00:00+8', '2015-03-01T10:00:00+8:00', '2015-03-01T10:00:00+08:', '2015-03-01T10:00:00+08:0', '2015-03-01T10:00:00+080',
    '2015-03-01T10:00:00+08:00:', '2015-03-01T10:00:00+08:0000', '2015-03-01T10:00:00+0800:00', '2015-03-01T10:00:00+08000',
    '2015-03-01T10:00:00+08:00Z', '2015-03-01T10:00:00ZZ', '2015-03-01T10:00:00Z ', ' 2015-03-01T10:00:00Z', '2015-03-01T10:00:00 Z',
    '2015-03-01  10:00:00Z', '2015-03-01_10:00:00Z', '2015-3-01T10:00:00Z', '2015-03-1T10:00:00Z', '2015-03-01T1:00:00Z',
    '15-03-01T10:00:00Z', '0002015-03-01T10:00:00Z', '2015-0301T10:00:00Z', '201503-01T10:00:00Z', '2015-03-01T100000Z',
    '20150301T10:00:00Z', '+20150301T100000Z', '2015-W09-7T10:00:00Z', '2015-060T10:00:00Z', '2015/03/01T10:00:00Z',
    '2015-03-01T10:00:00 Asia/Shanghai', '2015-03-01T10:00:00 UTC', '2015-03-01T10:00:00CST', '2015-03-01T10:00:00ZBC',
    '２０１５-03-01T10:00:00Z', '2015‑03‑01T10:00:00Z', '2015-03-01T10:00:00−05:00', '2015-03-01T10:00:00.٥Z', '2015年03月01日10时',
    'infinity', '-infinity', 'now', 'epoch', 'J2451187T10:00:00Z', E'2015-03-01T10:00:00Z\n', E'2015-03-01\t10:00:00Z', E'2015-03-01T10:00:00Z\x01']) value;
-- Large ones
SELECT from_iso8601('2015-03-01T10:00:00.' || repeat('9', 1000000) || '+08:00');
SELECT pg_temp.state(repeat('2', 1000000)), pg_temp.state('2015-03-01T10:00:00+' || repeat('0', 1000000)),
    pg_temp.state('2015-03-01T10:00:00.' || repeat('0', 1000000)), pg_temp.state(repeat('字', 300000));
SELECT from_iso8601(repeat('字', 300000));
-- Each prefix of a text, which nothing ends but its length
SELECT string_agg(pg_temp.state(left(value, length)), ' ' ORDER BY length) AS prefixes
FROM (VALUES ('2015-03-01T10:00:00.123+08:00'), ('20150301T100000Z')) v (value), generate_series(0, length(value)) length GROUP BY value;
-- One character put in place of another, and put in between: a result is what PostgreSQL makes of the text, if it does.
CREATE TEMP TABLE changed AS
SELECT DISTINCT overlay(value PLACING c FROM at FOR replaced) AS value
FROM (VALUES ('2015-03-01T10:00:00.123+08:00'), ('20150301T100000Z')) v (value), generate_series(1, length(value)) at, generate_series(0, 1) replaced,
    unnest(string_to_array('0,1,2,3,5,6,9,-,+,:,.,T,t,Z,z, ,a,字,٣', ',')) c;
SELECT pg_temp.state(value) AS state, count(*),
    count(*) FILTER (WHERE pg_temp.state(value) = 'fine' AND from_iso8601(value) <> pg_temp.native(value)) AS differ
FROM changed GROUP BY 1 ORDER BY 1;
