/* SPDX-License-Identifier: BSD-2-Clause */
/* Expectations of lumbar test. */
#include "formats/expectation.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct expectation expectation;
	struct buf errors;
	int result;

	buf_init(&errors, 1 << 20);
	result = expectation_parse(SPAN("fuzz"),
	    span_make((const char *)data, size), pool, &expectation, &errors);
	assert((result < 0) == (errors.len > 0 || errors.full));
	if (result == 0) {
		assert(expectation.reply_code == 0 ||
		    expectation.reply_code >= 400);
		for (size_t i = 0; i < expectation.header_count; i++)
			assert(expectation.headers[i].name.len > 0);
	}
	buf_free(&errors);
	pool_free(&pool);
	return 0;
}
