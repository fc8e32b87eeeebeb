/* SPDX-License-Identifier: BSD-2-Clause */
/* The first byte says where the body of the message behind it is cut in two,
 * and how small the limits are. */
#include "formats/content.h"

#include "t/unit/content_facts.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct content_limits limits = content_limits_default();
	struct span message = { (const char *)data, size };
	struct buf whole, pieces;
	size_t cut;

	if (size == 0)
		return 0;
	cut = data[0];
	message = span_slice(message, 1, size);
	if (cut % 4 == 1) {
		limits.parts = 5;
		limits.depth = 2;
		limits.header_bytes = 60;
		limits.text_bytes = 30;
	}
	buf_init(&whole, 1 << 24);
	buf_init(&pieces, 1 << 24);
	print_content(&limits, message, 0, SIZE_MAX / 2, false, &whole);
	print_content(
	    &limits, message, cut, cut % 2 == 0 ? 7 : 1, false, &pieces);
	assert(span_equal(buf_span(&whole), buf_span(&pieces)));
	buf_free(&whole);
	buf_free(&pieces);
	return 0;
}
