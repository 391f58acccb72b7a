/*
 * lapse.c: where the record of a bulletin's sources does not agree with the catalogs any more.
 *
 * Every reading asks this before it trusts the rollup. What has lapsed, came or went makes days dirty; refresh and attach
 * record it anew. What is compared is the record under the reader's snapshot, as the rollup is, with the catalogs as they
 * are now, as plain SQL reads them.
 */
#include "definition.h"
#include "log.h"
#include "logged.h"

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
part_problem(Lapses *lapses, SourcePart *part)
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
	edustats_part_days(lapses->record, lapses->metric, part->relation, &first, &last);
	if (first != part->first || last != part->last)
		return psprintf("the bounds of %s have changed", edustats_relation_name(part->relation));
	return NULL;
}

/* Looks at everything that a table consists of now. A part that bears no triggers stands for what is below it. */
static List *
compare_tree(Lapses *lapses, Oid root)
{
	SourcePart *top = edustats_part_of(lapses->metric, root);
	List	   *tree = find_all_inheritors(root, NoLock, NULL);
	ListCell   *cell;

	foreach(cell, top != NULL && !top->bears ? list_make1_oid(root) : tree)
	{
		Oid			relation = lfirst_oid(cell);
		SourcePart *part = edustats_part_of(lapses->metric, relation);
		const char *problem;

		if (relation == root && part != NULL && part->bears && has_superclass(root))
			report(lapses, relation, LAPSED, part, psprintf("%s is a part of another table", edustats_relation_name(root)));
		else if (part == NULL)
			report(lapses, relation, CAME, NULL, psprintf("%s has come", edustats_relation_name(relation)));
		else if ((problem = part_problem(lapses, part)) != NULL)
			report(lapses, relation, LAPSED, part, problem);
	}
	return tree;
}

/* Why a metric as a whole is not what was recorded; NULL where it is. */
static const char *
metric_problem(SourceMetric *metric, SourceDefinition *definition)
{
	if (!OidIsValid(definition->root))
		return psprintf("the platform has no relation \"%s\"", metric->relation);
	if (edustats_is_as_recorded(metric, definition))
		return NULL;
	return definition->problem == NULL ? psprintf("%s is defined otherwise than it was", edustats_relation_name(definition->root)) :
		psprintf("%s can't be seen through: %s", edustats_relation_name(definition->root), definition->problem);
}

/* Looks at all that is recorded of a metric. That all holds is remembered: whatever could change it empties the cache. */
static void
compare_metric(Lapses *lapses)
{
	SourceDefinition *definition = edustats_definition(lapses->record, lapses->metric);
	const char *problem = metric_problem(lapses->metric, definition);
	List	   *all = NIL;
	ListCell   *cell;

	if (lapses->metric->holds)
		return;
	if (problem != NULL)
		report(lapses, InvalidOid, LAPSED, NULL, problem);
	foreach(cell, definition->tables)
		all = list_concat(all, compare_tree(lapses, ((SourceTable *) lfirst(cell))->relation));
	for (int i = 0; i < lapses->metric->nparts; i++)
	{
		SourcePart *part = &lapses->metric->parts[i];

		if (!list_member_oid(all, part->relation))
			report(lapses, part->relation, GONE, part, psprintf("%s is gone", edustats_relation_name(part->relation)));
	}
	lapses->metric->holds = lapses->count == 0 && !edustats_record_is_stale();
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

/* See source.h. */
SourceRecord *
edustats_trusted_record(Oid schema)
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

static bool
has_lapsed(Oid schema, const char *metric)
{
	Lapses		lapses = {.result = NULL};

	compare(&lapses, schema, metric);
	return lapses.count > 0;
}

/* Is there something in the log, or outside the calendar, for a metric? */
static bool
has_rows(Oid schema, const char *name, bool changes)
{
	SourceRecord *record = edustats_record_at(schema, GetActiveSnapshot());
	SourceMetric *metric = record->problem != NULL ? NULL : edustats_metric_named(record, name);

	const Logged *logged = metric == NULL || metric->unseen ? NULL : edustats_logged(record, metric);

	return logged == NULL || logged->has_marks || (changes && logged->used > 0);
}

/*
 * may_be_dirty(schema, metric, changes) returns boolean: is there anything by which days of a metric can be dirty? Every
 * reading asks it, of metrics that hardly ever are: so it takes microseconds.
 */
Datum
edustats_may_be_dirty(PG_FUNCTION_ARGS)
{
	Oid			schema = PG_GETARG_OID(0);
	char	   *metric = text_to_cstring(PG_GETARG_TEXT_PP(1));

	(void) edustats_schema_owner(schema);
	/* Each of these may find the record changed and read it anew: nothing of it is kept from one to the next. */
	PG_RETURN_BOOL(has_rows(schema, metric, PG_GETARG_BOOL(2)) || has_lapsed(schema, metric));
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
