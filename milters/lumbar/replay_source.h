/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stored mail, one message after the other: Maildir folders, files of the mbox
 * family, other folders with one message in each file, and single messages.
 */
#ifndef LUMBAR_MILTERS_REPLAY_SOURCE_H
#define LUMBAR_MILTERS_REPLAY_SOURCE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/pool.h"

struct replay_source;

/* One message, or what could not be read. */
struct replay_item {
	const char *name; /* "FILE", or "FILE:NUMBER" in an mbox */
	/* The file that holds it, to be read by whoever takes it; NULL: TEXT
	 * has been filled. */
	const char *file;
	bool failed; /* ERR says why */
	struct err err;
};

/* The mail in COUNT PATHS, which are borrowed.  Release with
 * replay_source_free. */
struct replay_source *replay_source_new(
    const char *const *paths, size_t count);
void replay_source_free(struct replay_source **source);

/*
 * Takes the next message: true and *ITEM, whose strings live in POOL; TEXT, of
 * the caller's, then holds it, or nothing where it is in item.file.  False when
 * there is no more.  For one thread at a time.
 */
bool replay_source_next(struct replay_source *source, struct pool *pool,
    struct buf *text, struct replay_item *item);

#endif
