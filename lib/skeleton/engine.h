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
	 * Starts threads that accept from LISTENER, a listening descriptor
	 * that stays the caller's.  MAX_SESSIONS: see settings.  One start
	 * per process.  0, or -1 with *ERR.
	 */
	int (*start)(struct milter *milter, int listener, size_t max_sessions,
	    struct err *err);

	/* Stops accepting, or goes on with it.  Open sessions go on.  Once
	 * stopped, the caller may close the listener and never resume. */
	void (*accept)(bool accepting);

	/*
	 * After `accept(false)` and when no session is open any more: returns
	 * once none can begin, so that the milter may be destroyed.  Threads
	 * may still run; the process is to end.
	 */
	void (*stop)(void);

	/* True if the engine ended by itself, which it never should. */
	bool (*failed)(void);
};

extern const struct engine engine_libmilter;

#endif
