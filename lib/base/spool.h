/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes that are kept: in memory up to a limit, then in an unlinked file, so
 * that a large body costs disk and not memory, and leaves nothing behind when
 * the process dies.
 */
#ifndef LUMBAR_BASE_SPOOL_H
#define LUMBAR_BASE_SPOOL_H

#include "base/err.h"
#include "base/span.h"

#include <stdint.h>

struct spool;

/*
 * An empty spool.  MEMORY_MAX: bytes after which the contents move to a file
 * in DIRECTORY (a path that outlives the spool).  Release with spool_free.
 */
struct spool *spool_new(size_t memory_max, const char *directory)
    __attribute__((warn_unused_result));

/* Releases *SPOOL with its contents and clears it; NULL is a no-op. */
void spool_free(struct spool **spool);

/* Adds BYTES at the end.  0, or -1 with *ERR (disk full, no directory); the
 * spool is then of no further use. */
int spool_append(struct spool *spool, struct span bytes, struct err *err);

/* Bytes appended so far. */
uint64_t spool_size(const struct spool *spool);

/*
 * Everything that was appended, as one span that is valid until the next
 * append or spool_free.  A file is mapped, not read.  0, or -1 with *ERR.
 */
int spool_contents(struct spool *spool, struct span *contents, struct err *err);

#endif
