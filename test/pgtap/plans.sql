-- What readings cost, shown by plans and by counts of what was read, not by timings: a month is an index range of the
-- rollup in every view, a clean month reads no source, a dirty day one range of it, and nothing wakes the JIT.
\ir ../march_2015.sql
\set ON_ERROR_STOP off
SET client_min_messages TO warning;
SELECT no_plan();

-- Ten years of history, so that an index is worth it: what March has, for what the members' registrations do not fill.
CREATE TEMP TABLE past AS
SELECT (date '2015-01-01' - make_interval(months => n))::date AS month FROM generate_series(1, 120) n;
DELETE FROM bulletin_data.rollup WHERE month IN (SELECT month FROM past) AND metric NOT IN ('registrations', 'closures');
DELETE FROM bulletin_data.rollup_month WHERE month IN (SELECT month FROM past) AND metric NOT IN ('registrations', 'closures');
INSERT INTO bulletin_data.rollup_month
SELECT r.metric, p.month, r.class, r.total, r.tally
FROM past p JOIN bulletin_data.rollup_month r ON r.month = '2015-03-01' AND r.metric NOT IN ('registrations', 'closures');
INSERT INTO bulletin_data.rollup
SELECT r.metric, p.month, p.month + (r.day - r.month), r.class, r.tally
FROM past p JOIN bulletin_data.rollup r ON r.month = '2015-03-01' AND r.metric NOT IN ('registrations', 'closures')
WHERE r.day - r.month < 28;
VACUUM (ANALYZE);

-- Every view that has a month, but for those that read no rollup: the readers', and those beneath.
CREATE TEMP TABLE reading AS
SELECT c.relname AS view, c.oid::regclass AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'month'
WHERE c.relnamespace IN ('bulletin'::regnamespace, 'bulletin_data'::regnamespace) AND c.relkind = 'v'
  AND c.relname NOT IN ('calendar', 'months', 'revision', 'revision_content', 'dirty_day', 'narrative', 'page', 'page_setting', 'failure', 'station_without_fitness');    -- four of them call functions

CREATE FUNCTION pg_temp.plan_of(query text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT json) ' || query INTO plan;
    RETURN plan::jsonb -> 0;
END $$;

CREATE FUNCTION pg_temp.nodes(plan jsonb) RETURNS SETOF jsonb LANGUAGE sql AS $$
    SELECT jsonb_path_query(plan, 'strict $.**') WHERE true
$$;

-- The scans of the rollup in a reading of a month: what kind, and by which condition. A bitmap's condition stands below.
CREATE FUNCTION pg_temp.rollup_scans(query text) RETURNS TABLE (relation text, kind text, condition text) LANGUAGE sql AS $$
    SELECT n ->> 'Relation Name', n ->> 'Node Type', coalesce(n ->> 'Index Cond', n ->> 'Recheck Cond', '')
    FROM pg_temp.nodes(pg_temp.plan_of(query)) n
    WHERE jsonb_typeof(n) = 'object' AND n ->> 'Relation Name' IN ('rollup', 'rollup_month')
$$;

SELECT cmp_ok((SELECT count(*) FROM reading), '>=', 45::bigint, 'there are that many views with a month');
SELECT is(
    (SELECT string_agg(format('%s of %s (%s)', s.kind, s.relation, s.condition), E'\n')
     FROM pg_temp.rollup_scans(format('SELECT * FROM %s WHERE month = ''2015-03-01''', name)) s
     WHERE s.kind = 'Seq Scan' OR s.condition !~ '\mmonth (=|<=)'),
    NULL, format('%s: a month reaches the rollup''s index', view))
FROM reading ORDER BY view;
SELECT is((SELECT string_agg(view, ', ') FROM reading WHERE NOT EXISTS (
               SELECT FROM pg_temp.rollup_scans(format('SELECT * FROM %s WHERE month = ''2015-03-01''', name)))
           AND pg_temp.plan_of(format('SELECT * FROM %s WHERE month = ''2015-03-01''', name))::text !~ '"kept_'
           AND NOT EXISTS (SELECT FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                           WHERE r.ev_class = name::regclass AND d.refobjid = 'bulletin_data.metric_history(text)'::regprocedure)),
          NULL, 'each of them reads the rollup, or what is kept of it');
-- What has no cumulative figure asks for single months, or for those from one on.
SELECT is((SELECT string_agg(view, ', ') FROM reading
           WHERE view ~ '^(table|figure)_' AND view <> 'table_1' AND EXISTS (
               SELECT FROM pg_temp.rollup_scans(format('SELECT * FROM %s WHERE month = ''2015-03-01''', name)) s
               WHERE s.condition !~ '\mmonth (=|>=) ')), NULL, 'tables 2 to 9 and the figures read the months that they print');
