/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An MTA with many sessions and no mail, to measure a daemon's engine:
 *
 *	milter_client latency ANSWERS PAUSE SOCKET IDLE [SOCKET IDLE]...
 *
 * opens IDLE sessions at SOCKET that negotiate and say no more, and passes
 * messages over one more until ANSWERS commands were answered, with PAUSE
 * microseconds before each.  Several daemons take turns with their commands, so
 * that whatever else the machine does hits all of them.  Prints "p50_us=...
 * p99_us=..." of the times to the answers, one line for each daemon.
 *
 *	milter_client sessions SOCKET OPEN ACTIVE MESSAGES PIECE
 *
 * opens OPEN sessions, prints "open=..." and waits for a line or the end of its
 * input.  Then it passes MESSAGES messages over each of ACTIVE of them, all at
 * the same time and PIECE bytes in one write, prints "messages=...
 * answers=...", and waits again before it closes them.
 *
 * Any other answer than one that lets the message pass ends it with status 1.
 */
#include "base/clock.h"
#include "base/xalloc.h"
#include "t/bench/mta_session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum {
	SESSIONS_MAX = 100000,
	ANSWERS_MAX = 100 * 1000 * 1000,
	SPARE_DESCRIPTORS = 16,
	EVENTS_AT_ONCE = 64,
};

/* Sessions of one daemon, which all negotiate the same. */
struct sessions {
	struct mta_session *items;
	size_t count;
	struct mta_script first; /* of the first message of a session */
	struct mta_script next;  /* of the others */
};

/* Where an active session is. */
struct progress {
	struct mta_session *session;
	const struct mta_script *script;
	size_t burst;    /* whose answer is awaited */
	size_t messages; /* passed */
};

/* One descriptor for each of COUNT sessions, or it says what is missing. */
static int
allow_descriptors(size_t count, struct err *err)
{
	struct rlimit limit = { 0, 0 };
	rlim_t needed = count + SPARE_DESCRIPTORS;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return err_set_errno(err, "cannot read the limit of files");
	if (limit.rlim_max < needed)
		return err_set(err, ERR_LIMIT,
		    "%zu sessions need %ju open files here and as many in the "
		    "daemon, and the limit is %ju: raise it (ulimit -Hn)",
		    count, (uintmax_t)needed, (uintmax_t)limit.rlim_max);
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return err_set_errno(err, "cannot raise the limit of files");
	return 0;
}

static int
open_sessions(struct sessions *sessions, const char *path, size_t count,
    size_t piece, struct err *err)
{
	struct mta_session *items = xalloc_array(count, sizeof(*items));

	sessions->items = items;
	for (size_t i = 0; i < count; i++) {
		sessions->count = i + 1;
		if (mta_session_open(&items[i], path, piece, err) < 0)
			return err_context(err, "session %zu", i + 1);
		if (items[i].steps != items[0].steps)
			return err_set(err, ERR_INPUT,
			    "session %zu: steps 0x%jx, of the first 0x%jx",
			    i + 1, (uintmax_t)items[i].steps,
			    (uintmax_t)items[0].steps);
	}
	mta_script_init_plain(&sessions->first, items[0].steps, true);
	mta_script_init_plain(&sessions->next, items[0].steps, false);
	return 0;
}

static void
close_sessions(struct sessions *sessions)
{
	for (size_t i = 0; i < sessions->count; i++)
		mta_session_close(&sessions->items[i]);
	mta_script_free(&sessions->first);
	mta_script_free(&sessions->next);
	free(sessions->items);
}

/* Those from FROM on must still be open, and nothing may have come. */
static int
check_quiet(const struct sessions *sessions, size_t from, struct err *err)
{
	for (size_t i = from; i < sessions->count; i++)
		if (!mta_session_quiet(&sessions->items[i]))
			return err_set(err, ERR_INPUT,
			    "idle session %zu was answered or closed", i + 1);
	return 0;
}

static void
pause_for(long microseconds)
{
	const struct timespec time = {
		.tv_sec = microseconds / CLOCK_SECOND_US,
		.tv_nsec = microseconds % CLOCK_SECOND_US * 1000,
	};

	if (microseconds > 0)
		(void)nanosleep(&time, NULL);
}

