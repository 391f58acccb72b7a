#!/usr/bin/env bash
# test/with-cluster test/shell/replication.sh: what a subscription applies is tracked as what is written here. The server
# that PG* points at subscribes to a second one, a cluster of test/with-cluster's inside the first. After each step activity is
# what plain SQL computes from the sources, before a refresh and after it, exactly the metrics that the publisher wrote to
# have dirty days until then, and refresh_status calls all of them tracked.
# Exits with 77, and says why, where the server's settings leave no room for two subscriptions.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
export PGCLIENTENCODING=UTF8 PGOPTIONS='-c client_min_messages=warning'
patience=30                     # seconds, until what was published must have come
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
fail() {
    echo "not ok: $*"
    exit 1
}

# The two sides; "replicate" has been told where the subscriber is.
publisher() { sql "$@"; }
subscriber() { sql -h "$subscriber_host" -p "$subscriber_port" -d "$subscriber_database" "$@"; }

# room SETTING LEAST: skips where the server has less.
room() {
    local has
    has=$(sql -c "SELECT setting FROM pg_settings WHERE name = '$1'")
    if [ "$has" -lt "$2" ]; then
        echo "skipped: the server's $1 is $has, and two subscriptions need $2"
        exit 77
    fi
}

start() {
    room max_logical_replication_workers 4
    room max_worker_processes 5
    room max_replication_slots 4
    # So little memory that a transaction of some thousand rows is streamed before it ends.
    CLUSTER_CONF="wal_level = logical
max_wal_senders = 10
max_replication_slots = 10
logical_decoding_work_mem = 64kB" "$here/../with-cluster" "$here/replication.sh" replicate "$PGHOST" "$PGPORT" "$PGDATABASE" "${CLUSTER_LOG:-}"
}

replicate() {
    subscriber_host=$1 subscriber_port=$2 subscriber_database=$3 subscriber_log=$4
    said_before=0               # bytes of the log that are not about this test
    [ ! -f "$subscriber_log" ] || said_before=$(wc -c <"$subscriber_log")
    major=$(($(sql -c "SHOW server_version_num") / 10000))
    trap leave EXIT
    tables
    publish
    subscribe_first
    attach
    subscribe_second
    writes
    moves
    streamed
    truncates
    lookups
    unreadable
    both_sides
    refreshes
    partitions
    added_table
    roles
    switched_off
    detached
}

# leave: nobody goes on asking for a publisher that is gone, whatever has happened.
leave() {
    local name
    for name in first second; do
        subscriber -c "ALTER SUBSCRIPTION $name DISABLE" -c "ALTER SUBSCRIPTION $name SET (slot_name = NONE)" \
            -c "DROP SUBSCRIPTION $name" >/dev/null 2>&1 || true
    done
    subscriber -c "DROP OWNED BY replication_office, replication_applier CASCADE" \
        -c "DROP ROLE replication_office, replication_applier" >/dev/null 2>&1 || true
}

# What both sides have. Sessions are partitioned on either side in another way.
both() {
    cat <<'SQL'
CREATE SCHEMA platform;
CREATE SCHEMA app;
CREATE TABLE platform.district (district_id bigint PRIMARY KEY, name text, position integer);
CREATE TABLE platform.member (member_id bigint PRIMARY KEY, org_type text, allocated boolean, district_id bigint, name text,
    registered_at timestamptz, closed_at timestamptz);
CREATE TABLE platform.course_click (id bigint, member_id bigint, course_id bigint, clicked_at timestamptz, PRIMARY KEY (id, clicked_at))
    PARTITION BY RANGE (clicked_at);
CREATE TABLE platform.click_january PARTITION OF platform.course_click FOR VALUES FROM ('2015-01-01+08') TO ('2015-02-01+08');
CREATE TABLE platform.click_february PARTITION OF platform.course_click FOR VALUES FROM ('2015-02-01+08') TO ('2015-03-01+08');
CREATE TABLE platform.article_view (article_id bigint, viewed_at timestamptz, id bigint PRIMARY KEY);
CREATE TABLE platform.old_article_view (PRIMARY KEY (id)) INHERITS (platform.article_view);
CREATE TABLE platform.column_visit (column_id bigint, visited_at timestamptz, browser text);
ALTER TABLE platform.column_visit REPLICA IDENTITY FULL;
CREATE TABLE platform.report (district_id bigint, reported_at timestamptz, id bigint PRIMARY KEY);
CREATE TABLE platform.learning_session (id bigint, member_id bigint, started_at timestamptz, seconds bigint, note text,
    PRIMARY KEY (id, member_id, started_at)) PARTITION BY :partition_by;
CREATE TABLE app.event (id bigint PRIMARY KEY, kind text, at text, member_id bigint, subject text);
CREATE TABLE app.topic (code text PRIMARY KEY, topic_id bigint);
SQL
}

