/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/limit/limit_rate.h"

#include "t/unit/suite.h"

#define SECOND INT64_C(1000000)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

START_TEST(rates)
{
	static const struct {
		const char *text;
		int64_t count; /* 0: is refused */
		int64_t seconds;
		const char *words;
	} cases[] = {
		{ "100/h", 100, 3600, "hour" },
		{ "1/s", 1, 1, "second" },
		{ "30/min", 30, 60, "minute" },
		{ "30/min", 30, 60, "minute" },
		{ "30/m", 0, 0, "" },
		{ "30/5m", 0, 0, "" },
		{ "10000/d", 10000, 86400, "day" },
		{ "1500/24h", 1500, 86400, "24 hours" },
		{ "5/1min", 5, 60, "minute" },
		{ "1000000000/366d", 1000000000, 366 * 86400, "366 days" },
		{ "", 0, 0, "" },
		{ "100", 0, 0, "" },
		{ "/h", 0, 0, "" },
		{ "0/h", 0, 0, "" },
		{ "-1/h", 0, 0, "" },
		{ "100/", 0, 0, "" },
		{ "100/10", 0, 0, "" },
		{ "100/0h", 0, 0, "" },
		{ "100/hour", 0, 0, "" },
		{ "100 /h", 0, 0, "" },
		{ "100/h ", 0, 0, "" },
		{ "1.5/h", 0, 0, "" },
		{ "1000000001/h", 0, 0, "" },
		{ "1/367d", 0, 0, "" },
		{ "1/99999999999999999999s", 0, 0, "" },
	};
	struct pool *pool = pool_new();

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct limit_rate rate;
		struct err err;
		int result = limit_rate_parse(
		    span_of(cases[i].text), pool, &rate, &err);

		ck_assert_msg(result == (cases[i].count > 0 ? 0 : -1), "%s",
		    cases[i].text);
		if (result < 0) {
			ck_assert_int_eq(err.kind, ERR_CONFIG);
			continue;
		}
		ck_assert_int_eq(rate.count, cases[i].count);
		ck_assert_int_eq(
		    rate.period_us, cases[i].seconds * SECOND);
		ck_assert_msg(span_equal(rate.period_words,
			          span_of(cases[i].words)),
		    "%s: %.*s", cases[i].text, SPAN_ARGS(rate.period_words));
	}
	pool_free(&pool);
}
END_TEST

/* "m" is a minute to some and a month to others. */
START_TEST(ambiguous_unit)
{
	struct pool *pool = pool_new();
	struct limit_rate rate;
	struct err err;

	ck_assert_int_eq(
	    limit_rate_parse(SPAN("100/m"), pool, &rate, &err), -1);
	ck_assert_str_eq(err.text,
	    "\"100/m\": \"m\" could be a minute or a month; write "
	    "\"100/min\" or, for 30 days, \"100/30d\"");
	pool_free(&pool);
}
END_TEST

START_TEST(durations)
{
	static const struct {
		int64_t us;
		const char *words;
	} cases[] = {
		{ 0, "1 second" },
		{ 1, "1 second" },
		{ SECOND, "1 second" },
		{ SECOND + 1, "2 seconds" },
		{ 59 * SECOND, "59 seconds" },
		{ 59 * SECOND + 1, "1 minute" },
		{ 60 * SECOND + 1, "2 minutes" },
		{ 59 * 60 * SECOND, "59 minutes" },
		{ 59 * 60 * SECOND + 1, "1 hour" },
		{ 47 * 3600 * SECOND, "47 hours" },
		{ 47 * 3600 * SECOND + 1, "2 days" },
		{ 3660 * 86400 * SECOND, "3660 days" },
	};
	struct pool *pool = pool_new();

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span words = limit_duration_words(pool, cases[i].us);

		ck_assert_msg(span_equal(words, span_of(cases[i].words)),
		    "%jd: %.*s", (intmax_t)cases[i].us, SPAN_ARGS(words));
	}
	pool_free(&pool);
}
END_TEST

SUITE_MAIN("limit_rate", rates, ambiguous_unit, durations)
