-- refresh: takes dirty days out of the log and computes them anew, a batch at a time, each batch committed.

-- What is to be done, as runs of consecutive days of a metric within a month. Members whose class has changed become
-- the days of their activity first, and so do the days that no trigger watches.
CREATE FUNCTION edustats.refresh_plan(bulletin name) RETURNS jsonb
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    members bigint[];
    plan jsonb;
    m text;
    left_over boolean := false;
BEGIN
    IF NOT edustats.lock_attachment(bulletin) THEN
        RETURN NULL;
    END IF;
    PERFORM set_config('search_path', format('%I, pg_temp', bulletin), true);
    -- The members go into the log again by day only under the next snapshot: what was committed in between is seen.
    WITH taken AS (DELETE FROM dirty WHERE member IS NOT NULL RETURNING member)
    SELECT array_agg(DISTINCT t.member) INTO members FROM taken t;
    FOR m IN SELECT t.metric FROM metric t WHERE members IS NOT NULL LOOP
        BEGIN
            INSERT INTO dirty (metric, month, day) SELECT m, d.month, d.day FROM edustats.member_days(bulletin, m, members) d;
        EXCEPTION WHEN OTHERS THEN
            RAISE WARNING 'metric "%": the days of % members could not be looked up: %', m, cardinality(members), SQLERRM;
            left_over := true;
        END;
    END LOOP;
    IF left_over THEN
        INSERT INTO dirty (member) SELECT u FROM unnest(members) u;
    END IF;
    INSERT INTO dirty (metric, month, day)
    SELECT t.metric, d.month, d.day FROM metric t CROSS JOIN LATERAL edustats.untracked_days(bulletin, t.metric) d;
    UPDATE metric SET refreshed_at = clock_timestamp(),
        refreshed_day = (SELECT edustats.local_day(now(), timezone) FROM attachment);

    SELECT jsonb_agg(jsonb_build_array(metric, first, last) ORDER BY metric, first) INTO plan
    FROM (SELECT metric, min(day) AS first, max(day) AS last
          FROM (SELECT metric, month, day, day - row_number() OVER (PARTITION BY metric, month ORDER BY day)::integer AS run
                FROM (SELECT DISTINCT metric, month, day FROM dirty) d) r
          GROUP BY metric, month, run) r;
    RETURN coalesce(plan, '[]');
END
$function$;
COMMENT ON FUNCTION edustats.refresh_plan(name) IS
    'The runs of dirty days that a refresh is to compute: [metric, first day, last day]; NULL if another refresh is under way.';

CREATE FUNCTION edustats.lock_attachment(bulletin name) RETURNS boolean
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    locked boolean;
BEGIN
    EXECUTE format('SELECT true FROM %I.attachment FOR UPDATE SKIP LOCKED', bulletin) INTO locked;
    RETURN locked IS NOT NULL;
END
$function$;
COMMENT ON FUNCTION edustats.lock_attachment(name) IS
    'Locks a bulletin for refreshing until the end of the transaction; false if another session holds the lock.';

-- Computes a run of days; where that fails, its days one by one, so that a bad day holds up no other.
CREATE FUNCTION edustats.refresh_run(bulletin name, metric text, first date, last date) RETURNS integer
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    failed integer := 0;
    message text;
BEGIN
    IF NOT edustats.lock_attachment(bulletin) THEN
        RETURN NULL;
    END IF;
    BEGIN
        PERFORM edustats.compute_days(bulletin, metric, first, last);
        RETURN 0;
    EXCEPTION WHEN OTHERS THEN
        message := SQLERRM;
    END;
    IF first < last THEN
        FOR day IN 0 .. last - first LOOP
            failed := failed + edustats.refresh_run(bulletin, metric, first + day, first + day);
        END LOOP;
        RETURN failed;
    END IF;
    EXECUTE format('INSERT INTO %I.refresh_error VALUES ($1, $2, $3, clock_timestamp()) '
                   'ON CONFLICT (metric, day) DO UPDATE SET message = excluded.message, failed_at = excluded.failed_at', bulletin)
        USING metric, first, message;
    RAISE WARNING 'metric "%": % could not be computed and stays dirty: %', metric, first, message;
    RETURN 1;
END
$function$;
COMMENT ON FUNCTION edustats.refresh_run(name, text, date, date) IS
    'Computes a run of days within a month; returns how many failed and stay dirty, NULL if another refresh is under way.';

