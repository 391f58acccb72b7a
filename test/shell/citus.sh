#!/usr/bin/env bash
# test/with-cluster test/shell/citus.sh: a platform whose events Citus spreads over two workers has the same bulletin as
# one on a single server, and it is the workers that count. Exits with 77, and says why, where there is no Citus.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
export PGCLIENTENCODING=UTF8 PGOPTIONS='-c client_min_messages=warning'
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
fail() {
    echo "not ok: $*"
    exit 1
}

# servers NUMBER WORK SOCKETS...: starts that many more servers, one inside the other, and runs "distributed" in the last.
servers() {
    exec "$here/../with-cluster" "$here/citus.sh" started "$@"
}

started() {
    local left=$1
    work=$2
    shift 2
    if [ "$left" -gt 1 ]; then servers $((left - 1)) "$work" "$@" "$PGHOST"; fi
    distributed "$@" "$PGHOST"
}

# Where the tables' rows go, as TABLE:COLUMN.
events=(learning_session:member_id course_click:course_id column_visit:column_id article_view:article_id
    forum_post:member_id topic_view:topic_id blog_post:blog_id village_post:topic_id village_participant:member_id
    report:district_id)
small=(district member station_fitness course site_column article topic blog village_topic opening_balance)

# answers BULLETIN: all that it says of three months; but not how fresh it is, which differs.
answers() {
    sql -v bulletin="$1" <<'SQL'
SELECT format('SELECT %L, v::text FROM %I.%I v %s ORDER BY v::text COLLATE "C"', c.relname, n.nspname, c.relname,
              'WHERE month = ' || quote_literal(m.month))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN unnest(ARRAY['2015-01-01', '2015-02-01', '2015-03-01']) m(month)
    ON EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'month')
WHERE n.nspname IN (:'bulletin', :'bulletin' || '_data') AND c.relkind = 'v' AND c.relname NOT IN ('refresh_status', 'dirty_day')
ORDER BY c.relname, m.month \gexec
SELECT edustats.bulletin_html(:'bulletin', '2015-03-01');
SELECT * FROM edustats.ranking(:'bulletin', 'course_clicks', '[2015-01-20,2015-03-10)', 20, '农村');
SQL
}

# some: a part of it; enough where all days are dirty, and every view has the workers count them again.
some() {
    sql -c "SELECT * FROM bulletin.table_2 WHERE month = '2015-03-01' ORDER BY row" \
        -c "SELECT * FROM bulletin.table_6 WHERE month = '2015-03-01' ORDER BY rank" \
        -c "SELECT * FROM bulletin.table_9 WHERE month = '2015-03-01' ORDER BY rank" \
        -c "SELECT * FROM bulletin.figure_4 WHERE month = '2015-03-01' ORDER BY rank"
}

# same NAME WHEN COMMAND...: what the command says is what the file of that name has from the single server.
same() {
    local name=$1 when=$2
    shift 2
    "$@" >"$work/answers"
    diff "$work/$name" "$work/answers" >"$work/diff" || { head -c 10000 "$work/diff"; fail "$when"; }
    echo "ok: the same bulletin $when"
}

# Late rows, rows taken away, rows moved to another day, a member of another class.
writes() {
    sql <<'SQL'
INSERT INTO platform.learning_session
    SELECT member_id, '2015-03-05 10:00+08', 3600 FROM platform.member WHERE org_type = '农村' AND allocated ORDER BY member_id LIMIT 9;
DELETE FROM platform.course_click
    WHERE clicked_at >= '2015-03-07 00:00+08' AND clicked_at < '2015-03-08 00:00+08' AND course_id % 2 = 0;
UPDATE platform.topic_view SET viewed_at = '2015-03-02 12:00+08'
    WHERE viewed_at >= '2015-03-01 00:00+08' AND viewed_at < '2015-03-02 00:00+08';
UPDATE platform.member SET allocated = false WHERE member_id =
    (SELECT min(member_id) FROM platform.member WHERE org_type = '社区' AND allocated);
SQL
}

# explained AGGREGATE QUERY: fails unless the workers compute the query's aggregate and the coordinator adds up.
explained() {
    sql -c "EXPLAIN (VERBOSE, COSTS OFF) $2" >"$work/plan"
    grep "coord_combine_agg" "$work/plan" >/dev/null && grep "worker_partial_agg('edustats.$1(" "$work/plan" >/dev/null ||
        { cat "$work/plan"; fail "the workers do not compute $1"; }
}

