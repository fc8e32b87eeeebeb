/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/quoted_printable.h"

#include "t/unit/suite.h"

#include <string.h>

#define BLANKS_10 "          "
#define BLANKS_80                                                              \
	BLANKS_10 BLANKS_10 BLANKS_10 BLANKS_10 BLANKS_10 BLANKS_10 BLANKS_10  \
	    BLANKS_10

static const struct {
	struct span in;
	struct span out;
	bool broken;
} cases[] = {
	{ SPAN_INIT(""), SPAN_INIT(""), false },
	{ SPAN_INIT("caf=C3=A9=3d"), SPAN_INIT("caf\xC3\xA9="), false },
	{ SPAN_INIT("=e9=00"), SPAN_INIT("\xE9\0"), false },
	{ SPAN_INIT("one =\r\ntwo=\nthree= \t\r\n."),
	    SPAN_INIT("one twothree."), false },
	{ SPAN_INIT("a  \r\nb\t\nc "), SPAN_INIT("a\r\nb\nc"), false },
	{ SPAN_INIT("a b\tc"), SPAN_INIT("a b\tc"), false },
	{ SPAN_INIT("soft break at the end="),
	    SPAN_INIT("soft break at the end"), false },
	/* Blanks are dropped up to a limit only. */
	{ SPAN_INIT("x" BLANKS_80 "\r\ny"), SPAN_INIT("x\r\ny"), false },
	{ SPAN_INIT("x" BLANKS_80 " \r\ny"), SPAN_INIT("x" BLANKS_80 " \r\ny"),
	    false },
	{ SPAN_INIT("x" BLANKS_80 BLANKS_10 "y"),
	    SPAN_INIT("x" BLANKS_80 BLANKS_10 "y"), false },
	{ SPAN_INIT("x=" BLANKS_80 "\r\ny"), SPAN_INIT("xy"), false },
	{ SPAN_INIT("x=" BLANKS_80 BLANKS_10 "y"),
	    SPAN_INIT("x=" BLANKS_80 BLANKS_10 "y"), true },
	/* What is no escape stays. */
	{ SPAN_INIT("a=XY"), SPAN_INIT("a=XY"), true },
	{ SPAN_INIT("a=4"), SPAN_INIT("a=4"), true },
	{ SPAN_INIT("a=4G=41"), SPAN_INIT("a=4GA"), true },
	{ SPAN_INIT("==41"), SPAN_INIT("=A"), true },
	{ SPAN_INIT("=\rx"), SPAN_INIT("=\rx"), true },
	{ SPAN_INIT("= x"), SPAN_INIT("= x"), true },
};

START_TEST(decodes)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span in = cases[i].in;

		for (size_t cut = 0; cut <= in.len; cut++) {
			struct quoted_printable_decoder decoder = { 0 };
			char out[512];
			size_t len = quoted_printable_decode(
			    &decoder, span_slice(in, 0, cut), out);

			ck_assert_uint_le(
			    len, QUOTED_PRINTABLE_DECODED_MAX(cut));
			len += quoted_printable_decode(
			    &decoder, span_slice(in, cut, in.len), out + len);
			len += quoted_printable_finish(&decoder, out + len);
			ck_assert_uint_eq(len, cases[i].out.len);
			ck_assert_mem_eq(out, cases[i].out.ptr, len);
			ck_assert_int_eq(decoder.broken, cases[i].broken);
		}
	}
}
END_TEST

SUITE_MAIN("quoted_printable", decodes)
