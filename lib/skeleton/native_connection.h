/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection of the MTA to the native engine: its socket, which never
 * blocks, and what it waits for.
 *
 * Any thread may find that something happened to a connection, but one at a
 * time serves it, between native_connection_claim and _yield.  What happens in
 * the meantime makes the same thread serve it once more.  A connection lives in
 * a slot that is used again and never freed; its generation tells one from the
 * next, so what comes too late for a connection meets no other.
 */
#ifndef LUMBAR_SKELETON_NATIVE_CONNECTION_H
#define LUMBAR_SKELETON_NATIVE_CONNECTION_H

#include "base/buf.h"
#include "base/clock.h"
#include "skeleton/native_session.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
	/* Bytes read at once: a packet of body and what is around it. */
	NATIVE_READ_SIZE = 128 * 1024,
};

/* What a thread reads into and writes from, so that a connection at rest has
 * no buffers. */
struct native_scratch {
	/* Called before a decision, which may compute for long; AT_END: of
	 * message, where the MTA can be told of progress.  False if too many
	 * compute: it must wait. */
	bool (*decision_begins)(bool at_end);
	void (*decision_ends)(void); /* called behind it */
	struct buf out; /* of NATIVE_OUT_MAX */
	char in[NATIVE_READ_SIZE];
};

/* What epoll reports of a connection. */
enum native_watched {
	WATCHED_NOT,
	WATCHED_INPUT,
	WATCHED_BOTH, /* and when the MTA takes output */
};

/* What became of a connection that was served. */
enum native_served {
	SERVED_RESTS, /* native_connection_yield may follow */
	SERVED_WAITS, /* to be served again when a decision may begin */
	SERVED_OVER,  /* native_connection_close must follow */
};

struct native_connection {
	/* The generation, and below it whether a thread serves the connection:
	 * see native_connection.c. */
	atomic_uint_fast64_t state;

	/* Guards these, which are not the serving thread's alone. */
	pthread_mutex_t mutex;
	int fd; /* -1: not open */
	int epoll;
	uint64_t data; /* what EPOLL reports for it */
	enum native_watched watched;
	atomic_bool cut;     /* for it reads nothing; closed when next served */
	struct buf out;      /* what the MTA did not take yet */
	bool may_progress;   /* the MTA may be told of progress */
	atomic_int_fast64_t progress_us; /* when it is next */

	/* The serving thread's. */
	struct native_session *session;
	bool by_ip; /* the socket is one of TCP */
	enum native_step step;
	bool readable;         /* there may be something to read */
	unsigned reads_left;   /* in this turn */
	bool exhaust;          /* read until there is nothing or the end */
	struct buf in;         /* the start of a packet */
	int64_t since_us;      /* since when we wait for the MTA */
	int64_t timeout_us;    /* how long, between commands */
	atomic_int_fast64_t deadline_us; /* when to be served in any case */
	atomic_int_fast64_t cut_us; /* when to be cut if nothing is read */

	/* The engine's: behind this one in the list of free slots, or of those
	 * that wait for a decision. */
	struct native_connection *next;
};

/* A slot at rest, whose descriptor is to be watched by EPOLL. */
void native_connection_init(struct native_connection *connection, int epoll);

/* Releases what a slot holds that is not open. */
void native_connection_destroy(struct native_connection *connection);

/*
 * Opens FD and SESSION, which are taken, in a slot.  BY_IP: FD is a socket of
 * TCP.  TIMEOUT_US: between two commands.  The caller serves it, as if it had
 * claimed it.  Later EPOLL reports for it NUMBER in the lower half of the data
 * and the generation in the upper one.
 */
void native_connection_open(struct native_connection *connection, int fd,
    bool by_ip, struct native_session *session, uint32_t number,
    int64_t timeout_us);

/* True if the calling thread is to serve the connection of GENERATION. */
bool native_connection_claim(
    struct native_connection *connection, uint32_t generation);

/* The same of the connection that is open now, if any. */
bool native_connection_claim_any(struct native_connection *connection);

/* True if something that the MTA was to be told waits for it to read: for the
 * thread that serves the connection. */
bool native_connection_owes(struct native_connection *connection);

/*
 * Goes as far as possible without waiting.  HANGUP: the MTA was seen to have
 * left.
 */
enum native_served native_connection_serve(
    struct native_connection *connection, bool hangup,
    struct native_scratch *scratch);

/* Whether the decision that SERVED_WAITS speaks of is at the end of message. */
bool native_connection_at_end(const struct native_connection *connection);

/* True if nothing happened since it was claimed or this was last called; the
 * connection is not the caller's any more then.  Else it is to be served
 * again. */
bool native_connection_yield(struct native_connection *connection);

/* As _yield, whatever happened: some other thread serves it for that. */
void native_connection_leave(struct native_connection *connection);

/* Closes it, ends an open message as aborted, and puts the slot at rest. */
void native_connection_close(struct native_connection *connection);

/*
 * For a thread that looks at all slots now and then: has the connection served
 * if its deadline has passed, and tells the MTA of progress if that is due.
 */
void native_connection_check(
    struct native_connection *connection, int64_t now_us);

#endif
