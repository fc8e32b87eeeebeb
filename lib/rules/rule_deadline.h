/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long rules may take over one message.
 *
 * A regular expression bounds one search (regex.h), not what a thousand rules
 * look for in megabytes of text, or in each of ten thousand attachments.
 * Evaluation asks here before each search, and before each test of one
 * recipient, attachment or header.  When time is up, what is not known of the
 * headers and the content stays unknown, a fault with the outcome that the rule
 * declares; so do a regular expression on the envelope and what is asked about
 * each recipient, of whom there may be fifty thousand.  Rules in audit mode
 * have the same time again, for themselves: none in force may fail because of
 * them.
 */
#ifndef LUMBAR_RULES_RULE_DEADLINE_H
#define LUMBAR_RULES_RULE_DEADLINE_H

#include "base/err.h"
#include "rules/rule_facts.h"

struct rule_deadline {
	/* Microseconds since some start; never goes back. */
	int64_t (*now_us)(void *context);
	void *context;
	int64_t limit_us; /* for all rules in force, over all stages */
	/* For rule_deadline_*; zero at first. */
	int64_t spent_us[2]; /* by rules in force, by those in audit mode */
	int64_t since_us;    /* when the one that runs began */
	bool runs;
	bool on_trial;
};

/* From now on the searches over FACTS keep to DEADLINE, which must live as long
 * as FACTS. */
void rule_deadline_set(
    struct rule_facts *facts, struct rule_deadline *deadline);

/* What follows is done for rules in force or, if ON_TRIAL, in audit mode.  A
 * no-op where DEADLINE is NULL, as the next. */
void rule_deadline_run(struct rule_deadline *deadline, bool on_trial);

/* What follows does not count, and is not stopped.  True if the time ran until
 * now. */
bool rule_deadline_pause(struct rule_deadline *deadline);

/* 0, or -1 with *ERR once those for whom it runs have had their time. */
int rule_deadline_check(struct rule_deadline *deadline, struct err *err);

#endif
