-- attach and detach. What they do with the rights of a bulletin's owner stands in sql/data; here is decided whose rights
-- those are, before anything of anybody's is planned or run.

-- The roles whose code or data a platform's relations consist of: their owners, and those of whatever is beneath them.
CREATE FUNCTION edustats.source_owners(source name, others name[] DEFAULT '{}') RETURNS TABLE (owner regrole, superuser boolean)
LANGUAGE sql STABLE
SET search_path TO pg_catalog, pg_temp
BEGIN ATOMIC
    WITH RECURSIVE beneath AS (
        SELECT 'pg_class'::regclass::oid AS catalog, c.oid
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = source_owners.source AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
          AND (c.relname IN (SELECT t.source FROM edustats.contract t) OR c.relname = ANY (others))
        UNION
        SELECT n.catalog, n.oid
        FROM beneath b
        CROSS JOIN LATERAL (
            SELECT 'pg_class'::regclass::oid, i.inhrelid FROM pg_inherits i WHERE i.inhparent = b.oid
            UNION ALL
            SELECT d.refclassid, d.refobjid     -- planning alone runs what indexes and constraints call
            FROM (SELECT 'pg_rewrite'::regclass AS catalog, r.oid FROM pg_rewrite r WHERE r.ev_class = b.oid
                  UNION ALL SELECT 'pg_class', i.indexrelid FROM pg_index i WHERE i.indrelid = b.oid
                  UNION ALL SELECT 'pg_constraint', c.oid FROM pg_constraint c WHERE c.conrelid = b.oid) o
            JOIN pg_depend d ON d.classid = o.catalog AND d.objid = o.oid
            WHERE d.refclassid IN ('pg_class'::regclass, 'pg_proc'::regclass, 'pg_operator'::regclass)) n(catalog, oid)
        WHERE b.catalog = 'pg_class'::regclass
    )
    SELECT DISTINCT o.oid::regrole, o.rolsuper
    FROM beneath b
    LEFT JOIN pg_class c ON b.catalog = 'pg_class'::regclass AND c.oid = b.oid
    LEFT JOIN pg_operator f ON b.catalog = 'pg_operator'::regclass AND f.oid = b.oid
    LEFT JOIN pg_proc p ON p.oid = CASE b.catalog WHEN 'pg_proc'::regclass THEN b.oid ELSE f.oprcode END
    JOIN pg_roles o ON o.oid = coalesce(c.relowner, p.proowner);
END;
COMMENT ON FUNCTION edustats.source_owners(name, name[]) IS
    'The owners of a platform''s relations, those of the contract and some others, of their partitions and children, and of the relations and functions beneath its views, indexes and constraints.';

CREATE FUNCTION edustats.new_owner(source name, wanted name) RETURNS name
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    ordinary name[] := ARRAY(SELECT r.rolname FROM edustats.source_owners(source) o JOIN pg_roles r ON r.oid = o.owner
                             WHERE NOT o.superuser ORDER BY r.rolname);
    choice name := coalesce(wanted, CASE WHEN NOT (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) OR ordinary = '{}'
                                         THEN current_user ELSE ordinary[1] END);
    superuser boolean := (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = choice);
BEGIN
    IF superuser IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object', MESSAGE = format('role "%s" does not exist', choice);
    ELSIF NOT pg_has_role(choice, 'MEMBER') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege', MESSAGE = format('must be member of role "%s"', choice);
    ELSIF superuser AND ordinary <> '{}' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('a superuser can not own a bulletin over relations of others: they are, or read, those of %s', array_to_string(ordinary, ', ')),
            DETAIL = 'Their code would run with the rights of a superuser.',
            HINT = format('CALL edustats.attach(…, owner => %L).', ordinary[1]);
    ELSIF wanted IS NULL AND choice <> current_user AND cardinality(ordinary) > 1 THEN
        RAISE EXCEPTION USING ERRCODE = 'ambiguous_parameter',
            MESSAGE = format('the relations of "%s" belong to several roles: %s', source, array_to_string(ordinary, ', ')),
            HINT = 'Say with owner => which of them, or which other role that may read them, the bulletin is to belong to.';
    END IF;
    RETURN choice;
