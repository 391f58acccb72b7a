/*
 * daily_tally.c: the aggregate that makes the tallies of many local days and classes in one pass over their rows.
 */
#include "daily_state.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "nodes/primnodes.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#define DAILY_COLUMNS 3

PG_FUNCTION_INFO_V1(edustats_daily_tally_key);
PG_FUNCTION_INFO_V1(edustats_daily_tally_weight);
PG_FUNCTION_INFO_V1(edustats_daily_tally_combine);
PG_FUNCTION_INFO_V1(edustats_daily_tally_final);

/* A state to begin with; the first argument, if it is not NULL, is a flat state and counts. */
static pg_noinline DailyState *
make_state(FunctionCallInfo fcinfo)
{
	DailyState *state = edustats_daily_create(edustats_state_context(fcinfo));

	if (!PG_ARGISNULL(0))
		edustats_daily_add(state, PG_GETARG_BYTEA_PP(0));
	return state;
}

/* The first argument's state; made now if there is none yet. */
static inline DailyState *
state_of_call(FunctionCallInfo fcinfo)
{
	DailyState *state = PG_ARGISNULL(0) ? NULL : edustats_expanded(PG_GETARG_DATUM(0), &edustats_daily_methods);

	return likely(state != NULL) ? state : make_state(fcinfo);
}

/* Whether a row says when and what; one without a zone is an error. */
static inline bool
row_counts(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(1) || PG_ARGISNULL(4) || TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(1)))
		return false;
	if (unlikely(PG_ARGISNULL(2)))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("time zone must not be null")));
	return true;
}

/* Whether the zone is the same for every row of the query. */
static bool
zone_is_constant(FunctionCallInfo fcinfo)
{
	Aggref	   *call = AggGetAggref(fcinfo);

	/* Another aggregate may call this one's transition, with arguments of its own. */
	return call != NULL && list_length(call->args) == PG_NARGS() - 1 &&
		IsA(((TargetEntry *) lsecond(call->args))->expr, Const);
}

/* The local day of a call's row; an instant whose day is before all dates counts on the first, so that none fails. */
static inline DateADT
day_of_row(DailyState *state, FunctionCallInfo fcinfo)
{
	DateADT		day;

	if (likely(state->zone_is_constant))
		return edustats_local_day_again(state->days, PG_GETARG_TIMESTAMPTZ(1));
	day = edustats_local_day_clamped(state->days, PG_GETARG_TIMESTAMPTZ(1), PG_GETARG_TEXT_PP(2));
	if (unlikely(state->pending == NULL))
		state->zone_is_constant = zone_is_constant(fcinfo);
	return day;
}

/* Counts the row of a call. */
static inline Datum
count_row(FunctionCallInfo fcinfo, int64 weight)
{
	DailyState *state = state_of_call(fcinfo);
	DateADT		day = day_of_row(state, fcinfo);
	int16		class = PG_ARGISNULL(3) ? 0 : PG_GETARG_INT16(3);

	count_pending(state);
	state->pending = recent_builder(state, day, class);
	state->pending_key = PG_GETARG_INT64(4);
	state->pending_weight = weight;
	tally_prefetch(state->pending, state->pending_key);
	PG_RETURN_DATUM(EOHPGetRWDatum(&state->header.object));
}

/* Transition of daily_tally_agg(at, zone, class, key). */
Datum
edustats_daily_tally_key(PG_FUNCTION_ARGS)
{
	if (!row_counts(fcinfo))
		return edustats_same_state(fcinfo);
	return count_row(fcinfo, 1);
}

/* Transition of daily_tally_agg(at, zone, class, key, weight). */
Datum
edustats_daily_tally_weight(PG_FUNCTION_ARGS)
{
	if (!row_counts(fcinfo) || PG_ARGISNULL(5) ||
		!edustats_tally_weight_counts(PG_GETARG_INT64(4), PG_GETARG_INT64(5)))
		return edustats_same_state(fcinfo);
	return count_row(fcinfo, PG_GETARG_INT64(5));
}

/* Adds the second state to the first; either may be NULL. */
Datum
edustats_daily_tally_combine(PG_FUNCTION_ARGS)
{
	DailyState *state;

	if (PG_ARGISNULL(1))
		return edustats_same_state(fcinfo);
	state = state_of_call(fcinfo);
	edustats_daily_add(state, PG_GETARG_BYTEA_PP(1));
	PG_RETURN_DATUM(EOHPGetRWDatum(&state->header.object));
}

/* An array of daily_tally from the tallies of a state. */
static ArrayType *
make_array(DailyTallies *parts, Oid element)
{
	TupleDesc	columns = lookup_rowtype_tupdesc(element, -1);
	Datum	   *rows = palloc(parts->number * sizeof(Datum));
	Datum		values[DAILY_COLUMNS];
	bool		nulls[DAILY_COLUMNS] = {false, false, false};

	for (uint64 i = 0; i < parts->number; i++)
	{
		tally_step(i);
		values[0] = DateADTGetDatum(day_of(parts->keys[i]));
		values[1] = Int16GetDatum(class_of(parts->keys[i]));
		values[2] = PointerGetDatum(parts->tallies[i]);
		rows[i] = HeapTupleGetDatum(heap_form_tuple(columns, values, nulls));
		pfree(parts->tallies[i]);
	}
	ReleaseTupleDesc(columns);
	return construct_array(rows, (int) parts->number, element, -1, false, TYPALIGN_DOUBLE);
}

/* The tallies by day and class, NULL if no row counted. */
Datum
edustats_daily_tally_final(PG_FUNCTION_ARGS)
{
	DailyTallies parts;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	parts = edustats_daily_build(state_of_call(fcinfo));
	PG_RETURN_ARRAYTYPE_P(make_array(&parts, get_element_type(get_func_rettype(fcinfo->flinfo->fn_oid))));
}
