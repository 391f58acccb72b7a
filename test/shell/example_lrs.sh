#!/usr/bin/env bash
# test/with-cluster test/shell/example_lrs.sh: the commands of examples/lrs/README.md say what stands there, and after late,
# corrected, deleted and voided statements the bulletin is what plain SQL computes from the views.
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

sql -c 'CREATE ROLE lrs LOGIN'
createdb -O lrs lrs
sql -d lrs -c 'GRANT CREATE ON SCHEMA public TO lrs'
PGUSER=lrs sql -d lrs -f examples/lrs/tables.sql
test/readme examples/lrs/README.md
echo 'ok: the README'

export PGDATABASE=lrs PGUSER=lrs
sql -v source=site -v data=bulletin_data -v zone=Asia/Shanghai -f test/difference.sql
is 'every metric has rows' 'SELECT count(DISTINCT metric) FROM truth' 9
is 'every metric is tracked' "SELECT string_agg(metric, ' ') FROM bulletin.refresh_status WHERE NOT tracked" ''
is 'the bulletin is right' 'SELECT count(*) FROM difference' 0
is 'each key has one name' 'SELECT cardinality(edustats.key_names(edustats.key_of(actor), actor)) = count(*) FROM portal_user' t

# A day is found by the index on the statements' time, and what voids one by the other.
for metric in course_clicks learning topic_views article_views column_visits forum_posts blog_posts; do
    rows=$(sql -Atc "SELECT format('SELECT * FROM (%s) s WHERE s.time >= \$1 AND s.time < \$2', rows) FROM edustats.source_rows('bulletin_data', '$metric')")
    plan=$(sql -At -c "PREPARE day(timestamptz, timestamptz) AS $rows" -c "EXPLAIN (COSTS off) EXECUTE day('2025-03-10 00:00+08', '2025-03-11 00:00+08')")
    if grep -q 'Seq Scan on statement' <<<"$plan" || ! grep -q 'Index .*statement_timestamp' <<<"$plan"; then
        printf 'not ok: a day of %s:\n%s\n' "$metric" "$plan"
        exit 1
    fi
    echo "ok: a day of $metric by its index"
done

# What the readers see of titles, districts and kinds, against the views.
facts() {
    is "facts: $1" "WITH bulletin AS (
            SELECT 'course' AS fact, course AS a, producer AS b, category AS c, sum(clicks) AS n FROM bulletin.course_clicks WHERE month = '2025-03-01' GROUP BY 1, 2, 3, 4
            UNION ALL SELECT 'kind', org_type, NULL, NULL, sum(clicks) FROM bulletin.course_clicks WHERE month = '2025-03-01' GROUP BY 1, 2
            UNION ALL SELECT 'forum', district, NULL, NULL, sum(posts) FROM bulletin.forum_posts WHERE month = '2025-03-01' GROUP BY 1, 2
            UNION ALL SELECT 'topic', topic, board, NULL, sum(views) FROM bulletin.topic_views WHERE month = '2025-03-01' GROUP BY 1, 2, 3
            UNION ALL SELECT 'blog', district, category, NULL, sum(posts) FROM bulletin.blog_posts WHERE month = '2025-03-01' GROUP BY 1, 2, 3
            UNION ALL SELECT 'column', column_name, medium, NULL, sum(visits) FROM bulletin.column_visits WHERE month = '2025-03-01' GROUP BY 1, 2, 3
            UNION ALL SELECT 'article', article, column_name, NULL, sum(views) FROM bulletin.article_views WHERE month = '2025-03-01' GROUP BY 1, 2, 3
            UNION ALL SELECT 'station', station, district, org_type, hours FROM bulletin.station_learning WHERE month = '2025-03-01'
        ), site AS (
            SELECT 'course', title, producer, category, count(*) FROM site.course_click LEFT JOIN site.course USING (course_id)
            WHERE date_trunc('month', clicked_at AT TIME ZONE 'Asia/Shanghai') = '2025-03-01' GROUP BY 1, 2, 3, 4
            UNION ALL SELECT 'kind', org_type, NULL, NULL, count(*) FROM site.course_click LEFT JOIN site.member USING (member_id)
            WHERE date_trunc('month', clicked_at AT TIME ZONE 'Asia/Shanghai') = '2025-03-01' GROUP BY 1, 2
            UNION ALL SELECT 'forum', d.name, NULL, NULL, count(*) FROM site.forum_post LEFT JOIN site.member USING (member_id) LEFT JOIN site.district d USING (district_id)
            WHERE date_trunc('month', posted_at AT TIME ZONE 'Asia/Shanghai') = '2025-03-01' GROUP BY 1, 2
            UNION ALL SELECT 'topic', title, board, NULL, count(*) FROM site.topic_view LEFT JOIN site.topic USING (topic_id)
            WHERE date_trunc('month', viewed_at AT TIME ZONE 'Asia/Shanghai') = '2025-03-01' GROUP BY 1, 2, 3
            UNION ALL SELECT 'blog', d.name, b.category, NULL, count(*) FROM site.blog_post LEFT JOIN site.blog b USING (blog_id)
            LEFT JOIN site.member USING (member_id) LEFT JOIN site.district d USING (district_id)
            WHERE date_trunc('month', posted_at AT TIME ZONE 'Asia/Shanghai') = '2025-03-01' GROUP BY 1, 2, 3
            UNION ALL SELECT 'column', name, medium, NULL, count(*) FROM site.column_visit LEFT JOIN site.site_column USING (column_id)
            WHERE column_id IS NOT NULL AND date_trunc('month', visited_at AT TIME ZONE 'Asia/Shanghai') = '2025-03-01' GROUP BY 1, 2, 3
            UNION ALL SELECT 'article', a.title, c.name, NULL, count(*) FROM site.article_view LEFT JOIN site.article a USING (article_id) LEFT JOIN site.site_column c USING (column_id)
            WHERE date_trunc('month', viewed_at AT TIME ZONE 'Asia/Shanghai') = '2025-03-01' GROUP BY 1, 2, 3
            UNION ALL SELECT 'station', m.name, d.name, m.org_type, round(sum(seconds) / 3600.0, 2) FROM site.learning_session JOIN site.member m USING (member_id)
            LEFT JOIN site.district d USING (district_id)
            WHERE allocated AND org_type IS NOT NULL AND date_trunc('month', started_at AT TIME ZONE 'Asia/Shanghai') = '2025-03-01' GROUP BY member_id, 2, 3, 4
        ) SELECT count(*) FROM ((TABLE bulletin EXCEPT ALL TABLE site) UNION ALL (TABLE site EXCEPT ALL TABLE bulletin)) d WHERE n > 0" 0
}
facts 'before'

