/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Under which forms an address is looked up in a directory.
 */
#ifndef LUMBAR_FORMATS_DIRECTORY_KEY_H
#define LUMBAR_FORMATS_DIRECTORY_KEY_H

#include "formats/address.h"
#include "formats/directory_filter.h"

/* All text lives in one pool. */
struct directory_keys {
	struct directory_key exact;
	/* Without its extension, to be asked for when EXACT is not there;
	 * all empty where there is none. */
	struct directory_key plain;
	/* "+ext" in the case it came in; without quotes, also where it needs
	 * them in an address. */
	struct span extension;
};

/* Fills *KEYS for ADDRESS, in POOL: the same for all spellings with one
 * address_key.  DELIMITER separates user and extension; '\0': nothing does. */
void directory_keys_fill(struct directory_keys *keys, struct pool *pool,
    const struct address *address, char delimiter);

/* 0 if TEXT is "" or one character that may be a delimiter, else -1 with *ERR;
 * for conf_row.check. */
int directory_check_delimiter(const char *text, struct err *err);

#endif
