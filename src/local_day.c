/*
 * local_day.c: the local day of an instant, and the instants of a local day.
 *
 * Asking the time zone library for every row would cost more than the rest of a row's work. A cache divides time into
 * stretches of 2^40 microseconds (12.7 days) and remembers for each the UTC offset of the zone before and after the one
 * change that may fall into it; then the day of an instant is an addition and a division. A stretch is found by the
 * upper bits of the instant, so rows in random order are as cheap as ordered ones.
 */
#include "edustats.h"

#include "mb/pg_wchar.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

#define STRETCH_BITS 40
#define STRETCHES 1024			/* remembered at a time: 35 years */

/* Seconds of the library (since 1970) minus seconds of a timestamp (since 2000). */
#define EPOCH_SECONDS ((pg_time_t) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

#define NEVER PG_INT64_MAX

typedef struct Stretch
{
	uint64		tag;			/* generation of the zone and upper bits of the instants; 0: empty */
	TimestampTz change;			/* when the offset changes, NEVER if it does not */
	int32		before;			/* offset until then, seconds east of Greenwich */
	int32		after;			/* offset from then on */
} Stretch;

struct LocalDayCache
{
	MemoryContext context;
	pg_tz	   *tz;
	uint64		generation;		/* of tz: sets the stretches of an earlier zone apart, 0 before the first */
	size_t		zone_length;
	char		zone[TZ_STRLEN_MAX + 1];	/* as the caller spelled it */
	Stretch    *stretches;		/* NULL until the first instant */
};

PG_FUNCTION_INFO_V1(edustats_local_day_sql);
PG_FUNCTION_INFO_V1(edustats_day_start);
PG_FUNCTION_INFO_V1(edustats_day_end);
PG_FUNCTION_INFO_V1(edustats_month_of_sql);

/* An empty cache, allocated in the context. */
LocalDayCache *
edustats_local_day_cache(MemoryContext context)
{
	LocalDayCache *cache = MemoryContextAllocZero(context, sizeof(LocalDayCache));

	cache->context = context;
	return cache;
}

/*
 * Whether the library took the name for a POSIX specification, such as "FOO3", rather than for a file's.
 *
 * It keeps a specification in upper case, and one has a digit. Few names of files are like that ("EST5EDT"); only for
 * those is the whole list of names read.
 */
static bool
looks_like_posix(const char *canonical)
{
	bool		digit = false;

	for (const char *c = canonical; *c != '\0'; c++)
	{
		if (*c >= 'a' && *c <= 'z')
			return false;
		if (*c >= '0' && *c <= '9')
			digit = true;
	}
	return digit;
}

/* Whether the database of time zones has a file of this name; reads all of it. */
static bool
is_listed(const char *canonical)
{
	/* Survives the query, so that a zone of such a name costs this once in a session. */
	static char last_found[TZ_STRLEN_MAX + 1] = "";
	pg_tzenum  *list;
	pg_tz	   *tz;
	bool		found = false;

	if (strcmp(last_found, canonical) == 0)
		return true;
	list = pg_tzenumerate_start();
	while (!found && (tz = pg_tzenumerate_next(list)) != NULL)
		found = strcmp(pg_get_timezone_name(tz), canonical) == 0;
	pg_tzenumerate_end(list);
	if (found)
		strlcpy(last_found, canonical, sizeof(last_found));
	return found;
}

/* The zone of a name that pg_timezone_names lists, in any case; NULL for any other. */
static pg_tz *
listed_zone(const char *name)
{
	pg_tz	   *tz = pg_tzset(name);
	const char *canonical;

	if (tz == NULL || !pg_tz_acceptable(tz))
		return NULL;
	canonical = pg_get_timezone_name(tz);
	/* The library overlooks a leading colon. */
	if (pg_strcasecmp(canonical, name) != 0)
		return NULL;
	if (looks_like_posix(canonical) && !is_listed(canonical))
		return NULL;
	return tz;
}

/* The zone of that name, of a length; NULL if there is none. */
static pg_tz *
find_zone(const char *zone, size_t length)
{
	char		name[TZ_STRLEN_MAX + 1];

	if (length > TZ_STRLEN_MAX)
		return NULL;
	memcpy(name, zone, length);
	name[length] = '\0';
	return listed_zone(name);
}

/* See edustats.h. */
bool
edustats_zone_exists(text *zone)
{
	return find_zone(VARDATA_ANY(zone), VARSIZE_ANY_EXHDR(zone)) != NULL;
}

/* Makes the cache one of this zone; an unknown zone is an error and leaves the cache as it was. */
static void
set_zone(LocalDayCache *cache, const char *zone, size_t length)
{
	pg_tz	   *tz = find_zone(zone, length);

	if (tz == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" not recognized", pnstrdup(zone, pg_mbcliplen(zone, length, TZ_STRLEN_MAX))),
				 errhint("The view pg_timezone_names lists the names that can be used.")));

	cache->tz = tz;
	cache->generation++;
	cache->zone_length = length;
	memcpy(cache->zone, zone, length);
}

