-- What happened on days whose rollup is out of date. What views call runs with the owner's rights: a reader needs none on the
-- sources, and can't reach these functions by name. What is behind a function is planned, and compiled by the JIT, only
-- when it runs: dirty days hardly ever do, and a view that is planned at each reading must stay small. Row-level security
-- gives an error there.

-- Of all days where they have been asked for: a statement that reads several months had better read the source once.
CREATE OR REPLACE FUNCTION marked_tallies(metric text, month date, marked datemultirange) RETURNS edustats.daily_tally[]
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    tallies edustats.daily_tally[];
BEGIN
    IF isempty(marked * month_days(month)) THEN
        RETURN '{}';
    END IF;
    PERFORM check_not_suspended();          -- or nothing would be read as nothing having happened
    tallies := edustats.recall(this_schema(), live_name(metric, month, marked), tallies);
    RETURN coalesce(tallies, edustats.recall(this_schema(), live_name(metric, NULL, marked), tallies),
                    edustats.recall(this_schema(), live_name(metric, NULL, datemultirange(calendar_days(metric))), tallies),
                    live_tallies(metric, month, marked));
END
$function$;
COMMENT ON FUNCTION marked_tallies(text, date, datemultirange) IS
    'The activity of a metric on those of its marked days that are in a month, and maybe on others, computed from the source once for a statement.';

CREATE OR REPLACE FUNCTION live_days(metric text, month date, days datemultirange)
RETURNS TABLE (day date, class smallint, tally edustats.tally)
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER ROWS 20 COST 10000
SET search_path FROM CURRENT
SET row_security TO off
SET jit TO off
SET plan_cache_mode TO force_generic_plan
AS $function$
DECLARE
    p edustats.pending := statement_pending(metric);
    marked datemultirange := p.marked * month_days(month);
BEGIN
    RETURN QUERY
    SELECT t.day, t.class, t.tally FROM unnest(marked_tallies(metric, month, p.marked)) t WHERE t.day <@ (marked * days)
    UNION ALL
    SELECT u.* FROM (
        SELECT coalesce(r.day, c.day), coalesce(r.class, c.class),
               CASE WHEN c.day IS NULL THEN r.tally ELSE edustats.changed_tally(r.tally, c.added, c.removed) END
        FROM (SELECT o.day, o.class, o.tally FROM rollup o
              WHERE o.metric = live_days.metric AND o.month = live_days.month AND o.day <@ (days - marked)) r
        FULL JOIN (SELECT n.* FROM unnest(p.changes) n WHERE n.day <@ (days * month_days(month))) c ON (c.day, c.class) = (r.day, r.class)
        OFFSET 0) u(day, class, tally)
    WHERE edustats.cardinality(u.tally) > 0;
END
$function$;
COMMENT ON FUNCTION live_days(text, date, datemultirange) IS
    'The activity of a metric on those of its dirty days that are in a month: marked ones computed from the source, others as the rollup has them and the log says that they have changed.';

-- A month with marked days is merged of its days, once for a statement. One without is read as it is by whoever asks, as
-- making something of it to be remembered takes longer than changing what the log says that has changed.
CREATE OR REPLACE FUNCTION live_month(metric text, month date)
RETURNS TABLE (class smallint, total bigint, tally edustats.tally)
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER ROWS 15 COST 10000
SET search_path FROM CURRENT
SET row_security TO off
SET jit TO off
SET plan_cache_mode TO force_generic_plan
AS $function$
DECLARE
    p edustats.pending := statement_pending(metric);
    name text;
    merged edustats.daily_tally[];
BEGIN
    IF edustats.period() IS NOT NULL THEN
        RETURN QUERY
        SELECT c.class, edustats.total(c.tally), c.tally
        FROM (SELECT d.class, edustats.rollup(d.tally) AS tally FROM period_pieces(metric, edustats.period()) d GROUP BY d.class OFFSET 0) c;
    ELSIF isempty(p.marked * month_days(month)) THEN
        RETURN QUERY
        SELECT u.class, edustats.total(u.tally), u.tally
        FROM (SELECT coalesce(r.class, c.class) AS class,
                     CASE WHEN c.class IS NULL THEN r.tally ELSE edustats.changed_tally(r.tally, c.added, c.removed) END AS tally
              FROM (SELECT o.class, o.tally FROM rollup_month o WHERE o.metric = live_month.metric AND o.month = live_month.month) r
              FULL JOIN (SELECT n.* FROM month_changes(p.changes) n WHERE n.month = live_month.month) c ON c.class = r.class
              OFFSET 0) u               -- or each tally would be made as often as it is used
        WHERE edustats.cardinality(u.tally) > 0;
    ELSE
        name := format('month %s %s', metric, month);
        merged := edustats.recall(this_schema(), name, merged);
        IF merged IS NULL THEN
            merged := edustats.remember(this_schema(), name, ARRAY(
                SELECT (live_month.month, d.class, edustats.rollup(d.tally))::edustats.daily_tally
                FROM live_days(metric, month, month_days(month)) d GROUP BY d.class));
        END IF;
        RETURN QUERY SELECT t.class, edustats.total(t.tally), t.tally FROM unnest(merged) t;
    END IF;
