/*
 * source_query.c: the SQL by which a metric's rows are read.
 */
#include "definition.h"
#include "instant.h"
#include "key_column.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/sysattr.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_oper.h"
#include "rewrite/rewriteManip.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

PG_FUNCTION_INFO_V1(edustats_source_rows);
PG_FUNCTION_INFO_V1(edustats_lookup_rows);
PG_FUNCTION_INFO_V1(edustats_is_members_lookup);

/* Does an index have all rows for which an expression is not NULL? */
static bool
has_all(Relation index, Node *wanted)
{
	List	   *predicate = RelationGetIndexPredicate(index);
	NullTest   *test = predicate == NIL ? NULL : linitial(predicate);

	return predicate == NIL || (list_length(predicate) == 1 && IsA(test, NullTest) && test->nulltesttype == IS_NOT_NULL &&
								equal(test->arg, wanted));
}

/* Is there an index by which rows are found by this expression over a relation's columns? */
static bool
has_index(Oid relid, Node *origin)
{
	Relation	relation = relation_open(relid, AccessShareLock);
	Node	   *wanted = eval_const_expressions(NULL, origin);
	bool		found = false;
	ListCell   *cell;

	foreach(cell, RelationGetIndexList(relation))
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);
		AttrNumber	first = index->rd_index->indkey.values[0];

		if (index->rd_index->indisvalid && index->rd_rel->relam != HASH_AM_OID && has_all(index, wanted))
			found |= first == InvalidAttrNumber ? equal(wanted, linitial(RelationGetIndexExpressions(index))) :
				IsA(wanted, Var) && ((Var *) wanted)->varattno == first;
		index_close(index, AccessShareLock);
	}
	relation_close(relation, AccessShareLock);
	return found;
}

/* Has the bulletin's owner the rights of the owners of all tables that a source's rows come from? */
static bool
owns_tables(SourceRecord *record, SourceDefinition *definition)
{
	ListCell   *cell;

	foreach(cell, definition->tables)
		if (!has_privs_of_role(record->owner, edustats_relation_owner(((SourceTable *) lfirst(cell))->relation)))
			return false;
	return true;
}

/* Puts the conditions on the origin of a branch's time where its table stands in the query. */
static void
add_bounds(SourceRecord *record, ViewBranch *branch, List **done)
{
	bool		hidden = edustats_split_time(branch);
	Node	   *time = list_nth(branch->values, COLUMN_TIME);
	Instant		instant = edustats_instant(time);
	List	   *conditions = edustats_instant_conditions(&instant, record->zone, hidden);
	int			number;
	TablePlace *place;

	if (conditions == NIL || !bms_get_singleton_member(edustats_places_of(time), &number) || list_member_int(*done, number))
		return;
	*done = lappend_int(*done, number);
	place = edustats_place(branch, number);
	ChangeVarNodes((Node *) conditions, number, place->index, 0);
	place->query->jointree->quals = (Node *) make_ands_explicit(list_concat(conditions, make_ands_implicit((Expr *) place->query->jointree->quals)));
}

/* The rows of a source that can't be seen through, or not by the bulletin's owner: as the platform's relation gives them. */
static char *
opaque_rows(SourceDefinition *definition, SourceMetric *metric)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < SOURCE_COLUMNS; i++)
	{
		char	   *value = metric->columns[i] == NULL ? "NULL::bigint" : psprintf("s.%s", quote_identifier(metric->columns[i]));

		if (i == COLUMN_KEY && metric->has_null_key)
			value = psprintf("coalesce(%s::bigint, '" INT64_FORMAT "'::bigint)", value, metric->null_key);
		appendStringInfo(&text, "%s%s AS %s", i == 0 ? "SELECT " : ", ", value, quote_identifier(edustats_rows_names[i]));
	}
	appendStringInfo(&text, " FROM %s s", edustats_relation_name(definition->root));
	return text.data;
}

