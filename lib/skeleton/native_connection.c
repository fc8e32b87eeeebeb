/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/native_connection.h"

#include "base/log.h"
#include "skeleton/lookups.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* The lower bits of a connection's state; the generation is above them. */
enum {
	SLOT_FREE,
	SLOT_IDLE,  /* open, and no thread serves it */
	SLOT_BUSY,  /* a thread does */
	SLOT_AGAIN, /* and will once more */
	SLOT_BITS = 2,
	SLOT_MASK = (1 << SLOT_BITS) - 1,
};

/* An MTA negotiates as soon as it is connected; Postfix itself waits so long
 * for the answer. */
#define NEGOTIATION_TIMEOUT_US (30 * CLOCK_SECOND_US)

/* Without a byte being taken.  Postfix looks for the field of each edit in its
 * queue file before it reads the next. */
#define WRITE_TIMEOUT_US (600 * CLOCK_SECOND_US)

/* Well below the 10 seconds that Sendmail waits by default. */
#define PROGRESS_INTERVAL_US (2 * CLOCK_SECOND_US)

#define NEVER INT64_MAX

/* An MTA that sends a large message without waiting for answers does not keep
 * a thread from all others. */
enum { READS_PER_TURN = 8 };

static uint32_t
generation_of(uint64_t state)
{
	return (uint32_t)(state >> SLOT_BITS);
}

void
native_connection_init(struct native_connection *connection, int epoll)
{
	memset(connection, 0, sizeof(*connection));
	(void)pthread_mutex_init(&connection->mutex, NULL);
	connection->fd = -1;
	connection->epoll = epoll;
	/* All of a packet but its end, with its length, and what comes next. */
	buf_init(&connection->in, MILTER_PACKET_MAX + 2 * NATIVE_READ_SIZE);
	buf_init(&connection->out, 2 * (size_t)NATIVE_OUT_MAX);
	atomic_store(&connection->deadline_us, NEVER);
	atomic_store(&connection->progress_us, NEVER);
}

void
native_connection_destroy(struct native_connection *connection)
{
	(void)pthread_mutex_destroy(&connection->mutex);
}

/* Answers are written whole, so nothing is gained by waiting for more; and an
 * MTA whose host died is to be noticed. */
static void
set_tcp_options(int fd)
{
	const int one = 1;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
}

void
native_connection_open(struct native_connection *connection, int fd,
    bool by_ip, struct native_session *session, uint32_t number,
    int64_t timeout_us)
{
	uint32_t generation =
	    generation_of(atomic_load(&connection->state)) + 1;

	connection->session = session;
	connection->by_ip = by_ip;
	if (by_ip)
		set_tcp_options(fd);
	connection->step = NATIVE_READ;
	connection->exhaust = false;
	connection->since_us = clock_now().monotonic_us;
	connection->timeout_us = timeout_us;
	(void)pthread_mutex_lock(&connection->mutex);
	connection->fd = fd;
	connection->data = (uint64_t)generation << 32 | number;
	connection->watched = WATCHED_NOT;
	atomic_store(&connection->cut, false);
	atomic_store(&connection->state,
	    (uint64_t)generation << SLOT_BITS | SLOT_BUSY);
	(void)pthread_mutex_unlock(&connection->mutex);
}

/* Puts the slot of GENERATION from one state into another.  False if it is not
 * in that state. */
static bool
change_state(struct native_connection *connection, uint32_t generation,
    unsigned from, unsigned to)
{
	uint_fast64_t expected = (uint64_t)generation << SLOT_BITS | from;

	return atomic_compare_exchange_strong(&connection->state, &expected,
	    (uint64_t)generation << SLOT_BITS | to);
}

/* Notes for the thread that serves the connection that something happened.
 * False if there is none. */
static bool
ask_again(struct native_connection *connection, uint32_t generation)
{
	return change_state(connection, generation, SLOT_BUSY, SLOT_AGAIN) ||
	    atomic_load(&connection->state) ==
	    ((uint64_t)generation << SLOT_BITS | SLOT_AGAIN);
}

/* True if the connection of GENERATION is open and at rest. */
static bool
is_idle(struct native_connection *connection, uint32_t generation)
{
	return atomic_load(&connection->state) ==
	    ((uint64_t)generation << SLOT_BITS | SLOT_IDLE);
}

bool
native_connection_claim(
    struct native_connection *connection, uint32_t generation)
{
	/* Between a failure of one and of the other the slot may change, but
	 * then not out of IDLE into BUSY and back for ever. */
	do {
		if (change_state(
			connection, generation, SLOT_IDLE, SLOT_BUSY))
			return true;
		if (ask_again(connection, generation))
			return false;
	} while (is_idle(connection, generation));
	return false;
}

