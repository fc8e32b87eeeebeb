/* SPDX-License-Identifier: BSD-2-Clause */
/* The first line is a filter, the rest the entries it is matched against. */
#include "formats/directory_filter.h"
#include "formats/ldif.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_make((const char *)data, size);
	size_t end = span_find(text, '\n');
	const struct directory_filter *filter = NULL;
	struct pool *pool = pool_new();
	struct directory_entry entry;
	enum ldif_result result;
	struct ldif ldif;
	unsigned line, last = 0;
	struct err err;

	if (directory_filter_parse(
		pool, span_slice(text, 0, end), &filter, &err) < 0)
		filter = NULL;
	ldif_init(&ldif, span_slice(text, end + 1, text.len));
	while ((result = ldif_next(&ldif, pool, &entry, &line, &err)) !=
	    LDIF_END) {
		assert(line > last || result == LDIF_ENTRY);
		last = line;
		assert(result == LDIF_MISTAKE || entry.dn.ptr != NULL);
		if (result == LDIF_ENTRY && filter != NULL)
			(void)directory_filter_match(filter, &entry);
	}
	pool_free(&pool);
	return 0;
}