tables() {
    both | publisher -v partition_by='RANGE (started_at)'
    publisher <<'SQL'
CREATE TABLE platform.session_january PARTITION OF platform.learning_session FOR VALUES FROM (MINVALUE) TO ('2015-02-01+08');
CREATE TABLE platform.session_february PARTITION OF platform.learning_session FOR VALUES FROM ('2015-02-01+08') TO (MAXVALUE);
INSERT INTO platform.district VALUES (1, '大兴', 1), (2, '顺义', 2);
INSERT INTO platform.member SELECT i, (ARRAY['农村', '社区', '国企', NULL])[1 + i % 4], i % 4 < 3 AND i % 3 = 0, 1 + i % 2, 'm' || i, '2014-12-01+08'
FROM generate_series(1, 40) i;
INSERT INTO platform.course_click SELECT i, i % 45, i % 7, '2015-01-02+08'::timestamptz + i * interval '7 hours' FROM generate_series(1, 150) i;
INSERT INTO platform.article_view SELECT i % 5, '2015-01-02+08'::timestamptz + i * interval '7 hours', i FROM generate_series(1, 50) i;
INSERT INTO platform.old_article_view SELECT i % 5, '2013-01-02+08'::timestamptz + i * interval '7 hours', i FROM generate_series(51, 90) i;
INSERT INTO platform.column_visit SELECT i % 3, '2015-01-02+08'::timestamptz + i % 20 * interval '7 hours', 'b' FROM generate_series(1, 60) i;
INSERT INTO platform.report SELECT 1 + i % 2, '2015-01-02+08'::timestamptz + i * interval '3 days', i FROM generate_series(1, 10) i;
INSERT INTO platform.learning_session SELECT i, i % 45, '2015-01-02+08'::timestamptz + i * interval '5 hours', i FROM generate_series(1, 200) i;
INSERT INTO app.topic VALUES ('a', 1), ('b', 2), ('c', 3);
INSERT INTO app.event SELECT i, (ARRAY['post', 'topic', 'log'])[1 + i % 3], 1420128000 + i * 40000, i % 45, (ARRAY['a', 'b', 'c', 'd'])[1 + i % 4]
FROM generate_series(1, 120) i;
SQL
    both | subscriber -c 'CREATE EXTENSION edustats' -v partition_by='LIST (member_id)' -f -
    subscriber <<'SQL'
CREATE TABLE platform.session_few PARTITION OF platform.learning_session FOR VALUES IN (1, 2, 3, 4, 5, 6, 7);
CREATE TABLE platform.session_rest PARTITION OF platform.learning_session DEFAULT PARTITION BY RANGE (started_at);
CREATE TABLE platform.session_rest_old PARTITION OF platform.session_rest FOR VALUES FROM (MINVALUE) TO ('2015-01-15+08');
CREATE TABLE platform.session_rest_new PARTITION OF platform.session_rest DEFAULT;
CREATE VIEW platform.forum_post AS
    SELECT e.member_id, to_timestamp(e.at::bigint) AS posted_at FROM app.event e WHERE e.kind = 'post';
CREATE VIEW platform.topic_view AS
    SELECT t.topic_id, to_timestamp(e.at::bigint) AS viewed_at FROM app.event e JOIN app.topic t ON t.code = e.subject WHERE e.kind = 'topic';

-- The truth, without a function of the extension's.
CREATE SCHEMA check_it;
CREATE VIEW check_it.class AS
SELECT member_id, CASE org_type WHEN '农村' THEN 2 WHEN '社区' THEN 4 WHEN '国企' THEN 8 ELSE 13 END
                  - CASE WHEN allocated THEN 1 ELSE 0 END AS class FROM platform.member;
CREATE VIEW check_it.truth AS
WITH happened (metric, at, key, weight, member_id) AS (
    SELECT 'registrations', registered_at, member_id, 1, member_id FROM platform.member
    UNION ALL SELECT 'learning', started_at, member_id, seconds, member_id FROM platform.learning_session
    UNION ALL SELECT 'course_clicks', clicked_at, course_id, 1, member_id FROM platform.course_click
    UNION ALL SELECT 'column_visits', visited_at, column_id, 1, NULL FROM platform.column_visit
    UNION ALL SELECT 'article_views', viewed_at, article_id, 1, NULL FROM platform.article_view
    UNION ALL SELECT 'forum_posts', posted_at, member_id, 1, member_id FROM platform.forum_post
    UNION ALL SELECT 'topic_views', viewed_at, topic_id, 1, NULL FROM platform.topic_view
    UNION ALL SELECT 'reports', reported_at, district_id, 1, NULL FROM platform.report
)
SELECT h.metric, (h.at AT TIME ZONE 'Asia/Shanghai')::date AS day, coalesce(c.class, 0) AS class, h.key, sum(h.weight) AS count
FROM happened h LEFT JOIN check_it.class c USING (member_id) GROUP BY 1, 2, 3, 4 HAVING sum(h.weight) > 0;

-- Which role applies, of one table of each subscription.
CREATE TABLE app.applied_by (relation regclass, role name);
CREATE FUNCTION app.note_role() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO app.applied_by VALUES (TG_RELID, current_user);
    RETURN NULL;
END $$;
CREATE TRIGGER note_role AFTER INSERT ON platform.district FOR EACH ROW EXECUTE FUNCTION app.note_role();
CREATE TRIGGER note_role AFTER INSERT ON app.topic FOR EACH ROW EXECUTE FUNCTION app.note_role();
ALTER TABLE platform.district ENABLE REPLICA TRIGGER note_role;
ALTER TABLE app.topic ENABLE REPLICA TRIGGER note_role;

-- The platform is of one role, and another one has the right to write to it, but none on the bulletin.
CREATE ROLE replication_office;
CREATE ROLE replication_applier LOGIN;
ALTER SCHEMA platform OWNER TO replication_office;
ALTER SCHEMA app OWNER TO replication_office;
SELECT format('ALTER TABLE %s OWNER TO replication_office', oid::regclass) FROM pg_class
WHERE relnamespace IN ('platform'::regnamespace, 'app'::regnamespace) AND relkind IN ('r', 'p', 'v') \gexec
GRANT USAGE ON SCHEMA platform, app TO replication_applier;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA platform, app TO replication_applier;
SQL
}

