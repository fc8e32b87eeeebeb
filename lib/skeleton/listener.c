/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/listener.h"

#include "base/log.h"
#include "base/span.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	BACKLOG = 1024, /* the kernel lowers it to net.core.somaxconn */
	PORT_MAX = 65535,
	DESCRIPTOR_MAX = 65535,
};

enum kind { KIND_UNIX, KIND_INET, KIND_INET6, KIND_FD };

struct specification {
	enum kind kind;
	const char *path; /* KIND_UNIX */
	int fd;           /* KIND_FD */
	char port[32];
	char host[256];
};

static int
parse_inet(const char *rest, struct specification *spec, struct err *err)
{
	const char *loopback = spec->kind == KIND_INET ? "127.0.0.1" : "::1";
	const char *at = strchr(rest, '@');
	size_t port_len = at != NULL ? (size_t)(at - rest) : strlen(rest);
	const char *host = at != NULL ? at + 1 : loopback;
	size_t host_len = strlen(host);
	uint64_t number;

	/* Of a larger number getaddrinfo would take the lowest 16 bits. */
	if (port_len == 0 || port_len >= sizeof(spec->port) ||
	    memchr(rest, ':', port_len) != NULL ||
	    (rest[0] >= '0' && rest[0] <= '9' &&
		span_number(
		    span_make(rest, port_len), PORT_MAX, &number) < 0))
		return err_set(err, ERR_CONFIG,
		    "\"%s\": expected port@host, as in inet:8891@127.0.0.1",
		    rest);
	/* Sendmail writes addresses in brackets. */
	if (host[0] == '[' && host_len > 2 && host[host_len - 1] == ']') {
		host++;
		host_len -= 2;
	}
	if (host_len == 0 || host_len >= sizeof(spec->host))
		return err_set(err, ERR_CONFIG,
		    "\"%s\": expected a host or address behind \"@\"", rest);
	memcpy(spec->port, rest, port_len);
	memcpy(spec->host, host, host_len);
	return 0;
}

static int
parse_unix(const char *path, struct specification *spec, struct err *err)
{
	struct sockaddr_un un;

	if (path[0] != '/')
		return err_set(err, ERR_CONFIG,
		    "\"%s\": expected an absolute path, as in "
		    "unix:/run/lumbar/policy.sock", path);
	/* ".PID" must fit behind it while the socket is made. */
	if (strlen(path) + 12 >= sizeof(un.sun_path))
		return err_set(err, ERR_CONFIG,
		    "\"%s\": a socket path may have %zu bytes at most", path,
		    sizeof(un.sun_path) - 13);
	spec->path = path;
	return 0;
}

static int
parse(const char *socket, struct specification *spec, struct err *err)
{
	uint64_t fd;

	*spec = (struct specification){ .fd = -1 };
	if (strncmp(socket, "unix:", 5) == 0)
		return parse_unix(socket + 5, spec, err);
	if (strncmp(socket, "local:", 6) == 0)
		return parse_unix(socket + 6, spec, err);
	if (socket[0] == '/')
		return parse_unix(socket, spec, err);
	if (strncmp(socket, "inet:", 5) == 0) {
		spec->kind = KIND_INET;
		return parse_inet(socket + 5, spec, err);
	}
	if (strncmp(socket, "inet6:", 6) == 0) {
		spec->kind = KIND_INET6;
		return parse_inet(socket + 6, spec, err);
	}
	if (strncmp(socket, "fd:", 3) == 0) {
		spec->kind = KIND_FD;
		if (span_number(span_of(socket + 3), DESCRIPTOR_MAX, &fd) < 0)
			return err_set(err, ERR_CONFIG,
			    "\"%s\": expected a descriptor number, as in fd:3",
			    socket);
		spec->fd = (int)fd;
		return 0;
	}
	return err_set(err, ERR_CONFIG,
	    "\"%s\": expected unix:/path, inet:port@host, inet6:port@host or "
	    "fd:N", socket);
}

int
listener_check(const char *socket, struct err *err)
{
	struct specification spec;

	return parse(socket, &spec, err);
}

static int
find_owner(const struct listener_options *options, uid_t *uid, gid_t *gid,
    struct err *err)
{
	const struct passwd *user;
	const struct group *group;

