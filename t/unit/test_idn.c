/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/idn.h"

#include "t/unit/suite.h"

static const struct {
	const char *domain;
	const char *ascii; /* NULL: there is none */
} domains[] = {
	{ "example.com", "example.com" },
	{ "Example.COM", "example.com" },
	{ "", "" },
	{ "not a domain", "not a domain" },
	{ "[192.0.2.1]", "[192.0.2.1]" },
	{ "XN--bcher-kva.example", "xn--bcher-kva.example" },
	{ "b\xc3\xbc"
	  "cher.example",
	    "xn--bcher-kva.example" },
	{ "B\xc3\x9c"
	  "CHER.Example",
	    "xn--bcher-kva.example" },
	/* Decomposed, as some systems write it. */
	{ "bu\xcc\x88"
	  "cher.example",
	    "xn--bcher-kva.example" },
	/* IDNA 2008 keeps the sharp s, which IDNA 2003 made two. */
	{ "stra\xc3\x9f"
	  "e.example",
	    "xn--strae-oqa.example" },
	{ "\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88",
	    "xn--r8jz45g.xn--zckzah" },
	{ "\xff.example", NULL },         /* no UTF-8 */
	{ "\xe2\x98\x83.example", NULL }, /* a snowman is no letter */
	{ "xn--\xc3\xbc.example", NULL },
};

START_TEST(table)
{
	for (size_t i = 0; i < sizeof(domains) / sizeof(domains[0]); i++) {
		struct pool *pool = pool_new();
		struct span ascii;
		struct err err;
		int result = idn_to_ascii(
		    pool, span_of(domains[i].domain), &ascii, &err);

		ck_assert_msg(result == (domains[i].ascii != NULL ? 0 : -1),
		    "row %zu", i);
		if (result == 0)
			ck_assert_msg(
			    span_equal(ascii, span_of(domains[i].ascii)),
			    "row %zu: %.*s", i, SPAN_ARGS(ascii));
		else
			ck_assert_int_eq(err.kind, ERR_INPUT);
		pool_free(&pool);
	}
}
END_TEST

START_TEST(odd_bytes)
{
	struct pool *pool = pool_new();
	static char text[IDN_TEXT_MAX + 1];
	struct span ascii;

	ck_assert_int_eq(
	    idn_to_ascii(pool, SPAN("\xc3\xbc\0.example"), &ascii, NULL), -1);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 2 == 0 ? '\xc3' : '\xbc';
	ck_assert_int_eq(idn_to_ascii(pool, span_make(text, sizeof(text)),
			     &ascii, NULL),
	    -1);
	pool_free(&pool);
}
END_TEST

SUITE_MAIN("idn", table, odd_bytes)
