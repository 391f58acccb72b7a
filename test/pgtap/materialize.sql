-- Materialized views are what their views are, whatever has changed, once a refresh has seen it; and nothing that is as it was is written.
\set QUIET 1
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages TO warning;
CREATE EXTENSION edustats;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
CALL edustats.create_platform('platform');
\ir ../unchecked.sql
SET search_path TO platform, public;

-- A platform of the last months, so that the calendar is short.
CREATE TABLE start AS SELECT (date_trunc('month', now() AT TIME ZONE 'Asia/Shanghai') - interval '3 months')::date AS month;
CREATE FUNCTION number(most integer) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT floor(random() * $1)::integer + 1';
CREATE FUNCTION pick(VARIADIC names text[]) RETURNS text LANGUAGE sql VOLATILE AS 'SELECT names[number(cardinality(names))]';
CREATE FUNCTION moment(month integer DEFAULT NULL) RETURNS timestamptz LANGUAGE sql VOLATILE AS
    $$SELECT (s.month + coalesce(moment.month, number(4) - 1) * interval '1 month') AT TIME ZONE 'Asia/Shanghai' + least(random() * interval '28 days', interval '28 days')
      FROM start s$$;
CREATE PROCEDURE act(n integer) LANGUAGE sql AS $$
    INSERT INTO learning_session SELECT number(60), least(moment(), now()), number(9000) FROM generate_series(1, n);
    INSERT INTO course_click SELECT nullif(number(60), 60), number(12), least(moment(), now()) FROM generate_series(1, n);
    INSERT INTO column_visit SELECT number(6), least(moment(), now()) FROM generate_series(1, n);
    INSERT INTO article_view SELECT number(12), least(moment(), now()) FROM generate_series(1, n);
    INSERT INTO topic_view SELECT number(12), least(moment(), now()) FROM generate_series(1, n);
    INSERT INTO forum_post SELECT nullif(number(60), 60), least(moment(), now()) FROM generate_series(1, n);
    INSERT INTO blog_post SELECT number(12), least(moment(), now()) FROM generate_series(1, n);
    INSERT INTO village_post SELECT number(12), least(moment(), now()) FROM generate_series(1, n);
    INSERT INTO report SELECT number(6), least(moment(), now()) FROM generate_series(1, n);
$$;
SELECT setseed(0.3);
INSERT INTO district SELECT i, '区' || i, i FROM generate_series(1, 5) i;
INSERT INTO member (member_id, org_type, allocated, district_id, name, registered_at)
SELECT i, pick('农村', '社区', '高校', NULL), random() < 0.6, nullif(number(6), 6), 'm' || i, moment(0) FROM generate_series(1, 50) i;
INSERT INTO station_fitness SELECT i, '2015-01-01' FROM generate_series(1, 50) i;
INSERT INTO course SELECT i, '课' || i, pick('甲', '乙'), pick('市', '') FROM generate_series(1, 10) i;
INSERT INTO site_column SELECT i, '栏' || i, pick('video', 'text') FROM generate_series(1, 5) i;
INSERT INTO article SELECT i, '文' || i, number(5) FROM generate_series(1, 10) i;
INSERT INTO topic SELECT i, '题' || i, '版' FROM generate_series(1, 10) i;
INSERT INTO village_topic SELECT i, '村' || i FROM generate_series(1, 10) i;
INSERT INTO blog SELECT i, number(60), pick('甲', '乙', '') FROM generate_series(1, 10) i;
CALL act(150);
CALL edustats.attach();
CALL edustats.refresh();
CREATE ROLE mat_reader;
CREATE ROLE mat_other;
GRANT USAGE ON SCHEMA bulletin TO mat_reader, mat_other;
GRANT SELECT ON ALL TABLES IN SCHEMA bulletin TO mat_reader;
GRANT SELECT ON bulletin.table_1 TO mat_other;
CALL edustats.materialize('bulletin', 'bulletin_fast');

-- Where the two schemas differ: views that are not in both, columns, comments, rows.
CREATE FUNCTION shape(schema text) RETURNS TABLE (name text, columns text) LANGUAGE sql AS $$
    SELECT c.relname::text, concat(obj_description(c.oid, 'pg_class'), (
        SELECT string_agg(format('%s %s %s %s', a.attname, format_type(a.atttypid, a.atttypmod), a.attcollation, col_description(c.oid, a.attnum)), ', ' ORDER BY a.attnum)
        FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped))
    FROM pg_class c WHERE c.relnamespace = shape.schema::regnamespace AND c.relkind IN ('v', 'm')
