-- What is logged as a change, what only as a mark of the day, and that both are read and folded right: what moves, comes or
-- goes unseen, is read without its children, has names for keys or weights that can't be; changes that can't be; members that
-- are written while changes are pending.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION edustats;
\ir ../class_of.sql
CREATE SCHEMA platform;
CREATE TABLE platform.district (district_id bigint PRIMARY KEY, name text, position int);
CREATE TABLE platform.member (member_id bigint PRIMARY KEY, org_type text, allocated boolean, district_id bigint, name text,
                              registered_at timestamptz, closed_at timestamptz);
CREATE TABLE platform.learning_session (id bigint GENERATED ALWAYS AS IDENTITY, member_id bigint, started_at timestamptz, seconds bigint) PARTITION BY RANGE (started_at);
CREATE TABLE platform.march PARTITION OF platform.learning_session FOR VALUES FROM ('2015-03-01+08') TO ('2015-04-01+08');
CREATE TABLE platform.rest PARTITION OF platform.learning_session DEFAULT;
CREATE SCHEMA app;
CREATE TABLE app.click (code text, who bigint, at timestamptz);
CREATE TABLE app.child () INHERITS (app.click);
CREATE VIEW platform.course_click AS SELECT who AS member_id, length(code)::bigint AS course_id, at AS clicked_at FROM ONLY app.click WHERE code <> 'hidden';
CREATE TABLE app.post (board text, who bigint, at timestamptz);
CREATE VIEW platform.topic_view AS SELECT edustats.key_of(board) AS topic_id, at AS viewed_at FROM app.post;
CREATE TABLE app.kind (code text PRIMARY KEY, org_type text);
INSERT INTO platform.member SELECT i, '农村', true, 1, 'm' || i, '2015-01-01+08', NULL FROM generate_series(1, 40) i;
INSERT INTO platform.learning_session (member_id, started_at, seconds) SELECT i % 40 + 1, timestamptz '2015-02-20+08' + i * interval '3 hours', i FROM generate_series(1, 300) i;
CALL edustats.attach();
CALL edustats.refresh();

CREATE VIEW truth AS
SELECT 'learning' AS metric, (s.started_at AT TIME ZONE 'Asia/Shanghai')::date AS day, s.member_id AS who, s.member_id AS key, s.seconds::numeric AS n FROM platform.learning_session s
UNION ALL SELECT 'course_clicks', (clicked_at AT TIME ZONE 'Asia/Shanghai')::date, member_id, course_id, 1 FROM platform.course_click
UNION ALL SELECT 'topic_views', (viewed_at AT TIME ZONE 'Asia/Shanghai')::date, NULL, topic_id, 1 FROM platform.topic_view;
CREATE VIEW wanted AS
SELECT t.metric, t.day, CASE WHEN m.member_id IS NULL THEN 0 ELSE public.class_of(m.org_type, m.allocated) END::integer AS class, t.key, sum(t.n) AS n
FROM truth t LEFT JOIN platform.member m ON m.member_id = t.who GROUP BY 1, 2, 3, 4 HAVING sum(t.n) > 0;
CREATE VIEW shown AS
SELECT a.metric, a.day, a.class::integer, e.key, e.count::numeric AS n FROM bulletin_data.activity a, edustats.each(a.tally) e
WHERE a.metric IN ('learning', 'course_clicks', 'topic_views');
CREATE FUNCTION wrong() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM ((TABLE wanted EXCEPT ALL TABLE shown) UNION ALL (TABLE shown EXCEPT ALL TABLE wanted)) d
$$;
CREATE FUNCTION wrong_months() RETURNS bigint LANGUAGE sql AS $$
    WITH w AS (SELECT metric, date_trunc('month', day)::date AS month, class, key, sum(n) AS n FROM wanted GROUP BY 1, 2, 3, 4),
         s AS (SELECT a.metric, a.month, a.class::integer, e.key, e.count::numeric AS n FROM bulletin_data.monthly a, edustats.each(a.tally) e
               WHERE a.metric IN ('learning', 'course_clicks', 'topic_views'))
    SELECT count(*) FROM ((TABLE w EXCEPT ALL TABLE s) UNION ALL (TABLE s EXCEPT ALL TABLE w)) d
$$;
-- What the log has of a metric, days by whether it is known what has changed on them.
CREATE FUNCTION logged(metric text) RETURNS text LANGUAGE sql AS $$
    SELECT format('%s changes, %s marks', count(l.changes), count(*) - count(l.changes)) FROM bulletin_data.log l WHERE l.metric = logged.metric
