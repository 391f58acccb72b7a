/*
 * daily_tally.c: the aggregate that makes the tallies of many local days and classes in one pass over their rows.
 */
#include "tally.h"

#include "state.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "nodes/primnodes.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#define DAILY_COLUMNS 3

/* Classes for which the builders of the last day are remembered; others are looked up. */
#define DAILY_RECENT 64

/* One day and class in a flat state: their key, the length of the tally without length word, the tally. */
#define DAILY_PART_HEADER (sizeof(int64) + sizeof(uint32))

/* A day and a class in one number that sorts by day, then class. */
typedef int64 DailyKey;

typedef struct DailySlot
{
	DailyKey	key;
	TallyBuilder *builder;		/* counts something */
	char		status;
} DailySlot;

/* Neighbouring numbers in the upper half differ as those in the lower half do. */
static inline uint32
hash_daily_key(DailyKey key)
{
	uint64		bits = (uint64) key * UINT64CONST(0x9E3779B97F4A7C15);

	return (uint32) ((bits ^ (bits >> 29)) >> 24);
}

#define SH_PREFIX daily
#define SH_ELEMENT_TYPE DailySlot
#define SH_KEY_TYPE DailyKey
#define SH_KEY key
#define SH_HASH_KEY(table, key) hash_daily_key(key)
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define ST_SORT sort_slots
#define ST_ELEMENT_TYPE DailySlot
#define ST_COMPARE(a, b) ((a)->key < (b)->key ? -1 : (a)->key > (b)->key)
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * State of the aggregate; its flat value is a bytea of all days and classes. The first row that counts makes it, so that
 * without any the result is NULL.
 */
typedef struct DailyState
{
	ExpandedObjectHeader header;
	LocalDayCache *days;
	bool		zone_is_constant;	/* as days has it, from the first row on */
	TallyLookup *classes;		/* class of each member; NULL before the first row that has a member */
	daily_hash *slots;			/* a builder for each day and class */
	DateADT		last_day;		/* the day of the recent builders */
	TallyBuilder *recent[DAILY_RECENT]; /* by class; NULL: not looked up since the day changed */

	/*
	 * The last row, not counted yet. A row's count is seldom in the processor's cache: it is asked for when the row
	 * comes and added to when the next one comes, so that nobody waits for it. The builder is NULL if there is none.
	 */
	TallyBuilder *pending;
	int64		pending_key;
	int64		pending_weight;

	/* The flat value, once its size was asked for, until it is copied or another row is pending; else NULL. */
	bytea	   *flat;
} DailyState;

PG_FUNCTION_INFO_V1(edustats_daily_tally_key);
PG_FUNCTION_INFO_V1(edustats_daily_tally_weight);
PG_FUNCTION_INFO_V1(edustats_daily_tally_member);
PG_FUNCTION_INFO_V1(edustats_daily_tally_member_weight);
PG_FUNCTION_INFO_V1(edustats_daily_tally_combine);
PG_FUNCTION_INFO_V1(edustats_daily_tally_final);

static inline DailyKey
daily_key(DateADT day, int16 class)
{
	return (DailyKey) day * 65536 + class - PG_INT16_MIN;
}

static inline DateADT
day_of(DailyKey key)
{
	/* Rounds down for days before 2000 as well. */
	return (DateADT) ((key - (key & 0xFFFF)) / 65536);
}

static inline int16
class_of(DailyKey key)
{
	return (int16) ((key & 0xFFFF) + PG_INT16_MIN);
}

/* Whether a number can be the key of a day. */
static inline bool
is_daily_key(DailyKey key)
{
	return key >= daily_key(PG_INT32_MIN, PG_INT16_MIN) && key <= daily_key(PG_INT32_MAX, PG_INT16_MAX);
}

/* The builder of a day and class, made if it is new. */
static TallyBuilder *
find_builder(DailyState *state, DailyKey key)
{
	bool		found;
	DailySlot  *slot = daily_insert(state->slots, key, &found);

	if (!found)
	{
		slot->builder = MemoryContextAlloc(state->header.eoh_context, sizeof(TallyBuilder));
		edustats_tally_builder_init(slot->builder, state->header.eoh_context);
	}
	return slot->builder;
}

