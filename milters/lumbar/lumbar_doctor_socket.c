/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar doctor: sockets, compared, asked and looked at as the MTA's user.
 */
#include "milters/lumbar/lumbar_doctor.h"

#include "base/clock.h"
#include "formats/milter_packet.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	ANSWER_MAX = 65536, /* bytes of the answer to a negotiation */
	GROUPS_MAX = 1024, /* of one user */

	/* What an MTA offers: all but larger packets. */
	ALL_ACTIONS = (MILTER_ACTION_MACRO_LISTS << 1) - 1,
	ALL_STEPS = (MILTER_STEP_LEADING_SPACE << 1) - 1,

	/* Of one class of users in a mode. */
	MAY_SEARCH = 1,
	MAY_WRITE = 2,
};

#define DEADLINE_US (10 * CLOCK_SECOND_US)

struct doctor_socket
doctor_socket_unix(struct pool *pool, struct span written, struct span path)
{
	struct doctor_socket socket = { .written = written };
	char *folder = pool_string(
	    pool, span_slice(path, 0, span_find_last(path, '/')));
	struct span name = span_slice(
	    path, span_find_last(path, '/') + 1, path.len);
	char real[PATH_MAX];

	if (span_find(path, '/') == path.len)
		return socket;
	socket.path = pool_string(pool, path);
	/* /var/run is /run; a socket that is not there has a folder still. */
	if (realpath(folder[0] != '\0' ? folder : "/", real) == NULL)
		(void)snprintf(real, sizeof(real), "%s", folder);
	socket.name = pool_printf(
	    pool, "unix:%s/%.*s", real, SPAN_ARGS(name));
	return socket;
}

/* The first address of FAMILY that HOST and PORT have; release with
 * freeaddrinfo.  NULL where there is none. */
static struct addrinfo *
resolve(int family, const char *host, const char *port)
{
	const struct addrinfo hints = {
		.ai_family = family,
		.ai_socktype = SOCK_STREAM,
	};
	struct addrinfo *found = NULL;

	return getaddrinfo(host, port, &hints, &found) == 0 ? found : NULL;
}

struct doctor_socket
doctor_socket_inet(struct pool *pool, struct span written, int family,
    struct span host, struct span port)
{
	struct doctor_socket socket = { .written = written };
	char address[NI_MAXHOST], number[NI_MAXSERV];
	struct addrinfo *found = NULL;

	if (host.len > 2 && host.ptr[0] == '[' &&
	    host.ptr[host.len - 1] == ']')
		host = span_slice(host, 1, host.len - 1);
	if (host.len == 0)
		host = family == AF_INET6 ? SPAN("::1") : SPAN("127.0.0.1");
	/* Where localhost is ::1 first, a daemon is not there: it listens on
	 * 127.0.0.1, which the MTA tries as well. */
	if (family != AF_INET6)
		found = resolve(AF_INET, pool_string(pool, host),
		    pool_string(pool, port));
	if (found == NULL && family != AF_INET)
		found = resolve(AF_INET6, pool_string(pool, host),
		    pool_string(pool, port));
	if (found == NULL)
		return socket;
	if (getnameinfo(found->ai_addr, found->ai_addrlen, address,
		sizeof(address), number, sizeof(number),
		NI_NUMERICHOST | NI_NUMERICSERV) == 0)
		socket.name = pool_printf(pool, "inet:%s:%s",
		    strcmp(address, "0.0.0.0") == 0 ||
			    strcmp(address, "::") == 0
			? "*"
			: address,
		    number);
	freeaddrinfo(found);
	return socket;
}

struct doctor_socket
doctor_socket_read(struct pool *pool, struct span written)
{
	struct span rest = span_slice(
	    written, span_find(written, ':') + 1, written.len);
	size_t at = span_find(rest, '@');

	if (span_starts(written, SPAN("/")))
		return doctor_socket_unix(pool, written, written);
	if (span_starts(written, SPAN("unix:")) ||
	    span_starts(written, SPAN("local:")))
		return doctor_socket_unix(pool, written, rest);
	if (span_starts(written, SPAN("inet:")) ||
	    span_starts(written, SPAN("inet6:")))
		return doctor_socket_inet(pool, written,
		    span_starts(written, SPAN("inet:")) ? AF_INET : AF_INET6,
		    span_slice(rest, at + 1, rest.len),
		    span_slice(rest, 0, at));
	return (struct doctor_socket){ .written = written };
}

