/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_run.h"

#include "rules/rule_deadline.h"
#include "rules/rule_eval.h"
#include "rules/rule_index.h"
#include "rules/rule_people.h"
#include "rules/rule_tracing.h"

enum { EVIDENCE_MAX = 400 }; /* bytes, below what a log line takes */

/* One way through the rules of one kind. */
struct pass {
	struct rule_candidates candidates;
	bool selected;  /* CANDIDATES are those of RECIPIENT */
	long recipient; /* that is asked about, or RULE_NO_RECIPIENT */
	size_t next;    /* the first rule that has not been reached */
	size_t *audits; /* reached before, in audit mode, and not decided */
	size_t audit_count;
	bool ended;
};

struct rule_run {
	const struct rule_set *set;
	struct pool *pool;
	struct pass message;
	struct pass recipient;
};

struct rule_run *
rule_run_new(const struct rule_set *set, struct pool *pool)
{
	struct rule_run *run = pool_alloc(pool, sizeof(*run));

	run->set = set;
	run->pool = pool;
	run->message.recipient = RULE_NO_RECIPIENT;
	run->recipient.recipient = RULE_NO_RECIPIENT;
	return run;
}

static struct rule_event *
add_event(struct rule_run *run, struct rule_events *events,
    enum rule_event_kind kind, const struct rule *rule)
{
	struct rule_event *event;

	events->items = pool_grow(
	    run->pool, events->items, events->count, sizeof(*events->items));
	event = &events->items[events->count++];
	*event = (struct rule_event){ .kind = kind, .rule = rule };
	return event;
}

/* True if an event of RULE ends the evaluation. */
static bool
ends(const struct rule_event *event)
{
	const struct rule *rule = event->rule;

	switch (event->kind) {
	case RULE_EVENT_UNREAD:
		return false; /* an outcome for the end of the message */
	case RULE_EVENT_FAULT:
		return rule->on_failure != RULE_FAILURE_HOLD;
	case RULE_EVENT_MATCH:
		break;
	}
	for (size_t i = 0; i < rule->action_count; i++)
		if (rule_action_ends(rule->actions[i].kind))
			return true;
	return false;
}

/* The value of CONDITION for the recipient of INDEX; EVAL->fault is set only if
 * a fault is why it is unknown, be it among other reasons. */
static enum rule_value
evaluate_recipient(struct rule_eval *eval,
    const struct rule_condition *condition, size_t index)
{
	struct rule_eval picked = *eval;
	enum rule_value value;

	picked.recipient = (long)index;
	picked.fault.kind = ERR_NONE;
	value = rule_deadline_check(
		    eval->facts->deadline, &picked.fault) < 0
	    ? RULE_FAILED
	    : rule_evaluate(&picked, condition);
	if (value >= RULE_FAILED && eval->fault.kind == ERR_NONE)
		eval->fault = picked.fault;
	return value;
}

/* Whom ACTION means, in MEANS unless that is NULL: also those whom it could
 * mean, where EVAL is in doubt. */
static enum rule_value
evaluate_recipients(
    struct rule_eval *eval, const struct rule_action *action, bool *means)
{
	const struct message *message = eval->facts->message;
	enum rule_value result = RULE_TRUE;

	for (size_t i = 0; i < message->recipient_count; i++) {
		enum rule_value value;

		if (message->recipients[i].refused ||
		    !rule_recipient_on(eval->facts, i, action->side))
			continue;
		value = evaluate_recipient(eval, action->condition, i);
		if (means != NULL)
			means[i] = value == RULE_TRUE || value == RULE_NOT_YET;
		if (value >= RULE_FAILED && value > result)
			result = value;
	}
	return result;
}

/* True if it is not known yet what ACTION has to do. */
static bool
action_waits(const struct rule_facts *facts, const struct rule_action *action)
{
	switch (action->kind) {
	case ACTION_SET_HEADER:
	case ACTION_REMOVE_HEADER:
	case ACTION_TAG_SUBJECT:
		/* Which fields to edit is not known before. */
		return facts->stage < RULE_STAGE_HEADERS;
	case ACTION_ADD_RECIPIENT:
	case ACTION_REDIRECT:
		return action->cell != NULL &&
		    facts->stage < action->cell->fact.stage;
	case ACTION_REJECT:
	case ACTION_TEMPFAIL:
	case ACTION_DISCARD:
	case ACTION_HOLD:
	case ACTION_ADD_HEADER:
	case ACTION_REMOVE_RECIPIENTS:
	case ACTION_DISCARD_IF_NONE:
	case ACTION_STOP:
		break;
	}
	return false;
}

/* An action whose recipients cannot be told must not be done to the others
 * only: the rule is then as unknown as if "when" were.  MEANS as of struct
 * rule_event, in which an item NULL is not wanted; or NULL. */
static enum rule_value
evaluate_actions(
    struct rule_eval *eval, const struct rule *rule, bool *const *means)
{
	enum rule_value result = RULE_TRUE;

