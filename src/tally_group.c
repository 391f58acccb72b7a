/*
 * tally_group.c: tallies that tell something of other tallies' keys, the group that each belongs to or the day that it dates from,
 * and tallies by day.
 */
#include "tally.h"

#include "utils/date.h"

/* A day's number is that of its Julian date, from 1, as counts are positive. */
#define DAY_OF_NUMBER(number) ((DateADT) ((number) - 1 - POSTGRES_EPOCH_JDATE))
#define NUMBER_MAX ((int64) PG_INT32_MAX)	/* of infinity */

PG_FUNCTION_INFO_V1(edustats_tally_regroup);
PG_FUNCTION_INFO_V1(edustats_tally_set_counts);
PG_FUNCTION_INFO_V1(edustats_tally_not_below);
PG_FUNCTION_INFO_V1(edustats_tally_lasting);
PG_FUNCTION_INFO_V1(edustats_day_number);
PG_FUNCTION_INFO_V1(edustats_numbered_day);
PG_FUNCTION_INFO_V1(edustats_tally_in_days);

/* The number of a day. */
static int64
number_of(DateADT day)
{
	if (DATE_IS_NOBEGIN(day))
		return 1;
	return DATE_IS_NOEND(day) ? NUMBER_MAX : (int64) day + POSTGRES_EPOCH_JDATE + 1;
}

/* Adds the counts of the tally's keys to those of their groups. */
static void
add_by_group(TallyBuilder *builder, Datum tally, Datum groups)
{
	TallyReader entry;
	TallyReader group;

	edustats_tally_open(&entry, tally);
	edustats_tally_open(&group, groups);
	if (!tally_next(&group))
		return;
	while (tally_next(&entry))
	{
		while (group.key < entry.key)
		{
			if (!tally_next(&group))
				return;
		}
		if (group.key == entry.key)
			tally_add(builder, group.count, entry.count);
	}
}

/* regroup(tally, groups) */
Datum
edustats_tally_regroup(PG_FUNCTION_ARGS)
{
	TallyBuilder builder;

	edustats_tally_builder_init(&builder, CurrentMemoryContext);
	add_by_group(&builder, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
	PG_RETURN_POINTER(edustats_tally_build(&builder));
}

/* set_counts(tally, count) */
Datum
edustats_tally_set_counts(PG_FUNCTION_ARGS)
{
	int64		count = PG_GETARG_INT64(1);
	TallyReader reader;
	TallyWriter writer;

	if (count < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("count of a key must be positive")));
	edustats_tally_open(&reader, PG_GETARG_DATUM(0));
	edustats_tally_begin(&writer, reader.entries);
	while (tally_next(&reader))
		edustats_tally_put(&writer, reader.key, count);
	PG_RETURN_POINTER(edustats_tally_finish(&writer));
}

/* not_below(tally, key) */
Datum
edustats_tally_not_below(PG_FUNCTION_ARGS)
{
	int64		least = PG_GETARG_INT64(1);
	int64		below = 0;			/* no more than the tally's total, which fits */
	TallyReader reader;
	TallyWriter writer;

	edustats_tally_open(&reader, PG_GETARG_DATUM(0));
	edustats_tally_begin(&writer, reader.entries);
	while (tally_next(&reader))
	{
		if (reader.key <= least)
		{
			below += reader.count;
			continue;
		}
		if (below > 0)
			edustats_tally_put(&writer, least, below);
		below = 0;
		edustats_tally_put(&writer, reader.key, reader.count);
	}
	if (below > 0)
		edustats_tally_put(&writer, least, below);
	PG_RETURN_POINTER(edustats_tally_finish(&writer));
}

/* lasting(began, ended, day) */
Datum
edustats_tally_lasting(PG_FUNCTION_ARGS)
{
	int64		day = number_of(PG_GETARG_DATEADT(2));
	TallyReader began;
	TallyReader ended;
	TallyWriter writer;
	bool		more;

	edustats_tally_open(&began, PG_GETARG_DATUM(0));
	edustats_tally_open(&ended, PG_GETARG_DATUM(1));
	edustats_tally_begin(&writer, began.entries);
	more = tally_next(&ended);
	while (tally_next(&began))
	{
		while (more && ended.key < began.key)
			more = tally_next(&ended);
		if (began.count <= day && !(more && ended.key == began.key && ended.count <= day))
			edustats_tally_put(&writer, began.key, 1);
	}
	PG_RETURN_POINTER(edustats_tally_finish(&writer));
}

/* day_number(date) */
Datum
edustats_day_number(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(number_of(PG_GETARG_DATEADT(0)));
}

/* numbered_day(bigint) */
Datum
edustats_numbered_day(PG_FUNCTION_ARGS)
{
	int64		number = PG_GETARG_INT64(0);

	if (number < 1 || number >= (int64) DATE_END_JULIAN + 1)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("no day has the number " INT64_FORMAT, number)));
	PG_RETURN_DATEADT(DAY_OF_NUMBER(number));
}

/* in_days(tally, first, last) */
Datum
edustats_tally_in_days(PG_FUNCTION_ARGS)
{
	int64		first = number_of(PG_GETARG_DATEADT(1));
	int64		last = number_of(PG_GETARG_DATEADT(2));
	int64		total = 0;
	TallyReader reader;

	edustats_tally_open(&reader, PG_GETARG_DATUM(0));
	while (tally_next(&reader) && reader.key <= last)
	{
		if (reader.key >= first)
			total += reader.count;	/* no more than the tally's total, which fits */
	}
	PG_RETURN_INT64(total);
}
