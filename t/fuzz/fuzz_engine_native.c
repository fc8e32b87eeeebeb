/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The native engine with its threads and sockets, and some MTAs at once.  The
 * input is
 *
 *	byte 0         from 128 on: the MTAs leave at the end without waiting
 *	byte 1         the length of the plan
 *	the plan       what the daemon answers, a byte each time it is asked
 *	operations     each a letter with its arguments: see operate, and for
 *	               what the MTA says mta_input.h
 *
 * so inputs of fuzz_native_session are inputs of this, with one MTA.  What each
 * MTA is told must be what the protocol without sockets, the model, says to
 * the same bytes.  When an input is over, so are its connections and messages.
 *
 * Each message is decided by the plan from its start, or from the byte that
 * its sender is called, for which connection asks first is chance.
 */
#include "skeleton/engine.h"
#include "t/fuzz/planned_daemon.h"
#include "t/fuzz/session_model.h"
#include "t/fuzz/virtual_time.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	ACTORS = 6, /* MTAs that do what operations say */
	CROWD = 36, /* MTAs more, for more decisions than may compute */
	MTAS = ACTORS + CROWD,
	SESSIONS_MAX = 40,
	CONNECTS_MAX = 90, /* of an input; below the listener's backlog */
	BACKLOG = 128,
	WORKERS = 2,
	WAITING_MAX = 4, /* lookups without a worker */
	SLOW_SENDERS = 200, /* from here on, decisions from DATA can be held */
	LATE_SENDERS = 228, /* from here on, only those at the end */
	HANG_MS = 120000,   /* more than anything takes, be it in valgrind */
};

/* As long as the engine waits for a negotiation; before that it closes no
 * connection for being late. */
#define SESSION_TIMEOUT_US (30 * CLOCK_SECOND_US)

struct mta {
	int fd;      /* -1: it is not connected */
	bool over;   /* the engine has closed the connection */
	bool leaves; /* and may do so, for half of it is shut */
	struct buf said;
	size_t sent; /* bytes of SAID */
	struct model model;
	size_t heard;      /* bytes of what the model was told */
	uint8_t header[5]; /* of the packet that it hears */
	size_t header_len;
	uint32_t packet_left; /* bytes behind its header */
};

static struct milter served, modelled;
static struct sockaddr_un name = { .sun_family = AF_UNIX };
static socklen_t name_len = sizeof(name);

/* Of the input that is being played. */
static struct span plan;
static struct mta mtas[MTAS];
static unsigned connects;
static bool may_refuse; /* the engine may, a new connection */
static int64_t passed_us;
static bool accepting = true;

/* Where lookups, and decisions of some senders, wait while it is shut. */
static struct {
	pthread_mutex_t mutex;
	pthread_cond_t opened;
	bool shut;
} gate = {
	.mutex = PTHREAD_MUTEX_INITIALIZER,
	.opened = PTHREAD_COND_INITIALIZER,
};

static void
pass_gate(void)
{
	(void)pthread_mutex_lock(&gate.mutex);
	while (gate.shut)
		(void)pthread_cond_wait(&gate.opened, &gate.mutex);
	(void)pthread_mutex_unlock(&gate.mutex);
}

static void
shut_gate(bool shut)
{
	(void)pthread_mutex_lock(&gate.mutex);
	gate.shut = shut;
	(void)pthread_cond_broadcast(&gate.opened);
	(void)pthread_mutex_unlock(&gate.mutex);
}

/* The number that the sender of a message begins with. */
static unsigned
sender_number(const struct decision *decision)
{
	struct span sender = decision->message->sender_given;
	unsigned number = 0;

	for (size_t i = 1; i < sender.len && i < 4; i++) {
		if (sender.ptr[i] < '0' || sender.ptr[i] > '9')
			break;
		number = number * 10 + (unsigned)(sender.ptr[i] - '0');
	}
	return number;
}

static struct reader *
plan_of_sender(struct decision *decision)
{
	struct reader *reader =
	    pool_alloc(decision->message->pool, sizeof(*reader));
	size_t from = sender_number(decision) % (plan.len + 1);
	struct span rest = span_slice(plan, from, plan.len);

	*reader = (struct reader){ (const uint8_t *)rest.ptr, rest.len };
	return reader;
}

