-- After each of many random steps, activity is what plain SQL computes from the sources, dirty days or not: for plain
-- tables and for partitioned ones (by range of time, with a list-partitioned branch), before and after refresh.
\set ON_ERROR_STOP on
SET client_min_messages TO warning;
SET timezone TO 'Europe/Paris';          -- the session's zone must not matter
SET jit TO off;                         -- compiling would take longer than computing, at each of a thousand readings
CREATE EXTENSION edustats;
CALL edustats.create_platform('platform');

-- The same sources, one partitioned, one not.
DROP TABLE platform.learning_session;
CREATE TABLE platform.learning_session (
    id bigint, member_id bigint, started_at timestamptz NOT NULL, seconds bigint, note text
) PARTITION BY RANGE (started_at);
CREATE TABLE platform.session_1 PARTITION OF platform.learning_session FOR VALUES FROM (MINVALUE) TO ('2015-01-20+08');
CREATE TABLE platform.session_2 PARTITION OF platform.learning_session
    FOR VALUES FROM ('2015-01-20+08') TO ('2015-02-10+08') PARTITION BY LIST (member_id);
CREATE TABLE platform.session_2_few PARTITION OF platform.session_2 FOR VALUES IN (1, 2, 3, 4, 5, 6, 7, 8, NULL);
CREATE TABLE platform.session_2_rest PARTITION OF platform.session_2 DEFAULT;
CREATE TABLE platform.session_default PARTITION OF platform.learning_session DEFAULT;
CREATE UNIQUE INDEX ON platform.course_click (course_id, clicked_at);
ALTER TABLE platform.course_click ALTER clicked_at DROP NOT NULL, ALTER course_id DROP NOT NULL;

INSERT INTO platform.district VALUES (1, 'a', 1), (2, 'b', 2);
INSERT INTO platform.member
SELECT i, (ARRAY['农村', '社区', '国企', NULL])[1 + i % 4], i % 4 < 3 AND i % 3 = 0, 1 + i % 2, 'm' || i, '2014-12-01+08', NULL
FROM generate_series(1, 40) i;
CALL edustats.attach();

-- The truth, without a function of the extension's.
CREATE VIEW class AS
SELECT member_id, CASE org_type WHEN '农村' THEN 2 WHEN '社区' THEN 4 WHEN '国企' THEN 8 ELSE 13 END
                  - CASE WHEN allocated THEN 1 ELSE 0 END AS class FROM platform.member;
CREATE VIEW truth AS
SELECT 'course_clicks' AS metric, (s.clicked_at AT TIME ZONE 'Asia/Shanghai')::date AS day, coalesce(c.class, 0) AS class,
       s.course_id AS key, count(*) AS count
FROM platform.course_click s LEFT JOIN class c USING (member_id)
WHERE isfinite(s.clicked_at) AND s.course_id IS NOT NULL GROUP BY 2, 3, 4
UNION ALL
SELECT 'learning', (s.started_at AT TIME ZONE 'Asia/Shanghai')::date, coalesce(c.class, 0), s.member_id, sum(s.seconds)
FROM platform.learning_session s LEFT JOIN class c USING (member_id)
WHERE isfinite(s.started_at) AND s.member_id IS NOT NULL GROUP BY 2, 3, 4 HAVING sum(s.seconds) > 0
UNION ALL
SELECT 'registrations', (m.registered_at AT TIME ZONE 'Asia/Shanghai')::date, c.class, m.member_id, 1
FROM platform.member m JOIN class c USING (member_id);
CREATE VIEW computed AS
SELECT a.metric, a.day, a.class, e.key, e.count FROM bulletin_data.activity a CROSS JOIN LATERAL edustats.each(a.tally) e
WHERE a.metric IN ('course_clicks', 'learning', 'registrations');
CREATE VIEW difference AS
(TABLE truth EXCEPT ALL TABLE computed) UNION ALL (TABLE computed EXCEPT ALL TABLE truth);
CREATE VIEW month_difference AS
WITH truth AS (
    SELECT metric, date_trunc('month', day)::date AS month, class, sum(count) AS total FROM truth GROUP BY 1, 2, 3),
