-- A writer, one who gives the same member another class, and a refresh that folds: all 90 orders of their six steps (write,
-- commit; reclassify, commit; fold, commit), for each of several kinds of write. After every step what is read equals plain
-- SQL over the sources, and what a session reads that began, at repeatable read, before the first of them does not change.
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE EXTENSION edustats;
\ir ../class_of.sql
CREATE EXTENSION dblink;
CREATE SCHEMA platform;
CREATE TABLE platform.district (district_id bigint, name text, position int);
CREATE TABLE platform.member (member_id bigint PRIMARY KEY, org_type text, allocated boolean, district_id bigint, name text,
                              registered_at timestamptz, closed_at timestamptz);
CREATE TABLE platform.learning_session (id bigint GENERATED ALWAYS AS IDENTITY, member_id bigint, started_at timestamptz, seconds bigint);
CREATE INDEX ON platform.learning_session (started_at);
CREATE INDEX ON platform.learning_session (member_id);
INSERT INTO platform.member SELECT i, '农村', true, 1, 'm' || i, '2015-01-01+08', NULL FROM generate_series(1, 3) i;
INSERT INTO platform.learning_session (member_id, started_at, seconds)
SELECT 1 + i % 3, timestamptz '2015-03-01 09:00+08' + i * interval '1 day', 10 + i FROM generate_series(0, 8) i;
INSERT INTO platform.learning_session (member_id, started_at, seconds)
SELECT 1, timestamptz '2015-03-01 12:00+08' + i % 9 * interval '1 day', 1 FROM generate_series(1, 200) i;
CALL edustats.attach();
DELETE FROM bulletin_data.metric WHERE metric <> 'learning';        -- as if there were no other
CALL edustats.refresh();

CREATE VIEW shown AS
SELECT to_char(a.day, 'YYYY-MM-DD') AS period, a.class::integer, e.key, e.count::numeric AS n
FROM bulletin_data.activity a, edustats.each(a.tally) e WHERE a.metric = 'learning'
UNION ALL
SELECT to_char(a.month, 'YYYY-MM'), a.class, e.key, e.count FROM bulletin_data.monthly a, edustats.each(a.tally) e WHERE a.metric = 'learning';
CREATE VIEW wanted AS
SELECT to_char(s.started_at AT TIME ZONE 'Asia/Shanghai', p) AS period, CASE WHEN m.member_id IS NULL THEN 0 ELSE public.class_of(m.org_type, m.allocated) END::integer AS class,
       s.member_id AS key, sum(s.seconds)::numeric AS n
FROM platform.learning_session s CROSS JOIN unnest(ARRAY['YYYY-MM-DD', 'YYYY-MM']) p
LEFT JOIN platform.member m ON m.member_id = s.member_id
GROUP BY 1, 2, 3 HAVING sum(s.seconds) > 0;
CREATE VIEW wrong AS (TABLE wanted EXCEPT ALL TABLE shown) UNION ALL (TABLE shown EXCEPT ALL TABLE wanted);
CREATE VIEW digest AS SELECT md5(string_agg(s::text, ';' ORDER BY s::text)) AS digest FROM shown s;

-- What is written to member 1 in turn n of a kind.
CREATE FUNCTION write_of(kind text, n integer) RETURNS text LANGUAGE sql RETURN CASE kind
    WHEN 'insert' THEN format('INSERT INTO platform.learning_session (member_id, started_at, seconds) VALUES (1, %L, 7)',
                              timestamptz '2015-03-01 10:00+08' + n % 9 * interval '1 day')
    WHEN 'delete' THEN 'DELETE FROM platform.learning_session WHERE id IN (SELECT id FROM platform.learning_session WHERE member_id = 1 ORDER BY started_at, id LIMIT 2)'
    WHEN 'move' THEN 'UPDATE platform.learning_session SET started_at = started_at + interval ''1 day'', seconds = seconds + 1 WHERE member_id = 1'
    WHEN 'exchange' THEN 'UPDATE platform.learning_session SET member_id = 3 - member_id WHERE member_id < 3' END;

