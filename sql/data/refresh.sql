-- refresh: takes marks out of the log and computes their days anew, a run of days at a time, each run committed. These
-- functions do the steps; the procedure edustats.refresh calls them as the bulletin's owner. They return jsonb, as all do
-- that are called so.

CREATE OR REPLACE FUNCTION lock_attachment() RETURNS boolean
LANGUAGE sql
SET search_path FROM CURRENT
AS $function$
    SELECT true FROM attachment FOR UPDATE SKIP LOCKED
$function$;
COMMENT ON FUNCTION lock_attachment() IS
    'Locks a bulletin for refreshing until the end of the transaction; NULL if another session holds the lock.';

-- What could not be locked soon stays as it is, and is read live: a refresh must not make the platform wait.
CREATE OR REPLACE FUNCTION prepare_refresh() RETURNS jsonb
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET lock_timeout TO '2s'
SET jit TO off
AS $function$
BEGIN
    IF lock_attachment() IS NULL THEN
        RETURN 'false';
    END IF;
    PERFORM check_not_suspended();
    PERFORM forget_deleted();
    UPDATE part p SET recorded = p.relation, columns = f.columns      -- after a restore, where nothing else has changed
    FROM (SELECT o.metric, o.relation, (edustats.source_facts(this_schema(), o.metric, o.relation)).columns
          FROM part o WHERE o.recorded <> o.relation AND o.relation NOT IN (SELECT l.relation FROM all_lapses() l WHERE l.relation IS NOT NULL)) f
    WHERE (p.metric, p.relation) = (f.metric, f.relation);
    IF EXISTS (SELECT FROM all_lapses()) OR EXISTS (SELECT FROM part p WHERE p.metric NOT IN (SELECT m.metric FROM metric m)) OR EXISTS (
        SELECT FROM wanted_parts() w JOIN metric m ON m.metric = w.metric WHERE w.problem IS DISTINCT FROM m.note) THEN
        BEGIN
            PERFORM reconcile();
        EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
            RAISE WARNING 'sources that have changed stay untracked until a later refresh: %', SQLERRM;
        END;
    END IF;
    PERFORM create_lookups((SELECT a.source FROM attachment a), false);
    RETURN 'true';
END
$function$;
COMMENT ON FUNCTION prepare_refresh() IS
    'Brings triggers and record into line with the sources; false if another refresh is under way.';

-- Rows outside the calendar are counted once, when something about them has been logged, so that they can be told.
CREATE OR REPLACE FUNCTION count_outside(metric text, calendar daterange) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET timezone TO 'UTC'
AS $function$
DECLARE
    m record;
    rows text := (source_rows(metric)).rows;
    side record;
BEGIN
    SELECT t.*, a.timezone INTO m FROM metric t CROSS JOIN attachment a WHERE t.metric = count_outside.metric;
    DELETE FROM outside o WHERE o.metric = m.metric;
    IF rows IS NULL THEN
        RETURN;
    END IF;
    PERFORM set_config('TimeZone', m.timezone, true);
    FOR side IN
        SELECT '-infinity'::timestamptz AS first, edustats.day_start(lower(calendar), m.timezone) AS last
        UNION ALL SELECT edustats.day_end(upper(calendar) - 1, m.timezone), 'infinity'
    LOOP
        EXECUTE format('INSERT INTO outside (metric, day, rows) SELECT $3, s.day, count(*) '
                       'FROM (SELECT edustats.local_day(greatest(s.time, ''4713-01-01 BC''), $4) AS day FROM (%s) s '
                       'WHERE s.time >= $1 AND s.time < $2 AND s.time > ''-infinity'' AND s.key IS NOT NULL) s GROUP BY s.day', rows)
            USING side.first, side.last, m.metric, m.timezone;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION count_outside(text, daterange) IS 'Counts the rows of a metric on days outside its calendar.';

-- What a refresh reads while the record does not hold may be neither what is on record nor what is there later, without
-- anything being logged: triggers that are off, another table under the source's name. So all days stay marked until a
-- refresh has prepared itself for what there is.
CREATE OR REPLACE FUNCTION keep_dirty_while_lapsed(metric text) RETURNS void
LANGUAGE sql
SET search_path FROM CURRENT
AS $function$
    INSERT INTO log (metric, first, last)
    SELECT m.metric, '-infinity', 'infinity' FROM metric m
    WHERE m.metric = keep_dirty_while_lapsed.metric
      AND EXISTS (SELECT FROM edustats.lapses(this_schema(), m.metric))
      AND NOT EXISTS (SELECT FROM log l WHERE (l.metric, l.first, l.last) = (m.metric, '-infinity', 'infinity'))
