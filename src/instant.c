/*
 * instant.c: a time expression turned round, so that the platform's own index on what it is computed from finds a day.
 *
 * The conditions may let in a little more than the span: the exact one is always applied as well.
 */
#include "instant.h"

#include <math.h>

#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "edustats.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "parser/parse_func.h"
#include "parser/parse_node.h"
#include "parser/parse_oper.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(edustats_epoch_bound);
PG_FUNCTION_INFO_V1(edustats_local_bound);

/* The function that a node calls, and its arguments; InvalidOid where it calls none. */
static Oid
called(Node *node, List **arguments)
{
	if (IsA(node, FuncExpr))
	{
		*arguments = ((FuncExpr *) node)->args;
		return ((FuncExpr *) node)->funcid;
	}
	if (IsA(node, OpExpr))
	{
		*arguments = ((OpExpr *) node)->args;
		return get_opcode(((OpExpr *) node)->opno);
	}
	return InvalidOid;
}

static Node *
strip_relabels(Node *node)
{
	while (node != NULL && (IsA(node, RelabelType) || IsA(node, CoerceToDomain)))
		node = IsA(node, RelabelType) ? (Node *) ((RelabelType *) node)->arg : (Node *) ((CoerceToDomain *) node)->arg;
	return node;
}

/* A constant number; false if the node is none, or not a positive finite one. */
static bool
constant_number(Node *node, double *number)
{
	Const	   *constant = (Const *) strip_relabels(node);
	List	   *arguments;
	Oid			output;
	bool		is_varlena;

	if (!IsA(constant, Const))
		return OidIsValid(called(node, &arguments)) && list_length(arguments) == 1 &&
			TypeCategory(exprType(node)) == TYPCATEGORY_NUMERIC && constant_number(linitial(arguments), number);
	if (constant->constisnull || TypeCategory(constant->consttype) != TYPCATEGORY_NUMERIC)
		return false;
	getTypeOutputInfo(constant->consttype, &output, &is_varlena);
	*number = strtod(OidOutputFunctionCall(output, constant->constvalue), NULL);
	return *number > 0 && isfinite(*number);
}

/* One step nearer to the origin of a number of seconds; NULL where there is none. */
static Node *
epoch_step(Node *node, double *per_second)
{
	List	   *arguments;
	double		number;

	if (IsA(node, NullIfExpr))	/* the number, or none */
		return linitial(((NullIfExpr *) node)->args);
	switch (called(node, &arguments))
	{
		case F_FLOAT8_INT2:
		case F_FLOAT8_INT4:
		case F_FLOAT8_INT8:
		case F_FLOAT8_FLOAT4:
		case F_FLOAT8_NUMERIC:
		case F_NUMERIC_INT2:
		case F_NUMERIC_INT4:
		case F_NUMERIC_INT8:
		case F_INT8_INT2:
		case F_INT8_INT4:
		case F_INT4_INT2:
			return linitial(arguments);
		case F_INT4DIV:
		case F_INT8DIV:
		case F_INT84DIV:
		case F_INT48DIV:
		case F_NUMERIC_DIV:
		case F_FLOAT8DIV:
			if (!constant_number(lsecond(arguments), &number))
				return NULL;
			*per_second *= number;
			return linitial(arguments);
		case F_NUMERIC_MUL:
		case F_FLOAT8MUL:
			if (!constant_number(lsecond(arguments), &number))
				return NULL;
			*per_second /= number;
			return linitial(arguments);
		default:
			return NULL;
	}
}

static void
turn_epoch(Instant *instant, Node *seconds)
{
	Node	   *next;

	instant->kind = INSTANT_EPOCH;
	instant->per_second = 1;
	do
	{
		instant->origin = strip_relabels(seconds);
		next = epoch_step(instant->origin, &instant->per_second);
	} while ((seconds = next) != NULL);
}

static void
turn_local(Instant *instant, Node *local, Node *zone)
{
	List	   *arguments;

	instant->kind = INSTANT_LOCAL;
	instant->zone = zone;
	instant->origin = strip_relabels(local);
	if (called(instant->origin, &arguments) == F_TIMESTAMP_DATE)
	{
		instant->kind = INSTANT_DAY;
		instant->origin = strip_relabels(linitial(arguments));
	}
}

/* See instant.h. */
Instant
edustats_instant(Node *time)
{
	Instant		instant = {.kind = INSTANT_ITSELF};
	List	   *arguments;

	instant.origin = strip_relabels(time);
	switch (called(instant.origin, &arguments))
	{
		case F_TO_TIMESTAMP_FLOAT8:
			turn_epoch(&instant, linitial(arguments));
			break;
		case F_TIMEZONE_TEXT_TIMESTAMP:
			if (IsA(linitial(arguments), Const) && !linitial_node(Const, arguments)->constisnull)
				turn_local(&instant, lsecond(arguments), linitial(arguments));
			break;
		case F_TIMESTAMPTZ_TIMESTAMP:
			turn_local(&instant, linitial(arguments), NULL);
			break;
		case F_TIMESTAMPTZ_DATE:
			turn_local(&instant, linitial(arguments), NULL);
			instant.kind = INSTANT_DAY;
			break;
		default:
			break;
	}
	return instant;
}

