-- What others have made over the bulletin's views: it stays, with its owner, rights and rows, whatever attach changes, and shows the
-- numbers that there are now; what can't stay is named before anything has changed. And grants, and who waits for whom.
SET client_min_messages TO error;
CREATE EXTENSION edustats;
SELECT no_plan();
CREATE ROLE own_owner;
CREATE ROLE own_analyst;
CREATE ROLE own_other;
CREATE ROLE own_some;
CREATE ROLE own_public;
GRANT own_owner TO CURRENT_USER;
GRANT CREATE ON DATABASE :DBNAME TO own_owner, own_analyst;
SET ROLE own_owner;
CALL edustats.create_platform('platform');
INSERT INTO platform.district SELECT i, 'D' || i, i FROM generate_series(1, 3) i;
INSERT INTO platform.member SELECT i, (ARRAY['农村', '社区', '国企'])[1 + i % 3], true, 1 + i % 3, 'm' || i, '2015-01-05+08' FROM generate_series(1, 12) i;
INSERT INTO platform.learning_session SELECT 1 + i % 12, timestamptz '2015-03-01+08' + i * interval '7 hours', 3600 FROM generate_series(0, 50) i;
INSERT INTO platform.course VALUES (1, 'one', 'c', 'p'), (2, 'two', 'd', 'p');
INSERT INTO platform.course_click SELECT 1 + i % 12, 1 + i % 2, timestamptz '2015-03-01+08' + i * interval '9 hours' FROM generate_series(0, 40) i;
INSERT INTO platform.blog VALUES (1, 1, 'c');
INSERT INTO platform.blog_post SELECT 1, timestamptz '2015-03-01+08' + i * interval '9 hours' FROM generate_series(0, 9) i;
CALL edustats.attach();
CALL edustats.refresh();
GRANT USAGE ON SCHEMA bulletin TO own_analyst, own_other, own_some;
GRANT SELECT ON ALL TABLES IN SCHEMA bulletin TO own_analyst;
GRANT SELECT ON ALL TABLES IN SCHEMA bulletin TO own_other WITH GRANT OPTION;
GRANT SELECT ON ALL TABLES IN SCHEMA bulletin TO own_some;
REVOKE SELECT ON bulletin.table_9, bulletin.table_2 FROM own_some;
GRANT SELECT (month, district, rural) ON bulletin.table_2 TO own_some;
REVOKE EXECUTE ON FUNCTION bulletin.table_2(daterange) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bulletin.table_2(daterange) TO own_analyst;
GRANT SELECT ON bulletin.table_5 TO PUBLIC;

-- The analyst, who may do no more than read, has made things of all sorts.
SET ROLE own_analyst;
CREATE SCHEMA lab;
GRANT USAGE ON SCHEMA lab TO own_other, own_public;
CREATE VIEW lab.totals WITH (security_barrier = true) AS SELECT month, district, total, rural FROM bulletin.table_2;
CREATE VIEW lab.above AS SELECT month, sum(total) AS total FROM lab.totals GROUP BY month;
CREATE MATERIALIZED VIEW lab.kept AS SELECT t.month, t.district, t.total, u.n FROM bulletin.table_2 t JOIN (SELECT month, count(*) AS n FROM bulletin.users GROUP BY month) u USING (month);
CREATE UNIQUE INDEX kept_key ON lab.kept (month, district);
COMMENT ON MATERIALIZED VIEW lab.kept IS 'Kept';
GRANT SELECT ON lab.kept, lab.totals TO own_other, own_public;
CREATE VIEW lab.days AS SELECT month, district, total FROM bulletin.table_2('[2015-03-01,2015-03-15)');
CREATE FUNCTION lab.body() RETURNS numeric LANGUAGE sql BEGIN ATOMIC SELECT sum(rural) FROM bulletin.table_2 WHERE district = '合计'; END;
CREATE VIEW lab.clicks AS SELECT month, course, clicks FROM bulletin.course_clicks;
CREATE TABLE lab.told (n integer);
CREATE RULE tell AS ON INSERT TO lab.told DO ALSO SELECT count(*) FROM bulletin.table_3;
CREATE TABLE lab.rows (t bulletin.table_2);
INSERT INTO lab.rows SELECT t FROM bulletin.table_2 t LIMIT 1;
RESET ROLE;

