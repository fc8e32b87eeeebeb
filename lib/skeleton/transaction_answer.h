/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of a transaction, shared by the two files that make it up:
 * transaction.c gathers the message and asks the daemon, transaction_answer.c
 * turns what was decided, or failed, into the answer to the MTA and the one
 * end of the message.
 */
#ifndef LUMBAR_SKELETON_TRANSACTION_ANSWER_H
#define LUMBAR_SKELETON_TRANSACTION_ANSWER_H

#include "skeleton/transaction.h"

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
	/* Why the sender, and the last recipient, may mean somebody else to an
	 * MTA; empty: they cannot. */
	struct span sender_fault, recipient_fault;
	bool done;            /* the daemon need not be asked again */
	bool listening;       /* it was asked last for what changes nothing */
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

/* True if a recipient can be refused by itself: the MTA waits for the answer,
 * and may take it. */
bool transaction_answer_may_refuse(const struct transaction *transaction);

/* The daemon has answered ANSWER at the stage, or something failed there. */
void transaction_answer(struct transaction *transaction, enum answer answer,
    struct response *response);

/* The daemon need not be asked at the stage. */
void transaction_answer_unasked(
    struct transaction *transaction, struct response *response);

/* The message met so many faults that it is not decided on any more. */
void transaction_answer_unread(struct transaction *transaction);

/* The MTA gave the message up, or never finished it. */
void transaction_answer_abort(
    struct transaction *transaction, struct moment now);

#endif
