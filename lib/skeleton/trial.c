/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/trial.h"

#include "base/xalloc.h"
#include "skeleton/daemon_conf.h"
#include "skeleton/session.h"
#include "skeleton/transaction.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define NEW_YEAR_2026_US INT64_C(1767225600000000)

enum {
	CHUNK_MAX = 65535, /* as libmilter cuts */
	FAULT_SLOTS = 1,
	ARGUMENTS_MAX = 16,
};

struct trial {
	struct milter milter;
	bool shares; /* MILTER.process is another's */
	struct faults *faults;
	struct session *session;
	const struct trial_message *message; /* while it is sent */
	struct trial_result result;
	struct pool *pool; /* of the result */
};

static struct trial *
start(const struct daemon *daemon, struct conf **conf, struct buf *errors)
{
	struct trial *trial = xalloc(sizeof(*trial));

	if (milter_load(&trial->milter, daemon, conf, errors) < 0) {
		free(trial);
		return NULL;
	}
	trial->faults = faults_new(FAULT_SLOTS, NULL);
	trial->milter.faults = trial->faults;
	return trial;
}

struct trial *
trial_new(const struct daemon *daemon, const char *text, struct buf *errors)
{
	struct conf *conf = daemon_conf_read_text(daemon, text, errors);

	if (conf == NULL)
		return NULL;
	return start(daemon, &conf, errors);
}

struct trial *
trial_open(const struct daemon *daemon, const char *file, struct buf *errors)
{
	struct conf *conf = daemon_conf_read(daemon, file, errors);

	if (conf == NULL)
		return NULL;
	return start(daemon, &conf, errors);
}

struct trial *
trial_open_with(const struct daemon *daemon, const char *file,
    const char *key, const char *value, struct buf *errors)
{
	struct conf *conf = daemon_conf_read(daemon, file, errors);

	if (conf == NULL)
		return NULL;
	if (value != NULL)
		daemon_conf_set(daemon, conf, key, value);
	return start(daemon, &conf, errors);
}

struct trial *
trial_share(struct trial *first)
{
	struct trial *trial = xalloc(sizeof(*trial));

	milter_init(&trial->milter, first->milter.daemon,
	    first->milter.process, milter_snapshot(&first->milter));
	trial->shares = true;
	return trial;
}

void
trial_observe(struct trial *trial, void *observer)
{
	trial->milter.observer = observer;
}

const struct settings *
trial_settings(struct trial *trial)
{
	return snapshot_settings(trial->milter.current);
}

const void *
trial_config(struct trial *trial)
{
	return snapshot_config(trial->milter.current);
}

void
trial_free(struct trial **trial)
{
	if (*trial == NULL)
		return;
	session_free(&(*trial)->session);
	pool_free(&(*trial)->pool);
	if ((*trial)->shares)
		(*trial)->milter.process = NULL;
	milter_destroy(&(*trial)->milter);
	faults_free(&(*trial)->faults);
	free(*trial);
	*trial = NULL;
}

int
trial_reload(struct trial *trial, const char *text, struct buf *errors)
{
	struct milter *milter = &trial->milter;
	struct conf *conf =
	    daemon_conf_read_text(milter->daemon, text, errors);
	struct snapshot *fresh;

	if (conf == NULL)
		return -1;
	fresh = snapshot_load(
	    milter->daemon, milter->process, &conf, errors);
	if (fresh == NULL)
		return -1;
	return milter_replace(milter, fresh, errors);
}

void
trial_log_counters(struct trial *trial)
{
	milter_log_counters(&trial->milter);
}

static const char *
macro(void *context, const char *name)
{
	const struct trial *trial = context;
	const struct trial_message *message = trial->message;

	if (strcmp(name, "{daemon_name}") == 0)
		return message->listener;
	if (strcmp(name, "{auth_authen}") == 0)
		return message->login;
	if (strcmp(name, "{cn_subject}") == 0)
		return message->certificate;
	if (strcmp(name, "{verify}") == 0 && message->certificate != NULL)
		return message->certificate_unverified ? "FAIL" : "OK";
	if (strcmp(name, "i") == 0)
		return message->queue_id != NULL ? message->queue_id : "TRIAL";
	return NULL;
}

static void
connect_client(struct trial *trial)
{
	const struct trial_message *message = trial->message;
	const char *client =
	    message->client != NULL ? message->client : "192.0.2.1";
	const char *name = message->client_name != NULL
	    ? message->client_name
	    : "client.example";
	struct sockaddr_in6 address = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(message->local ? 0 : 40000),
	};
	struct ip ip;
	int parsed;

	parsed = ip_parse(span_of(client), &ip);
	assert(parsed == 0);
	memcpy(&address.sin6_addr, ip.bytes, sizeof(ip.bytes));
	session_connect(trial->session, span_of(name),
	    (const struct sockaddr *)&address);
	session_helo(trial->session,
	    span_of(message->helo != NULL ? message->helo : "client.example"));
}

