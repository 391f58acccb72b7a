/*
 * dirty.c: the dirty log's triggers.
 *
 * A write to a source logs, in its own transaction, which days of which metric it touched; a write to the member
 * relation logs which members may have changed their class. Both are statement triggers that read the transition
 * tables once. A mark is logged once per transaction: the set of marks already logged follows subtransactions, since a
 * rollback to a savepoint takes the logged row away again.
 */
#include "edustats.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#define LOG_TABLE "dirty"

/* Columns of the log, as attach creates them. */
enum
{
	LOG_METRIC, LOG_MONTH, LOG_DAY, LOG_MEMBER, LOG_COLUMNS
};

static const Oid log_types[LOG_COLUMNS] = {TEXTOID, DATEOID, DATEOID, INT8OID};

/* One mark: a day of a metric, or a member (of every metric, so the metric's name is empty). */
typedef struct Mark
{
	Oid			log;
	NameData	metric;
	int64		value;
} Mark;

/* The marks of this transaction: for look-up, and in the order of logging with the nesting level they belong to. */
typedef struct LoggedMark
{
	Mark		mark;
	int			level;
} LoggedMark;

static HTAB *seen = NULL;
static LoggedMark *logged = NULL;
static int	nlogged = 0;
static int	logged_size = 0;

/* What one firing of a trigger marks, taken from the trigger's arguments. */
typedef struct Marker
{
	Relation	source;
	Relation	log;
	NameData	metric;			/* empty where members are marked */
	text	   *zone;			/* NULL where members are marked */
	LocalDayCache *days;
	int			ncolumns;		/* the value's column first, then those whose change matters as well */
	AttrNumber *columns;
	EState	   *estate;			/* for inserting, made at the first mark */
	ResultRelInfo *target;
	TupleTableSlot *log_slot;
	bool		have_last;
	int64		last;
} Marker;

PG_FUNCTION_INFO_V1(edustats_mark_days);
PG_FUNCTION_INFO_V1(edustats_mark_members);
PG_FUNCTION_INFO_V1(edustats_mark_truncate);

/* Forgets the marks at the end of a transaction; their memory goes with it. */
static void
forget_marks(XactEvent event, void *arg)
{
	seen = NULL;
	logged = NULL;
	nlogged = logged_size = 0;
}

/* Keeps the set of marks in step with the end of a subtransaction. */
static void
end_subtransaction(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	int			level = GetCurrentTransactionNestLevel();

	if (event == SUBXACT_EVENT_COMMIT_SUB)
		for (int i = nlogged - 1; i >= 0 && logged[i].level >= level; i--)
			logged[i].level = level - 1;
	else if (event == SUBXACT_EVENT_ABORT_SUB)
		while (nlogged > 0 && logged[nlogged - 1].level >= level)
			hash_search(seen, &logged[--nlogged].mark, HASH_REMOVE, NULL);
}

/* Called when the module is loaded. */
void
edustats_dirty_init(void)
{
	RegisterXactCallback(forget_marks, NULL);
	RegisterSubXactCallback(end_subtransaction, NULL);
}

