/*
 * zip.c: files in one, as ZIP has it.
 *
 * They are stored as they are, and have no time: the same files make the same bytes on every machine, whatever library for
 * compression it has. The format is that of PKWARE's application note, without any of its extensions.
 */
#include "edustats.h"

#include "catalog/pg_type.h"
#include "common/string.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/pg_crc.h"

PG_FUNCTION_INFO_V1(edustats_zip);

#define NAME_MAX_BYTES 65535	/* what its two bytes of length can say */
#define FILES_MAX 65535			/* likewise */
#define VERSION 20				/* of the format: 2.0 */
#define IS_UTF8 0x0800			/* the flag of a name that is not plain ASCII */
#define DAY 0x0021				/* the first one that there is: 1 January 1980 */

/* A file, and where in the result it stands. */
typedef struct ZipFile
{
	char	   *name;
	int			name_length;
	char	   *content;
	int			length;
	uint32		crc;
	uint32		offset;
} ZipFile;

/* Appends a number as so many bytes, the lowest first. */
static void
append_number(StringInfo zip, uint32 number, int bytes)
{
	for (int i = 0; i < bytes; i++)
		appendStringInfoCharMacro(zip, (char) (number >> 8 * i & 0xff));
}

/* What is said of a file both before it and in the directory. */
static void
append_description(StringInfo zip, const ZipFile *file)
{
	append_number(zip, VERSION, 2);
	append_number(zip, pg_is_ascii(file->name) ? 0 : IS_UTF8, 2);
	append_number(zip, 0, 2);	/* stored */
	append_number(zip, 0, 2);	/* midnight */
	append_number(zip, DAY, 2);
	append_number(zip, file->crc, 4);
	append_number(zip, file->length, 4);
	append_number(zip, file->length, 4);
	append_number(zip, file->name_length, 2);
	append_number(zip, 0, 2);	/* nothing extra */
}

/* Appends a file, and remembers where. */
static void
append_file(StringInfo zip, ZipFile *file)
{
	file->offset = zip->len - VARHDRSZ;
	INIT_TRADITIONAL_CRC32(file->crc);
	COMP_TRADITIONAL_CRC32(file->crc, file->content, file->length);
	FIN_TRADITIONAL_CRC32(file->crc);
	append_number(zip, 0x04034b50, 4);
	append_description(zip, file);
	appendBinaryStringInfo(zip, file->name, file->name_length);
	appendBinaryStringInfo(zip, file->content, file->length);
}

/* Appends the directory's entry of a file. */
static void
append_entry(StringInfo zip, const ZipFile *file)
{
	append_number(zip, 0x02014b50, 4);
	append_number(zip, VERSION, 2); /* of who made it */
	append_description(zip, file);
	append_number(zip, 0, 2);	/* no comment */
	append_number(zip, 0, 2);	/* disk */
	append_number(zip, 0, 2);	/* attributes, */
	append_number(zip, 0, 4);	/* and those of a file system */
	append_number(zip, file->offset, 4);
	appendBinaryStringInfo(zip, file->name, file->name_length);
}

/* Appends the directory, and where it is. */
static void
append_directory(StringInfo zip, const ZipFile *files, int nfiles)
{
	uint32		offset = zip->len - VARHDRSZ;
	uint32		length;

	for (int i = 0; i < nfiles; i++)
		append_entry(zip, &files[i]);
	length = zip->len - VARHDRSZ - offset;
	append_number(zip, 0x06054b50, 4);
	append_number(zip, 0, 4);	/* disks */
	append_number(zip, nfiles, 2);
	append_number(zip, nfiles, 2);
	append_number(zip, length, 4);
	append_number(zip, offset, 4);
	append_number(zip, 0, 2);	/* no comment */
}

/* The elements of an array of text or bytea, none of which may be NULL. */
static Datum *
elements_of(ArrayType *array, Oid type, const char *what, int *number)
{
	Datum	   *elements;

	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s of files must not be null", what)));
	deconstruct_array(array, type, -1, false, TYPALIGN_INT, &elements, NULL, number);
	return elements;
}

/* A file of that name and content. */
static ZipFile
file_of(Datum name, Datum content)
{
	bytea	   *bytes = DatumGetByteaPP(content);
	text	   *words = DatumGetTextPP(name);
	ZipFile		file = {0};

	file.name_length = VARSIZE_ANY_EXHDR(words);
	file.name = pnstrdup(VARDATA_ANY(words), file.name_length);
	file.content = VARDATA_ANY(bytes);
	file.length = VARSIZE_ANY_EXHDR(bytes);
	if (file.name_length == 0 || file.name_length > NAME_MAX_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the name of a file must have 1 to %d bytes", NAME_MAX_BYTES)));
	return file;
}

/* zip(names, contents) returns bytea */
Datum
edustats_zip(PG_FUNCTION_ARGS)
{
	int			nnames;
	int			nfiles;
	Datum	   *names = elements_of(PG_GETARG_ARRAYTYPE_P(0), TEXTOID, "names", &nnames);
	Datum	   *contents = elements_of(PG_GETARG_ARRAYTYPE_P(1), BYTEAOID, "contents", &nfiles);
	ZipFile    *files;
	StringInfoData zip;

	if (nnames != nfiles)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("files need as many names as contents"),
				 errdetail("There are %d names and %d contents.", nnames, nfiles)));
	if (nfiles > FILES_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("too many files"),
				 errdetail("There can be %d, and there are %d.", FILES_MAX, nfiles)));
	files = palloc(Max(nfiles, 1) * sizeof(ZipFile));
	initStringInfo(&zip);
	append_number(&zip, 0, VARHDRSZ);
	for (int i = 0; i < nfiles; i++)
	{
		CHECK_FOR_INTERRUPTS();
		files[i] = file_of(names[i], contents[i]);
		append_file(&zip, &files[i]);
	}
	append_directory(&zip, files, nfiles);
	SET_VARSIZE(zip.data, zip.len);
	PG_RETURN_BYTEA_P((bytea *) zip.data);
}
