/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions that wait for lookups, in place or in workers, and no longer than
 * the deadline.
 */
#include "t/unit/session_driver.h"

#include <time.h>

enum { QUEUE_MAX = 16 };

static int rounds;

static enum lookup_result
echo(struct lookup *lookup, int64_t deadline_us)
{
	int *data = lookup->data;

	ck_assert_int_gt(deadline_us, 0);
	*data *= 2;
	return *data == 0 ? LOOKUP_NOT_FOUND : LOOKUP_FOUND;
}

static void
ask_echo(struct decision *decision, int number)
{
	struct lookup *lookup = decision_ask(decision, echo, NULL);
	int *data = pool_alloc(lookup->pool, sizeof(*data));

	*data = number;
	lookup->data = data;
}

static enum answer
ask_twice(struct decision *decision)
{
	if (decision->stage != STAGE_RECIPIENT)
		return ANSWER_MORE;
	rounds++;
	if (rounds == 1) {
		ck_assert_uint_eq(decision->lookup_count, 0);
		for (int i = 0; i < 3; i++)
			ask_echo(decision, i);
		return ANSWER_LOOKUPS;
	}
	if (rounds == 2) {
		ck_assert_uint_eq(decision->lookup_count, 3);
		for (int i = 0; i < 3; i++)
			ck_assert_int_eq(
			    *(int *)decision->lookups[i]->data, 2 * i);
		ck_assert_int_eq(
		    decision->lookups[0]->result, LOOKUP_NOT_FOUND);
		ask_echo(decision, 21);
		return ANSWER_LOOKUPS;
	}
	ck_assert_uint_eq(decision->lookup_count, 1);
	ck_assert_int_eq(*(int *)decision->lookups[0]->data, 42);
	decision_refuse(decision, DISPOSITION_REJECT, 550, SPAN("5.1.1"),
	    "no such user");
	return ANSWER_MORE;
}

START_TEST(a_stage_may_ask_twice)
{
	start(&recorder, "");
	if (_i > 0)
		milter.workers = workers_new((size_t)_i, QUEUE_MAX, NULL);
	record.decide = ask_twice;
	(void)send_mail();
	ck_assert_int_eq(
	    send_recipient("<one@example.net>"), RESPONSE_REJECT);
	ck_assert_int_eq(rounds, 3);
	/* The next stage begins without lookups. */
	record.decide = NULL;
	rounds = 0;
	ck_assert_int_eq(send_data(), RESPONSE_CONTINUE);
}
END_TEST

static atomic_bool go_on;

static enum lookup_result
hang(struct lookup *lookup, int64_t deadline_us)
{
	(void)lookup;
	(void)deadline_us;
	while (!atomic_load(&go_on))
		(void)nanosleep(
		    &(struct timespec){ .tv_nsec = 1000000 }, NULL);
	return LOOKUP_FOUND;
}

static enum answer
ask_hanging(struct decision *decision)
{
	if (decision->stage != STAGE_DATA)
		return ANSWER_MORE;
	if (decision->lookup_count == 0) {
		(void)decision_ask(decision, hang, NULL);
		return ANSWER_LOOKUPS;
	}
	ck_assert_int_eq(decision->lookups[0]->result, LOOKUP_FAILED);
	ck_assert_ptr_null(decision->lookups[0]->data);
	decision_fail(decision, "directory", &decision->lookups[0]->err);
	return ANSWER_DONE;
}

START_TEST(deadline_ends_the_wait_for_a_hung_service)
{
	start(&recorder, "lookup_timeout = 10ms");
	milter.workers = workers_new(1, QUEUE_MAX, NULL);
	record.decide = ask_hanging;
	ck_assert_int_eq(send_message(), RESPONSE_TEMPFAIL);
	ck_assert(span_equal(response.reply.text,
	    SPAN("Temporary failure: directory, try again later")));
	ck_assert_ptr_nonnull(strstr(log_capture_read(&capture),
	    " before the deadline\""));
	ck_assert_str_eq(record.order, "bMRDDa");
	atomic_store(&go_on, true);
}
END_TEST

/* The MTA hangs up while a lookup runs. */
START_TEST(session_may_end_while_a_lookup_runs)
{
	const struct span path = SPAN("<sender@example.com>");

	start(&recorder, "");
	milter.workers = workers_new(1, QUEUE_MAX, NULL);
	record.decide = ask_hanging;
	(void)session_mail(session, &path, 1, clock_now(), &response);
	(void)send_recipient("<one@example.net>");
	ck_assert_int_eq(session_data(session, clock_now(), &response),
	    STEP_WAITING);
	session_free(&session);
	ck_assert_str_eq(record.order, "bMRDa");
	atomic_store(&go_on, true);
}
END_TEST

int
main(void)
{
	static const TTest *const *const tests[] = {
		&deadline_ends_the_wait_for_a_hung_service,
		&session_may_end_while_a_lookup_runs,
	};
	Suite *suite = suite_create("session_lookups");
	TCase *tcase = suite_case(suite, "session_lookups");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < COUNT(tests); i++)
		tcase_add_test(tcase, *tests[i]);
	/* 0: in place; else so many workers */
	tcase_add_loop_test(tcase, a_stage_may_ask_twice, 0, 3);
	return suite_finish(suite);
}
