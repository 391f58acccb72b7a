-- The headline in sentences, for a page that its owner makes: which of them stand on it is said by an item's rows.

-- sentence headline_sentence requires member
CREATE OR REPLACE VIEW headline_sentence AS
SELECT h.month, h.metric,
       CASE WHEN h.year_to_date IS NULL
            THEN format('截至%s底，%s%s%s，%s。', edustats.month_text(h.month), n.name, h.value, n.unit, edustats.growth_text(h.value, h.last_year, '上年同期'))
            ELSE format('%s%s%s%s，%s；本年累计%s%s。', n.period, n.name, edustats.wan_text(h.value), n.unit,
                        edustats.growth_text(h.value, h.last_year, '上年同期'), edustats.wan_text(h.year_to_date), n.unit) END AS text
FROM headline h
CROSS JOIN word w
LEFT JOIN metric m ON m.metric = h.metric
CROSS JOIN LATERAL (        -- a metric of the owner's own is told as he calls it
    SELECT CASE h.metric WHEN 'reports_quarter' THEN '本季度' ELSE '本月' END AS period,
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
