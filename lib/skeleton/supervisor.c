/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/supervisor.h"

#include "base/log.h"
#include "skeleton/background.h"
#include "skeleton/instance.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

/* An instance that lived this long did not die of its start. */
#define STEADY_US (10 * CLOCK_SECOND_US)
/* Added to drain_timeout before an instance that does not end is killed. */
#define GRACE_US (10 * CLOCK_SECOND_US)

enum {
	RESTART_DELAY_MIN_MS = 250, /* of the second restart in a row */
	RESTART_DELAY_MAX_MS = 30000,
};

struct supervisor {
	const struct supervisor_options *options;
	struct faults *faults;
	int listener; /* -1 once it is given up */
	int signals;  /* signalfd */
	int control;  /* to the instance, -1: none */
	pid_t instance;
	bool ever_ready;     /* an instance has accepted connections */
	bool stopping;
	int64_t started_us;  /* of the instance, monotonic */
	int64_t kill_us;     /* when a stopping instance is killed */
	int restart_delay_ms;
	int64_t restart_us;  /* when the next one starts */
};

static int
open_signals(struct err *err)
{
	sigset_t set;
	int fd;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigaddset(&set, SIGCHLD);
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
		.background = supervisor->options->ready >= 0,
	};

	/* Out of the terminal's group: ^C is for the supervisor. */
	(void)setpgid(0, 0);
	(void)close(supervisor->signals);
	if (supervisor->options->ready >= 0)
		(void)close(supervisor->options->ready);
	exit(instance_run(&options));
}

/* Says when the next instance starts: at once, but not again and again. */
static void
delay_restart(struct supervisor *supervisor)
{
	int64_t now_us = clock_now().monotonic_us;

	if (now_us - supervisor->started_us >= STEADY_US)
		supervisor->restart_delay_ms = 0;
	supervisor->restart_us =
	    now_us + (int64_t)supervisor->restart_delay_ms * 1000;
	supervisor->restart_delay_ms =
	    supervisor->restart_delay_ms * 2 + RESTART_DELAY_MIN_MS;
	if (supervisor->restart_delay_ms > RESTART_DELAY_MAX_MS)
		supervisor->restart_delay_ms = RESTART_DELAY_MAX_MS;
}

static int
start_instance(struct supervisor *supervisor)
{
	int pair[2];

	supervisor->started_us = clock_now().monotonic_us;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		log_write(LOG_LEVEL_ERROR, "cannot make a socket pair: %s",
		    strerror(errno));
		return -1;
	}
	supervisor->instance = fork();
	if (supervisor->instance == 0) {
		(void)close(pair[0]);
		run_instance(supervisor, pair[1]);
	}
	(void)close(pair[1]);
	if (supervisor->instance < 0) {
		log_write(
		    LOG_LEVEL_ERROR, "cannot fork: %s", strerror(errno));
		(void)close(pair[0]);
		return -1;
	}
	supervisor->control = pair[0];
	return 0;
}

static void
tell(struct supervisor *supervisor, enum instance_command command)
{
	const char byte = (char)command;

	/* MSG_NOSIGNAL: the instance may have died a moment ago. */
	if (supervisor->control >= 0)
		(void)send(supervisor->control, &byte, 1, MSG_NOSIGNAL);
}

static void
begin_stop(struct supervisor *supervisor)
{
	if (supervisor->stopping)
		return;
	supervisor->stopping = true;
	supervisor->kill_us = clock_now().monotonic_us +
	    supervisor->options->drain_timeout + GRACE_US;
	log_write(LOG_LEVEL_NOTICE, "stopping");
	tell(supervisor, COMMAND_DRAIN);
	/* Kept open here, it would gather connections nobody answers. */
	(void)close(supervisor->listener);
	supervisor->listener = -1;
}

