#!/usr/bin/env bash
# test/with-cluster test/shell/dump.sh: an installation with attachments goes through pg_dump and comes back the same.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/dump.XXXXXX")
trap 'rm -rf "$work"' EXIT
export PGCLIENTENCODING=UTF8
sql() { psql -X -q -v ON_ERROR_STOP=1 "$@"; }
probe() { sql -d "$1" -f "$here/../probe.sql" >"$work/$1.probe"; }

# same NAME: the database NAME is as the first one was, tells the truth, and goes on working.
same() {
    local name=$1 wrong
    probe "$name"
    diff -u "$work/fresh.probe" "$work/$name.probe" || { echo "not ok: $name differs"; exit 1; }
    sql -d "$name" -f "$work/use.sql" >"$work/$name.use"
    diff -u "$work/fresh.use" "$work/$name.use" || { echo "not ok: $name works otherwise"; exit 1; }
    echo "ok: $name"
}

cat >"$work/make.sql" <<'SQL'
SET client_min_messages = warning;
CREATE EXTENSION edustats;
CALL edustats.create_platform('platform');
INSERT INTO platform.district VALUES (1, 'D', 1);
INSERT INTO platform.member SELECT i, '农村', i % 2 = 0, 1, 'm' || i, '2015-01-01'::timestamptz + i * interval '5 hours' FROM generate_series(1, 40) i;
DROP TABLE platform.course_click;
CREATE TABLE platform.course_click (member_id bigint, course_id bigint, clicked_at timestamptz NOT NULL) PARTITION BY RANGE (clicked_at);
CREATE TABLE platform.click_2014 (note text, course_id bigint, member_id bigint, clicked_at timestamptz NOT NULL);
ALTER TABLE platform.click_2014 DROP note;
ALTER TABLE platform.course_click ATTACH PARTITION platform.click_2014 FOR VALUES FROM ('2014-01-01') TO ('2015-01-01');
CREATE TABLE platform.a_click_rest PARTITION OF platform.course_click DEFAULT PARTITION BY LIST (course_id);
CREATE TABLE platform.click_rest_all PARTITION OF platform.a_click_rest (PRIMARY KEY (course_id, clicked_at)) DEFAULT;
CREATE TABLE platform.old_report (CHECK (reported_at < '2014-01-01'), PRIMARY KEY (district_id, reported_at)) INHERITS (platform.report);
INSERT INTO platform.course_click SELECT 1 + i % 45, i % 7, '2014-12-20'::timestamptz + i * interval '7 hours' FROM generate_series(1, 200) i;
INSERT INTO platform.learning_session SELECT 1 + i % 45, '2015-01-20'::timestamptz + i * interval '7 hours', i FROM generate_series(1, 200) i;
INSERT INTO platform.old_report VALUES (1, '2013-05-05');
CALL edustats.attach();
INSERT INTO bulletin_data.metric (metric, source, time_column, key_column, weight_column, member_column, unit, label)
VALUES ('sign_ups', 'member', 'registered_at', 'district_id', NULL, 'member_id', 'members', 'mine');
INSERT INTO platform.member SELECT 60 + i, 'Night "school"', i % 2 = 0, 1, 'n' || i, '2015-01-01'::timestamptz FROM generate_series(1, 5) i;
CALL edustats.attach();
UPDATE bulletin_data.org_type SET label = E'It''s a {text: %} \\ $$', position = 0, compared = true WHERE org_type = 'Night "school"';
DELETE FROM bulletin_data.org_type WHERE org_type = '高校';
UPDATE bulletin_data.label SET label = 'Sum' WHERE name = 'total';
CALL edustats.refresh();
CALL edustats.attach('platform', 'Other "one"', 'America/New_York');
CREATE VIEW bulletin_data.busy AS SELECT m.month, t.rank, t.key, t.count FROM bulletin_data.monthly_tally m, edustats.top(m.tally, 3) t WHERE m.metric = 'course_clicks';
UPDATE bulletin_data.setting SET value = 'Bulletin {number}' WHERE name = 'title';
DELETE FROM bulletin_data.page_item WHERE view IN ('table_9', 'figure_1');
UPDATE bulletin_data.page_item SET caption = 'mine' WHERE view = 'table_1';
INSERT INTO bulletin_data.page_section VALUES (9, 'mine');
INSERT INTO bulletin_data.page_item (section, position, kind, view) VALUES (9, 1, 'table', 'busy');
CREATE ROLE dump_reader;
GRANT USAGE ON SCHEMA bulletin TO dump_reader;
GRANT SELECT ON bulletin.table_1 TO dump_reader;
DELETE FROM bulletin_data.rule WHERE rule LIKE 'table_9%';
UPDATE bulletin_data.rule SET severity = 'off' WHERE rule = 'station_without_fitness';
INSERT INTO bulletin_data.rule (rule, kind, severity, view) VALUES ('not too busy', 'view', 'notice', 'busy');
UPDATE platform.course_click SET course_id = 99 WHERE course_id = 3 AND clicked_at > '2015-01-20';
UPDATE platform.member SET allocated = true WHERE member_id = 7;
CALL edustats.publish('bulletin', '2015-01-01', 'first');
SQL
# What a database answers, and that it still answers right after writes of every kind and a refresh.
cat >"$work/use.sql" <<'SQL'
\pset format unaligned
SET client_min_messages = warning;
SELECT metric, day, class, tally FROM bulletin_data.activity ORDER BY 1, 2, 3;
SELECT metric, day, class, tally FROM "Other ""one""_data".activity ORDER BY 1, 2, 3;
SELECT metric, tracked, note, dirty_days FROM bulletin.refresh_status ORDER BY 1;
SELECT edustats.bulletin_html('bulletin', '2015-01-01');
SELECT * FROM bulletin.failure WHERE month = '2015-01-01';
INSERT INTO platform.click_rest_all VALUES (2, 1, '2016-01-01');
DELETE FROM platform.click_2014 WHERE course_id = 4;
TRUNCATE platform.learning_session;
CREATE TABLE platform.click_2017 PARTITION OF platform.course_click FOR VALUES FROM ('2017-01-01') TO ('2018-01-01');
INSERT INTO platform.click_2017 VALUES (2, 1, '2017-01-01');
SET session_replication_role = replica;
INSERT INTO platform.old_report VALUES (1, '2013-05-06');
RESET session_replication_role;
SELECT metric, day FROM bulletin_data.dirty_day ORDER BY 1, 2;
SELECT metric, first, last, lookup, key FROM bulletin_data.log ORDER BY 1, 2, 3, 4, 5;
SELECT metric, day, class, tally FROM bulletin_data.activity ORDER BY 1, 2, 3;
CALL edustats.refresh();
CALL edustats.refresh('Other "one"');
SELECT metric, day, class, tally FROM bulletin_data.activity ORDER BY 1, 2, 3;
SELECT count(*) AS dirty FROM bulletin_data.dirty_day;
CALL edustats.attach();
SELECT edustats.bulletin_html('bulletin', '2015-01-01');
TABLE bulletin_data.org_type ORDER BY org_type;
TABLE bulletin_data.class ORDER BY class;
TABLE bulletin_data.label ORDER BY name;
SELECT * FROM bulletin.table_1 WHERE month = '2015-02-01' ORDER BY row;
SELECT * FROM bulletin.table_2 WHERE month = '2015-02-01' ORDER BY row;
SELECT m.metric, m.label FROM bulletin_data.metric m WHERE m.metric NOT IN (SELECT c.metric FROM edustats.metric c);
SELECT month, revision, published_at, published_by, note, versions, hash, intact, edustats.published('bulletin', month, revision) FROM bulletin.revision;
SQL

