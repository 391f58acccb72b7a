-- Section 2: learning of station users. An hours cell (district, kind of organisation) is rounded to 0.01 h, and every
-- total is a sum of rounded cells, so that a published table adds up.

-- data learned requires member learning_session
CREATE OR REPLACE VIEW learned AS
SELECT m.month, edustats.rollup(m.tally) AS tally
FROM monthly m
JOIN edustats.class c ON c.class = m.class AND c.account = '站点用户'
WHERE m.metric = 'learning'
GROUP BY m.month;
COMMENT ON VIEW learned IS 'What station users learned in a month: a tally of seconds by member. No row for a month without.';
COMMENT ON COLUMN learned.month IS 'First day of the month.';
COMMENT ON COLUMN learned.tally IS 'Seconds by member_id.';

-- A cell is looked up as a set: the stations of a district and kind are a tally, and so is what was learned.

-- data learning_cell requires member district learning_session
CREATE OR REPLACE VIEW learning_cell AS
SELECT c.month, d.name AS district, c.org_type,
       CASE WHEN bool_or(c.open) OR sum(c.seconds) > 0 THEN round(sum(c.seconds) / 3600.0, 2)::numeric(14,2) END AS hours,
       round(sum(c.seconds_before) / 3600.0, 2)::numeric(14,2) AS hours_before
FROM (
    SELECT m.month, s.district_id, s.org_type, s.open, s.seconds, s.seconds_before
    FROM calendar m
    CROSS JOIN LATERAL (
        SELECT coalesce(edustats.rollup(l.tally) FILTER (WHERE l.month = m.month), '{}') AS tally,
               coalesce(edustats.rollup(l.tally) FILTER (WHERE l.month < m.month), '{}') AS tally_before
        FROM learned l
        WHERE l.month IN (m.month, (m.month - interval '1 month')::date)) l
    CROSS JOIN LATERAL (
        SELECT s.district_id, s.org_type,
               edustats.total(edustats.keep(l.tally, edustats.tally_agg(s.member_id))) AS seconds,
               edustats.total(edustats.keep(l.tally_before, edustats.tally_agg(s.member_id))) AS seconds_before,
               bool_or(s.registered_at < m.ends_at AND (s.closed_at IS NULL OR s.closed_at >= m.starts_at)) AS open
        FROM member s
        WHERE s.allocated
        GROUP BY s.district_id, s.org_type) s) c
LEFT JOIN district d ON d.district_id = c.district_id
GROUP BY c.month, d.name, c.org_type;
COMMENT ON VIEW learning_cell IS 'Hours that the station users of a district learned, in the month and in the one before.';
COMMENT ON COLUMN learning_cell.month IS 'First day of the month.';
COMMENT ON COLUMN learning_cell.district IS 'District; NULL for stations without one.';
COMMENT ON COLUMN learning_cell.org_type IS 'Kind of organisation.';
COMMENT ON COLUMN learning_cell.hours IS 'Hours of the month, rounded to 0.01 h; NULL where no such station was open in it.';
COMMENT ON COLUMN learning_cell.hours_before IS 'Hours of the month before, rounded to 0.01 h.';

-- view learning_hours requires member district learning_session
CREATE OR REPLACE VIEW learning_hours AS
SELECT month, district, org_type, hours FROM learning_cell WHERE hours IS NOT NULL;
COMMENT ON VIEW learning_hours IS
    'Hours that the station users of a district learned in the month. No row where a district has no station of the kind.';
COMMENT ON COLUMN learning_hours.month IS 'First day of the month.';
COMMENT ON COLUMN learning_hours.district IS 'District; NULL for stations without one.';
COMMENT ON COLUMN learning_hours.org_type IS 'Kind of organisation.';
COMMENT ON COLUMN learning_hours.hours IS 'Hours, rounded to 0.01 h; 0.00 where there are stations and none learned.';

-- data station requires member district station_fitness
CREATE OR REPLACE VIEW station AS
SELECT s.member_id, s.name, d.name AS district, s.org_type, edustats.local_day(s.registered_at, a.timezone) AS opened,
       edustats.local_day(s.closed_at, a.timezone) AS closed, f.fit_from, f.fit_until
