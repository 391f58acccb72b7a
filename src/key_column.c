/*
 * key_column.c: the names behind keys that are numbers made of texts: they tell whether two texts have made the same number.
 */
#include "key_column.h"

#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "compat.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_relation.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"

static bool has_name(Query *query, AttrNumber column);
static AttrNumber add_name(Query *query, AttrNumber column);

static bool
is_key_of(Node *node)
{
	char	   *name = IsA(node, FuncExpr) ? get_func_name(((FuncExpr *) node)->funcid) : NULL;

	return name != NULL && strcmp(name, "key_of") == 0 &&
		get_func_namespace(((FuncExpr *) node)->funcid) == get_namespace_oid("edustats", true);
}

/* The subquery that a column is one of; NULL if it is none's. */
static Query *
subquery_of(Query *query, Node *node)
{
	RangeTblEntry *entry = IsA(node, Var) && ((Var *) node)->varlevelsup == 0 && ((Var *) node)->varattno > 0 ?
		rt_fetch(((Var *) node)->varno, query->rtable) : NULL;

	return entry != NULL && entry->rtekind == RTE_SUBQUERY ? entry->subquery : NULL;
}

/* A column's expression, in terms of what is joined. What it is where it is NULL has no name. */
static Node *
column_of(Query *query, AttrNumber column)
{
	TargetEntry *entry = get_tle_by_resno(query->targetList, column);
	Node	   *value = (Node *) entry->expr;

	if (IsA(value, CoalesceExpr) && list_length(((CoalesceExpr *) value)->args) == 2 && IsA(lsecond(((CoalesceExpr *) value)->args), Const))
		value = linitial(((CoalesceExpr *) value)->args);
	return flatten_join_aliases(query, copyObject(value));
}

static bool
arms_have_name(Query *query, Node *arm, AttrNumber column)
{
	if (IsA(arm, RangeTblRef))
		return has_name(rt_fetch(((RangeTblRef *) arm)->rtindex, query->rtable)->subquery, column);
	return arms_have_name(query, ((SetOperationStmt *) arm)->larg, column) &&
		arms_have_name(query, ((SetOperationStmt *) arm)->rarg, column);
}

/* What is grouped need not have, beside a number, what that is made of. */
static bool
has_name(Query *query, AttrNumber column)
{
	Node	   *node;

	if (query->groupClause != NIL || query->groupingSets != NIL || query->hasAggs)
		return false;
	if (query->setOperations != NULL)
		return arms_have_name(query, query->setOperations, column);
	node = column_of(query, column);
	return is_key_of(node) || (subquery_of(query, node) != NULL && has_name(subquery_of(query, node), ((Var *) node)->varattno));
}

/* Adds the names to one entry of a range table, a subquery; the number of their column. */
static AttrNumber
add_to_entry(Query *query, int index, AttrNumber column)
{
	RangeTblEntry *entry = rt_fetch(index, query->rtable);
	AttrNumber	name = add_name(entry->subquery, column);

	while (list_length(entry->eref->colnames) < name)
		entry->eref->colnames = lappend(entry->eref->colnames, makeString(pstrdup("key_name")));
	return name;
}

/* Adds them to all arms; the first arm's index in the range table. */
static int
add_to_arms(Query *query, Node *arm, AttrNumber column, AttrNumber *name)
{
	SetOperationStmt *operation = (SetOperationStmt *) arm;
	int			first;

	if (IsA(arm, RangeTblRef))
	{
		*name = add_to_entry(query, ((RangeTblRef *) arm)->rtindex, column);
		return ((RangeTblRef *) arm)->rtindex;
	}
	first = add_to_arms(query, operation->larg, column, name);
	(void) add_to_arms(query, operation->rarg, column, name);
	operation->colTypes = lappend_oid(operation->colTypes, TEXTOID);
	operation->colTypmods = lappend_int(operation->colTypmods, -1);
	operation->colCollations = lappend_oid(operation->colCollations, DEFAULT_COLLATION_OID);
	return first;
}

static Node *
text_column(int index, AttrNumber column)
{
	return (Node *) makeVar(index, column, TEXTOID, -1, DEFAULT_COLLATION_OID, 0);
}

/* What the column's number is made of, as text, from wherever it comes. */
static Node *
name_of(Query *query, AttrNumber column)
{
	Node	   *node;
	AttrNumber	name;
	int			index;

	if (query->setOperations != NULL)
	{
		index = add_to_arms(query, query->setOperations, column, &name);
		return text_column(index, name);
	}
	node = column_of(query, column);
	if (!is_key_of(node))
		return text_column(((Var *) node)->varno, add_to_entry(query, ((Var *) node)->varno, ((Var *) node)->varattno));
	node = linitial(((FuncExpr *) node)->args);
	return coerce_to_target_type(NULL, node, exprType(node), TEXTOID, -1, COERCION_EXPLICIT, COERCE_EXPLICIT_CAST, -1);
}

static AttrNumber
add_name(Query *query, AttrNumber column)
{
	Node	   *name = name_of(query, column);
	AttrNumber	number = list_length(query->targetList) + 1;

	query->targetList = lappend(query->targetList, makeTargetEntry((Expr *) name, number, pstrdup("key_name"), false));
	return number;
}

/* See key_column.h. */
void
edustats_add_key_name(Query *query, AttrNumber column)
{
	if (has_name(query, column))
		(void) add_name(query, column);
}

static bool
key_of_walker(Node *node, void *state)
{
	return node != NULL && (is_key_of(node) || expression_tree_walker(node, key_of_walker, state));
}

/* See key_column.h. */
bool
edustats_has_key_of(Node *expression)
{
	return key_of_walker(expression, NULL);
}
