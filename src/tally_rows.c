/*
 * tally_rows.c: the entries of a tally as rows.
 */
#include "tally.h"

#include "funcapi.h"
#include "lib/binaryheap.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

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

/* Puts the entry that ranks last at the top of the heap; keys are distinct. */
static int
compare_for_heap(Datum a, Datum b, void *arg)
{
	return ranks_behind((TopEntry *) DatumGetPointer(a), (TopEntry *) DatumGetPointer(b)) ? 1 : -1;
}

/* Reads a tally and leaves the first of its entries, by rank, in the heap. */
static void
collect_top(TallyReader *reader, binaryheap *heap, TopEntry *entries, uint32 limit)
{
	uint32		filled = 0;

	while (tally_next(reader))
	{
		TopEntry	entry = {reader->key, reader->count};

		if (filled < limit)
		{
			entries[filled] = entry;
			binaryheap_add_unordered(heap, PointerGetDatum(&entries[filled]));
			if (++filled == limit)
				binaryheap_build(heap);
		}
		else
		{
			TopEntry   *last = (TopEntry *) DatumGetPointer(binaryheap_first(heap));

			/* Keys ascend: an entry of the same count ranks behind. */
			if (entry.count > last->count)
			{
				*last = entry;
				binaryheap_replace_first(heap, PointerGetDatum(last));
			}
		}
	}
}

/* The first n entries of a tally by rank, best first; n is lowered to the number of entries. */
static TopEntry **
find_top(Datum tally, int64 *n)
{
	TallyReader reader;
	binaryheap *heap;
	TopEntry   *entries;
	TopEntry  **ranked;

	edustats_tally_open(&reader, tally);
	*n = Min(*n, (int64) reader.entries);
	if (*n == 0)
		return NULL;
	/* The heap itself must fit in an ordinary allocation. */
	if (*n > (int64) (MaxAllocSize / sizeof(Datum) / 2))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many entries to rank"),
				 errdetail("At most %zu entries of a tally can be ranked.", MaxAllocSize / sizeof(Datum) / 2)));

	heap = binaryheap_allocate((int) *n, compare_for_heap, NULL);
	entries = MemoryContextAllocHuge(CurrentMemoryContext, *n * sizeof(TopEntry));
	collect_top(&reader, heap, entries, (uint32) *n);

	ranked = MemoryContextAllocHuge(CurrentMemoryContext, *n * sizeof(TopEntry *));
	for (int64 rank = *n; rank > 0; rank--)
		ranked[rank - 1] = (TopEntry *) DatumGetPointer(binaryheap_remove_first(heap));
	return ranked;
}

/* top(tally, bigint) */
Datum
edustats_tally_top(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int64		n = PG_GETARG_INT64(1);
	TopEntry  **ranked;
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
		values[0] = Int64GetDatum(i + 1);
		values[1] = Int64GetDatum(ranked[i]->key);
		values[2] = Int64GetDatum(ranked[i]->count);
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
