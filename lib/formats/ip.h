/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Internet addresses and networks as values.  IPv4 is kept as IPv4-mapped
 * IPv6 (RFC 4291 section 2.5.5.2), so that there is one kind to compare.
 */
#ifndef LUMBAR_FORMATS_IP_H
#define LUMBAR_FORMATS_IP_H

#include "base/err.h"
#include "base/span.h"

#include <stdint.h>

struct ip {
	uint8_t bytes[16]; /* network order; all zero: no address known */
};

struct network {
	struct ip base;  /* bits behind PREFIX are zero */
	unsigned prefix; /* 0 to 128 */
};

enum { IP_TEXT_SIZE = 46 }; /* longest address and a NUL */

/* Reads "192.0.2.7", "2001:db8::1" or "IPv6:2001:db8::1".  0 or -1. */
int ip_parse(struct span text, struct ip *ip);

/* Writes IP as text; IPv4 in its own form.  Returns TEXT. */
const char *ip_format(const struct ip *ip, char text[IP_TEXT_SIZE]);

/* True for IPv4, also where it is mapped into IPv6. */
bool ip_is_v4(const struct ip *ip);

/* Reads "ADDRESS" or "ADDRESS/PREFIX".  0, or -1 with *ERR; bits set behind
 * the prefix are an error, for they are a slip. */
int network_parse(struct span text, struct network *network, struct err *err);

/* The network of PREFIX bits (IPv4: 0 to 32) that holds IP. */
struct network network_of(const struct ip *ip, unsigned prefix);

/* True if IP is in NETWORK. */
bool network_contains(const struct network *network, const struct ip *ip);

#endif
