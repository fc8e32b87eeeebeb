/* SPDX-License-Identifier: BSD-2-Clause */
#include "t/probe/probe.h"

#include "base/xalloc.h"
#include "t/probe/events.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct probe_conf {
	struct settings settings;
	bool body; /* whether this configuration needs the body */
	const char *events; /* the file for them */
};

/* The same as decisions see it. */
struct probe_config {
	bool body;
	struct events *events;
};

struct probe_state {
	uint64_t body_seen;
	bool fail_in_body;
};

static const struct conf_row rows[] = {
	{ "body", CONF_BOOL, offsetof(struct probe_conf, body), "yes", 0, 0,
	    NULL, NULL, "Look at message bodies." },
	{ "events", CONF_STRING, offsetof(struct probe_conf, events), NULL, 0,
	    0, NULL, NULL, "File to which each event is written." },
};

static void *
load(void *process, const void *conf, struct buf *errors)
{
	const struct probe_conf *probe = conf;
	struct probe_config *config = xalloc(sizeof(*config));
	struct err err;

	(void)process;
	config->body = probe->body;
	config->events = events_open(probe->events, &err);
	if (err.kind != ERR_NONE) {
		conf_mistake(errors, &probe->settings.place, "%s", err.text);
		free(config);
		return NULL;
	}
	return config;
}

static void
unload(void *loaded)
{
	struct probe_config *config = loaded;

	events_close(&config->events);
	free(config);
}

static unsigned
needs(const void *loaded)
{
	const struct probe_config *config = loaded;

	return EVENT_MAIL | EVENT_RECIPIENT | EVENT_DATA | EVENT_HEADERS |
	    (config->body ? EVENT_BODY : 0u);
}

static struct events *
events_of(const struct decision *decision)
{
	const struct probe_config *config = decision->config;

	return config->events;
}

static void
begin(struct decision *decision)
{
	decision->state = pool_alloc(
	    decision->message->pool, sizeof(struct probe_state));
}

static int
see_body(struct decision *decision, struct span chunk)
{
	struct probe_state *state = decision->state;

	events_body(events_of(decision), chunk);
	state->body_seen += chunk.len;
	if (!state->fail_in_body)
		return 0;
	decision_fail(decision, "probe", NULL);
	return -1;
}

static void
settle(struct decision *decision, enum settlement settlement)
{
	events_settle(events_of(decision), decision, settlement);
}

static enum lookup_result
sleep_lookup(struct lookup *lookup, int64_t deadline_us)
{
	const uint64_t *seconds = lookup->data;
	struct timespec time = { .tv_sec = (time_t)*seconds };

	(void)deadline_us;
	(void)nanosleep(&time, NULL);
	return LOOKUP_FOUND;
}

/* Asks for a lookup of that many seconds the first time; what it answered the
 * second time. */
static enum answer
wait_for(struct decision *decision, uint64_t seconds)
{
	struct lookup *lookup;
	uint64_t *data;

	if (decision->lookup_count > 0) {
		if (decision->lookups[0]->result == LOOKUP_FAILED)
			decision_fail(
			    decision, "sleep", &decision->lookups[0]->err);
		return ANSWER_MORE;
	}
	lookup = decision_ask(decision, sleep_lookup, NULL);
	data = pool_alloc(lookup->pool, sizeof(*data));
	*data = seconds;
	lookup->data = data;
	return ANSWER_LOOKUPS;
}

/* A decision that takes its time, until there is the file PATH. */
static void
decide_until(struct decision *decision, struct span path)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	const char *name = pool_string(decision->message->pool, path);

	while (access(name, F_OK) < 0)
		(void)nanosleep(&pause, NULL);
}

static struct span
word(struct span *rest)
{
	struct span item = SPAN_INIT("");

	while (span_next(rest, ' ', &item) && item.len == 0)
		continue;
	return item;
}

static unsigned
number(struct span *rest)
{
	uint64_t value = 0;

	(void)span_number(word(rest), 1000000, &value);
	return (unsigned)value;
}

/* VALUE as a header wants it, with its leading blank. */
static struct span
blank(struct decision *decision, struct span value)
{
	return pool_printf(
	    decision->message->pool, " %.*s", SPAN_ARGS(value));
}

