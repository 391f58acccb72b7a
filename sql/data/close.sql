-- Final days, and tables that are watched.

-- What is made final must be what the sources say. Opened again, days are marked: what has happened meanwhile is unknown.
CREATE OR REPLACE FUNCTION close(metric text, before date) RETURNS jsonb
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    m metric;
    dirty date;
BEGIN
    PERFORM check_not_suspended();
    PERFORM FROM attachment FOR UPDATE;         -- no refresh meanwhile
    FOR m IN SELECT t.* FROM metric t WHERE close.metric IS NULL OR t.metric = (existing_metric(close.metric)).metric ORDER BY t.metric LOOP
        dirty := lower((pending(m.metric)).days);
        IF dirty < before THEN
            RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
                MESSAGE = format('metric "%s" has days before %s that are not computed', m.metric, before),
                DETAIL = format('The first of them is %s.', dirty), HINT = 'CALL edustats.refresh first.';
        ELSIF m.closed_before > before OR before IS NULL AND m.closed_before IS NOT NULL THEN
            INSERT INTO log (metric, first, last) VALUES (m.metric, coalesce(before, '-infinity'), m.closed_before - 1);
            DELETE FROM late l WHERE l.metric = m.metric AND l.day >= coalesce(before, '-infinity');
        END IF;
        UPDATE metric t SET closed_before = before WHERE t.metric = m.metric AND t.closed_before IS DISTINCT FROM before;
    END LOOP;
    RETURN NULL;
END
$function$;
COMMENT ON FUNCTION close(text, date) IS 'Makes the days of a metric, or of all, before a date final; NULL: none.';

CREATE OR REPLACE FUNCTION drop_watch(metric text, relation regclass) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    helper regclass;
BEGIN
    DELETE FROM watch w WHERE (w.metric, w.relation) = (drop_watch.metric, drop_watch.relation) RETURNING w.view INTO helper;
    DELETE FROM suspended s WHERE s.object = watch_name(metric, relation);
    IF EXISTS (SELECT FROM pg_class c WHERE c.oid = helper) THEN
        EXECUTE format('DROP VIEW %s', helper);
    END IF;
END
$function$;
COMMENT ON FUNCTION drop_watch(text, regclass) IS 'Ends the watching of a table for a metric.';

CREATE OR REPLACE FUNCTION watch_name(metric text, relation regclass) RETURNS name
LANGUAGE sql IMMUTABLE
SET search_path FROM CURRENT
AS $function$
    SELECT ('watch_' || metric || '_' || relation::oid)::name
$function$;
COMMENT ON FUNCTION watch_name(text, regclass) IS 'The name of the view that says when a watched table''s rows are.';

-- The expression is SQL of the caller's, who has the owner's rights, in which it is run: as what stands in a view. Ended it can be
-- while the bulletin is suspended, too: its table may be gone, and its view not to be made again.
CREATE OR REPLACE FUNCTION watch(metric text, relation regclass, time_expression text, margin integer) RETURNS jsonb
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    helper name := watch_name(metric, relation);
    problem text;
BEGIN
    IF time_expression IS NOT NULL THEN
        PERFORM check_not_suspended();
    END IF;
    PERFORM existing_metric(metric);
    PERFORM FROM attachment FOR UPDATE;
    PERFORM drop_watch(metric, relation);
    IF time_expression IS NOT NULL THEN
        IF EXISTS (SELECT FROM edustats.source_tables(this_schema(), metric) s HAVING bool_and(s.problem IS NULL)) AND NOT EXISTS (
            SELECT FROM watch w WHERE w.metric = watch.metric) THEN
            RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
                MESSAGE = format('metric "%s" needs no watch', metric), DETAIL = 'Its source is seen through, and its tables are tracked.';
        END IF;
        EXECUTE format(E'CREATE VIEW %I AS SELECT (%s\n)::timestamptz AS "time" FROM %s', helper, time_expression, relation);
        EXECUTE format('COMMENT ON VIEW %I IS %L', helper, format('When a row of %s is, for the metric "%s".', relation, metric));
        EXECUTE format('COMMENT ON COLUMN %I."time" IS ''When the row is.''', helper);
        INSERT INTO watch (metric, relation, view, margin) VALUES (metric, relation, quote_ident(helper)::regclass, margin);
        problem := coalesce((SELECT min(s.problem) FROM edustats.source_tables(this_schema(), metric) s), track_problem(relation));
        IF problem IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('%s can not be watched: %s', relation, problem);
        END IF;
    END IF;
    IF NOT EXISTS (SELECT FROM suspended) THEN
        PERFORM reconcile();
    END IF;
    RETURN NULL;
END
$function$;
COMMENT ON FUNCTION watch(text, regclass, text, integer) IS 'Has writes to a table make days of a metric dirty; time_expression NULL: no more.';
