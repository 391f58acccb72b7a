-- The aggregates wherever PostgreSQL splits their work: parallel workers, a partition at a time, both, by group and not.
-- The plan has to show it, and the result is the one of one process and one pass.
\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning;
SET timezone = 'UTC';
CREATE EXTENSION edustats;
SELECT no_plan();

-- 40,000 rows in three partitions of which one is empty; in one group no row counts.
CREATE TABLE event (at timestamptz, class smallint, key bigint, weight bigint, attended boolean, grp integer,
    t edustats.tally, p edustats.participation) PARTITION BY RANGE (at);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM ('2015-03-01') TO ('2015-03-11') WITH (parallel_workers = 2);
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM ('2015-03-11') TO ('2015-03-21') WITH (parallel_workers = 2);
CREATE TABLE event_3 PARTITION OF event FOR VALUES FROM ('2015-03-21') TO ('2015-04-01') WITH (parallel_workers = 2);
INSERT INTO event
SELECT '2015-03-01 00:30+00'::timestamptz + n * interval '43 s', n % 17, k, abs(k % 9), k % 3 = 0, n % 5,
    CASE WHEN k IS NOT NULL THEN format('{%s:%s}', k, 1 + n % 4)::edustats.tally END,
    CASE WHEN k IS NOT NULL THEN format('%s/%s', n % 3, 2 + n % 3)::edustats.participation END
FROM generate_series(0, 39999) n, LATERAL (SELECT CASE WHEN n % 5 <> 4 THEN hashint8(n) % 900 END::bigint) k(k);
ANALYZE event;

CREATE TABLE aggregate (call text PRIMARY KEY);
INSERT INTO aggregate VALUES ('tally_agg(key)'), ('tally_agg(key, weight)'), ('rollup(t)'), ('rollup(p)'),
    ('participation_agg(attended)'), ('daily_tally_agg(at, ''Asia/Shanghai'', class, key)'),
    ('daily_tally_agg(at, ''Asia/Shanghai'', class, key, weight)');
CREATE TABLE query AS
SELECT call || grouped AS name,
    CASE grouped WHEN '' THEN format('SELECT edustats.%s::text FROM event', call)
        ELSE format('SELECT string_agg(g || a, '';'' ORDER BY g) FROM (SELECT grp AS g, edustats.%s::text AS a FROM event GROUP BY grp) s',
                    call) END AS query
