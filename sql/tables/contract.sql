-- The contract with a platform: the relations and columns that attach looks for in its schema.

CREATE TABLE edustats.contract (
    source name NOT NULL,
    column_name name NOT NULL,
    type text NOT NULL CHECK (type IN ('integer', 'text', 'boolean', 'date', 'timestamptz')),
    PRIMARY KEY (source, column_name)
);
COMMENT ON TABLE edustats.contract IS 'Relations and columns that a platform offers, as tables or as views.';
COMMENT ON COLUMN edustats.contract.source IS 'Relation of the platform''s schema.';
COMMENT ON COLUMN edustats.contract.column_name IS 'Column of it.';
COMMENT ON COLUMN edustats.contract.type IS
    'What the column must be: integer is smallint, integer or bigint; text is any character type; the others as named.';
GRANT SELECT ON edustats.contract TO PUBLIC;

INSERT INTO edustats.contract (source, column_name, type) VALUES
    ('district', 'district_id', 'integer'), ('district', 'name', 'text'), ('district', 'position', 'integer'),
    ('member', 'member_id', 'integer'), ('member', 'org_type', 'text'), ('member', 'allocated', 'boolean'),
    ('member', 'district_id', 'integer'), ('member', 'name', 'text'), ('member', 'registered_at', 'timestamptz'),
    ('member', 'closed_at', 'timestamptz'),
    ('station_fitness', 'member_id', 'integer'), ('station_fitness', 'fit_from', 'date'),
    ('station_fitness', 'fit_until', 'date'),
    ('course', 'course_id', 'integer'), ('course', 'title', 'text'), ('course', 'category', 'text'),
    ('course', 'producer', 'text'),
    ('site_column', 'column_id', 'integer'), ('site_column', 'name', 'text'), ('site_column', 'medium', 'text'),
    ('article', 'article_id', 'integer'), ('article', 'title', 'text'), ('article', 'column_id', 'integer'),
    ('topic', 'topic_id', 'integer'), ('topic', 'title', 'text'), ('topic', 'board', 'text'),
    ('blog', 'blog_id', 'integer'), ('blog', 'member_id', 'integer'), ('blog', 'category', 'text'),
    ('village_topic', 'topic_id', 'integer'), ('village_topic', 'title', 'text'),
    ('village_participant', 'member_id', 'integer'), ('village_participant', 'joined_at', 'timestamptz'),
    ('opening_balance', 'metric', 'text'), ('opening_balance', 'key', 'integer'), ('opening_balance', 'amount', 'integer'),
    ('learning_session', 'member_id', 'integer'), ('learning_session', 'started_at', 'timestamptz'),
    ('learning_session', 'seconds', 'integer'),
    ('course_click', 'member_id', 'integer'), ('course_click', 'course_id', 'integer'),
    ('course_click', 'clicked_at', 'timestamptz'),
    ('column_visit', 'column_id', 'integer'), ('column_visit', 'visited_at', 'timestamptz'),
    ('article_view', 'article_id', 'integer'), ('article_view', 'viewed_at', 'timestamptz'),
    ('forum_post', 'member_id', 'integer'), ('forum_post', 'posted_at', 'timestamptz'),
    ('topic_view', 'topic_id', 'integer'), ('topic_view', 'viewed_at', 'timestamptz'),
    ('blog_post', 'blog_id', 'integer'), ('blog_post', 'posted_at', 'timestamptz'),
    ('village_post', 'topic_id', 'integer'), ('village_post', 'posted_at', 'timestamptz'),
    ('report', 'district_id', 'integer'), ('report', 'reported_at', 'timestamptz');
