/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, "SipHash: a
 * fast short-input PRF", 2012): without the secret nobody can choose inputs
 * that collide, so a hash table whose keys remote clients name stays fast,
 * and the 128 bits can stand for the input itself.
 */
#ifndef LUMBAR_BASE_SIPHASH_H
#define LUMBAR_BASE_SIPHASH_H

#include "base/span.h"

/* A secret, or what it makes of an input: the 16 bytes of the paper's text
 * form as two little-endian numbers. */
struct siphash {
	uint64_t word[2];
};

/* The hash of INPUT under SECRET. */
struct siphash siphash_of(struct siphash secret, struct span input);

#endif
