/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the evaluator tells a trace (rule_trace.h).  Private to rule_*.c.
 */
#ifndef LUMBAR_RULES_RULE_TRACING_H
#define LUMBAR_RULES_RULE_TRACING_H

#include "rules/rule_eval.h"
#include "rules/rule_trace.h"

struct rule_trace {
	struct pool *pool; /* of the message */
	const struct rule_set *set;
	struct rule_trace_answer *answers;
	size_t answer_count;
	/* For each rule the answers it gave first and last, from 1; 0: none. */
	size_t *first, *latest;
	/* The rule after which none on the message was asked, or NULL. */
	const struct rule *ended_by;
	enum rule_stage ended_at;
	size_t last; /* the answer of the rule evaluated last, from 1 */
	/* While it is evaluated: */
	bool open;
	unsigned depth;
	unsigned needless;
	bool except;
	enum rule_noun noun; /* by which the next item was picked, if PICKED */
	bool picked;
};

/* True if EVAL is of a rule that is being traced. */
static inline bool
rule_traces(const struct rule_eval *eval)
{
	return eval->facts->trace != NULL && eval->facts->trace->open;
}

/* Each is a no-op without a trace.  RULE begins to be evaluated over FACTS; it
 * has VALUE. */
void rule_trace_begin(
    struct rule_facts *facts, const struct rule *rule, long recipient);
void rule_trace_end(struct rule_facts *facts, enum rule_value value,
    struct span evidence, const struct err *fault);

/* What the rule evaluated last answered in the end, its actions looked at.
 * UNREAD: what was not read could change it; AS_MATCH: and counts as match.
 * FAULT: of RULE_FAILED. */
void rule_trace_answered(struct rule_facts *facts, enum rule_value value,
    bool unread, bool as_match, const struct err *fault);

/* No rule behind RULE is asked any more. */
void rule_trace_ended(struct rule_facts *facts, const struct rule *rule);

/* CONDITION, a "when" or an "except", is not needed any more: looks at it all
 * the same, where EVAL is traced. */
void rule_trace_needless(
    const struct rule_eval *eval, const struct rule_condition *condition);

/* What is evaluated from now on is an "except". */
void rule_trace_except(const struct rule_eval *eval);

/* The following only where rule_traces.  CONDITION begins to be evaluated: its
 * item, from 1, or 0 where no more are kept.  It has VALUE. */
size_t rule_trace_enter(
    struct rule_eval *eval, const struct rule_condition *condition);
void rule_trace_leave(
    struct rule_eval *eval, size_t item, enum rule_value value);

/* The next item is of what a quantifier over NOUN has picked. */
void rule_trace_pick(struct rule_eval *eval, enum rule_noun noun);

/* TEST, of item ITEM, has been evaluated: keeps what it looked at, and the
 * PLACES where it found something. */
void rule_trace_test(struct rule_eval *eval, const struct rule_test *test,
    size_t item, const struct rule_hit_places *places);

#endif
