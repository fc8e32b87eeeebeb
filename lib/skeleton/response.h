/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the skeleton answers to an event of the milter protocol, as data: an
 * engine puts it on the wire.
 */
#ifndef LUMBAR_SKELETON_RESPONSE_H
#define LUMBAR_SKELETON_RESPONSE_H

#include "formats/verdict.h"

enum response_kind {
	RESPONSE_CONTINUE,
	/* Nothing more of this message; these two never before the end of
	 * headers, for until then there may be more recipients. */
	RESPONSE_ACCEPT,
	RESPONSE_DISCARD,
	RESPONSE_REJECT,
	RESPONSE_TEMPFAIL,
	RESPONSE_SKIP, /* no more body; only to an MTA that offered it */
};

struct response {
	enum response_kind kind;
	struct reply reply; /* code 0: the MTA's own words */
	/* At the end of message, to be sent in this order before KIND: */
	const struct edit *edits;
	size_t edit_count;
	bool hold;
	struct span hold_reason;
};

/* Whether an event is answered now or after its lookups. */
enum response_step {
	STEP_ANSWERED,
	STEP_WAITING,
};

/* What the MTA can do, as negotiated. */
enum mta_ability {
	MTA_SKIP = 1u << 0, /* takes RESPONSE_SKIP */
	MTA_HOLD = 1u << 1, /* can hold a message */
	/* Header values come with the blank behind the colon. */
	MTA_LEADING_SPACE = 1u << 2,
};

#endif
