/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/address.h"

#include "t/unit/suite.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
assert_span(struct span span, const char *expected)
{
	ck_assert_msg(span_equal(span, span_of(expected)),
	    "is \"%.*s\", should be \"%s\"", SPAN_ARGS(span), expected);
}

START_TEST(paths)
{
	static const struct {
		const char *path;
		const char *text, *local, *domain, *key;
		bool routed;
	} cases[] = {
		{ "<a@example.com>", "a@example.com", "a", "example.com",
		    "a@example.com", false },
		{ "a@example.com", "a@example.com", "a", "example.com",
		    "a@example.com", false },
		{ "<User@Example.COM>", "User@Example.COM", "User",
		    "Example.COM", "user@example.com", false },
		{ "<>", "", "", "", "", false },
		{ "", "", "", "", "", false },
		{ "<postmaster>", "postmaster", "postmaster", "",
		    "postmaster", false },
		{ "<Postmaster>", "Postmaster", "Postmaster", "",
		    "postmaster", false },
		{ "root", "root", "root", "", "root", false },
		{ "<\"john.doe\"@example.com>", "\"john.doe\"@example.com",
		    "\"john.doe\"", "example.com", "john.doe@example.com",
		    false },
		{ "<\"John Doe\"@example.com>", "\"John Doe\"@example.com",
		    "\"John Doe\"", "example.com",
		    "\"john doe\"@example.com", false },
		{ "<\"j\\o\\hn\"@example.com>", "\"j\\o\\hn\"@example.com",
		    "\"j\\o\\hn\"", "example.com", "john@example.com",
		    false },
		{ "<\"a@b\"@example.com>", "\"a@b\"@example.com", "\"a@b\"",
		    "example.com", "\"a@b\"@example.com", false },
		{ "<\"a\\\"b\\\\c\"@example.com>",
		    "\"a\\\"b\\\\c\"@example.com", "\"a\\\"b\\\\c\"",
		    "example.com", "\"a\\\"b\\\\c\"@example.com", false },
		{ "<\"\"@example.com>", "\"\"@example.com", "\"\"",
		    "example.com", "\"\"@example.com", false },
		{ "<\"a.\"@example.com>", "\"a.\"@example.com", "\"a.\"",
		    "example.com", "\"a.\"@example.com", false },
		{ "<a.\"b c\".d@example.com>", "a.\"b c\".d@example.com",
		    "a.\"b c\".d", "example.com", "\"a.b c.d\"@example.com",
		    false },
		{ "<@r1:a@example.com>", "a@example.com", "a", "example.com",
		    "a@example.com", true },
		{ "<@r1.example,@r2.example:a@example.com>",
		    "a@example.com", "a", "example.com", "a@example.com",
		    true },
		{ "<@[IPv6:2001:db8::1]:a@example.com>", "a@example.com",
		    "a", "example.com", "a@example.com", true },
		{ "<a@[192.0.2.7]>", "a@[192.0.2.7]", "a", "[192.0.2.7]",
		    "a@[192.0.2.7]", false },
		{ "<a@[IPv6:2001:DB8::1]>", "a@[IPv6:2001:DB8::1]", "a",
		    "[IPv6:2001:DB8::1]", "a@[ipv6:2001:db8::1]", false },
		{ "<a+tag@example.com>", "a+tag@example.com", "a+tag",
		    "example.com", "a+tag@example.com", false },
		{ "<a%b@example.com>", "a%b@example.com", "a%b",
		    "example.com", "a%b@example.com", false },
		{ "<h!a@example.com>", "h!a@example.com", "h!a",
		    "example.com", "h!a@example.com", false },
		{ "<a..b.@example.com>", "a..b.@example.com", "a..b.",
		    "example.com", "a..b.@example.com", false },
		{ "<a@example.com.>", "a@example.com.", "a", "example.com",
		    "a@example.com", false },
		{ "<m\xc3\xbcller@ex\xc3\xa4mple.de>",
		    "m\xc3\xbcller@ex\xc3\xa4mple.de", "m\xc3\xbcller",
		    "ex\xc3\xa4mple.de", "m\xc3\xbcller@ex\xc3\xa4mple.de",
		    false },
		{ "<=?x?='{}|~#$&*-/^_`@a-b_c.example>",
		    "=?x?='{}|~#$&*-/^_`@a-b_c.example",
		    "=?x?='{}|~#$&*-/^_`", "a-b_c.example",
		    "=?x?='{}|~#$&*-/^_`@a-b_c.example", false },
	};
	struct pool *pool = pool_new();
	struct address address;
	struct err err;

	for (size_t i = 0; i < COUNT(cases); i++) {
		ck_assert_msg(address_parse(span_of(cases[i].path), &address,
			          &err) == 0,
		    "%s: %s", cases[i].path, err.text);
		assert_span(address.text, cases[i].text);
		assert_span(address.local, cases[i].local);
		assert_span(address.domain, cases[i].domain);
		assert_span(address_key(pool, &address), cases[i].key);
		ck_assert_int_eq(address.routed, cases[i].routed);
	}
	pool_free(&pool);
}
END_TEST

