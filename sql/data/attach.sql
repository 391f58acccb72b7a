-- What attach and detach do with the rights of the bulletin's owner.

CREATE OR REPLACE FUNCTION forget_metrics(metrics text[]) RETURNS void
LANGUAGE sql
SET search_path FROM CURRENT
AS $function$
    SELECT note_changed(min(r.month)) FROM rollup_month r WHERE r.metric = ANY (metrics);
    DELETE FROM rollup r WHERE r.metric = ANY (metrics);
    DELETE FROM rollup_month r WHERE r.metric = ANY (metrics);
    DELETE FROM log l WHERE l.metric = ANY (metrics);
    DELETE FROM outside o WHERE o.metric = ANY (metrics);
    DELETE FROM late l WHERE l.metric = ANY (metrics);
    DELETE FROM key_name k WHERE k.metric = ANY (metrics);
    DELETE FROM refresh_error e WHERE e.metric = ANY (metrics);
$function$;
COMMENT ON FUNCTION forget_metrics(text[]) IS 'Deletes everything that was computed of some metrics.';

-- Of metrics that the owner has deleted nothing stays.
CREATE OR REPLACE FUNCTION forget_deleted() RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    gone text[] := ARRAY(SELECT p.metric FROM part p UNION SELECT w.metric FROM watch w
                         UNION SELECT l.metric FROM log l WHERE l.metric IS NOT NULL EXCEPT SELECT m.metric FROM metric m);
BEGIN
    IF gone <> '{}' THEN
        PERFORM forget_metrics(gone);
        PERFORM drop_watch(w.metric, w.relation) FROM watch w WHERE w.metric = ANY (gone);
    END IF;
END
$function$;
COMMENT ON FUNCTION forget_deleted() IS 'Deletes what was computed of metrics that are not there any more.';

-- Brings the bulletin's metrics into line with the sources that there are: those that come along are added with their
-- source, and go with it. Over another platform, or in another zone, everything begins anew.
CREATE OR REPLACE FUNCTION sync_metrics(source name, timezone text) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    anew boolean;
    gone text[];
    closed text;
BEGIN
    SELECT (a.source, a.timezone) IS DISTINCT FROM (sync_metrics.source, sync_metrics.timezone) INTO anew
        FROM attachment a FOR UPDATE;           -- waits for a refresh, and keeps the next one out
    gone := ARRAY(SELECT m.metric FROM metric m JOIN edustats.metric c USING (metric, source)
                  WHERE find_relation(sync_metrics.source, m.source) IS NULL);
    closed := (SELECT min(m.metric) FROM metric m WHERE m.closed_before IS NOT NULL AND (anew OR m.metric = ANY (gone)));
    IF closed IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('metric "%s" has closed days, which would be lost', closed),
            DETAIL = 'Its source is gone, or the bulletin would be attached to another platform or in another zone.',
            HINT = 'CALL edustats.close(…, before => NULL) opens them.';
    END IF;
    PERFORM forget_metrics(CASE WHEN anew THEN ARRAY(SELECT m.metric FROM metric m) ELSE gone END);
    DELETE FROM metric m WHERE m.metric = ANY (gone);
    PERFORM forget_deleted();

    INSERT INTO attachment AS a (source, timezone) VALUES (source, timezone)
    ON CONFLICT (only_row) DO UPDATE SET source = excluded.source, timezone = excluded.timezone
    WHERE (a.source, a.timezone) IS DISTINCT FROM (excluded.source, excluded.timezone);
    INSERT INTO metric (metric, source, time_column, key_column, weight_column, member_column, unit, label)
    SELECT c.* FROM edustats.metric c WHERE find_relation(sync_metrics.source, c.source) IS NOT NULL
    ON CONFLICT DO NOTHING;
    IF anew THEN
        UPDATE metric SET definition = NULL, refreshed_day = NULL, refreshed_at = NULL;
    END IF;
    INSERT INTO log (metric, first, last) SELECT m.metric, '-infinity', 'infinity' FROM metric m
    WHERE m.definition IS NULL AND find_relation(sync_metrics.source, m.source) IS NOT NULL;
END
$function$;
COMMENT ON FUNCTION sync_metrics(name, text) IS 'Brings a bulletin''s metrics into line with the sources there are.';

