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
    SELECT * INTO was FROM attachment FOR UPDATE;           -- waits for a refresh, and keeps the next one out
    gone := ARRAY(
        SELECT m.metric FROM metric m LEFT JOIN edustats.metric c USING (metric)
        WHERE c.metric IS NULL OR edustats.find_relation(sync_metrics.source, c.source) IS NULL);
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

    INSERT INTO attachment (source, timezone) VALUES (source, timezone)
    ON CONFLICT (only_row) DO UPDATE SET source = excluded.source, timezone = excluded.timezone;
    INSERT INTO metric
    SELECT c.metric, c.source, c.time_column, c.key_column, c.weight_column, c.member_column, c.unit, NULL,
           edustats.local_day(now(), timezone), NULL
    FROM edustats.metric c
    WHERE edustats.find_relation(sync_metrics.source, c.source) IS NOT NULL
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
    CROSS JOIN LATERAL regexp_split_to_table(s.body, '^(?=-- (?:view|data) )', 'n') WITH ORDINALITY b(body, place)
    CROSS JOIN LATERAL regexp_match(b.body, '^-- (?:view|data) (\w+) requires ([^\n]*)') h(header)
    WHERE h.header IS NOT NULL                              -- not what stands before the first block
    ORDER BY s.position, b.place;
END;
COMMENT ON FUNCTION edustats.section_blocks() IS
    'The statements of the bulletin''s views in order, with the relations of the platform that each needs.';

CREATE FUNCTION edustats.missing_sources(source name, relations text[]) RETURNS text[]
LANGUAGE sql STABLE
SET search_path TO pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT coalesce(array_agg(r), '{}') FROM unnest(relations) r WHERE edustats.find_relation(source, r) IS NULL;
END;
COMMENT ON FUNCTION edustats.missing_sources(name, text[]) IS 'Those of some relations that a platform does not have.';

-- The names are fixed here and not looked up by a pattern, so that a view of the user's own is never taken for ours.
CREATE FUNCTION edustats.bulletin_views(source name) RETURNS TABLE (view text, missing text[])
LANGUAGE plpgsql
AS $function$
BEGIN
    RETURN QUERY
    SELECT v, '{}'::text[]
    FROM unnest(ARRAY['opening', 'headline', 'narrative']) v
    UNION ALL
    SELECT b.view, edustats.missing_sources(source, b.requires) FROM edustats.section_blocks() b;
END
$function$;
COMMENT ON FUNCTION edustats.bulletin_views(name) IS
    'The views that attach makes in the bulletin, and the relations of the platform that are missing for each.';

CREATE FUNCTION edustats.drop_views(views text[]) RETURNS void
LANGUAGE plpgsql
AS $function$
DECLARE
    list text;
BEGIN
    SELECT string_agg(c.oid::regclass::text, ', ') INTO list
    FROM pg_class c
    WHERE c.relnamespace = quote_ident(current_schema())::regnamespace AND c.relname = ANY (views) AND c.relkind = 'v';
    IF list IS NOT NULL THEN
        -- In one statement, so that no order is needed; a view of the user's own that depends on them makes an error.
        EXECUTE 'DROP VIEW ' || list;
    END IF;
END
$function$;
COMMENT ON FUNCTION edustats.drop_views(text[]) IS 'Drops views in the first schema of the search_path, where they exist.';

