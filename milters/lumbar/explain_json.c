/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The schema is in lumbar-explain(1): who reads it relies on that page.
 */
#include "milters/lumbar/explain.h"

#include "base/json_out.h"

static void
add_reply(struct json_out *object, const struct reply *reply)
{
	struct json_out *told;

	if (reply->code == 0)
		return;
	told = json_out_object(object, "reply");
	json_out_number(told, "code", reply->code);
	json_out_text(told, "enhanced", reply->enhanced);
	json_out_text(told, "text", reply->text);
}

static void
add_message(const struct explanation *explanation, struct json_out *top)
{
	struct json_out *message = json_out_object(top, "message");
	const struct header_list *headers =
	    &explanation->mail->stored.headers;
	const struct header *id =
	    header_list_find(headers, SPAN("Message-ID"), 0);

	json_out_text(message, "file", span_of(explanation->file));
	if (id != NULL)
		json_out_text(message, "message_id", span_trim(id->value));
	json_out_number(message, "bytes",
	    (int64_t)explanation->mail->stored.text.len);
}

static void
add_recipients(const struct explanation *explanation, struct json_out *envelope)
{
	const char *const *given = explanation->mail->sent.recipients;
	const struct trial_result *result = explanation->result;
	struct json_out *all = json_out_array(envelope, "recipients");

	for (size_t i = 0; given[i] != NULL; i++) {
		struct json_out *one = json_out_add_object(all);

		json_out_text(one, "address", span_of(given[i]));
		if (i >= result->recipient_count)
			continue;
		json_out_text(one, "outcome",
		    span_of(explain_response(&result->recipients[i])));
		add_reply(one, &result->recipients[i].reply);
	}
}

static void
add_envelope(const struct explanation *explanation, struct json_out *top)
{
	const struct lumbar_envelope *told = explanation->told;
	const struct stored_envelope *guess = &explanation->mail->guess;
	const struct trial_message *sent = &explanation->mail->sent;
	struct json_out *envelope = json_out_object(top, "envelope");

	json_out_text(envelope, "from", span_of(sent->sender));
	json_out_text(envelope, "from_source",
	    span_of(told->from != NULL        ? "--from"
		    : guess->sender_field != NULL ? guess->sender_field
						  : "none"));
	json_out_text(envelope, "recipients_source",
	    span_of(told->recipient_count > 0 ? "--rcpt"
					      : guess->recipients_field));
	json_out_text(envelope, "client",
	    span_of(sent->client != NULL ? sent->client : "192.0.2.1"));
	if (sent->login != NULL)
		json_out_text(envelope, "login", span_of(sent->login));
	if (sent->listener != NULL)
		json_out_text(envelope, "listener", span_of(sent->listener));
	json_out_number(
	    envelope, "time", sent->now.wall_us / CLOCK_SECOND_US);
	add_recipients(explanation, envelope);
}

static const char *
edit_name(enum edit_kind kind)
{
	switch (kind) {
	case EDIT_ADD_HEADER:
		return "add header";
	case EDIT_INSERT_HEADER:
		return "insert header";
	case EDIT_CHANGE_HEADER:
		return "change header";
	case EDIT_DELETE_HEADER:
		return "delete header";
	case EDIT_ADD_RECIPIENT:
		return "add recipient";
	case EDIT_DELETE_RECIPIENT:
		return "delete recipient";
	case EDIT_CHANGE_SENDER:
		return "change sender";
	case EDIT_REPLACE_BODY:
		return "replace body";
	}
	return "";
}

static void
add_edits(const struct explanation *explanation, struct json_out *top)
{
	const struct trial_result *result = explanation->result;
	struct json_out *all = json_out_array(top, "edits");
	size_t count;
	const struct edit *edits =
	    explain_edits(result, explanation->pool, &count);

	for (size_t i = 0; i < count; i++) {
		struct json_out *one = json_out_add_object(all);

		json_out_text(one, "edit", span_of(edit_name(edits[i].kind)));
		if (edits[i].name.len > 0)
			json_out_text(one, "name", edits[i].name);
		if (edits[i].kind == EDIT_CHANGE_HEADER ||
		    edits[i].kind == EDIT_DELETE_HEADER)
			json_out_number(one, "index", edits[i].index);
		if (edits[i].kind == EDIT_REPLACE_BODY)
			continue;
		if (edits[i].kind != EDIT_DELETE_HEADER)
			json_out_text(
			    one, "value", span_trim(edits[i].value));
	}
}

static void
add_matched(const struct explanation *explanation, struct json_out *top,
    const char *key, bool audit)
{
	struct json_out *all = json_out_array(top, key);
	size_t count;
	const struct span *ids = explain_matched(explanation, audit, &count);

	for (size_t i = 0; i < count; i++)
		json_out_add_text(all, ids[i]);
}

static void
add_outcome(const struct explanation *explanation, struct json_out *top)
{
	const struct trial_result *result = explanation->result;
	const struct verdict *verdict = result->verdict;
	struct json_out *notes, *log;
	struct span rest = explanation->log, line;

	json_out_text(top, "action", explain_action(result));
	json_out_bool(top, "observe", explanation->observe);
	json_out_text(
	    top, "outcome", span_of(explain_response(&result->end)));
	json_out_text(
	    top, "stage", span_of(explain_stage(result->end_stage)));
	add_reply(top, &verdict->reply);
	if (verdict->hold)
		json_out_text(top, "hold", verdict->hold_reason);
	add_edits(explanation, top);
	add_matched(explanation, top, "matched", false);
	add_matched(explanation, top, "audited", true);
	notes = json_out_object(top, "notes");
	for (size_t i = 0; i < verdict->note_count; i++)
		json_out_text(
		    notes, verdict->notes[i].key, verdict->notes[i].value);
	log = json_out_array(top, "log");
	while (span_next(&rest, '\n', &line))
		if (line.len > 0)
			json_out_add_text(log, line);
}