CREATE FUNCTION reclassification_of(n integer) RETURNS text LANGUAGE sql RETURN CASE n % 3
    WHEN 0 THEN 'UPDATE platform.member SET allocated = NOT allocated WHERE member_id = 1'
    WHEN 1 THEN 'DELETE FROM platform.member WHERE member_id = 1'
    ELSE 'INSERT INTO platform.member VALUES (1, ''社区'', true, 1, ''m1'', ''2015-01-01+08'', NULL) ON CONFLICT (member_id) DO UPDATE SET org_type = ''高校''' END;

-- All orders of ww, rr and ff.
CREATE VIEW every_order AS
WITH RECURSIVE o(steps) AS (
    SELECT '' UNION ALL
    SELECT o.steps || s FROM o, unnest(ARRAY['w', 'r', 'f']) s WHERE length(o.steps) < 6 AND length(replace(o.steps, s, '')) > length(o.steps) - 2
) SELECT steps FROM o WHERE length(steps) = 6;

CREATE TABLE bad (kind text, steps text, step integer, what text);

CREATE FUNCTION answer(session text, query text) RETURNS text LANGUAGE sql
AS $$SELECT t.answer FROM dblink(session, query) t(answer text)$$;

-- The first of a session's two steps begins its transaction, the second commits it.
CREATE PROCEDURE take_step(kind text, steps text, step integer, n integer) LANGUAGE plpgsql AS $$
DECLARE
    session text := substr(steps, step, 1);
BEGIN
    IF strpos(substr(steps, 1, step - 1), session) > 0 THEN
        PERFORM dblink_exec(session, 'COMMIT');
        RETURN;
    END IF;
    PERFORM dblink_exec(session, 'BEGIN');
    IF session = 'f' THEN
        PERFORM answer(session, 'SELECT edustats.as_owner(''bulletin_data'', ''plan_refresh'')::text');
    ELSE
        PERFORM dblink_exec(session, CASE session WHEN 'w' THEN write_of(kind, n) ELSE reclassification_of(n) END);
    END IF;
END $$;

CREATE PROCEDURE try_order(kind text, steps text, n integer) LANGUAGE plpgsql AS $$
DECLARE
    before text;
BEGIN
    PERFORM dblink_exec('old', 'BEGIN ISOLATION LEVEL REPEATABLE READ');
    before := answer('old', 'TABLE digest');
    FOR step IN 1 .. 6 LOOP
        CALL take_step(kind, steps, step, n);
        INSERT INTO bad SELECT kind, steps, step, 'wrong' WHERE answer('new', 'SELECT count(*) FROM wrong') <> '0';
        INSERT INTO bad SELECT kind, steps, step, 'changed' WHERE answer('old', 'TABLE digest') <> before;
    END LOOP;
    PERFORM dblink_exec('old', 'COMMIT');
    PERFORM dblink_exec('f', 'CALL edustats.refresh()');
    INSERT INTO bad SELECT kind, steps, 7, 'not clean'
    WHERE answer('new', 'SELECT (SELECT count(*) FROM wrong) + (SELECT count(*) FROM bulletin_data.dirty_day) + (SELECT count(*) FROM bulletin_data.log)') <> '0';
END $$;

SELECT dblink_connect(s, format('host=%s port=%s user=%s dbname=%s options=''-c client_min_messages=error -c jit=off''', :'HOST', :'PORT', :'USER', :'DBNAME')) FROM unnest(ARRAY['w', 'r', 'f', 'old', 'new']) s \g /dev/null
SELECT plan(6);
SELECT is((SELECT count(*) FROM every_order), 90::bigint, 'there are 90 orders');
SELECT format('CALL try_order(%L, %L, %s)', k.kind, o.steps, k.place * 100 + row_number() OVER (PARTITION BY k.kind ORDER BY o.steps))
FROM unnest(ARRAY['insert', 'delete', 'move', 'exchange']) WITH ORDINALITY k(kind, place) CROSS JOIN every_order o ORDER BY k.place, o.steps \gexec
SELECT is((SELECT string_agg(format('%s %s', b.steps, b.step || ' ' || b.what), ', ' ORDER BY b.steps, b.step) FROM bad b WHERE b.kind = k),
          NULL, format('nothing is wrong in any order, and nothing changes for who reads the old (%s)', k))
FROM unnest(ARRAY['insert', 'delete', 'move', 'exchange']) k;
SELECT cmp_ok((SELECT count(*) FROM wanted), '>=', 10::bigint, 'and there is something to be read');
SELECT * FROM finish();
