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

/* The date in the zone at the instant; an infinite one gives an infinite date, a day before all dates an error. */
extern DateADT edustats_local_day(LocalDayCache *cache, TimestampTz at, text *zone);

/* The same, but a day before all dates gives the first one: for triggers, which no instant may make fail. */
extern DateADT edustats_local_day_clamped(LocalDayCache *cache, TimestampTz at, text *zone);

/* As edustats_local_day_clamped, in the zone of the last call of either, of which there must have been one. */
extern DateADT edustats_local_day_again(LocalDayCache *cache, TimestampTz at);

/* The first day of the month that holds the day; an infinite one stays, in the first month of all it is an error. */
extern DateADT edustats_month_of(DateADT day);

/* Is there such a zone? */
extern bool edustats_zone_exists(text *zone);

/* numbers.c: percentages */

/* part / whole in percent to 2 decimals, rounded once, half away from zero; whole is not 0, NaN and infinity fail. */
extern Numeric edustats_percent(Numeric part, Numeric whole);

/* owner.c: the rights of a bulletin's owner */

/* The owner of a schema, of whom the current user must have the rights. */
extern Oid	edustats_schema_owner(Oid schema);

/* What is to be put back when a role's rights end; an error puts it back by itself. */
typedef struct Caller
{
	Oid			user;
	int			context;
	int			settings;
} Caller;

/* Takes on a role's rights, in a security-restricted operation; row-level security is an error, never a smaller sum. */
extern Caller edustats_become(Oid role);
extern void edustats_become_caller(Caller caller);

/* Sets a setting until the nest level of settings ends. */
extern void edustats_set_local(const char *name, const char *value);

/* strangers.c: what of a schema of data is not its owner's */

/* An error if there is anything, or somebody else may make it. To be called with the owner's rights. */
extern void edustats_check_strangers(Oid schema, Oid owner);

/* log.c: the log of changes */

/* To be called when this transaction may have taken marks out of a log, so that they are logged again. */
extern void edustats_forget_marks(void);

#endif							/* EDUSTATS_H */
