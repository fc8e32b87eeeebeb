/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The value of a DKIM-Signature field up to the first NUL, behind it the header
 * that it is about, one field a line with its name up to ":".  What must hold:
 * what was read is in bounds and is what the field has, only the signature is
 * cut out, and each name means a field of that name that no other means.
 */
#include "formats/dkim_signature_read.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* True if PART lies within WHOLE. */
static bool
is_within(struct span part, struct span whole)
{
	return part.ptr >= whole.ptr &&
	    part.ptr + part.len <= whole.ptr + whole.len;
}

static void
check_read(const struct dkim_read *read, struct span value)
{
	size_t between = value.len - read->head.len - read->tail.len;
	bool from = false;

	assert(read->head.ptr == value.ptr);
	assert(span_ends_case(read->head, SPAN("=")));
	assert(read->tail.len == 0 || read->tail.ptr[0] == ';');
	assert(read->tail.ptr == value.ptr + read->head.len + between);
	assert(read->signature.len > 0 && read->signature.len <= between);
	assert(is_within(read->domain, value));
	assert(is_within(read->selector, value));
	assert(read->name_count > 0 && read->name_count <= DKIM_FIELDS_MAX);
	for (size_t i = 0; i < read->name_count; i++) {
		assert(is_within(read->names[i], value));
		assert(read->names[i].len > 0);
		from |= span_equal_case(read->names[i], SPAN("from"));
	}
	assert(from);
}

static void
check_named(
    const struct dkim_fields *fields, const struct header_list *headers)
{
	for (size_t i = 0; i < fields->count; i++) {
		size_t before = 0;

		for (size_t k = 0; k < i; k++) {
			assert(fields->fields[i] == NULL ||
			    fields->fields[i] != fields->fields[k]);
			before += span_equal_case(
			    fields->names[i], fields->names[k]);
		}
		if (fields->fields[i] != NULL)
			assert(span_equal_case(
			    fields->fields[i]->name, fields->names[i]));
		else
			assert(header_list_count(headers, fields->names[i]) <=
			    before);
	}
}

/* Reading it again without the signature gives no signature. */
static void
check_cut(struct pool *pool, const struct dkim_read *read,
    const struct dkim_fields *fields)
{
	const struct header cut = { SPAN("DKIM-Signature"),
		pool_printf(pool, "%.*s%.*s", SPAN_ARGS(read->head),
		    SPAN_ARGS(read->tail)) };
	uint8_t digest[SHA256_SIZE], again[SHA256_SIZE];
	struct dkim_read without;

	assert(dkim_signature_read(pool, cut.value, &without, NULL) < 0);
	dkim_digest_field(read->header_canon, fields, &cut, digest);
	dkim_digest(pool, read->header_canon, fields, read->head, read->tail,
	    again);
	assert(span_equal(span_make((const char *)digest, sizeof(digest)),
	    span_make((const char *)again, sizeof(again))));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct header_list headers = { 0 };
	struct span rest = span_make((const char *)data, size);
	struct dkim_fields fields;
	struct dkim_read read;
	struct span value, line;
	struct err err;

	if (!span_next(&rest, '\0', &value))
		value = SPAN("");
	if (dkim_signature_read(pool, value, &read, &err) == 0) {
		check_read(&read, value);
		while (span_next(&rest, '\n', &line)) {
			size_t colon = span_find(line, ':');

			header_list_add(&headers, pool,
			    span_slice(line, 0, colon),
			    span_slice(line, colon + 1, line.len));
		}
		dkim_fields_named(
		    pool, &headers, read.names, read.name_count, &fields);
		check_named(&fields, &headers);
		check_cut(pool, &read, &fields);
	} else {
		assert(err.kind == ERR_INPUT || err.kind == ERR_LIMIT);
	}
	pool_free(&pool);
	return 0;
}
