/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/buf.h"

#include "t/unit/suite.h"

#include <string.h>

START_TEST(empty)
{
	struct buf buf;

	buf_init(&buf, 10);
	ck_assert_str_eq(buf_string(&buf), "");
	ck_assert_uint_eq(buf_span(&buf).len, 0);
	ck_assert_int_eq(buf_append(&buf, NULL, 0), 0);
	ck_assert_int_eq(buf_append_span(&buf, SPAN("")), 0);
	buf_free(&buf);
	buf_free(&buf);
}
END_TEST

START_TEST(appending)
{
	struct buf buf;

	buf_init(&buf, 100);
	ck_assert_int_eq(buf_append(&buf, "ab", 2), 0);
	ck_assert_int_eq(buf_append_char(&buf, '\0'), 0);
	ck_assert_int_eq(buf_append_span(&buf, SPAN("cd")), 0);
	ck_assert_int_eq(buf_printf(&buf, "%d%s", 7, "x"), 0);
	ck_assert(span_equal(buf_span(&buf), SPAN("ab\0cd7x")));
	ck_assert_uint_eq(strlen(buf_string(&buf)), 2);
	buf_free(&buf);
}
END_TEST

/* What does not fit is refused whole and remembered; less still fits. */
START_TEST(maximum)
{
	struct buf buf;

	buf_init(&buf, 4);
	ck_assert_int_eq(buf_append(&buf, "abc", 3), 0);
	ck_assert(!buf.full);
	ck_assert_int_eq(buf_append(&buf, "de", 2), -1);
	ck_assert(buf.full);
	ck_assert_int_eq(buf_printf(&buf, "%s", "de"), -1);
	ck_assert_int_eq(buf_append_char(&buf, 'd'), 0);
	ck_assert_int_eq(buf_append_char(&buf, 'e'), -1);
	ck_assert_str_eq(buf_string(&buf), "abcd");
	buf_reset(&buf);
	ck_assert(!buf.full);
	ck_assert_int_eq(buf_printf(&buf, "%s", "wxyz"), 0);
	ck_assert_str_eq(buf_string(&buf), "wxyz");
	buf_free(&buf);
	ck_assert_int_eq(buf_append(&buf, "12345", 5), -1);
	ck_assert_int_eq(buf_append(&buf, "1234", 4), 0);
	buf_free(&buf);

	buf_init(&buf, 0);
	ck_assert_int_eq(buf_append_char(&buf, 'a'), -1);
	ck_assert_int_eq(buf_printf(&buf, "%s", ""), 0);
	ck_assert_str_eq(buf_string(&buf), "");
	buf_free(&buf);
}
END_TEST

/* Every length around the steps in which memory grows. */
START_TEST(cutting_the_front)
{
	struct buf buf;

	buf_init(&buf, 10);
	buf_cut_front(&buf, 0);
	ck_assert_int_eq(buf_append(&buf, "abcdef", 6), 0);
	buf_cut_front(&buf, 2);
	ck_assert_str_eq(buf_string(&buf), "cdef");
	buf_cut_front(&buf, 4);
	ck_assert_uint_eq(buf.len, 0);
	buf_free(&buf);
}
END_TEST

START_TEST(growing)
{
	enum { MAX = 5000 };

	for (size_t step = 1; step < 200; step += 31) {
		struct buf buf;
		size_t len = 0;

		buf_init(&buf, MAX);
		for (; len + step <= MAX; len += step) {
			char piece[200];

			memset(piece, (int)('a' + len % 26), step);
			ck_assert_int_eq(buf_append(&buf, piece, step), 0);
			ck_assert_uint_eq(
			    strlen(buf_string(&buf)), len + step);
		}
		ck_assert_uint_le(buf.size, MAX + 1);
		for (size_t i = 0; i < len; i++)
			ck_assert_int_eq(buf.ptr[i],
			    (char)('a' + i / step * step % 26));
		buf_free(&buf);
	}
}
END_TEST

SUITE_MAIN("buf", empty, appending, maximum, cutting_the_front, growing)
