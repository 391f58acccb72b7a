CREATE FUNCTION edustats.as_owner(schema regnamespace, function name, VARIADIC arguments "any") RETURNS jsonb
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_as_owner';
COMMENT ON FUNCTION edustats.as_owner(regnamespace, name, "any") IS
    'Calls a function of a schema, which must belong to the schema''s owner, with the owner''s rights in a security-restricted operation. Only for roles that have his rights.';
CREATE FUNCTION edustats.as_owner(schema regnamespace, function name) RETURNS jsonb
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_as_owner';
COMMENT ON FUNCTION edustats.as_owner(regnamespace, name) IS 'The same for a function without arguments.';

CREATE FUNCTION edustats.install(schema regnamespace) RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_install';
COMMENT ON FUNCTION edustats.install(regnamespace) IS
    'Makes, or replaces, the tables and functions of a bulletin''s data in a schema, as the schema''s owner. Only for roles that have his rights.';

CREATE FUNCTION edustats.in_transaction_block() RETURNS boolean
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_in_transaction_block';
COMMENT ON FUNCTION edustats.in_transaction_block() IS
    'Has the caller begun a transaction block, in which a procedure can not commit?';
