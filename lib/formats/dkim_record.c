/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/dkim_record.h"

#include "base/buf.h"
#include "formats/base64.h"

#include <assert.h>

enum { RECORD_TEXT_MAX = 4 * DKIM_RECORD_MAX };

const char *
dkim_key_type_name(enum key_algorithm algorithm)
{
	switch (algorithm) {
	case KEY_RSA:
		return "rsa";
	case KEY_ED25519:
		return "ed25519";
	}
	assert(false);
}

struct span
dkim_record_value(struct pool *pool, const struct dkim_public_key *key)
{
	return pool_printf(pool, "v=DKIM1; k=%s; p=%.*s",
	    dkim_key_type_name(key->algorithm),
	    SPAN_ARGS(base64_encode(pool, key->bytes)));
}

/* Adds VALUE as quoted strings with SEPARATOR between them. */
static void
add_strings(struct buf *text, struct span value, const char *separator)
{
	for (size_t at = 0; at < value.len; at += DKIM_STRING_MAX)
		(void)buf_printf(text, "%s\"%.*s\"", at > 0 ? separator : "",
		    SPAN_ARGS(span_slice(value, at, at + DKIM_STRING_MAX)));
}

/* The contents of TEXT, moved to POOL. */
static struct span
finish(struct buf *text, struct pool *pool)
{
	struct span result = pool_dup(pool, buf_span(text));

	assert(!text->full);
	buf_free(text);
	return result;
}

struct span
dkim_record_zone_line(
    struct pool *pool, struct span name, unsigned ttl, struct span value)
{
	bool several = value.len > DKIM_STRING_MAX;
	struct buf text;

	buf_init(&text, RECORD_TEXT_MAX);
	(void)buf_printf(&text, "%.*s. %u IN TXT %s", SPAN_ARGS(name), ttl,
	    several ? "( " : "");
	add_strings(&text, value, "\n\t");
	(void)buf_printf(&text, "%s\n", several ? " )" : "");
	return finish(&text, pool);
}

struct span
dkim_record_nsupdate(
    struct pool *pool, struct span name, unsigned ttl, struct span value)
{
	struct buf text;

	buf_init(&text, RECORD_TEXT_MAX);
	/* Two records under one name are worse than none. */
	(void)buf_printf(&text,
	    "prereq nxrrset %.*s. TXT\n"
	    "update add %.*s. %u TXT ",
	    SPAN_ARGS(name), SPAN_ARGS(name), ttl);
	add_strings(&text, value, " ");
	(void)buf_printf(&text, "\nsend\n");
	return finish(&text, pool);
}

struct span
dkim_record_nsupdate_delete(struct pool *pool, struct span name)
{
	return pool_printf(
	    pool, "update delete %.*s. TXT\nsend\n", SPAN_ARGS(name));
}
