/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/supervisor.h"

#include "base/log.h"
#include "config.h"
#include "skeleton/background.h"
#include "skeleton/child.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

/* An instance that lived this long did not die of its start. */
#define STEADY_US (10 * CLOCK_SECOND_US)
/* Added to the time that an instance gets to end before it is killed. */
#define GRACE_US (10 * CLOCK_SECOND_US)
/* Between two looks at instances; where a service manager watches, more often:
 * WATCHDOG_LOOKS times in the time after which it would give us up. */
#define LOOK_MAX_US (10 * CLOCK_SECOND_US)
#define LOOK_MIN_US (CLOCK_SECOND_US / 10)
#define WATCHDOG_LOOKS 4
/* Looks without an answer after which an instance hangs.  It is replaced then,
 * which is before a service manager would stop everything. */
#define HANGS_AFTER_LOOKS 2
/* For the rehearsal of an upgrade. */
#define REHEARSAL_MAX_US (600 * CLOCK_SECOND_US)

enum {
	RESTART_DELAY_MIN_MS = 250, /* of the second restart in a row */
	RESTART_DELAY_MAX_MS = 30000,
};

struct supervisor {
	const struct supervisor_options *options;
	struct faults *faults;
	int listener; /* -1 once it is given up */
	int signals;  /* signalfd */
	int ready;    /* of the options; -1 once it is closed */
	struct children children;
	bool upgrade_wanted;
	pid_t rehearsal; /* of the program to be run instead; 0: none */
	int64_t rehearsal_us; /* when it was started */
	bool ever_ready; /* an instance has accepted connections */
	bool stopping;
	bool over;
	int status;          /* to exit with */
	int64_t kill_us;     /* when stopping instances are killed */
	int restart_delay_ms;
	int64_t restart_us;  /* when the next one starts */
	int64_t look_us;     /* when instances are looked at */
};

static int64_t
now_us(void)
{
	return clock_now().monotonic_us;
}

static int
open_signals(struct err *err)
{
	static const int taken[] = { SIGHUP, SIGTERM, SIGINT, SIGUSR1, SIGUSR2,
		SIGCHLD };
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		(void)sigaddset(&set, taken[i]);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return err_set_errno(err, "cannot open a signalfd");
	return fd;
}

static void
run_instance(struct supervisor *supervisor, int control)
{
	const struct instance_options options = {
		.daemon = supervisor->options->daemon,
		.conf_file = supervisor->options->conf_file,
		.listener = supervisor->listener,
		.listener_inherited =
		    supervisor->options->listener_inherited,
		.control = control,
		.faults = supervisor->faults,
		.drain_timeout = supervisor->options->drain_timeout,
		.background = supervisor->ready >= 0,
	};

	/* Out of the terminal's group: ^C is for the supervisor. */
	(void)setpgid(0, 0);
	(void)close(supervisor->signals);
	if (supervisor->ready >= 0)
		(void)close(supervisor->ready);
	/* Another instance notices that the supervisor is gone when nobody
	 * holds the other end of its socket. */
	children_forget(&supervisor->children);
	exit(instance_run(&options));
}

/* Says when the next instance starts: at once, but not again and again. */
static void
delay_restart(struct supervisor *supervisor, int64_t started_us)
{
	int64_t now = now_us();

	if (now - started_us >= STEADY_US)
		supervisor->restart_delay_ms = 0;
	supervisor->restart_us =
	    now + (int64_t)supervisor->restart_delay_ms * 1000;
	supervisor->restart_delay_ms =
	    supervisor->restart_delay_ms * 2 + RESTART_DELAY_MIN_MS;
	if (supervisor->restart_delay_ms > RESTART_DELAY_MAX_MS)
		supervisor->restart_delay_ms = RESTART_DELAY_MAX_MS;
}

/* Starts an instance as *CHILD, one of the supervisor's. */
static int
start(struct supervisor *supervisor, struct child *child)
{
	struct err err;
	int control;
	int forked = child_fork(child, now_us(), &control, &err);

	if (forked == 0)
		run_instance(supervisor, control);
	if (forked < 0)
		log_write(LOG_LEVEL_ERROR, "%s", err.text);
	return forked < 0 ? -1 : 0;
}

/* Tells the service manager that it is busy with what STATUS says. */
static void
announce_begin(const struct supervisor *supervisor, const char *status)
{
	notify_send(supervisor->options->notify,
	    "RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=%s", now_us(),
	    status);
}

/* Tells it what came of it, once there is nothing else to wait for. */
static void
announce(const struct supervisor *supervisor, const char *status)
{
	const struct children *children = &supervisor->children;

	if (!supervisor->stopping && children->instance.pid > 0 &&
	    children->instance.loads == 0 &&
	    children->successor.pid == 0 && supervisor->rehearsal == 0)
		notify_send(supervisor->options->notify, "READY=1\nSTATUS=%s",
		    status);
}

