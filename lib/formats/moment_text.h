/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A moment as an administrator writes it.
 */
#ifndef LUMBAR_FORMATS_MOMENT_TEXT_H
#define LUMBAR_FORMATS_MOMENT_TEXT_H

#include "base/err.h"
#include "base/span.h"

/*
 * Reads "2026-11-22", "2026-11-22 14:30" or "2026-11-22 14:30:05", with "T" for
 * the blank if one likes, in local time, or with "Z" behind it in UTC; or the
 * seconds since 1970, as in the tag t= of a signature (RFC 6376 section 3.5),
 * from nine digits on.  0 and *WALL_US, microseconds since 1970; or -1 with
 * *ERR.
 */
int moment_text_parse(struct span text, int64_t *wall_us, struct err *err);

#endif
