-- The bulletin of March 2015, cell by cell against the published figures, and its facts against its tables.
\ir ../march_2015.sql
\ir ../march_2015/csv.sql
\ir ../march_2015/check.sql
\set ON_ERROR_STOP off
SELECT no_plan();
SET search_path TO bulletin, public;
-- Nothing of the session may show in the bulletin.
SET timezone TO 'America/New_York';

-- Every cell of every table and figure. A figure may print fewer rows than the fixture has.
CREATE FUNCTION pg_temp.cells(relation text, condition text) RETURNS TABLE (place text, figure text)
LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT coalesce(t.j ->> ''row'', t.j ->> ''rank'') || ''.'' || c.key, '
        'CASE jsonb_typeof(c.value) WHEN ''number'' THEN ((c.value #>> ''{}'')::numeric)::text ELSE c.value #>> ''{}'' END '
        'FROM (SELECT to_jsonb(t) - ''month'' - ''invented'' AS j FROM %s t WHERE %s) t, jsonb_each(t.j) c', relation, condition);
END $$;

SELECT is(
    (SELECT string_agg(format('%s: %s, not %s', place, v.figure, p.figure), E'\n' ORDER BY place)
     FROM pg_temp.cells('bulletin.' || t, $$month = '2015-03-01'$$) v
     FULL JOIN pg_temp.cells('csv_' || t, 'true') p USING (place)
     WHERE v.figure IS DISTINCT FROM p.figure),
    NULL,
    format('%s: all %s cells are as published', t, (SELECT count(*) FROM pg_temp.cells('csv_' || t, 'true'))))
FROM unnest(ARRAY['table_1', 'table_2', 'table_3', 'table_4', 'table_5', 'table_6', 'table_7', 'table_8', 'table_9',
                  'figure_1', 'figure_2', 'figure_3', 'figure_4', 'figure_5']) t;

SELECT cmp_ok(
    (SELECT count(*) FROM unnest(ARRAY[1, 2, 3, 4]) n, pg_temp.cells('csv_table_' || n, 'true') c WHERE c.figure ~ '^[0-9.]+$'),
    '>=', 290::bigint, 'tables 1 to 4 have 290 figures, not counting "-"');

-- The headline, against the sentences' figures.
SELECT is((SELECT value FROM headline WHERE month = '2015-03-01' AND metric = h.metric), h.figure, h.metric)
FROM (VALUES
    ('users', 42505), ('collective_users', 23763), ('individual_users', 18742), ('station_users', 7250), ('new_users', 122),
    ('new_allocated_users', 5), ('new_registered_users', 117), ('learning_hours', 18144.79), ('forum_posts', 4984),
    ('blog_posts', 7013), ('village_posts', 2083), ('reports_quarter', 8)) h(metric, figure);
SELECT is((SELECT growth FROM headline WHERE month = '2015-03-01' AND metric = h.metric), h.figure, h.metric || ' growth')
FROM (VALUES ('users', 0.29), ('learning_hours', 110.00), ('video_visits', 9.88)) h(metric, figure);
SELECT is((SELECT edustats.wan_text(cumulative) FROM headline WHERE month = '2015-03-01' AND metric = h.metric), h.figure,
          h.metric || ' cumulative')
FROM (VALUES ('learning_hours', '139.24万'), ('video_visits', '237万'), ('text_visits', '115.12万'),
             ('village_participants', '8865'), ('village_posts', '20.53万')) h(metric, figure);
SELECT is((SELECT edustats.wan_text(value) FROM headline WHERE month = '2015-03-01' AND metric = h.metric), h.figure, h.metric)
FROM (VALUES ('learning_hours', '1.81万'), ('video_visits', '4.45万'), ('text_visits', '3.43万')) h(metric, figure);
SELECT is((SELECT value FROM headline WHERE month = '2015-03-01' AND metric = s.metric), s.exact, 'exact ' || s.metric)
FROM csv_sentences s WHERE s.metric IN ('video_visits', 'text_visits', 'village_posts') AND s.exact IS NOT NULL;

