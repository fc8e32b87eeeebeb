/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What lumbar-policy decides by its rules, in force or in audit mode, how it
 * edits messages, and reloads of the rules.
 */
#include "t/unit/policy_trial.h"

static const char program[] =
    "From: a@example.com\n"
    "Subject: invoice\n"
    "MIME-Version: 1.0\n"
    "Content-Type: multipart/mixed; boundary=b\n"
    "\n"
    "--b\n"
    "\n"
    "see attachment\n"
    "--b\n"
    "Content-Type: application/pdf\n"
    "Content-Disposition: attachment; filename=invoice.pdf\n"
    "Content-Transfer-Encoding: base64\n"
    "\n"
    /* The start of a program for Windows. */
    "TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
    "AAAAAAAAgAAAAA4fug4AtAnNIbgBTM0hVGhpcyBwcm9ncmFtIGNhbm5vdCBiZSBydW4gaW4g\n"
    "RE9TIG1vZGUuDQ0KJAAAAAAAAABQRQAATAEDAAAAAAAAAAAAAAAAAOAADwELAQ==\n"
    "--b--\n";

START_TEST(program_by_true_type)
{
	struct fixture f;
	const struct trial_result *result;

	setup(&f,
	    "unread content is held\n"
	    "rule no-programs \"No programs\" {\n"
	    "  when any attachment (type is executable\n"
	    "       or name matches /\\.(exe|js|vbs)$/i)\n"
	    "  then reject 5.7.1 \"Programs may not be sent by mail\"\n"
	    "  severity high\n"
	    "}\n");
	result = run(&f, program, one);
	ck_assert_int_eq(result->end.kind, RESPONSE_REJECT);
	ck_assert_uint_eq(result->end.reply.code, 550);
	assert_span(result->end.reply.enhanced, "5.7.1");
	assert_span(result->end.reply.text,
	    "no-programs: Programs may not be sent by mail");
	ck_assert_int_eq(result->end_stage, STAGE_END);
	assert_span(note(result, "rule"), "no-programs");
	assert_span(note(result, "mode"), "enforce");
	assert_span(note(result, "severity"), "high");
	assert_span(note(result, "evidence"), "type in invoice.pdf");
	assert_span(note(result, "unread"), "0");
	ck_assert_uint_eq(note(result, "rules").len, 7);
	result = run(&f, plain, one);
	ck_assert_int_eq(result->end.kind, RESPONSE_CONTINUE);
	assert_span(note(result, "rule"), "");
	teardown(&f);
}
END_TEST

START_TEST(each_recipient)
{
	struct fixture f;
	const struct trial_result *result;

	setup(&f,
	    "rule wall for each recipient {\n"
	    "  when recipient domain is bank.example\n"
	    "  then reject 554 5.7.1 \"Information barrier\"\n"
	    "}\n"
	    "rule all { when any external recipient then reject }\n");
	result = run(&f, plain, two);
	ck_assert_int_eq(result->recipients[0].kind, RESPONSE_CONTINUE);
	ck_assert_int_eq(result->recipients[1].kind, RESPONSE_REJECT);
	ck_assert_uint_eq(result->recipients[1].reply.code, 554);
	assert_span(result->recipients[1].reply.text,
	    "wall: Information barrier");
	/* Refused, it is in no later set. */
	ck_assert_int_ne(result->end.kind, RESPONSE_REJECT);
	teardown(&f);
}
END_TEST

