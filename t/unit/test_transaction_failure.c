/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of a message when something fails or is more than a limit
 * allows: mail tried on the probe daemon.
 */
#include "t/unit/transaction_trial.h"

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
	Suite *suite = suite_create("transaction_failure");
	TCase *tcase = suite_case(suite, "transaction_failure");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < COUNT(tests); i++)
		tcase_add_test(tcase, *tests[i]);
	tcase_add_loop_test(tcase, fault_outcome_is_that_of_the_listener, 0,
	    (int)COUNT(outcomes));
	return suite_finish(suite);
}
