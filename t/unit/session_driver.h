/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions as an engine drives them, with a daemon that counts how its
 * messages end and decides what the test tells it to.
 */
#ifndef LUMBAR_T_SESSION_DRIVER_H
#define LUMBAR_T_SESSION_DRIVER_H

#include "skeleton/session.h"

#include "t/unit/log_capture.h"
#include "t/unit/suite.h"

#include <netinet/in.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { ERRORS_MAX = 65536 };

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

static inline void
note(char letter)
{
	size_t len = strlen(record.order);

	ck_assert_uint_lt(len + 1, sizeof(record.order));
	record.order[len] = letter;
}

static inline void *
load(void *process, const void *conf, struct buf *errors)
{
	(void)process;
	(void)errors;
	return (void *)(uintptr_t)conf;
}

static inline void
unload(void *config)
{
	(void)config;
}

static inline void
begin(struct decision *decision)
{
	record.begun++;
	note('b');
	decision->state = &record;
}

static inline enum answer
decide(struct decision *decision)
{
	static const char letters[] = { 'M', 'R', 'D', 'H', 'E' };

	note(letters[decision->stage]);
	return record.decide != NULL ? record.decide(decision) : ANSWER_MORE;
}

static inline int
see_body(struct decision *decision, struct span chunk)
{
	(void)chunk;
	note('B');
	if (!record.fail_body)
		return 0;
	decision_fail(decision, "body", NULL);
	return -1;
}

static inline void
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

static inline const char *
macro(void *context, const char *name)
{
	(void)context;
	if (strcmp(name, "i") == 0)
		return queue_id;
	if (strcmp(name, "{auth_authen}") == 0)
		return login;
	return NULL;
}

static inline void
write_conf(const char *text)
{
	FILE *file = fopen(conf_file, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static inline void
setup(void)
{
	log_capture_start(&capture);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(conf_file, sizeof(conf_file), "%s/conf", folder);
}

/* Opens a session of DAEMON under CONF, the client from 192.0.2.1. */
static inline void
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

static inline void
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
static inline enum response_kind
answered(enum response_step step)
{
	while (step == STEP_WAITING) {
		struct lookups *lookups = session_lookups(session);

		(void)lookups_wait(lookups, lookups_deadline(lookups));
		step = session_resume(session, clock_now(), &response);
	}
	return response.kind;
}

static inline enum response_kind
send_mail(void)
{
	const struct span path = SPAN("<sender@example.com>");

	return answered(
	    session_mail(session, &path, 1, clock_now(), &response));
}

static inline enum response_kind
send_recipient(const char *path)
{
	const struct span argument = span_of(path);

	return answered(session_recipient(
	    session, &argument, 1, clock_now(), &response));
}

static inline enum response_kind
send_data(void)
{
	return answered(session_data(session, clock_now(), &response));
}

static inline enum response_kind
send_headers(void)
{
	session_header(session, SPAN("Subject"), SPAN(" x"));
	return answered(session_headers_end(session, clock_now(), &response));
}

static inline enum response_kind
send_body(void)
{
	session_body(session, SPAN("body\r\n"), &response);
	return response.kind;
}

static inline enum response_kind
send_end(bool sent)
{
	(void)answered(session_end(session, clock_now(), &response));
	session_finish(session, sent, clock_now(), &response);
	return response.kind;
}

/* A message up to its end or to an answer that ends it early. */
static inline enum response_kind
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

#endif
