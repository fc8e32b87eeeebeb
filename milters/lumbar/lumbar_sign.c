/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar sign: one message through the daemon's own decisions, and what the
 * MTA would have then.
 */
#include "milters/lumbar/lumbar.h"

#include "base/xalloc.h"
#include "milters/lumbar/lumbar_mail.h"
#include "milters/sign/sign.h"
#include "milters/sign/sign_count.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

/* What a signed message may be longer than the message. */
enum { GROWTH_MAX = 64 << 20 };

struct sign_options {
	const char *conf;
	struct lumbar_envelope envelope;
};

static const char usage[] =
    "usage: lumbar sign [-c FILE] [--time=TIME] [--from=ADDRESS]\n"
    "           [--rcpt=ADDRESS]... [--client=ADDRESS] [--login=NAME]\n"
    "           [--listener=NAME] < MESSAGE > SIGNED\n";

static const struct option long_options[] = {
	LUMBAR_ENVELOPE_OPTIONS,
	{ "config", required_argument, NULL, 'c' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* 0, or -1 with *ERR. */
static int
take_option(struct sign_options *options, int option, struct err *err)
{
	if (option == 'c')
		options->conf = optarg;
	else
		return lumbar_envelope_option(
		    &options->envelope, option, optarg, err);
	return 0;
}

/* EX_OK to go on, another status, or -1 to end well. */
static int
read_options(int argc, char **argv, struct sign_options *options)
{
	struct lumbar_envelope *envelope = &options->envelope;
	struct err err;
	int option;

	/* What getopt says does not name the command. */
	opterr = 0;
	while ((option = getopt_long(argc, argv, "c:h", long_options, NULL)) !=
	    -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return -1;
		}
		if (take_option(options, option, &err) < 0) {
			fprintf(stderr, "lumbar sign: %s\n", err.text);
			return EX_USAGE;
		}
	}
	if (optind != argc) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	/* Who gets a message makes no difference to its signature. */
	if (envelope->recipient_count == 0)
		envelope->recipients[envelope->recipient_count++] =
		    "postmaster";
	return EX_OK;
}

/* True if MESSAGE, which came as TEXT, is to have lines that end in CRLF. */
static bool
has_crlf(struct span text)
{
	size_t end = span_find(text, '\n');

	return end > 0 && end < text.len && text.ptr[end - 1] == '\r';
}

/* Writes TEXT, whose lines end in CRLF, with CRLF or with LF.  0 or -1. */
static int
write_lines(struct span text, bool crlf, FILE *out)
{
	while (text.len > 0) {
		size_t next = span_find(text, '\n');
		struct span line = span_slice(text, 0, next);
		const char *end = next < text.len ? "\n" : "";

		if (!crlf && next < text.len && line.len > 0 &&
		    line.ptr[line.len - 1] == '\r')
			line.len--;
		if (fwrite(line.ptr, 1, line.len, out) != line.len ||
		    fputs(end, out) == EOF)
			return -1;
		text = span_slice(text, next + 1, text.len);
	}
	return fflush(out) == 0 ? 0 : -1;
}

/* Writes the message that the MTA has after RESULT.  Exit status. */
static int
write_message(const struct trial_result *result, bool crlf)
{
	struct trial_result delivered = *result;
	struct buf out;
	int status = EX_OK;

	/* With observe = yes there was a verdict, but no edit. */
	if (result->end.edit_count == 0)
		delivered.applied.headers = result->message->headers;
	buf_init(&out, LUMBAR_MAIL_MAX + GROWTH_MAX);
	trial_print_applied(&delivered, result->body, &out);
	if (out.full) {
		fputs("lumbar sign: the signed message is too large\n",
		    stderr);
		status = EX_DATAERR;
	} else if (write_lines(buf_span(&out), crlf, stdout) < 0) {
		perror("lumbar sign: standard output");
		status = EX_IOERR;
	}
	buf_free(&out);
	return status;
}

/* True if the message was signed, now or before. */
static bool
is_signed(const struct trial_result *result)
{
	const struct verdict *verdict = result->verdict;
	struct span already =
	    span_of(sign_count_reason_name(UNSIGNED_ALREADY_SIGNED));

	if (result->end.edit_count > 0)
		return true;
	for (size_t i = 0; i < verdict->note_count; i++)
		if (strcmp(verdict->notes[i].key, "reason") == 0 &&
		    span_equal(verdict->notes[i].value, already))
			return true;
	return false;
}

/* Writes what becomes of the message in TEXT.  Exit status. */
static int
conclude(const struct trial_result *result, struct span text)
{
	int status;

	switch (result->end.kind) {
	case RESPONSE_CONTINUE:
	case RESPONSE_ACCEPT:
	case RESPONSE_SKIP:
		break;
	case RESPONSE_REJECT:
	case RESPONSE_TEMPFAIL:
	case RESPONSE_DISCARD:
		return EX_TEMPFAIL;
	}
	if (result->end.hold)
		return EX_TEMPFAIL;
	status = write_message(result, has_crlf(text));
	if (status == EX_OK && !is_signed(result))
		return EX_UNAVAILABLE;
	return status;
}

/* Signs the message on standard input.  Exit status. */
static int
sign_input(const struct sign_options *options)
{
	struct pool *pool = pool_new();
	struct trial *trial = NULL;
	struct lumbar_mail mail;
	struct buf text, errors;
	struct err err;
	int status;

	buf_init(&text, LUMBAR_MAIL_MAX);
	buf_init(&errors, LUMBAR_OUTPUT_MAX);
	trial = trial_open(&sign_daemon, options->conf, &errors);
	if (trial == NULL) {
		fputs(buf_string(&errors), stderr);
		status = EX_CONFIG;
	} else if (lumbar_mail_load("-", &text, &err) < 0) {
		fprintf(stderr, "lumbar sign: %s\n", err.text);
		status = EX_NOINPUT;
	} else if (lumbar_mail_make(buf_span(&text), &options->envelope, pool,
		       &mail, &err) < 0) {
		fprintf(stderr, "lumbar sign: standard input: %s\n", err.text);
		status = EX_DATAERR;
	} else {
		status = conclude(
		    trial_run(trial, &mail.sent), buf_span(&text));
	}
	trial_free(&trial);
	buf_free(&text);
	buf_free(&errors);
	pool_free(&pool);
	return status;
}

int
lumbar_sign(int argc, char **argv)
{
	struct sign_options options = {
		.conf = SYSCONFDIR "/sign.conf",
		/* As a daemon with the default sign_networks would like it. */
		.envelope.client = "127.0.0.1",
	};
	int status;

	/* One more for the recipient that none was named. */
	options.envelope.recipients =
	    xalloc_array((size_t)argc + 1, sizeof(const char *));
	status = read_options(argc, argv, &options);
	if (status == EX_OK)
		status = sign_input(&options);
	free(options.envelope.recipients);
	return status < 0 ? EX_OK : status;
}