	for (size_t i = 0; i < rule->action_count; i++) {
		const struct rule_action *action = &rule->actions[i];
		enum rule_value value = RULE_TRUE;

		if (action_waits(eval->facts, action))
			return RULE_NOT_YET;
		if (action->condition != NULL)
			value = evaluate_recipients(eval, action,
			    means != NULL ? means[i] : NULL);
		if (value > result)
			result = value;
	}
	return result;
}

/* Room for whom the actions of RULE mean, as of struct rule_event. */
static bool **
new_means(struct pool *pool, const struct rule *rule, size_t recipient_count)
{
	bool **means = NULL;

	for (size_t i = 0; i < rule->action_count; i++) {
		if (rule->actions[i].condition == NULL)
			continue;
		if (means == NULL)
			means = pool_alloc_array(
			    pool, rule->action_count, sizeof(*means));
		means[i] = pool_alloc_array(
		    pool, recipient_count + 1, sizeof(*means[i]));
	}
	return means;
}

/* How RULE is evaluated for RECIPIENT. */
static struct rule_eval
eval_of(struct rule_facts *facts, long recipient, const struct rule *rule)
{
	return (struct rule_eval){
		.facts = facts,
		.recipient = recipient,
		.on_trial = rule->mode == MODE_AUDIT,
	};
}

static enum rule_value
evaluate(struct rule_run *run, struct rule_facts *facts, long recipient,
    const struct rule *rule, struct rule_event *event)
{
	struct buf evidence;
	struct rule_eval eval = eval_of(facts, recipient, rule);
	enum rule_value value;

	eval.evidence = &evidence;
	buf_init(&evidence, EVIDENCE_MAX);
	rule_trace_begin(facts, rule, recipient);
	value = rule_evaluate_rule(&eval, rule);
	rule_trace_end(facts, value, buf_span(&evidence), &eval.fault);
	if (value == RULE_TRUE) {
		event->evidence = pool_dup(run->pool, buf_span(&evidence));
		eval.evidence = NULL;
		event->means = new_means(
		    run->pool, rule, facts->message->recipient_count);
		value = evaluate_actions(&eval, rule, event->means);
	}
	event->fault = eval.fault;
	buf_free(&evidence);
	return value;
}

/* True if what was not read could change the answer of RULE, which is known, or
 * which recipients its actions mean.  For want of time to tell it could.  The
 * kind of *FAULT is then ERR_NONE unless a fault has a part in that. */
static bool
in_doubt(struct rule_facts *facts, const struct rule *rule, struct err *fault)
{
	struct rule_eval eval = eval_of(facts, RULE_NO_RECIPIENT, rule);
	enum rule_value value;

	eval.doubt = true;
	if ((rule->reach.needs & RULE_NEEDS_CONTENT) == 0 ||
	    facts->stage < RULE_STAGE_END || facts->content->unread == 0)
		return false;
	value = rule_evaluate_rule(&eval, rule);
	if (value == RULE_TRUE)
		value = evaluate_actions(&eval, rule, NULL);
	*fault = eval.fault;
	return value == RULE_NOT_YET || value == RULE_FAILED;
}

static size_t
question_count(const struct rule_facts *facts)
{
	return facts->people != NULL ? facts->people->question_count : 0;
}

/* The value of RULE, which is true or made so by what was not read: the rule
 * does to a recipient what it could mean for it.  That a fault has a part in
 * whom it could mean is a fault of the rule: nobody loses mail by one. */
static enum rule_value
count_as_match(struct rule_run *run, struct rule_facts *facts,
    const struct rule *rule, struct rule_event *event)
{
	struct rule_eval eval = eval_of(facts, RULE_NO_RECIPIENT, rule);
	size_t questions = question_count(facts);

	eval.doubt = true;
	event->means = new_means(
	    run->pool, rule, facts->message->recipient_count);
	if (evaluate_actions(&eval, rule, event->means) == RULE_NOT_YET &&
	    question_count(facts) > questions)
		return RULE_NOT_YET;
	event->fault = eval.fault;
	return eval.fault.kind != ERR_NONE ? RULE_FAILED : RULE_TRUE;
}

/* What the daemon would leave out takes no time from the rest. */
static void
start_time(const struct pass *pass, struct rule_facts *facts,
    const struct rule *rule)
{
	if (rule_candidates_concern(&pass->candidates, rule->index))
		rule_deadline_run(facts->deadline, rule->mode == MODE_AUDIT);
	else
		(void)rule_deadline_pause(facts->deadline);
}

/* Takes one rule: false if it has to wait. */
static bool
take_rule(struct rule_run *run, const struct pass *pass,
    struct rule_facts *facts, const struct rule *rule,
    struct rule_events *events)
{
	struct rule_event found = { .rule = rule };
	enum rule_unread unread = rule_unread_of(run->set, rule);
	enum rule_value value;
	size_t questions;
	bool doubt, as_match = false;

