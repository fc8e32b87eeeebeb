/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/directory_filter.h"

#include "formats/hex.h"

enum filter_kind {
	FILTER_AND,
	FILTER_OR,
	FILTER_NOT,
	FILTER_EQUAL,     /* pieces[0] */
	FILTER_PRESENT,
	FILTER_SUBSTRING, /* pieces: first and last may be empty */
	FILTER_OTHER,     /* >=, <=, ~=, :rule:= */
};

struct directory_filter {
	enum filter_kind kind;
	struct directory_filter *children; /* of AND, OR, NOT */
	struct directory_filter *next;     /* in the parent's list */
	struct span attribute;
	struct span *pieces; /* of the value, between its asterisks */
	size_t piece_count;
};

struct reader {
	struct pool *pool;
	struct span text;
	size_t at;
	unsigned depth;
	struct err *err;
};

static int read_filter(struct reader *reader, struct directory_filter **result);

static int
malformed(struct reader *reader, const char *what)
{
	return err_set(reader->err, ERR_CONFIG,
	    "the filter %.*s is malformed at column %zu: %s",
	    SPAN_ARGS(reader->text), reader->at + 1, what);
}

static char
peek(const struct reader *reader)
{
	return reader->at < reader->text.len ? reader->text.ptr[reader->at]
					     : '\0';
}

/* Reads up to "*" or ")" into *PIECE, "\xx" as the byte it stands for. */
static int
read_piece(struct reader *reader, struct span *piece)
{
	struct span rest =
	    span_slice(reader->text, reader->at, reader->text.len);
	size_t star = span_find(rest, '*');
	size_t close = span_find(rest, ')');
	char *out = pool_alloc(reader->pool, (star < close ? star : close) + 1);
	size_t len = 0;
	char c;

	while ((c = peek(reader)) != '*' && c != ')') {
		if (reader->at == reader->text.len)
			return malformed(reader, "\")\" expected");
		if (c == '\0' || c == '(')
			return malformed(reader,
			    "a value must not hold this; write \"(\" as \\28");
		if (c == '\\') {
			int high, low;

			if (reader->text.len - reader->at < 3)
				return malformed(reader, "\\ needs two digits");
			high = hex_value(reader->text.ptr[reader->at + 1]);
			low = hex_value(reader->text.ptr[reader->at + 2]);
			if (high < 0 || low < 0)
				return malformed(reader,
				    "\\ needs two hexadecimal digits");
			c = (char)(unsigned char)(high * 16 + low);
			reader->at += 2;
		}
		out[len++] = c;
		reader->at++;
	}
	*piece = span_make(out, len);
	return 0;
}

static int
read_value(struct reader *reader, struct directory_filter *filter)
{
	bool more = true;

	while (more) {
		filter->pieces = pool_grow(reader->pool, filter->pieces,
		    filter->piece_count, sizeof(*filter->pieces));
		if (read_piece(reader, &filter->pieces[filter->piece_count]) <
		    0)
			return -1;
		filter->piece_count++;
		more = peek(reader) == '*';
		if (more)
			reader->at++;
	}
	if (filter->kind != FILTER_EQUAL || filter->piece_count == 1)
		return 0;
	filter->kind = FILTER_SUBSTRING;
	if (filter->piece_count == 2 && filter->pieces[0].len == 0 &&
	    filter->pieces[1].len == 0)
		filter->kind = FILTER_PRESENT;
	return 0;
}

/* Reads "attribute=value" (RFC 4515, item). */
static int
read_item(struct reader *reader, struct directory_filter *filter)
{
	size_t start = reader->at;
	size_t end;
	char c;

	while ((c = peek(reader)) != '=') {
		if (c == '\0' || c == '(' || c == ')')
			return malformed(
			    reader, "\"attribute=value\" expected");
		reader->at++;
	}
	end = reader->at++;
	filter->kind = FILTER_EQUAL;
	if (end > start &&
	    span_find(SPAN("<>~:"), reader->text.ptr[end - 1]) < 4) {
		filter->kind = FILTER_OTHER;
		end--;
	}
	filter->attribute = span_slice(reader->text, start, end);
	if (filter->attribute.len == 0)
		return malformed(reader, "the attribute's name is missing");
	return read_value(reader, filter);
}