static bool
edit_header(struct decision *decision, struct span command, struct span rest)
{
	struct verdict *verdict = decision->verdict;
	struct span name;
	unsigned index;

	if (span_equal(command, SPAN("add-header"))) {
		name = word(&rest);
		verdict_add_header(verdict, name, blank(decision, rest));
	} else if (span_equal(command, SPAN("insert-header"))) {
		index = number(&rest);
		name = word(&rest);
		verdict_insert_header(
		    verdict, index, name, blank(decision, rest));
	} else if (span_equal(command, SPAN("change-header"))) {
		name = word(&rest);
		index = number(&rest);
		verdict_change_header(
		    verdict, name, index, blank(decision, rest));
	} else if (span_equal(command, SPAN("delete-header"))) {
		name = word(&rest);
		verdict_delete_header(verdict, name, number(&rest));
	} else {
		return false;
	}
	return true;
}

static bool
edit_envelope(struct decision *decision, struct span command, struct span rest)
{
	const struct message *message = decision->message;
	struct verdict *verdict = decision->verdict;
	struct span address;
	unsigned index;

	if (span_equal(command, SPAN("add-recipient"))) {
		address = word(&rest);
		verdict_add_recipient(verdict, address,
		    rest.ptr != NULL ? rest : SPAN(""));
	} else if (span_equal(command, SPAN("delete-recipient"))) {
		index = number(&rest);
		if (index < message->recipient_count)
			verdict_delete_recipient(
			    verdict, &message->recipients[index]);
	} else if (span_equal(command, SPAN("delete-all"))) {
		for (size_t i = 0; i < message->recipient_count; i++)
			verdict_delete_recipient(
			    verdict, &message->recipients[i]);
	} else if (span_equal(command, SPAN("discard-if-none"))) {
		verdict->discard_if_no_recipient = true;
	} else if (span_equal(command, SPAN("change-sender"))) {
		verdict_change_sender(verdict, word(&rest));
	} else {
		return false;
	}
	return true;
}

static bool
end_message(struct decision *decision, struct span command, struct span rest)
{
	struct verdict *verdict = decision->verdict;

	if (span_equal(command, SPAN("reject")))
		verdict_end(verdict, DISPOSITION_REJECT, 550, SPAN("5.7.1"),
		    "probe: %.*s", SPAN_ARGS(rest));
	else if (span_equal(command, SPAN("tempfail")))
		verdict_end(verdict, DISPOSITION_TEMPFAIL, 451,
		    SPAN("4.7.1"), "probe: %.*s", SPAN_ARGS(rest));
	else if (span_equal(command, SPAN("reject-plainly")))
		verdict_end(
		    verdict, DISPOSITION_REJECT, 0, SPAN(""), "%s", "");
	else if (span_equal(command, SPAN("tempfail-plainly")))
		verdict_end(
		    verdict, DISPOSITION_TEMPFAIL, 0, SPAN(""), "%s", "");
	else if (span_equal(command, SPAN("discard")))
		verdict_end(
		    verdict, DISPOSITION_DISCARD, 0, SPAN(""), "%s", "");
	else if (span_equal(command, SPAN("hold")))
		verdict_hold(verdict, rest);
	else
		return false;
	return true;
}

/* Replaces the body by SIZE bytes. */
static void
fill_body(struct decision *decision, unsigned size)
{
	char *body = pool_alloc(decision->message->pool, size + 1);

	for (unsigned i = 0; i < size; i++)
		body[i] = "0123456789\r\n"[i % 12];
	verdict_replace_body(decision->verdict, span_make(body, size));
}

