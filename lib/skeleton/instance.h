/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process that serves the MTA: started by the supervisor, told by it over
 * a socket what to do.  It gets no signals of its own.
 */
#ifndef LUMBAR_SKELETON_INSTANCE_H
#define LUMBAR_SKELETON_INSTANCE_H

#include "base/clock.h"
#include "skeleton/daemon.h"
#include "skeleton/faults.h"

/* What the supervisor writes to the control socket, a byte each.  When the
 * socket closes, the supervisor is gone, and the instance drains as if told.
 * An upgrade lets the supervisor of one version speak to the instance of
 * another: bytes may be added, and keep their meaning. */
enum instance_command {
	COMMAND_RELOAD = 'R',
	COMMAND_DRAIN = 'D',
	/* Another instance accepts connections: to drain, which may take
	 * INSTANCE_RETIREMENT_US.  COMMAND_DRAIN may follow. */
	COMMAND_RETIRE = 'T',
	COMMAND_STATISTICS = 'S',
	COMMAND_PING = 'P',
};

/* What the instance writes back. */
enum instance_answer {
	ANSWER_READY = 'r',    /* once: it accepts connections */
	ANSWER_RELOADED = 'l', /* COMMAND_RELOAD: the new is in force, */
	ANSWER_KEPT = 'k',     /* or was wrong */
	ANSWER_ALIVE = 'a',    /* COMMAND_PING: the engine runs */
};

/* How long a retired instance lets its sessions go on. */
#define INSTANCE_RETIREMENT_US (3600 * CLOCK_SECOND_US)

struct instance_options {
	const struct daemon *daemon;
	const char *conf_file;
	int listener;            /* closed when the instance drains */
	bool listener_inherited; /* see listener_close */
	int control;
	struct faults *faults;
	int64_t drain_timeout; /* microseconds, whatever a reload says */
	bool background; /* mistakes at the start go to standard error too */
};

/* Serves until it is told to drain or to retire.  Returns the exit status. */
int instance_run(const struct instance_options *options);

#endif
