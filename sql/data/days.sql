-- Which days of a metric it is not known of what has changed on them, and which there are at all.

-- Days within the calendar that have rows of a metric, in the rollup or in the source, from the first to the last.
CREATE OR REPLACE FUNCTION reach(metric text, calendar daterange) RETURNS daterange
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
SET timezone TO 'UTC'
AS $function$
DECLARE
    s record;
    zone text := (SELECT a.timezone FROM attachment a);
    query text;
    first timestamptz;
    last timestamptz;
    tallies edustats.daily_tally[];
    days daterange;
BEGIN
    SELECT * INTO s FROM source_rows(metric);
    PERFORM set_config('TimeZone', zone, true);
    SELECT CASE WHEN min(r.day) IS NULL THEN 'empty' ELSE daterange(min(r.day), max(r.day), '[]') END INTO days
        FROM rollup r WHERE r.metric = reach.metric;
    IF NOT s.by_day THEN        -- what is to be read anyway is remembered for who asks for it next
        tallies := live_tallies(metric, NULL, datemultirange(calendar));    -- or the planner would call it, too
        IF tallies <> '{}' THEN
            days := range_merge(days, (SELECT daterange(min(t.day), max(t.day), '[]') FROM unnest(tallies) t));
        END IF;
        RETURN days * calendar;
    END IF;
    FOREACH query IN ARRAY CASE WHEN s.rows IS NULL THEN '{}' ELSE coalesce(s.ends, ARRAY[
        format('SELECT min(s.time), max(s.time) FROM (%s) s WHERE s.time >= $1 AND s.time < $2', s.rows)]) END
    LOOP
        EXECUTE query INTO first, last USING edustats.day_start(lower(calendar), zone), edustats.day_end(upper(calendar) - 1, zone);
        IF first IS NOT NULL THEN
            days := range_merge(days, daterange(edustats.local_day(first, zone), edustats.local_day(last, zone), '[]'));
        END IF;
    END LOOP;
    RETURN days * calendar;
END
$function$;
COMMENT ON FUNCTION reach(text, daterange) IS
    'The days of a calendar from a metric''s first row to its last, in the rollup or in the source; empty without any.';

CREATE OR REPLACE FUNCTION calendar_days(metric text) RETURNS daterange
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN (SELECT daterange(m.since, edustats.local_day(now(), a.timezone) + 2) FROM metric m CROSS JOIN attachment a
            WHERE m.metric = calendar_days.metric);
END
$function$;
COMMENT ON FUNCTION calendar_days(text) IS 'The days that are counted of a metric: from its first, "since", to tomorrow.';

CREATE OR REPLACE FUNCTION open_days(metric text) RETURNS daterange
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN (SELECT calendar_days(m.metric) * daterange(m.closed_before, NULL) FROM metric m WHERE m.metric = open_days.metric);
END
$function$;
COMMENT ON FUNCTION open_days(text) IS 'The days of a metric''s calendar that are not closed.';

CREATE OR REPLACE FUNCTION key_days(metric text, lookup text, keys text[]) RETURNS datemultirange
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
SET timezone TO 'UTC'
AS $function$
DECLARE
    zone text := (SELECT a.timezone FROM attachment a);
    query text;
    found datemultirange;
    days datemultirange := '{}';
BEGIN
    PERFORM source_rows(metric);            -- may it be read?
    PERFORM set_config('TimeZone', zone, true);
    FOR query IN SELECT q FROM edustats.lookup_rows(this_schema(), metric, lookup) q LOOP
        EXECUTE format('SELECT range_agg(daterange(s.day, s.day, ''[]'')) FROM (SELECT DISTINCT edustats.local_day(greatest(t.time, ''4713-01-01 BC''), $2) AS day '
                       'FROM (%s) t WHERE t.time > ''-infinity'' AND t.time < ''infinity'') s', query)
            INTO found USING keys, zone;
        days := days + coalesce(found, '{}');
    END LOOP;
    RETURN days;
END
$function$;
COMMENT ON FUNCTION key_days(text, text, text[]) IS 'The days on which a metric has rows that are joined to a lookup''s rows with some keys.';

