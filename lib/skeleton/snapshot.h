/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A configuration in force: the file's values and what the daemon made of
 * them.  It never changes; a reload puts another in its place, and messages
 * and lookups that began under the old one keep it until they end.
 */
#ifndef LUMBAR_SKELETON_SNAPSHOT_H
#define LUMBAR_SKELETON_SNAPSHOT_H

#include "skeleton/daemon.h"

struct snapshot;

/* Reads and loads FILE for DAEMON; PROCESS is what daemon.open returned.
 * NULL on failure, and ERRORS has a line for each mistake. */
struct snapshot *snapshot_read(const struct daemon *daemon, void *process,
    const char *file, struct buf *errors);

/* The same from configuration that is already read; takes CONF in any case. */
struct snapshot *snapshot_load(const struct daemon *daemon, void *process,
    struct conf **conf, struct buf *errors);

/* One reference more to SNAPSHOT, which may be NULL; returns it. */
struct snapshot *snapshot_acquire(struct snapshot *snapshot);

/* Drops a reference and clears *SNAPSHOT; the last one unloads it. */
void snapshot_release(struct snapshot **snapshot);

/* The common keys of its configuration; borrowed. */
const struct settings *snapshot_settings(const struct snapshot *snapshot);

/* What daemon.load returned. */
void *snapshot_config(const struct snapshot *snapshot);

/* Which of the daemon's EVENT_* this snapshot needs. */
unsigned snapshot_needs(const struct snapshot *snapshot);

/* The first digits of a hash over all values in force and daemon.digest, to
 * tell configurations apart in the log. */
const char *snapshot_hash(const struct snapshot *snapshot);

#endif
