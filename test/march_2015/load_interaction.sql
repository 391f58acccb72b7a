-- Part of load.sql: forum, blogs, the village officials' column, reports.

INSERT INTO platform.topic (topic_id, title, board)
SELECT topic_id, topic, board FROM csv_invented_topics;

INSERT INTO platform.topic_view (topic_id, viewed_at)
SELECT i.topic_id, pg_temp.moment(m.starts, m.seconds, i.topic_id * 11 + m.month, k)
FROM csv_invented_topics i
LEFT JOIN csv_table_9 t USING (topic)
CROSS JOIN LATERAL (VALUES (2, i.february), (3, coalesce(i.march, t.views))) AS v(month, views)
JOIN month m USING (month)
CROSS JOIN generate_series(1, v.views) AS k
ORDER BY 2, 1;

-- Posts by district and month. March's are the sentences' where they name the district; figure 4 has the quarter's
-- blog posts.
CREATE TEMPORARY TABLE posts ON COMMIT DROP AS
SELECT d.position, d.code, v.*
FROM csv_invented_posts i
JOIN csv_invented_districts d USING (district)
LEFT JOIN csv_sentences f ON f.metric = 'forum_posts' AND f.item = i.district
LEFT JOIN csv_sentences b ON b.metric = 'blog_posts' AND b.item = i.district
LEFT JOIN csv_figure_4 q USING (district)
CROSS JOIN LATERAL (SELECT coalesce(i.forum_march, f.exact::bigint), coalesce(i.blog_march, b.exact::bigint))
    AS march(forum, blog)
CROSS JOIN LATERAL (VALUES (2, i.forum_february, i.blog_february), (3, march.forum, march.blog),
    (1, 0, q.posts - i.blog_february - march.blog)) AS v(month, forum, blog);

-- Authors: some members of each district, of every class.
CREATE TEMPORARY TABLE author ON COMMIT DROP AS
SELECT a.position, a.member_id,
    row_number() OVER (PARTITION BY a.position ORDER BY pg_temp.scatter(a.number, 1000003), a.number) AS i
FROM account a
WHERE a.position IS NOT NULL AND a.closed_at IS NULL AND a.registered_at < timestamptz '2015-01-01 00:00:00+08';
CREATE INDEX ON author (position, i);

INSERT INTO platform.forum_post (member_id, posted_at)
SELECT a.member_id, pg_temp.moment(m.starts, m.seconds, p.position * 13 + m.month, k)
FROM posts p
JOIN month m USING (month)
CROSS JOIN generate_series(1, p.forum) AS k
JOIN author a ON a.position = p.position AND a.i = 1 + pg_temp.scatter(k * 19 + p.position, 60)
ORDER BY 2, 1;

-- Two blogs in every district and category.
INSERT INTO platform.blog (blog_id, member_id, category)
SELECT (f.rank - 1) * 32 + (d.position - 1) * 2 + i.i, a.member_id, f.category
FROM csv_figure_3 f
CROSS JOIN csv_invented_districts d
CROSS JOIN generate_series(1, 2) AS i(i)
JOIN author a ON a.position = d.position AND a.i = 60 + f.rank * 2 + i.i;

-- March's posts are dealt out twice: in order to the districts, and by steps of a prime, which visits all of them, to
-- the categories; so the sums of both are right.
INSERT INTO platform.blog_post (blog_id, posted_at)
WITH district AS (
    SELECT position, blog, sum(blog) OVER (ORDER BY position) AS upto FROM posts WHERE month = 3
),
category AS (
    SELECT rank, posts, sum(posts) OVER (ORDER BY rank) AS upto, sum(posts) OVER () AS whole FROM csv_figure_3
),
post AS (
    SELECT d.position, k, (d.upto - d.blog + k) * 1999 AS step
    FROM district d CROSS JOIN generate_series(1, d.blog) AS k
)
SELECT (c.rank - 1) * 32 + (p.position - 1) * 2 + 1 + p.k % 2,
    pg_temp.moment(m.starts, m.seconds, p.position * 17 + m.month, p.k)
