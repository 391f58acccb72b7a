/*
 * log.c: writing into a bulletin's log: what has changed on days, and marks of days, each once in a transaction, and of keys.
 *
 * Rows go in beneath the permission checks, as writers of a source need no rights on the bulletin. So nothing of the
 * log's may run code: it is a plain table without indexes, constraints and triggers, or it is not written to.
 *
 * The set of marks already logged follows subtransactions, since a rollback to a savepoint takes the logged row away
 * again.
 */
#include "log.h"

#include "changes.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#define LOG_TABLE "log"
#define NO_LOG "its log does not exist"
#define NOT_A_LOG "its log is not as edustats made it"

static const Oid log_types[LOG_COLUMNS] = {TEXTOID, DATEOID, DATEOID, TEXTOID, TEXTOID, TEXTOID, BYTEAOID};

/* Days of a metric. */
typedef struct Mark
{
	Oid			log;
	DateADT		first;
	DateADT		last;
	const char *metric;
} Mark;

/* A day that is marked, or of which changes have been logged, as this transaction knows. */
typedef struct SeenMark
{
	Mark		mark;
	bool		marked;
	int64		changes;		/* logged one by one */
} SeenMark;

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

/* See log.h. */
void
edustats_end_marks(SubXactEvent event)
{
	int			level = GetCurrentTransactionNestLevel();

	if (event == SUBXACT_EVENT_COMMIT_SUB)
		for (int i = nlogged - 1; i >= 0 && logged[i].level >= level; i--)
			logged[i].level = level - 1;
	else if (event == SUBXACT_EVENT_ABORT_SUB)
		while (nlogged > 0 && logged[nlogged - 1].level >= level)
			hash_search(seen, &logged[--nlogged].mark, HASH_REMOVE, NULL);
}

static uint32
hash_mark(const void *key, Size size)
{
	const Mark *mark = key;
	uint32		hash = hash_combine(murmurhash32(mark->log ^ (uint32) mark->first), murmurhash32((uint32) mark->last));

	return hash_combine(hash, string_hash(mark->metric, PG_UINT32_MAX));
}

static int
compare_marks(const void *a, const void *b, Size size)
{
	const Mark *left = a;
	const Mark *right = b;

	return left->log != right->log || left->first != right->first || left->last != right->last ||
		strcmp(left->metric, right->metric) != 0;
}

/* What is remembered outlives the record that it was made from. */
static void *
copy_mark(void *to, const void *from, Size size)
{
	Mark	   *copy = to;

	*copy = *(const Mark *) from;
	copy->metric = MemoryContextStrdup(TopTransactionContext, copy->metric);
	return to;
}

static void
create_seen(void)
{
	HASHCTL		control = {
		.keysize = sizeof(Mark),
		.entrysize = sizeof(SeenMark),
		.hash = hash_mark,
		.match = compare_marks,
		.keycopy = copy_mark,
		.hcxt = TopTransactionContext
	};

	logged_size = 64;
	logged = MemoryContextAlloc(TopTransactionContext, logged_size * sizeof(LoggedMark));
	seen = hash_create("edustats marks", logged_size, &control,
					   HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_KEYCOPY | HASH_CONTEXT);
}

/* The transaction's entry of a mark, made if there is none. */
static SeenMark *
seen_mark(const Mark *mark)
{
	bool		found;
	SeenMark   *entry;

	if (seen == NULL)
		create_seen();
	entry = hash_search(seen, mark, HASH_ENTER, &found);
	if (!found)
	{
		entry->marked = false;
		entry->changes = 0;
	}
	return entry;
}

/* Notes a mark; true if this transaction has not logged it yet. */
static bool
note_mark(const Mark *mark)
{
	SeenMark   *entry = seen_mark(mark);

	if (entry->marked)
		return false;
	if (nlogged == logged_size)
	{
		logged = repalloc_huge(logged, mul_size(2 * sizeof(LoggedMark), logged_size));
		logged_size *= 2;
	}
	entry->marked = true;
	logged[nlogged].mark = entry->mark;
	logged[nlogged++].level = GetCurrentTransactionNestLevel();
	return true;
}

/* A row of the log to be filled in, all NULL; the memory that is current until insert_row lives as long as it. */
static TupleTableSlot *
begin_row(LogWriter *writer, MemoryContext *caller)
{
	*caller = MemoryContextSwitchTo(writer->memory);
	ExecClearTuple(writer->slot);
	memset(writer->slot->tts_isnull, true, LOG_COLUMNS * sizeof(bool));
	return writer->slot;
}

static void
set_value(TupleTableSlot *row, int column, Datum value)
{
	row->tts_isnull[column] = false;
	row->tts_values[column] = value;
}

static void
insert_row(LogWriter *writer, MemoryContext caller)
{
	ExecStoreVirtualTuple(writer->slot);
	table_tuple_insert(writer->log, writer->slot, GetCurrentCommandId(true), 0, NULL);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(writer->memory);
}

/* Inserts a row about days of a metric. */
static void
insert_days(LogWriter *writer, const Mark *mark, const char *note, bytea *changes)
{
	MemoryContext caller;
	TupleTableSlot *row = begin_row(writer, &caller);

	set_value(row, LOG_METRIC, CStringGetTextDatum(mark->metric));
	set_value(row, LOG_FIRST, DateADTGetDatum(mark->first));
	set_value(row, LOG_LAST, DateADTGetDatum(mark->last));
	if (note != NULL)
		set_value(row, LOG_NOTE, CStringGetTextDatum(note));
	if (changes != NULL)
		set_value(row, LOG_CHANGES, PointerGetDatum(changes));
	insert_row(writer, caller);
}

/* See log.h. */
void
edustats_log_days(LogWriter *writer, const char *metric, DateADT first, DateADT last, const char *note)
{
	Mark		mark = {RelationGetRelid(writer->log), first, last, metric};

	if (note_mark(&mark))
		insert_days(writer, &mark, note, NULL);
}

/* Has this transaction logged a mark? Then nothing is to be said of its day any more. */
static bool
has_marked(const Mark *mark)
{
	SeenMark   *entry = seen == NULL ? NULL : hash_search(seen, mark, HASH_FIND, NULL);

	return entry != NULL && entry->marked;
}

/* See log.h. */
void
edustats_log_packed(LogWriter *writer, const char *metric, DateADT day, bytea *changes, bool by_row)
{
	Mark		mark = {RelationGetRelid(writer->log), day, day, metric};

	if (by_row && seen_mark(&mark)->changes++ >= CHANGES_OF_DAY)
		edustats_log_days(writer, metric, day, day, NULL);
	else if (!has_marked(&mark))
		insert_days(writer, &mark, NULL, changes);
}

/* See log.h. */
void
edustats_log_key(LogWriter *writer, const char *lookup, const char *key)
{
	MemoryContext caller;
	TupleTableSlot *row = begin_row(writer, &caller);

	set_value(row, LOG_LOOKUP, CStringGetTextDatum(lookup));
	set_value(row, LOG_KEY, CStringGetTextDatum(key));
	insert_row(writer, caller);
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
	if (!is_log(writer->log, record->owner))
	{
		table_close(writer->log, NoLock);
		return NOT_A_LOG;
	}
	/* Now, as rows may be written in subtransactions that don't last. */
	writer->slot = table_slot_create(writer->log, NULL);
	writer->memory = AllocSetContextCreate(CurrentMemoryContext, "edustats log", ALLOCSET_SMALL_SIZES);
	return NULL;
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
	ExecDropSingleTupleTableSlot(writer->slot);
	MemoryContextDelete(writer->memory);
	table_close(writer->log, NoLock);
}
