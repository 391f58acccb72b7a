-- Keys that are texts and uuids: views make numbers of them, refresh keeps their names, ranking shows them, and two with the same
-- number are an error.
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;
SET timezone = 'America/New_York';
CREATE EXTENSION edustats;
\ir ../class_of.sql
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(36);

CREATE SCHEMA lrs;
CREATE SCHEMA site;
CREATE TABLE lrs.actor (email text PRIMARY KEY, dept text);
CREATE TABLE lrs.statement (id int, actor text, object text, verb varchar(20), at timestamptz);
CREATE TABLE lrs.page (id uuid PRIMARY KEY, title text);
CREATE TABLE lrs.read (page uuid, at timestamptz);
CREATE TABLE lrs.old (page text, at timestamptz);
INSERT INTO lrs.actor SELECT 'u' || i || '@x.org', (ARRAY['农村', '社区'])[1 + i % 2] FROM generate_series(1, 10) i;
INSERT INTO lrs.statement SELECT i, 'u' || 1 + i % 10 || '@x.org', 'http://x.org/' || (i * i) % 7, (ARRAY['launched', 'launched', 'viewed'])[1 + i % 3],
    timestamptz '2025-01-01+00' + i * interval '3 hours' FROM generate_series(1, 300) i;
INSERT INTO lrs.page SELECT md5(i::text)::uuid, 'page ' || i FROM generate_series(1, 5) i;
INSERT INTO lrs.read SELECT md5((1 + (i * i) % 5)::text)::uuid, timestamptz '2025-01-01+00' + i * interval '2 hours' FROM generate_series(1, 200) i;
INSERT INTO lrs.old SELECT 'old ' || i % 3, timestamptz '2024-12-01+00' + i * interval '2 hours' FROM generate_series(1, 100) i;

CREATE VIEW site.district AS SELECT 1 AS district_id, 'D'::text AS name, 1 AS position;
CREATE VIEW site.member AS SELECT edustats.key_of(email) AS member_id, dept AS org_type, true AS allocated, 1 AS district_id, email AS name,
    timestamptz '2024-01-01+00' AS registered_at, NULL::timestamptz AS closed_at FROM lrs.actor;
-- through two levels of views, the upper of which knows nothing of keys
CREATE VIEW lrs.launch AS SELECT edustats.key_of(actor) AS who, edustats.key_of(object) AS what, at FROM lrs.statement WHERE verb = 'launched';
CREATE VIEW lrs.launches AS SELECT * FROM lrs.launch;
CREATE VIEW site.course_click AS SELECT who AS member_id, what AS course_id, at AS clicked_at FROM lrs.launches;
-- a uuid
CREATE VIEW site.article_view AS SELECT edustats.key_of(page) AS article_id, at AS viewed_at FROM lrs.read;
CREATE VIEW site.article AS SELECT edustats.key_of(id) AS article_id, title, 1 AS column_id FROM lrs.page;
CREATE VIEW site.site_column AS SELECT 1 AS column_id, 'c'::text AS name, 'text'::text AS medium;
-- UNION ALL: every arm is made of texts (or uuids), at any depth; or one is not
CREATE VIEW site.topic_view AS SELECT edustats.key_of(page) AS topic_id, at AS viewed_at FROM lrs.old
    UNION ALL (SELECT edustats.key_of(page), at FROM lrs.read UNION ALL SELECT what, at FROM lrs.launches);
CREATE VIEW site.village_post AS SELECT edustats.key_of(page) AS topic_id, at AS posted_at FROM lrs.old UNION ALL SELECT id, at FROM lrs.statement;
-- no key_of at all, and one that is not all of the key
CREATE VIEW site.column_visit AS SELECT id % 3 AS column_id, at AS visited_at FROM lrs.statement;
CREATE VIEW site.blog_post AS SELECT edustats.key_of(object) % 1000 AS blog_id, at AS posted_at FROM lrs.statement;
-- a lookup that is grouped by the number alone
CREATE VIEW site.village_participant AS SELECT k.number AS member_id, s.at AS joined_at
    FROM lrs.statement s JOIN (SELECT edustats.key_of(lower(email)) AS number, min(email) AS email FROM lrs.actor GROUP BY edustats.key_of(lower(email))) k ON k.email = s.actor;
-- a cast below, a join, columns of an alias
CREATE VIEW site.forum_post AS SELECT edustats.key_of(j.email) AS member_id, j.at AS posted_at
    FROM (lrs.statement s JOIN lrs.actor a ON a.email = s.actor) AS j (id, actor, object, verb, at, email, dept);
CREATE VIEW site.report AS SELECT edustats.key_of(verb) AS district_id, at AS reported_at FROM lrs.statement;
CALL edustats.attach('site', 'bulletin', 'UTC');

CREATE FUNCTION names(metric text, n integer DEFAULT 3) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s %s', coalesce(name, '-'), count), ', ' ORDER BY rank) FROM edustats.ranking('bulletin', $1, '[2024-01-01,2026-01-01)', n)
$$;
CREATE FUNCTION truth(query text, n integer DEFAULT 3) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE format('SELECT string_agg(format(''%%s %%s'', name, n), '', '' ORDER BY n DESC, key) FROM (SELECT * FROM (%s) t(name, key, n) ORDER BY n DESC, key LIMIT %s) t', query, n) INTO result;
    RETURN result;