-- Every published figure of a sentence stands in the narrative of its section, as published.
CREATE TEMP TABLE told AS
SELECT section, string_agg(text, '') AS text FROM narrative WHERE month = '2015-03-01' GROUP BY section;
SELECT ok(
    n.text LIKE '%' || coalesce(nullif(s.item, '合计'), '') || '%'
    AND n.text ~ ('(^|[^0-9.])' || replace(s.published::text, '.', '\.')
           || CASE s.unit WHEN '%' THEN '%' WHEN '倍' THEN '倍' ELSE '' END || '([^0-9.]|$)'),
    format('section %s tells %s %s %s', section, s.metric, s.item, s.published))
FROM csv_sentences s JOIN told n USING (section)
WHERE s.published IS NOT NULL AND s.metric <> 'board_most_viewed' AND s.item IS DISTINCT FROM '站点分配'
  AND s.item IS DISTINCT FROM '自行注册';
CREATE FUNCTION pg_temp.sentences(month date) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE format('SELECT text FROM narrative WHERE month = %L', month);
END $$;
SELECT is((SELECT string_agg(t, E'\n') FROM pg_temp.sentences(m) t
           WHERE t ~ 'NULL|增长-|下降-|、、|：。|，。|；。' OR t ~ (chr(65288) || chr(65289)) OR t !~ '。$'),
          NULL, format('the sentences of %s are whole', m))
FROM unnest(ARRAY[date '2008-01-01', '2014-12-01', '2015-01-01', '2015-02-01', '2015-03-01', '2015-04-01', '2016-03-01']) m;
SELECT matches((SELECT text FROM narrative WHERE month = '2015-03-01' AND section = 2 AND paragraph = 1), '比上月增长1\.1倍',
               'growth of more than 100 % is a multiple');
SELECT matches((SELECT text FROM narrative WHERE month = '2015-03-01' AND section = 2 AND paragraph = 2),
               '大兴5215\.70小时、顺义3719\.24小时、通州2525\.75小时、密云1491\.70小时和房山1295\.97小时', 'five districts in order');
SELECT matches((SELECT text FROM narrative WHERE month = '2015-03-01' AND section = 2 AND paragraph = 3),
               '顺义67\.84%、大兴55\.94%和通州48\.85%.*大兴70\.83%、顺义69\.74%和密云53\.66%', 'three best rates each, in order');

-- Facts have no total rows: their sums are the tables' totals and the headline's values.
CREATE FUNCTION pg_temp.figure(query text, month date) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
    figure numeric;
BEGIN
    EXECUTE replace(query, 'MONTH', quote_literal(month) || '::date') INTO figure;
    RETURN figure;
END $$;
CREATE TEMP TABLE agreement (fact text, total text);
INSERT INTO agreement VALUES
    ('SELECT sum(users) FROM users WHERE month = MONTH', $$SELECT users FROM table_1 WHERE month = MONTH AND audience = '合计'$$),
    ($$SELECT sum(users) FROM table_1 WHERE month = MONTH AND audience <> '合计'$$, 'SELECT sum(users) FROM users WHERE month = MONTH'),
    ('SELECT sum(hours) FROM learning_hours WHERE month = MONTH', $$SELECT total FROM table_2 WHERE month = MONTH AND district = '合计'$$),
    ($$SELECT sum(total) FROM table_2 WHERE month = MONTH AND district <> '合计'$$,
     $$SELECT rural + community + agency + soe + new_org FROM table_2 WHERE month = MONTH AND district = '合计'$$),
    ($$SELECT sum(attended) FROM participation WHERE month = MONTH AND org_type = '农村'$$,
     $$SELECT rural_attended FROM table_3 WHERE month = MONTH AND district = '合计'$$),
    ($$SELECT sum(attended + absent) FROM participation WHERE month = MONTH AND org_type = '社区'$$,
     $$SELECT community_expected FROM table_3 WHERE month = MONTH AND district = '合计'$$),
    ('SELECT sum(hours) FROM table_4 WHERE month = MONTH', 'SELECT sum(hours) FROM station_learning WHERE month = MONTH AND rank <= 10'),
    ('SELECT sum(clicks) FROM course_clicks WHERE month = MONTH', 'SELECT sum(clicks) FROM figure_1 WHERE month = MONTH'),
    ($$SELECT sum(visits) FROM column_visits WHERE month = MONTH AND medium = 'text'$$, 'SELECT sum(visits) FROM figure_2 WHERE month = MONTH'),
    ('SELECT sum(posts) FROM blog_posts WHERE month = MONTH', 'SELECT sum(posts) FROM figure_3 WHERE month = MONTH'),
    ('SELECT sum(posts) FROM village_activity WHERE month = MONTH', 'SELECT sum(posts) FROM figure_5 WHERE month = MONTH'),
    ($$SELECT sum(posts) FROM figure_4 WHERE month = MONTH$$,
     $$SELECT CASE WHEN extract(month FROM MONTH) = 3 THEN
         (SELECT sum(posts) FROM blog_posts WHERE month BETWEEN '2015-01-01' AND MONTH AND district IS NOT NULL) END$$);