static enum answer
decide_slowly(struct decision *decision)
{
	unsigned number = sender_number(decision);

	if (number >= SLOW_SENDERS &&
	    decision->stage >=
		(number >= LATE_SENDERS ? STAGE_END : STAGE_DATA))
		pass_gate();
	return planned_daemons[0].decide(decision);
}

/* For what other threads do and say nothing of. */
static void
rest_a_little(void)
{
	const struct timespec length = { .tv_nsec = 100000 };

	(void)nanosleep(&length, NULL);
}

static void
hangs(const char *what)
{
	(void)fprintf(stderr, "it hangs: %s\n", what);
	abort();
}

static void
stop_engine(void)
{
	engine_native.accept(false);
	engine_native.stop();
	assert(!engine_native.failed());
	milter_destroy(&served);
	milter_destroy(&modelled);
}

static void
start_engine(void)
{
	static struct planned_process with_gate = {
		.plan = plan_of_sender,
		.before_answer = pass_gate,
	};
	static struct planned_process without = { .plan = plan_of_sender };
	static struct daemon slow;
	struct engine_options options = {
		.max_sessions = SESSIONS_MAX,
		.session_timeout = SESSION_TIMEOUT_US,
	};
	struct err err;

	slow = planned_daemons[0];
	slow.decide = decide_slowly;
	planned_milter_open(&served, &slow, &with_gate);
	planned_milter_open(&modelled, &planned_daemons[0], &without);
	served.workers = workers_new(WORKERS, WAITING_MAX, &err);
	options.listener =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* With the family alone, Linux chooses an abstract name (unix(7)). */
	if (served.workers == NULL || options.listener < 0 ||
	    bind(options.listener, (struct sockaddr *)&name,
		sizeof(sa_family_t)) < 0 ||
	    listen(options.listener, BACKLOG) < 0 ||
	    getsockname(options.listener, (struct sockaddr *)&name,
		&name_len) < 0 ||
	    engine_native.start(&served, &options, &err) < 0 ||
	    atexit(stop_engine) != 0)
		abort();
}

static void
leave(struct mta *mta)
{
	(void)close(mta->fd);
	model_close(&mta->model);
	buf_free(&mta->said);
	mta->fd = -1;
}

