-- A log of all kinds of events, as Moodle's, its times seconds since 1970, behind filtered views; :schema names its schema.
\set ON_ERROR_STOP on
\set site :schema _site
\set bulletin :schema _bulletin
CREATE SCHEMA :schema;
CREATE TABLE :schema.log (id bigserial PRIMARY KEY, eventname text NOT NULL, userid bigint NOT NULL, courseid bigint, objectid bigint, timecreated bigint NOT NULL);
CREATE INDEX ON :schema.log (timecreated);
INSERT INTO :schema.log (eventname, userid, courseid, objectid, timecreated)
SELECT (ARRAY['course_viewed', 'loggedin', 'discussion_viewed', 'dashboard_viewed'])[1 + i % 4], (i * 7919::bigint) % 42517, 1 + (i * 104729::bigint) % 5000, 1 + i % 50,
       1425139200 + (i * 2678400::bigint) / :rows
FROM generate_series(1, :rows) i;
CREATE TABLE :schema.uncounted (LIKE :schema.log INCLUDING ALL);
CREATE SCHEMA :site;
CREATE VIEW :site.district AS SELECT district_id, name, position FROM platform.district;
CREATE VIEW :site.member AS SELECT member_id, org_type, allocated, district_id, name, registered_at, closed_at FROM platform.member;
CREATE VIEW :site.course_click AS SELECT nullif(userid, 0) AS member_id, courseid AS course_id, to_timestamp(timecreated) AS clicked_at FROM :schema.log WHERE eventname = 'course_viewed';
CREATE VIEW :site.topic_view AS SELECT objectid AS topic_id, to_timestamp(timecreated) AS viewed_at FROM :schema.log WHERE eventname = 'discussion_viewed';
CREATE VIEW :site.forum_post AS SELECT userid AS member_id, to_timestamp(timecreated) AS posted_at FROM :schema.log WHERE eventname = 'post_created';
CALL edustats.attach(:'site', :'bulletin');
CALL edustats.refresh(:'bulletin');
