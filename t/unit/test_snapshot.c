/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configurations in force and their replacement.
 */
#include "skeleton/milter.h"
#include "t/unit/log_capture.h"
#include "t/unit/suite.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ERRORS_MAX = 65536, READERS = 4, RELOADS = 200 };

struct counter_conf {
	struct settings settings;
	int64_t number;
	bool wrong; /* load finds it so */
};

static const struct conf_row rows[] = {
	{ "number", CONF_INTEGER, offsetof(struct counter_conf, number), "1",
	    0, 1000000, NULL, NULL, "A number." },
	{ "wrong", CONF_BOOL, offsetof(struct counter_conf, wrong), "no", 0,
	    0, NULL, NULL, "Whether to fail." },
};

static atomic_int loaded, unloaded, closed;
static int process;

static void *
load(void *given, const void *conf, struct buf *errors)
{
	const struct counter_conf *counter = conf;
	int64_t *number;

	ck_assert_ptr_eq(given, &process);
	if (counter->wrong) {
		(void)buf_printf(errors, "it is wrong\n");
		return NULL;
	}
	(void)atomic_fetch_add(&loaded, 1);
	number = malloc(sizeof(*number));
	ck_assert_ptr_nonnull(number);
	*number = counter->number;
	return number;
}

static void
unload(void *config)
{
	(void)atomic_fetch_add(&unloaded, 1);
	free(config);
}

static unsigned
needs(const void *config)
{
	/* More than the daemon has negotiated is not given. */
	return *(const int64_t *)config == 1 ? EVENT_HEADERS
					     : EVENT_HEADERS | EVENT_BODY;
}

static void
close_process(void *given)
{
	ck_assert_ptr_eq(given, &process);
	(void)atomic_fetch_add(&closed, 1);
}

static void
complain(const void *config, struct buf *out)
{
	if (*(const int64_t *)config % 2 == 0)
		(void)buf_printf(out, "it is even\n");
}

static int
may_replace(const void *old, const void *fresh, struct buf *out)
{
	if (*(const int64_t *)fresh >= *(const int64_t *)old)
		return 0;
	(void)buf_printf(out, "it has become less\n");
	return -1;
}

static const struct daemon counter_daemon = {
	.name = "counter",
	.conf_file = "counter.conf",
	.table = { .rows = rows, .row_count = 2 },
	.conf_size = sizeof(struct counter_conf),
	.events = EVENT_HEADERS,
	.load = load,
	.unload = unload,
	.needs = needs,
	.complain = complain,
	.may_replace = may_replace,
	.close = close_process,
};

static char folder[] = "/tmp/lumbar-snapshot-XXXXXX";
static char conf_file[sizeof(folder) + 16];
static struct milter milter;
static struct buf errors;

