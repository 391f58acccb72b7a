-- The texts that attach runs: of the tables and functions in the schema of a bulletin's data, one row a file of sql/data, and
-- of its views, one row a file of sql/sections and, for a language, of sql/sentences. The Makefile appends them below.

CREATE TABLE edustats.section (
    section text,
    kind text NOT NULL CHECK (kind IN ('data', 'views')),
    language text,
    position integer NOT NULL UNIQUE,
    body text NOT NULL,
    PRIMARY KEY (kind, section)
);
COMMENT ON TABLE edustats.section IS
    'The SQL of a bulletin. Texts of views consist of blocks that begin with "-- view NAME requires RELATION …", or with "-- data …" for a view that readers do not see; "-- kept …" is one whose rows are kept for a statement, "-- sentence …" one that reads headline.';
COMMENT ON COLUMN edustats.section.section IS 'Name of the file.';
COMMENT ON COLUMN edustats.section.kind IS 'data: tables and functions; views.';
COMMENT ON COLUMN edustats.section.language IS 'The language of its sentences: only bulletins in it have these views. NULL for what all have.';
COMMENT ON COLUMN edustats.section.position IS 'Order in which attach runs them.';
COMMENT ON COLUMN edustats.section.body IS 'The statements.';
GRANT SELECT ON edustats.section TO PUBLIC;
