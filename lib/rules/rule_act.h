/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From what rules found to what happens: the events of a run as a verdict.
 */
#ifndef LUMBAR_RULES_RULE_ACT_H
#define LUMBAR_RULES_RULE_ACT_H

#include "formats/verdict.h"
#include "rules/rule_run.h"

/* What becomes of a recipient. */
enum rule_removal {
	RULE_KEPT,
	RULE_REMOVED,
	RULE_REMOVED_OR_DISCARDED, /* by a rule that has the message discarded
	                              if none is left */
};

struct rule_act {
	struct verdict *verdict; /* of the message or the recipient */
	/* Gathered for the decision line: */
	struct span rules;    /* ids with commas between */
	struct span evidence;
	struct span severity; /* the highest */
	enum rule_removal *removals; /* of each recipient; NULL: all are kept */
	size_t removed_count; /* RULE_REMOVED */
	bool fault_hold; /* held for a fault: it is not discarded */
	struct span *tags; /* of the subject, in the order of the rules */
	size_t tag_count;
	enum rule_unread unread; /* what is due at the end of the message */
	const struct rule *unread_rule;
	/* A rule whose "on failure" leaves it to the listener; then the
	 * message ends, with FAULT. */
	const struct rule *failed_rule;
	struct err fault;   /* the first or, of FAILED_RULE, the last */
	size_t fault_count;
};

/* Nothing done yet to VERDICT. */
void rule_act_init(struct rule_act *act, struct verdict *verdict);

/*
 * Does what EVENT says.  An event of a rule in audit mode adds a line beside
 * the decision line (verdict_aside) and nothing else.  SET and FACTS are those
 * of the run.
 */
void rule_act_event(struct rule_act *act, const struct rule_set *set,
    struct rule_facts *facts, const struct rule_event *event);

/* Holds the message of ACT if RECIPIENT, of a recipient that is let in, does so
 * for a fault.  One such recipient tells as much as a thousand. */
void rule_act_take_hold(
    struct rule_act *act, const struct rule_act *recipient);

/* At the end of the message: what becomes of unread content. */
void rule_act_unread(struct rule_act *act);

/* Adds rule=, mode=, fault=, faults=, evidence=, severity=, unread= and rules=
 * to the decision line.  The fault= of a failed_rule is left to the failure
 * policy. */
void rule_act_notes(const struct rule_act *act, const struct rule_set *set,
    const struct rule_facts *facts);

/* True if EVENT is of a rule in audit mode. */
bool rule_event_is_audit(const struct rule_event *event);

#endif
