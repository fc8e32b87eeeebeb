/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/authentication_results.h"

struct reader {
	struct pool *pool;
	struct span text;
	size_t at;
	size_t pairs; /* NAME "=" VALUE that were taken */
	struct authentication_results *results;
};

static bool
sees(const struct reader *reader, char c)
{
	return reader->at < reader->text.len &&
	    reader->text.ptr[reader->at] == c;
}

static bool
at_end(const struct reader *reader)
{
	return reader->at >= reader->text.len;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A comment (RFC 5322 section 3.2.2), with those in it.  0, or -1 where it
 * never ends. */
static int
skip_comment(struct reader *reader)
{
	size_t depth = 0;

	for (; !at_end(reader); reader->at++) {
		if (sees(reader, '\\'))
			reader->at++;
		else if (sees(reader, '('))
			depth++;
		else if (sees(reader, ')') && --depth == 0) {
			reader->at++;
			return 0;
		}
	}
	return -1;
}

/* Blanks, folds and comments.  0 or -1. */
static int
skip_cfws(struct reader *reader)
{
	while (!at_end(reader)) {
		if (is_blank(reader->text.ptr[reader->at]))
			reader->at++;
		else if (!sees(reader, '('))
			return 0;
		else if (skip_comment(reader) < 0)
			return -1;
	}
	return 0;
}

/* TEXT without the backslashes that quote another byte. */
static struct span
unquote(struct pool *pool, struct span text)
{
	char *out = pool_alloc(pool, text.len);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\\')
			i++;
		out[len++] = text.ptr[i];
	}
	return span_make(out, len);
}

/* What stands in quotes, the first of which is next.  0 or -1. */
static int
take_quoted(struct reader *reader, struct span *text)
{
	size_t start = ++reader->at;
	bool escaped = false;

	for (; !at_end(reader) && !sees(reader, '"'); reader->at++) {
		if (sees(reader, '\\')) {
			escaped = true;
			reader->at++;
		}
	}
	if (at_end(reader))
		return -1;
	*text = span_slice(reader->text, start, reader->at++);
	if (escaped)
		*text = unquote(reader->pool, *text);
	return 0;
}

/* A word up to a blank, a comment, ";" or one of STOP, or in quotes.  0, or -1
 * where there is none. */
static int
take_word(struct reader *reader, char stop, struct span *word)
{
	size_t start = reader->at;

	if (sees(reader, '"'))
		return take_quoted(reader, word);
	while (!at_end(reader) && !sees(reader, ';') && !sees(reader, '(') &&
	    !sees(reader, '"') && !sees(reader, stop) &&
	    !is_blank(reader->text.ptr[reader->at]))
		reader->at++;
	*word = span_slice(reader->text, start, reader->at);
	return word->len > 0 ? 0 : -1;
}

/* NAME "=" VALUE and what may stand between and behind.  0 or -1. */
static int
take_pair(struct reader *reader, struct span *name, struct span *value)
{
	if (reader->pairs++ == AUTHENTICATION_RESULTS_MAX)
		return -1;
	if (take_word(reader, '=', name) < 0 || skip_cfws(reader) < 0 ||
	    !sees(reader, '='))
		return -1;
	reader->at++;
	/* A value, such as header.b, may have "=" in it. */
	if (skip_cfws(reader) < 0 || take_word(reader, ';', value) < 0)
		return -1;
	return skip_cfws(reader);
}

static void
add(struct reader *reader, struct authentication_result item)
{
	struct authentication_results *results = reader->results;

	results->items = pool_grow(reader->pool, results->items,
	    results->count, sizeof(*results->items));
	results->items[results->count++] = item;
}

/* What stands behind a ";": a method with its result and properties.  0 or
 * -1. */
static int
read_method(struct reader *reader)
{
	struct authentication_result item = { .passed = false };
	struct span name, method;

	if (skip_cfws(reader) < 0)
		return -1;
	if (at_end(reader))
		return 0; /* many programs end the field with one more ";" */
	if (take_pair(reader, &name, &item.value) < 0)
		return -1;
	method = span_slice(name, 0, span_find(name, '/'));
	item.method = pool_dup_lower(reader->pool, method);
	item.passed = span_equal_case(item.value, SPAN("pass"));
	add(reader, item);
	while (!at_end(reader) && !sees(reader, ';')) {
		if (take_pair(reader, &name, &item.value) < 0)
			return -1;
		/* "reason" is text for people. */
		if (span_find(name, '.') == name.len)
			continue;
		item.property = pool_dup_lower(reader->pool, name);
		add(reader, item);
	}
	return 0;
}

/* AUTHSERV-ID [VERSION].  0 or -1. */
static int
read_host(struct reader *reader, struct span *authserv_id)
{
	struct span version;

	if (skip_cfws(reader) < 0 ||
	    take_word(reader, ';', authserv_id) < 0 ||
	    skip_cfws(reader) < 0)
		return -1;
	if (at_end(reader) || sees(reader, ';'))
		return 0;
	/* Another version might mean something else. */
	if (take_word(reader, ';', &version) < 0 ||
	    !span_equal(version, SPAN("1")))
		return -1;
	return skip_cfws(reader);
}

/* "; none" and nothing else. */
static bool
is_none(const struct reader *reader)
{
	struct reader ahead = *reader;
	struct span word;

	ahead.at++;
	return skip_cfws(&ahead) == 0 && take_word(&ahead, '=', &word) == 0 &&
	    span_equal_case(word, SPAN("none")) && skip_cfws(&ahead) == 0 &&
	    at_end(&ahead);
}

int
authentication_results_host(
    struct pool *pool, struct span value, struct span *authserv_id)
{
	struct reader reader = { .pool = pool, .text = value };

	return read_host(&reader, authserv_id);
}

int
authentication_results_parse(struct pool *pool, struct span value,
    struct authentication_results *results, struct err *err)
{
	struct reader reader = {
		.pool = pool,
		.text = value,
		.results = results,
	};

	*results = (struct authentication_results){ .count = 0 };
	if (read_host(&reader, &results->authserv_id) < 0)
		goto malformed;
	if (sees(&reader, ';') && is_none(&reader))
		return 0;
	while (sees(&reader, ';')) {
		reader.at++;
		if (read_method(&reader) < 0)
			goto malformed;
	}
	if (at_end(&reader))
		return 0;
malformed:
	results->count = 0;
	return err_set(err, ERR_INPUT,
	    "cannot read Authentication-Results at byte %zu", reader.at);
}
