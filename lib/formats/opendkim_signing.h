/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SigningTable of OpenDKIM, translated into the patterns of authors of
 * lumbar-sign.conf(5).
 *
 * OpenDKIM takes the first entry that matches: in the order of the file
 * (refile), or of the kinds of key (all other data sets).  lumbar-sign takes
 * the narrowest.  So entries that OpenDKIM never reaches are left out, and
 * where the two would differ all the same, a note says so.
 */
#ifndef LUMBAR_FORMATS_OPENDKIM_SIGNING_H
#define LUMBAR_FORMATS_OPENDKIM_SIGNING_H

#include "base/pool.h"
#include "formats/opendkim_file.h"

enum {
	/* Entries with "*" other than "*@domain": each is compared with each,
	 * and lumbar-sign takes no more. */
	OPENDKIM_WILD_MAX = 1000,
	OPENDKIM_PATTERN_MAX = 320, /* bytes of an address */
};

/* What a SigningTable is read with. */
struct opendkim_signing {
	struct pool *pool; /* what is made lives there */
	bool is_refile;
	bool multiple;           /* MultipleSignatures: all that match sign */
	const struct span *keys; /* names in the KeyTable, for "%" */
	size_t key_count;
};

/* A line "from PATTERN KEY...". */
struct opendkim_from {
	struct span pattern;  /* as in lumbar-sign.conf(5) */
	struct span *keys;    /* names in the KeyTable */
	size_t key_count;
	struct span identity; /* i=; empty: none */
	unsigned line;        /* of the SigningTable */
};

/* What could not be carried over, or is done otherwise. */
struct opendkim_note {
	unsigned line;
	struct span text;
};

struct opendkim_froms {
	struct opendkim_from *items;
	size_t count;
	struct opendkim_note *notes;
	size_t note_count;
};

/*
 * Translates ENTRIES, the lines of a SigningTable in their order, which
 * outlive the result.  *FROMS is in the pool of SIGNING.
 */
void opendkim_signing_translate(const struct opendkim_signing *signing,
    const struct opendkim_line *entries, size_t count,
    struct opendkim_froms *froms);

#endif
