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

CREATE FUNCTION edustats.daily_changes(days date[], changes bytea[], classes edustats.tally) RETURNS edustats.daily_change[]
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_daily_changes';
COMMENT ON FUNCTION edustats.daily_changes(date[], bytea[], edustats.tally) IS
    'What changes, each of the day in its place, come to by day and class, ordered by both. classes: the class of each member, as its count; 0 where it has none.';