END $$;
CREATE FUNCTION kept(metric text) RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM bulletin_data.key_name k WHERE k.metric = $1';

SELECT is(names('course_clicks', 1), regexp_replace(truth($$SELECT object, edustats.key_of(object), count(*) FROM lrs.statement WHERE verb = 'launched' GROUP BY 1$$, 1), '^\S+', '-'),
    'before a refresh there are figures and no names');
SELECT is((SELECT count(*) FROM bulletin_data.key_name), 0::bigint, 'none at all');
CALL edustats.refresh('bulletin');
SELECT is((SELECT count(*) FROM bulletin.refresh_status WHERE NOT tracked), 0::bigint, 'all of it is seen through');
SELECT is(names('course_clicks'), truth($$SELECT object, edustats.key_of(object), count(*) FROM lrs.statement WHERE verb = 'launched' GROUP BY 1$$),
    'names, through two levels of views');
SELECT is(names('article_views'), truth('SELECT page, edustats.key_of(page), count(*) FROM lrs.read GROUP BY 1'), 'of uuids');
SELECT is(names('topic_views', 20), truth($$SELECT page, edustats.key_of(page), count(*) FROM lrs.old GROUP BY 1 UNION ALL SELECT page::text, edustats.key_of(page), count(*) FROM lrs.read GROUP BY page
    UNION ALL SELECT object, edustats.key_of(object), count(*) FROM lrs.statement WHERE verb = 'launched' GROUP BY 1$$, 20), 'from all arms of UNION ALL');
SELECT is((SELECT count(name) || ' ' || count(*) FROM edustats.ranking('bulletin', 'village_posts', '[2024-01-01,2026-01-01)', 1000)), '0 303', 'none where one arm has none');
SELECT is((SELECT count(name) || ' ' || count(*) FROM edustats.ranking('bulletin', 'column_visits', '[2024-01-01,2026-01-01)', 1000)), '0 3', 'nor where keys are numbers');
SELECT is((SELECT count(name) FROM edustats.ranking('bulletin', 'blog_posts', '[2024-01-01,2026-01-01)', 1000)), 0::bigint, 'nor where a number was made of them further on');
SELECT is((SELECT count(name) || ' ' || count(*) FROM edustats.ranking('bulletin', 'village_participants', '[2024-01-01,2026-01-01)', 1000)), '0 10', 'nor where what they were made of is grouped away');
SELECT is(names('forum_posts'), truth('SELECT actor, edustats.key_of(actor), count(*) FROM lrs.statement GROUP BY 1'), 'of a column that an alias renames above a join');
SELECT is(names('reports'), truth('SELECT verb, edustats.key_of(verb), count(*) FROM lrs.statement GROUP BY 1'), 'of a varchar');
SELECT is(names('registrations', 20), truth($$SELECT email, edustats.key_of(email), 1 FROM lrs.actor$$, 20), 'members, too');
SELECT is(kept('course_clicks') || ' ' || kept('article_views') || ' ' || kept('topic_views') || ' ' || kept('village_posts') || ' ' || kept('column_visits'),
    (SELECT count(DISTINCT object) FROM lrs.statement WHERE verb = 'launched') || ' ' || (SELECT count(DISTINCT page) FROM lrs.read) || ' '
    || (SELECT count(*) FROM (SELECT page FROM lrs.old UNION SELECT page::text FROM lrs.read UNION SELECT object FROM lrs.statement WHERE verb = 'launched') t) || ' 0 0',
    'each is kept once');

-- New ones, and old ones
INSERT INTO lrs.statement SELECT 1000 + i, 'u1@x.org', 'http://x.org/new', 'launched', '2025-01-20 12:00+00' FROM generate_series(1, 500) i;
SELECT is(names('course_clicks', 1), '- 500', 'a new one has its name');
CALL edustats.refresh('bulletin');
SELECT is(names('course_clicks', 1), 'http://x.org/new 500', 'after a refresh');
DELETE FROM lrs.statement WHERE object = 'http://x.org/new';
CALL edustats.refresh('bulletin');
SELECT is(kept('course_clicks'), (SELECT count(DISTINCT object) + 1 FROM lrs.statement WHERE verb = 'launched'), 'and keeps it');
INSERT INTO lrs.statement VALUES (2000, 'u1@x.org', '', 'launched', '2025-01-21 12:00+00'), (2001, 'u1@x.org', NULL, 'launched', '2025-01-21 12:00+00'),
    (2002, 'u1@x.org', E'a "b" {c,d} \\ 密云\n', 'launched', '2025-01-21 12:00+00');
CALL edustats.refresh('bulletin');
SELECT is((SELECT string_agg(name, '|' ORDER BY name) FROM bulletin_data.key_name WHERE metric = 'course_clicks' AND name NOT LIKE 'http%'), E'|a "b" {c,d} \\ 密云\n',
    'odd ones, the empty one among them');
