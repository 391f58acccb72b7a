CREATE FUNCTION edustats.zip(names text[], contents bytea[]) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_zip';
COMMENT ON FUNCTION edustats.zip(text[], bytea[]) IS
    'Files of these names and contents as one file of the format ZIP: stored, in their order, without times, so that equal files make equal bytes. NULL for NULL. Errors for a NULL among them (null_value_not_allowed), for more names than contents or fewer, a name that is empty or longer than 65535 bytes (invalid_parameter_value), more than 65535 files, and more than 1 GB in all (program_limit_exceeded).';
