/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The directory on a real slapd (t/private-slapd), which is stopped, hung and
 * restarted.  Where slapd is not unpacked and cannot be, the test is skipped,
 * unless LUMBAR_REQUIRE_SLAPD is set.
 */
#include "services/directory.h"

#include "base/clock.h"
#include "t/unit/suite.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
	SKIPPED = 77, /* exit status for automake */
	THREADS = 16,
	LOOKUPS_PER_THREAD = 50,
};

static char folder[] = "/tmp/lumbar-slapd.XXXXXX";
static pid_t owner; /* main, not the process of a test */
static unsigned port, tls_port;
static char uri[64], tls_uri[64], dead_uri[64];
static char conf_file[128];

static const char people[] =
    "dn: dc=example,dc=com\n"
    "objectClass: domain\n"
    "dc: example\n"
    "\n"
    "dn: uid=anna,dc=example,dc=com\n"
    "objectClass: inetOrgPerson\n"
    "objectClass: inetLocalMailRecipient\n"
    "uid: anna\n"
    "cn:: TcO8bGxlcg==\n"
    "sn: A\n"
    "mail: anna@example.com\n"
    "mail: \\28real\\29@example.com\n"
    "mailRoutingAddress: anna@store1.example.com\n"
    "\n"
    "dn: uid=ben,dc=example,dc=com\n"
    "objectClass: inetOrgPerson\n"
    "uid: ben\n"
    "cn: Ben\n"
    "sn: B\n"
    "mail: twice@example.com\n"
    "mail: b(*)\\n@example.com\n"
    "\n"
    "dn: uid=cara,dc=example,dc=com\n"
    "objectClass: inetOrgPerson\n"
    "uid: cara\n"
    "cn: Cara\n"
    "sn: C\n"
    "mail: twice@example.com\n"
    "\n"
    "dn: uid=dora,dc=example,dc=com\n"
    "objectClass: inetOrgPerson\n"
    "uid: dora\n"
    "cn: Dora\n"
    "sn: D\n"
    "mail: twice@example.com\n";

/* Runs t/private-slapd with VERB: its exit status. */
static int
slapd(const char *verb)
{
	const char *srcdir = getenv("srcdir");
	char command[512];

	(void)snprintf(command, sizeof(command),
	    "OWNER=%d LDAPS_PORT=%u %s/t/private-slapd %s/slapd %u %s",
	    (int)owner, tls_port, srcdir != NULL ? srcdir : ".", folder, port,
	    verb);
	return system(command);
}

/* A port of the loopback interface where nobody listens. */
static unsigned
free_port(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	unsigned found = 0;

	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 &&
	    getsockname(fd, (struct sockaddr *)&address, &size) == 0)
		found = ntohs(address.sin_port);
	(void)close(fd);
	return found;
}

static int
write_file(const char *name, const char *text)
{
	char path[128];
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "w");
	if (out == NULL || fputs(text, out) < 0 || fclose(out) != 0)
		return -1;
	return chmod(path, 0600);
}

/* A directory and one query on it. */
struct fixture {
	struct directory_settings settings;
	const char *uris[2];
	struct directory *directory;
	struct directory_query *query;
};

static void
fixture_init(struct fixture *fixture)
{
	*fixture = (struct fixture){
		.settings = {
			.name = "main",
			.place = { .file = conf_file, .line = 7 },
			.ldif = "",
			.base = "dc=example,dc=com",
			.bind_dn = "cn=admin,dc=example,dc=com",
			.password_file = "password",
			.ca_file = "slapd/ca.pem",
			.connect_timeout = 10 * CLOCK_SECOND_US,
			.search_timeout = 10 * CLOCK_SECOND_US,
			.retry_interval = 3600 * CLOCK_SECOND_US,
			.max_connections = 4,
		},
		.uris = { uri },
	};
	fixture->settings.uris.items = fixture->uris;
	fixture->settings.uris.count = 1;
}

