# Space of the rollup, and memory of the rebuild.

# Watches the server's processes until the file appears; prints the peaks in kB: of a process' VmHWM (with what it
# touched of the shared buffers) and RssAnon (its own), and of the sum of RssAnon of all but those that always run.
watch_memory() {
    local server=$(head -1 "$(sql -c 'SHOW data_directory')/postmaster.pid")
    while [ ! -e "$1" ]; do
        for process in $(pgrep -P "$server"); do
            cat "/proc/$process/status" 2>/dev/null || true
        done | awk '/^VmHWM/ { if ($2 > hwm) hwm = $2 } /^RssAnon/ { if ($2 > own) own = $2; sum += $2 }
                    END { print hwm, own, sum }'
        sleep 0.02
    done | awk '{ if ($1 > hwm) hwm = $1; if ($2 > own) own = $2; if ($3 > sum) sum = $3 } END { print hwm, own, sum }'
}

part_space() {
    local sizes=$(sql -F ' ' -c "SELECT pg_total_relation_size('bulletin_data.rollup') + pg_total_relation_size('bulletin_data.rollup_month'),
                                        pg_total_relation_size('platform.course_click'),
                                        pg_relation_size('platform.course_click')")
    read -r rollup table heap <<<"$sizes"
    result 'rollup and its months, MB' "$(awk "BEGIN { print $rollup / 1e6 }")" 'course_click, indexes included' \
        "$(awk "BEGIN { print $table / 1e6 }")" 0.03
    result 'rollup and its months, MB' "$(awk "BEGIN { print $rollup / 1e6 }")" 'course_click, no indexes' \
        "$(awk "BEGIN { print $heap / 1e6 }")" 0.03

    sql -c "$invalidate_month"
    { sql -c 'SET client_min_messages = warning' -c 'CALL edustats.refresh()'; touch "$work/refreshed"; } &
    read -r hwm own sum <<<"$(watch_memory "$work/refreshed")"
    wait $!
    result 'rebuild: peak of one process, own memory, MB' "$(awk "BEGIN { print $own / 1024 }")" '' - ''
    result 'rebuild: peak of all processes, own memory, MB' "$(awk "BEGIN { print $sum / 1024 }")" '' - ''
    remark "rebuild: largest VmHWM, shared buffers included, $((hwm / 1024)) MB"
}
