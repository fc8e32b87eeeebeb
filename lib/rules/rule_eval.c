/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_eval.h"

#include "rules/rule_deadline.h"
#include "rules/rule_people.h"
#include "rules/rule_time.h"
#include "rules/rule_tracing.h"
#include "rules/rule_values.h"

bool
rule_recipient_on(
    const struct rule_facts *facts, size_t index, enum rule_side side)
{
	const struct address *address =
	    &facts->message->recipients[index].address;

	switch (side) {
	case SIDE_BOTH:
		return true;
	case SIDE_EXTERNAL:
	case SIDE_INTERNAL:
		break;
	}
	return rule_is_internal(facts, address->local, address->domain) ==
	    (side == SIDE_INTERNAL);
}

/* How far the evidence goes. */
struct mark {
	size_t evidence;
	size_t places;
	bool more_places;
};

static struct mark
mark_evidence(const struct rule_eval *eval)
{
	struct mark mark = { 0 };

	if (eval->evidence != NULL)
		mark.evidence = eval->evidence->len;
	if (eval->places != NULL) {
		mark.places = eval->places->count;
		mark.more_places = eval->places->more;
	}
	return mark;
}

/* Evidence up to MARK stands when what was added to it turned out not to
 * make anything true. */
static void
forget_evidence(const struct rule_eval *eval, const struct mark *mark)
{
	if (eval->evidence != NULL)
		eval->evidence->len = mark->evidence;
	if (eval->places != NULL) {
		eval->places->count = mark->places;
		eval->places->more = mark->more_places;
	}
}

/* Questions to the directory so far. */
static size_t
question_count(const struct rule_eval *eval)
{
	return eval->facts->people != NULL
	    ? eval->facts->people->question_count
	    : 0;
}

static void
forget_questions(const struct rule_eval *eval, size_t mark)
{
	if (eval->facts->people != NULL)
		eval->facts->people->question_count = mark;
}

/* Which questions of several conditions are worth asking now. */
struct asking {
	size_t mark; /* questions before all of them */
	bool asks;   /* one of them has questions */
	bool waits;  /* one is unknown without a question */
};

static struct asking
asking_start(const struct rule_eval *eval)
{
	return (struct asking){ .mark = question_count(eval) };
}

/* One of the conditions has VALUE; there were BEFORE questions before it. */
static void
asking_note(struct asking *asking, const struct rule_eval *eval,
    size_t before, enum rule_value value)
{
	if (value != RULE_NOT_YET)
		return;
	if (question_count(eval) == before)
		asking->waits = true;
	/* The answer to the first may make the others needless. */
	else if (asking->asks)
		forget_questions(eval, before);
	else
		asking->asks = true;
}

/* Nothing is asked as long as what comes later may decide: most messages end
 * up undecided by one rare word, and none of those costs a lookup.  Content
 * that was not read never comes. */
static void
asking_end(const struct asking *asking, const struct rule_eval *eval,
    enum rule_value value)
{
	if (value != RULE_NOT_YET || (asking->waits && !eval->doubt))
		forget_questions(eval, asking->mark);
}

/* The children of an "and" (DECIDES false) or an "or" (DECIDES true): one that
 * has the deciding value outweighs all that is unknown. */
static enum rule_value
evaluate_all(struct rule_eval *eval, const struct rule_condition *condition,
    enum rule_value decides)
{
	enum rule_value result = rule_not(decides);
	struct asking asking = asking_start(eval);

	for (size_t i = 0; i < condition->child_count; i++) {
		size_t before = question_count(eval);
		enum rule_value value =
		    rule_evaluate(eval, condition->children[i]);

		if (value == decides) {
			asking_end(&asking, eval, value);
			while (++i < condition->child_count)
				rule_trace_needless(
				    eval, condition->children[i]);
			return value;
		}
		asking_note(&asking, eval, before, value);
		/* NOT_YET outweighs FAILED: what comes may still decide. */
		if (value >= RULE_FAILED && value > result)
			result = value;
	}
	asking_end(&asking, eval, result);
	return result;
}

/* How many of those that a quantifier speaks of have which value. */
struct tally {
	size_t yes, no, failed, not_yet;
	bool waits; /* one is unknown without a question to the directory */
	bool hidden; /* there may be any number more, of any value */
};

