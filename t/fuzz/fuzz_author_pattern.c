/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pattern in the first line, a mailbox behind it.  What must hold: a pattern
 * is for the author that it spells, but one of what is below a domain is not;
 * matching ends, whatever the pattern.
 */
#include "formats/author_pattern.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_self(const struct author_pattern *pattern)
{
	struct author self = { pattern->local, pattern->domain };

	switch (pattern->kind) {
	case AUTHOR_ADDRESS:
	case AUTHOR_LOCAL:
	case AUTHOR_DOMAIN:
	case AUTHOR_WILD:
		assert(pattern->domain.len > 0);
		assert(author_pattern_matches(pattern, &self));
		break;
	case AUTHOR_BELOW:
		assert(pattern->domain.ptr[0] == '.');
		assert(!author_pattern_matches(pattern, &self));
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_make((const char *)data, size);
	size_t end = span_find(text, '\n');
	struct pool *pool = pool_new();
	struct author_pattern pattern;
	struct mailbox mailbox;
	struct author author;
	struct err err;
	size_t at;

	if (author_pattern_parse(
		pool, span_slice(text, 0, end), &pattern, &err) == 0) {
		check_self(&pattern);
		text = span_slice(text, end + 1, text.len);
		at = span_find_last(text, '@');
		mailbox.local = span_slice(text, 0, at);
		mailbox.domain = span_slice(text, at + 1, text.len);
		if (author_of(pool, &mailbox, &author, &err) == 0)
			(void)author_pattern_matches(&pattern, &author);
	}
	pool_free(&pool);
	return 0;
}
