/*
 * tally.c: the structure of a tally, its reader and its writer. The layout is described in tally.h.
 */
#include "tally.h"

#include "utils/memutils.h"

/* Complains about the bytes being read. */
void
edustats_tally_malformed(const TallyReader *reader, const char *detail)
{
	ereport(ERROR,
			(errcode(reader->sqlstate),
			 reader->sqlstate == ERRCODE_DATA_CORRUPTED ? errmsg("stored tally is damaged") :
			 errmsg("invalid binary value of type tally"),
			 errdetail_internal("%s", detail)));
	pg_unreachable();
}

/* Complains that a total leaves the range of bigint. */
void
edustats_tally_overflow(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("total of tally out of range"),
			 errdetail("The counts of a tally must not add up to more than " INT64_FORMAT ".", PG_INT64_MAX)));
	pg_unreachable();
}

/* Takes version, flags, entries and total from the header, and checks what can be checked of them alone. */
static void
read_header(TallyReader *reader, const char *bytes, Size size, int sqlstate)
{
	uint64		total;

	reader->sqlstate = sqlstate;
	if (size < TALLY_HEADER)
		edustats_tally_malformed(reader, "The header is incomplete.");
	if (bytes[0] != TALLY_VERSION)
		edustats_tally_malformed(reader, "The version is not known.");
	if (bytes[1] != 0)
		edustats_tally_malformed(reader, "A reserved flag is set.");
	memcpy(&reader->entries, bytes + 2, sizeof(uint32));
	memcpy(&total, bytes + 6, sizeof(uint64));
	if (total > PG_INT64_MAX)
		edustats_tally_malformed(reader, "The total is beyond the range of bigint.");
	if (total < reader->entries)
		edustats_tally_malformed(reader, "The total is less than the number of entries.");
	reader->total = (int64) total;
}

/* Begins to read bytes, header first, complaining with the given SQLSTATE. */
void
edustats_tally_open_bytes(TallyReader *reader, const char *bytes, Size size, int sqlstate)
{
	read_header(reader, bytes, size, sqlstate);

	/* Whoever allocates by the number of entries must not be led to more than the bytes can hold. */
	if (reader->entries > (size - TALLY_HEADER) / 2)
		edustats_tally_malformed(reader, "There are fewer entries than the header says.");
	reader->left = reader->entries;
	reader->rest = (uint64) reader->total;
	reader->next = (const uint8 *) bytes + TALLY_HEADER;
	reader->end = (const uint8 *) bytes + size;
	reader->key = 0;
	reader->count = 0;
}

/* Begins to read a tally that comes from SQL; the copy that may be needed is in the current context. */
void
edustats_tally_open(TallyReader *reader, Datum tally)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(tally);

	edustats_tally_open_bytes(reader, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), ERRCODE_DATA_CORRUPTED);
}

/* Reads no more than the header of a tally that comes from SQL, toasted or not. */
void
edustats_tally_open_header(TallyReader *reader, Datum tally)
{
	struct varlena *slice = PG_DETOAST_DATUM_SLICE(tally, 0, TALLY_HEADER);

	read_header(reader, VARDATA_ANY(slice), VARSIZE_ANY_EXHDR(slice), ERRCODE_DATA_CORRUPTED);
	if (slice != (struct varlena *) DatumGetPointer(tally))
		pfree(slice);
}

/* A varint that is not of one or two bytes, or is malformed. */
uint64
edustats_tally_long_varint(TallyReader *reader)
{
	uint64		value = 0;

	for (int shift = 0;; shift += 7)
	{
		uint8		byte;

		if (reader->next == reader->end)
			edustats_tally_malformed(reader, "The entries are incomplete.");
		byte = *reader->next++;
		if (shift == 63 && byte > 1)
			edustats_tally_malformed(reader, "A number has more than 64 bits.");
		if (shift > 0 && byte == 0)
			edustats_tally_malformed(reader, "A number has superfluous bytes.");
		value |= (uint64) (byte & 0x7F) << shift;
		if (byte < 0x80)
			return value;
	}
}