static void
fixture_open(struct fixture *fixture, const char *filter)
{
	static const char *const names[] = { "mailRoutingAddress", "cn",
		"noSuchAttribute" };
	const struct conf_strings wanted = { names, COUNT(names) };
	struct buf errors;
	struct err err;

	buf_init(&errors, 4096);
	fixture->directory = directory_open(&fixture->settings, &errors);
	ck_assert_msg(fixture->directory != NULL, "%s", buf_string(&errors));
	fixture->query = directory_query_new(
	    fixture->directory, filter, &wanted, &err);
	ck_assert_msg(fixture->query != NULL, "%s", err.text);
	buf_free(&errors);
}

static void
fixture_close(struct fixture *fixture)
{
	directory_query_free(&fixture->query);
	directory_close(&fixture->directory);
}

/* Looks ADDRESS up with WAIT_US to go. */
static enum lookup_result
look_up_within(const struct fixture *fixture, const char *address,
    int64_t wait_us, struct err *err)
{
	const struct directory_key key = {
		.address = span_of(address),
		.local = SPAN("x"),
		.domain = SPAN("com"),
	};
	struct pool *pool = pool_new();
	struct directory_entry entry = { .attribute_count = 0 };
	enum lookup_result result;

	result = directory_lookup(fixture->query, &key, pool, &entry,
	    clock_now().monotonic_us + wait_us, err);
	if (result == LOOKUP_FOUND)
		ck_assert_uint_gt(entry.dn.len, 0);
	pool_free(&pool);
	return result;
}

static enum lookup_result
look_up(const struct fixture *fixture, const char *address, struct err *err)
{
	return look_up_within(fixture, address, 60 * CLOCK_SECOND_US, err);
}

/* LOOKUP_FAILED for "anna", and the reason has REASON in it. */
static void
expect_failure(const struct fixture *fixture, const char *reason)
{
	struct err err = { .kind = ERR_NONE };

	ck_assert_int_eq(
	    look_up(fixture, "anna@example.com", &err), LOOKUP_FAILED);
	ck_assert_msg(strstr(err.text, reason) != NULL, "%s", err.text);
}

static void
expect_found(const struct fixture *fixture)
{
	struct err err = { .kind = ERR_NONE };

	ck_assert_msg(look_up(fixture, "anna@example.com", &err) ==
		LOOKUP_FOUND,
	    "%s", err.text);
}

static const struct {
	const char *filter, *address;
	enum lookup_result result;
} lookup_cases[] = {
	{ "(mail=%s)", "anna@example.com", LOOKUP_FOUND },
	{ "(mail=%s)", "ANNA@Example.com", LOOKUP_FOUND },
	{ "(mail=%s)", "nobody@example.com", LOOKUP_NOT_FOUND },
	{ "(mail=%s)", "*", LOOKUP_NOT_FOUND },
	{ "(mail=%s)", "x)(uid=anna", LOOKUP_NOT_FOUND },
	{ "(mail=%s)", "b(*)\\n@example.com", LOOKUP_FOUND },
	{ "(mail=%s)", "\\28real\\29@example.com", LOOKUP_FOUND },
	{ "(mail=%s)", "(real)@example.com", LOOKUP_NOT_FOUND },
	{ "(mail=%s)", "\xff\xfe@example.com", LOOKUP_NOT_FOUND },
	{ "(mail=%s)", "", LOOKUP_NOT_FOUND },
	{ "(cn=%s)", "M\xc3\xbcller", LOOKUP_FOUND },
	{ "(cn=%s)", "m\xc3\x9cller", LOOKUP_FOUND },
	{ "(&(objectClass=inetOrgPerson)(uid=%s))", "anna", LOOKUP_FOUND },
	{ "(unheardOf=%s)", "anna", LOOKUP_NOT_FOUND },
	{ "(mail=%s)", "twice@example.com", LOOKUP_FAILED },
};

