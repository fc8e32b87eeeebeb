/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/charset.h"

#include "formats/charset_names.h"
#include "t/unit/suite.h"

#include <stdio.h>
#include <string.h>

/* UTF-8 whose bytes are spelt out where they are the point of the case. */
static const struct {
	struct span charset;
	struct span in;
	const char *out;
	bool guessed;
	bool broken;
} cases[] = {
	{ SPAN_INIT("utf-8"), SPAN_INIT("plain"), "plain", false, false },
	{ SPAN_INIT("UTF-8"), SPAN_INIT("\u00E9\u20AC\U0001F600"),
	    "\u00E9\u20AC\U0001F600", false, false },
	/* One replacement for each longest valid beginning. */
	{ SPAN_INIT("utf-8"),
	    SPAN_INIT("a\xE2\x82"
		      "b\xFF"),
	    "a\uFFFD"
	    "b\uFFFD",
	    false, true },
	{ SPAN_INIT("utf-8"), SPAN_INIT("\xC0\xAF\xED\xA0\x80\xF4\x90"),
	    "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD", false, true },
	{ SPAN_INIT("utf-8"), SPAN_INIT("\xF0\x9F\x98"), "\uFFFD", false,
	    true },
	{ SPAN_INIT("iso-8859-1"), SPAN_INIT("\xE9\x80\x81"),
	    "\u00E9\u20AC\xC2\x81", false, false },
	{ SPAN_INIT("ISO_8859-15"), SPAN_INIT("\xA4"), "\u20AC", false, false },
	{ SPAN_INIT("koi8-r"), SPAN_INIT("\xC1\xC2"), "\u0430\u0431", false,
	    false },
	{ SPAN_INIT("gb2312"), SPAN_INIT("\xD6\xD0\x81\x30\x81\x30"),
	    "\u4E2D\xC2\x80", false, false },
	{ SPAN_INIT("big5"), SPAN_INIT("\xA4\xA4"), "\u4E2D", false, false },
	{ SPAN_INIT("big5"), SPAN_INIT("x\xA4"), "x\uFFFD", false, true },
	{ SPAN_INIT("shift_jis"), SPAN_INIT("\x93\xFA\x87\x40"), "\u65E5\u2460",
	    false, false },
	{ SPAN_INIT("ks_c_5601-1987"), SPAN_INIT("\xC7\xD1"), "\uD55C", false,
	    false },
	{ SPAN_INIT("iso-2022-jp"), SPAN_INIT("a\x1B$B4A\x1B(Bb"), "a\u6F22b",
	    false, false },
	{ SPAN_INIT("iso-2022-jp"), SPAN_INIT("\x1B$B4A;"), "\u6F22\uFFFD",
	    false, true },
	{ SPAN_INIT("utf-7"), SPAN_INIT("+AD0-x+IKw"), "=x\u20AC", false,
	    false },
	{ SPAN_INIT("utf-16"), SPAN_INIT("\xFF\xFEh\0\x3D\xD8\0\xDE"),
	    "h\U0001F600", false, false },
	{ SPAN_INIT("utf-16be"), SPAN_INIT("\0h\xD8\0\0i"), "h\uFFFDi", false,
	    true },
	{ SPAN_INIT("utf-16le"), SPAN_INIT("h\0i"), "h\uFFFD", false, true },
	/* Guesses. */
	{ SPAN_INIT(""), SPAN_INIT("ascii"), "ascii", false, false },
	{ SPAN_INIT(""), SPAN_INIT("\u20AC"), "\u20AC", false, false },
	{ SPAN_INIT("us-ascii"), SPAN_INIT("\xE9\u00E9\x80"),
	    "\u00E9\u00E9\u20AC", true, false },
	{ SPAN_INIT(""), SPAN_INIT("\xE9"), "\u00E9", true, false },
	{ SPAN_INIT("x-unknown"), SPAN_INIT("a"), "a", true, false },
	{ SPAN_INIT("/../x"), SPAN_INIT("a"), "a", true, false },
	{ SPAN_INIT("utf-8//translit"), SPAN_INIT("a"), "a", true, false },
	{ SPAN_INIT(""), SPAN_INIT("\xFF\xFEh\0"), "h", false, false },
	{ SPAN_INIT(""), SPAN_INIT("\xFE\xFF\0h"), "h", false, false },
};

