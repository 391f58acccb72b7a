-- Section 3: courses. Clicks are counted by course and by class of user; a visit of a video column is another thing.

-- data course_month requires course_click
CREATE OR REPLACE VIEW course_month AS
SELECT t.month, t.org_type, e.key AS course_id, e.count AS clicks
FROM (
    SELECT m.month, c.org_type, edustats.rollup(m.tally) AS tally
    FROM (SELECT * FROM monthly WHERE metric = 'course_clicks') m
    JOIN class_kind c ON c.class = m.class
    GROUP BY m.month, c.org_type) t
CROSS JOIN LATERAL edustats.each(t.tally) e;
COMMENT ON VIEW course_month IS 'Clicks by course and kind of organisation of who clicked.';
COMMENT ON COLUMN course_month.month IS 'First day of the month.';
COMMENT ON COLUMN course_month.org_type IS 'Kind of organisation; NULL for individual users and visitors.';
COMMENT ON COLUMN course_month.course_id IS 'The course; one that is no longer on file, too.';
COMMENT ON COLUMN course_month.clicks IS 'Number of clicks.';

-- view course_clicks requires course_click course key month course_id org_type
CREATE OR REPLACE VIEW course_clicks AS
SELECT m.month, c.title AS course, c.producer, c.category, m.org_type, m.clicks, m.course_id
FROM course_month m
LEFT JOIN course c ON c.course_id = m.course_id;
COMMENT ON VIEW course_clicks IS 'Clicks on courses in the month, by kind of organisation of who clicked.';
COMMENT ON COLUMN course_clicks.month IS 'First day of the month.';
COMMENT ON COLUMN course_clicks.course IS 'Title of the course; NULL for one that is no longer on file.';
COMMENT ON COLUMN course_clicks.producer IS 'Who produced it.';
COMMENT ON COLUMN course_clicks.category IS 'Category of the course.';
COMMENT ON COLUMN course_clicks.org_type IS 'Kind of organisation; NULL for individual users and visitors.';
COMMENT ON COLUMN course_clicks.clicks IS 'Number of clicks.';
COMMENT ON COLUMN course_clicks.course_id IS 'Key of the course, one that is no longer on file, too.';

-- A category is a number to its courses: a tally, by which clicks are added up. What was clicked besides are others, as are
-- courses without a category.

-- kept course_category requires course_click course
CREATE OR REPLACE VIEW course_category_computed AS
SELECT row_number() OVER () AS number, c.*
FROM (SELECT edustats.named(c.category) AS category, edustats.tally_agg(c.course_id) AS courses
      FROM course c
      WHERE edustats.named(c.category) IS NOT NULL
      GROUP BY 1) c;
COMMENT ON VIEW course_category_computed IS 'Categories of courses that have a name.';
COMMENT ON COLUMN course_category_computed.number IS 'Number of the category, from 1, within a statement.';
COMMENT ON COLUMN course_category_computed.category IS 'The category.';
COMMENT ON COLUMN course_category_computed.courses IS 'Its courses, as keys.';

-- Of all that was clicked, only what is printed or told of is kept.

-- kept course_audience requires course_click course
CREATE OR REPLACE VIEW course_audience_computed AS
SELECT t.month, t.audience, edustats.total(t.tally) AS clicks, edustats.regroup(t.tally, c.courses) AS categories,
       (SELECT edustats.tally_agg(x.key, x.count) FROM edustats.top(t.tally, 10) x) AS top
FROM (SELECT m.month, a.audience, edustats.rollup(m.tally) AS tally
      FROM monthly m
      JOIN class_kind c ON c.class = m.class
      JOIN LATERAL (VALUES (NULL, true), (c.kind, c.compared)) a(audience, is_one) ON a.is_one
      WHERE m.metric = 'course_clicks'
      GROUP BY m.month, a.audience) t
CROSS JOIN (SELECT coalesce(edustats.rollup(edustats.set_counts(c.courses, c.number)), '{}') AS courses FROM course_category c) c;
COMMENT ON VIEW course_audience_computed IS 'Clicks on courses, of all users, and of each of the kinds of organisation that are compared.';
COMMENT ON COLUMN course_audience_computed.month IS 'First day of the month.';
COMMENT ON COLUMN course_audience_computed.audience IS 'Whose clicks: of all if it is NULL, else the code of a kind of organisation.';
COMMENT ON COLUMN course_audience_computed.clicks IS 'Number of clicks.';
COMMENT ON COLUMN course_audience_computed.categories IS 'Clicks by number of the category, as in the view "course_category".';
COMMENT ON COLUMN course_audience_computed.top IS 'Clicks on the ten courses with most of them, by course_id; of equals, on those with the lower one.';

