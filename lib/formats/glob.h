/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Patterns in which "*" stands for any bytes, none included, compared with
 * texts and with one another.
 */
#ifndef LUMBAR_FORMATS_GLOB_H
#define LUMBAR_FORMATS_GLOB_H

#include "base/span.h"

enum { GLOB_MAX = 400 }; /* bytes of a pattern for glob_meets */

/* True if TEXT is what GLOB says.  A "*" in TEXT is only matched by one of
 * GLOB. */
bool glob_matches(struct span glob, struct span text);

/* True only if GLOB matches all that OTHER can match: its "*" stand for nothing
 * but "*" of OTHER and bytes between them. */
bool glob_covers(struct span glob, struct span other);

/* True if some text matches both A and B, B of at most GLOB_MAX bytes. */
bool glob_meets(struct span a, struct span b);

#endif
