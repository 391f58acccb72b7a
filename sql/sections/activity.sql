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
-- of class -1 have an impossible weight: they are told in refresh_status, and counted nowhere. While views are read for a period,
-- its days are all there are, and it is their month.

-- data activity requires member
CREATE OR REPLACE VIEW activity AS
SELECT m.metric, t.month, t.day, t.class, t.tally
FROM metric m
CROSS JOIN LATERAL dirty(m.metric) d
CROSS JOIN LATERAL (
    SELECT r.month, r.day, r.class, r.tally
    FROM rollup r
    WHERE d.by_month AND r.metric = m.metric AND (r.month <> ALL (d.months) OR NOT r.day <@ d.days)
    UNION ALL
    SELECT u.month, l.day, l.class, l.tally
    FROM unnest(d.months) u(month)
    CROSS JOIN LATERAL live_days(m.metric, u.month, d.days) l
    WHERE d.by_month
    UNION ALL
    SELECT u.month, p.day, p.class, p.tally
    FROM unnest(d.months) u(month)
    CROSS JOIN LATERAL pieces(m.metric, edustats.period(), months_of(datemultirange(edustats.period()))) p
    WHERE NOT d.by_month) t
WHERE t.class >= 0;
COMMENT ON VIEW activity IS
    'What was done: a tally (key, count) by metric, local day and class of member. Clean days come from the rollup, dirty days from the sources, so it is right at every moment.';
COMMENT ON COLUMN activity.metric IS 'The metric.';
COMMENT ON COLUMN activity.month IS 'First day of the month.';
COMMENT ON COLUMN activity.day IS 'Local day.';
COMMENT ON COLUMN activity.class IS 'Class of member, see class_kind; 0 where the metric has none or nobody is known.';
COMMENT ON COLUMN activity.tally IS 'Count, or sum of the weight, of each key; never NULL, never empty.';

-- data monthly requires member
CREATE OR REPLACE VIEW monthly AS
SELECT m.metric, t.month, t.class, t.total, t.tally
FROM metric m
CROSS JOIN LATERAL dirty(m.metric) d
CROSS JOIN LATERAL (
    SELECT r.month, r.class, r.total, r.tally
    FROM rollup_month r
    WHERE d.by_month AND r.metric = m.metric AND r.month <> ALL (d.months)
    UNION ALL
    SELECT u.month, l.class, l.total, l.tally
    FROM unnest(d.months) u(month)
    CROSS JOIN LATERAL live_month(m.metric, u.month) l) t
WHERE t.class >= 0;
COMMENT ON VIEW monthly IS 'The activity by month: a tally and its total by metric and class of member.';
COMMENT ON COLUMN monthly.metric IS 'The metric.';
COMMENT ON COLUMN monthly.month IS 'First day of the month.';
COMMENT ON COLUMN monthly.class IS 'Class of member, see class_kind.';
COMMENT ON COLUMN monthly.total IS 'Total of the tally, in the metric''s unit.';
COMMENT ON COLUMN monthly.tally IS 'Count, or sum of the weight, of each key.';

-- data months requires member
CREATE OR REPLACE VIEW months AS
SELECT m.month, m.last_day FROM month_bounds() b CROSS JOIN LATERAL edustats.each_month(b.first, b.last) m;
COMMENT ON VIEW months IS 'The months that the bulletin''s views have rows for; while they are read for a period, that is the only one.';
COMMENT ON COLUMN months.month IS 'First day of the month, or of the period.';
COMMENT ON COLUMN months.last_day IS 'Its last day.';

-- data calendar requires member
CREATE OR REPLACE VIEW calendar AS
SELECT g.month, g.last_day, b.*
FROM months g
CROSS JOIN LATERAL (
    SELECT edustats.day_start(g.month, a.timezone) AS starts_at, edustats.day_start(g.last_day + 1, a.timezone) AS ends_at,
           edustats.period_before(g.month, g.last_day) AS previous, date_trunc('year', g.last_day::timestamp)::date AS year,
           (g.month - interval '1 year')::date AS year_before, (g.last_day + 1 - interval '1 year')::date - 1 AS year_before_end,
           q.quarter, edustats.period_before(q.quarter, g.last_day) AS quarter_before, (q.quarter - interval '1 year')::date AS quarter_year_before
    FROM (SELECT (SELECT timezone FROM attachment)) a(timezone),
         (SELECT CASE WHEN edustats.period() IS NOT NULL THEN g.month
                      WHEN extract(month FROM g.month)::integer % 3 = 0 THEN date_trunc('quarter', g.month::timestamp)::date END) q(quarter)
    OFFSET 0) b;                -- kept by itself, so that what joins it does not compute it for each of its own rows
