/*
 * view.h: seeing through views: which tables the rows of a query come from, and what of these tables makes them.
 *
 * A query over views is written out down to the tables ("expanded"), so that conditions can be put where a table's own
 * indexes serve them. For what its tables' triggers have to know it is also read flat: each arm of its UNION ALLs is a
 * branch, a list of tables with conditions that hold for every combination of their rows that makes a row of the query.
 */
#ifndef EDUSTATS_VIEW_H
#define EDUSTATS_VIEW_H

#include "postgres.h"

#include "compat.h"
#include "nodes/bitmapset.h"
#include "nodes/parsenodes.h"

/* A table as it stands at one place of a branch. Flat expressions name it as their Vars' varno. */
typedef struct TablePlace
{
	int			number;
	Oid			relation;		/* InvalidOid: a subquery that is not looked into */
	Query	   *query;			/* of the expanded one, that has it in its range table */
	int			index;			/* in that range table */
	bool		nullable;		/* whether an outer join can go without it */
	Oid			view;			/* of a subquery: that it is the query of; InvalidOid if it stands by itself */
	List	   *beneath;		/* of a subquery: the OIDs of its tables */
	const char *opaque;			/* of a subquery: why it is not looked into */
} TablePlace;

typedef struct ViewBranch
{
	List	   *places;			/* TablePlace */
	List	   *filters;		/* flat conditions: without them there is no row */
	List	   *joins;			/* flat conditions of outer joins: without them what is joined is NULL */
	List	   *values;			/* flat expressions: the query's columns */
	List	   *beneath;		/* OIDs of tables in sublinks, any change of which may change anything */
	bool		vague;			/* whether something was said of rows that can't be said of columns */
	bool		again;			/* whether another branch has the same rows of the fact */
} ViewBranch;

/*
 * Replaces each view in a query, at any depth, by its own query, and adds the OIDs of all relations met. NULL, or else why
 * that can't be done now.
 */
extern const char *edustats_expand(Query *query, List **relations);

/* The indexes in a range table that a FROM clause uses. */
extern void edustats_used_entries(Node *from, Bitmapset **used);

/* The branches of an expanded query, their places numbered from first; NIL, with *problem, where it can't be seen through. */
extern List *edustats_branches(Query *query, int first, const char **problem);

/*
 * The numbers of the places that a flat expression depends on: also those that make a constant of the optional side of an
 * outer join NULL.
 */
extern Bitmapset *edustats_places_of(Node *expression);

/* The place of a branch with a number. */
extern TablePlace *edustats_place(ViewBranch *branch, int number);

#endif							/* EDUSTATS_VIEW_H */