/* The generation of a connection that the caller serves. */
static uint32_t
own_generation(struct native_connection *connection)
{
	return generation_of(atomic_load(&connection->state));
}

bool
native_connection_claim_any(struct native_connection *connection)
{
	return native_connection_claim(connection, own_generation(connection));
}

bool
native_connection_yield(struct native_connection *connection)
{
	uint32_t generation = own_generation(connection);

	if (change_state(connection, generation, SLOT_BUSY, SLOT_IDLE))
		return true;
	(void)change_state(connection, generation, SLOT_AGAIN, SLOT_BUSY);
	/* It may have been a hangup. */
	connection->exhaust = true;
	return false;
}

void
native_connection_close(struct native_connection *connection)
{
	uint32_t generation = own_generation(connection);

	(void)pthread_mutex_lock(&connection->mutex);
	/* A thread that epoll_wait wakes for FD holds a reference to it in the
	 * kernel (epi_fget, since Linux 6.9), and where that is the last one
	 * releases the socket only when it next returns from epoll_wait: until
	 * then an MTA that waits for the end sees none.  Once FD is taken out,
	 * no thread is there. */
	if (connection->watched != WATCHED_NOT)
		(void)epoll_ctl(connection->epoll, EPOLL_CTL_DEL,
		    connection->fd, NULL);
	(void)close(connection->fd);
	connection->fd = -1;
	connection->may_progress = false;
	buf_free(&connection->out);
	atomic_store(&connection->progress_us, NEVER);
	atomic_store(&connection->deadline_us, NEVER);
	atomic_store(
	    &connection->state, (uint64_t)generation << SLOT_BITS | SLOT_FREE);
	(void)pthread_mutex_unlock(&connection->mutex);
	buf_free(&connection->in);
	native_session_free(&connection->session);
}

/* Has epoll report what is WANTED; to be called with the mutex held.  What is
 * so already is reported anew.  False if that is not possible. */
static bool
watch(struct native_connection *connection, enum native_watched wanted)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLRDHUP | EPOLLET |
		    (wanted == WATCHED_BOTH ? EPOLLOUT : 0u),
		.data.u64 = connection->data,
	};
	int operation = connection->watched == WATCHED_NOT ? EPOLL_CTL_ADD
							   : EPOLL_CTL_MOD;

	connection->watched = wanted;
	if (epoll_ctl(connection->epoll, operation, connection->fd, &event) ==
	    0)
		return true;
	log_write(LOG_LEVEL_ERROR, "cannot watch a connection: %s",
	    strerror(errno));
	return false;
}

/*
 * Has some thread serve the connection of GENERATION, if it is still open.
 * One that is at rest mostly can be written to, so that epoll reports it as
 * soon as it is asked to watch for that.
 */
static void
wake(struct native_connection *connection, uint32_t generation)
{
	(void)pthread_mutex_lock(&connection->mutex);
	if (!ask_again(connection, generation) &&
	    is_idle(connection, generation))
		(void)watch(connection, WATCHED_BOTH);
	(void)pthread_mutex_unlock(&connection->mutex);
}

void
native_connection_leave(struct native_connection *connection)
{
	uint32_t generation = own_generation(connection);

	while (!native_connection_yield(connection))
		continue;
	wake(connection, generation);
}

/* For lookups_watch. */
static void
on_answered(void *context, uint64_t generation)
{
	wake(context, (uint32_t)generation);
}

enum written {
	WRITTEN_ALL,
	WRITTEN_PART, /* the rest is in OUT of the connection */
	WRITTEN_FAILED,
};

/* Writes what OUT of the connection holds and, behind it, FRESH; to be called
 * with the mutex held. */
static enum written
write_both(struct native_connection *connection, const struct buf *fresh)
{
	struct buf *out = &connection->out;
	bool blocked = out->len > 0;
	struct span bytes;
	ssize_t sent;

	/* Never one packet in the middle of another. */
	if (blocked)
		(void)buf_append_span(out, buf_span(fresh));
	bytes = blocked ? buf_span(out) : buf_span(fresh);
	if (bytes.len == 0)
		return WRITTEN_ALL;
	sent = send(connection->fd, bytes.ptr, bytes.len,
	    MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent < 0 && errno != EAGAIN)
		return WRITTEN_FAILED;
	if (sent < 0)
		sent = 0;
	if (blocked && sent > 0)
		connection->since_us = clock_now().monotonic_us;
	if (blocked)
		buf_cut_front(out, (size_t)sent);
	else
		(void)buf_append_span(
		    out, span_slice(bytes, (size_t)sent, bytes.len));
	if (out->len > 0)
		return WRITTEN_PART;
	buf_free(out);
	return WRITTEN_ALL;
}

