-- Checks the rows that load.sql made against the published figures, in plain SQL on the platform's tables alone: every
-- table, every figure, every sentence. Says nothing when all is well, and otherwise fails and tells what differs.
-- Included with \ir, from anywhere (see csv.sql). Nothing is left behind but the csv_… tables.
\set ON_ERROR_STOP on
\set check_quiet :QUIET
\set QUIET on
\encoding UTF8
\ir csv.sql

BEGIN;
SET LOCAL search_path TO platform, pg_catalog, pg_temp;

-- 1. What the rows say. Each of these is compared with the CSV file of its name, keys and figures, row by row.

CREATE TEMPORARY VIEW open_member AS
SELECT * FROM member
WHERE registered_at < timestamptz '2015-04-01 00:00:00+08'
    AND (closed_at IS NULL OR closed_at >= timestamptz '2015-04-01 00:00:00+08');

CREATE TEMPORARY VIEW got_table_1 AS
SELECT CASE WHEN org_type IS NULL THEN '个人用户' ELSE '集体用户' END AS audience, org_type,
    CASE WHEN allocated THEN '站点用户' WHEN org_type <> '高校' THEN '非站点用户' END AS account, count(*) AS users
FROM open_member
GROUP BY 1, 2, 3
UNION ALL
SELECT '合计', NULL, NULL, count(*) FROM open_member;

CREATE TEMPORARY TABLE station ON COMMIT DROP AS
SELECT m.member_id, m.name, d.position, d.name AS district, m.org_type, coalesce(l.seconds, 0) AS seconds,
    EXISTS (SELECT FROM station_fitness f WHERE f.member_id = m.member_id AND f.fit_from <= date '2015-03-31'
        AND (f.fit_until IS NULL OR f.fit_until > date '2015-03-31')) AS fit
FROM open_member m
JOIN district d USING (district_id)
LEFT JOIN (SELECT member_id, sum(seconds) AS seconds
    FROM learning_session
    WHERE started_at >= timestamptz '2015-03-01 00:00:00+08' AND started_at < timestamptz '2015-04-01 00:00:00+08'
    GROUP BY member_id) AS l USING (member_id)
WHERE m.allocated;

CREATE TEMPORARY VIEW cell AS
SELECT position, district, org_type, count(*) AS stations, sum(seconds) AS seconds,
    round(sum(seconds) / 3600, 2) AS hours,
    count(*) FILTER (WHERE fit AND seconds > 0) AS attended, count(*) FILTER (WHERE fit) AS expected
FROM station
GROUP BY position, district, org_type;

CREATE TEMPORARY VIEW got_table_2 (row, district, rural, community, agency, soe, new_org, total) AS
SELECT coalesce(position, 17), coalesce(district, '合计'), sum(hours) FILTER (WHERE org_type = '农村'),
    sum(hours) FILTER (WHERE org_type = '社区'), sum(hours) FILTER (WHERE org_type = '机关事业单位'),
    sum(hours) FILTER (WHERE org_type = '国企'), sum(hours) FILTER (WHERE org_type = '“两新”组织'), sum(hours)
FROM cell
GROUP BY GROUPING SETS ((position, district), ());

CREATE TEMPORARY VIEW got_table_3 AS
WITH side AS (
    SELECT position, district, org_type, sum(attended)::bigint AS attended, sum(expected)::bigint AS expected
    FROM cell
    WHERE org_type IN ('农村', '社区')
    GROUP BY GROUPING SETS ((position, district, org_type), (org_type))
)
SELECT coalesce(c.position, 17) AS row, coalesce(c.district, '合计') AS district, r.attended AS rural_attended,
    r.expected - r.attended AS rural_absent, r.expected AS rural_expected,
    round(r.attended * 100.0 / r.expected, 2) AS rural_rate, c.attended AS community_attended,
    c.expected - c.attended AS community_absent, c.expected AS community_expected,
    round(c.attended * 100.0 / c.expected, 2) AS community_rate
FROM (SELECT * FROM side WHERE org_type = '社区') AS c
LEFT JOIN (SELECT * FROM side WHERE org_type = '农村') AS r ON r.position IS NOT DISTINCT FROM c.position;

