-- What attach checks before it makes anything, and what it finds out about sources.

-- A schema with a copy of a rollup is no attachment, nor is a bulletin half restored.
CREATE VIEW edustats.attachment AS
SELECT n.nspname AS bulletin, n.nspowner::regrole AS owner
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relname = 'rollup' AND c.relkind = 'r'
  AND a.attname = 'tally' AND a.atttypid = 'edustats.tally'::regtype AND NOT a.attisdropped
  AND (SELECT count(*) FROM pg_class t
       WHERE t.relnamespace = n.oid AND t.relkind = 'r'
         AND t.relname IN ('attachment', 'metric', 'rollup_month', 'dirty', 'refresh_error')) = 5;
COMMENT ON VIEW edustats.attachment IS
    'The attachments of this database, found by the tables that attach makes. What each is attached to stands in its own table "attachment".';
COMMENT ON COLUMN edustats.attachment.bulletin IS 'Schema of the bulletin.';
COMMENT ON COLUMN edustats.attachment.owner IS 'Role that owns it, and with whose rights it is refreshed.';
GRANT SELECT ON edustats.attachment TO PUBLIC;

-- Looked up without any right on the schema, which a reader of the bulletin need not have.
CREATE FUNCTION edustats.find_relation(schema name, relation text) RETURNS regclass
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT c.oid::regclass
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = schema AND c.relname = relation AND c.relkind IN ('r', 'p', 'v', 'm', 'f');
END;
COMMENT ON FUNCTION edustats.find_relation(name, text) IS
    'A table, view or foreign table of a schema; NULL where there is none.';

-- A relation and everything below it: partitions, partitions of partitions, inheritance children.
CREATE FUNCTION edustats.relation_tree(root regclass) RETURNS SETOF regclass
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH RECURSIVE tree AS (
        SELECT root::oid AS relid
        UNION ALL
        SELECT i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.relid AND NOT i.inhdetachpending
    )
    SELECT relid::regclass FROM tree;
END;
COMMENT ON FUNCTION edustats.relation_tree(regclass) IS 'A relation, its partitions and its inheritance children, at every level.';

CREATE FUNCTION edustats.relation_roots(relation oid) RETURNS SETOF regclass
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    WITH RECURSIVE tree AS (
        SELECT relation AS relid
        UNION
        SELECT i.inhparent FROM tree t JOIN pg_inherits i ON i.inhrelid = t.relid
    )
    SELECT relid::regclass FROM tree;
END;
COMMENT ON FUNCTION edustats.relation_roots(oid) IS 'A relation, and what it is a partition or an inheritance child of, at every level.';

CREATE FUNCTION edustats.type_fits(type oid, wanted text) RETURNS boolean
LANGUAGE sql STABLE
BEGIN ATOMIC
    WITH RECURSIVE base AS (
        SELECT t.oid, t.typtype, t.typbasetype, t.typcategory FROM pg_type t WHERE t.oid = type
        UNION ALL
        SELECT t.oid, t.typtype, t.typbasetype, t.typcategory
        FROM base b JOIN pg_type t ON b.typtype = 'd' AND t.oid = b.typbasetype
    )
    SELECT CASE wanted
        WHEN 'integer' THEN b.oid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
        WHEN 'text' THEN b.typcategory = 'S'
        ELSE b.oid = wanted::regtype
    END
    FROM base b WHERE b.typtype <> 'd';
END;
COMMENT ON FUNCTION edustats.type_fits(oid, text) IS 'Is a column''s type, or the type beneath its domain, what the contract wants?';

-- Citus sends what is written to the workers, and no trigger on the coordinator sees it. Its catalogue is not there
-- where it is not installed, so no statement can name it that is parsed before it runs.
CREATE FUNCTION edustats.citus_table(relation regclass) RETURNS regclass
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    part regclass;
BEGIN
    IF to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL THEN
        EXECUTE 'SELECT p.logicalrelid FROM edustats.relation_tree($1) r(relid) JOIN pg_dist_partition p ON p.logicalrelid = r.relid '
                'LIMIT 1' INTO part USING relation;
    END IF;
    RETURN part;
END
$function$;
COMMENT ON FUNCTION edustats.citus_table(regclass) IS
    'The relation, or one of its parts, that Citus distributes, replicates or manages; NULL where there is none.';

