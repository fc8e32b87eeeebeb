/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/transaction.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "skeleton/decision_log.h"
#include "skeleton/failure.h"

#include <assert.h>
#include <stdlib.h>

struct transaction {
	struct milter *milter;
	struct snapshot *snapshot;
	const struct connection *connection;
	unsigned abilities;
	struct message message;
	struct verdict verdict;
	struct decision decision;
	struct lookups *lookups; /* that we wait for */
	struct moment stage_began;
	bool done;            /* the daemon need not be asked again */
	bool faulty;          /* something that was needed has failed */
	bool fault_hold;      /* a fault whose outcome is to hold */
	bool headers_too_big;
	bool too_many_recipients;
	bool ended;
	int in_flight;        /* slot among milter->faults, -1: none */
	bool digest_known;
	struct message_digest digest;
	struct response end; /* what the MTA is told at the end */
};

/*
 * Postfix takes a refusal of mail that did not come by SMTP as an error of
 * its configuration, unless it is the answer to the end of message; the mail
 * would stay where nobody looks.
 */
static bool
must_wait_for_end(const struct transaction *transaction, enum stage stage)
{
	return stage != STAGE_END && transaction->connection->local;
}

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
transaction_ended(const struct transaction *transaction)
{
	return transaction->ended;
}

struct lookups *
transaction_lookups(struct transaction *transaction)
{
	return transaction->lookups;
}

/* The one place where a message ends, settled once. */
static void
end(struct transaction *transaction, enum settlement settlement)
{
	struct milter *milter = transaction->milter;

	assert(!transaction->ended);
	transaction->ended = true;
	if (milter->faults != NULL)
		faults_leave(milter->faults, transaction->in_flight);
	if (milter->daemon->settle != NULL)
		milter->daemon->settle(&transaction->decision, settlement);
}

static void
log_end(struct transaction *transaction, struct moment now)
{
	decision_log(&transaction->decision,
	    now.monotonic_us - transaction->stage_began.monotonic_us);
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
	if (!freed->ended) {
		counter_add(&freed->milter->counters.aborted, 1);
		/* A client that left before any recipient is not worth a
		 * line of the log. */
		if (freed->message.recipient_count > 0) {
			freed->verdict.action = SPAN("abort");
			freed->stage_began = now;
			log_end(freed, now);
		}
		end(freed, SETTLE_ABORT);
	}
	lookups_free(&freed->lookups);
	lookups_free(&freed->decision.asked);
	spool_free(&freed->message.body);
	pool_free(&freed->message.pool);
	snapshot_release(&freed->snapshot);
	free(freed);
}

/* True if a recipient can be refused by itself: the MTA waits for the answer,
 * and may take it. */
static bool
recipients_refusable(const struct transaction *transaction)
{
	return !must_wait_for_end(transaction, STAGE_RECIPIENT) &&
	    (transaction->milter->daemon->events & EVENT_RECIPIENT) != 0;
}

/* One recipient more than max_recipients.  Where it cannot be refused, the
 * message fails later. */
static void
refuse_excess(struct transaction *transaction, struct response *response)
{
	const struct settings *settings = transaction->decision.settings;

	*response = (struct response){ .kind = RESPONSE_CONTINUE };
	if (!recipients_refusable(transaction)) {
		transaction->too_many_recipients = true;
		return;
	}
	if (!transaction->too_many_recipients)
		verdict_note(&transaction->verdict, "limit",
		    "max_recipients = %jd",
		    (intmax_t)settings->max_recipients);
	transaction->too_many_recipients = true;
	counter_add(&transaction->milter->counters.recipients_refused, 1);
	if (settings->observe)
		return;
	response->kind = RESPONSE_TEMPFAIL;
	response->reply = (struct reply){ 452, SPAN("4.5.3"),
		SPAN("Too many recipients") };
}

bool
transaction_add_recipient(struct transaction *transaction, struct span given,
    struct parameters parameters, struct response *response)
{
	struct message *message = &transaction->message;
	struct recipient *recipient;

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
	if (address_parse(recipient->given, &recipient->address, NULL) < 0)
		recipient->address = (struct address){ 0 };
	counter_add(&transaction->milter->counters.recipients, 1);
	return true;
}

void
transaction_add_header(
    struct transaction *transaction, struct span name, struct span value)
{
	struct message *message = &transaction->message;
	size_t max = (size_t)transaction->decision.settings->max_header_size;

