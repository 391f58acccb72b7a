-- The metric catalogue. A metric counts the rows of a source (or sums a weight of theirs) by local day, by class of
-- member and by key.

CREATE TABLE edustats.metric (
    metric text PRIMARY KEY CHECK (metric ~ '^[a-z][a-z0-9_]{0,29}$'),
    source name NOT NULL,
    time_column name NOT NULL,
    key_column name NOT NULL,
    weight_column name,
    member_column name,
    unit text NOT NULL,
    description text NOT NULL,
    builtin boolean NOT NULL DEFAULT false,
    since date NOT NULL DEFAULT '1990-01-01' CHECK (isfinite(since))
);
COMMENT ON TABLE edustats.metric IS
    'Metrics that attach sets up where their source exists. Add a row and attach again to have one of your own.';
COMMENT ON COLUMN edustats.metric.metric IS 'Name of the metric: lower-case letters, digits and _, at most 30.';
COMMENT ON COLUMN edustats.metric.source IS 'Relation of the platform''s schema.';
COMMENT ON COLUMN edustats.metric.time_column IS 'When it happened, timestamptz; a row without is not counted.';
COMMENT ON COLUMN edustats.metric.key_column IS 'What is counted by, an integer; a row without is not counted.';
COMMENT ON COLUMN edustats.metric.weight_column IS 'What is summed, an integer of at least 0; NULL to count rows.';
COMMENT ON COLUMN edustats.metric.member_column IS 'Whose class the row counts under; NULL to count all under class 0.';
COMMENT ON COLUMN edustats.metric.unit IS 'Unit of the total: rows, seconds …';
COMMENT ON COLUMN edustats.metric.description IS 'What it counts, for people.';
COMMENT ON COLUMN edustats.metric.builtin IS 'True for the metrics that the extension brings.';
COMMENT ON COLUMN edustats.metric.since IS
    'First day that is counted, where attach sets the metric up: earlier ones are outside the calendar. Later on the bulletin''s own table says so.';
GRANT SELECT ON edustats.metric TO PUBLIC;

INSERT INTO edustats.metric
    (metric, source, time_column, key_column, weight_column, member_column, unit, description, builtin)
VALUES
    ('registrations', 'member', 'registered_at', 'member_id', NULL, 'member_id', 'members', 'accounts opened, by member', true),
    ('closures', 'member', 'closed_at', 'member_id', NULL, 'member_id', 'members', 'accounts closed, by member', true),
    ('learning', 'learning_session', 'started_at', 'member_id', 'seconds', 'member_id', 'seconds', 'learning, by member', true),
    ('course_clicks', 'course_click', 'clicked_at', 'course_id', NULL, 'member_id', 'clicks', 'clicks on courses, by course', true),
    ('column_visits', 'column_visit', 'visited_at', 'column_id', NULL, NULL, 'visits', 'visits of site columns, by column', true),
    ('article_views', 'article_view', 'viewed_at', 'article_id', NULL, NULL, 'views', 'views of articles, by article', true),
    ('forum_posts', 'forum_post', 'posted_at', 'member_id', NULL, 'member_id', 'posts', 'posts in the forum, by member', true),
    ('topic_views', 'topic_view', 'viewed_at', 'topic_id', NULL, NULL, 'views', 'views of forum topics, by topic', true),
    ('blog_posts', 'blog_post', 'posted_at', 'blog_id', NULL, NULL, 'posts', 'posts in blogs, by blog', true),
    ('village_posts', 'village_post', 'posted_at', 'topic_id', NULL, NULL, 'posts', 'posts in the village officials'' column, by topic', true),
    ('village_participants', 'village_participant', 'joined_at', 'member_id', NULL, 'member_id', 'members', 'first participations in the village officials'' column, by member', true),
    ('reports', 'report', 'reported_at', 'district_id', NULL, NULL, 'reports', 'reports sent in, by district', true);

SELECT pg_catalog.pg_extension_config_dump('edustats.metric', 'WHERE NOT builtin');