-- data course_top requires course_click course
CREATE OR REPLACE VIEW course_top AS
SELECT a.month, a.audience, t.key AS course_id, coalesce(edustats.named(c.title), w.unnamed) AS course,
       edustats.named(c.producer) AS producer, t.count AS clicks, t.rank
FROM course_audience a
CROSS JOIN word w
CROSS JOIN LATERAL edustats.top(a.top, 10) t
LEFT JOIN course c ON c.course_id = t.key;
COMMENT ON VIEW course_top IS
    'The ten courses with most clicks of all users, and of each kind of organisation that is compared; of equals, the lower course_id first.';
COMMENT ON COLUMN course_top.month IS 'First day of the month.';
COMMENT ON COLUMN course_top.audience IS 'Whose clicks: of all if it is NULL, else the code of a kind of organisation.';
COMMENT ON COLUMN course_top.course_id IS 'The course; one that is no longer on file, too.';
COMMENT ON COLUMN course_top.course IS 'Title of the course, or words for one that is not known.';
COMMENT ON COLUMN course_top.producer IS 'Who produced it; NULL where nobody knows.';
COMMENT ON COLUMN course_top.clicks IS 'Number of clicks.';
COMMENT ON COLUMN course_top.rank IS 'Place by clicks, most first.';

-- kept category_ranking requires course_click course
CREATE OR REPLACE VIEW category_ranking_computed AS
SELECT month, audience, category, sum(clicks)::bigint AS clicks,
       row_number() OVER (PARTITION BY month, audience ORDER BY sum(clicks) DESC, category COLLATE "C") AS rank
FROM (SELECT a.month, a.audience, k.category, e.count AS clicks
      FROM course_audience a
      CROSS JOIN LATERAL edustats.each(a.categories) e
      JOIN course_category k ON k.number = e.key
      UNION ALL
      SELECT a.month, a.audience, w.other, a.clicks - edustats.total(a.categories) FROM course_audience a CROSS JOIN word w) r
WHERE clicks > 0
GROUP BY month, audience, category;
COMMENT ON VIEW category_ranking_computed IS 'Categories of courses by clicks of all users, and of each kind of organisation that is compared.';
COMMENT ON COLUMN category_ranking_computed.month IS 'First day of the month.';
COMMENT ON COLUMN category_ranking_computed.audience IS 'Whose clicks: of all if it is NULL, else the code of a kind of organisation.';
COMMENT ON COLUMN category_ranking_computed.category IS 'Category of courses; the word for others for those without one, and for those no longer on file.';
COMMENT ON COLUMN category_ranking_computed.clicks IS 'Number of clicks.';
COMMENT ON COLUMN category_ranking_computed.rank IS 'Place by clicks, most first.';

-- view table_5 requires course_click course key month rank
CREATE OR REPLACE VIEW table_5 AS
SELECT month, rank
       -- each compared kind
       , max(category) FILTER (WHERE audience = {code}) AS {column_category}, max(clicks) FILTER (WHERE audience = {code}) AS {column_clicks}
       -- end
FROM category_ranking
WHERE audience = ANY ({compared kinds}) AND rank <= 5
GROUP BY month, rank
ORDER BY 1, 2;
COMMENT ON VIEW table_5 IS 'Table 5: the categories of courses that users of the kinds that are compared clicked most.';
COMMENT ON COLUMN table_5.month IS 'First day of the month.';
COMMENT ON COLUMN table_5.rank IS 'Place by clicks.';
-- each compared kind
COMMENT ON COLUMN table_5.{column_category} IS {text: Category at this place with users of the kind %; NULL if they clicked fewer.};
COMMENT ON COLUMN table_5.{column_clicks} IS {text: Clicks of users of the kind %.};
-- end

-- view table_6 requires course_click course key month rank
CREATE OR REPLACE VIEW table_6 AS
SELECT month, rank, course, coalesce(producer, w.unnamed) AS producer, clicks
FROM course_top
CROSS JOIN word w
WHERE audience IS NULL
ORDER BY 1, 2;
COMMENT ON VIEW table_6 IS 'Table 6: the courses that were clicked most.';
COMMENT ON COLUMN table_6.month IS 'First day of the month.';
COMMENT ON COLUMN table_6.rank IS 'Place by clicks.';
COMMENT ON COLUMN table_6.course IS 'Title of the course, or words for one that is not known.';
COMMENT ON COLUMN table_6.producer IS 'Who produced it, or words for one that is not known.';
COMMENT ON COLUMN table_6.clicks IS 'Number of clicks.';

