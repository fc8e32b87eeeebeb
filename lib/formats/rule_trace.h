/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How each rule came to its answer, for `lumbar explain` and the tests: every
 * condition with its value, what it looked at, and why a rule was not reached.
 * The evaluator tells it while it works, so what is explained is what was
 * done.  In the daemon there is none.
 *
 * A condition that the rule did not need, for its answer was clear by then, is
 * looked at all the same and marked; that changes neither answer nor evidence.
 */
#ifndef LUMBAR_FORMATS_RULE_TRACE_H
#define LUMBAR_FORMATS_RULE_TRACE_H

#include "formats/rule_eval.h"

enum {
	RULE_TRACE_ITEMS = 2000, /* conditions that one answer keeps */
	RULE_TRACE_SEEN = 8,     /* values of one fact */
	RULE_TRACE_TEXT = 200,   /* bytes of a value; "..." for the rest */
};

/* Where a test found something in the message's text. */
struct rule_trace_hit {
	/* The part's file name, else its type; empty: the message's header. */
	struct span part;
	int number; /* of the part, 0: the message; or RULE_NO_PART */
	enum rule_view view;
	size_t offset; /* bytes into the text of that view */
	size_t length;
};

/* One condition, evaluated once.  All spans live in the trace's pool. */
struct rule_trace_item {
	unsigned depth;   /* 0: "when" or an "except" itself */
	struct span text; /* as the file has it; empty: see rule_condition */
	enum rule_condition_kind kind;
	enum rule_value value;
	bool needless; /* the answer did not depend on it any more */
	/* The recipient, attachment or header that a quantifier picked. */
	struct span picked;
	const char *fact;  /* of a test: its phrase; else NULL */
	struct span *seen; /* values of the fact, those of content left out */
	size_t seen_count;
	bool more_seen;
	struct rule_trace_hit *hits;
	size_t hit_count;
	bool more_hits;
};

enum rule_trace_outcome {
	RULE_TRACE_NO_MATCH,
	RULE_TRACE_MATCH,
	RULE_TRACE_UNREAD_MATCH, /* unread content counts as match */
	RULE_TRACE_FAULT,
	RULE_TRACE_WAITING, /* needs what has not come */
};

/* "no match", "match", "unread content counts as match", "fault", "waiting". */
const char *rule_trace_outcome_name(enum rule_trace_outcome outcome);

/* What a rule said of the message, or of one recipient. */
struct rule_trace_answer {
	const struct rule *rule;
	long recipient; /* index, or RULE_NO_RECIPIENT */
	enum rule_stage stage; /* at which it was asked last */
	enum rule_trace_outcome outcome;
	bool unread; /* what was not read could change it */
	struct span evidence;
	struct span fault; /* RULE_TRACE_FAULT: why */
	/* In the order of the text; an item's children follow it. */
	struct rule_trace_item *items;
	size_t item_count;
	bool cut; /* there were more than RULE_TRACE_ITEMS */
};

struct rule_trace {
	struct pool *pool; /* of the message */
	const struct rule_set *set;
	struct rule_trace_answer *answers;
	size_t answer_count;
	/* For each rule the answer it gave last, from 1; 0: none. */
	size_t *latest;
	/* The rule after which no other was asked, or NULL. */
	const struct rule *ended_by;
	enum rule_stage ended_at;
	/* While a rule is evaluated: */
	struct rule_trace_answer *open;
	struct rule_trace_answer *answered; /* the one evaluated last */
	unsigned depth;
	unsigned needless;
	enum rule_noun noun; /* by which the next item was picked */
	bool picked;
};

/* A trace of a message with POOL under SET, to be put into its facts. */
struct rule_trace *rule_trace_new(
    const struct rule_set *set, struct pool *pool);

/* True if EVAL is of a rule that is being traced. */
static inline bool
rule_traces(const struct rule_eval *eval)
{
	return eval->facts->trace != NULL && eval->facts->trace->open != NULL;
}

/* For the evaluator.  RULE begins to be evaluated over FACTS; it has VALUE. */
void rule_trace_begin(
    struct rule_facts *facts, const struct rule *rule, long recipient);
void rule_trace_end(struct rule_facts *facts, enum rule_value value,
    struct span evidence, const struct err *fault);

/* What RULE, evaluated last, answered in the end.  No-ops without a trace, as
 * are those above. */
void rule_trace_answered(struct rule_facts *facts, enum rule_value value,
    bool unread, bool as_match);

/* No rule behind RULE is asked any more. */
void rule_trace_ended(struct rule_facts *facts, const struct rule *rule);

/* Where rule_traces: CONDITION begins to be evaluated: its item, from 1, or 0
 * where no more are kept.  It has VALUE. */
size_t rule_trace_enter(
    struct rule_eval *eval, const struct rule_condition *condition);
void rule_trace_leave(
    struct rule_eval *eval, size_t item, enum rule_value value);

/* The next item is of what a quantifier over NOUN has picked. */
void rule_trace_pick(struct rule_eval *eval, enum rule_noun noun);

/* Looks at CONDITION, which the answer does not depend on any more. */
void rule_trace_needless(
    const struct rule_eval *eval, const struct rule_condition *condition);

/* The value of CONDITION, a test of item ITEM, which keeps what it looked at
 * and where it found something. */
enum rule_value rule_trace_test(struct rule_eval *eval,
    const struct rule_condition *condition, size_t item);

/* Why RULE has no answer, as a sentence in POOL; for a rule of the trace's
 * set. */
struct span rule_trace_not_reached(const struct rule_trace *trace,
    const struct rule *rule, struct pool *pool);

#endif
