# The full rebuild of the month: against count(*) of the same rows, and against the rollup in plain SQL.

count_month="SELECT count(*) FROM platform.course_click WHERE $month_filter;"

plain_rollup="CREATE TEMPORARY TABLE plain AS
SELECT (k.clicked_at AT TIME ZONE 'Asia/Shanghai')::date AS day, public.class_of(m.org_type, m.allocated) AS class, k.course_id, count(*) AS clicks
FROM platform.course_click k LEFT JOIN platform.member m ON m.member_id = k.member_id
WHERE $month_filter GROUP BY 1, 2, 3;"

# Prints "NAME MS" lines of rebuild and count, alternating, under the settings that are given.
time_rebuild() {
    {
        echo "$1"
        for ((i = 0; i <= runs; i++)); do
            local name=$([ "$i" = 0 ] && echo warm_)
            printf '%s\n' "$invalidate_month" "-- @${name}rebuild" "CALL edustats.refresh();" '-- @@' \
                "-- @${name}count" "$count_month" '-- @@'
        done
    } >"$work/rebuild.sql"
    timed "$work/rebuild.sql"
}

part_rebuild() {
    time_rebuild '' >"$work/parallel"
    time_rebuild 'SET max_parallel_workers_per_gather = 0;' >"$work/serial"
    for ((i = 0; i < (runs + 1) / 2; i++)); do
        printf '%s\n' '-- @plain' "$plain_rollup" '-- @@' 'DROP TABLE plain;'
    done >"$work/plain.sql"
    timed "$work/plain.sql" >"$work/plain"

    local parallel=$(median rebuild <"$work/parallel")
    result 'rebuild, two workers' "$parallel" 'count(*)' "$(median count <"$work/parallel")" 2
    result 'rebuild, no workers' "$(median rebuild <"$work/serial")" 'count(*)' "$(median count <"$work/serial")" 2
    result 'rebuild, two workers' "$parallel" 'plain SQL rollup' "$(median plain <"$work/plain")" '>=8'
    remark "count(*) of the month: $(sql -c "EXPLAIN (COSTS OFF) $count_month" | sed -n 's/^ *-> *\(.*Scan\).*/\1/p' | head -1)"
}
