/*
 * ddl.c: which DDL commands the dirty log's triggers have to follow.
 *
 * SQL sees the tag of a command only, and ALTER TABLE does many things. What a restore does to a table and its triggers
 * after it has been filled must not be taken for a partition that came.
 */
#include "edustats.h"

#include "nodes/parsenodes.h"
#include "tcop/deparse_utility.h"

PG_FUNCTION_INFO_V1(edustats_changes_tree);

/* Does a command make a relation, or give one another name, by which it may take another's place? */
static bool
changes_name(Node *command)
{
	if (IsA(command, RenameStmt))
		return ((RenameStmt *) command)->renameType == OBJECT_TABLE;
	return IsA(command, CreateStmt) || IsA(command, CreateForeignTableStmt) || IsA(command, AlterObjectSchemaStmt);
}

/* Does a part of ALTER TABLE change who is whose partition or child? */
static bool
changes_parent(AlterTableType type)
{
	return type == AT_AttachPartition || type == AT_DetachPartition || type == AT_DetachPartitionFinalize ||
		type == AT_AddInherit || type == AT_DropInherit;
}

/* changes_tree(command pg_ddl_command) returns boolean */
Datum
edustats_changes_tree(PG_FUNCTION_ARGS)
{
	CollectedCommand *command = (CollectedCommand *) PG_GETARG_POINTER(0);
	ListCell   *cell;

	if (command->type == SCT_Simple)
		PG_RETURN_BOOL(changes_name(command->parsetree));
	if (command->type == SCT_AlterTable)
		foreach(cell, command->d.alterTable.subcmds)
		{
			Node	   *part = ((CollectedATSubcmd *) lfirst(cell))->parsetree;

			if (IsA(part, AlterTableCmd) && changes_parent(((AlterTableCmd *) part)->subtype))
				PG_RETURN_BOOL(true);
		}
	PG_RETURN_BOOL(false);
}
