# What the parts of the benchmark share; sourced by measure.

scale=$BENCH_SCALE
runs=$BENCH_RUNS
work=$(mktemp -d "$PGHOST/bench.XXXXXX")
chmod 777 "$work"               # the server writes files here, too
results=$work/results
: >"$results"

# The month that is counted, as a filter of the raw rows, and as one of the bulletin's views.
month_filter="clicked_at >= '2015-03-01 00:00+08' AND clicked_at < '2015-04-01 00:00+08'"
month="month = '2015-03-01'"
page="SELECT edustats.bulletin_html('bulletin', '2015-03-01');"

say() {
    echo "-- $*" >&2
}

sql() {
    psql -XqAt -v ON_ERROR_STOP=1 "$@"
}

# The same with nothing said that is no warning.
quiet() {
    PGOPTIONS='-c client_min_messages=warning' sql "$@"
}

# Waits until autovacuum is through with what has been written, rather than do its work by hand. It looks once a minute.
settle() {
    [ "$scale" -ge 1000000 ] || return 0
    say 'waiting for autovacuum'
    for ((i = 0; i < 900; i++)); do
        [ "$(sql -f "$here/settled.sql")" = f ] || return 0
        sleep 1
    done
    remark 'AUTOVACUUM WAS NOT THROUGH after a quarter of an hour: what follows was measured beside it'
}

# Runs a script of psql's in one session and prints one line for each statement that has a "-- @NAME" line before it:
# the name and its milliseconds at the client.
timed() {
    sed 's/^-- @@$/\\timing off/; s/^-- @\(.*\)$/\\echo @\1\n\\timing on/' "$1" >"$work/script.sql"
    PGOPTIONS="-c client_min_messages=warning ${PGOPTIONS:-}" psql -Xq -v ON_ERROR_STOP=1 -o /dev/null -f "$work/script.sql" |
        awk '/^@/ { name = substr($0, 2); sum = 0 }
             /^Time:/ { print name, $2 }'
}

# fresh NAME STATEMENT: times a statement in a session of its own, and prints "NAME MS".
fresh() {
    printf '%s\n' "-- @$1" "$2" '-- @@' >"$work/fresh.sql"
    timed "$work/fresh.sql"
}

# load NAME PGBENCH-ARGUMENTS...: runs pgbench and prints "NAME.SCRIPT MS" for each transaction, with the number of the
# script, and "NAME.tps N".
load() {
    local name=$1 logs=$(mktemp -d "$work/load.XXXXXX")
    shift
    pgbench -n -l --log-prefix="$logs/log" "$@" 2>"$logs/errors" >"$logs/out" || { cat "$logs/errors" >&2; return 1; }
    cat "$logs"/log.* | awk -v name="$name" '{ print name "." $4, $3 / 1000 }'
    awk -v name="$name" '/^tps/ { print name ".tps", $3 }' "$logs/out"
    rm -r "$logs"
}

# percentile NAME PERCENT: of the times of a name, of lines "NAME MILLISECONDS" on standard input.
percentile() {
    awk -v name="$1" '$1 == name { print $2 }' | sort -n |
        awk -v p="$2" '{ v[NR] = $1 } END { if (NR == 0) exit 1; i = NR * p / 100; i = int(i) < i ? int(i) + 1 : i; printf "%.4f", v[i < 1 ? 1 : i] }'
}

