/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/limit/limit_rate.h"

#include "base/clock.h"

#include <inttypes.h>

enum {
	COUNT_MAX = 1000000000,
	PERIOD_DAYS_MAX = 366,
	DAY_SECONDS = 24 * 3600,
};

static const struct unit {
	struct span name;
	const char *word;
	int64_t seconds;
} units[] = {
	{ SPAN_INIT("s"), "second", 1 },
	{ SPAN_INIT("min"), "minute", 60 },
	{ SPAN_INIT("h"), "hour", 3600 },
	{ SPAN_INIT("d"), "day", DAY_SECONDS },
};

static const struct unit *
find_unit(struct span name)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (span_equal(units[i].name, name))
			return &units[i];
	return NULL;
}

static size_t
digits_of(struct span text)
{
	size_t count = 0;

	while (count < text.len && text.ptr[count] >= '0' &&
	    text.ptr[count] <= '9')
		count++;
	return count;
}

int
limit_rate_parse(struct span text, struct pool *pool,
    struct limit_rate *rate, struct err *err)
{
	size_t slash = span_find(text, '/');
	struct span period = span_slice(text, slash + 1, text.len);
	size_t digits = digits_of(period);
	const struct unit *unit =
	    find_unit(span_slice(period, digits, period.len));
	uint64_t count, number = 1;

	/* Minutes elsewhere in the file, months to many: no guess. */
	if (span_equal(span_slice(period, digits, period.len), SPAN("m")))
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\": \"m\" could be a minute or a month; write "
		    "\"%.*smin\" or, for 30 days, \"%.*s30d\"",
		    SPAN_ARGS(text),
		    SPAN_ARGS(span_slice(text, 0, text.len - 1)),
		    SPAN_ARGS(span_slice(text, 0, slash + 1)));
	if (unit == NULL ||
	    span_number(span_slice(text, 0, slash), COUNT_MAX, &count) < 0 ||
	    count == 0)
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\" is not a rate; write a number, \"/\" and one of "
		    "s, min, h and d, such as \"100/h\" or \"1500/24h\"",
		    SPAN_ARGS(text));
	if (digits > 0 &&
	    (span_number(span_slice(period, 0, digits),
		 (uint64_t)(PERIOD_DAYS_MAX * DAY_SECONDS / unit->seconds),
		 &number) < 0 ||
		number == 0))
		return err_set(err, ERR_CONFIG,
		    "\"%.*s\": the period must be from one unit to %d days",
		    SPAN_ARGS(text), PERIOD_DAYS_MAX);
	rate->count = (int64_t)count;
	rate->period_us = (int64_t)number * unit->seconds * CLOCK_SECOND_US;
	if (number == 1)
		rate->period_words = pool_dup(pool, span_of(unit->word));
	else
		rate->period_words =
		    pool_printf(pool, "%" PRIu64 " %ss", number, unit->word);
	return 0;
}

struct span
limit_duration_words(struct pool *pool, int64_t duration_us)
{
	/* Up to which number of the unit before a unit is used. */
	static const struct {
		const char *word;
		int64_t seconds, below;
	} steps[] = {
		{ "second", 1, 60 },
		{ "minute", 60, 60 },
		{ "hour", 3600, 48 },
		{ "day", DAY_SECONDS, INT64_MAX },
	};

	for (size_t i = 0;; i++) {
		int64_t unit_us = steps[i].seconds * CLOCK_SECOND_US;
		int64_t number = duration_us / unit_us +
		    (duration_us % unit_us != 0);

		if (number < 1)
			number = 1;
		if (number < steps[i].below)
			return pool_printf(pool, "%" PRId64 " %s%s", number,
			    steps[i].word, number == 1 ? "" : "s");
	}
}
