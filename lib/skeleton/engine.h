/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The protocol side: accepts the MTA's connections, turns their bytes into
 * calls of session.h and the responses into bytes.  Nothing above knows which
 * engine runs.
 */
#ifndef LUMBAR_SKELETON_ENGINE_H
#define LUMBAR_SKELETON_ENGINE_H

#include "skeleton/milter.h"

struct engine_options {
	int listener; /* a listening descriptor, which stays the caller's */
	size_t max_sessions; /* connections at the same time; see settings */
	int64_t session_timeout; /* microseconds; see settings */
};

struct engine {
	const char *name;

	/* Starts threads that serve MILTER.  One start per process.  0, or -1
	 * with *ERR. */
	int (*start)(struct milter *milter,
	    const struct engine_options *options, struct err *err);

	/* Stops accepting, or goes on with it.  Open connections go on.  Once
	 * stopped, the caller may close the listener and never resume. */
	void (*accept)(bool accepting);

	/* Connections that are open now. */
	size_t (*connections)(void);

	/*
	 * After `accept(false)`: ends all connections, so that each open
	 * message is aborted.  Lookups are not waited for; a decision that
	 * computes is answered before.  Where an answer is partly written, the
	 * MTA may read the rest, unless all are to END_NOW.  Returns at once;
	 * `connections` tells how many have not ended yet.
	 */
	void (*cut)(bool end_now);

	/*
	 * After `accept(false)` and when no connection is open any more:
	 * returns once none can begin, so that the milter may be destroyed.
	 * Threads may still run; the process is to end.
	 */
	void (*stop)(void);

	/* True if the engine ended by itself, which it never should. */
	bool (*failed)(void);
};

/* On Sendmail's library: the reference, and what to fall back to. */
extern const struct engine engine_libmilter;

/* Our own, the default. */
extern const struct engine engine_native;

#endif
