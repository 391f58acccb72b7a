/*
 * view.c: an expanded query read flat, as branches of tables and conditions; see view.h. Nothing here runs anybody's code.
 */
#include "view.h"

#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"

/* More arms than that are read as a whole. */
#define MOST_BRANCHES 64

/* What is kept while a query is read flat. */
typedef struct Reading
{
	int			places;			/* numbers given */
	const char *problem;
} Reading;

/* One query's entries as flat expressions, for one branch of what is beneath it. */
typedef struct Entries
{
	Query	   *query;
	ViewBranch *branch;
	TablePlace **places;		/* by index in the range table: of a table, or of a subquery that is not looked into */
	List	  **columns;		/* of a subquery: its columns, flat */
} Entries;

typedef struct Flattening
{
	Entries    *entries;
	int			depth;
	bool		failed;
} Flattening;

static Node *
flat_var(Var *var, Flattening *flattening)
{
	Entries    *entries = flattening->entries;
	List	   *columns = entries->columns[var->varno];
	Node	   *flat;

	if (columns != NIL && var->varattno > 0)
	{
		flat = copyObject(list_nth(columns, var->varattno - 1));
		IncrementVarSublevelsUp(flat, var->varlevelsup, 0);
		return flat;
	}
	if (entries->places[var->varno] == NULL || var->varattno < 0 || var->varattno == InvalidAttrNumber)
	{
		flattening->failed = true;	/* whole rows, system columns */
		return (Node *) copyObject(var);
	}
	flat = generation_expression(entries->places[var->varno]->relation, var->varattno);
	if (flat != NULL)			/* no such value is stored */
	{
		ChangeVarNodes(flat, 1, entries->places[var->varno]->number, 0);
		IncrementVarSublevelsUp(flat, var->varlevelsup, 0);
		return flat;
	}
	var = copyObject(var);
	var->varno = entries->places[var->varno]->number;
	var->varnosyn = 0;
	forget_nulling(var);
	return (Node *) var;
}

static Node *
flatten_mutator(Node *node, Flattening *flattening)
{
	Node	   *result;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
		return ((Var *) node)->varlevelsup == (Index) flattening->depth ? flat_var((Var *) node, flattening) : copyObject(node);
	if (!IsA(node, Query))
		return expression_tree_mutator(node, flatten_mutator, flattening);
	flattening->depth++;
	result = (Node *) query_tree_mutator((Query *) node, flatten_mutator, flattening, 0);
	flattening->depth--;
	return result;
}

static bool
tables_walker(Node *node, List **tables)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		if (((RangeTblEntry *) node)->rtekind == RTE_RELATION && get_rel_relkind(((RangeTblEntry *) node)->relid) != RELKIND_VIEW)
			*tables = list_append_unique_oid(*tables, ((RangeTblEntry *) node)->relid);
		return false;
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, tables_walker, tables, QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, tables_walker, tables);
}

/* An expression of a query's in terms of the tables; NULL where that can't be said. */
static Node *
flatten(Entries *entries, Node *node)
{
	Flattening	flattening = {.entries = entries};
	Node	   *flat = flatten_mutator(flatten_join_aliases(entries->query, node), &flattening);

	return flattening.failed ? NULL : flat;
}

/* A condition that can't be said flat is dropped: there are only more rows without it. */
static List *
add_conditions(Entries *entries, List *conditions, Node *quals)
{
	ListCell   *cell;

	foreach(cell, make_ands_implicit((Expr *) quals))
	{
		Node	   *flat = flatten(entries, lfirst(cell));

		entries->branch->vague |= flat == NULL;
		if (flat != NULL)
			conditions = list_concat(conditions, make_ands_implicit((Expr *) flat));
	}
	return conditions;
}

