/*
 * key_names.c: the aggregate that collects the names behind the numbers of keys, and finds two names of one number.
 */
#include "state.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#define SHOWN_BYTES 100			/* of a name, in a message */

PG_FUNCTION_INFO_V1(edustats_key_names_add);
PG_FUNCTION_INFO_V1(edustats_key_names_combine);
PG_FUNCTION_INFO_V1(edustats_key_names_final);

/* A key, once its number is known, and its name. */
typedef struct NameSlot
{
	int64		key;
	text	   *name;
	char		status;
} NameSlot;

/* Numbers are mixed well already, but one may have made them up. */
static inline uint32
hash_number(int64 key)
{
	uint64		bits = (uint64) key * UINT64CONST(0x9E3779B97F4A7C15);

	return (uint32) ((bits ^ (bits >> 29)) >> 24);
}

#define SH_PREFIX names
#define SH_ELEMENT_TYPE NameSlot
#define SH_KEY_TYPE int64
#define SH_KEY key
#define SH_HASH_KEY(table, key) hash_number(key)
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define ST_SORT sort_slots
#define ST_ELEMENT_TYPE NameSlot
#define ST_COMPARE(a, b) ((a)->key < (b)->key ? -1 : (a)->key > (b)->key)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * State of key_names; its flat value is a bytea of all numbers and names. The first row that counts makes it, so that
 * without any the result is NULL.
 */
typedef struct NamesState
{
	StateHeader header;
	struct names_hash *slots;
	Size		bytes;			/* of all names together */

	/* Of the flat value. Names are added, never taken away, so it is of now if the numbers of names are the same. */
	uint32		flat_names;
} NamesState;

/* One name in a flat state: its number, its length, its bytes. */
#define FLAT_HEADER (sizeof(int64) + sizeof(uint32))

/* What a row of the result takes beside its name at most, as it is made and in the array; a flat state takes less. */
#define ROW_BYTES 80

/* The beginning of a name, for a message. */
static char *
shown(const char *name, Size length)
{
	return pnstrdup(name, pg_mbcliplen(name, (int) length, SHOWN_BYTES));
}

/* Complains about two names of one number. */
static void
same_number(const NameSlot *slot, const char *name, Size length)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNIQUE_VIOLATION),
			 errmsg("two keys have the same number"),
			 errdetail("Number " INT64_FORMAT " is that of \"%s\" and of \"%s\".", slot->key,
					   shown(VARDATA(slot->name), VARSIZE(slot->name) - VARHDRSZ), shown(name, length)),
			 errhint("What is counted under that number can't be told apart: one of the keys must change.")));
}

/* Complains if the names of a state are more than a value can hold, as soon as they are. */
static void
check_size(const NamesState *state)
{
	if (state->slots->members * (Size) ROW_BYTES + state->bytes > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("names of keys are too large"),
				 errdetail("Together they must not take more than %zu bytes.", MaxAllocSize)));
}

/* Adds a number and its name; another name of the same number is an error. */
static void
add_name(NamesState *state, int64 key, const char *name, Size length)
{
	bool		found;
	NameSlot   *slot = names_insert(state->slots, key, &found);

	if (!found)
	{
		state->bytes += length;
		check_size(state);
		slot->name = MemoryContextAlloc(state->header.object.eoh_context, VARHDRSZ + length);
		SET_VARSIZE(slot->name, VARHDRSZ + length);
		memcpy(VARDATA(slot->name), name, length);
	}
	else if (VARSIZE(slot->name) - VARHDRSZ != length || memcmp(VARDATA(slot->name), name, length) != 0)
		same_number(slot, name, length);
}

/* Complains about a flat state. */
static void
damaged(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("state of key_names is damaged")));
}

/* Adds a flat state. */
static void
add_flat(NamesState *state, bytea *flat)
{
	const char *at = VARDATA_ANY(flat);
	const char *end = at + VARSIZE_ANY_EXHDR(flat);

	while (at < end)
	{
		int64		key;
		uint32		length;

		CHECK_FOR_INTERRUPTS();
		if ((Size) (end - at) < FLAT_HEADER)
			damaged();
		memcpy(&key, at, sizeof(int64));
		memcpy(&length, at + sizeof(int64), sizeof(uint32));
		at += FLAT_HEADER;
		/* What is no text must not become one. */
		if (length > end - at || !pg_verify_mbstr(PG_UTF8, at, (int) length, true))
			damaged();
		add_name(state, key, at, length);
		at += length;
	}
}

/* A copy of the slots of a state, sorted by number. */
static NameSlot *
sorted_slots(NamesState *state)
{
	NameSlot   *slots = palloc(state->slots->members * sizeof(NameSlot));
	NameSlot   *slot;
	names_iterator walk;
	uint32		i = 0;

	names_start_iterate(state->slots, &walk);
	while ((slot = names_iterate(state->slots, &walk)) != NULL)
	{
		CHECK_FOR_INTERRUPTS();
		slots[i++] = *slot;
	}
	Assert(i == state->slots->members);
	sort_slots(slots, i);
	return slots;
}

