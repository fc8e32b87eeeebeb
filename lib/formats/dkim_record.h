/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The TXT record of a DKIM key (RFC 6376 section 3.6.1, RFC 8463 section 4):
 * as it is to be published, and what is wrong with the one that was.
 */
#ifndef LUMBAR_FORMATS_DKIM_RECORD_H
#define LUMBAR_FORMATS_DKIM_RECORD_H

#include "base/crypto.h"
#include "base/pool.h"
#include "base/span.h"

enum {
	DKIM_STRING_MAX = 255, /* bytes in one string of a TXT record (RFC 1035
	                          section 3.3) */
	DKIM_RECORD_MAX = 64 * 1024, /* bytes in one record */
};

/* The public half of a key, see signing_key_public. */
struct dkim_public_key {
	enum key_algorithm algorithm;
	struct span bytes;
};

/* "rsa", "ed25519": the value of k=. */
const char *dkim_key_type_name(enum key_algorithm algorithm);

/* The value of the record for KEY, "v=DKIM1; k=...; p=...", in POOL. */
struct span dkim_record_value(
    struct pool *pool, const struct dkim_public_key *key);

/*
 * The record VALUE of NAME, which has no dot at its end, with strings of at
 * most DKIM_STRING_MAX bytes.  In POOL, with a line end behind it.  The first
 * is a line of a zone file (RFC 1035 section 5.1; several lines in parentheses
 * where there are several strings), the second a request for nsupdate that
 * adds it only where NAME has no TXT record yet.
 */
struct span dkim_record_zone_line(struct pool *pool, struct span name,
    unsigned ttl, struct span value);
struct span dkim_record_nsupdate(struct pool *pool, struct span name,
    unsigned ttl, struct span value);

/* The request for nsupdate that takes all TXT records of NAME away. */
struct span dkim_record_nsupdate_delete(struct pool *pool, struct span name);

enum dkim_finding_level {
	DKIM_NOTE,    /* worth knowing */
	DKIM_WARNING, /* some verifiers may stumble */
	DKIM_ERROR,   /* signatures do not verify, or only by luck */
};

struct dkim_finding {
	enum dkim_finding_level level;
	struct span text; /* what was found, and what to do */
};

/* What was found, in the order of the record.  All zero at the start. */
struct dkim_findings {
	struct pool *pool; /* where texts live */
	struct dkim_finding *items;
	size_t count;
	bool failed; /* one of them is a DKIM_ERROR */
};

/* Adds one finding; of its text, bytes that are not printable ASCII become
 * "?", for it may quote what a stranger has published. */
void dkim_findings_add(struct dkim_findings *findings,
    enum dkim_finding_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Adds to FINDINGS all that is wrong with RECORDS, the TXT records found under
 * the name of KEY: the strings of each joined, COUNT of them, at least one and
 * each of at most DKIM_RECORD_MAX bytes.
 */
void dkim_record_check(const struct span *records, size_t count,
    const struct dkim_public_key *key, struct dkim_findings *findings);

#endif