static void
write_conf(const char *text)
{
	FILE *file = fopen(conf_file, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void
setup(void)
{
	struct snapshot *snapshot;

	buf_init(&errors, ERRORS_MAX);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(conf_file, sizeof(conf_file), "%s/conf", folder);
	write_conf("# nothing\n");
	snapshot = snapshot_read(
	    &counter_daemon, &process, conf_file, &errors);
	ck_assert_msg(snapshot != NULL, "%s", buf_string(&errors));
	milter_init(&milter, &counter_daemon, &process, snapshot);
}

static void
teardown(void)
{
	milter_destroy(&milter);
	ck_assert_int_eq(atomic_load(&closed), 1);
	ck_assert_int_eq(atomic_load(&loaded), atomic_load(&unloaded));
	buf_free(&errors);
	(void)unlink(conf_file);
	(void)rmdir(folder);
}

static int64_t
number_in(struct snapshot *snapshot)
{
	return *(const int64_t *)snapshot_config(snapshot);
}

static int64_t
number_in_force(void)
{
	struct snapshot *snapshot = milter_snapshot(&milter);
	int64_t number = number_in(snapshot);

	snapshot_release(&snapshot);
	ck_assert_ptr_null(snapshot);
	return number;
}

START_TEST(reload_replaces_all)
{
	write_conf("number = 2\nobserve = yes");
	ck_assert_int_eq(milter_reload(&milter, conf_file, &errors), 0);
	ck_assert_int_eq(number_in_force(), 2);
	ck_assert_int_eq(atomic_load(&unloaded), 1);
	ck_assert_uint_eq(atomic_load(&milter.counters.reloads), 1);
	ck_assert_uint_eq(atomic_load(&milter.counters.reload_errors), 0);
}
END_TEST

/* The text, and what is said of it. */
static const struct {
	const char *text;
	const char *error;
} wrong[] = {
	{ "number = 2\nobserve = perhaps\n", ":2: observe: " },
	{ "number = 2\nno_such_key = 1\n", ":2: no_such_key: " },
	{ "number = 2\nwrong = yes\n", "it is wrong" },
	{ "number = \n", ":" },
	{ NULL, "conf: " }, /* no file at all */
};

START_TEST(wrong_reload_changes_nothing)
{
	struct snapshot *before = milter_snapshot(&milter);
	struct snapshot *after;

	if (wrong[_i].text != NULL)
		write_conf(wrong[_i].text);
	else
		(void)unlink(conf_file);
	ck_assert_int_eq(milter_reload(&milter, conf_file, &errors), -1);
	ck_assert_msg(
	    strstr(buf_string(&errors), wrong[_i].error) != NULL, "%s",
	    buf_string(&errors));
	after = milter_snapshot(&milter);
	ck_assert_ptr_eq(before, after);
	ck_assert_int_eq(number_in(after), 1);
	ck_assert_uint_eq(atomic_load(&milter.counters.reloads), 0);
	ck_assert_uint_eq(atomic_load(&milter.counters.reload_errors), 1);
	snapshot_release(&before);
	snapshot_release(&after);
}
END_TEST

/* A good configuration that the daemon does not want in place of the old. */
START_TEST(daemon_may_refuse_a_reload)
{
	write_conf("number = 0");
	ck_assert_int_eq(milter_reload(&milter, conf_file, &errors), -1);
	ck_assert_str_eq(buf_string(&errors), "it has become less\n");
	ck_assert_int_eq(number_in_force(), 1);
	ck_assert_int_eq(atomic_load(&unloaded), 1);
	ck_assert_uint_eq(atomic_load(&milter.counters.reload_errors), 1);
	ck_assert_uint_eq(atomic_load(&milter.counters.reloads), 0);
}
END_TEST

/* What it complains of does not keep it from serving. */
START_TEST(complaints_are_no_mistakes)
{
	milter_complain(&milter, &errors);
	ck_assert_str_eq(buf_string(&errors), "");
	write_conf("number = 2");
	ck_assert_int_eq(milter_reload(&milter, conf_file, &errors), 0);
	ck_assert_str_eq(buf_string(&errors), "");
	milter_complain(&milter, &errors);
	ck_assert_str_eq(buf_string(&errors), "it is even\n");
}
END_TEST

/* The first is told at once, a flood once a second with its number. */
START_TEST(connections_over_the_cap_fill_no_log)
{
	static const struct {
		int64_t ms;
		const char *said;
	} closed_at[] = {
		{ 5000, "test: connections closed: 1; 7 sessions are open, as "
		    "many as max_sessions allows\n" },
		{ 5001, "" },
		{ 5999, "" },
		{ 6000, "test: connections closed: 3; 7 sessions are open, as "
		    "many as max_sessions allows\n" },
		{ 6999, "" },
	};
	struct log_capture capture;

	log_capture_start(&capture);
	for (size_t i = 0; i < sizeof(closed_at) / sizeof(closed_at[0]); i++) {
		milter_count_over_cap(&milter, 7,
		    (struct moment){ .monotonic_us = closed_at[i].ms * 1000 });
		ck_assert_str_eq(log_capture_read(&capture), closed_at[i].said);
	}
	log_capture_end(&capture);
	ck_assert_uint_eq(atomic_load(&milter.counters.sessions_over_cap), 5);
}
END_TEST

/* What began under the old one keeps it. */
START_TEST(snapshot_lives_as_long_as_its_last_user)
{
	struct snapshot *old = milter_snapshot(&milter);
	struct snapshot *again = snapshot_acquire(old);

	write_conf("number = 2\nmax_recipients = 7");
	ck_assert_int_eq(milter_reload(&milter, conf_file, &errors), 0);
	ck_assert_int_eq(number_in(old), 1);
	ck_assert_int_eq(snapshot_settings(old)->max_recipients, 50000);
	snapshot_release(&old);
	ck_assert_int_eq(atomic_load(&unloaded), 0);
	ck_assert_int_eq(number_in(again), 1);
	snapshot_release(&again);
	ck_assert_int_eq(atomic_load(&unloaded), 1);
	ck_assert_ptr_null(snapshot_acquire(NULL));
	snapshot_release(&again);
}
END_TEST

START_TEST(hash_tells_configurations_apart)
{
	char first[16];
	struct snapshot *snapshot = milter_snapshot(&milter);

	(void)snprintf(
	    first, sizeof(first), "%s", snapshot_hash(snapshot));
	ck_assert_uint_eq(strlen(first), 7);
	snapshot_release(&snapshot);
	/* Comments and defaults written out do not count. */
	write_conf("# another\nnumber = 1\n");
	ck_assert_int_eq(milter_reload(&milter, conf_file, &errors), 0);
	snapshot = milter_snapshot(&milter);
	ck_assert_str_eq(snapshot_hash(snapshot), first);
	snapshot_release(&snapshot);
	write_conf("number = 3\n");
	ck_assert_int_eq(milter_reload(&milter, conf_file, &errors), 0);
	snapshot = milter_snapshot(&milter);
	ck_assert_str_ne(snapshot_hash(snapshot), first);
	snapshot_release(&snapshot);
}
END_TEST

START_TEST(needs_are_bounded_by_what_was_negotiated)
{
	struct snapshot *snapshot = milter_snapshot(&milter);

	ck_assert_uint_eq(snapshot_needs(snapshot), EVENT_HEADERS);
	snapshot_release(&snapshot);
	write_conf("number = 3\n");
	ck_assert_int_eq(milter_reload(&milter, conf_file, &errors), 0);
	snapshot = milter_snapshot(&milter);
	ck_assert_uint_eq(snapshot_needs(snapshot), EVENT_HEADERS);
	snapshot_release(&snapshot);
}
END_TEST

static atomic_bool stop;

static void *
reader_main(void *unused)
{
	while (!atomic_load(&stop))
		ck_assert_int_ge(number_in_force(), 1);
	return unused;
}

START_TEST(sessions_may_read_while_it_is_replaced)
{
	pthread_t readers[READERS];

	for (int i = 0; i < READERS; i++)
		ck_assert_int_eq(pthread_create(
				     &readers[i], NULL, reader_main, NULL), 0);
	for (int i = 0; i < RELOADS; i++) {
		char text[32];

		(void)snprintf(text, sizeof(text), "number = %d", i + 1);
		write_conf(text);
		ck_assert_int_eq(
		    milter_reload(&milter, conf_file, &errors), 0);
	}
	atomic_store(&stop, true);
	for (int i = 0; i < READERS; i++)
		(void)pthread_join(readers[i], NULL);
	ck_assert_int_eq(number_in_force(), RELOADS);
	ck_assert_int_eq(atomic_load(&unloaded), RELOADS);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("snapshot");
	TCase *tcase = suite_case(suite, "snapshot");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, reload_replaces_all);
	tcase_add_loop_test(tcase, wrong_reload_changes_nothing, 0,
	    (int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_test(tcase, daemon_may_refuse_a_reload);
	tcase_add_test(tcase, complaints_are_no_mistakes);
	tcase_add_test(tcase, connections_over_the_cap_fill_no_log);
	tcase_add_test(tcase, snapshot_lives_as_long_as_its_last_user);
	tcase_add_test(tcase, hash_tells_configurations_apart);
	tcase_add_test(tcase, needs_are_bounded_by_what_was_negotiated);
	tcase_add_test(tcase, sessions_may_read_while_it_is_replaced);
	return suite_finish(suite);
}
