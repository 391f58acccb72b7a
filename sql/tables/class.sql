-- The classes of members: what a rollup row stores about who was active.

CREATE TABLE edustats.class (
    class smallint PRIMARY KEY,
    org_type text,
    account text,
    UNIQUE NULLS NOT DISTINCT (org_type, account)
);
COMMENT ON TABLE edustats.class IS 'Classes of members, as the rollup stores them.';
COMMENT ON COLUMN edustats.class.class IS 'The class; 0 for activity of nobody known (a visitor, a member no longer on file).';
COMMENT ON COLUMN edustats.class.org_type IS
    'Kind of organisation, the last one for all that are not told apart; NULL for persons and for class 0.';
COMMENT ON COLUMN edustats.class.account IS 'Station user, other collective user, or individual; NULL for class 0.';
INSERT INTO edustats.class (class, org_type, account) VALUES
    (0, NULL, NULL),
    (1, '农村', '站点用户'), (2, '农村', '非站点用户'),
    (3, '社区', '站点用户'), (4, '社区', '非站点用户'),
    (5, '机关事业单位', '站点用户'), (6, '机关事业单位', '非站点用户'),
    (7, '国企', '站点用户'), (8, '国企', '非站点用户'),
    (9, '“两新”组织', '站点用户'), (10, '“两新”组织', '非站点用户'),
    (11, '高校', '站点用户'), (12, '高校', '非站点用户'),
    (13, NULL, '个人用户'),
    (14, '其他', '站点用户'), (15, '其他', '非站点用户');
ANALYZE edustats.class;         -- too few rows for autovacuum ever to do it
GRANT SELECT ON edustats.class TO PUBLIC;

-- A CASE and not a look-up, so that it is inlined into the joins that read millions of rows.
CREATE FUNCTION edustats.class_of(org_type text, allocated boolean) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN org_type IS NULL THEN 13
    ELSE CASE org_type
        WHEN '农村' THEN 2 WHEN '社区' THEN 4 WHEN '机关事业单位' THEN 6
        WHEN '国企' THEN 8 WHEN '“两新”组织' THEN 10 WHEN '高校' THEN 12
        ELSE 15
    END - CASE WHEN allocated THEN 1 ELSE 0 END
END::smallint;
COMMENT ON FUNCTION edustats.class_of(text, boolean) IS
    'Class of a member by org_type and allocated; an org_type that edustats does not know is among the others, 14 and 15.';
