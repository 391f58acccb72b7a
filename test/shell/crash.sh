#!/usr/bin/env bash
# A server that dies in the middle of a refresh: after the restart every day is in its old or its new state, activity
# equals the sources, and the next refresh completes. Once by the death of a backend, once by that of the whole server.
# Needs the server of test/with-cluster: its directory is $PGHOST, its data in $PGHOST/data.
set -euo pipefail

data=$PGHOST/data
running=() work=$(mktemp -d "${TMPDIR:-/tmp}/edustats-crash.XXXXXX")
trap 'rm -rf "$work"' EXIT

# The server refuses to run as root.
as_server() {
    if [ "$(id -u)" = 0 ]; then
        (cd "$PGHOST" && setpriv --reuid=postgres --regid=postgres --clear-groups env HOME="$PGHOST" "$@")
    else
        "$@"
    fi
}

sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

# expect WHAT WANTED GOT
expect() {
    if [ "$2" != "$3" ]; then
        echo "$1: wanted $2, got $3"
        exit 1
    fi
    echo "$1: $3"
}

# How many (day, key) of activity, and (month, key) of monthly, differ from the sources.
differences() {
    sql <<'SQL'
WITH truth AS (
    SELECT 'learning' AS metric, (started_at AT TIME ZONE 'Asia/Shanghai')::date AS day, member_id AS key, sum(seconds) AS n
    FROM platform.learning_session GROUP BY 2, 3 HAVING sum(seconds) > 0
    UNION ALL
    SELECT 'course_clicks', (clicked_at AT TIME ZONE 'Asia/Shanghai')::date, course_id, count(*)
    FROM platform.course_click GROUP BY 2, 3
), wanted AS (
    SELECT 'day', metric, day, key, n FROM truth
    UNION ALL
    SELECT 'month', metric, date_trunc('month', day)::date, key, sum(n) FROM truth GROUP BY 2, 3, 4
), had AS (
    SELECT 'day', a.metric, a.day, e.key, sum(e.count) FROM bulletin_data.activity a, edustats.each(a.tally) e GROUP BY 2, 3, 4
    UNION ALL
    SELECT 'month', a.metric, a.month, e.key, sum(e.count) FROM bulletin_data.monthly a, edustats.each(a.tally) e GROUP BY 2, 3, 4
)
SELECT count(*) FROM ((TABLE wanted EXCEPT ALL TABLE had) UNION ALL (TABLE had EXCEPT ALL TABLE wanted)) x;
SQL
}

# What is clean must be right by itself, whatever the live days hide.
clean_days() { sql -c 'SELECT count(DISTINCT (metric, day)) FROM bulletin_data.rollup'; }
dirty_days() { sql -c 'SELECT sum(dirty_days) FROM bulletin.refresh_status'; }

# Begins a refresh, which stops at the course clicks of February: another session holds a row that it comes to write.
begin_refresh() {
    mkfifo "$work/holder"
    psql -X -q <"$work/holder" >"$work/holder.log" 2>&1 &
    running+=($!)
    exec 9>"$work/holder"
    echo "BEGIN; INSERT INTO bulletin_data.rollup VALUES ('course_clicks', '2015-02-01', '2015-02-20', 0, '{1:1}');" >&9
    echo "\\echo held" >&9
    until grep -q held "$work/holder.log"; do :; done
    psql -X -q -c 'CALL edustats.refresh()' >"$work/refresh.log" 2>&1 &
    running+=($!)
    until [ "$(sql -c "SELECT count(*) FROM pg_stat_activity WHERE query ~ '^CALL edustats.refresh' AND wait_event_type = 'Lock'")" = 1 ]; do
        kill -0 "${running[-1]}" || { cat "$work/refresh.log"; exit 1; }
    done
}

# Waits for the sessions that a crash has ended.
end_sessions() {
    exec 9>&-
    for pid in "${running[@]}"; do wait "$pid" || true; done
    running=()
    rm -f "$work/holder"
}

await_server() { until pg_isready -q; do :; done; }

check_restarted() {
    expect "$1: differences" 0 "$(differences)"
    [ "$(dirty_days)" -gt 0 ] || { echo "$1: the refresh was not stopped in its middle"; exit 1; }
    [ "$(clean_days)" -gt "$2" ] || { echo "$1: the refresh had not begun"; exit 1; }
    sql -c "INSERT INTO platform.course_click SELECT 3, 3, '2015-02-14+08'::timestamptz + i * interval '1 day' FROM generate_series(0, 9) i"
    expect "$1: differences after a write" 0 "$(differences)"
    sql -c 'SET client_min_messages = warning' -c 'CALL edustats.refresh()'
    expect "$1: dirty days after the next refresh" 0 "$(dirty_days)"
    expect "$1: differences after the next refresh" 0 "$(differences)"
}

sql <<'SQL'
SET client_min_messages = warning;
CREATE EXTENSION edustats;
CALL edustats.create_platform('platform');
INSERT INTO platform.learning_session
SELECT 1 + i % 7, '2015-01-30+08'::timestamptz + i * interval '1 hour', i % 900 FROM generate_series(0, 800) i;
INSERT INTO platform.course_click
SELECT 1 + i % 7, i % 5, '2015-01-30+08'::timestamptz + i * interval '1 hour' FROM generate_series(0, 800) i;
CALL edustats.attach();
SQL

before=$(clean_days)
begin_refresh
kill -KILL "$(sql -c "SELECT pid FROM pg_stat_activity WHERE query ~ '^CALL edustats.refresh'")"
end_sessions
await_server
check_restarted 'a backend killed' "$before"

sql -c "CALL edustats.invalidate('bulletin')"
sql -c "TRUNCATE bulletin_data.rollup, bulletin_data.rollup_month"         # so that it shows how far the refresh came
begin_refresh
as_server pg_ctl -D "$data" -m immediate stop >/dev/null
end_sessions
as_server pg_ctl -D "$data" -l "${CLUSTER_LOG:-$PGHOST/server.log}" -w start >/dev/null
check_restarted 'the server stopped' 0
echo passed