static char *
seen_rows(SourceRecord *record, SourceDefinition *definition, SourceMetric *metric, bool *named)
{
	const char *problem = NULL;
	Query	   *query = edustats_rows_query(definition, metric, &problem);
	List	   *done = NIL;
	ListCell   *cell;

	if (query == NULL)
		return opaque_rows(definition, metric);
	foreach(cell, edustats_branches(query, 1, &problem))
		add_bounds(record, lfirst(cell), &done);
	edustats_add_key_name(query, COLUMN_KEY + 1);
	*named = list_length(query->targetList) > SOURCE_COLUMNS;
	return edustats_query_text(query);
}

/* What finds a fact's first or last row by the index on its time's origin. */
static char *
end_query(SourceRecord *record, SourceFact *fact, bool last)
{
	Instant		instant = edustats_instant(fact->time);
	List	   *conditions = list_concat(edustats_instant_conditions(&instant, record->zone, false), list_copy(fact->filters));
	char	   *time = edustats_expression_text(fact->time, fact->relation);
	StringInfoData text;
	ListCell   *cell;

	initStringInfo(&text);
	appendStringInfo(&text, "SELECT %s FROM %s s WHERE %s >= $1 AND %s < $2", time, edustats_relation_name(fact->relation), time, time);
	foreach(cell, conditions)
		appendStringInfo(&text, " AND (%s)", edustats_expression_text(lfirst(cell), fact->relation));
	appendStringInfo(&text, " ORDER BY %s%s LIMIT 1", edustats_expression_text(instant.origin, fact->relation), last ? " DESC" : "");
	return text.data;
}

/*
 * The queries for the first and the last row of every branch, as an array; NULL where other tables, too, say which rows one
 * has. Where there is no first row, which may take long to find out, nothing looks for the last one.
 */
static Datum
end_queries(SourceRecord *record, SourceDefinition *definition)
{
	Datum	   *texts = palloc(list_length(definition->facts) * sizeof(Datum));
	int			ntexts = 0;
	ListCell   *cell;

	foreach(cell, definition->facts)
	{
		if (!edustats_decides_alone(lfirst(cell)))
			return (Datum) 0;
		texts[ntexts++] = CStringGetTextDatum(psprintf("SELECT f.first, (%s) FROM (%s) f(first)", end_query(record, lfirst(cell), true),
													   end_query(record, lfirst(cell), false)));
	}
	return PointerGetDatum(construct_array(texts, ntexts, TEXTOID, -1, false, TYPALIGN_INT));
}

/* The index that is missing to find a day's rows of a source; NULL where there is one for each of its facts. */
static char *
missing_index(SourceDefinition *definition)
{
	ListCell   *cell;

	foreach(cell, definition->facts)
	{
		SourceFact *fact = lfirst(cell);
		Instant		instant = edustats_instant(fact->time);

		if (contain_var_clause(instant.origin) && !has_index(fact->relation, instant.origin))
			return psprintf("CREATE INDEX ON %s (%s%s%s)", edustats_relation_name(fact->relation), IsA(instant.origin, Var) ? "" : "(",
							edustats_expression_text(instant.origin, fact->relation),
							IsA(instant.origin, Var) ? "" : ")");
	}
	return NULL;
}

/* May a bulletin's owner read a relation? What is not on record he may only where it is his own, or of those whose rights he has. */
static bool
may_read(SourceRecord *record, SourceMetric *metric, Oid relation)
{
	Oid			owner = edustats_relation_owner(relation);

	if (superuser_arg(record->owner) && !superuser_arg(owner))
		return false;
	return edustats_part_of(metric, relation) != NULL || has_privs_of_role(record->owner, owner);
}

/*
 * Is a view's query, down to the tables, on record? Then it may be read whoever's it is, but not by a superuser, since what it
 * calls may be anything by now.
 */
