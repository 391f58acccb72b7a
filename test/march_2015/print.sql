-- Prints a bulletin as text, sentences, tables and figures: run by psql where a schema "bulletin" is attached, as
-- test/bulletin does. For another month:  psql -v month=2015-02-01 -f test/march_2015/print.sql
\set ON_ERROR_STOP on
\set QUIET on
\if :{?month}
\else
    \set month 2015-03-01
\endif
SET search_path TO bulletin, edustats, public;
SELECT to_char(date :'month', 'FMYYYY年FMMM月') AS during, to_char(date :'month', '截至FMYYYY年FMMM月底') AS at_end,
       to_char(date :'month', 'FMYYYY年第FMQ季度') AS quarter \gset
\pset pager off
\pset footer off
\pset null -
\pset linestyle unicode
\pset border 2
-- psql aligns numbers to the right, and what is NULL with them; a rate with its sign is a text, so it is padded here.

CREATE TEMP TABLE told AS SELECT section, paragraph, text FROM narrative WHERE month = :'month';

\pset title :during'全市党员干部现代远程教育学习使用情况通报'
SELECT coalesce(l.label, h.metric) AS "指标", trim_scale(h.value) AS "本月", trim_scale(h.previous) AS "上月",
       lpad(percent_text(h.growth), 9) AS "增长", trim_scale(h.cumulative) AS "累计"
FROM headline h
LEFT JOIN (VALUES
    (1, 'users', '注册用户(个)'), (2, 'collective_users', '集体用户(个)'), (3, 'individual_users', '个人用户(个)'),
    (4, 'station_users', '站点用户(个)'), (5, 'new_users', '新增用户(个)'),
    (6, 'new_allocated_users', '站点分配新增(个)'), (7, 'new_registered_users', '自行注册新增(个)'),
    (8, 'learning_hours', '站点用户学习时长(小时)'), (9, 'video_visits', '视频课程栏目访问(次)'),
    (10, 'text_visits', '图文栏目访问(次)'), (11, 'course_clicks', '视频课程点击(次)'), (12, 'article_views', '文章浏览(次)'),
    (13, 'forum_posts', '群众路线大家谈发帖(篇)'), (14, 'topic_views', '群众路线大家谈浏览(次)'), (15, 'blog_posts', '红色港湾博文(篇)'),
    (16, 'village_posts', '村官在线信息(条)'), (17, 'village_participants', '村官在线参与(人)'), (18, 'reports', '区县上报信息(篇)'), (19, 'reports_quarter', '本季度上报信息(篇)')
) l(position, metric, label) ON l.metric = h.metric
WHERE h.month = :'month'
ORDER BY l.position, h.metric;

\echo
\echo '一、平台用户数量构成情况'
SELECT text FROM told WHERE section = 1 ORDER BY paragraph \g (format=unaligned tuples_only=on)
\pset title '表1  ':at_end'市级平台用户构成'
SELECT CASE WHEN row = min(row) OVER (PARTITION BY audience) THEN audience ELSE '' END AS "用户分类",
       CASE WHEN row = min(row) OVER (PARTITION BY audience, org_type) THEN coalesce(org_type, '') ELSE '' END AS "组织类型",
       coalesce(account, '') AS "账户", users AS "用户数(个)"
FROM table_1 WHERE month = :'month' ORDER BY row;

\echo
\echo '二、各区县用户学习培训情况'
SELECT text FROM told WHERE section = 2 ORDER BY paragraph \g (format=unaligned tuples_only=on)
\pset title '表2  ':during'各区县站点用户观看学习时间(单位:小时)'
SELECT district AS "区县", rural AS "农村", community AS "社区", agency AS "机关事业单位", soe AS "国企",
       new_org AS "两新", total AS "合计"
FROM table_2 WHERE month = :'month' ORDER BY row;

