-- Materialized views of all documented views, in a schema of their own. Each reads a function, which looks for the view by its name
-- when it is called: so none of them stands in the way when views are replaced or taken away, and their readers go on reading.

-- Only of a bulletin that is materialized: of others nobody asks.
CREATE OR REPLACE FUNCTION note_changed(month date) RETURNS void
LANGUAGE sql
SET search_path FROM CURRENT
AS $function$
    INSERT INTO changed_month (month) SELECT note_changed.month WHERE note_changed.month IS NOT NULL AND EXISTS (SELECT FROM materialized)
$function$;
COMMENT ON FUNCTION note_changed(date) IS 'Notes for the materialized views that something may have changed from a month on; -infinity: anywhere.';

-- What can't be read is never the same.
CREATE OR REPLACE FUNCTION rows_hash(query text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    hash text;
BEGIN
    EXECUTE format('SELECT concat_ws('' '', count(*), sum(hash_record_extended(t, 0))) FROM (%s) t', query) INTO hash;
    RETURN hash;
EXCEPTION
    WHEN lock_not_available OR deadlock_detected OR serialization_failure OR insufficient_resources THEN
        RAISE;
    WHEN OTHERS THEN
        RETURN gen_random_uuid();
END
$function$;
COMMENT ON FUNCTION rows_hash(text) IS 'Number and hash of the rows of a query, in whatever order.';

CREATE OR REPLACE FUNCTION inputs_hash() RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN (
        SELECT string_agg(rows_hash(q.query), ' ' ORDER BY q.place)
        FROM (SELECT 0, 'SELECT timezone FROM attachment'
              UNION ALL SELECT 0, 'SELECT metric, source, unit, label, since, null_key FROM metric'
              UNION ALL SELECT 0, 'SELECT month, revision, hash FROM published'
              UNION ALL SELECT o.place, format('SELECT * FROM %I', o.name)
              FROM unnest(ARRAY(SELECT k.relation FROM lookups() k ORDER BY k.relation) || '{fitness,opening,org_type,class,label}'::name[])
                  WITH ORDINALITY o(name, place)
              WHERE to_regclass(format('%I.%I', current_schema(), o.name)) IS NOT NULL) q(place, query));
END
$function$;
COMMENT ON FUNCTION inputs_hash() IS 'A hash of all that the documented views read besides the activity, but for what only the page does.';

-- Heads of columns and captions may be comments. A view of the owner's own may change by itself.
CREATE OR REPLACE FUNCTION page_hash(bulletin name) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    views regclass[] := ARRAY(SELECT item_view(i.view, bulletin) FROM page_item i WHERE i.view IS NOT NULL);
BEGIN
    RETURN concat_ws(' ', rows_hash('SELECT * FROM setting'), rows_hash('SELECT * FROM page_section'), rows_hash('SELECT * FROM page_item'),
        rows_hash(format('SELECT d.objoid, d.objsubid, d.description FROM pg_description d WHERE d.classoid = ''pg_class''::regclass AND d.objoid = ANY (%L::oid[])', views::oid[])),
        (SELECT gen_random_uuid() FROM unnest(views) v JOIN pg_class c ON c.oid = v JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname <> bulletin OR c.relname = 'revision_content' LIMIT 1));
END
$function$;
COMMENT ON FUNCTION page_hash(name) IS 'A hash of what only the page reads; another one each time where a view stands on it that is none of the documented ones.';

CREATE OR REPLACE FUNCTION materialized_query(name text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    bulletin name := (SELECT a.bulletin FROM edustats.attachment a WHERE a.data = current_schema());
    changed date[] := (SELECT m.months FROM computed_months m WHERE m.view = materialized_query.name);
    v record;
BEGIN
    SELECT m.* INTO v FROM edustats.materialized_views(this_schema()) m WHERE m.name = materialized_query.name;
    IF EXISTS (SELECT FROM suspended) THEN          -- and no error, which a restore would end with
        RAISE WARNING 'the bulletin is suspended: % stays as it is until it is resumed and refreshed', v.view;
        RETURN format(CASE WHEN v.populated THEN 'SELECT * FROM %s' ELSE 'SELECT * FROM %s WHERE false' END, v.view);
    ELSIF changed IS NULL THEN
        RETURN format('SELECT * FROM %I.%I', bulletin, name);
    END IF;
    RETURN format('SELECT * FROM %1$s WHERE month <> ALL (%2$L::date[]) UNION ALL SELECT * FROM %3$I.%4$I WHERE month = ANY (%2$L::date[])',
                  v.view, changed, bulletin, name);
END
$function$;
COMMENT ON FUNCTION materialized_query(text) IS
    'The query of the rows of a materialized view: those of the documented view of its name; while a refresh has said which months are to be computed, or the bulletin is suspended, the others, or all, as they are.';

-- A function's columns have no precision and no collation of their own.
CREATE OR REPLACE FUNCTION column_types(relation regclass) RETURNS TABLE (place smallint, name name, type text, modified text)
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT a.attnum, a.attname, format_type(a.atttypid, NULL),
           concat('::' || format_type(a.atttypid, a.atttypmod), ' COLLATE ' || nullif(a.attcollation, t.typcollation)::regcollation)
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
$function$;
COMMENT ON FUNCTION column_types(regclass) IS 'The columns of a relation, their types, and what makes an expression of such a type theirs.';

CREATE OR REPLACE FUNCTION same_columns(one regclass, other regclass) RETURNS boolean
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT ARRAY(SELECT (c.name, c.modified)::text FROM column_types(one) c ORDER BY c.place)
         = ARRAY(SELECT (c.name, c.modified)::text FROM column_types(other) c ORDER BY c.place)
$function$;
COMMENT ON FUNCTION same_columns(regclass, regclass) IS 'Have two relations the same columns?';

CREATE OR REPLACE FUNCTION create_materialized_function(source regclass, name text) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    EXECUTE format('CREATE OR REPLACE FUNCTION %I() RETURNS TABLE (%s) LANGUAGE plpgsql STABLE ROWS 10000 '
                   'SET search_path FROM CURRENT SET row_security TO off SET jit TO off AS %L',
        'materialized_' || name, (SELECT string_agg(format('%I %s', c.name, c.type), ', ' ORDER BY c.place) FROM column_types(source) c),
        format(E'\nBEGIN\n    RETURN QUERY EXECUTE materialized_query(%L);\nEND\n', name));
    EXECUTE format('COMMENT ON FUNCTION %I() IS %L', 'materialized_' || name, format('What the materialized view "%s" reads.', name));
END
$function$;
COMMENT ON FUNCTION create_materialized_function(regclass, text) IS 'Makes, or replaces, the function that a materialized view reads.';

CREATE OR REPLACE FUNCTION comment_materialized(source regclass, target regclass) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    c record;
BEGIN
    IF obj_description(source, 'pg_class') IS DISTINCT FROM obj_description(target, 'pg_class') THEN
        EXECUTE format('COMMENT ON MATERIALIZED VIEW %s IS %L', target, obj_description(source, 'pg_class'));
    END IF;
    FOR c IN SELECT s.name, col_description(source, s.place) AS comment FROM column_types(source) s JOIN column_types(target) t ON t.name = s.name
             WHERE col_description(source, s.place) IS DISTINCT FROM col_description(target, t.place) LOOP
        EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', target, c.name, c.comment);
    END LOOP;
END
$function$;
COMMENT ON FUNCTION comment_materialized(regclass, regclass) IS 'Gives a materialized view the comments of its view, where it has others.';

-- One that can't be filled, as a row can't be computed, is filled by a later refresh.
CREATE OR REPLACE FUNCTION fill_materialized(target regclass) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    EXECUTE format('REFRESH MATERIALIZED VIEW %s', target);
EXCEPTION
    WHEN lock_not_available OR deadlock_detected OR serialization_failure OR insufficient_resources THEN
        RAISE;
    WHEN OTHERS THEN
        RAISE WARNING 'materialized view % can''t be filled yet: %', target, SQLERRM;
END
$function$;
COMMENT ON FUNCTION fill_materialized(regclass) IS 'Fills a new materialized view; a warning where that fails.';

-- The unique index is what a refresh beside readers needs, and that of their month. NULLs of a key are equal.
CREATE OR REPLACE FUNCTION create_materialized(source regclass, name text, key text[], schema name) RETURNS regclass
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    target text := format('%I.%I', schema, name);
BEGIN
    IF to_regprocedure(format('%I()', 'materialized_' || name)) IS NOT NULL THEN        -- it was dropped by hand, and may have had other columns
        EXECUTE format('DROP FUNCTION %I()', 'materialized_' || name);
    END IF;
    PERFORM create_materialized_function(source, name);
    EXECUTE format('CREATE MATERIALIZED VIEW %s AS SELECT %s FROM %I.%I() f WITH NO DATA', target,
        (SELECT string_agg(format('f.%1$I%2$s AS %1$I', c.name, c.modified), ', ' ORDER BY c.place) FROM column_types(source) c),
        current_schema(), 'materialized_' || name);
    EXECUTE format('CREATE UNIQUE INDEX ON %s (%s) NULLS NOT DISTINCT', target, (SELECT string_agg(quote_ident(k), ', ' ORDER BY n) FROM unnest(key) WITH ORDINALITY u(k, n)));
    PERFORM comment_materialized(source, target::regclass);
    PERFORM fill_materialized(target::regclass);
    RETURN target::regclass;
END
$function$;
COMMENT ON FUNCTION create_materialized(regclass, text, text[], name) IS 'Makes the materialized view of a documented view, fills it, and returns it.';

CREATE OR REPLACE FUNCTION drop_materialized(view regclass, name text, behavior text DEFAULT 'RESTRICT') RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    EXECUTE format('DROP MATERIALIZED VIEW %s %s', view, behavior);
    EXECUTE format('DROP FUNCTION %I()', 'materialized_' || name);
END
$function$;
COMMENT ON FUNCTION drop_materialized(regclass, text, text) IS 'Drops a materialized view and the function that it reads. behavior: CASCADE or RESTRICT.';

-- What somebody has made over one that has to be made anew stands in the way; then it stays as it is, and a refresh says so.
CREATE OR REPLACE FUNCTION remake_materialized(view regclass, source regclass, name text, key text[], schema name) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    grants text[] := ARRAY(SELECT grant_text(a.privilege_type, view::text, a.grantee, a.is_grantable)
                           FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a WHERE c.oid = view AND a.grantee <> c.relowner);
BEGIN
    PERFORM drop_materialized(view, name);
    PERFORM create_materialized(source, name, key, schema);
    PERFORM grant_again(grants);
EXCEPTION WHEN dependent_objects_still_exist THEN
    RAISE WARNING 'materialized view % keeps its columns and its rows: %', view, SQLERRM USING HINT = 'Drop what depends on it, and refresh.';
END
$function$;
COMMENT ON FUNCTION remake_materialized(regclass, regclass, text, text[], name) IS 'Makes a materialized view anew for a view whose columns have changed, for those who could read it.';

-- By attach, those that are missing are made, for those who can read all the others; a refresh leaves out what its owner has dropped.
CREATE OR REPLACE FUNCTION sync_materialized(source name, bulletin name, attached boolean) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    target name := (SELECT coalesce(min(o.schema), (SELECT m.schema FROM materialized m)) FROM edustats.materialized_views(this_schema()) o);
    readers oid[] := ARRAY(SELECT r.grantee FROM readers_of(ARRAY(SELECT o.view FROM edustats.materialized_views(this_schema()) o)) r);
    v record;
BEGIN
    IF target IS NULL OR to_regnamespace(quote_ident(target)) IS NULL THEN
        PERFORM end_materialized();         -- never begun, or dropped by hand
        RETURN;
    END IF;
    UPDATE materialized SET schema = target WHERE schema <> target;
    FOR v IN
        SELECT coalesce(o.name, m.name) AS name, o.view AS source, o.key, m.view
        FROM (SELECT d.* FROM our_views(sync_materialized.source, bulletin) d WHERE d.schema = bulletin AND d.view IS NOT NULL AND d.missing = '{}') o
        FULL JOIN edustats.materialized_views(this_schema()) m ON m.name = o.name
        ORDER BY 1
    LOOP
        IF v.source IS NULL THEN
            PERFORM drop_materialized(v.view, v.name);
        ELSIF v.view IS NULL THEN
            IF attached THEN
                v.view := create_materialized(v.source, v.name, v.key, target);
                PERFORM grant_again(ARRAY(SELECT grant_text('SELECT', v.view::text, r, false) FROM unnest(readers) r));
            END IF;
        ELSIF NOT same_columns(v.source, v.view) THEN
            PERFORM remake_materialized(v.view, v.source, v.name, v.key, target);
        ELSIF attached THEN
            PERFORM create_materialized_function(v.source, v.name);
            PERFORM comment_materialized(v.source, v.view);
        END IF;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION sync_materialized(name, name, boolean) IS 'Brings the materialized views into line with the documented views there are, and their columns and comments.';

-- A schema that was made for them goes with them, unless others have something in it.
CREATE OR REPLACE FUNCTION end_materialized(behavior text DEFAULT 'RESTRICT') RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    m materialized;
    function regprocedure;
BEGIN
    PERFORM drop_materialized(v.view, v.name, behavior) FROM edustats.materialized_views(this_schema()) v;
    FOR function IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = this_schema() AND starts_with(p.proname, 'materialized_') AND p.pronargs = 0 LOOP
        EXECUTE format('DROP FUNCTION %s', function);       -- of one that was dropped by hand
    END LOOP;
    DELETE FROM changed_month;
    DELETE FROM materialized RETURNING * INTO m;
    IF m.created AND to_regnamespace(quote_ident(m.schema)) IS NOT NULL THEN
        BEGIN
            EXECUTE format('DROP SCHEMA %I', m.schema);
        EXCEPTION WHEN dependent_objects_still_exist THEN
            RAISE NOTICE 'schema "%" stays, as there is more in it', m.schema;
        END;
    END IF;
END
$function$;
COMMENT ON FUNCTION end_materialized(text) IS 'Drops the materialized views, and their schema if it was made for them. behavior: CASCADE or RESTRICT.';

CREATE OR REPLACE FUNCTION check_materialized_schema(source name, bulletin name, target name) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
DECLARE
    taken text := (SELECT min(c.oid::regclass::text) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                   WHERE n.nspname = target AND c.relname IN (SELECT v.name FROM our_views(source, bulletin) v WHERE v.schema = bulletin));
    present name := (SELECT m.schema FROM materialized m);
BEGIN
    IF present IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_schema', MESSAGE = format('bulletin "%s" is materialized in the schema "%s"', bulletin, present),
            HINT = format('CALL edustats.materialize(%L, NULL) ends that; attach brings it up to date.', bulletin);
    ELSIF target IN (source, 'edustats') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('materialized views can not be made in the schema "%s"', target);
    ELSIF taken IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_table', MESSAGE = format('%s is there already', taken),
            HINT = 'Choose a schema in which the names of the bulletin''s views are free.';
    END IF;
END
$function$;
COMMENT ON FUNCTION check_materialized_schema(name, name, name) IS 'An error where the materialized views can''t be made in a schema.';

CREATE OR REPLACE FUNCTION materialize(bulletin name, target name, created boolean) RETURNS jsonb
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    source name := (SELECT a.source FROM attachment a FOR UPDATE);      -- no refresh meanwhile
    readers oid[];
BEGIN
    PERFORM check_not_suspended();
    IF target IS NULL THEN
        PERFORM end_materialized();
        RETURN NULL;
    END IF;
    PERFORM check_materialized_schema(source, bulletin, target);
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', target, format('The views of the bulletin "%s", materialized by edustats.materialize: for readers.', bulletin));
    INSERT INTO materialized (schema, created) VALUES (target, created);
    PERFORM take_changed(bulletin);         -- before any is read, so that what changes meanwhile is seen by the next refresh
    PERFORM sync_materialized(source, bulletin, true);
    readers := ARRAY(SELECT r.grantee FROM readers(source, bulletin) r);
    PERFORM grant_again(ARRAY(SELECT grant_text('SELECT', v.view::text, r, false) FROM edustats.materialized_views(this_schema()) v CROSS JOIN unnest(readers) r));
    PERFORM grant_again(ARRAY(SELECT grant_text('USAGE', format('SCHEMA %I', target), a.grantee, false)
                              FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) a
                              WHERE n.nspname = bulletin AND a.privilege_type = 'USAGE' AND a.grantee = ANY (readers)));
    RETURN NULL;
END
$function$;
COMMENT ON FUNCTION materialize(name, name, boolean) IS
    'The part of edustats.materialize that runs with the rights of the bulletin''s owner. created: was the schema made for it?';
