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

SUITE_MAIN("authentication_results", fields, too_many)