/* Connects; a descriptor or -1 with *ERR. */
static int
connect_to(const struct sockaddr *address, socklen_t len, struct err *err)
{
	/* In seconds, also for connect and for each write. */
	const struct timeval patience = {
		.tv_sec = DEADLINE_US / CLOCK_SECOND_US };
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_set_errno(err, "cannot make a socket");
	(void)setsockopt(
	    fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, address, len) == 0)
		return fd;
	(void)err_set_errno(err, "nobody answers there");
	(void)close(fd);
	return -1;
}

static int
open_socket(const struct doctor_socket *socket, struct err *err)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	struct span name = socket->name;
	size_t colon = span_find_last(name, ':');
	char host[NI_MAXHOST];
	struct addrinfo *found;
	struct span address;
	int fd;

	if (socket->path != NULL) {
		if (strlen(socket->path) >= sizeof(un.sun_path))
			return err_set(err, ERR_CONFIG,
			    "its path is longer than %zu bytes",
			    sizeof(un.sun_path) - 1);
		(void)strcpy(un.sun_path, socket->path);
		return connect_to(
		    (const struct sockaddr *)&un, sizeof(un), err);
	}
	if (name.ptr == NULL)
		return err_set(err, ERR_CONFIG,
		    "it is no address that can be connected to");
	address = span_slice(name, span_find(name, ':') + 1, colon);
	if (span_equal(address, SPAN("*")))
		address = SPAN("127.0.0.1");
	(void)snprintf(host, sizeof(host), "%.*s", SPAN_ARGS(address));
	/* NAME is in a pool, with a NUL behind it. */
	found = resolve(AF_UNSPEC, host, name.ptr + colon + 1);
	if (found == NULL)
		return err_set(err, ERR_CONFIG, "there is no such address");
	fd = connect_to(found->ai_addr, found->ai_addrlen, err);
	freeaddrinfo(found);
	return fd;
}

static int
send_all(int fd, struct span bytes, struct err *err)
{
	while (bytes.len > 0) {
		ssize_t count = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

		if (count < 0)
			return err_set_errno(err, "it takes no request");
		bytes = span_slice(bytes, (size_t)count, bytes.len);
	}
	return 0;
}

/* Appends one packet's bytes to ANSWER.  0, or -1 with *ERR. */
static int
read_packet(int fd, struct buf *answer, struct milter_packet *packet,
    struct err *err)
{
	int64_t deadline = clock_now().monotonic_us + DEADLINE_US;
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	char chunk[4096];

	for (;;) {
		struct span bytes = buf_span(answer);
		int64_t left = deadline - clock_now().monotonic_us;
		ssize_t count;

		switch (milter_packet_split(&bytes, packet, err)) {
		case PACKET_WHOLE:
			return 0;
		case PACKET_WRONG:
			return -1;
		case PACKET_PARTIAL:
			break;
		}
		if (left <= 0)
			return err_set(err, ERR_TEMPORARY,
			    "it takes connections and does not answer");
		if (poll(&readable, 1, (int)(left / 1000) + 1) <= 0)
			continue;
		count = recv(fd, chunk, sizeof(chunk), 0);
		if (count <= 0)
			return err_set(err, ERR_TEMPORARY,
			    "it closes the connection at once");
		if (buf_append(answer, chunk, (size_t)count) < 0)
			return err_set(err, ERR_INPUT,
			    "it answers with too many bytes");
	}
}

