-- tally: aggregates, against the same done in plain SQL
SET search_path TO edustats, pg_catalog, pg_temp;
\pset format unaligned
\pset footer off

-- 1,000 multisets of 0 to 119 rows and 20 of 20,000 rows, over ranges of every kind: few keys, dense, sparse, negative,
-- all of bigint; a dense range with keys far outside of it; ascending and descending. The order of rows is arbitrary.
CREATE TEMP TABLE source AS
SELECT set, (CASE set % 10
        WHEN 0 THEN random % 7
        WHEN 1 THEN random % 5000
        WHEN 2 THEN random % 5000 - 2500
        WHEN 3 THEN random % 1000000000
        WHEN 4 THEN random
        WHEN 5 THEN CASE WHEN row % 50 = 0 THEN random ELSE 1000000 + random % 3000 END
        WHEN 6 THEN row
        WHEN 7 THEN -row
        WHEN 8 THEN CASE row % 3 WHEN 0 THEN 9223372036854775807 - abs(random % 300)
            WHEN 1 THEN -9223372036854775807 - 1 + abs(random % 300) ELSE random % 300 END
        ELSE (random % 40) << 48 END)::bigint AS key,
    abs(hashint8extended(row, set) % (ARRAY[5, 30000, 1000000000000])[1 + set % 3]) AS weight,
    abs(hashint4(row) % 5) AS part
FROM generate_series(1, 1020) set,
    LATERAL generate_series(1, CASE WHEN set > 1000 THEN 20000 ELSE set * 7 % 120 END) row,
    LATERAL (SELECT hashint8extended(set * 1000000::bigint + row, 42) AS random) r;
-- NULLs are skipped.
INSERT INTO source SELECT set, NULL, 5, 0 FROM generate_series(1, 1020, 3) set;
INSERT INTO source SELECT set, 77, NULL, 1 FROM generate_series(1, 1020, 2) set WHERE set <> 500;
CREATE TEMP TABLE counted AS SELECT set, key, count(*) FROM source WHERE key IS NOT NULL GROUP BY set, key;
CREATE TEMP TABLE weighed AS
SELECT set, key, sum(weight)::bigint AS count FROM source WHERE key IS NOT NULL AND weight > 0 GROUP BY set, key;
CREATE TEMP TABLE tallied AS SELECT set, tally_agg(key) AS t, tally_agg(key, weight) AS w FROM source GROUP BY set;
ANALYZE source;

-- How a table of sets and tallies differs from one of sets, keys and counts.
CREATE FUNCTION pg_temp.differences(tallies text, truth text)
RETURNS TABLE (missing bigint, extra bigint, bad_total bigint, bad_top bigint) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format($query$
        WITH tallies (set, t) AS (%s), truth (set, key, count) AS (SELECT * FROM %I),
            read AS (SELECT set, e.key, e.count FROM tallies, edustats.each(t) e),
            ranked AS (SELECT set, row_number() OVER (PARTITION BY set ORDER BY count DESC, key) AS rank, key, count
                FROM truth),
            top AS (SELECT set, e.* FROM tallies, edustats.top(t, 7) e)
        SELECT (SELECT count(*) FROM (TABLE truth EXCEPT ALL TABLE read) x),
            (SELECT count(*) FROM (TABLE read EXCEPT ALL TABLE truth) x),
            (SELECT count(*) FROM tallies
                FULL JOIN (SELECT set, sum(count) AS total, count(*) AS entries FROM truth GROUP BY set) s USING (set)
                WHERE edustats.total(t) IS DISTINCT FROM s.total OR edustats.cardinality(t) IS DISTINCT FROM s.entries),
            (SELECT count(*) FROM top FULL JOIN (SELECT * FROM ranked WHERE rank <= 7) r USING (set, rank, key, count)
                WHERE top.set IS NULL OR r.set IS NULL)
        $query$, tallies, truth);
END
$$;
SELECT count(*), count(t), max(cardinality(t)) > 15000 AS some_large FROM tallied;
SELECT * FROM pg_temp.differences('SELECT set, t FROM tallied', 'counted');
SELECT * FROM pg_temp.differences('SELECT set, w FROM tallied', 'weighed');
-- The comparison can fail.
SELECT missing > 0 AS missing, extra > 0 AS extra, bad_total > 0 AS bad_total, bad_top > 0 AS bad_top
FROM pg_temp.differences('SELECT set, t FROM tallied', 'weighed');

