/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decisions of lumbar-sign on whole messages.  That the signatures hold is
 * shown by verify_dkim.py with another implementation.
 */
#include "formats/dkim_signature.h"
#include "milters/sign.h"
#include "milters/sign_table.h"
#include "skeleton/trial.h"

#include "t/unit/dkim_keys.h"
#include "t/unit/log_capture.h"
#include "t/unit/suite.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Key files of one test, removed at its end. */
static char rsa_file[32];
static char ed25519_file[32];

static void
write_key(char *name, const char *pem)
{
	int fd;

	memcpy(name, "sign-key-XXXXXX", sizeof("sign-key-XXXXXX"));
	fd = mkstemp(name);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, pem, strlen(pem)), (ssize_t)strlen(pem));
	ck_assert_int_eq(close(fd), 0);
}

static void
write_keys(void)
{
	write_key(rsa_file, RFC8463_RSA_KEY);
	write_key(ed25519_file, RFC8463_ED25519_KEY);
}

static void
remove_keys(void)
{
	ck_assert_int_eq(unlink(rsa_file), 0);
	ck_assert_int_eq(unlink(ed25519_file), 0);
}

/* FORMAT, in which "%R" and "%E" stand for the two key files. */
static void
expand(struct buf *out, const char *format)
{
	for (const char *c = format; *c != '\0'; c++) {
		const char *piece = NULL;

		if (c[0] == '%' && c[1] == 'R')
			piece = rsa_file;
		else if (c[0] == '%' && c[1] == 'E')
			piece = ed25519_file;
		if (piece != NULL) {
			c++;
			ck_assert_int_eq(
			    buf_append_span(out, span_of(piece)), 0);
		} else {
			ck_assert_int_eq(buf_append_char(out, *c), 0);
		}
	}
}

static struct trial *
new_trial(const char *format, struct buf *errors)
{
	struct buf text;
	struct trial *trial;

	buf_init(&text, 65536);
	expand(&text, format);
	trial = trial_new(&sign_daemon, buf_string(&text), errors);
	buf_free(&text);
	return trial;
}

static struct trial *
good_trial(const char *format)
{
	struct buf errors;
	struct trial *trial;

	buf_init(&errors, 65536);
	trial = new_trial(format, &errors);
	ck_assert_msg(trial != NULL, "%s", buf_string(&errors));
	buf_free(&errors);
	return trial;
}

/* The notes KEY of RESULT, each with a blank behind it. */
static void
collect_notes(
    const struct trial_result *result, const char *key, struct buf *out)
{
	const struct verdict *verdict = result->verdict;

	for (size_t i = 0; i < verdict->note_count; i++)
		if (strcmp(verdict->notes[i].key, key) == 0)
			ck_assert_int_eq(
			    buf_printf(out, "%.*s ",
				SPAN_ARGS(verdict->notes[i].value)),
			    0);
}

static void
check_notes(const struct trial_result *result, const char *key,
    const char *expected, size_t row)
{
	struct buf notes;

	buf_init(&notes, 4096);
	collect_notes(result, key, &notes);
	ck_assert_msg(
	    span_equal(span_trim(buf_span(&notes)), span_of(expected)),
	    "row %zu: %s=\"%s\", not \"%s\"", row, key, buf_string(&notes),
	    expected);
	buf_free(&notes);
}

static size_t
count_signatures(const struct trial_result *result)
{
	return header_list_count(
	    &result->applied.headers, SPAN("DKIM-Signature"));
}

#define ONE_KEY \
	"key \"one\" { domain = \"example.com\" selector = \"s1\" " \
	"file = \"%R\" }\n"

#define TEXT "From: a@example.com\nSubject: x\n\nText.\n"

static const char *const recipients[] = { "<b@example.net>", NULL };

