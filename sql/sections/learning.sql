-- Section 2: learning of station users. An hours cell (district, kind of organisation) is rounded to 0.01 h, and every
-- total is a sum of rounded cells, so that a published table adds up.

-- Districts are joined by their keys. Who is in none that is on file and has a name is among others in tables, figures and
-- sentences, and in a fact it has none.

-- data place requires district
CREATE OR REPLACE VIEW place AS
SELECT d.district_id::bigint AS district_id, d.name, d.position
FROM district d
WHERE edustats.named(d.name) IS NOT NULL;
COMMENT ON VIEW place IS 'The districts that have a name.';
COMMENT ON COLUMN place.district_id IS 'The district.';
COMMENT ON COLUMN place.name IS 'Its name; another may have the same.';
COMMENT ON COLUMN place.position IS 'Its place in printed tables.';

-- A moment before all days is none, as it is for the users.

-- data station_account requires member
CREATE OR REPLACE VIEW station_account AS
SELECT s.member_id, s.name, s.district_id, s.org_type::text COLLATE "C" AS org_type,
       edustats.local_day(nullif(s.registered_at, '-infinity'), a.timezone) AS opened_on,
       nullif(edustats.local_day(nullif(s.closed_at, '-infinity'), a.timezone), 'infinity') AS closed_on,
       isfinite(s.registered_at) AND (nullif(s.closed_at, '-infinity') >= s.registered_at) IS NOT FALSE AS was_open
FROM member s
CROSS JOIN (SELECT (SELECT timezone FROM attachment)) a(timezone)
WHERE edustats.is_station(s.org_type, s.allocated);
COMMENT ON VIEW station_account IS 'The stations: collective accounts that the platform allocated.';
COMMENT ON COLUMN station_account.member_id IS 'Key of the station in the metric learning.';
COMMENT ON COLUMN station_account.name IS 'Name of the station.';
COMMENT ON COLUMN station_account.district_id IS 'Key of the district, as the platform has it.';
COMMENT ON COLUMN station_account.org_type IS 'Kind of organisation, as the platform has it.';
COMMENT ON COLUMN station_account.opened_on IS 'The local day on which it was registered; NULL where nobody knows.';
COMMENT ON COLUMN station_account.closed_on IS 'The local day on which it was closed; NULL while it is open.';
COMMENT ON COLUMN station_account.was_open IS 'Was it ever open? Not if nobody knows when it was registered, or if it was closed before; NULL counts as no.';

-- data learned requires member learning_session
CREATE OR REPLACE VIEW learned AS
SELECT m.month, edustats.rollup(m.tally) AS tally
FROM monthly m
JOIN class c ON c.class = m.class AND c.account = 'station'
WHERE m.metric = 'learning'
GROUP BY m.month;
COMMENT ON VIEW learned IS 'What station users learned in a month: a tally of seconds by member. No row for a month without.';
COMMENT ON COLUMN learned.month IS 'First day of the month.';
COMMENT ON COLUMN learned.tally IS 'Seconds by member_id.';

-- A group is the stations of a district and kind. Which group a station is of, and when it was opened and closed, are tallies:
-- what a month's stations did is added up by group, and who was open at some time is picked out of all. Nobody was ever open who
-- was closed before being opened.

-- kept station_group requires member district
CREATE OR REPLACE VIEW station_group_computed AS
SELECT row_number() OVER () AS station_group, g.*
FROM (
    SELECT d.district_id, d.name::text AS district, coalesce(k.kind, 'other') AS kind, coalesce(k.org_type, w.other) AS org_type,
           edustats.rollup(s.stations) AS stations, edustats.rollup(s.opened) AS opened, edustats.rollup(s.closed) AS closed
    FROM (SELECT s.district_id, s.org_type, edustats.tally_agg(s.member_id) AS stations,
                 coalesce(edustats.tally_agg(s.member_id, edustats.day_number(s.opened_on)) FILTER (WHERE s.was_open), '{}') AS opened,
                 coalesce(edustats.tally_agg(s.member_id, edustats.day_number(s.closed_on)), '{}') AS closed
          FROM station_account s
          GROUP BY s.district_id, s.org_type) s
    CROSS JOIN word w
    LEFT JOIN class_kind k ON k.account = 'station' AND k.value = s.org_type
    LEFT JOIN place d ON d.district_id = s.district_id
    GROUP BY 1, 2, 3, 4) g;
