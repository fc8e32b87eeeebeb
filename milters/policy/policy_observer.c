/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/policy/policy_observer.h"

void
policy_observe_begin(const struct decision *decision,
    const struct rule_set *rules, struct rule_facts *facts)
{
	struct policy_observer *observer = decision->observer;

	if (observer == NULL)
		return;
	*observer = (struct policy_observer){
		.wants_trace = observer->wants_trace,
	};
	if (observer->wants_trace)
		observer->trace =
		    rule_trace_new(rules, decision->message->pool);
	facts->trace = observer->trace;
}

void
policy_observe(const struct decision *decision, long recipient,
    const struct rule_event *event)
{
	struct policy_observer *observer = decision->observer;

	if (observer == NULL)
		return;
	observer->findings = pool_grow(decision->message->pool,
	    observer->findings, observer->finding_count,
	    sizeof(*observer->findings));
	observer->findings[observer->finding_count++] =
	    (struct policy_finding){
		.kind = event->kind,
		.rule = rule_index(event->rule),
		.recipient = recipient,
	    };
}
