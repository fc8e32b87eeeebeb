/* SPDX-License-Identifier: BSD-2-Clause */
/* The rule compiler; what compiles is reported and evaluated, too. */
#include "formats/rule.h"

#include "formats/rule_act.h"
#include "t/unit/rule_message.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A list and a table that files may name; any other file is missing. */
static int
read_file(void *context, struct span name, struct span from, struct pool *pool,
    struct span *full_name, struct span *text, struct err *err)
{
	(void)context;
	(void)from;
	*full_name = pool_dup(pool, name);
	if (span_equal(name, SPAN("table"))) {
		*text = SPAN("192.0.2.0/24,s@example.com;a@b.c,internal\n"
			     "2001:db8::/32,c@example.com,\"x\"\"y\"\n");
		return 0;
	}
	if (!span_equal(name, SPAN("list")))
		return err_set(err, ERR_CONFIG, "no such file");
	*text = SPAN("# comment\na@example.com\n\n example.com \n10.0.0.0/8\n");
	return 0;
}

static void
evaluate(const struct rule_set *set)
{
	static const char *const recipients[] = { "a@example.com",
		"b@bank.example", NULL };
	struct rule_message m;
	struct rule_events events = { 0 };
	struct verdict verdict;
	struct rule_act act;
	struct rule_run *run;

	rule_message_init(&m, "s@example.com", recipients,
	    "Subject: a\nFrom: x <s@example.com>\nX: y\n",
	    SPAN("a text\r\n"));
	verdict_init(&verdict, m.message.pool);
	rule_act_init(&act, &verdict);
	run = rule_run_new(set, m.message.pool);
	m.facts.stage = RULE_STAGE_RECIPIENT;
	rule_run_recipient(run, &m.facts, 1, &events);
	for (unsigned stage = RULE_STAGE_DATA; stage <= RULE_STAGE_END;
	    stage++) {
		m.facts.stage = (enum rule_stage)stage;
		(void)rule_run_message(run, &m.facts, &events);
	}
	/* Once over, it stays so. */
	assert(rule_run_message(run, &m.facts, &events) == RULE_DONE);
	for (size_t i = 0; i < events.count; i++)
		rule_act_event(&act, set, &m.facts, &events.items[i]);
	rule_act_unread(&act);
	rule_act_notes(&act, set, &m.facts);
	rule_message_free(&m);
}

/* What is printed reads back, and prints the same. */
static void
print_again(const struct rule_set *set, const struct rule_files *files)
{
	struct buf first, second, errors;
	struct rule_set *again;

	buf_init(&first, 1 << 24);
	buf_init(&second, 1 << 24);
	buf_init(&errors, 1 << 20);
	rule_set_print(set, &first);
	if (!first.full) {
		again = rule_set_new(
		    SPAN("printed"), buf_span(&first), files, &errors);
		assert(again != NULL);
		assert(rule_set_needs(again) == rule_set_needs(set));
		rule_set_print(again, &second);
		assert(span_equal(buf_span(&first), buf_span(&second)));
		rule_set_free(&again);
	}
	buf_free(&first);
	buf_free(&second);
	buf_free(&errors);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct rule_files files = { .read = read_file };
	struct buf report, errors;
	struct rule_set *set;

	buf_init(&report, 1 << 20);
	buf_init(&errors, 1 << 20);
	set = rule_set_new(SPAN("fuzz"),
	    span_make((const char *)data, size), &files, &errors);
	assert((set == NULL) == (errors.len > 0 || errors.full));
	if (set != NULL) {
		rule_set_report(set, &report);
		rule_set_report_expired(set, 0, &report);
		print_again(set, &files);
		evaluate(set);
	}
	rule_set_free(&set);
	buf_free(&report);
	buf_free(&errors);
	return 0;
}
