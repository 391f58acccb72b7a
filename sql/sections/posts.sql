-- Section 5: what users wrote, in the forum, in blogs, in the village officials' column, and the districts' reports.

-- view forum_posts requires forum_post member district key month district_id
CREATE OR REPLACE VIEW forum_posts AS
SELECT t.month, d.name AS district, sum(e.count)::bigint AS posts, d.district_id
FROM monthly_tally t
CROSS JOIN LATERAL edustats.each(t.tally) e
LEFT JOIN member m ON m.member_id = e.key
LEFT JOIN place d ON d.district_id = m.district_id
WHERE t.metric = 'forum_posts'
GROUP BY t.month, d.district_id, d.name;
COMMENT ON VIEW forum_posts IS 'Posts in the forum in the month, by district of their authors.';
COMMENT ON COLUMN forum_posts.month IS 'First day of the month.';
COMMENT ON COLUMN forum_posts.district IS 'District; NULL for authors without one.';
COMMENT ON COLUMN forum_posts.posts IS 'Number of posts.';
COMMENT ON COLUMN forum_posts.district_id IS 'Key of the district; NULL without.';

-- view topic_views requires topic_view topic key month topic_id
CREATE OR REPLACE VIEW topic_views AS
SELECT m.month, t.board, t.title AS topic, e.count AS views, e.key AS topic_id
FROM (SELECT month, edustats.rollup(tally) AS tally FROM monthly WHERE metric = 'topic_views' GROUP BY month) m
CROSS JOIN LATERAL edustats.each(m.tally) e
LEFT JOIN topic t ON t.topic_id = e.key;
COMMENT ON VIEW topic_views IS 'Views of the forum''s topics in the month.';
COMMENT ON COLUMN topic_views.month IS 'First day of the month.';
COMMENT ON COLUMN topic_views.board IS 'Board that the topic stands in; NULL for a topic that is no longer on file.';
COMMENT ON COLUMN topic_views.topic IS 'Title of the topic; NULL for one that is no longer on file.';
COMMENT ON COLUMN topic_views.views IS 'Number of views.';
COMMENT ON COLUMN topic_views.topic_id IS 'Key of the topic, one that is no longer on file, too.';

-- view table_9 requires topic_view topic key month rank
CREATE OR REPLACE VIEW table_9 AS
SELECT m.month, t.rank, coalesce(edustats.named(n.title), w.unnamed) AS topic, t.count AS views
FROM monthly_tally m
CROSS JOIN word w
CROSS JOIN LATERAL edustats.top(m.tally, 5) t
LEFT JOIN topic n ON n.topic_id = t.key
WHERE m.metric = 'topic_views'
ORDER BY 1, 2;
COMMENT ON VIEW table_9 IS 'Table 9: the forum''s topics that were viewed most.';
COMMENT ON COLUMN table_9.month IS 'First day of the month.';
COMMENT ON COLUMN table_9.rank IS 'Place by views; of equals, the lower topic_id first.';
COMMENT ON COLUMN table_9.topic IS 'Title of the topic, or words for one that is not known.';
COMMENT ON COLUMN table_9.views IS 'Number of views.';

-- kept blog_month requires blog_post blog member district
CREATE OR REPLACE VIEW blog_month_computed AS
SELECT t.month, b.category, d.district_id, d.name AS district, sum(e.count)::bigint AS posts
FROM monthly_tally t
CROSS JOIN LATERAL edustats.each(t.tally) e
LEFT JOIN blog b ON b.blog_id = e.key
LEFT JOIN member m ON m.member_id = b.member_id
LEFT JOIN place d ON d.district_id = m.district_id
WHERE t.metric = 'blog_posts'
GROUP BY t.month, b.category, d.district_id, d.name;
COMMENT ON VIEW blog_month_computed IS 'Posts in blogs in the month, by category of the blog and district of its author.';
COMMENT ON COLUMN blog_month_computed.month IS 'First day of the month.';
COMMENT ON COLUMN blog_month_computed.category IS 'Category of the blog; NULL for one that is no longer on file.';
COMMENT ON COLUMN blog_month_computed.district_id IS 'Key of the author''s district; NULL without one that has a name.';
COMMENT ON COLUMN blog_month_computed.district IS 'District of the author; NULL without one.';
COMMENT ON COLUMN blog_month_computed.posts IS 'Number of posts.';

