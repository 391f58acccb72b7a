-- The metrics that come along. A metric counts the rows of a source (or sums a weight of theirs) by local day, by class of
-- member and by key. Attach copies these rows into a bulletin's own table, to which its owner adds others.

CREATE TABLE edustats.metric (
    metric text PRIMARY KEY,
    source name NOT NULL,
    time_column name NOT NULL,
    key_column name NOT NULL,
    weight_column name,
    member_column name,
    unit text NOT NULL,
    label text NOT NULL
);
COMMENT ON TABLE edustats.metric IS
    'Metrics that attach sets up where their source exists. Those of your own are rows of the bulletin''s table "metric".';
COMMENT ON COLUMN edustats.metric.metric IS 'Name of the metric.';
COMMENT ON COLUMN edustats.metric.source IS 'Relation of the platform''s schema.';
COMMENT ON COLUMN edustats.metric.time_column IS 'When it happened, timestamptz; a row without is not counted.';
COMMENT ON COLUMN edustats.metric.key_column IS 'What is counted by, an integer; a row without is not counted.';
COMMENT ON COLUMN edustats.metric.weight_column IS 'What is summed, an integer of at least 0; NULL to count rows.';
COMMENT ON COLUMN edustats.metric.member_column IS 'Whose class the row counts under; NULL to count all under class 0.';
COMMENT ON COLUMN edustats.metric.unit IS 'Unit of the total: rows, seconds …';
COMMENT ON COLUMN edustats.metric.label IS 'What it is called, for people.';
GRANT SELECT ON edustats.metric TO PUBLIC;

INSERT INTO edustats.metric (metric, source, time_column, key_column, weight_column, member_column, unit, label) VALUES
    ('registrations', 'member', 'registered_at', 'member_id', NULL, 'member_id', 'members', '新开通账户'),
    ('closures', 'member', 'closed_at', 'member_id', NULL, 'member_id', 'members', '注销账户'),
    ('learning', 'learning_session', 'started_at', 'member_id', 'seconds', 'member_id', 'seconds', '学习时间'),
    ('course_clicks', 'course_click', 'clicked_at', 'course_id', NULL, 'member_id', 'clicks', '视频课程点击'),
    ('column_visits', 'column_visit', 'visited_at', 'column_id', NULL, NULL, 'visits', '栏目访问'),
    ('article_views', 'article_view', 'viewed_at', 'article_id', NULL, NULL, 'views', '图文信息点击'),
    ('forum_posts', 'forum_post', 'posted_at', 'member_id', NULL, 'member_id', 'posts', '论坛发帖'),
    ('topic_views', 'topic_view', 'viewed_at', 'topic_id', NULL, NULL, 'views', '论坛主题浏览'),
    ('blog_posts', 'blog_post', 'posted_at', 'blog_id', NULL, NULL, 'posts', '博客发文'),
    ('village_posts', 'village_post', 'posted_at', 'topic_id', NULL, NULL, 'posts', '村官栏目发帖'),
    ('village_participants', 'village_participant', 'joined_at', 'member_id', NULL, 'member_id', 'members', '村官栏目参与者'),
    ('reports', 'report', 'reported_at', 'district_id', NULL, NULL, 'reports', '信息报送');
