/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/transaction.h"

#include "base/xalloc.h"
#include "skeleton/transaction_answer.h"

#include <assert.h>
#include <stdlib.h>

/* What a field takes of max_header_size beside its bytes, as it does of memory:
 * a million empty fields are no small header. */
enum { HEADER_FIELD_COST = 64 };

struct transaction *
transaction_new(struct milter *milter, struct connection *connection,
    unsigned abilities, struct moment now)
{
	struct transaction *transaction = xalloc(sizeof(*transaction));
	const struct settings *settings;
	struct message *message = &transaction->message;

	transaction->milter = milter;
	transaction->snapshot = milter_snapshot(milter);
	transaction->connection = connection;
	transaction->abilities = abilities;
	transaction->in_flight = -1;
	settings = snapshot_settings(transaction->snapshot);
	connection->role = connection->local
	    ? ROLE_LOCAL
	    : settings_role(settings, connection->listener);
	message->pool = pool_new();
	message->began = now;
	if (milter->daemon->keep_body)
		message->body = spool_new((size_t)settings->body_memory,
		    settings->spool_directory);
	verdict_init(&transaction->verdict, message->pool);
	transaction->decision = (struct decision){
		.settings = settings,
		.process = milter->process,
		.observer = milter->observer,
		.config = snapshot_config(transaction->snapshot),
		.connection = connection,
		.message = message,
		.now = now,
		.verdict = &transaction->verdict,
	};
	counter_add(&milter->counters.messages, 1);
	if (milter->daemon->begin != NULL)
		milter->daemon->begin(&transaction->decision);
	return transaction;
}

struct message *
transaction_message(struct transaction *transaction)
{
	return &transaction->message;
}

const struct verdict *
transaction_verdict(const struct transaction *transaction)
{
	return &transaction->verdict;
}

bool
transaction_observes(const struct transaction *transaction)
{
	return transaction->decision.settings->observe;
}

bool
transaction_ended(const struct transaction *transaction)
{
	return transaction->ended;
}

struct lookups *
transaction_lookups(struct transaction *transaction)
{
	return transaction->lookups;
}

void
transaction_free(struct transaction **transaction, struct moment now)
{
	struct transaction *freed = *transaction;

	if (freed == NULL)
		return;
	*transaction = NULL;
	/* What settles a reservation must know how long it was held. */
	freed->decision.now = now;
	if (!freed->ended)
		transaction_answer_abort(freed, now);
	lookups_free(&freed->lookups);
	lookups_free(&freed->decision.asked);
	spool_free(&freed->message.body);
	pool_free(&freed->message.pool);
	snapshot_release(&freed->snapshot);
	free(freed);
}

/* True if mail for DOMAIN may be the MTA's own to route: if nobody outside can
 * have such a domain. */
static bool
is_own_domain(const struct settings *settings, struct span domain)
{
	return span_find(domain, '.') == domain.len ||
	    span_starts(domain, SPAN("[")) ||
	    settings_internal(settings, domain);
}

/*
 * Reads the PATH of MAIL or RCPT, "<>" included, into *ADDRESS, which is all
 * empty where it cannot be read.  0 if it means the same to us and to every
 * MTA.  Else -1 with *ERR: MTAs clean what is no address, or take a part of it
 * for the address, and no rule or limit on people would apply to those whom
 * they mean.
 */
static int
read_path(const struct settings *settings, struct span path,
    struct address *address, struct err *err)
{
	if (address_parse(path, address, err) < 0) {
		*address = (struct address){ 0 };
		return -1;
	}
	if (!address_local_routes(address) ||
	    !is_own_domain(settings, address->domain))
		return 0;
	return err_set(err, ERR_INPUT,
	    "\"%.*s\" has a route to another domain in its local part",
	    SPAN_ARGS(path));
}

void
transaction_set_sender(struct transaction *transaction, struct span given,
    struct parameters parameters)
{
	struct message *message = &transaction->message;
	struct err err;

	message->sender_given = pool_dup(message->pool, given);
	message->sender_parameters = parameters;
	if (read_path(transaction->decision.settings, message->sender_given,
		&message->sender, &err) == 0)
		return;
	transaction->sender_fault =
	    pool_printf(message->pool, "%s", err.text);
	if (message->sender.text.len == 0)
		message->sender.text = message->sender_given;
}

/* One recipient more than max_recipients.  Where it cannot be refused, the
 * message fails later. */
