#!/usr/bin/env bash
# test/with-cluster test/shell/example_moodle.sh: the commands of examples/moodle/README.md say what stands there, and after
# late, corrected and deleted rows in every table beneath, the bulletin is what plain SQL computes from the views.
set -euo pipefail

cd "$(dirname "$0")/../.."
export PGCLIENTENCODING=UTF8
sql() { psql -X -q -v ON_ERROR_STOP=1 "$@"; }

# is WHAT QUERY WANTED
is() {
    local found
    found=$(sql -Atc "$2")
    [ "$found" = "$3" ] || { printf 'not ok: %s: %s\n' "$1" "$found"; exit 1; }
    echo "ok: $1"
}

sql -c 'CREATE ROLE moodle LOGIN'
createdb -O moodle moodle
sql -d moodle -c 'GRANT CREATE ON SCHEMA public TO moodle'
PGUSER=moodle sql -d moodle -f examples/moodle/tables.sql
test/readme examples/moodle/README.md
echo 'ok: the README'

export PGDATABASE=moodle PGUSER=moodle
differences() { sql -v source=site -v data=bulletin_data -v zone=Europe/Berlin -f test/difference.sql; }
differences
is 'every metric has rows' "SELECT count(DISTINCT metric) FROM truth" 9
is 'every metric is tracked' "SELECT string_agg(metric, ' ') FROM bulletin.refresh_status WHERE NOT tracked" ''
is 'the bulletin is right' 'SELECT count(*) FROM difference' 0

# Its page is in English, of what there is, and of no other platform.
for month in 2025-01-01 2025-02-01 2025-03-01; do
    page="(SELECT edustats.bulletin_html('bulletin', '$month'))"
    is "$month in English" "SELECT $page ~ '<html lang=\"en\">' AND $page !~ '[\u1100-\u11ff\u2e80-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]'" t
    is "$month without others' words" "SELECT string_agg(DISTINCT w[1], ' ') FROM regexp_matches($page,
        '(?i)\m(stations?|villages?|villagers?|rural|communit(?:y|ies)|enterprises?|organisations?|organizations?|officials?|county|counties|party|reports?)\M', 'g') w" ''
    is "$month without gaps" "SELECT count(*) FROM unnest(xpath('//p|//caption|//figcaption|//h2|//th', replace($page, '<!DOCTYPE html>', '')::xml)::text[]) t
        WHERE t ~ 'NULL|  | [,.;:)]|\( |\(\)|\{|\}|[,;:]\.|\.\.|, and |\m(1|no) \w+s (is|was)\M|\m1 (users|hours|visits|clicks)\M'" 0
done
is 'nothing is empty in March' "SELECT count(*) FROM unnest(xpath('//*[@class=\"none\"]', replace(edustats.bulletin_html('bulletin', '2025-03-01'), '<!DOCTYPE html>', '')::xml)) x" 0
is 'no row of users is empty in March' "SELECT count(*) FROM bulletin.table_1 WHERE month = '2025-03-01' AND users = 0" 0
is 'what is of March' "SELECT string_agg(view, ' ' ORDER BY section, position) FROM bulletin.page WHERE month = '2025-03-01' AND kind <> 'sentence'" \
    'table_1 table_2 table_3 table_4 figure_1 table_5 table_6 table_7 figure_2 table_8 table_9 figure_3 figure_4'

# A day is found by Moodle's own index.
while read -r metric relation index; do
    rows=$(sql -Atc "SELECT format('SELECT * FROM (%s) s WHERE s.time >= \$1 AND s.time < \$2', rows) FROM edustats.source_rows('bulletin_data', '$metric')")
    plan=$(sql -At -c "PREPARE day(timestamptz, timestamptz) AS $rows" -c "EXPLAIN (COSTS off) EXECUTE day('2025-03-10 00:00+01', '2025-03-11 00:00+01')")
    if grep -q "Seq Scan on $relation" <<<"$plan" || ! grep -q "Index .*$index" <<<"$plan"; then
        printf 'not ok: a day of %s:\n%s\n' "$metric" "$plan"
        exit 1
    fi
    echo "ok: a day of $metric by $index"
