
-- tally: an exact multiset

CREATE TYPE edustats.tally;

CREATE FUNCTION edustats.tally_in(cstring) RETURNS edustats.tally
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_in';
COMMENT ON FUNCTION edustats.tally_in(cstring) IS 'Input of a tally.';

CREATE FUNCTION edustats.tally_out(edustats.tally) RETURNS cstring
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_out';
COMMENT ON FUNCTION edustats.tally_out(edustats.tally) IS 'Output of a tally.';

CREATE FUNCTION edustats.tally_recv(internal) RETURNS edustats.tally
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_recv';
COMMENT ON FUNCTION edustats.tally_recv(internal) IS 'Binary input of a tally; checks every byte.';

CREATE FUNCTION edustats.tally_send(edustats.tally) RETURNS bytea
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_send';
COMMENT ON FUNCTION edustats.tally_send(edustats.tally) IS
    'Binary output of a tally: the stored layout with the header in network byte order.';

-- Stored compressed or out of line where that is worth it; a column that is read much and has room to spare is faster
-- with ALTER TABLE … ALTER COLUMN … SET STORAGE EXTERNAL, as tallies are compressed already.
CREATE TYPE edustats.tally (
    INPUT = edustats.tally_in,
    OUTPUT = edustats.tally_out,
    RECEIVE = edustats.tally_recv,
    SEND = edustats.tally_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = int4,
    STORAGE = extended
);
COMMENT ON TYPE edustats.tally IS
    'An exact multiset: how often each key (bigint) was counted. Text form {5:3, 9:1}: ascending keys, each with its'
    ' positive count (bigint); {} is the empty tally. All counts of a tally add up to a bigint. Stored sorted and'
    ' compressed in one form only: a byte for the version (1), a byte of flags (0), the number of entries (4 bytes),'
    ' the total (8 bytes), then for each entry the gap to the key before and the count less one, as numbers of 7 bits'
    ' a byte (2 or 3 bytes an entry where keys are dense and counts at most 16384).';

CREATE FUNCTION edustats.tally_to_jsonb(tally edustats.tally) RETURNS jsonb
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_to_jsonb';
COMMENT ON FUNCTION edustats.tally_to_jsonb(edustats.tally) IS
    'A tally as a jsonb object of its keys and their counts, {"5": 3, "9": 1}. NULL gives NULL; a tally too large for'
    ' jsonb gives an error.';

CREATE CAST (edustats.tally AS jsonb) WITH FUNCTION edustats.tally_to_jsonb(edustats.tally);
COMMENT ON CAST (edustats.tally AS jsonb) IS 'An object of the keys and their counts.';

-- Behind the type: the server executes these without asking who may.
REVOKE EXECUTE ON FUNCTION edustats.tally_in(cstring),
    edustats.tally_out(edustats.tally),
    edustats.tally_recv(internal),
    edustats.tally_send(edustats.tally) FROM PUBLIC;
