-- Section 4, and the column visits of section 3: the site's columns and the articles in them.

-- view column_visits requires column_visit site_column
CREATE OR REPLACE VIEW column_visits AS
SELECT m.month, c.medium, c.name AS column_name, e.count AS visits
FROM (SELECT * FROM monthly WHERE metric = 'column_visits') m
CROSS JOIN LATERAL edustats.each(m.tally) e
LEFT JOIN site_column c ON c.column_id = e.key;
COMMENT ON VIEW column_visits IS 'Visits of the site''s columns in the month.';
COMMENT ON COLUMN column_visits.month IS 'First day of the month.';
COMMENT ON COLUMN column_visits.medium IS 'video or text; NULL for a column that is no longer on file.';
COMMENT ON COLUMN column_visits.column_name IS 'Name of the column; NULL for one that is no longer on file.';
COMMENT ON COLUMN column_visits.visits IS 'Number of visits.';

-- view headline_columns requires column_visit site_column
CREATE OR REPLACE VIEW headline_columns AS
SELECT m.month, u.metric, t.value, t.previous, edustats.growth(t.value, t.previous) AS growth,
       t.cumulative + coalesce((SELECT sum(o.amount) FROM opening o JOIN site_column c ON c.column_id = o.key
                                WHERE o.metric = 'column_visits' AND c.medium = u.medium), 0) AS cumulative
FROM calendar m
CROSS JOIN (VALUES ('video_visits', 'video'), ('text_visits', 'text')) u(metric, medium)
CROSS JOIN LATERAL (
    SELECT coalesce(sum(e.count) FILTER (WHERE v.month = m.month), 0) AS value,
           coalesce(sum(e.count) FILTER (WHERE v.month = (m.month - interval '1 month')::date), 0) AS previous,
           coalesce(sum(e.count), 0) AS cumulative
    FROM (SELECT * FROM monthly WHERE metric = 'column_visits') v
    CROSS JOIN LATERAL edustats.each(v.tally) e
    JOIN site_column c ON c.column_id = e.key AND c.medium = u.medium
    WHERE v.month <= m.month) t;
COMMENT ON VIEW headline_columns IS 'The headline''s rows about visits of video columns and of text columns.';

-- view article_views requires article_view article site_column
CREATE OR REPLACE VIEW article_views AS
SELECT m.month, a.title AS article, c.name AS column_name, e.count AS views
FROM (SELECT * FROM monthly WHERE metric = 'article_views') m
CROSS JOIN LATERAL edustats.each(m.tally) e
LEFT JOIN article a ON a.article_id = e.key
LEFT JOIN site_column c ON c.column_id = a.column_id;
COMMENT ON VIEW article_views IS 'Views of articles in the month.';
COMMENT ON COLUMN article_views.month IS 'First day of the month.';
COMMENT ON COLUMN article_views.article IS 'Title of the article; NULL for one that is no longer on file.';
COMMENT ON COLUMN article_views.column_name IS 'Column that the article stands in.';
COMMENT ON COLUMN article_views.views IS 'Number of views.';

-- view table_8 requires article_view article site_column
CREATE OR REPLACE VIEW table_8 AS
SELECT month, rank, article, column_name, views
FROM (SELECT m.month, row_number() OVER (PARTITION BY m.month ORDER BY e.count DESC, e.key) AS rank,
             a.title AS article, c.name AS column_name, e.count AS views
      FROM (SELECT * FROM monthly WHERE metric = 'article_views') m
      CROSS JOIN LATERAL edustats.each(m.tally) e
      JOIN article a ON a.article_id = e.key
      LEFT JOIN site_column c ON c.column_id = a.column_id) r
WHERE rank <= 10
ORDER BY 1, 2;
COMMENT ON VIEW table_8 IS 'Table 8: the articles that were viewed most.';
COMMENT ON COLUMN table_8.month IS 'First day of the month.';
COMMENT ON COLUMN table_8.rank IS 'Place by views; of equals, the lower article_id first.';
COMMENT ON COLUMN table_8.article IS 'Title of the article.';
COMMENT ON COLUMN table_8.column_name IS 'Column that the article stands in.';
COMMENT ON COLUMN table_8.views IS 'Number of views.';

