/* SPDX-License-Identifier: BSD-2-Clause */
#include "rules/rule_act.h"

#include "formats/encoded_word.h"
#include "rules/rule_eval.h"
#include "rules/rule_eval_table.h"

void
rule_act_init(struct rule_act *act, struct verdict *verdict)
{
	*act = (struct rule_act){ .verdict = verdict };
}

bool
rule_event_is_audit(const struct rule_event *event)
{
	return event->rule->mode == MODE_AUDIT;
}

/* What the client is told: the action's words, else the rule's title. */
static struct span
text_of(const struct rule *rule, const struct rule_action *action)
{
	if (action->text.len > 0)
		return action->text;
	return rule->title.len > 0 ? rule->title : SPAN("not accepted");
}

static void
end(struct rule_act *act, const struct rule *rule,
    const struct rule_action *action, enum disposition disposition,
    unsigned code, struct span enhanced)
{
	verdict_end(act->verdict, disposition,
	    action->code != 0 ? action->code : code,
	    action->enhanced.len > 0 ? action->enhanced : enhanced,
	    "%.*s: %.*s", SPAN_ARGS(rule->id),
	    SPAN_ARGS(text_of(rule, action)));
}

static void
hold(struct rule_act *act, const struct rule *rule, struct span reason)
{
	verdict_hold(act->verdict,
	    pool_printf(act->verdict->pool, "%.*s: %.*s", SPAN_ARGS(rule->id),
		SPAN_ARGS(reason)));
}

/* VALUE with the blank that stands behind a header's colon. */
static struct span
header_value(struct rule_act *act, struct span value)
{
	return pool_printf(act->verdict->pool, " %.*s", SPAN_ARGS(value));
}

static void
remove_header(struct rule_act *act, const struct rule_facts *facts,
    struct span name, unsigned from)
{
	size_t count = header_list_count(&facts->message->headers, name);

	for (unsigned i = from; i <= count; i++)
		verdict_delete_header(act->verdict, name, i);
}

static void
set_header(struct rule_act *act, const struct rule_facts *facts,
    const struct rule_action *action)
{
	struct span value = header_value(act, action->value);

	/* Also where there is none, so that of two rules the last counts. */
	verdict_change_header(act->verdict, action->name, 1, value);
	remove_header(act, facts, action->name, 2);
}

/* The tags that are due before a subject VALUE, each once: a reply to a message
 * has them in it already. */
static struct span
missing_tags(const struct rule_act *act, struct span value)
{
	struct pool *pool = act->verdict->pool;
	struct span subject = encoded_word_decode(pool, value);
	struct span tags = SPAN("");

	for (size_t i = 0; i < act->tag_count; i++)
		if (span_find_case(subject, act->tags[i]) == subject.len)
			tags = pool_printf(pool, "%.*s %.*s", SPAN_ARGS(tags),
			    SPAN_ARGS(act->tags[i]));
	return tags;
}

/* VALUE, of a subject, with what is missing before it.  Its encoded words stay
 * as they are, for a tag is ASCII. */
static void
change_subject(struct rule_act *act, unsigned occurrence, struct span value)
{
	/* A header line is at most 998 bytes (RFC 5322 section 2.1.1). */
	enum { LINE_MAX_BYTES = 900 };
	struct span tags = missing_tags(act, value);
	size_t first = span_find(value, '\n');
	bool fold = tags.len + first > LINE_MAX_BYTES;
	bool blank = value.len > 0 && (value.ptr[0] == ' ' ||
					  value.ptr[0] == '\t' ||
					  value.ptr[0] == '\n');

	if (tags.len > 0)
		verdict_change_header(act->verdict, SPAN("Subject"),
		    occurrence,
		    pool_printf(act->verdict->pool, "%.*s%s%s%.*s",
			SPAN_ARGS(tags), fold ? "\n" : "",
			blank || value.len == 0 ? "" : " ",
			SPAN_ARGS(value)));
}

static void
tag_subject(struct rule_act *act, const struct rule_facts *facts,
    const struct rule_action *action)
{
	const struct header_list *headers = &facts->message->headers;
	unsigned occurrence = 0;

	act->tags = pool_grow(act->verdict->pool, act->tags, act->tag_count,
	    sizeof(*act->tags));
	for (size_t i = 0; i < act->tag_count; i++)
		if (span_equal_case(act->tags[i], action->text))
			return;
	act->tags[act->tag_count++] = action->text;
	for (size_t i = 0; i < headers->count; i++)
		if (span_equal_case(headers->items[i].name, SPAN("Subject")))
			change_subject(
			    act, ++occurrence, headers->items[i].value);
	if (occurrence == 0)
		change_subject(act, 1, SPAN(""));
}