static void
create_seen(void)
{
	HASHCTL		control = {
		.keysize = sizeof(Mark),
		.entrysize = sizeof(Mark),
		.hcxt = TopTransactionContext
	};

	logged_size = 64;
	logged = MemoryContextAlloc(TopTransactionContext, logged_size * sizeof(LoggedMark));
	seen = hash_create("edustats marks", logged_size, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Notes a mark; true if this transaction has not logged it yet. */
static bool
note_mark(Marker *marker, int64 value)
{
	Mark		mark;
	bool		found;

	if (seen == NULL)
		create_seen();
	memset(&mark, 0, sizeof(mark));
	mark.log = RelationGetRelid(marker->log);
	mark.metric = marker->metric;
	mark.value = value;

	if (nlogged == logged_size)
	{
		logged = repalloc_huge(logged, mul_size(2 * sizeof(LoggedMark), logged_size));
		logged_size *= 2;
	}
	hash_search(seen, &mark, HASH_ENTER, &found);
	if (found)
		return false;
	logged[nlogged].mark = mark;
	logged[nlogged++].level = GetCurrentTransactionNestLevel();
	return true;
}

/*
 * Makes ready to insert into the log. The rows go in beneath the permission checks, as writers of a source need no
 * rights on the bulletin, but through the executor, so that whatever index the log has is kept.
 */
static void
open_target(Marker *marker)
{
	marker->estate = CreateExecutorState();
	marker->target = makeNode(ResultRelInfo);
	InitResultRelInfo(marker->target, marker->log, 1, NULL, 0);
	ExecOpenIndices(marker->target, false);
	marker->log_slot = MakeSingleTupleTableSlot(RelationGetDescr(marker->log), &TTSOpsVirtual);
}

/* Appends a mark to the log, unless this transaction has logged it already. */
static void
log_mark(Marker *marker, int64 value)
{
	TupleTableSlot *slot;

	if (marker->have_last && marker->last == value)
		return;
	marker->have_last = true;
	marker->last = value;
	if (!note_mark(marker, value))
		return;

	if (marker->estate == NULL)
		open_target(marker);
	slot = ExecClearTuple(marker->log_slot);
	memset(slot->tts_isnull, true, LOG_COLUMNS * sizeof(bool));
	if (marker->zone != NULL)
	{
		slot->tts_values[LOG_METRIC] = CStringGetTextDatum(NameStr(marker->metric));
		slot->tts_values[LOG_MONTH] = DateADTGetDatum(edustats_month_of((DateADT) value));
		slot->tts_values[LOG_DAY] = DateADTGetDatum((DateADT) value);
		slot->tts_isnull[LOG_METRIC] = slot->tts_isnull[LOG_MONTH] = slot->tts_isnull[LOG_DAY] = false;
	}
	else
	{
		slot->tts_values[LOG_MEMBER] = Int64GetDatum(value);
		slot->tts_isnull[LOG_MEMBER] = false;
	}
	ExecStoreVirtualTuple(slot);
	ExecSimpleRelationInsert(marker->target, marker->estate, slot);
	ResetPerTupleExprContext(marker->estate);
}

/* An integer column's value, whatever its width; attach has checked that it is one. */
static int64
integer_value(Datum value, Oid type)
{
	switch (type)
	{
		case INT2OID:
			return DatumGetInt16(value);
		case INT4OID:
			return DatumGetInt32(value);
		case INT8OID:
			return DatumGetInt64(value);
		default:
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("members are not numbered by %s", format_type_be(type)),
					 errhint("CALL edustats.attach again after changing a column's type.")));
	}
	return 0;					/* keep compilers quiet */
}

/* A column's type, or the type beneath its domain. */
static Oid
column_type(Marker *marker, int i)
{
	return getBaseType(TupleDescAttr(RelationGetDescr(marker->source), marker->columns[i] - 1)->atttypid);
}

/* Marks what a row of the source touches; rows without a value, or out of time, are counted nowhere. */
static void
mark_row(Marker *marker, TupleTableSlot *row)
{
	bool		isnull;
	Datum		value = slot_getattr(row, marker->columns[0], &isnull);

	if (isnull)
		return;
	if (marker->zone == NULL)
		log_mark(marker, integer_value(value, column_type(marker, 0)));
	else if (!TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(value)))
		log_mark(marker, edustats_local_day(marker->days, DatumGetTimestampTz(value), marker->zone));
}

/* Are two versions of a row the same in every column that matters? */
static bool
same_row(Marker *marker, TupleTableSlot *before, TupleTableSlot *after)
{
	for (int i = 0; i < marker->ncolumns; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(marker->source), marker->columns[i] - 1);
		bool		null_before;
		bool		null_after;
		Datum		value_before = slot_getattr(before, marker->columns[i], &null_before);
		Datum		value_after = slot_getattr(after, marker->columns[i], &null_after);

		if (null_before != null_after ||
			(!null_before && !datum_image_eq(value_before, value_after, attribute->attbyval, attribute->attlen)))
			return false;
	}
	return true;
}

/* Starts reading a transition table from its first row; other triggers of the same statement may have read it too. */
static TupleTableSlot *
open_transition(Marker *marker, Tuplestorestate *rows)
{
	tuplestore_select_read_pointer(rows, 0);
	tuplestore_rescan(rows);
	return MakeSingleTupleTableSlot(RelationGetDescr(marker->source), &TTSOpsMinimalTuple);
}

