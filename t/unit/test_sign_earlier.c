/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mail that comes with a signature of one's own: what is not signed again, and
 * what must be.
 */
#include "formats/base64.h"
#include "formats/dkim_signature.h"
#include "milters/sign/sign_earlier.h"

#include "t/unit/sign_trial.h"

enum { TEXT_MAX = 1 << 20 };

#define BODY "Hi  there. \r\n\r\nMore \t text.\r\n\r\n"
#define MESSAGE \
	"From: a@example.com\r\nSubject: one\r\nDate: now\r\n\r\n" BODY

#define TWO_KEYS \
	ONE_KEY \
	"key \"two\" { domain = \"example.com\" selector = \"e1\" " \
	"file = \"%E\" }\n"

#define RSA "example.com/s1/rsa-sha256"
#define ED25519 "example.com/e1/ed25519-sha256"

static const struct trial_result *
run(struct trial *trial, const char *text, size_t chunk)
{
	struct trial_message message = {
		.client = "127.0.0.1",
		.recipients = recipients,
		.text = span_of(text),
		.chunk = chunk,
	};

	return trial_run(trial, &message);
}

/* MESSAGE as FORMAT has it signed, in OUT. */
static void
sign_by(const char *format, const char *message, struct buf *out)
{
	struct trial *trial = good_trial(format);
	const char *body = strstr(message, "\r\n\r\n");

	ck_assert_ptr_nonnull(body);
	buf_init(out, TEXT_MAX);
	trial_print_applied(run(trial, message, 0), span_of(body + 4), out);
	trial_free(&trial);
}

/* Puts WITH in the place of the first PART of TEXT. */
static void
replace(struct buf *text, const char *part, const char *with)
{
	const char *at = strstr(buf_string(text), part);
	struct buf changed;
	size_t before;

	ck_assert_msg(at != NULL, "no \"%s\" in %s", part, buf_string(text));
	before = (size_t)(at - text->ptr);
	buf_init(&changed, TEXT_MAX);
	(void)buf_append(&changed, text->ptr, before);
	(void)buf_append_span(&changed, span_of(with));
	(void)buf_append_span(&changed, span_of(at + strlen(part)));
	buf_free(text);
	*text = changed;
}

/* What comes of TEXT under FORMAT. */
static void
check_outcome(const char *format, struct buf *text, const char *signed_with,
    const char *kept, const char *broken, size_t row)
{
	struct trial *trial = good_trial(format);

	/* Whether the body is hashed at all must not depend on the cut. */
	for (size_t chunk = 1; chunk < 8; chunk += 6) {
		const struct trial_result *result =
		    run(trial, buf_string(text), chunk);

		check_notes(result, "signed", signed_with, row);
		check_notes(result, "kept", kept, row);
		check_notes(result, "broken", broken, row);
		check_notes(result, "reason",
		    signed_with[0] == '\0' ? "already-signed" : "", row);
		ck_assert_int_eq(result->end.kind, RESPONSE_CONTINUE);
	}
	trial_free(&trial);
}

/* A message is signed by FIRST, changed, and seen by SECOND. */
static const struct {
	const char *first;
	const char *part, *with; /* NULL: nothing is changed */
	const char *second;
	const char *signed_with, *kept, *broken;
} reinjections[] = {
	{ ONE_KEY, NULL, NULL, ONE_KEY, "", RSA, "" },
	{ TWO_KEYS, NULL, NULL, TWO_KEYS, "", RSA "," ED25519, "" },
	/* Each key answers for itself. */
	{ ONE_KEY, NULL, NULL, TWO_KEYS, ED25519, RSA, "" },
	/* Whatever the canonicalisation was. */
	{ ONE_KEY "canonicalization = \"simple/simple\"\n", NULL, NULL,
	    ONE_KEY, "", RSA, "" },
	{ ONE_KEY, NULL, NULL,
	    ONE_KEY "canonicalization = \"simple/simple\"\n", "", RSA, "" },
	{ ONE_KEY "canonicalization = \"relaxed/simple\"\n", "Subject: one",
	    "Subject:  one", ONE_KEY, "", RSA, "" },
	/* What the signature forgives is no change. */
	{ ONE_KEY, "there. ", "there.", ONE_KEY, "", RSA, "" },
	{ ONE_KEY, "From:", "X-Filter: seen\r\nFrom:", ONE_KEY, "", RSA, "" },
	/* And what it does not is one. */
	{ ONE_KEY "canonicalization = \"relaxed/simple\"\n", "there. ",
	    "there.", ONE_KEY, RSA, "", RSA },
	{ ONE_KEY, "More", "Less", ONE_KEY, RSA, "", RSA },
	{ ONE_KEY, "Subject: one", "Subject: two", ONE_KEY, RSA, "", RSA },
	{ ONE_KEY, "Date:", "Subject: two\r\nDate:", ONE_KEY, RSA, "", RSA },
	{ TWO_KEYS, "a=rsa-sha256", "a=rsa-sha1", TWO_KEYS, RSA, ED25519,
	    "" },
	{ ONE_KEY, "v=1;", "v=1; l=0;", ONE_KEY, RSA, "", RSA },
	{ ONE_KEY, "bh=", "bh=A", ONE_KEY, RSA, "", "" },
	/* Another domain or selector is not ours. */
	{ ONE_KEY, "d=example.com", "d=example.net", ONE_KEY, RSA, "", "" },
	{ ONE_KEY, "s=s1", "s=s2", ONE_KEY, RSA, "", "" },
	/* Another key under our names. */
	{ "key \"one\" { domain = \"example.com\" selector = \"s1\" "
	  "file = \"%E\" }\n",
	    NULL, NULL, ONE_KEY, RSA, "", "" },
	/* Lines that were broken, and lines that will be. */
	{ ONE_KEY "predict_line_breaks = 998\n", NULL, NULL,
	    ONE_KEY "predict_line_breaks = 998\n", "", RSA, "" },
};

