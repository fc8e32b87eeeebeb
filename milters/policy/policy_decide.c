/* SPDX-License-Identifier: BSD-2-Clause */
#include "milters/policy/policy_decide.h"

#include "base/clock.h"
#include "milters/policy/policy_config.h"
#include "milters/policy/policy_observer.h"
#include "milters/policy/policy_people.h"
#include "rules/rule_act.h"
#include "rules/rule_deadline.h"
#include "rules/rule_run.h"

/* What is known of one message, in its pool. */
struct policy_state {
	struct rule_run *run;
	struct rule_facts facts;
	struct rule_deadline deadline;
	struct rule_events events; /* of the recipient that is asked about */
	struct rule_act act;
	struct content *content; /* NULL unless a rule needs it */
	bool done;
};

static bool
is_internal(const void *context, struct span domain)
{
	return settings_internal(context, domain);
}

/* Whoever may take long must see how late it gets while it works. */
static int64_t
now_us(void *context)
{
	(void)context;
	return clock_now().monotonic_us;
}

void
policy_begin(struct decision *decision)
{
	const struct policy_config *config = decision->config;
	struct pool *pool = decision->message->pool;
	struct policy_state *state = pool_alloc(pool, sizeof(*state));

	state->run = rule_run_new(config->rules, pool);
	state->facts = (struct rule_facts){
		.connection = decision->connection,
		.message = decision->message,
		.internal = is_internal,
		.internal_context = decision->settings,
		.authserv_ids = &config->authserv_ids,
		.scratch = regex_scratch_new(),
		.pool = pool,
		.temporary = pool_new(),
	};
	state->deadline = (struct rule_deadline){
		.now_us = now_us,
		.limit_us = config->evaluation_timeout,
	};
	rule_deadline_set(&state->facts, &state->deadline);
	if (config->directory != NULL)
		state->facts.people = rule_people_new(pool);
	rule_act_init(&state->act, decision->verdict);
	policy_observe_begin(decision, config->rules, &state->facts);
	decision->state = state;
}

/* What a rule "for each recipient" found, as the refusal of this one. */
static void
refuse(struct decision *decision, const struct rule_set *rules,
    struct rule_act *act, const struct rule_facts *facts)
{
	const struct verdict *verdict = act->verdict;
	struct policy_state *state = decision->state;

	if (act->failed_rule != NULL) {
		decision_fail(decision, "rules", &act->fault);
		return;
	}
	if (verdict->disposition == DISPOSITION_CONTINUE) {
		rule_act_take_hold(&state->act, act);
		return;
	}
	decision_refuse(decision, verdict->disposition, verdict->reply.code,
	    verdict->reply.enhanced, "%.*s", SPAN_ARGS(verdict->reply.text));
	act->verdict = &decision->refusal;
	rule_act_notes(act, rules, facts);
}

/* What is audited is told with the message, one line for each recipient. */
static void
audit_recipient(struct decision *decision, const struct rule_event *event)
{
	const struct policy_config *config = decision->config;
	struct policy_state *state = decision->state;
	struct span given =
	    decision->message->recipients[decision->recipient].given;
	size_t before = decision->verdict->aside_count;

	rule_act_event(&state->act, config->rules, &state->facts, event);
	if (decision->verdict->aside_count > before)
		verdict_aside(
		    decision->verdict, "to", "%.*s", SPAN_ARGS(given));
}

static void
count_event(const struct policy_config *config, const struct rule_event *event)
{
	struct policy_count *count;

	if (config->counts == NULL)
		return;
	count = config->counts[rule_index(event->rule)];
	switch (event->kind) {
	case RULE_EVENT_MATCH:
		policy_count_match(count);
		break;
	case RULE_EVENT_UNREAD:
	case RULE_EVENT_FAULT:
		policy_count_fault(count);
		break;
	}
}

/* What was found of the recipient, as an answer to RCPT. */
static void
answer_recipient(struct decision *decision)
{
	const struct policy_config *config = decision->config;
	struct policy_state *state = decision->state;
	struct verdict verdict;
	struct rule_act act;

	verdict_init(&verdict, decision->message->pool);
	rule_act_init(&act, &verdict);
	for (size_t i = 0; i < state->events.count; i++) {
		const struct rule_event *event = &state->events.items[i];

		count_event(config, event);
		policy_observe(decision, (long)decision->recipient, event);
		if (rule_event_is_audit(event))
			audit_recipient(decision, event);
		else
			rule_act_event(
			    &act, config->rules, &state->facts, event);
	}
	refuse(decision, config->rules, &act, &state->facts);
}

/* Carries what rules ask to the directory. */
static enum answer
ask_directory(struct decision *decision)
{
	const struct policy_config *config = decision->config;
	struct policy_state *state = decision->state;

	policy_people_ask(decision, config->directory, state->facts.people);
	return ANSWER_LOOKUPS;
}

