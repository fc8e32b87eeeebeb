/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The body hashes of one message (RFC 6376 section 3.7, step 1), in each
 * canonical form that some signature has, from one passage of the body.
 */
#ifndef LUMBAR_FORMATS_DKIM_BODY_DIGEST_H
#define LUMBAR_FORMATS_DKIM_BODY_DIGEST_H

#include "base/crypto.h"
#include "base/pool.h"
#include "formats/dkim_canon.h"

struct dkim_body_digest;

/*
 * For a body that is about to begin.  LINE_LIMIT as in line_break.h, for one
 * whose long lines are to be hashed as they will be broken; 0: as they are.
 * In POOL; what it holds outside is released with dkim_body_digest_free.
 */
struct dkim_body_digest *dkim_body_digest_new(
    struct pool *pool, size_t line_limit) __attribute__((warn_unused_result));

/* Releases what *DIGEST holds outside its pool and clears it; NULL is a
 * no-op. */
void dkim_body_digest_free(struct dkim_body_digest **digest);

/* The body is to be hashed in the form CANON, which may be said again.  Before
 * the first byte. */
void dkim_body_digest_want(
    struct dkim_body_digest *digest, enum dkim_canon canon);

/* The next bytes of the body, cut anywhere. */
void dkim_body_digest_update(
    struct dkim_body_digest *digest, struct span chunk);

/* The body has ended. */
void dkim_body_digest_final(struct dkim_body_digest *digest);

/* After that: the SHA256_SIZE bytes of the form CANON, which was wanted. */
const uint8_t *dkim_body_digest_get(
    const struct dkim_body_digest *digest, enum dkim_canon canon);

#endif
