-- Part of load.sql: learning sessions and what of learning predates them.

-- Seconds of every station with learning in March: table 4's stations have theirs, the rest of a cell of table 2 is
-- shared out among its other stations that learned, by invented weights of 20 to 100.
CREATE TEMPORARY TABLE learning ON COMMIT DROP AS
WITH cell AS (
    SELECT t.district, v.org_type, (v.hours * 3600)::bigint AS seconds
    FROM csv_table_2 t
    CROSS JOIN LATERAL (VALUES ('农村', t.rural), ('社区', t.community), ('机关事业单位', t.agency), ('国企', t.soe),
        ('“两新”组织', t.new_org)) AS v(org_type, hours)
    WHERE v.hours IS NOT NULL
),
learner AS (
    SELECT a.number, a.member_id, a.cohort, a.ordinal, (a.hours * 3600)::bigint AS own, c.seconds,
        CASE WHEN a.hours IS NULL THEN 20 + pg_temp.scatter(a.number + 20001, 81) ELSE 0 END AS weight
    FROM account a
    JOIN cohort USING (cohort)
    JOIN cell c ON c.district = cohort.district AND c.org_type = cohort.org_type
    WHERE a.learner
),
share AS (
    SELECT *, sum(weight) OVER upto AS upto, sum(weight) OVER whole AS whole,
        seconds - coalesce(sum(own) OVER whole, 0) AS rest
    FROM learner
    WINDOW whole AS (PARTITION BY cohort), upto AS (PARTITION BY cohort ORDER BY ordinal)
)
SELECT 3 AS month, number, member_id, ordinal,
    coalesce(own, (div(rest * upto, whole) - div(rest * (upto - weight), whole))::bigint) AS seconds
FROM share;

-- January and February: invented stations, whose seconds make up an invented sum.
INSERT INTO learning (month, number, member_id, ordinal, seconds)
WITH learner AS (
    SELECT m.month, a.number, a.member_id, s.exact * 3600 AS seconds,
        10 + pg_temp.scatter(a.number * 7 + m.month, 91) AS weight
    FROM month m
    JOIN csv_sentences s ON s.metric = CASE m.month WHEN 1 THEN 'hours_january' ELSE 'hours_february' END
    JOIN account a ON a.kind IN (1, 2, 3) AND a.registered_at < timestamptz '2015-01-01 00:00:00+08'
        AND pg_temp.scatter(a.number * 3 + m.month, 7) = 0
    WHERE m.month < 3
),
share AS (
    SELECT *, sum(weight) OVER upto AS upto, sum(weight) OVER (PARTITION BY month) AS whole,
        row_number() OVER upto AS ordinal
    FROM learner
    WINDOW upto AS (PARTITION BY month ORDER BY number)
)
SELECT month, number, member_id, ordinal,
    (div(seconds * upto, whole) - div(seconds * (upto - weight), whole))::bigint
FROM share;

-- A station's seconds as sessions on different days: two at least, and none over ten hours. The first stations of a
-- cell learn in the month's first and last second too.
INSERT INTO platform.learning_session (member_id, started_at, seconds)
SELECT member_id, started_at, seconds
FROM (SELECT l.member_id, l.seconds * k / n - l.seconds * (k - 1) / n AS seconds,
        m.starts + interval '1 second' * CASE
            WHEN l.ordinal = 1 AND k = 1 THEN 0
            WHEN l.ordinal = 2 AND k = 1 THEN m.seconds - 1
            ELSE 86400 * ((pg_temp.scatter(l.number + 10001, 31) + k * 11) % (m.seconds / 86400))
                + 21600 + pg_temp.scatter(l.number * 37 + k, 32400) END AS started_at
    FROM learning l
    JOIN month m USING (month)
    CROSS JOIN LATERAL (SELECT least(26, 2 + l.seconds / 9000)) AS parts(n)
    CROSS JOIN generate_series(1, n) AS k) AS session
ORDER BY started_at, member_id;

-- Sessions that came to nothing: the station after the last that learned opened a course and closed it again.
INSERT INTO platform.learning_session (member_id, started_at, seconds)
SELECT a.member_id, m.starts + interval '1 second' * (500000 + pg_temp.scatter(a.number, 1000000)), 0
FROM account a JOIN cohort c USING (cohort), month m
WHERE m.month = 3 AND a.allocated AND a.ordinal = c.learners + 1 AND a.registered_at < m.starts;

-- Learning that is no station's: of other organisations, of persons, and of somebody unknown.
INSERT INTO platform.learning_session (member_id, started_at, seconds)
SELECT a.member_id, pg_temp.moment(m.starts, m.seconds, 23, row_number() OVER (PARTITION BY m.month ORDER BY a.number)),
    600 + pg_temp.scatter(a.number + m.month, 5400)
FROM account a, month m
WHERE NOT a.allocated AND a.closed_at IS NULL AND a.registered_at < timestamptz '2015-01-01 00:00:00+08'
    AND pg_temp.scatter(a.number * 5 + m.month, CASE m.month WHEN 3 THEN 24 ELSE 48 END) = 0;

INSERT INTO platform.learning_session (member_id, started_at, seconds)
SELECT 999999, pg_temp.moment(m.starts, m.seconds, 29, i), 1800
FROM month m, generate_series(1, 3) AS i
WHERE m.month = 3;

-- What the platform's stations had learned before January.
INSERT INTO platform.opening_balance (metric, key, amount)
SELECT 'learning', 0,
    ((SELECT exact FROM csv_sentences WHERE metric = 'hours_cumulative') * 3600)::bigint - sum(seconds)
FROM learning;
