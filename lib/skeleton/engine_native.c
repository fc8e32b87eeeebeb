/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine of our own: a fixed number of threads that wait on one epoll.
 *
 * An event goes to one thread, which takes it as far as it goes without
 * waiting: reads, handles whole packets, writes, mostly once each, and returns
 * for the next event.  Directories and other services answer by waking the
 * connection.
 *
 * As many threads take events as there are processors, for each one more would
 * only be woken and put to sleep; the others are spares.  A decision may
 * compute for long: when it begins and no thread is left that does not decide,
 * a spare steps in, so that others are served beside it, and the kernel shares
 * out the processors.  Where most spares decide, a decision at the end of
 * message waits for the end of another, while its MTA is told of progress; for
 * those before it, of which no MTA can be told, there are some left.
 *
 * One thread more looks at all connections four times a second, for what is
 * late.
 */
#include "skeleton/engine.h"

#include "base/log.h"
#include "base/xalloc.h"
#include "skeleton/native_connection.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	RUNNERS_MIN = 2,  /* threads that take events */
	RUNNERS_MAX = 32,
	SPARES = 32,      /* so many more decisions may compute at once */
	SPARES_EARLY = 8, /* of these not at the end of message */
	THREADS_MAX = RUNNERS_MAX + SPARES,
	CHECK_MS = 250,   /* between looks at all connections */
};

/* What epoll reports in the lower half of its data: the number of a slot, or
 * one of these. */
#define NUMBER_LISTENER UINT32_MAX
#define NUMBER_ENDING (UINT32_MAX - 1)

/* The engine interface has no argument for it: one engine per process. */
static struct {
	struct milter *milter;
	int64_t session_timeout;
	int epoll;
	int ending; /* eventfd, readable when the threads are to end */
	atomic_bool is_ending;
	atomic_bool broken;
	atomic_bool is_cutting; /* who serves a connection ends it, */
	atomic_bool ends_now;   /* be there something that it owes or not */
	pthread_t checker;
	pthread_t threads[THREADS_MAX];
	size_t thread_count;
	size_t runners;        /* that take events when none decides for long */
	atomic_size_t active;  /* threads that do not sleep in SPARES */
	atomic_size_t deciding; /* of these; one at least does not */
	sem_t spares;

	/* Connections whose decision cannot begin yet, the first one first. */
	atomic_size_t waiting;
	pthread_mutex_t waiting_mutex; /* guards these two */
	struct native_connection *first_waiting;
	struct native_connection **waiting_end;

	pthread_mutex_t accept_mutex; /* guards these three */
	int listener;
	bool accepting;
	bool by_ip; /* the listener's family */
	atomic_bool starved; /* of descriptors, or of memory for a socket */

	/* Never freed, for what comes too late may still look at them. */
	struct native_connection *slots;
	size_t slot_count;
	pthread_mutex_t slots_mutex; /* guards these two */
	struct native_connection *free_slots;
	size_t used_slots;          /* of SLOTS, from the first on */
	atomic_size_t slots_in_sight; /* the same, for the checker */
	atomic_size_t connections;
} engine = {
	.accept_mutex = PTHREAD_MUTEX_INITIALIZER,
	.slots_mutex = PTHREAD_MUTEX_INITIALIZER,
	.waiting_mutex = PTHREAD_MUTEX_INITIALIZER,
	.waiting_end = &engine.first_waiting,
};

/* A slot at rest, or NULL where all are in use. */
static struct native_connection *
take_slot(void)
{
	struct native_connection *slot = NULL;

	(void)pthread_mutex_lock(&engine.slots_mutex);
	if (engine.free_slots != NULL) {
		slot = engine.free_slots;
		engine.free_slots = slot->next;
	} else if (engine.used_slots < engine.slot_count) {
		slot = &engine.slots[engine.used_slots++];
		native_connection_init(slot, engine.epoll);
		atomic_store(&engine.slots_in_sight, engine.used_slots);
	}
	(void)pthread_mutex_unlock(&engine.slots_mutex);
	if (slot != NULL)
		(void)atomic_fetch_add(&engine.connections, 1);
	return slot;
}

static void
give_back(struct native_connection *slot)
{
	(void)pthread_mutex_lock(&engine.slots_mutex);
	slot->next = engine.free_slots;
	engine.free_slots = slot;
	(void)pthread_mutex_unlock(&engine.slots_mutex);
	(void)atomic_fetch_sub(&engine.connections, 1);
}

static void
refuse_over_cap(int fd)
{
	milter_count_over_cap(engine.milter, engine.slot_count, clock_now());
	(void)close(fd);
}

static void
end_connection(struct native_connection *slot)
{
	native_connection_close(slot);
	give_back(slot);
}

