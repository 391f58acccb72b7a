-- Which views of a bulletin there are and who may read them; how they are dropped, and brought up to date.

-- All views that attach makes, as they are now, by name.
CREATE OR REPLACE FUNCTION our_views(source name, bulletin name)
RETURNS TABLE (view regclass, schema name, name text, missing text[], key text[])
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN QUERY
    WITH block AS MATERIALIZED (SELECT * FROM section_blocks())
    SELECT to_regclass(format('%I.%I', v.schema, v.name)), v.schema, v.name, v.missing, v.key
    FROM (SELECT current_schema() AS schema, 'opening' AS name, '{}'::text[] AS missing, NULL::text[] AS key
          UNION ALL SELECT bulletin, h.name, '{}', h.key
                    FROM (VALUES ('headline', ARRAY['month', 'metric']), ('narrative', ARRAY['month', 'section', 'paragraph'])) h(name, key)
          UNION ALL SELECT current_schema(), k.relation, missing_sources(source, ARRAY[k.relation::text]), NULL FROM lookups() k
          UNION ALL SELECT CASE b.kind WHEN 'view' THEN bulletin ELSE current_schema() END, b.view,
                           missing_sources(source, b.requires), b.key FROM block b WHERE b.spoken
          UNION ALL SELECT DISTINCT current_schema(), b.view, ARRAY['its language'], NULL::text[] FROM block b
                    WHERE b.view NOT IN (SELECT s.view FROM block s WHERE s.spoken)
          UNION ALL SELECT current_schema(), b.view || '_computed', missing_sources(source, b.requires), NULL
                    FROM block b WHERE b.kind = 'kept') v;
END
$function$;
COMMENT ON FUNCTION our_views(name, name) IS
    'The views that attach makes, each where there is one, and what is missing for it: relations of the platform, or its language. key: the columns that tell the rows of a documented view from each other, NULLs being equal.';

-- In one statement, so that no order is needed; a view of the user's own that depends on them makes an error.
CREATE OR REPLACE FUNCTION drop_views(views regclass[]) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    list text := (SELECT string_agg(v::text, ', ') FROM unnest(views) v WHERE v IS NOT NULL);
    functions text := (
        SELECT string_agg(p.oid::regprocedure::text, ', ')
        FROM pg_class c JOIN pg_proc p ON p.pronamespace = c.relnamespace AND p.proname = c.relname AND p.prorettype = c.reltype
        WHERE c.oid = ANY (views) AND p.pronargs = 1 AND p.proargtypes[0] = 'daterange'::regtype AND p.proowner = c.relowner);
BEGIN
    IF functions IS NOT NULL THEN
        EXECUTE 'DROP FUNCTION ' || functions;
    END IF;
    IF list IS NOT NULL THEN
        EXECUTE 'DROP VIEW ' || list;
    END IF;
END
$function$;
COMMENT ON FUNCTION drop_views(regclass[]) IS 'Drops views, and the functions of days that have their rows.';

CREATE OR REPLACE FUNCTION grant_text(privilege text, object text, grantee oid, grantable boolean) RETURNS text
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT format('GRANT %s ON %s TO %s%s', privilege, object, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
                  CASE WHEN grantable THEN ' WITH GRANT OPTION' ELSE '' END)
$function$;
COMMENT ON FUNCTION grant_text(text, text, oid, boolean) IS 'The statement that grants a privilege again.';

CREATE OR REPLACE FUNCTION view_grants(source name, bulletin name) RETURNS text[]
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT ARRAY(
    SELECT grant_text(a.privilege_type, format('%I.%I', v.schema, v.name), a.grantee, a.is_grantable)
    FROM our_views(source, bulletin) v
    JOIN pg_class c ON c.oid = v.view
    CROSS JOIN LATERAL aclexplode(c.relacl) a
    WHERE a.grantee <> c.relowner AND v.missing = '{}')
$function$;
COMMENT ON FUNCTION view_grants(name, name) IS 'The statements that grant again what is granted on the bulletin''s views.';

CREATE OR REPLACE FUNCTION grant_again(grants text[]) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    command text;
BEGIN
    FOREACH command IN ARRAY coalesce(grants, '{}') LOOP
        EXECUTE command;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION grant_again(text[]) IS 'Runs the statements that view_grants has made.';

CREATE OR REPLACE FUNCTION readers_of(relations regclass[]) RETURNS SETOF oid
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT a.grantee
    FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
    WHERE c.oid = ANY (relations) AND a.privilege_type = 'SELECT' AND a.grantee <> c.relowner
    GROUP BY a.grantee
    HAVING count(DISTINCT c.oid) = cardinality(relations)
$function$;
COMMENT ON FUNCTION readers_of(regclass[]) IS 'The roles, 0 is everybody, that have been granted SELECT on all of some relations.';

CREATE OR REPLACE FUNCTION readers(source name, bulletin name) RETURNS SETOF oid
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT readers_of(ARRAY(SELECT v.view FROM our_views(source, bulletin) v WHERE v.schema = bulletin AND v.view IS NOT NULL))
$function$;
COMMENT ON FUNCTION readers(name, name) IS 'The roles, 0 is everybody, that have been granted SELECT on all documented views of a bulletin that there are.';

-- Replaces the views in place, which keeps who may read them. A column whose type or name has changed can't be replaced:
-- then all views are made anew, and what was granted on them is granted again. Who could read all the others reads what is new.
CREATE OR REPLACE FUNCTION sync_views(source name, bulletin name) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    grants text[];
    readers oid[] := ARRAY(SELECT readers(source, bulletin));
    before text[] := ARRAY(SELECT v.name FROM our_views(source, bulletin) v WHERE v.view IS NOT NULL AND v.schema = bulletin);
BEGIN
    BEGIN
        IF (SELECT a.kinds FROM attachment a) <> kinds_now() THEN       -- or all views would have to go, and others depend on some
            PERFORM remake_kind_views(source, bulletin);
        END IF;
        PERFORM create_views(source, bulletin);
    EXCEPTION WHEN invalid_table_definition OR invalid_function_definition OR undefined_column THEN
        grants := view_grants(source, bulletin);
        PERFORM drop_views(ARRAY(SELECT v.view FROM our_views(source, bulletin) v));
        PERFORM create_views(source, bulletin);
    END;
    PERFORM drop_views(ARRAY(SELECT v.view FROM our_views(source, bulletin) v WHERE v.missing <> '{}'));
    grants := grants || ARRAY(
        SELECT grant_text('SELECT', v.view::text, r, false) FROM our_views(source, bulletin) v CROSS JOIN unnest(readers) r
        WHERE v.view IS NOT NULL AND v.schema = bulletin AND v.name <> ALL (before));
    PERFORM grant_again(grants);
    UPDATE attachment SET kinds = kinds_now() WHERE kinds IS DISTINCT FROM kinds_now();
END
$function$;
COMMENT ON FUNCTION sync_views(name, name) IS 'Brings all views of a bulletin up to date and drops those whose sources are gone.';
