-- What becomes of views that had to make room for others by their names: nothing, where nobody needs them. An object of somebody else's
-- that reads one is not ours to change, nor perhaps the owner's, and a materialized view would lose its rows: so what it reads goes on
-- being there, with the columns that it had, but shows what the view in its place has now. What reads a column that there is none for any
-- more must break, and is named before anything has changed.

CREATE OR REPLACE FUNCTION former_function(former regclass) RETURNS regprocedure
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_class c ON c.oid = former AND p.pronamespace = c.relnamespace AND p.proname = c.relname
$function$;
COMMENT ON FUNCTION former_function(regclass) IS 'The function that went aside with a view: that of days, or what kept its rows; NULL without.';

CREATE OR REPLACE FUNCTION former_users(former regclass) RETURNS TABLE (catalog oid, object oid, "column" integer)
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT DISTINCT CASE WHEN r.oid IS NULL THEN d.classid ELSE 'pg_class'::regclass::oid END, coalesce(r.ev_class, d.objid), d.refobjsubid
    FROM (SELECT 'pg_class'::regclass::oid AS catalog, former::oid AS oid
          UNION ALL SELECT 'pg_type'::regclass, t.oid FROM pg_class c JOIN pg_type t ON c.reltype IN (t.oid, t.typelem) WHERE c.oid = former
          UNION ALL SELECT 'pg_proc'::regclass, p.oid FROM former_function(former) p(oid) WHERE p.oid IS NOT NULL) f
    JOIN pg_depend d ON d.refclassid = f.catalog AND d.refobjid = f.oid AND d.deptype = 'n'
    LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
    WHERE coalesce(r.ev_class, 0) NOT IN (SELECT v.view FROM former_view v) AND d.objid IS DISTINCT FROM former_function(former)
$function$;
COMMENT ON FUNCTION former_users(regclass) IS
    'What others have that depends on a former view, its rows or its function of days, and on which of its columns; 0 is none of them, or the rows.';

-- Only what is cast to it without being asked for is the same value in another type.
CREATE OR REPLACE FUNCTION former_columns(former former_view)
RETURNS TABLE (number smallint, name name, type text, "collation" text, problem text)
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), quote_ident(n.nspname) || '.' || quote_ident(o.collname),
           CASE WHEN c.attname IS NULL THEN 'it goes'
                WHEN c.atttypid <> a.atttypid AND NOT EXISTS (SELECT FROM pg_cast k WHERE (k.castsource, k.casttarget, k.castcontext) = (c.atttypid, a.atttypid, 'i'))
                THEN format('of type %s, not %s', format_type(a.atttypid, a.atttypmod), format_type(c.atttypid, c.atttypmod)) END
    FROM pg_attribute a
    LEFT JOIN pg_collation o ON o.oid = a.attcollation
    LEFT JOIN pg_namespace n ON n.oid = o.collnamespace
    LEFT JOIN pg_attribute c ON c.attrelid = to_regclass(format('%I.%I', former.schema, former.name)) AND c.attname = a.attname AND c.attnum > 0
    WHERE a.attrelid = former.view AND a.attnum > 0
$function$;
COMMENT ON FUNCTION former_columns(former_view) IS 'The columns of a former view, and why the view in its place has none that can stand for one.';

-- A function whose body is a text would get rows of other columns than it has been made for.
CREATE OR REPLACE FUNCTION former_problems() RETURNS SETOF text
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT format('%s of role %s needs %s', pg_describe_object(p.catalog, p.object, 0), p.owner, string_agg(DISTINCT p.what, ', ' ORDER BY p.what))
    FROM (SELECT u.catalog, u.object, coalesce(r.relowner, q.proowner, y.typowner)::regrole AS owner,
                 CASE WHEN to_regclass(v.place) IS NULL THEN format('%s, which goes', v.place)
                      WHEN c.problem IS NOT NULL THEN format('column %I of %s (%s)', c.name, v.place, c.problem)
                      WHEN q.prosqlbody IS NULL THEN format('the rows of %s as they are', v.place) END AS what
          FROM former_view f
          CROSS JOIN LATERAL (SELECT format('%I.%I', f.schema, f.name)) v(place)
          CROSS JOIN LATERAL former_users(f.view) u
          LEFT JOIN former_columns(f) c ON c.number = u."column"
          LEFT JOIN pg_class r ON u.catalog = 'pg_class'::regclass AND r.oid = u.object
          LEFT JOIN pg_proc q ON u.catalog = 'pg_proc'::regclass AND q.oid = u.object
          LEFT JOIN pg_type y ON u.catalog = 'pg_type'::regclass AND y.oid = u.object
          WHERE to_regclass(v.place) IS NULL OR c.problem IS NOT NULL OR u.catalog = 'pg_proc'::regclass AND q.prosqlbody IS NULL) p
    GROUP BY p.catalog, p.object, p.owner
    ORDER BY 1
