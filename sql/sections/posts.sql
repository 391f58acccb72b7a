-- Section 5: what users wrote, in the forum, in blogs, in the village officials' column, and the districts' reports.

-- view forum_posts requires forum_post member district
CREATE OR REPLACE VIEW forum_posts AS
SELECT t.month, d.name AS district, sum(e.count)::bigint AS posts
FROM monthly_forum_posts t
CROSS JOIN LATERAL edustats.each(t.tally) e
LEFT JOIN member m ON m.member_id = e.key
LEFT JOIN district d ON d.district_id = m.district_id
GROUP BY t.month, d.name;
COMMENT ON VIEW forum_posts IS 'Posts in the forum in the month, by district of their authors.';
COMMENT ON COLUMN forum_posts.month IS 'First day of the month.';
COMMENT ON COLUMN forum_posts.district IS 'District; NULL for authors without one.';
COMMENT ON COLUMN forum_posts.posts IS 'Number of posts.';

-- view topic_views requires topic_view topic
CREATE OR REPLACE VIEW topic_views AS
SELECT m.month, t.board, t.title AS topic, e.count AS views
FROM monthly_topic_views m
CROSS JOIN LATERAL edustats.each(m.tally) e
LEFT JOIN topic t ON t.topic_id = e.key;
COMMENT ON VIEW topic_views IS 'Views of the forum''s topics in the month.';
COMMENT ON COLUMN topic_views.month IS 'First day of the month.';
COMMENT ON COLUMN topic_views.board IS 'Board that the topic stands in; NULL for a topic that is no longer on file.';
COMMENT ON COLUMN topic_views.topic IS 'Title of the topic; NULL for one that is no longer on file.';
COMMENT ON COLUMN topic_views.views IS 'Number of views.';

-- view table_9 requires topic_view topic
CREATE OR REPLACE VIEW table_9 AS
SELECT month, rank, topic, views
FROM (SELECT m.month, row_number() OVER (PARTITION BY m.month ORDER BY e.count DESC, e.key) AS rank,
             t.title AS topic, e.count AS views
      FROM monthly_topic_views m
      CROSS JOIN LATERAL edustats.each(m.tally) e
      JOIN topic t ON t.topic_id = e.key) r
WHERE rank <= 5
ORDER BY 1, 2;
COMMENT ON VIEW table_9 IS 'Table 9: the forum''s topics that were viewed most.';
COMMENT ON COLUMN table_9.month IS 'First day of the month.';
COMMENT ON COLUMN table_9.rank IS 'Place by views; of equals, the lower topic_id first.';
COMMENT ON COLUMN table_9.topic IS 'Title of the topic.';
COMMENT ON COLUMN table_9.views IS 'Number of views.';

-- view blog_month requires blog_post blog member
CREATE OR REPLACE VIEW blog_month AS
SELECT t.month, b.category, m.district_id, sum(e.count)::bigint AS posts
FROM monthly_blog_posts t
CROSS JOIN LATERAL edustats.each(t.tally) e
LEFT JOIN blog b ON b.blog_id = e.key
LEFT JOIN member m ON m.member_id = b.member_id
GROUP BY t.month, b.category, m.district_id;
COMMENT ON VIEW blog_month IS 'Posts in blogs in the month, by category of the blog and district of its author.';

-- view blog_posts requires blog_post blog member district
CREATE OR REPLACE VIEW blog_posts AS
SELECT b.month, d.name AS district, b.category, b.posts
FROM blog_month b
LEFT JOIN district d ON d.district_id = b.district_id;
COMMENT ON VIEW blog_posts IS 'Posts in blogs in the month, by district of the author and category of the blog.';
COMMENT ON COLUMN blog_posts.month IS 'First day of the month.';
COMMENT ON COLUMN blog_posts.district IS 'District; NULL for authors without one.';
COMMENT ON COLUMN blog_posts.category IS 'Category of the blog; NULL for one that is no longer on file.';
COMMENT ON COLUMN blog_posts.posts IS 'Number of posts.';

