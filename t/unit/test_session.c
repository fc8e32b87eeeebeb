/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions: one commit or abort for each message, what the MTA tells, and
 * reloads.
 */
#include "skeleton/session.h"

#include "skeleton/transaction.h"
#include "t/probe/probe.h"
#include "t/unit/session_driver.h"

/*
 * One commit or abort per message
 */

static enum stage acting; /* the stage of what follows */

static enum answer
reject_at(struct decision *decision)
{
	if (decision->stage == acting)
		verdict_end(decision->verdict, DISPOSITION_REJECT, 550,
		    SPAN("5.7.1"), "no");
	return ANSWER_MORE;
}

static enum answer
discard_at(struct decision *decision)
{
	if (decision->stage == acting)
		verdict_end(decision->verdict, DISPOSITION_DISCARD, 0,
		    SPAN(""), "%s", "");
	return ANSWER_MORE;
}

static enum answer
done_at(struct decision *decision)
{
	return decision->stage == acting ? ANSWER_DONE : ANSWER_MORE;
}

static enum answer
fail_at(struct decision *decision)
{
	if (decision->stage == acting)
		decision_fail(decision, "test", NULL);
	return ANSWER_MORE;
}

static const struct {
	enum answer (*decide)(struct decision *);
	enum stage stage;
	enum response_kind kind;
	const char *order;
} ends[] = {
	{ NULL, STAGE_MAIL, RESPONSE_CONTINUE, "bMRDHBEc" },
	{ reject_at, STAGE_MAIL, RESPONSE_REJECT, "bMa" },
	{ reject_at, STAGE_DATA, RESPONSE_REJECT, "bMRDa" },
	{ reject_at, STAGE_HEADERS, RESPONSE_REJECT, "bMRDHa" },
	{ reject_at, STAGE_END, RESPONSE_REJECT, "bMRDHBEa" },
	/* Of what is discarded before there can be no more recipients, the
	 * MTA would not tell us who they are. */
	{ discard_at, STAGE_MAIL, RESPONSE_DISCARD, "bMa" },
	{ discard_at, STAGE_DATA, RESPONSE_DISCARD, "bMRDa" },
	{ discard_at, STAGE_HEADERS, RESPONSE_DISCARD, "bMRDHa" },
	{ discard_at, STAGE_END, RESPONSE_DISCARD, "bMRDHBEa" },
	/* ACCEPT before DATA would end the milter's sight of it. */
	{ done_at, STAGE_MAIL, RESPONSE_ACCEPT, "bMc" },
	{ done_at, STAGE_RECIPIENT, RESPONSE_CONTINUE, "bMRDHBEc" },
	{ done_at, STAGE_DATA, RESPONSE_ACCEPT, "bMRDc" },
	{ done_at, STAGE_HEADERS, RESPONSE_ACCEPT, "bMRDHc" },
	{ done_at, STAGE_END, RESPONSE_CONTINUE, "bMRDHBEc" },
	{ fail_at, STAGE_MAIL, RESPONSE_TEMPFAIL, "bMa" },
	{ fail_at, STAGE_DATA, RESPONSE_TEMPFAIL, "bMRDa" },
	{ fail_at, STAGE_END, RESPONSE_TEMPFAIL, "bMRDHBEa" },
};

START_TEST(message_is_settled_once)
{
	start(&recorder, "");
	record.decide = ends[_i].decide;
	acting = ends[_i].stage;
	ck_assert_int_eq(send_message(), ends[_i].kind);
	ck_assert(!session_in_message(session));
	/* What an MTA may still send changes nothing. */
	ck_assert_int_eq(send_end(true), RESPONSE_CONTINUE);
	session_abort(session, clock_now());
	session_free(&session);
	ck_assert_str_eq(record.order, ends[_i].order);
}
END_TEST

static void
by_abort(void)
{
	session_abort(session, clock_now());
}

static void
by_next_mail(void)
{
	ck_assert_int_eq(send_mail(), RESPONSE_CONTINUE);
}

static void
by_new_client(void)
{
	session_connect(session, SPAN("other.example"), NULL);
}

static void
by_close(void)
{
	session_free(&session);
}

static void (*const cuts[])(void) = {
	by_abort,
	by_next_mail,
	by_new_client,
	by_close,
};

START_TEST(message_cut_short_is_aborted_once)
{
	for (int stage = STAGE_MAIL; stage <= STAGE_END; stage++) {
		memset(&record, 0, sizeof(record));
		start(&recorder, "");
		(void)send_mail();
		if (stage >= STAGE_RECIPIENT)
			(void)send_recipient("<one@example.net>");
		if (stage >= STAGE_DATA)
			(void)send_data();
		if (stage >= STAGE_HEADERS)
			(void)send_headers();
		if (stage >= STAGE_END)
			(void)answered(session_end(
			    session, clock_now(), &response));
		cuts[_i]();
		ck_assert_int_eq(record.aborts, 1);
		ck_assert_int_eq(record.commits, 0);
		session_free(&session);
		ck_assert_int_eq(
		    record.commits + record.aborts, record.begun);
		if (stage < STAGE_END)
			milter_destroy(&milter);
	}
}
END_TEST