START_TEST(reinjection_table)
{
	write_keys();
	for (size_t i = 0; i < sizeof(reinjections) / sizeof(reinjections[0]);
	     i++) {
		struct buf text;

		sign_by(reinjections[i].first, MESSAGE, &text);
		if (reinjections[i].part != NULL)
			replace(&text, reinjections[i].part,
			    reinjections[i].with);
		check_outcome(reinjections[i].second, &text,
		    reinjections[i].signed_with, reinjections[i].kept,
		    reinjections[i].broken, i);
		buf_free(&text);
	}
	remove_keys();
}
END_TEST

/* A signature of the test's own making with the tags TAGS, over From and the
 * whole body of MESSAGE. */
static void
craft(const char *tags, struct buf *out)
{
	struct header from = { SPAN("From"), SPAN(" a@example.com") };
	const struct header *which[] = { &from };
	struct span names[] = { SPAN("from") };
	const struct dkim_fields named = { names, which, 1 };
	uint8_t digest[SHA256_SIZE], signature[SIGNATURE_MAX];
	struct pool *pool = pool_new();
	struct signing_key *key;
	struct err err;
	struct span head;
	size_t len;

	key = signing_key_parse(span_of(RFC8463_RSA_KEY), &err);
	/* BODY ends in an empty line, which does not count. */
	sha256_of(span_slice(SPAN(BODY), 0, sizeof(BODY) - 3), digest);
	head = pool_printf(pool,
	    " v=1; a=rsa-sha256; d=example.com; s=s1; h=from;%s bh=%.*s; b=",
	    tags, SPAN_ARGS(base64_encode(
		      pool, span_make((const char *)digest, SHA256_SIZE))));
	dkim_digest(pool, DKIM_SIMPLE, &named, head, SPAN(""), digest);
	ck_assert_int_eq(
	    signing_key_sign(key, digest, signature, &len, &err), 0);
	ck_assert_int_eq(
	    buf_printf(out, "DKIM-Signature:%.*s%.*s\r\n", SPAN_ARGS(head),
		SPAN_ARGS(base64_encode(
		    pool, span_make((const char *)signature, len)))),
	    0);
	signing_key_free(&key);
	pool_free(&pool);
}

/* Genuine ones, made with our key: the time of trials is 1767225600. */
START_TEST(crafted_signatures)
{
	static const struct {
		const char *tags;
		bool holds;
	} table[] = {
		{ "", true },
		{ " i=joe@example.com; q=dns/txt;", true },
		{ " x=1767225601;", true },
		{ " x=1767225600;", false },
		/* All of the body, but text could be added. */
		{ " l=30;", false },
	};

	write_keys();
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct buf text;

		buf_init(&text, TEXT_MAX);
		craft(table[i].tags, &text);
		ck_assert_int_eq(buf_printf(&text, "%s", MESSAGE), 0);
		check_outcome(ONE_KEY, &text, table[i].holds ? "" : RSA,
		    table[i].holds ? RSA : "", table[i].holds ? "" : RSA, i);
		buf_free(&text);
	}
	remove_keys();
}
END_TEST