START_TEST(unreadable_paths)
{
	static const struct span cases[] = {
		SPAN_INIT("<"),
		SPAN_INIT(">"),
		SPAN_INIT("<a@example.com"),
		SPAN_INIT("a@example.com>"),
		SPAN_INIT("<<a@example.com>>"),
		SPAN_INIT("<@example.com>"),
		SPAN_INIT("<@r1:>"),
		SPAN_INIT("<@r1,:a@example.com>"),
		SPAN_INIT("<@r1 a@example.com>"),
		SPAN_INIT("<@:a@example.com>"),
		SPAN_INIT("<@r1,a@example.com>"),
		SPAN_INIT("<a@>"),
		SPAN_INIT("<a@.>"),
		SPAN_INIT("<a@..>"),
		SPAN_INIT("<a@example..>"),
		SPAN_INIT("<a@example..com>"),
		SPAN_INIT("<a@.example.com>"),
		SPAN_INIT("<a@b@c>"),
		SPAN_INIT("<a b@example.com>"),
		SPAN_INIT("<a,b@example.com>"),
		SPAN_INIT("<a@example.com,b@example.com>"),
		SPAN_INIT("<a@example.com b@example.com>"),
		SPAN_INIT("<a@example.com\n>"),
		SPAN_INIT("<a\0b@example.com>"),
		SPAN_INIT("<\"a@example.com>"),
		SPAN_INIT("<\"a\\\"@example.com>"),
		SPAN_INIT("<\"a\"b@example.com>"),
		SPAN_INIT("<a\"b\"@example.com>"),
		SPAN_INIT("<\"a\nb\"@example.com>"),
		SPAN_INIT("<\"a\\"),
		SPAN_INIT("<a\\@b@example.com>"),
		SPAN_INIT("<a@[192.0.2.7>"),
		SPAN_INIT("<a@[192.0.2.7]x>"),
		SPAN_INIT("<a@[192.0 .2.7]>"),
		/* In these Sendmail finds another address. */
		SPAN_INIT("<@[<victim@evil.test>]:boss@example.com>"),
		SPAN_INIT("<a@[<victim@evil.test>]>"),
		SPAN_INIT("<a@[evil.test]>"),
		SPAN_INIT("<(comment)a@example.com>"),
		SPAN_INIT("<list:a@example.com;>"),
		SPAN_INIT(" <a@example.com>"),
	};
	struct address address = { .routed = false };
	struct err err;

	for (size_t i = 0; i < COUNT(cases); i++) {
		ck_assert_msg(address_parse(cases[i], &address, &err) == -1,
		    "%.*s", SPAN_ARGS(cases[i]));
		ck_assert_int_eq(err.kind, ERR_INPUT);
		ck_assert_uint_eq(address.text.len, 0);
	}
	ck_assert_int_eq(
	    address_parse(SPAN("<a@[2001:db8::1]>"), &address, &err), -1);
	ck_assert_str_eq(err.text,
	    "cannot read the address \"<a@[2001:db8::1]>\": what is in "
	    "brackets is no IP address; write [192.0.2.1] or "
	    "[IPv6:2001:db8::1]");
}
END_TEST

