CREATE FUNCTION edustats.log_changes() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'edustats_log_changes';
COMMENT ON FUNCTION edustats.log_changes() IS
    'Trigger on everything that is counted: logs the days, or the members, that a write touched, once per transaction. Argument: the schema of a bulletin''s data, whose record says what the relation is counted as; a relation that is not on record logs nothing.';