static void
count_value(struct tally *tally, enum rule_value value)
{
	switch (value) {
	case RULE_TRUE:
		tally->yes++;
		break;
	case RULE_FALSE:
		tally->no++;
		break;
	case RULE_FAILED:
		tally->failed++;
		break;
	case RULE_NOT_YET:
		tally->not_yet++;
		break;
	}
}

static enum rule_value
at_least(const struct tally *tally, size_t wanted)
{
	if (tally->yes >= wanted)
		return RULE_TRUE;
	if (tally->hidden)
		return RULE_NOT_YET;
	if (tally->yes + tally->failed + tally->not_yet < wanted)
		return RULE_FALSE;
	return tally->not_yet > 0 ? RULE_NOT_YET : RULE_FAILED;
}

/* All of those that are there, and one at least. */
static enum rule_value
every(const struct tally *tally)
{
	if (tally->no > 0)
		return RULE_FALSE;
	if (tally->hidden || tally->not_yet > 0)
		return RULE_NOT_YET;
	if (tally->failed > 0)
		return RULE_FAILED;
	return tally->yes > 0 ? RULE_TRUE : RULE_FALSE;
}

/* The value of INNER for what has just been picked. */
static void
count_picked(struct rule_eval *eval, const struct rule_quantifier *quantifier,
    struct tally *tally)
{
	struct mark mark = mark_evidence(eval);
	size_t questions = question_count(eval);
	enum rule_value value = RULE_TRUE;
	bool told = eval->fault.kind != ERR_NONE;

	if (rule_deadline_check(eval->facts->deadline,
		told ? NULL : &eval->fault) < 0) {
		tally->failed++;
		return;
	}
	if (rule_traces(eval))
		rule_trace_pick(eval, quantifier->noun);
	if (quantifier->inner != NULL)
		value = rule_evaluate(eval, quantifier->inner);
	if (value != RULE_TRUE || tally->yes > 0)
		forget_evidence(eval, &mark); /* one example is enough */
	if (value == RULE_NOT_YET && question_count(eval) == questions)
		tally->waits = true;
	count_value(tally, value);
}

static void
count_recipients(struct rule_eval *eval,
    const struct rule_quantifier *quantifier, struct tally *tally)
{
	const struct message *message = eval->facts->message;
	long picked = eval->recipient;

	for (size_t i = 0; i < message->recipient_count; i++) {
		if (message->recipients[i].refused ||
		    !rule_recipient_on(eval->facts, i, quantifier->side))
			continue;
		eval->recipient = (long)i;
		count_picked(eval, quantifier, tally);
	}
	eval->recipient = picked;
}

static void
count_attachments(struct rule_eval *eval,
    const struct rule_quantifier *quantifier, struct tally *tally)
{
	const struct content_facts *content = eval->facts->content;
	const struct part *picked = eval->attachment;

	for (size_t i = 0; i < content->part_count; i++) {
		if (!content->parts[i].is_attachment)
			continue;
		eval->attachment = &content->parts[i];
		count_picked(eval, quantifier, tally);
	}
	eval->attachment = picked;
	/* Whatever was not read, an encrypted message above all, can have
	 * attachments in it. */
	tally->hidden = eval->doubt && content->unread > 0;
}

static void
count_headers(struct rule_eval *eval,
    const struct rule_quantifier *quantifier, struct tally *tally)
{
	const struct header_list *headers = &eval->facts->message->headers;
	const struct header *picked = eval->header;

	for (size_t i = 0; i < headers->count; i++) {
		if (quantifier->header.len > 0 &&
		    !span_equal_case(
			headers->items[i].name, quantifier->header))
			continue;
		eval->header = &headers->items[i];
		count_picked(eval, quantifier, tally);
	}
	eval->header = picked;
}

static enum rule_value
tally_value(
    const struct tally *tally, const struct rule_quantifier *quantifier)
{
	switch (quantifier->quantity) {
	case QUANTITY_ANY:
	case QUANTITY_AT_LEAST:
		return at_least(tally, quantifier->at_least);
	case QUANTITY_EVERY:
		return every(tally);
	case QUANTITY_NO:
		return rule_not(at_least(tally, 1));
	}
	return RULE_FAILED;
}

