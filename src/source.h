/*
 * source.h: what attach has recorded of a bulletin's sources, and whether it still holds.
 *
 * A bulletin's owner has a schema of data, and in it the record: "attachment" (one row: platform and zone), "metric"
 * (relation and columns by name, as the platform's contract has them) and "part" (each relation that is counted and its
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

/* A metric's columns; for the classes of members (the metric "") member_id stands first, then what makes the class. */
enum
{
	COLUMN_TIME, COLUMN_KEY, COLUMN_WEIGHT, COLUMN_MEMBER, SOURCE_COLUMNS
};

/* One relation that a metric counts: a table, or one level or leaf of its partitions or inheritance children. */
typedef struct SourcePart
{
	Oid			relation;
	AttrNumber	columns[SOURCE_COLUMNS];	/* 0: the metric has no such column */
	bool		restored;		/* whether the relation is another one since a restore, with numbers of its own */
	DateADT		first;			/* the days that its bounds as a partition allow; infinite where they don't say */
	DateADT		last;
	bool		bears;			/* whether triggers were made on it */
} SourcePart;

typedef struct SourceMetric
{
	char	   *name;			/* empty for the classes of members */
	char	   *relation;		/* its name in the platform */
	char	   *columns[SOURCE_COLUMNS];	/* NULL: no such column */
	bool		unseen;			/* its writes can't be seen, so that its latest days are always dirty */
	SourcePart *parts;
	int			nparts;
	Oid			holds_for;		/* the relation for which all of this has been found to hold; InvalidOid: not asked yet */
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

/* A metric, and the part that a relation is of it. */
typedef struct CountedAs
{
	SourceMetric *metric;
	SourcePart *part;
	AttrNumber	columns[SOURCE_COLUMNS];	/* by their names, now */
	const char *problem;		/* why they are not what was counted; NULL where they are */
} CountedAs;

/* The record in a schema of data; never NULL, but it may have a problem. */
extern SourceRecord *edustats_record(Oid schema);

/* Has anything changed since the record was read? */
extern bool edustats_record_is_stale(void);

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

/* What a relation is counted as, in memory that lives as long as the record; their number in *count. */
extern CountedAs *edustats_counted_as(SourceRecord *record, Oid relation, int *count);

/* Are all triggers there on a relation, and on, that a record's log needs? */
extern bool edustats_bears_triggers(SourceRecord *record, Oid relation);

/* The schemas of data, as OIDs, whose triggers a relation bears. */
extern List *edustats_trigger_schemas(Oid relation);

/* The metric of that name; NULL for none. */
extern SourceMetric *edustats_metric_named(SourceRecord *record, const char *name);

/* The relation that a metric counts by its name, now; InvalidOid for none. */
extern Oid	edustats_source_relation(SourceRecord *record, SourceMetric *metric);

/* The number that one of a metric's columns has in a relation now, by its name; 0 for none. */
extern AttrNumber edustats_column_number(SourceMetric *metric, int column, Oid relation);

/* Why the columns of a part are not what was counted; NULL where they are. */
extern char *edustats_columns_problem(SourceMetric *metric, SourcePart *part);

/* InvalidOid if there is no such relation. */
extern Oid	edustats_relation_owner(Oid relation);

/* A relation's full name, quoted, for messages. */
extern char *edustats_relation_name(Oid relation);

/* Called when the module is loaded. */
extern void edustats_source_init(void);

/* bounds.c: the local days that a relation's rows can have, by its bounds as a partition of root. */
extern void edustats_partition_days(Oid relation, Oid root, const char *time_column, text *zone,
									DateADT *first, DateADT *last);

#endif							/* EDUSTATS_SOURCE_H */
