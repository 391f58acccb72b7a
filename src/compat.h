/*
 * compat.h: every difference between the PostgreSQL versions that edustats supports (15 to 18).
 */
#ifndef EDUSTATS_COMPAT_H
#define EDUSTATS_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "edustats needs PostgreSQL 15 or later"
#endif

/* fmgr.h declares this from 16 on. */
#if PG_VERSION_NUM < 160000
extern PGDLLEXPORT void _PG_init(void);
#endif

/* What a function that never returns is declared with; until 17 the word stood behind the declaration. */
#if PG_VERSION_NUM < 180000
#define pg_noreturn pg_attribute_noreturn()
#endif

/* Variable-length values left postgres.h for a header of their own. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* Errors that a caller may ask to have returned instead of raised came with 16; until then all are raised. */
#if PG_VERSION_NUM < 160000
#define ereturn(context, dummy_value, ...) \
	do { \
		(void) (context); \
		ereport(ERROR, __VA_ARGS__); \
		return dummy_value; \
	} while (0)
#endif

#endif							/* EDUSTATS_COMPAT_H */
