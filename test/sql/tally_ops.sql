-- tally: accessors and operators
SET search_path TO edustats, pg_catalog, pg_temp;
\pset format unaligned
\pset footer off

-- On some, on none, on NULL
SELECT t, total(t), cardinality(t), count_of(t, 9), count_of(t, 6) AS absent, count_of(t, NULL) AS of_null,
    t ? 9 AS has_9,
    t ? 6 AS has_6, t + t AS twice, keep(t, '{9:7, 10:1}') AS keep, drop(t, '{9:7, 10:1}') AS drop,
    t = '{5:3, 9:1}' AS equal,
    t <> '{5:3, 9:1}' AS unequal
FROM (VALUES (1, '{5:3, 9:1}'::tally), (2, '{}'), (3, NULL),
    (4, '{-9223372036854775808:1, 9223372036854775807:2}')) v (i, t)
ORDER BY i;
SELECT a + b AS merged, b + a = a + b AS either_way, keep(a, b), drop(a, b), keep(b, a), drop(b, a), a = b AS equal
FROM (VALUES (1, '{}'::tally, '{}'::tally), (2, '{}', '{1:1}'), (3, '{1:1, 2:2, 3:3}', '{2:5, 4:4}'), (4, '{1:1}',
    '{1:2}'),
    (5, '{1:1}', '{2:1}'), (6, '{-9223372036854775808:1, 0:1}', '{0:1, 9223372036854775807:1}'), (7, '{1:1}',
    NULL)) v (i, a, b)
ORDER BY i;
SELECT '{1:9223372036854775807}'::tally + '{1:1}';
SELECT '{1:9223372036854775807}'::tally + '{2:1}';
SELECT '{-5:9223372036854775806}'::tally + '{2:1}' AS largest;
-- The names need no quotes.
SELECT edustats.drop('{1:1, 2:2}', '{1:1}'), edustats.keep('{1:1, 2:2}', '{1:1}'),
    edustats.rollup('{1:1}'::edustats.tally),
    edustats.total('{1:1}'), edustats.cardinality('{1:1}');

-- Against plain SQL: 400 pairs of tallies with keys in common
CREATE TEMP TABLE pair AS
SELECT id, tally_agg(key) FILTER (WHERE side = 0) AS a, tally_agg(key) FILTER (WHERE side = 1) AS b
FROM (SELECT id, abs(hashint8(row)) % 2 AS side, CASE id % 3
        WHEN 0 THEN hashint8extended(row, id) % 20
        WHEN 1 THEN hashint8extended(row, id) % 1000 * 10000000000000
        ELSE hashint8extended(row, id) % 400 END AS key
    FROM generate_series(1, 400) id, generate_series(1, 200) row) v
GROUP BY id;
WITH a AS (SELECT id, e.* FROM pair, each(a) e), b AS (SELECT id, e.* FROM pair, each(b) e),
    truth AS (SELECT id, key, coalesce(a.count, 0) + coalesce(b.count, 0) AS merged,
        a.count AS in_a, b.count AS in_b FROM a FULL JOIN b USING (id, key)),
    read AS (SELECT id, 'merge' AS what, e.key, e.count FROM pair, each(a + b) e
        UNION ALL SELECT id, 'keep', e.key, e.count FROM pair, each(keep(a, b)) e
        UNION ALL SELECT id, 'drop', e.key, e.count FROM pair, each(drop(a, b)) e),
    plain AS (SELECT id, 'merge' AS what, key, merged AS count FROM truth
        UNION ALL SELECT id, 'keep', key, in_a FROM truth WHERE in_a > 0 AND in_b > 0
        UNION ALL SELECT id, 'drop', key, in_a FROM truth WHERE in_a > 0 AND in_b IS NULL)
SELECT what, count(*) > 1000 AS many, count(*) FILTER (WHERE plain.key IS NULL OR read.key IS NULL) AS differences
FROM read FULL JOIN plain USING (id, what, key, count) GROUP BY what ORDER BY what;
SELECT bool_and(count_of(a, key) = coalesce(count, 0) AND (a ? key) = (count IS NOT NULL)) AS found,
    count(count) > 0 AS some
FROM (SELECT id, a, generate_series(-30, 30) AS key FROM pair WHERE id <= 100) v
    LEFT JOIN (SELECT id, e.* FROM pair, each(a) e) e USING (id, key);
SELECT bool_and(a + b = b + a AND total(a + b) = total(a) + total(b) AND keep(a, b) + drop(a, b) = a AND drop(a,
    a) = '{}'
    AND keep(a, a) = a AND drop(a, '{}') = a AND keep(a, '{}') = '{}' AND total(keep(a, b)) <= total(a)) AS laws
    FROM pair;

-- count_of as a lookup table: dense, sparse, with outliers; a constant is decoded once
CREATE TEMP TABLE lookup (kind text, t tally);
INSERT INTO lookup SELECT 'dense', tally_agg(i, 1 + abs(i) % 13) FROM generate_series(-1000, 1000) i
    UNION ALL SELECT 'sparse', tally_agg(i * 1000003, 1 + abs(i) % 7) FROM generate_series(-1000::bigint, 1000) i
    UNION ALL SELECT 'both', tally_agg(CASE WHEN i % 100 = 0 THEN i * 4000000000000 ELSE i END, 1 + i)
        FROM generate_series(1::bigint, 2000) i
    UNION ALL SELECT 'few', '{-9223372036854775808:1, 0:5, 9223372036854775807:3}'
    UNION ALL SELECT 'none', '{}';
