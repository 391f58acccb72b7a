/*
 * definition.c: a metric's definition; see definition.h.
 *
 * It is derived from the catalogs without running anybody's code, as whoever writes to a table needs it as well as whoever
 * reads. The keys of lookups are found in lookups.c, what SQL reads rows by is written in source_query.c.
 */
#include "definition.h"

#include "access/sysattr.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_oper.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/ruleutils.h"

/* Settings on which the SQL depends that the server writes an expression as. */
static int
fix_settings(void)
{
	int			level = NewGUCNestLevel();

	edustats_set_local("search_path", "pg_catalog, pg_temp");
	edustats_set_local("quote_all_identifiers", "off");
	edustats_set_local("DateStyle", "ISO, YMD");
	edustats_set_local("IntervalStyle", "postgres");
	edustats_set_local("TimeZone", "UTC");
	edustats_set_local("extra_float_digits", "1");
	return level;
}

/* See definition.h. */
char *
edustats_query_text(Query *query)
{
	int			level = fix_settings();
	char	   *text = pg_get_querydef(copyObject(query), false);

	AtEOXact_GUC(false, level);
	return text;
}

/* See definition.h. */
char *
edustats_expression_text(Node *expression, Oid relation)
{
	int			level = fix_settings();
	char	   *text = deparse_expression(expression, deparse_context_for("s", relation), false, false);

	AtEOXact_GUC(false, level);
	return text;
}

/*
 * Makes a table's entry in a range table one of a WITH query of the table's name: for these the server opens nothing to
 * write the query as SQL.
 */
static bool
name_walker(Node *node, void *state)
{
	RangeTblEntry *entry = (RangeTblEntry *) node;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, name_walker, state, QTW_EXAMINE_RTES_BEFORE);
	if (!IsA(node, RangeTblEntry))
		return expression_tree_walker(node, name_walker, state);
	if (entry->rtekind == RTE_RELATION)
	{
		entry->ctename = psprintf("%s%s", entry->inh ? "" : "ONLY ", edustats_relation_name(entry->relid));
		entry->rtekind = RTE_CTE;
	}
	return false;
}

/* See definition.h. */
char *
edustats_definition_text(Query *query)
{
	Query	   *copy = copyObject(query);

	(void) name_walker((Node *) copy, NULL);
	return edustats_query_text(copy);
}

/* See definition.h. */
Query *
edustats_new_query(void)
{
	Query	   *query = makeNode(Query);

	query->commandType = CMD_SELECT;
	query->canSetTag = true;
	query->jointree = makeFromExpr(NIL, NULL);
	return query;
}

/* The entry of a relation in a range table. */
static RangeTblEntry *
table_entry(Relation relation, const char *name)
{
	RangeTblEntry *entry = makeNode(RangeTblEntry);
	TupleDesc	columns = RelationGetDescr(relation);

	entry->rtekind = RTE_RELATION;
	entry->relid = RelationGetRelid(relation);
	entry->relkind = relation->rd_rel->relkind;
	entry->rellockmode = AccessShareLock;
	entry->inh = entry->inFromCl = true;
	entry->alias = makeAlias(name, NIL);
	entry->eref = makeAlias(name, NIL);
	for (int i = 0; i < columns->natts; i++)
		entry->eref->colnames = lappend(entry->eref->colnames, makeString(TupleDescAttr(columns, i)->attisdropped ? pstrdup("") :
																		  pstrdup(NameStr(TupleDescAttr(columns, i)->attname))));
	return entry;
}

