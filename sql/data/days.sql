-- Which days are dirty, and what happened on them. What views call runs with the owner's rights: a reader needs none on the
-- sources, and can't reach these functions by name. What is behind a function is planned, and compiled by the JIT, only
-- when it runs: dirty days hardly ever do, and a view that is planned at each reading must stay small. Row-level security
-- gives an error there.

-- Days within the calendar that have rows of a metric, in the rollup or in the source, from the first to the last.
CREATE OR REPLACE FUNCTION reach(metric text, calendar daterange) RETURNS daterange
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    m record;
    relation regclass := source_of(reach.metric);
    days daterange;
BEGIN
    SELECT t.time_column, a.timezone INTO m FROM metric t CROSS JOIN attachment a WHERE t.metric = reach.metric;
    IF relation IS NOT NULL THEN
        EXECUTE format('SELECT daterange(edustats.local_day(min(%1$I), $1), edustats.local_day(max(%1$I), $1), ''[]'') '
                       'FROM %2$s WHERE %1$I >= $2 AND %1$I < $3', m.time_column, relation)
            INTO days USING m.timezone, edustats.day_start(lower(calendar), m.timezone), edustats.day_end(upper(calendar) - 1, m.timezone);
    END IF;
    SELECT range_merge(CASE WHEN lower(days) IS NULL THEN 'empty' ELSE days END,
                       CASE WHEN min(r.day) IS NULL THEN 'empty' ELSE daterange(min(r.day), max(r.day), '[]') END)
        INTO days FROM rollup r WHERE r.metric = reach.metric;
    RETURN days * calendar;
END
$function$;
COMMENT ON FUNCTION reach(text, daterange) IS
    'The days of a calendar from a metric''s first row to its last, in the rollup or in the source; empty without any.';

CREATE OR REPLACE FUNCTION calendar_days(metric text) RETURNS daterange
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT daterange(m.since, edustats.local_day(now(), a.timezone) + 2) FROM metric m CROSS JOIN attachment a
        WHERE m.metric = calendar_days.metric
$function$;
COMMENT ON FUNCTION calendar_days(text) IS 'The days that are counted of a metric: from its first, "since", to tomorrow.';

CREATE OR REPLACE FUNCTION member_days(metric text, members bigint[]) RETURNS datemultirange
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    m record;
    relation regclass := source_of(metric);
    days datemultirange := '{}';
BEGIN
    SELECT t.*, a.timezone INTO m FROM metric t CROSS JOIN attachment a WHERE t.metric = member_days.metric;
    IF relation IS NOT NULL THEN
        EXECUTE format('SELECT range_agg(daterange(s.day, s.day, ''[]'')) FROM (SELECT DISTINCT edustats.local_day(greatest(%1$I, ''4713-01-01 BC''), %2$L) AS day '
                       'FROM %3$s WHERE %4$I = ANY ($1) AND %1$I > ''-infinity'' AND %1$I < ''infinity'') s',
                       m.time_column, m.timezone, relation, m.member_column)
            INTO days USING members;
    END IF;
    RETURN coalesce(days, '{}');
END
$function$;
COMMENT ON FUNCTION member_days(text, bigint[]) IS 'The days on which a metric has activity of some members.';

-- Marks of days, of members, of what the record does not agree with, and days that nobody watches; those of them that are
-- in the calendar, and if they are without end, those that have rows.
CREATE OR REPLACE FUNCTION dirty_days(metric text) RETURNS datemultirange
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    m record;
    calendar daterange;
    days datemultirange;
    members bigint[];
BEGIN
    IF NOT edustats.may_be_dirty(this_schema(), metric) THEN
        RETURN '{}';
    END IF;
    calendar := calendar_days(metric);
    SELECT t.* INTO m FROM metric t WHERE t.metric = dirty_days.metric;
    SELECT range_agg(d.days), array_agg(DISTINCT d.member) FILTER (WHERE d.member IS NOT NULL) INTO days, members
    FROM (SELECT CASE WHEN l.member IS NULL THEN daterange(l.first, l.last, '[]') END AS days, l.member
          FROM log l
          WHERE l.metric = m.metric OR m.member_column IS NOT NULL AND (l.metric IS NULL OR l.metric = '')
          UNION ALL
          SELECT daterange(o.day, o.day, '[]'), NULL FROM outside o WHERE o.metric = m.metric AND o.day <@ calendar
          UNION ALL
          SELECT daterange(m.refreshed_day, upper(calendar)), NULL WHERE m.note IS NOT NULL
          UNION ALL
          SELECT lapse_days(m.metric, l.relation, l.kind, l.first, l.last), NULL
          FROM edustats.lapses(this_schema(), m.metric) l
          UNION ALL
          SELECT '(,)', NULL FROM edustats.lapses(this_schema(), '') l WHERE m.member_column IS NOT NULL) d;
    IF members IS NOT NULL THEN
        days := coalesce(days, '{}') + member_days(m.metric, members);
    END IF;
    IF days IS NULL THEN
        RETURN '{}';
    END IF;
    IF days @> daterange('-infinity', lower(calendar)) OR days @> daterange(upper(calendar), 'infinity') THEN      -- without an end
        days := days * reach(m.metric, calendar)::datemultirange;
    END IF;
    RETURN days * calendar::datemultirange;
