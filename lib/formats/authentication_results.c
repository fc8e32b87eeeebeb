/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/authentication_results.h"

struct reader {
	struct pool *pool;
	struct span text;
	size_t at;
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

/* What stands in quotes, the first of which is next.  0 or -1. */
static int
take_quoted(struct reader *reader, struct span *text)
{
	char *out = pool_alloc(reader->pool, reader->text.len - reader->at);
	size_t len = 0;

	for (reader->at++; !at_end(reader); reader->at++) {
		if (sees(reader, '"')) {
			reader->at++;
			*text = span_make(out, len);
			return 0;
		}
		if (sees(reader, '\\'))
			reader->at++;
		if (!at_end(reader))
			out[len++] = reader->text.ptr[reader->at];
	}
	return -1;
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
	if (take_word(reader, '=', name) < 0 || skip_cfws(reader) < 0 ||
	    !sees(reader, '='))
		return -1;
	reader->at++;
	/* A value, such as header.b, may have "=" in it. */
	if (skip_cfws(reader) < 0 || take_word(reader, ';', value) < 0)
		return -1;
	return skip_cfws(reader);
}

static int
add(struct reader *reader, struct authentication_result item)
{
	struct authentication_results *results = reader->results;

	if (results->count == AUTHENTICATION_RESULTS_MAX)
		return -1;
	results->items = pool_grow(reader->pool, results->items,
	    results->count, sizeof(*results->items));
	results->items[results->count++] = item;
	return 0;
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
	if (add(reader, item) < 0)
		return -1;
	while (!at_end(reader) && !sees(reader, ';')) {
		if (take_pair(reader, &name, &item.value) < 0)
			return -1;
		/* "reason" is text for people. */
		if (span_find(name, '.') == name.len)
			continue;
		item.property = pool_dup_lower(reader->pool, name);
		if (add(reader, item) < 0)
			return -1;
	}
	return 0;
}

/* AUTHSERV-ID [VERSION].  0 or -1. */
static int
read_host(struct reader *reader)
{
	struct span version;

	if (skip_cfws(reader) < 0 ||
	    take_word(reader, ';', &reader->results->authserv_id) < 0 ||
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
authentication_results_parse(struct pool *pool, struct span value,
    struct authentication_results *results, struct err *err)
{
	struct reader reader = {
		.pool = pool,
		.text = value,
		.results = results,
	};

	*results = (struct authentication_results){ .count = 0 };
	if (read_host(&reader) < 0)
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