/* Rules on the envelope need nothing of the message. */
START_TEST(early)
{
	struct fixture f;
	const struct trial_result *result;

	setup(&f, "rule a { when any external recipient then reject }\n");
	result = run(&f, plain, two);
	ck_assert_int_eq(result->end.kind, RESPONSE_REJECT);
	ck_assert_int_eq(result->end_stage, STAGE_DATA);
	/* Until the end of the headers there may be more recipients. */
	result = run(&f, plain, one);
	ck_assert_int_eq(result->end.kind, RESPONSE_ACCEPT);
	ck_assert_int_eq(result->end_stage, STAGE_HEADERS);
	teardown(&f);

	/* A rule that waits makes those behind it wait. */
	setup(&f,
	    "unread content is delivered\n"
	    "rule b { when text has word secret then tempfail }\n"
	    "rule a { when any external recipient then reject }\n");
	result = run(&f, plain, two);
	ck_assert_int_eq(result->end.kind, RESPONSE_TEMPFAIL);
	ck_assert_int_eq(result->end_stage, STAGE_END);
	teardown(&f);

	/* Unless it is in audit mode. */
	setup(&f,
	    "unread content is delivered\n"
	    "rule b { when text has word secret then tempfail mode audit }\n"
	    "rule a { when any external recipient then reject }\n");
	result = run(&f, plain, two);
	ck_assert_int_eq(result->end.kind, RESPONSE_REJECT);
	ck_assert_int_eq(result->end_stage, STAGE_DATA);
	teardown(&f);
}
END_TEST

/* What only rules in audit mode would look at fails no message. */
START_TEST(audit_of_too_much)
{
	struct fixture f;
	const struct trial_result *result;
	char text[96 * 1024];
	char conf[512];
	struct buf errors;

	(void)snprintf(text, sizeof(text), "Subject: falcon\nX-Long: %090000d"
					   "\n\nbody\n", 1);
	setup(&f,
	    "rule wall { when any external recipient then reject }\n"
	    "rule try { when subject contains falcon then hold mode audit }\n");
	conf_text(&f, "max_header_size = 64K\n", conf, sizeof(conf));
	buf_init(&errors, 4096);
	ck_assert_int_eq(trial_reload(f.trial, conf, &errors), 0);
	result = run(&f, text, one);
	ck_assert_int_eq(result->end.kind, RESPONSE_ACCEPT);
	assert_span(note(result, "max_header_size"), "65536");
	ck_assert_uint_eq(note(result, "rules").len, 7);

	/* Unlike what a rule in force waits for. */
	write_file(f.path,
	    "rule wait { when subject contains falcon then hold }\n");
	ck_assert_int_eq(trial_reload(f.trial, conf, &errors), 0);
	result = run(&f, text, one);
	ck_assert_int_eq(result->end.kind, RESPONSE_TEMPFAIL);
	buf_free(&errors);
	teardown(&f);
}
END_TEST

START_TEST(edits)
{
	const struct trial_result *result;
	struct fixture f;
	struct buf text;

	buf_init(&text, 1 << 16);
	setup(&f,
	    "rule tags { when always\n"
	    "  then add header \"X-New\" \"a\" set header \"X-Old\" \"new\"\n"
	    "       remove header \"Subject\" hold \"look at it\" }\n"
	    "rule copies { when always\n"
	    "  then add recipient archive@example.com\n"
	    "       remove external recipients }\n");
	result = run(&f, plain, two);
	ck_assert_int_eq(result->end.kind, RESPONSE_CONTINUE);
	ck_assert(result->end.hold);
	assert_span(result->end.hold_reason, "tags: look at it");
	assert_span(note(result, "rule"), "tags,copies");
	trial_print_applied(result, SPAN(""), &text);
	ck_assert_ptr_nonnull(strstr(buf_string(&text), "X-New: a\r\n"));
	ck_assert_ptr_nonnull(strstr(buf_string(&text), "X-Old: new\r\n"));
	ck_assert_ptr_null(strstr(buf_string(&text), "X-Old: 2"));
	ck_assert_ptr_null(strstr(buf_string(&text), "Subject"));
	ck_assert_uint_eq(result->applied.recipient_count, 2);
	assert_span(result->applied.recipients[0], "b@example.com");
	assert_span(result->applied.recipients[1], "archive@example.com");
	teardown(&f);

	/* Of two rules that set a field which was not there the last counts,
	 * as it does where it was there. */
	setup(&f,
	    "rule a { when always then set header \"X-Class\" \"a\" }\n"
	    "rule b { when always then set header \"X-Class\" \"b\" }\n");
	result = run(&f, plain, two);
	buf_reset(&text);
	trial_print_applied(result, SPAN(""), &text);
	ck_assert_ptr_null(strstr(buf_string(&text), "X-Class: a"));
	ck_assert_ptr_nonnull(strstr(buf_string(&text), "X-Class: b\r\n"));
	teardown(&f);

	setup(&f,
	    "rule r { when always then redirect to desk@example.com }\n");
	result = run(&f, plain, two);
	ck_assert_uint_eq(result->applied.recipient_count, 1);
	assert_span(result->applied.recipients[0], "desk@example.com");
	teardown(&f);
	buf_free(&text);
}
END_TEST

