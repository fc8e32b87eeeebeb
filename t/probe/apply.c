/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What verdict_apply makes of a message that the probe daemon is shown:
 *
 *	apply SENDER RECIPIENT... < MESSAGE
 *
 * prints "sender ADDRESS", "recipient ADDRESS" lines, an empty line, and the
 * message; SENDER and RECIPIENT as after MAIL FROM: and RCPT TO:.  End-to-end
 * tests compare it with what the MTAs deliver.
 */
#include "base/buf.h"
#include "skeleton/trial.h"
#include "t/probe/probe.h"

#include <stdio.h>

enum { MESSAGE_MAX = 64 << 20 };

static void
read_all(struct buf *text)
{
	char piece[65536];
	size_t len;

	while ((len = fread(piece, 1, sizeof(piece), stdin)) > 0)
		(void)buf_append(text, piece, len);
}

/* What follows the first empty line of TEXT. */
static struct span
body_of(struct span text)
{
	for (size_t i = 0; i + 1 < text.len; i++) {
		struct span rest = span_slice(text, i, text.len);

		if (span_starts(rest, SPAN("\n\n")))
			return span_slice(text, i + 2, text.len);
		if (span_starts(rest, SPAN("\r\n\r\n")))
			return span_slice(text, i + 4, text.len);
	}
	return SPAN("");
}

static void
print(const struct trial_result *result, struct span text, struct buf *out)
{
	const struct applied *applied = &result->applied;

	printf("sender %.*s\n", SPAN_ARGS(applied->sender));
	for (size_t i = 0; i < applied->recipient_count; i++)
		printf("recipient %.*s\n", SPAN_ARGS(applied->recipients[i]));
	printf("\n");
	trial_print_applied(result, body_of(text), out);
	(void)fwrite(out->ptr, 1, out->len, stdout);
}

int
main(int argc, char **argv)
{
	struct trial_message message = { 0 };
	struct trial *trial;
	struct buf text, out, errors;
	int status = 1;

	buf_init(&text, MESSAGE_MAX);
	buf_init(&out, 2 * (size_t)MESSAGE_MAX);
	buf_init(&errors, 65536);
	if (argc < 3) {
		fputs("usage: apply SENDER RECIPIENT... < MESSAGE\n", stderr);
		goto out;
	}
	read_all(&text);
	message.sender = argv[1];
	message.recipients = (const char *const *)argv + 2;
	message.text = buf_span(&text);
	trial = trial_new(&probe_daemon, "", &errors);
	if (trial == NULL) {
		fputs(buf_string(&errors), stderr);
		goto out;
	}
	print(trial_run(trial, &message), message.text, &out);
	trial_free(&trial);
	status = 0;
out:
	buf_free(&errors);
	buf_free(&out);
	buf_free(&text);
	return status;
}
