/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For people: what the message was, each rule with its conditions and why they
 * hold or not, and what became of the message.
 */
#include "milters/lumbar/explain.h"

#include "base/escape.h"

#include <string.h>
#include <time.h>

enum {
	LINE_MAX_BYTES = 1 << 20, /* of one text, escaped */
	CONDITION_INDENT = 2,     /* blanks for each level */
};

/* Appends TEXT to PLAIN, runs of blanks and line ends as one blank. */
static void
fold_text(struct span text, struct buf *plain)
{
	bool blank = false;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
			blank = plain->len > 0;
			continue;
		}
		if (blank)
			(void)buf_append_char(plain, ' ');
		blank = false;
		(void)buf_append_char(plain, c);
	}
}

/* Prints TEXT escaped. */
static void
put_text(FILE *out, struct span text)
{
	struct buf plain, escaped;

	buf_init(&plain, LINE_MAX_BYTES);
	buf_init(&escaped, LINE_MAX_BYTES);
	fold_text(text, &plain);
	(void)escape_text(buf_span(&plain), &escaped);
	fputs(buf_string(&escaped), out);
	buf_free(&plain);
	buf_free(&escaped);
}

/* Prints TEXT of our own, of the rule file or the log, whose backslashes stay
 * as they are: doubled, an expression or a line would be another one. */
static void
put_own_text(FILE *out, struct span text)
{
	struct buf plain, escaped;
	struct span rest;

	buf_init(&plain, LINE_MAX_BYTES);
	buf_init(&escaped, LINE_MAX_BYTES);
	fold_text(text, &plain);
	rest = buf_span(&plain);
	while (rest.len > 0) {
		size_t at = span_find(rest, '\\');

		(void)escape_text(span_slice(rest, 0, at), &escaped);
		if (at < rest.len)
			(void)buf_append_char(&escaped, '\\');
		rest = span_slice(rest, at + 1, rest.len);
	}
	fputs(buf_string(&escaped), out);
	buf_free(&plain);
	buf_free(&escaped);
}

/* The label of a line, and TEXT behind it. */
static void
put_labelled(FILE *out, const char *label, struct span text)
{
	fprintf(out, "%-11s ", label);
	put_text(out, text);
	putc('\n', out);
}

static void
put_source(FILE *out, const char *source)
{
	if (source != NULL)
		fprintf(out, "  (from %s)", source);
}

static void
put_message(const struct explanation *explanation, FILE *out)
{
	const struct stored_mail *stored = &explanation->mail->stored;
	const struct header *id =
	    header_list_find(&stored->headers, SPAN("Message-ID"), 0);

	fprintf(out, "Message     %s, %zu bytes", explanation->file,
	    stored->text.len);
	if (id != NULL) {
		fputs(", ", out);
		put_text(out, id->value);
	}
	putc('\n', out);
}

