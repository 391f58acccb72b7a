/*
 * edustats.c: the module's entry.
 */
#include "log.h"
#include "moves.h"
#include "source.h"

PG_MODULE_MAGIC;

void
_PG_init(void)
{
	edustats_log_init();
	edustats_moves_init();
	edustats_source_init();
}
