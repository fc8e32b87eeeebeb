/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/instance.h"

#include "base/log.h"
#include "skeleton/background.h"
#include "skeleton/engine.h"
#include "skeleton/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	/* That an MTA needs at least until its first packet has been read, and
	 * at most: a connection without it may be a probe's.  Who retires has
	 * more time than who is waited for. */
	NEGOTIATION_MS = 100,
	NEGOTIATION_DRAIN_MS = 5000,
	NEGOTIATION_RETIRE_MS = 60000,
	BACKLOG_MS = 1000, /* to accept all who wait */
	TICK_MS = 250, /* between looks at descriptors and counters */
	/* Behind the deadline, that decisions get to end and answers to be
	 * read, and that sessions get which are then ended all the same;
	 * together below the time after which the supervisor kills us. */
	CUT_MS = 4000,
	END_MS = 1000,
	/* Descriptors that are kept free for files and connections: a part of
	 * those allowed, up to so many. */
	RESERVE_PART = 8,
	RESERVE_MAX = 64,
	LOOKUPS_PER_WORKER = 64, /* may wait before one is refused */
	ERRORS_MAX = 1 << 20,
};

struct instance {
	const struct instance_options *options;
	const struct engine *engine;
	struct milter milter;
	rlim_t descriptors; /* that the process may open */
	rlim_t reserve;     /* of these */
	bool paused;        /* for want of descriptors */
	struct moment statistics_logged;
};

/* Logs each line of TEXT by itself, but not the excerpts of a file that show
 * where a mistake is: they begin with a tab and are for a terminal. */
static void
log_lines(enum log_level level, struct span text)
{
	struct span line;

	while (span_next(&text, '\n', &line))
		if (!span_starts(line, SPAN("\t")))
			log_write(level, "%.*s", SPAN_ARGS(line));
}

/*
 * A signal that the main thread ignores and does not block is discarded by
 * the kernel when it is sent to the process, so libmilter's own thread, which
 * waits for these, never sees one, whoever sends it.
 */
static void
ignore_signals(void)
{
	static const int ignored[] = { SIGHUP, SIGTERM, SIGINT, SIGPIPE,
		SIGUSR1, SIGUSR2 };
	sigset_t none;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/*
 * As many sessions as descriptors allow: at the limit libmilter would spin in
 * accept.  A session needs one for its connection, and one more where bodies
 * are kept.
 */
static size_t
session_limit(struct instance *instance, const struct settings *settings)
{
	struct rlimit limit = { 0, 0 };
	size_t wanted = (size_t)settings->max_sessions;
	size_t each = instance->options->daemon->keep_body ? 2 : 1;
	size_t possible;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
		(void)getrlimit(RLIMIT_NOFILE, &limit);
	}
	instance->descriptors = limit.rlim_cur;
	instance->reserve = limit.rlim_cur / RESERVE_PART;
	if (instance->reserve > RESERVE_MAX)
		instance->reserve = RESERVE_MAX;
	possible = (size_t)(limit.rlim_cur - 2 * instance->reserve) / each;
	if (possible >= wanted)
		return wanted;
	log_write(LOG_LEVEL_WARNING,
	    "max_sessions is %zu, but %ju descriptors allow only %zu; raise "
	    "LimitNOFILE= of the unit or ulimit -n", wanted,
	    (uintmax_t)limit.rlim_cur, possible);
	return possible;
}

static const struct engine *
engine_of(enum engine_choice choice)
{
	switch (choice) {
	case ENGINE_LIBMILTER:
		return &engine_libmilter;
	case ENGINE_NATIVE:
		return &engine_native;
	}
	return &engine_libmilter;
}

/* Logs what is wrong with the configuration in force although it serves. */
static void
log_complaints(struct instance *instance)
{
	struct buf errors;

	buf_init(&errors, ERRORS_MAX);
	milter_complain(&instance->milter, &errors);
	log_lines(LOG_LEVEL_ERROR, buf_span(&errors));
	buf_free(&errors);
}

