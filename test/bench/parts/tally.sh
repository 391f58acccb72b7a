# Tallies of 10,000,000 distinct keys: dense ones, counted in a window, and scattered ones, in a hash table.

part_tally() {
    cat >"$work/tally.sql" <<'EOF'
CREATE TABLE big (name text, tally edustats.tally);
ALTER TABLE big ALTER tally SET STORAGE EXTERNAL;
-- @dense keys, built and stored
INSERT INTO big SELECT 'dense', edustats.tally_agg(n) FROM generate_series(1, 10000000) n;
-- @@
-- @scattered keys, built and stored
INSERT INTO big SELECT 'scattered', edustats.tally_agg(n * 48271 % 2147483647 * 1000003) FROM generate_series(1::bigint, 10000000) n;
-- @@
-- @both merged and stored
INSERT INTO big SELECT 'merged', edustats.rollup(tally) FROM big;
-- @@
-- @merged read
SELECT count(*), sum(e.count) FROM big b CROSS JOIN LATERAL edustats.each(b.tally) e WHERE b.name = 'merged';
-- @@
-- @total and cardinality
SELECT name, edustats.cardinality(tally), edustats.total(tally) FROM big;
-- @@
EOF
    timed "$work/tally.sql" | sed 's/^\(.*\) \([0-9.]*\)$/\1\t\2/' >"$work/tally"
    while IFS=$'\t' read -r name time; do
        result "tally of 10,000,000 keys: $name" "$time" '' - ''
    done <"$work/tally"
    remark "tallies: $(sql -c "SELECT string_agg(format('%s, %s keys, %s', name, edustats.cardinality(tally),
        pg_size_pretty(pg_column_size(tally)::bigint)), '; ' ORDER BY name) FROM big")"
    local wrong=$(sql -c "SELECT count(*) FROM (
            SELECT (m.e).key, (m.e).count FROM (SELECT edustats.each(tally) AS e FROM big WHERE name = 'merged') m
            EXCEPT ALL
            SELECT (d.e).key, count(*) FROM (SELECT edustats.each(tally) AS e FROM big WHERE name <> 'merged') d GROUP BY 1) w")
    [ "$wrong" = 0 ] || remark "THE MERGED TALLY IS WRONG in $wrong keys"
    sql -c 'DROP TABLE big'
}