COMMENT ON VIEW calendar IS 'The months that the bulletin''s views have rows for: from the first activity to now, or to the last; or the period that they are being read for.';
COMMENT ON COLUMN calendar.month IS 'First day of the month, or of the period.';
COMMENT ON COLUMN calendar.last_day IS 'Its last day.';
COMMENT ON COLUMN calendar.starts_at IS 'Instant at which it begins in the bulletin''s zone.';
COMMENT ON COLUMN calendar.ends_at IS 'Instant at which what follows it begins.';
COMMENT ON COLUMN calendar.previous IS 'First day of the month before; of the period before, which goes to the day before this one begins.';
COMMENT ON COLUMN calendar.year IS 'First day of January of the year that it ends in.';
COMMENT ON COLUMN calendar.year_before IS 'First day of the same month, or period, of the year before.';
COMMENT ON COLUMN calendar.year_before_end IS 'Last day of that.';
COMMENT ON COLUMN calendar.quarter IS 'First day of what is told by quarters: of the quarter that ends with the month, NULL where none does; the first day of a period.';
COMMENT ON COLUMN calendar.quarter_before IS 'First day of what was before that, NULL without.';
COMMENT ON COLUMN calendar.quarter_year_before IS 'First day of the same of the year before, which goes to year_before_end; NULL without.';

-- What goes over several months is added up of pieces, none of which is partly in a range of the calendar's and partly not: by
-- its first day one tells where it is.

-- data piece requires member
CREATE OR REPLACE VIEW piece AS
SELECT m.metric, m.month AS day, m.class, m.total, m.tally FROM monthly m WHERE edustats.period() IS NULL
UNION ALL
SELECT m.metric, p.day, p.class, p.total, p.tally
FROM metric m CROSS JOIN LATERAL period_pieces(m.metric, '(,)') p WHERE edustats.period() IS NOT NULL;
COMMENT ON VIEW piece IS 'The activity of all time: a tally and its total by metric and class of member, in months, or, while views are read for a period, in months and days.';
COMMENT ON COLUMN piece.metric IS 'The metric.';
COMMENT ON COLUMN piece.day IS 'First day of the piece.';
COMMENT ON COLUMN piece.class IS 'Class of member, see class_kind.';
COMMENT ON COLUMN piece.total IS 'Total of the tally, in the metric''s unit.';
COMMENT ON COLUMN piece.tally IS 'Count, or sum of the weight, of each key.';

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
SELECT c.month, m.metric, t.value, t.previous, edustats.growth(t.value, t.previous) AS growth, t.cumulative + m.opening AS cumulative,
       t.last_year, edustats.growth(t.value, t.last_year) AS growth_on_year, t.year_to_date
FROM calendar c
CROSS JOIN (
    SELECT m.metric, metric_history(m.metric) AS totals, coalesce(sum(o.amount), 0) AS opening
    FROM metric m LEFT JOIN opening o ON o.metric = m.metric
    GROUP BY m.metric) m        -- once for a metric, and not for each of its months
CROSS JOIN LATERAL (
    SELECT edustats.in_days(m.totals, c.month, c.last_day)::numeric AS value, edustats.in_days(m.totals, c.previous, c.month - 1)::numeric AS previous,
           edustats.in_days(m.totals, '-infinity', c.last_day)::numeric AS cumulative,
           edustats.in_days(m.totals, c.year_before, c.year_before_end)::numeric AS last_year,
           edustats.in_days(m.totals, c.year, c.last_day)::numeric AS year_to_date
    OFFSET 0) t;                -- or each is found as often as it is used
COMMENT ON VIEW metric_total IS 'Each metric in the month, in the month before, in the same month of the year before, and from the beginning, in its unit.';
COMMENT ON COLUMN metric_total.month IS 'First day of the month.';
COMMENT ON COLUMN metric_total.metric IS 'The metric.';
COMMENT ON COLUMN metric_total.value IS 'Total of the month.';
COMMENT ON COLUMN metric_total.previous IS 'Total of the month before.';
COMMENT ON COLUMN metric_total.growth IS 'Growth over the month before in percent; NULL where that was nothing.';
COMMENT ON COLUMN metric_total.cumulative IS 'Total from the platform''s beginning, opening balance included.';
COMMENT ON COLUMN metric_total.last_year IS 'Total of the same month of the year before.';
COMMENT ON COLUMN metric_total.growth_on_year IS 'Growth over that in percent; NULL where it was nothing.';
COMMENT ON COLUMN metric_total.year_to_date IS 'Total from January of the month''s year to the end of the month.';

-- What is printed beside the platform's own names. One row, so that a join with it is none.