$function$;
COMMENT ON FUNCTION keep_dirty_while_lapsed(text) IS 'Marks all days of a metric if the record does not agree with the catalogs.';

CREATE OR REPLACE FUNCTION month_runs(days datemultirange) RETURNS TABLE (first date, last date)
LANGUAGE sql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
    SELECT lower(u.run), upper(u.run) - 1
    FROM unnest(months_of(days)) m(month)
    CROSS JOIN LATERAL unnest(days * month_days(m.month)) u(run)
$function$;
COMMENT ON FUNCTION month_runs(datemultirange) IS 'Days as runs of consecutive days, none of which goes beyond a month.';

-- Where a day can't be found, reading all of it once is cheaper than once for each month; and so it is where there are many
-- months, each of which is little.
CREATE OR REPLACE FUNCTION runs(metric text, days datemultirange) RETURNS TABLE (first date, last date)
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    s record;
    by_month bigint := (SELECT count(*) FROM month_runs(days));
    once boolean := by_month > 4 OR days @> open_days(metric);      -- few are not worth a look at the source, which may be locked
BEGIN
    IF once THEN
        SELECT * INTO s FROM source_rows(metric);
        once := NOT s.by_day OR by_month > 12 AND (
            SELECT sum(pg_relation_size(p.relation)) FROM part p WHERE p.metric = runs.metric AND p.bears) < 50000000;
    END IF;
    IF once THEN
        RETURN QUERY SELECT lower(days), upper(days) - 1;
    ELSE
        RETURN QUERY SELECT * FROM month_runs(days);
    END IF;
END
$function$;
COMMENT ON FUNCTION runs(text, datemultirange) IS 'Days as the runs of days by which a metric is computed, each of which reads its source once.';

-- Everything here is seen by one snapshot: the rows of the log, the days that their marks are of, and what their changes come
-- to by the classes of then. What can't be seen through is read as a whole for whatever days: nothing asks it first from when
-- to when it has rows; if all days are marked, they are computed in one go, and what is outside the calendar with them.
CREATE OR REPLACE FUNCTION planned(metric text, OUT rows tid[], OUT whole boolean, OUT marked datemultirange, OUT changes edustats.daily_change[],
                                   OUT impossible datemultirange, OUT late date[], OUT beyond boolean, OUT has_marks boolean)
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    calendar daterange := calendar_days(metric);
    m metric := (SELECT t FROM metric t WHERE t.metric = planned.metric);
BEGIN
    rows := ARRAY(SELECT l.ctid FROM log l WHERE l.metric = m.metric);
    SELECT coalesce(bool_or(l.first < lower(calendar) OR l.last >= upper(calendar)), false), coalesce(bool_or(l.changes IS NULL), false)
        INTO beyond, has_marks FROM log l WHERE l.metric = m.metric;
    late := ARRAY(          -- written to what is final
        SELECT DISTINCT d.day FROM log l CROSS JOIN LATERAL (
            SELECT g::date FROM generate_series(l.first::timestamp, least(l.last, m.closed_before - 1), '1 day') g WHERE isfinite(l.first)
            UNION ALL SELECT '-infinity' WHERE NOT isfinite(l.first)) d(day)
        WHERE l.metric = m.metric AND l.first < m.closed_before);
    whole := m.note IS NOT NULL AND coalesce((SELECT range_agg(daterange(l.first, l.last, '[]')) @> open_days(m.metric) FROM log l
                                              WHERE l.metric = m.metric AND l.lookup IS NULL AND l.changes IS NULL), false)
             AND (SELECT s.rows IS NOT NULL AND NOT s.by_day FROM source_rows(m.metric) s);
    IF whole THEN
        marked := datemultirange(open_days(m.metric));
        changes := '{}';
        impossible := '{}';
    ELSE
        SELECT p.marked, p.changes, p.impossible INTO marked, changes, impossible FROM pending(m.metric) p;
    END IF;
END
$function$;
COMMENT ON FUNCTION planned(text) IS
    'What a refresh is to do about a metric, as pending has it. rows: what that comes from in the log, to be taken out; whole: all days are to be computed of a source that is read as a whole; late: closed days that have been written to; beyond: whether days outside the calendar have been; has_marks: whether there is more in the log than changes.';

