/*
 * remember.h: what a statement has computed once.
 */
#ifndef EDUSTATS_REMEMBER_H
#define EDUSTATS_REMEMBER_H

#include "edustats.h"

#include "utils/palloc.h"

/* Forgets it: at the end of a transaction, and where a subtransaction is rolled back. */
extern void edustats_forget_remembered(void);

/* What C has remembered by a name, under the active snapshot; NULL if nothing holds. */
extern void *edustats_recall_thing(Oid schema, char *name);

/* The memory of what is remembered under the active snapshot, which a thing to be remembered must have become part of. */
extern MemoryContext edustats_remembering(void);
extern void edustats_remember_thing(Oid schema, char *name, void *thing);

#endif							/* EDUSTATS_REMEMBER_H */