static void
mark_rows(Marker *marker, Tuplestorestate *rows)
{
	TupleTableSlot *row = open_transition(marker, rows);

	while (tuplestore_gettupleslot(rows, true, false, row))
	{
		CHECK_FOR_INTERRUPTS();
		mark_row(marker, row);
	}
	ExecDropSingleTupleTableSlot(row);
}

/* An update fills both tables row by row, so that they can be read side by side; a row unchanged for us marks nothing. */
static void
mark_changes(Marker *marker, Tuplestorestate *before, Tuplestorestate *after)
{
	TupleTableSlot *old_row;
	TupleTableSlot *new_row;

	if (tuplestore_tuple_count(before) != tuplestore_tuple_count(after))
	{
		mark_rows(marker, before);
		mark_rows(marker, after);
		return;
	}
	old_row = open_transition(marker, before);
	new_row = open_transition(marker, after);
	while (tuplestore_gettupleslot(before, true, false, old_row) &&
		   tuplestore_gettupleslot(after, true, false, new_row))
	{
		CHECK_FOR_INTERRUPTS();
		if (same_row(marker, old_row, new_row))
			continue;
		mark_row(marker, old_row);
		mark_row(marker, new_row);
	}
	ExecDropSingleTupleTableSlot(old_row);
	ExecDropSingleTupleTableSlot(new_row);
}

/* The log's owner made the trigger, so he has the right to; anybody else's trigger must not write into his log. */
static void
check_log(Relation source, Relation log)
{
	TupleDesc	columns = RelationGetDescr(log);
	bool		fits = log->rd_rel->relkind == RELKIND_RELATION && columns->natts == LOG_COLUMNS;

	for (int i = 0; fits && i < LOG_COLUMNS; i++)
		fits = TupleDescAttr(columns, i)->atttypid == log_types[i];
	if (!fits)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a dirty log of edustats", RelationGetRelationName(log))));
	if (pg_class_aclcheck(RelationGetRelid(source), log->rd_rel->relowner, ACL_TRIGGER) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("the owner of the attachment may not have a trigger on \"%s\"",
						RelationGetRelationName(source)),
				 errhint("Grant TRIGGER on the source to the attachment's owner, or drop the trigger.")));
}

/*
 * Opens the log of a bulletin; NULL, with a warning, if the bulletin is gone: its schema was dropped without
 * edustats.detach, and the platform's writes must not fail for that.
 */
static Relation
open_log(Relation source, const char *bulletin)
{
	Oid			schema = get_namespace_oid(bulletin, true);
	Oid			log = OidIsValid(schema) ? get_relname_relid(LOG_TABLE, schema) : InvalidOid;
	Relation	relation = OidIsValid(log) ? try_table_open(log, RowExclusiveLock) : NULL;

	if (relation == NULL)
		ereport(WARNING,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the bulletin \"%s\" of a trigger on \"%s\" does not exist", bulletin,
						RelationGetRelationName(source)),
				 errhint("CALL edustats.detach('%s') drops the triggers that it left behind.", bulletin)));
	else
		check_log(source, relation);
	return relation;
}

static AttrNumber
source_column(Relation source, const char *name)
{
	int			column = SPI_fnumber(RelationGetDescr(source), name);

	if (column <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of source \"%s\" does not exist", name, RelationGetRelationName(source)),
				 errdetail("An attachment of edustats counts by this column."),
				 errhint("Rename the column back, or CALL edustats.detach.")));
	return (AttrNumber) column;
}

/* Checks the call and returns the trigger's data. */
static TriggerData *
trigger_data(FunctionCallInfo fcinfo, int least_arguments)
{
	TriggerData *data = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_STATEMENT(data->tg_event) ||
		data->tg_trigger->tgnargs < least_arguments)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("this function is for statement triggers that edustats.attach creates")));
	return data;
}

/* Sets up a marker from the trigger's arguments, of which columns begin at first_column. */
static bool
open_marker(Marker *marker, TriggerData *data, int first_column)
{
	char	  **arguments = data->tg_trigger->tgargs;

	marker->source = data->tg_relation;
	marker->log = open_log(marker->source, arguments[0]);
	if (marker->log == NULL)
		return false;
	marker->ncolumns = data->tg_trigger->tgnargs - first_column;
	marker->columns = palloc(marker->ncolumns * sizeof(AttrNumber));
	for (int i = 0; i < marker->ncolumns; i++)
		marker->columns[i] = source_column(marker->source, arguments[first_column + i]);
	return true;
}

