/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Daemons for the targets of the native engine, which decide as a plan says:
 * a byte each time they are asked.  Nothing is logged in a program that
 * contains them.
 */
#ifndef LUMBAR_T_FUZZ_PLANNED_DAEMON_H
#define LUMBAR_T_FUZZ_PLANNED_DAEMON_H

#include "skeleton/milter.h"
#include "t/fuzz/mta_input.h"

enum { PLANNED_DAEMONS = 5 };

/* Each with other events and changes; the first has all of them. */
extern const struct daemon planned_daemons[PLANNED_DAEMONS];

/* What milter.process of a planned daemon is. */
struct planned_process {
	/* The plan of a message, asked for at its first decision; lives as
	 * long as the message. */
	struct reader *(*plan)(struct decision *decision);
	/* Called before a lookup is answered, in the thread that runs it; may
	 * be NULL. */
	void (*before_answer)(void);
};

/* Messages of all daemons so far. */
extern atomic_uint planned_begun, planned_settled;

/* Makes *MILTER ready for DAEMON, one of the planned ones or a copy of it.
 * PROCESS is borrowed for good. */
void planned_milter_open(struct milter *milter, const struct daemon *daemon,
    struct planned_process *process);

#endif
