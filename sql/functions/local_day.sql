-- Days: instants and local dates of a named time zone, whatever the session's own zone.

CREATE FUNCTION edustats.local_day(at timestamptz, zone text) RETURNS date
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_local_day_sql';
COMMENT ON FUNCTION edustats.local_day(timestamptz, text) IS
    'The date in the time zone at the instant, as (at AT TIME ZONE zone)::date, but fast. Infinite for an infinite '
    'instant, NULL for NULL. The zone is a name that pg_timezone_names lists, in any case; any other is an error '
    '(invalid_parameter_value).';

CREATE FUNCTION edustats.day_start(day date, zone text) RETURNS timestamptz
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_day_start';
COMMENT ON FUNCTION edustats.day_start(date, text) IS
    'The first instant of the local day. Where clocks go back over midnight, instants of the day before follow it: '
    'select a day by day_start <= at AND at < day_end AND local_day(at) = day. A day that the zone skips starts and '
    'ends at the jump. Infinite for an infinite date, NULL for NULL.';

CREATE FUNCTION edustats.day_end(day date, zone text) RETURNS timestamptz
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_day_end';
COMMENT ON FUNCTION edustats.day_end(date, text) IS
    'The first instant after the last one of the local day; equal to day_start where the zone skips the day. See '
    'day_start.';

CREATE FUNCTION edustats.month_of(day date) RETURNS date
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_month_of_sql';
COMMENT ON FUNCTION edustats.month_of(date) IS
    'The first day of the month that holds the date; an infinite date stays, NULL for NULL.';
