/*
 * owner.c: the one door to the rights of a bulletin's owner.
 *
 * Refreshing reads the owner's relations, and so runs whatever code his views call. Whoever refreshes, a superuser's
 * scheduler above all, must not run it with his own rights. What runs are functions in the bulletin's schema of data,
 * which are its owner's: attach puts them there from the extension's own texts.
 */
#include "edustats.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "parser/parse_func.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(edustats_as_owner);
PG_FUNCTION_INFO_V1(edustats_install);
PG_FUNCTION_INFO_V1(edustats_in_transaction_block);

/* See edustats.h. */
void
edustats_set_local(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/* See edustats.h. */
Caller
edustats_become(Oid role)
{
	Caller		caller;

	GetUserIdAndSecContext(&caller.user, &caller.context);
	SetUserIdAndSecContext(role, caller.context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_RESTRICTED_OPERATION);
	caller.settings = NewGUCNestLevel();
	edustats_set_local("search_path", "pg_catalog, pg_temp");
	edustats_set_local("row_security", "off");
	return caller;
}

/* See edustats.h. */
void
edustats_become_caller(Caller caller)
{
	AtEOXact_GUC(false, caller.settings);
	SetUserIdAndSecContext(caller.user, caller.context);
}

/* See edustats.h. */
Oid
edustats_schema_owner(Oid schema)
{
	HeapTuple	tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("schema with OID %u does not exist", schema)));
	owner = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
	ReleaseSysCache(tuple);
	if (!has_privs_of_role(GetUserId(), owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("must have the rights of role \"%s\", who owns the schema \"%s\"",
						GetUserNameFromId(owner, false), get_namespace_name(schema))));
	return owner;
}

/* The function of that name in the schema for the call's arguments, which must be the schema's owner's own. */
static Oid
owners_function(FunctionCallInfo fcinfo, Oid schema, const char *name, Oid owner)
{
	Oid			types[FUNC_MAX_ARGS];
	int			nargs = PG_NARGS() - 2;
	Oid			function;
	HeapTuple	tuple;
	bool		own;

	for (int i = 0; i < nargs; i++)
		types[i] = get_fn_expr_argtype(fcinfo->flinfo, i + 2);
	function = LookupFuncName(list_make2(makeString(get_namespace_name(schema)), makeString(pstrdup(name))),
							  nargs, types, false);
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	own = HeapTupleIsValid(tuple) && ((Form_pg_proc) GETSTRUCT(tuple))->proowner == owner &&
		((Form_pg_proc) GETSTRUCT(tuple))->prokind == PROKIND_FUNCTION && !((Form_pg_proc) GETSTRUCT(tuple))->proretset;
	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	if (!own)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("\"%s.%s\" is no function of its schema's owner's with one value", get_namespace_name(schema), name)));
	if (get_func_rettype(function) != get_func_rettype(fcinfo->flinfo->fn_oid))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("function \"%s.%s\" does not return %s", get_namespace_name(schema), name,
						format_type_be(get_func_rettype(fcinfo->flinfo->fn_oid)))));
	return function;
}

/*
 * as_owner(schema, function, arguments ...) returns jsonb: calls a function in a schema as the schema's owner. It may be
 * a refresh, in a transaction that has written before and will write again.
 */
Datum
edustats_as_owner(PG_FUNCTION_ARGS)
{
	LOCAL_FCINFO(call, FUNC_MAX_ARGS);
	FmgrInfo	function;
	Oid			schema;
	Oid			owner;
	Caller		caller;
	Datum		result;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("schema and function must not be null")));
	if (get_fn_expr_variadic(fcinfo->flinfo) || PG_NARGS() - 2 > FUNC_MAX_ARGS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("arguments must be given one by one")));
	schema = PG_GETARG_OID(0);
	owner = edustats_schema_owner(schema);
	fmgr_info(owners_function(fcinfo, schema, NameStr(*PG_GETARG_NAME(1)), owner), &function);
	InitFunctionCallInfoData(*call, &function, PG_NARGS() - 2, InvalidOid, NULL, NULL);
	for (int i = 0; i < PG_NARGS() - 2; i++)
		call->args[i] = fcinfo->args[i + 2];

	caller = edustats_become(owner);
	edustats_set_local("jit", "off");	/* catalogs and rows of the record seem dear to the planner, and are few */
	edustats_check_strangers(schema, owner);
	result = FunctionCallInvoke(call);
	edustats_become_caller(caller);
	edustats_forget_marks();
	if (call->isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(result);
}

/* Runs the statements of the extension's own texts of one kind, in their order. */
static void
run_texts(const char *kind)
{
	Oid			types[1] = {TEXTOID};
	Datum		values[1] = {CStringGetTextDatum(kind)};
	SPITupleTable *texts;
	uint64		ntexts;

	if (SPI_execute_with_args("SELECT body FROM edustats.section WHERE kind OPERATOR(pg_catalog.=) $1 ORDER BY position",
							  1, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read edustats.section");
	texts = SPI_tuptable;
	ntexts = SPI_processed;
	for (uint64 i = 0; i < ntexts; i++)
		if (SPI_execute(SPI_getvalue(texts->vals[i], texts->tupdesc, 1), false, 0) < 0)
			elog(ERROR, "could not run a text of edustats.section");
}

/* install(schema): makes the tables and functions of a bulletin's data in a schema, as its owner. */
Datum
edustats_install(PG_FUNCTION_ARGS)
{
	Oid			schema = PG_GETARG_OID(0);
	Oid			owner = edustats_schema_owner(schema);
	Caller		caller = edustats_become(owner);

	edustats_check_strangers(schema, owner);
	if (client_min_messages < WARNING)
		edustats_set_local("client_min_messages", "warning");	/* not that what is there is there */
	edustats_set_local("search_path", psprintf("%s, pg_catalog, pg_temp", quote_identifier(get_namespace_name(schema))));
	SPI_connect();
	run_texts("data");
	SPI_finish();
	edustats_become_caller(caller);
	PG_RETURN_VOID();
}

/* in_transaction_block() returns boolean: would a procedure's COMMIT fail, because the caller has begun a transaction? */
Datum
edustats_in_transaction_block(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(IsTransactionBlock());
}