/* The connection FD, which the caller serves; NULL if there is no room. */
static struct native_connection *
open_connection(int fd)
{
	struct native_connection *slot = take_slot();

	if (slot == NULL) {
		refuse_over_cap(fd);
		return NULL;
	}
	native_connection_open(slot, fd, engine.by_ip,
	    native_session_new(engine.milter),
	    (uint32_t)(slot - engine.slots), engine.session_timeout);
	return slot;
}

/* Accepting has failed: it is tried again when the checker comes by, not at
 * once and for ever. */
static void
pause_accepting(int error)
{
	if (atomic_exchange(&engine.starved, true))
		return;
	counter_add(&engine.milter->counters.accept_pauses, 1);
	log_write(LOG_LEVEL_WARNING,
	    "cannot accept: %s; new connections wait", strerror(error));
}

/* Has epoll report once that somebody waits at the listener: OPERATION adds it
 * or has it reported anew. */
static int
watch_listener(int operation)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLONESHOT,
		.data.u64 = NUMBER_LISTENER,
	};

	return epoll_ctl(engine.epoll, operation, engine.listener, &event);
}

/* True if accept4 failed for nothing that lasts: the client left before it was
 * accepted, or another process has the listener, too, and was faster. */
static bool
is_passing(int error)
{
	return error == EAGAIN || error == ECONNABORTED || error == EINTR;
}

/* To be called with the mutex held, so that the connection counts once
 * accepting has been stopped. */
static struct native_connection *
accept_one(void)
{
	struct native_connection *slot = NULL;
	int fd = accept4(
	    engine.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0 && !is_passing(errno)) {
		pause_accepting(errno);
		return NULL;
	}
	if (fd >= 0) {
		if (atomic_exchange(&engine.starved, false))
			log_write(LOG_LEVEL_NOTICE,
			    "accepting connections again");
		slot = open_connection(fd);
	}
	/* Last, for whoever is told of the next may be starved again. */
	if (watch_listener(EPOLL_CTL_MOD) < 0)
		pause_accepting(errno);
	return slot;
}

/*
 * A connection that the caller is to serve, or NULL if there is none, or none
 * can be taken now: mostly the MTA has negotiated already, and nobody need be
 * woken for that.  Others that wait are reported to other threads by then,
 * behind what is to be done for those that are open.
 */
static struct native_connection *
accept_connection(void)
{
	struct native_connection *slot = NULL;

	(void)pthread_mutex_lock(&engine.accept_mutex);
	if (engine.accepting)
		slot = accept_one();
	(void)pthread_mutex_unlock(&engine.accept_mutex);
	return slot;
}

/* Accepting is tried again where it failed. */
static void
retry_accepting(void)
{
	(void)pthread_mutex_lock(&engine.accept_mutex);
	if (engine.accepting)
		(void)watch_listener(EPOLL_CTL_MOD);
	(void)pthread_mutex_unlock(&engine.accept_mutex);
}

static void
set_accepting(bool accepting)
{
	int result = 0;

	/* Once this is held, no thread is in accept. */
	(void)pthread_mutex_lock(&engine.accept_mutex);
	if (accepting != engine.accepting) {
		engine.accepting = accepting;
		result = accepting
		    ? watch_listener(EPOLL_CTL_ADD)
		    : epoll_ctl(engine.epoll, EPOLL_CTL_DEL, engine.listener,
			  NULL);
	}
	(void)pthread_mutex_unlock(&engine.accept_mutex);
	if (result < 0)
		log_write(LOG_LEVEL_ERROR, "cannot %s accepting: %s",
		    accepting ? "resume" : "stop", strerror(errno));
}

/* True if one more decision may begin where COUNT compute. */
static bool
is_room(size_t count, bool at_end)
{
	/* One thread is for what needs no decision. */
	return count + 1 + (at_end ? SPARES_EARLY : 0) < engine.thread_count;
}

static bool
may_decide(const struct native_connection *slot)
{
	return is_room(atomic_load(&engine.deciding),
	    native_connection_at_end(slot));
}

/*
 * Leaves a connection to the next thread that ends a decision.  False if a
 * decision may begin by now.  Who ends one looks for those who wait after that,
 * and we look for ends after we began to wait: one of us sees the other.
 */
static bool
wait_for_decision(struct native_connection *slot)
{
	struct native_connection **place;
	bool waits;

	(void)atomic_fetch_add(&engine.waiting, 1);
	(void)pthread_mutex_lock(&engine.waiting_mutex);
	waits = !may_decide(slot) && !atomic_load(&engine.is_cutting);
	if (waits) {
		/* What is not at the end may begin where others may not. */
		place = native_connection_at_end(slot)
		    ? engine.waiting_end
		    : &engine.first_waiting;
		slot->next = *place;
		*place = slot;
		if (slot->next == NULL)
			engine.waiting_end = &slot->next;
	}
	(void)pthread_mutex_unlock(&engine.waiting_mutex);
	if (!waits)
		(void)atomic_fetch_sub(&engine.waiting, 1);
	return waits;
}