static enum written
write_out(struct native_connection *connection, struct buf *fresh)
{
	enum written result;

	/* Mostly so; and only where we have allowed progress does the checker
	 * look at OUT. */
	if (fresh->len == 0 && !connection->may_progress &&
	    connection->out.len == 0)
		return WRITTEN_ALL;
	(void)pthread_mutex_lock(&connection->mutex);
	result = write_both(connection, fresh);
	(void)pthread_mutex_unlock(&connection->mutex);
	buf_reset(fresh);
	return result;
}

/* Keeps of IN only REST, which is the end of what IN holds; or lies elsewhere,
 * and IN is empty. */
static void
keep(struct buf *in, struct span rest)
{
	if (rest.len == 0)
		buf_free(in);
	else if (in->len > 0)
		buf_cut_front(in, in->len - rest.len);
	else
		(void)buf_append_span(in, rest);
}

enum received {
	RECEIVED_SOMETHING,
	RECEIVED_NOTHING,
	RECEIVED_END, /* the MTA has left */
};

/*
 * Reads once and puts what came behind *INPUT.  A short read means that there
 * is no more, and what comes later is reported by epoll; but after a hangup,
 * which is reported once, the end itself must be read.  Where a turn has no
 * read left, READABLE stays.
 */
static enum received
receive(struct native_connection *connection, struct span *input,
    struct moment now, struct native_scratch *scratch)
{
	ssize_t len;

	if (!connection->readable || connection->reads_left == 0)
		return RECEIVED_NOTHING;
	connection->reads_left--;
	/* The rest may lie where the next bytes are read to; and where there
	 * is none, what IN had is done with. */
	keep(&connection->in, *input);
	*input = buf_span(&connection->in);
	len = recv(
	    connection->fd, scratch->in, sizeof(scratch->in), MSG_DONTWAIT);
	if (len < 0 && errno == EAGAIN) {
		connection->readable = connection->exhaust = false;
		return RECEIVED_NOTHING;
	}
	if (len <= 0)
		return RECEIVED_END;
	connection->readable =
	    connection->exhaust || (size_t)len == sizeof(scratch->in);
	if (input->len == 0) {
		connection->since_us = now.monotonic_us;
		*input = span_make(scratch->in, (size_t)len);
		return RECEIVED_SOMETHING;
	}
	(void)buf_append(&connection->in, scratch->in, (size_t)len);
	*input = buf_span(&connection->in);
	return RECEIVED_SOMETHING;
}

static void
allow_progress(
    struct native_connection *connection, bool allowed, struct moment now)
{
	(void)pthread_mutex_lock(&connection->mutex);
	connection->may_progress = allowed;
	atomic_store(&connection->progress_us,
	    allowed ? now.monotonic_us + PROGRESS_INTERVAL_US : NEVER);
	(void)pthread_mutex_unlock(&connection->mutex);
}

/* What a connection is served for next. */
enum rest {
	REST_NONE, /* it can go on at once */
	REST_READ,
	REST_WRITE,
	REST_LOOKUPS,
	REST_DECIDE, /* once a decision may begin */
	REST_OVER,
};

static enum rest
end_with(const char *reason)
{
	log_write(LOG_LEVEL_WARNING, "MTA connection closed: %s", reason);
	return REST_OVER;
}

/* True if the MTA has closed its end, be there still something to read. */
static bool
has_left(const struct native_connection *connection)
{
	struct pollfd fd = { .fd = connection->fd, .events = POLLRDHUP };

	return poll(&fd, 1, 0) == 1;
}

/* The MTA has closed its end. */
static enum rest
end_of_input(
    const struct native_connection *connection, struct span input)
{
	if (input.len > 0)
		return end_with("the MTA left in the middle of a packet");
	if (native_session_in_message(connection->session))
		return end_with("the MTA left in the middle of a message");
	return REST_OVER;
}

/* What one turn of a connection works with. */
struct turn {
	struct native_scratch *scratch;
	struct span input; /* what was read and is not handled yet */
	bool hangup;       /* the MTA was seen to have left */
	bool answered;     /* something was written */
	/* Read at the start and behind each decision; what else a turn does
	 * takes no time that anybody could notice. */
	struct moment now;
};

