/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The value of a condition over the facts of a message, in a logic of three
 * values of which the third has two reasons: a fact has not been seen yet, or
 * it could not be had for a fault.  An answer never changes when more is seen.
 */
#ifndef LUMBAR_RULES_RULE_EVAL_H
#define LUMBAR_RULES_RULE_EVAL_H

#include "rules/rule_ast.h"
#include "rules/rule_facts.h"

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

/* In which form a text was searched. */
enum rule_view {
	RULE_VIEW_HEADER,   /* the value of a header, as the fact gives it */
	RULE_VIEW_NAME,     /* a file name */
	RULE_VIEW_TEXT,     /* part->text */
	RULE_VIEW_RAW_TEXT, /* part->raw_text */
};

enum {
	RULE_NO_PART = -1,
	RULE_PLACES_MAX = 16, /* kept of one evaluation */
};

/* Where a test found what it looks for. */
struct rule_hit_place {
	int part; /* index in content_facts.parts; the subject and other
	             headers of the message have RULE_NO_PART */
	enum rule_view view;
	size_t offset; /* byte in the text of that view */
	size_t length; /* bytes */
};

struct rule_hit_places {
	struct rule_hit_place items[RULE_PLACES_MAX];
	size_t count; /* of ITEMS */
	bool more;    /* there were others */
};

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
	 * other; of content no more than the last four letters or digits of
	 * what a detector found.  Bounded, may be NULL. */
	struct buf *evidence;
	/* Likewise where, for those tests that search text of the message; may
	 * be NULL.  The caller empties it first. */
	struct rule_hit_places *places;
	/* Of RULE_FAILED, or one that RULE_NOT_YET hangs on as well, the first
	 * if there are more: its kind is ERR_NONE at the beginning. */
	struct err fault;
};

/* The value of CONDITION.  EVAL->evidence grows if it is true, EVAL->fault says
 * why if it is RULE_FAILED, and is as before if it is known. */
enum rule_value rule_evaluate(
    struct rule_eval *eval, const struct rule_condition *condition);

/* Of a whole rule: "when" holds and no "except" does. */
enum rule_value rule_evaluate_rule(
    struct rule_eval *eval, const struct rule *rule);

/* True if the recipient of INDEX is on SIDE. */
bool rule_recipient_on(
    const struct rule_facts *facts, size_t index, enum rule_side side);

/* Of one test, for rule_evaluate; EVAL->fault stays where there is one. */
enum rule_value rule_evaluate_test(
    struct rule_eval *eval, const struct rule_test *test);

struct rule_values;

/* The value of TEST, without its negation, over VALUES of its fact. */
enum rule_value rule_evaluate_values(struct rule_eval *eval,
    const struct rule_test *test, const struct rule_values *values);

/* The same of a test that looks for something in VALUES or, where its fact is
 * content, in the texts of the message. */
enum rule_value rule_evaluate_search(struct rule_eval *eval,
    const struct rule_test *test, const struct rule_values *values);

/* True if TEST asks the directory. */
bool rule_test_asks(const struct rule_test *test);

/* The value of such a test, without its negation. */
enum rule_value rule_evaluate_directory(
    struct rule_eval *eval, const struct rule_test *test);

/* The types of the message, a bit for each of enum message_type. */
unsigned rule_message_types(const struct rule_eval *eval);

/* The bytes that FACT, of TYPE_SIZE, has. */
uint64_t rule_size_of(const struct rule_eval *eval, enum rule_fact_id fact);

/* Sets *VALUES, which must not move, to what the directory has said of the fact
 * of such a test; nothing is asked for it. */
void rule_directory_values(struct rule_eval *eval,
    const struct rule_test *test, struct rule_values *values);

/* Which way the message goes to the recipient that was picked. */
enum rule_direction rule_direction_of(const struct rule_eval *eval);

/* True for false and the reverse; what is unknown stays so. */
enum rule_value rule_not(enum rule_value value);

#endif
