/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must never happen to a message by accident: mail tried on the probe
 * daemon.
 */
#include "t/unit/transaction_trial.h"

/*
 * Never by accident
 */

/* ACCEPT at DATA or before would end the milter's sight of recipients who may
 * still come. */
START_TEST(accepts_only_from_the_end_of_headers_on)
{
	const struct trial_result *result;

	configure("");
	result = run("X-Probe: headers done\n\nbody\n");
	ck_assert_int_eq(result->mail.kind, RESPONSE_CONTINUE);
	ck_assert_uint_eq(result->recipient_count, 2);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(
		    result->recipients[i].kind, RESPONSE_CONTINUE);
	ck_assert_int_eq(result->end_stage, STAGE_HEADERS);
	ck_assert_int_eq(result->end.kind, RESPONSE_ACCEPT);
	assert_logged("action=pass");
}
END_TEST

/* An answer that ends it all must not lose what was asked for before. */
START_TEST(done_with_edits_waits_for_end)
{
	const struct trial_result *result;

	configure("");
	result = run("X-Probe: headers add-header X-A b\n"
		     "X-Probe: headers done\n\nbody\n");
	ck_assert_int_eq(result->end_stage, STAGE_END);
	ck_assert_int_eq(result->end.kind, RESPONSE_CONTINUE);
	ck_assert_uint_eq(result->end.edit_count, 1);
	ck_assert(result->body_skipped);
}
END_TEST

START_TEST(done_with_hold_waits_for_end)
{
	const struct trial_result *result;

	configure("");
	result = run("X-Probe: headers hold it\n"
		     "X-Probe: headers done\n\nbody\n");
	ck_assert_int_eq(result->end_stage, STAGE_END);
	ck_assert_int_eq(result->end.kind, RESPONSE_CONTINUE);
	ck_assert(result->end.hold);
	assert_span(result->end.hold_reason, "it");
}
END_TEST

START_TEST(no_recipient_left_is_discarded_if_asked_for)
{
	const struct trial_result *result;

	configure("");
	result = run("X-Probe: discard-if-none\nX-Probe: delete-all\n\n");
	ck_assert_int_eq(result->end.kind, RESPONSE_DISCARD);
	ck_assert_uint_eq(result->end.edit_count, 0);
	assert_logged("action=discard reason=\"no recipient is left\"");
}
END_TEST

START_TEST(no_recipient_left_is_deferred)
{
	const struct trial_result *result;

	configure("");
	result = run("X-Probe: delete-all\n\n");
	ck_assert_int_eq(result->end.kind, RESPONSE_TEMPFAIL);
	assert_reply(&result->end, 451, "4.3.0",
	    "Temporary failure, try again later");
	ck_assert_uint_eq(result->end.edit_count, 0);
	assert_logged("fault=\"the edits leave no recipient, and no rule "
		      "asked for that\"");
}
END_TEST

START_TEST(no_recipient_left_is_held_for_applications)
{
	const struct trial_result *result;

	configure("default_role = application");
	result = run("X-Probe: delete-all\n\n");
	ck_assert_int_eq(result->end.kind, RESPONSE_CONTINUE);
	ck_assert(result->end.hold);
	ck_assert_uint_eq(result->end.edit_count, 0);
	ck_assert_uint_eq(result->applied.recipient_count, 2);
}
END_TEST

/* Another recipient in their place is no accident. */
START_TEST(replaced_recipients_are_left)
{
	const struct trial_result *result;

	configure("");
	result = run("X-Probe: delete-all\n"
		     "X-Probe: add-recipient other@example.org\n\n");
	ck_assert_int_eq(result->end.kind, RESPONSE_CONTINUE);
	ck_assert_uint_eq(result->applied.recipient_count, 1);
	assert_span(result->applied.recipients[0], "other@example.org");
}
END_TEST

/* One that was refused at RCPT does not count as left. */
START_TEST(refused_recipient_is_not_left)
{
	static const char *const recipients[] = { "<refuse@example.net>",
		"<one@example.net>", NULL };
	struct trial_message message = mail("X-Probe: delete-recipient 1\n\n");
	const struct trial_result *result;

	configure("");
	message.recipients = recipients;
	result = trial_run(trial, &message);
	ck_assert_int_eq(result->recipients[0].kind, RESPONSE_REJECT);
	ck_assert_int_eq(result->end.kind, RESPONSE_TEMPFAIL);
}
END_TEST