/* One that holds is found among those that do not, up to as many as are
 * looked at. */
START_TEST(many_signatures)
{
	static const size_t counts[] = { 1, SIGN_EARLIER_MAX - 1,
		SIGN_EARLIER_MAX };

	write_keys();
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		bool found = counts[i] < SIGN_EARLIER_MAX;
		struct buf text;

		buf_init(&text, TEXT_MAX);
		for (size_t k = 0; k < counts[i]; k++)
			ck_assert_int_eq(
			    buf_printf(&text,
				"dkim-signature: v=1; a=rsa-sha256; s=S1; "
				"d=Example.com; h=from; b=AAAA; bh="
				"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
				"\r\n"),
			    0);
		craft("", &text);
		ck_assert_int_eq(buf_printf(&text, "%s", MESSAGE), 0);
		check_outcome(ONE_KEY, &text, found ? "" : RSA,
		    found ? RSA : "", found ? "" : RSA, i);
		buf_free(&text);
	}
	remove_keys();
}
END_TEST

/* A header with too many fields to search is not worth it. */
START_TEST(many_fields)
{
	static const size_t counts[] = { 100, SIGN_EARLIER_EFFORT_MAX };

	write_keys();
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct trial *trial =
		    good_trial(ONE_KEY "max_header_size = 128M\n");
		const struct trial_result *result;
		struct buf text;

		buf_init(&text, 64 << 20);
		craft("", &text);
		for (size_t k = 0; k < counts[i]; k++)
			(void)buf_append_span(&text, SPAN("X:\n"));
		ck_assert_int_eq(buf_printf(&text, "%s", MESSAGE), 0);
		result = run(trial, buf_string(&text), 0);
		check_notes(result, "kept", i == 0 ? RSA : "", i);
		check_notes(result, "signed", i == 0 ? "" : RSA, i);
		buf_free(&text);
		trial_free(&trial);
	}
	remove_keys();
}
END_TEST

/* Appends a forged signature whose names are LENGTH bytes of h= and as many
 * fields "X" as there are to compare them with. */
static void
forge(size_t length, struct buf *text)
{
	(void)buf_append_span(text,
	    SPAN("DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s1; "
		 "b=AAAA; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; "
		 "h=from:"));
	for (size_t i = sizeof("from:"); i < length; i++)
		(void)buf_append_char(text, 'n');
	(void)buf_append_span(text, SPAN("\r\n"));
}

/* What forged ones cost is not spent once more on what stands below them. */
START_TEST(effort_is_shared)
{
	/* And From, Subject, Date and both signatures. */
	enum { FIELDS = 1000, ALL_FIELDS = FIELDS + 5, NAMES = 2 };

	write_keys();
	for (size_t forged = 0; forged < 2; forged++) {
		struct buf text;

		buf_init(&text, TEXT_MAX);
		if (forged != 0)
			forge(SIGN_EARLIER_EFFORT_MAX / (ALL_FIELDS + NAMES),
			    &text);
		craft("", &text);
		for (size_t k = 0; k < FIELDS; k++)
			(void)buf_append_span(&text, SPAN("X:\r\n"));
		ck_assert_int_eq(buf_printf(&text, "%s", MESSAGE), 0);
		check_outcome(ONE_KEY, &text, forged != 0 ? RSA : "",
		    forged != 0 ? "" : RSA, forged != 0 ? RSA : "", forged);
		buf_free(&text);
	}
	remove_keys();
}
END_TEST

/* Where lines will be broken, what counts is what will arrive. */
START_TEST(long_lines)
{
	struct buf text, signed_text;

	write_keys();
	buf_init(&text, TEXT_MAX);
	ck_assert_int_eq(
	    buf_printf(&text, "From: a@example.com\r\nSubject: %0*d\r\n\r\n",
		1200, 1),
	    0);
	ck_assert_int_eq(buf_printf(&text, "%0*d\r\n", 3000, 1), 0);
	sign_by(ONE_KEY "predict_line_breaks = 998\n", buf_string(&text),
	    &signed_text);
	check_outcome(ONE_KEY "predict_line_breaks = 998\n", &signed_text, "",
	    RSA, "", 0);
	check_outcome(ONE_KEY, &signed_text, RSA, "", RSA, 1);
	buf_free(&text);
	buf_free(&signed_text);
	remove_keys();
}
END_TEST

SUITE_MAIN("sign_earlier", reinjection_table, crafted_signatures,
    many_signatures, many_fields, effort_is_shared, long_lines)
