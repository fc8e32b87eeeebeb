/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/upgrade.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

/*
 * Numbers with a blank between: VERSION PID LISTENER INHERITED FAULTS
 * DRAIN_TIMEOUT, then PID CONTROL LOADS of the instance that serves (0 0 0:
 * none) and of each that is retired.  The next version of the program reads
 * what this one wrote, so a change of the form needs a new VERSION, and the old
 * form to be read as well.
 */
#define VARIABLE "LUMBAR_UPGRADE"

enum {
	VERSION = 1,
	DESCRIPTOR_MAX = 1 << 30,
	LOADS_MAX = 1 << 20,
	TEXT_MAX = 64 * (CHILDREN_RETIRED_MAX + 2),
};

/* Takes the next number, up to MAX, off *REST. */
static bool
next(struct span *rest, uint64_t max, uint64_t *number)
{
	struct span word;

	return span_next(rest, ' ', &word) &&
	    span_number(word, max, number) == 0;
}

static bool
next_child(struct span *rest, struct child *child)
{
	uint64_t pid, control, loads;

	if (!next(rest, INT_MAX, &pid) ||
	    !next(rest, DESCRIPTOR_MAX, &control) ||
	    !next(rest, LOADS_MAX, &loads))
		return false;
	*child = (struct child){
		.pid = (pid_t)pid,
		.control = pid > 0 ? (int)control : -1,
		.loads = (unsigned)loads,
	};
	return true;
}

static bool
parse(struct span text, struct handover *handover)
{
	struct children *children = &handover->children;
	uint64_t version, pid, listener, inherited, faults, drain_timeout;

	*handover = (struct handover){
		.listener = -1,
		.children = { .successor = { .control = -1 } },
	};
	if (!next(&text, INT_MAX, &version) || version != VERSION ||
	    !next(&text, INT_MAX, &pid) || pid != (uint64_t)getpid() ||
	    !next(&text, DESCRIPTOR_MAX, &listener) ||
	    !next(&text, 1, &inherited) ||
	    !next(&text, DESCRIPTOR_MAX, &faults) ||
	    !next(&text, INT64_MAX, &drain_timeout) ||
	    !next_child(&text, &children->instance))
		return false;
	handover->listener = (int)listener;
	handover->listener_inherited = inherited == 1;
	handover->faults = (int)faults;
	handover->drain_timeout = (int64_t)drain_timeout;
	while (text.len > 0) {
		if (children->retired_count == CHILDREN_RETIRED_MAX ||
		    !next_child(&text,
			&children->retired[children->retired_count]))
			return false;
		children->retired_count++;
	}
	return true;
}

/* True if DESCRIPTOR is a socket whose OPTION has this VALUE. */
static bool
is_socket(int descriptor, int option, int value)
{
	socklen_t len = sizeof(int);
	int found = -1;

	return getsockopt(descriptor, SOL_SOCKET, option, &found, &len) == 0 &&
	    found == value;
}

static bool
is_child(const struct child *child)
{
	siginfo_t info;

	/* One that has ended counts as well: it is yet to be collected. */
	return waitid(P_PID, (id_t)child->pid, &info,
		   WEXITED | WNOHANG | WNOWAIT) == 0 &&
	    is_socket(child->control, SO_DOMAIN, AF_UNIX);
}

static bool
is_true(const struct handover *handover)
{
	const struct children *children = &handover->children;

	if (!is_socket(handover->listener, SO_ACCEPTCONN, 1) ||
	    (children->instance.pid > 0 && !is_child(&children->instance)))
		return false;
	for (size_t i = 0; i < children->retired_count; i++)
		if (!is_child(&children->retired[i]))
			return false;
	return true;
}

static void
keep_on_exec(int descriptor, bool keep)
{
	if (descriptor >= 0)
		(void)fcntl(descriptor, F_SETFD, keep ? 0 : FD_CLOEXEC);
}

