/*
 * varint.h: numbers in as few bytes as they need, as tallies and packed changes have them.
 *
 * A varint is 1 to 10 bytes of 7 bits each, least significant first, the upper bit set in all but the last. A number that may
 * be negative is zig-zag coded first: 0, -1, 1, -2 ... become 0, 1, 2, 3.
 */
#ifndef EDUSTATS_VARINT_H
#define EDUSTATS_VARINT_H

#include "postgres.h"

#define VARINT_MAX 10			/* bytes */

/* Stores a varint, returns the byte after it. */
static inline uint8 *
put_varint(uint8 *at, uint64 value)
{
	for (; value >= 0x80; value >>= 7)
		*at++ = (uint8) (value | 0x80);
	*at++ = (uint8) value;
	return at;
}

static inline uint64
zigzag(int64 value)
{
	return ((uint64) value << 1) ^ (value < 0 ? ~UINT64CONST(0) : 0);
}

static inline int64
unzigzag(uint64 value)
{
	return (int64) ((value >> 1) ^ (0 - (value & 1)));
}

#endif							/* EDUSTATS_VARINT_H */