/* Handles what was read, or reads. */
static enum rest
take_input(struct native_connection *connection, struct turn *turn)
{
	struct native_scratch *scratch = turn->scratch;
	size_t before = turn->input.len;

	connection->step = native_session_read(
	    connection->session, &turn->input, turn->now, &scratch->out);
	if (turn->input.len != before)
		connection->since_us = turn->now.monotonic_us;
	if (connection->step != NATIVE_READ || scratch->out.len > 0)
		return REST_NONE;
	switch (receive(connection, &turn->input, turn->now, scratch)) {
	case RECEIVED_SOMETHING:
		return REST_NONE;
	case RECEIVED_NOTHING:
		return REST_READ;
	case RECEIVED_END:
		return end_of_input(connection, turn->input);
	}
	return REST_OVER;
}

static enum rest
go_on(struct native_connection *connection, struct turn *turn)
{
	connection->step = native_session_continue(
	    connection->session, turn->now, &turn->scratch->out);
	turn->now = clock_now();
	if (connection->may_progress &&
	    !native_session_at_end(connection->session))
		allow_progress(connection, false, turn->now);
	connection->since_us = turn->now.monotonic_us;
	return REST_NONE;
}

static enum rest
decide(struct native_connection *connection, struct turn *turn)
{
	bool at_end = native_connection_at_end(connection);

	if (at_end && !connection->may_progress)
		allow_progress(connection, true, turn->now);
	if (!turn->scratch->decision_begins(at_end))
		return REST_DECIDE;
	(void)go_on(connection, turn);
	turn->scratch->decision_ends();
	return REST_NONE;
}

/* True if what the session waits for was answered or comes too late. */
static bool
lookups_over(struct native_connection *connection, struct moment now)
{
	struct lookups *lookups = native_session_lookups(connection->session);

	return lookups_watch(lookups, on_answered, connection,
		   own_generation(connection)) ||
	    now.monotonic_us >= lookups_deadline(lookups);
}

/* One step, as far as that is possible without waiting. */
static enum rest
advance(struct native_connection *connection, struct turn *turn)
{
	turn->answered |= turn->scratch->out.len > 0;
	switch (write_out(connection, &turn->scratch->out)) {
	case WRITTEN_ALL:
		break;
	case WRITTEN_PART:
		return turn->hangup ? REST_OVER : REST_WRITE;
	case WRITTEN_FAILED:
		return atomic_load(&connection->cut)
		    ? REST_OVER
		    : end_with("the MTA left before it was answered");
	}
	switch (connection->step) {
	case NATIVE_READ:
		return take_input(connection, turn);
	case NATIVE_DECIDE:
		return decide(connection, turn);
	case NATIVE_WAIT:
		if (lookups_over(connection, turn->now))
			return decide(connection, turn);
		return turn->hangup ? end_of_input(connection, turn->input)
				    : REST_LOOKUPS;
	case NATIVE_WRITE:
		return go_on(connection, turn);
	case NATIVE_CLOSE:
		if (native_session_error(connection->session) == NULL)
			return REST_OVER;
		return end_with(native_session_error(connection->session));
	}
	return REST_OVER;
}

/* How long the MTA may take now, in microseconds, and what is said where it
 * takes longer. */
static int64_t
patience(const struct native_connection *connection, enum rest rest,
    const char **reason)
{
	if (rest == REST_WRITE) {
		*reason = "the MTA did not read what it was told";
		return WRITE_TIMEOUT_US < connection->timeout_us
		    ? WRITE_TIMEOUT_US
		    : connection->timeout_us;
	}
	if (!native_session_negotiated(connection->session)) {
		*reason = "the MTA did not negotiate";
		return NEGOTIATION_TIMEOUT_US < connection->timeout_us
		    ? NEGOTIATION_TIMEOUT_US
		    : connection->timeout_us;
	}
	/* The time is the same: Postfix writes commands that need no reply
	 * when its buffer is full, be that in the middle of one, and the next
	 * comes when its SMTP client sends more. */
	*reason = connection->in.len > 0
	    ? "half a packet came, and no more of it within session_timeout"
	    : "no command came within session_timeout";
	return connection->timeout_us;
}

/* Lets a connection rest until something happens to it, at the latest when
 * its deadline passes.  False if that has passed. */
static bool
put_at_rest(
    struct native_connection *connection, enum rest rest, struct moment now)
{
	enum native_watched wanted =
	    rest == REST_WRITE ? WATCHED_BOTH : WATCHED_INPUT;
	bool watched = true;
	const char *reason;
	int64_t deadline_us, cut_us;

