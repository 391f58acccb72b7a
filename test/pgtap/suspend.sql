-- suspend and resume: the platform's tables are altered under the bulletin; views, grants and rollup come back as they were.
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;
SET timezone = 'America/New_York';
CREATE EXTENSION edustats;
\ir ../class_of.sql
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(53);

CREATE ROLE sus_owner;
CREATE ROLE sus_reader;
CREATE ROLE sus_other;
GRANT sus_owner TO CURRENT_USER;
GRANT CREATE ON DATABASE :DBNAME TO sus_owner;
CREATE SCHEMA app AUTHORIZATION sus_owner;
CREATE SCHEMA site AUTHORIZATION sus_owner;
GRANT USAGE ON SCHEMA app, site TO sus_reader, sus_other;
SET ROLE sus_owner;

CREATE TABLE app.person (id int PRIMARY KEY, kind varchar(10), note text, joined timestamp);
CREATE TABLE app.title (id int PRIMARY KEY, text varchar(20), extra text);
CREATE TABLE app.hit (id int PRIMARY KEY, person int, title int, at int, extra text);
CREATE TABLE app.study (person int, started timestamptz, seconds int, extra text) PARTITION BY RANGE (started);
CREATE TABLE app.study_1 PARTITION OF app.study FOR VALUES FROM ('2015-02-01+08') TO ('2015-03-01+08');
CREATE TABLE app.study_2 PARTITION OF app.study FOR VALUES FROM ('2015-03-01+08') TO ('2015-04-01+08');
INSERT INTO app.person SELECT i, (ARRAY['农村', '社区'])[1 + i % 2], 'n', '2015-01-05' FROM generate_series(1, 6) i;
INSERT INTO app.title SELECT i, 'title ' || i FROM generate_series(1, 4) i;
INSERT INTO app.hit SELECT i, 1 + i % 6, 1 + i % 4, extract(epoch FROM timestamptz '2015-02-01+08') + i * 40000 FROM generate_series(0, 99) i;
INSERT INTO app.study SELECT 1 + i % 6, timestamptz '2015-02-01+08' + i * interval '11 hours', 60 + i FROM generate_series(0, 99) i;

CREATE VIEW site.district AS SELECT 1 AS district_id, 'D'::text AS name, 1 AS position;
CREATE VIEW app.active AS SELECT id, kind, joined FROM app.person WHERE kind IS NOT NULL;
CREATE VIEW site.member AS SELECT id AS member_id, kind AS org_type, true AS allocated, 1 AS district_id, 'm' || id AS name,
    joined AT TIME ZONE 'Asia/Shanghai' AS registered_at, NULL::timestamptz AS closed_at FROM app.active;
CREATE VIEW site.course WITH (security_barrier = true) AS SELECT id AS course_id, text AS title, 'c'::text AS category, 'p'::text AS producer FROM app.title;
CREATE VIEW site.course_click AS SELECT person AS member_id, h.title AS course_id, to_timestamp(at) AS clicked_at FROM app.hit h JOIN app.title t ON t.id = h.title;
CREATE VIEW site.learning_session AS SELECT person AS member_id, started AS started_at, seconds FROM app.study;
COMMENT ON VIEW site.course IS 'What''s taught';
COMMENT ON COLUMN site.course.title IS 'Its title';
ALTER VIEW site.course ALTER COLUMN title SET DEFAULT 'new';
GRANT SELECT, UPDATE ON site.course TO sus_reader;
GRANT SELECT ON site.course_click TO PUBLIC;
GRANT SELECT (member_id, "name") ON site.member TO sus_reader;
GRANT SELECT ON app.active TO sus_reader WITH GRANT OPTION;
CREATE FUNCTION app.ignore() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER ignore INSTEAD OF DELETE ON site.course_click FOR EACH ROW EXECUTE FUNCTION app.ignore();
CALL edustats.attach('site', 'bulletin');
CALL edustats.refresh('bulletin');
GRANT USAGE ON SCHEMA bulletin TO sus_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA bulletin TO sus_reader;