START_TEST(servers_answer)
{
	for (size_t i = 0; i < COUNT(lookup_cases); i++) {
		struct fixture fixture;
		struct err err = { .kind = ERR_NONE };

		fixture_init(&fixture);
		fixture_open(&fixture, lookup_cases[i].filter);
		/* Twice: on a new connection and on one that is kept. */
		for (int again = 0; again < 2; again++)
			ck_assert_msg(look_up(&fixture,
					  lookup_cases[i].address, &err) ==
				lookup_cases[i].result,
			    "%s %s: %s", lookup_cases[i].filter,
			    lookup_cases[i].address, err.text);
		if (lookup_cases[i].result == LOOKUP_FAILED) {
			ck_assert_int_eq(err.kind, ERR_INPUT);
			ck_assert_ptr_nonnull(strstr(err.text, "uid=ben,"));
			ck_assert_ptr_nonnull(strstr(err.text, "uid=cara,"));
		}
		fixture_close(&fixture);
	}
}
END_TEST

START_TEST(entry_is_copied)
{
	const struct directory_key key = {
		.address = SPAN("anna@example.com"),
	};
	const struct directory_attribute *attribute;
	struct directory_entry entry;
	struct pool *pool = pool_new();
	struct fixture fixture;
	struct err err;

	fixture_init(&fixture);
	fixture_open(&fixture, "(mail=%s)");
	ck_assert_int_eq(directory_lookup(fixture.query, &key, pool, &entry,
			     clock_now().monotonic_us + 60 * CLOCK_SECOND_US,
			     &err),
	    LOOKUP_FOUND);
	fixture_close(&fixture);
	ck_assert(span_equal(entry.dn, SPAN("uid=anna,dc=example,dc=com")));
	ck_assert_uint_eq(entry.attribute_count, 2);
	attribute = directory_entry_find(&entry, SPAN("mailroutingaddress"));
	ck_assert_ptr_nonnull(attribute);
	ck_assert_uint_eq(attribute->value_count, 1);
	ck_assert(span_equal(
	    attribute->values[0], SPAN("anna@store1.example.com")));
	attribute = directory_entry_find(&entry, SPAN("cn"));
	ck_assert_ptr_nonnull(attribute);
	ck_assert(span_equal(attribute->values[0], SPAN("M\xc3\xbcller")));
	pool_free(&pool);
}
END_TEST

/* One wrong setting must defer mail, and never make users unknown. */
/* One entry by its DN: what it has and matches, in whatever place. */
static const struct {
	const char *dn, *filter;
	enum lookup_result result;
} read_cases[] = {
	{ "uid=anna,dc=example,dc=com", NULL, LOOKUP_FOUND },
	{ "UID=Anna, DC=example, DC=com", NULL, LOOKUP_FOUND },
	{ "uid=nobody,dc=example,dc=com", NULL, LOOKUP_NOT_FOUND },
	{ "uid=anna,dc=elsewhere,dc=com", NULL, LOOKUP_NOT_FOUND },
	{ "uid=anna,dc=example,dc=com", "(mail=%s)", LOOKUP_FOUND },
	{ "uid=ben,dc=example,dc=com", "(mail=%s)", LOOKUP_NOT_FOUND },
	/* Entries below it are others. */
	{ "dc=example,dc=com", "(mail=%s)", LOOKUP_NOT_FOUND },
	{ "Anna", NULL, LOOKUP_FAILED },
};

START_TEST(entry_is_read)
{
	const struct directory_key key = {
		.address = SPAN("anna@example.com"),
	};

	for (size_t i = 0; i < COUNT(read_cases); i++) {
		struct directory_entry entry;
		struct pool *pool = pool_new();
		struct fixture fixture;
		struct err err = { .kind = ERR_NONE };

		fixture_init(&fixture);
		fixture_open(&fixture, read_cases[i].filter);
		ck_assert_msg(directory_read(fixture.query,
				  span_of(read_cases[i].dn), &key, pool,
				  &entry,
				  clock_now().monotonic_us +
				      60 * CLOCK_SECOND_US,
				  &err) == read_cases[i].result,
		    "%s: %s", read_cases[i].dn, err.text);
		if (read_cases[i].result == LOOKUP_FOUND)
			ck_assert(directory_dn_equal(
			    entry.dn, span_of(read_cases[i].dn)));
		fixture_close(&fixture);
		pool_free(&pool);
	}
}
END_TEST