SELECT cmp_ok((pg_temp.plan_of(format('SELECT * FROM %s WHERE month = ''2015-03-01''', name)) #>> '{Plan,Total Cost}')::numeric,
              '<', 100000::numeric, format('%s: too cheap for the JIT', view))
FROM reading ORDER BY view;

-- How many rows of a source were read since the last look, by index and in sequence; what is pending here counts as well
-- as what is not, so only differences tell. The planner looks at both ends of an index, which is a row each.
CREATE TEMP TABLE look (relation regclass PRIMARY KEY, by_index bigint NOT NULL, in_sequence bigint NOT NULL);
CREATE FUNCTION pg_temp.rows_read(source regclass, OUT by_index bigint, OUT in_sequence bigint) LANGUAGE plpgsql AS $$
DECLARE
    now record;
BEGIN
    SELECT idx_tup_fetch, seq_tup_read INTO now FROM pg_stat_xact_user_tables WHERE relid = source;
    SELECT now.idx_tup_fetch - coalesce(max(l.by_index), 0), now.seq_tup_read - coalesce(max(l.in_sequence), 0)
        INTO by_index, in_sequence FROM look l WHERE l.relation = source;
    INSERT INTO look VALUES (source, now.idx_tup_fetch, now.seq_tup_read)
        ON CONFLICT (relation) DO UPDATE SET by_index = excluded.by_index, in_sequence = excluded.in_sequence;
END $$;
CREATE TEMP TABLE source AS
SELECT DISTINCT format('platform.%I', source)::regclass AS relation FROM bulletin_data.metric WHERE source <> 'member';

-- The narrative is read through a function, so it is looked at here as well.
CREATE FUNCTION pg_temp.read_all() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    view text;
    n bigint;
    total bigint := 0;
BEGIN
    FOR view IN SELECT r.name FROM reading r UNION ALL SELECT 'bulletin.narrative' LOOP
        EXECUTE format('SELECT count(*) FROM %s WHERE month = ''2015-03-01''', view) INTO n;
        total := total + n;
    END LOOP;
    RETURN total;
END $$;
BEGIN;
SELECT count(*) AS looked FROM source, pg_temp.rows_read(relation) \gset
SELECT cmp_ok(pg_temp.read_all(), '>', 1000::bigint, 'a clean month is read');
SELECT is((SELECT string_agg(relation::text, ', ') FROM source, pg_temp.rows_read(relation) r WHERE r.by_index + r.in_sequence > 0),
          NULL, 'and no row of a source');
COMMIT;

-- Days that are being written to, one now, one late: what has changed is in the log, and no row of a source is read.
INSERT INTO platform.course_click VALUES (1, 1, '2015-03-31 12:00+08');
INSERT INTO platform.course_click SELECT i, 1 + i % 9, timestamptz '2015-03-01 12:00+08' + i % 31 * interval '1 day' FROM generate_series(1, 100) i;
DELETE FROM platform.course_click WHERE clicked_at = '2015-03-07 12:00+08';
SELECT is((SELECT count(*) FROM bulletin_data.dirty_day WHERE metric = 'course_clicks'), 31::bigint, 'every day of the month is being written to');
BEGIN;
SELECT count(*) AS looked FROM source, pg_temp.rows_read(relation) \gset
SELECT is((SELECT clicks FROM bulletin.table_6 WHERE month = '2015-03-01' AND rank = 1),
          (SELECT max(clicks)::bigint FROM (SELECT sum(clicks) AS clicks FROM bulletin.course_clicks WHERE month = '2015-03-01' GROUP BY course) c), 'tables of the month are read');
SELECT cmp_ok((SELECT count(*) FROM bulletin.table_5 WHERE month = '2015-03-01') + (SELECT count(*) FROM bulletin.table_7 WHERE month = '2015-03-01')
              + (SELECT count(*) FROM bulletin.headline WHERE month = '2015-03-01') + length(edustats.bulletin_html('bulletin', '2015-03-01')), '>', 10000::bigint,
              'so are the headline and the page');
SELECT is((SELECT string_agg(relation::text, ', ') FROM source, pg_temp.rows_read(relation) r WHERE r.by_index + r.in_sequence > 0),
          NULL, 'but no row of a source');
COMMIT;
SELECT is((SELECT value FROM bulletin.headline WHERE month = '2015-03-01' AND metric = 'course_clicks'),
          (SELECT count(*)::numeric FROM platform.course_click WHERE clicked_at >= '2015-03-01+08' AND clicked_at < '2015-04-01+08'), 'and the sum is right');
SET client_min_messages = warning;
CALL edustats.refresh();
RESET client_min_messages;

-- A marked day: its rows are read, by the index on the time, and no others.
CALL edustats.invalidate('bulletin', 'course_clicks', '[2015-03-10,2015-03-11)');
SELECT is((SELECT array_agg(day) FROM bulletin_data.dirty_day), '{2015-03-10}'::date[], 'a day is marked');
CREATE TEMP TABLE of_day AS
SELECT count(*) AS n FROM platform.course_click WHERE clicked_at >= '2015-03-10+08' AND clicked_at < '2015-03-11+08';
SELECT cmp_ok(n, '>', 500::bigint, 'with many rows') FROM of_day;
BEGIN;
SELECT count(*) AS looked FROM pg_temp.rows_read('platform.course_click') \gset
SELECT cmp_ok((SELECT sum(clicks) FROM bulletin.table_6 WHERE month = '2015-03-01'), '>', 0::numeric, 'a table of the month is read');
CREATE TEMP TABLE now_read AS SELECT * FROM pg_temp.rows_read('platform.course_click');
SELECT ok(by_index BETWEEN n AND n + 2, format('it reads the %s rows of the day by the index: %s', n, by_index)) FROM of_day, now_read;
SELECT is(in_sequence, 0::bigint, 'and nothing else of the source') FROM now_read;
SELECT is((SELECT count(*) FROM bulletin.table_6 WHERE month = '2015-02-01'), 10::bigint, 'a table of another month is read');
SELECT is(by_index + in_sequence, 0::bigint, 'it reads no row of the source') FROM pg_temp.rows_read('platform.course_click');
COMMIT;
-- So does refresh.
SELECT is((SELECT string_agg(n ->> 'Index Cond', '') FROM pg_temp.nodes(pg_temp.plan_of(replace(replace(replace(
               (bulletin_data.day_query('course_clicks', true)).query,
               '$1', quote_literal('2015-03-10+08')), '$2', quote_literal('2015-03-11+08')), '$3', quote_literal('{1:1}') || '::edustats.tally'))) n
           WHERE jsonb_typeof(n) = 'object') ~ 'clicked_at >= .*clicked_at < ', true, 'a day''s refresh is one index range');
SELECT * FROM finish();
