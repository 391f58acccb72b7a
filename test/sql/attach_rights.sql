-- Who may do what, and as whom it runs.
\set SHOW_CONTEXT never
\pset format unaligned
\pset footer off
SET client_min_messages = warning;
SET jit = off;                          -- compiling the plans of empty views would take most of the time
SELECT current_user AS me, current_database() AS db \gset

-- No function of the extension's runs as its definer. What acts, acts as its caller, except as_owner and install, which
-- take the owner's rights from who has them.
SELECT p.oid::regprocedure AS definer, p.prorettype::regtype
FROM pg_depend d JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND p.prosecdef
  AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'edustats');
-- What everybody may do with the extension's relations
SELECT c.relname, string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS everybody
FROM pg_depend d
JOIN pg_class c ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
LEFT JOIN LATERAL aclexplode(c.relacl) a ON a.grantee = 0
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
  AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'edustats')
GROUP BY c.relname ORDER BY c.relname;
-- C functions that are not for everybody, or that write: each of these checks whom it acts for
SELECT p.oid::regprocedure AS volatile_c
FROM pg_depend d JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid JOIN pg_language l ON l.oid = p.prolang
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND l.lanname = 'c' AND p.provolatile = 'v'
  AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'edustats')
ORDER BY 1;
CREATE ROLE regress_owner;
CREATE ROLE regress_reader;
CREATE ROLE regress_writer;
CREATE ROLE regress_stranger;
CREATE ROLE regress_scheduler IN ROLE regress_owner;

-- Without the right to make a schema there is no platform and no bulletin
SET ROLE regress_owner;
CALL edustats.create_platform('ours');
RESET ROLE;
GRANT CREATE ON DATABASE :"db" TO regress_owner;
SET ROLE regress_owner;
CALL edustats.create_platform('ours');
INSERT INTO ours.district VALUES (1, 'D', 1);
INSERT INTO ours.member VALUES (1, '农村', true, 1, 'm', '2015-01-01', NULL), (2, NULL, false, NULL, 'n', '2015-01-02', NULL);
INSERT INTO ours.course_click SELECT 1 + i % 2, i, '2015-01-05'::timestamptz + i * interval '1 hour' FROM generate_series(1, 99) i;
RESET ROLE;

-- A stranger: first without anything, then with less than enough
SET ROLE regress_stranger;
CALL edustats.attach('ours', 'stolen');
RESET ROLE;
GRANT CREATE ON DATABASE :"db" TO regress_stranger;
SET ROLE regress_stranger;
CALL edustats.attach('ours', 'stolen');
RESET ROLE;
GRANT USAGE ON SCHEMA ours TO regress_stranger;
GRANT SELECT (member_id, course_id) ON ours.course_click TO regress_stranger;
GRANT SELECT ON ours.member TO regress_stranger;
ALTER TABLE ours.member ENABLE ROW LEVEL SECURITY;
SET ROLE regress_stranger;
CALL edustats.attach('ours', 'stolen');
-- through a view that hides the policy, too
CREATE SCHEMA veiled;
CREATE VIEW veiled.member AS SELECT * FROM ours.member;
CREATE TABLE veiled.district (district_id int, name text, position int);
CALL edustats.attach('veiled', 'stolen');
DROP SCHEMA veiled CASCADE;
RESET ROLE;
ALTER TABLE ours.member DISABLE ROW LEVEL SECURITY;
-- who may read all but owns nothing gets an attachment that trusts no day since its refresh
GRANT SELECT, TRIGGER ON ALL TABLES IN SCHEMA ours TO regress_stranger;
SET ROLE regress_stranger;
CALL edustats.attach('ours', 'stolen');
SELECT metric, tracked, note FROM stolen.refresh_status WHERE metric IN ('course_clicks', 'reports') ORDER BY metric;
CALL edustats.refresh('stolen');
SELECT sum(edustats.total(tally)) FROM stolen_data.activity;
CALL edustats.detach('stolen');
RESET ROLE;
REVOKE ALL ON ALL TABLES IN SCHEMA ours FROM regress_stranger;
REVOKE ALL ON SCHEMA ours FROM regress_stranger;

