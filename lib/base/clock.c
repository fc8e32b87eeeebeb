/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/clock.h"

#include <assert.h>
#include <stddef.h>
#include <time.h>

static int64_t
read_us(clockid_t id)
{
	struct timespec now;
	int result = clock_gettime(id, &now);

	assert(result == 0);
	return (int64_t)now.tv_sec * CLOCK_SECOND_US + now.tv_nsec / 1000;
}

struct moment
clock_now(void)
{
	return (struct moment){
		.monotonic_us = read_us(CLOCK_MONOTONIC),
		.wall_us = read_us(CLOCK_REALTIME),
	};
}

struct calendar
clock_calendar(int64_t wall_us, enum clock_zone zone)
{
	time_t seconds = (time_t)(wall_us / CLOCK_SECOND_US);
	struct tm tm;
	const struct tm *found = zone == CLOCK_ZONE_UTC
	    ? gmtime_r(&seconds, &tm)
	    : localtime_r(&seconds, &tm);

	/* No year that 64 bits of microseconds can reach is too large. */
	assert(found != NULL);
	return (struct calendar){
		.year = (unsigned)found->tm_year + 1900,
		.month = (unsigned)found->tm_mon + 1,
		.day = (unsigned)found->tm_mday,
		.weekday = (unsigned)(found->tm_wday + 6) % 7,
		.minute = (unsigned)(found->tm_hour * 60 + found->tm_min),
	};
}
