-- Part of load.sql: courses and their clicks, columns and their visits, articles and their views.

-- Numbers follow the order of the files, which is that of the bulletin: it breaks ties.
INSERT INTO platform.course (course_id, title, category, producer)
SELECT c.course_id, c.course, c.category, coalesce(t.producer, c.producer)
FROM csv_invented_courses c
LEFT JOIN csv_table_6 t USING (course);

-- March's clicks by class of user. Tables 6 and 7 tell some, the file of courses what they leave open; what a course
-- of table 6 has beyond table 7's and the file's classes is of all other users.
INSERT INTO platform.course_click (member_id, course_id, clicked_at)
WITH told AS (
    SELECT i.course_id, t.clicks, coalesce(r.rural_clicks, i.rural_clicks) AS rural,
        coalesce(c.community_clicks, i.community_clicks) AS community, i.other_clicks AS other
    FROM csv_invented_courses i
    LEFT JOIN csv_table_6 t ON t.course = i.course
    LEFT JOIN csv_table_7 r ON r.rural_course = i.course
    LEFT JOIN csv_table_7 c ON c.community_course = i.course
),
click AS (
    SELECT t.course_id, v.class, k, t.course_id * 3 + v.n AS seed
    FROM told t
    CROSS JOIN LATERAL (VALUES (1, 'rural', t.rural), (2, 'community', t.community),
        (3, 'other', coalesce(t.other, t.clicks - t.rural - t.community))) AS v(n, class, clicks)
    CROSS JOIN generate_series(1, v.clicks) AS k
)
SELECT a.member_id, c.course_id, pg_temp.moment(m.starts, m.seconds, c.seed, c.k)
FROM click c
JOIN (SELECT class, count(*) AS members FROM active GROUP BY class) AS size USING (class)
-- every fifth of the others is a visitor, who is no member
LEFT JOIN active a ON a.class = c.class AND a.i = pg_temp.scatter(c.seed * 50021 + c.k, size.members)
    AND NOT (c.class = 'other' AND c.k % 5 = 0)
CROSS JOIN month m
WHERE m.month = 3
ORDER BY 3, 2, 1;

-- January and February: invented throughout.
INSERT INTO platform.course_click (member_id, course_id, clicked_at)
SELECT a.member_id, 1 + pg_temp.scatter(k * 13 + m.month, courses), pg_temp.moment(m.starts, m.seconds, 31 + m.month, k)
FROM month m
CROSS JOIN generate_series(1, 3000 * m.month) AS k
CROSS JOIN (SELECT count(*) AS courses FROM csv_invented_courses) AS c
CROSS JOIN (SELECT count(*) AS members FROM active WHERE class = 'rural') AS size
JOIN active a ON a.class = 'rural' AND a.i = pg_temp.scatter(k * 17 + m.month, size.members)
WHERE m.month < 3
ORDER BY 3, 2, 1;

INSERT INTO platform.site_column (column_id, name, medium)
SELECT column_id, column_name, medium FROM csv_invented_columns;

-- Visits of February and March. March's of the text columns are figure 2's.
CREATE TEMPORARY TABLE visits ON COMMIT DROP AS
SELECT c.column_id, c.medium, v.month, v.visits
FROM csv_invented_columns c
LEFT JOIN csv_figure_2 f USING (column_name)
CROSS JOIN LATERAL (VALUES (2, c.february), (3, coalesce(c.march, f.visits))) AS v(month, visits);

INSERT INTO platform.column_visit (column_id, visited_at)
SELECT v.column_id, pg_temp.moment(m.starts, m.seconds, v.column_id * 5 + v.month, k)
FROM visits v
JOIN month m USING (month)
CROSS JOIN generate_series(1, v.visits) AS k
ORDER BY 2, 1;

-- What a medium's columns had before February, shared out by what they have had since.
INSERT INTO platform.opening_balance (metric, key, amount)
SELECT 'column_visits', column_id, div(before * upto, whole) - div(before * (upto - visits), whole)
FROM (SELECT c.column_id, c.visits, s.exact - sum(c.visits) OVER medium AS before,
        sum(c.visits) OVER medium AS whole, sum(c.visits) OVER (PARTITION BY c.medium ORDER BY c.column_id) AS upto
    FROM (SELECT column_id, medium, sum(visits) AS visits FROM visits GROUP BY column_id, medium) AS c
    JOIN csv_sentences s ON s.metric = c.medium || '_visits_cumulative'
    WINDOW medium AS (PARTITION BY c.medium)) AS share;

INSERT INTO platform.article (article_id, title, column_id)
SELECT a.article_id, a.article, c.column_id
FROM csv_invented_articles a
JOIN csv_invented_columns c USING (column_name);

INSERT INTO platform.article_view (article_id, viewed_at)
SELECT a.article_id, pg_temp.moment(m.starts, m.seconds, a.article_id * 7 + m.month, k)
FROM csv_invented_articles a
LEFT JOIN csv_table_8 t USING (article)
CROSS JOIN LATERAL (VALUES (2, a.february), (3, coalesce(a.march, t.views))) AS v(month, views)
JOIN month m USING (month)
CROSS JOIN generate_series(1, v.views) AS k
ORDER BY 2, 1;
