/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_run.h"
#include "rules/rule_trace.h"

#include "t/unit/rule_message.h"
#include "t/unit/suite.h"

#include <string.h>

/* Adds ITEM to OUT as "  value text [picked] {seen}" and so on. */
static void
write_item(const struct rule_trace_item *item, struct buf *out)
{
	(void)buf_printf(out, "%*s%s%s %.*s", (int)item->depth, "",
	    item->except ? "except " : "", item->value,
	    SPAN_ARGS(item->text));
	if (item->picked.len > 0)
		(void)buf_printf(out, " [%.*s]", SPAN_ARGS(item->picked));
	for (size_t i = 0; i < item->seen_count; i++)
		(void)buf_printf(out, " {%.*s}", SPAN_ARGS(item->seen[i]));
	for (size_t i = 0; i < item->hit_count; i++)
		(void)buf_printf(out, " @%d %s %zu+%zu %.*s",
		    item->hits[i].number, item->hits[i].view,
		    item->hits[i].offset, item->hits[i].length,
		    SPAN_ARGS(item->hits[i].part));
	(void)buf_printf(out, "%s%s;", item->more_seen ? " more" : "",
	    item->needless ? " needless" : "");
}

static void
write_answers(const struct rule_trace *trace, size_t rule, struct pool *pool,
    struct buf *out)
{
	const struct rule_trace_answer *answer = rule_trace_first(trace, rule);

	if (answer == NULL)
		(void)buf_printf(out, "not reached: %.*s;",
		    SPAN_ARGS(rule_trace_not_reached(trace, rule, pool)));
	for (; answer != NULL; answer = rule_trace_next(trace, answer)) {
		(void)buf_printf(out, "%s at %s%s%s%.*s;",
		    rule_trace_outcome_name(answer->outcome),
		    rule_stage_name(answer->stage),
		    answer->unread ? " unread" : "",
		    answer->evidence.len > 0 ? " by " : "",
		    SPAN_ARGS(answer->evidence));
		for (size_t i = 0; i < answer->item_count; i++)
			write_item(&answer->items[i], out);
		if (answer->cut)
			(void)buf_printf(out, "cut;");
	}
}

/* Traces TEXT over one message up to STAGE; what rule INDEX did goes to OUT. */
static void
trace_rules(const char *text, enum rule_stage stage, size_t index,
    struct buf *out)
{
	static const char *const recipients[] = { "b@bank.example",
		"c@example.com", NULL };
	struct rule_events events = { 0 };
	struct rule_message m;
	struct rule_set *set;
	struct rule_run *run;
	struct buf errors;