-- A superuser who attaches somebody's platform makes the bulletin that somebody's, and can't have it for himself
CALL edustats.attach('ours', 'risky', owner => :'me');
CALL edustats.attach('ours', 'risky', owner => 'regress_nobody');
CALL edustats.attach('ours', 'risky');
SELECT bulletin, data, owner FROM edustats.attachment;
SELECT DISTINCT c.relowner::regrole FROM pg_class c WHERE c.relnamespace IN ('risky'::regnamespace, 'risky_data'::regnamespace);
SELECT DISTINCT p.proowner::regrole FROM pg_proc p WHERE p.pronamespace IN ('risky'::regnamespace, 'risky_data'::regnamespace);
CALL edustats.attach('ours', 'risky', owner => :'me');
CALL edustats.detach('risky');
-- nor has one role's bulletin another role for its owner without being a member of it
SET ROLE regress_owner;
CALL edustats.attach('ours', 'risky', owner => 'regress_stranger');
RESET ROLE;
-- where the sources are of several roles, he says whose it is to be
CREATE SCHEMA mixed;
CREATE VIEW mixed.district AS SELECT * FROM ours.district;
CREATE VIEW mixed.member AS SELECT * FROM ours.member;
GRANT ALL ON SCHEMA mixed TO regress_writer;
SET ROLE regress_writer;
CREATE TABLE mixed.report (district_id int, reported_at timestamptz);
RESET ROLE;
CALL edustats.attach('mixed', 'risky');
DROP SCHEMA mixed CASCADE;

-- The owner needs no more than that
SET ROLE regress_owner;
CALL edustats.attach('ours', 'news');
CALL edustats.refresh('news');
CALL edustats.attach('ours', 'news');
CALL edustats.invalidate('news', 'course_clicks');
SELECT count(*) FILTER (WHERE tracked) = count(*) AS tracked, sum(dirty_days) > 0 AS dirty FROM news.refresh_status;
GRANT USAGE ON SCHEMA news TO regress_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA news TO regress_reader;
GRANT USAGE ON SCHEMA ours TO regress_writer;
GRANT INSERT, TRUNCATE ON ours.course_click TO regress_writer;
GRANT INSERT ON ours.member TO regress_writer;
RESET ROLE;

-- A writer needs no rights but to write; his marks are logged
SET ROLE regress_writer;
INSERT INTO ours.course_click VALUES (1, 77, '2015-03-01');
COPY ours.course_click FROM stdin;
2	78	2015-03-02 00:00+08
\.
INSERT INTO ours.member VALUES (3, '社区', false, 1, 'o', '2015-03-01', NULL);
SELECT * FROM news_data.log;
INSERT INTO news_data.log VALUES ('course_clicks', '2015-01-01', '2015-01-01');
RESET ROLE;
SELECT metric, first, last, lookup, key FROM news_data.log WHERE first > '2015-02-01' OR key IS NOT NULL ORDER BY 1, 2, 3;

-- A reader needs no rights on the platform or on the extension's tables: every view, clean or dirty
SET ROLE regress_reader;
DO $$
DECLARE
    v text;
    n bigint;
    failed text := '';
BEGIN
    FOR v IN SELECT c.oid::regclass FROM pg_class c WHERE c.relnamespace = 'news'::regnamespace AND c.relkind IN ('v', 'r') LOOP
        BEGIN
            EXECUTE format('SELECT count(*) FROM (SELECT t.* FROM %s t OFFSET 0) x', v) INTO n;
            EXECUTE format('SELECT count(x::text) FROM %s x', v) INTO n;
        EXCEPTION WHEN OTHERS THEN
            failed := failed || format(E'%s: %s\n', v, SQLERRM);
        END;
    END LOOP;
    RAISE INFO 'failed: "%"', failed;
