/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What must never happen to a message by accident, and what becomes of one
 * when something fails: mail tried on the probe daemon.
 */
#include "skeleton/trial.h"
#include "t/probe/probe.h"
#include "t/unit/log_capture.h"
#include "t/unit/suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { ERRORS_MAX = 65536 };

static struct log_capture capture;
static struct trial *trial;

static void
setup(void)
{
	log_capture_start(&capture);
}

static void
teardown(void)
{
	trial_free(&trial);
	log_capture_end(&capture);
}

static void
configure(const char *conf)
{
	struct buf errors;

	buf_init(&errors, ERRORS_MAX);
	trial_free(&trial);
	trial = trial_new(&probe_daemon, conf, &errors);
	ck_assert_msg(trial != NULL, "%s", buf_string(&errors));
	buf_free(&errors);
}

static const char *const two[] = { "<one@example.net> NOTIFY=NEVER",
	"<@relay.example:Two+x@EXAMPLE.net>", NULL };

/* A message of some client for TWO that tells the probe what to do. */
static struct trial_message
mail(const char *text)
{
	return (struct trial_message){
		.sender = "<sender@example.com>",
		.recipients = two,
		.text = span_of(text),
	};
}

static const struct trial_result *
run(const char *text)
{
	static struct trial_message message;

	message = mail(text);
	return trial_run(trial, &message);
}

/* The note KEY of the decision line, or NULL. */
static const char *
noted(const struct trial_result *result, const char *key)
{
	const struct verdict *verdict = result->verdict;

	for (size_t i = 0; i < verdict->note_count; i++)
		if (strcmp(verdict->notes[i].key, key) == 0)
			return verdict->notes[i].value.ptr;
	return NULL;
}

static void
assert_span(struct span span, const char *expected)
{
	ck_assert_msg(span_equal(span, span_of(expected)),
	    "\"%.*s\" is not \"%s\"", SPAN_ARGS(span), expected);
}

static void
assert_reply(const struct response *response, unsigned code,
    const char *enhanced, const char *text)
{
	ck_assert_uint_eq(response->reply.code, code);
	assert_span(response->reply.enhanced, enhanced);
	assert_span(response->reply.text, text);
}

static void
assert_logged(const char *part)
{
	const char *text = log_capture_read(&capture);

	ck_assert_msg(strstr(text, part) != NULL, "no \"%s\" in:\n%s", part,
	    text);
}

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

/*
 * Faults
 */

static const struct {
	const char *conf;
	const char *listener;
	bool local;
	bool no_hold;
	bool held;
} outcomes[] = {
	{ "default_role = inbound", NULL, false, false, false },
	{ "default_role = outbound", NULL, false, false, false },
	{ "default_role = application", NULL, false, false, true },
	{ "default_role = local", NULL, false, false, false },
	{ "default_role = application", NULL, true, false, false },
	{ "default_role = application", NULL, false, true, false },
	{ "listener \"apps\" { role = application }", "apps", false, false,
	    true },
	{ "listener \"apps\" { role = application }", "other", false, false,
	    false },
	{ "listener \"apps\" { role = application\non_failure = tempfail }",
	    "apps", false, false, false },
	{ "listener \"in\" { role = inbound\non_failure = hold }", "in",
	    false, false, true },
	{ "listener \"in\" { role = inbound\non_failure = hold }", "in",
	    false, true, false },
	{ "listener \"sub\" { role = local\non_failure = hold }", "sub",
	    true, false, true },
};

static void
check_outcome(const struct trial_result *result, int row, const char *what)
{
	if (outcomes[row].held) {
		ck_assert_int_eq(result->end.kind, RESPONSE_CONTINUE);
		ck_assert(result->end.hold);
		/* What was planned is half of what it might have been. */
		ck_assert_uint_eq(result->end.edit_count, 0);
		return;
	}
	ck_assert_int_eq(result->end.kind, RESPONSE_TEMPFAIL);
	assert_reply(&result->end, 451, "4.3.0", what);
}

