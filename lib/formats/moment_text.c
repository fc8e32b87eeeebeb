/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/moment_text.h"

#include "base/clock.h"

#include <string.h>
#include <time.h>

/* Fewer seconds are rather a date without its hyphens. */
#define SECONDS_MIN UINT64_C(100000000)

/* 0, or -1 where TEXT is no number of seconds. */
static int
parse_seconds(struct span text, int64_t *wall_us)
{
	uint64_t seconds;

	if (span_number(text, INT64_MAX / CLOCK_SECOND_US, &seconds) < 0 ||
	    seconds < SECONDS_MIN)
		return -1;
	*wall_us = (int64_t)seconds * CLOCK_SECOND_US;
	return 0;
}

int
moment_text_parse(struct span text, int64_t *wall_us, struct err *err)
{
	static const char *const forms[] = { "%Y-%m-%dT%H:%M:%S",
		"%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M",
		"%Y-%m-%d" };
	char copy[40] = "";

	if (parse_seconds(text, wall_us) == 0)
		return 0;
	if (text.len < sizeof(copy))
		memcpy(copy, text.ptr, text.len);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm tm = { .tm_isdst = -1 };
		const char *end = strptime(copy, forms[i], &tm);
		bool utc = end != NULL && strcmp(end, "Z") == 0;
		time_t seconds;

		if (end == NULL || (*end != '\0' && !utc))
			continue;
		seconds = utc ? timegm(&tm) : mktime(&tm);
		if (seconds <= 0)
			break;
		*wall_us = (int64_t)seconds * CLOCK_SECOND_US;
		return 0;
	}
	return err_set(err, ERR_INPUT,
	    "\"%.*s\" is no time from 1970 on; write one such as 2026-11-22, "
	    "2026-11-22 14:30, 2026-11-22T14:30:00Z or the seconds since 1970",
	    SPAN_ARGS(span_slice(text, 0, 80)));
}
