/*
 * dirty.c: the dirty log's triggers.
 *
 * A write to a source logs, in its own transaction, which days of which metric it touched; a write to the member
 * relation logs which members may have changed their class. Both are statement triggers that read the transition
 * tables once. One kind of write is in no transition table: a MERGE without INSERT, or without DELETE, that moves rows to
 * other partitions, since for its triggers a moved row is deleted and inserted. So partitioned sources bear a row trigger
 * before UPDATE as well.
 */
#include "dirty.h"

#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* Arguments of the triggers: bulletin, metric, zone, columns ...; for members, metric and zone are empty. */
#define FIRST_COLUMN 3

/* What one firing of a trigger marks, taken from the trigger's arguments. */
typedef struct Marker
{
	Relation	source;
	LogWriter	log;
	text	   *zone;			/* NULL where members are marked */
	LocalDayCache *days;
	int			ncolumns;		/* the value's column first, then those whose change matters as well */
	AttrNumber *columns;
} Marker;

PG_FUNCTION_INFO_V1(edustats_mark_days);
PG_FUNCTION_INFO_V1(edustats_mark_members);
PG_FUNCTION_INFO_V1(edustats_mark_moves);
PG_FUNCTION_INFO_V1(edustats_mark_truncate);

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

/* Type of a column; a domain's is the one beneath. */
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
		edustats_log_mark(&marker->log, integer_value(value, column_type(marker, 0)));
	else if (!TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(value)))
		edustats_log_mark(&marker->log, edustats_local_day(marker->days, DatumGetTimestampTz(value), marker->zone));
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
trigger_data(FunctionCallInfo fcinfo, bool for_row, int least_arguments)
{
	TriggerData *data = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || (TRIGGER_FIRED_FOR_ROW(data->tg_event) != 0) != for_row ||
		(for_row && !(TRIGGER_FIRED_BEFORE(data->tg_event) && TRIGGER_FIRED_BY_UPDATE(data->tg_event))) ||
		data->tg_trigger->tgnargs < least_arguments)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("this function is for triggers that edustats.attach creates")));
	return data;
}

/* Sets up a marker from the trigger's arguments, of which columns begin with the fourth; false if its log is gone. */
static bool
open_marker(Marker *marker, TriggerData *data)
{
	char	  **arguments = data->tg_trigger->tgargs;

	memset(marker, 0, sizeof(Marker));
	marker->source = data->tg_relation;
	if (!edustats_open_log(&marker->log, marker->source, arguments[0], arguments[1]))
		return false;
	marker->ncolumns = data->tg_trigger->tgnargs - FIRST_COLUMN;
	marker->columns = palloc(marker->ncolumns * sizeof(AttrNumber));
	for (int i = 0; i < marker->ncolumns; i++)
		marker->columns[i] = source_column(marker->source, arguments[FIRST_COLUMN + i]);
	return true;
}

/* Kept for the session: made anew for each statement, it would cost more than all else that a row's insertion logs. */
static LocalDayCache *
session_days(void)
{
	static LocalDayCache *days = NULL;

	if (days == NULL)
		days = edustats_local_day_cache(TopMemoryContext);
	return days;
}

/* Sets up a marker of days. */
static bool
open_day_marker(Marker *marker, TriggerData *data)
{
	char	  **arguments = data->tg_trigger->tgargs;

	if (!open_marker(marker, data))
		return false;
	if (column_type(marker, 0) != TIMESTAMPTZOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of source \"%s\" is not a timestamp with time zone",
						arguments[3], RelationGetRelationName(marker->source))));
	marker->zone = cstring_to_text(arguments[2]);
	marker->days = session_days();
	return true;
}

/* Marks what the statement wrote. */
static void
mark_statement(Marker *marker, TriggerData *data)
{
	if (data->tg_oldtable != NULL && data->tg_newtable != NULL)
		mark_changes(marker, data->tg_oldtable, data->tg_newtable);
	else if (data->tg_oldtable != NULL)
		mark_rows(marker, data->tg_oldtable);
	else if (data->tg_newtable != NULL)
		mark_rows(marker, data->tg_newtable);
	edustats_close_log(&marker->log);
}