FROM member s
CROSS JOIN (SELECT (SELECT timezone FROM attachment) AS timezone) a
LEFT JOIN district d ON d.district_id = s.district_id
LEFT JOIN station_fitness f ON f.member_id = s.member_id
WHERE s.allocated;
COMMENT ON VIEW station IS 'The stations, a row for each period in which one was fit for use; one row without a period where it never was.';
COMMENT ON COLUMN station.member_id IS 'Key of the station in the metric learning.';
COMMENT ON COLUMN station.name IS 'Name of the station.';
COMMENT ON COLUMN station.district IS 'District; NULL without one.';
COMMENT ON COLUMN station.org_type IS 'Kind of organisation.';
COMMENT ON COLUMN station.opened IS 'Local day of registration.';
COMMENT ON COLUMN station.closed IS 'Local day of closing; NULL while it is open.';
COMMENT ON COLUMN station.fit_from IS 'First local day of the period; NULL where it was never fit.';
COMMENT ON COLUMN station.fit_until IS 'First local day after the period; NULL while it lasts.';

-- view participation requires member district learning_session station_fitness
CREATE OR REPLACE VIEW participation AS
SELECT p.month, p.district, p.org_type, p.attended, p.expected - p.attended AS absent, p.expected,
       edustats.share(p.attended, p.expected) AS rate
FROM (
    SELECT m.month, d.name AS district, s.org_type, sum(s.attended)::bigint AS attended, sum(s.expected)::bigint AS expected
    FROM calendar m
    CROSS JOIN LATERAL (
        SELECT coalesce(edustats.rollup(l.tally), '{}') AS tally FROM learned l WHERE l.month = m.month) l
    CROSS JOIN LATERAL (
        SELECT s.district_id, s.org_type,
               edustats.cardinality(edustats.keep(s.expected, l.tally)) AS attended, edustats.cardinality(s.expected) AS expected
        FROM (SELECT s.district_id, s.org_type, edustats.tally_agg(s.member_id) AS stations,
                     coalesce(edustats.tally_agg(f.member_id)
                              FILTER (WHERE s.registered_at < m.ends_at AND (s.closed_at IS NULL OR s.closed_at >= m.ends_at)),
                              '{}') AS expected,
                     bool_or(s.registered_at < m.ends_at AND (s.closed_at IS NULL OR s.closed_at >= m.starts_at)) AS open
              FROM member s
              LEFT JOIN station_fitness f ON f.member_id = s.member_id
                  AND f.fit_from <= m.last_day AND (f.fit_until IS NULL OR f.fit_until > m.last_day)
              WHERE s.allocated
              GROUP BY s.district_id, s.org_type) s
        WHERE s.open OR edustats.total(edustats.keep(s.stations, l.tally)) > 0
        OFFSET 0) s             -- kept by itself, so that what is sorted by district carries no tallies
    LEFT JOIN district d ON d.district_id = s.district_id
    GROUP BY m.month, d.name, s.org_type) p;
COMMENT ON VIEW participation IS
    'How many of the stations that are fit for use at the end of the month learned at all in it. No row where a district has no station of the kind.';
COMMENT ON COLUMN participation.month IS 'First day of the month.';
COMMENT ON COLUMN participation.district IS 'District; NULL for stations without one.';
COMMENT ON COLUMN participation.org_type IS 'Kind of organisation.';
COMMENT ON COLUMN participation.attended IS 'Stations expected to learn that learned in the month.';
COMMENT ON COLUMN participation.absent IS 'Stations expected to learn that did not.';
COMMENT ON COLUMN participation.expected IS 'Stations open and fit for use (site and equipment sound) at the end of the month.';
COMMENT ON COLUMN participation.rate IS 'attended / expected in percent; NULL where none is expected.';

-- view station_learning requires member district learning_session
CREATE OR REPLACE VIEW station_learning AS
SELECT l.month, row_number() OVER (PARTITION BY l.month ORDER BY e.count DESC, e.key) AS rank,
       s.name AS station, d.name AS district, s.org_type, round(e.count / 3600.0, 2)::numeric(14,2) AS hours
