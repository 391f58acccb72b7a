-- Partitions that come and go with DDL: the triggers follow, and the days are marked in the same transaction.

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
    ELSIF NOT EXISTS (
        SELECT FROM pg_event_trigger_ddl_commands() d
        WHERE d.classid = 'pg_subscription'::regclass
           OR d.classid = 'pg_class'::regclass
              AND (EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = d.objid)
                   -- perhaps another relation takes a source's place
                   OR EXISTS (SELECT FROM pg_class c WHERE c.oid = d.objid AND c.relname IN
                                 (SELECT m.source FROM edustats.metric m UNION ALL SELECT 'member'))
                   OR EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = d.objid AND starts_with(t.tgname, 'edustats_')))) THEN
        RETURN;
    END IF;
    FOR bulletin IN SELECT a.bulletin FROM edustats.attachment a LOOP
        IF dropped IS NULL THEN
            PERFORM edustats.as_owner(bulletin, format('SELECT edustats.sync_triggers(%L)', bulletin));
        ELSIF dropped <> '{}' THEN
            PERFORM edustats.as_owner(bulletin, format('SELECT edustats.mark_dropped(%L, %L)', bulletin, dropped));
        END IF;
    END LOOP;
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