CREATE TEMPORARY VIEW got_table_4 AS
SELECT row_number() OVER (ORDER BY seconds DESC, member_id) AS rank, name, round(seconds / 3600, 2)
FROM station
ORDER BY 1
LIMIT 10;

CREATE TEMPORARY VIEW click AS
SELECT c.course_id, c.title, c.category, c.producer, m.org_type
FROM course_click k
JOIN course c USING (course_id)
LEFT JOIN member m USING (member_id)
WHERE k.clicked_at >= timestamptz '2015-03-01 00:00:00+08' AND k.clicked_at < timestamptz '2015-04-01 00:00:00+08';

CREATE TEMPORARY VIEW category_rank AS
SELECT org_type, category, count(*) AS clicks,
    row_number() OVER (PARTITION BY org_type ORDER BY count(*) DESC, min(course_id)) AS rank
FROM click
GROUP BY org_type, category;

CREATE TEMPORARY VIEW got_table_5 AS
SELECT rank, r.category AS rural_category, r.clicks AS rural_clicks, c.category AS community_category,
    c.clicks AS community_clicks
FROM (SELECT * FROM category_rank WHERE org_type = '农村') AS r
JOIN (SELECT * FROM category_rank WHERE org_type = '社区') AS c USING (rank)
WHERE rank <= 5;

CREATE TEMPORARY VIEW got_table_6 AS
SELECT row_number() OVER (ORDER BY count(*) DESC, course_id) AS rank, title, producer, count(*)
FROM click
GROUP BY course_id, title, producer
ORDER BY 1
LIMIT 10;

CREATE TEMPORARY VIEW course_rank AS
SELECT org_type, title, count(*) AS clicks,
    row_number() OVER (PARTITION BY org_type ORDER BY count(*) DESC, course_id) AS rank
FROM click
GROUP BY org_type, course_id, title;

CREATE TEMPORARY VIEW got_table_7 AS
SELECT rank, r.title AS rural_course, r.clicks AS rural_clicks, c.title AS community_course,
    c.clicks AS community_clicks
FROM (SELECT * FROM course_rank WHERE org_type = '农村') AS r
JOIN (SELECT * FROM course_rank WHERE org_type = '社区') AS c USING (rank)
WHERE rank <= 10;

CREATE TEMPORARY VIEW got_table_8 AS
SELECT row_number() OVER (ORDER BY count(*) DESC, article_id) AS rank, a.title, c.name, count(*)
FROM article_view v
JOIN article a USING (article_id)
JOIN site_column c USING (column_id)
WHERE v.viewed_at >= timestamptz '2015-03-01 00:00:00+08' AND v.viewed_at < timestamptz '2015-04-01 00:00:00+08'
GROUP BY article_id, a.title, c.name
ORDER BY 1
LIMIT 10;

CREATE TEMPORARY VIEW got_table_9 AS
SELECT row_number() OVER (ORDER BY count(*) DESC, topic_id) AS rank, t.title, count(*)
FROM topic_view v
JOIN topic t USING (topic_id)
WHERE v.viewed_at >= timestamptz '2015-03-01 00:00:00+08' AND v.viewed_at < timestamptz '2015-04-01 00:00:00+08'
GROUP BY topic_id, t.title
ORDER BY 1
LIMIT 5;

CREATE TEMPORARY VIEW got_figure_1 AS
SELECT row_number() OVER (ORDER BY count(*) DESC) AS rank, category, count(*) FROM click GROUP BY category;

CREATE TEMPORARY VIEW got_figure_2 AS
SELECT row_number() OVER (ORDER BY count(*) DESC) AS rank, c.name, count(*)
FROM column_visit v
JOIN site_column c USING (column_id)
WHERE c.medium = 'text'
    AND v.visited_at >= timestamptz '2015-03-01 00:00:00+08' AND v.visited_at < timestamptz '2015-04-01 00:00:00+08'
GROUP BY column_id, c.name;

CREATE TEMPORARY VIEW got_figure_3 AS
SELECT row_number() OVER (ORDER BY count(*) DESC) AS rank, b.category, count(*)
FROM blog_post p
JOIN blog b USING (blog_id)
WHERE p.posted_at >= timestamptz '2015-03-01 00:00:00+08' AND p.posted_at < timestamptz '2015-04-01 00:00:00+08'
GROUP BY b.category;