static void
add_hits(const struct rule_trace_item *item, struct json_out *condition)
{
	struct json_out *all;

	if (item->hit_count == 0)
		return;
	all = json_out_array(condition, "hits");
	for (size_t i = 0; i < item->hit_count; i++) {
		const struct rule_trace_hit *hit = &item->hits[i];
		struct json_out *one = json_out_add_object(all);

		if (hit->number != RULE_TRACE_HEADER) {
			json_out_number(one, "part", hit->number);
			json_out_text(one, "name", hit->part);
		}
		json_out_text(one, "view", span_of(hit->view));
		json_out_number(one, "offset", (int64_t)hit->offset);
		json_out_number(one, "length", (int64_t)hit->length);
	}
	if (item->more_hits)
		json_out_bool(condition, "more_hits", true);
}

static void
fill_condition(const struct rule_trace_item *item, struct json_out *condition)
{
	struct json_out *seen;

	if (item->depth == 0)
		json_out_text(condition, "clause",
		    item->except ? SPAN("except") : SPAN("when"));
	if (item->text.len > 0)
		json_out_text(condition, "text", item->text);
	if (item->picked.len > 0)
		json_out_text(condition, "for", item->picked);
	json_out_text(condition, "value", span_of(item->value));
	if (item->needless)
		json_out_bool(condition, "needless", true);
	if (item->fact != NULL)
		json_out_text(condition, "fact", span_of(item->fact));
	if (item->seen_count > 0) {
		seen = json_out_array(condition, "seen");
		for (size_t i = 0; i < item->seen_count; i++)
			json_out_add_text(seen, item->seen[i]);
		if (item->more_seen)
			json_out_bool(condition, "more_seen", true);
	}
	add_hits(item, condition);
}

/* The items of ANSWER from *AT on that are DEPTH deep, and what is in them. */
static void
add_conditions(const struct rule_trace_answer *answer, size_t *at,
    unsigned depth, struct json_out *parent)
{
	struct json_out *all = json_out_array(parent, "conditions");

	while (*at < answer->item_count &&
	    answer->items[*at].depth == depth) {
		struct json_out *one = json_out_add_object(all);

		fill_condition(&answer->items[(*at)++], one);
		if (*at < answer->item_count &&
		    answer->items[*at].depth > depth)
			add_conditions(answer, at, depth + 1, one);
	}
}

static void
add_answer(const struct explanation *explanation,
    const struct rule_trace_answer *answer, struct json_out *answers)
{
	const struct message *message = explanation->result->message;
	struct json_out *one = json_out_add_object(answers);
	size_t at = 0;

	if (answer->recipient != RULE_TRACE_MESSAGE)
		json_out_text(one, "recipient",
		    message->recipients[answer->recipient].given);
	json_out_text(
	    one, "stage", span_of(rule_stage_name(answer->stage)));
	json_out_text(one, "result",
	    span_of(rule_trace_outcome_name(answer->outcome)));
	if (answer->unread)
		json_out_bool(one, "unread", true);
	if (answer->evidence.len > 0)
		json_out_text(one, "evidence", answer->evidence);
	if (answer->fault.len > 0)
		json_out_text(one, "fault", answer->fault);
	if (answer->cut)
		json_out_bool(one, "cut", true);
	add_conditions(answer, &at, 0, one);
}

static void
add_rules(const struct explanation *explanation, struct json_out *top)
{
	struct json_out *rules = json_out_array(top, "rules");
	const struct rule_trace *trace = explanation->observer->trace;

	for (size_t i = 0; i < explanation->rule_count; i++) {
		const struct rule_about *about = &explanation->rules[i];
		struct json_out *rule = json_out_add_object(rules);
		const struct rule_trace_answer *answer =
		    rule_trace_first(trace, i);
		struct json_out *given;

		json_out_text(rule, "id", about->id);
		json_out_text(rule, "title", about->title);
		json_out_text(rule, "file", about->file);
		json_out_number(rule, "line", (int64_t)about->line);
		json_out_text(
		    rule, "mode", span_of(rule_mode_name(about->mode)));
		json_out_text(rule, "then", about->then);
		if (answer == NULL) {
			json_out_text(rule, "not_reached",
			    rule_trace_not_reached(
				trace, i, explanation->pool));
			continue;
		}
		given = json_out_array(rule, "answers");
		for (; answer != NULL; answer = rule_trace_next(trace, answer))
			add_answer(explanation, answer, given);
	}
}

int
explain_json(
    const struct explanation *explanation, bool one_line, FILE *out)
{
	struct json_out *top = json_out_new();
	int result;

	json_out_number(top, "version", 1);
	add_message(explanation, top);
	add_envelope(explanation, top);
	json_out_text(top, "rules_hash", span_of(explanation->rules_hash));
	add_outcome(explanation, top);
	add_rules(explanation, top);
	result = json_out_print(top, one_line, out);
	json_out_free(&top);
	return result;
}