FROM post p
JOIN category c ON p.step % c.whole >= c.upto - c.posts AND p.step % c.whole < c.upto
JOIN month m ON m.month = 3
ORDER BY 2, 1;

INSERT INTO platform.blog_post (blog_id, posted_at)
SELECT pg_temp.scatter(k * 23 + p.position, (SELECT count(*) FROM csv_figure_3)) * 32
        + (p.position - 1) * 2 + 1 + k % 2,
    pg_temp.moment(m.starts, m.seconds, p.position * 17 + m.month, k)
FROM posts p
JOIN month m USING (month)
CROSS JOIN generate_series(1, p.blog) AS k
WHERE m.month < 3
ORDER BY 2, 1;

INSERT INTO platform.village_topic (topic_id, title)
SELECT rank, topic FROM csv_figure_5;

INSERT INTO platform.village_post (topic_id, posted_at)
SELECT f.rank, pg_temp.moment(m.starts, m.seconds, f.rank * 19 + m.month, k)
FROM csv_figure_5 f
CROSS JOIN generate_series(1, f.posts) AS k
JOIN month m ON m.month = 3
UNION ALL
SELECT 1 + pg_temp.scatter(k * 29 + m.month, (SELECT count(*) FROM csv_figure_5)),
    pg_temp.moment(m.starts, m.seconds, 41 + m.month, k)
FROM month m
JOIN csv_sentences s
    ON s.metric = CASE m.month WHEN 1 THEN 'village_posts_january' WHEN 2 THEN 'village_posts_february' END
CROSS JOIN generate_series(1, s.exact::bigint) AS k
ORDER BY 2, 1;

INSERT INTO platform.opening_balance (metric, key, amount)
SELECT 'village_posts', 0, (SELECT exact FROM csv_sentences WHERE metric = 'village_posts_cumulative')
    - (SELECT sum(exact) FROM csv_sentences
        WHERE metric IN ('village_posts_january', 'village_posts_february', 'village_posts'));

-- Participants: persons, the last of them in March, first and last second included.
INSERT INTO platform.village_participant (member_id, joined_at)
SELECT p.member_id, CASE WHEN p.i <= fresh.exact THEN pg_temp.moment(m.starts, m.seconds, 43, p.i)
    ELSE p.registered_at + interval '1 second' * pg_temp.scatter(p.number + 90001,
        extract(epoch FROM m.starts - p.registered_at)::bigint) END
FROM (SELECT number, member_id, registered_at, row_number() OVER (ORDER BY pg_temp.scatter(number, 999983), number) AS i
    FROM account
    WHERE org_type IS NULL AND closed_at IS NULL AND registered_at < timestamptz '2015-02-01 00:00:00+08') AS p
JOIN csv_sentences whole ON whole.metric = 'village_participants'
JOIN csv_sentences fresh ON fresh.metric = 'village_participants_new'
JOIN month m ON m.month = 3
WHERE p.i <= whole.exact;

-- Reports: the quarter's from its first to its last second, and some of the year before.
INSERT INTO platform.report (district_id, reported_at)
SELECT d.code, quarter.starts + interval '1 second' * ((quarter.seconds - 1) * (r.i - 1) / (r.whole - 1))
FROM (SELECT s.item AS district, row_number() OVER (ORDER BY k, s.item COLLATE "C") AS i, count(*) OVER () AS whole
    FROM csv_sentences s
    CROSS JOIN generate_series(1, s.exact::bigint) AS k
    WHERE s.metric = 'reports_quarter' AND s.item <> '合计') AS r
JOIN csv_invented_districts d USING (district)
CROSS JOIN (SELECT min(starts) AS starts, sum(seconds)::bigint AS seconds FROM month) AS quarter
UNION ALL
SELECT d.code, v.reported_at
FROM (VALUES ('大兴', timestamptz '2014-10-17 15:20:00+08'), ('大兴', '2014-11-03 09:05:00+08'),
    ('东城', '2014-12-12 10:00:00+08'), ('房山', '2014-12-31 23:59:59+08')) AS v(district, reported_at)
JOIN csv_invented_districts d USING (district);
