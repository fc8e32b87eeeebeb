/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a DKIM-Signature field (RFC 6376 section 3.5) as far as a signer must
 * to know whether it is a signature of its own, and whether that holds.
 */
#ifndef LUMBAR_FORMATS_DKIM_SIGNATURE_READ_H
#define LUMBAR_FORMATS_DKIM_SIGNATURE_READ_H

#include "formats/dkim_signature.h"

enum { DKIM_SIGNATURE_MAX = 64 * 1024 }; /* bytes of a field's value */

/* What the field says.  Tags that are not here are passed over. */
struct dkim_read {
	enum key_algorithm algorithm; /* a= */
	enum dkim_canon header_canon; /* c=, with its defaults */
	enum dkim_canon body_canon;
	struct span domain;          /* d=, as written */
	struct span selector;        /* s=, the same */
	uint64_t expires_at;         /* x=, seconds since 1970; 0: none */
	bool part_of_body;           /* l=: not all of it is signed */
	uint8_t body_digest[SHA256_SIZE]; /* bh= */
	struct span signature;            /* b= */
	struct span *names;               /* h=; "from" is among them */
	size_t name_count;
	/* The value before and behind that of b=: what dkim_digest needs. */
	struct span head, tail;
};

/*
 * Reads VALUE, that of the field.  *READ lives in POOL and borrows from VALUE.
 * Linear in VALUE.  0, or -1 with *ERR: the field breaks the grammar, lacks a
 * tag that it must have, has one of these twice, or another version or
 * algorithm than those of this suite (ERR_INPUT); it is longer than
 * DKIM_SIGNATURE_MAX or has more than DKIM_FIELDS_MAX names (ERR_LIMIT).
 */
int dkim_signature_read(struct pool *pool, struct span value,
    struct dkim_read *read, struct err *err);

#endif
