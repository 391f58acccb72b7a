-- The bulletin's sentences in Chinese, a view for what needs the same of a platform.

-- data narrative_users requires member
CREATE OR REPLACE VIEW narrative_users AS
SELECT m.month, 1 AS section, p.paragraph, p.text
FROM calendar m
CROSS JOIN word w
LEFT JOIN (
    SELECT o.month, sum(o.users) AS users, sum(o.users_before) AS users_before, sum(o.individual) AS individual,
           sum(o.stations) AS station, sum(o.new) AS new, sum(o.allocated) AS allocated,
           edustats.list_text(array_agg(format('%s用户%s个（%s）', o.label, o.users, edustats.share_text(o.users, o.collective))
                                        ORDER BY o.users DESC, o.place)
                              FILTER (WHERE o.kind IS NOT NULL AND o.users > 0)) AS types,
           edustats.list_text(array_agg(format('%s%s%s个', o.label, w.station, o.stations) ORDER BY o.place)
                              FILTER (WHERE o.stations > 0)) AS station_types
    FROM user_kind o CROSS JOIN word w
    GROUP BY o.month) u ON u.month = m.month
CROSS JOIN LATERAL (
    SELECT coalesce(u.users, 0) AS users, coalesce(u.users_before, 0) AS users_before, coalesce(u.individual, 0) AS individual,
           coalesce(u.station, 0) AS station, coalesce(u.new, 0) AS new, coalesce(u.allocated, 0) AS allocated, u.types, u.station_types) n
CROSS JOIN LATERAL (VALUES
    (1, CASE WHEN n.users = 0 THEN format('截至%s，平台尚无注册用户。', edustats.until_text(m.last_day))
             ELSE format('截至%s，平台实名注册用户共%s个，%s，其中%s%s个、%s%s个。', edustats.until_text(m.last_day), n.users,
                         edustats.growth_text(n.users, n.users_before, w.before), w.collective, n.users - n.individual, w.individual, n.individual)
                  || coalesce(w.collective || '由多到少依次为：' || n.types || '。', '') END),
    (2, CASE WHEN n.station > 0 THEN format('由平台统一分配的%s共%s个：%s。', w.station, n.station, n.station_types) END),
    (3, CASE WHEN n.new = 0 THEN format('%s没有新增注册用户。', w.this)
             ELSE format('%s新增注册用户%s个，', w.this, n.new)
                  || CASE WHEN n.new = n.allocated THEN format('均为平台分配的%s。', w.station)
                          WHEN n.allocated = 0 THEN '均由用户在互联网上自行注册。'
                          ELSE format('其中平台分配%s%s个，用户在互联网上自行注册%s个。', w.station, n.allocated, n.new - n.allocated) END END)
) p(paragraph, text)
WHERE p.text IS NOT NULL;
COMMENT ON VIEW narrative_users IS 'The sentences of section 1.';

-- data narrative_learning requires member district learning_session
CREATE OR REPLACE VIEW narrative_learning AS
SELECT h.month, 2 AS section, p.paragraph, p.text
FROM (SELECT t.month, t.hours AS cumulative, c.last_day FROM learning_total t JOIN calendar c ON c.month = t.month) h
CROSS JOIN word w
LEFT JOIN (
    SELECT x.month, sum(x.hours) AS hours, sum(x.hours_before) AS hours_before,
           (array_agg(x.district || edustats.hours_text(x.hours) ORDER BY x.hours DESC, x.position, x.district_id)
                FILTER (WHERE x.hours > 0 AND x.district IS NOT NULL))[:5] AS districts,
           nullif(sum(x.hours) FILTER (WHERE x.district IS NULL), 0) AS elsewhere
    FROM learning_district x
    GROUP BY x.month) d ON d.month = h.month
