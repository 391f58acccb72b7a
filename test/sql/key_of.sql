-- Numbers of keys that are text or uuid, and the names behind the numbers
SET search_path TO edustats, pg_catalog, pg_temp;
\pset format unaligned
\pset footer off

-- What another implementation says (openssl mac SIPHASH, as 8 little-endian bytes); the numbers are stored, so these
-- never change. The first text and the first uuid are the published vectors of 0 and of 16 bytes.
SELECT left(key, 40) AS key, length(key), key_of(key), key_of(key) = number AS right
FROM (VALUES (1, '', 8246050544436514353), (2, 'a', 3144613055062689994), (3, '1234567', 7996496135111462219),
    (4, '12345678', 149469851762178027), (5, '123456789', -3863810759074054403),
    (6, '大兴区黄村镇埝坛村', 7253082600098386541), (7, 'https://example.org/xapi/activities/1', 3358534268307071641),
    (8, '550e8400-e29b-41d4-a716-446655440000', 1594077702786310878), (9, repeat('x', 1000), 4403647592671646249),
    (10, repeat('0123456789', 100000), 3394016416978022440)) v (i, key, number) ORDER BY i;
SELECT key, key_of(key), key_of(key) = number AS right, key_of(key) = key_of(key::text) AS as_text
FROM (VALUES ('00010203-0405-0607-0809-0a0b0c0d0e0f'::uuid, 4551675220716592091),
    ('550e8400-e29b-41d4-a716-446655440000', 5933391141900918630)) v (key, number);

-- Columns of all types that are text, and NULL
CREATE DOMAIN pg_temp.code AS varchar(10) CHECK (value <> '');
CREATE TEMP TABLE typed (t text, v varchar, v9 varchar(9), c char(8), n name, d pg_temp.code, u uuid,
    x text);
INSERT INTO typed VALUES ('a', 'a', 'a', 'a', 'a', 'a', '00010203-0405-0607-0809-0a0b0c0d0e0f', repeat('x', 1000));
INSERT INTO typed (x) VALUES (repeat('0123456789', 100000));
SELECT key_of(t) = key_of('a') AS text, key_of(v) = key_of('a') AS varchar, key_of(v9) = key_of('a') AS varchar_9,
    key_of(c) = key_of('a') AS char, key_of(n) = key_of('a') AS name, key_of(d) = key_of('a') AS domain,
    key_of(u) = 4551675220716592091 AS uuid FROM typed WHERE t IS NOT NULL;
SELECT key_of(t), key_of(v), key_of(c), key_of(n), key_of(d), key_of(u) FROM typed WHERE t IS NULL;
SELECT key_of(NULL), key_of(NULL::text), key_of(NULL::uuid), pg_typeof(key_of(NULL));
-- Compressed
SELECT pg_column_size(x) < length(x) AS compressed, key_of(x) FROM typed;
\set VERBOSITY sqlstate
SELECT key_of(1);
\set VERBOSITY default
-- No setting and no collation matters; an index can be made.
CREATE TABLE edustats_keyed AS SELECT 'key ' || i % 5000 AS key, md5(i::text)::uuid AS id FROM generate_series(1, 20000) i;
CREATE INDEX ON edustats_keyed (key_of(key));
CREATE INDEX ON edustats_keyed (key_of(id));
ANALYZE edustats_keyed;
SELECT key_of('a' COLLATE "C") = key_of('a' COLLATE "und-x-icu") AS any_collation;
-- No two the same, each bit as often as not
SELECT count(DISTINCT key_of(i::text)) AS texts, count(DISTINCT key_of(lpad(to_hex(i), 32, '0')::uuid)) AS uuids
FROM generate_series(1, 200000) i;
SELECT count(*) AS bits FROM (SELECT bit, count(*) FILTER (WHERE key_of(i::text) >> bit & 1 = 1) AS ones
    FROM generate_series(0, 63) bit, generate_series(1, 20000) i GROUP BY bit) b WHERE ones BETWEEN 9600 AND 10400;

-- Names
SELECT * FROM unnest((SELECT key_names(key_of(k), k) FROM unnest(ARRAY['b', 'a', NULL, 'b', '', '顺义', 'a']) k));
SELECT * FROM unnest((SELECT key_names(key_of(k), k::text) FROM (SELECT DISTINCT id FROM edustats_keyed LIMIT 1) s (k)
    WHERE k IS NULL));
