/* SPDX-License-Identifier: BSD-2-Clause */
#include "formats/rule_run.h"

#include "formats/rule_eval.h"

enum { EVIDENCE_MAX = 400 }; /* bytes, below what a log line takes */

struct rule_run {
	const struct rule_set *set;
	struct pool *pool;
	size_t next;    /* the first rule that has not been reached */
	size_t *audits; /* reached before, in audit mode, and not decided */
	size_t audit_count;
	bool ended;
};

struct rule_run *
rule_run_new(const struct rule_set *set, struct pool *pool)
{
	struct rule_run *run = pool_alloc(pool, sizeof(*run));

	run->set = set;
	run->pool = pool;
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

size_t
rule_event_rule(const struct rule_event *event)
{
	return event->rule->index;
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

/* An action whose recipients cannot be told must not be done to the others
 * only: the rule is then as unknown as if "when" were. */
static enum rule_value
evaluate_actions(struct rule_eval *eval, const struct rule *rule)
{
	const struct message *message = eval->facts->message;
	enum rule_value result = RULE_TRUE;

	for (size_t i = 0; i < rule->action_count; i++) {
		enum rule_action_kind kind = rule->actions[i].kind;
		const struct rule_condition *condition =
		    rule->actions[i].condition;

		/* Which fields to edit is not known before. */
		if ((kind == ACTION_SET_HEADER ||
			kind == ACTION_REMOVE_HEADER ||
			kind == ACTION_TAG_SUBJECT) &&
		    eval->facts->stage < RULE_STAGE_HEADERS)
			return RULE_NOT_YET;
		if (rule->actions[i].cell != NULL &&
		    eval->facts->stage < rule->actions[i].cell->fact.stage)
			return RULE_NOT_YET;
		for (size_t j = 0;
		    condition != NULL && j < message->recipient_count; j++) {
			enum rule_value value;

			if (message->recipients[j].refused)
				continue;
			eval->recipient = (long)j;
			value = rule_evaluate(eval, condition);
			if (value >= RULE_FAILED && value > result)
				result = value;
		}
	}
	return result;
}

static enum rule_value
evaluate(struct rule_run *run, struct rule_facts *facts, long recipient,
    const struct rule *rule, struct rule_event *event)
{
	struct buf evidence;
	struct rule_eval eval = {
		.facts = facts,
		.recipient = recipient,
		.evidence = &evidence,
	};
	enum rule_value value;

	buf_init(&evidence, EVIDENCE_MAX);
	value = rule_evaluate_rule(&eval, rule);
	if (value == RULE_TRUE) {
		event->evidence = pool_dup(run->pool, buf_span(&evidence));
		eval.evidence = NULL;
		value = evaluate_actions(&eval, rule);
	}
	event->fault = eval.fault;
	buf_free(&evidence);
	return value;
}

static enum rule_unread
unread_of(const struct rule_set *set, const struct rule *rule)
{
	return rule->unread != UNREAD_UNSTATED ? rule->unread : set->unread;
}

/* True if what was not read could change the answer of RULE, or which
 * recipients its actions mean. */
static bool
in_doubt(struct rule_facts *facts, const struct rule *rule)
{
	struct rule_eval eval = {
		.facts = facts,
		.recipient = RULE_NO_RECIPIENT,
		.doubt = true,
	};
	enum rule_value value;

	if ((rule->reach.needs & RULE_NEEDS_CONTENT) == 0 ||
	    facts->stage < RULE_STAGE_END || facts->content->unread == 0)
		return false;
	value = rule_evaluate_rule(&eval, rule);
	if (value == RULE_TRUE)
		value = evaluate_actions(&eval, rule);
	return value == RULE_NOT_YET;
}

/* The value of RULE, which what was not read makes true. */
static enum rule_value
count_as_match(struct rule_facts *facts, const struct rule *rule,
    struct rule_event *event)
{
	struct rule_eval eval = {
		.facts = facts,
		.recipient = RULE_NO_RECIPIENT,
	};
	enum rule_value value = evaluate_actions(&eval, rule);

	event->evidence = SPAN("unread content");
	event->fault = eval.fault;
	return value;
}

/* Takes one rule: false if it has to wait. */
static bool
take_rule(struct rule_run *run, struct rule_facts *facts, long recipient,
    const struct rule *rule, struct rule_events *events)
{
	struct rule_event found = { .rule = rule };
	enum rule_value value = evaluate(run, facts, recipient, rule, &found);
	enum rule_unread unread = unread_of(run->set, rule);
	bool doubt;

	if (value == RULE_NOT_YET)
		return false;
	doubt = in_doubt(facts, rule);
	if (value == RULE_FALSE && doubt && unread == UNREAD_AS_MATCH) {
		value = count_as_match(facts, rule, &found);
	} else if (value != RULE_FAILED && doubt &&
	    (unread == UNREAD_HELD || unread == UNREAD_TEMPFAILED)) {
		(void)add_event(run, events, RULE_EVENT_UNREAD, rule);
	}
	if (value == RULE_FALSE)
		return true;
	found.kind =
	    value == RULE_FAILED ? RULE_EVENT_FAULT : RULE_EVENT_MATCH;
	*add_event(run, events, found.kind, rule) = found;
	return true;
}

void
rule_run_recipient(struct rule_run *run, struct rule_facts *facts,
    size_t recipient, struct rule_events *events)
{
	for (size_t i = 0; i < run->set->rule_count; i++) {
		const struct rule *rule = run->set->rules[i];
		size_t before = events->count;

		if (!rule->per_recipient || rule->mode == MODE_OFF)
			continue;
		(void)take_rule(run, facts, (long)recipient, rule, events);
		if (events->count > before && rule->mode == MODE_ENFORCE &&
		    ends(&events->items[events->count - 1]))
			return;
	}
}

/* The rules in audit mode that were passed by before. */
static void
take_audits(struct rule_run *run, struct rule_facts *facts,
    struct rule_events *events)
{
	size_t kept = 0;

	for (size_t i = 0; i < run->audit_count; i++)
		if (!take_rule(run, facts, RULE_NO_RECIPIENT,
			run->set->rules[run->audits[i]], events))
			run->audits[kept++] = run->audits[i];
	run->audit_count = kept;
}

static void
postpone_audit(struct rule_run *run, size_t index)
{
	if (run->audits == NULL)
		run->audits = pool_alloc_array(
		    run->pool, run->set->rule_count, sizeof(*run->audits));
	run->audits[run->audit_count++] = index;
}

enum rule_progress
rule_run_message(struct rule_run *run, struct rule_facts *facts,
    struct rule_events *events)
{
	const struct rule_set *set = run->set;

	if (run->ended)
		return RULE_DONE;
	take_audits(run, facts, events);
	for (; run->next < set->rule_count; run->next++) {
		const struct rule *rule = set->rules[run->next];
		size_t before = events->count;

		if (rule->per_recipient || rule->mode == MODE_OFF)
			continue;
		if (!take_rule(
			run, facts, RULE_NO_RECIPIENT, rule, events)) {
			if (rule->mode == MODE_ENFORCE)
				return RULE_WAITS;
			postpone_audit(run, run->next);
			continue;
		}
		if (rule->mode == MODE_ENFORCE && events->count > before &&
		    ends(&events->items[events->count - 1])) {
			run->ended = true;
			return RULE_DONE;
		}
	}
	return run->audit_count > 0 ? RULE_LISTENS : RULE_DONE;
}
