CREATE FUNCTION edustats.log_changes() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'edustats_log_changes';
COMMENT ON FUNCTION edustats.log_changes() IS
    'Trigger on everything that is counted: logs the days, or the members, that a write touched, once per transaction. Argument: the schema of a bulletin''s data, whose record says what the relation is counted as; a relation that is not on record logs nothing.';

CREATE FUNCTION edustats.row_may_move() RETURNS boolean
LANGUAGE c VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'edustats_row_may_move';
COMMENT ON FUNCTION edustats.row_may_move() IS
    'The condition of triggers on partitioned tables that are counted: can a row be inserted or deleted because an update moves it to another partition? Never NULL.';

CREATE TYPE edustats.pending AS (days datemultirange, months date[], marked datemultirange, changes edustats.daily_change[], impossible datemultirange);
COMMENT ON TYPE edustats.pending IS 'What keeps the rollup of a metric from being up to date.';
COMMENT ON COLUMN edustats.pending.days IS 'The days whose rollup is out of date.';
COMMENT ON COLUMN edustats.pending.months IS 'The first days of their months.';
COMMENT ON COLUMN edustats.pending.marked IS 'Those of the days that are to be computed anew, as it is not known what has changed on them.';
COMMENT ON COLUMN edustats.pending.changes IS 'What is to be added to the others, and taken from them.';
COMMENT ON COLUMN edustats.pending.impossible IS 'Those of the marked days of which the log has changes that can''t be.';
