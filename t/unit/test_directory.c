/* SPDX-License-Identifier: BSD-2-Clause */
/* The directory without a server: settings, LDIF files, lookups. */
#include "services/directory.h"

#include "t/unit/suite.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char folder[64];

static const char people[] =
    "dn: uid=anna,dc=example,dc=com\n"
    "mail: anna@example.com\n"
    "mailRoutingAddress: anna@store1.example.com\n"
    "departmentNumber: 7\n"
    "\n"
    "dn: uid=ben,dc=example,dc=com\n"
    "mail: ben@example.com\n"
    "mail: twice@example.com\n"
    "\n"
    "dn: uid=cara,dc=example,dc=com\n"
    "mail: cara(*)\\@example.com\n"
    "mail: twice@example.com\n";

static void
write_file(const char *name, const char *text, mode_t mode)
{
	char path[128];
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "w");
	ck_assert_ptr_nonnull(out);
	ck_assert_int_ge(fputs(text, out), 0);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_int_eq(chmod(path, mode), 0);
}

/* A password that a C string would cut. */
static void
write_nul(const char *name)
{
	char path[128];
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "w");
	ck_assert_ptr_nonnull(out);
	ck_assert_uint_eq(fwrite("sec\0ret\n", 1, 8, out), 8);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_int_eq(chmod(path, 0600), 0);
}

/* Makes NAME a file of another user's, where we may. */
static bool
give_away(const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return chown(path, 65534, 65534) == 0;
}

static struct directory_settings
settings_of(const char *ldif, const char *conf_file)
{
	return (struct directory_settings){
		.name = "main",
		.place = { .file = conf_file, .line = 7 },
		.ldif = ldif,
		.base = "",
		.bind_dn = "",
		.password_file = "",
		.ca_file = "",
		.connect_timeout = 1000000,
		.search_timeout = 1000000,
		.retry_interval = 1000000,
		.max_connections = 2,
	};
}

static void
setup(char *conf_file, size_t size)
{
	(void)strcpy(folder, "/tmp/lumbar-directory.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	write_file("people.ldif", people, 0644);
	(void)snprintf(conf_file, size, "%s/route.conf", folder);
}

static void
teardown(void)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static const struct {
	const char *address;
	enum lookup_result result;
	const char *dn;
} lookup_cases[] = {
	{ "anna@example.com", LOOKUP_FOUND, "uid=anna,dc=example,dc=com" },
	{ "ANNA@example.com", LOOKUP_FOUND, "uid=anna,dc=example,dc=com" },
	{ "*", LOOKUP_NOT_FOUND, NULL },
	{ "anna@example.com)(mail=*", LOOKUP_NOT_FOUND, NULL },
	{ "cara(*)\\@example.com", LOOKUP_FOUND,
	    "uid=cara,dc=example,dc=com" },
	{ "", LOOKUP_NOT_FOUND, NULL },
	{ "twice@example.com", LOOKUP_FAILED, NULL },
};

START_TEST(ldif_answers)
{
	static const char *const names[] = { "mailRoutingAddress" };
	const struct conf_strings wanted = { names, 1 };
	char conf_file[128];
	struct directory_settings settings;
	struct directory *directory;
	struct directory_query *query;
	struct buf errors;
	struct err err;

	setup(conf_file, sizeof(conf_file));
	/* The name is relative to the folder of the configuration. */
	settings = settings_of("people.ldif", conf_file);
	buf_init(&errors, 4096);
	directory = directory_open(&settings, &errors);
	ck_assert_msg(directory != NULL, "%s", buf_string(&errors));
	query = directory_query_new(directory, "(mail=%s)", &wanted, &err);
	ck_assert_ptr_nonnull(query);
	for (size_t i = 0; i < COUNT(lookup_cases); i++) {
		const struct directory_key key = {
			.address = span_of(lookup_cases[i].address)
		};
		struct pool *pool = pool_new();
		struct directory_entry entry = { .attribute_count = 0 };

		ck_assert_msg(directory_lookup(query, &key, pool, &entry,
				  INT64_MAX, &err) == lookup_cases[i].result,
		    "%s", lookup_cases[i].address);
		if (lookup_cases[i].dn != NULL)
			ck_assert(span_equal(
			    entry.dn, span_of(lookup_cases[i].dn)));
		if (i == 0) {
			ck_assert_uint_eq(entry.attribute_count, 1);
			ck_assert(span_equal(entry.attributes[0].values[0],
			    SPAN("anna@store1.example.com")));
		}
		pool_free(&pool);
	}
	/* An ambiguous address is told with both entries. */
	ck_assert_ptr_nonnull(strstr(err.text, "uid=ben,"));
	ck_assert_ptr_nonnull(strstr(err.text, "uid=cara,"));
	directory_query_free(&query);
	directory_close(&directory);
	buf_free(&errors);
	teardown();
}
END_TEST

START_TEST(entry_is_read)
{
	static const struct {
		const char *dn, *filter;
		enum lookup_result result;
	} cases[] = {
		{ "uid=anna,dc=example,dc=com", NULL, LOOKUP_FOUND },
		{ "UID=Anna, dc=Example ,DC = com", NULL, LOOKUP_FOUND },
		{ "uid=nobody,dc=example,dc=com", NULL, LOOKUP_NOT_FOUND },
		{ "dc=example,dc=com", NULL, LOOKUP_NOT_FOUND },
		{ "uid=ben,dc=example,dc=com", "(mail=%s)",
		    LOOKUP_NOT_FOUND },
		{ "uid=anna,dc=example,dc=com", "(mail=%s)", LOOKUP_FOUND },
	};
	const struct directory_key key = {
		.address = SPAN("anna@example.com"),
	};
	const struct conf_strings wanted = { NULL, 0 };
	char conf_file[128];
	struct directory_settings settings;
	struct directory *directory;
	struct buf errors;

	setup(conf_file, sizeof(conf_file));
	settings = settings_of("people.ldif", conf_file);
	buf_init(&errors, 4096);
	directory = directory_open(&settings, &errors);
	ck_assert_ptr_nonnull(directory);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct directory_entry entry;
		struct pool *pool = pool_new();
		struct err err = { .kind = ERR_NONE };
		struct directory_query *query = directory_query_new(
		    directory, cases[i].filter, &wanted, &err);

		ck_assert_ptr_nonnull(query);
		ck_assert_msg(
		    directory_read(query, span_of(cases[i].dn), &key, pool,
			&entry, INT64_MAX, &err) == cases[i].result,
		    "%s", cases[i].dn);
		directory_query_free(&query);
		pool_free(&pool);
	}
	directory_close(&directory);
	buf_free(&errors);
	teardown();
}
END_TEST