-- 
RESET ROLE;
CREATE VIEW described AS
SELECT c.oid::regclass::text AS view, pg_get_viewdef(c.oid) AS query, c.reloptions::text AS options, c.relowner::regrole::text AS owner,
    (SELECT array_agg(a ORDER BY a::text)::text FROM unnest(c.relacl) a) AS grants,
    (SELECT string_agg(d.objsubid || d.description, ', ' ORDER BY d.objsubid) FROM pg_description d WHERE d.classoid = 'pg_class'::regclass AND d.objoid = c.oid) AS comments,
    (SELECT string_agg(concat_ws(' ', a.attname, a.attacl::text, pg_get_expr(d.adbin, d.adrelid)), ', ' ORDER BY a.attnum)
     FROM pg_attribute a LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum) WHERE a.attrelid = c.oid) AS columns,
    (SELECT string_agg(pg_get_triggerdef(t.oid), ', ') FROM pg_trigger t WHERE t.tgrelid = c.oid) AS triggers,
    (SELECT string_agg(pg_get_ruledef(r.oid), ' ') FROM pg_rewrite r WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN') AS rules
FROM pg_class c WHERE c.relkind = 'v' AND c.relnamespace IN ('app'::regnamespace, 'site'::regnamespace, 'bulletin'::regnamespace);
GRANT SELECT ON described TO sus_owner;
CREATE RULE nothing AS ON UPDATE TO site.course DO INSTEAD NOTHING;
CREATE TABLE described_before AS TABLE described;
CREATE FUNCTION difference() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN       -- planned each time: the views come and go
    RETURN (WITH truth AS (
        SELECT 'learning' AS metric, (started AT TIME ZONE 'Asia/Shanghai')::date AS day, person::bigint AS key, sum(seconds)::numeric AS n FROM app.study GROUP BY 2, 3
        UNION ALL SELECT 'course_clicks', (to_timestamp(at) AT TIME ZONE 'Asia/Shanghai')::date, title, count(*) FROM app.hit GROUP BY 2, 3
    ), shown AS (
        SELECT a.metric, a.day, e.key, sum(e.count) AS n FROM bulletin_data.activity a, edustats.each(a.tally) e
        WHERE a.metric IN ('learning', 'course_clicks') GROUP BY 1, 2, 3)
    SELECT count(*) FROM ((TABLE truth EXCEPT TABLE shown) UNION ALL (TABLE shown EXCEPT TABLE truth)) d);
END $$;
CREATE FUNCTION dirty() RETURNS bigint LANGUAGE sql AS 'SELECT sum(dirty_days)::bigint FROM bulletin.refresh_status';
CREATE FUNCTION views_gone() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(b.view, ', ' ORDER BY b.view) FROM described_before b WHERE to_regclass(b.view) IS NULL AND b.view NOT LIKE 'bulletin.%'
$$;
SELECT is(dirty() || ' ' || difference(), '0 0', 'nothing is dirty');
SELECT throws_ok($$CALL edustats.resume('bulletin')$$, '55000', 'the bulletin of the data in "bulletin_data" is not suspended', 'nothing to resume');

-- A stranger's view
SET ROLE sus_owner;
GRANT SELECT ON site.course TO sus_other;
GRANT CREATE ON SCHEMA app TO sus_other;
RESET ROLE;
SET ROLE sus_other;
CREATE VIEW app.strangers AS TABLE site.course;
RESET ROLE;
SELECT throws_like($$CALL edustats.suspend('bulletin')$$, '%other objects depend%', 'a view over them of somebody else''s');
DO $$
DECLARE
    detail text;
BEGIN
    CALL edustats.suspend('bulletin');
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    PERFORM set_config('test.detail', detail, false);
END $$;
SELECT matches(current_setting('test.detail'), 'app.strangers', 'is named');
SELECT is(concat(views_gone(), (SELECT count(*) FROM bulletin_data.suspended)), '0', 'and nothing has gone');
DROP VIEW app.strangers;
REVOKE SELECT ON site.course FROM sus_other;
TRUNCATE described_before;
INSERT INTO described_before TABLE described;

-- Suspended: whatever is altered
SET ROLE sus_owner;
SELECT lives_ok($$CALL edustats.suspend('bulletin')$$, 'suspended by its owner');
RESET ROLE;
SELECT is(views_gone(), 'app.active, site.course, site.course_click, site.district, site.learning_session, site.member', 'the views are gone, at both levels');
SELECT throws_ok($$CALL edustats.suspend('bulletin')$$, '55000', 'the bulletin of the data in "bulletin_data" is suspended', 'not twice');
SELECT throws_ok($$CALL edustats.attach('site', 'bulletin')$$, '55000', NULL, 'no attach meanwhile');
SELECT throws_ok($$CALL edustats.detach('bulletin')$$, '55000', 'the bulletin of the data in "bulletin_data" is suspended', 'no detach');
SELECT throws_ok($$CALL edustats.close('bulletin', 'learning', '2015-03-01')$$, '55000', 'the bulletin of the data in "bulletin_data" is suspended', 'no close');
SELECT throws_ok($$CALL edustats.watch('bulletin', 'learning', 'app.hit', 'to_timestamp(at)')$$, '55000',
    'the bulletin of the data in "bulletin_data" is suspended', 'no watch');
SELECT throws_ok($$SELECT bulletin_data.prepare_refresh()$$, '55000', 'the bulletin of the data in "bulletin_data" is suspended', 'no refresh');
SELECT throws_ok($$SELECT * FROM bulletin_data.activity WHERE metric = 'learning'$$, '55000', 'the bulletin of the data in "bulletin_data" is suspended',
    'reading is an error, never a smaller sum');
SELECT isnt((SELECT note FROM bulletin.refresh_status WHERE metric = 'learning'), NULL, 'refresh_status can be read, and says why');
SET ROLE sus_owner;
SELECT lives_ok($$ALTER TABLE app.title ALTER text TYPE varchar(80)$$, 'a lookup''s column gets another type');
SELECT lives_ok($$ALTER TABLE app.person DROP note, ADD more text$$, 'columns go and come');
SELECT lives_ok($$ALTER TABLE app.hit RENAME extra TO renamed$$, 'one gets another name');
RESET ROLE;
SELECT lives_ok($$CALL edustats.resume('bulletin')$$, 'resumed, by a superuser');
SELECT results_eq('TABLE described ORDER BY 1', 'TABLE described_before ORDER BY 1', 'all views are what they were');
SELECT is(dirty() || ' ' || difference(), '0 0', 'the rollup is kept');
SELECT is((SELECT count(*) FROM bulletin.refresh_status WHERE NOT tracked), 0::bigint, 'all is tracked');
SELECT is((SELECT count(*) FROM bulletin_data.suspended), 0::bigint, 'nothing is suspended');

-- With writes meanwhile, columns that count, and rows that move
CALL edustats.suspend('bulletin');
ALTER TABLE app.hit ALTER title TYPE bigint, ALTER at TYPE bigint;
ALTER TABLE app.study ALTER seconds TYPE bigint;
INSERT INTO app.hit VALUES (200, 1, 2, extract(epoch FROM timestamptz '2015-03-20 12:00+08'));
DELETE FROM app.hit WHERE id < 5;
UPDATE app.study SET seconds = seconds + 1 WHERE person = 2;
UPDATE app.study SET started = started + interval '20 days' WHERE started BETWEEN '2015-02-12+08' AND '2015-02-13+08';
MERGE INTO app.study s USING (VALUES (timestamptz '2015-02-25+08', timestamptz '2015-02-26+08')) v(first, last) ON s.started BETWEEN v.first AND v.last
    WHEN MATCHED THEN UPDATE SET started = s.started + interval '10 days';
UPDATE app.person SET kind = '国企' WHERE id = 3;
CALL edustats.resume('bulletin');
SELECT is(difference(), 0::bigint, 'what was written meanwhile is read');
SELECT is((SELECT string_agg(DISTINCT class::text, ' ') FROM bulletin_data.activity WHERE metric = 'learning' AND class = public.class_of('国企', true)),
    public.class_of('国企', true)::text, 'a member''s new class, too');
CALL edustats.refresh('bulletin');
SELECT is(dirty() || ' ' || difference(), '0 0', 'and refreshed');
UPDATE app.study SET started = started - interval '15 days' WHERE started BETWEEN '2015-03-05+08' AND '2015-03-06+08';
MERGE INTO app.study s USING (VALUES (1)) v(person) ON s.person = v.person AND s.started < '2015-02-08+08'
    WHEN MATCHED THEN UPDATE SET started = s.started + interval '30 days';
SELECT is(difference(), 0::bigint, 'rows that move are seen after it');
CALL edustats.refresh('bulletin');

-- The platform's own version of a view is kept; one that can't be made is an error, and then made by hand
CALL edustats.suspend('bulletin');
SET ROLE sus_owner;
CREATE VIEW site.course AS SELECT id AS course_id, upper(text) AS title, 'c'::text AS category, 'p'::text AS producer FROM app.title;
ALTER TABLE app.study RENAME started TO begun;
RESET ROLE;
SELECT throws_ok($$CALL edustats.resume('bulletin')$$, '42703', NULL, 'a view that names what is not there');
SELECT is(views_gone(), 'app.active, site.course_click, site.district, site.learning_session, site.member', 'brings none back');
SELECT throws_ok($$CALL edustats.suspend('bulletin')$$, '55000', NULL, 'and it stays suspended');
SET ROLE sus_owner;
CREATE VIEW site.learning_session AS SELECT person AS member_id, begun AS started_at, seconds * 2 AS seconds FROM app.study;
RESET ROLE;
SELECT lives_ok($$CALL edustats.resume('bulletin')$$, 'with that view made by hand, it is resumed');
SELECT matches(pg_get_viewdef('site.course'::regclass), 'upper', 'the view that was there is kept');
SELECT is((SELECT min(course) FROM bulletin.course_clicks), 'TITLE 1', 'and read');
SELECT is((SELECT sum(edustats.total(tally)) FROM bulletin_data.activity WHERE metric = 'learning'), (SELECT sum(seconds) * 2 FROM app.study),
    'what it says is what is counted');
SELECT is((SELECT count(*) FROM described d JOIN described_before b USING (view) WHERE view LIKE 'bulletin.%' AND d.grants IS DISTINCT FROM b.grants), 0::bigint,
    'readers read the bulletin as before');

-- Two bulletins over the same views
SET ROLE sus_owner;
CALL edustats.attach('site', 'second', 'Europe/Berlin');
RESET ROLE;
TRUNCATE described_before;
INSERT INTO described_before TABLE described;
CALL edustats.suspend('bulletin');
SELECT is(views_gone(), NULL, 'the platform''s views stay while another bulletin reads them');
CALL edustats.suspend('second');
SELECT is(views_gone(), 'app.active, site.course, site.course_click, site.district, site.learning_session, site.member', 'the second takes them away');
CALL edustats.resume('bulletin');
SELECT results_eq('TABLE described ORDER BY 1', 'TABLE described_before ORDER BY 1', 'the first that is resumed brings them back');
CALL edustats.resume('second');
SELECT is((SELECT sum(edustats.total(tally)) FROM second_data.activity WHERE metric = 'learning'), (SELECT sum(seconds) FROM site.learning_session),
    'and the second has them, too');

-- A platform of plain and partitioned tables: only the bulletin's own views stand in the way
CALL edustats.create_platform('platform');
DROP TABLE platform.course_click;
CREATE TABLE platform.course_click (member_id bigint, course_id bigint, clicked_at timestamptz, part int) PARTITION BY LIST (part);
CREATE TABLE platform.click_1 PARTITION OF platform.course_click FOR VALUES IN (1) PARTITION BY RANGE (course_id);
CREATE TABLE platform.click_1_1 PARTITION OF platform.click_1 FOR VALUES FROM (1) TO (5);
CREATE TABLE platform.click_2 PARTITION OF platform.course_click DEFAULT;
INSERT INTO platform.district VALUES (1, 'D1', 1);
INSERT INTO platform.member SELECT i, '农村', true, 1, 'm' || i, '2015-01-01+08' FROM generate_series(1, 5) i;
INSERT INTO platform.course VALUES (1, 'one', 'c', 'p');
INSERT INTO platform.course_click SELECT 1 + i % 5, 1 + i % 4, timestamptz '2015-02-01+08' + i * interval '7 hours', 1 + i % 2 FROM generate_series(0, 60) i;
CALL edustats.attach('platform', 'plain');
CALL edustats.refresh('plain');
GRANT USAGE ON SCHEMA plain TO sus_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA plain TO sus_reader WITH GRANT OPTION;
CREATE FUNCTION grants() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%s %s', c.relname, c.relacl), ', ' ORDER BY c.relname) FROM pg_class c WHERE c.relnamespace = 'plain'::regnamespace
$$;
CREATE TABLE grants_before AS SELECT grants();
CREATE FUNCTION click_difference() RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN (WITH truth AS (SELECT (clicked_at AT TIME ZONE 'Asia/Shanghai')::date, course_id::bigint, count(*) FROM platform.course_click GROUP BY 1, 2),
    shown AS (SELECT a.day, e.key, sum(e.count)::bigint FROM plain_data.activity a, edustats.each(a.tally) e WHERE a.metric = 'course_clicks' GROUP BY 1, 2)
    SELECT count(*) FROM ((TABLE truth EXCEPT TABLE shown) UNION ALL (TABLE shown EXCEPT TABLE truth)) d);
END $$;
SELECT throws_ok('ALTER TABLE platform.course ALTER title TYPE varchar(99)', '0A000', NULL, 'a column that a view of the bulletin reads');
SET ROLE sus_other;
SELECT throws_ok($$CALL edustats.suspend('plain')$$, '42501', NULL, 'suspended by nobody but the owner');
RESET ROLE;
CALL edustats.suspend('plain');
SELECT lives_ok('ALTER TABLE platform.course ALTER title TYPE varchar(99)', 'suspended, it can get another type');
SELECT lives_ok('ALTER TABLE platform.member ADD extra text, ALTER name TYPE varchar', 'a member''s, too');
SELECT lives_ok('ALTER TABLE platform.course_click ADD extra text', 'a partitioned table gets a column');
CALL edustats.resume('plain');
SELECT is((SELECT sum(dirty_days) FROM plain.refresh_status WHERE metric <> 'closures'), 0::numeric, 'nothing of which makes a day dirty');
SELECT is(grants(), (SELECT g.grants FROM grants_before g), 'readers have what they had');
CALL edustats.suspend('plain');
MERGE INTO platform.course_click c USING (VALUES (2)) v(id) ON c.member_id = v.id WHEN MATCHED AND c.part = 1 THEN UPDATE SET part = 2, clicked_at = c.clicked_at + interval '3 days';
UPDATE platform.course_click SET part = 3 - part, clicked_at = clicked_at - interval '1 day' WHERE member_id = 3;
ALTER TABLE platform.course_click ALTER clicked_at TYPE timestamptz USING clicked_at + interval '2 days';
SELECT throws_ok($$SELECT sum(clicks) FROM plain.course_clicks$$, NULL, NULL, 'not to be read meanwhile');
CALL edustats.resume('plain');
SELECT is(click_difference(), 0::bigint, 'what has moved, and what was converted, is seen');
CALL edustats.refresh('plain');
SELECT is(click_difference(), 0::bigint, 'and refreshed');
SELECT is((SELECT sum(clicks) FROM plain.course_clicks), (SELECT count(*)::numeric FROM platform.course_click), 'the views say so');

-- Views that come, or come back: for who could read all the others
CREATE ROLE sus_all;
CREATE ROLE sus_some;
GRANT SELECT ON ALL TABLES IN SCHEMA plain TO sus_all;
GRANT SELECT ON plain.headline TO sus_some;
DROP VIEW plain.course_clicks CASCADE;
CALL edustats.attach('platform', 'plain', 'Asia/Shanghai');
SELECT is(has_table_privilege('sus_all', 'plain.course_clicks', 'SELECT'), true, 'a view that is made again is for whoever can read all the others');
SELECT is(has_table_privilege('sus_some', 'plain.course_clicks', 'SELECT'), false, 'not for who can read some');
SELECT is((SELECT bool_or(has_table_privilege('sus_all', c.oid, 'SELECT')) FROM pg_class c WHERE c.relnamespace = 'plain_data'::regnamespace AND c.relkind IN ('r', 'v')),
    false, 'and no relation of data for either');
SELECT * FROM finish();
