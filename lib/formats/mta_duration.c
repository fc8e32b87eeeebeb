/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/mta_duration.h"

#include "base/clock.h"

/* Seconds of the unit LETTER; 0: there is none such. */
static int64_t
seconds_of(char letter)
{
	switch (span_lower(letter)) {
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	case 'w':
		return 604800;
	default:
		return 0;
	}
}

int
mta_duration_read(struct span value, int64_t *duration)
{
	const int64_t max = INT32_MAX;
	int64_t total = 0;

	if (value.len == 0)
		return -1;
	while (value.len > 0) {
		size_t digits = 0;
		int64_t unit;
		uint64_t number;

		while (digits < value.len && value.ptr[digits] >= '0' &&
		    value.ptr[digits] <= '9')
			digits++;
		unit = digits < value.len ? seconds_of(value.ptr[digits]) : 1;
		if (unit == 0 ||
		    span_number(span_slice(value, 0, digits), INT32_MAX,
			&number) < 0 ||
		    (int64_t)number > (max - total) / unit)
			return -1;
		total += (int64_t)number * unit;
		value = span_slice(value, digits + 1, value.len);
	}
	*duration = total * CLOCK_SECOND_US;
	return 0;
}