CREATE OR REPLACE FUNCTION plan_metric(metric text) RETURNS boolean
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    calendar daterange := calendar_days(metric);
    closed date := (SELECT t.closed_before FROM metric t WHERE t.metric = plan_metric.metric);
    p record := planned(metric);
    gone daterange;             -- what is outside the calendar since "since" was changed
BEGIN
    DELETE FROM log l WHERE l.ctid = ANY (p.rows);
    INSERT INTO log (metric, first, last) SELECT plan_metric.metric, r.first, r.last FROM month_runs(p.marked) r;
    INSERT INTO late AS l (metric, day, seen_at) SELECT plan_metric.metric, d, now() FROM unnest(p.late) d
        ON CONFLICT ON CONSTRAINT late_pkey DO UPDATE SET seen_at = excluded.seen_at;
    PERFORM fold(metric, p.changes);
    IF NOT isempty(p.impossible) THEN
        RAISE WARNING 'metric "%": %', metric, removed_text(p.impossible);
    END IF;
    PERFORM keep_dirty_while_lapsed(metric);
    IF p.beyond AND NOT p.whole OR EXISTS (SELECT FROM outside o WHERE o.metric = plan_metric.metric AND o.day <@ calendar) THEN
        PERFORM count_outside(metric, calendar);
    END IF;
    WITH deleted AS (DELETE FROM rollup r WHERE r.metric = plan_metric.metric AND NOT r.day <@ calendar
                       AND (closed IS NULL OR r.day >= closed) RETURNING r.day)
    SELECT daterange(min(d.day), max(d.day), '[]') INTO gone FROM deleted d HAVING count(*) > 0;
    PERFORM merge_months(metric, lower(gone), upper(gone) - 1) WHERE gone IS NOT NULL;
    RETURN p.has_marks;
END
$function$;
COMMENT ON FUNCTION plan_metric(text) IS
    'Folds what is known to have changed into the rollup of a metric, and turns its marks into marks of runs of days within a month, all within the calendar. True if there were any.';

CREATE OR REPLACE FUNCTION fold(metric text, changes edustats.daily_change[]) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    MERGE INTO rollup r
    USING (SELECT fold.metric AS metric, edustats.month_of(c.day) AS month, c.day, c.class, edustats.changed_tally(o.tally, c.added, c.removed) AS tally
           FROM unnest(changes) c
           LEFT JOIN rollup o ON (o.metric, o.month, o.day, o.class) = (fold.metric, edustats.month_of(c.day), c.day, c.class)) n
    ON (r.metric, r.month, r.day, r.class) = (n.metric, n.month, n.day, n.class)
    WHEN MATCHED AND edustats.cardinality(n.tally) = 0 THEN DELETE
    WHEN MATCHED THEN UPDATE SET tally = n.tally
    WHEN NOT MATCHED AND edustats.cardinality(n.tally) > 0 THEN INSERT VALUES (n.metric, n.month, n.day, n.class, n.tally);
    MERGE INTO rollup_month r
    USING (SELECT fold.metric AS metric, c.month, c.class, edustats.changed_tally(o.tally, c.added, c.removed) AS tally
           FROM (SELECT edustats.month_of(u.day) AS month, u.class, edustats.rollup(u.added) AS added, edustats.rollup(u.removed) AS removed
                 FROM unnest(changes) u GROUP BY 1, 2) c
           LEFT JOIN rollup_month o ON (o.metric, o.month, o.class) = (fold.metric, c.month, c.class)) n
    ON (r.metric, r.month, r.class) = (n.metric, n.month, n.class)
    WHEN MATCHED AND edustats.cardinality(n.tally) = 0 THEN DELETE
    WHEN MATCHED THEN UPDATE SET total = edustats.total(n.tally), tally = n.tally
    WHEN NOT MATCHED AND edustats.cardinality(n.tally) > 0 THEN INSERT VALUES (n.metric, n.month, n.class, edustats.total(n.tally), n.tally);
END
$function$;
COMMENT ON FUNCTION fold(text, edustats.daily_change[]) IS 'Adds changes to the days and months of a metric''s rollup.';

