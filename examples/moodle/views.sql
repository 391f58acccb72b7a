-- The bulletin's sources over Moodle's own tables: run by psql as the owner of Moodle's tables, where search_path finds them.
-- The prefix is mdl_, as Moodle has it by default. What is decided here, and can be decided otherwise, stands in README.md.
\set ON_ERROR_STOP on
CREATE SCHEMA site;

-- Districts are the cohorts that hold the users of a campus: those with an ID of campus-…
CREATE VIEW site.district AS
SELECT id AS district_id, name, id::integer AS position
FROM mdl_cohort
WHERE idnumber LIKE 'campus-%';

-- Users: the guest is none, and neither is an account that was never confirmed. An account with a department is collective;
-- one that came from the directory, and was not made by its user by e-mail, is allocated.
CREATE VIEW site.member AS
SELECT u.id AS member_id, nullif(u.department, '') AS org_type, u.auth <> 'email' AS allocated,
    (SELECT min(m.cohortid)
     FROM mdl_cohort_members m
     JOIN mdl_cohort c ON c.id = m.cohortid
     WHERE m.userid = u.id AND c.idnumber LIKE 'campus-%') AS district_id,
    u.firstname || ' ' || u.lastname AS name,
    to_timestamp(u.timecreated) AS registered_at,
    CASE WHEN u.deleted = 1 THEN to_timestamp(u.timemodified) END AS closed_at
FROM mdl_user u
WHERE u.confirmed = 1 AND u.username <> 'guest';

-- Who is enrolled is expected to learn, while the enrolment lasts. 0 and 2147483647 are Moodle's words for no limit.
CREATE VIEW site.station_fitness AS
SELECT e.userid AS member_id,
    (to_timestamp(e.timestart) AT TIME ZONE 'Europe/Berlin')::date AS fit_from,
    CASE WHEN e.timeend NOT IN (0, 2147483647) THEN (to_timestamp(e.timeend) AT TIME ZONE 'Europe/Berlin')::date END AS fit_until
FROM mdl_user_enrolments e
JOIN mdl_enrol i ON i.id = e.enrolid
WHERE e.status = 0 AND i.status = 0;

-- Course 1 is the front page. The category at the top is the faculty, which produces the course.
CREATE VIEW site.course AS
SELECT c.id AS course_id, c.fullname AS title, k.name AS category, f.name AS producer
FROM mdl_course c
LEFT JOIN mdl_course_categories k ON k.id = c.category
LEFT JOIN mdl_course_categories f ON f.id = split_part(k.path, '/', 2)::bigint
WHERE c.id <> 1;

CREATE VIEW site.course_click AS
SELECT userid AS member_id, courseid AS course_id, to_timestamp(timecreated) AS clicked_at
FROM mdl_logstore_standard_log
WHERE eventname = '\core\event\course_viewed' AND courseid <> 1 AND realuserid IS NULL;

-- Kinds of activity are the columns: book, page, video …
CREATE VIEW site.site_column AS
SELECT id AS column_id, name, CASE WHEN name IN ('h5pactivity', 'bigbluebuttonbn') THEN 'video' ELSE 'text' END AS medium
FROM mdl_modules;

CREATE VIEW site.column_visit AS
SELECT m.id AS column_id, to_timestamp(l.timecreated) AS visited_at
FROM mdl_logstore_standard_log l
JOIN mdl_modules m ON l.component = 'mod_' || m.name
WHERE l.action = 'viewed' AND l.target = 'course_module' AND l.realuserid IS NULL;

-- Articles are the activities of the kind page.
CREATE VIEW site.article AS
SELECT p.id AS article_id, p.name AS title, m.id AS column_id
FROM mdl_page p
JOIN mdl_modules m ON m.name = 'page';

CREATE VIEW site.article_view AS
SELECT objectid AS article_id, to_timestamp(timecreated) AS viewed_at
FROM mdl_logstore_standard_log
WHERE eventname = '\mod_page\event\course_module_viewed' AND realuserid IS NULL;

CREATE VIEW site.topic AS
SELECT d.id AS topic_id, d.name AS title, f.name AS board
FROM mdl_forum_discussions d
JOIN mdl_forum f ON f.id = d.forum;

CREATE VIEW site.topic_view AS
SELECT objectid AS topic_id, to_timestamp(timecreated) AS viewed_at
FROM mdl_logstore_standard_log
WHERE eventname = '\mod_forum\event\discussion_viewed' AND realuserid IS NULL;

CREATE VIEW site.forum_post AS
SELECT userid AS member_id, to_timestamp(created) AS posted_at
FROM mdl_forum_posts
WHERE deleted = 0;

-- Moodle keeps entries, not blogs, so an entry is a blog of one post. Its first tag is its category.
CREATE VIEW site.blog AS
SELECT p.id AS blog_id, p.userid AS member_id,
    (SELECT t.rawname
     FROM mdl_tag_instance i
     JOIN mdl_tag t ON t.id = i.tagid
     WHERE i.itemtype = 'post' AND i.component = 'core' AND i.itemid = p.id
     ORDER BY i.ordering, i.id
     LIMIT 1) AS category
FROM mdl_post p
WHERE p.module = 'blog';

CREATE VIEW site.blog_post AS
SELECT id AS blog_id, to_timestamp(created) AS posted_at
FROM mdl_post
WHERE module = 'blog' AND publishstate <> 'draft';

-- Moodle does not say how long somebody learned. A gap of more than 30 minutes in a user's log begins a new session; the other
-- gaps, added up, are its length. No row of the log makes a session alone: edustats.watch says which days a row can touch.
CREATE VIEW site.learning_session AS
SELECT userid AS member_id, to_timestamp(min(timecreated)) AS started_at, coalesce(sum(gap) FILTER (WHERE gap <= 1800), 0)::bigint AS seconds
FROM (SELECT userid, timecreated, gap,
          count(*) FILTER (WHERE gap > 1800) OVER (PARTITION BY userid ORDER BY timecreated, id) AS session
      FROM (SELECT id, userid, timecreated,
                timecreated - lag(timecreated) OVER (PARTITION BY userid ORDER BY timecreated, id) AS gap
            FROM mdl_logstore_standard_log
            WHERE userid > 1 AND realuserid IS NULL) g) s
GROUP BY userid, session;
