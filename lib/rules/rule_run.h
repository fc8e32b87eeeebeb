/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules over one message, from the first recipient to the end.
 *
 * Rules are taken in the order of the file.  A rule whose facts are not all
 * there makes those behind it wait, so that the outcome is the same at
 * whatever stage a fact arrives; a rule in audit mode makes nobody wait.  What
 * is found is a list of events; rule_act.h turns them into a verdict.
 *
 * A rule that needs the directory has its questions carried there between two
 * calls (rule_people.h).  Rules in audit mode ask once no rule in force waits,
 * and nothing more when the directory has failed the message.
 */
#ifndef LUMBAR_RULES_RULE_RUN_H
#define LUMBAR_RULES_RULE_RUN_H

#include "rules/rule_facts.h"

struct rule;

enum rule_event_kind {
	RULE_EVENT_MATCH,  /* the rule's actions are due */
	RULE_EVENT_UNREAD, /* content that was not read could change its
	                      answer, and the file says what becomes of it */
	RULE_EVENT_FAULT,  /* it could not be decided */
};

struct rule_event {
	enum rule_event_kind kind;
	const struct rule *rule;
	struct span evidence; /* MATCH: as of struct rule_eval */
	struct err fault;     /* FAULT */
	/* MATCH: for each action that has a condition on recipients, for each
	 * of them, whether the action means it; NULL for other actions, and
	 * where no action has one. */
	bool **means;
};

struct rule_events {
	struct rule_event *items;
	size_t count;
};

enum rule_progress {
	/* Carry facts->people->questions to the directory, store the answers,
	 * call rule_people_received and then the same function again. */
	RULE_ASKS,
	RULE_WAITS,  /* a rule in force needs what comes later */
	RULE_LISTENS, /* only rules in audit mode do */
	RULE_DONE,   /* no rule can add anything */
};

struct rule_run;

/* A run of SET over a message with POOL. */
struct rule_run *rule_run_new(const struct rule_set *set, struct pool *pool);

/*
 * At RCPT: adds to *EVENTS what the rules "for each recipient" say of the
 * recipient of index RECIPIENT.  Ends with the first that refuses or stops.
 * RULE_DONE, or RULE_ASKS: then *EVENTS are added to by the next call.
 */
enum rule_progress rule_run_recipient(struct rule_run *run,
    struct rule_facts *facts, size_t recipient, struct rule_events *events);

/*
 * From DATA on, at each stage: adds to *EVENTS what the other rules say.  The
 * last event is the one that ended the message, if one did.  Once RULE_DONE,
 * always RULE_DONE.
 */
enum rule_progress rule_run_message(struct rule_run *run,
    struct rule_facts *facts, struct rule_events *events);

#endif
