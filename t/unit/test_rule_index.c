/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules that are not visited must be those that are false: random rule sets
 * over random envelopes, with the index and, under a trace, which visits every
 * rule, without.
 */
#include "rules/rule_eval.h"
#include "rules/rule_index.h"
#include "rules/rule_run.h"
#include "rules/rule_trace.h"

#include "t/unit/rule_message.h"
#include "t/unit/rule_text_files.h"
#include "t/unit/suite.h"

#include <stdio.h>
#include <string.h>

enum { ROUNDS = 400, RULES = 70 };

static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static unsigned
below(uint64_t *state, unsigned bound)
{
	return (unsigned)(next_random(state) % bound);
}

/* %u: a number below NUMBERS. */
enum { NUMBERS = 4 };
static const char *const both_tests[] = {
	"sender is A%u@d1.example",
	"sender in { a%u@d1.example b@D2.example }",
	"sender domain is d%u.example",
	"sender domain is .example",
	"sender domain in few",
	"sender domain is not d%u.example",
	"login is user%u",
	"login is \"\"",
	"login in { user%u User9 }",
	"listener is LISTEN%u",
	"listener role is outbound",
	"sender is external",
	"text has word secret",
	"header \"X-Mark\" is m%u",
	"header \"X-Slow\" matches /^(a+)+$/",
	"any attachment type is executable",
};
static const char *const message_tests[] = {
	"any recipient domain is d%u.example",
	"any recipient is a%u@d1.example",
	"any recipient (domain is d%u.example and address contains a)",
	"any external recipient domain in few",
	"at least 2 recipients domain in { d%u.example .d5.example }",
	"every recipient domain is d%u.example",
	"no recipient domain is d%u.example",
	"named",
};
static const char *const recipient_tests[] = {
	"recipient domain is d%u.example",
	"recipient is A%u@d1.example",
	"recipient domain in few",
};

#define PICK(random, table) \
	table[below(random, sizeof(table) / sizeof(table[0]))]

static void
write_test(uint64_t *random, bool per_recipient, struct buf *text)
{
	const char *form = PICK(random, both_tests);
	struct span rest;
	bool own = below(random, 2) == 0;

	if (own)
		form = per_recipient ? PICK(random, recipient_tests)
				     : PICK(random, message_tests);
	/* What RCPT does not know. */
	while (per_recipient && !own && form != both_tests[0] &&
	    (strstr(form, "text") != NULL || strstr(form, "header") != NULL ||
		strstr(form, "attachment") != NULL))
		form = PICK(random, both_tests);
	rest = span_of(form);
	(void)buf_append_span(
	    text, span_slice(rest, 0, span_find(rest, '%')));
	rest = span_slice(rest, span_find(rest, '%') + 2, rest.len);
	if (rest.ptr != NULL && strchr(form, '%') != NULL)
		(void)buf_printf(text, "%u%.*s", below(random, NUMBERS),
		    SPAN_ARGS(rest));
}

static void
write_condition(
    uint64_t *random, bool per_recipient, unsigned depth, struct buf *text)
{
	static const char *const joints[] = { " and ", " and ", " or " };

	if (depth == 0 || below(random, 4) == 0) {
		write_test(random, per_recipient, text);
		return;
	}
	(void)buf_printf(text, below(random, 6) == 0 ? "not (" : "(");
	write_condition(random, per_recipient, depth - 1, text);
	(void)buf_printf(text, "%s", PICK(random, joints));
	write_condition(random, per_recipient, depth - 1, text);
	(void)buf_append_char(text, ')');
}

static void
write_rules(uint64_t *random, struct buf *text)
{
	static const char *const actions[] = { "hold",
		"add header \"X\" \"y\"", "reject", "stop" };
	static const char *const modes[] = { "enforce", "enforce", "audit",
		"off" };

	(void)buf_printf(text,
	    "unread content is held\n"
	    "list few = domains { d1.example .d2.example }\n"
	    "define named = sender domain is d1.example and login is user1\n");
	for (unsigned i = 0; i < RULES; i++) {
		bool per_recipient = below(random, 3) == 0;

		(void)buf_printf(text, "rule r%u%s { when ", i,
		    per_recipient ? " for each recipient" : "");
		write_condition(random, per_recipient, 2, text);
		if (below(random, 4) == 0) {
			(void)buf_printf(text, " except ");
			write_condition(random, per_recipient, 1, text);
		}
		(void)buf_printf(text, " then %s mode %s }\n",
		    per_recipient ? "reject"
		    : below(random, 8) > 0 ? actions[below(random, 2)]
					   : PICK(random, actions),
		    PICK(random, modes));
	}
}

