/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The true media type of content, told from its first bytes, whatever its name
 * and declared type say.  The only user of libmagic.
 *
 * libmagic looks at the bytes it is given and at nothing else: it runs no
 * decompressor, starts no program, opens no file but its database.  Formats
 * that it would have to parse (ELF sections, compound documents) are told by
 * their signature alone; so a Windows Installer package is
 * "application/x-ole-storage" like an old Office document.
 */
#ifndef LUMBAR_SERVICES_FILE_TYPE_H
#define LUMBAR_SERVICES_FILE_TYPE_H

#include "base/err.h"
#include "base/lookup_result.h"
#include "base/pool.h"
#include "base/span.h"

struct file_type;

/*
 * Opens the database DATABASE, a path, or NULL for the system's own, for up to
 * HANDLES (from 1) threads at the same time; more of them wait for each other.
 * Each handle takes some memory, so a few are enough.  NULL with *ERR if the
 * database is missing or cannot be read.  Release with file_type_close.
 */
struct file_type *file_type_open(
    const char *database, size_t handles, struct err *err);

/* Releases *FILE_TYPE, which no thread may be using, and clears it; NULL is a
 * no-op. */
void file_type_close(struct file_type **file_type);

/*
 * Tells the type of what begins with HEAD; 8 KiB are enough for all common
 * formats.  LOOKUP_FOUND: *TYPE, in POOL, is a media type in lower case such
 * as "application/pdf" or "text/plain".  LOOKUP_NOT_FOUND: HEAD is empty or of
 * no known format; *TYPE is empty.  LOOKUP_FAILED: *ERR.  Thread-safe.
 */
enum lookup_result file_type_detect(struct file_type *file_type,
    struct span head, struct pool *pool, struct span *type, struct err *err);

#endif
