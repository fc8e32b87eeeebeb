/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/listener.h"

#include "t/unit/log_capture.h"
#include "t/unit/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct log_capture capture;
static char folder[] = "/tmp/lumbar-listener-XXXXXX";
static char path[64];
static char name[80]; /* "unix:PATH" */
static struct err err;

static void
setup(void)
{
	log_capture_start(&capture);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/socket", folder);
	(void)snprintf(name, sizeof(name), "unix:%s", path);
}

static void
teardown(void)
{
	(void)unlink(path);
	/* Nothing else may have been left there. */
	ck_assert_int_eq(rmdir(folder), 0);
	log_capture_end(&capture);
}

static int
open_socket(const char *socket)
{
	const struct listener_options options = {
		.socket = socket,
		.owner = "",
		.group = "",
		.mode = 0640,
	};

	return listener_open(&options, &err);
}

static int
connect_to_path(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_int_ge(fd, 0);
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	if (connect(fd, (const struct sockaddr *)&un, sizeof(un)) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

/* Which socket: how wrong it is written. */
static const struct {
	const char *socket;
	const char *error;
} wrong[] = {
	{ "", "\"\": expected unix:/path, inet:port@host, inet6:port@host or "
	      "fd:N" },
	{ "tcp:25", "\"tcp:25\": expected unix:/path, inet:port@host, "
		    "inet6:port@host or fd:N" },
	{ "policy.sock", "\"policy.sock\": expected unix:/path, "
			 "inet:port@host, inet6:port@host or fd:N" },
	{ "unix:", "\"\": expected an absolute path, as in "
		   "unix:/run/lumbar/policy.sock" },
	{ "unix:run/x", "\"run/x\": expected an absolute path, as in "
			"unix:/run/lumbar/policy.sock" },
	{ "local:x", "\"x\": expected an absolute path, as in "
		     "unix:/run/lumbar/policy.sock" },
	{ "inet:", "\"\": expected port@host, as in inet:8891@127.0.0.1" },
	{ "inet:@localhost",
	    "\"@localhost\": expected port@host, as in inet:8891@127.0.0.1" },
	{ "inet:01234567890123456789012345678901",
	    "\"01234567890123456789012345678901\": expected port@host, "
	    "as in inet:8891@127.0.0.1" },
	{ "inet:localhost:8891",
	    "\"localhost:8891\": expected port@host, as in "
	    "inet:8891@127.0.0.1" },
	{ "inet:65536",
	    "\"65536\": expected port@host, as in inet:8891@127.0.0.1" },
	{ "inet6:8891x@::1",
	    "\"8891x@::1\": expected port@host, as in inet:8891@127.0.0.1" },
	{ "inet:8891@",
	    "\"8891@\": expected a host or address behind \"@\"" },
	{ "inet6:8891@",
	    "\"8891@\": expected a host or address behind \"@\"" },
	{ "fd:", "\"fd:\": expected a descriptor number, as in fd:3" },
	{ "fd:x", "\"fd:x\": expected a descriptor number, as in fd:3" },
	{ "fd:-1", "\"fd:-1\": expected a descriptor number, as in fd:3" },
	{ "fd:99999999999",
	    "\"fd:99999999999\": expected a descriptor number, as in fd:3" },
};

START_TEST(wrong_spelling_is_explained)
{
	ck_assert_int_eq(listener_check(wrong[_i].socket, &err), -1);
	ck_assert_str_eq(err.text, wrong[_i].error);
	ck_assert_int_eq(open_socket(wrong[_i].socket), -1);
	ck_assert_str_eq(err.text, wrong[_i].error);
}
END_TEST

START_TEST(right_spelling_is_taken)
{
	static const char *const right[] = { "unix:/run/x", "local:/run/x",
		"/run/x", "inet:8891", "inet:8891@192.0.2.1",
		"inet:8891@[192.0.2.1]", "inet:smtp@localhost",
		"inet6:8891@::1", "inet6:8891@[::1]", "inet6:8891", "fd:0",
		"fd:3" };

	for (size_t i = 0; i < COUNT(right); i++)
		ck_assert_msg(listener_check(right[i], &err) == 0, "%s: %s",
		    right[i], err.text);
}
END_TEST

START_TEST(path_must_leave_room_to_make_it)
{
	char socket[128] = "unix:/";
	size_t max = sizeof(((struct sockaddr_un *)0)->sun_path) - 13;

	memset(socket + 6, 'x', max - 1);
	ck_assert_int_eq(listener_check(socket, &err), 0);
	socket[6 + max - 1] = 'x';
	ck_assert_int_eq(listener_check(socket, &err), -1);
	ck_assert_ptr_nonnull(
	    strstr(err.text, "a socket path may have 95 bytes at most"));
}
END_TEST

START_TEST(unix_socket_has_its_mode)
{
	struct stat status;
	int fd = open_socket(name);
	int client, server;

	ck_assert_msg(fd >= 0, "%s", err.text);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert(S_ISSOCK(status.st_mode));
	ck_assert_uint_eq(status.st_mode & 0777, 0640);
	ck_assert((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	ck_assert((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
	ck_assert_int_eq(accept(fd, NULL, NULL), -1);
	client = connect_to_path();
	ck_assert_int_ge(client, 0);
	server = accept(fd, NULL, NULL);
	ck_assert_int_ge(server, 0);
	(void)close(server);
	(void)close(client);
	(void)close(fd);
}
END_TEST

START_TEST(unix_socket_has_its_owner)
{
	struct listener_options options = {
		.socket = name,
		.owner = "nobody",
		.group = "nogroup",
		.mode = 0660,
	};
	const struct passwd *user = getpwnam("nobody");
	const struct group *group = getgrnam("nogroup");
	struct stat status;
	int fd;

	if (geteuid() == 0 && user != NULL && group != NULL) {
		fd = listener_open(&options, &err);
		ck_assert_msg(fd >= 0, "%s", err.text);
		ck_assert_int_eq(stat(path, &status), 0);
		ck_assert_uint_eq(status.st_uid, user->pw_uid);
		ck_assert_uint_eq(status.st_gid, group->gr_gid);
		(void)close(fd);
	}
	options.owner = "no-such-user";
	ck_assert_int_eq(listener_open(&options, &err), -1);
	ck_assert_ptr_nonnull(strstr(
	    err.text, ": there is no user \"no-such-user\" to own it"));
	options.owner = "";
	options.group = "no-such-group";
	ck_assert_int_eq(listener_open(&options, &err), -1);
	ck_assert_ptr_nonnull(strstr(
	    err.text, ": there is no group \"no-such-group\" to own it"));
}
END_TEST

/* The successor gets what comes from now on, the old one keeps what it has,
 * and nobody takes the path away when the old one ends. */
START_TEST(successor_takes_the_path_over)
{
	int old, fresh, old_client, fresh_client, server;

	old = open_socket(name);
	ck_assert_int_ge(old, 0);
	old_client = connect_to_path();
	ck_assert_int_ge(old_client, 0);
	fresh = open_socket(name);
	ck_assert_msg(fresh >= 0, "%s", err.text);
	ck_assert_ptr_nonnull(strstr(
	    log_capture_read(&capture), "taking over /tmp/lumbar-listener"));
	fresh_client = connect_to_path();
	server = accept(fresh, NULL, NULL);
	ck_assert_int_ge(server, 0);
	(void)close(server);
	ck_assert_int_eq(accept(fresh, NULL, NULL), -1);
	/* The first one, and the look whether somebody listens. */
	for (int i = 0; i < 2; i++) {
		server = accept(old, NULL, NULL);
		ck_assert_int_ge(server, 0);
		(void)close(server);
	}
	ck_assert_int_eq(accept(old, NULL, NULL), -1);
	(void)close(old_client);
	(void)close(fresh_client);
	(void)close(old);
	fresh_client = connect_to_path();
	ck_assert_int_ge(fresh_client, 0);
	(void)close(fresh_client);
	(void)close(fresh);
}
END_TEST

/* One that hangs must not hang its successor. */
START_TEST(full_queue_of_the_old_does_not_block)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int old = socket(AF_UNIX, SOCK_STREAM, 0);
	int clients[2], fresh;

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	ck_assert_int_eq(
	    bind(old, (const struct sockaddr *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(old, 0), 0);
	clients[0] = connect_to_path();
	fresh = open_socket(name);
	ck_assert_msg(fresh >= 0, "%s", err.text);
	ck_assert_ptr_nonnull(
	    strstr(log_capture_read(&capture), "taking over"));
	clients[1] = connect_to_path();
	ck_assert_int_ge(clients[1], 0);
	(void)close(clients[0]);
	(void)close(clients[1]);
	(void)close(old);
	(void)close(fresh);
}
END_TEST

START_TEST(stale_socket_is_replaced)
{
	int fd = open_socket(name);

	ck_assert_int_ge(fd, 0);
	(void)close(fd);
	ck_assert_int_eq(connect_to_path(), -1);
	fd = open_socket(name);
	ck_assert_msg(fd >= 0, "%s", err.text);
	ck_assert_str_eq(log_capture_read(&capture), "");
	(void)close(connect_to_path());
	(void)close(fd);
}
END_TEST

/* "-p /etc/lumbar/policy.conf" must not cost the file. */
START_TEST(only_a_socket_is_replaced)
{
	struct stat status;
	char expected[256];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	ck_assert_int_ge(fd, 0);
	(void)close(fd);
	ck_assert_int_eq(open_socket(name), -1);
	(void)snprintf(expected, sizeof(expected),
	    "socket %s: %s exists and is no socket; remove it or name another "
	    "path", name, path);
	ck_assert_str_eq(err.text, expected);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert(S_ISREG(status.st_mode));
}
END_TEST

START_TEST(missing_folder_is_explained)
{
	ck_assert_int_eq(open_socket("unix:/nonexistent/x"), -1);
	ck_assert_str_eq(err.text,
	    "socket unix:/nonexistent/x: cannot make /nonexistent/x; its "
	    "folder must exist and be writable: No such file or directory");
}
END_TEST

/* Listens on any free port of HOST, then again on that port. */
static void
check_inet(int family, const char *prefix, const char *host)
{
	struct sockaddr_storage storage = { 0 };
	socklen_t len = sizeof(storage);
	char socket[64];
	unsigned port;
	int fd;

	(void)snprintf(socket, sizeof(socket), "%s:0@%s", prefix, host);
	fd = open_socket(socket);
	ck_assert_msg(fd >= 0, "%s", err.text);
	ck_assert_int_eq(
	    getsockname(fd, (struct sockaddr *)&storage, &len), 0);
	ck_assert_int_eq(storage.ss_family, family);
	port = family == AF_INET
	    ? ntohs(((struct sockaddr_in *)&storage)->sin_port)
	    : ntohs(((struct sockaddr_in6 *)&storage)->sin6_port);
	(void)snprintf(
	    socket, sizeof(socket), "%s:%u@%s", prefix, port, host);
	ck_assert_int_eq(open_socket(socket), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "cannot listen on port"));
	ck_assert_ptr_nonnull(strstr(err.text, "Address already in use"));
	(void)close(fd);
}

START_TEST(inet_sockets_listen)
{
	int probe = socket(AF_INET6, SOCK_STREAM, 0);
	const struct sockaddr_in6 loopback = {
		.sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};

	check_inet(AF_INET, "inet", "127.0.0.1");
	check_inet(AF_INET, "inet", "[127.0.0.1]");
	/* Where the machine has it. */
	if (probe >= 0 &&
	    bind(probe, (const struct sockaddr *)&loopback,
		sizeof(loopback)) == 0)
		check_inet(AF_INET6, "inet6", "[::1]");
	if (probe >= 0)
		(void)close(probe);
	ck_assert_int_eq(open_socket("inet:8891@host.invalid"), -1);
	ck_assert_int_eq(open_socket("inet:8891@::1"), -1);
}
END_TEST

START_TEST(descriptors_are_taken_over)
{
	char socket[32];
	int given = open_socket(name);
	int pair[2], fd;

	(void)snprintf(socket, sizeof(socket), "fd:%d", given);
	fd = open_socket(socket);
	ck_assert_int_eq(fd, given);
	(void)close(fd);
	(void)snprintf(socket, sizeof(socket), "fd:%d", given);
	ck_assert_int_eq(open_socket(socket), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "Bad file descriptor"));
	ck_assert_int_eq(pipe(pair), 0);
	(void)snprintf(socket, sizeof(socket), "fd:%d", pair[0]);
	ck_assert_int_eq(open_socket(socket), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "non-socket"));
	(void)close(pair[0]);
	(void)close(pair[1]);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("listener");
	TCase *tcase = suite_case(suite, "listener");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(
	    tcase, wrong_spelling_is_explained, 0, (int)COUNT(wrong));
	tcase_add_test(tcase, right_spelling_is_taken);
	tcase_add_test(tcase, path_must_leave_room_to_make_it);
	tcase_add_test(tcase, unix_socket_has_its_mode);
	tcase_add_test(tcase, unix_socket_has_its_owner);
	tcase_add_test(tcase, successor_takes_the_path_over);
	tcase_add_test(tcase, full_queue_of_the_old_does_not_block);
	tcase_add_test(tcase, stale_socket_is_replaced);
	tcase_add_test(tcase, only_a_socket_is_replaced);
	tcase_add_test(tcase, missing_folder_is_explained);
	tcase_add_test(tcase, inet_sockets_listen);
	tcase_add_test(tcase, descriptors_are_taken_over);
	return suite_finish(suite);
}
