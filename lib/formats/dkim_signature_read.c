/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/dkim_signature_read.h"

#include "formats/base64.h"

#include <string.h>

enum { EXPIRY_MAX_DIGITS = 12 }; /* RFC 6376 section 3.5, sig-x-tag */

/* The tags that matter here. */
enum tag {
	TAG_A,
	TAG_B,
	TAG_BH,
	TAG_C,
	TAG_D,
	TAG_H,
	TAG_L,
	TAG_S,
	TAG_V,
	TAG_X,
	TAG_COUNT,
};

static const struct {
	struct span name;
	bool required;
} tags[TAG_COUNT] = {
	[TAG_A] = { SPAN_INIT("a"), true },
	[TAG_B] = { SPAN_INIT("b"), true },
	[TAG_BH] = { SPAN_INIT("bh"), true },
	[TAG_C] = { SPAN_INIT("c"), false },
	[TAG_D] = { SPAN_INIT("d"), true },
	[TAG_H] = { SPAN_INIT("h"), true },
	[TAG_L] = { SPAN_INIT("l"), false },
	[TAG_S] = { SPAN_INIT("s"), true },
	[TAG_V] = { SPAN_INIT("v"), true },
	[TAG_X] = { SPAN_INIT("x"), false },
};

/* A tag's value with its blanks; ptr NULL: there is no such tag. */
struct tag_list {
	struct span values[TAG_COUNT];
};

static int
wrong_tag(struct err *err, enum tag tag)
{
	return err_set(err, ERR_INPUT, "%.*s= of the signature is malformed",
	    SPAN_ARGS(tags[tag].name));
}

/* Takes one "NAME=VALUE" of the tag list. */
static int
take_tag(struct tag_list *list, struct span spec, struct err *err)
{
	size_t equals = span_find(spec, '=');
	struct span name = span_trim(span_slice(spec, 0, equals));

	if (equals == spec.len || name.len == 0)
		return err_set(err, ERR_INPUT, "the signature is no tag list");
	for (size_t i = 0; i < TAG_COUNT; i++) {
		if (!span_equal(name, tags[i].name))
			continue;
		if (list->values[i].ptr != NULL)
			return err_set(err, ERR_INPUT,
			    "the signature has %.*s= twice", SPAN_ARGS(name));
		list->values[i] = span_slice(spec, equals + 1, spec.len);
	}
	return 0;
}

/* RFC 6376 section 3.2. */
static int
read_tag_list(struct span value, struct tag_list *list, struct err *err)
{
	struct span rest = value;
	struct span spec;

	while (span_next(&rest, ';', &spec)) {
		/* Behind the last ";" there may be blanks. */
		if (rest.len == 0 && span_trim(spec).len == 0)
			break;
		if (take_tag(list, spec, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < TAG_COUNT; i++)
		if (tags[i].required && list->values[i].ptr == NULL)
			return err_set(err, ERR_INPUT,
			    "the signature has no %.*s=",
			    SPAN_ARGS(tags[i].name));
	return 0;
}

static int
read_algorithm(struct span text, enum key_algorithm *algorithm)
{
	static const enum key_algorithm known[] = { KEY_RSA, KEY_ED25519 };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!span_equal(text, span_of(dkim_algorithm_name(known[i]))))
			continue;
		*algorithm = known[i];
		return 0;
	}
	return -1;
}

static int
read_canon(struct span text, enum dkim_canon *canon)
{
	static const enum dkim_canon known[] = { DKIM_SIMPLE, DKIM_RELAXED };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!span_equal(text, span_of(dkim_canon_name(known[i]))))
			continue;
		*canon = known[i];
		return 0;
	}
	return -1;
}

/* Without c= both are simple, without "/" the body is. */
static int
read_canons(struct span text, struct dkim_read *read)
{
	size_t slash = span_find(text, '/');

	read->header_canon = DKIM_SIMPLE;
	read->body_canon = DKIM_SIMPLE;
	if (text.ptr == NULL)
		return 0;
	if (read_canon(span_slice(text, 0, slash), &read->header_canon) < 0)
		return -1;
	if (slash == text.len)
		return 0;
	return read_canon(
	    span_slice(text, slash + 1, text.len), &read->body_canon);
}

