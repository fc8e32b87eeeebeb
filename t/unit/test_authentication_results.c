/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/authentication_results.h"

#include "base/buf.h"
#include "t/unit/suite.h"

/* Cases of RFC 8601 appendix B among them. */
static const struct {
	const char *value;
	const char *said; /* host: method[/property]=value ...; "!": wrong */
} cases[] = {
	{ " example.org 1; none", "example.org:" },
	{ " example.com; none (nothing) ", "example.com:" },
	{ " example.com;\n\tspf=pass smtp.mailfrom=example.net",
	    "example.com: spf=pass+ spf/smtp.mailfrom=example.net+" },
	{ " example.com;\n auth=pass (cram-md5) smtp.auth="
	  "sender@example.net;\n spf=pass smtp.mailfrom=example.net",
	    "example.com: auth=pass+ auth/smtp.auth=sender@example.net+ "
	    "spf=pass+ spf/smtp.mailfrom=example.net+" },
	{ " foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 "
	  "(One yay) = (wait for it) fail policy (A dot can go here) . "
	  "(like that) expired (this surprised me) = (as I wasn't "
	  "expecting it) 1362471462",
	    "!" },
	{ " foo.example.net (foobar) 1 (baz); dkim/1 (One yay) = (wait for "
	  "it) FAIL policy.expired (this) = (as I wasn't) 1362471462",
	    "foo.example.net: dkim=FAIL dkim/policy.expired=1362471462" },
	{ " h; dkim=pass reason=\"good signature\" Header.D=b.example "
	  "header.b=a/b+c=",
	    "h: dkim=pass+ dkim/header.d=b.example+ dkim/header.b=a/b+c=+" },
	{ " h; dkim=fail header.d=x; dkim=pass header.d=y;",
	    "h: dkim=fail dkim/header.d=x dkim=pass+ dkim/header.d=y+" },
	{ " \"h \\\"x\\\"\"; spf=\"pass\"", "h \"x\": spf=pass+" },
	{ " h", "h:" },
	{ " h;", "h:" },
	{ " h; spf=none", "h: spf=none" },
	{ "", "!" },
	{ " ;spf=pass", "!" },
	{ " h 2; spf=pass", "!" },
	{ " h 1 x; spf=pass", "!" },
	{ " h; spf", "!" },
	{ " h; spf pass", "!" },
	{ " h; spf=", "!" },
	{ " h; =pass", "!" },
	{ " h; spf=pass;; dkim=pass", "!" },
	{ " h; spf=pass smtp.mailfrom", "!" },
	{ " h; none; spf=pass", "!" },
	{ " h (never; spf=pass", "!" },
	{ " h; spf=\"pass", "!" },
	{ " h; spf=pass (a (b) \\) c) x.y=z",
	    "h: spf=pass+ spf/x.y=z+" },
};

START_TEST(fields)
{
	struct pool *pool = pool_new();
	struct buf out;

	buf_init(&out, 1 << 12);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct authentication_results results;
		struct err err;

		buf_reset(&out);
		if (authentication_results_parse(
			pool, span_of(cases[i].value), &results, &err) < 0)
			(void)buf_append_char(&out, '!');
		else
			(void)buf_printf(&out, "%.*s:",
			    SPAN_ARGS(results.authserv_id));
		for (size_t j = 0; j < results.count; j++) {
			const struct authentication_result *item =
			    &results.items[j];

			(void)buf_printf(&out, " %.*s%s%.*s=%.*s%s",
			    SPAN_ARGS(item->method),
			    item->property.len > 0 ? "/" : "",
			    SPAN_ARGS(item->property), SPAN_ARGS(item->value),
			    item->passed ? "+" : "");
		}
		ck_assert_msg(
		    span_equal(buf_span(&out), span_of(cases[i].said)),
		    "<%s> is %s", cases[i].value, buf_string(&out));
	}
	buf_free(&out);
	pool_free(&pool);
}
END_TEST

START_TEST(too_many)
{
	struct pool *pool = pool_new();
	struct authentication_results results;
	struct buf text;
	struct err err;

	buf_init(&text, 1 << 16);
	(void)buf_append_char(&text, 'h');
	for (int i = 0; i <= AUTHENTICATION_RESULTS_MAX; i++)
		(void)buf_printf(&text, ";a=b");
	ck_assert_int_lt(authentication_results_parse(
			     pool, buf_span(&text), &results, &err),
	    0);
	ck_assert_uint_eq(results.count, 0);
	buf_free(&text);
	pool_free(&pool);
}
END_TEST

/* A field of COUNT times ITEM. */
static void
repeat(struct buf *text, const char *item, size_t count)
{
	buf_init(text, 1 << 16);
	(void)buf_printf(text, "h; spf=pass");
	for (size_t i = 0; i < count; i++)
		(void)buf_printf(text, "%s", item);
}

START_TEST(memory)
{
	static const char *const items[] = {
		" reason=\"it was so\"",
		" reason=\"a \\\"quoted\\\" word\"",
		" header.d=\"example.com\"",
	};

	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		struct pool *pool = pool_new();
		struct authentication_results results;
		struct buf text;
		struct err err;

		repeat(&text, items[i], AUTHENTICATION_RESULTS_MAX - 1);
		ck_assert_int_eq(authentication_results_parse(pool,
				     buf_span(&text), &results, &err),
		    0);
		ck_assert_uint_lt(pool_size(pool), 1 << 18);
		buf_free(&text);
		pool_free(&pool);
	}
}
END_TEST

/* A "reason" makes no item, but counts. */
START_TEST(too_many_reasons)
{
	struct pool *pool = pool_new();
	struct authentication_results results;
	struct buf text;
	struct err err;

	repeat(&text, " reason=\"\"", AUTHENTICATION_RESULTS_MAX);
	ck_assert_int_lt(authentication_results_parse(
			     pool, buf_span(&text), &results, &err),
	    0);
	buf_free(&text);
	pool_free(&pool);
}
END_TEST

START_TEST(host_alone)
{
	struct pool *pool = pool_new();
	struct span host;

	ck_assert_int_eq(authentication_results_host(pool,
			     SPAN(" (a) \"h\\.example\" 1; what follows"),
			     &host),
	    0);
	ck_assert(span_equal(host, SPAN("h.example")));
	ck_assert_int_lt(
	    authentication_results_host(pool, SPAN(" h 2; a=b"), &host), 0);
	ck_assert_int_lt(authentication_results_host(pool, SPAN(""), &host), 0);
	pool_free(&pool);
}
END_TEST

SUITE_MAIN("authentication_results", fields, too_many, memory,
    too_many_reasons, host_alone)
