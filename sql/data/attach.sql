-- What attach and detach do with the rights of the bulletin's owner.

-- Brings the bulletin's metrics into line with the catalogue and with the sources that there are. A metric that is new
-- or defined otherwise than before begins anew: everything it has computed goes, and all its days are marked.
CREATE OR REPLACE FUNCTION sync_metrics(source name, timezone text) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    was record;
    gone text[];
BEGIN
    SELECT * INTO was FROM attachment FOR UPDATE;           -- waits for a refresh, and keeps the next one out
    gone := ARRAY(
        SELECT m.metric FROM metric m LEFT JOIN edustats.metric c USING (metric)
        WHERE c.metric IS NULL OR find_relation(sync_metrics.source, c.source) IS NULL
           OR (m.source, m.time_column, m.key_column, m.weight_column, m.member_column, was.source, was.timezone)
              IS DISTINCT FROM
              (c.source, c.time_column, c.key_column, c.weight_column, c.member_column, sync_metrics.source, sync_metrics.timezone));
    DELETE FROM rollup r WHERE r.metric = ANY (gone);
    DELETE FROM rollup_month r WHERE r.metric = ANY (gone);
    DELETE FROM log l WHERE l.metric = ANY (gone);
    DELETE FROM outside o WHERE o.metric = ANY (gone);
    DELETE FROM refresh_error e WHERE e.metric = ANY (gone);
    DELETE FROM metric m WHERE m.metric = ANY (gone);

    INSERT INTO attachment AS a (source, timezone) VALUES (source, timezone)
    ON CONFLICT (only_row) DO UPDATE SET source = excluded.source, timezone = excluded.timezone
    WHERE (a.source, a.timezone) IS DISTINCT FROM (excluded.source, excluded.timezone);
    WITH new AS (
        INSERT INTO metric (metric, source, time_column, key_column, weight_column, member_column, unit, since, refreshed_day)
        SELECT c.metric, c.source, c.time_column, c.key_column, c.weight_column, c.member_column, c.unit, c.since,
               edustats.local_day(now(), timezone)
        FROM edustats.metric c
        WHERE find_relation(sync_metrics.source, c.source) IS NOT NULL
        ON CONFLICT DO NOTHING
        RETURNING metric.metric)
    INSERT INTO log (metric, first, last) SELECT n.metric, '-infinity', 'infinity' FROM new n;
    UPDATE metric m SET unit = c.unit FROM edustats.metric c WHERE c.metric = m.metric AND c.unit <> m.unit;
END
$function$;
COMMENT ON FUNCTION sync_metrics(name, text) IS 'Brings a bulletin''s metrics into line with edustats.metric and the sources there are.';

CREATE OR REPLACE FUNCTION report_left_out(source name, bulletin name) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT
AS $function$
DECLARE
    absent text;
    untracked record;
BEGIN
    SELECT string_agg(format('%s (no %s)', a.name, array_to_string(a.missing, ', ')), ', ') INTO absent
    FROM (SELECT 'metric ' || c.metric AS name, missing_sources(report_left_out.source, ARRAY[c.source::text]) AS missing
          FROM edustats.metric c
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
    PERFORM check_sources(source, bulletin, timezone);
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', bulletin,
                   format('Statistical bulletin of the platform "%s", made by edustats.attach: for readers.', source));
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', current_schema(), format('Data of the bulletin "%s": for its owner alone.', bulletin));
    PERFORM sync_metrics(source, timezone);
    PERFORM sync_views(source, bulletin);
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
    PERFORM lock_sources('{}', relations);
    PERFORM drop_triggers(r) FROM unnest(relations) r;
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', bulletin);
    EXECUTE format('DROP SCHEMA %I CASCADE', current_schema());
    RETURN NULL;
END
$function$;
COMMENT ON FUNCTION detach(name) IS 'The part of edustats.detach that runs with the rights of the bulletin''s owner.';
