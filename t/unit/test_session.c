/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions as an engine drives them, with a daemon that counts how its
 * messages end and decides what the test tells it to.
 */
#include "skeleton/session.h"

#include "skeleton/transaction.h"
#include "t/probe/probe.h"
#include "t/unit/log_capture.h"
#include "t/unit/suite.h"

#include <netinet/in.h>
#include <sys/stat.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { ERRORS_MAX = 65536, QUEUE_MAX = 16 };

/* What the daemon did and is to do; each test runs in a process of its own. */
static struct {
	int begun;
	int commits;
	int aborts;
	char order[64]; /* a letter for each call */
	enum answer (*decide)(struct decision *);
	bool fail_body;
} record;

static struct log_capture capture;
static struct milter milter;
static struct session *session;
static struct response response;
static const char *queue_id;
static const char *login;
static char folder[] = "/tmp/lumbar-session-XXXXXX";
static char conf_file[sizeof(folder) + 16];

static void
note(char letter)
{
	size_t len = strlen(record.order);

	ck_assert_uint_lt(len + 1, sizeof(record.order));
	record.order[len] = letter;
}

static void *
load(void *process, const void *conf, struct buf *errors)
{
	(void)process;
	(void)errors;
	return (void *)(uintptr_t)conf;
}

static void
unload(void *config)
{
	(void)config;
}

static void
begin(struct decision *decision)
{
	record.begun++;
	note('b');
	decision->state = &record;
}

static enum answer
decide(struct decision *decision)
{
	static const char letters[] = { 'M', 'R', 'D', 'H', 'E' };

	note(letters[decision->stage]);
	return record.decide != NULL ? record.decide(decision) : ANSWER_MORE;
}

static int
see_body(struct decision *decision, struct span chunk)
{
	(void)chunk;
	note('B');
	if (!record.fail_body)
		return 0;
	decision_fail(decision, "body", NULL);
	return -1;
}

static void
settle(struct decision *decision, enum settlement settlement)
{
	ck_assert_ptr_eq(decision->state, &record);
	note(settlement == SETTLE_COMMIT ? 'c' : 'a');
	if (settlement == SETTLE_COMMIT)
		record.commits++;
	else
		record.aborts++;
}

static struct daemon recorder = {
	.name = "recorder",
	.summary = "counts",
	.conf_file = "recorder.conf",
	.conf_size = sizeof(struct settings),
	.events = EVENT_MAIL | EVENT_RECIPIENT | EVENT_DATA | EVENT_HEADERS |
	    EVENT_BODY,
	.load = load,
	.unload = unload,
	.begin = begin,
	.decide = decide,
	.body = see_body,
	.settle = settle,
};

static const char *
macro(void *context, const char *name)
{
	(void)context;
	if (strcmp(name, "i") == 0)
		return queue_id;
	if (strcmp(name, "{auth_authen}") == 0)
		return login;
	return NULL;
}

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
	log_capture_start(&capture);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(conf_file, sizeof(conf_file), "%s/conf", folder);
}

/* Opens a session of DAEMON under CONF, the client from 192.0.2.1. */
static void
start(const struct daemon *daemon, const char *conf)
{
	const struct session_link link = {
		.macro = macro,
		.abilities = MTA_HOLD | MTA_SKIP | MTA_LEADING_SPACE,
	};
	struct sockaddr_in client = {
		.sin_family = AF_INET,
		.sin_port = htons(4000),
		.sin_addr.s_addr = htonl(0xc0000201),
	};
	struct snapshot *snapshot;
	struct buf errors;

	buf_init(&errors, ERRORS_MAX);
	write_conf(conf);
	snapshot = snapshot_read(daemon, NULL, conf_file, &errors);
	ck_assert_msg(snapshot != NULL, "%s", buf_string(&errors));
	buf_free(&errors);
	milter_init(&milter, daemon, NULL, snapshot);
	milter.faults = faults_new(4, NULL);
	session = session_new(&milter, &link);
	session_connect(session, SPAN("client.example"),
	    (const struct sockaddr *)&client);
}

static void
teardown(void)
{
	struct faults *faults = milter.faults;

	session_free(&session);
	milter_destroy(&milter);
	faults_free(&faults);
	(void)unlink(conf_file);
	(void)rmdir(folder);
	log_capture_end(&capture);
}

/* Waits as an engine does, until the step is answered. */
static enum response_kind
answered(enum response_step step)
{
	while (step == STEP_WAITING) {
		struct lookups *lookups = session_lookups(session);

		(void)lookups_wait(lookups, lookups_deadline(lookups));
		step = session_resume(session, clock_now(), &response);
	}
	return response.kind;
}

static enum response_kind
send_mail(void)
{
	const struct span path = SPAN("<sender@example.com>");

	return answered(
	    session_mail(session, &path, 1, clock_now(), &response));
}

static enum response_kind
send_recipient(const char *path)
{
	const struct span argument = span_of(path);

	return answered(session_recipient(
	    session, &argument, 1, clock_now(), &response));
}

static enum response_kind
send_data(void)
{
	return answered(session_data(session, clock_now(), &response));
}

static enum response_kind
send_headers(void)
{
	session_header(session, SPAN("Subject"), SPAN(" x"));
	return answered(session_headers_end(session, clock_now(), &response));
}

static enum response_kind
send_body(void)
{
	session_body(session, SPAN("body\r\n"), &response);
	return response.kind;
}

static enum response_kind
send_end(bool sent)
{
	(void)answered(session_end(session, clock_now(), &response));
	session_finish(session, sent, clock_now(), &response);
	return response.kind;
}

/* A message up to its end or to an answer that ends it early. */
static enum response_kind
send_message(void)
{
	if (send_mail() != RESPONSE_CONTINUE ||
	    send_recipient("<one@example.net>") != RESPONSE_CONTINUE ||
	    send_data() != RESPONSE_CONTINUE ||
	    send_headers() != RESPONSE_CONTINUE)
		return response.kind;
	(void)send_body();
	return send_end(true);
}

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
 * Faults
 */

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

/*
 * Lookups
 */

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
		&edit_not_sent_defers,
		&events_outside_of_a_message_are_ignored,
		&queue_id_and_login_are_learned_late,
		&path_is_cut_from_its_parameters,
		&failed_body_defers,
		&failed_body_skips_the_rest,
		&body_without_room_defers,
		&fault_of_the_last_recipient_is_not_the_message_s,
		&excess_recipients_defer_the_message,
		&poison_message_is_held_unread,
		&poison_message_is_deferred_unread_where_none_can_be_held,
		&bystanders_of_a_crash_are_forgotten,
		&reload_counts_from_the_next_mail,
		&deadline_ends_the_wait_for_a_hung_service,
		&session_may_end_while_a_lookup_runs,
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
	/* 0: in place; else so many workers */
	tcase_add_loop_test(tcase, a_stage_may_ask_twice, 0, 3);
	return suite_finish(suite);
}
