/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/mime.h"

#include "base/buf.h"
#include "base/xalloc.h"
#include "formats/header.h"

#include <stdlib.h>
#include <string.h>

/* Longest line that is looked at as a delimiter; the rest of a longer one
 * cannot matter. */
enum { DELIMITER_MAX = MIME_BOUNDARY_MAX + 100 };

/* A part that is open. */
struct frame {
	struct mime_shape shape;
	bool closed; /* its closing delimiter was seen */
};

enum state {
	STATE_HEADERS, /* of the innermost part */
	STATE_BODY,    /* of the innermost part, or around its parts */
	STATE_SKIP,    /* the rest of a line that is too long */
	STATE_REST,    /* no structure any more */
};

struct mime_reader {
	const struct mime_events *events;
	void *context;
	struct mime_limits limits;
	struct frame *frames; /* outermost first */
	size_t frame_count;
	size_t frame_room;
	size_t boundary_count; /* frames that are multiparts */
	enum state state;
	enum state after_skip;
	uint64_t offset; /* of the next byte to look at */
	/* The beginning of a line of which more is needed. */
	struct buf line;
	/* In a body: at the first byte of a line. */
	bool line_start;
	/* A line end in a body, or a CR that may begin one: it belongs to the
	 * delimiter if one follows. */
	char held[2];
	size_t held_len;
	struct buf field;    /* the header field being read, folds as LF */
	size_t header_left;  /* of limits.header_bytes */
	size_t headers_left; /* of limits.headers_bytes */
	bool first_line;     /* of a header section */
};

static struct frame *
innermost(struct mime_reader *reader)
{
	return &reader->frames[reader->frame_count - 1];
}

static void
odd(struct mime_reader *reader, enum mime_oddity oddity)
{
	reader->events->odd(reader->context, oddity);
}

static void
emit(struct mime_reader *reader, struct span bytes)
{
	if (bytes.len > 0)
		reader->events->bytes(reader->context, bytes);
}

static void
emit_held(struct mime_reader *reader)
{
	size_t len = reader->held_len;

	reader->held_len = 0;
	emit(reader, span_make(reader->held, len));
}

static void
push(struct mime_reader *reader)
{
	if (reader->frame_count == reader->frame_room) {
		reader->frame_room = 2 * reader->frame_room + 4;
		reader->frames = xrealloc_array(reader->frames,
		    reader->frame_room, sizeof(*reader->frames));
	}
	reader->frame_count++;
	*innermost(reader) = (struct frame){ .shape = { .kind = MIME_LEAF } };
}

/* True if a line could be a delimiter of both. */
static bool
boundaries_clash(const struct mime_shape *a, const struct mime_shape *b)
{
	return a->kind == MIME_MULTIPART && b->kind == MIME_MULTIPART &&
	       (span_starts(a->boundary, b->boundary) ||
		   span_starts(b->boundary, a->boundary));
}

static void begin_headers(struct mime_reader *reader, uint64_t offset);

/* The innermost part has a body of SHAPE, which begins at OFFSET. */
static void
begin_body(struct mime_reader *reader, struct mime_shape shape, uint64_t offset)
{
	reader->state = STATE_BODY;
	reader->line_start = true;
	if (shape.kind == MIME_MULTIPART) {
		for (size_t i = 0; i + 1 < reader->frame_count; i++)
			if (boundaries_clash(&reader->frames[i].shape, &shape))
				odd(reader, MIME_BOUNDARY_REPEATED);
		reader->boundary_count++;
	}
	innermost(reader)->shape = shape;
	if (shape.kind == MIME_MESSAGE)
		begin_headers(reader, offset);
}

static void
begin_headers(struct mime_reader *reader, uint64_t offset)
{
	push(reader);
	reader->state = STATE_HEADERS;
	reader->first_line = true;
	reader->header_left = reader->limits.header_bytes;
	if (!reader->events->begin(reader->context, offset))
		reader->state = STATE_REST;
}

/* True if the innermost part is a message within a part. */
static bool
is_embedded(const struct mime_reader *reader)
{
	return reader->frame_count > 1 &&
	       reader->frames[reader->frame_count - 2].shape.kind ==
		   MIME_MESSAGE;
}

/* Hands on the field that has been gathered. */
static void
flush_field(struct mime_reader *reader)
{
	struct span field = buf_span(&reader->field);
	size_t colon = span_find(field, ':');

	if (field.len > 0)
		reader->events->field(reader->context,
		    span_trim(span_slice(field, 0, colon)),
		    span_slice(field, colon + 1, field.len));
	buf_reset(&reader->field);
}

