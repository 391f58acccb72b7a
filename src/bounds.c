/*
 * bounds.c: the days that the rows of a partition can have, read off its bounds.
 *
 * When a partition is gone nobody can tell which rows it held; its bounds, recorded while it was there, say which it
 * can't have held.
 */
#include "source.h"

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

/*
 * See source.h. A default partition is bounded by nothing, as it takes in what others leave. A day more at either end:
 * where clocks go back over midnight, later instants may lie on an earlier day.
 */
void
edustats_partition_days(Oid relation, Oid root, const char *time_column, text *zone, DateADT *first, DateADT *last)
{
	LocalDayCache *days = edustats_local_day_cache(CurrentMemoryContext);

	*first = DATEVAL_NOBEGIN;
	*last = DATEVAL_NOEND;
	while (relation != root && get_rel_relispartition(relation))
	{
		Oid			parent = get_partition_parent(relation, true);	/* older snapshots see one that is being detached */
		PartitionBoundSpec *bound = is_ranged_by(parent, time_column) ? bound_of(relation) : NULL;
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
