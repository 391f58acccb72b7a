/*
 * source.c: the record of a bulletin's sources, read once and kept until something changes that it was read from or
 * that it speaks of.
 *
 * It is read by plain scans of plain tables, so that no code of anybody's runs: whoever writes to a source reads it, and
 * whoever asks for a figure.
 */
#include "source.h"

#include "access/detoast.h"
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

static MemoryContext cache = NULL;	/* all that is below; emptied as a whole */
static HTAB *records = NULL;	/* SourceRecord by schema */
static HTAB *counted_relations = NULL;	/* Counted by schema and relation */
static HTAB *watched = NULL;	/* relations whose change empties the cache */
static bool stale = true;

/* A relation that something here was read from has changed, or nobody knows which one has. */
static void
relation_changed(Datum arg, Oid relation)
{
	if (!stale && (!OidIsValid(relation) || hash_search(watched, &relation, HASH_FIND, NULL) != NULL))
		stale = true;
}

/* A schema, or who has whose rights. */
static void
catalog_changed(Datum arg, int id, uint32 value)
{
	stale = true;
}

/* See source.h. */
void
edustats_source_init(void)
{
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHOID, catalog_changed, (Datum) 0);
}

/* What a relation is counted as, looked up once. */
typedef struct Counted
{
	struct
	{
		Oid			schema;
		Oid			relation;
	}			key;
	int			count;
	CountedAs  *as;
} Counted;

