/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Most bytes of most mail are already canonical.  So both canonicalisers look
 * for the next byte that is not, pass on what stands before it in one piece,
 * and go byte by byte only from there to the next word.
 */
#include "formats/dkim_canon.h"

#include <string.h>

/* Bytes that a stage copies; longer pieces go to the sink as they are. */
enum { COPY_MAX = 256 };

const char *
dkim_canon_name(enum dkim_canon canon)
{
	static const char *const names[] = {
		[DKIM_SIMPLE] = "simple",
		[DKIM_RELAXED] = "relaxed",
	};

	return names[canon];
}

void
dkim_stage_init(struct dkim_stage *stage, struct dkim_sink sink)
{
	stage->sink = sink;
	stage->len = 0;
}

void
dkim_stage_flush(struct dkim_stage *stage)
{
	if (stage->len > 0)
		stage->sink.write(
		    stage->sink.context, span_make(stage->bytes, stage->len));
	stage->len = 0;
}

static void
stage_write(struct dkim_stage *stage, struct span piece)
{
	if (piece.len > DKIM_STAGE_SIZE - stage->len)
		dkim_stage_flush(stage);
	if (piece.len > COPY_MAX) {
		dkim_stage_flush(stage);
		stage->sink.write(stage->sink.context, piece);
		return;
	}
	if (piece.len == 0)
		return;
	memcpy(stage->bytes + stage->len, piece.ptr, piece.len);
	stage->len += piece.len;
}

static void
stage_write_char(struct dkim_stage *stage, char c)
{
	if (stage->len == DKIM_STAGE_SIZE)
		dkim_stage_flush(stage);
	stage->bytes[stage->len++] = c;
}

/* WSP of RFC 5234: the only blanks that relaxed canonicalisation knows. */
static bool
is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

/* Every bare LF of a field is a fold, which is CRLF on the wire. */
static void
header_simple(const struct header *field, struct dkim_stage *stage)
{
	struct span rest = field->value;
	size_t end;

	stage_write(stage, field->name);
	stage_write_char(stage, ':');
	while ((end = span_find(rest, '\n')) < rest.len) {
		struct span line = span_slice(rest, 0, end);

		if (line.len > 0 && line.ptr[line.len - 1] == '\r')
			line.len--;
		stage_write(stage, line);
		stage_write(stage, SPAN("\r\n"));
		rest = span_slice(rest, end + 1, rest.len);
	}
	stage_write(stage, rest);
}

static void
name_relaxed(struct span name, struct dkim_stage *stage)
{
	while (name.len > 0 && is_wsp(name.ptr[name.len - 1]))
		name.len--;
	for (size_t i = 0; i < name.len; i++)
		stage_write_char(stage, span_lower(name.ptr[i]));
}

/* True if a line end, LF or CRLF, stands at I; it is dropped (unfolding). */
static bool
is_fold(struct span value, size_t i)
{
	if (value.ptr[i] == '\r')
		return i + 1 < value.len && value.ptr[i + 1] == '\n';
	return value.ptr[i] == '\n';
}

static void
value_relaxed(struct span value, struct dkim_stage *stage)
{
	bool blank = false;
	bool any = false;
	size_t i = 0;

	while (i < value.len) {
		size_t start = i;

		while (i < value.len && !is_wsp(value.ptr[i]) &&
		    !is_fold(value, i))
			i++;
		if (i > start) {
			if (blank && any)
				stage_write_char(stage, ' ');
			stage_write(stage, span_slice(value, start, i));
			any = true;
			blank = false;
		}
		for (; i < value.len; i++) {
			if (is_wsp(value.ptr[i]))
				blank = true;
			else if (!is_fold(value, i))
				break;
		}
	}
}

void
dkim_canon_header(enum dkim_canon canon, const struct header *field, bool last,
    struct dkim_stage *stage)
{
	switch (canon) {
	case DKIM_SIMPLE:
		header_simple(field, stage);
		break;
	case DKIM_RELAXED:
		name_relaxed(field->name, stage);
		stage_write_char(stage, ':');
		value_relaxed(field->value, stage);
		break;
	}
	if (!last)
		stage_write(stage, SPAN("\r\n"));
}