/* Makes the cache one of this zone unless it is already. */
static inline void
check_zone(LocalDayCache *cache, text *zone)
{
	const char *name = VARDATA_ANY(zone);
	size_t		length = VARSIZE_ANY_EXHDR(zone);

	/* Bytes, not pointers: the next row may bring another zone at the same place. */
	if (unlikely(cache->generation == 0 || cache->zone_length != length || memcmp(cache->zone, name, length) != 0))
		set_zone(cache, name, length);
}

/* The second that holds the instant, as the library counts. */
static pg_time_t
to_library(TimestampTz at)
{
	int64		seconds = at / USECS_PER_SEC;

	if (at % USECS_PER_SEC < 0)
		seconds--;
	return seconds + EPOCH_SECONDS;
}

/* The zone's offset at the second, and the later second until which it lasts for certain. */
static int32
offset_at(const pg_tz *tz, pg_time_t second, pg_time_t *until)
{
	struct pg_tm *local = pg_localtime(&second, tz);
	pg_time_t	from = second;
	long int	offset;
	int			is_dst;
	int			found;

	if (local == NULL)
		elog(ERROR, "no local time for second " INT64_FORMAT, second);

	/* At the last change of its table the library overlooks that the rules go on; a second later it does not. */
	found = pg_next_dst_boundary(&from, &offset, &is_dst, until, &offset, &is_dst, tz);
	if (found == 0)
	{
		from++;
		found = pg_next_dst_boundary(&from, &offset, &is_dst, until, &offset, &is_dst, tz);
	}
	if (found == 0)
		*until = NEVER;
	else if (found < 0)
		*until = second + 1;
	return (int32) local->tm_gmtoff;
}

/* Fills in the stretch that holds the instant; false, and leaves it, if the offset changes more than once there. */
static bool
fill_stretch(const pg_tz *tz, Stretch *stretch, TimestampTz at, uint64 tag)
{
	TimestampTz first = (TimestampTz) (((uint64) at >> STRETCH_BITS) << STRETCH_BITS);
	/* The parentheses matter: behind the last stretch there is no instant more. */
	pg_time_t	last_second = to_library(first + ((INT64CONST(1) << STRETCH_BITS) - 1));
	pg_time_t	change;
	pg_time_t	next;
	int32		before = offset_at(tz, to_library(first), &change);
	int32		after = before;

	if (change <= last_second)
	{
		after = offset_at(tz, change, &next);
		if (next <= last_second)
			return false;
		stretch->change = (change - EPOCH_SECONDS) * USECS_PER_SEC;
	}
	else
		stretch->change = NEVER;
	stretch->before = before;
	stretch->after = after;
	stretch->tag = tag;
	return true;
}

/* The offset of the cache's zone at an instant, seconds east of Greenwich. */
static inline int32
cached_offset(LocalDayCache *cache, TimestampTz at)
{
	uint64		number = (uint64) at >> STRETCH_BITS;
	uint64		tag = (cache->generation << (64 - STRETCH_BITS)) | number;
	Stretch    *stretch;
	pg_time_t	until;

	if (unlikely(cache->stretches == NULL))
		cache->stretches = MemoryContextAllocZero(cache->context, STRETCHES * sizeof(Stretch));
	stretch = &cache->stretches[number % STRETCHES];
	if (unlikely(stretch->tag != tag) && !fill_stretch(cache->tz, stretch, at, tag))
		return offset_at(cache->tz, to_library(at), &until);
	return at < stretch->change ? stretch->before : stretch->after;
}

/* The local time in the cache's zone at a finite instant: up to a day outside of what a timestamp may be. */
static inline Timestamp
local_time(LocalDayCache *cache, TimestampTz at)
{
	return at + cached_offset(cache, at) * USECS_PER_SEC;
}

/* The date of a local time, the first one if there is none; dates go on for long behind the last timestamp. */
static inline DateADT
date_of(Timestamp local)
{
	if (unlikely(local < MIN_TIMESTAMP))
		local = MIN_TIMESTAMP;
	/* Counted from the first day of all, an unsigned division rounds down for every day. */
	return (DateADT) (((uint64) local - (uint64) MIN_TIMESTAMP) / USECS_PER_DAY) +
		(DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE);
}

/* The infinite date of an infinite instant. */
static inline DateADT
infinite_date(TimestampTz at)
{
	return TIMESTAMP_IS_NOBEGIN(at) ? DATEVAL_NOBEGIN : DATEVAL_NOEND;
}

/* As edustats_local_day_clamped, in the zone of the last call of either, of which there must have been one. */
DateADT
edustats_local_day_again(LocalDayCache *cache, TimestampTz at)
{
	return unlikely(TIMESTAMP_NOT_FINITE(at)) ? infinite_date(at) : date_of(local_time(cache, at));
}

