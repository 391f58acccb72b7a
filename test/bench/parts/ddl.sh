# What the DDL of everybody else pays: temporary tables, and tables that are altered and get an index, in a database with a
# bulletin over a source of 400 partitions, and in one without edustats.

ddl_statements() {
    for ((i = 0; i < 200; i++)); do
        echo "CREATE TEMP TABLE t$i (a int); ALTER TABLE t$i ADD b int; CREATE INDEX ON t$i (a); DROP TABLE t$i;"
    done
}

# Prints "DATABASE MS".
run_ddl() {
    local start=$EPOCHREALTIME
    psql -Xq -d "$1" -f "$work/ddl.sql"
    awk -v name="$1" -v from="$start" -v to="$EPOCHREALTIME" 'BEGIN { print name, (to - from) * 1000 }'
}

part_ddl() {
    createdb bench_without && createdb bench_attached
    sql -d bench_attached -c 'SET client_min_messages = warning' -c 'CREATE EXTENSION edustats' -c "CALL edustats.create_platform('platform')" \
        -c 'DROP TABLE platform.course_click' \
        -c 'CREATE TABLE platform.course_click (member_id bigint, course_id bigint NOT NULL, clicked_at timestamptz NOT NULL) PARTITION BY RANGE (clicked_at)'
    sql -d bench_attached -c "SELECT format('CREATE TABLE platform.p%s PARTITION OF platform.course_click FOR VALUES FROM (%L) TO (%L);', i,
        timestamptz '2015-01-01' + i * interval '1 day', timestamptz '2015-01-02' + i * interval '1 day') FROM generate_series(0, 399) i" |
        sql -d bench_attached
    sql -d bench_attached -c 'SET client_min_messages = warning' -c 'CALL edustats.attach()'
    ddl_statements >"$work/ddl.sql"
    for ((i = 0; i < 2 * runs; i++)); do
        run_ddl bench_without
        run_ddl bench_attached
    done >"$work/ddl"
    result "800 statements of other people's DDL" "$(median bench_attached <"$work/ddl")" 'without edustats' \
        "$(median bench_without <"$work/ddl")" 1.5
    dropdb bench_without && dropdb bench_attached
}
