# What a session's first reading costs: a new connection each, with nothing in its caches.

part_first() {
    for ((i = 0; i <= 2 * runs; i++)); do
        local name=$([ "$i" = 0 ] && echo warm_)
        fresh "${name}table_1" "SELECT * FROM bulletin.table_1 WHERE $month;"
        fresh "${name}table_7" "SELECT * FROM bulletin.table_7 WHERE $month;"
        fresh "${name}page" "$page"
    done >"$work/first"
    for what in table_1 table_7 page; do
        result "a session's first reading: $what" "$(median $what <"$work/first")" '' - ''
    done
}