CREATE FUNCTION pg_temp.look_up(t edustats.tally) RETURNS TABLE (keys bigint, total bigint, wrong bigint)
LANGUAGE plpgsql AS $$
BEGIN
    -- The parameter of EXECUTE becomes a constant of its plan.
    RETURN QUERY EXECUTE 'SELECT count(*), sum(edustats.count_of($1, e.key))::bigint,
            count(*) FILTER (WHERE edustats.count_of($1, e.key) <> e.count
                OR edustats.count_of($1, e.key # 4611686018427387904) > 0)
        FROM edustats.each($1) e' USING t;
END
$$;
SELECT kind, l.keys = cardinality(t) AS keys, l.total IS NOT DISTINCT FROM nullif(total(t), 0) AS total, l.wrong
FROM lookup, pg_temp.look_up(t) l ORDER BY kind;
SELECT count_of('{5:3, 9:1}', i) FROM generate_series(4, 10) i;
-- A parameter that changes between two evaluations of one expression must not be answered from the tally before: here
-- of the same size, total, keys and place in memory.
CREATE FUNCTION pg_temp.changing() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    t edustats.tally;
    result text := '';
BEGIN
    FOR i IN 1..6 LOOP
        t := CASE WHEN i % 2 = 0 THEN '{1:1, 2:2}' ELSE '{1:2, 2:1}' END;
        result := result || edustats.count_of(t, 1) || edustats.count_of(t, 2) || ' ';
    END LOOP;
    RETURN result;
END
$$;
SELECT pg_temp.changing();
SET plan_cache_mode = force_generic_plan;
SELECT pg_temp.changing();
PREPARE by_parameter AS SELECT count_of($1, i) FROM generate_series(1, 3) i;
EXECUTE by_parameter('{1:7, 3:8}');
EXECUTE by_parameter('{1:8, 3:7}');
EXECUTE by_parameter(NULL);
RESET plan_cache_mode;

-- Only the header is read for total and cardinality, from wherever it is.
CREATE TEMP TABLE toasted (storage text, t tally);
ALTER TABLE toasted ALTER t SET STORAGE EXTERNAL;
INSERT INTO toasted SELECT 'external', tally_agg(i * 7, i) FROM generate_series(1, 5000) i;
ALTER TABLE toasted ALTER t SET STORAGE EXTENDED;
INSERT INTO toasted SELECT 'extended', tally_agg(i, 5) FROM generate_series(1, 200000) i;
ALTER TABLE toasted ALTER t SET STORAGE MAIN;
INSERT INTO toasted SELECT 'main', tally_agg(i, 5) FROM generate_series(1, 3000) i;
INSERT INTO toasted VALUES ('inline', '{5:3}');
SELECT storage, total(t), cardinality(t), total(t) = (SELECT sum(count) FROM each(t)) AS as_read, t ? 7 AS has_7
FROM toasted ORDER BY storage;

-- Equality is of values: grouped, distinct, joined, hashed; there is no order.
SELECT t, count(*) FROM (VALUES ('{1:1}'::tally), ('{2:1}'), ('{ 1 : 1 }'), (NULL), ('{}'), ('{}')) v (t) GROUP BY t
ORDER BY t::text;
SELECT count(*) FROM (
    SELECT DISTINCT tally_agg(i % (n % 4 + 1)) FROM generate_series(1, 8) n, generate_series(1, 12) i GROUP BY n) v;
SELECT count(*) FROM (SELECT '{1:1}'::tally AS t UNION SELECT '{1:1}' UNION SELECT '{1:2}') v;
SELECT '{1:1}'::tally IN ('{2:1}', '{1:1}') AS is_in, '{1:3}'::tally IN ('{2:1}', '{1:1}') AS is_not_in;
SET enable_nestloop = off;
SELECT count(*) FROM pair p JOIN pair q ON p.a = q.a WHERE p.id <= 50;
RESET enable_nestloop;
SELECT tally_hash(t) = tally_hash(u) AS hash, tally_hash_extended(t, 5) = tally_hash_extended(u, 5) AS extended,
    tally_hash_extended(t, 5) <> tally_hash_extended(t, 6) AS seeded, tally_hash_extended(t, 0) & 4294967295
    = tally_hash(t)::bigint & 4294967295 AS lower_half
FROM (SELECT t, t::text::tally AS u FROM toasted) v GROUP BY 1, 2, 3, 4;
CREATE TEMP TABLE hashed (t tally) PARTITION BY HASH (t);
CREATE TEMP TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TEMP TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO hashed SELECT a FROM pair;
CREATE INDEX ON hashed_0 USING hash (t);
SELECT count(*), count(DISTINCT tableoid) AS partitions FROM hashed;
SELECT 1 FROM pair ORDER BY a;
SELECT '{1:1}'::tally < '{1:2}';
SELECT tally_eq('{1:1}', '{1:1}'), tally_ne('{1:1}', '{1:1}'), tally_has('{1:1}', 1), tally_merge('{1:1}', '{2:1}');