static void
make_message(uint64_t random, struct rule_message *m)
{
	static const char *const senders[] = { "a1@d1.example", "",
		"a0@D1.example", "b@x.d2.example", "postmaster",
		"c@outside.test" };
	static const char *const addresses[] = { "a1@d1.example",
		"A2@D1.EXAMPLE", "a@d2.example", "x@y.d2.example", "root",
		"a@d3.example", "b@sub.d5.example" };
	static const char *const logins[] = { "", "user1", "USER9" };
	static const char *const listeners[] = { "", "listen1", "Listen2" };
	const char *recipients[4] = { NULL };
	unsigned count = 1 + below(&random, 3);

	for (unsigned i = 0; i < count; i++)
		recipients[i] = PICK(&random, addresses);
	rule_message_init(m, PICK(&random, senders), recipients,
	    below(&random, 3) > 0
		? "X-Mark: m1\n"
		: "X-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\n"
		  "Content-Type: application/pgp-encrypted\n",
	    below(&random, 2) > 0 ? SPAN("a secret\r\n") : SPAN("none\r\n"));
	m->connection.login = span_of(PICK(&random, logins));
	m->connection.listener = span_of(PICK(&random, listeners));
}

static void
write_events(const struct rule_events *events, struct buf *out)
{
	for (size_t i = 0; i < events->count; i++)
		(void)buf_printf(out, "%.*s %d %.*s;",
		    SPAN_ARGS(events->items[i].rule->id),
		    (int)events->items[i].kind,
		    SPAN_ARGS(events->items[i].evidence));
}

/* What SET finds in the message that RANDOM makes. */
static void
run(const struct rule_set *set, uint64_t random, bool traced, struct buf *out)
{
	struct rule_events events = { 0 };
	struct rule_message m;
	struct rule_run *rule_run;

	make_message(random, &m);
	if (traced)
		m.facts.trace = rule_trace_new(set, m.message.pool);
	rule_run = rule_run_new(set, m.message.pool);
	m.facts.stage = RULE_STAGE_RECIPIENT;
	for (size_t i = 0; i < m.message.recipient_count; i++)
		rule_run_recipient(rule_run, &m.facts, i, &events);
	for (unsigned stage = RULE_STAGE_DATA; stage <= RULE_STAGE_END;
	    stage++) {
		m.facts.stage = (enum rule_stage)stage;
		(void)rule_run_message(rule_run, &m.facts, &events);
	}
	write_events(&events, out);
	rule_message_free(&m);
}

/* How many rules are left out over all. */
static size_t
left_out(const struct rule_set *set, uint64_t random)
{
	struct rule_candidates candidates = { .bits = NULL };
	struct rule_message m;
	size_t visited = 0;

	make_message(random, &m);
	m.facts.stage = RULE_STAGE_DATA;
	rule_index_find(set->index, &m.facts, RULE_NO_RECIPIENT,
	    m.message.pool, &candidates);
	for (size_t i = rule_candidates_next(&candidates, 0); i < RULES;
	    i = rule_candidates_next(&candidates, i + 1)) {
		ck_assert(!set->rules[i]->per_recipient);
		ck_assert_int_ne(set->rules[i]->mode, MODE_OFF);
		visited++;
	}
	rule_message_free(&m);
	return RULES - visited;
}