SELECT key_names(number, name) FROM (VALUES (5, 'five'), (-9223372036854775808, 'low'), (0, ''), (5, 'five'),
    (9223372036854775807, 'high'), (NULL, 'none'), (7, NULL), (-1, '"{,\')) v (number, name);
SELECT key_names(1, 'a') AS no_row FROM generate_series(1, 0);
SELECT key_names(NULL, 'a') AS no_number, key_names(1, NULL) AS no_name FROM generate_series(1, 3);
-- A varchar, a char and a name are names.
SELECT key_names(key_of(v), v) = key_names(key_of(t), t) AS varchar, key_names(key_of(c), c) = key_names(key_of(t), t) AS char,
    key_names(key_of(n), n) = key_names(key_of(t), t) AS name FROM typed;
-- Two keys of one number
SELECT key_names(number, name) FROM (VALUES (7, 'seven'), (8, 'eight'), (7, 'sieben')) v (number, name);
SELECT key_names(7, name) FROM (VALUES ('ß'), ('ß' || repeat('字', 500000))) v (name);
SELECT key_names(7, name) FROM (VALUES ('seven'), ('seven ')) v (name);
SELECT key_names(7, name) FROM (VALUES (''), ('x')) v (name);
-- Whatever is equal to a collation
CREATE COLLATION pg_temp.no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT 'A' = 'a' COLLATE pg_temp.no_case AS equal;
\set VERBOSITY sqlstate
SELECT key_names(7, name COLLATE pg_temp.no_case) FROM (VALUES ('a'), ('A')) v (name);
\set VERBOSITY default
-- Long and compressed ones
SELECT array_length(k, 1), length(k[1].name), length(k[2].name)
FROM (SELECT key_names(key_of(x), x) AS k FROM typed) s;
-- In groups, in a window, distinct and ordered
SELECT i % 2 AS half, key_names(i, chr(96 + i)) FROM generate_series(1, 4) i GROUP BY 1 ORDER BY 1;
SELECT i, key_names(i % 3, 'n' || i % 3) OVER (ORDER BY i) FROM generate_series(1, 5) i;
SELECT key_names(DISTINCT i / 2, 'n'), key_names(i, 'n' ORDER BY i DESC) FROM generate_series(1, 5) i;

-- Many names, against plain SQL; with parallel workers
CREATE TEMP TABLE truth AS SELECT DISTINCT key_of(key) AS key, key AS name FROM edustats_keyed;
SELECT count(*), bool_and(key > previous) AS ascending FROM (SELECT key, lag(key, 1) OVER (ORDER BY position) AS previous
    FROM unnest((SELECT key_names(key_of(key), key) FROM edustats_keyed)) WITH ORDINALITY u (key, name, position)) s;
(SELECT * FROM unnest((SELECT key_names(key_of(key), key) FROM edustats_keyed)) EXCEPT ALL TABLE truth)
UNION ALL (TABLE truth EXCEPT ALL SELECT * FROM unnest((SELECT key_names(key_of(key), key) FROM edustats_keyed)));
CREATE TEMP TABLE serial AS SELECT key_names(key_of(key), key) AS keys, key_names(key_of(id), id::text) AS ids FROM edustats_keyed;
ALTER TABLE edustats_keyed SET (parallel_workers = 2);
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS off) SELECT key_names(key_of(key), key) FROM edustats_keyed;
SELECT array_length(key_names(key_of(key), key), 1) AS keys, key_names(key_of(key), key) = (SELECT keys FROM serial) AS equal,
    key_names(key_of(id), id::text) = (SELECT ids FROM serial) AS ids_equal,
    key_names(key_of(key), key) FILTER (WHERE key IS NULL) IS NULL AS none FROM edustats_keyed;
SET enable_sort = off;
SELECT count(*), sum(array_length(names, 1)) AS names
FROM (SELECT key, key_names(key_of(id), id::text) AS names FROM edustats_keyed GROUP BY key) s;
RESET enable_sort;
\set VERBOSITY sqlstate
SELECT key_names(key_of(key), id::text) FROM edustats_keyed;
\set VERBOSITY default
RESET max_parallel_workers_per_gather;
DROP TABLE edustats_keyed;

-- Only aggregates call what is behind one, and they do not trust a state that is none.
SELECT key_names_add(NULL, 1, 'a');
SELECT key_names_combine(NULL, '\x00');
SELECT key_names_final('\x00');
CREATE AGGREGATE pg_temp.sum_states(bytea) (SFUNC = key_names_combine, STYPE = bytea, FINALFUNC = key_names_final);
CREATE AGGREGATE pg_temp.state(bigint, text) (SFUNC = key_names_add, STYPE = bytea);
-- The bytes of a state are those of the machine: here they come from one.
CREATE TEMP TABLE state AS SELECT pg_temp.state(i, 'n' || i) AS s FROM generate_series(1, 2) i;
SELECT length(s), pg_temp.sum_states(s) FROM state GROUP BY 1;
SELECT pg_temp.sum_states('') AS empty, pg_temp.sum_states(NULL) AS null;
\set VERBOSITY sqlstate
SELECT pg_temp.sum_states('\x00');
SELECT pg_temp.sum_states(substr(s, 1, 27)) FROM state;
SELECT pg_temp.sum_states(s || '\x0102030405060708090a0b') FROM state;
SELECT pg_temp.sum_states(set_byte(set_byte(s, 8, 255), 11, 255)) FROM state;
SELECT pg_temp.sum_states(set_byte(s, 12, 255)) FROM state;
SELECT pg_temp.sum_states(set_byte(s, 12, 0)) FROM state;
SELECT pg_temp.sum_states(t) FROM state, LATERAL (VALUES (s), (set_byte(s, 12, 97))) v (t);
\set VERBOSITY default
-- Each byte of it changed to each value is an error or a result.
CREATE FUNCTION pg_temp.outcome(state bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN CASE WHEN pg_temp.sum_states(state) IS NULL THEN 'null' ELSE 'names' END;
EXCEPTION WHEN data_corrupted OR unique_violation THEN
    RETURN sqlstate;
END
$$;
SELECT pg_temp.outcome(set_byte(s, at, byte)) AS outcome, count(*) > 100 AS many
FROM state, generate_series(0, 27) at, generate_series(0, 255) byte GROUP BY 1 ORDER BY 1;