median() {
    awk -v name="$1" '$1 == name { print $2 }' | sort -n |
        awk '{ v[NR] = $1 } END { if (NR == 0) exit 1; printf "%.4f", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# result WHAT FIGURE PEER-NAME PEER LIMIT: notes a line of the table. The ratio is FIGURE / PEER and at most LIMIT is
# wanted; with LIMIT ">=N", PEER / FIGURE at least N; with LIMIT "N or M", the ratio at most N or FIGURE at most M. PEER "-": LIMIT is
# the figure's own. No LIMIT: it is stated.
result() {
    awk -v what="$1" -v figure="$2" -v peer_name="$3" -v peer="$4" -v limit="$5" '
    function number(n) { return sprintf(n < 10 ? "%.3f" : "%.1f", n) }
    BEGIN {
        OFS = "\t"
        least = sub(/^>=/, "", limit)
        either = split(limit, or, " or ") == 2
        if (peer == "-") { ratio = "-"; met = figure <= limit + 0; goal = "<= " limit }
        else if (least) { ratio = peer / figure; met = ratio >= limit + 0; goal = "peer >= " limit " x" }
        else if (either) { ratio = figure / peer; met = ratio <= or[1] + 0 || figure <= or[2] + 0; goal = "<= " or[1] " x or <= " or[2] }
        else { ratio = figure / peer; met = ratio <= limit + 0; goal = "<= " limit " x" }
        if (limit == "") { met = 2; goal = "stated" }
        print what, number(figure), peer_name, (peer == "-" ? "-" : number(peer)),
              (ratio == "-" ? "-" : sprintf("%.3f", ratio)), goal, (met == 2 ? "" : met ? "met" : "MISSED") }' |
        tee -a "$results" | tr '\t' '|' >&2
}

# compare WHAT NAME PEER-NAME NAME FILE LIMIT: the result of two medians of a file.
compare() {
    result "$1" "$(median "$2" <"$5")" "$3" "$(median "$4" <"$5")" "$6"
}

# A remark below the table.
remark() {
    printf 'remark\t%s\n' "$*" >>"$results"
    say "$*"
}

# check WHAT: do the bulletin's figures of the month agree with plain SQL over the source?
check() {
    local wrong=$(quiet -f "$here/exact.sql")
    if [ "$wrong" = 0 ]; then say "exact $1"; else remark "THE SUMS ARE WRONG $1: $wrong rows are not what plain SQL says"; fi
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
    quiet -f "$here/platform.sql" -v scale="$scale" -v months="$BENCH_MONTHS"
    settle
    say "attached and refreshed"
}

# SQL that makes a month's rollup of course clicks out of date; refresh is to be timed, this is not.
invalidate_month="CALL edustats.invalidate('bulletin', 'course_clicks', '[2015-03-01,2015-04-01)');"

# A platform without rows whose course clicks are counted, and a table like it that nobody counts: what writing costs is
# the difference. To switch triggers off and on again instead would mark all days, and be no installation as it is used.
make_writes() {
    [ "$(sql -c "SELECT to_regnamespace('writes') IS NULL")" = t ] || return 0
    quiet -c "CALL edustats.create_platform('writes')" -c 'DROP INDEX writes.course_click_member_id_idx' \
        -c "CALL edustats.attach('writes', 'writes_bulletin')" -c "CALL edustats.refresh('writes_bulletin')" \
        -c 'CREATE TABLE writes.uncounted (LIKE writes.course_click INCLUDING ALL)'
}

# copies SCHEMA BULLETIN TABLE FILE [COLUMNS]: copies a file into a table that is counted and into the schema's "uncounted", now into
# the one and now into the other first, both empty each time; prints "TABLE MS" lines.
copies() {
    local tables="$3 uncounted"
    for ((i = 0; i <= 2 * runs; i++)); do
        local name=$([ "$i" = 0 ] && echo warm_)
        for table in $tables; do
            printf '%s\n' "TRUNCATE $1.$3, $1.uncounted;" "CALL edustats.refresh('$2');" 'CHECKPOINT;' \
                "-- @$name$table" "COPY $1.$table ${5:-} FROM '$4';" '-- @@'
        done
        tables="${tables#* } ${tables% *}"
    done >"$work/copy.sql"
    timed "$work/copy.sql"
}

# insert_script TABLE TIME: makes a script of pgbench's that inserts a click, and prints its name.
insert_script() {
    cat >"$work/$1.pgbench" <<SCRIPT
\set member random(1, 42517)
\set course random(1, 5000)
INSERT INTO $1 VALUES (:member, :course, $2);
SCRIPT
    echo "$work/$1.pgbench"
}