COMMENT ON VIEW station_group_computed IS 'The stations by district and kind.';
COMMENT ON COLUMN station_group_computed.station_group IS 'Number of the group, from 1, within a statement.';
COMMENT ON COLUMN station_group_computed.district_id IS 'Key of the district; NULL without one that has a name.';
COMMENT ON COLUMN station_group_computed.district IS 'District; NULL without one.';
COMMENT ON COLUMN station_group_computed.kind IS 'Code of the kind of organisation.';
COMMENT ON COLUMN station_group_computed.org_type IS 'Kind of organisation.';
COMMENT ON COLUMN station_group_computed.stations IS 'The stations, as keys.';
COMMENT ON COLUMN station_group_computed.opened IS 'The number of the day on which each was opened, by member_id; nothing for one that was never open.';
COMMENT ON COLUMN station_group_computed.closed IS 'The number of the day on which each was closed, by member_id; nothing for one that was not.';

-- kept station_book requires member district
CREATE OR REPLACE VIEW station_book_computed AS
SELECT coalesce(edustats.rollup(opened), '{}') AS opened, coalesce(edustats.rollup(closed), '{}') AS closed,
       coalesce(edustats.rollup(edustats.set_counts(stations, station_group)), '{}') AS groups
FROM station_group;
COMMENT ON VIEW station_book_computed IS 'All stations, in one row.';
COMMENT ON COLUMN station_book_computed.opened IS 'As in the view "station_group", of all.';
COMMENT ON COLUMN station_book_computed.closed IS 'The same.';
COMMENT ON COLUMN station_book_computed.groups IS 'The group of each, as in the view "station_group", by member_id.';

-- kept station_history requires member district
CREATE OR REPLACE VIEW station_history_computed AS
SELECT station_group, district_id, district, kind, org_type, edustats.regroup(stations, opened) AS opened, edustats.regroup(edustats.keep(stations, opened), closed) AS closed
FROM station_group;
COMMENT ON VIEW station_history_computed IS 'How the number of stations came about, by district and kind: tallies by day, for edustats.in_days.';
COMMENT ON COLUMN station_history_computed.station_group IS 'Number of the group, as in the view "station_group".';
COMMENT ON COLUMN station_history_computed.district_id IS 'Key of the district; NULL without one that has a name.';
COMMENT ON COLUMN station_history_computed.district IS 'District; NULL without one.';
COMMENT ON COLUMN station_history_computed.kind IS 'Code of the kind of organisation.';
COMMENT ON COLUMN station_history_computed.org_type IS 'Kind of organisation.';
COMMENT ON COLUMN station_history_computed.opened IS 'How many of them were opened, by number of the day.';
COMMENT ON COLUMN station_history_computed.closed IS 'How many of those were closed, by number of the day.';

-- kept station_cell requires member district learning_session
CREATE OR REPLACE VIEW station_cell_computed AS
SELECT m.month, c.*
FROM calendar m
CROSS JOIN LATERAL (
    SELECT g.station_group, g.district_id, g.district, g.kind, g.org_type,
           edustats.in_days(g.opened, '-infinity', m.last_day) > edustats.in_days(g.closed, '-infinity', m.month - 1) AS open,
           edustats.count_of(l.tally, g.station_group) AS seconds, edustats.count_of(l.tally_before, g.station_group) AS seconds_before,
           edustats.count_of(l.tally_year_before, g.station_group) AS seconds_year_before
    FROM station_history g
    CROSS JOIN (SELECT learned_by_group(m.month, m.last_day) AS tally, learned_by_group(m.previous, m.month - 1) AS tally_before,
                       learned_by_group(m.year_before, m.year_before_end) AS tally_year_before
                OFFSET 0) l
    OFFSET 0) c
WHERE c.open OR c.seconds > 0 OR c.seconds_before > 0 OR c.seconds_year_before > 0;
COMMENT ON VIEW station_cell_computed IS
    'The stations of a district and kind in a month: which were open, and what they learned. No row where none was open in it and none learned, in it, in the month before or in the same month of the year before.';