START_TEST(wrong_settings_fail)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture.settings.base = "ou=nowhere,dc=example,dc=com";
	fixture_open(&fixture, "(mail=%s)");
	expect_failure(&fixture, "search base");
	fixture_close(&fixture);

	fixture_init(&fixture);
	fixture.settings.password_file = "wrong-password";
	fixture_open(&fixture, "(mail=%s)");
	expect_failure(&fixture, "bind");
	/* A server that locks accounts is not asked for every mail. */
	expect_failure(&fixture, "no server can be asked");
	fixture_close(&fixture);

	/* A lookup that comes too late blames no server. */
	fixture_init(&fixture);
	fixture_open(&fixture, "(mail=%s)");
	ck_assert_int_eq(
	    look_up_within(&fixture, "anna@example.com", 0, NULL),
	    LOOKUP_FAILED);
	expect_found(&fixture);
	fixture_close(&fixture);
}
END_TEST

START_TEST(base_is_a_template)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture.settings.base = "dc=example,dc=%d";
	fixture_open(&fixture, "(mail=%s)");
	expect_found(&fixture);
	fixture_close(&fixture);
}
END_TEST

START_TEST(tls_is_checked)
{
	struct fixture fixture;

	for (int i = 0; i < 2; i++) {
		fixture_init(&fixture);
		fixture.settings.start_tls = true;
		fixture.uris[0] = i == 0 ? uri : tls_uri;
		fixture_open(&fixture, "(mail=%s)");
		expect_found(&fixture);
		fixture_close(&fixture);

		fixture_init(&fixture);
		fixture.settings.start_tls = true;
		fixture.settings.ca_file = "other.pem";
		fixture.uris[0] = i == 0 ? uri : tls_uri;
		fixture_open(&fixture, "(mail=%s)");
		expect_failure(&fixture, fixture.uris[0]);
		fixture_close(&fixture);
	}
}
END_TEST

START_TEST(stopped_server_is_found_again)
{
	struct fixture fixture;
	struct err err;

	fixture_init(&fixture);
	fixture.settings.retry_interval = 50 * 1000;
	fixture_open(&fixture, "(mail=%s)");
	expect_found(&fixture);
	ck_assert_int_eq(slapd("stop"), 0);
	expect_failure(&fixture, uri);
	ck_assert_int_eq(slapd("restart"), 0);
	while (look_up(&fixture, "anna@example.com", &err) != LOOKUP_FOUND)
		(void)usleep(10 * 1000);
	fixture_close(&fixture);
}
END_TEST

/* A server that was restarted between two mails costs no mail. */
START_TEST(closed_connection_is_renewed)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_open(&fixture, "(mail=%s)");
	expect_found(&fixture);
	ck_assert_int_eq(slapd("restart"), 0);
	expect_found(&fixture);
	fixture_close(&fixture);
}
END_TEST

/* SIGSTOP: connections are accepted by the kernel, nothing is answered. */
START_TEST(hung_server_is_left_alone)
{
	static const struct {
		const char *uri;
		bool start_tls, connected;
	} cases[] = {
		{ uri, false, true },
		{ uri, false, false },
		{ uri, true, false },
		{ tls_uri, false, false },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct fixture fixture;

		fixture_init(&fixture);
		fixture.uris[0] = cases[i].uri;
		fixture.settings.start_tls = cases[i].start_tls;
		fixture.settings.connect_timeout = 300 * 1000;
		fixture.settings.search_timeout = 300 * 1000;
		fixture_open(&fixture, "(mail=%s)");
		if (cases[i].connected) {
			/* A slow machine may need more than one trial. */
			fixture_close(&fixture);
			fixture.settings.connect_timeout =
			    10 * CLOCK_SECOND_US;
			fixture_open(&fixture, "(mail=%s)");
			expect_found(&fixture);
		}
		ck_assert_int_eq(slapd("hang"), 0);
		expect_failure(&fixture, cases[i].uri);
		expect_failure(&fixture, "no server can be asked");
		ck_assert_int_eq(slapd("resume"), 0);
		fixture_close(&fixture);
	}
}
END_TEST