/* True if ACTION, which removes recipients, means the one of INDEX; MEANS tells
 * of each whether its condition does. */
static bool
means_recipient(struct rule_facts *facts, const struct rule_action *action,
    const bool *means, size_t index)
{
	const struct recipient *recipient = &facts->message->recipients[index];
	struct address address;
	struct err err;

	if (recipient->refused ||
	    !rule_recipient_on(facts, index, action->side))
		return false;
	if (action->condition != NULL)
		return means[index];
	if (action->value.len == 0)
		return true;
	return address_parse(action->value, &address, &err) == 0 &&
	    span_equal(address_key(facts->temporary, &address),
		address_key(facts->temporary, &recipient->address));
}

/* The recipient of INDEX is removed, as REMOVAL.  Of several rules that remove
 * it one is enough to answer for its loss. */
static void
remove_recipient(struct rule_act *act, const struct message *message,
    size_t index, enum rule_removal removal)
{
	enum rule_removal *before = &act->removals[index];

	if (*before >= removal)
		return;
	if (*before == RULE_KEPT)
		verdict_delete_recipient(
		    act->verdict, &message->recipients[index]);
	else
		act->removed_count--;
	if (removal == RULE_REMOVED)
		act->removed_count++;
	*before = removal;
}

static void
remove_recipients(struct rule_act *act, struct rule_facts *facts,
    const struct rule *rule, const struct rule_action *action,
    const bool *means)
{
	const struct message *message = facts->message;
	enum rule_removal removal = RULE_REMOVED;

	for (size_t i = 0; i < rule->action_count; i++)
		if (rule->actions[i].kind == ACTION_DISCARD_IF_NONE)
			removal = RULE_REMOVED_OR_DISCARDED;
	if (act->removals == NULL)
		act->removals = pool_alloc_array(facts->pool,
		    message->recipient_count + 1, sizeof(*act->removals));
	for (size_t i = 0; i < message->recipient_count; i++)
		if (means_recipient(facts, action, means, i))
			remove_recipient(act, message, i, removal);
}

/* Whether a message without a recipient left may be discarded. */
static void
allow_discard(struct rule_act *act)
{
	act->verdict->discard_if_no_recipient = act->removals != NULL &&
	    act->removed_count == 0 && !act->fault_hold;
}

/* The address of ACTION, or those that its column has for this message. */
static void
add_recipients(struct rule_act *act, struct rule_facts *facts,
    const struct rule_action *action)
{
	struct rule_eval eval = {
		.facts = facts,
		.recipient = RULE_NO_RECIPIENT,
	};
	struct rule_values values = { .count = 0 };

	if (action->cell == NULL) {
		verdict_add_recipient(act->verdict, action->value, SPAN(""));
		return;
	}
	rule_cell_values(&eval, action->cell, &values);
	for (size_t i = 0; i < values.count; i++)
		verdict_add_recipient(
		    act->verdict, values.items[i], SPAN(""));
}

/* MEANS as of struct rule_event, of ACTION. */
static void
do_action(struct rule_act *act, struct rule_facts *facts,
    const struct rule *rule, const struct rule_action *action,
    const bool *means)
{
	static const struct rule_action all = {
		.kind = ACTION_REMOVE_RECIPIENTS,
	};

	switch (action->kind) {
	case ACTION_REJECT:
		end(act, rule, action, DISPOSITION_REJECT, 550, SPAN("5.7.1"));
		break;
	case ACTION_TEMPFAIL:
		end(act, rule, action, DISPOSITION_TEMPFAIL, 451,
		    SPAN("4.7.1"));
		break;
	case ACTION_DISCARD:
		if (!act->fault_hold)
			verdict_end(act->verdict, DISPOSITION_DISCARD, 0,
			    SPAN(""), "%s", "");
		break;
	case ACTION_HOLD:
		hold(act, rule, text_of(rule, action));
		break;
	case ACTION_ADD_HEADER:
		verdict_add_header(act->verdict, action->name,
		    header_value(act, action->value));
		break;
	case ACTION_SET_HEADER:
		set_header(act, facts, action);
		break;
	case ACTION_REMOVE_HEADER:
		remove_header(act, facts, action->name, 1);
		break;
	case ACTION_TAG_SUBJECT:
		tag_subject(act, facts, action);
		break;
	case ACTION_ADD_RECIPIENT:
		add_recipients(act, facts, action);
		break;
	case ACTION_REDIRECT:
		remove_recipients(act, facts, rule, &all, NULL);
		add_recipients(act, facts, action);
		break;
	case ACTION_REMOVE_RECIPIENTS:
		remove_recipients(act, facts, rule, action, means);
		break;
	case ACTION_DISCARD_IF_NONE: /* remove_recipients has */
	case ACTION_STOP:            /* the run has seen to it */
		break;
	}
}

