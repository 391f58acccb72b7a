/*
 * state.h: states of aggregates, see state.c.
 */
#ifndef EDUSTATS_STATE_H
#define EDUSTATS_STATE_H

#include "edustats.h"

#include "utils/expandeddatum.h"
#include "utils/memutils.h"

/* What every state begins with. */
typedef struct StateHeader
{
	ExpandedObjectHeader object;
	struct varlena *flat;		/* the flat value, once its size was asked for, until it is copied; else NULL */
} StateHeader;

/* Forgets the flat value. */
extern void edustats_drop_flat(StateHeader *state);

/* The method of expanded objects that copies the flat value, whose size has just been asked for. */
extern void edustats_copy_flat(ExpandedObjectHeader *object, void *result, Size size);

/* The context of the states of the aggregate that calls. */
extern MemoryContext edustats_state_context(FunctionCallInfo fcinfo);

/* The expanded object behind a value; NULL if it is flat, or of other methods than these. */
static inline void *
edustats_expanded(Datum value, const ExpandedObjectMethods *methods)
{
	varatt_expanded pointer;

	if (unlikely(!VARATT_IS_EXTERNAL_EXPANDED(DatumGetPointer(value))))
		return NULL;
	memcpy(&pointer, VARDATA_EXTERNAL(DatumGetPointer(value)), sizeof(pointer));
	return likely(pointer.eohptr->eoh_methods == methods) ? pointer.eohptr : NULL;
}

/* The first argument as it is: what a row that does not count gives. */
static inline Datum
edustats_same_state(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return PG_GETARG_DATUM(0);
}

#endif							/* EDUSTATS_STATE_H */
