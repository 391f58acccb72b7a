-- How a view of ours is brought up to date: it is made beside the one that is there, and compared. What is the same is left alone, as
-- replacing waits for who is reading it; what can be replaced in place is. Otherwise the one that is there moves aside into this schema,
-- as a former view, and a new one takes its place: see former_views.sql for what becomes of it.

CREATE TABLE IF NOT EXISTS former_view (
    view regclass PRIMARY KEY,
    schema name NOT NULL,
    name name NOT NULL,
    stands_in boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE former_view IS
    'Views of the bulletin with the columns that they had once, which objects of others still read: each shows what the view in its place has now.';
COMMENT ON COLUMN former_view.view IS 'The former view, in this schema.';
COMMENT ON COLUMN former_view.schema IS 'The schema that it stood in.';
COMMENT ON COLUMN former_view.name IS 'What it was called, and the view in its place is.';
COMMENT ON COLUMN former_view.stands_in IS 'Does it read the view in its place? False only while attach is at work.';

-- The texts of the sections have one view each, and all they say of it begins a line.
CREATE OR REPLACE FUNCTION body_for(body text, name text, view text) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
    SELECT regexp_replace(body, format('^(CREATE OR REPLACE VIEW|COMMENT ON VIEW|COMMENT ON COLUMN) %s\M', name), '\1 ' || replace(view, '\', '\\'), 'gn')
$function$;
COMMENT ON FUNCTION body_for(text, text, text) IS 'The statements that make a view and comment on it, for a view that is called otherwise.';

CREATE OR REPLACE FUNCTION body_comments(view text, view_comment text, comments jsonb) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
    SELECT concat(format(E';\nCOMMENT ON VIEW %s IS %L', view, view_comment),
                  (SELECT string_agg(format(E';\nCOMMENT ON COLUMN %s.%I IS %L', view, c.key, c.value), '') FROM jsonb_each_text(comments) c))
$function$;
COMMENT ON FUNCTION body_comments(text, text, jsonb) IS 'What is put after the statement that makes a view for its comments: {column: comment}.';

CREATE OR REPLACE FUNCTION view_columns(view regclass) RETURNS text[]
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT ARRAY(SELECT format('%I %s %s', a.attname, format_type(a.atttypid, a.atttypmod), a.attcollation)
                 FROM pg_attribute a WHERE a.attrelid = view AND a.attnum > 0 ORDER BY a.attnum)
$function$;
COMMENT ON FUNCTION view_columns(regclass) IS 'The columns of a view: what has to stay for it to be replaced in place.';

CREATE OR REPLACE FUNCTION view_text(view regclass) RETURNS text
LANGUAGE sql STABLE
SET search_path FROM CURRENT
AS $function$
    SELECT format('%s %s %s %s', c.relowner, c.reloptions, view_columns(view), pg_get_viewdef(view)) FROM pg_class c WHERE c.oid = view
$function$;
COMMENT ON FUNCTION view_text(regclass) IS 'All that a view is: of two with the same, neither has to be replaced by the other.';

-- What a view has no comment for keeps the one that it has.
CREATE OR REPLACE FUNCTION put_comments(view regclass, like_view regclass) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    labels jsonb := (SELECT CASE WHEN c.relnamespace <> this_schema() THEN view_labels(c.relname) ELSE '{}' END FROM pg_class c WHERE c.oid = view);
    c record;
BEGIN
    FOR c IN
        SELECT n.target, concat_ws(': ', labels ->> n.name, n.text) AS text
        FROM (SELECT 'VIEW ' || view AS target, '' AS name, obj_description(like_view, 'pg_class') AS text, obj_description(view, 'pg_class') AS had
              UNION ALL
              SELECT format('COLUMN %s.%I', view, a.attname), a.attname, col_description(like_view, a.attnum), col_description(view, a.attnum)
              FROM pg_attribute a WHERE a.attrelid = view AND a.attnum > 0) n
        WHERE n.text IS NOT NULL AND concat_ws(': ', labels ->> n.name, n.text) IS DISTINCT FROM n.had
    LOOP
        EXECUTE format('COMMENT ON %s IS %L', c.target, c.text);
    END LOOP;
END
$function$;
COMMENT ON FUNCTION put_comments(regclass, regclass) IS
    'Comments on a view and its columns as another is commented on; on one that readers see, with what the bulletin calls it before that.';

-- A function of days has the rows of its view, and what keeps the rows of a view has its columns: they go with it.
CREATE OR REPLACE FUNCTION move_aside(view regclass) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    c record;
    function regprocedure;
    former name;
BEGIN
    SELECT n.nspname AS schema, r.relname AS name INTO c FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace WHERE r.oid = view;
    former := (SELECT format('former_%s_%s', c.name, n) FROM generate_series(1, 100000) n
               WHERE to_regclass(format('%I.%I', current_schema(), format('former_%s_%s', c.name, n))) IS NULL LIMIT 1);
    function := coalesce(to_regprocedure(format('%I.%I(daterange)', c.schema, c.name)), to_regprocedure(format('%I.%I(date)', c.schema, 'kept_' || c.name)),
                         to_regprocedure(format('%I.%I()', c.schema, 'kept_' || c.name)));
    IF function IS NOT NULL THEN
        EXECUTE format('ALTER FUNCTION %s SET SCHEMA %I', function, current_schema());
        EXECUTE format('ALTER FUNCTION %s RENAME TO %I', function, former);
    END IF;
    EXECUTE format('ALTER VIEW %s SET SCHEMA %I', view, current_schema());
    EXECUTE format('ALTER VIEW %s RENAME TO %I', view, former);
    INSERT INTO former_view (view, schema, name) VALUES (view, c.schema, c.name);
END
$function$;
COMMENT ON FUNCTION move_aside(regclass) IS 'Makes room for another view by the name of one of the bulletin''s.';

CREATE OR REPLACE FUNCTION make_view(schema name, name name, body text, path text) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    target text := format('%I.%I', schema, name);
    view regclass := to_regclass(target);
    made regclass;
BEGIN
    PERFORM run_block(body_for(body, name, format('%I.%I', schema, 'view to come')), path);     -- there, for what is granted by default
    made := format('%I.%I', schema, 'view to come')::regclass;
    IF view IS NOT NULL AND (view_columns(made))[:cardinality(view_columns(view))] <> view_columns(view) THEN
        PERFORM move_aside(view);
        view := NULL;
    END IF;
    IF view IS NULL THEN
        EXECUTE format('ALTER VIEW %s RENAME TO %I', made, name);
        PERFORM put_comments(made, made);
        RETURN;
    ELSIF view_text(view) IS DISTINCT FROM view_text(made) THEN
        PERFORM run_block(body_for(body, name, target), path);
    END IF;
    PERFORM put_comments(view, made);
    EXECUTE format('DROP VIEW %s', made);
END
$function$;
COMMENT ON FUNCTION make_view(name, name, text, text) IS
    'Makes a view, or brings it up to date, by the statements that make it and comment on it, which are run with a search_path.';