$$;
CREATE FUNCTION differences() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v record;
    n bigint;
    found text := '';
BEGIN
    FOR v IN SELECT coalesce(a.name, b.name) AS name, a.columns, b.columns AS others FROM shape('bulletin') a FULL JOIN shape('bulletin_fast') b USING (name) LOOP
        IF v.columns IS DISTINCT FROM v.others THEN
            found := concat(found, E'\n', v.name, ': ', v.columns, E'\n   not ', v.others);
        ELSE
            EXECUTE format('WITH a AS MATERIALIZED (SELECT t::text FROM bulletin.%1$I t), b AS MATERIALIZED (SELECT t::text FROM bulletin_fast.%1$I t) '
                           'SELECT count(*) FROM ((TABLE a EXCEPT ALL TABLE b) UNION ALL (TABLE b EXCEPT ALL TABLE a)) d', v.name) INTO n;
            IF n > 0 THEN
                found := concat(found, E'\n', v.name, ': ', n);
            END IF;
        END IF;
    END LOOP;
    RETURN found;
END $$;
-- What has been written since it was last asked: the views, and which of their months.
CREATE TABLE version (name text, month date, rows text, PRIMARY KEY (name, month));
CREATE FUNCTION written() RETURNS TABLE (name text, months bigint) LANGUAGE plpgsql AS $$
DECLARE
    v record;
    seen text;
BEGIN
    FOR v IN SELECT c.oid::regclass AS view, c.relname FROM pg_class c WHERE c.relnamespace = 'bulletin_fast'::regnamespace AND c.relkind = 'm' AND c.relname <> 'refresh_status' LOOP
        EXECUTE format('WITH n AS MATERIALIZED (SELECT month, md5(string_agg(concat_ws('' '', t.xmin, t.ctid), '','' ORDER BY t.ctid)) AS rows FROM %1$s t GROUP BY month), '
                       'w AS (INSERT INTO version SELECT %2$L, n.month, n.rows FROM n ON CONFLICT ON CONSTRAINT version_pkey DO UPDATE SET rows = excluded.rows) '
                       'SELECT count(*) FROM n WHERE NOT EXISTS (SELECT FROM version o WHERE o.name = %2$L AND o.month = n.month AND o.rows = n.rows)', v.view, v.relname) INTO months;
        name := v.relname;
        IF months > 0 THEN
            RETURN NEXT;
        END IF;
    END LOOP;
END $$;
CREATE FUNCTION written_text() RETURNS text LANGUAGE sql AS $$SELECT coalesce(string_agg(format('%s %s', name, months), ', ' ORDER BY name COLLATE "C"), '') FROM written()$$;

SELECT is(differences(), '', 'the same views, columns, comments and rows');
SELECT is((SELECT count(*) FROM shape('bulletin_fast')), (SELECT count(*) FROM shape('bulletin')), 'all of them');
SELECT is_empty($$SELECT v.name FROM bulletin_data.our_views('platform', 'bulletin') v WHERE v.schema = 'bulletin' AND NOT EXISTS (
    SELECT FROM pg_index i WHERE i.indrelid = to_regclass('bulletin_fast.' || v.name) AND i.indisunique AND i.indnullsnotdistinct AND i.indpred IS NULL
       AND v.key = ARRAY(SELECT a.attname::text FROM unnest(i.indkey::smallint[]) WITH ORDINALITY k(attnum, n) JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum ORDER BY k.n))$$,
    'each with a unique index on its key');
SELECT is((SELECT string_agg(name, ' ') FROM bulletin_data.our_views('platform', 'bulletin') v WHERE v.schema = 'bulletin' AND v.key[1] <> 'month'), 'refresh_status', 'which begins with the month');
SELECT is((SELECT nspowner FROM pg_namespace WHERE nspname = 'bulletin_fast'), (SELECT nspowner FROM pg_namespace WHERE nspname = 'bulletin'), 'the schema is the owner''s');
SELECT count(*) > 0 FROM written() \g /dev/null