END
$function$;
COMMENT ON FUNCTION edustats.new_owner(name, name) IS
    'Whose a new bulletin over a platform is to be: as wanted, or the caller''s; for a superuser, who can''t own one over relations of others, their owner''s.';

-- Who may create in a platform's schema can fill a gap there, or take a relation's place; nobody need have looked at it.
CREATE FUNCTION edustats.foreign_owners(source name, owner name) RETURNS text
LANGUAGE sql STABLE
SET search_path TO pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT CASE WHEN bool_or(r.own) THEN string_agg(DISTINCT r.owner::text, ', ') FILTER (WHERE NOT r.own) END
    FROM (SELECT c.relowner::regrole AS owner,
                 pg_has_role(foreign_owners.owner, c.relowner, 'USAGE') OR pg_has_role(c.relowner, foreign_owners.owner, 'USAGE') AS own
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = foreign_owners.source AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
            AND c.relname IN (SELECT t.source FROM edustats.contract t)) r;
END;
COMMENT ON FUNCTION edustats.foreign_owners(name, name) IS
    'The owners of a platform''s relations who have not a role''s rights, nor it theirs, where other relations are its own; NULL where all are, or none.';

CREATE FUNCTION edustats.create_schemas(source name, bulletin name, owner name) RETURNS regnamespace
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    data name := bulletin || '_data';
    role name := edustats.new_owner(source, owner);
    taken name := (SELECT n.nspname FROM pg_namespace n WHERE n.nspname IN (bulletin, data) ORDER BY 1 LIMIT 1);
BEGIN
    IF octet_length(bulletin) > 58 THEN
        RAISE EXCEPTION USING ERRCODE = 'name_too_long', MESSAGE = 'the bulletin''s name is longer than 58 bytes',
            DETAIL = 'The schema of its data has the same name with "_data" after it.';
    ELSIF taken IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_schema', MESSAGE = format('schema "%s" exists and is no bulletin', taken),
            HINT = format('attach makes the schemas "%s" and "%s"; choose a name for which they are not taken.', bulletin, data);
    ELSIF NOT has_database_privilege(current_database(), 'CREATE') THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('role %I may not create the schema "%s"', current_user, bulletin),
            HINT = format('GRANT CREATE ON DATABASE %I TO %I.', current_database(), current_user);
    END IF;
    EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', bulletin, role);
    EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', data, role);
    RETURN quote_ident(data)::regnamespace;
END
$function$;
COMMENT ON FUNCTION edustats.create_schemas(name, name, name) IS 'Makes the two schemas of a new bulletin, for the role that is to own it.';

-- Brings the schemas' names into line after one was renamed, or dropped, by hand.
CREATE FUNCTION edustats.repair_schemas(data regnamespace, bulletin name) RETURNS regnamespace
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    owner regrole := (SELECT n.nspowner FROM pg_namespace n WHERE n.oid = data);
    wanted name := bulletin || '_data';
BEGIN
    IF NOT pg_has_role(owner, 'USAGE') THEN
        RETURN data;            -- the next step says so
    END IF;
    IF (SELECT n.nspname FROM pg_namespace n WHERE n.oid = data) <> wanted THEN
        EXECUTE format('ALTER SCHEMA %s RENAME TO %I', data, wanted);
    END IF;
    IF to_regnamespace(quote_ident(bulletin)) IS NULL THEN
        EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %s', bulletin, owner);
    END IF;
    RETURN data;
END
$function$;
COMMENT ON FUNCTION edustats.repair_schemas(regnamespace, name) IS
    'Gives the schema of a bulletin''s data its name again, and makes the bulletin''s own where it is gone.';

-- A bulletin is the coordinator's own: where there is Citus, it is not to make, or drop, schemas, views and functions on
-- the workers as well. Elsewhere the setting means nothing.
CREATE PROCEDURE edustats.attach(source name DEFAULT 'platform', bulletin name DEFAULT 'bulletin',
                                 timezone text DEFAULT 'Asia/Shanghai', owner name DEFAULT NULL)
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
SET citus.enable_ddl_propagation TO off
AS $procedure$
DECLARE
    data regnamespace := edustats.data_schema(bulletin);
    others text;
    data_owner name := (SELECT r.rolname FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner WHERE n.oid = data);