-- The TRIGGER privilege does not suffice: only the owner may make a trigger fire always, and drop it again.
CREATE FUNCTION edustats.track_problem(relation regclass) RETURNS text
LANGUAGE sql STABLE
SET search_path TO pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT CASE
        WHEN c.relkind IN ('v', 'm') THEN format('%s is a view', relation)
        WHEN c.relkind = 'f' THEN format('%s is a foreign table', relation)
        WHEN f.relid IS NOT NULL THEN format('its part %s is a foreign table', f.relid)
        WHEN s.srrelid IS NOT NULL THEN format('%s is filled by logical replication', s.srrelid::regclass)
        WHEN d.relid IS NOT NULL THEN format('%s is a table of Citus', d.relid)
        WHEN t.relid IS NOT NULL THEN format('role %I does not own %s', current_user, t.relid)
    END
    FROM pg_class c
    LEFT JOIN LATERAL (
        SELECT r.relid FROM edustats.relation_tree(relation) r(relid) JOIN pg_class k ON k.oid = r.relid
        WHERE k.relkind = 'f' LIMIT 1) f ON true
    LEFT JOIN LATERAL (
        SELECT p.srrelid FROM edustats.relation_tree(relation) r(relid) JOIN pg_subscription_rel p ON p.srrelid = r.relid
        LIMIT 1) s ON true
    CROSS JOIN LATERAL (SELECT edustats.citus_table(relation) AS relid) d
    LEFT JOIN LATERAL (
        SELECT r.relid FROM edustats.relation_tree(relation) r(relid) JOIN pg_class k ON k.oid = r.relid
        WHERE NOT pg_has_role(k.relowner, 'USAGE') LIMIT 1) t ON true
    WHERE c.oid = relation;
END;
COMMENT ON FUNCTION edustats.track_problem(regclass) IS
    'Why writes to a relation can''t be seen by triggers, as a phrase; NULL where they can.';

-- Every column that is to be there: the contract's, and those that the user's own metrics name.
CREATE VIEW edustats.wanted_column AS
SELECT source, column_name, type, NULL::text AS metric FROM edustats.contract
UNION ALL
SELECT m.source, v.column_name, v.type, m.metric
FROM edustats.metric m
CROSS JOIN LATERAL (VALUES
    (m.time_column, 'timestamptz'), (m.key_column, 'integer'),
    (m.weight_column, 'integer'), (m.member_column, 'integer')) v(column_name, type)
WHERE v.column_name IS NOT NULL AND NOT m.builtin;
COMMENT ON VIEW edustats.wanted_column IS
    'Columns that attach checks: the contract''s, and those that the user''s own metrics name.';
COMMENT ON COLUMN edustats.wanted_column.source IS 'Relation of the platform''s schema.';
COMMENT ON COLUMN edustats.wanted_column.column_name IS 'Column of it.';
COMMENT ON COLUMN edustats.wanted_column.type IS 'What the column must be, as in edustats.contract.';
COMMENT ON COLUMN edustats.wanted_column.metric IS 'Metric that names the column; NULL for a column of the contract.';
GRANT SELECT ON edustats.wanted_column TO PUBLIC;

-- Reads no row, but has the server check the rights on everything beneath a view, and row-level security.
CREATE FUNCTION edustats.read_problem(relation regclass, columns name[]) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
SET row_security TO off
AS $function$
BEGIN
    EXECUTE format('SELECT %s FROM %s LIMIT 0', (SELECT string_agg(quote_ident(c), ', ') FROM unnest(columns) c), relation);
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RETURN format('%s can not be read: %s', relation, SQLERRM);
END
$function$;
COMMENT ON FUNCTION edustats.read_problem(regclass, name[]) IS
    'Why columns of a relation can''t be read in full by the current role; NULL where they can.';

