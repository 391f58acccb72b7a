-- Which days are dirty, and what happened on them. What views call runs with the owner's rights: a reader needs none on the
-- sources, and can't reach these functions by name. What is behind a function is planned, and compiled by the JIT, only
-- when it runs: dirty days hardly ever do, and a view that is planned at each reading must stay small. Row-level security
-- gives an error there.

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

-- The platform's columns by name, and not the views over it, which go on reading what they were made for.
CREATE OR REPLACE FUNCTION class_query() RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN (SELECT format('SELECT m.member_id, edustats.class_of(m.org_type, m.allocated) AS class FROM (%s) m',
                          lookup_query(a.source, 'member', 'member_id', ARRAY['member_id', 'org_type', 'allocated']::name[])) FROM attachment a);
END
$function$;
COMMENT ON FUNCTION class_query() IS 'The query for the class of each member.';

CREATE OR REPLACE FUNCTION class_map(members bigint[]) RETURNS edustats.tally
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
SET timezone TO 'UTC'
AS $function$
DECLARE
    map edustats.tally;
BEGIN
    PERFORM set_config('TimeZone', (SELECT a.timezone FROM attachment a), true);        -- until the function ends
    EXECUTE format('SELECT edustats.tally_agg(c.member_id::bigint, c.class) FROM (%s) c WHERE $1 IS NULL OR c.member_id = ANY ($1)', class_query())
        INTO map USING members;
    RETURN coalesce(map, '{}');
END
$function$;
COMMENT ON FUNCTION class_map(bigint[]) IS 'The class of some members, or where they are NULL, of each, as a tally.';

-- As the last refresh has left them, but for members that have been written since. Where the log names other keys, or the
-- members are not tracked, they are looked up.
CREATE OR REPLACE FUNCTION classes_of(metric text, days datemultirange) RETURNS edustats.tally
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    known edustats.tally;
    tracked boolean;
    keys text[];
    of_members boolean;
    members bigint[];
BEGIN
    SELECT CASE WHEN m.member_column IS NULL THEN '{}' ELSE c.classes END, m.note IS NULL INTO known, tracked
        FROM metric m LEFT JOIN class_map c ON true WHERE m.metric = classes_of.metric;
    IF edustats.cardinality(known) = 0 THEN
        RETURN known;
    END IF;
    SELECT array_agg(DISTINCT l.key), bool_and(l.of_members) INTO keys, of_members
        FROM (SELECT l.key, edustats.is_of_members(this_schema(), classes_of.metric, l.lookup) AS of_members FROM log l
              WHERE l.lookup IS NOT NULL AND (l.metric IS NULL OR l.metric = classes_of.metric)) l
        WHERE l.of_members IS NOT NULL;
    IF known IS NOT NULL AND tracked AND keys IS NULL THEN
        RETURN known;
    ELSIF known IS NOT NULL AND tracked AND of_members THEN
        members := keys::bigint[];
        PERFORM source_rows(metric);            -- may it be read?
        RETURN edustats.tally_merge(edustats.drop(known, (SELECT edustats.tally_agg(u) FROM unnest(members) u)), class_map(members));
    END IF;
    PERFORM source_rows(metric);
    RETURN class_map(edustats.changed_members(ARRAY(
        SELECT l.changes FROM log l WHERE l.metric = classes_of.metric AND l.changes IS NOT NULL AND l.first <@ days)));
END
$function$;
COMMENT ON FUNCTION classes_of(text, datemultirange) IS 'The class of each member that the log has changes of on some days, maybe of others, too.';

CREATE OR REPLACE FUNCTION logged_changes(metric text, days datemultirange) RETURNS edustats.daily_change[]
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    classes edustats.tally := classes_of(metric, days);
    first_day date := lower(days);
    last_day date := upper(days) - 1;
    is_range boolean := days = datemultirange(range_merge(days));       -- as it mostly is, which is found out faster of a row
