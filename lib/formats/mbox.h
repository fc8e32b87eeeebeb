/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mailboxes of many messages in one file: the mbox family (RFC 4155), of which
 * no file says to which variant it belongs.
 *
 * A message begins with a line "From SENDER TIME", at the top of the file or
 * behind an empty line; TIME must have hours and minutes, so that a sentence
 * that begins with "From" splits no message.  Where Content-Length in the
 * header (mboxcl, mboxcl2) leads to such a line, or to the end, it is believed
 * and the text is taken as it stands.  Else one ">" is taken off each line of
 * ">"s and "From " (mboxrd; of mboxo, where there can be only one ">", the
 * same comes out for all but lines that had one before).
 */
#ifndef LUMBAR_FORMATS_MBOX_H
#define LUMBAR_FORMATS_MBOX_H

#include "base/pool.h"
#include "base/span.h"

/* Where in a message the search for its end stands; all zero at first. */
struct mbox {
	size_t scanned; /* bytes of the window in which it is not */
	bool in_body;   /* the header section has been read */
	uint64_t length; /* of the body, as the header says so far; 0: not */
	size_t claimed; /* where it ends by Content-Length; 0: unknown */
};

enum mbox_result {
	MBOX_MESSAGE,
	MBOX_MORE,   /* its end is not in the window */
	MBOX_END,    /* there is nothing in the window but empty lines */
	MBOX_BROKEN, /* it does not begin with a From_ line */
};

struct mbox_message {
	struct span text; /* as it stands in the file, "From " line left out */
	bool quoted; /* see mbox_unquote */
	size_t used; /* bytes of the window that may be dropped */
};

/*
 * Finds the message that WINDOW begins with; empty lines before it are passed
 * over.  After MBOX_MORE it is called again with the same window and more
 * behind; FINAL: there is no more, and it is not answered.  Looks at no
 * line twice that is in the window whole, however often it is asked, but for
 * the first and empty ones before it.
 */
enum mbox_result mbox_next(struct mbox *mbox, struct span window, bool final,
    struct mbox_message *message);

/* TEXT of a message that is quoted, as it was sent: in POOL, or borrowed where
 * nothing changes. */
struct span mbox_unquote(struct span text, struct pool *pool);

#endif
