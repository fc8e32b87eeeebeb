/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lookups that a decision asked for in one go, and the threads that run
 * them.  A session that waits no longer walks away: what a hung service still
 * holds is released when it answers at last, and the answer goes nowhere.
 */
#ifndef LUMBAR_SKELETON_LOOKUPS_H
#define LUMBAR_SKELETON_LOOKUPS_H

#include "skeleton/decision.h"

struct lookups;
struct workers;
struct snapshot;

/* An empty set.  Release with lookups_free, also while lookups run. */
struct lookups *lookups_new(void) __attribute__((warn_unused_result));
void lookups_free(struct lookups **lookups);

/* A new lookup in the set, with a pool of its own. */
struct lookup *lookups_add(struct lookups *lookups);

/*
 * Hands all of LOOKUPS to WORKERS; each must be answered within TIME_LEFT_US.
 * Each keeps SNAPSHOT, which may be NULL, alive while it runs.  WORKERS NULL:
 * runs them in the calling thread, for tools and tests.
 */
void lookups_start(struct lookups *lookups, struct workers *workers,
    struct snapshot *snapshot, int64_t time_left_us);

/* When the last of them must be answered (monotonic microseconds). */
int64_t lookups_deadline(const struct lookups *lookups);

/* Waits until all are answered or the monotonic clock reads UNTIL_US.  True
 * if all are answered. */
bool lookups_wait(struct lookups *lookups, int64_t until_us);

/*
 * True if all are answered.  Else ANSWERED is called once, with CONTEXT and
 * TOKEN, from another thread, as soon as they are, be it after lookups_free;
 * it must not wait.  To be called after lookups_start; again, it replaces
 * what was asked before.
 */
bool lookups_watch(struct lookups *lookups,
    void (*answered)(void *context, uint64_t token), void *context,
    uint64_t token);

/*
 * The results in the order of asking: *ITEMS is an array of *COUNT pointers
 * in POOL that is valid as long as LOOKUPS.  A lookup that is not answered by
 * now counts as failed for good.
 */
void lookups_collect(struct lookups *lookups, struct pool *pool,
    struct lookup ***items, size_t *count);

/*
 * COUNT threads, which inherit the signal mask of the caller.  QUEUE_MAX:
 * lookups that may wait for a thread; one more fails at once.  NULL with *ERR
 * if no thread can be made.
 */
struct workers *workers_new(
    size_t count, size_t queue_max, struct err *err);

/* Ends the threads, after the lookups that they are running; lookups that
 * wait are failed.  NULL is a no-op. */
void workers_free(struct workers **workers);

#endif
