\echo Use "CREATE EXTENSION edustats" to load this file. \quit

-- The second step of an installation; the first one, edustats--0.sql, has looked at database and schema.
--
-- Every object is created under its full name and every reference is qualified, so nothing that a user planted in
-- another schema is ever found.
SET LOCAL search_path TO pg_catalog, pg_temp;

-- The schema is no part of the extension but what it is installed in; pg_dump dumps it.
COMMENT ON SCHEMA edustats IS
    'The statistical bulletin of a learning platform: types, functions and procedures of the extension edustats.';
GRANT USAGE ON SCHEMA edustats TO PUBLIC;
