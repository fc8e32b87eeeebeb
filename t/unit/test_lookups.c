/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/lookups.h"

#include "base/clock.h"
#include "t/unit/suite.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <string.h>

enum { MANY = 50, SESSIONS = 8, ROUNDS = 20 };

#define LONG_US (3600 * CLOCK_SECOND_US)
#define SHORT_US (CLOCK_SECOND_US / 100)

static atomic_int runs;

static enum lookup_result
count(struct lookup *lookup, int64_t deadline_us)
{
	int *data = lookup->data;

	ck_assert_int_gt(deadline_us, 0);
	(void)atomic_fetch_add(&runs, 1);
	*data += 1000;
	if (*data % 3 == 0) {
		(void)err_set(&lookup->err, ERR_TEMPORARY, "no %d", *data);
		return LOOKUP_FAILED;
	}
	return *data % 3 == 1 ? LOOKUP_NOT_FOUND : LOOKUP_FOUND;
}

static void
ask(struct lookups *lookups, int number)
{
	struct lookup *lookup = lookups_add(lookups);
	int *data = pool_alloc(lookup->pool, sizeof(*data));

	*data = number;
	lookup->data = data;
	lookup->run = count;
}

static void
check_counted(struct lookups *lookups, int from)
{
	struct pool *pool = pool_new();
	struct lookup **items;
	size_t item_count;

	lookups_collect(lookups, pool, &items, &item_count);
	ck_assert_uint_eq(item_count, MANY);
	for (int i = 0; i < MANY; i++) {
		int value = from + i + 1000;

		ck_assert_int_eq(*(int *)items[i]->data, value);
		ck_assert_int_eq(
		    items[i]->result, (enum lookup_result)(value % 3));
	}
	pool_free(&pool);
}

/* So many results in the order of asking, whoever ran them. */
static void
count_with(struct workers *workers, int from)
{
	struct lookups *lookups = lookups_new();

	for (int i = 0; i < MANY; i++)
		ask(lookups, from + i);
	lookups_start(lookups, workers, NULL, LONG_US);
	ck_assert(lookups_wait(lookups, lookups_deadline(lookups)));
	check_counted(lookups, from);
	lookups_free(&lookups);
	ck_assert_ptr_null(lookups);
	lookups_free(&lookups);
}

START_TEST(results_come_in_order)
{
	struct workers *workers =
	    _i > 0 ? workers_new((size_t)_i, MANY, NULL) : NULL;

	count_with(workers, 7);
	count_with(workers, 8);
	ck_assert_int_eq(atomic_load(&runs), 2 * MANY);
	workers_free(&workers);
	ck_assert_ptr_null(workers);
	workers_free(&workers);
}
END_TEST

static void *
session_main(void *workers)
{
	for (int i = 0; i < ROUNDS; i++)
		count_with(workers, i);
	return NULL;
}

START_TEST(many_sessions_share_the_workers)
{
	struct workers *workers = workers_new(4, SESSIONS * MANY, NULL);
	pthread_t sessions[SESSIONS];

	for (int i = 0; i < SESSIONS; i++)
		ck_assert_int_eq(pthread_create(&sessions[i], NULL,
				     session_main, workers), 0);
	for (int i = 0; i < SESSIONS; i++)
		(void)pthread_join(sessions[i], NULL);
	ck_assert_int_eq(atomic_load(&runs), SESSIONS * ROUNDS * MANY);
	workers_free(&workers);
}
END_TEST

/* A service that answers when the test says so. */
static sem_t asked, released;

static enum lookup_result
hang(struct lookup *lookup, int64_t deadline_us)
{
	(void)deadline_us;
	(void)sem_post(&asked);
	(void)sem_wait(&released);
	/* Late, and to nobody; its memory must still be there. */
	lookup->data = pool_alloc(lookup->pool, 1);
	return LOOKUP_FOUND;
}

static struct lookups *
start_hanging(struct workers *workers)
{
	struct lookups *lookups = lookups_new();

	lookups_add(lookups)->run = hang;
	lookups_start(lookups, workers, NULL, LONG_US);
	return lookups;
}

static struct lookup *
only_result(struct lookups *lookups, struct pool *pool)
{
	struct lookup **items;
	size_t item_count;

	lookups_collect(lookups, pool, &items, &item_count);
	ck_assert_uint_eq(item_count, 1);
	return items[0];
}

static void
setup(void)
{
	(void)sem_init(&asked, 0, 0);
	(void)sem_init(&released, 0, 0);
}

static void
teardown(void)
{
	(void)sem_destroy(&asked);
	(void)sem_destroy(&released);
}

START_TEST(late_answers_go_nowhere)
{
	struct workers *workers = workers_new(1, MANY, NULL);
	struct lookups *lookups = start_hanging(workers);
	struct pool *pool = pool_new();
	const struct lookup *late;

	(void)sem_wait(&asked);
	/* The session waits no longer. */
	ck_assert(!lookups_wait(lookups, 0));
	late = only_result(lookups, pool);
	ck_assert_int_eq(late->result, LOOKUP_FAILED);
	ck_assert_ptr_null(late->data);
	ck_assert_str_eq(late->err.text, "no answer before the deadline");
	if (_i == 0)
		(void)sem_post(&released);
	lookups_free(&lookups);
	if (_i == 1)
		(void)sem_post(&released);
	workers_free(&workers);
	/* What the decision saw of it does not change any more. */
	ck_assert_int_eq(late->result, LOOKUP_FAILED);
	pool_free(&pool);
}
END_TEST

static atomic_uint_fast64_t watched_token;

