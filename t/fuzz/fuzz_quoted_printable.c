/* SPDX-License-Identifier: BSD-2-Clause */
/* The first byte says where the rest is cut in two. */
#include "formats/quoted_printable.h"

#include "base/xalloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
decode(struct span in, size_t cut, char *out,
    struct quoted_printable_decoder *decoder)
{
	size_t len;

	*decoder = (struct quoted_printable_decoder){ 0 };
	len = quoted_printable_decode(decoder, span_slice(in, 0, cut), out);
	len += quoted_printable_decode(
	    decoder, span_slice(in, cut, in.len), out + len);
	return len + quoted_printable_finish(decoder, out + len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in =
	    size > 0 ? span_make((const char *)data + 1, size - 1) : SPAN("");
	struct quoted_printable_decoder whole, pieces;
	/* Room for two calls and the end, exactly as the contract says. */
	size_t room = QUOTED_PRINTABLE_DECODED_MAX(in.len) +
		      QUOTED_PRINTABLE_DECODED_MAX(0);
	char *a = xalloc(room);
	char *b = xalloc(room);
	size_t len = decode(in, 0, a, &whole);

	assert(len <= room);
	assert(decode(in, size > 0 ? data[0] : 0, b, &pieces) == len);
	assert(memcmp(a, b, len) == 0);
	assert(whole.broken == pieces.broken);
	free(a);
	free(b);
	return 0;
}
