# Refresh after late rows: 100,000 in one day, 1,000 over the month, and one.

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

# A day of late rows, once for each run: first a count that nobody times, as who comes first finds the rows new. Each in a
# session of its own, as a scheduler's would be: what a session has not touched yet costs it more.
late_day() {
    local by_index='-c enable_seqscan=off -c enable_indexonlyscan=off'
    for ((i = 0; i <= runs; i++)); do
        local day=$((3 + 4 * i)) name=$([ "$i" = 0 ] && echo warm_)
        sql -c "$(late_rows $day 1 100000)" -c "$(count_day $day)" >"$work/counted"
        PGOPTIONS=$by_index fresh "${name}count" "$(count_day $day)"
        fresh "${name}refresh" 'CALL edustats.refresh();'
        PGOPTIONS="$by_index -c max_parallel_workers_per_gather=0" fresh "${name}alone" "$(count_day $day)"
        sql -c "$(late_rows $day 1 1)"
        fresh "${name}first_one" 'CALL edustats.refresh();'
    done
}

# In one session, in turn: one row, 1,000 rows in 31 days, and the rebuild of the month.
late_few() {
    for ((i = 0; i <= 2 * runs; i++)); do
        local name=$([ "$i" = 0 ] && echo warm_)
        printf '%s\n' "$(late_rows $((1 + i)) 1 1)" "-- @${name}one" 'CALL edustats.refresh();' '-- @@' \
            "$(late_rows 1 31 1000)" "-- @${name}scattered" 'CALL edustats.refresh();' '-- @@'
        [ $((i % 2)) = 1 ] || printf '%s\n' "$invalidate_month" "-- @${name}rebuild" 'CALL edustats.refresh();' '-- @@'
    done >"$work/late.sql"
    timed "$work/late.sql"
}

part_late() {
    { late_few; late_day; } >"$work/late"
    compare 'refresh, 1,000 late rows over 31 days' scattered 'rebuild' rebuild "$work/late" '>=20'
    result 'refresh, one late row' "$(median one <"$work/late")" '' - 15
    result "refresh, one late row, a session's first" "$(median first_one <"$work/late")" '' - ''
    compare 'refresh, 100,000 late rows in a day' refresh 'count(*) of the day by the index' count "$work/late" 1.5
    compare 'refresh, 100,000 late rows in a day' refresh 'the same without workers' alone "$work/late" 1.5
}
