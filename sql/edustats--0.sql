\echo Use "CREATE EXTENSION edustats" to load this file. \quit

-- The first step of an installation: may edustats be installed into this database, and into this schema? All that it
-- consists of comes with the second step. That one holds Chinese, so a database of another encoding could not even read
-- it; this one is ASCII, and can say so. The schema has just been made by CREATE EXTENSION, or was there before.
SET LOCAL search_path TO pg_catalog, pg_temp;

DO $check$
BEGIN
    IF getdatabaseencoding() <> 'UTF8' THEN
        RAISE feature_not_supported USING
            MESSAGE = 'edustats can only be installed in a database of encoding UTF8',
            DETAIL = format('The encoding of database "%s" is %s.', current_database(), getdatabaseencoding()),
            HINT = format('A database of that encoding can be made with CREATE DATABASE name TEMPLATE template0 ENCODING %L LOCALE %L.',
                'UTF8', 'C.UTF-8');
    END IF;
END
$check$;

-- What somebody else put there, or may put there later, could be taken for a part of edustats and run by a superuser.
-- Privileges that are granted by default on what is going to be created count as well: they depend on the schema.
DO $check$
DECLARE
    planted text;
BEGIN
    SELECT string_agg(pg_describe_object(d.classid, d.objid, d.objsubid), ', '
            ORDER BY pg_describe_object(d.classid, d.objid, d.objsubid) COLLATE "C")
    INTO planted
    FROM pg_depend AS d
    WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = 'edustats'::regnamespace
      AND NOT (d.classid = 'pg_extension'::regclass
          AND d.objid = (SELECT e.oid FROM pg_extension AS e WHERE e.extname = 'edustats'));
    IF planted IS NOT NULL THEN
        RAISE object_not_in_prerequisite_state USING
            MESSAGE = 'schema "edustats" is not empty',
            DETAIL = format('It holds %s.', CASE WHEN length(planted) > 500 THEN left(planted, 500) || ' ...' ELSE planted END),
            HINT = 'Drop or rename the schema: CREATE EXTENSION makes it anew.';
    END IF;
END
$check$;

DO $check$
DECLARE
    owner oid;
    grantees text;
BEGIN
    SELECT n.nspowner INTO STRICT owner FROM pg_namespace AS n WHERE n.nspname = 'edustats';
    IF NOT (SELECT r.rolsuper FROM pg_roles AS r WHERE r.oid = owner) THEN
        RAISE object_not_in_prerequisite_state USING
            MESSAGE = 'schema "edustats" does not belong to a superuser',
            DETAIL = format('Its owner %s could drop what edustats consists of, and add to it.', owner::regrole),
            HINT = 'Drop or rename the schema, and CREATE EXTENSION makes it anew; or make a superuser its owner.';
    END IF;
    SELECT string_agg(DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END, ', ')
    INTO grantees
    FROM pg_namespace AS n, aclexplode(n.nspacl) AS a
    WHERE n.nspname = 'edustats' AND a.privilege_type = 'CREATE' AND a.grantee <> n.nspowner;
    IF grantees IS NOT NULL THEN
        RAISE object_not_in_prerequisite_state USING
            MESSAGE = 'others than its owner may create objects in schema "edustats"',
            DETAIL = format('The privilege CREATE is granted to %s.', grantees),
            HINT = format('REVOKE CREATE ON SCHEMA edustats FROM %s.', grantees);
    END IF;
END
$check$;
