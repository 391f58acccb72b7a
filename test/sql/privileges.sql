-- Who may do what: roles x objects x actions, each tried for real. The expected output is the matrix.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\pset format aligned
\pset footer off
\pset null -
SET client_min_messages = error;
SET jit = off;
SELECT current_database() AS db \gset
CREATE ROLE regress_super LOGIN SUPERUSER;
CREATE ROLE regress_owner LOGIN;
CREATE ROLE regress_member LOGIN IN ROLE regress_owner;
CREATE ROLE regress_sources LOGIN;
CREATE ROLE regress_writer LOGIN;
CREATE ROLE regress_reader LOGIN;
CREATE ROLE regress_stranger LOGIN;
GRANT CREATE ON DATABASE :"db" TO regress_owner, regress_sources;
SET SESSION AUTHORIZATION regress_sources;
CALL edustats.create_platform('theirs');
INSERT INTO theirs.member VALUES (1, '农村', true, NULL, 'm', '2015-01-01', NULL);
INSERT INTO theirs.report VALUES (1, '2015-01-05');
GRANT USAGE ON SCHEMA theirs TO regress_owner, regress_writer;
GRANT SELECT ON ALL TABLES IN SCHEMA theirs TO regress_owner;
GRANT INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA theirs TO regress_writer;
SET SESSION AUTHORIZATION regress_owner;
CALL edustats.attach('theirs', 'news', 'UTC');
GRANT USAGE ON SCHEMA news TO regress_reader;                       -- the README's two
GRANT SELECT ON ALL TABLES IN SCHEMA news TO regress_reader;
RESET SESSION AUTHORIZATION;

-- What is tried, once on each object of a kind; {} is the object.
CREATE SCHEMA matrix;
CREATE TABLE matrix.trial (position integer GENERATED ALWAYS AS IDENTITY, kind text, action text, objects text, command text);
INSERT INTO matrix.trial (kind, action, objects, command) VALUES
    ('schema news', 'USAGE', '', $$SELECT 'news.headline'::regclass$$),
    ('schema news', 'CREATE', '', $$CREATE VIEW news.mine AS SELECT 1 AS a$$),
    ('schema news_data', 'USAGE', '', $$SELECT 'news_data.rollup'::regclass$$),
    ('schema news_data', 'CREATE', '', $$CREATE TABLE news_data.mine (a integer)$$),
    ('schema edustats', 'USAGE', '', $$SELECT 'edustats.metric'::regclass$$),
    ('schema edustats', 'CREATE', '', $$CREATE TABLE edustats.mine (a integer)$$);
INSERT INTO matrix.trial (kind, action, objects, command)
SELECT k.kind, a.action, k.objects, a.command
FROM (VALUES
    -- "failure" is tried below: where there is none, all months are looked through.
    ('views of news', $$SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'news'::regnamespace AND c.relname <> 'failure'$$),
    ('tables of news_data', $$SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'news_data'::regnamespace AND c.relkind = 'r'$$),
    ('views of news_data', $$SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'news_data'::regnamespace AND c.relkind = 'v'$$),
    ('tables of edustats', $$SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'edustats'::regnamespace AND c.relkind = 'r'$$),
    ('views of edustats', $$SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'edustats'::regnamespace AND c.relkind = 'v'$$))
    k(kind, objects)
CROSS JOIN (VALUES
    ('SELECT', 'SELECT count(*) FROM (SELECT * FROM {} LIMIT 1) x'),
    ('INSERT', 'INSERT INTO {} ({column}) SELECT {column} FROM {} LIMIT 0'),
    ('UPDATE', 'UPDATE {} SET {column} = NULL WHERE false'),
    ('DELETE', 'DELETE FROM {} WHERE false'),
    ('TRUNCATE', 'TRUNCATE {}'),
    ('ALTER', 'ALTER TABLE {} OWNER TO CURRENT_USER'),
    ('TRIGGER', 'CREATE TRIGGER mine BEFORE UPDATE ON {} FOR EACH STATEMENT EXECUTE FUNCTION edustats.record_changed()')) a(action, command)
