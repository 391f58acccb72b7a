/*
 * lapse.c: where the record of a bulletin's sources does not agree with the catalogs any more.
 *
 * Every reading asks this before it trusts the rollup. What has lapsed, came or went makes days dirty; refresh and attach
 * record it anew. What is compared is the record under the reader's snapshot, as the rollup is, with the catalogs as they
 * are now, as plain SQL reads them.
 */
#include "log.h"
#include "source.h"

#include "catalog/namespace.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(edustats_lapses);
PG_FUNCTION_INFO_V1(edustats_may_be_dirty);
PG_FUNCTION_INFO_V1(edustats_source_facts);
PG_FUNCTION_INFO_V1(edustats_source_relation_sql);
PG_FUNCTION_INFO_V1(edustats_record_changed);

/* What can have happened to a part, as SQL sees it. */
#define CAME "came"
#define GONE "gone"
#define LAPSED "lapsed"

/* What is found, and where it goes. */
typedef struct Lapses
{
	ReturnSetInfo *result;		/* rows of a call of lapses; NULL where only their number is wanted */
	int			count;
	SourceRecord *record;
	SourceMetric *metric;
} Lapses;

static void
report(Lapses *lapses, Oid relation, const char *kind, SourcePart *part, const char *problem)
{
	Datum		values[5] = {ObjectIdGetDatum(relation), CStringGetTextDatum(kind)};
	bool		nulls[5] = {!OidIsValid(relation), false, part == NULL, part == NULL, problem == NULL};

	lapses->count++;
	if (lapses->result == NULL)
		return;
	if (part != NULL)
	{
		values[2] = DateADTGetDatum(part->first);
		values[3] = DateADTGetDatum(part->last);
	}
	if (problem != NULL)
		values[4] = CStringGetTextDatum(problem);
	tuplestore_putvalues(lapses->result->setResult, lapses->result->setDesc, values, nulls);
}

/* Why a recorded part can't be trusted any more; NULL where it can. */
static const char *
part_problem(Lapses *lapses, SourcePart *part, Oid root)
{
	const char *problem = edustats_columns_problem(lapses->metric, part);
	DateADT		first;
	DateADT		last;

	if (problem != NULL || !part->bears)
		return problem;
	if (!OidIsValid(edustats_relation_owner(part->relation)) ||
		!has_privs_of_role(lapses->record->owner, edustats_relation_owner(part->relation)))
		return psprintf("role %s has not the rights of the owner of %s",
						quote_identifier(GetUserNameFromId(lapses->record->owner, false)),
						edustats_relation_name(part->relation));
	if (!edustats_bears_triggers(lapses->record, part->relation))
		return psprintf("%s does not bear its triggers, or they are disabled", edustats_relation_name(part->relation));
	if (lapses->metric->columns[COLUMN_TIME] != NULL && lapses->metric->name[0] != '\0')
	{
		edustats_partition_days(part->relation, root, lapses->metric->columns[COLUMN_TIME], lapses->record->zone,
								&first, &last);
		if (first != part->first || last != part->last)
			return psprintf("the bounds of %s have changed", edustats_relation_name(part->relation));
	}
	return NULL;
}

static SourcePart *
part_of(SourceMetric *metric, Oid relation)
{
	for (int i = 0; i < metric->nparts; i++)
		if (metric->parts[i].relation == relation)
			return &metric->parts[i];
	return NULL;
}

/* Looks at everything that the metric's relation consists of now. A part that bears no triggers stands for what is below it. */
static void
compare_tree(Lapses *lapses, Oid root, List *tree)
{
	SourcePart *top = part_of(lapses->metric, root);
	ListCell   *cell;

	foreach(cell, top != NULL && !top->bears ? list_make1_oid(root) : tree)
	{
		Oid			relation = lfirst_oid(cell);
		SourcePart *part = part_of(lapses->metric, relation);
		const char *problem;

		if (part == NULL)
			report(lapses, relation, CAME, NULL, psprintf("%s has come", edustats_relation_name(relation)));
		else if ((problem = part_problem(lapses, part, root)) != NULL)
			report(lapses, relation, LAPSED, part, problem);
	}
}

