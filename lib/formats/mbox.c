/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/mbox.h"

#include <string.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* True if LINE is "From SENDER ...HH:MM...". */
static bool
is_from_line(struct span line)
{
	struct span rest;
	size_t blank;

	if (!span_starts(line, SPAN("From ")))
		return false;
	rest = span_trim(span_slice(line, 5, line.len));
	/* A quoted local part may hold blanks; the time stands behind it. */
	blank = span_find(rest, ' ');
	for (size_t i = blank; i + 3 < rest.len; i++)
		if (is_digit(rest.ptr[i]) && rest.ptr[i + 1] == ':' &&
		    is_digit(rest.ptr[i + 2]) && is_digit(rest.ptr[i + 3]))
			return true;
	return false;
}

/* The line at AT, its line end left out, and where the next begins.  False if
 * WINDOW ends before it does, unless it is FINAL. */
static bool
line_at(struct span window, size_t at, bool final, struct span *line,
    size_t *next)
{
	size_t end;

	*line = span_slice(window, at, window.len);
	end = span_find(*line, '\n');
	if (end == line->len && !final)
		return false;
	*next = end < line->len ? at + end + 1 : window.len;
	line->len = end;
	if (line->len > 0 && line->ptr[line->len - 1] == '\r')
		line->len--;
	return true;
}

/* What follows the end of a message that Content-Length puts at AT. */
enum claim {
	CLAIM_RIGHT,
	CLAIM_WRONG,
	CLAIM_UNSEEN, /* not in the window yet */
};

static enum claim
check_claim(struct span window, size_t at, bool final)
{
	struct span line;
	size_t next;

	if (at > window.len)
		return final ? CLAIM_WRONG : CLAIM_UNSEEN;
	while (at < window.len) {
		if (!line_at(window, at, final, &line, &next))
			return CLAIM_UNSEEN;
		if (line.len > 0)
			return is_from_line(line) ? CLAIM_RIGHT : CLAIM_WRONG;
		at = next;
	}
	return final ? CLAIM_RIGHT : CLAIM_UNSEEN;
}

/* Keeps what LINE of the header says of the length of the body. */
static void
note_length(struct span line, uint64_t *length)
{
	static const char name[] = "Content-Length:";
	struct span value;

	if (!span_starts_case(line, SPAN("Content-Length:")))
		return;
	value = span_trim(span_slice(line, sizeof(name) - 1, line.len));
	if (span_number(value, SIZE_MAX / 4, length) < 0)
		*length = 0;
}

static enum mbox_result
found(struct mbox *mbox, struct span window, size_t start, size_t end,
    size_t used, bool quoted, struct mbox_message *message)
{
	*message = (struct mbox_message){
		.text = span_slice(window, start, end),
		.quoted = quoted,
		.used = used,
	};
	*mbox = (struct mbox){ 0 };
	return MBOX_MESSAGE;
}

/* Reads the header section on.  False where the window ends. */
static bool
read_header(struct mbox *mbox, struct span window, bool final)
{
	struct span line;
	size_t at = mbox->scanned, next;

	while (at < window.len) {
		if (!line_at(window, at, final, &line, &next))
			return false;
		at = next;
		if (line.len == 0)
			break;
		note_length(line, &mbox->length);
		mbox->scanned = at;
	}
	if (at >= window.len && !final)
		return false;
	mbox->in_body = true;
	/* The empty line that ends the header may be the one before the next
	 * message. */
	mbox->scanned = at;
	mbox->claimed = mbox->length > 0 ? at + (size_t)mbox->length : 0;
	return true;
}

/* Looks for a From_ line behind an empty one.  The message begins at START. */
static enum mbox_result
find_separator(struct mbox *mbox, struct span window, bool final,
    size_t start, struct mbox_message *message)
{
	size_t at = mbox->scanned, next, end;
	struct span line;

	while (at < window.len &&
	    line_at(window, at, final, &line, &next)) {
		/* What stands before the line, without the empty one. */
		end = at;
		if (end > start && window.ptr[end - 1] == '\n')
			end--;
		if (end > start && window.ptr[end - 1] == '\r')
			end--;
		if (is_from_line(line) &&
		    (end == start ||
			(end < at && window.ptr[end - 1] == '\n')))
			return found(mbox, window, start, end, at, true,
			    message);
		at = next;
	}
	mbox->scanned = at;
	if (!final)
		return MBOX_MORE;
	return found(
	    mbox, window, start, window.len, window.len, true, message);
}

enum mbox_result
mbox_next(struct mbox *mbox, struct span window, bool final,
    struct mbox_message *message)
{
	size_t from = 0, start;
	struct span line;

	for (;;) {
		if (from >= window.len)
			return final ? MBOX_END : MBOX_MORE;
		if (!line_at(window, from, final, &line, &start))
			return MBOX_MORE;
		if (line.len > 0)
			break;
		from = start;
	}
	if (!is_from_line(line))
		return MBOX_BROKEN;
	if (mbox->scanned == 0)
		mbox->scanned = start;
	if (!mbox->in_body && !read_header(mbox, window, final))
		return MBOX_MORE;
	if (mbox->claimed != 0) {
		switch (check_claim(window, mbox->claimed, final)) {
		case CLAIM_RIGHT:
			return found(mbox, window, start, mbox->claimed,
			    mbox->claimed, false, message);
		case CLAIM_UNSEEN:
			return MBOX_MORE;
		case CLAIM_WRONG:
			mbox->claimed = 0;
			break;
		}
	}
	return find_separator(mbox, window, final, start, message);
}

/* True if LINE is ">", any number of them, and "From ". */
static bool
is_quoted(struct span line)
{
	size_t marks = 0;

	while (marks < line.len && line.ptr[marks] == '>')
		marks++;
	return marks > 0 &&
	    span_starts(span_slice(line, marks, line.len), SPAN("From "));
}

struct span
mbox_unquote(struct span text, struct pool *pool)
{
	char *out = NULL;
	size_t len = 0, at = 0;

	while (at < text.len) {
		struct span line = span_slice(text, at, text.len);

		line.len = span_find(line, '\n');
		if (line.ptr + line.len < text.ptr + text.len)
			line.len++;
		if (is_quoted(line) && out == NULL) {
			out = pool_alloc(pool, text.len);
			memcpy(out, text.ptr, at);
			len = at;
		}
		if (out != NULL) {
			size_t drop = is_quoted(line) ? 1 : 0;

			memcpy(out + len, line.ptr + drop, line.len - drop);
			len += line.len - drop;
		}
		at += line.len;
	}
	return out != NULL ? span_make(out, len) : text;
}