CREATE OR REPLACE FUNCTION report_left_out(source name, bulletin name) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    absent text;
    untracked record;
    slow record;
BEGIN
    SELECT string_agg(format('%s (no %s)', a.name, array_to_string(a.missing, ', ')), ', ') INTO absent
    FROM (SELECT 'metric ' || c.metric AS name, missing_sources(report_left_out.source, ARRAY[c.source::text]) AS missing
          FROM (SELECT m.metric, m.source FROM edustats.metric m
                UNION ALL SELECT m.metric, m.source FROM metric m WHERE m.metric NOT IN (SELECT e.metric FROM edustats.metric e)) c
          UNION ALL
          SELECT v.name, v.missing FROM our_views(report_left_out.source, report_left_out.bulletin) v
          WHERE v.schema = report_left_out.bulletin) a
    WHERE a.missing <> '{}';
    IF absent IS NOT NULL THEN
        RAISE NOTICE 'bulletin "%": left out for want of sources: %', bulletin, absent;
    END IF;
    FOR untracked IN SELECT m.* FROM metric m WHERE m.note IS NOT NULL ORDER BY m.metric LOOP
        RAISE NOTICE 'metric "%": %; its days since the last refresh count as dirty', untracked.metric, untracked.note;
    END LOOP;
    FOR slow IN
        SELECT m.metric, s.missing_index FROM metric m CROSS JOIN LATERAL source_rows(m.metric) s
        WHERE s.missing_index IS NOT NULL
          AND (SELECT sum(pg_relation_size(p.relation)) FROM part p WHERE p.metric = m.metric AND p.bears) > 10000000   -- or it hardly matters
        ORDER BY 1
    LOOP
        RAISE NOTICE 'metric "%": no index finds the rows of a day; this one would: %', slow.metric, slow.missing_index;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION report_left_out(name, name) IS
    'Tells which metrics and views a platform has no sources for, and which metrics'' writes can''t be seen.';

-- The triggers come last, so that the locks for them are short.
CREATE OR REPLACE FUNCTION attach(source name, bulletin name, timezone text) RETURNS jsonb
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
BEGIN
    PERFORM check_not_suspended();
    PERFORM check_sources(source, bulletin, timezone);
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', bulletin,
                   format('Statistical bulletin of the platform "%s", made by edustats.attach: for readers.', source));
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', current_schema(), format('Data of the bulletin "%s": for its owner alone.', bulletin));
    PERFORM sync_metrics(source, timezone);
    PERFORM sync_page();
    PERFORM sync_kinds(true);
    PERFORM sync_views(source, bulletin);
    PERFORM sync_materialized(source, bulletin, true);
    PERFORM note_changed('-infinity');          -- views may be defined otherwise
    PERFORM analyze_tables();
    PERFORM reconcile();
    PERFORM report_left_out(source, bulletin);
    RETURN NULL;
END
$function$;
COMMENT ON FUNCTION attach(name, name, text) IS 'The part of edustats.attach that runs with the rights of the bulletin''s owner.';

CREATE OR REPLACE FUNCTION detach(bulletin name) RETURNS jsonb
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    relations regclass[] := ARRAY(
        SELECT DISTINCT t.tgrelid::regclass FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE t.tgfoid = 'edustats.log_changes'::regproc AND pg_has_role(c.relowner, 'USAGE')
          AND EXISTS (SELECT FROM our_triggers(t.tgrelid)));
BEGIN
    PERFORM check_not_suspended();          -- or the platform's views would be lost
    IF EXISTS (SELECT FROM published) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format('bulletin "%s" has published months', bulletin),
            HINT = format('Take what has been published away, and DROP TABLE %I.published CASCADE first.', current_schema());
    END IF;
    PERFORM end_materialized('CASCADE');
    PERFORM lock_sources('{}', relations);
    PERFORM drop_triggers(r) FROM unnest(relations) r;
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', bulletin);
    EXECUTE format('DROP SCHEMA %I CASCADE', current_schema());
    RETURN NULL;
END
$function$;
COMMENT ON FUNCTION detach(name) IS 'The part of edustats.detach that runs with the rights of the bulletin''s owner.';
