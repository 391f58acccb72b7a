-- The rules that come along. Attach copies those of a bulletin's language into a table of the bulletin's own, which its owner
-- changes.

CREATE TABLE edustats.rule (
    language text,
    rule text,
    kind text NOT NULL,
    severity text NOT NULL,
    view text NOT NULL,
    arguments jsonb NOT NULL CHECK (edustats.is_rule(kind, arguments)),
    message text NOT NULL,
    PRIMARY KEY (language, rule)
);
COMMENT ON TABLE edustats.rule IS 'Rules that come along, by language. Those of a bulletin are the rows of its own table "rule".';
COMMENT ON COLUMN edustats.rule.language IS 'Language of the message, as in HTML''s lang.';
COMMENT ON COLUMN edustats.rule.rule IS 'As in a bulletin''s rule.';
COMMENT ON COLUMN edustats.rule.kind IS 'As in a bulletin''s rule.';
COMMENT ON COLUMN edustats.rule.severity IS 'As in a bulletin''s rule.';
COMMENT ON COLUMN edustats.rule.view IS 'As in a bulletin''s rule.';
COMMENT ON COLUMN edustats.rule.arguments IS 'As in a bulletin''s rule.';
COMMENT ON COLUMN edustats.rule.message IS 'As in a bulletin''s rule.';
GRANT SELECT ON edustats.rule TO PUBLIC;