/* See definition.h. */
void
edustats_add_table(Query *query, Oid relid, const char *name)
{
	Relation	relation = RelationIdGetRelation(relid);
	RangeTblRef *from = makeNode(RangeTblRef);

	if (relation == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	query->rtable = lappend(query->rtable, table_entry(relation, name));
	from->rtindex = list_length(query->rtable);
	query->jointree->fromlist = lappend(query->jointree->fromlist, from);
	RelationClose(relation);
}

/* See definition.h. */
Query *
edustats_table_query(Oid relation)
{
	Query	   *query = edustats_new_query();

	edustats_add_table(query, relation, "s");
	return query;
}

/* The query that selects columns of a relation, by number and in their order: NULL for 0. */
static Query *
select_query(Oid relid, AttrNumber *columns, const char *const *names, int ncolumns)
{
	Query	   *query = edustats_table_query(relid);

	for (int i = 0; i < ncolumns; i++)
	{
		Oid			type;
		int32		typmod;
		Oid			collation;
		Expr	   *value = (Expr *) makeNullConst(INT8OID, -1, InvalidOid);

		if (columns[i] != InvalidAttrNumber)
		{
			get_atttypetypmodcoll(relid, columns[i], &type, &typmod, &collation);
			value = (Expr *) makeVar(1, columns[i], type, typmod, collation, 0);
		}
		query->targetList = lappend(query->targetList, makeTargetEntry(value, i + 1, pstrdup(names[i]), false));
	}
	return query;
}

/* See definition.h. */
Query *
edustats_column_query(Oid relation, const char *column)
{
	AttrNumber	number = get_attnum(relation, column);
	List	   *relations = NIL;
	Query	   *query = number > 0 ? select_query(relation, &number, &column, 1) : NULL;

	return query != NULL && edustats_expand(query, &relations) == NULL ? query : NULL;
}

/* See definition.h. */
const char *const edustats_rows_names[SOURCE_COLUMNS] = {"time", "key", "weight", "member"};

static const char *const class_names[] = {"member_id", "org_type", "allocated"};

/* Is there a system column anywhere? It changes where no column of the row does. */
static bool
system_column_walker(Node *node, void *state)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return ((Var *) node)->varattno < 0;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, system_column_walker, state, 0);
	return expression_tree_walker(node, system_column_walker, state);
}

/* The expanded query of a relation's columns; NULL, with why, where a column is not there or not of its type. */
static Query *
columns_query(SourceDefinition *definition, Oid root, char **columns, const char *const *names, int ncolumns, const char **problem)
{
	AttrNumber	numbers[SOURCE_COLUMNS];
	Query	   *query;

	if (!OidIsValid(root))
		*problem = "the platform does not have it";
	for (int i = 0; i < ncolumns && *problem == NULL; i++)
	{
		numbers[i] = columns[i] == NULL ? InvalidAttrNumber : get_attnum(root, columns[i]);
		if (columns[i] != NULL && numbers[i] <= 0)
			*problem = psprintf("%s has no column \"%s\"", edustats_relation_name(root), columns[i]);
		else if (columns[i] != NULL && !edustats_type_fits(root, numbers[i], names[i]))
			*problem = psprintf("column \"%s\" of %s is of another type", columns[i], edustats_relation_name(root));
	}
	if (*problem != NULL)
		return NULL;
	query = select_query(root, numbers, names, ncolumns);
	*problem = edustats_expand(query, &definition->relations);
	if (*problem == NULL && system_column_walker((Node *) query, NULL))
		*problem = "it has a system column";
	return *problem == NULL ? query : NULL;
}

/* The key of a row, or what it counts under without one. */
static Expr *
key_or(Expr *key, int64 null_key)
{
	CoalesceExpr *both = makeNode(CoalesceExpr);

	both->coalescetype = INT8OID;
	both->args = list_make2(coerce_to_target_type(NULL, (Node *) key, exprType((Node *) key), INT8OID, -1, COERCION_EXPLICIT,
												  COERCE_EXPLICIT_CAST, -1),
							makeConst(INT8OID, -1, InvalidOid, sizeof(int64), Int64GetDatum(null_key), false, FLOAT8PASSBYVAL));
	both->location = -1;
	return (Expr *) both;
}

