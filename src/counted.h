/*
 * counted.h: what a table's rows decide about, ready to be computed for each that is written; for the triggers.
 */
#ifndef EDUSTATS_COUNTED_H
#define EDUSTATS_COUNTED_H

#include "definition.h"

#include "nodes/execnodes.h"

/* What is marked for a row. */
typedef enum CountedKind
{
	COUNTED_DAY,				/* the day of a fact's row */
	COUNTED_KEY,				/* the key of a lookup's row */
	COUNTED_ALL					/* everything, whatever the row is */
} CountedKind;

/* How a value is had of a row: as its column is, or computed; neither where there is none. */
typedef struct CountedValue
{
	AttrNumber	column;
	Oid			type;			/* of the value, beneath domains */
	ExprState  *computed;
} CountedValue;

typedef struct Counted
{
	CountedKind kind;
	List	   *metrics;		/* SourceMetric: whose days they are; of a key, all that look it up */
	SourcePart *part;			/* of the first metric */
	char	   *label;			/* of a key */
	const char *problem;		/* why nothing can be said of rows; NULL where it can */
	bool		gone;			/* it is no part of what is counted now: only its own days can have changed */
	const char *note;			/* the same where it is an expression that fails, to be told */
	int			ncolumns;		/* a change of other columns changes nothing */
	int16	   *columns;
	int			margin;			/* of a day */
	CountedValue value;			/* when a fact's row is; or the key of a lookup's */
	FmgrInfo	output;			/* of a key's type */
	bool		alone;			/* whether a fact's row says what is counted of it: */
	CountedValue key;
	CountedValue weight;		/* if there is none, it counts as 1 */
	CountedValue member;
	ExprState  *sure;			/* the filters that can't fail; NULL for none */
	ExprState  *filters;		/* the others */
	bool		may_fail;		/* whether the filters, or a value, may */
} Counted;

typedef struct CountedList
{
	struct
	{
		Oid			schema;
		Oid			relation;
	}			key;
	List	   *counted;		/* Counted */
	bool		expressions;	/* whether any is more than a column */
	bool		zoned;			/* whether they depend on the time zone */
} CountedList;

/* What a relation is counted as in a record, in memory that lives as long as it. */
extern CountedList *edustats_counted(SourceRecord *record, Oid relation);

/* A value of a row; NULL where there is none. */
extern Datum edustats_counted_value(CountedValue *value, TupleTableSlot *row, ExprContext *context, bool *isnull);

/* Forgets all of them: their memory goes with that of the records. */
extern void edustats_forget_counted(void);

/*
 * Runs a step with the rights of a role that may do nothing else, and which may fail: NULL, or else what went wrong. Errors
 * that say nothing of the step, a cancelled query above all, are raised.
 */
extern char *edustats_try(Oid role, text *zone, void (*step) (void *), void *state);

#endif							/* EDUSTATS_COUNTED_H */