CREATE TEMPORARY VIEW got_figure_4 AS
SELECT row_number() OVER (ORDER BY count(*) DESC) AS rank, d.name, count(*)
FROM blog_post p
JOIN blog b USING (blog_id)
JOIN member m USING (member_id)
JOIN district d USING (district_id)
WHERE p.posted_at >= timestamptz '2015-01-01 00:00:00+08' AND p.posted_at < timestamptz '2015-04-01 00:00:00+08'
GROUP BY d.name;

CREATE TEMPORARY VIEW got_figure_5 AS
SELECT row_number() OVER (ORDER BY count(*) DESC) AS rank, t.title, count(*)
FROM village_post p
JOIN village_topic t USING (topic_id)
WHERE p.posted_at >= timestamptz '2015-03-01 00:00:00+08' AND p.posted_at < timestamptz '2015-04-01 00:00:00+08'
GROUP BY topic_id, t.title;

-- 2. The sentences: whole figures in the unit of column exact, or percent. Where a sentence lists the foremost, only
-- the foremost are listed here too, so that a wrong one shows as well as a wrong figure.

CREATE TEMPORARY VIEW february_station_hours AS
SELECT round(sum(s.seconds) / 3600, 2) AS hours
FROM learning_session s
JOIN member m USING (member_id)
WHERE m.allocated
    AND s.started_at >= timestamptz '2015-02-01 00:00:00+08' AND s.started_at < timestamptz '2015-03-01 00:00:00+08';

CREATE TEMPORARY VIEW visit_month AS
SELECT c.medium, count(*) FILTER (WHERE v.visited_at >= timestamptz '2015-03-01 00:00:00+08') AS march,
    count(*) FILTER (WHERE v.visited_at < timestamptz '2015-03-01 00:00:00+08') AS february,
    count(*) + (SELECT sum(o.amount) FROM opening_balance o JOIN site_column k ON k.column_id = o.key
        WHERE o.metric = 'column_visits' AND k.medium = c.medium) AS cumulative
FROM column_visit v
JOIN site_column c USING (column_id)
WHERE v.visited_at >= timestamptz '2015-02-01 00:00:00+08' AND v.visited_at < timestamptz '2015-04-01 00:00:00+08'
GROUP BY c.medium;

CREATE TEMPORARY VIEW forum AS
SELECT d.name AS district, count(*) AS posts
FROM forum_post p
LEFT JOIN member m USING (member_id)
LEFT JOIN district d USING (district_id)
WHERE p.posted_at >= timestamptz '2015-03-01 00:00:00+08' AND p.posted_at < timestamptz '2015-04-01 00:00:00+08'
GROUP BY d.name;

CREATE TEMPORARY VIEW blogs AS
SELECT d.name AS district, count(*) AS posts
FROM blog_post p
LEFT JOIN blog b USING (blog_id)
LEFT JOIN member m USING (member_id)
LEFT JOIN district d USING (district_id)
WHERE p.posted_at >= timestamptz '2015-03-01 00:00:00+08' AND p.posted_at < timestamptz '2015-04-01 00:00:00+08'
GROUP BY d.name;

CREATE TEMPORARY VIEW got_sentences (metric, item, value) AS
SELECT 'users', '合计', count(*)::numeric FROM open_member
UNION ALL
SELECT 'users', CASE WHEN org_type IS NULL THEN '个人用户' ELSE '集体用户' END, count(*) FROM open_member GROUP BY 2
UNION ALL
SELECT 'users', org_type, count(*) FROM open_member WHERE org_type IN ('农村', '社区', '机关事业单位') GROUP BY 2
UNION ALL
SELECT 'users_share', org_type, count(*) * 100.0 / (SELECT count(*) FROM open_member WHERE org_type IS NOT NULL)
FROM open_member WHERE org_type IN ('农村', '社区', '机关事业单位') GROUP BY 2
UNION ALL
SELECT 'users_growth', NULL, (now_open - before) * 100.0 / before
FROM (SELECT (SELECT count(*) FROM open_member) AS now_open, count(*) AS before
    FROM member
    WHERE registered_at < timestamptz '2015-03-01 00:00:00+08'
        AND (closed_at IS NULL OR closed_at >= timestamptz '2015-03-01 00:00:00+08')) AS u
