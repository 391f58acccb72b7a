# Sources that are views: one log of all kinds of events, its times seconds since 1970, behind three filtered views.

make_log() {
    [ "$(sql -c "SELECT to_regnamespace('lms') IS NULL")" = t ] || return 0
    sql <<SQL
SET client_min_messages = warning;
CREATE SCHEMA lms;
CREATE TABLE lms.log (id bigserial PRIMARY KEY, eventname text NOT NULL, userid bigint NOT NULL, courseid bigint, objectid bigint, timecreated bigint NOT NULL);
CREATE INDEX ON lms.log (timecreated);
INSERT INTO lms.log (eventname, userid, courseid, objectid, timecreated)
SELECT (ARRAY['course_viewed', 'loggedin', 'discussion_viewed', 'dashboard_viewed'])[1 + i % 4], (i * 7919::bigint) % 42517, 1 + (i * 104729::bigint) % 5000, 1 + i % 50,
       1425139200 + (i * 2678400::bigint) / $scale
FROM generate_series(1, $scale) i;
CREATE SCHEMA lms_site;
CREATE VIEW lms_site.district AS SELECT district_id, name, position FROM platform.district;
CREATE VIEW lms_site.member AS SELECT member_id, org_type, allocated, district_id, name, registered_at, closed_at FROM platform.member;
CREATE VIEW lms_site.course_click AS SELECT nullif(userid, 0) AS member_id, courseid AS course_id, to_timestamp(timecreated) AS clicked_at FROM lms.log WHERE eventname = 'course_viewed';
CREATE VIEW lms_site.topic_view AS SELECT objectid AS topic_id, to_timestamp(timecreated) AS viewed_at FROM lms.log WHERE eventname = 'discussion_viewed';
CREATE VIEW lms_site.forum_post AS SELECT userid AS member_id, to_timestamp(timecreated) AS posted_at FROM lms.log WHERE eventname = 'post_created';
VACUUM ANALYZE lms.log;
CALL edustats.attach('lms_site', 'lms_bulletin');
SQL
}

# log_inserts WHAT EVENT LIMIT
log_inserts() {
    cat >"$work/log.pgbench" <<EOF
\set member random(1, 42517)
INSERT INTO lms.log (eventname, userid, courseid, objectid, timecreated) VALUES ('$2', :member, 17, 3, extract(epoch FROM now())::bigint);
EOF
    for ((i = 0; i < 6 * runs; i++)); do
        for side in with without; do
            sql -c "$([ $side = with ] && triggers_on lms.log || triggers_off lms.log)"
            pgbench -n -c 1 -T 1 -f "$work/log.pgbench" 2>/dev/null | awk -v name=$side '/^latency average/ { print name, $4 }'
        done
    done >"$work/log"
    remark "$1: $(median with <"$work/log") ms, without triggers $(median without <"$work/log") ms"
    result "$1" "$(median with <"$work/log")" 'without triggers' "$(median without <"$work/log")" "$3"
}

log_copies() {
    sql -c "COPY (SELECT eventname, userid, courseid, objectid, timecreated FROM lms.log ORDER BY id LIMIT 1000000) TO '$work/events'"
    for ((i = 0; i <= 2 * runs; i++)); do
        for side in with without; do
            if [ $side = with ]; then triggers_on lms.log; else triggers_off lms.log; fi
            echo "DELETE FROM lms.log WHERE id > (SELECT last FROM lms_last);"
            echo "TRUNCATE lms_bulletin_data.log; CHECKPOINT;"
            echo "-- @$([ "$i" = 0 ] && echo warm_)$side"
            echo "COPY lms.log (eventname, userid, courseid, objectid, timecreated) FROM '$work/events';"
            echo '-- @@'
        done
    done >"$work/copy.sql"
    sql -c 'CREATE TABLE lms_last AS SELECT max(id) AS last FROM lms.log'
    timed "$work/copy.sql" >"$work/copies"
    sql -c "$(triggers_on lms.log)"
    sql -c 'DELETE FROM lms.log WHERE id > (SELECT last FROM lms_last)' -c 'VACUUM ANALYZE lms.log' -c 'DROP TABLE lms_last'
    result 'COPY of 1,000,000 events, three views' "$(median with <"$work/copies")" 'without triggers' "$(median without <"$work/copies")" 1.20
}

log_refresh() {
    for ((i = 0; i <= runs; i++)); do
        echo "CALL edustats.invalidate('lms_bulletin');"
        echo "-- @$([ "$i" = 0 ] && echo warm_)refresh"
        echo "CALL edustats.refresh('lms_bulletin');"
        echo '-- @@'
        echo "-- @$([ "$i" = 0 ] && echo warm_)group"
        echo 'DO $$ BEGIN'
        for counted in 'course_click clicked_at course_id' 'topic_view viewed_at topic_id' 'forum_post posted_at member_id' \
            'member registered_at member_id' 'member closed_at member_id'; do
            set -- $counted
            echo "PERFORM ($2 AT TIME ZONE 'Asia/Shanghai')::date, $3, count(*) FROM lms_site.$1 GROUP BY 1, 2;"
        done
        echo 'END $$;'
        echo '-- @@'
    done >"$work/refresh.sql"
    timed "$work/refresh.sql" >"$work/refreshes"
    result 'refresh of all metrics, three views of one log' "$(median refresh <"$work/refreshes")" 'their plain GROUP BYs' \
        "$(median group <"$work/refreshes")" 1.30
}

log_day() {
    for ((i = 0; i <= 3 * runs; i++)); do
        echo "-- @$([ "$i" = 0 ] && echo warm_)live"
        echo "SELECT count(*) FROM lms_bulletin_data.live_days('course_clicks', '2015-03-01', '{[2015-03-10,2015-03-11)}');"
        echo '-- @@'
        echo "-- @$([ "$i" = 0 ] && echo warm_)hand"
        echo "SELECT courseid, edustats.class_of(m.org_type, m.allocated), count(*) FROM lms.log LEFT JOIN platform.member m ON m.member_id = userid
              WHERE eventname = 'course_viewed' AND timecreated >= 1425916800 AND timecreated < 1426003200 GROUP BY 1, 2;"
        echo '-- @@'
    done >"$work/day.sql"
    timed "$work/day.sql" >"$work/days"
    result "a day of a view over seconds since 1970" "$(median live <"$work/days")" 'the query by its index' "$(median hand <"$work/days")" 2
}

part_views() {
    make_log
    log_refresh
    log_day
    log_copies
    log_inserts 'single-row insert, one of three views counts it' course_viewed 1.10
    log_inserts 'single-row insert that no view counts' loggedin 1.03
}
