/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pool holds everything that lives as long as one message: nothing in it
 * is released singly, all of it at once.  Not thread-safe: one owner at a
 * time.  Like xalloc, it never returns NULL; what is sized by input is
 * bounded by its caller, who can ask how much the pool already holds.
 */
#ifndef LUMBAR_BASE_POOL_H
#define LUMBAR_BASE_POOL_H

#include "base/span.h"

#include <stdarg.h>

struct pool;

/* An empty pool.  Release with pool_free. */
struct pool *pool_new(void) __attribute__((warn_unused_result));

/* The same for little that lives long, as what is known of a connection. */
struct pool *pool_new_small(void) __attribute__((warn_unused_result));

/* Releases *POOL and all that was allocated from it, and clears *POOL. */
void pool_free(struct pool **pool);

/* Releases all that was allocated from POOL, which may go on being used. */
void pool_reset(struct pool *pool);

/* SIZE bytes, zeroed and aligned for any type; they live as long as POOL. */
void *pool_alloc(struct pool *pool, size_t size)
    __attribute__((warn_unused_result));

/* COUNT * SIZE bytes, as pool_alloc; aborts when the product overflows. */
void *pool_alloc_array(struct pool *pool, size_t count, size_t size)
    __attribute__((warn_unused_result));

/*
 * Room for one more item of SIZE bytes in the array ITEMS that holds COUNT:
 * ITEMS itself, or a copy twice as large when COUNT is at a power of two.
 * For arrays that only ever grow by this function.
 */
void *pool_grow(struct pool *pool, void *items, size_t count, size_t size)
    __attribute__((warn_unused_result));

/* A copy of SPAN in POOL; a NUL that does not count follows it. */
struct span pool_dup(struct pool *pool, struct span span);

/* The same with ASCII letters in lower case. */
struct span pool_dup_lower(struct pool *pool, struct span span);

/* A copy of SPAN in POOL as a C string. */
char *pool_string(struct pool *pool, struct span span);

/* Formatted text in POOL. */
struct span pool_printf(struct pool *pool, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct span pool_vprintf(struct pool *pool, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Bytes that POOL has taken from the system. */
size_t pool_size(const struct pool *pool);

#endif
