CREATE FUNCTION edustats.log_changes() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'edustats_log_changes';
COMMENT ON FUNCTION edustats.log_changes() IS
    'Trigger on everything that is counted: logs the days, or the members, that a write touched, once per transaction. Argument: the schema of a bulletin''s data, whose record says what the relation is counted as; a relation that is not on record logs nothing.';

CREATE FUNCTION edustats.row_may_move() RETURNS boolean
LANGUAGE c VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'edustats_row_may_move';
COMMENT ON FUNCTION edustats.row_may_move() IS
    'The condition of triggers on partitioned tables that are counted: can a row be inserted or deleted because an update moves it to another partition? Never NULL.';
