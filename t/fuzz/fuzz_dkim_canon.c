/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first byte says where the body is cut, the rest is body and field value.
 * What must hold: chunks do not matter, and what is canonical stays as it is.
 */
#include "formats/dkim_canon.h"

#include "base/buf.h"

#include <assert.h>

enum { OUTPUT_MAX = 16 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
write_to_buf(void *context, struct span piece)
{
	int result = buf_append_span(context, piece);

	assert(result == 0);
}

static void
canon_body(
    enum dkim_canon canon, struct span text, size_t chunk, struct buf *out)
{
	struct dkim_body body;

	buf_init(out, OUTPUT_MAX);
	dkim_body_init(&body, canon, (struct dkim_sink){ write_to_buf, out });
	for (size_t i = 0; i < text.len; i += chunk)
		dkim_body_update(&body, span_slice(text, i, i + chunk));
	dkim_body_final(&body);
}

static void
check_body(enum dkim_canon canon, struct span text, size_t chunk)
{
	struct buf whole, cut, again;

	canon_body(canon, text, text.len + 1, &whole);
	canon_body(canon, text, chunk, &cut);
	canon_body(canon, buf_span(&whole), chunk, &again);
	assert(span_equal(buf_span(&whole), buf_span(&cut)));
	assert(span_equal(buf_span(&whole), buf_span(&again)));
	buf_free(&whole);
	buf_free(&cut);
	buf_free(&again);
}

static void
check_header(enum dkim_canon canon, struct span value)
{
	struct header field = { SPAN("X-Field"), value };
	struct dkim_stage stage;
	struct buf out;
	struct span text;

	buf_init(&out, OUTPUT_MAX);
	dkim_stage_init(&stage, (struct dkim_sink){ write_to_buf, &out });
	dkim_canon_header(canon, &field, false, &stage);
	dkim_stage_flush(&stage);
	text = buf_span(&out);
	assert(span_starts_case(text, SPAN("x-field:")));
	assert(span_ends_case(text, SPAN("\r\n")));
	/* Unfolded: no line end but the last. */
	if (canon == DKIM_RELAXED)
		assert(span_find(text, '\n') == text.len - 1);
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text;

	if (size == 0)
		return 0;
	text = span_make((const char *)data + 1, size - 1);
	check_body(DKIM_SIMPLE, text, (size_t)data[0] + 1);
	check_body(DKIM_RELAXED, text, (size_t)data[0] + 1);
	check_header(DKIM_SIMPLE, text);
	check_header(DKIM_RELAXED, text);
	return 0;
}
