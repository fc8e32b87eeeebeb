/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/policy/policy.h"
#include "skeleton/trial.h"

#include "t/unit/log_capture.h"
#include "t/unit/suite.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A policy.rules of its own for each test, and the daemon over it. */
struct fixture {
	char path[64];
	struct trial *trial;
};

static void
write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void
conf_text(const struct fixture *fixture, const char *more, char *out,
    size_t size)
{
	(void)snprintf(out, size,
	    "rules = \"%s\"\n"
	    "internal_domains = { \"example.com\" }\n"
	    "listener \"apps\" { role = application }\n%s",
	    fixture->path, more);
}

static void
setup(struct fixture *fixture, const char *rules)
{
	struct buf errors;
	char conf[512];
	int fd;

	buf_init(&errors, 1 << 16);
	(void)snprintf(
	    fixture->path, sizeof(fixture->path), "/tmp/test_policy.XXXXXX");
	fd = mkstemp(fixture->path);
	ck_assert_int_ge(fd, 0);
	(void)close(fd);
	write_file(fixture->path, rules);
	conf_text(fixture, "", conf, sizeof(conf));
	fixture->trial = trial_new(&policy_daemon, conf, &errors);
	ck_assert_msg(fixture->trial != NULL, "%s", buf_string(&errors));
	buf_free(&errors);
}

static void
teardown(struct fixture *fixture)
{
	trial_free(&fixture->trial);
	(void)unlink(fixture->path);
}

static const char plain[] =
    "From: a@example.com\n"
    "Subject: hello\n"
    "X-Old: 1\n"
    "X-Old: 2\n"
    "\n"
    "a secret word\n";

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

static const char encrypted[] =
    "From: a@example.com\n"
    "MIME-Version: 1.0\n"
    "Content-Type: multipart/mixed; boundary=b\n"
    "\n"
    "--b\n"
    "\n"
    "see attachment\n"
    "--b\n"
    "Content-Type: application/pgp-encrypted\n"
    "\n"
    "Version: 1\n"
    "--b--\n";

static const char slow[] =
    "Subject: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\n"
    "\n"
    "x\n";

static const char *const one[] = { "<b@example.com>", NULL };
static const char *const two[] = { "<b@example.com>", "<c@bank.example>",
	NULL };

static const struct trial_result *
run(struct fixture *fixture, const char *text, const char *const *recipients)
{
	struct trial_message message = {
		.sender = "<a@example.com>",
		.recipients = recipients,
		.text = span_of(text),
	};

	return trial_run(fixture->trial, &message);
}

static struct span
note(const struct trial_result *result, const char *key)
{
	for (size_t i = 0; i < result->verdict->note_count; i++)
		if (strcmp(result->verdict->notes[i].key, key) == 0)
			return result->verdict->notes[i].value;
	return SPAN("");
}

static void
assert_span(struct span span, const char *text)
{
	ck_assert_msg(span_equal(span, span_of(text)), "\"%.*s\" is not \"%s\"",
	    SPAN_ARGS(span), text);
}

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
    audit_outcome, faults, recipient_faults, recipient_fault_and_refusal,
    unread, unread_elsewhere, unread_and_fault, fault_and_discard, fault_lines,
    fault_and_no_recipient, many_faults, wrong_rules, reload)
