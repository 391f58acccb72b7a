/*
 * counted.c: what a table's rows decide about, made ready to be computed; see counted.h.
 */
#include "counted.h"

#include "access/xact.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/resowner.h"

static HTAB *lists = NULL;		/* CountedList by schema and relation */

/* See counted.h. */
void
edustats_forget_counted(void)
{
	lists = NULL;
}

/* Is it an error of what was computed, and not of the session or the server? */
static bool
is_of_step(int code)
{
	int			category = ERRCODE_TO_CATEGORY(code);

	return category != ERRCODE_OPERATOR_INTERVENTION && category != ERRCODE_INSUFFICIENT_RESOURCES &&
		category != ERRCODE_INTERNAL_ERROR && code != ERRCODE_T_R_DEADLOCK_DETECTED && code != ERRCODE_LOCK_NOT_AVAILABLE;
}

static void
run_as(Oid role, text *zone, void (*step) (void *), void *state)
{
	Caller		caller = edustats_become(role);

	if (zone != NULL)
		edustats_set_local("TimeZone", text_to_cstring(zone));
	step(state);
	edustats_become_caller(caller);
}

/* See counted.h. */
char *
edustats_try(Oid role, text *zone, void (*step) (void *), void *state)
{
	MemoryContext memory = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	char	   *volatile problem = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(memory);
	edustats_hold_records(true);	/* what is called may write as well */
	PG_TRY();
	{
		run_as(role, zone, step, state);
		edustats_hold_records(false);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		edustats_hold_records(false);
		MemoryContextSwitchTo(memory);
		error = CopyErrorData();
		if (!is_of_step(error->sqlerrcode))
			PG_RE_THROW();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		problem = error->message == NULL ? "it fails" : error->message;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(memory);
	CurrentResourceOwner = owner;
	return problem;
}

/* What is made ready. */
typedef struct Preparation
{
	SourceRecord *record;
	Relation	relation;		/* that is written to */
	Relation	root;			/* the table that the expressions speak of */
	Counted    *counted;
	List	   *filters;
	Node	   *value;
	SourceFact *alone;			/* a fact that is, of which the rest is made ready, too; else NULL */
} Preparation;

/* Does an expression depend on the time zone? Then it is not computed under the session's. */
static bool
is_zoned(Node *expression, Oid owner)
{
	bool		zoned = false;

	(void) edustats_calls_problem(expression, owner, &zoned, NULL);
	return zoned;
}

/* An expression over a table as one over its part that is written to, as the executor takes it. */
static Expr *
prepare(Preparation *preparation, Node *expression, bool *sure)
{
	List	   *mapped = list_make1(copyObject(expression));

	if (RelationGetRelid(preparation->root) != RelationGetRelid(preparation->relation))
		mapped = map_partition_varattnos(mapped, 1, preparation->relation, preparation->root);
	*sure = !contain_leaked_vars(linitial(mapped)) && !is_zoned(linitial(mapped), preparation->record->owner);
	return expression_planner(linitial(mapped));
}

static void
prepare_value(Preparation *preparation, Node *node, CountedValue *value)
{
	bool		sure;

	if (node == NULL)
		return;
	value->type = getBaseType(exprType(node));
	if (IsA(node, Var))
	{
		char	   *name = get_attname(RelationGetRelid(preparation->root), ((Var *) node)->varattno, false);

		value->column = get_attnum(RelationGetRelid(preparation->relation), name);
		return;
	}
	value->computed = ExecInitExpr(prepare(preparation, node, &sure), NULL);
	preparation->counted->may_fail |= !sure;
}

/* See counted.h. */
Datum
edustats_counted_value(CountedValue *value, TupleTableSlot *row, ExprContext *context, bool *isnull)
{
	if (value->computed != NULL)
		return ExecEvalExprSwitchContext(value->computed, context, isnull);
	if (value->column != InvalidAttrNumber)
		return slot_getattr(row, value->column, isnull);
	*isnull = true;
	return (Datum) 0;
}

/* The step that makes expressions ready, which may run functions of constants. */
static void
prepare_all(void *state)
{
	Preparation *preparation = state;
	Counted    *counted = preparation->counted;
	MemoryContext caller = MemoryContextSwitchTo(edustats_record_memory());
	List	   *filters[2] = {NIL, NIL};
	ListCell   *cell;

	foreach(cell, preparation->filters)
	{
		bool		sure;
		Expr	   *filter = prepare(preparation, lfirst(cell), &sure);

		filters[sure] = lappend(filters[sure], filter);
		counted->may_fail |= !sure;
	}
	counted->sure = ExecInitQual(filters[true], NULL);
	counted->filters = ExecInitQual(filters[false], NULL);
	prepare_value(preparation, preparation->value, &counted->value);
	if (preparation->alone != NULL)
	{
		prepare_value(preparation, preparation->alone->key, &counted->key);
		prepare_value(preparation, preparation->alone->weight, &counted->weight);
		prepare_value(preparation, preparation->alone->member, &counted->member);
	}
	MemoryContextSwitchTo(caller);
}

static Counted *
add_counted(CountedList *list, CountedKind kind, SourceMetric *metric, Oid relation)
{
	Counted    *counted = palloc0(sizeof(Counted));

	counted->kind = kind;
	counted->metrics = list_make1(metric);
	counted->part = edustats_part_of(metric, relation);
	counted->problem = edustats_columns_problem(metric, counted->part);
	counted->columns = edustats_part_columns(metric, relation, &counted->ncolumns);
	list->counted = lappend(list->counted, counted);
	return counted;
}

/* Is nothing to be computed for a row, but all there in its columns? */
static bool
is_plain(Preparation *preparation)
{
	SourceFact *alone = preparation->alone;

	return preparation->filters == NIL && IsA(preparation->value, Var) &&
		(alone == NULL || (IsA(alone->key, Var) && (alone->weight == NULL || IsA(alone->weight, Var)) &&
						   (alone->member == NULL || IsA(alone->member, Var))));
}

/* Makes ready what is computed for a row: of a fact, or a key. */
static void
add_expressions(SourceRecord *record, CountedList *list, Counted *counted, Oid root, List *filters, Node *value, SourceFact *fact)
{
	Preparation preparation = {.record = record, .counted = counted, .filters = filters, .value = value};

	if (counted->problem != NULL)
		return;
	preparation.alone = counted->alone ? fact : NULL;
	preparation.root = RelationIdGetRelation(root);
	preparation.relation = RelationIdGetRelation(list->key.relation);
	if (is_plain(&preparation))
		prepare_all(&preparation);
	else
	{
		char	   *problem = edustats_try(record->owner, record->zone, prepare_all, &preparation);

		list->expressions = true;
		counted->problem = counted->note = problem == NULL ? NULL : MemoryContextStrdup(edustats_record_memory(), problem);
	}
	RelationClose(preparation.relation);
	RelationClose(preparation.root);
}

/* The entry of a lookup's key, of which one does for all metrics; NULL for none. */
static Counted *
same_key(CountedList *list, const char *label)
{
	ListCell   *cell;

	foreach(cell, list->counted)
		if (((Counted *) lfirst(cell))->kind == COUNTED_KEY && strcmp(((Counted *) lfirst(cell))->label, label) == 0)
			return lfirst(cell);
	return NULL;
}

/* The columns of one are to matter for the other, too. */
static void
join_columns(Counted *counted, int16 *columns, int ncolumns)
{
	counted->columns = repalloc(counted->columns, (counted->ncolumns + ncolumns + 1) * sizeof(int16));
	for (int i = 0; i < ncolumns; i++)
		counted->columns[counted->ncolumns++] = columns[i];
}

/* Adds a lookup; 1 if it is the same as another metric's, else 0. */
static int
add_lookup(SourceRecord *record, CountedList *list, SourceMetric *metric, SourceLookup *lookup)
{
	Oid			relation = list->key.relation;
	Counted    *counted = lookup->key == NULL ? NULL : same_key(list, lookup->label);
	Oid			output;
	bool		is_varlena;

	if (counted != NULL)
	{
		int			ncolumns;
		int16	   *columns = edustats_part_columns(metric, relation, &ncolumns);

		counted->metrics = list_append_unique_ptr(counted->metrics, metric);
		if (columns != NULL && counted->columns != NULL)
			join_columns(counted, columns, ncolumns);
		return 1;
	}
	counted = add_counted(list, lookup->key == NULL ? COUNTED_ALL : COUNTED_KEY, metric, relation);
	if (lookup->key == NULL)
		return 0;
	counted->label = lookup->label;
	getTypeOutputInfo(exprType(lookup->key), &output, &is_varlena);
	fmgr_info_cxt(output, &counted->output, edustats_record_memory());
	add_expressions(record, list, counted, lookup->relation, NIL, lookup->key, NULL);
	return 0;
}

/* What is not as it was recorded: any row may change anything. */
static Counted *
add_lapsed(CountedList *list, SourceMetric *metric, SourcePart *part, const char *problem)
{
	Counted    *counted = palloc0(sizeof(Counted));

	counted->kind = COUNTED_ALL;
	counted->metrics = list_make1(metric);
	counted->part = part;
	counted->problem = problem;
	list->counted = lappend(list->counted, counted);
	return counted;
}

/*
 * Is all that a relation's rows may be stored in on record? What comes and goes before a refresh has seen it takes rows along
 * that nobody logs.
 */
static bool
is_all_on_record(SourceMetric *metric, Oid relation)
{
	ListCell   *cell;

	foreach(cell, find_all_inheritors(relation, NoLock, NULL))
	{
		Oid			part = lfirst_oid(cell);

		if (edustats_part_of(metric, part) == NULL)
			return false;
		if (has_subclass(part))
			edustats_watch(part);
	}
	return true;
}

/* What the relation is for one metric. */
static void
add_metric(SourceRecord *record, CountedList *list, SourceMetric *metric)
{
	Oid			relation = list->key.relation;
	SourcePart *part = edustats_part_of(metric, relation);
	int			before = list_length(list->counted);
	int			keys = 0;
	SourceDefinition *definition;
	ListCell   *cell;

	if (part == NULL || !part->bears)
		return;
	definition = edustats_definition(record, metric);
	if (!edustats_is_as_recorded(metric, definition))
	{
		(void) add_lapsed(list, metric, part, "its definition has changed");
		return;
	}
	list->zoned |= definition->zoned;
	foreach(cell, definition->facts)
	{
		SourceFact *fact = lfirst(cell);

		if (edustats_is_beneath(relation, fact->relation))
		{
			Counted    *counted = add_counted(list, COUNTED_DAY, metric, relation);

			counted->margin = fact->margin;
			counted->alone = fact->alone && !metric->unseen && !definition->watched && is_all_on_record(metric, relation);
			add_expressions(record, list, counted, fact->relation, fact->filters, fact->time, fact);
		}
	}
	foreach(cell, definition->lookups)
		if (edustats_is_beneath(relation, ((SourceLookup *) lfirst(cell))->relation))
			keys += add_lookup(record, list, metric, lfirst(cell));
	if (keys == 0 && list_length(list->counted) == before)
		add_lapsed(list, metric, part, "it is not what is counted any more")->gone = true;
}

/* See counted.h. */
CountedList *
edustats_counted(SourceRecord *record, Oid relation)
{
	CountedList key = {.key = {.schema = record->schema, .relation = relation}};
	MemoryContext memory = edustats_record_memory();
	MemoryContext caller;
	CountedList *list;
	bool		found;

	if (lists == NULL)
	{
		HASHCTL		control = {.keysize = sizeof(key.key), .entrysize = sizeof(CountedList), .hcxt = memory};

		lists = hash_create("edustats counted relations", 32, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	list = hash_search(lists, &key.key, HASH_ENTER, &found);
	if (found)
		return list;
	memset((char *) list + sizeof(key.key), 0, sizeof(CountedList) - sizeof(key.key));
	caller = MemoryContextSwitchTo(memory);
	PG_TRY();
	{
		edustats_watch(relation);
		for (int i = 0; i < record->nmetrics; i++)
			add_metric(record, list, &record->metrics[i]);
	}
	PG_CATCH();
	{
		edustats_forget_record();	/* what is there by halves is not to be found again */
		PG_RE_THROW();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	return list;
}
