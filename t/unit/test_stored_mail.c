/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/stored_mail.h"

#include "base/buf.h"
#include "formats/journal_report.h"
#include "formats/moment_text.h"

#include "t/unit/suite.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* SHOWN: "name=value|...body". */
static const struct {
	const char *text;
	const char *shown;
} mails[] = {
	{ "A: 1\nB:2\n\nbody\n", "A= 1|B=2|body\n" },
	{ "A: 1\r\n\t2\r\n\r\n body\r\n", "A= 1\n\t2| body\r\n" },
	{ "From a@b Sun 10:00\nA: 1\n\n", "A= 1|" },
	{ "A : 1\n\nx\n", "A= 1|x\n" },
	/* Not of a mailbox. */
	{ "From : a@b\nA: 1\n\n", "From= a@b|A= 1|" },
	{ "A: 1\r2\r\r\n 3\r\n\n", "A= 1\r2\r\n 3|" },
	{ "A: 1", "A= 1|" },
	{ "A:\n\n", "A=|" },
	/* What is no field begins the body, as in an MTA. */
	{ "A: 1\nno field\nB: 2\n\nx\n", "A= 1|no field\nB: 2\n\nx\n" },
	{ "A: 1\nlast", "A= 1|last" },
	{ "", NULL },
	{ "\nA: 1\n", NULL },
	{ " folded\nA: 1\n", NULL },
	{ "no field\n", NULL },
};

START_TEST(mail_table)
{
	struct pool *pool = pool_new();
	struct stored_mail mail;
	struct buf out;
	struct err err;
	int result;

	buf_init(&out, 4096);
	result = stored_mail_read(span_of(mails[_i].text), pool, &mail, &err);
	if (mails[_i].shown == NULL) {
		ck_assert_int_eq(result, -1);
		ck_assert_int_eq(err.kind, ERR_INPUT);
	} else {
		ck_assert_int_eq(result, 0);
		for (size_t i = 0; i < mail.headers.count; i++)
			(void)buf_printf(&out, "%.*s=%.*s|",
			    SPAN_ARGS(mail.headers.items[i].name),
			    SPAN_ARGS(mail.headers.items[i].value));
		(void)buf_append_span(&out, mail.body);
		ck_assert_str_eq(buf_string(&out), mails[_i].shown);
	}
	buf_free(&out);
	pool_free(&pool);
}
END_TEST

/* ENVELOPE: "sender (field) recipients (field) unreadable". */
static const struct {
	const char *header;
	const char *envelope;
} envelopes[] = {
	{ "Return-Path: <a@b>\nFrom: c@d\nTo: e@f\n",
	    "<a@b> (Return-Path) <e@f> (To, Cc, Bcc) 0" },
	{ "Return-Path: <>\nTo: E <e@f>, g@h\nCc: i@j\nBcc: k@l\n",
	    "<> (Return-Path) <e@f><g@h><i@j><k@l> (To, Cc, Bcc) 0" },
	{ "From: A <a@b>, c@d\nDelivered-To: e@f\n",
	    "<a@b> (From) <e@f> (Delivered-To) 0" },
	{ "From: (\nTo: (\nCc: e@f\n", "<> (none) <e@f> (To, Cc, Bcc) 2" },
	{ "Return-Path: a b\nFrom: c@d\nTo: undisclosed:;\n",
	    "<c@d> (From)  (none) 1" },
	{ "Subject: x\n", "<> (none)  (none) 0" },
};

START_TEST(envelope_table)
{
	struct pool *pool = pool_new();
	struct stored_envelope envelope;
	struct stored_mail mail;
	struct buf out;
	struct err err;

	buf_init(&out, 4096);
	ck_assert_int_eq(stored_mail_read(span_of(envelopes[_i].header), pool,
			     &mail, &err),
	    0);
	stored_envelope_guess(&mail, pool, &envelope);
	(void)buf_printf(&out, "%.*s (%s) ", SPAN_ARGS(envelope.sender),
	    envelope.sender_field != NULL ? envelope.sender_field : "none");
	for (size_t i = 0; i < envelope.recipient_count; i++)
		(void)buf_append_span(&out, envelope.recipients[i]);
	(void)buf_printf(&out, " (%s) %zu",
	    envelope.recipients_field != NULL ? envelope.recipients_field
					      : "none",
	    envelope.unreadable);
	ck_assert_str_eq(buf_string(&out), envelopes[_i].envelope);
	buf_free(&out);
	pool_free(&pool);
}
END_TEST