-- A key that was written is one of every metric that looks up by it. Which keys were those of a metric can't be said while it
-- is another one, if only for a moment.
CREATE OR REPLACE FUNCTION spread_keys() RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    IF NOT EXISTS (SELECT FROM log l WHERE l.metric IS NULL) THEN
        RETURN;
    END IF;
    WITH looked_up AS MATERIALIZED (
        SELECT t.metric, s.lookup FROM metric t CROSS JOIN LATERAL edustats.source_lookups(this_schema(), t.metric) s
    ), lapsed AS (
        INSERT INTO log (metric, first, last)
        SELECT u.metric, '-infinity'::date, 'infinity'::date FROM looked_up u WHERE u.lookup IS NULL EXCEPT SELECT l.metric, l.first, l.last FROM log l
    ), taken AS (DELETE FROM log l WHERE l.metric IS NULL RETURNING l.lookup, l.key)
    INSERT INTO log (metric, lookup, key) SELECT DISTINCT u.metric, d.lookup, d.key FROM taken d JOIN looked_up u USING (lookup);
END
$function$;
COMMENT ON FUNCTION spread_keys() IS 'Makes of marks of keys marks of each metric that they may be of.';

-- Members that can't be read are no reason for a refresh to fail: it will say so of the metrics that need them.
CREATE OR REPLACE FUNCTION map_classes() RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    DELETE FROM class_map;
    PERFORM source_rows(m.metric) FROM metric m WHERE m.member_column IS NOT NULL;         -- may they be read?
    INSERT INTO class_map (classes) VALUES (class_map(NULL));
EXCEPTION WHEN OTHERS THEN
    DELETE FROM class_map;
END
$function$;
COMMENT ON FUNCTION map_classes() IS 'Keeps the class of each member for whoever reads changes.';

-- The runs of consecutive days of a metric within a month that are to be computed. A metric whose days can't be found out,
-- for whatever reason, stays dirty and holds up no other. Marks that are younger than its plan can be of closed days.
CREATE OR REPLACE FUNCTION plan_refresh() RETURNS jsonb
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit TO off
AS $function$
DECLARE
    m text;
    failed text[] := '{}';
    marked boolean;
    had_marks boolean;
BEGIN
    IF lock_attachment() IS NULL THEN
        RETURN NULL;
    END IF;
    marked := NOT EXISTS (SELECT FROM class_map);
    PERFORM spread_keys();
    -- Most metrics are as they were, and there is nothing to plan.
    FOR m IN
        SELECT t.metric FROM metric t CROSS JOIN attachment a
        WHERE edustats.may_be_dirty(this_schema(), t.metric)
           OR EXISTS (SELECT FROM rollup r WHERE r.metric = t.metric AND r.month <= edustats.month_of(t.since) AND r.day < t.since)
           OR EXISTS (SELECT FROM rollup r WHERE r.metric = t.metric AND r.month >= edustats.month_of(edustats.local_day(now(), a.timezone) + 2)
                                             AND r.day >= edustats.local_day(now(), a.timezone) + 2)
        ORDER BY t.metric
    LOOP
        BEGIN
            had_marks := plan_metric(m);
            marked := marked OR had_marks;
        EXCEPTION WHEN OTHERS THEN
            PERFORM note_error(m, '-infinity', SQLERRM);
            failed := failed || m;
        END;
    END LOOP;
    -- Last, so that it sees every member whose mark has been taken out.
    IF marked THEN
        PERFORM map_classes();
    END IF;
    DELETE FROM refresh_error e WHERE e.day = '-infinity' AND e.metric <> ALL (failed);
    UPDATE metric t SET refreshed_at = clock_timestamp(), refreshed_day = edustats.local_day(now(), a.timezone)
        FROM attachment a WHERE t.metric <> ALL (failed);
    RETURN (
        SELECT coalesce(jsonb_agg(jsonb_build_array(r.metric, r.first, r.last) ORDER BY r.metric, r.first), '[]')
        FROM (SELECT l.metric, d.first, d.last
              FROM (SELECT g.metric, range_agg(daterange(g.first, g.last, '[]')) * open_days(g.metric)::datemultirange AS days
                    FROM log g WHERE g.changes IS NULL AND isfinite(g.first) AND isfinite(g.last) GROUP BY g.metric) l
              CROSS JOIN LATERAL runs(l.metric, l.days) d) r);
END
$function$;
COMMENT ON FUNCTION plan_refresh() IS
    'The runs of days that a refresh is to compute: [metric, first day, last day]; NULL if another refresh is under way.';

CREATE OR REPLACE FUNCTION note_error(metric text, day date, message text) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    INSERT INTO refresh_error AS e (metric, day, message, failed_at) VALUES (note_error.metric, note_error.day, note_error.message, clock_timestamp())
    ON CONFLICT ON CONSTRAINT refresh_error_pkey DO UPDATE SET message = excluded.message, failed_at = excluded.failed_at;
    RAISE WARNING 'metric "%": % could not be computed and stays dirty: %', metric,
        CASE WHEN isfinite(day) THEN day::text ELSE 'what has changed' END, message;
