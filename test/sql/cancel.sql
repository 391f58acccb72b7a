-- A query that is cancelled stops soon, wherever it is in the work on large tallies.
SET search_path TO edustats, pg_catalog, pg_temp;
SET client_min_messages TO warning;
SET max_parallel_workers_per_gather TO 0;
SET jit TO off;
\pset format unaligned
\pset footer off

CREATE TEMP TABLE big AS
    SELECT tally_agg(i, abs(hashint8(i)::bigint) + 1) AS dense, tally_agg(i * 1000003) AS sparse
    FROM generate_series(1::bigint, 3000000) i;
-- 24 days of up to 50,000 classes each
CREATE AGGREGATE pg_temp.daily_state(timestamptz, text, smallint, bigint) (SFUNC = daily_tally_key, STYPE = bytea);
CREATE AGGREGATE pg_temp.daily_sum(bytea) (SFUNC = daily_tally_combine, STYPE = bytea, FINALFUNC = daily_tally_final);
CREATE TEMP TABLE daily AS
    SELECT pg_temp.daily_state(timestamptz '2015-01-01 00:00+00' + i / 50000 * interval '1 day', 'UTC',
        (i % 50000 - 20000)::smallint, i) AS state
    FROM generate_series(1::bigint, 1200000) i;

-- How long a query takes, in milliseconds, and whether it was cancelled.
CREATE FUNCTION pg_temp.run(query text, OUT ms float, OUT cancelled boolean) LANGUAGE plpgsql AS $$
DECLARE
    start timestamptz := clock_timestamp();
BEGIN
    BEGIN
        EXECUTE query;
        cancelled := false;
    EXCEPTION WHEN query_canceled THEN
        cancelled := true;
    END;
    ms := 1000 * extract(epoch FROM clock_timestamp() - start);
END
$$;
CREATE TEMP TABLE query (name text, query text, ms float);
INSERT INTO query VALUES
    ('top of all', 'SELECT count(*) FROM big, top(dense, 3000000)'),
    ('top of a half', 'SELECT count(*) FROM big, top(dense, 1500000)'),
    ('each', 'SELECT count(*) FROM big, each(dense)'),
    ('rollup', 'SELECT total(rollup(sparse)) FROM big'),
    ('tally_agg', 'SELECT total(tally_agg(i * 1000003)) FROM generate_series(1::bigint, 3000000) i'),
    ('daily states', 'SELECT cardinality(pg_temp.daily_sum(state)) FROM daily');
UPDATE query SET ms = least((pg_temp.run(query)).ms, (pg_temp.run(query)).ms);      -- the machine may have been busy with something else

-- Each is cancelled early, in the middle and late.
CREATE TEMP TABLE result (name text, at float, ms float, cancelled boolean);
\set ECHO none
SELECT format('SET statement_timeout TO %s', greatest(1, round(ms * part))),
    format('INSERT INTO result SELECT %L, %s, r.* FROM pg_temp.run(%L) r', name, ms * part, query),
    'SET statement_timeout TO 0'
FROM query, unnest(ARRAY[0.1, 0.4, 0.7]) part \gexec
\set ECHO all
-- A query that was faster than the first time may end before. What stops late is shown with its times.
SELECT name, count(*) FILTER (WHERE r.cancelled) >= 2 AS cancelled,
    string_agg(format('%s after %s ms', round(r.ms - r.at), round(r.at)), ', ')
        FILTER (WHERE r.cancelled AND r.ms - r.at > greatest(500, q.ms / 5)) AS late
FROM query q JOIN result r USING (name) GROUP BY name ORDER BY name COLLATE "C";
