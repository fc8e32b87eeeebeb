/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The mailboxes of an address field such as From (RFC 5322 section 3.4, the
 * obsolete forms of section 4.4 included).
 */
#ifndef LUMBAR_FORMATS_MAILBOX_H
#define LUMBAR_FORMATS_MAILBOX_H

#include "base/err.h"
#include "base/pool.h"
#include "base/span.h"

enum {
	MAILBOX_LIST_MAX = 100,   /* mailboxes in one field */
	MAILBOX_COMMENT_MAX = 50, /* comments inside one another */
	MAILBOX_SIDE_MAX = 512,   /* bytes of a local part or domain */
};

/* An addr-spec without comments, blanks and folds. */
struct mailbox {
	struct span local;  /* with its quotes, if it had any */
	struct span domain; /* in the case it came in; may be "[literal]" */
};

struct mailbox_list {
	struct mailbox *items;
	size_t count;
};

/*
 * Reads VALUE, a field's value as in struct header.  Display names, comments
 * and source routes are passed over, the members of groups are taken in.
 * UTF-8 may stand wherever a letter may (RFC 6532).  A display name may hold
 * "@" and "." without quotes, as much software writes it, for what stands in
 * "<>" is the address in any case.
 *
 * *LIST, in POOL or borrowed from VALUE, may be empty (a group without
 * members).  Memory is linear in VALUE.  0, or -1 with *ERR (ERR_INPUT) where
 * VALUE cannot be read in one way only.
 */
int mailbox_list_parse(struct pool *pool, struct span value,
    struct mailbox_list *list, struct err *err);

#endif