START_TEST(no_recipient_left)
{
	static const char *const external[] = { "<c@bank.example>", NULL };
	struct fixture f;

	setup(&f, "rule r { when always then remove recipients }\n");
	ck_assert_int_eq(
	    run(&f, plain, external)->end.kind, RESPONSE_TEMPFAIL);
	teardown(&f);
	setup(&f,
	    "rule r { when always then remove external recipients\n"
	    "  discard if none is left }\n");
	ck_assert_int_eq(
	    run(&f, plain, external)->end.kind, RESPONSE_DISCARD);
	ck_assert_int_eq(run(&f, plain, two)->end.kind, RESPONSE_CONTINUE);
	teardown(&f);
	setup(&f,
	    "rule r { when always\n"
	    "  then remove recipients (domain is bank.example)\n"
	    "       remove recipient nobody@example.com }\n"
	    "rule s { when always then remove external recipients }\n");
	ck_assert_uint_eq(run(&f, plain, two)->applied.recipient_count, 1);
	/* What two rules remove is removed once. */
	ck_assert_uint_eq(run(&f, plain, two)->verdict->edit_count, 1);
	teardown(&f);
}
END_TEST

/* Discarded is only what each recipient lost by a rule that says so. */
START_TEST(none_left_by_several)
{
	static const struct {
		const char *asks_for, *other;
		bool other_first;
		enum response_kind kind;
	} cases[] = {
		{ "nobody.example", "", false, RESPONSE_TEMPFAIL },
		{ "nobody.example", "", true, RESPONSE_TEMPFAIL },
		{ "bank.example", "", false, RESPONSE_TEMPFAIL },
		{ "bank.example", "internal", false, RESPONSE_TEMPFAIL },
		{ "bank.example", "internal", true, RESPONSE_TEMPFAIL },
		{ "bank.example", "external", true, RESPONSE_CONTINUE },
		/* What two rules remove, one has answered for. */
		{ ".example bank.example example.com", "", false,
		    RESPONSE_DISCARD },
		{ ".example bank.example example.com", "", true,
		    RESPONSE_DISCARD },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char first[256], second[256], rules[512];
		struct fixture f;

		(void)snprintf(first, sizeof(first),
		    "rule a { when always then remove recipients\n"
		    "  (domain in { %s }) discard if none is left }\n",
		    cases[i].asks_for);
		(void)snprintf(second, sizeof(second),
		    "rule b { when always then remove %s recipients }\n",
		    cases[i].other);
		(void)snprintf(rules, sizeof(rules), "%s%s",
		    cases[i].other_first ? second : first,
		    cases[i].other_first ? first : second);
		setup(&f, rules);
		ck_assert_msg(
		    run(&f, plain, two)->end.kind == cases[i].kind, "%zu", i);
		teardown(&f);
	}
}
END_TEST

/* A rule in audit mode says what it would do and does nothing. */
START_TEST(audit)
{
	struct fixture f;
	const struct trial_result *result;

	setup(&f,
	    "unread content is tempfailed\n"
	    "rule a { when text has word secret then reject mode audit\n"
	    "  severity low }\n"
	    "rule b for each recipient { when always then reject mode audit }\n"
	    "rule c { when header \"Subject\" matches /^(a+)+$/ then reject\n"
	    "  mode audit on failure tempfail }\n"
	    "rule d { when always then stop mode audit }\n"
	    "rule e { when always then add header \"X\" \"y\" }\n");
	result = run(&f, plain, one);
	ck_assert_int_eq(result->recipients[0].kind, RESPONSE_CONTINUE);
	ck_assert_int_eq(result->end.kind, RESPONSE_CONTINUE);
	ck_assert_uint_eq(result->verdict->edit_count, 1);
	assert_span(note(result, "rule"), "e");
	ck_assert_str_eq(result->verdict->asides[0].key, "audit");
	assert_span(result->verdict->asides[0].value, "b");
	ck_assert_str_eq(result->verdict->asides[1].key, "action");
	assert_span(result->verdict->asides[1].value, "reject");
	ck_assert_str_eq(result->verdict->asides[2].key, "to");
	/* Faults and unread content of such rules delay nobody. */
	ck_assert_int_eq(run(&f, slow, one)->end.kind, RESPONSE_CONTINUE);
	ck_assert_int_eq(run(&f, encrypted, one)->end.kind, RESPONSE_CONTINUE);
	teardown(&f);
}
END_TEST

