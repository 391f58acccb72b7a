/*
 * logged.c: what the log of a bulletin has of its metrics.
 *
 * Every view asks for each of its metrics. The log, which may be long, is read once for all of them and for the statement;
 * the changes are kept as they are packed, which is all that is known of them until somebody asks for their days and classes.
 */
#include "logged.h"
#include "definition.h"
#include "log.h"
#include "remember.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/memutils.h"

/* The metrics of a record, and what has been found of each. */
typedef struct Found
{
	SourceRecord *record;
	Logged	  **logged;
	int			last;			/* the metric of the row before: most rows are of the same one */
	MemoryContext memory;
} Found;

static bool
is_called(const SourceMetric *metric, const char *name, Size length)
{
	return strncmp(metric->name, name, length) == 0 && metric->name[length] == '\0';
}

/* What has been found of the metric that a row names in its first column; NULL where there is none of that name. */
static Logged *
logged_of(Found *found, TupleTableSlot *row)
{
	bool		isnull;
	Datum		value = slot_getattr(row, 1, &isnull);
	text	   *name = isnull ? NULL : DatumGetTextPP(value);

	for (int i = 0; name != NULL && i < found->record->nmetrics; i++)
	{
		int			metric = (found->last + i) % found->record->nmetrics;

		if (is_called(&found->record->metrics[metric], VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name)))
			return found->logged[found->last = metric];
	}
	return NULL;
}

/* Sees to it that there is room for so many bytes more. */
static void
make_room(Logged *logged, Size more, MemoryContext memory)
{
	Size		needed = add_size(logged->used, more);

	if (needed <= logged->size)
		return;
	logged->size = Max(needed, mul_size(logged->size, 2));
	logged->rows = logged->rows == NULL ? MemoryContextAllocHuge(memory, logged->size) : repalloc_huge(logged->rows, logged->size);
}

static void
note_changes(Logged *logged, DateADT day, Datum value, MemoryContext memory)
{
	bytea	   *changes = DatumGetByteaPP(value);
	LoggedHeader header = {.day = day, .length = VARSIZE_ANY_EXHDR(changes)};

	make_room(logged, sizeof(header) + header.length, memory);
	memcpy(logged->rows + logged->used, &header, sizeof(header));
	memcpy(logged->rows + logged->used + sizeof(header), VARDATA_ANY(changes), header.length);
	logged->used += sizeof(header) + header.length;
	if ((Pointer) changes != DatumGetPointer(value))
		pfree(changes);
}

/* Notes the mark of a key; one of nothing may be of everything. */
static void
note_key(Found *found, const char *label)
{
	for (int i = 0; i < found->record->nmetrics; i++)
		if (!found->logged[i]->has_marks && (label == NULL ||
			edustats_lookups_named(edustats_definition(found->record, &found->record->metrics[i]), label) != NIL))
			found->logged[i]->has_marks = true;
}

static bool
note_row(TupleTableSlot *row, void *state)
{
	Found	   *found = state;
	Logged	   *logged = logged_of(found, row);
	bool		isnull;
	Datum		value;

	if (slot_attisnull(row, LOG_METRIC + 1))
	{
		value = slot_getattr(row, LOG_LOOKUP + 1, &isnull);
		note_key(found, isnull ? NULL : TextDatumGetCString(value));
	}
	else if (logged != NULL && slot_attisnull(row, LOG_CHANGES + 1))
		logged->has_marks = true;
	else if (logged != NULL && !slot_attisnull(row, LOG_FIRST + 1))
	{
		DateADT		day = DatumGetDateADT(slot_getattr(row, LOG_FIRST + 1, &isnull));

		note_changes(logged, day, slot_getattr(row, LOG_CHANGES + 1, &isnull), found->memory);
	}
	return false;
}

static bool
note_outside(TupleTableSlot *row, void *state)
{
	Logged	   *logged;

	if (TupleDescAttr(row->tts_tupleDescriptor, 0)->atttypid != TEXTOID)
		return true;			/* it is not as edustats made it */
	logged = logged_of(state, row);
	if (logged != NULL)
		logged->has_marks = true;
	return false;
}

/* The name by which it is remembered. */
static char *
logged_name(SourceMetric *metric)
{
	return psprintf("logged %s", metric->name);
}

/* See logged.h. */
const Logged *
edustats_logged(SourceRecord *record, SourceMetric *metric)
{
	Found		found = {.record = record};
	Logged	   *logged = edustats_recall_thing(record->schema, logged_name(metric));

	if (logged != NULL)
		return logged;
	found.memory = AllocSetContextCreate(CurrentMemoryContext, "edustats logged", ALLOCSET_DEFAULT_SIZES);
	found.logged = palloc(record->nmetrics * sizeof(Logged *));
	for (int i = 0; i < record->nmetrics; i++)
		found.logged[i] = MemoryContextAllocZero(found.memory, sizeof(Logged));
	if (edustats_log_problem(record) != NULL || edustats_any_row(record, "log", note_row, &found) ||
		edustats_any_row(record, "outside", note_outside, &found))
		return NULL;
	MemoryContextSetParent(found.memory, edustats_remembering());
	for (int i = 0; i < record->nmetrics; i++)
		edustats_remember_thing(record->schema, logged_name(&record->metrics[i]), found.logged[i]);
	return found.logged[metric - record->metrics];
}
