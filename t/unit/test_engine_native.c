/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The native engine with its threads, on a listener of its own: each test is a
 * process, for there is one engine in one.
 */
#include "skeleton/engine.h"

#include "formats/milter_packet.h"
#include "t/probe/probe.h"
#include "t/unit/log_capture.h"
#include "t/unit/suite.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	ERRORS_MAX = 65536,
	CLIENTS = 6, /* threads */
	TURNS = 60,  /* of each */
	/* A connection counts until the engine knows that the MTA left. */
	SESSIONS_MAX = CLIENTS * TURNS,
	QUITS = 20000,
	STOPS = 2000,
	ARRIVALS = 4, /* connections before each of these */
	LOOKS = 50,   /* behind each */
	DECISIONS = 64, /* more than may compute at once */
	PATIENCE = 60, /* seconds until a client gives up; none depends on it */
};

static struct log_capture capture;
static struct milter milter;
static struct sockaddr_un name = { .sun_family = AF_UNIX };
static socklen_t name_len = sizeof(name);
static int listener;
static char folder[] = "/tmp/lumbar-engine-XXXXXX";
static char conf_file[sizeof(folder) + 16];

static void
open_listener(void)
{
	listener =
	    socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* With the family alone, Linux chooses an abstract name (unix(7)). */
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&name,
			     sizeof(sa_family_t)),
	    0);
	ck_assert_int_eq(listen(listener, 128), 0);
	ck_assert_int_eq(
	    getsockname(listener, (struct sockaddr *)&name, &name_len), 0);
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
	milter.workers = workers_new(2, 64, &err);
	ck_assert_ptr_nonnull(milter.workers);
	open_listener();
	ck_assert_int_eq(engine_native.start(&milter,
			     &(struct engine_options){ .listener = listener,
				 .max_sessions = SESSIONS_MAX,
				 .session_timeout = 3600 * CLOCK_SECOND_US },
			     &err),
	    0);
}

static void
wait_until_connections_are(size_t count)
{
	while (engine_native.connections() != count)
		(void)poll(NULL, 0, 1);
}

static void
teardown(void)
{
	wait_until_connections_are(0);
	engine_native.accept(false);
	engine_native.stop();
	ck_assert_uint_eq(atomic_load(&milter.sessions), 0);
	milter_destroy(&milter);
	(void)close(listener);
	(void)unlink(conf_file);
	(void)rmdir(folder);
}

static int
connect_mta(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(
	    connect(fd, (struct sockaddr *)&name, name_len), 0);
	return fd;
}

/* TEXT with "|" for NUL. */
static void
say(struct buf *said, char letter, const char *text)
{
	size_t packet = milter_packet_begin(said, letter);

	for (; *text != '\0'; text++)
		(void)buf_append_char(said, *text == '|' ? '\0' : *text);
	milter_packet_end(said, packet);
}

static void
say_message(struct buf *said, const char *probe)
{
	say(said, 'M', "<ann@example.com>|");
	say(said, 'R', "<bob@example.com>|");
	say(said, 'L', probe);
	say(said, 'N', "");
	say(said, 'E', "");
}

/* A session of an MTA that waits for each answer, up to the end of a
 * message. */
static void
say_session(struct buf *said, const char *probe)
{
	buf_init(said, ERRORS_MAX);
	say(said, 'O', "|||\2|||\xff||||");
	say(said, 'C', "client.example|4\x11\x12" "192.0.2.1|");
	say_message(said, probe);
}

/* Sends BYTES in pieces of PIECE bytes. */
static void
send_pieces(int fd, struct span bytes, size_t piece)
{
	while (bytes.len > 0) {
		struct span next = span_slice(bytes, 0, piece);

		ck_assert_int_eq(send(fd, next.ptr, next.len, MSG_NOSIGNAL),
		    (ssize_t)next.len);
		bytes = span_slice(bytes, next.len, bytes.len);
	}
}

/* Reads COUNT answers; false if the connection ended before. */
static bool
read_answers(int fd, size_t count)
{
	char bytes[1024];
	size_t len = 0;

	for (;;) {
		struct span rest = span_make(bytes, len);
		struct milter_packet packet;
		struct err err;
		size_t seen = 0;
		ssize_t got;

		while (milter_packet_split(&rest, &packet, &err) ==
		    PACKET_WHOLE)
			seen++;
		if (seen >= count)
			return true;
		got = recv(fd, bytes + len, sizeof(bytes) - len, 0);
		if (got <= 0)
			return false;
		len += (size_t)got;
	}
}

