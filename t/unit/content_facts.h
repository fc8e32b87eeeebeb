/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests and fuzzers of content: a message as text goes in, everything that
 * was read of it comes out as text.
 */
#ifndef LUMBAR_T_CONTENT_FACTS_H
#define LUMBAR_T_CONTENT_FACTS_H

#include "base/buf.h"
#include "formats/content.h"

/* Takes the header section off the front of MESSAGE, whose lines end in CRLF,
 * as the MTA does; returns the body. */
static inline struct span
take_headers(
    struct span message, struct header_list *headers, struct pool *pool)
{
	while (message.len > 0) {
		size_t end = 0;
		struct span field;
		size_t colon;

		do
			end += span_find(span_slice(message, end, message.len),
				   '\n') +
			       1;
		while (end < message.len &&
		       (message.ptr[end] == ' ' || message.ptr[end] == '\t'));
		field = span_trim(span_slice(message, 0, end));
		message = span_slice(message, end, message.len);
		if (field.len == 0)
			break;
		colon = span_find(field, ':');
		header_list_add(headers, pool, span_slice(field, 0, colon),
		    span_slice(field, colon + 1, field.len));
	}
	return message;
}

/* TEXT in brackets; a NUL, which would end the string, as "^@". */
static inline void
print_text(struct span text, struct buf *out)
{
	(void)buf_append_char(out, '[');
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] == '\0')
			(void)buf_printf(out, "^@");
		else
			(void)buf_append_char(out, text.ptr[i]);
	(void)buf_append_char(out, ']');
}

/* Everything that is known of PART, and for BRIEF what matters most. */
static inline void
print_part(const struct part *part, bool brief, struct buf *out)
{
	static const char *const encodings[] = { "", " quoted-printable",
		" base64", " unknown" };

	(void)buf_printf(out, "%*s%.*s/%.*s", (int)part->depth, "",
	    SPAN_ARGS(part->type), SPAN_ARGS(part->subtype));
	if (part->is_attachment)
		(void)buf_printf(out, " attachment");
	for (size_t i = 0; i < part->name_count; i++)
		(void)buf_printf(out, " <%.*s>", SPAN_ARGS(part->names[i]));
	for (unsigned flag = 1; flag <= PART_BROKEN_ENCODING; flag <<= 1)
		if ((part->flags & flag) != 0)
			(void)buf_printf(
			    out, " %s", part_flag_name((enum part_flag)flag));
	if (part->reason != NULL)
		(void)buf_printf(out, " (%s)", part->reason);
	if (part->text.len > 0) {
		(void)buf_append_char(out, ' ');
		print_text(part->text, out);
	}
	if (part->raw_text.len > 0) {
		(void)buf_printf(out, " raw ");
		print_text(part->raw_text, out);
	}
	(void)buf_printf(out, "\n");
	if (brief)
		return;
	(void)buf_printf(out,
	    "%d %u %.*s%s disposition=%d offset=%llu length=%llu "
	    "decoded=%llu text=%d headers=%zu head=",
	    part->parent, part->depth, SPAN_ARGS(part->charset),
	    encodings[part->encoding], (int)part->disposition,
	    (unsigned long long)part->offset, (unsigned long long)part->length,
	    (unsigned long long)part->decoded_size, part->is_text,
	    part->headers.bytes);
	(void)buf_append_span(out, part->head);
	(void)buf_printf(out, "\n");
}

/* Reads MESSAGE, its body fed in pieces: of STEP bytes, but the first of FIRST
 * where that is not 0.  Prints to OUT. */
static inline void
print_content(const struct content_limits *limits, struct span message,
    size_t first, size_t step, bool brief, struct buf *out)
{
	struct pool *pool = pool_new();
	struct header_list headers = { 0 };
	struct span body = take_headers(message, &headers, pool);
	struct content *content = content_new(limits, &headers, pool);
	const struct content_facts *facts;
	size_t at = 0;

	while (at < body.len) {
		size_t len = at == 0 && first > 0 ? first : step;

		content_feed(content, span_slice(body, at, at + len));
		at += len;
	}
	facts = content_finish(content);
	for (size_t i = 0; i < facts->part_count; i++)
		print_part(&facts->parts[i], brief, out);
	if (!brief)
		(void)buf_printf(
		    out, "flags=%u unread=%zu\n", facts->flags, facts->unread);
	content_free(&content);
	pool_free(&pool);
}

#endif
