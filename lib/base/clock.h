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

/* By whose calendar: that of the process (its TZ, else the system's) or
 * universal time. */
enum clock_zone {
	CLOCK_ZONE_LOCAL,
	CLOCK_ZONE_UTC,
};
enum { CLOCK_ZONE_COUNT = CLOCK_ZONE_UTC + 1 };

/* A date and a time of day in the Gregorian calendar. */
struct calendar {
	unsigned year;
	unsigned month;   /* 1 to 12 */
	unsigned day;     /* of the month, from 1 */
	unsigned weekday; /* 0: Monday, as ISO 8601 begins the week */
	unsigned minute;  /* of the day, from 0 */
};

/* The moment WALL_US (struct moment), from 1970 on, by the calendar of ZONE.
 * Thread-safe, as long as nobody changes TZ. */
struct calendar clock_calendar(int64_t wall_us, enum clock_zone zone);

#endif
