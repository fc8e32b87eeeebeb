/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of a message where lumbar-policy cannot evaluate a rule, or
 * cannot read the content.
 */
#include "t/unit/log_capture.h"
#include "t/unit/policy_trial.h"

/*
 * Faults
 */

START_TEST(faults)
{
	static const struct {
		const char *on_failure;
		const char *listener;
		enum response_kind kind;
		bool hold;
	} cases[] = {
		{ "", "mx", RESPONSE_TEMPFAIL, false },
		{ "", "apps", RESPONSE_CONTINUE, true },
		{ "on failure default", "apps", RESPONSE_CONTINUE, true },
		{ "on failure tempfail", "apps", RESPONSE_TEMPFAIL, false },
		{ "on failure hold", "mx", RESPONSE_CONTINUE, true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trial_message message = {
			.sender = "<a@example.com>",
			.recipients = one,
			.text = span_of(slow),
			.listener = cases[i].listener,
		};
		const struct trial_result *result;
		struct fixture f;
		char rules[256];

		(void)snprintf(rules, sizeof(rules),
		    "rule a { when subject matches /^(a+)+$/\n"
		    "  then reject %s }\n",
		    cases[i].on_failure);
		setup(&f, rules);
		result = trial_run(f.trial, &message);
		ck_assert_msg(result->end.kind == cases[i].kind, "%zu", i);
		ck_assert_msg(result->end.hold == cases[i].hold, "%zu", i);
		assert_span(note(result, "rule"), "a");
		ck_assert_uint_gt(note(result, "fault").len, 0);
		teardown(&f);
	}
}
END_TEST

/* A rule for each recipient that fails defers that recipient, or lets it in
 * and has the message held. */
START_TEST(recipient_faults)
{
	static const char *const slow_recipient[] = {
		"<b@example.com>",
		"<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.com>",
		NULL,
	};
	static const struct {
		const char *on_failure;
		enum response_kind kind;
		bool hold;
	} cases[] = {
		{ "", RESPONSE_TEMPFAIL, false },
		{ "on failure tempfail", RESPONSE_TEMPFAIL, false },
		{ "on failure hold", RESPONSE_CONTINUE, true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct trial_result *result;
		struct fixture f;
		char rules[256];

		(void)snprintf(rules, sizeof(rules),
		    "rule a for each recipient {\n"
		    "  when recipient matches /^(a+)+$/ then reject %s }\n",
		    cases[i].on_failure);
		setup(&f, rules);
		result = run(&f, plain, slow_recipient);
		ck_assert_int_eq(
		    result->recipients[0].kind, RESPONSE_CONTINUE);
		ck_assert_msg(
		    result->recipients[1].kind == cases[i].kind, "%zu", i);
		ck_assert_msg(result->end.hold == cases[i].hold, "%zu", i);
		if (cases[i].hold)
			ck_assert_uint_gt(note(result, "fault").len, 0);
		teardown(&f);
	}
}
END_TEST

/* A recipient that is refused in the end holds nothing for the others. */
START_TEST(recipient_fault_and_refusal)
{
	static const char *const recipients[] = {
		"<b@example.com>",
		"<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.com>",
		NULL,
	};
	const struct trial_result *result;
	struct fixture f;

	setup(&f,
	    "rule a for each recipient {\n"
	    "  when recipient matches /^(a+)+$/ then reject\n"
	    "  on failure hold }\n"
	    "rule b for each recipient {\n"
	    "  when recipient starts with aaa then reject }\n");
	result = run(&f, plain, recipients);
	ck_assert_int_eq(result->recipients[1].kind, RESPONSE_REJECT);
	ck_assert(!result->end.hold);
	teardown(&f);
}
END_TEST

START_TEST(many_faults)
{
	const struct trial_result *result;
	struct fixture f;

	setup(&f,
	    "rule a { when subject matches /^(a+)+$/ then hold on failure "
	    "hold }\n"
	    "rule b { when subject matches /^(a+)+$/ then hold on failure "
	    "hold }\n");
	result = run(&f, slow, one);
	assert_span(note(result, "rule"), "a,b");
	assert_span(note(result, "fault"), "rule a: regular expression on 49 "
					   "bytes of text: match limit exceeded");
	assert_span(note(result, "faults"), "2");
	teardown(&f);
}
END_TEST

static const struct {
	const char *rules, *listener;
	enum response_kind kind;
	bool hold;
} discards[] = {
	{ "rule a { when header \"X-Slow\" matches /^(a+)+$/ then stop\n"
	  "  on failure hold }\n"
	  "rule b { when subject has word hello then discard }\n",
	    "mx", RESPONSE_CONTINUE, true },
	{ "rule a for each recipient { when recipient matches\n"
	  "  /^(a+)+$/ then reject on failure hold }\n"
	  "rule b { when subject has word hello then discard }\n",
	    "mx", RESPONSE_CONTINUE, true },
	{ "rule a for each recipient { when recipient matches\n"
	  "  /^(a+)+$/ then reject }\n"
	  "rule b { when subject has word hello then discard }\n",
	    "apps", RESPONSE_CONTINUE, true },
	{ "rule a for each recipient { when recipient matches\n"
	  "  /^(a+)+$/ then reject }\n"
	  "rule b { when always then discard }\n",
	    "apps", RESPONSE_CONTINUE, true },
	/* Held without a recipient it would be lost as well. */
	{ "rule b { when always then remove recipients\n"
	  "  discard if none is left }\n"
	  "rule a { when header \"X-Slow\" matches /^(a+)+$/ then stop\n"
	  "  on failure hold }\n",
	    "mx", RESPONSE_TEMPFAIL, false },
	{ "rule a for each recipient { when recipient matches\n"
	  "  /^(a+)+$/ then reject on failure hold }\n"
	  "rule b { when always then remove recipients\n"
	  "  discard if none is left }\n",
	    "mx", RESPONSE_TEMPFAIL, false },
};

/* What is held for a fault is not thrown away, whatever a rule says. */
START_TEST(fault_and_discard)
{
	static const char *const slow_recipient[] = {
		"<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.com>",
		NULL,
	};

	for (size_t i = 0; i < sizeof(discards) / sizeof(discards[0]); i++) {
		struct trial_message message = {
			.sender = "<a@example.com>",
			.recipients = slow_recipient,
			.text = SPAN("Subject: hello\n"
				     "X-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
				     "aaaaaaaaaaaaaaaaaaa!\n"
				     "\n"
				     "x\n"),
			.listener = discards[i].listener,
		};
		const struct trial_result *result;
		struct fixture f;

		setup(&f, discards[i].rules);
		result = trial_run(f.trial, &message);
		ck_assert_msg(result->end.kind == discards[i].kind, "%zu: %d",
		    i, result->end.kind);
		ck_assert_msg(result->end.hold == discards[i].hold, "%zu", i);
		teardown(&f);
	}
}
END_TEST

#define SLOW(rule, bytes)                                                     \
	"fault=\"rule " rule ": regular expression on " bytes                 \
	" bytes of text: match limit exceeded\""

/* The line names the rule, and what failed once. */
START_TEST(fault_lines)
{
	static const char *const recipients[] = {
		"<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.com>",
		NULL,
	};
	static const struct {
		const char *rules, *line;
	} cases[] = {
		{ "rule a for each recipient { when recipient matches\n"
		  "  /^(a+)+$/ then reject on failure tempfail severity low }\n",
		    "@example.com> rule=a mode=enforce " SLOW("a", "58")
		    " severity=low " },
		{ "rule a for each recipient { when recipient matches\n"
		  "  /^(a+)+$/ then reject on failure hold severity high }\n"
		  "rule b { when always then add header \"X\" \"y\"\n"
		  "  severity low }\n",
		    "action=hold rule=a,b mode=enforce " SLOW("a", "58")
		    " severity=high " },
		/* The one that decides, told by the failure policy. */
		{ "rule a { when subject matches /^(a+)+$/ then reject\n"
		  "  on failure hold }\n"
		  "rule b { when subject matches /^(a+)+$/ then reject }\n",
		    "action=tempfail rule=a,b mode=enforce faults=2 rules=" },
		{ "rule a { when subject matches /^(a+)+$/ then reject\n"
		  "  on failure hold }\n"
		  "rule b { when subject matches /^(a+)+$/ then reject }\n",
		    " " SLOW("b", "49") " hold=" },
	};
	struct log_capture *capture = malloc(sizeof(*capture));

	ck_assert_ptr_nonnull(capture);
	log_capture_start(capture);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture f;
		const char *logged;

		setup(&f, cases[i].rules);
		(void)run(&f, slow, recipients);
		logged = log_capture_read(capture);
		ck_assert_msg(strstr(logged, cases[i].line) != NULL,
		    "%zu: no \"%s\" in \"%s\"", i, cases[i].line, logged);
		teardown(&f);
	}
	log_capture_end(capture);
	free(capture);
}
END_TEST

/* What cannot be done with what is left adds its own fault to it. */
START_TEST(fault_and_no_recipient)
{
	const struct trial_result *result;
	struct fixture f;

	setup(&f,
	    "rule a { when subject matches /^(a+)+$/ then reject\n"
	    "  on failure hold }\n"
	    "rule b { when always then remove recipients }\n");
	result = run(&f, slow, one);
	assert_span(note(result, "fault"),
	    "rule a: regular expression on 49 bytes of text: match limit "
	    "exceeded; the edits leave no recipient, and no rule asked for "
	    "that");
	teardown(&f);
}
END_TEST

/*
 * Unread content
 */

START_TEST(unread)
{
	static const struct {
		const char *file, *rule;
		enum response_kind kind;
		bool hold;
	} cases[] = {
		{ "held", "", RESPONSE_CONTINUE, true },
		{ "tempfailed", "", RESPONSE_TEMPFAIL, false },
		{ "delivered", "", RESPONSE_CONTINUE, false },
		{ "delivered", "unread content is held", RESPONSE_CONTINUE,
		    true },
		{ "held", "unread content is delivered", RESPONSE_CONTINUE,
		    false },
		{ "held", "unread counts as match", RESPONSE_REJECT, false },
		/* What is not read makes no difference to this one. */
		{ "tempfailed", "except sender is internal", RESPONSE_ACCEPT,
		    false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct trial_result *result;
		struct fixture f;
		char rules[256];

		(void)snprintf(rules, sizeof(rules),
		    "unread content is %s\n"
		    "rule a { when text has word secret %s then reject %s }\n",
		    cases[i].file,
		    strncmp(cases[i].rule, "except", 6) == 0 ? cases[i].rule
							     : "",
		    strncmp(cases[i].rule, "except", 6) == 0 ? ""
							     : cases[i].rule);
		setup(&f, rules);
		result = run(&f, encrypted, one);
		ck_assert_msg(result->end.kind == cases[i].kind, "%zu", i);
		ck_assert_msg(result->end.hold == cases[i].hold, "%zu", i);
		if (result->end_stage == STAGE_END)
			assert_span(note(result, "unread"), "1");
		teardown(&f);
	}
}
END_TEST

/* What was not read may hide attachments, and decide about recipients. */
START_TEST(unread_elsewhere)
{
	static const struct {
		const char *rule;
		bool hold;
		size_t recipients;
	} cases[] = {
		{ "when any attachment type is executable then reject", true,
		    2 },
		{ "when at least 5 attachments then reject", true, 2 },
		{ "when always then remove external recipients "
		  "(text has word secret)",
		    true, 2 },
		{ "when always then remove external recipients "
		  "(text has word secret) unread counts as match",
		    false, 1 },
		{ "when text has word secret then remove external recipients "
		  "(sender is internal) unread counts as match",
		    false, 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct trial_result *result;
		struct fixture f;
		char rules[256];

		(void)snprintf(rules, sizeof(rules),
		    "unread content is held\nrule a { %s }\n",
		    cases[i].rule);
		setup(&f, rules);
		result = run(&f, encrypted, two);
		ck_assert_msg(result->end.hold == cases[i].hold, "%zu", i);
		ck_assert_msg(result->applied.recipient_count ==
			cases[i].recipients,
		    "%zu", i);
		/* Once, also where it applies and is in doubt. */
		assert_span(note(result, "rule"), "a");
		teardown(&f);
	}
}
END_TEST

/* An action whose recipients cannot be told is a fault, also where the rule
 * applies for what was not read. */
START_TEST(unread_and_fault)
{
	static const char *const recipients[] = {
		"<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@bank.example>",
		"<b@example.com>",
		NULL,
	};
	const struct trial_result *result;
	struct fixture f;

	setup(&f,
	    "rule a { when text has word secret\n"
	    "  then remove external recipients (address matches /^(a+)+$/)\n"
	    "  on failure hold unread counts as match }\n");
	result = run(&f, encrypted, recipients);
	ck_assert(result->end.hold);
	teardown(&f);
}
END_TEST

SUITE_MAIN("policy_failure", faults, recipient_faults,
    recipient_fault_and_refusal, many_faults, fault_and_discard, fault_lines,
    fault_and_no_recipient, unread, unread_elsewhere, unread_and_fault)