COMMENT ON COLUMN station_cell_computed.month IS 'First day of the month.';
COMMENT ON COLUMN station_cell_computed.station_group IS 'Number of the group within a statement.';
COMMENT ON COLUMN station_cell_computed.district_id IS 'Key of the district; NULL without one that has a name.';
COMMENT ON COLUMN station_cell_computed.district IS 'District; NULL without one.';
COMMENT ON COLUMN station_cell_computed.kind IS 'Code of the kind of organisation.';
COMMENT ON COLUMN station_cell_computed.org_type IS 'Kind of organisation.';
COMMENT ON COLUMN station_cell_computed.open IS 'Was any of them open at any time in the month?';
COMMENT ON COLUMN station_cell_computed.seconds IS 'Seconds learned in the month.';
COMMENT ON COLUMN station_cell_computed.seconds_before IS 'Seconds learned in the month before.';
COMMENT ON COLUMN station_cell_computed.seconds_year_before IS 'Seconds learned in the same month of the year before.';

-- data learning_cell requires member district learning_session
CREATE OR REPLACE VIEW learning_cell AS
SELECT month, district_id, district, kind, org_type,
       (CASE WHEN open OR seconds > 0 THEN round(seconds / 3600.0, 2) END)::numeric(14,2) AS hours,
       round(seconds_before / 3600.0, 2)::numeric(14,2) AS hours_before, round(seconds_year_before / 3600.0, 2)::numeric(14,2) AS hours_year_before
FROM station_cell;
COMMENT ON VIEW learning_cell IS
    'Hours that the station users of a district learned, in the month, in the one before and in the same one of the year before.';
COMMENT ON COLUMN learning_cell.month IS 'First day of the month.';
COMMENT ON COLUMN learning_cell.district_id IS 'Key of the district; NULL without one that has a name.';
COMMENT ON COLUMN learning_cell.district IS 'District; NULL for stations without one.';
COMMENT ON COLUMN learning_cell.kind IS 'Code of the kind of organisation.';
COMMENT ON COLUMN learning_cell.org_type IS 'Kind of organisation.';
COMMENT ON COLUMN learning_cell.hours IS 'Hours of the month, rounded to 0.01 h; NULL where no such station was open in it.';
COMMENT ON COLUMN learning_cell.hours_before IS 'Hours of the month before, rounded to 0.01 h.';
COMMENT ON COLUMN learning_cell.hours_year_before IS 'Hours of the same month of the year before, rounded to 0.01 h.';

-- view learning_hours requires member district learning_session key month district_id org_type
CREATE OR REPLACE VIEW learning_hours AS
SELECT month, district, org_type, hours, district_id FROM learning_cell WHERE hours IS NOT NULL;
COMMENT ON VIEW learning_hours IS
    'Hours that the station users of a district learned in the month. No row where a district has no station of the kind.';
COMMENT ON COLUMN learning_hours.month IS 'First day of the month.';
COMMENT ON COLUMN learning_hours.district IS 'District; NULL for stations without one.';
COMMENT ON COLUMN learning_hours.org_type IS 'Kind of organisation.';
COMMENT ON COLUMN learning_hours.hours IS 'Hours, rounded to 0.01 h; 0.00 where there are stations and none learned.';
COMMENT ON COLUMN learning_hours.district_id IS 'Key of the district; NULL without.';

-- data fitness requires station_fitness
CREATE OR REPLACE VIEW fitness AS SELECT member_id, fit_from, fit_until FROM station_fitness;
COMMENT ON VIEW fitness IS 'When stations were fit for use, a row for each period.';
COMMENT ON COLUMN fitness.member_id IS 'The station.';
COMMENT ON COLUMN fitness.fit_from IS 'First local day of the period.';
COMMENT ON COLUMN fitness.fit_until IS 'First local day after the period; NULL while it lasts.';

-- Most stations have been fit once, and are one row. Of those that have been several times, the first of each are another, the second ones
-- a third, and so on.

-- kept fitness_book requires station_fitness
CREATE OR REPLACE VIEW fitness_book_computed AS
WITH fit AS MATERIALIZED (
    SELECT coalesce(f.several, '{}') AS several, edustats.drop(f.fit_from, f.several) AS fit_from, edustats.drop(f.fit_until, f.several) AS fit_until
    FROM (SELECT f.fit_from, f.fit_until, f.stations - edustats.set_counts(f.stations, 1) AS several
          FROM (SELECT edustats.tally_agg(f.member_id) AS stations, edustats.tally_agg(f.member_id, edustats.day_number(f.fit_from)) AS fit_from,
                       coalesce(edustats.tally_agg(f.member_id, edustats.day_number(f.fit_until)), '{}') AS fit_until
                FROM fitness f WHERE f.fit_from IS NOT NULL) f) f)
