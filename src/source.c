/*
 * source.c: a bulletin's sources as the catalogs have them now: relations and columns by their names, owners, triggers.
 */
#include "definition.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "parser/parse_coerce.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* See source.h. */
Oid
edustats_platform_relation(SourceRecord *record, const char *name)
{
	return OidIsValid(record->platform) ? get_relname_relid(name, record->platform) : InvalidOid;
}

/* See source.h. */
bool
edustats_is_beneath(Oid relation, Oid ancestor)
{
	Relation	inherits;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		found = relation == ancestor;

	if (found)
		return true;
	inherits = table_open(InheritsRelationId, AccessShareLock);
	ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	scan = systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, NULL, 1, &key);
	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan)))
		found = edustats_is_beneath(((Form_pg_inherits) GETSTRUCT(tuple))->inhparent, ancestor);
	systable_endscan(scan);
	table_close(inherits, AccessShareLock);
	return found;
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

/* See source.h. */
bool
edustats_type_fits(Oid relation, AttrNumber column, const char *name)
{
	Oid			type = getBaseType(get_atttype(relation, column));

	if (strcmp(name, "time") == 0)
		return type == TIMESTAMPTZOID;
	if (strcmp(name, "org_type") == 0)
		return TypeCategory(type) == TYPCATEGORY_STRING;
	if (strcmp(name, "allocated") == 0)
		return type == BOOLOID;
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

/* See source.h. */
SourcePart *
edustats_part_of(SourceMetric *metric, Oid relation)
{
	for (int i = 0; i < metric->nparts; i++)
		if (metric->parts[i].relation == relation)
			return &metric->parts[i];
	return NULL;
}

static int
column_count(Oid relation)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	int			count;

	if (!HeapTupleIsValid(tuple))
		return 0;
	count = ((Form_pg_class) GETSTRUCT(tuple))->relnatts;
	ReleaseSysCache(tuple);
	return count;
}

/* The numbers that some of a table's columns, or all, have in a part of it, by their names. */
static bool
add_columns(Bitmapset **numbers, SourceTable *table, Oid relation)
{
	int			last = column_count(table->relation);

	for (int column = 1; column <= last; column++)
	{
		char	   *name;
		AttrNumber	number;

		if (!table->all_columns && !bms_is_member(column - FirstLowInvalidHeapAttributeNumber, table->columns))
			continue;
		name = get_attname(table->relation, column, true);
		number = name == NULL ? InvalidAttrNumber : get_attnum(relation, name);
		if (number > 0)
			*numbers = bms_add_member(*numbers, number);
		else if (!table->all_columns)
			return false;
	}
	return true;
}

/* See source.h. */
int16 *
edustats_part_columns(SourceMetric *metric, Oid relation, int *ncolumns)
{
	Bitmapset  *numbers = NULL;
	int16	   *columns;
	int			number = -1;
	ListCell   *cell;

	foreach(cell, metric->definition->tables)
		if (edustats_is_beneath(relation, ((SourceTable *) lfirst(cell))->relation) &&
			!add_columns(&numbers, lfirst(cell), relation))
			return NULL;
	*ncolumns = 0;
	columns = palloc((bms_num_members(numbers) + 1) * sizeof(int16));
	while ((number = bms_next_member(numbers, number)) >= 0)
		columns[(*ncolumns)++] = number;
	return columns;
}

/* See source.h. */
char *
edustats_columns_problem(SourceMetric *metric, SourcePart *part)
{
	int			ncolumns = 0;
	int16	   *columns = edustats_part_columns(metric, part->relation, &ncolumns);

	if (columns == NULL || ncolumns != part->ncolumns ||
		(!part->restored && memcmp(columns, part->columns, ncolumns * sizeof(int16)) != 0))
		return psprintf("columns of %s are not those that were counted", edustats_relation_name(part->relation));
	return NULL;
}

/* A function of ours without arguments; InvalidOid where there is none. No right on its schema is needed to know it. */
static Oid
our_function(const char *name)
{
	oidvector  *arguments = buildoidvector(NULL, 0);

	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name), PointerGetDatum(arguments),
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
	Oid			function = our_function("log_changes");
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