static void
begin_stop(struct supervisor *supervisor)
{
	if (supervisor->stopping)
		return;
	supervisor->stopping = true;
	supervisor->kill_us =
	    now_us() + supervisor->options->drain_timeout + GRACE_US;
	log_write(LOG_LEVEL_NOTICE, "stopping");
	notify_send(
	    supervisor->options->notify, "STOPPING=1\nSTATUS=stopping");
	children_tell(&supervisor->children, COMMAND_DRAIN, now_us());
	if (supervisor->rehearsal > 0)
		(void)kill(supervisor->rehearsal, SIGKILL);
	/* Kept open here, it would gather connections nobody answers. */
	(void)close(supervisor->listener);
	supervisor->listener = -1;
}

/* Lets the program that replaces this one check the configuration; what
 * follows is in end_rehearsal. */
static void
begin_upgrade(struct supervisor *supervisor)
{
	const struct program *program = supervisor->options->program;
	struct err err;
	pid_t pid;

	supervisor->upgrade_wanted = false;
	if (supervisor->children.retired_count == CHILDREN_RETIRED_MAX) {
		log_write(LOG_LEVEL_ERROR,
		    "upgrade refused: %d instances of earlier ones still end "
		    "their sessions", CHILDREN_RETIRED_MAX);
		return;
	}
	log_write(LOG_LEVEL_NOTICE,
	    "upgrading: %s checks the configuration", program->path);
	announce_begin(supervisor, "upgrading");
	pid = upgrade_rehearse(program, &err);
	if (pid < 0) {
		log_write(LOG_LEVEL_ERROR, "upgrade given up: %s", err.text);
		announce(supervisor, "upgrade given up, see the log");
		return;
	}
	supervisor->rehearsal = pid;
	supervisor->rehearsal_us = now_us();
}

static void
upgrade(struct supervisor *supervisor)
{
	struct handover handover = {
		.listener = supervisor->listener,
		.listener_inherited =
		    supervisor->options->listener_inherited,
		.faults = faults_descriptor(supervisor->faults),
		.drain_timeout = supervisor->options->drain_timeout,
		.children = supervisor->children,
	};
	struct err err;

	if (upgrade_exec(supervisor->options->program, &handover,
		supervisor->options->notify, &err) < 0)
		log_write(LOG_LEVEL_ERROR, "upgrade given up: %s", err.text);
}

static void
end_rehearsal(struct supervisor *supervisor, int how)
{
	supervisor->rehearsal = 0;
	if (supervisor->stopping)
		return;
	if (WIFEXITED(how) && WEXITSTATUS(how) == EX_OK)
		upgrade(supervisor);
	else
		log_write(LOG_LEVEL_ERROR,
		    "upgrade given up: %s -n ended with %s %d; try it to see "
		    "why", supervisor->options->program->path,
		    WIFEXITED(how) ? "status" : "signal",
		    WIFEXITED(how) ? WEXITSTATUS(how) : WTERMSIG(how));
	announce(supervisor, "upgrade given up, see the log");
}

/* An instance died without being told to. */
static void
note_crash(struct supervisor *supervisor, pid_t pid, int how)
{
	size_t in_flight = faults_crashed(supervisor->faults);

	child_log_end(pid, how);
	if (in_flight > 0)
		log_write(LOG_LEVEL_ERROR,
		    "it was deciding on %zu messages; one that was so too "
		    "often is held when it comes again", in_flight);
}

static void
end_instance(struct supervisor *supervisor, int how)
{
	struct children *children = &supervisor->children;
	const struct child dead = children->instance;

	child_forget(&children->instance);
	if (supervisor->stopping || !supervisor->ever_ready) {
		supervisor->status =
		    WIFEXITED(how) ? WEXITSTATUS(how) : EX_SOFTWARE;
		if (WIFSIGNALED(how))
			child_log_end(dead.pid, how);
		supervisor->over = !supervisor->stopping;
		return;
	}
	note_crash(supervisor, dead.pid, how);
	if (children->successor.pid > 0) {
		children->instance = children->successor;
		children->successor = (struct child){ .control = -1 };
	} else {
		delay_restart(supervisor, dead.since_us);
	}
}

static void
end_successor(struct supervisor *supervisor, int how)
{
	struct children *children = &supervisor->children;

	child_log_end(children->successor.pid, how);
	child_forget(&children->successor);
	if (supervisor->stopping)
		return;
	log_write(LOG_LEVEL_ERROR,
	    "upgrade given up: instance %d goes on serving",
	    (int)children->instance.pid);
	announce(supervisor, "upgrade given up, see the log");
}

