/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MTA's side of one milter connection, to measure a daemon by: offers
 * protocol version 6 with all actions and steps, and passes messages that
 * every daemon without rules lets through.
 *
 * It takes its constants from libmilter's <libmilter/mfdef.h> and nothing from
 * lib/formats, so that a mistake there cannot hide by being on both sides.
 */
#ifndef LUMBAR_T_BENCH_MTA_SESSION_H
#define LUMBAR_T_BENCH_MTA_SESSION_H

#include "base/buf.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum {
	MTA_MESSAGE_SIZE = 10240, /* bytes of body */
	MTA_PATIENCE_SECONDS = 60, /* without an answer: something is broken */
};

/* What is sent before one answer is awaited: as Postfix does it, commands that
 * need no answer and macros travel with the next one that does. */
struct mta_burst {
	size_t from, to; /* of the script's bytes */
	char command;    /* SMFIC_*, that will be answered */
};

enum { MTA_BURSTS_MAX = 16 };

/* What a message has beside its envelope. */
struct mta_message {
	const struct span *fields; /* "Name", NUL, " value", NUL */
	size_t field_count;
	struct span body;
};

/* One message, as it is sent. */
struct mta_script {
	struct buf bytes;
	struct mta_burst bursts[MTA_BURSTS_MAX];
	size_t burst_count;
};

/*
 * Makes *SCRIPT for a connection on which STEPS (SMFIP_*) were negotiated.
 * FIRST: begins with the SMTP client and its HELO, as the first message of a
 * connection does.  Release with mta_script_free.
 */
void mta_script_init(struct mta_script *script, uint32_t steps, bool first,
    const struct mta_message *message);

/* The same for the message that daemons are measured with. */
void mta_script_init_plain(
    struct mta_script *script, uint32_t steps, bool first);

void mta_script_free(struct mta_script *script);

enum {
	MTA_ANSWER_MAX = 2048, /* bytes of an answer */
	MTA_PIECE_POSTFIX = 4096, /* that Postfix writes at once */
};

struct mta_session {
	int fd;         /* -1: not open */
	uint32_t steps; /* SMFIP_*, negotiated */
	size_t piece;   /* bytes that are written at once */
	size_t len;     /* bytes of IN that are there */
	size_t taken;   /* of them, those of the answer that was read last */
	char in[sizeof(uint32_t) + MTA_ANSWER_MAX];
};

/*
 * Connects *SESSION to the unix socket PATH and negotiates.  PIECE: as many
 * bytes are written at once.  0, or -1 with *ERR.  Close with mta_session_close
 * in any case.
 */
int mta_session_open(struct mta_session *session, const char *path,
    size_t piece, struct err *err);

/* Says QUIT where that is possible, and closes. */
void mta_session_close(struct mta_session *session);

/* Sends burst INDEX of SCRIPT.  0, or -1 with *ERR. */
int mta_session_send(struct mta_session *session,
    const struct mta_script *script, size_t index, struct err *err);

/*
 * Reads the answer to COMMAND once, waiting for it if WAIT.  1: it came and
 * says to go on with the message; 0: not all of it is there yet; -1 with *ERR:
 * another answer, more than one, or the connection was closed.
 */
int mta_session_answer(struct mta_session *session, char command, bool wait,
    struct err *err);

/*
 * Waits for the answer to COMMAND of a daemon that may insert header fields at
 * the end of the message; *INSERTED grows by their number.  1: the message goes
 * on; 0: it has passed; -1 with *ERR: another answer.
 */
int mta_session_outcome(struct mta_session *session, char command,
    size_t *inserted, struct err *err);

/* Drops the message that was begun; the next may follow.  0, or -1 with
 * *ERR. */
int mta_session_abort(struct mta_session *session, struct err *err);

/* True if the connection is open and nothing was sent on it. */
bool mta_session_quiet(const struct mta_session *session);

#endif
