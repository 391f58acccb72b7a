/*
 * marker.c: what the rows of a statement have been found to log; see marker.h.
 *
 * Of rows without number little is kept: of a day with more than CHANGES_OF_DAY changes that it is to be marked, and of more
 * than CHANGES_IN_ALL changes the same of all their days.
 */
#include "marker.h"

#include "tally.h"

#include "lib/qunique.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#define CHANGES_IN_ALL 131072
#define FIRST_LOOK 8192			/* changes at which days are first looked for that have too many */

static int
compare_values(const void *a, const void *b)
{
	int64		left = *(const int64 *) a;
	int64		right = *(const int64 *) b;

	return left < right ? -1 : left > right;
}

/* Sorts what is to be marked and drops what is there twice. */
static void
compact_values(Marker *marker)
{
	qsort(marker->values, marker->nvalues, sizeof(int64), compare_values);
	marker->nvalues = marker->nsorted = (int) qunique(marker->values, marker->nvalues, sizeof(int64), compare_values);
}

/* See marker.h. */
void
edustats_begin_marker(Marker *marker)
{
	marker->nvalues = marker->nsorted = 0;
	marker->have_last = false;
	marker->last_key = NULL;
	marker->changes.context = CurrentMemoryContext;
	marker->changes.number = marker->same_day = 0;
}

/* See marker.h. */
void
edustats_add_value(Marker *marker, int64 value)
{
	if (marker->have_last && marker->last == value)
		return;
	marker->have_last = true;
	marker->last = value;
	if (marker->nvalues == marker->size)
	{
		compact_values(marker);
		if (marker->size == 0 || marker->nvalues > marker->size / 2)
		{
			marker->size = marker->size == 0 ? 16 : marker->size * 2;
			marker->values = marker->values == NULL ? palloc(marker->size * sizeof(int64)) :
				repalloc_huge(marker->values, mul_size(marker->size, sizeof(int64)));
		}
	}
	marker->values[marker->nvalues++] = value;
}

/* See marker.h. Of keys that are no integers nothing is kept: they are logged at once. */
void
edustats_add_key(Marker *marker, Datum value, Oid type)
{
	char	   *key;

	if (type == INT2OID || type == INT4OID || type == INT8OID)
	{
		edustats_add_value(marker, integer_value(value, type));
		return;
	}
	key = OutputFunctionCall(&marker->counted->output, value);
	if (marker->last_key == NULL || strcmp(marker->last_key, key) != 0)
		edustats_log_key(marker->log, marker->counted->label, key);
	if (marker->last_key != NULL)
		pfree(marker->last_key);
	marker->last_key = key;
}

/* See marker.h. */
bool
edustats_is_to_be_marked(Marker *marker, DateADT day)
{
	int64		value = day;

	return (marker->have_last && marker->last == value) ||
		(marker->nsorted > 0 && bsearch(&value, marker->values, marker->nsorted, sizeof(int64), compare_values) != NULL);
}

/* Has the days marked that have more changes than limit, and drops what has changed on marked days. */
static void
settle_changes(Marker *marker, uint64 limit)
{
	Changes    *changes = &marker->changes;
	uint64		kept = 0;

	edustats_sum_changes(changes);
	for (uint64 i = 0, n; i < changes->number; i += n)
	{
		n = edustats_same_day(changes, i);
		if (n > limit)
			edustats_add_value(marker, changes->items[i].day);
	}
	if (marker->nvalues > marker->nsorted)
		compact_values(marker);
	for (uint64 i = 0, n; i < changes->number; i += n)
	{
		n = edustats_same_day(changes, i);
		if (edustats_is_to_be_marked(marker, changes->items[i].day))
			continue;
		memmove(&changes->items[kept], &changes->items[i], n * sizeof(Change));
		kept += n;
	}
	changes->number = kept;
	marker->same_day = 0;
}

/* See marker.h. A load is mostly in the order of time, and so has the changes of a day one after the other. */
void
edustats_note_change(Marker *marker, const Change *change)
{
	Changes    *changes = &marker->changes;

	marker->same_day = changes->number > 0 && changes->items[changes->number - 1].day == change->day ? marker->same_day + 1 : 1;
	edustats_add_change(changes, change);
	if (marker->same_day > CHANGES_OF_DAY)
	{
		changes->number -= marker->same_day;
		marker->same_day = 0;
		edustats_add_value(marker, change->day);
		compact_values(marker);
	}
	else if (changes->number == changes->size && changes->number >= FIRST_LOOK)
	{
		settle_changes(marker, CHANGES_OF_DAY);
		if (changes->number > CHANGES_IN_ALL / 2)
			settle_changes(marker, 0);
	}
}

/* Logs the changes of days that are not to be marked. */
static void
log_changes(Marker *marker, const char *metric)
{
	Changes    *changes = &marker->changes;

	settle_changes(marker, CHANGES_OF_DAY);
	for (uint64 i = 0, n; i < changes->number; i += n)
	{
		bytea	   *packed;

		n = edustats_same_day(changes, i);
		packed = edustats_pack_changes(&changes->items[i], n);
		edustats_log_packed(marker->log, metric, changes->items[i].day, packed, marker->by_row);
		pfree(packed);
	}
}

/* See marker.h. */
void
edustats_log_marker(Marker *marker)
{
	Counted    *counted = marker->counted;
	const char *metric = ((SourceMetric *) linitial(counted->metrics))->name;

	log_changes(marker, metric);
	for (int i = 0; i < marker->nvalues; i++)
	{
		DateADT		day = (DateADT) marker->values[i];
		char		key[MAXINT8LEN + 1];

		tally_step(i);
		if (counted->kind == COUNTED_DAY)
			edustats_log_days(marker->log, metric,
							  Max(day - counted->margin, DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE),
							  Min(day + counted->margin, DATE_END_JULIAN - POSTGRES_EPOCH_JDATE - 1), NULL);
		else
		{
			pg_lltoa(marker->values[i], key);
			edustats_log_key(marker->log, counted->label, key);
		}
	}
}
