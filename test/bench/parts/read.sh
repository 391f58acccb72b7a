# Reading a clean month: each view of the bulletin, and its page, in one session, planning included.

views="table_1 table_2 table_3 table_4 table_5 table_6 table_7 table_8 table_9
       figure_1 figure_2 figure_3 figure_4 figure_5 narrative"

# Prints "VIEW MS" for each view and run, and the sums "courses MS" (tables 5 to 7) and "all MS" for each run.
time_views() {
    for ((i = 0; i < 11; i++)); do
        for view in $views; do
            printf '%s\n' "-- @$i.$view" "SELECT * FROM bulletin.$view WHERE month = '2015-03-01';" '-- @@'
        done
        printf '%s\n' "-- @$i.page" "SELECT edustats.bulletin_html('bulletin', '2015-03-01');" '-- @@'
        printf '%s\n' "-- @$i.quarter" "SELECT edustats.bulletin_html('bulletin', '[2015-01-01,2015-04-01)');" '-- @@'
        printf '%s\n' "-- @$i.week" "SELECT edustats.bulletin_html('bulletin', '[2015-03-02,2015-03-09)');" '-- @@'
    done >"$work/views.sql"
    timed "$work/views.sql" | awk '
        { split($1, at, "."); if (at[1] < 2) next               # to warm up
          print at[2], $2
          if (at[2] ~ /^(page|quarter|week)$/) next
          all[at[1]] += $2
          if (at[2] ~ /^table_[567]$/) courses[at[1]] += $2 }
        END { for (i in all) { print "all", all[i]; print "courses", courses[i] } }'
}

part_read() {
    time_views >"$work/read"
    result 'read tables 5, 6, 7' "$(median courses <"$work/read")" '' - 40
    result 'read all tables, figures, narrative' "$(median all <"$work/read")" '' - 60
    result 'the page' "$(median page <"$work/read")" '' - 120
    result "a quarter's page" "$(median quarter <"$work/read")" 'the page of a month' "$(median page <"$work/read")" ''
    result "a week's page" "$(median week <"$work/read")" 'the page of a month' "$(median page <"$work/read")" ''
    local each=''
    for view in $views; do each+="$view $(printf %.1f "$(median $view <"$work/read")"), "; done
    remark "read, ms: ${each%, }"
}