/* Whether the descriptors in HANDOVER are open in a program run next. */
static void
keep_all_on_exec(const struct handover *handover, bool keep)
{
	const struct children *children = &handover->children;

	keep_on_exec(handover->listener, keep);
	keep_on_exec(handover->faults, keep);
	keep_on_exec(children->instance.control, keep);
	for (size_t i = 0; i < children->retired_count; i++)
		keep_on_exec(children->retired[i].control, keep);
}

bool
upgrade_take(struct handover *handover)
{
	struct children *children = &handover->children;
	const char *text = getenv(VARIABLE);
	int64_t now_us = clock_now().monotonic_us;
	bool taken;

	if (text == NULL)
		return false;
	taken = parse(span_of(text), handover) && is_true(handover);
	if (!taken)
		log_write(LOG_LEVEL_ERROR,
		    VARIABLE " is not believed: \"%s\"", text);
	(void)unsetenv(VARIABLE);
	if (!taken)
		return false;
	keep_all_on_exec(handover, false);
	children->instance.since_us = now_us;
	children->instance.loads_us = now_us;
	for (size_t i = 0; i < children->retired_count; i++)
		children->retired[i].since_us = now_us;
	return true;
}

/* One that has hung up is dying, so there is nothing to take over. */
static bool
is_there(const struct child *child)
{
	return child->pid > 0 && child->control >= 0;
}

static void
print_child(struct buf *text, const struct child *child)
{
	(void)buf_printf(text, " %d %d %u", (int)child->pid, child->control,
	    child->loads);
}

static int
give(const struct handover *handover, struct err *err)
{
	const struct children *children = &handover->children;
	struct buf text;
	int result;

	buf_init(&text, TEXT_MAX);
	(void)buf_printf(&text, "%d %d %d %d %d %" PRId64, VERSION,
	    (int)getpid(), handover->listener, handover->listener_inherited,
	    handover->faults, handover->drain_timeout);
	if (is_there(&children->instance))
		print_child(&text, &children->instance);
	else
		(void)buf_printf(&text, " 0 0 0");
	for (size_t i = 0; i < children->retired_count; i++)
		if (is_there(&children->retired[i]))
			print_child(&text, &children->retired[i]);
	result = setenv(VARIABLE, buf_string(&text), 1);
	if (result < 0)
		(void)err_set_errno(err, "cannot set " VARIABLE);
	buf_free(&text);
	return result;
}

/* For execv, which does not write to them. */
static char *const *
arguments_of(const char *const *arguments)
{
	return (char *const *)(uintptr_t)arguments;
}

int
upgrade_exec(const struct program *program, const struct handover *handover,
    const struct notify *notify, struct err *err)
{
	struct notify taken_back;

	if (give(handover, err) < 0)
		return -1;
	notify_give(notify);
	keep_all_on_exec(handover, true);
	(void)execv(program->path, arguments_of(program->arguments));
	(void)err_set_errno(err, "cannot run %s", program->path);
	keep_all_on_exec(handover, false);
	notify_take(&taken_back);
	(void)unsetenv(VARIABLE);
	return -1;
}

static void
rehearse(const struct program *program)
{
	const char *arguments[UPGRADE_ARGUMENTS_MAX + 1];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	sigset_t none;
	size_t count = 0;

	while (program->arguments[count] != NULL) {
		arguments[count] = program->arguments[count];
		count++;
	}
	arguments[count] = "-n";
	arguments[count + 1] = NULL;
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)setpgid(0, 0);
	/* What it says on standard output is that all is well. */
	if (null >= 0)
		(void)dup2(null, STDOUT_FILENO);
	(void)execv(program->path, arguments_of(arguments));
	_exit(EX_OSERR);
}

pid_t
upgrade_rehearse(const struct program *program, struct err *err)
{
	pid_t pid;

	if (access(program->path, X_OK) < 0)
		return err_set_errno(err, "cannot run %s", program->path);
	pid = fork();
	if (pid < 0)
		return err_set_errno(err, "cannot fork");
	if (pid == 0)
		rehearse(program);
	return pid;
}
