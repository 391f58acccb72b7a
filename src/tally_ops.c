/*
 * tally_ops.c: what is asked of a tally, and what is made of two.
 */
#include "tally.h"

#include "access/detoast.h"
#include "common/hashfn.h"
#include "nodes/primnodes.h"
#include "utils/memutils.h"

/* The tally of a call site, in a form for looking up keys. */
typedef struct LookupTable
{
	MemoryContext context;		/* of all but this struct */
	bool		is_constant;	/* the tally is part of the plan and cannot change */
	Size		size;			/* of the tally's copy */
	char	   *copy;			/* NULL if the tally is constant */
	TallyBuilder builder;
	uint16	   *small;			/* the builder's window in half the memory, NULL if a count is too large for it */
} LookupTable;

PG_FUNCTION_INFO_V1(edustats_tally_total);
PG_FUNCTION_INFO_V1(edustats_tally_cardinality);
PG_FUNCTION_INFO_V1(edustats_tally_count_of);
PG_FUNCTION_INFO_V1(edustats_tally_has);
PG_FUNCTION_INFO_V1(edustats_tally_merge);
PG_FUNCTION_INFO_V1(edustats_tally_subtract);
PG_FUNCTION_INFO_V1(edustats_tally_keep);
PG_FUNCTION_INFO_V1(edustats_tally_drop);
PG_FUNCTION_INFO_V1(edustats_tally_eq);
PG_FUNCTION_INFO_V1(edustats_tally_ne);
PG_FUNCTION_INFO_V1(edustats_tally_hash);
PG_FUNCTION_INFO_V1(edustats_tally_hash_extended);

/* total(tally) */
Datum
edustats_tally_total(PG_FUNCTION_ARGS)
{
	TallyReader reader;

	edustats_tally_open_header(&reader, PG_GETARG_DATUM(0));
	PG_RETURN_INT64(reader.total);
}

/* cardinality(tally) */
Datum
edustats_tally_cardinality(PG_FUNCTION_ARGS)
{
	TallyReader reader;

	edustats_tally_open_header(&reader, PG_GETARG_DATUM(0));
	PG_RETURN_INT64(reader.entries);
}

/* The count of a key, 0 if there is none, by reading up to it. */
static int64
find_count(Datum tally, int64 key)
{
	TallyReader reader;

	edustats_tally_open(&reader, tally);
	while (tally_next(&reader) && reader.key <= key)
	{
		if (reader.key == key)
			return reader.count;
	}
	return 0;
}

/* An empty table for the call site. */
static LookupTable *
new_table(FmgrInfo *flinfo)
{
	LookupTable *table = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(LookupTable));

	table->context = AllocSetContextCreate(flinfo->fn_mcxt, "edustats lookup table", ALLOCSET_DEFAULT_SIZES);
	edustats_tally_builder_init(&table->builder, table->context);
	return table;
}

/* Copies the window into numbers so small that more of them stay in the processor's cache, if all its counts fit. */
static void
shrink_window(LookupTable *table)
{
	const TallyBuilder *builder = &table->builder;
	uint16	   *small = MemoryContextAllocHuge(table->context, builder->width * sizeof(uint16));

	for (uint64 i = 0; i < builder->width; i++)
	{
		tally_step(i);
		if (builder->window[i] > PG_UINT16_MAX)
			return;
		small[i] = (uint16) builder->window[i];
	}
	table->small = small;
}

/* The count of a key in the table. */
static inline int64
look_up(const LookupTable *table, int64 key)
{
	uint64		slot = (uint64) key - (uint64) table->builder.base;

	if (likely(table->small != NULL && slot < table->builder.width))
		return table->small[slot];
	return tally_count(&table->builder, key);
}

/* Fills the table with the tally, whatever it held. */
static void
fill_table(LookupTable *table, struct varlena *tally)
{
	TallyReader reader;

	/* Nothing may look valid if an error leaves the table half filled. */
	table->copy = NULL;
	table->small = NULL;
	MemoryContextReset(table->context);
	edustats_tally_builder_init(&table->builder, table->context);
	edustats_tally_open(&reader, PointerGetDatum(tally));
	edustats_tally_add_all(&table->builder, &reader);
	shrink_window(table);
}

/* Whether the table holds this very tally. */
static inline bool
table_holds(const LookupTable *table, struct varlena *tally)
{
	return table->copy != NULL && table->size == VARSIZE_ANY_EXHDR(tally) &&
		memcmp(table->copy, VARDATA_ANY(tally), table->size) == 0;
}

