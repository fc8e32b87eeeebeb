/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/parameter.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct parameter_field field =
	    parameter_read(pool, span_make((const char *)data, size));

	assert(field.count <= PARAMETER_COUNT_MAX);
	for (size_t i = 0; i < field.count; i++)
		assert(parameter_find(&field, field.items[i].name, 0) != NULL);
	pool_free(&pool);
	return 0;
}
