/*
 * instant.h: a time expression turned round: which values of a table's column can be within a span of time.
 */
#ifndef EDUSTATS_INSTANT_H
#define EDUSTATS_INSTANT_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "nodes/primnodes.h"

/* What a time is computed from. */
typedef enum InstantKind
{
	INSTANT_ITSELF,				/* a timestamptz; or what is not turned round */
	INSTANT_LOCAL,				/* a timestamp in a zone */
	INSTANT_DAY,				/* a date in a zone */
	INSTANT_EPOCH				/* a number, of which so many make a second */
} InstantKind;

typedef struct Instant
{
	InstantKind kind;
	Node	   *origin;			/* what it is computed from */
	Node	   *zone;			/* a constant of type text; NULL: the session's zone */
	double		per_second;
} Instant;

/* Turns a time expression round, as far as that is possible. */
extern Instant edustats_instant(Node *time);

/*
 * Conditions on the origin that hold whenever the time is in [$1, $2). Where the origin is the time itself, which is compared
 * with them anyway, there are none but if that is hidden from the planner.
 */
extern List *edustats_instant_conditions(Instant *instant, text *session_zone, bool hidden);

#endif							/* EDUSTATS_INSTANT_H */
