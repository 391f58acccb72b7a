# What the peers of part peers cost whoever writes, and how stale they are.

peer_insert() {
    insert_script "$1" "timestamptz '2015-03-20 00:00+08' + random() * interval '1 day'"
}

# The table whose writes a peer sees at once. A materialized view sees none, and costs none.
peer_table() {
    if [ "$1" = edustats ]; then echo platform.course_click; else echo "peers.$1"; fi
}

# One client that writes to one, and eight that do; each alone, as what pg_ivm does makes the same session's next write slower.
peer_writes() {
    local writers="plain edustats ${peers#materialized}"
    for ((i = 0; i < 2 * runs; i++)); do
        for peer in $writers; do
            load "one.$peer" -T 2 -f "$(peer_insert "$(peer_table $peer)")"
            load "eight.$peer" -c 8 -j 2 -T 2 -f "$(peer_insert "$(peer_table $peer)")"
        done
        quiet -c 'CALL edustats.refresh()'
    done >"$work/peers"
    for peer in ${writers#plain}; do
        compare "single-row insert, $peer" one.$peer.0 'a table that nobody counts' one.plain.0 "$work/peers" ''
        result "8 writers, rows a second, $peer" "$(median eight.$peer.tps <"$work/peers")" 'a table that nobody counts' \
            "$(median eight.plain.tps <"$work/peers")" ''
    done
}

# What brings each up to date after 1,000 late rows over the month; a view of pg_ivm's is, by the write itself.
peer_refreshes() {
    for ((i = 0; i <= runs; i++)); do
        local name=$([ "$i" = 0 ] && echo warm_)
        for table in platform.course_click peers.incremental peers.continuous; do
            printf '%s\n' "-- @${name}write.$table" "$(late_rows 1 31 1000 | sed "s/platform.course_click/$table/")" '-- @@'
        done
        printf '%s\n' "-- @${name}edustats" 'CALL edustats.refresh();' '-- @@' \
            "-- @${name}materialized" 'REFRESH MATERIALIZED VIEW peers.materialized_counts;' '-- @@'
        [[ $peers != *continuous* ]] || printf '%s\n' "-- @${name}continuous" "CALL refresh_continuous_aggregate('peers.continuous_counts', NULL, NULL);" '-- @@'
    done >"$work/peers.sql"
    timed "$work/peers.sql" >"$work/peers"
    compare 'refresh, 1,000 late rows over 31 days' edustats 'REFRESH MATERIALIZED VIEW' materialized "$work/peers" ''
    [[ $peers != *continuous* ]] || compare 'refresh, 1,000 late rows over 31 days' edustats 'continuous aggregate' continuous "$work/peers" ''
    for table in peers.incremental peers.continuous; do
        [[ $peers != *${table#*.}* ]] || compare '1,000 late rows in a statement' write.platform.course_click "${table#*.}" write.$table "$work/peers" ''
    done
}

# How many of 100 late rows reading lacks, right after they were written. A member of the kind that table 7 counts writes them.
peer_staleness() {
    local late="SELECT (SELECT min(member_id) FROM platform.member WHERE org_type = '农村'), 17, timestamptz '2015-03-05 12:00+08' FROM generate_series(1, 100)"
    local before after
    for peer in edustats $peers; do
        local table=$(peer_table ${peer/materialized/edustats}) read="SELECT sum(clicks) FROM peers.${peer}_counts"
        if [ $peer = edustats ]; then read="SELECT sum(clicks) FROM bulletin.course_clicks WHERE org_type IS NOT NULL"; fi
        before=$(sql -c "$read")
        sql -c "INSERT INTO $table $late"
        after=$(sql -c "$read")
        result "late rows of 100 that reading lacks until a refresh: $peer" $((before + 100 - after)) '' - "$([ $peer = edustats ] && echo 0)"
    done
}
