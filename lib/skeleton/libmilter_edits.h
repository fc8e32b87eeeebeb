/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replies and edits in libmilter's terms.
 */
#ifndef LUMBAR_SKELETON_LIBMILTER_EDITS_H
#define LUMBAR_SKELETON_LIBMILTER_EDITS_H

#include "base/err.h"
#include "skeleton/response.h"

struct smfi_str; /* libmilter's SMFICTX */

/* Sets the SMTP reply of a refusal; without one, the MTA uses its own. */
void libmilter_set_reply(
    struct smfi_str *context, const struct response *response);

/*
 * Sends the edits of RESPONSE in their order, and the hold.  LEADING_SPACE: the
 * MTA takes header values with their leading blank.  0, or -1 with *ERR if
 * libmilter refused one; the message must then be deferred, for the MTA has
 * taken those before it.
 */
int libmilter_send_edits(struct smfi_str *context,
    const struct response *response, bool leading_space, struct err *err);

#endif