#define DAY (INT64_C(86400) * 1000000)
#define NOV_22 (INT64_C(1795305600) * 1000000) /* 2026-11-22 00:00 UTC */

static const struct {
	const char *header;
	int64_t date; /* 0: none */
} dates[] = {
	{ "Date: Sun, 22 Nov 2026 00:00:00 +0000\n", NOV_22 },
	{ "Date: 22 Nov 2026 02:00 +0200 (CEST)\n", NOV_22 },
	{ "Date: Sat, 21 Nov 2026 19:00 -0500\n", NOV_22 },
	{ "Date: yesterday\n", 0 },
	{ "Subject: x\n", 0 },
	{ "Date: Sun, 22 Nov 2026 00:00:00 +0000 (which is a very long "
	  "comment on a zone)\n",
	    NOV_22 },
	/* As RFC 5322 section 4.3 has it. */
	{ "Date: Sun, 22 Nov 2026 00:00:00 GMT\n", NOV_22 },
	{ "Date: Sun, 22 Nov 2026 00:00:00 UT\t(x)\n", NOV_22 },
	{ "Date: Sun, 22 Nov 2026 00:00:00 UTC\n", NOV_22 },
	{ "Date: Sat, 21 Nov 2026 19:00:00 EST\n", NOV_22 },
	{ "Date: Sat, 21 Nov 2026 17:00:00 pdt (x)\n", NOV_22 },
	{ "Date: 22 Nov 2026 00:00:00 Q\n", NOV_22 },
	{ "Date: 22 Nov 26 00:00 +0000\n", NOV_22 },
	{ "Date: 22 Nov 126 00:00 +0000\n", NOV_22 },
	{ "Date: 1 Jan 70 01:00:00 +0000\n", 3600 * INT64_C(1000000) },
	{ "Date: 22 Nov 2026 00:00:00\n", 0 },
	{ "Date: 22 Nov 2026 00:00:00 +02\n", 0 },
	{ "Date: 22 Nov 2026 00:00:00 +02000\n", 0 },
	{ "Date: 22 Nov 2026 00:00:00 +0060\n", 0 },
	{ "Date: 22 Nov 2026 00:00:00 x2\n", 0 },
};

START_TEST(date_table)
{
	struct pool *pool = pool_new();
	struct stored_mail mail;
	int64_t date = 0;
	struct err err;

	ck_assert_int_eq(
	    stored_mail_read(span_of(dates[_i].header), pool, &mail, &err), 0);
	ck_assert_int_eq(stored_mail_date(&mail, &date), dates[_i].date != 0);
	ck_assert_int_eq(date, dates[_i].date);
	pool_free(&pool);
}
END_TEST

static const struct {
	const char *text;
	int64_t moment; /* 0: a mistake */
} moments[] = {
	{ "2026-11-22T00:00:00Z", NOV_22 },
	{ "2026-11-22 00:00Z", NOV_22 },
	{ "2026-11-22Z", NOV_22 },
	/* Local time, here one hour east. */
	{ "2026-11-22", NOV_22 - DAY / 24 },
	{ "2026-11-22 01:00", NOV_22 },
	{ "2026-11-22 01:00:00", NOV_22 },
	{ "2026-11-22T01:00", NOV_22 },
	{ "", 0 },
	{ "today", 0 },
	{ "2026-11-22 25:00", 0 },
	{ "2026-11-22 01:00 UTC", 0 },
	{ "1960-01-01", 0 },
	{ "1528637909", INT64_C(1528637909000000) },
	{ "20261122", 0 },
	{ "2026-11-22                                   ", 0 },
};

START_TEST(moment_table)
{
	int64_t moment = 0;
	struct err err;

	ck_assert_int_eq(setenv("TZ", "XXX-1", 1), 0);
	tzset();
	ck_assert_int_eq(moment_text_parse(
			     span_of(moments[_i].text), &moment, &err),
	    moments[_i].moment != 0 ? 0 : -1);
	ck_assert_int_eq(moment, moments[_i].moment);
}
END_TEST

#define REPORT_TOP \
	"From: journal@example.com\nTo: archive@example.com\n" \
	"X-MS-Journal-Report:\nMIME-Version: 1.0\n" \
	"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n"
