/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lookups from a real name server, Debian's knot as check-key unpacks it, and
 * what no real one sends: broken answers, from a server of a few lines.  Where
 * knot is not unpacked its tests are left out, unless LUMBAR_REQUIRE_KNOT is
 * set.
 */
#include "services/dns.h"

#include "base/clock.h"
#include "t/unit/suite.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	SECONDS = 60, /* deadline of lookups that end by themselves */
	PACKET_MAX = 512,
	HEADER_SIZE = 12,
	RCODE_OFFSET = 3,
	ANSWERS_OFFSET = 7,
	AUTHORITY_OFFSET = 9,
};

static int64_t
in_seconds(int seconds)
{
	return clock_now().monotonic_us + seconds * CLOCK_SECOND_US;
}

/* A socket on a loopback port of its own, *PORT. */
static int
bind_port(unsigned *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&address, len) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) < 0) {
		perror("test_dns: a loopback port");
		abort();
	}
	*port = ntohs(address.sin_port);
	return fd;
}

/* Ready to ask the servers at PORTS of this machine. */
static struct dns *
open_ports(const unsigned *ports, size_t count)
{
	char names[DNS_SERVERS_MAX][32];
	const char *items[DNS_SERVERS_MAX];
	struct conf_strings servers = { items, count };
	struct dns *dns;
	struct err err;

	for (size_t i = 0; i < count; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "127.0.0.1:%u",
		    ports[i]);
		items[i] = names[i];
	}
	dns = dns_open(&servers, &err);
	ck_assert_ptr_nonnull(dns);
	return dns;
}

static const struct {
	const char *server;
	bool good;
} servers[] = {
	{ "192.0.2.53", true },
	{ "192.0.2.53:5300", true },
	{ "192.0.2.53:65535", true },
	{ "2001:db8::53", true },
	{ "[2001:db8::53]", true },
	{ "[2001:db8::53]:5300", true },
	{ "", false },
	{ "localhost", false },
	{ "192.0.2.53:", false },
	{ "192.0.2.53:0", false },
	{ "192.0.2.53:65536", false },
	{ "192.0.2.53:dns", false },
	{ "192.0.2.53:53:53", false },
	{ "[2001:db8::53", false },
	{ "[2001:db8::53]5300", false },
	{ "[2001:db8::53]:", false },
	{ "[]:53", false },
	{ ":53", false },
};

START_TEST(checks_server)
{
	const char *const items[] = { servers[_i].server };
	struct conf_strings list = { items, 1 };
	struct dns *dns;
	struct err err;
	int result = dns_check_server(servers[_i].server, &err);

	ck_assert_msg((result == 0) == servers[_i].good, "%s",
	    servers[_i].server);
	dns = dns_open(&list, &err);
	ck_assert_msg((dns != NULL) == servers[_i].good, "%s",
	    servers[_i].server);
	if (dns == NULL)
		ck_assert_ptr_nonnull(strstr(err.text, "write one such as"));
	dns_close(&dns);
	ck_assert_ptr_null(dns);
}
END_TEST

START_TEST(opens)
{
	const char *items[DNS_SERVERS_MAX + 1];
	struct conf_strings list = { items, COUNT(items) };
	struct dns *dns;
	struct err err;

	for (size_t i = 0; i < COUNT(items); i++)
		items[i] = "192.0.2.53";
	ck_assert_ptr_null(dns_open(&list, &err));
	ck_assert_int_eq(err.kind, ERR_LIMIT);
	list.count = DNS_SERVERS_MAX;
	dns = dns_open(&list, &err);
	ck_assert_ptr_nonnull(dns);
	dns_close(&dns);
	/* Those of resolv.conf. */
	list.count = 0;
	dns = dns_open(&list, &err);
	ck_assert_ptr_nonnull(dns);
	dns_close(&dns);
	dns_close(&dns);
}
END_TEST

/* Names on the wire; what is asked for stands in each answer at offset 12. */
#define NAME "\1s\7example\3com\0"
#define TARGET "\1t\7example\3com\0"
#define ASKED "\xc0\x0c"
#define TTL "\0\0\0\x3c"
#define TXT "\0\x10\0\1" TTL
#define CHAOS_TXT "\0\x10\0\3" TTL
#define CNAME "\0\5\0\1" TTL
#define NS "\0\2\0\1" TTL
#define SOA "\0\6\0\1" TTL
#define A "\0\1\0\1" TTL