static int
read_children(struct reader *reader, struct directory_filter *filter)
{
	struct directory_filter **last = &filter->children;

	reader->at++;
	while (peek(reader) == '(') {
		if (read_filter(reader, last) < 0)
			return -1;
		last = &(*last)->next;
	}
	if (filter->kind == FILTER_NOT &&
	    (filter->children == NULL || filter->children->next != NULL))
		return malformed(reader, "\"!\" takes exactly one filter");
	return 0;
}

/* Reads what stands between a pair of parentheses. */
static int
read_body(struct reader *reader, struct directory_filter *filter)
{
	switch (peek(reader)) {
	case '&':
		filter->kind = FILTER_AND;
		return read_children(reader, filter);
	case '|':
		filter->kind = FILTER_OR;
		return read_children(reader, filter);
	case '!':
		filter->kind = FILTER_NOT;
		return read_children(reader, filter);
	default:
		return read_item(reader, filter);
	}
}

static int
read_filter(struct reader *reader, struct directory_filter **result)
{
	struct directory_filter *filter =
	    pool_alloc(reader->pool, sizeof(*filter));

	if (peek(reader) != '(')
		return malformed(reader, "\"(\" expected");
	if (++reader->depth > DIRECTORY_FILTER_DEPTH_MAX)
		return malformed(reader, "too many parentheses");
	reader->at++;
	if (read_body(reader, filter) < 0)
		return -1;
	if (peek(reader) != ')')
		return malformed(reader, "\")\" expected");
	reader->at++;
	reader->depth--;
	*result = filter;
	return 0;
}

int
directory_filter_parse(struct pool *pool, struct span text,
    const struct directory_filter **filter, struct err *err)
{
	struct reader reader = { .pool = pool, .text = text, .err = err };
	struct directory_filter *result = NULL;

	if (text.len > DIRECTORY_FILTER_MAX)
		return err_set(err, ERR_LIMIT,
		    "the filter is longer than %d bytes", DIRECTORY_FILTER_MAX);
	if (read_filter(&reader, &result) < 0)
		return -1;
	if (reader.at < text.len)
		return malformed(&reader, "nothing may follow the filter");
	*filter = result;
	return 0;
}

int
directory_filter_check(const struct directory_filter *filter, struct err *err)
{
	if (filter->kind == FILTER_OTHER)
		return err_set(err, ERR_CONFIG,
		    "the comparison of \"%.*s\" needs an LDAP server; "
		    "only \"=\" works on a file",
		    SPAN_ARGS(filter->attribute));
	for (const struct directory_filter *child = filter->children;
	     child != NULL; child = child->next)
		if (directory_filter_check(child, err) < 0)
			return -1;
	return 0;
}

static bool
match_substrings(const struct directory_filter *filter, struct span value)
{
	struct span first = filter->pieces[0];
	struct span last = filter->pieces[filter->piece_count - 1];

	if (!span_starts_case(value, first))
		return false;
	value = span_slice(value, first.len, value.len);
	for (size_t i = 1; i + 1 < filter->piece_count; i++) {
		size_t at = span_find_case(value, filter->pieces[i]);

		if (at == value.len && filter->pieces[i].len > 0)
			return false;
		value = span_slice(
		    value, at + filter->pieces[i].len, value.len);
	}
	return span_ends_case(value, last);
}

static bool
match_value(const struct directory_filter *filter, struct span value)
{
	switch (filter->kind) {
	case FILTER_EQUAL:
		return span_equal_case(value, filter->pieces[0]);
	case FILTER_SUBSTRING:
		return match_substrings(filter, value);
	case FILTER_PRESENT:
		return true;
	case FILTER_AND:
	case FILTER_OR:
	case FILTER_NOT:
	case FILTER_OTHER:
		break;
	}
	return false;
}

