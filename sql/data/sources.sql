-- What a platform offers, and whether it can be read and tracked.

CREATE OR REPLACE FUNCTION this_schema() RETURNS regnamespace
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN quote_ident(current_schema())::regnamespace;
END
$function$;
COMMENT ON FUNCTION this_schema() IS 'The schema of the bulletin''s data.';

-- Looked up without any right on the schema, which a reader of the bulletin need not have.
CREATE OR REPLACE FUNCTION find_relation(schema name, relation text) RETURNS regclass
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN (SELECT c.oid
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = schema AND c.relname = relation AND c.relkind IN ('r', 'p', 'v', 'm', 'f'));
END
$function$;
COMMENT ON FUNCTION find_relation(name, text) IS 'A table, view or foreign table of a schema; NULL where there is none.';

CREATE OR REPLACE FUNCTION missing_sources(source name, relations text[]) RETURNS text[]
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT ARRAY(SELECT r FROM unnest(relations) r WHERE find_relation(source, r) IS NULL)
$function$;
COMMENT ON FUNCTION missing_sources(name, text[]) IS 'Those of some relations that a platform does not have.';

-- A relation and everything below it: partitions, partitions of partitions, inheritance children.
CREATE OR REPLACE FUNCTION relation_tree(root regclass) RETURNS SETOF regclass
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN QUERY
    WITH RECURSIVE tree AS (
        SELECT root::oid AS relid
        UNION
        SELECT i.inhrelid FROM tree t JOIN pg_inherits i ON i.inhparent = t.relid AND NOT i.inhdetachpending
    )
    SELECT relid::regclass FROM tree;
END
$function$;
COMMENT ON FUNCTION relation_tree(regclass) IS 'A relation, its partitions and its inheritance children, at every level.';

CREATE OR REPLACE FUNCTION type_fits(type oid, wanted text) RETURNS boolean
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
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
    FROM base b WHERE b.typtype <> 'd'
$function$;
COMMENT ON FUNCTION type_fits(oid, text) IS 'Is a column''s type, or the type beneath its domain, what the contract wants?';

-- Citus sends what is written to the workers, and no trigger on the coordinator sees it. Its catalogue is not there
-- where it is not installed, so no statement can name it that is parsed before it runs.
CREATE OR REPLACE FUNCTION citus_table(relation regclass) RETURNS regclass
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    part regclass;
BEGIN
    IF to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL THEN
        EXECUTE 'SELECT p.logicalrelid FROM relation_tree($1) r(relid) JOIN pg_dist_partition p ON p.logicalrelid = r.relid LIMIT 1'
            INTO part USING relation;
    END IF;
    RETURN part;
END
$function$;
COMMENT ON FUNCTION citus_table(regclass) IS
    'The relation, or one of its parts, that Citus distributes, replicates or manages; NULL where there is none.';

-- The privilege TRIGGER does not suffice: only the owner may make a trigger fire always, and drop it again.
CREATE OR REPLACE FUNCTION track_problem(relation regclass) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN (
        SELECT coalesce(CASE WHEN t.materialized THEN format('%s is a materialized view', relation) END,
                        (SELECT format('%s is a part of %s', relation, i.inhparent::regclass) FROM pg_inherits i WHERE i.inhrelid = relation LIMIT 1),
                        t.foreigns[1]::text || ' is a foreign table', citus_table(relation)::text || ' is a table of Citus',
                        CASE WHEN t.others <> '{}' THEN format('role %I does not own %s', current_user, t.others[1]) END)
        FROM (SELECT bool_or(c.relkind = 'm') AS materialized, array_agg(r.relid) FILTER (WHERE c.relkind = 'f') AS foreigns,
                     array_agg(r.relid) FILTER (WHERE NOT pg_has_role(c.relowner, 'USAGE')) AS others
              FROM relation_tree(relation) r(relid) JOIN pg_class c ON c.oid = r.relid) t);
END
$function$;
COMMENT ON FUNCTION track_problem(regclass) IS 'Why writes to a relation can''t be seen by triggers, as a phrase; NULL where they can.';

-- Reads no row, but has the server check the rights on everything beneath a view, and row-level security. Whatever goes
-- wrong is what is asked for, so every error is meant.
CREATE OR REPLACE FUNCTION read_problem(relation regclass, columns name[]) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
SET row_security TO off
AS $function$
BEGIN
    EXECUTE format('SELECT %s FROM %s LIMIT 0', (SELECT string_agg(quote_ident(c), ', ') FROM unnest(columns) c), relation);
    RETURN NULL;
EXCEPTION
    WHEN lock_not_available OR deadlock_detected OR out_of_memory THEN
        RAISE;                  -- nothing about the relation
    WHEN OTHERS THEN
        RETURN format('%s can not be read: %s', relation, SQLERRM);
END
$function$;
COMMENT ON FUNCTION read_problem(regclass, name[]) IS
    'Why columns of a relation can''t be read in full by the current role; NULL where they can.';

