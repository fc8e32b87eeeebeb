/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/dns_name.h"

#include "t/unit/suite.h"

#include <string.h>

#define LABEL "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

static const struct {
	const char *name;
	const char *ascii; /* NULL: it is none */
	const char *error;
} names[] = {
	{ "example.com", "example.com", NULL },
	{ "S2026", "s2026", NULL },
	{ "_domainkey.a-b.Example", "_domainkey.a-b.example", NULL },
	{ "b\xc3\xbc"
	  "cher.example",
	    "xn--bcher-kva.example", NULL },
	{ LABEL ".example", LABEL ".example", NULL },
	{ "", NULL, "it is empty" },
	{ ".example.com", NULL, "begins with a dot; write \"example.com\"" },
	{ "example.com.", NULL, "ends with a dot; write \"example.com\"" },
	{ "a..b", NULL, "two dots in a row" },
	{ LABEL "x.example", NULL, "more than 63 bytes between dots" },
	{ LABEL "." LABEL "." LABEL "." LABEL, NULL, "longer than 253 bytes" },
	{ "a b", NULL, "is no DNS name" },
	{ "a;b", NULL, "is no DNS name" },
	{ "\xff", NULL, "has no form in ASCII" },
};

START_TEST(table)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct pool *pool = pool_new();
		struct span ascii;
		struct err err;
		int result = dns_name_parse(
		    pool, span_of(names[i].name), &ascii, &err);

		ck_assert_msg(result == (names[i].ascii != NULL ? 0 : -1),
		    "row %zu", i);
		if (result == 0)
			ck_assert_msg(
			    span_equal(ascii, span_of(names[i].ascii)),
			    "row %zu: %.*s", i, SPAN_ARGS(ascii));
		else
			ck_assert_msg(strstr(err.text, names[i].error) != NULL,
			    "row %zu: %s", i, err.text);
		pool_free(&pool);
	}
}
END_TEST

START_TEST(selectors)
{
	struct err err;

	ck_assert_int_eq(dns_name_check_selector(SPAN("s1.mail"), &err), 0);
	ck_assert_int_eq(dns_name_check_selector(SPAN("a b"), &err), -1);
	ck_assert_int_eq(
	    dns_name_check_selector(SPAN("s1._DomainKey"), &err), -1);
	ck_assert_str_eq(err.text,
	    "\"s1._DomainKey\" has \"._domainkey\", which is added to a "
	    "selector; write \"s1\"");
	ck_assert_int_eq(dns_name_check_selector(
		SPAN("s1._domainkey.example.com"), &err), -1);
}
END_TEST

SUITE_MAIN("dns_name", table, selectors)