static int
start(struct instance *instance, struct buf *errors)
{
	struct snapshot *snapshot = milter_snapshot(&instance->milter);
	const struct settings *settings = snapshot_settings(snapshot);
	const struct engine_options options = {
		.listener = instance->options->listener,
		.max_sessions = session_limit(instance, settings),
		.session_timeout = settings->session_timeout,
	};
	struct err err;
	int result = -1;

	instance->engine = engine_of((enum engine_choice)settings->engine);
	log_set_format((enum log_format)settings->log_format);
	instance->milter.faults = instance->options->faults;
	instance->milter.workers = workers_new((size_t)settings->workers,
	    (size_t)settings->workers * LOOKUPS_PER_WORKER, &err);
	if (instance->milter.workers == NULL)
		goto out;
	if (instance->engine->start(&instance->milter, &options, &err) < 0)
		goto out;
	log_write(LOG_LEVEL_NOTICE,
	    "serving with %s, configuration %s (%s)%s",
	    instance->options->conf_file, snapshot_hash(snapshot),
	    instance->engine->name,
	    settings->observe ? ", observing only" : "");
	log_complaints(instance);
	result = 0;
out:
	if (result < 0)
		(void)buf_printf(errors, "%s\n", err.text);
	snapshot_release(&snapshot);
	return result;
}

/* Says which changes do not come into force by a reload. */
static void
warn_of_restart(const struct settings *old, const struct settings *fresh)
{
	const struct {
		const char *key;
		bool changed;
	} keys[] = {
		{ "socket", strcmp(old->socket, fresh->socket) != 0 },
		{ "socket_owner",
		    strcmp(old->socket_owner, fresh->socket_owner) != 0 },
		{ "socket_group",
		    strcmp(old->socket_group, fresh->socket_group) != 0 },
		{ "socket_mode", old->socket_mode != fresh->socket_mode },
		{ "user", strcmp(old->user, fresh->user) != 0 },
		{ "group", strcmp(old->group, fresh->group) != 0 },
		{ "engine", old->engine != fresh->engine },
		{ "session_timeout",
		    old->session_timeout != fresh->session_timeout },
		{ "max_sessions", old->max_sessions != fresh->max_sessions },
		{ "workers", old->workers != fresh->workers },
		{ "drain_timeout", old->drain_timeout != fresh->drain_timeout },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].changed)
			log_write(LOG_LEVEL_WARNING,
			    "%s: comes into force after a restart",
			    keys[i].key);
}

static void
answer(const struct instance *instance, enum instance_answer answer)
{
	const char byte = (char)answer;

	/* Its end is noticed by the next read. */
	(void)send(instance->options->control, &byte, 1, MSG_NOSIGNAL);
}

static void
reload(struct instance *instance)
{
	enum instance_answer result = ANSWER_KEPT;
	struct snapshot *old = milter_snapshot(&instance->milter);
	struct snapshot *fresh;
	struct buf errors;

	buf_init(&errors, ERRORS_MAX);
	if (milter_reload(
		&instance->milter, instance->options->conf_file, &errors) < 0) {
		log_lines(LOG_LEVEL_ERROR, buf_span(&errors));
		log_write(LOG_LEVEL_ERROR,
		    "reload failed, configuration %s stays in force",
		    snapshot_hash(old));
	} else {
		fresh = milter_snapshot(&instance->milter);
		log_set_format((enum log_format)snapshot_settings(fresh)
				   ->log_format);
		warn_of_restart(
		    snapshot_settings(old), snapshot_settings(fresh));
		log_write(LOG_LEVEL_NOTICE,
		    "reloaded: configuration %s replaces %s from the next "
		    "message on", snapshot_hash(fresh), snapshot_hash(old));
		log_complaints(instance);
		snapshot_release(&fresh);
		result = ANSWER_RELOADED;
	}
	buf_free(&errors);
	snapshot_release(&old);
	answer(instance, result);
}

/*
 * libmilter's accept spins when the process has no descriptor left, so it is
 * stopped before that.
 */