createdb fresh
sql -d fresh -f "$work/make.sql"
probe fresh
pg_dump -d fresh >"$work/plain.sql"
pg_dump -d fresh -Fc -f "$work/custom.dump"
pg_dump -d fresh -Fd -f "$work/directory"

createdb plain
sql -d plain -f "$work/plain.sql" >/dev/null
createdb again                        # restored from what was restored
pg_dump -d plain | sql -d again >/dev/null
createdb custom
pg_restore --exit-on-error -d custom "$work/custom.dump"
createdb parallel
pg_restore --exit-on-error -j2 -d parallel "$work/directory"
createdb sections                     # the tables first, then the rows, then the rest
for section in pre-data data post-data; do
    pg_restore --exit-on-error --section=$section -d sections "$work/custom.dump"
done
sql -d fresh -f "$work/use.sql" >"$work/fresh.use"
for name in plain again custom parallel sections; do
    same "$name"
done

# Rows alone, into an installation that is attached already: what comes in goes through the triggers, or is said to be
# unseen until attach has put them right.
createdb rows
pg_restore --exit-on-error --schema-only -d rows "$work/custom.dump"
pg_restore --exit-on-error --data-only --disable-triggers -d rows "$work/custom.dump"
sql -d rows -Atc "SET client_min_messages = warning; SELECT count(*) FILTER (WHERE NOT tracked) > 0 FROM bulletin.refresh_status" >"$work/rows.told"
sql -d rows -c "SET client_min_messages = warning; CALL edustats.attach(); CALL edustats.attach('platform', 'Other \"one\"', 'America/New_York')"
[ "$(sql -d rows -Atc "SELECT bool_and(tracked) FROM bulletin.refresh_status")" = t ] ||
    { echo "not ok: attach leaves triggers disabled"; exit 1; }
