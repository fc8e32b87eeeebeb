/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signatures of one's own that a message has already, as where a content
 * filter has handed it back: what a key has signed it does not sign again.
 * Each is verified with the key itself, for anybody can write a field into a
 * header, and that must not keep a message from being signed.
 */
#ifndef LUMBAR_MILTERS_SIGN_EARLIER_H
#define LUMBAR_MILTERS_SIGN_EARLIER_H

#include "formats/dkim_body_digest.h"
#include "milters/sign/sign_config.h"
#include "skeleton/decision.h"

/* So that a header full of signatures costs not much more than one of ours. */
enum {
	/* DKIM-Signature fields that are looked at, from the top. */
	SIGN_EARLIER_MAX = 10,
	/* Bytes that are compared, to find the fields that h= names, and
	 * hashed, for all signatures of a message together. */
	SIGN_EARLIER_EFFORT_MAX = 1 << 20,
};

/* A field that says it was made as by USE. */
struct sign_earlier {
	const struct sign_use *use;
	/* The key has signed it, the header as it is and what follows. */
	bool genuine;
	enum dkim_canon body_canon;
	uint8_t body_digest[SHA256_SIZE];
};

struct sign_earlier_list {
	struct sign_earlier *items;
	size_t count;
};

enum sign_earlier_state {
	EARLIER_NONE,   /* the message has no such signature */
	EARLIER_BROKEN, /* none that holds */
	EARLIER_HOLDS,
};

/*
 * Finds the signatures, on the message of DECISION by AUTHOR, of the keys of
 * USES that can be used, and has BODY make the hashes that they need.  *LIST
 * lives as long as the message.
 */
void sign_earlier_find(const struct decision *decision,
    const struct sign_uses *uses, const struct author *author,
    struct dkim_body_digest *body, struct sign_earlier_list *list);

/* After the body: what is known of signatures by USE. */
enum sign_earlier_state sign_earlier_judge(
    const struct sign_earlier_list *list, const struct sign_use *use,
    const struct dkim_body_digest *body);

#endif
