/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/background.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

static int
wait_until_ready(int ready, pid_t pid)
{
	char byte;
	int status;

	if (read(ready, &byte, 1) == 1)
		return EX_OK;
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status))
		return WEXITSTATUS(status);
	return EX_SOFTWARE;
}

static void
point_at_null(int descriptor)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return;
	(void)dup2(null, descriptor);
	(void)close(null);
}

int
background_start(void)
{
	int pair[2];
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
		perror("cannot go into the background");
		exit(EX_OSERR);
	}
	if (pid > 0) {
		(void)close(pair[1]);
		/* Not exit: what was registered belongs to the other. */
		_exit(wait_until_ready(pair[0], pid));
	}
	(void)close(pair[0]);
	(void)setsid();
	if (chdir("/") < 0)
		perror("/");
	point_at_null(STDIN_FILENO);
	point_at_null(STDOUT_FILENO);
	return pair[1];
}

void
background_close(void)
{
	point_at_null(STDERR_FILENO);
}