UNION ALL
SELECT 'stations', coalesce(org_type, '合计'), count(*)
FROM open_member WHERE allocated GROUP BY GROUPING SETS ((org_type), ())
UNION ALL
SELECT 'new_users', CASE WHEN grouping(allocated) = 1 THEN '合计' WHEN allocated THEN '站点分配' ELSE '自行注册' END, count(*)
FROM member
WHERE registered_at >= timestamptz '2015-03-01 00:00:00+08' AND registered_at < timestamptz '2015-04-01 00:00:00+08'
GROUP BY GROUPING SETS ((allocated), ())
UNION ALL
SELECT 'hours_cumulative', NULL,
    ((SELECT amount FROM opening_balance WHERE metric = 'learning' AND key = 0) + sum(s.seconds)) / 3600
FROM learning_session s JOIN member m USING (member_id)
WHERE m.allocated AND s.started_at < timestamptz '2015-04-01 00:00:00+08'
UNION ALL
SELECT 'hours', '合计', sum(hours) FROM cell
UNION ALL
SELECT 'hours_growth', NULL, sum(hours) / (SELECT hours FROM february_station_hours) - 1 FROM cell
UNION ALL
SELECT 'hours', kind, sum(hours) FROM (SELECT CASE WHEN org_type IN ('农村', '社区') THEN org_type
    ELSE '机关事业单位、国企和“两新”组织' END AS kind, hours FROM cell) AS k GROUP BY kind
UNION ALL
SELECT 'hours_share', kind, sum(hours) * 100 / (SELECT sum(hours) FROM cell) FROM (SELECT CASE
    WHEN org_type IN ('农村', '社区') THEN org_type ELSE '机关事业单位、国企和“两新”组织' END AS kind, hours FROM cell) AS k
GROUP BY kind
UNION ALL
SELECT 'hours_january', NULL, sum(s.seconds) / 3600
FROM learning_session s JOIN member m USING (member_id)
WHERE m.allocated AND s.started_at < timestamptz '2015-02-01 00:00:00+08'
UNION ALL
SELECT 'hours_february', NULL, hours FROM february_station_hours
UNION ALL
(SELECT 'hours_district', district, sum(hours) FROM cell GROUP BY district ORDER BY 3 DESC LIMIT 5)
UNION ALL
(SELECT 'rate_rural', district, attended * 100.0 / expected FROM cell WHERE org_type = '农村' ORDER BY 3 DESC LIMIT 3)
UNION ALL
(SELECT 'rate_community', district, attended * 100.0 / expected FROM cell WHERE org_type = '社区' ORDER BY 3 DESC LIMIT 3)
UNION ALL
(SELECT 'hours_station', name, seconds / 3600 FROM station ORDER BY seconds DESC LIMIT 3)
UNION ALL
SELECT medium || '_visits_cumulative', NULL, cumulative FROM visit_month
UNION ALL
SELECT medium || '_visits', NULL, march FROM visit_month
UNION ALL
SELECT 'video_visits_growth', NULL, (march - february) * 100.0 / february FROM visit_month WHERE medium = 'video'
UNION ALL
(SELECT 'course_clicks_category', category, count(*) FROM click GROUP BY category ORDER BY 3 DESC LIMIT 5)
UNION ALL
(SELECT 'course_clicks', title, count(*) FROM click GROUP BY title ORDER BY 3 DESC LIMIT 1)
UNION ALL
(SELECT 'text_visits_column', name, count FROM got_figure_2 WHERE rank <= 3)
UNION ALL
(SELECT 'article_views', title, count FROM got_table_8 WHERE rank = 1)
UNION ALL
SELECT 'forum_posts', '合计', sum(posts) FROM forum
UNION ALL
(SELECT 'forum_posts', district, posts FROM forum ORDER BY posts DESC LIMIT 3)
UNION ALL
SELECT 'topic_views_growth', NULL, (march - february) * 100.0 / february
FROM (SELECT count(*) FILTER (WHERE viewed_at >= timestamptz '2015-03-01 00:00:00+08') AS march,
        count(*) FILTER (WHERE viewed_at < timestamptz '2015-03-01 00:00:00+08') AS february
    FROM topic_view
    WHERE viewed_at >= timestamptz '2015-02-01 00:00:00+08' AND viewed_at < timestamptz '2015-04-01 00:00:00+08') AS t
