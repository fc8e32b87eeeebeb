/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The DNS, asked as a stub does it (RFC 1034 section 5.3.1): by UDP, and by
 * TCP where the answer does not fit.  The only user of c-ares.
 *
 * Nothing is kept between lookups, so that an answer is what the server says
 * now.  No search list and no hosts file is consulted.  A lookup blocks until
 * its deadline at the most; one thread at a time may use a struct dns.
 */
#ifndef LUMBAR_SERVICES_DNS_H
#define LUMBAR_SERVICES_DNS_H

#include "base/conf.h"
#include "base/err.h"
#include "base/lookup_result.h"
#include "base/pool.h"
#include "base/span.h"

enum {
	DNS_PORT = 53,
	DNS_SERVERS_MAX = 16,
	DNS_ALIASES_MAX = 8, /* CNAMEs one after the other */
};

struct dns;

/* 0 if SERVER is "ADDRESS", "ADDRESS:PORT" or, of IPv6, "[ADDRESS]:PORT";
 * else -1 with *ERR. */
int dns_check_server(const char *server, struct err *err);

/*
 * Makes ready to ask SERVERS (see dns_check_server), up to DNS_SERVERS_MAX of
 * them in the order of preference, or if there are none those of
 * resolv.conf(5).  NULL with *ERR on failure.  Release with dns_close.
 */
struct dns *dns_open(const struct conf_strings *servers, struct err *err)
    __attribute__((warn_unused_result));

/* Releases *DNS and clears it; NULL is a no-op. */
void dns_close(struct dns **dns);

/* The TXT records of a name.  All in the pool of the lookup. */
struct dns_txt {
	struct span *records; /* the strings of each, joined */
	size_t count;
	/* The name that has them, where the one that was asked for is an alias
	 * (CNAME); else empty.  Also set with LOOKUP_NOT_FOUND. */
	struct span alias;
};

/*
 * Looks for the TXT records of NAME, a DNS name without a dot at its end.
 *
 * LOOKUP_FOUND: *TXT has at least one.
 * LOOKUP_NOT_FOUND: a server has answered that NAME, or what it is an alias
 * of, does not exist or has none.
 * LOOKUP_FAILED: no server has answered that question by DEADLINE_US
 * (monotonic microseconds), one refers to other servers, or an answer cannot
 * be read; *ERR tells.
 */
enum lookup_result dns_lookup_txt(struct dns *dns, const char *name,
    struct pool *pool, struct dns_txt *txt, int64_t deadline_us,
    struct err *err);

#endif
