/*
 * log.c: writing marks into a bulletin's log, each once in a transaction.
 *
 * Rows go in beneath the permission checks, as writers of a source need no rights on the bulletin. So nothing of the
 * log's may run code: it is a plain table without indexes, constraints and triggers, or it is not written to.
 *
 * The set of marks already logged follows subtransactions, since a rollback to a savepoint takes the logged row away
 * again.
 */
#include "log.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#define LOG_TABLE "log"
#define NO_LOG "its log does not exist"
#define NOT_A_LOG "its log is not as edustats made it"

/* Columns of the log, as attach creates them. */
enum
{
	LOG_METRIC, LOG_FIRST, LOG_LAST, LOG_MEMBER, LOG_COLUMNS
};

static const Oid log_types[LOG_COLUMNS] = {TEXTOID, DATEOID, DATEOID, INT8OID};

/* One mark: days of a metric; or a member, of whatever metric, so that the metric's name and the days are empty. */
typedef struct Mark
{
	Oid			log;
	DateADT		first;
	DateADT		last;
	int64		member;
	NameData	metric;
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

/* See log.h. */
void
edustats_log_init(void)
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
note_mark(const Mark *mark)
{
	bool		found;

	if (seen == NULL)
		create_seen();
	if (nlogged == logged_size)
	{
		logged = repalloc_huge(logged, mul_size(2 * sizeof(LoggedMark), logged_size));
		logged_size *= 2;
	}
	hash_search(seen, mark, HASH_ENTER, &found);
	if (found)
		return false;
	logged[nlogged].mark = *mark;
	logged[nlogged++].level = GetCurrentTransactionNestLevel();
	return true;
}

/* Inserts the mark's row. */
static void
insert_mark(LogWriter *writer, const Mark *mark, bool of_member)
{
	TupleTableSlot *slot;

	if (writer->slot == NULL)
		writer->slot = table_slot_create(writer->log, NULL);
	slot = ExecClearTuple(writer->slot);
	slot->tts_isnull[LOG_METRIC] = slot->tts_isnull[LOG_FIRST] = slot->tts_isnull[LOG_LAST] = of_member;
	slot->tts_isnull[LOG_MEMBER] = !of_member;
	if (of_member)
		slot->tts_values[LOG_MEMBER] = Int64GetDatum(mark->member);
	else
	{
		slot->tts_values[LOG_METRIC] = CStringGetTextDatum(NameStr(mark->metric));
		slot->tts_values[LOG_FIRST] = DateADTGetDatum(mark->first);
		slot->tts_values[LOG_LAST] = DateADTGetDatum(mark->last);
	}
	ExecStoreVirtualTuple(slot);
	table_tuple_insert(writer->log, slot, GetCurrentCommandId(true), 0, NULL);
}

/* See log.h. */
void
edustats_log_days(LogWriter *writer, const char *metric, DateADT first, DateADT last)
{
	Mark		mark;

	memset(&mark, 0, sizeof(mark));
	mark.log = RelationGetRelid(writer->log);
	mark.first = first;
	mark.last = last;
	namestrcpy(&mark.metric, metric);
	if (note_mark(&mark))
		insert_mark(writer, &mark, false);
}

/* See log.h. */
void
edustats_log_member(LogWriter *writer, int64 member)
{
	Mark		mark;

	memset(&mark, 0, sizeof(mark));
	mark.log = RelationGetRelid(writer->log);
	mark.member = member;
	mark.first = DATEVAL_NOEND;	/* no days of any metric are logged like this */
	if (note_mark(&mark))
		insert_mark(writer, &mark, true);
}

/* Is a table a log as attach makes it, its schema's owner's, into which a row goes without any code of anybody's? */
static bool
is_log(Relation relation, Oid owner)
{
	TupleDesc	columns = RelationGetDescr(relation);

	if (relation->rd_rel->relowner != owner || relation->rd_rel->relpersistence != RELPERSISTENCE_PERMANENT ||
		relation->rd_rel->relhasindex || relation->rd_rel->relhastriggers || relation->rd_rel->relispartition ||
		columns->constr != NULL || columns->natts != LOG_COLUMNS)
		return false;
	for (int i = 0; i < LOG_COLUMNS; i++)
		if (TupleDescAttr(columns, i)->attisdropped || TupleDescAttr(columns, i)->atttypid != log_types[i])
			return false;
	return true;
}

/* See log.h. */
const char *
edustats_open_log(LogWriter *writer, SourceRecord *record)
{
	memset(writer, 0, sizeof(LogWriter));
	writer->log = edustats_open_table(get_relname_relid(LOG_TABLE, record->schema), RowExclusiveLock);
	if (writer->log == NULL)
		return NO_LOG;
	if (is_log(writer->log, record->owner))
		return NULL;
	edustats_close_log(writer);
	return NOT_A_LOG;
}

/* See log.h. */
bool
edustats_is_logs_name(const char *name)
{
	return strcmp(name, LOG_TABLE) == 0;
}

/* See log.h. */
const char *
edustats_log_problem(SourceRecord *record)
{
	Relation	log = edustats_open_table(get_relname_relid(LOG_TABLE, record->schema), AccessShareLock);
	bool		is_one = log != NULL && is_log(log, record->owner);

	if (log != NULL)
		table_close(log, AccessShareLock);
	return log == NULL ? NO_LOG : is_one ? NULL : NOT_A_LOG;
}

/* See log.h. */
void
edustats_close_log(LogWriter *writer)
{
	if (writer->slot != NULL)
		ExecDropSingleTupleTableSlot(writer->slot);
	table_close(writer->log, NoLock);
}