static const struct {
	const char *conf;
	struct trial_message message;
	const char *reason; /* "": it is signed */
} origins[] = {
	{ ONE_KEY, { .client = "127.0.0.1" }, "" },
	{ ONE_KEY, { .client = "127.9.9.9" }, "" },
	{ ONE_KEY, { .client = "::1" }, "" },
	{ ONE_KEY, { .client = "192.0.2.1" }, "origin" },
	{ ONE_KEY, { .client = "2001:db8::1" }, "origin" },
	{ ONE_KEY, { .client = "192.0.2.1", .login = "joe" }, "" },
	{ ONE_KEY, { .client = "127.0.0.1", .local = true }, "" },
	{ ONE_KEY "sign_local = no", { .client = "127.0.0.1", .local = true },
	    "origin" },
	{ ONE_KEY "sign_logins = no", { .client = "192.0.2.1", .login = "joe" },
	    "origin" },
	{ ONE_KEY "sign_networks = { \"192.0.2.0/24\" }",
	    { .client = "192.0.2.255" }, "" },
	{ ONE_KEY "sign_networks = { \"192.0.2.0/24\" }",
	    { .client = "127.0.0.1" }, "origin" },
	{ ONE_KEY "sign_networks = {}", { .client = "127.0.0.1" }, "origin" },
	{ ONE_KEY "listener \"apps\" { role = application }",
	    { .listener = "apps" }, "" },
	{ ONE_KEY "listener \"out\" { role = outbound }", { .listener = "out" },
	    "" },
	{ ONE_KEY "listener \"in\" { role = inbound }", { .listener = "in" },
	    "origin" },
	{ ONE_KEY "listener \"out\" { role = outbound }\nsign_roles = {}",
	    { .listener = "out" }, "origin" },
	{ ONE_KEY "sign_listeners = { \"a\", \"b\" }", { .listener = "b" },
	    "" },
	{ ONE_KEY "sign_listeners = { \"a\", \"b\" }", { .listener = "c" },
	    "origin" },
	{ "", { .client = "127.0.0.1" }, "no-keys" },
};

START_TEST(origin_table)
{
	write_keys();
	for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
		struct trial *trial = good_trial(origins[i].conf);
		struct trial_message message = origins[i].message;
		const struct trial_result *result;

		message.recipients = recipients;
		message.text = SPAN(TEXT);
		result = trial_run(trial, &message);
		check_notes(result, "reason", origins[i].reason, i);
		ck_assert_uint_eq(count_signatures(result),
		    origins[i].reason[0] == '\0' ? 1 : 0);
		trial_free(&trial);
	}
	remove_keys();
}
END_TEST

#define KEYS \
	"key \"rsa\" { domain = \"example.com\" selector = \"R1\" " \
	"file = \"%R\" from = { \"Example.com\", \".example.com\" } }\n" \
	"key \"ed\" { domain = \"example.com\" selector = \"e1\" " \
	"file = \"%E\" from = { \"example.com\" } }\n" \
	"key \"sub\" { domain = \"deep.example.com\" selector = \"d1\" " \
	"file = \"%E\" from = { \".deep.example.com\" } }\n"

static const struct {
	const char *header;
	const char *signatures; /* "": none */
	const char *reason;
} authors[] = {
	{ "From: a@example.com\n",
	    "example.com/r1/rsa-sha256,example.com/e1/ed25519-sha256", "" },
	{ "From: Joe <a@EXAMPLE.com>\n",
	    "example.com/r1/rsa-sha256,example.com/e1/ed25519-sha256", "" },
	{ "From: a@x.example.com\n", "example.com/r1/rsa-sha256", "" },
	{ "From: a@deep.example.com\n", "example.com/r1/rsa-sha256", "" },
	{ "From: a@x.deep.example.com\n", "deep.example.com/d1/ed25519-sha256",
	    "" },
	{ "From: a@example.com, b@EXAMPLE.COM\n",
	    "example.com/r1/rsa-sha256,example.com/e1/ed25519-sha256", "" },
	{ "From: a@notexample.com\n", "", "no-key" },
	{ "From: a@com\n", "", "no-key" },
	{ "From: a@[192.0.2.1]\n", "", "no-key" },
	{ "Subject: x\n", "", "no-from" },
	{ "From: a@example.com\nFrom: b@example.com\n", "", "several-from" },
	{ "From: a@example.com, b@example.net\n", "", "several-domains" },
	{ "From: a@example.com, b@x.example.com\n", "", "several-domains" },
	{ "From: undisclosed:;\n", "", "no-author" },
	{ "From: joe\n", "", "from-malformed" },
	{ "From: <a@example.com\n", "", "from-malformed" },
	{ "From: a@b\xc3\xbc"
	  "cher.example\n",
	    "", "domain-not-ascii" },
	{ "From: Attacker <x@example.net> (a@example.com)\n", "", "no-key" },
};

