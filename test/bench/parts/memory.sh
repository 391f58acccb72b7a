# Memory of a writer of 1,000,000 rows in one statement: the peak of what its process has of its own.

# writer_memory WHAT STATEMENT [LIMIT]: runs the statement in a session of its own and watches its process.
writer_memory() {
    local peak=0 own server
    rm -f "$work/pid"       # the server writes it
    quiet -c "COPY (SELECT pg_backend_pid()) TO '$work/pid'" -c "$2" >/dev/null 2>"$work/errors" & local client=$!
    until [ -s "$work/pid" ]; do sleep 0.01; done
    server=$(<"$work/pid")
    while [ -e "/proc/$server" ]; do
        own=$(sed -n 's/^RssAnon:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$server/status" 2>/dev/null || true)
        if [ "${own:-0}" -gt "$peak" ]; then peak=$own; fi
        sleep 0.03
    done
    wait $client || remark "$1 FAILED: $(<"$work/errors")"
    result "memory of a writer, MB: $1" "$(awk "BEGIN { print $peak / 1024 }")" '' - "${3-32}"
}

# The writes of a table of clicks, each of 1,000,000 rows.
writer_cases() {
    local clicks="SELECT 1 + n * 37 % 42517, 1 + n % 5000, timestamptz '2015-03-01 00:00+08' + interval '2.6 seconds' * n FROM generate_series(1, 1000000) n"
    sql -c "COPY ($clicks) TO '$work/clicks'"
    writer_memory "COPY, $2" "COPY $1 FROM '$work/clicks'" "$3"
    writer_memory "UPDATE of a course, $2" "UPDATE $1 SET course_id = course_id + 1" "$3"
    writer_memory "UPDATE of a time, $2" "UPDATE $1 SET clicked_at = clicked_at + interval '1 day' WHERE clicked_at < '2015-03-31'" "$3"
    writer_memory "DELETE, $2" "DELETE FROM $1" "$3"
    writer_memory "INSERT, $2" "INSERT INTO $1 $clicks" "$3"
}

part_memory() {
    quiet -c "CALL edustats.create_platform('memory')" -c 'DROP TABLE memory.course_click' \
        -c 'CREATE TABLE memory.course_click (member_id bigint, course_id bigint NOT NULL, clicked_at timestamptz NOT NULL) PARTITION BY RANGE (clicked_at)'
    sql -c "SELECT format('CREATE TABLE memory.click_%s PARTITION OF memory.course_click FOR VALUES FROM (%L) TO (%L);', n,
        timestamptz '2015-03-01 00:00+08' + interval '1 day' * n, timestamptz '2015-03-02 00:00+08' + interval '1 day' * n)
        FROM generate_series(0, 32) n" | sql
    quiet -c "INSERT INTO memory.district VALUES (1, '大兴', 1)" \
        -c "INSERT INTO memory.member SELECT n, '农村', true, 1, 'station ' || n, '2015-01-01' FROM generate_series(1, 1000000) n" \
        -c "CALL edustats.attach('memory', 'memory_bulletin')" -c "CALL edustats.refresh('memory_bulletin')"
    make_writes
    writer_cases writes.uncounted 'not counted' ''
    writer_cases writes.course_click 'counted' 32
    writer_cases memory.course_click 'counted, partitioned' 32
    writer_memory 'UPDATE of 1,000,000 members' "UPDATE memory.member SET org_type = '社区'" 32
    quiet -c "CALL edustats.detach('memory_bulletin')" -c 'DROP SCHEMA memory CASCADE' -c 'TRUNCATE writes.course_click, writes.uncounted' \
        -c "CALL edustats.refresh('writes_bulletin')"
}
