/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A connection to the native engine over a real socket, but without its
 * threads: the test takes their turns, so that what happens between two of
 * them is in its hands.
 */
#include "skeleton/native_connection.h"

#include "t/probe/probe.h"
#include "t/unit/log_capture.h"
#include "t/unit/suite.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define HOUR_US (3600 * CLOCK_SECOND_US)

enum {
	ERRORS_MAX = 65536,
	NUMBER = 7, /* of the slot */
	FIRST = 1,  /* generation */
	ALL_ACTIONS = 0x1ff,
};

static struct log_capture capture;
static struct milter milter;
static struct native_connection slot;
static struct native_scratch scratch;
static struct buf said; /* what is to be written to the connection */
static int epoll;
static int deciding, decisions;
static int decisions_left; /* that may begin */
static int mta; /* the MTA's end, -1 once closed */
static char folder[] = "/tmp/lumbar-connection-XXXXXX";
static char conf_file[sizeof(folder) + 16];

static bool
on_decision(bool at_end)
{
	ck_assert(at_end == native_connection_at_end(&slot));
	if (decisions_left == 0)
		return false;
	decisions_left--;
	deciding++;
	decisions++;
	return true;
}

static void
on_decision_end(void)
{
	deciding--;
}

static void
open_slot(int64_t timeout_us)
{
	int ends[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	mta = ends[1];
	native_connection_open(&slot, ends[0], false,
	    native_session_new(&milter), NUMBER, timeout_us);
	/* The MTA has said nothing yet. */
	ck_assert_int_eq(
	    native_connection_serve(&slot, false, &scratch), SERVED_RESTS);
	ck_assert(native_connection_yield(&slot));
}

static void
setup(void)
{
	struct buf errors;
	struct err err;
	FILE *file;

	log_capture_start(&capture);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(conf_file, sizeof(conf_file), "%s/conf", folder);
	file = fopen(conf_file, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fclose(file), 0);
	buf_init(&errors, ERRORS_MAX);
	ck_assert_msg(
	    milter_open(&milter, &probe_daemon, conf_file, &errors) == 0, "%s",
	    buf_string(&errors));
	milter.workers = workers_new(1, 8, &err);
	ck_assert_ptr_nonnull(milter.workers);
	decisions_left = 1000;
	scratch.decision_begins = on_decision;
	scratch.decision_ends = on_decision_end;
	buf_init(&scratch.out, NATIVE_OUT_MAX);
	buf_init(&said, 64 << 20);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	ck_assert_int_ge(epoll, 0);
	native_connection_init(&slot, epoll);
	open_slot(HOUR_US);
}

static void
teardown(void)
{
	ck_assert_int_eq(deciding, 0);
	if (slot.fd >= 0)
		native_connection_close(&slot);
	if (mta >= 0)
		(void)close(mta);
	ck_assert_uint_eq(atomic_load(&milter.sessions), 0);
	/* Lookups that still run look at the slot when they are answered. */
	milter_destroy(&milter);
	native_connection_destroy(&slot);
	(void)close(epoll);
	buf_free(&scratch.out);
	buf_free(&said);
	(void)unlink(conf_file);
	(void)rmdir(folder);
}

/* Writes LEN bytes of what was said, or all. */
static void
write_said(size_t len)
{
	if (len > said.len)
		len = said.len;
	ck_assert_int_eq(send(mta, said.ptr, len, MSG_DONTWAIT), (ssize_t)len);
	buf_cut_front(&said, len);
}

/* TEXT with "|" for NUL. */
static void
say(char letter, const char *text)
{
	size_t packet = milter_packet_begin(&said, letter);

	for (; *text != '\0'; text++)
		(void)buf_append_char(&said, *text == '|' ? '\0' : *text);
	milter_packet_end(&said, packet);
}

/* A command that is unknown, as a packet of SIZE bytes. */
static void
say_unknown(size_t size)
{
	size_t packet = milter_packet_begin(&said, MILTER_UNKNOWN);

	for (size_t i = 4 + 1 + 1; i < size; i++)
		(void)buf_append_char(&said, 'x');
	(void)buf_append_char(&said, '\0');
	milter_packet_end(&said, packet);
}

static void
say_message(const char *probe)
{
	say('C', "client.example|4\x11\x12" "192.0.2.1|");
	say('M', "<ann@example.com>|");
	say('R', "<bob@example.com>|");
	say('L', probe);
	say('N', "");
	say('E', "");
}

/* True if epoll has an event for the connection in the slot now. */
static bool
has_event(void)
{
	struct epoll_event event;

	if (epoll_wait(epoll, &event, 1, 0) != 1)
		return false;
	ck_assert_uint_eq((uint32_t)event.data.u64, NUMBER);
	return true;
}

/* One turn of a thread; false if the connection is over. */
static bool
serve(bool hangup)
{
	enum native_served served =
	    native_connection_serve(&slot, hangup, &scratch);

	ck_assert_int_ne(served, SERVED_WAITS);
	if (served == SERVED_OVER)
		native_connection_close(&slot);
	return served != SERVED_OVER;
}

static bool
claim_and_serve(void)
{
	ck_assert(native_connection_claim(&slot, FIRST));
	if (!serve(false))
		return false;
	ck_assert(native_connection_yield(&slot));
	return true;
}

/* The letters of the packets that the MTA was told. */
static const char *
letters(void)
{
	static char bytes[1 << 20];
	static char text[65536];
	struct milter_packet packet;
	struct span rest;
	struct err err;
	size_t len = 0;
	ssize_t got = recv(mta, bytes, sizeof(bytes), MSG_DONTWAIT);

	rest = span_make(bytes, got > 0 ? (size_t)got : 0);
	while (milter_packet_split(&rest, &packet, &err) == PACKET_WHOLE) {
		ck_assert_uint_lt(len + 1, sizeof(text));
		text[len++] = packet.letter;
	}
	ck_assert_uint_eq(rest.len, 0);
	text[len] = '\0';
	return text;
}

/* An old MTA, which waits for each answer. */
static void
negotiate(void)
{
	size_t packet = milter_packet_begin(&said, MILTER_NEGOTIATE);

	milter_add_number(&said, 2);
	milter_add_number(&said, ALL_ACTIONS);
	milter_add_number(&said, 0);
	milter_packet_end(&said, packet);
	write_said(SIZE_MAX);
	ck_assert(claim_and_serve());
	ck_assert_str_eq(letters(), "O");
}

static void
log_has(const char *text)
{
	const char *log = log_capture_read(&capture);

	ck_assert_msg(strstr(log, text) != NULL, "%s", log);
}

/* A read that fills the buffer is followed by another. */
START_TEST(keeps_half_a_packet_while_it_reads_on)
{
	negotiate();
	say_unknown(1000);
	say_unknown(NATIVE_READ_SIZE + 30000);
	write_said(SIZE_MAX);
	ck_assert(claim_and_serve());
	ck_assert_str_eq(letters(), "cc");
}
END_TEST

/* The half of one packet, its end with as much as is read at once, and the
 * half of another. */
START_TEST(keeps_only_the_last_half_packet)
{
	negotiate();
	say_unknown(1000);
	say_unknown(65000);
	say_unknown(2 + NATIVE_READ_SIZE - 1000 - 65000);
	say_unknown(1000);
	write_said(2);
	ck_assert(claim_and_serve());
	write_said(NATIVE_READ_SIZE + 3);
	ck_assert(claim_and_serve());
	write_said(SIZE_MAX);
	ck_assert(claim_and_serve());
	ck_assert_str_eq(letters(), "cccc");
}
END_TEST

START_TEST(takes_the_largest_packet)
{
	negotiate();
	say_unknown(4 + MILTER_PACKET_MAX);
	say_unknown(2 * NATIVE_READ_SIZE);
	/* So that the last read but one finds all but a byte of it. */
	while (said.len > 0) {
		size_t behind = said.len - 2 * NATIVE_READ_SIZE;

		write_said(said.len > 2 * NATIVE_READ_SIZE + 1 &&
			behind - 1 < NATIVE_READ_SIZE
			? behind - 1
			: NATIVE_READ_SIZE);
		ck_assert(claim_and_serve());
	}
	ck_assert_str_eq(letters(), "cc");
}
END_TEST

START_TEST(one_thread_serves_at_a_time)
{
	ck_assert(!native_connection_claim(&slot, FIRST - 1));
	ck_assert(!native_connection_claim(&slot, FIRST + 1));
	ck_assert(native_connection_claim(&slot, FIRST));
	ck_assert(!native_connection_claim(&slot, FIRST));
	ck_assert(!native_connection_claim(&slot, FIRST));
	ck_assert(!native_connection_yield(&slot));
	ck_assert(native_connection_yield(&slot));
	ck_assert(native_connection_claim(&slot, FIRST));
	native_connection_close(&slot);
	ck_assert(!native_connection_claim(&slot, FIRST));
	(void)close(mta);
	open_slot(HOUR_US);
	ck_assert(!native_connection_claim(&slot, FIRST));
	ck_assert(native_connection_claim(&slot, FIRST + 1));
}
END_TEST

/* What came before the end of a connection, in the same event. */
START_TEST(serves_what_came_with_a_hangup)
{
	negotiate();
	say_message("X-Probe|hold why|");
	write_said(SIZE_MAX);
	ck_assert_int_eq(shutdown(mta, SHUT_WR), 0);
	ck_assert(native_connection_claim(&slot, FIRST));
	ck_assert(!serve(true));
	ck_assert_str_eq(letters(), "cccccqc");
	ck_assert_int_eq(decisions, 2);
	ck_assert_uint_eq(atomic_load(&milter.counters.held), 1);
}
END_TEST

START_TEST(sees_a_hangup_while_it_waits_for_lookups)
{
	negotiate();
	say_message("X-Probe|slow 2|");
	write_said(SIZE_MAX);
	ck_assert(claim_and_serve());
	(void)has_event();
	ck_assert_int_eq(shutdown(mta, SHUT_WR), 0);
	ck_assert(has_event());
	ck_assert(native_connection_claim(&slot, FIRST));
	ck_assert(!serve(true));
	log_has("the MTA left in the middle of a message");
}
END_TEST

/* The thread that serves the connection learns that something happened, but
 * not what. */
START_TEST(sees_a_hangup_before_it_waits_for_lookups)
{
	negotiate();
	say_message("X-Probe|slow 2|");
	write_said(SIZE_MAX);
	ck_assert(native_connection_claim(&slot, FIRST));
	ck_assert(serve(false));
	ck_assert_int_eq(shutdown(mta, SHUT_WR), 0);
	ck_assert(!native_connection_claim(&slot, FIRST));
	ck_assert(!native_connection_yield(&slot));
	ck_assert(!serve(false));
	log_has("the MTA left in the middle of a message");
}
END_TEST

START_TEST(is_woken_by_an_answer)
{
	struct epoll_event event;

	negotiate();
	say_message("X-Probe|slow 1|");
	write_said(SIZE_MAX);
	ck_assert(claim_and_serve());
	while (has_event())
		continue;
	ck_assert_int_eq(epoll_wait(epoll, &event, 1, -1), 1);
	ck_assert(claim_and_serve());
	ck_assert_str_eq(letters(), "cccccc");
}
END_TEST

/* Only between the end of a message and its answer. */
START_TEST(tells_of_progress)
{
	int64_t later_us = clock_now().monotonic_us + HOUR_US;

	negotiate();
	native_connection_check(&slot, later_us);
	ck_assert_str_eq(letters(), "");
	say_message("X-Probe|slow 2|");
	write_said(SIZE_MAX);
	ck_assert(claim_and_serve());
	native_connection_check(&slot, clock_now().monotonic_us);
	ck_assert_str_eq(letters(), "ccccc");
	native_connection_check(&slot, later_us);
	native_connection_check(&slot, later_us);
	ck_assert_str_eq(letters(), "p");
}
END_TEST

/* And at the end of message its MTA is told of progress. */
START_TEST(waits_until_it_may_decide)
{
	int64_t later_us = clock_now().monotonic_us + HOUR_US;

	negotiate();
	say_message("Subject|x|");
	write_said(SIZE_MAX);
	decisions_left = 0;
	ck_assert(native_connection_claim(&slot, FIRST));
	ck_assert_int_eq(native_connection_serve(&slot, false, &scratch),
	    SERVED_WAITS);
	ck_assert(!native_connection_at_end(&slot));
	native_connection_check(&slot, later_us);
	ck_assert_str_eq(letters(), "cccc");
	decisions_left = 1;
	ck_assert_int_eq(native_connection_serve(&slot, false, &scratch),
	    SERVED_WAITS);
	ck_assert(native_connection_at_end(&slot));
	native_connection_check(&slot, later_us);
	ck_assert_str_eq(letters(), "cp");
	decisions_left = 1;
	ck_assert(serve(false));
	ck_assert(native_connection_yield(&slot));
	native_connection_check(&slot, later_us);
	ck_assert_str_eq(letters(), "c");
}
END_TEST

/* What a deadline that passed is said to be for. */
START_TEST(closes_what_is_late)
{
	static const struct {
		bool negotiated;
		size_t half; /* bytes of a packet */
		const char *reason;
	} rows[] = {
		{ false, 0, "the MTA did not negotiate" },
		{ false, 3, "the MTA did not negotiate" },
		{ true, 0, "no command came within session_timeout" },
		{ true, 3, "half a packet came, and no more of it" },
	};

	native_connection_close(&slot);
	for (size_t i = 0; i < COUNT(rows); i++) {
		(void)close(mta);
		open_slot(HOUR_US);
		ck_assert(native_connection_claim(
		    &slot, (uint32_t)(FIRST + 1 + i)));
		if (rows[i].negotiated)
			say('O', "|||\2|||\xff||||");
		write_said(SIZE_MAX);
		say('A', "");
		write_said(rows[i].half);
		buf_reset(&said);
		ck_assert(serve(false));
		slot.since_us -= HOUR_US;
		ck_assert(!serve(false));
		log_has(rows[i].reason);
	}
}
END_TEST

/* Postfix writes commands that need no reply when its buffer is full, be that
 * in the middle of one; the next may be as late as its client is.  The time of
 * half a packet begins with it. */
START_TEST(waits_for_a_packet_in_halves)
{
	negotiate();
	slot.since_us -= HOUR_US - 10 * CLOCK_SECOND_US;
	say('A', "");
	write_said(3);
	ck_assert(claim_and_serve());
	slot.since_us -= HOUR_US - 10 * CLOCK_SECOND_US;
	ck_assert(claim_and_serve());
	write_said(SIZE_MAX);
	ck_assert(claim_and_serve());
}
END_TEST

/* Nothing can be written then, so epoll has nothing to report by itself. */
START_TEST(a_connection_that_reads_nothing_is_late_too)
{
	negotiate();
	say_message("X-Probe|fill-body 1000000|");
	write_said(SIZE_MAX);
	ck_assert(claim_and_serve());
	ck_assert_uint_gt(slot.out.len, 0);
	while (has_event())
		continue;
	native_connection_check(&slot, clock_now().monotonic_us);
	ck_assert(!has_event());
	native_connection_check(
	    &slot, clock_now().monotonic_us + HOUR_US);
	ck_assert(has_event());
	ck_assert(!claim_and_serve());
	log_has("the MTA did not read what it was told");
}
END_TEST

/* Lookups that are not answered in time are no reason to cut it. */
START_TEST(what_is_unread_is_not_late_with_the_lookups)
{
	int64_t now_us;

	negotiate();
	say_message("X-Probe|fill-body 150000|");
	write_said(SIZE_MAX);
	ck_assert(claim_and_serve());
	ck_assert_uint_eq(slot.out.len, 0);
	say_message("X-Probe|slow 1|");
	write_said(SIZE_MAX);
	ck_assert(claim_and_serve());
	now_us = clock_now().monotonic_us;
	ck_assert_int_lt(
	    atomic_load(&slot.deadline_us), now_us + 60 * CLOCK_SECOND_US);
	native_connection_check(&slot, now_us + 60 * CLOCK_SECOND_US);
	ck_assert(!atomic_load(&slot.cut));
	native_connection_check(&slot, now_us + HOUR_US);
	ck_assert(atomic_load(&slot.cut));
}
END_TEST

/* Postfix may take minutes for many edits, but reads them one by one. */
START_TEST(an_mta_that_reads_slowly_is_not_late)
{
	const int size = 8192;
	char bytes[8192];

	negotiate();
	ck_assert_int_eq(setsockopt(slot.fd, SOL_SOCKET, SO_SNDBUF, &size,
			     sizeof(size)),
	    0);
	say_message("X-Probe|fill-body 1000000|");
	write_said(SIZE_MAX);
	ck_assert(claim_and_serve());
	for (int i = 0; i < 4; i++) {
		ck_assert_uint_gt(slot.out.len, 0);
		slot.since_us -= 400 * CLOCK_SECOND_US;
		ck_assert_int_gt(
		    recv(mta, bytes, sizeof(bytes), MSG_DONTWAIT), 0);
		ck_assert(claim_and_serve());
	}
	slot.since_us -= 1000 * CLOCK_SECOND_US;
	ck_assert(!claim_and_serve());
}
END_TEST

START_TEST(goes_on_when_the_mta_reads_at_last)
{
	static char bytes[65536];
	size_t size = 0;

	negotiate();
	say_message("X-Probe|fill-body 1000000|");
	write_said(SIZE_MAX);
	ck_assert(claim_and_serve());
	for (;;) {
		ssize_t len =
		    recv(mta, bytes, sizeof(bytes), MSG_DONTWAIT);

		if (len > 0)
			size += (size_t)len;
		else if (has_event())
			ck_assert(claim_and_serve());
		else
			break;
	}
	ck_assert(!native_session_in_message(slot.session));
	ck_assert_uint_gt(size, 1000000);
}
END_TEST

int
main(void)
{
	static const TTest *const *const tests[] = {
		&keeps_half_a_packet_while_it_reads_on,
		&keeps_only_the_last_half_packet, &takes_the_largest_packet,
		&one_thread_serves_at_a_time, &serves_what_came_with_a_hangup,
		&sees_a_hangup_while_it_waits_for_lookups,
		&sees_a_hangup_before_it_waits_for_lookups,
		&is_woken_by_an_answer, &tells_of_progress,
		&waits_until_it_may_decide, &closes_what_is_late,
		&waits_for_a_packet_in_halves,
		&a_connection_that_reads_nothing_is_late_too,
		&what_is_unread_is_not_late_with_the_lookups,
		&an_mta_that_reads_slowly_is_not_late,
		&goes_on_when_the_mta_reads_at_last,
	};
	Suite *suite = suite_create("native_connection");
	TCase *tcase = suite_case(suite, "native_connection");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < COUNT(tests); i++)
		tcase_add_test(tcase, *tests[i]);
	return suite_finish(suite);
}
