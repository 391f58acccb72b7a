
-- tally: aggregates

CREATE FUNCTION edustats.tally_agg_key(internal, bigint) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_agg_key';
COMMENT ON FUNCTION edustats.tally_agg_key(internal, bigint) IS 'Transition of tally_agg(bigint).';

CREATE FUNCTION edustats.tally_agg_weight(internal, bigint, bigint) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_agg_weight';
COMMENT ON FUNCTION edustats.tally_agg_weight(internal, bigint, bigint) IS 'Transition of tally_agg(bigint, bigint).';

CREATE FUNCTION edustats.tally_agg_rollup(internal, edustats.tally) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_agg_rollup';
COMMENT ON FUNCTION edustats.tally_agg_rollup(internal, edustats.tally) IS 'Transition of rollup(tally).';

CREATE FUNCTION edustats.tally_agg_combine(internal, internal) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_agg_combine';
COMMENT ON FUNCTION edustats.tally_agg_combine(internal, internal) IS 'Adds up two states of an aggregate of tallies.';

CREATE FUNCTION edustats.tally_agg_serialize(internal) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_agg_serialize';
COMMENT ON FUNCTION edustats.tally_agg_serialize(internal) IS 'State of an aggregate of tallies as bytes.';

CREATE FUNCTION edustats.tally_agg_deserialize(bytea, internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_agg_deserialize';
COMMENT ON FUNCTION edustats.tally_agg_deserialize(bytea, internal) IS 'State of an aggregate of tallies from bytes.';

CREATE FUNCTION edustats.tally_agg_final(internal) RETURNS edustats.tally
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_agg_final';
COMMENT ON FUNCTION edustats.tally_agg_final(internal) IS 'Result of an aggregate of tallies.';

CREATE AGGREGATE edustats.tally_agg(key bigint) (
    SFUNC = edustats.tally_agg_key,
    STYPE = internal,
    SSPACE = 4096,
    FINALFUNC = edustats.tally_agg_final,
    COMBINEFUNC = edustats.tally_agg_combine,
    SERIALFUNC = edustats.tally_agg_serialize,
    DESERIALFUNC = edustats.tally_agg_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE edustats.tally_agg(bigint) IS
    'How often each key came. NULL keys are skipped; NULL if no row is left. An error if the result exceeds 1 GB.';

CREATE AGGREGATE edustats.tally_agg(key bigint, weight bigint) (
    SFUNC = edustats.tally_agg_weight,
    STYPE = internal,
    SSPACE = 4096,
    FINALFUNC = edustats.tally_agg_final,
    COMBINEFUNC = edustats.tally_agg_combine,
    SERIALFUNC = edustats.tally_agg_serialize,
    DESERIALFUNC = edustats.tally_agg_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE edustats.tally_agg(bigint, bigint) IS
    'The sum of the weights of each key. NULL keys, NULL weights and weights of zero are skipped; NULL if no row is'
    ' left. An error if a weight is negative, if all weights do not add up to a bigint, if the result exceeds 1 GB.';

CREATE AGGREGATE edustats.rollup(tally edustats.tally) (
    SFUNC = edustats.tally_agg_rollup,
    STYPE = internal,
    SSPACE = 32768,
    FINALFUNC = edustats.tally_agg_final,
    COMBINEFUNC = edustats.tally_agg_combine,
    SERIALFUNC = edustats.tally_agg_serialize,
    DESERIALFUNC = edustats.tally_agg_deserialize,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE edustats.rollup(edustats.tally) IS
    'The sum of tallies: the counts of each key added up. NULLs are skipped; NULL if no tally is left, {} if only'
    ' empty ones are. An error if the counts do not add up to a bigint, if the result exceeds 1 GB.';
