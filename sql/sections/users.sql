-- Section 1: who the users are. Composition is as of the end of the month: what was opened less what was closed.

-- view users requires member
CREATE OR REPLACE VIEW users AS
SELECT m.month, c.org_type, c.account, b.users
FROM calendar m
CROSS JOIN LATERAL (
    SELECT x.class, sum(x.change)::bigint AS users
    FROM (SELECT r.class, r.total AS change FROM (SELECT * FROM monthly WHERE metric = 'registrations') r WHERE r.month <= m.month
          UNION ALL
          SELECT r.class, -r.total FROM (SELECT * FROM monthly WHERE metric = 'closures') r WHERE r.month <= m.month) x
    GROUP BY x.class) b
JOIN edustats.class c ON c.class = b.class;
COMMENT ON VIEW users IS 'Users at the end of the month, by kind of organisation and of account.';
COMMENT ON COLUMN users.month IS 'First day of the month.';
COMMENT ON COLUMN users.org_type IS 'Kind of organisation; NULL for individual users.';
COMMENT ON COLUMN users.account IS 'Station user, other collective user or individual user; NULL for an unknown org_type.';
COMMENT ON COLUMN users.users IS 'Number of accounts open at the end of the month.';

-- view headline_users requires member
CREATE OR REPLACE VIEW headline_users AS
SELECT m.month, v.metric, v.value, v.previous, edustats.growth(v.value, v.previous) AS growth, v.cumulative
FROM calendar m
CROSS JOIN LATERAL (
    SELECT sum(x.change) AS users,
           sum(x.change) FILTER (WHERE x.month < m.month) AS users_before,
           sum(x.change) FILTER (WHERE c.org_type IS NOT NULL) AS collective,
           sum(x.change) FILTER (WHERE c.org_type IS NOT NULL AND x.month < m.month) AS collective_before,
           sum(x.change) FILTER (WHERE c.account = '个人用户') AS individual,
           sum(x.change) FILTER (WHERE c.account = '个人用户' AND x.month < m.month) AS individual_before,
           sum(x.change) FILTER (WHERE c.account = '站点用户') AS station,
           sum(x.change) FILTER (WHERE c.account = '站点用户' AND x.month < m.month) AS station_before,
           sum(x.opened) AS opened,
           sum(x.opened) FILTER (WHERE x.month = m.month) AS new,
           sum(x.opened) FILTER (WHERE x.month = b.month) AS new_before,
           sum(x.opened) FILTER (WHERE c.account = '站点用户') AS allocated,
           sum(x.opened) FILTER (WHERE c.account = '站点用户' AND x.month = m.month) AS new_allocated,
           sum(x.opened) FILTER (WHERE c.account = '站点用户' AND x.month = b.month) AS new_allocated_before
    FROM (SELECT r.month, r.class, r.total AS change, r.total AS opened FROM (SELECT * FROM monthly WHERE metric = 'registrations') r WHERE r.month <= m.month
          UNION ALL
          SELECT r.month, r.class, -r.total, 0 FROM (SELECT * FROM monthly WHERE metric = 'closures') r WHERE r.month <= m.month) x
    JOIN edustats.class c ON c.class = x.class
    CROSS JOIN (SELECT (m.month - interval '1 month')::date) b(month)) u
CROSS JOIN LATERAL (VALUES
    ('users', coalesce(u.users, 0), coalesce(u.users_before, 0), coalesce(u.users, 0)),
    ('collective_users', coalesce(u.collective, 0), coalesce(u.collective_before, 0), coalesce(u.collective, 0)),
    ('individual_users', coalesce(u.individual, 0), coalesce(u.individual_before, 0), coalesce(u.individual, 0)),
    ('station_users', coalesce(u.station, 0), coalesce(u.station_before, 0), coalesce(u.station, 0)),
    ('new_users', coalesce(u.new, 0), coalesce(u.new_before, 0), coalesce(u.opened, 0)),
    ('new_allocated_users', coalesce(u.new_allocated, 0), coalesce(u.new_allocated_before, 0), coalesce(u.allocated, 0)),
    ('new_registered_users', coalesce(u.new, 0) - coalesce(u.new_allocated, 0),
        coalesce(u.new_before, 0) - coalesce(u.new_allocated_before, 0), coalesce(u.opened, 0) - coalesce(u.allocated, 0))
) v(metric, value, previous, cumulative);
COMMENT ON VIEW headline_users IS
    'The headline''s rows about users: how many at the end of the month, and how many new ones by channel.';

