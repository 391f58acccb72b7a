-- How a view of ours is brought up to date: one that has been made of what it would be made of now is left alone; another is made beside it,
-- and compared. What is the same is left alone, as replacing waits for who is reading it; what can be replaced in place is. Otherwise the one that is there moves aside into this schema,
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

CREATE TABLE IF NOT EXISTS made_view (
    view regclass PRIMARY KEY,
    made_of text NOT NULL
);
COMMENT ON TABLE made_view IS 'What the views were made of when attach last made them.';
COMMENT ON COLUMN made_view.view IS 'The view.';
COMMENT ON COLUMN made_view.made_of IS 'A hash of the statements, of what the view and its columns are called, of when it was made, and of the names of all that it reads.';

-- The texts of the sections have one view each, and all they say of it begins a line.
CREATE OR REPLACE FUNCTION body_for(body text, name text, view text) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN regexp_replace(body, format('^(CREATE OR REPLACE VIEW|COMMENT ON VIEW|COMMENT ON COLUMN) %s\M', name), '\1 ' || replace(view, '\', '\\'), 'gn');
END
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
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN ARRAY(SELECT format('%I %s %s %s', a.attname, a.atttypid, a.atttypmod, a.attcollation)
                 FROM pg_attribute a WHERE a.attrelid = view AND a.attnum > 0 ORDER BY a.attnum);
END
$function$;
COMMENT ON FUNCTION view_columns(regclass) IS 'The columns of a view: what has to stay for it to be replaced in place.';

CREATE OR REPLACE FUNCTION view_text(view regclass) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN (SELECT format('%s %s %s', c.relowner, c.reloptions, pg_get_viewdef(view)) FROM pg_class c WHERE c.oid = view);
END
$function$;
COMMENT ON FUNCTION view_text(regclass) IS 'All that a view is, besides its columns: of two with the same, neither has to be replaced by the other.';

-- A relation or column that has been renamed, or replaced by another, is none that the statements name; and a view that somebody has replaced
-- has a rule of another transaction.
CREATE OR REPLACE FUNCTION made_of(view regclass, body text, path text, labels jsonb) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN md5(concat_ws('|', body, path, labels, view_columns(view), (SELECT concat_ws(' ', c.relowner, c.reloptions) FROM pg_class c WHERE c.oid = view), (
        SELECT concat_ws(' ', max(r.xmin::text), string_agg(concat_ws('.', d.refclassid, CASE d.refclassid WHEN 'pg_class'::regclass THEN d.refobjid::regclass::text
                                                                        WHEN 'pg_proc'::regclass THEN d.refobjid::regprocedure::text
                                                                        ELSE d.refobjid::text END, a.attname, a.atttypid, a.atttypmod), ' ' ORDER BY d.refclassid, d.refobjid, d.refobjsubid))
        FROM pg_rewrite r
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
        LEFT JOIN pg_attribute a ON d.refclassid = 'pg_class'::regclass AND a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND d.refobjsubid > 0
        WHERE r.ev_class = view)));
END
$function$;
COMMENT ON FUNCTION made_of(regclass, text, text, jsonb) IS 'What a view that has been made by some statements is made of, see made_view. labels: what it and its columns are called.';

-- What a view has no comment for keeps the one that it has.
CREATE OR REPLACE FUNCTION put_comments(view regclass, like_view regclass, labels jsonb) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    c record;
BEGIN
    FOR c IN
        SELECT n.target, concat_ws(': ', labels ->> n.name, n.text) AS text
        FROM (SELECT CASE WHEN d.objsubid = 0 THEN 'VIEW ' || view ELSE format('COLUMN %s.%I', view, a.attname) END AS target,
                     coalesce(a.attname, '') AS name, d.description AS text, h.description AS had
              FROM pg_description d
              LEFT JOIN pg_attribute a ON a.attrelid = view AND a.attnum = d.objsubid AND d.objsubid > 0
              LEFT JOIN pg_description h ON h.classoid = d.classoid AND h.objoid = view AND h.objsubid = d.objsubid
              WHERE d.classoid = 'pg_class'::regclass AND d.objoid = like_view) n
        WHERE n.text IS NOT NULL AND concat_ws(': ', labels ->> n.name, n.text) IS DISTINCT FROM n.had
    LOOP
        EXECUTE format('COMMENT ON %s IS %L', c.target, c.text);
    END LOOP;
END
$function$;
COMMENT ON FUNCTION put_comments(regclass, regclass, jsonb) IS 'Comments on a view and its columns as another is commented on, with what they are called before that.';

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

CREATE OR REPLACE FUNCTION remake_view(target text, name name, body text, path text, labels jsonb) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    view regclass := target::regclass;
    columns text[] := view_columns(view);
    beside text := format('%I.%I', (SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = view), 'view to come');
    made regclass;
BEGIN
    PERFORM run_block(body_for(body, name, beside), path);      -- in its schema, for what is granted by default
    made := beside::regclass;
    IF (view_columns(made))[:cardinality(columns)] <> columns THEN
        PERFORM move_aside(view);
        EXECUTE format('ALTER VIEW %s RENAME TO %I', made, name);
        PERFORM put_comments(made, made, labels);
        RETURN;
    ELSIF columns <> view_columns(made) OR view_text(view) IS DISTINCT FROM view_text(made) THEN
        PERFORM run_block(body_for(body, name, target), path);
    END IF;
    PERFORM put_comments(view, made, labels);
    EXECUTE format('DROP VIEW %s', made);
END
$function$;
COMMENT ON FUNCTION remake_view(text, name, text, text, jsonb) IS 'The same for a view that is there, and may be made of something else.';

CREATE OR REPLACE FUNCTION make_view(schema name, name name, body text, path text) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    target text := format('%I.%I', schema, name);
    view regclass := to_regclass(target);
    labels jsonb := CASE WHEN schema <> current_schema() THEN view_labels(name) ELSE '{}' END;
BEGIN
    IF view IS NULL THEN
        PERFORM run_block(body_for(body, name, target), path);
        PERFORM put_comments(target::regclass, target::regclass, labels) WHERE labels <> '{}';
    ELSIF (SELECT m.made_of FROM made_view m WHERE m.view = to_regclass(target)) = made_of(view, body, path, labels) THEN
        RETURN;
    ELSE
        PERFORM remake_view(target, name, body, path, labels);
    END IF;
    INSERT INTO made_view (view, made_of) SELECT t, made_of(t, body, path, labels) FROM (SELECT target::regclass) v(t)
        ON CONFLICT ON CONSTRAINT made_view_pkey DO UPDATE SET made_of = excluded.made_of;
END
$function$;
COMMENT ON FUNCTION make_view(name, name, text, text) IS
    'Makes a view, or brings it up to date, by the statements that make it and comment on it, which are run with a search_path.';
