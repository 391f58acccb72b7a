/*
 * edustats.h: what more than one source file of the extension shares.
 */
#ifndef EDUSTATS_H
#define EDUSTATS_H

#include "postgres.h"

#include "compat.h"
#include "fmgr.h"
#include "utils/date.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

/* local_day.c: the local day of an instant */

typedef struct LocalDayCache LocalDayCache; /* remembers the zone and spans of constant UTC offset */

/* An empty cache, allocated in the context. */
extern LocalDayCache *edustats_local_day_cache(MemoryContext context);

/* The date in the zone at the instant; an infinite one gives an infinite date, an unknown zone an error. */
extern DateADT edustats_local_day(LocalDayCache *cache, TimestampTz at, text *zone);

#endif							/* EDUSTATS_H */