/* The same, remembering the builders of one day, as rows mostly come in the order of time. */
static inline TallyBuilder *
recent_builder(DailyState *state, DateADT day, int16 class)
{
	TallyBuilder *builder;

	if (unlikely((uint16) class >= DAILY_RECENT))
		return find_builder(state, daily_key(day, class));
	if (unlikely(day != state->last_day))
	{
		memset(state->recent, 0, sizeof(state->recent));
		state->last_day = day;
	}
	builder = state->recent[class];
	if (unlikely(builder == NULL))
		builder = state->recent[class] = find_builder(state, daily_key(day, class));
	return builder;
}

/* Counts the row that is pending; whatever reads the builders calls this first. */
static inline void
count_pending(DailyState *state)
{
	if (state->pending != NULL)
		tally_add(state->pending, state->pending_key, state->pending_weight);
	state->pending = NULL;
}

/* A copy of the slots of a state, sorted by day and class. */
static DailySlot *
sorted_slots(DailyState *state)
{
	DailySlot  *slots = MemoryContextAllocHuge(CurrentMemoryContext, state->slots->members * sizeof(DailySlot));
	DailySlot  *slot;
	daily_iterator walk;
	uint64		i = 0;

	count_pending(state);
	daily_start_iterate(state->slots, &walk);
	while ((slot = daily_iterate(state->slots, &walk)) != NULL)
		slots[i++] = *slot;
	Assert(i == state->slots->members);
	sort_slots(slots, i);
	return slots;
}

/* Complains that what a state has to return or to send is too large, before it is allocated. */
static void
check_size(Size size)
{
	if (size > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("daily tallies are too large"),
				 errdetail("Together they must not take more than %zu bytes.", MaxAllocSize),
				 errhint("Aggregate fewer days at a time.")));
}

/* The tallies of the slots, in the current context, and the bytes that they take together. */
static struct varlena **
build_tallies(const DailySlot *slots, uint64 number, Size *size)
{
	struct varlena **tallies = MemoryContextAllocHuge(CurrentMemoryContext, number * sizeof(struct varlena *));

	*size = 0;
	for (uint64 i = 0; i < number; i++)
	{
		CHECK_FOR_INTERRUPTS();
		tallies[i] = edustats_tally_build(slots[i].builder);
		*size += VARSIZE(tallies[i]);
		check_size(*size);
	}
	return tallies;
}

/* Complains about a flat state. */
static void
damaged(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("state of daily_tally_agg is damaged")));
}

/* The flat value of a state, in the current context: its parts, one after the other. */
static bytea *
make_flat(DailyState *state)
{
	uint64		number = state->slots->members;
	DailySlot  *slots = sorted_slots(state);
	Size		size;
	struct varlena **tallies = build_tallies(slots, number, &size);
	bytea	   *bytes;
	char	   *at;

	size += VARHDRSZ + number * DAILY_PART_HEADER;
	check_size(size);
	bytes = palloc(size);
	at = VARDATA(bytes);
	for (uint64 i = 0; i < number; i++)
	{
		uint32		length = VARSIZE(tallies[i]) - VARHDRSZ;

		memcpy(at, &slots[i].key, sizeof(int64));
		memcpy(at + sizeof(int64), &length, sizeof(uint32));
		memcpy(at + DAILY_PART_HEADER, VARDATA(tallies[i]), length);
		at += DAILY_PART_HEADER + length;
		pfree(tallies[i]);
	}
	SET_VARSIZE(bytes, at - (char *) bytes);
	pfree(tallies);
	pfree(slots);
	return bytes;
}

/* Forgets the flat value. */
static void
drop_flat(DailyState *state)
{
	if (state->flat != NULL)
		pfree(state->flat);
	state->flat = NULL;
}

/* The size of a state's flat value, which is made now. */
static Size
flat_size(ExpandedObjectHeader *object)
{
	DailyState *state = (DailyState *) object;
	/* The caller's context may be one that frees nothing, as a sort's are from PostgreSQL 17 on. */
	MemoryContext caller = MemoryContextSwitchTo(object->eoh_context);

	if (state->pending != NULL)
		drop_flat(state);
	if (state->flat == NULL)
		state->flat = make_flat(state);
	MemoryContextSwitchTo(caller);
	return VARSIZE(state->flat);
}

/* Copies the flat value, whose size has just been asked for. */
static void
flatten(ExpandedObjectHeader *object, void *result, Size size)
{
	DailyState *state = (DailyState *) object;

	Assert(state->flat != NULL && size == VARSIZE(state->flat));
	memcpy(result, state->flat, size);
	drop_flat(state);
}

static const ExpandedObjectMethods state_methods = {flat_size, flatten};

