/*
 * mark.c: the trigger on everything that is counted.
 *
 * A write logs, in its own transaction, what it has changed on which days of which metric, or, where that is much or can't be
 * told from the row, the days alone; and the keys of lookups that it changed. What is logged for a table stands in the record
 * of the bulletin that the trigger names, and nowhere in the trigger: a table that is not on record logs nothing. Everything
 * that a table is counted as is looked at in one pass over the transition tables.
 *
 * Two kinds of write are in no transition table: rows that a MERGE moves to other partitions, see moves.c, and what a
 * subscription applies, for which no trigger of statements fires. For both there are triggers after each row. What has changed
 * must be logged once, and what moves may be in a transition table as well: so it has its days marked, which does no harm.
 */
#include "counted.h"
#include "log.h"
#include "marker.h"
#include "moves.h"
#include "source.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

/* What one firing of a trigger marks. */
typedef struct Marking
{
	Relation	source;
	LogWriter	log;
	Oid			owner;
	text	   *zone;
	LocalDayCache *days;
	CountedList *list;
	Marker	   *markers;
	int			nmarkers;
	ExprContext *context;		/* of expressions; NULL until there is one */
	TriggerData *data;
	bool		once;			/* whether a row that this trigger sees is seen by no other */
	Marker	   *only;			/* the one that is computed; NULL: all are */
	bool		lapsed;			/* whether the bulletin's owner has no longer the rights of the relation's */
} Marking;

PG_FUNCTION_INFO_V1(edustats_log_changes);

/* Notes a fact's row on its day: that it has come (1), or gone (-1). */
static void
note_row(Marking *marking, Marker *marker, TupleTableSlot *row, DateADT day, int sign)
{
	Counted    *counted = marker->counted;
	Change		change = {.day = day, .weight = 1};
	bool		isnull;
	Datum		value;

	if (edustats_is_to_be_marked(marker, day))
		return;
	if (!counted->alone || !marking->once)
	{
		edustats_add_value(marker, day);
		return;
	}
	value = edustats_counted_value(&counted->key, row, marking->context, &isnull);
	if (isnull)
		return;
	change.key = integer_value(value, counted->key.type);
	if (OidIsValid(counted->weight.type))
	{
		value = edustats_counted_value(&counted->weight, row, marking->context, &isnull);
		change.weight = isnull ? 0 : integer_value(value, counted->weight.type);
	}
	value = edustats_counted_value(&counted->member, row, marking->context, &isnull);
	change.has_member = !isnull;
	change.member = isnull ? 0 : integer_value(value, counted->member.type);
	if (change.weight < 0 || change.weight > CHANGE_WEIGHT_MAX)	/* to be told by who computes the day */
		edustats_add_value(marker, day);
	else if (change.weight > 0)
	{
		change.weight *= sign;
		edustats_note_change(marker, &change);
	}
}

/* Notes what a row touches as one thing that it is counted as; rows without a value, or out of time, are counted nowhere. */
static void
mark_value(Marking *marking, Marker *marker, TupleTableSlot *row, int sign)
{
	Counted    *counted = marker->counted;
	bool		isnull;
	Datum		value;

	if (marker->all || (marking->only != NULL && marking->only != marker))
		return;
	if (counted->kind == COUNTED_ALL)
	{
		marker->all = true;
		return;
	}
	if (marking->context != NULL)
		marking->context->ecxt_scantuple = row;
	if (!ExecQual(counted->sure, marking->context) || !ExecQual(counted->filters, marking->context))
		return;
	value = edustats_counted_value(&counted->value, row, marking->context, &isnull);
	if (isnull || (counted->kind == COUNTED_DAY && TIMESTAMP_NOT_FINITE(DatumGetTimestampTz(value))))
		return;
	if (counted->kind == COUNTED_KEY)
		edustats_add_key(marker, value, counted->value.type);
	else
		note_row(marking, marker, row, edustats_local_day_clamped(marking->days, DatumGetTimestampTz(value), marking->zone), sign);
}

static void
mark_row(Marking *marking, TupleTableSlot *row, int sign)
{
	if (marking->context != NULL)
		ResetExprContext(marking->context);
	for (int i = 0; i < marking->nmarkers; i++)
		mark_value(marking, &marking->markers[i], row, sign);
}