-- A worker builds and sends whole tallies, which the planner knows nothing of: it takes a start's cost for the rest, too.
CREATE FUNCTION edustats.compute_days(bulletin name, metric text, first date, last date) RETURNS void
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
SET parallel_setup_cost TO 30000
AS $function$
DECLARE
    zone text;
    class_map edustats.tally;
    members bigint;
    tallies edustats.daily_tally[];
BEGIN
    PERFORM set_config('search_path', format('%I, pg_temp', bulletin), true);
    DELETE FROM dirty t WHERE t.metric = compute_days.metric AND t.day BETWEEN first AND last;
    DELETE FROM refresh_error t WHERE t.metric = compute_days.metric AND t.day BETWEEN first AND last;
    DELETE FROM rollup t WHERE t.metric = compute_days.metric AND t.month = edustats.month_of(first) AND t.day BETWEEN first AND last;

    SELECT a.timezone INTO zone FROM attachment a;
    IF EXISTS (SELECT FROM metric m WHERE m.metric = compute_days.metric AND m.member_column IS NOT NULL) THEN
        SELECT edustats.tally_agg(c.member_id, c.class), count(c.member_id) FILTER (WHERE c.class > 0) INTO class_map, members
        FROM member_class c;
        IF edustats.cardinality(class_map) < members THEN       -- their classes would have been added up
            RAISE EXCEPTION USING ERRCODE = 'cardinality_violation',
                MESSAGE = 'member_id is not unique in the source "member"';
        END IF;
    END IF;
    -- Run by itself, and not as a part of the INSERT, the query can use parallel workers.
    EXECUTE edustats.day_query(bulletin, metric, true) INTO tallies
        USING edustats.day_start(first, zone), edustats.day_end(last, zone), class_map;
    INSERT INTO rollup
    SELECT compute_days.metric, edustats.month_of(t.day), t.day, t.class, t.tally
    FROM unnest(tallies) t WHERE t.day BETWEEN first AND last;
    PERFORM edustats.merge_month(metric, edustats.month_of(first));
END
$function$;
COMMENT ON FUNCTION edustats.compute_days(name, text, date, date) IS
    'Takes the days of a run out of the dirty log and computes their rollup from the source.';

CREATE FUNCTION edustats.merge_month(metric text, month date) RETURNS void
LANGUAGE plpgsql
AS $function$
BEGIN
    DELETE FROM rollup_month t WHERE t.metric = merge_month.metric AND t.month = merge_month.month;
    INSERT INTO rollup_month
    SELECT t.metric, t.month, t.class, edustats.total(t.tally), t.tally
    FROM (SELECT r.metric, r.month, r.class, edustats.rollup(r.tally) AS tally
          FROM rollup r
          WHERE r.metric = merge_month.metric AND r.month = merge_month.month
          GROUP BY r.metric, r.month, r.class) t;
END
$function$;
COMMENT ON FUNCTION edustats.merge_month(text, date) IS
    'Merges a metric''s days of a month in the bulletin that the search_path names first.';

-- The planner takes a table that was never analyzed for one of ten pages; the log is mostly empty. Later on, what has
-- changed a little since is not worth reading the whole rollup for: a refresh must not cost more as history grows.
CREATE FUNCTION edustats.analyze_rollup(bulletin name) RETURNS void
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    changed text;
BEGIN
    SELECT string_agg(c.oid::regclass::text, ', ') INTO changed
    FROM pg_class c
    WHERE c.relnamespace = quote_ident(bulletin)::regnamespace
      AND c.relname IN ('dirty', 'metric', 'rollup', 'rollup_month')
      AND (c.reltuples < 0 OR pg_stat_get_mod_since_analyze(c.oid) > 50 + c.reltuples / 10);
    IF changed IS NOT NULL THEN
        EXECUTE 'ANALYZE ' || changed;
    END IF;
END
$function$;
COMMENT ON FUNCTION edustats.analyze_rollup(name) IS
    'Brings the planner''s statistics of a bulletin up to date where much has changed.';

CREATE PROCEDURE edustats.refresh(bulletin name DEFAULT 'bulletin')
LANGUAGE plpgsql
AS $procedure$
DECLARE
    plan jsonb;
    run jsonb;
    failed integer;
    failures integer := 0;
    done integer := 0;
