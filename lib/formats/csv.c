/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/csv.h"

#include <string.h>

static bool
at_end(const struct csv_reader *reader)
{
	return reader->at >= reader->text.len;
}

static bool
sees(const struct csv_reader *reader, char c)
{
	return !at_end(reader) && reader->text.ptr[reader->at] == c;
}

static void
skip_blanks(struct csv_reader *reader)
{
	while (sees(reader, ' ') || sees(reader, '\t') || sees(reader, '\r'))
		reader->at++;
}

static void
skip_line(struct csv_reader *reader)
{
	while (!at_end(reader) && !sees(reader, '\n'))
		reader->at++;
	if (!at_end(reader))
		reader->at++;
}

static void
add_field(struct csv_record *record, struct pool *pool, struct span value,
    size_t offset)
{
	if (record->count == record->size) {
		struct csv_field *old = record->fields;

		record->size = record->size > 0 ? 2 * record->size : 16;
		record->fields = pool_alloc_array(
		    pool, record->size, sizeof(*record->fields));
		if (record->count > 0)
			memcpy(record->fields, old,
			    record->count * sizeof(*old));
	}
	record->fields[record->count++] =
	    (struct csv_field){ .value = value, .offset = offset };
}

/* TEXT with each doubled quote made single. */
static struct span
undouble(struct pool *pool, struct span text)
{
	char *out = pool_alloc(pool, text.len);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		out[len++] = text.ptr[i];
		if (text.ptr[i] == '"')
			i++;
	}
	return span_make(out, len);
}

/* A field in quotes, the first of which is next.  0, or -1 with *ERR. */
static int
read_quoted(struct csv_reader *reader, struct pool *pool, struct span *value,
    size_t *offset, struct err *err)
{
	size_t start = reader->at + 1;
	bool doubled = false, closed = false;

	*offset = reader->at++;
	while (!at_end(reader) && !closed) {
		closed = sees(reader, '"');
		reader->at++;
		if (closed && sees(reader, '"')) {
			doubled = true;
			closed = false;
			reader->at++;
		}
	}
	if (!closed)
		return err_set(err, ERR_CONFIG, "this quote is never closed");
	*value = span_slice(reader->text, start, reader->at - 1);
	if (doubled)
		*value = undouble(pool, *value);
	skip_blanks(reader);
	if (at_end(reader) || sees(reader, ',') || sees(reader, '\n'))
		return 0;
	*offset = reader->at;
	return err_set(err, ERR_CONFIG,
	    "expected \",\" or the end of the line behind a closing quote; "
	    "write \"\" for a quote in a field");
}

/* A field without quotes.  0, or -1 with *ERR. */
static int
read_plain(struct csv_reader *reader, struct span *value, size_t *offset,
    struct err *err)
{
	size_t start = reader->at;

	while (!at_end(reader) && !sees(reader, ',') && !sees(reader, '\n')) {
		if (sees(reader, '"')) {
			*offset = reader->at;
			return err_set(err, ERR_CONFIG,
			    "a field that has a quote must stand in quotes "
			    "itself, and the quote in it twice");
		}
		reader->at++;
	}
	*value = span_trim(span_slice(reader->text, start, reader->at));
	return 0;
}

/* The fields of one record.  0, or -1 with *ERR. */
static int
read_fields(struct csv_reader *reader, struct pool *pool,
    struct csv_record *record, size_t *offset, struct err *err)
{
	for (;;) {
		struct span value = SPAN("");
		size_t start;
		int result;

		skip_blanks(reader);
		start = reader->at;
		*offset = start;
		if (record->count == CSV_FIELDS_MAX)
			return err_set(err, ERR_LIMIT,
			    "a line has at most %d fields", CSV_FIELDS_MAX);
		if (sees(reader, '"'))
			result =
			    read_quoted(reader, pool, &value, offset, err);
		else
			result = read_plain(reader, &value, offset, err);
		if (result < 0)
			return -1;
		add_field(record, pool, value, start);
		if (!sees(reader, ','))
			break;
		reader->at++;
	}
	if (!at_end(reader))
		reader->at++; /* the line's end */
	return 0;
}

/* Goes to the next record; false if there is none. */
static bool
find_record(struct csv_reader *reader)
{
	/* Which some programs write to say that the text is UTF-8. */
	if (reader->at == 0 &&
	    span_starts(reader->text, SPAN("\xef\xbb\xbf")))
		reader->at = 3;
	for (;;) {
		skip_blanks(reader);
		if (at_end(reader))
			return false;
		if (!sees(reader, '\n') && !sees(reader, '#'))
			return true;
		skip_line(reader);
	}
}

enum csv_result
csv_next(struct csv_reader *reader, struct pool *pool,
    struct csv_record *record, size_t *offset, struct err *err)
{
	record->count = 0;
	if (!find_record(reader))
		return CSV_END;
	if (read_fields(reader, pool, record, offset, err) == 0)
		return CSV_RECORD;
	skip_line(reader);
	return CSV_WRONG;
}
