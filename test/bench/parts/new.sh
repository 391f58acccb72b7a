# A new installation: what reading costs after attach and refresh, before anything has been analyzed, with jit as by
# default. A database of its own, so that autovacuum has not been there.

part_new() {
    createdb bench_new
    quiet -d bench_new -f "$here/platform.sql" -v scale=100000 -v months=12
    for ((i = 0; i < runs; i++)); do
        for view in table_1 table_2 table_7; do
            PGDATABASE=bench_new fresh first.$view "SELECT * FROM bulletin.$view WHERE $month;"
            printf '%s\n' "SELECT * FROM bulletin.$view WHERE $month;" "-- @$view" "SELECT * FROM bulletin.$view WHERE $month;" '-- @@' >"$work/new.sql"
            PGDATABASE=bench_new timed "$work/new.sql"
        done
    done >"$work/new"
    for view in table_1 table_2 table_7; do
        result "a new installation, nothing analyzed: $view" "$(median $view <"$work/new")" '' - ''
        result "a new installation, nothing analyzed: $view, a session's first" "$(median first.$view <"$work/new")" '' - ''
    done
    local analyzed=$(sql -d bench_new -c "SELECT count(*) FROM pg_stat_user_tables WHERE last_autoanalyze IS NOT NULL")
    [ "$analyzed" = 0 ] || remark "on the new installation autovacuum had analyzed $analyzed tables by the end"
    remark "a new installation: jit $(sql -d bench_new -c 'SHOW jit'); estimated cost of table_1 of a month," \
        "$(sql -d bench_new -c "EXPLAIN SELECT * FROM bulletin.table_1 WHERE $month" | sed -n '1s/.*\.\.\([0-9]*\).*/\1/p')"
    dropdb bench_new
}