/* Why a query is more than joins and conditions; NULL where it isn't. */
static const char *
query_problem(Query *query)
{
	return query->commandType != CMD_SELECT ? "is no SELECT" :
		query->hasAggs || query->groupClause != NIL || query->groupingSets != NIL || query->havingQual != NULL ? "has an aggregate" :
		query->hasWindowFuncs ? "has a window function" :
		query->distinctClause != NIL ? "has DISTINCT" :
		query->hasTargetSRFs ? "has a set-returning function" :
		query->limitCount != NULL || query->limitOffset != NULL ? "has LIMIT" :
		query->cteList != NIL ? "has WITH" :
		query->rowMarks != NIL ? "locks rows" : NULL;
}

static const char *arms_problem(Query *query, Node *node);

/* The same for a subquery, and for all arms of a UNION ALL. */
static const char *
subquery_problem(Query *query)
{
	const char *problem = query_problem(query);

	return problem != NULL || query->setOperations == NULL ? problem : arms_problem(query, query->setOperations);
}

static const char *
arms_problem(Query *query, Node *node)
{
	SetOperationStmt *operation = (SetOperationStmt *) node;
	const char *problem;

	if (IsA(node, RangeTblRef))
		return subquery_problem(rt_fetch(((RangeTblRef *) node)->rtindex, query->rtable)->subquery);
	if (operation->op != SETOP_UNION || !operation->all)
		return "has a set operation other than UNION ALL";
	problem = arms_problem(query, operation->larg);
	return problem != NULL ? problem : arms_problem(query, operation->rarg);
}

static List *query_branches(Reading *reading, Query *query);

/* The branches of all arms of a UNION ALL, their columns of the union's types. */
static List *
arm_branches(Reading *reading, Query *query, Node *node)
{
	SetOperationStmt *operation = (SetOperationStmt *) query->setOperations;
	List	   *branches;
	ListCell   *cell;
	ListCell   *value;
	ListCell   *type;

	if (!IsA(node, RangeTblRef))
		return list_concat(arm_branches(reading, query, ((SetOperationStmt *) node)->larg),
						   arm_branches(reading, query, ((SetOperationStmt *) node)->rarg));
	branches = query_branches(reading, rt_fetch(((RangeTblRef *) node)->rtindex, query->rtable)->subquery);
	foreach(cell, branches)
		forboth(value, ((ViewBranch *) lfirst(cell))->values, type, operation->colTypes)
			if (lfirst(value) != NULL && exprType(lfirst(value)) != lfirst_oid(type))
				lfirst(value) = coerce_to_common_type(NULL, lfirst(value), lfirst_oid(type), "UNION");
	return branches;
}

static TablePlace *
add_place(Reading *reading, Entries *entries, int index)
{
	TablePlace *place = palloc0(sizeof(TablePlace));

	place->number = ++reading->places;
	place->query = entries->query;
	place->index = index;
	entries->branch->places = lappend(entries->branch->places, place);
	entries->places[index] = place;
	return place;
}

static Entries *
copy_entries(Entries *entries)
{
	int			size = list_length(entries->query->rtable) + 1;
	Entries    *copy = palloc(sizeof(Entries));

	copy->query = entries->query;
	copy->branch = palloc0(sizeof(ViewBranch));
	copy->branch->places = list_copy(entries->branch->places);
	copy->branch->filters = list_copy(entries->branch->filters);
	copy->branch->joins = list_copy(entries->branch->joins);
	copy->branch->vague = entries->branch->vague;
	copy->places = palloc(size * sizeof(TablePlace *));
	memcpy(copy->places, entries->places, size * sizeof(TablePlace *));
	copy->columns = palloc(size * sizeof(List *));
	memcpy(copy->columns, entries->columns, size * sizeof(List *));
	return copy;
}

/* One subquery's branch as a part of that of the query around it. */
static Entries *
with_branch(Entries *entries, int index, ViewBranch *branch)
{
	Entries    *with = copy_entries(entries);

	with->branch->places = list_concat(with->branch->places, branch->places);
	with->branch->filters = list_concat(with->branch->filters, branch->filters);
	with->branch->joins = list_concat(with->branch->joins, branch->joins);
	with->branch->vague |= branch->vague;
	with->columns[index] = branch->values;
	return with;
}

