/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A connection to the native engine's protocol.  The input is
 *
 *	byte 0         which of the daemons below, and what OUT may hold
 *	byte 1         the length of the plan
 *	the plan       what the daemon answers, a byte each time it is asked
 *	operations     each a letter with its arguments, below
 *
 * and is played twice, with reads as it says and in one: what the MTA is told
 * must be the same.  t/fuzz/seed-sessions makes inputs of recorded sessions.
 */
#include "base/log.h"
#include "skeleton/daemon_conf.h"
#include "skeleton/native_session.h"
#include "skeleton/negotiation.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	DAEMONS = 5,
	IN_MAX = 3 << 20,
	READS_MAX = 2000,
	STEPS_MAX = 100000, /* more than any input takes */
	TOLD_MAX = 64 << 20,
	SMALL_OUT = 1 << 14, /* less than some edits need */
};

/* Takes bytes off an input; zeroes behind its end. */
struct reader {
	const uint8_t *ptr;
	size_t left;
};

static struct reader plan; /* of the daemon, as far as it was followed */
static unsigned begun, settled;

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

static uint8_t
take_byte(struct reader *reader)
{
	if (reader->left == 0)
		return 0;
	reader->left--;
	return *reader->ptr++;
}

static uint32_t
take_number(struct reader *reader, size_t bytes)
{
	uint32_t number = 0;

	for (size_t i = 0; i < bytes; i++)
		number = number << 8 | take_byte(reader);
	return number;
}

static struct span
take_span(struct reader *reader, size_t len)
{
	struct span span;

	len = len < reader->left ? len : reader->left;
	span = span_make((const char *)reader->ptr, len);
	reader->ptr += len;
	reader->left -= len;
	return span;
}

static void
begin(struct decision *decision)
{
	(void)decision;
	begun++;
}

static void
settle(struct decision *decision, enum settlement settlement)
{
	(void)decision;
	(void)settlement;
	settled++;
}

