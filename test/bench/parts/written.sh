# Reading the month that is being written, against the same month when it is clean: after one new row, with late rows in
# every day, and with 10,000 single-row inserts in a day that no refresh has folded yet.

written_views="table_5 table_6 table_7 headline page"
late_click="INSERT INTO platform.course_click VALUES (1, 17, timestamptz '2015-03-10 08:00+08' + random() * interval '1 hour');"
late_month="INSERT INTO platform.course_click
    SELECT 1 + n * 37, n, timestamptz '2015-03-01 12:00+08' + interval '1 day' * (n - 1) FROM generate_series(1, 31) n;"

read_view() {
    if [ "$1" = page ]; then echo "$page"; else echo "SELECT * FROM bulletin.$1 WHERE $month;"; fi
}

# 10,000 transactions of a row each, all of a day.
many_clicks() {
    echo "\\! pgbench -n -t 10000 -f $(insert_script platform.course_click "timestamptz '2015-03-20 00:00+08' + random() * interval '1 day'") >/dev/null 2>&1"
}

# round CASE WRITE VIEW...: a script that reads the views clean, as a session reads them that has read them before, and then
# written: WRITE once, and a row just before each, so that nothing of an earlier reading serves.
round() {
    local case=$1 write=$2
    shift 2
    for view in "$@"; do
        printf '%s\n' "$(read_view "$view")" "-- @$case.clean.$view" "$(read_view "$view")" '-- @@'
    done
    echo "$write"
    for view in "$@"; do
        printf '%s\n' "$late_click" "-- @$case.written.$view" "$(read_view "$view")" '-- @@'
    done
    echo 'CALL edustats.refresh();'
}

# written_results CASE WHAT LIMIT-OF-TABLES LIMIT-OF-PAGE
written_results() {
    for view in $written_views; do
        compare "$view $2" "$1.written.$view" 'the clean month' "$1.clean.$view" "$work/written" "$([ $view = page ] && echo "$4" || echo "$3")"
    done
}

part_written() {
    local many=$(many_clicks)
    for ((i = 0; i <= runs; i++)); do
        for view in $written_views; do
            round one '' $view
            round days "$late_month" $view
        done
        round many "$many" $written_views
    done >"$work/written.sql"
    timed "$work/written.sql" >"$work/written"
    written_results one 'after one new row' 1.5 1.5
    written_results days 'with a late row in every day' 1.5 1.5
    written_results many 'with 10,000 inserts of a day pending' 3 1.5
    check 'with nothing pending'
    sql -c "$late_click" && check 'after one new row'
    sql -c "$late_month" && check 'with a late row in every day'
    sql -c "$many" && check 'with 10,000 inserts pending'
    quiet -c 'CALL edustats.refresh()'
}
