-- What a refresh does with materialized views: it finds out which months may have changed, compares these, and has those computed anew
-- that have. A month says nothing of what comes after it: what changes in the activity changes nothing in months before.

-- The first month of which the views are not what the rollup says. Until it is, each refresh looks at it again.
CREATE OR REPLACE FUNCTION first_pending() RETURNS date
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN (SELECT min(CASE WHEN d.problem IS NOT NULL THEN '-infinity' ELSE edustats.month_of(lower(d.days)) END)
            FROM metric m CROSS JOIN LATERAL dirty_or_problem(m.metric) d);
END
$function$;
COMMENT ON FUNCTION first_pending() IS 'The first month with a dirty day; -infinity where that can''t be found out, NULL if none is dirty.';

CREATE OR REPLACE FUNCTION take_changed(bulletin name, OUT first date, OUT page boolean)
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    m materialized;
    n materialized;
    pending date := first_pending();
BEGIN
    SELECT * INTO m FROM materialized;
    n := m;
    n.inputs := inputs_hash();
    n.page_inputs := page_hash(bulletin);
    SELECT b.first, b.last INTO n.first, n.last FROM month_bounds() b;
    first := CASE WHEN m.inputs IS DISTINCT FROM n.inputs OR m.first IS DISTINCT FROM n.first THEN '-infinity'
                  ELSE least(pending, (SELECT min(c.month) FROM changed_month c), CASE WHEN n.last <> m.last THEN least(n.last, m.last) END) END;
    page := m.page_inputs IS DISTINCT FROM n.page_inputs;
    IF m IS DISTINCT FROM n THEN
        UPDATE materialized SET inputs = n.inputs, page_inputs = n.page_inputs, first = n.first, last = n.last;
    END IF;
    DELETE FROM changed_month;
    PERFORM note_changed(pending);
END
$function$;
COMMENT ON FUNCTION take_changed(name, OUT date, OUT boolean) IS
    'From which month on materialized views may differ from their views, NULL: none; and whether what only the page reads has changed. Remembers how things stand.';

-- As text, so that what is equal and not the same differs, too.
CREATE OR REPLACE FUNCTION differing_months(one regclass, other regclass, first date) RETURNS date[]
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT
SET jit TO off
AS $function$
DECLARE
    of_months boolean := EXISTS (SELECT FROM column_types(one) c WHERE c.name = 'month');
    rows text := CASE WHEN of_months THEN 'SELECT t.month, t::text FROM %s t WHERE t.month >= %L' ELSE 'SELECT ''-infinity''::date, t::text FROM %s t' END;
    months date[];
BEGIN
    EXECUTE format('WITH o(month, row) AS MATERIALIZED (%s), n(month, row) AS MATERIALIZED (%s) SELECT array_agg(DISTINCT d.month) '
                   'FROM ((TABLE o EXCEPT ALL TABLE n) UNION ALL (TABLE n EXCEPT ALL TABLE o)) d', format(rows, one, first), format(rows, other, first)) INTO months;
    RETURN coalesce(months, '{}');
END
$function$;
COMMENT ON FUNCTION differing_months(regclass, regclass, date) IS
    'The months from one on in which two relations have other rows; -infinity for those that have rows of no month.';

CREATE OR REPLACE FUNCTION changed_months(bulletin name, name text, view regclass, first date) RETURNS date[]
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    RETURN differing_months(view, format('%I.%I', bulletin, name)::regclass, first);
EXCEPTION
    WHEN lock_not_available OR deadlock_detected OR serialization_failure OR insufficient_resources THEN
        RAISE;
    WHEN OTHERS THEN
        RAISE WARNING 'materialized view % stays as it is: %', view, SQLERRM;
        PERFORM note_changed('-infinity');
        RETURN '{}';
END
$function$;
COMMENT ON FUNCTION changed_months(name, text, regclass, date) IS
    'The months in which a materialized view is not what it should be; a warning, and none, where that can''t be found out.';

-- The page takes longest, and says nothing of a month but what the other views do: it is computed for the months in which one of
-- these has changed, and looked at as a whole only where something else has.
CREATE OR REPLACE FUNCTION plan_materialized(bulletin name) RETURNS jsonb
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    taken record;
    v record;
    months date[];
    any_months date[] := '{}';
    names jsonb := '[]';
BEGIN
    IF lock_attachment() IS NULL THEN
        RETURN NULL;
    ELSIF NOT EXISTS (SELECT FROM materialized) THEN
        RETURN '[]';
    END IF;
    PERFORM check_not_suspended();
    PERFORM sync_materialized((SELECT a.source FROM attachment a), bulletin, false);
    taken := take_changed(bulletin);
    FOR v IN SELECT m.* FROM edustats.materialized_views(this_schema()) m ORDER BY m.name = 'page', m.name LOOP
        months := CASE WHEN NOT v.populated THEN NULL
                       WHEN v.name = 'refresh_status' THEN changed_months(bulletin, v.name, v.view, NULL)
                       WHEN v.name <> 'page' THEN changed_months(bulletin, v.name, v.view, coalesce(taken.first, 'infinity'))
                       WHEN taken.page THEN changed_months(bulletin, v.name, v.view, '-infinity')
                       ELSE any_months END;
        CONTINUE WHEN months = '{}';
        names := names || to_jsonb(v.name);
        any_months := ARRAY(SELECT unnest(any_months) UNION SELECT u FROM unnest(months) u WHERE isfinite(u));
        INSERT INTO computed_months (view, months) SELECT v.name, months WHERE v.name <> 'refresh_status';
    END LOOP;
    RETURN names;
END
$function$;
COMMENT ON FUNCTION plan_materialized(name) IS
    'Which materialized views of a bulletin are to be refreshed in this transaction; NULL if another refresh is under way.';

CREATE OR REPLACE FUNCTION finish_materialized(failed boolean) RETURNS jsonb
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    DELETE FROM computed_months;
    IF failed THEN
        PERFORM note_changed('-infinity');
    END IF;
    RETURN NULL;
END
$function$;
COMMENT ON FUNCTION finish_materialized(boolean) IS 'What a refresh of materialized views does at its end; failed: did that of any?';