WHERE k.kind LIKE 'tables%' OR a.action IN ('SELECT', 'ALTER');
INSERT INTO matrix.trial (kind, action, objects, command) VALUES
    ('functions of news_data', 'EXECUTE', $$SELECT format('%s(%s)', p.oid::regproc, (SELECT string_agg('NULL::' || format_type(t, NULL), ', ') FROM unnest(p.proargtypes) t))
        FROM pg_proc p WHERE p.pronamespace = 'news_data'::regnamespace AND p.proname NOT IN ('attach', 'detach', 'prepare_refresh', 'invalidate')$$,
     'SELECT * FROM {} x'),
    ('functions of news_data', 'ALTER', $$SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.pronamespace = 'news_data'::regnamespace$$, 'ALTER FUNCTION {} COST 1'),
    ('refresh', 'its steps', '', $$SELECT edustats.as_owner('news_data', 'prepare_refresh'), edustats.as_owner('news_data', 'plan_refresh')$$),
    ('install', 'EXECUTE', '', $$SELECT edustats.install('news_data')$$),
    ('record', 'lapses', '', $$SELECT * FROM edustats.lapses('news_data', 'reports')$$),
    ('record', 'source_facts', '', $$SELECT * FROM edustats.source_facts('news_data', 'reports', 'pg_class')$$),
    ('record', 'source_rows', '', $$SELECT * FROM edustats.source_rows('news_data', 'reports')$$),
    ('record', 'source_tables', '', $$SELECT * FROM edustats.source_tables('news_data', 'reports')$$),
    ('record', 'source_lookups', '', $$SELECT * FROM edustats.source_lookups('news_data', 'reports')$$),
    ('record', 'lookup_rows', '', $$SELECT * FROM edustats.lookup_rows('news_data', 'reports', '')$$),
    ('record', 'source_definition', '', $$SELECT edustats.source_definition('news_data', 'reports')$$),
    ('watch_ddl', 'EXECUTE', '', $$SELECT edustats.watch_ddl()$$),
    ('behind aggregates', 'EXECUTE', '', $$SELECT edustats.tally_agg_key(NULL, 1)$$),
    ('behind types', 'EXECUTE', '', $$SELECT edustats.tally_in('{1:1}')$$),
    ('page', 'bulletin_html', '', $$SELECT edustats.bulletin_html('news', '2015-01-01')$$),
    ('rules', 'failure', '', $$SELECT * FROM news.failure WHERE month = '2015-01-01'$$),
    ('rules', 'check_failures', '', $$SELECT * FROM edustats.check_failures('news', '2015-01-01', jsonb_build_object())$$),
    ('page', 'bulletin_csv', '', $$SELECT edustats.bulletin_csv('news', '2015-01-01')$$),
    ('page', 'bulletin_csv of a fact', '', $$SELECT edustats.bulletin_csv('news', '2015-01-01', 'reports')$$),
    ('page', 'bulletin_json', '', $$SELECT edustats.bulletin_json('news', '2015-01-01')$$),
    ('page', 'bulletin_document', '', $$SELECT edustats.bulletin_document('news', '2015-01-01')$$),
    ('period', 'period_tally', '', $$SELECT edustats.period_tally('news', 'reports', '[2015-01-01,2015-02-01)')$$),
    ('period', 'ranking', '', $$SELECT edustats.ranking('news', 'reports', '[2015-01-01,2015-02-01)')$$),
    ('period', 'total', '', $$SELECT edustats.total('news', 'reports', '[2015-01-01,2015-02-01)')$$),
    ('period', 'active_keys', '', $$SELECT edustats.active_keys('news', 'reports', '[2015-01-01,2015-02-01)')$$),
    ('period', 'view of days', '', $$SELECT * FROM news.headline('[2015-01-05,2015-02-01)')$$),
    ('period', 'participation', '', $$SELECT edustats.participation('news', '[2015-01-01,2015-02-01)')$$),
    ('values', 'tally', '', $$SELECT edustats.total(edustats.tally_agg(i) OPERATOR(edustats.+) '{1:1}'), edustats.growth(2, 1) FROM generate_series(1, 9) i$$),
    ('values', 'days', '', $$SELECT edustats.local_day(now(), 'UTC'), edustats.daily_tally_agg(now(), 'UTC', 1::smallint, 1)$$),
    ('sources', 'SELECT', '', 'SELECT * FROM theirs.report'),
    ('sources', 'INSERT', '', $$INSERT INTO theirs.report VALUES (1, '2015-01-06')$$),
    ('sources', 'TRUNCATE', '', $$TRUNCATE theirs.report$$),
    ('sources', 'ALTER', '', $$ALTER TABLE theirs.report ADD b integer$$),
    ('CALL', 'attach', '', $$CALL edustats.attach('theirs', 'news', 'UTC')$$),
    ('CALL', 'attach anew', '', $$CALL edustats.attach('theirs', 'others', 'UTC')$$),
    ('CALL', 'materialize', '', $$CALL edustats.materialize('news', 'news_fast')$$),
    ('CALL', 'publish', '', $$CALL edustats.publish('news', '2015-01-01')$$),
    ('CALL', 'invalidate', '', $$CALL edustats.invalidate('news')$$),
    ('CALL', 'detach', '', $$CALL edustats.detach('news')$$),
    ('CALL', 'create_platform', '', $$CALL edustats.create_platform('another')$$);