/* Looks at all that is recorded of a metric. That all holds is remembered: whatever could change it empties the cache. */
static void
compare_metric(Lapses *lapses)
{
	Oid			root = edustats_source_relation(lapses->record, lapses->metric);
	List	   *tree;

	if (!OidIsValid(root))
		report(lapses, InvalidOid, LAPSED, NULL, psprintf("the platform has no relation \"%s\"", lapses->metric->relation));
	else if (root == lapses->metric->holds_for)
		return;
	tree = OidIsValid(root) ? find_all_inheritors(root, NoLock, NULL) : NIL;
	if (OidIsValid(root))
		compare_tree(lapses, root, tree);
	for (int i = 0; i < lapses->metric->nparts; i++)
	{
		SourcePart *part = &lapses->metric->parts[i];

		if (!list_member_oid(tree, part->relation))
			report(lapses, part->relation, GONE, part, psprintf("%s is gone", edustats_relation_name(part->relation)));
	}
	if (lapses->count == 0 && !edustats_record_is_stale())
		lapses->metric->holds_for = root;
}

static void
compare(Lapses *lapses, Oid schema, const char *metric)
{
	const char *problem;

	lapses->record = edustats_record_at(schema, GetActiveSnapshot());
	problem = lapses->record->problem == NULL ? edustats_log_problem(lapses->record) : lapses->record->problem;
	lapses->metric = problem == NULL ? edustats_metric_named(lapses->record, metric) : NULL;
	if (lapses->metric != NULL)
		compare_metric(lapses);
	else
		report(lapses, InvalidOid, LAPSED, NULL, problem == NULL ? "the metric is not on record" : problem);
}

/* The record in a schema, for its owner alone: it may name what nobody else can read, and may be locked by him. */
static SourceRecord *
callers_record(Oid schema)
{
	(void) edustats_schema_owner(schema);
	return edustats_record(schema);
}

/* The same, but an error where it can't be trusted: what it says is to be done. */
static SourceRecord *
trusted_record(Oid schema)
{
	SourceRecord *record = callers_record(schema);

	if (record->problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the record of the sources in schema \"%s\" is not as edustats.attach left it", record->name),
				 errdetail("The %s.", record->problem),
				 errhint("Delete what is wrong there, and CALL edustats.attach again.")));
	return record;
}

/*
 * lapses(schema, metric) returns rows (relation, kind, first, last, problem): see the file's head. kind is "came",
 * "gone" or "lapsed"; without a record that can be trusted, one row without a relation.
 */
Datum
edustats_lapses(PG_FUNCTION_ARGS)
{
	Lapses		lapses = {.result = (ReturnSetInfo *) fcinfo->resultinfo};

	(void) edustats_schema_owner(PG_GETARG_OID(0));
	InitMaterializedSRF(fcinfo, 0);
	compare(&lapses, PG_GETARG_OID(0), text_to_cstring(PG_GETARG_TEXT_PP(1)));
	return (Datum) 0;
}

/* Is a row of the log a mark for the metric, or one of "outside" a day of it? Both have the metric's name first. */
static bool
is_of_metric(TupleTableSlot *row, void *state)
{
	SourceMetric *metric = state;
	bool		isnull;
	Datum		name = slot_getattr(row, 1, &isnull);

	if (isnull || VARSIZE_ANY_EXHDR(DatumGetPointer(name)) == 0)
		return metric->columns[COLUMN_MEMBER] != NULL;
	return strcmp(TextDatumGetCString(name), metric->name) == 0;
}

static bool
has_lapsed(Oid schema, const char *metric)
{
	Lapses		lapses = {.result = NULL};

	compare(&lapses, schema, metric);
	return lapses.count > 0;
}

/* Is there a mark for a metric, or for all that count by member? by_member: whether it does. */
static bool
is_marked(Oid schema, const char *name, bool *by_member)
{
	SourceRecord *record = edustats_record_at(schema, GetActiveSnapshot());
	SourceMetric *metric = record->problem != NULL ? NULL : edustats_metric_named(record, name);

	if (metric == NULL)
		return true;
	*by_member = metric->columns[COLUMN_MEMBER] != NULL;
	return metric->unseen || edustats_any_row(record, "log", is_of_metric, metric) ||
		edustats_any_row(record, "outside", is_of_metric, metric);
}

