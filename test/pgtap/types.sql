-- What a tool asks of the views' metadata: numbers have a precision and a scale.
\set ON_ERROR_STOP on
SET client_min_messages TO warning;
CREATE EXTENSION edustats;
SELECT no_plan();
CALL edustats.create_platform('platform');
CALL edustats.attach();

SELECT is_empty($$SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'bulletin'::regnamespace AND a.atttypid = 'numeric'::regtype AND a.atttypmod = -1 ORDER BY 1, 2$$, 'every number has a precision');
SELECT is_empty($$SELECT p.oid::regprocedure, a.attname FROM pg_proc p JOIN pg_type t ON t.oid = p.prorettype LEFT JOIN pg_attribute a ON a.attrelid = t.typrelid AND a.attnum > 0
    WHERE p.pronamespace = 'bulletin'::regnamespace AND (t.typrelid = 0 OR a.atttypid = 'numeric'::regtype AND a.atttypmod = -1)$$, 'and every one of a function of days');
SELECT is_empty($$SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relnamespace = 'bulletin'::regnamespace AND a.atttypid NOT IN ('numeric'::regtype, 'bigint'::regtype, 'integer'::regtype, 'text'::regtype, 'date'::regtype, 'boolean'::regtype,
        'timestamptz'::regtype, 'name'::regtype) AND c.relname NOT IN ('page', 'page_setting', 'revision', 'revision_content') AND c.relkind = 'v'$$, 'facts and tables are of plain types');

-- The largest sums of a metric, and their growth, fit; hours are printed with their decimals, and sentences and published cells as ever
INSERT INTO platform.district VALUES (1, 'D', 1);
INSERT INTO platform.member SELECT i, '农村', true, 1, 'm' || i, '2015-01-05+08' FROM generate_series(1, 3) i;
CREATE TABLE platform.payment (id bigint, paid_at timestamptz, cents bigint);
INSERT INTO bulletin_data.metric (metric, source, time_column, key_column, weight_column, unit, label) VALUES ('payments', 'payment', 'paid_at', 'id', 'cents', 'cent', 'Paid');
INSERT INTO platform.payment VALUES (1, '2015-02-02+08', 1), (1, '2015-03-02+08', 9007199254740992);
INSERT INTO platform.payment SELECT 1, '2015-03-03+08', 9007199254740992 FROM generate_series(1, 999);
INSERT INTO platform.learning_session SELECT 1, '2015-03-02+08', 5400;
CALL edustats.attach();
SELECT results_eq($$SELECT metric, value::text, growth::text FROM bulletin.headline WHERE month = '2015-03-01' AND metric IN ('payments', 'users', 'learning_hours') ORDER BY 1$$,
    $$VALUES ('learning_hours', '1.50', NULL), ('payments', '9007199254740992000.00', '900719925474099199900.00'), ('users', '3.00', '0.00')$$, 'numbers of the headline');
SELECT results_eq($$SELECT (edustats.rows_of('bulletin', '2015-03-01') #>> ARRAY['headline', m, 'value']) FROM unnest(ARRAY['payments', 'users', 'learning_hours']) m$$,
    ARRAY['9007199254740992000', '3', '1.50'], 'as they are published');
SELECT is((SELECT text FROM bulletin_data.headline_sentence WHERE metric = 'users' AND month = '2015-03-01'), '截至2015年3月底，实名注册用户3个，上年同期无可比基数。', 'as they are told');
SELECT * FROM finish();
