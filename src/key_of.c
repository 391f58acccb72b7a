/*
 * key_of.c: numbers for keys that are text or uuid.
 */
#include "edustats.h"

#include "port/pg_bswap.h"
#include "utils/uuid.h"

PG_FUNCTION_INFO_V1(edustats_key_of_text);
PG_FUNCTION_INFO_V1(edustats_key_of_uuid);

/*
 * The number of a key is its SipHash-2-4 under the key of the published test vectors, the bytes 0 to 15.
 *
 * The numbers are stored, so the function must never change, nor depend on a machine. This one is fast for short texts,
 * mixes well, so that texts that are alike collide no more often than others, and stands in the libraries of most
 * languages, so that a platform can compute the numbers too. Two of n keys have the same number by chance with a
 * probability of n^2 / 2^65: for a million keys, 1 in 37 million. As the key is no secret, somebody with time to spare
 * can search for two texts of one number; what he gets is an error of key_names, not a wrong sum.
 */
#define ROTATE(word, bits) ((word) << (bits) | (word) >> (64 - (bits)))

/* One round of SipHash. */
static inline void
sip_round(uint64 v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = ROTATE(v[1], 13) ^ v[0];
	v[3] = ROTATE(v[3], 16) ^ v[2];
	v[0] = ROTATE(v[0], 32) + v[3];
	v[2] += v[1];
	v[3] = ROTATE(v[3], 21) ^ v[0];
	v[1] = ROTATE(v[1], 17) ^ v[2];
	v[2] = ROTATE(v[2], 32);
}

/* Mixes a word of the message in. */
static inline void
sip_word(uint64 v[4], uint64 word)
{
	v[3] ^= word;
	sip_round(v);
	sip_round(v);
	v[0] ^= word;
}

/* The first bytes of a message, at most 8 of them, as a word; the first byte is the lowest on every machine. */
static inline uint64
sip_load(const uint8 *bytes, Size length)
{
	uint64		word = 0;

	memcpy(&word, bytes, length);
#ifdef WORDS_BIGENDIAN
	word = pg_bswap64(word);
#endif
	return word;
}

/* The number of a key of these bytes. */
static inline int64
number_of(const void *key, Size length)
{
	const uint64 low = UINT64CONST(0x0706050403020100);
	const uint64 high = UINT64CONST(0x0f0e0d0c0b0a0908);
	uint64		v[4] = {low ^ UINT64CONST(0x736f6d6570736575), high ^ UINT64CONST(0x646f72616e646f6d),
		low ^ UINT64CONST(0x6c7967656e657261), high ^ UINT64CONST(0x7465646279746573)};
	const uint8 *at = key;
	const uint8 *end = at + length;

	for (; end - at >= 8; at += 8)
		sip_word(v, sip_load(at, 8));
	sip_word(v, sip_load(at, end - at) | (uint64) length << 56);
	v[2] ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(v);
	return (int64) (v[0] ^ v[1] ^ v[2] ^ v[3]);
}

/* key_of(text) */
Datum
edustats_key_of_text(PG_FUNCTION_ARGS)
{
	text	   *key = PG_GETARG_TEXT_PP(0);

	PG_RETURN_INT64(number_of(VARDATA_ANY(key), VARSIZE_ANY_EXHDR(key)));
}

/* key_of(uuid) */
Datum
edustats_key_of_uuid(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(number_of(PG_GETARG_UUID_P(0)->data, UUID_LEN));
}
