/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The protocol side: accepts the MTA's connections, turns their bytes into
 * calls of session.h and the responses into bytes.  Nothing above knows which
 * engine runs.
 */
#ifndef LUMBAR_SKELETON_ENGINE_H
#define LUMBAR_SKELETON_ENGINE_H

#include "skeleton/milter.h"

struct engine {
	const char *name;

	/*
	 * Starts threads that accept from LISTENER, a listening descriptor of
	 * the engine's own from now on.  MAX_SESSIONS: see settings.  One
	 * start per process.  0, or -1 with *ERR.
	 */
	int (*start)(struct milter *milter, int listener, size_t max_sessions,
	    struct err *err);

	/* Stops accepting, or goes on with it.  Open sessions go on. */
	void (*accept)(bool accepting);

	/* Stops accepting for good and closes LISTENER: kept open, it would
	 * gather connections that nobody answers. */
	void (*leave)(void);

	/*
	 * Ends the threads, after `leave` and when no session is open any
	 * more; sessions that are still open are cut, and their messages are
	 * deferred by the MTA.
	 */
	void (*stop)(void);

	/* True if the engine ended by itself, which it never should. */
	bool (*failed)(void);
};

extern const struct engine engine_libmilter;

#endif
