/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/sendmail_cf.h"

#include "base/buf.h"
#include "base/clock.h"
#include "t/unit/suite.h"

enum { TEXT_MAX = 1 << 20 };

static struct sendmail_cf
read_text(struct pool *pool, struct span text)
{
	struct sendmail_cf cf;

	ck_assert_int_eq(sendmail_cf_read(pool, text, &cf, NULL), 0);
	return cf;
}

START_TEST(options_are_read)
{
	struct pool *pool = pool_new();
	struct sendmail_cf cf = read_text(pool,
	    SPAN("# O Commented=1\n"
		 "O RunAsUser = smmta:smmsp \n"
		 "Ot30\n"
		 "O\tInputMailFilters=a,\n"
		 "\tb\n"
		 "O =x\n"
		 "O\n"
		 "\n"
		 "O runasuser=other"));

	ck_assert_uint_eq(cf.option_count, 3);
	ck_assert(span_equal(
	    sendmail_cf_option(&cf, SPAN("RunAsUser"))->value,
	    SPAN("other")));
	ck_assert_uint_eq(
	    sendmail_cf_option(&cf, SPAN("RunAsUser"))->line, 9);
	ck_assert_uint_eq(
	    sendmail_cf_option(&cf, SPAN("inputmailfilters"))->line, 4);
	ck_assert(span_equal(
	    sendmail_cf_option(&cf, SPAN("inputmailfilters"))->value,
	    SPAN("a,\n\tb")));
	ck_assert_ptr_null(sendmail_cf_option(&cf, SPAN("Commented")));
	pool_free(&pool);
}
END_TEST

START_TEST(filters_are_read)
{
	struct pool *pool = pool_new();
	struct sendmail_cf cf = read_text(pool,
	    SPAN("Xpolicy, S=unix:/run/p.sock, F=T,\n"
		 "\tT=C:5m;S:20s; R:1m ;E:1h\n"
		 "Xplain,S=inet:1@h\n"
		 "Xodd, X=1, T=C:x;Z:3s;R\n"
		 "X\n"));
	const struct sendmail_filter *filter =
	    sendmail_cf_filter(&cf, SPAN("policy"));

	ck_assert_uint_eq(cf.filter_count, 3);
	ck_assert_uint_eq(filter->line, 1);
	ck_assert(span_equal(filter->socket, SPAN("unix:/run/p.sock")));
	ck_assert(span_equal(filter->flags, SPAN("T")));
	ck_assert_int_eq(filter->connect_timeout, 300 * CLOCK_SECOND_US);
	ck_assert_int_eq(filter->send_timeout, 20 * CLOCK_SECOND_US);
	ck_assert_int_eq(filter->read_timeout, 60 * CLOCK_SECOND_US);
	ck_assert_int_eq(filter->end_timeout, 3600 * CLOCK_SECOND_US);
	for (size_t i = 1; i < 3; i++) {
		filter = &cf.filters[i];
		ck_assert_uint_eq(filter->line, i + 2);
		ck_assert_uint_eq(filter->flags.len, 0);
		ck_assert_int_eq(
		    filter->connect_timeout, 300 * CLOCK_SECOND_US);
		ck_assert_int_eq(filter->send_timeout, 10 * CLOCK_SECOND_US);
		ck_assert_int_eq(filter->read_timeout, 10 * CLOCK_SECOND_US);
		ck_assert_int_eq(filter->end_timeout, 300 * CLOCK_SECOND_US);
	}
	ck_assert_ptr_null(sendmail_cf_filter(&cf, SPAN("Policy")));
	pool_free(&pool);
}
END_TEST

START_TEST(daemons_are_read)
{
	struct pool *pool = pool_new();
	struct sendmail_cf cf = read_text(pool,
	    SPAN("O DaemonPortOptions=Name=gateway, Port=smtp\n"
		 "O DaemonPortOptions=Port=587, N=sub, M=Ea, "
		 "InputMailFilters=a;b\n"
		 "O DaemonPortOptions=InputMailFilters=\n"));

	ck_assert_uint_eq(cf.daemon_count, 3);
	ck_assert(span_equal(cf.daemons[0].name, SPAN("gateway")));
	ck_assert(!cf.daemons[0].has_filters);
	ck_assert(span_equal(cf.daemons[1].name, SPAN("sub")));
	ck_assert(cf.daemons[1].has_filters);
	ck_assert(span_equal(cf.daemons[1].filters, SPAN("a;b")));
	ck_assert_uint_eq(cf.daemons[1].line, 2);
	ck_assert(cf.daemons[2].has_filters);
	ck_assert_uint_eq(cf.daemons[2].filters.len, 0);
	ck_assert_uint_eq(cf.daemons[2].name.len, 0);
	pool_free(&pool);
}
END_TEST

START_TEST(rewriting_is_read)
{
	struct pool *pool = pool_new();
	struct sendmail_cf cf = read_text(
	    pool, SPAN("DMexample.com\nDS\nKgenerics hash /etc/g\nD\nK\n"));

	ck_assert(span_equal(cf.masquerade, SPAN("example.com")));
	ck_assert_uint_eq(cf.masquerade_line, 1);
	ck_assert_uint_eq(cf.generics_line, 3);
	cf = read_text(pool, SPAN("DM\nKgenericsx hash\n"));
	ck_assert_uint_eq(cf.masquerade.len, 0);
	ck_assert_uint_eq(cf.generics_line, 0);
	pool_free(&pool);
}
END_TEST

START_TEST(lists_are_read)
{
	struct span rest = SPAN(" a, b;c ,;, d\n\t");
	struct span name;

	for (char c = 'a'; c <= 'd'; c++) {
		ck_assert(sendmail_next_filter(&rest, &name));
		ck_assert_uint_eq(name.len, 1);
		ck_assert_int_eq(name.ptr[0], c);
	}
	ck_assert(!sendmail_next_filter(&rest, &name));
}
END_TEST

START_TEST(lines_are_bounded)
{
	struct pool *pool = pool_new();
	struct sendmail_cf cf;
	struct err err;
	struct buf text;

	buf_init(&text, TEXT_MAX);
	for (size_t i = 0; i < SENDMAIL_CF_LINES_MAX; i++)
		ck_assert_int_eq(buf_append_char(&text, '\n'), 0);
	ck_assert_int_eq(
	    sendmail_cf_read(pool, buf_span(&text), &cf, &err), 0);
	ck_assert_int_eq(buf_append_span(&text, SPAN(" x\n")), 0);
	ck_assert_int_eq(
	    sendmail_cf_read(pool, buf_span(&text), &cf, &err), -1);
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	buf_free(&text);
	pool_free(&pool);
}
END_TEST

SUITE_MAIN("sendmail_cf", options_are_read, filters_are_read,
    daemons_are_read, rewriting_is_read, lists_are_read, lines_are_bounded)