-- What is looked up has a key that must be unique. Where no index of the platform's sees to that, the query does: what is
-- there twice is an error that names it, and never counted twice.
CREATE OR REPLACE FUNCTION only_once(copies bigint, relation text, key text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path FROM CURRENT
AS $function$
BEGIN
    IF copies > 1 AND key IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'cardinality_violation',
            MESSAGE = format('%s has the key %s %s times', relation, key, copies),
            HINT = 'Make the view that the bulletin reads have each key once.';
    END IF;
    RETURN true;
END
$function$;
COMMENT ON FUNCTION only_once(bigint, text, text) IS 'True; an error that names a key which is there more than once.';
GRANT EXECUTE ON FUNCTION only_once(bigint, text, text) TO PUBLIC;

CREATE OR REPLACE FUNCTION lookup_query(source name, relation name, key name, columns name[]) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    list text := (SELECT string_agg(format('s.%I', c), ', ') FROM unnest(columns) c);
BEGIN
    IF edustats.is_unique(find_relation(source, relation), key) THEN
        RETURN format('SELECT %s FROM %I.%I s', list, source, relation);
    END IF;
    RETURN format('SELECT %1$s FROM (SELECT %1$s, count(*) OVER (PARTITION BY s.%2$I) AS copies FROM %3$I.%4$I s) s '
                  'WHERE %6$I.only_once(s.copies, %5$L, s.%2$I::text)', list, key, source, relation,
                  format('%I.%I', source, relation), current_schema());
END
$function$;
COMMENT ON FUNCTION lookup_query(name, name, name, name[]) IS 'The query of a look-up''s view.';

-- Every column that is to be there: the contract's, and those that metrics of the user's own name.
CREATE OR REPLACE FUNCTION source_problems(source name) RETURNS SETOF text
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    WITH wanted_column AS (
        SELECT c.source, c.column_name, c.type, NULL::text AS metric FROM edustats.contract c
        UNION ALL
        SELECT m.source, v.column_name, v.type, m.metric
        FROM metric m
        CROSS JOIN LATERAL (VALUES
            (m.time_column, 'timestamptz'), (m.key_column, 'integer'),
            (m.weight_column, 'integer'), (m.member_column, 'integer')) v(column_name, type)
        WHERE v.column_name IS NOT NULL AND NOT EXISTS (      -- not what comes along, of which the contract speaks
            SELECT FROM edustats.metric c
            WHERE (c.metric, c.source, c.time_column, c.key_column, c.weight_column, c.member_column)
                  IS NOT DISTINCT FROM (m.metric, m.source, m.time_column, m.key_column, m.weight_column, m.member_column))
    ), relation AS (
        SELECT w.source AS name, find_relation(source_problems.source, w.source) AS oid
        FROM (SELECT DISTINCT w.source FROM wanted_column w) w
    ), wanted AS (
        SELECT r.name, r.oid, w.column_name, w.type, w.metric, a.attname, a.atttypid, a.atttypmod
        FROM relation r
        JOIN wanted_column w ON w.source = r.name
        LEFT JOIN pg_attribute a ON a.attrelid = r.oid AND a.attname = w.column_name AND a.attnum > 0 AND NOT a.attisdropped
        WHERE r.oid IS NOT NULL
    ), problem AS (
        SELECT name, ''::name AS column_name, format('relation %I.%I does not exist', source, name) AS text
        FROM relation WHERE oid IS NULL AND name IN ('district', 'member')
        UNION ALL
        SELECT name, '', read_problem(oid, array_agg(DISTINCT attname))
        FROM wanted WHERE attname IS NOT NULL GROUP BY name, oid
        UNION ALL
        SELECT name, column_name,
            CASE WHEN attname IS NULL THEN format('column %I.%I.%I does not exist', source, name, column_name)
                 ELSE format('column %I.%I.%I is of type %s, not %s', source, name, column_name,
                             format_type(atttypid, atttypmod), type)
            END || coalesce(' (metric ' || metric || ')', '')
        FROM wanted WHERE attname IS NULL OR NOT type_fits(atttypid, type)
    )
    SELECT text FROM problem WHERE text IS NOT NULL ORDER BY name, column_name, text
$function$;
COMMENT ON FUNCTION source_problems(name) IS
    'Everything in a platform''s schema that keeps attach from using it, a line each. A relation other than district and member may be missing.';

-- Raises one error that lists all that is wrong.
CREATE OR REPLACE FUNCTION check_sources(source name, bulletin name, timezone text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    problems text[] := '{}';
    hints text[] := '{}';
BEGIN
    IF NOT EXISTS (SELECT FROM pg_timezone_names z WHERE lower(z.name) = lower(timezone)) THEN
        problems := problems || format('time zone "%s" does not exist', timezone);
        hints := hints || 'Time zones stand in pg_timezone_names.'::text;
    END IF;
    IF NOT has_schema_privilege(source, 'USAGE') THEN
        problems := problems || format('role %I may not use the schema "%s"', current_user, source);
        hints := hints || format('GRANT USAGE ON SCHEMA %I TO %I.', source, current_user);
    ELSIF EXISTS (SELECT FROM source_problems(source)) THEN
        problems := problems || ARRAY(SELECT source_problems(source));
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
COMMENT ON FUNCTION check_sources(name, name, text) IS
    'Raises one error that lists everything of a platform that keeps attach from using it.';