START_TEST(author_table)
{
	struct trial *trial;

	write_keys();
	trial = good_trial(KEYS);
	for (size_t i = 0; i < sizeof(authors) / sizeof(authors[0]); i++) {
		char text[512];
		struct trial_message message = {
			.client = "127.0.0.1",
			.recipients = recipients,
		};
		const struct trial_result *result;

		(void)snprintf(text, sizeof(text), "%sTo: x@y.example\n\nHi.\n",
		    authors[i].header);
		message.text = span_of(text);
		result = trial_run(trial, &message);
		check_notes(result, "signed", authors[i].signatures, i);
		check_notes(result, "reason", authors[i].reason, i);
		ck_assert_int_ne(result->end.kind, RESPONSE_REJECT);
		ck_assert_int_ne(result->end.kind, RESPONSE_TEMPFAIL);
		/* What is not signed need not be sent. */
		if (authors[i].reason[0] != '\0')
			ck_assert_int_eq(result->end_stage, STAGE_HEADERS);
		else
			ck_assert_int_eq(result->end_stage, STAGE_END);
	}
	trial_free(&trial);
	remove_keys();
}
END_TEST

/* The value of TAG in a signature, folds taken out; "" if there is none. */
static void
tag_value(struct span signature, const char *tag, char *out, size_t size)
{
	struct span rest = signature;
	struct span item;
	size_t len = 0;

	while (span_next(&rest, ';', &item)) {
		item = span_trim(item);
		if (!span_starts(item, span_of(tag)))
			continue;
		for (size_t i = strlen(tag); i < item.len; i++)
			if (item.ptr[i] != '\n' && item.ptr[i] != ' ' &&
			    len + 1 < size)
				out[len++] = item.ptr[i];
	}
	out[len] = '\0';
}

/* The NTH signature of RESULT has VALUE for TAG. */
static void
check_tag(const struct trial_result *result, size_t nth, const char *tag,
    const char *value)
{
	const struct header *field = header_list_find(
	    &result->applied.headers, SPAN("DKIM-Signature"), nth);
	char text[1024];

	ck_assert_ptr_nonnull(field);
	tag_value(field->value, tag, text, sizeof(text));
	ck_assert_str_eq(text, value);
}

