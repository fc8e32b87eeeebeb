/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/native_session.h"

#include "base/xalloc.h"
#include "skeleton/native_edits.h"
#include "skeleton/native_macros.h"
#include "skeleton/negotiation.h"
#include "skeleton/session.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the MTA has said last, which limits what it may say next. */
enum phase {
	PHASE_CONNECTED = 1u << 0, /* nothing yet */
	PHASE_NO_MESSAGE = 1u << 1,
	PHASE_ENVELOPE = 1u << 2, /* MAIL or RCPT */
	PHASE_DATA = 1u << 3,
	PHASE_HEADERS = 1u << 4,
	PHASE_BODY = 1u << 5, /* the end of headers, or the body */
	PHASE_REFUSED = 1u << 6, /* DATA, which we refused */
};

enum {
	IN_MESSAGE =
	    PHASE_ENVELOPE | PHASE_DATA | PHASE_HEADERS | PHASE_BODY,
	NEGOTIATED = PHASE_NO_MESSAGE | IN_MESSAGE | PHASE_REFUSED,
	/* A refusal of DATA leaves the client in its transaction, with both
	 * MTAs, and it may send RCPT or DATA again. */
	BEFORE_HEADERS = PHASE_ENVELOPE | PHASE_DATA | PHASE_REFUSED,
};

/* What native_session_continue goes on with. */
enum awaited {
	AWAITED_NOTHING,
	/* A decision, on what the MTA said last. */
	AWAITED_DATA,
	AWAITED_HEADERS_END,
	AWAITED_END,
	AWAITED_LOOKUPS,     /* of a decision before the end */
	AWAITED_END_LOOKUPS, /* of that at the end */
	AWAITED_EDITS,       /* to be sent */
};

struct native_session {
	struct milter *milter;
	struct milter_negotiation agreed;
	struct session *session; /* NULL until the MTA has negotiated */
	enum phase phase;
	enum response_kind refusal; /* of what comes behind DATA again */
	enum awaited awaited;
	uint32_t no_reply; /* the MILTER_STEP_NR_* of the event in work */
	struct response response;
	struct native_edits edits;
	struct native_macros macros;
	const char *error; /* in ERROR_TEXT, or NULL */
	char error_text[160];
};

/* What one call of native_session_read works with. */
struct exchange {
	struct moment now;
	struct buf *out; /* for the MTA */
	struct err err;
};

struct native_session *
native_session_new(struct milter *milter)
{
	struct native_session *session = xalloc(sizeof(*session));

	session->milter = milter;
	session->phase = PHASE_CONNECTED;
	native_macros_init(&session->macros);
	return session;
}

void
native_session_free(struct native_session **session)
{
	if (*session == NULL)
		return;
	session_free(&(*session)->session);
	native_macros_free(&(*session)->macros);
	free(*session);
	*session = NULL;
}

struct lookups *
native_session_lookups(struct native_session *session)
{
	return session_lookups(session->session);
}

bool
native_session_at_end(const struct native_session *session)
{
	return session->awaited == AWAITED_END ||
	    session->awaited == AWAITED_END_LOOKUPS;
}

bool
native_session_negotiated(const struct native_session *session)
{
	return session->session != NULL;
}

bool
native_session_in_message(const struct native_session *session)
{
	return session->session != NULL &&
	    session_in_message(session->session);
}

const char *
native_session_error(const struct native_session *session)
{
	return session->error;
}

/* The connection ends for what the MTA said, which the error of the EXCHANGE
 * describes. */
static enum native_step
wrong(struct native_session *session, const char *command,
    const struct exchange *exchange)
{
	/* It may quote what came; the start of it tells enough. */
	(void)snprintf(session->error_text, sizeof(session->error_text),
	    "%s: %.120s", command, exchange->err.text);
	session->error = session->error_text;
	return NATIVE_CLOSE;
}

/* For session.h. */
static const char *
get_macro(void *context, const char *name)
{
	const struct native_session *session = context;

	return native_macros_find(&session->macros, name);
}

