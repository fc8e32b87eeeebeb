/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keys of lumbar-sign: tables and sets of them, and what becomes of mail
 * whose key is bad.
 */
#include "formats/dkim_signature.h"
#include "milters/sign/sign_key_files.h"

#include "t/unit/log_capture.h"
#include "t/unit/sign_trial.h"

#include <sys/stat.h>

#define TABLE_KEYS \
	"# All that signs.\n" \
	"key rsa example.com r1 %R\n" \
	"key ed\texample.com e1 \"%E\" identity=@example.com\n" \
	"key org example.org o1 %R\r\n" \
	"key any % a1 %E\n" \
	"key other % a1 %R\n" \
	"from .example.com rsa ed identity=office@example.com # both\n" \
	"from vip@example.com ed block\n" \
	"from *@*.tenant.example any\n" \
	"from other.example other\n" \
	"from b\xc3\xbc" \
	"cher.example any\n" \
	"login joe joe@example.org example.net\n"

static const struct {
	const char *author;
	const char *signatures;
	const char *identity; /* of the first */
	const char *reason;
} tabled[] = {
	{ "a@x.example.com",
	    "example.com/r1/rsa-sha256,example.com/e1/ed25519-sha256",
	    "i=office@example.com;", "" },
	{ "vip@example.com",
	    "example.com/e1/ed25519-sha256,example.net/b1/rsa-sha256", "",
	    "" },
	{ "a@example.org", "example.org/o1/rsa-sha256", "", "" },
	{ "a@One.Tenant.example", "one.tenant.example/a1/ed25519-sha256", "",
	    "" },
	{ "a@b\xc3\xbc"
	  "cher.example",
	    "xn--bcher-kva.example/a1/ed25519-sha256", "", "" },
	{ "a@other.example", "other.example/a1/rsa-sha256", "", "" },
	/* What could not be a tag's value must not get there. */
	{ "a@x=y.tenant.example", "", "", "domain-malformed" },
	{ "a@example.com", "", "", "no-key" },
};

/* Keys and patterns from a file beside sign.conf. */
START_TEST(tables)
{
	char table_file[32], conf[512];
	struct trial *trial;
	struct buf table;

	write_keys();
	buf_init(&table, 4096);
	expand(&table, TABLE_KEYS);
	write_text(table_file, buf_string(&table));
	(void)snprintf(conf, sizeof(conf),
	    "tables = { \"%s\" }\nkey \"block\" { domain = \"example.net\" "
	    "selector = \"b1\" file = \"%%R\" }\n", table_file);
	trial = good_trial(conf);
	for (size_t i = 0; i < sizeof(tabled) / sizeof(tabled[0]); i++) {
		const struct trial_result *result =
		    run_author(trial, tabled[i].author, NULL);

		check_notes(result, "signed", tabled[i].signatures, i);
		check_notes(result, "reason", tabled[i].reason, i);
		if (tabled[i].identity[0] != '\0')
			ck_assert_uint_lt(
			    span_find_case(result->applied.headers.items[0]
					       .value,
				span_of(tabled[i].identity)),
			    result->applied.headers.items[0].value.len);
	}
	trial_free(&trial);
	ck_assert_int_eq(unlink(table_file), 0);
	buf_free(&table);
	remove_keys();
}
END_TEST

/* What lumbar-key(1) keeps: only active keys sign, and for the authors of the
 * block. */
START_TEST(key_sets)
{
	static const struct {
		const char *block;
		const char *error; /* NULL: none */
	} blocks[] = {
		{ "from = { \"example.com\", \".example.com\" }", NULL },
		{ "selector = \"s1\"", "selector is in the set already" },
	};
	char set_file[32], conf[512];
	struct trial *trial;
	struct buf set, errors;

	write_keys();
	buf_init(&set, 4096);
	expand(&set,
	    "domain = \"example.com\"\n"
	    "key \"s1\" { file = \"%R\" state = active }\n"
	    "key \"s2\" { file = \"%E\" state = pending }\n"
	    "key \"s3\" { file = \"%E\" state = active }\n");
	write_text(set_file, buf_string(&set));
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		(void)snprintf(conf, sizeof(conf),
		    "key \"ours\" { set = \"%s\" %s }\n", set_file,
		    blocks[i].block);
		buf_init(&errors, 65536);
		trial = new_trial(conf, &errors);
		ck_assert_int_eq(trial != NULL, blocks[i].error == NULL);
		if (trial == NULL)
			ck_assert_msg(strstr(buf_string(&errors),
					  blocks[i].error) != NULL,
			    "%s", buf_string(&errors));
		else
			check_notes(run_author(trial, "a@sub.example.com",
					NULL),
			    "signed",
			    "example.com/s1/rsa-sha256,"
			    "example.com/s3/ed25519-sha256", i);
		trial_free(&trial);
		buf_free(&errors);
	}
	ck_assert_int_eq(unlink(set_file), 0);
	buf_free(&set);
	remove_keys();
}
END_TEST

