/*
 * mark.c: the trigger on everything that is counted.
 *
 * A write to a source logs, in its own transaction, which days of which metric it touched; a write to the member relation
 * logs which members may have changed their class. What is logged for a relation stands in the record of the bulletin
 * that the trigger names, and nowhere in the trigger: a relation that is not on record logs nothing. All metrics of a
 * relation are marked in one pass over the transition tables.
 *
 * One kind of write is in no transition table: a MERGE without INSERT, or without DELETE, that moves rows to other
 * partitions, since for its triggers a moved row is deleted and inserted. So partitioned sources bear a row trigger before
 * UPDATE as well.
 */
#include "log.h"
#include "source.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* One metric of the relation that is written to. */
typedef struct Marker
{
	const char *metric;			/* empty where members are marked */
	AttrNumber *columns;
	Oid			type;			/* of the first column, where members are marked */
	bool		have_last;		/* the last mark, as neighbouring rows often make the same one */
	int64		last;
} Marker;

/* What one firing of a trigger marks. */
typedef struct Marking
{
	Relation	source;
	LogWriter	log;
	text	   *zone;
	LocalDayCache *days;
	CountedAs  *counted;
	int			ncounted;
	Marker	   *markers;
	int			nmarkers;
	bool		lapsed;			/* whether the bulletin's owner has no longer the rights of the relation's */
} Marking;

PG_FUNCTION_INFO_V1(edustats_log_changes);

/* An integer column's value, whatever its width; the record has been checked. */
static int64
integer_value(Datum value, Oid type)
{
	switch (type)
	{
		case INT2OID:
			return DatumGetInt16(value);
		case INT4OID:
			return DatumGetInt32(value);
		default:
			return DatumGetInt64(value);
	}
}

/* Marks what a row touches in one metric; rows without a value, or out of time, are counted nowhere. */
static void
mark_value(Marking *marking, Marker *marker, TupleTableSlot *row)
{
	bool		isnull;
	Datum		value = slot_getattr(row, marker->columns[0], &isnull);
	bool		of_members = marker->metric[0] == '\0';
	int64		mark;

	if (isnull || (!of_members && TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(value))))
		return;
	mark = of_members ? integer_value(value, marker->type) :
		edustats_local_day_clamped(marking->days, DatumGetTimestampTz(value), marking->zone);
	if (marker->have_last && marker->last == mark)
		return;
	marker->have_last = true;
	marker->last = mark;
	if (of_members)
		edustats_log_member(&marking->log, mark);
	else
		edustats_log_days(&marking->log, marker->metric, (DateADT) mark, (DateADT) mark);
}

static void
mark_row(Marking *marking, TupleTableSlot *row)
{
	for (int i = 0; i < marking->nmarkers; i++)
		mark_value(marking, &marking->markers[i], row);
}

/* Are two versions of a row the same in every column of a metric? */
static bool
same_row(Marking *marking, Marker *marker, TupleTableSlot *before, TupleTableSlot *after)
{
	for (int i = 0; i < SOURCE_COLUMNS; i++)
	{
		AttrNumber	column = marker->columns[i];
		bool		null_before;
		bool		null_after;
		Datum		value_before;
		Datum		value_after;
		Form_pg_attribute attribute;

		if (column == InvalidAttrNumber)
			continue;
		attribute = TupleDescAttr(RelationGetDescr(marking->source), column - 1);
		value_before = slot_getattr(before, column, &null_before);
		value_after = slot_getattr(after, column, &null_after);
		if (null_before != null_after ||
			(!null_before && !datum_image_eq(value_before, value_after, attribute->attbyval, attribute->attlen)))
			return false;
	}
	return true;
}

/* Marks a changed row; one unchanged for a metric marks nothing there. */
static void
mark_change(Marking *marking, TupleTableSlot *before, TupleTableSlot *after)
{
	for (int i = 0; i < marking->nmarkers; i++)
	{
		if (same_row(marking, &marking->markers[i], before, after))
			continue;
		mark_value(marking, &marking->markers[i], before);
		mark_value(marking, &marking->markers[i], after);
	}
}

/* Starts reading a transition table from its first row; other triggers of the same statement may have read it too. */
static TupleTableSlot *
open_transition(Marking *marking, Tuplestorestate *rows)
{
	tuplestore_select_read_pointer(rows, 0);
	tuplestore_rescan(rows);
	return MakeSingleTupleTableSlot(RelationGetDescr(marking->source), &TTSOpsMinimalTuple);
}

static void
mark_rows(Marking *marking, Tuplestorestate *rows)
{
	TupleTableSlot *row = open_transition(marking, rows);

	while (tuplestore_gettupleslot(rows, true, false, row))
	{
		CHECK_FOR_INTERRUPTS();
		mark_row(marking, row);
	}
	ExecDropSingleTupleTableSlot(row);
}

