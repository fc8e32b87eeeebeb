/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A connection to the native engine's protocol.  The input is
 *
 *	byte 0         which of the daemons below, and what OUT may hold
 *	byte 1         the length of the plan
 *	the plan       what the daemon answers, a byte each time it is asked
 *	operations     each a letter with its arguments: see mta_input.h
 *
 * and is played twice, with reads as it says and in one: what the MTA is told
 * must be the same.  t/fuzz/seed-sessions makes inputs of recorded sessions.
 */
#include "skeleton/native_session.h"
#include "t/fuzz/planned_daemon.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	IN_MAX = 3 << 20,
	READS_MAX = 2000,
	STEPS_MAX = 100000, /* more than any input takes */
	TOLD_MAX = 64 << 20,
	SMALL_OUT = 1 << 14, /* less than some edits need */
};

static struct reader plan; /* of the daemon, as far as it was followed */

static struct reader *
follow_plan(struct decision *decision)
{
	(void)decision;
	return &plan;
}

static struct planned_process process = { .plan = follow_plan };
static struct milter milters[PLANNED_DAEMONS];

static void
open_milters(void)
{
	static bool opened;

	for (size_t i = 0; i < PLANNED_DAEMONS && !opened; i++) {
		planned_milter_open(
		    &milters[i], &planned_daemons[i], &process);
	}
	opened = true;
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
	struct milter *milter = &milters[first % PLANNED_DAEMONS];
	struct span planned = take_span(&data, take_byte(&data));
	struct conversation talk = { .cut = SIZE_MAX };

	plan = (struct reader){ (const uint8_t *)planned.ptr, planned.len };
	if (!at_once && data.left > 0)
		talk.cut = 1u + data.ptr[data.left - 1];
	buf_init(&talk.in, IN_MAX);
	buf_init(&talk.out, first < 128 ? NATIVE_OUT_MAX : SMALL_OUT);
	buf_init(&talk.told, TOLD_MAX);
	while (data.left > 0) {
		char operation = (char)take_byte(&data);

		add_operation(&talk.in, operation, &data);
	}
	/* A large input in small pieces shows nothing more and takes long. */
	if (talk.cut < talk.in.len / READS_MAX)
		talk.cut = talk.in.len / READS_MAX;
	talk.session = native_session_new(milter);
	if (talk.in.len > 0)
		converse(&talk);
	native_session_free(&talk.session);
	assert(atomic_load(&planned_begun) == atomic_load(&planned_settled));
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
