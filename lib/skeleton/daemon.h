/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A daemon as its authors describe it: which configuration it reads, which
 * events it may ever need, and its decision functions.  It has no main loop,
 * no protocol and no signal of its own; skeleton_main supplies all that.
 */
#ifndef LUMBAR_SKELETON_DAEMON_H
#define LUMBAR_SKELETON_DAEMON_H

#include "base/buf.h"
#include "base/conf.h"
#include "base/log.h"
#include "skeleton/decision.h"

/*
 * What a daemon wants of a message.  The envelope is always gathered, but the
 * decision is asked at MAIL, at each recipient and at DATA only by these; it
 * is always asked at the end of message.
 */
enum daemon_event {
	EVENT_MAIL = 1u << 0,
	EVENT_RECIPIENT = 1u << 1,
	EVENT_DATA = 1u << 2,
	EVENT_HEADERS = 1u << 3,
	EVENT_BODY = 1u << 4,
};

/* What a daemon may change; negotiated with the MTA, so it is the superset of
 * all configurations. */
enum daemon_change {
	CHANGE_HEADERS = 1u << 0,
	CHANGE_RECIPIENTS = 1u << 1,
	CHANGE_SENDER = 1u << 2,
	CHANGE_BODY = 1u << 3,
};

/* How a message ended for us.  Exactly one per message. */
enum settlement {
	SETTLE_COMMIT, /* we let it pass at the end of message */
	SETTLE_ABORT,  /* refused, discarded, aborted or cut off */
};

struct daemon {
	const char *name;    /* "lumbar-policy" */
	const char *summary; /* one line for -h */
	const char *conf_file; /* "policy.conf", in the configuration folder */
	/*
	 * The daemon's struct begins with a struct settings, which the
	 * skeleton reads; TABLE describes the rest, BASE 0.
	 */
	struct conf_table table;
	size_t conf_size;
	const char *default_socket; /* "unix:/run/lumbar/policy.sock" */

	unsigned events;  /* EVENT_* that any configuration may need */
	unsigned changes; /* CHANGE_* that any configuration may make */
	bool keep_body;   /* message->body is kept for decide at STAGE_END */

	/* Opens what lives as long as the process and survives reloads (a
	 * table of counters).  NULL with *ERR on failure.  Optional pair. */
	void *(*open)(const void *conf, struct err *err);
	void (*close)(void *process);

	/*
	 * Makes the immutable snapshot that decisions read from CONF, the
	 * daemon's struct, which lives as long as the snapshot: reads rule
	 * files, parses keys.  On failure NULL, and ERRORS has a line for each
	 * mistake.  Called at start, by -n, by `lumbar check` and at each
	 * reload.  Unload is called when the last message that used it ended.
	 */
	void *(*load)(void *process, const void *conf, struct buf *errors);
	void (*unload)(void *config);

	/* Adds to ERRORS, in the form of load, what is wrong although the
	 * snapshot can serve.  It is logged when the snapshot comes into force
	 * and counts as a mistake for -n and `lumbar check`.  Optional. */
	void (*complain)(const void *config, struct buf *errors);

	/* Whether FRESH may take the place of OLD, which is in force, at a
	 * reload: 0, or -1 and ERRORS has a line for each reason.  Optional. */
	int (*may_replace)(
	    const void *old, const void *fresh, struct buf *errors);

	/* Adds to LINE what the daemon has counted.  Optional. */
	void (*log_counters)(const void *process, struct log_line *line);

	/* A text that differs where the files differ that the configuration
	 * names, such as a hash of the rules; optional.  Borrowed from
	 * CONFIG. */
	const char *(*digest)(const void *config);

	/* Which of EVENTS this snapshot needs; optional. */
	unsigned (*needs)(const void *config);

	/* A message begins: sets decision->state.  Optional. */
	void (*begin)(struct decision *decision);

	/* Decides at decision->stage. */
	enum answer (*decide)(struct decision *decision);

	/* The next bytes of the body, lines ending in CRLF, cut anywhere.  0,
	 * or -1 after decision_fail.  Needed where EVENT_BODY is among
	 * EVENTS. */
	int (*body)(struct decision *decision, struct span chunk);

	/* The message has ended; also releases what STATE holds outside the
	 * pool.  Optional. */
	void (*settle)(struct decision *decision, enum settlement settlement);
};

/*
 * Runs DAEMON with its command line, until it is told to stop.  Returns the
 * exit status: 0, EX_USAGE (64), EX_CONFIG (78) or another of sysexits(3).
 */
int skeleton_main(const struct daemon *daemon, int argc, char **argv);

/*
 * Reads FILE as DAEMON's configuration and loads it, without running it; for
 * -n and `lumbar check`.  0, or -1 and ERRORS has a line for each mistake, and
 * for each complaint of the daemon.
 */
int skeleton_check(
    const struct daemon *daemon, const char *file, struct buf *errors);

#endif