static void
refuse_excess(struct transaction *transaction, struct response *response)
{
	const struct settings *settings = transaction->decision.settings;

	*response = (struct response){ .kind = RESPONSE_CONTINUE };
	if (!transaction_answer_may_refuse(transaction)) {
		transaction->too_many_recipients = true;
		return;
	}
	if (!transaction->too_many_recipients)
		verdict_note(&transaction->verdict, "max_recipients", "%jd",
		    (intmax_t)settings->max_recipients);
	transaction->too_many_recipients = true;
	counter_add(&transaction->milter->counters.recipients_refused, 1);
	if (settings->observe)
		return;
	response->kind = RESPONSE_TEMPFAIL;
	response->reply = (struct reply){ 452, SPAN("4.5.3"),
		SPAN("Too many recipients") };
}

/* read_path for a recipient, who must be somebody. */
static int
read_recipient(const struct settings *settings, struct recipient *recipient,
    struct err *err)
{
	if (read_path(
		settings, recipient->given, &recipient->address, err) < 0)
		return -1;
	if (recipient->address.text.len > 0)
		return 0;
	return err_set(err, ERR_INPUT, "\"%.*s\" names nobody",
	    SPAN_ARGS(recipient->given));
}

bool
transaction_add_recipient(struct transaction *transaction, struct span given,
    struct parameters parameters, struct response *response)
{
	struct message *message = &transaction->message;
	struct recipient *recipient;
	struct err err;

	if (message->recipient_count >=
	    (size_t)transaction->decision.settings->max_recipients) {
		refuse_excess(transaction, response);
		return false;
	}
	message->recipients = pool_grow(message->pool, message->recipients,
	    message->recipient_count, sizeof(*recipient));
	recipient = &message->recipients[message->recipient_count++];
	*recipient = (struct recipient){
		.given = pool_dup(message->pool, given),
		.parameters = parameters,
	};
	transaction->recipient_fault = SPAN("");
	if (read_recipient(transaction->decision.settings, recipient, &err) <
	    0)
		transaction->recipient_fault =
		    pool_printf(message->pool, "%s", err.text);
	counter_add(&transaction->milter->counters.recipients, 1);
	return true;
}

void
transaction_add_header(
    struct transaction *transaction, struct span name, struct span value)
{
	struct message *message = &transaction->message;
	size_t max = (size_t)transaction->decision.settings->max_header_size;
	bool blank_lost = (transaction->abilities & MTA_LEADING_SPACE) == 0;
	size_t used = message->headers.bytes +
	    message->headers.count * HEADER_FIELD_COST;

	if (transaction->headers_too_big || used > max ||
	    name.len + value.len > max - used) {
		transaction->headers_too_big = true;
		return;
	}
	header_list_add(&message->headers, message->pool,
	    pool_dup(message->pool, name),
	    blank_lost
		? pool_printf(message->pool, " %.*s", SPAN_ARGS(value))
		: pool_dup(message->pool, value));
	if (message->headers.bytes > max)
		transaction->headers_too_big = true;
}

/*
 * True if the envelope is refused, for the recipient or, because of its sender,
 * for all.  Also the sender is not refused before RCPT: an answer at MAIL would
 * cost the MTA another wait for each message.
 */
static bool
refuse_path(struct transaction *transaction)
{
	struct decision *decision = &transaction->decision;
	struct span fault = transaction->sender_fault;

	if (fault.len > 0) {
		decision_refuse(decision, DISPOSITION_REJECT, 553,
		    SPAN("5.1.7"),
		    "The sender must be one plain address, write "
		    "user@example.com");
	} else {
		fault = transaction->recipient_fault;
		if (fault.len == 0)
			return false;
		decision_refuse(decision, DISPOSITION_REJECT, 553,
		    SPAN("5.1.3"),
		    "The recipient must be one plain address, write "
		    "user@example.com");
	}
	verdict_note(&decision->refusal, "reason", "%.*s", SPAN_ARGS(fault));
	return true;
}

/* Calls the daemon until it answers or waits. */
static enum response_step
ask(struct transaction *transaction, struct response *response)
{
	struct decision *decision = &transaction->decision;
	struct milter *milter = transaction->milter;
	enum answer answer;

	answer = milter->daemon->decide(decision);
	transaction->listening = answer == ANSWER_LISTENS;
	lookups_free(&transaction->lookups);
	decision->lookups = NULL;
	decision->lookup_count = 0;
	if (answer == ANSWER_LOOKUPS && !decision->failed) {
		assert(decision->asked != NULL);
		transaction->lookups = decision->asked;
		decision->asked = NULL;
		lookups_start(transaction->lookups, milter->workers,
		    transaction->snapshot,
		    decision->settings->lookup_timeout -
			(decision->now.monotonic_us -
			    transaction->stage_began.monotonic_us));
		return STEP_WAITING;
	}
	lookups_free(&decision->asked);
	transaction_answer(transaction, answer, response);
	return STEP_ANSWERED;
}

/*
 * The header section is complete: from now on the message can be told from
 * others.  Where it met so many faults that it would be held, it killed the
 * process in at least one of them, and is not read again.
 */