	start_time(pass, facts, rule);
	value = evaluate(run, facts, pass->recipient, rule, &found);
	questions = question_count(facts);
	rule_trace_answered(facts, value, false, false, &found.fault);
	if (value == RULE_NOT_YET)
		return false;
	doubt = value != RULE_FAILED && unread != UNREAD_DELIVERED &&
	    in_doubt(facts, rule, &found.fault);
	/* The directory may know that the unread content is no matter. */
	if (question_count(facts) > questions)
		return false;
	if (doubt && unread == UNREAD_AS_MATCH) {
		as_match = value == RULE_FALSE;
		if (as_match)
			found.evidence = SPAN("unread content");
		/* Nobody loses mail by what a fault has left unknown. */
		value = as_match && found.fault.kind != ERR_NONE
		    ? RULE_FAILED
		    : count_as_match(run, facts, rule, &found);
		if (value == RULE_NOT_YET)
			return false;
	} else if (doubt &&
	    (unread == UNREAD_HELD || unread == UNREAD_TEMPFAILED)) {
		(void)add_event(run, events, RULE_EVENT_UNREAD, rule);
	}
	rule_trace_answered(facts, value, doubt, as_match, &found.fault);
	if (value == RULE_FALSE)
		return true;
	found.kind =
	    value == RULE_FAILED ? RULE_EVENT_FAULT : RULE_EVENT_MATCH;
	*add_event(run, events, found.kind, rule) = found;
	return true;
}

/* The rules in audit mode that were passed by before. */
static void
take_audits(struct rule_run *run, struct pass *pass, struct rule_facts *facts,
    struct rule_events *events)
{
	size_t kept = 0;

	for (size_t i = 0; i < pass->audit_count; i++)
		if (!take_rule(run, pass, facts,
			run->set->rules[pass->audits[i]], events))
			pass->audits[kept++] = pass->audits[i];
	pass->audit_count = kept;
}

static void
postpone_audit(struct rule_run *run, struct pass *pass)
{
	if (pass->audits == NULL)
		pass->audits = pool_alloc_array(
		    run->pool, run->set->rule_count, sizeof(*pass->audits));
	pass->audits[pass->audit_count++] = pass->next;
}

/* Takes the rules up to one in force that has to wait or ends it all.  *ASKED:
 * how many questions there were before those of that rule. */
static enum rule_progress
take_rules(struct rule_run *run, struct pass *pass, struct rule_facts *facts,
    struct rule_events *events, size_t *asked)
{
	const struct rule_set *set = run->set;

	for (;; pass->next++) {
		const struct rule *rule;
		size_t before = events->count;

		pass->next =
		    rule_candidates_next(&pass->candidates, pass->next);
		if (pass->next == set->rule_count)
			break;
		rule = set->rules[pass->next];
		*asked = question_count(facts);
		if (!take_rule(run, pass, facts, rule, events)) {
			if (rule->mode == MODE_ENFORCE)
				return question_count(facts) > *asked
				    ? RULE_ASKS
				    : RULE_WAITS;
			postpone_audit(run, pass);
			continue;
		}
		if (rule->mode == MODE_ENFORCE && events->count > before &&
		    ends(&events->items[events->count - 1])) {
			rule_trace_ended(facts, rule);
			pass->ended = true;
			return RULE_DONE;
		}
	}
	return pass->audit_count > 0 ? RULE_LISTENS : RULE_DONE;
}

static enum rule_progress
run_pass(struct rule_run *run, struct pass *pass, struct rule_facts *facts,
    struct rule_events *events)
{
	enum rule_progress progress;
	size_t asked = 0;

	if (pass->ended)
		return RULE_DONE;
	rule_deadline_run(facts->deadline, false);
	if (!pass->selected)
		rule_index_find(run->set->index, facts, pass->recipient,
		    run->pool, &pass->candidates);
	pass->selected = true;
	take_audits(run, pass, facts, events);
	progress = take_rules(run, pass, facts, events, &asked);
	if (question_count(facts) == 0)
		return progress;
	switch (progress) {
	case RULE_ASKS:
		break;
	case RULE_LISTENS:
		/* What rules in audit mode ask takes time from none in
		 * force: those are all decided. */
		asked = 0;
		break;
	case RULE_WAITS:
	case RULE_DONE:
		facts->people->question_count = 0;
		return progress;
	}
	rule_people_send(facts->people, asked);
	return RULE_ASKS;
}

enum rule_progress
rule_run_recipient(struct rule_run *run, struct rule_facts *facts,
    size_t recipient, struct rule_events *events)
{
	struct pass *pass = &run->recipient;
	enum rule_progress progress;

	if (pass->recipient != (long)recipient) {
		pass->recipient = (long)recipient;
		pass->selected = false;
		pass->next = 0;
		pass->audit_count = 0;
		pass->ended = false;
	}
	progress = run_pass(run, pass, facts, events);
	(void)rule_deadline_pause(facts->deadline);
	if (progress == RULE_ASKS)
		return RULE_ASKS;
	pass->recipient = RULE_NO_RECIPIENT;
	return RULE_DONE;
}

enum rule_progress
rule_run_message(struct rule_run *run, struct rule_facts *facts,
    struct rule_events *events)
{
	enum rule_progress progress =
	    run_pass(run, &run->message, facts, events);

	(void)rule_deadline_pause(facts->deadline);
	return progress;
}
