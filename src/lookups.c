/*
 * lookups.c: the keys by which lookups are joined to a fact.
 *
 * A row of a lookup that comes, goes or changes may change what is counted for the rows of the fact that it is joined to:
 * those for which the other side of the join, the partner, is equal to its key. The partner is reached from the fact, if
 * need be by other lookups. If these have changed as well, their own keys lead to the row: of all lookups that have changed for
 * a row of the fact, the nearest one is reached by such as have not.
 */
#include "definition.h"

#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"

/* Takes away what view.c put around columns of an outer join's optional side: where the key is equal, it is there. */
static Node *
strip_mutator(Node *node, void *state)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, PlaceHolderVar))
		return strip_mutator((Node *) ((PlaceHolderVar *) node)->phexpr, state);
	return expression_tree_mutator(node, strip_mutator, state);
}

/* Can values of a type go through the log as text and come back the same, whatever the settings are? */
static bool
is_key_type(Oid type)
{
	type = getBaseType(type);
	return type == INT2OID || type == INT4OID || type == INT8OID || type == TEXTOID || type == VARCHAROID ||
		type == BPCHAROID || type == NAMEOID || type == UUIDOID;
}

/* The two sides of a condition that a key is equal to something; false if it is none. */
static bool
equal_sides(Node *condition, Node **left, Node **right)
{
	OpExpr	   *operation = (OpExpr *) condition;
	char	   *name;

	if (!IsA(condition, OpExpr) || list_length(operation->args) != 2)
		return false;
	name = get_opname(operation->opno);
	*left = linitial(operation->args);
	*right = lsecond(operation->args);
	return name != NULL && strcmp(name, "=") == 0 && op_mergejoinable(operation->opno, exprType(*left)) &&
		is_key_type(exprType(*left)) && is_key_type(exprType(*right));
}

/* What is equal to a key of the place by a condition, in terms of places that have been reached; NULL if it is no such one. */
static Node *
partner_of(Node *condition, TablePlace *place, Bitmapset *reached, Node **key)
{
	Node	   *sides[2];

	if (!equal_sides(condition, &sides[0], &sides[1]))
		return NULL;
	for (int i = 0; i < 2; i++)
	{
		Node	   *partner = sides[1 - i];
		Relids		others = edustats_places_of(partner);

		if (edustats_is_of_place(sides[i], place) && !bms_is_empty(others) && bms_is_subset(others, reached) &&
			!checkExprHasSubLink(partner))
		{
			*key = sides[i];
			return partner;
		}
	}
	return NULL;
}

/* The lookups of those that have been found that an expression needs, those that they need first. */
static List *
path_to(List *found, Node *partner)
{
	Relids		places = edustats_places_of(partner);
	List	   *path = NIL;
	ListCell   *cell;

	foreach(cell, found)
	{
		SourceLookup *lookup = lfirst(cell);

		if (bms_is_member(lookup->place->number, places))
			path = list_append_unique_ptr(list_union_ptr(path, lookup->path), lookup);
	}
	return path;
}

/* See definition.h. */
bool
edustats_is_null(Node *node)
{
	if (IsA(node, Const))
		return ((Const *) node)->constisnull;
	if (IsA(node, RelabelType))
		return edustats_is_null((Node *) ((RelabelType *) node)->arg);
	if (IsA(node, CoerceViaIO))
		return edustats_is_null((Node *) ((CoerceViaIO *) node)->arg);
	return IsA(node, FuncExpr) && func_strict(((FuncExpr *) node)->funcid) && list_length(((FuncExpr *) node)->args) == 1 &&
		edustats_is_null(linitial(((FuncExpr *) node)->args));
}

/* Is a place joined to nothing, as the other side of its join is always NULL? */
static bool
is_never_joined(SourceFact *fact, TablePlace *place)
{
	ListCell   *cell;
	Node	   *sides[2];

	foreach(cell, fact->branch->joins)
		if (equal_sides(strip_mutator(lfirst(cell), NULL), &sides[0], &sides[1]) &&
			((edustats_is_of_place(sides[0], place) && edustats_is_null(sides[1])) ||
			 (edustats_is_of_place(sides[1], place) && edustats_is_null(sides[0]))))
			return true;
	return false;
}

static SourceLookup *
new_lookup(SourceFact *fact, TablePlace *place)
{
	SourceLookup *lookup = palloc0(sizeof(SourceLookup));

	lookup->relation = place->relation;
	lookup->place = place;
	lookup->fact = fact;
	return lookup;
}

/* What the log calls a lookup: the query of its keys. */
static char *
label_of(SourceLookup *lookup)
{
	Query	   *query = edustats_table_query(lookup->relation);

	query->targetList = list_make1(makeTargetEntry((Expr *) copyObject(lookup->key), 1, "key", false));
	return edustats_definition_text(query);
}

/* The lookup of a place, if one of the branch's conditions joins it to what has been reached; NULL if none does. */
static SourceLookup *
keyed_lookup(SourceFact *fact, TablePlace *place, Bitmapset *reached, List *found)
{
	List	   *conditions = list_concat_copy(fact->branch->filters, fact->branch->joins);
	ListCell   *cell;

	foreach(cell, conditions)
	{
		Node	   *key;
		Node	   *partner = partner_of(strip_mutator(lfirst(cell), NULL), place, reached, &key);
		SourceLookup *lookup;

		if (partner == NULL)
			continue;
		lookup = new_lookup(fact, place);
		lookup->key = copyObject(key);
		ChangeVarNodes(lookup->key, place->number, 1, 0);
		lookup->label = label_of(lookup);
		lookup->partner = partner;
		lookup->path = path_to(found, partner);
		return lookup;
	}
	return NULL;
}

/* See definition.h. */
List *
edustats_lookups(SourceFact *fact)
{
	Bitmapset  *reached = bms_make_singleton(fact->place->number);
	List	   *found = NIL;
	bool		more = true;
	ListCell   *cell;

	while (more)
	{
		more = false;
		foreach(cell, fact->branch->places)
		{
			TablePlace *place = lfirst(cell);
			SourceLookup *lookup = place->opaque != NULL || bms_is_member(place->number, reached) ? NULL :
				keyed_lookup(fact, place, reached, found);

			if (lookup == NULL)
				continue;
			found = lappend(found, lookup);
			reached = bms_add_member(reached, place->number);
			more = true;
		}
	}
	foreach(cell, fact->branch->places)
		if (((TablePlace *) lfirst(cell))->opaque == NULL && !bms_is_member(((TablePlace *) lfirst(cell))->number, reached) &&
			!is_never_joined(fact, lfirst(cell)))
			found = lappend(found, new_lookup(fact, lfirst(cell)));
	return found;
}

/* See definition.h. */
List *
edustats_lookups_named(SourceDefinition *definition, const char *label)
{
	List	   *named = NIL;
	ListCell   *cell;

	foreach(cell, definition->lookups)
		if (((SourceLookup *) lfirst(cell))->key != NULL && strcmp(((SourceLookup *) lfirst(cell))->label, label) == 0)
			named = lappend(named, lfirst(cell));
	return named;
}

/* See definition.h. */
bool
edustats_is_of_members(SourceLookup *lookup)
{
	List	   *values = lookup->fact->branch->values;
	Node	   *member = list_length(values) > COLUMN_MEMBER ? list_nth(values, COLUMN_MEMBER) : NULL;

	return lookup->path == NIL && member != NULL &&
		equal(strip_mutator(member, NULL), strip_mutator(lookup->partner, NULL));
}