static void
recognise(struct transaction *transaction)
{
	struct milter *milter = transaction->milter;
	int64_t hold_after =
	    transaction->decision.settings->hold_after_faults;

	if (milter->faults == NULL)
		return;
	faults_digest(&transaction->message, &transaction->digest);
	transaction->digest_known = true;
	if (hold_after == 0 ||
	    faults_count(milter->faults, &transaction->digest) < hold_after) {
		transaction->in_flight =
		    faults_enter(milter->faults, &transaction->digest);
		return;
	}
	transaction_answer_unread(transaction);
}

/* What did not fit could not be decided on. */
static void
check_limits(struct transaction *transaction)
{
	struct decision *decision = &transaction->decision;
	struct err err;

	if (transaction->too_many_recipients &&
	    !transaction_answer_may_refuse(transaction)) {
		(void)err_set(&err, ERR_LIMIT,
		    "the message has more recipients than max_recipients = "
		    "%jd", (intmax_t)decision->settings->max_recipients);
		decision_fail(decision, "too many recipients", &err);
	}
	if (transaction->headers_too_big && transaction->listening) {
		decision->cut = true;
		verdict_note(&transaction->verdict, "max_header_size", "%jd",
		    (intmax_t)decision->settings->max_header_size);
	} else if (transaction->headers_too_big) {
		(void)err_set(&err, ERR_LIMIT,
		    "the header section is larger than max_header_size = %jd",
		    (intmax_t)decision->settings->max_header_size);
		decision_fail(decision, "header section too large", &err);
	}
}

/* True if the daemon asked to decide at STAGE. */
static bool
wants_stage(const struct transaction *transaction, enum stage stage)
{
	unsigned events = transaction->milter->daemon->events;

	switch (stage) {
	case STAGE_MAIL:
		return (events & EVENT_MAIL) != 0;
	case STAGE_RECIPIENT:
		return (events & EVENT_RECIPIENT) != 0;
	case STAGE_DATA:
		return (events & EVENT_DATA) != 0;
	case STAGE_HEADERS:
		return (events & EVENT_HEADERS) != 0;
	case STAGE_END:
		return true;
	}
	return true;
}

enum response_step
transaction_decide(struct transaction *transaction, enum stage stage,
    struct moment now, struct response *response)
{
	struct decision *decision = &transaction->decision;

	assert(!transaction->ended);
	decision->stage = stage;
	decision->now = now;
	decision->refused = false;
	if (stage == STAGE_RECIPIENT)
		decision->recipient =
		    transaction->message.recipient_count - 1;
	transaction->stage_began = now;
	if (stage == STAGE_HEADERS)
		recognise(transaction);
	if (stage >= STAGE_DATA && !transaction->done)
		check_limits(transaction);
	/* By a limit, or by a body that could not be read. */
	if (decision->failed) {
		transaction_answer(transaction, ANSWER_DONE, response);
		return STEP_ANSWERED;
	}
	if (!transaction->done && wants_stage(transaction, stage)) {
		if (stage != STAGE_RECIPIENT || !refuse_path(transaction))
			return ask(transaction, response);
		transaction_answer(transaction, ANSWER_MORE, response);
		return STEP_ANSWERED;
	}
	transaction_answer_unasked(transaction, response);
	return STEP_ANSWERED;
}

enum response_step
transaction_resume(struct transaction *transaction, struct moment now,
    struct response *response)
{
	struct decision *decision = &transaction->decision;
	struct counters *counters = &transaction->milter->counters;

	lookups_collect(transaction->lookups, transaction->message.pool,
	    &decision->lookups, &decision->lookup_count);
	counter_add(&counters->lookups, decision->lookup_count);
	for (size_t i = 0; i < decision->lookup_count; i++)
		counter_add(&counters->lookups_failed,
		    decision->lookups[i]->result == LOOKUP_FAILED);
	decision->now = now;
	return ask(transaction, response);
}

void
transaction_body(struct transaction *transaction, struct span chunk,
    struct response *response)
{
	struct decision *decision = &transaction->decision;
	struct message *message = &transaction->message;
	bool wanted;

	*response = (struct response){ .kind = RESPONSE_CONTINUE };
	message->body_size += chunk.len;
	wanted = !transaction->done && !decision->failed &&
	    (snapshot_needs(transaction->snapshot) & EVENT_BODY) != 0;
	if (!wanted) {
		if ((transaction->abilities & MTA_SKIP) != 0)
			response->kind = RESPONSE_SKIP;
		return;
	}
	if (message->body != NULL &&
	    spool_append(message->body, chunk, &decision->fault) < 0) {
		struct err err = decision->fault;

		decision_fail(decision, "no room for the message", &err);
		return;
	}
	/* decision_fail has been called; the end of message will answer. */
	(void)transaction->milter->daemon->body(decision, chunk);
}
