
-- tally: accessors and operators

CREATE FUNCTION edustats.total(tally edustats.tally) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_total';
COMMENT ON FUNCTION edustats.total(edustats.tally) IS
    'All counts of a tally added up; 0 for the empty tally, NULL for NULL. Reads the header only.';

CREATE FUNCTION edustats.cardinality(tally edustats.tally) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_cardinality';
COMMENT ON FUNCTION edustats.cardinality(edustats.tally) IS
    'The number of keys of a tally; 0 for the empty tally, NULL for NULL. Reads the header only.';

CREATE FUNCTION edustats.count_of(tally edustats.tally, key bigint) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_count_of';
COMMENT ON FUNCTION edustats.count_of(edustats.tally, bigint) IS
    'The count of a key in a tally; 0 if the tally does not have the key, NULL if either is NULL. A tally that is a'
    ' constant of the query is decoded once and then looked up in; a parameter likewise, but compared at each call.';

CREATE FUNCTION edustats.tally_has(tally edustats.tally, key bigint) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_has';
COMMENT ON FUNCTION edustats.tally_has(edustats.tally, bigint) IS
    'Whether a tally has a key; NULL if either is NULL. Behind the operator ?.';

CREATE FUNCTION edustats.tally_merge(tally edustats.tally, other edustats.tally) RETURNS edustats.tally
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_merge';
COMMENT ON FUNCTION edustats.tally_merge(edustats.tally, edustats.tally) IS
    'The sum of two tallies: the counts of each key added up; NULL if either is NULL. An error if they do not add up'
    ' to a bigint. Behind the operator +.';

CREATE FUNCTION edustats.tally_subtract(edustats.tally, edustats.tally) RETURNS edustats.tally
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_subtract';
COMMENT ON FUNCTION edustats.tally_subtract(edustats.tally, edustats.tally) IS
    'The first tally less the second; NULL if either is NULL, or any count would be below zero. Behind the operator -.';

CREATE FUNCTION edustats.keep(tally edustats.tally, keys edustats.tally) RETURNS edustats.tally
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_keep';
COMMENT ON FUNCTION edustats.keep(edustats.tally, edustats.tally) IS
    'The entries of the first tally whose keys the second one has, whatever their counts there; NULL if either is'
    ' NULL.';

CREATE FUNCTION edustats.drop(tally edustats.tally, keys edustats.tally) RETURNS edustats.tally
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_drop';
COMMENT ON FUNCTION edustats.drop(edustats.tally, edustats.tally) IS
    'The entries of the first tally whose keys the second one does not have; NULL if either is NULL.';

CREATE FUNCTION edustats.tally_eq(edustats.tally, edustats.tally) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_eq';
COMMENT ON FUNCTION edustats.tally_eq(edustats.tally, edustats.tally) IS
    'Whether two tallies have the same keys with the same counts; NULL if either is NULL. Behind the operator =.';

CREATE FUNCTION edustats.tally_ne(edustats.tally, edustats.tally) RETURNS boolean
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_ne';
COMMENT ON FUNCTION edustats.tally_ne(edustats.tally, edustats.tally) IS
    'Whether two tallies differ in any key or count; NULL if either is NULL. Behind the operator <>.';

CREATE FUNCTION edustats.tally_hash(edustats.tally) RETURNS integer
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_hash';
COMMENT ON FUNCTION edustats.tally_hash(edustats.tally) IS 'Hash of a tally, for hash joins and grouping.';

CREATE FUNCTION edustats.tally_hash_extended(edustats.tally, bigint) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_hash_extended';
COMMENT ON FUNCTION edustats.tally_hash_extended(edustats.tally, bigint) IS
    'Hash of a tally with a seed, for hash partitions.';

CREATE OPERATOR edustats.+ (
    LEFTARG = edustats.tally,
    RIGHTARG = edustats.tally,
    FUNCTION = edustats.tally_merge,
    COMMUTATOR = OPERATOR(edustats.+)
);
COMMENT ON OPERATOR edustats.+ (edustats.tally, edustats.tally) IS
    'The sum of two tallies: the counts of each key added up.';

CREATE OPERATOR edustats.- (
    LEFTARG = edustats.tally,
    RIGHTARG = edustats.tally,
    FUNCTION = edustats.tally_subtract
);
COMMENT ON OPERATOR edustats.- (edustats.tally, edustats.tally) IS
    'The first tally less the second; NULL if any count would be below zero.';

CREATE OPERATOR edustats.? (
    LEFTARG = edustats.tally,
    RIGHTARG = bigint,
    FUNCTION = edustats.tally_has,
    RESTRICT = contsel,
    JOIN = contjoinsel
);
COMMENT ON OPERATOR edustats.? (edustats.tally, bigint) IS 'Whether a tally has a key.';

CREATE OPERATOR edustats.= (
    LEFTARG = edustats.tally,
    RIGHTARG = edustats.tally,
    FUNCTION = edustats.tally_eq,
    COMMUTATOR = OPERATOR(edustats.=),
    NEGATOR = OPERATOR(edustats.<>),
    RESTRICT = eqsel,
    JOIN = eqjoinsel,
    HASHES
);
COMMENT ON OPERATOR edustats.= (edustats.tally, edustats.tally) IS
    'Whether two tallies have the same keys with the same counts.';

CREATE OPERATOR edustats.<> (
    LEFTARG = edustats.tally,
    RIGHTARG = edustats.tally,
    FUNCTION = edustats.tally_ne,
    COMMUTATOR = OPERATOR(edustats.<>),
    NEGATOR = OPERATOR(edustats.=),
    RESTRICT = neqsel,
    JOIN = neqjoinsel
);
COMMENT ON OPERATOR edustats.<> (edustats.tally, edustats.tally) IS 'Whether two tallies differ in any key or count.';

CREATE OPERATOR CLASS edustats.tally_hash_ops DEFAULT FOR TYPE edustats.tally USING hash AS
    OPERATOR 1 edustats.= ,
    FUNCTION 1 edustats.tally_hash(edustats.tally),
    FUNCTION 2 edustats.tally_hash_extended(edustats.tally, bigint);
COMMENT ON OPERATOR CLASS edustats.tally_hash_ops USING hash IS
    'Lets tallies be grouped, joined and made distinct; they have no order.';

-- Behind the operator class: the server executes these without asking who may.
REVOKE EXECUTE ON FUNCTION edustats.tally_hash(edustats.tally),
    edustats.tally_hash_extended(edustats.tally, bigint) FROM PUBLIC;