/* Adds a flat state. */
static void
add_flat(DailyState *state, bytea *flat)
{
	const char *at = VARDATA_ANY(flat);
	const char *end = at + VARSIZE_ANY_EXHDR(flat);

	drop_flat(state);
	while (at < end)
	{
		TallyReader reader;
		DailyKey	key;
		uint32		length;

		if ((Size) (end - at) < DAILY_PART_HEADER)
			damaged();
		memcpy(&key, at, sizeof(int64));
		memcpy(&length, at + sizeof(int64), sizeof(uint32));
		at += DAILY_PART_HEADER;
		if (length > end - at || !is_daily_key(key))
			damaged();
		edustats_tally_open_bytes(&reader, at, length, ERRCODE_DATA_CORRUPTED);
		edustats_tally_add_all(find_builder(state, key), &reader);
		at += length;
	}
}

/* A state to begin with; the first argument, if it is not NULL, is a flat state and counts. */
static pg_noinline DailyState *
make_state(FunctionCallInfo fcinfo)
{
	MemoryContext context = edustats_state_context(fcinfo);
	DailyState *state = MemoryContextAllocZero(context, sizeof(DailyState));

	EOH_init_header(&state->header, &state_methods, context);
	state->days = edustats_local_day_cache(context);
	state->slots = daily_create(context, 8, NULL);
	if (!PG_ARGISNULL(0))
		add_flat(state, PG_GETARG_BYTEA_PP(0));
	return state;
}

/* The first argument's state; made now if there is none yet. */
static inline DailyState *
state_of_call(FunctionCallInfo fcinfo)
{
	DailyState *state = PG_ARGISNULL(0) ? NULL : edustats_expanded(PG_GETARG_DATUM(0), &state_methods);

	return likely(state != NULL) ? state : make_state(fcinfo);
}

/* Whether a row says when and what, the latter in the argument of that number; one without a zone is an error. */
static inline bool
row_counts(FunctionCallInfo fcinfo, int key)
{
	if (PG_ARGISNULL(1) || PG_ARGISNULL(key) || TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(1)))
		return false;
	if (unlikely(PG_ARGISNULL(2)))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("time zone must not be null")));
	return true;
}

/* The same of a row with a weight, which is the argument after the key. */
static inline bool
weighted_row_counts(FunctionCallInfo fcinfo, int key)
{
	return row_counts(fcinfo, key) && !PG_ARGISNULL(key + 1) &&
		edustats_tally_weight_counts(PG_GETARG_INT64(key), PG_GETARG_INT64(key + 1));
}

/*
 * Whether a value, passed by reference, is a constant of the call, and so the same for every row of the query. It stands
 * at another place where another aggregate calls this one's transition.
 */
static bool
is_constant(FunctionCallInfo fcinfo, Datum value)
{
	Aggref	   *call = AggGetAggref(fcinfo);
	ListCell   *cell;

	if (call == NULL)
		return false;
	foreach(cell, call->args)
	{
		Node	   *argument = (Node *) lfirst_node(TargetEntry, cell)->expr;

		if (IsA(argument, Const) && !((Const *) argument)->constisnull && ((Const *) argument)->constvalue == value)
			return true;
	}
	return false;
}

/* The local day of a call's row. */
static inline DateADT
day_of_row(DailyState *state, FunctionCallInfo fcinfo)
{
	DateADT		day;

	if (likely(state->zone_is_constant))
		return edustats_local_day_again(state->days, PG_GETARG_TIMESTAMPTZ(1));
	day = edustats_local_day(state->days, PG_GETARG_TIMESTAMPTZ(1), PG_GETARG_TEXT_PP(2));
	if (unlikely(state->pending == NULL))
		state->zone_is_constant = is_constant(fcinfo, PG_GETARG_DATUM(2));
	return day;
}

/* Has the state know the classes of members that a call gives. */
static pg_noinline void
hold_classes(DailyState *state, FunctionCallInfo fcinfo)
{
	state->classes = edustats_lookup_hold(state->classes, state->header.eoh_context, PG_GETARG_DATUM(3),
										  is_constant(fcinfo, PG_GETARG_DATUM(3)));
}

/* The class of the member of a call's row: 0 for none, and for one who is not among the classes. */
static inline int16
class_of_member(DailyState *state, FunctionCallInfo fcinfo)
{
	int64		class;

	if (PG_ARGISNULL(3) || PG_ARGISNULL(4))
		return 0;
	if (unlikely(state->classes == NULL || !state->classes->is_constant))
		hold_classes(state, fcinfo);
	class = tally_look_up(state->classes, PG_GETARG_INT64(4));
	if (unlikely(class > PG_INT16_MAX))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("class " INT64_FORMAT " of member " INT64_FORMAT " is out of range", class, PG_GETARG_INT64(4))));
	return (int16) class;
}

