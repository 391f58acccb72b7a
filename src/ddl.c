/*
 * ddl.c: the commands that can make figures wrong with no trigger firing.
 *
 * Most of what DDL does to a source is seen when it is read, see lapse.c. What is not: values that ALTER TABLE computes
 * anew, triggers that were off for a while, or could not find the log while its schema had another name, and, in a dump that
 * is restored, columns whose numbers have changed. They mark all days of what the table is counted as, at once. For
 * everybody else's tables it costs a look at their triggers. And a bulletin's log is kept what it is.
 */
#include "counted.h"
#include "log.h"

#include "access/genam.h"
#include "catalog/namespace.h"
#include "catalog/pg_inherits.h"
#include "commands/event_trigger.h"
#include "nodes/parsenodes.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(edustats_watch_ddl);

/* What pg_event_trigger_table_rewrite_reason says of a default value and of a type; the others keep all values. */
#define NEW_VALUES 6

/* Marks all days of what a relation is counted as in one bulletin. */
static void
mark_all(SourceRecord *record, Oid relation)
{
	LogWriter	log;

	if (edustats_open_log(&log, record) != NULL)
		return;
	for (int i = 0; i < record->nmetrics; i++)
		if (edustats_part_of(&record->metrics[i], relation) != NULL)
			edustats_log_days(&log, record->metrics[i].name, DATEVAL_NOBEGIN, DATEVAL_NOEND, NULL);
	edustats_close_log(&log);
}

/* What a command may have done to a table. */
typedef struct Change
{
	bool		rewritten;		/* its values are computed anew */
	bool		triggers;		/* triggers came, went, or were switched */
	List	   *columns;		/* names that stand for other columns, or for none, or for other values */
} Change;

/* Does a metric count by a column of one of these names, which it had, or has now, in a relation? */
static bool
counts_by(SourceMetric *metric, SourcePart *part, List *names)
{
	ListCell   *cell;

	for (int i = 0; i < SOURCE_COLUMNS; i++)
		foreach(cell, names)
			if (metric->columns[i] != NULL && strcmp(metric->columns[i], lfirst(cell)) == 0)
				return true;
	foreach(cell, names)
	{
		AttrNumber	column = get_attnum(part->relation, lfirst(cell));

		for (int i = 0; i < part->ncolumns; i++)
			if (part->columns[i] == column)
				return true;
	}
	return false;
}

/* Does a change leave what a relation is counted as other than it was? */
static bool
matters(SourceRecord *record, Oid relation, Change *change)
{
	bool		counted = false;

	for (int i = 0; i < record->nmetrics; i++)
	{
		SourcePart *part = edustats_part_of(&record->metrics[i], relation);

		if (part != NULL && counts_by(&record->metrics[i], part, change->columns))
			return true;
		counted |= part != NULL;
	}
	return counted && (change->rewritten || (change->triggers && !edustats_bears_triggers(record, relation)));
}

/* Is a table the log of a record that can be trusted? A table of that name elsewhere is none. */
static bool
is_log_of_record(Oid relation)
{
	char	   *name = get_rel_name(relation);
	Oid			schema = get_rel_namespace(relation);

	return name != NULL && edustats_is_logs_name(name) && edustats_may_count(schema, relation) &&
		edustats_record(schema)->problem == NULL;
}

/*
 * A log that marks can't be written to would lose them, and nobody could tell afterwards which. So whoever makes it one
 * is told at once: that is its schema's owner, or has his rights.
 */
static void
refuse_log(Oid relation)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("the log of the bulletin's data in schema \"%s\" must stay as edustats made it",
					get_namespace_name(get_rel_namespace(relation))),
			 errdetail("Who writes to a source writes to it, and runs nobody's code: it has no index, trigger, constraint, default or other column.")));
}

static void
check_log(Oid relation)
{
	if (is_log_of_record(relation) && edustats_log_problem(edustats_record(get_rel_namespace(relation))) != NULL)
		refuse_log(relation);
}

/* An index that is made concurrently is there when the command ends, so it is refused before it begins. */
static void
check_concurrent_index(Node *command)
{
	Oid			table = IsA(command, IndexStmt) && ((IndexStmt *) command)->concurrent ?
		RangeVarGetRelid(((IndexStmt *) command)->relation, NoLock, true) : InvalidOid;

	if (OidIsValid(table) && is_log_of_record(table))
		refuse_log(table);
}

/* Marks what a changed relation is counted as, in every bulletin for which the change matters. */
static void
look_at(Oid relation, Change *change)
{
	ListCell   *cell;

	foreach(cell, edustats_trigger_schemas(relation))
	{
		SourceRecord *record = edustats_may_read_record(lfirst_oid(cell), relation) ?
			edustats_record(lfirst_oid(cell)) : NULL;

		if (record != NULL && record->problem == NULL && matters(record, relation, change))
			mark_all(record, relation);
	}
}