/* A client thread: sessions that end in all manners, at once with others. */
static void *
run_client(void *argument)
{
	size_t number = *(size_t *)argument;

	for (size_t turn = 0; turn < TURNS; turn++) {
		struct span bytes;
		struct buf said;
		int fd = connect_mta();

		say_session(&said,
		    turn % 7 == 0 ? "X-Probe|slow 0|" : "Subject|x|");
		bytes = buf_span(&said);
		switch ((turn + number) % 5) {
		case 0: /* it leaves in the middle */
			send_pieces(fd,
			    span_slice(bytes, 0, turn * number % bytes.len), 9);
			break;
		case 1: /* ... or does not wait for its answer */
			send_pieces(fd, bytes, 1000);
			break;
		case 2: /* ... or closes its end at once */
			send_pieces(fd, bytes, 1000);
			(void)shutdown(fd, SHUT_WR);
			ck_assert(turn % 7 == 0 || read_answers(fd, 7));
			break;
		default:
			send_pieces(fd, bytes, turn % 30 + 1);
			ck_assert(read_answers(fd, 7));
			break;
		}
		(void)close(fd);
		buf_free(&said);
	}
	return NULL;
}

START_TEST(serves_many_at_once)
{
	pthread_t threads[CLIENTS];
	size_t numbers[CLIENTS];

	for (size_t i = 0; i < CLIENTS; i++) {
		numbers[i] = i;
		ck_assert_int_eq(pthread_create(&threads[i], NULL, run_client,
				     &numbers[i]),
		    0);
	}
	for (size_t i = 0; i < CLIENTS; i++)
		(void)pthread_join(threads[i], NULL);
}
END_TEST

/* In the kernel, a thread that epoll_wait wakes in vain must not keep what
 * another has closed; without EPOLL_CTL_DEL some one in 30,000 stay. */
START_TEST(lets_the_mta_see_the_end)
{
	const struct timeval patience = { .tv_sec = PATIENCE };
	size_t quits = getenv("LUMBAR_MEMCHECK") != NULL ? 20 : QUITS;
	struct buf said, quit;

	buf_init(&said, ERRORS_MAX);
	buf_init(&quit, ERRORS_MAX);
	say(&said, 'O', "|||\2|||\xff||||");
	say(&quit, 'Q', "");
	for (size_t i = 0; i < quits; i++) {
		int fd = connect_mta();

		ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO,
				     &patience, sizeof(patience)),
		    0);
		send_pieces(fd, buf_span(&said), 1000);
		ck_assert(read_answers(fd, 1));
		/* Two events, the second of which finds nothing. */
		send_pieces(fd, buf_span(&quit), 1);
		errno = 0;
		ck_assert(!read_answers(fd, 1));
		ck_assert_int_ne(errno, EAGAIN);
		(void)close(fd);
	}
	buf_free(&said);
	buf_free(&quit);
}
END_TEST

START_TEST(closes_a_connection_over_the_cap)
{
	int fds[SESSIONS_MAX];
	int extra;

	for (size_t i = 0; i < SESSIONS_MAX; i++)
		fds[i] = connect_mta();
	wait_until_connections_are(SESSIONS_MAX);
	extra = connect_mta();
	ck_assert(!read_answers(extra, 1));
	/* Counted behind the close. */
	while (atomic_load(&milter.counters.sessions_over_cap) == 0)
		(void)poll(NULL, 0, 1);
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		(void)close(fds[i]);
	(void)close(extra);
}
END_TEST

START_TEST(stops_accepting_and_goes_on)
{
	struct buf said;
	int open = connect_mta();
	int waits;

	say_session(&said, "Subject|x|");
	wait_until_connections_are(1);
	for (int i = 0; i < 50; i++) {
		engine_native.accept(false);
		waits = connect_mta();
		engine_native.accept(false);
		ck_assert_uint_eq(engine_native.connections(), 1);
		send_pieces(waits, buf_span(&said), 1000);
		engine_native.accept(true);
		ck_assert(read_answers(waits, 7));
		(void)close(waits);
		wait_until_connections_are(1);
	}
	/* What was open is served in the meantime. */
	engine_native.accept(false);
	send_pieces(open, buf_span(&said), 1000);
	ck_assert(read_answers(open, 7));
	(void)close(open);
	buf_free(&said);
}
END_TEST

/* What was accepted is counted once accepting has been stopped: who then sees
 * no connection may end the engine. */
START_TEST(counts_what_it_accepted)
{
	int fds[ARRIVALS];

	for (size_t i = 0; i < STOPS; i++) {
		size_t count;

		for (size_t j = 0; j < ARRIVALS; j++)
			fds[j] = connect_mta();
		/* At another point of their arrival each time. */
		for (size_t j = 0; j < i % 100; j++)
			(void)clock_now();
		engine_native.accept(false);
		count = engine_native.connections();
		for (size_t j = 0; j < LOOKS; j++) {
			(void)sched_yield();
			ck_assert_uint_le(engine_native.connections(), count);
		}
		engine_native.accept(true);
		for (size_t j = 0; j < ARRIVALS; j++)
			(void)close(fds[j]);
		while (engine_native.connections() > SESSIONS_MAX / 2)
			(void)sched_yield();
	}
}
END_TEST

