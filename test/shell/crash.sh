#!/usr/bin/env bash
# A server that dies in the middle of a refresh: after the restart every day is in its old or its new state, activity
# equals the sources, and the next refresh completes. Once by the death of a backend, once by that of the whole server; in a
# run of days, in a fold, and wherever a refresh happens to be while others write.
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
    echo "BEGIN; INSERT INTO bulletin_data.rollup VALUES ('course_clicks', '2015-02-01', '2015-02-20', 0, '{1:1}') ON CONFLICT (metric, month, day, class) DO UPDATE SET tally = excluded.tally;" >&9
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

# A fold that is stopped has changed nothing: what it took is in the log as it was.
check_fold() {
    expect "$1: differences" 0 "$(differences)"
    expect "$1: rows of the log" "$2" "$(sql -c 'SELECT count(*) FROM bulletin_data.log')"
    sql -c 'SET client_min_messages = warning' -c 'CALL edustats.refresh()'
    expect "$1: dirty days after the next refresh" 0 "$(dirty_days)"
    expect "$1: differences after the next refresh" 0 "$(differences)"
}

# Rows that come and go one by one, each known by what it has changed, on the day whose rollup begin_refresh holds as well.
write_changes() {
    sql -c "INSERT INTO platform.course_click SELECT 3, 3, '2015-02-18+08'::timestamptz + i * interval '1 day' FROM generate_series(0, 9) i" \
        -c "DELETE FROM platform.learning_session WHERE started_at BETWEEN '2015-02-19+08' AND '2015-02-20+08' AND member_id = $1"
    sql -c 'SELECT count(*) FROM bulletin_data.log'
}

# Two writers, a refresh after another, and one of the server's processes killed, whichever it is.
kill_at_random() {
    for writer in 1 2; do
        for ((j = 0; j < 60; j++)); do
            echo "INSERT INTO platform.course_click VALUES ($writer, $((j % 5)), '2015-02-0$((1 + j % 9)) 12:00+08');"
            echo "DELETE FROM platform.learning_session WHERE ctid = (SELECT ctid FROM platform.learning_session WHERE member_id = $writer LIMIT 1);"
        done | psql -X -q >/dev/null 2>&1 &
        running+=($!)
    done
    for ((j = 0; j < 40; j++)); do echo 'CALL edustats.refresh();'; done | psql -X -q >/dev/null 2>&1 &
    running+=($!)
    sleep "0.$((RANDOM % 4))$((RANDOM % 10))"
    pkill -KILL -P "$(head -1 "$data/postmaster.pid")" -f 'postgres: .*(CALL|INSERT|DELETE|COMMIT)' -n || pkill -KILL -P "$(head -1 "$data/postmaster.pid")" -f 'postgres: checkpointer'
    end_sessions
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

logged=$(write_changes 3)
begin_refresh
kill -KILL "$(sql -c "SELECT pid FROM pg_stat_activity WHERE query ~ '^CALL edustats.refresh'")"
end_sessions
await_server
check_fold 'a fold killed' "$logged"

logged=$(write_changes 4)
begin_refresh
as_server pg_ctl -D "$data" -m immediate stop >/dev/null
end_sessions
as_server pg_ctl -D "$data" -l "${CLUSTER_LOG:-$PGHOST/server.log}" -w start >/dev/null
check_fold 'the server stopped in a fold' "$logged"

for ((i = 0; i < 8; i++)); do
    kill_at_random
    sleep 0.2
    await_server
    expect "killed at random, $i: differences" 0 "$(differences)"
done
sql -c 'SET client_min_messages = warning' -c 'CALL edustats.refresh()'
expect 'killed at random: dirty days after the next refresh' 0 "$(dirty_days)"
expect 'killed at random: differences after the next refresh' 0 "$(differences)"
echo passed