START_TEST(local_is)
{
	static const struct {
		const char *path;
		const char *name;
		bool is;
	} cases[] = {
		{ "<postmaster>", "postmaster", true },
		{ "<PostMaster@example.com>", "postmaster", true },
		{ "<\"postmaster\"@example.com>", "postmaster", true },
		{ "<\"post\\master\"@example.com>", "PostMaster", true },
		{ "<postmaster2@example.com>", "postmaster", false },
		{ "<postmaste@example.com>", "postmaster", false },
		{ "<\"postmaster \"@example.com>", "postmaster", false },
		{ "<>", "postmaster", false },
		{ "<>", "", true },
		{ "<\"\\\"\"@example.com>", "\"", true },
	};
	struct address address;

	for (size_t i = 0; i < COUNT(cases); i++) {
		ck_assert_int_eq(
		    address_parse(span_of(cases[i].path), &address, NULL), 0);
		ck_assert_msg(address_local_is(&address,
			          span_of(cases[i].name)) == cases[i].is,
		    "%s", cases[i].path);
	}
}
END_TEST

/* In all its spellings a mailbox looks the same, but for case. */
START_TEST(plain)
{
	static const struct {
		const char *path, *plain;
	} cases[] = {
		{ "<Ceo@Example.com>", "Ceo@Example.com" },
		{ "<Ceo@Example.com.>", "Ceo@Example.com" },
		{ "<@relay.example:ceo@example.com.>", "ceo@example.com" },
		{ "<\"Ceo\"@example.com>", "Ceo@example.com" },
		{ "<\"c\\eo\"@example.com.>", "ceo@example.com" },
		{ "<\"c\\e o\"@example.com.>", "\"ce o\"@example.com" },
		{ "<a.\"b c\"@example.com>", "\"a.b c\"@example.com" },
		{ "<\"postmaster\">", "postmaster" },
		{ "<>", "" },
	};
	struct pool *pool = pool_new();
	struct address address;

	for (size_t i = 0; i < COUNT(cases); i++) {
		ck_assert_int_eq(
		    address_parse(span_of(cases[i].path), &address, NULL), 0);
		assert_span(address_plain(pool, &address), cases[i].plain);
		address.text = SPAN("");
		assert_span(address_plain(pool, &address), cases[i].plain);
	}
	pool_free(&pool);
}
END_TEST

START_TEST(quotes_of_local_parts)
{
	/* As written, what it means, and how that is written. */
	static const struct {
		const char *local, *meant, *quoted;
	} cases[] = {
		{ "Anna", "Anna", "Anna" },
		{ "\"Anna\"", "Anna", "Anna" },
		{ "\"a\\+b\"", "a+b", "a+b" },
		{ "a.\"b c\"", "a.b c", "\"a.b c\"" },
		{ "\"a\\\"b\\\\\"", "a\"b\\", "\"a\\\"b\\\\\"" },
		{ "\"a@b\"", "a@b", "\"a@b\"" },
		{ "a..b", "a..b", "\"a..b\"" },
		{ "\"\"", "", "\"\"" },
	};
	struct pool *pool = pool_new();

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span meant =
		    address_local_meant(pool, span_of(cases[i].local));

		assert_span(meant, cases[i].meant);
		assert_span(address_local_quote(pool, meant), cases[i].quoted);
	}
	pool_free(&pool);
}
END_TEST

/* What an MTA may find another address in. */
START_TEST(local_routes)
{
	static const struct {
		const char *path;
		bool routes;
	} cases[] = {
		{ "<a%b.example>", true },
		{ "<b.example!a>", true },
		{ "<\"a@b.example\">", true },
		{ "<\"a\\@b.example\"@example.com>", true },
		{ "<a.\"%\"@example.com>", true },
		{ "<a%b.example@example.com>", true },
		{ "<b.example!a@[192.0.2.7]>", true },
		{ "<a@example.com>", false },
		{ "<\"a b\"@example.com>", false },
		{ "<SRS0=x=y=b.example=a+c@example.com>", false },
		{ "<@relay.example:a@example.com>", false },
		{ "<postmaster>", false },
		{ "<>", false },
	};
	struct address address;

	for (size_t i = 0; i < COUNT(cases); i++) {
		ck_assert_int_eq(
		    address_parse(span_of(cases[i].path), &address, NULL), 0);
		ck_assert_msg(
		    address_local_routes(&address) == cases[i].routes, "%s",
		    cases[i].path);
	}
}
END_TEST

