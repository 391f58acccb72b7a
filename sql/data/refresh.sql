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
        SELECT FROM (SELECT w.metric, min(w.problem) AS problem FROM wanted_parts() w GROUP BY w.metric) w
        JOIN metric m ON m.metric = w.metric WHERE w.problem IS DISTINCT FROM m.note) THEN
        BEGIN
            PERFORM reconcile();
        EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
            RAISE WARNING 'sources that have changed stay untracked until a later refresh: %', SQLERRM;
        END;
    END IF;
    PERFORM create_lookups((SELECT a.source FROM attachment a), false);
    PERFORM sync_former_grants();
    RETURN 'true';
END
$function$;
COMMENT ON FUNCTION prepare_refresh() IS
    'Brings triggers and record into line with the sources; false if another refresh is under way.';

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
    PERFORM note_changed(least(
        (SELECT min(t.month) FROM rollup_month t WHERE t.metric = merge_months.metric AND t.month BETWEEN first_month AND last_month),
        (SELECT min(r.month) FROM rollup r WHERE r.metric = merge_months.metric AND r.month BETWEEN first_month AND last_month)));
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
    RETURN (SELECT to_jsonb(true) FROM materialized);
END
$function$;
COMMENT ON FUNCTION finish_refresh() IS 'What a refresh does when all days are computed; true if there are materialized views, which come next, else NULL.';

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
