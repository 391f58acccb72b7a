/*
 * iso8601.c: instants as JSON has them, in ISO 8601 or its profile RFC 3339.
 *
 * PostgreSQL's own input of timestamps takes many more forms, and what it makes of them depends on settings; so it is
 * not immutable and no index can use it. Here nothing but the text matters.
 */
#include "edustats.h"

#include "mb/pg_wchar.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

#define SHOWN_BYTES 100			/* of a text, in a message */

/* Digits of a year: the ones above four are needed for what PostgreSQL itself writes, and for ECMAScript. */
#define YEAR_DIGITS 4
#define MAX_YEAR_DIGITS 6

#define USEC_DIGITS 6

/* A text, which no NUL ends, and how far it was read. */
typedef struct IsoReader
{
	const char *start;
	const char *at;
	const char *end;
	bool		basic;			/* date and time of day are written without - and : */
} IsoReader;

PG_FUNCTION_INFO_V1(edustats_from_iso8601);

/* The beginning of the text, for a message. */
static char *
shown(const IsoReader *reader)
{
	int			length = (int) (reader->end - reader->start);

	return pnstrdup(reader->start, pg_mbcliplen(reader->start, length, SHOWN_BYTES));
}

/* Complains that the text is none of an instant. */
pg_noreturn static void
malformed(const IsoReader *reader)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
			 errmsg("invalid ISO 8601 instant: \"%s\"", shown(reader)),
			 errhint("An instant is written as in 2015-03-01T10:00:00Z or 2015-03-01T18:00:00.5+08:00.")));
}

/* Complains that the text has no offset. */
pg_noreturn static void
offset_missing(const IsoReader *reader)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_DATETIME_FORMAT),
			 errmsg("ISO 8601 instant without an offset from UTC: \"%s\"", shown(reader)),
			 errdetail("Which instant it is would depend on the time zone of the session."),
			 errhint("Append Z, or an offset as in +08:00.")));
}

/* Complains that there is no such date, time of day or offset. */
pg_noreturn static void
field_overflow(const IsoReader *reader)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
			 errmsg("date/time field value out of range: \"%s\"", shown(reader))));
}