	if (transaction->headers_too_big ||
	    name.len + value.len > max - message->headers.bytes) {
		transaction->headers_too_big = true;
		return;
	}
	header_list_add(&message->headers, message->pool,
	    pool_dup(message->pool, name), pool_dup(message->pool, value));
	if (message->headers.bytes > max)
		transaction->headers_too_big = true;
}

static struct reply
fault_reply(struct transaction *transaction)
{
	const char *what = transaction->decision.failed_what;

	return (struct reply){ 451, SPAN("4.3.0"),
		pool_printf(transaction->message.pool,
		    "Temporary failure%s%s, try again later",
		    what != NULL ? ": " : "", what != NULL ? what : "") };
}

/* What the failure policy makes of a fault. */
static enum failure_outcome
outcome_of(const struct transaction *transaction, bool recurs)
{
	return failure_outcome(transaction->decision.settings,
	    transaction->connection,
	    (transaction->abilities & MTA_HOLD) != 0, recurs);
}

/*
 * A decision failed.  Answers what the policy makes of it; faults of messages
 * whose headers are known are counted by their digest.
 */
static enum failure_outcome
fail(struct transaction *transaction)
{
	struct milter *milter = transaction->milter;
	int64_t hold_after = transaction->decision.settings->hold_after_faults;
	enum failure_outcome outcome;
	bool recurs = false;

	counter_add(&milter->counters.faults, 1);
	transaction->faulty = true;
	if (hold_after > 0 && transaction->digest_known)
		recurs = faults_add(milter->faults, &transaction->digest) >=
		    hold_after;
	outcome = outcome_of(transaction, recurs);
	/* Held, it does not come again; what only looks like it, as mail of
	 * applications does, is a case of its own. */
	if (recurs && outcome == FAILURE_HOLD)
		faults_forget(milter->faults, &transaction->digest);
	return outcome;
}

static void
note_fault(struct transaction *transaction)
{
	verdict_note(&transaction->verdict, "fault", "%s",
	    transaction->decision.fault.text);
}

/* Takes back how the verdict ends the message. */
static void
reopen(struct verdict *verdict)
{
	verdict->disposition = DISPOSITION_CONTINUE;
	verdict->reply = (struct reply){ 0 };
}

/* Defers the whole message for the fault that was noted. */
static void
tempfail(struct transaction *transaction)
{
	struct reply reply = fault_reply(transaction);

	verdict_end(&transaction->verdict, DISPOSITION_TEMPFAIL, reply.code,
	    reply.enhanced, "%.*s", SPAN_ARGS(reply.text));
}

/* True if the edits delete recipients and leave none. */
static bool
edits_leave_no_recipient(const struct transaction *transaction)
{
	const struct message *message = &transaction->message;
	const struct verdict *verdict = &transaction->verdict;
	bool deletes = false;

	for (size_t i = 0; i < verdict->edit_count; i++)
		if (verdict->edits[i].kind == EDIT_DELETE_RECIPIENT)
			deletes = true;
	return deletes &&
	    verdict_recipients_left(message, verdict, message->pool) == 0;
}

/* A message without recipients would vanish in the MTA without a trace. */
static void
check_recipients_left(struct transaction *transaction)
{
	struct verdict *verdict = &transaction->verdict;

	if (verdict->disposition != DISPOSITION_CONTINUE ||
	    !edits_leave_no_recipient(transaction))
		return;
	if (verdict->discard_if_no_recipient) {
		verdict_note(verdict, "reason", "no recipient is left");
		verdict_end(verdict, DISPOSITION_DISCARD, 0, SPAN(""), "%s",
		    "");
		return;
	}
	(void)err_set(&transaction->decision.fault, ERR_INPUT,
	    "the edits leave no recipient, and no rule asked for that");
	transaction->decision.failed_what = NULL;
	note_fault(transaction);
	if (fail(transaction) == FAILURE_HOLD) {
		/* Held without a recipient it would still be lost. */
		verdict->edit_count = 0;
		verdict_hold(verdict, SPAN("its edits leave no recipient"));
	} else {
		tempfail(transaction);
	}
}

