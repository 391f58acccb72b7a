
-- tally: its entries as rows

CREATE FUNCTION edustats.tally_rows_support(internal) RETURNS internal
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_rows_support';
COMMENT ON FUNCTION edustats.tally_rows_support(internal) IS 'Planner support: how many rows each and top return.';

-- Few rows are expected: to look so many up by an index costs little however many there are, and to read all members for
-- some hundred costs much.
CREATE FUNCTION edustats.each(tally edustats.tally, OUT key bigint, OUT count bigint) RETURNS SETOF record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 200 SUPPORT edustats.tally_rows_support
    AS 'MODULE_PATHNAME', 'edustats_tally_each';
COMMENT ON FUNCTION edustats.each(edustats.tally) IS
    'The entries of a tally, by ascending key; none for the empty tally and for NULL.';

CREATE FUNCTION edustats.top(tally edustats.tally, n bigint, OUT rank bigint, OUT key bigint, OUT count bigint)
    RETURNS SETOF record
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 10 SUPPORT edustats.tally_rows_support
    AS 'MODULE_PATHNAME', 'edustats_tally_top';
COMMENT ON FUNCTION edustats.top(edustats.tally, bigint) IS
    'The n entries of a tally with the largest counts, of equal ones those with the lower key, ranked from 1; all if'
    ' there are fewer, none if either argument is NULL. An error if n is negative.';

-- For the planner: the server executes these without asking who may.
REVOKE EXECUTE ON FUNCTION edustats.tally_rows_support(internal) FROM PUBLIC;