publish() {
    publisher <<'SQL'
CREATE PUBLICATION first FOR TABLE platform.district, platform.member, platform.course_click, platform.article_view;
CREATE PUBLICATION second FOR TABLE platform.learning_session, platform.column_visit, app.event, app.topic
    WITH (publish_via_partition_root = true);
SQL
}

connection() { echo "host=$PGHOST port=$PGPORT user=$PGUSER dbname=$PGDATABASE"; }

# await WHAT QUERY [DIRECTION]: until the query is true, on the subscriber unless it says "publisher".
await() {
    local what=$1 query=$2 side=${3:-subscriber} limit=$((SECONDS + patience))
    until [ "$($side -c "$query")" = t ]; do
        if [ "$SECONDS" -ge "$limit" ]; then
            subscriber -c "SELECT * FROM pg_stat_subscription" -c "SELECT srrelid::regclass, srsubstate FROM pg_subscription_rel"
            [ ! -f "$subscriber_log" ] || tail -20 "$subscriber_log"
            fail "$what: not within $patience s"
        fi
        sleep 0.1
    done
}

# copied: until the tables of all subscriptions have their first rows.
copied() {
    await "$1: the first rows of all tables" \
        "SELECT count(*) > 0 AND bool_and(srsubstate = 'r') FROM pg_subscription_rel"
}