/*
 * may_be_dirty(schema, metric) returns boolean: is there anything by which days of a metric can be dirty? Every reading asks
 * it, of metrics that hardly ever are: so it takes microseconds.
 */
Datum
edustats_may_be_dirty(PG_FUNCTION_ARGS)
{
	Oid			schema = PG_GETARG_OID(0);
	char	   *metric = text_to_cstring(PG_GETARG_TEXT_PP(1));
	bool		by_member;

	(void) edustats_schema_owner(schema);
	/* Each of these may find the record changed and read it anew: nothing of it is kept from one to the next. */
	PG_RETURN_BOOL(is_marked(schema, metric, &by_member) || has_lapsed(schema, metric) ||
				   (by_member && has_lapsed(schema, "")));
}

/* The columns' numbers of a metric in a relation, as the record keeps them. */
static Datum
columns_now(SourceMetric *metric, Oid relation)
{
	Datum		numbers[SOURCE_COLUMNS];

	for (int i = 0; i < SOURCE_COLUMNS; i++)
		numbers[i] = Int16GetDatum(edustats_column_number(metric, i, relation));
	return PointerGetDatum(construct_array(numbers, SOURCE_COLUMNS, INT2OID, sizeof(int16), true, TYPALIGN_SHORT));
}

/*
 * source_facts(schema, metric, relation) returns (columns, first, last): what the record is to say of a relation. One
 * piece of code says it and checks it.
 */
Datum
edustats_source_facts(PG_FUNCTION_ARGS)
{
	SourceRecord *record = trusted_record(PG_GETARG_OID(0));
	SourceMetric *metric = edustats_metric_named(record, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	Oid			relation = PG_GETARG_OID(2);
	DateADT		first = DATEVAL_NOBEGIN;
	DateADT		last = DATEVAL_NOEND;
	TupleDesc	columns;
	Datum		values[3];
	bool		nulls[3] = {false, false, false};

	if (metric == NULL || get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the metric is not on record")));
	if (metric->name[0] != '\0')
		edustats_partition_days(relation, edustats_source_relation(record, metric), metric->columns[COLUMN_TIME],
								record->zone, &first, &last);
	values[0] = columns_now(metric, relation);
	values[1] = DateADTGetDatum(first);
	values[2] = DateADTGetDatum(last);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(columns, values, nulls)));
}

/* May a bulletin's owner read a relation? What is not on record he may only where it is his own, or of those whose rights he has. */
static bool
may_read(SourceRecord *record, SourceMetric *metric, Oid relation)
{
	Oid			owner = edustats_relation_owner(relation);

	if (superuser_arg(record->owner) && !superuser_arg(owner))
		return false;
	return part_of(metric, relation) != NULL || has_privs_of_role(record->owner, owner);
}

/* source_relation(schema, metric) returns regclass: what a metric is to be read from, NULL if there is none. */
Datum
edustats_source_relation_sql(PG_FUNCTION_ARGS)
{
	SourceRecord *record = trusted_record(PG_GETARG_OID(0));
	SourceMetric *metric = edustats_metric_named(record, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	Oid			root = metric == NULL ? InvalidOid : edustats_source_relation(record, metric);
	ListCell   *cell;

	if (!OidIsValid(root))
		PG_RETURN_NULL();
	foreach(cell, find_all_inheritors(root, NoLock, NULL))
		if (!may_read(record, metric, lfirst_oid(cell)))
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("%s is not read with the rights of role \"%s\"", edustats_relation_name(lfirst_oid(cell)),
							GetUserNameFromId(record->owner, false)),
					 errdetail("It belongs to role \"%s\", and was no source, or no such role's, when the bulletin was attached.",
							   GetUserNameFromId(edustats_relation_owner(lfirst_oid(cell)), false)),
					 errhint("CALL edustats.attach again, as a role that may read it, or for its owner.")));
	PG_RETURN_OID(root);
}

/* record_changed(): trigger on the tables of a record; every session reads it anew. */
Datum
edustats_record_changed(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("this function is for triggers that edustats.attach creates")));
	CacheInvalidateRelcache(((TriggerData *) fcinfo->context)->tg_relation);
	return PointerGetDatum(NULL);
}