START_TEST(domains)
{
	static const struct {
		const char *domain, *pattern;
		bool matches;
	} cases[] = {
		{ "example.com", "example.com", true },
		{ "EXAMPLE.com", "example.COM", true },
		{ "a.example.com", "example.com", false },
		{ "a.example.com", ".example.com", true },
		{ "a.b.Example.com", ".exAmple.com", true },
		{ "example.com", ".example.com", false },
		{ "badexample.com", ".example.com", false },
		{ "badexample.com", "example.com", false },
		{ "", "", false },
		{ "", ".", false },
		{ "com", ".example.com", false },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		ck_assert_msg(domain_matches(span_of(cases[i].domain),
			          span_of(cases[i].pattern)) ==
			cases[i].matches,
		    "%s %s", cases[i].domain, cases[i].pattern);
}
END_TEST

/* Patterns that would match no domain are told. */
START_TEST(patterns)
{
	static const char *const good[] = { "example.com", ".Example.com",
		"localhost", "a_b.xn--p1ai", "m\xc3\xbcnze.example",
		"[192.0.2.7]", "[IPv6:2001:db8::1]" };
	static const char *const bad[] = { "", ".", "@example.com",
		"*.example.com", "example.com.", "a..b", "..b", "a b",
		"a,b", "user@example.com", "http://example.com", "[192.0.2.7",
		".[192.0.2.7]", "[192.0.2.7]x" };
	struct err err;

	for (size_t i = 0; i < COUNT(good); i++)
		ck_assert_msg(domain_pattern_check(good[i], &err) == 0, "%s: %s",
		    good[i], err.text);
	for (size_t i = 0; i < COUNT(bad); i++) {
		ck_assert_msg(
		    domain_pattern_check(bad[i], &err) == -1, "%s", bad[i]);
		ck_assert_ptr_nonnull(strstr(err.text, "example.com"));
	}
}
END_TEST

#define THIRTEEN "abcdefghijklm"
#define SIXTY_FIVE THIRTEEN THIRTEEN THIRTEEN THIRTEEN THIRTEEN

START_TEST(single)
{
	static const char *const fit[] = {
		"a@example.com", "A.b+c@Example.com", "a@[192.0.2.7]",
		"a@[IPv6:2001:db8::1]", "a@[IPv6:::ffff:192.0.2.7]",
		"\"john doe\"@example.com",
		"a_b@a_b.example", "a@localhost", "a-b@example.com",
	};
	static const char *const unfit[] = {
		"", "a", "postmaster", "@example.com", "a@",
		"<a@example.com>", "<>", "@r:a@example.com",
		"a@example.com, b@example.com", "a@example.com,b@example.com",
		"a@example.com b@example.com", "a@b@example.com",
		"a%b@example.com", "b!a@example.com", "a..b@example.com",
		".a@example.com", "a.@example.com", "a@example..com",
		"a@-example.com", "a@example-.com", "a@example.com.",
		"a@exa%mple.com", "a@exa!mple.com", "a@example.com\r\nDATA",
		"a@example.com NOTIFY=NEVER", "m\xc3\xbcller@example.de",
		"a@ex\xc3\xa4mple.de", "\"a\tb\"@example.com",
		"a.\"b\"@example.com", "\"a\".b@example.com",
		"\"a%b\"@example.com", "\"b!a\"@example.com",
		"\"a@b\"@example.com", "\"a\\@b\"@example.com",
		"-a@example.com", "\"-a\"@example.com", "\"\\-a\"@example.com",
		"x@[a,victim@evil.test,b]", "x@[<a>]", "x@[a(b]", "x@[]",
		"x@[192.0.2]", "x@[2001:db8::1]", "x@[IPv6:192.0.2.7]",
		"x@[IPv6:]",
		"a\\@example.com", "|/bin/sh", ":include:/etc/passwd",
		SIXTY_FIVE "@example.com",
	};
	struct err err;

	for (size_t i = 0; i < COUNT(fit); i++)
		ck_assert_msg(
		    address_check_single(span_of(fit[i]), &err) == 0,
		    "%s: %s", fit[i], err.text);
	for (size_t i = 0; i < COUNT(unfit); i++) {
		err.kind = ERR_NONE;
		ck_assert_msg(
		    address_check_single(span_of(unfit[i]), &err) == -1,
		    "%s", unfit[i]);
		ck_assert_int_eq(err.kind, ERR_INPUT);
	}
	ck_assert_int_eq(
	    address_check_single(SPAN("a\0@example.com"), NULL), -1);
}
END_TEST

SUITE_MAIN(
    "address", paths, unreadable_paths, local_is, plain, local_routes,
    quotes_of_local_parts,
    domains, patterns, single)