END
$function$;
COMMENT ON FUNCTION note_error(text, date, text) IS 'Notes, and tells, that a day could not be computed.';

-- Computes a run of days; where that fails, for whatever reason, its halves, so that a bad day holds up no other. Where a run has
-- clean days among the marked ones, see runs, one without a mark that fails is as right as it was.
CREATE OR REPLACE FUNCTION refresh_run(metric text, first date, last date) RETURNS jsonb
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    dirty datemultirange;
    middle date;
    message text;
BEGIN
    IF lock_attachment() IS NULL THEN
        RETURN NULL;
    END IF;
    BEGIN
        PERFORM compute_days(metric, first, last);
        RETURN '0';
    EXCEPTION WHEN OTHERS THEN
        message := SQLERRM;
    END;
    BEGIN
        IF daterange(first, last, '[]') @> open_days(metric) THEN       -- and so it should have counted them
            PERFORM count_outside(metric, calendar_days(metric));
        END IF;
        dirty := days_with_rows(metric, marked_days(metric)) * datemultirange(daterange(first, last, '[]'));
    EXCEPTION WHEN OTHERS THEN
        PERFORM note_error(metric, '-infinity', message);
        RETURN '0';
    END;
    IF isempty(dirty) THEN
        RETURN '0';
    ELSIF upper(dirty) - lower(dirty) = 1 THEN
        PERFORM note_error(metric, lower(dirty), message);
        RETURN '1';
    END IF;
    middle := lower(dirty) + (upper(dirty) - 1 - lower(dirty)) / 2;
    RETURN to_jsonb(refresh_run(metric, lower(dirty), middle)::integer + refresh_run(metric, middle + 1, upper(dirty) - 1)::integer);
END
$function$;
COMMENT ON FUNCTION refresh_run(text, date, date) IS
    'Computes a run of days; returns how many failed and stay dirty, NULL if another refresh is under way.';

-- One snapshot sees the rows of the log and those of the source: what is committed later leaves its own in the log. A worker
-- builds and sends whole tallies, which the planner knows nothing of: it takes a start's cost for the rest, too.
CREATE OR REPLACE FUNCTION computed(metric text, first date, last date, OUT rows tid[], OUT kept datemultirange, OUT query text, OUT whole boolean,
                                    OUT tallies edustats.daily_tally[], OUT names edustats.key_name[], OUT beyond edustats.daily_tally[])
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
SET timezone TO 'UTC'
SET parallel_setup_cost TO 30000
AS $function$
DECLARE
    m record;
    source record := day_query(metric, true);
    calendar daterange := calendar_days(metric);
    starts_at timestamptz;
    ends_at timestamptz;
BEGIN
    SELECT t.member_column, a.timezone INTO m FROM metric t CROSS JOIN attachment a WHERE t.metric = computed.metric;
    SELECT coalesce(array_agg(l.ctid), '{}'),
           range_agg(daterange(l.first, l.last, '[]')) - datemultirange(daterange(computed.first, computed.last, '[]')) INTO rows, kept
        FROM log l
        WHERE l.metric = computed.metric AND isfinite(l.first) AND isfinite(l.last)
          AND daterange(l.first, l.last, '[]') && daterange(computed.first, computed.last, '[]');
    query := source.query;
    whole := NOT source.by_day AND daterange(first, last, '[]') @> open_days(metric);
    IF query IS NOT NULL THEN
        PERFORM set_config('TimeZone', m.timezone, true);
        starts_at := edustats.day_start(first, m.timezone);
        ends_at := edustats.day_end(last, m.timezone);
        EXECUTE CASE WHEN whole THEN source.outside_query ELSE query END INTO tallies, names, beyond
            USING CASE WHEN whole THEN '-infinity' ELSE starts_at END, CASE WHEN whole THEN 'infinity' ELSE ends_at END,
                  CASE WHEN m.member_column IS NOT NULL THEN class_map(NULL) END, starts_at, ends_at,
                  edustats.day_start(lower(calendar), m.timezone), edustats.day_end(upper(calendar) - 1, m.timezone);
    END IF;
END
$function$;
COMMENT ON FUNCTION computed(text, date, date) IS
    'The tallies of a run of days as the source has them, and the names of their keys. rows: what the log has of these days, which is in them; kept: other days that it marks with the same rows. query: what the source was read by; NULL where it is gone. whole: with the rows of all days, and beyond, those outside the calendar.';

