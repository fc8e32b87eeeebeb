/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/mta_duration.h"

#include "base/clock.h"
#include "t/unit/suite.h"

static const struct {
	const char *text;
	int64_t seconds; /* -1: refused */
} cases[] = {
	{ "30s", 30 },
	{ "10M", 600 },
	{ "1h30m", 5400 },
	{ "2d", 172800 },
	{ "1w", 604800 },
	{ "90", 90 },
	{ "1m5", 65 },
	{ "0", 0 },
	{ "2147483647", INT32_MAX },
	{ "2147483648", -1 },
	{ "99999w", -1 },
	{ "2147483647s1s", -1 },
	{ "99999999999999999999999s", -1 },
	{ "", -1 },
	{ "s", -1 },
	{ "5x", -1 },
	{ "5 s", -1 },
	{ "-5s", -1 },
	{ "1.5h", -1 },
};

START_TEST(durations)
{
	int64_t duration = -1;
	int result = mta_duration_read(span_of(cases[_i].text), &duration);

	ck_assert_msg(result == (cases[_i].seconds < 0 ? -1 : 0), "%s",
	    cases[_i].text);
	ck_assert_int_eq(duration,
	    cases[_i].seconds < 0 ? -1 : cases[_i].seconds * CLOCK_SECOND_US);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("mta_duration");
	TCase *tcase = suite_case(suite, "mta_duration");

	tcase_add_loop_test(tcase, durations, 0,
	    (int)(sizeof(cases) / sizeof(cases[0])));
	return suite_finish(suite);
}