static bool
is_known_view(SourceRecord *record, SourceMetric *metric, SourceDefinition *definition)
{
	return get_rel_relkind(definition->root) == RELKIND_VIEW && !superuser_arg(record->owner) &&
		edustats_is_as_recorded(metric, definition);
}

/* An error if a relation, or a part of it, has taken a source's place without attach, and is a stranger's. */
static void
check_readable(SourceRecord *record, SourceMetric *metric, Oid root)
{
	ListCell   *cell;

	foreach(cell, find_all_inheritors(root, NoLock, NULL))
		if (!may_read(record, metric, lfirst_oid(cell)))
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("%s is not read with the rights of role \"%s\"", edustats_relation_name(lfirst_oid(cell)),
							GetUserNameFromId(record->owner, false)),
					 errdetail("It belongs to role \"%s\", and was no source, or no such role's, when the bulletin was attached.",
							   GetUserNameFromId(edustats_relation_owner(lfirst_oid(cell)), false)),
					 errhint("CALL edustats.attach again, as a role that may read it, or for its owner.")));
}

/*
 * source_rows(schema, metric) returns (rows, ends, missing_index, by_day, named): the query of a metric's rows (time, key, weight, member), of
 * which those outside [$1, $2) may be missing; queries for the first and the last time of each of its parts in [$1, $2), if an
 * index may find them; the statement that makes an index by which days would be found; whether days are found without reading
 * all; whether rows has a fifth column, key_name, of which the key is made. rows is NULL where there is no source.
 */
Datum
edustats_source_rows(PG_FUNCTION_ARGS)
{
	SourceRecord *record = edustats_trusted_record(PG_GETARG_OID(0));
	SourceMetric *metric = edustats_metric_named(record, text_to_cstring(PG_GETARG_TEXT_PP(1)));
	SourceDefinition *definition = metric == NULL ? NULL : edustats_definition(record, metric);
	Datum		values[5] = {0};
	bool		nulls[5] = {true, true, true};
	bool		named = false;
	bool		seen;
	char	   *missing;
	TupleDesc	columns;
	ListCell   *cell;

	if (get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "source_rows returns a row");
	if (definition != NULL && OidIsValid(definition->root))
	{
		seen = definition->problem == NULL && !definition->watched && owns_tables(record, definition);
		if (!is_known_view(record, metric, definition))
			check_readable(record, metric, definition->root);
		foreach(cell, seen ? definition->tables : NIL)
			check_readable(record, metric, ((SourceTable *) lfirst(cell))->relation);
		values[0] = CStringGetTextDatum(seen ? seen_rows(record, definition, metric, &named) : opaque_rows(definition, metric));
		nulls[0] = false;
		values[1] = seen ? end_queries(record, definition) : (Datum) 0;
		nulls[1] = values[1] == (Datum) 0;
		missing = seen ? missing_index(definition) : NULL;
		nulls[2] = missing == NULL;
		values[2] = nulls[2] ? (Datum) 0 : CStringGetTextDatum(missing);
		values[3] = BoolGetDatum(seen && nulls[2]);
		values[4] = BoolGetDatum(named);
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(columns, values, nulls)));
}

/* Tables of a branch side by side, as the query for a lookup's rows has them. */
typedef struct Tables
{
	ParseState *state;
	Query	   *query;
	List	   *numbers;		/* of their places */
} Tables;

static void
add_table(Tables *tables, TablePlace *place)
{
	tables->numbers = lappend_int(tables->numbers, place->number);
	edustats_add_table(tables->query, place->opaque != NULL ? place->view : place->relation,
					   psprintf("t%d", list_length(tables->numbers)));
}

/* Beyond all numbers of places. */
#define NUMBER_OFFSET 100000

