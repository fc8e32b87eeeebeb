/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain.  What must hold: its form in ASCII is ASCII in lower case, and has
 * itself as such a form.
 */
#include "formats/idn.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct span ascii, again;
	struct err err;

	if (idn_to_ascii(pool, span_make((const char *)data, size), &ascii,
		&err) == 0) {
		for (size_t i = 0; i < ascii.len; i++)
			assert((unsigned char)ascii.ptr[i] < 0x80 &&
			    ascii.ptr[i] == span_lower(ascii.ptr[i]));
		assert(idn_to_ascii(pool, ascii, &again, &err) == 0);
		assert(span_equal(ascii, again));
	}
	pool_free(&pool);
	return 0;
}
