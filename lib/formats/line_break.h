/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How Postfix's SMTP client breaks a line that is too long for SMTP (its
 * smtp_line_length_limit, RFC 5321 section 4.5.3.1.6): after as many bytes as
 * the limit allows it puts CRLF and a space, which counts in the line that it
 * begins.  It does so in body and header alike, behind the last milter, so a
 * signer that wants its signature to last signs the broken lines.
 */
#ifndef LUMBAR_FORMATS_LINE_BREAK_H
#define LUMBAR_FORMATS_LINE_BREAK_H

#include "formats/dkim_canon.h"
#include "formats/header.h"

/* A limit must leave room for the space and a byte. */
enum { LINE_BREAK_MIN = 2 };

/*
 * Breaks the lines of one body, which comes in chunks that are cut anywhere.
 * Only CRLF ends a line; bare CR and bare LF are data.  Plain data for another
 * struct.
 */
struct line_break {
	struct dkim_sink sink;
	size_t limit; /* bytes in a line without its CRLF */
	size_t room;  /* bytes that still fit into this one */
	bool cr;      /* the last byte was CR and is not yet written */
};

/* A body has begun; SINK takes it with lines of at most LIMIT bytes. */
void line_break_init(
    struct line_break *lines, size_t limit, struct dkim_sink sink);

/* The next bytes of the body; they go to the sink in few pieces. */
void line_break_update(struct line_break *lines, struct span chunk);

/* The body has ended; the rest goes to the sink. */
void line_break_final(struct line_break *lines);

/*
 * FIELD with lines of at most LIMIT bytes, its name and colon counted in the
 * first: a copy in POOL, or FIELD itself where none is longer, or where the
 * name alone is.
 */
const struct header *line_break_header(
    struct pool *pool, size_t limit, const struct header *field);

#endif