/* One whose decision may begin now, or NULL. */
static struct native_connection *
take_waiting(void)
{
	struct native_connection *slot = NULL;

	if (atomic_load(&engine.waiting) == 0)
		return NULL;
	(void)pthread_mutex_lock(&engine.waiting_mutex);
	if (engine.first_waiting != NULL && may_decide(engine.first_waiting)) {
		slot = engine.first_waiting;
		engine.first_waiting = slot->next;
		if (slot->next == NULL)
			engine.waiting_end = &engine.first_waiting;
		(void)atomic_fetch_sub(&engine.waiting, 1);
	}
	(void)pthread_mutex_unlock(&engine.waiting_mutex);
	return slot;
}

/* True if a cut is to leave SLOT, which the caller serves, time to write. */
static bool
is_spared(struct native_connection *slot)
{
	return !atomic_load(&engine.ends_now) && native_connection_owes(slot);
}

/* Serves a connection that the calling thread has claimed. */
static void
serve(struct native_connection *slot, bool hangup,
    struct native_scratch *scratch)
{
	for (;;) {
		enum native_served served =
		    native_connection_serve(slot, hangup, scratch);

		if (atomic_load(&engine.is_cutting) &&
		    (served != SERVED_RESTS || !is_spared(slot)))
			served = SERVED_OVER;
		switch (served) {
		case SERVED_RESTS:
			if (native_connection_yield(slot))
				return;
			break;
		case SERVED_WAITS:
			if (wait_for_decision(slot))
				return;
			break;
		case SERVED_OVER:
			end_connection(slot);
			return;
		}
	}
}

static void
handle_event(const struct epoll_event *event, struct native_scratch *scratch)
{
	uint32_t number = (uint32_t)event->data.u64;
	struct native_connection *slot;

	if (number == NUMBER_LISTENER) {
		slot = accept_connection();
		if (slot != NULL)
			serve(slot, false, scratch);
		return;
	}
	slot = &engine.slots[number];
	if (native_connection_claim(slot, (uint32_t)(event->data.u64 >> 32)))
		serve(slot,
		    (event->events & (EPOLLHUP | EPOLLRDHUP | EPOLLERR)) != 0,
		    scratch);
}

/* For native_scratch. */
static bool
decision_begins(bool at_end)
{
	size_t count = atomic_load(&engine.deciding);
	size_t active;

	do
		if (!is_room(count, at_end))
			return false;
	while (!atomic_compare_exchange_weak(
	    &engine.deciding, &count, count + 1));
	active = atomic_load(&engine.active);
	while (active <= count + 1 && active < engine.thread_count)
		if (atomic_compare_exchange_weak(
			&engine.active, &active, active + 1)) {
			(void)sem_post(&engine.spares);
			break;
		}
	return true;
}

/* For native_scratch. */
static void
decision_ends(void)
{
	(void)atomic_fetch_sub(&engine.deciding, 1);
}

/* Sleeps as a spare where enough others take events. */
static void
step_back(void)
{
	size_t active = atomic_load(&engine.active);

	while (active > engine.runners + atomic_load(&engine.deciding))
		if (atomic_compare_exchange_weak(
			&engine.active, &active, active - 1)) {
			/* A decision that began in between counted on us. */
			if (active - 1 <= atomic_load(&engine.deciding)) {
				(void)atomic_fetch_add(&engine.active, 1);
				return;
			}
			while (sem_wait(&engine.spares) < 0)
				continue;
			return;
		}
}

/* Nothing can be waited for any more: the process is to be replaced. */
static void
break_down(int error)
{
	if (!atomic_exchange(&engine.broken, true))
		log_write(LOG_LEVEL_ERROR, "cannot wait for connections: %s",
		    strerror(error));
}

/* One event at a time: what waits behind a slow decision is for others. */
static void *
thread_main(void *argument)
{
	struct native_scratch *scratch = argument;
	struct native_connection *waiting;
	struct epoll_event event;

	for (;;) {
		while ((waiting = take_waiting()) != NULL)
			serve(waiting, false, scratch);
		step_back();
		if (epoll_wait(engine.epoll, &event, 1, -1) != 1) {
			if (errno == EINTR)
				continue;
			break_down(errno);
			break;
		}
		if ((uint32_t)event.data.u64 == NUMBER_ENDING)
			break;
		handle_event(&event, scratch);
	}
	buf_free(&scratch->out);
	free(scratch);
	return NULL;
}

static void *
checker_main(void *argument)
{
	(void)argument;
	while (!atomic_load(&engine.is_ending)) {
		size_t count = atomic_load(&engine.slots_in_sight);
		int64_t now_us = clock_now().monotonic_us;

		for (size_t i = 0; i < count; i++)
			native_connection_check(&engine.slots[i], now_us);
		if (atomic_load(&engine.starved))
			retry_accepting();
		(void)poll(NULL, 0, CHECK_MS);
	}
	return NULL;
}

