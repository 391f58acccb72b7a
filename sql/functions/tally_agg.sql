
-- tally: aggregates. Their state is a tally, so that whatever splits their work can send it as one; see src/state.c.

CREATE FUNCTION edustats.tally_agg_key(edustats.tally, bigint) RETURNS edustats.tally
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_agg_key';
COMMENT ON FUNCTION edustats.tally_agg_key(edustats.tally, bigint) IS 'Transition of tally_agg(bigint).';

CREATE FUNCTION edustats.tally_agg_weight(edustats.tally, bigint, bigint) RETURNS edustats.tally
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_agg_weight';
COMMENT ON FUNCTION edustats.tally_agg_weight(edustats.tally, bigint, bigint) IS 'Transition of tally_agg(bigint, bigint).';

CREATE FUNCTION edustats.tally_agg_rollup(edustats.tally, edustats.tally) RETURNS edustats.tally
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_agg_rollup';
COMMENT ON FUNCTION edustats.tally_agg_rollup(edustats.tally, edustats.tally) IS
    'Transition of rollup(tally); adds up two states of an aggregate of tallies.';

CREATE FUNCTION edustats.tally_agg_final(edustats.tally) RETURNS edustats.tally
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_agg_final';
COMMENT ON FUNCTION edustats.tally_agg_final(edustats.tally) IS 'Result of an aggregate of tallies.';

CREATE AGGREGATE edustats.tally_agg(key bigint) (
    SFUNC = edustats.tally_agg_key,
    STYPE = edustats.tally,
    SSPACE = 4096,
    FINALFUNC = edustats.tally_agg_final,
    COMBINEFUNC = edustats.tally_agg_rollup,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE edustats.tally_agg(bigint) IS
    'How often each key came. NULL keys are skipped; NULL if no row is left. An error if the result exceeds 1 GB.';

CREATE AGGREGATE edustats.tally_agg(key bigint, weight bigint) (
    SFUNC = edustats.tally_agg_weight,
    STYPE = edustats.tally,
    SSPACE = 4096,
    FINALFUNC = edustats.tally_agg_final,
    COMBINEFUNC = edustats.tally_agg_rollup,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE edustats.tally_agg(bigint, bigint) IS
    'The sum of the weights of each key. NULL keys, NULL weights and weights of zero are skipped; NULL if no row is'
    ' left. An error if a weight is negative, if all weights do not add up to a bigint, if the result exceeds 1 GB.';

CREATE AGGREGATE edustats.rollup(tally edustats.tally) (
    SFUNC = edustats.tally_agg_rollup,
    STYPE = edustats.tally,
    SSPACE = 32768,
    FINALFUNC = edustats.tally_agg_final,
    COMBINEFUNC = edustats.tally_agg_rollup,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE edustats.rollup(edustats.tally) IS
    'The sum of tallies: the counts of each key added up. NULLs are skipped; NULL if no tally is left, {} if only'
    ' empty ones are. An error if the counts do not add up to a bigint, if the result exceeds 1 GB.';

-- Behind the aggregates: only the aggregate's owner needs the right to execute these.
REVOKE EXECUTE ON FUNCTION edustats.tally_agg_key(edustats.tally, bigint),
    edustats.tally_agg_weight(edustats.tally, bigint, bigint),
    edustats.tally_agg_rollup(edustats.tally, edustats.tally),
    edustats.tally_agg_final(edustats.tally) FROM PUBLIC;