/*
 * The lookup table of the call site for the call's tally, whose expression does not change within a query.
 *
 * A constant is looked at once. A parameter may change between the evaluations of one expression after all, as PL/pgSQL
 * keeps simple expressions from one to the next; so its bytes are compared, which is much cheaper than reading them.
 */
static pg_noinline LookupTable *
table_of_call(FunctionCallInfo fcinfo)
{
	LookupTable *table = fcinfo->flinfo->fn_extra;
	struct varlena *tally = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));

	if (table == NULL)
		table = new_table(fcinfo->flinfo);
	if (!table_holds(table, tally))
	{
		fill_table(table, tally);
		table->is_constant = IsA(linitial(((FuncExpr *) fcinfo->flinfo->fn_expr)->args), Const);
		if (!table->is_constant)
		{
			table->size = VARSIZE_ANY_EXHDR(tally);
			table->copy = memcpy(MemoryContextAllocHuge(table->context, table->size), VARDATA_ANY(tally), table->size);
		}
	}
	fcinfo->flinfo->fn_extra = table;
	return table;
}

/* Whether the call's tally is a constant or a parameter, and so worth a lookup table. */
static bool
is_stable_call(FunctionCallInfo fcinfo)
{
	Node	   *call = fcinfo->flinfo->fn_expr;

	return call != NULL && IsA(call, FuncExpr) && get_fn_expr_arg_stable(fcinfo->flinfo, 0);
}

/* count_of(tally, bigint) */
Datum
edustats_tally_count_of(PG_FUNCTION_ARGS)
{
	LookupTable *table = fcinfo->flinfo->fn_extra;
	int64		key = PG_GETARG_INT64(1);

	if (likely(table != NULL && table->is_constant))
		PG_RETURN_INT64(look_up(table, key));
	if (table == NULL && !is_stable_call(fcinfo))
		PG_RETURN_INT64(find_count(PG_GETARG_DATUM(0), key));
	table = table_of_call(fcinfo);
	PG_RETURN_INT64(look_up(table, key));
}

/* tally ? bigint */
Datum
edustats_tally_has(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(find_count(PG_GETARG_DATUM(0), PG_GETARG_INT64(1)) > 0);
}

/* Walks through two tallies side by side. */
typedef struct Pair
{
	TallyReader left;
	TallyReader right;
	bool		more_left;		/* whether the readers are at an entry */
	bool		more_right;
	int64		key;			/* of what next_pair has found, and its counts, 0 for none */
	int64		count_left;
	int64		count_right;
} Pair;

static void
open_pair(Pair *pair, Datum left, Datum right)
{
	edustats_tally_open(&pair->left, left);
	edustats_tally_open(&pair->right, right);
	pair->more_left = tally_next(&pair->left);
	pair->more_right = tally_next(&pair->right);
}

/* Goes on to the next key that either has; false after the last one. */
static bool
next_pair(Pair *pair)
{
	bool		take_left = pair->more_left && (!pair->more_right || pair->left.key <= pair->right.key);
	bool		take_right = pair->more_right && (!pair->more_left || pair->right.key <= pair->left.key);

	if (!take_left && !take_right)
		return false;
	pair->key = take_left ? pair->left.key : pair->right.key;
	pair->count_left = take_left ? pair->left.count : 0;
	pair->count_right = take_right ? pair->right.count : 0;
	if (take_left)
		pair->more_left = tally_next(&pair->left);
	if (take_right)
		pair->more_right = tally_next(&pair->right);
	return true;
}

/*
 * Appends the entry that a reader is at, and those after it that are below a key, as they are: there are many of them where a
 * little is added to much. The reader is then at the first that is not; false if there is none.
 */
static bool
take_below(TallyReader *reader, TallyWriter *writer, int64 key)
{
	TallyReader first = *reader;
	TallyRun	run;
	bool		more;

	do
	{
		run.end = reader->next;
		run.left = reader->left;
		run.rest = reader->rest;
		run.key = reader->key;
		more = tally_next(reader);
	} while (more && reader->key < key);
	edustats_tally_put(writer, first.key, first.count);
	edustats_tally_copy(writer, &first, &run);
	return more;
}

/* Appends all entries from the one that a reader is at on, if it is at any. */
static void
take_rest(TallyReader *reader, TallyWriter *writer, bool more)
{
	while (more)				/* the largest key of all is below none */
		more = take_below(reader, writer, PG_INT64_MAX);
}

