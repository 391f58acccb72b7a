-- Section 1: who the users are. Composition is as of the end of the month: what was opened less what was closed.

-- An account is open at the end of a month when it was registered by then and not closed by then. Whatever was closed
-- and is not registered by then counts neither up nor down, so that there are never fewer users than none: it is closed in the
-- later of the two. The keys of registrations tell the class: a closure counts whatever class it was computed under.

-- kept account_history requires member
CREATE OR REPLACE VIEW account_history_computed AS
SELECT CASE p.class WHEN 0 THEN (SELECT o.class FROM class o WHERE o.org_type IS NULL AND o.account = 'registered') ELSE p.class END AS class, -- 0 is nobody known, but here are members only
       edustats.tally_agg(edustats.day_number(p.day), p.total) AS opened,
       edustats.rollup(edustats.not_below(edustats.regroup(p.tally, c.closed_on), edustats.day_number(p.day))) AS closed
FROM piece p
CROSS JOIN (SELECT coalesce(edustats.tally_agg(c.key, edustats.day_number(c.day)), '{}') AS closed_on
            FROM (SELECT e.key, min(c.day) AS day FROM piece c CROSS JOIN LATERAL edustats.each(c.tally) e WHERE c.metric = 'closures' GROUP BY e.key) c) c
WHERE p.metric = 'registrations'
GROUP BY 1;
COMMENT ON VIEW account_history_computed IS 'How the number of accounts came about, by class of member: tallies by day, for edustats.in_days.';
COMMENT ON COLUMN account_history_computed.class IS 'Class of member.';
COMMENT ON COLUMN account_history_computed.opened IS 'Accounts registered, by the first day of the piece of time.';
COMMENT ON COLUMN account_history_computed.closed IS 'Those of them that were closed.';

-- data user_month requires member
CREATE OR REPLACE VIEW user_month AS
SELECT m.month, c.kind, c.org_type, c.account, c.account_label, sum(r.opened - edustats.in_days(h.closed, '-infinity', m.last_day))::bigint AS users,
       sum(edustats.in_days(h.opened, '-infinity', m.month - 1) - edustats.in_days(h.closed, '-infinity', m.month - 1))::bigint AS users_before,
       sum(edustats.in_days(h.opened, m.month, m.last_day))::bigint AS new,
       sum(edustats.in_days(h.opened, m.previous, m.month - 1))::bigint AS new_before, sum(r.opened)::bigint AS opened,
       sum(edustats.in_days(h.opened, '-infinity', m.year_before_end) - edustats.in_days(h.closed, '-infinity', m.year_before_end))::bigint
           AS users_year_before,
       sum(edustats.in_days(h.opened, m.year_before, m.year_before_end))::bigint AS new_year_before,
       sum(edustats.in_days(h.opened, m.year, m.last_day))::bigint AS new_in_year
FROM calendar m
CROSS JOIN account_history h
CROSS JOIN LATERAL (SELECT edustats.in_days(h.opened, '-infinity', m.last_day) AS opened OFFSET 0) r
JOIN class_kind c ON c.class = h.class
WHERE r.opened > 0
GROUP BY m.month, c.kind, c.org_type, c.account, c.account_label;
COMMENT ON VIEW user_month IS
    'Users by kind of organisation and of account: how many at the end of the month and of the one before, and how many were new.';
COMMENT ON COLUMN user_month.month IS 'First day of the month.';
COMMENT ON COLUMN user_month.kind IS 'Code of the kind of organisation; NULL for individual users.';
COMMENT ON COLUMN user_month.org_type IS 'Kind of organisation; NULL for individual users.';
COMMENT ON COLUMN user_month.account IS 'station, registered or individual.';
COMMENT ON COLUMN user_month.account_label IS 'What such accounts are called.';
COMMENT ON COLUMN user_month.users IS 'Accounts open at the end of the month: registered by then and not closed by then.';
COMMENT ON COLUMN user_month.users_before IS 'Accounts open at the end of the month before.';
COMMENT ON COLUMN user_month.new IS 'Accounts registered in the month.';
COMMENT ON COLUMN user_month.new_before IS 'Accounts registered in the month before.';
COMMENT ON COLUMN user_month.opened IS 'Accounts ever registered until the end of the month.';
COMMENT ON COLUMN user_month.users_year_before IS 'Accounts open at the end of the same month of the year before.';
COMMENT ON COLUMN user_month.new_year_before IS 'Accounts registered in the same month of the year before.';
COMMENT ON COLUMN user_month.new_in_year IS 'Accounts registered from January of the month''s year to the end of the month.';

