-- What writes have changed on days, as the log has it: packed, see src/changes.c.

CREATE FUNCTION edustats.each_change(changes bytea) RETURNS TABLE (member bigint, key bigint, weight bigint)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10 AS 'MODULE_PATHNAME', 'edustats_each_change';
COMMENT ON FUNCTION edustats.each_change(bytea) IS
    'The changes of a day that a row of the log has: by how much the count of a key has grown, or, below zero, shrunk, for a member; NULL where it has none.';

CREATE TYPE edustats.daily_change AS (day date, class smallint, added edustats.tally, removed edustats.tally);
COMMENT ON TYPE edustats.daily_change IS 'What has changed on a local day for a class of user.';
COMMENT ON COLUMN edustats.daily_change.day IS 'Local day.';
COMMENT ON COLUMN edustats.daily_change.class IS 'Class of user; 0 where it is not known.';
COMMENT ON COLUMN edustats.daily_change.added IS 'By how much the counts of keys have grown; never NULL.';
COMMENT ON COLUMN edustats.daily_change.removed IS 'By how much the counts of keys have shrunk; never NULL.';

CREATE FUNCTION edustats.class_part(member bigint) RETURNS smallint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_class_part';
COMMENT ON FUNCTION edustats.class_part(bigint) IS 'The part of a bulletin''s class_map that has a member''s class: one of 256, from 0.';

CREATE FUNCTION edustats.logged_members(schema regnamespace, metric text) RETURNS bigint[]
    LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_logged_members';
COMMENT ON FUNCTION edustats.logged_members(regnamespace, text) IS
    'The members that the log of a bulletin has changes of for a metric, in no order. For whoever has the rights of its owner.';

CREATE FUNCTION edustats.logged_changes(schema regnamespace, metric text, days datemultirange, kept boolean, written bigint[], classes edustats.tally)
    RETURNS edustats.daily_change[]
    LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_logged_changes';
COMMENT ON FUNCTION edustats.logged_changes(regnamespace, text, datemultirange, boolean, bigint[], edustats.tally) IS
    'What the log of a bulletin says that has changed on some days of a metric, ordered by day and class. kept: members are in the classes that class_map has, but for those that have been written since; classes: of other members, as their counts. Who has none counts under class 0. For whoever has the rights of the bulletin''s owner.';

CREATE FUNCTION edustats.changed_tally(tally edustats.tally, added edustats.tally, removed edustats.tally) RETURNS edustats.tally
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN edustats.tally_subtract(edustats.tally_merge(coalesce(tally, '{}'), added), removed);
COMMENT ON FUNCTION edustats.changed_tally(edustats.tally, edustats.tally, edustats.tally) IS
    'A tally, NULL for an empty one, with what was added and without what was removed; NULL if that is more than there is.';
