/*
 * compat.c: what compat.h declares and is more than a macro.
 */
#include "postgres.h"

#include "compat.h"

#if PG_VERSION_NUM >= 180000
#include "access/relation.h"
#include "catalog/pg_attribute.h"
#include "rewrite/rewriteHandler.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

/* See compat.h. */
Node *
generation_expression(Oid relation, int16 column)
{
	Relation	table;
	Node	   *expression;

	if (!OidIsValid(relation) || get_attgenerated(relation, column) != ATTRIBUTE_GENERATED_VIRTUAL)
		return NULL;
	table = relation_open(relation, NoLock);
	expression = build_generation_expression(table, column);
	relation_close(table, NoLock);
	return expression;
}
#endif