static enum rule_value
evaluate_quantifier(
    struct rule_eval *eval, const struct rule_quantifier *quantifier)
{
	struct tally tally = { 0 };
	struct mark mark = mark_evidence(eval);
	size_t questions = question_count(eval);

	switch (quantifier->noun) {
	case NOUN_RECIPIENT:
		if (eval->facts->stage < RULE_STAGE_DATA)
			return RULE_NOT_YET;
		count_recipients(eval, quantifier, &tally);
		break;
	case NOUN_ATTACHMENT:
		if (eval->facts->stage < RULE_STAGE_END)
			return RULE_NOT_YET;
		count_attachments(eval, quantifier, &tally);
		break;
	case NOUN_HEADER:
		if (eval->facts->stage < RULE_STAGE_HEADERS)
			return RULE_NOT_YET;
		count_headers(eval, quantifier, &tally);
		break;
	}
	if (tally.waits && !eval->doubt)
		forget_questions(eval, questions);
	if (quantifier->quantity == QUANTITY_NO)
		forget_evidence(eval, &mark);
	return tally_value(&tally, quantifier);
}

static enum rule_value
evaluate(struct rule_eval *eval, const struct rule_condition *condition)
{
	struct mark mark = mark_evidence(eval);
	size_t questions = question_count(eval);
	enum err_kind fault = eval->fault.kind;
	enum rule_value value = RULE_FAILED;

	switch (condition->kind) {
	case CONDITION_BROKEN:
		break; /* a set with mistakes is never evaluated */
	case CONDITION_AND:
		value = evaluate_all(eval, condition, RULE_FALSE);
		break;
	case CONDITION_OR:
		value = evaluate_all(eval, condition, RULE_TRUE);
		break;
	case CONDITION_NOT:
		value = rule_not(rule_evaluate(eval, condition->children[0]));
		forget_evidence(eval, &mark);
		break;
	case CONDITION_TEST:
		value = rule_evaluate_test(eval, &condition->test);
		break;
	case CONDITION_QUANTIFIER:
		value = evaluate_quantifier(eval, &condition->quantifier);
		break;
	case CONDITION_DEFINED:
		value =
		    rule_evaluate(eval, condition->defined.define->condition);
		break;
	}
	if (value != RULE_TRUE)
		forget_evidence(eval, &mark);
	if (value != RULE_NOT_YET)
		forget_questions(eval, questions);
	/* A fault that something else outweighs has no part in the value.  The
	 * text is that of a fault before it, if there was one. */
	if (value == RULE_TRUE || value == RULE_FALSE)
		eval->fault.kind = fault;
	return value;
}

enum rule_value
rule_evaluate(struct rule_eval *eval, const struct rule_condition *condition)
{
	struct rule_hit_places *outer = eval->places;
	struct rule_hit_places places = { .count = 0 };
	enum rule_value value;
	size_t item;

	if (!rule_traces(eval))
		return evaluate(eval, condition);
	item = rule_trace_enter(eval, condition);
	if (condition->kind == CONDITION_TEST)
		eval->places = &places;
	value = evaluate(eval, condition);
	eval->places = outer;
	if (condition->kind == CONDITION_TEST)
		rule_trace_test(eval, &condition->test, item, &places);
	rule_trace_leave(eval, item, value);
	return value;
}

enum rule_value
rule_evaluate_rule(struct rule_eval *eval, const struct rule *rule)
{
	struct asking asking = asking_start(eval);
	enum rule_value result;

	if (!rule_in_force(eval->facts, rule))
		return RULE_FALSE;
	result = rule_evaluate(eval, rule->when);
	asking_note(&asking, eval, asking.mark, result);
	rule_trace_except(eval);
	for (size_t i = 0; i < rule->except_count; i++) {
		struct mark mark = mark_evidence(eval);
		size_t before = question_count(eval);
		enum rule_value value;

		if (result == RULE_FALSE) {
			rule_trace_needless(eval, rule->except[i]);
			continue;
		}
		value = rule_not(rule_evaluate(eval, rule->except[i]));
		forget_evidence(eval, &mark);
		asking_note(&asking, eval, before, value);
		if (value == RULE_FALSE ||
		    (value >= RULE_FAILED && value > result))
			result = value;
	}
	asking_end(&asking, eval, result);
	return result;
}