static enum answer
decide_recipient(struct decision *decision)
{
	struct policy_state *state = decision->state;

	if (decision->lookup_count == 0)
		state->events = (struct rule_events){ .count = 0 };
	state->facts.stage = RULE_STAGE_RECIPIENT;
	if (rule_run_recipient(state->run, &state->facts, decision->recipient,
		&state->events) == RULE_ASKS)
		return ask_directory(decision);
	answer_recipient(decision);
	return ANSWER_MORE;
}

/* Ends the decision: the notes are complete. */
static enum answer
finish(struct decision *decision)
{
	const struct policy_config *config = decision->config;
	struct policy_state *state = decision->state;

	if (state->act.failed_rule != NULL)
		decision_fail(decision, "rules", &state->act.fault);
	else
		rule_act_unread(&state->act);
	rule_act_notes(&state->act, config->rules, &state->facts);
	state->done = true;
	return ANSWER_DONE;
}

static enum answer
decide_message(struct decision *decision, enum rule_stage stage)
{
	const struct policy_config *config = decision->config;
	struct policy_state *state = decision->state;
	struct rule_events events = { 0 };
	enum rule_progress progress;

	state->facts.stage = stage;
	progress = rule_run_message(state->run, &state->facts, &events);
	for (size_t i = 0; i < events.count; i++) {
		count_event(config, &events.items[i]);
		policy_observe(
		    decision, RULE_TRACE_MESSAGE, &events.items[i]);
		rule_act_event(&state->act, config->rules, &state->facts,
		    &events.items[i]);
	}
	switch (progress) {
	case RULE_ASKS:
		return ask_directory(decision);
	case RULE_DONE:
		return finish(decision);
	case RULE_LISTENS:
		return ANSWER_LISTENS;
	case RULE_WAITS:
		break;
	}
	return ANSWER_MORE;
}

/* The content is read as it streams by, from the end of the headers on. */
static void
start_content(struct decision *decision)
{
	const struct policy_config *config = decision->config;
	struct policy_state *state = decision->state;

	if (state->content == NULL && !state->done &&
	    (rule_set_needs(config->rules) & RULE_NEEDS_CONTENT) != 0)
		state->content = content_new(&config->limits,
		    &decision->message->headers, decision->message->pool);
}

/* The true type of each attachment; one that cannot be told stays NULL, which
 * is a fault to the rules that ask for it.  Returns why the last one cannot, in
 * POOL, or NULL. */
static const struct err *
find_types(struct file_type *file_type, struct content_facts *content,
    struct pool *pool)
{
	struct err *fault = NULL;

	for (size_t i = 0; i < content->part_count; i++) {
		struct part *part = &content->parts[i];
		struct err err;

		if (!part->is_attachment)
			continue;
		switch (file_type_detect(
		    file_type, part->head, pool, &part->true_type, &err)) {
		case LOOKUP_FOUND:
			break;
		case LOOKUP_NOT_FOUND:
			part->true_type = SPAN("");
			break;
		case LOOKUP_FAILED:
			part->true_type = (struct span){ NULL, 0 };
			if (fault == NULL)
				fault = pool_alloc(pool, sizeof(*fault));
			*fault = err;
			break;
		}
	}
	return fault;
}

static void
finish_content(struct decision *decision)
{
	const struct policy_config *config = decision->config;
	struct policy_state *state = decision->state;
	struct content_facts *content;

	start_content(decision);
	if (state->content == NULL || state->facts.content != NULL)
		return;
	content = content_finish(state->content);
	if (config->file_type != NULL)
		state->facts.file_type_fault = find_types(config->file_type,
		    content, decision->message->pool);
	state->facts.content = content;
}

enum answer
policy_decide(struct decision *decision)
{
	const struct policy_config *config = decision->config;
	struct policy_state *state = decision->state;
	enum answer answer = ANSWER_MORE;

	if (state->done)
		return ANSWER_DONE;
	/* Rules in audit mode, and no others, were to look at the rest. */
	if (decision->cut)
		return finish(decision);
	if (decision->lookup_count > 0)
		policy_people_take(
		    decision, config->directory, state->facts.people);
	switch (decision->stage) {
	case STAGE_MAIL:
		break;
	case STAGE_RECIPIENT:
		answer = decide_recipient(decision);
		break;
	case STAGE_DATA:
		answer = decide_message(decision, RULE_STAGE_DATA);
		break;
	case STAGE_HEADERS:
		answer = decide_message(decision, RULE_STAGE_HEADERS);
		start_content(decision);
		break;
	case STAGE_END:
		finish_content(decision);
		answer = decide_message(decision, RULE_STAGE_END);
		break;
	}
	return answer;
}

int
policy_body(struct decision *decision, struct span chunk)
{
	struct policy_state *state = decision->state;

	start_content(decision);
	if (state->content != NULL)
		content_feed(state->content, chunk);
	return 0;
}

void
policy_settle(struct decision *decision, enum settlement settlement)
{
	struct policy_state *state = decision->state;

	(void)settlement;
	content_free(&state->content);
	regex_scratch_free(&state->facts.scratch);
	rule_people_free(&state->facts.people);
	pool_free(&state->facts.temporary);
}