FROM learned l
CROSS JOIN LATERAL edustats.each(l.tally) e
JOIN member s ON s.member_id = e.key AND s.allocated
LEFT JOIN district d ON d.district_id = s.district_id;
COMMENT ON VIEW station_learning IS 'The stations that learned in the month, by learning time.';
COMMENT ON COLUMN station_learning.month IS 'First day of the month.';
COMMENT ON COLUMN station_learning.rank IS 'Place by learning time, longest first; of equals, the lower member_id first.';
COMMENT ON COLUMN station_learning.station IS 'Name of the station.';
COMMENT ON COLUMN station_learning.district IS 'District of the station; NULL without one.';
COMMENT ON COLUMN station_learning.org_type IS 'Kind of organisation.';
COMMENT ON COLUMN station_learning.hours IS 'Hours learned in the month, rounded to 0.01 h.';

-- data learning_total requires member learning_session
CREATE OR REPLACE VIEW learning_total AS
SELECT m.month,
       round((coalesce((SELECT sum(o.amount) FROM opening o WHERE o.metric = 'learning'), 0)
              + coalesce((SELECT sum(t.total) FROM monthly t
                          JOIN edustats.class k ON k.class = t.class AND k.account = '站点用户'
                          WHERE t.metric = 'learning' AND t.month <= m.month), 0)) / 3600.0, 2) AS hours
FROM calendar m;
COMMENT ON VIEW learning_total IS 'Hours that station users learned from the beginning; rounded once, from seconds.';
COMMENT ON COLUMN learning_total.month IS 'First day of the month.';
COMMENT ON COLUMN learning_total.hours IS 'Hours until the end of the month, opening balance included.';

-- data headline_learning requires member district learning_session
CREATE OR REPLACE VIEW headline_learning AS
SELECT t.month, 'learning_hours' AS metric, h.value, h.previous, edustats.growth(h.value, h.previous) AS growth,
       t.hours AS cumulative
FROM learning_total t
CROSS JOIN LATERAL (
    SELECT coalesce(sum(c.hours), 0) AS value, coalesce(sum(c.hours_before), 0) AS previous
    FROM learning_cell c WHERE c.month = t.month) h;
COMMENT ON VIEW headline_learning IS
    'The headline''s row about learning: hours of station users.';

-- view table_2 requires member district learning_session
CREATE OR REPLACE VIEW table_2 AS
SELECT m.month, t.*
FROM calendar m
CROSS JOIN LATERAL (
    SELECT row_number() OVER (ORDER BY grouping(d.district_id), d.position)::integer AS row,
           CASE grouping(d.district_id) WHEN 1 THEN '合计' ELSE d.name END AS district,
           sum(h.hours) FILTER (WHERE h.org_type = '农村') AS rural,
           sum(h.hours) FILTER (WHERE h.org_type = '社区') AS community,
           sum(h.hours) FILTER (WHERE h.org_type = '机关事业单位') AS agency,
           sum(h.hours) FILTER (WHERE h.org_type = '国企') AS soe,
           sum(h.hours) FILTER (WHERE h.org_type = '“两新”组织') AS new_org,
           sum(h.hours) AS total
    FROM district d
    LEFT JOIN learning_hours h ON h.month = m.month AND h.district = d.name
    GROUP BY GROUPING SETS ((d.district_id, d.position, d.name), ())) t
ORDER BY m.month, t.row;
COMMENT ON VIEW table_2 IS 'Table 2: hours that station users learned, by district. NULL where a district has no such station.';
COMMENT ON COLUMN table_2.month IS 'First day of the month.';
COMMENT ON COLUMN table_2.row IS 'Order of the rows; the last is the total.';
COMMENT ON COLUMN table_2.district IS 'District, or the word for total.';
COMMENT ON COLUMN table_2.rural IS 'Hours of rural stations.';
COMMENT ON COLUMN table_2.community IS 'Hours of community stations.';
COMMENT ON COLUMN table_2.agency IS 'Hours of stations of public agencies.';
COMMENT ON COLUMN table_2.soe IS 'Hours of stations of state-owned enterprises.';
COMMENT ON COLUMN table_2.new_org IS 'Hours of stations of new economic and social organisations.';
COMMENT ON COLUMN table_2.total IS 'Sum of the row.';