	if (rest == REST_LOOKUPS) {
		deadline_us = lookups_deadline(
		    native_session_lookups(connection->session));
		/* What came before may be unread for longer. */
		cut_us = connection->since_us +
		    patience(connection, REST_WRITE, &reason);
	} else {
		cut_us = deadline_us = connection->since_us +
		    patience(connection, rest, &reason);
		if (now.monotonic_us >= deadline_us) {
			(void)end_with(reason);
			return false;
		}
	}
	atomic_store(&connection->cut_us, cut_us);
	atomic_store(&connection->deadline_us, deadline_us);
	(void)pthread_mutex_lock(&connection->mutex);
	/* What may still be readable is reported anew, behind others. */
	if (connection->watched != wanted ||
	    (rest == REST_READ && connection->readable))
		watched = watch(connection, wanted);
	(void)pthread_mutex_unlock(&connection->mutex);
	return watched;
}

/*
 * What was read had no answer with which its acknowledgement could go, and the
 * kernel would put that off for 40 ms.  Sendmail writes the head and the rest
 * of a command apart, and its kernel holds the second back until the first is
 * acknowledged (RFC 1122 sections 4.2.3.2 and 4.2.3.4).  Must be said each
 * time: see tcp(7).
 */
static void
acknowledge(const struct native_connection *connection)
{
	const int one = 1;

	(void)setsockopt(
	    connection->fd, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof(one));
}

bool
native_connection_owes(struct native_connection *connection)
{
	bool owes;

	(void)pthread_mutex_lock(&connection->mutex);
	owes = connection->out.len > 0;
	(void)pthread_mutex_unlock(&connection->mutex);
	return owes;
}

bool
native_connection_at_end(const struct native_connection *connection)
{
	return native_session_at_end(connection->session);
}

enum native_served
native_connection_serve(struct native_connection *connection, bool hangup,
    struct native_scratch *scratch)
{
	struct turn turn = {
		.scratch = scratch,
		.input = buf_span(&connection->in),
		.hangup = hangup,
		.now = clock_now(),
	};
	enum rest rest;

	atomic_store(&connection->deadline_us, NEVER);
	connection->readable = true;
	connection->reads_left = READS_PER_TURN;
	/* What happened while a thread served it was not said. */
	if (connection->exhaust && !hangup)
		turn.hangup = has_left(connection);
	connection->exhaust = connection->exhaust || turn.hangup;
	do
		rest = advance(connection, &turn);
	while (rest == REST_NONE);
	keep(&connection->in, turn.input);
	if (rest == REST_DECIDE)
		return SERVED_WAITS;
	if (rest == REST_READ && connection->by_ip && !turn.answered)
		acknowledge(connection);
	return rest != REST_OVER && put_at_rest(connection, rest, turn.now)
	    ? SERVED_RESTS
	    : SERVED_OVER;
}

/*
 * The deadline of the connection of GENERATION has passed.  Where the MTA does
 * not read, epoll would not report that it can be written to; then it is cut in
 * the end, which epoll reports in any case.
 */
static void
expire(struct native_connection *connection, uint32_t generation,
    int64_t now_us)
{
	struct pollfd fd = { .events = POLLOUT };

	wake(connection, generation);
	(void)pthread_mutex_lock(&connection->mutex);
	fd.fd = connection->fd;
	if (!atomic_load(&connection->cut) &&
	    is_idle(connection, generation) &&
	    atomic_load(&connection->deadline_us) <= now_us &&
	    atomic_load(&connection->cut_us) <= now_us &&
	    poll(&fd, 1, 0) == 0) {
		atomic_store(&connection->cut, true);
		(void)end_with("the MTA did not read what it was told");
		(void)shutdown(connection->fd, SHUT_RDWR);
	}
	(void)pthread_mutex_unlock(&connection->mutex);
}

static void
send_progress(struct native_connection *connection, int64_t now_us)
{
	static const char packet[] = { 0, 0, 0, 1, MILTER_REPLY_PROGRESS };
	ssize_t sent;

	(void)pthread_mutex_lock(&connection->mutex);
	if (connection->may_progress && connection->out.len == 0) {
		sent = send(connection->fd, packet, sizeof(packet),
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent > 0)
			(void)buf_append(&connection->out, packet + sent,
			    sizeof(packet) - (size_t)sent);
		atomic_store(&connection->progress_us,
		    now_us + PROGRESS_INTERVAL_US);
	}
	(void)pthread_mutex_unlock(&connection->mutex);
}

void
native_connection_check(struct native_connection *connection, int64_t now_us)
{
	uint32_t generation = own_generation(connection);

	if (atomic_load(&connection->deadline_us) <= now_us)
		expire(connection, generation, now_us);
	if (atomic_load(&connection->progress_us) <= now_us)
		send_progress(connection, now_us);
}