$function$;
COMMENT ON FUNCTION former_problems() IS 'What others have that can''t be kept, and what of the bulletin''s views it needs.';

CREATE OR REPLACE FUNCTION grant_text(privilege text, object text, grantee oid, grantable boolean) RETURNS text
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT format('GRANT %s ON %s TO %s%s', privilege, object, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
                  CASE WHEN grantable THEN ' WITH GRANT OPTION' ELSE '' END)
$function$;
COMMENT ON FUNCTION grant_text(text, text, oid, boolean) IS 'The statement that grants a privilege again.';

CREATE OR REPLACE FUNCTION grant_again(grants text[]) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    command text;
BEGIN
    FOREACH command IN ARRAY grants LOOP
        EXECUTE command;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION grant_again(text[]) IS 'Runs the statements that grant something.';

CREATE OR REPLACE FUNCTION function_grants(function regprocedure, like_function regprocedure) RETURNS SETOF text
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT 'REVOKE ALL ON FUNCTION ' || function || ' FROM PUBLIC' FROM pg_proc p WHERE p.oid = like_function AND p.proacl IS NOT NULL AND function IS NOT NULL
    UNION ALL
    SELECT grant_text(a.privilege_type, 'FUNCTION ' || function, a.grantee, a.is_grantable)
    FROM pg_proc p CROSS JOIN LATERAL aclexplode(p.proacl) a WHERE p.oid = like_function AND a.grantee <> p.proowner AND function IS NOT NULL
$function$;
COMMENT ON FUNCTION function_grants(regprocedure, regprocedure) IS 'The statements that grant on a function what is granted on another.';

CREATE OR REPLACE FUNCTION granted_on(view regclass) RETURNS TABLE (privilege text, "column" name, grantee oid, grantable boolean)
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT a.privilege_type, NULL, a.grantee, a.is_grantable FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a WHERE c.oid = view AND a.grantee <> c.relowner
    UNION ALL
    SELECT format('%s (%I)', a.privilege_type, t.attname), t.attname, a.grantee, a.is_grantable
    FROM pg_attribute t CROSS JOIN LATERAL aclexplode(t.attacl) a WHERE t.attrelid = view
$function$;
COMMENT ON FUNCTION granted_on(regclass) IS 'What is granted on a view and its columns to others than its owner.';

-- What is granted on a column goes with it.
CREATE OR REPLACE FUNCTION grant_like(view regclass, like_view regclass) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    g record;
    wanted text[] := ARRAY(SELECT grant_text(l.privilege, view::text, l.grantee, l.grantable) FROM granted_on(like_view) l
                           WHERE l."column" IS NULL OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = view AND a.attname = l."column") ORDER BY 1);
BEGIN
    IF wanted = ARRAY(SELECT grant_text(o.privilege, view::text, o.grantee, o.grantable) FROM granted_on(view) o ORDER BY 1) THEN
        RETURN;
    END IF;
    FOR g IN SELECT o.* FROM granted_on(view) o LOOP
        EXECUTE format('REVOKE %s ON %s FROM %s CASCADE', g.privilege, view, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END);
    END LOOP;
    PERFORM grant_again(wanted);
END
$function$;
COMMENT ON FUNCTION grant_like(regclass, regclass) IS 'Grants on a view what is granted on another, and nothing else.';

-- A view that has just been made has what was granted on the former one; from then on that has what is granted on the new one.
CREATE OR REPLACE FUNCTION sync_former_grants() RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    f record;
BEGIN
    FOR f IN SELECT v.view, v.stands_in, n.view AS new_view, to_regprocedure(format('%I.%I(daterange)', v.schema, v.name)) AS function
             FROM former_view v CROSS JOIN LATERAL (SELECT to_regclass(format('%I.%I', v.schema, v.name))) n(view)
             WHERE n.view IS NOT NULL AND EXISTS (SELECT FROM pg_class c WHERE c.oid = v.view) ORDER BY v.stands_in LOOP
        IF f.stands_in THEN
            PERFORM grant_like(f.view, f.new_view);
        ELSE
            PERFORM grant_like(f.new_view, f.view);
            PERFORM grant_again(ARRAY(SELECT function_grants(f.function, former_function(f.view))));
        END IF;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION sync_former_grants() IS 'Keeps what is granted on views and on former ones the same.';

