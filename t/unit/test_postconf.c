/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/postconf.h"

#include "base/buf.h"
#include "t/unit/suite.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { TEXT_MAX = 1 << 20 };

static const struct postconf_parameters *
read_text(struct pool *pool, struct span text)
{
	static struct postconf_parameters parameters;

	ck_assert_int_eq(postconf_read(pool, text, &parameters, NULL), 0);
	return &parameters;
}

START_TEST(parameters_are_read)
{
	struct pool *pool = pool_new();
	const struct postconf_parameters *all = read_text(pool,
	    SPAN("a = b = c\n"
		 "empty =\n"
		 "\n"
		 "postconf: warning\n"
		 "=\n"
		 "x/ = y\n"
		 "[::1]:25/inet/a = d/e\n"
		 "127.0.0.1:10/unix/a =\n"
		 "a = last"));

	ck_assert_uint_eq(all->count, 5);
	ck_assert(span_equal(
	    *postconf_find(all, SPAN(""), SPAN("a")), SPAN("last")));
	ck_assert(span_equal(
	    *postconf_find(all, SPAN(""), SPAN("empty")), SPAN("")));
	ck_assert(span_equal(
	    *postconf_find(all, SPAN("[::1]:25/inet"), SPAN("a")),
	    SPAN("d/e")));
	ck_assert_uint_eq(
	    postconf_find(all, SPAN("127.0.0.1:10/unix"), SPAN("a"))->len, 0);
	ck_assert_ptr_null(postconf_find(all, SPAN("smtp/inet"), SPAN("a")));
	ck_assert_ptr_null(postconf_find(all, SPAN(""), SPAN("b")));
	pool_free(&pool);
}
END_TEST

