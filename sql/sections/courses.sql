-- Section 3: courses. Clicks are counted by course and by class of user; a visit of a video column is another thing.

-- view course_month requires course_click
CREATE OR REPLACE VIEW course_month AS
SELECT t.month, t.org_type, e.key AS course_id, e.count AS clicks
FROM (
    SELECT m.month, c.org_type, edustats.rollup(m.tally) AS tally
    FROM (SELECT * FROM monthly WHERE metric = 'course_clicks') m
    JOIN edustats.class c ON c.class = m.class
    GROUP BY m.month, c.org_type) t
CROSS JOIN LATERAL edustats.each(t.tally) e;
COMMENT ON VIEW course_month IS 'Clicks by course and kind of organisation of who clicked.';
COMMENT ON COLUMN course_month.month IS 'First day of the month.';
COMMENT ON COLUMN course_month.org_type IS 'Kind of organisation; NULL for individual users and visitors.';
COMMENT ON COLUMN course_month.course_id IS 'The course; one that is no longer on file, too.';
COMMENT ON COLUMN course_month.clicks IS 'Number of clicks.';

-- view course_clicks requires course_click course
CREATE OR REPLACE VIEW course_clicks AS
SELECT m.month, c.title AS course, c.producer, c.category, m.org_type, m.clicks
FROM course_month m
LEFT JOIN course c ON c.course_id = m.course_id;
COMMENT ON VIEW course_clicks IS 'Clicks on courses in the month, by kind of organisation of who clicked.';
COMMENT ON COLUMN course_clicks.month IS 'First day of the month.';
COMMENT ON COLUMN course_clicks.course IS 'Title of the course; NULL for one that is no longer on file.';
COMMENT ON COLUMN course_clicks.producer IS 'Who produced it.';
COMMENT ON COLUMN course_clicks.category IS 'Category of the course.';
COMMENT ON COLUMN course_clicks.org_type IS 'Kind of organisation; NULL for individual users and visitors.';
COMMENT ON COLUMN course_clicks.clicks IS 'Number of clicks.';

-- view course_audience requires course_click
CREATE OR REPLACE VIEW course_audience AS
SELECT t.month, t.audience, e.key AS course_id, e.count AS clicks
FROM (
    SELECT m.month, a.audience, edustats.rollup(m.tally) AS tally
    FROM (SELECT * FROM monthly WHERE metric = 'course_clicks') m
    JOIN edustats.class c ON c.class = m.class
    JOIN (VALUES ('全部', NULL), ('农村', '农村'), ('社区', '社区')) a(audience, org_type)
        ON a.org_type IS NULL OR a.org_type = c.org_type
    GROUP BY m.month, a.audience) t
CROSS JOIN LATERAL edustats.each(t.tally) e;
COMMENT ON VIEW course_audience IS 'Clicks by course, of all users, of rural and of community users.';
COMMENT ON COLUMN course_audience.month IS 'First day of the month.';
COMMENT ON COLUMN course_audience.audience IS 'Whose clicks: of all, or of one kind of organisation.';
COMMENT ON COLUMN course_audience.course_id IS 'The course; one that is no longer on file, too.';
COMMENT ON COLUMN course_audience.clicks IS 'Number of clicks.';

-- view course_ranking requires course_click course
CREATE OR REPLACE VIEW course_ranking AS
SELECT m.month, m.audience, c.course_id, c.title AS course, c.producer, m.clicks,
       row_number() OVER (PARTITION BY m.month, m.audience ORDER BY m.clicks DESC, c.course_id) AS rank
FROM course_audience m
JOIN course c ON c.course_id = m.course_id;
COMMENT ON VIEW course_ranking IS 'Courses by clicks of all, of rural and of community users; of equals, the lower course_id first.';
COMMENT ON COLUMN course_ranking.month IS 'First day of the month.';
COMMENT ON COLUMN course_ranking.audience IS 'Whose clicks: of all, or of one kind of organisation.';
COMMENT ON COLUMN course_ranking.course_id IS 'The course.';
COMMENT ON COLUMN course_ranking.course IS 'Title of the course.';
COMMENT ON COLUMN course_ranking.producer IS 'Who produced it.';
COMMENT ON COLUMN course_ranking.clicks IS 'Number of clicks.';
COMMENT ON COLUMN course_ranking.rank IS 'Place by clicks, most first.';