/*
 * What a part of ALTER TABLE does. To have a trigger fire always, or one of rows in replicas, is what attach and a restore
 * do, and harms nothing.
 */
static void
note_part(Oid table, AlterTableCmd *part, Change *change)
{
	switch (part->subtype)
	{
		case AT_EnableReplicaTrig:
			change->triggers |= !edustats_is_apply_trigger(table, part->name);
			break;
		case AT_EnableTrig:
		case AT_DisableTrig:
		case AT_EnableTrigAll:
		case AT_DisableTrigAll:
		case AT_EnableTrigUser:
		case AT_DisableTrigUser:
			change->triggers = true;
			break;
		case AT_AddColumn:
			change->columns = lappend(change->columns, castNode(ColumnDef, part->def)->colname);
			break;
		case AT_DropColumn:
		case AT_AlterColumnType:
			change->columns = lappend(change->columns, part->name);
			break;
		default:
			break;
	}
}

/* What a command has done that may matter. */
static Change
change_of(Oid table, Node *command)
{
	Change		change = {false, false, NIL};
	ListCell   *cell;

	if (IsA(command, AlterTableStmt))
		foreach(cell, ((AlterTableStmt *) command)->cmds)
			note_part(table, lfirst_node(AlterTableCmd, cell), &change);
	else if (IsA(command, RenameStmt) && ((RenameStmt *) command)->renameType == OBJECT_COLUMN)
		change.columns = list_make2(((RenameStmt *) command)->subname, ((RenameStmt *) command)->newname);
	else if (IsA(command, DropStmt))
		change.triggers = true;
	return change;
}

/* The table that a command has altered, or a trigger of which it has dropped; InvalidOid if it is gone or none. */
static Oid
altered_table(Node *command)
{
	RangeVar   *table = NULL;

	if (IsA(command, AlterTableStmt))
		table = ((AlterTableStmt *) command)->relation;
	else if (IsA(command, IndexStmt))
		table = ((IndexStmt *) command)->relation;
	else if (IsA(command, CreateTrigStmt))
		table = ((CreateTrigStmt *) command)->relation;
	else if (IsA(command, RenameStmt))
		table = ((RenameStmt *) command)->relation;
	else if (IsA(command, DropStmt) && ((DropStmt *) command)->removeType == OBJECT_TRIGGER)
	{
		List	   *name = list_copy(linitial_node(List, ((DropStmt *) command)->objects));

		table = makeRangeVarFromNameList(list_truncate(name, list_length(name) - 1));
	}
	return table == NULL ? InvalidOid : RangeVarGetRelid(table, NoLock, true);
}

/* Marks all days in a schema that has got another name, if it is one of data: triggers look for it under the old one. */
static void
look_at_schema(const char *name)
{
	Oid			schema = get_namespace_oid(name, true);
	SourceRecord *record = OidIsValid(schema) ? edustats_record(schema) : NULL;
	LogWriter	log;

	if (record == NULL || record->problem != NULL || edustats_open_log(&log, record) != NULL)
		return;
	for (int i = 0; i < record->nmetrics; i++)
		edustats_log_days(&log, record->metrics[i].name, DATEVAL_NOBEGIN, DATEVAL_NOEND, NULL);
	edustats_close_log(&log);
}

/*
 * watch_ddl() returns event_trigger: on table_rewrite, on ddl_command_start of CREATE INDEX, and on ddl_command_end of
 * ALTER TABLE, ALTER SCHEMA, CREATE INDEX, CREATE TRIGGER and DROP TRIGGER.
 */
Datum
edustats_watch_ddl(PG_FUNCTION_ARGS)
{
	EventTriggerData *data = (EventTriggerData *) fcinfo->context;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("this function is for event triggers of edustats")));
	if (strcmp(data->event, "table_rewrite") == 0)
	{
		Change		change = {.rewritten = true};

		if (DatumGetInt32(OidFunctionCall0(F_PG_EVENT_TRIGGER_TABLE_REWRITE_REASON)) & NEW_VALUES)
			look_at(DatumGetObjectId(OidFunctionCall0(F_PG_EVENT_TRIGGER_TABLE_REWRITE_OID)), &change);
	}
	else if (IsA(data->parsetree, RenameStmt) && ((RenameStmt *) data->parsetree)->renameType == OBJECT_SCHEMA)
		look_at_schema(((RenameStmt *) data->parsetree)->newname);
	else if (strcmp(data->event, "ddl_command_start") == 0)
		check_concurrent_index(data->parsetree);
	else
	{
		Oid			table = altered_table(data->parsetree);
		Change		change = change_of(table, data->parsetree);
		ListCell   *cell;

		foreach(cell, OidIsValid(table) ? find_all_inheritors(table, NoLock, NULL) : NIL)
		{
			check_log(lfirst_oid(cell));
			if (change.triggers || change.columns != NIL)
				look_at(lfirst_oid(cell), &change);
		}
	}
	PG_RETURN_NULL();
}
