-- attach and detach.

-- Brings the bulletin's metrics into line with the catalogue and with the sources that there are. A metric that is new
-- or defined otherwise than before begins anew: everything it has computed goes.
CREATE FUNCTION edustats.sync_metrics(source name, bulletin name, timezone text) RETURNS void
LANGUAGE plpgsql
AS $function$
DECLARE
    was record;
    stale text[];
    gone text[];
    name text;
BEGIN
    SELECT * INTO was FROM attachment;
    gone := ARRAY(
        SELECT m.metric FROM metric m LEFT JOIN edustats.metric c USING (metric)
        WHERE c.metric IS NULL OR to_regclass(format('%I.%I', sync_metrics.source, c.source)) IS NULL);
    stale := ARRAY(
        SELECT m.metric FROM metric m JOIN edustats.metric c USING (metric)
        WHERE (m.source, m.time_column, m.key_column, m.weight_column, m.member_column, was.source, was.timezone)
            IS DISTINCT FROM
              (c.source, c.time_column, c.key_column, c.weight_column, c.member_column, sync_metrics.source,
               sync_metrics.timezone));
    FOREACH name IN ARRAY gone || stale LOOP
        PERFORM edustats.drop_triggers(bulletin, name, NULL);
        DELETE FROM rollup WHERE metric = name;
        DELETE FROM rollup_month WHERE metric = name;
        DELETE FROM dirty WHERE metric = name;
        DELETE FROM refresh_error WHERE metric = name;
        DELETE FROM metric WHERE metric = name;
    END LOOP;

    DELETE FROM attachment;
    INSERT INTO attachment VALUES (source, timezone, was.member_note);
    INSERT INTO metric
    SELECT c.metric, c.source, c.time_column, c.key_column, c.weight_column, c.member_column, c.unit, NULL,
           edustats.local_day(now(), timezone), NULL
    FROM edustats.metric c
    WHERE to_regclass(format('%I.%I', sync_metrics.source, c.source)) IS NOT NULL
    ON CONFLICT (metric) DO UPDATE SET unit = excluded.unit;
END
$function$;
COMMENT ON FUNCTION edustats.sync_metrics(name, name, text) IS
    'Brings a bulletin''s metrics into line with edustats.metric and the sources there are.';

-- A section's blocks: each makes one view and names the relations of the platform that it needs.
CREATE FUNCTION edustats.section_blocks() RETURNS TABLE (section text, view text, requires text[], body text)
LANGUAGE sql STABLE
SET search_path TO pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT s.section, h.header[1], string_to_array(h.header[2], ' '), b.body
    FROM edustats.section s
    CROSS JOIN LATERAL regexp_split_to_table(s.body, '^(?=-- view )', 'n') WITH ORDINALITY b(body, place)
    CROSS JOIN LATERAL regexp_match(b.body, '^-- view (\w+) requires ([^\n]*)') h(header)
    ORDER BY s.position, b.place;
END;
COMMENT ON FUNCTION edustats.section_blocks() IS
    'The statements of the bulletin''s views in order, with the relations of the platform that each needs.';

-- Runs the sections; what lacks a source is left out, and dropped if it was there, and the caller is told.
CREATE FUNCTION edustats.create_sections(source name, bulletin name) RETURNS void
LANGUAGE plpgsql
AS $function$
DECLARE
    block record;
    present boolean;
    absent text[] := '{}';
    made text[] := '{}';
BEGIN
    FOR block IN
        SELECT b.*, ARRAY(SELECT r FROM unnest(b.requires) r
                          WHERE to_regclass(format('%I.%I', create_sections.source, r)) IS NULL) AS missing
        FROM edustats.section_blocks() b
    LOOP
        IF block.missing = '{}' THEN
            EXECUTE block.body;
            made := made || block.view;
        ELSE
            EXECUTE format('DROP VIEW IF EXISTS %I', block.view);
            absent := absent || format('%s (no %s)', block.view, array_to_string(block.missing, ', '));
        END IF;
    END LOOP;
    -- What a metric of the user's own has reached is a headline, too; some built-in ones have headlines of their own.
    PERFORM edustats.create_union('headline',
        'The bulletin''s headline figures: one row a metric and month.',
        ARRAY(SELECT format('SELECT * FROM %I', v) FROM unnest(made) WITH ORDINALITY u(v, n)
              WHERE v LIKE 'headline\_%' ORDER BY n)
        || ARRAY(SELECT format('SELECT month, %1$L::text, value, previous, growth, cumulative FROM total_%1$s', m.metric)
                 FROM metric m WHERE m.metric NOT IN ('registrations', 'closures', 'learning', 'column_visits') ORDER BY 1));
    PERFORM edustats.comment_columns('headline', '{
        "month": "First day of the month.",
        "metric": "What is counted.",
        "value": "The figure of the month; for users, how many there are at its end.",
        "previous": "The figure of the month before.",
        "growth": "Growth over the month before in percent; NULL where that was nothing.",
        "cumulative": "The figure from the platform''s beginning to the end of the month, opening balance included."}');
    PERFORM edustats.create_union('narrative',
        'The bulletin''s sentences, in Chinese.',
        ARRAY(SELECT format('SELECT * FROM %I', v) FROM unnest(made) WITH ORDINALITY u(v, n)
              WHERE v LIKE 'narrative\_%' ORDER BY n));
    PERFORM edustats.comment_columns('narrative', '{
        "month": "First day of the month.",
        "section": "Section of the bulletin, from 1.",
        "paragraph": "Place of the paragraph in its section, ascending, with gaps where a platform has no source for one.",
        "text": "The paragraph."}');
    IF absent <> '{}' THEN
        RAISE NOTICE 'bulletin "%": left out for want of sources: %', bulletin, array_to_string(absent, ', ');
    END IF;
