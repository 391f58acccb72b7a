-- The page that comes along: its settings, sections and items, in each language. Attach copies the rows of a bulletin's
-- language into tables of the bulletin's own, which its owner changes.

CREATE TABLE edustats.setting (
    language text,
    name text,
    value text NOT NULL,
    PRIMARY KEY (language, name)
);
COMMENT ON TABLE edustats.setting IS 'What a page says of itself, as it comes along. A bulletin''s own stand in its table "setting".';
COMMENT ON COLUMN edustats.setting.language IS 'Language, as in HTML''s lang.';
COMMENT ON COLUMN edustats.setting.name IS 'What it is.';
COMMENT ON COLUMN edustats.setting.value IS 'The text, with places for what the period says: {month} and the like.';
GRANT SELECT ON edustats.setting TO PUBLIC;

CREATE TABLE edustats.page_section (
    language text,
    section integer,
    title text NOT NULL,
    PRIMARY KEY (language, section)
);
COMMENT ON TABLE edustats.page_section IS 'Sections of a page, as they come along.';
COMMENT ON COLUMN edustats.page_section.language IS 'Language, as in HTML''s lang.';
COMMENT ON COLUMN edustats.page_section.section IS 'Order on the page.';
COMMENT ON COLUMN edustats.page_section.title IS 'Its title.';
GRANT SELECT ON edustats.page_section TO PUBLIC;

CREATE TABLE edustats.page_item (
    language text,
    section integer,
    position integer,
    kind text NOT NULL,
    view text,
    rows jsonb,
    months integer NOT NULL DEFAULT 1,
    caption text,
    note text,
    dash text,
    heads jsonb,
    forms jsonb,
    hidden text[],
    optional text[],
    merged text[],
    style text,
    unit text,
    PRIMARY KEY (language, section, position)
);
COMMENT ON TABLE edustats.page_item IS 'What stands in the sections of a page, as it comes along. The columns are those of a bulletin''s table "page_item".';
COMMENT ON COLUMN edustats.page_item.language IS 'Language, as in HTML''s lang.';
COMMENT ON COLUMN edustats.page_item.section IS 'As in a bulletin''s page_item.';
COMMENT ON COLUMN edustats.page_item.position IS 'As in a bulletin''s page_item.';
COMMENT ON COLUMN edustats.page_item.kind IS 'As in a bulletin''s page_item.';
COMMENT ON COLUMN edustats.page_item.view IS 'As in a bulletin''s page_item.';
COMMENT ON COLUMN edustats.page_item.rows IS 'As in a bulletin''s page_item.';
COMMENT ON COLUMN edustats.page_item.months IS 'As in a bulletin''s page_item.';
COMMENT ON COLUMN edustats.page_item.caption IS 'As in a bulletin''s page_item.';
COMMENT ON COLUMN edustats.page_item.note IS 'As in a bulletin''s page_item.';
COMMENT ON COLUMN edustats.page_item.dash IS 'As in a bulletin''s page_item.';
COMMENT ON COLUMN edustats.page_item.heads IS 'As in a bulletin''s page_item.';
COMMENT ON COLUMN edustats.page_item.forms IS 'As in a bulletin''s page_item.';
COMMENT ON COLUMN edustats.page_item.hidden IS 'As in a bulletin''s page_item.';
COMMENT ON COLUMN edustats.page_item.optional IS 'As in a bulletin''s page_item.';
COMMENT ON COLUMN edustats.page_item.merged IS 'As in a bulletin''s page_item.';
COMMENT ON COLUMN edustats.page_item.style IS 'As in a bulletin''s page_item.';
COMMENT ON COLUMN edustats.page_item.unit IS 'As in a bulletin''s page_item.';
GRANT SELECT ON edustats.page_item TO PUBLIC;

