-- The bulletin's sources over a store of xAPI statements: run by psql as the owner of the tables, where search_path finds them.
-- Keys are texts, the actors' accounts and the activities' IRIs: edustats.key_of makes numbers of them. What is decided here,
-- and can be decided otherwise, stands in README.md.
\set ON_ERROR_STOP on
CREATE SCHEMA site;

-- What is common to all: an actor is an account or a mailbox, and what was voided does not count. The CASE makes the join's key one
-- that only statements have which void another: the others touch no day but their own.
CREATE VIEW site.valid AS
SELECT edustats.from_iso8601(s.payload ->> 'timestamp') AS at,
    edustats.key_of(coalesce((s.payload #>> '{actor,account,homePage}') || '/' || (s.payload #>> '{actor,account,name}'),
                             s.payload #>> '{actor,mbox}')) AS actor,
    s.payload #>> '{verb,id}' AS verb,
    edustats.key_of(s.payload #>> '{object,id}') AS object,
    s.payload #>> '{object,definition,type}' AS type,
    s.payload
FROM statement s
LEFT JOIN statement v ON v.payload #>> '{verb,id}' = 'http://adlnet.gov/expapi/verbs/voided'
    AND s.id = CASE WHEN v.payload #>> '{verb,id}' = 'http://adlnet.gov/expapi/verbs/voided' THEN (v.payload #>> '{object,id}')::uuid END
WHERE v.id IS NULL;

-- Activities with what the portal says of them.
CREATE VIEW site.known AS
SELECT edustats.key_of(iri) AS key, payload #>> '{definition,type}' AS type, payload #>> '{definition,name,en}' AS name,
    payload #> '{definition,extensions}' AS extensions
FROM activity;

CREATE VIEW site.district AS
SELECT edustats.key_of(code) AS district_id, name, position
FROM portal_campus;

-- Without a kind a user is a person. "issued" is what the portal says of accounts that it made itself.
CREATE VIEW site.member AS
SELECT edustats.key_of(actor) AS member_id, payload ->> 'kind' AS org_type, (payload ->> 'issued')::boolean AS allocated,
    edustats.key_of(payload ->> 'campus') AS district_id, payload ->> 'name' AS name,
    edustats.from_iso8601(payload ->> 'registered') AS registered_at, edustats.from_iso8601(payload ->> 'closed') AS closed_at
FROM portal_user;

-- Who has a licence is expected to learn.
CREATE VIEW site.station_fitness AS
SELECT edustats.key_of(actor) AS member_id, (payload ->> 'licensed_from')::date AS fit_from, (payload ->> 'licensed_until')::date AS fit_until
FROM portal_user
WHERE payload ? 'licensed_from';

CREATE VIEW site.course AS
SELECT key AS course_id, name AS title, extensions ->> 'https://portal.example/ext/category' AS category,
    extensions ->> 'https://portal.example/ext/producer' AS producer
FROM site.known
WHERE type = 'http://adlnet.gov/expapi/activities/course';

CREATE VIEW site.course_click AS
SELECT actor AS member_id, object AS course_id, at AS clicked_at
FROM site.valid
WHERE verb = 'http://id.tincanapi.com/verb/viewed' AND type = 'http://adlnet.gov/expapi/activities/course';

-- A session is told when it ends, with its length as ISO 8601 has it, such as PT1H20M30.5S. A cast to interval would depend on settings of
-- the session, and so could not be followed by a trigger. What has no length in hours, minutes and seconds is not counted.
CREATE VIEW site.learning_session AS
SELECT actor AS member_id, at AS started_at,
    coalesce(substring(payload #>> '{result,duration}' FROM '(\d+)H')::bigint * 3600, 0)
        + coalesce(substring(payload #>> '{result,duration}' FROM '(\d+)M')::bigint * 60, 0)
        + coalesce(round(substring(payload #>> '{result,duration}' FROM '(\d+(?:\.\d+)?)S')::numeric)::bigint, 0) AS seconds
FROM site.valid
WHERE verb = 'http://adlnet.gov/expapi/verbs/terminated' AND payload #>> '{result,duration}' ~ '^PT(\d{1,6}H)?(\d{1,6}M)?(\d{1,6}(\.\d+)?S)?$';

CREATE VIEW site.site_column AS
SELECT key AS column_id, name, extensions ->> 'https://portal.example/ext/medium' AS medium
FROM site.known
WHERE type = 'http://id.tincanapi.com/activitytype/section';

-- The section that something stands in is the statement's parent.
CREATE VIEW site.column_visit AS
SELECT edustats.key_of(payload #>> '{context,contextActivities,parent,0,id}') AS column_id, at AS visited_at
FROM site.valid
WHERE verb = 'http://id.tincanapi.com/verb/viewed';

CREATE VIEW site.article AS
SELECT key AS article_id, name AS title, edustats.key_of(extensions ->> 'https://portal.example/ext/section') AS column_id
FROM site.known
WHERE type = 'http://activitystrea.ms/schema/1.0/article';

CREATE VIEW site.article_view AS
SELECT object AS article_id, at AS viewed_at
FROM site.valid
WHERE verb = 'http://id.tincanapi.com/verb/viewed' AND type = 'http://activitystrea.ms/schema/1.0/article';

CREATE VIEW site.topic AS
SELECT key AS topic_id, name AS title, extensions ->> 'https://portal.example/ext/board' AS board
FROM site.known
WHERE type = 'http://id.tincanapi.com/activitytype/discussion';

CREATE VIEW site.topic_view AS
SELECT object AS topic_id, at AS viewed_at
FROM site.valid
WHERE verb = 'http://id.tincanapi.com/verb/viewed' AND type = 'http://id.tincanapi.com/activitytype/discussion';

CREATE VIEW site.forum_post AS
SELECT actor AS member_id, at AS posted_at
FROM site.valid
WHERE verb = 'http://id.tincanapi.com/verb/replied';

CREATE VIEW site.blog AS
SELECT key AS blog_id, edustats.key_of(extensions ->> 'https://portal.example/ext/owner') AS member_id,
    extensions ->> 'https://portal.example/ext/category' AS category
FROM site.known
WHERE type = 'http://id.tincanapi.com/activitytype/blog';

CREATE VIEW site.blog_post AS
SELECT object AS blog_id, at AS posted_at
FROM site.valid
WHERE verb = 'http://activitystrea.ms/schema/1.0/author';
