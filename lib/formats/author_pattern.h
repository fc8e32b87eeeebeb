/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Patterns of authors: what an administrator writes for the addresses in From
 * that something is for.
 */
#ifndef LUMBAR_FORMATS_AUTHOR_PATTERN_H
#define LUMBAR_FORMATS_AUTHOR_PATTERN_H

#include "base/err.h"
#include "base/pool.h"
#include "base/span.h"
#include "formats/mailbox.h"

/* The author of a message in the form that is compared: the local part in
 * lower case, the domain in A-labels and lower case. */
struct author {
	struct span local;
	struct span domain;
};

/* The author that MAILBOX names, in POOL.  0, or -1 with *ERR (ERR_INPUT: the
 * domain has no form in ASCII). */
int author_of(struct pool *pool, const struct mailbox *mailbox,
    struct author *author, struct err *err);

/* The kinds, from the narrowest to the widest. */
enum author_pattern_kind {
	AUTHOR_ADDRESS, /* joe@example.com */
	AUTHOR_LOCAL,   /* joe-*@example.com */
	AUTHOR_DOMAIN,  /* example.com, *@example.com */
	AUTHOR_BELOW,   /* .example.com: all domains below it */
	AUTHOR_WILD,    /* *@*.example.com, *@mail*.example.com, * */
};

struct author_pattern {
	enum author_pattern_kind kind;
	struct span local;  /* of ADDRESS, LOCAL and WILD */
	struct span domain; /* of BELOW with its dot */
};

/*
 * Reads TEXT; "*" stands for any bytes, none included, on its side of the last
 * "@" (a quoted local part may have more of them); "*" alone is "*@*".  A
 * domain in another script than ASCII is put in A-labels, which "*" excludes.
 * *PATTERN is in POOL.  0, or -1 with *ERR (ERR_CONFIG) saying what to write.
 */
int author_pattern_parse(struct pool *pool, struct span text,
    struct author_pattern *pattern, struct err *err);

/* True if PATTERN is for AUTHOR. */
bool author_pattern_matches(
    const struct author_pattern *pattern, const struct author *author);

#endif
