/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Search filters (RFC 4515): read, matched against an entry, and made from a
 * template in which the key of a lookup is filled in.
 */
#ifndef LUMBAR_FORMATS_DIRECTORY_FILTER_H
#define LUMBAR_FORMATS_DIRECTORY_FILTER_H

#include "base/buf.h"
#include "formats/directory_entry.h"

enum {
	DIRECTORY_FILTER_MAX = 8192,     /* bytes of a filter's text */
	DIRECTORY_FILTER_DEPTH_MAX = 32, /* parentheses within each other */
};

/* What the placeholders of a template stand for. */
struct directory_key {
	struct span address; /* %s: "user@example.com" */
	struct span local;   /* %u: "user" */
	struct span domain;  /* %d: "example.com" */
};

struct directory_filter;

/*
 * Reads TEXT, one filter in parentheses.  *FILTER lives in POOL and borrows
 * from TEXT.  0, or -1 with *ERR, which names the place by its column.
 */
int directory_filter_parse(struct pool *pool, struct span text,
    const struct directory_filter **filter, struct err *err);

/*
 * 0 if directory_filter_match can tell what FILTER means: "=", presence,
 * substrings, "&", "|" and "!".  Ordering, approximate and extensible matches
 * need a server's knowledge of the attribute: -1 with *ERR.
 */
int directory_filter_check(
    const struct directory_filter *filter, struct err *err);

/*
 * True if ENTRY matches FILTER, which passed directory_filter_check.  Values
 * are compared without regard to ASCII case, as all attributes are that hold
 * addresses and names.
 */
bool directory_filter_match(const struct directory_filter *filter,
    const struct directory_entry *entry);

/* Appends VALUE so that it stands for itself in a filter (RFC 4515 section
 * 3).  0, or -1 when OUT is full. */
int directory_filter_escape(struct buf *out, struct span value);

/* Appends VALUE so that it stands for itself as a value in a DN (RFC 4514
 * section 2.4).  A DN that is put in a filter needs both.  0 or -1. */
int directory_dn_escape(struct buf *out, struct span value);

/* True if TEMPLATE has a placeholder, so that lookups differ by their key. */
bool directory_template_has_key(struct span template);

/*
 * Appends TEMPLATE with its placeholders replaced by what ESCAPE makes of the
 * parts of KEY; "%%" is a percent sign.  0, or -1 with *ERR: an unknown
 * placeholder, or OUT is full.
 */
int directory_template_fill(struct buf *out, struct span template,
    const struct directory_key *key,
    int (*escape)(struct buf *out, struct span value), struct err *err);

#endif