START_TEST(waits_for_descriptors)
{
	struct rlimit limit, low;
	struct buf said;
	int mta;

	/* valgrind accepts the connection first and then closes it. */
	if (getenv("LUMBAR_MEMCHECK") != NULL)
		return;
	mta = connect_mta();

	say_session(&said, "Subject|x|");
	wait_until_connections_are(1);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	engine_native.accept(false);
	(void)close(mta);
	wait_until_connections_are(0);
	mta = connect_mta();
	low = limit;
	low.rlim_cur = (rlim_t)mta;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &low), 0);
	engine_native.accept(true);
	while (atomic_load(&milter.counters.accept_pauses) == 0)
		(void)poll(NULL, 0, 1);
	ck_assert_uint_eq(engine_native.connections(), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	send_pieces(mta, buf_span(&said), 1000);
	ck_assert(read_answers(mta, 7));
	(void)close(mta);
	buf_free(&said);
}
END_TEST

/* A client thread: message after message, until it is cut. */
static void *
run_until_cut(void *argument)
{
	size_t number = *(size_t *)argument;
	int fd = connect_mta();
	size_t answers = 7;
	struct buf said;

	say_session(&said, "Subject|x|");
	while (send(fd, said.ptr, said.len, MSG_NOSIGNAL) > 0 &&
	    read_answers(fd, answers)) {
		buf_reset(&said);
		answers = 5;
		say_message(&said,
		    ++number % 3 == 0 ? "X-Probe|slow 0|" : "Subject|x|");
	}
	(void)close(fd);
	buf_free(&said);
	return NULL;
}

static void
check_all_settled(void)
{
	const struct counters *counters = &milter.counters;

	wait_until_connections_are(0);
	ck_assert_uint_eq(atomic_load(&counters->passed) +
		atomic_load(&counters->aborted),
	    atomic_load(&counters->messages));
}

START_TEST(cuts_sessions_at_work)
{
	pthread_t threads[CLIENTS];
	size_t numbers[CLIENTS];

	for (size_t i = 0; i < CLIENTS; i++) {
		numbers[i] = i;
		ck_assert_int_eq(pthread_create(&threads[i], NULL,
				     run_until_cut, &numbers[i]),
		    0);
	}
	while (atomic_load(&milter.counters.messages) < TURNS)
		(void)poll(NULL, 0, 1);
	wait_until_connections_are(CLIENTS);
	engine_native.accept(false);
	engine_native.cut(false);
	for (size_t i = 0; i < CLIENTS; i++)
		(void)pthread_join(threads[i], NULL);
	check_all_settled();
}
END_TEST

START_TEST(cuts_those_that_wait_to_decide)
{
	char go[sizeof(folder) + 8], probe[sizeof(go) + 32];
	int fds[DECISIONS];
	struct buf said;
	FILE *file;

	(void)snprintf(go, sizeof(go), "%s/go", folder);
	(void)snprintf(probe, sizeof(probe), "X-Probe|until %s|", go);
	say_session(&said, probe);
	for (size_t i = 0; i < DECISIONS; i++) {
		fds[i] = connect_mta();
		send_pieces(fds[i], buf_span(&said), said.len);
	}
	wait_until_connections_are(DECISIONS);
	while (atomic_load(&milter.counters.messages) < DECISIONS)
		(void)poll(NULL, 0, 1);
	engine_native.accept(false);
	engine_native.cut(false);
	while (atomic_load(&milter.counters.aborted) == 0)
		(void)poll(NULL, 0, 1);
	file = fopen(go, "w");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fclose(file), 0);
	check_all_settled();
	(void)unlink(go);
	for (size_t i = 0; i < DECISIONS; i++)
		(void)close(fds[i]);
	buf_free(&said);
}
END_TEST

int
main(void)
{
	static const TTest *const *const tests[] = {
		&serves_many_at_once, &lets_the_mta_see_the_end,
		&closes_a_connection_over_the_cap,
		&stops_accepting_and_goes_on, &counts_what_it_accepted,
		&waits_for_descriptors, &cuts_sessions_at_work,
		&cuts_those_that_wait_to_decide,
	};
	Suite *suite = suite_create("engine_native");
	TCase *tcase = suite_case(suite, "engine_native");

	tcase_add_checked_fixture(tcase, setup, teardown);
	for (size_t i = 0; i < COUNT(tests); i++)
		tcase_add_test(tcase, *tests[i]);
	return suite_finish(suite);
}