static HTAB *
create_table(const char *name, Size key, Size entry)
{
	HASHCTL		control = {.keysize = key, .entrysize = entry, .hcxt = cache};

	return hash_create(name, 32, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Empties the cache where something has changed. Not while one of its records is in use. */
static void
refresh_cache(void)
{
	if (!stale)
		return;
	if (cache == NULL)
		cache = AllocSetContextCreate(CacheMemoryContext, "edustats sources", ALLOCSET_DEFAULT_SIZES);
	MemoryContextReset(cache);
	records = create_table("edustats records", sizeof(Oid), sizeof(SourceRecord));
	counted_relations = create_table("edustats counted relations", 2 * sizeof(Oid), sizeof(Counted));
	watched = create_table("edustats watched relations", sizeof(Oid), sizeof(Oid));
	stale = false;
}

static void
watch(Oid relation)
{
	hash_search(watched, &relation, HASH_ENTER, NULL);
}

/* One table of the record, while it is read. What is found wrong with it is the record's problem. */
typedef struct RecordScan
{
	SourceRecord *record;
	Relation	table;
	TableScanDesc scan;
	TupleTableSlot *row;
} RecordScan;

/* See source.h. An index or a type of that name would be an error when it is opened, so it isn't. */
Relation
edustats_open_table(Oid relid, LOCKMODE lock)
{
	Relation	table = get_rel_relkind(relid) == RELKIND_RELATION ? try_table_open(relid, lock) : NULL;

	if (table != NULL && table->rd_rel->relkind != RELKIND_RELATION)
	{
		table_close(table, lock);
		table = NULL;
	}
	return table;
}

/* Opens a table of the record under a snapshot; false, with the record's problem, if it isn't one that the owner's attach made. */
static bool
open_scan(RecordScan *scan, SourceRecord *record, const char *name, Snapshot snapshot)
{
	Oid			relid = get_relname_relid(name, record->schema);

	scan->record = record;
	scan->table = edustats_open_table(relid, AccessShareLock);
	if (scan->table == NULL)
	{
		record->problem = psprintf("schema \"%s\" has no table \"%s\"", record->name, name);
		return false;
	}
	watch(relid);
	if (scan->table->rd_rel->relowner != record->owner)
	{
		record->problem = psprintf("\"%s.%s\" is no table of the bulletin's owner", record->name, name);
		table_close(scan->table, AccessShareLock);
		return false;
	}
	scan->scan = table_beginscan(scan->table, RegisterSnapshot(snapshot), 0, NULL);
	scan->row = table_slot_create(scan->table, NULL);
	return true;
}

static bool
next_row(RecordScan *scan)
{
	CHECK_FOR_INTERRUPTS();
	return scan->record->problem == NULL && table_scan_getnextslot(scan->scan, ForwardScanDirection, scan->row);
}

static void
close_scan(RecordScan *scan)
{
	Snapshot	snapshot = scan->scan->rs_snapshot;

	ExecDropSingleTupleTableSlot(scan->row);
	table_endscan(scan->scan);
	UnregisterSnapshot(snapshot);
	table_close(scan->table, AccessShareLock);
}

static void
not_ours(RecordScan *scan, const char *why, const char *column)
{
	if (scan->record->problem == NULL)
		scan->record->problem = psprintf("table \"%s.%s\" is not as edustats made it: %s \"%s\"", scan->record->name,
										 RelationGetRelationName(scan->table), why, column);
}

/* A column's value in the row that is being read; false for NULL, and with the record's problem for another type. */
static bool
value_of(RecordScan *scan, const char *column, Oid type, Datum *value)
{
	int			number = SPI_fnumber(RelationGetDescr(scan->table), column);
	bool		isnull;

	if (number <= 0 || TupleDescAttr(RelationGetDescr(scan->table), number - 1)->atttypid != type)
	{
		not_ours(scan, psprintf("there is no %s in column", format_type_be(type)), column);
		return false;
	}
	*value = slot_getattr(scan->row, number, &isnull);
	return !isnull;
}

/* A name in the row that is being read, NULL for NULL. */
static char *
name_of(RecordScan *scan, const char *column)
{
	Datum		value;

	return value_of(scan, column, NAMEOID, &value) ? pstrdup(NameStr(*DatumGetName(value))) : NULL;
}

/* The same where there must be one. */
static char *
needed_name(RecordScan *scan, const char *column)
{
	char	   *name = name_of(scan, column);

	if (name == NULL)
		not_ours(scan, "NULL in column", column);
	return name == NULL ? "" : name;
}

/* A text no longer than a name, which marks are made of; empty for NULL. Nothing longer is even fetched. */
static char *
text_of(RecordScan *scan, const char *column)
{
	Datum		value;

	if (!value_of(scan, column, TEXTOID, &value))
		return "";
	if (toast_raw_datum_size(value) - VARHDRSZ < NAMEDATALEN)
		return TextDatumGetCString(value);
	not_ours(scan, psprintf("more than %d bytes in column", NAMEDATALEN - 1), column);
	return "";
}

static DateADT
date_of(RecordScan *scan, const char *column, DateADT without)
{
	Datum		value;

	return value_of(scan, column, DATEOID, &value) ? DatumGetDateADT(value) : without;
}

/* More would make everybody's write wait who is the first to read the record. */
#define MOST_METRICS 1000

static SourceMetric *
add_metric(SourceRecord *record, char *name, char *relation)
{
	SourceMetric *metric;

	record->metrics = record->metrics == NULL ? palloc(sizeof(SourceMetric)) :
		repalloc(record->metrics, (record->nmetrics + 1) * sizeof(SourceMetric));
	metric = &record->metrics[record->nmetrics++];
	memset(metric, 0, sizeof(SourceMetric));
	metric->name = name;
	metric->relation = relation;
	return metric;
}

static void
read_metrics(RecordScan *scan, SourceRecord *record)
{
	SourceMetric *metric = add_metric(record, "", "member");

	metric->columns[0] = "member_id";
	metric->columns[1] = "org_type";
	metric->columns[2] = "allocated";
	while (next_row(scan))
	{
		if (record->nmetrics > MOST_METRICS)
			not_ours(scan, psprintf("more than %d rows of", MOST_METRICS), "metric");
		metric = add_metric(record, text_of(scan, "metric"), needed_name(scan, "source"));
		if (metric->name[0] == '\0')
			not_ours(scan, "no name in column", "metric");
		metric->columns[COLUMN_TIME] = needed_name(scan, "time_column");
		metric->columns[COLUMN_KEY] = needed_name(scan, "key_column");
		metric->columns[COLUMN_WEIGHT] = name_of(scan, "weight_column");
		metric->columns[COLUMN_MEMBER] = name_of(scan, "member_column");
		metric->unseen = text_of(scan, "note")[0] != '\0';
	}
}

/* See source.h. */
SourceMetric *
edustats_metric_named(SourceRecord *record, const char *name)
{
	for (int i = 0; i < record->nmetrics; i++)
		if (strcmp(record->metrics[i].name, name) == 0)
			return &record->metrics[i];
	return NULL;
}

/* Of an array of the columns' numbers, with some to spare. */
#define MOST_BYTES 100

/* The columns' numbers of a part, 0 where there is none. */
static void
read_columns(RecordScan *scan, SourcePart *part)
{
	Datum		value;
	ArrayType  *numbers;

	if (!value_of(scan, "columns", INT2ARRAYOID, &value))
		return;
	numbers = toast_raw_datum_size(value) <= MOST_BYTES ? DatumGetArrayTypeP(value) : NULL;
	if (numbers == NULL || ARR_NDIM(numbers) != 1 || ARR_DIMS(numbers)[0] != SOURCE_COLUMNS || ARR_HASNULL(numbers))
		not_ours(scan, "no numbers of columns in", "columns");
	else
		memcpy(part->columns, (char *) numbers + ARR_OVERHEAD_NONULLS(1), sizeof(part->columns));
}

static void
read_parts(RecordScan *scan, SourceRecord *record)
{
	while (next_row(scan))
	{
		SourceMetric *metric = edustats_metric_named(record, text_of(scan, "metric"));
		SourcePart *part;
		Datum		value;

		if (metric == NULL || !value_of(scan, "relation", REGCLASSOID, &value))
			continue;
		metric->parts = metric->parts == NULL ? palloc(sizeof(SourcePart)) :
			repalloc_huge(metric->parts, mul_size(metric->nparts + 1, sizeof(SourcePart)));
		part = &metric->parts[metric->nparts++];
		memset(part, 0, sizeof(SourcePart));
		part->relation = DatumGetObjectId(value);
		watch(part->relation);
		read_columns(scan, part);
		part->first = date_of(scan, "first", DATEVAL_NOBEGIN);
		part->last = date_of(scan, "last", DATEVAL_NOEND);
		part->bears = value_of(scan, "bears", BOOLOID, &value) && DatumGetBool(value);
		part->restored = !value_of(scan, "recorded", OIDOID, &value) || DatumGetObjectId(value) != part->relation;
	}
}

static TransactionId
version_of(RecordScan *scan)
{
	bool		isnull;

	return DatumGetTransactionId(slot_getsysattr(scan->row, MinTransactionIdAttributeNumber, &isnull));
}

/* Reads the one row of "attachment": the zone, and the platform's schema. */
static void
read_attachment(RecordScan *scan, SourceRecord *record)
{
	char	   *source;

	if (!next_row(scan))
	{
		record->problem = psprintf("table \"%s.attachment\" is empty", record->name);
		return;
	}
	record->version = version_of(scan);
	record->zone = cstring_to_text(text_of(scan, "timezone"));
	if (!edustats_zone_exists(record->zone))
		not_ours(scan, "no time zone in column", "timezone");
	source = name_of(scan, "source");
	record->platform = source == NULL ? InvalidOid : get_namespace_oid(source, true);
}

/* Reads one table of the record. */
static void
read_table(SourceRecord *record, Snapshot snapshot, const char *name, void (*read) (RecordScan *scan, SourceRecord *record))
{
	RecordScan	scan;

	if (record->problem != NULL || !open_scan(&scan, record, name, snapshot))
		return;
	read(&scan, record);
	close_scan(&scan);
}

static void
read_record(SourceRecord *record, Snapshot snapshot)
{
	read_table(record, snapshot, "attachment", read_attachment);
	read_table(record, snapshot, "metric", read_metrics);
	read_table(record, snapshot, "part", read_parts);
}

/* See source.h. */
bool
edustats_record_is_stale(void)
{
	return stale;
}

/* See source.h. */
bool
edustats_any_row(SourceRecord *record, const char *table, RowMatches matches, void *state)
{
	RecordScan	scan;
	bool		found = false;

	if (!open_scan(&scan, record, table, GetActiveSnapshot()))
	{
		record->problem = NULL; /* the record itself is none the worse */
		return true;
	}
	while (!found && next_row(&scan))
	{
		CHECK_FOR_INTERRUPTS();
		found = matches(scan.row, state);
	}
	close_scan(&scan);
	return found;
}

/* See source.h. */
SourceRecord *
edustats_record(Oid schema)
{
	SourceRecord *record;
	bool		found;
	HeapTuple	tuple;
	MemoryContext caller;

	refresh_cache();
	record = hash_search(records, &schema, HASH_FIND, NULL);
	if (record != NULL)
		return record;

	tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("schema with OID %u does not exist", schema)));
	record = hash_search(records, &schema, HASH_ENTER, &found);
	memset(record, 0, sizeof(SourceRecord));
	record->schema = schema;
	record->owner = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
	strlcpy(record->name, NameStr(((Form_pg_namespace) GETSTRUCT(tuple))->nspname), NAMEDATALEN);
	ReleaseSysCache(tuple);

	caller = MemoryContextSwitchTo(cache);
	PG_TRY();
	{
		/* The newest: triggers are there as soon as they are committed, and so is what was recorded with them. */
		read_record(record, GetLatestSnapshot());
	}
	PG_CATCH();
	{
		stale = true;			/* what was read by halves is not to be found again */
		PG_RE_THROW();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	if (record->problem != NULL)
		stale = true;			/* what is missing may come, and nobody would tell */
	return record;
}

/* See source.h. */
SourceRecord *
edustats_record_at(Oid schema, Snapshot snapshot)
{
	SourceRecord *newest = edustats_record(schema);
	SourceRecord *record = palloc0(sizeof(SourceRecord));
	RecordScan	scan;
	bool		same;

	if (newest->problem != NULL)
		return newest;
	record->schema = schema;
	record->owner = newest->owner;
	strlcpy(record->name, newest->name, NAMEDATALEN);
	if (!open_scan(&scan, record, "attachment", snapshot))
		return record;
	same = next_row(&scan) && version_of(&scan) == newest->version;
	close_scan(&scan);
	if (same)
		return newest;
	read_record(record, snapshot);
	return record;
}

/* See source.h. */
Oid
edustats_source_relation(SourceRecord *record, SourceMetric *metric)
{
	return OidIsValid(record->platform) ? get_relname_relid(metric->relation, record->platform) : InvalidOid;
}

/* See source.h. */
Oid
edustats_relation_owner(Oid relation)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/* See source.h. */
char *
edustats_relation_name(Oid relation)
{
	char	   *name = get_rel_name(relation);

	return name == NULL ? psprintf("relation %u", relation) :
		quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), name);
}