/* Checks that the bytes and the total end with the last entry; false, as there is no next. */
bool
edustats_tally_end(TallyReader *reader)
{
	if (reader->next != reader->end)
		edustats_tally_malformed(reader, "There are bytes after the last entry.");
	if (reader->rest != 0)
		edustats_tally_malformed(reader, "The counts add up to less than the total.");
	return false;
}

/* Begins a tally of about that many entries. */
void
edustats_tally_begin(TallyWriter *writer, uint64 entries)
{
	writer->used = VARHDRSZ + TALLY_HEADER;
	/* On dense keys an entry takes 2 or 3 bytes; where it takes more, the buffer grows. */
	writer->size = writer->used + 2 * VARINT_MAX + Min(entries, MaxAllocSize / 8) * 3;
	writer->bytes = palloc(writer->size);
	writer->entries = 0;
	writer->total = 0;
	writer->key = 0;
}

/* Makes room for more bytes. */
static pg_noinline void
enlarge(TallyWriter *writer, Size more)
{
	Size		needed = add_size(writer->used, more);

	if (needed > MaxAllocSize)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("tally is too large"),
				 errdetail("A tally takes at most %zu bytes; this one has more than %u entries.",
						   MaxAllocSize, writer->entries)));
	writer->size = Min(Max(2 * writer->size, needed), MaxAllocSize);
	writer->bytes = repalloc(writer->bytes, writer->size);
}

/* Appends an entry: its key is above the last one's, its count positive. */
void
edustats_tally_put(TallyWriter *writer, int64 key, int64 count)
{
	uint64		gap;
	uint8	   *at;

	Assert(count > 0 && (writer->entries == 0 || key > writer->key));
	if (unlikely(pg_add_s64_overflow(writer->total, count, &writer->total)))
		edustats_tally_overflow();
	if (unlikely(writer->size - writer->used < 2 * VARINT_MAX))
		enlarge(writer, 2 * VARINT_MAX);

	if (writer->entries == 0)
		gap = zigzag(key);
	else
		gap = (uint64) key - (uint64) writer->key - 1;
	at = put_varint((uint8 *) writer->bytes + writer->used, gap);
	at = put_varint(at, (uint64) count - 1);
	writer->used = (char *) at - writer->bytes;
	writer->key = key;
	writer->entries++;
}

/* See tally.h. */
void
edustats_tally_copy(TallyWriter *writer, const TallyReader *from, const TallyRun *run)
{
	Size		size = run->end - from->next;

	Assert(writer->key == from->key);
	if (unlikely(pg_add_s64_overflow(writer->total, from->rest - run->rest, &writer->total)))
		edustats_tally_overflow();
	if (unlikely(writer->size - writer->used < size))
		enlarge(writer, size);
	memcpy(writer->bytes + writer->used, from->next, size);
	writer->used += size;
	writer->key = run->key;
	writer->entries += from->left - run->left;
}

#ifdef USE_ASSERT_CHECKING
/* Whether a tally just written reads back whole. */
static bool
reads_back(const struct varlena *tally)
{
	TallyReader reader;

	edustats_tally_open(&reader, PointerGetDatum(tally));
	while (tally_next(&reader))
		;
	return true;
}
#endif

/* The finished tally. */
struct varlena *
edustats_tally_finish(TallyWriter *writer)
{
	char	   *header = writer->bytes + VARHDRSZ;
	uint64		total = (uint64) writer->total;

	header[0] = TALLY_VERSION;
	header[1] = 0;
	memcpy(header + 2, &writer->entries, sizeof(uint32));
	memcpy(header + 6, &total, sizeof(uint64));
	SET_VARSIZE(writer->bytes, writer->used);
	Assert(reads_back((struct varlena *) writer->bytes));
	return (struct varlena *) writer->bytes;
}