-- view table_3 requires member district learning_session station_fitness
CREATE OR REPLACE VIEW table_3 AS
SELECT m.month, t.row, t.district,
       t.rural_attended, t.rural_absent, t.rural_expected, edustats.share(t.rural_attended, t.rural_expected) AS rural_rate,
       t.community_attended, t.community_absent, t.community_expected,
       edustats.share(t.community_attended, t.community_expected) AS community_rate
FROM calendar m
CROSS JOIN LATERAL (
    SELECT row_number() OVER (ORDER BY grouping(d.district_id), d.position)::integer AS row,
           CASE grouping(d.district_id) WHEN 1 THEN '合计' ELSE d.name END AS district,
           (sum(p.attended) FILTER (WHERE p.org_type = '农村'))::bigint AS rural_attended,
           (sum(p.absent) FILTER (WHERE p.org_type = '农村'))::bigint AS rural_absent,
           (sum(p.expected) FILTER (WHERE p.org_type = '农村'))::bigint AS rural_expected,
           (sum(p.attended) FILTER (WHERE p.org_type = '社区'))::bigint AS community_attended,
           (sum(p.absent) FILTER (WHERE p.org_type = '社区'))::bigint AS community_absent,
           (sum(p.expected) FILTER (WHERE p.org_type = '社区'))::bigint AS community_expected
    FROM district d
    LEFT JOIN participation p ON p.month = m.month AND p.district = d.name
    GROUP BY GROUPING SETS ((d.district_id, d.position, d.name), ())) t
ORDER BY m.month, t.row;
COMMENT ON VIEW table_3 IS 'Table 3: participation of rural and of community stations, by district. NULL where a district has none.';
COMMENT ON COLUMN table_3.month IS 'First day of the month.';
COMMENT ON COLUMN table_3.row IS 'Order of the rows; the last is the total.';
COMMENT ON COLUMN table_3.district IS 'District, or the word for total.';
COMMENT ON COLUMN table_3.rural_attended IS 'Rural stations that learned.';
COMMENT ON COLUMN table_3.rural_absent IS 'Rural stations that were expected to and did not.';
COMMENT ON COLUMN table_3.rural_expected IS 'Rural stations expected to learn.';
COMMENT ON COLUMN table_3.rural_rate IS 'Rural stations that learned, in percent of those expected.';
COMMENT ON COLUMN table_3.community_attended IS 'Community stations that learned.';
COMMENT ON COLUMN table_3.community_absent IS 'Community stations that were expected to and did not.';
COMMENT ON COLUMN table_3.community_expected IS 'Community stations expected to learn.';
COMMENT ON COLUMN table_3.community_rate IS 'Community stations that learned, in percent of those expected.';

-- view table_4 requires member district learning_session
CREATE OR REPLACE VIEW table_4 AS
SELECT l.month, row_number() OVER (PARTITION BY l.month ORDER BY s.seconds DESC, s.member_id) AS rank,
       s.name AS station, round(s.seconds / 3600.0, 2)::numeric(14,2) AS hours
FROM learned l
CROSS JOIN LATERAL (
    SELECT e.key AS member_id, e.count AS seconds, m.name
    FROM (SELECT * FROM edustats.each(l.tally) ORDER BY count DESC, key) e
    JOIN member m ON m.member_id = e.key AND m.allocated
    ORDER BY e.count DESC, e.key
    LIMIT 10) s
ORDER BY 1, 2;
COMMENT ON VIEW table_4 IS 'Table 4: the ten stations that learned longest.';
COMMENT ON COLUMN table_4.month IS 'First day of the month.';
COMMENT ON COLUMN table_4.rank IS 'Place by learning time.';
COMMENT ON COLUMN table_4.station IS 'Name of the station.';
COMMENT ON COLUMN table_4.hours IS 'Hours learned in the month.';