static void
end_headers(struct mime_reader *reader, uint64_t offset)
{
	flush_field(reader);
	begin_body(
	    reader, reader->events->body(reader->context, offset), offset);
}

/* Ends the innermost part at OFFSET. */
static void
pop(struct mime_reader *reader, uint64_t offset)
{
	struct frame *frame = innermost(reader);

	if (frame->shape.kind == MIME_MULTIPART) {
		if (!frame->closed)
			odd(reader, MIME_BOUNDARY_MISSING);
		reader->boundary_count--;
	}
	reader->events->end(reader->context, offset);
	reader->frame_count--;
}

/* A header section ends without an empty line: it has no body, whatever it
 * announces. */
static void
cut_headers(struct mime_reader *reader, uint64_t offset)
{
	if (reader->state != STATE_HEADERS)
		return;
	flush_field(reader);
	odd(reader, MIME_HEADER_UNFINISHED);
	(void)reader->events->body(reader->context, offset);
	reader->state = STATE_BODY;
}

struct delimiter {
	size_t frame;
	bool closing;
	bool junk; /* something else stands behind it */
};

/* Whether LINE, which begins with "--", is a delimiter of FRAME. */
static bool
match_frame(
    const struct frame *frame, struct span line, bool *closing, bool *junk)
{
	struct span rest = span_slice(line, 2, line.len);

	if (frame->shape.kind != MIME_MULTIPART ||
	    !span_starts(rest, frame->shape.boundary))
		return false;
	rest = span_slice(rest, frame->shape.boundary.len, rest.len);
	*closing = span_starts(rest, SPAN("--"));
	if (*closing)
		rest = span_slice(rest, 2, rest.len);
	*junk = span_trim(rest).len > 0;
	return true;
}

/*
 * Whether LINE is a delimiter.  One boundary may begin with another, so a line
 * that holds nothing else goes before one that goes on, and then the
 * innermost part goes first.
 */
static bool
match_delimiter(const struct mime_reader *reader, struct span line,
    struct delimiter *delimiter)
{
	bool found = false;

	if (reader->boundary_count == 0 || !span_starts(line, SPAN("--")))
		return false;
	for (size_t i = reader->frame_count; i-- > 0;) {
		bool closing, junk;

		if (!match_frame(&reader->frames[i], line, &closing, &junk) ||
		    (found && junk))
			continue;
		*delimiter = (struct delimiter){ i, closing, junk };
		found = true;
		if (!junk)
			break;
	}
	return found;
}

/* Takes the delimiter line from OFFSET to NEXT. */
static void
take_delimiter(struct mime_reader *reader, const struct delimiter *delimiter,
    uint64_t offset, uint64_t next)
{
	struct frame *frame;
	uint64_t end = offset - reader->held_len;

	cut_headers(reader, end);
	reader->held_len = 0;
	while (reader->frame_count > delimiter->frame + 1)
		pop(reader, end);
	frame = innermost(reader);
	if (delimiter->junk)
		odd(reader, MIME_BOUNDARY_JUNK);
	if (frame->closed)
		odd(reader, MIME_BOUNDARY_REOPENED);
	frame->closed = delimiter->closing;
	reader->state = STATE_BODY;
	reader->line_start = true;
	if (!delimiter->closing)
		begin_headers(reader, next);
}

