/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/clock.h"

#include "t/unit/suite.h"

#include <time.h>

static int64_t
us(int64_t seconds)
{
	return seconds * CLOCK_SECOND_US;
}

START_TEST(utc)
{
	static const struct {
		int64_t seconds;
		struct calendar calendar;
	} cases[] = {
		{ 0, { 1970, 1, 1, 3, 0 } },
		{ 951782400 - 1, { 2000, 2, 28, 0, 1439 } },
		{ 951782400, { 2000, 2, 29, 1, 0 } },
		{ 1798761599, { 2026, 12, 31, 3, 1439 } },
		{ 1798761600, { 2027, 1, 1, 4, 0 } },
		{ 4102444800, { 2100, 1, 1, 4, 0 } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct calendar got = clock_calendar(
		    us(cases[i].seconds), CLOCK_ZONE_UTC);

		ck_assert_uint_eq(got.year, cases[i].calendar.year);
		ck_assert_uint_eq(got.month, cases[i].calendar.month);
		ck_assert_uint_eq(got.day, cases[i].calendar.day);
		ck_assert_uint_eq(got.weekday, cases[i].calendar.weekday);
		ck_assert_uint_eq(got.minute, cases[i].calendar.minute);
	}
	(void)clock_calendar(INT64_MAX, CLOCK_ZONE_UTC);
}
END_TEST

/* The zone of the process, summer time included. */
START_TEST(local)
{
	struct calendar got;

	ck_assert_int_eq(
	    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1), 0);
	tzset();
	/* 2027-01-01 00:30 UTC, and 2026-07-01 22:30 UTC. */
	got = clock_calendar(us(1798763400), CLOCK_ZONE_LOCAL);
	ck_assert_uint_eq(got.day, 1);
	ck_assert_uint_eq(got.minute, 90);
	got = clock_calendar(us(1782945000), CLOCK_ZONE_LOCAL);
	ck_assert_uint_eq(got.month, 7);
	ck_assert_uint_eq(got.day, 2);
	ck_assert_uint_eq(got.minute, 30);
	got = clock_calendar(us(1782945000), CLOCK_ZONE_UTC);
	ck_assert_uint_eq(got.day, 1);
}
END_TEST

SUITE_MAIN("clock", utc, local)