done <<'LIST'
course_clicks mdl_logstore_standard_log mdl_logsstanlog_tim_ix
topic_views mdl_logstore_standard_log mdl_logsstanlog_tim_ix
article_views mdl_logstore_standard_log mdl_logsstanlog_tim_ix
column_visits mdl_logstore_standard_log mdl_logsstanlog_tim_ix
forum_posts mdl_forum_posts mdl_forupost_cre_ix
LIST

# What the readers see of districts, titles and kinds, against the views: nothing of it is stored.
facts() {
    is "facts: $1" "WITH bulletin AS (
            SELECT 'course' AS fact, course AS a, producer AS b, category AS c, sum(clicks) AS n FROM bulletin.course_clicks WHERE month = '2025-03-01' GROUP BY 1, 2, 3, 4
            UNION ALL SELECT 'forum', district, NULL, NULL, sum(posts) FROM bulletin.forum_posts WHERE month = '2025-03-01' GROUP BY 1, 2
            UNION ALL SELECT 'topic', topic, board, NULL, sum(views) FROM bulletin.topic_views WHERE month = '2025-03-01' GROUP BY 1, 2, 3
            UNION ALL SELECT 'blog', district, category, NULL, sum(posts) FROM bulletin.blog_posts WHERE month = '2025-03-01' GROUP BY 1, 2, 3
            UNION ALL SELECT 'column', column_name, medium, NULL, sum(visits) FROM bulletin.column_visits WHERE month = '2025-03-01' GROUP BY 1, 2, 3
            UNION ALL SELECT 'article', article, column_name, NULL, sum(views) FROM bulletin.article_views WHERE month = '2025-03-01' GROUP BY 1, 2, 3
            UNION ALL SELECT 'users', account, NULL, NULL, sum(users) FROM bulletin.users WHERE month = '2025-03-01' GROUP BY 1, 2
        ), site AS (
            SELECT 'course', title, producer, category, count(*) FROM site.course_click k LEFT JOIN site.course USING (course_id)
            WHERE date_trunc('month', clicked_at AT TIME ZONE 'Europe/Berlin') = '2025-03-01' GROUP BY 1, 2, 3, 4
            UNION ALL SELECT 'forum', d.name, NULL, NULL, count(*) FROM site.forum_post p LEFT JOIN site.member m USING (member_id) LEFT JOIN site.district d USING (district_id)
            WHERE date_trunc('month', posted_at AT TIME ZONE 'Europe/Berlin') = '2025-03-01' GROUP BY 1, 2
            UNION ALL SELECT 'topic', title, board, NULL, count(*) FROM site.topic_view LEFT JOIN site.topic USING (topic_id)
            WHERE date_trunc('month', viewed_at AT TIME ZONE 'Europe/Berlin') = '2025-03-01' GROUP BY 1, 2, 3
            UNION ALL SELECT 'blog', d.name, b.category, NULL, count(*) FROM site.blog_post p LEFT JOIN site.blog b USING (blog_id)
            LEFT JOIN site.member m USING (member_id) LEFT JOIN site.district d USING (district_id)
            WHERE date_trunc('month', posted_at AT TIME ZONE 'Europe/Berlin') = '2025-03-01' GROUP BY 1, 2, 3
            UNION ALL SELECT 'column', name, medium, NULL, count(*) FROM site.column_visit LEFT JOIN site.site_column USING (column_id)
            WHERE date_trunc('month', visited_at AT TIME ZONE 'Europe/Berlin') = '2025-03-01' GROUP BY 1, 2, 3
            UNION ALL SELECT 'article', a.title, c.name, NULL, count(*) FROM site.article_view LEFT JOIN site.article a USING (article_id) LEFT JOIN site.site_column c USING (column_id)
            WHERE date_trunc('month', viewed_at AT TIME ZONE 'Europe/Berlin') = '2025-03-01' GROUP BY 1, 2, 3
            UNION ALL SELECT 'users', CASE WHEN org_type IS NULL THEN 'other' WHEN allocated THEN 'university' ELSE 'self-registered' END, NULL, NULL, count(*)
            FROM site.member WHERE registered_at < '2025-04-01 00:00+02' AND (closed_at IS NULL OR closed_at >= '2025-04-01 00:00+02') GROUP BY 1, 2
        ) SELECT count(*) FROM ((TABLE bulletin EXCEPT ALL TABLE site) UNION ALL (TABLE site EXCEPT ALL TABLE bulletin)) d WHERE n > 0" 0
}
facts 'before'

