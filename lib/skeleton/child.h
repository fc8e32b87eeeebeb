/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An instance as its supervisor sees it: a process, the socket by which it is
 * told what to do, and what it has not answered yet.
 */
#ifndef LUMBAR_SKELETON_CHILD_H
#define LUMBAR_SKELETON_CHILD_H

#include "base/err.h"
#include "skeleton/instance.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct child {
	pid_t pid;         /* 0: none */
	int control;       /* -1: none, or it has hung up */
	unsigned loads;    /* configurations that it reads or is yet to read */
	int64_t since_us;  /* monotonic: when it was started or taken over */
	int64_t loads_us;  /* since when LOADS is not 0 */
	int64_t asked_us;  /* since when a ping has no answer; 0: all have */
};

/*
 * Forks.  In the new process 0 is returned with *CONTROL, its end of the
 * socket; in the supervisor 1, or -1 with *ERR.  *CHILD is filled anew.
 */
int child_fork(struct child *child, int64_t now_us, int *control,
    struct err *err);

/* Tells it COMMAND, if it is there to be told. */
void child_tell(
    struct child *child, enum instance_command command, int64_t now_us);

/* Takes one answer, without waiting.  False when there is none. */
bool child_answer(struct child *child, enum instance_answer *answer);

/* Kills it, if there is one, at once. */
void child_kill(const struct child *child);

/* Kills it, and logs that, if it has owed an answer to a ping for SILENCE_MAX
 * microseconds.  While it reads a configuration it answers nothing, and gets
 * ten minutes. */
void child_kill_if_silent(
    const struct child *child, int64_t now_us, int64_t silence_max);

/* Logs that the instance PID has ended, and HOW; see waitpid(2). */
void child_log_end(pid_t pid, int how);

/* It has ended: closes the socket, and there is none any more. */
void child_forget(struct child *child);

#endif
