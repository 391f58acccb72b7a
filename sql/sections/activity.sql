-- What all sections read: the days that are dirty, the activity by day and by month, the months there are.

-- data dirty_day requires member
CREATE OR REPLACE VIEW dirty_day AS
SELECT m.metric, edustats.month_of(lower(r.days) + n) AS month, lower(r.days) + n AS day
FROM metric m
CROSS JOIN LATERAL dirty(m.metric) d
CROSS JOIN LATERAL unnest(d.days) r(days)
CROSS JOIN LATERAL generate_series(0, upper(r.days) - lower(r.days) - 1) n;
COMMENT ON VIEW dirty_day IS 'Days whose rollup is out of date. Reading is right all the same; refresh makes it fast.';
COMMENT ON COLUMN dirty_day.metric IS 'The metric.';
COMMENT ON COLUMN dirty_day.month IS 'First day of the month.';
COMMENT ON COLUMN dirty_day.day IS 'Local day.';

-- In the two views below, a metric's dirty days are looked up once, and what they are taken out of is an index range. Rows
-- of class -1 have an impossible weight: they are told in refresh_status, and counted nowhere.

-- data activity requires member
CREATE OR REPLACE VIEW activity AS
SELECT m.metric, t.month, t.day, t.class, t.tally
FROM metric m
CROSS JOIN LATERAL dirty(m.metric) d
CROSS JOIN LATERAL (
    SELECT r.month, r.day, r.class, r.tally
    FROM rollup r
    WHERE r.metric = m.metric AND (r.month <> ALL (d.months) OR NOT r.day <@ d.days)
    UNION ALL
    SELECT u.month, l.day, l.class, l.tally
    FROM unnest(d.months) u(month)
    CROSS JOIN LATERAL live_days(m.metric, u.month, d.days) l) t
WHERE t.class >= 0;
COMMENT ON VIEW activity IS
    'What was done: a tally (key, count) by metric, local day and class of member. Clean days come from the rollup, dirty days from the sources, so it is right at every moment.';
COMMENT ON COLUMN activity.metric IS 'The metric.';
COMMENT ON COLUMN activity.month IS 'First day of the month.';
COMMENT ON COLUMN activity.day IS 'Local day.';
COMMENT ON COLUMN activity.class IS 'Class of member, see edustats.class; 0 where the metric has none or nobody is known.';
COMMENT ON COLUMN activity.tally IS 'Count, or sum of the weight, of each key; never NULL, never empty.';

-- data monthly requires member
CREATE OR REPLACE VIEW monthly AS
SELECT m.metric, t.month, t.class, t.total, t.tally
FROM metric m
CROSS JOIN LATERAL dirty(m.metric) d
CROSS JOIN LATERAL (
    SELECT r.month, r.class, r.total, r.tally
    FROM rollup_month r
    WHERE r.metric = m.metric AND r.month <> ALL (d.months)
    UNION ALL
    SELECT u.month, l.class, l.total, l.tally
    FROM unnest(d.months) u(month)
    CROSS JOIN LATERAL live_month(m.metric, u.month) l) t
WHERE t.class >= 0;
COMMENT ON VIEW monthly IS 'The activity by month: a tally and its total by metric and class of member.';
COMMENT ON COLUMN monthly.metric IS 'The metric.';
COMMENT ON COLUMN monthly.month IS 'First day of the month.';
COMMENT ON COLUMN monthly.class IS 'Class of member, see edustats.class.';
COMMENT ON COLUMN monthly.total IS 'Total of the tally, in the metric''s unit.';
COMMENT ON COLUMN monthly.tally IS 'Count, or sum of the weight, of each key.';

-- data calendar requires member
CREATE OR REPLACE VIEW calendar AS
SELECT g.month, b.last_day, b.starts_at, b.ends_at
FROM months() g
CROSS JOIN LATERAL (
    SELECT n.month - 1 AS last_day, edustats.day_start(g.month, a.timezone) AS starts_at,
           edustats.day_start(n.month, a.timezone) AS ends_at
    FROM (SELECT (SELECT timezone FROM attachment)) a(timezone), (SELECT (g.month + interval '1 month')::date) n(month)
    OFFSET 0) b;                -- kept by itself, so that what joins it does not compute it for each of its own rows
COMMENT ON VIEW calendar IS 'The months that the bulletin''s views have rows for: from the first activity to now, or to the last.';
COMMENT ON COLUMN calendar.month IS 'First day of the month.';
COMMENT ON COLUMN calendar.last_day IS 'Last day of the month.';
COMMENT ON COLUMN calendar.starts_at IS 'Instant at which the month begins in the bulletin''s zone.';
COMMENT ON COLUMN calendar.ends_at IS 'Instant at which the next month begins.';

-- data monthly_tally requires member
CREATE OR REPLACE VIEW monthly_tally AS
SELECT m.metric, c.month, t.tally
FROM metric m
CROSS JOIN calendar c
CROSS JOIN LATERAL (SELECT edustats.rollup(t.tally) AS tally FROM monthly t WHERE t.metric = m.metric AND t.month = c.month) t
WHERE t.tally IS NOT NULL;      -- a join and no GROUP BY, so that the planner expects one row of a month
COMMENT ON VIEW monthly_tally IS 'The activity by month, of all classes of members together.';
COMMENT ON COLUMN monthly_tally.metric IS 'The metric.';
COMMENT ON COLUMN monthly_tally.month IS 'First day of the month.';
COMMENT ON COLUMN monthly_tally.tally IS 'Count, or sum of the weight, of each key.';

-- data metric_total requires member
CREATE OR REPLACE VIEW metric_total AS
SELECT c.month, m.metric, t.value, t.previous, edustats.growth(t.value, t.previous) AS growth,
       t.cumulative + (SELECT coalesce(sum(o.amount), 0) FROM opening o WHERE o.metric = m.metric) AS cumulative
FROM calendar c
CROSS JOIN metric m
CROSS JOIN LATERAL (
    SELECT coalesce(sum(v.total) FILTER (WHERE v.month = c.month), 0) AS value,
           coalesce(sum(v.total) FILTER (WHERE v.month = (c.month - interval '1 month')::date), 0) AS previous,
           coalesce(sum(v.total), 0) AS cumulative
    FROM monthly v
    WHERE v.metric = m.metric AND v.month <= c.month) t;
COMMENT ON VIEW metric_total IS 'Each metric in the month, in the month before, and from the beginning, in its unit.';
COMMENT ON COLUMN metric_total.month IS 'First day of the month.';
COMMENT ON COLUMN metric_total.metric IS 'The metric.';
COMMENT ON COLUMN metric_total.value IS 'Total of the month.';
COMMENT ON COLUMN metric_total.previous IS 'Total of the month before.';
COMMENT ON COLUMN metric_total.growth IS 'Growth over the month before in percent; NULL where that was nothing.';
COMMENT ON COLUMN metric_total.cumulative IS 'Total from the platform''s beginning, opening balance included.';