# Late, corrected and deleted rows in every table beneath, each a transaction of its own; now and then a refresh between.
changes=0
while read -r change; do
    sql -c "SET client_min_messages = warning" -c "$change" || { echo "not ok: $change"; exit 1; }
    found=$(sql -Atc "SELECT count(*) FROM difference")
    [ "$found" = 0 ] || { echo "not ok: $found differences after $change"; sql -c "SELECT * FROM difference LIMIT 10"; exit 1; }
    changes=$((changes + 1))
done <<'LIST'
INSERT INTO mdl_logstore_standard_log (eventname, component, action, target, userid, courseid, timecreated) SELECT '\core\event\course_viewed', 'core', 'viewed', 'course', 3 + i, 7, 1738364399 + i FROM generate_series(1, 300) i
INSERT INTO mdl_logstore_standard_log (eventname, component, action, target, objectid, userid, courseid, timecreated) SELECT '\mod_page\event\course_module_viewed', 'mod_page', 'viewed', 'course_module', 1 + i % 50, 3 + i, 7, 1740000000 + i * 900 FROM generate_series(1, 200) i
UPDATE mdl_logstore_standard_log SET timecreated = timecreated + 90000 WHERE id BETWEEN 9000 AND 9100
UPDATE mdl_logstore_standard_log SET courseid = 1 WHERE courseid = 9 AND id BETWEEN 20000 AND 20500
UPDATE mdl_logstore_standard_log SET eventname = '\mod_forum\event\discussion_viewed', objectid = 5 WHERE eventname = '\core\event\dashboard_viewed' AND id BETWEEN 21000 AND 21600
UPDATE mdl_logstore_standard_log SET realuserid = 2 WHERE id BETWEEN 30000 AND 30200
UPDATE mdl_logstore_standard_log SET userid = 0 WHERE userid = 77 AND id < 15000
CALL edustats.refresh('bulletin')
DELETE FROM mdl_logstore_standard_log WHERE id BETWEEN 33000 AND 33400 AND id % 2 = 0
DELETE FROM mdl_logstore_standard_log WHERE timecreated < 1735900000
UPDATE mdl_modules SET name = 'lesson' WHERE name = 'book'
INSERT INTO mdl_modules (name) VALUES ('book')
DELETE FROM mdl_modules WHERE name = 'h5pactivity'
UPDATE mdl_user SET department = '' WHERE id BETWEEN 100 AND 102
UPDATE mdl_user SET department = 'History', auth = 'ldap' WHERE id BETWEEN 102 AND 105
UPDATE mdl_user SET auth = 'email' WHERE id BETWEEN 150 AND 152
CALL edustats.refresh('bulletin')
UPDATE mdl_user SET confirmed = 1 WHERE confirmed = 0 AND id < 100
UPDATE mdl_user SET deleted = 1, timemodified = 1741600000 WHERE id BETWEEN 180 AND 183
UPDATE mdl_user SET timecreated = timecreated - 864000 WHERE id BETWEEN 160 AND 165
UPDATE mdl_user SET confirmed = 0 WHERE id = 170
DELETE FROM mdl_user WHERE id = 172
INSERT INTO mdl_user (auth, confirmed, username, department, timecreated) VALUES ('ldap', 1, 'late', 'Law', 1736000000), ('email', 0, 'never', '', 1736000000)
CALL edustats.refresh('bulletin')
UPDATE mdl_forum_posts SET deleted = 1 WHERE id BETWEEN 1000 AND 1040
UPDATE mdl_forum_posts SET deleted = 0 WHERE id BETWEEN 900 AND 1100 AND id % 80 = 0
UPDATE mdl_forum_posts SET created = created - 86400 * 40 WHERE id BETWEEN 2000 AND 2010
INSERT INTO mdl_forum_posts (discussion, userid, created) VALUES (1, 5, 1743199200), (1, 5, 1743289199), (1, 5, 1743285600)
DELETE FROM mdl_forum_posts WHERE userid = 16
CALL edustats.refresh('bulletin')
UPDATE mdl_post SET publishstate = 'public' WHERE publishstate = 'draft' AND id % 16 = 0
UPDATE mdl_post SET publishstate = 'draft' WHERE id BETWEEN 20 AND 30
UPDATE mdl_post SET module = 'blog' WHERE module = 'notes' AND id > 100
UPDATE mdl_post SET created = created + 86400 * 5 WHERE id % 30 = 1
DELETE FROM mdl_post WHERE id % 25 = 2
INSERT INTO mdl_post (module, userid, subject, publishstate, created) VALUES ('blog', 9, 'Late', 'site', 1741000000)
UPDATE mdl_tag SET rawname = 'Work' WHERE name = 'study'
DELETE FROM mdl_tag_instance WHERE itemid % 9 = 0
DELETE FROM mdl_cohort_members WHERE userid BETWEEN 30 AND 60
INSERT INTO mdl_cohort_members (cohortid, userid) SELECT 2, i FROM generate_series(191, 195) i
INSERT INTO mdl_cohort (contextid, name, idnumber) VALUES (1, 'West', 'campus-4')
UPDATE mdl_cohort_members SET cohortid = 5 WHERE cohortid = 3 AND userid % 4 = 0
UPDATE mdl_cohort SET idnumber = NULL WHERE name = 'Nord'
UPDATE mdl_course SET fullname = 'Torts', category = 4 WHERE id = 8
DELETE FROM mdl_course WHERE id = 12
UPDATE mdl_course_categories SET name = 'Public and European law' WHERE id = 4
UPDATE mdl_course_categories SET parent = 2, path = '/2/3' WHERE id = 3
UPDATE mdl_forum SET name = 'Everything else' WHERE id = 3
DELETE FROM mdl_forum_discussions WHERE id = 4
UPDATE mdl_page SET name = 'Reader' WHERE id = 2
UPDATE mdl_user_enrolments SET status = 1 WHERE userid % 20 = 0
UPDATE mdl_enrol SET status = 1 WHERE courseid = 5
LIST
echo "ok: right after each of $changes changes"
facts 'after the changes'

sql -c 'SET client_min_messages = warning' -c "CALL edustats.refresh('bulletin')"
is 'the refreshed bulletin is right' "SELECT count(*) FROM difference" 0
is 'no day is dirty' "SELECT string_agg(metric, ' ') FROM bulletin.refresh_status WHERE dirty_days > 0" ''
is 'every metric is tracked still' "SELECT string_agg(metric, ' ') FROM bulletin.refresh_status WHERE NOT tracked" ''
facts 'after the refresh'
is 'participation' "SELECT sum(expected), sum(attended) > 0 FROM bulletin.participation WHERE month = '2025-03-01'" \
    "$(sql -Atc "SELECT count(*), true FROM site.member m WHERE org_type IS NOT NULL AND allocated AND registered_at < '2025-04-01 00:00+02'
        AND (closed_at IS NULL OR closed_at >= '2025-04-01 00:00+02') AND EXISTS (SELECT FROM site.station_fitness f
            WHERE f.member_id = m.member_id AND fit_from <= '2025-03-31' AND (fit_until IS NULL OR fit_until > '2025-03-31'))")"
dropdb -U postgres --force moodle