BEGIN
    RETURN coalesce((SELECT edustats.daily_changes_agg(l.first, l.changes, classes) FROM log l
                     WHERE l.changes IS NOT NULL AND l.first BETWEEN first_day AND last_day
                       AND l.metric = logged_changes.metric AND (is_range OR l.first <@ days)), '{}');
END
$function$;
COMMENT ON FUNCTION logged_changes(text, datemultirange) IS
    'What has changed on those of some days that the log has changes of, by the classes that members are in now.';

-- Changes that take away more than there is say that something has not been seen: the day is one of those whose changes are
-- not known.
CREATE OR REPLACE FUNCTION pending(metric text) RETURNS edustats.pending
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    schema regnamespace := this_schema();
    covered datemultirange := '{}';
    p edustats.pending := ('{}', '{}', '{}', '{}', '{}');
BEGIN
    IF NOT edustats.may_be_dirty(schema, metric) THEN
        RETURN p;
    END IF;
    IF edustats.may_be_dirty(schema, metric, false) THEN
        covered := marked_days(metric);
        p.marked := days_with_rows(metric, covered);
    END IF;
    p.changes := logged_changes(metric, open_days(metric)::datemultirange - covered);
    SELECT coalesce(range_agg(daterange(c.day, c.day, '[]')), '{}') INTO p.impossible
    FROM unnest(p.changes) c
    LEFT JOIN rollup r ON (r.metric, r.month, r.day, r.class) = (pending.metric, edustats.month_of(c.day), c.day, c.class)
    WHERE edustats.cardinality(c.removed) > 0 AND edustats.changed_tally(r.tally, c.added, c.removed) IS NULL;
    IF NOT isempty(p.impossible) THEN
        p.marked := p.marked + p.impossible;
        p.changes := ARRAY(SELECT c FROM unnest(p.changes) c WHERE NOT c.day <@ p.impossible);
    END IF;
    p.days := p.marked + (SELECT coalesce(range_agg(daterange(c.day, c.day, '[]')), '{}') FROM unnest(p.changes) c);
    p.months := months_of(p.days);
    RETURN p;
END
$function$;
COMMENT ON FUNCTION pending(text) IS 'What keeps the rollup of a metric from being up to date.';

-- The query that computes the tallies of a run of days, by time range; $1 and $2 are its bounds. by_map: the class of a
-- member comes from $3, a tally of member and class, which beats a join where there are many rows. A row with an impossible
-- weight counts as one row of class -1, which is told and counted nowhere. Within 2^53 the sum of a thousand rows fits.
CREATE OR REPLACE FUNCTION day_query(metric text, by_map boolean, OUT query text, OUT outside_query text, OUT by_day boolean)
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    m record;
    s record;
    class text;
    impossible text;
    tallies text;
    names text;
BEGIN
    SELECT * INTO s FROM source_rows(metric);
    IF s.rows IS NULL THEN
        RETURN;
    END IF;
    by_day := s.by_day;
    SELECT t.*, a.timezone INTO m FROM metric t CROSS JOIN attachment a WHERE t.metric = day_query.metric;
    class := CASE WHEN m.member_column IS NULL THEN '0::smallint'
                  WHEN by_map THEN 'edustats.count_of($3, s.member::bigint)::smallint'
                  ELSE 'c.class' END;
    impossible := CASE WHEN m.weight_column IS NOT NULL THEN 's.weight NOT BETWEEN 0 AND 9007199254740992' END;
    tallies := format('edustats.daily_tally_agg(s.time, %L, %s, s.key::bigint%s)', m.timezone,
        coalesce('CASE WHEN ' || impossible || ' THEN -1::smallint ELSE ' || class || ' END', class),
        ', CASE WHEN ' || impossible || ' THEN 1 ELSE s.weight END::bigint');
    names := CASE WHEN s.named THEN 'edustats.key_names(s.key::bigint, s.key_name)' END;
    query := format('SELECT %s%s FROM (%s) s %s WHERE s.time >= $1 AND s.time < $2', tallies, ', ' || names, s.rows,
        CASE WHEN m.member_column IS NOT NULL AND NOT by_map
             THEN format('LEFT JOIN (%s) c ON c.member_id = s.member', class_query()) END);
    outside_query := format(
        'SELECT %1$s FILTER (WHERE %2$s), %3$s, edustats.daily_tally_agg(greatest(s.time, ''4713-01-01 BC''), %4$L, 0::smallint, 0::bigint) '
        'FILTER (WHERE (s.time < $6 OR s.time >= $7) AND isfinite(s.time) AND s.key IS NOT NULL) FROM (%5$s) s',
        tallies, 's.time >= $4 AND s.time < $5', coalesce(names || ' FILTER (WHERE s.time >= $4 AND s.time < $5)', 'NULL::edustats.key_name[]'),
        m.timezone, s.rows);
