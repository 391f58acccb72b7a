
-- daily_tally: the tallies of many days and classes in one pass. The aggregate's state can be sent as a bytea.

CREATE TYPE edustats.daily_tally AS (day date, class smallint, tally edustats.tally);
COMMENT ON TYPE edustats.daily_tally IS 'What was counted on a local day for a class of user.';
COMMENT ON COLUMN edustats.daily_tally.day IS 'Local day.';
COMMENT ON COLUMN edustats.daily_tally.class IS 'Class of user; 0 where it was NULL.';
COMMENT ON COLUMN edustats.daily_tally.tally IS 'Count of each key; never NULL, never empty.';

CREATE FUNCTION edustats.daily_tally_key(bytea, timestamptz, text, smallint, bigint) RETURNS bytea
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_daily_tally_key';
COMMENT ON FUNCTION edustats.daily_tally_key(bytea, timestamptz, text, smallint, bigint) IS
    'Transition of daily_tally_agg without weight.';

CREATE FUNCTION edustats.daily_tally_weight(bytea, timestamptz, text, smallint, bigint, bigint) RETURNS bytea
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_daily_tally_weight';
COMMENT ON FUNCTION edustats.daily_tally_weight(bytea, timestamptz, text, smallint, bigint, bigint) IS
    'Transition of daily_tally_agg with a weight.';

CREATE FUNCTION edustats.daily_tally_combine(bytea, bytea) RETURNS bytea
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_daily_tally_combine';
COMMENT ON FUNCTION edustats.daily_tally_combine(bytea, bytea) IS 'Adds up two states of daily_tally_agg.';

CREATE FUNCTION edustats.daily_tally_final(bytea) RETURNS edustats.daily_tally[]
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_daily_tally_final';
COMMENT ON FUNCTION edustats.daily_tally_final(bytea) IS 'Result of daily_tally_agg.';

CREATE AGGREGATE edustats.daily_tally_agg(at timestamptz, zone text, class smallint, key bigint) (
    SFUNC = edustats.daily_tally_key,
    STYPE = bytea,
    SSPACE = 1048576,
    FINALFUNC = edustats.daily_tally_final,
    COMBINEFUNC = edustats.daily_tally_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE edustats.daily_tally_agg(timestamptz, text, smallint, bigint) IS
    'How often each key came, for each local day in the zone and each class, as an array ordered by day and class. A'
    ' NULL class is class 0. Rows with a NULL or infinite time or a NULL key are skipped; NULL if no row is left. An'
    ' error if the zone is NULL or unknown, if the result exceeds 1 GB.';

CREATE AGGREGATE edustats.daily_tally_agg(at timestamptz, zone text, class smallint, key bigint, weight bigint) (
    SFUNC = edustats.daily_tally_weight,
    STYPE = bytea,
    SSPACE = 1048576,
    FINALFUNC = edustats.daily_tally_final,
    COMBINEFUNC = edustats.daily_tally_combine,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE edustats.daily_tally_agg(timestamptz, text, smallint, bigint, bigint) IS
    'The sum of the weights of each key, for each local day in the zone and each class, as an array ordered by day'
    ' and class. A NULL class is class 0. Rows with a NULL or infinite time, a NULL key, a NULL weight or a weight of'
    ' zero are skipped; NULL if no row is left. An error if a weight is negative, if the weights of a tally do not'
    ' add up to a bigint, if the zone is NULL or unknown, if the result exceeds 1 GB.';

-- Behind the aggregates: only the aggregate's owner needs the right to execute these.
REVOKE EXECUTE ON FUNCTION edustats.daily_tally_key(bytea, timestamptz, text, smallint, bigint),
    edustats.daily_tally_weight(bytea, timestamptz, text, smallint, bigint, bigint),
    edustats.daily_tally_combine(bytea, bytea),
    edustats.daily_tally_final(bytea) FROM PUBLIC;
