-- The texts that attach runs: of the tables and functions in the schema of a bulletin's data, one row a file of sql/data, and
-- of its views, one row a file of sql/sections and, for a language, of sql/sentences. The Makefile appends them below.

CREATE FUNCTION edustats.blocks_of(body text) RETURNS jsonb
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path TO pg_catalog, pg_temp
RETURN (SELECT jsonb_agg(jsonb_build_object('kind', h.header[1], 'view', h.header[2], 'requires', string_to_array(h.header[3], ' '),
                                            'key', string_to_array(h.header[4], ' '), 'body', b.body) ORDER BY b.place)
        FROM regexp_split_to_table(body, '^(?=-- (?:view|data|kept|sentence) )', 'n') WITH ORDINALITY b(body, place)
        CROSS JOIN LATERAL regexp_match(b.body, '^-- (view|data|kept|sentence) (\w+) requires ([\w ]+?)(?: key ([\w ]+))?\n') h(header)
        WHERE h.header IS NOT NULL);         -- not what stands before the first block
COMMENT ON FUNCTION edustats.blocks_of(text) IS 'The blocks of a text of views: [{"kind", "view", "requires", "key", "body"}].';
REVOKE EXECUTE ON FUNCTION edustats.blocks_of(text) FROM PUBLIC;

CREATE TABLE edustats.section (
    section text,
    kind text NOT NULL CHECK (kind IN ('data', 'views')),
    language text,
    position integer NOT NULL UNIQUE,
    body text NOT NULL,
    blocks jsonb GENERATED ALWAYS AS (CASE kind WHEN 'views' THEN edustats.blocks_of(body) END) STORED,
    PRIMARY KEY (kind, section)
);
COMMENT ON TABLE edustats.section IS
    'The SQL of a bulletin. Texts of views consist of blocks that begin with "-- view NAME requires RELATION …", or with "-- data …" for a view that readers do not see; "-- kept …" is one whose rows are kept for a statement, "-- sentence …" one that reads headline.';
COMMENT ON COLUMN edustats.section.section IS 'Name of the file.';
COMMENT ON COLUMN edustats.section.kind IS 'data: tables and functions; views.';
COMMENT ON COLUMN edustats.section.language IS 'The language of its sentences: only bulletins in it have these views. NULL for what all have.';
COMMENT ON COLUMN edustats.section.position IS 'Order in which attach runs them.';
COMMENT ON COLUMN edustats.section.body IS 'The statements.';
COMMENT ON COLUMN edustats.section.blocks IS 'Those of views, by block; NULL for data.';
GRANT SELECT ON edustats.section TO PUBLIC;
