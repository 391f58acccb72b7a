-- The statements that BI tools send, over every documented view that has months, with days that are written to: each must say
-- what the same statement says over a plain table of the view's rows.
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT no_plan();
\ir ../fifteen_months.sql
SELECT is((SELECT string_agg(metric, ' ' ORDER BY metric) FROM bulletin.refresh_status WHERE marked_days > 0 AND dirty_days > marked_days), 'course_clicks learning',
          'some days are marked, and some have changes');

CREATE SCHEMA plain;
CREATE TABLE documented AS
SELECT c.relname AS name,
       coalesce((SELECT quote_ident(a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.atttypid IN ('numeric'::regtype, 'bigint'::regtype, 'integer'::regtype)
                 ORDER BY a.atttypid <> 'numeric'::regtype, a.attnum DESC LIMIT 1), 'length(v::text)') AS number,
       coalesce((SELECT quote_ident(a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.atttypid = 'text'::regtype ORDER BY a.attnum LIMIT 1), 'v::text') AS word,
       (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0) AS columns
FROM pg_class c
WHERE c.relnamespace = 'bulletin'::regnamespace AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'month');
SELECT format('CREATE TABLE plain.%1$I AS SELECT * FROM bulletin.%1$I', name) FROM documented \gexec
CREATE TABLE date_table AS
SELECT month_back(n) AS month, extract(year FROM month_back(n))::integer AS year, extract(quarter FROM month_back(n))::integer AS quarter FROM generate_series(-3, 20) n;
ANALYZE date_table;

-- {v} is the view or the table, in the schema {s}, {number} and {word} columns of it, {columns} the names of all its columns, {mN} the
-- month N months ago. How: "rows" in any order, "ordered", "some" of all rows and as many as there can be, "prepared" with parameters.
CREATE TABLE shape (place integer GENERATED ALWAYS AS IDENTITY, name text, how text, statement text, types text, arguments text);
INSERT INTO shape (name, how, statement) VALUES
    ('all rows', 'rows', 'SELECT * FROM {v}'),
    ('a preview in a subselect', 'some', 'SELECT * FROM (SELECT * FROM {v}) AS "virtual_table" LIMIT 1000'),
    ('a preview of 20', 'some', 'select * from (select * from {v} "$Table") "_" limit 20'),
    ('a preview under an order', 'some', 'SELECT * FROM {v} ORDER BY month DESC LIMIT 50'),
    ('no rows, for the columns', 'rows', 'SELECT * FROM {v} WHERE 1 = 0'),
    ('count', 'rows', 'SELECT count(*) FROM {v}'),
    ('count of a subselect', 'rows', 'SELECT count(*) AS "count" FROM (SELECT * FROM {v}) AS "source"'),
    ('count distinct', 'rows', 'SELECT count(DISTINCT month), count(DISTINCT {word}) FROM {v} v'),
    ('distinct months', 'ordered', 'SELECT DISTINCT month FROM {v} ORDER BY month'),
    ('distinct words', 'rows', 'SELECT {word} FROM {v} v GROUP BY 1'),
    ('the first and the last month', 'rows', 'SELECT min(month), max(month) FROM {v}'),
    ('by month', 'rows', 'SELECT month, count(*), sum({number}), avg({number}) FROM {v} v GROUP BY month'),
    ('by month, having', 'rows', 'SELECT month, max({number}) FROM {v} v GROUP BY month HAVING count(*) > 1'),
    ('by year, truncated', 'rows', $$SELECT date_trunc('year', month), sum({number}), count({word}) FROM {v} v GROUP BY 1$$),
    ('by year, extracted', 'rows', 'SELECT extract(year FROM month)::integer, sum({number}) FROM {v} v GROUP BY 1'),
    ('by quarter', 'rows', $$SELECT date_trunc('quarter', CAST(month AS timestamp)), max({number}), min({word}) FROM {v} v GROUP BY 1$$),
    ('by quarter, as text', 'rows', $$SELECT to_char(month, 'YYYY-"Q"Q'), count(*) FROM {v} GROUP BY 1$$),
    ('with subtotals', 'rows', 'SELECT month, {word}, sum({number}), grouping(month) FROM {v} v GROUP BY ROLLUP (month, {word})'),
    ('pivoted', 'rows', $$SELECT {word}, sum({number}) FILTER (WHERE month = '{m5}'), sum(CASE WHEN month = '{m4}' THEN {number} END) FROM {v} v GROUP BY 1$$),
    ('a month', 'rows', $$SELECT * FROM {v} WHERE month = DATE '{m5}'$$),
    ('a month before all', 'rows', $$SELECT * FROM {v} WHERE month = '1999-01-01'$$),
    ('a month as a timestamp', 'rows', $$SELECT * FROM {v} WHERE month = TIMESTAMP '{m12} 00:00:00'$$),
    ('a month as text', 'rows', $$SELECT * FROM {v} WHERE month::text = '{m3}'$$),
    ('months like a text', 'rows', $$SELECT * FROM {v} WHERE to_char(month, 'YYYY-MM-DD') LIKE '%-0_-01'$$),
    ('listed months', 'rows', $$SELECT * FROM {v} WHERE month IN ('{m2}', '{m6}', '{m12}')$$),
    ('all but listed months', 'rows', $$SELECT * FROM {v} WHERE month NOT IN ('{m2}', '{m5}', '{m12}')$$),
    ('months of an array', 'rows', $$SELECT * FROM {v} WHERE month = ANY ('{{m1},{m5},{m13}}'::date[])$$),
    ('one month or another', 'rows', $$SELECT * FROM {v} WHERE month = '{m5}' OR month = '{m4}'$$),
    ('between', 'rows', $$SELECT * FROM {v} WHERE month BETWEEN '{m6}' AND '{m3}'$$),
    ('from and before', 'rows', $$SELECT * FROM {v} WHERE month >= '{m13}' AND month < '{m11}'$$),
    ('the last half year', 'rows', $$SELECT * FROM {v} WHERE month >= date_trunc('month', now()) - interval '6 months'$$),
    ('a year, truncated', 'rows', $$SELECT * FROM {v} WHERE date_trunc('year', month) = date_trunc('year', DATE '{m5}')$$),
    ('a month, extracted', 'rows', $$SELECT * FROM {v} WHERE extract(year FROM month) = extract(year FROM DATE '{m12}') AND extract(month FROM month) = extract(month FROM DATE '{m12}')$$),
    ('the last month that there is', 'rows', 'SELECT * FROM {v} WHERE month = (SELECT max(month) FROM {v})'),
    ('months of a subselect', 'rows', 'SELECT * FROM {v} WHERE month IN (SELECT month FROM date_table WHERE quarter = 1)'),
    ('months that exist', 'rows', 'SELECT * FROM {v} v WHERE EXISTS (SELECT FROM date_table d WHERE d.month = v.month AND d.quarter IN (2, 3))'),
    ('months that do not', 'rows', 'SELECT * FROM {v} v WHERE NOT EXISTS (SELECT FROM date_table d WHERE d.month = v.month AND d.quarter < 4)'),
    ('a date table', 'rows', 'SELECT d.year, d.quarter, v.* FROM date_table d JOIN {v} v ON v.month = d.month'),
    ('a year of a date table', 'rows', 'SELECT v.* FROM {v} v INNER JOIN date_table d ON v.month = d.month WHERE d.year = extract(year FROM now())'),
    ('a date table with its empty months', 'rows', 'SELECT d.month, count(v.month), sum({number}) FROM date_table d LEFT JOIN {v} v ON v.month = d.month GROUP BY 1'),
    ('months with the view''s last', 'rows', $$WITH d AS (SELECT generate_series(DATE '{m4}', DATE '{m2}', interval '1 month')::date AS m) SELECT v.* FROM d JOIN {v} v ON v.month = d.m$$),
    ('a list of values', 'rows', $$SELECT x.n, v.* FROM (VALUES (DATE '{m5}', 1), (DATE '{m7}', 2)) x(month, n) JOIN {v} v USING (month)$$),
    ('beside each month', 'rows', 'SELECT d.month, x.* FROM date_table d CROSS JOIN LATERAL (SELECT count(*), max({number}) FROM {v} v WHERE v.month = d.month) x'),
    ('a number beside each month', 'rows', 'SELECT d.month, (SELECT sum({number}) FROM {v} v WHERE v.month = d.month) FROM date_table d WHERE d.quarter = 3'),
    ('the month before', 'rows', 'SELECT month, n, lag(n) OVER (ORDER BY month), n - lag(n, 12) OVER (ORDER BY month) FROM (SELECT month, sum({number}) AS n FROM {v} v GROUP BY month) m'),
    ('the year before', 'rows', $$SELECT a.month, a.n, b.n FROM (SELECT month, sum({number}) AS n FROM {v} v GROUP BY 1) a
        LEFT JOIN (SELECT month, sum({number}) AS n FROM {v} v GROUP BY 1) b ON b.month = (a.month - interval '12 months')::date$$),
    ('the share of a month', 'rows', 'SELECT month, {word}, {number}, sum({number}) OVER (PARTITION BY month) FROM {v} v'),
    ('the first three of each month', 'rows', 'SELECT * FROM (SELECT v.*, row_number() OVER (PARTITION BY month ORDER BY {columns}) AS "_n" FROM {v} v) x WHERE "_n" <= 3'),
    ('a page of rows', 'ordered', 'SELECT * FROM {v} ORDER BY {columns} LIMIT 25 OFFSET 25'),
    ('another column', 'rows', 'SELECT * FROM {v} v WHERE {word} = (SELECT max({word}) FROM {v} v) AND {number} IS NOT NULL'),
    ('a word that is searched', 'rows', $$SELECT * FROM {v} v WHERE {word} ILIKE '%1%' AND month > '{m9}'$$),
    ('a sample', 'rows', 'SELECT * FROM {v} v WHERE hashtext(v::text) % 7 = 0'),
    ('union of months', 'rows', $$SELECT * FROM {v} WHERE month = '{m5}' UNION ALL SELECT * FROM {v} WHERE month = '{m12}'$$),
    ('union of views', 'rows', 'SELECT month, count(*) FROM {v} GROUP BY 1 UNION SELECT month, count(*) FROM {s}.headline GROUP BY 1'),
    ('another view beside it', 'rows', $$SELECT v.*, h.value FROM {v} v JOIN {s}.headline h ON h.month = v.month AND h.metric = 'users' WHERE v.month >= '{m4}'$$),
    ('a common table', 'rows', 'WITH c AS MATERIALIZED (SELECT * FROM {v}) SELECT month, count(*) FROM c GROUP BY 1'),
    ('read with a cursor', 'cursor', 'SELECT * FROM {v}'),
    ('kept in a temporary table', 'table', $$SELECT * FROM {v} WHERE month >= '{m7}'$$),
    ('explained', 'explained', $$SELECT * FROM {v} WHERE month = '{m5}'$$),
    ('columns, from the catalog', 'ordered', $$SELECT a.attname, a.attnum, t.typname, a.atttypmod, a.attnotnull, t.typtype, format_type(a.atttypid, a.atttypmod), pg_get_expr(d.adbin, d.adrelid)
        FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
        JOIN pg_catalog.pg_type t ON t.oid = a.atttypid LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relkind IN ('r', 'p', 'v', 'f', 'm') AND a.attnum > 0 AND NOT a.attisdropped AND n.nspname LIKE '{s}' AND c.relname LIKE '{name}' ORDER BY a.attnum$$),
    ('columns, from the information schema', 'ordered', $$SELECT column_name, data_type, udt_name, numeric_precision, numeric_scale, datetime_precision, is_nullable
        FROM information_schema.columns WHERE table_schema = '{s}' AND table_name = '{name}' ORDER BY ordinal_position$$),
    ('is there such a relation', 'rows', $$SELECT count(*), bool_and(has_table_privilege(c.oid, 'SELECT')) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = '{s}' AND c.relname = '{name}'$$);
INSERT INTO shape (name, how, statement, types, arguments) VALUES
    ('a month', 'prepared', 'SELECT * FROM {v} WHERE month = $1', 'date', $$'{m5}'$$),
    ('a month as text', 'prepared', 'SELECT * FROM {v} WHERE month = CAST($1 AS date)', 'text', $$'{m4}'$$),
    ('a month as an instant', 'prepared', 'SELECT * FROM {v} WHERE month = $1', 'timestamptz', $$'{m3}'::timestamp$$),
    ('months of an array', 'prepared', 'SELECT * FROM {v} WHERE month = ANY ($1)', 'date[]', $$'{{m1},{m5},{m13}}'$$),
    ('listed months', 'prepared', 'SELECT * FROM {v} WHERE month IN ($1, $2)', 'date, date', $$'{m5}', '{m12}'$$),
    ('between', 'prepared', 'SELECT month, count(*), sum({number}) FROM {v} v WHERE month BETWEEN $1 AND $2 GROUP BY 1', 'date, date', $$'{m13}', '{m11}'$$),
    ('a year', 'prepared', $$SELECT * FROM {v} WHERE date_trunc('year', month) = $1$$, 'timestamp', $$date_trunc('year', DATE '{m5}')$$),
    ('a date table', 'prepared', 'SELECT v.* FROM date_table d JOIN {v} v ON v.month = d.month WHERE d.year = $1 AND d.quarter = $2', 'integer, integer',
        $$extract(year FROM DATE '{m5}')::integer, extract(quarter FROM DATE '{m5}')::integer$$),
    ('none', 'prepared', 'SELECT * FROM {v} WHERE month = $1', 'date', 'NULL');

CREATE FUNCTION pg_temp.filled_in(statement text, schema text, d documented) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    FOR n IN 0..14 LOOP
        statement := replace(statement, format('{m%s}', n), month_back(n)::text);
    END LOOP;
    RETURN replace(replace(replace(replace(replace(replace(statement, '{v}', format('%I.%I', schema, d.name)), '{s}', schema), '{name}', d.name),
        '{number}', d.number), '{word}', d.word), '{columns}', d.columns);
END $$;
CREATE FUNCTION pg_temp.texts(statement text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    r record;
    texts text[] := '{}';
BEGIN
    FOR r IN EXECUTE statement LOOP
        texts := texts || r::text;
    END LOOP;
    RETURN texts;
END $$;
-- Seven times, as from the sixth on a plan may be one for all values.
CREATE FUNCTION pg_temp.prepared(statement text, types text, arguments text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    texts text[] := '{}';
BEGIN
    EXECUTE format('PREPARE tool(%s) AS %s', types, statement);
    FOR n IN 1..7 LOOP
        texts := texts || pg_temp.texts(format('EXECUTE tool(%s)', arguments));
    END LOOP;
    DEALLOCATE tool;
    RETURN texts;
END $$;
CREATE FUNCTION pg_temp.fetched(statement text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    texts text[] := '{}';
    more text[];
BEGIN
    EXECUTE 'DECLARE tool CURSOR FOR ' || statement;
    LOOP
        more := pg_temp.texts('FETCH FORWARD 100 FROM tool');
        EXIT WHEN more = '{}';
        texts := texts || more;
    END LOOP;
    EXECUTE 'CLOSE tool';
    RETURN texts;
END $$;
CREATE FUNCTION pg_temp.answer(s shape, schema text, d documented) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    statement text := pg_temp.filled_in(s.statement, schema, d);
    texts text[];
BEGIN
    IF s.how = 'table' THEN
        EXECUTE 'CREATE TEMPORARY TABLE tool AS ' || statement;
        statement := 'SELECT * FROM tool';
    END IF;
    texts := CASE s.how WHEN 'prepared' THEN pg_temp.prepared(statement, s.types, pg_temp.filled_in(s.arguments, schema, d))
                        WHEN 'cursor' THEN pg_temp.fetched(statement)
                        WHEN 'explained' THEN (pg_temp.texts('EXPLAIN ' || statement))[1:0]         -- it is not to fail
                        ELSE pg_temp.texts(statement) END;
    DROP TABLE IF EXISTS pg_temp.tool;
    RETURN CASE WHEN s.how = 'ordered' THEN texts ELSE ARRAY(SELECT t FROM unnest(texts) t ORDER BY t COLLATE "C") END;
END $$;
-- Of some rows, those that the view has not.
CREATE FUNCTION pg_temp.differs(s shape, d documented) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    told text[] := pg_temp.answer(s, 'bulletin', d);
    wanted text[] := pg_temp.answer(s, 'plain', d);
BEGIN
    IF s.how = 'some' THEN
        RETURN cardinality(told) <> cardinality(wanted)
            OR EXISTS (SELECT unnest(told) EXCEPT ALL SELECT unnest(pg_temp.texts(format('SELECT * FROM plain.%I', d.name))));
    END IF;
    RETURN told <> wanted;
END $$;
-- The page, and what breaks rules on it, take as long as all others together, and are asked every third.
CREATE FUNCTION pg_temp.checks(state text, how text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    s shape;
BEGIN
    FOR s IN SELECT * FROM shape ORDER BY place LOOP
        CONTINUE WHEN s.how <> ALL (how);
        RETURN NEXT is((SELECT string_agg(d.name, ' ' ORDER BY d.name) FROM documented d
                        WHERE CASE WHEN d.name NOT IN ('page', 'failure') OR s.place % 3 = 0 THEN pg_temp.differs(s, d) END), NULL, format('%s: %s', state, s.name));
    END LOOP;
END $$;

SET client_min_messages = error;
SELECT cmp_ok((SELECT count(*) FROM documented), '>', 25::bigint, 'the documented views');
SELECT is((SELECT string_agg(name, ' ' ORDER BY name) FROM documented d WHERE pg_temp.texts(format('SELECT 1 FROM plain.%I LIMIT 1', d.name)) = '{}'), NULL, 'none is empty');
SELECT * FROM pg_temp.checks('as it stands', ARRAY['rows', 'ordered', 'some', 'cursor', 'table', 'explained']);
SELECT * FROM pg_temp.checks('with parameters', ARRAY['prepared']);
SET plan_cache_mode = force_generic_plan;
SELECT * FROM pg_temp.checks('with one plan for all parameters', ARRAY['prepared']);
RESET plan_cache_mode;
SELECT * FROM finish();