START_TEST(fault_outcome_is_that_of_the_listener)
{
	struct trial_message message =
	    mail("X-Probe: add-header A b\nX-Probe: fail\n\n");

	configure(outcomes[_i].conf);
	message.listener = outcomes[_i].listener;
	message.local = outcomes[_i].local;
	message.no_hold = outcomes[_i].no_hold;
	check_outcome(trial_run(trial, &message), _i,
	    "Temporary failure: probe, try again later");
	message.text = SPAN("X-Probe: headers add-header A b\n"
			    "X-Probe: headers fail\n\nbody\n");
	check_outcome(trial_run(trial, &message), _i,
	    "Temporary failure: probe, try again later");
}
END_TEST

/* The failure policy decides, not what was decided before the fault. */
START_TEST(fault_overrides_the_verdict)
{
	static const char *const texts[] = {
		"X-Probe: discard\nX-Probe: fail\n\n",
		"X-Probe: reject no\nX-Probe: fail\n\n",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		const struct trial_result *result;

		configure("");
		result = run(texts[i]);
		ck_assert_int_eq(result->end.kind, RESPONSE_TEMPFAIL);
		assert_reply(&result->end, 451, "4.3.0",
		    "Temporary failure: probe, try again later");
		configure("default_role = application");
		result = run(texts[i]);
		ck_assert_int_eq(result->end.kind, RESPONSE_CONTINUE);
		ck_assert(result->end.hold);
	}
}
END_TEST

static const char *const failing[] = { "<fail@example.net>",
	"<one@example.net>", "<fail2@example.net>", NULL };

/* The client tries that recipient again; the others get the mail. */
START_TEST(recipient_fault_defers_that_recipient)
{
	struct trial_message message = mail("Subject: x\n\n");
	const struct trial_result *result;

	configure("");
	message.recipients = failing;
	result = trial_run(trial, &message);
	ck_assert_int_eq(result->recipients[0].kind, RESPONSE_TEMPFAIL);
	assert_reply(&result->recipients[0], 451, "4.3.0",
	    "Temporary failure: probe, try again later");
	ck_assert_int_eq(result->recipients[1].kind, RESPONSE_CONTINUE);
	ck_assert_int_eq(result->recipients[2].kind, RESPONSE_TEMPFAIL);
	ck_assert_int_eq(result->end_stage, STAGE_END);
	ck_assert_int_eq(result->end.kind, RESPONSE_CONTINUE);
	ck_assert(!result->end.hold);
	/* The line of the refusal has it. */
	ck_assert_ptr_null(noted(result, "fault"));
	assert_logged("action=refuse to=<fail@example.net> fault=probe");
}
END_TEST

