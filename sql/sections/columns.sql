-- Section 4, and the column visits of section 3: the site's columns and the articles in them.

-- view column_visits requires column_visit site_column key month column_id
CREATE OR REPLACE VIEW column_visits AS
SELECT m.month, c.medium, c.name AS column_name, e.count AS visits, e.key AS column_id
FROM (SELECT month, edustats.rollup(tally) AS tally FROM monthly WHERE metric = 'column_visits' GROUP BY month) m
CROSS JOIN LATERAL edustats.each(m.tally) e
LEFT JOIN site_column c ON c.column_id = e.key;
COMMENT ON VIEW column_visits IS 'Visits of the site''s columns in the month.';
COMMENT ON COLUMN column_visits.month IS 'First day of the month.';
COMMENT ON COLUMN column_visits.medium IS
    'video, text or what else the platform has; NULL for a column that is no longer on file. All but video and text are the headline''s other_visits.';
COMMENT ON COLUMN column_visits.column_name IS 'Name of the column; NULL for one that is no longer on file.';
COMMENT ON COLUMN column_visits.visits IS 'Number of visits.';
COMMENT ON COLUMN column_visits.column_id IS 'Key of the column, one that is no longer on file, too.';

-- kept column_history requires column_visit site_column
CREATE OR REPLACE VIEW column_history_computed AS
SELECT v.metric, edustats.tally_agg(edustats.day_number(p.day), v.visits) AS visits
FROM (SELECT p.day, p.total, edustats.regroup(p.tally, c.media) AS by_medium
      FROM piece p
      CROSS JOIN (SELECT coalesce(edustats.tally_agg(c.column_id, CASE c.medium WHEN 'video' THEN 1 ELSE 2 END), '{}') AS media
                  FROM site_column c WHERE c.medium IN ('video', 'text')) c
      WHERE p.metric = 'column_visits'
      OFFSET 0) p               -- or each piece would be added up as often as it is used
CROSS JOIN LATERAL (VALUES ('video_visits', edustats.count_of(p.by_medium, 1)), ('text_visits', edustats.count_of(p.by_medium, 2)),
                           ('other_visits', p.total - edustats.total(p.by_medium))) v(metric, visits)
GROUP BY v.metric;
COMMENT ON VIEW column_history_computed IS 'How the visits of columns came about, by medium: tallies by day, for edustats.in_days.';
COMMENT ON COLUMN column_history_computed.metric IS 'video_visits, text_visits, or other_visits for columns of another medium or no longer on file.';
COMMENT ON COLUMN column_history_computed.visits IS 'Visits, by the first day of the piece of time; NULL without any.';

-- data headline_columns requires column_visit site_column
CREATE OR REPLACE VIEW headline_columns AS
SELECT m.month, h.metric, v.value, v.previous, edustats.growth(v.value, v.previous) AS growth, v.visited + h.opening AS cumulative,
       v.last_year, edustats.growth(v.value, v.last_year) AS growth_on_year, v.year_to_date
FROM calendar m
CROSS JOIN (
    SELECT u.metric, coalesce(c.visits, '{}') AS visits, coalesce(o.amount, 0) AS opening, coalesce(o.some, false) AS opened
    FROM (VALUES ('video_visits'), ('text_visits'), ('other_visits')) u(metric)
    LEFT JOIN column_history c ON c.metric = u.metric
    LEFT JOIN (SELECT CASE WHEN c.medium IN ('video', 'text') THEN c.medium || '_visits' ELSE 'other_visits' END AS metric,
                      sum(o.amount) AS amount, bool_or(o.amount <> 0) AS some
               FROM opening o LEFT JOIN site_column c ON c.column_id = o.key
               WHERE o.metric = 'column_visits'
               GROUP BY 1) o ON o.metric = u.metric) h
CROSS JOIN LATERAL (
    SELECT edustats.in_days(h.visits, m.month, m.last_day)::numeric AS value, edustats.in_days(h.visits, m.previous, m.month - 1)::numeric AS previous,
           edustats.in_days(h.visits, '-infinity', m.last_day)::numeric AS visited,
           edustats.in_days(h.visits, m.year_before, m.year_before_end)::numeric AS last_year,
           edustats.in_days(h.visits, m.year, m.last_day)::numeric AS year_to_date
    OFFSET 0) v
WHERE h.metric <> 'other_visits' OR h.opened OR v.visited > 0;
COMMENT ON VIEW headline_columns IS
    'The headline''s rows about visits of video columns, of text columns, and, from the first one on, of columns of another medium or no longer on file.';