static enum native_step
on_macros(struct native_session *session, struct span payload,
    struct exchange *exchange)
{
	if (native_macros_define(&session->macros, payload, &exchange->err) < 0)
		return wrong(session, "macros", exchange);
	return NATIVE_READ;
}

/* The session behind a connection, once it is known what the MTA can do. */
static void
begin_session(struct native_session *session)
{
	const struct session_link link = {
		.macro = get_macro,
		.context = session,
		.abilities = negotiation_abilities(&session->agreed),
	};
	struct session *old = session->session;

	/* In this order, so that the number of sessions never is 0 between. */
	session->session = session_new(session->milter, &link);
	session_free(&old);
	session->phase = PHASE_NO_MESSAGE;
}

static enum native_step
on_negotiate(struct native_session *session, struct span payload,
    struct exchange *exchange)
{
	const struct milter_negotiation wanted = negotiation_wanted(
	    session->milter->daemon, milter_needs(session->milter));
	struct milter_negotiation offered;
	size_t packet;

	if (milter_read_negotiation(payload, &offered, &exchange->err) < 0 ||
	    negotiation_agree(
		&wanted, &offered, &session->agreed, &exchange->err) < 0)
		return wrong(session, "negotiation", exchange);
	packet = milter_packet_begin(exchange->out, MILTER_NEGOTIATE);
	milter_add_number(exchange->out, session->agreed.version);
	milter_add_number(exchange->out, session->agreed.actions);
	milter_add_number(exchange->out, session->agreed.steps);
	if ((session->agreed.actions & MILTER_ACTION_MACRO_LISTS) != 0)
		for (uint32_t i = 0; i < MILTER_STAGE_COUNT; i++) {
			milter_add_number(exchange->out, i);
			milter_add_string(exchange->out,
			    span_of(negotiation_macros((enum milter_stage)i)));
		}
	milter_packet_end(exchange->out, packet);
	begin_session(session);
	return NATIVE_READ;
}

/* Puts RESPONSE into OUT, unless it is to an event that the MTA does not wait
 * for. */
static void
answer(struct native_session *session, struct buf *out)
{
	if ((session->agreed.steps & session->no_reply) == 0)
		native_edits_answer(&session->response, out);
	session_release_message(session->session);
	if (session_in_message(session->session))
		return;
	/* The next MAIL may come without macros. */
	native_macros_end_message(&session->macros);
	if (session->phase == PHASE_REFUSED)
		return;
	/* What still came of a message that was refused would pass unseen, so
	 * it is out of order. */
	if (session->phase == PHASE_DATA &&
	    (session->response.kind == RESPONSE_REJECT ||
		session->response.kind == RESPONSE_TEMPFAIL)) {
		session->refusal = session->response.kind;
		session->phase = PHASE_REFUSED;
	} else {
		session->phase = PHASE_NO_MESSAGE;
	}
}

/* An event that the daemon is not asked about. */
static enum native_step
unasked(struct native_session *session, uint32_t no_reply, struct buf *out)
{
	session->no_reply = no_reply;
	session->response =
	    (struct response){ .kind = RESPONSE_CONTINUE };
	answer(session, out);
	return NATIVE_READ;
}

/* The daemon was asked about an event before the end of message. */
static enum native_step
asked(struct native_session *session, enum response_step step,
    struct buf *out)
{
	switch (step) {
	case STEP_ANSWERED:
		session->awaited = AWAITED_NOTHING;
		answer(session, out);
		return NATIVE_READ;
	case STEP_WAITING:
		session->awaited = AWAITED_LOOKUPS;
		return NATIVE_WAIT;
	}
	return NATIVE_CLOSE;
}

/* RCPT or DATA behind DATA, on which we decided with the recipients that there
 * were; another milter may have refused it. */