#define SET_KEY(selector, file, state) \
	"key \"" selector "\" { file = \"" file "\" state = " state "\n" \
	"retires = \"2026-11-22\" }\n"

static void
write_set(const char *set_file, const char *keys)
{
	FILE *stream = fopen(set_file, "w");
	struct buf set;

	buf_init(&set, 4096);
	expand(&set, keys);
	ck_assert_ptr_nonnull(stream);
	ck_assert_int_gt(fprintf(stream, "domain = \"example.com\"\n%s",
			     buf_string(&set)), 0);
	ck_assert_int_eq(fclose(stream), 0);
	buf_free(&set);
}

/* A line of a table names the keys of a set by the block, whichever are active;
 * and no key of a table has the name of a set. */
START_TEST(key_sets_in_tables)
{
	char set_file[32], table_file[32], other_file[32], conf[512];
	struct trial *trial;

	write_keys();
	write_text(set_file, "");
	write_text(table_file, "from vip@example.org com\n");
	write_text(other_file, "key com other.example s9 no-such\n");
	write_set(set_file, SET_KEY("s1", "%R", "active")
		SET_KEY("s3", "%E", "active"));
	(void)snprintf(conf, sizeof(conf),
	    "tables = \"%s\"\nkey \"com\" { set = \"%s\" }\n", table_file,
	    set_file);
	trial = good_trial(conf);
	check_notes(run_author(trial, "vip@example.org", NULL), "signed",
	    "example.com/s1/rsa-sha256,example.com/s3/ed25519-sha256", 0);
	write_set(set_file, SET_KEY("s1", "%R", "retiring")
		SET_KEY("s3", "%E", "active"));
	reload_with(trial, conf, 0, "");
	check_notes(run_author(trial, "vip@example.org", NULL), "signed",
	    "example.com/s3/ed25519-sha256", 1);
	/* None is active for a while: that is no mistake. */
	write_set(set_file, SET_KEY("s3", "%E", "retiring"));
	reload_with(trial, conf, 0, "");
	check_notes(run_author(trial, "vip@example.org", NULL), "signed", "",
	    2);
	(void)snprintf(conf, sizeof(conf),
	    "tables = \"%s\"\nkey \"com\" { set = \"%s\" from = "
	    "\"partner.example\" }\n", other_file, set_file);
	reload_with(trial, conf, -1,
	    ":1: key \"com\": sign.conf:2 has a key of this name already");
	trial_free(&trial);
	ck_assert_int_eq(unlink(set_file), 0);
	ck_assert_int_eq(unlink(table_file), 0);
	ck_assert_int_eq(unlink(other_file), 0);
	remove_keys();
}
END_TEST

static const struct {
	const char *line;
	const char *error;
} table_mistakes[] = {
	{ "sign x", ":2: \"sign\" begins no line" },
	{ "key a b c", ":2: a word is missing" },
	{ "key one example.net s2 %R",
	    ":2: key \"one\": sign.conf:1 has a key of this name already" },
	{ "key two example.com s1 %R", "there is another key for s1._domainkey"
				       ".example.com" },
	{ "key two exa_mple..com s1 %R", ":2: key \"two\": domain: " },
	{ "key two example.com s: %R", ":2: key \"two\": selector: " },
	{ "key two example.com s2._domainkey %R",
	    ":2: key \"two\": selector: \"s2._domainkey\" has "
	    "\"._domainkey\", which is added to a selector; write \"s2\"" },
	/* Another key under a selector that is in use at the domain. */
	{ "key two % s1 %E\nfrom example.com two",
	    ":3: key \"two\": there is another key for "
	    "s1._domainkey.example.com" },
	{ "key two % s1 %E\nfrom vip@example.com two", "another key for s1" },
	{ "key two % s1 %E\nkey three sub.example.com s1 %R\n"
	  "from .example.com two\nfrom example.net three",
	    ":2: key \"two\": there is another key for "
	    "s1._domainkey.sub.example.com" },
	{ "key two % s2 %E\nkey three % s2 %R\nfrom .example.net two three",
	    ":4: key \"three\": there is another key for "
	    "s2._domainkey.*.example.net" },
	{ "key two % s2 %E\nkey three % s2 %R\nfrom vip@example.net two\n"
	  "from *@*.net three", "another key for s2._domainkey.example.net" },
	{ "key two % s2 %R", "nothing says of which; add from" },
	{ "key two example.com s2 %R identity=@example.net",
	    ":2: key \"two\": identity \"@example.net\" is not in" },
	{ "key two example.com s2 %R on_bad_key=drop",
	    ":2: on_bad_key=drop is none" },
	{ "from example.com two", ":2: there is no key \"two\"" },
	{ "from *.example.com one", "write \".example.com\"" },
	{ "from example.com one identity=x@example.net", "is not in" },
	{ "login joe a..b", ":2: \"a..b\" has two dots" },
};