SELECT is((SELECT error FROM bulletin.refresh_status WHERE metric = 'course_clicks'), NULL, 'without an error');
UPDATE lrs.actor SET dept = '国企' WHERE email = 'u2@x.org';
SELECT is((SELECT edustats.total(edustats.rollup(tally)) FROM bulletin_data.activity WHERE metric = 'course_clicks' AND class = public.class_of('国企', true)),
    (SELECT count(*) FROM lrs.statement WHERE actor = 'u2@x.org' AND verb = 'launched')::bigint, 'a member whose key is a text gets another class');
CALL edustats.refresh('bulletin');

-- Two with the same number: not to be had in earnest, so that a name is planted
UPDATE bulletin_data.key_name SET name = 'another' WHERE metric = 'article_views' AND name = md5('2')::uuid::text;
SELECT is((SELECT sum(views) FROM bulletin.article_views), (SELECT count(*)::numeric FROM lrs.read), 'what was computed before is read');
INSERT INTO lrs.read VALUES (md5('2')::uuid, '2025-01-10 12:00+00');
SELECT throws_ok($$SELECT * FROM bulletin_data.activity WHERE metric = 'article_views'$$, '23505',
    format('two keys of metric "article_views" have the same number %s', edustats.key_of(md5('2')::uuid)), 'a live read is an error');
SELECT throws_ok($$SELECT sum(views) FROM bulletin.article_views WHERE month = '2025-01-01'$$, '23505', NULL, 'in the bulletin''s views, too');
SELECT lives_ok($$SELECT sum(views) FROM bulletin.article_views WHERE month = '2024-12-01'$$, 'not so in other months');
CALL edustats.refresh('bulletin');
SELECT is((SELECT concat_ws(' ', dirty_days, failed_days, error) FROM bulletin.refresh_status WHERE metric = 'article_views'),
    format('1 1 2025-01-10: two keys of metric "article_views" have the same number %s', edustats.key_of(md5('2')::uuid)), 'a refresh notes it');
SELECT is((SELECT sum(failed_days) FROM bulletin.refresh_status WHERE metric <> 'article_views'), 0::numeric, 'with no other metric');
SELECT throws_ok($$SELECT * FROM bulletin_data.activity WHERE metric = 'article_views'$$, '23505', NULL, 'and reading stays an error');
INSERT INTO lrs.read VALUES (md5('3')::uuid, '2025-02-12 12:00+00');
CALL edustats.refresh('bulletin');
SELECT is((SELECT dirty_days FROM bulletin.refresh_status WHERE metric = 'article_views'), 1::bigint, 'it holds up no other day');
UPDATE bulletin_data.key_name SET name = md5('2')::uuid::text WHERE name = 'another';
CALL edustats.refresh('bulletin');
SELECT is((SELECT concat_ws(' ', dirty_days, failed_days, error) FROM bulletin.refresh_status WHERE metric = 'article_views'), '0 0', 'put right, it is computed');
SELECT is(names('article_views'), truth('SELECT page, edustats.key_of(page), count(*) FROM lrs.read GROUP BY 1'), 'and right');
SELECT throws_ok($$SELECT edustats.key_names(1, n) FROM (VALUES ('a'), ('b')) v(n)$$, '23505', NULL, 'as two in one reading are');

-- A view that comes to be made of keys, and one that ceases
CREATE OR REPLACE VIEW site.column_visit AS SELECT edustats.key_of(object)::integer AS column_id, at AS visited_at FROM lrs.statement WHERE false
    UNION ALL SELECT id % 3, at FROM lrs.statement;
DROP VIEW site.village_post;
CREATE VIEW site.village_post AS SELECT edustats.key_of(page) AS topic_id, at AS posted_at FROM lrs.old UNION ALL SELECT edustats.key_of(id::text), at FROM lrs.statement;
CALL edustats.refresh('bulletin');
SELECT is(kept('column_visits'), 0::bigint, 'an arm whose numbers are cast has no names');
SELECT is(names('village_posts'), truth($$SELECT page, edustats.key_of(page), count(*) FROM lrs.old GROUP BY 1$$), 'a view that is made of keys now, has them');
DROP VIEW site.topic_view;
CREATE VIEW site.topic_view AS SELECT edustats.key_of(lower(page)) AS topic_id, at AS viewed_at FROM lrs.old;
CALL edustats.refresh('bulletin');
SELECT is(names('topic_views'), truth('SELECT lower(page), edustats.key_of(lower(page)), count(*) FROM lrs.old GROUP BY 1'), 'an expression is a name as well');
CALL edustats.attach('site', 'bulletin', 'Europe/Berlin');
SELECT is((SELECT count(*) FROM bulletin_data.key_name), 0::bigint, 'in another zone everything begins anew');
CALL edustats.refresh('bulletin');
SELECT is(names('article_views'), truth('SELECT page, edustats.key_of(page), count(*) FROM lrs.read GROUP BY 1'), 'names, too');
SELECT * FROM finish();