START_TEST(other_server_is_asked)
{
	struct fixture fixture;

	fixture_init(&fixture);
	fixture.uris[0] = dead_uri;
	fixture.uris[1] = uri;
	fixture.settings.uris.count = 2;
	fixture_open(&fixture, "(mail=%s)");
	expect_found(&fixture);
	expect_found(&fixture);
	fixture_close(&fixture);
}
END_TEST

static void *
look_up_often(void *argument)
{
	const struct fixture *fixture = argument;
	size_t *failures = calloc(1, sizeof(*failures));

	for (int i = 0; i < LOOKUPS_PER_THREAD; i++) {
		struct err err;

		*failures += look_up(fixture, "anna@example.com", &err) !=
		    LOOKUP_FOUND;
		*failures += look_up(fixture, "nobody@example.com", &err) !=
		    LOOKUP_NOT_FOUND;
	}
	return failures;
}

START_TEST(threads_share_connections)
{
	pthread_t threads[THREADS];
	struct fixture fixture;

	fixture_init(&fixture);
	fixture_open(&fixture, "(mail=%s)");
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL,
				     look_up_often, &fixture),
		    0);
	for (size_t i = 0; i < THREADS; i++) {
		void *failures = NULL;

		ck_assert_int_eq(pthread_join(threads[i], &failures), 0);
		ck_assert_uint_eq(*(size_t *)failures, 0);
		free(failures);
	}
	fixture_close(&fixture);
}
END_TEST

/* Makes the folder with all that the tests need, and starts slapd. */
static int
prepare(void)
{
	char command[256];

	if (mkdtemp(folder) == NULL)
		return -1;
	port = free_port();
	tls_port = free_port();
	(void)snprintf(uri, sizeof(uri), "ldap://127.0.0.1:%u", port);
	(void)snprintf(
	    tls_uri, sizeof(tls_uri), "ldaps://127.0.0.1:%u", tls_port);
	(void)snprintf(dead_uri, sizeof(dead_uri), "ldap://127.0.0.1:%u",
	    free_port());
	(void)snprintf(
	    conf_file, sizeof(conf_file), "%s/route.conf", folder);
	(void)snprintf(command, sizeof(command),
	    "openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=x "
	    "-keyout /dev/null -out %s/other.pem 2>/dev/null",
	    folder);
	if (write_file("people.ldif", people) < 0 ||
	    write_file("password", "secret\n") < 0 ||
	    write_file("wrong-password", "guess\n") < 0 ||
	    system(command) != 0)
		return -1;
	(void)snprintf(
	    command, sizeof(command), "start %s/people.ldif", folder);
	return slapd(command) == 0 ? 0 : -1;
}

int
main(void)
{
	const TTest *const tests[] = { servers_answer, entry_is_copied,
		entry_is_read,
		wrong_settings_fail, base_is_a_template, tls_is_checked,
		stopped_server_is_found_again, closed_connection_is_renewed,
		hung_server_is_left_alone, other_server_is_asked,
		threads_share_connections };
	char command[64];
	int status = EXIT_FAILURE;

	owner = getpid();
	/* Neither may a present slapd be ignored nor a missing one be
	 * downloaded behind the back of "make check". */
	if (getenv("LUMBAR_REQUIRE_SLAPD") == NULL && slapd("present") != 0)
		return SKIPPED;
	(void)signal(SIGPIPE, SIG_IGN);
	if (prepare() == 0)
		status = suite_run("directory_ldap", tests, COUNT(tests));
	(void)slapd("stop");
	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	if (system(command) != 0)
		status = EXIT_FAILURE;
	return status;
}
