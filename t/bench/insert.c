/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar-insert: a daemon that is sent what lumbar-sign is sent, and inserts a
 * header field of the size of a signature.  What it costs is all of
 * lumbar-sign that is neither signing nor the decision to do so.
 */
#include "skeleton/daemon.h"

struct insert_conf {
	struct settings settings;
};

/* The skeleton takes NULL for an error, and there is nothing to be loaded. */
static char loaded;

static void *
load(void *process, const void *conf, struct buf *errors)
{
	(void)process;
	(void)conf;
	(void)errors;
	return &loaded;
}

static void
unload(void *config)
{
	(void)config;
}

/* What lumbar-sign inserts for RSA-2048, and as many bytes. */
static void
insert_field(struct verdict *verdict)
{
#define LINE "\n\tAll work and no play makes Jack a dull boy, they do say so."

	verdict_insert_header(verdict, 0, SPAN("X-Signature"),
	    SPAN(" v=1; a=none" LINE LINE LINE LINE LINE LINE LINE LINE LINE));
	verdict_note(verdict, "author_domain", "example.com");
	verdict_note(verdict, "signed", "example.com/selector/none");
}

static enum answer
decide(struct decision *decision)
{
	if (decision->stage != STAGE_END)
		return ANSWER_MORE;
	insert_field(decision->verdict);
	return ANSWER_DONE;
}

static int
see_body(struct decision *decision, struct span chunk)
{
	(void)decision;
	(void)chunk;
	return 0;
}

static const struct daemon insert_daemon = {
	.name = "lumbar-insert",
	.summary = "inserts a header field (for measuring)",
	.conf_file = "insert.conf",
	.conf_size = sizeof(struct insert_conf),
	.default_socket = "unix:/run/lumbar/insert.sock",
	/* As lumbar-sign's, so that the MTA sends and awaits the same. */
	.events = EVENT_HEADERS | EVENT_BODY,
	.changes = CHANGE_HEADERS,
	.load = load,
	.unload = unload,
	.decide = decide,
	.body = see_body,
};

int
main(int argc, char **argv)
{
	return skeleton_main(&insert_daemon, argc, argv);
}