-- data closed_unopened requires member
CREATE OR REPLACE VIEW closed_unopened AS
SELECT count(DISTINCT c.key) AS members
FROM (SELECT t.day, e.key FROM piece t CROSS JOIN LATERAL edustats.each(t.tally) e WHERE t.metric = 'closures') c
WHERE NOT EXISTS (
    SELECT FROM (SELECT t.day, e.key
                 FROM piece t
                 CROSS JOIN (SELECT edustats.rollup(a.tally) AS keys FROM piece a WHERE a.metric = 'closures') a
                 CROSS JOIN LATERAL edustats.each(edustats.keep(t.tally, a.keys)) e
                 WHERE t.metric = 'registrations') r
    WHERE r.key = c.key AND r.day <= c.day);
COMMENT ON VIEW closed_unopened IS
    'Accounts closed without having been open: not registered at any time that counts, or in a later month. They are nowhere among the users from their closing on.';
COMMENT ON COLUMN closed_unopened.members IS 'How many.';

-- view users requires member key month org_type account
CREATE OR REPLACE VIEW users AS
SELECT month, org_type, account_label AS account, sum(users)::bigint AS users FROM user_month GROUP BY month, org_type, account_label;
COMMENT ON VIEW users IS 'Users at the end of the month, by kind of organisation and of account.';
COMMENT ON COLUMN users.month IS 'First day of the month.';
COMMENT ON COLUMN users.org_type IS 'Kind of organisation; NULL for individual users.';
COMMENT ON COLUMN users.account IS 'Station user, other collective user or individual user.';
COMMENT ON COLUMN users.users IS 'Number of accounts open at the end of the month.';

-- data headline_users requires member
CREATE OR REPLACE VIEW headline_users AS
SELECT m.month, v.metric, v.value, v.previous, edustats.growth(v.value, v.previous) AS growth, v.cumulative,
       v.last_year, edustats.growth(v.value, v.last_year) AS growth_on_year, v.year_to_date
FROM calendar m
CROSS JOIN LATERAL (
    SELECT g.metric, coalesce(sum(x.value), 0) AS value, coalesce(sum(x.previous), 0) AS previous, coalesce(sum(x.cumulative), 0) AS cumulative,
           coalesce(sum(x.last_year), 0) AS last_year, CASE WHEN NOT g.at_end THEN coalesce(sum(x.year_to_date), 0) END AS year_to_date
    FROM (VALUES (1, 'users', true, ARRAY['station', 'registered', 'individual']), (2, 'collective_users', true, '{station,registered}'),
                 (3, 'individual_users', true, '{individual}'), (4, 'station_users', true, '{station}'),
                 (5, 'new_users', false, '{station,registered,individual}'), (6, 'new_allocated_users', false, '{station}'),
                 (7, 'new_registered_users', false, '{registered,individual}')) g(place, metric, at_end, accounts)
    LEFT JOIN (
        SELECT u.account, a.*
        FROM user_month u
        CROSS JOIN LATERAL (VALUES (true, u.users, u.users_before, u.users, u.users_year_before, NULL),
                                   (false, u.new, u.new_before, u.opened, u.new_year_before, u.new_in_year))
            a(at_end, value, previous, cumulative, last_year, year_to_date)
        WHERE u.month = m.month) x ON x.at_end = g.at_end AND x.account = ANY (g.accounts)
    GROUP BY g.place, g.metric, g.at_end
    ORDER BY g.place) v;
COMMENT ON VIEW headline_users IS
    'The headline''s rows about users: how many at the end of the month, and how many new ones by channel.';

-- A row is of a kind, of a sort of account, or of both; that of neither is the total.

