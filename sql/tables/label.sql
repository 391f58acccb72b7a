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
COMMENT ON COLUMN edustats.label.name IS 'What the word is for, see the view "word" of a bulletin''s data.';
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
    ('en', 'station', 'allocated'),
    ('en', 'registered', 'self-registered'),
    ('en', 'individual', 'individual'),
    ('en', 'collective', 'affiliated'),
    ('en', 'total', 'total'),
    ('en', 'other', 'other'),
    ('en', 'unnamed', '(name unknown)');