-- view table_1 requires member
CREATE OR REPLACE VIEW table_1 AS
SELECT m.month, r.row, r.audience, r.org_type, r.account, coalesce(sum(u.users), 0)::bigint AS users
FROM calendar m
CROSS JOIN (VALUES
    (1, '集体用户', '农村', '站点用户'), (2, '集体用户', '农村', '非站点用户'),
    (3, '集体用户', '社区', '站点用户'), (4, '集体用户', '社区', '非站点用户'),
    (5, '集体用户', '机关事业单位', '站点用户'), (6, '集体用户', '机关事业单位', '非站点用户'),
    (7, '集体用户', '国企', '站点用户'), (8, '集体用户', '国企', '非站点用户'),
    (9, '集体用户', '“两新”组织', '站点用户'), (10, '集体用户', '“两新”组织', '非站点用户'),
    (11, '集体用户', '高校', NULL), (12, '个人用户', NULL, NULL), (13, '合计', NULL, NULL)
) r(row, audience, org_type, account)
LEFT JOIN users u ON u.month = m.month
    AND CASE r.audience WHEN '合计' THEN true
                        WHEN '个人用户' THEN u.account = r.audience
                        ELSE u.org_type = r.org_type AND (r.account IS NULL OR u.account = r.account) END
GROUP BY m.month, r.row, r.audience, r.org_type, r.account
ORDER BY 1, 2;
COMMENT ON VIEW table_1 IS 'Table 1: composition of the users at the end of the month.';
COMMENT ON COLUMN table_1.month IS 'First day of the month.';
COMMENT ON COLUMN table_1.row IS 'Order of the rows; the last is the total.';
COMMENT ON COLUMN table_1.audience IS 'Collective, individual or total.';
COMMENT ON COLUMN table_1.org_type IS 'Kind of organisation; NULL for individuals and the total.';
COMMENT ON COLUMN table_1.account IS 'Station user or other; NULL where the table does not tell them apart.';
COMMENT ON COLUMN table_1.users IS 'Number of accounts open at the end of the month.';

-- view narrative_users requires member
CREATE OR REPLACE VIEW narrative_users AS
SELECT m.month, 1 AS section, p.paragraph, p.text
FROM calendar m
CROSS JOIN LATERAL (
    SELECT jsonb_object_agg(h.metric, h.value) AS value, jsonb_object_agg(h.metric, h.previous) AS previous
    FROM headline_users h WHERE h.month = m.month) h
CROSS JOIN LATERAL (
    SELECT (h.value ->> 'users')::numeric AS users, (h.previous ->> 'users')::numeric AS users_before,
           (h.value ->> 'collective_users')::numeric AS collective, (h.value ->> 'individual_users')::numeric AS individual,
           (h.value ->> 'station_users')::numeric AS station, (h.value ->> 'new_users')::numeric AS new,
           (h.value ->> 'new_allocated_users')::numeric AS allocated,
           (h.value ->> 'new_registered_users')::numeric AS registered) n
CROSS JOIN LATERAL (
    SELECT edustats.list_text(array_agg(format('%s用户%s个（%s）', t.org_type, t.users, edustats.share_text(t.users, n.collective))
                                        ORDER BY t.users DESC, t.row)) AS types,
           edustats.list_text(array_agg(format('%s站点用户%s个', t.org_type, t.stations) ORDER BY t.row)
                              FILTER (WHERE t.stations > 0)) AS stations
    FROM (SELECT r.org_type, sum(r.users) AS users, sum(r.users) FILTER (WHERE r.account = '站点用户') AS stations,
                 min(r.row) AS row
          FROM table_1 r WHERE r.month = m.month AND r.org_type IS NOT NULL
          GROUP BY r.org_type HAVING sum(r.users) > 0) t) t
CROSS JOIN LATERAL (VALUES
    (1, CASE WHEN n.users = 0 THEN format('截至%s底，平台尚无注册用户。', edustats.month_text(m.month))
             ELSE format('截至%s底，平台实名注册用户共%s个，%s，其中集体用户%s个、个人用户%s个。', edustats.month_text(m.month), n.users,
                         edustats.growth_text(n.users, n.users_before), n.collective, n.individual)
                  || coalesce(format('集体用户由多到少依次为：%s。', t.types), '') END),
    (2, CASE WHEN n.station > 0 THEN format('由平台统一分配的站点用户共%s个：%s。', n.station, t.stations) END),
    (3, CASE WHEN n.new = 0 THEN '本月没有新增注册用户。'
             ELSE format('本月新增注册用户%s个，', n.new)
                  || CASE WHEN n.registered = 0 THEN '均为平台分配的站点用户。'
                          WHEN n.allocated = 0 THEN '均由用户在互联网上自行注册。'
                          ELSE format('其中平台分配站点用户%s个，用户在互联网上自行注册%s个。', n.allocated, n.registered) END END)
) p(paragraph, text)
WHERE p.text IS NOT NULL;
COMMENT ON VIEW narrative_users IS 'The sentences of section 1.';
