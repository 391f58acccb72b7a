/*
 * definition.h: what a metric's rows are made of, derived from the platform's relation and from whatever is beneath it.
 *
 * The relation that holds the time is the fact: a row of the metric is a row of it, with what lookups add. Whatever of the
 * fact's own decides whether, when and under which key its row counts is kept as expressions over its columns; of a lookup,
 * the key by which it is joined. So triggers on the tables can tell what a write may have changed.
 */
#ifndef EDUSTATS_DEFINITION_H
#define EDUSTATS_DEFINITION_H

#include "source.h"
#include "view.h"

/* A table beneath a metric, whatever it is there. */
typedef struct SourceTable
{
	Oid			relation;
	bool		fact;			/* nothing but a fact: its bounds as a partition say which days it has */
	bool		all_columns;	/* any column may matter */
	Bitmapset  *columns;		/* those that matter, by number; offset as in pull_varattnos */
} SourceTable;

/* A table as the fact of one branch. Expressions have its columns as Vars of number 1. */
typedef struct SourceFact
{
	Oid			relation;
	List	   *filters;		/* a row for which one of them is not true is not counted */
	Node	   *time;
	bool		alone;			/* whether its row alone says what is counted, and once: these say it, NULL for none */
	Node	   *key;
	Node	   *weight;
	Node	   *member;
	int			margin;			/* so many days around its own may have changed with a row */
	TablePlace *place;
	ViewBranch *branch;
} SourceFact;

/* A table, the rows of which decide by their key about rows of a fact. */
typedef struct SourceLookup
{
	Oid			relation;
	Node	   *key;			/* over its columns, Vars of number 1; NULL: any change may matter for any row */
	char	   *label;			/* table and key, as the log names them */
	Node	   *partner;		/* flat: what is equal to the key */
	TablePlace *place;
	SourceFact *fact;
	List	   *path;			/* SourceLookup: the lookups by which the partner is reached, nearest to the fact first */
} SourceLookup;

typedef struct SourceDefinition
{
	const char *problem;		/* why the relation can't be seen through; NULL where it can */
	Oid			root;			/* the platform's relation; InvalidOid: there is none */
	char	   *text;			/* all of it, to be compared with what was recorded */
	List	   *relations;		/* OIDs of all that is read, views too */
	List	   *tables;			/* SourceTable */
	List	   *facts;			/* SourceFact */
	List	   *lookups;		/* SourceLookup */
	bool		watched;		/* whether its rows can't be seen through, but facts that others say are behind them */
	bool		zoned;			/* whether something depends on the session's time zone */
} SourceDefinition;

/* The definition of a metric, kept as long as its record. It waits for no lock. */
extern SourceDefinition *edustats_definition(SourceRecord *record, SourceMetric *metric);

/* Is that how the metric was defined when it was recorded? */
extern bool edustats_is_as_recorded(SourceMetric *metric, SourceDefinition *definition);

/* What the columns of a metric's rows are called, in their order. */
extern const char *const edustats_rows_names[SOURCE_COLUMNS];

/* The expanded query of a metric's rows: columns time, key, weight and member, NULL for what it has not. */
extern Query *edustats_rows_query(SourceDefinition *definition, SourceMetric *metric, const char **problem);

/* A query, or an expression over a relation called s, as SQL, every name in full, whatever the session's settings are. */
extern char *edustats_query_text(Query *query);
extern char *edustats_expression_text(Node *expression, Oid relation);

/* The same for comparison, not to be run: it opens no table, and so waits for no lock. */
extern char *edustats_definition_text(Query *query);

/* The expanded query of one column of a relation; NULL if it has none of this name, or can't be expanded. */
extern Query *edustats_column_query(Oid relation, const char *column);

/* A SELECT of no table and no columns; and one more table in it, under a name, without a lock. */
extern Query *edustats_new_query(void);
extern void edustats_add_table(Query *query, Oid relation, const char *name);

/* A query of one table, called s, that has no columns yet. */
extern Query *edustats_table_query(Oid relation);

/* Numbers of places that belong to the members' query. */
#define FIRST_OF_MEMBERS 10000
#define FIRST_OF_WATCHES 20000

/* The keys by which a branch's other tables are joined to its fact; of one that has none, any change may change anything. */
extern List *edustats_lookups(SourceFact *fact);

/* The lookups of a definition that the log knows by a name: one for each place where the table stands. */
extern List *edustats_lookups_named(SourceDefinition *definition, const char *label);

/* Are the keys of one that has a key the members themselves? */
extern bool edustats_is_of_members(SourceLookup *lookup);

/* Makes of a branch's time that is CASE WHEN condition THEN time END a time with a filter; true if it was such. */
extern bool edustats_split_time(ViewBranch *branch);

/* fact.c: the place that a branch's time comes from; NULL, with why, if it is not one table that each row needs. */
extern TablePlace *edustats_fact_place(ViewBranch *branch, const char **problem);

/* A place as the fact of a branch. */
extern SourceFact *edustats_new_fact(ViewBranch *branch, TablePlace *place);

/* Does a fact alone say which rows a branch has? */
extern bool edustats_decides_alone(SourceFact *fact);

/* Is an expression NULL whatever the rows are? */
extern bool edustats_is_null(Node *expression);

/* Is an expression one over this place alone, without subqueries? */
extern bool edustats_is_of_place(Node *expression, TablePlace *place);

/* calls.c: why what an expression calls keeps it from being evaluated for a row; NULL where nothing does. */
extern const char *edustats_calls_problem(Node *node, Oid owner, bool *zoned, StringInfo functions);

#endif							/* EDUSTATS_DEFINITION_H */