INSERT INTO edustats.setting (language, name, value) VALUES
    ('zh-CN', 'language', 'zh-CN'),
    ('zh-CN', 'title', '{month}学习情况统计通报'),
    ('zh-CN', 'period', '统计时段：{days}'),
    ('zh-CN', 'month', '{year}年{month_number}月'),
    ('zh-CN', 'quarter', '{year}年第{quarter_numeral}季度'),
    ('zh-CN', 'first_half', '{year}年上半年'),
    ('zh-CN', 'second_half', '{year}年下半年'),
    ('zh-CN', 'whole_year', '{year}年'),
    ('zh-CN', 'months', '{year}年{first_month_number}月至{month_number}月'),
    ('zh-CN', 'months_over_years', '{first_year}年{first_month_number}月至{year}年{month_number}月'),
    ('zh-CN', 'day', '{year}年{month_number}月{last_day}日'),
    ('zh-CN', 'days', '{year}年{month_number}月{first_day}日至{last_day}日'),
    ('zh-CN', 'days_over_months', '{year}年{first_month_number}月{first_day}日至{month_number}月{last_day}日'),
    ('zh-CN', 'days_over_years', '{first_year}年{first_month_number}月{first_day}日至{year}年{month_number}月{last_day}日'),
    ('zh-CN', 'end_of_month', '{year}年{month_number}月底'),
    ('zh-CN', 'compared', '{label}站点'),
    ('zh-CN', 'contents', '目录'),
    ('zh-CN', 'section_title', '{numeral}、{title}'),
    ('zh-CN', 'table_caption', '表{number} {caption}'),
    ('zh-CN', 'figure_caption', '图{number} {caption}'),
    ('zh-CN', 'dash_note', '“-”表示{dash}'),
    ('zh-CN', 'one_note', '注：{note}。'),
    ('zh-CN', 'numbered_note', '注{number}：{note}。'),
    ('zh-CN', 'empty_table', '{this}没有数据'),
    ('zh-CN', 'empty_figure', '没有数据'),
    ('zh-CN', 'list_separator', '、'),
    ('zh-CN', 'list_last', '和'),
    ('zh-CN', 'bars_text', '条形图，共{number}项：{values}。'),
    ('zh-CN', 'line_text', '折线图，共{number}项：{values}。'),
    ('zh-CN', 'columns_text', '柱形图，共{number}项：{values}。'),
    ('zh-CN', 'value_text', '{label} {value}{unit}'),
    ('zh-CN', 'value_separator', '；'),
    ('zh-CN', 'tip_text', '{label}：{value}{unit}'),
    ('zh-CN', 'axis_form', 'wan');

INSERT INTO edustats.page_section (language, section, title) VALUES
    ('zh-CN', 1, '平台用户数量构成情况'),
    ('zh-CN', 2, '各区县用户学习培训情况'),
    ('zh-CN', 3, '视频课程点播收看情况'),
    ('zh-CN', 4, '图文栏目访问情况'),
    ('zh-CN', 5, '互动栏目使用情况');

-- The sentences of narrative by their places in it.
INSERT INTO edustats.page_item (language, section, position, kind, view, rows)
SELECT 'zh-CN', p.section, p.paragraph * 100, 'sentence', 'narrative', jsonb_build_object('section', p.section, 'paragraph', p.paragraph)
FROM (VALUES (1, 3), (2, 4), (3, 3), (4, 2), (5, 5)) s(section, paragraphs)
CROSS JOIN LATERAL generate_series(1, s.paragraphs) n(paragraph)
CROSS JOIN LATERAL (SELECT s.section, n.paragraph) p;

INSERT INTO edustats.page_item (language, section, position, kind, view, caption, style, heads, forms, hidden, optional, merged, dash, note) VALUES
    ('zh-CN', 1, 320, 'table', 'table_1', '截至{end}平台用户构成', 'sum',
     '{"audience": "用户分类", "org_type": "用户分类", "account": "用户分类", "users": "用户数(个)"}',
     '{"audience": "header", "org_type": "header", "account": "header"}', '{row}', NULL, '{audience,org_type}', NULL,
     '“非站点用户”是指在互联网上自行注册的集体用户'),
    ('zh-CN', 2, 220, 'table', 'table_2', '{month}各区县站点用户观看学习时间（单位：小时）', 'sum even wide',
     '{"district": "区县", "{code}": "{label}", "other": "其他", "total": "合计"}',
     '{"district": "header"}', '{row}', '{college,other}', NULL, '没有此类站点', NULL),
    ('zh-CN', 2, 320, 'table', 'table_3', '{month}{compared}参学情况', 'sum even wide',
     '{"district": "区县", "{code}_attended": "{label}站点|参学\n站点数", "{code}_absent": "{label}站点|未学\n站点数", "{code}_expected": "{label}站点|应学\n站点数", "{code}_rate": "{label}站点|站点\n参学率"}',
     '{"district": "header", "{code}_rate": "percent"}', '{row}', NULL, NULL, '没有此类站点，或没有应学站点',
     '应学站点是指{at_end}场所和设备完好、可正常开展学习的站点'),
    ('zh-CN', 2, 420, 'table', 'table_4', '{month}站点学习时长排行', NULL,
     '{"rank": "排行", "station": "站点名称", "hours": "学习时长(小时)"}', NULL, NULL, NULL, NULL, '没有数据', '本节各表只统计平台统一分配的站点用户'),
    ('zh-CN', 3, 220, 'table', 'table_5', '{month}不同类别用户关注视频课程分类排行', 'pairs',
     '{"{code}_category": "{label}用户|视频点播栏目", "{code}_clicks": "{label}用户|点击次数(次)"}',
     NULL, '{rank}', NULL, NULL, '没有数据', NULL),
    ('zh-CN', 3, 320, 'table', 'table_6', '{month}较受欢迎视频课程排行', 'names',
     '{"rank": "排行", "course": "视频课程", "producer": "节目制作单位", "clicks": "点击次数(次)"}', NULL, NULL, NULL, NULL, '没有数据', NULL),
    ('zh-CN', 3, 330, 'table', 'table_7', '{month}不同类别用户关注视频课程排行', 'pairs wide',
     '{"{code}_course": "{label}用户|视频课程", "{code}_clicks": "{label}用户|点击次数(次)"}',
     NULL, '{rank}', NULL, NULL, '没有数据', NULL),
    ('zh-CN', 4, 220, 'table', 'table_8', '{month}图文信息点击次数排行', 'names',
     '{"rank": "排行", "article": "文章名称", "column_name": "所属图文栏目", "views": "浏览次数(次)"}', NULL, NULL, NULL, NULL, '没有数据', NULL),
    ('zh-CN', 5, 220, 'table', 'table_9', '{month}论坛主题浏览次数排行', NULL,
     '{"topic": "{this}被浏览最多的主题", "views": "浏览次数(次)"}', NULL, '{rank}', NULL, NULL, '没有数据', NULL);

