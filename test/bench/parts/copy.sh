# What the dirty log costs a COPY of 1,000,000 rows, into a table that is empty each time.

make_writes() {
    [ "$(sql -c "SELECT to_regnamespace('writes') IS NULL")" = t ] || return 0
    sql -c 'SET client_min_messages = warning' -c "CALL edustats.create_platform('writes')" \
        -c "DROP INDEX writes.course_click_member_id_idx" -c "CALL edustats.attach('writes', 'writes_bulletin')"
}

# copies NAME INDEXES: prints "with MS" and "without MS" lines, alternating.
copies() {
    for ((i = 0; i <= 2 * runs; i++)); do
        local name=$([ "$i" = 0 ] && echo warm_)
        local with="$(triggers_on writes.course_click)
TRUNCATE writes.course_click, writes_bulletin_data.log;
CHECKPOINT;
-- @${name}with
COPY writes.course_click FROM '$work/clicks';
-- @@"
        local without="$(triggers_off writes.course_click)
TRUNCATE writes.course_click, writes_bulletin_data.log;
CHECKPOINT;
-- @${name}without
COPY writes.course_click FROM '$work/clicks';
-- @@"
        if [ $((i % 2)) = 0 ]; then printf '%s\n' "$with" "$without"; else printf '%s\n' "$without" "$with"; fi
    done >"$work/copy.sql"
    timed "$work/copy.sql"
}

part_copy() {
    make_writes
    sql -c "COPY (SELECT 1 + n * 37 % 42517, 1 + n % 5000, timestamptz '2015-03-01 00:00+08' + interval '1 second' * n
                  FROM generate_series(1, 1000000) n) TO '$work/clicks'"
    copies >"$work/copy"
    result 'COPY of 1,000,000 rows, index on the time' "$(median with <"$work/copy")" 'without the dirty log' \
        "$(median without <"$work/copy")" 1.15
    sql -c 'CREATE INDEX course_click_member_id_idx ON writes.course_click (member_id)'
    copies >"$work/copy"
    result 'COPY of 1,000,000 rows, index on the member too' "$(median with <"$work/copy")" 'without the dirty log' \
        "$(median without <"$work/copy")" 1.15
    sql -c 'DROP INDEX writes.course_click_member_id_idx'
}
