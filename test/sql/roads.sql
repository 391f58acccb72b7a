-- Roads to another role's rights, data, DDL or writes: each was tried for real and must stay shut. What a thief's code says
-- when it runs as somebody else is "a road is open".
\set SHOW_CONTEXT never
\set VERBOSITY terse
\pset format unaligned
\pset footer off
SET client_min_messages = warning;
SET jit = off;
SELECT current_database() AS db \gset
CREATE ROLE regress_office LOGIN;
CREATE ROLE regress_thief LOGIN;
CREATE ROLE regress_writer LOGIN;
CREATE ROLE regress_reader LOGIN;
GRANT CREATE ON DATABASE :"db" TO regress_office, regress_thief;
CREATE SCHEMA loot;
GRANT ALL ON SCHEMA loot TO PUBLIC;
SET SESSION AUTHORIZATION regress_thief;
CREATE FUNCTION loot.bite(what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF current_user <> 'regress_thief' THEN
        RAISE WARNING '%: a road is open, runs as %', what, current_user;
    END IF;
    RETURN true;
END
$$;
CREATE FUNCTION loot.folded(what text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT loot.bite(what)';
CREATE FUNCTION loot.bite() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM loot.bite(TG_RELID::regclass::text); RETURN NULL; END $$;
SET SESSION AUTHORIZATION regress_office;
CALL edustats.create_platform('ours');
INSERT INTO ours.district VALUES (1, 'D', 1);
INSERT INTO ours.member VALUES (1, '农村', true, 1, 'a station', '2015-01-01', NULL), (2, NULL, false, 1, 'SECRET', '2015-01-02', NULL);
INSERT INTO ours.learning_session VALUES (1, '2015-01-05', 3600), (2, '2015-01-05', 7200);
CALL edustats.attach('ours', 'news', 'UTC');
CALL edustats.refresh('news');
GRANT USAGE ON SCHEMA news TO regress_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA news TO regress_reader;
GRANT USAGE ON SCHEMA ours TO regress_writer;
GRANT INSERT ON ALL TABLES IN SCHEMA ours TO regress_writer;
RESET SESSION AUTHORIZATION;

-- 1 schemas that are none, given to what looks a schema's owner up
SELECT edustats.install(0);
SELECT edustats.install(NULL);
SELECT edustats.as_owner(0, 'now');
SELECT edustats.as_owner(NULL, 'now');
SELECT * FROM edustats.lapses(0, '');
SELECT * FROM edustats.source_facts(0, '', 0);
SELECT edustats.source_rows(0, '');
SELECT * FROM edustats.source_tables(0, '');
SELECT * FROM edustats.source_lookups(0, '');
SELECT * FROM edustats.lookup_rows(0, '', '');
SELECT edustats.source_definition(0, '');

-- 2 a record that its owner broke: a warning for who writes, right figures or a clear error for who reads, and the server stays up
CREATE PROCEDURE loot.try(change text) LANGUAGE plpgsql AS $$
DECLARE
    value bigint;
BEGIN
    SET LOCAL ROLE regress_office;
    EXECUTE change;
    SET LOCAL ROLE regress_writer;
    INSERT INTO ours.report VALUES (1, '2015-01-05');
    SET LOCAL ROLE regress_reader;
    BEGIN
        SELECT h.value INTO value FROM news.headline h WHERE metric = 'reports' AND month = '2015-01-01';
        RAISE INFO 'read: %', value;
    EXCEPTION WHEN OTHERS THEN
        RAISE INFO 'read: %', SQLERRM;
    END;
    RESET ROLE;
    ROLLBACK;
END
$$;
CALL loot.try('SELECT 1');
CALL loot.try($$UPDATE news_data.attachment SET timezone = '../../etc/passwd'$$);
CALL loot.try($$UPDATE news_data.attachment SET timezone = repeat('x', 300)$$);
CALL loot.try($$DELETE FROM news_data.attachment$$);
CALL loot.try($$UPDATE news_data.attachment SET source = 'nowhere'$$);
CALL loot.try($$ALTER TABLE news_data.metric DROP CONSTRAINT metric_name; UPDATE news_data.metric SET metric = repeat('m', 64) WHERE metric = 'blog_posts'$$);
CALL loot.try($$ALTER TABLE news_data.metric DROP CONSTRAINT metric_name; UPDATE news_data.metric SET metric = '' WHERE metric = 'blog_posts'$$);
CALL loot.try($$UPDATE news_data.metric SET time_column = 'ctid', key_column = 'xmax' WHERE metric = 'reports'$$);
CALL loot.try($$ALTER TABLE news_data.metric ALTER source DROP NOT NULL; UPDATE news_data.metric SET source = NULL$$);
CALL loot.try($$ALTER TABLE news_data.metric ALTER time_column DROP NOT NULL; UPDATE news_data.metric SET time_column = NULL;
                UPDATE news_data.part SET columns = '{0,1,0,0}'$$);
CALL loot.try($$ALTER TABLE news_data.metric ALTER key_column TYPE text$$);
CALL loot.try($$INSERT INTO news_data.metric SELECT 'm' || i, 'report', 'reported_at', 'district_id', NULL, NULL, '', '', '2000-01-01'
                FROM generate_series(1, 2000) i$$);
CALL loot.try($$UPDATE news_data.metric SET definition = NULL$$);
CALL loot.try($$UPDATE news_data.metric SET definition = ''$$);
CALL loot.try($$UPDATE news_data.metric SET definition = definition || ' WHERE false'$$);
CALL loot.try($$UPDATE news_data.metric SET definition = repeat('x', 2000000)$$);
CALL loot.try($$ALTER TABLE news_data.metric ALTER definition SET STORAGE EXTERNAL; UPDATE news_data.metric SET definition = repeat('x', 999999)$$);
CALL loot.try($$ALTER TABLE news_data.metric ALTER definition TYPE varchar$$);
CALL loot.try($$ALTER TABLE news_data.metric DROP definition$$);
CALL loot.try($$UPDATE news_data.part SET columns = '{NULL,1,0,0}'$$);
CALL loot.try($$UPDATE news_data.part SET columns = '{{2,1},{0,0}}'$$);
CALL loot.try($$UPDATE news_data.part SET columns = '[5:8]={2,1,0,0}'$$);
CALL loot.try($$UPDATE news_data.part SET columns = '{}'$$);
CALL loot.try($$UPDATE news_data.part SET columns = array_fill(1::smallint, ARRAY[100000])$$);
CALL loot.try($$UPDATE news_data.part SET columns = '{-32768,32767,-7,100}'$$);
CALL loot.try($$ALTER TABLE news_data.part ALTER columns TYPE integer[]$$);
CALL loot.try($$UPDATE news_data.part SET relation = 'pg_class' WHERE metric = 'reports'$$);
CALL loot.try($$ALTER TABLE news_data.part DROP CONSTRAINT part_pkey; UPDATE news_data.part SET relation = 'pg_class_oid_index'$$);
CALL loot.try($$INSERT INTO news_data.part SELECT 'reports', i::oid, i::oid, '{2,1,0,0}', '-infinity', 'infinity', true FROM generate_series(1000000, 1100000) i$$);
CALL loot.try($$ALTER TABLE news_data.part RENAME TO gone; CREATE VIEW news_data.part AS SELECT * FROM news_data.gone$$);
CALL loot.try($$ALTER TABLE news_data.part RENAME TO gone; CREATE TYPE news_data.part AS (a integer)$$);
CALL loot.try($$ALTER TABLE news_data.part RENAME TO gone; CREATE SEQUENCE news_data.part$$);
CALL loot.try($$ALTER TABLE news_data.part ENABLE ROW LEVEL SECURITY; ALTER TABLE news_data.part FORCE ROW LEVEL SECURITY$$);
CALL loot.try($$ALTER TABLE news_data.log RENAME TO gone; CREATE SEQUENCE news_data.log$$);
CALL loot.try($$ALTER TABLE news_data.log RENAME TO gone; CREATE TABLE news_data.log (LIKE news_data.gone) PARTITION BY LIST (metric)$$);
CALL loot.try($$ALTER TABLE news_data.log RENAME TO gone; CREATE TABLE news_data.log (metric text, first date, last date, member bigint)$$);
CALL loot.try($$ALTER TABLE news_data.log RENAME TO gone; CREATE TABLE news_data.log (metric text, first date, last date, lookup text, key bigint, note text, changes bytea)$$);
CALL loot.try($$ALTER TABLE news_data.log RENAME TO gone; CREATE TABLE news_data.log (changes bytea, note text, key text, lookup text, first date, last date, metric text)$$);
CALL loot.try($$ALTER TABLE news_data.log RENAME TO gone; CREATE TABLE news_data.log (metric bigint, first date, last date, lookup text, key text, note text, changes bytea); INSERT INTO news_data.log (metric) VALUES (1)$$);
CALL loot.try($$ALTER TABLE news_data.outside RENAME TO gone; CREATE TABLE news_data.outside (metric text, day date, rows bigint); INSERT INTO news_data.outside VALUES (NULL, '2015-01-01', 1)$$);
CALL loot.try($$ALTER TABLE news_data.outside RENAME TO gone; CREATE TABLE news_data.outside (metric bigint, day date, rows bigint); INSERT INTO news_data.outside VALUES (1, '2015-01-01', 1)$$);
CALL loot.try($$INSERT INTO news_data.log DEFAULT VALUES$$);
CALL loot.try($$INSERT INTO news_data.log (lookup, key) VALUES ('SELECT 1', '1'), ('', ''), (repeat('x', 1000000), NULL)$$);
CALL loot.try($$INSERT INTO news_data.log (metric, lookup, key) VALUES ('reports', 'DELETE FROM ours.member', '1')$$);
CALL loot.try($$INSERT INTO news_data.log (metric, lookup, key) SELECT l.metric, l.lookup, k.key FROM (SELECT 'learning' AS metric, (edustats.source_lookups('news_data', 'learning')).lookup) l
                CROSS JOIN (VALUES (NULL), ('x')) k(key)$$);
CALL loot.try($$INSERT INTO news_data.log (metric, note) VALUES ('reports', repeat('x', 1000000))$$);
CALL loot.try($$DROP TABLE news_data.log CASCADE$$);

-- 3 a log into which writing would run code, or lose marks: refused to its owner
SET SESSION AUTHORIZATION regress_office;
CREATE INDEX ON news_data.log ((length(metric)));
CREATE INDEX CONCURRENTLY ON news_data.log (metric);
CREATE TRIGGER t AFTER INSERT ON news_data.log EXECUTE FUNCTION loot.bite();
ALTER TABLE news_data.log ADD CHECK (loot.bite(metric));
ALTER TABLE news_data.log ALTER first SET DEFAULT now();
ALTER TABLE news_data.log ALTER first SET NOT NULL;
ALTER TABLE news_data.log ADD more text;
ALTER TABLE news_data.log SET UNLOGGED;
CREATE TABLE news_data.logs (LIKE news_data.log) PARTITION BY LIST (metric);
ALTER TABLE news_data.logs ATTACH PARTITION news_data.log DEFAULT;
DROP TABLE news_data.logs;
-- a table of that name elsewhere is nobody's log
CREATE TABLE loot.log (a integer PRIMARY KEY);
CREATE INDEX ON loot.log (a);
DROP TABLE loot.log;
-- one that was dropped took marks along: attach marks everything
DROP TABLE news_data.log CASCADE;
INSERT INTO ours.report VALUES (1, '2015-01-05');
CALL edustats.attach('ours', 'news', 'UTC');
SELECT value FROM news.headline WHERE metric = 'reports' AND month = '2015-01-01';
CALL edustats.refresh('news');
RESET SESSION AUTHORIZATION;

-- 4 functions planted in the platform's schema, which is in the path of the views' texts: what a view would use is named
GRANT USAGE, CREATE ON SCHEMA ours TO regress_thief;
SET SESSION AUTHORIZATION regress_thief;
CREATE FUNCTION ours.format(text, text, text, text) RETURNS text LANGUAGE sql AS $$SELECT 'x' FROM loot.bite('format')$$;
CREATE FUNCTION ours.format(text, name, name, name) RETURNS text LANGUAGE sql AS $$SELECT 'x' FROM loot.bite('format')$$;
SET SESSION AUTHORIZATION regress_office;
DELETE FROM news_data.made_view;         -- so that all are made anew
CALL edustats.attach('ours', 'news', 'UTC');
SET SESSION AUTHORIZATION regress_thief;
DROP FUNCTION ours.format(text, text, text, text), ours.format(text, name, name, name);
CREATE FUNCTION ours.concat_ws(text, text, text, text, text) RETURNS text LANGUAGE sql AS $$SELECT 'x' FROM loot.bite('concat_ws')$$;
SET SESSION AUTHORIZATION regress_office;
DELETE FROM news_data.made_view;
CALL edustats.attach('ours', 'news', 'UTC');
SET SESSION AUTHORIZATION regress_thief;
DROP FUNCTION ours.concat_ws(text, text, text, text, text);
-- 5 relations planted in the bulletin's schema, under names that its views read in that of its data
RESET SESSION AUTHORIZATION;
GRANT USAGE, CREATE ON SCHEMA news TO regress_thief;
SET SESSION AUTHORIZATION regress_thief;
CREATE VIEW news.rollup_month AS SELECT 'x'::text AS metric, '2015-01-01'::date AS month, 1::smallint AS class, 1::bigint AS total,
    '{1:1}'::edustats.tally AS tally WHERE loot.bite('rollup_month');
GRANT SELECT ON news.rollup_month TO PUBLIC;
CREATE VIEW news.metric_total AS SELECT '2015-01-01'::date AS month, 'x'::text AS metric, 1::numeric AS value, 1::numeric AS previous,
    1::numeric AS growth, 1::numeric AS cumulative WHERE loot.bite('metric_total');
GRANT SELECT ON news.metric_total TO PUBLIC;
CREATE VIEW news.calendar AS SELECT d AS month, d AS last_day, now() AS starts_at, now() AS ends_at, d AS previous, d AS year, d AS year_before,
    d AS year_before_end, d AS quarter, d AS quarter_before, d AS quarter_year_before FROM (SELECT date '2015-01-31') t(d) WHERE loot.bite('calendar');
GRANT SELECT ON news.calendar TO PUBLIC;
SET SESSION AUTHORIZATION regress_office;
DELETE FROM news_data.made_view;
CALL edustats.attach('ours', 'news', 'UTC');
SELECT count(*) FROM news.narrative WHERE month = '2015-01-01';
RESET SESSION AUTHORIZATION;
REVOKE ALL ON SCHEMA news FROM regress_thief;
DROP VIEW news.rollup_month, news.metric_total, news.calendar;
CALL edustats.attach('ours', 'news', 'UTC');

-- 6 what stands in the schema of data and is not its owner's: a table, a function, a trigger; and who may create there
GRANT USAGE ON SCHEMA news_data TO regress_thief;
ALTER TABLE news_data.rollup OWNER TO regress_thief;
SET SESSION AUTHORIZATION regress_thief;
CREATE TRIGGER t BEFORE DELETE ON news_data.rollup EXECUTE FUNCTION loot.bite();
RESET SESSION AUTHORIZATION;
CALL edustats.invalidate('news');
CALL edustats.refresh('news');
CALL edustats.attach('ours', 'news', 'UTC');
CALL edustats.detach('news');
ALTER TABLE news_data.rollup OWNER TO regress_office;
CALL edustats.refresh('news');                  -- the trigger is still there
DROP TRIGGER t ON news_data.rollup;
ALTER FUNCTION news_data.finish_refresh() OWNER TO regress_thief;
CALL edustats.refresh('news');
ALTER FUNCTION news_data.finish_refresh() OWNER TO regress_office;
GRANT CREATE ON SCHEMA news_data TO PUBLIC;
CALL edustats.refresh('news');                  -- before anybody has
REVOKE CREATE ON SCHEMA news_data FROM PUBLIC;
GRANT CREATE ON SCHEMA news_data TO regress_thief;
CALL edustats.refresh('news');
SET SESSION AUTHORIZATION regress_thief;
CREATE FUNCTION news_data.plan_metric(metric varchar) RETURNS void LANGUAGE sql AS $$SELECT FROM loot.bite('plan_metric')$$;
CREATE FUNCTION news_data.equal(oid, oid) RETURNS boolean LANGUAGE sql AS $$SELECT loot.bite('=')$$;
CREATE OPERATOR news_data.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = news_data.equal);
RESET SESSION AUTHORIZATION;
CALL edustats.refresh('news');
CALL edustats.attach('ours', 'news', 'UTC');
REVOKE ALL ON SCHEMA news_data FROM regress_thief;
CALL edustats.refresh('news');
DROP FUNCTION news_data.equal(oid, oid), news_data.plan_metric(varchar) CASCADE;
CALL edustats.refresh('news');

-- 7 a superuser's bulletin, whose sources come to be another role's: by a new owner, a view in a gap, a table with an index
CALL edustats.create_platform('lofty');
INSERT INTO lofty.member VALUES (1, NULL, false, NULL, 'm', '2015-01-01', NULL);
INSERT INTO lofty.learning_session VALUES (1, '2015-01-05', 1);
CREATE TABLE loot.base AS TABLE lofty.report;
DROP TABLE lofty.report, lofty.course_click, lofty.column_visit, lofty.article_view, lofty.forum_post, lofty.topic_view,
    lofty.blog_post, lofty.village_post, lofty.village_participant;
CREATE VIEW lofty.report AS TABLE loot.base;
CALL edustats.attach('lofty', 'high');
GRANT USAGE ON SCHEMA high TO regress_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA high TO regress_reader;
GRANT USAGE, CREATE ON SCHEMA lofty TO regress_thief;
ALTER TABLE lofty.member OWNER TO regress_thief;
SET SESSION AUTHORIZATION regress_thief;
ALTER TABLE lofty.member RENAME TO m;
CREATE VIEW lofty.member AS SELECT * FROM lofty.m WHERE loot.bite('member') AND loot.folded('member');
GRANT SELECT ON lofty.member TO PUBLIC;
RESET SESSION AUTHORIZATION;
CALL edustats.refresh('high');
CALL edustats.attach('lofty', 'high');
SET SESSION AUTHORIZATION regress_reader;
SELECT count(*) FROM high.learning_hours;
RESET SESSION AUTHORIZATION;
DROP VIEW lofty.member CASCADE;
ALTER TABLE lofty.m RENAME TO member;
ALTER TABLE lofty.member OWNER TO CURRENT_USER;
CALL edustats.attach('lofty', 'high');
SET SESSION AUTHORIZATION regress_thief;
CREATE TABLE lofty.course_click (member_id bigint, course_id bigint, clicked_at timestamptz);
INSERT INTO lofty.course_click VALUES (1, 1, '2015-01-05');
CREATE INDEX ON lofty.course_click (clicked_at) WHERE loot.folded('index');
RESET SESSION AUTHORIZATION;
CALL edustats.refresh('high');
CALL edustats.attach('lofty', 'high');
DROP TABLE lofty.course_click;
-- beneath a view
ALTER TABLE loot.base OWNER TO regress_thief;
CALL edustats.refresh('high');
CALL edustats.attach('lofty', 'high');
ALTER TABLE loot.base OWNER TO CURRENT_USER;
-- a function in an index, which planning runs, and one behind an operator of a view
SET client_min_messages = error;        -- making it, a superuser runs it by his own will
CREATE INDEX ON loot.base (reported_at) WHERE loot.folded('index');
SET client_min_messages = warning;
CALL edustats.attach('lofty', 'high');
DROP INDEX loot.base_reported_at_idx;
SET SESSION AUTHORIZATION regress_thief;
CREATE FUNCTION loot.equal(bigint, bigint) RETURNS boolean LANGUAGE sql AS $$SELECT loot.bite('operator')$$;
CREATE OPERATOR loot.=== (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = loot.equal);
RESET SESSION AUTHORIZATION;
CREATE OR REPLACE VIEW lofty.report AS SELECT * FROM loot.base WHERE district_id OPERATOR(loot.===) 1;
CALL edustats.attach('lofty', 'high');
INSERT INTO loot.base VALUES (1, '2015-01-05');
CALL edustats.refresh('high');
CALL edustats.detach('high');

-- 8 as_owner: what else than the owner's functions it might call, and what a function might leave behind
SET SESSION AUTHORIZATION regress_office;
CREATE FUNCTION news_data.try(command text) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command;
    RETURN 'true';
EXCEPTION WHEN OTHERS THEN
    RETURN to_jsonb(SQLERRM);
END
$$;
CREATE FUNCTION news_data.rows() RETURNS SETOF jsonb LANGUAGE sql AS 'SELECT NULL::jsonb';
CREATE FUNCTION news_data.state(jsonb, integer) RETURNS jsonb LANGUAGE sql AS 'SELECT $1';
CREATE AGGREGATE news_data.sum(integer) (SFUNC = news_data.state, STYPE = jsonb);
CREATE PROCEDURE news_data.proc(INOUT a jsonb) LANGUAGE sql AS 'SELECT a';
SELECT edustats.as_owner('news_data', 'rows');
SELECT edustats.as_owner('news_data', 'sum', 1);
SELECT edustats.as_owner('news_data', 'proc', '1'::jsonb);
SELECT edustats.as_owner('news_data', 'lock_attachment');
SELECT edustats.as_owner('news_data', 'detach', 'news');
SELECT edustats.as_owner('news_data', 'detach', VARIADIC ARRAY['news']);
SELECT edustats.as_owner('news_data', 'no such function');
SELECT c AS command, edustats.as_owner('news_data', 'try', c) AS result
FROM unnest(ARRAY['PREPARE p AS SELECT 1', 'DEALLOCATE ALL', 'LISTEN x', 'DECLARE c CURSOR WITH HOLD FOR SELECT 1', 'CREATE TEMP TABLE t (i int)',
    'SET SESSION AUTHORIZATION DEFAULT', 'RESET ROLE', 'SET ROLE regress_office', 'DISCARD ALL', 'COMMIT', 'DO $d$ BEGIN COMMIT; END $d$',
    'SET search_path TO loot', 'SET LOCAL row_security TO on', 'SET default_transaction_read_only TO on',
    'CREATE FUNCTION news_data.hold() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN END''']) c;
SELECT current_user, current_setting('search_path') AS search_path, current_setting('row_security') AS row_security,
       current_setting('default_transaction_read_only') AS read_only;
DROP FUNCTION news_data.try(text), news_data.rows(), news_data.hold();
DROP AGGREGATE news_data.sum(integer);
DROP FUNCTION news_data.state(jsonb, integer);
DROP PROCEDURE news_data.proc(jsonb);
RESET SESSION AUTHORIZATION;

-- 9 somebody's schema that looks like a bulletin's data: other people's DDL and writes, and the thief's own trigger on their table
SET SESSION AUTHORIZATION regress_thief;
CREATE SCHEMA fake_data;
CREATE TABLE fake_data.attachment (a int);
CREATE TABLE fake_data.metric (a int);
CREATE TABLE fake_data.part (a int);
CREATE TABLE fake_data.log (a int);
INSERT INTO fake_data.attachment VALUES (1);
CREATE TABLE loot.his (at timestamptz);
CREATE TRIGGER t AFTER INSERT ON loot.his REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION edustats.log_changes('fake_data');
RESET SESSION AUTHORIZATION;
INSERT INTO loot.his VALUES (now());
ALTER TABLE loot.his ADD b int DEFAULT random() * 9;
CREATE TABLE loot.kid () INHERITS (loot.his);
GRANT TRIGGER ON ours.report TO regress_thief;
SET SESSION AUTHORIZATION regress_thief;
CREATE TRIGGER t AFTER INSERT ON ours.report FOR EACH STATEMENT EXECUTE FUNCTION edustats.log_changes('fake_data');
CREATE TRIGGER u AFTER INSERT ON ours.report FOR EACH STATEMENT EXECUTE FUNCTION edustats.log_changes('news_data');
SET SESSION AUTHORIZATION regress_office;
INSERT INTO ours.report VALUES (1, '2015-01-06');
ALTER TABLE ours.report ADD more int;
SELECT * FROM news_data.log;
DROP TRIGGER t ON ours.report;
DROP TRIGGER u ON ours.report;
RESET SESSION AUTHORIZATION;
DROP TABLE loot.his CASCADE;
-- 10 the name of a bulletin that is not there yet: a superuser's attach does not make it the thief's
CALL edustats.attach('ours', 'fake');
CALL edustats.refresh('fake');
CALL edustats.detach('fake');
DROP SCHEMA fake_data CASCADE;

-- 11 a gap in the platform that somebody fills who may create there: a refresh does not take it up, nor does attach unasked
SET SESSION AUTHORIZATION regress_office;
DROP TABLE ours.topic_view, ours.topic CASCADE;
CALL edustats.attach('ours', 'news', 'UTC');
SET SESSION AUTHORIZATION regress_thief;
CREATE VIEW ours.topic AS SELECT 1::bigint AS topic_id, 't'::text AS title, 'b'::text AS board WHERE loot.bite('topic') AND loot.folded('topic');
CREATE VIEW ours.topic_view AS SELECT 1::bigint AS topic_id, now() AS viewed_at WHERE loot.bite('view') AND loot.folded('view');
GRANT SELECT ON ours.topic, ours.topic_view TO PUBLIC;
RESET SESSION AUTHORIZATION;
CALL edustats.refresh('news');
CALL edustats.attach('ours', 'news', 'UTC');
SET SESSION AUTHORIZATION regress_office;
CALL edustats.refresh('news');
CALL edustats.attach('ours', 'news', 'UTC');
SELECT count(*) FROM news.narrative WHERE month = '2015-01-01';
RESET SESSION AUTHORIZATION;
DROP VIEW ours.topic, ours.topic_view;

-- 12 a reader's own function, called for the rows that a view has not filtered yet; EXPLAIN; and what is not a reader's
SET SESSION AUTHORIZATION regress_reader;
CREATE TEMP TABLE seen (value text);
CREATE FUNCTION pg_temp.leak(value text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
BEGIN
    INSERT INTO seen SELECT value WHERE strpos(value, 'SECRET') > 0;
    RETURN true;
END
$$;
DO $$
DECLARE
    c record;
BEGIN
    FOR c IN SELECT a.attrelid::regclass AS view, a.attname FROM pg_attribute a JOIN pg_class k ON k.oid = a.attrelid
             WHERE k.relnamespace = 'news'::regnamespace AND a.attnum > 0 LOOP
        EXECUTE format('SELECT count(*) FROM %s WHERE pg_temp.leak(%I::text)', c.view, c.attname);
    END LOOP;
END
$$;
SELECT count(*) AS seen FROM seen;
SELECT count(*) AS statistics FROM pg_stats WHERE schemaname IN ('news', 'news_data', 'ours');
SELECT edustats.total('news', 'learning', '[2015-01-01,2015-02-01)');
SELECT * FROM edustats.participation('news', '[2015-01-01,2015-02-01)');
SELECT length(edustats.bulletin_html('news', '2015-01-01')) > 1000 AS page;
DROP FUNCTION pg_temp.leak(text);
DROP TABLE seen;
RESET SESSION AUTHORIZATION;

CALL edustats.detach('news');
SET client_min_messages = error;
DROP SCHEMA ours, loot, lofty CASCADE;
REVOKE ALL ON DATABASE :"db" FROM regress_office, regress_thief;
DROP ROLE regress_office, regress_thief, regress_writer, regress_reader;
