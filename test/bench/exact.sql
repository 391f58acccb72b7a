-- How many rows of tables 5 to 7 and of the headline are not what plain SQL over the source says, with those that lack.
CREATE TEMPORARY TABLE counted AS
SELECT m.org_type, k.course_id, count(*) AS clicks
FROM platform.course_click k LEFT JOIN platform.member m USING (member_id)
WHERE k.clicked_at >= '2015-03-01 00:00+08' AND k.clicked_at < '2015-04-01 00:00+08' GROUP BY 1, 2;
CREATE TEMPORARY TABLE right_rows AS
SELECT kind, audience, rank, name, clicks
FROM (SELECT u.kind, u.audience, u.name, sum(k.clicks)::bigint AS clicks,
             row_number() OVER (PARTITION BY u.kind, u.audience ORDER BY sum(k.clicks) DESC, u.course_id, u.name COLLATE "C") AS rank
      FROM counted k JOIN platform.course c USING (course_id)
      CROSS JOIN LATERAL (VALUES ('category', k.org_type, c.category, NULL), ('course', k.org_type, c.title, k.course_id),
                                 ('course', 'all', c.title, k.course_id)) u(kind, audience, name, course_id)
      WHERE u.audience IN ('农村', '社区', 'all')
      GROUP BY u.kind, u.audience, u.name, u.course_id) r
WHERE rank <= CASE kind WHEN 'course' THEN 10 ELSE 5 END
UNION ALL SELECT 'headline', 'all', 1, '', sum(clicks)::bigint FROM counted;
CREATE TEMPORARY TABLE read_rows AS
SELECT 'category' AS kind, a.* FROM bulletin.table_5
CROSS JOIN LATERAL (VALUES ('农村', rank, rural_category, rural_clicks), ('社区', rank, community_category, community_clicks)) a
WHERE month = '2015-03-01'
UNION ALL SELECT 'course', 'all', rank, course, clicks FROM bulletin.table_6 WHERE month = '2015-03-01'
UNION ALL SELECT 'course', a.* FROM bulletin.table_7
CROSS JOIN LATERAL (VALUES ('农村', rank, rural_course, rural_clicks), ('社区', rank, community_course, community_clicks)) a
WHERE month = '2015-03-01'
UNION ALL SELECT 'headline', 'all', 1, '', value::bigint FROM bulletin.headline WHERE month = '2015-03-01' AND metric = 'course_clicks';
SELECT (SELECT count(*) FROM (TABLE right_rows EXCEPT ALL TABLE read_rows) missing) +
       (SELECT count(*) FROM (TABLE read_rows EXCEPT ALL TABLE right_rows) wrong);
