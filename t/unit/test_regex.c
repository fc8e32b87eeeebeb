/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/regex.h"

#include "t/unit/suite.h"

#include <string.h>

START_TEST(find)
{
	static const struct {
		const char *pattern;
		unsigned flags;
		const char *text;
		long start, end; /* -1: no match */
	} table[] = {
		{ "b+", 0, "abbc", 1, 3 },
		{ "B+", 0, "abbc", -1, -1 },
		{ "B+", REGEX_CASELESS, "abbc", 1, 3 },
		{ "\303\204", REGEX_CASELESS, "x\303\244", 1, 3 },
		{ "^b$", 0, "a\nb\nc", -1, -1 },
		{ "^b$", REGEX_MULTILINE, "a\nb\nc", 2, 3 },
		{ "a.b", 0, "a\nb", -1, -1 },
		{ "a.b", REGEX_DOTALL, "a\nb", 0, 3 },
		{ "a b", REGEX_EXTENDED, "ab", 0, 2 },
		{ "a.b", REGEX_LITERAL, "axb a.b", 4, 7 },
		{ "b", REGEX_LITERAL | REGEX_AT_START, "ab", -1, -1 },
		{ "a", REGEX_LITERAL | REGEX_AT_START, "ab", 0, 1 },
		{ "b", REGEX_LITERAL | REGEX_TO_END, "bab", 2, 3 },
		{ "a", REGEX_LITERAL | REGEX_TO_END, "ab", -1, -1 },
		{ "\\w+", 0, "\303\274ber", 0, 5 },
		{ "\\/x", 0, "a/x", 1, 3 },
		{ "", 0, "", 0, 0 },
		/* Bytes that are no text do not hide what is behind. */
		{ "secret", 0, "\377\376 secret \200", 3, 9 },
	};
	struct regex_scratch *scratch = regex_scratch_new();

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct regex_match match = { 0 };
		struct err err;
		size_t offset;
		struct regex *regex = regex_new(span_of(table[i].pattern),
		    table[i].flags, &offset, &err);
		enum regex_result result;

		ck_assert_msg(regex != NULL, "%s", err.text);
		result = regex_find(regex, span_of(table[i].text), 0, scratch,
		    &match, &err);
		ck_assert_msg(
		    result ==
			(table[i].start < 0 ? REGEX_NO_MATCH : REGEX_MATCH),
		    "%s", table[i].pattern);
		if (table[i].start >= 0) {
			ck_assert_int_eq((long)match.start, table[i].start);
			ck_assert_int_eq((long)match.end, table[i].end);
		}
		regex_free(&regex);
		ck_assert_ptr_null(regex);
	}
	regex_scratch_free(&scratch);
}
END_TEST

START_TEST(wrong)
{
	static const struct {
		const char *pattern;
		size_t offset;
	} table[] = {
		{ "a(b", 3 },
		{ "*", 0 },
		{ "[a", 2 },
		{ "a\\C", 3 },
		{ "\377", 0 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct err err = { .kind = ERR_NONE };
		size_t offset = 99;

		ck_assert_ptr_null(
		    regex_new(span_of(table[i].pattern), 0, &offset, &err));
		ck_assert_int_eq(err.kind, ERR_CONFIG);
		ck_assert_msg(offset <= strlen(table[i].pattern), "%s",
		    table[i].pattern);
		ck_assert_uint_gt(strlen(err.text), 0);
	}
}
END_TEST

/* Endless backtracking is a fault, not "no match". */
START_TEST(limit)
{
	struct regex_scratch *scratch = regex_scratch_new();
	struct regex_match match;
	struct err err = { .kind = ERR_NONE };
	size_t offset;
	struct regex *regex =
	    regex_new(SPAN("^(a+)+$"), 0, &offset, &err);

	ck_assert_ptr_nonnull(regex);
	ck_assert_int_eq(
	    regex_find(regex,
		SPAN("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"), 0,
		scratch, &match, &err),
	    REGEX_FAULT);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	/* The scratch is good for the next search. */
	ck_assert_int_eq(
	    regex_find(regex, SPAN("aa"), 0, scratch, &match, &err),
	    REGEX_MATCH);
	regex_free(&regex);
	regex_scratch_free(&scratch);
}
END_TEST

/* CONTEXT: how many searches there may be. */
static int
count_down(void *context, struct err *err)
{
	unsigned *left = context;

	if (*left == 0)
		return err_set(err, ERR_LIMIT, "that was the last one");
	(*left)--;
	return 0;
}

START_TEST(guard)
{
	struct regex_scratch *scratch = regex_scratch_new();
	struct regex_match match;
	struct err err = { .kind = ERR_NONE };
	unsigned left = 2;
	size_t offset;
	struct regex *regex = regex_new(SPAN("a"), 0, &offset, &err);

	ck_assert_ptr_nonnull(regex);
	regex_scratch_guard(scratch, count_down, &left);
	ck_assert_int_eq(regex_find(regex, SPAN("ba"), 0, scratch, &match, &err),
	    REGEX_MATCH);
	ck_assert_int_eq(regex_find(regex, SPAN("b"), 0, scratch, &match, &err),
	    REGEX_NO_MATCH);
	ck_assert_int_eq(regex_find(regex, SPAN("ba"), 0, scratch, &match, &err),
	    REGEX_FAULT);
	ck_assert_str_eq(err.text, "that was the last one");
	regex_free(&regex);
	regex_scratch_free(&scratch);
}
END_TEST

START_TEST(nothing_to_free)
{
	struct regex *regex = NULL;
	struct regex_scratch *scratch = NULL;

	regex_free(&regex);
	regex_scratch_free(&scratch);
}
END_TEST

SUITE_MAIN("regex", find, wrong, limit, guard, nothing_to_free)