/* The triggers of one record, as they are found on a relation: what they are fired by, in bits of tgtype. */
typedef struct FoundTriggers
{
	const char *schema;
	uint16		statements;		/* after statements, and before TRUNCATE */
	uint16		begun;			/* before other statements */
	uint16		applied;		/* after rows, for what a subscription applies */
	uint16		moved;			/* after rows that may move */
} FoundTriggers;

#define MOVE_EVENTS (TRIGGER_TYPE_INSERT | TRIGGER_TYPE_DELETE)
#define ROW_EVENTS (MOVE_EVENTS | TRIGGER_TYPE_UPDATE)
#define ALL_EVENTS (ROW_EVENTS | TRIGGER_TYPE_TRUNCATE)

/* When a trigger fires, beside its events. */
typedef enum TriggerCondition
{
	UNCONDITIONAL,
	MAY_MOVE,
	UNKNOWN
} TriggerCondition;

static TriggerCondition
trigger_condition(HeapTuple tuple, TupleDesc columns)
{
	bool		isnull;
	Datum		condition_text = heap_getattr(tuple, Anum_pg_trigger_tgqual, columns, &isnull);
	Node	   *condition = isnull ? NULL : stringToNode(TextDatumGetCString(condition_text));

	if (((Form_pg_trigger) GETSTRUCT(tuple))->tgattr.dim1 > 0)
		return UNKNOWN;
	if (condition == NULL)
		return UNCONDITIONAL;
	return IsA(condition, FuncExpr) && ((FuncExpr *) condition)->funcid == our_function("row_may_move") ? MAY_MOVE : UNKNOWN;
}

/* A trigger counts that fires in any case, or just where it is needed: in replicas for rows, else elsewhere. */
static void
find_trigger(HeapTuple tuple, TupleDesc columns, const char *schema, void *state)
{
	Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);
	FoundTriggers *found = state;
	bool		of_row = TRIGGER_FOR_ROW(trigger->tgtype);
	bool		always = trigger->tgenabled == TRIGGER_FIRES_ALWAYS;
	bool		on_origin = always || trigger->tgenabled == TRIGGER_FIRES_ON_ORIGIN;
	TriggerCondition condition;

	if (strcmp(schema, found->schema) != 0)
		return;
	condition = trigger_condition(tuple, columns);
	if (condition == MAY_MOVE && of_row && on_origin)
		found->moved |= trigger->tgtype & MOVE_EVENTS;
	else if (condition == UNCONDITIONAL && of_row && (always || trigger->tgenabled == TRIGGER_FIRES_ON_REPLICA))
		found->applied |= trigger->tgtype & ROW_EVENTS;
	else if (condition == UNCONDITIONAL && !of_row && TRIGGER_FOR_BEFORE(trigger->tgtype) && !TRIGGER_FOR_TRUNCATE(trigger->tgtype) && on_origin)
		found->begun |= trigger->tgtype & ROW_EVENTS;
	else if (condition == UNCONDITIONAL && !of_row && on_origin)
		found->statements |= trigger->tgtype & (always ? ALL_EVENTS : ROW_EVENTS);
}

/* See source.h. */
bool
edustats_bears_triggers(SourceRecord *record, Oid relation)
{
	FoundTriggers found = {.schema = record->name};
	bool		partitioned = get_rel_relkind(relation) == RELKIND_PARTITIONED_TABLE;

	visit_triggers(relation, find_trigger, &found);
	return found.statements == ALL_EVENTS && found.applied == ROW_EVENTS &&
		(!partitioned || (found.begun & TRIGGER_TYPE_UPDATE) != 0) &&
		(found.moved == MOVE_EVENTS || (!partitioned && !get_rel_relispartition(relation)));
}

/* See source.h. */
bool
edustats_is_apply_trigger(Oid relation, const char *name)
{
	Relation	triggers = table_open(TriggerRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		is_one;

	ScanKeyInit(&keys[0], Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	ScanKeyInit(&keys[1], Anum_pg_trigger_tgname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum(name));
	scan = systable_beginscan(triggers, TriggerRelidNameIndexId, true, NULL, 2, keys);
	tuple = systable_getnext(scan);
	is_one = HeapTupleIsValid(tuple) && TRIGGER_FOR_ROW(((Form_pg_trigger) GETSTRUCT(tuple))->tgtype) &&
		trigger_condition(tuple, RelationGetDescr(triggers)) == UNCONDITIONAL;
	systable_endscan(scan);
	table_close(triggers, AccessShareLock);
	return is_one;
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
