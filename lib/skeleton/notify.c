/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/notify.h"

#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum {
	MESSAGE_MAX = 512,
	PATIENCE_SECONDS = 5, /* while the manager's queue is full */
};

/* The number in the environment variable NAME, which is removed, or 0. */
static uint64_t
take_number(const char *name)
{
	const char *text = getenv(name);
	uint64_t number = 0;

	if (text != NULL)
		(void)span_number(span_of(text), INT64_MAX, &number);
	(void)unsetenv(name);
	return number;
}

void
notify_take(struct notify *notify)
{
	const char *name = getenv("NOTIFY_SOCKET");
	uint64_t watchdog = take_number("WATCHDOG_USEC");
	uint64_t pid = take_number("WATCHDOG_PID");

	*notify = (struct notify){ .watchdog = 0 };
	/* Who started this one may be watched, and not this one. */
	if (pid == 0 || pid == (uint64_t)getpid())
		notify->watchdog = (int64_t)watchdog;
	if (name == NULL)
		return;
	/* Other forms (vsock:) are for virtual machines. */
	if ((name[0] == '/' || name[0] == '@') && name[1] != '\0' &&
	    strlen(name) < sizeof(notify->socket))
		(void)snprintf(notify->socket, sizeof(notify->socket), "%s",
		    name);
	else
		log_write(LOG_LEVEL_WARNING,
		    "NOTIFY_SOCKET is neither a path nor an abstract name: "
		    "%s", name);
	(void)unsetenv("NOTIFY_SOCKET");
}

static void
give_number(const char *name, int64_t number)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%" PRId64, number);
	(void)setenv(name, text, 1);
}

void
notify_give(const struct notify *notify)
{
	if (notify->socket[0] != '\0')
		(void)setenv("NOTIFY_SOCKET", notify->socket, 1);
	if (notify->watchdog > 0) {
		give_number("WATCHDOG_USEC", notify->watchdog);
		give_number("WATCHDOG_PID", getpid());
	}
}

/* 0, or -1 with errno. */
static int
send_to(const char *name, const char *message, size_t len)
{
	const struct timeval patience = { .tv_sec = PATIENCE_SECONDS };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	size_t name_len = strlen(name);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ssize_t sent;
	int saved;

	if (fd < 0)
		return -1;
	memcpy(un.sun_path, name, name_len);
	/* The NUL belongs to a path and not to an abstract name (unix(7)). */
	if (name[0] == '@')
		un.sun_path[0] = '\0';
	else
		name_len++;
	(void)setsockopt(
	    fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	sent = sendto(fd, message, len, MSG_NOSIGNAL,
	    (const struct sockaddr *)&un,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + name_len));
	saved = errno;
	(void)close(fd);
	errno = saved;
	return sent < 0 ? -1 : 0;
}

void
notify_send(const struct notify *notify, const char *format, ...)
{
	char message[MESSAGE_MAX];
	va_list args;

	if (notify->socket[0] == '\0')
		return;
	va_start(args, format);
	(void)vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (send_to(notify->socket, message, strlen(message)) < 0)
		log_write(LOG_LEVEL_WARNING,
		    "the service manager cannot be told at %s: %s",
		    notify->socket, strerror(errno));
}