END
$function$;
COMMENT ON FUNCTION dirty_days(text) IS 'The days of a metric, within the calendar, whose rollup is out of date.';

-- The platform's columns by name, and not the views over it, which go on reading what they were made for.
CREATE OR REPLACE FUNCTION class_query() RETURNS text
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT format('SELECT m.member_id, edustats.class_of(m.org_type, m.allocated) AS class FROM (%s) m',
                      lookup_query(a.source, 'member', 'member_id', ARRAY['member_id', 'org_type', 'allocated']::name[])) FROM attachment a
$function$;
COMMENT ON FUNCTION class_query() IS 'The query for the class of each member.';

-- The query that computes the tallies of a run of days, by time range; $1 and $2 are its bounds. by_map: the class of a
-- member comes from $3, a tally of member and class, which beats a join where there are many rows. A row with an impossible
-- weight counts as one row of class -1, which is told and counted nowhere. Within 2^53 the sum of a thousand rows fits.
CREATE OR REPLACE FUNCTION day_query(metric text, by_map boolean) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    m record;
    relation regclass := source_of(metric);
    class text;
    impossible text;
BEGIN
    IF relation IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT t.*, a.timezone INTO m FROM metric t CROSS JOIN attachment a WHERE t.metric = day_query.metric;
    class := CASE WHEN m.member_column IS NULL THEN '0::smallint'
                  WHEN by_map THEN format('edustats.count_of($3, s.%I::bigint)::smallint', m.member_column)
                  ELSE 'c.class' END;
    impossible := 's.' || quote_ident(m.weight_column) || ' NOT BETWEEN 0 AND 9007199254740992';
    RETURN format(
        'SELECT edustats.daily_tally_agg(s.%1$I, %2$L, %3$s, s.%4$I::bigint%5$s) FROM %6$s s %7$s WHERE s.%1$I >= $1 AND s.%1$I < $2',
        m.time_column, m.timezone,
        coalesce('CASE WHEN ' || impossible || ' THEN -1::smallint ELSE ' || class || ' END', class),
        m.key_column,
        ', CASE WHEN ' || impossible || ' THEN 1 ELSE s.' || quote_ident(m.weight_column) || ' END::bigint',
        relation,
        CASE WHEN m.member_column IS NOT NULL AND NOT by_map
             THEN format('LEFT JOIN (%s) c ON c.member_id = s.%I', class_query(), m.member_column) END);
END
$function$;
COMMENT ON FUNCTION day_query(text, boolean) IS
    'The query that computes the daily tallies of a metric between two instants, $1 and $2; with by_map, classes come from the tally $3. NULL where the source is gone.';

CREATE OR REPLACE FUNCTION impossible_text(rows bigint) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
    SELECT format('%s row(s) with a weight that is negative or above 2^53, not counted', rows)
$function$;
COMMENT ON FUNCTION impossible_text(bigint) IS 'What is wrong with rows that have an impossible weight.';

-- Rows of one day that can't be counted must not stop every month whose cumulative figures contain it: they are told.
CREATE OR REPLACE FUNCTION tell_impossible(metric text, tallies edustats.daily_tally[]) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    t record;
BEGIN
    FOR t IN SELECT u.day, edustats.total(u.tally) AS rows FROM unnest(tallies) u WHERE u.class < 0 LOOP
        RAISE WARNING 'metric "%": %: %', metric, t.day, impossible_text(t.rows);
    END LOOP;
END
$function$;
COMMENT ON FUNCTION tell_impossible(text, edustats.daily_tally[]) IS 'Warns of the days that have rows with an impossible weight.';

CREATE OR REPLACE FUNCTION month_days(month date) RETURNS datemultirange
LANGUAGE sql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
    SELECT datemultirange(daterange(month, (month + interval '1 month')::date))
$function$;
COMMENT ON FUNCTION month_days(date) IS 'The days of the month that begins on a day.';

CREATE OR REPLACE FUNCTION live_days(metric text, month date, days datemultirange)
RETURNS TABLE (day date, class smallint, tally edustats.tally)
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER ROWS 20 COST 10000
SET search_path FROM CURRENT
SET row_security TO off
SET jit TO off
AS $function$
DECLARE
    query text := day_query(metric, false);
    zone text := (SELECT a.timezone FROM attachment a);
    run daterange;
    tallies edustats.daily_tally[];