static enum lookup_result
look_up(struct lookup *lookup, int64_t deadline_us)
{
	const bool *found = lookup->data;

	(void)deadline_us;
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
	lookup = decision_ask(decision, look_up, NULL);
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
	unsigned index = take_byte(&plan) % 4;
	/* From nothing to 60 kB; of a body, to 500 kB. */
	size_t len = (size_t)(take_byte(&plan) % 16) << index * 4;
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
	uint8_t byte = take_byte(&plan);

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
			edit(decision, take_byte(&plan));
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

static const struct daemon daemons[DAEMONS] = {
	{ COMMON, .events = 0x1f, .changes = 0x1f },
	{ COMMON, .events = 0x1f, .changes = 0x1f, .body_unanswered = true },
	{ COMMON, .events = EVENT_RECIPIENT },
	{ COMMON, .events = EVENT_HEADERS, .changes = CHANGE_HEADERS },
	{ COMMON, .events = EVENT_BODY | EVENT_DATA, .keep_body = true,
	    .changes = CHANGE_BODY },
};
static struct milter milters[DAEMONS];
static struct milter_negotiation wanted[DAEMONS];

static void
open_milters(void)
{
	static const struct log_settings log = {
		.program = "fuzz",
		.target = LOG_TARGET_SYSLOG,
	};
	static bool opened;

	if (!opened)
		log_open(&log);
	for (size_t i = 0; i < DAEMONS && !opened; i++) {
		struct conf *conf;
		struct buf errors;

		buf_init(&errors, 65536);
		conf = daemon_conf_read_text(&daemons[i], "", &errors);
		if (conf == NULL ||
		    milter_load(&milters[i], &daemons[i], &conf, &errors) < 0)
			assert(false);
		wanted[i] = negotiation_wanted(&daemons[i]);
		buf_free(&errors);
	}
	opened = true;
}

/* LEN bytes of PATTERN, again and again, block by block: byte by byte, they
 * would be most of what the fuzzer does. */
static void
add_filling(struct buf *in, const char *pattern, size_t len)
{
	char block[1024];
	size_t period = strlen(pattern);
	size_t size = sizeof(block) - sizeof(block) % period;

	for (size_t i = 0; i < size; i++)
		block[i] = pattern[i % period];
	for (; len > size; len -= size)
		(void)buf_append(in, block, size);
	(void)buf_append(in, block, len);
}

/* The parts of operations. */
static void
add_packet(struct buf *in, char letter, struct span payload)
{
	size_t packet = milter_packet_begin(in, letter);

	(void)buf_append_span(in, payload);
	milter_packet_end(in, packet);
}

static void
add_negotiation(struct buf *in, struct reader *reader)
{
	size_t packet = milter_packet_begin(in, MILTER_NEGOTIATE);

	milter_add_number(in, take_byte(reader));
	milter_add_number(in, take_number(reader, 2));
	milter_add_number(in, take_number(reader, 4));
	milter_packet_end(in, packet);
}

static void
add_field(struct buf *in, struct reader *reader)
{
	size_t packet = milter_packet_begin(in, MILTER_HEADER);

	milter_add_string(in, SPAN("X-Fuzz"));
	milter_add_string(in, take_span(reader, take_byte(reader)));
	milter_packet_end(in, packet);
}

static void
add_body(struct buf *in, struct reader *reader)
{
	size_t len = take_number(reader, 2) * 4u;
	size_t packet = milter_packet_begin(in, MILTER_BODY);

	add_filling(in, "0123456\r\n", len);
	milter_packet_end(in, packet);
}

/* One macro of the stage before the command that comes next. */
static void
add_macro(struct buf *in, struct reader *reader)
{
	size_t packet = milter_packet_begin(in, MILTER_MACROS);
	size_t len = take_number(reader, 1) << take_byte(reader) % 12;

	(void)buf_append_char(
	    in, "CHMRTNE"[take_byte(reader) % MILTER_STAGE_COUNT]);
	milter_add_string(in, SPAN("{auth_authen}"));
	add_filling(in, "x", len);
	(void)buf_append_char(in, '\0');
	milter_packet_end(in, packet);
}

static void
add_length(struct buf *in, struct reader *reader)
{
	milter_add_number(in, take_number(reader, 4));
	(void)buf_append_char(in, (char)take_byte(reader));
}

/* Commands that every MTA gives, in their order. */
static const struct {
	char letter;
	const char *payload;
	size_t len;
} phrases[] = {
#define PHRASE(letter, text) { letter, text, sizeof(text) - 1 }
	PHRASE(MILTER_MACROS, "Cj\0mx\0{daemon_name}\0smtp\0"),
	PHRASE(MILTER_CONNECT, "client\0004\1\2192.0.2.1\0"),
	PHRASE(MILTER_MACROS, "H{tls_version}\0TLSv1.3\0"),
	PHRASE(MILTER_HELO, "client\0"),
	PHRASE(MILTER_MACROS, "M{i}\0004ABC\0{auth_authen}\0ann\0"),
	PHRASE(MILTER_MAIL, "<ann@example.com>\0SIZE=100\0"),
	PHRASE(MILTER_MACROS, "Ri\0004ABC\0"),
	PHRASE(MILTER_RECIPIENT, "<bob@example.net>\0NOTIFY=NEVER\0"),
	PHRASE(MILTER_RECIPIENT, "<Dora@example.net>\0"),
	PHRASE(MILTER_DATA, ""),
	PHRASE(MILTER_HEADER, "Subject\0 x\0"),
	PHRASE(MILTER_HEADERS_END, ""),
	PHRASE(MILTER_BODY, "text\r\n"),
	PHRASE(MILTER_END, ""),
	PHRASE(MILTER_ABORT, ""),
	PHRASE(MILTER_QUIT_NEW, ""),
	PHRASE(MILTER_CONNECT, "client\0006\1\2IPv6:2001:db8::1\0"),
	PHRASE(MILTER_CONNECT, "client\000L\0\0/run/socket\0"),
	PHRASE(MILTER_CONNECT, "client\000U"),
	PHRASE(MILTER_UNKNOWN, "XYZZY\0"),
	PHRASE(MILTER_MACROS, "Tx\0y\0"),
	PHRASE(MILTER_MACROS, "Nx\0y\0"),
	PHRASE(MILTER_MACROS, "Ex\0y\0"),
	PHRASE(MILTER_MACROS, "Lx\0y\0"),
	PHRASE(MILTER_END, "rest\r\n"),
	PHRASE(MILTER_QUIT, ""),
#undef PHRASE
};

static void
add_phrases(struct buf *in, size_t from, size_t to)
{
	for (size_t i = from; i <= to && i < sizeof(phrases) /
		    sizeof(phrases[0]); i++)
		add_packet(in, phrases[i].letter,
		    span_make(phrases[i].payload, phrases[i].len));
}

/* What the MTA says, from the operations: */
static void
add_operation(struct buf *in, struct reader *reader)
{
	char operation = (char)take_byte(reader);

	switch (operation) {
	case 'p': /* a packet: letter, length, payload */
		operation = (char)take_byte(reader);
		add_packet(in, operation,
		    take_span(reader, take_number(reader, 2)));
		break;
	case 'n': /* a negotiation: version, actions, steps */
		add_negotiation(in, reader);
		break;
	case 'l': /* a length and a letter, and no more */
		add_length(in, reader);
		break;
	case 'r': /* bytes: length, bytes */
		(void)buf_append_span(
		    in, take_span(reader, take_byte(reader)));
		break;
	case 'f': /* a header field: length, value */
		add_field(in, reader);
		break;
	case 'b': /* a piece of body: length */
		add_body(in, reader);
		break;
	case 'd': /* a macro: length, factor of it, stage */
		add_macro(in, reader);
		break;
	case 'm': /* a message from MAIL to its end */
		add_phrases(in, 4, 13);
		break;
	default: /* one of the phrases */
		add_phrases(
		    in, (uint8_t)operation % 32u, (uint8_t)operation % 32u);
		break;
	}
}

/* What OUT says are whole packets, each of a known kind.  A field may be larger
 * than what milter_packet_split takes. */
static void
check_out(const struct buf *out)
{
	struct reader reader = { (const uint8_t *)out->ptr, out->len };

	while (reader.left > 0) {
		uint32_t length = take_number(&reader, 4);

		assert(length > 0 && length <= reader.left);
		assert(strchr("Ocatrdsy+2-eimbq", *reader.ptr) != NULL);
		(void)take_span(&reader, length);
	}
}

struct conversation {
	struct native_session *session;
	struct buf in, out, told;
	size_t cut; /* bytes of a read */
};

static void
send_out(struct conversation *talk)
{
	check_out(&talk->out);
	assert(!talk->out.full);
	(void)buf_append_span(&talk->told, buf_span(&talk->out));
	buf_reset(&talk->out);
}

/* Plays IN until it is read or the session is over. */
static void
converse(struct conversation *talk)
{
	enum native_step step = NATIVE_READ;
	size_t from = 0, given = 0;

	for (unsigned i = 0; step != NATIVE_CLOSE; i++) {
		struct span bytes;

		assert(i < STEPS_MAX);
		/* The MTA may leave while lookups run. */
		if (step == NATIVE_WAIT) {
			assert(native_session_lookups(talk->session) != NULL);
			if (take_byte(&plan) == UINT8_MAX)
				return;
		}
		if (step != NATIVE_READ) {
			step = native_session_continue(
			    talk->session, clock_now(), &talk->out);
			send_out(talk);
			continue;
		}
		given = talk->cut < talk->in.len - given ? given + talk->cut
							 : talk->in.len;
		bytes = span_make(talk->in.ptr + from, given - from);
		step = native_session_read(
		    talk->session, &bytes, clock_now(), &talk->out);
		from = given - bytes.len;
		send_out(talk);
		if (step == NATIVE_READ && given == talk->in.len)
			break;
	}
	(void)native_session_error(talk->session);
	(void)native_session_at_end(talk->session);
	(void)native_session_negotiated(talk->session);
	(void)native_session_in_message(talk->session);
}

/* What the MTA was told in the conversation that DATA describes. */
static struct buf
play(struct reader data, bool at_once)
{
	uint8_t first = take_byte(&data);
	struct milter *milter = &milters[first % DAEMONS];
	struct span planned = take_span(&data, take_byte(&data));
	struct conversation talk = { .cut = SIZE_MAX };

	plan = (struct reader){ (const uint8_t *)planned.ptr, planned.len };
	begun = settled = 0;
	if (!at_once && data.left > 0)
		talk.cut = 1u + data.ptr[data.left - 1];
	buf_init(&talk.in, IN_MAX);
	buf_init(&talk.out, first < 128 ? NATIVE_OUT_MAX : SMALL_OUT);
	buf_init(&talk.told, TOLD_MAX);
	while (data.left > 0)
		add_operation(&talk.in, &data);
	/* A large input in small pieces shows nothing more and takes long. */
	if (talk.cut < talk.in.len / READS_MAX)
		talk.cut = talk.in.len / READS_MAX;
	talk.session =
	    native_session_new(milter, &wanted[first % DAEMONS]);
	if (talk.in.len > 0)
		converse(&talk);
	native_session_free(&talk.session);
	assert(begun == settled);
	assert(atomic_load(&milter->sessions) == 0);
	buf_free(&talk.in);
	buf_free(&talk.out);
	return talk.told;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct reader reader = { data, size };
	struct buf whole, cut;

	open_milters();
	whole = play(reader, true);
	cut = play(reader, false);
	assert(span_equal(buf_span(&whole), buf_span(&cut)));
	buf_free(&whole);
	buf_free(&cut);
	return 0;
}