START_TEST(table_mistake_table)
{
	write_keys();
	for (size_t i = 0;
	     i < sizeof(table_mistakes) / sizeof(table_mistakes[0]); i++) {
		char table_file[32], conf[512];
		struct buf table, errors;

		buf_init(&table, 4096);
		buf_init(&errors, 4096);
		ck_assert_int_eq(buf_printf(&table, "# first\n"), 0);
		expand(&table, table_mistakes[i].line);
		write_text(table_file, buf_string(&table));
		(void)snprintf(conf, sizeof(conf), "%stables = \"%s\"\n",
		    ONE_KEY, table_file);
		ck_assert_msg(new_trial(conf, &errors) == NULL,
		    "row %zu was taken", i);
		ck_assert_msg(strstr(buf_string(&errors),
				  table_mistakes[i].error) != NULL,
		    "row %zu: %s", i, buf_string(&errors));
		ck_assert_msg(span_starts(buf_span(&errors),
				  span_of(table_file)),
		    "row %zu: %s", i, buf_string(&errors));
		ck_assert_int_eq(unlink(table_file), 0);
		buf_free(&table);
		buf_free(&errors);
	}
	remove_keys();
}
END_TEST

/* The configuration BEFORE, LEN times "x" and AFTER has ERROR; NULL: none. */
static void
check_length(
    const char *before, size_t len, const char *after, const char *error)
{
	char filler[512], conf[2048];
	struct trial *trial;
	struct buf errors;

	ck_assert_uint_lt(len, sizeof(filler));
	memset(filler, 'x', len);
	filler[len] = '\0';
	(void)snprintf(
	    conf, sizeof(conf), "%s%s%s", before, filler, after);
	buf_init(&errors, 65536);
	trial = new_trial(conf, &errors);
	ck_assert_msg((trial != NULL) == (error == NULL), "%zu: %s", len,
	    buf_string(&errors));
	if (error != NULL)
		ck_assert_msg(strstr(buf_string(&errors), error) != NULL,
		    "%s", buf_string(&errors));
	trial_free(&trial);
	buf_free(&errors);
}

/* What goes into a signature is bounded, so that no message can make it too
 * long. */
START_TEST(bounded_names)
{
	static const char header[] = ONE_KEY "sign_headers = { \"";
	static const char identity[] =
	    "key \"one\" { domain = \"example.com\" selector = \"s1\" "
	    "file = \"%R\" identity = \"";
	size_t most = DKIM_IDENTITY_MAX - strlen("@example.com");

	write_keys();
	check_length(header, DKIM_FIELD_NAME_MAX, "\" }\n", NULL);
	check_length(header, DKIM_FIELD_NAME_MAX + 1, "\" }\n",
	    "is longer than the 128 bytes that a name may have");
	check_length(identity, most, "@example.com\" }\n", NULL);
	check_length(identity, most + 1, "@example.com\" }\n",
	    "identity has 321 bytes, of which 320 are the most");
	remove_keys();
}
END_TEST