/* See definition.h. */
Query *
edustats_rows_query(SourceDefinition *definition, SourceMetric *metric, const char **problem)
{
	Query	   *query = columns_query(definition, definition->root, metric->columns, edustats_rows_names, SOURCE_COLUMNS, problem);

	if (query != NULL && metric->has_null_key)
	{
		TargetEntry *key = list_nth(query->targetList, COLUMN_KEY);

		key->expr = key_or(key->expr, metric->null_key);
	}
	return query;
}

/* A branch of the rows, with the member's class from a branch of the members: joined by hand, as no query says it. */
static ViewBranch *
with_class(ViewBranch *rows, ViewBranch *members, bool again)
{
	ViewBranch *both = palloc0(sizeof(ViewBranch));
	ParseState *state = make_parsestate(NULL);
	Expr	   *same = make_op(state, list_make2(makeString("pg_catalog"), makeString("=")), copyObject(linitial(members->values)),
							   copyObject(list_nth(rows->values, COLUMN_MEMBER)), NULL, -1);

	free_parsestate(state);
	both->places = list_concat_copy(rows->places, members->places);
	both->filters = rows->filters;
	both->joins = lappend(list_concat(list_concat_copy(rows->joins, members->joins), members->filters), same);
	both->values = list_concat_copy(rows->values, members->values);
	both->beneath = list_concat_copy(rows->beneath, members->beneath);
	both->vague = rows->vague || members->vague;
	both->again = again;
	return both;
}

/* Each branch of the rows with each of the members. */
static List *
with_classes(List *rows, List *members)
{
	List	   *result = NIL;
	ListCell   *row;
	ListCell   *member;

	foreach(row, rows)
		foreach(member, members)
			result = lappend(result, with_class(lfirst(row), lfirst(member), member != list_head(members)));
	return result;
}

/* Why a branch's values can't be computed from its tables. */
static const char *
values_problem(ViewBranch *branch)
{
	ListCell   *cell;

	foreach(cell, branch->values)
		if (lfirst(cell) == NULL)
			return "it has a whole row as a value";
	return NULL;
}

/* The table's entry in a definition; NULL for none. */
static SourceTable *
table_of(SourceDefinition *definition, Oid relation)
{
	ListCell   *cell;

	foreach(cell, definition->tables)
		if (((SourceTable *) lfirst(cell))->relation == relation)
			return lfirst(cell);
	return NULL;
}

static SourceTable *
add_table(SourceDefinition *definition, Oid relation, bool fact)
{
	SourceTable *table = table_of(definition, relation);

	if (table == NULL)
	{
		table = palloc0(sizeof(SourceTable));
		table->relation = relation;
		table->fact = true;
		definition->tables = lappend(definition->tables, table);
	}
	table->fact &= fact;
	return table;
}

/* Notes the tables of a branch, and which of their columns matter. */
static void
add_tables(SourceDefinition *definition, ViewBranch *branch, TablePlace *fact)
{
	ListCell   *cell;

	foreach(cell, branch->places)
	{
		TablePlace *place = lfirst(cell);
		SourceTable *table;

		if (place->opaque != NULL)
			continue;
		table = add_table(definition, place->relation, place == fact);
		pull_varattnos((Node *) branch->filters, place->number, &table->columns);
		pull_varattnos((Node *) branch->joins, place->number, &table->columns);
		pull_varattnos((Node *) branch->values, place->number, &table->columns);
		table->all_columns |= branch->vague || branch->beneath != NIL;
	}
}

/* Tables whose rows can't be told apart: any change of them may change anything. */
static void
add_beneath(SourceDefinition *definition, SourceFact *fact, List *relations)
{
	ListCell   *cell;

	foreach(cell, relations)
	{
		SourceLookup *lookup = palloc0(sizeof(SourceLookup));

		lookup->relation = lfirst_oid(cell);
		lookup->fact = fact;
		add_table(definition, lookup->relation, false)->all_columns = true;
		definition->lookups = lappend(definition->lookups, lookup);
	}
}

