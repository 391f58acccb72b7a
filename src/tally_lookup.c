/*
 * tally_lookup.c: looking up many keys in a tally that stays the same.
 */
#include "tally.h"

#include "utils/memutils.h"

/* Copies the window into numbers so small that more of them stay in the processor's cache, if all its counts fit. */
static void
shrink_window(TallyLookup *lookup)
{
	const TallyBuilder *builder = &lookup->builder;
	uint16	   *small = MemoryContextAllocHuge(lookup->context, builder->width * sizeof(uint16));

	for (uint64 i = 0; i < builder->width; i++)
	{
		if (builder->window[i] > PG_UINT16_MAX)
			return;
		small[i] = (uint16) builder->window[i];
	}
	lookup->small = small;
}

/* Fills the table with the tally, whatever it held. */
static void
fill(TallyLookup *lookup, struct varlena *tally)
{
	TallyReader reader;

	/* Nothing may look valid if an error leaves the table half filled. */
	lookup->copy = NULL;
	lookup->small = NULL;
	lookup->is_constant = false;
	MemoryContextReset(lookup->context);
	edustats_tally_builder_init(&lookup->builder, lookup->context);
	edustats_tally_open(&reader, PointerGetDatum(tally));
	edustats_tally_add_all(&lookup->builder, &reader);
	shrink_window(lookup);
}

/* Whether the table holds this very tally. */
static inline bool
holds(const TallyLookup *lookup, struct varlena *tally)
{
	return lookup->copy != NULL && lookup->size == VARSIZE_ANY_EXHDR(tally) &&
		memcmp(lookup->copy, VARDATA_ANY(tally), lookup->size) == 0;
}

/*
 * A constant is looked at once. A parameter may change between the evaluations of one expression after all, as PL/pgSQL
 * keeps simple expressions from one to the next; so its bytes are compared, which is much cheaper than reading them.
 */
TallyLookup *
edustats_lookup_hold(TallyLookup *lookup, MemoryContext parent, Datum tally, bool is_constant)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(tally);

	if (lookup == NULL)
	{
		lookup = MemoryContextAllocZero(parent, sizeof(TallyLookup));
		lookup->context = AllocSetContextCreate(parent, "edustats lookup table", ALLOCSET_DEFAULT_SIZES);
	}
	if (!holds(lookup, value))
	{
		fill(lookup, value);
		lookup->is_constant = is_constant;
		if (!is_constant)
		{
			lookup->size = VARSIZE_ANY_EXHDR(value);
			lookup->copy = memcpy(MemoryContextAllocHuge(lookup->context, lookup->size), VARDATA_ANY(value), lookup->size);
		}
	}
	return lookup;
}
