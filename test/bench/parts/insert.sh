# What the dirty log costs single-row inserts, each committed to disk.

# Prints "NAME MS": the average latency of one client for a second. Short, as a busy machine must hit both alike.
insert_rows() {
    pgbench -n -c 1 -T 1 -f "$work/insert.pgbench" 2>/dev/null | awk -v name="$1" '/^latency average/ { print name, $4 }'
}

part_insert() {
    make_writes
    cat >"$work/insert.pgbench" <<'EOF'
\set member random(1, 42517)
\set course random(1, 5000)
INSERT INTO writes.course_click VALUES (:member, :course, now());
EOF
    sql -c 'TRUNCATE writes.course_click, writes_bulletin_data.log' -c 'CHECKPOINT'
    for ((i = 0; i < 6 * runs; i++)); do
        sql -c "$(triggers_on writes.course_click)"
        insert_rows with
        sql -c "$(triggers_off writes.course_click)"
        insert_rows without
    done >"$work/insert"
    sql -c "$(triggers_on writes.course_click)"
    result 'single-row insert, fsync on' "$(median with <"$work/insert")" 'without the dirty log' \
        "$(median without <"$work/insert")" 1.05
    # The whole figure, as the table's tenths of a millisecond are too coarse here.
    remark "single-row insert: $(median with <"$work/insert") ms, without the dirty log $(median without <"$work/insert") ms"
}