-- view category_ranking requires course_click course
CREATE OR REPLACE VIEW category_ranking AS
SELECT m.month, m.audience, c.category, sum(m.clicks)::bigint AS clicks,
       row_number() OVER (PARTITION BY m.month, m.audience ORDER BY sum(m.clicks) DESC, c.category COLLATE "C") AS rank
FROM course_audience m
JOIN course c ON c.course_id = m.course_id
GROUP BY m.month, m.audience, c.category;
COMMENT ON VIEW category_ranking IS 'Categories of courses by clicks of all, of rural and of community users.';
COMMENT ON COLUMN category_ranking.month IS 'First day of the month.';
COMMENT ON COLUMN category_ranking.audience IS 'Whose clicks: of all, or of one kind of organisation.';
COMMENT ON COLUMN category_ranking.category IS 'Category of courses.';
COMMENT ON COLUMN category_ranking.clicks IS 'Number of clicks.';
COMMENT ON COLUMN category_ranking.rank IS 'Place by clicks, most first.';

-- view table_5 requires course_click course
CREATE OR REPLACE VIEW table_5 AS
SELECT month, rank, r.category AS rural_category, r.clicks AS rural_clicks,
       c.category AS community_category, c.clicks AS community_clicks
FROM (SELECT * FROM category_ranking WHERE audience = '农村' AND rank <= 5) r
FULL JOIN (SELECT * FROM category_ranking WHERE audience = '社区' AND rank <= 5) c USING (month, rank)
ORDER BY 1, 2;
COMMENT ON VIEW table_5 IS 'Table 5: the categories of courses that rural and community users clicked most.';
COMMENT ON COLUMN table_5.month IS 'First day of the month.';
COMMENT ON COLUMN table_5.rank IS 'Place by clicks.';
COMMENT ON COLUMN table_5.rural_category IS 'Category at this place with rural users; NULL if they clicked fewer.';
COMMENT ON COLUMN table_5.rural_clicks IS 'Clicks of rural users.';
COMMENT ON COLUMN table_5.community_category IS 'Category at this place with community users; NULL if they clicked fewer.';
COMMENT ON COLUMN table_5.community_clicks IS 'Clicks of community users.';

-- view table_6 requires course_click course
CREATE OR REPLACE VIEW table_6 AS
SELECT month, rank, course, producer, clicks FROM course_ranking WHERE audience = '全部' AND rank <= 10 ORDER BY 1, 2;
COMMENT ON VIEW table_6 IS 'Table 6: the courses that were clicked most.';
COMMENT ON COLUMN table_6.month IS 'First day of the month.';
COMMENT ON COLUMN table_6.rank IS 'Place by clicks.';
COMMENT ON COLUMN table_6.course IS 'Title of the course.';
COMMENT ON COLUMN table_6.producer IS 'Who produced it.';
COMMENT ON COLUMN table_6.clicks IS 'Number of clicks.';

-- view table_7 requires course_click course
CREATE OR REPLACE VIEW table_7 AS
SELECT month, rank, r.course AS rural_course, r.clicks AS rural_clicks, c.course AS community_course,
       c.clicks AS community_clicks
FROM (SELECT * FROM course_ranking WHERE audience = '农村' AND rank <= 10) r
FULL JOIN (SELECT * FROM course_ranking WHERE audience = '社区' AND rank <= 10) c USING (month, rank)
ORDER BY 1, 2;
COMMENT ON VIEW table_7 IS 'Table 7: the courses that rural and community users clicked most.';
COMMENT ON COLUMN table_7.month IS 'First day of the month.';
COMMENT ON COLUMN table_7.rank IS 'Place by clicks.';
COMMENT ON COLUMN table_7.rural_course IS 'Course at this place with rural users; NULL if they clicked fewer.';
COMMENT ON COLUMN table_7.rural_clicks IS 'Clicks of rural users.';
COMMENT ON COLUMN table_7.community_course IS 'Course at this place with community users; NULL if they clicked fewer.';
COMMENT ON COLUMN table_7.community_clicks IS 'Clicks of community users.';

