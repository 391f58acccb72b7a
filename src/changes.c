/*
 * changes.c: changes of days in memory, and packed.
 *
 * A bytea of packed changes is, without any padding:
 *
 *	byte 0		uint8	version, 1
 *	byte 1		uint8	flags: 1 there are weights, or else each is 1; 2 there are keys, or else each is the member
 *	byte 2		varint	the number of changes without a member, which come first
 *	then		the changes, in ascending order of member and key, each up to three varints:
 *				member	less the one before, which before the first is 0; not of those without one
 *				key		less that of the change before if they have the same member
 *				weight
 *
 * These are zig-zag coded, see varint.h, and differences wrap around. Most changes take 3 bytes, of which the key takes 2.
 */
#include "changes.h"

#include "tally.h"

#include "utils/memutils.h"

#define CHANGES_VERSION 1
#define HAS_WEIGHTS 1
#define HAS_KEYS 2
#define CHANGES_HEADER 2

static inline int
compare_changes(const Change *left, const Change *right)
{
	if (left->day != right->day)
		return left->day < right->day ? -1 : 1;
	if (left->has_member != right->has_member)
		return left->has_member ? 1 : -1;
	if (left->member != right->member)
		return left->member < right->member ? -1 : 1;
	return left->key < right->key ? -1 : left->key > right->key;
}

#define ST_SORT sort_changes
#define ST_ELEMENT_TYPE Change
#define ST_COMPARE(a, b) compare_changes(a, b)
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* See changes.h. */
void
edustats_add_change(Changes *changes, const Change *change)
{
	if (unlikely(changes->number == changes->size))
	{
		Size		size = changes->size == 0 ? 16 : mul_size(changes->size, 2);

		changes->items = changes->items == NULL ? MemoryContextAlloc(changes->context, size * sizeof(Change)) :
			repalloc_huge(changes->items, mul_size(size, sizeof(Change)));
		changes->size = size;
	}
	changes->items[changes->number++] = *change;
}

/* See changes.h. */
void
edustats_sum_changes(Changes *changes)
{
	uint64		kept = 0;

	if (changes->number > 1)
		sort_changes(changes->items, changes->number);
	for (uint64 i = 0; i < changes->number; i++)
	{
		Change		sum = changes->items[i];

		tally_step(i);
		while (i + 1 < changes->number && compare_changes(&sum, &changes->items[i + 1]) == 0)
			if (pg_add_s64_overflow(sum.weight, changes->items[++i].weight, &sum.weight))
				edustats_tally_overflow();
		if (sum.weight != 0)
			changes->items[kept++] = sum;
	}
	changes->number = kept;
}

/* See changes.h. */
uint64
edustats_same_day(const Changes *changes, uint64 from)
{
	uint64		to = from;

	while (to < changes->number && changes->items[to].day == changes->items[from].day)
		to++;
	return to - from;
}

/* Sum and difference that wrap around. */
static inline int64
plus(int64 left, int64 right)
{
	return (int64) ((uint64) left + (uint64) right);
}

static inline int64
minus(int64 left, int64 right)
{
	return (int64) ((uint64) left - (uint64) right);
}

/* What all changes have in common is not written. */
static uint8
flags_of(const Change *items, uint64 number)
{
	uint8		flags = 0;

	for (uint64 i = 0; i < number; i++)
	{
		flags |= items[i].weight == 1 ? 0 : HAS_WEIGHTS;
		flags |= items[i].has_member && items[i].key == items[i].member ? 0 : HAS_KEYS;
	}
	return flags;
}

/* See changes.h. */
bytea *
edustats_pack_changes(const Change *items, uint64 number)
{
	uint8	   *bytes = palloc(add_size(VARHDRSZ + CHANGES_HEADER + VARINT_MAX, mul_size(number, 3 * VARINT_MAX)));
	uint8	   *at = bytes + VARHDRSZ;
	uint8		flags = flags_of(items, number);
	uint64		without = 0;

	while (without < number && !items[without].has_member)
		without++;
	*at++ = CHANGES_VERSION;
	*at++ = flags;
	at = put_varint(at, without);
	for (uint64 i = 0; i < number; i++)
	{
		const Change *before = i > 0 && items[i].has_member == items[i - 1].has_member ? &items[i - 1] : NULL;

		if (items[i].has_member)
			at = put_varint(at, zigzag(minus(items[i].member, before == NULL ? 0 : before->member)));
		if (flags & HAS_KEYS)
			at = put_varint(at, zigzag(minus(items[i].key, before != NULL && before->member == items[i].member ? before->key : 0)));
		if (flags & HAS_WEIGHTS)
			at = put_varint(at, zigzag(items[i].weight));
	}
	SET_VARSIZE(bytes, at - bytes);
	return (bytea *) bytes;
}

static void
damaged(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("packed changes are damaged"),
			 errhint("They stand in the log of a bulletin's data. CALL edustats.invalidate for the metric after they have been deleted.")));
}

static uint64
get_varint(const uint8 **at, const uint8 *end)
{
	uint64		value = 0;

	for (int shift = 0; shift < 64; shift += 7)
	{
		uint8		byte;

		if (*at == end)
			damaged();
		byte = *(*at)++;
		if (shift == 63 && byte > 1)
			damaged();
		value |= (uint64) (byte & 0x7F) << shift;
		if (byte < 0x80)
			return value;
	}
	damaged();
	return 0;
}

/* See changes.h. */
void
edustats_unpack_changes(Changes *changes, DateADT day, const char *packed, Size length)
{
	const uint8 *at = (const uint8 *) packed;
	const uint8 *end = at + length;
	Change		change = {.day = day};
	uint64		without;
	uint8		flags;

	if (end - at < CHANGES_HEADER || at[0] != CHANGES_VERSION || (at[1] & ~(HAS_WEIGHTS | HAS_KEYS)) != 0)
		damaged();
	flags = at[1];
	at += CHANGES_HEADER;
	without = get_varint(&at, end);
	if (without > 0 && !(flags & HAS_KEYS))
		damaged();
	for (uint64 i = 0; i < without || at < end; i++)
	{
		uint64		gap;

		tally_step(i);
		if (i == without)
			change.key = 0;
		change.has_member = i >= without;
		gap = change.has_member ? get_varint(&at, end) : 0;
		change.member = plus(change.member, unzigzag(gap));
		change.key = !(flags & HAS_KEYS) ? change.member :
			plus(unzigzag(get_varint(&at, end)), gap == 0 ? change.key : 0);
		change.weight = flags & HAS_WEIGHTS ? unzigzag(get_varint(&at, end)) : 1;
		if (change.weight == PG_INT64_MIN)	/* there is no such weight to be taken away */
			damaged();
		edustats_add_change(changes, &change);
	}
}