static const struct {
	const char *conf;
	const char *author, *login;
	const char *reason;
} bound[] = {
	{ "", "ann@example.com", "joe", "" },
	{ "bind_logins = table\n", "joe@example.com", NULL, "" },
	{ "bind_logins = table\n", "joe@example.com", "joe", "login" },
	{ "bind_logins = table\n", "joe@example.com", "joe@example.com",
	    "login" },
	{ "bind_logins = address\n", "joe@example.com", "Joe@Example.com",
	    "" },
	{ "bind_logins = address\n", "ann@example.com", "joe@example.com",
	    "login" },
	{ "bind_logins = address\n", "joe@example.com", "joe", "login" },
	{ "bind_logins = table\nlogin \"joe\" { from = \"joe@example.com\" }\n",
	    "JOE@example.com", "joe", "" },
	{ "bind_logins = table\nlogin \"joe\" { from = \"joe@example.com\" }\n",
	    "vip@example.com", "joe", "login" },
	{ "bind_logins = table\nlogin \"joe\" { from = \"joe@example.com\" }\n",
	    "joe@example.com, vip@example.com", "joe", "login" },
	{ "bind_logins = table\n"
	  "login \"*\" { from = \"office@example.com\" }\n",
	    "office@example.com", "joe", "" },
	{ "bind_logins = table\nseveral_authors = first\n"
	  "login \"joe\" { from = \"example.com\" }\n",
	    "joe@example.com\nFrom: vip@example.org", "joe", "several-from" },
	{ "several_authors = first\n",
	    "joe@example.com\nFrom: vip@example.org", "joe", "" },
	{ "several_authors = first\n", "joe@example.com, vip@example.org",
	    "joe", "" },
	{ "several_authors = first\n", "joe@example.com, b@-\xc3\xbc-.x", "joe",
	    "" },
	{ "several_authors = first\nbind_logins = table\n"
	  "login \"joe\" { from = \"joe@example.com\" }\n",
	    "joe@example.com, b@-\xc3\xbc-.x", "joe", "domain-malformed" },
	{ "several_authors = first\n", "vip@example.org, joe@example.com",
	    "joe", "no-key" },
};

/* A user gets signatures only for the addresses that are granted. */
START_TEST(bound_logins)
{
	write_keys();
	for (size_t i = 0; i < sizeof(bound) / sizeof(bound[0]); i++) {
		char conf[512];
		struct trial *trial;

		(void)snprintf(
		    conf, sizeof(conf), "%s%s", ONE_KEY, bound[i].conf);
		trial = good_trial(conf);
		check_notes(run_author(trial, bound[i].author, bound[i].login),
		    "reason", bound[i].reason, i);
		trial_free(&trial);
	}
	remove_keys();
}
END_TEST

static const struct {
	const char *conf;
	const char *author;
	const char *signatures;
	const char *reason;
	enum response_kind answer;
} bad[] = {
	{ BAD_KEY("b", "bad.example", ""), "a@example.com",
	    "example.com/s1/rsa-sha256", "", RESPONSE_CONTINUE },
	{ BAD_KEY("b", "bad.example", ""), "a@bad.example", "",
	    "key-disabled", RESPONSE_TEMPFAIL },
	{ BAD_KEY("b", "bad.example", "on_bad_key = pass"), "a@bad.example",
	    "", "key-disabled", RESPONSE_ACCEPT },
	{ "on_bad_key = pass\n" BAD_KEY("b", "bad.example", ""),
	    "a@bad.example", "", "key-disabled", RESPONSE_ACCEPT },
	{ "on_bad_key = pass\n" BAD_KEY(
	      "b", "bad.example", "on_bad_key = tempfail"),
	    "a@bad.example", "", "key-disabled", RESPONSE_TEMPFAIL },
	/* The other key of the domain signs where that is allowed. */
	{ BAD_KEY("b", "example.com", ""), "a@example.com", "",
	    "key-disabled", RESPONSE_TEMPFAIL },
	{ BAD_KEY("b", "example.com", "on_bad_key = pass"), "a@example.com",
	    "example.com/s1/rsa-sha256", "", RESPONSE_CONTINUE },
};

/* A bad key is the trouble of its own domain. */
START_TEST(bad_keys)
{
	write_keys();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const struct trial_result *result;
		char conf[512];
		struct trial *trial;

		(void)snprintf(
		    conf, sizeof(conf), "%s%s", ONE_KEY, bad[i].conf);
		trial = good_trial(conf);
		result = run_author(trial, bad[i].author, NULL);
		check_notes(result, "signed", bad[i].signatures, i);
		check_notes(result, "reason", bad[i].reason, i);
		ck_assert_msg(result->end.kind == bad[i].answer,
		    "row %zu: %d", i, (int)result->end.kind);
		trial_free(&trial);
	}
	remove_keys();
}
END_TEST

