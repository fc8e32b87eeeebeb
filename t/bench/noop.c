/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lumbar-noop: a daemon that asks for all that lumbar-policy asks for and
 * decides nothing.  What it costs is the engine, the skeleton, and one line in
 * the log for each message, with either engine.
 */
#include "skeleton/daemon.h"

struct noop_conf {
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

/* Never final, so that every event is asked for. */
static enum answer
decide(struct decision *decision)
{
	(void)decision;
	return ANSWER_MORE;
}

static int
see_body(struct decision *decision, struct span chunk)
{
	(void)decision;
	(void)chunk;
	return 0;
}

static const struct daemon noop_daemon = {
	.name = "lumbar-noop",
	.summary = "does nothing (for measuring)",
	.conf_file = "noop.conf",
	.conf_size = sizeof(struct noop_conf),
	.default_socket = "unix:/run/lumbar/noop.sock",
	.events = EVENT_RECIPIENT | EVENT_DATA | EVENT_HEADERS | EVENT_BODY,
	.changes = CHANGE_HEADERS | CHANGE_RECIPIENTS,
	.load = load,
	.unload = unload,
	.decide = decide,
	.body = see_body,
};

int
main(int argc, char **argv)
{
	return skeleton_main(&noop_daemon, argc, argv);
}
