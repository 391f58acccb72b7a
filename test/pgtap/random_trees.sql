-- As random_steps, for trees of every kind: sources partitioned by range of time (with a level below by hash, partitions
-- whose columns stand in another order, boundaries within a local day), by hash, by list, and an inheritance tree; members
-- in partitions, too. Each step is a statement of its own or a transaction with savepoints, and looks are taken in the
-- midst of transactions as well. Two bulletins are attached at a time, one of them in a zone with other days.
\set ON_ERROR_STOP on
\set steps 500
SET client_min_messages TO warning;
SET timezone TO 'America/New_York';
SET jit TO off;
CREATE EXTENSION IF NOT EXISTS pgtap;
CREATE EXTENSION edustats;
\ir ../class_of.sql

-- A number from 0 to below - 1 that looks like chance and is the same everywhere.
CREATE FUNCTION chance(n integer, salt text, below integer) RETURNS integer LANGUAGE sql IMMUTABLE
RETURN (('x' || substr(md5(n || '/' || salt), 1, 7))::bit(28)::integer) % below;

CREATE SCHEMA campus;
CREATE TABLE campus.district (district_id integer, name text, "position" smallint);
INSERT INTO campus.district VALUES (1, 'a', 1), (2, 'b', 2);

CREATE TABLE campus.member (
    name text, allocated boolean NOT NULL, org_type varchar(20), member_id integer NOT NULL, district_id integer,
    registered_at timestamptz, closed_at timestamptz
) PARTITION BY LIST (allocated);
CREATE TABLE campus.member_station (
    member_id integer NOT NULL, gone text, registered_at timestamptz, closed_at timestamptz, district_id integer,
    org_type varchar(20), allocated boolean NOT NULL, name text);
ALTER TABLE campus.member_station DROP gone;
ALTER TABLE campus.member ATTACH PARTITION campus.member_station FOR VALUES IN (true);
CREATE TABLE campus.member_other PARTITION OF campus.member FOR VALUES IN (false);
CREATE INDEX ON campus.member (member_id);

-- id serves the steps alone: it tells which rows a step takes.
CREATE TABLE campus.course_click (id integer, member_id integer, course_id smallint, clicked_at timestamptz)
    PARTITION BY RANGE (clicked_at);
CREATE TABLE campus.click_default PARTITION OF campus.course_click DEFAULT;
CREATE UNIQUE INDEX ON campus.course_click (id, clicked_at);
CREATE TABLE campus.forum_post (id integer, member_id bigint, posted_at timestamptz) PARTITION BY HASH (id);
CREATE TABLE campus.post_0 PARTITION OF campus.forum_post FOR VALUES WITH (modulus 2, remainder 0);
CREATE TABLE campus.post_1 PARTITION OF campus.forum_post FOR VALUES WITH (modulus 2, remainder 1) PARTITION BY LIST (member_id);
CREATE TABLE campus.post_1_few PARTITION OF campus.post_1 FOR VALUES IN (1, 2, 3, 4, 5, 6, NULL);
CREATE TABLE campus.post_1_rest PARTITION OF campus.post_1 DEFAULT;
CREATE DOMAIN campus.moment AS timestamptz;
CREATE TABLE campus.learning_session (id integer, seconds integer, started_at campus.moment, member_id integer);
CREATE TABLE campus.session_child (note text) INHERITS (campus.learning_session);
CREATE TABLE campus.session_grandchild (note2 text, member_id integer, started_at campus.moment) INHERITS (campus.session_child);
CREATE TABLE campus.topic_view (id integer UNIQUE, topic_id integer, viewed_at timestamptz);