-- What a lookup's row has changed is told by the rows that there are, but a change may have taken the last one away.
CREATE OR REPLACE FUNCTION changed_days(metric text, lookup text, keys text[]) RETURNS datemultirange
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    of_members boolean := edustats.is_of_members(this_schema(), metric, lookup);
    members bigint[] := CASE WHEN of_members THEN keys::bigint[] END;
BEGIN
    RETURN (SELECT coalesce(range_agg(daterange(l.first, l.last, '[]')), '{}') FROM log l
            WHERE l.metric = changed_days.metric AND l.changes IS NOT NULL
              AND (NOT of_members OR EXISTS (SELECT FROM edustats.each_change(l.changes) c WHERE c.member = ANY (members))));
END
$function$;
COMMENT ON FUNCTION changed_days(text, text, text[]) IS
    'The days on which something has changed that a lookup''s rows with some keys may decide about: of these members, or, where the keys are others, of anybody.';

-- Marks of days, of keys, of what the record does not agree with, and days that nobody watches.
CREATE OR REPLACE FUNCTION marked_days(metric text) RETURNS datemultirange
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    m record;
    k record;
    calendar daterange;
    days datemultirange;
BEGIN
    calendar := calendar_days(metric);
    SELECT t.* INTO m FROM metric t WHERE t.metric = marked_days.metric;
    IF NOT FOUND THEN
        RETURN '{}';
    END IF;
    days := (
        SELECT coalesce(range_agg(d.days), '{}')
        FROM (SELECT daterange(l.first, l.last, '[]') FROM log l WHERE l.metric = m.metric AND l.lookup IS NULL AND l.changes IS NULL
              UNION ALL
              SELECT daterange(o.day, o.day, '[]') FROM outside o WHERE o.metric = m.metric AND o.day <@ calendar
              UNION ALL
              SELECT daterange(coalesce(m.refreshed_day, '-infinity'), upper(calendar)) WHERE m.note IS NOT NULL
              UNION ALL
              SELECT lapse_days(m.metric, l.relation, l.kind, l.first, l.last)
              FROM edustats.lapses(this_schema(), m.metric) l) d(days));
    IF NOT days @> calendar THEN
        FOR k IN
            SELECT l.lookup, array_agg(DISTINCT l.key) AS keys FROM log l
            WHERE l.lookup IS NOT NULL AND (l.metric IS NULL OR l.metric = m.metric) GROUP BY l.lookup
        LOOP
            days := days + key_days(m.metric, k.lookup, k.keys) + changed_days(m.metric, k.lookup, k.keys);
        END LOOP;
    END IF;
    RETURN days;
END
$function$;
COMMENT ON FUNCTION marked_days(text) IS 'The days of a metric, in the calendar or not, of which it is not known what has changed on them.';

CREATE OR REPLACE FUNCTION days_with_rows(metric text, days datemultirange) RETURNS datemultirange
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    calendar daterange := calendar_days(metric);
BEGIN
    IF days @> daterange('-infinity', lower(calendar)) OR days @> daterange(upper(calendar), 'infinity') OR days @> lower(open_days(metric)) THEN
        days := days * reach(metric, calendar)::datemultirange;
    END IF;
    RETURN coalesce(days * open_days(metric)::datemultirange, '{}');
END
$function$;
COMMENT ON FUNCTION days_with_rows(text, datemultirange) IS
    'Those of some days that are open; and if they are without end, or begin with the calendar, those on which the metric has rows.';

CREATE OR REPLACE FUNCTION month_days(month date) RETURNS datemultirange
LANGUAGE sql IMMUTABLE
RETURN datemultirange(daterange(month, (month + interval '1 month')::date));
COMMENT ON FUNCTION month_days(date) IS 'The days of the month that begins on a day.';

CREATE OR REPLACE FUNCTION months_of(days datemultirange) RETURNS date[]
LANGUAGE plpgsql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN ARRAY(SELECT DISTINCT g.month::date
                 FROM unnest(days) r
                 CROSS JOIN LATERAL generate_series(edustats.month_of(lower(r))::timestamp, (upper(r) - 1)::timestamp, '1 month') g(month)
                 ORDER BY 1);
END
$function$;
COMMENT ON FUNCTION months_of(datemultirange) IS 'The months that some days are in.';
