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

part_late() {
    for ((i = 0; i <= runs; i++)); do
        local day=$((3 + 4 * i)) name=$([ "$i" = 0 ] && echo warm_)
        late_rows $day 1 100000
        # Each goes first every other time, as who does finds the rows new.
        local refresh="-- @${name}refresh
CALL edustats.refresh();
-- @@"
        local count="SET enable_seqscan = off;
-- @${name}count
$(count_day $day)
-- @@
RESET enable_seqscan;"
        if [ $((i % 2)) = 0 ]; then printf '%s\n' "$refresh" "$count"; else printf '%s\n' "$count" "$refresh"; fi
        printf '%s\n' 'SET enable_seqscan = off;' 'SET enable_indexonlyscan = off;' "-- @${name}fetch" "$(count_day $day)" '-- @@' \
            'SET max_parallel_workers_per_gather = 0;' "-- @${name}alone" "$(count_day $day)" '-- @@' \
            'RESET max_parallel_workers_per_gather;' 'RESET enable_seqscan;' 'RESET enable_indexonlyscan;'
    done >"$work/late.sql"
    for ((i = 0; i <= runs; i++)); do
        local name=$([ "$i" = 0 ] && echo warm_)
        printf '%s\n' "$(late_rows 1 31 1000)" "-- @${name}scattered" 'CALL edustats.refresh();' '-- @@' \
            "$invalidate_month" "-- @${name}rebuild" 'CALL edustats.refresh();' '-- @@'
    done >>"$work/late.sql"
    timed "$work/late.sql" >"$work/late"
    result 'refresh, 100,000 late rows in a day' "$(median refresh <"$work/late")" \
        'count(*) of the day, index only' "$(median count <"$work/late")" ''
    result 'refresh, 100,000 late rows in a day' "$(median refresh <"$work/late")" \
        'count(*) of the day by the index' "$(median fetch <"$work/late")" 1.5
    result 'refresh, 100,000 late rows in a day' "$(median refresh <"$work/late")" \
        'the same, no parallel workers' "$(median alone <"$work/late")" ''
    result 'refresh, 1,000 late rows over the month' "$(median scattered <"$work/late")" \
        'rebuild' "$(median rebuild <"$work/late")" 1
}