-- Runs a command as a role and takes it back. What fails for another reason than rights was let: a function takes no NULL.
CREATE FUNCTION matrix.may(role name, command text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('role', role, true);
    EXECUTE command;
    RAISE EXCEPTION USING ERRCODE = 'ZZZZZ';
EXCEPTION
    WHEN insufficient_privilege THEN RETURN false;
    WHEN OTHERS THEN RETURN true;
END
$$;
CREATE FUNCTION matrix.first_column(object text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce((SELECT quote_ident(a.attname) FROM pg_attribute a WHERE a.attrelid = to_regclass(object) AND a.attnum = 1), '')
$$;
-- "yes" where all objects let him, a dot where none does for want of rights. Functions of the
-- data that read sources refuse a superuser who calls them as himself.
CREATE FUNCTION matrix.verdict(role name, t matrix.trial) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    object text;
    objects text[] := ARRAY[''];
    allowed integer := 0;
BEGIN
    IF t.objects <> '' THEN
        EXECUTE format('SELECT array_agg(o ORDER BY o) FROM (%s) x(o)', t.objects) INTO objects;
    END IF;
    FOREACH object IN ARRAY objects LOOP
        allowed := allowed + matrix.may(role, replace(replace(t.command, '{}', object), '{column}',
            CASE WHEN strpos(t.command, '{column}') > 0 THEN matrix.first_column(object) ELSE '' END))::integer;
    END LOOP;
    RETURN CASE allowed WHEN 0 THEN '.' WHEN cardinality(objects) THEN 'yes' ELSE 'some' END;
END
$$;
SELECT t.kind, t.action, matrix.verdict('regress_super', t) AS super, matrix.verdict('regress_owner', t) AS owner,
       matrix.verdict('regress_member', t) AS member, matrix.verdict('regress_sources', t) AS sources,
       matrix.verdict('regress_writer', t) AS writer, matrix.verdict('regress_reader', t) AS reader,
       matrix.verdict('regress_stranger', t) AS stranger
FROM matrix.trial t ORDER BY t.position;

-- refresh commits, so it can't be tried within a statement
SET SESSION AUTHORIZATION regress_super;
CALL edustats.refresh('news');
SET SESSION AUTHORIZATION regress_owner;
CALL edustats.refresh('news');
SET SESSION AUTHORIZATION regress_member;
CALL edustats.refresh('news');
SET SESSION AUTHORIZATION regress_sources;
CALL edustats.refresh('news');
SET SESSION AUTHORIZATION regress_writer;
CALL edustats.refresh('news');
SET SESSION AUTHORIZATION regress_reader;
CALL edustats.refresh('news');
SET SESSION AUTHORIZATION regress_stranger;
CALL edustats.refresh('news');
RESET SESSION AUTHORIZATION;

-- What is in the schema that readers get: views, and functions of days that have their rows and run as the caller
SELECT c.relkind, count(*) > 20 AS many FROM pg_class c WHERE c.relnamespace = 'news'::regnamespace GROUP BY 1;
SELECT p.prosecdef, c.oid IS NOT NULL AS rows_of_the_view, pg_get_function_arguments(p.oid) AS arguments, count(*) > 20 AS many
FROM pg_proc p LEFT JOIN pg_class c ON c.relnamespace = p.pronamespace AND c.relname = p.proname AND c.reltype = p.prorettype AND c.relkind = 'v'
WHERE p.pronamespace = 'news'::regnamespace GROUP BY 1, 2, 3;

-- The extension's functions that everybody may execute, grouped, and what there is besides. What belongs to nobody's group
-- is an internal that was forgotten.
CREATE VIEW matrix.public_function AS
SELECT p.oid, p.proname, p.prokind, p.oid::regprocedure AS function
FROM pg_depend d JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'edustats')
  AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE');
SELECT g.group, string_agg(regexp_replace(g.function::text, '^edustats\.', ''), E'\n' ORDER BY g.function::text COLLATE "C") AS functions
FROM (SELECT f.function,
        CASE
            WHEN f.prokind = 'p' THEN '1 procedures'
            WHEN f.prokind = 'a' THEN '2 aggregates'
            WHEN f.oid IN (SELECT o.oprcode FROM pg_operator o) OR f.oid IN (SELECT c.castfunc FROM pg_cast c) THEN '3 operators, casts'
            WHEN f.proname IN ('total', 'cardinality', 'count_of', 'key_of', 'keep', 'drop', 'each', 'top', 'attended', 'absent', 'expected', 'rate')
                AND f.function::text !~ 'daterange' THEN '4 tally, participation'
            WHEN f.proname IN ('local_day', 'day_start', 'day_end', 'month_of', 'from_iso8601', 'epoch_bound', 'local_bound') THEN '5 days'
            WHEN f.proname ~ '^english_' OR f.proname IN ('growth', 'share', 'growth_text', 'grouped_text', 'joined_text', 'points_text', 'share_text', 'wan_text', 'unit_text', 'decimal_text', 'cell_text', 'percent_text',
                'list_text', 'districts_text', 'group_text', 'name_text', 'named', 'title_text', 'first_text', 'until_text', 'hours_text', 'short_name', 'nationalities', 'is_station', 'is_kind', 'is_kind_code', 'numeral_text', 'fill_text', 'form_text') THEN '6 numbers, words'
            WHEN f.function::text ~ 'daterange' AND f.proname !~ '^bulletin_|_csv$' AND f.proname <> 'view_item' OR f.proname = 'days_of' OR f.proname IN ('period', 'each_month', 'period_before', 'period_form', 'days_form') THEN '7 any period'
            WHEN f.proname IN ('bulletin_html', 'bulletin_csv', 'bulletin_json', 'bulletin_document', 'published', 'revision_content', 'revision_diff', 'rows_of', 'named_rows', 'row_cells', 'check_failures') THEN '8 page, publication'
            WHEN f.proname ~ '^(bulletin|chart)_' OR f.proname ~ '_(html|svg|csv|json|docx|xlsx|note|width|widths|style)$' OR f.proname ~ '^(failed|printed|figure)_'
                OR f.proname IN ('xml_text', 'short_text', 'one_line', 'row_kinds', 'row_spans', 'head_cells', 'number_format', 'zip', 'view_item', 'is_rule', 'told_numbers', 'half_digit', 'unit_of', 'text_list')
                THEN '9 behind the page: run as the reader'
            WHEN f.proname IN ('data_schema', 'existing_data', 'source_owners', 'foreign_owners', 'new_owner', 'create_schemas', 'repair_schemas', 'in_transaction_block', 'materialized_views')
                THEN '10 behind the procedures: run as the caller'
            WHEN f.proname IN ('as_owner', 'install', 'lapses', 'may_be_dirty', 'log_changes', 'row_may_move', 'record_changed', 'is_unique', 'recall', 'remember') OR f.proname ~ '^(source|lookup)_[a-z]+$'
                THEN '11 behind a bulletin: check the caller, or are triggers'
            ELSE '12 left'
        END AS group
      FROM matrix.public_function f) g
GROUP BY g.group ORDER BY split_part(g.group, ' ', 1)::integer;
-- and that not everybody may
SELECT p.oid::regprocedure AS function
FROM pg_depend d JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'edustats')
  AND p.oid NOT IN (SELECT oid FROM matrix.public_function) ORDER BY p.oid::regprocedure::text COLLATE "C";