/* Sends one burst and waits for its answer: the time in microseconds, or -1
 * with *ERR. */
static int64_t
time_answer(struct mta_session *session, const struct mta_script *script,
    size_t burst, struct err *err)
{
	int64_t began = clock_now().monotonic_us;
	int result;

	if (mta_session_send(session, script, burst, err) < 0)
		return -1;
	do
		result = mta_session_answer(
		    session, script->bursts[burst].command, true, err);
	while (result == 0);
	return result < 0 ? -1 : clock_now().monotonic_us - began;
}

static int
compare_times(const void *a, const void *b)
{
	const int64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

/* A daemon whose answers are timed. */
struct timed {
	struct sessions sessions; /* the first is the active one */
	const struct mta_script *script;
	size_t burst;
	int64_t *times; /* microseconds */
};

/* Times the next command, as answer INDEX. */
static int
time_next(struct timed *timed, size_t index, struct err *err)
{
	timed->times[index] = time_answer(
	    &timed->sessions.items[0], timed->script, timed->burst, err);
	if (timed->times[index] < 0)
		return -1;
	if (++timed->burst == timed->script->burst_count) {
		timed->script = &timed->sessions.next;
		timed->burst = 0;
	}
	return 0;
}

static int
measure_latency(struct timed *all, size_t count, size_t answers,
    long pause_us, struct err *err)
{
	for (size_t i = 0; i < answers; i++)
		for (size_t k = 0; k < count; k++) {
			pause_for(pause_us);
			if (time_next(&all[k], i, err) < 0)
				return -1;
		}
	for (size_t k = 0; k < count; k++) {
		int64_t *times = all[k].times;

		if (check_quiet(&all[k].sessions, 1, err) < 0)
			return -1;
		qsort(times, answers, sizeof(*times), compare_times);
		printf("p50_us=%jd p99_us=%jd\n",
		    (intmax_t)times[answers / 2],
		    (intmax_t)times[answers * 99 / 100]);
	}
	return 0;
}

/* Goes on with a session that is readable.  1: its last message has passed;
 * 0: not yet; -1 with *ERR. */
static int
advance(struct sessions *sessions, struct progress *progress, size_t messages,
    size_t *answers, struct err *err)
{
	char command = progress->script->bursts[progress->burst].command;
	int result =
	    mta_session_answer(progress->session, command, false, err);

	if (result <= 0)
		return result;
	(*answers)++;
	if (++progress->burst == progress->script->burst_count) {
		progress->script = &sessions->next;
		progress->burst = 0;
		if (++progress->messages == messages)
			return 1;
	}
	return mta_session_send(
	    progress->session, progress->script, progress->burst, err);
}

/* Begins a message on each of ALL, and lets EPOLL watch it. */
static int
begin_all(struct sessions *sessions, struct progress *all, size_t active,
    int epoll, struct err *err)
{
	for (size_t i = 0; i < active; i++) {
		struct epoll_event event = {
			.events = EPOLLIN,
			.data.ptr = &all[i],
		};

		all[i].session = &sessions->items[i];
		all[i].script = &sessions->first;
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].session->fd,
			&event) < 0)
			return err_set_errno(err, "cannot watch a session");
		if (mta_session_send(all[i].session, all[i].script, 0, err) < 0)
			return -1;
	}
	return 0;
}

static int
pass_messages(struct sessions *sessions, size_t active, size_t messages,
    struct err *err)
{
	struct progress *all = xalloc_array(active, sizeof(*all));
	struct epoll_event events[EVENTS_AT_ONCE];
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	size_t answers = 0, left = active;
	int result = -1, ready;

	if (epoll < 0) {
		(void)err_set_errno(err, "cannot make an epoll");
		goto out;
	}
	if (begin_all(sessions, all, active, epoll, err) < 0)
		goto out;
	while (left > 0) {
		ready = epoll_wait(epoll, events, EVENTS_AT_ONCE,
		    MTA_PATIENCE_SECONDS * 1000);
		if (ready <= 0) {
			(void)err_set(err, ERR_TEMPORARY,
			    "%zu sessions wait in vain for an answer", left);
			goto out;
		}
		for (int i = 0; i < ready; i++) {
			result = advance(sessions, events[i].data.ptr,
			    messages, &answers, err);
			if (result < 0)
				goto out;
			left -= (size_t)result;
		}
	}
	printf("messages=%zu answers=%zu\n", active * messages, answers);
	result = check_quiet(sessions, 0, err);
out:
	if (epoll >= 0)
		(void)close(epoll);
	free(all);
	return result;
}

