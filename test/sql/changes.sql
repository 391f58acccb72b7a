-- Packed changes: what the log has, and what comes of bytes that nobody has packed.
\pset format unaligned
SET search_path = edustats, public;
SET client_min_messages = warning;
CALL create_platform('chg');
CALL attach('chg', 'chgb');
CALL refresh('chgb');
CREATE FUNCTION pg_temp.logged() RETURNS TABLE (day date, bytes integer, changes text) LANGUAGE sql AS $$
    SELECT l.first, length(l.changes), (SELECT string_agg(format('%s %s %s', coalesce(c.member::text, '-'), c.key, c.weight), ', ') FROM edustats.each_change(l.changes) c)
    FROM chgb_data.log l WHERE l.metric IN ('course_clicks', 'learning') ORDER BY l.metric, l.first
$$;
-- no member, members, the same key twice, keys and members of every size
INSERT INTO chg.course_click (member_id, course_id, clicked_at) VALUES (NULL, 5, '2015-03-01+08'), (NULL, -5, '2015-03-01+08'), (7, 5, '2015-03-01+08'), (7, 5, '2015-03-01+08'),
    (9223372036854775807, -9223372036854775808, '2015-03-01+08'), (-9223372036854775808, 9223372036854775807, '2015-03-01+08'), (0, 0, '2015-03-02+08');
SELECT * FROM pg_temp.logged();
TRUNCATE chgb_data.log;
-- what has not changed, and what comes to nothing
UPDATE chg.course_click SET clicked_at = clicked_at + interval '1 minute' WHERE course_id = 0;
UPDATE chg.course_click SET course_id = course_id + 1 WHERE member_id IS NULL;
SELECT * FROM pg_temp.logged();
TRUNCATE chgb_data.log;
-- the member is the key; weights: nothing, small, the largest that is logged, larger ones and negative ones are marked
ALTER TABLE chg.learning_session DROP CONSTRAINT learning_session_seconds_check;
INSERT INTO chg.learning_session (member_id, started_at, seconds) VALUES (1, '2015-03-01+08', 0), (1, '2015-03-02+08', 5), (2, '2015-03-02+08', 1),
    (1, '2015-03-03+08', 1099511627776), (1, '2015-03-04+08', 1099511627777), (1, '2015-03-05+08', -1);
SELECT * FROM pg_temp.logged();
TRUNCATE chgb_data.log;
DELETE FROM chg.learning_session;
SELECT * FROM pg_temp.logged();
TRUNCATE chgb_data.log;
-- many: of a day more than 4096 are marked; in the order of time and not
INSERT INTO chg.course_click (member_id, course_id, clicked_at) SELECT i, i % 9, timestamptz '2015-03-01 00:00+08' + (i / 4096) * interval '1 day' FROM generate_series(0, 4096 * 2) i;
INSERT INTO chg.course_click (member_id, course_id, clicked_at) SELECT i, 1, timestamptz '2015-04-01 00:00+08' + (i % 31) * interval '1 day' FROM generate_series(0, 4096 * 31) i;
INSERT INTO chg.course_click (member_id, course_id, clicked_at) SELECT i, 1, timestamptz '2015-05-01 00:00+08' + (i % 31) * interval '1 day' FROM generate_series(0, 200000) i;
INSERT INTO chg.course_click (member_id, course_id, clicked_at) SELECT i, 1, timestamptz '2010-01-01 00:00+08' + (i % 1000) * interval '1 day' FROM generate_series(0, 200000) i;
SELECT month, count(*), count(changes) AS with_changes, sum(length(l.changes)) < 4 * count(changes) * 4096 AS few_bytes FROM (SELECT date_trunc('month', first)::date AS month, changes FROM chgb_data.log) l
WHERE month >= '2015-01-01' GROUP BY 1 ORDER BY 1;
SELECT count(*) = count(DISTINCT first) AS once, count(changes) FROM chgb_data.log WHERE first < '2013-01-01';
-- NULL, nothing, damage
SELECT * FROM each_change(NULL);
SELECT logged_changes(NULL, 'learning', '{}', false, '{}', '{}'), logged_members('chgb_data', NULL), class_part(NULL) FROM generate_series(1, 2);
SELECT logged_changes('chgb_data', 'no metric', '{(,)}', true, '{}', '{}'), logged_members('chgb_data', 'no metric');
SELECT logged_changes('pg_catalog', 'learning', '{(,)}', true, '{}', '{}');
CREATE ROLE regress_curious;
SET ROLE regress_curious;
SELECT edustats.logged_changes('chgb_data'::regnamespace, 'learning', '{(,)}', false, '{}', '{}');
SELECT edustats.logged_members('chgb_data'::regnamespace, 'learning');
RESET ROLE;
DROP ROLE regress_curious;
SELECT class_part(v) FROM unnest(ARRAY[0, 255, 256, -1, 9223372036854775807, -9223372036854775808]) v;
CREATE FUNCTION pg_temp.try(packed bytea) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN coalesce((SELECT string_agg(format('%s %s %s', coalesce(c.member::text, '-'), c.key, c.weight), ', ') FROM edustats.each_change(packed) c), 'nothing');
EXCEPTION WHEN data_corrupted THEN
    RETURN SQLERRM;