-- view figure_2 requires column_visit site_column
CREATE OR REPLACE VIEW figure_2 AS
SELECT month, rank, column_name, visits
FROM (SELECT m.month, row_number() OVER (PARTITION BY m.month ORDER BY e.count DESC, e.key) AS rank,
             c.name AS column_name, e.count AS visits
      FROM (SELECT * FROM monthly WHERE metric = 'column_visits') m
      CROSS JOIN LATERAL edustats.each(m.tally) e
      JOIN site_column c ON c.column_id = e.key AND c.medium = 'text') r
WHERE rank <= 10
ORDER BY 1, 2;
COMMENT ON VIEW figure_2 IS 'Figure 2: the text columns that were visited most.';
COMMENT ON COLUMN figure_2.month IS 'First day of the month.';
COMMENT ON COLUMN figure_2.rank IS 'Place by visits.';
COMMENT ON COLUMN figure_2.column_name IS 'Name of the column.';
COMMENT ON COLUMN figure_2.visits IS 'Number of visits.';

-- view narrative_columns requires column_visit site_column
CREATE OR REPLACE VIEW narrative_columns AS
SELECT h.month, p.section, 1 AS paragraph,
       format('截至%s底，%s栏目累计访问%s次。', edustats.month_text(h.month), p.name, edustats.wan_text(h.cumulative))
       || CASE WHEN h.value = 0 THEN format('本月%s栏目没有访问记录。', p.name)
               ELSE format('本月%s栏目访问%s次，%s。', p.name, edustats.wan_text(h.value), edustats.growth_text(h.value, h.previous))
                    || CASE WHEN h.metric = 'text_visits' THEN '其中，' || f.first || coalesce('，其次是' || f.next, '') || '。'
                            ELSE '' END END AS text
FROM headline_columns h
JOIN (VALUES ('video_visits', 3, '视频课程'), ('text_visits', 4, '图文')) p(metric, section, name) ON p.metric = h.metric
LEFT JOIN LATERAL (
    SELECT edustats.first_text(array_agg(format('“%s”栏目访问量', x.column_name) ORDER BY x.rank) FILTER (WHERE x.visits = x.most),
                               max(x.most) || '次') AS first,
           edustats.list_text(array_agg(format('“%s”%s次', x.column_name, x.visits) ORDER BY x.rank)
                              FILTER (WHERE x.visits < x.most AND x.rank <= 3)) AS next
    FROM (SELECT f.*, max(f.visits) OVER () AS most FROM figure_2 f WHERE f.month = h.month) x) f
    ON h.metric = 'text_visits';
COMMENT ON VIEW narrative_columns IS 'The sentences of sections 3 and 4 about visits of columns.';

-- view narrative_articles requires article_view article site_column
CREATE OR REPLACE VIEW narrative_articles AS
SELECT m.month, 4 AS section, 2 AS paragraph,
       CASE WHEN t.first IS NULL THEN '本月没有图文信息浏览记录。'
            ELSE format('从图文信息看，浏览次数居前的文章以“%s”栏目最多；%s。', t.column_name,
                        edustats.first_text(t.first, t.views || '次')) END AS text
FROM calendar m
CROSS JOIN LATERAL (
    SELECT array_agg(edustats.title_text(x.article) ORDER BY x.rank) FILTER (WHERE x.views = x.most) AS first,
           max(x.most) AS views, mode() WITHIN GROUP (ORDER BY x.column_name) AS column_name
    FROM (SELECT a.*, max(a.views) OVER () AS most FROM table_8 a WHERE a.month = m.month) x) t;
COMMENT ON VIEW narrative_articles IS 'The sentence of section 4 about articles.';