-- view table_7 requires course_click course key month rank
CREATE OR REPLACE VIEW table_7 AS
SELECT month, rank
       -- each compared kind
       , max(course) FILTER (WHERE audience = {code}) AS {column_course}, max(clicks) FILTER (WHERE audience = {code}) AS {column_clicks}
       -- end
FROM course_top
WHERE audience = ANY ({compared kinds})
GROUP BY month, rank
ORDER BY 1, 2;
COMMENT ON VIEW table_7 IS 'Table 7: the courses that users of the kinds that are compared clicked most.';
COMMENT ON COLUMN table_7.month IS 'First day of the month.';
COMMENT ON COLUMN table_7.rank IS 'Place by clicks.';
-- each compared kind
COMMENT ON COLUMN table_7.{column_course} IS {text: Course at this place with users of the kind %; NULL if they clicked fewer.};
COMMENT ON COLUMN table_7.{column_clicks} IS {text: Clicks of users of the kind %.};
-- end

-- view figure_1 requires course_click course key month rank
CREATE OR REPLACE VIEW figure_1 AS
SELECT month, rank, category, clicks FROM category_ranking WHERE audience IS NULL AND rank <= 10 ORDER BY 1, 2;
COMMENT ON VIEW figure_1 IS 'Figure 1: the categories of courses that were clicked most.';
COMMENT ON COLUMN figure_1.month IS 'First day of the month.';
COMMENT ON COLUMN figure_1.rank IS 'Place by clicks.';
COMMENT ON COLUMN figure_1.category IS 'Category of courses.';
COMMENT ON COLUMN figure_1.clicks IS 'Number of clicks.';

-- What sentences tell of, in whatever language.

-- data favourite_category requires course_click course
CREATE OR REPLACE VIEW favourite_category AS
SELECT r.month, k.label, k.place, array_agg(r.category ORDER BY r.rank) AS categories
FROM (SELECT x.*, max(x.clicks) OVER (PARTITION BY x.month, x.audience) AS most FROM category_ranking x) r
JOIN kind k ON k.kind = r.audience
WHERE r.clicks = r.most AND r.rank <= 5
GROUP BY r.month, k.label, k.place;
COMMENT ON VIEW favourite_category IS 'The category of courses that each kind of organisation that is compared clicked most, or several that tie.';
COMMENT ON COLUMN favourite_category.month IS 'First day of the month.';
COMMENT ON COLUMN favourite_category.label IS 'What the kind is called.';
COMMENT ON COLUMN favourite_category.place IS 'Its place in tables and sentences.';
COMMENT ON COLUMN favourite_category.categories IS 'The categories, by rank; five at most.';

-- data favourite_course requires course_click course
CREATE OR REPLACE VIEW favourite_course AS
SELECT r.month, r.rank, r.course, r.producer, r.clicks
FROM (SELECT x.*, max(x.clicks) OVER (PARTITION BY x.month) AS most FROM course_top x WHERE x.audience IS NULL) r
WHERE r.clicks = r.most;
COMMENT ON VIEW favourite_course IS 'The course that was clicked most, or several that tie.';
COMMENT ON COLUMN favourite_course.month IS 'First day of the month.';
COMMENT ON COLUMN favourite_course.rank IS 'Place by clicks.';
COMMENT ON COLUMN favourite_course.course IS 'Title of the course, or words for one that is not known.';
COMMENT ON COLUMN favourite_course.producer IS 'Who produced it; NULL where nobody knows.';
COMMENT ON COLUMN favourite_course.clicks IS 'Number of clicks.';

-- data other_favourite requires course_click course
CREATE OR REPLACE VIEW other_favourite AS
SELECT r.month, k.label, k.place, r.rank, r.course
FROM (SELECT x.*, row_number() OVER (PARTITION BY x.month, x.audience ORDER BY x.rank) AS n
      FROM course_top x
      JOIN course_top f ON f.month = x.month AND f.audience IS NULL AND f.rank = 1 AND f.course_id <> x.course_id) r
JOIN kind k ON k.kind = r.audience
WHERE r.n <= 2;
COMMENT ON VIEW other_favourite IS 'The two courses that each kind of organisation that is compared clicked most, besides that which all users together did.';
COMMENT ON COLUMN other_favourite.month IS 'First day of the month.';
COMMENT ON COLUMN other_favourite.label IS 'What the kind is called.';
COMMENT ON COLUMN other_favourite.place IS 'Its place in tables and sentences.';
COMMENT ON COLUMN other_favourite.rank IS 'Place of the course with that kind.';
COMMENT ON COLUMN other_favourite.course IS 'Title of the course, or words for one that is not known.';
