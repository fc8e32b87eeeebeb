/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files of private keys, each read once however many domains share it,
 * and many at a time: what OpenSSL does to read a key and to use it for the
 * first time takes longer than a signature.
 */
#ifndef LUMBAR_MILTERS_SIGN_KEY_FILES_H
#define LUMBAR_MILTERS_SIGN_KEY_FILES_H

#include "base/crypto.h"
#include "base/pool.h"

struct sign_key_file {
	const char *path;
	struct signing_key *key; /* NULL: it cannot be used */
	char *error;             /* why not */
};

struct sign_key_files;

/* An empty set.  Release with sign_key_files_free. */
struct sign_key_files *sign_key_files_new(void)
    __attribute__((warn_unused_result));

/* Releases *FILES with all keys and clears it; NULL is a no-op. */
void sign_key_files_free(struct sign_key_files **files);

/* The file at PATH, which is copied; the same one for the same path.  It lives
 * as long as FILES. */
const struct sign_key_file *sign_key_files_add(
    struct sign_key_files *files, const char *path);

/* Reads all files that were added, on THREADS threads, or fewer where the
 * system does not allow as many.  Once for each set. */
void sign_key_files_load(struct sign_key_files *files, unsigned threads);

/* How many files there are. */
size_t sign_key_files_count(const struct sign_key_files *files);

#endif