/* What the MTA has of the edits it throws away with the deferred message. */
START_TEST(edit_not_sent_defers)
{
	start(&recorder, "");
	(void)send_mail();
	(void)send_recipient("<one@example.net>");
	ck_assert_int_eq(send_end(false), RESPONSE_TEMPFAIL);
	ck_assert_uint_eq(response.reply.code, 451);
	ck_assert_int_eq(record.aborts, 1);
	ck_assert_int_eq(record.commits, 0);
}
END_TEST

START_TEST(events_outside_of_a_message_are_ignored)
{
	start(&recorder, "");
	ck_assert_int_eq(
	    send_recipient("<one@example.net>"), RESPONSE_CONTINUE);
	ck_assert_int_eq(send_data(), RESPONSE_CONTINUE);
	ck_assert_int_eq(send_headers(), RESPONSE_CONTINUE);
	ck_assert_int_eq(send_body(), RESPONSE_CONTINUE);
	ck_assert_int_eq(send_end(true), RESPONSE_CONTINUE);
	ck_assert_str_eq(record.order, "");
	/* A probe that goes on to MAIL is not taken for local mail. */
	session_free(&session);
	session = session_new(&milter, &(struct session_link){ macro, NULL, 0 });
	ck_assert_int_eq(send_mail(), RESPONSE_CONTINUE);
}
END_TEST

/*
 * What the MTA tells
 */

static enum answer
see_connection(struct decision *decision)
{
	const struct connection *connection = decision->connection;

	if (decision->stage != STAGE_END)
		return ANSWER_MORE;
	ck_assert(span_equal(connection->client_text, SPAN("192.0.2.1")));
	ck_assert_int_eq(connection->role, ROLE_INBOUND);
	ck_assert(!connection->local);
	ck_assert(span_equal(connection->helo, SPAN("second.example")));
	ck_assert(span_equal(connection->login, SPAN("alice")));
	ck_assert(span_equal(decision->message->queue_id, SPAN("4fXb2")));
	return ANSWER_MORE;
}

START_TEST(queue_id_and_login_are_learned_late)
{
	start(&recorder, "");
	session_helo(session, SPAN("first.example"));
	session_helo(session, SPAN("second.example"));
	record.decide = see_connection;
	login = "alice";
	(void)send_mail();
	queue_id = "4fXb2";
	(void)send_recipient("<one@example.net>");
	queue_id = "other";
	(void)send_end(true);
	ck_assert_str_eq(record.order, "bMREc");
}
END_TEST

/* Some versions of Sendmail put parameters and path into one argument. */
START_TEST(path_is_cut_from_its_parameters)
{
	struct message *message;

	start(&recorder, "");
	(void)send_mail();
	(void)send_recipient("<\"a>b\"@example.net> NOTIFY=NEVER");
	(void)send_recipient("<b@example.net>\tORCPT=rfc822;<b@example.net>");
	(void)send_recipient("bare@example.net");
	message = transaction_message(session_transaction(session));
	ck_assert_uint_eq(message->recipient_count, 3);
	ck_assert(span_equal(message->recipients[0].given,
	    SPAN("<\"a>b\"@example.net>")));
	ck_assert(span_equal(
	    message->recipients[1].given, SPAN("<b@example.net>")));
	ck_assert(span_equal(
	    message->recipients[2].given, SPAN("bare@example.net")));
}
END_TEST

/*
 * Reload
 */

START_TEST(reload_counts_from_the_next_mail)
{
	struct buf errors;
	const struct message *message;

	buf_init(&errors, ERRORS_MAX);
	start(&probe_daemon, "body = no");
	(void)send_mail();
	(void)send_recipient("<one@example.net>");
	write_conf("body = yes\nmax_recipients = 7");
	ck_assert_int_eq(milter_reload(&milter, conf_file, &errors), 0);
	(void)send_headers();
	/* The message that is under way goes on as it began. */
	ck_assert_int_eq(send_body(), RESPONSE_SKIP);
	ck_assert_int_eq(send_end(true), RESPONSE_CONTINUE);
	/* The next one of the same session is read to its end. */
	(void)send_mail();
	(void)send_recipient("<one@example.net>");
	session_header(session, SPAN("X-Probe"), SPAN(" count-body"));
	(void)send_headers();
	ck_assert_int_eq(send_body(), RESPONSE_CONTINUE);
	(void)answered(session_end(session, clock_now(), &response));
	message = transaction_message(session_transaction(session));
	ck_assert_uint_eq(message->body_size, 6);
	ck_assert_uint_eq(response.edit_count, 1);
	ck_assert(span_equal(response.edits[0].value, SPAN(" 6")));
	session_finish(session, true, clock_now(), &response);
	buf_free(&errors);
}
END_TEST

int
main(void)
{
	static const TTest *const *const tests[] = {
		&edit_not_sent_defers,
		&events_outside_of_a_message_are_ignored,
		&queue_id_and_login_are_learned_late,
		&path_is_cut_from_its_parameters,
		&reload_counts_from_the_next_mail,
	};
	Suite *suite = suite_create("session");
	TCase *tcase = suite_case(suite, "session");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < COUNT(tests); i++)
		tcase_add_test(tcase, *tests[i]);
	tcase_add_loop_test(
	    tcase, message_is_settled_once, 0, (int)COUNT(ends));
	tcase_add_loop_test(tcase, message_cut_short_is_aborted_once, 0,
	    (int)COUNT(cuts));
	return suite_finish(suite);
}
