/*
 * log.h: writing into a bulletin's log what has changed, or which days; for its triggers.
 */
#ifndef EDUSTATS_LOG_H
#define EDUSTATS_LOG_H

#include "source.h"

#include "access/xact.h"
#include "executor/tuptable.h"
#include "utils/relcache.h"

/* Columns of the log, as attach creates them. */
enum
{
	LOG_METRIC, LOG_FIRST, LOG_LAST, LOG_LOOKUP, LOG_KEY, LOG_NOTE, LOG_CHANGES, LOG_COLUMNS
};

/* An open log. */
typedef struct LogWriter
{
	Relation	log;
	TupleTableSlot *slot;		/* for its rows */
	MemoryContext memory;		/* of one row */
} LogWriter;

/*
 * Opens the log of a record. NULL, or else why marks can't be written there: the schema may have been dropped or
 * altered by hand, and the platform's writes must not fail for that.
 */
extern const char *edustats_open_log(LogWriter *writer, SourceRecord *record);

/* Why marks can't be written into the log of a record now; NULL where they can. */
extern const char *edustats_log_problem(SourceRecord *record);

/* Is it what a log is called? */
extern bool edustats_is_logs_name(const char *name);

/*
 * Appends a mark of some days of a metric, unless this transaction has logged it already. Infinite days: all of them. note:
 * what went wrong, if that is why; or NULL.
 */
extern void edustats_log_days(LogWriter *writer, const char *metric, DateADT first, DateADT last, const char *note);

/*
 * Appends what has changed on a day of a metric, packed, unless this transaction has marked the day. by_row: the trigger is one
 * of rows; when it has logged as many in this transaction as a statement may, the day is marked instead.
 */
extern void edustats_log_packed(LogWriter *writer, const char *metric, DateADT day, bytea *changes, bool by_row);

/* Appends the mark of a lookup's key, of whatever metric. */
extern void edustats_log_key(LogWriter *writer, const char *lookup, const char *key);

extern void edustats_close_log(LogWriter *writer);

/* Keeps the set of what this transaction has logged in step with the end of a subtransaction. */
extern void edustats_end_marks(SubXactEvent event);

#endif							/* EDUSTATS_LOG_H */
