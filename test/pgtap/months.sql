-- Other months than March 2015: April from a few made-up rows, an empty month, the first month of all; and platforms that
-- lack sources. The grammar of the sentences follows the data.
\ir ../march_2015.sql
\set ON_ERROR_STOP off
SELECT no_plan();
SET search_path TO bulletin, public;
CREATE FUNCTION pg_temp.told(month date, section integer, paragraph integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    told text;
BEGIN
    EXECUTE format('SELECT string_agg(text, '''') FROM bulletin.narrative WHERE month = %L AND section = %s AND paragraph = %s',
                   month, section, paragraph) INTO told;
    RETURN told;
END $$;
CREATE FUNCTION pg_temp.rows_of(view text, month date) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM bulletin.%I WHERE month = %L', view, month) INTO n;
    RETURN n;
END $$;

-- An empty month.
SELECT is(pg_temp.rows_of(v, '2015-05-01'), n::bigint, v || ' of an empty month')
FROM (VALUES ('table_1', 13), ('table_2', 17), ('table_3', 17), ('table_4', 0), ('table_5', 0), ('table_6', 0), ('table_7', 0), ('table_8', 0),
    ('table_9', 0), ('figure_1', 0), ('figure_2', 0), ('figure_3', 0), ('figure_4', 0), ('figure_5', 0), ('headline', 18)) t(v, n);
SELECT is((SELECT count(*) FROM figure_4 WHERE month = '2015-06-01'), 0::bigint, 'a quarter without posts has no figure 4');
SELECT is((SELECT max(posts) FROM figure_4 WHERE month = '2015-02-01'), NULL, 'figure 4 is the quarter''s last month''s only');
SELECT is((SELECT users FROM table_1 WHERE month = '2015-05-01' AND row = 13), 42505::bigint, 'users stay');
SELECT is((SELECT total FROM table_2 WHERE month = '2015-05-01' AND row = 17), 0.00, 'nobody learned');
SELECT is(pg_temp.told('2015-05-01', s, p), t, format('section %s, paragraph %s of an empty month', s, p))
FROM (VALUES
    (1, 3, '本月没有新增注册用户。'), (2, 1, '截至2015年5月底，各区县站点用户累计学习139.24万小时。本月没有站点用户的学习记录。'),
    (2, 2, NULL), (2, 3, NULL), (2, 4, NULL), (3, 2, '本月没有视频课程点播记录。'), (3, 3, NULL),
    (4, 2, '本月没有图文信息浏览记录。'), (5, 1, '本月论坛没有新增帖子。'), (5, 3, '本月博客没有新增博文。'), (5, 5, NULL)) t(s, p, t);
SELECT matches(pg_temp.told('2015-05-01', 1, 1), '与上月持平', 'no change in users');
SELECT matches(pg_temp.told('2015-06-01', 5, 5), '本季度各区县没有上报信息', 'a quarter without reports');

-- April 2015.
INSERT INTO platform.member
SELECT 900000 + i, '农村', true, (SELECT district_id FROM platform.district WHERE name = '东城'), '新站点' || i, '2015-04-10 08:00+08'
FROM generate_series(1, 3) i;
INSERT INTO platform.station_fitness SELECT 900000 + i, '2015-04-10', NULL FROM generate_series(1, 2) i;
INSERT INTO platform.learning_session VALUES
    (900001, '2015-04-11 08:00+08', 3600), (900002, '2015-04-11 08:00+08', 3600), (900003, '2015-04-30 23:59:59+08', 1800),
    (900001, '2015-05-01 00:00+08', 36000);
INSERT INTO platform.course_click
SELECT 900001, 1 + i % 2, '2015-04-01 00:00+08'::timestamptz + i * interval '1 hour' FROM generate_series(0, 199) i;
INSERT INTO platform.forum_post SELECT 900001, '2015-04-05 00:00+08' FROM generate_series(1, 4);
INSERT INTO platform.report SELECT district_id, '2015-04-30 23:59+08' FROM platform.district WHERE name = '东城';
UPDATE platform.member SET closed_at = '2015-04-20+08' WHERE member_id IN (SELECT member_id FROM platform.member WHERE org_type IS NULL ORDER BY 1 LIMIT 10);

CREATE FUNCTION pg_temp.april(state text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY
    SELECT is((SELECT users FROM table_1 WHERE month = '2015-04-01' AND row = 13), 42498::bigint, state || ': 3 came, 10 went')
    UNION ALL SELECT is((SELECT (rural, total)::text FROM table_2 WHERE month = '2015-04-01' AND district = '东城'), '(2.50,2.50)',
                        state || ': hours, of an unfit station too')
    UNION ALL SELECT is((SELECT (rural_attended, rural_absent, rural_expected, rural_rate)::text FROM table_3
                         WHERE month = '2015-04-01' AND district = '东城'), '(2,0,2,100.00)', state || ': participation of the fit')
    UNION ALL SELECT is((SELECT count(*) FROM table_5 WHERE month = '2015-04-01' AND community_category IS NULL), 
                        (SELECT count(*) FROM table_5 WHERE month = '2015-04-01'), state || ': no community clicks')
    UNION ALL SELECT is((SELECT string_agg(clicks::text, ',' ORDER BY rank) FROM table_6 WHERE month = '2015-04-01'), '100,100', state || ': two courses')
    UNION ALL SELECT is((SELECT growth FROM headline WHERE month = '2015-04-01' AND metric = 'learning_hours'), -99.99, state || ': a fall')
    UNION ALL SELECT matches(pg_temp.told('2015-04-01', 1, 1), '共42498个，比上月下降0\.02%', state || ': fewer users')
    UNION ALL SELECT matches(pg_temp.told('2015-04-01', 1, 3), '新增注册用户3个，均为平台分配的站点用户', state || ': one channel only')
    UNION ALL SELECT matches(pg_temp.told('2015-04-01', 2, 1), '2\.5小时，比上月下降99\.99%；其中农村站点2\.50小时，占100\.00%', state || ': hours')
    UNION ALL SELECT is(pg_temp.told('2015-04-01', 2, 2), '学习总时长居前的区县是东城2.50小时。', state || ': one district')
    UNION ALL SELECT is(pg_temp.told('2015-04-01', 2, 4), '新站点1和新站点2学习时长并列最长，均为1.00小时，其次是新站点3（0.50小时）。', state || ': a tie')
    UNION ALL SELECT matches(pg_temp.told('2015-04-01', 3, 3), '和《.*并列最多，均为100次', state || ': courses tie')
    UNION ALL SELECT is(pg_temp.told('2015-04-01', 5, 1), '本月论坛新增帖子4篇，发帖较多的区县有东城4篇。', state || ': one district posted')
    UNION ALL SELECT ok(NOT bool_or(n.text ~ 'NULL|下降-|增长-|、、|，，|，。'), state || ': whole sentences')
        FROM narrative n WHERE n.month = '2015-04-01';
END $$;
SELECT * FROM pg_temp.april('before refresh');
SET client_min_messages TO warning;
CALL edustats.refresh('bulletin');
SELECT * FROM pg_temp.april('after refresh');

-- No base in the platform's first month; nothing at all before.
SELECT matches(pg_temp.told((SELECT min(month) FROM bulletin_data.calendar), 1, 1), '无可比', 'the first month has no base');
SELECT is((SELECT count(*) FROM headline WHERE month = (SELECT min(month) FROM bulletin_data.calendar) AND growth IS NOT NULL), 0::bigint, 'nor growth');

-- A platform without blogs, village posts and opening balances.
DROP TABLE platform.blog_post, platform.blog, platform.village_post, platform.village_topic, platform.village_participant,
    platform.opening_balance CASCADE;
CALL edustats.attach();
SELECT hasnt_view('bulletin', v, v || ' is left out')
FROM unnest(ARRAY['blog_posts', 'figure_3', 'figure_4', 'village_activity', 'figure_5', 'narrative_blogs', 'narrative_village']) v;
SELECT has_view('bulletin', v, v || ' stays')
FROM unnest(ARRAY['forum_posts', 'table_9', 'reports', 'headline', 'narrative', 'table_1', 'figure_1']) v;
SELECT is(pg_temp.told('2015-03-01', 5, 3), NULL, 'no paragraph about blogs');
SELECT isnt(pg_temp.told('2015-03-01', 5, 1), NULL, 'but one about the forum');
SELECT is((SELECT cumulative FROM headline WHERE month = '2015-03-01' AND metric = 'village_posts'), NULL, 'no headline either');
SELECT cmp_ok((SELECT cumulative FROM headline WHERE month = '2015-03-01' AND metric = 'learning_hours'), '<', 100000::numeric,
              'without an opening balance, cumulative figures begin at nothing');
SELECT is((SELECT value FROM headline WHERE month = '2015-03-01' AND metric = 'users'), 42505::numeric, 'the rest is unchanged');
SELECT * FROM finish();
