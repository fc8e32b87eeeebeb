/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_tracing.h"

#include "formats/message_type.h"
#include "rules/rule_deadline.h"
#include "rules/rule_people.h"
#include "rules/rule_time.h"
#include "rules/rule_values.h"

#include <inttypes.h>

const char *
rule_trace_outcome_name(enum rule_trace_outcome outcome)
{
	switch (outcome) {
	case RULE_TRACE_NO_MATCH:
		return "no match";
	case RULE_TRACE_NOT_IN_FORCE:
		return "not in force";
	case RULE_TRACE_MATCH:
		return "match";
	case RULE_TRACE_UNREAD_MATCH:
		return "unread content counts as match";
	case RULE_TRACE_FAULT:
		return "fault";
	case RULE_TRACE_WAITING:
		return "waiting";
	}
	return "";
}

struct rule_trace *
rule_trace_new(const struct rule_set *set, struct pool *pool)
{
	struct rule_trace *trace = pool_alloc(pool, sizeof(*trace));

	trace->pool = pool;
	trace->set = set;
	trace->first = pool_alloc_array(
	    pool, set->rule_count + 1, sizeof(*trace->first));
	trace->latest = pool_alloc_array(
	    pool, set->rule_count + 1, sizeof(*trace->latest));
	return trace;
}

/* The answer of RULE on RECIPIENT, made anew: a rule that waited is asked
 * again at a later stage, and what it then says counts. */
static struct rule_trace_answer *
answer_of(struct rule_trace *trace, const struct rule *rule, long recipient)
{
	size_t latest = trace->latest[rule->index];

	if (latest == 0 || trace->answers[latest - 1].recipient != recipient) {
		trace->answers = pool_grow(trace->pool, trace->answers,
		    trace->answer_count, sizeof(*trace->answers));
		trace->last = ++trace->answer_count;
		if (latest > 0)
			trace->answers[latest - 1].next = trace->last;
		else
			trace->first[rule->index] = trace->last;
		trace->latest[rule->index] = trace->last;
	} else {
		trace->last = latest;
	}
	return &trace->answers[trace->last - 1];
}

static struct rule_trace_answer *
last_answer(struct rule_trace *trace)
{
	return &trace->answers[trace->last - 1];
}

const struct rule_trace_answer *
rule_trace_first(const struct rule_trace *trace, size_t index)
{
	size_t first = trace->first[index];

	return first > 0 ? &trace->answers[first - 1] : NULL;
}

const struct rule_trace_answer *
rule_trace_next(
    const struct rule_trace *trace, const struct rule_trace_answer *answer)
{
	return answer->next > 0 ? &trace->answers[answer->next - 1] : NULL;
}

void
rule_trace_begin(
    struct rule_facts *facts, const struct rule *rule, long recipient)
{
	struct rule_trace *trace = facts->trace;

	if (trace == NULL)
		return;
	*answer_of(trace, rule, recipient) = (struct rule_trace_answer){
		.rule = rule->index,
		.recipient = recipient,
		.stage = facts->stage,
		.outcome = RULE_TRACE_WAITING,
	};
	trace->open = true;
	trace->except = false;
	trace->depth = 0;
}

static const char *
value_name(enum rule_value value)
{
	switch (value) {
	case RULE_FALSE:
		return "false";
	case RULE_TRUE:
		return "true";
	case RULE_FAILED:
		return "failed";
	case RULE_NOT_YET:
		return "not yet";
	}
	return "";
}

static const char *
view_name(enum rule_view view)
{
	switch (view) {
	case RULE_VIEW_HEADER:
		return "header";
	case RULE_VIEW_NAME:
		return "file name";
	case RULE_VIEW_TEXT:
		return "text";
	case RULE_VIEW_RAW_TEXT:
		return "raw text";
	}
	return "";
}

static enum rule_trace_outcome
outcome_of(enum rule_value value)
{
	switch (value) {
	case RULE_FALSE:
		return RULE_TRACE_NO_MATCH;
	case RULE_TRUE:
		return RULE_TRACE_MATCH;
	case RULE_FAILED:
		return RULE_TRACE_FAULT;
	case RULE_NOT_YET:
		return RULE_TRACE_WAITING;
	}
	return RULE_TRACE_WAITING;
}

