/*
 * source_sql.c: what SQL asks of a bulletin's sources, for the record.
 */
#include "definition.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(edustats_is_unique);
PG_FUNCTION_INFO_V1(edustats_source_tables);
PG_FUNCTION_INFO_V1(edustats_source_lookups);
PG_FUNCTION_INFO_V1(edustats_source_definition);
PG_FUNCTION_INFO_V1(edustats_source_facts);

/* The metric that a call names by its second argument; an error if it is not on record. */
static SourceMetric *
asked_metric(FunctionCallInfo fcinfo, SourceRecord *record)
{
	SourceMetric *metric = edustats_metric_named(record, text_to_cstring(PG_GETARG_TEXT_PP(1)));

	if (metric == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the metric is not on record")));
	return metric;
}

static void
put_row(FunctionCallInfo fcinfo, Oid relation, const char *text)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Datum		values[2] = {ObjectIdGetDatum(relation), text == NULL ? (Datum) 0 : CStringGetTextDatum(text)};
	bool		nulls[2] = {!OidIsValid(relation), text == NULL};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * source_tables(schema, metric) returns setof (relation, problem): the tables beneath a metric's source; or the source
 * itself and why it can't be seen through.
 */
Datum
edustats_source_tables(PG_FUNCTION_ARGS)
{
	SourceRecord *record = edustats_trusted_record(PG_GETARG_OID(0));
	SourceDefinition *definition = edustats_definition(record, asked_metric(fcinfo, record));
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, 0);
	foreach(cell, definition->tables)
		put_row(fcinfo, ((SourceTable *) lfirst(cell))->relation, definition->problem);
	return (Datum) 0;
}

/*
 * source_lookups(schema, metric) returns setof (relation, lookup): the lookups by key of a metric, as the log names them. One more
 * without a name if the metric is not defined as it was recorded: then there may be marks of others, that it had.
 */
Datum
edustats_source_lookups(PG_FUNCTION_ARGS)
{
	SourceRecord *record = edustats_trusted_record(PG_GETARG_OID(0));
	SourceMetric *metric = asked_metric(fcinfo, record);
	SourceDefinition *definition = edustats_definition(record, metric);
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, 0);
	if (!edustats_is_as_recorded(metric, definition))
		put_row(fcinfo, definition->root, NULL);
	foreach(cell, definition->lookups)
		if (((SourceLookup *) lfirst(cell))->key != NULL)
			put_row(fcinfo, ((SourceLookup *) lfirst(cell))->relation, ((SourceLookup *) lfirst(cell))->label);
	return (Datum) 0;
}

/* source_definition(schema, metric) returns text: what the record is to say of a metric. */
Datum
edustats_source_definition(PG_FUNCTION_ARGS)
{
	SourceRecord *record = edustats_trusted_record(PG_GETARG_OID(0));
	SourceDefinition *definition = edustats_definition(record, asked_metric(fcinfo, record));

	PG_RETURN_TEXT_P(cstring_to_text(definition->text));
}

/* Is there an index by which a table has each value of a column only once, its children included? */
static bool
has_unique_index(Oid relid, AttrNumber column)
{
	Relation	relation = relation_open(relid, AccessShareLock);
	bool		found = false;
	ListCell   *cell;

	if (relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE || !has_subclass(relid))
		foreach(cell, RelationGetIndexList(relation))
		{
			Relation	index = index_open(lfirst_oid(cell), AccessShareLock);
			Form_pg_index form = index->rd_index;

			found |= form->indisunique && form->indisvalid && form->indimmediate && form->indnkeyatts == 1 &&
				form->indkey.values[0] == column && heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL);
			index_close(index, AccessShareLock);
		}
	relation_close(relation, AccessShareLock);
	return found;
}

/* is_unique(relation, column) returns boolean: see to it that what is looked up is there once, or does an index? */
Datum
edustats_is_unique(PG_FUNCTION_ARGS)
{
	const char *problem = NULL;
	Query	   *query = edustats_column_query(PG_GETARG_OID(0), NameStr(*PG_GETARG_NAME(1)));
	List	   *branches = query == NULL ? NIL : edustats_branches(query, 1, &problem);
	ViewBranch *branch = list_length(branches) == 1 ? linitial(branches) : NULL;
	Var		   *key = branch != NULL && list_length(branch->places) == 1 ? linitial(branch->values) : NULL;
	TablePlace *place = key != NULL && IsA(key, Var) ? linitial(branch->places) : NULL;

	PG_RETURN_BOOL(place != NULL && place->opaque == NULL && has_unique_index(place->relation, key->varattno));
}

/*
 * source_facts(schema, metric, relation) returns (columns, first, last): what the record is to say of a part of a source. One
 * piece of code says it and checks it.
 */
Datum
edustats_source_facts(PG_FUNCTION_ARGS)
{
	SourceRecord *record = edustats_trusted_record(PG_GETARG_OID(0));
	SourceMetric *metric = asked_metric(fcinfo, record);
	Oid			relation = PG_GETARG_OID(2);
	int			ncolumns = 0;
	int16	   *columns;
	DateADT		first;
	DateADT		last;
	Datum	   *numbers;
	TupleDesc	row;
	Datum		values[3];
	bool		nulls[3] = {false, false, false};

	if (get_call_result_type(fcinfo, NULL, &row) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "source_facts returns a row");
	edustats_part_days(record, metric, relation, &first, &last);
	columns = edustats_part_columns(metric, relation, &ncolumns);
	numbers = palloc((ncolumns + 1) * sizeof(Datum));
	for (int i = 0; i < ncolumns; i++)
		numbers[i] = Int16GetDatum(columns[i]);
	values[0] = PointerGetDatum(construct_array(numbers, ncolumns, INT2OID, sizeof(int16), true, TYPALIGN_SHORT));
	values[1] = DateADTGetDatum(first);
	values[2] = DateADTGetDatum(last);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(row, values, nulls)));
}