START_TEST(lines_are_bounded)
{
	struct pool *pool = pool_new();
	struct postconf_parameters parameters;
	struct err err;
	struct buf text;

	buf_init(&text, TEXT_MAX);
	for (size_t i = 0; i < POSTCONF_LINES_MAX; i++)
		ck_assert_int_eq(buf_append(&text, "a =\n", 4), 0);
	ck_assert_int_eq(
	    postconf_read(pool, buf_span(&text), &parameters, &err), 0);
	ck_assert_uint_eq(parameters.count, POSTCONF_LINES_MAX);
	ck_assert_int_eq(buf_append(&text, "a =\n", 4), 0);
	ck_assert_int_eq(
	    postconf_read(pool, buf_span(&text), &parameters, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	buf_free(&text);
	pool_free(&pool);
}
END_TEST

START_TEST(services_are_read)
{
	struct pool *pool = pool_new();
	struct postconf_services services = postconf_services(pool,
	    read_text(pool,
		SPAN("smtp/inet/service = smtp\n"
		     "smtp/inet/chroot = y\n"
		     "smtp/inet/process_limit = 50\n"
		     "smtp/inet/command = smtpd -o a=b -v\n"
		     "stray = x\n"
		     "smtp/unix/chroot = -\n"
		     "smtp/unix/process_limit = -\n"
		     "smtp/unix/command = smtp\n")));

	ck_assert_uint_eq(services.count, 2);
	ck_assert(span_equal(services.items[0].id, SPAN("smtp/inet")));
	ck_assert(span_equal(services.items[0].program, SPAN("smtpd")));
	ck_assert(span_equal(services.items[0].chroot, SPAN("y")));
	ck_assert(span_equal(services.items[0].process_limit, SPAN("50")));
	ck_assert(span_equal(services.items[1].id, SPAN("smtp/unix")));
	ck_assert(span_equal(services.items[1].program, SPAN("smtp")));
	ck_assert(span_equal(services.items[1].chroot, SPAN("-")));
	pool_free(&pool);
}
END_TEST

/* "[ENDPOINT NAME=VALUE ...]" for each milter, or "!" and a part of the
 * error. */
static const struct {
	const char *value;
	const char *result;
} cases[] = {
	{ "", "" },
	{ " ,\t,", "" },
	{ "unix:a", "[unix:a]" },
	{ "unix:a,unix:b\tinet:h:1 , unix:c",
	    "[unix:a][unix:b][inet:h:1][unix:c]" },
	{ "{ unix:a }", "[unix:a]" },
	{ "{unix:a,default_action=tempfail}",
	    "[unix:a default_action=tempfail]" },
	{ "{ unix:a, default_action=tempfail command_timeout=3s }, unix:b",
	    "[unix:a default_action=tempfail command_timeout=3s][unix:b]" },
	{ "{ unix:a, { default_action = accept }, {protocol=6} }",
	    "[unix:a default_action=accept protocol=6]" },
	{ "{ unix:a, x= }", "[unix:a x=]" },
	{ "{ unix:a, x=y=z }", "[unix:a x=y=z]" },
	{ "unix:{a b}", "[unix:{a b}]" },
	/* What Postfix refuses. */
	{ "{ unix:a, default_action = tempfail }", "!is not NAME=VALUE" },
	{ "{ unix:a, =x }", "!is not NAME=VALUE" },
	{ "{ unix:a", "!braces do not match" },
	{ "unix:a }", "!braces do not match" },
	{ "unix:a, { b { c }", "!braces do not match" },
	{ "{ }", "!without a socket" },
	{ "{}, unix:a", "!without a socket" },
	{ "{ unix:a }{ unix:b }", "!follows the closing brace" },
	{ "{ unix:a, {b=c}d }", "!follows the closing brace" },
};

static void
print_milters(const struct postconf_milters *milters, struct buf *out)
{
	for (size_t i = 0; i < milters->count; i++) {
		const struct postconf_milter *milter = &milters->items[i];

		(void)buf_printf(out, "[%.*s", SPAN_ARGS(milter->endpoint));
		for (size_t k = 0; k < milter->setting_count; k++)
			(void)buf_printf(out, " %.*s=%.*s",
			    SPAN_ARGS(milter->settings[k].name),
			    SPAN_ARGS(milter->settings[k].value));
		(void)buf_append_char(out, ']');
	}
}

START_TEST(milters_are_read)
{
	struct pool *pool = pool_new();
	struct postconf_milters milters;
	const char *wanted = cases[_i].result;
	struct buf result;
	struct err err;

	buf_init(&result, TEXT_MAX);
	if (postconf_read_milters(
		pool, span_of(cases[_i].value), &milters, &err) < 0) {
		ck_assert_msg(wanted[0] == '!' &&
			strstr(err.text, wanted + 1) != NULL,
		    "%s: %s", cases[_i].value, err.text);
	} else {
		print_milters(&milters, &result);
		ck_assert_str_eq(buf_string(&result), wanted);
	}
	buf_free(&result);
	pool_free(&pool);
}
END_TEST

START_TEST(settings_are_found)
{
	struct pool *pool = pool_new();
	struct postconf_milters milters;

	ck_assert_int_eq(postconf_read_milters(pool,
			     SPAN("{ unix:a, x=1, y=2, x=3 }, unix:b"),
			     &milters, NULL),
	    0);
	ck_assert(span_equal(
	    *postconf_milter_setting(&milters.items[0], SPAN("x")),
	    SPAN("3")));
	ck_assert_ptr_null(
	    postconf_milter_setting(&milters.items[0], SPAN("z")));
	ck_assert_ptr_null(
	    postconf_milter_setting(&milters.items[1], SPAN("x")));
	ck_assert(span_equal(milters.items[0].text,
	    SPAN("{ unix:a, x=1, y=2, x=3 }")));
	pool_free(&pool);
}
END_TEST

/* A list of COUNT times ITEM, between BEFORE and AFTER. */
static int
read_many(const char *before, const char *item, size_t count,
    const char *after, struct err *err)
{
	struct pool *pool = pool_new();
	struct postconf_milters milters;
	struct buf text;
	int result;

	buf_init(&text, TEXT_MAX);
	(void)buf_printf(&text, "%s", before);
	for (size_t i = 0; i < count; i++)
		(void)buf_printf(&text, "%s", item);
	(void)buf_printf(&text, "%s", after);
	result = postconf_read_milters(pool, buf_span(&text), &milters, err);
	buf_free(&text);
	pool_free(&pool);
	return result;
}

START_TEST(milters_are_bounded)
{
	struct err err;

	ck_assert_int_eq(
	    read_many("", "unix:a ", POSTCONF_MILTERS_MAX, "", &err), 0);
	ck_assert_int_eq(
	    read_many("", "unix:a ", POSTCONF_MILTERS_MAX + 1, "", &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	ck_assert_int_eq(read_many("{ unix:a", " b=c", POSTCONF_SETTINGS_MAX,
			     "}", &err),
	    0);
	ck_assert_int_eq(read_many("{ unix:a", " b=c",
			     POSTCONF_SETTINGS_MAX + 1, "}", &err),
	    -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("postconf");
	TCase *tcase = suite_case(suite, "postconf");

	tcase_add_test(tcase, parameters_are_read);
	tcase_add_test(tcase, lines_are_bounded);
	tcase_add_test(tcase, services_are_read);
	tcase_add_loop_test(tcase, milters_are_read, 0, (int)COUNT(cases));
	tcase_add_test(tcase, settings_are_found);
	tcase_add_test(tcase, milters_are_bounded);
	return suite_finish(suite);
}