static enum native_step
refuse_again(
    struct native_session *session, uint32_t no_reply, struct buf *out)
{
	session->response = (struct response){ .kind = session->refusal };
	if ((session->agreed.steps & no_reply) == 0)
		native_edits_answer(&session->response, out);
	return NATIVE_READ;
}

static enum native_step
on_connect(struct native_session *session, struct span payload,
    struct exchange *exchange)
{
	struct sockaddr_storage address;
	struct span name;

	if (milter_read_client(payload, &name, &address, &exchange->err) < 0)
		return wrong(session, "connect", exchange);
	session->phase = PHASE_NO_MESSAGE;
	session_connect(
	    session->session, name, (const struct sockaddr *)&address);
	return unasked(session, MILTER_STEP_NR_CONNECT, exchange->out);
}

static enum native_step
on_helo(struct native_session *session, struct span payload,
    struct exchange *exchange)
{
	struct span name;

	if (milter_read_strings(payload, &name, 1, &exchange->err) < 0)
		return wrong(session, "HELO", exchange);
	/* HELO ends a message too (RFC 5321 section 4.1.4). */
	session_abort(session->session, exchange->now);
	session->phase = PHASE_NO_MESSAGE;
	session_helo(session->session, name);
	return unasked(session, MILTER_STEP_NR_HELO, exchange->out);
}

static enum native_step
on_mail(struct native_session *session, struct span payload,
    struct exchange *exchange)
{
	struct span arguments[SESSION_ARGUMENTS_MAX];
	size_t count;

	if (milter_read_arguments(payload, arguments, 1,
		SESSION_ARGUMENTS_MAX, &count, &exchange->err) < 0)
		return wrong(session, "MAIL", exchange);
	session->phase = PHASE_ENVELOPE;
	session->refusal = RESPONSE_TEMPFAIL;
	session->no_reply = MILTER_STEP_NR_MAIL;
	return asked(session,
	    session_mail(session->session, arguments, count, exchange->now,
		&session->response),
	    exchange->out);
}

static enum native_step
on_recipient(struct native_session *session, struct span payload,
    struct exchange *exchange)
{
	struct span arguments[SESSION_ARGUMENTS_MAX];
	size_t count;

	if (milter_read_arguments(payload, arguments, 1,
		SESSION_ARGUMENTS_MAX, &count, &exchange->err) < 0)
		return wrong(session, "RCPT", exchange);
	if (session->phase != PHASE_ENVELOPE)
		return refuse_again(
		    session, MILTER_STEP_NR_RECIPIENT, exchange->out);
	session->no_reply = MILTER_STEP_NR_RECIPIENT;
	return asked(session,
	    session_recipient(session->session, arguments, count, exchange->now,
		&session->response),
	    exchange->out);
}

static enum native_step
on_data(struct native_session *session, struct span payload,
    struct exchange *exchange)
{
	(void)payload;
	if (session->phase != PHASE_ENVELOPE)
		return refuse_again(
		    session, MILTER_STEP_NR_DATA, exchange->out);
	session->phase = PHASE_DATA;
	session->no_reply = MILTER_STEP_NR_DATA;
	session->awaited = AWAITED_DATA;
	return NATIVE_DECIDE;
}

static enum native_step
on_header(struct native_session *session, struct span payload,
    struct exchange *exchange)
{
	struct span field[2]; /* name, value */

	if (milter_read_strings(payload, field, 2, &exchange->err) < 0)
		return wrong(session, "header field", exchange);
	session->phase = PHASE_HEADERS;
	session_header(session->session, field[0], field[1]);
	return unasked(session, MILTER_STEP_NR_HEADER, exchange->out);
}

static enum native_step
on_headers_end(struct native_session *session, struct span payload,
    struct exchange *exchange)
{
	(void)payload;
	(void)exchange;
	session->phase = PHASE_BODY;
	session->no_reply = MILTER_STEP_NR_HEADERS_END;
	session->awaited = AWAITED_HEADERS_END;
	return NATIVE_DECIDE;
}