START_TEST(tags)
{
	static const struct trial_message message = {
		.client = "127.0.0.1",
		.recipients = recipients,
		.text = SPAN_INIT("Received: from x\n"
				  "From: a@example.com\nDate: now\n"
				  "X-Other: 1\nReply-To: b@example.com\n\n"),
		.now = { .monotonic_us = 1, .wall_us = 1528637909999999 },
	};
	const struct trial_result *result;
	struct trial *trial;

	write_keys();
	trial = good_trial(KEYS "lifetime = 7d\n"
				"canonicalization = \"simple/relaxed\"\n");
	result = trial_run(trial, &message);
	ck_assert_uint_eq(count_signatures(result), 2);
	/* Each was inserted at the top, so the last is first. */
	check_tag(result, 0, "a=", "ed25519-sha256");
	check_tag(result, 1, "a=", "rsa-sha256");
	for (size_t i = 0; i < 2; i++) {
		check_tag(result, i, "v=", "1");
		check_tag(result, i, "c=", "simple/relaxed");
		check_tag(result, i, "d=", "example.com");
		check_tag(result, i, "t=", "1528637909");
		check_tag(result, i, "x=", "1529242709");
		check_tag(result, i,
		    "h=", "from:from:subject:to:cc:date:date:reply-to");
		check_tag(result, i,
		    "bh=", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
		check_tag(result, i, "l=", "");
		check_tag(result, i, "i=", "");
	}
	ck_assert_ptr_eq(header_list_find(&result->applied.headers,
			     SPAN("DKIM-Signature"), 0),
	    &result->applied.headers.items[0]);
	trial_free(&trial);

	trial =
	    good_trial("key \"k\" { domain = \"example.com\" selector = \"s\" "
		       "file = \"%R\" identity = \"joe@mail.example.com\" }\n"
		       "oversign_headers = {}\noversign_present_headers = {}\n"
		       "sign_headers = { \"X-Other\" }\n");
	result = trial_run(trial, &message);
	check_tag(result, 0, "h=", "x-other:from");
	check_tag(result, 0, "i=", "joe@mail.example.com");
	check_tag(result, 0, "x=", "");
	trial_free(&trial);
	remove_keys();
}
END_TEST

/* The same signature however the body is cut. */
START_TEST(body_chunks)
{
	struct trial_message message = {
		.client = "127.0.0.1",
		.recipients = recipients,
		.text = SPAN("From: a@example.com\n\nHi  there. \r\n\r\n"
			     "More \t text.\r\n \r\n\r\n"),
	};
	char first[1024] = "";
	struct trial *trial;

	write_keys();
	trial = good_trial(ONE_KEY);
	for (message.chunk = 1; message.chunk < 50; message.chunk++) {
		const struct trial_result *result = trial_run(trial, &message);
		const struct header *field = header_list_find(
		    &result->applied.headers, SPAN("DKIM-Signature"), 0);
		char value[1024];

		ck_assert_ptr_nonnull(field);
		(void)snprintf(
		    value, sizeof(value), "%.*s", SPAN_ARGS(field->value));
		if (first[0] == '\0')
			memcpy(first, value, sizeof(first));
		ck_assert_str_eq(value, first);
	}
	trial_free(&trial);
	remove_keys();
}
END_TEST

START_TEST(too_many_fields)
{
	struct trial_message message = {
		.client = "127.0.0.1",
		.recipients = recipients,
	};
	const struct trial_result *result;
	struct trial *trial;
	struct buf text;

	write_keys();
	trial = good_trial(ONE_KEY);
	buf_init(&text, 65536);
	ck_assert_int_eq(buf_printf(&text, "From: a@example.com\n"), 0);
	for (int i = 0; i < DKIM_FIELDS_MAX; i++)
		ck_assert_int_eq(buf_printf(&text, "To: b@example.net\n"), 0);
	ck_assert_int_eq(buf_printf(&text, "\nText.\n"), 0);
	message.text = buf_span(&text);
	result = trial_run(trial, &message);
	check_notes(result, "reason", "too-many-fields", 0);
	buf_free(&text);
	trial_free(&trial);
	remove_keys();
}
END_TEST

START_TEST(aborted)
{
	static const struct trial_message message = {
		.client = "127.0.0.1",
		.recipients = recipients,
		.text = SPAN_INIT(TEXT),
	};
	struct trial *trial;

	write_keys();
	trial = good_trial(ONE_KEY);
	(void)trial_run_aborted(trial, &message);
	ck_assert_uint_eq(count_signatures(trial_run(trial, &message)), 1);
	trial_free(&trial);
	remove_keys();
}
END_TEST

/* A reload takes the keys of the new file, a wrong file changes nothing. */
START_TEST(reload)
{
	static const struct trial_message message = {
		.client = "127.0.0.1",
		.recipients = recipients,
		.text = SPAN_INIT(TEXT),
	};
	struct trial *trial;
	struct buf text, errors;

	write_keys();
	buf_init(&text, 4096);
	buf_init(&errors, 4096);
	trial = good_trial("");
	check_notes(trial_run(trial, &message), "reason", "no-keys", 0);
	expand(&text, ONE_KEY);
	ck_assert_int_eq(trial_reload(trial, buf_string(&text), &errors), 0);
	check_notes(trial_run(trial, &message), "signed",
	    "example.com/s1/rsa-sha256", 0);
	ck_assert_int_eq(trial_reload(trial, "key \"x\" {}", &errors), -1);
	check_notes(trial_run(trial, &message), "signed",
	    "example.com/s1/rsa-sha256", 0);
	buf_free(&text);
	buf_free(&errors);
	trial_free(&trial);
	remove_keys();
}
END_TEST

#define KEY(rest) "key \"k\" { " rest " }\n"
#define GOOD "domain = \"example.com\" selector = \"s\" file = \"%R\" "

/* What is wrong, and what the error must say of it. */
static const struct {
	const char *conf;
	const char *error;
} mistakes[] = {
	{ KEY("selector = \"s\" file = \"%R\""), "domain is missing" },
	{ KEY("domain = \"example.com\" file = \"%R\""),
	    "selector is missing" },
	{ KEY("domain = \"example.com\" selector = \"s\""), "file is missing" },
	{ KEY("domain = \"b\xc3\xbc"
	      "cher.example\" selector = \"s\" "
	      "file = \"%R\""),
	    "sign.conf:1: key \"k\": domain: \"b\xc3\xbc"
	    "cher.example\" is no DNS name; write letters, digits and \"-\" "
	    "with dots between, other scripts as A-label (xn--...)\n" },
	{ KEY("domain = \"\" selector = \"s\" file = \"%R\""),
	    "sign.conf:1: key \"k\": domain: it is empty; write a name such as "
	    "example.com\n" },
	{ KEY("domain = \".example.com\" selector = \"s\" file = \"%R\""),
	    "sign.conf:1: key \"k\": domain: \".example.com\" begins with a "
	    "dot; write \"example.com\"\n" },
	{ KEY("domain = \"example.com.\" selector = \"s\" file = \"%R\""),
	    "sign.conf:1: key \"k\": domain: \"example.com.\" ends with a "
	    "dot; write \"example.com\"\n" },
	{ KEY("domain = \"a..b\" selector = \"s\" file = \"%R\""),
	    "sign.conf:1: key \"k\": domain: \"a..b\" has two dots in a row; "
	    "remove one\n" },
	{ KEY("domain = \"example.com\" selector = \"s;\" file = \"%R\""),
	    "sign.conf:1: key \"k\": selector: \"s;\" is no DNS name; " },
	{ KEY("domain = \"example.com\" selector = \"s\" file = \"no-such\""),
	    "no-such" },
	{ KEY("domain = \"example.com\" selector = \"s\" "
	      "file = \"/dev/null\""),
	    "not a regular file" },
	{ KEY(GOOD "from = { \"*.example.com\" }"),
	    "sign.conf:1: key \"k\": from: \"*.example.com\" is no domain; "
	    "write \".example.com\" for all below example.com\n" },
	{ KEY(GOOD "identity = \"@example.net\""), "\"@example.com\"" },
	{ KEY(GOOD "identity = \"@notexample.com\""), "\"@example.com\"" },
	{ KEY(GOOD "identity = \"example.com\""), "\"@example.com\"" },
	{ KEY(GOOD "identity = \"a;b@example.com\""), "\"@example.com\"" },
	{ KEY(GOOD) "key \"again\" { domain = \"Example.com\" "
		    "selector = \"S\" file = \"%E\" }",
	    "there is another key for s._domainkey.example.com" },
	{ KEY(GOOD "unknown = \"x\""), "unknown" },
	{ "sign_networks = { \"192.0.2.1/24\" }", "sign_networks" },
	{ "sign_networks = { \"localhost\" }", "sign_networks" },
	{ "sign_roles = { \"outward\" }",
	    "sign.conf:1: sign_roles: \"outward\" is no role; write inbound, "
	    "outbound, application or local\n" },
	{ "sign_headers = { \"Received\" }", "Received changes on the way" },
	{ "sign_headers = { \"From:\" }",
	    "sign.conf:1: sign_headers: \"From:\" cannot be the name of a "
	    "header field; write one such as \"Subject\"\n" },
	{ "oversign_headers = { \"Sender\" }", "mailing lists add" },
	{ "oversign_headers = { \"List-Id\" }", "mailing lists add" },
	{ "oversign_headers = { \"Date\" }", "oversign_present_headers" },
	{ "oversign_headers = { \"message-id\" }", "oversign_present_headers" },
	{ "canonicalization = \"strict\"", "canonicalization" },
	{ "lifetime = \"x\"", "lifetime" },
};

START_TEST(mistake_table)
{
	write_keys();
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct buf errors;

		buf_init(&errors, 65536);
		ck_assert_msg(new_trial(mistakes[i].conf, &errors) == NULL,
		    "row %zu was taken", i);
		ck_assert_msg(
		    strstr(buf_string(&errors), mistakes[i].error) != NULL,
		    "row %zu: %s", i, buf_string(&errors));
		/* File and line come first. */
		ck_assert_msg(
		    span_starts(buf_span(&errors), SPAN("sign.conf:1: ")) ||
			span_starts(buf_span(&errors), SPAN("sign.conf:2: ")),
		    "row %zu: %s", i, buf_string(&errors));
		buf_free(&errors);
	}
	remove_keys();
}
END_TEST

