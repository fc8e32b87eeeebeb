/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The milter protocol of one MTA connection, without the connection: bytes of
 * the MTA in, calls of session.h, bytes for the MTA out.  It does no I/O and
 * never waits; each call says what it needs before the next.
 *
 * The protocol is taken strictly.  What the MTA says in a wrong form, or when
 * it has no meaning, ends the connection, and the MTA does what it is
 * configured to do for a milter that failed.
 */
#ifndef LUMBAR_SKELETON_NATIVE_SESSION_H
#define LUMBAR_SKELETON_NATIVE_SESSION_H

#include "formats/milter_packet.h"
#include "skeleton/milter.h"

struct native_session;

/* What is to be done next, in every case once OUT was sent. */
enum native_step {
	NATIVE_READ, /* native_session_read, with more bytes of the MTA */
	NATIVE_DECIDE, /* native_session_continue, which may compute for long */
	/* the same once native_session_lookups are answered or their deadline
	 * has passed */
	NATIVE_WAIT,
	NATIVE_WRITE, /* the same at once: more was to be said than OUT holds */
	NATIVE_CLOSE, /* the connection is over */
};

/* What *OUT should be able to hold, in bytes. */
enum { NATIVE_OUT_MAX = 16 << 20 };

/* A connection to MILTER.  Release with native_session_free, which ends an open
 * message as aborted. */
struct native_session *native_session_new(struct milter *milter);
void native_session_free(struct native_session **session);

/*
 * Takes whole packets off *BYTES until none is left or something else is to be
 * done first; the rest is to be given again, with more bytes behind it.  What
 * the MTA is to be told is appended to OUT.
 */
enum native_step native_session_read(struct native_session *session,
    struct span *bytes, struct moment now, struct buf *out);

/* Goes on after NATIVE_DECIDE, NATIVE_WAIT or NATIVE_WRITE. */
enum native_step native_session_continue(
    struct native_session *session, struct moment now, struct buf *out);

/* What NATIVE_WAIT waits for. */
struct lookups *native_session_lookups(struct native_session *session);

/* True from the end of a message until its answer: the only time at which the
 * MTA may be told of progress. */
bool native_session_at_end(const struct native_session *session);

/* True once the MTA has negotiated. */
bool native_session_negotiated(const struct native_session *session);

/* True between MAIL and the answer to the end of the message. */
bool native_session_in_message(const struct native_session *session);

/* Why the connection ends, after NATIVE_CLOSE; NULL if the MTA wished it. */
const char *native_session_error(const struct native_session *session);

#endif