static size_t
runner_count(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	if (processors < RUNNERS_MIN)
		return RUNNERS_MIN;
	return processors < RUNNERS_MAX ? (size_t)processors : RUNNERS_MAX;
}

static int
start_threads(struct err *err)
{
	size_t count;

	engine.runners = runner_count();
	engine.thread_count = count = engine.runners + SPARES;
	atomic_store(&engine.active, count);
	(void)sem_init(&engine.spares, 0, 0);
	for (size_t i = 0; i < count; i++) {
		struct native_scratch *scratch = xalloc(sizeof(*scratch));

		scratch->decision_begins = decision_begins;
		scratch->decision_ends = decision_ends;
		buf_init(&scratch->out, NATIVE_OUT_MAX);
		errno = pthread_create(
		    &engine.threads[i], NULL, thread_main, scratch);
		if (errno != 0) {
			free(scratch);
			return err_set_errno(err,
			    "cannot start thread %zu of %zu (see TasksMax= of "
			    "the unit)", i + 1, count);
		}
	}
	errno = pthread_create(&engine.checker, NULL, checker_main, NULL);
	if (errno != 0)
		return err_set_errno(err, "cannot start a thread");
	return 0;
}

static int
open_epoll(struct err *err)
{
	struct epoll_event ending = {
		.events = EPOLLIN,
		.data.u64 = NUMBER_ENDING,
	};

	engine.epoll = epoll_create1(EPOLL_CLOEXEC);
	engine.ending = eventfd(0, EFD_CLOEXEC);
	if (engine.epoll < 0 || engine.ending < 0 ||
	    epoll_ctl(engine.epoll, EPOLL_CTL_ADD, engine.ending, &ending) <
		0 ||
	    watch_listener(EPOLL_CTL_ADD) < 0)
		return err_set_errno(err, "cannot set up epoll");
	return 0;
}

static int
start(struct milter *milter, const struct engine_options *options,
    struct err *err)
{
	struct sockaddr_storage address = { 0 };
	socklen_t len = sizeof(address);

	assert(engine.milter == NULL);
	engine.milter = milter;
	engine.session_timeout = options->session_timeout;
	engine.listener = options->listener;
	(void)getsockname(
	    options->listener, (struct sockaddr *)&address, &len);
	engine.by_ip = address.ss_family != AF_UNIX;
	engine.slot_count = options->max_sessions;
	engine.slots =
	    xalloc_array(options->max_sessions, sizeof(*engine.slots));
	engine.accepting = true;
	if (open_epoll(err) < 0)
		return -1;
	return start_threads(err);
}

static size_t
connections(void)
{
	return atomic_load(&engine.connections);
}

/* Ends those that wait for a decision to begin. */
static void
cut_waiting(void)
{
	struct native_connection *slot, *next;

	(void)pthread_mutex_lock(&engine.waiting_mutex);
	slot = engine.first_waiting;
	engine.first_waiting = NULL;
	engine.waiting_end = &engine.first_waiting;
	(void)pthread_mutex_unlock(&engine.waiting_mutex);
	for (; slot != NULL; slot = next) {
		next = slot->next;
		(void)atomic_fetch_sub(&engine.waiting, 1);
		end_connection(slot);
	}
}

/* What is at rest is ended here, unless it is spared.  A thread that serves a
 * connection ends it; if it looked at IS_CUTTING before that was set, the claim
 * makes it serve the connection once more. */
static void
cut(bool end_now)
{
	size_t count = atomic_load(&engine.slots_in_sight);

	atomic_store(&engine.ends_now, end_now);
	atomic_store(&engine.is_cutting, true);
	cut_waiting();
	for (size_t i = 0; i < count; i++) {
		struct native_connection *slot = &engine.slots[i];

		if (!native_connection_claim_any(slot))
			continue;
		if (is_spared(slot))
			native_connection_leave(slot);
		else
			end_connection(slot);
	}
}

static void
stop(void)
{
	uint64_t one = 1;

	atomic_store(&engine.is_ending, true);
	(void)!write(engine.ending, &one, sizeof(one));
	for (size_t i = 0; i < engine.thread_count; i++)
		(void)sem_post(&engine.spares);
	for (size_t i = 0; i < engine.thread_count; i++)
		(void)pthread_join(engine.threads[i], NULL);
	(void)pthread_join(engine.checker, NULL);
}

static bool
failed(void)
{
	return atomic_load(&engine.broken);
}

const struct engine engine_native = {
	.name = "native",
	.start = start,
	.accept = set_accepting,
	.connections = connections,
	.cut = cut,
	.stop = stop,
	.failed = failed,
};
