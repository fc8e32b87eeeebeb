/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/span.h"

#include "t/unit/suite.h"

#include <string.h>

static const struct span none = { NULL, 0 };

START_TEST(making)
{
	ck_assert_uint_eq(span_of(NULL).len, 0);
	ck_assert_uint_eq(span_of("abc").len, 3);
	ck_assert_uint_eq(SPAN("a\0b").len, 3);
	ck_assert(span_equal(span_make("abcd", 2), SPAN("ab")));
}
END_TEST

START_TEST(slicing)
{
	static const struct {
		size_t from, to;
		const char *slice;
	} rows[] = {
		{ 0, 0, "" }, { 0, 3, "abc" }, { 1, 2, "b" }, { 2, 9, "c" },
		{ 3, 3, "" }, { 9, 9, "" }, { 2, 1, "" },
		{ SIZE_MAX, SIZE_MAX, "" }, { 0, SIZE_MAX, "abc" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert(span_equal(
		    span_slice(SPAN("abc"), rows[i].from, rows[i].to),
		    span_of(rows[i].slice)));
	ck_assert_uint_eq(span_slice(none, 0, 5).len, 0);
}
END_TEST

START_TEST(equality)
{
	ck_assert(span_equal(none, SPAN("")));
	ck_assert(span_equal(SPAN("a\0b"), SPAN("a\0b")));
	ck_assert(!span_equal(SPAN("a\0b"), SPAN("a\0c")));
	ck_assert(!span_equal(SPAN("a"), SPAN("ab")));
	ck_assert(!span_equal(SPAN("a"), SPAN("A")));
	ck_assert(span_equal_case(SPAN("aZ@[`{"), SPAN("Az@[`{")));
	/* "@" and "`", "[" and "{" differ by the bit that letters differ by. */
	ck_assert(!span_equal_case(SPAN("@["), SPAN("`{")));
	/* ASCII only: Latin-1 and UTF-8 letters are left alone. */
	ck_assert(!span_equal_case(SPAN("\xc4"), SPAN("\xe4")));
	ck_assert(!span_equal_case(SPAN("a"), SPAN("ab")));
	ck_assert(span_equal_case(none, SPAN("")));
}
END_TEST

START_TEST(order)
{
	ck_assert_int_eq(span_compare(none, SPAN("")), 0);
	ck_assert_int_eq(span_compare(SPAN("ab"), SPAN("ab")), 0);
	ck_assert_int_lt(span_compare(SPAN("ab"), SPAN("abc")), 0);
	ck_assert_int_gt(span_compare(SPAN("b"), SPAN("abc")), 0);
	ck_assert_int_gt(span_compare(SPAN("\xff"), SPAN("a")), 0);
	ck_assert_int_lt(span_compare(none, SPAN("a")), 0);
}
END_TEST

START_TEST(ends)
{
	ck_assert(span_starts(SPAN("abc"), SPAN("ab")));
	ck_assert(span_starts(SPAN("abc"), SPAN("")));
	ck_assert(span_starts(none, none));
	ck_assert(!span_starts(SPAN("abc"), SPAN("AB")));
	ck_assert(!span_starts(SPAN("a"), SPAN("ab")));
	ck_assert(span_starts_case(SPAN("abc"), SPAN("AB")));
	ck_assert(!span_starts_case(SPAN("a"), SPAN("AB")));
	ck_assert(span_ends_case(SPAN("host.Example.COM"),
	    SPAN(".example.com")));
	ck_assert(span_ends_case(SPAN("a"), SPAN("")));
	ck_assert(!span_ends_case(SPAN("a"), SPAN("ba")));
}
END_TEST

START_TEST(finding)
{
	static const struct {
		const char *text;
		const char *needle;
		size_t at;
	} rows[] = {
		{ "abcabc", "C", 2 }, { "abc", "", 0 }, { "", "", 0 },
		{ "", "a", 0 }, { "ab", "abc", 2 }, { "aab", "AB", 1 },
		{ "abc", "d", 3 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ck_assert_uint_eq(span_find_case(span_of(rows[i].text),
				      span_of(rows[i].needle)),
		    rows[i].at);
	ck_assert_uint_eq(span_find(SPAN("a@b@c"), '@'), 1);
	ck_assert_uint_eq(span_find_last(SPAN("a@b@c"), '@'), 3);
	ck_assert_uint_eq(span_find(SPAN("abc"), '@'), 3);
	ck_assert_uint_eq(span_find_last(SPAN("abc"), '@'), 3);
	ck_assert_uint_eq(span_find(SPAN("a\0b"), '\0'), 1);
	ck_assert_uint_eq(span_find(none, 'a'), 0);
	ck_assert_uint_eq(span_find_last(none, 'a'), 0);
}
END_TEST

START_TEST(trimming)
{
	ck_assert(span_equal(span_trim(SPAN(" \t\r\na b\n ")), SPAN("a b")));
	ck_assert_uint_eq(span_trim(SPAN(" \t ")).len, 0);
	ck_assert_uint_eq(span_trim(none).len, 0);
	ck_assert_uint_eq(span_trim(SPAN("\v")).len, 1);
}
END_TEST

START_TEST(items)
{
	static const struct {
		const char *text;
		size_t count;
		const char *items[4];
	} rows[] = {
		{ "", 0, { NULL } },
		{ "a", 1, { "a" } },
		{ "a,b", 2, { "a", "b" } },
		{ "a,,b", 3, { "a", "", "b" } },
		{ ",a", 2, { "", "a" } },
		{ "a,", 1, { "a" } },
		{ ",", 1, { "" } },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span rest = span_of(rows[i].text);
		struct span item;
		size_t count = 0;

		for (; span_next(&rest, ',', &item); count++) {
			ck_assert_uint_lt(count, rows[i].count);
			ck_assert(span_equal(
			    item, span_of(rows[i].items[count])));
		}
		ck_assert_uint_eq(count, rows[i].count);
		ck_assert(!span_next(&rest, ',', &item));
	}
}
END_TEST

START_TEST(numbers)
{
	static const struct {
		const char *text;
		uint64_t max;
		int result;
		uint64_t number;
	} rows[] = {
		{ "0", 0, 0, 0 },
		{ "255", 255, 0, 255 },
		{ "000255", 255, 0, 255 },
		{ "18446744073709551615", UINT64_MAX, 0, UINT64_MAX },
		{ "256", 255, -1, 0 },
		{ "9", 5, -1, 0 },
		{ "18446744073709551616", UINT64_MAX, -1, 0 },
		{ "99999999999999999999999", UINT64_MAX, -1, 0 },
		{ "", 255, -1, 0 },
		{ "-1", 255, -1, 0 },
		{ "+1", 255, -1, 0 },
		{ " 1", 255, -1, 0 },
		{ "1 ", 255, -1, 0 },
		{ "0x1", 255, -1, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t number = 77;

		ck_assert_int_eq(span_number(span_of(rows[i].text),
				     rows[i].max, &number),
		    rows[i].result);
		ck_assert_uint_eq(
		    number, rows[i].result == 0 ? rows[i].number : 77);
	}
}
END_TEST

/* One byte over 127 at each place of texts of many lengths. */
START_TEST(ascii)
{
	char text[40];

	memset(text, 0x7f, sizeof(text));
	ck_assert(span_is_ascii(span_of(NULL)));
	for (size_t len = 0; len <= sizeof(text); len++) {
		ck_assert(span_is_ascii(span_make(text, len)));
		for (size_t i = 0; i < len; i++) {
			text[i] = (char)0x80;
			ck_assert(!span_is_ascii(span_make(text, len)));
			text[i] = 0x7f;
		}
	}
	text[3] = '\0';
	ck_assert(span_is_ascii(span_make(text, sizeof(text))));
}
END_TEST

SUITE_MAIN("span", making, slicing, equality, order, ends, finding, trimming,
    items, numbers, ascii)