/* LIMIT: of descriptors, while it is connected; 0: as many as there are. */
static void
join(struct mta *mta, rlim_t limit)
{
	int fd = socket(
	    AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct rlimit before, low;

	*mta = (struct mta){ .fd = fd };
	buf_init(&mta->said, MODEL_SAID_MAX);
	model_open(&mta->model, &modelled);
	/* In valgrind, what is accepted without a descriptor is closed. */
	if (++connects > SESSIONS_MAX || limit > 0)
		may_refuse = true;
	if (fd < 0 || getrlimit(RLIMIT_NOFILE, &before) < 0)
		abort();
	low = before;
	if (limit > 0)
		low.rlim_cur = limit;
	(void)setrlimit(RLIMIT_NOFILE, &low);
	if (connect(fd, (struct sockaddr *)&name, name_len) < 0)
		abort();
	/* Mostly the engine has tried to accept by then. */
	for (int i = 0; i < 3 && limit > 0; i++)
		rest_a_little();
	(void)setrlimit(RLIMIT_NOFILE, &before);
}

/* Bytes of a packet that is no notice of progress. */
static void
hear_told(struct mta *mta, const void *bytes, size_t len)
{
	const struct buf *told = &mta->model.told;

	if (told->full)
		return;
	assert(len <= told->len - mta->heard);
	assert(memcmp(told->ptr + mta->heard, bytes, len) == 0);
	mta->heard += len;
}

static void
hear(struct mta *mta, struct span bytes)
{
	static const uint8_t progress[] = { 0, 0, 0, 1, 'p' };

	while (bytes.len > 0) {
		size_t len = 1;

		if (mta->packet_left > 0) {
			len = mta->packet_left < bytes.len ? mta->packet_left
							   : bytes.len;
			hear_told(mta, bytes.ptr, len);
			mta->packet_left -= (uint32_t)len;
		} else {
			mta->header[mta->header_len++] = (uint8_t)*bytes.ptr;
		}
		if (mta->header_len == sizeof(mta->header)) {
			struct reader reader = { mta->header, 4 };

			mta->packet_left = take_number(&reader, 4) - 1;
			mta->header_len = 0;
			if (memcmp(mta->header, progress, sizeof(progress)) !=
			    0)
				hear_told(
				    mta, mta->header, sizeof(mta->header));
		}
		bytes = span_slice(bytes, len, bytes.len);
	}
}

/* The engine has closed the connection: had it reason to? */
static void
hear_end(struct mta *mta)
{
	mta->over = true;
	if (mta->leaves || mta->model.told.full ||
	    passed_us >= SESSION_TIMEOUT_US ||
	    (may_refuse && mta->heard == 0))
		return;
	assert(mta->model.step == NATIVE_CLOSE);
	assert(mta->heard == mta->model.told.len);
}

/* Reads up to MAX bytes, as far as there are any. */
static void
listen_to_answers(struct mta *mta, size_t max)
{
	char bytes[65536];
	ssize_t len;

	while (!mta->over && max > 0) {
		len = recv(mta->fd, bytes,
		    max < sizeof(bytes) ? max : sizeof(bytes), 0);
		if (len < 0 && errno == EAGAIN)
			return;
		if (len <= 0) {
			hear_end(mta);
			return;
		}
		hear(mta, span_make(bytes, (size_t)len));
		max -= (size_t)len;
	}
}

/* Sends up to MAX bytes, as far as there is room for them. */
static void
speak(struct mta *mta, size_t max)
{
	struct span said =
	    span_slice(buf_span(&mta->said), mta->sent, mta->said.len);
	ssize_t len;

	while (said.len > 0 && max > 0) {
		len = send(mta->fd, said.ptr, max < said.len ? max : said.len,
		    MSG_NOSIGNAL);
		if (len < 0 && errno == EAGAIN)
			return;
		if (len < 0) {
			/* The engine has closed it. */
			mta->sent = mta->said.len;
			return;
		}
		model_read(&mta->model,
		    span_slice(said, 0, (size_t)len));
		said = span_slice(said, (size_t)len, said.len);
		mta->sent += (size_t)len;
		max -= (size_t)len;
	}
}

static bool
is_answered(const struct mta *mta)
{
	return !mta->leaves && mta->sent == mta->said.len &&
	    mta->model.step == NATIVE_READ &&
	    mta->heard == mta->model.told.len;
}

static void
let_all_go_on(void)
{
	shut_gate(false);
	if (!accepting)
		engine_native.accept(true);
	accepting = true;
}

/* Says all and hears all, or until the engine closes the connection. */
static void
converse(struct mta *mta)
{
	let_all_go_on();
	for (;;) {
		struct pollfd fd = { .fd = mta->fd, .events = POLLIN };

		speak(mta, SIZE_MAX);
		/* More than is worth comparing. */
		if (mta->model.told.full) {
			leave(mta);
			return;
		}
		listen_to_answers(mta, SIZE_MAX);
		if (mta->over || is_answered(mta))
			return;
		if (mta->sent < mta->said.len)
			fd.events |= POLLOUT;
		if (poll(&fd, 1, HANG_MS) == 0)
			hangs("no answer");
	}
}

/* HOW: of shutdown(2). */
static void
begin_to_leave(struct mta *mta, int how)
{
	mta->leaves = true;
	if (how == SHUT_WR)
		mta->sent = mta->said.len;
	(void)shutdown(mta->fd, how);
}

static void
pass_time(uint8_t how)
{
	static const int64_t times[] = { 0, CLOCK_SECOND_US / 4,
		5 * CLOCK_SECOND_US / 2, 6 * CLOCK_SECOND_US,
		SESSION_TIMEOUT_US };
	int64_t time_us = times[how % (sizeof(times) / sizeof(times[0]))];

	passed_us += time_us;
	virtual_time_pass(time_us);
}

/* A MAIL whose decisions begin elsewhere in the plan. */
static void
add_sender(struct mta *mta, unsigned number)
{
	char sender[32];
	int len = snprintf(
	    sender, sizeof(sender), "<%u@example.com>", number);

	add_packet(&mta->said, MILTER_MAIL,
	    span_make(sender, (size_t)len + 1));
}

/* A crowd joins.  All send a message of the same sender, and let the engine
 * mostly see it. */
static void
crowd(unsigned number)
{
	static const uint8_t negotiation[] = { 6, 1, 255, 0, 31, 255, 255 };
	/* Its data to its end; see the phrases of mta_input.c. */
	static const char message[] = "GIJKLM";

	for (size_t i = ACTORS; i < MTAS; i++) {
		struct reader reader = { negotiation, sizeof(negotiation) };
		struct mta *mta = &mtas[i];

		if (mta->fd >= 0 || connects == CONNECTS_MAX)
			continue;
		join(mta, 0);
		add_operation(&mta->said, 'n', &reader);
		add_sender(mta, number);
		for (size_t j = 0; message[j] != '\0'; j++)
			add_operation(&mta->said, message[j], &reader);
		speak(mta, SIZE_MAX);
	}
	for (int i = 0; i < 20; i++)
		rest_a_little();
}

/* What one MTA does, or what happens to all. */
static struct mta *
operate(struct mta *mta, char operation, struct reader *reader)
{
	uint8_t argument;

	if (strchr("02346789:;", operation) == NULL || operation == '\0') {
		if (operation == '1')
			converse(mta);
		else if (operation == '5')
			begin_to_leave(mta, SHUT_WR);
		else
			add_operation(&mta->said, operation, reader);
		return mta;
	}
	argument = take_byte(reader);
	switch (operation) {
	case '0': /* another MTA: number */
		return &mtas[argument % ACTORS];
	case '2': /* it sends: the root of how many bytes, 0: all */
		speak(mta,
		    argument > 0 ? (size_t)argument * argument : SIZE_MAX);
		break;
	case '3': /* it reads: how many times 64 bytes, 0: all */
		listen_to_answers(
		    mta, argument > 0 ? argument * (size_t)64 : SIZE_MAX);
		break;
	case '4': /* it leaves: at once, or it reads no more */
		if (argument % 4 == 0)
			begin_to_leave(mta, SHUT_RD);
		else
			leave(mta);
		break;
	case '6': /* time passes: one of the times above */
		pass_time(argument);
		break;
	case '7': /* lookups and some decisions are held, or not */
		shut_gate(argument % 2 == 0);
		break;
	case '8': /* no descriptors are left when it connects */
		leave(mta);
		if (connects < CONNECTS_MAX)
			join(mta, (rlim_t)3);
		pass_time(0);
		break;
	case '9': /* the engine accepts, or not */
		accepting = argument % 2 != 0;
		engine_native.accept(accepting);
		break;
	case ':': /* it says MAIL: number of the sender */
		add_sender(mta, argument);
		break;
	case ';': /* a crowd joins: number of the sender */
		crowd(argument);
		break;
	}
	return mta;
}

/* All MTAs leave, after the answers or at once. */
static void
end_all(bool at_once)
{
	for (size_t i = 0; i < MTAS; i++) {
		struct mta *mta = &mtas[i];

		if (mta->fd >= 0 && !at_once)
			converse(mta);
		if (mta->fd >= 0 && !at_once && !mta->over) {
			begin_to_leave(mta, SHUT_WR);
			converse(mta);
		}
		if (mta->fd >= 0)
			leave(mta);
	}
}

/* What was connected last is accepted last. */
static void
wait_until_all_are_accepted(void)
{
	struct mta last;

	join(&last, 0);
	begin_to_leave(&last, SHUT_WR);
	converse(&last);
	leave(&last);
}

static void
wait_until_none_is_open(void)
{
	for (int i = 0; engine_native.connections() > 0; i++) {
		if (i == HANG_MS * 10)
			hangs("a connection");
		rest_a_little();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader reader = { data, size };
	static bool started;
	struct mta *mta = &mtas[0];
	bool at_once;

	if (!started)
		start_engine();
	started = true;
	at_once = take_byte(&reader) >= 128;
	plan = take_span(&reader, take_byte(&reader));
	connects = 0;
	may_refuse = false;
	passed_us = 0;
	for (size_t i = 0; i < MTAS; i++)
		mtas[i].fd = -1;
	while (reader.left > 0) {
		if (mta->fd >= 0 && mta->over)
			leave(mta);
		if (mta->fd < 0 && connects == CONNECTS_MAX)
			break;
		if (mta->fd < 0)
			join(mta, 0);
		mta = operate(mta, (char)take_byte(&reader), &reader);
	}
	let_all_go_on();
	end_all(at_once);
	wait_until_all_are_accepted();
	wait_until_none_is_open();
	assert(atomic_load(&planned_begun) == atomic_load(&planned_settled));
	assert(atomic_load(&served.sessions) == 0);
	assert(atomic_load(&modelled.sessions) == 0);
	return 0;
}
