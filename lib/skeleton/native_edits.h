/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Responses as packets of the milter protocol.
 */
#ifndef LUMBAR_SKELETON_NATIVE_EDITS_H
#define LUMBAR_SKELETON_NATIVE_EDITS_H

#include "base/buf.h"
#include "skeleton/response.h"

/* How much of a response's edits was put into packets. */
struct native_edits {
	size_t done;      /* edits */
	size_t body_done; /* bytes of the edit in work */
};

enum native_edits_result {
	EDITS_ALL,     /* nothing is left */
	EDITS_MORE,    /* OUT holds enough; call again when it is sent */
	/* One does not fit into OUT, which is as before it and has room for
	 * the answer. */
	EDITS_TOO_BIG,
};

/* Appends edits of RESPONSE from *EDITS on, which begins as zeroes, and
 * behind the last one what holds the message. */
enum native_edits_result native_edits_add(struct native_edits *edits,
    const struct response *response, bool leading_space, struct buf *out);

/* Appends the answer itself. */
void native_edits_answer(const struct response *response, struct buf *out);

#endif