BEGIN
    IF query IS NULL THEN
        RETURN;
    END IF;
    FOR run IN SELECT unnest(days * month_days(month)) LOOP
        EXECUTE query INTO tallies USING edustats.day_start(lower(run), zone), edustats.day_end(upper(run) - 1, zone);
        PERFORM tell_impossible(metric, tallies);
        RETURN QUERY SELECT t.day, t.class, t.tally FROM unnest(tallies) t WHERE t.day <@ run;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION live_days(text, date, datemultirange) IS
    'The activity of a metric on those of some days that are in a month, computed from the source.';

CREATE OR REPLACE FUNCTION live_month(metric text, month date, days datemultirange)
RETURNS TABLE (class smallint, total bigint, tally edustats.tally)
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER ROWS 15 COST 10000
SET search_path FROM CURRENT
SET row_security TO off
SET jit TO off
AS $function$
BEGIN
    RETURN QUERY
    SELECT t.class, edustats.total(t.tally), t.tally
    FROM (SELECT d.class, edustats.rollup(d.tally) AS tally
          FROM (SELECT r.class, r.tally FROM rollup r
                WHERE r.metric = live_month.metric AND r.month = live_month.month AND NOT r.day <@ days
                UNION ALL
                SELECT l.class, l.tally FROM live_days(metric, month, days) l) d
          GROUP BY d.class) t;
END
$function$;
COMMENT ON FUNCTION live_month(text, date, datemultirange) IS
    'The activity of a metric in a month: some days computed from the source, the others taken from the rollup.';

CREATE OR REPLACE FUNCTION months_of(days datemultirange) RETURNS date[]
LANGUAGE sql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
    SELECT ARRAY(SELECT DISTINCT g.month::date
             FROM unnest(days) r
             CROSS JOIN LATERAL generate_series(edustats.month_of(lower(r))::timestamp, (upper(r) - 1)::timestamp, '1 month') g(month)
             ORDER BY 1)
$function$;
COMMENT ON FUNCTION months_of(datemultirange) IS 'The months that some days are in.';

CREATE OR REPLACE FUNCTION dirty(metric text) RETURNS TABLE (months date[], days datemultirange)
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER ROWS 1 COST 1000
SET search_path FROM CURRENT
SET row_security TO off
SET jit TO off
AS $function$
BEGIN
    days := dirty_days(metric);
    months := months_of(days);
    RETURN NEXT;
END
$function$;
COMMENT ON FUNCTION dirty(text) IS 'The days of a metric whose rollup is out of date, and the months that they are in.';

CREATE OR REPLACE FUNCTION months() RETURNS TABLE (month date)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 COST 1000
SET search_path FROM CURRENT
SET row_security TO off
SET jit TO off
AS $function$
BEGIN
    RETURN QUERY
    SELECT generate_series(least(min(x.first), c.current)::timestamp, greatest(max(x.last), c.current)::timestamp, '1 month')::date
    FROM (SELECT edustats.month_of(edustats.local_day(now(), a.timezone)) AS current FROM attachment a) c
    LEFT JOIN (
        SELECT (SELECT min(r.month) FROM rollup_month r WHERE r.metric = m.metric) AS first,
               (SELECT max(r.month) FROM rollup_month r WHERE r.metric = m.metric) AS last
        FROM metric m
        UNION ALL
        SELECT edustats.month_of(lower(d.days)), edustats.month_of(upper(d.days) - 1)
        FROM metric m CROSS JOIN LATERAL dirty_days(m.metric) d(days)) x ON true
    GROUP BY c.current;
END
$function$;
COMMENT ON FUNCTION months() IS 'The months that the bulletin''s views have rows for: from the first activity to now, or to the last.';

CREATE OR REPLACE FUNCTION lapsed(metric text) RETURNS TABLE (problem text, members text)
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER ROWS 1 COST 1000
SET search_path FROM CURRENT
SET row_security TO off
AS $function$
BEGIN
    problem := (SELECT min(l.problem) FROM edustats.lapses(this_schema(), metric) l);
    members := (SELECT min(l.problem) FROM edustats.lapses(this_schema(), '') l);
    RETURN NEXT;
END
$function$;
COMMENT ON FUNCTION lapsed(text) IS
    'The first of what the record does not agree with, for a metric and for the classes of members; NULL where all holds.';

-- Whoever reads a view must be able to run what it calls, whatever the owner's default privileges are.
GRANT EXECUTE ON FUNCTION dirty(text), live_days(text, date, datemultirange), live_month(text, date, datemultirange), months(), lapsed(text),
    impossible_text(bigint) TO PUBLIC;
