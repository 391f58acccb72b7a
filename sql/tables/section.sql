-- The texts of the bulletin's views, one row a file of sql/sections, which the Makefile appends below. attach runs them.

CREATE TABLE edustats.section (
    section text PRIMARY KEY,
    position integer NOT NULL UNIQUE,
    body text NOT NULL
);
COMMENT ON TABLE edustats.section IS
    'The SQL of the bulletin''s views, by section. Blocks begin with "-- view NAME requires RELATION …".';
COMMENT ON COLUMN edustats.section.section IS 'Name of the section''s file.';
COMMENT ON COLUMN edustats.section.position IS 'Order in which attach runs the sections.';
COMMENT ON COLUMN edustats.section.body IS 'The statements.';
GRANT SELECT ON edustats.section TO PUBLIC;