single() {
    if [ "$(sql -c "SELECT count(*) FROM pg_available_extensions WHERE name = 'citus'")" = 0 ]; then
        echo "skipped: this PostgreSQL has no extension citus"
        exit 77
    fi
    work=$(mktemp -d "${TMPDIR:-/tmp}/citus.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    sql -f "$here/../march_2015.sql"
    answers bulletin >"$work/fresh"
    some >"$work/fresh_some"
    [ "$(wc -l <"$work/fresh")" -gt 3000 ] || fail "the bulletin to compare with is too short"
    writes
    sql -c "CALL edustats.refresh()"
    answers bulletin >"$work/late"
    some >"$work/late_some"
    ! diff -q "$work/fresh" "$work/late" >/dev/null || fail "the late rows change nothing"
    # Statistics are sent to Citus' makers where it is built for it.
    CLUSTER_CONF="shared_preload_libraries = 'citus'
citus.node_conninfo = 'sslmode=prefer'
citus.enable_statistics_collection = off" "$here/citus.sh" servers 3 "$work"
}

# distribute: the events to the workers.
distribute() {
    local table
    for table in "${events[@]}"; do
        sql -c "SET citus.shard_count = 4" -o /dev/null \
            -c "SELECT create_distributed_table('platform.${table%:*}', '${table#*:}', colocate_with => 'none')"
    done
}

distributed() {
    local node
    for node in "$@"; do sql -h "$node" -c "CREATE EXTENSION citus"; done
    sql -o /dev/null -c "SELECT citus_set_coordinator_host('$PGHOST', $PGPORT)"
    for node in "${@:1:$(($# - 1))}"; do sql -o /dev/null -c "SELECT citus_add_node('$node', $PGPORT)"; done
    sql -c "CREATE EXTENSION edustats" -c "CALL edustats.create_platform('platform')"
    sql -f "$here/../march_2015/load.sql" 2>/dev/null       # which warns that its temporary functions are not propagated
    distribute
    [ "$(sql -c "SELECT count(DISTINCT nodename) FROM citus_shards WHERE table_name = 'platform.course_click'::regclass")" = 2 ] ||
        fail "the rows are not on two workers"

    sql -c "CALL edustats.attach()"
    told
    same fresh_some "before the first refresh" some
    sql -c "CALL edustats.refresh()"
    same fresh "after it" answers bulletin
    plans
    late_rows
    views
    references
}

# told: refresh_status says whose writes are not seen.
told() {
    [ "$(sql -c "SELECT bool_and(tracked = (source = 'member') AND (tracked OR note LIKE '% is a table of Citus'))
        FROM bulletin.refresh_status")" = t ] || fail "refresh_status does not tell whose writes are seen"
    [ "$(sql -c "SELECT count(*) FROM pg_trigger WHERE tgfoid = 'edustats.log_changes'::regproc AND tgrelid IN (SELECT logicalrelid FROM pg_dist_partition)")" = 0 ] ||
        fail "tables of Citus bear triggers"
}

plans() {
    local metric by_map query
    for metric in learning course_clicks reports; do
        for by_map in true false; do
            query=$(sql -c "SELECT (bulletin_data.day_query('$metric', $by_map)).query")
            query=${query//\$1/"'2015-03-01'"}
            query=${query//\$2/"'2015-03-09'"}
            explained daily_tally_agg "${query//\$3/"'{1:2, 2:5}'::edustats.tally"}"
        done
    done
    explained tally_agg "SELECT edustats.tally_agg(course_id) FROM platform.course_click"
    explained tally_agg "SELECT edustats.tally_agg(member_id, seconds) FROM platform.learning_session"
    explained participation_agg "SELECT edustats.participation_agg(seconds > 900) FROM platform.learning_session"
    explained rollup "SELECT edustats.rollup(format('{%s:1}', course_id)::edustats.tally) FROM platform.course_click"
    explained rollup "SELECT edustats.rollup('1/2'::edustats.participation) FROM platform.report"
    echo "ok: the workers count"
}

# Days that have become dirty are counted on the workers at each reading, what the transaction itself wrote included.
late_rows() {
    local metric
    writes
    for metric in learning course_clicks topic_views; do
        sql -c "CALL edustats.invalidate('bulletin', '$metric', '[2015-03-01,2015-03-09)')"
    done
    same late_some "with late rows, invalidated" some
    sql -c "CALL edustats.refresh()"
    same late "with late rows, refreshed" answers bulletin
    [ "$(sql <<'SQL'
BEGIN;
INSERT INTO platform.report VALUES (1, '2015-03-20 10:00+08');
CALL edustats.invalidate('bulletin', 'reports', '[2015-03-20,2015-03-21)');
INSERT INTO platform.report VALUES (1, now());
SELECT edustats.total('bulletin', 'reports', '[2015-03-20,2015-03-21)'), edustats.total('bulletin', 'reports', '[2020-01-01,)');
ROLLBACK;
SQL
)" = "1|1" ] || fail "what a transaction wrote is not in its own bulletin"
    echo "ok: own writes"
}

# Views over the tables, and somebody who is no superuser, neither here nor on the workers.
views() {
    sql <<'SQL'
CREATE ROLE office LOGIN;
CREATE SCHEMA site AUTHORIZATION office;
GRANT CREATE ON DATABASE edustats_test TO office;
GRANT USAGE ON SCHEMA platform TO office;
GRANT SELECT ON ALL TABLES IN SCHEMA platform TO office;
SET citus.enable_ddl_propagation = off;
SET ROLE office;
SELECT format('CREATE VIEW site.%1$I AS SELECT * FROM platform.%1$I', relname)
FROM pg_class WHERE relnamespace = 'platform'::regnamespace AND relkind = 'r' \gexec
CALL edustats.attach('site', 'office');
RESET ROLE;
CALL edustats.refresh('office');
SQL
    [ "$(sql -c "SELECT bool_and(note LIKE '% is a view') FROM office.refresh_status")" = t ] ||
        fail "refresh_status does not tell that views are not seen"
    same late "by views and an ordinary role" answers office
    explained daily_tally_agg "SELECT edustats.daily_tally_agg(viewed_at, 'UTC', 0::smallint, topic_id) FROM site.topic_view"
    sql -c "CALL edustats.detach('office')"
}

# The small tables as reference tables; then changes of a member's class are not seen either.
references() {
    local table
    sql -c "CALL edustats.detach('bulletin')"
    for table in "${small[@]}"; do sql -o /dev/null -c "SELECT create_reference_table('platform.$table')"; done
    sql -c "CALL edustats.attach()" -c "CALL edustats.refresh()"
    [ "$(sql -c "SELECT bool_or(tracked) FROM bulletin.refresh_status")" = f ] ||
        fail "refresh_status does not tell that members are not seen"
    same late "with reference tables" answers bulletin
    sql -c "CALL edustats.detach('bulletin')" -c "DROP EXTENSION edustats"
    echo "ok: detached"
}

if [ $# = 0 ]; then single; else "$@"; fi
