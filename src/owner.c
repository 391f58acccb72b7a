/*
 * owner.c: running a command with the rights of an attachment's owner.
 *
 * Refreshing reads the owner's relations, and so runs whatever code his views call. Whoever refreshes, a superuser's
 * scheduler above all, must not run it with his own rights.
 */
#include "edustats.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(edustats_as_owner);
PG_FUNCTION_INFO_V1(edustats_execute_newest);
PG_FUNCTION_INFO_V1(edustats_is_restricted);
PG_FUNCTION_INFO_V1(edustats_in_transaction_block);

static void
set_local(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/*
 * Executes one command as a role, in a security-restricted operation, with a safe search_path and with row-level
 * security giving an error, never a smaller sum. Returns the first column of its first row as text, NULL if none, in
 * the caller's memory context. newest_snapshot: look past the snapshot of a repeatable-read transaction.
 */
char *
edustats_execute_as(Oid role, const char *command, bool newest_snapshot)
{
	SPIPlanPtr	plan;
	MemoryContext caller = CurrentMemoryContext;
	Oid			save_user;
	int			save_context;
	int			save_settings;
	char	   *result = NULL;

	GetUserIdAndSecContext(&save_user, &save_context);
	SetUserIdAndSecContext(role, save_context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	save_settings = NewGUCNestLevel();
	set_local("search_path", "pg_catalog, pg_temp");
	set_local("row_security", "off");

	SPI_connect();
	plan = SPI_prepare(command, 0, NULL);
	if (plan == NULL ||
		SPI_execute_snapshot(plan, NULL, NULL, newest_snapshot ? GetLatestSnapshot() : InvalidSnapshot,
							 InvalidSnapshot, false, true, newest_snapshot ? 0 : 1) < 0)
		elog(ERROR, "could not execute \"%s\"", command);
	if (SPI_processed > 0 && SPI_tuptable != NULL)
	{
		result = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
		if (result != NULL)
			result = MemoryContextStrdup(caller, result);
	}
	SPI_finish();

	AtEOXact_GUC(false, save_settings);
	SetUserIdAndSecContext(save_user, save_context);
	return result;
}

/* Owner of a schema; an error if there is none, or if the current user has not his rights. */
static Oid
attachment_owner(const char *bulletin)
{
	HeapTuple	tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(get_namespace_oid(bulletin, false)));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for schema \"%s\"", bulletin);
	owner = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
	ReleaseSysCache(tuple);
	if (!has_privs_of_role(GetUserId(), owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must have the rights of role \"%s\", who owns the bulletin \"%s\"",
						GetUserNameFromId(owner, false), bulletin)));
	return owner;
}

/*
 * as_owner(bulletin name, command text) returns text: see edustats_execute_as. The command may be a refresh, in a
 * transaction that has written before and will write again.
 */
Datum
edustats_as_owner(PG_FUNCTION_ARGS)
{
	Oid			owner = attachment_owner(NameStr(*PG_GETARG_NAME(0)));
	char	   *result = edustats_execute_as(owner, text_to_cstring(PG_GETARG_TEXT_PP(1)), false);

	edustats_forget_marks();
	if (result == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(result));
}

/* execute_newest(command text): executes it as the current user, under a snapshot newer than a repeatable-read one. */
Datum
edustats_execute_newest(PG_FUNCTION_ARGS)
{
	(void) edustats_execute_as(GetUserId(), text_to_cstring(PG_GETARG_TEXT_PP(0)), true);
	PG_RETURN_VOID();
}

/* is_restricted() returns boolean: is this a security-restricted operation, such as as_owner's? */
Datum
edustats_is_restricted(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(InSecurityRestrictedOperation());
}

/* in_transaction_block() returns boolean: would a procedure's COMMIT fail, because the caller has begun a transaction? */
Datum
edustats_in_transaction_block(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(IsTransactionBlock());
}
