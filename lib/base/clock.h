/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Time.  Only the skeleton, the tools and main read the clock; all other code
 * is given the moment, so that tests decide what time it is.
 */
#ifndef LUMBAR_BASE_CLOCK_H
#define LUMBAR_BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_SECOND_US INT64_C(1000000)

struct moment {
	int64_t monotonic_us; /* since some start; for durations */
	int64_t wall_us;      /* since 1970-01-01 00:00 UTC; for dates */
};

/* This moment. */
struct moment clock_now(void);

#endif
