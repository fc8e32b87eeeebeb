/* SPDX-License-Identifier: BSD-2-Clause */
/* The field Authentication-Results. */
#include "formats/authentication_results.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct authentication_results results;
	struct err err;
	int result = authentication_results_parse(
	    pool, span_make((const char *)data, size), &results, &err);

	assert(results.count <= AUTHENTICATION_RESULTS_MAX);
	assert(result == 0 || results.count == 0);
	for (size_t i = 0; i < results.count; i++) {
		assert(results.items[i].method.len <= size);
		assert(results.items[i].property.len <= size);
		assert(results.items[i].value.len <= size);
	}
	pool_free(&pool);
	return 0;
}
