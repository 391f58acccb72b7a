# A tally past the largest datum of 1 GB: a clear error. Takes a minute and 6 GB of memory.

part_limit() {
    local message=$(sql -c "SELECT edustats.total(edustats.tally_agg(n * 48271 % 2147483647 * 4294967291, 100000000000))
        FROM generate_series(1::bigint, 90000000) n" 2>&1 || true)
    remark "tally of 90,000,000 scattered keys with large counts: ${message//$'\n'/ }"
}
