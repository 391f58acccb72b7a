# What the log costs a COPY of 1,000,000 rows, into a table that is empty each time.

part_copy() {
    make_writes
    sql -c "COPY (SELECT 1 + n * 37 % 42517, 1 + n % 5000, timestamptz '2015-03-01 00:00+08' + interval '1 second' * n
                  FROM generate_series(1, 1000000) n) TO '$work/clicks'"
    copies writes writes_bulletin course_click "$work/clicks" >"$work/copy"
    compare 'COPY of 1,000,000 rows, index on the time' course_click 'a table not counted' uncounted "$work/copy" 1.15
    sql -c 'CREATE INDEX course_click_member ON writes.course_click (member_id)' -c 'CREATE INDEX uncounted_member ON writes.uncounted (member_id)'
    copies writes writes_bulletin course_click "$work/clicks" >"$work/copy"
    compare 'COPY of 1,000,000 rows, index on the member too' course_click 'a table not counted' uncounted "$work/copy" 1.15
    sql -c 'DROP INDEX writes.course_click_member, writes.uncounted_member' -c 'TRUNCATE writes.course_click, writes.uncounted'
}
