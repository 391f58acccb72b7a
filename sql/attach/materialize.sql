-- Materialized views of a bulletin's documented views. A refresh beside readers needs a temporary table, which nobody may make in a
-- security-restricted operation: so the procedure runs REFRESH itself, and PostgreSQL runs the query with the rights of their owner.

-- Which they are, read off the catalogs: they read the functions that were made for them, wherever they are and whatever they are called now.
CREATE FUNCTION edustats.materialized_views(data regnamespace) RETURNS TABLE (name text, view regclass, schema name, relation name, populated boolean)
LANGUAGE sql STABLE
SET search_path TO pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT DISTINCT substr(p.proname, 14), c.oid::regclass, n.nspname, c.relname, c.relispopulated
    FROM pg_namespace o
    JOIN pg_proc p ON p.pronamespace = o.oid AND p.proowner = o.nspowner AND starts_with(p.proname, 'materialized_') AND p.pronargs = 0
    JOIN pg_depend d ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = p.oid AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite r ON r.oid = d.objid
    JOIN pg_class c ON c.oid = r.ev_class AND c.relkind = 'm' AND c.relowner = o.nspowner
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE o.oid = materialized_views.data;
END;
COMMENT ON FUNCTION edustats.materialized_views(regnamespace) IS
    'The materialized views of the bulletin with some schema of data, with the name of the view that each is of, and whether it has been filled.';

CREATE PROCEDURE edustats.materialize(bulletin name, "into" name)
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
SET citus.enable_ddl_propagation TO off
AS $procedure$
DECLARE
    data regnamespace := edustats.existing_data(bulletin);
    owner regrole := (SELECT n.nspowner FROM pg_namespace n WHERE n.oid = data);
    present regrole := (SELECT n.nspowner FROM pg_namespace n WHERE n.nspname = "into");
BEGIN
    IF "into" IN (SELECT unnest(ARRAY[a.bulletin, a.data]) FROM edustats.attachment a) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('the schema "%s" is a bulletin''s', "into"),
            HINT = 'Choose another one, or a name that is not taken.';
    ELSIF present <> owner THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('the schema "%s" belongs to role %s, and the bulletin to %s', "into", present, owner),
            HINT = 'Choose another one, or a name that is not taken.';
    ELSIF present IS NULL AND "into" IS NOT NULL THEN
        IF NOT pg_has_role(owner, 'USAGE') THEN
            RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('must have the rights of role "%s"', owner);
        ELSIF NOT has_database_privilege(current_database(), 'CREATE') THEN
            RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('role %I may not create the schema "%s"', current_user, "into"),
                HINT = format('GRANT CREATE ON DATABASE %I TO %I.', current_database(), current_user);
        END IF;
        EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %s', "into", owner);
    END IF;
    PERFORM edustats.install(data);
    PERFORM edustats.as_owner(data, 'materialize', bulletin, "into", present IS NULL);
END
$procedure$;
COMMENT ON PROCEDURE edustats.materialize(name, name) IS
    'Makes, in a schema, a materialized view of each documented view of a bulletin, with its name, columns and comments, a unique index, and for those who can read them all; the schema, if it is not there, is made for the bulletin''s owner. refresh and attach keep them up to date. NULL instead of a schema drops them. Errors for a schema of others (insufficient_privilege), of a bulletin or its platform (invalid_parameter_value), in which one of the names is taken (duplicate_table), or where there are such views of the bulletin already (duplicate_schema).';

CREATE PROCEDURE edustats.refresh_materialized(bulletin name DEFAULT 'bulletin')
LANGUAGE plpgsql
AS $procedure$
DECLARE
    data pg_catalog.regnamespace := edustats.existing_data(bulletin);
    names pg_catalog.jsonb;
    v pg_catalog.record;
    failed pg_catalog.bool := false;
    done pg_catalog.int4 := 0;
    present pg_catalog.int8;
BEGIN
    IF edustats.in_transaction_block() THEN
        RAISE EXCEPTION USING ERRCODE = 'active_sql_transaction',
            MESSAGE = 'edustats.refresh_materialized cannot run inside a transaction block',
            DETAIL = 'It reads all views under one snapshot of its own.';
    END IF;
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;        -- so that they agree with each other
    names := edustats.as_owner(data, 'plan_materialized', bulletin);
    IF names IS NULL THEN
        RAISE NOTICE 'bulletin "%": another refresh is under way', bulletin;
        COMMIT;
        RETURN;
    END IF;
    FOR v IN SELECT m.* FROM edustats.materialized_views(data) m WHERE names OPERATOR(pg_catalog.?) m.name ORDER BY m.name LOOP
        BEGIN
            EXECUTE pg_catalog.format('REFRESH MATERIALIZED VIEW %s %I.%I', CASE WHEN v.populated THEN 'CONCURRENTLY' END, v.schema, v.relation);
            done := done OPERATOR(pg_catalog.+) 1;
        EXCEPTION
            WHEN lock_not_available OR deadlock_detected OR serialization_failure OR insufficient_resources THEN
                RAISE;
            WHEN OTHERS THEN
                failed := true;
                RAISE WARNING 'materialized view % stays as it is: %', v.view, SQLERRM;
        END;
    END LOOP;
    PERFORM edustats.as_owner(data, 'finish_materialized', failed);
    present := (SELECT pg_catalog.count(*) FROM edustats.materialized_views(data));
    COMMIT;
    IF present OPERATOR(pg_catalog.>) 0 THEN
        RAISE NOTICE 'bulletin "%": % of % materialized views refreshed', bulletin, done, present;
    END IF;
END
$procedure$;
COMMENT ON PROCEDURE edustats.refresh_materialized(name) IS
    'Refreshes those materialized views of a bulletin in which something has changed, beside their readers, all under one snapshot and in one transaction, as refresh does at its end. Not inside a transaction block. One that can''t be computed stays as it is, with a warning.';