-- view figure_1 requires course_click course
CREATE OR REPLACE VIEW figure_1 AS
SELECT month, rank, category, clicks FROM category_ranking WHERE audience = '全部' AND rank <= 10 ORDER BY 1, 2;
COMMENT ON VIEW figure_1 IS 'Figure 1: the categories of courses that were clicked most.';
COMMENT ON COLUMN figure_1.month IS 'First day of the month.';
COMMENT ON COLUMN figure_1.rank IS 'Place by clicks.';
COMMENT ON COLUMN figure_1.category IS 'Category of courses.';
COMMENT ON COLUMN figure_1.clicks IS 'Number of clicks.';

-- view narrative_courses requires course_click course
CREATE OR REPLACE VIEW narrative_courses AS
SELECT m.month, 3 AS section, p.paragraph, p.text
FROM calendar m
CROSS JOIN LATERAL (
    SELECT edustats.list_text(array_agg(format('%s类%s次', f.category, f.clicks) ORDER BY f.rank)) AS categories
    FROM figure_1 f WHERE f.month = m.month AND f.rank <= 5) f
CROSS JOIN LATERAL (
    SELECT max(c.rural_category) AS rural, max(c.community_category) AS community
    FROM table_5 c WHERE c.month = m.month AND c.rank = 1) c
CROSS JOIN LATERAL (
    SELECT array_agg(edustats.title_text(t.course) || '（' || t.producer || '制作）' ORDER BY t.rank)
               FILTER (WHERE t.clicks = t.most) AS first, max(t.most) AS clicks
    FROM (SELECT x.*, max(x.clicks) OVER () AS most FROM table_6 x WHERE x.month = m.month) t) t
CROSS JOIN LATERAL (
    -- What an audience likes besides what everybody does.
    SELECT edustats.list_text(array_agg(edustats.title_text(r.course) ORDER BY r.rank) FILTER (WHERE r.audience = '农村')) AS rural,
           edustats.list_text(array_agg(edustats.title_text(r.course) ORDER BY r.rank) FILTER (WHERE r.audience = '社区')) AS community
    FROM (SELECT x.audience, x.course, x.rank, row_number() OVER (PARTITION BY x.audience ORDER BY x.rank) AS place
          FROM course_ranking x
          WHERE x.month = m.month AND x.audience IN ('农村', '社区')
            AND NOT EXISTS (SELECT FROM course_ranking a
                            WHERE a.month = m.month AND a.audience = '全部' AND a.rank = 1 AND a.course_id = x.course_id)) r
    WHERE r.place <= 2) r
CROSS JOIN LATERAL (VALUES
    (2, CASE WHEN f.categories IS NULL THEN '本月没有视频课程点播记录。'
             ELSE format('从课程类别看，点播次数居前的是%s。', f.categories)
                  || CASE WHEN c.rural = c.community THEN format('农村用户和社区用户点播最多的都是%s类课程。', c.rural)
                          ELSE coalesce(nullif(concat_ws('，', '农村用户点播最多的是' || c.rural || '类课程',
                                                         '社区用户点播最多的是' || c.community || '类课程'), '') || '。', '') END END),
    (3, '本月视频课程中，' || edustats.first_text(t.first, t.clicks || '次') || '。'
        || coalesce('除点播最多的课程外，' || nullif(concat_ws('，', '农村用户较关注' || r.rural, '社区用户较关注' || r.community), '')
                    || '。', ''))
) p(paragraph, text)
WHERE p.text IS NOT NULL;
COMMENT ON VIEW narrative_courses IS 'The sentences of section 3 about courses.';