-- A message is for all rules of a kind, or for a rule of the kind view. Errors are those that no right bulletin can have.
INSERT INTO edustats.rule (language, rule, kind, severity, view, arguments, message)
SELECT m.language, r.rule, r.kind, r.severity, r.view, r.arguments::jsonb, m.message
FROM (VALUES
    ('headline_users', 'sum', 'error', 'headline', '{"row": "users", "rows": ["collective_users", "individual_users"], "columns": ["value", "previous", "cumulative", "last_year"]}'),
    ('headline_new_users', 'sum', 'error', 'headline',
     '{"row": "new_users", "rows": ["new_allocated_users", "new_registered_users"], "columns": ["value", "previous", "cumulative", "last_year", "year_to_date"]}'),
    ('headline_growth', 'growth', 'error', 'headline', '{"column": "growth", "of": "value", "base": "previous"}'),
    ('headline_growth_on_year', 'growth', 'error', 'headline', '{"column": "growth_on_year", "of": "value", "base": "last_year"}'),
    ('headline_growth_limits', 'limits', 'warning', 'headline', '{"columns": ["growth"], "least": -80, "most": 400}'),
    ('headline_users_told', 'told', 'error', 'headline', '{"sentence": {"section": 1, "paragraph": 1}, "column": "value", "rows": ["users", "collective_users", "individual_users"]}'),
    ('headline_stations_told', 'told', 'error', 'headline', '{"sentence": {"section": 1, "paragraph": 2}, "column": "value", "rows": ["station_users"]}'),
    ('headline_new_users_told', 'told', 'error', 'headline', '{"sentence": {"section": 1, "paragraph": 3}, "column": "value", "rows": ["new_users"]}'),
    ('headline_hours_told', 'told', 'error', 'headline', '{"sentence": {"section": 2, "paragraph": 1}, "column": "value", "rows": ["learning_hours"]}'),
    ('headline_all_hours_told', 'told', 'error', 'headline', '{"sentence": {"section": 2, "paragraph": 1}, "column": "cumulative", "rows": ["learning_hours"]}'),
    ('headline_video_visits_told', 'told', 'error', 'headline', '{"sentence": {"section": 3, "paragraph": 1}, "column": "value", "rows": ["video_visits"]}'),
    ('headline_all_video_visits_told', 'told', 'error', 'headline', '{"sentence": {"section": 3, "paragraph": 1}, "column": "cumulative", "rows": ["video_visits"]}'),
    ('headline_text_visits_told', 'told', 'error', 'headline', '{"sentence": {"section": 4, "paragraph": 1}, "column": "value", "rows": ["text_visits"]}'),
    ('headline_all_text_visits_told', 'told', 'error', 'headline', '{"sentence": {"section": 4, "paragraph": 1}, "column": "cumulative", "rows": ["text_visits"]}'),
    ('headline_forum_posts_told', 'told', 'error', 'headline', '{"sentence": {"section": 5, "paragraph": 1}, "column": "value", "rows": ["forum_posts"]}'),
    ('headline_topic_views_told', 'told', 'error', 'headline', '{"sentence": {"section": 5, "paragraph": 2}, "column": "value", "rows": ["topic_views"]}'),
    ('headline_blog_posts_told', 'told', 'error', 'headline', '{"sentence": {"section": 5, "paragraph": 3}, "column": "value", "rows": ["blog_posts"]}'),
    ('headline_village_posts_told', 'told', 'error', 'headline', '{"sentence": {"section": 5, "paragraph": 4}, "column": "value", "rows": ["village_posts"]}'),
    ('headline_reports_told', 'told', 'error', 'headline', '{"sentence": {"section": 5, "paragraph": 5}, "column": "value", "rows": ["reports_quarter"]}'),
    ('table_1_total', 'sum', 'error', 'table_1', '{"row": "{total}", "columns": ["users"]}'),
    ('table_1_users', 'equal', 'error', 'table_1', '{"row": "{total}", "column": "users", "other": {"view": "headline", "row": "users", "column": "value"}}'),
    ('table_1_individual', 'equal', 'error', 'table_1', '{"row": "{individual}", "column": "users", "other": {"view": "headline", "row": "individual_users", "column": "value"}}'),
    ('table_1_told', 'told', 'error', 'table_1', '{"sentence": {"section": 1, "paragraph": 1}, "column": "users", "rows": ["{total}", "{individual}"]}'),
    ('table_2_total', 'sum', 'error', 'table_2', '{"row": "{total}", "columns": ["{code}", "other", "total"]}'),
    ('table_2_across', 'sum', 'error', 'table_2', '{"column": "total", "columns": ["{code}", "other"]}'),
    ('table_2_hours', 'equal', 'error', 'table_2', '{"row": "{total}", "column": "total", "other": {"view": "headline", "row": "learning_hours", "column": "value"}}'),
    ('table_2_told', 'told', 'error', 'table_2', '{"sentence": {"section": 2, "paragraph": 1}, "column": "total", "rows": ["{total}"]}'),
    ('table_2_districts_told', 'told', 'error', 'table_2',
     '{"sentence": {"section": 2, "paragraph": 2}, "label": "district", "column": "total", "but": ["{total}", "{other}"], "top": 5}'),
    ('table_2_elsewhere', 'limits', 'notice', 'table_2', '{"columns": ["total"], "rows": ["{other}"], "most": 0}'),
    ('table_3_total', 'sum', 'error', 'table_3', '{"row": "{total}", "columns": ["{code}_attended", "{code}_absent", "{code}_expected"]}'),
    ('table_3_across', 'sum', 'error', 'table_3', '{"column": "{code}_expected", "columns": ["{code}_attended", "{code}_absent"]}'),
    ('table_3_rate', 'share', 'error', 'table_3', '{"column": "{code}_rate", "of": "{code}_attended", "base": "{code}_expected"}'),
    ('table_3_limits', 'limits', 'error', 'table_3', '{"columns": ["{code}_rate"], "least": 0, "most": 100}'),
    ('table_3_everywhere', 'everywhere', 'warning', 'table_3', '{"columns": ["{code}_rate"], "value": 100}'),
    ('table_3_told', 'told', 'error', 'table_3',
     '{"sentence": {"section": 2, "paragraph": 3}, "label": "district", "column": "{code}_rate", "but": ["{total}", "{other}"], "top": 3}'),
    ('table_4_order', 'order', 'error', 'table_4', '{"columns": ["hours"]}'),
    ('table_4_part', 'part', 'error', 'table_4', '{"column": "hours", "whole": {"view": "table_2", "row": "{total}", "column": "total"}}'),
    ('table_4_told', 'told', 'error', 'table_4', '{"sentence": {"section": 2, "paragraph": 4}, "label": "station", "column": "hours", "top": 3}'),
    ('table_5_order', 'order', 'error', 'table_5', '{"columns": ["{code}_clicks"]}'),
    ('table_5_part', 'part', 'error', 'table_5', '{"label": "{code}_category", "column": "{code}_clicks", "whole": {"view": "figure_1", "label": "category", "column": "clicks"}}'),
    ('table_5_told', 'told', 'error', 'table_5', '{"sentence": {"section": 3, "paragraph": 2}, "label": "{code}_category", "rows": ["1"]}'),
    ('table_6_order', 'order', 'error', 'table_6', '{"columns": ["clicks"]}'),
    ('table_6_part', 'part', 'error', 'table_6', '{"column": "clicks", "whole": {"view": "headline", "row": "course_clicks", "column": "value"}}'),
    ('table_6_told', 'told', 'error', 'table_6', '{"sentence": {"section": 3, "paragraph": 3}, "label": "course", "column": "clicks", "top": 1}'),
    ('table_7_order', 'order', 'error', 'table_7', '{"columns": ["{code}_clicks"]}'),
    ('table_7_part', 'part', 'error', 'table_7', '{"label": "{code}_course", "column": "{code}_clicks", "whole": {"view": "table_6", "label": "course", "column": "clicks"}}'),
    ('table_7_told', 'told', 'error', 'table_7', '{"sentence": {"section": 3, "paragraph": 3}, "label": "{code}_course", "rows": ["1", "2"]}'),
    ('table_8_order', 'order', 'error', 'table_8', '{"columns": ["views"]}'),
    ('table_8_part', 'part', 'error', 'table_8', '{"column": "views", "whole": {"view": "headline", "row": "article_views", "column": "value"}}'),
    ('table_8_told', 'told', 'error', 'table_8', '{"sentence": {"section": 4, "paragraph": 2}, "label": "article", "column": "views", "top": 1}'),
    ('table_9_order', 'order', 'error', 'table_9', '{"columns": ["views"]}'),
    ('table_9_part', 'part', 'error', 'table_9', '{"column": "views", "whole": {"view": "headline", "row": "topic_views", "column": "value"}}'),
    ('figure_1_part', 'part', 'error', 'figure_1', '{"column": "clicks", "whole": {"view": "headline", "row": "course_clicks", "column": "value"}}'),
    ('figure_1_told', 'told', 'error', 'figure_1', '{"sentence": {"section": 3, "paragraph": 2}, "label": "category", "column": "clicks", "top": 5}'),
    ('figure_2_part', 'part', 'error', 'figure_2', '{"column": "visits", "whole": {"view": "headline", "row": "text_visits", "column": "value"}}'),
    ('figure_2_told', 'told', 'error', 'figure_2', '{"sentence": {"section": 4, "paragraph": 1}, "label": "column_name", "column": "visits", "top": 3}'),
    ('figure_3_part', 'part', 'error', 'figure_3', '{"column": "posts", "whole": {"view": "headline", "row": "blog_posts", "column": "value"}}'),
    ('figure_5_part', 'part', 'error', 'figure_5', '{"column": "posts", "whole": {"view": "headline", "row": "village_posts", "column": "value"}}'),
    ('figure_5_told', 'told', 'error', 'figure_5', '{"sentence": {"section": 5, "paragraph": 4}, "label": "topic", "column": "posts", "top": 1}'),
    ('station_without_fitness', 'view', 'warning', 'station_without_fitness', '{}'),
    ('closed_without_opening', 'view', 'notice', 'closed_without_opening', '{}')
) r(rule, kind, severity, view, arguments)
JOIN (VALUES
    ('zh-CN', 'sum', '{caption}：{row}的“{head}”为{found}，各项之和为{expected}'),
    ('zh-CN', 'share', '{caption}：{row}的“{head}”为{found}，按其构成应为{expected}'),
    ('zh-CN', 'growth', '{caption}：{row}的“{head}”为{found}，按两期数值应为{expected}'),
    ('zh-CN', 'order', '{caption}：第{row}名的“{head}”为{found}，大于前一名（应{expected}）'),
    ('zh-CN', 'limits', '{caption}：{row}的“{head}”为{found}，应{expected}'),
    ('zh-CN', 'everywhere', '{caption}：“{head}”全部为{found}'),
    ('zh-CN', 'equal', '{caption}：{row}的“{head}”为{found}，另一处为{expected}'),
    ('zh-CN', 'part', '{caption}：{row}的“{head}”为{found}，大于其所属的整体（应{expected}）'),
    ('zh-CN', 'told', '{caption}：{row}的“{head}”为{found}，与文字不符：{expected}'),
    ('zh-CN', 'station_without_fitness', '{found}个{row}站点没有设备情况记录，不计入应学站点'),
    ('zh-CN', 'closed_without_opening', '有{found}个账户已注销，但没有开通记录，不计入用户'),
    ('en', 'sum', '{caption}: “{head}” of {row} is {found}, and its parts come to {expected}'),
    ('en', 'share', '{caption}: “{head}” of {row} is {found}, and should be {expected} by what it is of'),
    ('en', 'growth', '{caption}: “{head}” of {row} is {found}, and should be {expected} by the two figures'),
    ('en', 'order', '{caption}: “{head}” at rank {row} is {found}, above the rank before ({expected})'),
    ('en', 'limits', '{caption}: “{head}” of {row} is {found}, and should be {expected}'),
    ('en', 'everywhere', '{caption}: “{head}” is {found} everywhere'),
    ('en', 'equal', '{caption}: “{head}” of {row} is {found}, and {expected} elsewhere'),
    ('en', 'part', '{caption}: “{head}” of {row} is {found}, above the whole that it is of ({expected})'),
    ('en', 'told', '{caption}: “{head}” of {row} is {found}, which is not what is told: {expected}'),
    ('en', 'station_without_fitness', '{found} stations of the kind {row} are not on file as fit at any time: none of them is expected to learn'),
    ('en', 'closed_without_opening', '{found} accounts were closed and never opened: they count as no users')
) m(language, name, message) ON m.name = CASE r.kind WHEN 'view' THEN r.rule ELSE r.kind END;
