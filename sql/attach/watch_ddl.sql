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

-- SECURITY DEFINER, as whoever may alter a source need have no rights on the bulletins; it can't be called, only fire,
-- and does all its work as the owner of each bulletin.
CREATE FUNCTION edustats.watch_ddl() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path TO pg_catalog, pg_temp
AS $function$
DECLARE
    dropped name[];
    bulletin name;
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
            JOIN edustats.marker m ON m.bulletin = a.bulletin
            WHERE CASE d.classid
                  WHEN 'pg_class'::regclass THEN
                      edustats.changes_tree(d.command) AND m.relation IN (SELECT * FROM edustats.relation_roots(d.objid))
                  WHEN 'pg_subscription'::regclass THEN
                      m.relation IN (SELECT s.srrelid FROM pg_subscription_rel s)
                  END
        LOOP
            PERFORM edustats.as_owner(bulletin, format('SELECT edustats.sync_triggers(%L)', bulletin));
        END LOOP;
    END IF;
END
$function$;
COMMENT ON FUNCTION edustats.watch_ddl() IS
    'Event trigger: gives the dirty log''s triggers to new partitions of sources and marks the days of those that come or go.';

CREATE EVENT TRIGGER edustats_ddl ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE', 'CREATE FOREIGN TABLE', 'CREATE SUBSCRIPTION', 'ALTER SUBSCRIPTION')
    EXECUTE FUNCTION edustats.watch_ddl();
CREATE EVENT TRIGGER edustats_drop ON sql_drop
    WHEN TAG IN ('DROP TABLE', 'DROP FOREIGN TABLE', 'DROP SCHEMA', 'DROP OWNED')
    EXECUTE FUNCTION edustats.watch_ddl();