-- view table_1 requires member key month row
CREATE OR REPLACE VIEW table_1 AS
SELECT m.month, row_number() OVER (PARTITION BY m.month ORDER BY r.part, r.place, r.sort)::integer AS row,
       r.audience, r.org_type, r.account_label AS account, coalesce(sum(u.users), 0)::bigint AS users
FROM calendar m
CROSS JOIN (
    SELECT 1 AS part, w.collective AS audience, k.place, k.kind, k.label AS org_type, a.sort, a.account, a.label AS account_label
    FROM word w
    CROSS JOIN kind k
    JOIN LATERAL (VALUES (true, 1, 'station', w.station), (true, 2, 'registered', w.registered), (false, 1, NULL, NULL))
        a(by_account, sort, account, label) ON a.by_account = k.by_account
    UNION ALL
    SELECT p.part, p.audience, NULL::bigint AS place, NULL::text AS kind, NULL::text AS org_type, 1 AS sort, p.account, NULL::text AS label
    FROM word w CROSS JOIN LATERAL (VALUES (2, w.individual, 'individual'), (3, w.total, NULL)) p(part, audience, account)) r
LEFT JOIN user_month u ON u.month = m.month AND (r.kind IS NULL OR u.kind = r.kind) AND (r.account IS NULL OR u.account = r.account)
GROUP BY m.month, r.part, r.audience, r.place, r.kind, r.org_type, r.sort, r.account, r.account_label
HAVING CASE WHEN r.kind = 'other' THEN sum(u.users) > 0 WHEN r.account = 'individual' THEN sum(u.opened) > 0 ELSE true END
ORDER BY 1, 2;
COMMENT ON VIEW table_1 IS
    'Table 1: composition of the users at the end of the month. Rows for other kinds of organisation are there only when they have users, and that for individuals once there have been any.';
COMMENT ON COLUMN table_1.month IS 'First day of the month.';
COMMENT ON COLUMN table_1.row IS 'Order of the rows; the last is the total.';
COMMENT ON COLUMN table_1.audience IS 'Collective, individual or total.';
COMMENT ON COLUMN table_1.org_type IS 'Kind of organisation; NULL for individuals and the total.';
COMMENT ON COLUMN table_1.account IS 'Station user or other; NULL where the table does not tell them apart.';
COMMENT ON COLUMN table_1.users IS 'Number of accounts open at the end of the month.';

-- data user_kind requires member
CREATE OR REPLACE VIEW user_kind AS
SELECT u.month, u.kind, k.label, k.place, sum(u.users) AS users, sum(u.users_before) AS users_before,
       sum(u.users) FILTER (WHERE u.account = 'individual') AS individual,
       sum(u.users) FILTER (WHERE u.account = 'station') AS stations,
       sum(sum(u.users) FILTER (WHERE u.kind IS NOT NULL)) OVER (PARTITION BY u.month) AS collective,
       sum(u.new) AS new, sum(u.new) FILTER (WHERE u.account = 'station') AS allocated
FROM user_month u
LEFT JOIN kind k ON k.kind = u.kind
GROUP BY u.month, u.kind, k.label, k.place;
COMMENT ON VIEW user_kind IS 'Users by kind of organisation, as sentences tell of them.';
COMMENT ON COLUMN user_kind.month IS 'First day of the month.';
COMMENT ON COLUMN user_kind.kind IS 'Code of the kind of organisation; NULL for individual users.';
COMMENT ON COLUMN user_kind.label IS 'What it is called; NULL for individual users.';
COMMENT ON COLUMN user_kind.place IS 'Its place in tables and sentences; NULL for others and individual users, who come last.';
COMMENT ON COLUMN user_kind.users IS 'Accounts open at the end of the month.';
COMMENT ON COLUMN user_kind.users_before IS 'Accounts open at the end of the month before.';
COMMENT ON COLUMN user_kind.individual IS 'Those of the accounts that are individual users; NULL for none.';
COMMENT ON COLUMN user_kind.stations IS 'Those of the accounts that are stations; NULL for none.';
COMMENT ON COLUMN user_kind.collective IS 'Accounts of organisations of all kinds.';
COMMENT ON COLUMN user_kind.new IS 'Accounts registered in the month.';
COMMENT ON COLUMN user_kind.allocated IS 'Those of them that are stations; NULL for none.';
