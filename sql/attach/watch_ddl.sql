-- Partitions that come and go with DDL: the triggers follow, and the days are marked in the same transaction.

-- Are triggers of this bulletin among those of these names? Asked without reading anything that the bulletin's owner
-- could spoil, so that nobody's bulletin is in the way of other people's DDL.
CREATE FUNCTION edustats.bears(bulletin name, triggers name[]) RETURNS boolean
LANGUAGE sql STABLE
SET search_path TO pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT EXISTS (SELECT FROM unnest(triggers) t(name)
                   WHERE starts_with(t.name, format('edustats_%s.', bulletin))
                      OR t.name IN (SELECT edustats.trigger_name(bulletin, m.metric, 'insert') FROM edustats.metric m
                                    UNION ALL SELECT edustats.trigger_name(bulletin, '', 'insert')));
END;
COMMENT ON FUNCTION edustats.bears(name, name[]) IS 'Are triggers of a bulletin among those of these names?';

-- The metrics, and bulletins, whose triggers some relations bear; not '' for members, whom a rewrite leaves who they are.
CREATE FUNCTION edustats.metrics_of(relations oid[]) RETURNS TABLE (bulletin name, metric text, relation regclass)
LANGUAGE sql STABLE
SET search_path TO pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT DISTINCT a.bulletin, m.metric, m.relation
    FROM edustats.marker m JOIN edustats.attachment a ON a.bulletin = m.bulletin
    WHERE m.relation = ANY (relations) AND m.metric <> '';
END;
COMMENT ON FUNCTION edustats.metrics_of(oid[]) IS 'The metrics, with their bulletins, whose triggers some relations bear.';

CREATE FUNCTION edustats.takes_place(relation oid, beside regclass) RETURNS boolean
LANGUAGE sql STABLE
SET search_path TO pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT FROM pg_class c JOIN pg_class b ON b.oid = beside AND b.relnamespace = c.relnamespace
        WHERE c.oid = relation AND c.relname IN (SELECT m.source FROM edustats.metric m UNION ALL SELECT 'member')
          AND NOT EXISTS (SELECT FROM edustats.marker k WHERE k.relation = c.oid));
END;
COMMENT ON FUNCTION edustats.takes_place(oid, regclass) IS
    'Has a relation a source''s name, in the schema of another source, but no triggers: did it take a source''s place?';

-- SECURITY DEFINER, as whoever may alter a source need have no rights on the bulletins; it can't be called, only fire,
-- and does all its work as the owner of each bulletin.
CREATE FUNCTION edustats.watch_ddl() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    dropped name[];
    bulletin name;
    rewritten text := current_setting('edustats.rewritten', true);
    touched record;
BEGIN
    IF edustats.is_restricted() THEN
        RETURN;                 -- DDL of attach itself
    END IF;
    IF TG_EVENT = 'sql_drop' THEN
        dropped := ARRAY(SELECT d.address_names[3] FROM pg_event_trigger_dropped_objects() d
                         WHERE d.object_type = 'trigger' AND starts_with(d.address_names[3], 'edustats_'));
        IF dropped <> '{}' THEN
            FOR bulletin IN SELECT a.bulletin FROM edustats.attachment a WHERE edustats.bears(a.bulletin, dropped) LOOP
                PERFORM edustats.as_owner(bulletin, format('SELECT edustats.mark_dropped(%L, %L)', bulletin, dropped));
            END LOOP;
        END IF;
    ELSE
        FOR bulletin IN
            SELECT DISTINCT a.bulletin
            FROM pg_event_trigger_ddl_commands() d
            CROSS JOIN edustats.attachment a
            JOIN edustats.marker k ON k.bulletin = a.bulletin
            WHERE CASE d.classid
                  WHEN 'pg_class'::regclass THEN
                      edustats.changes_tree(d.command)
                      AND (k.relation IN (SELECT * FROM edustats.relation_roots(d.objid))
                           OR edustats.takes_place(d.objid, k.relation))
                  WHEN 'pg_subscription'::regclass THEN
                      k.relation IN (SELECT s.srrelid FROM pg_subscription_rel s)
                  END
        LOOP
            PERFORM edustats.as_owner(bulletin, format('SELECT edustats.sync_triggers(%L)', bulletin));
        END LOOP;
        IF rewritten <> '' THEN
            FOR touched IN SELECT * FROM edustats.metrics_of(string_to_array(rewritten, ',')::oid[]) LOOP
                PERFORM edustats.as_owner(touched.bulletin, format('SELECT edustats.mark_relation(%L, %L, %L, true)',
                                                                   touched.bulletin, touched.metric, touched.relation));
            END LOOP;
            PERFORM set_config('edustats.rewritten', '', true);
        END IF;
    END IF;
END
$function$;
COMMENT ON FUNCTION edustats.watch_ddl() IS
    'Event trigger: gives the dirty log''s triggers to new partitions of sources and marks the days of those that come or go.';

-- A rewrite may compute a counted column anew, and then it moves rows to other days, though no trigger fires. In its
-- midst the table can't be read: the days of before are marked at once from the rollup, those of after by watch_ddl.
CREATE FUNCTION edustats.watch_rewrite() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    m record;
BEGIN
    IF pg_event_trigger_table_rewrite_reason() & 6 = 0 THEN     -- neither new values nor another type
        RETURN;
    END IF;
    FOR m IN SELECT * FROM edustats.metrics_of(ARRAY[pg_event_trigger_table_rewrite_oid()]) LOOP
        PERFORM edustats.as_owner(m.bulletin, format('SELECT edustats.mark_rollup(%L, %L)', m.bulletin, m.metric));
    END LOOP;
    PERFORM set_config('edustats.rewritten',
                       concat_ws(',', nullif(current_setting('edustats.rewritten', true), ''),
                                 pg_event_trigger_table_rewrite_oid()), true);
END
$function$;
COMMENT ON FUNCTION edustats.watch_rewrite() IS
    'Event trigger: marks the days of a source whose rows an ALTER TABLE computes anew.';

CREATE EVENT TRIGGER edustats_ddl ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE FOREIGN TABLE', 'CREATE SCHEMA', 'CREATE SUBSCRIPTION', 'ALTER SUBSCRIPTION')
    EXECUTE FUNCTION edustats.watch_ddl();
CREATE EVENT TRIGGER edustats_rewrite ON table_rewrite EXECUTE FUNCTION edustats.watch_rewrite();
CREATE EVENT TRIGGER edustats_drop ON sql_drop
    WHEN TAG IN ('DROP TABLE', 'DROP FOREIGN TABLE', 'DROP SCHEMA', 'DROP OWNED')
    EXECUTE FUNCTION edustats.watch_ddl();
