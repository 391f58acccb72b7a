-- Section 5: what users wrote, in the forum, in blogs, in the village officials' column, and the districts' reports.

-- view forum_posts requires forum_post member district
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

-- view topic_views requires topic_view topic
CREATE OR REPLACE VIEW topic_views AS
SELECT m.month, t.board, t.title AS topic, e.count AS views
FROM (SELECT * FROM monthly WHERE metric = 'topic_views') m
CROSS JOIN LATERAL edustats.each(m.tally) e
LEFT JOIN topic t ON t.topic_id = e.key;
COMMENT ON VIEW topic_views IS 'Views of the forum''s topics in the month.';
COMMENT ON COLUMN topic_views.month IS 'First day of the month.';
COMMENT ON COLUMN topic_views.board IS 'Board that the topic stands in; NULL for a topic that is no longer on file.';
COMMENT ON COLUMN topic_views.topic IS 'Title of the topic; NULL for one that is no longer on file.';
COMMENT ON COLUMN topic_views.views IS 'Number of views.';

-- view table_9 requires topic_view topic
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

-- data blog_month requires blog_post blog member district
CREATE OR REPLACE VIEW blog_month AS
SELECT t.month, b.category, d.district_id, d.name AS district, sum(e.count)::bigint AS posts
FROM monthly_tally t
CROSS JOIN LATERAL edustats.each(t.tally) e
LEFT JOIN blog b ON b.blog_id = e.key
LEFT JOIN member m ON m.member_id = b.member_id
LEFT JOIN place d ON d.district_id = m.district_id
WHERE t.metric = 'blog_posts'
GROUP BY t.month, b.category, d.district_id, d.name;
COMMENT ON VIEW blog_month IS 'Posts in blogs in the month, by category of the blog and district of its author.';
COMMENT ON COLUMN blog_month.month IS 'First day of the month.';
COMMENT ON COLUMN blog_month.category IS 'Category of the blog; NULL for one that is no longer on file.';
COMMENT ON COLUMN blog_month.district_id IS 'Key of the author''s district; NULL without one that has a name.';
COMMENT ON COLUMN blog_month.district IS 'District of the author; NULL without one.';
COMMENT ON COLUMN blog_month.posts IS 'Number of posts.';

-- view blog_posts requires blog_post blog member district
CREATE OR REPLACE VIEW blog_posts AS
SELECT month, district, category, posts, district_id FROM blog_month;
COMMENT ON VIEW blog_posts IS 'Posts in blogs in the month, by district of the author and category of the blog.';
COMMENT ON COLUMN blog_posts.month IS 'First day of the month.';
COMMENT ON COLUMN blog_posts.district IS 'District; NULL for authors without one.';
COMMENT ON COLUMN blog_posts.category IS 'Category of the blog; NULL for one that is no longer on file.';
COMMENT ON COLUMN blog_posts.posts IS 'Number of posts.';
COMMENT ON COLUMN blog_posts.district_id IS 'Key of the district; NULL without.';

-- view figure_3 requires blog_post blog member district
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

-- view figure_4 requires blog_post blog member district
CREATE OR REPLACE VIEW figure_4 AS
SELECT q.month, row_number() OVER (PARTITION BY q.month ORDER BY p.posts DESC, p.position, p.district_id) AS rank,
       coalesce(p.district, w.other) AS district, p.posts
FROM calendar q
CROSS JOIN word w
CROSS JOIN LATERAL (
    SELECT edustats.rollup(t.tally) AS tally
    FROM monthly t
    WHERE t.metric = 'blog_posts'
      AND t.month IN (q.month, (q.month - interval '1 month')::date, (q.month - interval '2 months')::date)) t
CROSS JOIN LATERAL (
    SELECT d.district_id, d.name AS district, d.position, sum(e.count)::bigint AS posts
    FROM edustats.each(t.tally) e
    LEFT JOIN blog b ON b.blog_id = e.key
    LEFT JOIN member m ON m.member_id = b.member_id
    LEFT JOIN place d ON d.district_id = m.district_id
    GROUP BY d.district_id, d.name, d.position) p
WHERE extract(month FROM q.month)::integer % 3 = 0
ORDER BY 1, 2;
COMMENT ON VIEW figure_4 IS 'Figure 4: posts in blogs by district, in the quarter that ends with the month. Rows for March, June, September and December only.';
COMMENT ON COLUMN figure_4.month IS 'First day of the last month of the quarter.';
COMMENT ON COLUMN figure_4.rank IS 'Place by posts; of equals, in the districts'' order.';
COMMENT ON COLUMN figure_4.district IS 'District; the word for others for blogs without one, by its rank like any other.';
COMMENT ON COLUMN figure_4.posts IS 'Number of posts in the quarter.';

