-- Participation against counts in plain SQL.
\pset format unaligned
\pset tuples_only on
SET search_path TO public, edustats;
SELECT setseed(0.2015);

\echo # text form and accessors
SELECT p, attended(p), absent(p), expected(p), rate(p)
FROM unnest(ARRAY['1169/3691', '569/2403', '0/27', '0/0', '45/45', '007/0010', '1/800', '3/800', '1/3', '2/3',
    '9223372036854775807/9223372036854775807', '1/9223372036854775807', '9223372036854775806/9223372036854775807',
    '46116860184273879/9223372036854775807']::participation[]) p;
SELECT count(*) FROM generate_series(1, 150) e, generate_series(0, e) a
WHERE rate((a || '/' || e)::participation) IS DISTINCT FROM round(a * 100.0 / e, 2)
    OR (a || '/' || e)::participation::text <> a || '/' || e;
SELECT attended(NULL) IS NULL, absent(NULL) IS NULL, expected(NULL) IS NULL, rate(NULL) IS NULL;

\echo # what is no participation
CREATE FUNCTION pg_temp.state_of(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE 'SELECT ' || expression INTO result;
    RETURN 'no error: ' || coalesce(result, 'NULL');
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate || ' ' || sqlerrm;
END $$;
SELECT pg_temp.state_of(format('%L::participation', t)) FROM unnest(ARRAY['', '/', '1', '1/', '/1', '-1/1', '1/-1',
    '+1/1', '1 / 2', '1/2 ', ' 1/2', '1/2/3', '1.0/2', '1e0/2', '0x1/2', '2/1', '1/0', '9223372036854775808/1',
    '1/9223372036854775808', '92233720368547758070/1', '99999999999999999999999999/99999999999999999999999999',
    '1169／3691']) AS t;
SELECT '2/1'::participation;
SELECT '1:2'::participation;

\echo # sums
SELECT participation '1/2' + '3/4', participation '1/2' OPERATOR(edustats.+) NULL IS NULL;
SELECT pg_temp.state_of(e) FROM unnest(ARRAY[
    'participation ''0/9223372036854775807'' + ''0/1''', 'participation ''0/9223372036854775807'' + ''0/0''',
    'participation ''9223372036854775807/9223372036854775807'' + ''1/1''']) AS e;
SELECT rollup(p) FROM unnest(ARRAY['1/2', NULL, '3/4', '0/0']::participation[]) p;
SELECT rollup(p) IS NULL, participation_agg(true) IS NULL FROM unnest(ARRAY[]::participation[]) p;
SELECT rollup(p) IS NULL, participation_agg(NULL) IS NULL FROM unnest(ARRAY[NULL, NULL]::participation[]) p;
SELECT pg_temp.state_of('rollup(p) FROM unnest(ARRAY[''0/9223372036854775807'', ''1/1'']::participation[]) p');
SELECT participation_agg(b) FROM unnest(ARRAY[true, NULL, false, true]) b;
SELECT participation_accum('1/2', true);
-- From PostgreSQL 16 on a caller may ask for an error instead of having it raised.
DO $$
DECLARE
    wrong text[] := ARRAY['', '1', '1/', '1/x', '2/1', '1/9223372036854775808', '99999999999999999999/1', '-1/1'];
BEGIN
    IF current_setting('server_version_num')::integer >= 160000 THEN
        EXECUTE 'SELECT array_agg(v) FROM unnest($1) v WHERE pg_input_is_valid(v, ''edustats.participation'')' INTO wrong USING wrong;
        RAISE NOTICE 'valid: %', coalesce(wrong::text, 'none');
    ELSE
        RAISE NOTICE 'valid: none';
    END IF;
END $$;

\echo # the aggregates by group, over windows, and by parallel workers
CREATE TABLE attendance AS SELECT n, n % 7 AS district,
    CASE WHEN random() < 0.1 THEN NULL ELSE random() < 0.3 END AS attended FROM generate_series(1, 50000) n;
ALTER TABLE attendance SET (parallel_workers = 2);
ANALYZE attendance;
CREATE TEMP TABLE truth AS SELECT district, count(*) FILTER (WHERE attended) AS attended, count(attended) AS expected
    FROM attendance GROUP BY district;
CREATE VIEW differences AS SELECT count(*) FROM truth JOIN (SELECT district, participation_agg(attended) AS p
        FROM attendance GROUP BY district) a USING (district)
    WHERE (attended(p), expected(p)) IS DISTINCT FROM (attended, expected);
SELECT * FROM differences;
SELECT count(*) FROM (SELECT participation_agg(attended) OVER w AS p,
        count(*) FILTER (WHERE attended) OVER w AS attended, count(attended) OVER w AS expected
    FROM attendance WHERE n <= 2000
    WINDOW w AS (PARTITION BY district ORDER BY n)) s
WHERE coalesce(attended(p), 0) <> attended OR coalesce(expected(p), 0) <> expected;
SELECT array_agg(p) FROM (SELECT participation_agg(attended) OVER (ORDER BY n) AS p FROM attendance WHERE n <= 8) s;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT participation_agg(attended) FROM attendance;
SELECT participation_agg(attended)::text = (SELECT sum(attended) || '/' || sum(expected) FROM truth) FROM attendance;
SELECT * FROM differences;
-- Some workers see nothing but NULL.
SELECT participation_agg(CASE WHEN n = 777 THEN attended IS NULL END),
    participation_agg(CASE WHEN n < 0 THEN true END) IS NULL FROM attendance;
CREATE TABLE daily AS SELECT n, (n % 3 || '/' || n % 3 + n % 5)::participation AS p FROM generate_series(1, 20000) n;
ALTER TABLE daily SET (parallel_workers = 2);
ANALYZE daily;
EXPLAIN (COSTS OFF) SELECT rollup(p) FROM daily;
SELECT rollup(p)::text = sum(n % 3) || '/' || sum(n % 3 + n % 5) FROM daily;

\echo # equality: grouping, hash join, hash partitions
SELECT participation '1/2' = '1/2', participation '1/2' = '2/4', participation '1/2' <> '1/2',
    participation '1/2' <> '1/3', participation '01/2' = '1/2';
SELECT count(*), sum(c) FROM (SELECT p, count(*) AS c FROM daily GROUP BY p) g;
SET enable_nestloop = off;
SELECT count(*) FROM daily a JOIN daily b USING (p) WHERE a.n <= 15;
CREATE TABLE parted (p participation) PARTITION BY HASH (p);
CREATE TABLE parted_0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parted SELECT p FROM daily;
SELECT count(*), count(DISTINCT tableoid), (SELECT count(*) FROM parted WHERE p = '2/6') FROM parted;

\echo # binary form
SELECT participation_send('1169/3691');
COPY (SELECT p FROM daily) TO PROGRAM 'cat > participation.bin' (FORMAT binary);
CREATE TABLE copied (p participation);
COPY copied FROM PROGRAM 'cat participation.bin && rm participation.bin' (FORMAT binary);
SELECT count(*), rollup(p) = (SELECT rollup(p) FROM daily) FROM copied;
\set head 'PGCOPY\\n\\377\\r\\n\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\1\\0\\0\\0'
\set zero '\\0\\0\\0\\0\\0\\0\\0'
CREATE PROCEDURE pg_temp.receive(head text, body text) LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    EXECUTE format('COPY copied FROM PROGRAM %L (FORMAT binary)', 'printf "' || head || body || '\377\377"');
    RAISE NOTICE 'received';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RAISE NOTICE '% % %', sqlstate, sqlerrm, detail;
END $$;
TRUNCATE copied;
CALL pg_temp.receive(:'head', '\020' || :'zero' || '\001' || :'zero' || '\002');
CALL pg_temp.receive(:'head', '\020' || :'zero' || '\002' || :'zero' || '\001');
CALL pg_temp.receive(:'head', '\020' || '\377\377\377\377\377\377\377\377' || :'zero' || '\001');
CALL pg_temp.receive(:'head', '\020' || :'zero' || '\001' || '\377\377\377\377\377\377\377\377');
CALL pg_temp.receive(:'head', '\014' || :'zero' || '\001' || '\0\0\0\2');
CALL pg_temp.receive(:'head', '\021' || :'zero' || '\001' || :'zero' || '\002' || '\0');
SELECT * FROM copied;

-- The tests share a database.
DROP VIEW differences;
DROP TABLE attendance, daily, parted, copied;
