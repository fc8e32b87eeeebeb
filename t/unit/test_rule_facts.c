/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Facts about the message as a whole: its type, addresses in its headers, what
 * other filters found.
 */
#include "rules/rule_eval.h"

#include "t/unit/rule_message.h"
#include "t/unit/rule_reprinted.h"
#include "t/unit/suite.h"

#include <string.h>

static const char headers[] =
    "From: bob@example.com\n"
    "To: Carol <carol@example.com>, \"Dan\" <dan@bank.example>\n"
    "Cc: everybody: eve@evil.example;\n"
    "Auto-Submitted: auto-replied\n"
    "Authentication-Results: mx.example.com; spf=pass "
    "smtp.mailfrom=bank.example; dkim=fail header.d=bank.example;"
    " dkim=pass header.d=evil.example\n"
    "Authentication-Results: evil.example; dmarc=pass\n"
    "Authentication-Results: mx.example.com; dmarc=pass broken\n"
    "MIME-Version: 1.0\n"
    "Content-Type: multipart/mixed; boundary=b\n";

static const char body[] =
    "--b\r\n"
    "Content-Type: text/plain; charset=ISO-8859-5\r\n"
    "\r\n"
    "text\r\n"
    "--b\r\n"
    "Content-Type: message/rfc822\r\n"
    "\r\n"
    "Content-Type: multipart/mixed; boundary=c\r\n"
    "\r\n"
    "--c\r\n"
    "Content-Disposition: attachment; filename=inner.txt\r\n"
    "\r\n"
    "0123456789012345678901234567890123456789\r\n"
    "--c--\r\n"
    "--b\r\n"
    "Content-Disposition: attachment; filename=a.txt\r\n"
    "\r\n"
    "0123456789\r\n"
    "--b\r\n"
    "Content-Type: text/calendar; charset=utf-8\r\n"
    "\r\n"
    "BEGIN:VCALENDAR\r\n"
    "--b--\r\n";

/* The value at RCPT, DATA, end of headers and end of message. */
static const struct {
	const char *condition, *values;
} table[] = {
	{ "message is auto-reply", "??TT" },
	{ "message is not auto-reply", "??FF" },
	{ "message in { signed auto-reply }", "??TT" },
	{ "message is signed", "??FF" },
	{ "message is calendar", "???T" },
	{ "message in { auto-reply calendar }", "???T" },
	{ "header address \"To\" is dan@bank.example", "??TT" },
	{ "header address \"to\" is eve@evil.example", "??FF" },
	{ "header address \"Cc\" is eve@evil.example", "??TT" },
	{ "header address \"Cc\" is external", "??TT" },
	{ "header address \"Cc\" is internal", "??FF" },
	{ "header address \"Bcc\" exists", "??FF" },
	{ "header domain \"To\" is bank.example", "??TT" },
	{ "header domain \"Reply-To\" is empty", "??TT" },
	{ "result \"spf\" is pass", "??TT" },
	{ "result \"SPF\" is \"PASS\"", "??TT" },
	{ "result \"spf\" is fail", "??FF" },
	{ "result \"dkim\" in { fail temperror }", "??TT" },
	{ "result \"spf.smtp.mailfrom\" is bank.example", "??TT" },
	/* In what was not passed anything may stand. */
	{ "result \"dkim.header.d\" is evil.example", "??TT" },
	{ "result \"dkim.header.d\" is bank.example", "??FF" },
	/* Of a host that is not believed, and of a field that is broken. */
	{ "result \"dmarc\" exists", "??FF" },
	{ "result \"dmarc\" does not exist", "??TT" },
	{ "charset is iso-8859-5", "???T" },
	{ "charset in { koi8-r windows-1251 }", "???F" },
	/* 40 bytes in the embedded message, and 10. */
	{ "total attachment size over 49 bytes", "???T" },
	{ "total attachment size over 50 bytes", "???F" },
};

static enum rule_value
evaluate(const char *condition, struct rule_message *m, bool doubt)
{
	struct rule_eval eval = { .facts = &m->facts,
		.recipient = RULE_NO_RECIPIENT,
		.doubt = doubt };
	struct buf text, errors;
	struct rule_set *set;
	enum rule_value value;

	buf_init(&text, 1 << 12);
	buf_init(&errors, 1 << 12);
	(void)buf_printf(&text,
	    "unread content is held rule r { when %s then hold }",
	    condition);
	set = rule_set_new(SPAN("r"), buf_span(&text), NULL, &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	set = rule_reprinted(set, NULL);
	value = rule_evaluate_rule(&eval, set->rules[0]);
	rule_set_free(&set);
	buf_free(&text);
	buf_free(&errors);
	return value;
}

START_TEST(values)
{
	static const char *const recipients[] = { "carol@example.com", NULL };
	struct span ids[] = { SPAN_INIT("mx.example.com") };
	struct rule_names authserv_ids = { .items = ids, .count = 1 };
	struct rule_message m;

	rule_message_init(
	    &m, "bob@example.com", recipients, headers, SPAN(body));
	m.facts.authserv_ids = &authserv_ids;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char got[5] = "";

		for (unsigned stage = 0; stage < 4; stage++) {
			m.facts.stage = (enum rule_stage)stage;
			got[stage] =
			    "FT!?"[evaluate(table[i].condition, &m, false)];
		}
		ck_assert_msg(strcmp(got, table[i].values) == 0,
		    "%s is %s, not %s", table[i].condition, got,
		    table[i].values);
	}
	rule_message_free(&m);
}
END_TEST

