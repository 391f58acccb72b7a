-- suspend and resume: what stands in the way of changing the platform's tables is taken away and brought back.

-- The platform's views that the bulletin reads, and the views beneath them, deepest first.
CREATE OR REPLACE FUNCTION source_views(source name) RETURNS TABLE (view regclass, depth integer)
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    WITH RECURSIVE beneath AS (
        SELECT c.oid, 1 AS depth
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = source AND (c.relname IN (SELECT t.source FROM edustats.contract t) OR c.relname IN (SELECT m.source FROM metric m))
        UNION
        SELECT d.refobjid, b.depth + 1
        FROM beneath b
        JOIN pg_rewrite r ON r.ev_class = b.oid
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
        WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid <> b.oid
    )
    SELECT b.oid::regclass, max(b.depth) FROM beneath b JOIN pg_class c ON c.oid = b.oid WHERE c.relkind = 'v' GROUP BY b.oid
$function$;
COMMENT ON FUNCTION source_views(name) IS 'The views of a platform that the bulletin reads, and how deep each is beneath.';

-- What makes a view again as it is: its query, options, defaults, owner, grants, comments, triggers and rules.
CREATE OR REPLACE FUNCTION view_commands(view regclass) RETURNS SETOF text
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT format('CREATE VIEW %s %sAS %s', view, 'WITH (' || array_to_string(c.reloptions, ', ') || ') ', pg_get_viewdef(view))
    FROM pg_class c WHERE c.oid = view
    UNION ALL
    SELECT format('ALTER VIEW %s OWNER TO %s', view, c.relowner::regrole) FROM pg_class c WHERE c.oid = view
    UNION ALL
    SELECT grant_text(a.privilege_type, view::text, a.grantee, a.is_grantable)
    FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a WHERE c.oid = view
    UNION ALL
    SELECT grant_text(format('%s (%I)', a.privilege_type, t.attname), view::text, a.grantee, a.is_grantable)
    FROM pg_attribute t CROSS JOIN LATERAL aclexplode(t.attacl) a WHERE t.attrelid = view AND NOT t.attisdropped
    UNION ALL
    SELECT format('ALTER VIEW %s ALTER %I SET DEFAULT %s', view, a.attname, pg_get_expr(d.adbin, d.adrelid))
    FROM pg_attrdef d JOIN pg_attribute a ON (a.attrelid, a.attnum) = (d.adrelid, d.adnum) WHERE d.adrelid = view
    UNION ALL
    SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t WHERE t.tgrelid = view AND NOT t.tgisinternal
    UNION ALL
    SELECT pg_get_ruledef(r.oid) FROM pg_rewrite r WHERE r.ev_class = view AND r.rulename <> '_RETURN'
    UNION ALL
    SELECT format('COMMENT ON %s IS %L', coalesce('COLUMN ' || view || '.' || quote_ident(a.attname), 'VIEW ' || view), d.description)
    FROM pg_description d LEFT JOIN pg_attribute a ON a.attrelid = d.objoid AND a.attnum = d.objsubid AND d.objsubid > 0
    WHERE d.classoid = 'pg_class'::regclass AND d.objoid = view
$function$;
COMMENT ON FUNCTION view_commands(regclass) IS 'The commands that make a view as it is.';

CREATE OR REPLACE FUNCTION platform_views(source name, bulletin name) RETURNS SETOF regclass
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT DISTINCT v.view
    FROM our_views(source, bulletin) v
    JOIN pg_rewrite r ON r.ev_class = v.view
    JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
    JOIN pg_class c ON c.oid = d.refobjid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname NOT IN (current_schema(), bulletin, 'edustats', 'pg_catalog')
$function$;
COMMENT ON FUNCTION platform_views(name, name) IS 'The views of a bulletin that read relations of the platform themselves.';

CREATE OR REPLACE FUNCTION suspended_rows() RETURNS boolean
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format('the bulletin of the data in "%s" is suspended', current_schema()),
        HINT = 'CALL edustats.resume brings it back.';
END
$function$;
COMMENT ON FUNCTION suspended_rows() IS 'An error, that the bulletin is suspended (object_not_in_prerequisite_state): what views read then instead of the platform.';
GRANT EXECUTE ON FUNCTION suspended_rows() TO PUBLIC;

-- The view stays, with its columns, and so do all that stand on it, those of others as well.
CREATE OR REPLACE FUNCTION suspend_view(view regclass) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    EXECUTE format('CREATE OR REPLACE VIEW %s AS SELECT %s WHERE suspended_rows()', view, (
        SELECT string_agg(format('NULL::%s%s AS %I', format_type(a.atttypid, a.atttypmod), ' COLLATE ' || (SELECT format('%I.%I', n.nspname, o.collname)
                   FROM pg_collation o JOIN pg_namespace n ON n.oid = o.collnamespace WHERE o.oid = a.attcollation), a.attname), ', ' ORDER BY a.attnum)
        FROM pg_attribute a WHERE a.attrelid = view AND a.attnum > 0));
