/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process that serves the MTA: started by the supervisor, told by it over
 * a socket what to do.  It gets no signals of its own.
 */
#ifndef LUMBAR_SKELETON_INSTANCE_H
#define LUMBAR_SKELETON_INSTANCE_H

#include "skeleton/daemon.h"
#include "skeleton/faults.h"

/* What the supervisor writes to the control socket, a byte each.  When the
 * socket closes, the supervisor is gone, and the instance drains as if told. */
enum instance_command {
	COMMAND_RELOAD = 'R',
	COMMAND_DRAIN = 'D',
	COMMAND_STATISTICS = 'S',
};

/* What the instance writes back: it accepts connections. */
enum { INSTANCE_READY = 'r' };

struct instance_options {
	const struct daemon *daemon;
	const char *conf_file;
	int listener;            /* closed when the instance drains */
	bool listener_inherited; /* see listener_close */
	int control;
	struct faults *faults;
	bool background; /* mistakes at the start go to standard error too */
};

/* Serves until it is told to drain.  Returns the exit status. */
int instance_run(const struct instance_options *options);

#endif