# caught_up WHAT: until all that the publisher has committed is applied, by each subscription that there is.
caught_up() {
    local until
    until=$(publisher -c "SELECT pg_current_wal_lsn()")
    await "$1: what the publisher wrote" "SELECT count(*) = $(subscriber -c 'SELECT count(*) FROM pg_subscription')
        AND bool_and(replay_lsn >= '$until') FROM pg_stat_replication WHERE application_name IN ('first', 'second') AND state = 'streaming'" publisher
}

# right WHAT: activity and its months are the truth, and all is seen.
right() {
    local differ
    differ=$(subscriber <<'SQL'
WITH said AS (
    SELECT a.metric, a.day, a.class::integer, e.key, e.count::numeric FROM bulletin_data.activity a CROSS JOIN LATERAL edustats.each(a.tally) e
), truth AS (
    SELECT metric, day, class, key, count::numeric FROM check_it.truth
), months AS (
    SELECT metric, month, class::integer, total::numeric FROM bulletin_data.monthly
), true_months AS (
    SELECT metric, date_trunc('month', day)::date, class, sum(count) FROM truth GROUP BY 1, 2, 3
)
SELECT 'not said', * FROM (TABLE truth EXCEPT ALL TABLE said) t
UNION ALL SELECT 'not true', * FROM (TABLE said EXCEPT ALL TABLE truth) s
UNION ALL SELECT 'months', metric, month, class, NULL, total FROM
    ((TABLE true_months EXCEPT ALL TABLE months) UNION ALL (TABLE months EXCEPT ALL TABLE true_months)) m(metric, month, class, total)
LIMIT 20
SQL
)
    [ -z "$differ" ] || { echo "$differ"; fail "$1: activity is not what the sources are"; }
    [ "$(subscriber -c "SELECT bool_and(tracked) FROM bulletin.refresh_status")" = t ] ||
        { subscriber -c "SELECT metric, note FROM bulletin.refresh_status WHERE NOT tracked"; fail "$1: not all is tracked"; }
}

dirty() { subscriber -c "SELECT coalesce(string_agg(metric, ' ' ORDER BY metric), 'none') FROM bulletin.refresh_status WHERE dirty_days > 0"; }

# holds WHAT [METRIC...]: it is right now and after a refresh; just these metrics have dirty days before, and none after.
holds() {
    local what=$1 found
    shift
    caught_up "$what"
    found=$(dirty)
    [ "$found" = "${*:-none}" ] || fail "$what: dirty are $found"
    right "$what"
    subscriber -c "CALL edustats.refresh()"
    [ "$(dirty)" = none ] || fail "$what: dirty after a refresh are $(dirty)"
    right "$what, refreshed"
    echo "ok: $what"
}

# By the subscription's owner, a superuser, before PostgreSQL 16, and by the tables' owner since.
subscribe_first() {
    subscriber -c "CREATE SUBSCRIPTION first CONNECTION '$(connection)' PUBLICATION first" 2>/dev/null
    copied "a subscription before attach"
}

attach() {
    subscriber -c "CALL edustats.attach()"
    [ "$(subscriber -c "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'bulletin_data'")" = replication_office ] ||
        fail "the bulletin is not the tables' owner's"
    caught_up "attach"
    right "attach"
    subscriber -c "CALL edustats.refresh()"
    [ "$(subscriber -c "SELECT count(*) FROM check_it.truth WHERE metric = 'course_clicks'")" -gt 50 ] || fail "there is nothing to count"
    holds "a subscription before attach"
}