/* Appends LINE to the field being read, if the limits allow. */
static void
append_header(struct mime_reader *reader, struct span line)
{
	size_t size = line.len + 2;

	if (size > reader->header_left || size > reader->headers_left) {
		odd(reader, MIME_HEADER_LIMIT);
		return;
	}
	reader->header_left -= size;
	reader->headers_left -= size;
	if (reader->field.len > 0)
		(void)buf_append_char(&reader->field, '\n');
	(void)buf_append_span(&reader->field, line);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
is_field(struct span line)
{
	size_t colon = span_find(line, ':');
	struct span name = span_slice(line, 0, colon);

	/* "Subject : x" is obsolete but known (RFC 5322 section 4.5). */
	while (name.len > 0 && is_blank(name.ptr[name.len - 1]))
		name.len--;
	return colon < line.len && header_name_check(name) == 0;
}

/*
 * Takes LINE, without its line end, of a header section.  False if it belongs
 * to the body.  NEXT is the offset behind its line end.
 */
static bool
take_header_line(struct mime_reader *reader, struct span line, uint64_t next)
{
	bool first = reader->first_line;

	reader->first_line = false;
	if (line.len == 0) {
		end_headers(reader, next);
		return true;
	}
	if (memchr(line.ptr, '\0', line.len) != NULL ||
	    memchr(line.ptr, '\r', line.len) != NULL)
		odd(reader, MIME_HEADER_BYTE);
	if (!first && is_blank(line.ptr[0])) {
		if (span_trim(line).len == 0)
			odd(reader, MIME_HEADER_BLANK);
		append_header(reader, line);
		return true;
	}
	/* What mailbox files put before an embedded message. */
	if (first && is_embedded(reader) &&
	    (span_starts(line, SPAN("From ")) ||
		span_starts(line, SPAN(">From "))))
		return true;
	if (!is_field(line)) {
		odd(reader, MIME_HEADER_LINE);
		return false;
	}
	/* A field has a name, so something stands before its colon. */
	if (is_blank(line.ptr[span_find(line, ':') - 1]))
		odd(reader, MIME_HEADER_COLON);
	flush_field(reader);
	append_header(reader, line);
	return true;
}

/* Takes a line of a body that may be a delimiter; LINE_END is its length. */
static void
take_body_line(struct mime_reader *reader, struct span line, size_t line_end)
{
	struct delimiter delimiter;

	if (match_delimiter(reader, line, &delimiter)) {
		take_delimiter(reader, &delimiter, reader->offset,
		    reader->offset + line.len + line_end);
		return;
	}
	emit_held(reader);
	emit(reader, line);
	memcpy(reader->held, line_end == 2 ? "\r\n" : "\n", line_end);
	reader->held_len = line_end;
	reader->line_start = line_end > 0;
}

/* Takes a whole line: LINE with its line end of LINE_END bytes. */
static void
take_line(struct mime_reader *reader, struct span line, size_t line_end)
{
	struct delimiter delimiter;
	struct span text = span_slice(line, 0, line.len - line_end);
	uint64_t next = reader->offset + line.len;
	bool taken = false;

	if (reader->state == STATE_HEADERS) {
		taken = match_delimiter(reader, text, &delimiter);
		if (taken)
			take_delimiter(
			    reader, &delimiter, reader->offset, next);
		else if (line_end == 1)
			odd(reader, MIME_HEADER_BYTE);
	}
	/* What is no field is the first line of what follows, which in an
	 * embedded message is a header section again. */
	while (!taken && reader->state == STATE_HEADERS) {
		taken = take_header_line(reader, text, next);
		if (!taken)
			end_headers(reader, reader->offset);
	}
	if (!taken && reader->state == STATE_REST)
		emit(reader, line);
	else if (!taken)
		take_body_line(reader, text, line_end);
	reader->offset = next;
}

/* A line goes on beyond what may be looked at, LINE. */
static void
take_long_line(struct mime_reader *reader, struct span line)
{
	struct delimiter delimiter;

	if (reader->state == STATE_HEADERS)
		odd(reader, MIME_HEADER_LIMIT);
	/* What is skipped may make it none to others. */
	if (match_delimiter(reader, line, &delimiter) && !delimiter.junk)
		odd(reader, MIME_BOUNDARY_JUNK);
	take_line(reader, line, 0);
	/* Text goes on; a field, or a delimiter, is cut here. */
	if (reader->state == STATE_REST ||
	    (reader->state == STATE_BODY && !reader->line_start))
		return;
	reader->after_skip = reader->state;
	reader->state = STATE_SKIP;
}

/*
 * Gathers the line that CHUNK begins with or goes on with, and takes it when
 * it is complete.  Returns how many bytes of CHUNK were used.
 */
static size_t
feed_line(struct mime_reader *reader, struct span chunk)
{
	size_t max = reader->state == STATE_HEADERS
			 ? reader->limits.header_bytes + DELIMITER_MAX
			 : DELIMITER_MAX;
	size_t room = max - reader->line.len;
	struct span head = span_slice(chunk, 0, room);
	size_t end = span_find(head, '\n');
	bool complete = end < head.len;
	struct span line = span_slice(head, 0, complete ? end + 1 : end);
	size_t used = line.len;
	size_t line_end;

	if (reader->line.len > 0 || (!complete && used < room)) {
		(void)buf_append_span(&reader->line, line);
		line = buf_span(&reader->line);
	}
	if (!complete && used < room)
		return used;
	line_end = !complete                                        ? 0
		   : line.len > 1 && line.ptr[line.len - 2] == '\r' ? 2
								    : 1;
	/* The line may be in the buffer, which is not touched before it is
	 * taken. */
	if (complete)
		take_line(reader, line, line_end);
	else
		take_long_line(reader, line);
	buf_reset(&reader->line);
	return used;
}

/* The offset in CHUNK of the LF of the first line, from FROM on, behind which
 * a delimiter may follow, or chunk.len. */
static size_t
find_line_end(struct span chunk, size_t from)
{
	while (from < chunk.len) {
		size_t end =
		    from + span_find(span_slice(chunk, from, chunk.len), '\n');

		if (end >= chunk.len - 1 || chunk.ptr[end + 1] == '-')
			return end;
		from = end + 1;
	}
	return chunk.len;
}

/* Passes on what is surely no delimiter.  Returns the bytes used. */
static size_t
feed_text(struct mime_reader *reader, struct span chunk)
{
	size_t end = 0;
	size_t next;

	/* The second half of a line end. */
	if (chunk.ptr[0] == '\n') {
		if (reader->held_len != 1 || reader->held[0] != '\r')
			emit_held(reader);
		reader->held[reader->held_len++] = '\n';
		reader->line_start = true;
		reader->offset++;
		return 1;
	}
	emit_held(reader);
	reader->line_start = false;
	end = find_line_end(chunk, 0);
	next = end;
	if (end < chunk.len) {
		next = end + 1;
		reader->line_start = true;
		reader->held[reader->held_len++] = '\n';
	}
	if (end > 0 && chunk.ptr[end - 1] == '\r') {
		end--;
		memcpy(reader->held, "\r\n", 2);
		reader->held_len++;
	}
	emit(reader, span_slice(chunk, 0, end));
	reader->offset += next;
	return next;
}

static size_t
feed_body(struct mime_reader *reader, struct span chunk)
{
	if (reader->boundary_count == 0) {
		emit_held(reader);
		emit(reader, chunk);
		reader->line_start = false;
		reader->offset += chunk.len;
		return chunk.len;
	}
	if (reader->line.len > 0 || (reader->line_start && chunk.ptr[0] == '-'))
		return feed_line(reader, chunk);
	return feed_text(reader, chunk);
}

static size_t
feed_skip(struct mime_reader *reader, struct span chunk)
{
	size_t end = span_find(chunk, '\n');

	if (end < chunk.len) {
		end++;
		reader->state = reader->after_skip;
	}
	reader->offset += end;
	return end;
}

struct mime_reader *
mime_new(const struct mime_limits *limits, struct mime_shape shape,
    const struct mime_events *events, void *context)
{
	struct mime_reader *reader = xalloc(sizeof(*reader));

	reader->events = events;
	reader->context = context;
	reader->limits = *limits;
	reader->headers_left = limits->headers_bytes;
	buf_init(&reader->line, limits->header_bytes + DELIMITER_MAX);
	/* Each line is counted with 2 bytes more than it adds. */
	buf_init(&reader->field, limits->header_bytes);
	push(reader);
	begin_body(reader, shape, 0);
	return reader;
}

void
mime_free(struct mime_reader **reader)
{
	if (*reader == NULL)
		return;
	buf_free(&(*reader)->line);
	buf_free(&(*reader)->field);
	free((*reader)->frames);
	free(*reader);
	*reader = NULL;
}

void
mime_feed(struct mime_reader *reader, struct span chunk)
{
	while (chunk.len > 0) {
		size_t used = chunk.len;

		switch (reader->state) {
		case STATE_HEADERS:
			used = feed_line(reader, chunk);
			break;
		case STATE_BODY:
			used = feed_body(reader, chunk);
			break;
		case STATE_SKIP:
			used = feed_skip(reader, chunk);
			break;
		case STATE_REST:
			emit(reader, chunk);
			reader->offset += chunk.len;
			break;
		}
		chunk = span_slice(chunk, used, chunk.len);
	}
}

void
mime_finish(struct mime_reader *reader)
{
	if (reader->line.len > 0) {
		take_line(reader, buf_span(&reader->line), 0);
		buf_reset(&reader->line);
	}
	if (reader->state == STATE_SKIP)
		reader->state = reader->after_skip;
	cut_headers(reader, reader->offset);
	emit_held(reader);
	while (reader->frame_count > 0)
		pop(reader, reader->offset);
}