/* Whoever started us has seen what was printed. */
static void
wait_for_line(void)
{
	int c;

	(void)fflush(stdout);
	do
		c = getchar();
	while (c != '\n' && c != EOF);
}

/* The argument TEXT from MIN to MAX, or it ends the program. */
static size_t
number(const char *text, size_t min, size_t max)
{
	uint64_t value = 0;

	if (span_number(span_of(text), max, &value) < 0 || value < min) {
		fprintf(stderr,
		    "milter_client: \"%s\" is no number from %zu to %zu\n",
		    text, min, max);
		exit(EX_USAGE);
	}
	return (size_t)value;
}

/* ANSWERS PAUSE SOCKET IDLE [SOCKET IDLE]... */
static int
latency_main(char **arguments, size_t count, struct err *err)
{
	size_t answers = number(arguments[0], 1, ANSWERS_MAX);
	long pause_us = (long)number(arguments[1], 0, CLOCK_SECOND_US);
	size_t daemons = (count - 2) / 2, total = 0;
	struct timed *all = xalloc_array(daemons, sizeof(*all));
	int result = -1;

	for (size_t i = 0; i < daemons; i++)
		total += 1 + number(arguments[3 + 2 * i], 0, SESSIONS_MAX);
	if (allow_descriptors(total, err) < 0)
		goto out;
	for (size_t i = 0; i < daemons; i++) {
		all[i].times = xalloc_array(answers, sizeof(*all[i].times));
		all[i].script = &all[i].sessions.first;
		if (open_sessions(&all[i].sessions, arguments[2 + 2 * i],
			1 + number(arguments[3 + 2 * i], 0, SESSIONS_MAX),
			MTA_PIECE_POSTFIX, err) < 0)
			goto out;
	}
	result = measure_latency(all, daemons, answers, pause_us, err);
out:
	for (size_t i = 0; i < daemons; i++) {
		close_sessions(&all[i].sessions);
		free(all[i].times);
	}
	free(all);
	return result;
}

/* SOCKET OPEN ACTIVE MESSAGES PIECE */
static int
sessions_main(char **arguments, struct err *err)
{
	struct sessions sessions = { .count = 0 };
	size_t open = number(arguments[1], 1, SESSIONS_MAX);
	size_t active = number(arguments[2], 1, open);
	size_t messages = number(arguments[3], 1, ANSWERS_MAX);
	size_t piece = number(arguments[4], 1, 1 << 20);
	int result = -1;

	if (allow_descriptors(open, err) < 0 ||
	    open_sessions(&sessions, arguments[0], open, piece, err) < 0)
		goto out;
	printf("open=%zu\n", sessions.count);
	wait_for_line();
	if (check_quiet(&sessions, 0, err) < 0 ||
	    pass_messages(&sessions, active, messages, err) < 0)
		goto out;
	wait_for_line();
	result = 0;
out:
	close_sessions(&sessions);
	return result;
}

int
main(int argc, char **argv)
{
	struct err err;
	int result;

	if (argc >= 6 && argc % 2 == 0 && strcmp(argv[1], "latency") == 0) {
		result = latency_main(argv + 2, (size_t)argc - 2, &err);
	} else if (argc == 7 && strcmp(argv[1], "sessions") == 0) {
		result = sessions_main(argv + 2, &err);
	} else {
		fprintf(stderr,
		    "usage: milter_client latency ANSWERS PAUSE "
		    "SOCKET IDLE [SOCKET IDLE]...\n"
		    "       milter_client sessions SOCKET OPEN ACTIVE "
		    "MESSAGES PIECE\n");
		return EX_USAGE;
	}
	if (result < 0)
		fprintf(stderr, "milter_client: %s\n", err.text);
	return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
