/*
 * edustats.h: what more than one source file of the extension shares.
 */
#ifndef EDUSTATS_H
#define EDUSTATS_H

#include "postgres.h"

#include "compat.h"
#include "fmgr.h"
#include "utils/date.h"
#include "utils/timestamp.h"

/* local_day.c: remembers a zone and a span of constant UTC offset. */
typedef struct LocalDayCache LocalDayCache;

extern LocalDayCache *edustats_local_day_cache(MemoryContext context);
extern DateADT edustats_local_day(LocalDayCache *cache, TimestampTz at, text *zone);
extern DateADT edustats_month_of(DateADT day);

/* dirty.c */
extern void edustats_dirty_init(void);

/* owner.c */
extern char *edustats_execute_as(Oid role, const char *command, bool newest_snapshot);

#endif							/* EDUSTATS_H */
