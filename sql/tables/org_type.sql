-- The kinds of organisation that come along. Attach copies these rows into a bulletin's own table, to which its owner adds
-- others.

CREATE TABLE edustats.org_type (
    org_type text PRIMARY KEY,
    code text NOT NULL UNIQUE,
    position integer NOT NULL UNIQUE,
    class smallint NOT NULL UNIQUE,
    compared boolean NOT NULL,
    told_together boolean NOT NULL,
    by_account boolean NOT NULL
);
COMMENT ON TABLE edustats.org_type IS
    'Kinds of organisation that come along. Those of a bulletin are the rows of its own table "org_type".';
COMMENT ON COLUMN edustats.org_type.org_type IS 'The kind, as the platform has it.';
COMMENT ON COLUMN edustats.org_type.code IS 'Name of its columns in the tables.';
COMMENT ON COLUMN edustats.org_type.position IS 'Its place in the tables, ascending.';
COMMENT ON COLUMN edustats.org_type.class IS
    'The class of its station users in a rollup; that of its other users is the next number.';
COMMENT ON COLUMN edustats.org_type.compared IS 'Is it one of those that tables 3, 5 and 7 and their sentences compare?';
COMMENT ON COLUMN edustats.org_type.told_together IS 'Does the sentence about learning time take it together with others?';
COMMENT ON COLUMN edustats.org_type.by_account IS 'Does table 1 tell its station users from the others?';
GRANT SELECT ON edustats.org_type TO PUBLIC;

INSERT INTO edustats.org_type (org_type, code, position, class, compared, told_together, by_account) VALUES
    ('农村', 'rural', 1, 1, true, false, true),
    ('社区', 'community', 2, 3, true, false, true),
    ('机关事业单位', 'agency', 3, 5, false, true, true),
    ('国企', 'soe', 4, 7, false, true, true),
    ('“两新”组织', 'new_org', 5, 9, false, true, true),
    ('高校', 'college', 6, 11, false, false, false);
