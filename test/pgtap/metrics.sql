-- Metrics of a bulletin's own: rows of its table "metric", inserted, changed and deleted by its owner, who is no superuser.
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;
SET timezone = 'America/New_York';
CREATE EXTENSION edustats;
\ir ../class_of.sql
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(51);

CREATE ROLE met_owner;
CREATE ROLE met_reader;
GRANT met_owner TO CURRENT_USER;
GRANT CREATE ON DATABASE :DBNAME TO met_owner;
GRANT CREATE ON SCHEMA public TO met_owner;
SET ROLE met_owner;
CREATE SCHEMA platform;
CREATE TABLE platform.district (district_id int PRIMARY KEY, name text, position int);
CREATE TABLE platform.member (member_id bigint PRIMARY KEY, org_type text, allocated boolean, district_id int, name text,
                              registered_at timestamptz, closed_at timestamptz);
CREATE TABLE platform.course_click (member_id bigint, course_id int, clicked_at timestamptz);
CREATE TABLE platform.download (id bigint, who bigint, file int, at timestamptz, bytes bigint, written timestamp, label text);
INSERT INTO platform.district VALUES (1, 'D1', 1);
INSERT INTO platform.member SELECT i, '农村', true, 1, 'm' || i, '2015-01-01+08' FROM generate_series(1, 5) i;
INSERT INTO platform.course_click SELECT 1 + i % 5, i % 4, timestamptz '2015-02-01+08' + i * interval '7 hours' FROM generate_series(0, 49) i;
INSERT INTO platform.download SELECT i, 1 + i % 5, i % 3, timestamptz '2015-03-01+08' + i * interval '5 hours', i % 7 FROM generate_series(0, 49) i;
CALL edustats.attach('platform', 'bulletin');
CALL edustats.attach('platform', 'other');
CALL edustats.refresh('bulletin');
CALL edustats.refresh('other');

CREATE FUNCTION shown(metric text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT string_agg(format('%s %s %s', t.class, t.key, t.n), ', ' ORDER BY t.class, t.key)
            FROM (SELECT a.class, e.key, sum(e.count) AS n FROM bulletin_data.activity a, edustats.each(a.tally) e WHERE a.metric = $1 GROUP BY 1, 2) t);
END $$;
CREATE FUNCTION truth(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE format('SELECT string_agg(format(''%%s %%s %%s'', t.class, t.key, t.n), '', '' ORDER BY t.class, t.key) FROM (%s) t(class, key, n)', query) INTO result;
    RETURN result;
END $$;
CREATE FUNCTION status(metric text) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws(' ', source, CASE WHEN tracked THEN 'tracked' ELSE 'untracked' END, dirty_days, note) FROM bulletin.refresh_status s WHERE s.metric = $1
$$;
CREATE FUNCTION class() RETURNS smallint LANGUAGE sql RETURN public.class_of('农村', true);

-- Inserted, and refreshed
INSERT INTO bulletin_data.metric (metric, source, time_column, key_column, member_column, unit, label)
VALUES ('downloads', 'download', 'at', 'file', 'who', 'downloads', '下载');
SELECT is(shown('downloads'), truth('SELECT class(), file, count(*) FROM platform.download GROUP BY 2'), 'counted as soon as it is there');
SELECT matches(status('downloads'), '^download untracked', 'but not yet tracked');
INSERT INTO platform.download VALUES (100, 1, 1, '2015-03-05 12:00+08', 1);
SELECT is(shown('downloads'), truth('SELECT class(), file, count(*) FROM platform.download GROUP BY 2'), 'and a write seen');
CALL edustats.refresh('bulletin');
SELECT is(status('downloads'), 'download tracked 0', 'a refresh makes it tracked');
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'platform.download'::regclass AND tgname ~ '^edustats_'), 5::bigint, 'by triggers');
INSERT INTO platform.download VALUES (101, 2, 2, '2015-03-06 12:00+08', 1);
SELECT is(status('downloads'), 'download tracked 1', 'that mark a day');
SELECT is(shown('downloads'), truth('SELECT class(), file, count(*) FROM platform.download GROUP BY 2'), 'and it is right');
UPDATE platform.member SET org_type = '社区' WHERE member_id = 2;
SELECT is(shown('downloads'), truth($$SELECT public.class_of(org_type, allocated), file, count(*) FROM platform.download JOIN platform.member ON member_id = who GROUP BY 1, 2$$),
    'by class of member');
UPDATE platform.member SET org_type = '农村' WHERE member_id = 2;
SELECT results_eq($$SELECT value, cumulative FROM bulletin.headline WHERE metric = 'downloads' AND month = '2015-03-01'$$,
    $$SELECT count(*)::numeric, count(*)::numeric FROM platform.download WHERE at < '2015-04-01+08'$$, 'it is a headline');
