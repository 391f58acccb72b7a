CREATE FUNCTION edustats.month_rows(view regclass, month date, by name) RETURNS jsonb
LANGUAGE c STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_month_rows';
COMMENT ON FUNCTION edustats.month_rows(regclass, date, name) IS
    'The rows of a view that has a column "month" for a month: an array of objects, ordered by a column; by NULL: as the view has them. Read with the caller''s rights, by a plan that the session keeps. NULL for NULL.';
