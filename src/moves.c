/*
 * moves.c: can the row that is being written be one that moves to another partition?
 *
 * A MERGE that updates but does not insert, or does not delete, gives a moved row to no trigger of a statement: it is deleted
 * from one partition and inserted into the other. So partitioned tables bear a trigger after INSERT and DELETE of each row,
 * which sees what is really stored, whatever other triggers have made of it. Its WHEN is row_may_move, so that it costs
 * next to nothing where rows are inserted or deleted as such: a trigger before UPDATE of a statement has said when they
 * may move.
 */
#include "moves.h"

#include "access/xact.h"
#include "fmgr.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(edustats_row_may_move);

/*
 * The last command of this transaction that updates a partitioned table. Those that run within it have higher numbers, and
 * it lower ones than any that begins after it; so all up to it may be updates, and none after it is.
 */
static bool updating = false;
static CommandId last_update;

/* See moves.h. */
void
edustats_forget_updates(void)
{
	updating = false;
}

/* The number of the command that is running: its snapshot's, which whatever runs within it puts its own on top of. */
static CommandId
running_command(void)
{
	return ActiveSnapshotSet() ? GetActiveSnapshot()->curcid : GetCurrentCommandId(false);
}

/* See moves.h. */
void
edustats_begin_update(void)
{
	CommandId	command = running_command();

	last_update = updating ? Max(last_update, command) : command;
	updating = true;
}

/* row_may_move() returns boolean: does, or did, what is running update a partitioned table that is counted? */
Datum
edustats_row_may_move(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(updating && running_command() <= last_update);
}
