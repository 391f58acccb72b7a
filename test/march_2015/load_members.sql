-- Part of load.sql: districts, members, fitness of stations.
-- What the bulletin does not tell is invented here: names, days of registration, districts of all but station users.

INSERT INTO platform.district (district_id, name, position)
SELECT code, district, position FROM csv_invented_districts;

-- Every kind of member with its number: stations by district, from table 3 and, where it is silent, from an invented
-- file; the others from table 1. learners is how many of the stations learned in March.
CREATE TEMPORARY TABLE cohort ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY kind, position) AS cohort, c.*
FROM (SELECT 1 AS kind, '农村' AS org_type, true AS allocated, d.position, t.district, t.rural_expected AS members,
        t.rural_attended AS learners
    FROM csv_table_3 t JOIN csv_invented_districts d USING (district) WHERE t.rural_expected > 0
    UNION ALL
    SELECT 2, '社区', true, d.position, t.district, t.community_expected, t.community_attended
    FROM csv_table_3 t JOIN csv_invented_districts d USING (district) WHERE t.community_expected > 0
    UNION ALL
    SELECT CASE s.org_type WHEN '机关事业单位' THEN 3 WHEN '国企' THEN 4 ELSE 5 END, s.org_type, true, d.position,
        s.district, s.stations, s.learners
    FROM csv_invented_stations s JOIN csv_invented_districts d USING (district)
    UNION ALL
    SELECT 10 + t.row, t.org_type, false, NULL, NULL, t.users, 0
    FROM csv_table_1 t
    WHERE t.account = '非站点用户' OR t.org_type = '高校' OR t.audience = '个人用户') AS c;

-- The stations that table 4 names lead their district's stations of their type, so that they are among those who learn.
CREATE TEMPORARY TABLE named_station ON COMMIT DROP AS
SELECT c.cohort, row_number() OVER (PARTITION BY c.cohort ORDER BY t.rank) AS ordinal, t.station, t.hours
FROM csv_table_4 t
JOIN cohort c ON c.allocated AND t.station LIKE c.district || '%'
    AND c.org_type = CASE WHEN t.station LIKE '%社区' THEN '社区' ELSE '农村' END;

-- Stations' names: the town by turns, then a name that is its own within the town.
CREATE FUNCTION pg_temp.station_name(kind integer, place text, towns text[], streets text[], shift bigint, o bigint)
RETURNS text LANGUAGE sql IMMUTABLE
RETURN CASE kind
    WHEN 1 THEN place || towns[1 + o % cardinality(towns)]
        || substr('张王李赵刘陈杨孙马高郭何罗梁宋郑谢韩唐冯于董程曹',
            (1 + (o / cardinality(towns) + shift * 3 + o % cardinality(towns) * 5) % 24)::integer, 1)
        || (string_to_array('家庄|各庄|家营|家务|家坟|家铺|家场|家窑|家洼|家台|家园|家坡', '|'))
            [1 + (o / cardinality(towns) / 24 + shift + o % cardinality(towns)) % 12] || '村'
    WHEN 2 THEN place || streets[1 + o % cardinality(streets)]
        || (string_to_array('花园|幸福|朝晖|安康|和平|建设|新华|文苑|杏林|翠湖|玉兰|月季|丰乐|长青|春晖|永乐|平安|福顺|金桥|银杏|西山|东湖|南苑|北辰', '|'))
            [1 + (o / cardinality(streets) + shift * 5) % 24]
        || (string_to_array('东里|西里|南里|北里|一区|二区|三区|家园|新村|东街|西街|小区', '|'))
            [1 + (o / cardinality(streets) / 24 + shift + o % cardinality(streets)) % 12] || '社区'
    WHEN 3 THEN place
        || (string_to_array('财政局|民政局|教委|卫生局|农委|水务局|园林绿化局|环保局|审计局|统计局|司法局|人力社保局|住建委|'
            || '商务委|文化委|体育局|档案局|国土分局|规划分局|总工会|团区委|妇联|科协|残联|红十字会', '|'))[1 + o % 25]
        || (string_to_array('机关党总支|第一党支部|第二党支部|老干部党支部', '|'))[1 + o / 25]
    WHEN 4 THEN place || (string_to_array('供销|粮油|建筑|自来水|热力|公交|市政|园林', '|'))[1 + o % 8] || '公司党委'
    ELSE place || (string_to_array('商务楼宇|律师行业|民办学校|行业协会|科技园区|商业街|物业行业|出租车行业', '|'))[1 + o % 8]
        || '联合党支部'
