/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that hold a secret, such as a private key: read only where nobody but
 * their owner and one group can, and wiped from memory after use.
 */
#ifndef LUMBAR_BASE_SECRET_H
#define LUMBAR_BASE_SECRET_H

#include "base/err.h"
#include "base/span.h"

struct secret {
	char *ptr;
	size_t len;
};

/*
 * Reads FILE, a regular file of at most MAX bytes.  It must belong to root or
 * to the user that this process runs as, must not be writable by its group,
 * and must give others no access; a group may read it.  *SECRET is to be
 * released with secret_free.  0, or -1 with *ERR, which names FILE, what is
 * wrong with it (with its mode or owner) and the command that mends it.
 */
int secret_read(
    const char *file, size_t max, struct secret *secret, struct err *err);

/* The contents, borrowed from SECRET. */
struct span secret_span(const struct secret *secret);

/* Overwrites what SECRET holds, releases and clears it. */
void secret_free(struct secret *secret);

#endif
