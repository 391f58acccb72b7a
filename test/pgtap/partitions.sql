-- Sources with partitions and inheritance children: whatever is done to them, and through whichever relation, activity is
-- what the sources say, before a refresh and after it.
\set QUIET 1
\pset format unaligned
\pset tuples_only true
\pset pager off
SET client_min_messages = error;
CREATE EXTENSION edustats;
CREATE EXTENSION IF NOT EXISTS pgtap;
SELECT plan(147);

CREATE SCHEMA platform;
CREATE TABLE platform.district (district_id int, name text, position int);
INSERT INTO platform.district VALUES (1, 'D1', 1);
-- members by list, below by range of the same column
CREATE TABLE platform.member (member_id bigint, org_type text, allocated boolean, district_id int, name text,
                              registered_at timestamptz, closed_at timestamptz) PARTITION BY LIST (allocated);
CREATE TABLE platform.stations PARTITION OF platform.member FOR VALUES IN (true) PARTITION BY RANGE (member_id);
CREATE TABLE platform.stations_1 PARTITION OF platform.stations FOR VALUES FROM (1) TO (10);
CREATE TABLE platform.stations_2 (name text, org_type text, member_id bigint, allocated boolean, district_id int,
                                  registered_at timestamptz, closed_at timestamptz);
ALTER TABLE platform.stations ATTACH PARTITION platform.stations_2 FOR VALUES FROM (10) TO (25);
CREATE TABLE platform.others PARTITION OF platform.member DEFAULT;
-- learning by range of time, one month of it by list, and a default partition
CREATE TABLE platform.learning_session (member_id bigint, started_at timestamptz, seconds int) PARTITION BY RANGE (started_at);
CREATE TABLE platform.l_01 PARTITION OF platform.learning_session FOR VALUES FROM (MINVALUE) TO ('2015-02-01+08');
CREATE TABLE platform.l_02 PARTITION OF platform.learning_session FOR VALUES FROM ('2015-02-01+08') TO ('2015-03-01+08')
    PARTITION BY LIST (member_id);
CREATE TABLE platform.l_02_1 PARTITION OF platform.l_02 FOR VALUES IN (1, 2, 3);
CREATE TABLE platform.l_02_x PARTITION OF platform.l_02 DEFAULT;
CREATE TABLE platform.l_x PARTITION OF platform.learning_session DEFAULT;
-- clicks by inheritance
CREATE TABLE platform.course_click (member_id bigint, course_id int, clicked_at timestamptz);
CREATE TABLE platform.c_1 (extra text DEFAULT 'x') INHERITS (platform.course_click);
CREATE TABLE platform.c_2 (clicked_at timestamptz, gone int, course_id int, member_id bigint, extra text);
ALTER TABLE platform.c_2 DROP gone;
-- posts by hash, and views by range of something else than time
CREATE TABLE platform.forum_post (member_id bigint, posted_at timestamptz) PARTITION BY HASH (member_id);
CREATE TABLE platform.f_0 PARTITION OF platform.forum_post FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE platform.f_1 PARTITION OF platform.forum_post FOR VALUES WITH (MODULUS 2, REMAINDER 1);

INSERT INTO platform.member
SELECT i, CASE WHEN i < 25 THEN (ARRAY['农村', '社区'])[1 + i % 2] END, i < 20, 1, 'm' || i, '2015-01-01+08' FROM generate_series(1, 30) i WHERE i NOT IN (19, 22);
INSERT INTO platform.learning_session
SELECT 1 + i % 31, '2015-01-25+08'::timestamptz + i * interval '7 hours', 1 + i FROM generate_series(0, 149) i;
INSERT INTO platform.course_click
SELECT 1 + i % 31, i % 5, '2015-01-25+08'::timestamptz + i * interval '7 hours' FROM generate_series(0, 49) i;
INSERT INTO platform.c_1
SELECT 1 + i % 31, i % 5, '2015-02-05+08'::timestamptz + i * interval '7 hours' FROM generate_series(0, 49) i;
INSERT INTO platform.forum_post
SELECT 1 + i % 31, '2015-01-25+08'::timestamptz + i * interval '7 hours' FROM generate_series(0, 49) i;