	*uid = (uid_t)-1;
	*gid = (gid_t)-1;
	if (options->owner[0] != '\0') {
		user = getpwnam(options->owner);
		if (user == NULL)
			return err_set(err, ERR_CONFIG,
			    "there is no user \"%s\" to own it; make one, "
			    "such as with systemd-sysusers, or name another",
			    options->owner);
		*uid = user->pw_uid;
		*gid = user->pw_gid;
	}
	if (options->group[0] != '\0') {
		group = getgrnam(options->group);
		if (group == NULL)
			return err_set(err, ERR_CONFIG,
			    "there is no group \"%s\" to own it; make one, or "
			    "name another",
			    options->group);
		*gid = group->gr_gid;
	}
	return 0;
}

/* True if a process listens at UN: when its queue is full as well, so this
 * must not wait for room in it. */
static bool
is_served(const struct sockaddr_un *un)
{
	int fd = socket(
	    AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool served = fd >= 0 &&
	    (connect(fd, (const struct sockaddr *)un, sizeof(*un)) == 0 ||
		errno == EAGAIN);

	if (fd >= 0)
		(void)close(fd);
	return served;
}

/* 0 if the socket may be renamed onto its path.  Says so where it belongs to
 * somebody who still listens. */
static int
check_path(const struct sockaddr_un *un, struct err *err)
{
	struct stat status;

	if (lstat(un->sun_path, &status) < 0)
		return 0;
	if (!S_ISSOCK(status.st_mode))
		return err_set(err, ERR_CONFIG,
		    "%s exists and is no socket; remove it or name another "
		    "path", un->sun_path);
	if (is_served(un))
		log_write(LOG_LEVEL_WARNING,
		    "taking over %s from a process that still listens there",
		    un->sun_path);
	return 0;
}

/*
 * Binds FD to the name in UN with MODE from the start.  The folder may belong
 * to the daemon's user: chmod, on what that user put there in the meantime,
 * would act with root's privileges on any file.
 */
static int
bind_with_mode(int fd, const struct sockaddr_un *un, mode_t mode)
{
	mode_t old = umask(~mode & 0777);
	int result = bind(fd, (const struct sockaddr *)un, sizeof(*un));
	int saved = errno;

	(void)umask(old);
	errno = saved;
	return result;
}

static int
open_unix(const struct listener_options *options, const char *path,
    struct err *err)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	uid_t uid;
	gid_t gid;
	int fd;

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	if (find_owner(options, &uid, &gid, err) < 0 ||
	    check_path(&un, err) < 0)
		return -1;
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s.%d", path,
	    (int)getpid());
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_set_errno(err, "cannot make a socket");
	(void)unlink(un.sun_path);
	if (bind_with_mode(fd, &un, options->mode) < 0) {
		(void)err_set_errno(err,
		    "cannot make %s; its folder must exist and be writable",
		    path);
		goto failed;
	}
	if (((uid != (uid_t)-1 || gid != (gid_t)-1) &&
		lchown(un.sun_path, uid, gid) < 0) ||
	    listen(fd, BACKLOG) < 0 || rename(un.sun_path, path) < 0) {
		(void)err_set_errno(err, "cannot set up %s", path);
		(void)unlink(un.sun_path);
		goto failed;
	}
	return fd;
failed:
	(void)close(fd);
	return -1;
}

static int
open_inet(const struct specification *spec, struct err *err)
{
	const struct addrinfo hints = {
		.ai_family = spec->kind == KIND_INET ? AF_INET : AF_INET6,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE,
	};
	struct addrinfo *found = NULL;
	int one = 1;
	int fd = -1;
	int result;

	result = getaddrinfo(spec->host, spec->port, &hints, &found);
	if (result != 0)
		return err_set(err, ERR_CONFIG, "port %s, host %s: %s",
		    spec->port, spec->host, gai_strerror(result));
	fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(fd, found->ai_addr, found->ai_addrlen) < 0 ||
	    listen(fd, BACKLOG) < 0) {
		(void)err_set_errno(err, "cannot listen on port %s of %s",
		    spec->port, spec->host);
		if (fd >= 0)
			(void)close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	return fd;
}

/* A descriptor that systemd or another supervisor opened. */
static int
take_fd(int fd, struct err *err)
{
	socklen_t len = sizeof(int);
	int listening = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) < 0)
		return err_set_errno(err,
		    "descriptor %d was to be handed over as fd:%d", fd, fd);
	if (!listening && listen(fd, BACKLOG) < 0)
		return err_set_errno(err, "cannot listen on fd:%d", fd);
	return fd;
}

