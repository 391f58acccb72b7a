-- refresh and what else is called from time to time. A procedure that commits can have no search_path of its own, so every name in it is qualified.

CREATE PROCEDURE edustats.refresh(bulletin name DEFAULT 'bulletin')
LANGUAGE plpgsql
AS $procedure$
DECLARE
    data pg_catalog.regnamespace := edustats.existing_data(bulletin);
    changed pg_catalog.bool;
    plan pg_catalog.jsonb;
    run pg_catalog.jsonb;
    failed pg_catalog.int4;
    failures pg_catalog.int4 := 0;
    done pg_catalog.int4 := 0;
BEGIN
    IF edustats.in_transaction_block() THEN
        RAISE EXCEPTION USING ERRCODE = 'active_sql_transaction',
            MESSAGE = 'edustats.refresh cannot run inside a transaction block',
            DETAIL = 'It commits each run of days by itself.';
    END IF;
    -- What was committed between two statements must be seen, so a session's default of repeatable read does not do.
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    PERFORM edustats.as_owner(data, 'prepare_refresh');
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    changed := edustats.as_owner(data, 'refresh_kinds')::pg_catalog.bool;
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    IF changed THEN
        PERFORM edustats.as_owner(data, 'refresh_columns', bulletin);
        COMMIT;
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    END IF;
    plan := edustats.as_owner(data, 'plan_refresh');
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    FOR run IN SELECT pg_catalog.jsonb_array_elements(plan) LOOP
        failed := edustats.as_owner(data, 'refresh_run', run OPERATOR(pg_catalog.->>) 0,
                                    (run OPERATOR(pg_catalog.->>) 1)::pg_catalog.date,
                                    (run OPERATOR(pg_catalog.->>) 2)::pg_catalog.date)::pg_catalog.int4;
        COMMIT;
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        EXIT WHEN failed IS NULL;
        done := done OPERATOR(pg_catalog.+) 1;
        failures := failures OPERATOR(pg_catalog.+) failed;
        RAISE NOTICE 'bulletin "%": % of %: %, % to %', bulletin, done, pg_catalog.jsonb_array_length(plan),
            run OPERATOR(pg_catalog.->>) 0, run OPERATOR(pg_catalog.->>) 1, run OPERATOR(pg_catalog.->>) 2;
    END LOOP;
    IF plan IS NULL OR failed IS NULL AND pg_catalog.jsonb_array_length(plan) OPERATOR(pg_catalog.>) 0 THEN
        RAISE NOTICE 'bulletin "%": another refresh is under way', bulletin;
        RETURN;
    END IF;
    changed := edustats.as_owner(data, 'finish_refresh')::pg_catalog.bool;
    COMMIT;
    IF failures OPERATOR(pg_catalog.>) 0 THEN
        RAISE WARNING 'bulletin "%": % days could not be computed and stay dirty; see refresh_status', bulletin, failures;
    END IF;
    IF changed THEN
        CALL edustats.refresh_materialized(bulletin);
    END IF;
END
$procedure$;
COMMENT ON PROCEDURE edustats.refresh(name) IS
    'Computes a bulletin''s dirty days, one run of days in each transaction, and then refreshes its materialized views, if it has any. Not inside a transaction block. A second refresh at the same time says so and returns; a day that fails stays dirty, see refresh_status.';

CREATE PROCEDURE edustats.invalidate(bulletin name, metric text DEFAULT NULL, days daterange DEFAULT '(,)')
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $procedure$
BEGIN
    IF bulletin IS NULL OR days IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'bulletin and days must not be null';
    END IF;
    PERFORM edustats.as_owner(edustats.existing_data(bulletin), 'invalidate', metric, days);
END
$procedure$;
COMMENT ON PROCEDURE edustats.invalidate(name, text, daterange) IS
    'Marks days as dirty by hand, after a write that no trigger saw. metric NULL: all metrics; days: local days, all by default.';

CREATE PROCEDURE edustats.close(bulletin name, metric text DEFAULT NULL, before date DEFAULT NULL)
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $procedure$
BEGIN
    IF NOT isfinite(before) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'before must be a day';
    END IF;
    PERFORM edustats.as_owner(edustats.existing_data(bulletin), 'close', metric, before);
END
$procedure$;
COMMENT ON PROCEDURE edustats.close(name, text, date) IS
    'Makes the days of a metric (NULL: all) before a date final: whatever is written or purged later, they stay as they are, and refresh_status tells of it. They must have been refreshed. before NULL opens them again.';

CREATE PROCEDURE edustats.watch(bulletin name, metric text, relation regclass, time_expression text, margin interval DEFAULT '1 day')
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $procedure$
DECLARE
    days numeric := ceil(extract(epoch FROM margin) / 86400);
BEGIN
    IF bulletin IS NULL OR metric IS NULL OR relation IS NULL OR margin IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'bulletin, metric, relation and margin must not be null';
    ELSIF days NOT BETWEEN 0 AND 1000 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'margin must be between 0 and 1000 days';
    END IF;
    PERFORM edustats.as_owner(edustats.existing_data(bulletin), 'watch', metric, relation, time_expression, days::integer);
END
$procedure$;
COMMENT ON PROCEDURE edustats.watch(name, text, regclass, text, interval) IS
    'For a metric whose source can''t be seen through, sessions derived from a log''s gaps, say: a write to the table makes its day, and so many around it, dirty. time_expression: SQL over the table''s columns that says when a row is; NULL ends it.';

CREATE PROCEDURE edustats.suspend(bulletin name)
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $procedure$
BEGIN
    PERFORM edustats.as_owner(edustats.existing_data(bulletin), 'suspend', bulletin);
END
$procedure$;
COMMENT ON PROCEDURE edustats.suspend(name) IS
    'Takes away what stands in the way of ALTER TABLE on the platform''s tables: the bulletin''s views, and the platform''s views that it reads. Rollup and settings stay; resume brings the views back.';

CREATE PROCEDURE edustats.resume(bulletin name)
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $procedure$
DECLARE
    data regnamespace := edustats.existing_data(bulletin);
BEGIN
    PERFORM edustats.install(data);
    PERFORM edustats.as_owner(data, 'resume', bulletin);
END
$procedure$;
COMMENT ON PROCEDURE edustats.resume(name) IS
    'Ends suspend: makes the views again, but for those that are there, and marks what may have changed meanwhile.';