-- data word requires member
CREATE OR REPLACE VIEW word AS
SELECT coalesce(max(l.label) FILTER (WHERE l.name = 'station'), 'station') AS station,
       coalesce(max(l.label) FILTER (WHERE l.name = 'registered'), 'registered') AS registered,
       coalesce(max(l.label) FILTER (WHERE l.name = 'individual'), 'individual') AS individual,
       coalesce(max(l.label) FILTER (WHERE l.name = 'collective'), 'collective') AS collective,
       coalesce(max(l.label) FILTER (WHERE l.name = 'total'), 'total') AS total,
       coalesce(max(l.label) FILTER (WHERE l.name = 'other'), 'other') AS other,
       coalesce(max(l.label) FILTER (WHERE l.name = 'unnamed'), 'unnamed') AS unnamed,
       coalesce(max(l.label) FILTER (WHERE l.name = 'this_' || p.kind), 'this period') AS this,
       coalesce(max(l.label) FILTER (WHERE l.name = 'before_' || p.kind), 'the period before') AS before,
       coalesce(max(l.label) FILTER (WHERE l.name = 'this_' || CASE p.kind WHEN 'month' THEN 'quarter' ELSE p.kind END), 'this period') AS this_quarter
FROM label l
CROSS JOIN (SELECT edustats.period_kind(edustats.period()) AS kind OFFSET 0) p;
COMMENT ON VIEW word IS 'The words that views print, by what they are for, as in the table "label".';
COMMENT ON COLUMN word.station IS 'Accounts of organisations that the platform allocated.';
COMMENT ON COLUMN word.registered IS 'Accounts of organisations that registered themselves.';
COMMENT ON COLUMN word.individual IS 'Accounts of persons.';
COMMENT ON COLUMN word.collective IS 'Accounts of organisations.';
COMMENT ON COLUMN word.total IS 'The row of a total.';
COMMENT ON COLUMN word.other IS 'What has no district, category or kind of its own.';
COMMENT ON COLUMN word.unnamed IS 'One thing whose name is not known.';
COMMENT ON COLUMN word.this IS 'The month, or what else the period is that views are read for.';
COMMENT ON COLUMN word.before IS 'The month before, or the period before that.';
COMMENT ON COLUMN word.this_quarter IS 'The quarter that ends with the month; the same as "this" where views are read for another period.';

-- A kind that is called as others are is none of its own.

-- data kind requires member
CREATE OR REPLACE VIEW kind AS
SELECT o.code AS kind, coalesce(o.label, o.org_type) AS label, row_number() OVER (ORDER BY o.position, o.code) AS place,
       o.compared, o.told_together, o.by_account
FROM org_type o
WHERE o.org_type NOT IN (SELECT w.other FROM word w)
UNION ALL
SELECT 'other' AS kind, w.other AS label, NULL::bigint AS place, false AS compared, false AS told_together, true AS by_account FROM word w;
COMMENT ON VIEW kind IS 'The kinds of organisation that are told apart, and that of all others.';
COMMENT ON COLUMN kind.kind IS 'Code of the kind, as in "org_type"; "other".';
COMMENT ON COLUMN kind.label IS 'What it is called.';
COMMENT ON COLUMN kind.place IS 'Its place, ascending; NULL, and so last, for others.';
COMMENT ON COLUMN kind.compared IS 'Is it one of those that tables 3, 5 and 7 compare?';
COMMENT ON COLUMN kind.told_together IS 'Does the sentence about learning time take it together with others?';
COMMENT ON COLUMN kind.by_account IS 'Does table 1 tell its station users from the others?';

-- data class_kind requires member
CREATE OR REPLACE VIEW class_kind AS
SELECT c.class, c.org_type AS value, c.account,
       CASE c.account WHEN 'station' THEN w.station WHEN 'registered' THEN w.registered WHEN 'individual' THEN w.individual END AS account_label,
       CASE WHEN c.account <> 'individual' THEN coalesce(o.code, 'other') END AS kind,
       CASE WHEN c.account <> 'individual' THEN coalesce(o.org_type, w.other) END AS org_type,
       coalesce(o.compared, false) AS compared
FROM class c
CROSS JOIN word w
LEFT JOIN org_type o ON o.org_type = c.org_type AND o.org_type <> w.other;
COMMENT ON VIEW class_kind IS 'What is printed of each class of members.';
COMMENT ON COLUMN class_kind.class IS 'The class.';
COMMENT ON COLUMN class_kind.value IS 'Kind of organisation, as the platform has it; NULL without, and for those that have no class of their own.';
COMMENT ON COLUMN class_kind.account IS 'station, registered or individual; NULL for nobody known.';
COMMENT ON COLUMN class_kind.account_label IS 'What such accounts are called.';
COMMENT ON COLUMN class_kind.kind IS 'Code of the kind, as in the view "kind"; NULL for individuals and nobody known.';
COMMENT ON COLUMN class_kind.org_type IS
    'Kind of organisation as facts have it: as the platform has it, or the word for others; NULL for individuals and nobody known.';
COMMENT ON COLUMN class_kind.compared IS 'Is it one of those that tables 3, 5 and 7 compare?';