/* mark_days(bulletin, metric, zone, time column, other columns that matter ...): logs the days that a write touched. */
Datum
edustats_mark_days(PG_FUNCTION_ARGS)
{
	TriggerData *data = trigger_data(fcinfo, false, 4);
	Marker		marker;

	if (open_day_marker(&marker, data))
		mark_statement(&marker, data);
	return PointerGetDatum(NULL);
}

/* mark_members(bulletin, '', '', member column, columns that make the class ...): logs the members that a write touched. */
Datum
edustats_mark_members(PG_FUNCTION_ARGS)
{
	TriggerData *data = trigger_data(fcinfo, false, 4);
	Marker		marker;

	if (open_marker(&marker, data))
		mark_statement(&marker, data);
	return PointerGetDatum(NULL);
}

/*
 * mark_moves(bulletin, metric, zone, columns ...), before UPDATE of a row: logs its days; its member where the metric
 * is empty.
 */
Datum
edustats_mark_moves(PG_FUNCTION_ARGS)
{
	TriggerData *data = trigger_data(fcinfo, true, 4);
	bool		of_members = data->tg_trigger->tgargs[1][0] == '\0';
	Marker		marker;

	if (of_members ? open_marker(&marker, data) : open_day_marker(&marker, data))
	{
		if (!same_row(&marker, data->tg_trigslot, data->tg_newslot))
		{
			mark_row(&marker, data->tg_trigslot);
			mark_row(&marker, data->tg_newslot);
		}
		edustats_close_log(&marker.log);
	}
	return PointerGetDatum(data->tg_newtuple);
}

static char *
relation_name(Relation relation)
{
	return quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
									  RelationGetRelationName(relation));
}

/* The command that logs the days of a metric between the first and the last row of a relation. */
static char *
truncate_days_command(Relation source, char **arguments)
{
	const char *bulletin = quote_identifier(arguments[0]);
	const char *metric = quote_literal_cstr(arguments[1]);
	const char *zone = quote_literal_cstr(arguments[2]);
	const char *at = quote_identifier(arguments[3]);
	const char *relation = relation_name(source);

	return psprintf("INSERT INTO %s.dirty (metric, month, day) "
					"SELECT DISTINCT r.metric, r.month, r.day FROM %s.rollup r, "
					"(SELECT pg_catalog.min(%s) AS lower, pg_catalog.max(%s) AS upper FROM ONLY %s "
					"WHERE pg_catalog.isfinite(%s)) s "
					"WHERE r.metric = %s AND r.day BETWEEN edustats.local_day(s.lower, %s) AND edustats.local_day(s.upper, %s)",
					bulletin, bulletin, at, at, relation, at, metric, zone, zone);
}

static char *
truncate_members_command(Relation source, char **arguments)
{
	return psprintf("INSERT INTO %s.dirty (member) SELECT %s FROM ONLY %s",
					quote_identifier(arguments[0]), quote_identifier(arguments[3]), relation_name(source));
}

/*
 * mark_truncate(bulletin, metric, zone, time column) before a TRUNCATE logs every day in the relation that the rollup
 * holds; days that it does not hold are in the log already. For the metric '', the fourth argument is the member column
 * and every member is logged. It looks with the newest snapshot, as the TRUNCATE takes newer rows away too, and at the
 * relation alone, as the partitions below have triggers of their own that fire.
 */
Datum
edustats_mark_truncate(PG_FUNCTION_ARGS)
{
	TriggerData *data = trigger_data(fcinfo, false, 4);
	char	  **arguments = data->tg_trigger->tgargs;
	LogWriter	writer;

	if (!edustats_open_log(&writer, data->tg_relation, arguments[0], arguments[1]))
		return PointerGetDatum(NULL);
	edustats_execute_as(writer.log->rd_rel->relowner,
						arguments[1][0] == '\0' ? truncate_members_command(data->tg_relation, arguments) :
						truncate_days_command(data->tg_relation, arguments), true);
	edustats_close_log(&writer);
	return PointerGetDatum(NULL);
}
