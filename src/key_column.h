/*
 * key_column.h: the names behind keys that are numbers made of texts.
 */
#ifndef EDUSTATS_KEY_COLUMN_H
#define EDUSTATS_KEY_COLUMN_H

#include "postgres.h"

#include "nodes/parsenodes.h"

/*
 * Where a column of an expanded query is edustats.key_of of something, in every arm of a UNION ALL, adds that something to its
 * columns, as text, under the name key_name.
 */
extern void edustats_add_key_name(Query *query, AttrNumber column);

/* Is edustats.key_of called in an expression? */
extern bool edustats_has_key_of(Node *expression);

#endif							/* EDUSTATS_KEY_COLUMN_H */