SELECT f.fit_from, f.fit_until FROM fit f WHERE f.fit_from <> '{}'
UNION ALL
SELECT edustats.tally_agg(f.member_id, edustats.day_number(f.fit_from)), coalesce(edustats.tally_agg(f.member_id, edustats.day_number(f.fit_until)), '{}')
FROM (SELECT f.*, row_number() OVER (PARTITION BY f.member_id ORDER BY f.fit_from) AS n
      FROM fit s CROSS JOIN LATERAL edustats.each(s.several) e JOIN fitness f ON f.member_id = e.key AND f.fit_from IS NOT NULL) f
GROUP BY f.n;
COMMENT ON VIEW fitness_book_computed IS 'When all stations were fit for use: no two rows of a station''s are one here.';
COMMENT ON COLUMN fitness_book_computed.fit_from IS 'The number of the first day, by member_id.';
COMMENT ON COLUMN fitness_book_computed.fit_until IS 'The number of the first day after, by member_id; nothing while it lasts.';

-- kept participation_cell requires member district learning_session station_fitness
CREATE OR REPLACE VIEW participation_cell_computed AS
SELECT m.month, c.*
FROM calendar m
CROSS JOIN LATERAL (
    SELECT edustats.regroup(e.stations, e.groups) AS expected, edustats.regroup(edustats.keep(e.stations, learned_in(m.month, m.last_day)), e.groups) AS attended
    FROM (SELECT edustats.keep(edustats.lasting(b.opened, b.closed, m.last_day), f.stations) AS stations, b.groups
          FROM station_book b
          CROSS JOIN (SELECT coalesce(edustats.rollup(edustats.lasting(f.fit_from, f.fit_until, m.last_day)), '{}') AS stations FROM fitness_book f) f
          OFFSET 0) e
    OFFSET 0) e
CROSS JOIN LATERAL (
    SELECT c.district_id, c.district, c.kind, c.org_type, edustats.count_of(e.attended, c.station_group) AS attended,
           edustats.count_of(e.expected, c.station_group) AS expected
    FROM station_cell c
    WHERE c.month = m.month AND (c.open OR c.seconds > 0)
    OFFSET 0) c;                -- each month's stations are looked at once, and then each cell
COMMENT ON VIEW participation_cell_computed IS
    'How many of the stations of a district and kind that are fit for use at the end of the month learned at all in it.';
COMMENT ON COLUMN participation_cell_computed.month IS 'First day of the month.';
COMMENT ON COLUMN participation_cell_computed.district_id IS 'Key of the district; NULL without one that has a name.';
COMMENT ON COLUMN participation_cell_computed.district IS 'District; NULL without one.';
COMMENT ON COLUMN participation_cell_computed.kind IS 'Code of the kind of organisation.';
COMMENT ON COLUMN participation_cell_computed.org_type IS 'Kind of organisation.';
COMMENT ON COLUMN participation_cell_computed.attended IS 'Stations expected to learn that learned in the month.';
COMMENT ON COLUMN participation_cell_computed.expected IS 'Stations open and fit for use at the end of the month.';

-- view participation requires member district learning_session station_fitness key month district_id org_type
CREATE OR REPLACE VIEW participation AS
SELECT month, district, org_type, attended, expected - attended AS absent, expected, edustats.share(attended, expected)::numeric(5,2) AS rate, district_id
FROM participation_cell;
COMMENT ON VIEW participation IS
    'How many of the stations that are fit for use at the end of the month learned at all in it. No row where a district has no station of the kind.';
COMMENT ON COLUMN participation.month IS 'First day of the month.';
COMMENT ON COLUMN participation.district IS 'District; NULL for stations without one.';
COMMENT ON COLUMN participation.org_type IS 'Kind of organisation.';
COMMENT ON COLUMN participation.attended IS 'Stations expected to learn that learned in the month.';
COMMENT ON COLUMN participation.absent IS 'Stations expected to learn that did not.';
COMMENT ON COLUMN participation.expected IS 'Stations open and fit for use (site and equipment sound) at the end of the month.';
COMMENT ON COLUMN participation.rate IS 'attended / expected in percent; NULL where none is expected.';
COMMENT ON COLUMN participation.district_id IS 'Key of the district; NULL without.';

