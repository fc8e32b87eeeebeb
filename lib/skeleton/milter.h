/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One running milter: the daemon, its configuration in force, and what all
 * sessions share.
 */
#ifndef LUMBAR_SKELETON_MILTER_H
#define LUMBAR_SKELETON_MILTER_H

#include "skeleton/counters.h"
#include "skeleton/daemon.h"
#include "skeleton/faults.h"
#include "skeleton/lookups.h"
#include "skeleton/snapshot.h"

#include <pthread.h>

struct milter {
	const struct daemon *daemon;
	void *process;           /* what daemon.open returned */
	struct workers *workers; /* NULL: lookups run where they are asked */
	struct faults *faults;   /* borrowed; NULL: not kept */
	void *observer;          /* decision.observer of every message */
	struct counters counters;
	atomic_uint sessions;    /* open now */
	atomic_uint session_number; /* of the last one, for its id */
	/* When a connection over the cap was logged last, monotonic, and how
	 * many were closed since. */
	atomic_int_fast64_t over_cap_logged_us;
	atomic_size_t over_cap_unlogged;
	pthread_mutex_t mutex;   /* guards CURRENT */
	struct snapshot *current;
};

/*
 * Makes *MILTER ready for sessions of DAEMON under CURRENT, which it takes.
 * PROCESS, WORKERS and FAULTS as in the struct.
 */
void milter_init(struct milter *milter, const struct daemon *daemon,
    void *process, struct snapshot *current);

/*
 * The same from the configuration in FILE: calls daemon.open and daemon.load.
 * 0, or -1 and ERRORS has a line for each mistake.
 */
int milter_open(struct milter *milter, const struct daemon *daemon,
    const char *file, struct buf *errors);

/* The same from configuration that is already read; takes CONF in any case. */
int milter_load(struct milter *milter, const struct daemon *daemon,
    struct conf **conf, struct buf *errors);

/* Releases the snapshot, the workers and what daemon.open returned. */
void milter_destroy(struct milter *milter);

/* A reference to the configuration in force. */
struct snapshot *milter_snapshot(struct milter *milter);

/* EVENT_* that the configuration in force needs. */
unsigned milter_needs(struct milter *milter);

/*
 * Puts the configuration in FILE in force from the next MAIL of every session.
 * 0, or -1 when it is wrong: the old one then stays and ERRORS has a line for
 * each mistake.
 */
int milter_reload(struct milter *milter, const char *file, struct buf *errors);

/* The same with FRESH, which is taken. */
int milter_replace(
    struct milter *milter, struct snapshot *fresh, struct buf *errors);

/* Counts a connection that is closed at NOW because SESSIONS, as many as
 * max_sessions allows, are open.  An MTA that goes on trying is logged once a
 * second. */
void milter_count_over_cap(
    struct milter *milter, size_t sessions, struct moment now);

/* Adds to ERRORS what the daemon complains of in the configuration in
 * force. */
void milter_complain(struct milter *milter, struct buf *errors);

/* Logs all that is counted as one line, "statistics name=value ...". */
void milter_log_counters(struct milter *milter);

#endif
