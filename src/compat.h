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

/* Until 15 the rights that an entry of a range table needs stood in it; now a query lists them by themselves. */
#if PG_VERSION_NUM >= 160000
#define forget_permissions(entry) ((entry)->perminfoindex = 0)
#else
#define forget_permissions(entry) ((entry)->requiredPerms = 0)
#endif

/* Vars say from 16 on by which outer joins they can be NULL. */
#if PG_VERSION_NUM >= 160000
#define forget_nulling(var) ((var)->varnullingrels = NULL)
#else
#define forget_nulling(var) ((void) 0)
#endif

/* What stands for a join's columns, by the columns of what is joined. */
#if PG_VERSION_NUM >= 160000
#define flatten_join_aliases(query, node) flatten_join_alias_vars(NULL, query, node)
#else
#define flatten_join_aliases(query, node) flatten_join_alias_vars(query, node)
#endif

/* The expression of a generated column that is not stored, as there are from 18 on; NULL for any other column. */
#if PG_VERSION_NUM >= 180000
extern struct Node *generation_expression(Oid relation, int16 column);
#else
#define generation_expression(relation, column) ((void) (relation), (struct Node *) NULL)
#endif

#endif							/* EDUSTATS_COMPAT_H */