static void
count_end(struct transaction *transaction)
{
	struct counters *counters = &transaction->milter->counters;
	const struct verdict *verdict = &transaction->verdict;

	switch (verdict->disposition) {
	case DISPOSITION_CONTINUE:
		counter_add(&counters->passed, 1);
		counter_add(&counters->edited, verdict->edit_count > 0);
		counter_add(&counters->held, verdict->hold);
		return;
	case DISPOSITION_REJECT:
		counter_add(&counters->rejected, 1);
		return;
	case DISPOSITION_TEMPFAIL:
		counter_add(&counters->tempfailed, 1);
		return;
	case DISPOSITION_DISCARD:
		counter_add(&counters->discarded, 1);
		return;
	}
}

static enum response_kind
kind_of(enum disposition disposition)
{
	switch (disposition) {
	case DISPOSITION_CONTINUE:
		return RESPONSE_CONTINUE;
	case DISPOSITION_REJECT:
		return RESPONSE_REJECT;
	case DISPOSITION_TEMPFAIL:
		return RESPONSE_TEMPFAIL;
	case DISPOSITION_DISCARD:
		return RESPONSE_DISCARD;
	}
	return RESPONSE_TEMPFAIL;
}

/* The verdict as a response; in observe mode nothing of it. */
static void
respond(struct transaction *transaction, struct response *response)
{
	const struct verdict *verdict = &transaction->verdict;

	*response = (struct response){ .kind = RESPONSE_CONTINUE };
	if (transaction->decision.settings->observe)
		return;
	response->kind = kind_of(verdict->disposition);
	response->reply = verdict->reply;
	if (verdict->disposition != DISPOSITION_CONTINUE)
		return;
	response->hold = verdict->hold;
	response->hold_reason = verdict->hold_reason;
	response->edits = verdict_plan(&transaction->message, verdict,
	    transaction->message.pool, &response->edit_count);
}

/* The message ends by our decision: counted and logged. */
static void
decided(struct transaction *transaction, struct moment now)
{
	/* Earlier faults are not held against what looks like it. */
	if (transaction->digest_known && !transaction->faulty)
		faults_forget(
		    transaction->milter->faults, &transaction->digest);
	count_end(transaction);
	log_end(transaction, now);
}

/* Ends the message before its end: with the reply, or without more of it. */
static void
end_early(struct transaction *transaction, struct response *response)
{
	decided(transaction, transaction->decision.now);
	end(transaction,
	    response->kind == RESPONSE_ACCEPT ? SETTLE_COMMIT : SETTLE_ABORT);
}

/* True if nothing is left to do at the end of message. */
static bool
nothing_at_end(const struct transaction *transaction)
{
	const struct verdict *verdict = &transaction->verdict;

	return transaction->done && !transaction->fault_hold &&
	    !verdict->hold && verdict->edit_count == 0 &&
	    verdict->disposition == DISPOSITION_CONTINUE;
}

/* What MAIL, DATA and the end of headers are answered with. */
static void
answer_before_end(struct transaction *transaction, struct response *response)
{
	enum stage stage = transaction->decision.stage;
	struct verdict *verdict = &transaction->verdict;

	*response = (struct response){ .kind = RESPONSE_CONTINUE };
	if (verdict->disposition != DISPOSITION_CONTINUE) {
		transaction->done = true;
		/* The end of message will carry it out; observing needs no
		 * more of the message but one line in the log. */
		if (must_wait_for_end(transaction, stage) ||
		    transaction->decision.settings->observe ||
		    (verdict->disposition == DISPOSITION_DISCARD &&
			stage < STAGE_DATA))
			return;
		respond(transaction, response);
		end_early(transaction, response);
	} else if (stage >= STAGE_DATA && nothing_at_end(transaction)) {
		response->kind = RESPONSE_ACCEPT;
		end_early(transaction, response);
	}
}

static void
answer_at_end(struct transaction *transaction, struct response *response)
{
	if (transaction->fault_hold) {
		/* What was planned may be half of what the decision would
		 * have made of it. */
		transaction->verdict.edit_count = 0;
		verdict_hold(&transaction->verdict,
		    SPAN("a decision on it failed"));
	}
	check_recipients_left(transaction);
	respond(transaction, response);
	transaction->end = *response;
}