START_TEST(recipient_fault_holds_the_message)
{
	struct trial_message message = mail("X-Probe: add-header A b\n\n");
	const struct trial_result *result;

	configure("default_role = application");
	message.recipients = failing;
	result = trial_run(trial, &message);
	ck_assert_uint_eq(result->recipient_count, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(
		    result->recipients[i].kind, RESPONSE_CONTINUE);
	ck_assert_int_eq(result->end.kind, RESPONSE_CONTINUE);
	ck_assert(result->end.hold);
	ck_assert_uint_eq(result->end.edit_count, 0);
	ck_assert_str_eq(noted(result, "fault"), "probe");
	ck_assert_uint_eq(result->verdict->note_count, 1);
}
END_TEST

START_TEST(third_fault_of_a_message_holds_it)
{
	static const char text[] = "Message-ID: <1>\nX-Probe: fail\n\nbody\n";
	static const char other[] = "Message-ID: <2>\nX-Probe: fail\n\nbody\n";
	/* What a relay that tries again puts on top does not count. */
	static const char again[] =
	    "Received: from a\nMessage-ID: <1>\nX-Probe: fail\n\nbody\n";

	configure("");
	ck_assert_int_eq(run(text)->end.kind, RESPONSE_TEMPFAIL);
	ck_assert_int_eq(run(text)->end.kind, RESPONSE_TEMPFAIL);
	ck_assert_int_eq(run(other)->end.kind, RESPONSE_TEMPFAIL);
	ck_assert(run(again)->end.hold);
	ck_assert_int_eq(run(other)->end.kind, RESPONSE_TEMPFAIL);
	ck_assert(run(other)->end.hold);
}
END_TEST

START_TEST(faults_never_hold_when_told_so)
{
	configure("hold_after_faults = 0");
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(
		    run("X-Probe: fail\n\n")->end.kind, RESPONSE_TEMPFAIL);
}
END_TEST

START_TEST(recurring_faults_need_an_mta_that_holds)
{
	struct trial_message message = mail("X-Probe: fail\n\n");

	configure("");
	message.no_hold = true;
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(trial_run(trial, &message)->end.kind,
		    RESPONSE_TEMPFAIL);
}
END_TEST

/* Mail of applications often has equal headers: faults of the past are not
 * held against mail that can be decided on. */
START_TEST(faults_are_forgotten_when_a_message_is_decided_on)
{
	struct trial_message message = mail("X-Probe: fail\n\n");
	const struct trial_result *result;

	configure("");
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(trial_run(trial, &message)->end.kind,
		    RESPONSE_TEMPFAIL);
	ck_assert(trial_run(trial, &message)->end.hold);
	/* It was held: what looks like it begins anew. */
	result = trial_run(trial, &message);
	ck_assert_int_eq(result->end.kind, RESPONSE_TEMPFAIL);
	ck_assert_str_eq(noted(result, "fault"), "probe");
}
END_TEST

/*
 * Limits
 */

START_TEST(too_large_header_section_is_a_fault)
{
	static char text[70000] = "X-Probe: headers done\nA: ";
	struct trial_message message;
	const struct trial_result *result;
	size_t len = strlen(text);

	memset(text + len, 'x', sizeof(text) - len - 4);
	strcpy(text + sizeof(text) - 4, "\n\n");
	configure("max_header_size = 65536");
	message = mail(text);
	result = trial_run(trial, &message);
	ck_assert_int_eq(result->end_stage, STAGE_HEADERS);
	ck_assert_int_eq(result->end.kind, RESPONSE_TEMPFAIL);
	assert_reply(&result->end, 451, "4.3.0",
	    "Temporary failure: header section too large, try again later");
	configure("max_header_size = 65536\ndefault_role = application");
	result = trial_run(trial, &message);
	ck_assert_int_eq(result->end_stage, STAGE_END);
	ck_assert(result->end.hold);
	configure("max_header_size = 80000");
	result = trial_run(trial, &message);
	ck_assert_int_eq(result->end.kind, RESPONSE_ACCEPT);
}
END_TEST

/* They take memory, be they ever so short. */
START_TEST(too_many_fields_are_a_fault)
{
	struct trial_message message;
	struct buf text;

	buf_init(&text, 1 << 20);
	for (int i = 0; i < 1000; i++)
		(void)buf_append(&text, "A:\n", 3);
	(void)buf_append(&text, "\n", 1);
	message = mail(buf_string(&text));
	configure("max_header_size = 65536");
	ck_assert_int_eq(
	    trial_run(trial, &message)->end.kind, RESPONSE_TEMPFAIL);
	configure("max_header_size = 80000");
	ck_assert_int_ne(
	    trial_run(trial, &message)->end.kind, RESPONSE_TEMPFAIL);
	buf_free(&text);
}
END_TEST

/* Each field asks for one more. */
START_TEST(too_many_edits_are_a_fault)
{
	struct trial_message message;
	const struct trial_result *result;
	struct buf text;

	buf_init(&text, 1 << 20);
	for (int i = 0; i < 10001; i++)
		(void)buf_printf(&text, "X-Probe: add-header A b\n");
	(void)buf_append(&text, "\n\n", 2);
	configure("");
	message = mail(buf_string(&text));
	result = trial_run(trial, &message);
	ck_assert_int_eq(result->end.kind, RESPONSE_TEMPFAIL);
	ck_assert_uint_eq(result->end.edit_count, 0);
	configure("default_role = application");
	result = trial_run(trial, &message);
	ck_assert_int_eq(result->end.kind, RESPONSE_CONTINUE);
	ck_assert(result->end.hold);
	ck_assert_uint_eq(result->end.edit_count, 0);
	/* One less is carried out. */
	message.text = span_slice(
	    message.text, strlen("X-Probe: add-header A b\n"), text.len);
	configure("");
	result = trial_run(trial, &message);
	ck_assert_int_eq(result->end.kind, RESPONSE_CONTINUE);
	ck_assert_uint_eq(result->end.edit_count, 10000);
	buf_free(&text);
}
END_TEST

static const char *const three[] = { "<1@example.net>", "<2@example.net>",
	"<3@example.net>", NULL };

START_TEST(excess_recipients_are_deferred)
{
	struct trial_message message = mail("Subject: x\n\n");
	const struct trial_result *result;

	configure("max_recipients = 2");
	message.recipients = three;
	result = trial_run(trial, &message);
	ck_assert_int_eq(result->recipients[1].kind, RESPONSE_CONTINUE);
	ck_assert_int_eq(result->recipients[2].kind, RESPONSE_TEMPFAIL);
	assert_reply(
	    &result->recipients[2], 452, "4.5.3", "Too many recipients");
	ck_assert_int_eq(result->end.kind, RESPONSE_CONTINUE);
	ck_assert_uint_eq(result->message->recipient_count, 2);
	assert_logged(" max_recipients=2 ");
}
END_TEST

/* Local mail can only be answered as a whole. */
START_TEST(excess_local_recipients_defer_the_message)
{
	struct trial_message message = mail("Subject: x\n\nbody\n");
	const struct trial_result *result;

	configure("max_recipients = 2");
	message.local = true;
	message.recipients = three;
	result = trial_run(trial, &message);
	ck_assert_int_eq(result->recipients[2].kind, RESPONSE_CONTINUE);
	ck_assert_int_eq(result->end_stage, STAGE_END);
	ck_assert_int_eq(result->end.kind, RESPONSE_TEMPFAIL);
	assert_reply(&result->end, 451, "4.3.0",
	    "Temporary failure: too many recipients, try again later");
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
		&fault_overrides_the_verdict,
		&recipient_fault_defers_that_recipient,
		&recipient_fault_holds_the_message,
		&third_fault_of_a_message_holds_it,
		&faults_never_hold_when_told_so,
		&recurring_faults_need_an_mta_that_holds,
		&faults_are_forgotten_when_a_message_is_decided_on,
		&too_large_header_section_is_a_fault,
		&too_many_fields_are_a_fault,
		&too_many_edits_are_a_fault,
		&excess_recipients_are_deferred,
		&excess_local_recipients_defer_the_message,
	};
	Suite *suite = suite_create("transaction");
	TCase *tcase = suite_case(suite, "transaction");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < COUNT(tests); i++)
		tcase_add_test(tcase, *tests[i]);
	tcase_add_loop_test(tcase, fault_outcome_is_that_of_the_listener, 0,
	    (int)COUNT(outcomes));
	tcase_add_loop_test(
	    tcase, only_plain_addresses_are_accepted, 0, (int)COUNT(paths));
	tcase_add_loop_test(tcase,
	    local_mail_to_other_addresses_is_rejected_at_end, 0,
	    (int)COUNT(paths));
	tcase_add_loop_test(
	    tcase, observing_refuses_no_address, 0, (int)COUNT(paths));
	return suite_finish(suite);
}