/* The date in the zone at the instant, the first of all dates if it is before them; an unknown zone is an error. */
DateADT
edustats_local_day_clamped(LocalDayCache *cache, TimestampTz at, text *zone)
{
	check_zone(cache, zone);
	return edustats_local_day_again(cache, at);
}

/* The date in the zone at the instant; an infinite one gives an infinite date, a day before all dates an error. */
DateADT
edustats_local_day(LocalDayCache *cache, TimestampTz at, text *zone)
{
	Timestamp	local;

	check_zone(cache, zone);
	if (unlikely(TIMESTAMP_NOT_FINITE(at)))
		return infinite_date(at);
	local = local_time(cache, at);
	if (unlikely(local < MIN_TIMESTAMP))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("date out of range"),
				 errdetail("The local day of the first instants of all is before the first date.")));
	return date_of(local);
}

/* The cache that belongs to this call site. */
static inline LocalDayCache *
cache_of_call(FunctionCallInfo fcinfo)
{
	if (unlikely(fcinfo->flinfo->fn_extra == NULL))
		fcinfo->flinfo->fn_extra = edustats_local_day_cache(fcinfo->flinfo->fn_mcxt);
	return fcinfo->flinfo->fn_extra;
}

/* local_day(timestamptz, text) returns date */
Datum
edustats_local_day_sql(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(edustats_local_day(cache_of_call(fcinfo), PG_GETARG_TIMESTAMPTZ(0), PG_GETARG_TEXT_PP(1)));
}

/*
 * The first second of a local day and the one after its last; both the second of the jump where the zone skips the day.
 *
 * Walks the spans of constant offset around the day. A day need not be contiguous: clocks that go back over midnight
 * show the end of the day before again.
 */
static void
day_bounds(const pg_tz *tz, DateADT day, pg_time_t *start, pg_time_t *end)
{
	pg_time_t	midnight = (pg_time_t) day * SECS_PER_DAY + EPOCH_SECONDS;
	pg_time_t	next_midnight = midnight + SECS_PER_DAY;
	pg_time_t	from = midnight - 2 * SECS_PER_DAY; /* no offset is larger */
	pg_time_t	stop = next_midnight + 2 * SECS_PER_DAY;
	pg_time_t	until;
	bool		skipped = false;
	bool		found = false;

	for (; from < stop; from = until)
	{
		int32		offset = offset_at(tz, from, &until);
		pg_time_t	first = Max(from, midnight - offset);
		pg_time_t	after = Min(until, next_midnight - offset);

		if (first < after)
		{
			if (!found)
				*start = first;
			*end = after;
			found = true;
		}
		else if (!found && !skipped && from + offset >= next_midnight)
		{
			*start = *end = from;
			skipped = true;
		}
	}
	if (!found && !skipped)
		elog(ERROR, "no bounds found for day %d", day);
}

/* The instant of one bound of a local day. */
static TimestampTz
day_bound(LocalDayCache *cache, DateADT day, text *zone, bool is_end)
{
	pg_time_t	start = 0;
	pg_time_t	end = 0;
	TimestampTz bound;

	check_zone(cache, zone);
	if (DATE_IS_NOBEGIN(day))
		return DT_NOBEGIN;
	if (DATE_IS_NOEND(day))
		return DT_NOEND;

	/* Before the multiplications below can overflow. */
	if (!IS_VALID_DATE(day) || day >= TIMESTAMP_END_JULIAN - POSTGRES_EPOCH_JDATE)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("date out of range for timestamp")));
	day_bounds(cache->tz, day, &start, &end);
	bound = ((is_end ? end : start) - EPOCH_SECONDS) * USECS_PER_SEC;
	if (!IS_VALID_TIMESTAMP(bound))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return bound;
}

/* day_start(date, text) returns timestamptz */
Datum
edustats_day_start(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(day_bound(cache_of_call(fcinfo), PG_GETARG_DATEADT(0), PG_GETARG_TEXT_PP(1), false));
}

/* day_end(date, text) returns timestamptz */
Datum
edustats_day_end(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(day_bound(cache_of_call(fcinfo), PG_GETARG_DATEADT(0), PG_GETARG_TEXT_PP(1), true));
}

/* The first day of the month that holds a finite day: in the first month of all, it is before the first date. */
static DateADT
month_start(DateADT day)
{
	int			year;
	int			month;
	int			day_of_month;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &day_of_month);
	return day - (day_of_month - 1);
}

/* The first day of the month that holds the day; an infinite one stays, in the first month of all it is an error. */
DateADT
edustats_month_of(DateADT day)
{
	DateADT		start = DATE_NOT_FINITE(day) ? day : month_start(day);

	if (!DATE_NOT_FINITE(day) && !IS_VALID_DATE(start))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("date out of range"),
				 errdetail("The first month of all begins before the first date.")));
	return start;
}

/* month_of(date) returns date */
Datum
edustats_month_of_sql(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(edustats_month_of(PG_GETARG_DATEADT(0)));
}
