#!/usr/bin/env bash
# test/with-cluster test/shell/standby.sh: a hot standby reads all that is documented, dirty days included, as the primary does, row
# by row; and so does a primary whose transactions are read-only. To read is not to write: no temporary table, no sequence, no lock.
# Needs the server of test/with-cluster: its directory is $PGHOST, its data in $PGHOST/data.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
export PGCLIENTENCODING=UTF8
standby=$PGHOST/standby standby_port=$((PGPORT + 1)) slot=edustats_standby
work=$(mktemp -d "${TMPDIR:-/tmp}/edustats-standby.XXXXXX")
trap leave EXIT
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }

# The server refuses to run as root.
as_server() {
    if [ "$(id -u)" = 0 ]; then
        (cd "$PGHOST" && setpriv --reuid=postgres --regid=postgres --clear-groups env HOME="$PGHOST" "$@")
    else
        "$@"
    fi
}

leave() {
    as_server pg_ctl -D "$standby" -m immediate stop >/dev/null 2>&1 || true
    sql -c "SELECT pg_drop_replication_slot('$slot') FROM pg_replication_slots WHERE slot_name = '$slot'" >/dev/null || true
    sql -c 'DROP OWNED BY standby_reader' -c 'DROP ROLE standby_reader' >/dev/null 2>&1 || true
    rm -rf "$standby" "$work"
}

make_standby() {
    as_server pg_basebackup -D "$standby" -R -C -S "$slot" -c fast --no-sync
    as_server pg_ctl -D "$standby" -l "$standby/log" -o "-p $standby_port" -w start >/dev/null || { cat "$standby/log"; exit 1; }
}

# Until the standby has replayed what the primary has written so far.
catch_up() {
    local written limit=$((SECONDS + 60))
    written=$(sql -c 'SELECT pg_current_wal_insert_lsn()')
    until [ "$(sql -p "$standby_port" -c "SELECT pg_last_wal_replay_lsn() >= '$written'")" = t ]; do
        if [ "$SECONDS" -ge "$limit" ]; then
            cat "$standby/log"
            echo 'not ok: the standby does not follow'
            exit 1
        fi
        sleep 0.1
    done
}

# What a reader reads: every view, every function of days that the bulletin's schema has, the page, what is published.
reader_script() {
    cat <<'SQL'
SET ROLE standby_reader;
\set ECHO queries
SQL
    sql <<'SQL'
SELECT format('SELECT v::text FROM bulletin.%I v %s ORDER BY v::text COLLATE "C";', c.relname,
              CASE WHEN EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'month') THEN $$WHERE month BETWEEN '2015-01-01' AND '2015-03-01'$$ END)
FROM pg_class c WHERE c.relnamespace = 'bulletin'::regnamespace ORDER BY c.relname;
SELECT format($$SELECT f::text FROM %s('[2015-03-02,2015-03-16)') f ORDER BY f::text COLLATE "C";$$, p.oid::regproc)
FROM pg_proc p WHERE p.pronamespace = 'bulletin'::regnamespace ORDER BY p.proname;
SQL
    cat <<'SQL'
SELECT edustats.bulletin_html('bulletin', '2015-03-01');
SELECT edustats.bulletin_html('bulletin', '[2015-01-01,2015-04-01)');
SELECT v::text FROM edustats.of_period(NULL::bulletin.table_2, '[2015-03-05,2015-03-26)') v;
SELECT edustats.published('bulletin', '2015-03-01');
SELECT * FROM edustats.revision_diff('bulletin', '2015-03-01', 1);
SQL
}

