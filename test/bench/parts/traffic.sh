# A reader of the page beside eight writers of its month, against the same reader beside eight writers of a table that
# nobody counts: so the two cores are as busy on both sides. In turn, each run with the month clean at first.

# Long enough that the 99th percentile is not the one slowest page.
traffic_seconds=$([ "$scale" -ge 1000000 ] && echo 20 || echo 5)

# traffic NAME TABLE RATE: prints "NAME.read.0 MS" for each page and "NAME.write.tps N". RATE 0: as fast as they can.
traffic() {
    local rate=$3 script=$(insert_script "$2" "timestamptz '2015-03-20 00:00+08' + random() * interval '1 day'")
    quiet -c 'CALL edustats.refresh()'
    load "$1.write" -c 8 -j 2 -T $((traffic_seconds + 1)) -f "$script" $([ "$rate" = 0 ] || echo -R "$rate") >"$work/$1.written" &
    sleep 1
    load "$1.read" -T $traffic_seconds -f "$work/page.pgbench"
    wait $!
    grep tps "$work/$1.written"
}

# traffic_results NAME WHAT: what two sides of one load came to.
traffic_results() {
    local counted=$(percentile "$1.counted.read.0" 99 <"$work/traffic") uncounted=$(percentile "$1.uncounted.read.0" 99 <"$work/traffic")
    local middle=$(median "$1.counted.read.0" <"$work/traffic") idle=$(percentile idle.0 99 <"$work/traffic")
    result "page beside 8 writers $2, p99" "$counted" 'writers of a table not counted, p99' "$uncounted" 2
    result "page beside 8 writers $2, p99" "$counted" 'its median' "$middle" ''
    result "page beside 8 writers $2, p99" "$counted" 'the idle machine, p99' "$idle" ''
    result "page beside 8 writers $2, median" "$middle" 'the idle machine, median' "$(median idle.0 <"$work/traffic")" ''
    remark "writers $2 wrote $(median "$1.counted.write.tps" <"$work/traffic") rows a second, those of a table not counted" \
        "$(median "$1.uncounted.write.tps" <"$work/traffic"); $(grep -c "^$1.counted.read.0" "$work/traffic") pages were read beside them," \
        "$(grep -c "^$1.uncounted.read.0" "$work/traffic") beside the others"
}

part_traffic() {
    echo "$page" >"$work/page.pgbench"
    sql -c 'CREATE TABLE IF NOT EXISTS platform.uncounted (LIKE platform.course_click INCLUDING ALL)'
    for ((i = 0; i < runs; i++)); do
        load idle -T $((traffic_seconds / 2)) -f "$work/page.pgbench"
        # 1,000 rows a second are what two cores carry with time left; the rest is as fast as they can.
        for table in uncounted course_click; do
            name=$([ $table = uncounted ] && echo uncounted || echo counted)
            traffic "rate.$name" platform.$table 1000
            traffic "full.$name" platform.$table 0
        done
    done >"$work/traffic"
    traffic_results rate 'at 1,000 rows a second'
    traffic_results full 'at full speed'
    check 'beside writers'
    quiet -c 'DROP TABLE platform.uncounted' -c 'CALL edustats.refresh()'
}