# By its owner, who is no superuser any more when it begins, with all versions: what has its first rows copied is clean.
subscribe_second() {
    local streaming=on options=''
    if [ "$major" -ge 16 ]; then options=", run_as_owner = true, password_required = false"; fi
    # PostgreSQL 18 hangs for any row trigger on a partitioned table, see the README's limits.
    if [ "$major" = 16 ] || [ "$major" = 17 ]; then streaming=parallel; fi
    subscriber 2>/dev/null <<SQL
CREATE SUBSCRIPTION second CONNECTION '$(connection)' PUBLICATION second WITH (enabled = false, streaming = $streaming$options);
ALTER ROLE replication_applier SUPERUSER;
ALTER SUBSCRIPTION second OWNER TO replication_applier;
ALTER ROLE replication_applier NOSUPERUSER;
ALTER SUBSCRIPTION second ENABLE;
SQL
    copied "a subscription after attach"
    holds "a subscription after attach" column_visits forum_posts learning topic_views
}

writes() {
    publisher <<'SQL'
INSERT INTO platform.course_click VALUES (1001, 3, 5, '2015-02-10+08');
INSERT INTO platform.learning_session VALUES (1001, 3, '2015-02-10 12:00+08', 60), (1002, 41, '2015-01-05+08', 61);
INSERT INTO platform.column_visit VALUES (7, '2015-02-11+08', 'new');
INSERT INTO platform.article_view VALUES (7, '2015-02-12+08', 1001);
INSERT INTO platform.old_article_view VALUES (7, '2013-02-12+08', 1002);
INSERT INTO platform.member VALUES (41, '农村', true, 1, 'm41', '2015-02-01+08');
INSERT INTO app.event VALUES (1001, 'post', '1423000000', 3, NULL), (1002, 'topic', '1423100000', 3, 'a'), (1003, 'log', 'nothing', 3, 'a');
SQL
    # The member who came has had sessions, which so far were nobody's.
    holds INSERT article_views column_visits course_clicks forum_posts learning registrations topic_views
    publisher <<'SQL'
UPDATE platform.course_click SET course_id = course_id + 10 WHERE id BETWEEN 10 AND 20;
UPDATE platform.learning_session SET seconds = seconds + 5, note = repeat('long', 2000) WHERE id BETWEEN 30 AND 60;
UPDATE platform.column_visit SET visited_at = visited_at + interval '1 day' WHERE column_id = 1;
UPDATE platform.article_view SET viewed_at = viewed_at + interval '1 day' WHERE article_id = 2;
UPDATE platform.member SET registered_at = registered_at + interval '40 days' WHERE member_id = 9;
UPDATE app.event SET kind = 'post' WHERE id IN (4, 5, 6);
UPDATE app.event SET at = at::bigint + 86400 WHERE kind = 'topic';
SQL
    holds UPDATE article_views column_visits course_clicks forum_posts learning registrations topic_views
    publisher <<'SQL'
UPDATE platform.learning_session SET note = 'x';
UPDATE platform.member SET name = name || 'x', district_id = 1;
UPDATE platform.column_visit SET browser = 'c' WHERE column_id = 2;
UPDATE app.event SET member_id = 2 WHERE kind = 'log';
DELETE FROM app.event WHERE id = 1003;
SQL
    holds "what is not counted"
    publisher <<'SQL'
DELETE FROM platform.course_click WHERE course_id = 3;
DELETE FROM platform.learning_session WHERE member_id IN (2, 20);
DELETE FROM platform.column_visit WHERE ctid IN (SELECT ctid FROM platform.column_visit ORDER BY visited_at LIMIT 7);
DELETE FROM platform.article_view WHERE article_id = 4;
DELETE FROM app.event WHERE id % 6 = 0;
DELETE FROM platform.member WHERE member_id = 5;
SQL
    holds DELETE article_views column_visits course_clicks forum_posts learning registrations topic_views
}

# Rows that go to other partitions: of both sides, and of the one side alone.
moves() {
    publisher -c "UPDATE platform.course_click SET clicked_at = clicked_at + interval '20 days' WHERE clicked_at BETWEEN '2015-01-15+08' AND '2015-01-20+08'"
    holds "rows moved on both sides" course_clicks
    publisher -c "UPDATE platform.learning_session SET started_at = started_at + interval '30 days' WHERE member_id IN (3, 4) AND started_at < '2015-02-01+08'"
    holds "rows moved on the publisher" learning
    publisher -c "UPDATE platform.learning_session SET member_id = member_id + 20 WHERE member_id IN (6, 7)" \
        -c "UPDATE platform.learning_session SET started_at = '2015-01-03 12:00+08' WHERE member_id = 30"
    holds "rows moved on the subscriber" learning
    [ "$(subscriber -c "SELECT count(DISTINCT tableoid) FROM platform.learning_session")" = 3 ] || fail "the sessions are not in all partitions"
}

