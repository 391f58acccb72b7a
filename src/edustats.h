/*
 * edustats.h: what more than one source file of the extension shares.
 */
#ifndef EDUSTATS_H
#define EDUSTATS_H

#include "postgres.h"

#include "compat.h"
#include "fmgr.h"

#endif							/* EDUSTATS_H */
