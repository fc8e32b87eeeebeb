/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decisions of lumbar-sign on whole messages.  That the signatures hold is
 * shown by verify_dkim.py with another implementation.
 */
#include "formats/dkim_signature.h"

#include "t/unit/log_capture.h"
#include "t/unit/sign_trial.h"

#define KEYS \
	"key \"rsa\" { domain = \"example.com\" selector = \"R1\" " \
	"file = \"%R\" from = { \"Example.com\", \".example.com\" } }\n" \
	"key \"ed\" { domain = \"example.com\" selector = \"e1\" " \
	"file = \"%E\" from = { \"example.com\" } }\n" \
	"key \"sub\" { domain = \"deep.example.com\" selector = \"d1\" " \
	"file = \"%E\" from = { \".deep.example.com\" } }\n" \
	"key \"idn\" { domain = \"b\xc3\xbc" \
	"cher.example\" selector = \"u1\" file = \"%R\" }\n"

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
	    "xn--bcher-kva.example/u1/rsa-sha256", "" },
	{ "From: a@XN--BCHER-KVA.example, b@b\xc3\x9c"
	  "cher.example\n",
	    "xn--bcher-kva.example/u1/rsa-sha256", "" },
	{ "From: a@xn--bcher-kva.example\n",
	    "xn--bcher-kva.example/u1/rsa-sha256", "" },
	{ "From: a@\xff.example\n", "", "domain-malformed" },
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
	check_tag(result, 0, "z=", "");
	trial_free(&trial);

	trial = good_trial(ONE_KEY "copy_headers = yes\n");
	result = trial_run(trial, &message);
	check_tag(result, 0, "z=",
	    "From:=20a@example.com|Date:=20now|Reply-To:=20b@example.com");
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

/* What an MTA may recode is noted where it is signed. */
static const struct {
	const char *conf;
	const char *text;
	const char *warning;
} eight_bits[] = {
	{ ONE_KEY, "From: a@example.com\n\nplain\n", "" },
	{ ONE_KEY, "From: a@example.com\n\nplain\x7f\n", "" },
	{ ONE_KEY, "From: a@example.com\n\n\x80\n", "eight-bit" },
	{ ONE_KEY, "From: a@example.com\n\nHi \xc3\xbc", "eight-bit" },
	/* The header is not recoded. */
	{ ONE_KEY, "From: a@example.com\nSubject: \xc3\xbc\n\nplain\n", "" },
	{ ONE_KEY, "From: a@example.net\n\n\xc3\xbc\n", "" },
	{ ONE_KEY "warn_eight_bit = no\n",
	    "From: a@example.com\n\n\xc3\xbc\n", "" },
};

