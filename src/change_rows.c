/*
 * change_rows.c: changes in SQL: packed ones as rows, and those that the log has as what they add to, and take from, the
 * tallies of days.
 */
#include "changes.h"
#include "daily_state.h"
#include "logged.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/multirangetypes.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(edustats_each_change);
PG_FUNCTION_INFO_V1(edustats_class_part);
PG_FUNCTION_INFO_V1(edustats_logged_members);
PG_FUNCTION_INFO_V1(edustats_logged_changes);

#define DAILY_CHANGE_COLUMNS 4

/* each_change(bytea) returns rows (member, key, weight). */
Datum
edustats_each_change(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Changes		changes = {.context = CurrentMemoryContext};
	bytea	   *packed = PG_GETARG_BYTEA_PP(0);

	InitMaterializedSRF(fcinfo, 0);
	edustats_unpack_changes(&changes, 0, VARDATA_ANY(packed), VARSIZE_ANY_EXHDR(packed));
	for (uint64 i = 0; i < changes.number; i++)
	{
		Change	   *change = &changes.items[i];
		Datum		values[] = {Int64GetDatum(change->member), Int64GetDatum(change->key), Int64GetDatum(change->weight)};
		bool		nulls[] = {!change->has_member, false, false};

		tally_step(i);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* Classes are kept in so many parts that a reading, which is about few members, needs but some small ones. */
#define CLASS_PARTS 256

static inline int16
part_of(int64 member)
{
	return member & (CLASS_PARTS - 1);
}

/* class_part(member) returns smallint: the part of class_map that has a member's class. */
Datum
edustats_class_part(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT16(part_of(PG_GETARG_INT64(0)));
}

/* A member that something has changed for, and the class that it is in; 0 for none that is known. */
typedef struct MemberClass
{
	int64		member;
	int16		class;
} MemberClass;

#define ST_SORT sort_members
#define ST_ELEMENT_TYPE MemberClass
#define ST_COMPARE(a, b) (((a)->member > (b)->member) - ((a)->member < (b)->member))
#define ST_SCOPE static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

/* What the log has of a metric, as rows, and the members that it is about. */
typedef struct LoggedChanges
{
	SourceRecord *record;
	const Logged *logged;
	Size		at;				/* of the row that comes next */
	Changes		row;			/* the one before */
	MemberClass *members;		/* by part and number, each once */
	uint64		parts[CLASS_PARTS + 1]; /* where the members of each part begin, and where the last one's end */
	Oid			tally;			/* the type, where classes are read */
} LoggedChanges;

/* Unpacks the next row; false after the last, when the first comes again. */
static bool
next_changes(LoggedChanges *changes)
{
	LoggedHeader header;

	changes->row.number = 0;
	if (changes->at == changes->logged->used)
	{
		changes->at = 0;
		return false;
	}
	memcpy(&header, changes->logged->rows + changes->at, sizeof(header));
	changes->at += sizeof(header);
	edustats_unpack_changes(&changes->row, header.day, changes->logged->rows + changes->at, header.length);
	changes->at += header.length;
	return true;
}

/* The members of all changes, as they come, each as often as it does. */
static uint64
list_members(LoggedChanges *changes, int64 **members)
{
	uint64		size = 64;
	uint64		number = 0;

	*members = palloc(size * sizeof(int64));
	while (next_changes(changes))
		for (uint64 i = 0; i < changes->row.number; i++)
		{
			if (number == size)
				*members = repalloc_huge(*members, mul_size(size *= 2, sizeof(int64)));
			if (changes->row.items[i].has_member)
				(*members)[number++] = changes->row.items[i].member;
		}
	return number;
}

/* Puts members in the order of their parts, and finds out where these begin. */
static void
part_members(LoggedChanges *changes, const int64 *members, uint64 number)
{
	uint64		ends[CLASS_PARTS] = {0};

	changes->members = palloc_extended(mul_size(Max(number, 1), sizeof(MemberClass)), MCXT_ALLOC_HUGE);
	for (uint64 i = 0; i < number; i++)
		ends[part_of(members[i])]++;
	for (int part = 0; part < CLASS_PARTS; part++)
	{
		changes->parts[part + 1] = changes->parts[part] + ends[part];
		ends[part] = changes->parts[part];
	}
	for (uint64 i = 0; i < number; i++)
		changes->members[ends[part_of(members[i])]++] = (MemberClass) {.member = members[i]};
}

/* Finds out whom the changes are about. */
static void
find_members(LoggedChanges *changes)
{
	int64	   *members;
	uint64		number = list_members(changes, &members);
	uint64		kept = 0;

	part_members(changes, members, number);
	for (int part = 0; part < CLASS_PARTS; part++)
	{
		uint64		begin = changes->parts[part];
		uint64		end = changes->parts[part + 1];

		sort_members(changes->members + begin, end - begin);
		changes->parts[part] = kept;
		for (uint64 i = begin; i < end; i++)
			if (i == begin || changes->members[i].member != changes->members[kept - 1].member)
				changes->members[kept++] = changes->members[i];
	}
	changes->parts[CLASS_PARTS] = kept;
	pfree(members);
}

/* One of the members; NULL if it is none. */
static MemberClass *
find_member(const LoggedChanges *changes, int64 member)
{
	uint64		low = changes->parts[part_of(member)];
	uint64		end = changes->parts[part_of(member) + 1];
	uint64		high = end;

	while (low < high)
	{
		uint64		middle = (low + high) / 2;

		if (changes->members[middle].member < member)
			low = middle + 1;
		else
			high = middle;
	}
	return low < end && changes->members[low].member == member ? &changes->members[low] : NULL;
}

/* What the log has of a metric, for who has the rights of its schema's owner. */
static LoggedChanges
read_changes(Oid schema, const char *name)
{
	static const Logged nothing = {.used = 0};
	LoggedChanges changes = {.row.context = CurrentMemoryContext};
	SourceMetric *metric;

	(void) edustats_schema_owner(schema);
	changes.record = edustats_record_at(schema, GetActiveSnapshot());
	metric = changes.record->problem != NULL ? NULL : edustats_metric_named(changes.record, name);
	changes.logged = metric == NULL ? NULL : edustats_logged(changes.record, metric);
	if (changes.logged == NULL)
		changes.logged = &nothing;	/* all days are computed where the log can't be trusted */
	find_members(&changes);
	return changes;
}

/* logged_members(schema, metric) returns bigint[]: the members that the log has changes of. */
Datum
edustats_logged_members(PG_FUNCTION_ARGS)
{
	LoggedChanges changes = read_changes(PG_GETARG_OID(0), text_to_cstring(PG_GETARG_TEXT_PP(1)));
	uint64		number = changes.parts[CLASS_PARTS];
	Datum	   *members = palloc_extended(mul_size(Max(number, 1), sizeof(Datum)), MCXT_ALLOC_HUGE);

	for (uint64 i = 0; i < number; i++)
		members[i] = Int64GetDatum(changes.members[i].member);
	PG_RETURN_ARRAYTYPE_P(construct_array(members, (int) Min(number, PG_INT32_MAX), INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

static void
set_class(MemberClass *member, int64 class)
{
	if (class > PG_INT16_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("class " INT64_FORMAT " of member " INT64_FORMAT " is out of range", class, member->member)));
	member->class = (int16) class;
}

/* Takes the classes of a row of class_map, if any of the members are in its part; true if it is not as edustats made it. */
static bool
take_part(TupleTableSlot *row, void *state)
{
	LoggedChanges *changes = state;
	TupleDesc	columns = row->tts_tupleDescriptor;
	TallyReader reader;
	bool		isnull;
	int16		part;
	MemberClass *member;
	MemberClass *end;

	if (columns->natts < 2 || TupleDescAttr(columns, 0)->atttypid != INT2OID || TupleDescAttr(columns, 1)->atttypid != changes->tally)
		return true;
	part = DatumGetInt16(slot_getattr(row, 1, &isnull));
	if (isnull || part < 0 || part >= CLASS_PARTS || slot_attisnull(row, 2))
		return true;
	member = changes->members + changes->parts[part];
	end = changes->members + changes->parts[part + 1];
	if (member == end)
		return false;
	edustats_tally_open(&reader, slot_getattr(row, 2, &isnull));
	while (member < end && tally_next(&reader))
	{
		while (member < end && member->member < reader.key)
			member++;
		if (member < end && member->member == reader.key)
			set_class(member, reader.count);
	}
	return false;
}

/* Takes the classes that are kept, but for members that have been written since. */
static void
take_kept(LoggedChanges *changes, ArrayType *written)
{
	Datum	   *keys;
	int			number;

	if (edustats_any_row(changes->record, "class_map", take_part, changes))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s.class_map\" is not as edustats made it", changes->record->name)));
	deconstruct_array(written, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE, &keys, NULL, &number);
	for (int i = 0; i < number; i++)
	{
		MemberClass *member = find_member(changes, DatumGetInt64(keys[i]));

		if (member != NULL)
			member->class = 0;
	}
}

/* Takes the classes that are given. */
static void
take_given(LoggedChanges *changes, Datum classes)
{
	TallyReader reader;

	edustats_tally_open(&reader, classes);
	while (tally_next(&reader))
	{
		MemberClass *member = find_member(changes, reader.key);

		if (member != NULL)
			set_class(member, reader.count);
	}
}

/* What is added and what is removed, which have the same days and classes. */
typedef struct Sums
{
	DailyState *added;
	DailyState *removed;
} Sums;

static void
count_change(Sums *sums, const Change *change, const LoggedChanges *changes)
{
	int16		class = change->has_member ? find_member(changes, change->member)->class : 0;
	TallyBuilder *more = recent_builder(sums->added, change->day, class);
	TallyBuilder *less = recent_builder(sums->removed, change->day, class);

	if (change->weight > 0)
		tally_add(more, change->key, change->weight);
	else if (change->weight < 0)
		tally_add(less, change->key, -change->weight);
}

/* Is a day one of some? */
static bool
is_among(DateADT day, MultirangeType *days, TypeCacheEntry *type)
{
	return multirange_contains_elem_internal(type->rngtype, days, DateADTGetDatum(day));
}

/* Adds up the changes of some days. */
static Sums
sum_changes(LoggedChanges *changes, MultirangeType *days, TypeCacheEntry *type)
{
	Sums		sums = {edustats_daily_create(CurrentMemoryContext), edustats_daily_create(CurrentMemoryContext)};
	DateADT		last_day = 0;
	bool		counts = is_among(last_day, days, type);

	while (next_changes(changes))
		for (uint64 i = 0; i < changes->row.number; i++)
		{
			const Change *change = &changes->row.items[i];

			if (change->day != last_day)
			{
				last_day = change->day;
				counts = is_among(last_day, days, type);
			}
			if (counts)
				count_change(&sums, change, changes);
		}
	return sums;
}

/* An array of daily_change. */
static ArrayType *
make_array(const Sums *sums, Oid element)
{
	DailyTallies added = edustats_daily_build(sums->added);
	DailyTallies removed = edustats_daily_build(sums->removed);
	TupleDesc	columns = lookup_rowtype_tupdesc(element, -1);
	Datum	   *rows = palloc(Max(added.number, 1) * sizeof(Datum));
	bool		nulls[DAILY_CHANGE_COLUMNS] = {false};

	for (uint64 i = 0; i < added.number; i++)
	{
		Datum		values[] = {DateADTGetDatum(day_of(added.keys[i])), Int16GetDatum(class_of(added.keys[i])),
			PointerGetDatum(added.tallies[i]), PointerGetDatum(removed.tallies[i])};

		Assert(added.keys[i] == removed.keys[i]);
		tally_step(i);
		rows[i] = HeapTupleGetDatum(heap_form_tuple(columns, values, nulls));
	}
	ReleaseTupleDesc(columns);
	return construct_array(rows, (int) added.number, element, -1, false, TYPALIGN_DOUBLE);
}

/*
 * logged_changes(schema, metric, days, kept, written, classes) returns daily_change[]: what the log says that has changed on
 * some days, by day and class. The classes of members are those of class_map, if they are kept, but for those that have been
 * written since, and those given.
 */
Datum
edustats_logged_changes(PG_FUNCTION_ARGS)
{
	LoggedChanges changes = read_changes(PG_GETARG_OID(0), text_to_cstring(PG_GETARG_TEXT_PP(1)));
	TypeCacheEntry *type = multirange_get_typcache(fcinfo, get_fn_expr_argtype(fcinfo->flinfo, 2));
	Sums		sums;

	changes.tally = get_fn_expr_argtype(fcinfo->flinfo, 5);
	if (PG_GETARG_BOOL(3))
		take_kept(&changes, PG_GETARG_ARRAYTYPE_P(4));
	take_given(&changes, PG_GETARG_DATUM(5));
	sums = sum_changes(&changes, PG_GETARG_MULTIRANGE_P(2), type);
	PG_RETURN_ARRAYTYPE_P(make_array(&sums, get_element_type(get_fn_expr_rettype(fcinfo->flinfo))));
}