static void
end_retired(struct supervisor *supervisor, pid_t pid, int how)
{
	if (children_remove(&supervisor->children, pid) &&
	    (!WIFEXITED(how) || WEXITSTATUS(how) != EX_OK))
		note_crash(supervisor, pid, how);
}

/* Collects the processes that have ended. */
static void
reap(struct supervisor *supervisor)
{
	const struct children *children = &supervisor->children;
	pid_t pid;
	int how;

	while ((pid = waitpid(-1, &how, WNOHANG)) > 0) {
		if (pid == supervisor->rehearsal)
			end_rehearsal(supervisor, how);
		else if (pid == children->instance.pid)
			end_instance(supervisor, how);
		else if (pid == children->successor.pid)
			end_successor(supervisor, how);
		else
			end_retired(supervisor, pid, how);
	}
	if (supervisor->stopping && children_gone(&supervisor->children))
		supervisor->over = true;
}

static void
reload(struct supervisor *supervisor)
{
	struct children *children = &supervisor->children;
	int64_t now = now_us();

	announce_begin(supervisor, "reloading");
	child_tell(&children->instance, COMMAND_RELOAD, now);
	child_tell(&children->successor, COMMAND_RELOAD, now);
	/* Who has put the configuration right does not wait until it is tried
	 * again. */
	if (children->instance.pid == 0)
		supervisor->restart_us = 0;
}

static void
take_signals(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;

	while (read(supervisor->signals, &info, sizeof(info)) ==
	    (ssize_t)sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGHUP:
			if (!supervisor->stopping)
				reload(supervisor);
			break;
		case SIGUSR1:
			child_tell(&supervisor->children.instance,
			    COMMAND_STATISTICS, now_us());
			break;
		case SIGUSR2:
			supervisor->upgrade_wanted = true;
			break;
		case SIGTERM:
		case SIGINT:
			begin_stop(supervisor);
			break;
		}
	}
}

/* The successor accepts connections. */
static void
replace_instance(struct supervisor *supervisor)
{
	struct children *children = &supervisor->children;

	log_write(LOG_LEVEL_NOTICE,
	    "upgraded to version %s: instance %d serves, instance %d ends its "
	    "sessions", PACKAGE_VERSION, (int)children->successor.pid,
	    (int)children->instance.pid);
	children_replace(children, now_us());
}

static void
note_ready(struct supervisor *supervisor, const struct child *child)
{
	const char ready = ANSWER_READY;

	if (child == &supervisor->children.successor)
		replace_instance(supervisor);
	if (supervisor->ready >= 0) {
		if (write(supervisor->ready, &ready, 1) != 1)
			log_write(LOG_LEVEL_WARNING,
			    "who started this process is gone");
		(void)close(supervisor->ready);
		supervisor->ready = -1;
		background_close();
	}
	supervisor->ever_ready = true;
	announce(supervisor, "serving");
}

static void
take_answers(struct supervisor *supervisor, struct child *child)
{
	enum instance_answer answer;

	while (child_answer(child, &answer)) {
		switch (answer) {
		case ANSWER_READY:
			note_ready(supervisor, child);
			break;
		case ANSWER_RELOADED:
			announce(supervisor, "serving");
			break;
		case ANSWER_KEPT:
			announce(supervisor,
			    "serving; the last reload failed, see the log");
			break;
		case ANSWER_ALIVE:
			break;
		}
	}
}

/* Microseconds between two looks at instances. */
static int64_t
look_interval(const struct supervisor *supervisor)
{
	int64_t interval =
	    supervisor->options->notify->watchdog / WATCHDOG_LOOKS;

	if (interval == 0 || interval > LOOK_MAX_US)
		return LOOK_MAX_US;
	return interval > LOOK_MIN_US ? interval : LOOK_MIN_US;
}

/*
 * Kills what takes too long.  The service manager is told that all is well
 * unless a question to the instance is open: what reads its configuration is
 * not asked, and where there is none, it is about to be started.
 */
static void
look(struct supervisor *supervisor)
{
	struct children *children = &supervisor->children;
	int64_t now = now_us();
	int64_t interval = look_interval(supervisor);

	supervisor->look_us = now + interval;
	child_kill_if_silent(
	    &children->instance, now, HANGS_AFTER_LOOKS * interval);
	child_kill_if_silent(
	    &children->successor, now, HANGS_AFTER_LOOKS * interval);
	for (size_t i = 0; i < children->retired_count; i++)
		if (now - children->retired[i].since_us >
		    INSTANCE_RETIREMENT_US + GRACE_US)
			child_kill(&children->retired[i]);
	if (supervisor->rehearsal > 0 &&
	    now - supervisor->rehearsal_us > REHEARSAL_MAX_US)
		(void)kill(supervisor->rehearsal, SIGKILL);
	if (children->instance.asked_us != 0)
		return;
	if (supervisor->options->notify->watchdog > 0)
		notify_send(supervisor->options->notify, "WATCHDOG=1");
	if (children->instance.loads == 0)
		child_tell(&children->instance, COMMAND_PING, now);
}

