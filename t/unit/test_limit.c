/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages tried on lumbar-limit as in service, only that time is ours. */
#include "milters/limit/limit.h"

#include "skeleton/trial.h"
#include "t/unit/suite.h"

#include <stdio.h>
#include <string.h>

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { ERRORS_MAX = 65536 };

static struct trial *
start(const char *conf)
{
	struct trial *trial;
	struct buf errors;

	buf_init(&errors, ERRORS_MAX);
	trial = trial_new(&limit_daemon, conf, &errors);
	ck_assert_msg(trial != NULL, "%s", buf_string(&errors));
	buf_free(&errors);
	return trial;
}

static const char *const one[] = { "<r1@example.net>", NULL };
static const char *const three[] = { "<r1@example.net>",
	"<r2@example.net>", "<r3@example.net>", NULL };

/* A message from alice, sent AT after a start. */
static struct trial_message
mail(int64_t at)
{
	return (struct trial_message){
		.sender = "<alice@example.com>",
		.recipients = one,
		.login = "alice",
		.text = SPAN("Subject: test\n\nbody\n"),
		.now = { 1000 * HOUR + at, 1767225600 * SECOND + at },
	};
}

/* True if MESSAGE got through. */
static bool
passes(struct trial *trial, const struct trial_message *message)
{
	const struct trial_result *result = trial_run(trial, message);

	return result->end_stage == STAGE_END &&
	    result->end.kind == RESPONSE_CONTINUE;
}

/* How often MESSAGE gets through before the first refusal. */
static int
passed_count(struct trial *trial, const struct trial_message *message)
{
	int count = 0;

	while (count < 1000 && passes(trial, message))
		count++;
	return count;
}

static void
assert_text(struct span text, const char *expected)
{
	ck_assert_msg(span_equal(text, span_of(expected)),
	    "is \"%.*s\", should be \"%s\"", SPAN_ARGS(text), expected);
}

static const char per_login[] =
    "limit \"per-login\" { key = login rate = \"100/h\" burst = 20 }";

START_TEST(messages_per_login)
{
	struct trial *trial = start(per_login);
	struct trial_message message = mail(0);
	const struct trial_result *result;

	ck_assert_int_eq(passed_count(trial, &message), 20);
	result = trial_run(trial, &message);
	ck_assert_int_eq(result->mail.kind, RESPONSE_CONTINUE);
	ck_assert_int_eq(result->recipients[0].kind, RESPONSE_TEMPFAIL);
	ck_assert_uint_eq(result->recipients[0].reply.code, 450);
	assert_text(result->recipients[0].reply.enhanced, "4.7.1");
	assert_text(result->recipients[0].reply.text,
	    "limit per-login: 100 messages per hour exceeded, "
	    "try again in 36 seconds");
	/* A message counts once, however many recipients it has. */
	message = mail(HOUR);
	message.recipients = three;
	ck_assert_int_eq(passed_count(trial, &message), 20);
	/* A sender address cannot make one login another, nor its case. */
	message.sender = "<bob@example.com>";
	message.login = "ALICE";
	ck_assert_int_eq(passed_count(trial, &message), 0);
	message.login = "bob";
	ck_assert_int_eq(passed_count(trial, &message), 20);
	/* Without a login the limit does not apply. */
	message.login = NULL;
	ck_assert_int_eq(passed_count(trial, &message), 1000);
	trial_free(&trial);
}
END_TEST

START_TEST(recipients_over_are_refused_alone)
{
	struct trial *trial = start(
	    "limit \"rcpt\" { count = recipients rate = \"1/min\" burst = 4 }");
	struct trial_message message = mail(0);
	const struct trial_result *result;

	message.recipients = three;
	ck_assert(passes(trial, &message));
	result = trial_run(trial, &message);
	ck_assert_int_eq(result->recipients[0].kind, RESPONSE_CONTINUE);
	ck_assert_int_eq(result->recipients[1].kind, RESPONSE_TEMPFAIL);
	ck_assert_int_eq(result->recipients[2].kind, RESPONSE_TEMPFAIL);
	assert_text(result->recipients[2].reply.text,
	    "limit rcpt: 1 recipient per minute exceeded, "
	    "try again in 1 minute");
	ck_assert_int_eq(result->end_stage, STAGE_END);
	ck_assert_int_eq(result->end.kind, RESPONSE_CONTINUE);
	ck_assert_uint_eq(result->applied.recipient_count, 1);
	trial_free(&trial);
}
END_TEST