# A transaction of so many rows that it comes before it ends, with parts that never were.
streamed() {
    publisher <<'SQL'
BEGIN;
INSERT INTO platform.learning_session SELECT 2000 + i, i % 45, '2015-03-01+08'::timestamptz + i * interval '1 minute', 1 FROM generate_series(1, 3000) i;
SAVEPOINT one;
INSERT INTO platform.learning_session SELECT 6000 + i, i % 45, '2015-03-10+08'::timestamptz + i * interval '1 minute', 1 FROM generate_series(1, 3000) i;
UPDATE app.event SET at = at::bigint + 86400 WHERE kind = 'post';
ROLLBACK TO one;
INSERT INTO platform.learning_session SELECT 9000 + i, i % 45, '2015-03-11+08'::timestamptz + i * interval '1 minute', 1 FROM generate_series(1, 3000) i;
SAVEPOINT two;
DELETE FROM platform.learning_session WHERE id BETWEEN 9000 AND 9100;
COMMIT;
SQL
    # What is streamed is counted by the slot a little after it is applied.
    await "a large transaction: that it is streamed" "SELECT stream_txns > 0 FROM pg_stat_replication_slots WHERE slot_name = 'second'" publisher
    holds "a large transaction" learning
    publisher <<'SQL'
BEGIN;
INSERT INTO platform.course_click SELECT 2000 + i, i, i % 7, '2015-01-10+08'::timestamptz + i * interval '1 day' FROM generate_series(1, 40) i;
DELETE FROM platform.course_click WHERE id BETWEEN 2000 AND 2040;
INSERT INTO platform.article_view VALUES (1, '2015-02-20+08', 2001);
UPDATE platform.article_view SET viewed_at = '2015-02-21+08' WHERE id = 2001;
COMMIT;
BEGIN;
INSERT INTO platform.course_click VALUES (3001, 1, 1, '2015-01-30+08');
ROLLBACK;
SQL
    holds "a transaction that takes back what it did" article_views course_clicks
}

truncates() {
    publisher -c "TRUNCATE platform.click_january"
    holds "TRUNCATE of a partition" course_clicks
    publisher -c "TRUNCATE ONLY platform.article_view"
    holds "TRUNCATE of a parent alone" article_views
    publisher -c "INSERT INTO platform.article_view VALUES (1, '2015-02-20+08', 2002)" -c "TRUNCATE platform.article_view"
    [ "$(subscriber -c "SELECT count(*) FROM platform.article_view")" -ge 0 ]
    holds "TRUNCATE of a parent and its children" article_views
    publisher -c "INSERT INTO platform.column_visit VALUES (1, '2015-03-05+08', 'b')" -c "TRUNCATE platform.course_click, platform.column_visit"
    holds "TRUNCATE of several tables" column_visits course_clicks
    publisher -c "TRUNCATE platform.learning_session"
    holds "TRUNCATE of a partitioned table" learning
    [ "$(subscriber -c "SELECT count(*) FROM platform.learning_session")" = 0 ] || fail "a TRUNCATE was not applied"
    publisher -c "INSERT INTO platform.learning_session SELECT i, i % 45, '2015-01-02+08'::timestamptz + i * interval '5 hours', i FROM generate_series(1, 200) i" \
        -c "INSERT INTO platform.course_click SELECT i, i % 45, i % 7, '2015-01-02+08'::timestamptz + i * interval '7 hours' FROM generate_series(1, 150) i" \
        -c "INSERT INTO platform.column_visit SELECT i % 3, '2015-01-02+08'::timestamptz + i % 20 * interval '7 hours', 'b' FROM generate_series(1, 60) i"
    holds "rows after TRUNCATE" column_visits course_clicks learning
}

