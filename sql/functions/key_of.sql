
-- Keys that are text or uuid: their numbers, and the names behind the numbers.

CREATE FUNCTION edustats.key_of(text) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_key_of_text';
COMMENT ON FUNCTION edustats.key_of(text) IS
    'A number for a key that is text, the same on every machine, in every version and locale: SipHash-2-4 of its bytes'
    ' under the key 000102030405060708090a0b0c0d0e0f. Any bigint, negative ones too. Two texts can have the same'
    ' number, if seldom; key_names finds them. NULL for NULL.';

CREATE FUNCTION edustats.key_of(uuid) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_key_of_uuid';
COMMENT ON FUNCTION edustats.key_of(uuid) IS
    'A number for a key that is a uuid, as key_of(text), but of its 16 bytes: another number than that of the uuid as'
    ' text. Whoever has the same keys in both types casts one of them. NULL for NULL.';

CREATE TYPE edustats.key_name AS (key bigint, name text);
COMMENT ON TYPE edustats.key_name IS 'The name behind a number that key_of gave.';
COMMENT ON COLUMN edustats.key_name.key IS 'Number of the key.';
COMMENT ON COLUMN edustats.key_name.name IS 'The key itself, as text.';

CREATE FUNCTION edustats.key_names_add(bytea, bigint, text) RETURNS bytea
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_key_names_add';
COMMENT ON FUNCTION edustats.key_names_add(bytea, bigint, text) IS 'Transition of key_names.';

CREATE FUNCTION edustats.key_names_combine(bytea, bytea) RETURNS bytea
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_key_names_combine';
COMMENT ON FUNCTION edustats.key_names_combine(bytea, bytea) IS 'Adds up two states of key_names.';

CREATE FUNCTION edustats.key_names_final(bytea) RETURNS edustats.key_name[]
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_key_names_final';
COMMENT ON FUNCTION edustats.key_names_final(bytea) IS 'Result of key_names.';

CREATE AGGREGATE edustats.key_names(key bigint, name text) (
    SFUNC = edustats.key_names_add,
    STYPE = bytea,
    SSPACE = 1048576,
    FINALFUNC = edustats.key_names_final,
    COMBINEFUNC = edustats.key_names_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE edustats.key_names(bigint, text) IS
    'Each number once with its name, as an array ordered by number: key_names(key_of(k), k), for a uuid'
    ' key_names(key_of(k), k::text). Two names of one number are an error (unique_violation), whatever a collation'
    ' takes for equal. Rows with a NULL are skipped; NULL if no row is left. An error if the result exceeds 1 GB.';

-- Behind the aggregate: only its owner needs the right to execute these.
REVOKE EXECUTE ON FUNCTION edustats.key_names_add(bytea, bigint, text),
    edustats.key_names_combine(bytea, bytea),
    edustats.key_names_final(bytea) FROM PUBLIC;
