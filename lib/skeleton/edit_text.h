/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replies and edits in the form that MTAs want them in, whichever engine
 * sends them.
 */
#ifndef LUMBAR_SKELETON_EDIT_TEXT_H
#define LUMBAR_SKELETON_EDIT_TEXT_H

#include "base/buf.h"
#include "skeleton/response.h"

enum {
	/* Bytes of a reply's text, below RFC 5321's 512 of a line. */
	EDIT_REPLY_MAX = 480,
	/* Bytes of an address with its brackets. */
	EDIT_PATH_MAX = 1 << 16,
	/* Behind the last field that any message has.  To add a field (which
	 * the protocol knows too) would not do: Sendmail adds it where it finds
	 * the first of its name, be that deleted or not. */
	EDIT_LAST_INDEX = 1000000,
};

/* True if RESPONSE has a reply of its own.  One of the other class than its
 * kind would be dropped by libmilter without a word, so it is none. */
bool edit_text_has_reply(const struct response *response);

/* Appends the text of a reply: one printable line, "%" doubled, for the MTA
 * takes one away. */
void edit_text_reply(struct buf *text, struct span from);

/* The value of EDIT; without the blank behind the colon for an MTA that puts
 * it there itself (no LEADING_SPACE). */
struct span edit_text_value(const struct edit *edit, bool leading_space);

/* Appends EDIT's address as "<address>". */
void edit_text_path(struct buf *path, const struct edit *edit);

/* Why RESPONSE holds the message; never empty. */
struct span edit_text_hold_reason(const struct response *response);

#endif