static bool
match_attribute(const struct directory_filter *filter,
    const struct directory_entry *entry)
{
	for (size_t i = 0; i < entry->attribute_count; i++) {
		const struct directory_attribute *attribute =
		    &entry->attributes[i];

		if (!directory_attribute_is(attribute->name, filter->attribute))
			continue;
		for (size_t k = 0; k < attribute->value_count; k++)
			if (match_value(filter, attribute->values[k]))
				return true;
	}
	return false;
}

/* True if a child of FILTER's matches as WANTED says. */
static bool
any_child(const struct directory_filter *filter,
    const struct directory_entry *entry, bool wanted)
{
	for (const struct directory_filter *child = filter->children;
	     child != NULL; child = child->next)
		if (directory_filter_match(child, entry) == wanted)
			return true;
	return false;
}

bool
directory_filter_match(const struct directory_filter *filter,
    const struct directory_entry *entry)
{
	switch (filter->kind) {
	case FILTER_AND:
		return !any_child(filter, entry, false);
	case FILTER_OR:
		return any_child(filter, entry, true);
	case FILTER_NOT:
		return any_child(filter, entry, false);
	case FILTER_EQUAL:
	case FILTER_PRESENT:
	case FILTER_SUBSTRING:
	case FILTER_OTHER:
		break;
	}
	return match_attribute(filter, entry);
}

int
directory_filter_escape(struct buf *out, struct span value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.ptr[i];
		int rc;

		/* More than the RFC demands: what is not plain ASCII needs no
		 * look at whether it is valid UTF-8. */
		if (c < ' ' || c > '~' || c == '(' || c == ')' || c == '*' ||
		    c == '\\')
			rc = buf_printf(out, "\\%02x", c);
		else
			rc = buf_append_char(out, (char)c);
		if (rc < 0)
			return -1;
	}
	return 0;
}

int
directory_dn_escape(struct buf *out, struct span value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.ptr[i];
		bool edge = (i == 0 && (c == ' ' || c == '#')) ||
		    (i + 1 == value.len && c == ' ');
		int rc;

		if (edge || c < ' ' || c == 0x7f ||
		    span_find(SPAN("\"+,;<=>\\"), (char)c) < 8)
			rc = buf_printf(out, "\\%02x", c);
		else
			rc = buf_append_char(out, (char)c);
		if (rc < 0)
			return -1;
	}
	return 0;
}

/* The part of KEY that "%LETTER" stands for; false if it is none. */
static bool
key_part(const struct directory_key *key, char letter, struct span *part)
{
	switch (letter) {
	case 's':
		*part = key->address;
		return true;
	case 'u':
		*part = key->local;
		return true;
	case 'd':
		*part = key->domain;
		return true;
	default:
		return false;
	}
}

bool
directory_template_has_key(struct span template)
{
	static const struct directory_key none;
	struct span part;

	for (size_t i = 0; i + 1 < template.len; i++)
		/* Both bytes of "%%" are passed: "%%s" has no placeholder. */
		if (template.ptr[i] == '%' &&
		    key_part(&none, template.ptr[++i], &part))
			return true;
	return false;
}

int
directory_template_fill(struct buf *out, struct span template,
    const struct directory_key *key,
    int (*escape)(struct buf *out, struct span value), struct err *err)
{
	for (size_t i = 0; i < template.len; i++) {
		struct span part;
		char letter;
		int rc;

		if (template.ptr[i] != '%') {
			rc = buf_append_char(out, template.ptr[i]);
		} else {
			letter = i + 1 < template.len ? template.ptr[i + 1]
						      : '\0';
			i++;
			if (letter == '%')
				rc = buf_append_char(out, '%');
			else if (key_part(key, letter, &part))
				rc = escape(out, part);
			else
				return err_set(err, ERR_CONFIG,
				    "\"%.*s\": behind %% stands s (address), "
				    "u (local part), d (domain) or %%",
				    SPAN_ARGS(template));
		}
		if (rc < 0)
			return err_set(err, ERR_LIMIT,
			    "\"%.*s\" with its values filled in is longer "
			    "than %zu bytes",
			    SPAN_ARGS(template), out->max);
	}
	return 0;
}
