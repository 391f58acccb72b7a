/*
 * dirty_log.c: writing marks into a dirty log, each once in a transaction.
 *
 * The set of marks already logged follows subtransactions, since a rollback to a savepoint takes the logged row away
 * again.
 */
#include "dirty.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

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

/* Forgets which marks this transaction has logged; the memory goes with the transaction. */
void
edustats_forget_marks(void)
{
	seen = NULL;
	logged = NULL;
	nlogged = logged_size = 0;
}

static void
end_transaction(XactEvent event, void *arg)
{
	edustats_forget_marks();
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
	RegisterXactCallback(end_transaction, NULL);
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
note_mark(LogWriter *writer, int64 value)
{
	Mark		mark;
	bool		found;

	if (seen == NULL)
		create_seen();
	memset(&mark, 0, sizeof(mark));
	mark.log = RelationGetRelid(writer->log);
	mark.metric = writer->metric;
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
open_target(LogWriter *writer)
{
	writer->estate = CreateExecutorState();
	writer->target = makeNode(ResultRelInfo);
	InitResultRelInfo(writer->target, writer->log, 1, NULL, 0);
	ExecOpenIndices(writer->target, false);
	writer->slot = MakeSingleTupleTableSlot(RelationGetDescr(writer->log), &TTSOpsVirtual);
}

/* See dirty.h. */
void
edustats_log_mark(LogWriter *writer, int64 value)
{
	TupleTableSlot *slot;

	if (writer->have_last && writer->last == value)
		return;
	writer->have_last = true;
	writer->last = value;
	if (!note_mark(writer, value))
		return;

	if (writer->estate == NULL)
		open_target(writer);
	slot = ExecClearTuple(writer->slot);
	memset(slot->tts_isnull, true, LOG_COLUMNS * sizeof(bool));
	if (NameStr(writer->metric)[0] != '\0')
	{
		slot->tts_values[LOG_METRIC] = CStringGetTextDatum(NameStr(writer->metric));
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
	ExecSimpleRelationInsert(writer->target, writer->estate, slot);
	ResetPerTupleExprContext(writer->estate);
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

/* See dirty.h. */
bool
edustats_open_log(LogWriter *writer, Relation source, const char *bulletin, const char *metric)
{
	Oid			schema = get_namespace_oid(bulletin, true);
	Oid			log = OidIsValid(schema) ? get_relname_relid(LOG_TABLE, schema) : InvalidOid;

	memset(writer, 0, sizeof(LogWriter));
	namestrcpy(&writer->metric, metric);
	if (OidIsValid(log))
		writer->log = try_table_open(log, RowExclusiveLock);
	if (writer->log == NULL)
	{
		ereport(WARNING,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the bulletin \"%s\" of a trigger on \"%s\" does not exist", bulletin,
						RelationGetRelationName(source)),
				 errhint("CALL edustats.detach('%s') drops the triggers that it left behind.", bulletin)));
		return false;
	}
	check_log(source, writer->log);
	return true;
}

void
edustats_close_log(LogWriter *writer)
{
	if (writer->estate != NULL)
	{
		ExecDropSingleTupleTableSlot(writer->slot);
		ExecCloseIndices(writer->target);
		FreeExecutorState(writer->estate);
	}
	table_close(writer->log, NoLock);
}
