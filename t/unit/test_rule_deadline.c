/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules that have not the time they need, by a clock that the tests turn.
 */
#include "rules/rule_act.h"
#include "rules/rule_ast.h"
#include "rules/rule_deadline.h"
#include "rules/rule_run.h"
#include "rules/rule_trace.h"

#include "t/unit/rule_message.h"
#include "t/unit/suite.h"

#include <stdio.h>
#include <string.h>

enum { LOOKS_MAX = 400 };

/* A clock that goes on by one with every look. */
struct clock {
	int64_t now_us;
	const struct rule_deadline *deadline;
	bool stands[2]; /* while rules in force, in audit mode, run */
};

static int64_t
look(void *context)
{
	struct clock *clock = context;
	const struct rule_deadline *deadline = clock->deadline;

	if (!deadline->runs || !clock->stands[deadline->on_trial])
		clock->now_us++;
	return clock->now_us;
}

static const char headers[] =
    "From: x@evil.example\n"
    "Subject: plain\n"
    "X-Mark: one\n"
    "X-Mark: two\n"
    "MIME-Version: 1.0\n"
    "Content-Type: multipart/mixed; boundary=b\n";

/* One part cannot be read. */
static const char body[] =
    "--b\r\n"
    "\r\n"
    "a secret 4111111111111111\r\n"
    "--b\r\n"
    "Content-Disposition: attachment; filename=a.txt\r\n"
    "\r\n"
    "attached\r\n"
    "--b\r\n"
    "Content-Type: application/pgp-encrypted\r\n"
    "\r\n"
    "x\r\n"
    "--b--\r\n";

static void
message_init(struct rule_message *m)
{
	static const char *const recipients[] = { "carol@example.com",
		"dan@bank.example", NULL };

	rule_message_init(
	    m, "bob@example.com", recipients, headers, SPAN(body));
}

static struct rule_set *
compile(const char *text)
{
	struct buf errors;
	struct rule_set *set;

	buf_init(&errors, 1 << 20);
	set = rule_set_new(SPAN("r"), span_of(text), NULL, &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	buf_free(&errors);
	return set;
}

/* What the rules of MODE find, as "r1 match;r2 fault;", with LIMIT looks at the
 * clock for them. */
static void
run(const struct rule_set *set, enum rule_mode mode, struct clock *clock,
    int64_t limit, struct buf *out)
{
	static const char *const kinds[] = { "match", "unread", "fault" };
	struct rule_deadline deadline = {
		.now_us = look,
		.context = clock,
		.limit_us = limit,
	};
	struct rule_events events = { 0 };
	struct rule_message m;
	struct rule_run *rule_run;

	clock->deadline = &deadline;
	message_init(&m);
	rule_deadline_set(&m.facts, &deadline);
	rule_run = rule_run_new(set, m.message.pool);
	m.facts.stage = RULE_STAGE_RECIPIENT;
	for (size_t i = 0; i < m.message.recipient_count; i++)
		(void)rule_run_recipient(rule_run, &m.facts, i, &events);
	for (unsigned stage = RULE_STAGE_DATA; stage <= RULE_STAGE_END;
	    stage++) {
		m.facts.stage = (enum rule_stage)stage;
		(void)rule_run_message(rule_run, &m.facts, &events);
	}
	buf_reset(out);
	for (size_t i = 0; i < events.count; i++)
		if (events.items[i].rule->mode == mode)
			(void)buf_printf(out, "%.*s %s;",
			    SPAN_ARGS(events.items[i].rule->id),
			    kinds[events.items[i].kind]);
	rule_message_free(&m);
}

/* Which of them is true in the message is in the name; "maybe" are false but
 * for what was not read. */
static const char rules[] =
    "unread content is held\n"
    "rule rcpt for each recipient { when recipient domain is x.example "
    "then reject }\n"
    "rule known-true { when sender is bob@example.com then hold }\n"
    "rule known-false { when sender is x@example.com and text contains secret "
    "then hold }\n"
    "rule header-true { when header \"X-Mark\" is two then hold on failure "
    "hold }\n"
    "rule header-false { when header \"X-Mark\" is three then hold on failure "
    "hold }\n"
    "rule to-true { when any recipient domain is bank.example then hold on "
    "failure hold }\n"
    "rule to-false { when every recipient domain is bank.example then hold "
    "on failure hold }\n"
    "rule text-true { when text has words { x y secret } then hold on "
    "failure hold }\n"
    "rule text-maybe { when text has words { p y z } then hold on failure "
    "hold }\n"
    "rule regex-maybe { when content matches /q.*r/ then hold on failure hold "
    "unread counts as match }\n"
    "rule regex-false { when content matches /q.*r/ and header \"X-Mark\" "
    "matches /three/ then discard on failure hold unread counts as match }\n"
    "rule card-true { when content has payment-card near words { a secret } "
    "then hold on failure hold }\n"
    "rule card-maybe { when content has iban then hold on failure hold }\n"
    "rule part-true { when any attachment (text has word attached) then hold "
    "on failure hold }\n"
    "rule part-maybe { when any attachment (text has word nowhere) then "
    "hold on failure hold }\n"
    "rule action { when sender is bob@example.com then remove recipients "
    "(header \"X-Mark\" is two and domain is bank.example) on failure hold "
    "}\n";

static bool
says(struct buf *events, const char *id, const char *what)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "%s %s;", id, what);
	return strstr(buf_string(events), text) != NULL;
}

