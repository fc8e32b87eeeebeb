/* SPDX-License-Identifier: BSD-2-Clause */
#include "t/fuzz/planned_daemon.h"

#include "base/log.h"
#include "skeleton/daemon_conf.h"

#include <assert.h>

atomic_uint planned_begun, planned_settled;

/* In the place of the C library's, for nobody reads the log of a fuzzer.  Its
 * header would make a macro of the first where _FORTIFY_SOURCE is defined. */
void syslog(int priority, const char *format, ...);
void __syslog_chk(int priority, int flag, const char *format, ...);

void
syslog(int priority, const char *format, ...)
{
	(void)priority;
	(void)format;
}

void
__syslog_chk(int priority, int flag, const char *format, ...)
{
	(void)priority;
	(void)flag;
	(void)format;
}

static struct reader *
plan_of(struct decision *decision)
{
	const struct planned_process *process = decision->process;

	if (decision->state == NULL)
		decision->state = process->plan(decision);
	return decision->state;
}

static void
begin(struct decision *decision)
{
	(void)decision;
	(void)atomic_fetch_add(&planned_begun, 1);
}

static void
settle(struct decision *decision, enum settlement settlement)
{
	(void)decision;
	(void)settlement;
	(void)atomic_fetch_add(&planned_settled, 1);
}

static enum lookup_result
look_up(struct lookup *lookup, int64_t deadline_us)
{
	const struct planned_process *process = lookup->service;
	const bool *found = lookup->data;

	(void)deadline_us;
	if (process->before_answer != NULL)
		process->before_answer();
	if (*found)
		return LOOKUP_FOUND;
	(void)err_set(&lookup->err, ERR_TEMPORARY, "as planned");
	return LOOKUP_FAILED;
}

static enum answer
ask(struct decision *decision, bool found)
{
	struct lookup *lookup;
	bool *data;

	/* Else the plan could ask for ever. */
	if (decision->lookup_count > 0)
		return ANSWER_MORE;
	lookup = decision_ask(decision, look_up, decision->process);
	data = pool_alloc(lookup->pool, sizeof(*data));
	*data = found;
	lookup->data = data;
	return ANSWER_LOOKUPS;
}

/* LEN bytes of body or of a header value. */
static struct span
filling(struct decision *decision, size_t len)
{
	char *bytes = pool_alloc(decision->message->pool, len + 1);

	for (size_t i = 0; i < len; i++)
		bytes[i] = " 23456789abcd\n\t%"[i % 16];
	return span_make(bytes, len);
}

static void
edit(struct decision *decision, uint8_t kind)
{
	const struct message *message = decision->message;
	struct verdict *verdict = decision->verdict;
	struct reader *plan = plan_of(decision);
	unsigned index = take_byte(plan) % 4;
	/* From nothing to 60 kB; of a body, to 500 kB. */
	size_t len = (size_t)(take_byte(plan) % 16) << index * 4;
	struct span name = SPAN("X-Fuzz");

	switch (kind % 9) {
	case 0:
		verdict_add_header(verdict, name, filling(decision, len));
		break;
	case 1:
		verdict_insert_header(
		    verdict, index, name, filling(decision, len));
		break;
	case 2:
		verdict_change_header(
		    verdict, name, index + 1, filling(decision, len));
		break;
	case 3:
		verdict_delete_header(verdict, name, index + 1);
		break;
	case 4:
		verdict_add_recipient(verdict, SPAN("x@example.com"),
		    index % 2 == 0 ? SPAN("") : SPAN("NOTIFY=NEVER"));
		break;
	case 5:
		if (index < message->recipient_count)
			verdict_delete_recipient(
			    verdict, &message->recipients[index]);
		break;
	case 6:
		verdict_change_sender(
		    verdict, index == 0 ? SPAN("") : SPAN("x@example.com"));
		break;
	case 7:
		verdict_hold(verdict, filling(decision, len % 100));
		break;
	default:
		verdict_replace_body(verdict, filling(decision, len * 8));
		break;
	}
}

