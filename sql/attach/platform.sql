-- Reference tables for a platform that has none of its own: the source relations of the contract, as plain tables.
-- Who has a platform writes views of these names and columns over his own tables instead.

CREATE PROCEDURE edustats.create_platform(platform name)
LANGUAGE plpgsql
SET search_path TO pg_catalog, pg_temp
AS $procedure$
BEGIN
    IF platform IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed', MESSAGE = 'platform must not be null';
    ELSIF to_regnamespace(quote_ident(platform)) IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_schema',
            MESSAGE = format('schema "%s" already exists', platform),
            HINT = 'Choose a name that is not taken; existing tables are used through views, see the README.';
    END IF;
    EXECUTE format('CREATE SCHEMA %I', platform);
    PERFORM set_config('search_path', format('%I, pg_catalog, pg_temp', platform), true);

    -- What changes seldom and is read whole.
    CREATE TABLE district (
        district_id bigint PRIMARY KEY,
        name text NOT NULL UNIQUE,
        position integer NOT NULL UNIQUE
    );
    COMMENT ON TABLE district IS 'Districts, in the order in which tables print them.';
    COMMENT ON COLUMN district.position IS 'Place in printed tables, ascending.';

    CREATE TABLE member (
        member_id bigint PRIMARY KEY,
        org_type text CHECK (btrim(org_type) <> ''),
        allocated boolean NOT NULL,
        district_id bigint REFERENCES district,
        name text NOT NULL,
        registered_at timestamptz NOT NULL,
        closed_at timestamptz CHECK (closed_at >= registered_at),
        CHECK (org_type IS NOT NULL OR NOT allocated)
    );
    CREATE INDEX ON member (registered_at);
    CREATE INDEX ON member (closed_at) WHERE closed_at IS NOT NULL;
    -- The stations are few among the members, and nearly every table is about them.
    CREATE INDEX ON member (member_id) INCLUDE (district_id, org_type, registered_at, closed_at) WHERE allocated;
    COMMENT ON TABLE member IS 'Registered accounts: organisations (collective) and persons (individual).';
    COMMENT ON COLUMN member.org_type IS 'Kind of organisation; NULL for a person''s account.';
    COMMENT ON COLUMN member.allocated IS
        'True for a station user, a collective account that the platform allocated; false for who registered himself.';
    COMMENT ON COLUMN member.district_id IS 'District of the member; NULL where unknown.';
    COMMENT ON COLUMN member.closed_at IS 'When the account was closed; NULL while it is open.';

    CREATE TABLE station_fitness (
        member_id bigint NOT NULL REFERENCES member,
        fit_from date NOT NULL,
        fit_until date CHECK (fit_until > fit_from),
        PRIMARY KEY (member_id, fit_from)
    );
    COMMENT ON TABLE station_fitness IS
        'When a station was fit for use: its site and equipment sound. A station in no such period is not expected to learn.';
    COMMENT ON COLUMN station_fitness.fit_from IS 'First local day of the period.';
    COMMENT ON COLUMN station_fitness.fit_until IS 'First local day after the period; NULL while it lasts.';

    CREATE TABLE course (
        course_id bigint PRIMARY KEY,
        title text NOT NULL,
        category text NOT NULL,
        producer text NOT NULL
    );
    COMMENT ON TABLE course IS 'Video courses.';

    CREATE TABLE site_column (
        column_id bigint PRIMARY KEY,
        name text NOT NULL,
        medium text NOT NULL CHECK (medium IN ('video', 'text'))
    );
    COMMENT ON TABLE site_column IS 'Columns of the web site whose visits are counted.';
    COMMENT ON COLUMN site_column.medium IS 'video (courses) or text (articles and pictures).';

    CREATE TABLE article (
        article_id bigint PRIMARY KEY,
        title text NOT NULL,
        column_id bigint NOT NULL REFERENCES site_column
    );
    COMMENT ON TABLE article IS 'Articles of the text columns.';

    CREATE TABLE topic (
        topic_id bigint PRIMARY KEY,
        title text NOT NULL,
        board text NOT NULL
    );
    COMMENT ON TABLE topic IS 'Topics of the forum.';
    COMMENT ON COLUMN topic.board IS 'Board of the forum that the topic stands in.';

    CREATE TABLE blog (
        blog_id bigint PRIMARY KEY,
        member_id bigint NOT NULL REFERENCES member,
        category text NOT NULL
    );
    COMMENT ON TABLE blog IS 'Blogs; the district of a blog is its author''s.';

    CREATE TABLE village_topic (
        topic_id bigint PRIMARY KEY,
        title text NOT NULL
    );
    COMMENT ON TABLE village_topic IS 'Topics of the village officials'' column.';

    CREATE TABLE village_participant (
        member_id bigint PRIMARY KEY,
        joined_at timestamptz NOT NULL
    );
    CREATE INDEX ON village_participant (joined_at);
    COMMENT ON TABLE village_participant IS
        'Who takes part in the village officials'' column: one row a participant, with the first time.';

    CREATE TABLE opening_balance (
        metric text NOT NULL,
        key bigint NOT NULL,
        amount bigint NOT NULL CHECK (amount >= 0),
        PRIMARY KEY (metric, key)
    );
    COMMENT ON TABLE opening_balance IS
        'What cumulative figures had reached before the first row of the metric''s source.';
    COMMENT ON COLUMN opening_balance.key IS 'The metric''s key (a site column, say), or 0 where the balance is not split.';
    COMMENT ON COLUMN opening_balance.amount IS 'In the metric''s unit: seconds for learning, else a count.';

    -- What happens: appended all the time, read by time. No foreign keys here, as they would cost each row more than
    -- the row itself; an unknown member is counted under class 0, an unknown key without a name.
    CREATE TABLE learning_session (
        member_id bigint NOT NULL,
        started_at timestamptz NOT NULL,
        seconds bigint NOT NULL CHECK (seconds >= 0)
    );
    COMMENT ON TABLE learning_session IS 'Learning: who watched, from when, for how many seconds.';

    CREATE TABLE course_click (
        member_id bigint,
        course_id bigint NOT NULL,
        clicked_at timestamptz NOT NULL
    );
    COMMENT ON TABLE course_click IS 'Clicks that open a course.';
    COMMENT ON COLUMN course_click.member_id IS 'Who clicked; NULL for a visitor.';

    CREATE TABLE column_visit (
        column_id bigint NOT NULL,
        visited_at timestamptz NOT NULL
    );
    COMMENT ON TABLE column_visit IS 'Visits of the web site''s columns.';

    CREATE TABLE article_view (
        article_id bigint NOT NULL,
        viewed_at timestamptz NOT NULL
    );
    COMMENT ON TABLE article_view IS 'Views of articles.';

    CREATE TABLE forum_post (
        member_id bigint NOT NULL,
        posted_at timestamptz NOT NULL
    );
    COMMENT ON TABLE forum_post IS 'Posts in the forum; the district of a post is its author''s.';

    CREATE TABLE topic_view (
        topic_id bigint NOT NULL,
        viewed_at timestamptz NOT NULL
    );
    COMMENT ON TABLE topic_view IS 'Views of the forum''s topics.';

    CREATE TABLE blog_post (
        blog_id bigint NOT NULL,
        posted_at timestamptz NOT NULL
    );
    COMMENT ON TABLE blog_post IS 'Posts in blogs.';

    CREATE TABLE village_post (
        topic_id bigint NOT NULL,
        posted_at timestamptz NOT NULL
    );
    COMMENT ON TABLE village_post IS 'Posts in the village officials'' column.';

    CREATE TABLE report (
        district_id bigint NOT NULL,
        reported_at timestamptz NOT NULL
    );
    COMMENT ON TABLE report IS 'Reports that districts sent in.';

    CREATE INDEX ON learning_session (started_at);
    CREATE INDEX ON learning_session (member_id);
    CREATE INDEX ON course_click (clicked_at);
    CREATE INDEX ON course_click (member_id);
    CREATE INDEX ON column_visit (visited_at);
    CREATE INDEX ON article_view (viewed_at);
    CREATE INDEX ON forum_post (posted_at);
    CREATE INDEX ON forum_post (member_id);
    CREATE INDEX ON topic_view (viewed_at);
    CREATE INDEX ON blog_post (posted_at);
    CREATE INDEX ON village_post (posted_at);
    CREATE INDEX ON report (reported_at);
END
$procedure$;
COMMENT ON PROCEDURE edustats.create_platform(name) IS
    'Creates a schema with the reference tables of a learning platform, empty. Fails if the schema exists.';
