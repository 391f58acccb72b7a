/*
 * daily_state.h: the state of daily_tally_agg.
 */
#ifndef EDUSTATS_DAILY_STATE_H
#define EDUSTATS_DAILY_STATE_H

#include "state.h"
#include "tally.h"

/* Classes for which the builders of the last day are remembered; others are looked up. */
#define DAILY_RECENT 64

/* A day and a class in one number that sorts by day, then class. */
typedef int64 DailyKey;

/*
 * State of the aggregate; its flat value is a bytea of all days and classes. The first row that counts makes it, so that
 * without any the result is NULL.
 */
typedef struct DailyState
{
	StateHeader header;
	LocalDayCache *days;
	bool		zone_is_constant;	/* as days has it, from the first row on */
	struct daily_hash *slots;	/* a builder for each day and class */
	DateADT		last_day;		/* the day of the recent builders */
	TallyBuilder *recent[DAILY_RECENT]; /* by class; NULL: not looked up since the day changed */

	/*
	 * The last row, not counted yet. A row's count is seldom in the processor's cache: it is asked for when the row
	 * comes and added to when the next one comes, so that nobody waits for it. The builder is NULL if there is none.
	 */
	TallyBuilder *pending;
	int64		pending_key;
	int64		pending_weight;
} DailyState;

/* The tallies of a state, by day and class. */
typedef struct DailyTallies
{
	uint64		number;
	DailyKey   *keys;			/* ascending */
	struct varlena **tallies;
	Size		size;			/* of all tallies together */
} DailyTallies;

static inline DailyKey
daily_key(DateADT day, int16 class)
{
	return (DailyKey) day * 65536 + class - PG_INT16_MIN;
}

static inline DateADT
day_of(DailyKey key)
{
	/* Rounds down for days before 2000 as well. */
	return (DateADT) ((key - (key & 0xFFFF)) / 65536);
}

static inline int16
class_of(DailyKey key)
{
	return (int16) ((key & 0xFFFF) + PG_INT16_MIN);
}

/* What a state is to others: an expanded object of these methods. */
extern const ExpandedObjectMethods edustats_daily_methods;

/* An empty state, in the context. */
extern DailyState *edustats_daily_create(MemoryContext context);

/* The builder of a day and class, made if it is new. */
extern TallyBuilder *edustats_daily_builder(DailyState *state, DailyKey key);

/* Adds a flat state. */
extern void edustats_daily_add(DailyState *state, bytea *flat);

/* The tallies of a state, in the current context; an error if they are more than a value can hold. */
extern DailyTallies edustats_daily_build(DailyState *state);

/* The builder of a day and class, remembering those of one day, as rows mostly come in the order of time. */
static inline TallyBuilder *
recent_builder(DailyState *state, DateADT day, int16 class)
{
	TallyBuilder *builder;

	if (unlikely((uint16) class >= DAILY_RECENT))
		return edustats_daily_builder(state, daily_key(day, class));
	if (unlikely(day != state->last_day))
	{
		memset(state->recent, 0, sizeof(state->recent));
		state->last_day = day;
	}
	builder = state->recent[class];
	if (unlikely(builder == NULL))
		builder = state->recent[class] = edustats_daily_builder(state, daily_key(day, class));
	return builder;
}

/* Counts the row that is pending; whatever reads the builders calls this first. */
static inline void
count_pending(DailyState *state)
{
	if (state->pending != NULL)
		tally_add(state->pending, state->pending_key, state->pending_weight);
	state->pending = NULL;
}

#endif							/* EDUSTATS_DAILY_STATE_H */
