# What the parts of the benchmark share; sourced by measure.

scale=$BENCH_SCALE
runs=$BENCH_RUNS
work=$(mktemp -d "$PGHOST/bench.XXXXXX")
chmod 777 "$work"               # the server writes files here, too
results=$work/results
: >"$results"

# The month that is counted, as a filter of the raw rows.
month_filter="clicked_at >= '2015-03-01 00:00+08' AND clicked_at < '2015-04-01 00:00+08'"

say() {
    echo "-- $*" >&2
}

sql() {
    psql -XqAt -v ON_ERROR_STOP=1 "$@"
}

# Runs a script of psql's in one session and prints one line for each statement that has a "-- @NAME" line before it:
# the name and its milliseconds at the client.
timed() {
    sed 's/^-- @\(.*\)$/\\echo @\1\n\\timing on/; s/^-- @@$/\\timing off/' "$1" >"$work/script.sql"
    PGOPTIONS="-c client_min_messages=warning ${PGOPTIONS:-}" psql -Xq -v ON_ERROR_STOP=1 -o /dev/null -f "$work/script.sql" |
        awk '/^@/ { name = substr($0, 2); sum = 0 }
             /^Time:/ { print name, $2 }'
}

# The median of the times of a name, of lines "NAME MILLISECONDS" on standard input.
median() {
    awk -v name="$1" '$1 == name { print $2 }' | sort -n |
        awk '{ v[NR] = $1 } END { if (NR == 0) exit 1; printf "%.3f", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# result WHAT FIGURE PEER-NAME PEER LIMIT: notes a line of the table. The ratio is FIGURE / PEER and at most LIMIT is
# wanted; with LIMIT ">=N", PEER / FIGURE at least N. PEER "-": LIMIT is the figure's own.
result() {
    awk -v what="$1" -v figure="$2" -v peer_name="$3" -v peer="$4" -v limit="$5" 'BEGIN {
        OFS = "\t"
        least = sub(/^>=/, "", limit)
        if (peer == "-") { ratio = "-"; met = figure <= limit + 0; goal = "<= " limit }
        else if (least) { ratio = peer / figure; met = ratio >= limit + 0; goal = "peer >= " limit " x" }
        else { ratio = figure / peer; met = ratio <= limit + 0; goal = "<= " limit " x" }
        if (limit == "") { met = 2; goal = "stated" }
        print what, sprintf("%.1f", figure), peer_name, (peer == "-" ? "-" : sprintf("%.1f", peer)),
              (ratio == "-" ? "-" : sprintf("%.3f", ratio)), goal, (met == 2 ? "" : met ? "met" : "MISSED") }' |
        tee -a "$results" | tr '\t' '|' >&2
}

# SQL that has the triggers of a table fire as attach has made them; ENABLE TRIGGER ALL would have that for replicas fire, too.
triggers_on() {
    echo "ALTER TABLE $1 ENABLE TRIGGER edustats_insert, ENABLE TRIGGER edustats_update, ENABLE TRIGGER edustats_delete,
        ENABLE ALWAYS TRIGGER edustats_truncate, ENABLE REPLICA TRIGGER edustats_apply;"
}

triggers_off() {
    echo "ALTER TABLE $1 DISABLE TRIGGER ALL;"
}

# A remark below the table.
remark() {
    printf 'remark\t%s\n' "$*" >>"$results"
    say "$*"
}

print_results() {
    echo
    echo "| what ($scale clicks; ms unless stated) | figure | floor or peer | its figure | ratio | target | |"
    echo "|---|---|---|---|---|---|---|"
    awk -F '\t' '$1 != "remark" { printf "| %s | %s | %s | %s | %s | %s | %s |\n", $1, $2, $3, $4, $5, $6, $7 }' "$results"
    echo
    awk -F '\t' '$1 == "remark" { print "- " $2 }' "$results"
}

# The platform of the fixture, its courses brought to 5,000 and its course clicks replaced by SCALE of them.
make_platform() {
    say "platform with $scale clicks in $BENCH_MONTHS months"
    sql -c 'SET client_min_messages = warning' -f "$here/platform.sql" -v scale="$scale" -v months="$BENCH_MONTHS"
    say "attached and refreshed"
}

# SQL that makes a month's rollup of course clicks out of date; refresh is to be timed, this is not.
invalidate_month="CALL edustats.invalidate('bulletin', 'course_clicks', '[2015-03-01,2015-04-01)');"