END
$function$;
COMMENT ON FUNCTION day_query(text, boolean) IS
    'The query that computes the daily tallies of a metric between two instants, $1 and $2, and the names of its keys if these are made of such; with by_map, classes come from the tally $3. NULL where the source is gone. outside_query: the same, by map, between $4 and $5, with $1 and $2 infinite; and the number of rows, by day, that are not between $6 and $7. by_day: whether days are found without reading all.';

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

-- What makes the same number is never counted together: not in one reading, see edustats.key_names, and not in two.
CREATE OR REPLACE FUNCTION check_key_names(metric text, names edustats.key_name[]) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    other record;
BEGIN
    IF names IS NOT NULL THEN
        SELECT k.key, k.name, n.name AS new INTO other
        FROM unnest(names) n JOIN key_name k ON (k.metric, k.key) = (check_key_names.metric, n.key) WHERE k.name <> n.name LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'unique_violation', MESSAGE = format('two keys of metric "%s" have the same number %s', metric, other.key),
                DETAIL = format('They are "%s" and "%s".', other.name, other.new);
        END IF;
    END IF;
END
$function$;
COMMENT ON FUNCTION check_key_names(text, edustats.key_name[]) IS 'An error if names have the number of another one that is on file.';

CREATE OR REPLACE FUNCTION month_days(month date) RETURNS datemultirange
LANGUAGE sql IMMUTABLE
RETURN datemultirange(daterange(month, (month + interval '1 month')::date));
COMMENT ON FUNCTION month_days(date) IS 'The days of the month that begins on a day.';

CREATE OR REPLACE FUNCTION live_tallies(metric text, month date, days datemultirange) RETURNS edustats.daily_tally[]
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
SET timezone TO 'UTC'
AS $function$
DECLARE
    map boolean := (SELECT m.member_column IS NOT NULL AND NOT edustats.is_unique(find_relation(a.source, 'member'), 'member_id')
                    FROM metric m CROSS JOIN attachment a WHERE m.metric = live_tallies.metric);
    source record := day_query(metric, map);    -- a join that sees to uniqueness as well is read for each row, if it goes wrong
    classes edustats.tally := CASE WHEN map THEN class_map(NULL) END;
    zone text := (SELECT a.timezone FROM attachment a);
    run daterange;
    tallies edustats.daily_tally[];
    names edustats.key_name[];
    found edustats.daily_tally[] := '{}';
BEGIN
    IF source.query IS NULL THEN
        RETURN found;
    END IF;
    PERFORM set_config('TimeZone', zone, true);     -- until the function ends
    IF NOT source.by_day THEN
        month := NULL;
    END IF;
    FOR run IN SELECT unnest(CASE WHEN month IS NULL THEN datemultirange(range_merge(days)) ELSE days * month_days(month) END) LOOP
        EXECUTE source.query INTO tallies, names USING edustats.day_start(lower(run), zone), edustats.day_end(upper(run) - 1, zone), classes;
        PERFORM tell_impossible(metric, tallies);
        PERFORM check_key_names(metric, names);
        found := found || tallies;
    END LOOP;
    RETURN edustats.remember(this_schema(), live_name(metric, month, days), found);
