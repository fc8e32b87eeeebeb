/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The body of one part while it streams by: transfer decoding, the first
 * bytes, and where it is text the conversion to UTF-8.
 */
#ifndef LUMBAR_FORMATS_PART_BODY_H
#define LUMBAR_FORMATS_PART_BODY_H

#include "base/pool.h"
#include "base/span.h"
#include "formats/part.h"

/* What all parts of a message may still take.  Each counter follows one order
 * of bytes, so that what a limit cuts does not depend on how they came. */
struct part_budget {
	uint64_t decoded_bytes;
	size_t text_bytes;
	size_t raw_text_bytes;
};

struct part_body;

/*
 * Begins the body of PART, which part_describe has filled in.  HEAD_BYTES are
 * kept for part->head.  BUDGET is shared, borrowed and counted down.  Release
 * with part_body_free.
 */
struct part_body *part_body_new(const struct part *part, size_t head_bytes,
    struct part_budget *budget) __attribute__((warn_unused_result));

/* Releases *BODY and clears it; NULL is a no-op. */
void part_body_free(struct part_body **body);

/* The next bytes as transferred, cut anywhere. */
void part_body_feed(
    struct part_body *body, struct part *part, struct span bytes);

/* Begins a new line of text: what follows stood elsewhere in the message. */
void part_body_break(struct part_body *body, struct part *part);

/* The body has ended: fills in PART's sizes, texts, head and flags.  Spans are
 * in POOL. */
void part_body_finish(
    struct part_body *body, struct part *part, struct pool *pool);

#endif
