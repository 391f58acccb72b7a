/*
 * period.c: reads a bulletin's views for a period instead of for months.
 *
 * The views have a row, or several, a month. While edustats.of_period reads one, the calendar that they stand on is one row,
 * the period's, and what they have of the activity is that of its days (sql/data/period.sql). Which period that is is a fact of
 * the call and not of the session: nobody can set it, and it ends with the call, whether that succeeds or fails. A period that is
 * a month is read as one.
 */
#include "edustats.h"

#include "period.h"

#include "access/attnum.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(edustats_each_month);
PG_FUNCTION_INFO_V1(edustats_of_period);
PG_FUNCTION_INFO_V1(edustats_period);

#define YEARS_MAX 1000
#define YEAR_START(year) (date2j(year, 1, 1) - POSTGRES_EPOCH_JDATE)

static Period open_period = {0, 0};
static RangeType *open_days = NULL;	/* of whoever reads; NULL where views are read by months */

/* See period.h. */
Period
edustats_period_now(void)
{
	return open_period;
}

/* period() returns daterange: the days that views are being read for; NULL where they are read by months. */
Datum
edustats_period(PG_FUNCTION_ARGS)
{
	if (open_days == NULL)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(datumCopy(RangeTypePGetDatum(open_days), false, -1));
}

/* The view whose rows are of a type; an error for any other type, and for a view that knows no months. */
static Oid
view_of(Oid type)
{
	Oid			view = OidIsValid(type) ? get_typ_typrelid(type) : InvalidOid;
	AttrNumber	month;

	if (!OidIsValid(view) || get_rel_relkind(view) != RELKIND_VIEW)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("type %s is not that of a view's rows", OidIsValid(type) ? format_type_be(type) : "unknown"),
				 errhint("Name the view by a NULL of its type, as in of_period(NULL::bulletin.table_2, days).")));
	month = get_attnum(view, "month");
	if (month == InvalidAttrNumber || get_atttype(view, month) != DATEOID)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("view \"%s\" has no column \"month\" of type date", get_rel_name(view))));
	return view;
}

/* The days of a range; an error unless it has a first and a last one, with room for what was as long before it. */
static Period
period_of(RangeType *range)
{
	RangeBound	lower,
				upper;
	bool		empty;
	Period		period;

	range_deserialize(lookup_type_cache(RangeTypeGetOid(range), TYPECACHE_RANGE_INFO), range, &lower, &upper, &empty);
	if (empty || lower.infinite || upper.infinite || DATE_NOT_FINITE(DatumGetDateADT(lower.val)) || DATE_NOT_FINITE(DatumGetDateADT(upper.val)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the period needs a first and a last day")));
	period.first = DatumGetDateADT(lower.val);
	period.until = DatumGetDateADT(upper.val);
	if (period.first < YEAR_START(1) || period.until > YEAR_START(10000) || period.until - period.first > YEARS_MAX * 366)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the period is too long, or too far away"),
				 errdetail("It may have %d years, from the year 1 to the year 9999.", YEARS_MAX)));
	return period;
}

/* Is it one month? */
static bool
is_month(Period period)
{
	return edustats_month_of(period.first) == period.first && edustats_month_of(period.until) == period.until &&
		edustats_month_of(period.until - 1) == period.first;
}

/* Reads the rows of a view that are of a month, or, with none, all. */
static void
read_rows(Oid view, const Datum *month, ReturnSetInfo *result)
{
	Oid			types[] = {DATEOID};
	SPIExecuteOptions options = {.read_only = true, .must_return_tuples = true};
	char	   *query = psprintf("SELECT * FROM %s r%s", quote_qualified_identifier(get_namespace_name(get_rel_namespace(view)), get_rel_name(view)),
								 month == NULL ? "" : " WHERE r.month OPERATOR(pg_catalog.=) $1");
	SPIPlanPtr	plan;

	if (month != NULL)
	{
		options.params = makeParamList(1);
		options.params->params[0] = (ParamExternData) {.value = *month, .pflags = PARAM_FLAG_CONST, .ptype = DATEOID};
	}
	options.dest = CreateDestReceiver(DestTuplestore);
	SetTuplestoreDestReceiverParams(options.dest, result->setResult, result->econtext->ecxt_per_query_memory, false, NULL, NULL);
	SPI_connect();
	plan = SPI_prepare(query, month == NULL ? 0 : 1, types);
	if (plan == NULL || SPI_execute_plan_extended(plan, &options) != SPI_OK_SELECT)
		elog(ERROR, "could not read the rows of a period");
	SPI_finish();
}

/* Reads the rows of a view for a period; one that is a month as the others are read outside of any. */
static void
read_period(Oid view, Period period, RangeType *range, ReturnSetInfo *result)
{
	Period		before = open_period;
	RangeType  *range_before = open_days;
	bool		month = is_month(period);
	Datum		first = DateADTGetDatum(period.first);

	PG_TRY();
	{
		open_period = month ? (Period) {0, 0} : period;
		open_days = month ? NULL : range;
		read_rows(view, month ? &first : NULL, result);
	}
	PG_FINALLY();
	{
		open_period = before;
		open_days = range_before;
	}
	PG_END_TRY();
}

/* of_period(example, days): the rows of the view that the example, which may be NULL, is a row of. */
Datum
edustats_of_period(PG_FUNCTION_ARGS)
{
	Oid			view = view_of(get_fn_expr_argtype(fcinfo->flinfo, 0));
	RangeType  *range;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (PG_ARGISNULL(1))
		return (Datum) 0;
	range = PG_GETARG_RANGE_P(1);
	read_period(view, period_of(range), range, (ReturnSetInfo *) fcinfo->resultinfo);
	return (Datum) 0;
}

static void
put_month(ReturnSetInfo *result, DateADT first, DateADT last)
{
	Datum		values[2] = {DateADTGetDatum(first), DateADTGetDatum(last)};
	bool		nulls[2] = {false, false};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * each_month(first, last) returns table (month, last_day): the months from one day's to another's; while views are read for a
 * period, that one alone, if any of its days is in these months.
 */
Datum
edustats_each_month(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	DateADT		first = edustats_month_of(PG_GETARG_DATEADT(0));
	DateADT		last = PG_GETARG_DATEADT(1);

	if (DATE_NOT_FINITE(first) || DATE_NOT_FINITE(last) || last > YEAR_START(10000))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there are no months from %s to %s", DatumGetCString(DirectFunctionCall1(date_out, PG_GETARG_DATUM(0))),
						DatumGetCString(DirectFunctionCall1(date_out, PG_GETARG_DATUM(1))))));
	InitMaterializedSRF(fcinfo, 0);
	if (open_days != NULL)
	{
		if (open_period.first < edustats_month_of(edustats_month_of(last) + 31) && open_period.until > first)
			put_month(result, open_period.first, open_period.until - 1);
		return (Datum) 0;
	}
	while (first <= last)
	{
		DateADT		next = edustats_month_of(first + 31);

		CHECK_FOR_INTERRUPTS();
		put_month(result, first, next - 1);
		first = next;
	}
	return (Datum) 0;
}
