/*
 * strangers.c: what of a schema of data is not its owner's.
 *
 * A table, a function or a trigger of another role would run that role's code with the owner's rights, and so would whatever a
 * role makes that may create there. This is asked before each call as the owner, several times in a refresh, so it looks into the
 * catalogs' caches and asks no query.
 */
#include "edustats.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* Whose a function is; invalid for one that has just been dropped. */
static Oid
function_owner(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Oid			owner = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
		ReleaseSysCache(tuple);
	}
	return owner;
}

/* A superuser's trigger is an extension's, or else he had no need of it. */
static Oid
strange_trigger(Oid relation, Oid owner)
{
	Relation	triggers = table_open(TriggerRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			found = InvalidOid;

	ScanKeyInit(&key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	scan = systable_beginscan(triggers, TriggerRelidNameIndexId, true, NULL, 1, &key);
	while (!OidIsValid(found) && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);
		Oid			other = function_owner(trigger->tgfoid);

		if (OidIsValid(other) && other != owner && !superuser_arg(other))
			found = trigger->oid;
	}
	systable_endscan(scan);
	table_close(triggers, AccessShareLock);
	return found;
}

/* What of a relation, itself or a trigger of it, is not its owner's. */
static ObjectAddress
strange_part(Oid relation, Oid owner)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	ObjectAddress strange = InvalidObjectAddress;
	Form_pg_class form;

	if (!HeapTupleIsValid(tuple))
		return strange;
	form = (Form_pg_class) GETSTRUCT(tuple);
	if (form->relowner != owner)
		ObjectAddressSet(strange, RelationRelationId, relation);
	else if (form->relhastriggers)
		ObjectAddressSet(strange, TriggerRelationId, strange_trigger(relation, owner));
	ReleaseSysCache(tuple);
	return strange;
}

/* What of a thing in a schema is not the owner's; but relations and functions, nothing runs code. */
static ObjectAddress
strange_thing(Oid classid, Oid object, Oid owner)
{
	ObjectAddress strange = InvalidObjectAddress;

	if (classid == RelationRelationId)
		return strange_part(object, owner);
	if (classid == ProcedureRelationId && function_owner(object) != owner)
		ObjectAddressSet(strange, ProcedureRelationId, object);
	return strange;
}

/* The first by description of what is in a schema and not its owner's; NULL if all is. */
static char *
strange_object(Oid schema, Oid owner)
{
	Relation	depend = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	char	   *first = NULL;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(NamespaceRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(schema));
	scan = systable_beginscan(depend, DependReferenceIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend form = (Form_pg_depend) GETSTRUCT(tuple);
		ObjectAddress strange = strange_thing(form->classid, form->objid, owner);
		char	   *description = OidIsValid(strange.objectId) ? getObjectDescription(&strange, true) : NULL;

		if (description != NULL && (first == NULL || strcmp(description, first) < 0))
			first = description;
	}
	systable_endscan(scan);
	table_close(depend, AccessShareLock);
	return first;
}

/* Who else may create in a schema; NULL if nobody. */
static char *
strange_creator(Oid schema, Oid owner)
{
	HeapTuple	tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
	bool		isnull;
	Datum		datum;
	Acl		   *acl;
	AclItem    *items;
	char	   *found = NULL;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	datum = SysCacheGetAttr(NAMESPACEOID, tuple, Anum_pg_namespace_nspacl, &isnull);
	acl = isnull ? NULL : DatumGetAclP(datum);
	items = acl == NULL ? NULL : (AclItem *) ((char *) acl + ARR_OVERHEAD_NONULLS(ARR_NDIM(acl)));	/* there are none in an ACL */
	for (int i = 0; acl != NULL && found == NULL && i < ACL_NUM(acl); i++)
	{
		Oid			grantee = items[i].ai_grantee;

		if ((ACLITEM_GET_PRIVS(items[i]) & ACL_CREATE) != 0 && grantee != owner)
			found = psprintf("what role %s may create", grantee == ACL_ID_PUBLIC ? "PUBLIC" : GetUserNameFromId(grantee, true));
	}
	ReleaseSysCache(tuple);
	return found;
}

/* See edustats.h. */
void
edustats_check_strangers(Oid schema, Oid owner)
{
	char	   *strange = strange_object(schema, owner);

	if (strange == NULL)
		strange = strange_creator(schema, owner);
	if (strange != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("schema \"%s\" is not its owner's alone: %s", get_namespace_name(schema), strange),
				 errdetail("What stands there runs with the rights of role \"%s\".", GetUserNameFromId(owner, false)),
				 errhint("Give it to that role, or take away its privilege to create there.")));
}
