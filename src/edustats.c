/*
 * edustats.c: the module's entry.
 */
#include "edustats.h"

PG_MODULE_MAGIC;
