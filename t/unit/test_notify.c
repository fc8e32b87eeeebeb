/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/notify.h"

#include "base/log.h"
#include "t/unit/suite.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char pid[32];

static void
setup(void)
{
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	(void)unsetenv("NOTIFY_SOCKET");
	(void)unsetenv("WATCHDOG_USEC");
	(void)unsetenv("WATCHDOG_PID");
}

static void
set(const char *name, const char *value)
{
	if (value != NULL)
		ck_assert_int_eq(setenv(name, value, 1), 0);
}

static const struct {
	const char *socket, *watchdog, *pid;
	const char *taken_socket;
	int64_t taken_watchdog;
} environments[] = {
	{ NULL, NULL, NULL, "", 0 },
	{ "/run/systemd/notify", "30000000", pid, "/run/systemd/notify",
	    30000000 },
	{ "@name", "5", NULL, "@name", 5 },
	{ "@name", "5", "1", "@name", 0 },
	{ "", "", "", "", 0 },
	{ "@", "-1", NULL, "", 0 },
	{ "/", "99999999999999999999", NULL, "", 0 },
	{ "relative", "1s", NULL, "", 0 },
	{ "vsock:2:1234", NULL, NULL, "", 0 },
};

START_TEST(environment_is_taken)
{
	struct notify notify;

	set("NOTIFY_SOCKET", environments[_i].socket);
	set("WATCHDOG_USEC", environments[_i].watchdog);
	set("WATCHDOG_PID", environments[_i].pid);
	notify_take(&notify);
	ck_assert_str_eq(notify.socket, environments[_i].taken_socket);
	ck_assert_int_eq(notify.watchdog, environments[_i].taken_watchdog);
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
	ck_assert_ptr_null(getenv("WATCHDOG_PID"));
}
END_TEST

START_TEST(environment_is_given_back)
{
	struct notify notify, again;

	set("NOTIFY_SOCKET", "@name");
	set("WATCHDOG_USEC", "30000000");
	notify_take(&notify);
	notify_give(&notify);
	ck_assert_str_eq(getenv("WATCHDOG_PID"), pid);
	notify_take(&again);
	ck_assert_str_eq(again.socket, notify.socket);
	ck_assert_int_eq(again.watchdog, notify.watchdog);
	notify_give(&(struct notify){ .watchdog = 0 });
	ck_assert_ptr_null(getenv("NOTIFY_SOCKET"));
	ck_assert_ptr_null(getenv("WATCHDOG_USEC"));
}
END_TEST

/* A name that is as long as may be, and one more byte. */
START_TEST(name_of_the_socket_is_bounded)
{
	struct notify notify;
	char name[sizeof(notify.socket) + 1];

	memset(name, 'x', sizeof(name));
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	set("NOTIFY_SOCKET", name);
	notify_take(&notify);
	ck_assert_str_eq(notify.socket, "");
	name[sizeof(name) - 2] = '\0';
	set("NOTIFY_SOCKET", name);
	notify_take(&notify);
	ck_assert_str_eq(notify.socket, name);
}
END_TEST

START_TEST(manager_hears)
{
	struct notify notify = { .watchdog = 0 };
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char heard[64] = "";
	int len = snprintf(notify.socket, sizeof(notify.socket),
	    "@lumbar-test-notify-%s", pid);

	memcpy(un.sun_path, notify.socket, (size_t)len);
	un.sun_path[0] = '\0';
	ck_assert_int_eq(bind(manager, (const struct sockaddr *)&un,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				 (size_t)len)),
	    0);
	notify_send(&notify, "READY=%d\nSTATUS=%s", 1, "serving");
	ck_assert_int_gt(recv(manager, heard, sizeof(heard) - 1, 0), 0);
	ck_assert_str_eq(heard, "READY=1\nSTATUS=serving");
	(void)close(manager);
	/* A manager that is gone, and none at all, are no reason to fail. */
	notify_send(&notify, "STOPPING=1");
	notify_send(&(struct notify){ .watchdog = 0 }, "STOPPING=1");
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("notify");
	TCase *tcase = suite_case(suite, "notify");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_loop_test(tcase, environment_is_taken, 0,
	    (int)(sizeof(environments) / sizeof(environments[0])));
	tcase_add_test(tcase, environment_is_given_back);
	tcase_add_test(tcase, name_of_the_socket_is_bounded);
	tcase_add_test(tcase, manager_hears);
	return suite_finish(suite);
}
