-- tally: input and output, what is refused, what is noticed in stored bytes
SET search_path TO edustats, pg_catalog, pg_temp;
\pset format unaligned
\pset footer off

-- The error that a command ends with, or its only value.
CREATE FUNCTION pg_temp.outcome(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
    state text;
    message text;
    detail text;
BEGIN
    EXECUTE command INTO result;
    RETURN coalesce(result, 'NULL');
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    RETURN state || ' ' || message || ' / ' || detail;
END
$$;

-- Text
SELECT '{5:3, 9:1}'::tally, '{}'::tally AS empty, ' { 5 :3,9: 1 } '::tally AS spaced,
    E'{\n\t5:3\r,\f9:1\x0b}\n'::tally AS ruled,
    '{-9223372036854775808:1, -1:2, 0:3, 1:4, 9223372036854775807:5}'::tally AS extremes;
SELECT '{1:9223372036854775807}'::tally AS largest, '{-007:0012}'::tally AS zeros;
\pset tuples_only on
SELECT quote_literal(input), pg_temp.outcome(format('SELECT %L::edustats.tally', input)) FROM unnest(ARRAY[
    '', ' ', '{', '}', '5:3', '{5:3', '{5:3,', '{5:3,}', '{,5:3}', '{5}', '{5:}', '{:3}', '{5=3}', '{5:3 9:1}',
    '{5:3;9:1}',
    '{5:3}}', '{5:3} x', '{{5:3}}', '[5:3]', '{9:1, 5:3}', '{5:3, 5:3}', '{5:0}', '{5:-1}', '{-:1}', '{--5:1}',
    '{+5:1}',
    '{5:+1}', '{5.0:1}', '{5:1.0}', '{5e1:1}', '{0x5:1}', '{a:1}', '{5:a}', '{5 5:1}', '{NULL:1}', 'NULL', '{"5": 3}',
    '{9223372036854775808:1}', '{-9223372036854775809:1}', '{1:9223372036854775808}', '{1:99999999999999999999999}',
    '{1:-9223372036854775809}', '{1:9223372036854775807, 2:1}', '{1:5000000000000000000, 2:5000000000000000000}'
]) WITH ORDINALITY AS inputs (input, position) ORDER BY position;
\pset tuples_only off

-- No more than the beginning of a large text is in the message, and no half character.
SELECT length(message), right(message, 6) FROM (VALUES
    (pg_temp.outcome('SELECT repeat(''x'', 1000000)::edustats.tally')),
    (pg_temp.outcome('SELECT (''x'' || repeat(''东'', 1000000))::edustats.tally'))) v (outcome),
    LATERAL (SELECT split_part(outcome, ' / ', 1) AS message) m;
-- From PostgreSQL 16 on a caller may ask for an error instead of having it raised.
DO $$
DECLARE
    wrong text[] := ARRAY['', '{', '{5:3', '{5:-1}', '{9:1, 5:3}', '{1:9223372036854775808}', repeat('x', 1000000)];
BEGIN
    IF current_setting('server_version_num')::integer >= 160000 THEN
        EXECUTE 'SELECT array_agg(v) FROM unnest($1) v WHERE pg_input_is_valid(v, ''edustats.tally'')' INTO wrong USING wrong;
        RAISE NOTICE 'valid: %', coalesce(wrong::text, 'none');
    ELSE
        RAISE NOTICE 'valid: none';
    END IF;
END $$;
-- Binary: what comes over the wire
CREATE TEMP TABLE arrived (value edustats.tally);
CREATE FUNCTION pg_temp.receive(wire bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    -- A COPY file of one row with one column.
    file bytea := '\x5047434f50590aff0d0a00' || decode(repeat('00', 8), 'hex') || '\x0001'
        || decode(lpad(to_hex(length(wire)), 8, '0'), 'hex') || wire || '\xffff';
    -- Made by printf from octal escapes, so nothing is left behind.
    escapes text := (SELECT string_agg(format('\%s%s%s', byte / 64, byte / 8 % 8, byte % 8), '' ORDER BY i)
        FROM generate_series(0, length(file) - 1) i, LATERAL (SELECT get_byte(file, i) AS byte) b);
    result text;
BEGIN
    DELETE FROM arrived;
    EXECUTE format('COPY arrived FROM PROGRAM %L (FORMAT binary)', format('printf ''%s''', escapes));
    SELECT value::text INTO result FROM arrived;
    RETURN result;
END
$$;
CREATE FUNCTION pg_temp.wire(version integer, flags integer, entries bigint, total bigint, rest text) RETURNS bytea
LANGUAGE sql AS $$
    SELECT decode(lpad(to_hex(version), 2, '0') || lpad(to_hex(flags), 2, '0') || right(lpad(to_hex(entries), 8, '0'),
    8)
        || lpad(to_hex(total), 16, '0') || rest, 'hex')
$$;

SELECT tally_send('{5:3, 9:1}'), tally_send('{5:3, 9:1}') = pg_temp.wire(1, 0, 2, 4, '0a020300') AS as_documented,
    tally_send('{}') = pg_temp.wire(1, 0, 0, 0, '') AS empty;
-- The first key is zig-zag coded, the later ones are gaps.
SELECT pg_temp.receive(pg_temp.wire(1, 0, 2, 4, '0a020300')) AS small, pg_temp.receive(pg_temp.wire(1, 0, 0, 0,
    '')) AS empty,
    pg_temp.receive(pg_temp.wire(1, 0, 2, 2, 'ffffffffffffffffff0100' || 'feffffffffffffffff0100')) AS extremes,
    pg_temp.receive(pg_temp.wire(1, 0, 1, 9223372036854775807, '00feffffffffffffff7f')) AS largest;
SELECT bool_and(pg_temp.receive(tally_send(t)) = t::text) AS all_arrive
FROM (VALUES ('{}'::tally), ('{127:128, 128:127, 16384:16384, 32768:16385}'), ('{-9223372036854775808:1}'),
    ('{9223372036854775807:9223372036854775807}'), ('{-9223372036854775808:1, 9223372036854775807:2}')) v (t);

\pset tuples_only on
SELECT what, pg_temp.outcome(format('SELECT pg_temp.receive(%L)', wire)) FROM (VALUES
    (1, 'nothing', ''::bytea),
    (2, 'one byte', '\x01'),
    (3, 'short header', '\x01000000000100000000000000'),
    (4, 'version 0', pg_temp.wire(0, 0, 1, 1, '0a00')),
    (5, 'version 2', pg_temp.wire(2, 0, 1, 1, '0a00')),
    (6, 'version 129', pg_temp.wire(129, 0, 1, 1, '0a00')),
    (7, 'lowest flag', pg_temp.wire(1, 1, 1, 1, '0a00')),
    (8, 'highest flag', pg_temp.wire(1, 128, 1, 1, '0a00')),
    (9, 'no entry with a total', pg_temp.wire(1, 0, 0, 1, '')),
    (10, 'no entry with bytes', pg_temp.wire(1, 0, 0, 0, '0a00')),
    (11, 'an entry without a total', pg_temp.wire(1, 0, 1, 0, '0a00')),
    (12, 'an entry without bytes', pg_temp.wire(1, 0, 1, 1, '')),
    (13, 'negative total', pg_temp.wire(1, 0, 1, -1, '0a00')),
    (14, 'smallest negative total', pg_temp.wire(1, 0, 1, '-9223372036854775808', '0a00')),
    (15, 'most entries', pg_temp.wire(1, 0, 4294967295, 9223372036854775807, '0a00')),
    (16, 'negative entries', pg_temp.wire(1, 0, -2, 9223372036854775807, '0a000000')),
    (17, 'one entry too many in the header', pg_temp.wire(1, 0, 3, 5, '0a020300')),
    (18, 'one entry too few in the header', pg_temp.wire(1, 0, 1, 3, '0a020300')),
    (19, 'half an entry', pg_temp.wire(1, 0, 2, 4, '0a0203')),
    (20, 'number cut off', pg_temp.wire(1, 0, 2, 4, '0a020380')),
    (21, 'number cut off, long', pg_temp.wire(1, 0, 2, 4, '0a02ffffffffff')),
    (22, 'byte after the last entry', pg_temp.wire(1, 0, 2, 4, '0a02030000')),
    (23, 'total too small', pg_temp.wire(1, 0, 2, 3, '0a020300')),
    (24, 'total too large', pg_temp.wire(1, 0, 2, 5, '0a020300')),
    (25, 'superfluous byte in a key', pg_temp.wire(1, 0, 1, 3, '8a0002')),
    (26, 'superfluous byte in a count', pg_temp.wire(1, 0, 1, 3, '0a8200')),
    (27, 'superfluous bytes in a gap', pg_temp.wire(1, 0, 2, 4, '0a0283800000')),
    (28, 'superfluous tenth byte', pg_temp.wire(1, 0, 1, 1, 'ffffffffffffffffff0000')),
    (29, '65 bits in a key', pg_temp.wire(1, 0, 1, 1, 'ffffffffffffffffff0200')),
    (30, 'eleven bytes in a key', pg_temp.wire(1, 0, 1, 1, 'ffffffffffffffffffff0100')),
    (31, 'key after the largest', pg_temp.wire(1, 0, 2, 2, 'feffffffffffffffff010000' || '00')),
    (32, 'gap beyond the largest key', pg_temp.wire(1, 0, 2, 2, '0000' || 'ffffffffffffffff7f00')),
    (33, 'gap around the whole range', pg_temp.wire(1, 0, 2, 2, '0000' || 'ffffffffffffffffff0100')),
    (34, 'count of 2^64', pg_temp.wire(1, 0, 1, 9223372036854775807, '00ffffffffffffffffff01')),
    (35, 'count of 2^63', pg_temp.wire(1, 0, 1, 9223372036854775807, '00ffffffffffffffff7f')),
    (36, 'counts that add up to 2^63', pg_temp.wire(1, 0, 2, 9223372036854775807, '00feffffffffffffff7f0000')),
    (37, 'text', convert_to('{5:3, 9:1, 17:5}', 'UTF8')),
    (38, 'zeros', decode(repeat('00', 40), 'hex')),
    (39, 'ones', decode(repeat('ff', 40), 'hex'))
) v (number, what, wire) ORDER BY number;
-- Nothing that is cut off anywhere passes, nor any single byte changed to one that makes another form of the same
-- value.
SELECT count(*),
    count(*) FILTER (WHERE pg_temp.outcome(format('SELECT pg_temp.receive(%L)', substr(wire, 1, n))) LIKE '22P03 %')
FROM (SELECT tally_send('{-300:5, 7:70000, 900:1, 901:128, 100000:2}') AS wire) v, generate_series(0,
    length(wire) - 1) n;
SELECT count(*) FILTER (WHERE result LIKE '{%') > 0 AS some_pass, count(*) FILTER (WHERE CASE
    WHEN result LIKE '22P03 %' THEN false ELSE tally_send(result::tally) <> changed END) AS differ
FROM (SELECT changed, pg_temp.outcome(format('SELECT pg_temp.receive(%L)', changed)) AS result
    FROM (SELECT set_byte(tally_send('{-300:5, 7:70000, 901:128}'), n, b) AS changed
        FROM generate_series(0, 22) n, unnest(ARRAY[0, 1, 2, 127, 128, 129, 255]) b) v) w;
\pset tuples_only off

-- Stored bytes are checked on use. Only a superuser can make such values.
BEGIN;
CREATE CAST (bytea AS edustats.tally) WITHOUT FUNCTION;
CREATE CAST (edustats.tally AS bytea) WITHOUT FUNCTION;
CREATE TEMP TABLE damaged AS
SELECT number, what, bytes::tally AS t FROM (
    SELECT '{5:3, 9:200, 11:1}'::tally::bytea AS good
) v, LATERAL (VALUES
    (1, 'empty', ''::bytea),
    (2, 'short header', substr(good, 1, 13)),
    (3, 'version', set_byte(good, 0, 9)),
    (4, 'flags', set_byte(good, 1, 4)),
    (5, 'total', overlay(good PLACING '\xffffffffffffffff' FROM 7)),
    (6, 'entries', overlay(good PLACING '\x7fffff7f' FROM 3)),
    (7, 'cut off', substr(good, 1, length(good) - 1)),
    (8, 'trailing', good || '\x00'),
    (9, 'count', set_byte(good, 15, 3)),
    (10, 'last count', set_byte(good, length(good) - 1, 1)),
    (11, 'overlong', overlay(good PLACING '\x8500' FROM 15 FOR 1)),
    (12, 'none', good)
) w (number, what, bytes);
\pset tuples_only on
SELECT what, pg_temp.outcome(format('SELECT t FROM damaged WHERE number = %s', number)) FROM damaged ORDER BY number;
SELECT accessor, count(*) AS refused FROM damaged, unnest(ARRAY['edustats.total(t)', 'edustats.cardinality(t)',
    'edustats.rollup(t)', 't::jsonb', 'edustats.tally_send(t)', 'edustats.keep(t, ''{11:1}'')',
    'edustats.drop(t, ''{11:1}'')',
    't operator(edustats.+) ''{}''', 'edustats.count_of(t, 12)', 't operator(edustats.?) 12',
    '(edustats.top(t, 100)).count',
    '(edustats.each(t)).count']) accessor
WHERE pg_temp.outcome(format('SELECT %s FROM damaged WHERE number = %s', accessor, number))
    LIKE 'XX001 stored tally is %'
GROUP BY accessor ORDER BY accessor COLLATE "C";
-- As a constant and as a parameter it is noticed as well, each time.
SELECT pg_temp.outcome($$ SELECT edustats.count_of('\x0100'::bytea::edustats.tally, 12) $$);
SELECT pg_temp.outcome($$ SELECT edustats.total('\x0100'::bytea::edustats.tally) $$);
\pset tuples_only off
-- Any alignment: a short length word before a value of any length.
CREATE TEMP TABLE packed (pad text, t tally);
INSERT INTO packed SELECT repeat('x', n), format('{%s:%s}', n, n + 1)::tally FROM generate_series(0, 20) n;
SELECT bool_and(total(t) = length(pad) + 1 AND cardinality(t) = 1 AND count_of(t, length(pad)) = total(t)) AS unaligned
FROM packed;
ROLLBACK;

-- jsonb
SELECT '{5:3, 9:1}'::tally::jsonb, '{}'::tally::jsonb AS empty, NULL::tally::jsonb AS "null",
    '{-9223372036854775808:1, 9:9223372036854775000, 10:1}'::tally::jsonb AS extremes;
SELECT bool_and((j.value)::bigint = count_of(t, j.key::bigint)) AS same, count(*) = min(cardinality(t)) AS whole
FROM (SELECT tally_agg(i * i, i) AS t FROM generate_series(1, 300) i) v, jsonb_each_text(t::jsonb) j;
-- The cast is explicit only.
CREATE TEMP TABLE as_jsonb (value jsonb);
INSERT INTO as_jsonb VALUES ('{5:3}'::tally);
