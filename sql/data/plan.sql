-- The first half of a refresh: what is known to have changed is folded into the rollup, and what is not becomes runs of days.

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
    SELECT coalesce(array_agg(l.ctid), '{}'), coalesce(bool_or(l.first < lower(calendar) OR l.last >= upper(calendar)), false),
           coalesce(bool_or(l.changes IS NULL), false)
        INTO rows, beyond, has_marks FROM log l WHERE l.metric = m.metric;
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
    PERFORM note_changed((SELECT min(edustats.month_of(c.day)) FROM unnest(changes) c));
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
           FROM month_changes(changes) c
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
SET timezone TO 'UTC'
AS $function$
BEGIN
    DELETE FROM class_map;
    PERFORM source_rows(m.metric) FROM metric m WHERE m.member_column IS NOT NULL;         -- may they be read? One is of the members themselves
    PERFORM set_config('TimeZone', (SELECT a.timezone FROM attachment a), true);        -- until the function ends
    EXECUTE format('INSERT INTO class_map (part, classes, others) '
                   'SELECT edustats.class_part(c.member_id::bigint), edustats.tally_agg(c.member_id::bigint, c.class), bool_or(k.org_type IS NULL AND k.account <> ''individual'') '
                   'FROM (%s) c JOIN class k ON k.class = c.class GROUP BY 1', class_query());
    INSERT INTO class_map (part, classes, others) SELECT 0, '{}', false WHERE NOT EXISTS (SELECT FROM class_map);      -- known, and nobody's
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
        SELECT t.metric FROM metric t CROSS JOIN LATERAL calendar_days(t.metric) c(days)
        WHERE edustats.may_be_dirty(this_schema(), t.metric)
           OR EXISTS (SELECT FROM rollup r WHERE r.metric = t.metric AND r.month <= edustats.month_of(lower(c.days)) AND r.day < lower(c.days))
           OR EXISTS (SELECT FROM rollup r WHERE r.metric = t.metric AND r.month >= edustats.month_of(upper(c.days)) AND r.day >= upper(c.days))
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
