
-- tally: what one tells of another's keys

CREATE FUNCTION edustats.regroup(tally edustats.tally, groups edustats.tally) RETURNS edustats.tally
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_regroup';
COMMENT ON FUNCTION edustats.regroup(edustats.tally, edustats.tally) IS
    'The counts of the first tally added up by group: the second one''s count of a key is the group that the key belongs to.'
    ' A key that it does not have is left out. NULL if either is NULL.';

CREATE FUNCTION edustats.set_counts(tally edustats.tally, count bigint) RETURNS edustats.tally
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_set_counts';
COMMENT ON FUNCTION edustats.set_counts(edustats.tally, bigint) IS
    'The keys of a tally, each with the same count; NULL if either is NULL. An error if the count is not positive'
    ' (invalid_parameter_value), or all of them are more than a bigint (numeric_value_out_of_range).';

CREATE FUNCTION edustats.not_below(tally edustats.tally, key bigint) RETURNS edustats.tally
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_not_below';
COMMENT ON FUNCTION edustats.not_below(edustats.tally, bigint) IS
    'The tally with what lower keys counted added to this one; NULL if either is NULL.';

CREATE FUNCTION edustats.day_number(day date) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_day_number';
COMMENT ON FUNCTION edustats.day_number(date) IS
    'A day as a positive number, as key or count of a tally: its Julian date from 1, which is minus infinity, too. Infinity is'
    ' the largest integer. NULL for NULL.';

CREATE FUNCTION edustats.numbered_day(number bigint) RETURNS date
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_numbered_day';
COMMENT ON FUNCTION edustats.numbered_day(bigint) IS
    'The day that has a number, see day_number. NULL for NULL; an error for a number that no day has (datetime_value_out_of_range).';

CREATE FUNCTION edustats.in_days(tally edustats.tally, first date, last date) RETURNS bigint
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_in_days';
COMMENT ON FUNCTION edustats.in_days(edustats.tally, date, date) IS
    'The counts added up of those keys of a tally that are numbers of days from the first to the last, which may be infinite;'
    ' see day_number. 0 where there are none, NULL if any argument is NULL.';

CREATE FUNCTION edustats.lasting(began edustats.tally, ended edustats.tally, day date) RETURNS edustats.tally
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_tally_lasting';
COMMENT ON FUNCTION edustats.lasting(edustats.tally, edustats.tally, date) IS
    'The keys of what had begun by a day and not ended by it, each with the count 1; the counts of "began" and "ended" are the'
    ' numbers of days, see day_number, and what is not in "ended" has no end. NULL if any argument is NULL.';
