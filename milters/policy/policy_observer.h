/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What lumbar-policy tells a trial beside the verdict: decision.observer is a
 * struct policy_observer.
 */
#ifndef LUMBAR_MILTERS_POLICY_OBSERVER_H
#define LUMBAR_MILTERS_POLICY_OBSERVER_H

#include "rules/rule_run.h"
#include "rules/rule_trace.h"
#include "skeleton/decision.h"

/* What a rule found, of the message or of one recipient. */
struct policy_finding {
	enum rule_event_kind kind;
	size_t rule;    /* index in the set */
	long recipient; /* index, or RULE_TRACE_MESSAGE */
};

struct policy_observer {
	bool wants_trace;
	/* Of the message that began last, and as long as it lives: */
	struct rule_trace *trace; /* NULL unless wanted */
	struct policy_finding *findings; /* in the order of the rules */
	size_t finding_count;
};

/* The message of DECISION begins, with FACTS. */
void policy_observe_begin(const struct decision *decision,
    const struct rule_set *rules, struct rule_facts *facts);

/* A rule has found EVENT.  No-ops without an observer. */
void policy_observe(const struct decision *decision, long recipient,
    const struct rule_event *event);

#endif
