/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar doctor: runs a program of the MTA's and takes what it says.
 */
#include "milters/lumbar/lumbar_doctor.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { PAUSE_NS = 2000000 }; /* between looks whether it has ended */

#define DEADLINE_US (30 * CLOCK_SECOND_US)

/* For posix_spawn, which does not write to them. */
static char *const *
arguments_of(const char *const *arguments)
{
	return (char *const *)(uintptr_t)arguments;
}

/* Starts PROGRAM with its standard output going to OUT.  0 or an errno. */
static int
spawn(const char *program, const char *const *arguments, int out, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	char path[256];
	int result = posix_spawn_file_actions_init(&actions);

	if (result != 0)
		return result;
	result = posix_spawn_file_actions_adddup2(&actions, out, 1);
	if (result == 0)
		result = posix_spawnp(pid, program, &actions, NULL,
		    arguments_of(arguments), environ);
	/* It is not in the PATH of ordinary users; a folder of that which they
	 * may not search gives EACCES. */
	if ((result == ENOENT || result == EACCES) &&
	    strchr(program, '/') == NULL) {
		(void)snprintf(path, sizeof(path), "/usr/sbin/%s", program);
		result = posix_spawn(pid, path, &actions, NULL,
		    arguments_of(arguments), environ);
	}
	(void)posix_spawn_file_actions_destroy(&actions);
	return result;
}

/* Reads IN to its end, until DEADLINE.  0, or -1 with *ERR. */
static int
drain(const char *program, int in, int64_t deadline, struct buf *output,
    struct err *err)
{
	struct pollfd readable = { .fd = in, .events = POLLIN };
	char chunk[65536];

	for (;;) {
		int64_t left = deadline - clock_now().monotonic_us;
		ssize_t count;

		if (left <= 0)
			return err_set(err, ERR_TEMPORARY,
			    "%s has not ended after %d seconds", program,
			    (int)(DEADLINE_US / CLOCK_SECOND_US));
		if (poll(&readable, 1, (int)(left / 1000) + 1) <= 0)
			continue;
		count = read(in, chunk, sizeof(chunk));
		if (count == 0)
			return 0;
		if (count < 0)
			return err_set_errno(
			    err, "cannot read what %s says", program);
		if (buf_append(output, chunk, (size_t)count) < 0)
			return err_set(err, ERR_LIMIT,
			    "%s says more than %zu bytes", program,
			    output->max);
	}
}

/* The status of PID, which is killed where it has not ended at DEADLINE. */
static int
wait_for(pid_t pid, int64_t deadline)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	int status = 0;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (clock_now().monotonic_us >= deadline)
			(void)kill(pid, SIGKILL);
		(void)nanosleep(&pause, NULL);
	}
	return status;
}

int
doctor_run(const char *program, const char *const *arguments,
    struct buf *output, struct err *err)
{
	int64_t deadline = clock_now().monotonic_us + DEADLINE_US;
	int pair[2];
	int status;
	int result;
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return err_set_errno(err, "cannot make a pipe");
	result = spawn(program, arguments, pair[1], &pid);
	(void)close(pair[1]);
	if (result != 0) {
		(void)close(pair[0]);
		return err_set(err, ERR_SYSTEM,
		    "%s cannot be run: %s; run this on the machine of the "
		    "MTA, where it is installed",
		    program, strerror(result));
	}
	result = drain(program, pair[0], deadline, output, err);
	(void)close(pair[0]);
	status = wait_for(pid, result < 0 ? 0 : deadline);
	if (result == 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		result = err_set(err, ERR_SYSTEM,
		    "%s has failed; what it says is above", program);
	return result;
}
