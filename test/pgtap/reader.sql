-- A reader who has the README's two grants reads all that is documented, as the owner does, and to read writes nothing; he can do
-- nothing else in the database. Who may do what, by role, is in test/sql/privileges.sql; this is about all there is.
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
\ir ../fifteen_months.sql
CREATE ROLE reader_bi;
GRANT USAGE ON SCHEMA bulletin TO reader_bi;
GRANT SELECT ON ALL TABLES IN SCHEMA bulletin TO reader_bi;

-- What is documented: views, functions of days, the page, what is published.
CREATE TABLE reading AS
SELECT format('SELECT v::text FROM bulletin.%I v', c.relname) AS statement FROM pg_class c WHERE c.relnamespace = 'bulletin'::regnamespace
UNION ALL SELECT format('SELECT f::text FROM %s(daterange(month_back(5) + 3, month_back(4) + 11)) f', p.oid::regproc) FROM pg_proc p WHERE p.pronamespace = 'bulletin'::regnamespace
UNION ALL VALUES ('SELECT edustats.bulletin_html(''bulletin'', month_back(5))'), ('SELECT edustats.bulletin_html(''bulletin'', daterange(month_back(5), month_back(2)))'),
    ('SELECT v::text FROM edustats.of_period(NULL::bulletin.table_2, daterange(month_back(5), month_back(2))) v'),
    ('SELECT p::text FROM edustats.participation(''bulletin'', daterange(month_back(6), month_back(4))) p'),
    ('SELECT edustats.published(''bulletin'', month_back(2))'), ('SELECT edustats.published(''bulletin'', month_back(13), 1)'),
    ('SELECT c::text FROM edustats.revision_content(''bulletin'', month_back(2), NULL) c'), ('SELECT d::text FROM edustats.revision_diff(''bulletin'', month_back(13), 1) d');