/* A flat expression as one over the tables of the query. */
static Node *
in_query(Tables *tables, Node *expression)
{
	Node	   *result = copyObject(expression);

	OffsetVarNodes(result, NUMBER_OFFSET, 0);
	for (int i = 0; i < list_length(tables->numbers); i++)
		ChangeVarNodes(result, list_nth_int(tables->numbers, i) + NUMBER_OFFSET, i + 1, 0);
	return result;
}

static Node *
equal_condition(Tables *tables, Node *left, Node *right)
{
	return (Node *) make_op(tables->state, list_make2(makeString("pg_catalog"), makeString("=")), left, right, NULL, -1);
}

/* partner = ANY ($1), of which the elements are texts of the key's type. */
static Node *
any_key_condition(Tables *tables, Node *partner, Oid key_type)
{
	Param	   *param = makeNode(Param);
	Node	   *keys;

	param->paramkind = PARAM_EXTERN;
	param->paramid = 1;
	param->paramtype = TEXTARRAYOID;
	param->paramtypmod = -1;
	param->location = -1;
	keys = coerce_to_target_type(tables->state, (Node *) param, TEXTARRAYOID, get_array_type(getBaseType(key_type)), -1,
								 COERCION_EXPLICIT, COERCE_EXPLICIT_CAST, -1);
	return (Node *) make_scalar_array_op(tables->state, list_make2(makeString("pg_catalog"), makeString("=")), true, partner, keys, -1);
}

/* The query of the times of those rows of a fact that are joined to rows of a lookup with one of the keys $1. */
static char *
lookup_query(SourceLookup *lookup)
{
	Tables		tables = {make_parsestate(NULL), edustats_new_query(), NIL};
	List	   *conditions = NIL;
	ListCell   *cell;

	add_table(&tables, lookup->fact->place);
	foreach(cell, lookup->path)
	{
		SourceLookup *step = lfirst(cell);
		Node	   *key = copyObject(step->key);

		add_table(&tables, step->place);
		ChangeVarNodes(key, 1, list_length(tables.numbers), 0);
		conditions = lappend(conditions, equal_condition(&tables, key, in_query(&tables, step->partner)));
	}
	conditions = lappend(conditions, any_key_condition(&tables, in_query(&tables, lookup->partner), exprType(lookup->key)));
	tables.query->jointree->quals = (Node *) make_ands_explicit(conditions);
	tables.query->targetList = list_make1(makeTargetEntry((Expr *) copyObject(lookup->fact->time), 1, "time", false));
	return edustats_query_text(tables.query);
}

/* The lookups that a call names by its arguments: schema, metric and their name. */
static List *
asked_lookups(FunctionCallInfo fcinfo)
{
	SourceRecord *record = edustats_trusted_record(PG_GETARG_OID(0));
	SourceMetric *metric = edustats_metric_named(record, text_to_cstring(PG_GETARG_TEXT_PP(1)));

	return metric == NULL ? NIL : edustats_lookups_named(edustats_definition(record, metric), text_to_cstring(PG_GETARG_TEXT_PP(2)));
}

/*
 * lookup_rows(schema, metric, lookup) returns setof text: the queries of the times of a metric's rows that are joined to
 * rows of a lookup with the keys $1, one for each place where it stands.
 */
Datum
edustats_lookup_rows(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *cell;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	foreach(cell, asked_lookups(fcinfo))
	{
		Datum		value = CStringGetTextDatum(lookup_query(lfirst(cell)));
		bool		isnull = false;

		tuplestore_putvalues(result->setResult, result->setDesc, &value, &isnull);
	}
	return (Datum) 0;
}

/* is_of_members(schema, metric, lookup) returns boolean: are a lookup's keys the metric's members? NULL if it is none of it. */
Datum
edustats_is_members_lookup(PG_FUNCTION_ARGS)
{
	List	   *lookups = asked_lookups(fcinfo);
	ListCell   *cell;

	if (lookups == NIL)
		PG_RETURN_NULL();
	foreach(cell, lookups)
		if (!edustats_is_of_members(lfirst(cell)))
			PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(true);
}