-- view blog_posts requires blog_post blog member district key month district_id category
CREATE OR REPLACE VIEW blog_posts AS
SELECT month, district, category, posts, district_id FROM blog_month;
COMMENT ON VIEW blog_posts IS 'Posts in blogs in the month, by district of the author and category of the blog.';
COMMENT ON COLUMN blog_posts.month IS 'First day of the month.';
COMMENT ON COLUMN blog_posts.district IS 'District; NULL for authors without one.';
COMMENT ON COLUMN blog_posts.category IS 'Category of the blog; NULL for one that is no longer on file.';
COMMENT ON COLUMN blog_posts.posts IS 'Number of posts.';
COMMENT ON COLUMN blog_posts.district_id IS 'Key of the district; NULL without.';

-- view figure_3 requires blog_post blog member district key month rank
CREATE OR REPLACE VIEW figure_3 AS
SELECT month, rank, category, posts
FROM (SELECT c.month, c.category, sum(c.posts)::bigint AS posts,
             row_number() OVER (PARTITION BY c.month ORDER BY sum(c.posts) DESC, c.category COLLATE "C") AS rank
      FROM (SELECT b.month, coalesce(edustats.named(b.category), w.other) AS category, b.posts FROM blog_month b CROSS JOIN word w) c
      GROUP BY c.month, c.category) r
WHERE rank <= 10
ORDER BY 1, 2;
COMMENT ON VIEW figure_3 IS 'Figure 3: the categories of blogs with most posts.';
COMMENT ON COLUMN figure_3.month IS 'First day of the month.';
COMMENT ON COLUMN figure_3.rank IS 'Place by posts.';
COMMENT ON COLUMN figure_3.category IS 'Category of blogs; the word for others for those without one, and for those no longer on file.';
COMMENT ON COLUMN figure_3.posts IS 'Number of posts.';

-- view figure_4 requires blog_post blog member district key month rank
CREATE OR REPLACE VIEW figure_4 AS
SELECT q.month, row_number() OVER (PARTITION BY q.month ORDER BY p.posts DESC, p.position, p.district_id) AS rank,
       coalesce(p.district, w.other) AS district, p.posts
FROM calendar q
CROSS JOIN word w
CROSS JOIN LATERAL (
    SELECT edustats.rollup(t.tally) AS tally
    FROM piece t
    WHERE t.metric = 'blog_posts' AND t.day BETWEEN q.quarter AND q.last_day) t
CROSS JOIN LATERAL (
    SELECT d.district_id, d.name AS district, d.position, sum(e.count)::bigint AS posts
    FROM edustats.each(t.tally) e
    LEFT JOIN blog b ON b.blog_id = e.key
    LEFT JOIN member m ON m.member_id = b.member_id
    LEFT JOIN place d ON d.district_id = m.district_id
    GROUP BY d.district_id, d.name, d.position) p
WHERE q.quarter IS NOT NULL
ORDER BY 1, 2;
COMMENT ON VIEW figure_4 IS 'Figure 4: posts in blogs by district, in the quarter that ends with the month. Rows for March, June, September and December only, and for any period, whose posts they have.';
COMMENT ON COLUMN figure_4.month IS 'First day of the last month of the quarter.';
COMMENT ON COLUMN figure_4.rank IS 'Place by posts; of equals, in the districts'' order.';
COMMENT ON COLUMN figure_4.district IS 'District; the word for others for blogs without one, by its rank like any other.';
COMMENT ON COLUMN figure_4.posts IS 'Number of posts in the quarter.';