CREATE FUNCTION texts(statement text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    r record;
    texts text[] := '{}';
BEGIN
    FOR r IN EXECUTE statement LOOP
        texts := texts || r::text;
    END LOOP;
    RETURN ARRAY(SELECT t FROM unnest(texts) t ORDER BY t COLLATE "C");
END $$;
GRANT SELECT ON reading TO reader_bi;
CREATE TABLE read_by_owner AS SELECT statement, texts(statement) AS rows FROM reading;
CREATE FUNCTION read_all() RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    rows jsonb := (SELECT jsonb_object_agg(statement, to_jsonb(texts(statement))) FROM reading);
BEGIN
    RETURN rows || jsonb_build_object('writes', pg_current_xact_id_if_assigned() IS NOT NULL);
END $$;
SET ROLE reader_bi;
SELECT read_all() AS rows \gset
RESET ROLE;
SELECT cmp_ok((SELECT count(*) FROM read_by_owner WHERE rows <> '{}'), '>', 60::bigint, 'what is documented');
SELECT is((SELECT string_agg(o.statement, E'\n') FROM read_by_owner o WHERE to_jsonb(o.rows) IS DISTINCT FROM (:'rows'::jsonb) -> o.statement), NULL, 'the reader reads as the owner');
SELECT is((:'rows'::jsonb) ->> 'writes', 'false', 'and writes nothing');

-- Relations, columns, schemas: nothing but SELECT on the views, and on what the extension ships.
SELECT is((SELECT string_agg(format('%s %s', c.oid::regclass, p.privilege), E'\n') FROM pg_class c
           CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p(privilege)
           WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace::regnamespace::text IN ('bulletin', 'bulletin_data', 'edustats', 'platform')
             AND NOT (p.privilege = 'SELECT' AND (c.relnamespace = 'bulletin'::regnamespace OR c.relnamespace = 'edustats'::regnamespace
                      AND c.relname IN ('org_type', 'label', 'metric', 'contract', 'setting', 'page_section', 'page_item', 'rule', 'section', 'attachment')))
             AND (has_table_privilege('reader_bi', c.oid, p.privilege) OR p.privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') AND has_any_column_privilege('reader_bi', c.oid, p.privilege))),
          NULL, 'no other relation');
SELECT is((SELECT string_agg(c.relname, ' ') FROM pg_class c WHERE c.relnamespace = 'bulletin'::regnamespace AND NOT has_table_privilege('reader_bi', c.oid, 'SELECT')), NULL, 'and no view less');
SELECT is((SELECT string_agg(c.oid::regclass::text, ' ') FROM pg_class c
           WHERE CASE WHEN c.relkind = 'S' AND c.relpersistence <> 't' THEN has_sequence_privilege('reader_bi', c.oid, 'USAGE, SELECT, UPDATE') END), NULL, 'no sequence');
SELECT is((SELECT string_agg(n.nspname, ' ' ORDER BY n.nspname) FROM pg_namespace n WHERE has_schema_privilege('reader_bi', n.oid, 'USAGE') AND n.nspname !~ '^pg_(temp|toast)'),
          'bulletin edustats information_schema pg_catalog public', 'schemas that he may use');
SELECT is((SELECT string_agg(n.nspname, ' ') FROM pg_namespace n WHERE has_schema_privilege('reader_bi', n.oid, 'CREATE') AND n.nspname !~ '^pg_temp'), NULL, 'none to create in');
SET ROLE reader_bi;
SELECT count(*) AS known FROM pg_stats WHERE schemaname IN ('platform', 'bulletin_data') \gset
RESET ROLE;
SELECT is(:known, 0, 'no statistics of the tables');

-- Functions: none that runs as another where he can name it; none that writes, but those that refuse him.
SELECT is((SELECT string_agg(p.oid::regprocedure::text, ' ') FROM pg_proc p
           WHERE p.prosecdef AND p.pronamespace::regnamespace::text IN ('bulletin', 'edustats', 'public') AND has_function_privilege('reader_bi', p.oid, 'EXECUTE')), NULL, 'none runs as its owner');
SELECT is((SELECT string_agg(p.oid::regprocedure::text, ' ') FROM pg_proc p WHERE p.pronamespace = 'bulletin_data'::regnamespace AND p.prosecdef AND p.provolatile = 'v'), NULL,
          'what runs as the owner behind the views does not write');
CREATE TABLE attempt (function text, statement text);
GRANT SELECT ON attempt TO reader_bi;
INSERT INTO attempt VALUES
    ('attach', $$CALL edustats.attach()$$), ('attach', $$CALL edustats.attach(bulletin => 'mine')$$), ('detach', $$CALL edustats.detach('bulletin')$$),
    ('invalidate', $$CALL edustats.invalidate('bulletin')$$), ('close', $$CALL edustats.close('bulletin', 'learning', month_back(3))$$),
    ('watch', $$CALL edustats.watch('bulletin', 'learning', 'pg_class', 'now()')$$), ('suspend', $$CALL edustats.suspend('bulletin')$$),
    ('resume', $$CALL edustats.resume('bulletin')$$), ('publish', $$CALL edustats.publish('bulletin', month_back(3))$$),
    ('materialize', $$CALL edustats.materialize('bulletin', 'mine')$$), ('materialize', $$CALL edustats.materialize('bulletin', NULL)$$),
    ('create_platform', $$CALL edustats.create_platform('mine')$$), ('create_schemas', $$SELECT edustats.create_schemas('a', 'b', 'reader_bi')$$),
    ('install', $$SELECT edustats.install('bulletin_data')$$),
    ('period_tally', $$SELECT edustats.period_tally('bulletin', 'learning', '(,)')$$), ('ranking', $$SELECT edustats.ranking('bulletin', 'learning', '(,)')$$),
    ('of_period', $$SELECT edustats.of_period(NULL::bulletin_data.monthly, '(,)')$$);
INSERT INTO attempt SELECT 'as_owner', format('SELECT edustats.as_owner(''bulletin_data'', %L%s)', p.proname, (SELECT string_agg(', NULL::' || format_type(t, NULL), '') FROM unnest(p.proargtypes) t))
FROM pg_proc p WHERE p.pronamespace = 'bulletin_data'::regnamespace;
INSERT INTO attempt SELECT 'view', format('%s bulletin.%I%s', v.verb, c.relname, v.rest) FROM pg_class c
CROSS JOIN (VALUES ('LOCK', ' IN ACCESS EXCLUSIVE MODE'), ('DROP VIEW', '')) v(verb, rest)
WHERE c.relnamespace = 'bulletin'::regnamespace;
CREATE FUNCTION state_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
SET ROLE reader_bi;
SELECT jsonb_object_agg(statement, state_of(statement)) AS states FROM attempt \gset
SET client_min_messages = error;
\set ON_ERROR_STOP off
\set VERBOSITY sqlstate
CALL edustats.refresh('bulletin');
\set state :SQLSTATE
CALL edustats.refresh_materialized('bulletin');
\set refreshed :SQLSTATE
\set VERBOSITY default
\set ON_ERROR_STOP on
RESET ROLE;
SELECT is((SELECT string_agg(format('%s: %s', s.value, s.key), E'\n' ORDER BY s.key) FROM jsonb_each_text(:'states') s WHERE s.value <> '42501'), NULL, 'all that writes, and all that is not his to read, refuses him');
SELECT is(:'state'::text, '42501', 'so does refresh');
SELECT is(:'refreshed'::text, '42501', 'and that of materialized views');
-- The triggers' functions can't be called; the others keep something for the statement, tell of the transaction, or run as the caller.
SELECT is((SELECT string_agg(DISTINCT p.proname::text, ' ') FROM pg_proc p WHERE p.pronamespace = 'edustats'::regnamespace AND p.provolatile = 'v' AND has_function_privilege('reader_bi', p.oid, 'EXECUTE')
             AND p.proname NOT IN (SELECT function FROM attempt)), 'in_transaction_block log_changes recall record_changed refresh refresh_materialized remember repair_schemas row_may_move', 'nothing else that may write is open to him');

-- A function of his in a filter sees what the view shows, and nobody's name.
SET ROLE reader_bi;
CREATE FUNCTION pg_temp.pries(shown text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$
BEGIN
    IF shown ~ '私人' THEN
        RAISE EXCEPTION 'seen: %', shown;
    END IF;
    RETURN true;
END $$;
SELECT coalesce(string_agg(format('%s, %s: %s', c.relname, a.attname, r.state), E'\n'), '') AS seen
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
CROSS JOIN LATERAL state_of(format('SELECT count(*) FROM bulletin.%I v WHERE pg_temp.pries(v.%I::text)', c.relname, a.attname)) r(state)
WHERE c.relnamespace = 'bulletin'::regnamespace AND r.state <> 'done' \gset
RESET ROLE;
SELECT is(:'seen'::text, '', 'a function of the reader''s sees no person');
SELECT * FROM finish();
DROP OWNED BY reader_bi;
DROP ROLE reader_bi;
