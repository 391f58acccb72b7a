CREATE FUNCTION edustats.mark_days() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'edustats_mark_days';
COMMENT ON FUNCTION edustats.mark_days() IS
    'Statement trigger of a metric''s source: logs the days that a write touched, once per transaction. Arguments: bulletin, metric, zone, time column, other columns that matter.';

CREATE FUNCTION edustats.mark_members() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'edustats_mark_members';
COMMENT ON FUNCTION edustats.mark_members() IS
    'Statement trigger of the member relation: logs the members whose class a write touched. Arguments: bulletin, member column, the columns that make the class.';

CREATE FUNCTION edustats.mark_truncate() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'edustats_mark_truncate';
COMMENT ON FUNCTION edustats.mark_truncate() IS
    'Trigger before TRUNCATE: logs the days, or the members, that the relation holds. Arguments: bulletin, metric or empty, zone, time or member column.';

CREATE FUNCTION edustats.forget_marks() RETURNS void
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_forget_marks';
COMMENT ON FUNCTION edustats.forget_marks() IS
    'Has this transaction log its marks again, after some have been taken out of a dirty log.';