/* What an action comes to, in one word. */
static const char *
action_name(enum rule_action_kind kind)
{
	switch (kind) {
	case ACTION_REJECT:
		return "reject";
	case ACTION_TEMPFAIL:
		return "tempfail";
	case ACTION_DISCARD:
		return "discard";
	case ACTION_HOLD:
		return "hold";
	case ACTION_ADD_HEADER:
	case ACTION_SET_HEADER:
	case ACTION_REMOVE_HEADER:
	case ACTION_TAG_SUBJECT:
	case ACTION_ADD_RECIPIENT:
	case ACTION_REDIRECT:
	case ACTION_REMOVE_RECIPIENTS:
	case ACTION_DISCARD_IF_NONE:
		return "edit";
	case ACTION_STOP:
		return "stop";
	}
	return "";
}

/* The word of action= if RULE, which has an action, were enforced alone. */
static const char *
outcome_name(const struct rule *rule)
{
	enum rule_action_kind kind = rule->actions[0].kind;

	for (size_t i = 1; i < rule->action_count; i++)
		if (rule->actions[i].kind < kind)
			kind = rule->actions[i].kind;
	return action_name(kind);
}

/* A line of its own for what a rule in audit mode would have done. */
static void
audit(struct rule_act *act, const struct rule_event *event)
{
	const struct rule *rule = event->rule;

	verdict_aside(act->verdict, "audit", "%.*s", SPAN_ARGS(rule->id));
	if (event->kind == RULE_EVENT_FAULT) {
		/* It fails nobody, but whoever tries a rule has to know. */
		verdict_aside(act->verdict, "action", "fault");
		verdict_aside(act->verdict, "fault", "%s", event->fault.text);
		return;
	}
	if (event->kind == RULE_EVENT_UNREAD)
		verdict_aside(act->verdict, "action", "unread");
	else if (rule->action_count > 0)
		verdict_aside(
		    act->verdict, "action", "%s", outcome_name(rule));
	if (rule->severity.len > 0)
		verdict_aside(act->verdict, "severity", "%.*s",
		    SPAN_ARGS(rule->severity));
	if (event->evidence.len > 0)
		verdict_aside(act->verdict, "evidence", "%.*s",
		    SPAN_ARGS(event->evidence));
}

static void
append(struct rule_act *act, struct span *list, struct span item,
    const char *separator)
{
	enum { LIST_MAX = 480 };

	if (item.len == 0 || list->len + item.len > LIST_MAX)
		return;
	*list = list->len == 0
	    ? item
	    : pool_printf(act->verdict->pool, "%.*s%s%.*s", SPAN_ARGS(*list),
		  separator, SPAN_ARGS(item));
}

/* Names RULE among those that did something, once: one that applies may be in
 * doubt as well. */
static void
name_rule(struct rule_act *act, const struct rule *rule)
{
	struct span rest = act->rules, id;

	while (rest.len > 0 && span_next(&rest, ',', &id))
		if (span_equal(id, rule->id))
			return;
	append(act, &act->rules, rule->id, ",");
}

static int
severity_rank(struct span severity)
{
	return rule_word_index(rule_severities, severity);
}

/* RULE did something, and is as severe as it says. */
static void
note_rule(struct rule_act *act, const struct rule *rule)
{
	name_rule(act, rule);
	if (severity_rank(rule->severity) > severity_rank(act->severity))
		act->severity = rule->severity;
}

