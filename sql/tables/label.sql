-- The words that a bulletin's views print beside the platform's own names. Attach copies those of one language into a
-- bulletin's own table.

CREATE TABLE edustats.label (
    language text,
    name text,
    label text NOT NULL,
    PRIMARY KEY (language, name)
);
COMMENT ON TABLE edustats.label IS 'Words that come along, by language. Those of a bulletin are the rows of its own table "label".';
COMMENT ON COLUMN edustats.label.language IS 'The language, as in HTML.';
COMMENT ON COLUMN edustats.label.name IS 'What the word is for, see the view "word" of a bulletin''s data. One that ends with _month, _quarter, _half, _year, _week or _period is for such a period.';
COMMENT ON COLUMN edustats.label.label IS 'The word.';
GRANT SELECT ON edustats.label TO PUBLIC;

-- In English those of accounts are what stands before "users".
INSERT INTO edustats.label (language, name, label) VALUES
    ('zh-CN', 'station', '站点用户'),
    ('zh-CN', 'registered', '非站点用户'),
    ('zh-CN', 'individual', '个人用户'),
    ('zh-CN', 'collective', '集体用户'),
    ('zh-CN', 'total', '合计'),
    ('zh-CN', 'other', '其他'),
    ('zh-CN', 'unnamed', '（名称不详）'),
    ('zh-CN', 'this_month', '本月'),
    ('zh-CN', 'this_quarter', '本季度'),
    ('zh-CN', 'this_half', '本半年'),
    ('zh-CN', 'this_year', '本年'),
    ('zh-CN', 'this_week', '本周'),
    ('zh-CN', 'this_period', '本期'),
    ('zh-CN', 'before_month', '上月'),
    ('zh-CN', 'before_quarter', '上季度'),
    ('zh-CN', 'before_half', '前一个半年'),
    ('zh-CN', 'before_year', '上年'),
    ('zh-CN', 'before_week', '上周'),
    ('zh-CN', 'before_period', '上期'),
    ('zh-CN', 'at_end_month', '月末'),
    ('zh-CN', 'at_end_quarter', '季末'),
    ('zh-CN', 'at_end_half', '期末'),
    ('zh-CN', 'at_end_year', '年末'),
    ('zh-CN', 'at_end_week', '期末'),
    ('zh-CN', 'at_end_period', '期末'),
    ('en', 'station', 'allocated'),
    ('en', 'registered', 'self-registered'),
    ('en', 'individual', 'individual'),
    ('en', 'collective', 'affiliated'),
    ('en', 'total', 'total'),
    ('en', 'other', 'other'),
    ('en', 'unnamed', '(name unknown)'),
    ('en', 'this_month', 'the month'),
    ('en', 'this_quarter', 'the quarter'),
    ('en', 'this_half', 'the half year'),
    ('en', 'this_year', 'the year'),
    ('en', 'this_week', 'the week'),
    ('en', 'this_period', 'the period'),
    ('en', 'before_month', 'the month before'),
    ('en', 'before_quarter', 'the quarter before'),
    ('en', 'before_half', 'the half year before'),
    ('en', 'before_year', 'the year before'),
    ('en', 'before_week', 'the week before'),
    ('en', 'before_period', 'the period before'),
    ('en', 'at_end_month', 'at the end of the month'),
    ('en', 'at_end_quarter', 'at the end of the quarter'),
    ('en', 'at_end_half', 'at the end of the half year'),
    ('en', 'at_end_year', 'at the end of the year'),
    ('en', 'at_end_week', 'at the end of the week'),
    ('en', 'at_end_period', 'at the end of the period');
