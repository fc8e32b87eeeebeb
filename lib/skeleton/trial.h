/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message tried on a daemon without an MTA: the same sessions and decisions
 * as in service, driven by a message in memory, lookups run in place.  For
 * tests and for the administrator's tool.
 */
#ifndef LUMBAR_SKELETON_TRIAL_H
#define LUMBAR_SKELETON_TRIAL_H

#include "skeleton/daemon.h"
#include "skeleton/response.h"

struct trial;

/* What the MTA would tell.  Zero members take the default in parentheses. */
struct trial_message {
	const char *client;      /* address ("192.0.2.1") */
	const char *client_name; /* ("client.example") */
	const char *helo;        /* ("client.example") */
	bool local;              /* did not come by SMTP */
	const char *listener;    /* {daemon_name} */
	const char *login;       /* {auth_authen} */
	/* Common name in the client's certificate (none), which the MTA has
	 * verified unless CERTIFICATE_UNVERIFIED. */
	const char *certificate;
	bool certificate_unverified;
	const char *queue_id;    /* ("TRIAL") */
	const char *sender;      /* with parameters: "<a@b> SIZE=10" ("<>") */
	/* NULL-terminated, each as after RCPT TO: "<a@b> NOTIFY=NEVER" */
	const char *const *recipients;
	struct span text; /* header section, empty line, body; lines end in LF
	                     or CRLF */
	size_t chunk;     /* bytes of body in one event (65535) */
	struct moment now; /* (2026-01-01 00:00 UTC, monotonic one hour) */
	bool no_hold;     /* the MTA cannot hold */
	bool no_skip;     /* the MTA takes no SKIP */
};

/* What became of it. */
struct trial_result {
	struct response mail;
	struct response *recipients; /* one for each that was sent */
	size_t recipient_count;
	/* The answer that ended the message, and at which stage; refused at
	 * STAGE_RECIPIENT means that no recipient was left. */
	struct response end;
	enum stage end_stage;
	bool body_skipped;
	struct span body; /* as it was sent: lines end in CRLF */
	const struct message *message;
	const struct verdict *verdict;
	/* The message that the MTA has in the end, without regard to END. */
	struct applied applied;
};

/* DAEMON with the configuration in TEXT; NULL and ERRORS where it is wrong. */
struct trial *trial_new(
    const struct daemon *daemon, const char *text, struct buf *errors);

/* The same from FILE. */
struct trial *trial_open(
    const struct daemon *daemon, const char *file, struct buf *errors);

/* The same from FILE with KEY, a text outside all blocks, set to VALUE; NULL:
 * as the file has it. */
struct trial *trial_open_with(const struct daemon *daemon, const char *file,
    const char *key, const char *value, struct buf *errors);

/*
 * Another trial under the configuration that FIRST has, for another thread.
 * FIRST outlives it.  The new one remembers no faults, so that what becomes of
 * a message does not depend on those before it.
 */
struct trial *trial_share(struct trial *first);

/* Releases *TRIAL and clears it; NULL is a no-op. */
void trial_free(struct trial **trial);

/* Sets decision.observer of the messages to come. */
void trial_observe(struct trial *trial, void *observer);

/* The common keys of the configuration in force. */
const struct settings *trial_settings(struct trial *trial);

/* What daemon.load returned for the configuration in force. */
const void *trial_config(struct trial *trial);

/* Puts the configuration in TEXT in force, as a reload would.  0 or -1. */
int trial_reload(struct trial *trial, const char *text, struct buf *errors);

/* Logs what the daemon has counted, as in service. */
void trial_log_counters(struct trial *trial);

/* Sends MESSAGE.  The result is valid until the next run or trial_free. */
const struct trial_result *trial_run(
    struct trial *trial, const struct trial_message *message);

/* Sends MESSAGE up to its last recipient and then aborts it, as a client
 * that sends RSET. */
const struct trial_result *trial_run_aborted(
    struct trial *trial, const struct trial_message *message);

/* Ends a message that has not ended, as a client that goes away, which is
 * logged; the result of the last run is gone. */
void trial_hang_up(struct trial *trial);

/* The applied message of RESULT as text with CRLF line ends, body BODY. */
void trial_print_applied(const struct trial_result *result, struct span body,
    struct buf *out);

#endif
