-- The benchmark's platform: the fixture's members and everything else, 5,000 courses, and :scale course clicks in the
-- :months months to March 2015, in the order of time, one in a hundred up to three days late. Attached and refreshed.
\set ON_ERROR_STOP on
CREATE EXTENSION edustats;
\include_relative ../class_of.sql
CALL edustats.create_platform('platform');
\set unanalyzed
\include_relative ../march_2015/load.sql
SELECT setseed(0.5);
INSERT INTO platform.course
SELECT n, 'course ' || n, (ARRAY(SELECT DISTINCT category FROM platform.course))[1 + n % 9], 'producer ' || n % 50
FROM generate_series((SELECT max(course_id) + 1 FROM platform.course), 5000) n;
TRUNCATE platform.course_click;
DROP INDEX platform.course_click_clicked_at_idx, platform.course_click_member_id_idx;
SET max_parallel_workers_per_gather = 0;
-- 20,000,000 at a time, as generate_series in FROM keeps all its rows until the end.
SELECT format($insert$
    INSERT INTO platform.course_click (member_id, course_id, clicked_at)
    SELECT CASE WHEN random() < 0.95 THEN 1 + (42516 * random() * random())::bigint END,
           1 + (4999 * random() ^ 3)::bigint,
           greatest(p.start, p.start + n * (p.length / %3$s)
                             - CASE WHEN random() < 0.01 THEN random() * interval '3 days' ELSE interval '0' END)
    FROM generate_series(%1$s, %2$s) n,
         (SELECT timestamptz '2015-04-01 00:00+08' - interval '%4$s months' AS start,
                 timestamptz '2015-04-01 00:00+08' - (timestamptz '2015-04-01 00:00+08' - interval '%4$s months') AS length) p
    $insert$, first, least(first + 20000000, :scale) - 1, :scale, :months)
FROM generate_series(0, :scale - 1, 20000000) first \gexec
RESET max_parallel_workers_per_gather;
CREATE INDEX course_click_clicked_at_idx ON platform.course_click (clicked_at);
CALL edustats.attach();
CALL edustats.refresh();