-- view village_activity requires village_post village_topic
CREATE OR REPLACE VIEW village_activity AS
SELECT m.month, t.title AS topic, e.count AS posts
FROM (SELECT * FROM monthly WHERE metric = 'village_posts') m
CROSS JOIN LATERAL edustats.each(m.tally) e
LEFT JOIN village_topic t ON t.topic_id = e.key;
COMMENT ON VIEW village_activity IS 'Posts in the village officials'' column in the month, by topic.';
COMMENT ON COLUMN village_activity.month IS 'First day of the month.';
COMMENT ON COLUMN village_activity.topic IS 'Title of the topic; NULL for one that is no longer on file.';
COMMENT ON COLUMN village_activity.posts IS 'Number of posts.';

-- view figure_5 requires village_post village_topic
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

-- view reports requires report district
CREATE OR REPLACE VIEW reports AS
SELECT m.month, d.name AS district, e.count AS reports, d.district_id
FROM (SELECT * FROM monthly WHERE metric = 'reports') m
CROSS JOIN LATERAL edustats.each(m.tally) e
LEFT JOIN place d ON d.district_id = e.key;
COMMENT ON VIEW reports IS 'Reports that districts sent in, in the month.';
COMMENT ON COLUMN reports.month IS 'First day of the month.';
COMMENT ON COLUMN reports.district IS 'District; NULL for one that is no longer on file, or has no name.';
COMMENT ON COLUMN reports.reports IS 'Number of reports.';
COMMENT ON COLUMN reports.district_id IS 'Key of the district; NULL without.';

-- data headline_reports requires report
CREATE OR REPLACE VIEW headline_reports AS
SELECT q.month, 'reports_quarter' AS metric, t.value, t.previous, edustats.growth(t.value, t.previous) AS growth,
       t.cumulative + (SELECT coalesce(sum(o.amount), 0) FROM opening o WHERE o.metric = 'reports') AS cumulative,
       t.last_year, edustats.growth(t.value, t.last_year) AS growth_on_year, t.year_to_date
FROM calendar q
CROSS JOIN LATERAL (
    SELECT coalesce(sum(m.total) FILTER (WHERE m.month > q.month - interval '3 months'), 0) AS value,
           coalesce(sum(m.total) FILTER (WHERE m.month <= q.month - interval '3 months'
                                           AND m.month > q.month - interval '6 months'), 0) AS previous,
           coalesce(sum(m.total), 0) AS cumulative,
           coalesce(sum(m.total) FILTER (WHERE m.month <= q.year_before AND m.month > q.year_before - interval '3 months'), 0) AS last_year,
           coalesce(sum(m.total) FILTER (WHERE m.month >= q.year), 0) AS year_to_date
    FROM (SELECT * FROM monthly WHERE metric = 'reports') m
    WHERE m.month <= q.month) t
WHERE extract(month FROM q.month)::integer % 3 = 0;
COMMENT ON VIEW headline_reports IS
    'The headline''s row about the reports of the quarter that ends with the month, against the quarter before; for March, June, September and December only.';

-- data narrative_forum requires forum_post member district
CREATE OR REPLACE VIEW narrative_forum AS
SELECT t.month, 5 AS section, 1 AS paragraph,
       CASE WHEN t.value = 0 THEN '本月论坛没有新增帖子。'
            ELSE concat_ws('，', format('本月论坛新增帖子%s篇', t.value),
                           edustats.districts_text('发帖较多的区县有', d.districts, w.other, d.elsewhere || '篇')) || '。' END AS text
FROM (SELECT * FROM metric_total WHERE metric = 'forum_posts') t
CROSS JOIN word w
CROSS JOIN LATERAL (
    SELECT (array_agg(format('%s%s篇', p.district, p.posts) ORDER BY p.posts DESC, d.position, d.district_id)
                FILTER (WHERE p.district IS NOT NULL))[:3] AS districts,
           sum(p.posts) FILTER (WHERE p.district IS NULL) AS elsewhere
    FROM forum_posts p
    LEFT JOIN place d ON d.district_id = p.district_id
    WHERE p.month = t.month) d;
COMMENT ON VIEW narrative_forum IS 'The sentence of section 5 about posts in the forum.';

-- data narrative_topics requires topic_view topic
CREATE OR REPLACE VIEW narrative_topics AS
SELECT t.month, 5 AS section, 2 AS paragraph,
       CASE WHEN t.value = 0 THEN '本月论坛帖子没有浏览记录。'
            ELSE format('本月论坛帖子被浏览%s次，%s', t.value, edustats.growth_text(t.value, t.previous))
                 || coalesce('；版块中，' || b.boards, '') || '。' END AS text
