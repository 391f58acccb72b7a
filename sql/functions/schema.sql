\echo Use "CREATE EXTENSION edustats" to load this file. \quit

-- Every object is created under its full name and every reference is qualified, so nothing that a user planted in
-- another schema is ever found; a schema that exists already makes the installation fail, as it should.
SET LOCAL search_path TO pg_catalog, pg_temp;

CREATE SCHEMA edustats;
COMMENT ON SCHEMA edustats IS
    'The statistical bulletin of a learning platform: types, functions and procedures of the extension edustats.';
GRANT USAGE ON SCHEMA edustats TO PUBLIC;