/* See source.h. */
bool
edustats_may_count(Oid schema, Oid relation)
{
	HeapTuple	tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
	Oid			owner = edustats_relation_owner(relation);
	bool		may = HeapTupleIsValid(tuple) && OidIsValid(owner) &&
		has_privs_of_role(((Form_pg_namespace) GETSTRUCT(tuple))->nspowner, owner);

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return may;
}

/* The tables that are read, and written, for a writer. */
static const char *const record_tables[] = {"attachment", "metric", "part", "log"};

/* See source.h. */
bool
edustats_may_read_record(Oid schema, Oid relation)
{
	if (edustats_may_count(schema, relation))
		return true;
	for (Size i = 0; i < lengthof(record_tables); i++)
	{
		Oid			table = get_relname_relid(record_tables[i], schema);

		if (OidIsValid(table) && !ConditionalLockRelationOid(table, RowExclusiveLock))
			return false;
	}
	return true;
}

/* Is a column of a type that can be counted by? */
static bool
type_fits(Oid relation, AttrNumber column, bool is_time)
{
	Oid			type = getBaseType(get_atttype(relation, column));

	return is_time ? type == TIMESTAMPTZOID : type == INT2OID || type == INT4OID || type == INT8OID;
}

/* See source.h. */
AttrNumber
edustats_column_number(SourceMetric *metric, int column, Oid relation)
{
	return metric->columns[column] == NULL ? InvalidAttrNumber : get_attnum(relation, metric->columns[column]);
}

