/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The value of a condition over the facts of a message, in a logic of three
 * values of which the third has two reasons: a fact has not been seen yet, or
 * it could not be had for a fault.  An answer never changes when more is seen.
 */
#ifndef LUMBAR_FORMATS_RULE_EVAL_H
#define LUMBAR_FORMATS_RULE_EVAL_H

#include "formats/rule_ast.h"
#include "formats/rule_facts.h"

enum rule_value {
	RULE_FALSE,
	RULE_TRUE,
	RULE_FAILED,  /* unknown for a fault */
	/* Unknown until more is seen or, if facts->people has a question more
	 * than before, until the directory has answered; it may be RULE_FAILED
	 * then.  No question is left where no answer could help. */
	RULE_NOT_YET,
};

enum { RULE_NO_RECIPIENT = -1 };

struct rule_eval {
	struct rule_facts *facts;
	/* What a quantifier, or the stage, has picked. */
	long recipient; /* index, or RULE_NO_RECIPIENT */
	const struct part *attachment;
	const struct header *header;
	/* A test of content that found nothing is RULE_NOT_YET if there is
	 * content that was not read. */
	bool doubt;
	/* The rule is in audit mode: when the directory has failed this
	 * message, what was not asked before is RULE_FAILED. */
	bool on_trial;
	/* Why the condition is true, one "fact" or "fact in place" after the
	 * other, without any content; bounded, may be NULL. */
	struct buf *evidence;
	struct err fault; /* of RULE_FAILED */
};

/* The value of CONDITION.  EVAL->evidence grows if it is true, EVAL->fault says
 * why if it is RULE_FAILED. */
enum rule_value rule_evaluate(
    struct rule_eval *eval, const struct rule_condition *condition);

/* Of a whole rule: "when" holds and no "except" does. */
enum rule_value rule_evaluate_rule(
    struct rule_eval *eval, const struct rule *rule);

/* True if the recipient of INDEX is on SIDE. */
bool rule_recipient_on(
    const struct rule_facts *facts, size_t index, enum rule_side side);

/* Of one test; for rule_evaluate. */
enum rule_value rule_evaluate_test(
    struct rule_eval *eval, const struct rule_test *test);

struct rule_values;

/* The value of TEST, without its negation, over VALUES of its fact. */
enum rule_value rule_evaluate_values(struct rule_eval *eval,
    const struct rule_test *test, struct rule_values *values);

/* True if TEST asks the directory. */
bool rule_test_asks(const struct rule_test *test);

/* The value of such a test, without its negation. */
enum rule_value rule_evaluate_directory(
    struct rule_eval *eval, const struct rule_test *test);

/* True for false and the reverse; what is unknown stays so. */
enum rule_value rule_not(enum rule_value value);

#endif
