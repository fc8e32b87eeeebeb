/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/parameter.h"

#include "formats/charset.h"
#include "formats/hex.h"

#include <string.h>

/* A parameter as it stands in the field. */
struct section {
	struct span name; /* in lower case, without "*" */
	uint64_t number;  /* of "*1", NO_NUMBER without */
	bool percent;     /* "*" at the end of the name: %41 is "A" */
	bool escaped;     /* a backslash was taken out of VALUE */
	bool taken;       /* is part of a parameter already */
	struct span value;
};

enum { NUMBER_MAX = 9999, NO_NUMBER };

/* Parameters of one field whose charset is obeyed.  To open one can cost as
 * much as a whole message, so the others are guessed at and the field is
 * malformed. */
enum { CHARSETS_MAX = 4 };

struct reader {
	struct pool *pool;
	struct span text;
	size_t at;
	char *scratch; /* as long as TEXT */
	struct section *sections;
	size_t section_count;
	unsigned charsets;
	struct parameter_field field;
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* True where a comment that begins or ends at AT does not touch a word, of
 * which programs that know no comments would take it for a part. */
static bool
stands_apart(const struct reader *reader, size_t at)
{
	return at >= reader->text.len || is_blank(reader->text.ptr[at]) ||
	       reader->text.ptr[at] == ';';
}

/* Skips the comment at reader->at (RFC 5322 section 3.2.2). */
static void
skip_comment(struct reader *reader)
{
	size_t depth = 0;

	if (reader->at > 0 && !stands_apart(reader, reader->at - 1))
		reader->field.malformed = true;
	for (; reader->at < reader->text.len; reader->at++) {
		char c = reader->text.ptr[reader->at];

		if (c == '\\') {
			reader->at++;
		} else if (c == '(') {
			depth++;
		} else if (c == ')' && --depth == 0) {
			reader->at++;
			if (!stands_apart(reader, reader->at))
				reader->field.malformed = true;
			return;
		}
	}
	reader->at = reader->text.len;
	reader->field.malformed = true;
}

/* Skips blanks and comments.  True if there were any. */
static bool
skip_blanks(struct reader *reader)
{
	size_t from = reader->at;

	while (reader->at < reader->text.len) {
		char c = reader->text.ptr[reader->at];

		if (c == '(')
			skip_comment(reader);
		else if (is_blank(c))
			reader->at++;
		else
			break;
	}
	return reader->at > from;
}

/* The byte at reader->at, or NUL at the end. */
static char
peek(const struct reader *reader)
{
	return reader->at < reader->text.len ? reader->text.ptr[reader->at]
					     : '\0';
}

/* Takes bytes up to a blank or one of STOP, which may be none. */
static struct span
take_word(struct reader *reader, const char *stop)
{
	size_t from = reader->at;

	while (reader->at < reader->text.len) {
		char c = reader->text.ptr[reader->at];

		if (is_blank(c) || (c != '\0' && strchr(stop, c) != NULL))
			break;
		reader->at++;
	}
	return span_slice(reader->text, from, reader->at);
}

/* Reads what stands before the first ";". */
static void
read_value(struct reader *reader)
{
	struct span word, second;

	(void)skip_blanks(reader);
	word = take_word(reader, ";(");
	/* "text / plain" is allowed. */
	(void)skip_blanks(reader);
	if (word.len > 0 &&
	    (peek(reader) == '/' || word.ptr[word.len - 1] == '/')) {
		second = take_word(reader, ";(");
		if (span_equal(second, SPAN("/"))) {
			(void)skip_blanks(reader);
			word =
			    pool_printf(reader->pool, "%.*s/", SPAN_ARGS(word));
			second = take_word(reader, ";(");
		}
		word = pool_printf(reader->pool, "%.*s%.*s", SPAN_ARGS(word),
		    SPAN_ARGS(second));
		(void)skip_blanks(reader);
	}
	reader->field.value = pool_dup_lower(reader->pool, word);
	/* Without ";" some programs see parameters here, others do not. */
	if (reader->at < reader->text.len && peek(reader) != ';')
		reader->field.malformed = true;
}

/* Reads the value of SECTION, a quoted string (RFC 5322 section 3.2.4), at its
 * first quote. */
static void
read_quoted(struct reader *reader, struct section *section)
{
	struct span rest =
	    span_slice(reader->text, reader->at + 1, reader->text.len);
	char *value = reader->scratch;
	size_t len = 0;
	size_t i = 0;

	for (; i < rest.len && rest.ptr[i] != '"'; i++) {
		char c = rest.ptr[i];

		/* A backslash before a path, "C:\file", is no quoting in
		 * practice, but names are compared by their end. */
		if (c == '\\' && i + 1 < rest.len) {
			c = rest.ptr[++i];
			section->escaped = true;
		}
		if (c != '\r' && c != '\n')
			value[len++] = c;
	}
	reader->field.malformed |= i == rest.len;
	reader->at += i < rest.len ? i + 2 : i + 1;
	section->value = pool_dup(reader->pool, span_make(value, len));
}

static struct section *
add_section(struct reader *reader)
{
	if (reader->section_count == PARAMETER_COUNT_MAX) {
		reader->field.malformed = true;
		return NULL;
	}
	reader->sections = pool_grow(reader->pool, reader->sections,
	    reader->section_count, sizeof(*reader->sections));
	return &reader->sections[reader->section_count++];
}

/* Splits "filename*1*" into its three. */
static void
read_name(struct section *section, struct pool *pool, struct span name)
{
	size_t star;

	section->number = NO_NUMBER;
	section->percent = name.len > 1 && name.ptr[name.len - 1] == '*';
	if (section->percent)
		name.len--;
	star = span_find_last(name, '*');
	if (star < name.len && span_number(span_slice(name, star + 1, name.len),
				   NUMBER_MAX, &section->number) == 0)
		name.len = star;
	section->name = pool_dup_lower(pool, name);
}

/* Reads the value without quotes at reader->at: the word and, as a parameter
 * of its own, all up to ";" where that is more. */
static void
read_unquoted(struct reader *reader, struct section *section)
{
	size_t from = reader->at;
	struct span whole = span_slice(reader->text, from, reader->text.len);
	struct section first;

	whole = span_trim(span_slice(whole, 0, span_find(whole, ';')));
	section->value = take_word(reader, ";(");
	(void)skip_blanks(reader);
	if (peek(reader) == ';' || reader->at == reader->text.len)
		return;
	reader->at =
	    from +
	    span_find(span_slice(reader->text, from, reader->text.len), ';');
	first = *section;
	section = add_section(reader);
	if (section == NULL)
		return;
	*section = first;
	section->value = whole;
}

/* Reads what stands between two ";". */
static void
read_section(struct reader *reader)
{
	struct section *section;
	struct span name;

	(void)skip_blanks(reader);
	name = take_word(reader, ";=(");
	(void)skip_blanks(reader);
	if (peek(reader) != '=') {
		if (peek(reader) != ';' && reader->at < reader->text.len)
			reader->field.malformed = true;
		return;
	}
	reader->at++;
	(void)skip_blanks(reader);
	section = add_section(reader);
	if (section == NULL) {
		reader->at = reader->text.len;
		return;
	}
	read_name(section, reader->pool, name);
	if (peek(reader) != '"') {
		read_unquoted(reader, section);
		return;
	}
	read_quoted(reader, section);
	(void)skip_blanks(reader);
	if (reader->at < reader->text.len && peek(reader) != ';')
		reader->field.malformed = true;
}

/* Copies VALUE to OUT with each "%41" as a byte; returns the bytes written. */
static size_t
decode_percent(struct span value, char *out)
{
	size_t len = 0;

	for (size_t i = 0; i < value.len; i++) {
		char c = value.ptr[i];

		if (c == '%' && i + 2 < value.len &&
		    hex_value(value.ptr[i + 1]) >= 0 &&
		    hex_value(value.ptr[i + 2]) >= 0) {
			c = (char)(hex_value(value.ptr[i + 1]) << 4 |
				   hex_value(value.ptr[i + 2]));
			i += 2;
		}
		out[len++] = c;
	}
	return len;
}

static struct span
to_utf8(struct pool *pool, struct span charset, struct span text)
{
	struct charset_decoder *decoder = charset_new(charset);
	struct span converted;
	struct buf out;

	buf_init(&out, CHARSET_DECODED_MAX(text.len));
	charset_decode(decoder, text, &out);
	charset_finish(decoder, &out);
	charset_free(&decoder);
	converted = pool_dup(pool, buf_span(&out));
	buf_free(&out);
	return converted;
}

/* Takes "charset'language'" off the front of *VALUE. */
static struct span
take_charset(struct reader *reader, struct span *value)
{
	size_t first = span_find(*value, '\'');
	struct span rest = span_slice(*value, first + 1, value->len);
	size_t second = span_find(rest, '\'');
	struct span charset = span_slice(*value, 0, first);

	if (first == value->len || second == rest.len) {
		reader->field.malformed = true;
		return SPAN("");
	}
	*value = span_slice(rest, second + 1, rest.len);
	if (reader->charsets++ < CHARSETS_MAX)
		return charset;
	reader->field.malformed = true;
	return SPAN("");
}

/* The section of NAME that follows NUMBER, or NULL.  Sections may come in any
 * order (RFC 2231 section 3). */
static struct section *
next_section(struct reader *reader, struct span name, uint64_t number)
{
	struct section *next = NULL;

	for (size_t i = 0; i < reader->section_count; i++) {
		struct section *section = &reader->sections[i];

		if (section->taken || section->number == NO_NUMBER ||
		    section->number < number ||
		    !span_equal(section->name, name))
			continue;
		if (next == NULL || section->number < next->number)
			next = section;
	}
	return next;
}

/* Puts the parameter together whose first section in the field is FIRST. */
static struct parameter
join(struct reader *reader, struct section *first)
{
	struct parameter parameter = { .name = first->name };
	struct section *section = first;
	struct span charset = { NULL, 0 };
	char *bytes = reader->scratch;
	size_t len = 0;
	uint64_t number = 0;

	if (first->number != NO_NUMBER)
		section = next_section(reader, first->name, 0);
	parameter.extended = section->percent || section->number != NO_NUMBER;
	if (section->percent)
		charset = take_charset(reader, &section->value);
	while (section != NULL) {
		section->taken = true;
		parameter.escaped |= section->escaped;
		if (section->percent) {
			len += decode_percent(section->value, bytes + len);
		} else if (section->value.len > 0) {
			memcpy(bytes + len, section->value.ptr,
			    section->value.len);
			len += section->value.len;
		}
		if (section->number == NO_NUMBER)
			break;
		/* Some programs stop at a gap. */
		if (section->number != number)
			reader->field.malformed = true;
		/* One number twice makes a second parameter; so the sections
		 * of this one are disjoint in the text and fit in scratch. */
		number = section->number + 1;
		section = next_section(reader, first->name, number);
	}
	parameter.value =
	    parameter.extended
		? to_utf8(reader->pool, charset, span_make(bytes, len))
		: pool_dup(reader->pool, span_make(bytes, len));
	return parameter;
}

struct parameter_field
parameter_read(struct pool *pool, struct span text)
{
	struct reader reader = { .pool = pool, .text = text };
	struct parameter_field *field = &reader.field;

	reader.scratch = pool_alloc(pool, text.len + 1);
	read_value(&reader);
	/* "multipart/mixed boundary=x": most programs see the boundary. */
	if (field->malformed)
		read_section(&reader);
	while (reader.at < text.len) {
		/* Also over what read_section could make nothing of. */
		reader.at +=
		    span_find(span_slice(text, reader.at, text.len), ';');
		if (reader.at == text.len)
			break;
		reader.at++;
		read_section(&reader);
	}
	for (size_t i = 0; i < reader.section_count; i++) {
		if (reader.sections[i].taken)
			continue;
		field->items = pool_grow(
		    pool, field->items, field->count, sizeof(*field->items));
		field->items[field->count++] =
		    join(&reader, &reader.sections[i]);
	}
	return *field;
}

const struct parameter *
parameter_find(
    const struct parameter_field *field, struct span name, size_t nth)
{
	for (size_t i = 0; i < field->count; i++)
		if (span_equal(field->items[i].name, name) && nth-- == 0)
			return &field->items[i];
	return NULL;
}