/* Are two versions of a row the same in every column that matters for one thing that it is counted as? */
static bool
same_row(Marking *marking, Counted *counted, TupleTableSlot *before, TupleTableSlot *after)
{
	for (int i = 0; i < counted->ncolumns; i++)
	{
		AttrNumber	column = counted->columns[i];
		Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(marking->source), column - 1);
		bool		null_before;
		bool		null_after;
		Datum		value_before = slot_getattr(before, column, &null_before);
		Datum		value_after = slot_getattr(after, column, &null_after);

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
	if (marking->context != NULL)
		ResetExprContext(marking->context);
	for (int i = 0; i < marking->nmarkers; i++)
	{
		if (same_row(marking, marking->markers[i].counted, before, after))
			continue;
		mark_value(marking, &marking->markers[i], before, -1);
		mark_value(marking, &marking->markers[i], after, 1);
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
mark_rows(Marking *marking, Tuplestorestate *rows, int sign)
{
	TupleTableSlot *row = open_transition(marking, rows);

	while (tuplestore_gettupleslot(rows, true, false, row))
	{
		CHECK_FOR_INTERRUPTS();
		mark_row(marking, row, sign);
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
		mark_rows(marking, before, -1);
		mark_rows(marking, after, 1);
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
			marking->list = edustats_counted(record, RelationGetRelid(source));
		if (problem == NULL && marking->list->counted == NIL && is_copy)
			return false;
		if (problem == NULL && marking->list->counted == NIL)
			problem = "the relation is none of its sources";
		if (problem == NULL)
			problem = edustats_open_log(&marking->log, record);
		/* Nobody can say what is written while the owner may not see it. */
		marking->lapsed = !edustats_may_count(data, RelationGetRelid(source));
		marking->owner = record->owner;
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

/* Marks all days of the metrics of one thing that is counted. */
static void
log_all(Marking *marking, Counted *counted, const char *note)
{
	DateADT		first = counted->gone ? counted->part->first : DATEVAL_NOBEGIN;
	DateADT		last = counted->gone ? counted->part->last : DATEVAL_NOEND;
	ListCell   *cell;

	foreach(cell, counted->metrics)
		edustats_log_days(&marking->log, ((SourceMetric *) lfirst(cell))->name, first, last, note);
}

/* Makes ready to mark row by row. What is not as it was when it was recorded is marked as a whole. */
static void
open_markers(Marking *marking)
{
	ListCell   *cell;

	marking->markers = palloc0(list_length(marking->list->counted) * sizeof(Marker));
	foreach(cell, marking->list->counted)
	{
		Counted    *counted = lfirst(cell);

		if (marking->lapsed || counted->problem != NULL)
			log_all(marking, counted, counted->note);
		else
		{
			Marker	   *marker = &marking->markers[marking->nmarkers++];

			marker->counted = counted;
			marker->log = &marking->log;
			marker->by_row = TRIGGER_FIRED_FOR_ROW(marking->data->tg_event);
			edustats_begin_marker(marker);
		}
	}
	if (marking->list->expressions)
		marking->context = CreateStandaloneExprContext();
}

static void
log_marker(Marking *marking, Marker *marker)
{
	if (marker->all)
		log_all(marking, marker->counted, NULL);
	else
		edustats_log_marker(marker);
}

/* A TRUNCATE takes away rows that nobody reads first: all days that the relation can have had are marked. */
static void
log_truncate(Marking *marking)
{
	ListCell   *cell;
	ListCell   *metric;

	foreach(cell, marking->list->counted)
	{
		Counted    *counted = lfirst(cell);

		foreach(metric, counted->metrics)
			edustats_log_days(&marking->log, ((SourceMetric *) lfirst(metric))->name,
							  counted->part->first, counted->part->last, NULL);
	}
}

/* The step that looks at all rows of a statement, or at the row that a trigger fires for. */
static void
mark_event(void *state)
{
	Marking    *marking = state;
	TriggerData *data = marking->data;

	if (!TRIGGER_FIRED_FOR_ROW(data->tg_event))
	{
		if (data->tg_oldtable != NULL && data->tg_newtable != NULL)
			mark_changes(marking, data->tg_oldtable, data->tg_newtable);
		else if (data->tg_oldtable != NULL || data->tg_newtable != NULL)
			mark_rows(marking, data->tg_oldtable != NULL ? data->tg_oldtable : data->tg_newtable, data->tg_oldtable != NULL ? -1 : 1);
	}
	else if (TRIGGER_FIRED_BY_UPDATE(data->tg_event))
		mark_change(marking, data->tg_trigslot, data->tg_newslot);
	else
		mark_row(marking, data->tg_trigslot, TRIGGER_FIRED_BY_DELETE(data->tg_event) ? -1 : 1);
}

/* Would anything be computed for a row that may fail? */
static bool
is_risky(Marking *marking, TupleTableSlot *row)
{
	ResetExprContext(marking->context);
	marking->context->ecxt_scantuple = row;
	for (int i = 0; i < marking->nmarkers; i++)
		if (marking->markers[i].counted->may_fail && ExecQual(marking->markers[i].counted->sure, marking->context))
			return true;
	return false;
}

static bool
has_risky_row(Marking *marking, Tuplestorestate *rows)
{
	TupleTableSlot *row = open_transition(marking, rows);
	bool		found = false;

	while (!found && tuplestore_gettupleslot(rows, true, false, row))
	{
		CHECK_FOR_INTERRUPTS();
		found = is_risky(marking, row);
	}
	ExecDropSingleTupleTableSlot(row);
	return found;
}

/* Is there a row for which something that may fail is computed? Of most rows that no metric counts that is known beforehand. */
static bool
may_fail(Marking *marking)
{
	TriggerData *data = marking->data;
	bool		risky = false;

	for (int i = 0; i < marking->nmarkers; i++)
		risky |= marking->markers[i].counted->may_fail;
	if (!risky)
		return false;
	if (TRIGGER_FIRED_FOR_ROW(data->tg_event))
		return is_risky(marking, data->tg_trigslot) ||
			(TRIGGER_FIRED_BY_UPDATE(data->tg_event) && is_risky(marking, data->tg_newslot));
	return (data->tg_oldtable != NULL && has_risky_row(marking, data->tg_oldtable)) ||
		(data->tg_newtable != NULL && has_risky_row(marking, data->tg_newtable));
}

/* Looks at the rows where something may fail: why it did, or NULL. */
static char *
try_event(Marking *marking)
{
	return edustats_try(marking->owner, marking->list->zoned ? marking->zone : NULL, mark_event, marking);
}

/* Looks at the rows once more for one thing that they are counted as, and logs it; if it fails, everything. */
static void
mark_alone(Marking *marking, Marker *marker)
{
	char	   *problem = NULL;

	marking->only = marker;
	edustats_begin_marker(marker);
	if (marker->counted->may_fail)
		problem = try_event(marking);
	else
		mark_event(marking);
	if (problem != NULL)
		log_all(marking, marker->counted, problem);
	else
		log_marker(marking, marker);
}

/* Looks at the rows; where something can't be computed, everything that it is about is marked, and why is noted. */
static void
mark_and_log(Marking *marking)
{
	bool		failed = false;

	open_markers(marking);
	if (may_fail(marking))
		failed = try_event(marking) != NULL;
	else
		mark_event(marking);
	for (int i = 0; i < marking->nmarkers; i++)
		if (failed)
			mark_alone(marking, &marking->markers[i]);
		else
			log_marker(marking, &marking->markers[i]);
	if (marking->context != NULL)
		FreeExprContext(marking->context, true);
}

/* Is a trigger one of those that attach creates? */
static bool
is_ours(TriggerData *data)
{
	return data->tg_trigger->tgnargs == 1 && !TRIGGER_FIRED_INSTEAD(data->tg_event) &&
		(TRIGGER_FIRED_AFTER(data->tg_event) ||
		 (TRIGGER_FIRED_FOR_STATEMENT(data->tg_event) && (TRIGGER_FIRED_BY_UPDATE(data->tg_event) || TRIGGER_FIRED_BY_TRUNCATE(data->tg_event))));
}

/*
 * log_changes(schema of a bulletin's data) returns trigger: after INSERT, UPDATE and DELETE of a statement with its
 * transition tables, or of a row; before TRUNCATE; and before UPDATE of a statement, so that moved rows are looked for.
 */
Datum
edustats_log_changes(PG_FUNCTION_ARGS)
{
	TriggerData *data = (TriggerData *) fcinfo->context;
	Marking		marking;

	if (!CALLED_AS_TRIGGER(fcinfo) || !is_ours(data))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("this function is for triggers that edustats.attach creates")));
	if (TRIGGER_FIRED_BEFORE(data->tg_event) && TRIGGER_FIRED_BY_UPDATE(data->tg_event))
		edustats_begin_update();
	else if (open_marking(&marking, data->tg_relation, data->tg_trigger->tgargs[0], data->tg_trigger->tgisclone))
	{
		marking.data = data;
		marking.once = (TRIGGER_FIRED_FOR_ROW(data->tg_event) != 0) == (SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA);
		if (TRIGGER_FIRED_BY_TRUNCATE(data->tg_event))
			log_truncate(&marking);
		else
			mark_and_log(&marking);
		edustats_close_log(&marking.log);
	}
	return PointerGetDatum(NULL);
}
