/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The message that explain, test and replay try: from a file, with what the
 * MTA would tell of it from the command line or, as far as it goes, from the
 * message itself.
 */
#ifndef LUMBAR_MILTERS_LUMBAR_MAIL_H
#define LUMBAR_MILTERS_LUMBAR_MAIL_H

#include "base/buf.h"
#include "formats/stored_mail.h"
#include "skeleton/trial.h"

enum { LUMBAR_MAIL_MAX = 512 << 20 }; /* bytes of one message */

/* What the administrator says of the message; NULL and 0: nothing. */
struct lumbar_envelope {
	const char *from; /* address, "" or "<>" for the null sender */
	const char **recipients;
	size_t recipient_count;
	const char *last_resort; /* recipient where the header names none */
	const char *client;
	const char *login;
	const char *listener;
	int64_t time_us; /* since 1970; 0: now */
};

/* A message ready for trial_run; lives in a pool. */
struct lumbar_mail {
	struct stored_mail stored;
	struct stored_envelope guess;
	struct trial_message sent;
};

/* The options of getopt_long(3) that say what the MTA would tell. */
#define LUMBAR_ENVELOPE_OPTIONS                          \
	{ "client", required_argument, NULL, 'C' },      \
	{ "from", required_argument, NULL, 'f' },        \
	{ "listener", required_argument, NULL, 'L' },    \
	{ "login", required_argument, NULL, 'l' },       \
	{ "rcpt", required_argument, NULL, 'r' },        \
	{ "time", required_argument, NULL, 't' }

/* Puts what OPTION, one of these, has as ARGUMENT into ENVELOPE, which borrows
 * it and has room for one recipient more.  0, or -1 with *ERR: the argument is
 * wrong, or the option none of these. */
int lumbar_envelope_option(struct lumbar_envelope *envelope, int option,
    const char *argument, struct err *err);

/* 0 if TEXT can be the path of an envelope: an address with or without "<>".
 * Else -1 with *ERR. */
int lumbar_mail_check_address(const char *text, struct err *err);

/* The address of a client as trial_message has it.  0, or -1 with *ERR. */
int lumbar_mail_check_client(const char *text, struct err *err);

/* Reads FILE, "-" for standard input, into TEXT and sees to it that its last
 * line is ended.  0, or -1 with *ERR. */
int lumbar_mail_load(const char *file, struct buf *text, struct err *err);

/*
 * Makes *MAIL of TEXT and ENVELOPE, in POOL; both are borrowed.  What ENVELOPE
 * leaves out is guessed from the header.  0, or -1 with *ERR: it is no message,
 * or nobody is to receive it.
 */
int lumbar_mail_make(struct span text, const struct lumbar_envelope *envelope,
    struct pool *pool, struct lumbar_mail *mail, struct err *err);

#endif