-- Nothing has changed
CALL edustats.refresh();
SELECT is(differences(), '', 'nothing has changed');
SELECT is(written_text(), '', 'and nothing is written, rows of a key with NULL neither');
CALL edustats.refresh_materialized();
SELECT is(written_text(), '', 'nor by the procedure that does that alone');

-- A row of the present month
INSERT INTO platform.learning_session SELECT member_id, now(), 3600 FROM platform.member WHERE allocated AND org_type = '农村' AND district_id IS NOT NULL ORDER BY 1 LIMIT 1;
SELECT isnt(differences(), '', 'a row that is not there yet');
CALL edustats.refresh();
SELECT is(differences(), '', 'is, after a refresh');
SELECT is_empty($$SELECT * FROM written() w WHERE w.months > 1 AND w.name NOT IN (SELECT DISTINCT v.name FROM bulletin_data.our_views('platform', 'bulletin') v, unnest(v.key) k
    WHERE v.schema = 'bulletin' AND k IN ('district_id', 'org_type', 'category'))$$, 'months that are over are not written');
INSERT INTO platform.topic_view VALUES (3, now());
CALL edustats.refresh_materialized();
SELECT is(differences(), '', 'one that is in the log alone, by the procedure that does that alone');
SELECT is((SELECT string_agg(name, ' ' ORDER BY name COLLATE "C") FROM written() WHERE name !~ '^(table|figure)_'), 'headline narrative page topic_views', 'and what says nothing of it is not written');
CALL edustats.refresh_materialized();
SELECT is(written_text(), '', 'once');
CALL edustats.refresh();
SELECT is(differences(), '', 'folded');
SELECT is(written_text(), '', 'it is no change any more');

-- Whatever else views read
CREATE TABLE step (n serial, command text, what text);
INSERT INTO step (command, what) VALUES
    ($$UPDATE district SET name = '新区' WHERE district_id = 2$$, 'a name'),
    ($$UPDATE district SET position = 9 WHERE district_id = 1$$, 'an order'),
    ($$UPDATE member SET district_id = 3 WHERE member_id % 5 = 0$$, 'where members are'),
    ($$UPDATE member SET org_type = '社区', allocated = true WHERE member_id % 7 = 0$$, 'what they are'),
    ($$UPDATE member SET name = 'N' WHERE member_id % 4 = 0$$, 'names of stations'),
    ($$INSERT INTO member (member_id, org_type, allocated, district_id, name, registered_at) SELECT i, '农村', true, 1, 'new', now() FROM generate_series(51, 60) i$$, 'members who had done something before'),
    ($$UPDATE member SET closed_at = registered_at + interval '40 days' WHERE member_id % 9 = 0$$, 'closures'),
    ($$DELETE FROM member WHERE member_id % 11 = 0$$, 'members that are gone'),
    ($$UPDATE station_fitness SET fit_until = (SELECT month + 40 FROM start) WHERE member_id % 2 = 0$$, 'fitness'),
    ($$UPDATE course SET category = '丙', producer = 'p' WHERE course_id < 4$$, 'categories'),
    ($$UPDATE site_column SET medium = 'audio' WHERE column_id = 1$$, 'a medium'),
    ($$UPDATE article SET column_id = 2, title = upper(title) || 'x'$$, 'titles'),
    ($$UPDATE topic SET board = '二' WHERE topic_id > 5$$, 'boards'),
    ($$UPDATE blog SET member_id = 1 WHERE blog_id < 5$$, 'authors'),
    ($$DELETE FROM village_topic WHERE topic_id = 1$$, 'a topic that is gone'),
    ($$INSERT INTO opening_balance VALUES ('learning', 0, 360000), ('course_clicks', 0, 17)$$, 'what there was before'),
    ($$UPDATE bulletin_data.label SET label = '别的' WHERE name = 'other'$$, 'a word'),
    ($$UPDATE bulletin_data.org_type SET label = '村', position = 9 WHERE org_type = '农村'$$, 'a label and an order of kinds'),
    ($$UPDATE bulletin_data.setting SET value = 'Office' WHERE name = 'office'$$, 'a setting'),
    ($$UPDATE bulletin_data.page_item SET caption = 'mine' WHERE view = 'table_1'$$, 'a caption'),
    ($$DELETE FROM bulletin_data.page_item WHERE view = 'table_9'$$, 'an item less'),
    (format('CALL edustats.publish(''bulletin'', %L)', (SELECT month FROM start)), 'something published'),
    ($$UPDATE bulletin_data.metric SET since = (SELECT month + 40 FROM start) WHERE metric = 'topic_views'$$, 'a first day'),
    ($$CALL edustats.invalidate('bulletin')$$, 'all marked'),
    ($$DELETE FROM bulletin_data.metric WHERE metric = 'village_posts'$$, 'a metric less'),
    ($$TRUNCATE report$$, 'rows that are gone'),
    ($$DELETE FROM learning_session WHERE started_at < (SELECT (month + interval '1 month') AT TIME ZONE 'Asia/Shanghai' FROM start)$$, 'a month that is gone'),
    ($$INSERT INTO forum_post SELECT 1, month - interval '20 days' FROM start$$, 'a month that is earlier'),
    ($$CALL act(30)$$, 'rows of all months');