/* The flat value of a state, in the current context: numbers and names, one after the other. */
static bytea *
make_flat(NamesState *state)
{
	/* In the order of this table, another one that has to grow would be clogged. */
	NameSlot   *slots = sorted_slots(state);
	bytea	   *flat = palloc(VARHDRSZ + state->slots->members * FLAT_HEADER + state->bytes);
	char	   *at = VARDATA(flat);

	for (uint32 i = 0; i < state->slots->members; i++)
	{
		uint32		length = VARSIZE(slots[i].name) - VARHDRSZ;

		CHECK_FOR_INTERRUPTS();
		memcpy(at, &slots[i].key, sizeof(int64));
		memcpy(at + sizeof(int64), &length, sizeof(uint32));
		memcpy(at + FLAT_HEADER, VARDATA(slots[i].name), length);
		at += FLAT_HEADER + length;
	}
	pfree(slots);
	SET_VARSIZE(flat, at - (char *) flat);
	return flat;
}

/* The size of a state's flat value, which is made now. */
static Size
flat_size(ExpandedObjectHeader *object)
{
	NamesState *state = (NamesState *) object;
	/* The caller's context may be one that frees nothing, as a sort's are from PostgreSQL 17 on. */
	MemoryContext caller = MemoryContextSwitchTo(object->eoh_context);

	if (state->header.flat == NULL || state->flat_names != state->slots->members)
	{
		edustats_drop_flat(&state->header);
		state->header.flat = make_flat(state);
		state->flat_names = state->slots->members;
	}
	MemoryContextSwitchTo(caller);
	return VARSIZE(state->header.flat);
}

static const ExpandedObjectMethods state_methods = {flat_size, edustats_copy_flat};

/* A state to begin with; the first argument, if it is not NULL, is a flat state and counts. */
static pg_noinline NamesState *
make_state(FunctionCallInfo fcinfo)
{
	MemoryContext context = edustats_state_context(fcinfo);
	NamesState *state = MemoryContextAllocZero(context, sizeof(NamesState));

	EOH_init_header(&state->header.object, &state_methods, context);
	state->slots = names_create(context, 8, NULL);
	if (!PG_ARGISNULL(0))
		add_flat(state, PG_GETARG_BYTEA_PP(0));
	return state;
}

/* The first argument's state; made now if there is none yet. */
static inline NamesState *
state_of_call(FunctionCallInfo fcinfo)
{
	NamesState *state = PG_ARGISNULL(0) ? NULL : edustats_expanded(PG_GETARG_DATUM(0), &state_methods);

	return likely(state != NULL) ? state : make_state(fcinfo);
}

/* Transition of key_names(key, name). */
Datum
edustats_key_names_add(PG_FUNCTION_ARGS)
{
	NamesState *state;
	text	   *name;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2))
		return edustats_same_state(fcinfo);
	state = state_of_call(fcinfo);
	name = PG_GETARG_TEXT_PP(2);
	add_name(state, PG_GETARG_INT64(1), VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	PG_RETURN_DATUM(EOHPGetRWDatum(&state->header.object));
}

/* Adds the second state to the first; either may be NULL. */
Datum
edustats_key_names_combine(PG_FUNCTION_ARGS)
{
	NamesState *state;

	if (PG_ARGISNULL(1))
		return edustats_same_state(fcinfo);
	state = state_of_call(fcinfo);
	add_flat(state, PG_GETARG_BYTEA_PP(1));
	PG_RETURN_DATUM(EOHPGetRWDatum(&state->header.object));
}

/* An array of key_name from the names of a state, by number. */
static ArrayType *
make_array(NamesState *state, Oid element)
{
	TupleDesc	columns = lookup_rowtype_tupdesc(element, -1);
	NameSlot   *slots = sorted_slots(state);
	int			number = (int) state->slots->members;
	Datum	   *rows = palloc(number * sizeof(Datum));

	for (int i = 0; i < number; i++)
	{
		Datum		values[2] = {Int64GetDatum(slots[i].key), PointerGetDatum(slots[i].name)};
		bool		nulls[2] = {false, false};

		CHECK_FOR_INTERRUPTS();
		rows[i] = HeapTupleGetDatum(heap_form_tuple(columns, values, nulls));
	}
	ReleaseTupleDesc(columns);
	return construct_array(rows, number, element, -1, false, TYPALIGN_DOUBLE);
}

/* The numbers and names, NULL if no row counted. */
Datum
edustats_key_names_final(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_ARRAYTYPE_P(make_array(state_of_call(fcinfo), get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid))));
}