static void
end(struct decision *decision, uint8_t how)
{
	struct verdict *verdict = decision->verdict;

	switch (how % 5) {
	case 0:
		verdict_end(verdict, DISPOSITION_REJECT, 550, SPAN("5.7.1"),
		    "100%% %s\n", "no");
		break;
	case 1:
		verdict_end(verdict, DISPOSITION_TEMPFAIL, 451, SPAN(""), "%s",
		    "later");
		break;
	case 2:
		verdict_end(
		    verdict, DISPOSITION_DISCARD, 0, SPAN(""), "%s", "");
		break;
	case 3:
		verdict_end(
		    verdict, DISPOSITION_REJECT, 0, SPAN(""), "%s", "");
		break;
	default:
		verdict_end(
		    verdict, DISPOSITION_TEMPFAIL, 0, SPAN(""), "%s", "");
		break;
	}
}

static enum answer
decide(struct decision *decision)
{
	struct reader *plan = plan_of(decision);
	uint8_t byte = take_byte(plan);

	switch (byte % 8) {
	case 1:
		return ANSWER_DONE;
	case 2:
	case 3:
		return ask(decision, byte % 8 == 2);
	case 4:
		decision_fail(decision, "as planned", NULL);
		return ANSWER_DONE;
	case 5:
		if (decision->stage == STAGE_RECIPIENT)
			decision_refuse(decision,
			    byte < 128 ? DISPOSITION_REJECT
				       : DISPOSITION_TEMPFAIL,
			    byte < 128 ? 550 : 450, SPAN(""), "%s", "no");
		else
			end(decision, byte / 8);
		return ANSWER_MORE;
	case 6:
	case 7:
		for (unsigned i = 0; i <= byte / 8u % 8u; i++)
			edit(decision, take_byte(plan));
		return ANSWER_MORE;
	default:
		return ANSWER_MORE;
	}
}

static int
see_body(struct decision *decision, struct span chunk)
{
	if (chunk.len % 251 != 250)
		return 0;
	decision_fail(decision, "body", NULL);
	return -1;
}

static unsigned
all_but_body(const void *config)
{
	(void)config;
	return 0x1f & ~(unsigned)EVENT_BODY;
}

#define COMMON                                                            \
	.name = "lumbar-fuzz", .summary = "", .conf_file = "fuzz.conf",   \
	.table = { 0 }, .conf_size = sizeof(struct settings),             \
	.default_socket = "unix:/nonexistent", .load = load,              \
	.unload = unload, .begin = begin, .decide = decide,               \
	.body = see_body, .settle = settle

static void *
load(void *process, const void *conf, struct buf *errors)
{
	static char config;

	(void)process;
	(void)conf;
	(void)errors;
	return &config;
}

static void
unload(void *config)
{
	(void)config;
}

const struct daemon planned_daemons[PLANNED_DAEMONS] = {
	{ COMMON, .events = 0x1f, .changes = 0x1f },
	{ COMMON, .events = 0x1f, .changes = 0x1f, .needs = all_but_body },
	{ COMMON, .events = EVENT_RECIPIENT },
	{ COMMON, .events = EVENT_HEADERS, .changes = CHANGE_HEADERS },
	{ COMMON, .events = EVENT_BODY | EVENT_DATA, .keep_body = true,
	    .changes = CHANGE_BODY },
};
void
planned_milter_open(struct milter *milter, const struct daemon *daemon,
    struct planned_process *process)
{
	static const struct log_settings log = {
		.program = "fuzz",
		.target = LOG_TARGET_SYSLOG,
	};
	struct conf *conf;
	struct buf errors;

	log_open(&log);
	buf_init(&errors, 65536);
	conf = daemon_conf_read_text(daemon, "", &errors);
	if (conf == NULL || milter_load(milter, daemon, &conf, &errors) < 0)
		assert(false);
	milter->process = process;
	buf_free(&errors);
}