CALL edustats.attach();
CREATE FUNCTION class_name(class smallint) RETURNS text LANGUAGE sql AS $$
    SELECT concat_ws('/', c.value, c.account_label) FROM bulletin_data.class_kind c WHERE c.class = $1
$$;
CREATE FUNCTION difference() RETURNS SETOF text LANGUAGE sql AS $$
    WITH row AS (
        SELECT 'registrations' AS metric, registered_at AS at, member_id AS key, member_id, 1 AS n FROM platform.member
        UNION ALL SELECT 'learning', started_at, member_id, member_id, seconds FROM platform.learning_session
        UNION ALL SELECT 'course_clicks', clicked_at, course_id, member_id, 1 FROM platform.course_click
        UNION ALL SELECT 'forum_posts', posted_at, member_id, member_id, 1 FROM platform.forum_post
    ), truth AS (
        SELECT r.metric, (r.at AT TIME ZONE 'Asia/Shanghai')::date AS day,
               CASE WHEN m.member_id IS NULL THEN '' WHEN m.org_type IS NULL THEN '个人用户'
                    WHEN m.allocated THEN m.org_type || '/站点用户' ELSE m.org_type || '/非站点用户' END AS class,
               r.key, sum(r.n)::bigint AS n
        FROM row r LEFT JOIN platform.member m USING (member_id)
        GROUP BY 1, 2, 3, 4
    ), wanted AS (
        SELECT 'day', metric, day, class, key, n FROM truth
        UNION ALL
        SELECT 'month', metric, date_trunc('month', day)::date, class, key, sum(n)::bigint FROM truth GROUP BY 2, 3, 4, 5
    ), had AS (
        SELECT 'day', a.metric, a.day, class_name(a.class), e.key, e.count FROM bulletin_data.activity a, edustats.each(a.tally) e
        WHERE a.metric <> 'closures'
        UNION ALL
        SELECT 'month', a.metric, a.month, class_name(a.class), e.key, e.count FROM bulletin_data.monthly a, edustats.each(a.tally) e
        WHERE a.metric <> 'closures'
    )
    SELECT 'missing ' || w::text FROM (TABLE wanted EXCEPT ALL TABLE had) w
    UNION ALL
    SELECT 'too much ' || h::text FROM (TABLE had EXCEPT ALL TABLE wanted) h