static int
open_kind(const struct listener_options *options,
    const struct specification *spec, struct err *err)
{
	switch (spec->kind) {
	case KIND_UNIX:
		return open_unix(options, spec->path, err);
	case KIND_INET:
	case KIND_INET6:
		return open_inet(spec, err);
	case KIND_FD:
		return take_fd(spec->fd, err);
	}
	return -1;
}

int
listener_open(const struct listener_options *options, struct err *err)
{
	struct specification spec;
	int fd;

	if (parse(options->socket, &spec, err) < 0)
		return -1;
	fd = open_kind(options, &spec, err);
	if (fd < 0)
		return err_context(err, "socket %s", options->socket);
	/* Whoever accepts must not be stuck in it when the client left.  And
	 * what is started with fd:N does not hand it on. */
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
		(void)close(fd);
		return err_set_errno(err, "socket %s", options->socket);
	}
	return fd;
}

bool
listener_takes_over(const char *socket)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct specification spec;
	struct err err;

	if (parse(socket, &spec, &err) < 0 || spec.kind != KIND_UNIX)
		return false;
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", spec.path);
	return is_served(&un);
}

bool
listener_is_inherited(const char *socket)
{
	return strncmp(socket, "fd:", 3) == 0;
}

/*
 * A thread that polls the socket keeps it open until something happens there.
 * A unix socket can be told that it is over; an inet one would give the poll
 * an error by that, so it gets a connection, which is reset by the close.
 */
void
listener_close(int listener, bool inherited)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);
	int fd;

	if (!inherited &&
	    getsockname(listener, (struct sockaddr *)&address, &len) == 0) {
		if (address.ss_family == AF_UNIX) {
			(void)shutdown(listener, SHUT_RD);
		} else {
			fd = socket(address.ss_family,
			    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
			if (fd >= 0) {
				(void)connect(fd,
				    (const struct sockaddr *)&address, len);
				(void)close(fd);
			}
		}
	}
	(void)close(listener);
}

bool
listener_is_waited_for(int listener)
{
	struct pollfd poll_listener = { .fd = listener, .events = POLLIN };

	return poll(&poll_listener, 1, 0) == 1 &&
	    (poll_listener.revents & POLLIN) != 0;
}

struct listener_address
listener_address(int listener)
{
	struct listener_address address = { .len = sizeof(address.storage) };

	if (getsockname(listener, (struct sockaddr *)&address.storage,
		&address.len) < 0)
		address.len = 0;
	return address;
}

/* 0 where ADDRESS has none. */
static in_port_t
port_of(const struct listener_address *address)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (address->storage.ss_family == AF_INET) {
		memcpy(&in, &address->storage, sizeof(in));
		return in.sin_port;
	}
	if (address->storage.ss_family == AF_INET6) {
		memcpy(&in6, &address->storage, sizeof(in6));
		return in6.sin6_port;
	}
	return 0;
}

/* The address of an accepted socket is that of its listener; but where that
 * one listens on all addresses, only the port is the same. */
static bool
is_accepted(int descriptor, const struct listener_address *address)
{
	struct listener_address own = listener_address(descriptor);
	socklen_t len = sizeof(int);
	int listening = 1;

	if (own.len == 0 || own.len != address->len ||
	    own.storage.ss_family != address->storage.ss_family ||
	    getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening,
		&len) < 0 || listening)
		return false;
	return own.storage.ss_family == AF_UNIX
	    ? memcmp(&own.storage, &address->storage, own.len) == 0
	    : port_of(&own) == port_of(address);
}

/* True if a connection was accepted at ADDRESS.  SHUT is not NULL: shuts all of
 * these down, *SHUT as for shutdown(2). */
static bool
find_accepted(const struct listener_address *address, const int *shut)
{
	DIR *folder = opendir("/proc/self/fd");
	const struct dirent *entry;
	uint64_t descriptor;
	bool any = false;

	if (folder == NULL)
		return false;
	while ((!any || shut != NULL) && (entry = readdir(folder)) != NULL) {
		if (span_number(span_of(entry->d_name), DESCRIPTOR_MAX,
			&descriptor) < 0 ||
		    !is_accepted((int)descriptor, address))
			continue;
		any = true;
		if (shut != NULL)
			(void)shutdown((int)descriptor, *shut);
	}
	(void)closedir(folder);
	return any;
}

bool
listener_has_connection(const struct listener_address *address)
{
	return find_accepted(address, NULL);
}

void
listener_hang_up(const struct listener_address *address, int how)
{
	(void)find_accepted(address, &how);
}
