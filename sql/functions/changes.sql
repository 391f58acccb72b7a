-- What writes have changed on days, as the log has it: packed, see src/changes.c.

CREATE FUNCTION edustats.each_change(changes bytea) RETURNS TABLE (member bigint, key bigint, weight bigint)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'edustats_each_change';
COMMENT ON FUNCTION edustats.each_change(bytea) IS
    'The changes of a day that a row of the log has: by how much the count of a key has grown, or, below zero, shrunk, for a member; NULL where it has none.';

CREATE FUNCTION edustats.changed_members(changes bytea[]) RETURNS bigint[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_changed_members';
COMMENT ON FUNCTION edustats.changed_members(bytea[]) IS 'The members that changes are of, ascending.';

CREATE TYPE edustats.daily_change AS (day date, class smallint, added edustats.tally, removed edustats.tally);
COMMENT ON TYPE edustats.daily_change IS 'What has changed on a local day for a class of user.';
COMMENT ON COLUMN edustats.daily_change.day IS 'Local day.';
COMMENT ON COLUMN edustats.daily_change.class IS 'Class of user; 0 where it is not known.';
COMMENT ON COLUMN edustats.daily_change.added IS 'By how much the counts of keys have grown; never NULL.';
COMMENT ON COLUMN edustats.daily_change.removed IS 'By how much the counts of keys have shrunk; never NULL.';

CREATE FUNCTION edustats.daily_changes_add(internal, date, bytea, edustats.tally) RETURNS internal
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_daily_changes_add';
COMMENT ON FUNCTION edustats.daily_changes_add(internal, date, bytea, edustats.tally) IS 'Transition of daily_changes_agg.';

CREATE FUNCTION edustats.daily_changes_final(internal) RETURNS edustats.daily_change[]
    LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_daily_changes_final';
COMMENT ON FUNCTION edustats.daily_changes_final(internal) IS 'Result of daily_changes_agg.';

CREATE AGGREGATE edustats.daily_changes_agg(day date, changes bytea, classes edustats.tally) (
    SFUNC = edustats.daily_changes_add,
    STYPE = internal,
    SSPACE = 1048576,
    FINALFUNC = edustats.daily_changes_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE edustats.daily_changes_agg(date, bytea, edustats.tally) IS
    'What changes of days come to by day and class, as an array ordered by both; NULL without any. classes: the class of each member, as its count, the same for all rows; who has none counts under class 0.';

CREATE FUNCTION edustats.changed_tally(tally edustats.tally, added edustats.tally, removed edustats.tally) RETURNS edustats.tally
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN edustats.tally_subtract(edustats.tally_merge(coalesce(tally, '{}'), added), removed);
COMMENT ON FUNCTION edustats.changed_tally(edustats.tally, edustats.tally, edustats.tally) IS
    'A tally, NULL for an empty one, with what was added and without what was removed; NULL if that is more than there is.';

-- Behind the aggregate: only its owner needs the right to execute these.
REVOKE EXECUTE ON FUNCTION edustats.daily_changes_add(internal, date, bytea, edustats.tally), edustats.daily_changes_final(internal) FROM PUBLIC;