FROM (SELECT * FROM metric_total WHERE metric = 'topic_views') t
CROSS JOIN LATERAL (
    SELECT edustats.first_text(array_agg(format('“%s”的浏览次数', x.board) ORDER BY x.board COLLATE "C"), max(x.views) || '次') AS boards
    FROM (SELECT v.board, sum(v.views) AS views, max(sum(v.views)) OVER () AS most
          FROM (SELECT coalesce(edustats.named(o.board), w.other) AS board, o.views FROM topic_views o CROSS JOIN word w WHERE o.month = t.month) v
          GROUP BY v.board) x
    WHERE x.views = x.most) b;
COMMENT ON VIEW narrative_topics IS 'The sentence of section 5 about views of topics.';

-- data narrative_blogs requires blog_post blog member district
CREATE OR REPLACE VIEW narrative_blogs AS
SELECT t.month, 5 AS section, 3 AS paragraph,
       CASE WHEN t.value = 0 THEN '本月博客没有新增博文。'
            ELSE concat_ws('，', format('本月博客新增博文%s篇', t.value),
                           edustats.districts_text('发博文较多的区县有', d.districts, w.other, d.elsewhere || '篇'))
                 || coalesce('；从类别看，' || c.categories, '') || '。' END AS text
FROM (SELECT * FROM metric_total WHERE metric = 'blog_posts') t
CROSS JOIN word w
CROSS JOIN LATERAL (
    SELECT (array_agg(format('%s%s篇', x.district, x.posts) ORDER BY x.posts DESC, x.position, x.district_id)
                FILTER (WHERE x.district IS NOT NULL))[:3] AS districts,
           sum(x.posts) FILTER (WHERE x.district IS NULL) AS elsewhere
    FROM (SELECT p.district_id, p.district, d.position, sum(p.posts) AS posts
          FROM blog_month p
          LEFT JOIN place d ON d.district_id = p.district_id
          WHERE p.month = t.month
          GROUP BY p.district_id, p.district, d.position) x) d
CROSS JOIN LATERAL (
    SELECT edustats.first_text(array_agg(x.category || '类' ORDER BY x.rank), max(x.posts) || '篇') AS categories
    FROM (SELECT f.*, max(f.posts) OVER () AS most FROM figure_3 f WHERE f.month = t.month) x
    WHERE x.posts = x.most) c;
COMMENT ON VIEW narrative_blogs IS 'The sentence of section 5 about blogs.';

-- data narrative_village requires village_post village_topic village_participant
CREATE OR REPLACE VIEW narrative_village AS
SELECT t.month, 5 AS section, 4 AS paragraph,
       format('截至%s底，村官栏目参与人数累计%s人，发布信息累计%s条；', edustats.month_text(t.month), p.cumulative,
              edustats.wan_text(t.cumulative))
       || CASE WHEN t.value = 0 THEN '本月没有新增信息。'
               ELSE format('本月新增信息%s条', t.value) || coalesce('，话题中' || f.topics, '') || '。' END AS text
FROM (SELECT * FROM metric_total WHERE metric = 'village_posts') t
CROSS JOIN word w
JOIN (SELECT * FROM metric_total WHERE metric = 'village_participants') p ON p.month = t.month
CROSS JOIN LATERAL (
    SELECT edustats.first_text(array_agg(edustats.title_text(x.topic, w.unnamed) ORDER BY x.rank), max(x.posts) || '条') AS topics
    FROM (SELECT f.*, max(f.posts) OVER () AS most FROM figure_5 f WHERE f.month = t.month) x
    WHERE x.posts = x.most) f;
COMMENT ON VIEW narrative_village IS 'The sentence of section 5 about the village officials'' column.';

-- data narrative_reports requires report district
CREATE OR REPLACE VIEW narrative_reports AS
SELECT m.month, 5 AS section, 5 AS paragraph,
       CASE WHEN r.reports IS NULL THEN '本季度各区县没有上报信息。'
            ELSE format('本季度各区县上报信息%s篇，其中%s。', r.reports, r.districts) END AS text
FROM calendar m
CROSS JOIN word w
CROSS JOIN LATERAL (
    SELECT sum(x.reports) AS reports,
           edustats.list_text(array_agg(format('%s%s篇', x.name, x.reports)
                                        ORDER BY x.reports DESC, x.position, x.district_id)) AS districts
    FROM (SELECT d.district_id, coalesce(d.name, w.other) AS name, sum(e.count) AS reports, d.position
          FROM (SELECT * FROM monthly WHERE metric = 'reports') q
          CROSS JOIN LATERAL edustats.each(q.tally) e
          LEFT JOIN place d ON d.district_id = e.key
          WHERE q.month IN (m.month, (m.month - interval '1 month')::date, (m.month - interval '2 months')::date)
          GROUP BY d.district_id, d.name, d.position) x) r
WHERE extract(month FROM m.month)::integer % 3 = 0;
COMMENT ON VIEW narrative_reports IS 'The sentence of section 5 about the quarter''s reports; only in a quarter''s last month.';