static void
put_time(FILE *out, int64_t wall_us)
{
	time_t seconds = (time_t)(wall_us / CLOCK_SECOND_US);
	struct tm tm;
	char text[64];

	if (localtime_r(&seconds, &tm) != NULL &&
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %Z", &tm) > 0)
		fprintf(out, "At          %s\n", text);
}

static void
put_listener(const struct explanation *explanation, FILE *out)
{
	const char *listener = explanation->mail->sent.listener;

	fputs("Listener    ", out);
	if (listener == NULL)
		fputs("none was given", out);
	else
		put_text(out, span_of(listener));
	fprintf(out, ", role %s%s\n", role_name(explanation->role),
	    listener == NULL || explanation->listener_known
		? ""
		: ", for no listener block has this name");
}

static void
put_envelope(const struct explanation *explanation, FILE *out)
{
	const struct trial_message *sent = &explanation->mail->sent;
	const struct stored_envelope *guess = &explanation->mail->guess;
	const struct lumbar_envelope *told = explanation->told;

	fputs("Sender      ", out);
	put_text(out, span_of(sent->sender));
	put_source(out, told->from != NULL ? NULL : guess->sender_field);
	putc('\n', out);
	for (size_t i = 0; sent->recipients[i] != NULL; i++) {
		fputs(i == 0 ? "Recipients  " : "            ", out);
		put_text(out, span_of(sent->recipients[i]));
		if (i == 0 && told->recipient_count == 0)
			put_source(out, guess->recipients_field);
		putc('\n', out);
	}
	if (told->recipient_count == 0 && guess->unreadable > 0)
		fprintf(out, "            %zu address fields cannot be read\n",
		    guess->unreadable);
	put_labelled(out, "Client",
	    sent->client != NULL ? span_of(sent->client)
				 : SPAN("192.0.2.1, for none was given"));
	put_listener(explanation, out);
	if (sent->login != NULL)
		put_labelled(out, "Login", span_of(sent->login));
	put_time(out, sent->now.wall_us);
	fprintf(out, "Rules       %zu, hash %s\n", explanation->rule_count,
	    explanation->rules_hash);
}

static void
put_indent(FILE *out, unsigned depth)
{
	fprintf(out, "      %*s", (int)(depth * CONDITION_INDENT), "");
}

static void
put_seen(const struct rule_trace_item *item, FILE *out)
{
	if (item->fact == NULL)
		return;
	put_indent(out, item->depth + 1);
	fprintf(out, "    %s", item->fact);
	if (item->seen_count == 0 && strcmp(item->value, "not yet") == 0)
		fputs(": not known yet", out);
	else if (item->seen_count == 0 && strcmp(item->value, "true") != 0)
		fputs(": nothing", out);
	for (size_t i = 0; i < item->seen_count; i++) {
		fputs(i == 0 ? ": \"" : ", \"", out);
		put_text(out, item->seen[i]);
		putc('"', out);
	}
	fputs(item->more_seen ? ", and more\n" : "\n", out);
}

static void
put_hits(const struct rule_trace_item *item, FILE *out)
{
	for (size_t i = 0; i < item->hit_count; i++) {
		const struct rule_trace_hit *hit = &item->hits[i];

		put_indent(out, item->depth + 1);
		fputs("    found in ", out);
		if (hit->number != RULE_TRACE_HEADER) {
			put_text(out, hit->part);
			fprintf(out, " (part %d), ", hit->number);
		}
		fprintf(out, "%s, byte %zu, %zu bytes long\n", hit->view,
		    hit->offset, hit->length);
	}
	if (item->more_hits) {
		put_indent(out, item->depth + 1);
		fputs("    and in more places\n", out);
	}
}

static void
put_item(const struct rule_trace_item *item, FILE *out)
{
	if (item->depth == 0)
		fprintf(out, "    %s\n", item->except ? "except" : "when");
	put_indent(out, item->depth);
	fprintf(out, "%-7s ", item->value);
	if (item->picked.len > 0) {
		put_text(out, item->picked);
		fputs(": ", out);
	}
	if (item->text.len > 0)
		put_own_text(out, item->text);
	else
		fputs("(of it)", out);
	fputs(item->needless ? "  (was not needed)\n" : "\n", out);
	put_seen(item, out);
	put_hits(item, out);
}

static void
put_answer(const struct explanation *explanation,
    const struct rule_trace_answer *answer, FILE *out)
{
	const struct message *message = explanation->result->message;

	fputs("    ", out);
	if (answer->recipient != RULE_TRACE_MESSAGE) {
		put_text(out, message->recipients[answer->recipient].given);
		fputs(": ", out);
	}
	fprintf(out, "%s, at %s\n",
	    answer->outcome == RULE_TRACE_MATCH
		? "MATCH"
		: rule_trace_outcome_name(answer->outcome),
	    rule_stage_name(answer->stage));
	if (answer->unread)
		fputs("    some content could not be read, and could change "
		      "this\n", out);
	if (answer->fault.len > 0) {
		fputs("    because ", out);
		put_text(out, answer->fault);
		putc('\n', out);
	}
	for (size_t i = 0; i < answer->item_count; i++)
		put_item(&answer->items[i], out);
	if (answer->cut)
		fputs("    ... and more conditions\n", out);
}

/* True if RULE found something, which is when its actions matter. */
static bool
found(const struct explanation *explanation, size_t rule)
{
	const struct policy_observer *observer = explanation->observer;

	for (size_t i = 0; i < observer->finding_count; i++)
		if (observer->findings[i].rule == rule &&
		    observer->findings[i].kind == RULE_EVENT_MATCH)
			return true;
	return false;
}

static void
put_rule(const struct explanation *explanation, size_t index, FILE *out)
{
	const struct rule_about *about = &explanation->rules[index];
	const struct rule_trace *trace = explanation->observer->trace;
	const struct rule_trace_answer *answer =
	    rule_trace_first(trace, index);

	fputs("\nrule ", out);
	put_text(out, about->id);
	if (about->title.len > 0) {
		fputs(" \"", out);
		put_text(out, about->title);
		putc('"', out);
	}
	fprintf(out, "  %s, ", rule_mode_name(about->mode));
	put_text(out, about->file);
	fprintf(out, ":%zu\n", about->line);
	if (answer == NULL) {
		fputs("    not reached: ", out);
		put_text(out, rule_trace_not_reached(
		    trace, index, explanation->pool));
		putc('\n', out);
	}
	for (; answer != NULL; answer = rule_trace_next(trace, answer))
		put_answer(explanation, answer, out);
	if (!found(explanation, index))
		return;
	fputs(about->mode == MODE_AUDIT ? "    would do: " : "    then: ",
	    out);
	put_own_text(out, about->then);
	putc('\n', out);
}

static void
put_recipients(const struct explanation *explanation, FILE *out)
{
	const struct trial_result *result = explanation->result;

	for (size_t i = 0; i < result->recipient_count; i++) {
		const struct response *response = &result->recipients[i];

		if (response->kind == RESPONSE_CONTINUE)
			continue;
		fputs("Recipient   ", out);
		put_text(out, span_of(explanation->mail->sent.recipients[i]));
		fprintf(out, " %s: %u ", explain_response(response),
		    response->reply.code);
		put_text(out, response->reply.enhanced);
		putc(' ', out);
		put_text(out, response->reply.text);
		putc('\n', out);
	}
}

static void
put_edit(const struct edit *edit, FILE *out)
{
	static const char *const phrases[] = {
		[EDIT_ADD_HEADER] = "the header is added:",
		[EDIT_INSERT_HEADER] = "the header is put on top:",
		[EDIT_CHANGE_HEADER] = "the header becomes:",
		[EDIT_DELETE_HEADER] = "the header is removed:",
		[EDIT_ADD_RECIPIENT] = "the recipient is added:",
		[EDIT_DELETE_RECIPIENT] = "the recipient is removed:",
		[EDIT_CHANGE_SENDER] = "the sender becomes:",
		[EDIT_REPLACE_BODY] = "the body is replaced",
	};

	fprintf(out, "Edit        %s ", phrases[edit->kind]);
	if (edit->name.len > 0) {
		put_text(out, edit->name);
		if (edit->kind != EDIT_DELETE_HEADER)
			fputs(": ", out);
		else if (edit->index > 1)
			fprintf(out, " (number %u)", edit->index);
	}
	if (edit->kind != EDIT_REPLACE_BODY &&
	    edit->kind != EDIT_DELETE_HEADER)
		put_text(out, edit->value);
	putc('\n', out);
}

static void
put_outcome(const struct explanation *explanation, FILE *out)
{
	const struct trial_result *result = explanation->result;
	const struct verdict *verdict = result->verdict;
	struct span rest = explanation->log, line;
	size_t count;
	const struct edit *edits =
	    explain_edits(result, explanation->pool, &count);

	fputs("\nOUTCOME     ", out);
	put_text(out, explain_action(result));
	fprintf(out, ": the message is %s at %s\n",
	    explain_response(&result->end), explain_stage(result->end_stage));
	if (explanation->observe)
		fputs("            observe = yes: nothing is done to it\n",
		    out);
	if (verdict->reply.code != 0) {
		fprintf(out, "Reply       %u ", verdict->reply.code);
		put_text(out, verdict->reply.enhanced);
		putc(' ', out);
		put_text(out, verdict->reply.text);
		putc('\n', out);
	}
	if (verdict->hold)
		put_labelled(out, "Held", verdict->hold_reason);
	put_recipients(explanation, out);
	for (size_t i = 0; i < count; i++)
		put_edit(&edits[i], out);
	while (span_next(&rest, '\n', &line))
		if (line.len > 0) {
			fputs("Log         ", out);
			put_own_text(out, line);
			putc('\n', out);
		}
}

int
explain_text(const struct explanation *explanation, FILE *out)
{
	put_message(explanation, out);
	put_envelope(explanation, out);
	for (size_t i = 0; i < explanation->rule_count; i++)
		put_rule(explanation, i, out);
	put_outcome(explanation, out);
	return ferror(out) ? -1 : 0;
}
