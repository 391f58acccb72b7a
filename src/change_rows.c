/*
 * change_rows.c: packed changes in SQL: as rows, and as what they add to, and take from, the tallies of days.
 */
#include "changes.h"
#include "daily_state.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "lib/qunique.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(edustats_each_change);
PG_FUNCTION_INFO_V1(edustats_changed_members);
PG_FUNCTION_INFO_V1(edustats_daily_changes_add);
PG_FUNCTION_INFO_V1(edustats_daily_changes_final);

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

static int
compare_members(const void *a, const void *b)
{
	int64		left = DatumGetInt64(*(const Datum *) a);
	int64		right = DatumGetInt64(*(const Datum *) b);

	return left < right ? -1 : left > right;
}

/* changed_members(bytea[]) returns bigint[]: ascending, each once. */
Datum
edustats_changed_members(PG_FUNCTION_ARGS)
{
	Changes		changes = {.context = CurrentMemoryContext};
	Datum	   *parts;
	Datum	   *members;
	int			number = elements_of(PG_GETARG_ARRAYTYPE_P(0), BYTEAOID, &parts);
	int			found = 0;

	for (int i = 0; i < number; i++)
		edustats_unpack_changes(&changes, 0, DatumGetByteaPP(parts[i]));
	members = palloc_extended(mul_size(Max(changes.number, 1), sizeof(Datum)), MCXT_ALLOC_HUGE);
	for (uint64 i = 0; i < changes.number; i++)
		if (changes.items[i].has_member)
			members[found++] = Int64GetDatum(changes.items[i].member);
	qsort(members, found, sizeof(Datum), compare_members);
	found = (int) qunique(members, found, sizeof(Datum), compare_members);
	PG_RETURN_ARRAYTYPE_P(construct_array(members, found, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

/* The class of each member, ascending by member: a reading has few to look up, for which nothing more is worth making. */
typedef struct Classes
{
	int64	   *members;
	int16	   *classes;
	uint64		number;
} Classes;

static void
read_classes(Classes *classes, Datum tally, MemoryContext context)
{
	TallyReader reader;

	edustats_tally_open(&reader, tally);
	classes->members = MemoryContextAllocHuge(context, mul_size(Max(reader.entries, 1), sizeof(int64)));
	classes->classes = MemoryContextAllocHuge(context, mul_size(Max(reader.entries, 1), sizeof(int16)));
	while (tally_next(&reader))
	{
		if (reader.count > PG_INT16_MAX)
			ereport(ERROR,
					(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
					 errmsg("class " INT64_FORMAT " of member " INT64_FORMAT " is out of range", reader.count, reader.key)));
		classes->members[classes->number] = reader.key;
		classes->classes[classes->number++] = (int16) reader.count;
	}
}

/* What a change's member counts under. */
static int16
class_of_change(const Change *change, const Classes *classes)
{
	uint64		low = 0;
	uint64		high = change->has_member ? classes->number : 0;

	while (low < high)
	{
		uint64		middle = (low + high) / 2;

		if (classes->members[middle] < change->member)
			low = middle + 1;
		else
			high = middle;
	}
	return change->has_member && low < classes->number && classes->members[low] == change->member ? classes->classes[low] : 0;
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

/* State of daily_changes_agg. */
typedef struct ChangesState
{
	DailyState *added;
	DailyState *removed;		/* of the same days and classes */
	Classes		classes;
	Changes		row;			/* of the row that is being counted */
} ChangesState;

static ChangesState *
make_state(FunctionCallInfo fcinfo)
{
	MemoryContext context = edustats_state_context(fcinfo);
	ChangesState *state = MemoryContextAllocZero(context, sizeof(ChangesState));

	state->added = edustats_daily_create(context);
	state->removed = edustats_daily_create(context);
	state->row.context = context;
	read_classes(&state->classes, PG_GETARG_DATUM(3), context);
	return state;
}

/* Transition of daily_changes_agg(day, changes, classes). */
Datum
edustats_daily_changes_add(PG_FUNCTION_ARGS)
{
	ChangesState *state = PG_ARGISNULL(0) ? NULL : (ChangesState *) PG_GETARG_POINTER(0);

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		return edustats_same_state(fcinfo);
	if (state == NULL)
		state = make_state(fcinfo);
	state->row.number = 0;
	edustats_unpack_changes(&state->row, PG_GETARG_DATEADT(1), PG_GETARG_BYTEA_PP(2));
	for (uint64 i = 0; i < state->row.number; i++)
	{
		const Change *change = &state->row.items[i];
		int16		class = class_of_change(change, &state->classes);
		TallyBuilder *more = recent_builder(state->added, change->day, class);
		TallyBuilder *less = recent_builder(state->removed, change->day, class);

		if (change->weight > 0)
			tally_add(more, change->key, change->weight);
		else if (change->weight < 0)
			tally_add(less, change->key, -change->weight);
	}
	PG_RETURN_POINTER(state);
}

/* The changes by day and class; NULL if there was none. */
Datum
edustats_daily_changes_final(PG_FUNCTION_ARGS)
{
	ChangesState *state;
	DailyTallies added;
	DailyTallies removed;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (ChangesState *) PG_GETARG_POINTER(0);
	added = edustats_daily_build(state->added);
	removed = edustats_daily_build(state->removed);
	PG_RETURN_ARRAYTYPE_P(make_array(&added, &removed, get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid))));
}