/* Neither hinders the daemon, and both should be known. */
START_TEST(warnings)
{
	struct log_capture log;
	struct trial *trial;

	log_capture_start(&log);
	trial = good_trial("");
	ck_assert_str_eq(log_capture_read(&log),
	    "test: sign.conf: no key is configured: nothing is signed; add "
	    "key \"NAME\" { domain = ... selector = ... file = ... }\n");
	trial_free(&trial);
	write_keys();
	trial = good_trial(ONE_KEY);
	ck_assert_str_eq(log_capture_read(&log),
	    "test: sign.conf:1: key \"one\": RSA of 1024 bits is weak; make a "
	    "new key of 2048 bits under a new selector\n");
	trial_free(&trial);
	remove_keys();
	log_capture_end(&log);
}
END_TEST

/* All mistakes are reported, not the first only. */
START_TEST(all_mistakes)
{
	struct buf errors;

	write_keys();
	buf_init(&errors, 65536);
	ck_assert_int_eq(chmod(rsa_file, 0644), 0);
	ck_assert_ptr_null(
	    new_trial("key \"a\" { domain = \"a.example\" selector = \"s\" "
		      "file = \"%R\" }\n"
		      "key \"b\" { domain = \"b.example\" selector = \"s\" "
		      "file = \"missing\" }\n",
		&errors));
	ck_assert_ptr_nonnull(strstr(buf_string(&errors), "key \"a\""));
	ck_assert_ptr_nonnull(strstr(buf_string(&errors), "mode 0644"));
	ck_assert_ptr_nonnull(strstr(buf_string(&errors), "key \"b\""));
	buf_free(&errors);
	remove_keys();
}
END_TEST

