/*
 * change_rows.c: packed changes in SQL: as rows, and as what they add to, and take from, the tallies of days.
 */
#include "changes.h"
#include "daily_state.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(edustats_each_change);
PG_FUNCTION_INFO_V1(edustats_changed_members);
PG_FUNCTION_INFO_V1(edustats_daily_changes);

#define DAILY_CHANGE_COLUMNS 4

/* each_change(bytea) returns rows (member, key, weight). */
Datum
edustats_each_change(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Changes		changes = {.context = CurrentMemoryContext};

	InitMaterializedSRF(fcinfo, 0);
	edustats_unpack_changes(&changes, 0, PG_GETARG_BYTEA_PP(0));
	for (uint64 i = 0; i < changes.number; i++)
	{
		Change	   *change = &changes.items[i];
		Datum		values[] = {Int64GetDatum(change->member), Int64GetDatum(change->key), Int64GetDatum(change->weight)};
		bool		nulls[] = {!change->has_member, false, false};

		tally_step(i);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* The elements of an array that holds no NULL. */
static int
elements_of(ArrayType *array, Oid type, Datum **elements)
{
	int16		length;
	bool		by_value;
	char		alignment;
	int			number;

	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("array must not contain nulls")));
	get_typlenbyvalalign(type, &length, &by_value, &alignment);
	deconstruct_array(array, type, length, by_value, alignment, elements, NULL, &number);
	return number;
}

/* The changes of some days, each packed. days NULL: on which they are does not matter. */
static Changes
read_changes(ArrayType *days, ArrayType *packed)
{
	Changes		changes = {.context = CurrentMemoryContext};
	Datum	   *parts;
	Datum	   *dates;
	int			number = elements_of(packed, BYTEAOID, &parts);

	if (days != NULL && elements_of(days, DATEOID, &dates) != number)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("there must be as many days as packed changes")));
	for (int i = 0; i < number; i++)
		edustats_unpack_changes(&changes, days == NULL ? 0 : DatumGetDateADT(dates[i]), DatumGetByteaPP(parts[i]));
	edustats_sum_changes(&changes);
	return changes;
}

/* changed_members(bytea[]) returns bigint[]: ascending, each once. */
Datum
edustats_changed_members(PG_FUNCTION_ARGS)
{
	Changes		changes = read_changes(NULL, PG_GETARG_ARRAYTYPE_P(0));
	Datum	   *members = palloc_extended(mul_size(Max(changes.number, 1), sizeof(Datum)), MCXT_ALLOC_HUGE);
	int			number = 0;

	for (uint64 i = 0; i < changes.number; i++)
		if (changes.items[i].has_member && (number == 0 || DatumGetInt64(members[number - 1]) != changes.items[i].member))
			members[number++] = Int64GetDatum(changes.items[i].member);
	PG_RETURN_ARRAYTYPE_P(construct_array(members, number, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* What a change's member counts under. */
static int16
class_of_change(const Change *change, const TallyBuilder *classes)
{
	int64		class = change->has_member ? tally_count(classes, change->member) : 0;

	if (class > PG_INT16_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("class " INT64_FORMAT " of member " INT64_FORMAT " is out of range", class, change->member)));
	return (int16) class;
}

/* An array of daily_change; what was added and what was removed have the same days and classes. */
static ArrayType *
make_array(DailyTallies *added, DailyTallies *removed, Oid element)
{
	TupleDesc	columns = lookup_rowtype_tupdesc(element, -1);
	Datum	   *rows = palloc(Max(added->number, 1) * sizeof(Datum));
	bool		nulls[DAILY_CHANGE_COLUMNS] = {false};

	for (uint64 i = 0; i < added->number; i++)
	{
		Datum		values[] = {DateADTGetDatum(day_of(added->keys[i])), Int16GetDatum(class_of(added->keys[i])),
			PointerGetDatum(added->tallies[i]), PointerGetDatum(removed->tallies[i])};

		Assert(added->keys[i] == removed->keys[i]);
		tally_step(i);
		rows[i] = HeapTupleGetDatum(heap_form_tuple(columns, values, nulls));
	}
	ReleaseTupleDesc(columns);
	return construct_array(rows, (int) added->number, element, -1, false, TYPALIGN_DOUBLE);
}

/*
 * daily_changes(days date[], changes bytea[], classes tally) returns daily_change[]: by day and class, which is the count of
 * a change's member in classes.
 */
Datum
edustats_daily_changes(PG_FUNCTION_ARGS)
{
	Changes		changes = read_changes(PG_GETARG_ARRAYTYPE_P(0), PG_GETARG_ARRAYTYPE_P(1));
	DailyState *added = edustats_daily_create(CurrentMemoryContext);
	DailyState *removed = edustats_daily_create(CurrentMemoryContext);
	DailyTallies sums[2];
	TallyBuilder classes;
	TallyReader reader;

	edustats_tally_builder_init(&classes, CurrentMemoryContext);
	edustats_tally_open(&reader, PG_GETARG_DATUM(2));
	edustats_tally_add_all(&classes, &reader);
	for (uint64 i = 0; i < changes.number; i++)
	{
		Change	   *change = &changes.items[i];
		int16		class = class_of_change(change, &classes);
		TallyBuilder *more = recent_builder(added, change->day, class);
		TallyBuilder *less = recent_builder(removed, change->day, class);

		tally_step(i);
		tally_add(change->weight > 0 ? more : less, change->key, change->weight > 0 ? change->weight : -change->weight);
	}
	sums[0] = edustats_daily_build(added);
	sums[1] = edustats_daily_build(removed);
	PG_RETURN_ARRAYTYPE_P(make_array(&sums[0], &sums[1], get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid))));
}
