/*
 * state.c: what the states of aggregates share.
 *
 * A state is an expanded object: in this process a structure that every row changes in place, to anybody else the flat
 * value of an ordinary type. So whatever splits an aggregate's work, be it parallel workers, partitions or an extension
 * that spreads tables over several machines, can send states without knowing anything about them.
 */
#include "state.h"

#define CONTEXT_NAME "edustats aggregate states"

/*
 * The context of the states of the aggregate that calls.
 *
 * The executor takes an expanded object for its own if the object's context is a child of the aggregate's. All states
 * of an aggregate share one such child: with a child for each group, the hashed aggregation of many groups would walk
 * through all of them for every new one, to see how much memory there is.
 */
MemoryContext
edustats_state_context(FunctionCallInfo fcinfo)
{
	MemoryContext aggregate;

	if (!AggCheckCallContext(fcinfo, &aggregate))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("function can only be called by an aggregate")));
	if (aggregate->firstchild != NULL && strcmp(aggregate->firstchild->name, CONTEXT_NAME) == 0)
		return aggregate->firstchild;
	return AllocSetContextCreate(aggregate, CONTEXT_NAME, ALLOCSET_DEFAULT_SIZES);
}

/* See state.h. */
void
edustats_drop_flat(StateHeader *state)
{
	if (state->flat != NULL)
		pfree(state->flat);
	state->flat = NULL;
}

/* See state.h. */
void
edustats_copy_flat(ExpandedObjectHeader *object, void *result, Size size)
{
	StateHeader *state = (StateHeader *) object;

	Assert(state->flat != NULL && size == VARSIZE(state->flat));
	memcpy(result, state->flat, size);
	edustats_drop_flat(state);
}