static void
watch_descriptors(struct instance *instance)
{
	rlim_t reserve = instance->reserve;
	int lowest = fcntl(instance->options->control, F_DUPFD_CLOEXEC, 0);
	rlim_t used;

	if (lowest >= 0)
		(void)close(lowest);
	used = lowest >= 0 ? (rlim_t)lowest : instance->descriptors;
	if (!instance->paused && used + reserve >= instance->descriptors) {
		instance->paused = true;
		instance->engine->accept(false);
		counter_add(&instance->milter.counters.accept_pauses, 1);
		log_write(LOG_LEVEL_WARNING,
		    "%ju of %ju descriptors are open: new connections wait",
		    (uintmax_t)used, (uintmax_t)instance->descriptors);
	} else if (instance->paused &&
	    used + 2 * reserve < instance->descriptors) {
		instance->paused = false;
		instance->engine->accept(true);
		log_write(LOG_LEVEL_NOTICE, "accepting connections again");
	}
}

static void
watch_statistics(struct instance *instance)
{
	struct snapshot *snapshot = milter_snapshot(&instance->milter);
	int64_t interval =
	    snapshot_settings(snapshot)->statistics_interval;
	struct moment now = clock_now();

	if (interval > 0 &&
	    now.monotonic_us - instance->statistics_logged.monotonic_us >=
		interval) {
		instance->statistics_logged = now;
		milter_log_counters(&instance->milter);
	}
	snapshot_release(&snapshot);
}

/*
 * Follows commands until one says to end, which is returned, or the engine
 * fails: then the supervisor gets no answer to its ping either, should the
 * process not end.
 */
static enum instance_command
serve(struct instance *instance)
{
	struct pollfd control = {
		.fd = instance->options->control,
		.events = POLLIN,
	};
	char command;

	while (!instance->engine->failed()) {
		int ready = poll(&control, 1, TICK_MS);

		watch_descriptors(instance);
		watch_statistics(instance);
		if (ready <= 0)
			continue;
		if (read(control.fd, &command, 1) <= 0) {
			log_write(LOG_LEVEL_ERROR,
			    "the supervisor is gone, draining");
			return COMMAND_DRAIN;
		}
		switch ((enum instance_command)command) {
		case COMMAND_RELOAD:
			reload(instance);
			break;
		case COMMAND_STATISTICS:
			milter_log_counters(&instance->milter);
			break;
		case COMMAND_PING:
			if (!instance->engine->failed())
				answer(instance, ANSWER_ALIVE);
			break;
		case COMMAND_DRAIN:
		case COMMAND_RETIRE:
			return (enum instance_command)command;
		}
	}
	return COMMAND_DRAIN;
}

/* Accepts those who wait, where nobody else would, and then nobody any more. */
static void
stop_accepting(struct instance *instance, enum instance_command why)
{
	/* Another process goes on listening, and may accept those who wait. */
	bool shared =
	    instance->options->listener_inherited || why == COMMAND_RETIRE;
	int64_t until_us =
	    clock_now().monotonic_us + (int64_t)BACKLOG_MS * 1000;

	/* Else they are ours, and were not refused when they came.  A successor
	 * that took over the path never hears of them. */
	while (!shared && listener_is_waited_for(instance->options->listener) &&
	    !instance->engine->failed() &&
	    clock_now().monotonic_us < until_us)
		(void)poll(NULL, 0, 1);
	instance->engine->accept(false);
	/* Kept open, it would gather connections that nobody answers. */
	listener_close(instance->options->listener, shared);
}

/* Waits a moment, or until there is a command.  True if who retires is to
 * drain at once. */
