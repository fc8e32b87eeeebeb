/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first byte is the limit, the second says where the body is cut, the rest
 * is body and field value.  What must hold: chunks do not matter, no line is
 * too long, what is broken stays as it is, and nothing is lost or added but
 * breaks.
 */
#include "formats/line_break.h"

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
break_body(size_t limit, struct span text, size_t chunk, struct buf *out)
{
	struct line_break lines;

	buf_init(out, OUTPUT_MAX);
	line_break_init(
	    &lines, limit, (struct dkim_sink){ write_to_buf, out });
	for (size_t i = 0; i < text.len; i += chunk)
		line_break_update(&lines, span_slice(text, i, i + chunk));
	line_break_final(&lines);
}

/* BROKEN is TEXT, whose lines are ended by END, with END and a space where a
 * line has LIMIT bytes, the first one ROOM, and goes on; and nowhere else. */
static void
check_breaks(size_t limit, size_t room, struct span text, struct span broken,
    struct span end)
{
	size_t at = 0;

	for (size_t i = 0; i < text.len; i++) {
		struct span rest = span_slice(text, i, text.len);

		if (span_starts(rest, end)) {
			assert(span_starts(
			    span_slice(broken, at, broken.len), end));
			at += end.len;
			i += end.len - 1;
			room = limit;
			continue;
		}
		if (room == 0) {
			assert(span_starts(
			    span_slice(broken, at, broken.len), end));
			at += end.len;
			assert(broken.ptr[at++] == ' ');
			room = limit - 1;
		}
		assert(broken.ptr[at++] == text.ptr[i]);
		room--;
	}
	assert(at == broken.len);
}

static void
check_body(size_t limit, struct span text, size_t chunk)
{
	struct buf whole, cut, again;

	break_body(limit, text, text.len + 1, &whole);
	break_body(limit, text, chunk, &cut);
	break_body(limit, buf_span(&whole), chunk, &again);
	assert(span_equal(buf_span(&whole), buf_span(&cut)));
	assert(span_equal(buf_span(&whole), buf_span(&again)));
	check_breaks(limit, limit, text, buf_span(&whole), SPAN("\r\n"));
	buf_free(&whole);
	buf_free(&cut);
	buf_free(&again);
}

static void
check_header(size_t limit, struct span value)
{
	struct header field = { SPAN("Name"), value };
	size_t first = field.name.len + 1;
	struct pool *pool = pool_new();
	const struct header *broken = line_break_header(pool, limit, &field);

	if (first > limit)
		assert(broken == &field);
	else
		check_breaks(
		    limit, limit - first, value, broken->value, SPAN("\n"));
	assert(line_break_header(pool, limit, broken) == broken);
	pool_free(&pool);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text;
	size_t limit;

	if (size < 2)
		return 0;
	limit = LINE_BREAK_MIN + data[0];
	text = span_make((const char *)data + 2, size - 2);
	check_body(limit, text, (size_t)data[1] + 1);
	check_header(limit, text);
	return 0;
}
