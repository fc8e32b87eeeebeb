/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A daemon's configuration file: the keys that all daemons have and its own, in
 * one file.
 */
#ifndef LUMBAR_SKELETON_DAEMON_CONF_H
#define LUMBAR_SKELETON_DAEMON_CONF_H

#include "skeleton/daemon.h"

/* The values in FILE for DAEMON; release with conf_free.  NULL on failure, and
 * ERRORS has a line for each mistake. */
struct conf *daemon_conf_read(
    const struct daemon *daemon, const char *file, struct buf *errors);

/* The same from TEXT, which counts as the file of DAEMON's default name. */
struct conf *daemon_conf_read_text(
    const struct daemon *daemon, const char *text, struct buf *errors);

/* Sets KEY, a text outside all blocks that DAEMON has, as conf_set_string. */
void daemon_conf_set(const struct daemon *daemon, struct conf *conf,
    const char *key, const char *text);

/* Prints what is in force, as conf_print. */
void daemon_conf_print(
    const struct daemon *daemon, const struct conf *conf, FILE *out);

#endif