/* Counts the row of a call. */
static inline Datum
count_row(DailyState *state, FunctionCallInfo fcinfo, int16 class, int64 key, int64 weight)
{
	DateADT		day = day_of_row(state, fcinfo);

	count_pending(state);
	state->pending = recent_builder(state, day, class);
	state->pending_key = key;
	state->pending_weight = weight;
	tally_prefetch(state->pending, key);
	PG_RETURN_DATUM(EOHPGetRWDatum(&state->header));
}

/* Transition of daily_tally_agg(at, zone, class, key). */
Datum
edustats_daily_tally_key(PG_FUNCTION_ARGS)
{
	if (!row_counts(fcinfo, 4))
		return edustats_same_state(fcinfo);
	return count_row(state_of_call(fcinfo), fcinfo, PG_ARGISNULL(3) ? 0 : PG_GETARG_INT16(3), PG_GETARG_INT64(4), 1);
}

/* Transition of daily_tally_agg(at, zone, class, key, weight). */
Datum
edustats_daily_tally_weight(PG_FUNCTION_ARGS)
{
	if (!weighted_row_counts(fcinfo, 4))
		return edustats_same_state(fcinfo);
	return count_row(state_of_call(fcinfo), fcinfo, PG_ARGISNULL(3) ? 0 : PG_GETARG_INT16(3), PG_GETARG_INT64(4),
					 PG_GETARG_INT64(5));
}

/* Transition of daily_tally_agg(at, zone, classes, member, key). */
Datum
edustats_daily_tally_member(PG_FUNCTION_ARGS)
{
	DailyState *state;

	if (!row_counts(fcinfo, 5))
		return edustats_same_state(fcinfo);
	state = state_of_call(fcinfo);
	return count_row(state, fcinfo, class_of_member(state, fcinfo), PG_GETARG_INT64(5), 1);
}

/* Transition of daily_tally_agg(at, zone, classes, member, key, weight). */
Datum
edustats_daily_tally_member_weight(PG_FUNCTION_ARGS)
{
	DailyState *state;

	if (!weighted_row_counts(fcinfo, 5))
		return edustats_same_state(fcinfo);
	state = state_of_call(fcinfo);
	return count_row(state, fcinfo, class_of_member(state, fcinfo), PG_GETARG_INT64(5), PG_GETARG_INT64(6));
}

/* Adds the second state to the first; either may be NULL. */
Datum
edustats_daily_tally_combine(PG_FUNCTION_ARGS)
{
	DailyState *state;

	if (PG_ARGISNULL(1))
		return edustats_same_state(fcinfo);
	state = state_of_call(fcinfo);
	add_flat(state, PG_GETARG_BYTEA_PP(1));
	PG_RETURN_DATUM(EOHPGetRWDatum(&state->header));
}

/* An array of daily_tally from the parts of a state. */
static ArrayType *
make_array(const DailySlot *slots, struct varlena **tallies, uint64 number, Oid element)
{
	TupleDesc	columns = lookup_rowtype_tupdesc(element, -1);
	Datum	   *rows = palloc(number * sizeof(Datum));
	Datum		values[DAILY_COLUMNS];
	bool		nulls[DAILY_COLUMNS] = {false, false, false};

	for (uint64 i = 0; i < number; i++)
	{
		values[0] = DateADTGetDatum(day_of(slots[i].key));
		values[1] = Int16GetDatum(class_of(slots[i].key));
		values[2] = PointerGetDatum(tallies[i]);
		rows[i] = HeapTupleGetDatum(heap_form_tuple(columns, values, nulls));
		pfree(tallies[i]);
	}
	ReleaseTupleDesc(columns);
	return construct_array(rows, (int) number, element, -1, false, TYPALIGN_DOUBLE);
}

/* The tallies by day and class, NULL if no row counted. */
Datum
edustats_daily_tally_final(PG_FUNCTION_ARGS)
{
	DailyState *state;
	DailySlot  *slots;
	struct varlena **tallies;
	uint64		number;
	Size		size;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = state_of_call(fcinfo);
	number = state->slots->members;
	if (number > MaxArraySize)
		check_size(SIZE_MAX);
	slots = sorted_slots(state);
	tallies = build_tallies(slots, number, &size);
	PG_RETURN_ARRAYTYPE_P(make_array(slots, tallies, number,
									 get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid))));
}