$$;
CREATE FUNCTION dirty(metric text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(to_char(d.day, 'MM-DD'), ' ' ORDER BY d.day) FROM bulletin_data.dirty_day d WHERE d.metric = $1
$$;
CREATE FUNCTION dirty_count(metric text) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM bulletin_data.dirty_day d WHERE d.metric = $1
$$;
-- Are the days that count as dirty, with those given, all within a range? Of partitions, more days may be dirty than changed.
CREATE FUNCTION dirty_within(metric text, days text[], "from" date, "to" date) RETURNS boolean LANGUAGE sql AS $$
    SELECT coalesce(bool_and(d.day BETWEEN "from" AND "to"), false) AND days <@ array_agg(to_char(d.day, 'MM-DD'))
    FROM bulletin_data.dirty_day d WHERE d.metric = $1
$$;
CREATE FUNCTION triggers_of(names text) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE t.tgfoid = 'edustats.log_changes'::regproc AND c.relname ~ names
$$;
-- The same checks again and again, so they are in one place: \i would need a path.
\set right 'SELECT is(string_agg(d, chr(10)), NULL, :\'what\' || \', before a refresh\') FROM (SELECT d FROM difference() d LIMIT 9) d; CALL edustats.refresh(); SELECT is(string_agg(d, chr(10)), NULL, :\'what\' || \', after it\') FROM (SELECT d FROM difference() d LIMIT 9) d; SELECT is((SELECT count(*) FROM bulletin_data.dirty_day), 0::bigint, :\'what\' || \', all clean\');'

\set what 'attached'
:right
SELECT is((SELECT string_agg(metric, ' ' ORDER BY metric) FROM bulletin.refresh_status WHERE NOT tracked OR note IS NOT NULL), NULL,
    'all are tracked');

\set what 'rows to a leaf'
INSERT INTO platform.l_02_1 VALUES (1, '2015-02-03 09:00+08', 5);
INSERT INTO platform.l_x VALUES (4, '2015-05-03 09:00+08', 5);
SELECT is(dirty('learning'), '02-03 05-03', 'the days of two rows');
COPY platform.l_02_x FROM stdin;
9	2015-02-07 09:00+08	5
\.
UPDATE platform.l_01 SET seconds = seconds + 1 WHERE started_at < '2015-01-27+08';
DELETE FROM platform.f_1 WHERE posted_at < '2015-01-28+08';
SELECT is(dirty('learning'), '01-25 01-26 02-03 02-07 05-03', 'and of more');
INSERT INTO platform.stations_2 VALUES ('m33', '农村', 19, true, 1, '2015-01-09+08');
:right
\set what 'rows to a partition that has partitions'
INSERT INTO platform.l_02 VALUES (1, '2015-02-03 09:00+08', 5), (12, '2015-02-28 09:00+08', 5);
UPDATE platform.stations SET org_type = '高校' WHERE member_id IN (2, 12);
DELETE FROM platform.stations WHERE member_id = 3;
:right
\set what 'moved to another partition'
UPDATE platform.learning_session SET started_at = started_at + interval '1 month' WHERE started_at < '2015-01-30+08';
UPDATE platform.learning_session SET member_id = 5 WHERE member_id = 1 AND started_at BETWEEN '2015-02-01+08' AND '2015-02-20+08';
UPDATE platform.member SET member_id = 22 WHERE member_id = 4;
UPDATE platform.member SET allocated = NOT allocated WHERE member_id IN (6, 21);
:right
\set what 'a move that a trigger stops half-way'
CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER swallow BEFORE INSERT ON platform.l_x FOR EACH ROW WHEN (new.member_id % 2 = 0) EXECUTE FUNCTION swallow();
UPDATE platform.learning_session SET started_at = started_at + interval '4 months' WHERE started_at BETWEEN '2015-02-10+08' AND '2015-02-14+08';
:right
\set what 'MERGE and ON CONFLICT'
CREATE UNIQUE INDEX ON platform.c_1 (extra) WHERE extra <> 'x';
INSERT INTO platform.c_1 VALUES (1, 1, '2015-02-06+08', 'once');
INSERT INTO platform.c_1 VALUES (1, 1, '2015-02-06+08', 'once') ON CONFLICT (extra) WHERE extra <> 'x' DO UPDATE SET clicked_at = '2015-06-01+08';
MERGE INTO platform.learning_session s USING (VALUES (7, 1), (8, 2), (99, 3)) v(member_id, what)
ON s.member_id = v.member_id AND s.started_at < '2015-02-20+08'
WHEN MATCHED AND what = 1 THEN UPDATE SET started_at = s.started_at + interval '1 month'
WHEN MATCHED THEN DELETE
WHEN NOT MATCHED THEN INSERT VALUES (v.member_id, '2015-02-01 10:00+08', 77);
:right
-- Only what is stored tells where a moved row has come to: other triggers, before or after any name, may change it on the way.
\set what 'a MERGE that moves rows'
MERGE INTO platform.learning_session s USING (VALUES (9)) v(member_id) ON s.member_id = v.member_id AND s.started_at < '2015-02-10+08'
WHEN MATCHED THEN UPDATE SET started_at = s.started_at + interval '1 month';
:right
\set what 'a MERGE within a partition that has partitions'
MERGE INTO platform.l_02 s USING (VALUES (2)) v(member_id) ON s.member_id = v.member_id WHEN MATCHED THEN UPDATE SET member_id = 12;
:right
CREATE FUNCTION put_off() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    new.started_at := new.started_at + tg_argv[0]::interval;
    RETURN new;
END
$$;
\set what 'a MERGE of rows that a trigger moves'
CREATE TRIGGER zz_put_off BEFORE UPDATE ON platform.learning_session FOR EACH ROW EXECUTE FUNCTION put_off('40 days');
MERGE INTO platform.learning_session s USING (VALUES (10), (11)) v(member_id) ON s.member_id = v.member_id AND s.started_at < '2015-02-20+08'
WHEN MATCHED THEN UPDATE SET seconds = s.seconds + 1;
:right
\set what 'a MERGE of rows that a trigger moves on'
MERGE INTO platform.learning_session s USING (VALUES (12), (13)) v(member_id) ON s.member_id = v.member_id AND s.started_at < '2015-02-20+08'
WHEN MATCHED THEN UPDATE SET started_at = s.started_at + interval '1 month';
:right
DROP TRIGGER zz_put_off ON platform.learning_session;
-- the trigger's own writes run in commands of their own, before and after the row moves
CREATE FUNCTION more() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE platform.learning_session SET seconds = 1 WHERE member_id = 14;
    INSERT INTO platform.learning_session VALUES (15, '2015-03-07 09:00+08', 3);
    RETURN new;
END
$$;
\set what 'a MERGE of rows that a trigger of where they come to changes'
CREATE TRIGGER put_off BEFORE INSERT ON platform.l_x FOR EACH ROW WHEN (new.member_id <> 15) EXECUTE FUNCTION put_off('3 days');
CREATE TRIGGER aa_more BEFORE INSERT ON platform.l_x FOR EACH ROW WHEN (new.member_id <> 15) EXECUTE FUNCTION more();
MERGE INTO platform.learning_session s USING (VALUES (16), (17)) v(member_id) ON s.member_id = v.member_id AND s.started_at < '2015-03-01+08'
WHEN MATCHED THEN UPDATE SET started_at = s.started_at + interval '2 months';
:right
DROP TRIGGER put_off ON platform.l_x;
DROP TRIGGER aa_more ON platform.l_x;
\set what 'nothing that counts'
UPDATE platform.member SET name = upper(name), district_id = 1;
SELECT is(dirty_count('learning'), 0::bigint, 'a change of a name marks nothing');

\set what 'a new partition, empty'
CREATE TABLE platform.l_07 PARTITION OF platform.learning_session FOR VALUES FROM ('2015-07-01+08') TO ('2015-08-01+08');
SELECT ok(dirty_within('learning', '{}', '2015-06-30', '2015-08-02'), 'an empty partition''s days are read live');
INSERT INTO platform.l_07 VALUES (1, '2015-07-03 09:00+08', 5);
:right
\set what 'a filled partition, of other column order, with partitions'
CREATE TABLE platform.l_08 (seconds int, note text, started_at timestamptz, member_id bigint) PARTITION BY RANGE (member_id);
ALTER TABLE platform.l_08 DROP note;
CREATE TABLE platform.l_08_1 (started_at timestamptz, member_id bigint, seconds int);
INSERT INTO platform.l_08_1 VALUES ('2015-08-03 09:00+08', 1, 5), ('2015-08-05 09:00+08', 2, 5);
ALTER TABLE platform.l_08 ATTACH PARTITION platform.l_08_1 FOR VALUES FROM (0) TO (100);
SELECT is(dirty_count('learning'), 0::bigint, 'no partition yet');
ALTER TABLE platform.learning_session ATTACH PARTITION platform.l_08 FOR VALUES FROM ('2015-08-01+08') TO ('2015-09-01+08');
SELECT ok(dirty_within('learning', '{08-03,08-05}', '2015-07-31', '2015-09-02'), 'its days');
:right
INSERT INTO platform.l_08_1 VALUES ('2015-08-07 09:00+08', 1, 5);
INSERT INTO platform.l_08 VALUES (9, '2015-08-08 09:00+08', 1);
UPDATE platform.learning_session SET started_at = started_at + interval '31 days' WHERE started_at BETWEEN '2015-07-01+08' AND '2015-07-31+08';
SELECT is(dirty('learning'), '07-03 08-03 08-07 08-08', 'and days of rows to it, of a column order of their own');
:right
\set what 'truncated'
TRUNCATE platform.l_08_1;
SELECT ok(dirty_within('learning', '{08-03,08-05,08-07,08-08}', '2015-07-31', '2015-09-02'), 'the days of one leaf');
:right
INSERT INTO platform.l_08_1 VALUES ('2015-08-07 09:00+08', 1, 5);
:right
TRUNCATE platform.l_02, platform.f_0;
:right
\set what 'detached'
ALTER TABLE platform.learning_session DETACH PARTITION platform.l_08;
SELECT ok(dirty_within('learning', '{08-07}', '2015-07-31', '2015-09-02'), 'the days of what was detached');
INSERT INTO platform.l_08 VALUES (9, '2015-08-09 09:00+08', 1);
INSERT INTO platform.l_08_1 VALUES ('2015-08-10 09:00+08', 1, 5);
:right
SELECT is(triggers_of('^l_08'), 0::bigint, 'what was detached bears no trigger after a refresh');
INSERT INTO platform.l_08_1 VALUES ('2015-08-11 09:00+08', 1, 5);
SELECT is(dirty_count('learning'), 0::bigint, 'and marks no longer');
ALTER TABLE platform.learning_session DETACH PARTITION platform.l_07;
:right
ALTER TABLE platform.forum_post DETACH PARTITION platform.f_1 CONCURRENTLY;
:right
ALTER TABLE platform.forum_post ATTACH PARTITION platform.f_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
ALTER TABLE platform.learning_session ATTACH PARTITION platform.l_08 FOR VALUES FROM ('2015-08-01+08') TO ('2015-09-01+08');
\set what 'attached again'
:right
\set what 'dropped'
DROP TABLE platform.l_08;
SELECT is((SELECT min(day) > '2015-01-31' FROM bulletin_data.dirty_day WHERE metric = 'learning'), true,
    'January is covered by a leaf that is still there');
SELECT is((SELECT count(*) FROM bulletin_data.dirty_day WHERE metric = 'learning' AND day IN ('2015-08-07', '2015-08-09', '2015-08-10')), 3::bigint,
    'August is no longer');
:right
DROP TABLE platform.l_02_1;
:right
DROP TABLE platform.l_x;
\set what 'default dropped'
:right
INSERT INTO platform.learning_session SELECT 1 + i % 31, '2015-01-25+08'::timestamptz + i * interval '7 hours', 1 + i FROM generate_series(0, 119) i;
:right
-- bounds within a day: that day is covered by two leaves together, or by one in part
CREATE TABLE platform.l_03 PARTITION OF platform.learning_session FOR VALUES FROM ('2015-03-01+08') TO ('2015-03-10 12:00+08');
CREATE TABLE platform.l_03b PARTITION OF platform.learning_session FOR VALUES FROM ('2015-03-10 12:00+08') TO ('2015-03-20 12:00+08');
CREATE TABLE platform.l_03c PARTITION OF platform.learning_session FOR VALUES FROM ('2015-03-20 12:00+08') TO (MAXVALUE);
INSERT INTO platform.learning_session SELECT 1 + i % 31, '2015-03-01+08'::timestamptz + i * interval '7 hours', 1 + i FROM generate_series(0, 80) i;
\set what 'bounds within a day'
:right
SET timezone = 'America/New_York';
SET datestyle = 'SQL, DMY';
DROP TABLE platform.l_03c;
SELECT ok(dirty_within('learning', '{03-20,03-21,03-22,03-23,03-24}', '2015-03-19', '2015-03-25'),
    'the days of what was dropped, and hardly any other');
:right
RESET timezone;
RESET datestyle;
BEGIN;
DROP TABLE platform.l_01;
ROLLBACK;
SELECT is(dirty_count('learning'), 0::bigint, 'a DROP rolled back marks nothing');

\set what 'a child that is filled'
INSERT INTO platform.c_2 VALUES ('2015-02-07 09:00+08', 3, 1, 'y'), ('2015-09-07 09:00+08', 3, 1, 'y');
ALTER TABLE platform.c_2 INHERIT platform.course_click;
SELECT ok(dirty_within('course_clicks', '{02-07,09-07}', '2015-02-06', '2015-09-08'), 'its days');
:right
\set what 'rows to children'
INSERT INTO platform.c_2 VALUES ('2015-02-08 09:00+08', 3, 1, 'y');
UPDATE platform.course_click SET clicked_at = clicked_at + interval '1 day' WHERE course_id = 3;
DELETE FROM ONLY platform.course_click WHERE course_id = 2;
UPDATE platform.c_2 SET course_id = 4;
:right
\set what 'children truncated, disinherited, dropped'
TRUNCATE platform.c_2;
:right
INSERT INTO platform.c_2 VALUES ('2015-02-08 09:00+08', 3, 1, 'y');
TRUNCATE ONLY platform.course_click;
:right
ALTER TABLE platform.c_2 NO INHERIT platform.course_click;
:right
DROP TABLE platform.c_1;
:right

\set what 'a member partition that comes, goes, is truncated, dropped'
CREATE TABLE platform.stations_3 (LIKE platform.stations_1);
INSERT INTO platform.stations_3 SELECT 99, '国企', true, 1, 'm99', '2015-01-01+08';
ALTER TABLE platform.stations ATTACH PARTITION platform.stations_3 FOR VALUES FROM (90) TO (100);
INSERT INTO platform.forum_post VALUES (99, '2015-01-01+08');
:right
ALTER TABLE platform.stations DETACH PARTITION platform.stations_2;
:right
ALTER TABLE platform.stations ATTACH PARTITION platform.stations_2 FOR VALUES FROM (10) TO (25);
:right
TRUNCATE platform.stations_1;
:right
DROP TABLE platform.stations_2;
:right
DROP TABLE platform.stations;
:right

\set what 'another table takes a source''s place'
CREATE TABLE platform.new_posts (LIKE platform.forum_post);
INSERT INTO platform.new_posts VALUES (1, '2015-10-01+08');
ALTER TABLE platform.forum_post RENAME TO old_posts;
ALTER TABLE platform.new_posts RENAME TO forum_post;
SELECT is((SELECT tracked FROM bulletin.refresh_status WHERE metric = 'forum_posts'), false, 'and is told');
:right
SELECT is((SELECT tracked FROM bulletin.refresh_status WHERE metric = 'forum_posts'), true, 'and is tracked after a refresh');
SELECT is(triggers_of('^(old_posts|f_.)$'), 0::bigint, 'the old one is not');
INSERT INTO platform.forum_post VALUES (1, '2015-10-02+08');
:right
BEGIN;
DROP TABLE platform.forum_post;
CREATE TABLE platform.forum_post (posted_at timestamptz, member_id int);
INSERT INTO platform.forum_post VALUES ('2015-10-03+08', 2);
COMMIT;
:right
CALL edustats.detach('bulletin');
SELECT is(triggers_of(''), 0::bigint, 'detach leaves no trigger');
SELECT * FROM finish();
