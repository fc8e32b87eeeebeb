/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a running supervisor becomes another program, mostly the next version of
 * its own, without its process id, its listener or its instances being lost:
 * by execve(2), which keeps descriptors and children, and one environment
 * variable, LUMBAR_UPGRADE, that says which they are.
 */
#ifndef LUMBAR_SKELETON_UPGRADE_H
#define LUMBAR_SKELETON_UPGRADE_H

#include "base/err.h"
#include "skeleton/child.h"
#include "skeleton/notify.h"

#include <limits.h>

enum { UPGRADE_ARGUMENTS_MAX = 10 };

/* What is run: the path by which this program was started, where its
 * successor has been put, with a command line of the same meaning. */
struct program {
	char path[PATH_MAX];
	const char *arguments[UPGRADE_ARGUMENTS_MAX]; /* ends in NULL */
};

struct handover {
	int listener;
	bool listener_inherited; /* see listener_close */
	int faults; /* faults_descriptor */
	int64_t drain_timeout; /* microseconds */
	struct children children; /* without a successor */
};

/*
 * True if this process has been the supervisor that left *HANDOVER.  What it
 * left is taken out of the environment, and believed only where it is true:
 * written for this process id, the listener listens, the instances are
 * children of this process.
 */
bool upgrade_take(struct handover *handover);

/*
 * Becomes PROGRAM with HANDOVER, and with NOTIFY, which see.  Returns only if
 * that failed: -1 with *ERR, and everything is as before.
 */
int upgrade_exec(const struct program *program,
    const struct handover *handover, const struct notify *notify,
    struct err *err);

/*
 * Starts PROGRAM to do no more than check the configuration (-n): one that
 * cannot be loaded, or finds it wrong, would be met too late by upgrade_exec.
 * Returns the process, whose status is 0 if all is well, or -1 with *ERR.
 */
pid_t upgrade_rehearse(const struct program *program, struct err *err);

#endif
