/*
 * dirty.h: writing marks into a dirty log; for its triggers.
 */
#ifndef EDUSTATS_DIRTY_H
#define EDUSTATS_DIRTY_H

#include "edustats.h"

#include "nodes/execnodes.h"
#include "utils/relcache.h"

/* An open log, and what is marked in it: the days of a metric, or members. */
typedef struct LogWriter
{
	Relation	log;
	NameData	metric;			/* empty where members are marked */
	EState	   *estate;			/* for inserting, made at the first mark */
	ResultRelInfo *target;
	TupleTableSlot *slot;
	bool		have_last;
	int64		last;
} LogWriter;

/*
 * Opens the log of a bulletin for a trigger on the source; metric is empty for members. False, with a warning, if the
 * bulletin is gone: its schema was dropped without edustats.detach, and the platform's writes must not fail for that.
 */
extern bool edustats_open_log(LogWriter *writer, Relation source, const char *bulletin, const char *metric);

/* Appends a mark, a day or a member, unless this transaction has logged it already. */
extern void edustats_log_mark(LogWriter *writer, int64 value);

extern void edustats_close_log(LogWriter *writer);

#endif							/* EDUSTATS_DIRTY_H */