-- view village_activity requires village_post village_topic key month topic_id
CREATE OR REPLACE VIEW village_activity AS
SELECT m.month, t.title AS topic, e.count AS posts, e.key AS topic_id
FROM (SELECT month, edustats.rollup(tally) AS tally FROM monthly WHERE metric = 'village_posts' GROUP BY month) m
CROSS JOIN LATERAL edustats.each(m.tally) e
LEFT JOIN village_topic t ON t.topic_id = e.key;
COMMENT ON VIEW village_activity IS 'Posts in the village officials'' column in the month, by topic.';
COMMENT ON COLUMN village_activity.month IS 'First day of the month.';
COMMENT ON COLUMN village_activity.topic IS 'Title of the topic; NULL for one that is no longer on file.';
COMMENT ON COLUMN village_activity.posts IS 'Number of posts.';
COMMENT ON COLUMN village_activity.topic_id IS 'Key of the topic, one that is no longer on file, too.';

-- view figure_5 requires village_post village_topic key month rank
CREATE OR REPLACE VIEW figure_5 AS
SELECT m.month, t.rank, coalesce(edustats.named(n.title), w.unnamed) AS topic, t.count AS posts
FROM monthly_tally m
CROSS JOIN word w
CROSS JOIN LATERAL edustats.top(m.tally, 10) t
LEFT JOIN village_topic n ON n.topic_id = t.key
WHERE m.metric = 'village_posts'
ORDER BY 1, 2;
COMMENT ON VIEW figure_5 IS 'Figure 5: the topics of the village officials'' column with most posts.';
COMMENT ON COLUMN figure_5.month IS 'First day of the month.';
COMMENT ON COLUMN figure_5.rank IS 'Place by posts; of equals, the lower topic_id first.';
COMMENT ON COLUMN figure_5.topic IS 'Title of the topic, or words for one that is not known.';
COMMENT ON COLUMN figure_5.posts IS 'Number of posts.';

-- view reports requires report district key month district_id
CREATE OR REPLACE VIEW reports AS
SELECT m.month, d.name AS district, sum(e.count)::bigint AS reports, d.district_id
FROM (SELECT * FROM monthly WHERE metric = 'reports') m
CROSS JOIN LATERAL edustats.each(m.tally) e
LEFT JOIN place d ON d.district_id = e.key
GROUP BY m.month, d.district_id, d.name;
COMMENT ON VIEW reports IS 'Reports that districts sent in, in the month.';
COMMENT ON COLUMN reports.month IS 'First day of the month.';
COMMENT ON COLUMN reports.district IS 'District; NULL for one that is no longer on file, or has no name.';
COMMENT ON COLUMN reports.reports IS 'Number of reports.';
COMMENT ON COLUMN reports.district_id IS 'Key of the district; NULL for all that are no longer on file, or have no name, together.';

-- data headline_reports requires report
CREATE OR REPLACE VIEW headline_reports AS
SELECT q.month, 'reports_quarter' AS metric, t.value, t.previous, edustats.growth(t.value, t.previous) AS growth, t.cumulative + h.opening AS cumulative,
       t.last_year, edustats.growth(t.value, t.last_year) AS growth_on_year, t.year_to_date
FROM calendar q
CROSS JOIN (SELECT metric_history('reports') AS totals, coalesce(sum(o.amount), 0) AS opening FROM opening o WHERE o.metric = 'reports') h
CROSS JOIN LATERAL (
    SELECT edustats.in_days(h.totals, q.quarter, q.last_day)::numeric AS value,
           edustats.in_days(h.totals, q.quarter_before, q.quarter - 1)::numeric AS previous,
           edustats.in_days(h.totals, '-infinity', q.last_day)::numeric AS cumulative,
           edustats.in_days(h.totals, q.quarter_year_before, q.year_before_end)::numeric AS last_year,
           edustats.in_days(h.totals, q.year, q.last_day)::numeric AS year_to_date
    OFFSET 0) t                 -- or each is found as often as it is used
WHERE q.quarter IS NOT NULL;
COMMENT ON VIEW headline_reports IS
    'The headline''s row about the reports of the quarter that ends with the month, against the quarter before; for March, June, September and December only, and for any period, as it is.';
