# Eight writers at once, into a table that is counted and one that is not, in turn, and while a refresh runs again and
# again; and whether they wait for each other's locks, or for the refresh's.

writers_seconds=3

# Samples what locks pgbench's sessions wait for, until it is killed. "extend" is the server's own, of a table that grows under
# several writers, before PostgreSQL 16; the other table's writers wait for it as well.
sample_waits() {
    echo "SELECT '$1.' || CASE wait_event WHEN 'extend' THEN 'extend' ELSE 'lock' END FROM pg_stat_activity
          WHERE application_name = 'pgbench' AND wait_event_type = 'Lock' \\watch 0.02" >"$work/waits.sql"
    exec psql -XqAt -f "$work/waits.sql" 2>/dev/null
}

refresh_on() {
    while :; do quiet -c "CALL edustats.refresh('writes_bulletin')"; done
}

# writers NAME TABLE [refresh]: prints what load does, and adds the waits to a file.
writers() {
    local script=$(insert_script "writes.$2" "timestamptz '2015-03-20 00:00+08' + random() * interval '1 day'") jobs
    quiet -c 'TRUNCATE writes.course_click, writes.uncounted' -c "CALL edustats.refresh('writes_bulletin')"
    sample_waits "$1" >>"$work/waits" & jobs=$!
    if [ -n "${3:-}" ]; then refresh_on & jobs+=" $!"; fi
    load "$1" -c 8 -j 2 -T $writers_seconds -f "$script"
    kill $jobs
    wait $jobs 2>/dev/null || true
}

waits() {
    grep -c "^$1$" "$work/waits" || true
}

part_writers() {
    make_writes
    : >"$work/waits"
    for ((i = 0; i < 2 * runs; i++)); do
        writers counted course_click
        writers uncounted uncounted
        writers refreshed course_click refresh
        writers beside uncounted refresh
    done >"$work/writers"
    result '8 writers, rows a second' "$(median counted.tps <"$work/writers")" 'a table not counted' "$(median uncounted.tps <"$work/writers")" ''
    result '8 writers, rows a second, beside a refresh without end' "$(median refreshed.tps <"$work/writers")" \
        'a table not counted, beside one without work' "$(median beside.tps <"$work/writers")" ''
    for percent in 50 99; do
        result "8 writers, an insert's p$percent" "$(percentile counted.0 $percent <"$work/writers")" 'a table not counted' \
            "$(percentile uncounted.0 $percent <"$work/writers")" ''
    done
    result '8 writers, how often one was seen to wait for a lock' "$(waits counted.lock)" '' - 0
    result '8 writers beside a refresh, how often one was seen to wait for a lock' "$(waits refreshed.lock)" '' - 0
    remark "8 writers were seen $(waits counted.extend) times waiting for a table to grow, $(waits refreshed.extend) times beside a refresh;" \
        "those of a table not counted $(waits uncounted.extend) times"
}