-- Merged from random splits, by rollup and by +
CREATE TEMP TABLE parts AS
SELECT set, part, tally_agg(key) AS t, tally_agg(key, weight) AS w FROM source GROUP BY set, part;
SELECT count(*) > 4000 AS many, count(*) FILTER (WHERE t IS NULL) > 0 AS some_null FROM parts;
SELECT count(*), bool_and(r.t IS NOT DISTINCT FROM tallied.t AND r.w IS NOT DISTINCT FROM tallied.w) AS equal
FROM (SELECT set, rollup(t) AS t, rollup(w) AS w FROM parts GROUP BY set) r JOIN tallied USING (set);
SELECT count(*),
    bool_and(a.t + b.t + coalesce(c.t, '{}') + coalesce(d.t, '{}') + coalesce(e.t, '{}') = tallied.t) AS equal
FROM tallied JOIN parts a USING (set) JOIN parts b USING (set) LEFT JOIN parts c ON c.set = tallied.set AND c.part = 2
    LEFT JOIN parts d ON d.set = tallied.set AND d.part = 3 LEFT JOIN parts e ON e.set = tallied.set AND e.part = 4
WHERE a.part = 0 AND b.part = 1;
-- All sets together, whatever the order
SELECT (SELECT rollup(t ORDER BY set) FROM tallied) = (SELECT rollup(t ORDER BY set DESC) FROM tallied) AS any_order,
    (SELECT rollup(t) FROM tallied) = (SELECT tally_agg(key) FROM source) AS at_once;

-- With parallel workers
CREATE TABLE edustats_parallel AS SELECT * FROM source;
ALTER TABLE edustats_parallel SET (parallel_workers = 2);
CREATE TABLE edustats_parallel_parts AS SELECT * FROM parts;
ALTER TABLE edustats_parallel_parts SET (parallel_workers = 2);
ANALYZE edustats_parallel, edustats_parallel_parts;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
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
SELECT pg_temp.is_partial('SELECT edustats.tally_agg(key) FROM edustats_parallel') AS key,
    pg_temp.is_partial('SELECT edustats.tally_agg(key, weight) FROM edustats_parallel') AS weight,
    pg_temp.is_partial('SELECT edustats.rollup(t) FROM edustats_parallel_parts') AS rollup;
SELECT tally_agg(key) = (SELECT rollup(t) FROM tallied) AS key,
    tally_agg(key, weight) = (SELECT rollup(w) FROM tallied) AS weight,
    tally_agg(key) FILTER (WHERE key IS NULL) IS NULL AS none FROM edustats_parallel;
SELECT rollup(t) = (SELECT rollup(t) FROM tallied) AS rollup, rollup(w) FILTER (WHERE w IS NULL) IS NULL AS none
FROM edustats_parallel_parts;
SET enable_sort = off;
SELECT bool_and(p.t IS NOT DISTINCT FROM tallied.t AND p.w IS NOT DISTINCT FROM tallied.w) AS by_set, count(*)
FROM (SELECT set, tally_agg(key) AS t, tally_agg(key, weight) AS w FROM edustats_parallel GROUP BY set) p
    JOIN tallied USING (set);
RESET enable_sort;
RESET max_parallel_workers_per_gather;
DROP TABLE edustats_parallel, edustats_parallel_parts;

-- Dumped and restored, as text and in binary
CREATE TEMP TABLE restored (LIKE tallied);
\copy (SELECT * FROM tallied) TO 'results/tally_agg.bin' (FORMAT binary)
\copy restored FROM 'results/tally_agg.bin' (FORMAT binary)
SELECT count(*), count(r.t) = count(tallied.t) AS all_there, bool_and(r.t = tallied.t AND r.w = tallied.w) AS equal
FROM restored r JOIN tallied USING (set);
TRUNCATE restored;
\copy (SELECT * FROM tallied) TO 'results/tally_agg.txt'
\copy restored FROM 'results/tally_agg.txt'
SELECT count(*), count(r.t) = count(tallied.t) AS all_there, bool_and(r.t = tallied.t AND r.w = tallied.w) AS equal
FROM restored r JOIN tallied USING (set);