lookups() {
    publisher -c "UPDATE platform.member SET org_type = '社区', allocated = NOT allocated WHERE member_id IN (8, 12, 16)"
    holds "members of another class" course_clicks forum_posts learning registrations
    publisher -c "UPDATE app.topic SET topic_id = 20 WHERE code = 'b'"
    holds "a changed lookup" topic_views
    publisher -c "INSERT INTO app.topic VALUES ('d', 4)" -c "DELETE FROM app.topic WHERE code = 'a'"
    holds "lookups that come and go" topic_views
    publisher -c "UPDATE app.topic SET code = 'a' WHERE code = 'c'"
    holds "a lookup with another key" topic_views
    # An event and its member, the one by the second subscription and the other by the first.
    publisher -c "INSERT INTO app.event VALUES (3001, 'post', '1423000000', 60, NULL)" -c "INSERT INTO platform.member VALUES (60, '国企', true, 2, 'm60', '2015-02-03+08')"
    holds "an event before its member" forum_posts registrations
}

# A row whose time can't be computed does not hold up the subscription, and what it hides comes right with it.
unreadable() {
    publisher -c "INSERT INTO app.event VALUES (4001, 'post', 'soon', 3, NULL), (4002, 'post', '1423200000', 3, NULL)" \
        -c "UPDATE app.event SET at = 'later' WHERE id = 3001"
    caught_up "a row that can't be computed"
    [ "$(subscriber -c "SELECT count(*) FROM app.event WHERE id IN (4001, 4002)")" = 2 ] || fail "a row that can't be computed was not applied"
    subscriber -c "CALL edustats.refresh()" 2>/dev/null
    [ "$(subscriber -c "SELECT count(*) > 0 FROM bulletin_data.refresh_error WHERE metric = 'forum_posts'")" = t ] ||
        fail "a row that can't be computed is not told"
    publisher -c "UPDATE app.event SET at = '1423000000' WHERE id = 3001" -c "DELETE FROM app.event WHERE id = 4001"
    caught_up "a row that couldn't be computed"
    # What could not be computed has been marked as a whole, and until a refresh is said not to have been seen.
    [ "$(dirty)" = forum_posts ] || fail "a row that couldn't be computed: dirty are $(dirty)"
    subscriber -c "CALL edustats.refresh()"
    holds "a row that couldn't be computed"
}

# What is written here and there, also to the same rows.
both_sides() {
    subscriber <<'SQL'
BEGIN;
INSERT INTO platform.learning_session VALUES (50001, 3, '2015-02-25 12:00+08', 60), (50002, 30, '2015-02-26+08', 61);
UPDATE platform.course_click SET course_id = 99 WHERE id = 40;
DELETE FROM platform.column_visit WHERE column_id = 2;
COMMIT;
SQL
    publisher <<'SQL'
INSERT INTO platform.learning_session VALUES (5001, 3, '2015-02-25 13:00+08', 7);
UPDATE platform.course_click SET clicked_at = clicked_at + interval '1 day' WHERE id = 40;
DELETE FROM platform.column_visit WHERE column_id IN (1, 2);
SQL
    holds "writes on both sides" column_visits course_clicks learning
    publisher -c "UPDATE platform.learning_session SET seconds = 8 WHERE id = 5001"
    subscriber -c "INSERT INTO platform.report VALUES (1, '2015-02-01+08', 900)" \
        -c "DELETE FROM platform.course_click WHERE id = 40"
    caught_up "rows that are gone"
    publisher -c "UPDATE platform.course_click SET course_id = 4 WHERE id = 40"
    holds "rows that are gone here" course_clicks learning reports
}

# Refreshes while rows come.
refreshes() {
    local i writer
    (for i in $(seq 40); do
        echo "BEGIN; INSERT INTO platform.learning_session VALUES (70000 + $i, $i, '2015-02-01+08'::timestamptz + $i % 5 * interval '1 day', 10);"
        echo "UPDATE platform.course_click SET clicked_at = clicked_at + interval '1 hour' WHERE id % 40 = $i;"
        echo "UPDATE platform.member SET allocated = NOT allocated WHERE member_id = $i AND org_type IS NOT NULL; COMMIT; SELECT pg_sleep(0.03);"
    done | publisher -o /dev/null) &
    writer=$!
    while kill -0 "$writer" 2>/dev/null; do
        subscriber -c "CALL edustats.refresh()"
        right "a refresh while rows come"
    done
    wait "$writer"
    caught_up "refreshes while rows come"
    right "refreshes while rows come"
    subscriber -c "CALL edustats.refresh()"
    holds "refreshes while rows come"
}