/* A subquery that is more than joins and conditions stands as one place: any change beneath it may change anything. */
static List *
add_opaque(Reading *reading, Entries *entries, int index, const char *why)
{
	RangeTblEntry *entry = rt_fetch(index, entries->query->rtable);
	TablePlace *place;

	entries = copy_entries(entries);
	place = add_place(reading, entries, index);
	place->opaque = why;
	place->view = entry->relid;
	(void) tables_walker((Node *) entry->subquery, &place->beneath);
	return list_make1(entries);
}

static List *
add_subquery(Reading *reading, Entries *entries, int index)
{
	RangeTblEntry *entry = rt_fetch(index, entries->query->rtable);
	const char *why = entry->lateral ? "is LATERAL" : subquery_problem(entry->subquery);
	List	   *result = NIL;
	ListCell   *cell;

	if (why != NULL)
		return add_opaque(reading, entries, index, why);
	foreach(cell, query_branches(reading, entry->subquery))
		result = lappend(result, with_branch(entries, index, lfirst(cell)));
	return result;
}

/* What one entry of a FROM clause adds to the entries so far: those of each of its branches. */
static List *
add_entry(Reading *reading, Entries *entries, int index)
{
	RangeTblEntry *entry = rt_fetch(index, entries->query->rtable);

	if (entry->rtekind == RTE_SUBQUERY)
		return add_subquery(reading, entries, index);
	entries = copy_entries(entries);
	if (entry->rtekind == RTE_RELATION && entry->tablesample == NULL)
		add_place(reading, entries, index)->relation = entry->relid;
	else if (entry->rtekind == RTE_VALUES)
		add_place(reading, entries, index)->opaque = "is VALUES";
	else
		reading->problem = entry->rtekind == RTE_FUNCTION ? "it reads a function" : "it reads what is no table";
	return list_make1(entries);
}

static List *add_from(Reading *reading, List *so_far, Node *from);

/* A column that is NULL where its side of an outer join is: it is more than what it is made of. */
static Node *
nullable_column(Node *column, Relids places)
{
	PlaceHolderVar *result;

	if (column == NULL || IsA(column, Var))
		return column;
	result = makeNode(PlaceHolderVar);
	result->phexpr = (Expr *) column;
	result->phrels = places;
	return (Node *) result;
}

/* Turns what was added to the entries for the optional side of an outer join into what it is there. */
static void
make_nullable(Entries *entries, Node *side, int nplaces, int nfilters)
{
	ViewBranch *branch = entries->branch;
	Relids		places = NULL;
	Bitmapset  *used = NULL;
	int			index = -1;
	ListCell   *cell;

	for_each_from(cell, branch->places, nplaces)
	{
		((TablePlace *) lfirst(cell))->nullable = true;
		places = bms_add_member(places, ((TablePlace *) lfirst(cell))->number);
	}
	branch->joins = list_concat(branch->joins, list_copy_tail(branch->filters, nfilters));
	branch->filters = list_truncate(branch->filters, nfilters);
	edustats_used_entries(side, &used);
	while ((index = bms_next_member(used, index)) >= 0)
	{
		List	   *columns = NIL;

		foreach(cell, entries->columns[index])
			columns = lappend(columns, nullable_column(lfirst(cell), places));
		entries->columns[index] = columns;
	}
}

/* A join: its preserved side first, and then the other one. */
static List *
add_join(Reading *reading, List *so_far, JoinExpr *join)
{
	Node	   *first = join->jointype == JOIN_RIGHT ? join->rarg : join->larg;
	Node	   *second = join->jointype == JOIN_RIGHT ? join->larg : join->rarg;
	List	   *result = NIL;
	ListCell   *cell;
	ListCell   *added;

	if (join->jointype == JOIN_FULL)
		reading->problem = "it has a FULL JOIN";
	foreach(cell, add_from(reading, so_far, first))
	{
		Entries    *preserved = lfirst(cell);
		List	   *both = add_from(reading, list_make1(preserved), second);

		foreach(added, both)
		{
			Entries    *entries = lfirst(added);

			if (join->jointype == JOIN_INNER)
				entries->branch->filters = add_conditions(entries, entries->branch->filters, join->quals);
			else
			{
				make_nullable(entries, second, list_length(preserved->branch->places), list_length(preserved->branch->filters));
				entries->branch->joins = add_conditions(entries, entries->branch->joins, join->quals);
			}
		}
		result = list_concat(result, both);
	}
	return result;
}

