/*
 * tally_agg.c: the aggregates that make tallies, of keys and of tallies.
 */
#include "tally.h"

#include "state.h"

/*
 * State of all of them; its flat value is the tally so far. The first row that counts makes it, so that without any
 * the result is NULL.
 */
typedef struct TallyState
{
	StateHeader header;
	TallyBuilder builder;

	/* Of the flat value. Each row makes the total larger, so it is of now if the totals are the same. */
	int64		flat_total;
} TallyState;

PG_FUNCTION_INFO_V1(edustats_tally_agg_key);
PG_FUNCTION_INFO_V1(edustats_tally_agg_weight);
PG_FUNCTION_INFO_V1(edustats_tally_agg_rollup);
PG_FUNCTION_INFO_V1(edustats_tally_agg_final);

/* The size of a state's flat value, which is made now. */
static Size
flat_size(ExpandedObjectHeader *object)
{
	TallyState *state = (TallyState *) object;
	/* The caller's context may be one that frees nothing, as a sort's are from PostgreSQL 17 on. */
	MemoryContext caller = MemoryContextSwitchTo(object->eoh_context);

	if (state->header.flat == NULL || state->flat_total != state->builder.total)
	{
		edustats_drop_flat(&state->header);
		state->header.flat = edustats_tally_build(&state->builder);
		state->flat_total = state->builder.total;
	}
	MemoryContextSwitchTo(caller);
	return VARSIZE(state->header.flat);
}

static const ExpandedObjectMethods state_methods = {flat_size, edustats_copy_flat};

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

/* A state to begin with; the first argument, if it is not NULL, is a flat tally and counts. */
static pg_noinline TallyState *
make_state(FunctionCallInfo fcinfo)
{
	MemoryContext context = edustats_state_context(fcinfo);
	TallyState *state = MemoryContextAllocZero(context, sizeof(TallyState));

	EOH_init_header(&state->header.object, &state_methods, context);
	edustats_tally_builder_init(&state->builder, context);
	if (!PG_ARGISNULL(0))
	{
		TallyReader reader;

		edustats_tally_open(&reader, PG_GETARG_DATUM(0));
		edustats_tally_add_all(&state->builder, &reader);
	}
	return state;
}

/* The first argument's state; made now if there is none yet. */
static inline TallyState *
state_of_call(FunctionCallInfo fcinfo)
{
	TallyState *state = PG_ARGISNULL(0) ? NULL : edustats_expanded(PG_GETARG_DATUM(0), &state_methods);

	return likely(state != NULL) ? state : make_state(fcinfo);
}

/* Transition of tally_agg(key). */
Datum
edustats_tally_agg_key(PG_FUNCTION_ARGS)
{
	TallyState *state;

	if (PG_ARGISNULL(1))
		return edustats_same_state(fcinfo);
	state = state_of_call(fcinfo);
	tally_add(&state->builder, PG_GETARG_INT64(1), 1);
	PG_RETURN_DATUM(EOHPGetRWDatum(&state->header.object));
}

/* Transition of tally_agg(key, weight). */
Datum
edustats_tally_agg_weight(PG_FUNCTION_ARGS)
{
	TallyState *state;

	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || !edustats_tally_weight_counts(PG_GETARG_INT64(1), PG_GETARG_INT64(2)))
		return edustats_same_state(fcinfo);
	state = state_of_call(fcinfo);
	tally_add(&state->builder, PG_GETARG_INT64(1), PG_GETARG_INT64(2));
	PG_RETURN_DATUM(EOHPGetRWDatum(&state->header.object));
}

/* Transition of rollup(tally); also adds up two states, of which the second one came as a tally. Either may be NULL. */
Datum
edustats_tally_agg_rollup(PG_FUNCTION_ARGS)
{
	TallyState *state;
	TallyReader reader;

	if (PG_ARGISNULL(1))
		return edustats_same_state(fcinfo);
	if (PG_ARGISNULL(0))
	{
		/* The first is kept as it is; it is counted when there is another to add. */
		(void) edustats_state_context(fcinfo);
		PG_RETURN_POINTER(PG_DETOAST_DATUM(PG_GETARG_DATUM(1)));
	}
	state = state_of_call(fcinfo);
	/* A detoasted copy is in the memory of the row, not of the aggregate. */
	edustats_tally_open(&reader, PG_GETARG_DATUM(1));
	edustats_tally_add_all(&state->builder, &reader);
	PG_RETURN_DATUM(EOHPGetRWDatum(&state->header.object));
}

/* The tally, NULL if no row counted. */
Datum
edustats_tally_agg_final(PG_FUNCTION_ARGS)
{
	TallyState *state;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = edustats_expanded(PG_GETARG_DATUM(0), &state_methods);
	if (state == NULL)
		return PG_GETARG_DATUM(0);
	PG_RETURN_POINTER(edustats_tally_build(&state->builder));
}