END
$function$;
COMMENT ON FUNCTION suspend_view(regclass) IS 'Makes of a view one with the same columns that reads nothing, and says so in an error.';

CREATE OR REPLACE FUNCTION suspended_commands(source name) RETURNS TABLE (place bigint, object text, command text)
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT row_number() OVER (ORDER BY v.depth DESC, v.view::oid, k.place), v.view::text, k.command
    FROM (SELECT s.view, s.depth, ARRAY(SELECT view_commands(s.view)) AS commands FROM source_views(source) s
          UNION ALL SELECT w.view, 0, ARRAY(SELECT view_commands(w.view)) FROM watch w) v
    CROSS JOIN LATERAL unnest(v.commands) WITH ORDINALITY k(command, place)
$function$;
COMMENT ON FUNCTION suspended_commands(name) IS 'The commands that make the platform''s views, and those of watches, again.';

-- After a restore a watched table has another OID, and resume finds the views by their names.
CREATE OR REPLACE FUNCTION rename_watches() RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    w record;
BEGIN
    FOR w IN SELECT t.view, watch_name(t.metric, t.relation) AS name FROM watch t JOIN pg_class c ON c.oid = t.view
             WHERE c.relname <> watch_name(t.metric, t.relation) LOOP
        EXECUTE format('ALTER VIEW %s RENAME TO %I', w.view, w.name);
    END LOOP;
END
$function$;
COMMENT ON FUNCTION rename_watches() IS 'Gives the views of watched tables the names that they would get now.';

CREATE OR REPLACE FUNCTION check_not_suspended() RETURNS void
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    IF EXISTS (SELECT FROM suspended) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format('the bulletin of the data in "%s" is suspended', current_schema()),
            HINT = 'CALL edustats.resume brings it back.';
    END IF;
END
$function$;
COMMENT ON FUNCTION check_not_suspended() IS 'An error if the bulletin is suspended.';

CREATE OR REPLACE FUNCTION other_readers(source name, bulletin name) RETURNS text
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT string_agg(DISTINCT quote_ident(a.bulletin), ', ')
    FROM source_views(source) s
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.view AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite r ON r.oid = d.objid
    JOIN pg_class c ON c.oid = r.ev_class
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN edustats.attachment a ON n.nspname IN (a.bulletin, a.data)
    WHERE a.bulletin <> other_readers.bulletin
$function$;
COMMENT ON FUNCTION other_readers(name, name) IS 'The other bulletins whose views read the platform''s; NULL where none do.';

-- Where several bulletins read the platform's views, the last one that is suspended takes them away, and the first that is
-- resumed brings them back.
CREATE OR REPLACE FUNCTION suspend(bulletin name) RETURNS jsonb
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    source name := (SELECT a.source FROM attachment a FOR UPDATE);
    others text := other_readers(source, bulletin);
BEGIN
    PERFORM check_not_suspended();
    PERFORM rename_watches();
    INSERT INTO suspended SELECT * FROM suspended_commands(source);
    INSERT INTO suspended VALUES (0, '', 'SELECT');       -- so that there is a row
    PERFORM suspend_view(v) FROM platform_views(source, bulletin) v;
    PERFORM drop_views(ARRAY(SELECT s.view FROM source_views(source) s WHERE others IS NULL UNION SELECT w.view FROM watch w));
    IF others IS NOT NULL THEN
        RAISE NOTICE 'the views of "%" stay until these bulletins are suspended as well: %', source, others;
    END IF;
    RETURN NULL;
END
$function$;
COMMENT ON FUNCTION suspend(name) IS 'Takes away the views by which the bulletin reads the platform.';

-- A view that somebody has made meanwhile is left as it is.
CREATE OR REPLACE FUNCTION resume(bulletin name) RETURNS jsonb
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    a attachment;
    s suspended;
    kept text[] := ARRAY(SELECT DISTINCT u.object FROM suspended u WHERE to_regclass(nullif(u.object, '')) IS NOT NULL);
BEGIN
    SELECT * INTO a FROM attachment FOR UPDATE;
    IF NOT EXISTS (SELECT FROM suspended) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format('the bulletin of the data in "%s" is not suspended', current_schema());
    END IF;
    FOR s IN SELECT u.* FROM suspended u WHERE u.object <> '' AND u.object <> ALL (kept) ORDER BY u.position LOOP
        EXECUTE s.command;
    END LOOP;
    UPDATE watch w SET view = quote_ident(watch_name(w.metric, w.relation))::regclass;
    DELETE FROM suspended;
    PERFORM attach(a.source, bulletin, a.timezone);
    RETURN NULL;
END
$function$;
COMMENT ON FUNCTION resume(name) IS 'Brings back what suspend took away, and marks what may have changed meanwhile.';
