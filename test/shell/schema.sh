#!/usr/bin/env bash
# test/with-cluster test/shell/schema.sh: an installation is the same whatever the search_path and whatever else there is.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/schema.XXXXXX")
trap 'rm -rf "$work"' EXIT
sql() { psql -X -q -v ON_ERROR_STOP=1 "$@"; }

cat >"$work/use.sql" <<'SQL'
SET client_min_messages = warning;
CALL edustats.create_platform('platform');
INSERT INTO platform.district VALUES (1, 'D', 1);
INSERT INTO platform.member SELECT i, '农村', i % 2 = 0, 1, 'm' || i, '2015-01-01' FROM generate_series(1, 40) i;
INSERT INTO platform.learning_session SELECT 1 + i % 45, '2015-01-20'::timestamptz + i * interval '7 hours', i FROM generate_series(1, 200) i;
CALL edustats.attach();
CALL edustats.refresh();
INSERT INTO platform.learning_session VALUES (1, '2015-02-02', 60);
UPDATE bulletin_data.metric SET refreshed_day = '2015-01-01', refreshed_at = '2015-01-01';
SQL

createdb usual
sql -d usual -c 'CREATE EXTENSION edustats' -f "$work/use.sql"
sql -d usual -f "$here/../probe.sql" >"$work/usual"

# Everything that a script could take for the server's own stands in the way, before and after.
createdb odd
sql -d odd <<'SQL'
CREATE SCHEMA "odd Schema";
CREATE FUNCTION "odd Schema".lost() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'found a planted object'; END $$;
CREATE FUNCTION "odd Schema".format(text, text) RETURNS text LANGUAGE sql AS 'SELECT "odd Schema".lost()';
CREATE FUNCTION "odd Schema".format(text, name) RETURNS text LANGUAGE sql AS 'SELECT "odd Schema".lost()';
CREATE FUNCTION "odd Schema".equals(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT "odd Schema".lost()::boolean';
CREATE FUNCTION "odd Schema".equals(name, text) RETURNS boolean LANGUAGE sql AS 'SELECT "odd Schema".lost()::boolean';
CREATE OPERATOR "odd Schema".= (LEFTARG = text, RIGHTARG = text, FUNCTION = "odd Schema".equals);
CREATE OPERATOR "odd Schema".= (LEFTARG = name, RIGHTARG = text, FUNCTION = "odd Schema".equals);
CREATE TYPE "odd Schema".tally AS (planted text);
CREATE DOMAIN "odd Schema".text AS pg_catalog.text CHECK (false);
CREATE DOMAIN "odd Schema".name AS pg_catalog.name CHECK (false);
CREATE TABLE "odd Schema".metric (planted pg_catalog.text);
CREATE TABLE "odd Schema".dirty (planted pg_catalog.text);
CREATE TABLE "odd Schema".rollup (planted pg_catalog.text);
ALTER DATABASE odd SET search_path = "odd Schema", pg_catalog;
SQL
sql -d odd -c 'CREATE EXTENSION edustats'
PGOPTIONS='-c search_path=pg_catalog' sql -d odd -f "$work/use.sql"
sql -d odd -c 'CALL edustats.attach()' -c 'CALL edustats.refresh()' 2>"$work/notices"
sql -d odd -c "SET client_min_messages = warning; INSERT INTO platform.learning_session VALUES (1, '2015-02-02', 60);
    UPDATE bulletin_data.metric SET refreshed_day = '2015-01-01', refreshed_at = '2015-01-01'"
sql -d usual -c 'SET client_min_messages = warning' -c 'CALL edustats.refresh()' -c "INSERT INTO platform.learning_session VALUES (1, '2015-02-02', 60);
    UPDATE bulletin_data.metric SET refreshed_day = '2015-01-01', refreshed_at = '2015-01-01'"
for name in usual odd; do sql -d "$name" -f "$here/../probe.sql" >"$work/$name"; done
diff -u "$work/usual" "$work/odd" || { echo "not ok: odd differs"; exit 1; }
for name in usual odd; do
    sql -d "$name" -c "SELECT day, class, tally FROM bulletin_data.activity ORDER BY 1, 2" -c "SELECT * FROM bulletin.table_2" >"$work/$name.use"
done
diff -u "$work/usual.use" "$work/odd.use" || { echo "not ok: odd answers otherwise"; exit 1; }
echo "ok: odd"

for name in usual odd; do dropdb "$name"; done
