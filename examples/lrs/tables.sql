-- For trying out, not for an LRS that is there: a store of xAPI statements as JSON, its activities, and the users of the
-- portal that sends them, with invented rows of January to April 2025. The same rows at every run.

CREATE TABLE statement (
    id uuid PRIMARY KEY,
    stored timestamptz NOT NULL,
    payload jsonb NOT NULL
);
CREATE INDEX statement_stored ON statement (stored);
CREATE TABLE activity (
    iri text PRIMARY KEY,
    payload jsonb NOT NULL
);
CREATE TABLE portal_campus (
    code text PRIMARY KEY,
    name text NOT NULL,
    position integer NOT NULL
);
CREATE TABLE portal_user (
    actor text PRIMARY KEY,
    payload jsonb NOT NULL
);

INSERT INTO portal_campus VALUES ('north', 'North', 1), ('south', 'South', 2), ('east', 'East', 3);

-- Users are known by an account, the last fifty by a mailbox.
INSERT INTO portal_user (actor, payload)
SELECT CASE WHEN i <= 150 THEN 'https://portal.example/u' || i ELSE 'mailto:u' || i || '@portal.example' END,
    jsonb_strip_nulls(jsonb_build_object(
        'name', (ARRAY['Anna', 'Ben', 'Clara', 'David', 'Emma', 'Finn', 'Greta'])[1 + i % 7] || ' ' || i,
        'kind', (ARRAY['农村', '社区', '高校', NULL])[1 + i % 4], 'issued', i % 3 > 0, 'campus', (ARRAY['north', 'south', 'east', 'west'])[1 + i % 4],
        'registered', to_char(timestamp '2025-01-01 01:00' + i * interval '14 hours', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'closed', CASE WHEN i % 29 = 0 THEN to_char(timestamp '2025-02-10 01:00' + i * interval '9 hours', 'YYYY-MM-DD"T"HH24:MI:SS+08:00') END,
        'licensed_from', '2025-01-01', 'licensed_until', CASE WHEN i % 11 = 0 THEN '2025-03-01' END))
FROM generate_series(1, 200) i;

INSERT INTO activity (iri, payload)
SELECT format('https://portal.example/%s/%s', k.kind, i), jsonb_build_object('id', format('https://portal.example/%s/%s', k.kind, i), 'definition',
    jsonb_build_object('type', k.type, 'name', jsonb_build_object('en', initcap(k.kind) || ' ' || i), 'extensions', jsonb_strip_nulls(jsonb_build_object(
        'https://portal.example/ext/category', CASE WHEN k.kind IN ('course', 'blog') THEN (ARRAY['Law', 'Health', 'Farming'])[1 + i % 3] END,
        'https://portal.example/ext/producer', CASE WHEN k.kind = 'course' THEN (ARRAY['Studio A', 'Studio B'])[1 + i % 2] END,
        'https://portal.example/ext/section', CASE WHEN k.kind = 'article' THEN 'https://portal.example/section/' || 1 + i % 4 END,
        'https://portal.example/ext/medium', CASE WHEN k.kind = 'section' THEN (ARRAY['text', 'text', 'video'])[1 + i % 3] END,
        'https://portal.example/ext/board', CASE WHEN k.kind = 'topic' THEN (ARRAY['Questions', 'News'])[1 + i % 2] END,
        'https://portal.example/ext/owner', CASE WHEN k.kind = 'blog' THEN 'https://portal.example/u' || i * 3 END))))
FROM (VALUES ('course', 20, 'http://adlnet.gov/expapi/activities/course'), ('section', 6, 'http://id.tincanapi.com/activitytype/section'),
             ('article', 30, 'http://activitystrea.ms/schema/1.0/article'), ('topic', 25, 'http://id.tincanapi.com/activitytype/discussion'),
             ('blog', 40, 'http://id.tincanapi.com/activitytype/blog')) k(kind, amount, type)
CROSS JOIN LATERAL generate_series(1, k.amount) i;

-- Of ten statements four view a course, two end a session of learning, one views an article in a section, one a topic, one replies to
-- a topic, and one writes in a blog. Times are written in UTC or in Shanghai's time; every twentieth actor is nobody known.
CREATE FUNCTION pg_temp.new_statement(i integer, at timestamptz) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'actor', CASE WHEN u.n <= 150 THEN jsonb_build_object('account', jsonb_build_object('homePage', 'https://portal.example', 'name', 'u' || u.n))
                      ELSE jsonb_build_object('mbox', 'mailto:u' || u.n || '@portal.example') END,
        'verb', jsonb_build_object('id', CASE i % 10 WHEN 4 THEN 'http://adlnet.gov/expapi/verbs/terminated' WHEN 5 THEN 'http://adlnet.gov/expapi/verbs/terminated'
            WHEN 8 THEN 'http://id.tincanapi.com/verb/replied' WHEN 9 THEN 'http://activitystrea.ms/schema/1.0/author' ELSE 'http://id.tincanapi.com/verb/viewed' END),
        'object', jsonb_build_object('id', 'https://portal.example/' || k.kind || '/' || 1 + i / 10 * 7 % k.amount, 'definition', jsonb_build_object('type', k.type)),
        'result', CASE WHEN i % 10 IN (4, 5) THEN jsonb_build_object('duration', format('PT%sM%sS', i % 70, i % 60)) END,
        'context', CASE WHEN k.kind = 'article' THEN jsonb_build_object('contextActivities', jsonb_build_object('parent',
            jsonb_build_array(jsonb_build_object('id', 'https://portal.example/section/' || 1 + (1 + i / 10 * 7 % k.amount) % 4)))) END,
        'timestamp', CASE WHEN i % 3 = 0 THEN to_char(at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD"T"HH24:MI:SS.MS+08:00')
                          ELSE to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END))
    FROM (SELECT CASE WHEN i % 20 = 0 THEN 900 ELSE 1 + i * 31 % 200 END AS n) u
    CROSS JOIN LATERAL (SELECT * FROM (VALUES ('course', 20, 'http://adlnet.gov/expapi/activities/course', 0),
        ('article', 30, 'http://activitystrea.ms/schema/1.0/article', 6), ('topic', 25, 'http://id.tincanapi.com/activitytype/discussion', 7),
        ('blog', 40, 'http://id.tincanapi.com/activitytype/blog', 9)) k(kind, amount, type, n)
        WHERE n = CASE i % 10 WHEN 6 THEN 6 WHEN 7 THEN 7 WHEN 8 THEN 7 WHEN 9 THEN 9 ELSE 0 END) k
$$;
INSERT INTO statement (id, stored, payload)
SELECT md5('statement ' || i)::uuid, at + interval '2 seconds', pg_temp.new_statement(i, at)
FROM generate_series(1, 12000) i CROSS JOIN LATERAL (SELECT timestamptz '2025-01-01 00:00+08' + i * interval '14 minutes 23 seconds' AS at) a;

-- A statement is taken back by another one.
INSERT INTO statement (id, stored, payload)
SELECT md5('voiding ' || i)::uuid, timestamptz '2025-05-02 00:00+08', jsonb_build_object(
    'actor', '{"mbox": "mailto:admin@portal.example"}'::jsonb, 'verb', '{"id": "http://adlnet.gov/expapi/verbs/voided"}'::jsonb,
    'object', jsonb_build_object('objectType', 'StatementRef', 'id', md5('statement ' || i * 100)::uuid), 'timestamp', '2025-05-01T16:00:00Z')
FROM generate_series(1, 100) i;
ANALYZE statement, activity, portal_user;
