/*
 * fact.c: the table that the time of a branch's rows comes from, and what its rows decide by themselves.
 */
#include "definition.h"
#include "key_column.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"

/* See definition.h. */
TablePlace *
edustats_fact_place(ViewBranch *branch, const char **problem)
{
	Node	   *time = list_nth(branch->values, COLUMN_TIME);
	Bitmapset  *places = edustats_places_of(time);
	int			number;
	TablePlace *place;

	if (bms_is_empty(places) && list_length(branch->values) > COLUMN_KEY)	/* a constant: the key says which rows there are */
		places = edustats_places_of(list_nth(branch->values, COLUMN_KEY));
	if (checkExprHasSubLink(time) || !bms_get_singleton_member(places, &number) ||
		(place = edustats_place(branch, number)) == NULL)
	{
		*problem = "its time does not come from one table";
		return NULL;
	}
	if (place->opaque != NULL)
		*problem = psprintf("the query that its time comes from %s", place->opaque);
	else if (place->nullable)
		*problem = "its time comes from the optional side of an outer join";
	return place;
}

/* An expression over one place, as one over the columns of its table. */
static Node *
own_expression(Node *expression, TablePlace *place)
{
	Node	   *own = copyObject(expression);

	ChangeVarNodes(own, place->number, 1, 0);
	return own;
}

/* See definition.h. */
bool
edustats_is_of_place(Node *expression, TablePlace *place)
{
	int			number;

	return bms_get_singleton_member(edustats_places_of(expression), &number) && number == place->number &&
		!checkExprHasSubLink(expression);
}

/* See definition.h. */
bool
edustats_decides_alone(SourceFact *fact)
{
	ListCell   *cell;

	foreach(cell, fact->branch->filters)
		if (!edustats_is_of_place(lfirst(cell), fact->place))
			return false;
	foreach(cell, fact->branch->places)
		if (lfirst(cell) != fact->place && !((TablePlace *) lfirst(cell))->nullable && ((TablePlace *) lfirst(cell))->number < FIRST_OF_MEMBERS)
			return false;
	return true;
}

/*
 * Could a row of a fact be none of the branch's, as it is one of a child of a table that is read without these? Or two of them,
 * by what else there is in the branch? The members are there once each.
 */
static bool
has_company(SourceFact *fact)
{
	ListCell   *cell;

	if (!rt_fetch(fact->place->index, fact->place->query->rtable)->inh)
		return true;
	foreach(cell, fact->branch->places)
		if (lfirst(cell) != fact->place && ((TablePlace *) lfirst(cell))->number < FIRST_OF_MEMBERS)
			return true;
	return fact->branch->beneath != NIL || fact->branch->vague;
}

/* A column of a fact's rows over the fact alone: NULL if it has none, or if it needs others, so that the fact is not alone. */
static Node *
own_value(SourceFact *fact, int column)
{
	Node	   *value = list_length(fact->branch->values) > column ? list_nth(fact->branch->values, column) : NULL;

	if (value == NULL || edustats_is_null(value))
		return NULL;
	if (edustats_is_of_place(value, fact->place) || (bms_is_empty(edustats_places_of(value)) && !checkExprHasSubLink(value)))
		return own_expression(value, fact->place);
	fact->alone = false;
	return NULL;
}

/* A row without a key is not counted. */
static Node *
has_key(Node *key)
{
	NullTest   *test = makeNode(NullTest);

	test->arg = copyObject((Expr *) key);
	test->nulltesttype = IS_NOT_NULL;
	test->location = -1;
	return (Node *) test;
}

/* See definition.h. */
SourceFact *
edustats_new_fact(ViewBranch *branch, TablePlace *place)
{
	SourceFact *fact = palloc0(sizeof(SourceFact));
	ListCell   *cell;

	fact->relation = place->relation;
	fact->place = place;
	fact->branch = branch;
	fact->time = own_expression(list_nth(branch->values, COLUMN_TIME), place);
	foreach(cell, branch->filters)
		if (edustats_is_of_place(lfirst(cell), place))
			fact->filters = lappend(fact->filters, own_expression(lfirst(cell), place));
	fact->alone = edustats_decides_alone(fact) && !has_company(fact);
	fact->key = own_value(fact, COLUMN_KEY);
	fact->weight = own_value(fact, COLUMN_WEIGHT);
	fact->member = own_value(fact, COLUMN_MEMBER);
	/* What a number is made of is told by who reads the source. */
	fact->alone &= fact->key != NULL && !edustats_has_key_of(fact->key);
	if (fact->key != NULL && !fact->alone)	/* or else the key is looked at anyway */
		fact->filters = lappend(fact->filters, has_key(fact->key));
	return fact;
}

/* See definition.h. */
bool
edustats_split_time(ViewBranch *branch)
{
	ListCell   *time = list_nth_cell(branch->values, COLUMN_TIME);
	bool		split = false;

	while (lfirst(time) != NULL && IsA(lfirst(time), CaseExpr))
	{
		CaseExpr   *choice = lfirst(time);
		CaseWhen   *only = linitial_node(CaseWhen, choice->args);

		if (choice->arg != NULL || list_length(choice->args) > 1 || (choice->defresult != NULL && !edustats_is_null((Node *) choice->defresult)))
			break;
		branch->filters = list_concat_copy(branch->filters, make_ands_implicit(only->expr));
		lfirst(time) = only->result;
		split = true;
	}
	return split;
}
