/*
 * record.c: the records of bulletins' sources, each read once and kept until something changes that it was read from or
 * that it speaks of.
 */
#include "counted.h"
#include "record.h"

#include "access/htup_details.h"
#include "catalog/pg_namespace.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

static MemoryContext cache = NULL;	/* all that is below; emptied as a whole */
static HTAB *records = NULL;	/* SourceRecord by schema */
static HTAB *watched = NULL;	/* relations whose change empties the cache */
static bool stale = true;
static int	holders = 0;		/* steps under way that use what is here */

/* A relation that something here was read from has changed, or nobody knows which one has. */
static void
relation_changed(Datum arg, Oid relation)
{
	if (!stale && (!OidIsValid(relation) || hash_search(watched, &relation, HASH_FIND, NULL) != NULL))
		stale = true;
}

/* A schema, who has whose rights, or what a function does. */
static void
catalog_changed(Datum arg, int id, uint32 value)
{
	stale = true;
}

/* See source.h. */
void
edustats_source_init(void)
{
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHOID, catalog_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, catalog_changed, (Datum) 0);
}

static HTAB *
create_table(const char *name, Size key, Size entry)
{
	HASHCTL		control = {.keysize = key, .entrysize = entry, .hcxt = cache};

	return hash_create(name, 32, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* Empties the cache where something has changed; what is in use meanwhile lives until the transaction ends. */
static void
refresh_cache(void)
{
	if (!stale)
		return;
	if (cache != NULL && holders > 0)
	{
		MemoryContextSetParent(cache, TopTransactionContext);
		cache = NULL;
	}
	if (cache == NULL)
		cache = AllocSetContextCreate(CacheMemoryContext, "edustats sources", ALLOCSET_DEFAULT_SIZES);
	MemoryContextReset(cache);
	records = create_table("edustats records", sizeof(Oid), sizeof(SourceRecord));
	edustats_forget_counted();
	watched = create_table("edustats watched relations", sizeof(Oid), sizeof(Oid));
	stale = false;
}

/* See source.h. */
void
edustats_watch(Oid relation)
{
	hash_search(watched, &relation, HASH_ENTER, NULL);
}

/* See source.h. */
bool
edustats_record_is_stale(void)
{
	return stale;
}

/* See source.h. */
void
edustats_forget_record(void)
{
	stale = true;
}

/* See source.h. */
void
edustats_hold_records(bool hold)
{
	holders += hold ? 1 : -1;
}

/* See source.h. */
MemoryContext
edustats_record_memory(void)
{
	return cache;
}

/* See source.h. */
SourceRecord *
edustats_record(Oid schema)
{
	SourceRecord *record;
	bool		found;
	HeapTuple	tuple;
	MemoryContext caller;

	refresh_cache();
	record = hash_search(records, &schema, HASH_FIND, NULL);
	if (record != NULL)
		return record;

	tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("schema with OID %u does not exist", schema)));
	record = hash_search(records, &schema, HASH_ENTER, &found);
	memset(record, 0, sizeof(SourceRecord));
	record->schema = schema;
	record->owner = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
	strlcpy(record->name, NameStr(((Form_pg_namespace) GETSTRUCT(tuple))->nspname), NAMEDATALEN);
	ReleaseSysCache(tuple);

	caller = MemoryContextSwitchTo(cache);
	PG_TRY();
	{
		/* The newest: triggers are there as soon as they are committed, and so is what was recorded with them. */
		edustats_read_record(record, GetLatestSnapshot());
	}
	PG_CATCH();
	{
		stale = true;			/* what was read by halves is not to be found again */
		PG_RE_THROW();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	if (record->problem != NULL)
		stale = true;			/* what is missing may come, and nobody would tell */
	return record;
}

/* See source.h. */
SourceRecord *
edustats_record_at(Oid schema, Snapshot snapshot)
{
	SourceRecord *newest = edustats_record(schema);
	SourceRecord *record;

	if (newest->problem != NULL || edustats_is_version(newest, snapshot))
		return newest;
	record = palloc0(sizeof(SourceRecord));
	record->schema = schema;
	record->owner = newest->owner;
	strlcpy(record->name, newest->name, NAMEDATALEN);
	edustats_read_record(record, snapshot);
	return record;
}
