-- Section 4, and the column visits of section 3: the site's columns and the articles in them.

-- view column_visits requires column_visit site_column
CREATE OR REPLACE VIEW column_visits AS
SELECT m.month, c.medium, c.name AS column_name, e.count AS visits
FROM monthly_column_visits m
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
    FROM monthly_column_visits v
    CROSS JOIN LATERAL edustats.each(v.tally) e
    JOIN site_column c ON c.column_id = e.key AND c.medium = u.medium
    WHERE v.month <= m.month) t;
COMMENT ON VIEW headline_columns IS 'The headline''s rows about visits of video columns and of text columns.';

-- view article_views requires article_view article site_column
CREATE OR REPLACE VIEW article_views AS
SELECT m.month, a.title AS article, c.name AS column_name, e.count AS views
FROM monthly_article_views m
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
      FROM monthly_article_views m
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
      FROM monthly_column_visits m
      CROSS JOIN LATERAL edustats.each(m.tally) e
      JOIN site_column c ON c.column_id = e.key AND c.medium = 'text') r
WHERE rank <= 10
ORDER BY 1, 2;
COMMENT ON VIEW figure_2 IS 'Figure 2: the text columns that were visited most.';
COMMENT ON COLUMN figure_2.month IS 'First day of the month.';
COMMENT ON COLUMN figure_2.rank IS 'Place by visits.';
COMMENT ON COLUMN figure_2.column_name IS 'Name of the column.';
COMMENT ON COLUMN figure_2.visits IS 'Number of visits.';