/* What -n and lumbar check say of them: path, mode and what to do. */
START_TEST(complaints)
{
	char conf_file[32];
	struct buf conf, errors;

	write_keys();
	ck_assert_int_eq(chmod(rsa_file, 0644), 0);
	buf_init(&conf, 4096);
	buf_init(&errors, 4096);
	expand(&conf, ONE_KEY
	    "key \"two\" {\ndomain = \"two.example\" selector = \"s\"\n"
	    "file = \"missing\" on_bad_key = pass }\n");
	write_text(conf_file, buf_string(&conf));
	ck_assert_int_eq(skeleton_check(&sign_daemon, conf_file, &errors), -1);
	buf_reset(&conf);
	expand(&conf, ":1: key \"one\": file: %R has mode 0644, so that other "
		      "users can read or change it; run: chmod g-w,o-rwx %R; "
		      "until it is mended and reloaded, its mail is "
		      "deferred\n");
	ck_assert_ptr_nonnull(strstr(buf_string(&errors), buf_string(&conf)));
	ck_assert_ptr_nonnull(
	    strstr(buf_string(&errors), ":4: key \"two\": file: missing"));
	ck_assert_ptr_nonnull(strstr(buf_string(&errors),
	    "its mail goes without this signature\n"));
	ck_assert_int_eq(chmod(rsa_file, 0600), 0);
	ck_assert_int_eq(unlink(conf_file), 0);
	buf_reset(&conf);
	buf_reset(&errors);
	expand(&conf, ONE_KEY);
	write_text(conf_file, buf_string(&conf));
	ck_assert_int_eq(skeleton_check(&sign_daemon, conf_file, &errors), 0);
	ck_assert_str_eq(buf_string(&errors), "");
	ck_assert_int_eq(unlink(conf_file), 0);
	buf_free(&conf);
	buf_free(&errors);
	remove_keys();
}
END_TEST

/* All files are read, each once, on as many threads as one likes. */
START_TEST(parallel_loading)
{
	static const unsigned threads[] = { 0, 1, 2, 7, 1000 };

	write_keys();
	for (size_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
		enum { LINKS = 40 };
		struct sign_key_files *files = sign_key_files_new();
		const struct sign_key_file *all[LINKS];
		char name[64];

		for (unsigned k = 0; k < LINKS; k++) {
			const char *key = k % 2 == 0 ? rsa_file : ed25519_file;

			(void)snprintf(name, sizeof(name), "%s-%u", key, k);
			if (k % 5 != 4)
				ck_assert_int_eq(link(key, name), 0);
			all[k] = sign_key_files_add(files, name);
			ck_assert_ptr_eq(
			    sign_key_files_add(files, name), all[k]);
		}
		ck_assert_uint_eq(sign_key_files_count(files), LINKS);
		sign_key_files_load(files, threads[i]);
		for (unsigned k = 0; k < LINKS; k++) {
			if (k % 5 != 4) {
				ck_assert_ptr_nonnull(all[k]->key);
				ck_assert_int_eq(unlink(all[k]->path), 0);
			} else {
				ck_assert_ptr_null(all[k]->key);
				ck_assert_ptr_nonnull(
				    strstr(all[k]->error, all[k]->path));
			}
		}
		sign_key_files_free(&files);
		ck_assert_ptr_null(files);
		sign_key_files_free(&files);
	}
	remove_keys();
}
END_TEST

/* Each message is counted once, by what became of it. */
START_TEST(counters)
{
	struct sign_case {
		const char *author, *client;
	} cases[] = { { "a@example.com", "127.0.0.1" },
		{ "a@example.com", "192.0.2.1" },
		{ "a@example.net", "127.0.0.1" },
		{ "a@example.com, b@example.net", "127.0.0.1" } };
	struct log_capture log;
	struct trial *trial;
	const char *text;

	write_keys();
	trial = good_trial(ONE_KEY "key \"two\" { domain = \"example.com\" "
				   "selector = \"s2\" file = \"%E\" }\n");
	log_capture_start(&log);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trial_message message = plain;
		char header[128];

		(void)snprintf(header, sizeof(header), "From: %s\n\n",
		    cases[i].author);
		message.client = cases[i].client;
		message.text = span_of(header);
		(void)trial_run(trial, &message);
	}
	(void)log_capture_read(&log);
	trial_log_counters(trial);
	text = log_capture_read(&log);
	ck_assert_msg(strstr(text, " signed=1 signatures_rsa=1 "
				   "signatures_ed25519=1 ") != NULL,
	    "%s", text);
	ck_assert_ptr_nonnull(strstr(text, " unsigned_origin=1 "));
	ck_assert_ptr_nonnull(strstr(text, " unsigned_no_key=1 "));
	ck_assert_ptr_nonnull(strstr(text, " unsigned_several_domains=1 "));
	ck_assert_ptr_nonnull(strstr(text, " unsigned_no_from=0 "));
	ck_assert_ptr_nonnull(strstr(text, " messages=4 "));
	log_capture_end(&log);
	trial_free(&trial);
	remove_keys();
}
END_TEST

SUITE_MAIN("sign_keys", tables, key_sets, key_sets_in_tables,
    table_mistake_table, bounded_names, bound_logins, bad_keys, complaints,
    parallel_loading, counters)
