/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rate limits: how much a key (a login, a network...) may do in time.
 *
 * Each key has a bucket that is empty at first, takes BURST units, and leaks
 * one unit in every INTERVAL.  This is the generic cell rate algorithm (ITU-T
 * I.371): all that is stored for a key is its theoretical arrival time, the
 * moment when its bucket will have run empty.  So a key that keeps exactly to
 * its limit may do, in any period P, BURST + P / INTERVAL units and no more.
 *
 * The table is fixed in size.  A key whose bucket is empty needs no entry, so
 * nothing expires and nothing is lost by making room; only when too many keys
 * have something in their buckets is there no room, and that is answered as
 * such.  Thread-safe; no call blocks longer than another one's few dozen
 * memory accesses.
 *
 * Time is always the monotonic time in microseconds.  When it goes backwards
 * (or a reload makes a limit tighter), a bucket counts as full at most, so
 * nobody waits longer than BURST intervals.
 */
#ifndef LUMBAR_SERVICES_BUCKET_H
#define LUMBAR_SERVICES_BUCKET_H

#include "base/err.h"
#include "base/siphash.h"
#include "base/span.h"

struct bucket_table;

struct bucket_rate {
	int64_t interval_ns; /* in which one unit leaks, from 1 */
	int64_t burst;       /* units that fit, from 1 */
};

enum {
	BUCKET_CLAIMS_MAX = 64, /* buckets in one reservation */
	BUCKET_KEYS_MIN = 1024, /* keys of a table */
};

/* Longest time in which a full bucket runs empty: ten years. */
#define BUCKET_EMPTIES_NS_MAX \
	(INT64_C(10) * 366 * 24 * 3600 * 1000 * 1000 * 1000)

/* A wish to put COST units (0 to the rate's burst) into the bucket of KEY. */
struct bucket_claim {
	struct siphash key; /* see bucket_key */
	struct bucket_rate rate;
	int64_t cost;
	/* Filled by bucket_test and bucket_reserve: units in the bucket, the
	 * last one counted whole; those of COST included where reserved. */
	int64_t used;
};

enum bucket_answer {
	BUCKET_ALLOWED,
	BUCKET_OVER, /* a limit would be exceeded */
	BUCKET_FULL, /* the table has no room for another key */
};

struct bucket_result {
	enum bucket_answer answer;
	size_t claim;    /* BUCKET_OVER: the one to wait longest for */
	int64_t wait_us; /* BUCKET_OVER: until all would be allowed */
};

/*
 * A table with room for at least KEYS keys (from BUCKET_KEYS_MIN) that have
 * something in their buckets at the same time; 48 to 96 bytes each.  NULL
 * with *ERR when there is no memory.  Release with bucket_table_free.
 */
struct bucket_table *bucket_table_new(size_t keys, struct err *err)
    __attribute__((warn_unused_result));

/* Releases *TABLE and clears it; NULL is a no-op. */
void bucket_table_free(struct bucket_table **table);

/* The key of VALUE under the limit NAME: equal values of different limits
 * have different buckets.  Only good for TABLE. */
struct siphash bucket_key(
    const struct bucket_table *table, struct span name, struct span value);

/*
 * Whether all of CLAIMS, COUNT (0 to BUCKET_CLAIMS_MAX) of different keys,
 * would be allowed at NOW_US.  Changes nothing; never answers BUCKET_FULL.
 */
struct bucket_result bucket_test(struct bucket_table *table,
    struct bucket_claim *claims, size_t count, int64_t now_us);

/*
 * The same, and puts the units into all buckets when all allow it, else into
 * none.  No other call sees some of them filled.
 */
struct bucket_result bucket_reserve(struct bucket_table *table,
    struct bucket_claim *claims, size_t count, int64_t now_us);

/*
 * Takes the units of CLAIMS, the first of which were reserved at
 * RESERVED_US, out again.  What may have leaked since then stays with the
 * bucket: to give it back would let a key exceed its limit by reserving and
 * refunding.
 */
void bucket_refund(struct bucket_table *table,
    const struct bucket_claim *claims, size_t count, int64_t reserved_us,
    int64_t now_us);

#endif
