-- How fresh the rollup is, and what is not counted.

-- view refresh_status requires member key metric
CREATE OR REPLACE VIEW refresh_status AS
SELECT m.metric, m.source, m.note IS NULL AND l.problem IS NULL AS tracked,
       nullif(concat_ws('; ', m.note, l.problem, d.note,
                        CASE WHEN m.metric = 'closures' THEN (
                            SELECT c.members || ' accounts were closed and never opened within the calendar: they count as no users'
                            FROM closed_unopened c WHERE c.members > 0) END), '') AS note,
       d.dirty_days, d.first_dirty, d.last_dirty, e.failed_days, coalesce(e.message, d.problem) AS error, m.refreshed_at,
       o.rows AS outside_rows, o.first AS first_outside, o.last AS last_outside,
       m.closed_before, nullif((SELECT count(*) FROM late l WHERE l.metric = m.metric), 0) AS late_days, d.marked_days
FROM metric m
CROSS JOIN (SELECT FROM attachment LIMIT 1) a   -- by which edustats.attachment knows a bulletin
CROSS JOIN LATERAL lapsed(m.metric) l(problem)
CROSS JOIN LATERAL (
    SELECT CASE WHEN max(d.problem) IS NULL THEN coalesce(sum(upper(r.days) - lower(r.days)), 0)::bigint END AS dirty_days,
           min(lower(r.days)) AS first_dirty, max(upper(r.days)) - 1 AS last_dirty, max(d.problem) AS problem, max(d.note) AS note,
           CASE WHEN max(d.problem) IS NULL THEN coalesce(max((SELECT sum(upper(u) - lower(u)) FROM unnest(d.marked) u)), 0)::bigint END AS marked_days
    FROM dirty_or_problem(m.metric) d LEFT JOIN LATERAL unnest(d.days) r(days) ON true) d
CROSS JOIN LATERAL (
    SELECT count(*) AS failed_days, (array_agg(concat_ws(': ', CASE WHEN isfinite(f.day) THEN f.day END, f.message) ORDER BY f.day))[1] AS message
    FROM (SELECT e.day, e.message FROM refresh_error e WHERE e.metric = m.metric
          UNION ALL
          SELECT r.day, impossible_text(edustats.total(r.tally)) FROM rollup r WHERE r.metric = m.metric AND r.class < 0) f) e
CROSS JOIN LATERAL (
    SELECT sum(o.rows)::bigint AS rows, min(o.day) AS first, max(o.day) AS last FROM outside o WHERE o.metric = m.metric) o
ORDER BY m.metric;
COMMENT ON VIEW refresh_status IS 'How fresh the rollup is, by metric.';
COMMENT ON COLUMN refresh_status.metric IS 'The metric.';
COMMENT ON COLUMN refresh_status.source IS 'The relation that it counts.';
COMMENT ON COLUMN refresh_status.tracked IS
    'True where triggers see every write to the source; false where days count as dirty for the reason in note.';
COMMENT ON COLUMN refresh_status.note IS 'What can''t be seen or counted, and why; NULL where everything can.';
COMMENT ON COLUMN refresh_status.dirty_days IS 'Days that have been written to since the last refresh. NULL where they can''t be found out, see error.';
COMMENT ON COLUMN refresh_status.first_dirty IS 'The first of them.';
COMMENT ON COLUMN refresh_status.last_dirty IS 'The last of them.';
COMMENT ON COLUMN refresh_status.failed_days IS
    'Days that the last refresh could not compute, or on which it found rows with an impossible weight, which are counted nowhere.';
COMMENT ON COLUMN refresh_status.error IS 'The first of them, and why; or why the dirty days can''t be found out; NULL without.';
COMMENT ON COLUMN refresh_status.refreshed_at IS 'When the last refresh began; NULL before the first.';
COMMENT ON COLUMN refresh_status.outside_rows IS
    'Rows on days outside the calendar, before the metric''s first day or after tomorrow, as the last refresh saw them; they are counted nowhere. NULL without.';
COMMENT ON COLUMN refresh_status.first_outside IS 'The first of their days.';
COMMENT ON COLUMN refresh_status.last_outside IS 'The last of their days.';
COMMENT ON COLUMN refresh_status.closed_before IS 'Days before this one are final; NULL where none are.';
COMMENT ON COLUMN refresh_status.late_days IS
    'How many final days have been written to since, as the last refresh saw it: they are counted as they were. NULL without.';
COMMENT ON COLUMN refresh_status.marked_days IS
    'Those of the dirty days of which it is not known what has changed: each reading computes them from the source until the next refresh has. NULL where they can''t be found out.';
