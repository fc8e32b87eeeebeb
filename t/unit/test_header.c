/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/header.h"

#include "t/unit/suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

START_TEST(list)
{
	static const struct {
		const char *name, *value;
		size_t bytes; /* of the list after this field */
	} fields[] = {
		{ "Received", " from a", 9 + 7 + 2 },
		{ "Subject", " one\n two", 18 + 8 + 9 + 1 + 2 },
		{ "received", "", 38 + 9 + 2 },
		{ "RECEIVED", " from\n\tb\n c", 49 + 9 + 11 + 2 + 2 },
	};
	struct pool *pool = pool_new();
	struct header_list headers = { NULL, 0, 0 };

	ck_assert_ptr_null(header_list_find(&headers, SPAN("Subject"), 0));
	for (size_t i = 0; i < COUNT(fields); i++) {
		header_list_add(&headers, pool, span_of(fields[i].name),
		    span_of(fields[i].value));
		ck_assert_uint_eq(headers.count, i + 1);
		ck_assert_uint_eq(headers.bytes, fields[i].bytes);
	}
	ck_assert_uint_eq(header_list_count(&headers, SPAN("RECeived")), 3);
	ck_assert_uint_eq(header_list_count(&headers, SPAN("Subject")), 1);
	ck_assert_uint_eq(header_list_count(&headers, SPAN("Receive")), 0);
	ck_assert_ptr_eq(header_list_find(&headers, SPAN("Received"), 0),
	    &headers.items[0]);
	ck_assert_ptr_eq(header_list_find(&headers, SPAN("Received"), 1),
	    &headers.items[2]);
	ck_assert_ptr_eq(header_list_find(&headers, SPAN("received"), 2),
	    &headers.items[3]);
	ck_assert_ptr_null(header_list_find(&headers, SPAN("Received"), 3));
	pool_free(&pool);
}
END_TEST

START_TEST(unfold)
{
	static const struct {
		struct span value, unfolded;
	} cases[] = {
		{ SPAN_INIT(" one"), SPAN_INIT("one") },
		{ SPAN_INIT(" one\n two"), SPAN_INIT("one two") },
		{ SPAN_INIT(" one\r\n\ttwo"), SPAN_INIT("one\ttwo") },
		{ SPAN_INIT("\n one"), SPAN_INIT("one") },
		{ SPAN_INIT(" one \n  two \n three "),
		    SPAN_INIT("one   two  three") },
		{ SPAN_INIT("a\n \n b"), SPAN_INIT("a  b") },
		{ SPAN_INIT("a\nb"), SPAN_INIT("a\nb") },
		{ SPAN_INIT("a\r b\n c"), SPAN_INIT("a\r b c") },
		{ SPAN_INIT("a\n\n b"), SPAN_INIT("a\n b") },
		{ SPAN_INIT("a\0\n b"), SPAN_INIT("a\0 b") },
		{ SPAN_INIT(""), SPAN_INIT("") },
		{ SPAN_INIT(" \n \n "), SPAN_INIT("") },
	};
	struct pool *pool = pool_new();

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span unfolded = header_unfold(pool, cases[i].value);

		ck_assert_msg(span_equal(unfolded, cases[i].unfolded),
		    "case %zu: \"%.*s\"", i, SPAN_ARGS(unfolded));
	}
	pool_free(&pool);
}
END_TEST

START_TEST(names)
{
	ck_assert_int_eq(header_name_check(SPAN("X-Spam!#")), 0);
	ck_assert_int_eq(header_name_check(SPAN("")), -1);
	ck_assert_int_eq(header_name_check(SPAN("X Spam")), -1);
	ck_assert_int_eq(header_name_check(SPAN("X:Spam")), -1);
	ck_assert_int_eq(header_name_check(SPAN("X\nSpam")), -1);
	ck_assert_int_eq(header_name_check(SPAN("X\0Spam")), -1);
	ck_assert_int_eq(header_name_check(SPAN("\xc3\xa4")), -1);
	ck_assert_int_eq(header_name_check(SPAN("X\x7f")), -1);
}
END_TEST

SUITE_MAIN("header", list, unfold, names)