/* A mailbox is the same to all tests however it is written. */
START_TEST(spelling_does_not_matter)
{
	static const char *const addresses[] = { "ceo@bank.example",
		"\"ceo\"@bank.example.", "\"c\\eo\"@bank.example",
		"@relay.example:ceo@bank.example" };
	static const char *const conditions[] = {
		"any recipient starts with \"ceo@\"",
		"any recipient ends with \"@bank.example\"",
		"any recipient matches /^ceo@bank[.]example$/",
		"any recipient is ceo@bank.example",
		"sender starts with \"ceo@\"",
		"sender ends with \"@bank.example\"",
		"sender matches /^ceo@bank[.]example$/",
		"sender is ceo@bank.example",
		"from starts with \"ceo@\"",
		"from is ceo@bank.example",
	};

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		const char *const recipients[] = { addresses[i], NULL };
		struct rule_message m;

		rule_message_init(&m, addresses[i], recipients,
		    "From: The CEO <\"ceo\"@bank.example>\n", SPAN(""));
		for (size_t k = 0;
		    k < sizeof(conditions) / sizeof(conditions[0]); k++)
			ck_assert_msg(evaluate(conditions[k], &m, false) ==
				RULE_TRUE,
			    "%s: %s", addresses[i], conditions[k]);
		rule_message_free(&m);
	}
}
END_TEST

/* Who may be somebody else outside is internal to no rule, also in a daemon
 * that only observes. */
START_TEST(who_may_be_elsewhere_is_not_internal)
{
	static const char *const addresses[] = { "dan%bank.example",
		"bank.example!dan", "\"dan@bank.example\"",
		"dan%bank.example@example.com",
		"\"dan@bank.example\"@example.com", "dan @example.com",
		"dan@example.com " };

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		const char *const recipients[] = { addresses[i], NULL };
		struct rule_message m;

		rule_message_init(
		    &m, addresses[i], recipients, headers, SPAN(""));
		ck_assert_msg(
		    evaluate("any internal recipient", &m, false) == RULE_FALSE,
		    "%s", addresses[i]);
		ck_assert_msg(evaluate("sender is internal", &m, false) ==
			RULE_FALSE,
		    "%s", addresses[i]);
		rule_message_free(&m);
	}
}
END_TEST

/* Without a host to believe there is no result. */
START_TEST(nobody_trusted)
{
	static const char *const recipients[] = { "carol@example.com", NULL };
	struct rule_message m;

	rule_message_init(&m, "bob@example.com", recipients, headers, SPAN(""));
	ck_assert_int_eq(
	    evaluate("result \"spf\" exists", &m, false), RULE_FALSE);
	rule_message_free(&m);
}
END_TEST

/* What could not be read may be a calendar, and large. */
START_TEST(doubt)
{
	static const char *const recipients[] = { "carol@example.com", NULL };
	static const char *const conditions[] = {
		"message is calendar",
		"charset is koi8-r",
		"charset is empty",
		"charset exists",
		"total attachment size over 10 MB",
		"total attachment size under 10 MB",
	};
	struct rule_message m;

	rule_message_init(&m, "bob@example.com", recipients,
	    "Content-Type: application/pkcs7-mime; "
	    "smime-type=enveloped-data\n",
	    SPAN("x\r\n"));
	ck_assert_uint_gt(m.facts.content->unread, 0);
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
		ck_assert_msg(
		    evaluate(conditions[i], &m, true) == RULE_NOT_YET, "%s",
		    conditions[i]);
	ck_assert_int_eq(
	    evaluate("message is encrypted", &m, true), RULE_TRUE);
	ck_assert_int_eq(
	    evaluate("message is signed", &m, true), RULE_FALSE);
	rule_message_free(&m);
}
END_TEST

SUITE_MAIN("rule_facts", values, spelling_does_not_matter,
    who_may_be_elsewhere_is_not_internal, nobody_trusted, doubt)