FROM aggregate, unnest(ARRAY['', ' by group']) grouped;
ALTER TABLE query ADD truth text;
CREATE FUNCTION pg_temp.answer(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
BEGIN
    EXECUTE query INTO answer;
    RETURN answer;
END
$$;
CREATE FUNCTION pg_temp.plan(query text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
    RETURN plan;
END
$$;
-- Every query, whose plan has to match.
CREATE FUNCTION pg_temp.checks(way text, shape jsonpath) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT ok(pg_temp.plan(query) @? shape, format('%s: plan of %s', way, name)) FROM query
    UNION ALL
    SELECT is(pg_temp.answer(query), truth, format('%s: %s', way, name)) FROM query
$$;

SET max_parallel_workers_per_gather = 0;
UPDATE query SET truth = pg_temp.answer(query);
SELECT ok(bool_and(length(truth) > 8), 'there is something to compare with') FROM query;
SELECT ok(NOT bool_or(pg_temp.plan(query) @? '$.** ? (@."Partial Mode" == "Partial")'), 'which one process counted in one pass')
FROM query;

\set below_gather '$.** ? (@."Node Type" starts with "Gather").** ? (@."Partial Mode" == "Partial")'
\set below_append '$.** ? (@."Node Type" like_regex "Append").Plans[*] ? (@."Partial Mode" == "Partial")'

SET enable_partitionwise_aggregate = on;
SELECT pg_temp.checks('partitions', :'below_append');
SET enable_hashagg = off;
SELECT pg_temp.checks('partitions, sorted', :'below_append');
RESET enable_hashagg;
SET enable_partitionwise_aggregate = off;

SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT pg_temp.checks('workers', :'below_gather');
SET enable_hashagg = off;
SELECT pg_temp.checks('workers, sorted', :'below_gather');
RESET enable_hashagg;
SET parallel_leader_participation = off;
SELECT pg_temp.checks('workers alone', :'below_gather');
RESET parallel_leader_participation;
SET enable_partitionwise_aggregate = on;
SELECT pg_temp.checks('workers and partitions', :'below_gather');
SELECT pg_temp.checks('workers and partitions', :'below_append');
SET max_parallel_workers_per_gather = 0;
SET enable_partitionwise_aggregate = off;

-- A state that is read while it is counted on: an aggregate without final function returns it, row for row.
CREATE AGGREGATE pg_temp.tally_state(bigint) (SFUNC = edustats.tally_agg_key, STYPE = edustats.tally);
CREATE AGGREGATE pg_temp.daily_state(timestamptz, text, smallint, bigint) (SFUNC = edustats.daily_tally_key, STYPE = bytea);
CREATE AGGREGATE pg_temp.daily_merge(bytea) (SFUNC = edustats.daily_tally_combine, STYPE = bytea, FINALFUNC = edustats.daily_tally_final);
SELECT is(count(*), 500::bigint, 'states are the tallies so far') FROM (
    SELECT pg_temp.tally_state(key) OVER w AS state, edustats.tally_agg(key) OVER w AS truth
    FROM (SELECT * FROM event ORDER BY at LIMIT 500) e WINDOW w AS (ORDER BY at)) s
WHERE state::text IS NOT DISTINCT FROM truth::text;
SELECT is(count(*), 500::bigint, 'states are the daily tallies so far') FROM (
    SELECT pg_temp.daily_state(at, 'UTC', class, key) OVER w AS state, edustats.daily_tally_agg(at, 'UTC', class, key) OVER w AS truth
    FROM (SELECT * FROM event ORDER BY at LIMIT 500) e WINDOW w AS (ORDER BY at)) s
WHERE (SELECT pg_temp.daily_merge(u) FROM unnest(ARRAY[state]) u)::text IS NOT DISTINCT FROM truth::text;
-- One that is a plain value to begin with.
CREATE AGGREGATE pg_temp.tally_from(bigint) (SFUNC = edustats.tally_agg_key, STYPE = edustats.tally, INITCOND = '{3:4}',
    FINALFUNC = edustats.tally_agg_final);
SELECT is(pg_temp.tally_from(k)::text, '{3:5, 8:1}', 'counting goes on from a tally') FROM unnest(ARRAY[8, 3]) k;
SELECT is(pg_temp.tally_from(NULL)::text, '{3:4}', 'a tally is a state');

-- Anybody can call the functions, or make an aggregate of them.
SELECT throws_ok(format('SELECT edustats.%s', call), '0A000', 'function can only be called by an aggregate', call)
FROM unnest(ARRAY['tally_agg_key(NULL, 1)', 'tally_agg_weight(''{1:1}'', 1, 1)', 'tally_agg_rollup(''{1:1}'', ''{1:1}'')',
    'daily_tally_key(NULL, now(), ''UTC'', 0::smallint, 1)', 'daily_tally_combine(NULL, ''\x'')', 'daily_tally_final(''\x'')']) call;
SELECT is(edustats.tally_agg_final('{1:1}')::text, '{1:1}', 'tally_agg_final');
CREATE TEMP TABLE state AS
SELECT pg_temp.daily_state(at, 'UTC', class, key) AS state FROM (SELECT * FROM event ORDER BY at LIMIT 30) e;
SELECT throws_ok(format('SELECT pg_temp.daily_merge(%L::bytea)', substring(state FOR n)), 'XX001', NULL, 'cut off after ' || n)
FROM state, unnest(ARRAY[1, 11, 12, 13, 30, length(state) - 1]) n;
SELECT throws_ok(format('SELECT pg_temp.daily_merge(%L::bytea)', state || '\x00'), 'XX001', NULL, 'a byte more') FROM state;
SELECT throws_ok(format('SELECT pg_temp.daily_merge(%L::bytea)', set_byte(state, 6, 255 - get_byte(state, 6))), 'XX001',
    'state of daily_tally_agg is damaged', 'a day that is none') FROM state;
SELECT is(pg_temp.daily_merge(s)::text, NULL, 'nothing is an empty state')
FROM unnest(ARRAY[NULL]::bytea[]) s;
SELECT finish();
