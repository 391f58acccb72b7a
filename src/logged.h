/*
 * logged.h: what the log of a bulletin has of a metric.
 */
#ifndef EDUSTATS_LOGGED_H
#define EDUSTATS_LOGGED_H

#include "source.h"

typedef struct Logged
{
	bool		has_marks;		/* of days, or of keys that it may look up by; or rows outside its calendar */
	char	   *rows;			/* the changes: LoggedHeader and packed changes, one after the other */
	Size		used;
	Size		size;			/* allocated */
} Logged;

/* Before the packed changes of a day, not aligned. */
typedef struct LoggedHeader
{
	DateADT		day;
	uint32		length;			/* of the packed changes */
} LoggedHeader;

/*
 * What there is of a metric under the active snapshot; NULL where the log can't be read. It is read once for all metrics and
 * for the statement.
 */
extern const Logged *edustats_logged(SourceRecord *record, SourceMetric *metric);

#endif							/* EDUSTATS_LOGGED_H */