/* Why functions, or a superuser's caution, keep what a branch says from being computed when a row is written. */
static const char *
branch_problem(SourceRecord *record, SourceDefinition *definition, ViewBranch *branch, StringInfo functions)
{
	List	   *all = list_make3(branch->filters, branch->joins, branch->values);
	ListCell   *cell;

	foreach(cell, branch->places)	/* what is watched is not computed by us */
		if (((TablePlace *) lfirst(cell))->opaque != NULL && !definition->watched)
			all = lappend(all, rt_fetch(((TablePlace *) lfirst(cell))->index, ((TablePlace *) lfirst(cell))->query->rtable)->subquery);
	return edustats_calls_problem((Node *) all, record->owner, &definition->zoned, functions);
}

/* Is a table one of those that are watched? These are the facts of a definition as long as there are no others. */
static bool
is_watched(SourceDefinition *definition, Oid relation)
{
	ListCell   *cell;

	foreach(cell, definition->facts)
		if (((SourceFact *) lfirst(cell))->relation == relation)
			return true;
	return false;
}

/* A branch whose time comes from a query that can't be seen through, where others say what is behind it. */
static void
add_watched_branch(SourceDefinition *definition, ViewBranch *branch, TablePlace *place)
{
	SourceFact *rows = edustats_new_fact(branch, place);
	List	   *others = NIL;
	ListCell   *cell;

	add_tables(definition, branch, place);
	foreach(cell, edustats_lookups(rows))
	{
		SourceLookup *lookup = lfirst(cell);

		if (!OidIsValid(place->view))	/* and so nothing to look for a partner in */
			lookup->key = NULL;
		definition->lookups = lappend(definition->lookups, lookup);
	}
	foreach(cell, place->beneath)
		if (!is_watched(definition, lfirst_oid(cell)))
			others = lappend_oid(others, lfirst_oid(cell));
	add_beneath(definition, rows, others);
	add_beneath(definition, rows, branch->beneath);
	definition->problem = NULL;
}

/* The tables that are watched for a metric, each as a fact of the query that says when its rows are. */
static void
add_watches(SourceRecord *record, SourceMetric *metric, SourceDefinition *definition, StringInfo text)
{
	char	   *columns[] = {"time"};

	for (int i = 0; i < metric->nwatches && definition->problem == NULL; i++)
	{
		Query	   *query = columns_query(definition, metric->watches[i].view, columns, edustats_rows_names, 1, &definition->problem);
		List	   *branches = query == NULL ? NIL : edustats_branches(query, FIRST_OF_WATCHES, &definition->problem);
		TablePlace *place = list_length(branches) != 1 ? NULL : edustats_fact_place(linitial(branches), &definition->problem);
		SourceFact *fact;

		if (definition->problem == NULL && place != NULL)
			definition->problem = branch_problem(record, definition, linitial(branches), text);
		if (definition->problem != NULL || place == NULL)
			return;
		appendStringInfo(text, "\n%s", edustats_definition_text(query));
		fact = edustats_new_fact(linitial(branches), place);
		fact->margin = Max(metric->watches[i].margin, 0);
		definition->facts = lappend(definition->facts, fact);
		add_tables(definition, linitial(branches), place);
		add_table(definition, fact->relation, true)->all_columns = true;	/* what cannot be seen through may read any */
		definition->watched = true;
	}
}

static void
add_branch(SourceDefinition *definition, ViewBranch *branch)
{
	TablePlace *place;
	SourceFact *fact;
	ListCell   *cell;

	definition->problem = values_problem(branch);
	if (definition->problem == NULL && edustats_is_null(list_nth(branch->values, COLUMN_TIME)))
		return;					/* none of its rows is ever counted */
	place = definition->problem == NULL ? edustats_fact_place(branch, &definition->problem) : NULL;
	if (definition->watched && place != NULL && place->opaque != NULL)
		add_watched_branch(definition, branch, place);
	if (place == NULL || place->opaque != NULL || definition->problem != NULL)
		return;
	fact = edustats_new_fact(branch, place);
	if (!branch->again)
		definition->facts = lappend(definition->facts, fact);
	add_tables(definition, branch, place);
	definition->lookups = list_concat(definition->lookups, edustats_lookups(fact));
	foreach(cell, branch->places)
		add_beneath(definition, fact, ((TablePlace *) lfirst(cell))->beneath);
	add_beneath(definition, fact, branch->beneath);
}