/* tally + tally */
Datum
edustats_tally_merge(PG_FUNCTION_ARGS)
{
	Pair		pair;
	TallyReader *left = &pair.left;
	TallyReader *right = &pair.right;
	TallyWriter writer;

	open_pair(&pair, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
	if (left->entries == 0 || right->entries == 0)
		PG_RETURN_DATUM(PG_GETARG_DATUM(left->entries == 0 ? 1 : 0));
	edustats_tally_begin(&writer, (uint64) left->entries + right->entries);
	while (pair.more_left && pair.more_right)
	{
		int64		count;

		if (left->key < right->key)
			pair.more_left = take_below(left, &writer, right->key);
		else if (left->key > right->key)
			pair.more_right = take_below(right, &writer, left->key);
		else
		{
			if (pg_add_s64_overflow(left->count, right->count, &count))
				edustats_tally_overflow();
			edustats_tally_put(&writer, left->key, count);
			pair.more_left = tally_next(left);
			pair.more_right = tally_next(right);
		}
	}
	take_rest(left, &writer, pair.more_left);
	take_rest(right, &writer, pair.more_right);
	PG_RETURN_POINTER(edustats_tally_finish(&writer));
}

/* tally - tally; NULL if a count would be below zero */
Datum
edustats_tally_subtract(PG_FUNCTION_ARGS)
{
	Pair		pair;
	TallyWriter writer;

	open_pair(&pair, PG_GETARG_DATUM(0), PG_GETARG_DATUM(1));
	if (pair.right.entries == 0)
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	edustats_tally_begin(&writer, pair.left.entries);
	while (next_pair(&pair))
	{
		if (pair.count_left < pair.count_right)
			PG_RETURN_NULL();
		if (pair.count_left > pair.count_right)
			edustats_tally_put(&writer, pair.key, pair.count_left - pair.count_right);
	}
	PG_RETURN_POINTER(edustats_tally_finish(&writer));
}

/* The entries of a tally whose keys are, or are not, among those of another. */
static struct varlena *
filter(Datum tally, Datum by, bool keep)
{
	TallyReader entry;
	TallyReader other;
	TallyWriter writer;
	bool		more;

	edustats_tally_open(&entry, tally);
	edustats_tally_open(&other, by);
	edustats_tally_begin(&writer, keep ? Min(entry.entries, other.entries) : entry.entries);
	more = tally_next(&other);
	while ((more || !keep) && tally_next(&entry))
	{
		while (more && other.key < entry.key)
			more = tally_next(&other);
		if ((more && other.key == entry.key) == keep)
			edustats_tally_put(&writer, entry.key, entry.count);
	}
	return edustats_tally_finish(&writer);
}

/* keep(tally, tally) */
Datum
edustats_tally_keep(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(filter(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), true));
}

/* drop(tally, tally) */
Datum
edustats_tally_drop(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(filter(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), false));
}

/* Whether two tallies are equal: a value has exactly one representation. */
static bool
are_equal(FunctionCallInfo fcinfo)
{
	struct varlena *left;
	struct varlena *right;
	bool		equal;

	/* The sizes are known without fetching anything. */
	if (toast_raw_datum_size(PG_GETARG_DATUM(0)) != toast_raw_datum_size(PG_GETARG_DATUM(1)))
		return false;
	left = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	right = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1));
	equal = memcmp(VARDATA_ANY(left), VARDATA_ANY(right), VARSIZE_ANY_EXHDR(left)) == 0;
	PG_FREE_IF_COPY(left, 0);
	PG_FREE_IF_COPY(right, 1);
	return equal;
}

/* tally = tally */
Datum
edustats_tally_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(are_equal(fcinfo));
}

/* tally <> tally */
Datum
edustats_tally_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(!are_equal(fcinfo));
}

/* tally_hash(tally) */
Datum
edustats_tally_hash(PG_FUNCTION_ARGS)
{
	struct varlena *tally = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	Datum		hash = hash_any((unsigned char *) VARDATA_ANY(tally), VARSIZE_ANY_EXHDR(tally));

	PG_FREE_IF_COPY(tally, 0);
	return hash;
}

/* tally_hash_extended(tally, bigint) */
Datum
edustats_tally_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *tally = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	Datum		hash = hash_any_extended((unsigned char *) VARDATA_ANY(tally), VARSIZE_ANY_EXHDR(tally),
										 PG_GETARG_INT64(1));

	PG_FREE_IF_COPY(tally, 0);
	return hash;
}