START_TEST(eight_bit_table)
{
	write_keys();
	for (size_t i = 0; i < sizeof(eight_bits) / sizeof(eight_bits[0]);
	     i++) {
		struct trial *trial = good_trial(eight_bits[i].conf);
		struct trial_message message = {
			.client = "127.0.0.1",
			.recipients = recipients,
			.text = span_of(eight_bits[i].text),
		};

		for (message.chunk = 1; message.chunk < 9; message.chunk += 7)
			check_notes(trial_run(trial, &message), "warning",
			    eight_bits[i].warning, i);
		trial_free(&trial);
	}
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
	{ KEY("domain = \"\xe2\x98\x83.example\" selector = \"s\" "
	      "file = \"%R\""),
	    "has no form in ASCII" },
	{ KEY("domain = \"a b\" selector = \"s\" file = \"%R\""),
	    "sign.conf:1: key \"k\": domain: \"a b\" is no DNS name; write "
	    "letters, digits and \"-\" with dots between\n" },
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
	{ KEY(GOOD "from = { \"*.example.com\" }"),
	    "sign.conf:1: key \"k\": from: \"*.example.com\" is no domain; "
	    "write \".example.com\" for all below it\n" },
	{ KEY("domain = \"%\" selector = \"s\" file = \"%R\""),
	    "nothing says of which; add from" },
	{ KEY("domain = \"%\" selector = \"s\" file = \"%R\" from = \"*\" "
	      "identity = \"@example.com\""),
	    "its domain is that of each author" },
	{ KEY(GOOD "on_bad_key = \"drop\""), "on_bad_key" },
	{ "on_bad_key = default", "write tempfail or pass" },
	{ "login \"joe\" { from = { \"a b\" } }", "has a blank" },
	{ "origin \"x\" { headers = \"X-A: b\" }",
	    "sign.conf:1: origin \"x\": it does not say which clients it is "
	    "about; add networks, listeners, roles, logins, certificates, "
	    "local or bounces\n" },
	{ "origin \"x\" { local = yes certificates = \"a\" }",
	    "sign.conf:1: origin \"x\": what did not come by SMTP has no "
	    "client" },
	{ "origin \"x\" { bounces = yes networks = \"10.0.0.0/8\" }",
	    "what did not come by SMTP has no client" },
	{ "origin \"x\" { headers = \"X-A\" }", "is no header field" },
	{ "origin \"x\" { headers = \"X-A: \" }", "is no header field" },
	{ "origin \"x\" { networks = \"10.0.0.1/8\" }", "networks" },
	{ "tables = \"no-such\"", "no-such" },
	{ "several_authors = \"all\"", "several_authors" },
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
	{ "sign_headers = { \"X;Y\" }", "cannot be the name" },
	{ "sign_headers = { \"From:\" }",
	    "sign.conf:1: sign_headers: \"From:\" cannot be the name of a "
	    "header field; write one such as \"Subject\"\n" },
	{ "oversign_headers = { \"Sender\" }", "mailing lists add" },
	{ "oversign_headers = { \"List-Id\" }", "mailing lists add" },
	{ "oversign_headers = { \"Date\" }", "oversign_present_headers" },
	{ "oversign_headers = { \"message-id\" }", "oversign_present_headers" },
	{ "canonicalization = \"strict\"", "canonicalization" },
	{ "lifetime = \"x\"", "lifetime" },
	{ "predict_line_breaks = 78",
	    "sign.conf:1: predict_line_breaks: 78 is shorter than the lines of "
	    "a signature can be; write what postconf smtp_line_length_limit "
	    "says, mostly 998, or 0 to predict nothing\n" },
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
	char set_file[32], conf[128], said[512];

	log_capture_start(&log);
	trial = good_trial("");
	ck_assert_str_eq(log_capture_read(&log),
	    "test: sign.conf: no key is configured: nothing is signed; add "
	    "key \"NAME\" { domain = ... selector = ... file = ... }\n");
	trial_free(&trial);
	write_text(set_file,
	    "domain = \"example.com\"\n"
	    "key \"s1\" { file = \"s1.pem\" state = pending }\n");
	(void)snprintf(
	    conf, sizeof(conf), "key \"ours\" { set = \"%s\" }\n", set_file);
	trial = good_trial(conf);
	(void)snprintf(said, sizeof(said),
	    "test: %s: no key is active: mail of example.com goes unsigned; "
	    "publish a key's record and run: lumbar key activate -k . "
	    "example.com s1\n",
	    set_file);
	ck_assert_str_eq(log_capture_read(&log), said);
	trial_free(&trial);
	ck_assert_int_eq(unlink(set_file), 0);
	write_keys();
	trial = good_trial(ONE_KEY);
	ck_assert_ptr_nonnull(strstr(log_capture_read(&log),
	    "test: sign.conf:1: key \"one\": RSA of 1024 bits is weak; make a "
	    "new key of 2048 bits under a new selector\n"
	    "test: sign.conf: loaded keys=1 files=1 patterns=1 ms="));
	trial_free(&trial);
	remove_keys();
	log_capture_end(&log);
}
END_TEST

SUITE_MAIN("sign", author_table, tags, body_chunks, eight_bit_table,
    too_many_fields, aborted, mistake_table, warnings)