/* The table finds each of many domains and nothing else. */
START_TEST(large_table)
{
	enum { DOMAINS = 20000 };
	static struct sign_key key;
	struct sign_table *table = sign_table_new();
	struct pool *pool = pool_new();

	for (unsigned i = 0; i < DOMAINS; i++)
		sign_table_add(
		    table, pool_printf(pool, "d%u.example", i), &key);
	sign_table_add(table, SPAN(".example.org"), &key);
	/* Named twice it makes one signature. */
	sign_table_add(table, SPAN("d0.example"), &key);
	for (unsigned i = 0; i < DOMAINS; i++) {
		const struct sign_keys *keys =
		    sign_table_find(table, pool_printf(pool, "D%u.example", i));

		ck_assert_ptr_nonnull(keys);
		ck_assert_uint_eq(keys->count, 1);
		ck_assert_ptr_null(sign_table_find(
		    table, pool_printf(pool, "x.d%u.example", i)));
	}
	ck_assert_ptr_nonnull(
	    sign_table_find(table, SPAN("a.b.c.Example.Org")));
	ck_assert_ptr_null(sign_table_find(table, SPAN("example.org")));
	ck_assert_ptr_null(sign_table_find(table, SPAN("")));
	ck_assert_ptr_null(sign_table_find(table, SPAN(".")));
	sign_table_free(&table);
	pool_free(&pool);
}
END_TEST

SUITE_MAIN("sign", origin_table, author_table, tags, body_chunks,
    too_many_fields, aborted, reload, mistake_table, warnings,
    all_mistakes, large_table)
