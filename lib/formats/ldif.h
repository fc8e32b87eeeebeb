/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directory content in LDIF (RFC 2849): entries only, no changes.
 *
 * libldap has a reader too, which is not used here: it tells its errors to
 * stderr without the line, follows "include:" and URLs, and takes malformed
 * base64 for data.  This one is strict but for two things that every tool
 * writes: raw UTF-8 in values, and more than one empty line between entries.
 */
#ifndef LUMBAR_FORMATS_LDIF_H
#define LUMBAR_FORMATS_LDIF_H

#include "formats/directory_entry.h"

enum {
	LDIF_LINE_MAX = 1024 * 1024, /* bytes of one line, unfolded */
};

/* A place in a text. */
struct ldif {
	struct span rest;
	unsigned line;  /* number of the line that REST starts with */
	bool had_entry; /* too late for "version: 1" */
};

enum ldif_result {
	LDIF_ENTRY,
	LDIF_END,
	LDIF_MISTAKE,
};

/* Starts at the beginning of TEXT, which outlives the reading. */
void ldif_init(struct ldif *ldif, struct span text);

/*
 * Reads the next entry into *ENTRY, whose contents live in POOL and in the
 * text.  At a mistake *ERR says what is wrong and *LINE (from 1) where; the
 * rest of that entry is skipped, so that the next call finds the next one.
 */
enum ldif_result ldif_next(struct ldif *ldif, struct pool *pool,
    struct directory_entry *entry, unsigned *line, struct err *err);

#endif
