/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Digests and signatures: the one place that includes OpenSSL.
 */
#ifndef LUMBAR_BASE_CRYPTO_H
#define LUMBAR_BASE_CRYPTO_H

#include "base/err.h"
#include "base/span.h"

#include <stdint.h>

enum { SHA256_SIZE = 32 };

struct sha256;

/* A running SHA-256 (FIPS 180-4).  Release with sha256_free. */
struct sha256 *sha256_new(void) __attribute__((warn_unused_result));
void sha256_free(struct sha256 **sha256);

/* Starts over; a new one has been started. */
void sha256_reset(struct sha256 *sha256);

void sha256_update(struct sha256 *sha256, struct span bytes);

/* Writes the digest of all since the start.  Only sha256_reset or
 * sha256_free may follow. */
void sha256_final(struct sha256 *sha256, uint8_t digest[SHA256_SIZE]);

/* The digest of BYTES in one call. */
void sha256_of(struct span bytes, uint8_t digest[SHA256_SIZE]);

#endif