CREATE OR REPLACE FUNCTION compute_days(metric text, first date, last date) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    c record := computed(metric, first, last);
BEGIN
    PERFORM tell_impossible(metric, c.tallies);
    PERFORM check_key_names(metric, c.names);
    DELETE FROM log l WHERE l.ctid = ANY (c.rows);
    INSERT INTO log (metric, first, last) SELECT compute_days.metric, lower(r.rest), upper(r.rest) - 1 FROM unnest(c.kept) r(rest);
    INSERT INTO key_name (metric, key, name) SELECT compute_days.metric, n.key, n.name FROM unnest(c.names) n ON CONFLICT DO NOTHING;
    IF c.whole THEN
        DELETE FROM outside o WHERE o.metric = compute_days.metric;
        INSERT INTO outside (metric, day, rows) SELECT compute_days.metric, b.day, edustats.total(b.tally) FROM unnest(c.beyond) b;
    END IF;
    PERFORM keep_dirty_while_lapsed(metric);        -- now that what was read is locked
    IF c.query IS DISTINCT FROM (day_query(metric, true)).query THEN       -- a view, which is not, and was another one when that began
        INSERT INTO log (metric, first, last) VALUES (compute_days.metric, compute_days.first, compute_days.last);
    END IF;
    DELETE FROM refresh_error e WHERE e.metric = compute_days.metric AND e.day BETWEEN first AND last;
    DELETE FROM rollup r
        WHERE r.metric = compute_days.metric AND r.month BETWEEN edustats.month_of(first) AND edustats.month_of(last) AND r.day BETWEEN first AND last;
    INSERT INTO rollup
    SELECT compute_days.metric, edustats.month_of(t.day), t.day, t.class, t.tally
    FROM unnest(c.tallies) t WHERE t.day BETWEEN first AND last;
    PERFORM merge_months(metric, first, last);
END
$function$;
COMMENT ON FUNCTION compute_days(text, date, date) IS 'Takes the days of a run out of the log and computes their rollup from the source.';

CREATE OR REPLACE FUNCTION merge_months(metric text, first date, last date) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    first_month date := edustats.month_of(first);
    last_month date := edustats.month_of(last);
BEGIN
    DELETE FROM rollup_month t WHERE t.metric = merge_months.metric AND t.month BETWEEN first_month AND last_month;
    INSERT INTO rollup_month
    SELECT t.metric, t.month, t.class, edustats.total(t.tally), t.tally
    FROM (SELECT r.metric, r.month, r.class, edustats.rollup(r.tally) AS tally
          FROM rollup r
          WHERE r.metric = merge_months.metric AND r.month BETWEEN first_month AND last_month
          GROUP BY r.metric, r.month, r.class) t;
END
$function$;
COMMENT ON FUNCTION merge_months(text, date, date) IS 'Merges a metric''s days of the months from that of one day to that of another.';

CREATE OR REPLACE FUNCTION finish_refresh() RETURNS jsonb
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    PERFORM analyze_tables();
    RETURN NULL;
END
$function$;
COMMENT ON FUNCTION finish_refresh() IS 'What a refresh does when all days are computed.';

CREATE OR REPLACE FUNCTION existing_metric(metric text) RETURNS metric
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    m metric;
BEGIN
    SELECT * INTO m FROM metric t WHERE t.metric = existing_metric.metric;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('there is no metric "%s"', metric),
            HINT = format('The bulletin''s metrics stand in %I.metric.', current_schema());
    END IF;
    RETURN m;
END
$function$;
COMMENT ON FUNCTION existing_metric(text) IS 'The row of a metric; an error if there is none.';

-- Marks days by hand: after a write that no trigger saw.
CREATE OR REPLACE FUNCTION invalidate(metric text, days daterange) RETURNS jsonb
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    IF metric IS NOT NULL THEN
        PERFORM existing_metric(metric);
    END IF;
    INSERT INTO log (metric, first, last)
    SELECT t.metric, coalesce(lower(days), '-infinity'), coalesce(upper(days) - 1, 'infinity')
    FROM metric t
    WHERE (invalidate.metric IS NULL OR t.metric = invalidate.metric) AND NOT isempty(days);
    RETURN NULL;
END
$function$;
COMMENT ON FUNCTION invalidate(text, daterange) IS 'Marks days of a metric, or of all, as dirty.';
