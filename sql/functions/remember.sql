-- What a statement has computed once. Only for what runs with the rights of a bulletin's owner.

CREATE FUNCTION edustats.recall(schema regnamespace, name text, example anyelement) RETURNS anyelement
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_recall';
COMMENT ON FUNCTION edustats.recall(regnamespace, text, anyelement) IS
    'What has been remembered by a name for a bulletin''s schema of data, of the type of the example, which may be NULL. NULL where there is nothing that still holds: another statement, a snapshot that sees something else, a subtransaction rolled back. An error for whoever has not the rights of the schema''s owner.';

CREATE FUNCTION edustats.remember(schema regnamespace, name text, value anyelement) RETURNS anyelement
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_remember';
COMMENT ON FUNCTION edustats.remember(regnamespace, text, anyelement) IS
    'Returns the value, and remembers it for recall by the same statement of the client, up to maintenance_work_mem of all that is remembered. NULL is not remembered. An error for whoever has not the rights of the schema''s owner.';
