-- Files in one, byte by byte as the format has them.
\pset format unaligned
SET search_path = edustats, public;
SELECT encode(zip('{}', '{}'), 'hex') AS nothing;
-- The CRC of 123456789 is the one that all descriptions of it give, cbf43926.
SELECT encode(zip('{a}', ARRAY['123456789'::bytea]), 'hex') AS one;
SELECT encode(zip('{a/b,中}', ARRAY[''::bytea, '\x00ff']), 'hex') AS two;
SELECT zip(NULL, '{}'), zip('{}', NULL);
-- A file's bytes stand as they are, wherever they begin.
SELECT position(f.content IN z.zip) AS at, substr(z.zip, position(f.content IN z.zip), 6) = f.content AS same
FROM (SELECT zip('{a,b,c}', ARRAY['first!', 'second', '\x504b0304504b'::bytea]) AS zip) z, unnest(ARRAY['first!', 'second', '\x504b0304504b'::bytea]) f(content);
-- Large values that are compressed where they are stored, and many files.
CREATE TEMP TABLE kept AS SELECT convert_to(repeat('0123456789', 100000), 'UTF8') AS content;
SELECT length(zip('{a}', ARRAY[content])), position(content IN zip('{a}', ARRAY[content])) AS at FROM kept;
SELECT length(zip(array_agg(n::text), array_agg(''::bytea))) FROM generate_series(10000, 75534) n;
SELECT zip(array_agg(n::text), array_agg(''::bytea)) FROM generate_series(10000, 75535) n;
-- Wrong ones
SELECT zip('{a}', '{}');
SELECT zip('{a,NULL}', ARRAY[''::bytea, '']);
SELECT zip('{a}', ARRAY[NULL::bytea]);
SELECT zip('{""}', ARRAY[''::bytea]);
SELECT length(zip(ARRAY[repeat('a', 65535)], ARRAY[''::bytea]));
SELECT zip(ARRAY[repeat('a', 65536)], ARRAY[''::bytea]);
-- An array of more than one dimension is its elements.
SELECT zip('{{a},{b}}', ARRAY[ARRAY['x'::bytea], ARRAY['y'::bytea]]) = zip('{a,b}', ARRAY['x', 'y'::bytea]) AS same;