START_TEST(recipients_are_deleted_as_given)
{
	const struct trial_result *result;

	configure("");
	result = run("X-Probe: delete-recipient 1\n\n");
	ck_assert_uint_ge(result->end.edit_count, 1);
	ck_assert_int_eq(
	    result->end.edits[0].kind, EDIT_DELETE_RECIPIENT);
	assert_span(
	    result->end.edits[0].value, "<@relay.example:Two+x@EXAMPLE.net>");
	result = run("X-Probe: delete-recipient 0\n\n");
	ck_assert_uint_eq(result->end.edit_count, 1);
	assert_span(result->end.edits[0].value, "<one@example.net>");
}
END_TEST

START_TEST(local_refusal_is_answered_at_end)
{
	static const char *const recipients[] = { "<one@example.net>",
		"<refuse@example.net>", "<defer@example.net>", NULL };
	struct trial_message message = mail("Subject: x\n\nbody\n");
	const struct trial_result *result;

	configure("");
	message.local = true;
	message.recipients = recipients;
	result = trial_run(trial, &message);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(
		    result->recipients[i].kind, RESPONSE_CONTINUE);
	ck_assert_int_eq(result->end_stage, STAGE_END);
	ck_assert_int_eq(result->end.kind, RESPONSE_REJECT);
	assert_reply(&result->end, 550, "5.1.1",
	    "probe: no such user, 100% sure");
}
END_TEST

START_TEST(local_fault_is_answered_at_end)
{
	static const char *const recipients[] = { "<fail@example.net>",
		NULL };
	struct trial_message message = mail("Subject: x\n\nbody\n");
	const struct trial_result *result;

	configure("");
	message.local = true;
	message.recipients = recipients;
	result = trial_run(trial, &message);
	ck_assert_int_eq(result->recipients[0].kind, RESPONSE_CONTINUE);
	ck_assert_int_eq(result->end_stage, STAGE_END);
	ck_assert_int_eq(result->end.kind, RESPONSE_TEMPFAIL);
}
END_TEST

START_TEST(local_refusal_by_headers_is_answered_at_end)
{
	struct trial_message message =
	    mail("X-Probe: headers reject no\n\nbody\n");
	const struct trial_result *result;

	configure("");
	message.local = true;
	result = trial_run(trial, &message);
	ck_assert_int_eq(result->end_stage, STAGE_END);
	assert_reply(&result->end, 550, "5.7.1", "probe: no");
}
END_TEST

/* The order is that of the plan, not of the asking. */
START_TEST(edits_are_planned_before_the_first_is_sent)
{
	const struct trial_result *result;

	configure("");
	result = run("X-Probe: replace-body new\n"
		     "X-Probe: add-header X-A b\n"
		     "X-Probe: add-recipient one@example.net\n"
		     "X-Probe: delete-recipient 1\n"
		     "X-Probe: change-sender new@example.com\n\nold\n");
	ck_assert_uint_ge(result->end.edit_count, 4);
	ck_assert_int_eq(result->end.edits[0].kind, EDIT_CHANGE_SENDER);
	ck_assert_int_eq(
	    result->end.edits[1].kind, EDIT_DELETE_RECIPIENT);
	ck_assert_int_eq(
	    result->end.edits[result->end.edit_count - 1].kind,
	    EDIT_REPLACE_BODY);
	for (size_t i = 0; i < result->end.edit_count; i++)
		ck_assert_int_ne(
		    result->end.edits[i].kind, EDIT_ADD_RECIPIENT);
}
END_TEST

/* A refusal that is carried out takes no edit along. */
START_TEST(refused_messages_are_not_edited)
{
	static const char *const ends[] = { "reject", "tempfail", "discard" };

	configure("");
	for (size_t i = 0; i < COUNT(ends); i++) {
		const struct trial_result *result;
		char text[128];

		(void)snprintf(text, sizeof(text),
		    "X-Probe: add-header X-A b\nX-Probe: hold x\n"
		    "X-Probe: %s x\n\n", ends[i]);
		result = run(text);
		ck_assert_int_ne(result->end.kind, RESPONSE_CONTINUE);
		ck_assert_uint_eq(result->end.edit_count, 0);
		ck_assert(!result->end.hold);
	}
}
END_TEST

/*
 * SKIP, observe
 */