/* What is answered to the question for one name. */
struct answer {
	unsigned rcode;
	unsigned count; /* of records that the header tells */
	struct span records;
};

/* A server that answers everything with the same. */
struct server {
	const struct answer *answer;
	unsigned authority_count; /* records that the answer tells as such */
	bool not_authoritative;
	int fd;
	unsigned port;
	pthread_t thread;
	unsigned asked;
};

/* Where the question that begins at HEADER_SIZE ends, or 0. */
static size_t
question_end(const unsigned char *packet, size_t len)
{
	size_t at = HEADER_SIZE;

	while (at < len && packet[at] != 0)
		at += 1 + (size_t)packet[at];
	at += 1 + 4;
	return at <= len ? at : 0;
}

static void *
serve(void *argument)
{
	struct server *server = argument;
	const struct answer *answer = server->answer;
	unsigned char packet[PACKET_MAX + 1024];

	for (;;) {
		struct sockaddr_in client;
		socklen_t client_len = sizeof(client);
		ssize_t len = recvfrom(server->fd, packet, PACKET_MAX, 0,
		    (struct sockaddr *)&client, &client_len);
		size_t end =
		    len > 0 ? question_end(packet, (size_t)len) : 0;

		if (end == 0)
			return NULL;
		server->asked++;
		/* An answer, authoritative. */
		packet[2] = server->not_authoritative ? 0x80 : 0x84;
		packet[RCODE_OFFSET] = (unsigned char)answer->rcode;
		packet[ANSWERS_OFFSET] = (unsigned char)answer->count;
		memset(packet + ANSWERS_OFFSET + 1, 0, 4);
		packet[AUTHORITY_OFFSET] =
		    (unsigned char)server->authority_count;
		memcpy(packet + end, answer->records.ptr,
		    answer->records.len);
		(void)sendto(server->fd, packet, end + answer->records.len, 0,
		    (const struct sockaddr *)&client, client_len);
	}
}

static void
run_server(struct server *server)
{
	server->fd = bind_port(&server->port);
	ck_assert_int_eq(
	    pthread_create(&server->thread, NULL, serve, server), 0);
}

static void
start_server(struct server *server, const struct answer *answer)
{
	*server = (struct server){ .answer = answer };
	run_server(server);
}

static void
stop_server(struct server *server)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)server->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	/* An empty packet ends it. */
	(void)sendto(server->fd, "", 0, 0, (const struct sockaddr *)&address,
	    sizeof(address));
	(void)pthread_join(server->thread, NULL);
	(void)close(server->fd);
}

static const struct {
	struct answer answer;
	enum lookup_result result;
	unsigned count;
	const char *text; /* of the first record, or part of the error */
	const char *alias;
} answers[] = {
	/* The strings of a record are joined. */
	{ { 0, 1, SPAN_INIT(ASKED TXT "\0\7\3abc\2de") }, LOOKUP_FOUND, 1,
	    "abcde", "" },
	{ { 0, 2, SPAN_INIT(ASKED TXT "\0\2\1a" ASKED TXT "\0\2\1b") },
	    LOOKUP_FOUND, 2, "a", "" },
	{ { 0, 1, SPAN_INIT(ASKED TXT "\0\1\0") }, LOOKUP_FOUND, 1, "", "" },
	/* Case is no part of a name. */
	{ { 0, 1, SPAN_INIT("\1S\7eXample\3COM\0" TXT "\0\2\1a") },
	    LOOKUP_FOUND, 1, "a", "" },
	/* A string that is longer than the record. */
	{ { 0, 1, SPAN_INIT(ASKED TXT "\0\4\4abc") }, LOOKUP_FAILED, 0,
	    "cannot be read", "" },
	/* A record that is not all there, and one that is not there. */
	{ { 0, 1, SPAN_INIT(ASKED TXT "\0\x40\3abc") }, LOOKUP_FAILED, 0,
	    "cannot be read", "" },
	{ { 0, 2, SPAN_INIT(ASKED TXT "\0\2\1a") }, LOOKUP_FAILED, 0,
	    "cannot be read", "" },
	/* What was not asked for. */
	{ { 0, 1, SPAN_INIT(TARGET TXT "\0\2\1a") }, LOOKUP_NOT_FOUND, 0, NULL,
	    "" },
	{ { 0, 1, SPAN_INIT(ASKED CHAOS_TXT "\0\2\1a") }, LOOKUP_NOT_FOUND, 0,
	    NULL, "" },
	{ { 0, 1, SPAN_INIT(ASKED A "\0\4\x7f\0\0\1") }, LOOKUP_NOT_FOUND, 0,
	    NULL, "" },
	/* No such name, none of that type, no answer. */
	{ { 3, 0, SPAN_INIT("") }, LOOKUP_NOT_FOUND, 0, NULL, "" },
	{ { 0, 0, SPAN_INIT("") }, LOOKUP_NOT_FOUND, 0, NULL, "" },
	{ { 2, 0, SPAN_INIT("") }, LOOKUP_FAILED, 0, "does not tell the TXT "
	    "records of s.example.com", "" },
	{ { 5, 0, SPAN_INIT("") }, LOOKUP_FAILED, 0, "does not tell", "" },
	/* Aliases, in their order and not. */
	{ { 0, 2, SPAN_INIT(ASKED CNAME "\0\x0f" TARGET TARGET TXT "\0\2\1a") },
	    LOOKUP_FOUND, 1, "a", "t.example.com" },
	{ { 0, 2, SPAN_INIT(TARGET TXT "\0\2\1a" ASKED CNAME "\0\x0f" TARGET) },
	    LOOKUP_FOUND, 1, "a", "t.example.com" },
	{ { 3, 1, SPAN_INIT(ASKED CNAME "\0\x0f" TARGET) }, LOOKUP_NOT_FOUND,
	    0, NULL, "t.example.com" },
	{ { 0, 1, SPAN_INIT(ASKED CNAME "\0\2" ASKED) }, LOOKUP_FAILED, 0,
	    "go in a circle", NULL },
	/* An alias whose name points behind the packet. */
	{ { 0, 1, SPAN_INIT(ASKED CNAME "\0\2\xff\xff") }, LOOKUP_FAILED, 0,
	    "cannot be read", "" },
	/* Each answer is one more alias. */
	{ { 0, 1, SPAN_INIT(ASKED CNAME "\0\4\1s" ASKED) }, LOOKUP_FAILED, 0,
	    "shorten the chain to 8", NULL },
};

