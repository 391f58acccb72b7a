/*
 * remember.h: what a statement has computed once.
 */
#ifndef EDUSTATS_REMEMBER_H
#define EDUSTATS_REMEMBER_H

#include "edustats.h"

/* Forgets it: at the end of a transaction, and where a subtransaction is rolled back. */
extern void edustats_forget_remembered(void);

/* The same as recall and remember are for SQL, for some bits, under the active snapshot. */
extern bool edustats_recall_flags(Oid schema, char *name, char *flags);
extern void edustats_remember_flags(Oid schema, char *name, char flags);

#endif							/* EDUSTATS_REMEMBER_H */
