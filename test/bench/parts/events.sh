# What the log costs whoever writes events of which some are counted, by three filtered views: into a table with a million of
# them, and into one like it that no view reads.

# event_script TABLE EVENT
event_script() {
    cat >"$work/$1.$2.pgbench" <<SCRIPT
\set member random(1, 42517)
INSERT INTO $1 (eventname, userid, courseid, objectid, timecreated) VALUES ('$2', :member, 17, 3, extract(epoch FROM now())::bigint);
SCRIPT
    echo "$work/$1.$2.pgbench"
}

# event_inserts WHAT EVENT LIMIT: by one client, now into the one and now into the other.
event_inserts() {
    for ((i = 0; i < 2 * runs; i++)); do
        quiet -c "CALL edustats.refresh('events_bulletin')"
        load insert -T 3 -f "$(event_script events.log "$2")" -f "$(event_script events.uncounted "$2")"
    done >"$work/events"
    compare "single-row insert, $1" insert.0 'a table that no view reads' insert.1 "$work/events" "$3"
}

event_copies() {
    sql -c "COPY (SELECT eventname, userid, courseid, objectid, timecreated FROM events.log ORDER BY id LIMIT 1000000) TO '$work/rows'"
    copies events events_bulletin log "$work/rows" '(eventname, userid, courseid, objectid, timecreated)' >"$work/events"
    compare 'COPY of 1,000,000 events, three views' log 'a table that no view reads' uncounted "$work/events" 1.20
}

part_events() {
    quiet -f "$here/events.sql" -v schema=events -v rows=1000000
    event_copies
    event_inserts 'one of three views counts it' course_viewed 1.10
    event_inserts 'no view counts it' loggedin 1.03
    quiet -c "CALL edustats.detach('events_bulletin')" -c 'DROP SCHEMA events_site CASCADE' -c 'DROP SCHEMA events CASCADE'
}