static void
fault(struct rule_act *act, const struct rule_event *event)
{
	const struct rule *rule = event->rule;

	/* Of ten thousand rules each may fail, for one reason as a rule. */
	if (act->fault_count++ == 0 ||
	    rule->on_failure == RULE_FAILURE_DEFAULT) {
		act->fault = event->fault;
		(void)err_context(
		    &act->fault, "rule %.*s", SPAN_ARGS(rule->id));
	}
	switch (rule->on_failure) {
	case RULE_FAILURE_DEFAULT:
		act->failed_rule = rule;
		break;
	case RULE_FAILURE_TEMPFAIL:
		verdict_end(act->verdict, DISPOSITION_TEMPFAIL, 451,
		    SPAN("4.3.0"),
		    "%.*s: the message could not be examined, try again later",
		    SPAN_ARGS(rule->id));
		break;
	case RULE_FAILURE_HOLD:
		hold(act, rule, SPAN("the message could not be examined"));
		act->fault_hold = true;
		allow_discard(act);
		break;
	}
}

/* The severest of what is due counts. */
static void
unread(struct rule_act *act, const struct rule_event *event,
    const struct rule_set *set)
{
	enum rule_unread due = rule_unread_of(set, event->rule);

	if (act->unread == UNREAD_TEMPFAILED || due == act->unread)
		return;
	act->unread = due;
	act->unread_rule = event->rule;
}

void
rule_act_event(struct rule_act *act, const struct rule_set *set,
    struct rule_facts *facts, const struct rule_event *event)
{
	const struct rule *rule = event->rule;

	if (rule->mode == MODE_AUDIT) {
		audit(act, event);
		return;
	}
	switch (event->kind) {
	case RULE_EVENT_UNREAD:
		unread(act, event, set);
		return;
	case RULE_EVENT_FAULT:
		note_rule(act, rule);
		fault(act, event);
		return;
	case RULE_EVENT_MATCH:
		break;
	}
	note_rule(act, rule);
	append(act, &act->evidence, event->evidence, "; ");
	for (size_t i = 0; i < rule->action_count; i++)
		do_action(act, facts, rule, &rule->actions[i],
		    event->means != NULL ? event->means[i] : NULL);
	allow_discard(act);
}

void
rule_act_take_hold(struct rule_act *act, const struct rule_act *recipient)
{
	if (!recipient->fault_hold || act->fault_hold)
		return;
	verdict_hold(act->verdict, recipient->verdict->hold_reason);
	act->fault_hold = true;
	append(act, &act->rules, recipient->rules, ",");
	if (severity_rank(recipient->severity) > severity_rank(act->severity))
		act->severity = recipient->severity;
	if (act->fault_count == 0)
		act->fault = recipient->fault;
	act->fault_count += recipient->fault_count;
}

void
rule_act_unread(struct rule_act *act)
{
	const struct rule *rule = act->unread_rule;

	if (rule == NULL ||
	    act->verdict->disposition != DISPOSITION_CONTINUE)
		return;
	note_rule(act, rule);
	append(act, &act->evidence, SPAN("unread content"), "; ");
	if (act->unread == UNREAD_TEMPFAILED)
		verdict_end(act->verdict, DISPOSITION_TEMPFAIL, 451,
		    SPAN("4.7.0"), "%.*s: the content could not be read",
		    SPAN_ARGS(rule->id));
	else if (act->unread == UNREAD_HELD)
		hold(act, rule, SPAN("content that could not be read"));
}

void
rule_act_notes(const struct rule_act *act, const struct rule_set *set,
    const struct rule_facts *facts)
{
	struct verdict *verdict = act->verdict;

	if (act->rules.len > 0) {
		verdict_note(
		    verdict, "rule", "%.*s", SPAN_ARGS(act->rules));
		verdict_note(verdict, "mode", "enforce");
	}
	if (act->fault_count > 0 && act->failed_rule == NULL)
		verdict_note(verdict, "fault", "%s", act->fault.text);
	if (act->fault_count > 1)
		verdict_note(verdict, "faults", "%zu", act->fault_count);
	if (act->severity.len > 0)
		verdict_note(
		    verdict, "severity", "%.*s", SPAN_ARGS(act->severity));
	if (act->evidence.len > 0)
		verdict_note(
		    verdict, "evidence", "%.*s", SPAN_ARGS(act->evidence));
	if (facts->content != NULL)
		verdict_note(verdict, "unread", "%zu", facts->content->unread);
	verdict_note(verdict, "rules", "%s", rule_set_hash(set));
}