static List *
add_from(Reading *reading, List *so_far, Node *from)
{
	List	   *result = NIL;
	ListCell   *cell;

	if (list_length(so_far) > MOST_BRANCHES)
		reading->problem = "it has too many combinations of UNION ALL";
	if (reading->problem != NULL)
		return NIL;
	if (IsA(from, RangeTblRef))
		foreach(cell, so_far)
			result = list_concat(result, add_entry(reading, lfirst(cell), ((RangeTblRef *) from)->rtindex));
	else if (IsA(from, FromExpr))
	{
		result = so_far;
		foreach(cell, ((FromExpr *) from)->fromlist)
			result = add_from(reading, result, lfirst(cell));
		foreach(cell, result)
		{
			Entries    *entries = lfirst(cell);

			entries->branch->filters = add_conditions(entries, entries->branch->filters, ((FromExpr *) from)->quals);
		}
	}
	else
		result = add_join(reading, so_far, (JoinExpr *) from);
	return result;
}

static Entries *
no_entries(Query *query)
{
	int			size = list_length(query->rtable) + 1;
	Entries    *entries = palloc(sizeof(Entries));

	entries->query = query;
	entries->branch = palloc0(sizeof(ViewBranch));
	entries->places = palloc0(size * sizeof(TablePlace *));
	entries->columns = palloc0(size * sizeof(List *));
	return entries;
}

/* The branches of a query that is joins and conditions, or a UNION ALL of such. */
static List *
query_branches(Reading *reading, Query *query)
{
	List	   *result = NIL;
	ListCell   *cell;
	ListCell   *column;

	check_stack_depth();
	if (query->setOperations != NULL)
		return arm_branches(reading, query, query->setOperations);
	foreach(cell, add_from(reading, list_make1(no_entries(query)), (Node *) query->jointree))
	{
		Entries    *entries = lfirst(cell);

		foreach(column, query->targetList)
			if (!lfirst_node(TargetEntry, column)->resjunk)
				entries->branch->values = lappend(entries->branch->values,
												  flatten(entries, (Node *) lfirst_node(TargetEntry, column)->expr));
		result = lappend(result, entries->branch);
	}
	return result;
}

/* See view.h. */
List *
edustats_branches(Query *query, int first, const char **problem)
{
	Reading		reading = {first - 1, NULL};
	List	   *branches = query_branches(&reading, query);
	ListCell   *cell;

	*problem = reading.problem;
	if (*problem != NULL)
		return NIL;
	foreach(cell, branches)
	{
		ViewBranch *branch = lfirst(cell);

		(void) tables_walker((Node *) branch->filters, &branch->beneath);
		(void) tables_walker((Node *) branch->joins, &branch->beneath);
		(void) tables_walker((Node *) branch->values, &branch->beneath);
	}
	return branches;
}

/* Adds the places of an outer join's optional side, which pull_varnos looks past. */
static bool
optional_walker(Node *node, Bitmapset **places)
{
	if (node == NULL)
		return false;
	if (IsA(node, PlaceHolderVar))
		*places = bms_add_members(*places, ((PlaceHolderVar *) node)->phrels);
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, optional_walker, places, 0);
	return expression_tree_walker(node, optional_walker, places);
}

/* See view.h. */
Bitmapset *
edustats_places_of(Node *expression)
{
	Bitmapset  *places = pull_varnos(NULL, expression);

	(void) optional_walker(expression, &places);
	return places;
}

/* See view.h. */
TablePlace *
edustats_place(ViewBranch *branch, int number)
{
	ListCell   *cell;

	foreach(cell, branch->places)
		if (((TablePlace *) lfirst(cell))->number == number)
			return lfirst(cell);
	return NULL;
}