static enum native_step
on_body(struct native_session *session, struct span payload,
    struct exchange *exchange)
{
	session->phase = PHASE_BODY;
	session->no_reply = MILTER_STEP_NR_BODY;
	session_body(session->session, payload, &session->response);
	return asked(session, STEP_ANSWERED, exchange->out);
}

static enum native_step
on_end(struct native_session *session, struct span payload,
    struct exchange *exchange)
{
	(void)exchange;
	/* The last piece of the body may come with it. */
	if (payload.len > 0)
		session_body(session->session, payload, &session->response);
	session->phase = PHASE_NO_MESSAGE;
	session->no_reply = 0;
	session->awaited = AWAITED_END;
	return NATIVE_DECIDE;
}

static enum native_step
on_unknown(struct native_session *session, struct span payload,
    struct exchange *exchange)
{
	struct span command;

	if (milter_read_strings(payload, &command, 1, &exchange->err) < 0)
		return wrong(session, "unknown command", exchange);
	return unasked(session, MILTER_STEP_NR_UNKNOWN, exchange->out);
}

static enum native_step
on_abort(struct native_session *session, struct span payload,
    struct exchange *exchange)
{
	(void)payload;
	session_abort(session->session, exchange->now);
	native_macros_end_message(&session->macros);
	session->phase = PHASE_NO_MESSAGE;
	return NATIVE_READ;
}

static enum native_step
on_quit(struct native_session *session, struct span payload,
    struct exchange *exchange)
{
	(void)session;
	(void)payload;
	(void)exchange;
	return NATIVE_CLOSE;
}

/* What was negotiated stays, as in libmilter. */
static enum native_step
on_quit_new(struct native_session *session, struct span payload,
    struct exchange *exchange)
{
	(void)payload;
	(void)exchange;
	native_macros_clear(&session->macros);
	begin_session(session);
	return NATIVE_READ;
}

static const struct command {
	const char *name; /* for the log; NULL: there is no such command */
	unsigned phases;  /* in which it may come */
	enum native_step (*handle)(struct native_session *session,
	    struct span payload, struct exchange *exchange);
} commands['Z' - 'A' + 1] = {
	[MILTER_NEGOTIATE - 'A'] = { "negotiation", PHASE_CONNECTED,
	    on_negotiate },
	[MILTER_MACROS - 'A'] = { "macros", NEGOTIATED, on_macros },
	[MILTER_CONNECT - 'A'] = { "connect", NEGOTIATED, on_connect },
	[MILTER_HELO - 'A'] = { "HELO", NEGOTIATED, on_helo },
	[MILTER_MAIL - 'A'] = { "MAIL", NEGOTIATED, on_mail },
	[MILTER_RECIPIENT - 'A'] = { "RCPT", BEFORE_HEADERS, on_recipient },
	[MILTER_DATA - 'A'] = { "DATA", BEFORE_HEADERS, on_data },
	[MILTER_HEADER - 'A'] = { "header field",
	    PHASE_ENVELOPE | PHASE_DATA | PHASE_HEADERS, on_header },
	[MILTER_HEADERS_END - 'A'] = { "end of headers",
	    PHASE_ENVELOPE | PHASE_DATA | PHASE_HEADERS, on_headers_end },
	[MILTER_BODY - 'A'] = { "body", IN_MESSAGE, on_body },
	[MILTER_END - 'A'] = { "end of message", IN_MESSAGE, on_end },
	[MILTER_UNKNOWN - 'A'] = { "unknown command", NEGOTIATED, on_unknown },
	[MILTER_ABORT - 'A'] = { "abort", NEGOTIATED, on_abort },
	[MILTER_QUIT - 'A'] = { "quit", PHASE_CONNECTED | NEGOTIATED,
	    on_quit },
	[MILTER_QUIT_NEW - 'A'] = { "quit for a new connection", NEGOTIATED,
	    on_quit_new },
};