/* Whether a digit comes next. */
static inline bool
digit_follows(const IsoReader *reader)
{
	return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

/* Steps over the byte if it comes next; whether it did. */
static inline bool
take(IsoReader *reader, char byte)
{
	if (reader->at == reader->end || *reader->at != byte)
		return false;
	reader->at++;
	return true;
}

/* Reads a number of that many digits. */
static inline int
read_digits(IsoReader *reader, int digits)
{
	int			number = 0;

	for (; digits > 0; digits--)
	{
		if (!digit_follows(reader))
			malformed(reader);
		number = number * 10 + (*reader->at++ - '0');
	}
	return number;
}

/* How many digits come next; of more than the basic form of a date has, one more. */
static inline int
count_digits(IsoReader reader)
{
	const char *first = reader.at;

	while (digit_follows(&reader) && reader.at - first <= YEAR_DIGITS + 4)
		reader.at++;
	return (int) (reader.at - first);
}

/* Reads a field of two digits, and before it the separator of the extended form. */
static inline int
read_field(IsoReader *reader, char separator)
{
	if (!reader->basic && !take(reader, separator))
		malformed(reader);
	return read_digits(reader, 2);
}

/* Reads the date; year 0 is the one before year 1. */
static inline void
read_date(IsoReader *reader, struct pg_tm *tm)
{
	bool		negative = take(reader, '-');
	bool		with_sign = negative || take(reader, '+');
	int			digits = count_digits(*reader);

	reader->basic = digits == YEAR_DIGITS + 4 && !with_sign;
	tm->tm_year = read_digits(reader, reader->basic ? YEAR_DIGITS : Max(Min(digits, MAX_YEAR_DIGITS), YEAR_DIGITS));
	if (negative)
		tm->tm_year = -tm->tm_year;
	tm->tm_mon = read_field(reader, '-');
	tm->tm_mday = read_field(reader, '-');
}

/* Reads the digits of a fraction of a second, however many: microseconds, rounded half up. */
static inline fsec_t
read_fraction(IsoReader *reader)
{
	const char *first = reader->at;
	fsec_t		fraction;
	int			digits = 0;

	for (fraction = 0; digits < USEC_DIGITS && digit_follows(reader); digits++)
		fraction = fraction * 10 + (*reader->at++ - '0');
	if (reader->at == first)
		malformed(reader);
	for (; digits < USEC_DIGITS; digits++)
		fraction *= 10;
	if (digit_follows(reader) && *reader->at >= '5')
		fraction++;
	while (digit_follows(reader))
		reader->at++;
	return fraction;
}

/* Reads the time of day, which may end with the minutes; returns the fraction of the second. */
static inline fsec_t
read_time(IsoReader *reader, struct pg_tm *tm)
{
	tm->tm_hour = read_digits(reader, 2);
	tm->tm_min = read_field(reader, ':');
	tm->tm_sec = 0;
	if (reader->basic ? !digit_follows(reader) : !take(reader, ':'))
		return 0;
	tm->tm_sec = read_digits(reader, 2);
	return take(reader, '.') || take(reader, ',') ? read_fraction(reader) : 0;
}

/* Reads hours, minutes and seconds of an offset; PostgreSQL writes seconds for instants before there were zones. */
static inline int
read_displacement(IsoReader *reader)
{
	int			hours = read_digits(reader, 2);
	bool		colons = take(reader, ':');
	int			minutes = colons || digit_follows(reader) ? read_digits(reader, 2) : 0;
	int			seconds = (colons ? take(reader, ':') : digit_follows(reader)) ? read_digits(reader, 2) : 0;

	if (hours > MAX_TZDISP_HOUR || minutes >= MINS_PER_HOUR || seconds >= SECS_PER_MINUTE)
		field_overflow(reader);
	return (hours * MINS_PER_HOUR + minutes) * SECS_PER_MINUTE + seconds;
}

/* Reads the offset, as PostgreSQL has it: seconds west of Greenwich. */
static inline int
read_offset(IsoReader *reader)
{
	if (reader->at == reader->end)
		offset_missing(reader);
	if (take(reader, 'Z') || take(reader, 'z'))
		return 0;
	if (take(reader, '+'))
		return -read_displacement(reader);
	if (!take(reader, '-'))
		malformed(reader);
	return read_displacement(reader);
}

/* Whether a calendar has the date, and a clock the time as PostgreSQL takes it: also a second 60, and 24:00. */
static inline bool
exists(const struct pg_tm *tm, fsec_t fraction)
{
	return tm->tm_mon >= 1 && tm->tm_mon <= MONTHS_PER_YEAR &&
		tm->tm_mday >= 1 && tm->tm_mday <= day_tab[isleap(tm->tm_year)][tm->tm_mon - 1] &&
		!time_overflows(tm->tm_hour, tm->tm_min, tm->tm_sec, fraction);
}

/* from_iso8601(text) */
Datum
edustats_from_iso8601(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	const char *bytes = VARDATA_ANY(value);
	IsoReader	reader = {bytes, bytes, bytes + VARSIZE_ANY_EXHDR(value), false};
	struct pg_tm tm;
	fsec_t		fraction;
	int			west;
	TimestampTz result;

	read_date(&reader, &tm);
	if (!take(&reader, 'T') && !take(&reader, 't') && !take(&reader, ' '))
		malformed(&reader);
	fraction = read_time(&reader, &tm);
	west = read_offset(&reader);
	if (reader.at != reader.end)
		malformed(&reader);
	if (!exists(&tm, fraction))
		field_overflow(&reader);
	if (tm2timestamp(&tm, fraction, &west, &result) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range: \"%s\"", shown(&reader))));
	PG_RETURN_TIMESTAMPTZ(result);
}