UNION ALL
(SELECT 'board_most_viewed', t.board, count(*)
FROM topic_view v JOIN topic t USING (topic_id)
WHERE v.viewed_at >= timestamptz '2015-03-01 00:00:00+08' AND v.viewed_at < timestamptz '2015-04-01 00:00:00+08'
GROUP BY t.board ORDER BY 3 DESC LIMIT 1)
UNION ALL
SELECT 'blog_posts', '合计', sum(posts) FROM blogs
UNION ALL
(SELECT 'blog_posts', district, posts FROM blogs ORDER BY posts DESC LIMIT 3)
UNION ALL
SELECT 'village_participants', NULL, count(*) FROM village_participant
WHERE joined_at < timestamptz '2015-04-01 00:00:00+08'
UNION ALL
SELECT 'village_participants_new', NULL, count(*) FROM village_participant
WHERE joined_at >= timestamptz '2015-03-01 00:00:00+08' AND joined_at < timestamptz '2015-04-01 00:00:00+08'
UNION ALL
SELECT 'village_posts_cumulative', NULL,
    count(*) + (SELECT amount FROM opening_balance WHERE metric = 'village_posts' AND key = 0)
FROM village_post WHERE posted_at < timestamptz '2015-04-01 00:00:00+08'
UNION ALL
SELECT CASE WHEN posted_at < timestamptz '2015-02-01 00:00:00+08' THEN 'village_posts_january'
    WHEN posted_at < timestamptz '2015-03-01 00:00:00+08' THEN 'village_posts_february' ELSE 'village_posts' END,
    NULL, count(*)
FROM village_post WHERE posted_at < timestamptz '2015-04-01 00:00:00+08' GROUP BY 1
UNION ALL
SELECT 'reports_quarter', coalesce(d.name, '合计'), count(*)
FROM report r LEFT JOIN district d USING (district_id)
WHERE r.reported_at >= timestamptz '2015-01-01 00:00:00+08' AND r.reported_at < timestamptz '2015-04-01 00:00:00+08'
GROUP BY GROUPING SETS ((d.name), ());

-- 3. The comparison.

CREATE TEMPORARY TABLE difference (what text, rows_say text, bulletin_says text) ON COMMIT DROP;

DO $compare$
DECLARE
    part record;
BEGIN
    FOR part IN
        SELECT c.relname AS csv, g.relname AS got, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS columns
        FROM pg_class c
        JOIN pg_class g ON g.relname = 'got' || substr(c.relname, 4) AND g.relnamespace = pg_my_temp_schema()
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        WHERE c.relnamespace = pg_my_temp_schema() AND c.relname ~ '^csv_(table|figure)_[0-9]$'
            AND a.attname <> 'invented' AND NOT (c.relname = 'csv_table_1' AND a.attname = 'row')
        GROUP BY c.relname, g.relname
    LOOP
        EXECUTE format($sql$
            INSERT INTO difference
            SELECT %2$L, d::text, NULL FROM (TABLE %2$I EXCEPT ALL SELECT %3$s FROM %1$I) AS d
            UNION ALL
            SELECT %2$L, NULL, d::text FROM (SELECT %3$s FROM %1$I EXCEPT ALL TABLE %2$I) AS d
            $sql$, part.csv, part.got, part.columns);
    END LOOP;
END
$compare$;

-- The published figure is the value in its unit, rounded to as many decimals as are printed.
INSERT INTO difference
SELECT concat_ws(' ', 'sentence', coalesce(s.metric, g.metric), coalesce(s.item, g.item)), g.value::text,
    concat_ws(' = ', s.published, s.exact)
FROM csv_sentences s
FULL JOIN got_sentences g ON (g.metric, coalesce(g.item, '')) = (s.metric, coalesce(s.item, ''))
WHERE s.metric IS NULL OR g.value IS NULL
    OR s.exact <> CASE s.unit WHEN '%' THEN round(g.value, 2) ELSE g.value END
    OR s.published <> round(g.value / CASE WHEN s.unit LIKE '万%' THEN 10000 ELSE 1 END, scale(s.published));