END $$;
SELECT b, pg_temp.try(b::bytea) FROM unnest(ARRAY['', '\x01', '\x0102', '\x010200', '\x020200', '\x010400', '\x010001', '\x0102ffffffffffffffffff01', '\x0102ffffffffffffffffff02', '\x01020004', '\x0102000404',
    '\x0103000404', '\x010300040480', '\x01030004048080808080808080808001', '\x0103000404ffffffffffffffffff01', '\x01000004', '\x010002']) b;
SELECT count(*), count(DISTINCT t) > 100 AS various FROM (SELECT pg_temp.try(decode('010' || 1 + i % 3 || '00' || substr(md5(i::text), 1, 2 * (i % 16)), 'hex')) AS t FROM generate_series(1, 5000) i) t;
-- classes, days, and what was added and removed
TRUNCATE chgb_data.log;
INSERT INTO chgb_data.log (metric, first, last, changes) VALUES ('learning', '2015-03-02', '2015-03-02', '\x01020004040a06'), ('learning', '2015-03-02', '2015-03-02', '\x0103000404050a0602'),
    ('learning', '2015-03-01', '2015-03-01', '\x01020206080404'), ('reports', '2015-03-01', '2015-03-01', '\x01020206080404');
CREATE FUNCTION pg_temp.changes(days datemultirange, kept boolean, written bigint[], classes edustats.tally) RETURNS TABLE (day date, class smallint, added tally, removed tally) LANGUAGE sql AS $$
    SELECT u.day, u.class, u.added, u.removed FROM unnest(edustats.logged_changes('chgb_data', 'learning', days, kept, written, classes)) u
$$;
SELECT * FROM pg_temp.changes('{(,)}', false, '{}', '{2:3, 5:1}');
SELECT * FROM pg_temp.changes('{[2015-03-01,2015-03-01],[2015-04-01,)}', false, '{}', '{2:3, 5:1}');
SELECT * FROM pg_temp.changes('{}', false, '{}', '{2:3, 5:1}');
SELECT logged_members('chgb_data', 'learning') @> '{2,7}' AS members;
-- classes as they are kept, but for members that have been written
TRUNCATE chgb_data.class_map;
INSERT INTO chgb_data.class_map VALUES (2, '{2:4, 258:1}', false), (7, '{7:5}', false);
SELECT * FROM pg_temp.changes('{[2015-03-02,2015-03-02]}', true, '{}', '{}');
SELECT * FROM pg_temp.changes('{[2015-03-02,2015-03-02]}', true, '{2,7,99}', '{7:1}');
SELECT * FROM pg_temp.changes('{[2015-03-02,2015-03-02]}', true, ARRAY[NULL]::bigint[], '{7:1}');
-- and as nobody has made them
SELECT pg_temp.changes('{(,)}', false, '{}', '{2:40000}');
UPDATE chgb_data.class_map SET part = 256 WHERE part = 2;
SELECT pg_temp.changes('{(,)}', true, '{}', '{}');
ALTER TABLE chgb_data.class_map ALTER part TYPE integer;
SELECT pg_temp.changes('{(,)}', true, '{}', '{}');
DROP TABLE chgb_data.class_map;
SELECT pg_temp.changes('{(,)}', true, '{}', '{}');
INSERT INTO chgb_data.log (metric, first, last, changes) VALUES ('learning', '2015-03-02', '2015-03-02', '\x0103000404ffffffffffffffff7f');
SELECT * FROM pg_temp.changes('{[2015-03-02,2015-03-02]}', false, '{}', '{}');
INSERT INTO chgb_data.log (metric, first, last, changes) VALUES ('learning', '2015-03-02', '2015-03-02', '\x0103000404ffffffffffffffff01');
SELECT * FROM pg_temp.changes('{(,)}', false, '{}', '{}');
-- a tally less another
SELECT a, b, a::tally - b::tally AS less FROM (VALUES ('{1:5, 2:3}', '{1:2, 2:3}'), ('{1:5}', '{}'), ('{}', '{}'), ('{}', '{1:1}'), ('{1:5}', '{1:6}'), ('{1:5}', '{2:1}'), ('{1:5}', NULL)) v(a, b);
SELECT bool_and(t = (t + o) - o), bool_and(t - t = '{}') FROM (
    SELECT tally_agg((i * 7919) % 1000 - 500, 1 + i % 9) AS t, (SELECT tally_agg((j * 104729 * i) % 700, 1 + j % 5) FROM generate_series(1, 20) j) AS o FROM generate_series(1::bigint, 300) i GROUP BY i % 20, i) x;
SELECT changed_tally(NULL, '{1:1}', '{}'), changed_tally('{1:1}', '{1:1}', '{1:2}'), changed_tally('{1:1}', '{}', '{1:2}'), changed_tally(NULL, NULL, NULL);
SET client_min_messages = warning;
CALL detach('chgb');
DROP SCHEMA chg CASCADE;
