/*
 * marker.h: what the rows of a statement have been found to log of one thing that they are counted as; for the triggers.
 */
#ifndef EDUSTATS_MARKER_H
#define EDUSTATS_MARKER_H

#include "changes.h"
#include "counted.h"
#include "log.h"

#include "catalog/pg_type.h"

typedef struct Marker
{
	Counted    *counted;
	LogWriter  *log;
	bool		by_row;			/* whether the trigger is one of rows */
	bool		all;			/* everything is to be marked */
	bool		have_last;		/* the last value, as neighbouring rows often have the same one */
	int64		last;
	int64	   *values;			/* days, or integer keys, that are to be marked */
	int			nvalues;
	int			nsorted;		/* so many of them, from the first on, are ascending and there once */
	int			size;
	char	   *last_key;		/* of another type, which have been logged already */
	Changes		changes;		/* of days that are not to be marked */
	uint64		same_day;		/* so many of the last changes are of the same day */
} Marker;

/* Readies a marker for rows, from the first on. */
extern void edustats_begin_marker(Marker *marker);

/* A day, or an integer key, is to be marked. */
extern void edustats_add_value(Marker *marker, int64 value);

/* A lookup's key of any type has changed. */
extern void edustats_add_key(Marker *marker, Datum value, Oid type);

/* Is a day to be marked, so that no change of it matters? */
extern bool edustats_is_to_be_marked(Marker *marker, DateADT day);

/* Something has changed on a day; where that is too much, the day is to be marked. */
extern void edustats_note_change(Marker *marker, const Change *change);

/* Logs what has been found, unless everything is to be marked. */
extern void edustats_log_marker(Marker *marker);

/* An integer's value, whatever its width. */
static inline int64
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

#endif							/* EDUSTATS_MARKER_H */
