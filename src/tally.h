/*
 * tally.h: an exact multiset, bigint key -> positive bigint count, sorted by key and compressed.
 *
 * On disk, after the length word of its varlena and without any padding:
 *
 *	byte 0		uint8	version, 1
 *	byte 1		uint8	flags, none defined, 0
 *	byte 2		uint32	number of entries
 *	byte 6		uint64	total of the counts, at most the largest bigint
 *	byte 14		the entries, in ascending order of key, each two varints:
 *				gap		the first key zig-zag coded (0, -1, 1, -2 ...), then the number of keys left out since the last one
 *				count	minus 1
 *
 * For varints see varint.h. They have no superfluous bytes, so a value has exactly one representation and equality is equality
 * of bytes.
 *
 * The header is in the byte order of the machine. A value with a short length word is not aligned, hence the header is
 * only ever read by memcpy.
 */
#ifndef EDUSTATS_TALLY_H
#define EDUSTATS_TALLY_H

#include "edustats.h"
#include "varint.h"

#include "common/int.h"
#include "miscadmin.h"

#define TALLY_VERSION 1
#define TALLY_HEADER 14			/* bytes before the entries */
#define TALLY_STEPS 1024		/* of a loop over entries, between two looks for an interrupt; a power of two */

/* Lets the query be cancelled; for every step of a loop that may be long, with its number, up or down. */
static inline void
tally_step(uint64 number)
{
	if (unlikely((number & (TALLY_STEPS - 1)) == 0))
		CHECK_FOR_INTERRUPTS();
}

/* Spreads the bits of a key; ids may differ in any of them only. */
static inline uint32
hash_key(int64 key)
{
	uint64		bits = (uint64) key;

	bits ^= bits >> 32;
	bits *= UINT64CONST(0x9E3779B97F4A7C15);
	bits ^= bits >> 29;
	bits *= UINT64CONST(0xD6E8FEB86659FD93);
	return (uint32) (bits >> 32);
}

/* tally.c: reading */

/* Walks through the entries of a tally and checks every byte that it passes. */
typedef struct TallyReader
{
	uint32		entries;		/* as the header says */
	int64		total;			/* as the header says */
	uint32		left;			/* entries not read yet */
	uint64		rest;			/* of the total, not read yet */
	const uint8 *next;
	const uint8 *end;
	int64		key;			/* of the entry just read */
	int64		count;
	int			sqlstate;		/* of complaints: who wrote the bytes */
} TallyReader;

/* Begins to read a tally that comes from SQL; the copy that may be needed is in the current context. */
extern void edustats_tally_open(TallyReader *reader, Datum tally);

/* Begins to read bytes, header first, complaining with the given SQLSTATE. */
extern void edustats_tally_open_bytes(TallyReader *reader, const char *bytes, Size size, int sqlstate);

/* Reads no more than the header of a tally that comes from SQL, toasted or not. */
extern void edustats_tally_open_header(TallyReader *reader, Datum tally);

/* Complains about the bytes being read. */
pg_noreturn extern void edustats_tally_malformed(const TallyReader *reader, const char *detail);

/* A varint that is not of one or two bytes, or is malformed. */
extern uint64 edustats_tally_long_varint(TallyReader *reader);

/* Checks that the bytes and the total end with the last entry; false, as there is no next. */
extern bool edustats_tally_end(TallyReader *reader);

/* Complains that a total leaves the range of bigint. */
pg_noreturn extern void edustats_tally_overflow(void);

/* The next varint. */
static inline uint64
tally_varint(TallyReader *reader)
{
	const uint8 *at = reader->next;

	if (likely(reader->end - at >= 2))
	{
		if (at[0] < 0x80)
		{
			reader->next = at + 1;
			return at[0];
		}
		if (at[1] < 0x80 && at[1] != 0)
		{
			reader->next = at + 2;
			return (at[0] & 0x7F) | ((uint64) at[1] << 7);
		}
	}
	return edustats_tally_long_varint(reader);
}

/* Reads the next entry into key and count; false after the last one. */
static pg_attribute_always_inline bool
tally_next(TallyReader *reader)
{
	uint64		gap;
	uint64		more;

	if (unlikely(reader->left == 0))
		return edustats_tally_end(reader);
	tally_step(reader->left);

	gap = tally_varint(reader);
	if (unlikely(reader->left == reader->entries))
		reader->key = unzigzag(gap);
	else if (unlikely(gap >= (uint64) PG_INT64_MAX - (uint64) reader->key))
		edustats_tally_malformed(reader, "A key is beyond the range of bigint.");
	else
		reader->key = (int64) ((uint64) reader->key + 1 + gap);

	more = tally_varint(reader);
	if (unlikely(more >= reader->rest))
		edustats_tally_malformed(reader, "The counts add up to more than the total.");
	reader->count = (int64) more + 1;
	reader->rest -= more + 1;
	reader->left--;
	return true;
}

/* tally.c: writing */