END
$function$;
COMMENT ON FUNCTION edustats.create_sections(name, name) IS 'Creates the bulletin''s views that the platform has the sources for.';

-- Drops the views of metrics that are gone.
CREATE FUNCTION edustats.drop_stale_views() RETURNS void
LANGUAGE plpgsql
AS $function$
DECLARE
    stale record;
BEGIN
    FOR stale IN
        SELECT c.relname
        FROM pg_catalog.pg_class c
        JOIN unnest(ARRAY['total_', 'monthly_', 'activity_', 'dirty_']) WITH ORDINALITY p(prefix, n) ON starts_with(c.relname, p.prefix)
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'v' AND c.relname <> 'dirty_day'
          AND NOT EXISTS (SELECT FROM metric m WHERE c.relname = p.prefix || m.metric)
        ORDER BY p.n
    LOOP
        EXECUTE format('DROP VIEW %I', stale.relname);
    END LOOP;
END
$function$;
COMMENT ON FUNCTION edustats.drop_stale_views() IS 'Drops the views of metrics that the bulletin has no more.';

-- Everything after the checks; attach runs it with the rights of the bulletin's owner.
CREATE FUNCTION edustats.attach_as_owner(source name, bulletin name, timezone text) RETURNS void
LANGUAGE plpgsql
AS $function$
DECLARE
    metric text;
    untracked record;
BEGIN
    PERFORM set_config('search_path', format('%I, %I, edustats, pg_temp', bulletin, source), true);
    IF to_regclass(format('%I.attachment', bulletin)) IS NULL THEN
        PERFORM edustats.create_tables();
    END IF;
    PERFORM edustats.sync_metrics(source, bulletin, timezone);
    PERFORM edustats.create_base_views(source, timezone);
    FOR metric IN SELECT m.metric FROM metric m LOOP
        PERFORM edustats.create_metric_views(source, timezone, metric);
    END LOOP;
    PERFORM edustats.create_unions();
    PERFORM edustats.create_refresh_status(bulletin);
    PERFORM edustats.drop_stale_views();
    PERFORM edustats.create_sections(source, bulletin);
    PERFORM edustats.sync_triggers(bulletin);
    FOR untracked IN SELECT m.* FROM metric m WHERE m.note IS NOT NULL LOOP
        RAISE NOTICE 'metric "%": %; its days since the last refresh count as dirty', untracked.metric, untracked.note;
        IF untracked.refreshed_at IS NULL THEN
            PERFORM edustats.mark_relation(bulletin, untracked.metric, format('%I.%I', source, untracked.source)::regclass);
        END IF;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION edustats.attach_as_owner(name, name, text) IS 'The part of attach that runs with the rights of the bulletin''s owner.';

CREATE PROCEDURE edustats.attach(source name DEFAULT 'platform', bulletin name DEFAULT 'bulletin',
                                 timezone text DEFAULT 'Asia/Shanghai')
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $procedure$
BEGIN
    IF EXISTS (SELECT FROM edustats.attachment a WHERE a.bulletin = attach.bulletin) THEN
        PERFORM edustats.as_owner(bulletin, format('SELECT edustats.check_attach(%L, %L, %L)', source, bulletin, timezone));
    ELSE
        PERFORM edustats.check_attach(source, bulletin, timezone);
        EXECUTE format('CREATE SCHEMA %I', bulletin);
        EXECUTE format('COMMENT ON SCHEMA %I IS %L', bulletin,
                       format('Statistical bulletin of the platform "%s", made by edustats.attach.', source));
    END IF;
    PERFORM edustats.as_owner(bulletin,
        format('SELECT edustats.attach_as_owner(%L, %L, %L)', source, bulletin, timezone));
END
$procedure$;
COMMENT ON PROCEDURE edustats.attach(name, name, text) IS
    'Makes, or brings up to date, the bulletin of a platform in a schema of its own: rollup, dirty log, triggers, views. Checks the sources first and reports all that is wrong in one error. timezone: the zone of every day and month.';

CREATE PROCEDURE edustats.detach(bulletin name)
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $procedure$
BEGIN
    IF to_regnamespace(quote_ident(bulletin)) IS NULL THEN
        -- The schema was dropped by hand; the triggers that it left are its table owners' to drop.
        IF NOT EXISTS (SELECT FROM edustats.marker m WHERE m.bulletin = detach.bulletin) THEN
            RAISE EXCEPTION USING ERRCODE = 'undefined_schema', MESSAGE = format('bulletin "%s" does not exist', bulletin);
        END IF;
        PERFORM edustats.drop_triggers(bulletin, NULL, NULL);
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM edustats.attachment a WHERE a.bulletin = detach.bulletin) THEN
        RAISE EXCEPTION USING ERRCODE = 'wrong_object_type', MESSAGE = format('schema "%s" is no bulletin', bulletin);
    END IF;
    PERFORM edustats.as_owner(bulletin, format('SELECT edustats.drop_triggers(%L, NULL, NULL)', bulletin));
    PERFORM edustats.as_owner(bulletin, format('DROP SCHEMA %I CASCADE', bulletin));
END
$procedure$;
COMMENT ON PROCEDURE edustats.detach(name) IS
    'Removes a bulletin: its triggers, and its schema with all that is in it. The platform''s data stays.';

