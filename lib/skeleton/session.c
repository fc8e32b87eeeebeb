/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/session.h"

#include "base/xalloc.h"
#include "skeleton/transaction.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct session {
	struct milter *milter;
	struct session_link link;
	struct connection connection;
	struct pool *client_pool;  /* of what session_connect told */
	struct pool *helo_pool;    /* of HELO, which may come any often */
	struct pool *message_pool; /* of what MAIL told of the connection */
	struct transaction *transaction;
	unsigned number;
	char id[32];
};

struct session *
session_new(struct milter *milter, const struct session_link *link)
{
	struct session *session = xalloc(sizeof(*session));

	session->milter = milter;
	session->link = *link;
	session->number = atomic_fetch_add(&milter->session_number, 1) + 1;
	(void)snprintf(session->id, sizeof(session->id), "s%x-%x",
	    (unsigned)getpid(), session->number);
	session->client_pool = pool_new_small();
	session->helo_pool = pool_new_small();
	session->message_pool = pool_new_small();
	/* An MTA that tells nothing of the client (a bare probe that goes on
	 * to MAIL) is not trusted as local. */
	session->connection.id = span_of(session->id);
	(void)atomic_fetch_add(&milter->sessions, 1);
	counter_add(&milter->counters.sessions, 1);
	return session;
}

void
session_free(struct session **session)
{
	struct session *freed = *session;

	if (freed == NULL)
		return;
	*session = NULL;
	transaction_free(&freed->transaction, clock_now());
	pool_free(&freed->client_pool);
	pool_free(&freed->helo_pool);
	pool_free(&freed->message_pool);
	(void)atomic_fetch_sub(&freed->milter->sessions, 1);
	free(freed);
}

/* The macro NAME as a span in POOL; empty where the MTA does not tell it. */
static struct span
macro(struct session *session, struct pool *pool, const char *name)
{
	const char *value;

	value = session->link.macro(session->link.context, name);
	if (value == NULL)
		return SPAN("");
	return pool_dup(pool, span_of(value));
}

static void
set_client(struct connection *connection, struct pool *pool,
    const struct sockaddr *address)
{
	char text[IP_TEXT_SIZE];

	if (address != NULL && address->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, address, sizeof(in));
		connection->client.bytes[10] = 0xff;
		connection->client.bytes[11] = 0xff;
		memcpy(&connection->client.bytes[12], &in.sin_addr, 4);
		connection->client_port = ntohs(in.sin_port);
	} else if (address != NULL && address->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, address, sizeof(in6));
		memcpy(connection->client.bytes, &in6.sin6_addr, 16);
		connection->client_port = ntohs(in6.sin6_port);
	} else {
		connection->local = true;
		return;
	}
	connection->client_text =
	    pool_dup(pool, span_of(ip_format(&connection->client, text)));
	/* Postfix shows mail of sendmail(1) as from 127.0.0.1, port 0. */
	connection->local = connection->client_port == 0;
}

void
session_connect(struct session *session, struct span name,
    const struct sockaddr *address)
{
	struct connection *connection = &session->connection;

	session_abort(session, clock_now());
	pool_reset(session->client_pool);
	*connection = (struct connection){
		.id = span_of(session->id),
		.client_name = pool_dup(session->client_pool, name),
	};
	set_client(connection, session->client_pool, address);
	connection->listener =
	    macro(session, session->client_pool, "{daemon_name}");
}

void
session_helo(struct session *session, struct span name)
{
	pool_reset(session->helo_pool);
	session->connection.helo = pool_dup(session->helo_pool, name);
}

static bool
is_postfix(struct session *session)
{
	const char *version =
	    session->link.macro(session->link.context, "v");

	return version != NULL &&
	    span_starts(span_of(version), SPAN("Postfix"));
}

/*
 * Sendmail tells in {verify} whether the certificate verified; Postfix has no
 * such macro, but shows the subject of trusted certificates only.
 */
static bool
client_verified(struct session *session, const struct tls *tls)
{
	const struct session_link *link = &session->link;
	const char *verify = link->macro(link->context, "{verify}");

	if (verify != NULL)
		return strcmp(verify, "OK") == 0;
	return tls->client_subject.len > 0 && is_postfix(session);
}

/* Postfix shows of a subject nothing but its common name. */
static struct span
client_name(struct session *session, struct pool *pool, const struct tls *tls)
{
	struct span name = macro(session, pool, "{cn_subject}");

	return name.len == 0 && is_postfix(session) ? tls->client_subject
						     : name;
}

/* What the MTA tells of the connection by the time of MAIL. */
static void
update_connection(struct session *session)
{
	struct connection *connection = &session->connection;
	struct pool *pool = session->message_pool;
	struct tls *tls = &connection->tls;

	pool_reset(pool);
	connection->login = macro(session, pool, "{auth_authen}");
	connection->login_mechanism = macro(session, pool, "{auth_type}");
	tls->version = macro(session, pool, "{tls_version}");
	tls->cipher = macro(session, pool, "{cipher}");
	tls->client_subject = macro(session, pool, "{cert_subject}");
	tls->client_issuer = macro(session, pool, "{cert_issuer}");
	tls->client_verified = client_verified(session, tls);
	tls->client_name = client_name(session, pool, tls);
}