computed AS (
    SELECT metric, month, class::integer, total::numeric FROM bulletin_data.monthly
    WHERE metric IN ('course_clicks', 'learning', 'registrations') AND total = edustats.total(tally))
(TABLE truth EXCEPT ALL TABLE computed) UNION ALL (TABLE computed EXCEPT ALL TABLE truth);

CREATE TABLE step (n integer, kind text, wrong bigint, dirty bigint);

-- A number from 0 to below - 1 that looks like chance and is the same everywhere.
CREATE FUNCTION chance(n integer, salt integer, below integer) RETURNS integer LANGUAGE sql IMMUTABLE
RETURN ((('x' || substr(md5(n || '/' || salt), 1, 7))::bit(28)::integer) % below);
CREATE FUNCTION moment(n integer, salt integer) RETURNS timestamptz LANGUAGE sql IMMUTABLE
RETURN timestamptz '2015-01-05 00:00+08' + chance(n, salt, 60) * interval '1 day'
       + (ARRAY[0, 1, 43200, 86399])[1 + chance(n, salt + 1, 4)] * interval '1 second'
       + chance(n, salt + 2, 1000) * interval '1 microsecond';

CREATE PROCEDURE do_step(n integer, INOUT kind text)
LANGUAGE plpgsql AS $$
DECLARE
    kinds text[] := ARRAY['insert', 'insert', 'copy', 'update_time', 'update_key', 'update_weight', 'update_member', 'update_nothing',
        'delete', 'on_conflict', 'merge', 'savepoint', 'savepoint_same_day', 'straight', 'reclassify', 'reclassify', 'member_gone',
        'member_new', 'odd_rows', 'replica', 'attach_filled', 'detach', 'drop_part', 'move', 'truncate_part', 'truncate',
        'rolled_back', 'refresh', 'refresh', 'invalidate', 'attach_again'];
