# What the log costs single-row inserts, each committed to disk. One client inserts now into the table that is counted, now
# into one like it that is not, as the dice fall for each transaction: so whatever else the machine does hits both alike, and the
# median and the 99th percentile are of single transactions.

part_insert() {
    make_writes
    local counted=$(insert_script writes.course_click 'now()') uncounted=$(insert_script writes.uncounted 'now()')
    for ((i = 0; i < 2 * runs; i++)); do
        quiet -c "CALL edustats.refresh('writes_bulletin')"
        load insert -T 4 -f "$counted" -f "$uncounted"
    done >"$work/insert"
    compare 'single-row insert, fsync on, median' insert.0 'a table not counted' insert.1 "$work/insert" 1.05
    for percent in 90 99 99.9; do
        result "single-row insert, fsync on, p$percent" "$(percentile insert.0 $percent <"$work/insert")" 'a table not counted' \
            "$(percentile insert.1 $percent <"$work/insert")" "$([ $percent = 99 ] && echo 1.10)"
    done
    remark "single-row inserts: $(grep -c '^insert.0' "$work/insert") counted and $(grep -c '^insert.1' "$work/insert") not"
}