START_TEST(unneeded_body_is_skipped)
{
	struct trial_message message =
	    mail("X-Probe: count-body\n\nsome body\n");
	const struct trial_result *result;

	configure("body = no");
	result = trial_run(trial, &message);
	ck_assert(result->body_skipped);
	assert_span(result->end.edits[0].value, " 0");
	message.no_skip = true;
	result = trial_run(trial, &message);
	ck_assert(!result->body_skipped);
	assert_span(result->end.edits[0].value, " 0");
	configure("body = yes");
	message.chunk = 3;
	result = trial_run(trial, &message);
	ck_assert(!result->body_skipped);
	assert_span(result->end.edits[0].value, " 11");
}
END_TEST

START_TEST(observing_changes_nothing)
{
	static const struct {
		const char *text;
		const char *logged;
	} rows[] = {
		{ "X-Probe: reject no\n\n", "action=reject observe=yes" },
		{ "X-Probe: headers reject no\n\nbody\n",
		    "action=reject observe=yes" },
		{ "X-Probe: tempfail no\n\n", "action=tempfail" },
		{ "X-Probe: discard\n\n", "action=discard" },
		{ "X-Probe: headers discard\n\nbody\n", "action=discard" },
		{ "X-Probe: hold me\n\n", "action=hold observe=yes hold=me" },
		{ "X-Probe: add-header A b\n\n", "action=edit observe=yes" },
		{ "X-Probe: delete-all\n\n", "action=tempfail" },
		{ "X-Probe: fail\n\n", "action=tempfail" },
		{ "X-Probe: headers fail\n\nbody\n", "fault=probe" },
		{ "X-Probe: headers done\n\nbody\n", "action=pass" },
	};

	configure("observe = yes");
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct trial_result *result = run(rows[i].text);

		ck_assert(result->end.kind == RESPONSE_CONTINUE ||
		    result->end.kind == RESPONSE_ACCEPT);
		ck_assert_uint_eq(result->end.edit_count, 0);
		ck_assert(!result->end.hold);
		assert_logged(rows[i].logged);
	}
}
END_TEST

START_TEST(observing_refuses_no_recipient)
{
	static const char *const recipients[] = { "<refuse@example.net>",
		"<defer@example.net>", "<fail@example.net>",
		"<one@example.net>", "<many@example.net>", NULL };
	struct trial_message message = mail("Subject: x\n\n");
	const struct trial_result *result;

	configure("observe = yes\nmax_recipients = 4");
	message.recipients = recipients;
	result = trial_run(trial, &message);
	ck_assert_uint_eq(result->recipient_count, 5);
	for (size_t i = 0; i < 5; i++)
		ck_assert_int_eq(
		    result->recipients[i].kind, RESPONSE_CONTINUE);
	ck_assert_int_eq(result->end.kind, RESPONSE_CONTINUE);
	assert_logged("reply=\"550 5.1.1 probe: no such user, 100% sure\"");
}
END_TEST

/*
 * Addresses that an MTA reads in its own way
 */

static const struct {
	const char *sender, *recipient;
	const char *enhanced; /* of the refusal; NULL: passes */
	const char *logged;
} paths[] = {
	{ "<a@example.com>", "<b @example.net>", "5.1.3",
	    "reason=\"cannot read the address" },
	{ "<a@example.com>", "<b@example.net >", "5.1.3", "does not end" },
	{ "<a@example.com>", "<(c)b@example.net>", "5.1.3", "malformed" },
	{ "<a@example.com>", "<B <b@example.net>>", "5.1.3", "cannot read" },
	{ "<a@example.com>", "<b\\b@example.net>", "5.1.3", "cannot read" },
	{ "<a@example.com>", "<b@\"example.net\">", "5.1.3", "cannot read" },
	{ "<a@example.com>", "<>", "5.1.3", "names nobody" },
	{ "<a@example.com>", "<b%example.net>", "5.1.3",
	    "has a route to another domain in its local part" },
	{ "<a@example.com>", "<example.net!b>", "5.1.3", "has a route" },
	{ "<a@example.com>", "<\"b@example.net\">", "5.1.3", "has a route" },
	{ "<a@example.com>", "<b%example.net@Example.COM>", "5.1.3",
	    "has a route" },
	{ "<a@example.com>", "<\"b@example.net\"@example.com.>", "5.1.3",
	    "has a route" },
	{ "<a@example.com>", "<b%example.net@[127.0.0.1]>", "5.1.3",
	    "has a route" },
	{ "<a@example.com>", "<b%example.net@localhost>", "5.1.3",
	    "has a route" },
	{ "<a(1)@example.com>", "<b@example.net>", "5.1.7", "cannot read" },
	{ "<a @example.com>", "<b@example.net>", "5.1.7", "cannot read" },
	{ "<a%example.com>", "<b@example.net>", "5.1.7", "has a route" },
	{ "<a%x.example@example.com>", "<b@example.net>", "5.1.7",
	    "has a route" },
	{ "<>", "<b@example.net>", NULL, "action=pass" },
	{ "<a>", "<postmaster>", NULL, "action=pass" },
	{ "<a%b@example.net>", "<b%c@example.net>", NULL, "action=pass" },
	{ "<\"a b\"@example.com>", "<\"b c\"@example.com>", NULL,
	    "action=pass" },
	{ "<a@[192.0.2.1]>", "<b@[IPv6:2001:db8::1]>", NULL, "action=pass" },
	{ "<m\xc3\xbc@example.com>", "<@r.example:b=c+d@example.net>", NULL,
	    "action=pass" },
};