BEGIN
    kind := kinds[1 + chance(n, 0, cardinality(kinds))];
    IF kind IN ('truncate', 'truncate_part', 'drop_part', 'member_gone') AND chance(n, 1, 3) > 0 THEN
        kind := 'insert';
    END IF;
    CASE kind
    WHEN 'insert' THEN
        INSERT INTO platform.course_click SELECT chance(n, i, 45), chance(n, i + 100, 9), moment(n, i + 200) FROM generate_series(1, 20) i
            ON CONFLICT DO NOTHING;
        INSERT INTO platform.learning_session (member_id, started_at, seconds)
            SELECT chance(n, i, 45), moment(n, i + 300), chance(n, i + 400, 5) FROM generate_series(1, 20) i;
    WHEN 'copy' THEN
        EXECUTE format('COPY platform.learning_session (member_id, started_at, seconds) FROM PROGRAM %L',
                       format('printf ''%%s\t%%s\t%%s\n'' %s %s 7 3 %s 1', chance(n, 1, 45),
                              quote_literal(moment(n, 1)::text), quote_literal(moment(n, 2)::text)));
    WHEN 'update_time' THEN
        UPDATE platform.course_click SET clicked_at = clicked_at + interval '1 day 1 microsecond' WHERE course_id = chance(n, 1, 9);
    WHEN 'update_key' THEN
        UPDATE platform.course_click SET course_id = course_id + 20 WHERE course_id = chance(n, 1, 9);
    WHEN 'update_weight' THEN
        UPDATE platform.learning_session SET seconds = seconds + 1 WHERE member_id = chance(n, 1, 45);
    WHEN 'update_member' THEN
        UPDATE platform.course_click SET member_id = chance(n, 2, 45) WHERE member_id = chance(n, 1, 45);
    WHEN 'update_nothing' THEN
        UPDATE platform.learning_session SET note = 'x';
    WHEN 'delete' THEN
        DELETE FROM platform.course_click WHERE course_id = chance(n, 1, 30);
        DELETE FROM platform.learning_session WHERE member_id = chance(n, 2, 45);
    WHEN 'on_conflict' THEN
        INSERT INTO platform.course_click SELECT 1, course_id, clicked_at FROM platform.course_click LIMIT 5
            ON CONFLICT (course_id, clicked_at) DO UPDATE SET member_id = 2, clicked_at = excluded.clicked_at + interval '1 day 3 microseconds';
    WHEN 'merge' THEN
        MERGE INTO platform.learning_session s USING (SELECT chance(n, i, 45) AS m FROM generate_series(1, 1) i) x ON s.member_id = x.m
            WHEN MATCHED AND s.seconds > 3 THEN DELETE
            WHEN MATCHED THEN UPDATE SET seconds = 9
            WHEN NOT MATCHED THEN INSERT (member_id, started_at, seconds) VALUES (x.m, moment(n, 5), 5);
    WHEN 'savepoint', 'savepoint_same_day' THEN
        BEGIN
            INSERT INTO platform.learning_session (member_id, started_at, seconds) VALUES (5, moment(n, 1), 50);
            BEGIN
                INSERT INTO platform.course_click VALUES (5, 77, moment(n, 1));
                UPDATE platform.member SET org_type = '社区' WHERE member_id = 5;
            END;
            RAISE division_by_zero;
        EXCEPTION WHEN division_by_zero THEN
            NULL;
        END;
        IF kind = 'savepoint_same_day' THEN
            INSERT INTO platform.learning_session (member_id, started_at, seconds) VALUES (5, moment(n, 1), 60);
            BEGIN
                INSERT INTO platform.learning_session (member_id, started_at, seconds) VALUES (6, moment(n, 2), 60);
            EXCEPTION WHEN division_by_zero THEN
                NULL;
            END;
        END IF;
    WHEN 'straight' THEN
        INSERT INTO platform.session_1 (member_id, started_at, seconds)
            SELECT chance(n, 3, 45), '2015-01-06+08'::timestamptz + chance(n, 1, 10) * interval '1 day', 4;
        INSERT INTO platform.session_2_few (member_id, started_at, seconds) VALUES (3, '2015-01-25 12:00+08', 6);
        UPDATE platform.session_default SET seconds = seconds + 1 WHERE member_id < chance(n, 2, 45);
    WHEN 'reclassify' THEN
        UPDATE platform.member SET org_type = (ARRAY['农村', '社区', '国企'])[1 + chance(n, 2, 3)], allocated = chance(n, 3, 2) = 0
        WHERE member_id IN (chance(n, 1, 40), chance(n, 4, 40));
    WHEN 'member_gone' THEN
        DELETE FROM platform.member WHERE member_id = chance(n, 1, 45);
    WHEN 'member_new' THEN
        INSERT INTO platform.member VALUES (chance(n, 1, 45), '农村', true, 1, 'new', moment(n, 1), NULL)
            ON CONFLICT (member_id) DO UPDATE SET org_type = '社区', registered_at = excluded.registered_at;
    WHEN 'odd_rows' THEN
        INSERT INTO platform.course_click VALUES (1, 1, NULL), (2, NULL, moment(n, 1)), (NULL, 3, moment(n, 2)), (999, 4, moment(n, 3)),
            (1, 100 + n, 'infinity'), (1, 100 + n, '-infinity') ON CONFLICT DO NOTHING;
        INSERT INTO platform.learning_session (member_id, started_at, seconds)
            VALUES (1, moment(n, 1), 0), (NULL, moment(n, 1), 5), (2, moment(n, 1), NULL), (3, 'infinity', 4), (4, '-infinity', 4);
    WHEN 'replica' THEN
        SET LOCAL session_replication_role = replica;
        INSERT INTO platform.learning_session (member_id, started_at, seconds) VALUES (7, moment(n, 1), 8);
        SET LOCAL session_replication_role = origin;
    WHEN 'attach_filled' THEN
        IF to_regclass('platform.late') IS NULL THEN
            CREATE TABLE platform.late (note text, seconds bigint, started_at timestamptz NOT NULL, id bigint, member_id bigint);
            INSERT INTO platform.late (id, member_id, started_at, seconds)
                SELECT i, i, timestamptz '2015-03-20+08' + i * interval '1 hour', 5 FROM generate_series(1, 40) i;
            ALTER TABLE platform.learning_session ATTACH PARTITION platform.late FOR VALUES FROM ('2015-03-20+08') TO ('2015-04-01+08');
        ELSE
            INSERT INTO platform.late (id, member_id, started_at, seconds) VALUES (1, 9, timestamptz '2015-03-22+08' + n * interval '1 minute', 2);
        END IF;
    WHEN 'detach' THEN
        IF to_regclass('platform.late') IS NOT NULL THEN
            ALTER TABLE platform.learning_session DETACH PARTITION platform.late;
            INSERT INTO platform.late (id, member_id, started_at, seconds) VALUES (1, 9, '2015-03-22+08', 2);
            DROP TABLE platform.late;
        END IF;
    WHEN 'drop_part' THEN
        DROP TABLE IF EXISTS platform.late;
        CREATE TABLE platform.late PARTITION OF platform.learning_session FOR VALUES FROM ('2015-03-20+08') TO ('2015-04-01+08');
        INSERT INTO platform.late (member_id, started_at, seconds) VALUES (11, '2015-03-25+08', 3);
    WHEN 'move' THEN
        UPDATE platform.learning_session SET started_at = started_at - interval '9 days'
        WHERE member_id = chance(n, 1, 45) AND isfinite(started_at);
        UPDATE platform.learning_session SET member_id = member_id + 5 WHERE member_id = chance(n, 2, 10);
    WHEN 'truncate_part' THEN
        TRUNCATE platform.session_2;
    WHEN 'truncate' THEN
        IF chance(n, 2, 2) = 0 THEN TRUNCATE platform.course_click; ELSE TRUNCATE platform.learning_session; END IF;
    WHEN 'rolled_back' THEN
        INSERT INTO platform.course_click VALUES (1, 55, moment(n, 1));
        ROLLBACK;
        INSERT INTO platform.course_click VALUES (1, 200 + n, moment(n, 1));
    WHEN 'refresh' THEN
        CALL edustats.refresh('bulletin');
    WHEN 'invalidate' THEN
        CALL edustats.invalidate('bulletin', 'learning', daterange('2015-01-10', '2015-01-20'));
    WHEN 'attach_again' THEN
        CALL edustats.attach();
    END CASE;
    COMMIT;