CROSS JOIN LATERAL (SELECT coalesce(d.hours, 0) AS value, coalesce(d.hours_before, 0) AS previous, d.districts, d.elsewhere) t
LEFT JOIN (
    SELECT k.month, string_agg(edustats.list_text(k.labels) || '站点' || edustats.hours_text(k.hours) || '，' || edustats.share_text(k.hours, k.value), '；' ORDER BY k.place) AS parts
    FROM (SELECT l.*, coalesce(sum(l.hours) OVER (PARTITION BY l.month), 0) AS value FROM learning_kind l) k
    GROUP BY k.month) k ON k.month = h.month
LEFT JOIN (
    SELECT x.month, array_agg(x.station ORDER BY x.rank) FILTER (WHERE x.hours = x.most) AS first, max(x.most) AS most,
           edustats.list_text(array_agg(format('%s（%s）', x.station, edustats.hours_text(x.hours)) ORDER BY x.rank)
                              FILTER (WHERE x.hours < x.most AND x.rank <= 3)) AS next
    FROM (SELECT f.*, max(f.hours) OVER (PARTITION BY f.month) AS most FROM table_4 f) x
    GROUP BY x.month) s ON s.month = h.month
CROSS JOIN LATERAL (VALUES
    (1, format('截至%s，各区县%s累计学习%s小时。', edustats.until_text(h.last_day), w.station, edustats.wan_text(h.cumulative))
        || CASE WHEN s.most IS NULL THEN format('%s没有%s的学习记录。', w.this, w.station)
                WHEN t.value = 0 THEN format('%s%s共学习%s。', w.this, w.station, edustats.hours_text(t.value))
                ELSE format('%s%s共学习%s小时，%s；其中%s。', w.this, w.station, edustats.wan_text(t.value), edustats.growth_text(t.value, t.previous, w.before), k.parts) END),
    (2, edustats.districts_text('学习总时长居前的区县是', t.districts, w.other, '站点' || edustats.hours_text(t.elsewhere)) || '。'),
    (4, CASE WHEN cardinality(s.first) = 1 THEN format('学习时长最长的站点是%s，为%s', s.first[1], edustats.hours_text(s.most))
             WHEN cardinality(s.first) <= 3 THEN
                 format('%s学习时长并列最长，均为%s', edustats.list_text(s.first), edustats.hours_text(s.most))
             WHEN cardinality(s.first) > 3 THEN
                 format('%s等站点学习时长并列最长，均为%s', array_to_string(s.first[:3], '、'), edustats.hours_text(s.most)) END
        || coalesce('，其次是' || s.next, '') || '。')
) p(paragraph, text)
WHERE p.text IS NOT NULL;
COMMENT ON VIEW narrative_learning IS 'The sentences of section 2 about learning time.';

-- data narrative_participation requires member district learning_session station_fitness
CREATE OR REPLACE VIEW narrative_participation AS
SELECT t.month, 2 AS section, 3 AS paragraph,
       format('从站点参学情况看，%s。',
              string_agg(format('%s站点参学率%s', t.label, edustats.percent_text(edustats.share(t.attended, t.expected)))
                         || coalesce('，居前的区县是' || edustats.list_text(t.districts), ''), '；' ORDER BY t.place)) AS text
FROM (
    SELECT p.month, p.place, p.label, sum(p.attended) AS attended, sum(p.expected) AS expected,
           (array_agg(p.district || edustats.percent_text(p.rate) ORDER BY p.rate DESC, p.position, p.district_id)
                FILTER (WHERE p.attended > 0 AND p.district IS NOT NULL))[:3] AS districts
    FROM participation_told p
    GROUP BY p.month, p.place, p.label) t
WHERE t.attended > 0
GROUP BY t.month;
COMMENT ON VIEW narrative_participation IS 'The sentence of section 2 about participation.';

-- data narrative_courses requires course_click course
CREATE OR REPLACE VIEW narrative_courses AS
SELECT m.month, 3 AS section, p.paragraph, p.text
FROM calendar m
CROSS JOIN word w
LEFT JOIN (
    SELECT r.month, edustats.list_text(array_agg(format('%s类%s次', r.category, r.clicks) ORDER BY r.rank)) AS categories
    FROM category_ranking r
    WHERE r.audience IS NULL AND r.rank <= 5
    GROUP BY r.month) c ON c.month = m.month
