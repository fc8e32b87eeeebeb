/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/decision_log.h"

#include "base/log.h"

#include <stdio.h>
#include <string.h>

/* The queue id as soon as the MTA tells it, else the session's own. */
static struct span
id_of(const struct decision *decision)
{
	struct span queue_id = decision->message->queue_id;

	return queue_id.len > 0 ? queue_id : decision->connection->id;
}

static void
add_notes(struct log_line *line, const struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->note_count; i++)
		log_line_text(
		    line, verdict->notes[i].key, verdict->notes[i].value);
}

static void
add_reply(struct log_line *line, const struct reply *reply)
{
	char text[512];
	int len;

	if (reply->code == 0)
		return;
	len = snprintf(text, sizeof(text), "%u %.*s %.*s", reply->code,
	    SPAN_ARGS(reply->enhanced), SPAN_ARGS(reply->text));
	if (len < 0)
		return;
	log_line_text(line, "reply",
	    span_make(text,
		(size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1));
}

static void
add_origin(struct log_line *line, const struct decision *decision)
{
	const struct connection *connection = decision->connection;

	log_line_text(line, "client",
	    connection->local ? SPAN("local") : connection->client_text);
	if (connection->login.len > 0)
		log_line_text(line, "login", connection->login);
	if (connection->listener.len > 0)
		log_line_text(line, "listener", connection->listener);
	if (decision->message->queue_id.len > 0)
		log_line_text(line, "session", connection->id);
}

static size_t
refused_count(const struct message *message)
{
	size_t count = 0;

	for (size_t i = 0; i < message->recipient_count; i++)
		count += message->recipients[i].refused;
	return count;
}

static void
add_envelope(struct log_line *line, const struct message *message)
{
	const struct header *id;
	size_t refused = refused_count(message);

	id = header_list_find(&message->headers, SPAN("Message-ID"), 0);
	if (id != NULL)
		log_line_text(line, "message-id", span_trim(id->value));
	log_line_text(line, "from", message->sender_given);
	log_line_number(line, "nrcpt", (int64_t)message->recipient_count);
	if (refused > 0)
		log_line_number(line, "refused", (int64_t)refused);
	if (message->recipient_count > 0)
		log_line_text(line, "to", message->recipients[0].given);
}

/* One line for each rule in audit mode that would have acted. */
static void
log_asides(const struct decision *decision)
{
	const struct verdict *verdict = decision->verdict;
	struct log_line line;

	for (size_t i = 0; i < verdict->aside_count; i++) {
		const struct note *aside = &verdict->asides[i];

		if (i == 0 || strcmp(aside->key, "audit") == 0) {
			if (i > 0)
				log_line_end(&line, LOG_LEVEL_INFO);
			log_line_start(&line, id_of(decision));
		}
		log_line_text(&line, aside->key, aside->value);
	}
	if (verdict->aside_count > 0)
		log_line_end(&line, LOG_LEVEL_INFO);
}

void
decision_log(const struct decision *decision, int64_t spent_us)
{
	const struct verdict *verdict = decision->verdict;
	const struct message *message = decision->message;
	struct log_line line;

	log_line_start(&line, id_of(decision));
	log_line_text(&line, "action", verdict_action(verdict));
	if (decision->settings->observe)
		log_line_text(&line, "observe", SPAN("yes"));
	add_notes(&line, verdict);
	if (verdict->hold)
		log_line_text(&line, "hold", verdict->hold_reason);
	add_reply(&line, &verdict->reply);
	add_envelope(&line, message);
	add_origin(&line, decision);
	/* Daemons that look at the envelope only are not shown the rest. */
	if (message->headers.count > 0)
		log_line_number(
		    &line, "size", (int64_t)message_size(message));
	log_line_ms(&line, "ms", spent_us);
	log_line_end(&line, LOG_LEVEL_INFO);
	log_asides(decision);
}

void
decision_log_refusal(const struct decision *decision)
{
	const struct message *message = decision->message;
	const struct verdict *refusal = &decision->refusal;
	struct log_line line;

	log_line_start(&line, id_of(decision));
	log_line_text(&line, "action", SPAN("refuse"));
	if (decision->settings->observe)
		log_line_text(&line, "observe", SPAN("yes"));
	log_line_text(
	    &line, "to", message->recipients[decision->recipient].given);
	add_notes(&line, refusal);
	if (decision->failed)
		log_line_text(&line, "fault", span_of(decision->fault.text));
	add_reply(&line, &refusal->reply);
	log_line_text(&line, "from", message->sender_given);
	add_origin(&line, decision);
	log_line_end(&line, LOG_LEVEL_INFO);
}
