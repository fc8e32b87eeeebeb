/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/expectation.h"

#include "t/unit/suite.h"

#define KEYS \
	"from, rcpt, client, login, listener, time, action, rule, audit, " \
	"refused, goes to, reply, header or no header"

static const struct {
	const char *text;
	const char *errors; /* "": it is right */
} texts[] = {
	{ "action: pass\n", "" },
	{ "# a comment\n\n  action :  reject  \r\n", "" },
	{ "rule: none\naudit: a\naudit: b\nrefused: a@b\nrefused: <c@d>\n",
	    "" },
	{ "goes to: a@b\ngoes to: <c@d>\n", "" },
	{ "goes to: none\n", "" },
	{ "goes to: a b\n", "x:1:10: cannot read the address \"a b\": it does "
	  "not end with its domain\n" },
	{ "reply: 450\nheader: X-A: b c\nno header: X-B\n", "" },
	{ "from: <>\nrcpt: a@b\nrcpt: c@d\nclient: 192.0.2.1\nlogin: x\n"
	  "listener: y\ntime: 2026-11-22 10:00\nrefused: none\n", "" },
	{ "", "x:1:1: nothing is expected; write what is to become of the "
	  "message, such as \"action: pass\"\n" },
	{ "from: a@b\n", "x:2:1: nothing is expected; write what is to become "
	  "of the message, such as \"action: pass\"\n" },
	{ "action pass\n",
	    "x:1:1: expected \"key: value\", with the key one of " KEYS "\n" },
	{ " actoin: pass\n", "x:1:2: \"actoin\" is no key; write " KEYS "\n" },
	{ "action:\n", "x:1:7: expected a value behind \":\"\n" },
	{ "action: bounce\n", "x:1:9: \"bounce\" is no action; write pass, "
	  "edit, hold, reject, tempfail, discard or refuse\n" },
	{ "action: pass\naction: edit\n", "x:2:1: this has been said before; "
	  "leave out one of them\n" },
	{ "reply: 250\n", "x:1:8: \"250\" is no reply; write a code from 400 "
	  "to 599, such as 550, and, if it matters, the enhanced one: 550 "
	  "5.7.1\n" },
	{ "reply: 450\nreply: 550\n", "x:2:1: this has been said before; "
	  "leave out one of them\n" },
	{ "rule: a\nrule: none\n", "x:2:7: \"none\" and a value contradict "
	  "each other; leave out one of them\n" },
	{ "rule: none\nrule: a\n", "x:2:7: \"none\" and a value contradict "
	  "each other; leave out one of them\n" },
	{ "header: X-A\n", "x:1:9: expected a header field, such as "
	  "X-Checked: yes\n" },
	{ "no header: X A\n", "x:1:12: expected the name of a header field, "
	  "such as X-Checked\n" },
	{ "client: host\naction: pass\n", "x:1:9: \"host\" is no address; "
	  "write one such as 192.0.2.7 or 2001:db8::7\n" },
	{ "rcpt: a b\nfrom: c d\nrefused: e f\n",
	    "x:1:7: cannot read the address \"a b\": it does not end with its "
	    "domain\n"
	    "x:2:7: cannot read the address \"c d\": it does not end with its "
	    "domain\n"
	    "x:3:10: cannot read the address \"e f\": it does not end with its "
	    "domain\n" },
	{ "time: now\naction: pass\n", "x:1:7: \"now\" is no time from 1970 "
	  "on; write one such as 2026-11-22, 2026-11-22 14:30, "
	  "2026-11-22T14:30:00Z or the seconds since 1970\n" },
};

START_TEST(text_table)
{
	struct pool *pool = pool_new();
	struct expectation expectation;
	struct buf errors;
	int result;

	buf_init(&errors, 1 << 16);
	result = expectation_parse(SPAN("x"), span_of(texts[_i].text), pool,
	    &expectation, &errors);
	ck_assert_str_eq(buf_string(&errors), texts[_i].errors);
	ck_assert_int_eq(result, errors.len > 0 ? -1 : 0);
	buf_free(&errors);
	pool_free(&pool);
}
END_TEST

START_TEST(values)
{
	static const char text[] = "from: <>\nrcpt: a@b\nrcpt: <c@d>\n"
				   "action: reject\nrule: one\nrule: two\n"
				   "audit: none\nreply: 550  5.7.1\n"
				   "header: X-A:  b: c \nno header: X-B\n"
				   "goes to: e@f\n";
	struct pool *pool = pool_new();
	struct expectation e;
	struct buf errors;

	buf_init(&errors, 1 << 16);
	ck_assert_int_eq(expectation_parse(
			     SPAN("x"), span_of(text), pool, &e, &errors),
	    0);
	ck_assert(span_equal(e.from, SPAN("<>")));
	ck_assert_uint_eq(e.recipient_count, 2);
	ck_assert(span_equal(e.recipients[1], SPAN("<c@d>")));
	ck_assert(span_equal(e.action, SPAN("reject")));
	ck_assert_uint_eq(e.rules.count, 2);
	ck_assert(span_equal(e.rules.items[1], SPAN("two")));
	ck_assert(e.audits.told && e.audits.count == 0);
	ck_assert(!e.refused.told);
	ck_assert_uint_eq(e.left.count, 1);
	ck_assert_uint_eq(e.reply_code, 550);
	ck_assert(span_equal(e.reply_enhanced, SPAN("5.7.1")));
	ck_assert(span_equal(e.headers[0].name, SPAN("X-A")));
	ck_assert(span_equal(e.headers[0].value, SPAN("b: c")));
	ck_assert(span_equal(e.absent[0], SPAN("X-B")));
	buf_free(&errors);
	pool_free(&pool);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("expectation");
	TCase *tcase = suite_case(suite, "expectation");

	tcase_add_loop_test(tcase, text_table, 0,
	    sizeof(texts) / sizeof(texts[0]));
	tcase_add_test(tcase, values);
	return suite_finish(suite);
}