/* See source.h. */
char *
edustats_columns_problem(SourceMetric *metric, SourcePart *part)
{
	bool		of_members = metric->name[0] == '\0';

	for (int i = 0; i < SOURCE_COLUMNS; i++)
	{
		AttrNumber	now = edustats_column_number(metric, i, part->relation);

		if (now < 0 || (part->restored ? (now == 0) != (part->columns[i] == 0) : now != part->columns[i]))
			return psprintf("column \"%s\" of %s is not the one that was counted", metric->columns[i],
							edustats_relation_name(part->relation));
		if (now != InvalidAttrNumber && (!of_members || i == 0) &&
			!type_fits(part->relation, now, !of_members && i == COLUMN_TIME))
			return psprintf("column \"%s\" of %s is of another type", metric->columns[i], edustats_relation_name(part->relation));
	}
	return NULL;
}

static void
look_up_counted(SourceRecord *record, Counted *counted)
{
	counted->count = 0;
	counted->as = palloc(record->nmetrics * sizeof(CountedAs));
	for (int i = 0; i < record->nmetrics; i++)
		for (int j = 0; j < record->metrics[i].nparts; j++)
		{
			SourcePart *part = &record->metrics[i].parts[j];

			if (part->relation != counted->key.relation || !part->bears)
				continue;
			counted->as[counted->count].metric = &record->metrics[i];
			counted->as[counted->count].part = part;
			for (int k = 0; k < SOURCE_COLUMNS; k++)
				counted->as[counted->count].columns[k] = edustats_column_number(&record->metrics[i], k, part->relation);
			counted->as[counted->count++].problem = edustats_columns_problem(&record->metrics[i], part);
		}
}