SELECT is(edustats.total('bulletin', 'downloads', '[2015-03-01,2016-01-01)'), (SELECT count(*) FROM platform.download), 'and in the functions of periods');
SELECT is((SELECT label FROM bulletin_data.metric WHERE metric = 'downloads'), '下载', 'with its label');

-- Inserted, and attached: a weight, no member
INSERT INTO bulletin_data.metric (metric, source, time_column, key_column, weight_column, unit, label, since)
VALUES ('bytes', 'download', 'at', 'file', 'bytes', 'bytes', '字节', '2015-03-03');
CALL edustats.attach('platform', 'bulletin');
SELECT matches(status('bytes'), '^download tracked', 'attach makes it tracked');
SELECT is(shown('bytes'), truth($$SELECT 0, file, sum(bytes) FROM platform.download WHERE at >= '2015-03-03+08' GROUP BY 2$$), 'and right from its first day on');
CALL edustats.refresh('bulletin');
SELECT is(status('bytes') || '/' || status('downloads'), 'download tracked 0/download tracked 0', 'two metrics on a table');
DELETE FROM platform.download WHERE id = 20;
SELECT is(status('bytes') || '/' || status('downloads'), 'download tracked 1/download tracked 1', 'each of which is marked');
UPDATE platform.download SET bytes = bytes + 1 WHERE id = 30;
SELECT is(status('bytes') || '/' || status('downloads'), 'download tracked 2/download tracked 1', 'by what matters for it');
CALL edustats.refresh('bulletin');

-- Changed
UPDATE bulletin_data.metric SET key_column = 'who' WHERE metric = 'bytes';
SELECT is(shown('bytes'), truth($$SELECT 0, who, sum(bytes) FROM platform.download WHERE at >= '2015-03-03+08' GROUP BY 2$$), 'another key counts at once');
CALL edustats.refresh('bulletin');
SELECT is(shown('bytes'), truth($$SELECT 0, who, sum(bytes) FROM platform.download WHERE at >= '2015-03-03+08' GROUP BY 2$$), 'and after a refresh');
SELECT is(status('bytes') || '/' || status('downloads'), 'download tracked 0/download tracked 0', 'which leaves nothing dirty');
UPDATE platform.download SET who = 1 WHERE id = 31;
SELECT is(shown('bytes'), truth($$SELECT 0, who, sum(bytes) FROM platform.download WHERE at >= '2015-03-03+08' GROUP BY 2$$), 'the new column is watched');
UPDATE bulletin_data.metric SET member_column = 'who', weight_column = NULL WHERE metric = 'bytes';
SELECT is(shown('bytes'), truth($$SELECT class(), who, count(*) FROM platform.download WHERE at >= '2015-03-03+08' GROUP BY 2$$), 'another weight, a member');
CALL edustats.attach('platform', 'bulletin');
CALL edustats.refresh('bulletin');
SELECT is(shown('bytes'), truth($$SELECT class(), who, count(*) FROM platform.download WHERE at >= '2015-03-03+08' GROUP BY 2$$), 'also after attach');
UPDATE bulletin_data.metric SET since = '2015-03-05' WHERE metric = 'bytes';
CALL edustats.invalidate('bulletin', 'bytes');
CALL edustats.refresh('bulletin');
SELECT is(shown('bytes'), truth($$SELECT class(), who, count(*) FROM platform.download WHERE at >= '2015-03-05+08' GROUP BY 2$$), 'another first day');
SELECT is((SELECT outside_rows FROM bulletin.refresh_status WHERE metric = 'bytes'), (SELECT count(*) FROM platform.download WHERE at < '2015-03-05+08'),
    'and what is before it is told');
UPDATE bulletin_data.metric SET metric = 'files' WHERE metric = 'bytes';
SELECT is(shown('files'), truth($$SELECT class(), who, count(*) FROM platform.download WHERE at >= '2015-03-05+08' GROUP BY 2$$), 'another name');
CALL edustats.refresh('bulletin');
SELECT is(shown('files') || status('files'), truth($$SELECT class(), who, count(*) FROM platform.download WHERE at >= '2015-03-05+08' GROUP BY 2$$) || 'download tracked 0',
    'refreshed');
SELECT is((SELECT count(*) FROM (SELECT metric FROM bulletin_data.rollup UNION SELECT metric FROM bulletin_data.log UNION SELECT metric FROM bulletin_data.part
    UNION SELECT metric FROM bulletin_data.outside UNION SELECT metric FROM bulletin_data.rollup_month) t WHERE metric = 'bytes'), 0::bigint, 'and nothing is left under the old one');

-- Refused
CREATE FUNCTION insert_error(metric text, source text DEFAULT 'download', time_column text DEFAULT 'at', key_column text DEFAULT 'file') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO bulletin_data.metric (metric, source, time_column, key_column, unit, label) VALUES ($1, $2, $3, $4, 'x', 'x');
    CALL edustats.attach('platform', 'bulletin');
    RAISE EXCEPTION 'none';
