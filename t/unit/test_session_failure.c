/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions: what becomes of messages of which something failed, that exceed a
 * limit, or that killed the process.
 */
#include "t/unit/session_driver.h"

START_TEST(failed_body_defers)
{
	start(&recorder, "");
	record.fail_body = true;
	ck_assert_int_eq(send_message(), RESPONSE_TEMPFAIL);
	/* The decision is not asked about what could not be read. */
	ck_assert_str_eq(record.order, "bMRDHBa");
}
END_TEST

START_TEST(failed_body_skips_the_rest)
{
	start(&recorder, "");
	record.fail_body = true;
	(void)send_mail();
	(void)send_recipient("<one@example.net>");
	ck_assert_int_eq(send_body(), RESPONSE_CONTINUE);
	ck_assert_int_eq(send_body(), RESPONSE_SKIP);
	ck_assert_str_eq(record.order, "bMRB");
}
END_TEST

START_TEST(body_without_room_defers)
{
	static char large[8192];

	recorder.keep_body = true;
	start(&recorder,
	    "body_memory = 4096\nspool_directory = \"/nonexistent\"");
	(void)send_mail();
	(void)send_recipient("<one@example.net>");
	session_body(
	    session, span_make(large, sizeof(large)), &response);
	ck_assert_int_eq(send_end(true), RESPONSE_TEMPFAIL);
	ck_assert_ptr_nonnull(
	    strstr(log_capture_read(&capture), "no room for the message"));
}
END_TEST

static enum answer
fail_recipient(struct decision *decision)
{
	if (decision->stage == STAGE_RECIPIENT)
		decision_fail(decision, "test", NULL);
	return ANSWER_MORE;
}

/* The client keeps that recipient; the message is the others'. */
START_TEST(fault_of_the_last_recipient_is_not_the_message_s)
{
	recorder.events = EVENT_RECIPIENT;
	start(&recorder, "");
	(void)send_mail();
	ck_assert_int_eq(
	    send_recipient("<one@example.net>"), RESPONSE_CONTINUE);
	record.decide = fail_recipient;
	ck_assert_int_eq(
	    send_recipient("<two@example.net>"), RESPONSE_TEMPFAIL);
	ck_assert_int_eq(send_end(true), RESPONSE_CONTINUE);
	ck_assert_str_eq(record.order, "bRREc");
}
END_TEST

/* Where the MTA does not wait for an answer to RCPT. */
START_TEST(excess_recipients_defer_the_message)
{
	recorder.events = 0;
	start(&recorder, "max_recipients = 2");
	(void)send_mail();
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(send_recipient("<one@example.net>"),
		    RESPONSE_CONTINUE);
	ck_assert_int_eq(send_end(true), RESPONSE_TEMPFAIL);
	ck_assert_ptr_nonnull(strstr(log_capture_read(&capture),
	    "the message has more recipients than max_recipients = 2"));
	ck_assert_str_eq(record.order, "ba");
}
END_TEST

/* A message that kills the process again and again. */
START_TEST(poison_message_is_held_unread)
{
	start(&recorder, "");
	for (int i = 0; i < 3; i++) {
		(void)send_mail();
		(void)send_recipient("<one@example.net>");
		(void)send_headers();
		(void)send_body();
		ck_assert_uint_eq(faults_crashed(milter.faults), 1);
		session_abort(session, clock_now());
	}
	memset(&record, 0, sizeof(record));
	ck_assert_int_eq(send_message(), RESPONSE_CONTINUE);
	ck_assert(response.hold);
	ck_assert_str_eq(record.order, "bMRDc");
	/* It stays dangerous. */
	ck_assert_int_eq(send_message(), RESPONSE_CONTINUE);
	ck_assert(response.hold);
}
END_TEST

START_TEST(poison_message_is_deferred_unread_where_none_can_be_held)
{
	const struct session_link link = {
		.macro = macro,
		.abilities = MTA_LEADING_SPACE,
	};

	start(&recorder, "");
	for (int i = 0; i < 3; i++) {
		(void)send_mail();
		(void)send_headers();
		(void)faults_crashed(milter.faults);
		session_abort(session, clock_now());
	}
	session_free(&session);
	session = session_new(&milter, &link);
	memset(&record, 0, sizeof(record));
	ck_assert_int_eq(send_message(), RESPONSE_TEMPFAIL);
	ck_assert_str_eq(record.order, "bMRDa");
}
END_TEST

/* A message that was in the process by chance is not held against. */
START_TEST(bystanders_of_a_crash_are_forgotten)
{
	start(&recorder, "");
	for (int i = 0; i < 4; i++) {
		(void)send_mail();
		(void)send_headers();
		(void)faults_crashed(milter.faults);
		session_abort(session, clock_now());
		ck_assert_int_eq(send_message(), RESPONSE_CONTINUE);
		ck_assert(!response.hold);
	}
}
END_TEST

int
main(void)
{
	static const TTest *const *const tests[] = {
		&failed_body_defers,
		&failed_body_skips_the_rest,
		&body_without_room_defers,
		&fault_of_the_last_recipient_is_not_the_message_s,
		&excess_recipients_defer_the_message,
		&poison_message_is_held_unread,
		&poison_message_is_deferred_unread_where_none_can_be_held,
		&bystanders_of_a_crash_are_forgotten,
	};
	Suite *suite = suite_create("session_failure");
	TCase *tcase = suite_case(suite, "session_failure");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < COUNT(tests); i++)
		tcase_add_test(tcase, *tests[i]);
	return suite_finish(suite);
}