CREATE FUNCTION edustats.source_problems(source name) RETURNS SETOF text
LANGUAGE sql STABLE
SET search_path TO pg_catalog, pg_temp
BEGIN ATOMIC
    WITH relation AS (
        SELECT w.source AS name, edustats.find_relation(source_problems.source, w.source) AS oid
        FROM (SELECT DISTINCT w.source FROM edustats.wanted_column w) w
    ), wanted AS (
        SELECT r.name, r.oid, w.column_name, w.type, w.metric, a.attname, a.atttypid, a.atttypmod
        FROM relation r
        JOIN edustats.wanted_column w ON w.source = r.name
        LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attname = w.column_name AND a.attnum > 0 AND NOT a.attisdropped
        WHERE r.oid IS NOT NULL
    ), problem AS (
        SELECT name, ''::name AS column_name, format('relation %I.%I does not exist', source, name) AS text
        FROM relation WHERE oid IS NULL AND name IN ('district', 'member')
        UNION ALL
        SELECT name, '', edustats.read_problem(oid, array_agg(DISTINCT attname))
        FROM wanted WHERE attname IS NOT NULL GROUP BY name, oid
        UNION ALL
        SELECT name, column_name,
            CASE WHEN attname IS NULL THEN format('column %I.%I.%I does not exist', source, name, column_name)
                 ELSE format('column %I.%I.%I is of type %s, not %s', source, name, column_name,
                             format_type(atttypid, atttypmod), type)
            END || coalesce(' (metric ' || metric || ')', '')
        FROM wanted WHERE attname IS NULL OR NOT edustats.type_fits(atttypid, type)
    )
    SELECT text FROM problem WHERE text IS NOT NULL ORDER BY name, column_name, text;
END;
COMMENT ON FUNCTION edustats.source_problems(name) IS
    'Everything in a platform''s schema that keeps attach from using it, a line each. A relation other than district and member may be missing.';

-- Raises one error that lists all that is wrong.
CREATE FUNCTION edustats.check_attach(source name, bulletin name, timezone text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    problems text[] := '{}';
    hints text[] := '{}';
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION USING ERRCODE = 'active_sql_transaction',
            MESSAGE = 'edustats.attach needs the isolation level read committed',
            DETAIL = 'Rows that are committed while it waits for a lock would be invisible to it.';
    END IF;
    IF bulletin IS NULL OR source IS NULL OR timezone IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'source, bulletin and timezone must not be null';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_timezone_names z WHERE lower(z.name) = lower(timezone)) THEN
        problems := problems || format('time zone "%s" does not exist', timezone);
        hints := hints || 'Time zones stand in pg_timezone_names.'::text;
    END IF;
    IF bulletin = source THEN
        problems := problems || format('the bulletin can not be made in the schema "%s" of its sources', source);
        hints := hints || 'attach makes a schema for the bulletin; choose a name that is not taken.'::text;
    ELSIF to_regnamespace(quote_ident(bulletin)) IS NOT NULL
        AND NOT EXISTS (SELECT FROM edustats.attachment a WHERE a.bulletin = check_attach.bulletin) THEN
        problems := problems || format('schema "%s" exists and is no bulletin', bulletin);
        hints := hints || 'attach makes a schema for the bulletin; choose a name that is not taken.'::text;
    ELSIF to_regnamespace(quote_ident(bulletin)) IS NULL
        AND NOT has_database_privilege(current_database(), 'CREATE') THEN
        problems := problems || format('role %I may not create the schema "%s"', current_user, bulletin);
        hints := hints || format('GRANT CREATE ON DATABASE %I TO %I.', current_database(), current_user);
    END IF;
    IF to_regnamespace(quote_ident(source)) IS NULL THEN
        problems := problems || format('schema "%s" does not exist', source);
        hints := hints || 'CALL edustats.create_platform makes a platform of empty tables.'::text;
    ELSIF NOT has_schema_privilege(source, 'USAGE') THEN
        problems := problems || format('role %I may not use the schema "%s"', current_user, source);
        hints := hints || format('GRANT USAGE ON SCHEMA %I TO %I.', source, current_user);
    ELSIF EXISTS (SELECT FROM edustats.source_problems(source)) THEN
        problems := problems || ARRAY(SELECT edustats.source_problems(source));
        hints := hints || 'What a platform offers stands in edustats.contract; views can rename, cast and join.'::text;
    END IF;
    IF cardinality(problems) > 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('can not attach bulletin "%s" to platform "%s"', bulletin, source),
            DETAIL = array_to_string(problems, E'\n'),
            HINT = array_to_string(hints, E'\n');
    END IF;
END
$function$;
COMMENT ON FUNCTION edustats.check_attach(name, name, text) IS 'Raises one error that lists everything that keeps attach from working.';
