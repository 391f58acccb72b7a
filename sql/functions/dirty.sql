CREATE FUNCTION edustats.mark_days() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'edustats_mark_days';
COMMENT ON FUNCTION edustats.mark_days() IS
    'Statement trigger of a metric''s source: logs the days that a write touched, once per transaction. Arguments: bulletin, metric, zone, time column, other columns that matter.';

CREATE FUNCTION edustats.mark_members() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'edustats_mark_members';
COMMENT ON FUNCTION edustats.mark_members() IS
    'Statement trigger of the member relation: logs the members whose class a write touched. Arguments: bulletin, two empty ones, member column, the columns that make the class.';

CREATE FUNCTION edustats.mark_moves() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'edustats_mark_moves';
COMMENT ON FUNCTION edustats.mark_moves() IS
    'Row trigger before UPDATE of a partitioned source: logs the days, or the member, of a row, for a MERGE that moves it to another partition. Arguments: bulletin, metric or empty, zone, time or member column, other columns that matter.';

CREATE FUNCTION edustats.mark_truncate() RETURNS trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'edustats_mark_truncate';
COMMENT ON FUNCTION edustats.mark_truncate() IS
    'Trigger before TRUNCATE: logs the days, or the members, that the relation holds. Arguments: bulletin, metric or empty, zone, time or member column.';
