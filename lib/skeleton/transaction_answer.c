/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/transaction_answer.h"

#include "skeleton/decision_log.h"
#include "skeleton/failure.h"

#include <assert.h>

enum { EDITS_MAX = 10000 }; /* of one message */

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

bool
transaction_answer_may_refuse(const struct transaction *transaction)
{
	return !must_wait_for_end(transaction, STAGE_RECIPIENT) &&
	    (transaction->milter->daemon->events & EVENT_RECIPIENT) != 0;
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
log_end(struct transaction *transaction)
{
	/* The moment that a decision was given is that before it computed. */
	decision_log(&transaction->decision,
	    clock_now().monotonic_us -
		transaction->stage_began.monotonic_us);
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

/* The edits cannot be sent for REASON: the failure policy decides, and the
 * message stays as it came. */
static void
refuse_edits(struct transaction *transaction, const char *reason)
{
	struct verdict *verdict = &transaction->verdict;

	(void)err_set(
	    &transaction->decision.fault, ERR_INPUT, "%s", reason);
	transaction->decision.failed_what = NULL;
	note_fault(transaction);
	if (fail(transaction) == FAILURE_HOLD) {
		verdict->edit_count = 0;
		verdict_hold(verdict, SPAN("its edits cannot be made"));
	} else {
		tempfail(transaction);
	}
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
	/* Held without a recipient it would still be lost. */
	refuse_edits(transaction, "the edits leave no recipient, and no rule "
				  "asked for that");
}

/* Postfix looks for each field from the top of its queue file, so that a
 * message with a hundred thousand fields could keep it busy for hours. */
static void
check_edit_count(struct transaction *transaction)
{
	if (transaction->verdict.disposition == DISPOSITION_CONTINUE &&
	    transaction->verdict.edit_count > EDITS_MAX)
		refuse_edits(transaction, "the message needs more edits than "
					  "an MTA can be asked for");
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
decided(struct transaction *transaction)
{
	/* Earlier faults are not held against what looks like it. */
	if (transaction->digest_known && !transaction->faulty)
		faults_forget(
		    transaction->milter->faults, &transaction->digest);
	count_end(transaction);
	log_end(transaction);
}

/* Ends the message before its end: with the reply, or without more of it. */
static void
end_early(struct transaction *transaction, struct response *response)
{
	decided(transaction);
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

/*
 * What MAIL, DATA and the end of headers are answered with.  Before the end of
 * headers the MTA is not told that it need not ask us any more: where another
 * milter refuses DATA the client may go on with RCPT, and recipients whom
 * nobody asked us about would get the message, or be discarded with it.
 */
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
			stage <= STAGE_DATA))
			return;
		respond(transaction, response);
		end_early(transaction, response);
	} else if (stage > STAGE_DATA && nothing_at_end(transaction)) {
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
	check_edit_count(transaction);
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

void
transaction_answer(struct transaction *transaction, enum answer answer,
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

void
transaction_answer_unread(struct transaction *transaction)
{
	verdict_note(&transaction->verdict, "fault",
	    "not read after %jd faults with this message",
	    (intmax_t)transaction->decision.settings->hold_after_faults);
	transaction->faulty = true;
	transaction->done = true;
	if (outcome_of(transaction, true) == FAILURE_HOLD)
		transaction->fault_hold = true;
	else
		tempfail(transaction);
}

void
transaction_answer_unasked(
    struct transaction *transaction, struct response *response)
{
	*response = (struct response){ .kind = RESPONSE_CONTINUE };
	switch (transaction->decision.stage) {
	case STAGE_RECIPIENT:
		return;
	case STAGE_MAIL:
	case STAGE_DATA:
	case STAGE_HEADERS:
		answer_before_end(transaction, response);
		return;
	case STAGE_END:
		answer_at_end(transaction, response);
		return;
	}
}

void
transaction_answer_abort(
    struct transaction *transaction, struct moment now)
{
	counter_add(&transaction->milter->counters.aborted, 1);
	/* A client that left before any recipient is not worth a line of the
	 * log. */
	if (transaction->message.recipient_count > 0) {
		transaction->verdict.action = SPAN("abort");
		transaction->stage_began = now;
		log_end(transaction);
	}
	end(transaction, SETTLE_ABORT);
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
	decided(transaction);
	if (response->kind != RESPONSE_CONTINUE)
		settlement = SETTLE_ABORT;
	end(transaction, settlement);
}