-- view station_learning requires member district learning_session key month member_id
CREATE OR REPLACE VIEW station_learning AS
SELECT l.month, row_number() OVER (PARTITION BY l.month ORDER BY e.count DESC, e.key) AS rank,
       s.name AS station, d.name AS district, coalesce(k.org_type, w.other) AS org_type, round(e.count / 3600.0, 2)::numeric(14,2) AS hours,
       d.district_id, e.key AS member_id
FROM learned l
CROSS JOIN LATERAL edustats.each(l.tally) e
JOIN station_account s ON s.member_id = e.key
CROSS JOIN word w
LEFT JOIN class_kind k ON k.account = 'station' AND k.value = s.org_type
LEFT JOIN place d ON d.district_id = s.district_id;
COMMENT ON VIEW station_learning IS 'The stations that learned in the month, by learning time.';
COMMENT ON COLUMN station_learning.month IS 'First day of the month.';
COMMENT ON COLUMN station_learning.rank IS 'Place by learning time, longest first; of equals, the lower member_id first.';
COMMENT ON COLUMN station_learning.station IS 'Name of the station.';
COMMENT ON COLUMN station_learning.district IS 'District of the station; NULL without one.';
COMMENT ON COLUMN station_learning.org_type IS 'Kind of organisation.';
COMMENT ON COLUMN station_learning.hours IS 'Hours learned in the month, rounded to 0.01 h.';
COMMENT ON COLUMN station_learning.district_id IS 'Key of the district; NULL without.';
COMMENT ON COLUMN station_learning.member_id IS 'Key of the station.';

-- kept learning_history requires member learning_session
CREATE OR REPLACE VIEW learning_history_computed AS
SELECT coalesce(edustats.tally_agg(edustats.day_number(p.day), p.total), '{}') AS seconds
FROM piece p
JOIN class c ON c.class = p.class AND c.account = 'station'
WHERE p.metric = 'learning';
COMMENT ON VIEW learning_history_computed IS 'How what station users learned came about: a tally by day, for edustats.in_days.';
COMMENT ON COLUMN learning_history_computed.seconds IS 'Seconds, by the first day of the piece of time.';

-- data learning_total requires member learning_session
CREATE OR REPLACE VIEW learning_total AS
SELECT m.month, round((o.seconds + edustats.in_days(h.seconds, '-infinity', m.last_day)) / 3600.0, 2) AS hours,
       round(edustats.in_days(h.seconds, m.year, m.last_day) / 3600.0, 2) AS hours_in_year
FROM calendar m
CROSS JOIN learning_history h
CROSS JOIN (SELECT coalesce(sum(o.amount), 0) AS seconds FROM opening o WHERE o.metric = 'learning') o;
COMMENT ON VIEW learning_total IS
    'Hours that station users learned from the beginning, and in the year: of all who are stations now, rounded once, from seconds. The months'' hours, rounded by cell, come near its growth.';
COMMENT ON COLUMN learning_total.month IS 'First day of the month.';
COMMENT ON COLUMN learning_total.hours IS 'Hours until the end of the month, opening balance included.';
COMMENT ON COLUMN learning_total.hours_in_year IS 'Hours from January of the month''s year to the end of the month.';

-- data headline_learning requires member district learning_session
CREATE OR REPLACE VIEW headline_learning AS
SELECT t.month, 'learning_hours' AS metric, h.value, h.previous, edustats.growth(h.value, h.previous) AS growth,
       t.hours AS cumulative, h.last_year, edustats.growth(h.value, h.last_year) AS growth_on_year, t.hours_in_year AS year_to_date
FROM learning_total t
CROSS JOIN LATERAL (
    SELECT coalesce(sum(c.hours), 0) AS value, coalesce(sum(c.hours_before), 0) AS previous, coalesce(sum(c.hours_year_before), 0) AS last_year
    FROM learning_cell c WHERE c.month = t.month) h;
COMMENT ON VIEW headline_learning IS
    'The headline''s row about learning: hours of station users.';

