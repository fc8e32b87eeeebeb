/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/encoded_word.h"

#include "base/buf.h"
#include "formats/charset.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever goes in, UTF-8 comes out. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct span text =
	    encoded_word_decode(pool, span_make((const char *)data, size));
	struct charset_decoder *utf8 = charset_new(SPAN("utf-8"));
	struct buf copy;

	buf_init(&copy, CHARSET_DECODED_MAX(text.len));
	charset_decode(utf8, text, &copy);
	charset_finish(utf8, &copy);
	assert(!charset_broken(utf8));
	assert(span_equal(buf_span(&copy), text));
	charset_free(&utf8);
	buf_free(&copy);
	pool_free(&pool);
	return 0;
}