/* The word is that of action= were the rule enforced. */
START_TEST(audit_outcome)
{
	static const struct {
		const char *then, *action;
	} cases[] = {
		{ "hold add header \"X\" \"y\"", "hold" },
		{ "add header \"X\" \"y\" hold stop", "hold" },
		{ "add header \"X\" \"y\" stop", "edit" },
		{ "hold add header \"X\" \"y\" reject", "reject" },
		{ "hold discard", "discard" },
		{ "stop", "stop" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct verdict *verdict;
		struct fixture f;
		char rules[256];

		(void)snprintf(rules, sizeof(rules),
		    "rule a { when always then %s mode audit }\n",
		    cases[i].then);
		setup(&f, rules);
		verdict = run(&f, plain, one)->verdict;
		ck_assert_uint_ge(verdict->aside_count, 2);
		ck_assert_str_eq(verdict->asides[1].key, "action");
		assert_span(verdict->asides[1].value, cases[i].action);
		teardown(&f);
	}
}
END_TEST

START_TEST(wrong_rules)
{
	struct fixture f;
	struct buf errors, expected;
	char conf[512];

	buf_init(&errors, 1 << 16);
	buf_init(&expected, 1 << 16);
	setup(&f, "rule a { when always then reject }\n");
	write_file(f.path, "rule a { when alway then reject }\n");
	conf_text(&f, "", conf, sizeof(conf));
	ck_assert_int_eq(trial_reload(f.trial, conf, &errors), -1);
	(void)buf_printf(&expected,
	    "%s:1:15: \"alway\" is neither a fact nor a defined condition\n",
	    f.path);
	ck_assert_msg(span_starts(buf_span(&errors), buf_span(&expected)),
	    "%s", buf_string(&errors));
	/* The old ones stay in force. */
	ck_assert_int_eq(run(&f, plain, one)->end.kind, RESPONSE_REJECT);
	/* An editor that is just writing it, or a full disk. */
	buf_reset(&errors);
	write_file(f.path, "unread content is held\n");
	ck_assert_int_eq(trial_reload(f.trial, conf, &errors), -1);
	ck_assert_ptr_nonnull(
	    strstr(buf_string(&errors), "holds no rule"));
	buf_reset(&errors);
	(void)unlink(f.path);
	ck_assert_int_eq(trial_reload(f.trial, conf, &errors), -1);
	ck_assert_ptr_nonnull(
	    strstr(buf_string(&errors), "No such file or directory"));
	teardown(&f);
	buf_free(&errors);
	buf_free(&expected);
}
END_TEST

/* A reload that newly needs the body is in force with the next message. */
START_TEST(reload)
{
	struct fixture f;
	struct buf errors;
	char conf[512];

	buf_init(&errors, 1 << 16);
	setup(&f, "rule a { when sender is x@y.example then reject }\n");
	ck_assert_int_ne(run(&f, plain, one)->end.kind, RESPONSE_REJECT);
	write_file(f.path,
	    "unread content is held\n"
	    "rule a { when text has word secret then reject }\n");
	conf_text(&f, "", conf, sizeof(conf));
	ck_assert_int_eq(trial_reload(f.trial, conf, &errors), 0);
	ck_assert_int_eq(run(&f, plain, one)->end.kind, RESPONSE_REJECT);
	teardown(&f);
	buf_free(&errors);
}
END_TEST

SUITE_MAIN("policy", program_by_true_type, each_recipient, early,
    audit_of_too_much, edits, no_recipient_left, none_left_by_several, audit,
    audit_outcome, wrong_rules, reload)