# Partitions that come are tracked from the next refresh on, and read live until then.
partitions() {
    local side
    for side in publisher subscriber; do
        $side -c "CREATE TABLE platform.click_march PARTITION OF platform.course_click FOR VALUES FROM ('2015-03-01+08') TO ('2015-04-01+08')" \
            -c "ALTER TABLE platform.click_march OWNER TO $([ $side = publisher ] && echo "$PGUSER" || echo replication_office)"
    done
    subscriber -c "ALTER SUBSCRIPTION first REFRESH PUBLICATION"
    copied "a new partition"
    publisher -c "INSERT INTO platform.course_click VALUES (8001, 3, 5, '2015-03-10+08'), (8002, 3, 5, '2015-02-10+08')"
    caught_up "a new partition"
    [ "$(subscriber -c "SELECT count(*) FROM platform.click_march")" = 1 ] || fail "the new partition is empty"
    subscriber -c "CALL edustats.refresh()"
    right "a new partition"
    publisher -c "INSERT INTO platform.course_click VALUES (8003, 3, 5, '2015-03-12+08')"
    holds "a new partition" course_clicks
}

# A table that is published later, which has rows of its own here.
added_table() {
    publisher -c "ALTER PUBLICATION second ADD TABLE platform.report"
    subscriber -c "ALTER SUBSCRIPTION second REFRESH PUBLICATION"
    copied "a table that is published later"
    holds "a table that is published later" reports
    publisher -c "DELETE FROM platform.report WHERE id < 5"
    holds "rows of a table that is published later" reports
}

# Whose rights what was applied had.
roles() {
    local wanted=$PGUSER found
    [ "$major" -lt 16 ] || wanted=replication_office
    publisher -c "INSERT INTO platform.district VALUES (3, '密云', 3)"
    caught_up roles
    found=$(subscriber -c "SELECT string_agg(DISTINCT relation || ' by ' || role, ', ') FROM app.applied_by")
    [ "$found" = "app.topic by replication_applier, platform.district by $wanted" ] || fail "roles: $found"
    echo "ok: $found"
}

# Without the trigger of rows nothing is trusted.
switched_off() {
    subscriber -c "ALTER TABLE platform.column_visit DISABLE TRIGGER edustats_apply"
    [ "$(subscriber -c "SELECT tracked FROM bulletin.refresh_status WHERE metric = 'column_visits'")" = f ] ||
        fail "a trigger that is off is not told"
    publisher -c "INSERT INTO platform.column_visit VALUES (8, '2015-02-11+08', 'new')"
    caught_up "a trigger that is off"
    subscriber -c "CALL edustats.refresh()"
    holds "a trigger that was off"
}

# A bulletin that goes leaves the subscriptions alone.
detached() {
    subscriber -c "CALL edustats.detach('bulletin')"
    publisher -c "INSERT INTO platform.learning_session VALUES (9901, 3, '2015-02-10 12:00+08', 60)" \
        -c "INSERT INTO platform.course_click VALUES (9901, 3, 5, '2015-02-10+08')"
    caught_up "without a bulletin"
    [ "$(subscriber -c "SELECT count(*) FROM platform.learning_session WHERE id = 9901")" = 1 ] || fail "without a bulletin nothing is applied"
    [ ! -f "$subscriber_log" ] || ! tail -c +$((said_before + 1)) "$subscriber_log" | grep "a write to .* is not logged" || fail "writes were not logged"
    subscriber -c "DROP SUBSCRIPTION first" -c "DROP SUBSCRIPTION second" 2>/dev/null
    subscriber -c "DROP SCHEMA check_it, platform, app CASCADE"
    echo "ok: without a bulletin"
}

if [ $# = 0 ]; then start; else "$@"; fi