-- Rows that look like chance: mostly on a few days, many at the very edges of local days, some that are counted nowhere.
CREATE FUNCTION odd_rows(n integer, amount integer) RETURNS TABLE (id integer, at timestamptz, key integer, member integer, weight integer)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    SELECT n * 100 + i,
        CASE chance(n, 'kind' || i, 40) WHEN 0 THEN NULL WHEN 1 THEN 'infinity'::timestamptz WHEN 2 THEN '-infinity'::timestamptz
            ELSE timestamptz '2015-02-01 00:00+08' + chance(n, 'day' || (i % 3), 90) * interval '1 day'
                 + (ARRAY[0, -1, 1, 28800000000, 28799999999, 43200000000])[1 + chance(n, 'edge' || i, 6)] * interval '1 microsecond'
        END,
        nullif(chance(n, 'key' || i, 12), 11), nullif(chance(n, 'member' || i, 34), 33), chance(n, 'weight' || i, 5)
    FROM generate_series(1, amount) i;
END;

-- The sources, for the steps: name, and the columns for id, time, key, member, weight.
CREATE TABLE source (name text, columns text, expressions text, time_column text, set_list text[]);
INSERT INTO source VALUES
    ('course_click', 'id, clicked_at, course_id, member_id', 'r.id, r.at, r.key, r.member', 'clicked_at',
     ARRAY['course_id = t.course_id + 1', 'member_id = 1 + (t.member_id + 1) % 33', 'clicked_at = t.clicked_at + interval ''17 hours''',
           'clicked_at = t.clicked_at - interval ''16 days''', 'id = t.id']),
    ('forum_post', 'id, posted_at, member_id', 'r.id, r.at, r.member', 'posted_at',
     ARRAY['member_id = 1 + t.member_id % 9', 'posted_at = t.posted_at + interval ''1 day''', 'id = t.id + 50000000', 'member_id = NULL']),
    ('learning_session', 'id, started_at, member_id, seconds', 'r.id, r.at, r.member, r.weight', 'started_at',
     ARRAY['member_id = 1 + t.member_id % 9', 'seconds = 9 - t.seconds', 'seconds = NULL', 'started_at = t.started_at + interval ''1 day''', 'id = t.id']),
    ('topic_view', 'id, viewed_at, topic_id', 'r.id, r.at, r.key', 'viewed_at',
     ARRAY['topic_id = t.topic_id + 100', 'viewed_at = t.viewed_at - interval ''8 hours''', 'topic_id = NULL']);

-- The truth, without a function of the extension's.
CREATE FUNCTION truth(zone text) RETURNS TABLE (metric text, day date, class integer, key bigint, count bigint)
LANGUAGE sql STABLE AS $$
    WITH class AS MATERIALIZED (
        SELECT m.member_id, public.class_of(m.org_type, m.allocated)::integer AS class FROM campus.member m
    ), happened(metric, at, key, member, weight) AS (
        SELECT 'course_clicks', clicked_at, course_id, member_id, 1 FROM campus.course_click
        UNION ALL SELECT 'forum_posts', posted_at, member_id, member_id, 1 FROM campus.forum_post
        UNION ALL SELECT 'learning', started_at, member_id, member_id, seconds FROM campus.learning_session
        UNION ALL SELECT 'topic_views', viewed_at, topic_id, NULL, 1 FROM campus.topic_view
        UNION ALL SELECT 'registrations', registered_at, member_id, member_id, 1 FROM campus.member
        UNION ALL SELECT 'closures', closed_at, member_id, member_id, 1 FROM campus.member
    )
    SELECT h.metric, (h.at AT TIME ZONE zone)::date, coalesce(c.class, 0), h.key, sum(h.weight)
    FROM happened h LEFT JOIN class c ON c.member_id = h.member
    WHERE isfinite(h.at) AND h.key IS NOT NULL
    GROUP BY 1, 2, 3, 4 HAVING sum(h.weight) > 0;
$$;

CALL edustats.attach('campus', 'bulletin');
CALL edustats.attach('campus', 'stjohns', 'America/St_Johns');

