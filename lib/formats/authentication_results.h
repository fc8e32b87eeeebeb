/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The field Authentication-Results (RFC 8601): what another host found out
 * about a message.  Anybody can write one, so it is worth nothing unless its
 * authserv-id is that of a host that removes those of others.
 */
#ifndef LUMBAR_FORMATS_AUTHENTICATION_RESULTS_H
#define LUMBAR_FORMATS_AUTHENTICATION_RESULTS_H

#include "base/err.h"
#include "base/pool.h"
#include "base/span.h"

/* Pairs NAME "=" VALUE of one field, those that make no item included. */
enum { AUTHENTICATION_RESULTS_MAX = 1000 };

struct authentication_result {
	struct span method; /* "spf", in lower case, without its version */
	/* "smtp.mailfrom", in lower case; empty: VALUE is the result. */
	struct span property;
	struct span value; /* "pass", "example.com": without quotes */
	bool passed; /* the result that it belongs to is "pass" */
};

struct authentication_results {
	struct span authserv_id;
	struct authentication_result *items; /* in the order of the field */
	size_t count;
};

/*
 * The authserv-id of VALUE (struct header), in POOL or borrowed from VALUE: to
 * be asked first, so that what anybody may have written costs nothing more.
 * 0, or -1 where VALUE does not begin with one, or with a version that is not
 * known.
 */
int authentication_results_host(
    struct pool *pool, struct span value, struct span *authserv_id);

/*
 * Reads VALUE (struct header), in memory linear in it.  *RESULTS, in POOL or
 * borrowed from VALUE, may have no item ("none").  0, or -1 with *ERR
 * (ERR_INPUT) where the field breaks the grammar of section 2.2: then nothing
 * of it is to be believed.
 */
int authentication_results_parse(struct pool *pool, struct span value,
    struct authentication_results *results, struct err *err);

#endif
