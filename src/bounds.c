/*
 * bounds.c: the days that the rows of a partition can have, read off its bounds.
 *
 * When a partition is gone nobody can tell which rows it held; its bounds, recorded while it was there, say which it
 * can't have held.
 */
#include "definition.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* Is a relation partitioned by ranges of this column, a timestamptz, alone? */
static bool
is_ranged_by(Oid relid, const char *column)
{
	Relation	relation = table_open(relid, NoLock);
	PartitionKey key = RelationGetPartitionKey(relation);
	bool		ranged = key != NULL && key->strategy == PARTITION_STRATEGY_RANGE && key->partnatts == 1 &&
		key->partattrs[0] != InvalidAttrNumber && key->partattrs[0] == get_attnum(relid, column) &&
		getBaseType(key->parttypid[0]) == TIMESTAMPTZOID;

	table_close(relation, NoLock);
	return ranged;
}

/* The bound of a partition as the catalog keeps it; NULL for none. */
static PartitionBoundSpec *
bound_of(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	PartitionBoundSpec *bound = NULL;
	Datum		value;
	bool		isnull;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	value = SysCacheGetAttr(RELOID, tuple, Anum_pg_class_relpartbound, &isnull);
	if (!isnull)
		bound = stringToNode(TextDatumGetCString(value));
	ReleaseSysCache(tuple);
	return bound;
}

/* The instant of one end of a range; false if it has none. */
static bool
range_end(List *data, TimestampTz *at)
{
	PartitionRangeDatum *datum = linitial(data);

	if (datum->kind != PARTITION_RANGE_DATUM_VALUE)
		return false;
	*at = DatumGetTimestampTz(castNode(Const, datum->value)->constvalue);
	return !TIMESTAMP_NOT_FINITE(*at);
}

/* The column that holds the times of all facts of a table; NULL where they are computed, or the table is a lookup as well. */
static char *
time_column(SourceDefinition *definition, SourceTable *table)
{
	AttrNumber	column = InvalidAttrNumber;
	ListCell   *cell;

	foreach(cell, definition->facts)
	{
		SourceFact *fact = lfirst(cell);

		if (fact->relation != table->relation)
			continue;
		if (!IsA(fact->time, Var) || fact->margin > 0 || (column != InvalidAttrNumber && column != ((Var *) fact->time)->varattno))
			return NULL;
		column = ((Var *) fact->time)->varattno;
	}
	return column == InvalidAttrNumber || !table->fact ? NULL : get_attname(table->relation, column, false);
}

/*
 * The days of a partition of a table, by the column of its rows' times. A default partition is bounded by nothing, as it
 * takes in what others leave. A day more at either end: where clocks go back over midnight, later instants may lie on an
 * earlier day.
 */
static void
narrow_days(Oid relation, Oid root, const char *column, text *zone, DateADT *first, DateADT *last)
{
	LocalDayCache *days = edustats_local_day_cache(CurrentMemoryContext);

	while (relation != root && get_rel_relispartition(relation))
	{
		Oid			parent = get_partition_parent(relation, true);	/* older snapshots see one that is being detached */
		PartitionBoundSpec *bound = is_ranged_by(parent, column) ? bound_of(relation) : NULL;
		TimestampTz at;

		if (bound != NULL && !bound->is_default)
		{
			if (range_end(bound->lowerdatums, &at))
				*first = Max(*first, edustats_local_day_clamped(days, at, zone) - 1);
			if (range_end(bound->upperdatums, &at))
				*last = Min(*last, edustats_local_day_clamped(days, at, zone) + 1);
		}
		relation = parent;
	}
}

/* See source.h. */
void
edustats_part_days(SourceRecord *record, SourceMetric *metric, Oid relation, DateADT *first, DateADT *last)
{
	SourceDefinition *definition = edustats_definition(record, metric);
	int			tables = 0;
	ListCell   *cell;

	*first = DATEVAL_NOBEGIN;
	*last = DATEVAL_NOEND;
	foreach(cell, definition->tables)
	{
		SourceTable *table = lfirst(cell);
		char	   *column;

		if (!edustats_is_beneath(relation, table->relation))
			continue;
		column = tables++ == 0 ? time_column(definition, table) : NULL;
		if (column != NULL)
			narrow_days(relation, table->relation, column, record->zone, first, last);
		else
		{
			*first = DATEVAL_NOBEGIN;
			*last = DATEVAL_NOEND;
		}
	}
}
