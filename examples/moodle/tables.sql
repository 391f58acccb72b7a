-- For trying out, not for a Moodle that is there: the tables of Moodle's that views.sql reads, as Moodle names and types
-- them (the columns that matter), with its indexes, and invented rows of January to May 2025. The same rows at every run.

CREATE TABLE mdl_user (
    id bigserial PRIMARY KEY,
    auth varchar(20) NOT NULL DEFAULT 'manual',
    confirmed smallint NOT NULL DEFAULT 0,
    deleted smallint NOT NULL DEFAULT 0,
    suspended smallint NOT NULL DEFAULT 0,
    username varchar(100) NOT NULL DEFAULT '',
    firstname varchar(100) NOT NULL DEFAULT '',
    lastname varchar(100) NOT NULL DEFAULT '',
    institution varchar(255) NOT NULL DEFAULT '',
    department varchar(255) NOT NULL DEFAULT '',
    timecreated bigint NOT NULL DEFAULT 0,
    timemodified bigint NOT NULL DEFAULT 0
);
CREATE TABLE mdl_cohort (
    id bigserial PRIMARY KEY,
    contextid bigint NOT NULL,
    name varchar(254) NOT NULL DEFAULT '',
    idnumber varchar(100)
);
CREATE TABLE mdl_cohort_members (
    id bigserial PRIMARY KEY,
    cohortid bigint NOT NULL DEFAULT 0,
    userid bigint NOT NULL DEFAULT 0,
    timeadded bigint NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX mdl_cohomemb_cohuse_uix ON mdl_cohort_members (cohortid, userid);
CREATE INDEX mdl_cohomemb_use_ix ON mdl_cohort_members (userid);
CREATE TABLE mdl_course_categories (
    id bigserial PRIMARY KEY,
    name varchar(255) NOT NULL DEFAULT '',
    parent bigint NOT NULL DEFAULT 0,
    path varchar(255) NOT NULL DEFAULT ''
);
CREATE TABLE mdl_course (
    id bigserial PRIMARY KEY,
    category bigint NOT NULL DEFAULT 0,
    fullname varchar(254) NOT NULL DEFAULT '',
    shortname varchar(255) NOT NULL DEFAULT '',
    visible smallint NOT NULL DEFAULT 1
);
CREATE TABLE mdl_enrol (
    id bigserial PRIMARY KEY,
    enrol varchar(20) NOT NULL DEFAULT '',
    status bigint NOT NULL DEFAULT 0,
    courseid bigint NOT NULL
);
CREATE TABLE mdl_user_enrolments (
    id bigserial PRIMARY KEY,
    status bigint NOT NULL DEFAULT 0,
    enrolid bigint NOT NULL,
    userid bigint NOT NULL,
    timestart bigint NOT NULL DEFAULT 0,
    timeend bigint NOT NULL DEFAULT 2147483647
);
CREATE UNIQUE INDEX mdl_userenro_enruse_uix ON mdl_user_enrolments (enrolid, userid);
CREATE TABLE mdl_modules (
    id bigserial PRIMARY KEY,
    name varchar(20) NOT NULL DEFAULT '',
    visible smallint NOT NULL DEFAULT 1
);
CREATE TABLE mdl_page (
    id bigserial PRIMARY KEY,
    course bigint NOT NULL DEFAULT 0,
    name varchar(255) NOT NULL DEFAULT ''
);
CREATE TABLE mdl_forum (
    id bigserial PRIMARY KEY,
    course bigint NOT NULL DEFAULT 0,
    type varchar(20) NOT NULL DEFAULT 'general',
    name varchar(255) NOT NULL DEFAULT ''
);
CREATE TABLE mdl_forum_discussions (
    id bigserial PRIMARY KEY,
    course bigint NOT NULL DEFAULT 0,
    forum bigint NOT NULL DEFAULT 0,
    name varchar(255) NOT NULL DEFAULT ''
);
CREATE TABLE mdl_forum_posts (
    id bigserial PRIMARY KEY,
    discussion bigint NOT NULL DEFAULT 0,
    parent bigint NOT NULL DEFAULT 0,
    userid bigint NOT NULL DEFAULT 0,
    created bigint NOT NULL DEFAULT 0,
    modified bigint NOT NULL DEFAULT 0,
    subject varchar(255) NOT NULL DEFAULT '',
    deleted smallint NOT NULL DEFAULT 0
);
CREATE INDEX mdl_forupost_cre_ix ON mdl_forum_posts (created);
CREATE INDEX mdl_forupost_use_ix ON mdl_forum_posts (userid);
CREATE TABLE mdl_post (
    id bigserial PRIMARY KEY,
    module varchar(20) NOT NULL DEFAULT '',
    userid bigint NOT NULL DEFAULT 0,
    subject varchar(128) NOT NULL DEFAULT '',
    publishstate varchar(20) NOT NULL DEFAULT 'draft',
    lastmodified bigint NOT NULL DEFAULT 0,
    created bigint NOT NULL DEFAULT 0
);
CREATE INDEX mdl_post_mod_ix ON mdl_post (module);
CREATE TABLE mdl_tag (
    id bigserial PRIMARY KEY,
    name varchar(255) NOT NULL DEFAULT '',
    rawname varchar(255) NOT NULL DEFAULT ''
);
CREATE TABLE mdl_tag_instance (
    id bigserial PRIMARY KEY,
    tagid bigint NOT NULL,
    component varchar(100) NOT NULL DEFAULT '',
    itemtype varchar(100) NOT NULL DEFAULT '',
    itemid bigint NOT NULL,
    ordering bigint
);
CREATE INDEX mdl_taginst_itecomite_ix ON mdl_tag_instance (itemtype, component, itemid);
CREATE TABLE mdl_logstore_standard_log (
    id bigserial PRIMARY KEY,
    eventname varchar(255) NOT NULL DEFAULT '',
    component varchar(100) NOT NULL DEFAULT '',
    action varchar(100) NOT NULL DEFAULT '',
    target varchar(100) NOT NULL DEFAULT '',
    objecttable varchar(50),
    objectid bigint,
    userid bigint NOT NULL,
    courseid bigint,
    timecreated bigint NOT NULL,
    origin varchar(10),
    realuserid bigint
);
CREATE INDEX mdl_logsstanlog_tim_ix ON mdl_logstore_standard_log (timecreated);
CREATE INDEX mdl_logsstanlog_usecon_ix ON mdl_logstore_standard_log (userid);
CREATE INDEX mdl_logsstanlog_eve_ix ON mdl_logstore_standard_log (eventname);

-- 1 is the guest and 2 the first administrator, as in every Moodle. 1735689600 is 2025-01-01 00:00 UTC.
INSERT INTO mdl_user (auth, confirmed, username, firstname, lastname, department, timecreated) VALUES
    ('manual', 1, 'guest', 'Guest user', '', '', 0),
    ('manual', 1, 'admin', 'Admin', 'User', 'IT', 1735725600);
INSERT INTO mdl_user (auth, confirmed, deleted, username, firstname, lastname, department, timecreated, timemodified)
SELECT CASE WHEN i % 5 = 4 THEN 'email' ELSE 'ldap' END, CASE WHEN i % 45 = 44 THEN 0 ELSE 1 END, CASE WHEN i % 37 = 36 THEN 1 ELSE 0 END,
    'u' || i, (ARRAY['Anna', 'Ben', 'Clara', 'David', 'Emma', 'Finn', 'Greta'])[1 + i % 7],
    (ARRAY['Bauer', 'Fischer', 'Krause', 'Lehmann', 'Schulz', 'Vogt', 'Wolff', 'Ziegler'])[1 + i % 8] || ' ' || i,
    CASE WHEN i % 10 = 4 THEN '' ELSE (ARRAY['Law', 'Medicine', 'Physics', 'Arts'])[1 + i % 4] END,
    1735725600 + i * 51840, 1735725600 + i * 51840 + 3456000
FROM generate_series(1, 200) i;
INSERT INTO mdl_cohort (contextid, name, idnumber) VALUES
    (1, 'Mitte', 'campus-1'), (1, 'Nord', 'campus-2'), (1, 'Süd', 'campus-3'), (1, 'First semester', 'semester-1');
INSERT INTO mdl_cohort_members (cohortid, userid) SELECT 1 + i % 3, i FROM generate_series(3, 190) i;
INSERT INTO mdl_cohort_members (cohortid, userid) SELECT 1 + (i + 1) % 3, i FROM generate_series(3, 20) i;
INSERT INTO mdl_cohort_members (cohortid, userid) SELECT 4, i FROM generate_series(3, 200, 2) i;
INSERT INTO mdl_course_categories (name, parent, path) VALUES
    ('Faculty of Law', 0, '/1'), ('Faculty of Sciences', 0, '/2'), ('Civil law', 1, '/1/3'), ('Public law', 1, '/1/4'),
    ('Mechanics', 2, '/2/5'), ('Anatomy', 2, '/2/6');
INSERT INTO mdl_course (category, fullname, shortname) VALUES (0, 'Our Moodle', 'site');
INSERT INTO mdl_course (category, fullname, shortname)
SELECT 3 + i % 4, (ARRAY['Civil law', 'Public law', 'Mechanics', 'Anatomy'])[1 + i % 4] || ' ' || (i + 3) / 4, 'c' || i FROM generate_series(1, 24) i;
INSERT INTO mdl_enrol (enrol, courseid) SELECT 'manual', i FROM generate_series(2, 25) i;
INSERT INTO mdl_user_enrolments (status, enrolid, userid, timestart, timeend)
SELECT CASE WHEN i % 50 = 0 THEN 1 ELSE 0 END, 1 + (i * 7 + j * 11) % 24, i, CASE WHEN i % 9 = 0 THEN 0 ELSE 1735725600 + i * 51840 END,
    CASE WHEN i % 6 = 0 THEN 1743458400 ELSE 0 END
FROM generate_series(3, 202) i CROSS JOIN generate_series(1, 2) j WHERE i % 13 > 0;
INSERT INTO mdl_modules (name) VALUES ('assign'), ('book'), ('forum'), ('h5pactivity'), ('page'), ('quiz'), ('resource');
INSERT INTO mdl_page (course, name) SELECT 2 + i % 24, 'Reading ' || i FROM generate_series(1, 40) i;
INSERT INTO mdl_forum (course, name) SELECT 1 + i, (ARRAY['Announcements', 'Questions', 'Exam'])[1 + i % 3] || ' ' || i FROM generate_series(1, 12) i;
INSERT INTO mdl_forum_discussions (course, forum, name) SELECT 2 + i % 12, 1 + i % 12, 'Discussion ' || i FROM generate_series(1, 60) i;
INSERT INTO mdl_forum_posts (discussion, parent, userid, created, modified, subject, deleted)
SELECT 1 + i % 60, CASE WHEN i <= 60 THEN 0 ELSE i % 60 + 1 END, 3 + i * 13 % 200, 1735729200 + i * 4133, 1735729200 + i * 4133, 'Re: ' || i,
    CASE WHEN i % 40 = 0 THEN 1 ELSE 0 END
FROM generate_series(1, 3000) i;
INSERT INTO mdl_post (module, userid, subject, publishstate, lastmodified, created)
SELECT CASE WHEN i % 11 = 0 THEN 'notes' ELSE 'blog' END, 3 + i * 7 % 200, 'Entry ' || i, CASE WHEN i % 8 = 0 THEN 'draft' ELSE 'site' END,
    1735736400 + i * 31013, 1735736400 + i * 31013
FROM generate_series(1, 400) i;
INSERT INTO mdl_tag (name, rawname) VALUES ('study', 'Study'), ('travel', 'Travel'), ('exam', 'Exam');
INSERT INTO mdl_tag_instance (tagid, component, itemtype, itemid, ordering)
SELECT 1 + i % 3, 'core', 'post', i, 0 FROM generate_series(1, 400) i WHERE i % 7 > 0;
INSERT INTO mdl_tag_instance (tagid, component, itemtype, itemid, ordering) SELECT 1 + (i + 1) % 3, 'core', 'post', i, 1 FROM generate_series(1, 100) i;

-- 7000 visits of one to twelve events, some minutes apart, a few around midnight; some are of the guest, some of nobody.
INSERT INTO mdl_logstore_standard_log (eventname, component, action, target, objecttable, objectid, userid, courseid, timecreated, origin, realuserid)
SELECT CASE k.kind WHEN 0 THEN '\core\event\user_loggedin' WHEN 1 THEN '\mod_forum\event\discussion_viewed'
        WHEN 2 THEN '\mod_page\event\course_module_viewed' WHEN 3 THEN '\mod_h5pactivity\event\course_module_viewed'
        WHEN 4 THEN '\mod_book\event\course_module_viewed' WHEN 5 THEN '\core\event\dashboard_viewed' ELSE '\core\event\course_viewed' END,
    CASE k.kind WHEN 1 THEN 'mod_forum' WHEN 2 THEN 'mod_page' WHEN 3 THEN 'mod_h5pactivity' WHEN 4 THEN 'mod_book' ELSE 'core' END,
    CASE k.kind WHEN 0 THEN 'loggedin' ELSE 'viewed' END,
    CASE k.kind WHEN 0 THEN 'user' WHEN 1 THEN 'discussion' WHEN 5 THEN 'dashboard' WHEN 6 THEN 'course' WHEN 7 THEN 'course' ELSE 'course_module' END,
    CASE k.kind WHEN 0 THEN 'user' WHEN 1 THEN 'forum_discussions' WHEN 2 THEN 'page' WHEN 3 THEN 'h5pactivity' WHEN 4 THEN 'book' END,
    CASE k.kind WHEN 0 THEN v.userid WHEN 1 THEN 1 + i * j % 60 WHEN 2 THEN 1 + i * j % 40 WHEN 3 THEN 1 + i % 5 WHEN 4 THEN 1 + i % 7 END,
    v.userid, CASE WHEN k.kind IN (0, 5) THEN NULL ELSE 1 + (i + j) * 17 % 25 END,
    1735686000 + i * 151::bigint / 7000 * 86400 + i * 7919::bigint % 86400 + j * (60 + i % 280), 'web', CASE WHEN i % 97 = 0 THEN 2 END
FROM generate_series(1, 7000) i
CROSS JOIN LATERAL (SELECT CASE WHEN i % 31 = 0 THEN 1 WHEN i % 53 = 0 THEN 0 ELSE 2 + i * 101 % 201 END AS userid) v
CROSS JOIN LATERAL generate_series(0, i % 12) j
CROSS JOIN LATERAL (SELECT CASE j WHEN 0 THEN 0 ELSE (i + j * 5) % 8 END AS kind) k;
ANALYZE mdl_user, mdl_course, mdl_forum_posts, mdl_post, mdl_logstore_standard_log;
