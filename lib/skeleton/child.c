/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/child.h"

#include "base/clock.h"
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Some seconds for each 100,000 entries of a directory file, on a machine that
 * has other things to do. */
#define LOAD_MAX_US (600 * CLOCK_SECOND_US)

int
child_fork(struct child *child, int64_t now_us, int *control,
    struct err *err)
{
	int pair[2];
	pid_t pid;

	*child = (struct child){ .control = -1 };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_set_errno(err, "cannot make a socket pair");
	pid = fork();
	if (pid < 0) {
		(void)err_set_errno(err, "cannot fork");
		(void)close(pair[0]);
		(void)close(pair[1]);
		return -1;
	}
	if (pid == 0) {
		(void)close(pair[0]);
		*control = pair[1];
		return 0;
	}
	(void)close(pair[1]);
	*child = (struct child){
		.pid = pid,
		.control = pair[0],
		.loads = 1, /* to start is to read the configuration */
		.since_us = now_us,
		.loads_us = now_us,
	};
	return 1;
}

void
child_tell(struct child *child, enum instance_command command, int64_t now_us)
{
	const char byte = (char)command;

	/* MSG_NOSIGNAL: it may have died a moment ago.  MSG_DONTWAIT: one that
	 * hangs is not to stop its supervisor as well. */
	if (child->control < 0 ||
	    send(child->control, &byte, 1, MSG_NOSIGNAL | MSG_DONTWAIT) != 1)
		return;
	if (command == COMMAND_RELOAD && child->loads++ == 0)
		child->loads_us = now_us;
	if (command == COMMAND_PING)
		child->asked_us = now_us;
}

bool
child_answer(struct child *child, enum instance_answer *answer)
{
	char byte;
	ssize_t got;

	if (child->control < 0)
		return false;
	got = recv(child->control, &byte, 1, MSG_DONTWAIT);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got <= 0) {
		/* It is dying; SIGCHLD follows. */
		(void)close(child->control);
		child->control = -1;
		return false;
	}
	*answer = (enum instance_answer)byte;
	switch (*answer) {
	case ANSWER_READY:
	case ANSWER_RELOADED:
	case ANSWER_KEPT:
		if (child->loads > 0)
			child->loads--;
		break;
	case ANSWER_ALIVE:
		child->asked_us = 0;
		break;
	}
	return true;
}

void
child_kill(const struct child *child)
{
	if (child->pid > 0)
		(void)kill(child->pid, SIGKILL);
}

void
child_kill_if_silent(
    const struct child *child, int64_t now_us, int64_t silence_max)
{
	int64_t silence = 0;

	/* Answers come in the order of the questions, and what is known to
	 * load is not asked: an open ping comes before all loads. */
	if (child->asked_us > 0) {
		silence = now_us - child->asked_us;
	} else if (child->loads > 0) {
		silence = now_us - child->loads_us;
		silence_max = LOAD_MAX_US;
	}
	if (child->pid == 0 || silence < silence_max)
		return;
	log_write(LOG_LEVEL_ERROR,
	    "instance %d has not answered for %" PRId64 " s and is killed",
	    (int)child->pid, silence / CLOCK_SECOND_US);
	child_kill(child);
}

void
child_log_end(pid_t pid, int how)
{
	if (WIFSIGNALED(how))
		log_write(LOG_LEVEL_ERROR,
		    "instance %d was killed by signal %d (%s)", (int)pid,
		    WTERMSIG(how), strsignal(WTERMSIG(how)));
	else
		log_write(LOG_LEVEL_ERROR,
		    "instance %d ended with status %d", (int)pid,
		    WEXITSTATUS(how));
}

void
child_forget(struct child *child)
{
	if (child->control >= 0)
		(void)close(child->control);
	*child = (struct child){ .control = -1 };
}

void
children_replace(struct children *children, int64_t now_us)
{
	struct child *old = &children->retired[children->retired_count];

	assert(children->retired_count < CHILDREN_RETIRED_MAX);
	children->retired_count++;
	*old = children->instance;
	old->since_us = now_us;
	child_tell(old, COMMAND_RETIRE, now_us);
	children->instance = children->successor;
	children->successor = (struct child){ .control = -1 };
}

bool
children_remove(struct children *children, pid_t pid)
{
	for (size_t i = 0; i < children->retired_count; i++) {
		struct child *child = &children->retired[i];

		if (child->pid != pid)
			continue;
		child_forget(child);
		*child = children->retired[--children->retired_count];
		return true;
	}
	return false;
}

void
children_tell(struct children *children, enum instance_command command,
    int64_t now_us)
{
	child_tell(&children->instance, command, now_us);
	child_tell(&children->successor, command, now_us);
	for (size_t i = 0; i < children->retired_count; i++)
		child_tell(&children->retired[i], command, now_us);
}

void
children_kill(const struct children *children)
{
	child_kill(&children->instance);
	child_kill(&children->successor);
	for (size_t i = 0; i < children->retired_count; i++)
		child_kill(&children->retired[i]);
}

void
children_forget(struct children *children)
{
	child_forget(&children->instance);
	child_forget(&children->successor);
	for (size_t i = 0; i < children->retired_count; i++)
		child_forget(&children->retired[i]);
	children->retired_count = 0;
}

bool
children_gone(const struct children *children)
{
	return children->instance.pid == 0 && children->successor.pid == 0 &&
	    children->retired_count == 0;
}