BEGIN
    -- A procedure that commits can have no search_path of its own, so every name here is qualified; what does the work
    -- runs with the owner's rights and a path that is fixed. What was committed between two statements must be seen, so
    -- a session's default of repeatable read does not do.
    IF bulletin IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'bulletin must not be null';
    ELSIF edustats.in_transaction_block() THEN
        RAISE EXCEPTION USING ERRCODE = 'active_sql_transaction',
            MESSAGE = 'edustats.refresh cannot run inside a transaction block',
            DETAIL = 'It commits each run of days by itself.';
    END IF;
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    plan := edustats.as_owner(bulletin, pg_catalog.format('SELECT edustats.refresh_plan(%L)', bulletin))::pg_catalog.jsonb;
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    IF plan IS NULL THEN
        RAISE NOTICE 'bulletin "%": another refresh is under way', bulletin;
        RETURN;
    END IF;
    FOR run IN SELECT pg_catalog.jsonb_array_elements(plan) LOOP
        failed := edustats.as_owner(bulletin, pg_catalog.format('SELECT edustats.refresh_run(%L, %L, %L, %L)', bulletin,
                      run OPERATOR(pg_catalog.->>) 0, run OPERATOR(pg_catalog.->>) 1,
                      run OPERATOR(pg_catalog.->>) 2))::pg_catalog.int4;
        COMMIT;
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        IF failed IS NULL THEN
            RAISE NOTICE 'bulletin "%": another refresh is under way', bulletin;
            RETURN;
        END IF;
        done := done OPERATOR(pg_catalog.+) 1;
        failures := failures OPERATOR(pg_catalog.+) failed;
        RAISE NOTICE 'bulletin "%": % of %: %, % to %', bulletin, done, pg_catalog.jsonb_array_length(plan),
            run OPERATOR(pg_catalog.->>) 0, run OPERATOR(pg_catalog.->>) 1, run OPERATOR(pg_catalog.->>) 2;
    END LOOP;
    PERFORM edustats.as_owner(bulletin, pg_catalog.format('SELECT edustats.analyze_rollup(%L)', bulletin));
    COMMIT;
    IF failures OPERATOR(pg_catalog.>) 0 THEN
        RAISE WARNING 'bulletin "%": % days could not be computed and stay dirty; see refresh_status', bulletin, failures;
    END IF;
END
$procedure$;
COMMENT ON PROCEDURE edustats.refresh(name) IS
    'Computes a bulletin''s dirty days, one run of days in each transaction. Not inside a transaction block. A second refresh at the same time says so and returns; a day that fails stays dirty, see refresh_status.';

-- Marks days by hand: after a write that no trigger saw.
CREATE FUNCTION edustats.mark_invalid(bulletin name, metric text, days daterange) RETURNS void
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    m record;
BEGIN
    PERFORM set_config('search_path', format('%I, pg_temp', bulletin), true);
    IF metric IS NOT NULL AND NOT EXISTS (SELECT FROM metric t WHERE t.metric = mark_invalid.metric) THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('bulletin "%s" has no metric "%s"', bulletin, metric),
            HINT = format('Its metrics stand in %I.metric.', bulletin);
    END IF;
    FOR m IN
        SELECT t.*, a.source AS platform, a.timezone FROM metric t CROSS JOIN attachment a
        WHERE mark_invalid.metric IS NULL OR t.metric = mark_invalid.metric
    LOOP
        EXECUTE format(
            'INSERT INTO dirty (metric, month, day) SELECT %1$L, edustats.month_of(s.day), s.day '
            'FROM (SELECT edustats.local_day(%2$I, %3$L) AS day FROM %4$I.%5$I '
            'WHERE ($2 IS NULL OR %2$I >= $2) AND ($3 IS NULL OR %2$I < $3) '
            'UNION SELECT day FROM rollup WHERE metric = %1$L) s WHERE isfinite(s.day) AND s.day <@ $1',
            m.metric, m.time_column, m.timezone, m.platform, m.source)
            USING days, edustats.day_start(lower(days), m.timezone), edustats.day_end(upper(days) - 1, m.timezone);
    END LOOP;
END
$function$;
COMMENT ON FUNCTION edustats.mark_invalid(name, text, daterange) IS 'The part of invalidate that runs with the rights of the bulletin''s owner.';

CREATE PROCEDURE edustats.invalidate(bulletin name, metric text DEFAULT NULL, days daterange DEFAULT '(,)')
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $procedure$
BEGIN
    IF bulletin IS NULL OR days IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'bulletin and days must not be null';
    END IF;
    PERFORM edustats.as_owner(bulletin, format('SELECT edustats.mark_invalid(%L, %L, %L)', bulletin, metric, days));
END
$procedure$;
COMMENT ON PROCEDURE edustats.invalidate(name, text, daterange) IS
    'Marks days as dirty by hand, after a write that no trigger saw. metric NULL: all metrics; days: local days, all by default.';