END
$$;
SELECT value FROM news.headline WHERE metric = 'course_clicks' AND month = '2015-03-01';
SELECT day, class, tally FROM news_data.activity WHERE metric = 'course_clicks' AND month = '2015-03-01' ORDER BY 1;
SELECT clicks FROM ours.course_click;
-- the bulletin's own functions, which run with the owner's rights, are out of his reach
SELECT p.oid::regprocedure, p.proconfig FROM pg_proc p WHERE p.pronamespace = 'news'::regnamespace AND p.prosecdef ORDER BY 1;
SELECT p.oid::regprocedure, p.proconfig FROM pg_proc p WHERE p.pronamespace = 'news_data'::regnamespace AND p.prosecdef ORDER BY 1;
SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'news_data'::regnamespace AND p.proowner <> 'regress_owner'::regrole;
SELECT * FROM news_data.live_days('course_clicks', '2015-03-01', '{[2015-03-01,2015-03-02)}') ORDER BY 1;
SELECT * FROM news_data.dirty('course_clicks');
SET ROLE regress_stranger;
SELECT value FROM news.headline;
SELECT * FROM news_data.live_days('course_clicks', '2015-03-01', '{[2015-03-01,2015-03-02)}') ORDER BY 1;
SET ROLE regress_reader;
INSERT INTO news_data.log VALUES ('course_clicks', '2015-01-01', '2015-01-01');
CALL edustats.refresh('news');
CALL edustats.invalidate('news');
CALL edustats.detach('news');
CALL edustats.attach('ours', 'news');
SELECT edustats.as_owner('news_data', 'plan_refresh');
SELECT edustats.as_owner('pg_catalog', 'now');
SELECT edustats.install('news_data');
SELECT edustats.install('pg_catalog');
SELECT * FROM edustats.lapses('news_data', 'course_clicks');
SELECT * FROM edustats.source_facts('news_data', 'course_clicks', 'pg_class');
SELECT * FROM edustats.source_rows('news_data', 'course_clicks');
SELECT * FROM edustats.source_tables('news_data', 'course_clicks');
SELECT * FROM edustats.source_lookups('news_data', 'course_clicks');
SELECT * FROM edustats.lookup_rows('news_data', 'course_clicks', 'SELECT member_id AS key FROM ours.member s');
SELECT edustats.source_definition('news_data', 'course_clicks');
SELECT edustats.watch_ddl();
SELECT edustats.record_changed();
SELECT edustats.log_changes();
SELECT edustats.ranking('news', 'learning', '[2015-03-01,2015-04-01)');
SELECT edustats.period_tally('news', 'learning', '[2015-03-01,2015-04-01)');
INSERT INTO news_data.metric (metric, source, time_column, key_column, weight_column, member_column, unit, label) VALUES ('mine', 'member', 'registered_at', 'member_id', NULL, NULL, '', '');
RESET ROLE;
-- his arguments are values, whatever is in them
SET ROLE regress_owner;
SELECT * FROM news_data.live_days('course_clicks', '2015-03-01', '{[2015-03-01,2015-03-02)}') ORDER BY 1;
SELECT * FROM news_data.live_days('x'' OR true --', '2015-03-01', '{[2015-03-01,2015-03-02)}');
SELECT * FROM news_data.dirty('x'' OR true --');
RESET ROLE;
-- TRUNCATE: all days, and nothing is read
SET ROLE regress_writer;
TRUNCATE ours.course_click;
RESET ROLE;
SELECT first, last FROM news_data.log WHERE metric = 'course_clicks' ORDER BY 1 LIMIT 1;

