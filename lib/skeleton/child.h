/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Instances as their supervisor sees them: each a process, the socket by which
 * it is told what to do, and what it has not answered yet.
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

enum { CHILDREN_RETIRED_MAX = 32 };

/* All that there can be. */
struct children {
	struct child instance;  /* the one that serves */
	struct child successor; /* starts, to serve instead of it */
	struct child retired[CHILDREN_RETIRED_MAX]; /* end their sessions */
	size_t retired_count;
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

/* It has ended, or concerns this process no more: closes the socket, and there
 * is none any more. */
void child_forget(struct child *child);

/* The successor serves now, and the one that served is told to retire; there
 * must be room among the retired. */
void children_replace(struct children *children, int64_t now_us);

/* Removes the retired PID.  False if it is none of them. */
bool children_remove(struct children *children, pid_t pid);

/* The same as child_tell, child_kill and child_forget, for each. */
void children_tell(struct children *children, enum instance_command command,
    int64_t now_us);
void children_kill(const struct children *children);
void children_forget(struct children *children);

/* True if all have ended. */
bool children_gone(const struct children *children);

#endif
