/*
 * remember.h: forgetting what a statement has computed.
 */
#ifndef EDUSTATS_REMEMBER_H
#define EDUSTATS_REMEMBER_H

#include "edustats.h"

/* Forgets it: at the end of a transaction, and where a subtransaction is rolled back. */
extern void edustats_forget_remembered(void);

#endif							/* EDUSTATS_REMEMBER_H */
