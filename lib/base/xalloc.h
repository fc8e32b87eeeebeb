/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocation of small, fixed amounts.  These functions never return NULL:
 * the process ends instead, the MTA sees the connection close and answers
 * 4xx, so no mail is lost.  Whatever is sized by input is bounded by its
 * caller before it comes here.
 */
#ifndef LUMBAR_BASE_XALLOC_H
#define LUMBAR_BASE_XALLOC_H

#include <stddef.h>

/* SIZE bytes, zeroed.  Owned by the caller; release with free(3). */
void *xalloc(size_t size) __attribute__((malloc, warn_unused_result));

/* COUNT * SIZE bytes, zeroed; aborts when the product overflows. */
void *xalloc_array(size_t count, size_t size)
    __attribute__((malloc, warn_unused_result));

/* PTR resized to COUNT * SIZE bytes; new bytes are not zeroed. */
void *xrealloc_array(void *ptr, size_t count, size_t size)
    __attribute__((warn_unused_result));

/* A copy of STRING, which may be NULL (the answer is then NULL). */
char *xstrdup(const char *string) __attribute__((warn_unused_result));

#endif