-- Nothing in, NULL out; but empty tallies are tallies.
SELECT tally_agg(i) AS no_row FROM generate_series(1, 0) i;
SELECT tally_agg(NULL::bigint) AS "null", tally_agg(NULL, 1) AS null_key, tally_agg(1, NULL) AS null_weight,
    tally_agg(1, 0) AS zero_weight, rollup(NULL::tally) AS null_tally FROM generate_series(1, 3);
SELECT rollup(t) AS empty FROM (VALUES ('{}'::tally), (NULL), ('{}')) v (t);
SELECT rollup(t) AS some FROM (VALUES ('{}'::tally), (NULL), ('{1:2}'), ('{-1:1, 1:3}')) v (t);
SELECT tally_agg(k, w) FROM (VALUES (5, 2), (NULL, 7), (6, NULL), (7, 0), (5, 1), (-9223372036854775808, 1),
    (9223372036854775807, 1)) v (k, w);
-- Within a window, the state is read again and again.
SELECT i, tally_agg(i % 3) OVER (ORDER BY i), rollup(format('{%s:%s}', i % 2, i)::tally) OVER (ORDER BY i)
FROM generate_series(1, 5) i;
SELECT tally_agg(DISTINCT i / 4) FROM generate_series(1, 10) i;

-- Errors
SELECT tally_agg(5, -1);
SELECT tally_agg(5, weight) FROM (VALUES (9223372036854775807), (1)) v (weight);
SELECT tally_agg(key, 5000000000000000000) FROM generate_series(1, 2) key;
SELECT rollup(t) FROM (VALUES ('{1:9223372036854775807}'::tally), ('{2:1}')) v (t);
SELECT total(tally_agg(5, weight)) FROM (VALUES (9223372036854775806), (1)) v (weight);

-- Keys that come far apart, then close: from the hash table into the window, whatever the order
SELECT bool_and(t = u AND cardinality(t) = 39973 AND total(t) = 40000) FROM (
    SELECT tally_agg(key ORDER BY key) AS t, tally_agg(key ORDER BY hashint8(key)) AS u, tally_agg(key
    ORDER BY key DESC) AS v
    FROM (SELECT i AS key FROM generate_series(1::bigint, 20000) i UNION ALL SELECT i * i * i
        FROM generate_series(1::bigint, 20000) i) s) w
WHERE t = v;
-- Dense keys take at most 3 bytes each while their counts stay below 16384, however they are stored.
SELECT pg_column_size(t) < 3 * 50000 + 20 AS at_most_3_bytes
FROM (SELECT tally_agg(i, 1 + i % 16383) AS t FROM generate_series(1, 50000) i) v;
-- Counts around 2^32, on which dense keys leave the window one by one, some before it is made or widened: against sum()
CREATE TEMPORARY TABLE large AS
SELECT i AS n, (i * 7919 + i / 600) % 900 * CASE WHEN i % 50 = 0 THEN 3 ELSE 1 END AS key,
    (ARRAY[1, 4294967293, 4294967294, 4294967295, 4294967296, 1099511627776, 2])[1 + i * 31 % 7] AS weight
FROM generate_series(1::bigint, 6000) i;
SELECT count(*) AS keys, bool_and(t.count = s.sum) AS equal, count(*) FILTER (WHERE s.sum < 4294967295) > 50 AS some_small
FROM each((SELECT tally_agg(key, weight ORDER BY n) FROM large)) t
FULL JOIN (SELECT key, sum(weight) FROM large GROUP BY key) s USING (key);
SELECT tally_agg(key, weight ORDER BY n) = tally_agg(key, weight ORDER BY key DESC) AS any_order,
    rollup(tally) = tally_agg(key, weight) AS rolled_up
FROM (SELECT n, key, weight, format('{%s:%s}', key, weight)::tally AS tally FROM large) l;
SELECT bool_and(count_of(t, key) = sum) AS looked_up
FROM (SELECT tally_agg(key, weight) AS t FROM large) l, (SELECT key, sum(weight) FROM large GROUP BY key) s;
