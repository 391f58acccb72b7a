/*
 * calls.c: the functions that a metric's expressions call.
 *
 * What is computed when a row is written must come out the same when the row is read: so every function is immutable, or
 * depends on nothing but the time zone, which is then the bulletin's both times.
 */
#include "definition.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_proc.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

/* Functions of the server's that are stable and depend on the time zone alone. */
static const Oid zoned_functions[] = {
	F_TIMESTAMPTZ_DATE, F_TIMESTAMPTZ_TIMESTAMP, F_TIMESTAMP_TIMESTAMPTZ, F_DATE_TIMESTAMPTZ, F_DATE_TRUNC_TEXT_TIMESTAMPTZ,
	F_DATE_PART_TEXT_TIMESTAMPTZ, F_EXTRACT_TEXT_TIMESTAMPTZ, F_TIMESTAMPTZ_PL_INTERVAL, F_TIMESTAMPTZ_MI_INTERVAL,
	F_DATE_LT_TIMESTAMPTZ, F_DATE_LE_TIMESTAMPTZ, F_DATE_EQ_TIMESTAMPTZ, F_DATE_GT_TIMESTAMPTZ, F_DATE_GE_TIMESTAMPTZ,
	F_TIMESTAMPTZ_LT_DATE, F_TIMESTAMPTZ_LE_DATE, F_TIMESTAMPTZ_EQ_DATE, F_TIMESTAMPTZ_GT_DATE, F_TIMESTAMPTZ_GE_DATE,
	F_TIMESTAMPTZ_LT_TIMESTAMP, F_TIMESTAMPTZ_LE_TIMESTAMP, F_TIMESTAMPTZ_EQ_TIMESTAMP, F_TIMESTAMPTZ_GT_TIMESTAMP,
	F_TIMESTAMPTZ_GE_TIMESTAMP
};

typedef struct Calls
{
	Oid			owner;			/* of the bulletin */
	bool	   *zoned;
	StringInfo	functions;		/* gets the sources of those that are not the server's own */
	const char *problem;
} Calls;

static char *
text_attribute(HeapTuple tuple, AttrNumber attribute)
{
	bool		isnull;
	Datum		value = SysCacheGetAttr(PROCOID, tuple, attribute, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

/* Adds what a function's body is that was written as SQL, and not as a string. */
static void
add_body(StringInfo text, Node *body)
{
	ListCell   *cell;

	if (body != NULL && IsA(body, List))
		foreach(cell, (List *) body)
			add_body(text, lfirst(cell));
	else if (body != NULL && IsA(body, Query) && ((Query *) body)->commandType == CMD_SELECT)
		appendStringInfo(text, " %s", edustats_definition_text((Query *) body));
	else if (body != NULL)
		appendStringInfo(text, " %s", nodeToString(body));
}

/* Adds what a function does, and under which settings. */
static void
add_function(StringInfo text, Oid function, HeapTuple tuple)
{
	char	   *source = text_attribute(tuple, Anum_pg_proc_prosrc);
	char	   *body = text_attribute(tuple, Anum_pg_proc_prosqlbody);
	bool		isnull;
	Datum		settings = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proconfig, &isnull);

	appendStringInfo(text, "\n%s%s: %s", format_procedure_qualified(function),
					 ((Form_pg_proc) GETSTRUCT(tuple))->proisstrict ? " strict" : "", source == NULL ? "" : source);
	add_body(text, body == NULL ? NULL : stringToNode(body));
	if (!isnull)
		appendStringInfo(text, " %s", DatumGetCString(OidFunctionCall1(F_ARRAY_OUT, settings)));
}

/* Notes a function that anybody may have made: what it does is a part of the definition. */
static void
note_function(Calls *calls, Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc form;

	if (!HeapTupleIsValid(tuple))
		return;
	form = (Form_pg_proc) GETSTRUCT(tuple);
	if (superuser_arg(calls->owner) && !superuser_arg(form->proowner))
		calls->problem = psprintf("it calls %s, which is not a superuser's", format_procedure_qualified(function));
	if (calls->functions != NULL)
		add_function(calls->functions, function, tuple);
	ReleaseSysCache(tuple);
}

static bool
check_function(Oid function, void *state)
{
	Calls	   *calls = state;

	if (function >= FirstNormalObjectId)
		note_function(calls, function);
	if (func_volatile(function) == PROVOLATILE_IMMUTABLE)
		return false;
	for (Size i = 0; i < lengthof(zoned_functions); i++)
		if (zoned_functions[i] == function)
		{
			*calls->zoned = true;
			return false;
		}
	calls->problem = psprintf("it calls %s, which is not immutable", format_procedure_qualified(function));
	return true;
}

static bool
calls_walker(Node *node, Calls *calls)
{
	if (node == NULL)
		return false;
	if (IsA(node, SQLValueFunction) || IsA(node, NextValueExpr) || IsA(node, CurrentOfExpr))
		calls->problem = "it depends on when, or by whom, it is read";
	if (calls->problem == NULL)
		(void) check_functions_in_node(node, check_function, calls);
	if (calls->problem != NULL)
		return true;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, calls_walker, calls, 0);
	return expression_tree_walker(node, calls_walker, calls);
}

/* See definition.h. */
const char *
edustats_calls_problem(Node *node, Oid owner, bool *zoned, StringInfo functions)
{
	Calls		calls = {owner, zoned, functions, NULL};

	(void) calls_walker(node, &calls);
	return calls.problem;
}
