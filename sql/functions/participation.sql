-- Participation: how many attended of how many that were expected to.

CREATE TYPE edustats.participation;

CREATE FUNCTION edustats.participation_in(cstring) RETURNS edustats.participation
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_participation_in';

CREATE FUNCTION edustats.participation_out(edustats.participation) RETURNS cstring
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_participation_out';

CREATE FUNCTION edustats.participation_recv(internal) RETURNS edustats.participation
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_participation_recv';

CREATE FUNCTION edustats.participation_send(edustats.participation) RETURNS bytea
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_participation_send';

CREATE TYPE edustats.participation (
    INPUT = edustats.participation_in,
    OUTPUT = edustats.participation_out,
    RECEIVE = edustats.participation_recv,
    SEND = edustats.participation_send,
    INTERNALLENGTH = 16,
    ALIGNMENT = double,
    STORAGE = plain
);
COMMENT ON TYPE edustats.participation IS
    'How many attended of how many were expected to, such as 1169/3691; 0 <= attended <= expected.';

CREATE FUNCTION edustats.attended(edustats.participation) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_attended';
COMMENT ON FUNCTION edustats.attended(edustats.participation) IS 'How many attended. NULL for NULL.';

CREATE FUNCTION edustats.absent(edustats.participation) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_absent';
COMMENT ON FUNCTION edustats.absent(edustats.participation) IS
    'How many were expected and did not attend. NULL for NULL.';

CREATE FUNCTION edustats.expected(edustats.participation) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_expected';
COMMENT ON FUNCTION edustats.expected(edustats.participation) IS 'How many were expected. NULL for NULL.';

CREATE FUNCTION edustats.rate(edustats.participation) RETURNS numeric
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_rate';
COMMENT ON FUNCTION edustats.rate(edustats.participation) IS
    'How many percent of those expected attended: 0.00 to 100.00, half away from zero. NULL where nobody was expected, '
    'and for NULL.';

CREATE FUNCTION edustats.participation_add(edustats.participation, edustats.participation)
RETURNS edustats.participation
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_participation_add';

CREATE OPERATOR edustats.+ (
    LEFTARG = edustats.participation, RIGHTARG = edustats.participation,
    FUNCTION = edustats.participation_add,
    COMMUTATOR = OPERATOR(edustats.+)
);
COMMENT ON OPERATOR edustats.+ (edustats.participation, edustats.participation) IS
    'Attended and expected of both together: they must not be the same ones. NULL for NULL; out of the range of bigint '
    'is an error.';

CREATE FUNCTION edustats.participation_eq(edustats.participation, edustats.participation) RETURNS boolean
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_participation_eq';

CREATE FUNCTION edustats.participation_ne(edustats.participation, edustats.participation) RETURNS boolean
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_participation_ne';

CREATE OPERATOR edustats.= (
    LEFTARG = edustats.participation, RIGHTARG = edustats.participation,
    FUNCTION = edustats.participation_eq,
    COMMUTATOR = OPERATOR(edustats.=), NEGATOR = OPERATOR(edustats.<>),
    RESTRICT = eqsel, JOIN = eqjoinsel, HASHES
);
COMMENT ON OPERATOR edustats.= (edustats.participation, edustats.participation) IS
    'Whether attended and expected are both equal: 1/2 is not 2/4.';

CREATE OPERATOR edustats.<> (
    LEFTARG = edustats.participation, RIGHTARG = edustats.participation,
    FUNCTION = edustats.participation_ne,
    COMMUTATOR = OPERATOR(edustats.<>), NEGATOR = OPERATOR(edustats.=),
    RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR edustats.<> (edustats.participation, edustats.participation) IS
    'Whether attended or expected differ.';

CREATE FUNCTION edustats.participation_hash(edustats.participation) RETURNS integer
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_participation_hash';

CREATE FUNCTION edustats.participation_hash_extended(edustats.participation, bigint) RETURNS bigint
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_participation_hash_extended';

CREATE OPERATOR CLASS edustats.participation_ops DEFAULT FOR TYPE edustats.participation USING hash AS
    OPERATOR 1 edustats.=,
    FUNCTION 1 edustats.participation_hash(edustats.participation),
    FUNCTION 2 edustats.participation_hash_extended(edustats.participation, bigint);

CREATE FUNCTION edustats.participation_accum(edustats.participation, boolean) RETURNS edustats.participation
LANGUAGE c IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_participation_accum';

CREATE AGGREGATE edustats.participation_agg(attended boolean) (
    SFUNC = edustats.participation_accum,
    STYPE = edustats.participation,
    COMBINEFUNC = edustats.participation_add,
    PARALLEL = safe
);
COMMENT ON AGGREGATE edustats.participation_agg(boolean) IS
    'Counts each row as expected, and as attended where true. Rows of NULL are skipped; NULL where no row is left.';

CREATE AGGREGATE edustats.rollup(edustats.participation) (
    SFUNC = edustats.participation_add,
    STYPE = edustats.participation,
    COMBINEFUNC = edustats.participation_add,
    PARALLEL = safe
);
COMMENT ON AGGREGATE edustats.rollup(edustats.participation) IS
    'All values added: they must not share any that were expected. NULL values are skipped; NULL where none is left.';

-- Behind the type, its hash and its aggregate: the server executes these without asking who may.
REVOKE EXECUTE ON FUNCTION edustats.participation_in(cstring),
    edustats.participation_out(edustats.participation),
    edustats.participation_recv(internal),
    edustats.participation_send(edustats.participation),
    edustats.participation_hash(edustats.participation),
    edustats.participation_hash_extended(edustats.participation, bigint),
    edustats.participation_accum(edustats.participation, boolean) FROM PUBLIC;