CREATE VIEW own_things AS
SELECT c.oid, c.oid::regclass::text AS name, c.relkind, c.relowner::regrole::text AS owner, c.relacl::text AS grants, c.reloptions::text AS options, c.relispopulated,
       obj_description(c.oid, 'pg_class') AS comment, (SELECT array_agg(format('%s %s', a.attname, format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0)::text AS columns
FROM pg_class c WHERE c.relnamespace = 'lab'::regnamespace AND c.relkind IN ('v', 'm', 'i');
CREATE TABLE things_before AS TABLE own_things;
CREATE FUNCTION formers() RETURNS text LANGUAGE sql AS $$SELECT string_agg(c.relname, ', ' ORDER BY c.relname) FROM pg_class c WHERE c.relname ~ '^former_' AND c.relkind = 'v'$$;
CREATE FUNCTION columns(view text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = view::regclass AND attnum > 0 AND attname NOT IN ('month', 'row', 'district', 'total')
$$;
-- As the analyst would see them: all that he has, against the bulletin's own.
CREATE FUNCTION differences() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    SET LOCAL ROLE own_analyst;
    result := (SELECT concat((SELECT count(*) FROM ((TABLE lab.totals EXCEPT SELECT month, district, total, rural FROM bulletin.table_2) UNION ALL
                                                    (SELECT month, district, total, rural FROM bulletin.table_2 EXCEPT TABLE lab.totals)) d), ' ',
        (SELECT count(*) FROM lab.above a FULL JOIN (SELECT month, sum(total) AS total FROM bulletin.table_2 GROUP BY 1) b USING (month) WHERE a.total IS DISTINCT FROM b.total), ' ',
        (SELECT count(*) FROM ((TABLE lab.days EXCEPT SELECT month, district, total FROM bulletin.table_2('[2015-03-01,2015-03-15)')) UNION ALL
                               (SELECT month, district, total FROM bulletin.table_2('[2015-03-01,2015-03-15)') EXCEPT TABLE lab.days)) d), ' ',
        lab.body() - (SELECT sum(rural) FROM bulletin.table_2 WHERE district = '合计'), ' ',
        (SELECT count(*) FROM ((TABLE lab.clicks EXCEPT ALL SELECT month, course, clicks FROM bulletin.course_clicks) UNION ALL
                               (SELECT month, course, clicks FROM bulletin.course_clicks EXCEPT ALL TABLE lab.clicks)) d)));
    RESET ROLE;
    RETURN result;
END $$;
CREATE FUNCTION error_of(command text) RETURNS TABLE (state text, message text, detail text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE command;
    RETURN QUERY SELECT 'none', NULL, NULL;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN QUERY SELECT SQLSTATE, SQLERRM, error_of.detail;
END $$;
SELECT is(differences(), '0 0 0 0.00 0', 'what the analyst has, shows what there is');

-- 1. Attached again, and nothing has changed: nobody who reads is waited for
BEGIN;
CALL edustats.attach();
SELECT is_empty($$SELECT l.relation::regclass, l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE l.pid = pg_backend_pid()
    AND l.mode IN ('AccessExclusiveLock', 'ExclusiveLock') AND c.relkind IN ('v', 'm', 'r')$$, 'no lock on anything that was there keeps a reader out');
COMMIT;
SELECT is((SELECT count(*) FROM pg_class WHERE relname = 'view to come'), 0::bigint, 'and nothing is left over');

-- 2. A seventh kind, by attach: tables 1 to 7 get a column in their middle
SET ROLE own_owner;
INSERT INTO bulletin_data.org_type (org_type, code, position) VALUES ('学校', 'school', 1);
INSERT INTO platform.member VALUES (20, '学校', true, 1, 'm20', '2015-01-05+08');
INSERT INTO platform.learning_session VALUES (20, '2015-03-03+08', 7200);
SELECT lives_ok('CALL edustats.attach()', 'attach is not in the way of what the analyst has made');
RESET ROLE;
SELECT is(columns('bulletin.table_2'), 'rural school community agency soe new_org college other', 'the table has its column');
SELECT results_eq('TABLE own_things ORDER BY name', 'TABLE things_before ORDER BY name', 'all that the analyst has is what it was: the very same objects, with owner, grants, options, indexes and comments');
SELECT is(differences(), '0 0 0 0.00 0', 'and shows the new numbers, not the old ones');
SELECT is((SELECT max(total) FROM lab.totals), (SELECT sum(seconds) / 3600.0 FROM platform.learning_session), 'with the new kind in the total');
SET ROLE own_analyst;
SELECT lives_ok('REFRESH MATERIALIZED VIEW CONCURRENTLY lab.kept', 'a materialized view is refreshed');
SELECT lives_ok('INSERT INTO lab.told VALUES (1)', 'a rule reads');
SELECT is((SELECT (t).district FROM lab.rows), 'D1', 'rows that were stored are there');
RESET ROLE;
SELECT set_eq($$SELECT district, total FROM lab.kept$$, $$SELECT district, total FROM bulletin.table_2$$, 'and has the new rows');
SELECT is(formers(), 'former_table_2_1', 'only what somebody reads stays beside');

-- 3. Rights: as they were; and nothing more than on the view in its place
SELECT ok(has_table_privilege('own_analyst', 'bulletin.table_2', 'SELECT') AND has_table_privilege('own_other', 'bulletin.table_7', 'SELECT WITH GRANT OPTION')
          AND NOT has_table_privilege('own_some', 'bulletin.table_2', 'SELECT'), 'grants are there on the new view');
SELECT ok(has_column_privilege('own_some', 'bulletin.table_2', 'rural', 'SELECT') AND NOT has_column_privilege('own_some', 'bulletin.table_2', 'total', 'SELECT'), 'those on columns, too');
SELECT ok(has_function_privilege('own_analyst', 'bulletin.table_2(daterange)', 'EXECUTE') AND NOT has_function_privilege('own_other', 'bulletin.table_2(daterange)', 'EXECUTE'), 'and on the function of days');
SELECT ok(has_table_privilege('public', 'bulletin.table_5', 'SELECT') AND NOT has_table_privilege('public', 'bulletin.table_7', 'SELECT'), 'and PUBLIC''s');
SELECT ok(has_function_privilege('own_some', 'bulletin.table_3(daterange)', 'EXECUTE'), 'a function that nobody has restricted is for everybody');
SET ROLE own_public;
SELECT is((SELECT max(total) FROM lab.totals), 53.00, 'who may read what the analyst has made, and nothing of the bulletin''s, goes on reading it');
RESET ROLE;
REVOKE SELECT ON bulletin.table_2 FROM own_analyst;
CALL edustats.refresh();
SET ROLE own_other;
SELECT throws_ok('SELECT * FROM lab.totals', '42501', NULL, 'what is revoked from the analyst is revoked from what he has made, by a refresh');
RESET ROLE;
GRANT SELECT ON bulletin.table_2 TO own_analyst;
CALL edustats.refresh();
SELECT throws_ok('SET ROLE own_other; SELECT * FROM bulletin_data.former_table_2_1', '42501', 'permission denied for schema bulletin_data', 'and nobody reads what stands in by itself');
RESET ROLE;

-- 4. Another one, by refresh; and both change places
INSERT INTO platform.member VALUES (21, '军队', true, 2, 'm21', '2015-01-05+08');
INSERT INTO platform.learning_session VALUES (21, '2015-03-03+08', 7200);
CALL edustats.refresh();
SELECT matches(columns('bulletin.table_2'), ' (kind_\d+) other$', 'a kind that a refresh has found has its column');
SELECT is(differences(), '0 0 0 0.00 0', 'and is in the totals');
UPDATE bulletin_data.org_type SET position = 1 WHERE org_type = '军队';
CALL edustats.refresh();
SELECT matches(columns('bulletin.table_2'), '^(kind_\d+) rural', 'one changes its place');
SELECT is(differences(), '0 0 0 0.00 0', 'which nothing depends on');
SELECT is(formers(), 'former_table_2_1', 'what stood in goes on');

-- 5. A kind that is removed or called otherwise: what reads its column is named, and nothing has changed
CREATE TABLE columns_before AS SELECT columns(c.oid::regclass::text), c.oid FROM pg_class c WHERE c.relnamespace = 'bulletin'::regnamespace AND c.relkind = 'v';
UPDATE bulletin_data.org_type SET code = 'village' WHERE code = 'rural';
SELECT results_eq($$SELECT state, message FROM error_of('CALL edustats.attach()')$$,
    $$VALUES ('2BP01', 'objects of others need what the views of bulletin "bulletin" will no longer have')$$, 'columns that somebody reads are not taken away');
SELECT is(detail, 'function lab.body() of role own_analyst needs column rural of bulletin.table_2 (it goes)' || E'\n'
               || 'view lab.totals of role own_analyst needs column rural of bulletin.table_2 (it goes)', 'all that reads them is named, and nothing else')
FROM error_of('CALL edustats.attach()');
SELECT set_eq($$SELECT columns(c.oid::regclass::text), c.oid FROM pg_class c WHERE c.relnamespace = 'bulletin'::regnamespace AND c.relkind = 'v'$$, 'TABLE columns_before', 'nothing has changed');
CALL edustats.refresh();
SELECT set_eq($$SELECT columns(c.oid::regclass::text), c.oid FROM pg_class c WHERE c.relnamespace = 'bulletin'::regnamespace AND c.relkind = 'v'$$, 'TABLE columns_before', 'not by a refresh either');
SELECT is((SELECT max(total) FROM bulletin.table_2), (SELECT sum(seconds) / 3600.0 FROM platform.learning_session), 'which loses nothing');
DROP FUNCTION lab.body();
CREATE OR REPLACE VIEW lab.totals WITH (security_barrier = true) AS SELECT month, district, total, NULL::numeric(14,2) AS rural FROM bulletin.table_2;
SELECT lives_ok('CALL edustats.attach()', 'without them');
SELECT matches(columns('bulletin.table_2'), 'village', 'it is called otherwise');
SELECT is(formers(), 'former_table_2_1, former_table_2_2, former_table_3_1', 'what stands in has lost a column that nobody reads');
SELECT is((SELECT count(*) FROM lab.days d FULL JOIN (SELECT * FROM bulletin.table_2('[2015-03-01,2015-03-15)')) t USING (month, district, total) WHERE d IS NULL OR t IS NULL), 0::bigint, 'and shows the others');
SET ROLE own_analyst;
SELECT lives_ok('REFRESH MATERIALIZED VIEW lab.kept', 'to a materialized view, too');
CREATE FUNCTION lab.rows() RETURNS SETOF bulletin.table_5 LANGUAGE sql AS 'SELECT * FROM bulletin.table_5';
RESET ROLE;
UPDATE bulletin_data.org_type SET compared = code IN ('village', 'soe');
SELECT is(detail, 'function lab.rows() of role own_analyst needs the rows of bulletin.table_5 as they are', 'a function whose rows would be others')
FROM error_of('CALL edustats.attach()');
DROP FUNCTION lab.rows();
CALL edustats.attach();
SELECT matches(columns('bulletin.table_5'), 'soe_clicks', 'without it they are');

-- 6. A version with other types of columns, in a documented view, and in one of the data that the owner reads
CREATE VIEW lab.cells AS SELECT month, district, open FROM bulletin_data.station_cell;
CREATE VIEW lab.keyed AS SELECT month, course_id FROM (SELECT month, 1 AS course_id FROM bulletin_data.course_month) m;
CREATE TABLE section_before AS TABLE edustats.section;
CREATE TABLE clicks_before AS SELECT * FROM lab.clicks;
UPDATE edustats.section SET body = regexp_replace(body, '(CREATE OR REPLACE VIEW course_clicks AS\n)(.*?);', '\1SELECT s.clicks::integer AS clicks, s.month, s.course, s.producer, s.category, s.org_type, s.course_id FROM (\2) s;') WHERE section = 'courses';
UPDATE edustats.section SET body = replace(body, 'AS seconds_year_before', 'AS seconds_year_before, 1 AS more') WHERE section = 'learning';
SELECT lives_ok('CALL edustats.attach()', 'a new version is attached');
SELECT is((SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'bulletin.course_clicks'::regclass AND attname = 'clicks'), 'integer', 'its columns are its own');
SELECT is((SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'lab.clicks'::regclass AND attname = 'clicks'), 'bigint', 'the analyst''s are his');
SELECT set_eq('TABLE lab.clicks', 'TABLE clicks_before', 'with the same rows');
SELECT is((SELECT count(*) FROM lab.cells), (SELECT count(*) FROM bulletin_data.station_cell), 'and so of a view whose rows are kept');
UPDATE edustats.section SET body = replace(body, 's.clicks::integer AS clicks', 's.clicks::text AS clicks') WHERE section = 'courses';
SELECT is(detail, 'view lab.clicks of role own_analyst needs column clicks of bulletin.course_clicks (of type bigint, not text)', 'a type that is no longer the same value is named')
FROM error_of('CALL edustats.attach()');
UPDATE edustats.section s SET body = b.body FROM section_before b WHERE (b.kind, b.section) = (s.kind, s.section);
CALL edustats.attach();
SELECT set_eq('TABLE lab.clicks', 'TABLE clicks_before', 'back to the version before');
CREATE TABLE formers_now AS SELECT formers();

-- 7. Another language
UPDATE bulletin_data.setting SET value = 'en' WHERE name = 'language';
SELECT lives_ok('CALL edustats.attach()', 'in another language');
SELECT set_eq('TABLE lab.clicks', 'TABLE clicks_before', 'what the analyst has stays');
SELECT results_eq('SELECT max(total) FROM lab.totals', 'SELECT max(total) FROM bulletin.table_2', 'all of it');
UPDATE bulletin_data.setting SET value = 'zh-CN' WHERE name = 'language';
CALL edustats.attach();

-- 8. Suspended: what stands on the bulletin stays, says so, and is back
TRUNCATE things_before;
INSERT INTO things_before TABLE own_things;
SET ROLE own_owner;
SELECT lives_ok($$CALL edustats.suspend('bulletin')$$, 'suspended, with all that reads it');
SELECT lives_ok($$ALTER TABLE platform.member ALTER name TYPE varchar(50), ALTER org_type TYPE varchar(30)$$, 'the platform is altered');
SELECT lives_ok($$ALTER TABLE platform.course ALTER title TYPE varchar(90)$$, 'all of it');
RESET ROLE;
SELECT throws_ok('SELECT * FROM lab.totals', '55000', 'the bulletin of the data in "bulletin_data" is suspended', 'reading says why there is nothing to read');
SELECT throws_ok('REFRESH MATERIALIZED VIEW lab.kept', '55000', NULL, 'a materialized view keeps its rows');
SELECT lives_ok($$CALL edustats.resume('bulletin')$$, 'resumed');
SELECT results_eq('TABLE own_things ORDER BY name', 'TABLE things_before ORDER BY name', 'all that the analyst has is what it was');
SELECT set_eq('TABLE lab.clicks', 'TABLE clicks_before', 'and reads');
SELECT is((SELECT count(*) FROM lab.days d FULL JOIN (SELECT * FROM bulletin.table_2('[2015-03-01,2015-03-15)')) t USING (month, district, total) WHERE d IS NULL OR t IS NULL), 0::bigint, 'the function of days, too');

-- 9. A relation of the platform has gone: what would have nothing to read is named
CREATE VIEW lab.blogs AS SELECT month, category, posts FROM bulletin.figure_3;
CREATE VIEW lab.blog_count AS SELECT count(*) AS n FROM bulletin.blog_posts;
ALTER TABLE platform.blog_post RENAME TO blog_post_gone;
SELECT is(detail, 'view lab.blog_count of role postgres needs bulletin.blog_posts, which goes' || E'\n' || 'view lab.blogs of role postgres needs bulletin.figure_3, which goes', 'by view')
FROM error_of('CALL edustats.attach()');
SELECT isnt(to_regclass('bulletin.figure_3'), NULL, 'nothing has gone yet');
DROP VIEW bulletin.figure_3, bulletin.blog_posts CASCADE;
SELECT lives_ok('CALL edustats.attach()', 'which CASCADE takes away');
SELECT is(to_regclass('bulletin.figure_4'), NULL, 'the others have gone, too');
ALTER TABLE platform.blog_post_gone RENAME TO blog_post;
CALL edustats.attach();
SELECT ok(has_table_privilege('own_analyst', 'bulletin.figure_3', 'SELECT') AND has_table_privilege('own_other', 'bulletin.figure_3', 'SELECT WITH GRANT OPTION'), 'who reads all reads what comes back, as he reads all');
SELECT ok(NOT has_table_privilege('own_some', 'bulletin.figure_3', 'SELECT'), 'who reads all but one does not');

-- 10. Functions of days, where nobody but some roles may call any
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA bulletin FROM PUBLIC, own_analyst;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA bulletin TO own_analyst;
DROP VIEW bulletin.table_8 CASCADE;
CALL edustats.attach();
SELECT ok(has_function_privilege('own_analyst', 'bulletin.table_8(daterange)', 'EXECUTE') AND NOT has_function_privilege('own_some', 'bulletin.table_8(daterange)', 'EXECUTE'), 'it is so for a new one');

-- 11. What nobody needs goes
DROP SCHEMA lab CASCADE;
CALL edustats.attach();
SELECT is(formers(), NULL, 'nothing stands in for nobody');
SELECT is((SELECT count(*) FROM bulletin_data.former_view), 0::bigint, 'nor is on record');
SELECT is_empty($$SELECT oid::regprocedure FROM pg_proc WHERE proname ~ '^former_' AND proname !~ '^former_(users|function|columns|problems|grants)$'$$, 'no function either');

-- 12. A view of the bulletin's that its owner has replaced is what it was again
CREATE TABLE users_before AS TABLE bulletin.users;
SELECT format('CREATE OR REPLACE VIEW bulletin.users AS SELECT * FROM (%s) u WHERE false', rtrim(pg_get_viewdef('bulletin.users'), ';')) \gexec
SELECT is_empty('TABLE bulletin.users', 'a view is replaced by one that reads the same');
CALL edustats.attach();
SELECT set_eq('TABLE bulletin.users', 'TABLE users_before', 'attach makes of it what it is');
CALL edustats.detach('bulletin');
SELECT * FROM finish();
