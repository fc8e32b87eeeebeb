/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection of the MTA: turns the events of the milter protocol, from
 * whichever engine, into connection data and transactions.
 *
 * An engine calls one function at a time for a session, from any thread.  Where
 * the step is STEP_WAITING, it waits for session_lookups to be answered or for
 * their deadline, sends progress if that takes long at the end of message, and
 * calls session_resume.  Spans given are copied; responses are valid until
 * the next call.
 */
#ifndef LUMBAR_SKELETON_SESSION_H
#define LUMBAR_SKELETON_SESSION_H

#include "skeleton/milter.h"
#include "skeleton/response.h"

#include <sys/socket.h>

/* Of MAIL and RCPT; an engine leaves out what comes behind these. */
enum { SESSION_ARGUMENTS_MAX = 64 };

struct session;
struct transaction;

/* How a session asks its engine. */
struct session_link {
	/* The value of the MTA's macro NAME ("{daemon_name}", "i") or NULL;
	 * borrowed until the next event. */
	const char *(*macro)(void *context, const char *name);
	void *context;
	unsigned abilities; /* MTA_* */
};

/* A session of MILTER over LINK, which is copied.  Release with session_free,
 * which ends an open message as aborted. */
struct session *session_new(
    struct milter *milter, const struct session_link *link);
void session_free(struct session **session);

/*
 * The SMTP client.  ADDRESS NULL or of another family than IP: mail that did
 * not come by SMTP.  May come again within a session (Postfix's XCLIENT).
 */
void session_connect(struct session *session, struct span name,
    const struct sockaddr *address);

/* HELO or EHLO; may come again. */
void session_helo(struct session *session, struct span name);

/* MAIL and RCPT: ARGUMENTS are the path as given and the ESMTP parameters. */
enum response_step session_mail(struct session *session,
    const struct span *arguments, size_t count, struct moment now,
    struct response *response);
enum response_step session_recipient(struct session *session,
    const struct span *arguments, size_t count, struct moment now,
    struct response *response);

/* DATA: the envelope is complete. */
enum response_step session_data(struct session *session, struct moment now,
    struct response *response);

/* VALUE: everything behind the colon, without its blank if the MTA takes that
 * away (no MTA_LEADING_SPACE); folds as LF and blank. */
void session_header(
    struct session *session, struct span name, struct span value);

/* The empty line behind the header section. */
enum response_step session_headers_end(struct session *session,
    struct moment now, struct response *response);

/* The next bytes of the body, lines ending in CRLF, cut anywhere. */
void session_body(struct session *session, struct span chunk,
    struct response *response);

/* The end of message.  Once *RESPONSE with its edits was sent, or could not be,
 * session_finish must follow, or session_free. */
enum response_step session_end(struct session *session, struct moment now,
    struct response *response);
void session_finish(struct session *session, bool sent, struct moment now,
    struct response *response);

/* What the session waits for after STEP_WAITING. */
struct lookups *session_lookups(struct session *session);
enum response_step session_resume(struct session *session, struct moment now,
    struct response *response);

/* After STEP_WAITING: true if nothing but RESPONSE_CONTINUE is to be told of
 * the message (observe = yes). */
bool session_observes(const struct session *session);

/* The MTA gave up the message, if there is one. */
void session_abort(struct session *session, struct moment now);

/* Releases a message that has ended, once the response to its last event was
 * sent; responses to it are not valid any more. */
void session_release_message(struct session *session);

/* The transaction since the last MAIL, also one that has ended; or NULL. */
struct transaction *session_transaction(struct session *session);

/* True between MAIL and the end of the message. */
bool session_in_message(const struct session *session);

#endif