/* TEXT in the trace's pool, cut where it is long. */
static struct span
kept(struct rule_trace *trace, struct span text)
{
	if (text.len <= RULE_TRACE_TEXT)
		return pool_dup(trace->pool, text);
	return pool_printf(
	    trace->pool, "%.*s...", RULE_TRACE_TEXT, text.ptr);
}

void
rule_trace_end(struct rule_facts *facts, enum rule_value value,
    struct span evidence, const struct err *fault)
{
	struct rule_trace *trace = facts->trace;
	struct rule_trace_answer *answer;

	if (trace == NULL)
		return;
	answer = last_answer(trace);
	answer->outcome = outcome_of(value);
	/* Its conditions are not looked at. */
	if (answer->item_count == 0)
		answer->outcome = RULE_TRACE_NOT_IN_FORCE;
	if (value == RULE_TRUE)
		answer->evidence = pool_dup(trace->pool, evidence);
	if (value == RULE_FAILED)
		answer->fault = pool_dup(trace->pool, span_of(fault->text));
	trace->open = false;
}

void
rule_trace_answered(struct rule_facts *facts, enum rule_value value,
    bool unread, bool as_match, const struct err *fault)
{
	struct rule_trace *trace = facts->trace;
	struct rule_trace_answer *answer;

	if (trace == NULL)
		return;
	answer = last_answer(trace);
	answer->unread = unread;
	if (answer->outcome == RULE_TRACE_NOT_IN_FORCE)
		return;
	answer->outcome = outcome_of(value);
	if (as_match && value == RULE_TRUE)
		answer->outcome = RULE_TRACE_UNREAD_MATCH;
	/* Which recipients an action means may have failed, too. */
	if (value == RULE_FAILED)
		answer->fault = pool_dup(trace->pool, span_of(fault->text));
}

void
rule_trace_ended(struct rule_facts *facts, const struct rule *rule)
{
	/* For one recipient it ends nothing that is the message's. */
	if (facts->trace == NULL || rule->per_recipient)
		return;
	facts->trace->ended_by = rule;
	facts->trace->ended_at = facts->stage;
}

/* What a quantifier over NOUN has picked, in words. */
static struct span
picked_text(const struct rule_eval *eval, enum rule_noun noun)
{
	const struct part *part = eval->attachment;
	const struct recipient *recipient;

	switch (noun) {
	case NOUN_RECIPIENT:
		recipient =
		    &eval->facts->message->recipients[eval->recipient];
		return recipient->given;
	case NOUN_ATTACHMENT:
		if (part->name_count > 0)
			return part->names[0];
		return pool_printf(eval->facts->temporary, "(%.*s/%.*s)",
		    SPAN_ARGS(part->type), SPAN_ARGS(part->subtype));
	case NOUN_HEADER:
		return eval->header->name;
	}
	return SPAN("");
}

void
rule_trace_pick(struct rule_eval *eval, enum rule_noun noun)
{
	eval->facts->trace->noun = noun;
	eval->facts->trace->picked = true;
}

size_t
rule_trace_enter(
    struct rule_eval *eval, const struct rule_condition *condition)
{
	struct rule_trace *trace = eval->facts->trace;
	struct rule_trace_answer *answer = last_answer(trace);
	struct rule_trace_item *item;
	unsigned depth = trace->depth++;
	bool picked = trace->picked;

	trace->picked = false;
	if (answer->item_count == RULE_TRACE_ITEMS) {
		answer->cut = true;
		return 0;
	}
	answer->items = pool_grow(trace->pool, answer->items,
	    answer->item_count, sizeof(*answer->items));
	item = &answer->items[answer->item_count++];
	*item = (struct rule_trace_item){
		.depth = depth,
		.except = trace->except,
		.needless = trace->needless > 0,
	};
	if (condition->end > 0)
		item->text = span_slice(condition->place.source->text,
		    condition->begin, condition->end);
	if (picked)
		item->picked = kept(trace, picked_text(eval, trace->noun));
	return answer->item_count;
}

