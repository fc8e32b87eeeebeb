/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names in the DNS as an administrator writes them.
 */
#ifndef LUMBAR_FORMATS_DNS_NAME_H
#define LUMBAR_FORMATS_DNS_NAME_H

#include "base/err.h"
#include "base/pool.h"
#include "base/span.h"

enum {
	DNS_NAME_MAX = 253, /* RFC 1035 section 2.3.4, as text */
	DNS_LABEL_MAX = 63,
};

/* 0 if NAME is labels of ASCII letters, digits, "-" and "_" with dots between
 * them (RFC 1035 section 2.3.1, and "_"), else -1 with *ERR. */
int dns_name_check(struct span name, struct err *err);

/* 0 if NAME passes dns_name_check and can be a selector (RFC 6376 section
 * 3.1), which stands before "._domainkey." and does not have that itself; else
 * -1 with *ERR. */
int dns_name_check_selector(struct span name, struct err *err);

/* NAME, in any script, as it stands in the DNS: A-labels in lower case.  *ASCII
 * is in POOL and has passed dns_name_check.  0, or -1 with *ERR. */
int dns_name_parse(struct pool *pool, struct span name, struct span *ascii,
    struct err *err);

#endif
