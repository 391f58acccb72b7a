-- Views for any period. While edustats.of_period reads one, the calendar is one row, the period's, and what was done is read in
-- pieces that none of its ranges of days cuts: months, and the days of months that begin or end within a range.

CREATE OR REPLACE FUNCTION cut_months(bounds date[]) RETURNS date[]
LANGUAGE plpgsql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN ARRAY(SELECT DISTINCT edustats.month_of(b) FROM unnest(bounds) b WHERE isfinite(b) AND b <> edustats.month_of(b));
END
$function$;
COMMENT ON FUNCTION cut_months(date[]) IS 'The months that some days are in which are not their first: those that ranges with these bounds cut.';

-- Dirty months are read by day, too: those of a period are read once, where those of a month are read again and again.
CREATE OR REPLACE FUNCTION pieces(metric text, days daterange, by_day date[]) RETURNS TABLE (day date, class smallint, total bigint, tally edustats.tally)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 500 COST 10000
SET search_path FROM CURRENT
SET row_security TO off
SET jit TO off
SET plan_cache_mode TO force_generic_plan
AS $function$
DECLARE
    p edustats.pending := statement_pending(metric);
BEGIN
    by_day := by_day || p.months;
    RETURN QUERY
    SELECT r.month, r.class, r.total, r.tally
    FROM rollup_month r
    WHERE r.metric = pieces.metric AND r.month <@ days AND r.month <> ALL (by_day) AND r.class >= 0
    UNION ALL
    SELECT l.day, l.class, edustats.total(l.tally), l.tally
    FROM (SELECT DISTINCT u.month FROM unnest(by_day) u(month) WHERE month_days(u.month) && days) u
    CROSS JOIN LATERAL live_days(pieces.metric, u.month, month_days(u.month)) l
    WHERE l.day <@ days AND l.class >= 0;
END
$function$;
COMMENT ON FUNCTION pieces(text, daterange, date[]) IS
    'The activity of a metric on some days, by class of member, in pieces: months, and days of those months that are to be read by day, as each must be that the range cuts, and of dirty ones.';

CREATE OR REPLACE FUNCTION period_pieces(metric text, days daterange) RETURNS TABLE (day date, class smallint, total bigint, tally edustats.tally)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 500 COST 10000
SET search_path FROM CURRENT
SET row_security TO off
SET jit TO off
AS $function$
BEGIN
    RETURN QUERY
    SELECT p.* FROM calendar c CROSS JOIN LATERAL pieces(metric, days, cut_months(ARRAY[c.month, c.last_day + 1, c.previous, c.year_before, c.year_before_end + 1])) p;
END
$function$;
COMMENT ON FUNCTION period_pieces(text, daterange) IS
    'The activity of a metric on some days while views are read for a period, in pieces that lie within or without each of the period''s ranges. Nothing where the bulletin has no such period.';

GRANT EXECUTE ON FUNCTION pieces(text, daterange, date[]), period_pieces(text, daterange) TO PUBLIC;
