/*
 * edustats.c: the module's entry.
 */
#include "edustats.h"

PG_MODULE_MAGIC;

void
_PG_init(void)
{
	edustats_dirty_init();
}