START_TEST(same_with_index)
{
	uint64_t random = 20261122;
	struct buf text, errors, with, without;
	size_t matched = 0, skipped = 0;

	buf_init(&text, 1 << 20);
	buf_init(&errors, 1 << 20);
	buf_init(&with, 1 << 20);
	buf_init(&without, 1 << 20);
	for (int round = 0; round < ROUNDS; round++) {
		struct rule_set *set;

		buf_reset(&text);
		write_rules(&random, &text);
		set = rule_set_new(
		    SPAN("r"), buf_span(&text), NULL, &errors);
		ck_assert_msg(set != NULL, "%s", buf_string(&errors));
		for (int message = 0; message < 5; message++) {
			uint64_t seed = next_random(&random);

			buf_reset(&with);
			buf_reset(&without);
			run(set, seed, false, &with);
			run(set, seed, true, &without);
			ck_assert_msg(strcmp(buf_string(&with),
					  buf_string(&without)) == 0,
			    "%s\n<%s> is not <%s>", buf_string(&text),
			    buf_string(&with), buf_string(&without));
			matched += with.len > 0;
			skipped += left_out(set, seed);
		}
		rule_set_free(&set);
	}
	/* Else there would be nothing to compare. */
	ck_assert_uint_gt(matched, ROUNDS);
	ck_assert_uint_gt(skipped, (size_t)ROUNDS * RULES);
	buf_free(&text);
	buf_free(&errors);
	buf_free(&with);
	buf_free(&without);
}
END_TEST

/* Nobody pays for rules that his names do not select. */
START_TEST(visits_few)
{
	struct rule_candidates candidates = { .bits = NULL };
	struct rule_message m;
	struct rule_set *set;
	struct buf text, errors;
	size_t visited = 0;

	buf_init(&text, 1 << 20);
	buf_init(&errors, 1 << 20);
	for (int i = 0; i < 1000; i++)
		(void)buf_printf(&text,
		    "rule r%d { when sender domain is d%d.example and header "
		    "\"X\" exists then hold }\n", i, i % 500);
	set = rule_set_new(SPAN("r"), buf_span(&text), NULL, &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	rule_message_init(&m, "a@D7.example",
	    (const char *const[]){ "b@example.com", NULL }, "",
	    SPAN(""));
	m.facts.stage = RULE_STAGE_DATA;
	rule_index_find(set->index, &m.facts, RULE_NO_RECIPIENT,
	    m.message.pool, &candidates);
	for (size_t i = rule_candidates_next(&candidates, 0); i < 1000;
	    i = rule_candidates_next(&candidates, i + 1)) {
		ck_assert_uint_eq(i % 500, 7);
		visited++;
	}
	ck_assert_uint_eq(visited, 2);
	rule_message_free(&m);
	rule_set_free(&set);
	buf_free(&text);
	buf_free(&errors);
}
END_TEST

static const struct text_file files[] = {
	{ "senders.csv", "a@example.com,a@example.com\n" },
	{ "logins.csv", "user,x\n" },
	{ NULL, NULL },
};

static struct rule_set *
compile(const char *text)
{
	const struct rule_files reader = {
		.read = text_file_read,
		.context = (void *)(uintptr_t)files,
	};
	struct buf errors;
	struct rule_set *set;

	buf_init(&errors, 1 << 20);
	set = rule_set_new(SPAN("r"), span_of(text), &reader, &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	buf_free(&errors);
	return set;
}

/* A guard must be a set of names that is complete when the rules are read. */
START_TEST(no_guard)
{
	static const char *const conditions[] = {
		"sender in staff",
		"any recipient in staff",
		"any recipient (in staff and address contains b)",
		"sender in group staff",
		"sender in senders",
		"sender is senders[sender].deputy",
		"login in logins",
		"sender is manager of sender",
		"sender is not a@example.com",
	};

	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]);
	    i++) {
		struct rule_candidates candidates = { .bits = NULL };
		struct rule_message m;
		struct rule_set *set;
		char text[512];

		(void)snprintf(text, sizeof(text),
		    "list staff = members of group \"staff\"\n"
		    "table senders = \"senders.csv\" key sender columns "
		    "deputy\n"
		    "table logins = \"logins.csv\" key login columns a\n"
		    "rule r { when %s then hold }",
		    conditions[i]);
		set = compile(text);
		rule_message_init(&m, "a@example.com",
		    (const char *const[]){ "b@example.com", NULL }, "",
		    SPAN(""));
		m.facts.stage = RULE_STAGE_DATA;
		rule_index_find(set->index, &m.facts, RULE_NO_RECIPIENT,
		    m.message.pool, &candidates);
		ck_assert_msg(rule_candidates_next(&candidates, 0) == 0,
		    "%s: the rule is not visited", conditions[i]);
		rule_message_free(&m);
		rule_set_free(&set);
	}
}
END_TEST

SUITE_MAIN("rule_index", same_with_index, visits_few, no_guard)