# A statement as a client sends it.
sql <<'SQL'
CREATE FUNCTION said(number integer, actor text, verb text, object text, type text, at text, result jsonb DEFAULT '{}') RETURNS void LANGUAGE sql AS $$
    INSERT INTO statement VALUES (md5('said ' || number)::uuid, '2025-05-10 12:00+08', jsonb_build_object('verb', jsonb_build_object('id', verb),
        'actor', CASE WHEN actor LIKE 'mailto:%' THEN jsonb_build_object('mbox', actor)
                      ELSE jsonb_build_object('account', jsonb_build_object('homePage', 'https://portal.example', 'name', actor)) END,
        'object', jsonb_build_object('id', object, 'definition', jsonb_build_object('type', type)), 'timestamp', at, 'result', result))
$$;
SQL

# Each change is a transaction; after ;; stands what is dirty then, where that is asked for: metric, first day, days.
changes=0
while read -r line; do
    change=${line% ;; *} dirty=''
    [ "$change" = "$line" ] || dirty=${line##* ;; }
    sql -c 'SET client_min_messages = warning' -c "$change" >/dev/null || { echo "not ok: $change"; exit 1; }
    is "right after: ${change:0:100}" 'SELECT count(*) FROM difference' 0
    if [ "$dirty" != '' ]; then
        is "dirty: $dirty" "SELECT coalesce(string_agg(metric || ' ' || first_dirty || ' ' || dirty_days, ', '), 'nothing') FROM bulletin.refresh_status WHERE dirty_days > 0" "$dirty"
    fi
    changes=$((changes + 1))
done <<'LIST'
SELECT said(1, 'u5', 'http://id.tincanapi.com/verb/viewed', 'https://portal.example/course/3', 'http://adlnet.gov/expapi/activities/course', '2025-03-01T00:30:00+09:00') ;; course_clicks 2025-02-28 1
CALL edustats.refresh('bulletin') ;; nothing
SELECT said(2, 'mailto:u160@portal.example', 'http://adlnet.gov/expapi/verbs/terminated', 'https://portal.example/course/3', NULL, '2025-03-04T23:59:59.9999999+08:00', '{"duration": "PT1H2M3.5S"}') ;; learning 2025-03-05 1
SELECT said(3, 'u7', 'http://adlnet.gov/expapi/verbs/terminated', 'https://portal.example/course/3', NULL, '2025-03-06T10:00:00Z', '{"duration": "a while"}') ;; learning 2025-03-05 1
SELECT said(4, 'u7', 'http://adlnet.gov/expapi/verbs/completed', 'https://portal.example/course/3', 'http://adlnet.gov/expapi/activities/course', '2025-03-07T10:00:00Z') ;; learning 2025-03-05 1
CALL edustats.refresh('bulletin') ;; nothing
INSERT INTO statement SELECT md5('void again')::uuid, now(), jsonb_build_object('verb', '{"id": "http://adlnet.gov/expapi/verbs/voided"}'::jsonb, 'object', jsonb_build_object('objectType', 'StatementRef', 'id', md5('said 2')::uuid), 'timestamp', '2025-05-01T16:00:00Z')
SELECT said(5, 'u7', 'http://id.tincanapi.com/verb/replied', 'https://portal.example/topic/3', 'http://id.tincanapi.com/activitytype/discussion', '2025-03-08T10:00:00Z')
DELETE FROM statement WHERE id = md5('void again')::uuid
CALL edustats.refresh('bulletin') ;; nothing
INSERT INTO statement SELECT md5('void ' || i)::uuid, now(), jsonb_build_object('verb', '{"id": "http://adlnet.gov/expapi/verbs/voided"}'::jsonb, 'object', jsonb_build_object('objectType', 'StatementRef', 'id', md5('statement ' || i)::uuid), 'timestamp', '2025-05-01T16:00:00Z') FROM generate_series(6001, 6020) i
UPDATE statement SET payload = jsonb_set(payload, '{timestamp}', '"2025-03-15T09:00:00+08:00"') WHERE id IN (SELECT md5('statement ' || i)::uuid FROM generate_series(6101, 6120) i)
UPDATE statement SET payload = jsonb_set(payload, '{object,id}', '"https://portal.example/course/1"') WHERE id IN (SELECT md5('statement ' || i)::uuid FROM generate_series(6301, 6310) i)
UPDATE statement SET payload = jsonb_set(payload, '{actor}', '{"mbox": "mailto:u170@portal.example"}') WHERE id IN (SELECT md5('statement ' || i)::uuid FROM generate_series(6321, 6340) i)
UPDATE statement SET payload = jsonb_set(payload, '{verb,id}', '"http://id.tincanapi.com/verb/replied"') WHERE id IN (SELECT md5('statement ' || i)::uuid FROM generate_series(6341, 6350) i)
CALL edustats.refresh('bulletin') ;; nothing
UPDATE statement SET payload = payload - 'timestamp' WHERE id = md5('statement 6351')::uuid
UPDATE statement SET payload = jsonb_set(payload, '{result,duration}', '"PT10H"') WHERE id IN (SELECT md5('statement ' || i)::uuid FROM generate_series(6404, 6474, 10) i)
DELETE FROM statement WHERE id IN (SELECT md5('statement ' || i)::uuid FROM generate_series(6501, 6540) i)
DELETE FROM statement WHERE payload #>> '{verb,id}' = 'http://adlnet.gov/expapi/verbs/voided' AND payload #>> '{object,id}' IN (SELECT md5('statement ' || i * 100)::uuid::text FROM generate_series(60, 63) i)
CALL edustats.refresh('bulletin') ;; nothing
UPDATE portal_user SET payload = payload || '{"kind": "社区"}' WHERE actor = 'https://portal.example/u3'
UPDATE portal_user SET payload = payload - 'kind' WHERE actor = 'mailto:u161@portal.example'
UPDATE portal_user SET payload = payload || '{"issued": false}' WHERE actor = 'https://portal.example/u4'
CALL edustats.refresh('bulletin') ;; nothing
UPDATE portal_user SET payload = payload || '{"closed": "2025-04-20T10:00:00Z"}' WHERE actor IN ('https://portal.example/u13', 'https://portal.example/u14')
UPDATE portal_user SET payload = payload || '{"registered": "2025-02-20T10:00:00Z"}' WHERE actor IN ('https://portal.example/u15', 'https://portal.example/u16')
DELETE FROM portal_user WHERE actor = 'https://portal.example/u17'
INSERT INTO portal_user VALUES ('https://portal.example/u900', '{"name": "Late", "kind": "农村", "issued": true, "campus": "east", "registered": "2025-01-02T10:00:00Z", "licensed_from": "2025-01-02"}')
CALL edustats.refresh('bulletin') ;; nothing
UPDATE portal_user SET payload = payload || '{"campus": "south", "name": "Moved"}' WHERE actor = 'https://portal.example/u20'
CALL edustats.refresh('bulletin') ;; nothing
UPDATE portal_campus SET name = 'Far East' WHERE code = 'east' ;; nothing
INSERT INTO portal_campus VALUES ('west', 'West', 4) ;; nothing
DELETE FROM portal_campus WHERE code = 'north' ;; nothing
UPDATE activity SET payload = jsonb_set(payload, '{definition,name,en}', '"Beekeeping"') WHERE iri = 'https://portal.example/course/2' ;; nothing
UPDATE activity SET payload = jsonb_set(payload, '{definition,extensions,https://portal.example/ext/section}', '"https://portal.example/section/2"') WHERE iri LIKE '%/article/1%' ;; nothing
DELETE FROM activity WHERE iri IN ('https://portal.example/course/5', 'https://portal.example/topic/5', 'https://portal.example/blog/5', 'https://portal.example/section/1') ;; nothing
LIST
facts 'after the changes'

sql -c 'SET client_min_messages = warning' -c "SELECT said(6, 'u8', 'http://activitystrea.ms/schema/1.0/author', 'https://portal.example/blog/6', 'http://id.tincanapi.com/activitytype/blog', '2025-03-09T10:00:00Z')" \
    -c "CALL edustats.refresh('bulletin')" >/dev/null
is 'the refreshed bulletin is right' 'SELECT count(*) FROM difference' 0
is 'every metric is tracked still, and no day is dirty' \
    "SELECT string_agg(metric, ' ') FROM bulletin.refresh_status WHERE NOT tracked OR dirty_days > 0 OR failed_days > 0" ''
facts 'after the refresh'
dropdb -U postgres --force lrs
