# The log's size: bytes for a row that was written. What of it is out of line counts, too.

log_size() {
    sql -c "SELECT pg_table_size('writes_bulletin_data.log')"
}

# log_bytes WHAT ROWS STATEMENT: the statement after a TRUNCATE of the log; an empty one has a page of its own already.
log_bytes() {
    quiet -c 'TRUNCATE writes.course_click' -c "CALL edustats.refresh('writes_bulletin')" -c 'TRUNCATE writes_bulletin_data.log'
    local before=$(log_size)
    quiet -c "$3"
    result "log, bytes a row: $1" "$(awk "BEGIN { print ($(log_size) - $before) / $2 }")" '' - 4
    sql -c "SELECT count(*) || ' rows' FROM writes_bulletin_data.log" >&2
}

clicks_of() {
    echo "SELECT 1 + n * 37 % 42517, 1 + n % 5000, timestamptz '2015-03-01 00:00+08' + interval '$1' * n FROM generate_series($2, $3) n"
}

part_log() {
    make_writes
    sql -c "COPY ($(clicks_of '2.6 seconds' 1 1000000)) TO '$work/clicks'"
    log_bytes 'COPY of 1,000,000 over a month' 1000000 "COPY writes.course_click FROM '$work/clicks'"
    log_bytes 'INSERT of 2,000 a statement, 500 of them over a month' 1000000 "DO \$\$ BEGIN FOR i IN 0..499 LOOP
        INSERT INTO writes.course_click $(clicks_of '2.6 seconds' '2000 * i + 1' '2000 * i + 2000'); END LOOP; END \$\$"
    log_bytes 'the same, each statement a transaction' 1000000 "DO \$\$ BEGIN FOR i IN 0..499 LOOP
        INSERT INTO writes.course_click $(clicks_of '2.6 seconds' '2000 * i + 1' '2000 * i + 2000'); COMMIT; END LOOP; END \$\$"
    log_bytes 'INSERT of 10,000 over 5 days' 10000 "INSERT INTO writes.course_click $(clicks_of '43.2 seconds' 1 10000)"
    local one="DO \$\$ BEGIN FOR i IN 1..10000 LOOP INSERT INTO writes.course_click $(clicks_of '43.2 seconds' i i); COMMIT; END LOOP; END \$\$"
    quiet -c 'TRUNCATE writes.course_click, writes_bulletin_data.log' -c "$one"
    remark "log, bytes a row of 10,000 single-row transactions: $(awk "BEGIN { print $(log_size) / 10000 }")"
    quiet -c 'TRUNCATE writes.course_click' -c "CALL edustats.refresh('writes_bulletin')"
}