INSERT INTO edustats.page_item (language, section, position, kind, view, caption, months, style, unit, heads) VALUES
    ('zh-CN', 3, 210, 'figure', 'figure_1', '{month}较受欢迎视频课程类型访问次数排行（单位：次）', 1, 'bars', '次', '{"category": "视频课程类型", "clicks": "访问次数(次)"}'),
    ('zh-CN', 4, 110, 'figure', 'figure_2', '{month}图文栏目访问量排行（单位：次）', 1, 'bars', '次', '{"column_name": "图文栏目", "visits": "访问量(次)"}'),
    ('zh-CN', 5, 310, 'figure', 'figure_3', '{month}热点博客分类排行（单位：篇）', 1, 'bars', '篇', '{"category": "博客分类", "posts": "博文(篇)"}'),
    ('zh-CN', 5, 320, 'figure', 'figure_4', '{quarter}区县发表博客排行（单位：篇）', 3, 'bars', '篇', '{"district": "区县", "posts": "博文(篇)"}'),
    ('zh-CN', 5, 410, 'figure', 'figure_5', '{month}村官栏目热点话题（单位：条）', 1, 'bars', '条', '{"topic": "热点话题", "posts": "信息(条)"}');

INSERT INTO edustats.setting (language, name, value) VALUES
    ('en', 'language', 'en'),
    ('en', 'title', 'Learning statistics, {month}'),
    ('en', 'period', '{days}'),
    ('en', 'month', '{month_name} {year}'),
    ('en', 'quarter', 'quarter {quarter_number} of {year}'),
    ('en', 'first_half', 'the first half of {year}'),
    ('en', 'second_half', 'the second half of {year}'),
    ('en', 'whole_year', '{year}'),
    ('en', 'months', '{first_month_name} to {month_name} {year}'),
    ('en', 'months_over_years', '{first_month_name} {first_year} to {month_name} {year}'),
    ('en', 'day', '{last_day} {month_name} {year}'),
    ('en', 'days', '{first_day} to {last_day} {month_name} {year}'),
    ('en', 'days_over_months', '{first_day} {first_month_name} to {last_day} {month_name} {year}'),
    ('en', 'days_over_years', '{first_day} {first_month_name} {first_year} to {last_day} {month_name} {year}'),
    ('en', 'end_of_month', 'the end of {month_name} {year}'),
    ('en', 'compared', '{label}'),
    ('en', 'contents', 'Contents'),
    ('en', 'section_title', '{number}. {title}'),
    ('en', 'table_caption', 'Table {number}. {caption}'),
    ('en', 'figure_caption', 'Figure {number}. {caption}'),
    ('en', 'dash_note', '“-” stands for {dash}'),
    ('en', 'one_note', 'Note: {note}.'),
    ('en', 'numbered_note', 'Note {number}: {note}. '),
    ('en', 'empty_table', 'Nothing in {this}'),
    ('en', 'empty_figure', 'Nothing to show'),
    ('en', 'list_separator', ', '),
    ('en', 'list_last', ' and '),
    ('en', 'digit_separator', ','),
    ('en', 'bars_text', 'Bar chart, number of bars: {number}. {values}.'),
    ('en', 'line_text', 'Line, number of values: {number}. {values}.'),
    ('en', 'columns_text', 'Column chart, number of columns: {number}. {values}.'),
    ('en', 'value_text', '{label}: {value}{unit}'),
    ('en', 'value_separator', '; '),
    ('en', 'tip_text', '{label}: {value}{unit}'),
    ('en', 'axis_form', 'number');