static int
read_expiry(struct span text, struct dkim_read *read)
{
	if (text.ptr == NULL)
		return 0;
	if (text.len > EXPIRY_MAX_DIGITS ||
	    span_number(text, INT64_MAX, &read->expires_at) < 0)
		return -1;
	/* 0 would mean that there is no end. */
	return read->expires_at > 0 ? 0 : -1;
}

/* TEXT decoded, in POOL; empty where it is not base64. */
static struct span
decode(struct pool *pool, struct span text)
{
	struct base64_decoder decoder = { 0 };
	char *out = pool_alloc(pool, BASE64_DECODED_MAX(text.len) + 2);
	size_t len = base64_decode(&decoder, text, out);

	len += base64_finish(&decoder, out + len);
	if (decoder.broken || decoder.junk || decoder.resumed)
		return SPAN("");
	return span_make(out, len);
}

static int
read_names(struct pool *pool, struct span text, struct dkim_read *read,
    struct err *err)
{
	bool from = false;
	struct span name;

	while (span_next(&text, ':', &name)) {
		name = span_trim(name);
		if (name.len == 0)
			return wrong_tag(err, TAG_H);
		if (read->name_count == DKIM_FIELDS_MAX)
			return err_set(err, ERR_LIMIT,
			    "h= of the signature has more than %d names",
			    DKIM_FIELDS_MAX);
		read->names = pool_grow(
		    pool, read->names, read->name_count, sizeof(name));
		read->names[read->name_count++] = name;
		from |= span_equal_case(name, SPAN("From"));
	}
	/* RFC 6376 section 5.4: without it the signature is none. */
	return from ? 0 : wrong_tag(err, TAG_H);
}

/* What stands in VALUE before and behind that of b=. */
static void
cut_out_signature(
    struct span value, struct span signature, struct dkim_read *read)
{
	size_t begin = (size_t)(signature.ptr - value.ptr);

	read->head = span_slice(value, 0, begin);
	read->tail = span_slice(value, begin + signature.len, value.len);
}

int
dkim_signature_read(struct pool *pool, struct span value,
    struct dkim_read *read, struct err *err)
{
	struct tag_list list = { .values = { { NULL, 0 } } };
	struct span trimmed[TAG_COUNT], digest;

	*read = (struct dkim_read){ .names = NULL };
	if (value.len > DKIM_SIGNATURE_MAX)
		return err_set(err, ERR_LIMIT,
		    "the signature is longer than %d bytes",
		    DKIM_SIGNATURE_MAX);
	if (read_tag_list(value, &list, err) < 0)
		return -1;
	for (size_t i = 0; i < TAG_COUNT; i++)
		trimmed[i] = span_trim(list.values[i]);
	if (!span_equal(trimmed[TAG_V], SPAN("1")))
		return wrong_tag(err, TAG_V);
	if (read_algorithm(trimmed[TAG_A], &read->algorithm) < 0)
		return wrong_tag(err, TAG_A);
	if (read_canons(trimmed[TAG_C], read) < 0)
		return wrong_tag(err, TAG_C);
	if (read_expiry(trimmed[TAG_X], read) < 0)
		return wrong_tag(err, TAG_X);
	digest = decode(pool, trimmed[TAG_BH]);
	if (digest.len != SHA256_SIZE)
		return wrong_tag(err, TAG_BH);
	memcpy(read->body_digest, digest.ptr, SHA256_SIZE);
	read->signature = decode(pool, trimmed[TAG_B]);
	if (read->signature.len == 0)
		return wrong_tag(err, TAG_B);
	read->domain = trimmed[TAG_D];
	read->selector = trimmed[TAG_S];
	read->part_of_body = trimmed[TAG_L].ptr != NULL;
	cut_out_signature(value, list.values[TAG_B], read);
	return read_names(pool, trimmed[TAG_H], read, err);
}
