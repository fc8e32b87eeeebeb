/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `lumbar test` expects of a message: lines "key: value", described in
 * lumbar-test(1).  Lines that begin with "#" and empty ones say nothing.
 */
#ifndef LUMBAR_FORMATS_EXPECTATION_H
#define LUMBAR_FORMATS_EXPECTATION_H

#include "base/buf.h"
#include "base/pool.h"
#include "base/span.h"

enum { EXPECTATION_MAX = 1 << 20 }; /* bytes of one file */

/* Several values of one key.  TOLD with none: "none" was said. */
struct expectation_list {
	struct span *items;
	size_t count;
	bool told;
};

struct expectation_header {
	struct span name;
	struct span value;
};

/* Spans are empty, and numbers zero, where nothing is said. */
struct expectation {
	/* How the message comes: */
	struct span from; /* "<>" for the null sender */
	struct span *recipients;
	size_t recipient_count;
	struct span client;
	struct span login;
	struct span listener;
	int64_t time_us; /* since 1970 */
	/* What is to become of it: */
	struct span action;
	struct expectation_list rules;   /* that match, in force */
	struct expectation_list audits;  /* that match, in audit mode */
	struct expectation_list refused; /* recipients */
	struct expectation_list left; /* recipients that it then has */
	unsigned reply_code;
	struct span reply_enhanced;
	struct expectation_header *headers; /* that the message then has */
	size_t header_count;
	struct span *absent; /* names of headers that it then lacks */
	size_t absent_count;
};

/*
 * Reads TEXT, called NAME in messages, which is borrowed.  0, or -1 and ERRORS
 * has for each mistake a line "NAME:LINE:COLUMN: what is wrong; what to
 * write".
 */
int expectation_parse(struct span name, struct span text, struct pool *pool,
    struct expectation *expectation, struct buf *errors);

#endif