START_TEST(replies)
{
	static const struct {
		const char *conf;
		enum response_kind kind;
		unsigned code;
		const char *enhanced, *text;
	} cases[] = {
		{ "limit \"day\" { count = recipients rate = \"1/d\" }",
		    RESPONSE_TEMPFAIL, 452, "4.5.3",
		    "limit day: 1 recipient per day exceeded, "
		    "try again in 24 hours" },
		{ "limit \"m\" { rate = \"2/24h\" burst = 1 }",
		    RESPONSE_TEMPFAIL, 450, "4.7.1",
		    "limit m: 2 messages per 24 hours exceeded, "
		    "try again in 12 hours" },
		{ "limit \"no\" { rate = \"1/min\" action = reject }",
		    RESPONSE_REJECT, 550, "5.7.1",
		    "limit no: 1 message per minute exceeded, "
		    "try again in 1 minute" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct trial *trial = start(cases[i].conf);
		struct trial_message message = mail(0);
		const struct response *response;

		ck_assert(passes(trial, &message));
		response = &trial_run(trial, &message)->recipients[0];
		ck_assert_int_eq(response->kind, cases[i].kind);
		ck_assert_uint_eq(response->reply.code, cases[i].code);
		assert_text(response->reply.enhanced, cases[i].enhanced);
		assert_text(response->reply.text, cases[i].text);
		trial_free(&trial);
	}
}
END_TEST

START_TEST(several_limits_all_or_none)
{
	struct trial *trial = start(
	    "limit \"wide\" { rate = \"10/h\" }\n"
	    "limit \"narrow\" { key = login count = recipients "
	    "rate = \"3/d\" }");
	struct trial_message message = mail(0);

	message.recipients = three;
	ck_assert(passes(trial, &message));
	for (int i = 0; i < 20; i++)
		ck_assert(!passes(trial, &message));
	/* The refused ones took nothing from the wide limit. */
	message.login = NULL;
	ck_assert_int_eq(passed_count(trial, &message), 9);
	trial_free(&trial);
}
END_TEST

START_TEST(aborted_is_not_charged)
{
	struct trial *trial = start(
	    "limit \"m\" { rate = \"2/h\" }\n"
	    "limit \"r\" { count = recipients rate = \"6/h\" }");
	struct trial_message message = mail(0);

	message.recipients = three;
	for (int i = 0; i < 20; i++) {
		const struct trial_result *result =
		    trial_run_aborted(trial, &message);

		ck_assert_int_eq(
		    result->recipients[2].kind, RESPONSE_CONTINUE);
	}
	ck_assert_int_eq(passed_count(trial, &message), 2);
	trial_free(&trial);
}
END_TEST

START_TEST(never_refused)
{
	static const char *const to_postmaster[] = { "<r1@example.net>",
		"<postmaster>", "<PostMaster@Example.com>",
		"<postmaster@elsewhere.example>", NULL };
	struct trial *trial = start(
	    "internal_domains = \"example.com\"\n"
	    "limit \"m\" { rate = \"1/h\" }\n"
	    "limit \"net\" { key = client_network rate = \"1/h\" }");
	struct trial_message message = mail(0);
	const struct trial_result *result;

	ck_assert(passes(trial, &message));
	message.recipients = to_postmaster;
	result = trial_run(trial, &message);
	ck_assert_int_eq(result->recipients[0].kind, RESPONSE_TEMPFAIL);
	ck_assert_int_eq(result->recipients[1].kind, RESPONSE_CONTINUE);
	ck_assert_int_eq(result->recipients[2].kind, RESPONSE_CONTINUE);
	ck_assert_int_eq(result->recipients[3].kind, RESPONSE_TEMPFAIL);
	ck_assert_int_eq(result->end.kind, RESPONSE_CONTINUE);
	/* Bounces. */
	message.recipients = three;
	message.sender = "<>";
	message.login = NULL;
	ck_assert_int_eq(passed_count(trial, &message), 1000);
	trial_free(&trial);
	/* A login sends none: a stolen password would need no sender. */
	trial = start("limit \"user\" { key = login rate = \"1/h\" }");
	message = mail(0);
	message.sender = "<>";
	message.login = "alice";
	ck_assert(passes(trial, &message));
	ck_assert(!passes(trial, &message));
	trial_free(&trial);
	/* Where nothing is declared internal, every postmaster is ours. */
	trial = start("limit \"m\" { rate = \"1/h\" }");
	message = mail(0);
	ck_assert(passes(trial, &message));
	message.recipients = to_postmaster;
	result = trial_run(trial, &message);
	ck_assert_int_eq(result->recipients[3].kind, RESPONSE_CONTINUE);
	trial_free(&trial);
}
END_TEST

/* Who uses up the bucket of bounces stops no other login. */
START_TEST(null_sender_of_logins)
{
	struct trial *trial = start("limit \"sender\" { rate = \"1/h\" }");
	struct trial_message message = mail(0);

	message.sender = "<>";
	message.login = "alice";
	ck_assert(passes(trial, &message));
	ck_assert(!passes(trial, &message));
	message.login = "Bob@example.com";
	ck_assert(passes(trial, &message));
	/* Where logins are addresses, both are one's own bucket. */
	message.sender = "<bob@example.com>";
	ck_assert(!passes(trial, &message));
	trial_free(&trial);
	/* The null sender has no domain. */
	trial = start(
	    "limit \"domain\" { key = sender_domain rate = \"1/h\" }");
	message = mail(0);
	message.sender = "<>";
	message.login = "alice";
	ck_assert(passes(trial, &message));
	ck_assert(passes(trial, &message));
	trial_free(&trial);
}
END_TEST

START_TEST(keys)
{
	static const struct {
		const char *conf;
		const char *sender, *client; /* of the second message */
		bool same; /* is counted with the first */
	} cases[] = {
		{ "key = sender", "<ALICE@example.COM>", NULL, true },
		{ "key = sender", "<\"alice\"@example.com>", NULL, true },
		{ "key = sender", "<bob@example.com>", NULL, false },
		{ "key = sender_domain", "<bob@EXAMPLE.com>", NULL, true },
		{ "key = sender_domain", "<bob@example.com.>", NULL, true },
		{ "key = sender_domain", "<bob@a.example.com>", NULL, false },
		{ "key = client_network", "<b@b.example>", "192.0.2.1", true },
		{ "key = client_network", NULL, "192.0.2.2", false },
		{ "key = client_network prefix_v4 = 24", NULL, "192.0.2.2",
		    true },
		{ "key = client_network prefix_v4 = 24", NULL, "192.0.3.2",
		    false },
		{ "key = client_network", NULL, "2001:db8::1", false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char conf[256];
		struct trial *trial;
		struct trial_message message = mail(0);

		(void)snprintf(conf, sizeof(conf),
		    "limit \"x\" { rate = \"1/h\" %s }", cases[i].conf);
		trial = start(conf);
		ck_assert(passes(trial, &message));
		if (cases[i].sender != NULL)
			message.sender = cases[i].sender;
		if (cases[i].client != NULL)
			message.client = cases[i].client;
		ck_assert_msg(passes(trial, &message) == !cases[i].same,
		    "case %zu", i);
		trial_free(&trial);
	}
}
END_TEST

START_TEST(networks_of_ipv6)
{
	struct trial *trial =
	    start("limit \"x\" { key = client_network rate = \"1/h\" }");
	struct trial_message message = mail(0);

	message.client = "2001:db8:0:1::1";
	ck_assert(passes(trial, &message));
	message.client = "2001:db8:0:1:ffff::";
	ck_assert(!passes(trial, &message));
	message.client = "2001:db8:0:2::1";
	ck_assert(passes(trial, &message));
	/* Mail that did not come by SMTP has no network. */
	message.local = true;
	message.client = "127.0.0.1";
	ck_assert_int_eq(passed_count(trial, &message), 1000);
	trial_free(&trial);
}
END_TEST

/* Nobody gets a bucket of his own, or none, by how he writes himself. */
START_TEST(disguised_sender_is_refused)
{
	static const char *const senders[] = { "<alice(1)@example.com>",
		"<alice @example.com>", "<Alice <alice@example.com>>",
		"<alice@example.com >", "<alice%example.com>",
		"<\"alice@example.com\">" };
	struct trial *trial =
	    start("limit \"x\" { key = sender_domain rate = \"1/h\" }");
	struct trial_message message = mail(0);

	for (size_t i = 0; i < COUNT(senders); i++) {
		const struct trial_result *result;

		message.sender = senders[i];
		result = trial_run(trial, &message);
		ck_assert_msg(result->recipients[0].reply.code == 553, "%s",
		    senders[i]);
	}
	message.sender = "<alice@example.com>";
	ck_assert(passes(trial, &message));
	trial_free(&trial);
}
END_TEST

START_TEST(where_a_limit_applies)
{
	static const struct {
		const char *keys;
		bool applies; /* to mail from alice by listener "smtps" */
	} cases[] = {
		{ "", true },
		{ "roles = outbound", true },
		{ "roles = { inbound, outbound }", true },
		{ "roles = { inbound, application, local }", false },
		{ "listeners = smtps", true },
		{ "listeners = { smtp, smtps }", true },
		{ "listeners = smtp", false },
		{ "exempt_networks = 192.0.2.0/24", false },
		{ "exempt_networks = { 2001:db8::/32, 192.0.2.1 }", false },
		{ "exempt_networks = 192.0.2.2", true },
		{ "exempt_logins = Alice", false },
		{ "exempt_logins = alic", true },
		{ "exempt_addresses = \"alice@EXAMPLE.com\"", false },
		{ "exempt_addresses = \"bob@example.com\"", true },
		{ "exempt_addresses = \"@example.com\"", false },
		{ "exempt_addresses = \"@.example.com\"", true },
		{ "exempt_addresses = \"@.com\"", false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char conf[256];
		struct trial *trial;
		struct trial_message message = mail(0);

		(void)snprintf(conf, sizeof(conf),
		    "listener \"smtps\" { role = outbound }\n"
		    "limit \"x\" { rate = \"1/h\" %s }", cases[i].keys);
		trial = start(conf);
		message.listener = "smtps";
		ck_assert(passes(trial, &message));
		ck_assert_msg(passes(trial, &message) == !cases[i].applies,
		    "%s", cases[i].keys);
		trial_free(&trial);
	}
}
END_TEST

/* What is taken stays taken over a reload that changes the limit. */
START_TEST(reload_keeps_the_table)
{
	struct trial *trial = start("limit \"x\" { rate = \"5/h\" }");
	struct trial_message message = mail(0);
	struct buf errors;

	buf_init(&errors, ERRORS_MAX);
	ck_assert_int_eq(passed_count(trial, &message), 5);
	ck_assert_int_eq(trial_reload(trial,
		             "limit \"x\" { rate = \"5/h\" burst = 6 }",
		             &errors),
	    0);
	ck_assert_int_eq(passed_count(trial, &message), 1);
	ck_assert_int_eq(
	    trial_reload(trial, "limit \"x\" { rate = \"?\" }", &errors), -1);
	ck_assert_int_eq(passed_count(trial, &message), 0);
	buf_free(&errors);
	trial_free(&trial);
}
END_TEST

static const char *
note_of(const struct verdict *verdict, const char *key)
{
	for (size_t i = 0; i < verdict->note_count; i++)
		if (strcmp(verdict->notes[i].key, key) == 0)
			return verdict->notes[i].value.ptr;
	return "";
}

START_TEST(notes)
{
	struct trial *trial = start(
	    "limit \"loose\" { rate = \"100/h\" }\n"
	    "limit \"tight\" { key = client_network count = recipients "
	    "rate = \"10/h\" }");
	struct trial_message message = mail(0);
	const struct verdict *verdict;

	message.recipients = three;
	ck_assert(passes(trial, &message));
	verdict = trial_run(trial, &message)->verdict;
	ck_assert_str_eq(note_of(verdict, "limit"), "tight");
	ck_assert_str_eq(note_of(verdict, "key"), "192.0.2.1/32");
	ck_assert_str_eq(note_of(verdict, "used"), "6/10");
	/* Mail that no limit is about has nothing to tell. */
	message.sender = "<>";
	message.login = NULL;
	verdict = trial_run(trial, &message)->verdict;
	ck_assert_str_eq(note_of(verdict, "limit"), "");
	trial_free(&trial);
}
END_TEST

/* A line of the log has no two fields of one name. */
START_TEST(excess_recipients_are_noted_apart)
{
	struct trial *trial = start(
	    "max_recipients = 1\nlimit \"x\" { rate = \"1/h\" }");
	struct trial_message message = mail(0);
	const struct verdict *verdict;
	size_t limits = 0;

	message.recipients = three;
	verdict = trial_run(trial, &message)->verdict;
	for (size_t i = 0; i < verdict->note_count; i++)
		limits += strcmp(verdict->notes[i].key, "limit") == 0;
	ck_assert_uint_eq(limits, 1);
	ck_assert_str_eq(note_of(verdict, "limit"), "x");
	ck_assert_str_eq(note_of(verdict, "max_recipients"), "1");
	trial_free(&trial);
}
END_TEST

/* No room for a key is a fault: deferred, never passed uncounted. */
START_TEST(full_table_defers)
{
	struct trial *trial = start(
	    "table_size = 1024 hold_after_faults = 0\n"
	    "limit \"x\" { rate = \"1/h\" }");
	struct trial_message message = mail(0);
	bool deferred = false;

	for (int i = 0; i < 5000 && !deferred; i++) {
		char sender[64];

		(void)snprintf(
		    sender, sizeof(sender), "<user%d@example.com>", i);
		message.sender = sender;
		if (passes(trial, &message))
			continue;
		ck_assert_int_gt(i, 1024);
		deferred = true;
	}
	ck_assert(deferred);
	trial_free(&trial);
}
END_TEST

START_TEST(mistakes)
{
	static const struct {
		const char *conf;
		const char *says;
	} cases[] = {
		{ "limit \"x\" { }", "has no rate" },
		{ "limit \"x\" { rate = \"100\" }", "is not a rate" },
		{ "limit \"x\" { rate = \"1/d\" burst = 1000000 }",
		    "more than ten years" },
		{ "limit \"x\" { rate = \"1/h\" roles = admin }",
		    "\"admin\" is no role" },
		{ "limit \"x\" { rate = \"1/h\" exempt_networks = 10.0.0.1/8 "
		  "}",
		    "10.0.0.0/8" },
		{ "limit \"x\" { rate = \"1/h\" exempt_addresses = bob }",
		    "is no address" },
		{ "limit \"x\" { rate = \"1/h\" exempt_addresses = \"@\" }",
		    "is no address" },
		{ "limit \"x\" { rate = \"1/h\" key = user }", "login" },
		{ "limit \"x\" { rate = \"1/h\" prefix_v4 = 33 }", "32" },
		{ "table_size = 10", "1024" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf errors;
		struct trial *trial;

		buf_init(&errors, ERRORS_MAX);
		trial = trial_new(&limit_daemon, cases[i].conf, &errors);
		ck_assert_msg(trial == NULL, "%s", cases[i].conf);
		ck_assert_msg(
		    strstr(buf_string(&errors), cases[i].says) != NULL,
		    "%s: %s", cases[i].conf, buf_string(&errors));
		ck_assert_ptr_nonnull(
		    strstr(buf_string(&errors), "limit.conf:1: "));
		buf_free(&errors);
	}
}
END_TEST

START_TEST(too_many_limits)
{
	struct buf conf, errors;

	buf_init(&conf, ERRORS_MAX);
	buf_init(&errors, ERRORS_MAX);
	for (int i = 0; i < 65; i++)
		(void)buf_printf(
		    &conf, "limit \"l%d\" { rate = \"1/h\" }\n", i);
	ck_assert_ptr_null(
	    trial_new(&limit_daemon, buf_string(&conf), &errors));
	ck_assert_ptr_nonnull(
	    strstr(buf_string(&errors), "limit.conf:65: "));
	buf_free(&conf);
	buf_free(&errors);
}
END_TEST

SUITE_MAIN("limit", messages_per_login, recipients_over_are_refused_alone,
    replies, several_limits_all_or_none, aborted_is_not_charged,
    never_refused, null_sender_of_logins, keys, networks_of_ipv6,
    disguised_sender_is_refused, where_a_limit_applies, reload_keeps_the_table,
    notes, excess_recipients_are_noted_apart, full_table_defers, mistakes,
    too_many_limits)