void
dkim_body_init(
    struct dkim_body *body, enum dkim_canon canon, struct dkim_sink sink)
{
	dkim_stage_init(&body->stage, sink);
	body->canon = canon;
	body->line_ends = 0;
	body->blank = false;
	body->cr = false;
	body->any = false;
}

/* Writes what was held back, now that data follows it. */
static void
write_pending(struct dkim_body *body)
{
	for (; body->line_ends > 0; body->line_ends--)
		stage_write(&body->stage, SPAN("\r\n"));
	if (body->blank)
		stage_write_char(&body->stage, ' ');
	body->blank = false;
	if (body->cr)
		stage_write_char(&body->stage, '\r');
	body->cr = false;
	body->any = true;
}

/*
 * Takes one byte that may be held back: CR, LF, and blanks where they count
 * for nothing.  True if it did; false if the byte is data, before which all
 * that was held back has been written.
 */
static bool
hold_back(struct dkim_body *body, char c)
{
	if (body->cr && c == '\n') {
		body->cr = false;
		body->blank = false;
		body->line_ends++;
		return true;
	}
	if (body->cr)
		write_pending(body);
	if (c == '\r') {
		body->cr = true;
		return true;
	}
	if (body->canon == DKIM_RELAXED && is_wsp(c)) {
		body->blank = true;
		return true;
	}
	write_pending(body);
	return false;
}

/* The length of TEXT without the line ends, and blanks where they count for
 * nothing, at its close: no byte before that needs to be held back. */
static size_t
settled_length(enum dkim_canon canon, struct span text)
{
	size_t len = text.len;

	while (len > 0 &&
	    (text.ptr[len - 1] == '\r' || text.ptr[len - 1] == '\n' ||
		(canon == DKIM_RELAXED && is_wsp(text.ptr[len - 1]))))
		len--;
	return len;
}

/* True if relaxed canonicalisation would change the byte at TEXT, or one
 * behind it; TEXT has two bytes. */
static inline unsigned
is_irregular(const char *text)
{
	return (unsigned)(text[0] == '\t') |
	    ((unsigned)(text[0] == ' ') &
		(unsigned)((text[1] == ' ') | (text[1] == '\t') |
		    (text[1] == '\r')));
}

/* The length of the part of TEXT that is canonical as it stands.  Its last
 * byte is data, so there is always one behind a blank. */
static size_t
regular_length(struct span text)
{
	enum { BLOCK = 32 }; /* fixed, so that the compiler vectorises */
	size_t i = 0;

	while (i + BLOCK < text.len) {
		unsigned irregular = 0;

		for (size_t k = 0; k < BLOCK; k++)
			irregular |= is_irregular(text.ptr + i + k);
		if (irregular != 0)
			break;
		i += BLOCK;
	}
	while (i + 1 < text.len && is_irregular(text.ptr + i) == 0)
		i++;
	return i + 1 < text.len ? i : text.len;
}

/* Writes TEXT, which starts and ends with data. */
static void
write_settled(struct dkim_body *body, struct span text)
{
	switch (body->canon) {
	case DKIM_SIMPLE:
		stage_write(&body->stage, text);
		return;
	case DKIM_RELAXED:
		break;
	}
	while (text.len > 0) {
		size_t len = regular_length(text);

		stage_write(&body->stage, span_slice(text, 0, len));
		while (len < text.len && hold_back(body, text.ptr[len]))
			len++;
		text = span_slice(text, len, text.len);
	}
}

void
dkim_body_update(struct dkim_body *body, struct span chunk)
{
	size_t settled = settled_length(body->canon, chunk);
	size_t i = 0;

	while (i < settled && hold_back(body, chunk.ptr[i]))
		i++;
	if (i < settled)
		write_settled(body, span_slice(chunk, i, settled));
	for (i = settled; i < chunk.len; i++)
		if (!hold_back(body, chunk.ptr[i]))
			stage_write_char(&body->stage, chunk.ptr[i]);
}

void
dkim_body_final(struct dkim_body *body)
{
	/* A CR at the very end is data, for no LF came. */
	if (body->cr)
		write_pending(body);
	if (body->any || body->canon == DKIM_SIMPLE)
		stage_write(&body->stage, SPAN("\r\n"));
	dkim_stage_flush(&body->stage);
}
