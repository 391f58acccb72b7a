-- Section 3: courses. Clicks are counted by course and by class of user; a visit of a video column is another thing.

-- data course_month requires course_click
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

-- kept course_audience requires course_click
CREATE OR REPLACE VIEW course_audience_computed AS
SELECT t.month, a.audience, a.tally
FROM (SELECT m.month, edustats.rollup(m.tally) AS everybody,
             edustats.rollup(m.tally) FILTER (WHERE c.org_type = '农村') AS rural,
             edustats.rollup(m.tally) FILTER (WHERE c.org_type = '社区') AS community
      FROM monthly m
      JOIN edustats.class c ON c.class = m.class
      WHERE m.metric = 'course_clicks'
      GROUP BY m.month) t
CROSS JOIN LATERAL (VALUES ('全部', t.everybody), ('农村', t.rural), ('社区', t.community)) a(audience, tally);
COMMENT ON VIEW course_audience_computed IS 'Clicks on courses, of all users, of rural and of community users.';
COMMENT ON COLUMN course_audience_computed.month IS 'First day of the month.';
COMMENT ON COLUMN course_audience_computed.audience IS 'Whose clicks: of all, or of one kind of organisation.';
COMMENT ON COLUMN course_audience_computed.tally IS 'Clicks by course_id; NULL where the audience clicked nothing.';

-- data course_top requires course_click course
CREATE OR REPLACE VIEW course_top AS
SELECT a.month, a.audience, t.key AS course_id, edustats.name_text(c.title) AS course,
       edustats.named(c.producer) AS producer, t.count AS clicks, t.rank
FROM course_audience a
CROSS JOIN LATERAL edustats.top(a.tally, 10) t
LEFT JOIN course c ON c.course_id = t.key;
COMMENT ON VIEW course_top IS
    'The ten courses with most clicks of all, of rural and of community users; of equals, the lower course_id first.';
COMMENT ON COLUMN course_top.month IS 'First day of the month.';
COMMENT ON COLUMN course_top.audience IS 'Whose clicks: of all, or of one kind of organisation.';
COMMENT ON COLUMN course_top.course_id IS 'The course; one that is no longer on file, too.';
COMMENT ON COLUMN course_top.course IS 'Title of the course, or words for one that is not known.';
COMMENT ON COLUMN course_top.producer IS 'Who produced it; NULL where nobody knows.';
COMMENT ON COLUMN course_top.clicks IS 'Number of clicks.';
COMMENT ON COLUMN course_top.rank IS 'Place by clicks, most first.';

-- A category is the set of its courses: a tally, with which the clicks on them are picked out. What was clicked besides are
-- others, as are courses without a category.

-- kept category_ranking requires course_click course
CREATE OR REPLACE VIEW category_ranking_computed AS
SELECT month, audience, category, sum(clicks)::bigint AS clicks,
       row_number() OVER (PARTITION BY month, audience ORDER BY sum(clicks) DESC, category COLLATE "C") AS rank
FROM (SELECT a.month, a.audience, r.category, r.clicks
      FROM course_audience a
      CROSS JOIN LATERAL (
          SELECT edustats.group_text(k.category) AS category,
                 CASE WHEN grouping(k.category) = 1 THEN edustats.total(a.tally) - coalesce(sum(k.clicks), 0) ELSE sum(k.clicks) END AS clicks
          FROM (SELECT c.category, edustats.total(edustats.keep(a.tally, c.courses)) AS clicks
                FROM (SELECT c.category, edustats.tally_agg(c.course_id) AS courses FROM course c GROUP BY c.category) c) k
          GROUP BY GROUPING SETS ((k.category), ())) r
      WHERE a.tally IS NOT NULL) r
WHERE clicks > 0
GROUP BY month, audience, category;
COMMENT ON VIEW category_ranking_computed IS 'Categories of courses by clicks of all, of rural and of community users.';
COMMENT ON COLUMN category_ranking_computed.month IS 'First day of the month.';
COMMENT ON COLUMN category_ranking_computed.audience IS 'Whose clicks: of all, or of one kind of organisation.';
COMMENT ON COLUMN category_ranking_computed.category IS 'Category of courses; 其他 for those without one, and for those no longer on file.';
COMMENT ON COLUMN category_ranking_computed.clicks IS 'Number of clicks.';
COMMENT ON COLUMN category_ranking_computed.rank IS 'Place by clicks, most first.';

-- view table_5 requires course_click course
CREATE OR REPLACE VIEW table_5 AS
SELECT month, rank,
       max(category) FILTER (WHERE audience = '农村') AS rural_category, max(clicks) FILTER (WHERE audience = '农村') AS rural_clicks,
       max(category) FILTER (WHERE audience = '社区') AS community_category,
       max(clicks) FILTER (WHERE audience = '社区') AS community_clicks