[ "$(cat "$work/rows.told")" = t ] || { echo "not ok: disabled triggers are not told"; exit 1; }
echo "ok: rows"

# right NAME WHAT: what the bulletin of a database says of clicks and learning is what its sources say.
right() {
    local differ
    differ=$(sql -d "$1" -At <<'SQL'
SET client_min_messages = warning;
WITH truth AS (
    SELECT 'course_clicks' AS metric, (clicked_at AT TIME ZONE 'Asia/Shanghai')::date AS day, course_id AS key, count(*) AS n
    FROM platform.course_click GROUP BY 2, 3
    UNION ALL
    SELECT 'learning', (started_at AT TIME ZONE 'Asia/Shanghai')::date, member_id, sum(seconds) FROM platform.learning_session GROUP BY 2, 3
), said AS (
    SELECT a.metric, a.day, e.key, sum(e.count) FROM bulletin_data.activity a, edustats.each(a.tally) e
    WHERE a.metric IN ('course_clicks', 'learning') GROUP BY 1, 2, 3
)
SELECT count(*) FROM ((TABLE truth EXCEPT ALL TABLE said) UNION ALL (TABLE said EXCEPT ALL TABLE truth)) d;
SQL
)
    [ "$differ" = 0 ] || { echo "not ok: $1, $2: $differ rows differ"; exit 1; }
    echo "ok: $1, $2"
}
change="DELETE FROM platform.course_click WHERE course_id = 2; INSERT INTO platform.learning_session VALUES (3, '2014-12-25', 99)"

# The platform alone, into a database without the bulletin: its triggers write to nobody's log, and say so.
pg_dump -d fresh -n platform -Fc -f "$work/platform.dump"
createdb platform_alone
sql -d platform_alone -c 'SET client_min_messages = warning' -c 'CREATE EXTENSION edustats'
pg_restore --exit-on-error -d platform_alone "$work/platform.dump"
sql -d platform_alone -c "$change" 2>"$work/warned"
grep -q 'is not logged for the bulletin' "$work/warned" || { echo "not ok: nothing is said of a log that is not there"; exit 1; }
sql -d platform_alone -c "SET client_min_messages = warning; CALL edustats.attach()"
right platform_alone attached
sql -d platform_alone -c 'SET client_min_messages = warning' -c "$change" -c 'CALL edustats.refresh()'
right platform_alone refreshed