-- view table_2 requires member district learning_session key month row
CREATE OR REPLACE VIEW table_2 AS
SELECT m.month, t.*
FROM calendar m
CROSS JOIN word w
CROSS JOIN LATERAL (
    SELECT row_number() OVER (ORDER BY grouping(d.district_id), d.position, d.district_id)::integer AS row,
           CASE grouping(d.district_id) WHEN 1 THEN w.total ELSE coalesce(d.name, w.other) END AS district,
           -- each kind
           (sum(h.hours) FILTER (WHERE h.kind = {code}))::numeric(14,2) AS {column},
           -- end
           (sum(h.hours) FILTER (WHERE h.kind <> ALL ({kinds})))::numeric(14,2) AS other,
           sum(h.hours)::numeric(14,2) AS total
    FROM place d
    FULL JOIN (SELECT * FROM learning_cell l WHERE l.month = m.month AND l.hours IS NOT NULL) h ON h.district_id = d.district_id
    GROUP BY GROUPING SETS ((d.district_id, d.position, d.name), ())) t
ORDER BY m.month, t.row;
COMMENT ON VIEW table_2 IS
    'Table 2: hours that station users learned, by district. NULL where a district has no such station. The row before the total is of stations in no district, where there are any.';
COMMENT ON COLUMN table_2.month IS 'First day of the month.';
COMMENT ON COLUMN table_2.row IS 'Order of the rows; the last is the total.';
COMMENT ON COLUMN table_2.district IS 'District, or the word for others, or for total.';
-- each kind
COMMENT ON COLUMN table_2.{column} IS {text: Hours of stations of the kind %.};
-- end
COMMENT ON COLUMN table_2.other IS 'Hours of stations of kinds of organisation that have no column; NULL everywhere where there are none.';
COMMENT ON COLUMN table_2.total IS 'Sum of the row.';

-- view table_3 requires member district learning_session station_fitness key month row
CREATE OR REPLACE VIEW table_3 AS
SELECT m.month, t.row, t.district
       -- each compared kind
       , t.{column_attended}, t.{column_absent}, t.{column_expected}, edustats.share(t.{column_attended}, t.{column_expected})::numeric(5,2) AS {column_rate}
       -- end
FROM calendar m
CROSS JOIN word w
CROSS JOIN LATERAL (
    SELECT
           -- each compared kind
           (sum(p.attended) FILTER (WHERE p.kind = {code}))::bigint AS {column_attended},
           (sum(p.expected - p.attended) FILTER (WHERE p.kind = {code}))::bigint AS {column_absent},
           (sum(p.expected) FILTER (WHERE p.kind = {code}))::bigint AS {column_expected},
           -- end
           row_number() OVER (ORDER BY grouping(d.district_id), d.position, d.district_id)::integer AS row,
           CASE grouping(d.district_id) WHEN 1 THEN w.total ELSE coalesce(d.name, w.other) END AS district
    FROM place d
    FULL JOIN (SELECT * FROM participation_cell c WHERE c.month = m.month AND c.kind = ANY ({compared kinds})) p
        ON p.district_id = d.district_id
    GROUP BY GROUPING SETS ((d.district_id, d.position, d.name), ())) t
ORDER BY m.month, t.row;
COMMENT ON VIEW table_3 IS
    'Table 3: participation of the stations of the kinds that are compared, by district. NULL where a district has none. The row before the total is of stations in no district, where there are any.';
COMMENT ON COLUMN table_3.month IS 'First day of the month.';
COMMENT ON COLUMN table_3.row IS 'Order of the rows; the last is the total.';
COMMENT ON COLUMN table_3.district IS 'District, or the word for others, or for total.';
-- each compared kind
COMMENT ON COLUMN table_3.{column_attended} IS {text: Stations of the kind % that learned.};
COMMENT ON COLUMN table_3.{column_absent} IS {text: Stations of the kind % that were expected to and did not.};
COMMENT ON COLUMN table_3.{column_expected} IS {text: Stations of the kind % expected to learn.};
COMMENT ON COLUMN table_3.{column_rate} IS {text: Stations of the kind % that learned, in percent of those expected.};
-- end

-- view table_4 requires member district learning_session key month rank
CREATE OR REPLACE VIEW table_4 AS
SELECT l.month, row_number() OVER (PARTITION BY l.month ORDER BY t.rank) AS rank,
       coalesce(edustats.named(s.name), w.unnamed) AS station, round(t.count / 3600.0, 2)::numeric(14,2) AS hours
