/*
 * tally_agg.c: the aggregates that make tallies, of keys and of tallies.
 */
#include "tally.h"

/*
 * State of all of them. The first row that counts makes it, so that without any the result is NULL.
 */
typedef struct TallyState
{
	TallyBuilder builder;

	/*
	 * A state that came from another process stays the tally that it was sent as, for the combine function to read;
	 * it is not in the aggregate's memory and goes with the row. NULL in every other state.
	 */
	struct varlena *sent;
} TallyState;

PG_FUNCTION_INFO_V1(edustats_tally_agg_key);
PG_FUNCTION_INFO_V1(edustats_tally_agg_weight);
PG_FUNCTION_INFO_V1(edustats_tally_agg_rollup);
PG_FUNCTION_INFO_V1(edustats_tally_agg_combine);
PG_FUNCTION_INFO_V1(edustats_tally_agg_serialize);
PG_FUNCTION_INFO_V1(edustats_tally_agg_deserialize);
PG_FUNCTION_INFO_V1(edustats_tally_agg_final);

/* Whether a row with this weight counts; a negative one is an error. */
bool
edustats_tally_weight_counts(int64 key, int64 weight)
{
	if (weight < 0)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("negative weight in a tally"),
				 errdetail("Key " INT64_FORMAT " came with weight " INT64_FORMAT ".", key, weight)));
	return weight > 0;
}

/* The first argument's state; made now if there is none yet. */
static inline TallyState *
state_of_call(FunctionCallInfo fcinfo)
{
	MemoryContext context;
	TallyState *state;

	if (likely(!PG_ARGISNULL(0)))
		return (TallyState *) PG_GETARG_POINTER(0);
	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "aggregate function called in non-aggregate context");
	state = MemoryContextAlloc(context, sizeof(TallyState));
	edustats_tally_builder_init(&state->builder, context);
	state->sent = NULL;
	return state;
}

/* The state as it is: what a row that does not count gives. */
static inline Datum
same_state(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	return PG_GETARG_DATUM(0);
}

/* Transition of tally_agg(key). */
Datum
edustats_tally_agg_key(PG_FUNCTION_ARGS)
{
	TallyState *state;

	if (PG_ARGISNULL(1))
		return same_state(fcinfo);
	state = state_of_call(fcinfo);
	tally_add(&state->builder, PG_GETARG_INT64(1), 1);
	PG_RETURN_POINTER(state);
}

/* Transition of tally_agg(key, weight). */
Datum
edustats_tally_agg_weight(PG_FUNCTION_ARGS)
{
	TallyState *state;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || !edustats_tally_weight_counts(PG_GETARG_INT64(1), PG_GETARG_INT64(2)))
		return same_state(fcinfo);
	state = state_of_call(fcinfo);
	tally_add(&state->builder, PG_GETARG_INT64(1), PG_GETARG_INT64(2));
	PG_RETURN_POINTER(state);
}

/* Transition of rollup(tally). */
Datum
edustats_tally_agg_rollup(PG_FUNCTION_ARGS)
{
	TallyState *state;
	TallyReader reader;

	if (PG_ARGISNULL(1))
		return same_state(fcinfo);
	state = state_of_call(fcinfo);
	/* A detoasted copy is in the memory of the row, not of the aggregate. */
	edustats_tally_open(&reader, PG_GETARG_DATUM(1));
	edustats_tally_add_all(&state->builder, &reader);
	PG_RETURN_POINTER(state);
}

/* Adds the second state to the first; either may be NULL. */
Datum
edustats_tally_agg_combine(PG_FUNCTION_ARGS)
{
	TallyState *state;
	TallyState *other;
	struct varlena *tally;
	TallyReader reader;

	if (PG_ARGISNULL(1))
		return same_state(fcinfo);
	other = (TallyState *) PG_GETARG_POINTER(1);
	tally = other->sent != NULL ? other->sent : edustats_tally_build(&other->builder);
	state = state_of_call(fcinfo);
	edustats_tally_open(&reader, PointerGetDatum(tally));
	edustats_tally_add_all(&state->builder, &reader);
	PG_RETURN_POINTER(state);
}

/* The state as a tally's bytes. */
Datum
edustats_tally_agg_serialize(PG_FUNCTION_ARGS)
{
	TallyState *state = (TallyState *) PG_GETARG_POINTER(0);

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "aggregate function called in non-aggregate context");
	PG_RETURN_BYTEA_P(edustats_tally_build(&state->builder));
}

/* A state for the combine function to read at once. */
Datum
edustats_tally_agg_deserialize(PG_FUNCTION_ARGS)
{
	TallyState *state;

	if (!AggCheckCallContext(fcinfo, NULL))
		elog(ERROR, "aggregate function called in non-aggregate context");
	state = palloc(sizeof(TallyState));
	edustats_tally_builder_init(&state->builder, CurrentMemoryContext);
	state->sent = PG_GETARG_BYTEA_PP(0);
	PG_RETURN_POINTER(state);
}

/* The tally, NULL if no row counted. */
Datum
edustats_tally_agg_final(PG_FUNCTION_ARGS)
{
	TallyState *state;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (TallyState *) PG_GETARG_POINTER(0);
	PG_RETURN_POINTER(edustats_tally_build(&state->builder));
}
