/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/base64.h"

#include "t/unit/suite.h"

#include <string.h>

static const struct {
	struct span in;
	struct span out;
	bool broken;
	bool junk;
	bool resumed;
} cases[] = {
	{ SPAN_INIT(""), SPAN_INIT(""), false, false, false },
	{ SPAN_INIT("Zg=="), SPAN_INIT("f"), false, false, false },
	{ SPAN_INIT("Zm8="), SPAN_INIT("fo"), false, false, false },
	{ SPAN_INIT("Zm9vYmFy"), SPAN_INIT("foobar"), false, false, false },
	{ SPAN_INIT("Zm 9\tv\r\nYmFy\r\n"), SPAN_INIT("foobar"), false, false,
	    false },
	{ SPAN_INIT("+/+/AAD/"), SPAN_INIT("\xFB\xFF\xBF\0\0\xFF"), false, false,
	    false },
	/* What is no digit is skipped, and told. */
	{ SPAN_INIT("Z-m_9v"), SPAN_INIT("foo"), true, true, false },
	{ SPAN_INIT("Zm9v\0\xFF"), SPAN_INIT("foo"), true, true, false },
	/* Padding that is missing, too short, too long or without a group. */
	{ SPAN_INIT("Zg"), SPAN_INIT("f"), true, false, false },
	{ SPAN_INIT("Zg="), SPAN_INIT("f"), true, false, false },
	{ SPAN_INIT("Zm8=="), SPAN_INIT("fo"), true, false, false },
	{ SPAN_INIT("===="), SPAN_INIT(""), true, false, false },
	{ SPAN_INIT("Z"), SPAN_INIT(""), true, true, false },
	{ SPAN_INIT("Z="), SPAN_INIT(""), true, true, false },
	/* Text goes on behind the padding. */
	{ SPAN_INIT("Zg==Zm8="), SPAN_INIT("ffo"), true, false, true },
	{ SPAN_INIT("Zg=Zm9v"), SPAN_INIT("ffoo"), true, false, true },
	{ SPAN_INIT("Zm9v=Zm9v"), SPAN_INIT("foofoo"), true, false, true },
	{ SPAN_INIT("=Zm9v"), SPAN_INIT("foo"), true, false, true },
};

START_TEST(decodes)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span in = cases[i].in;

		for (size_t cut = 0; cut <= in.len; cut++) {
			struct base64_decoder decoder = { 0 };
			char out[64];
			size_t len = base64_decode(
			    &decoder, span_slice(in, 0, cut), out);

			ck_assert_uint_le(len, BASE64_DECODED_MAX(cut));
			len += base64_decode(
			    &decoder, span_slice(in, cut, in.len), out + len);
			len += base64_finish(&decoder, out + len);
			ck_assert_uint_eq(len, cases[i].out.len);
			ck_assert_mem_eq(out, cases[i].out.ptr, len);
			ck_assert_int_eq(decoder.broken, cases[i].broken);
			ck_assert_int_eq(decoder.junk, cases[i].junk);
			ck_assert_int_eq(decoder.resumed, cases[i].resumed);
		}
	}
}
END_TEST

START_TEST(encodes)
{
	static const struct {
		struct span in;
		const char *out;
	} encodings[] = {
		{ SPAN_INIT(""), "" },
		{ SPAN_INIT("f"), "Zg==" },
		{ SPAN_INIT("fo"), "Zm8=" },
		{ SPAN_INIT("foobar"), "Zm9vYmFy" },
		{ SPAN_INIT("\xFB\xFF\xBF\0\0\xFF"), "+/+/AAD/" },
	};
	struct pool *pool = pool_new();

	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		struct span out = base64_encode(pool, encodings[i].in);

		ck_assert(span_equal(out, span_of(encodings[i].out)));
	}
	pool_free(&pool);
}
END_TEST

SUITE_MAIN("base64", decodes, encodes)
