-- The commands that can make figures wrong with no trigger firing. Everything else that DDL does is seen when it is read.

CREATE FUNCTION edustats.watch_ddl() RETURNS event_trigger
LANGUAGE c AS 'MODULE_PATHNAME', 'edustats_watch_ddl';
COMMENT ON FUNCTION edustats.watch_ddl() IS
    'Event trigger: marks all days of a source whose rows an ALTER TABLE computes anew, or whose triggers or columns are not those on record any more, and of a bulletin whose schema of data gets another name; refuses what would make a bulletin''s log unfit to be written to.';
REVOKE EXECUTE ON FUNCTION edustats.watch_ddl() FROM PUBLIC;

CREATE EVENT TRIGGER edustats_ddl ON ddl_command_end
    WHEN TAG IN ('ALTER TABLE', 'ALTER SCHEMA', 'CREATE INDEX', 'CREATE TRIGGER', 'DROP TRIGGER')
    EXECUTE FUNCTION edustats.watch_ddl();
CREATE EVENT TRIGGER edustats_rewrite ON table_rewrite EXECUTE FUNCTION edustats.watch_ddl();
CREATE EVENT TRIGGER edustats_index ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION edustats.watch_ddl();