-- Whose code runs as whom: a source that says who reads it, and tries to become more
CREATE TABLE public.regress_seen (what text, who name, restricted boolean);
GRANT INSERT, SELECT ON public.regress_seen TO PUBLIC;
SET ROLE regress_owner;
CREATE SCHEMA trap;
CREATE FUNCTION trap.spy(what text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    restricted boolean := false;
BEGIN
    IF current_setting('transaction_read_only') = 'off' THEN
        BEGIN
            EXECUTE 'LISTEN trap';
            EXECUTE 'UNLISTEN trap';
        EXCEPTION WHEN insufficient_privilege THEN restricted := true;
        END;
    END IF;
    IF current_setting('transaction_read_only') = 'off' THEN
        INSERT INTO public.regress_seen VALUES (what, current_user, restricted);
    END IF;
    BEGIN
        EXECUTE 'ALTER ROLE regress_owner SUPERUSER';
        RAISE WARNING 'became a superuser';
    EXCEPTION WHEN insufficient_privilege THEN NULL;
    END;
    BEGIN
        EXECUTE 'RESET ROLE';
        EXECUTE 'ALTER ROLE regress_owner SUPERUSER';
        RAISE WARNING 'became a superuser';
    EXCEPTION WHEN insufficient_privilege THEN NULL;
    END;
    IF current_setting('trap.path', true) = 'on' THEN
        PERFORM set_config('search_path', 'trap', false);
    END IF;
    RETURN true;
END
$$;
CREATE VIEW trap.member AS SELECT * FROM ours.member WHERE trap.spy('member');
CREATE TABLE trap.district AS TABLE ours.district;
CREATE TABLE trap.report (district_id int, reported_at timestamptz);
CREATE VIEW trap.column_visit AS SELECT 1 AS column_id, '2015-01-01'::timestamptz AS visited_at WHERE trap.spy('visit');
CALL edustats.attach('trap', 'bait');
INSERT INTO trap.report VALUES (1, '2015-01-01');
-- a trigger that waits for the end of the transaction, when nobody is restricted any more
CREATE FUNCTION trap.later() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM trap.spy('later'); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON bait_data.rollup DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION trap.later();
CREATE FUNCTION trap.soon() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM trap.spy('log'); RETURN NULL; END $$;
CREATE TRIGGER soon AFTER DELETE ON bait_data.rollup FOR EACH STATEMENT EXECUTE FUNCTION trap.soon();
RESET ROLE;
TRUNCATE public.regress_seen;
SET search_path = public;
SET trap.path = on;
CALL edustats.refresh('bait');
SHOW search_path;
SET trap.path = off;
CALL edustats.refresh('bait');
SHOW search_path;
CALL edustats.invalidate('bait');
CALL edustats.attach('trap', 'bait');
SET SESSION AUTHORIZATION regress_scheduler;
CALL edustats.refresh('bait');
RESET SESSION AUTHORIZATION;
DROP TRIGGER later ON bait_data.rollup;
CALL edustats.invalidate('bait');
CALL edustats.refresh('bait');
SELECT DISTINCT what, who, restricted FROM public.regress_seen ORDER BY 1, 2, 3;
RESET search_path;
CALL edustats.detach('bait');

-- Planted objects with a hostile search_path
CREATE SCHEMA hostile;
GRANT ALL ON SCHEMA hostile TO PUBLIC;
SET ROLE regress_stranger;
CREATE FUNCTION hostile.bite() RETURNS void LANGUAGE plpgsql AS $$
BEGIN RAISE WARNING 'bitten: %', current_user; END $$;
CREATE FUNCTION hostile.equals(text, name) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM hostile.bite(); RETURN false; END $$;
CREATE FUNCTION hostile.equals(name, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM hostile.bite(); RETURN false; END $$;
CREATE FUNCTION hostile.equals(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM hostile.bite(); RETURN false; END $$;
CREATE OPERATOR hostile.= (LEFTARG = text, RIGHTARG = name, FUNCTION = hostile.equals);
CREATE OPERATOR hostile.= (LEFTARG = name, RIGHTARG = text, FUNCTION = hostile.equals);
CREATE OPERATOR hostile.= (LEFTARG = text, RIGHTARG = text, FUNCTION = hostile.equals);
CREATE FUNCTION hostile.plus(int, int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM hostile.bite(); RETURN 0; END $$;
CREATE OPERATOR hostile.+ (LEFTARG = int, RIGHTARG = int, FUNCTION = hostile.plus);
CREATE OPERATOR hostile.> (LEFTARG = int, RIGHTARG = int, FUNCTION = hostile.plus);
CREATE FUNCTION hostile.format(text, VARIADIC text[]) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM hostile.bite(); RETURN ''; END $$;
CREATE FUNCTION hostile.format(text, name) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM hostile.bite(); RETURN ''; END $$;
CREATE FUNCTION hostile.jsonb_array_length(jsonb) RETURNS int LANGUAGE plpgsql AS $$ BEGIN PERFORM hostile.bite(); RETURN 0; END $$;
CREATE FUNCTION hostile.lower(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN PERFORM hostile.bite(); RETURN ''; END $$;
CREATE FUNCTION hostile.starts_with(name, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN PERFORM hostile.bite(); RETURN true; END $$;
CREATE TABLE hostile.log (metric text, first date, last date, lookup text, key text, note text);
CREATE TABLE hostile.rollup (metric text, month date, day date, class smallint, tally edustats.tally);
CREATE TABLE hostile.metric (metric text);
CREATE TABLE hostile.attachment (source name);
CREATE TABLE hostile.part (relation regclass);
CREATE TABLE hostile.rollup_month ();
CREATE TABLE hostile.refresh_error ();
CREATE TABLE hostile.member (member_id bigint);
CREATE FUNCTION hostile.local_day(timestamptz, text) RETURNS date LANGUAGE plpgsql AS $$ BEGIN PERFORM hostile.bite(); RETURN NULL; END $$;
CREATE FUNCTION hostile.dirty_days(text) RETURNS datemultirange LANGUAGE plpgsql AS $$ BEGIN PERFORM hostile.bite(); RETURN NULL; END $$;
-- triggers of his own on a log that is not his, with an argument that makes no sense, and where there should be none
CREATE TABLE hostile.source (at timestamptz, id int);
CREATE TRIGGER one AFTER INSERT ON hostile.source REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT
    EXECUTE FUNCTION edustats.log_changes('news_data');
CREATE TRIGGER two AFTER INSERT ON hostile.source FOR EACH STATEMENT EXECUTE FUNCTION edustats.log_changes(E'\\000\\');
INSERT INTO hostile.source VALUES (now(), 1);
TRUNCATE hostile.source;
CREATE TRIGGER three AFTER INSERT ON hostile.source FOR EACH STATEMENT EXECUTE FUNCTION edustats.log_changes();
INSERT INTO hostile.source VALUES (now(), 1);
DROP TRIGGER three ON hostile.source;
CREATE TRIGGER four AFTER INSERT ON hostile.source FOR EACH ROW EXECUTE FUNCTION edustats.log_changes('news_data');
INSERT INTO hostile.source VALUES (now(), 1);
RESET ROLE;
SET search_path = hostile, pg_catalog, public;
SET ROLE regress_owner;
CREATE TEMP TABLE log (LIKE news_data.log);
CREATE TEMP TABLE part (LIKE news_data.part);
CREATE TEMP TABLE rollup (LIKE news_data.rollup);
CREATE TEMP TABLE attachment (LIKE news_data.attachment);
CREATE TEMP TABLE metric (LIKE news_data.metric);
CALL edustats.attach('ours', 'news');
INSERT INTO ours.course_click SELECT 1, 5, '2015-05-05'::timestamptz;
UPDATE ours.member SET org_type = '社区';
CALL edustats.refresh('news');
SELECT day, class, tally FROM news_data.activity WHERE metric OPERATOR(pg_catalog.=) 'course_clicks';
SELECT metric, dirty_days FROM news.refresh_status WHERE dirty_days OPERATOR(pg_catalog.<>) 0;
CREATE TABLE ours.old (LIKE ours.course_click);
ALTER TABLE ours.old INHERIT ours.course_click;
DROP TABLE ours.old;
RESET ROLE;
CALL edustats.refresh('news');
CALL edustats.invalidate('news');
ALTER TABLE ours.course_click ADD note text;
CALL edustats.detach('hostile');           -- his schema looks like a bulletin, and is none
DISCARD TEMP;
RESET search_path;

-- DDL of roles that have no rights on edustats, and a schema that looks like a bulletin, hold up nobody
REVOKE USAGE ON SCHEMA edustats FROM PUBLIC;
GRANT CREATE ON SCHEMA public TO regress_stranger;
SET ROLE regress_stranger;
CREATE TABLE public.parts (i int) PARTITION BY RANGE (i);
CREATE TABLE public.part PARTITION OF public.parts DEFAULT;
ALTER TABLE public.parts ADD j int;
ALTER TABLE public.parts DETACH PARTITION public.part;
DROP TABLE public.parts, public.part;
RESET ROLE;
GRANT USAGE ON SCHEMA edustats TO PUBLIC;

CALL edustats.detach('news');
DROP SCHEMA ours, trap, hostile CASCADE;
DROP TABLE public.regress_seen;
REVOKE ALL ON DATABASE :"db" FROM regress_owner, regress_stranger;
REVOKE ALL ON SCHEMA public FROM regress_stranger;
DROP ROLE regress_scheduler;
DROP ROLE regress_owner;
DROP ROLE regress_reader;
DROP ROLE regress_writer;
DROP ROLE regress_stranger;
