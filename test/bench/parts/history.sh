# 120 months of history against one: for reading, and for the refresh of a day. The other 119 months have the same
# rollup as March, and a thousand raw rows each.

time_day() {
    for ((i = 0; i <= 3 * runs; i++)); do
        local day=2015-03-$((10 + i % 20))
        printf '%s\n' "CALL edustats.invalidate('bulletin', 'course_clicks', '[$day,$day]');" \
            "-- @$([ "$i" = 0 ] && echo warm_)day" 'CALL edustats.refresh();' '-- @@'
    done >"$work/day.sql"
    timed "$work/day.sql"
}

# add_history FIRST LAST: of which months.
add_history() {
    quiet -v first="$1" -v last="$2" -f "$here/history.sql"
    settle
}

part_history() {
    time_day >"$work/day_short"
    time_views >"$work/read_short"
    add_history 2005-04-01 2015-02-01
    time_day >"$work/day_long"
    time_views >"$work/read_long"
    result 'refresh of a day, 120 months' "$(median day <"$work/day_long")" '1 month' "$(median day <"$work/day_short")" 1.1
    result 'read tables 5, 6, 7, 120 months' "$(median courses <"$work/read_long")" '1 month' "$(median courses <"$work/read_short")" 1.2
    result 'read all, 120 months' "$(median all <"$work/read_long")" '1 month' "$(median all <"$work/read_short")" 1.2
    local each=''
    for view in $views; do each+="$view $(printf %.1f "$(median $view <"$work/read_long")"), "; done
    remark "read with 120 months, ms: ${each%, }"
    remark "rollup of 120 months: $(sql -c "SELECT pg_size_pretty(pg_total_relation_size('bulletin_data.rollup')), pg_size_pretty(pg_total_relation_size('bulletin_data.rollup_month'))")"
}