void
rule_trace_leave(struct rule_eval *eval, size_t item, enum rule_value value)
{
	struct rule_trace *trace = eval->facts->trace;

	trace->depth--;
	/* A quantifier without an inner condition has left it. */
	trace->picked = false;
	if (item > 0)
		last_answer(trace)->items[item - 1].value = value_name(value);
}

void
rule_trace_except(const struct rule_eval *eval)
{
	if (rule_traces(eval))
		eval->facts->trace->except = true;
}

void
rule_trace_needless(
    const struct rule_eval *eval, const struct rule_condition *condition)
{
	struct rule_people *people = eval->facts->people;
	size_t questions = people != NULL ? people->question_count : 0;
	struct rule_eval aside = *eval;
	bool timed;

	if (!rule_traces(eval))
		return;
	aside.evidence = NULL;
	/* It must not take the time of what the daemon does. */
	timed = rule_deadline_pause(eval->facts->deadline);
	eval->facts->trace->needless++;
	(void)rule_evaluate(&aside, condition);
	eval->facts->trace->needless--;
	if (timed)
		rule_deadline_run(eval->facts->deadline, eval->on_trial);
	/* Nobody is asked for what the daemon would not ask. */
	if (people != NULL)
		people->question_count = questions;
}

static void
add_seen(struct rule_trace *trace, struct rule_trace_item *item,
    struct span text)
{
	if (item->seen_count == RULE_TRACE_SEEN) {
		item->more_seen = true;
		return;
	}
	if (item->seen == NULL)
		item->seen = pool_alloc_array(
		    trace->pool, RULE_TRACE_SEEN, sizeof(*item->seen));
	item->seen[item->seen_count++] = kept(trace, text);
}

/* What an attachment's state is, in the words of the rules. */
static void
add_states(struct rule_trace *trace, struct rule_trace_item *item,
    const struct part *part)
{
	size_t before = item->seen_count;

	for (size_t i = 0; rule_states[i] != NULL; i++)
		if (part->flags & rule_state_flags[i])
			add_seen(trace, item, span_of(rule_states[i]));
	if (item->seen_count == before)
		add_seen(trace, item, SPAN("read"));
}

static void
add_size(struct rule_trace *trace, struct rule_trace_item *item,
    uint64_t size)
{
	add_seen(trace, item,
	    pool_printf(trace->pool, "%" PRIu64 " bytes", size));
}

static void
add_message_types(struct rule_trace *trace, struct rule_trace_item *item,
    unsigned types)
{
	for (size_t i = 0; message_type_names[i] != NULL; i++)
		if (types & 1u << i)
			add_seen(trace, item, span_of(message_type_names[i]));
}

static void
add_moment(struct rule_trace *trace, struct rule_trace_item *item,
    const struct calendar *calendar)
{
	add_seen(trace, item,
	    pool_printf(trace->pool, "%s %04u-%02u-%02u %02u:%02u",
		rule_weekdays[calendar->weekday], calendar->year,
		calendar->month, calendar->day, calendar->minute / 60,
		calendar->minute % 60));
}

/* Facts that are no text. */
static void
add_special(struct rule_eval *eval, const struct rule_test *test,
    struct rule_trace_item *item)
{
	struct rule_trace *trace = eval->facts->trace;
	const struct rule_facts *facts = eval->facts;

	switch (test->fact->type) {
	case TYPE_ROLE:
		add_seen(trace, item,
		    span_of(role_name(facts->connection->role)));
		break;
	case TYPE_DIRECTION:
		add_seen(trace, item,
		    span_of(rule_directions[rule_direction_of(eval)]));
		break;
	case TYPE_STATE:
		add_states(trace, item, eval->attachment);
		break;
	case TYPE_SIZE:
		add_size(trace, item, rule_size_of(eval, test->fact->id));
		break;
	case TYPE_MESSAGE:
		add_message_types(trace, item, rule_message_types(eval));
		break;
	case TYPE_CERTIFICATE:
		add_seen(trace, item,
		    facts->connection->tls.client_verified
			? SPAN("verified")
			: SPAN("not verified"));
		break;
	case TYPE_TIME:
	case TYPE_DATE:
	case TYPE_WEEKDAY:
		add_moment(trace, item,
		    rule_calendar(eval->facts, test->operand.zone));
		break;
	case TYPE_ADDRESS:
	case TYPE_DOMAIN:
	case TYPE_NETWORK:
	case TYPE_NAME:
	case TYPE_TEXT:
	case TYPE_LONG_TEXT:
	case TYPE_FILE_TYPE:
		break;
	}
}

