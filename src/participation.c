/*
 * participation.c: how many attended of how many that were expected to, as one value.
 */
#include "edustats.h"

#include "common/hashfn.h"
#include "common/int.h"
#include "libpq/pqformat.h"

/*
 * The type edustats.participation, in memory and on disk: 16 bytes, aligned as int8, in the machine's byte order.
 * Always 0 <= attended <= expected. Equal values are equal bytes: comparing and hashing rely on it.
 */
typedef struct Participation
{
	int64		attended;
	int64		expected;
} Participation;

StaticAssertDecl(sizeof(Participation) == 16, "the SQL declaration of the type says 16 bytes");

#define PG_GETARG_PARTICIPATION(n) ((Participation *) PG_GETARG_POINTER(n))

PG_FUNCTION_INFO_V1(edustats_participation_in);
PG_FUNCTION_INFO_V1(edustats_participation_out);
PG_FUNCTION_INFO_V1(edustats_participation_recv);
PG_FUNCTION_INFO_V1(edustats_participation_send);
PG_FUNCTION_INFO_V1(edustats_participation_accum);
PG_FUNCTION_INFO_V1(edustats_participation_add);
PG_FUNCTION_INFO_V1(edustats_participation_eq);
PG_FUNCTION_INFO_V1(edustats_participation_ne);
PG_FUNCTION_INFO_V1(edustats_participation_hash);
PG_FUNCTION_INFO_V1(edustats_participation_hash_extended);
PG_FUNCTION_INFO_V1(edustats_attended);
PG_FUNCTION_INFO_V1(edustats_absent);
PG_FUNCTION_INFO_V1(edustats_expected);
PG_FUNCTION_INFO_V1(edustats_rate);

/* A new value, allocated in the context. */
static Participation *
make_participation(MemoryContext context, int64 attended, int64 expected)
{
	Participation *value = MemoryContextAlloc(context, sizeof(Participation));

	value->attended = attended;
	value->expected = expected;
	return value;
}

/* The sum of two numbers; what is too large is an error. */
static int64
add_count(int64 count, int64 more)
{
	int64		sum;

	if (pg_add_s64_overflow(count, more, &sum))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("value out of range for type %s", "participation")));
	return sum;
}

/* Reads the digits at *position and moves it behind them; false if there are none, -1 as count if too many. */
static bool
read_count(const char **position, int64 *count)
{
	const char *digits = *position;
	int64		value = 0;

	for (; **position >= '0' && **position <= '9'; (*position)++)
	{
		if (value >= 0 &&
			(pg_mul_s64_overflow(value, 10, &value) || pg_add_s64_overflow(value, **position - '0', &value)))
			value = -1;
	}
	*count = value;
	return *position > digits;
}

/* participation_in(cstring): "attended/expected" */
Datum
edustats_participation_in(PG_FUNCTION_ARGS)
{
	const char *input = PG_GETARG_CSTRING(0);
	const char *position = input;
	int64		attended;
	int64		expected;

	if (!read_count(&position, &attended) || *position++ != '/' ||
		!read_count(&position, &expected) || *position != '\0')
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type %s: \"%s\"", "participation", input),
				 errhint("Write the number that attended and the number expected, such as \"1169/3691\".")));
	if (attended < 0 || expected < 0)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("value out of range for type %s", "participation")));
	if (attended > expected)
		ereturn(fcinfo->context, (Datum) 0,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input for type %s: \"%s\"", "participation", input),
				 errdetail("More have attended than were expected.")));
	PG_RETURN_POINTER(make_participation(CurrentMemoryContext, attended, expected));
}

/* participation_out(participation) */
Datum
edustats_participation_out(PG_FUNCTION_ARGS)
{
	Participation *value = PG_GETARG_PARTICIPATION(0);

	PG_RETURN_CSTRING(psprintf(INT64_FORMAT "/" INT64_FORMAT, value->attended, value->expected));
}

/* participation_recv(internal): attended and expected as int8; what follows them is the caller's error */
Datum
edustats_participation_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	int64		attended = pq_getmsgint64(message);
	int64		expected = pq_getmsgint64(message);

	if (attended < 0 || attended > expected)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary value for type %s", "participation"),
				 errdetail("The number that attended is negative or larger than the number expected.")));
	PG_RETURN_POINTER(make_participation(CurrentMemoryContext, attended, expected));
}

/* participation_send(participation) */
Datum
edustats_participation_send(PG_FUNCTION_ARGS)
{
	Participation *value = PG_GETARG_PARTICIPATION(0);
	StringInfoData message;

	pq_begintypsend(&message);
	pq_sendint64(&message, value->attended);
	pq_sendint64(&message, value->expected);
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/* participation_accum(participation, boolean): the state with one more expected; NULL is not one */
Datum
edustats_participation_accum(PG_FUNCTION_ARGS)
{
	Participation *state = PG_ARGISNULL(0) ? NULL : PG_GETARG_PARTICIPATION(0);
	MemoryContext context;

	/* The state is changed in place, which only an aggregate's may be. */
	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("function can only be called by an aggregate")));
	if (!PG_ARGISNULL(1))
	{
		if (state == NULL)
			state = make_participation(context, 0, 0);
		state->expected = add_count(state->expected, 1);
		state->attended += PG_GETARG_BOOL(1) ? 1 : 0;
	}
	if (state == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(state);
}

/* participation_add(participation, participation): both together */
Datum
edustats_participation_add(PG_FUNCTION_ARGS)
{
	Participation *left = PG_GETARG_PARTICIPATION(0);
	Participation *right = PG_GETARG_PARTICIPATION(1);

	PG_RETURN_POINTER(make_participation(CurrentMemoryContext,
										 add_count(left->attended, right->attended),
										 add_count(left->expected, right->expected)));
}

/* participation_eq(participation, participation) */
Datum
edustats_participation_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(memcmp(PG_GETARG_POINTER(0), PG_GETARG_POINTER(1), sizeof(Participation)) == 0);
}

/* participation_ne(participation, participation) */
Datum
edustats_participation_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(memcmp(PG_GETARG_POINTER(0), PG_GETARG_POINTER(1), sizeof(Participation)) != 0);
}

/* participation_hash(participation) */
Datum
edustats_participation_hash(PG_FUNCTION_ARGS)
{
	return hash_any((unsigned char *) PG_GETARG_POINTER(0), sizeof(Participation));
}

/* participation_hash_extended(participation, bigint) */
Datum
edustats_participation_hash_extended(PG_FUNCTION_ARGS)
{
	return hash_any_extended((unsigned char *) PG_GETARG_POINTER(0), sizeof(Participation), PG_GETARG_INT64(1));
}

/* attended(participation) returns bigint */
Datum
edustats_attended(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_PARTICIPATION(0)->attended);
}

/* absent(participation) returns bigint */
Datum
edustats_absent(PG_FUNCTION_ARGS)
{
	Participation *value = PG_GETARG_PARTICIPATION(0);

	PG_RETURN_INT64(value->expected - value->attended);
}

/* expected(participation) returns bigint */
Datum
edustats_expected(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(PG_GETARG_PARTICIPATION(0)->expected);
}

/* rate(participation) returns numeric */
Datum
edustats_rate(PG_FUNCTION_ARGS)
{
	Participation *value = PG_GETARG_PARTICIPATION(0);

	if (value->expected == 0)
		PG_RETURN_NULL();
	PG_RETURN_NUMERIC(edustats_percent(int64_to_numeric(value->attended), int64_to_numeric(value->expected)));
}