\echo '注:“-”代表缺省值。'
\pset title '表3  ':during'农村站点和社区站点参学情况'
SELECT district AS "区县",
       rural_attended AS "农村参学", rural_absent AS "未学", rural_expected AS "应学",
       lpad(percent_text(rural_rate), 7) AS "参学率",
       community_attended AS "社区参学", community_absent AS "未学", community_expected AS "应学",
       lpad(percent_text(community_rate), 7) AS "参学率"
FROM table_3 WHERE month = :'month' ORDER BY row;

\echo '注:“-”代表缺省值。'
\pset title '表4  ':during'站点学习时长排行'
SELECT rank AS "排行", station AS "站点名称", hours AS "学习时长(小时)"
FROM table_4 WHERE month = :'month' ORDER BY rank;

\echo
\echo '三、视频课程点播收看情况'
SELECT text FROM told WHERE section = 3 ORDER BY paragraph \g (format=unaligned tuples_only=on)
\pset title '图1  ':during'较受欢迎视频课程类型访问次数排行'
SELECT rank AS "排行", category AS "视频课程类型", clicks AS "访问次数(次)", repeat('█', round(40.0 * clicks / max(clicks) OVER ())::integer) AS " "
FROM figure_1 WHERE month = :'month' ORDER BY rank;

\pset title '表5  ':during'不同类别用户关注视频课程分类排行'
SELECT rank AS "排行", rural_category AS "农村用户", rural_clicks AS "点击次数(次)",
       community_category AS "社区用户", community_clicks AS "点击次数(次)"
FROM table_5 WHERE month = :'month' ORDER BY rank;

\pset title '表6  ':during'较受欢迎视频课程排行'
SELECT rank AS "排行", course AS "视频课程", producer AS "节目制作单位", clicks AS "点击次数(次)"
FROM table_6 WHERE month = :'month' ORDER BY rank;

\pset title '表7  ':during'不同类别用户关注视频课程排行'
SELECT rank AS "排行", rural_course AS "农村用户", rural_clicks AS "点击次数(次)",
       community_course AS "社区用户", community_clicks AS "点击次数(次)"
FROM table_7 WHERE month = :'month' ORDER BY rank;

\echo
\echo '四、图文栏目访问情况'
SELECT text FROM told WHERE section = 4 ORDER BY paragraph \g (format=unaligned tuples_only=on)
\pset title '图2  ':during'图文栏目访问量排行'
SELECT rank AS "排行", column_name AS "图文栏目", visits AS "访问量(次)", repeat('█', round(40.0 * visits / max(visits) OVER ())::integer) AS " "
FROM figure_2 WHERE month = :'month' ORDER BY rank;

\pset title '表8  ':during'图文信息点击次数排行'
SELECT rank AS "排行", article AS "文章名称", column_name AS "所属图文栏目", views AS "浏览次数(次)"
FROM table_8 WHERE month = :'month' ORDER BY rank;

\echo
\echo '五、交互性栏目使用情况'
SELECT text FROM told WHERE section = 5 ORDER BY paragraph \g (format=unaligned tuples_only=on)
\pset title '表9  ':during'“我们在一起——群众路线大家谈”活动专栏主题排行'
SELECT rank AS "排行", topic AS "本月被浏览最多的主题", views AS "浏览次数(次)"
FROM table_9 WHERE month = :'month' ORDER BY rank;

\pset title '图3  ':during'热点博客分类排行'
SELECT rank AS "排行", category AS "博客分类", posts AS "博文(篇)", repeat('█', round(40.0 * posts / max(posts) OVER ())::integer) AS " "
FROM figure_3 WHERE month = :'month' ORDER BY rank;

\pset title '图4  ':quarter'区县发表博客排行'
SELECT rank AS "排行", district AS "区县", posts AS "博文(篇)", repeat('█', round(40.0 * posts / max(posts) OVER ())::integer) AS " "
FROM figure_4 WHERE month = :'month' ORDER BY rank;

\pset title '图5  ':during'村官栏目热点话题'
SELECT rank AS "排行", topic AS "话题", posts AS "信息(条)", repeat('█', round(40.0 * posts / max(posts) OVER ())::integer) AS " "
FROM figure_5 WHERE month = :'month' ORDER BY rank;
