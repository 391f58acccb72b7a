-- The clicks in a table with a partition for each local day of March instead.
\set ON_ERROR_STOP on
CALL edustats.detach('bulletin');
ALTER TABLE platform.course_click RENAME TO course_click_whole;
CREATE TABLE platform.course_click (LIKE platform.course_click_whole) PARTITION BY RANGE (clicked_at);
SELECT format('CREATE TABLE platform.course_click_%s PARTITION OF platform.course_click FOR VALUES FROM (%L) TO (%L)', n,
              timestamptz '2015-03-01 00:00+08' + interval '1 day' * (n - 1),
              timestamptz '2015-03-01 00:00+08' + interval '1 day' * n)
FROM generate_series(1, 31) n \gexec
INSERT INTO platform.course_click SELECT * FROM platform.course_click_whole ORDER BY clicked_at;
DROP TABLE platform.course_click_whole;
CREATE INDEX ON platform.course_click (clicked_at);
CALL edustats.attach();
CALL edustats.refresh();
