/*
 * source.h: what attach has recorded of a bulletin's sources, and whether it still holds.
 *
 * A bulletin's owner has a schema of data, and in it the record: "attachment" (one row: platform and zone), "metric"
 * (relation and columns by name, and what these were defined as) and "part" (each table beneath that is counted, with its
 * columns by number, as they were when its triggers were made). Names say what is to be counted, numbers what was; where
 * the two part, or the triggers are not there and on, the rollup can't be trusted.
 */
#ifndef EDUSTATS_SOURCE_H
#define EDUSTATS_SOURCE_H

#include "edustats.h"

#include "executor/tuptable.h"
#include "storage/lockdefs.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

/* A metric's columns. */
enum
{
	COLUMN_TIME, COLUMN_KEY, COLUMN_WEIGHT, COLUMN_MEMBER, SOURCE_COLUMNS
};

/* One table beneath a metric's source, or one level or leaf of its partitions or inheritance children. */
typedef struct SourcePart
{
	Oid			relation;
	int16	   *columns;		/* numbers of those that matter, ascending */
	int			ncolumns;
	bool		restored;		/* whether the relation is another one since a restore, with numbers of its own */
	DateADT		first;			/* the days that its bounds as a partition allow; infinite where they don't say */
	DateADT		last;
	bool		bears;			/* whether triggers were made on it */
} SourcePart;

/* A view of the owner's that says when a row of a table is, whose writes make that day, and some around it, dirty. */
typedef struct SourceWatch
{
	Oid			view;
	int			margin;			/* days before and after */
} SourceWatch;

typedef struct SourceMetric
{
	char	   *name;
	char	   *relation;		/* its name in the platform */
	char	   *columns[SOURCE_COLUMNS];	/* NULL: no such column */
	bool		has_null_key;	/* whether a row without a key counts */
	int64		null_key;		/* and under which */
	char	   *recorded;		/* what it was defined as; NULL where that is not known */
	bool		unseen;			/* its writes can't be seen, so that its latest days are always dirty */
	SourcePart *parts;
	int			nparts;
	SourceWatch *watches;
	int			nwatches;
	bool		holds;			/* all of this has been found to hold */
	struct SourceDefinition *definition;	/* what it is defined as now; NULL: not asked yet */
} SourceMetric;

/* The record of one bulletin. It lives until anything changes that it was read from, or that it speaks of. */
typedef struct SourceRecord
{
	Oid			schema;			/* of the bulletin's data */
	char		name[NAMEDATALEN];	/* of the schema */
	Oid			owner;
	Oid			platform;		/* schema of the sources; InvalidOid if it is gone */
	text	   *zone;
	SourceMetric *metrics;
	int			nmetrics;
	TransactionId version;		/* xmin of the row of "attachment", which every change of the record updates */
	const char *problem;		/* why there is no record that can be trusted; NULL where there is one */
} SourceRecord;

/* The record in a schema of data; never NULL, but it may have a problem. */
extern SourceRecord *edustats_record(Oid schema);

/* The same, for a caller who has its owner's rights; an error where it can't be trusted. */
extern SourceRecord *edustats_trusted_record(Oid schema);

/* Has anything changed since the record was read? */
extern bool edustats_record_is_stale(void);

/* Has all records read anew when they are next asked for. */
extern void edustats_forget_record(void);

/* While anybody holds the records, those that become stale are kept. */
extern void edustats_hold_records(bool hold);

/* Has what is kept forgotten when the relation changes. */
extern void edustats_watch(Oid relation);

/* Memory that lives as long as the records do. */
extern MemoryContext edustats_record_memory(void);

/* Is there a row in a table of the record's schema, as the query sees it, for which matches is true? */
typedef bool (*RowMatches) (TupleTableSlot *row, void *state);
extern bool edustats_any_row(SourceRecord *record, const char *table, RowMatches matches, void *state);

/*
 * The record as a snapshot sees it: what a rollup under that snapshot was computed by, which a refresh may have replaced
 * since. In memory of the caller's, or the cached one where it is the same.
 */
extern SourceRecord *edustats_record_at(Oid schema, Snapshot snapshot);

/* Has the owner of a schema of data the rights of a relation's? */
extern bool edustats_may_count(Oid schema, Oid relation);

/*
 * To be asked before the record is read for somebody who writes to, or alters, the relation: an owner who has not the rights
 * of the relation's can't make others wait for locks on his tables.
 */
extern bool edustats_may_read_record(Oid schema, Oid relation);

/* Opens a plain table; NULL if there is none of that OID. */
extern Relation edustats_open_table(Oid relid, LOCKMODE lock);

/* The parts of metrics that a relation bears triggers for: those of one metric, NULL if it is none. */
extern SourcePart *edustats_part_of(SourceMetric *metric, Oid relation);

/* Are all triggers there on a relation, and on, that a record's log needs? */
extern bool edustats_bears_triggers(SourceRecord *record, Oid relation);

/* Is a relation's trigger of this name one for each row that a subscription applies? */
extern bool edustats_is_apply_trigger(Oid relation, const char *name);

/* The schemas of data, as OIDs, whose triggers a relation bears. */
extern List *edustats_trigger_schemas(Oid relation);

/* The metric of that name; NULL for none. */
extern SourceMetric *edustats_metric_named(SourceRecord *record, const char *name);

/* A relation of the platform by its name, now; InvalidOid for none. */
extern Oid	edustats_platform_relation(SourceRecord *record, const char *name);

/* Is a relation another one, or a partition or child of it at any level? */
extern bool edustats_is_beneath(Oid relation, Oid ancestor);

/* Is a column of the type that a query's column of this name must have? */
extern bool edustats_type_fits(Oid relation, AttrNumber column, const char *name);

/* The numbers of a metric's columns in a part of its source, by their names now, ascending; NULL where one is not there. */
extern int16 *edustats_part_columns(SourceMetric *metric, Oid relation, int *ncolumns);

/* Why the columns of a part are not what was counted; NULL where they are. */
extern char *edustats_columns_problem(SourceMetric *metric, SourcePart *part);

/* InvalidOid if there is no such relation. */
extern Oid	edustats_relation_owner(Oid relation);

/* A relation's full name, quoted, for messages. */
extern char *edustats_relation_name(Oid relation);

/* Called when the module is loaded. */
extern void edustats_source_init(void);

/* bounds.c: the local days that a metric's rows of a part of its source can have, by its bounds as a partition. */
extern void edustats_part_days(SourceRecord *record, SourceMetric *metric, Oid relation, DateADT *first, DateADT *last);

#endif							/* EDUSTATS_SOURCE_H */
