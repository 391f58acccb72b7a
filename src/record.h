/*
 * record.h: reading the record of a bulletin's sources; for those who keep it.
 */
#ifndef EDUSTATS_RECORD_H
#define EDUSTATS_RECORD_H

#include "source.h"

/* Reads a record, of which schema, name and owner are known, under a snapshot; what is wrong with it becomes its problem. */
extern void edustats_read_record(SourceRecord *record, Snapshot snapshot);

/* Is a record what the snapshot sees? */
extern bool edustats_is_version(SourceRecord *record, Snapshot snapshot);

#endif							/* EDUSTATS_RECORD_H */