static void
kill_all(struct supervisor *supervisor)
{
	log_write(LOG_LEVEL_ERROR,
	    "what has not ended after drain_timeout is killed");
	children_kill(&supervisor->children);
	supervisor->kill_us += GRACE_US;
}

/* When something is to be done, even if nothing happens before. */
static int64_t
due_us(const struct supervisor *supervisor)
{
	if (supervisor->stopping)
		return supervisor->kill_us;
	if (supervisor->children.instance.pid == 0 &&
	    supervisor->restart_us < supervisor->look_us)
		return supervisor->restart_us;
	return supervisor->look_us;
}

static void
do_what_is_due(struct supervisor *supervisor)
{
	struct children *children = &supervisor->children;
	int64_t now = now_us();

	if (supervisor->stopping) {
		if (now >= supervisor->kill_us)
			kill_all(supervisor);
		return;
	}
	if (children->instance.pid == 0 && now >= supervisor->restart_us &&
	    start(supervisor, &children->instance) < 0)
		delay_restart(supervisor, now);
	if (now >= supervisor->look_us)
		look(supervisor);
	if (supervisor->upgrade_wanted && supervisor->ever_ready &&
	    supervisor->rehearsal == 0 && children->successor.pid == 0)
		begin_upgrade(supervisor);
}

static void
supervise(struct supervisor *supervisor)
{
	struct children *children = &supervisor->children;

	while (!supervisor->over) {
		struct pollfd ready[] = {
			{ .fd = supervisor->signals, .events = POLLIN },
			{ .fd = children->instance.control,
			    .events = POLLIN },
			{ .fd = children->successor.control,
			    .events = POLLIN },
		};
		int64_t left_us = due_us(supervisor) - now_us();

		(void)poll(ready, sizeof(ready) / sizeof(ready[0]),
		    left_us > 0 ? (int)(left_us / 1000) + 1 : 0);
		take_signals(supervisor);
		take_answers(supervisor, &children->instance);
		take_answers(supervisor, &children->successor);
		reap(supervisor);
		if (!supervisor->over)
			do_what_is_due(supervisor);
	}
}

/* Makes what instances share, or goes on with what HANDOVER left. */
static int
open_faults(struct supervisor *supervisor, const struct handover *handover,
    struct err *err)
{
	if (handover != NULL) {
		supervisor->faults = faults_adopt(handover->faults, err);
		if (supervisor->faults != NULL)
			return 0;
		log_write(LOG_LEVEL_WARNING,
		    "faults are counted from the beginning: %s", err->text);
	}
	supervisor->faults = faults_new(supervisor->options->max_sessions,
	    err);
	return supervisor->faults != NULL ? 0 : -1;
}

/* The first instance, or the one after those of HANDOVER. */
static int
start_first(struct supervisor *supervisor, const struct handover *handover)
{
	struct children *children = &supervisor->children;

	if (handover == NULL)
		return start(supervisor, &children->instance);
	supervisor->ever_ready = true;
	*children = handover->children;
	/* Where none serves, one is due at once. */
	if (children->instance.pid > 0 &&
	    start(supervisor, &children->successor) < 0)
		announce(supervisor, "upgrade given up, see the log");
	return 0;
}

int
supervisor_run(const struct supervisor_options *options)
{
	struct supervisor supervisor = {
		.options = options,
		.listener = options->listener,
		.signals = -1,
		.ready = options->ready,
		.children = {
			.instance = { .control = -1 },
			.successor = { .control = -1 },
		},
		.status = EX_OSERR,
	};
	struct err err;

	if (open_faults(&supervisor, options->handover, &err) < 0)
		goto failed;
	supervisor.signals = open_signals(&err);
	if (supervisor.signals < 0)
		goto failed;
	if (start_first(&supervisor, options->handover) < 0)
		goto out;
	supervisor.status = EX_OK;
	supervise(&supervisor);
	goto out;
failed:
	log_write(LOG_LEVEL_ERROR, "%s", err.text);
out:
	if (supervisor.signals >= 0)
		(void)close(supervisor.signals);
	if (supervisor.listener >= 0)
		(void)close(supervisor.listener);
	faults_free(&supervisor.faults);
	return supervisor.status;
}
