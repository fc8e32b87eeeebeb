/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/edit_text.h"

#include "t/unit/suite.h"

START_TEST(replies_of_the_wrong_class_are_none)
{
	static const struct {
		enum response_kind kind;
		unsigned code;
		bool has;
	} rows[] = {
		{ RESPONSE_REJECT, 550, true },
		{ RESPONSE_REJECT, 450, false },
		{ RESPONSE_REJECT, 0, false },
		{ RESPONSE_TEMPFAIL, 451, true },
		{ RESPONSE_TEMPFAIL, 550, false },
		{ RESPONSE_CONTINUE, 550, false },
		{ RESPONSE_ACCEPT, 451, false },
		{ RESPONSE_DISCARD, 550, false },
		{ RESPONSE_SKIP, 451, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct response response = {
			.kind = rows[i].kind,
			.reply = { .code = rows[i].code },
		};

		ck_assert_msg(
		    edit_text_has_reply(&response) == rows[i].has, "%zu", i);
	}
}
END_TEST

START_TEST(replies)
{
	struct buf text;

	buf_init(&text, 12);
	edit_text_reply(&text, SPAN("a\r\n\x7f" "100%"));
	ck_assert_str_eq(buf_string(&text), "a???100%%");
	/* Cut where it is full, and a doubled "%" never in between. */
	buf_reset(&text);
	edit_text_reply(&text, SPAN("0123456789a%b"));
	ck_assert_str_eq(buf_string(&text), "0123456789a");
	buf_free(&text);
}
END_TEST

START_TEST(values_and_paths)
{
	const struct edit field = { .value = SPAN_INIT("  v") };
	const struct edit bare = { .value = SPAN_INIT("v") };
	const struct edit address = { .value = SPAN_INIT("a@example.com") };
	struct buf path;

	ck_assert(span_equal(edit_text_value(&field, true), SPAN("  v")));
	ck_assert(span_equal(edit_text_value(&field, false), SPAN(" v")));
	ck_assert(span_equal(edit_text_value(&bare, false), SPAN("v")));
	buf_init(&path, EDIT_PATH_MAX);
	edit_text_path(&path, &address);
	edit_text_path(&path, &(struct edit){ .value = SPAN_INIT("") });
	ck_assert_str_eq(buf_string(&path), "<a@example.com><>");
	buf_free(&path);
}
END_TEST

START_TEST(a_reason_is_never_empty)
{
	const struct response named = { .hold_reason = SPAN_INIT("pci") };
	const struct response unnamed = { .hold = true };

	ck_assert(span_equal(edit_text_hold_reason(&named), SPAN("pci")));
	ck_assert(span_equal(edit_text_hold_reason(&unnamed), SPAN("held")));
}
END_TEST

SUITE_MAIN("edit_text", replies_of_the_wrong_class_are_none, replies,
    values_and_paths, a_reason_is_never_empty)
