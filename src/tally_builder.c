/*
 * tally_builder.c: counting keys in any order, in a window over close keys and a hash table for the others.
 */
#include "tally.h"

#include "utils/memutils.h"

/* Keys in the hash table before the first look for a window: below, it would not save anything. */
#define FIRST_LOOK 64

/* Slots of a window that a key may cost however many keys there are: a hash table takes as much for it. */
#define SLOTS_PER_KEY 8

/* Small windows may be emptier, for speed. */
#define SLOTS_PER_KEY_SMALL 32
#define SMALL_WINDOW 8192

typedef struct TallyPair
{
	int64		key;
	int64		count;
} TallyPair;

typedef struct TallySlot
{
	int64		key;
	int64		count;
	char		status;
} TallySlot;

#define SH_PREFIX keys
#define SH_ELEMENT_TYPE TallySlot
#define SH_KEY_TYPE int64
#define SH_KEY key
#define SH_HASH_KEY(table, key) hash_key(key)
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

#define ST_SORT sort_pairs
#define ST_ELEMENT_TYPE TallyPair
#define ST_COMPARE(a, b) ((a)->key < (b)->key ? -1 : (a)->key > (b)->key)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* The next slot of a walk through the hash table, which can be cancelled; NULL after the last. */
static inline TallySlot *
next_slot(keys_hash *hash, keys_iterator *walk)
{
	tally_step(walk->cur);
	return keys_iterate(hash, walk);
}

/* Makes an empty builder whose memory is in the context. */
void
edustats_tally_builder_init(TallyBuilder *builder, MemoryContext context)
{
	memset(builder, 0, sizeof(TallyBuilder));
	builder->next_look = FIRST_LOOK;
	builder->context = context;
}

/* The widest window that this many keys justify. */
static inline uint64
widest_window(uint64 entries)
{
	return Max(entries * SLOTS_PER_KEY, Min(entries * SLOTS_PER_KEY_SMALL, SMALL_WINDOW));
}

/* Whether the window has a slot for a key. */
static inline bool
has_slot(const TallyBuilder *builder, int64 key)
{
	return (uint64) key - (uint64) builder->base < builder->width;
}

/* The slot that the window has for a key. */
static inline uint32 *
slot_of(const TallyBuilder *builder, int64 key)
{
	return &builder->window[(uint64) key - (uint64) builder->base];
}

/* Whether a key of the hash table belongs into the window. */
static inline bool
fits_window(const TallyBuilder *builder, const TallySlot *slot)
{
	return has_slot(builder, slot->key) && slot->count < TALLY_LARGE;
}

/* Moves the keys that belong into the window from the hash table to it. */
static void
absorb_hash(TallyBuilder *builder)
{
	keys_hash *old = builder->hash;
	uint64		inside = 0;
	keys_iterator walk;
	TallySlot  *slot;

	if (old == NULL)
		return;
	keys_start_iterate(old, &walk);
	while ((slot = next_slot(old, &walk)) != NULL)
		inside += fits_window(builder, slot);

	/* Room for all from the start: inserting in the order of another table would clog one that has to grow. */
	builder->hash = NULL;
	if (inside < old->members)
		builder->hash = keys_create(builder->context, old->members - inside, NULL);
	keys_start_iterate(old, &walk);
	while ((slot = next_slot(old, &walk)) != NULL)
	{
		bool		found;

		if (has_slot(builder, slot->key))
			*slot_of(builder, slot->key) = (uint32) Min(slot->count, TALLY_LARGE);
		if (!fits_window(builder, slot))
			keys_insert(builder->hash, slot->key, &found)->count = slot->count;
	}
	keys_destroy(old);
}

