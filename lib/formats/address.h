/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mail addresses: the paths of the envelope (RFC 5321 section 4.1.2) and the
 * addr-spec of headers (RFC 5322 section 3.4).
 */
#ifndef LUMBAR_FORMATS_ADDRESS_H
#define LUMBAR_FORMATS_ADDRESS_H

#include "base/err.h"
#include "base/pool.h"
#include "base/span.h"

/*
 * An address in its parts, all borrowed from the text it was read from.  TEXT
 * is without "<>" and source route, in the case it came in.  The null sender
 * "<>" has all three empty; an unqualified name such as "postmaster" has an
 * empty domain.  DOMAIN is without the dot of "example.com.".
 */
struct address {
	struct span text;
	struct span local; /* with its quotes, if it had any */
	struct span domain;
	bool routed; /* a source route "@a,@b:" was dropped */
};

/* Reads an envelope path, "<>" optional.  0, or -1 with *ERR. */
int address_parse(struct span path, struct address *address, struct err *err);

/*
 * The address in its plainest form: the case it came in, quotes dropped where
 * the plain form means the same (RFC 5321 section 4.1.2), no dot behind the
 * domain.  Of two parts alone TEXT may be empty.  In POOL or borrowed.
 */
struct span address_plain(struct pool *pool, const struct address *address);

/*
 * The form under which the address is looked up and compared: the plain one in
 * lower case.  Never used to delete a recipient.  In POOL.
 */
struct span address_key(struct pool *pool, const struct address *address);

/* What LOCAL, the local part of an address, means: without its quotes and
 * backslashes, in the case it came in.  In POOL. */
struct span address_local_meant(struct pool *pool, struct span local);

/* The local part that means MEANT: in quotes if it needs them, in POOL, else
 * MEANT itself. */
struct span address_local_quote(struct pool *pool, struct span meant);

/* True if the local part is NAME without regard to case and quotes. */
bool address_local_is(const struct address *address, struct span name);

/*
 * True if the local part, without its quotes, holds "%", "!" or "@".  An MTA
 * that takes the domain for its own, or finds none, reads another address in
 * such a local part, as the relays of old did (RFC 1123 section 5.2.16), and
 * sends the mail there.
 */
bool address_local_routes(const struct address *address);

/* True if DOMAIN is PATTERN, or PATTERN starts with "." and DOMAIN lies under
 * it.  ASCII case is ignored. */
bool domain_matches(struct span domain, struct span pattern);

/* True if PATTERN can match a domain: one in letters (of any script), digits,
 * "-" and "_", with or without a "." before it, an address literal, or "[]",
 * the domain of qmail's bounces. */
bool domain_pattern_is_valid(struct span pattern);

/* 0 if PATTERN, from a configuration file, is one of these.  Else -1 with *ERR
 * saying what to write. */
int domain_pattern_check(const char *pattern, struct err *err);

/*
 * 0 if TEXT is exactly one addr-spec fit for RCPT TO: printable, one "@", no
 * list, no route, a host or an IP address behind the "@", and a local part
 * that, without its quotes, has none of "%!@" and no "-" in front.
 * Else -1 with *ERR.  Guards against values that a directory or a rule file
 * would inject (a comma adds recipients in Sendmail).
 */
int address_check_single(struct span text, struct err *err);

#endif
