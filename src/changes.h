/*
 * changes.h: what writes have changed on days: by how much the count of a key has grown, or shrunk, that a member has.
 *
 * Packed, the changes of one day are a bytea; in memory, those of many days are an array. A member's class is none of it:
 * that is looked up when the changes are read.
 */
#ifndef EDUSTATS_CHANGES_H
#define EDUSTATS_CHANGES_H

#include "edustats.h"

/* A statement that changes more rows of a day is not worth saying what it has changed. */
#define CHANGES_OF_DAY 4096

/* Weights beyond it are not logged, so that no sum of a statement's overflows. */
#define CHANGE_WEIGHT_MAX (INT64CONST(1) << 40)

typedef struct Change
{
	int64		member;			/* 0 where there is none */
	int64		key;
	int64		weight;			/* negative for what has been taken away */
	DateADT		day;
	bool		has_member;
} Change;

/* Changes, in the context; it begins as zeros but for that. */
typedef struct Changes
{
	MemoryContext context;
	Change	   *items;
	uint64		number;
	uint64		size;			/* allocated */
} Changes;

/* Appends a change. */
extern void edustats_add_change(Changes *changes, const Change *change);

/* Sorts changes by day, member and key, and adds up those of the same; what comes to nothing is dropped. */
extern void edustats_sum_changes(Changes *changes);

/* The number of changes from one on that are of the same day. */
extern uint64 edustats_same_day(const Changes *changes, uint64 from);

/* Packs changes of one day, which have been summed. */
extern bytea *edustats_pack_changes(const Change *items, uint64 number);

/* Appends the changes of a day that come packed, from wherever; an error if they are damaged. */
extern void edustats_unpack_changes(Changes *changes, DateADT day, const char *packed, Size length);

#endif							/* EDUSTATS_CHANGES_H */