EXCEPTION WHEN OTHERS THEN
    DECLARE
        detail text;
    BEGIN
        GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
        RETURN concat_ws(': ', SQLERRM, nullif(detail, ''));
    END;
END $$;
SELECT matches(insert_error('users'), 'metric_not_a_headline', 'the name of another headline');
SELECT matches(insert_error('Mine'), 'metric_name', 'a name that is none');
SELECT matches(insert_error('a23456789012345678901234567890x'), 'metric_name', 'a long one');
SELECT matches(insert_error('learning; DROP'), 'metric_name', 'one that is more than a name');
SELECT matches(insert_error('downloads'), 'metric_pkey', 'one that is taken');
SELECT is(insert_error('mine', 'missing'), 'none', 'a source that is missing is none of attach''s errors');
SELECT matches(insert_error('mine', time_column => 'nix'), 'column platform.download.nix does not exist \(metric mine\)', 'a column that is');
SELECT matches(insert_error('mine', time_column => 'written'), 'column platform.download.written is of type timestamp without time zone, not timestamptz \(metric mine\)', 'a time without a zone');
SELECT matches(insert_error('mine', key_column => 'label'), 'column platform.download.label is of type text, not integer \(metric mine\)', 'a key that is a text');
SELECT is(insert_error('mine'), 'none', 'nothing wrong');
-- What no attach has checked
INSERT INTO bulletin_data.metric (metric, source, time_column, key_column, unit, label) VALUES ('later', 'later', 'at', 'key', 'x', 'x'),
    ('wrong', 'download', 'written', 'file', 'x', 'x');
CALL edustats.refresh('bulletin');
SELECT is(status('downloads'), 'download tracked 0', 'a refresh does the others');
SELECT matches(concat_ws(' ', status('wrong'), (SELECT error FROM bulletin.refresh_status WHERE metric = 'wrong')), 'column "written" of platform.download is of another type', 'says what is wrong with one');
SELECT matches(status('later'), '^later untracked 0 the platform has no relation "later"', 'and what is missing');
SELECT is(shown('later'), NULL, 'of which there is nothing');
DELETE FROM bulletin_data.metric WHERE metric = 'wrong';
CREATE TABLE platform.later (key bigint, at timestamptz);
INSERT INTO platform.later VALUES (1, '2015-03-03 12:00+08');
SELECT is(shown('later'), '0 1 1', 'until it is there');
CALL edustats.refresh('bulletin');
INSERT INTO platform.later VALUES (1, '2015-03-04 12:00+08');
SELECT is(shown('later') || ' ' || status('later'), '0 1 2 later tracked 1', 'and tracked');

-- Deleted
DELETE FROM bulletin_data.metric WHERE metric IN ('later', 'files');
SELECT is(shown('later'), NULL, 'one that is deleted is gone at once');
INSERT INTO platform.later VALUES (1, '2015-03-05 12:00+08');
CALL edustats.refresh('bulletin');
SELECT is((SELECT count(*) FROM (SELECT metric FROM bulletin_data.rollup UNION SELECT metric FROM bulletin_data.log UNION SELECT metric FROM bulletin_data.part
    UNION SELECT metric FROM bulletin_data.outside UNION SELECT metric FROM bulletin_data.rollup_month) t WHERE metric IN ('later', 'files')), 0::bigint, 'a refresh leaves nothing of it');
SELECT is((SELECT count(*) FROM pg_trigger WHERE tgrelid = 'platform.later'::regclass), 0::bigint, 'no trigger either');
INSERT INTO bulletin_data.metric (metric, source, time_column, key_column, unit, label) VALUES ('later', 'later', 'at', 'key', 'x', 'x');
SELECT is(shown('later'), '0 1 3', 'the same name again starts anew');

-- The other bulletin
SELECT is((SELECT string_agg(metric, ' ' ORDER BY metric) FROM other.refresh_status), 'closures course_clicks registrations', 'another bulletin has none of them');
CALL edustats.refresh('other');
SELECT results_eq('SELECT bool_and(tracked), sum(dirty_days), sum(failed_days) FROM other.refresh_status', 'VALUES (true, 0::numeric, 0::numeric)', 'and is as it was');
RESET ROLE;
GRANT USAGE ON SCHEMA bulletin TO met_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA bulletin TO met_reader;
SET ROLE met_reader;
SELECT throws_ok($$INSERT INTO bulletin_data.metric (metric, source, time_column, key_column, unit, label) VALUES ('mine', 'member', 'registered_at', 'member_id', 'x', 'x')$$,
    '42501', NULL, 'readers add none');
SELECT is((SELECT count(*) FROM bulletin.headline WHERE metric = 'downloads' AND month = '2015-03-01'), 1::bigint, 'but read them');
SELECT * FROM finish();