-- The views of some that the sections have made under the names VIEW_..., in their order.
CREATE FUNCTION edustats.view_parts(view name, made text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE
RETURN ARRAY(SELECT p FROM unnest(made) WITH ORDINALITY u(p, n) WHERE starts_with(p, view || '_') ORDER BY n);
COMMENT ON FUNCTION edustats.view_parts(name, text[]) IS 'Those of some views that are parts of another, by their names.';

CREATE FUNCTION edustats.comment_parts(view name, parts text[], columns jsonb) RETURNS void
LANGUAGE plpgsql
AS $function$
DECLARE
    part text;
BEGIN
    FOREACH part IN ARRAY parts || view::text LOOP
        PERFORM edustats.comment_columns(part, columns);
    END LOOP;
END
$function$;
COMMENT ON FUNCTION edustats.comment_parts(name, text[], jsonb) IS 'Comments on the columns of a view and of its parts.';

-- What a metric of the user's own has reached is a headline, too; some built-in ones have headlines of their own.
CREATE FUNCTION edustats.create_headline(parts text[]) RETURNS void
LANGUAGE plpgsql
AS $function$
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW headline AS '
            'SELECT month, metric, value, previous, growth, cumulative FROM metric_total '
            'WHERE metric NOT IN (''registrations'', ''closures'', ''learning'', ''column_visits'')'
            || array_to_string(ARRAY(SELECT format(' UNION ALL SELECT * FROM %I', p) FROM unnest(parts) p), '');
    COMMENT ON VIEW headline IS 'The bulletin''s headline figures: one row a metric and month.';
    PERFORM edustats.comment_parts('headline', parts, '{
        "month": "First day of the month.",
        "metric": "What is counted.",
        "value": "The figure of the month; for users, how many there are at its end.",
        "previous": "The figure of the month before.",
        "growth": "Growth over the month before in percent; NULL where that was nothing.",
        "cumulative": "The figure from the platform''s beginning to the end of the month, opening balance included."}');
END
$function$;
COMMENT ON FUNCTION edustats.create_headline(text[]) IS 'Creates the view headline, of its parts and of the metrics.';

-- Its parts stand side by side and have nothing in common, so a function reads one after the other: one plan of them all
-- would take tens of megabytes, and more time than reading them.
CREATE FUNCTION edustats.create_narrative(bulletin name, parts text[]) RETURNS void
LANGUAGE plpgsql
AS $function$
BEGIN
    PERFORM edustats.create_function('sentences(month date)', 'section integer, paragraph integer, text text',
        'LANGUAGE plpgsql ROWS 20 COST 100000',
        format(E'\nBEGIN\n%sEND\n', array_to_string(ARRAY(
            SELECT format(E'    RETURN QUERY SELECT p.section, p.paragraph, p.text FROM %I.%I p WHERE p.month = sentences.month;\n',
                          bulletin, p) FROM unnest(parts) p), '')),
        'The bulletin''s sentences of a month: what narrative reads.');
    CREATE OR REPLACE VIEW narrative AS
    SELECT m.month, s.section, s.paragraph, s.text FROM months() m CROSS JOIN LATERAL sentences(m.month) s;
    COMMENT ON VIEW narrative IS 'The bulletin''s sentences, in Chinese.';
    PERFORM edustats.comment_parts('narrative', parts, '{
        "month": "First day of the month.",
        "section": "Section of the bulletin, from 1.",
        "paragraph": "Place of the paragraph in its section, ascending, with gaps where a platform has no source for one.",
        "text": "The paragraph."}');
END
$function$;
COMMENT ON FUNCTION edustats.create_narrative(name, text[]) IS 'Creates the view narrative, and the function that reads its parts.';

-- Runs the sections; what lacks a source is left out.
CREATE FUNCTION edustats.create_sections(source name, bulletin name) RETURNS void
LANGUAGE plpgsql
AS $function$
DECLARE
    block record;
    made text[] := '{}';
BEGIN
    FOR block IN
        SELECT * FROM edustats.section_blocks() b WHERE edustats.missing_sources(source, b.requires) = '{}'
    LOOP
        EXECUTE block.body;
        made := made || block.view;
    END LOOP;
    PERFORM edustats.create_headline(edustats.view_parts('headline', made));
    PERFORM edustats.create_narrative(bulletin, edustats.view_parts('narrative', made));
END
$function$;
COMMENT ON FUNCTION edustats.create_sections(name, name) IS 'Creates the bulletin''s views that the platform has the sources for.';

CREATE FUNCTION edustats.create_views(source name, bulletin name) RETURNS void
LANGUAGE plpgsql
AS $function$
BEGIN
    PERFORM edustats.create_opening(source);
    PERFORM edustats.create_functions(bulletin);
    PERFORM edustats.create_sections(source, bulletin);
END
$function$;
COMMENT ON FUNCTION edustats.create_views(name, name) IS 'Creates or replaces all views of a bulletin.';

-- Replaces the views in place, which keeps who may read them; had: the views of before. A column whose type or name has
-- changed can't be replaced: then all views are made anew, and what was granted on them is granted again.
CREATE FUNCTION edustats.sync_views(source name, bulletin name, had text[]) RETURNS void
LANGUAGE plpgsql
AS $function$
DECLARE
    command text;
    grants text[];
BEGIN
    BEGIN
        PERFORM edustats.create_views(source, bulletin);
    EXCEPTION WHEN invalid_table_definition THEN
        grants := ARRAY(
            SELECT format('GRANT %s ON %I TO %s%s', a.privilege_type, c.relname,
                          CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
                          CASE WHEN a.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
            FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
            WHERE c.relnamespace = quote_ident(bulletin)::regnamespace AND c.relname = ANY (had) AND a.grantee <> c.relowner
              AND c.relname IN (SELECT v.view FROM edustats.bulletin_views(source) v WHERE v.missing = '{}'));
        PERFORM edustats.drop_views(had);
        PERFORM edustats.create_views(source, bulletin);
        FOREACH command IN ARRAY grants LOOP
            EXECUTE command;
        END LOOP;
    END;
    PERFORM edustats.drop_views(ARRAY(
        SELECT h FROM unnest(had) h EXCEPT SELECT v.view FROM edustats.bulletin_views(source) v WHERE v.missing = '{}'));
END
$function$;
COMMENT ON FUNCTION edustats.sync_views(name, name, text[]) IS
    'Brings all views of a bulletin up to date and drops those whose sources or metric are gone.';

-- Everything after the checks; attach runs it with the rights of the bulletin's owner. Whoever may create objects in
-- the platform's schema can have the bulletin's owner run them, as with every schema in a search_path.
CREATE FUNCTION edustats.attach_as_owner(source name, bulletin name, timezone text) RETURNS void
LANGUAGE plpgsql
AS $function$
DECLARE
    had text[];
BEGIN
    PERFORM set_config('search_path', format('%I, %I, edustats, pg_temp', bulletin, source), true);
    EXECUTE format('COMMENT ON SCHEMA %I IS %L', bulletin,
                   format('Statistical bulletin of the platform "%s", made by edustats.attach.', source));
    IF to_regclass(format('%I.attachment', bulletin)) IS NULL THEN
        PERFORM edustats.create_tables();
    END IF;
    had := ARRAY(SELECT v.view FROM edustats.bulletin_views(source) v);
    PERFORM edustats.sync_metrics(source, bulletin, timezone);
    PERFORM edustats.sync_views(source, bulletin, had);
    PERFORM edustats.sync_triggers(bulletin);
    PERFORM edustats.report_left_out(source, bulletin);
    PERFORM edustats.report_untracked(source, bulletin);
END
$function$;
COMMENT ON FUNCTION edustats.attach_as_owner(name, name, text) IS 'The part of attach that runs with the rights of the bulletin''s owner.';

CREATE FUNCTION edustats.report_left_out(source name, bulletin name) RETURNS void
LANGUAGE plpgsql
AS $function$
DECLARE
    absent text;
BEGIN
    SELECT string_agg(format('%s (no %s)', a.name, array_to_string(a.missing, ', ')), ', ') INTO absent
    FROM (SELECT 'metric ' || c.metric AS name, edustats.missing_sources(report_left_out.source, ARRAY[c.source::text]) AS missing
          FROM edustats.metric c
          UNION ALL
          SELECT v.view, v.missing FROM edustats.bulletin_views(report_left_out.source) v) a
    WHERE a.missing <> '{}';
    IF absent IS NOT NULL THEN
        RAISE NOTICE 'bulletin "%": left out for want of sources: %', bulletin, absent;
    END IF;
END
$function$;
COMMENT ON FUNCTION edustats.report_left_out(name, name) IS 'Tells which metrics and views a platform has no sources for.';

-- Before its first refresh, an untracked metric is dirty wherever its source has rows.
CREATE FUNCTION edustats.report_untracked(source name, bulletin name) RETURNS void
LANGUAGE plpgsql
AS $function$
DECLARE
    untracked record;
BEGIN
    FOR untracked IN SELECT m.* FROM metric m WHERE m.note IS NOT NULL ORDER BY m.metric LOOP
        RAISE NOTICE 'metric "%": %; its days since the last refresh count as dirty', untracked.metric, untracked.note;
        IF untracked.refreshed_at IS NULL THEN
            DELETE FROM dirty d WHERE d.metric = untracked.metric;
            PERFORM edustats.mark_relation(bulletin, untracked.metric, format('%I.%I', source, untracked.source)::regclass);
        END IF;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION edustats.report_untracked(name, name) IS
    'Tells which metrics'' writes can''t be seen, and marks their days before the first refresh.';

CREATE FUNCTION edustats.warn_superuser(source name, bulletin name) RETURNS void
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    owner name;
BEGIN
    SELECT o.rolname INTO owner FROM pg_namespace n JOIN pg_roles o ON o.oid = n.nspowner
    WHERE n.nspname = source AND NOT o.rolsuper;
    IF FOUND AND (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user) THEN
        RAISE WARNING USING
            MESSAGE = format('bulletin "%s" will run the views of "%s" with the rights of the superuser %I', bulletin, source, current_user),
            HINT = format('Detach, SET ROLE %I, and attach again, unless you trust whoever may create objects there.', owner);
    END IF;
END
$function$;
COMMENT ON FUNCTION edustats.warn_superuser(name, name) IS
    'Warns a superuser who is about to own the bulletin of a platform that is not a superuser''s.';

-- A bulletin is the coordinator's own: where there is Citus, it is not to make, or drop, schemas, views and functions on
-- the workers as well. Elsewhere the setting means nothing.
CREATE PROCEDURE edustats.attach(source name DEFAULT 'platform', bulletin name DEFAULT 'bulletin',
                                 timezone text DEFAULT 'Asia/Shanghai')
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
SET citus.enable_ddl_propagation TO off
AS $procedure$
BEGIN
    IF EXISTS (SELECT FROM edustats.attachment a WHERE a.bulletin = attach.bulletin) THEN
        PERFORM edustats.as_owner(bulletin, format('SELECT edustats.check_attach(%L, %L, %L)', source, bulletin, timezone));
    ELSE
        PERFORM edustats.check_attach(source, bulletin, timezone);
        PERFORM edustats.warn_superuser(source, bulletin);
        EXECUTE format('CREATE SCHEMA %I', bulletin);
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
SET citus.enable_ddl_propagation TO off
SET client_min_messages TO warning          -- no list of all that goes with the schema
AS $procedure$
BEGIN
    IF bulletin IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'bulletin must not be null';
    ELSIF to_regnamespace(quote_ident(bulletin)) IS NULL THEN
        -- The schema was dropped by hand; the triggers that it left are its table owners' to drop.
        IF NOT EXISTS (SELECT FROM edustats.marker m WHERE m.bulletin = detach.bulletin) THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name', MESSAGE = format('bulletin "%s" does not exist', bulletin);
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

