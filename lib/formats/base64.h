/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The base64 transfer encoding (RFC 2045 section 6.8), decoded as it streams
 * by and as tolerantly as mail programs do it; and encoded.
 */
#ifndef LUMBAR_FORMATS_BASE64_H
#define LUMBAR_FORMATS_BASE64_H

#include "base/pool.h"
#include "base/span.h"

/* Where the decoder stands; all zero at the start. */
struct base64_decoder {
	uint32_t bits;   /* of a group of four that is not complete */
	unsigned digits; /* of that group, 0 to 3 */
	unsigned pads;   /* "=" that may still follow */
	bool ended;      /* a "=" was seen, wherever it stood */
	/* JUNK, a wrong number of "=", or an end within a group. */
	bool broken;
	/* A byte outside the alphabet, or a digit alone, which is no byte.  It
	 * is skipped, as the RFC tells; other programs stop there, or show all
	 * as it stands. */
	bool junk;
	/* Digits follow a "=".  They are decoded as a new group; other programs
	 * stop there, or take the "=" for a digit or for nothing. */
	bool resumed;
};

/* Bytes that base64_decode may write for LEN bytes of input. */
#define BASE64_DECODED_MAX(len) ((len) / 4 * 3 + 3)

/*
 * Decodes the next bytes, cut anywhere, to OUT, which has room for
 * BASE64_DECODED_MAX(in.len).  Returns how many it wrote.
 */
size_t base64_decode(
    struct base64_decoder *decoder, struct span in, char *out);

/* The input has ended: the same for what is left, up to 2 bytes. */
size_t base64_finish(struct base64_decoder *decoder, char *out);

/* BYTES in base64 with its padding and no line ends (RFC 4648 section 4), in
 * POOL. */
struct span base64_encode(struct pool *pool, struct span bytes);

#endif