START_TEST(same_dn)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} cases[] = {
		{ "", "", true },
		{ "cn=a,dc=b", "CN=A,DC=B", true },
		{ "cn=a, dc=b", "cn=a,dc=b", true },
		{ " cn = a , dc = b ", "cn=a,dc=b", true },
		{ "cn=a b,dc=b", "cn=a  b,dc=b", false },
		{ "cn=ab,dc=b", "cn=a b,dc=b", false },
		{ "cn=a,dc=b", "cn=a,dc=b,dc=c", false },
		{ "cn=a", "", false },
		{ "cn=a\\,b", "cn=a\\, b", true },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span a = span_of(cases[i].a), b = span_of(cases[i].b);

		ck_assert_msg(directory_dn_equal(a, b) == cases[i].equal &&
			directory_dn_equal(b, a) == cases[i].equal,
		    "\"%s\" and \"%s\"", cases[i].a, cases[i].b);
	}
}
END_TEST

START_TEST(wrong_filters_are_told)
{
	static const char *const cases[] = { "mail=%s", "(mail=%s", "(mail=%q)",
		"(size>=%s)",
		"(uid=foo)" };
	const struct conf_strings wanted = { NULL, 0 };
	char conf_file[128];
	struct directory_settings settings;
	struct directory *directory;
	struct buf errors;

	setup(conf_file, sizeof(conf_file));
	settings = settings_of("people.ldif", conf_file);
	buf_init(&errors, 4096);
	directory = directory_open(&settings, &errors);
	ck_assert_ptr_nonnull(directory);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = { .kind = ERR_NONE };

		ck_assert_ptr_null(directory_query_new(
		    directory, cases[i], &wanted, &err));
		ck_assert_int_eq(err.kind, ERR_CONFIG);
	}
	directory_close(&directory);
	buf_free(&errors);
	teardown();
}
END_TEST