-- How many rows of activity, of its months, and of their cumulative totals are wrong.
CREATE FUNCTION wrong(bulletin text, zone text) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    answer bigint;
BEGIN
    EXECUTE format($query$
        WITH truth AS MATERIALIZED (SELECT * FROM truth(%2$L)),
        mine AS MATERIALIZED (
            SELECT a.metric, a.month, a.day, a.class, e.key, e.count FROM %1$I.activity a CROSS JOIN LATERAL edustats.each(a.tally) e),
        monthly AS MATERIALIZED (SELECT * FROM %1$I.monthly)
        SELECT (SELECT count(*) FROM (
                    SELECT FROM (SELECT metric, date_trunc('month', day)::date AS month, day, class, key, count, 1 AS side FROM truth
                          UNION ALL SELECT metric, month, day, class, key, count, -1 FROM mine) u
                    GROUP BY metric, month, day, class, key, count HAVING sum(side) <> 0) d)
             + (SELECT count(*) FROM (
                    SELECT FROM (SELECT metric, date_trunc('month', day)::date AS month, class, sum(count) AS total, 1 AS side
                          FROM truth GROUP BY 1, 2, 3
                          UNION ALL SELECT metric, month, class, total, -1 FROM monthly
                          UNION ALL SELECT metric, month, class, edustats.total(tally), 0 FROM monthly) u
                    GROUP BY metric, month, class, total HAVING sum(side) <> 0 OR count(*) <> 3) d)
             + (SELECT count(*) FROM (SELECT metric, sum(count) AS total FROM truth GROUP BY 1) t
                    FULL JOIN (SELECT metric, sum(total) AS total FROM monthly GROUP BY 1) m USING (metric)
                    WHERE t.total IS DISTINCT FROM m.total)
    $query$, bulletin || '_data', zone) INTO answer;
    RETURN answer;
END $$;

