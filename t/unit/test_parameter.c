/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/parameter.h"

#include "base/buf.h"
#include "t/unit/suite.h"

/* "value|name=value|name=value": ":=" where extended, "\=" where escaped, "!"
 * at the end where malformed. */
static const struct {
	const char *text;
	const char *parameters;
} cases[] = {
	{ "", "" },
	{ " Text/PLAIN", "text/plain" },
	{ "text/plain; Charset=UTF-8", "text/plain|charset=UTF-8" },
	{ "text / plain ; a = b", "text/plain|a=b" },
	{ "text/plain; charset=us-ascii (Plain (text)); x=y",
	    "text/plain|charset=us-ascii|x=y" },
	{ "(c) text/plain (d\\)); a=\"b;c\"", "text/plain|a=b;c" },
	{ "text/plain;\n\ta=\"x\\\"y\n z\"", "text/plain|a\\=x\"y z" },
	{ "x; a=\"b\\c\"; d=e\\f", "x|a\\=bc|d=e\\f" },
	{ "x; t*0=a; t*1=\"b\\c\"", "x|t:\\=abc" },
	{ "text/plain;; ;a=b;", "text/plain|a=b" },
	{ "text/plain; a; b=c", "text/plain|b=c" },
	{ "text/plain; a=", "text/plain|a=" },
	{ "text/plain; a=1; a=2", "text/plain|a=1|a=2" },
	/* RFC 2231. */
	{ "x; URL*0=\"ftp://\"; URL*1=\"cs.utk.edu/pub\"",
	    "x|url:=ftp://cs.utk.edu/pub" },
	{ "x; title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A",
	    "x|title:=This is ***fun***" },
	{ "x; t*0*=us-ascii'en'This%20is%20even%20more%20; "
	  "t*1*=%2A%2A%2Afun%2A%2A%2A%20; t*2=\"isn't it!\"",
	    "x|t:=This is even more ***fun*** isn't it!" },
	{ "x; f*1=b; f*0*=iso-8859-1''%E9", "x|f:=\u00E9b" },
	{ "x; f=a; f*=utf-8''%C3%A9", "x|f=a|f:=\u00E9" },
	{ "x; f*0=a; f*2=c", "x|f:=ac!" },
	{ "x; f*0=a; f*0=b; f*1=c", "x|f:=ac|f:=b" },
	{ "x; f*=nocharset", "x|f:=nocharset!" },
	{ "x; a*=utf-8''1; b*=utf-8''2; c*=utf-8''3; d*=utf-8''4; "
	  "e*=utf-8''5",
	    "x|a:=1|b:=2|c:=3|d:=4|e:=5!" },
	{ "x; f*=utf-8''%zz%4", "x|f:=%zz%4" },
	{ "x; f*a=b", "x|f*a=b" },
	/* Broken. */
	{ "x; name=my file.exe; a=b", "x|name=my|name=my file.exe|a=b" },
	{ "x; name=f(1).exe", "x|name=f|name=f(1).exe!" },
	{ "x; name=a.txt(.exe)", "x|name=a.txt!" },
	{ "multipart/mixed boundary=b", "multipart/mixed|boundary=b!" },
	{ "x; a=\"b", "x|a=b!" },
	{ "x; a=\"b\"c; d=e", "x|a=b|d=e!" },
	{ "x; (a=b", "x!" },
	{ "x; a b=c; d=e", "x|d=e!" },
};

START_TEST(reads)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pool *pool = pool_new();
		struct parameter_field field =
		    parameter_read(pool, span_of(cases[i].text));
		struct buf out;

		buf_init(&out, 1000);
		(void)buf_append_span(&out, field.value);
		for (size_t j = 0; j < field.count; j++)
			(void)buf_printf(&out, "|%.*s%s%s=%.*s",
			    SPAN_ARGS(field.items[j].name),
			    field.items[j].extended ? ":" : "",
			    field.items[j].escaped ? "\\" : "",
			    SPAN_ARGS(field.items[j].value));
		if (field.malformed)
			(void)buf_append_char(&out, '!');
		ck_assert_str_eq(buf_string(&out), cases[i].parameters);
		buf_free(&out);
		pool_free(&pool);
	}
}
END_TEST

START_TEST(finds)
{
	struct pool *pool = pool_new();
	struct parameter_field field =
	    parameter_read(pool, SPAN("x; a=1; b=2; A=3"));

	ck_assert(
	    span_equal(parameter_find(&field, SPAN("a"), 1)->value, SPAN("3")));
	ck_assert_ptr_null(parameter_find(&field, SPAN("a"), 2));
	ck_assert_ptr_null(parameter_find(&field, SPAN("c"), 0));
	pool_free(&pool);
}
END_TEST

START_TEST(too_many)
{
	struct pool *pool = pool_new();
	struct parameter_field field;
	struct buf text;

	buf_init(&text, 10000);
	(void)buf_printf(&text, "x");
	for (unsigned i = 0; i < 200; i++)
		(void)buf_printf(&text, ";a%u=b", i);
	field = parameter_read(pool, buf_span(&text));
	ck_assert_uint_eq(field.count, PARAMETER_COUNT_MAX);
	ck_assert(field.malformed);
	buf_free(&text);
	pool_free(&pool);
}
END_TEST

SUITE_MAIN("parameter", reads, finds, too_many)
