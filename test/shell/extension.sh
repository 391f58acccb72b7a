#!/usr/bin/env bash
# test/with-cluster test/shell/extension.sh: where the extension is installed, what it refuses to be installed into, and
# that it goes with nobody else's schema.
set -euo pipefail

work=$(mktemp -d "${TMPDIR:-/tmp}/extension.XXXXXX")
trap 'rm -rf "$work"' EXIT
export PGCLIENTENCODING=UTF8
sql() { psql -X -q -v ON_ERROR_STOP=1 "$@"; }

# is WHAT QUERY WANTED: the answer of the test's own database.
is() {
    local found
    found=$(sql -Atc "$2")
    [ "$found" = "$3" ] || { printf 'not ok: %s: %s\n' "$1" "$found"; exit 1; }
    echo "ok: $1"
}

# refused WHAT DATABASE SQLSTATE MESSAGE DETAIL HINT: CREATE EXTENSION fails just so, and leaves nothing.
refused() {
    if sql -d "$2" -v VERBOSITY=verbose -c 'CREATE EXTENSION edustats' 2>"$work/error"; then
        echo "not ok: $1: installed"
        exit 1
    fi
    grep -E '^(ERROR|DETAIL|HINT):' "$work/error" >"$work/found"
    printf 'ERROR:  %s: %s\nDETAIL:  %s\nHINT:  %s\n' "${@:3}" | diff -u - "$work/found" || { echo "not ok: $1"; exit 1; }
    [ "$(sql -d "$2" -Atc "SELECT count(*) FROM pg_extension WHERE extname = 'edustats'")" = 0 ]
    echo "ok: $1"
}

# What is no UTF8 cannot hold the words of a bulletin.
for encoding in LATIN1 EUC_CN SQL_ASCII; do
    createdb -T template0 -E "$encoding" --locale C "in_$encoding"
    refused "$encoding" "in_$encoding" 0A000 'edustats can only be installed in a database of encoding UTF8' \
        "The encoding of database \"in_$encoding\" is $encoding." \
        "A database of that encoding can be made with CREATE DATABASE name TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'."
    dropdb "in_$encoding"
done
# The client's encoding does not matter, nor a search_path without any schema.
PGCLIENTENCODING=LATIN1 PGOPTIONS='-c search_path=nowhere' sql -c 'CREATE EXTENSION edustats'
is 'installed' "SELECT extversion, extnamespace::regnamespace, edustats.share_text(1, 2) FROM pg_extension WHERE extname = 'edustats'" \
    '1.0.0|edustats|占50.00%'
is 'the schema is no member' "SELECT count(*) FROM pg_depend WHERE classid = 'pg_namespace'::regclass AND deptype = 'e'" 0

# DROP EXTENSION leaves the schema, empty, and the next CREATE EXTENSION takes it.
sql -c 'DROP EXTENSION edustats'
is 'the schema stays' "SELECT count(*), count(d.objid) FROM pg_namespace n LEFT JOIN pg_depend d ON d.refclassid = 'pg_namespace'::regclass
    AND d.refobjid = n.oid WHERE n.nspname = 'edustats'" '1|0'

# What is in the way in the schema, or who could put something there.
empty=('55000' 'schema "edustats" is not empty')
anew='Drop or rename the schema: CREATE EXTENSION makes it anew.'
while IFS='|' read -r make detail drop; do
    sql -c "$make"
    refused "$detail" "$PGDATABASE" "${empty[@]}" "It holds $detail." "$anew"
    sql -c "$drop"