/* What the recipient that was asked about is answered with. */
static void
answer_recipient(struct transaction *transaction, struct response *response)
{
	struct decision *decision = &transaction->decision;
	struct recipient *recipient =
	    &transaction->message.recipients[decision->recipient];

	*response = (struct response){ .kind = RESPONSE_CONTINUE };
	if (decision->failed && fail(transaction) == FAILURE_HOLD) {
		if (!transaction->fault_hold)
			note_fault(transaction);
		transaction->fault_hold = true;
		return;
	}
	if (decision->failed) {
		struct reply reply = fault_reply(transaction);

		decision_refuse(decision, DISPOSITION_TEMPFAIL, reply.code,
		    reply.enhanced, "%.*s", SPAN_ARGS(reply.text));
	}
	if (!decision->refused)
		return;
	recipient->refused = true;
	counter_add(&transaction->milter->counters.recipients_refused, 1);
	decision_log_refusal(decision);
	if (must_wait_for_end(transaction, STAGE_RECIPIENT)) {
		/* No recipient may be lost silently, so the sender learns it
		 * for the whole message. */
		verdict_end(&transaction->verdict,
		    decision->refusal.disposition,
		    decision->refusal.reply.code,
		    decision->refusal.reply.enhanced, "%.*s",
		    SPAN_ARGS(decision->refusal.reply.text));
		transaction->done = true;
		return;
	}
	if (decision->settings->observe)
		return;
	response->kind = kind_of(decision->refusal.disposition);
	response->reply = decision->refusal.reply;
}

/* The decision at this stage has been made. */
static void
answer_stage(struct transaction *transaction, enum answer answer,
    struct response *response)
{
	struct decision *decision = &transaction->decision;

	if (decision->stage == STAGE_RECIPIENT) {
		answer_recipient(transaction, response);
		decision->failed = false;
		return;
	}
	if (answer == ANSWER_DONE)
		transaction->done = true;
	if (decision->failed) {
		decision->failed = false;
		transaction->done = true;
		/* Made without something that it needed. */
		reopen(&transaction->verdict);
		note_fault(transaction);
		if (fail(transaction) == FAILURE_HOLD)
			transaction->fault_hold = true;
		else
			tempfail(transaction);
	}
	if (decision->stage == STAGE_END)
		answer_at_end(transaction, response);
	else
		answer_before_end(transaction, response);
}

/* Calls the daemon until it answers or waits. */
static enum response_step
ask(struct transaction *transaction, struct response *response)
{
	struct decision *decision = &transaction->decision;
	struct milter *milter = transaction->milter;
	enum answer answer;

	answer = milter->daemon->decide(decision);
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
	answer_stage(transaction, answer, response);
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
	verdict_note(&transaction->verdict, "fault",
	    "not read after %jd faults with this message",
	    (intmax_t)hold_after);
	transaction->faulty = true;
	transaction->done = true;
	if (outcome_of(transaction, true) == FAILURE_HOLD)
		transaction->fault_hold = true;
	else
		tempfail(transaction);
}

/* What did not fit could not be decided on. */
static void
check_limits(struct transaction *transaction)
{
	struct decision *decision = &transaction->decision;
	struct err err;

	if (transaction->too_many_recipients &&
	    !recipients_refusable(transaction)) {
		(void)err_set(&err, ERR_LIMIT,
		    "the message has more recipients than max_recipients = "
		    "%jd", (intmax_t)decision->settings->max_recipients);
		decision_fail(decision, "too many recipients", &err);
	}
	if (transaction->headers_too_big) {
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
		answer_stage(transaction, ANSWER_DONE, response);
		return STEP_ANSWERED;
	}
	if (!transaction->done && wants_stage(transaction, stage))
		return ask(transaction, response);
	*response = (struct response){ .kind = RESPONSE_CONTINUE };
	if (stage == STAGE_END)
		answer_at_end(transaction, response);
	else if (stage != STAGE_RECIPIENT)
		answer_before_end(transaction, response);
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

void
transaction_finish(struct transaction *transaction, bool sent,
    struct moment now, struct response *response)
{
	struct verdict *verdict = &transaction->verdict;
	enum settlement settlement = SETTLE_COMMIT;

	*response = transaction->end;
	transaction->decision.now = now;
	if (!sent) {
		reopen(verdict);
		verdict_note(
		    verdict, "fault", "the MTA did not take an edit");
		verdict_end(verdict, DISPOSITION_TEMPFAIL, 451,
		    SPAN("4.3.0"), "Temporary failure, try again later");
		respond(transaction, response);
		transaction->faulty = true;
		counter_add(&transaction->milter->counters.faults, 1);
	}
	decided(transaction, now);
	if (response->kind != RESPONSE_CONTINUE)
		settlement = SETTLE_ABORT;
	end(transaction, settlement);
}