END
$function$;
COMMENT ON FUNCTION live_month(text, date) IS
    'The activity of a metric in a month with dirty days, of which marked ones are computed from the source, and the others are as the rollup has them and the log says that they have changed; or else in the period that views are being read for.';

CREATE OR REPLACE FUNCTION dirty(metric text) RETURNS TABLE (months date[], days datemultirange, by_month boolean)
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER ROWS 1 COST 1000
SET search_path FROM CURRENT
SET row_security TO off
SET jit TO off
SET plan_cache_mode TO force_generic_plan
AS $function$
DECLARE
    period daterange := edustats.period();
BEGIN
    RETURN QUERY SELECT CASE WHEN period IS NULL THEN p.months ELSE ARRAY[lower(period)] END, p.days, period IS NULL FROM statement_pending(metric) p;
END
$function$;
COMMENT ON FUNCTION dirty(text) IS
    'The days of a metric whose rollup is out of date, and the months that they are in, which views read by live_month; while they are read for a period and not by month, that is all they read.';

CREATE OR REPLACE FUNCTION removed_text(days datemultirange) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
    SELECT format('the log takes away more than there was on %s, which is computed from the source', days) WHERE NOT isempty(days)
$function$;
COMMENT ON FUNCTION removed_text(datemultirange) IS 'What is wrong with changes that can''t be; NULL if there are no days of such.';

-- For who asks how things stand: whatever keeps days from being found out is what he asks for, so every error is meant but
-- those that say nothing of the metric.
CREATE OR REPLACE FUNCTION dirty_or_problem(metric text) RETURNS TABLE (days datemultirange, marked datemultirange, problem text, note text)
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER ROWS 1 COST 1000
SET search_path FROM CURRENT
SET row_security TO off
SET jit TO off
SET plan_cache_mode TO force_generic_plan
AS $function$
BEGIN
    RETURN QUERY SELECT p.days, p.marked, NULL::text, removed_text(p.impossible) FROM statement_pending(metric) p;
EXCEPTION
    WHEN lock_not_available OR deadlock_detected OR serialization_failure OR insufficient_resources THEN
        RAISE;
    WHEN OTHERS THEN
        problem := SQLERRM;
        RETURN NEXT;
END
$function$;
COMMENT ON FUNCTION dirty_or_problem(text) IS 'The days of a metric whose rollup is out of date, or why these can''t be found out. marked: those that are to be computed anew; note: what is wrong with what is known of them, or NULL.';

CREATE OR REPLACE FUNCTION month_bounds(OUT first date, OUT last date)
LANGUAGE plpgsql STABLE SECURITY DEFINER COST 1000
SET search_path FROM CURRENT
SET row_security TO off
SET jit TO off
SET plan_cache_mode TO force_generic_plan
AS $function$
DECLARE
    schema regnamespace := this_schema();
    bounds date[] := edustats.recall(schema, 'months', NULL::date[]);
BEGIN
    IF bounds IS NULL THEN
        SELECT edustats.remember(schema, 'months', ARRAY[least(min(x.first), c.current), greatest(max(x.last), c.current)]) INTO bounds
        FROM (
            SELECT (SELECT min(r.month) FROM rollup_month r WHERE r.metric = m.metric) AS first,
                   (SELECT max(r.month) FROM rollup_month r WHERE r.metric = m.metric) AS last
            FROM metric m
            UNION ALL
            SELECT edustats.month_of(lower(d.days)), edustats.month_of(upper(d.days) - 1)
            FROM metric m CROSS JOIN LATERAL dirty_or_problem(m.metric) d          -- one that fails, fails where it is read
            WHERE edustats.may_be_dirty(schema, m.metric)) x
        CROSS JOIN (SELECT edustats.month_of(edustats.local_day(now(), a.timezone)) AS current FROM attachment a) c
        GROUP BY c.current;
    END IF;
    first := bounds[1];
    last := bounds[2];
END
$function$;
COMMENT ON FUNCTION month_bounds() IS 'The first and the last of the months that the bulletin''s views have rows for: from the first activity to now, or to the last; found out once for a statement.';

CREATE OR REPLACE FUNCTION lapsed(metric text) RETURNS text
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER COST 1000
SET search_path FROM CURRENT
SET row_security TO off
AS $function$
BEGIN
    RETURN coalesce((SELECT l.problem FROM edustats.lapses(this_schema(), metric) l ORDER BY l.relation IS NOT NULL, l.problem LIMIT 1),
                    (SELECT 'a row could not be computed when it was written: ' || min(g.note) FROM log g WHERE g.metric = lapsed.metric));
END
$function$;
COMMENT ON FUNCTION lapsed(text) IS
    'Why all days of a metric are dirty: the first of what the record does not agree with, or of what went wrong in a write; NULL where nothing did.';

-- Whoever reads a view must be able to run what it calls, whatever the owner's default privileges are.
GRANT EXECUTE ON FUNCTION dirty(text), dirty_or_problem(text), live_days(text, date, datemultirange), live_month(text, date), month_bounds(), lapsed(text),
    impossible_text(bigint) TO PUBLIC;
