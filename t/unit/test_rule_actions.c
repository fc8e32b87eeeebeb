/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the actions of rules make of a message.
 */
#include "rules/rule_act.h"

#include "t/unit/rule_message.h"
#include "t/unit/rule_reprinted.h"
#include "t/unit/suite.h"

/* The subjects that a message with HEADERS has when RULES were over it, each
 * behind "|", unfolded. */
static void
subjects(const char *rules, const char *headers, struct buf *out)
{
	static const char *const recipients[] = { "b@example.com", NULL };
	struct rule_message m;
	struct rule_events events = { 0 };
	struct verdict verdict;
	struct applied applied;
	struct rule_act act;
	struct buf errors;
	struct rule_set *set;

	buf_init(&errors, 1 << 12);
	set = rule_set_new(SPAN("r"), span_of(rules), NULL, &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	set = rule_reprinted(set, NULL);
	rule_message_init(&m, "a@example.com", recipients, headers, SPAN(""));
	verdict_init(&verdict, m.message.pool);
	rule_act_init(&act, &verdict);
	(void)rule_run_message(
	    rule_run_new(set, m.message.pool), &m.facts, &events);
	for (size_t i = 0; i < events.count; i++)
		rule_act_event(&act, set, &m.facts, &events.items[i]);
	verdict_apply(&m.message, &verdict, m.message.pool, &applied);
	buf_reset(out);
	for (size_t i = 0; i < applied.headers.count; i++)
		if (span_equal_case(
			applied.headers.items[i].name, SPAN("Subject")))
			(void)buf_printf(out, "|%.*s",
			    SPAN_ARGS(applied.headers.items[i].value));
	rule_set_free(&set);
	rule_message_free(&m);
	buf_free(&errors);
}

#define TAG(text) "rule t { when always then tag subject \"" text "\" }"

START_TEST(tags)
{
	static const struct {
		const char *rules, *headers, *subjects;
	} cases[] = {
		{ TAG("[EXT]"), "Subject: hello\n", "| [EXT] hello" },
		{ TAG(" [EXT] "), "Subject:hello\n", "| [EXT] hello" },
		{ TAG("[EXT]"), "", "| [EXT]" },
		{ TAG("[EXT]"), "Subject:\n", "| [EXT]" },
		{ TAG("[EXT]"), "Subject: [EXT] hello\n", "| [EXT] hello" },
		{ TAG("[EXT]"), "Subject: Re: [ext] hello\n",
		    "| Re: [ext] hello" },
		/* The tag is seen in encoded words, which stay as they are. */
		{ TAG("[EXT]"),
		    "Subject: =?utf-8?q?=5BEXT=5D_Gr=C3=BC=C3=9Fe?=\n",
		    "| =?utf-8?q?=5BEXT=5D_Gr=C3=BC=C3=9Fe?=" },
		{ TAG("[EXT]"), "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n",
		    "| [EXT] =?utf-8?q?Gr=C3=BC=C3=9Fe?=" },
		/* Of two subjects a mail program may show any. */
		{ TAG("[EXT]"), "Subject: a\nSubject: [EXT] b\n",
		    "| [EXT] a| [EXT] b" },
		/* Tags of several rules add up, each once. */
		{ TAG("[A]") "rule u { when always then tag subject \"[B]\" }"
			     "rule v { when always then tag subject \"[a]\" }",
		    "Subject: x\n", "| [A] [B] x" },
		{ TAG("[A]") "rule u { when always then tag subject \"[B]\" }",
		    "Subject: Re: [A] x\n", "| [B] Re: [A] x" },
	};
	struct buf out;

	buf_init(&out, 1 << 12);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		subjects(cases[i].rules, cases[i].headers, &out);
		ck_assert_msg(span_equal(buf_span(&out),
				  span_of(cases[i].subjects)),
		    "%s gives %s", cases[i].headers, buf_string(&out));
	}
	buf_free(&out);
}
END_TEST

/* No line becomes longer than mail may have. */
START_TEST(long_subject)
{
	struct buf headers, out;
	struct span rest, line;

	buf_init(&headers, 1 << 12);
	buf_init(&out, 1 << 12);
	(void)buf_printf(&headers, "Subject: %0950d\n", 1);
	subjects(TAG("[0123456789012345678901234567890123456789]"),
	    buf_string(&headers), &out);
	rest = buf_span(&out);
	while (span_next(&rest, '\n', &line))
		ck_assert_uint_lt(line.len, 990);
	ck_assert_uint_gt(out.len, 990);
	buf_free(&headers);
	buf_free(&out);
}
END_TEST

SUITE_MAIN("rule_actions", tags, long_subject)