END;

-- One row an account; number is its place in the list of all and the seed of what is invented about it.
CREATE TEMPORARY TABLE account ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY c.cohort, o.ordinal) AS number, c.cohort, o.ordinal, c.kind, c.org_type, c.allocated,
    c.position, o.ordinal <= c.learners AS learner, n.hours, n.station AS name,
    timestamptz '2008-01-01 00:00:00+08' AS registered_at, NULL::timestamptz AS closed_at
FROM cohort c
CROSS JOIN generate_series(1, c.members) AS o(ordinal)
LEFT JOIN named_station n ON n.cohort = c.cohort AND n.ordinal = o.ordinal;

UPDATE account SET
    position = CASE WHEN allocated THEN position
        WHEN org_type IS NULL AND pg_temp.scatter(number + 70001, 10) = 0 THEN NULL
        ELSE 1 + pg_temp.scatter(number + 60001, 16) END,
    -- Before March; the very first account in the platform's first second, the second one in February's last.
    registered_at = CASE number WHEN 1 THEN registered_at WHEN 2 THEN m.starts - interval '1 second'
        ELSE registered_at + interval '1 second' * pg_temp.scatter(number + 50001,
            extract(epoch FROM m.starts - timestamptz '2008-01-01 00:00:00+08')::bigint) END
FROM month m WHERE m.month = 3;

-- The accounts of March, first and last second included; no station that learned is so new.
WITH chosen AS (
    SELECT number, row_number() OVER (PARTITION BY allocated ORDER BY pg_temp.scatter(number, 1000000), number) AS i,
        allocated
    FROM account
    WHERE number > 2 AND NOT learner AND kind NOT IN (3, 4, 5) AND org_type IS DISTINCT FROM '高校'
)
UPDATE account a SET registered_at = pg_temp.moment(m.starts, m.seconds, 17, c.i)
FROM chosen c
JOIN csv_sentences s ON s.metric = 'new_users'
    AND s.item = CASE WHEN c.allocated THEN '站点分配' ELSE '自行注册' END
CROSS JOIN month m
WHERE a.number = c.number AND c.i <= s.exact AND m.month = 3;

UPDATE account a SET name = CASE
    WHEN a.allocated THEN pg_temp.station_name(a.kind, d.district || d.suffix, string_to_array(d.towns, '|'),
        string_to_array(d.streets, '|'), d.position, a.ordinal - 1)
    WHEN a.org_type IS NULL THEN '党员' || a.ordinal
    ELSE a.org_type || '党支部' || a.ordinal END
FROM account b
LEFT JOIN csv_invented_districts d ON d.position = b.position
WHERE a.number = b.number AND a.name IS NULL;

-- Accounts that were closed before March and count nowhere in it: on top of the published figures. The state-owned
-- enterprise's station leaves its district without one, as table 2 shows it; the last was closed in February's last
-- second.
INSERT INTO account
    (number, cohort, ordinal, kind, org_type, allocated, position, learner, name, registered_at, closed_at)