# The bulletin alone, over a platform that has gone on.
pg_dump -d fresh -n bulletin -n bulletin_data -Fc -f "$work/bulletin.dump"
createdb bulletin_alone
sql -d bulletin_alone -c 'SET client_min_messages = warning' -c 'CREATE EXTENSION edustats'
pg_restore --exit-on-error -d bulletin_alone "$work/platform.dump"
sql -d bulletin_alone -c "SET client_min_messages = error; $change"
for table in course_click click_2014 a_click_rest click_rest_all click_2017 learning_session; do         # as a platform that never had one
    sql -d bulletin_alone -At -c "SELECT format('DROP TRIGGER %I ON %s;', tgname, tgrelid::regclass) FROM pg_trigger
        WHERE tgfoid = 'edustats.log_changes'::regproc AND tgparentid = 0 AND tgrelid = to_regclass('platform.$table')" |
        sql -d bulletin_alone -f -
done
pg_restore --exit-on-error -d bulletin_alone "$work/bulletin.dump"
right bulletin_alone restored
sql -d bulletin_alone -c 'SET client_min_messages = warning' -c 'CALL edustats.refresh()'
right bulletin_alone refreshed
sql -d bulletin_alone -c "SET client_min_messages = warning; INSERT INTO platform.learning_session VALUES (4, '2014-12-26', 99)"
right bulletin_alone written

# A new platform's rows under the old bulletin, in a database that has both.
createdb over
pg_restore --exit-on-error -d over "$work/custom.dump"
sql -d over -c "SET client_min_messages = warning; DROP SCHEMA platform CASCADE"
sql -d platform_alone -c "SET client_min_messages = warning; DELETE FROM platform.course_click WHERE course_id = 5"
pg_dump -d platform_alone -n platform | sed '/^CREATE TRIGGER edustats/,/;$/d; /ENABLE [A-Z]* TRIGGER edustats/d' | sql -d over >/dev/null
sql -d over -c "SET client_min_messages = warning; CALL edustats.attach()"
right over attached
sql -d over -c 'SET client_min_messages = warning' -c 'CALL edustats.refresh()'
right over refreshed

# Closed days whose rows are purged, and what was late.
cat >"$work/closed.sql" <<'SQL'
SELECT day, class, tally FROM bulletin_data.activity WHERE metric = 'learning' ORDER BY 1, 2;
SELECT tracked, closed_before, late_days, dirty_days FROM bulletin.refresh_status WHERE metric = 'learning';
SQL
createdb closed
pg_restore --exit-on-error -d closed "$work/custom.dump"
sql -d closed -c 'SET client_min_messages = warning' -c 'CALL edustats.refresh()' -c "CALL edustats.close('bulletin', 'learning', '2015-03-01')" \
    -c "DELETE FROM platform.learning_session WHERE started_at < '2015-02-20'" -c 'CALL edustats.refresh()'
createdb closed_again
pg_dump -d closed | sql -d closed_again >/dev/null
sql -d closed -f "$work/closed.sql" >"$work/closed"
for step in '' 'CALL edustats.refresh()' 'CALL edustats.attach()' 'CALL edustats.refresh()'; do
    sql -d closed_again -c 'SET client_min_messages = error' -c "$step"
    sql -d closed_again -f "$work/closed.sql" | diff -u "$work/closed" - || { echo "not ok: closed days differ after a restore and ${step:-nothing}"; exit 1; }
done
echo "ok: closed"

for name in fresh plain again custom parallel sections rows platform_alone bulletin_alone over closed closed_again; do dropdb "$name"; done
dropuser dump_reader
