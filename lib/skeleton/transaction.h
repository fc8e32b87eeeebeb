/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One mail transaction (RFC 5321 section 3.3): a message, the decisions on it
 * and its one end.  Here stands all that must never happen by accident: a
 * recipient's answer that ends the milter's sight of the message, a message
 * that loses its last recipient, mail that passes because something failed.
 */
#ifndef LUMBAR_SKELETON_TRANSACTION_H
#define LUMBAR_SKELETON_TRANSACTION_H

#include "skeleton/milter.h"
#include "skeleton/response.h"

struct transaction;

/*
 * A transaction that begins at NOW under the configuration then in force,
 * which also says what role CONNECTION has.  CONNECTION is borrowed and stays
 * as it is until the end; ABILITIES: MTA_*.
 */
struct transaction *transaction_new(struct milter *milter,
    struct connection *connection, unsigned abilities, struct moment now);

/* Ends it as aborted unless it has ended, and releases it; NULL-safe. */
void transaction_free(struct transaction **transaction, struct moment now);

/* The message, to be filled by the session as the MTA tells it. */
struct message *transaction_message(struct transaction *transaction);

/* The verdict so far. */
const struct verdict *transaction_verdict(
    const struct transaction *transaction);

/* The sender as GIVEN at MAIL, copied, with its PARAMETERS; one that may mean
 * somebody else to an MTA is refused at each RCPT. */
void transaction_set_sender(struct transaction *transaction,
    struct span given, struct parameters parameters);

/* A new recipient GIVEN with its parameters, at the end of the list.  False
 * if there are too many; *RESPONSE then refuses it. */
bool transaction_add_recipient(struct transaction *transaction,
    struct span given, struct parameters parameters,
    struct response *response);

/* A header field, its VALUE as for session_header; what exceeds
 * max_header_size fails the message at STAGE_HEADERS. */
void transaction_add_header(
    struct transaction *transaction, struct span name, struct span value);

/* Asks the daemon at STAGE.  STEP_WAITING: see transaction_lookups. */
enum response_step transaction_decide(struct transaction *transaction,
    enum stage stage, struct moment now, struct response *response);

/* The lookups that the transaction waits for. */
struct lookups *transaction_lookups(struct transaction *transaction);

/* Asks again, when all are answered or their deadline has passed. */
enum response_step transaction_resume(struct transaction *transaction,
    struct moment now, struct response *response);

/* A piece of the body, never waiting. */
void transaction_body(struct transaction *transaction, struct span chunk,
    struct response *response);

/*
 * To be called once *RESPONSE of STAGE_END was sent to the MTA.  SENT false:
 * the MTA did not take an edit; the message is then deferred, and *RESPONSE
 * says so.  Logs the decision and settles.
 */
void transaction_finish(struct transaction *transaction, bool sent,
    struct moment now, struct response *response);

/* True if the configuration says to observe only. */
bool transaction_observes(const struct transaction *transaction);

/* True once the message has ended. */
bool transaction_ended(const struct transaction *transaction);

#endif