/* Gives the builder a window over these keys, which cover those of the window that it has. */
static void
set_window(TallyBuilder *builder, int64 first, int64 last)
{
	uint64		width = (uint64) last - (uint64) first + 1;
	uint32	   *window = MemoryContextAllocExtended(builder->context, width * sizeof(uint32),
													MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	if (builder->window != NULL)
	{
		memcpy(window + ((uint64) builder->base - (uint64) first), builder->window, builder->width * sizeof(uint32));
		pfree(builder->window);
	}
	builder->window = window;
	builder->base = first;
	builder->width = width;
	absorb_hash(builder);
}

/* Widens the window to a key, and beyond it half as much again, if there are keys enough for it; whether it did. */
static bool
widen_window(TallyBuilder *builder, int64 key)
{
	int64		first = builder->base;
	int64		last = (int64) ((uint64) first + builder->width - 1);
	uint64		span = (uint64) Max(last, key) - (uint64) Min(first, key);

	if (span >= widest_window(builder->entries + 1))
		return false;
	if (key < first && pg_sub_s64_overflow(key, (int64) (span / 2), &first))
		first = PG_INT64_MIN;
	if (key > last && pg_add_s64_overflow(key, (int64) (span / 2), &last))
		last = PG_INT64_MAX;
	set_window(builder, first, last);
	return true;
}

/* Makes a window over all keys if there are enough of them for their range. */
static void
look_for_window(TallyBuilder *builder)
{
	int64		first = PG_INT64_MAX;
	int64		last = PG_INT64_MIN;
	keys_iterator walk;
	TallySlot  *slot;

	builder->next_look = 2 * (uint64) builder->hash->members;
	if (builder->width > 0)
	{
		first = builder->base;
		last = (int64) ((uint64) first + builder->width - 1);
	}
	keys_start_iterate(builder->hash, &walk);
	while ((slot = next_slot(builder->hash, &walk)) != NULL)
	{
		first = Min(first, slot->key);
		last = Max(last, slot->key);
	}
	if ((uint64) last - (uint64) first < widest_window(builder->entries))
		set_window(builder, first, last);
}

/* Counts a key for which the window has no slot, or no room; the total includes the weight already. */
void
edustats_tally_add_outside(TallyBuilder *builder, int64 key, int64 weight)
{
	TallySlot  *slot;
	bool		found;

	if (builder->width > 0 && !has_slot(builder, key) && widen_window(builder, key) &&
		tally_add_inside(builder, key, weight))
		return;

	if (builder->hash == NULL)
		builder->hash = keys_create(builder->context, 8, NULL);
	slot = keys_insert(builder->hash, key, &found);
	if (found)
	{
		slot->count += weight;
		return;
	}
	slot->count = weight;
	if (has_slot(builder, key))
	{
		/* The count has become too large for the window. */
		slot->count += *slot_of(builder, key);
		builder->entries -= *slot_of(builder, key) != 0;
		*slot_of(builder, key) = TALLY_LARGE;
	}
	builder->entries++;
	if (builder->hash->members >= builder->next_look)
		look_for_window(builder);
}

/* The count of a key that is not in the window; 0 if it was never counted. */
int64
edustats_tally_count_outside(const TallyBuilder *builder, int64 key)
{
	TallySlot  *slot = builder->hash == NULL ? NULL : keys_lookup(builder->hash, key);

	return slot == NULL ? 0 : slot->count;
}

/* Makes a window over all keys of a tally at once if there are enough of them for their range. */
static void
make_window(TallyBuilder *builder, TallyReader reader)
{
	uint32		entries = reader.left;
	int64		first;

	tally_next(&reader);
	first = reader.key;
	while (reader.left > 0)
		tally_next(&reader);
	if ((uint64) reader.key - (uint64) first < widest_window(entries))
		set_window(builder, first, reader.key);
}

/* Adds every entry of a tally, from where the reader is. */
void
edustats_tally_add_all(TallyBuilder *builder, TallyReader *reader)
{
	if (builder->entries == 0 && reader->left >= FIRST_LOOK)
		make_window(builder, *reader);
	while (tally_next(reader))
		tally_add(builder, reader->key, reader->count);
}

/* The keys in the hash table, sorted. */
static TallyPair *
sorted_hash(const TallyBuilder *builder, uint64 *number)
{
	TallyPair  *pairs;
	TallySlot  *slot;
	keys_iterator walk;
	uint64		i = 0;

	*number = builder->hash == NULL ? 0 : builder->hash->members;
	if (*number == 0)
		return NULL;
	pairs = MemoryContextAllocHuge(CurrentMemoryContext, *number * sizeof(TallyPair));
	keys_start_iterate(builder->hash, &walk);
	while ((slot = next_slot(builder->hash, &walk)) != NULL)
	{
		pairs[i].key = slot->key;
		pairs[i++].count = slot->count;
	}
	Assert(i == *number);
	sort_pairs(pairs, *number);
	return pairs;
}

/* Writes a key that was in the hash table. */
static inline void
write_pair(TallyWriter *writer, const TallyPair *pair)
{
	tally_step(writer->entries);
	edustats_tally_put(writer, pair->key, pair->count);
}

/* Writes the keys of the window; those with a large count are the next ones in the pairs. Returns how many those are. */
static uint64
write_window(TallyWriter *writer, const TallyBuilder *builder, const TallyPair *large)
{
	const TallyPair *next = large;

	for (uint64 i = 0; i < builder->width; i++)
	{
		tally_step(i);
		if (builder->window[i] == TALLY_LARGE)
		{
			edustats_tally_put(writer, next->key, next->count);
			next++;
		}
		else if (builder->window[i] != 0)
			edustats_tally_put(writer, (int64) ((uint64) builder->base + i), builder->window[i]);
	}
	return next - large;
}

/* The tally of what was counted so far, in the current context; the builder stays as it is. */
struct varlena *
edustats_tally_build(const TallyBuilder *builder)
{
	uint64		outside;
	uint64		i;
	TallyPair  *pairs = sorted_hash(builder, &outside);
	TallyWriter writer;

	edustats_tally_begin(&writer, builder->entries);
	for (i = 0; i < outside && pairs[i].key < builder->base; i++)
		write_pair(&writer, &pairs[i]);
	if (builder->width > 0)
		i += write_window(&writer, builder, pairs + i);
	for (; i < outside; i++)
		write_pair(&writer, &pairs[i]);
	if (pairs != NULL)
		pfree(pairs);

	Assert(writer.entries == builder->entries && writer.total == builder->total);
	return edustats_tally_finish(&writer);
}
