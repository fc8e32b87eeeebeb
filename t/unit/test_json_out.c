/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/json_out.h"

#include "base/escape.h"

#include "t/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(printed)
{
	struct json_out *top = json_out_new();
	struct json_out *items = json_out_array(top, "items");
	struct json_out *item = json_out_add_object(items);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(out);
	json_out_text(item, "text", SPAN("a\"b\\c\x80\x1b\xc3\xa9"));
	json_out_number(item, "number", -5);
	json_out_bool(item, "bool", true);
	json_out_add_text(items, SPAN(""));
	json_out_text(json_out_object(top, "object"), "key", SPAN("value"));
	ck_assert_int_eq(json_out_print(top, true, out), 0);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_str_eq(text,
	    "{\"items\":[{\"text\":\"a\\\"b\\\\\\\\c\\\\x80\\\\x1b\xc3\xa9\","
	    "\"number\":-5,\"bool\":true},\"\"],\"object\":{\"key\":\"value\"}}"
	    "\n");
	free(text);
	json_out_free(&top);
	ck_assert_ptr_null(top);
	json_out_free(&top);
}
END_TEST

START_TEST(not_printed)
{
	struct json_out *top = json_out_new();
	FILE *full = fopen("/dev/full", "w");

	ck_assert_ptr_nonnull(full);
	(void)setvbuf(full, NULL, _IONBF, 0);
	ck_assert_int_eq(json_out_print(top, false, full), -1);
	(void)fclose(full);
	json_out_free(&top);
}
END_TEST

static const struct {
	struct span text;
	const char *escaped;
} escapes[] = {
	{ SPAN_INIT(""), "" },
	{ SPAN_INIT("a \xc3\xa9\xe2\x82\xac"), "a \xc3\xa9\xe2\x82\xac" },
	{ SPAN_INIT("\\"), "\\\\" },
	{ SPAN_INIT("\0\n\x1b\x7f"), "\\x00\\x0a\\x1b\\x7f" },
	/* U+009B, which is CSI to a terminal. */
	{ SPAN_INIT("\xc2\x9b"), "\\x9b" },
	/* Not UTF-8: alone, cut off, overlong, a surrogate, beyond U+10FFFF. */
	{ SPAN_INIT("\x80\xc3"), "\\x80\\xc3" },
	{ SPAN_INIT("\xe2\x82"), "\\xe2\\x82" },
	{ SPAN_INIT("\xc0\xaf"), "\\xc0\\xaf" },
	{ SPAN_INIT("\xe0\x80\xaf"), "\\xe0\\x80\\xaf" },
	{ SPAN_INIT("\xed\xa0\x80"), "\\xed\\xa0\\x80" },
	{ SPAN_INIT("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80" },
	{ SPAN_INIT("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80" },
};

START_TEST(escape_table)
{
	struct buf out;

	buf_init(&out, 256);
	ck_assert_int_eq(escape_text(escapes[_i].text, &out), 0);
	ck_assert_str_eq(buf_string(&out), escapes[_i].escaped);
	buf_free(&out);
}
END_TEST

START_TEST(escape_full)
{
	struct buf out;

	buf_init(&out, 3);
	ck_assert_int_eq(escape_text(SPAN("\x01"), &out), -1);
	ck_assert_int_eq(escape_text(SPAN("abcd"), &out), -1);
	buf_free(&out);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("json_out");
	TCase *tcase = suite_case(suite, "json_out");

	tcase_add_test(tcase, printed);
	tcase_add_test(tcase, not_printed);
	tcase_add_loop_test(tcase, escape_table, 0,
	    sizeof(escapes) / sizeof(escapes[0]));
	tcase_add_test(tcase, escape_full);
	return suite_finish(suite);
}
