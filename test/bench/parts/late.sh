# Refresh after late rows: 100,000 in one day, and 1,000 over the month.

# late_rows DAY DAYS ROWS: SQL that inserts late rows into some days from a day of March on.
late_rows() {
    echo "INSERT INTO platform.course_click SELECT 1 + n % 42517, 1 + n % 5000,
          timestamptz '2015-03-01 00:00+08' + interval '1 day' * ($1 - 1) + interval '$2 days' * (n / $3.0)
          FROM generate_series(0, $3 - 1) n;"
}

# The time index is what the count has to use, as a refresh of one day does.
count_day() {
    echo "SELECT count(*) FROM platform.course_click
          WHERE clicked_at >= timestamptz '2015-03-01 00:00+08' + interval '1 day' * ($1 - 1)
            AND clicked_at < timestamptz '2015-03-01 00:00+08' + interval '1 day' * $1;"
}

# fresh NAME STATEMENT: times a statement in a session of its own, as a scheduler's would be, and prints "NAME MS". What a
# session has not touched yet costs it more, so all are measured like that.
fresh() {
    printf '%s\n' "-- @$1" "$2" '-- @@' >"$work/fresh.sql"
    timed "$work/fresh.sql"
}

# A day of late rows, once for each run: first a count that nobody times, as who comes first finds the rows new.
late_day() {
    local by_index='-c enable_seqscan=off -c enable_indexonlyscan=off'
    for ((i = 0; i <= runs; i++)); do
        local day=$((3 + 4 * i)) name=$([ "$i" = 0 ] && echo warm_)
        sql -c "$(late_rows $day 1 100000)" -c "$(count_day $day)" >"$work/counted"
        PGOPTIONS=$by_index fresh "${name}count" "$(count_day $day)"
        fresh "${name}refresh" 'CALL edustats.refresh();'
        PGOPTIONS="$by_index -c max_parallel_workers_per_gather=0" fresh "${name}alone" "$(count_day $day)"
    done
}

part_late() {
    late_day >"$work/late"
    for ((i = 0; i <= runs; i++)); do
        local name=$([ "$i" = 0 ] && echo warm_)
        printf '%s\n' "$(late_rows 1 31 1000)" "-- @${name}scattered" 'CALL edustats.refresh();' '-- @@' \
            "$invalidate_month" "-- @${name}rebuild" 'CALL edustats.refresh();' '-- @@'
    done >"$work/late.sql"
    timed "$work/late.sql" >>"$work/late"
    result 'refresh, 100,000 late rows in a day' "$(median refresh <"$work/late")" \
        'count(*) of the day by the index' "$(median count <"$work/late")" 1.5
    result 'refresh, 100,000 late rows in a day' "$(median refresh <"$work/late")" \
        'the same without workers' "$(median alone <"$work/late")" 1.5
    result 'refresh, 1,000 late rows over the month' "$(median scattered <"$work/late")" \
        'rebuild' "$(median rebuild <"$work/late")" 1
}