/* Marks what the statement wrote, and closes the marker. */
static void
mark_statement(Marker *marker, TriggerData *data)
{
	if (data->tg_oldtable != NULL && data->tg_newtable != NULL)
		mark_changes(marker, data->tg_oldtable, data->tg_newtable);
	else if (data->tg_oldtable != NULL)
		mark_rows(marker, data->tg_oldtable);
	else if (data->tg_newtable != NULL)
		mark_rows(marker, data->tg_newtable);

	if (marker->estate != NULL)
	{
		ExecDropSingleTupleTableSlot(marker->log_slot);
		ExecCloseIndices(marker->target);
		FreeExecutorState(marker->estate);
	}
	table_close(marker->log, NoLock);
}

/* mark_days(bulletin, metric, zone, time column, other columns that matter ...): logs the days that a write touched. */
Datum
edustats_mark_days(PG_FUNCTION_ARGS)
{
	TriggerData *data = trigger_data(fcinfo, 4);
	Marker		marker = {0};

	if (!open_marker(&marker, data, 3))
		return PointerGetDatum(NULL);
	if (column_type(&marker, 0) != TIMESTAMPTZOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of source \"%s\" is not a timestamp with time zone",
						data->tg_trigger->tgargs[3], RelationGetRelationName(marker.source))));
	namestrcpy(&marker.metric, data->tg_trigger->tgargs[1]);
	marker.zone = cstring_to_text(data->tg_trigger->tgargs[2]);
	marker.days = edustats_local_day_cache(CurrentMemoryContext);
	mark_statement(&marker, data);
	return PointerGetDatum(NULL);
}

/* mark_members(bulletin, member column, columns that make the class ...): logs the members whose class a write touched. */
Datum
edustats_mark_members(PG_FUNCTION_ARGS)
{
	TriggerData *data = trigger_data(fcinfo, 2);
	Marker		marker = {0};

	if (open_marker(&marker, data, 1))
		mark_statement(&marker, data);
	return PointerGetDatum(NULL);
}

/* The command that logs the days of a metric between the first and the last row of a relation. */
static char *
truncate_days_command(Relation source, char **arguments)
{
	const char *bulletin = quote_identifier(arguments[0]);
	const char *metric = quote_literal_cstr(arguments[1]);
	const char *zone = quote_literal_cstr(arguments[2]);
	const char *at = quote_identifier(arguments[3]);
	const char *relation = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(source)),
													  RelationGetRelationName(source));

	return psprintf("INSERT INTO %s.dirty (metric, month, day) "
					"SELECT DISTINCT r.metric, r.month, r.day FROM %s.rollup r, "
					"(SELECT pg_catalog.min(%s) AS lower, pg_catalog.max(%s) AS upper FROM %s "
					"WHERE pg_catalog.isfinite(%s)) s "
					"WHERE r.metric = %s AND r.day BETWEEN edustats.local_day(s.lower, %s) AND edustats.local_day(s.upper, %s)",
					bulletin, bulletin, at, at, relation, at, metric, zone, zone);
}

static char *
truncate_members_command(Relation source, char **arguments)
{
	return psprintf("INSERT INTO %s.dirty (member) SELECT %s FROM %s",
					quote_identifier(arguments[0]), quote_identifier(arguments[3]),
					quote_qualified_identifier(get_namespace_name(RelationGetNamespace(source)),
											   RelationGetRelationName(source)));
}

/*
 * mark_truncate(bulletin, metric, zone, time column) before a TRUNCATE logs every day in the relation that the rollup
 * holds; days that it does not hold are in the log already. For the metric '', the fourth argument is the member column
 * and every member is logged. It looks with the newest snapshot, as the TRUNCATE takes newer rows away too.
 */
Datum
edustats_mark_truncate(PG_FUNCTION_ARGS)
{
	TriggerData *data = trigger_data(fcinfo, 4);
	char	  **arguments = data->tg_trigger->tgargs;
	Relation	log = open_log(data->tg_relation, arguments[0]);

	if (log == NULL)
		return PointerGetDatum(NULL);
	edustats_execute_as(log->rd_rel->relowner,
						arguments[1][0] == '\0' ? truncate_members_command(data->tg_relation, arguments) :
						truncate_days_command(data->tg_relation, arguments), true);
	table_close(log, NoLock);
	return PointerGetDatum(NULL);
}
