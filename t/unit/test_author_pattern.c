/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/author_pattern.h"

#include "formats/glob.h"
#include "t/unit/suite.h"

#include <string.h>

static const struct {
	const char *pattern;
	enum author_pattern_kind kind;
	const char *yes[4]; /* authors that it is for */
	const char *no[4];
} patterns[] = {
	{ "Joe@Example.com", AUTHOR_ADDRESS,
	    { "joe@example.com", "JOE@EXAMPLE.COM" },
	    { "joe@x.example.com", "ajoe@example.com", "joe@example.co" } },
	{ "joe-*@example.com", AUTHOR_LOCAL,
	    { "joe-@example.com", "Joe-news@example.com" },
	    { "joe@example.com", "joe-a@x.example.com" } },
	{ "example.com", AUTHOR_DOMAIN, { "a@example.com", "b@Example.Com" },
	    { "a@x.example.com", "a@notexample.com" } },
	{ "*@example.com", AUTHOR_DOMAIN, { "a@example.com" },
	    { "a@x.example.com" } },
	{ ".example.com", AUTHOR_BELOW,
	    { "a@x.example.com", "a@y.x.Example.com" },
	    { "a@example.com", "a@notexample.com" } },
	{ "*@*.example.com", AUTHOR_WILD,
	    { "a@x.example.com", "a@x.y.example.com" },
	    { "a@example.com", "a@x.example.com.evil.example" } },
	{ "*@mail*.Example.com", AUTHOR_WILD, { "a@mail7.example.com" },
	    { "a@web.example.com", "a@web.mail.example.com",
		"\"ceo@mail\"@secret.example.com" } },
	{ "\"a@b\"@*.example.com", AUTHOR_WILD,
	    { "\"A@b\"@x.example.com" }, { "a@b.example.com" } },
	{ "*", AUTHOR_WILD, { "a@b", "x@y.example" }, { NULL } },
	{ "b\xc3\xbc"
	  "cher.example",
	    AUTHOR_DOMAIN,
	    { "a@xn--bcher-kva.example", "a@B\xc3\x9c"
					 "CHER.example" },
	    { "a@bucher.example" } },
	{ "xn--bcher-kva.example", AUTHOR_DOMAIN,
	    { "a@b\xc3\xbc"
	      "cher.example" },
	    { NULL } },
	{ ".b\xc3\xbc"
	  "cher.example",
	    AUTHOR_BELOW, { "a@x.xn--bcher-kva.example" }, { NULL } },
};

/* True if PATTERN is for the address TEXT. */
static bool
matches(const char *pattern, const char *text, enum author_pattern_kind kind)
{
	struct pool *pool = pool_new();
	size_t at = span_find_last(span_of(text), '@');
	struct mailbox mailbox = { span_make(text, at),
		span_of(text + at + 1) };
	struct author_pattern parsed;
	struct author author;
	struct err err;
	bool result;

	ck_assert_msg(author_pattern_parse(
			  pool, span_of(pattern), &parsed, &err) == 0,
	    "%s: %s", pattern, err.text);
	ck_assert_int_eq(parsed.kind, kind);
	ck_assert_int_eq(author_of(pool, &mailbox, &author, &err), 0);
	result = author_pattern_matches(&parsed, &author);
	pool_free(&pool);
	return result;
}

START_TEST(match_table)
{
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		for (size_t k = 0; k < 4; k++) {
			const char *yes = patterns[i].yes[k];
			const char *no = patterns[i].no[k];

			if (yes != NULL)
				ck_assert_msg(matches(patterns[i].pattern, yes,
						  patterns[i].kind),
				    "%s: %s", patterns[i].pattern, yes);
			if (no != NULL)
				ck_assert_msg(!matches(patterns[i].pattern, no,
						  patterns[i].kind),
				    "%s: %s", patterns[i].pattern, no);
		}
}
END_TEST

static const struct {
	const char *pattern;
	const char *error;
} mistakes[] = {
	{ "", "it is empty" },
	{ "@", "is no address" },
	{ "@example.com", "is no address" },
	{ "joe@", "is no address" },
	{ "*.example.com", "write \".example.com\" for all below it" },
	{ "joe@.example.com", "write \"joe@*.example.com\"" },
	{ "joe @example.com", "has a blank" },
	{ "example..com", "two dots" },
	{ "joe@exa mple.com", "has a blank" },
	{ "exa*mple.com", "is no DNS name" },
	{ "*@*.b\xc3\xbc"
	  "cher.example",
	    "write it in A-labels" },
	{ "joe@\xff", "has no form in ASCII" },
};

START_TEST(mistake_table)
{
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct pool *pool = pool_new();
		struct author_pattern pattern;
		struct err err;

		ck_assert_msg(
		    author_pattern_parse(pool, span_of(mistakes[i].pattern),
			&pattern, &err) == -1,
		    "row %zu", i);
		ck_assert_msg(strstr(err.text, mistakes[i].error) != NULL,
		    "row %zu: %s", i, err.text);
		pool_free(&pool);
	}
}
END_TEST

static const struct {
	const char *pattern, *text;
	bool matches;
} wildcards[] = {
	{ "", "", true },
	{ "", "a", false },
	{ "*", "", true },
	{ "**", "abc", true },
	{ "a*", "a", true },
	{ "a*c", "abcbc", true },
	{ "a*c", "abcb", false },
	{ "*b*d*", "abcd", true },
	{ "*b*d*", "adcb", false },
	{ "*ab", "aab", true },
	{ "*aab", "aaab", true },
	{ "abc", "ab", false },
	{ "ab", "abc", false },
};

START_TEST(wildcard_table)
{
	for (size_t i = 0; i < sizeof(wildcards) / sizeof(wildcards[0]); i++)
		ck_assert_msg(
		    glob_matches(span_of(wildcards[i].pattern),
			span_of(wildcards[i].text)) == wildcards[i].matches,
		    "row %zu", i);
}
END_TEST

START_TEST(domain_without_ascii_form)
{
	struct pool *pool = pool_new();
	struct mailbox mailbox = { SPAN("a"), SPAN("\xff.example") };
	struct author author;
	struct err err;

	ck_assert_int_eq(author_of(pool, &mailbox, &author, &err), -1);
	ck_assert_int_eq(err.kind, ERR_INPUT);
	pool_free(&pool);
}
END_TEST

SUITE_MAIN("author_pattern", match_table, mistake_table, wildcard_table,
    domain_without_ascii_form)