END $$;

CREATE PROCEDURE do_steps(first integer, last integer)
LANGUAGE plpgsql AS $$
DECLARE
    kind text;
BEGIN
    FOR n IN first .. last LOOP
        CALL do_step(n, kind);
        INSERT INTO step SELECT n, kind, (SELECT count(*) FROM difference) + (SELECT count(*) FROM month_difference),
                                (SELECT count(*) FROM bulletin_data.dirty_day);
        COMMIT;
    END LOOP;
END $$;

\set ON_ERROR_STOP off
SELECT plan(6);
CALL do_steps(1, 60);
SELECT is((SELECT string_agg(format('step %s, %s: %s rows differ', n, kind, wrong), E'\n' ORDER BY n) FROM step WHERE wrong <> 0), NULL,
          'activity and its months are right after each of the first 60 steps');
CALL do_steps(61, 520);
SELECT is((SELECT string_agg(format('step %s, %s: %s rows differ', n, kind, wrong), E'\n' ORDER BY n) FROM step WHERE wrong <> 0), NULL,
          'and after each of 460 more');
SELECT is((SELECT count(*) FROM step), 520::bigint, 'every step ran');
SELECT cmp_ok((SELECT min(count) FROM (SELECT count(*) FROM step GROUP BY kind) k), '>=', 3::bigint, 'each kind of step ran');
SELECT cmp_ok((SELECT count(*) FROM step WHERE dirty > 0), '>=', 300::bigint, 'most were looked at with dirty days');
CALL edustats.refresh('bulletin');
SELECT is((SELECT count(*) FROM difference) + (SELECT count(*) FROM month_difference) + (SELECT count(*) FROM bulletin_data.dirty_day), 0::bigint,
          'a last refresh leaves no dirty day and no difference');
SELECT * FROM finish();
