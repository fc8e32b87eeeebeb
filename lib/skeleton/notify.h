/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a service manager is told, and how often it wants to hear that all is
 * well: the protocol of sd_notify(3), datagrams of KEY=VALUE lines to the
 * socket named by NOTIFY_SOCKET, and of sd_watchdog_enabled(3).
 */
#ifndef LUMBAR_SKELETON_NOTIFY_H
#define LUMBAR_SKELETON_NOTIFY_H

#include <stdint.h>
#include <sys/un.h>

struct notify {
	/* NOTIFY_SOCKET: a path, or "@" and an abstract name; "": nobody wants
	 * to be told. */
	char socket[sizeof(((struct sockaddr_un *)0)->sun_path)];
	/* Microseconds after which a process that has not sent WATCHDOG=1 is
	 * taken for dead; 0: never. */
	int64_t watchdog;
};

/* Takes what concerns this process out of the environment, where it would
 * pass to programs that it does not concern. */
void notify_take(struct notify *notify);

/* Puts it back, for a program that takes the place of this one. */
void notify_give(const struct notify *notify);

/*
 * Sends what FORMAT yields, as "READY=1\nSTATUS=serving", if anybody is to be
 * told.  A manager that does not listen is no reason to fail, and is not
 * waited for longer than some seconds.
 */
void notify_send(const struct notify *notify, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