#define REPORT_MESSAGE \
	"\n--b\nContent-Type: message/rfc822\n\nA: 1\n\nbody\n--b--\n"

/* ENVELOPE: sender and recipients; or, without REPORT, the mistake. */
static const struct {
	const char *report;
	const char *envelope;
	bool wrong;
} reports[] = {
	{ REPORT_TOP "Sender: a@b\nSubject: x\nRecipient: c@d\n" REPORT_MESSAGE,
	    "<a@b><c@d>", false },
	{ REPORT_TOP "Sender: <>\nTo: c@d, Expanded: list@d\n"
	  "Cc: e@f, Forwarded: g@h\nBcc: \"I\" <i@j>\nRecipient: C@D\n"
	  REPORT_MESSAGE, "<><c@d><e@f><i@j>", false },
	{ REPORT_TOP "Recipient: c@d\n" REPORT_MESSAGE,
	    "the journal report has no sender", true },
	{ REPORT_TOP "Sender: a@b\n" REPORT_MESSAGE,
	    "the journal report has no recipient", true },
	{ REPORT_TOP "Sender: a@b\nRecipient: <>\n" REPORT_MESSAGE,
	    "the recipient of the journal report, \"<>\", is no address",
	    true },
	{ REPORT_TOP "Sender: a@b, c@d\n" REPORT_MESSAGE,
	    "the sender of the journal report, \"a@b, c@d\", is no address",
	    true },
	{ REPORT_TOP "Sender: a@b\nRecipient: c@d\n--b--\n",
	    "the journal report has no message attached", true },
	{ "X-MS-Journal-Report:\nContent-Type: message/rfc822\n\nA: 1\n\n",
	    "the journal report has no text with the envelope", true },
	{ REPORT_TOP "Sender: a@b\n--b\nContent-Type: message/rfc822\n"
	  "Content-Transfer-Encoding: base64\n\nQQ==\n--b--\n",
	    "the message in the journal report is encoded, which RFC 2046 "
	    "section 5.2.1 forbids", true },
};

START_TEST(report_table)
{
	struct pool *pool = pool_new();
	struct journal_report report;
	struct stored_mail mail;
	struct buf out;
	struct err err;

	buf_init(&out, 4096);
	ck_assert_int_eq(
	    stored_mail_read(span_of(reports[_i].report), pool, &mail, &err),
	    0);
	ck_assert(journal_report_is(&mail));
	if (reports[_i].wrong) {
		ck_assert_int_eq(
		    journal_report_read(&mail, pool, &report, &err), -1);
		ck_assert_str_eq(err.text, reports[_i].envelope);
	} else {
		ck_assert_msg(
		    journal_report_read(&mail, pool, &report, &err) == 0,
		    "%s", err.text);
		(void)buf_append_span(&out, report.envelope.sender);
		for (size_t i = 0; i < report.envelope.recipient_count; i++)
			(void)buf_append_span(
			    &out, report.envelope.recipients[i]);
		ck_assert_str_eq(buf_string(&out), reports[_i].envelope);
		ck_assert_msg(span_equal(report.message,
				  SPAN("A: 1\r\n\r\nbody")),
		    "\"%.*s\"", SPAN_ARGS(report.message));
	}
	buf_free(&out);
	pool_free(&pool);
}
END_TEST

START_TEST(no_report)
{
	struct pool *pool = pool_new();
	struct stored_mail mail;
	struct err err;

	ck_assert_int_eq(stored_mail_read(SPAN("A: 1\n"), pool, &mail, &err),
	    0);
	ck_assert(!journal_report_is(&mail));
	pool_free(&pool);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof(table[0]))

int
main(void)
{
	Suite *suite = suite_create("stored_mail");
	TCase *tcase = suite_case(suite, "stored_mail");

	tcase_add_loop_test(tcase, mail_table, 0, ROWS(mails));
	tcase_add_loop_test(tcase, envelope_table, 0, ROWS(envelopes));
	tcase_add_loop_test(tcase, date_table, 0, ROWS(dates));
	tcase_add_loop_test(tcase, moment_table, 0, ROWS(moments));
	tcase_add_loop_test(tcase, report_table, 0, ROWS(reports));
	tcase_add_test(tcase, no_report);
	return suite_finish(suite);
}
