/*
 * moves.h: what is to be known of updates of partitioned tables.
 */
#ifndef EDUSTATS_MOVES_H
#define EDUSTATS_MOVES_H

#include "postgres.h"

/* Says that the command that is running updates a partitioned table that is counted. */
extern void edustats_begin_update(void);

/* Forgets it, at the end of a transaction. */
extern void edustats_forget_updates(void);

#endif							/* EDUSTATS_MOVES_H */
