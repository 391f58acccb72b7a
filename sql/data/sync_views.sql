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
BEGIN
    IF list IS NOT NULL THEN
        EXECUTE 'DROP VIEW ' || list;
    END IF;
END
$function$;
COMMENT ON FUNCTION drop_views(regclass[]) IS 'Drops views.';

CREATE OR REPLACE FUNCTION readers_of(relations regclass[]) RETURNS TABLE (grantee oid, grantable boolean)
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT a.grantee, count(DISTINCT c.oid) FILTER (WHERE a.is_grantable) = cardinality(relations)
    FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
    WHERE c.oid = ANY (relations) AND a.privilege_type = 'SELECT' AND a.grantee <> c.relowner
    GROUP BY a.grantee
    HAVING count(DISTINCT c.oid) = cardinality(relations)
$function$;
COMMENT ON FUNCTION readers_of(regclass[]) IS
    'The roles, 0 is everybody, that have been granted SELECT on all of some relations, and whether they may grant it on all of them.';

CREATE OR REPLACE FUNCTION readers(source name, bulletin name) RETURNS TABLE (grantee oid, grantable boolean)
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT r.* FROM readers_of(ARRAY(SELECT v.view FROM our_views(source, bulletin) v WHERE v.schema = bulletin AND v.view IS NOT NULL)) r
$function$;
COMMENT ON FUNCTION readers(name, name) IS 'The same of all documented views of a bulletin that there are.';

-- Where all functions of days are granted alike, a new one is, too.
CREATE OR REPLACE FUNCTION function_like_others(bulletin name, others text[]) RETURNS regprocedure
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT min(p.oid)::regprocedure FROM unnest(others) o(name) JOIN pg_proc p ON p.oid = to_regprocedure(format('%I.%I(daterange)', bulletin, o.name))
    HAVING count(DISTINCT ARRAY(SELECT a::text FROM unnest(p.proacl) a ORDER BY 1)) = 1
$function$;
COMMENT ON FUNCTION function_like_others(name, text[]) IS 'A function of days of some views, if all of theirs are granted alike.';

-- Who could read all the others reads what is new.
CREATE OR REPLACE FUNCTION sync_views(source name, bulletin name) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    readers text[] := ARRAY(SELECT grant_text('SELECT', '%s', r.grantee, r.grantable) FROM readers(source, bulletin) r);
    before text[] := ARRAY(SELECT v.name FROM our_views(source, bulletin) v WHERE v.view IS NOT NULL AND v.schema = bulletin);
    made record;
BEGIN
    PERFORM move_aside(v.view) FROM our_views(source, bulletin) v WHERE v.missing <> '{}' AND v.view IS NOT NULL;
    PERFORM create_views(source, bulletin);
    PERFORM settle_former_views(bulletin);
    FOR made IN SELECT o.view, to_regprocedure(format('%I.%I(daterange)', bulletin, o.name)) AS function FROM our_views(source, bulletin) o
             WHERE o.view IS NOT NULL AND o.schema = bulletin AND o.name <> ALL (before) LOOP
        PERFORM grant_again(ARRAY(SELECT format(r, made.view) FROM unnest(readers) r
                                  UNION ALL SELECT function_grants(made.function, function_like_others(bulletin, before))));
    END LOOP;
    UPDATE attachment SET kinds = kinds_now() WHERE kinds IS DISTINCT FROM kinds_now();
END
$function$;
COMMENT ON FUNCTION sync_views(name, name) IS 'Brings all views of a bulletin up to date and drops those whose sources are gone.';