START_TEST(reads_answer)
{
	struct pool *pool = pool_new();
	struct server server;
	struct dns_txt txt;
	struct dns *dns;
	struct err err;
	const char *text = answers[_i].text;

	start_server(&server, &answers[_i].answer);
	dns = open_ports(&server.port, 1);
	ck_assert_int_eq(dns_lookup_txt(dns, "s.example.com", pool, &txt,
			     in_seconds(SECONDS), &err),
	    answers[_i].result);
	if (answers[_i].result == LOOKUP_FAILED)
		ck_assert_msg(strstr(err.text, text) != NULL, "%s", err.text);
	else
		ck_assert_uint_eq(txt.count, answers[_i].count);
	if (answers[_i].result == LOOKUP_FOUND)
		ck_assert(span_equal(txt.records[0], span_of(text)));
	if (answers[_i].alias != NULL)
		ck_assert(span_equal(txt.alias, span_of(answers[_i].alias)));
	dns_close(&dns);
	stop_server(&server);
	pool_free(&pool);
}
END_TEST

#define TO_SERVER ASKED NS "\0\4\1n" ASKED

static const struct {
	struct answer answer;
	unsigned authority_count;
	bool not_authoritative;
	enum lookup_result result;
	const char *reason; /* of a failure */
} authorities[] = {
	/* Of a zone below, which this server does not know. */
	{ { 0, 0, SPAN_INIT(TO_SERVER) }, 1, true, LOOKUP_FAILED,
	    "names other servers; ask one that recurses" },
	/* The second one is missing. */
	{ { 0, 0, SPAN_INIT(TO_SERVER) }, 2, true, LOOKUP_FAILED,
	    "cannot be read" },
	/* Of this zone. */
	{ { 0, 0, SPAN_INIT(TO_SERVER) }, 1, false, LOOKUP_NOT_FOUND, NULL },
	{ { 3, 0, SPAN_INIT(TO_SERVER) }, 1, true, LOOKUP_NOT_FOUND, NULL },
	{ { 0, 0,
	      SPAN_INIT(TO_SERVER ASKED SOA
		  "\0\x18" ASKED ASKED "\0\0\0\1\0\0\0\1\0\0\0\1"
		  "\0\0\0\1\0\0\0\1") },
	    2, true, LOOKUP_NOT_FOUND, NULL },
	{ { 0, 1, SPAN_INIT(ASKED TXT "\0\2\1a" TO_SERVER) }, 1, true,
	    LOOKUP_FOUND, NULL },
};