START_TEST(converts)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span in = cases[i].in;

		for (size_t cut = 0; cut <= in.len; cut++) {
			struct charset_decoder *decoder =
			    charset_new(cases[i].charset);
			struct buf out;

			buf_init(&out, 2 * CHARSET_DECODED_MAX(in.len));
			/* Twice, for a decoder may be used again. */
			for (unsigned round = 0; round < 2; round++) {
				buf_reset(&out);
				charset_decode(
				    decoder, span_slice(in, 0, cut), &out);
				charset_decode(
				    decoder, span_slice(in, cut, in.len), &out);
				charset_finish(decoder, &out);
				ck_assert_str_eq(
				    buf_string(&out), cases[i].out);
			}
			ck_assert_int_eq(
			    charset_guessed(decoder), cases[i].guessed);
			ck_assert_int_eq(
			    charset_broken(decoder), cases[i].broken);
			charset_free(&decoder);
			buf_free(&out);
		}
	}
}
END_TEST

START_TEST(names)
{
	ck_assert(charset_known(SPAN("Windows-1252")));
	ck_assert(charset_known(SPAN("CSISO2022JP")));
	ck_assert(!charset_known(SPAN("")));
	ck_assert(!charset_known(SPAN("utf-8 ")));
	ck_assert(!charset_known(
	    SPAN("a name that is longer than any charset of the list has")));
}
END_TEST

START_TEST(ascii)
{
	static const struct {
		struct span name;
		enum charset_ascii ascii;
	} charsets[] = {
		{ SPAN_INIT(""), CHARSET_ASCII_GUESSED },
		{ SPAN_INIT("x-unknown"), CHARSET_ASCII_GUESSED },
		{ SPAN_INIT("US-ASCII"), CHARSET_ASCII_GUESSED },
		{ SPAN_INIT("utf-8"), CHARSET_ASCII_SAME },
		{ SPAN_INIT("iso-8859-1"), CHARSET_ASCII_SAME },
		{ SPAN_INIT("gb2312"), CHARSET_ASCII_SAME },
		{ SPAN_INIT("ibm437"), CHARSET_ASCII_SAME },
		{ SPAN_INIT("ISO-2022-JP"), CHARSET_ASCII_ESCAPED },
		{ SPAN_INIT("iso-2022-kr"), CHARSET_ASCII_OTHER },
		{ SPAN_INIT("hz-gb-2312"), CHARSET_ASCII_GUESSED },
		{ SPAN_INIT("utf-7"), CHARSET_ASCII_OTHER },
		{ SPAN_INIT("UTF-16"), CHARSET_ASCII_OTHER },
		{ SPAN_INIT("ucs-4"), CHARSET_ASCII_OTHER },
		{ SPAN_INIT("johab"), CHARSET_ASCII_OTHER },
		{ SPAN_INIT("cp037"), CHARSET_ASCII_OTHER },
		{ SPAN_INIT("cp500"), CHARSET_ASCII_OTHER },
		{ SPAN_INIT("ibm1047"), CHARSET_ASCII_OTHER },
	};

	for (size_t i = 0; i < sizeof(charsets) / sizeof(charsets[0]); i++)
		ck_assert_msg(
		    charset_ascii(charsets[i].name) == charsets[i].ascii,
		    "%.*s", SPAN_ARGS(charsets[i].name));
}
END_TEST

/* How many lines of this process's map are of iconv's modules. */
static size_t
count_modules(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[4096];
	size_t count = 0;

	ck_assert_ptr_nonnull(maps);
	while (fgets(line, sizeof(line), maps) != NULL)
		count += strstr(line, "/gconv/") != NULL;
	(void)fclose(maps);
	return count;
}

/* Opens each charset there is, one after the other, and sees how often fewer
 * than COUNT modules are loaded. */
static size_t
count_unloads(size_t count)
{
	size_t name_count;
	const struct charset_name *all = charset_names_all(&name_count);
	size_t unloads = 0;

	for (size_t i = 0; i < name_count; i++) {
		struct charset_decoder *decoder = charset_new(all[i].name);

		charset_free(&decoder);
		unloads += count_modules() < count;
	}
	return unloads;
}

START_TEST(modules_are_held)
{
	struct charset_modules *modules = charset_modules_hold();
	size_t count = count_modules();

	ck_assert_uint_eq(count_unloads(count), 0);
	ck_assert_uint_eq(count_modules(), count);
	charset_modules_release(&modules);
	ck_assert_ptr_null(modules);
	charset_modules_release(&modules);
	/* A C library whose modules are built in has none to unload. */
	ck_assert(count == 0 || count_unloads(count) > 0);
}
END_TEST

START_TEST(full_is_told)
{
	struct charset_decoder *decoder = charset_new(SPAN("utf-8"));
	struct buf out;

	buf_init(&out, 3);
	charset_decode(decoder, SPAN("four"), &out);
	ck_assert(out.full);
	charset_free(&decoder);
	buf_free(&out);
}
END_TEST

SUITE_MAIN("charset", converts, names, ascii, modules_are_held, full_is_told)
