# What BI tools send by themselves, over every documented view, against one month of the view: 19 years, of which each month
# that is over has the rollup of March 2015.

# time_shapes SCHEMA: prints "VIEW.SHAPE MS".
time_shapes() {
    sql -v schema="$1" -f "$here/tools.sql" >"$work/shapes.sql"
    for ((i = 0; i < runs; i++)); do timed "$work/shapes.sql"; done
}

# The rows of each view in a table: how fast they could be had at all.
make_plain() {
    sql -c 'CREATE SCHEMA plain'
    sql -c "SELECT format('CREATE TABLE plain.%1\$I AS SELECT * FROM bulletin.%1\$I; ANALYZE plain.%1\$I;', relname) FROM pg_class
            WHERE relnamespace = 'bulletin'::regnamespace AND relkind = 'v'" | sql
}

# shapes_of VIEW: prints "MS SHAPE MS-OVER-THE-PLAIN-TABLE", the slowest first.
shapes_of() {
    for shape in $(sed -n "s/^$1\.\([a-z_]*\) .*/\1/p" "$work/tools" | sort -u); do
        [ "$shape" = month ] || echo "$(median "$1.$shape" <"$work/tools") $shape $(median "$1.$shape" <"$work/plain")"
    done | sort -rn
}

part_tools() {
    local view shape time months
    add_history $(sql -F ' ' -c "SELECT (m - interval '19 years')::date, (m - interval '1 month')::date
                                 FROM date_trunc('month', now() AT TIME ZONE 'Asia/Shanghai') m")
    sql -c 'CREATE TABLE date_table AS SELECT month, extract(year FROM month)::integer AS year FROM bulletin_data.months' -c 'ANALYZE date_table'
    months=$(sql -c 'SELECT count(*) FROM date_table')
    time_shapes bulletin >"$work/tools"
    make_plain
    time_shapes plain >"$work/plain"
    remark "each shape below, ms, and in brackets the same over a plain table of the view's rows"
    for view in $(sed 's/\..*//' "$work/tools" | sort -u); do
        shapes_of "$view" >"$work/shapes"
        read -r time shape _ <"$work/shapes"
        result "$view, $months months, the slowest: $shape" "$time" 'one month' "$(median "$view.month" <"$work/tools")" '10 or 300'
        remark "$view: $(awk '{ printf "%s%s %.1f (%.1f)", (NR > 1 ? ", " : ""), $2, $1, $3 }' "$work/shapes")"
    done
}
