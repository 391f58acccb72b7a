/*
 * edustats.c: the module's entry, and the ends of transactions for all that remembers something within one.
 */
#include "log.h"
#include "moves.h"
#include "remember.h"
#include "source.h"

#include "access/xact.h"

PG_MODULE_MAGIC;

static void
end_transaction(XactEvent event, void *arg)
{
	edustats_forget_marks();
	edustats_forget_updates();
	edustats_forget_remembered();
}

static void
end_subtransaction(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *arg)
{
	edustats_end_marks(event);
	if (event == SUBXACT_EVENT_ABORT_SUB)
		edustats_forget_remembered();
}

void
_PG_init(void)
{
	RegisterXactCallback(end_transaction, NULL);
	RegisterSubXactCallback(end_subtransaction, NULL);
	edustats_source_init();
}
