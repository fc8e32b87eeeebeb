/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What route makes of addresses: routing addresses from entries of the
 * directory, and the DSN parameters of a recipient that was replaced.
 */
#ifndef LUMBAR_MILTERS_ROUTE_ADDRESS_H
#define LUMBAR_MILTERS_ROUTE_ADDRESS_H

#include "formats/directory_key.h"
#include "formats/message.h"
#include "milters/route/route_config.h"

/* True if recipients of ADDRESS's domain are looked up. */
bool route_is_ours(
    const struct route_conf *conf, const struct address *address);

/* True if ADDRESS, which is ours, passes without being looked up. */
bool route_is_exempt(
    const struct route_conf *conf, const struct address *address);

/* True if ADDRESS asks to be relayed by its own route: "@a:b@c", "b%c@a",
 * "c!b@a" (RFC 5321 appendix F.2), quoted or not. */
bool route_is_source_route(const struct address *address);

/*
 * The routing address in ENTRY, which was found for KEYS; empty when it has
 * none.  HAS_EXTENSION: it was found by keys->plain.  In POOL.  0, or -1 with
 * *ERR when it is not exactly one address that an MTA may be given.
 */
int route_target(const struct route_config *config,
    const struct directory_keys *keys, bool has_extension,
    const struct directory_entry *entry, struct pool *pool,
    struct span *target, struct err *err);

/*
 * The ESMTP parameters with which RECIPIENT's replacement is added: NOTIFY as
 * it was; ORCPT as it was, or with the address that the client gave, so that
 * a delivery status tells the sender of the recipient he knows (RFC 3461
 * section 4.2, RFC 6533 section 3).  In POOL.
 */
struct span route_parameters(
    struct pool *pool, const struct recipient *recipient);

#endif