/* See source.h. */
CountedAs *
edustats_counted_as(SourceRecord *record, Oid relation, int *count)
{
	Counted		key = {.key = {.schema = record->schema, .relation = relation}};
	bool		found;
	Counted    *counted = hash_search(counted_relations, &key.key, HASH_ENTER, &found);

	if (!found)
	{
		MemoryContext caller = MemoryContextSwitchTo(cache);

		watch(relation);
		look_up_counted(record, counted);
		MemoryContextSwitchTo(caller);
	}
	*count = counted->count;
	return counted->as;
}

/* The function of all our triggers; InvalidOid where there is none. No right on its schema is needed to know it. */
static Oid
trigger_function(void)
{
	oidvector  *arguments = buildoidvector(NULL, 0);

	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum("log_changes"), PointerGetDatum(arguments),
						   ObjectIdGetDatum(get_namespace_oid("edustats", true)));
}

/* The schema that a trigger names as its one argument; NULL if it is none of ours. */
static char *
trigger_schema(HeapTuple tuple, TupleDesc columns, Oid function)
{
	Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);
	bool		isnull;
	Datum		arguments;

	if (trigger->tgfoid != function || trigger->tgnargs != 1)
		return NULL;
	arguments = heap_getattr(tuple, Anum_pg_trigger_tgargs, columns, &isnull);
	/* One argument, and the zero byte that ends it. */
	return isnull ? NULL : pstrdup(VARDATA_ANY(DatumGetByteaPP(arguments)));
}

/* What to do with a trigger of ours that a relation bears. */
typedef void (*TriggerVisitor) (HeapTuple tuple, TupleDesc columns, const char *schema, void *state);

static void
visit_triggers(Oid relation, TriggerVisitor visit, void *state)
{
	Relation	triggers = table_open(TriggerRelationId, AccessShareLock);
	Oid			function = trigger_function();
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	scan = systable_beginscan(triggers, TriggerRelidNameIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		char	   *schema = trigger_schema(tuple, RelationGetDescr(triggers), function);

		if (schema != NULL)
			visit(tuple, RelationGetDescr(triggers), schema, state);
	}
	systable_endscan(scan);
	table_close(triggers, AccessShareLock);
}

/* The triggers of one record, as they are found on a relation. */
typedef struct FoundTriggers
{
	const char *schema;
	uint16		statements;		/* events of those of statements, by their bits in tgtype */
	bool		rows;
} FoundTriggers;

#define ALL_EVENTS (TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE | TRIGGER_TYPE_TRUNCATE)

static void
find_trigger(HeapTuple tuple, TupleDesc columns, const char *schema, void *state)
{
	Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);
	FoundTriggers *found = state;

	if (trigger->tgenabled != TRIGGER_FIRES_ALWAYS || strcmp(schema, found->schema) != 0)
		return;
	if (TRIGGER_FOR_ROW(trigger->tgtype))
		found->rows = true;
	else if (trigger->tgattr.dim1 == 0 && heap_attisnull(tuple, Anum_pg_trigger_tgqual, columns))
		found->statements |= trigger->tgtype & ALL_EVENTS;
}

/* See source.h. */
bool
edustats_bears_triggers(SourceRecord *record, Oid relation)
{
	FoundTriggers found = {.schema = record->name};
	char		kind = get_rel_relkind(relation);

	visit_triggers(relation, find_trigger, &found);
	return found.statements == ALL_EVENTS &&
		(found.rows || (kind != RELKIND_PARTITIONED_TABLE && !get_rel_relispartition(relation)));
}

static void
collect_schema(HeapTuple tuple, TupleDesc columns, const char *schema, void *state)
{
	List	  **schemas = state;
	Oid			oid = get_namespace_oid(schema, true);

	if (OidIsValid(oid))
		*schemas = list_append_unique_oid(*schemas, oid);
}

/* See source.h. */
List *
edustats_trigger_schemas(Oid relation)
{
	List	   *schemas = NIL;

	visit_triggers(relation, collect_schema, &schemas);
	return schemas;
}