/* What directory_open must refuse, and a part of the reason. */
static const struct {
	const char *uri, *ldif, *base, *bind_dn, *password_file, *ca_file;
	const char *reason;
} open_cases[] = {
	{ NULL, "", "", "", "", "", "route.conf:7: " },
	{ "ldap://h", "people.ldif", "dc=x", "", "", "", "not both" },
	{ NULL, "none.ldif", "", "", "", "",
	    "/route.conf:7: directory \"main\": ldif: " },
	{ NULL, "none.ldif", "", "", "", "",
	    "/none.ldif cannot be opened: No such file or directory; create "
	    "it or name another\n" },
	{ NULL, ".", "", "", "", "",
	    "/. cannot be read: Is a directory; name a file in it\n" },
	/* Written by an export that failed: everybody would be unknown. */
	{ NULL, "nobody.ldif", "", "", "", "", "nobody.ldif: no entries" },
	{ NULL, "cut.ldif", "", "", "", "", "cut.ldif: the last line has no end" },
	{ NULL, "people.ldif", "dc=%q", "", "", "", "base" },
	{ NULL, "wrong.ldif", "", "", "", "", "wrong.ldif:2: " },
	{ NULL, "wrong.ldif", "", "", "", "", "wrong.ldif:5: " },
	{ "ldap://h", "", "", "", "", "", "\"base\"" },
	{ "ldap://h", "", "dc=%q", "", "", "", "base" },
	{ "ldap://h", "", "dc=x,", "", "", "", "is no DN" },
	{ "ldap://h", "", ",dc=x", "", "", "", "is no DN" },
	{ "ldap://h", "", "=x", "", "", "", "is no DN" },
	{ "ldap://h", "", "ou=a\\,b=c,d\\=e", "", "", "", "is no DN" },
	{ "http://h", "", "dc=x", "", "", "", "http://h" },
	{ "ldap://h ldap://i", "", "dc=x", "", "", "", "ldap://i" },
	{ "ldap://h/dc=y", "", "dc=x", "", "", "", "search base" },
	{ "ldap://h", "", "dc=x", "cn=a", "", "", "go together" },
	{ "ldap://h", "", "dc=x", "cn=a", "open", "", "chmod" },
	{ "ldap://h", "", "dc=x", "cn=a", "shared", "", "chmod" },
	{ "ldap://h", "", "dc=x", "cn=a", "foreign", "", "chown" },
	{ "ldap://h", "", "dc=x", "cn=a", ".", "",
	    "is a folder; name a file in it" },
	{ "ldap://h", "", "dc=x", "cn=a", "nul", "", "NUL" },
	{ "ldap://h", "", "dc=x", "cn=a", "empty", "", "empty" },
	{ "ldap://h", "", "dc=x", "cn=a", "none", "", "No such file" },
	{ "ldap://h", "", "dc=x", "", "", "none.pem", "none.pem" },
};

START_TEST(wrong_settings_are_told)
{
	char conf_file[128];

	setup(conf_file, sizeof(conf_file));
	write_file("wrong.ldif", "dn: a\nmail\n\ndn: b\nx:: *\n", 0644);
	write_file("nobody.ldif", "version: 1\n\n# none\n", 0644);
	write_file("cut.ldif", "dn: a\nmail: a@example.com\n\ndn: b\nmail: b@ex", 0644);
	write_file("open", "secret\n", 0644);
	write_file("shared", "secret\n", 0660);
	write_file("foreign", "secret\n", 0640);
	write_nul("nul");
	write_file("empty", "\n", 0600);
	for (size_t i = 0; i < COUNT(open_cases); i++) {
		struct directory_settings settings =
		    settings_of(open_cases[i].ldif, conf_file);
		struct buf errors;

		/* Only root can give a file away. */
		if (strcmp(open_cases[i].password_file, "foreign") == 0 &&
		    !give_away("foreign"))
			continue;
		buf_init(&errors, 4096);
		settings.uris.items = &open_cases[i].uri;
		settings.uris.count = open_cases[i].uri != NULL;
		settings.base = open_cases[i].base;
		settings.bind_dn = open_cases[i].bind_dn;
		settings.password_file = open_cases[i].password_file;
		settings.ca_file = open_cases[i].ca_file;
		ck_assert_ptr_null(directory_open(&settings, &errors));
		ck_assert_msg(
		    strstr(buf_string(&errors), open_cases[i].reason) != NULL,
		    "case %zu: %s", i, buf_string(&errors));
		buf_free(&errors);
	}
	teardown();
}
END_TEST

SUITE_MAIN("directory", ldif_answers, entry_is_read, same_dn,
    wrong_filters_are_told, wrong_settings_are_told)