static void
note_answer(void *context, uint64_t token)
{
	atomic_store(&watched_token, token);
	(void)sem_post(context);
}

START_TEST(watcher_is_told_once_all_are_answered)
{
	struct workers *workers = workers_new(1, MANY, NULL);
	struct lookups *lookups = start_hanging(workers);
	sem_t told;

	(void)sem_init(&told, 0, 0);
	(void)sem_wait(&asked);
	ck_assert(!lookups_watch(lookups, note_answer, &told, 1));
	/* The later call counts. */
	ck_assert(!lookups_watch(lookups, note_answer, &told, 2));
	/* 0: while the session waits, 1: after it has left */
	if (_i == 1)
		lookups_free(&lookups);
	(void)sem_post(&released);
	(void)sem_wait(&told);
	ck_assert_uint_eq(atomic_load(&watched_token), 2);
	if (_i == 0)
		ck_assert(lookups_watch(lookups, note_answer, &told, 3));
	lookups_free(&lookups);
	workers_free(&workers);
	ck_assert_int_eq(sem_trywait(&told), -1);
	(void)sem_destroy(&told);
}
END_TEST

/* Behind a hung service nothing is asked whose session has left. */
START_TEST(lookups_that_waited_too_long_are_not_run)
{
	struct workers *workers = workers_new(1, MANY, NULL);
	struct lookups *hanging = start_hanging(workers);
	struct lookups *waiting = lookups_new();
	struct pool *pool = pool_new();

	(void)sem_wait(&asked);
	ask(waiting, 1);
	lookups_start(waiting, workers, NULL, SHORT_US);
	ck_assert(!lookups_wait(waiting, lookups_deadline(waiting)));
	(void)sem_post(&released);
	ck_assert(lookups_wait(
	    waiting, clock_now().monotonic_us + LONG_US));
	ck_assert_str_eq(only_result(waiting, pool)->err.text,
	    "no worker was free before the deadline");
	ck_assert_int_eq(atomic_load(&runs), 0);
	lookups_free(&waiting);
	lookups_free(&hanging);
	workers_free(&workers);
	pool_free(&pool);
}
END_TEST

START_TEST(full_queue_fails_at_once)
{
	struct workers *workers = workers_new(1, 1, NULL);
	struct lookups *hanging = start_hanging(workers);
	struct lookups *waiting = lookups_new(), *refused = lookups_new();
	struct pool *pool = pool_new();

	(void)sem_wait(&asked);
	ask(waiting, 1);
	lookups_start(waiting, workers, NULL, LONG_US);
	ask(refused, 2);
	lookups_start(refused, workers, NULL, LONG_US);
	/* Before anybody is released. */
	ck_assert(lookups_wait(refused, 0));
	ck_assert_int_eq(
	    only_result(refused, pool)->result, LOOKUP_FAILED);
	ck_assert_str_eq(only_result(refused, pool)->err.text,
	    "too many lookups wait already");
	(void)sem_post(&released);
	ck_assert(lookups_wait(waiting, lookups_deadline(waiting)));
	ck_assert_int_eq(atomic_load(&runs), 1);
	lookups_free(&refused);
	lookups_free(&waiting);
	lookups_free(&hanging);
	workers_free(&workers);
	pool_free(&pool);
}
END_TEST

static void *
free_workers(void *workers)
{
	workers_free(workers);
	return NULL;
}

START_TEST(stopping_fails_what_waits)
{
	struct workers *workers = workers_new(1, MANY, NULL);
	struct lookups *hanging = start_hanging(workers);
	struct lookups *waiting = lookups_new();
	struct workers *freed = workers;
	struct pool *pool = pool_new();
	pthread_t thread;

	(void)sem_wait(&asked);
	ask(waiting, 1);
	lookups_start(waiting, workers, NULL, LONG_US);
	ck_assert_int_eq(
	    pthread_create(&thread, NULL, free_workers, &freed), 0);
	(void)sem_post(&released);
	(void)pthread_join(thread, NULL);
	/* Run or refused, depending on who came first, but answered. */
	ck_assert(lookups_wait(waiting, 0));
	if (atomic_load(&runs) == 0)
		ck_assert_str_eq(only_result(waiting, pool)->err.text,
		    "the daemon is stopping");
	lookups_free(&waiting);
	lookups_free(&hanging);
	pool_free(&pool);
}
END_TEST

START_TEST(unused_set_is_freed)
{
	struct lookups *lookups = lookups_new();

	ask(lookups, 1);
	lookups_free(&lookups);
	lookups = lookups_new();
	lookups_start(lookups, NULL, NULL, LONG_US);
	ck_assert(lookups_wait(lookups, 0));
	lookups_free(&lookups);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("lookups");
	TCase *tcase = suite_case(suite, "lookups");

	tcase_add_checked_fixture(tcase, setup, teardown);
	/* 0: in place; else so many workers */
	tcase_add_loop_test(tcase, results_come_in_order, 0, 4);
	tcase_add_test(tcase, many_sessions_share_the_workers);
	/* 0: answered before the session leaves, 1: behind it */
	tcase_add_loop_test(tcase, late_answers_go_nowhere, 0, 2);
	tcase_add_loop_test(
	    tcase, watcher_is_told_once_all_are_answered, 0, 2);
	tcase_add_test(tcase, lookups_that_waited_too_long_are_not_run);
	tcase_add_test(tcase, full_queue_fails_at_once);
	tcase_add_test(tcase, stopping_fails_what_waits);
	tcase_add_test(tcase, unused_set_is_freed);
	return suite_finish(suite);
}