static void
learn_queue_id(struct session *session)
{
	struct message *message = transaction_message(session->transaction);
	struct span queue_id;

	if (message->queue_id.len > 0)
		return;
	queue_id = macro(session, message->pool, "i");
	if (queue_id.len > 0)
		message->queue_id = queue_id;
}

/* Where the first '>' of TEXT is that no quotes enclose, or its length. */
static size_t
end_of_path(struct span text)
{
	bool quoted = false;

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\\' && quoted)
			i++;
		else if (text.ptr[i] == '"')
			quoted = !quoted;
		else if (text.ptr[i] == '>' && !quoted)
			return i;
	}
	return text.len;
}

/*
 * Some versions of Sendmail put the ESMTP parameters behind the path into one
 * argument; the path alone is what deletes the recipient.  A parameter may
 * hold a '>' of its own.
 */
static struct span
path_of(struct span argument)
{
	struct span rest;
	size_t end;

	if (argument.len == 0 || argument.ptr[0] != '<')
		return argument;
	end = end_of_path(argument);
	rest = span_slice(argument, end + 1, argument.len);
	return rest.len > 0 && (rest.ptr[0] == ' ' || rest.ptr[0] == '\t')
	    ? span_slice(argument, 0, end + 1)
	    : argument;
}

static struct parameters
copy_parameters(struct pool *pool, const struct span *items, size_t count)
{
	struct parameters parameters = { .count = count };

	parameters.items = pool_alloc_array(pool, count, sizeof(*items));
	for (size_t i = 0; i < count; i++)
		parameters.items[i] = pool_dup(pool, items[i]);
	return parameters;
}

/* True if events of a message have one to go to. */
static bool
open_message(const struct session *session)
{
	return session->transaction != NULL &&
	    !transaction_ended(session->transaction);
}

bool
session_in_message(const struct session *session)
{
	return open_message(session);
}

/* An event outside of a message, or after its end, changes nothing. */
static enum response_step
ignore(struct response *response)
{
	*response = (struct response){ .kind = RESPONSE_CONTINUE };
	return STEP_ANSWERED;
}

void
session_abort(struct session *session, struct moment now)
{
	transaction_free(&session->transaction, now);
}

enum response_step
session_mail(struct session *session, const struct span *arguments,
    size_t count, struct moment now, struct response *response)
{
	struct span size = SPAN_INIT("");
	struct message *message;
	uint64_t declared = 0;

	session_abort(session, now);
	update_connection(session);
	session->transaction = transaction_new(session->milter,
	    &session->connection, session->link.abilities, now);
	message = transaction_message(session->transaction);
	if (count > 0)
		transaction_set_sender(session->transaction,
		    path_of(arguments[0]),
		    copy_parameters(
			message->pool, arguments + 1, count - 1));
	if (parameters_find(
		&message->sender_parameters, SPAN("SIZE"), &size) &&
	    span_number(size, UINT64_MAX, &declared) == 0)
		message->declared_size = declared;
	learn_queue_id(session);
	return transaction_decide(
	    session->transaction, STAGE_MAIL, now, response);
}

enum response_step
session_recipient(struct session *session, const struct span *arguments,
    size_t count, struct moment now, struct response *response)
{
	struct message *message;
	struct parameters parameters = { 0 };

	if (!open_message(session) || count == 0)
		return ignore(response);
	learn_queue_id(session);
	message = transaction_message(session->transaction);
	parameters =
	    copy_parameters(message->pool, arguments + 1, count - 1);
	if (!transaction_add_recipient(session->transaction,
		path_of(arguments[0]), parameters, response))
		return STEP_ANSWERED;
	return transaction_decide(
	    session->transaction, STAGE_RECIPIENT, now, response);
}

enum response_step
session_data(
    struct session *session, struct moment now, struct response *response)
{
	if (!open_message(session))
		return ignore(response);
	learn_queue_id(session);
	return transaction_decide(
	    session->transaction, STAGE_DATA, now, response);
}

void
session_header(struct session *session, struct span name, struct span value)
{
	if (open_message(session))
		transaction_add_header(session->transaction, name, value);
}

enum response_step
session_headers_end(
    struct session *session, struct moment now, struct response *response)
{
	if (!open_message(session))
		return ignore(response);
	learn_queue_id(session);
	return transaction_decide(
	    session->transaction, STAGE_HEADERS, now, response);
}

void
session_body(
    struct session *session, struct span chunk, struct response *response)
{
	if (open_message(session))
		transaction_body(session->transaction, chunk, response);
	else
		(void)ignore(response);
}

enum response_step
session_end(
    struct session *session, struct moment now, struct response *response)
{
	if (!open_message(session))
		return ignore(response);
	learn_queue_id(session);
	return transaction_decide(
	    session->transaction, STAGE_END, now, response);
}

void
session_finish(struct session *session, bool sent, struct moment now,
    struct response *response)
{
	if (open_message(session))
		transaction_finish(session->transaction, sent, now, response);
}

struct lookups *
session_lookups(struct session *session)
{
	return transaction_lookups(session->transaction);
}

bool
session_observes(const struct session *session)
{
	return transaction_observes(session->transaction);
}

enum response_step
session_resume(
    struct session *session, struct moment now, struct response *response)
{
	return transaction_resume(session->transaction, now, response);
}

void
session_release_message(struct session *session)
{
	if (session->transaction != NULL &&
	    transaction_ended(session->transaction))
		transaction_free(&session->transaction, clock_now());
}

struct transaction *
session_transaction(struct session *session)
{
	return session->transaction;
}