/* An update fills both tables row by row, so that they can be read side by side. */
static void
mark_changes(Marking *marking, Tuplestorestate *before, Tuplestorestate *after)
{
	TupleTableSlot *old_row;
	TupleTableSlot *new_row;

	if (tuplestore_tuple_count(before) != tuplestore_tuple_count(after))
	{
		mark_rows(marking, before);
		mark_rows(marking, after);
		return;
	}
	old_row = open_transition(marking, before);
	new_row = open_transition(marking, after);
	while (tuplestore_gettupleslot(before, true, false, old_row) &&
		   tuplestore_gettupleslot(after, true, false, new_row))
	{
		CHECK_FOR_INTERRUPTS();
		mark_change(marking, old_row, new_row);
	}
	ExecDropSingleTupleTableSlot(old_row);
	ExecDropSingleTupleTableSlot(new_row);
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

/*
 * Finds out what the relation is counted as. Where it is not, or the log can't be written, it warns and is false: whoever
 * made the trigger had no business to, or the bulletin has been dropped by hand; the platform's writes don't fail for it.
 * Nothing is said of a partition that has come since, and got the copy of a row trigger from the server: it is read live.
 */
static bool
open_marking(Marking *marking, Relation source, const char *schema, bool is_copy)
{
	Oid			data = get_namespace_oid(schema, true);
	const char *problem = "it does not exist";

	memset(marking, 0, sizeof(Marking));
	marking->source = source;
	if (OidIsValid(data) && !edustats_may_read_record(data, RelationGetRelid(source)))
		problem = "its owner has not the rights of the relation's owner";
	else if (OidIsValid(data))
	{
		SourceRecord *record = edustats_record(data);

		problem = record->problem;
		if (problem == NULL)
			marking->counted = edustats_counted_as(record, RelationGetRelid(source), &marking->ncounted);
		if (problem == NULL && marking->ncounted == 0 && is_copy)
			return false;
		if (problem == NULL && marking->ncounted == 0)
			problem = "the relation is none of its sources";
		if (problem == NULL)
			problem = edustats_open_log(&marking->log, record);
		/* Nobody can say what is written while the owner may not see it. */
		marking->lapsed = !edustats_may_count(data, RelationGetRelid(source));
		marking->zone = record->zone;
		marking->days = session_days();
	}
	if (problem != NULL)
		ereport(WARNING,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a write to %s is not logged for the bulletin's data in schema \"%s\": %s",
						edustats_relation_name(RelationGetRelid(source)), schema, problem),
				 errhint("CALL edustats.attach for the bulletin again, or edustats.detach to drop what was left of it.")));
	return problem == NULL;
}

/* Makes ready to mark row by row. What is not as it was when it was recorded is marked as a whole. */
static void
open_markers(Marking *marking)
{
	marking->markers = palloc0(marking->ncounted * sizeof(Marker));
	for (int i = 0; i < marking->ncounted; i++)
	{
		CountedAs  *counted = &marking->counted[i];
		Marker	   *marker = &marking->markers[marking->nmarkers];

		if (marking->lapsed || counted->problem != NULL)
		{
			edustats_log_days(&marking->log, counted->metric->name, DATEVAL_NOBEGIN, DATEVAL_NOEND);
			continue;
		}
		marker->metric = counted->metric->name;
		marker->columns = counted->columns;
		marker->type = getBaseType(TupleDescAttr(RelationGetDescr(marking->source), marker->columns[0] - 1)->atttypid);
		marking->nmarkers++;
	}
}

/* A TRUNCATE takes away rows that nobody reads first: all days that the relation can have had are marked. */
static void
mark_truncate(Marking *marking)
{
	for (int i = 0; i < marking->ncounted; i++)
		edustats_log_days(&marking->log, marking->counted[i].metric->name,
						  marking->counted[i].part->first, marking->counted[i].part->last);
}

static void
mark_statement(Marking *marking, TriggerData *data)
{
	if (data->tg_oldtable != NULL && data->tg_newtable != NULL)
		mark_changes(marking, data->tg_oldtable, data->tg_newtable);
	else if (data->tg_oldtable != NULL)
		mark_rows(marking, data->tg_oldtable);
	else if (data->tg_newtable != NULL)
		mark_rows(marking, data->tg_newtable);
}

/*
 * log_changes(schema of a bulletin's data) returns trigger: after INSERT, UPDATE and DELETE of a statement with its
 * transition tables, before TRUNCATE, and before UPDATE of a row.
 */
Datum
edustats_log_changes(PG_FUNCTION_ARGS)
{
	TriggerData *data = (TriggerData *) fcinfo->context;
	Marking		marking;
	bool		of_row;

	if (!CALLED_AS_TRIGGER(fcinfo) || data->tg_trigger->tgnargs != 1 ||
		(TRIGGER_FIRED_FOR_ROW(data->tg_event) &&
		 !(TRIGGER_FIRED_BEFORE(data->tg_event) && TRIGGER_FIRED_BY_UPDATE(data->tg_event))))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("this function is for triggers that edustats.attach creates")));

	of_row = TRIGGER_FIRED_FOR_ROW(data->tg_event);
	if (open_marking(&marking, data->tg_relation, data->tg_trigger->tgargs[0], data->tg_trigger->tgisclone))
	{
		if (TRIGGER_FIRED_BY_TRUNCATE(data->tg_event))
			mark_truncate(&marking);
		else
		{
			open_markers(&marking);
			if (of_row)
				mark_change(&marking, data->tg_trigslot, data->tg_newslot);
			else
				mark_statement(&marking, data);
		}
		edustats_close_log(&marking.log);
	}
	return PointerGetDatum(of_row ? data->tg_newtuple : NULL);
}