LEFT JOIN (        -- kinds that like the same are told of together
    SELECT l.month, string_agg(l.kinds || CASE WHEN l.several THEN '点播最多的都是' ELSE '点播最多的是' END || l.categories || '类课程', '，' ORDER BY l.place) AS kinds
    FROM (SELECT f.month, edustats.list_text(f.categories) AS categories, edustats.list_text(array_agg(f.label || '用户' ORDER BY f.place)) AS kinds, count(*) > 1 AS several, min(f.place) AS place
          FROM favourite_category f
          GROUP BY f.month, f.categories) l
    GROUP BY l.month) l ON l.month = m.month
LEFT JOIN (
    SELECT t.month, array_agg(edustats.title_text(t.course, w.unnamed) || coalesce('（' || t.producer || '制作）', '') ORDER BY t.rank) AS first,
           max(t.clicks) AS clicks
    FROM favourite_course t CROSS JOIN word w
    GROUP BY t.month) t ON t.month = m.month
LEFT JOIN (                 -- what a kind likes besides what everybody does
    SELECT k.month, string_agg(k.label || '用户较关注' || k.courses, '，' ORDER BY k.place) AS kinds
    FROM (SELECT f.month, f.label, f.place, edustats.list_text(array_agg(edustats.title_text(f.course, w.unnamed) ORDER BY f.rank)) AS courses
          FROM other_favourite f CROSS JOIN word w
          GROUP BY f.month, f.label, f.place) k
    GROUP BY k.month) b ON b.month = m.month
CROSS JOIN LATERAL (VALUES
    (2, CASE WHEN c.categories IS NULL THEN format('%s没有视频课程点播记录。', w.this)
             ELSE format('从课程类别看，点播次数居前的是%s。', c.categories) || coalesce(l.kinds || '。', '') END),
    (3, w.this || '视频课程中，' || edustats.first_text(t.first, t.clicks || '次') || '。'
        || coalesce('除点播最多的课程外，' || b.kinds || '。', ''))
) p(paragraph, text)
WHERE p.text IS NOT NULL;
COMMENT ON VIEW narrative_courses IS 'The sentences of section 3 about courses.';

-- data narrative_columns requires column_visit site_column
CREATE OR REPLACE VIEW narrative_columns AS
SELECT h.month, p.section, p.paragraph,
       format('截至%s，%s栏目累计访问%s次。', edustats.until_text(c.last_day), p.name, edustats.wan_text(h.cumulative))
       || CASE WHEN h.value = 0 THEN format('%s%s栏目没有访问记录。', w.this, p.name)
               ELSE format('%s%s栏目访问%s次，%s。', w.this, p.name, edustats.wan_text(h.value), edustats.growth_text(h.value, h.previous, w.before))
                    || CASE WHEN h.metric = 'text_visits' THEN '其中，' || f.first || coalesce('，其次是' || f.next, '') || '。'
                            ELSE '' END END AS text
FROM headline_columns h
JOIN calendar c ON c.month = h.month
CROSS JOIN word w
JOIN LATERAL (VALUES ('video_visits', 3, 1, '视频课程'), ('text_visits', 4, 1, '图文'), ('other_visits', 4, 3, w.other))
    p(metric, section, paragraph, name) ON p.metric = h.metric
LEFT JOIN (
    SELECT x.month, edustats.first_text(array_agg(format('“%s”栏目访问量', x.column_name) ORDER BY x.rank) FILTER (WHERE x.visits = x.most),
                               max(x.most) || '次') AS first,
           edustats.list_text(array_agg(format('“%s”%s次', x.column_name, x.visits) ORDER BY x.rank)
                              FILTER (WHERE x.visits < x.most AND x.rank <= 3)) AS next
    FROM (SELECT f.*, max(f.visits) OVER (PARTITION BY f.month) AS most FROM figure_2 f) x
    GROUP BY x.month) f ON f.month = h.month AND h.metric = 'text_visits';
