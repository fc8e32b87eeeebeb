/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole files in memory.
 */
#ifndef LUMBAR_BASE_FILE_H
#define LUMBAR_BASE_FILE_H

#include "base/buf.h"
#include "base/err.h"

/* Appends the contents of FILE to TEXT, up to its maximum.  0, or -1 with
 * *ERR, which names FILE. */
int file_read(const char *file, struct buf *text, struct err *err);

#endif