/* A referral is no answer. */
START_TEST(referrals)
{
	struct server server = {
		.answer = &authorities[_i].answer,
		.authority_count = authorities[_i].authority_count,
		.not_authoritative = authorities[_i].not_authoritative,
	};
	struct pool *pool = pool_new();
	struct dns_txt txt;
	struct dns *dns;
	struct err err;

	run_server(&server);
	dns = open_ports(&server.port, 1);
	ck_assert_int_eq(dns_lookup_txt(dns, "s.example.com", pool, &txt,
			     in_seconds(SECONDS), &err),
	    authorities[_i].result);
	if (authorities[_i].result == LOOKUP_FAILED)
		ck_assert_msg(
		    strstr(err.text, authorities[_i].reason) != NULL, "%s",
		    err.text);
	dns_close(&dns);
	stop_server(&server);
	pool_free(&pool);
}
END_TEST

/* Where the first does not listen or does not know, the next one is asked. */
START_TEST(asks_next_server)
{
	static const struct answer refusal = { 5, 0, SPAN_INIT("") };
	static const struct answer good = { 0, 1,
		SPAN_INIT(ASKED TXT "\0\2\1a") };
	struct pool *pool = pool_new();
	struct server first, last;
	unsigned ports[3];
	struct dns_txt txt;
	struct dns *dns;
	struct err err;

	(void)close(bind_port(&ports[0]));
	start_server(&first, &refusal);
	start_server(&last, &good);
	ports[1] = first.port;
	ports[2] = last.port;
	dns = open_ports(ports, COUNT(ports));
	ck_assert_int_eq(dns_lookup_txt(dns, "s.example.com", pool, &txt,
			     in_seconds(SECONDS), &err),
	    LOOKUP_FOUND);
	ck_assert_uint_eq(txt.count, 1);
	dns_close(&dns);
	stop_server(&first);
	stop_server(&last);
	ck_assert_uint_gt(first.asked, 0);
	pool_free(&pool);
}
END_TEST

/* Nobody answers: the deadline counts, be it there already. */
START_TEST(ends_at_deadline)
{
	struct pool *pool = pool_new();
	unsigned port;
	int fd = bind_port(&port);
	struct dns *dns = open_ports(&port, 1);

	for (int seconds = 0; seconds <= 1; seconds++) {
		int64_t deadline = in_seconds(seconds);
		struct dns_txt txt;
		struct err err;

		ck_assert_int_eq(dns_lookup_txt(dns, "s.example.com", pool,
				     &txt, deadline, &err),
		    LOOKUP_FAILED);
		ck_assert_int_ge(clock_now().monotonic_us, deadline);
		ck_assert_int_eq(err.kind, ERR_TEMPORARY);
		ck_assert_ptr_nonnull(
		    strstr(err.text, "it has not answered in time"));
	}
	dns_close(&dns);
	(void)close(fd);
	pool_free(&pool);
}
END_TEST

/* knot. */

enum { BIG_STRINGS = 16, STRING_SIZE = 250 };

static char folder[] = "/tmp/test_dns.XXXXXX";
static unsigned knot_port;
static FILE *knot; /* its input; it ends with that */

static const char records[] = "one TXT \"v=DKIM1; \" \"p=abc\"\n"
			      "two TXT \"first\"\n"
			      "two TXT \"second\"\n"
			      "alias CNAME again\n"
			      "again CNAME one\n"
			      "address A 127.0.0.1\n"
			      "lost CNAME nowhere\n"
			      "away CNAME one.example.org.\n"
			      "big TXT";

/* t/private-knot with ARGUMENTS, in LINE of SIZE bytes. */
static void
command_line(char *line, size_t size, const char *arguments)
{
	const char *srcdir = getenv("srcdir");

	(void)snprintf(line, size, "%s/t/private-knot %s",
	    srcdir != NULL ? srcdir : ".", arguments);
}

static bool
knot_is_present(void)
{
	char line[512];

	command_line(line, sizeof(line), "present");
	return system(line) == 0;
}

static bool
write_records(const char *path)
{
	FILE *file = fopen(path, "w");

	if (file == NULL)
		return false;
	(void)fputs(records, file);
	/* More than fits into a datagram. */
	for (int i = 0; i < BIG_STRINGS; i++)
		(void)fprintf(file, " \"%0*d\"", STRING_SIZE, i);
	(void)fputs("\n", file);
	return fclose(file) == 0;
}

