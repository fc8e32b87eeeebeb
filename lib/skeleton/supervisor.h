/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process that an administrator or systemd knows: it takes the signals,
 * keeps the listening socket open and starts the instance anew when it dies,
 * so that a crash costs the sessions of that moment and not the service.
 *
 *	HUP    reload            TERM, INT   drain and stop
 *	USR1   log counters      USR2        upgrade
 *
 * An instance that hangs is killed and replaced, as one that died.
 *
 * To upgrade is to run the program anew in this process, see upgrade.h, with
 * the listener and the instance that serves; when a new instance accepts
 * connections, the old one is told to end its sessions.  Nobody waits for
 * that.  If anything fails before, the old one goes on serving.
 *
 * The instance never gets HUP or TERM, for libmilter would cut all sessions;
 * a supervisor of this one must send its signals to this process only
 * (KillMode=mixed in systemd).
 */
#ifndef LUMBAR_SKELETON_SUPERVISOR_H
#define LUMBAR_SKELETON_SUPERVISOR_H

#include "skeleton/daemon.h"
#include "skeleton/notify.h"
#include "skeleton/upgrade.h"

struct supervisor_options {
	const struct daemon *daemon;
	const char *conf_file;
	const struct program *program; /* that USR2 runs */
	const struct notify *notify;
	const struct handover *handover; /* NULL: this is no upgrade */
	int listener;
	bool listener_inherited; /* see listener_close */
	size_t max_sessions;
	int64_t drain_timeout; /* microseconds */
	int ready; /* descriptor that gets a byte and is closed when the first
	              instance accepts connections; -1: none */
};

/* Runs instances until it is told to stop.  Returns the exit status. */
int supervisor_run(const struct supervisor_options *options);

#endif