-- view figure_3 requires blog_post blog member
CREATE OR REPLACE VIEW figure_3 AS
SELECT month, rank, category, posts
FROM (SELECT b.month, row_number() OVER (PARTITION BY b.month ORDER BY sum(b.posts) DESC, b.category COLLATE "C") AS rank,
             b.category, sum(b.posts)::bigint AS posts
      FROM blog_month b
      WHERE b.category IS NOT NULL
      GROUP BY b.month, b.category) r
WHERE rank <= 10
ORDER BY 1, 2;
COMMENT ON VIEW figure_3 IS 'Figure 3: the categories of blogs with most posts.';
COMMENT ON COLUMN figure_3.month IS 'First day of the month.';
COMMENT ON COLUMN figure_3.rank IS 'Place by posts.';
COMMENT ON COLUMN figure_3.category IS 'Category of blogs.';
COMMENT ON COLUMN figure_3.posts IS 'Number of posts.';

-- view figure_4 requires blog_post blog member district
CREATE OR REPLACE VIEW figure_4 AS
SELECT q.month, row_number() OVER (PARTITION BY q.month ORDER BY sum(b.posts) DESC, d.position) AS rank,
       d.name AS district, sum(b.posts)::bigint AS posts
FROM calendar q
CROSS JOIN generate_series(0, 2) back
JOIN blog_month b ON b.month = (q.month - make_interval(months => back))::date
JOIN district d ON d.district_id = b.district_id
WHERE extract(month FROM q.month)::integer % 3 = 0
GROUP BY q.month, d.district_id, d.name, d.position
ORDER BY 1, 2;
COMMENT ON VIEW figure_4 IS 'Figure 4: posts in blogs by district, in the quarter that ends with the month. Rows for March, June, September and December only.';
COMMENT ON COLUMN figure_4.month IS 'First day of the last month of the quarter.';
COMMENT ON COLUMN figure_4.rank IS 'Place by posts; of equals, in the districts'' order.';
COMMENT ON COLUMN figure_4.district IS 'District.';
COMMENT ON COLUMN figure_4.posts IS 'Number of posts in the quarter.';

-- view village_activity requires village_post village_topic
CREATE OR REPLACE VIEW village_activity AS
SELECT m.month, t.title AS topic, e.count AS posts
FROM monthly_village_posts m
CROSS JOIN LATERAL edustats.each(m.tally) e
LEFT JOIN village_topic t ON t.topic_id = e.key;
COMMENT ON VIEW village_activity IS 'Posts in the village officials'' column in the month, by topic.';
COMMENT ON COLUMN village_activity.month IS 'First day of the month.';
COMMENT ON COLUMN village_activity.topic IS 'Title of the topic; NULL for one that is no longer on file.';
COMMENT ON COLUMN village_activity.posts IS 'Number of posts.';

-- view figure_5 requires village_post village_topic
CREATE OR REPLACE VIEW figure_5 AS
SELECT month, rank, topic, posts
FROM (SELECT m.month, row_number() OVER (PARTITION BY m.month ORDER BY e.count DESC, e.key) AS rank,
             t.title AS topic, e.count AS posts
      FROM monthly_village_posts m
      CROSS JOIN LATERAL edustats.each(m.tally) e
      JOIN village_topic t ON t.topic_id = e.key) r
WHERE rank <= 10
ORDER BY 1, 2;
COMMENT ON VIEW figure_5 IS 'Figure 5: the topics of the village officials'' column with most posts.';
COMMENT ON COLUMN figure_5.month IS 'First day of the month.';
COMMENT ON COLUMN figure_5.rank IS 'Place by posts; of equals, the lower topic_id first.';
COMMENT ON COLUMN figure_5.topic IS 'Title of the topic.';
COMMENT ON COLUMN figure_5.posts IS 'Number of posts.';

-- view reports requires report district
CREATE OR REPLACE VIEW reports AS
SELECT m.month, d.name AS district, e.count AS reports
FROM monthly_reports m
CROSS JOIN LATERAL edustats.each(m.tally) e
LEFT JOIN district d ON d.district_id = e.key;
COMMENT ON VIEW reports IS 'Reports that districts sent in, in the month.';
COMMENT ON COLUMN reports.month IS 'First day of the month.';
COMMENT ON COLUMN reports.district IS 'District; NULL for one that is no longer on file.';
COMMENT ON COLUMN reports.reports IS 'Number of reports.';