	buf_init(&errors, 1 << 16);
	set = rule_set_new(SPAN("r"), span_of(text), NULL, &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	rule_message_init(&m, "a@example.com", recipients,
	    "Subject: a matter\nX-A: 1\nX-A: 2\n"
	    "X-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\n"
	    "Content-Type: multipart/mixed; boundary=b\n",
	    SPAN("--b\r\n\r\na secret\r\n--b\r\n"
		 "Content-Disposition: attachment; filename=f.txt\r\n\r\nx\r\n"
		 "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nx\r\n"
		 "--b--\r\n"));
	m.facts.trace = rule_trace_new(set, m.message.pool);
	run = rule_run_new(set, m.message.pool);
	m.facts.stage = RULE_STAGE_RECIPIENT;
	for (size_t i = 0; i < m.message.recipient_count; i++)
		rule_run_recipient(run, &m.facts, i, &events);
	for (unsigned at = RULE_STAGE_DATA; at <= stage; at++) {
		m.facts.stage = (enum rule_stage)at;
		(void)rule_run_message(run, &m.facts, &events);
	}
	write_answers(m.facts.trace, index, m.message.pool, out);
	rule_message_free(&m);
	rule_set_free(&set);
	buf_free(&errors);
}

static const struct {
	const char *rules;
	size_t index;
	const char *trace;
} traces[] = {
	/* Each condition as it is written. */
	{ "rule a { when (sender is a@example.com)\n and not login is x\n"
	  " then hold }", 0,
	    "match at DATA by sender;"
	    "true (sender is a@example.com)\n and not login is x;"
	    " true sender is a@example.com {a@example.com};"
	    " true not login is x;  false login is x {};" },
	/* What the answer did not depend on any more is looked at and said. */
	{ "rule a { when login is x and sender is internal\n"
	  " except listener is y then hold }", 0,
	    "no match at DATA;"
	    "false login is x and sender is internal;"
	    " false login is x {};"
	    " true sender is internal {a@example.com} needless;"
	    "except false listener is y {} needless;" },
	{ "rule a { when sender is internal except login is x\n"
	  " except subject contains \"matter\" then hold }", 0,
	    "no match at end of headers;"
	    "true sender is internal {a@example.com};"
	    "except false login is x {};"
	    "except true subject contains \"matter\" {a matter}"
	    " @-1 header 2+6 ;" },
	/* For whom. */
	{ "rule a { when any recipient (domain is bank.example) then hold }",
	    0,
	    "match at DATA by domain;"
	    "true any recipient (domain is bank.example);"
	    " true domain is bank.example [<b@bank.example>] {bank.example};"
	    " false domain is bank.example [<c@example.com>] {example.com};" },
	{ "rule a { when direction is not outbound then hold }", 0,
	    "no match at DATA;"
	    "false direction is not outbound; true ;"
	    "  true  [<b@bank.example>] {outbound};"
	    "  false  [<c@example.com>] {internal};" },
	{ "rule a { when header \"X-A\" is \"2\" then hold }", 0,
	    "match at end of headers by header X-A;"
	    "true header \"X-A\" is \"2\" {1} {2} @-1 header 0+1 ;" },
	{ "rule a { when any header name is x-a then hold }", 0,
	    "match at end of headers by name in X-A;"
	    "true any header name is x-a;"
	    " false name is x-a [Subject] {Subject};"
	    " true name is x-a [X-A] {X-A};"
	    " true name is x-a [X-A] {X-A};"
	    " false name is x-a [X-Slow] {X-Slow};"
	    " false name is x-a [Content-Type] {Content-Type};" },
	/* Definitions are looked into. */
	{ "define d = login is x or sender is internal\n"
	  "rule a { when d then hold }", 0,
	    "match at DATA by sender;true d;"
	    " true login is x or sender is internal;"
	    "  false login is x {};"
	    "  true sender is internal {a@example.com};" },
	/* Content is not shown. */
	{ "unread content is delivered\n"
	  "rule a { when text has word secret then hold }", 0,
	    "match at end of message by text;"
	    "true text has word secret @1 text 2+6 text/plain;" },
	{ "unread content is delivered\n"
	  "rule a { when any attachment size over 1 then hold }", 0,
	    "no match at end of message;"
	    "false any attachment size over 1;"
	    " false size over 1 [f.txt] {1 bytes};"
	    " false size over 1 [(application/pgp-encrypted)] {1 bytes};" },
	{ "rule a { when text has word other unread counts as match\n"
	  " then hold }", 0,
	    "unread content counts as match at end of message unread;"
	    "false text has word other;" },
	/* Where. */
	{ "unread content is delivered\n"
	  "rule a { when any attachment name contains \".t\" then hold }", 0,
	    "match at end of message by name in f.txt;"
	    "true any attachment name contains \".t\";"
	    " true name contains \".t\" [f.txt] {f.txt}"
	    " @2 file name 1+2 f.txt;"
	    " false name contains \".t\" [(application/pgp-encrypted)];" },
	/* Faults. */
	{ "rule a { when header \"X-Slow\" matches /^(a+)+$/ then hold }", 0,
	    "fault at end of headers;"
	    "failed header \"X-Slow\" matches /^(a+)+$/ {aaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaa!};" },
	/* Of an action: whom it means is not known. */
	{ "rule a { when always then remove recipients\n"
	  " (header \"X-Slow\" matches /^(a+)+$/) }", 0,
	    "fault at end of headers;true always;" },
	/* For each recipient. */
	{ "rule a for each recipient { when recipient is external\n"
	  " then reject }", 0,
	    "match at RCPT by recipient;"
	    "true recipient is external {b@bank.example};"
	    "no match at RCPT;"
	    "false recipient is external {c@example.com};" },
	/* Why not. */
	{ "rule a { when always then hold mode off }", 0,
	    "not reached: its mode is off;" },
	{ "rule a { when always then reject }\n"
	  "rule b { when always then hold }", 1,
	    "not reached: rule a had ended the message at DATA;" },
};

START_TEST(trace_table)
{
	struct buf out;

	buf_init(&out, 1 << 16);
	trace_rules(
	    traces[_i].rules, RULE_STAGE_END, traces[_i].index, &out);
	ck_assert_str_eq(buf_string(&out), traces[_i].trace);
	buf_free(&out);
}
END_TEST

/* A rule that waits says so, and one that cannot be reached before it. */
START_TEST(waiting)
{
	static const char rules[] =
	    "rule a { when sender is internal and subject is \"x\"\n"
	    " then hold }\n"
	    "rule b { when always then hold }";
	struct buf out;

	buf_init(&out, 1 << 16);
	trace_rules(rules, RULE_STAGE_DATA, 0, &out);
	ck_assert_str_eq(buf_string(&out),
	    "waiting at DATA;"
	    "not yet sender is internal and subject is \"x\";"
	    " true sender is internal {a@example.com};"
	    " not yet subject is \"x\";");
	buf_reset(&out);
	trace_rules(rules, RULE_STAGE_DATA, 1, &out);
	ck_assert_str_eq(buf_string(&out),
	    "not reached: the message had ended while rule a was waiting;");
	/* A rule for each recipient ends nothing for the message. */
	buf_reset(&out);
	trace_rules("rule s for each recipient { when always then stop }\n"
		    "rule a { when subject is \"x\" then hold }\n"
		    "rule b { when always then hold }",
	    RULE_STAGE_DATA, 2, &out);
	ck_assert_str_eq(buf_string(&out),
	    "not reached: the message had ended while rule a was waiting;");
	buf_free(&out);
}
END_TEST

/* However large a rule is, it is read, and what is kept of it is bounded. */
START_TEST(large)
{
	enum { SIZE = 100 * 1024 };
	struct buf text, out;

	buf_init(&text, 1 << 20);
	buf_init(&out, 1 << 24);
	(void)buf_printf(&text, "rule a { when sender is internal");
	for (int i = 0; text.len < SIZE; i++)
		(void)buf_printf(&text, "\nand sender is not a%d@b.example", i);
	(void)buf_printf(&text, " then hold }\n");
	ck_assert_uint_gt(text.len, SIZE);
	trace_rules(buf_string(&text), RULE_STAGE_END, 0, &out);
	ck_assert(span_starts(buf_span(&out), SPAN("match at DATA by sender")));
	ck_assert(span_ends_case(buf_span(&out), SPAN(";cut;")));
	buf_reset(&text);
	(void)buf_printf(&text, "unread content is held\n"
				"rule a { when text has words {");
	for (int i = 0; text.len < SIZE; i++)
		(void)buf_printf(&text, " word%d", i);
	(void)buf_printf(&text, " secret } then hold }\n");
	buf_reset(&out);
	trace_rules(buf_string(&text), RULE_STAGE_END, 0, &out);
	ck_assert(span_starts(
	    buf_span(&out), SPAN("match at end of message by text")));
	buf_free(&text);
	buf_free(&out);
}
END_TEST

START_TEST(about)
{
	static const char text[] =
	    "rule a \"First\" { when always then\n hold\n"
	    " add header \"X\" \"y\"\n severity low }\n\n"
	    "rule b for each recipient { mode audit then reject # why\n"
	    " when recipient is external }\n";
	struct pool *pool = pool_new();
	struct buf errors;
	struct rule_set *set;
	const struct rule_about *rules;
	size_t count;

	buf_init(&errors, 1 << 16);
	set = rule_set_new(SPAN("r"), span_of(text), NULL, &errors);
	ck_assert_msg(set != NULL, "%s", buf_string(&errors));
	rules = rule_set_about(set, pool, &count);
	ck_assert_uint_eq(count, 2);
	ck_assert(span_equal(rules[0].title, SPAN("First")));
	ck_assert(span_equal(
	    rules[0].then, SPAN("hold\n add header \"X\" \"y\"")));
	ck_assert_uint_eq(rules[0].line, 1);
	ck_assert_int_eq(rules[0].stage, RULE_STAGE_DATA);
	ck_assert(span_equal(rules[1].id, SPAN("b")));
	ck_assert(span_equal(rules[1].then, SPAN("reject")));
	ck_assert(span_equal(rules[1].file, SPAN("r")));
	ck_assert_uint_eq(rules[1].line, 6);
	ck_assert(rules[1].per_recipient);
	ck_assert_str_eq(rule_mode_name(rules[1].mode), "audit");
	rule_set_free(&set);
	buf_free(&errors);
	pool_free(&pool);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("rule_trace");
	TCase *tcase = suite_case(suite, "rule_trace");

	tcase_add_loop_test(tcase, trace_table, 0,
	    sizeof(traces) / sizeof(traces[0]));
	tcase_add_test(tcase, waiting);
	tcase_add_test(tcase, large);
	tcase_add_test(tcase, about);
	return suite_finish(suite);
}
