-- The benchmark's platform: the fixture's members and everything else, 5,000 courses, and :scale course clicks of March
-- 2015 in the order of time, one in a hundred up to three days late. Attached and refreshed.
\set ON_ERROR_STOP on
CREATE EXTENSION edustats;
CALL edustats.create_platform('platform');
\include_relative ../march_2015/load.sql
SELECT setseed(0.5);
INSERT INTO platform.course
SELECT n, 'course ' || n, (ARRAY(SELECT DISTINCT category FROM platform.course))[1 + n % 9], 'producer ' || n % 50
FROM generate_series((SELECT max(course_id) + 1 FROM platform.course), 5000) n;
TRUNCATE platform.course_click;
DROP INDEX platform.course_click_clicked_at_idx, platform.course_click_member_id_idx;
SET max_parallel_workers_per_gather = 0;
INSERT INTO platform.course_click (member_id, course_id, clicked_at)
SELECT CASE WHEN random() < 0.95 THEN 1 + (42516 * random() * random())::bigint END,
       1 + (4999 * random() ^ 3)::bigint,
       greatest(timestamptz '2015-03-01 00:00+08',
                timestamptz '2015-03-01 00:00+08' + n * (interval '31 days' / :scale)
                - CASE WHEN random() < 0.01 THEN random() * interval '3 days' ELSE interval '0' END)
FROM generate_series(0, :scale - 1) n;
RESET max_parallel_workers_per_gather;
CREATE INDEX course_click_clicked_at_idx ON platform.course_click (clicked_at);
VACUUM (ANALYZE);
CALL edustats.attach();
CALL edustats.refresh();
VACUUM (ANALYZE);
CHECKPOINT;
