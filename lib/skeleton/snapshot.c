/* SPDX-License-Identifier: BSD-2-Clause */
#include "skeleton/snapshot.h"

#include "base/crypto.h"
#include "base/xalloc.h"
#include "skeleton/daemon_conf.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { HASH_DIGITS = 7 };

struct snapshot {
	atomic_uint references;
	const struct daemon *daemon;
	struct conf *conf;
	void *config;
	unsigned needs;
	char hash[HASH_DIGITS + 1];
};

struct snapshot *
snapshot_read(const struct daemon *daemon, void *process, const char *file,
    struct buf *errors)
{
	struct conf *conf = daemon_conf_read(daemon, file, errors);

	if (conf == NULL)
		return NULL;
	return snapshot_load(daemon, process, &conf, errors);
}

/* Hashes the values as -x prints them, so that comments do not count. */
static void
set_hash(struct snapshot *snapshot)
{
	uint8_t digest[SHA256_SIZE];
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (out == NULL)
		return;
	daemon_conf_print(snapshot->daemon, snapshot->conf, out);
	if (snapshot->daemon->digest != NULL)
		(void)fputs(
		    snapshot->daemon->digest(snapshot->config), out);
	(void)fclose(out);
	sha256_of(span_make(text, len), digest);
	free(text);
	(void)snprintf(snapshot->hash, sizeof(snapshot->hash),
	    "%02x%02x%02x%x", digest[0], digest[1], digest[2],
	    digest[3] >> 4);
}

struct snapshot *
snapshot_load(const struct daemon *daemon, void *process, struct conf **conf,
    struct buf *errors)
{
	struct snapshot *snapshot;
	void *config;

	config = daemon->load(process, conf_values(*conf), errors);
	if (config == NULL) {
		conf_free(conf);
		return NULL;
	}
	snapshot = xalloc(sizeof(*snapshot));
	atomic_init(&snapshot->references, 1);
	snapshot->daemon = daemon;
	snapshot->conf = *conf;
	snapshot->config = config;
	snapshot->needs = daemon->needs != NULL
	    ? daemon->needs(config) & daemon->events
	    : daemon->events;
	set_hash(snapshot);
	*conf = NULL;
	return snapshot;
}

struct snapshot *
snapshot_acquire(struct snapshot *snapshot)
{
	if (snapshot != NULL)
		(void)atomic_fetch_add(&snapshot->references, 1);
	return snapshot;
}

void
snapshot_release(struct snapshot **snapshot)
{
	struct snapshot *released = *snapshot;

	*snapshot = NULL;
	if (released == NULL ||
	    atomic_fetch_sub(&released->references, 1) != 1)
		return;
	released->daemon->unload(released->config);
	conf_free(&released->conf);
	free(released);
}

const struct settings *
snapshot_settings(const struct snapshot *snapshot)
{
	return conf_values(snapshot->conf);
}

void *
snapshot_config(const struct snapshot *snapshot)
{
	return snapshot->config;
}

unsigned
snapshot_needs(const struct snapshot *snapshot)
{
	return snapshot->needs;
}

const char *
snapshot_hash(const struct snapshot *snapshot)
{
	return snapshot->hash;
}
