/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DKIM-Signature field (RFC 6376 section 3.5), made in four steps: choose
 * the fields that are signed, render the field up to "b=", digest both, and
 * put the signature behind.  Nothing is folded or changed after the digest.
 */
#ifndef LUMBAR_FORMATS_DKIM_SIGNATURE_H
#define LUMBAR_FORMATS_DKIM_SIGNATURE_H

#include "base/crypto.h"
#include "base/err.h"
#include "base/pool.h"
#include "formats/dkim_canon.h"
#include "formats/header.h"

enum {
	/* Names in h=, so that a header section full of signed fields cannot
	 * make a field that an MTA cuts off. */
	DKIM_FIELDS_MAX = 200,
	/* Bytes of what an administrator chooses, for the same reason. */
	DKIM_FIELD_NAME_MAX = 128,
	DKIM_IDENTITY_MAX = 320, /* an address */
	DKIM_LINE_MAX = 77, /* bytes in a line, where it can be folded */
	/* Bytes of z=, which with many long fields would make a signature that
	 * an MTA cuts off; what does not fit is left out. */
	DKIM_COPIES_MAX = 16384,
};

/*
 * How fields of one name are signed.  One more name in h= than there are
 * fields is a promise that no further one will be added (RFC 6376 section
 * 8.15, "oversigning").
 */
enum dkim_field_rule {
	DKIM_SIGN,             /* each that is there */
	DKIM_OVERSIGN_PRESENT, /* the same and, if there is any, one more */
	DKIM_OVERSIGN,         /* the same and one more in any case */
};

struct dkim_field_choice {
	struct span name; /* as it stands in h= */
	enum dkim_field_rule rule;
};

/* What h= names, in its order. */
struct dkim_fields {
	struct span *names;
	/* The field meant by each name; NULL: there is no further one. */
	const struct header **fields;
	size_t count;
};

/*
 * Chooses from HEADERS by CHOICES; fields of one name from the last to the
 * first (RFC 6376 section 5.4.2).  No name stands twice in CHOICES.  *FIELDS
 * lives in POOL and borrows the rest.  0, or -1 with *ERR (ERR_LIMIT: over
 * DKIM_FIELDS_MAX).
 */
int dkim_fields_select(struct pool *pool, const struct header_list *headers,
    const struct dkim_field_choice *choices, size_t choice_count,
    struct dkim_fields *fields, struct err *err);

/*
 * Finds in HEADERS what NAMES, at most DKIM_FIELDS_MAX, mean in a signature
 * that is there: each the last field of its name that no name before it means,
 * or none (RFC 6376 section 5.4.2).  *FIELDS lives in POOL and borrows the
 * rest.  Takes COUNT times as long as a look at all of HEADERS.
 */
void dkim_fields_named(struct pool *pool, const struct header_list *headers,
    struct span *names, size_t count, struct dkim_fields *fields);

/* Has FIELDS mean the fields as they will be with lines of at most LIMIT bytes,
 * see line_break.h; 0: they stay as they are.  What is new is in POOL. */
void dkim_fields_break(
    struct pool *pool, size_t limit, struct dkim_fields *fields);

/* The tags of RFC 6376 section 3.5 that a signer chooses. */
struct dkim_tags {
	enum key_algorithm algorithm; /* a= */
	enum dkim_canon header_canon; /* c= */
	enum dkim_canon body_canon;
	struct span domain;         /* d=, ASCII in lower case */
	struct span selector;       /* s= */
	struct span identity;       /* i=; empty: none */
	int64_t signed_at;          /* t=, seconds since 1970 */
	int64_t expires_at;         /* x=, the same; 0: none */
	const uint8_t *body_digest; /* bh=, SHA256_SIZE bytes */
	bool copy_headers;          /* z= */
};

/* "rsa-sha256", "ed25519-sha256": the value of a=. */
const char *dkim_algorithm_name(enum key_algorithm algorithm);

/*
 * The value of the field, from its leading blank up to and including "b=",
 * folded.  In POOL.  The names of FIELDS and the identity are no longer than
 * DKIM_FIELD_NAME_MAX and DKIM_IDENTITY_MAX.
 */
struct span dkim_render(struct pool *pool, const struct dkim_tags *tags,
    const struct dkim_fields *fields);

/*
 * The digest that is signed (RFC 6376 section 3.7).  HEAD is the value of the
 * DKIM-Signature field up to "b=", TAIL what follows the signature in it:
 * nothing after dkim_render, but any text may be given, such as an RFC's.  POOL
 * is for working space.
 */
void dkim_digest(struct pool *pool, enum dkim_canon canon,
    const struct dkim_fields *fields, struct span head, struct span tail,
    uint8_t digest[SHA256_SIZE]);

/* The same with the DKIM-Signature field SIGNATURE, in whose value that of b=
 * is empty, as it came. */
void dkim_digest_field(enum dkim_canon canon, const struct dkim_fields *fields,
    const struct header *signature, uint8_t digest[SHA256_SIZE]);

/* HEAD with SIGNATURE behind it in base64, folded: the whole value, in POOL. */
struct span dkim_complete(
    struct pool *pool, struct span head, struct span signature);

#endif
