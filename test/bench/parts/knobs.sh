# What each knob does to the rebuild and to the refresh of a day.

# knob NAME SETTINGS: a line for the rebuild and one for a day under some settings.
knob() {
    time_rebuild "$2" >"$work/knob"
    result "knobs: $1: rebuild" "$(median rebuild <"$work/knob")" 'count(*)' "$(median count <"$work/knob")" ''
    PGOPTIONS=$(sed "s/SET \([a-z_]*\) = '\{0,1\}\([^;']*\)'\{0,1\};/-c \1=\2/g" <<<"$2") time_day >"$work/knob"
    result "knobs: $1: a day" "$(median day <"$work/knob")" '' - ''
}

part_knobs() {
    knob 'defaults' ''
    knob 'work_mem 64MB' "SET work_mem = '64MB';"
    knob 'no workers' 'SET max_parallel_workers_per_gather = 0;'
    knob '1 worker' 'SET max_parallel_workers_per_gather = 1;'
    knob 'jit off' 'SET jit = off;'
    sql -c 'DROP INDEX platform.course_click_clicked_at_idx' \
        -c 'CREATE INDEX course_click_clicked_at_idx ON platform.course_click USING brin (clicked_at) WITH (pages_per_range = 32)'
    knob 'BRIN' ''
    quiet -f "$here/partitions.sql"
    settle
    knob 'partition a day, btree' ''
    knob 'partition a day, partitionwise aggregate' 'SET enable_partitionwise_aggregate = on;'
}