done <<'SQL'
CREATE FUNCTION edustats.total(integer) RETURNS bigint LANGUAGE sql AS 'SELECT 1'|function edustats.total(integer)|DROP FUNCTION edustats.total
CREATE TABLE edustats.mine (a int); CREATE TYPE edustats.colour AS ENUM ()|table edustats.mine, type edustats.colour|DROP TABLE edustats.mine; DROP TYPE edustats.colour
CREATE OPERATOR edustats.+ (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl)|operator edustats.+(integer,integer)|DROP OPERATOR edustats.+ (int, int)
CREATE COLLATION edustats.c FROM "C"|collation edustats.c|DROP COLLATION edustats.c
ALTER DEFAULT PRIVILEGES IN SCHEMA edustats GRANT ALL ON TABLES TO PUBLIC|default privileges on new relations belonging to role postgres in schema edustats|ALTER DEFAULT PRIVILEGES IN SCHEMA edustats REVOKE ALL ON TABLES FROM PUBLIC
SQL
sql -c 'CREATE ROLE extension_owner' -c 'CREATE ROLE "a Guest"' -c 'GRANT CREATE ON SCHEMA edustats TO "a Guest", PUBLIC'
refused 'CREATE for others' "$PGDATABASE" 55000 'others than its owner may create objects in schema "edustats"' \
    'The privilege CREATE is granted to "a Guest", PUBLIC.' 'REVOKE CREATE ON SCHEMA edustats FROM "a Guest", PUBLIC.'
sql -c 'REVOKE CREATE ON SCHEMA edustats FROM "a Guest", PUBLIC' -c 'ALTER SCHEMA edustats OWNER TO extension_owner'
refused 'an owner who is no superuser' "$PGDATABASE" 55000 'schema "edustats" does not belong to a superuser' \
    'Its owner extension_owner could drop what edustats consists of, and add to it.' \
    'Drop or rename the schema, and CREATE EXTENSION makes it anew; or make a superuser its owner.'
sql -c 'ALTER ROLE extension_owner SUPERUSER' -c 'CREATE EXTENSION edustats'
is 'another superuser as owner' "SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'edustats'" extension_owner
sql -c 'DROP EXTENSION edustats' -c 'DROP SCHEMA edustats' -c 'CREATE EXTENSION edustats' -c 'DROP ROLE extension_owner, "a Guest"'

# The usual reset of a database takes the tables in public, and nothing of a platform that is elsewhere.
sql <<'SQL'
SET client_min_messages = warning;
CREATE TABLE public.mine (kept edustats.tally);
CALL edustats.create_platform('platform');
INSERT INTO platform.district VALUES (1, 'D', 1);
INSERT INTO platform.member SELECT i, '农村', i % 2 = 0, 1, 'm' || i, '2015-01-01' FROM generate_series(1, 40) i;
INSERT INTO platform.learning_session SELECT 1 + i % 40, '2015-01-20'::timestamptz + i * interval '7 hours', i FROM generate_series(1, 200) i;
CALL edustats.attach();
CALL edustats.refresh();
INSERT INTO platform.learning_session VALUES (2, '2015-02-02', 36000);
SQL
learned='SELECT md5(string_agg(l::text, $$ $$ ORDER BY l::text)), count(*) > 1 FROM bulletin.table_2 l'
before=$(sql -Atc "$learned")
sql -c 'SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public'
is 'the bulletin outlives public' "$learned" "$before"
[ "${before#*|}" = t ] || { echo "not ok: an empty bulletin"; exit 1; }
sql -c "SET client_min_messages = warning" -c "INSERT INTO platform.learning_session VALUES (2, '2015-02-02', 36000)" -c "CALL edustats.refresh()"
is 'the triggers outlive public' "SELECT md5(string_agg(l::text, ' ' ORDER BY l::text)) <> '${before%|*}' FROM bulletin.table_2 l" t
sql -c "SET client_min_messages = warning; CALL edustats.attach('platform', 'second')"
is 'the procedures outlive public' 'SELECT count(*) FROM second.table_2' "$(sql -Atc 'SELECT count(*) FROM bulletin.table_2')"

# Through a dump: the schema's comment and rights, even where the owner took them back.
createdb restored
pg_dump | sql -d restored >/dev/null
schema="SELECT nspacl::text, obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = 'edustats'"
is 'the schema is restored' "$schema" "$(sql -d restored -Atc "$schema")"
is 'the schema is open to all' "SELECT has_schema_privilege('public', 'edustats', 'USAGE')" t
dropdb restored
sql -c 'REVOKE USAGE ON SCHEMA edustats FROM PUBLIC'
createdb restored
pg_dump | sql -d restored >/dev/null
is 'a revoked right stays so' "$schema" "$(sql -d restored -Atc "$schema")"
is 'the schema is closed' "SELECT has_schema_privilege('public', 'edustats', 'USAGE')" f
dropdb restored