/* Takes entries in ascending order of key and makes a tally of them. */
typedef struct TallyWriter
{
	char	   *bytes;			/* the varlena so far, in the context that was current at the start */
	Size		used;
	Size		size;			/* allocated */
	uint32		entries;
	int64		total;
	int64		key;			/* the last one */
} TallyWriter;

/* Begins a tally of about that many entries. */
extern void edustats_tally_begin(TallyWriter *writer, uint64 entries);

/* Appends an entry: its key is above the last one's, its count positive. */
extern void edustats_tally_put(TallyWriter *writer, int64 key, int64 count);

/* How far a reader has come: behind an entry, of which this is the key. */
typedef struct TallyRun
{
	const uint8 *end;
	uint32		left;
	uint64		rest;
	int64		key;
} TallyRun;

/* Appends the entries that a reader has gone over, as they are. Where it began, it was at the entry that was appended last. */
extern void edustats_tally_copy(TallyWriter *writer, const TallyReader *from, const TallyRun *run);

/* The finished tally. */
extern struct varlena *edustats_tally_finish(TallyWriter *writer);

/* tally_builder.c: counting in any order */

#define TALLY_LARGE PG_UINT32_MAX	/* a count that a slot of a window can't hold, and the slot's mark for it */

/*
 * Counts keys that come in any order.
 *
 * Keys that lie close together are counted in a window, an array with a slot for every key in a range; others in a hash
 * table. The window is made once there are enough keys for their range, and grows with them, so that it never takes
 * much more memory than the hash table would. Its slots are half as wide as a count, as nearly all counts are small and
 * more of them fit the processor's cache; the few large ones are in the hash table, and their slots say so.
 */
typedef struct TallyBuilder
{
	int64		total;
	int64		base;			/* key of the window's first slot */
	uint64		width;			/* slots of the window, 0 while there is none */
	uint32	   *window;			/* counts, 0 for a key not seen, TALLY_LARGE for one in the hash table */
	uint64		entries;		/* distinct keys in window and hash table */
	uint64		next_look;		/* keys in the hash table at which to look again for a window */
	struct keys_hash *hash;	/* keys outside the window and large counts, NULL while there are none */
	MemoryContext context;		/* of everything here */
} TallyBuilder;

/* Makes an empty builder whose memory is in the context. */
extern void edustats_tally_builder_init(TallyBuilder *builder, MemoryContext context);

/* Counts a key for which the window has no slot, or no room; the total includes the weight already. */
extern void edustats_tally_add_outside(TallyBuilder *builder, int64 key, int64 weight);

/* The count of a key that is not in the window; 0 if it was never counted. */
extern int64 edustats_tally_count_outside(const TallyBuilder *builder, int64 key);

/* Adds every entry of a tally, from where the reader is. */
extern void edustats_tally_add_all(TallyBuilder *builder, TallyReader *reader);

/* The tally of what was counted so far, in the current context; the builder stays as it is. */
extern struct varlena *edustats_tally_build(const TallyBuilder *builder);

/* Counts a key in the window; false if that has no slot for it, or if its count is too large for one. */
static inline bool
tally_add_inside(TallyBuilder *builder, int64 key, int64 weight)
{
	uint64		slot = (uint64) key - (uint64) builder->base;
	uint64		count;

	if (unlikely(slot >= builder->width))
		return false;
	count = (uint64) builder->window[slot] + (uint64) weight;
	if (unlikely(count >= TALLY_LARGE))
		return false;
	builder->entries += builder->window[slot] == 0;
	builder->window[slot] = (uint32) count;
	return true;
}

/* Counts a key; the weight is positive. */
static inline void
tally_add(TallyBuilder *builder, int64 key, int64 weight)
{
	/* No count is larger than the total, so this one check covers them all. */
	if (unlikely(pg_add_s64_overflow(builder->total, weight, &builder->total)))
		edustats_tally_overflow();
	if (unlikely(!tally_add_inside(builder, key, weight)))
		edustats_tally_add_outside(builder, key, weight);
}

/* Has the processor fetch what counting this key will need. */
static inline void
tally_prefetch(const TallyBuilder *builder, int64 key)
{
#if defined(__GNUC__) || defined(__clang__)
	uint64		slot = (uint64) key - (uint64) builder->base;

	if (likely(slot < builder->width))
		__builtin_prefetch(&builder->window[slot], 1);
#endif
}

/* The count of a key, 0 if it was never counted. */
static inline int64
tally_count(const TallyBuilder *builder, int64 key)
{
	uint64		slot = (uint64) key - (uint64) builder->base;

	if (likely(slot < builder->width && builder->window[slot] != TALLY_LARGE))
		return builder->window[slot];
	return edustats_tally_count_outside(builder, key);
}

/* tally_agg.c: what aggregates of tallies share */

/* Whether a row with this weight counts; a negative one is an error. */
extern bool edustats_tally_weight_counts(int64 key, int64 weight);

#endif							/* EDUSTATS_TALLY_H */