static Node *
bound_param(int number)
{
	Param	   *param = makeNode(Param);

	param->paramkind = PARAM_EXTERN;
	param->paramid = number;
	param->paramtype = TIMESTAMPTZOID;
	param->paramtypmod = -1;
	param->location = -1;
	return (Node *) param;
}

static Node *
call(const char *schema, const char *name, List *arguments)
{
	Oid			types[3];
	int			n = 0;
	ListCell   *cell;
	Oid			function;

	foreach(cell, arguments)
		types[n++] = exprType(lfirst(cell));
	function = LookupFuncName(list_make2(makeString(pstrdup(schema)), makeString(pstrdup(name))), n, types, false);
	return (Node *) makeFuncExpr(function, get_func_rettype(function), arguments, InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
}

/* The bound of an origin for one end of a span. */
static Node *
origin_bound(Instant *instant, text *session_zone, bool upper)
{
	Node	   *at = bound_param(upper ? 2 : 1);
	Node	   *is_upper = makeBoolConst(upper, false);
	Node	   *zone = instant->zone != NULL ? copyObject(instant->zone) :
		(Node *) makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1, PointerGetDatum(session_zone), false, false);
	Node	   *local;

	if (instant->kind == INSTANT_ITSELF)
		return at;
	if (instant->kind == INSTANT_EPOCH)
		return call("edustats", "epoch_bound",
					list_make3(at, makeConst(FLOAT8OID, -1, InvalidOid, sizeof(float8), Float8GetDatum(instant->per_second), false, true), is_upper));
	local = call("edustats", "local_bound", list_make3(at, zone, is_upper));
	return instant->kind == INSTANT_LOCAL ? local :
		(Node *) makeFuncExpr(F_DATE_TIMESTAMP, DATEOID, list_make1(local), InvalidOid, InvalidOid, COERCE_EXPLICIT_CAST);
}

/* See instant.h. */
List *
edustats_instant_conditions(Instant *instant, text *session_zone, bool hidden)
{
	ParseState *state = make_parsestate(NULL);
	List	   *conditions = NIL;

	for (int upper = 0; upper < 2 && (hidden || instant->kind != INSTANT_ITSELF); upper++)
		conditions = lappend(conditions, make_op(state, list_make2(makeString("pg_catalog"), makeString(upper ? "<=" : ">=")),
												 copyObject(instant->origin), origin_bound(instant, session_zone, upper), NULL, -1));
	free_parsestate(state);
	return conditions;
}

/* A number as a bigint, rounded outwards and clamped. */
static int64
outwards(double number, bool upper)
{
	number = upper ? ceil(number) : floor(number);
	return number >= 9.2e18 ? PG_INT64_MAX : number <= -9.2e18 ? PG_INT64_MIN : (int64) number;
}

/*
 * epoch_bound(at, per_second, upper) returns bigint: no number that stands for an instant at or after "at" is less than the
 * lower bound, none before it is greater than the upper one. A second is allowed for rounding.
 */
Datum
edustats_epoch_bound(PG_FUNCTION_ARGS)
{
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(0);
	bool		upper = PG_GETARG_BOOL(2);
	double		seconds;

	if (TIMESTAMP_NOT_FINITE(at))
		PG_RETURN_INT64(TIMESTAMP_IS_NOBEGIN(at) ? PG_INT64_MIN : PG_INT64_MAX);
	seconds = (double) at / USECS_PER_SEC + (double) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
	PG_RETURN_INT64(outwards((seconds + (upper ? 1 : -1)) * PG_GETARG_FLOAT8(1), upper));
}

/* How far a zone's clocks are from UTC at an instant, in microseconds. */
static int64
zone_offset(text *zone, TimestampTz at)
{
	return DatumGetTimestamp(DirectFunctionCall2(timestamptz_zone, PointerGetDatum(zone), TimestampTzGetDatum(at))) - at;
}

/*
 * local_bound(at, zone, upper) returns timestamp: no local time that stands for an instant at or after "at" is before the lower
 * bound, none that stands for one before it is after the upper one. Where no clock changes near by that is the local time itself.
 */
Datum
edustats_local_bound(PG_FUNCTION_ARGS)
{
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(0);
	text	   *zone = PG_GETARG_TEXT_PP(1);
	int64		sign = PG_GETARG_BOOL(2) ? 1 : -1;
	int64		margin = 26 * USECS_PER_HOUR;	/* clocks have never changed by more than a day */
	int64		offset;

	if (TIMESTAMP_NOT_FINITE(at) || !IS_VALID_TIMESTAMP(at - 2 * margin) || !IS_VALID_TIMESTAMP(at + 2 * margin))
		PG_RETURN_TIMESTAMP(sign > 0 ? DT_NOEND : DT_NOBEGIN);
	offset = zone_offset(zone, at);
	if (zone_offset(zone, at - margin) == offset && zone_offset(zone, at + margin) == offset)
		PG_RETURN_TIMESTAMP(at + offset);
	PG_RETURN_TIMESTAMP(at + offset + sign * margin);
}