static enum native_step
handle(struct native_session *session, const struct milter_packet *packet,
    struct exchange *exchange)
{
	const struct command *command = NULL;

	if (packet->letter >= 'A' && packet->letter <= 'Z')
		command = &commands[packet->letter - 'A'];
	if (command == NULL || command->name == NULL) {
		(void)err_set(&exchange->err, ERR_INPUT,
		    "0x%02x is no command of the milter protocol",
		    (unsigned char)packet->letter);
		return wrong(session, "packet", exchange);
	}
	if ((command->phases & (unsigned)session->phase) == 0) {
		(void)err_set(&exchange->err, ERR_INPUT, "out of order");
		return wrong(session, command->name, exchange);
	}
	return command->handle(session, packet->payload, exchange);
}

enum native_step
native_session_read(struct native_session *session, struct span *bytes,
    struct moment now, struct buf *out)
{
	struct exchange exchange = { .now = now, .out = out };
	enum native_step step = NATIVE_READ;
	struct milter_packet packet;

	assert(session->awaited == AWAITED_NOTHING);
	while (step == NATIVE_READ) {
		switch (milter_packet_split(bytes, &packet, &exchange.err)) {
		case PACKET_WHOLE:
			step = handle(session, &packet, &exchange);
			break;
		case PACKET_PARTIAL:
			return NATIVE_READ;
		case PACKET_WRONG:
			return wrong(session, "packet", &exchange);
		}
	}
	return step;
}

/* True if the MTA takes what the response asks for; all else that a daemon may
 * ask for was negotiated. */
static bool
can_carry_out(const struct native_session *session)
{
	return !session->response.hold ||
	    (session->agreed.actions & MILTER_ACTION_QUARANTINE) != 0;
}

/* The edits are in OUT, or could not be SENT: puts the answer behind them. */
static enum native_step
finish(struct native_session *session, bool sent, struct moment now,
    struct buf *out)
{
	session->awaited = AWAITED_NOTHING;
	session_finish(session->session, sent, now, &session->response);
	answer(session, out);
	return NATIVE_READ;
}

/* Puts edits into OUT and, behind the last one, the answer. */
static enum native_step
send_edits(
    struct native_session *session, struct moment now, struct buf *out)
{
	enum native_edits_result result = native_edits_add(&session->edits,
	    &session->response,
	    (session->agreed.steps & MILTER_STEP_LEADING_SPACE) != 0, out);

	if (result == EDITS_MORE) {
		session->awaited = AWAITED_EDITS;
		return NATIVE_WRITE;
	}
	return finish(session, result == EDITS_ALL, now, out);
}

/* The daemon was asked about the whole message. */
static enum native_step
decided(struct native_session *session, enum response_step step,
    struct moment now, struct buf *out)
{
	switch (step) {
	case STEP_ANSWERED:
		session->edits = (struct native_edits){ 0 };
		return can_carry_out(session)
		    ? send_edits(session, now, out)
		    : finish(session, false, now, out);
	case STEP_WAITING:
		session->awaited = AWAITED_END_LOOKUPS;
		return NATIVE_WAIT;
	}
	return NATIVE_CLOSE;
}

enum native_step
native_session_continue(
    struct native_session *session, struct moment now, struct buf *out)
{
	struct response *response = &session->response;

	switch (session->awaited) {
	case AWAITED_NOTHING:
		break;
	case AWAITED_DATA:
		return asked(session,
		    session_data(session->session, now, response), out);
	case AWAITED_HEADERS_END:
		return asked(session,
		    session_headers_end(session->session, now, response),
		    out);
	case AWAITED_LOOKUPS:
		return asked(session,
		    session_resume(session->session, now, response), out);
	case AWAITED_END:
		return decided(session,
		    session_end(session->session, now, response), now, out);
	case AWAITED_END_LOOKUPS:
		return decided(session,
		    session_resume(session->session, now, response), now, out);
	case AWAITED_EDITS:
		return send_edits(session, now, out);
	}
	return NATIVE_READ;
}