static struct span
part_text(const struct rule_eval *eval, int number)
{
	const struct part *part;

	if (number == RULE_NO_PART)
		return SPAN("");
	part = &eval->facts->content->parts[number];
	if (part->name_count > 0)
		return part->names[0];
	return pool_printf(eval->facts->temporary, "%.*s/%.*s",
	    SPAN_ARGS(part->type), SPAN_ARGS(part->subtype));
}

static void
add_hits(struct rule_eval *eval, struct rule_trace_item *item,
    const struct rule_hit_places *places)
{
	struct rule_trace *trace = eval->facts->trace;

	item->hits = pool_alloc_array(
	    trace->pool, places->count + 1, sizeof(*item->hits));
	item->more_hits = places->more;
	for (size_t i = 0; i < places->count; i++) {
		const struct rule_hit_place *place = &places->items[i];

		item->hits[item->hit_count++] = (struct rule_trace_hit){
			.part = kept(trace, part_text(eval, place->part)),
			.number = place->part,
			.view = view_name(place->view),
			.offset = place->offset,
			.length = place->length,
		};
	}
}

static void
add_values(struct rule_eval *eval, const struct rule_test *test,
    struct rule_trace_item *item)
{
	struct rule_trace *trace = eval->facts->trace;
	struct rule_values values;

	item->fact = test->fact->phrase;
	/* What is not known yet has no value, and content is never shown. */
	if (eval->facts->stage < test->fact->stage ||
	    test->fact->type == TYPE_LONG_TEXT)
		return;
	if (test->fact->id == FACT_ATTRIBUTE || test->fact->id == FACT_MANAGER)
		rule_directory_values(eval, test, &values);
	else
		rule_values_get(eval, test, &values);
	for (size_t i = 0; i < values.count; i++)
		add_seen(trace, item, values.items[i]);
	add_special(eval, test, item);
}

void
rule_trace_test(struct rule_eval *eval, const struct rule_test *test,
    size_t item, const struct rule_hit_places *places)
{
	struct rule_trace_item *found;

	if (item == 0)
		return;
	found = &last_answer(eval->facts->trace)->items[item - 1];
	add_values(eval, test, found);
	add_hits(eval, found, places);
}

/* The rule in force that made those behind it wait, or NULL. */
static const struct rule *
waiting_rule(const struct rule_trace *trace)
{
	for (size_t i = 0; i < trace->answer_count; i++) {
		const struct rule_trace_answer *answer = &trace->answers[i];
		const struct rule *rule = trace->set->rules[answer->rule];

		if (answer->outcome == RULE_TRACE_WAITING &&
		    answer->recipient == RULE_TRACE_MESSAGE &&
		    rule->mode == MODE_ENFORCE)
			return rule;
	}
	return NULL;
}

struct span
rule_trace_not_reached(
    const struct rule_trace *trace, size_t index, struct pool *pool)
{
	const struct rule *rule = trace->set->rules[index];
	const struct rule *waiting = waiting_rule(trace);

	if (rule->mode == MODE_OFF)
		return SPAN("its mode is off");
	if (rule->per_recipient)
		return SPAN("there was no recipient left to ask it about");
	if (trace->ended_by != NULL)
		return pool_printf(pool, "rule %.*s had ended the message at "
		    "%s", SPAN_ARGS(trace->ended_by->id),
		    rule_stage_name(trace->ended_at));
	if (waiting != NULL)
		return pool_printf(pool,
		    "the message had ended while rule %.*s was waiting",
		    SPAN_ARGS(waiting->id));
	return SPAN("the message had ended before any rule was asked");
}