INSERT INTO edustats.page_section (language, section, title) VALUES
    ('en', 1, 'Users'),
    ('en', 2, 'Learning'),
    ('en', 3, 'Courses'),
    ('en', 4, 'Articles'),
    ('en', 5, 'Forum and blogs');

INSERT INTO edustats.page_item (language, section, position, kind, view, rows)
SELECT 'en', p.section, p.paragraph * 100, 'sentence', 'narrative', jsonb_build_object('section', p.section, 'paragraph', p.paragraph)
FROM (VALUES (1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3), (2, 4), (3, 1), (3, 2), (3, 3), (4, 1), (4, 3)) p(section, paragraph);

INSERT INTO edustats.page_item (language, section, position, kind, view, caption, style, heads, forms, hidden, optional, merged, dash, note) VALUES
    ('en', 1, 320, 'table', 'table_1', 'Users at {end}', 'sum',
     '{"audience": "Users", "org_type": "Users", "account": "Users", "users": "Number"}',
     '{"audience": "header", "org_type": "header", "account": "header"}', '{row}', NULL, '{audience,org_type}', NULL, NULL),
    ('en', 2, 220, 'table', 'table_2', 'Hours that {station} users learned, by district, {month}', 'sum even wide',
     '{"district": "District", "{code}": "{label}", "other": "Other", "total": "Total"}',
     '{"district": "header"}', '{row}', '{college,other}', NULL, 'no such users', NULL),
    ('en', 2, 320, 'table', 'table_3', 'Participation of {station} users ({compared}), {month}', 'sum even wide',
     '{"district": "District", "{code}_attended": "{label}|Took part", "{code}_absent": "{label}|Did not", "{code}_expected": "{label}|Expected", "{code}_rate": "{label}|Rate"}',
     '{"district": "header", "{code}_rate": "percent"}', '{row}', NULL, NULL, 'no such users, or none who are expected to learn',
     'expected to learn are those who can {at_end}'),
    ('en', 2, 420, 'table', 'table_4', 'Who learned longest, {month}', NULL,
     '{"rank": "Rank", "station": "Name", "hours": "Hours"}', NULL, NULL, NULL, NULL, 'nothing', 'learning is that of {station} users, here and in the tables before'),
    ('en', 3, 220, 'table', 'table_5', 'Categories of courses by clicks, {month}', 'pairs',
     '{"{code}_category": "{label}|Category", "{code}_clicks": "{label}|Clicks"}', NULL, '{rank}', NULL, NULL, 'nothing', NULL),
    ('en', 3, 320, 'table', 'table_6', 'Courses by clicks, {month}', 'names',
     '{"rank": "Rank", "course": "Course", "producer": "Produced by", "clicks": "Clicks"}', NULL, NULL, NULL, NULL, 'nothing', NULL),
    ('en', 3, 330, 'table', 'table_7', 'Courses by clicks of each kind of users, {month}', 'pairs wide',
     '{"{code}_course": "{label}|Course", "{code}_clicks": "{label}|Clicks"}', NULL, '{rank}', NULL, NULL, 'nothing', NULL),
    ('en', 4, 220, 'table', 'table_8', 'Articles by views, {month}', 'names',
     '{"rank": "Rank", "article": "Article", "column_name": "Column", "views": "Views"}', NULL, NULL, NULL, NULL, 'nothing', NULL),
    ('en', 5, 220, 'table', 'table_9', 'Topics of the forum by views, {month}', NULL,
     '{"topic": "Topic", "views": "Views"}', NULL, '{rank}', NULL, NULL, 'nothing', NULL);

INSERT INTO edustats.page_item (language, section, position, kind, view, caption, months, style, heads) VALUES
    ('en', 3, 210, 'figure', 'figure_1', 'Categories of courses by clicks of all users, {month}', 1, 'bars', '{"category": "Category", "clicks": "Clicks"}'),
    ('en', 4, 110, 'figure', 'figure_2', 'Text columns by visits, {month}', 1, 'bars', '{"column_name": "Column", "visits": "Visits"}'),
    ('en', 5, 310, 'figure', 'figure_3', 'Categories of blogs by posts, {month}', 1, 'bars', '{"category": "Category", "posts": "Posts"}'),
    ('en', 5, 320, 'figure', 'figure_4', 'Districts by posts in blogs, {quarter}', 3, 'bars', '{"district": "District", "posts": "Posts"}'),
    ('en', 5, 410, 'figure', 'figure_5', 'Topics of the village officials’ column by posts, {month}', 1, 'bars', '{"topic": "Topic", "posts": "Posts"}');
