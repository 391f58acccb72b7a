/*
 * remember.c: what a statement has computed once, for whoever asks next within it.
 *
 * Many views of a bulletin read the same days, and each that are out of date would be computed from the source for each of
 * them. What one has computed is remembered as long as nobody could see anything else: under a snapshot that sees the same, in
 * the same statement of the client, and as long as no subtransaction is rolled back. What views read for a period is another thing
 * than what they read by months.
 */
#include "remember.h"

#include "period.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(edustats_recall);
PG_FUNCTION_INFO_V1(edustats_remember);

/* What is remembered, and by which name in which bulletin. */
typedef struct Remembered
{
	Oid			schema;			/* these three are the key */
	Period		period;			/* that views were read for; things of C's are the same for all */
	char	   *name;
	Oid			type;
	Datum		value;
} Remembered;

static MemoryContext memory = NULL; /* of all that is remembered, and of what it was seen under; NULL: nothing */
static HTAB *remembered;
static SnapshotData seen_under;
static TimestampTz seen_in;		/* the statement's start */

/* See remember.h. */
void
edustats_forget_remembered(void)
{
	if (memory != NULL)
		MemoryContextDelete(memory);
	memory = NULL;
}

static bool
same_transactions(const TransactionId *left, uint32 nleft, const TransactionId *right, uint32 nright)
{
	return nleft == nright && (nleft == 0 || memcmp(left, right, nleft * sizeof(TransactionId)) == 0);
}

/* Does a snapshot see what the one did under which things were remembered? */
static bool
sees_the_same(Snapshot snapshot)
{
	return snapshot->curcid == seen_under.curcid && snapshot->xmin == seen_under.xmin && snapshot->xmax == seen_under.xmax &&
		snapshot->suboverflowed == seen_under.suboverflowed &&
		same_transactions(snapshot->xip, snapshot->xcnt, seen_under.xip, seen_under.xcnt) &&
		same_transactions(snapshot->subxip, Max(snapshot->subxcnt, 0), seen_under.subxip, Max(seen_under.subxcnt, 0));
}

static uint32
hash_name(const void *key, Size size)
{
	const Remembered *thing = key;

	return hash_combine(murmurhash32(thing->schema ^ (uint32) thing->period.first), string_hash(thing->name, PG_UINT32_MAX));
}

static int
compare_names(const void *a, const void *b, Size size)
{
	const Remembered *left = a;
	const Remembered *right = b;

	return left->schema != right->schema || left->period.first != right->period.first || left->period.until != right->period.until ||
		strcmp(left->name, right->name) != 0;
}

static TransactionId *
copy_transactions(const TransactionId *transactions, uint32 number)
{
	TransactionId *copy = MemoryContextAlloc(memory, Max(number, 1) * sizeof(TransactionId));

	if (number > 0)
		memcpy(copy, transactions, number * sizeof(TransactionId));
	return copy;
}

/* Begins to remember what is seen under the active snapshot. */
static void
begin(void)
{
	HASHCTL		control = {
		.keysize = offsetof(Remembered, type),
		.entrysize = sizeof(Remembered),
		.hash = hash_name,
		.match = compare_names
	};

	memory = AllocSetContextCreate(TopTransactionContext, "edustats remembered", ALLOCSET_DEFAULT_SIZES);
	control.hcxt = memory;
	seen_under = *GetActiveSnapshot();
	seen_under.xip = copy_transactions(seen_under.xip, seen_under.xcnt);
	seen_under.subxip = copy_transactions(seen_under.subxip, Max(seen_under.subxcnt, 0));
	seen_in = GetCurrentStatementStartTimestamp();
	remembered = hash_create("edustats remembered", 64, &control, HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
}

/* Is there anything remembered that still holds? What does not is forgotten. */
static bool
holds(void)
{
	if (memory == NULL)
		return false;
	if (ActiveSnapshotSet() && seen_in == GetCurrentStatementStartTimestamp() && sees_the_same(GetActiveSnapshot()))
		return true;
	edustats_forget_remembered();
	return false;
}

/* The key of what has a name and is of a type. */
static Remembered
key_of(Oid schema, char *name, Oid type)
{
	return (Remembered) {.schema = schema, .period = type == INTERNALOID ? (Period) {0, 0} : edustats_period_now(), .name = name};
}

/* What has been remembered by a name and is of a type; NULL if nothing holds. */
static Remembered *
find(Oid schema, char *name, Oid type)
{
	Remembered	key = key_of(schema, name, type);
	Remembered *found = holds() ? hash_search(remembered, &key, HASH_FIND, NULL) : NULL;

	return found == NULL || found->type != type ? NULL : found;
}

/* recall(schema, name, example): what has been remembered by a name, of the example's type; NULL if nothing holds. */
Datum
edustats_recall(PG_FUNCTION_ARGS)
{
	Remembered *found;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_NULL();
	(void) edustats_schema_owner(PG_GETARG_OID(0));
	found = find(PG_GETARG_OID(0), text_to_cstring(PG_GETARG_TEXT_PP(1)), get_fn_expr_argtype(fcinfo->flinfo, 2));
	if (found == NULL)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(datumCopy(found->value, get_typbyval(found->type), get_typlen(found->type)));
}

static void
keep(Oid schema, char *name, Oid type, Datum value)
{
	MemoryContext caller = MemoryContextSwitchTo(memory);
	Remembered	key = key_of(schema, pstrdup(name), type);
	bool		found;
	Remembered *thing;

	thing = hash_search(remembered, &key, HASH_ENTER, &found);
	thing->type = type;
	thing->value = datumCopy(value, get_typbyval(type), get_typlen(type));
	MemoryContextSwitchTo(caller);
}

/* remember(schema, name, value): returns the value, and remembers it unless that takes too much memory, or it is NULL. */
Datum
edustats_remember(PG_FUNCTION_ARGS)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 2);
	Datum		value = PG_GETARG_DATUM(2);
	int16		length;
	bool		by_value;

	if (PG_ARGISNULL(2))
		PG_RETURN_NULL();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || !ActiveSnapshotSet())
		PG_RETURN_DATUM(value);
	(void) edustats_schema_owner(PG_GETARG_OID(0));
	get_typlenbyval(type, &length, &by_value);
	if (length == -1)
		value = PointerGetDatum(PG_DETOAST_DATUM(value));
	if (!holds())
		begin();
	if (MemoryContextMemAllocated(memory, true) + datumGetSize(value, by_value, length) <= (Size) maintenance_work_mem * 1024)
		keep(PG_GETARG_OID(0), text_to_cstring(PG_GETARG_TEXT_PP(1)), type, value);
	PG_RETURN_DATUM(value);
}

/* See remember.h. */
void *
edustats_recall_thing(Oid schema, char *name)
{
	Remembered *found = find(schema, name, INTERNALOID);

	return found == NULL ? NULL : DatumGetPointer(found->value);
}

/* See remember.h. */
MemoryContext
edustats_remembering(void)
{
	if (!holds())
		begin();
	return memory;
}

/* See remember.h. */
void
edustats_remember_thing(Oid schema, char *name, void *thing)
{
	keep(schema, name, INTERNALOID, PointerGetDatum(thing));
}