COMMENT ON VIEW narrative_columns IS
    'The sentences of sections 3 and 4 about visits of columns; the one about others only where the headline has them.';

-- data narrative_articles requires article_view article site_column
CREATE OR REPLACE VIEW narrative_articles AS
SELECT m.month, 4 AS section, 2 AS paragraph,
       CASE WHEN t.first IS NULL THEN format('%s没有图文信息浏览记录。', w.this)
            ELSE '从图文信息看，' || coalesce('浏览次数居前的文章以' || c.columns || '栏目最多；', '')
                 || edustats.first_text(t.first, t.views || '次') || '。' END AS text
FROM calendar m
CROSS JOIN word w
LEFT JOIN (
    SELECT x.month, array_agg(edustats.title_text(x.article, w.unnamed) ORDER BY x.rank) FILTER (WHERE x.views = x.most) AS first,
           max(x.most) AS views
    FROM (SELECT a.*, max(a.views) OVER (PARTITION BY a.month) AS most FROM article_top a) x CROSS JOIN word w
    GROUP BY x.month) t ON t.month = m.month
LEFT JOIN (                 -- nothing is said of columns where most articles may be in one that is not known
    SELECT x.month, CASE WHEN bool_and(x.name IS NOT NULL)
                THEN edustats.list_text(array_agg('“' || x.name || '”' ORDER BY x.best)) END AS columns
    FROM (SELECT a.month, max(a.column_name) AS name, min(a.rank) AS best, count(*) AS articles, max(count(*)) OVER (PARTITION BY a.month) AS most
          FROM article_top a GROUP BY a.month, a.column_id) x
    WHERE x.articles = x.most
    GROUP BY x.month) c ON c.month = m.month;
COMMENT ON VIEW narrative_articles IS 'The sentence of section 4 about articles.';

-- data narrative_forum requires forum_post member district
CREATE OR REPLACE VIEW narrative_forum AS
SELECT t.month, 5 AS section, 1 AS paragraph,
       CASE WHEN t.value = 0 THEN format('%s论坛没有新增帖子。', w.this)
            ELSE concat_ws('，', format('%s论坛新增帖子%s篇', w.this, t.value),
                           edustats.districts_text('发帖较多的区县有', d.districts, w.other, d.elsewhere || '篇')) || '。' END AS text
FROM (SELECT * FROM metric_total WHERE metric = 'forum_posts') t
CROSS JOIN word w
LEFT JOIN (
    SELECT p.month, (array_agg(format('%s%s篇', p.district, p.posts) ORDER BY p.posts DESC, d.position, d.district_id)
                FILTER (WHERE p.district IS NOT NULL))[:3] AS districts,
           sum(p.posts) FILTER (WHERE p.district IS NULL) AS elsewhere
    FROM forum_posts p
    LEFT JOIN place d ON d.district_id = p.district_id
    GROUP BY p.month) d ON d.month = t.month;
COMMENT ON VIEW narrative_forum IS 'The sentence of section 5 about posts in the forum.';

-- data narrative_topics requires topic_view topic
CREATE OR REPLACE VIEW narrative_topics AS
SELECT t.month, 5 AS section, 2 AS paragraph,
       CASE WHEN t.value = 0 THEN format('%s论坛帖子没有浏览记录。', w.this)
            ELSE format('%s论坛帖子被浏览%s次，%s', w.this, t.value, edustats.growth_text(t.value, t.previous, w.before))
                 || coalesce('；版块中，' || b.boards, '') || '。' END AS text
