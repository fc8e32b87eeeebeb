/* SPDX-License-Identifier: BSD-2-Clause */
/* The types of a message by its header section. */
#include "formats/message_type.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Fields with "\n" between; "\r" stands for a fold. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_make((const char *)data, size), line;
	struct header_list headers = { .count = 0 };
	struct pool *pool = pool_new();
	unsigned types, more;

	while (span_next(&rest, '\n', &line)) {
		size_t colon = span_find(line, ':');

		header_list_add(&headers, pool, span_slice(line, 0, colon),
		    span_slice(line, colon + 1, line.len));
	}
	types = message_types(&headers, pool);
	header_list_add(&headers, pool, SPAN("List-Id"), SPAN(" <x>"));
	more = message_types(&headers, pool);
	assert((types | 1u << MESSAGE_LIST_MAIL) == more);
	pool_free(&pool);
	return 0;
}