# What is the owner's to read.
owner_script() {
    cat <<'SQL'
RESET ROLE;
SELECT * FROM edustats.participation('bulletin', '[2015-01-05,2015-03-26)') ORDER BY 1, 2;
SELECT * FROM edustats.ranking('bulletin', 'course_clicks', '[2015-03-01,2015-04-01)', 20);
SELECT edustats.total('bulletin', m.metric, '[2015-02-10,2015-03-20)'), edustats.active_keys('bulletin', m.metric, '[2015-02-10,2015-03-20)'), m.metric FROM bulletin_data.metric m ORDER BY 3;
SELECT a.metric, a.day, a.class, a.tally FROM bulletin_data.activity a WHERE a.month = '2015-03-01' ORDER BY 1, 2, 3;
SELECT * FROM bulletin_data.dirty_day ORDER BY 1, 2, 3;
SELECT c.relname, (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid) FROM pg_class c WHERE c.relnamespace = 'bulletin'::regnamespace ORDER BY 1;
SQL
}

# same WHAT [read_only]: the standby says what the primary says, and so does the primary when it can't write.
same() {
    local from options
    for from in primary ${2:-} standby; do
        options=$([ $from = read_only ] && echo '-c default_transaction_read_only=on' || true)
        PGOPTIONS=$options sql -p "$([ $from = standby ] && echo "$standby_port" || echo "$PGPORT")" -f "$work/reader.sql" -f "$work/owner.sql" >"$work/$from" 2>&1 || {
            tail -3 "$work/$from" | cut -c1-500
            echo "not ok: $1: $from can't read"
            exit 1
        }
        diff "$work/primary" "$work/$from" >"$work/difference" || { head -20 "$work/difference" | cut -c1-500; echo "not ok: $1: $from differs"; exit 1; }
    done
    echo "ok: $1: $(wc -l <"$work/primary") lines"
}

sql -f "$here/../march_2015.sql"
sql -c "SET client_min_messages = warning" -c "CALL edustats.publish('bulletin', '2015-03-01', 'the first')" -c 'CREATE ROLE standby_reader' \
    -c 'GRANT USAGE ON SCHEMA bulletin TO standby_reader' -c 'GRANT SELECT ON ALL TABLES IN SCHEMA bulletin TO standby_reader'
reader_script >"$work/reader.sql"
owner_script >"$work/owner.sql"
make_standby
if sql -p "$standby_port" -c 'CREATE TABLE t (a integer)' >"$work/refused" 2>&1; then
    echo 'not ok: that is no standby'
    exit 1
fi
catch_up
same 'clean'

# Days of which the log says what has changed, days that are marked, members that are another kind, one that nobody knows.
sql <<'SQL'
INSERT INTO platform.course_click SELECT n, n, timestamptz '2015-03-10 08:00+08' + n * interval '1 hour' FROM generate_series(1, 9) n;
DELETE FROM platform.forum_post WHERE posted_at < '2015-03-03+08';
INSERT INTO platform.learning_session SELECT 1 + n % 4000, '2015-03-20 08:00+08', 60 FROM generate_series(1, 6000) n;
INSERT INTO platform.topic_view SELECT 1 + n % 9, '2015-02-20 08:00+08' FROM generate_series(1, 6000) n;
UPDATE platform.member SET org_type = '国企' WHERE member_id BETWEEN 100 AND 110;
UPDATE platform.member SET org_type = '军队' WHERE member_id BETWEEN 200 AND 203;
SQL
catch_up
dirty=$(sql -p "$standby_port" -c "SELECT count(*) FILTER (WHERE marked_days > 0) > 0 AND count(*) FILTER (WHERE dirty_days > marked_days) > 0 FROM bulletin.refresh_status")
[ "$dirty" = t ] || { echo 'not ok: the standby knows of no dirty days'; exit 1; }
same 'with dirty days' read_only
differences=$(sed -n '/revision_diff/,$p' "$work/standby" | grep -c '^table_2|' || true)
[ "$differences" -gt 0 ] || { echo 'not ok: what was published does not differ from what is dirty'; exit 1; }

sql -c 'SET client_min_messages = warning' -c "CALL edustats.refresh('bulletin')" -c "CALL edustats.publish('bulletin', '2015-03-01', 'the second')"
catch_up
same 'refreshed and published again'