-- data narrative_learning requires member district learning_session
CREATE OR REPLACE VIEW narrative_learning AS
SELECT h.month, 2 AS section, p.paragraph, p.text
FROM (SELECT t.month, t.hours AS cumulative FROM learning_total t) h
CROSS JOIN LATERAL (
    SELECT coalesce(sum(x.total), 0) AS value, coalesce(sum(x.before), 0) AS previous,
           sum(x.rural) AS rural, sum(x.community) AS community, nullif(sum(x.other), 0) AS other,
           (array_agg(x.district || edustats.hours_text(x.total) ORDER BY x.total DESC, x.position)
                FILTER (WHERE x.total > 0 AND x.district IS NOT NULL))[:5] AS districts
    FROM (SELECT c.district, d.position, sum(c.hours) AS total, sum(c.hours_before) AS before,
                 sum(c.hours) FILTER (WHERE c.org_type = '农村') AS rural,
                 sum(c.hours) FILTER (WHERE c.org_type = '社区') AS community,
                 sum(c.hours) FILTER (WHERE c.org_type NOT IN ('农村', '社区')) AS other
          FROM learning_cell c
          LEFT JOIN district d ON d.name = c.district
          WHERE c.month = h.month
          GROUP BY c.district, d.position) x) t
CROSS JOIN LATERAL (
    SELECT array_agg(x.station ORDER BY x.rank) FILTER (WHERE x.hours = x.most) AS first, max(x.most) AS most,
           edustats.list_text(array_agg(format('%s（%s）', x.station, edustats.hours_text(x.hours)) ORDER BY x.rank)
                              FILTER (WHERE x.hours < x.most AND x.rank <= 3)) AS next
    FROM (SELECT f.*, max(f.hours) OVER () AS most FROM table_4 f WHERE f.month = h.month) x) s
CROSS JOIN LATERAL (VALUES
    (1, format('截至%s底，各区县站点用户累计学习%s小时。', edustats.month_text(h.month), edustats.wan_text(h.cumulative))
        || CASE WHEN t.value = 0 THEN '本月没有站点用户的学习记录。'
                ELSE format('本月站点用户共学习%s小时，%s；其中%s。', edustats.wan_text(t.value),
                            edustats.growth_text(t.value, t.previous),
                            concat_ws('；',
                                '农村站点' || edustats.hours_text(t.rural) || '，' || edustats.share_text(t.rural, t.value),
                                '社区站点' || edustats.hours_text(t.community) || '，' || edustats.share_text(t.community, t.value),
                                '机关事业单位、国企和“两新”组织站点' || edustats.hours_text(t.other) || '，'
                                    || edustats.share_text(t.other, t.value))) END),
    (2, '学习总时长居前的区县是' || edustats.list_text(t.districts) || '。'),
    (4, CASE WHEN cardinality(s.first) = 1 THEN format('学习时长最长的站点是%s，为%s', s.first[1], edustats.hours_text(s.most))
             WHEN cardinality(s.first) <= 3 THEN
                 format('%s学习时长并列最长，均为%s', edustats.list_text(s.first), edustats.hours_text(s.most))
             WHEN cardinality(s.first) > 3 THEN
                 format('%s等%s个站点学习时长并列最长，均为%s', array_to_string(s.first[:3], '、'), cardinality(s.first),
                        edustats.hours_text(s.most)) END
        || coalesce('，其次是' || s.next, '') || '。')
) p(paragraph, text)
WHERE p.text IS NOT NULL;
COMMENT ON VIEW narrative_learning IS 'The sentences of section 2 about learning time.';

-- data narrative_participation requires member district learning_session station_fitness
CREATE OR REPLACE VIEW narrative_participation AS
SELECT t.month, 2 AS section, 3 AS paragraph,
       format('从站点参学情况看，%s。',
              string_agg(format('%s站点参学率%s，居前的区县是%s', t.org_type, edustats.percent_text(t.rate),
                                edustats.list_text(t.districts)), '；' ORDER BY t.place)) AS text
FROM (
    SELECT p.month, a.place, a.org_type, edustats.share(sum(p.attended), sum(p.expected)) AS rate,
           (array_agg(p.district || edustats.percent_text(p.rate) ORDER BY p.rate DESC, d.position)
                FILTER (WHERE p.rate > 0))[:3] AS districts
    FROM participation p
    JOIN (VALUES (1, '农村'), (2, '社区')) a(place, org_type) ON a.org_type = p.org_type
    JOIN district d ON d.name = p.district
    GROUP BY p.month, a.place, a.org_type) t
WHERE t.districts IS NOT NULL
GROUP BY t.month;
COMMENT ON VIEW narrative_participation IS 'The sentence of section 2 about participation.';
