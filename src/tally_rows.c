/*
 * tally_rows.c: the entries of a tally as rows.
 */
#include "tally.h"

#include "funcapi.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#define TOP_SPARE 1000			/* entries that are collected beside the ones asked for, at least */

typedef struct TopEntry
{
	int64		key;
	int64		count;
} TopEntry;

PG_FUNCTION_INFO_V1(edustats_tally_each);
PG_FUNCTION_INFO_V1(edustats_tally_top);
PG_FUNCTION_INFO_V1(edustats_tally_rows_support);

/* each(tally) */
Datum
edustats_tally_each(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	TallyReader reader;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	InitMaterializedSRF(fcinfo, 0);
	edustats_tally_open(&reader, PG_GETARG_DATUM(0));
	while (tally_next(&reader))
	{
		values[0] = Int64GetDatum(reader.key);
		values[1] = Int64GetDatum(reader.count);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* Whether an entry ranks behind another: a smaller count, or the same one and a higher key. */
static inline bool
ranks_behind(const TopEntry *entry, const TopEntry *other)
{
	return entry->count != other->count ? entry->count < other->count : entry->key > other->key;
}

#define ST_SORT sort_by_rank
#define ST_ELEMENT_TYPE TopEntry
#define ST_COMPARE(a, b) (ranks_behind(b, a) ? -1 : ranks_behind(a, b))
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/*
 * Reads a tally, of which only the first n entries by rank matter, and sorts those to the front of the array.
 *
 * The array has room for more of them. Whenever it is full, it is sorted and the rest given up; from then on an entry
 * must have a larger count than the last of the n. A heap would do with less room, but PostgreSQL's cannot be cancelled.
 */
static void
collect_top(TallyReader *reader, TopEntry *entries, uint64 n, uint64 room)
{
	uint64		filled = 0;
	int64		beaten = 0;			/* a count that is not enough */

	while (tally_next(reader))
	{
		/* Keys ascend: an entry of the same count ranks behind. */
		if (reader->count <= beaten)
			continue;
		if (unlikely(filled == room))
		{
			sort_by_rank(entries, filled);
			filled = n;
			beaten = entries[n - 1].count;
			if (reader->count <= beaten)
				continue;
		}
		entries[filled].key = reader->key;
		entries[filled++].count = reader->count;
	}
	sort_by_rank(entries, filled);
}

/* The first n entries of a tally by rank, best first; n is lowered to the number of entries. */
static TopEntry *
find_top(Datum tally, int64 *n)
{
	TallyReader reader;
	TopEntry   *entries;
	uint64		room;

	edustats_tally_open(&reader, tally);
	*n = Min(*n, (int64) reader.entries);
	if (*n == 0)
		return NULL;
	room = Min((uint64) reader.entries, (uint64) *n + Max(*n, TOP_SPARE));
	entries = MemoryContextAllocHuge(CurrentMemoryContext, room * sizeof(TopEntry));
	collect_top(&reader, entries, (uint64) *n, room);
	return entries;
}

/* top(tally, bigint) */
Datum
edustats_tally_top(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int64		n = PG_GETARG_INT64(1);
	TopEntry   *ranked;
	Datum		values[3];
	bool		nulls[3] = {false, false, false};

	if (n < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of entries must not be negative")));
	InitMaterializedSRF(fcinfo, 0);
	ranked = find_top(PG_GETARG_DATUM(0), &n);
	for (int64 i = 0; i < n; i++)
	{
		tally_step(i);
		values[0] = Int64GetDatum(i + 1);
		values[1] = Int64GetDatum(ranked[i].key);
		values[2] = Int64GetDatum(ranked[i].count);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* Replaces the planner's guess by what a constant argument says. */
static void
bound_rows(PlannerInfo *root, Node *argument, bool is_tally, double *rows, bool *known)
{
	Const	   *constant = (Const *) estimate_expression_value(root, argument);
	TallyReader reader;
	double		bound = 0;

	if (!IsA(constant, Const))
		return;
	if (!constant->constisnull && is_tally)
	{
		edustats_tally_open_header(&reader, constant->constvalue);
		bound = reader.entries;
	}
	else if (!constant->constisnull)
		bound = Max(0, DatumGetInt64(constant->constvalue));
	*rows = *known ? Min(*rows, bound) : bound;
	*known = true;
}

/* Planner support of each and top: the number of rows. */
Datum
edustats_tally_rows_support(PG_FUNCTION_ARGS)
{
	Node	   *node = (Node *) PG_GETARG_POINTER(0);
	SupportRequestRows *request = (SupportRequestRows *) node;
	bool		known = false;
	List	   *arguments;

	if (!IsA(node, SupportRequestRows) || !is_funcclause(request->node))
		PG_RETURN_POINTER(NULL);
	arguments = ((FuncExpr *) request->node)->args;
	bound_rows(request->root, linitial(arguments), true, &request->rows, &known);
	if (list_length(arguments) > 1)
		bound_rows(request->root, lsecond(arguments), false, &request->rows, &known);
	PG_RETURN_POINTER(known ? request : NULL);
}
