/* SPDX-License-Identifier: BSD-2-Clause */
#include "t/probe/events.h"

#include "base/siphash.h"
#include "base/xalloc.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { EVENT_MAX = 16 << 20 }; /* bytes of all lines of one event */

struct events {
	int fd;
};

struct events *
events_open(const char *path, struct err *err)
{
	struct events *events;
	int fd;

	*err = (struct err){ .kind = ERR_NONE };
	if (path[0] == '\0')
		return NULL;
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		(void)err_set_errno(err, "cannot open \"%s\"", path);
		return NULL;
	}
	events = xalloc(sizeof(*events));
	events->fd = fd;
	return events;
}

void
events_close(struct events **events)
{
	if (*events == NULL)
		return;
	(void)close((*events)->fd);
	free(*events);
	*events = NULL;
}

static void
add_text(struct buf *line, const char *key, struct span value)
{
	(void)buf_printf(line, " %s=\"", key);
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.ptr[i];

		if (c < ' ' || c >= 0x7f || c == '"' || c == '\\')
			(void)buf_printf(line, "\\x%02x", c);
		else
			(void)buf_append_char(line, value.ptr[i]);
	}
	(void)buf_append_char(line, '"');
}

static void
add_number(struct buf *line, const char *key, uint64_t value)
{
	(void)buf_printf(line, " %s=%ju", key, (uintmax_t)value);
}

static void
add_parameters(struct buf *line, const struct parameters *parameters)
{
	for (size_t i = 0; i < parameters->count; i++)
		add_text(line, "parameter", parameters->items[i]);
}

static void
add_mail(struct buf *line, const struct decision *decision)
{
	const struct connection *connection = decision->connection;
	const struct message *message = decision->message;
	const struct tls *tls = &connection->tls;

	add_text(line, "client_name", connection->client_name);
	add_text(line, "client", connection->client_text);
	add_number(line, "port", connection->client_port);
	add_text(line, "helo", connection->helo);
	add_text(line, "listener", connection->listener);
	add_text(line, "role", span_of(role_name(connection->role)));
	add_number(line, "local", connection->local);
	add_text(line, "tls", tls->version);
	add_text(line, "cipher", tls->cipher);
	add_text(line, "subject", tls->client_subject);
	add_text(line, "issuer", tls->client_issuer);
	add_number(line, "verified", tls->client_verified);
	add_text(line, "login", connection->login);
	add_text(line, "mechanism", connection->login_mechanism);
	add_text(line, "sender", message->sender_given);
	add_text(line, "sender_address", message->sender.text);
	add_parameters(line, &message->sender_parameters);
	add_number(line, "declared", message->declared_size);
}

static void
add_recipient(struct buf *line, const struct recipient *recipient)
{
	add_text(line, "given", recipient->given);
	add_text(line, "address", recipient->address.text);
	add_parameters(line, &recipient->parameters);
}

static void
add_headers(struct buf *line, const struct header_list *headers)
{
	for (size_t i = 0; i < headers->count; i++) {
		(void)buf_printf(line, "\n ");
		add_text(line, "name", headers->items[i].name);
		add_text(line, "value", headers->items[i].value);
	}
}

static void
write_line(struct events *events, struct buf *line)
{
	ssize_t written;

	/* One write, so that lines of two sessions do not mix. */
	(void)buf_append_char(line, '\n');
	written = write(events->fd, line->ptr, line->len);
	if (written < 0 || (size_t)written != line->len || line->full)
		abort();
	buf_free(line);
}

static const char *const stages[] = {
	[STAGE_MAIL] = "MAIL",
	[STAGE_RECIPIENT] = "RCPT",
	[STAGE_DATA] = "DATA",
	[STAGE_HEADERS] = "HEADERS",
	[STAGE_END] = "END",
};

void
events_stage(struct events *events, const struct decision *decision)
{
	const struct message *message = decision->message;
	struct buf line;

	if (events == NULL)
		return;
	buf_init(&line, EVENT_MAX);
	(void)buf_printf(&line, "%s", stages[decision->stage]);
	add_number(&line, "lookups", decision->lookup_count);
	add_text(&line, "queue_id", message->queue_id);
	switch (decision->stage) {
	case STAGE_MAIL:
		add_mail(&line, decision);
		break;
	case STAGE_RECIPIENT:
		add_recipient(
		    &line, &message->recipients[decision->recipient]);
		break;
	case STAGE_DATA:
		add_number(&line, "recipients", message->recipient_count);
		for (size_t i = 0; i < message->recipient_count; i++)
			add_number(&line, "refused",
			    message->recipients[i].refused);
		break;
	case STAGE_HEADERS:
		add_headers(&line, &message->headers);
		break;
	case STAGE_END:
		add_number(&line, "body", message->body_size);
		break;
	}
	write_line(events, &line);
}

void
events_body(struct events *events, struct span chunk)
{
	static const struct siphash secret = { { 1, 2 } };
	struct siphash hash = siphash_of(secret, chunk);
	struct buf line;

	if (events == NULL)
		return;
	buf_init(&line, EVENT_MAX);
	(void)buf_printf(&line, "BODY");
	add_number(&line, "bytes", chunk.len);
	(void)buf_printf(&line, " hash=%016jx", (uintmax_t)hash.word[0]);
	write_line(events, &line);
}

void
events_settle(struct events *events, const struct decision *decision,
    enum settlement settlement)
{
	struct buf line;

	if (events == NULL)
		return;
	buf_init(&line, EVENT_MAX);
	(void)buf_printf(
	    &line, settlement == SETTLE_COMMIT ? "COMMIT" : "ABORT");
	add_text(&line, "queue_id", decision->message->queue_id);
	add_text(&line, "sender", decision->message->sender_given);
	add_number(&line, "body", decision->message->body_size);
	write_line(events, &line);
}
