-- Prints a bulletin's headline figures and tables as text: run by psql where a schema "bulletin" is attached, as
-- test/bulletin does. For another month:  psql -v month=2015-02-01 -f test/march_2015/print.sql
\set ON_ERROR_STOP on
\set QUIET on
\if :{?month}
\else
    \set month 2015-03-01
\endif
SET search_path TO bulletin, edustats, public;
SELECT to_char(date :'month', 'FMYYYY年FMMM月') AS during, to_char(date :'month', '截至FMYYYY年FMMM月底') AS at_end \gset
\pset pager off
\pset footer off
\pset null -
\pset linestyle unicode
\pset border 2
-- psql aligns numbers to the right, and what is NULL with them; a rate with its sign is a text, so it is padded here.

\pset title :during'全市党员干部现代远程教育学习使用情况通报'
SELECT coalesce(l.label, h.metric) AS "指标", h.value AS "本月", h.previous AS "上月",
       lpad(percent_text(h.growth), 9) AS "增长", h.cumulative AS "累计"
FROM headline h
LEFT JOIN (VALUES
    (1, 'users', '注册用户(个)'), (2, 'collective_users', '集体用户(个)'), (3, 'individual_users', '个人用户(个)'),
    (4, 'station_users', '站点用户(个)'), (5, 'new_users', '新增用户(个)'),
    (6, 'new_allocated_users', '站点分配新增(个)'), (7, 'new_registered_users', '自行注册新增(个)'),
    (8, 'learning_hours', '站点用户学习时长(小时)')
) l(position, metric, label) ON l.metric = h.metric
WHERE h.month = :'month'
ORDER BY l.position, h.metric;

\pset title '表1  ':at_end'市级平台用户构成'
SELECT CASE WHEN row = min(row) OVER (PARTITION BY audience) THEN audience ELSE '' END AS "用户分类",
       CASE WHEN row = min(row) OVER (PARTITION BY audience, org_type) THEN coalesce(org_type, '') ELSE '' END AS "组织类型",
       coalesce(account, '') AS "账户", users AS "用户数(个)"
FROM table_1 WHERE month = :'month' ORDER BY row;

\pset title '表2  ':during'各区县站点用户观看学习时间(单位:小时)'
SELECT district AS "区县", rural AS "农村", community AS "社区", agency AS "机关事业单位", soe AS "国企",
       new_org AS "两新", total AS "合计"
FROM table_2 WHERE month = :'month' ORDER BY row;

\pset title '表3  ':during'农村站点和社区站点参学情况'
SELECT district AS "区县",
       rural_attended AS "农村参学", rural_absent AS "未学", rural_expected AS "应学",
       lpad(percent_text(rural_rate), 7) AS "参学率",
       community_attended AS "社区参学", community_absent AS "未学", community_expected AS "应学",
       lpad(percent_text(community_rate), 7) AS "参学率"
FROM table_3 WHERE month = :'month' ORDER BY row;

\pset title '表4  ':during'站点学习时长排行'
SELECT rank AS "排行", station AS "站点名称", hours AS "学习时长(小时)"
FROM table_4 WHERE month = :'month' ORDER BY rank;
