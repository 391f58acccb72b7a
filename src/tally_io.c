/*
 * tally_io.c: a tally as text, as bytes on the wire, and as jsonb.
 */
#include "tally.h"

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "nodes/nodes.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

#define TEXT_SHOWN 200			/* bytes of a text in a message */

/* Where the input function is in its text. */
typedef struct TallyText
{
	const char *text;
	const char *at;
	Node	   *escontext;		/* takes errors instead of raising them, may be NULL */
} TallyText;

PG_FUNCTION_INFO_V1(edustats_tally_in);
PG_FUNCTION_INFO_V1(edustats_tally_out);
PG_FUNCTION_INFO_V1(edustats_tally_recv);
PG_FUNCTION_INFO_V1(edustats_tally_send);
PG_FUNCTION_INFO_V1(edustats_tally_to_jsonb);

/* The text for a message, no more than its beginning: all of a large one would fill the server's log. */
static const char *
beginning(const TallyText *input)
{
	size_t		length = strlen(input->text);

	if (length <= TEXT_SHOWN)
		return input->text;
	return psprintf("%.*s...", pg_mbcliplen(input->text, (int) length, TEXT_SHOWN), input->text);
}

/* Complains that the text is not a tally; false. */
static bool
bad_text(TallyText *input, const char *detail)
{
	ereturn(input->escontext, false,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type tally: \"%s\"", beginning(input)),
			 errdetail_internal("%s", detail)));
}

/* Complains that a number in the text leaves the range of bigint; false. */
static bool
number_out_of_range(TallyText *input, const char *what)
{
	ereturn(input->escontext, false,
			(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
			 errmsg("value out of range for type tally: \"%s\"", beginning(input)),
			 errdetail("A %s is beyond the range of bigint.", what)));
}

/* Passes white space, returns the next character. */
static char
next_visible(TallyText *input)
{
	while (*input->at == ' ' || (*input->at >= '\t' && *input->at <= '\r'))
		input->at++;
	return *input->at;
}

/* Passes the character, after white space; complains if another one comes. */
static bool
expect(TallyText *input, char wanted)
{
	char		found = next_visible(input);

	if (found != wanted)
		return bad_text(input, found == '\0' ? psprintf("Expected \"%c\" instead of the end.", wanted) :
						psprintf("Expected \"%c\" at byte %zu.", wanted, (size_t) (input->at - input->text) + 1));
	input->at++;
	return true;
}

/* Reads an integer, after white space; complains if there is none or it is no bigint. */
static bool
read_number(TallyText *input, const char *what, int64 *number)
{
	bool		negative = next_visible(input) == '-';

	if (negative)
		input->at++;
	if (*input->at < '0' || *input->at > '9')
		return bad_text(input, psprintf("Expected a %s at byte %zu.", what, (size_t) (input->at - input->text) + 1));

	/* Downwards, as the smallest bigint has no positive counterpart. */
	*number = 0;
	for (; *input->at >= '0' && *input->at <= '9'; input->at++)
	{
		if (pg_mul_s64_overflow(*number, 10, number) || pg_sub_s64_overflow(*number, *input->at - '0', number))
			return number_out_of_range(input, what);
	}
	if (!negative && pg_mul_s64_overflow(*number, -1, number))
		return number_out_of_range(input, what);
	return true;
}

/* Reads "key:count" and appends it. */
static bool
read_entry(TallyText *input, TallyWriter *writer)
{
	int64		key;
	int64		count;
	int64		total;

	if (!read_number(input, "key", &key) || !expect(input, ':') || !read_number(input, "count", &count))
		return false;
	if (writer->entries > 0 && key == writer->key)
		return bad_text(input, psprintf("Key " INT64_FORMAT " comes twice.", key));
	if (writer->entries > 0 && key < writer->key)
		return bad_text(input, psprintf("Key " INT64_FORMAT " comes after " INT64_FORMAT "; keys must ascend.",
										key, writer->key));
	if (count <= 0)
		return bad_text(input, psprintf("The count of key " INT64_FORMAT " is not positive.", key));
	if (pg_add_s64_overflow(writer->total, count, &total))
		return number_out_of_range(input, "total");
	edustats_tally_put(writer, key, count);
	return true;
}

/* Reads the whole text. */
static bool
read_text(TallyText *input, TallyWriter *writer)
{
	if (!expect(input, '{'))
		return false;
	if (next_visible(input) != '}')
	{
		if (!read_entry(input, writer))
			return false;
		while (next_visible(input) == ',')
		{
			input->at++;
			if (!read_entry(input, writer))
				return false;
			tally_step(writer->entries);
		}
	}
	if (!expect(input, '}'))
		return false;
	if (next_visible(input) != '\0')
		return bad_text(input, "There is something after the closing brace.");
	return true;
}

