/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/line_break.h"

#include <assert.h>
#include <string.h>

void
line_break_init(struct line_break *lines, size_t limit, struct dkim_sink sink)
{
	assert(limit >= LINE_BREAK_MIN);
	lines->sink = sink;
	lines->limit = limit;
	lines->room = limit;
	lines->cr = false;
}

static void
write_piece(struct line_break *lines, struct span piece)
{
	if (piece.len > 0)
		lines->sink.write(lines->sink.context, piece);
}

/*
 * Counts the bytes of CHUNK from FROM up to TO, which end no line, and breaks
 * the line where it is full and one more comes.  What stands before the last
 * break is written; returns where the rest begins, given that it began at
 * WRITTEN.
 */
static size_t
add_text(struct line_break *lines, struct span chunk, size_t written,
    size_t from, size_t to)
{
	while (to - from > lines->room) {
		from += lines->room;
		write_piece(lines, span_slice(chunk, written, from));
		write_piece(lines, SPAN("\r\n "));
		written = from;
		lines->room = lines->limit - 1;
	}
	lines->room -= to - from;
	return written;
}

/* Takes the CR that was held back, now that NEXT is known. */
static void
settle_cr(struct line_break *lines, char next)
{
	if (next != '\n')
		(void)add_text(lines, SPAN("\r"), 0, 0, 1);
	write_piece(lines, SPAN("\r"));
	lines->cr = false;
	if (next == '\n')
		lines->room = lines->limit;
}

void
line_break_update(struct line_break *lines, struct span chunk)
{
	size_t written = 0, begin = 0;

	if (chunk.len == 0)
		return;
	if (lines->cr) {
		settle_cr(lines, chunk.ptr[0]);
		/* Its LF belongs to no line. */
		begin = chunk.ptr[0] == '\n';
	}
	while (begin < chunk.len) {
		struct span rest = span_slice(chunk, begin, chunk.len);
		size_t lf = begin + span_find(rest, '\n');
		bool ends = lf < chunk.len && lf > begin &&
		    chunk.ptr[lf - 1] == '\r';
		size_t next = lf < chunk.len ? lf + 1 : lf;
		size_t end = ends ? lf - 1 : next;

		if (lf == chunk.len && chunk.ptr[lf - 1] == '\r') {
			lines->cr = true;
			end--;
		}
		written = add_text(lines, chunk, written, begin, end);
		if (ends)
			lines->room = lines->limit;
		begin = next;
	}
	write_piece(lines,
	    span_slice(chunk, written, chunk.len - (lines->cr ? 1 : 0)));
}

void
line_break_final(struct line_break *lines)
{
	if (lines->cr)
		settle_cr(lines, '\0');
}

/* The length of the longest line of FIELD, of its name and colon FIRST. */
static size_t
longest_line(size_t first, struct span value)
{
	size_t longest = 0, before = first;

	for (;;) {
		size_t end = span_find(value, '\n');

		if (before + end > longest)
			longest = before + end;
		if (end == value.len)
			return longest;
		value = span_slice(value, end + 1, value.len);
		before = 0;
	}
}

const struct header *
line_break_header(
    struct pool *pool, size_t limit, const struct header *field)
{
	size_t first = field->name.len + 1, room = limit - first, len = 0;
	struct header *broken;
	char *value;

	assert(limit >= LINE_BREAK_MIN);
	if (first > limit || longest_line(first, field->value) <= limit)
		return field;
	/* At most one fold of two bytes before each byte that fits. */
	value = pool_alloc(pool,
	    field->value.len + 2 * (field->value.len / (limit - 1) + 1));
	for (size_t i = 0; i < field->value.len; i++) {
		char c = field->value.ptr[i];

		if (c == '\n') {
			room = limit + 1;
		} else if (room == 0) {
			value[len++] = '\n';
			value[len++] = ' ';
			room = limit - 1;
		}
		value[len++] = c;
		room--;
	}
	broken = pool_alloc(pool, sizeof(*broken));
	*broken = (struct header){ field->name, span_make(value, len) };
	return broken;
}
