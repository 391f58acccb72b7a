-- Checks: what breaks the rules of the bulletin's owner, and what rules look at besides what is printed.

-- data station_without_fitness requires member district station_fitness
CREATE OR REPLACE VIEW station_without_fitness AS
SELECT m.month, h.org_type AS row, sum(e.count)::text AS found
FROM calendar m
CROSS JOIN station_book b
CROSS JOIN (SELECT coalesce(edustats.rollup(f.fit_from), '{}') AS stations FROM fitness_book f) f
CROSS JOIN LATERAL edustats.each(edustats.regroup(edustats.drop(edustats.lasting(b.opened, b.closed, m.last_day), f.stations), b.groups)) e
JOIN station_history h ON h.station_group = e.key
GROUP BY m.month, h.org_type;
COMMENT ON VIEW station_without_fitness IS
    'Stations open at the end of the month of which it is not on file when they were or will be fit for use: they are expected to learn in no month.';
COMMENT ON COLUMN station_without_fitness.month IS 'First day of the month.';
COMMENT ON COLUMN station_without_fitness.row IS 'Kind of organisation, or the word for others.';
COMMENT ON COLUMN station_without_fitness.found IS 'How many.';

-- data closed_without_opening requires member
CREATE OR REPLACE VIEW closed_without_opening AS
SELECT m.month, edustats.cardinality(c.closed)::text AS found
FROM calendar m
CROSS JOIN LATERAL (SELECT coalesce(edustats.rollup(t.tally), '{}') AS closed FROM monthly t WHERE t.metric = 'closures' AND t.month = m.month) t
CROSS JOIN LATERAL (
    SELECT edustats.drop(t.closed, coalesce(edustats.rollup(edustats.keep(p.tally, t.closed)), '{}')) AS closed
    FROM piece p
    WHERE p.metric = 'registrations' AND p.day <= m.last_day) c
WHERE c.closed <> '{}';
COMMENT ON VIEW closed_without_opening IS 'Accounts closed in the month that had not been registered by its end: they count as no users.';
COMMENT ON COLUMN closed_without_opening.month IS 'First day of the month.';
COMMENT ON COLUMN closed_without_opening.found IS 'How many.';

-- view failure requires member key month position
CREATE OR REPLACE VIEW failure AS
SELECT m.month, f.rule, f.severity, f.view, f.row, f.column, f.found, f.expected, f.message, f.position
FROM months m
CROSS JOIN LATERAL month_failures(m.month, m.last_day) WITH ORDINALITY f(rule, severity, view, "row", "column", found, expected, message, position);
COMMENT ON VIEW failure IS 'What breaks the bulletin''s rules: a row for each cell, or other thing, that does.';
COMMENT ON COLUMN failure.month IS 'First day of the month.';
COMMENT ON COLUMN failure.rule IS 'The rule, see the table "rule" of the bulletin''s data.';
COMMENT ON COLUMN failure.severity IS 'error: the month can''t be published so; warning or notice.';
COMMENT ON COLUMN failure.view IS 'The view whose cell it is.';
COMMENT ON COLUMN failure.row IS 'Its row: what stands at its head, its rank, the label of a bar, the metric, or its place. NULL for none in particular.';
COMMENT ON COLUMN failure.column IS 'Its column. NULL for none.';
COMMENT ON COLUMN failure.found IS 'What is printed; NULL where nothing is.';
COMMENT ON COLUMN failure.expected IS 'What should be, ≤ or ≥ a limit, or the words that should tell it. NULL where that can''t be said.';
COMMENT ON COLUMN failure.message IS 'That in words, in the bulletin''s language.';
COMMENT ON COLUMN failure.position IS 'Order in the month: errors first, then warnings.';
