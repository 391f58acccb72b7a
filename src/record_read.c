/*
 * record_read.c: reading the record of a bulletin's sources.
 *
 * It is read by plain scans of plain tables, so that no code of anybody's runs: whoever writes to a source reads it, and
 * whoever asks for a figure. Its owner can write what he likes there; what makes no sense is a problem of the record, and
 * never an error for a writer.
 */
#include "record.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

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
	edustats_watch(relid);
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

/* More would be work for everybody who comes to write. */
#define MOST_DEFINITION 1000000

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

/* The definition of a metric, of any length within reason; NULL for NULL. */
static char *
definition_of(RecordScan *scan)
{
	Datum		value;

	if (!value_of(scan, "definition", TEXTOID, &value))
		return NULL;
	if (toast_raw_datum_size(value) < MOST_DEFINITION)
		return TextDatumGetCString(value);
	not_ours(scan, "too long a text in column", "definition");
	return NULL;
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
	SourceMetric *metric;
	Datum		note;
	Datum		null_key;

	while (next_row(scan))
	{
		if (record->nmetrics >= MOST_METRICS)
			not_ours(scan, psprintf("more than %d rows of", MOST_METRICS), "metric");
		metric = add_metric(record, text_of(scan, "metric"), needed_name(scan, "source"));
		if (metric->name[0] == '\0')
			not_ours(scan, "no name in column", "metric");
		metric->columns[COLUMN_TIME] = needed_name(scan, "time_column");
		metric->columns[COLUMN_KEY] = needed_name(scan, "key_column");
		metric->columns[COLUMN_WEIGHT] = name_of(scan, "weight_column");
		metric->columns[COLUMN_MEMBER] = name_of(scan, "member_column");
		metric->has_null_key = value_of(scan, "null_key", INT8OID, &null_key);
		metric->null_key = metric->has_null_key ? DatumGetInt64(null_key) : 0;
		metric->recorded = definition_of(scan);
		metric->unseen = value_of(scan, "note", TEXTOID, &note);
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

/* Of an array of columns' numbers. */
#define MOST_BYTES ((Size) (ARR_OVERHEAD_NONULLS(1) + VARHDRSZ) + MaxHeapAttributeNumber * sizeof(int16))

/* The columns' numbers of a part. */
static void
read_columns(RecordScan *scan, SourcePart *part)
{
	Datum		value;
	ArrayType  *numbers;

	if (!value_of(scan, "columns", INT2ARRAYOID, &value))
		return;
	numbers = toast_raw_datum_size(value) <= MOST_BYTES ? DatumGetArrayTypeP(value) : NULL;
	if (numbers == NULL || ARR_NDIM(numbers) > 1 || ARR_HASNULL(numbers))
	{
		not_ours(scan, "no numbers of columns in", "columns");
		return;
	}
	part->ncolumns = ArrayGetNItems(ARR_NDIM(numbers), ARR_DIMS(numbers));
	part->columns = palloc(part->ncolumns * sizeof(int16));
	memcpy(part->columns, (char *) numbers + ARR_OVERHEAD_NONULLS(ARR_NDIM(numbers)), part->ncolumns * sizeof(int16));
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
		edustats_watch(part->relation);
		read_columns(scan, part);
		part->first = date_of(scan, "first", DATEVAL_NOBEGIN);
		part->last = date_of(scan, "last", DATEVAL_NOEND);
		part->bears = value_of(scan, "bears", BOOLOID, &value) && DatumGetBool(value);
		part->restored = !value_of(scan, "recorded", OIDOID, &value) || DatumGetObjectId(value) != part->relation;
	}
}

static void
read_watches(RecordScan *scan, SourceRecord *record)
{
	while (next_row(scan))
	{
		SourceMetric *metric = edustats_metric_named(record, text_of(scan, "metric"));
		SourceWatch *watch;
		Datum		value;

		if (metric == NULL || !value_of(scan, "view", REGCLASSOID, &value))
			continue;
		metric->watches = metric->watches == NULL ? palloc(sizeof(SourceWatch)) :
			repalloc(metric->watches, (metric->nwatches + 1) * sizeof(SourceWatch));
		watch = &metric->watches[metric->nwatches++];
		watch->view = DatumGetObjectId(value);
		watch->margin = value_of(scan, "margin", INT4OID, &value) ? DatumGetInt32(value) : 0;
		edustats_watch(watch->view);
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

/* See record.h. */
void
edustats_read_record(SourceRecord *record, Snapshot snapshot)
{
	read_table(record, snapshot, "attachment", read_attachment);
	read_table(record, snapshot, "metric", read_metrics);
	read_table(record, snapshot, "part", read_parts);
	read_table(record, snapshot, "watch", read_watches);
}

/* See record.h. */
bool
edustats_is_version(SourceRecord *record, Snapshot snapshot)
{
	RecordScan	scan;
	bool		same;

	if (!open_scan(&scan, record, "attachment", snapshot))
		return false;
	same = next_row(&scan) && version_of(&scan) == record->version;
	close_scan(&scan);
	return same;
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
		found = matches(scan.row, state);
	close_scan(&scan);
	return found;
}
