-- The rows of a view for a month, by plans that a session keeps.
\pset format unaligned
\set VERBOSITY terse
SET search_path = edustats, public;
CREATE SCHEMA "a ""b""";
CREATE VIEW "a ""b"""."v ""w""" AS SELECT m::date AS month, n AS "o ""p""", 'x' || n AS text FROM generate_series(date '2015-01-01', '2015-03-01', '1 month') m, generate_series(1, 2) n;
PREPARE rows AS SELECT month_rows('"a ""b"""."v ""w"""', $1::date, $2::name);
EXECUTE rows('2015-03-01', NULL);
EXECUTE rows('2015-03-01', 'o "p"');
EXECUTE rows('2014-03-01', NULL);
EXECUTE rows(NULL, NULL);
SELECT month_rows(NULL, '2015-03-01', NULL);
-- replaced, renamed, dropped
CREATE OR REPLACE VIEW "a ""b"""."v ""w""" AS SELECT m::date AS month, n + 7 AS "o ""p""", 'y' || n AS text FROM generate_series(date '2015-01-01', '2015-03-01', '1 month') m, generate_series(1, 1) n;
EXECUTE rows('2015-03-01', NULL);
ALTER SCHEMA "a ""b""" RENAME TO c;
ALTER VIEW c."v ""w""" RENAME TO w;
SELECT month_rows('c.w', '2015-03-01', NULL);
SELECT month_rows(0::regclass, '2015-03-01', NULL);
SELECT month_rows('c.w', '2015-03-01', 'none');
SELECT month_rows('pg_catalog.pg_class', '2015-03-01', NULL);
-- again after an error, and more of them than are kept
SELECT month_rows('c.w', '2015-03-01', NULL);
DO $$ BEGIN FOR i IN 1..250 LOOP EXECUTE format('CREATE VIEW c.v%1$s AS SELECT date ''2015-03-01'' AS month, %1$s AS n', i); END LOOP; END $$;
SELECT count(DISTINCT month_rows(format('c.v%s', i)::regclass, '2015-03-01', 'n')), min(month_rows(format('c.v%s', i)::regclass, '2015-03-01', 'n') -> 0 ->> 'n') AS first FROM generate_series(1, 250) i;
-- one that reads another so
CREATE VIEW c.nested AS SELECT date '2015-03-01' AS month, edustats.month_rows('c.w', '2015-03-01', NULL) AS rows;
SELECT month_rows('c.nested', '2015-03-01', NULL);
-- with the caller's rights, whoever it was planned for
CREATE ROLE regress_reader;
GRANT USAGE ON SCHEMA c TO regress_reader;
SET ROLE regress_reader;
SELECT edustats.month_rows('c.w', '2015-03-01', NULL);
RESET ROLE;
GRANT SELECT ON c.w TO regress_reader;
SET ROLE regress_reader;
SELECT edustats.month_rows('c.w', '2015-03-01', NULL);
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA c CASCADE;
DROP ROLE regress_reader;
