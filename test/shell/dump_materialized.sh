#!/usr/bin/env bash
# test/with-cluster test/shell/dump_materialized.sh: materialized views of a bulletin go through pg_dump and come back filled, for
# the same readers, and go on being refreshed; those of a suspended bulletin are filled when it is resumed.
set -euo pipefail

work=$(mktemp -d "${TMPDIR:-/tmp}/dump_materialized.XXXXXX")
trap 'rm -rf "$work"' EXIT
export PGCLIENTENCODING=UTF8 PGOPTIONS='-c client_min_messages=warning'
sql() { psql -X -q -v ON_ERROR_STOP=1 "$@"; }

cat >"$work/make.sql" <<'SQL'
CREATE EXTENSION edustats;
CALL edustats.create_platform('platform');
INSERT INTO platform.district VALUES (1, 'D', 1), (2, 'E', 2);
INSERT INTO platform.course VALUES (1, 'C', 'c', 'p');
INSERT INTO platform.topic VALUES (1, 'T', 'b');
INSERT INTO platform.member SELECT i, CASE WHEN i % 3 > 0 THEN '农村' END, i % 3 = 1, nullif(i % 3, 0), 'm' || i, now() - interval '40 days' FROM generate_series(1, 9) i;
INSERT INTO platform.learning_session SELECT 1 + i % 9, now() - i * interval '5 hours', 100 * i FROM generate_series(1, 150) i;
INSERT INTO platform.course_click SELECT 1 + i % 9, 1, now() - i * interval '5 hours' FROM generate_series(1, 150) i;
INSERT INTO platform.forum_post SELECT 1 + i % 9, now() - i * interval '5 hours' FROM generate_series(1, 150) i;
CALL edustats.attach();
CALL edustats.refresh();
CALL edustats.attach('platform', 'Other "one"', 'America/New_York');
CREATE ROLE fast_reader;
GRANT USAGE ON SCHEMA bulletin TO fast_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA bulletin TO fast_reader;
CALL edustats.materialize('bulletin', 'bulletin_fast');
CALL edustats.materialize('Other "one"', 'Fast "one"');
INSERT INTO platform.forum_post VALUES (1, now());          -- dirty when dumped
CALL edustats.refresh_materialized();
CALL edustats.refresh_materialized('Other "one"');
SQL
# How many rows the materialized views of the two bulletins and their views do not share, which is as many as there are not filled.
cat >"$work/differences.sql" <<'SQL'
SET search_path TO '';
SELECT format('WITH a AS MATERIALIZED (SELECT t::text FROM %1$I.%3$I t), b AS MATERIALIZED (SELECT t::text FROM %2$I.%3$I t) '
              'SELECT %2$L, %3$L, count(*) FROM ((TABLE a EXCEPT ALL TABLE b) UNION ALL (TABLE b EXCEPT ALL TABLE a)) d HAVING count(*) > 0', p.bulletin, p.fast, c.relname)
FROM (VALUES ('bulletin', 'bulletin_fast'), ('Other "one"', 'Fast "one"')) p(bulletin, fast)
JOIN pg_namespace n ON n.nspname = p.bulletin JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind = 'v' AND c.relname <> 'refresh_status' ORDER BY 1 \gexec
SELECT 'not readable: ' || v.view FROM edustats.materialized_views('bulletin_data') v WHERE NOT has_table_privilege('fast_reader', v.view, 'SELECT');
SELECT 'number: ' || count(*) FILTER (WHERE c.relkind = 'm') FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
HAVING count(*) FILTER (WHERE c.relkind = 'm') <> count(*) FILTER (WHERE c.relkind = 'v' AND n.nspname IN ('bulletin', 'Other "one"'));
SQL
same() {
    sql -d "$1" -At -f "$work/differences.sql" >"$work/$1.differences"
    [ ! -s "$work/$1.differences" ] || { cat "$work/$1.differences"; echo "not ok: $1, $2"; exit 1; }
    echo "ok: $1, $2"
}

createdb fresh_fast
sql -d fresh_fast -f "$work/make.sql"
same fresh_fast made
pg_dump -d fresh_fast >"$work/plain.sql"
pg_dump -d fresh_fast -Fc -f "$work/custom.dump"
pg_dump -d fresh_fast -Fd -f "$work/directory"
createdb plain_fast
sql -1 -d plain_fast -f "$work/plain.sql" >/dev/null
createdb parallel_fast
pg_restore --exit-on-error -j2 -d parallel_fast "$work/directory"
createdb sections_fast
for section in pre-data data post-data; do
    pg_restore --exit-on-error --section=$section -d sections_fast "$work/custom.dump"
done
for name in plain_fast parallel_fast sections_fast; do
    same $name restored
    sql -d $name -c "INSERT INTO platform.forum_post VALUES (2, now())" -c "UPDATE platform.district SET name = 'F' WHERE district_id = 1"
    sql -d $name -c 'CALL edustats.refresh()' -c "CALL edustats.refresh('Other \"one\"')"
    same $name refreshed
done
sql -d plain_fast -c 'CALL edustats.attach()' -c 'CALL edustats.refresh()'
same plain_fast attached

# A bulletin that is suspended when it is dumped
sql -d fresh_fast -c "CALL edustats.suspend('Other \"one\"')" -c "CALL edustats.suspend('bulletin')"
pg_dump -d fresh_fast -Fc -f "$work/suspended.dump"
createdb suspended_fast
pg_restore --exit-on-error --single-transaction -d suspended_fast "$work/suspended.dump" || { echo 'not ok: a suspended bulletin is not restored'; exit 1; }
sql -d suspended_fast -c "CALL edustats.resume('bulletin')" -c "CALL edustats.resume('Other \"one\"')" -c 'CALL edustats.refresh()' -c "CALL edustats.refresh('Other \"one\"')"
same suspended_fast resumed

for name in fresh_fast plain_fast parallel_fast sections_fast suspended_fast; do dropdb $name; done
dropuser fast_reader