/* Starts it; false if it cannot be. */
static bool
start_knot(void)
{
	char path[64], arguments[256], line[512];

	(void)close(bind_port(&knot_port));
	if (mkdtemp(folder) == NULL)
		return false;
	(void)snprintf(path, sizeof(path), "%s/records", folder);
	if (!write_records(path))
		return false;
	(void)snprintf(arguments, sizeof(arguments),
	    "run %s/knot %u example.com %s", folder, knot_port, path);
	command_line(line, sizeof(line), arguments);
	knot = popen(line, "w");
	return knot != NULL;
}

static void
stop_knot(void)
{
	char line[64];

	if (knot == NULL)
		return;
	(void)pclose(knot);
	(void)snprintf(line, sizeof(line), "rm -rf %s", folder);
	if (system(line) != 0)
		perror(folder);
}

/* Asks knot, which may still be starting, about NAME. */
static enum lookup_result
ask_knot(const char *name, struct pool *pool, struct dns_txt *txt,
    struct err *err)
{
	int64_t deadline = in_seconds(SECONDS);
	struct dns *dns = open_ports(&knot_port, 1);
	enum lookup_result result;

	while (dns_lookup_txt(dns, "one.example.com", pool, txt, deadline,
		   err) != LOOKUP_FOUND) {
		ck_assert_msg(clock_now().monotonic_us < deadline, "%s",
		    err->text);
		(void)usleep(100 * 1000);
	}
	result = dns_lookup_txt(dns, name, pool, txt, deadline, err);
	dns_close(&dns);
	return result;
}

static const struct {
	const char *name;
	enum lookup_result result;
	size_t count;
	const char *alias;
} asked[] = {
	{ "one.example.com", LOOKUP_FOUND, 1, "" },
	{ "ONE.Example.com", LOOKUP_FOUND, 1, "" },
	{ "two.example.com", LOOKUP_FOUND, 2, "" },
	{ "alias.example.com", LOOKUP_FOUND, 1, "one.example.com" },
	{ "address.example.com", LOOKUP_NOT_FOUND, 0, "" },
	{ "none.example.com", LOOKUP_NOT_FOUND, 0, "" },
	{ "lost.example.com", LOOKUP_NOT_FOUND, 0, "nowhere.example.com" },
	/* Of these it knows nothing. */
	{ "one.example.org", LOOKUP_FAILED, 0, "" },
	{ "away.example.com", LOOKUP_FAILED, 0, "one.example.org" },
};

START_TEST(asks_knot)
{
	struct pool *pool = pool_new();
	struct dns_txt txt;
	struct err err;

	ck_assert_int_eq(
	    ask_knot(asked[_i].name, pool, &txt, &err), asked[_i].result);
	ck_assert_uint_eq(txt.count, asked[_i].count);
	ck_assert(span_equal(txt.alias, span_of(asked[_i].alias)));
	if (txt.count == 1)
		ck_assert(
		    span_equal(txt.records[0], SPAN("v=DKIM1; p=abc")));
	pool_free(&pool);
}
END_TEST

/* An answer that comes by TCP. */
START_TEST(asks_knot_for_big)
{
	struct pool *pool = pool_new();
	struct dns_txt txt;
	struct err err;

	ck_assert_int_eq(
	    ask_knot("big.example.com", pool, &txt, &err), LOOKUP_FOUND);
	ck_assert_uint_eq(txt.count, 1);
	ck_assert_uint_eq(txt.records[0].len, BIG_STRINGS * STRING_SIZE);
	pool_free(&pool);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("dns");
	TCase *tcase = suite_case(suite, "dns");
	bool with_knot = knot_is_present();
	int status;

	tcase_add_loop_test(tcase, checks_server, 0, (int)COUNT(servers));
	tcase_add_test(tcase, opens);
	tcase_add_loop_test(tcase, reads_answer, 0, (int)COUNT(answers));
	tcase_add_loop_test(tcase, referrals, 0, (int)COUNT(authorities));
	tcase_add_test(tcase, asks_next_server);
	tcase_add_test(tcase, ends_at_deadline);
	if (with_knot && !start_knot()) {
		perror("test_dns: knot");
		return EXIT_FAILURE;
	}
	if (with_knot) {
		tcase_add_loop_test(tcase, asks_knot, 0, (int)COUNT(asked));
		tcase_add_test(tcase, asks_knot_for_big);
	} else {
		fputs("test_dns: knot has not been unpacked\n", stderr);
	}
	status = suite_finish(suite);
	stop_knot();
	return status;
}