-- 4. What no figure shows and the fixture promises.

INSERT INTO difference
SELECT what, held_text, 'true'
FROM (VALUES
    ('all nine tables and five figures were compared', (SELECT count(*) = 14 FROM pg_class
        WHERE relnamespace = pg_my_temp_schema() AND relname ~ '^got_(table|figure)_')),
    ('learning grew by 110.00 %', (SELECT round((sum(c.hours) / f.hours - 1) * 100, 2) = 110.00
        FROM cell c, february_station_hours f GROUP BY f.hours)),
    ('so with February''s hours summed from rounded cells', (
        SELECT round((sum(c.hours) / f.hours - 1) * 100, 2) = 110.00
        FROM cell c, (SELECT sum(hours) AS hours FROM (SELECT round(sum(s.seconds) / 3600, 2) AS hours
            FROM learning_session s JOIN member m USING (member_id)
            WHERE m.allocated AND s.started_at >= timestamptz '2015-02-01 00:00:00+08'
                AND s.started_at < timestamptz '2015-03-01 00:00:00+08'
            GROUP BY m.district_id, m.org_type) AS r) AS f
        GROUP BY f.hours)),
    ('topic views grew by 1 to 3 %', (
        SELECT value BETWEEN 1 AND 3 FROM got_sentences WHERE metric = 'topic_views_growth')),
    ('a cell''s seconds are whole hundredths of an hour', (SELECT bool_and(seconds % 36 = 0) FROM cell)),
    ('the ten named stations have whole hundredths too', (SELECT bool_and(s.seconds = t.hours * 3600)
        FROM csv_table_4 t LEFT JOIN station s ON s.name = t.station)),
    ('the eleventh station is below the tenth', (SELECT count(*) = 10 FROM station
        WHERE seconds >= (SELECT min(hours) * 3600 FROM csv_table_4))),
    ('station names are unique', (SELECT count(DISTINCT name) = 7250 FROM open_member WHERE allocated)),
    ('the eleventh course is below the tenth', (SELECT count(*) = 10
        FROM (SELECT count(*) AS n FROM click GROUP BY course_id) AS c
        WHERE n >= (SELECT min(clicks) FROM csv_table_6))),
    ('so among rural users', (SELECT count(*) = 10 FROM course_rank
        WHERE org_type = '农村' AND clicks >= (SELECT min(rural_clicks) FROM csv_table_7))),
    ('so among community users', (SELECT count(*) = 10 FROM course_rank
        WHERE org_type = '社区' AND clicks >= (SELECT min(community_clicks) FROM csv_table_7))),
    ('so the categories of rural users', (SELECT count(*) = 5 FROM category_rank
        WHERE org_type = '农村' AND clicks >= (SELECT min(rural_clicks) FROM csv_table_5))),
    ('so the categories of community users', (SELECT count(*) = 5 FROM category_rank
        WHERE org_type = '社区' AND clicks >= (SELECT min(community_clicks) FROM csv_table_5))),
    ('the tie of table 8 stands in the order of ids', (SELECT count(*) = 1 FROM article a JOIN article b
        ON b.article_id > a.article_id
        JOIN csv_table_8 s ON s.article = a.title JOIN csv_table_8 t ON t.article = b.title
        WHERE s.views = t.views AND s.rank < t.rank)),
    ('accounts that were closed before March', (SELECT count(*) = 12 FROM member
        WHERE closed_at < timestamptz '2015-03-01 00:00:00+08')),
    ('nobody else was closed', (SELECT count(*) = 12 FROM member WHERE closed_at IS NOT NULL)),
    ('stations unfit now, all neither rural nor community', (SELECT count(*) > 10
        AND bool_and(org_type NOT IN ('农村', '社区')) FROM station WHERE NOT fit)),
    ('one of them learned', (SELECT bool_or(seconds > 0) FROM station WHERE NOT fit)),
    ('a few agencies are unfit, not most', (SELECT count(*) FILTER (WHERE NOT fit) < count(*) / 5 FROM station
        WHERE org_type = '机关事业单位')),
    ('learning of others than stations', (SELECT count(*) > 500 FROM learning_session
        WHERE started_at >= timestamptz '2015-03-01 00:00:00+08'
            AND member_id NOT IN (SELECT member_id FROM member WHERE allocated))),
    ('sessions of no length', (SELECT count(*) > 20 FROM learning_session WHERE seconds = 0)),
    ('stations learned on several days', (SELECT avg(days) > 2 FROM (
        SELECT count(DISTINCT (started_at AT TIME ZONE 'Asia/Shanghai')::date) AS days FROM learning_session
        WHERE started_at >= timestamptz '2015-03-01 00:00:00+08' AND seconds > 0 GROUP BY member_id) AS d)),
    ('clicks of visitors', (SELECT count(*) > 100 FROM course_click WHERE member_id IS NULL)),
    ('nobody learns, clicks or posts before he is registered', NOT EXISTS (
        SELECT FROM member m JOIN (SELECT member_id, started_at AS happened_at FROM learning_session UNION ALL
            SELECT member_id, clicked_at FROM course_click UNION ALL
            SELECT member_id, posted_at FROM forum_post UNION ALL
            SELECT b.member_id, posted_at FROM blog_post JOIN blog b USING (blog_id) UNION ALL
            SELECT member_id, joined_at FROM village_participant) AS e USING (member_id)
        WHERE e.happened_at < m.registered_at OR e.happened_at > m.closed_at)),
    ('participants are members', NOT EXISTS (SELECT FROM village_participant p
        WHERE NOT EXISTS (SELECT FROM open_member m WHERE m.member_id = p.member_id))),
    ('opening balances', (SELECT count(*) = 15 AND count(*) FILTER (WHERE metric = 'column_visits') = 13
        FROM opening_balance WHERE metric IN ('learning', 'column_visits', 'village_posts')))
    ) AS promise(what, held),
    LATERAL (SELECT coalesce(held::text, 'null')) AS t(held_text)