/* Answers STEP_WAITING: without workers the lookups have run by now. */
static void
settle_step(struct trial *trial, enum response_step step, struct moment now,
    struct response *response)
{
	while (step == STEP_WAITING)
		step = session_resume(trial->session, now, response);
}

/* Takes the next argument off *REST.  A path is one with the blanks in it, as
 * in the MTAs. */
static bool
next_argument(struct span *rest, struct span *argument)
{
	bool quoted = false;
	size_t brackets = 0;
	size_t end = 0;

	if (rest->len == 0)
		return false;
	for (; end < rest->len &&
	    (quoted || brackets > 0 || rest->ptr[end] != ' ');
	    end++) {
		char c = rest->ptr[end];

		if (c == '"')
			quoted = !quoted;
		else if (c == '\\' && end + 1 < rest->len)
			end++;
		else if (c == '<' && !quoted)
			brackets++;
		else if (c == '>' && !quoted && brackets > 0)
			brackets--;
	}
	*argument = span_slice(*rest, 0, end);
	*rest = span_slice(*rest, end + 1, rest->len);
	return true;
}

static size_t
split_arguments(const char *text, struct span arguments[ARGUMENTS_MAX])
{
	struct span rest = span_of(text);
	struct span item;
	size_t count = 0;

	while (count < ARGUMENTS_MAX && next_argument(&rest, &item))
		if (item.len > 0)
			arguments[count++] = item;
	return count;
}

/* MAIL and RCPT.  True if the message goes on. */
static bool
send_envelope(struct trial *trial, struct moment now)
{
	const struct trial_message *message = trial->message;
	struct trial_result *result = &trial->result;
	struct span arguments[ARGUMENTS_MAX];
	size_t accepted = 0, count;

	count = split_arguments(
	    message->sender != NULL ? message->sender : "<>", arguments);
	settle_step(trial,
	    session_mail(
		trial->session, arguments, count, now, &result->mail),
	    now, &result->mail);
	result->end = result->mail;
	if (result->mail.kind != RESPONSE_CONTINUE)
		return false;
	result->end_stage = STAGE_RECIPIENT;
	for (size_t i = 0; message->recipients[i] != NULL; i++) {
		struct response *response;

		result->recipients = pool_grow(
		    trial->pool, result->recipients, i, sizeof(*response));
		response = &result->recipients[result->recipient_count++];
		count = split_arguments(message->recipients[i], arguments);
		settle_step(trial,
		    session_recipient(
			trial->session, arguments, count, now, response),
		    now, response);
		accepted += response->kind == RESPONSE_CONTINUE;
		result->end = *response;
	}
	return accepted > 0;
}

/* TEXT with every line ended by CRLF, in the trial's pool. */
static struct span
with_crlf(struct pool *pool, struct span text)
{
	char *out = pool_alloc(pool, 2 * text.len + 1);
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '\n' && (i == 0 || text.ptr[i - 1] != '\r'))
			out[len++] = '\r';
		out[len++] = text.ptr[i];
	}
	return span_make(out, len);
}

/* True if FIELD begins with a name and a colon. */
static bool
is_field(struct span field)
{
	size_t colon = span_find(field, ':');

	return colon < field.len &&
	    header_name_check(span_trim(span_slice(field, 0, colon))) == 0;
}

/* Adds FIELD to HEADERS as libmilter shows it: folds as LF. */
static void
read_header(
    struct pool *pool, struct span field, struct header_list *headers)
{
	size_t colon = span_find(field, ':');

	header_list_add(headers, pool,
	    span_trim(span_slice(field, 0, colon)),
	    header_value_read(
		pool, span_slice(field, colon + 1, field.len)));
}

/* Reads the header section of TEXT and returns the body behind it.  As in the
 * MTAs, a line that is no field begins the body. */
static struct span
read_headers(
    struct pool *pool, struct span text, struct header_list *headers)
{
	size_t start_of_field = 0;

	for (size_t i = 0; i < text.len; i++) {
		struct span field;
		bool folded;

		if (text.ptr[i] != '\n')
			continue;
		/* First, for the body may begin with a blank. */
		if (i - start_of_field <= 1)
			return span_slice(text, i + 1, text.len);
		folded = i + 1 < text.len &&
		    (text.ptr[i + 1] == ' ' || text.ptr[i + 1] == '\t');
		if (folded)
			continue;
		field = span_slice(text, start_of_field, i + 1);
		if (!is_field(field))
			return span_slice(text, start_of_field, text.len);
		read_header(pool, field, headers);
		start_of_field = i + 1;
	}
	return SPAN("");
}

