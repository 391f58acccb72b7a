/*
 * daily_state.c: the state of daily_tally_agg: a tally being counted for each local day and class.
 */
#include "daily_state.h"

#include "utils/array.h"

/* One day and class in a flat state: their key, the length of the tally without length word, the tally. */
#define DAILY_PART_HEADER (sizeof(int64) + sizeof(uint32))

typedef struct DailySlot
{
	DailyKey	key;
	TallyBuilder *builder;
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
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* Whether a number can be the key of a day. */
static inline bool
is_daily_key(DailyKey key)
{
	return key >= daily_key(PG_INT32_MIN, PG_INT16_MIN) && key <= daily_key(PG_INT32_MAX, PG_INT16_MAX);
}

/* The builder of a day and class, made if it is new. */
TallyBuilder *
edustats_daily_builder(DailyState *state, DailyKey key)
{
	bool		found;
	DailySlot  *slot = daily_insert(state->slots, key, &found);

	if (!found)
	{
		slot->builder = MemoryContextAlloc(state->header.object.eoh_context, sizeof(TallyBuilder));
		edustats_tally_builder_init(slot->builder, state->header.object.eoh_context);
	}
	return slot->builder;
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
	{
		tally_step(i);
		slots[i++] = *slot;
	}
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

/* The tallies of a state, in the current context; an error if they are more than a value can hold. */
DailyTallies
edustats_daily_build(DailyState *state)
{
	DailySlot  *slots = sorted_slots(state);
	DailyTallies result = {.number = state->slots->members};

	if (result.number > MaxArraySize)
		check_size(SIZE_MAX);
	result.keys = MemoryContextAllocHuge(CurrentMemoryContext, result.number * sizeof(DailyKey));
	result.tallies = MemoryContextAllocHuge(CurrentMemoryContext, result.number * sizeof(struct varlena *));
	for (uint64 i = 0; i < result.number; i++)
	{
		CHECK_FOR_INTERRUPTS();
		result.keys[i] = slots[i].key;
		result.tallies[i] = edustats_tally_build(slots[i].builder);
		result.size += VARSIZE(result.tallies[i]);
		check_size(result.size);
	}
	pfree(slots);
	return result;
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
	DailyTallies parts = edustats_daily_build(state);
	Size		size = parts.size + VARHDRSZ + parts.number * DAILY_PART_HEADER;
	bytea	   *bytes;
	char	   *at;

	check_size(size);
	bytes = palloc(size);
	at = VARDATA(bytes);
	for (uint64 i = 0; i < parts.number; i++)
	{
		uint32		length = VARSIZE(parts.tallies[i]) - VARHDRSZ;

		tally_step(i);
		memcpy(at, &parts.keys[i], sizeof(int64));
		memcpy(at + sizeof(int64), &length, sizeof(uint32));
		memcpy(at + DAILY_PART_HEADER, VARDATA(parts.tallies[i]), length);
		at += DAILY_PART_HEADER + length;
		pfree(parts.tallies[i]);
	}
	SET_VARSIZE(bytes, at - (char *) bytes);
	pfree(parts.tallies);
	pfree(parts.keys);
	return bytes;
}

/* The size of a state's flat value, which is made now. */
static Size
flat_size(ExpandedObjectHeader *object)
{
	DailyState *state = (DailyState *) object;
	/* The caller's context may be one that frees nothing, as a sort's are from PostgreSQL 17 on. */
	MemoryContext caller = MemoryContextSwitchTo(object->eoh_context);

	if (state->pending != NULL)
		edustats_drop_flat(&state->header);
	if (state->header.flat == NULL)
		state->header.flat = make_flat(state);
	MemoryContextSwitchTo(caller);
	return VARSIZE(state->header.flat);
}

const ExpandedObjectMethods edustats_daily_methods = {flat_size, edustats_copy_flat};

/* Adds a flat state. */
void
edustats_daily_add(DailyState *state, bytea *flat)
{
	const char *at = VARDATA_ANY(flat);
	const char *end = at + VARSIZE_ANY_EXHDR(flat);

	edustats_drop_flat(&state->header);
	for (uint64 i = 0; at < end; i++)
	{
		TallyReader reader;
		DailyKey	key;
		uint32		length;

		tally_step(i);
		if ((Size) (end - at) < DAILY_PART_HEADER)
			damaged();
		memcpy(&key, at, sizeof(int64));
		memcpy(&length, at + sizeof(int64), sizeof(uint32));
		at += DAILY_PART_HEADER;
		if (length > end - at || !is_daily_key(key))
			damaged();
		edustats_tally_open_bytes(&reader, at, length, ERRCODE_DATA_CORRUPTED);
		edustats_tally_add_all(edustats_daily_builder(state, key), &reader);
		at += length;
	}
}

/* An empty state, in the context. */
DailyState *
edustats_daily_create(MemoryContext context)
{
	DailyState *state = MemoryContextAllocZero(context, sizeof(DailyState));

	EOH_init_header(&state->header.object, &edustats_daily_methods, context);
	state->days = edustats_local_day_cache(context);
	state->slots = daily_create(context, 8, NULL);
	return state;
}