$$;
CREATE FUNCTION is_right(what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN NEXT is(wrong(), 0::bigint, what || ': what is read');
    RETURN NEXT is(wrong_months(), 0::bigint, what || ': its months');
END $$;
CREATE FUNCTION folded(what text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY SELECT is_right(what || ', folded');
    RETURN NEXT is((SELECT count(*) FROM bulletin_data.log), 0::bigint, what || ': and nothing is left in the log');
END $$;

SELECT no_plan();
INSERT INTO platform.learning_session (member_id, started_at, seconds) VALUES (1, '2015-03-05+08', 7), (99, '2015-03-06+08', 8);
UPDATE platform.learning_session SET seconds = seconds + 1 WHERE member_id = 2;
DELETE FROM platform.learning_session WHERE member_id = 3 AND started_at < '2015-03-05';
SELECT matches(logged('learning'), '^[1-9]\d* changes, 0 marks', 'small writes log what they have changed');
SELECT is_right('small writes');
CALL edustats.refresh();
SELECT folded('small writes');

UPDATE platform.learning_session SET started_at = started_at + interval '20 days' WHERE member_id = 4;
SELECT matches(logged('learning'), '[1-9]\d* marks', 'days of rows that move to another partition are marked');
SELECT is_right('rows that move');
CALL edustats.refresh();
SELECT folded('rows that move');

-- a partition that comes and goes before anybody has looked
CREATE TABLE platform.april (LIKE platform.learning_session);
ALTER TABLE platform.learning_session ATTACH PARTITION platform.april FOR VALUES FROM ('2015-06-01+08') TO ('2015-07-01+08');
INSERT INTO platform.learning_session (id, member_id, started_at, seconds) OVERRIDING SYSTEM VALUE VALUES (1, 5, '2015-06-05+08', 7);
SELECT is_right('a partition that has come');
DROP TABLE platform.april;
SELECT is_right('and gone');
CALL edustats.refresh();
SELECT folded('a partition that has come and gone');

-- what is read without its children; a filter; an expression for the key
INSERT INTO app.click VALUES ('abc', 1, '2015-03-05+08'), ('hidden', 1, '2015-03-05+08');
INSERT INTO app.child VALUES ('abc', 1, '2015-03-06+08');
UPDATE app.click SET code = 'hidden' WHERE who = 1;
SELECT is_right('children that are not read');
CALL edustats.refresh();
DROP TABLE app.child;
CREATE OR REPLACE VIEW platform.course_click AS SELECT who AS member_id, length(code)::bigint AS course_id, at AS clicked_at FROM app.click WHERE code <> 'hidden';
CALL edustats.refresh();
INSERT INTO app.click VALUES ('abc', 1, '2015-03-05+08'), ('hidden', 1, '2015-03-07+08');
SELECT is(logged('course_clicks'), '1 changes, 0 marks', 'a row that the view leaves out changes nothing, the other is known');
SELECT is_right('a filtered view');
UPDATE app.click SET code = 'abcd' WHERE code = 'hidden';
SELECT is_right('a row that comes into the view');
CALL edustats.refresh();
SELECT folded('a filtered view');

-- what is read with its children, and one of these once more: that is not tracked, and nothing is said of single rows
CREATE TABLE app.child () INHERITS (app.click);
CREATE OR REPLACE VIEW platform.course_click AS SELECT who AS member_id, length(code)::bigint AS course_id, at AS clicked_at FROM app.click
    UNION ALL SELECT who, length(code), at FROM app.child;
CALL edustats.refresh();
INSERT INTO app.child VALUES ('abc', 1, '2015-03-06+08'), ('abc', 2, '2015-03-05+08');
UPDATE app.click SET code = code || '!' WHERE who = 1;
SELECT is_right('a child that is read twice');
CALL edustats.refresh();
CREATE OR REPLACE VIEW platform.course_click AS SELECT who AS member_id, length(code)::bigint AS course_id, at AS clicked_at FROM app.click;
DROP TABLE app.child;
CALL edustats.refresh();

INSERT INTO app.post VALUES ('news', 1, '2015-03-05+08');
SELECT is(logged('topic_views'), '0 changes, 1 marks', 'the name of a key is told by who reads the source');
SELECT is_right('keys with names');
CALL edustats.refresh();
SELECT folded('keys with names');

-- each row by one trigger, whatever fires
SET session_replication_role = replica;
INSERT INTO platform.learning_session (member_id, started_at, seconds) VALUES (6, '2015-03-05+08', 7), (7, '2015-03-05+08', 8);
UPDATE platform.learning_session SET started_at = started_at + interval '40 days' WHERE member_id = 6;
RESET session_replication_role;
SELECT matches(logged('learning'), '^[1-9]\d* changes, 0 marks', 'what is applied by row is known by row');
SELECT is_right('what is applied by row');
SELECT format('ALTER TABLE platform.march ENABLE ALWAYS TRIGGER %I', tgname) FROM pg_trigger WHERE tgrelid = 'platform.march'::regclass AND tgname ~ '^edustats_insert' \gexec
SET session_replication_role = replica;
INSERT INTO platform.march (id, member_id, started_at, seconds) OVERRIDING SYSTEM VALUE VALUES (1, 8, '2015-03-05+08', 9);
RESET session_replication_role;
SELECT format('ALTER TABLE platform.march ENABLE TRIGGER %I', tgname) FROM pg_trigger WHERE tgrelid = 'platform.march'::regclass AND tgname ~ '^edustats_insert' \gexec
SELECT is_right('a row that two triggers see');
CALL edustats.refresh();
SELECT folded('what is applied by row');

-- many rows, one by one, of a transaction
SET session_replication_role = replica;
INSERT INTO platform.learning_session (member_id, started_at, seconds) SELECT 9, timestamptz '2015-03-05+08', 1 FROM generate_series(1, 5000);
RESET session_replication_role;
SELECT is(logged('learning'), '4096 changes, 1 marks', 'more rows than a statement may have become a mark');
SELECT is_right('many rows one by one');
CALL edustats.refresh();

-- a rollback to a savepoint takes marks and changes along, and what is known of them
BEGIN;
SAVEPOINT s;
INSERT INTO platform.learning_session (member_id, started_at, seconds) SELECT 9, timestamptz '2015-03-06+08', 1 FROM generate_series(1, 5000);
SELECT is(logged('learning'), '0 changes, 1 marks', 'a load marks its day');
INSERT INTO platform.learning_session (member_id, started_at, seconds) VALUES (9, '2015-03-06+08', 5);
SELECT is(logged('learning'), '0 changes, 1 marks', 'of which nothing more is said in the transaction');
ROLLBACK TO s;
INSERT INTO platform.learning_session (member_id, started_at, seconds) VALUES (9, '2015-03-06+08', 5);
SELECT is(logged('learning'), '1 changes, 0 marks', 'but after a rollback to a savepoint');
COMMIT;
SELECT is_right('after a savepoint');
CALL edustats.refresh();
SELECT folded('after a savepoint');

-- members that are written while changes are pending: come, gone, of another class; the map of their classes
INSERT INTO platform.learning_session (member_id, started_at, seconds) VALUES (10, '2015-03-07+08', 5), (11, '2015-03-07+08', 5), (50, '2015-03-07+08', 5);
DELETE FROM platform.learning_session WHERE member_id = 12;
UPDATE platform.member SET allocated = false WHERE member_id IN (10, 12);
DELETE FROM platform.member WHERE member_id = 11;
INSERT INTO platform.member VALUES (50, '社区', true, 1, 'new', '2015-01-01+08', NULL);
SELECT is_right('members that are written');
INSERT INTO platform.learning_session (member_id, started_at, seconds) SELECT i, timestamptz '2015-03-20+08', 5 FROM generate_series(9, 13) i;
SELECT is_right('and their rows after that');
CALL edustats.refresh();
SELECT folded('members that are written');
SELECT is((SELECT edustats.count_of(classes, 50) FROM bulletin_data.class_map WHERE part = edustats.class_part(50)), public.class_of('社区', true)::bigint, 'the class of each member is kept');
UPDATE platform.member SET org_type = '高校' WHERE member_id < 5;
TRUNCATE bulletin_data.class_map;
INSERT INTO platform.learning_session (member_id, started_at, seconds) VALUES (1, '2015-03-08+08', 5), (30, '2015-03-09+08', 5);
SELECT is_right('without the map of classes');
CALL edustats.refresh();
SELECT folded('without the map of classes');

-- more is taken away than there was: something has not been seen, and the day is read from the source
UPDATE bulletin_data.rollup SET tally = edustats.drop(tally, '{20:1}') WHERE metric = 'learning' AND day >= '2015-03-01';
DELETE FROM platform.learning_session WHERE member_id = 20 AND started_at > '2015-03-01';
SELECT is((SELECT count(*) FROM shown s WHERE s.metric = 'learning' AND s.key = 20 AND s.day >= '2015-03-01'), 0::bigint, 'impossible changes are none');
SELECT matches((SELECT note FROM bulletin.refresh_status WHERE metric = 'learning'), '^the log takes away more than there was on ', 'and told');
CALL edustats.refresh();
SELECT is((SELECT note FROM bulletin.refresh_status WHERE metric = 'learning'), NULL, 'until a refresh has computed the days');
SELECT is(wrong(), 0::bigint, 'which are right');
UPDATE bulletin_data.log SET changes = '\x01';
INSERT INTO platform.learning_session (member_id, started_at, seconds) VALUES (1, '2015-03-08+08', 5);
UPDATE bulletin_data.log SET changes = '\xff';
SELECT throws_ok('SELECT wrong()', 'XX001', 'packed changes are damaged', 'damaged changes are an error');
SELECT matches((SELECT error FROM bulletin.refresh_status WHERE metric = 'learning'), 'damaged', 'which refresh_status tells');
DELETE FROM bulletin_data.log;
CALL edustats.invalidate('bulletin', 'learning');
CALL edustats.refresh();
SELECT folded('what was damaged');
SELECT * FROM finish();
