
-- Instants that are text, as in JSON.

CREATE FUNCTION edustats.from_iso8601(text) RETURNS timestamptz
LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE AS 'MODULE_PATHNAME', 'edustats_from_iso8601';
COMMENT ON FUNCTION edustats.from_iso8601(text) IS
    'The instant of a text in ISO 8601 or RFC 3339, such as 2015-03-01T10:00:00Z or 2015-03-01T18:00:00.5+08:00, the '
    'same whatever the settings of the session, so that an index can be made on it. A fraction may have any number of '
    'digits and is rounded to microseconds; seconds may be missing; the basic form 20150301T100000Z will do. A text '
    'without an offset is an error (invalid_datetime_format), as is any other text; a date or time that does not exist '
    'is another (datetime_field_overflow). NULL for NULL.';
