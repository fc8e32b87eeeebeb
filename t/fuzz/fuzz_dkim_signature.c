/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Header fields, one a line with their name up to ":", of which some are
 * signed and copied.  What must hold: the signature is printable text in lines
 * that end in folds, z= reads as the fields that were signed, in order, and h=
 * names these and no others.
 */
#include "formats/dkim_signature.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct dkim_field_choice choices[] = {
	{ SPAN_INIT("from"), DKIM_OVERSIGN },
	{ SPAN_INIT("date"), DKIM_OVERSIGN_PRESENT },
	{ SPAN_INIT("x"), DKIM_SIGN },
};

static void
check_text(struct span text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		assert((c >= ' ' && c < 0x7f) || c == '\n');
		assert(c != '\n' || text.ptr[i + 1] == ' ');
	}
}

static int
hex(char c)
{
	return c <= '9' ? c - '0' : c - 'A' + 10;
}

/* Reads one copied field from *REST, up to "|" or ";", and compares it. */
static void
check_copy(struct span *rest, const struct header *field)
{
	char value[DKIM_COPIES_MAX];
	size_t i = field->name.len + 1, len = 0;

	assert(span_starts(*rest, field->name));
	assert(rest->ptr[field->name.len] == ':');
	while (rest->ptr[i] != '|' && rest->ptr[i] != ';') {
		int byte = (unsigned char)rest->ptr[i];

		if (byte == '=') {
			byte = 16 * hex(rest->ptr[i + 1]) +
			    hex(rest->ptr[i + 2]);
			i += 2;
		}
		value[len++] = (char)byte;
		i++;
	}
	assert(span_equal(span_make(value, len), field->value));
	*rest = span_slice(*rest, i + 1, rest->len);
}

/* HEAD without its folds and blanks. */
static struct span
without_folds(struct pool *pool, struct span head)
{
	char *text = pool_alloc(pool, head.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < head.len; i++)
		if (head.ptr[i] != ' ' && head.ptr[i] != '\n')
			text[len++] = head.ptr[i];
	return span_make(text, len);
}

static void
check_copies(struct pool *pool, struct span head,
    const struct dkim_fields *fields, size_t bytes)
{
	struct span text = without_folds(pool, head);
	struct span rest;

	/* Where some may be left out, which ones is not worth a model. */
	if (3 * bytes + 2 * fields->count >= DKIM_COPIES_MAX)
		return;
	rest = span_slice(
	    text, span_find_case(text, SPAN(";z=")) + 3, text.len);
	for (size_t i = 0; i < fields->count; i++)
		if (fields->fields[i] != NULL)
			check_copy(&rest, fields->fields[i]);
	assert(rest.len == 0 || span_starts(rest, SPAN("bh=")));
}

/* The digest does not depend on where the signature is put; and what is put
 * there is text. */
static void
check_complete(
    struct pool *pool, struct span head, const struct dkim_fields *fields)
{
	uint8_t digest[SHA256_SIZE], again[SHA256_SIZE];
	struct span tail = SPAN("; x=1");
	struct span whole =
	    pool_printf(pool, "%.*s%.*s", SPAN_ARGS(head), SPAN_ARGS(tail));

	dkim_digest(pool, DKIM_SIMPLE, fields, head, SPAN(""), digest);
	dkim_digest(pool, DKIM_RELAXED, fields, head, tail, digest);
	dkim_digest(pool, DKIM_RELAXED, fields, whole, SPAN(""), again);
	assert(span_equal(span_make((const char *)digest, sizeof(digest)),
	    span_make((const char *)again, sizeof(again))));
	check_text(dkim_complete(
	    pool, head, span_make((const char *)digest, sizeof(digest))));
}

/* A verifier finds the fields that were signed by their names. */
static void
check_named(struct pool *pool, const struct header_list *headers,
    const struct dkim_fields *fields)
{
	struct dkim_fields named;

	dkim_fields_named(pool, headers, fields->names, fields->count, &named);
	assert(named.count == fields->count);
	for (size_t i = 0; i < fields->count; i++)
		assert(named.fields[i] == fields->fields[i]);
}

/* Breaks FIELDS, of which none is gone, and again, which changes nothing. */
static void
check_broken(struct pool *pool, struct dkim_fields *fields)
{
	enum { LIMIT = 20 };
	const struct header *broken[DKIM_FIELDS_MAX];

	for (size_t i = 0; i < fields->count; i++)
		broken[i] = fields->fields[i];
	dkim_fields_break(pool, 0, fields);
	for (size_t i = 0; i < fields->count; i++)
		assert(fields->fields[i] == broken[i]);
	dkim_fields_break(pool, LIMIT, fields);
	for (size_t i = 0; i < fields->count; i++) {
		assert((fields->fields[i] == NULL) == (broken[i] == NULL));
		broken[i] = fields->fields[i];
	}
	dkim_fields_break(pool, LIMIT, fields);
	for (size_t i = 0; i < fields->count; i++)
		assert(fields->fields[i] == broken[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t digest[SHA256_SIZE] = { 0 };
	const struct dkim_tags tags = {
		.domain = SPAN("example.com"),
		.selector = SPAN("s"),
		.identity = SPAN("@example.com"),
		.expires_at = 1,
		.body_digest = digest,
		.copy_headers = true,
	};
	struct pool *pool = pool_new();
	struct header_list headers = { 0 };
	struct span rest = span_make((const char *)data, size);
	struct dkim_fields fields;
	struct span line, head;
	size_t colon;

	while (span_next(&rest, '\n', &line)) {
		colon = span_find(line, ':');
		header_list_add(&headers, pool, span_slice(line, 0, colon),
		    pool_dup(pool, span_slice(line, colon + 1, line.len)));
	}
	if (dkim_fields_select(
		pool, &headers, choices, 3, &fields, NULL) == 0) {
		head = dkim_render(pool, &tags, &fields);
		check_text(head);
		check_copies(pool, head, &fields, headers.bytes);
		check_complete(pool, head, &fields);
		check_named(pool, &headers, &fields);
		check_broken(pool, &fields);
	}
	pool_free(&pool);
	return 0;
}