FROM (SELECT * FROM metric_total WHERE metric = 'topic_views') t
CROSS JOIN word w
LEFT JOIN (
    SELECT x.month, edustats.first_text(array_agg(format('“%s”的浏览次数', x.board) ORDER BY x.board COLLATE "C"), max(x.views) || '次') AS boards
    FROM (SELECT v.month, v.board, sum(v.views) AS views, max(sum(v.views)) OVER (PARTITION BY v.month) AS most
          FROM (SELECT o.month, coalesce(edustats.named(o.board), w.other) AS board, o.views FROM topic_views o CROSS JOIN word w) v
          GROUP BY v.month, v.board) x
    WHERE x.views = x.most
    GROUP BY x.month) b ON b.month = t.month;
COMMENT ON VIEW narrative_topics IS 'The sentence of section 5 about views of topics.';

-- data narrative_blogs requires blog_post blog member district
CREATE OR REPLACE VIEW narrative_blogs AS
SELECT t.month, 5 AS section, 3 AS paragraph,
       CASE WHEN t.value = 0 THEN format('%s博客没有新增博文。', w.this)
            ELSE concat_ws('，', format('%s博客新增博文%s篇', w.this, t.value),
                           edustats.districts_text('发博文较多的区县有', d.districts, w.other, d.elsewhere || '篇'))
                 || coalesce('；从类别看，' || c.categories, '') || '。' END AS text
FROM (SELECT * FROM metric_total WHERE metric = 'blog_posts') t
CROSS JOIN word w
LEFT JOIN (
    SELECT x.month, (array_agg(format('%s%s篇', x.district, x.posts) ORDER BY x.posts DESC, x.position, x.district_id)
                FILTER (WHERE x.district IS NOT NULL))[:3] AS districts,
           sum(x.posts) FILTER (WHERE x.district IS NULL) AS elsewhere
    FROM (SELECT p.month, p.district_id, p.district, d.position, sum(p.posts) AS posts
          FROM blog_month p
          LEFT JOIN place d ON d.district_id = p.district_id
          GROUP BY p.month, p.district_id, p.district, d.position) x
    GROUP BY x.month) d ON d.month = t.month
LEFT JOIN (
    SELECT x.month, edustats.first_text(array_agg(x.category || '类' ORDER BY x.rank), max(x.posts) || '篇') AS categories
    FROM (SELECT f.*, max(f.posts) OVER (PARTITION BY f.month) AS most FROM figure_3 f) x
    WHERE x.posts = x.most
    GROUP BY x.month) c ON c.month = t.month;
COMMENT ON VIEW narrative_blogs IS 'The sentence of section 5 about blogs.';

-- data narrative_village requires village_post village_topic village_participant
CREATE OR REPLACE VIEW narrative_village AS
SELECT t.month, 5 AS section, 4 AS paragraph,
       format('截至%s，村官栏目参与人数累计%s人，发布信息累计%s条；', edustats.until_text(d.last_day), p.cumulative,
              edustats.wan_text(t.cumulative))
       || CASE WHEN t.value = 0 THEN format('%s没有新增信息。', w.this)
               ELSE format('%s新增信息%s条', w.this, t.value) || coalesce('，话题中' || f.topics, '') || '。' END AS text
FROM (SELECT * FROM metric_total WHERE metric = 'village_posts') t
JOIN calendar d ON d.month = t.month
CROSS JOIN word w
JOIN (SELECT * FROM metric_total WHERE metric = 'village_participants') p ON p.month = t.month
LEFT JOIN (
    SELECT x.month, edustats.first_text(array_agg(edustats.title_text(x.topic, w.unnamed) ORDER BY x.rank), max(x.posts) || '条') AS topics
    FROM (SELECT f.*, max(f.posts) OVER (PARTITION BY f.month) AS most FROM figure_5 f) x CROSS JOIN word w
    WHERE x.posts = x.most
    GROUP BY x.month) f ON f.month = t.month;
COMMENT ON VIEW narrative_village IS 'The sentence of section 5 about the village officials'' column.';