-- view article_views requires article_view article site_column key month article_id
CREATE OR REPLACE VIEW article_views AS
SELECT m.month, a.title AS article, c.name AS column_name, e.count AS views, e.key AS article_id, a.column_id::bigint AS column_id
FROM (SELECT month, edustats.rollup(tally) AS tally FROM monthly WHERE metric = 'article_views' GROUP BY month) m
CROSS JOIN LATERAL edustats.each(m.tally) e
LEFT JOIN article a ON a.article_id = e.key
LEFT JOIN site_column c ON c.column_id = a.column_id;
COMMENT ON VIEW article_views IS 'Views of articles in the month.';
COMMENT ON COLUMN article_views.month IS 'First day of the month.';
COMMENT ON COLUMN article_views.article IS 'Title of the article; NULL for one that is no longer on file.';
COMMENT ON COLUMN article_views.column_name IS 'Column that the article stands in.';
COMMENT ON COLUMN article_views.views IS 'Number of views.';
COMMENT ON COLUMN article_views.article_id IS 'Key of the article, one that is no longer on file, too.';
COMMENT ON COLUMN article_views.column_id IS 'Key of the column that it stands in; NULL without one, and for an article that is no longer on file.';

-- data article_top requires article_view article site_column
CREATE OR REPLACE VIEW article_top AS
SELECT m.month, t.rank, coalesce(edustats.named(a.title), w.unnamed) AS article, c.column_id,
       edustats.named(c.name) AS column_name, t.count AS views
FROM monthly_tally m
CROSS JOIN word w
CROSS JOIN LATERAL edustats.top(m.tally, 10) t
LEFT JOIN article a ON a.article_id = t.key
LEFT JOIN site_column c ON c.column_id = a.column_id
WHERE m.metric = 'article_views';
COMMENT ON VIEW article_top IS 'The ten articles that were viewed most; of equals, the lower article_id first.';
COMMENT ON COLUMN article_top.month IS 'First day of the month.';
COMMENT ON COLUMN article_top.rank IS 'Place by views.';
COMMENT ON COLUMN article_top.article IS 'Title of the article, or words for one that is not known.';
COMMENT ON COLUMN article_top.column_id IS 'Key of the column that it stands in; NULL where that is not on file.';
COMMENT ON COLUMN article_top.column_name IS 'Name of the column; NULL without.';
COMMENT ON COLUMN article_top.views IS 'Number of views.';

-- view table_8 requires article_view article site_column key month rank
CREATE OR REPLACE VIEW table_8 AS
SELECT month, rank, article, coalesce(column_name, w.unnamed) AS column_name, views FROM article_top CROSS JOIN word w ORDER BY 1, 2;
COMMENT ON VIEW table_8 IS 'Table 8: the articles that were viewed most.';
COMMENT ON COLUMN table_8.month IS 'First day of the month.';
COMMENT ON COLUMN table_8.rank IS 'Place by views; of equals, the lower article_id first.';
COMMENT ON COLUMN table_8.article IS 'Title of the article, or words for one that is not known.';
COMMENT ON COLUMN table_8.column_name IS 'Column that the article stands in, or words for one that is not known.';
COMMENT ON COLUMN table_8.views IS 'Number of views.';

-- view figure_2 requires column_visit site_column key month rank
CREATE OR REPLACE VIEW figure_2 AS
SELECT m.month, row_number() OVER (PARTITION BY m.month ORDER BY t.visits DESC, t.column_id) AS rank, t.column_name, t.visits
FROM monthly_tally m
CROSS JOIN word w
CROSS JOIN LATERAL (
    SELECT e.key AS column_id, coalesce(edustats.named(c.name), w.unnamed) AS column_name, e.count AS visits
    FROM (SELECT * FROM edustats.each(m.tally) ORDER BY count DESC, key) e
    JOIN site_column c ON c.column_id = e.key AND c.medium = 'text'
    ORDER BY e.count DESC, e.key
    LIMIT 10) t
WHERE m.metric = 'column_visits'
ORDER BY 1, 2;
COMMENT ON VIEW figure_2 IS 'Figure 2: the text columns that were visited most; those of no known medium are none of them.';
COMMENT ON COLUMN figure_2.month IS 'First day of the month.';
COMMENT ON COLUMN figure_2.rank IS 'Place by visits.';
COMMENT ON COLUMN figure_2.column_name IS 'Name of the column.';
COMMENT ON COLUMN figure_2.visits IS 'Number of visits.';
