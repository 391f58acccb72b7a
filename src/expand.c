/*
 * expand.c: a query over views written out down to the tables.
 *
 * Nothing here runs anybody's code, and nothing waits for a lock: whoever writes to a table, or reads a rollup, must not come
 * to wait because somebody alters what a bulletin reads. The catalogs are read as they were last committed.
 */
#include "source.h"
#include "view.h"

#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteHandler.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/rls.h"

/* What has been met so far. */
typedef struct Expansion
{
	List	   *relations;
	Oid			reader;			/* as whom the view reads that is being expanded; InvalidOid: as whoever reads it */
	const char *problem;
} Expansion;

static void expand_query(Expansion *expansion, Query *query);

static bool
expand_walker(Node *node, Expansion *expansion)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		expand_query(expansion, (Query *) node);
		return false;
	}
	return expression_tree_walker(node, expand_walker, expansion);
}

/*
 * Why a relation, read without the view, would show what the view's owner can't see; NULL where it wouldn't. Who may read
 * some of its columns alone is not gone into.
 */
static const char *
reader_problem(Oid reader, Oid relation)
{
	bool		missing = false;

	if (pg_class_aclcheck_ext(relation, reader, ACL_SELECT, &missing) != ACLCHECK_OK)
		return psprintf("role %s may not read %s", quote_identifier(GetUserNameFromId(reader, false)), edustats_relation_name(relation));
	if (check_enable_rls(relation, reader, true) == RLS_ENABLED)
		return psprintf("row-level security of %s applies to role %s", edustats_relation_name(relation),
						quote_identifier(GetUserNameFromId(reader, false)));
	return NULL;
}

/* Makes a view's entry in a range table one of its query. */
static void
expand_view(Expansion *expansion, RangeTblEntry *entry)
{
	Relation	view = RelationIdGetRelation(entry->relid);
	Oid			outer = expansion->reader;

	if (view == NULL || view->rd_rules == NULL)
	{
		expansion->problem = psprintf("%s is gone", edustats_relation_name(entry->relid));
		return;
	}
	entry->subquery = copyObject(get_view_query(view));
	expansion->reader = RelationHasSecurityInvoker(view) ? InvalidOid : view->rd_rel->relowner;
	RelationClose(view);
	expand_query(expansion, entry->subquery);
	expansion->reader = outer;
	/* Its columns may have other names than those of a UNION ALL's first arm. */
	entry->alias = makeAlias(entry->eref->aliasname, copyObject(entry->eref->colnames));
	entry->rtekind = RTE_SUBQUERY;
	entry->inh = false;
	forget_permissions(entry);
}

static void
expand_entry(Expansion *expansion, RangeTblEntry *entry)
{
	if (entry->rtekind == RTE_SUBQUERY)
		expand_query(expansion, entry->subquery);
	if (entry->rtekind != RTE_RELATION)
		return;
	expansion->relations = list_append_unique_oid(expansion->relations, entry->relid);
	if (OidIsValid(expansion->reader))
		expansion->problem = reader_problem(expansion->reader, entry->relid);
	if (expansion->problem == NULL && get_rel_relkind(entry->relid) == RELKIND_VIEW)
		expand_view(expansion, entry);
}

/* See view.h. A view's own range table has two more until 15. */
void
edustats_used_entries(Node *from, Bitmapset **used)
{
	ListCell   *cell;

	if (IsA(from, RangeTblRef))
		*used = bms_add_member(*used, ((RangeTblRef *) from)->rtindex);
	else if (IsA(from, JoinExpr))
	{
		edustats_used_entries(((JoinExpr *) from)->larg, used);
		edustats_used_entries(((JoinExpr *) from)->rarg, used);
	}
	else if (IsA(from, FromExpr))
		foreach(cell, ((FromExpr *) from)->fromlist)
			edustats_used_entries(lfirst(cell), used);
	else if (IsA(from, SetOperationStmt))
	{
		edustats_used_entries(((SetOperationStmt *) from)->larg, used);
		edustats_used_entries(((SetOperationStmt *) from)->rarg, used);
	}
}

static void
expand_query(Expansion *expansion, Query *query)
{
	Bitmapset  *used = NULL;
	int			index = -1;
	ListCell   *cell;

	check_stack_depth();
	edustats_used_entries((Node *) query->jointree, &used);
	if (query->setOperations != NULL)	/* its arms stand in no FROM */
		edustats_used_entries(query->setOperations, &used);
	while (expansion->problem == NULL && (index = bms_next_member(used, index)) >= 0)
		expand_entry(expansion, rt_fetch(index, query->rtable));
	foreach(cell, query->cteList)
		expand_query(expansion, castNode(Query, lfirst_node(CommonTableExpr, cell)->ctequery));
	if (query->hasSubLinks)
		(void) query_tree_walker(query, expand_walker, expansion, QTW_IGNORE_RANGE_TABLE | QTW_IGNORE_CTE_SUBQUERIES);
}

/* See view.h. */
const char *
edustats_expand(Query *query, List **relations)
{
	Expansion	expansion = {.relations = *relations};

	expand_query(&expansion, query);
	*relations = expansion.relations;
	return expansion.problem;
}