FROM category_ranking
WHERE audience IN ('农村', '社区') AND rank <= 5
GROUP BY month, rank
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
SELECT month, rank, course, edustats.name_text(producer) AS producer, clicks
FROM course_top
WHERE audience = '全部'
ORDER BY 1, 2;
COMMENT ON VIEW table_6 IS 'Table 6: the courses that were clicked most.';
COMMENT ON COLUMN table_6.month IS 'First day of the month.';
COMMENT ON COLUMN table_6.rank IS 'Place by clicks.';
COMMENT ON COLUMN table_6.course IS 'Title of the course, or words for one that is not known.';
COMMENT ON COLUMN table_6.producer IS 'Who produced it, or words for one that is not known.';
COMMENT ON COLUMN table_6.clicks IS 'Number of clicks.';

-- view table_7 requires course_click course
CREATE OR REPLACE VIEW table_7 AS
SELECT month, rank,
       max(course) FILTER (WHERE audience = '农村') AS rural_course, max(clicks) FILTER (WHERE audience = '农村') AS rural_clicks,
       max(course) FILTER (WHERE audience = '社区') AS community_course,
       max(clicks) FILTER (WHERE audience = '社区') AS community_clicks
FROM course_top
WHERE audience IN ('农村', '社区')
GROUP BY month, rank
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

-- data narrative_courses requires course_click course
CREATE OR REPLACE VIEW narrative_courses AS
SELECT m.month, 3 AS section, p.paragraph, p.text
FROM calendar m
CROSS JOIN LATERAL (
    SELECT edustats.list_text(array_agg(format('%s类%s次', r.category, r.clicks) ORDER BY r.rank)
                              FILTER (WHERE r.audience = '全部')) AS categories,
           edustats.list_text(array_agg(r.category ORDER BY r.rank) FILTER (WHERE r.audience = '农村' AND r.first)) AS rural,
           edustats.list_text(array_agg(r.category ORDER BY r.rank) FILTER (WHERE r.audience = '社区' AND r.first)) AS community
    FROM (SELECT k.*, k.clicks = max(k.clicks) OVER (PARTITION BY k.audience) AS first
          FROM category_ranking k
          WHERE k.month = m.month) r
    WHERE r.rank <= 5) c
CROSS JOIN LATERAL (
    SELECT array_agg(edustats.title_text(t.course) || coalesce('（' || t.producer || '制作）', '') ORDER BY t.rank)
               FILTER (WHERE t.audience = '全部' AND t.clicks = t.most) AS first,
           max(t.most) AS clicks,
           -- What an audience likes besides what everybody does.
           edustats.list_text(array_agg(edustats.title_text(t.course) ORDER BY t.rank)
                              FILTER (WHERE t.audience = '农村' AND t.place <= 2)) AS rural,
           edustats.list_text(array_agg(edustats.title_text(t.course) ORDER BY t.rank)
                              FILTER (WHERE t.audience = '社区' AND t.place <= 2)) AS community
    FROM (SELECT x.audience, x.course, x.producer, x.clicks, x.rank, x.most,
                 CASE WHEN x.course_id <> x.first
                      THEN row_number() OVER (PARTITION BY x.audience ORDER BY x.course_id = x.first, x.rank) END AS place
          FROM (SELECT r.*, max(r.clicks) FILTER (WHERE r.audience = '全部') OVER () AS most,
                       max(r.course_id) FILTER (WHERE r.audience = '全部' AND r.rank = 1) OVER () AS first
                FROM course_top r WHERE r.month = m.month) x) t) t
CROSS JOIN LATERAL (VALUES
    (2, CASE WHEN c.categories IS NULL THEN '本月没有视频课程点播记录。'
             ELSE format('从课程类别看，点播次数居前的是%s。', c.categories)
                  || CASE WHEN c.rural = c.community THEN format('农村用户和社区用户点播最多的都是%s类课程。', c.rural)
                          ELSE coalesce(nullif(concat_ws('，', '农村用户点播最多的是' || c.rural || '类课程',
                                                         '社区用户点播最多的是' || c.community || '类课程'), '') || '。', '') END END),
    (3, '本月视频课程中，' || edustats.first_text(t.first, t.clicks || '次') || '。'
        || coalesce('除点播最多的课程外，' || nullif(concat_ws('，', '农村用户较关注' || t.rural, '社区用户较关注' || t.community), '')
                    || '。', ''))
) p(paragraph, text)
WHERE p.text IS NOT NULL;
COMMENT ON VIEW narrative_courses IS 'The sentences of section 3 about courses.';
