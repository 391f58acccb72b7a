-- What is found out once for a statement, whatever months it asks for. This is read for months and for any period alike.

CREATE OR REPLACE FUNCTION learned_in(first date, last date) RETURNS edustats.tally
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    name text := format('learned %s %s', first, last);
BEGIN
    RETURN coalesce(edustats.recall(this_schema(), name, NULL::edustats.tally), (
        SELECT edustats.remember(this_schema(), name, coalesce(edustats.rollup(p.tally), '{}'))
        FROM piece p JOIN class c ON c.class = p.class AND c.account = 'station'
        WHERE p.metric = 'learning' AND p.day BETWEEN first AND last));
END
$function$;
COMMENT ON FUNCTION learned_in(date, date) IS
    'The seconds that station users learned from one day to another, by member_id; found out once for a statement. No piece of time may be partly in these days.';

CREATE OR REPLACE FUNCTION learned_by_group(first date, last date) RETURNS edustats.tally
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    name text := format('learned by group %s %s', first, last);
BEGIN
    RETURN coalesce(edustats.recall(this_schema(), name, NULL::edustats.tally), (
        SELECT edustats.remember(this_schema(), name, edustats.regroup(learned_in(first, last), b.groups)) FROM station_book b));
END
$function$;
COMMENT ON FUNCTION learned_by_group(date, date) IS 'The same by group of stations, as in the view "station_group".';

CREATE OR REPLACE FUNCTION metric_history(metric text) RETURNS edustats.tally
LANGUAGE plpgsql STABLE SECURITY DEFINER COST 10000
SET search_path FROM CURRENT
SET row_security TO off
SET jit TO off
SET plan_cache_mode TO force_generic_plan
AS $function$
DECLARE
    name text := 'history ' || metric;
BEGIN
    RETURN coalesce(edustats.recall(this_schema(), name, NULL::edustats.tally), (
        SELECT edustats.remember(this_schema(), name, coalesce(edustats.tally_agg(edustats.day_number(p.day), p.total), '{}'))
        FROM piece p WHERE p.metric = metric_history.metric));
END
$function$;
COMMENT ON FUNCTION metric_history(text) IS 'How the total of a metric came about: its total by first day of the piece of time, for edustats.in_days.';

GRANT EXECUTE ON FUNCTION metric_history(text) TO PUBLIC;