CREATE OR REPLACE FUNCTION stand_in(former former_view) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    name name := (SELECT c.relname FROM pg_class c WHERE c.oid = former.view);
    list text := (SELECT string_agg(format('%s::%s%s AS %I', CASE WHEN c.problem IS NULL THEN format('n.%I', c.name) ELSE 'NULL' END,
                                           c.type, ' COLLATE ' || c."collation", c.name), ', ' ORDER BY c.number) FROM former_columns(former) c);
BEGIN
    PERFORM make_view(current_schema(), name,
        format('CREATE OR REPLACE VIEW %s AS SELECT %s FROM %I.%I n', name, list, former.schema, former.name)
        || body_comments(name, format('What %I.%I has, with the columns that it had once: for objects of others, until they are made anew.', former.schema, former.name), '{}'),
        'pg_catalog');
    IF to_regprocedure(format('%I(daterange)', name)) IS NOT NULL THEN
        EXECUTE format('CREATE OR REPLACE FUNCTION %1$I(days daterange) RETURNS SETOF %1$I LANGUAGE sql STABLE ROWS 50 COST 10000 AS %2$L',
                       name, format('SELECT %s FROM %I.%I(days) n', list, former.schema, former.name));
    ELSIF former_function(former.view) IS NOT NULL THEN
        EXECUTE format('DROP FUNCTION %s', former_function(former.view));
    END IF;
    UPDATE former_view f SET stands_in = true WHERE f.view = former.view AND NOT f.stands_in;
END
$function$;
COMMENT ON FUNCTION stand_in(former_view) IS 'Makes of a former view one that shows what the view in its place has, and so its function of days.';

-- Functions of days depend on their views, and views on the functions that keep their rows.
CREATE OR REPLACE FUNCTION drop_formers(views regclass[]) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    of_days text;
    kept text;
BEGIN
    SELECT string_agg(p.oid::regprocedure::text, ', ') FILTER (WHERE p.prorettype = c.reltype),
           string_agg(p.oid::regprocedure::text, ', ') FILTER (WHERE p.prorettype <> c.reltype) INTO of_days, kept
        FROM pg_class c JOIN pg_proc p ON p.oid = former_function(c.oid) WHERE c.oid = ANY (views);
    IF of_days IS NOT NULL THEN
        EXECUTE 'DROP FUNCTION ' || of_days;
    END IF;
    PERFORM drop_views(views);
    IF kept IS NOT NULL THEN
        EXECUTE 'DROP FUNCTION ' || kept;
    END IF;
    DELETE FROM former_view f WHERE f.view = ANY (views);
END
$function$;
COMMENT ON FUNCTION drop_formers(regclass[]) IS 'Drops former views and their functions.';

CREATE OR REPLACE FUNCTION settle_former_views(bulletin name) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    problems text;
BEGIN
    DELETE FROM former_view f WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = f.view);
    DELETE FROM made_view m WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = m.view);
    SELECT string_agg(p, E'\n') INTO problems FROM former_problems() p;
    IF problems IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'dependent_objects_still_exist',
            MESSAGE = format('objects of others need what the views of bulletin "%s" will no longer have', bulletin), DETAIL = problems,
            HINT = 'Nothing has been changed. Change them or drop them first; a DROP VIEW … CASCADE of a view of the bulletin''s drops all that reads it, and attach makes it again.';
    END IF;
    PERFORM sync_former_grants();
    PERFORM stand_in(f) FROM former_view f WHERE EXISTS (SELECT FROM former_users(f.view));
    PERFORM drop_formers(ARRAY(SELECT f.view FROM former_view f WHERE NOT EXISTS (SELECT FROM former_users(f.view))));
END
$function$;
COMMENT ON FUNCTION settle_former_views(name) IS
    'Drops former views that nobody needs, and keeps the others for who does. An error that names what can''t be kept (dependent_objects_still_exist).';