static bool
told_to_hurry(struct pollfd *control)
{
	char command = COMMAND_DRAIN;

	if (poll(control, 1, 20) <= 0)
		return false;
	if (read(control->fd, &command, 1) <= 0) {
		/* Without a supervisor nobody could say so later. */
		control->fd = -1;
		return true;
	}
	return command == COMMAND_DRAIN;
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Lets open sessions end.  Returns how many are still open after the time
 * that they get. */
static size_t
drain(struct instance *instance, enum instance_command why)
{
	struct pollfd control = {
		.fd = instance->options->control,
		.events = POLLIN,
	};
	const struct listener_address address =
	    listener_address(instance->options->listener);
	int64_t timeout = instance->options->drain_timeout;
	int64_t start_us = clock_now().monotonic_us;
	bool retires = why == COMMAND_RETIRE;
	int64_t deadline_us =
	    start_us + (retires ? INSTANCE_RETIREMENT_US : timeout);
	int64_t negotiation_us = start_us + INT64_C(1000) *
	    (retires ? NEGOTIATION_RETIRE_MS : NEGOTIATION_DRAIN_MS);
	size_t open;

	stop_accepting(instance, why);
	/* One that was accepted a moment ago counts once it negotiated. */
	(void)poll(NULL, 0, NEGOTIATION_MS);
	open = instance->engine->connections();
	if (open > 0)
		log_write(LOG_LEVEL_NOTICE, "draining %zu open sessions", open);
	for (;;) {
		int64_t now_us = clock_now().monotonic_us;

		if (instance->engine->failed() || now_us >= deadline_us)
			return open;
		if (open == 0 &&
		    (now_us >= negotiation_us ||
			!listener_has_connection(&address)))
			return 0;
		if (told_to_hurry(&control)) {
			deadline_us = least(deadline_us, now_us + timeout);
			negotiation_us = least(negotiation_us, now_us +
				(int64_t)NEGOTIATION_DRAIN_MS * 1000);
		}
		open = instance->engine->connections();
	}
}

/* True if all sessions have ended, for which they have TIME_MS. */
static bool
sessions_end(struct instance *instance, int time_ms)
{
	const int64_t until_us =
	    clock_now().monotonic_us + time_ms * (CLOCK_SECOND_US / 1000);

	while (instance->engine->connections() > 0) {
		if (clock_now().monotonic_us >= until_us)
			return false;
		(void)poll(NULL, 0, 10);
	}
	return true;
}

/* Ends open sessions and lets the daemon know.  A decision that computes cannot
 * be interrupted, and may never end. */
static void
cut(struct instance *instance)
{
	instance->engine->cut(false);
	if (sessions_end(instance, CUT_MS))
		return;
	instance->engine->cut(true);
	if (!sessions_end(instance, END_MS))
		log_write(LOG_LEVEL_WARNING,
		    "%zu sessions did not end within %d s: a message still "
		    "open there is not settled",
		    instance->engine->connections(),
		    (CUT_MS + END_MS) / 1000);
}

int
instance_run(const struct instance_options *options)
{
	struct instance instance = {
		.options = options,
		.statistics_logged = clock_now(),
	};
	enum instance_command why;
	struct buf errors;
	size_t open;
	bool failed;

	ignore_signals();
	buf_init(&errors, ERRORS_MAX);
	if (milter_open(&instance.milter, options->daemon, options->conf_file,
		&errors) < 0 ||
	    start(&instance, &errors) < 0) {
		log_lines(LOG_LEVEL_ERROR, buf_span(&errors));
		if (options->background)
			fputs(buf_string(&errors), stderr);
		buf_free(&errors);
		return EX_CONFIG;
	}
	buf_free(&errors);
	if (options->background)
		background_close();
	answer(&instance, ANSWER_READY);
	why = serve(&instance);
	failed = instance.engine->failed();
	/* An engine that ended serves nobody to the end; and the listener is
	 * the next instance's, so it must stay open. */
	open = failed ? instance.engine->connections()
		      : drain(&instance, why);
	if (open > 0 || failed)
		log_write(LOG_LEVEL_WARNING,
		    "%zu sessions are cut; the MTA defers their mail", open);
	if (open > 0 && !failed)
		cut(&instance);
	milter_log_counters(&instance.milter);
	/* Threads may still use all that would be released. */
	if (open > 0 || failed)
		_exit(failed ? EX_SOFTWARE : EX_OK);
	instance.engine->stop();
	milter_destroy(&instance.milter);
	return EX_OK;
}