-- data narrative_reports requires report district
CREATE OR REPLACE VIEW narrative_reports AS
SELECT m.month, 5 AS section, 5 AS paragraph,
       CASE WHEN r.reports IS NULL THEN format('%s各区县没有上报信息。', w.this_quarter)
            ELSE format('%s各区县上报信息%s篇，其中%s。', w.this_quarter, r.reports, r.districts) END AS text
FROM calendar m
CROSS JOIN word w
CROSS JOIN LATERAL (
    SELECT sum(x.reports) AS reports,
           edustats.list_text(array_agg(format('%s%s篇', x.name, x.reports)
                                        ORDER BY x.reports DESC, x.position, x.district_id)) AS districts
    FROM (SELECT d.district_id, coalesce(d.name, w.other) AS name, sum(e.count) AS reports, d.position
          FROM piece q
          CROSS JOIN LATERAL edustats.each(q.tally) e
          LEFT JOIN place d ON d.district_id = e.key
          WHERE q.metric = 'reports' AND q.day BETWEEN m.quarter AND m.last_day
          GROUP BY d.district_id, d.name, d.position) x) r
WHERE m.quarter IS NOT NULL;
COMMENT ON VIEW narrative_reports IS 'The sentence of section 5 about the quarter''s reports; only in a quarter''s last month.';

-- The headline in sentences, for a page that its owner makes: which of them stand on it is said by an item's rows.

-- sentence headline_sentence requires member
CREATE OR REPLACE VIEW headline_sentence AS
SELECT h.month, h.metric,
       CASE WHEN h.year_to_date IS NULL
            THEN format('截至%s，%s%s%s，%s。', edustats.until_text(d.last_day), n.name, trim_scale(h.value), n.unit, edustats.growth_text(h.value, h.last_year, '上年同期'))
            ELSE format('%s%s%s%s，%s；本年累计%s%s。', n.period, n.name, edustats.wan_text(h.value), n.unit,
                        edustats.growth_text(h.value, h.last_year, '上年同期'), edustats.wan_text(h.year_to_date), n.unit) END AS text
FROM headline h
JOIN calendar d ON d.month = h.month
CROSS JOIN word w
LEFT JOIN metric m ON m.metric = h.metric
CROSS JOIN LATERAL (        -- a metric of the owner's own is told as he calls it
    SELECT CASE h.metric WHEN 'reports_quarter' THEN w.this_quarter ELSE w.this END AS period,
           coalesce(max(c.name), m.label) AS name, coalesce(max(c.unit), m.unit) AS unit
    FROM (VALUES
        ('users', '实名注册用户', '个'), ('collective_users', w.collective, '个'), ('individual_users', w.individual, '个'),
        ('station_users', w.station, '个'), ('new_users', '新增注册用户', '个'), ('new_allocated_users', '新分配' || w.station, '个'),
        ('new_registered_users', '新增自行注册用户', '个'), ('learning_hours', w.station || '学习', '小时'),
        ('course_clicks', NULL, '次'), ('video_visits', '视频课程栏目访问', '次'), ('text_visits', '图文栏目访问', '次'),
        ('other_visits', w.other || '栏目访问', '次'), ('article_views', NULL, '次'), ('forum_posts', NULL, '篇'), ('topic_views', NULL, '次'),
        ('blog_posts', NULL, '篇'), ('village_posts', NULL, '条'), ('village_participants', '村官栏目新增参与者', '人'),
        ('reports', NULL, '篇'), ('reports_quarter', '信息报送', '篇')) c(metric, name, unit)
    WHERE c.metric = h.metric) n;
COMMENT ON VIEW headline_sentence IS
    'Each headline figure in a sentence: against the same month of the year before, and in the year to date. No page that comes along has it; an item of kind sentence with rows {"metric": …} takes one.';
COMMENT ON COLUMN headline_sentence.month IS 'First day of the month.';
COMMENT ON COLUMN headline_sentence.metric IS 'The figure, as in headline.';
COMMENT ON COLUMN headline_sentence.text IS 'The sentence.';
