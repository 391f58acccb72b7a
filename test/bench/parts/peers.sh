# Table 7 by other means, in the same run: the query over the raw rows as one writes it by hand, a materialized view, and,
# where the server has them, a view that pg_ivm keeps and a continuous aggregate of TimescaleDB's.

# Does the server have an extension, and is it ready for use? If so, it is created.
have_extension() {
    quiet -c "CREATE EXTENSION $1" 2>"$work/errors" || {
        remark "peers: $1 is not there: $(head -1 "$work/errors")"
        return 1
    }
}

# make_peers: prints the names of those that there are.
make_peers() {
    quiet -f "$here/peers.sql" -v percent="$(awk "BEGIN { p = 100 * 1000000 / $scale; print (p > 100 ? 100 : p) }")"
    peers='materialized'
    if have_extension pg_ivm; then
        quiet -c "SELECT pgivm.create_immv('peers.incremental_counts', peers.counts('peers.incremental'))" >"$work/made"
        peers+=' incremental'
    fi
    if have_extension timescaledb; then
        quiet -f "$here/continuous.sql"
        peers+=' continuous'
    fi
    settle
}

# Table 7 over what a peer keeps.
peer_query() {
    sql -c "SELECT peers.table_7('peers.$1_counts' $([ "$1" != continuous ] || echo ", '2015-03-01 00:00+08'"))"
}

# By hand one counts the month's rows alone.
plain_query() {
    sql -c "SELECT peers.table_7('(' || peers.counts(\$\$(SELECT * FROM platform.course_click WHERE $month_filter)\$\$) || ')')"
}

# In one session, in turn.
peer_reads() {
    for ((i = 0; i <= runs; i++)); do
        local name=$([ "$i" = 0 ] && echo warm_)
        printf '%s\n' "-- @${name}edustats" "SELECT * FROM bulletin.table_7 WHERE $month;" '-- @@' "-- @${name}plain" "$(plain_query)" '-- @@'
        for peer in $peers; do printf '%s\n' "-- @${name}$peer" "$(peer_query $peer)" '-- @@'; done
    done >"$work/peers.sql"
    timed "$work/peers.sql"
}

part_peers() {
    make_peers
    peer_reads >"$work/peers"
    for peer in plain $peers; do compare 'table 7' edustats "$peer" $peer "$work/peers" ''; done
    peer_writes
    peer_refreshes
    peer_staleness
    quiet -c 'DROP SCHEMA peers CASCADE' -c 'CALL edustats.refresh()'
}