\set ON_ERROR_STOP off
SELECT statement
FROM (SELECT command, n, 0 AS place FROM step
      UNION ALL SELECT 'CALL edustats.refresh()', max(n), 1 FROM step GROUP BY (n - 1) / 3
      UNION ALL SELECT format('SELECT is(differences(), '''', %L)', string_agg(what, '; ' ORDER BY n)), max(n), 2 FROM step GROUP BY (n - 1) / 3) s(statement, n, place)
ORDER BY s.n, s.place \gexec
\set ON_ERROR_STOP on

-- Heads on the page may be comments, and a view on it may be any
INSERT INTO bulletin_data.page_item (section, position, kind, view) VALUES (1, 900, 'table', 'users');
CALL edustats.refresh();
COMMENT ON COLUMN bulletin.users.users IS 'so many';
CREATE TABLE public.mine (month date, n integer);
INSERT INTO public.mine SELECT month, 1 FROM start;
CREATE VIEW bulletin_data.mine AS SELECT month, n FROM public.mine;
INSERT INTO bulletin_data.page_item (section, position, kind, view) VALUES (1, 901, 'table', 'mine');
CALL edustats.refresh();
SELECT results_eq($$SELECT columns -> 2 ->> 'head', (SELECT p.cells ->> 0 FROM bulletin_fast.page p WHERE p.view = 'mine' AND p.month = s.month) FROM bulletin_fast.page p, start s WHERE p.view = 'users' AND p.month = s.month$$,
    $$VALUES ('["so many"]', '["1"]')$$, 'a comment, and a view of the owner''s own');
UPDATE public.mine SET n = 2;
CALL edustats.refresh();
SELECT is((SELECT p.cells ->> 0 FROM bulletin_fast.page p, start s WHERE p.view = 'mine' AND p.month = s.month), '["2"]', 'which has changed');
DELETE FROM bulletin_data.page_item WHERE position >= 900;
DROP VIEW bulletin_data.mine;
CALL edustats.attach();
CALL edustats.refresh();
SELECT is(differences(), '', 'and is gone');

-- What can't be seen through is read anew, also where nothing is left of it
ALTER TABLE blog_post RENAME TO post;
CREATE VIEW blog_post AS SELECT DISTINCT blog_id, posted_at FROM post;
CALL edustats.attach();
CALL edustats.refresh();
SELECT is(differences(), '', 'a source that can''t be seen through');
INSERT INTO post SELECT 3, now();
CALL edustats.refresh();
SELECT is(differences(), '', 'a row more');
DELETE FROM post WHERE blog_id = 3 AND posted_at > now() - interval '1 hour';
CALL edustats.refresh();
SELECT is(differences(), '', 'a row less');

-- A row that can't be computed holds up what reads it, and nothing else
CREATE TABLE odd (member_id bigint, posted_at text);
DROP TABLE forum_post;
CREATE VIEW forum_post AS SELECT member_id, posted_at::timestamptz AS posted_at FROM odd;
CALL edustats.attach();
INSERT INTO odd SELECT 1, now()::text;
CALL edustats.refresh();
SELECT is(differences(), '', 'a source of texts');
INSERT INTO odd VALUES (1, 'soon');
INSERT INTO topic_view VALUES (3, now());
SET client_min_messages TO error;
CALL edustats.refresh();
RESET client_min_messages;
SELECT is((SELECT sum(views) FROM bulletin_fast.topic_views), (SELECT sum(views) FROM bulletin.topic_views), 'others are refreshed');
SELECT cmp_ok((SELECT count(*) FROM bulletin_fast.forum_posts), '>', 0::bigint, 'and it is as it was');
DELETE FROM odd WHERE posted_at = 'soon';
SET client_min_messages TO warning;
CALL edustats.refresh();
SELECT is(differences(), '', 'until the row is gone');

-- Kinds come: columns are others, for the same readers
UPDATE member SET org_type = '学校', allocated = true WHERE member_id = 2;
CALL edustats.refresh();
SELECT is((SELECT count(*) FROM pg_attribute WHERE attrelid = 'bulletin_fast.table_2'::regclass AND attnum > 0), 12::bigint, 'a column more');
SELECT is(differences(), '', 'and all is the same');
SELECT ok(has_table_privilege('mat_reader', 'bulletin_fast.table_2', 'SELECT'), 'who could read it can');
CREATE VIEW public.over AS SELECT total FROM bulletin_fast.table_2;
UPDATE member SET org_type = '党校' WHERE member_id = 2;
SET client_min_messages TO error;
CALL edustats.refresh();
SELECT is((SELECT count(*) FROM pg_attribute WHERE attrelid = 'bulletin_fast.table_2'::regclass AND attnum > 0), 12::bigint, 'one that others have built on keeps its columns');
DROP VIEW public.over;
SET client_min_messages TO warning;
CALL edustats.refresh();
SELECT is(differences(), '', 'until they have gone');

-- Sources come and go
ALTER TABLE report RENAME TO report_away;
CALL edustats.attach();
CALL edustats.refresh();
SELECT hasnt_materialized_view('bulletin_fast'::name, 'reports'::name, 'a source that is gone takes its view along');
SELECT is(differences(), '', 'and nothing else');
GRANT SELECT ON ALL TABLES IN SCHEMA bulletin_fast TO mat_other;
ALTER TABLE report_away RENAME TO report;
CALL edustats.attach();
CALL edustats.refresh();
SELECT is(differences(), '', 'it comes again');
SELECT ok(has_table_privilege('mat_reader', 'bulletin_fast.reports', 'SELECT') AND has_table_privilege('mat_other', 'bulletin_fast.reports', 'SELECT'), 'for who could read all the others');

-- What the owner does by hand
DROP MATERIALIZED VIEW bulletin_fast.page;
CALL edustats.refresh();
SELECT hasnt_materialized_view('bulletin_fast'::name, 'page'::name, 'a view that was dropped stays away');
REFRESH MATERIALIZED VIEW bulletin_fast.table_1;
REFRESH MATERIALIZED VIEW CONCURRENTLY bulletin_fast.table_1;
ALTER SCHEMA bulletin_fast RENAME TO fast;
INSERT INTO topic_view VALUES (3, now());
CALL edustats.refresh();
SELECT is((SELECT sum(views) FROM fast.topic_views), (SELECT sum(views) FROM bulletin.topic_views), 'a schema that was renamed');
CALL edustats.attach();
SELECT has_materialized_view('fast'::name, 'page'::name, 'attach brings in it what is missing');
ALTER SCHEMA fast RENAME TO bulletin_fast;
CALL edustats.refresh();
SELECT is(differences(), '', 'all is the same');

-- Suspended
CREATE TABLE before AS SELECT * FROM bulletin_fast.table_1;
CALL edustats.suspend('bulletin');
ALTER TABLE member ALTER name TYPE varchar(300);
SELECT set_eq('SELECT * FROM bulletin_fast.table_1', 'SELECT * FROM before', 'readers go on reading while the bulletin is suspended');
SET client_min_messages TO error;
REFRESH MATERIALIZED VIEW bulletin_fast.table_1;
REFRESH MATERIALIZED VIEW CONCURRENTLY bulletin_fast.table_2;
SET client_min_messages TO warning;
SELECT set_eq('SELECT * FROM bulletin_fast.table_1', 'SELECT * FROM before', 'which stay as they are, if one refreshes them');
SELECT isnt_empty('SELECT * FROM bulletin_fast.table_2', 'either way');
SELECT throws_ok($$CALL edustats.materialize('bulletin', NULL)$$, '55000', NULL, 'nor ended');
CALL edustats.resume('bulletin');
CALL edustats.refresh();
SELECT is(differences(), '', 'and resumed');

-- What is refused
SELECT throws_ok($$CALL edustats.materialize('bulletin', 'other_fast')$$, '42P06', 'bulletin "bulletin" is materialized in the schema "bulletin_fast"', 'a second time');
SELECT throws_ok($$CALL edustats.materialize('bulletin', 'bulletin')$$, '22023', NULL, 'into itself');
SELECT throws_ok($$CALL edustats.materialize('bulletin', 'bulletin_data')$$, '22023', NULL, 'into its data');
SELECT throws_ok($$CALL edustats.materialize('no_such', 'x')$$, '3F000', NULL, 'no bulletin');
SELECT throws_ok($$CALL edustats.materialize(NULL, 'x')$$, '22004', NULL, 'NULL');
SELECT throws_ok($$CALL edustats.refresh_materialized('no_such')$$, '3F000', NULL, 'no bulletin to refresh');
SELECT hasnt_schema('other_fast', 'nothing is left of what was refused');
SELECT hasnt_schema('x', 'nor of that');
CALL edustats.materialize('bulletin', NULL);
SELECT hasnt_schema('bulletin_fast', 'ended, with the schema that was made for it');
SELECT is_empty($$SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'bulletin_data'::regnamespace AND p.proname ~ '^materialized_' AND p.pronargs = 0$$, 'and with its functions');
CALL edustats.refresh();
SELECT throws_ok($$CALL edustats.materialize('bulletin', 'platform')$$, '22023', NULL, 'into the platform');
SELECT throws_ok($$CALL edustats.materialize('bulletin', 'edustats')$$, '22023', NULL, 'into the extension');
CREATE SCHEMA theirs AUTHORIZATION mat_other;
SELECT throws_ok($$CALL edustats.materialize('bulletin', 'theirs')$$, '42501', NULL, 'into a schema of somebody else''s');
CREATE SCHEMA mine;
CREATE TABLE mine.table_3 (a integer);
SELECT throws_ok($$CALL edustats.materialize('bulletin', 'mine')$$, '42P07', 'mine.table_3 is there already', 'where a name is taken');
SELECT is((SELECT count(*) FROM pg_class WHERE relnamespace = 'mine'::regnamespace), 1::bigint, 'nothing is made then');
ALTER TABLE mine.table_3 RENAME TO tables;
CALL edustats.materialize('bulletin', 'mine');
SELECT ok(has_schema_privilege('mat_reader', 'mine', 'USAGE') AND has_table_privilege('mat_reader', 'mine.page', 'SELECT'), 'a schema that was there, for who reads the bulletin');
SELECT ok(NOT has_schema_privilege('mat_other', 'mine', 'USAGE') AND NOT has_table_privilege('mat_other', 'mine.table_1', 'SELECT'), 'and not for who reads a part of it');
SET ROLE mat_reader;
SELECT is((SELECT count(*) FROM mine.table_1), (SELECT count(*) FROM bulletin.table_1), 'he reads');
\set ON_ERROR_STOP off
\set VERBOSITY sqlstate
CALL edustats.refresh_materialized();
\set ON_ERROR_STOP on
SELECT is(:'LAST_ERROR_SQLSTATE', '42501'::text, 'and refreshes nothing');
SELECT throws_ok($$CALL edustats.materialize('bulletin', NULL)$$, '42501', NULL, 'nor ends it');
SELECT throws_ok($$CALL edustats.materialize('bulletin', 'his')$$, '42501', NULL, 'nor begins it');
RESET ROLE;
DROP SCHEMA mine CASCADE;
CALL edustats.refresh();
CALL edustats.attach();
SELECT is_empty('SELECT * FROM bulletin_data.materialized', 'a schema that was dropped ends it, too');
CALL edustats.materialize('bulletin', 'bulletin_fast');
SELECT is(differences(), '', 'and it begins anew');

-- The bulletin goes, and what was materialized of it
CREATE TABLE bulletin_fast.of_mine (a integer);
ALTER TABLE bulletin_data.published DISABLE TRIGGER final;
DELETE FROM bulletin_data.published;
CALL edustats.detach('bulletin');
SELECT results_eq($$SELECT relname FROM pg_class WHERE relnamespace = 'bulletin_fast'::regnamespace$$, ARRAY['of_mine']::name[], 'detached');
DROP OWNED BY mat_reader, mat_other;
DROP ROLE mat_reader, mat_other;
SELECT * FROM finish();
