# Sources that are views: one log of all kinds of events, its times seconds since 1970, behind three filtered views.

events_refresh() {
    for ((i = 0; i <= runs; i++)); do
        echo "CALL edustats.invalidate('lms_bulletin');"
        echo "-- @$([ "$i" = 0 ] && echo warm_)refresh"
        echo "CALL edustats.refresh('lms_bulletin');"
        echo '-- @@'
        echo "-- @$([ "$i" = 0 ] && echo warm_)group"
        echo 'DO $$ BEGIN'
        for counted in 'course_click clicked_at course_id' 'topic_view viewed_at topic_id' 'forum_post posted_at member_id' \
            'member registered_at member_id' 'member closed_at member_id'; do
            set -- $counted
            echo "PERFORM ($2 AT TIME ZONE 'Asia/Shanghai')::date, $3, count(*) FROM lms_site.$1 GROUP BY 1, 2;"
        done
        echo 'END $$;'
        echo '-- @@'
    done >"$work/refresh.sql"
    timed "$work/refresh.sql" >"$work/refreshes"
    result 'refresh of all metrics, three views of one log' "$(median refresh <"$work/refreshes")" 'their plain GROUP BYs' \
        "$(median group <"$work/refreshes")" 1.30
}

events_day() {
    for ((i = 0; i <= 3 * runs; i++)); do
        echo "-- @$([ "$i" = 0 ] && echo warm_)live"
        echo "SELECT count(*) FROM lms_bulletin_data.live_days('course_clicks', '2015-03-01', '{[2015-03-10,2015-03-11)}');"
        echo '-- @@'
        echo "-- @$([ "$i" = 0 ] && echo warm_)hand"
        echo "SELECT courseid, public.class_of(m.org_type, m.allocated), count(*) FROM lms.log LEFT JOIN platform.member m ON m.member_id = userid
              WHERE eventname = 'course_viewed' AND timecreated >= 1425916800 AND timecreated < 1426003200 GROUP BY 1, 2;"
        echo '-- @@'
    done >"$work/day.sql"
    timed "$work/day.sql" >"$work/days"
    result "a day of a view over seconds since 1970" "$(median live <"$work/days")" 'the query by its index' "$(median hand <"$work/days")" 2
}

part_views() {
    quiet -f "$here/events.sql" -v schema=lms -v rows="$scale"
    settle
    events_refresh
    events_day
    quiet -c "CALL edustats.detach('lms_bulletin')" -c 'DROP SCHEMA lms_site CASCADE' -c 'DROP SCHEMA lms CASCADE'
}