/* A superuser's bulletin computes nothing that another role has defined. */
static const char *
owners_problem(SourceRecord *record, SourceDefinition *definition)
{
	ListCell   *cell;

	if (superuser_arg(record->owner))
		foreach(cell, definition->relations)
			if (!superuser_arg(edustats_relation_owner(lfirst_oid(cell))))
				return psprintf("%s is not a superuser's", edustats_relation_name(lfirst_oid(cell)));
	return NULL;
}

/* The flat branches of a metric; NIL, with the definition's problem. */
static List *
read_branches(SourceRecord *record, SourceMetric *metric, SourceDefinition *definition, StringInfo text)
{
	char	   *columns[] = {"member_id", "org_type", "allocated"};
	Query	   *rows = edustats_rows_query(definition, metric, &definition->problem);
	List	   *branches;
	Query	   *classes;
	ListCell   *cell;

	if (rows == NULL)
		return NIL;
	appendStringInfoString(text, edustats_definition_text(rows));
	branches = edustats_branches(rows, 1, &definition->problem);
	if (definition->problem != NULL)
		return NIL;
	foreach(cell, branches)
		(void) edustats_split_time(lfirst(cell));
	if (metric->columns[COLUMN_MEMBER] == NULL)
		return branches;
	classes = columns_query(definition, edustats_platform_relation(record, "member"), columns, class_names, lengthof(columns),
							&definition->problem);
	if (classes == NULL)
		return NIL;
	appendStringInfo(text, "\n%s", edustats_definition_text(classes));
	return with_classes(branches, edustats_branches(classes, FIRST_OF_MEMBERS, &definition->problem));
}

static void
define(SourceRecord *record, SourceMetric *metric, SourceDefinition *definition)
{
	StringInfoData text;
	List	   *branches;
	ListCell   *cell;

	initStringInfo(&text);
	if (metric->has_null_key)	/* of what can't be seen through, nothing else says so */
		appendStringInfo(&text, "null_key " INT64_FORMAT "\n", metric->null_key);
	branches = read_branches(record, metric, definition, &text);
	if (definition->problem == NULL)
		definition->problem = owners_problem(record, definition);
	add_watches(record, metric, definition, &text);
	foreach(cell, branches)
	{
		if (definition->problem == NULL)
			definition->problem = branch_problem(record, definition, lfirst(cell), &text);
		if (definition->problem == NULL)
			add_branch(definition, lfirst(cell));
	}
	if (definition->problem != NULL)
	{
		definition->facts = definition->lookups = definition->tables = NIL;
		if (OidIsValid(definition->root))
			(void) add_table(definition, definition->root, true);
		appendStringInfo(&text, "\n%s", definition->problem);
	}
	definition->text = text.data;
}

/* See definition.h. */
SourceDefinition *
edustats_definition(SourceRecord *record, SourceMetric *metric)
{
	MemoryContext caller;
	SourceDefinition *definition;
	ListCell   *cell;

	if (metric->definition != NULL)
		return metric->definition;
	caller = MemoryContextSwitchTo(GetMemoryChunkContext(metric->name));
	definition = palloc0(sizeof(SourceDefinition));
	definition->root = edustats_platform_relation(record, metric->relation);
	define(record, metric, definition);
	MemoryContextSwitchTo(caller);
	foreach(cell, definition->relations)
		edustats_watch(lfirst_oid(cell));
	if (!OidIsValid(definition->root))
		edustats_forget_record();	/* it may come, and nobody would tell */
	return metric->definition = definition;
}

/* See definition.h. */
bool
edustats_is_as_recorded(SourceMetric *metric, SourceDefinition *definition)
{
	return metric->recorded != NULL && strcmp(metric->recorded, definition->text) == 0;
}