static void
send_body(struct trial *trial, struct span body)
{
	size_t chunk =
	    trial->message->chunk > 0 ? trial->message->chunk : CHUNK_MAX;
	struct response response;

	for (size_t i = 0; i < body.len; i += chunk) {
		session_body(
		    trial->session, span_slice(body, i, i + chunk), &response);
		if (response.kind == RESPONSE_SKIP) {
			trial->result.body_skipped = true;
			return;
		}
	}
}

/* True if the message goes on after what STEP answered at STAGE. */
static bool
passed_stage(struct trial *trial, enum stage stage, enum response_step step,
    struct moment now)
{
	struct trial_result *result = &trial->result;

	settle_step(trial, step, now, &result->end);
	result->end_stage = stage;
	return result->end.kind == RESPONSE_CONTINUE;
}

static void
send_content(struct trial *trial, const struct header_list *headers,
    struct span body, struct moment now)
{
	struct response *end = &trial->result.end;

	if (!passed_stage(trial, STAGE_DATA,
		session_data(trial->session, now, end), now))
		return;
	for (size_t i = 0; i < headers->count; i++)
		session_header(trial->session, headers->items[i].name,
		    headers->items[i].value);
	trial->result.body = body;
	if (!passed_stage(trial, STAGE_HEADERS,
		session_headers_end(trial->session, now, end), now))
		return;
	send_body(trial, trial->result.body);
	(void)passed_stage(trial, STAGE_END,
	    session_end(trial->session, now, end), now);
	session_finish(trial->session, true, now, end);
}

/* What the MTA has in the end.  HEADERS are the message's also where the daemon
 * was content before it had seen them. */
static void
apply_verdict(struct trial *trial, const struct header_list *headers)
{
	struct trial_result *result = &trial->result;
	struct message message = *result->message;

	if (result->end_stage < STAGE_HEADERS)
		message.headers = *headers;
	verdict_apply(
	    &message, result->verdict, trial->pool, &result->applied);
}

static const struct trial_result *
run(struct trial *trial, const struct trial_message *message, bool abort)
{
	const struct session_link link = {
		.macro = macro,
		.context = trial,
		.abilities = MTA_LEADING_SPACE |
		    (message->no_hold ? 0u : MTA_HOLD) |
		    (message->no_skip ? 0u : MTA_SKIP),
	};
	struct header_list headers = { .count = 0 };
	struct moment now = message->now;
	struct transaction *transaction;
	struct span body;

	if (now.wall_us == 0)
		now = (struct moment){ 3600 * CLOCK_SECOND_US,
			NEW_YEAR_2026_US };
	session_free(&trial->session);
	pool_free(&trial->pool);
	trial->pool = pool_new();
	trial->result = (struct trial_result){ .end_stage = STAGE_MAIL };
	trial->message = message;
	trial->session = session_new(&trial->milter, &link);
	connect_client(trial);
	body = read_headers(
	    trial->pool, with_crlf(trial->pool, message->text), &headers);
	if (send_envelope(trial, now) && !abort)
		send_content(trial, &headers, body, now);
	transaction = session_transaction(trial->session);
	trial->result.message = transaction_message(transaction);
	trial->result.verdict = transaction_verdict(transaction);
	apply_verdict(trial, &headers);
	return &trial->result;
}

const struct trial_result *
trial_run(struct trial *trial, const struct trial_message *message)
{
	return run(trial, message, false);
}

const struct trial_result *
trial_run_aborted(struct trial *trial, const struct trial_message *message)
{
	/* The session's end, at the next run, aborts it. */
	return run(trial, message, true);
}

void
trial_hang_up(struct trial *trial)
{
	session_free(&trial->session);
}

void
trial_print_applied(
    const struct trial_result *result, struct span body, struct buf *out)
{
	const struct header_list *headers = &result->applied.headers;

	for (size_t i = 0; i < headers->count; i++) {
		struct span value = headers->items[i].value;
		struct span line;

		(void)buf_append_span(out, headers->items[i].name);
		(void)buf_append_char(out, ':');
		/* An empty value has a line end as well. */
		do {
			line = span_slice(value, 0, span_find(value, '\n'));
			value = span_slice(value, line.len + 1, value.len);
			(void)buf_append_span(out, line);
			(void)buf_append(out, "\r\n", 2);
		} while (value.len > 0);
	}
	(void)buf_append(out, "\r\n", 2);
	(void)buf_append_span(
	    out, result->applied.body_replaced ? result->applied.body : body);
}
