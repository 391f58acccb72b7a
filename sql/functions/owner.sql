CREATE FUNCTION edustats.as_owner(bulletin name, command text) RETURNS text
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_as_owner';
COMMENT ON FUNCTION edustats.as_owner(name, text) IS
    'Executes one command with the rights of the owner of a bulletin, in a security-restricted operation, and returns the first column of its first row. Only for roles that have the owner''s rights.';

CREATE FUNCTION edustats.execute_newest(command text) RETURNS void
LANGUAGE c VOLATILE STRICT PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_execute_newest';
COMMENT ON FUNCTION edustats.execute_newest(text) IS
    'Executes one command with the caller''s rights, in a security-restricted operation, seeing what was committed until now even in a repeatable-read transaction: for what a DDL command takes away, which it does not by snapshot.';

CREATE FUNCTION edustats.is_restricted() RETURNS boolean
LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'edustats_is_restricted';
COMMENT ON FUNCTION edustats.is_restricted() IS 'Is a security-restricted operation, such as as_owner''s, under way?';

CREATE FUNCTION edustats.in_transaction_block() RETURNS boolean
LANGUAGE c VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'edustats_in_transaction_block';
COMMENT ON FUNCTION edustats.in_transaction_block() IS
    'Has the caller begun a transaction block, in which a procedure can not commit?';