-- Without that right they do their work all the same, for everybody: in aggregates, hashes, copies and casts, and in parallel
SET SESSION AUTHORIZATION regress_stranger;
CREATE TEMP TABLE t AS SELECT i, edustats.tally_agg(i % 3) AS tally, edustats.participation_agg(i % 2 = 0) AS part FROM generate_series(1, 9) i GROUP BY i;
SELECT count(*) AS pairs FROM (SELECT DISTINCT tally, part FROM t) x;
SET enable_sort = off;
SET enable_nestloop = off;
SELECT count(*) AS joined FROM t a JOIN t b ON a.tally OPERATOR(edustats.=) b.tally;
SELECT edustats.rollup(tally) AS tally, edustats.rollup(part) AS part, count(tally::text::edustats.tally) AS casts FROM t;
SELECT (edustats.daily_tally_agg('2015-01-01', 'UTC', 1::smallint, i, i))[1] AS day FROM t;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT edustats.cardinality(edustats.tally_agg(c.oid::bigint)) = count(*) AS parallel FROM pg_class c;
SELECT (edustats.daily_tally_agg('2015-01-01', 'UTC', 1::smallint, c.oid::bigint))[1].tally IS NOT NULL AS parallel FROM pg_class c;
SELECT edustats.tally_agg_key(NULL, 1);
DROP TABLE t;
RESET SESSION AUTHORIZATION;
RESET ALL;

SET client_min_messages = error;
CALL edustats.detach('news');
DROP SCHEMA matrix, theirs CASCADE;
REVOKE ALL ON DATABASE :"db" FROM regress_owner, regress_sources;
DROP ROLE regress_super, regress_member, regress_owner, regress_sources, regress_writer, regress_reader, regress_stranger;