FROM learned l
CROSS JOIN word w
CROSS JOIN LATERAL edustats.top(l.tally, 10) t
JOIN station_account s ON s.member_id = t.key
ORDER BY 1, 2;
COMMENT ON VIEW table_4 IS 'Table 4: the ten stations that learned longest.';
COMMENT ON COLUMN table_4.month IS 'First day of the month.';
COMMENT ON COLUMN table_4.rank IS 'Place by learning time.';
COMMENT ON COLUMN table_4.station IS 'Name of the station.';
COMMENT ON COLUMN table_4.hours IS 'Hours learned in the month.';

-- What sentences tell of, in whatever language.

-- data learning_district requires member district learning_session
CREATE OR REPLACE VIEW learning_district AS
SELECT c.month, c.district_id, c.district, d.position, sum(c.hours) AS hours, sum(c.hours_before) AS hours_before
FROM learning_cell c
LEFT JOIN place d ON d.district_id = c.district_id
GROUP BY c.month, c.district_id, c.district, d.position;
COMMENT ON VIEW learning_district IS 'Hours that the station users of a district learned, of all kinds together.';
COMMENT ON COLUMN learning_district.month IS 'First day of the month.';
COMMENT ON COLUMN learning_district.district_id IS 'Key of the district; NULL without one that has a name.';
COMMENT ON COLUMN learning_district.district IS 'District; NULL for stations without one.';
COMMENT ON COLUMN learning_district.position IS 'Its place in printed tables.';
COMMENT ON COLUMN learning_district.hours IS 'Hours of the month; NULL where no station was open in it.';
COMMENT ON COLUMN learning_district.hours_before IS 'Hours of the month before.';

-- A kind that is compared is told of even if its stations did nothing.

-- data learning_kind requires member district learning_session
CREATE OR REPLACE VIEW learning_kind AS
SELECT m.month, k.labels, k.hours, k.place
FROM calendar m
CROSS JOIN LATERAL (
    SELECT array_agg(k.label ORDER BY k.place) FILTER (WHERE c.hours IS NOT NULL) AS labels, sum(c.hours) AS hours, min(k.place) AS place,
           bool_or(k.compared) AS compared
    FROM kind k
    LEFT JOIN (SELECT c.kind, sum(c.hours) AS hours FROM learning_cell c WHERE c.month = m.month GROUP BY c.kind) c ON c.kind = k.kind
    GROUP BY CASE WHEN NOT k.told_together THEN k.kind END) k
WHERE k.hours > 0 OR k.compared;
COMMENT ON VIEW learning_kind IS 'Hours that station users learned, by what the sentence about them tells of together: a kind of organisation, or several.';
COMMENT ON COLUMN learning_kind.month IS 'First day of the month.';
COMMENT ON COLUMN learning_kind.labels IS 'What those of the kinds are called that have stations; NULL where none has.';
COMMENT ON COLUMN learning_kind.hours IS 'Hours of the month; NULL where none has stations.';
COMMENT ON COLUMN learning_kind.place IS 'Their place in the sentence; NULL for others, who come last.';

-- data participation_told requires member district learning_session station_fitness
CREATE OR REPLACE VIEW participation_told AS
SELECT p.month, k.place, k.label, d.name AS district, d.position, d.district_id, p.attended, p.expected,
       edustats.share(p.attended, p.expected) AS rate
FROM participation_cell p
JOIN kind k ON k.kind = p.kind AND k.compared
LEFT JOIN place d ON d.district_id = p.district_id;
COMMENT ON VIEW participation_told IS 'Participation of the kinds of organisation that are compared, by district.';
COMMENT ON COLUMN participation_told.month IS 'First day of the month.';
COMMENT ON COLUMN participation_told.place IS 'Place of the kind in tables and sentences.';
COMMENT ON COLUMN participation_told.label IS 'What the kind is called.';
COMMENT ON COLUMN participation_told.district IS 'District; NULL for stations without one.';
COMMENT ON COLUMN participation_told.position IS 'Its place in printed tables.';
COMMENT ON COLUMN participation_told.district_id IS 'Key of the district; NULL without.';
COMMENT ON COLUMN participation_told.attended IS 'Stations expected to learn that learned in the month.';
COMMENT ON COLUMN participation_told.expected IS 'Stations open and fit for use at the end of the month.';
COMMENT ON COLUMN participation_told.rate IS 'attended / expected in percent; NULL where none is expected.';