static const struct trial_result *
run_path(int row, bool local)
{
	const char *const recipients[] = { paths[row].recipient, NULL };
	struct trial_message message =
	    mail("X-Probe: headers done\n\nbody\n");

	message.sender = paths[row].sender;
	message.recipients = recipients;
	message.local = local;
	return trial_run(trial, &message);
}

/* No rule on people would apply to whom the MTA means by such an address. */
START_TEST(only_plain_addresses_are_accepted)
{
	const struct trial_result *result;

	configure("internal_domains = { \"example.com\" }");
	result = run_path(_i, false);
	assert_logged(paths[_i].logged);
	ck_assert_int_eq(result->mail.kind, RESPONSE_CONTINUE);
	if (paths[_i].enhanced == NULL) {
		ck_assert_int_eq(result->end.kind, RESPONSE_ACCEPT);
	} else {
		ck_assert_int_eq(
		    result->recipients[0].kind, RESPONSE_REJECT);
		ck_assert_uint_eq(result->recipients[0].reply.code, 553);
		assert_span(result->recipients[0].reply.enhanced,
		    paths[_i].enhanced);
		trial_log_counters(trial);
		assert_logged("recipients_refused=1");
	}
}
END_TEST

START_TEST(local_mail_to_other_addresses_is_rejected_at_end)
{
	const struct trial_result *result;

	configure("internal_domains = { \"example.com\" }");
	result = run_path(_i, true);
	if (paths[_i].enhanced == NULL) {
		ck_assert_int_eq(result->end.kind, RESPONSE_ACCEPT);
		return;
	}
	ck_assert_int_eq(result->recipients[0].kind, RESPONSE_CONTINUE);
	ck_assert_int_eq(result->end_stage, STAGE_END);
	ck_assert_int_eq(result->end.kind, RESPONSE_REJECT);
	ck_assert_uint_eq(result->end.reply.code, 553);
}
END_TEST

START_TEST(observing_refuses_no_address)
{
	const struct trial_result *result;

	configure("observe = yes\ninternal_domains = { \"example.com\" }");
	result = run_path(_i, false);
	ck_assert_int_eq(result->recipients[0].kind, RESPONSE_CONTINUE);
	ck_assert_int_eq(result->end.kind, RESPONSE_ACCEPT);
	assert_logged(paths[_i].logged);
}
END_TEST

int
main(void)
{
	static const TTest *const *const tests[] = {
		&accepts_only_from_the_end_of_headers_on,
		&done_with_edits_waits_for_end,
		&done_with_hold_waits_for_end,
		&no_recipient_left_is_discarded_if_asked_for,
		&no_recipient_left_is_deferred,
		&no_recipient_left_is_held_for_applications,
		&replaced_recipients_are_left,
		&refused_recipient_is_not_left,
		&recipients_are_deleted_as_given,
		&local_refusal_is_answered_at_end,
		&local_fault_is_answered_at_end,
		&local_refusal_by_headers_is_answered_at_end,
		&edits_are_planned_before_the_first_is_sent,
		&refused_messages_are_not_edited,
		&unneeded_body_is_skipped,
		&observing_changes_nothing,
		&observing_refuses_no_recipient,
	};
	Suite *suite = suite_create("transaction");
	TCase *tcase = suite_case(suite, "transaction");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < COUNT(tests); i++)
		tcase_add_test(tcase, *tests[i]);
	tcase_add_loop_test(
	    tcase, only_plain_addresses_are_accepted, 0, (int)COUNT(paths));
	tcase_add_loop_test(tcase,
	    local_mail_to_other_addresses_is_rejected_at_end, 0,
	    (int)COUNT(paths));
	tcase_add_loop_test(
	    tcase, observing_refuses_no_address, 0, (int)COUNT(paths));
	return suite_finish(suite);
}
