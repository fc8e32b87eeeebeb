/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/encoded_word.h"

#include "base/buf.h"
#include "t/unit/suite.h"

#include <string.h>

static const struct {
	const char *value;
	const char *text;
} cases[] = {
	{ " plain text ", "plain text" },
	{ " folded\n text", "folded text" },
	/* RFC 2047 section 8. */
	{ "(=?ISO-8859-1?Q?a?=)", "(a)" },
	{ "(=?ISO-8859-1?Q?a?= b)", "(a b)" },
	{ "(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)" },
	{ "(=?ISO-8859-1?Q?a?=\n\t=?ISO-8859-1?Q?b?=)", "(ab)" },
	{ "(=?ISO-8859-1?Q?a_b?=)", "(a b)" },
	{ "(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)" },
	{ "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\n"
	  " =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
	    "If you can read this you understand the example." },
	{ "=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore" },
	/* Tolerated. */
	{ "x=?utf-8?q?=C3=A9?=y", "x\u00E9y" },
	{ "=?utf-8?q?=C3?= =?UTF-8?b?qQ==?=", "\u00E9" },
	{ "=?utf-8?q?=C3?= and =?UTF-8?b?qQ==?=", "\uFFFD and \uFFFD" },
	{ "=?utf-8?q?a b?=", "a b" },
	{ "=?utf-8?q?why?_so?=", "why? so" },
	{ "=?utf-8?q?a=?=", "a=" },
	{ "=?utf-8?b?YQ?==?utf-8?b?Yg?=", "ab" },
	{ "=?iso-2022-jp?b?GyRCNEE=?= =?iso-2022-jp?b?O3obKEI=?=",
	    "\u6F22\u5B57" },
	{ "caf\xE9 \u00E9", "caf\u00E9 \u00E9" },
	/* No encoded words. */
	{ "=?utf-8?x?a?=", "=?utf-8?x?a?=" },
	{ "=?utf-8?q?a", "=?utf-8?q?a" },
	{ "=??q?a?=", "=??q?a?=" },
	{ "=?a b?q?a?=", "=?a b?q?a?=" },
	{ "=?=?=?", "=?=?=?" },
	{ "=?utf-8?q?a =?utf-8?q?b?=", "=?utf-8?q?a b" },
	{ "=?utf-8?q?\?=", "" },
	{ "", "" },
};

START_TEST(decodes)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pool *pool = pool_new();
		struct span text =
		    encoded_word_decode(pool, span_of(cases[i].value));

		ck_assert_str_eq(pool_string(pool, text), cases[i].text);
		pool_free(&pool);
	}
}
END_TEST

/* However many come before, known or not, a charset is obeyed: what is guessed
 * at would be hidden from all rules. */
START_TEST(many_charsets)
{
	struct pool *pool = pool_new();
	struct span text;
	struct buf value;

	buf_init(&value, 1 << 16);
	for (unsigned i = 0; i < 500; i++)
		(void)buf_printf(&value, "=?x-%u?q?\?= ", i);
	(void)buf_printf(&value,
	    "=?koi8-r?q?=C1?= =?koi8-u?q?=C1?= =?cp1251?q?=C1?= "
	    "=?cp1250?q?=C1?= =?cp1253?q?=C1?= =?utf-16be?b?AGkA?=");
	text = encoded_word_decode(pool, buf_span(&value));
	ck_assert_str_eq(pool_string(pool, text),
	    "\u0430\u0430\u0411\u00C1\u0391i\uFFFD");
	buf_free(&value);
	pool_free(&pool);
}
END_TEST

SUITE_MAIN("encoded_word", decodes, many_charsets)