INSERT INTO agreement
SELECT format('SELECT sum(%s) FROM %s WHERE month = MONTH%s', f.figure, f.fact, ' AND ' || f.condition),
       format('SELECT value FROM headline WHERE month = MONTH AND metric = %L', f.metric)
FROM (VALUES
    ('users', 'users', NULL, 'users'), ('users', 'users', 'org_type IS NOT NULL', 'collective_users'),
    ('users', 'users', $$account = '个人用户'$$, 'individual_users'), ('users', 'users', $$account = '站点用户'$$, 'station_users'),
    ('learning_hours', 'hours', NULL, 'learning_hours'), ('course_clicks', 'clicks', NULL, 'course_clicks'),
    ('column_visits', 'visits', $$medium = 'video'$$, 'video_visits'), ('column_visits', 'visits', $$medium = 'text'$$, 'text_visits'),
    ('article_views', 'views', NULL, 'article_views'), ('forum_posts', 'posts', NULL, 'forum_posts'),
    ('topic_views', 'views', NULL, 'topic_views'), ('blog_posts', 'posts', NULL, 'blog_posts'),
    ('village_activity', 'posts', NULL, 'village_posts'), ('reports', 'reports', NULL, 'reports')
) f(fact, figure, condition, metric);
CREATE TEMP TABLE agreed AS
SELECT format('%s: %s', m, a.fact) AS what, pg_temp.figure(a.fact, m) AS fact, pg_temp.figure(a.total, m) AS total
FROM agreement a, unnest(ARRAY[date '2015-02-01', '2015-03-01']) m;
SELECT is(coalesce(fact, 0), coalesce(total, 0), what) FROM agreed;
SELECT cmp_ok((SELECT count(*) FROM agreed WHERE fact > 0), '>=', 45::bigint, 'and most are about something');
SELECT is(h.previous, b.value, format('%s %s: the month before', h.month, h.metric))
FROM headline h JOIN headline b ON b.metric = h.metric AND b.month = (h.month - interval '1 month')::date
WHERE h.month = '2015-03-01' AND b.month = '2015-02-01';

-- Everything is right while every day is dirty, too.
CREATE TEMP TABLE clean AS SELECT to_jsonb(h) AS j FROM headline h WHERE month = '2015-03-01'
    UNION ALL SELECT to_jsonb(n) FROM narrative n WHERE month = '2015-03-01';
CALL edustats.invalidate('bulletin');
SELECT cmp_ok((SELECT sum(dirty_days) FROM refresh_status), '>', 1000::numeric, 'invalidate makes every day dirty');
SELECT is_empty($$(TABLE clean EXCEPT ALL (SELECT to_jsonb(h) FROM headline h WHERE month = '2015-03-01'
    UNION ALL SELECT to_jsonb(n) FROM narrative n WHERE month = '2015-03-01'))$$, 'dirty days read the same');
SELECT * FROM finish();