SELECT 1000000 + i, 0, i, 0, org_type, allocated, d.position, false, '已注销用户' || i, registered_at, closed_at
FROM (VALUES (1, '农村', true, '大兴', timestamptz '2008-05-12 09:30:00+08', timestamptz '2011-07-01 00:00:00+08'),
    (2, '农村', true, '房山', '2009-03-02 14:11:05+08', '2014-12-31 23:59:59+08'),
    (3, '社区', true, '丰台', '2008-09-15 08:00:00+08', '2015-01-20 16:42:10+08'),
    (4, '机关事业单位', true, '西城', '2010-02-03 10:20:30+08', '2013-10-08 11:00:00+08'),
    (5, '国企', true, '丰台', '2009-11-11 11:11:11+08', '2014-06-30 17:00:00+08'),
    (6, '农村', false, '平谷', '2012-04-05 19:00:00+08', '2014-08-19 12:00:00+08'),
    (7, '社区', false, '朝阳', '2011-01-30 20:15:00+08', '2015-02-11 09:09:09+08'),
    (8, '“两新”组织', false, '海淀', '2013-06-18 15:45:00+08', '2014-03-03 03:03:03+08'),
    (9, '高校', false, '海淀', '2010-10-10 10:10:10+08', '2012-12-12 12:12:12+08'),
    (10, NULL, false, '通州', '2008-02-29 07:00:00+08', '2010-05-05 05:05:05+08'),
    (11, NULL, false, NULL, '2014-01-01 00:00:00+08', '2014-02-01 00:00:00+08'),
    (12, NULL, false, '顺义', '2012-12-21 21:12:00+08', '2015-02-28 23:59:59+08'))
    AS closed(i, org_type, allocated, district, registered_at, closed_at)
LEFT JOIN csv_invented_districts d USING (district);

-- Numbers are given in the order of registration, as a platform does.
ALTER TABLE account ADD COLUMN member_id bigint;
UPDATE account a SET member_id = b.member_id
FROM (SELECT number, row_number() OVER (ORDER BY registered_at, number) AS member_id FROM account) AS b
WHERE a.number = b.number;

INSERT INTO platform.member (member_id, org_type, allocated, district_id, name, registered_at, closed_at)
SELECT a.member_id, a.org_type, a.allocated, d.code, a.name, a.registered_at, a.closed_at
FROM account a
LEFT JOIN csv_invented_districts d ON d.position = a.position
ORDER BY a.member_id;

-- Who is of use for invented activity in all three months, numbered within three classes: village and community
-- organisations, station or not, as tables 5 and 7 have them, and all others.
CREATE TEMPORARY TABLE active ON COMMIT DROP AS
SELECT class, row_number() OVER (PARTITION BY class ORDER BY member_id) - 1 AS i, member_id
FROM (SELECT CASE org_type WHEN '农村' THEN 'rural' WHEN '社区' THEN 'community' ELSE 'other' END AS class, member_id
    FROM account
    WHERE registered_at < (SELECT starts FROM month WHERE month = 1) AND closed_at IS NULL) AS a;

-- Fitness of stations. In March all of the villages and communities are fit, as table 3 expects all of table 1's; most
-- since they registered, some again after a gap, a few from the month's last day on or with an end on the first day
-- after it. Of the others some are not: never, no longer, or until the month's last day but one.
CREATE TEMPORARY TABLE fitness ON COMMIT DROP AS
SELECT member_id, (registered_at AT TIME ZONE 'Asia/Shanghai')::date AS since, closed_at,
    kind IN (3, 4, 5) AND pg_temp.scatter(number + 40001, 12) = 0 OR cohort = 0 AND ordinal < 5 AS broken,
    pg_temp.scatter(number + 30001, 60) AS fate
FROM account
WHERE allocated;

INSERT INTO platform.station_fitness (member_id, fit_from, fit_until)
-- closed in between: the period ended with the account, except that nobody ended the one of the closed enterprise
SELECT member_id, since, (closed_at AT TIME ZONE 'Asia/Shanghai')::date
FROM fitness WHERE broken AND closed_at IS NOT NULL
UNION ALL
SELECT member_id, since, NULL FROM fitness WHERE NOT broken AND closed_at IS NOT NULL
UNION ALL
SELECT member_id, since, CASE fate % 3 WHEN 0 THEN date '2015-03-31' ELSE since + 200 END
FROM fitness WHERE broken AND closed_at IS NULL AND fate % 3 < 2 AND since < date '2014-06-01'
UNION ALL
SELECT member_id, since,
    CASE WHEN fate = 0 THEN date '2015-04-01' WHEN fate < 3 AND since < date '2014-01-01' THEN since + 300 END
FROM fitness WHERE NOT broken AND closed_at IS NULL
UNION ALL
SELECT member_id, CASE fate WHEN 1 THEN date '2015-03-31' ELSE since + 365 END, NULL
FROM fitness WHERE NOT broken AND closed_at IS NULL AND fate IN (1, 2) AND since < date '2014-01-01';

DROP FUNCTION pg_temp.station_name;