/* tally_in(cstring) */
Datum
edustats_tally_in(PG_FUNCTION_ARGS)
{
	TallyText	input;
	TallyWriter writer;

	input.text = input.at = PG_GETARG_CSTRING(0);
	input.escontext = fcinfo->context;
	/* "5:3, " is one of the shorter entries. */
	edustats_tally_begin(&writer, strlen(input.text) / 5);
	if (!read_text(&input, &writer))
		PG_RETURN_NULL();
	PG_RETURN_POINTER(edustats_tally_finish(&writer));
}

/* tally_out(tally) */
Datum
edustats_tally_out(PG_FUNCTION_ARGS)
{
	TallyReader reader;
	StringInfoData text;
	char		number[MAXINT8LEN + 1];

	edustats_tally_open(&reader, PG_GETARG_DATUM(0));
	initStringInfo(&text);
	appendStringInfoChar(&text, '{');
	while (tally_next(&reader))
	{
		if (text.len > 1)
			appendBinaryStringInfo(&text, ", ", 2);
		appendBinaryStringInfo(&text, number, pg_lltoa(reader.key, number));
		appendStringInfoChar(&text, ':');
		appendBinaryStringInfo(&text, number, pg_lltoa(reader.count, number));
	}
	appendStringInfoChar(&text, '}');
	PG_RETURN_CSTRING(text.data);
}

/* tally_recv(internal): the layout of tally.h with the header in network byte order */
Datum
edustats_tally_recv(PG_FUNCTION_ARGS)
{
	StringInfo	message = (StringInfo) PG_GETARG_POINTER(0);
	TallyReader reader;
	struct varlena *tally;
	char	   *header;
	uint32		entries;
	uint64		total;
	int			size;

	reader.sqlstate = ERRCODE_INVALID_BINARY_REPRESENTATION;
	if (message->len - message->cursor < TALLY_HEADER)
		edustats_tally_malformed(&reader, "The header is incomplete.");
	if ((Size) message->len > MaxAllocSize - VARHDRSZ)
		edustats_tally_malformed(&reader, "The value is longer than a tally can be.");

	size = VARHDRSZ + message->len - message->cursor;
	tally = palloc(size);
	SET_VARSIZE(tally, size);
	header = VARDATA(tally);
	header[0] = pq_getmsgbyte(message);
	header[1] = pq_getmsgbyte(message);
	entries = pq_getmsgint(message, 4);
	total = (uint64) pq_getmsgint64(message);
	memcpy(header + 2, &entries, sizeof(uint32));
	memcpy(header + 6, &total, sizeof(uint64));
	pq_copymsgbytes(message, header + TALLY_HEADER, message->len - message->cursor);

	edustats_tally_open_bytes(&reader, header, size - VARHDRSZ, ERRCODE_INVALID_BINARY_REPRESENTATION);
	while (tally_next(&reader))
		;
	PG_RETURN_POINTER(tally);
}

/* tally_send(tally) */
Datum
edustats_tally_send(PG_FUNCTION_ARGS)
{
	TallyReader reader;
	TallyReader check;
	StringInfoData message;

	edustats_tally_open(&reader, PG_GETARG_DATUM(0));
	/* A damaged value must be noticed when it is dumped, not when the dump is restored. */
	check = reader;
	while (tally_next(&check))
		;
	pq_begintypsend(&message);
	pq_sendbyte(&message, TALLY_VERSION);
	pq_sendbyte(&message, 0);
	pq_sendint32(&message, reader.entries);
	pq_sendint64(&message, reader.total);
	pq_sendbytes(&message, (const char *) reader.next, reader.end - reader.next);
	PG_RETURN_BYTEA_P(pq_endtypsend(&message));
}

/* tally_to_jsonb(tally): an object of keys as text and counts as numbers */
Datum
edustats_tally_to_jsonb(PG_FUNCTION_ARGS)
{
	TallyReader reader;
	JsonbParseState *state = NULL;
	JsonbValue	item;
	char		number[MAXINT8LEN + 1];

	edustats_tally_open(&reader, PG_GETARG_DATUM(0));
	pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
	while (tally_next(&reader))
	{
		item.type = jbvString;
		item.val.string.len = pg_lltoa(reader.key, number);
		item.val.string.val = pnstrdup(number, item.val.string.len);
		pushJsonbValue(&state, WJB_KEY, &item);
		item.type = jbvNumeric;
		item.val.numeric = int64_to_numeric(reader.count);
		pushJsonbValue(&state, WJB_VALUE, &item);
	}
	PG_RETURN_JSONB_P(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_OBJECT, NULL)));
}