/* Whenever time is up, a rule does what it would have done, or it fails: that
 * it does nothing for want of time must not happen. */
START_TEST(right_or_unknown)
{
	struct rule_set *set = compile(rules);
	struct buf all, some;
	size_t complete = 0;

	buf_init(&all, 1 << 16);
	buf_init(&some, 1 << 16);
	run(set, MODE_ENFORCE, &(struct clock){ 0 }, INT64_MAX, &all);
	ck_assert(says(&all, "action", "match"));
	ck_assert(strstr(buf_string(&all), "fault") == NULL);
	for (int64_t limit = 0; limit < LOOKS_MAX; limit++) {
		run(set, MODE_ENFORCE, &(struct clock){ 0 }, limit, &some);
		for (size_t i = 0; i < rule_set_count(set); i++) {
			const char *id =
			    pool_string(set->pool, set->rules[i]->id);
			bool fault = says(&some, id, "fault");

			ck_assert_msg(says(&some, id, "match") ==
				    says(&all, id, "match") || fault,
			    "%s with %d: %s", id, (int)limit,
			    buf_string(&some));
			ck_assert_msg(!says(&all, id, "unread") ||
				says(&some, id, "unread") || fault,
			    "%s with %d: %s", id, (int)limit,
			    buf_string(&some));
			ck_assert_msg(strncmp(id, "known", 5) != 0 || !fault,
			    "%s fails", id);
		}
		complete += strcmp(buf_string(&all), buf_string(&some)) == 0;
	}
	/* So it went from nothing to all. */
	ck_assert_uint_gt(complete, 0);
	ck_assert_uint_lt(complete, LOOKS_MAX - 20);
	run(set, MODE_ENFORCE, &(struct clock){ 0 }, 0, &some);
	ck_assert(says(&some, "known-true", "match"));
	ck_assert(says(&some, "header-false", "fault"));
	ck_assert(says(&some, "text-true", "fault"));
	rule_set_free(&set);
	buf_free(&all);
	buf_free(&some);
}
END_TEST

static const char mixed[] =
    "unread content is delivered\n"
    "rule a1 { when text has words { p q r s t } then hold mode audit }\n"
    "rule e1 { when text has words { x y secret } then hold on failure hold "
    "}\n"
    "rule a2 { when content matches /q.*r/ then hold mode audit }\n"
    "rule e2 { when header \"X-Mark\" is two then hold on failure hold }\n";

/* Neither has less time for what the other takes. */
START_TEST(audit_has_its_own)
{
	struct rule_set *set = compile(mixed);
	struct buf got;

	buf_init(&got, 1 << 16);
	run(set, MODE_ENFORCE, &(struct clock){ .stands = { true, false } }, 5,
	    &got);
	ck_assert_str_eq(buf_string(&got), "e1 match;e2 match;");
	run(set, MODE_AUDIT, &(struct clock){ .stands = { true, false } }, 5,
	    &got);
	ck_assert_str_eq(buf_string(&got), "a1 fault;a2 fault;");
	run(set, MODE_ENFORCE, &(struct clock){ .stands = { false, true } }, 5,
	    &got);
	ck_assert_str_eq(buf_string(&got), "e1 fault;e2 fault;");
	run(set, MODE_AUDIT, &(struct clock){ .stands = { false, true } }, 5,
	    &got);
	ck_assert_str_eq(buf_string(&got), "");
	rule_set_free(&set);
	buf_free(&got);
}
END_TEST

