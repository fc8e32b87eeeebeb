/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How each rule came to its answer, for `lumbar explain` and the tests: every
 * condition with its value, what it looked at, and why a rule was not reached.
 * The evaluator tells it while it works, so what is explained is what was
 * done.  In the daemon there is none.
 *
 * A condition that the rule did not need, for its answer was clear by then, is
 * looked at all the same and marked; that changes neither answer nor evidence,
 * and takes nothing from the time of the rules (rule_deadline.h).
 */
#ifndef LUMBAR_RULES_RULE_TRACE_H
#define LUMBAR_RULES_RULE_TRACE_H

#include "base/pool.h"
#include "base/span.h"
#include "rules/rule.h"

enum {
	RULE_TRACE_ITEMS = 2000, /* conditions that one answer keeps */
	RULE_TRACE_SEEN = 8,     /* values of one fact */
	RULE_TRACE_TEXT = 200,   /* bytes of a value; "..." for the rest */
	RULE_TRACE_HEADER = -1,  /* instead of the number of a part */
	RULE_TRACE_MESSAGE = -1, /* instead of the index of a recipient */
};

/* Where a test found something. */
struct rule_trace_hit {
	struct span part; /* its file name, else its type */
	int number;       /* of the part, 0: the message; RULE_TRACE_HEADER */
	const char *view; /* in which form it was searched: "text" */
	size_t offset;    /* bytes into the text of that form */
	size_t length;
};

/* One condition, evaluated once.  All text lives in the message's pool. */
struct rule_trace_item {
	unsigned depth; /* 0: "when" or an "except" itself */
	bool except;    /* of an "except" */
	/* As the file has it; empty where it follows from the one around it,
	 * as the recipients do that "direction is outbound" asks about. */
	struct span text;
	const char *value; /* "true", "false", "failed" or "not yet" */
	bool needless; /* the answer did not depend on it any more */
	/* The recipient, attachment or header that a quantifier picked. */
	struct span picked;
	const char *fact;  /* of a test: its phrase; else NULL */
	struct span *seen; /* values of the fact, but for content */
	size_t seen_count;
	bool more_seen;
	struct rule_trace_hit *hits;
	size_t hit_count;
	bool more_hits;
};

enum rule_trace_outcome {
	RULE_TRACE_NO_MATCH,
	RULE_TRACE_NOT_IN_FORCE, /* by its dates or hours */
	RULE_TRACE_MATCH,
	RULE_TRACE_UNREAD_MATCH, /* unread content counts as match */
	RULE_TRACE_FAULT,
	RULE_TRACE_WAITING, /* needs what has not come */
};

/* "no match", "not in force", "match", "unread content counts as match",
 * "fault" or "waiting". */
const char *rule_trace_outcome_name(enum rule_trace_outcome outcome);

/* What a rule said of the message, or of one recipient. */
struct rule_trace_answer {
	size_t rule;    /* index in the set */
	long recipient; /* index, or RULE_TRACE_MESSAGE */
	enum rule_stage stage; /* at which it was asked last */
	enum rule_trace_outcome outcome;
	bool unread; /* what was not read could change it */
	struct span evidence;
	struct span fault; /* RULE_TRACE_FAULT: why */
	/* In the order of the text; an item's children follow it. */
	struct rule_trace_item *items;
	size_t item_count;
	bool cut; /* there were more than RULE_TRACE_ITEMS */
	size_t next; /* see rule_trace_next */
};

struct rule_trace;

/* A trace of a message with POOL under SET, to be put into its facts. */
struct rule_trace *rule_trace_new(
    const struct rule_set *set, struct pool *pool);

/* The first answer of the rule of INDEX, or NULL; the one behind ANSWER, of the
 * next recipient, or NULL. */
const struct rule_trace_answer *rule_trace_first(
    const struct rule_trace *trace, size_t index);
const struct rule_trace_answer *rule_trace_next(
    const struct rule_trace *trace, const struct rule_trace_answer *answer);

/* Why the rule of INDEX has no answer, in POOL: "rule X had ended the message
 * at DATA". */
struct span rule_trace_not_reached(
    const struct rule_trace *trace, size_t index, struct pool *pool);

#endif