END
$function$;
COMMENT ON FUNCTION live_tallies(text, date, datemultirange) IS
    'The activity of a metric on those of some days that are in a month, computed from the source and remembered for the statement. On all of the days where month is NULL, or all of the source is read anyway.';

CREATE OR REPLACE FUNCTION live_name(metric text, month date, days datemultirange) RETURNS text
LANGUAGE sql STABLE
RETURN format('live %s %s %s', metric, month, days);
COMMENT ON FUNCTION live_name(text, date, datemultirange) IS 'The name by which the activity on days, of a month or of all of them, is remembered.';

CREATE OR REPLACE FUNCTION statement_pending(metric text) RETURNS edustats.pending
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    schema regnamespace := this_schema();
    name text := 'pending ' || metric;
    p edustats.pending := edustats.recall(schema, name, NULL::edustats.pending);
BEGIN
    IF p IS NULL THEN
        p := edustats.remember(schema, name, pending(metric));
    END IF;
    RETURN p;
END
$function$;
COMMENT ON FUNCTION statement_pending(text) IS 'What keeps the rollup of a metric from being up to date, found out once for a statement.';

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
        FULL JOIN (SELECT n.* FROM unnest(p.changes) n WHERE n.day <@ (days * month_days(month))) c ON (c.day, c.class) = (r.day, r.class)) u(day, class, tally)
    WHERE edustats.cardinality(u.tally) > 0;
END
$function$;
COMMENT ON FUNCTION live_days(text, date, datemultirange) IS
    'The activity of a metric on those of its dirty days that are in a month: marked ones computed from the source, others as the rollup has them and the log says that they have changed.';

CREATE OR REPLACE FUNCTION live_month(metric text, month date, days datemultirange)
RETURNS TABLE (class smallint, total bigint, tally edustats.tally)
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER ROWS 15 COST 10000
SET search_path FROM CURRENT
SET row_security TO off
SET jit TO off
AS $function$
DECLARE
    name text := format('month %s %s', metric, month);
    tallies edustats.daily_tally[] := edustats.recall(this_schema(), name, NULL::edustats.daily_tally[]);
BEGIN
    RETURN QUERY SELECT t.class, edustats.total(t.tally), t.tally
    FROM unnest(coalesce(tallies, edustats.remember(this_schema(), name, dirty_month(metric, month)))) t;
END
$function$;
COMMENT ON FUNCTION live_month(text, date, datemultirange) IS 'The activity of a metric in a month with dirty days, made up once for a statement.';

CREATE OR REPLACE FUNCTION dirty_month(metric text, month date) RETURNS edustats.daily_tally[]
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    p edustats.pending := statement_pending(metric);
    marked datemultirange := p.marked * month_days(month);
    clean edustats.daily_tally[];       -- but for the changes
BEGIN
    IF isempty(marked) THEN
        clean := ARRAY(SELECT (r.month, r.class, r.tally)::edustats.daily_tally FROM rollup_month r
                       WHERE r.metric = dirty_month.metric AND r.month = dirty_month.month);
    ELSE
        clean := ARRAY(
            SELECT (dirty_month.month, d.class, edustats.rollup(d.tally))::edustats.daily_tally
            FROM (SELECT r.class, r.tally FROM rollup r
                  WHERE r.metric = dirty_month.metric AND r.month = dirty_month.month AND NOT r.day <@ marked
                  UNION ALL
                  SELECT t.class, t.tally FROM unnest(marked_tallies(metric, month, p.marked)) t WHERE t.day <@ marked) d
            GROUP BY d.class);
    END IF;
    RETURN ARRAY(
        SELECT (dirty_month.month, u.class, u.tally)::edustats.daily_tally
        FROM (SELECT coalesce(r.class, c.class) AS class,
                     CASE WHEN c.class IS NULL THEN r.tally ELSE edustats.changed_tally(r.tally, c.added, c.removed) END AS tally
              FROM unnest(clean) r
              FULL JOIN (SELECT n.class, edustats.rollup(n.added) AS added, edustats.rollup(n.removed) AS removed
                         FROM unnest(p.changes) n WHERE edustats.month_of(n.day) = dirty_month.month GROUP BY n.class) c ON c.class = r.class) u
        WHERE edustats.cardinality(u.tally) > 0);