#define THIRTY_WORDS "{ a b c d e f g h i j k l m n o p q r s t u v w x y z " \
		     "a1 b1 c1 d1 }"

/* Of "near" either side may be long: it is left alone if the other is not
 * there. */
START_TEST(near_looks_for_the_fewer)
{
	struct rule_set *set = compile(
	    "unread content is delivered\n"
	    "rule few { when text has word zz near words " THIRTY_WORDS
	    " then hold on failure hold }\n"
	    "rule many { when text has words " THIRTY_WORDS
	    " near word zz then hold on failure hold }\n"
	    "rule card { when text has iban near words " THIRTY_WORDS
	    " then hold on failure hold }\n");
	struct buf got;

	buf_init(&got, 1 << 16);
	run(set, MODE_ENFORCE, &(struct clock){ 0 }, 29, &got);
	ck_assert_str_eq(buf_string(&got), "");
	rule_set_free(&set);
	buf_free(&got);
}
END_TEST

/* What a rule found in time is done, however late it is by then. */
START_TEST(acts_in_the_end)
{
	struct rule_set *set = compile(
	    "rule r { when always then remove recipients (header \"X-Mark\" is "
	    "two and domain is bank.example) }\n"
	    "rule slow { when header \"X-Mark\" contains { 0 1 2 3 4 5 6 7 8 "
	    "9 00 11 22 33 44 55 66 77 88 99 } then hold }\n");
	struct clock clock = { 0 };
	struct rule_deadline deadline = {
		.now_us = look,
		.context = &clock,
		.limit_us = 20,
	};
	struct rule_events events = { 0 };
	struct verdict verdict;
	struct rule_message m;
	struct rule_act act;

	clock.deadline = &deadline;
	message_init(&m);
	rule_deadline_set(&m.facts, &deadline);
	(void)rule_run_message(rule_run_new(set, m.message.pool), &m.facts,
	    &events);
	ck_assert_uint_eq(events.count, 2);
	ck_assert_int_eq(events.items[0].kind, RULE_EVENT_MATCH);
	ck_assert_int_eq(events.items[1].kind, RULE_EVENT_FAULT);
	verdict_init(&verdict, m.message.pool);
	rule_act_init(&act, &verdict);
	rule_act_event(&act, set, &m.facts, &events.items[0]);
	ck_assert_uint_eq(verdict.edit_count, 1);
	rule_message_free(&m);
	rule_set_free(&set);
}
END_TEST

#define SLOW_TEST                                                             \
	"header \"X-Mark\" contains { 0 1 2 3 4 5 6 7 8 9 00 11 22 33 44 55 66 " \
	"77 88 99 }"

/* An explanation looks at more than the daemon does, and decides the same. */
START_TEST(explained)
{
	static const char *const slow[] = {
		"rule a { when sender is bob@example.com or " SLOW_TEST
		" then hold }\n",
		"rule a { when sender is x@example.com then hold except "
		SLOW_TEST " }\n",
		/* The index leaves these out, with needless parts or none. */
		"rule a { when " SLOW_TEST " and sender is x@example.com "
		"then hold }\n",
		"rule a { when (sender is bob@example.com or " SLOW_TEST ") "
		"and " SLOW_TEST " and sender is x@example.com then hold }\n",
	};

	for (size_t i = 0; i < 2 * sizeof(slow) / sizeof(slow[0]); i++) {
		struct clock clock = { 0 };
		struct rule_deadline deadline = {
			.now_us = look,
			.context = &clock,
			.limit_us = 12,
		};
		struct rule_events events = { 0 };
		struct rule_message m;
		struct rule_set *set;
		char text[1024];

		(void)snprintf(text, sizeof(text),
		    "%srule b { when header \"X-Mark\" is two then hold }\n",
		    slow[i / 2]);
		set = compile(text);
		clock.deadline = &deadline;
		message_init(&m);
		rule_deadline_set(&m.facts, &deadline);
		if (i % 2 > 0)
			m.facts.trace = rule_trace_new(set, m.message.pool);
		(void)rule_run_message(rule_run_new(set, m.message.pool),
		    &m.facts, &events);
		ck_assert_uint_gt(events.count, 0);
		ck_assert_msg(events.items[events.count - 1].kind ==
			RULE_EVENT_MATCH,
		    "%zu", i);
		rule_message_free(&m);
		rule_set_free(&set);
	}
}
END_TEST

SUITE_MAIN("rule_deadline", right_or_unknown, audit_has_its_own,
    near_looks_for_the_fewer, acts_in_the_end, explained)
