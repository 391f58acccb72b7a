/*
 * month_rows.c: the rows of a view for a month, by a plan that a session keeps: to plan a bulletin's view takes longer than to
 * read it.
 */
#include "edustats.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(edustats_month_rows);

#define PLANS_MAX 200			/* kept by a session; others are made each time */
#define QUERY_MAX 1024			/* more than its three names take, each letter of them a quote */

typedef struct KeptPlan
{
	char		query[QUERY_MAX];	/* the key: a view that is renamed makes another */
	SPIPlanPtr	plan;			/* NULL where an error was raised before there was one */
} KeptPlan;

static HTAB *plans = NULL;

/* The entry of a query; NULL where there is no room for it. */
static KeptPlan *
entry_of(const char *query)
{
	HASHCTL		control = {.keysize = QUERY_MAX, .entrysize = sizeof(KeptPlan), .hcxt = TopMemoryContext};
	KeptPlan   *kept;
	bool		found;

	if (plans == NULL)
		plans = hash_create("edustats month rows", 32, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	kept = hash_search(plans, query, hash_get_num_entries(plans) < PLANS_MAX ? HASH_ENTER : HASH_FIND, &found);
	if (kept != NULL && !found)
		kept->plan = NULL;
	return kept;
}

/* The plan of a query with a date as its parameter; SPI is connected. */
static SPIPlanPtr
plan_of(const char *query)
{
	Oid			types[] = {DATEOID};
	KeptPlan   *kept = entry_of(query);
	SPIPlanPtr	plan;

	if (kept != NULL && kept->plan != NULL)
		return kept->plan;
	plan = SPI_prepare_cursor(query, 1, types, CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL)
		elog(ERROR, "could not plan to read the rows of a month");
	if (kept != NULL && SPI_keepplan(plan) == 0)
		kept->plan = plan;
	return plan;
}

/* Reads all rows of a month as one value; by: the column that they are ordered by, or NULL. */
static char *
make_query(Oid view, const char *by)
{
	char	   *name = get_rel_name(view);

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", view)));
	return psprintf("SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(r)%s%s), '[]') FROM %s r WHERE r.month OPERATOR(pg_catalog.=) $1",
					by == NULL ? "" : " ORDER BY r.", by == NULL ? "" : quote_identifier(by),
					quote_qualified_identifier(get_namespace_name(get_rel_namespace(view)), name));
}

/* month_rows(view, month, by) returns jsonb: an array of the view's rows for a month, as objects. */
Datum
edustats_month_rows(PG_FUNCTION_ARGS)
{
	MemoryContext caller = CurrentMemoryContext;
	char	   *query;
	Datum		month[1];
	Datum		rows;
	bool		isnull;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	query = make_query(PG_GETARG_OID(0), PG_ARGISNULL(2) ? NULL : NameStr(*PG_GETARG_NAME(2)));
	month[0] = PG_GETARG_DATUM(1);
	SPI_connect();
	if (SPI_execute_plan(plan_of(query), month, NULL, true, 0) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "could not read the rows of a month");
	rows = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	MemoryContextSwitchTo(caller);
	rows = PointerGetDatum(PG_DETOAST_DATUM_COPY(rows));
	SPI_finish();
	PG_RETURN_DATUM(rows);
}