int
doctor_socket_ask(
    const struct doctor_socket *socket, uint32_t *actions, struct err *err)
{
	struct milter_negotiation negotiation;
	struct milter_packet packet;
	struct buf request, answer;
	size_t offset;
	int result = -1;
	int fd = open_socket(socket, err);

	if (fd < 0)
		return -1;
	buf_init(&request, ANSWER_MAX);
	buf_init(&answer, ANSWER_MAX);
	offset = milter_packet_begin(&request, MILTER_NEGOTIATE);
	milter_add_number(&request, MILTER_VERSION_MAX);
	milter_add_number(&request, ALL_ACTIONS);
	milter_add_number(&request, ALL_STEPS);
	milter_packet_end(&request, offset);
	if (send_all(fd, buf_span(&request), err) < 0 ||
	    read_packet(fd, &answer, &packet, err) < 0)
		goto out;
	if (packet.letter != MILTER_NEGOTIATE ||
	    milter_read_negotiation(packet.payload, &negotiation, NULL) < 0) {
		(void)err_set(err, ERR_INPUT, "what answers is no milter");
		goto out;
	}
	*actions = negotiation.actions;
	result = 0;
	/* As an MTA leaves; whether it is heard does not matter. */
	buf_reset(&request);
	milter_packet_add(&request, MILTER_QUIT);
	(void)send_all(fd, buf_span(&request), NULL);
out:
	(void)close(fd);
	buf_free(&request);
	buf_free(&answer);
	return result;
}

/* A user as access to files is decided. */
struct user {
	const char *name;
	uid_t uid;
	gid_t groups[GROUPS_MAX];
	int group_count;
};

static int
find_user(const char *name, struct user *user, struct err *err)
{
	const struct passwd *entry = getpwnam(name);

	if (entry == NULL)
		return err_set(err, ERR_CONFIG,
		    "the MTA's user \"%s\" does not exist", name);
	user->name = name;
	user->uid = entry->pw_uid;
	user->group_count = GROUPS_MAX;
	if (getgrouplist(
		name, entry->pw_gid, user->groups, &user->group_count) < 0)
		user->group_count = GROUPS_MAX;
	return 0;
}

/* True if USER has all of BITS by STATUS; as the kernel, by the first class
 * that USER is in. */
static bool
is_permitted(
    const struct user *user, const struct stat *status, mode_t bits)
{
	mode_t shift = 0;

	if (user->uid == 0)
		return true;
	for (int i = 0; i < user->group_count; i++)
		if (user->groups[i] == status->st_gid)
			shift = 3;
	if (user->uid == status->st_uid)
		shift = 6;
	return (status->st_mode >> shift & bits) == bits;
}

/* Whether USER has BITS of PATH.  0, or -1 with *ERR. */
static int
check_step(const struct user *user, const char *path, mode_t bits,
    struct err *err)
{
	const struct passwd *owner;
	const struct group *group;
	struct stat status;

	if (stat(path, &status) < 0)
		return errno == ENOENT
		    ? err_set(err, ERR_CONFIG, "%s does not exist", path)
		    : err_set_errno(err, "cannot look at %s", path);
	if (is_permitted(user, &status, bits))
		return 0;
	owner = getpwuid(status.st_uid);
	group = getgrgid(status.st_gid);
	return err_set(err, ERR_CONFIG,
	    "%s is %s:%s with mode %04o, and the MTA's user %s may not %s it",
	    path, owner != NULL ? owner->pw_name : "?",
	    group != NULL ? group->gr_name : "?",
	    (unsigned)(status.st_mode & 07777), user->name,
	    bits == MAY_SEARCH ? "search" : "write to");
}

/* Whether USER may pass all folders of PATH and open it.  0, or -1 with
 * *ERR. */
static int
check_way(const struct user *user, const char *path, struct err *err)
{
	char part[PATH_MAX];

	if (strlen(path) >= sizeof(part))
		return err_set(err, ERR_CONFIG, "the path is too long");
	if (check_step(user, "/", MAY_SEARCH, err) < 0)
		return -1;
	for (size_t i = 1; path[i] != '\0'; i++)
		if (path[i] == '/') {
			(void)snprintf(
			    part, sizeof(part), "%.*s", (int)i, path);
			if (check_step(user, part, MAY_SEARCH, err) < 0)
				return -1;
		}
	return check_step(user, path, MAY_WRITE, err);
}

int
doctor_socket_permits(const char *path, const char *name, struct err *err)
{
	struct user user;
	char real[PATH_MAX];

	if (find_user(name, &user, err) < 0 || check_way(&user, path, err) < 0)
		return -1;
	/* The folders behind a link count as well. */
	if (realpath(path, real) == NULL)
		return err_set_errno(err, "cannot look at %s", path);
	return check_way(&user, real, err);
}