-- The record of the looks; kept in sequences as well, which a rollback leaves alone.
CREATE TABLE look (n integer, kind text, wrong bigint, dirty bigint);
CREATE TABLE done (kind text);
CREATE SEQUENCE looks;
CREATE SEQUENCE wrong_looks;
CREATE FUNCTION look(n integer, kind text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    wrong bigint := wrong('bulletin', 'Asia/Shanghai') + CASE WHEN n % 4 = 0 THEN wrong('stjohns', 'America/St_Johns') ELSE 0 END;
BEGIN
    PERFORM nextval('looks');
    IF wrong <> 0 THEN
        PERFORM nextval('wrong_looks');
        RAISE WARNING 'step %, %: % rows differ', n, kind, wrong;
    END IF;
    INSERT INTO look SELECT n, kind, wrong, count(*) FROM bulletin_data.dirty_day;
END $$;

-- One random statement that writes.
CREATE FUNCTION some_write(n integer, salt text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    s source;
    old integer := 1 + chance(n, salt || 'old', greatest(n, 2) - 1);
    which text := format('id %% 5 = %s', chance(n, salt || 'some', 5));
    change text;
BEGIN
    SELECT * INTO s FROM source ORDER BY name OFFSET chance(n, salt || 'source', 4) LIMIT 1;
    change := s.set_list[1 + chance(n, salt || 'set', cardinality(s.set_list))];
    RETURN CASE chance(n, salt || 'write', 10)
        WHEN 0 THEN format('DELETE FROM campus.%I WHERE %s AND id %% 3 = 0', s.name, which)
        WHEN 1 THEN format('UPDATE campus.%I t SET %s WHERE %s', s.name, change, which)
        WHEN 2 THEN format('UPDATE campus.%I t SET %s WHERE id / 100 %% 20 = %s', s.name, change, n % 20)
        WHEN 3 THEN merge(s, n, old, change)
        WHEN 4 THEN member_write(n, salt)
        ELSE format('INSERT INTO campus.%I (%s) SELECT %s FROM odd_rows(%s, 6) r', s.name, s.columns, s.expressions,
                    n + 100000 * ascii(salt))
    END;
END $$;

-- MERGE moves rows between partitions without any trigger of INSERT or DELETE, where it has no such action.
CREATE FUNCTION merge(s source, n integer, old integer, change text) RETURNS text LANGUAGE sql STABLE
RETURN format('MERGE INTO campus.%I t USING odd_rows(%s, 6) r ON t.id %% 7 = r.id %% 7 AND t.id %% 100 < 50 AND r.id %% 100 = 1 ', s.name, old)
    || CASE n % 3
       WHEN 0 THEN format('WHEN MATCHED THEN UPDATE SET %s', change)
       WHEN 1 THEN format('WHEN MATCHED AND t.id %% 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET %s', change)
       ELSE format('WHEN MATCHED THEN UPDATE SET %s WHEN NOT MATCHED THEN INSERT (%s) VALUES (r.id + %s, %s)', change, s.columns,
                   n * 1000000, substr(s.expressions, 7))
       END;

CREATE FUNCTION member_write(n integer, salt text) RETURNS text LANGUAGE sql STABLE
RETURN CASE chance(n, salt || 'member', 6)
    WHEN 0 THEN format('DELETE FROM campus.member WHERE member_id = %s', 1 + chance(n, salt, 30))
    WHEN 1 THEN format('UPDATE campus.member SET member_id = (member_id + 1000) %% 2000 WHERE member_id %% 1000 = %s', 31 + n % 2)
    WHEN 2 THEN format('UPDATE campus.member SET allocated = NOT allocated WHERE member_id %% 8 = %s AND org_type IS NOT NULL', n % 8)
    WHEN 3 THEN format('UPDATE campus.member SET name = ''x'', closed_at = registered_at + interval ''%s days'' WHERE member_id %% 8 = 1', n % 50)
    WHEN 4 THEN format('INSERT INTO campus.member (member_id, org_type, allocated, registered_at) SELECT m, ''高校'', m %% 2 = 0, '
                       '''2015-03-01+08'' FROM generate_series(1, 30) m WHERE m %% 4 = %s AND m NOT IN (SELECT member_id FROM campus.member)', n % 4)
    ELSE format('UPDATE campus.member SET org_type = (ARRAY[''农村'', ''社区'', ''其他'', ''国企''])[%s], registered_at = registered_at + interval ''9 hours'' '
                'WHERE member_id IN (%s, %s)', 1 + n % 4, 1 + chance(n, salt || 'a', 32), 1 + chance(n, salt || 'b', 32))
END;

-- Partitions of course_click come and go, half a month each; the boundaries are within days of Shanghai.
CREATE PROCEDURE partition_step(n integer) LANGUAGE plpgsql AS $$
DECLARE
    slot integer := chance(n, 'slot', 6);
    part text := 'campus.click_' || slot;
    first timestamptz := '2015-02-01 00:00+00'::timestamptz + slot * interval '15 days';
    bound text := format('clicked_at >= %L AND clicked_at < %L', first, first + interval '15 days');
    attach text := format('ALTER TABLE campus.course_click ATTACH PARTITION %s FOR VALUES FROM (%L) TO (%L)', part, first, first + interval '15 days');
    kind text;
    sub boolean := chance(n, 'sub', 3) = 0;
BEGIN
    IF to_regclass(part) IS NULL THEN
        kind := CASE WHEN sub THEN 'create sub-partitioned' WHEN n % 2 = 0 THEN 'create' ELSE 'attach filled' END;
        IF kind = 'attach filled' THEN
            EXECUTE format('CREATE TABLE %s (clicked_at timestamptz, gone text, course_id smallint, id integer, member_id integer)', part);
            EXECUTE format('ALTER TABLE %s DROP gone', part);
            EXECUTE format('WITH moved AS (DELETE FROM campus.click_default WHERE %s RETURNING *) '
                           'INSERT INTO %s (id, clicked_at, course_id, member_id) SELECT id, clicked_at, course_id, member_id FROM moved', bound, part);
            EXECUTE format('INSERT INTO %s (id, clicked_at, course_id, member_id) SELECT id, at, key, member FROM odd_rows(%s, 6) '
                           'WHERE %s', part, n + 800000, replace(bound, 'clicked_at', 'at'));
            EXECUTE attach;
        ELSE
            EXECUTE 'DELETE FROM campus.course_click WHERE ' || bound;
            EXECUTE format('CREATE TABLE %s PARTITION OF campus.course_click FOR VALUES FROM (%L) TO (%L) %s', part, first,
                           first + interval '15 days', CASE WHEN sub THEN 'PARTITION BY RANGE (id)' END);
            IF sub THEN
                EXECUTE format('CREATE TABLE %1$s_few PARTITION OF %1$s FOR VALUES FROM (0) TO (20000)', part);
                EXECUTE format('CREATE TABLE %1$s_rest PARTITION OF %1$s DEFAULT', part);
            END IF;
        END IF;
    ELSIF NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = part::regclass) THEN
        kind := 'attach again';
        EXECUTE format('DELETE FROM campus.click_default WHERE %s', bound);
        EXECUTE attach;
    ELSIF n % 2 = 0 AND to_regclass(part || '_few') IS NOT NULL THEN
        kind := 'drop a sub-partition';
        EXECUTE format('DROP TABLE %s_few', part);
    ELSE
        kind := (ARRAY['detach', 'drop', 'truncate a partition', 'truncate a partition'])[1 + chance(n, 'how', 4)];
        EXECUTE CASE kind WHEN 'detach' THEN 'ALTER TABLE campus.course_click DETACH PARTITION ' WHEN 'drop' THEN 'DROP TABLE '
                ELSE 'TRUNCATE ' END || part;
        IF kind = 'detach' THEN
            EXECUTE format('INSERT INTO %s (id, clicked_at, course_id, member_id) SELECT id, at, key, member FROM odd_rows(%s, 6) '
                           'WHERE %s', part, n + 700000, replace(bound, 'clicked_at', 'at'));
        END IF;
    END IF;
    INSERT INTO done VALUES (kind);
END $$;

-- Rows for a partition, or an inheritance child, under its own name: those that its bounds take.
CREATE PROCEDURE straight_step(n integer) LANGUAGE plpgsql AS $$
DECLARE
    part record;
BEGIN
    SELECT c.oid::regclass AS name, s.* INTO part
    FROM source s CROSS JOIN LATERAL pg_partition_tree('campus.' || s.name) t JOIN pg_class c ON c.oid = t.relid
    WHERE t.level > 0 ORDER BY md5(n || c.relname) LIMIT 1;
    IF n % 4 = 0 THEN
        EXECUTE format('INSERT INTO campus.%I (id, started_at, member_id, seconds) SELECT id, at, member, weight FROM odd_rows(%s, 5)',
                       (ARRAY['session_child', 'session_grandchild'])[1 + n / 4 % 2], n);
        EXECUTE format('UPDATE ONLY campus.learning_session SET seconds = 7 WHERE id %% 9 = %s', n % 9);
        EXECUTE format('UPDATE campus.session_child SET started_at = started_at + interval ''1 day'' WHERE id %% 9 = %s', n % 9);
    ELSE
        EXECUTE format('INSERT INTO %s (%s) SELECT * FROM (SELECT %s FROM odd_rows(%s, 12) r) r(%s) WHERE %s', part.name, part.columns,
                       part.expressions, n, part.columns, coalesce(pg_get_partition_constraintdef(part.name), 'true'));
        EXECUTE format('DELETE FROM %s WHERE id %% 11 = %s', part.name, n % 11);
    END IF;
END $$;

-- The steps: for each, statements to run one after the other, each on its own.
CREATE FUNCTION step(n integer, kind text) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE
    a text := some_write(n, 'a');
    b text := some_write(n, 'b');
    c text := some_write(n, 'c');
    same text := format('INSERT INTO campus.learning_session (id, started_at, member_id, seconds) SELECT id, at, member, weight + 1 FROM odd_rows(%s, 4)', n);
    look text := format('SELECT look(%s, %L)', n, 'within ' || kind);
BEGIN
    RETURN CASE kind
        WHEN 'write' THEN ARRAY[a]
        WHEN 'copy' THEN ARRAY[format($f$COPY campus.course_click (id, clicked_at, course_id, member_id) FROM PROGRAM 'printf "%s\t2015-03-0%s 23:59:59+08\t3\t7\n%s\t2015-02-1%s 00:00:00+08\t4\t99\n"'$f$,
                                      n * 100, 1 + n % 9, n * 100 + 1, n % 10)]
        WHEN 'on conflict' THEN ARRAY[format('INSERT INTO campus.course_click (id, clicked_at, course_id, member_id) SELECT id, clicked_at, 5, 6 '
                'FROM campus.course_click WHERE clicked_at IS NOT NULL ORDER BY id %% 17, id, clicked_at LIMIT 5 '
                'ON CONFLICT (id, clicked_at) DO UPDATE SET course_id = excluded.course_id + 20'),
            format('INSERT INTO campus.topic_view (id, topic_id, viewed_at) SELECT id, 3, viewed_at FROM campus.topic_view WHERE id %% 7 = %s '
                'UNION ALL SELECT %s, 4, ''2015-03-03+08'' ON CONFLICT (id) DO UPDATE SET viewed_at = excluded.viewed_at + interval ''1 day'' '
                'WHERE topic_view.topic_id <> 5', n % 7, n * 100 + 99)]
        WHEN 'rollback to' THEN ARRAY['BEGIN', a, 'SAVEPOINT s', b, same, 'ROLLBACK TO s', look, same, b, look, 'COMMIT']
        WHEN 'nested' THEN ARRAY['BEGIN', 'SAVEPOINT s', same, 'SAVEPOINT t', a, 'RELEASE t', b, 'ROLLBACK TO s', same, look, 'COMMIT']
        WHEN 'released' THEN ARRAY['BEGIN', 'SAVEPOINT s', same, 'RELEASE s', 'SAVEPOINT t', same, a, 'ROLLBACK TO t', look, 'COMMIT']
        WHEN 'rolled back' THEN ARRAY['BEGIN', a, b, look, 'ROLLBACK', same]
        WHEN 'repeatable read' THEN ARRAY['BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT', a, b, look, c, 'COMMIT']
        WHEN 'replica' THEN ARRAY['SET session_replication_role = replica', a, same, 'RESET session_replication_role']
        WHEN 'straight' THEN ARRAY[format('CALL straight_step(%s)', n)]
        WHEN 'partition' THEN ARRAY[format('CALL partition_step(%s)', n)]
        WHEN 'partition rolled back' THEN ARRAY['BEGIN', format('CALL partition_step(%s)', n), 'SAVEPOINT s', a, look, 'ROLLBACK TO s', 'ROLLBACK']
        WHEN 'partition and write' THEN ARRAY['BEGIN', a, format('CALL partition_step(%s)', n), b, look, 'COMMIT']
        WHEN 'member' THEN ARRAY[member_write(n, 'a')]
        WHEN 'truncate' THEN ARRAY[(ARRAY['TRUNCATE campus.topic_view', 'TRUNCATE ONLY campus.learning_session', 'TRUNCATE campus.post_1',
            'TRUNCATE campus.forum_post', 'TRUNCATE campus.session_child', 'TRUNCATE campus.click_default', 'TRUNCATE campus.course_click',
            'TRUNCATE campus.member_station', 'TRUNCATE campus.member'])[1 + chance(n, 'truncate', 9)]]
        WHEN 'write, truncate' THEN ARRAY['BEGIN', same, 'TRUNCATE campus.session_child', look, 'SAVEPOINT s', 'TRUNCATE campus.learning_session', same,
            look, 'ROLLBACK TO s', 'COMMIT']
        WHEN 'rewrite' THEN ARRAY['ALTER TABLE campus.topic_view ALTER viewed_at TYPE timestamptz USING viewed_at + interval ''5 hours''']
        WHEN 'refresh' THEN ARRAY['CALL edustats.refresh(''bulletin'')']
        WHEN 'refresh in a transaction' THEN ARRAY['BEGIN', same, 'SELECT edustats.as_owner(''bulletin_data'', ''prepare_refresh'')',
            'SELECT edustats.as_owner(''bulletin_data'', ''plan_refresh'')',
            'SELECT edustats.as_owner(''bulletin_data'', ''refresh_run'', ''learning''::text, month, (month + interval ''1 month'')::date - 1) '
            'FROM (SELECT DISTINCT month FROM bulletin_data.dirty_day WHERE metric = ''learning'') m', look, same, a, look, 'COMMIT']
        WHEN 'refresh stjohns' THEN ARRAY['CALL edustats.refresh(''stjohns'')']
        WHEN 'invalidate' THEN ARRAY['CALL edustats.invalidate(''bulletin'', ''learning'', daterange(''2015-02-10'', ''2015-03-20''))']
    END;
END $$;

CREATE TABLE plan AS
SELECT n, CASE WHEN n > 60 AND n % 12 = 0 THEN 'refresh' WHEN n > 60 AND n % 31 = 0 THEN 'refresh stjohns'
          ELSE (ARRAY['write', 'write', 'write', 'write', 'write', 'write', 'copy', 'on conflict', 'on conflict', 'rollback to', 'nested', 'released',
                      'rolled back', 'repeatable read', 'replica', 'straight', 'straight', 'straight', 'partition', 'partition', 'partition',
                      'partition', 'partition rolled back', 'partition and write', 'member', 'member', 'truncate', 'write, truncate', 'rewrite',
                      'refresh in a transaction', 'invalidate'])[1 + chance(n, 'kind', 31)] END AS kind
FROM generate_series(1, :steps) n;
-- A refresh within a transaction would be a first one too.
UPDATE plan SET kind = 'write' WHERE n <= 60 AND kind = 'refresh in a transaction';

SELECT plan(7);
INSERT INTO campus.member (member_id, org_type, allocated, registered_at)
SELECT m, (ARRAY['农村', '社区', '国企', NULL])[1 + m % 4], m % 4 < 3 AND m % 3 = 0, '2015-01-31+08'::timestamptz + m * interval '11 hours'
FROM generate_series(1, 32) m;

-- Each statement is sent on its own, and a step is followed by a look and, after a refresh, a look at the log.
\set ON_ERROR_STOP off
\o /dev/null
SELECT s.statement
FROM plan p
CROSS JOIN LATERAL unnest(step(p.n, p.kind) || ARRAY[
    format('INSERT INTO done VALUES (%L)', p.kind),
    format('SELECT look(%s, %L)', p.n, p.kind)]) WITH ORDINALITY s(statement, place)
ORDER BY p.n, s.place \gexec
\o

SELECT is((SELECT string_agg(format('step %s, %s: %s rows differ', n, kind, wrong), E'\n' ORDER BY n) FROM look WHERE wrong <> 0), NULL,
          'activity, its months and their totals are right after each step');
SELECT is((SELECT NOT is_called FROM wrong_looks), true, 'and within those that were rolled back');
SELECT is((SELECT count(*) FROM look WHERE kind NOT LIKE 'within %'), :steps::bigint, 'every step ran');
SELECT is((SELECT string_agg(format('%s: %s', k, c), ', ')
           FROM unnest(ARRAY(SELECT DISTINCT kind FROM plan) || ARRAY['create', 'create sub-partitioned', 'attach filled', 'attach again', 'detach',
                'drop', 'drop a sub-partition', 'truncate a partition']) k
           CROSS JOIN LATERAL (SELECT count(*) AS c FROM done d WHERE d.kind = k) d WHERE c < 3), NULL, 'each kind of step ran three times at least');
SELECT is((SELECT count(*) FROM look WHERE kind = 'refresh' AND dirty > 0), 0::bigint, 'a refresh leaves no dirty day');
SELECT cmp_ok((SELECT count(*) FROM look WHERE dirty > 0), '>=', 350::bigint, 'most looks were at dirty days');

-- The look sees what no mark tells of.
BEGIN;
INSERT INTO campus.topic_view VALUES (-1, 3, '2016-07-07+08');
DELETE FROM bulletin_data.log WHERE metric = 'topic_views' AND first = '2016-07-07';
SELECT wrong('bulletin', 'Asia/Shanghai') AS unseen \gset
ROLLBACK;
SELECT is(:unseen, 3, 'a row whose mark is lost is noticed: in its day, its month, its metric');
SELECT * FROM finish();
