/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A rate as the administrator writes it, "100/h", and in words for replies.
 */
#ifndef LUMBAR_MILTERS_LIMIT_RATE_H
#define LUMBAR_MILTERS_LIMIT_RATE_H

#include "base/err.h"
#include "base/pool.h"
#include "base/span.h"

struct limit_rate {
	int64_t count; /* units in... */
	int64_t period_us;
	struct span period_words; /* "hour", "24 hours" */
};

/*
 * Reads "COUNT/UNIT" or "COUNT/NUMBERUNIT" with unit s, min, h or d, such as
 * "100/h" or "1500/24h".  Words are allocated in POOL.
 * 0, or -1 with *ERR.
 */
int limit_rate_parse(struct span text, struct pool *pool,
    struct limit_rate *rate, struct err *err);

/* A duration in words, rounded up to what a person waits for: "1 second",
 * "4 minutes", "3 hours", "2 days". */
struct span limit_duration_words(struct pool *pool, int64_t duration_us);

#endif
