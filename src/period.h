/*
 * period.h: the days that a bulletin's views are being read for, where these are not months.
 */
#ifndef EDUSTATS_PERIOD_H
#define EDUSTATS_PERIOD_H

#include "utils/date.h"

/* From the first day until, but without, the other; both are 0 where views are read by months. */
typedef struct Period
{
	DateADT		first;
	DateADT		until;
} Period;

extern Period edustats_period_now(void);

#endif							/* EDUSTATS_PERIOD_H */
