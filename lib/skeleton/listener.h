/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The socket where the MTA connects.
 *
 * A unix socket is made under a name of its own and renamed onto its path, so
 * that a successor takes the path over in one step, and nobody ever removes
 * it: an instance that stops cannot take away what another one listens on.
 */
#ifndef LUMBAR_SKELETON_LISTENER_H
#define LUMBAR_SKELETON_LISTENER_H

#include "base/err.h"

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>

struct listener_options {
	const char *socket; /* unix:PATH, inet:PORT@HOST, inet6:..., fd:N */
	const char *owner;  /* of a unix socket; "": unchanged */
	const char *group; /* "": that of OWNER */
	mode_t mode;
};

/*
 * A listening descriptor, not blocking, or -1 with *ERR.  "local:" is the same
 * as "unix:", and a bare PATH too; HOST may be left out for the loopback
 * address.
 */
int listener_open(const struct listener_options *options, struct err *err);

/*
 * Closes LISTENER so that nobody connects to it any more, even while another
 * thread still waits on it.  INHERITED: it came as fd:N and goes on living in
 * the process that gave it; connections then wait there for a successor.
 */
void listener_close(int listener, bool inherited);

/* True if a connection to LISTENER waits to be accepted. */
bool listener_is_waited_for(int listener);

/* The address where a listener listens, for when it is closed. */
struct listener_address {
	struct sockaddr_storage storage;
	socklen_t len; /* 0: unknown */
};

/* That of LISTENER. */
struct listener_address listener_address(int listener);

/* True if this process has a connection open that it accepted there, whatever
 * the engine made of it. */
bool listener_has_connection(const struct listener_address *address);

/*
 * Shuts down each connection that this process accepted there, HOW as for
 * shutdown(2).  For a process that is about to end: a descriptor that another
 * thread closes meanwhile and opens anew may be hung up in its place.
 */
void listener_hang_up(const struct listener_address *address, int how);

/* True if SOCKET is of the form fd:N. */
bool listener_is_inherited(const char *socket);

/* True if SOCKET is a path at which another process listens, from which
 * listener_open would take it over. */
bool listener_takes_over(const char *socket);

/* 0 if SOCKET is written correctly, else -1 with *ERR; opens nothing. */
int listener_check(const char *socket, struct err *err);

#endif