static enum answer
obey(struct decision *decision, struct span line)
{
	struct probe_state *state = decision->state;
	struct span command = word(&line);

	if (edit_header(decision, command, line) ||
	    edit_envelope(decision, command, line) ||
	    end_message(decision, command, line))
		return ANSWER_MORE;
	if (span_equal(command, SPAN("done")))
		return ANSWER_DONE;
	if (span_equal(command, SPAN("slow")))
		return wait_for(decision, number(&line));
	if (span_equal(command, SPAN("until")))
		decide_until(decision, line);
	if (span_equal(command, SPAN("crash")))
		abort();
	if (span_equal(command, SPAN("fail")))
		decision_fail(decision, "probe", NULL);
	else if (span_equal(command, SPAN("fail-in-body")))
		state->fail_in_body = true;
	else if (span_equal(command, SPAN("replace-body")))
		verdict_replace_body(decision->verdict,
		    pool_printf(decision->message->pool, "%.*s\r\n",
			SPAN_ARGS(line)));
	else if (span_equal(command, SPAN("fill-body")))
		fill_body(decision, number(&line));
	else if (span_equal(command, SPAN("count-body")))
		verdict_add_header(decision->verdict, SPAN("X-Probe-Body"),
		    pool_printf(decision->message->pool, " %ju",
			(uintmax_t)state->body_seen));
	return ANSWER_MORE;
}

static enum answer
decide_message(struct decision *decision)
{
	const struct header *header;
	enum answer answer = ANSWER_MORE;

	for (size_t i = 0; answer == ANSWER_MORE; i++) {
		struct span line, rest;
		bool at_headers;

		header = header_list_find(
		    &decision->message->headers, SPAN("X-Probe"), i);
		if (header == NULL)
			break;
		line = span_trim(header->value);
		rest = line;
		at_headers = span_equal(word(&rest), SPAN("headers"));
		if (at_headers != (decision->stage == STAGE_HEADERS))
			continue;
		answer = obey(decision, at_headers ? rest : line);
	}
	return answer;
}

static enum answer
decide_recipient(struct decision *decision)
{
	const struct recipient *recipient =
	    &decision->message->recipients[decision->recipient];
	struct span local = recipient->address.local;

	if (span_starts(local, SPAN("slow")))
		return wait_for(decision, 3);
	if (span_starts(local, SPAN("refuse")))
		decision_refuse(decision, DISPOSITION_REJECT, 550,
		    SPAN("5.1.1"), "probe: no such user, 100%% sure");
	else if (span_starts(local, SPAN("defer")))
		decision_refuse(decision, DISPOSITION_TEMPFAIL, 450,
		    SPAN("4.2.1"), "probe: later");
	else if (span_starts(local, SPAN("fail")))
		decision_fail(decision, "probe", NULL);
	return ANSWER_MORE;
}

/* The local part of the sender may begin with PREFIX and be a command then,
 * with "." for a blank. */
static enum answer
decide_sender(struct decision *decision, struct span prefix)
{
	struct span local = decision->message->sender.local;
	char *line;

	if (!span_starts(local, prefix))
		return ANSWER_MORE;
	line = pool_string(decision->message->pool,
	    span_slice(local, prefix.len, local.len));
	for (char *c = line; *c != '\0'; c++)
		if (*c == '.')
			*c = ' ';
	return obey(decision, span_of(line));
}

static enum answer
decide(struct decision *decision)
{
	events_stage(events_of(decision), decision);
	switch (decision->stage) {
	case STAGE_MAIL:
		return decide_sender(decision, SPAN("mail-"));
	case STAGE_RECIPIENT:
		return decide_recipient(decision);
	case STAGE_DATA:
		return decide_sender(decision, SPAN("data-"));
	case STAGE_HEADERS:
	case STAGE_END:
		return decide_message(decision);
	}
	return ANSWER_MORE;
}

const struct daemon probe_daemon = {
	.name = "lumbar-probe",
	.summary = "does what the mail says (for tests)",
	.conf_file = "probe.conf",
	.table = { .rows = rows, .row_count = 2 },
	.conf_size = sizeof(struct probe_conf),
	.default_socket = "unix:/run/lumbar/probe.sock",
	.events = EVENT_MAIL | EVENT_RECIPIENT | EVENT_DATA | EVENT_HEADERS |
	    EVENT_BODY,
	.changes = CHANGE_HEADERS | CHANGE_RECIPIENTS | CHANGE_SENDER |
	    CHANGE_BODY,
	.load = load,
	.unload = unload,
	.needs = needs,
	.begin = begin,
	.decide = decide,
	.body = see_body,
	.settle = settle,
};
