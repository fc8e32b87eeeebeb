/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the inputs of the targets of the native engine have in common: bytes
 * that are taken one by one, and operations, each a letter with its arguments,
 * that say what an MTA says.
 */
#ifndef LUMBAR_T_FUZZ_MTA_INPUT_H
#define LUMBAR_T_FUZZ_MTA_INPUT_H

#include "base/buf.h"

#include <stdint.h>

/* Takes bytes off an input; zeroes behind its end. */
struct reader {
	const uint8_t *ptr;
	size_t left;
};

uint8_t take_byte(struct reader *reader);

/* A number of BYTES bytes, at most four, the most significant first. */
uint32_t take_number(struct reader *reader, size_t bytes);

/* LEN bytes, or those that are left. */
struct span take_span(struct reader *reader, size_t len);

/* Appends a packet to IN. */
void add_packet(struct buf *in, char letter, struct span payload);

/*
 * Takes the arguments of OPERATION off READER and appends to IN what the MTA
 * says: p a packet (letter, length, payload), n a negotiation (version,
 * actions, steps), l a length and a letter and no more, r bytes (length,
 * bytes), f a header field (length, value), b a piece of body (length), d a
 * macro (length, factor of it, stage), m a whole message; any other is one of
 * the phrases that every MTA says, by its lower five bits.
 */
void add_operation(struct buf *in, char operation, struct reader *reader);

#endif
