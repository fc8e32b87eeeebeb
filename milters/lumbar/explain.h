/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What lumbar explain tells: one message under one configuration, how each
 * rule came to its answer and what became of it, printed for people or as
 * JSON.
 */
#ifndef LUMBAR_MILTERS_EXPLAIN_H
#define LUMBAR_MILTERS_EXPLAIN_H

#include "milters/lumbar/lumbar_mail.h"
#include "milters/policy/policy_observer.h"
#include "rules/rule.h"

struct explanation {
	const char *file; /* of the message */
	const struct lumbar_envelope *told; /* what the administrator said */
	const struct lumbar_mail *mail;
	const struct trial_result *result;
	const struct policy_observer *observer;
	const struct rule_about *rules;
	size_t rule_count;
	const char *rules_hash;
	bool observe;          /* the configuration says so */
	enum role role;        /* of the listener */
	bool listener_known;   /* a listener block names it */
	struct span log;       /* what the daemon would log, in lines */
	struct pool *pool;     /* for working space */
};

/* Prints it; ONE_LINE: as one line of JSON.  0, or -1 where OUT took not all of
 * it. */
int explain_text(const struct explanation *explanation, FILE *out);
int explain_json(
    const struct explanation *explanation, bool one_line, FILE *out);

/* The ids of the rules that matched, counted as match or failed, each once, in
 * the order of the file.  AUDIT: those in audit mode, else those in force.
 * Array of *COUNT in the pool. */
const struct span *explain_matched(const struct explanation *explanation,
    bool audit, size_t *count);

/* What the decision line shows as action=, "refuse" where every recipient was
 * refused at RCPT and there was no message to decide on. */
struct span explain_action(const struct trial_result *result);

/* The edits of a message that passes, in the order in which they are made; none
 * of one that does not.  Array of *COUNT in POOL. */
const struct edit *explain_edits(
    const struct trial_result *result, struct pool *pool, size_t *count);

/* What became of a response: "accepted", "rejected", ... */
const char *explain_response(const struct response *response);

/* When the message was answered: "MAIL", "RCPT", ... */
const char *explain_stage(enum stage stage);

#endif