END
$function$;
COMMENT ON FUNCTION dirty_month(text, date) IS
    'The activity of a metric in a month: marked days computed from the source, the others as the rollup has them and the log says that they have changed.';

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

CREATE OR REPLACE FUNCTION dirty(metric text) RETURNS TABLE (months date[], days datemultirange)
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER ROWS 1 COST 1000
SET search_path FROM CURRENT
SET row_security TO off
SET jit TO off
AS $function$
BEGIN
    RETURN QUERY SELECT p.months, p.days FROM statement_pending(metric) p;
END
$function$;
COMMENT ON FUNCTION dirty(text) IS 'The days of a metric whose rollup is out of date, and the months that they are in.';

CREATE OR REPLACE FUNCTION removed_text(days datemultirange) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
    SELECT format('the log takes away more than there was on %s, which is computed from the source', days) WHERE NOT isempty(days)
$function$;
COMMENT ON FUNCTION removed_text(datemultirange) IS 'What is wrong with changes that can''t be; NULL if there are no days of such.';

-- For who asks how things stand: whatever keeps days from being found out is what he asks for, so every error is meant but
-- those that say nothing of the metric.
CREATE OR REPLACE FUNCTION dirty_or_problem(metric text) RETURNS TABLE (days datemultirange, problem text, note text)
LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER ROWS 1 COST 1000
SET search_path FROM CURRENT
SET row_security TO off
SET jit TO off
AS $function$
BEGIN
    RETURN QUERY SELECT p.days, NULL::text, removed_text(p.impossible) FROM statement_pending(metric) p;
EXCEPTION
    WHEN lock_not_available OR deadlock_detected OR serialization_failure OR insufficient_resources THEN
        RAISE;
    WHEN OTHERS THEN
        problem := SQLERRM;
        RETURN NEXT;
END
$function$;
COMMENT ON FUNCTION dirty_or_problem(text) IS 'The days of a metric whose rollup is out of date, or why these can''t be found out. note: what is wrong with what is known of them, or NULL.';

CREATE OR REPLACE FUNCTION months() RETURNS TABLE (month date)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 COST 1000
SET search_path FROM CURRENT
SET row_security TO off
SET jit TO off
AS $function$
DECLARE
    schema regnamespace := this_schema();
    months date[] := edustats.recall(schema, 'months', NULL::date[]);
BEGIN
    IF months IS NULL THEN
        SELECT edustats.remember(schema, 'months', ARRAY(
            SELECT generate_series(least(min(x.first), c.current)::timestamp, greatest(max(x.last), c.current)::timestamp, '1 month')::date
            FROM (
                SELECT (SELECT min(r.month) FROM rollup_month r WHERE r.metric = m.metric) AS first,
                       (SELECT max(r.month) FROM rollup_month r WHERE r.metric = m.metric) AS last
                FROM metric m
                UNION ALL
                SELECT edustats.month_of(lower(d.days)), edustats.month_of(upper(d.days) - 1)
                FROM metric m CROSS JOIN LATERAL dirty_or_problem(m.metric) d          -- one that fails, fails where it is read
                WHERE edustats.may_be_dirty(schema, m.metric)) x)) INTO months
        FROM (SELECT edustats.month_of(edustats.local_day(now(), a.timezone)) AS current FROM attachment a) c;
    END IF;
    RETURN QUERY SELECT unnest(months);
END
$function$;
COMMENT ON FUNCTION months() IS 'The months that the bulletin''s views have rows for: from the first activity to now, or to the last; found out once for a statement.';

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
GRANT EXECUTE ON FUNCTION dirty(text), dirty_or_problem(text), live_days(text, date, datemultirange), live_month(text, date, datemultirange), months(), lapsed(text),
    impossible_text(bigint) TO PUBLIC;