BEGIN
    IF bulletin IS NULL OR source IS NULL OR timezone IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'source, bulletin and timezone must not be null';
    ELSIF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION USING ERRCODE = 'active_sql_transaction',
            MESSAGE = 'edustats.attach needs the isolation level read committed',
            DETAIL = 'Rows that are committed while it waits for a lock would be invisible to it.';
    ELSIF bulletin = source THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('the bulletin can not be made in the schema "%s" of its sources', source),
            HINT = 'attach makes schemas for the bulletin; choose a name that is not taken.';
    ELSIF to_regnamespace(quote_ident(source)) IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name', MESSAGE = format('schema "%s" does not exist', source),
            HINT = 'CALL edustats.create_platform makes a platform of empty tables.';
    END IF;
    IF owner IS NULL THEN
        data_owner := coalesce(data_owner, edustats.new_owner(source, NULL));
        others := edustats.foreign_owners(source, data_owner);
    END IF;
    IF others IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'ambiguous_parameter',
            MESSAGE = format('among relations of role "%s" in "%s" there are some of %s', data_owner, source, others),
            DETAIL = 'A bulletin of the former would run the code of the latter with his rights.',
            HINT = format('Say owner => %L, if that is meant.', data_owner);
    ELSIF data IS NULL THEN
        data := edustats.create_schemas(source, bulletin, owner);
    ELSIF owner <> data_owner THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('bulletin "%s" belongs to another role than "%s"', bulletin, owner);
    ELSE
        -- The sources may have come to belong to others since; and data alone, with no bulletin, anybody can have put there.
        PERFORM edustats.new_owner(source, data_owner);
        IF owner IS NULL AND to_regnamespace(quote_ident(bulletin)) IS NULL AND data_owner <> edustats.new_owner(source, NULL) THEN
            RAISE EXCEPTION USING ERRCODE = 'duplicate_schema',
                MESSAGE = format('the data of bulletin "%s" are there, and belong to role "%s"', bulletin, data_owner),
                HINT = format('Say owner => %L, if the bulletin is to be made again for that role; or choose another name.', data_owner);
        END IF;
        data := edustats.repair_schemas(data, bulletin);
    END IF;
    PERFORM edustats.install(data);
    PERFORM edustats.as_owner(data, 'attach', source, bulletin, timezone);
END
$procedure$;
COMMENT ON PROCEDURE edustats.attach(name, name, text, name) IS
    'Makes, or brings up to date, the bulletin of a platform: a schema for readers, and one with "_data" after its name for rollup, log and record. Checks the sources first and reports all that is wrong in one error. timezone: the zone of every day and month. owner: whose a new bulletin is to be; by default the caller''s, for a superuser the owner''s of the sources.';

CREATE PROCEDURE edustats.detach(bulletin name)
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
SET citus.enable_ddl_propagation TO off
SET client_min_messages TO warning          -- no list of all that goes with the schemas
AS $procedure$
DECLARE
    data regnamespace;
    left_over record;
BEGIN
    IF bulletin IS NOT NULL AND edustats.data_schema(bulletin) IS NULL THEN
        -- The data were dropped by hand; the triggers that they left are their tables' owners' to drop.
        FOR left_over IN
            SELECT t.tgname, t.tgrelid::regclass AS relation FROM pg_trigger t
            WHERE t.tgfoid = 'edustats.log_changes'::regproc AND t.tgparentid = 0
              AND t.tgargs = convert_to(bulletin || '_data', getdatabaseencoding()) || '\x00'::bytea
              AND to_regnamespace(quote_ident(bulletin || '_data')) IS NULL
        LOOP
            EXECUTE format('DROP TRIGGER %I ON %s', left_over.tgname, left_over.relation);
        END LOOP;
        IF FOUND THEN
            RETURN;
        END IF;
    END IF;
    data := edustats.existing_data(bulletin);
    PERFORM edustats.install(data);
    PERFORM edustats.as_owner(data, 'detach', bulletin);
END
$procedure$;
COMMENT ON PROCEDURE edustats.detach(name) IS
    'Removes a bulletin: its triggers, and its two schemas with all that is in them; or the triggers of one whose data were dropped by hand. The platform''s data stay.';
