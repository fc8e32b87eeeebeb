/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/clock.h"

#include <assert.h>
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
