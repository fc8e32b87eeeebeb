/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signs messages as lumbar-sign does, for verify-dkim:
 *
 *	sign_messages CONFIGURATION CHUNK FILE...
 *
 * writes each FILE, as the MTA would have it then, to FILE.signed.  CHUNK is
 * the number of bytes of body that are sent at once.
 */
#include "milters/sign/sign.h"
#include "skeleton/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 16 * 1024 * 1024 };

static void
fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static void
read_file(const char *name, struct buf *text)
{
	FILE *file = fopen(name, "rb");
	char piece[4096];
	size_t len;

	if (file == NULL)
		fail(name);
	while ((len = fread(piece, 1, sizeof(piece), file)) > 0)
		if (buf_append(text, piece, len) < 0)
			fail(name);
	(void)fclose(file);
}

static void
write_file(const char *name, struct span text)
{
	FILE *file = fopen(name, "wb");

	if (file == NULL || fwrite(text.ptr, 1, text.len, file) != text.len ||
	    fclose(file) != 0)
		fail(name);
}

static struct span
body_of(struct span text)
{
	for (size_t i = 0; i + 4 <= text.len; i++)
		if (memcmp(text.ptr + i, "\r\n\r\n", 4) == 0)
			return span_slice(text, i + 4, text.len);
	return span_slice(text, text.len, text.len);
}

static void
sign_file(struct trial *trial, const char *name, size_t chunk)
{
	static const char *const recipients[] = { "<b@example.net>", NULL };
	struct trial_message message = {
		.client = "127.0.0.1",
		.recipients = recipients,
		.chunk = chunk,
	};
	char signed_name[4096];
	struct buf text, out;

	buf_init(&text, TEXT_MAX);
	buf_init(&out, TEXT_MAX);
	read_file(name, &text);
	message.text = buf_span(&text);
	trial_print_applied(
	    trial_run(trial, &message), body_of(message.text), &out);
	(void)snprintf(signed_name, sizeof(signed_name), "%s.signed", name);
	write_file(signed_name, buf_span(&out));
	buf_free(&text);
	buf_free(&out);
}

int
main(int argc, char **argv)
{
	struct trial *trial;
	struct buf errors;

	if (argc < 4) {
		fputs("usage: sign_messages CONFIGURATION CHUNK FILE...\n",
		    stderr);
		return EXIT_FAILURE;
	}
	buf_init(&errors, 65536);
	trial = trial_open(&sign_daemon, argv[1], &errors);
	if (trial == NULL) {
		fputs(buf_string(&errors), stderr);
		return EXIT_FAILURE;
	}
	for (int i = 3; i < argc; i++)
		sign_file(trial, argv[i], strtoul(argv[2], NULL, 10));
	buf_free(&errors);
	trial_free(&trial);
	return EXIT_SUCCESS;
}