WHERE held IS NOT TRUE;

-- Every kind of event has rows in the first and the last second of March and in the last of the month before, so that
-- a wrong time zone or a wrong bound shows, and none later.
INSERT INTO difference
SELECT kind || ': rows at the bounds of March', concat_ws(', ', "first", "last", before, later), 'all but the last > 0'
FROM (SELECT kind, count(*) FILTER (WHERE happened_at = timestamptz '2015-03-01 00:00:00+08') AS "first",
        count(*) FILTER (WHERE happened_at = timestamptz '2015-03-31 23:59:59+08') AS "last",
        count(*) FILTER (WHERE happened_at = timestamptz '2015-02-28 23:59:59+08') AS before,
        count(*) FILTER (WHERE happened_at >= timestamptz '2015-04-01 00:00:00+08') AS later
    FROM (SELECT 'learning' AS kind, s.started_at AS happened_at
        FROM learning_session s JOIN member USING (member_id) WHERE allocated
        UNION ALL SELECT 'member', registered_at FROM member
        UNION ALL SELECT 'course click', clicked_at FROM course_click
        UNION ALL SELECT 'column visit', visited_at FROM column_visit
        UNION ALL SELECT 'article view', viewed_at FROM article_view
        UNION ALL SELECT 'forum post', posted_at FROM forum_post
        UNION ALL SELECT 'topic view', viewed_at FROM topic_view
        UNION ALL SELECT 'blog post', posted_at FROM blog_post
        UNION ALL SELECT 'village post', posted_at FROM village_post) AS event
    GROUP BY kind) AS e
WHERE "first" = 0 OR "last" = 0 OR before = 0 OR later > 0;

DO $verdict$
DECLARE
    differences bigint := (SELECT count(*) FROM difference);
BEGIN
    IF differences > 0 THEN
        RAISE EXCEPTION 'march_2015: % differences between the rows and the bulletin', differences
            USING DETAIL = (
                SELECT string_agg(format('%s: rows say %s, bulletin says %s', what, rows_say, bulletin_says), E'\n')
                FROM (SELECT * FROM difference ORDER BY what LIMIT 20) AS d);
    END IF;
END
$verdict$;

ROLLBACK;
\set QUIET :check_quiet
