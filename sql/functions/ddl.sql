CREATE FUNCTION edustats.changes_tree(command pg_ddl_command) RETURNS boolean
LANGUAGE c STABLE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_changes_tree';
COMMENT ON FUNCTION edustats.changes_tree(pg_ddl_command) IS
    'Can a DDL command have made a table a partition or an inheritance child, or have ended that?';
