/*
 * source.c: a bulletin's sources as the catalogs have them now: relations and columns by their names, owners, triggers.
 */
#include "source.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* See source.h. */
Oid
edustats_source_relation(SourceRecord *record, SourceMetric *metric)
{
	return OidIsValid(record->platform) ? get_relname_relid(metric->relation, record->platform) : InvalidOid;
}

/* See source.h. */
Oid
edustats_relation_owner(Oid relation)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/* See source.h. */
char *
edustats_relation_name(Oid relation)
{
	char	   *name = get_rel_name(relation);

	return name == NULL ? psprintf("relation %u", relation) :
		quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), name);
}

/* See source.h. */
bool
edustats_may_count(Oid schema, Oid relation)
{
	HeapTuple	tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
	Oid			owner = edustats_relation_owner(relation);
	bool		may = HeapTupleIsValid(tuple) && OidIsValid(owner) &&
		has_privs_of_role(((Form_pg_namespace) GETSTRUCT(tuple))->nspowner, owner);

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return may;
}

/* The tables that are read, and written, for a writer. */
static const char *const record_tables[] = {"attachment", "metric", "part", "log"};

/* See source.h. */
bool
edustats_may_read_record(Oid schema, Oid relation)
{
	if (edustats_may_count(schema, relation))
		return true;
	for (Size i = 0; i < lengthof(record_tables); i++)
	{
		Oid			table = get_relname_relid(record_tables[i], schema);

		if (OidIsValid(table) && !ConditionalLockRelationOid(table, RowExclusiveLock))
			return false;
	}
	return true;
}

/* Is a column of a type that can be counted by? */
static bool
type_fits(Oid relation, AttrNumber column, bool is_time)
{
	Oid			type = getBaseType(get_atttype(relation, column));

	return is_time ? type == TIMESTAMPTZOID : type == INT2OID || type == INT4OID || type == INT8OID;
}

/* See source.h. */
AttrNumber
edustats_column_number(SourceMetric *metric, int column, Oid relation)
{
	return metric->columns[column] == NULL ? InvalidAttrNumber : get_attnum(relation, metric->columns[column]);
}

/* See source.h. */
char *
edustats_columns_problem(SourceMetric *metric, SourcePart *part)
{
	bool		of_members = metric->name[0] == '\0';

	for (int i = 0; i < SOURCE_COLUMNS; i++)
	{
		AttrNumber	now = edustats_column_number(metric, i, part->relation);

		if (now < 0 || (part->restored ? (now == 0) != (part->columns[i] == 0) : now != part->columns[i]))
			return psprintf("column \"%s\" of %s is not the one that was counted", metric->columns[i],
							edustats_relation_name(part->relation));
		if (now != InvalidAttrNumber && (!of_members || i == 0) &&
			!type_fits(part->relation, now, !of_members && i == COLUMN_TIME))
			return psprintf("column \"%s\" of %s is of another type", metric->columns[i], edustats_relation_name(part->relation));
	}
	return NULL;
}

/* The function of all our triggers; InvalidOid where there is none. No right on its schema is needed to know it. */
static Oid
trigger_function(void)
{
	oidvector  *arguments = buildoidvector(NULL, 0);

	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum("log_changes"), PointerGetDatum(arguments),
						   ObjectIdGetDatum(get_namespace_oid("edustats", true)));
}

/* The schema that a trigger names as its one argument; NULL if it is none of ours. */
static char *
trigger_schema(HeapTuple tuple, TupleDesc columns, Oid function)
{
	Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);
	bool		isnull;
	Datum		arguments;

	if (trigger->tgfoid != function || trigger->tgnargs != 1)
		return NULL;
	arguments = heap_getattr(tuple, Anum_pg_trigger_tgargs, columns, &isnull);
	/* One argument, and the zero byte that ends it. */
	return isnull ? NULL : pstrdup(VARDATA_ANY(DatumGetByteaPP(arguments)));
}

/* What to do with a trigger of ours that a relation bears. */
typedef void (*TriggerVisitor) (HeapTuple tuple, TupleDesc columns, const char *schema, void *state);

static void
visit_triggers(Oid relation, TriggerVisitor visit, void *state)
{
	Relation	triggers = table_open(TriggerRelationId, AccessShareLock);
	Oid			function = trigger_function();
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	scan = systable_beginscan(triggers, TriggerRelidNameIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		char	   *schema = trigger_schema(tuple, RelationGetDescr(triggers), function);

		if (schema != NULL)
			visit(tuple, RelationGetDescr(triggers), schema, state);
	}
	systable_endscan(scan);
	table_close(triggers, AccessShareLock);
}

/* The triggers of one record, as they are found on a relation. */
typedef struct FoundTriggers
{
	const char *schema;
	uint16		statements;		/* events of those of statements, by their bits in tgtype */
	bool		rows;
} FoundTriggers;

#define ALL_EVENTS (TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE | TRIGGER_TYPE_TRUNCATE)

static void
find_trigger(HeapTuple tuple, TupleDesc columns, const char *schema, void *state)
{
	Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);
	FoundTriggers *found = state;

	if (trigger->tgenabled != TRIGGER_FIRES_ALWAYS || strcmp(schema, found->schema) != 0)
		return;
	if (TRIGGER_FOR_ROW(trigger->tgtype))
		found->rows = true;
	else if (trigger->tgattr.dim1 == 0 && heap_attisnull(tuple, Anum_pg_trigger_tgqual, columns))
		found->statements |= trigger->tgtype & ALL_EVENTS;
}

/* See source.h. */
bool
edustats_bears_triggers(SourceRecord *record, Oid relation)
{
	FoundTriggers found = {.schema = record->name};
	char		kind = get_rel_relkind(relation);

	visit_triggers(relation, find_trigger, &found);
	return found.statements == ALL_EVENTS &&
		(found.rows || (kind != RELKIND_PARTITIONED_TABLE && !get_rel_relispartition(relation)));
}

static void
collect_schema(HeapTuple tuple, TupleDesc columns, const char *schema, void *state)
{
	List	  **schemas = state;
	Oid			oid = get_namespace_oid(schema, true);

	if (OidIsValid(oid))
		*schemas = list_append_unique_oid(*schemas, oid);
}

/* See source.h. */
List *
edustats_trigger_schemas(Oid relation)
{
	List	   *schemas = NIL;

	visit_triggers(relation, collect_schema, &schemas);
	return schemas;
}