static void
log_death(pid_t pid, int status)
{
	if (WIFSIGNALED(status))
		log_write(LOG_LEVEL_ERROR,
		    "instance %d was killed by signal %d (%s)", (int)pid,
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		log_write(LOG_LEVEL_ERROR,
		    "instance %d ended with status %d", (int)pid,
		    WEXITSTATUS(status));
}

/* The instance died without being told to. */
static void
plan_restart(struct supervisor *supervisor)
{
	size_t in_flight = faults_crashed(supervisor->faults);

	if (in_flight > 0)
		log_write(LOG_LEVEL_ERROR,
		    "it was deciding on %zu messages; one that was so too "
		    "often is held when it comes again", in_flight);
	delay_restart(supervisor);
}

/* Collects a dead instance.  True if the supervisor has to end, with
 * *STATUS. */
static bool
reap(struct supervisor *supervisor, int *status)
{
	int how;

	if (supervisor->instance <= 0 ||
	    waitpid(supervisor->instance, &how, WNOHANG) <= 0)
		return false;
	if (supervisor->control >= 0)
		(void)close(supervisor->control);
	supervisor->control = -1;
	if (supervisor->stopping || !supervisor->ever_ready) {
		*status = WIFEXITED(how) ? WEXITSTATUS(how) : EX_SOFTWARE;
		if (WIFSIGNALED(how))
			log_death(supervisor->instance, how);
		return true;
	}
	log_death(supervisor->instance, how);
	supervisor->instance = 0;
	plan_restart(supervisor);
	return false;
}

static void
take_signals(struct supervisor *supervisor)
{
	struct signalfd_siginfo info;

	while (read(supervisor->signals, &info, sizeof(info)) ==
	    (ssize_t)sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGHUP:
			tell(supervisor, COMMAND_RELOAD);
			/* Who has put the configuration right does not wait
			 * until it is tried again. */
			if (supervisor->instance <= 0)
				supervisor->restart_us = 0;
			break;
		case SIGUSR1:
			tell(supervisor, COMMAND_STATISTICS);
			break;
		case SIGTERM:
		case SIGINT:
			begin_stop(supervisor);
			break;
		}
	}
}

static void
note_ready(struct supervisor *supervisor)
{
	char byte;

	if (read(supervisor->control, &byte, 1) <= 0) {
		/* It is dying; SIGCHLD follows. */
		(void)close(supervisor->control);
		supervisor->control = -1;
		return;
	}
	if (!supervisor->ever_ready && supervisor->options->ready >= 0) {
		if (write(supervisor->options->ready, &byte, 1) != 1)
			log_write(LOG_LEVEL_WARNING,
			    "who started this process is gone");
		(void)close(supervisor->options->ready);
		background_close();
	}
	supervisor->ever_ready = true;
}

/* Milliseconds until something is due, -1: nothing is. */
static int
time_left(const struct supervisor *supervisor)
{
	int64_t due_us = 0;
	int64_t left_us;

	if (supervisor->stopping)
		due_us = supervisor->kill_us;
	else if (supervisor->instance <= 0)
		due_us = supervisor->restart_us;
	else
		return -1;
	left_us = due_us - clock_now().monotonic_us;
	return left_us > 0 ? (int)(left_us / 1000) + 1 : 0;
}

static void
do_what_is_due(struct supervisor *supervisor)
{
	if (time_left(supervisor) != 0)
		return;
	if (!supervisor->stopping) {
		if (start_instance(supervisor) < 0)
			delay_restart(supervisor);
	} else {
		log_write(LOG_LEVEL_ERROR,
		    "instance %d does not end and is killed",
		    (int)supervisor->instance);
		(void)kill(supervisor->instance, SIGKILL);
		supervisor->kill_us += GRACE_US;
	}
}

static int
supervise(struct supervisor *supervisor)
{
	int status = EX_OK;

	if (start_instance(supervisor) < 0)
		return EX_OSERR;
	for (;;) {
		struct pollfd ready[] = {
			{ .fd = supervisor->signals, .events = POLLIN },
			{ .fd = supervisor->control, .events = POLLIN },
		};

		(void)poll(ready, 2, time_left(supervisor));
		take_signals(supervisor);
		if (ready[1].revents != 0)
			note_ready(supervisor);
		if (reap(supervisor, &status))
			return status;
		if (supervisor->stopping && supervisor->instance <= 0)
			return EX_OK;
		do_what_is_due(supervisor);
	}
}

int
supervisor_run(const struct supervisor_options *options)
{
	struct supervisor supervisor = {
		.options = options,
		.listener = options->listener,
		.control = -1,
		.signals = -1,
	};
	struct err err;
	int status = EX_OSERR;

	supervisor.faults = faults_new(options->max_sessions, &err);
	if (supervisor.faults == NULL)
		goto out;
	supervisor.signals = open_signals(&err);
	if (supervisor.signals < 0)
		goto out;
	status = supervise(&supervisor);
out:
	if (supervisor.faults == NULL || supervisor.signals < 0)
		log_write(LOG_LEVEL_ERROR, "%s", err.text);
	if (supervisor.signals >= 0)
		(void)close(supervisor.signals);
	if (supervisor.listener >= 0)
		(void)close(supervisor.listener);
	faults_free(&supervisor.faults);
	return status;
}
