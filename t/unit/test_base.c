/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/span.h"

#include "t/unit/suite.h"

START_TEST(number_bounds)
{
	uint64_t number = 7;

	ck_assert_int_eq(span_number(SPAN("255"), 255, &number), 0);
	ck_assert_uint_eq(number, 255);
	ck_assert_int_eq(span_number(SPAN("256"), 255, &number), -1);
	ck_assert_int_eq(span_number(SPAN(""), 255, &number), -1);
	ck_assert_int_eq(span_number(SPAN("9"), 5, &number), -1);
	ck_assert_int_eq(
	    span_number(SPAN("18446744073709551616"), UINT64_MAX, &number),
	    -1);
	ck_assert_uint_eq(number, 255);
}
END_TEST

SUITE_MAIN("base", number_bounds)
