/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * limit.conf: its keys, and the limits it describes in the form that
 * decisions use.
 */
#ifndef LUMBAR_MILTERS_LIMIT_CONFIG_H
#define LUMBAR_MILTERS_LIMIT_CONFIG_H

#include "formats/connection.h"
#include "formats/ip.h"
#include "formats/message.h"
#include "milters/limit/limit_rate.h"
#include "services/bucket.h"
#include "skeleton/settings.h"

/* Whom a limit counts.  The order is that of the key's choices; so below. */
enum limit_key {
	LIMIT_KEY_SENDER,
	LIMIT_KEY_SENDER_DOMAIN,
	LIMIT_KEY_LOGIN,
	LIMIT_KEY_CLIENT_NETWORK,
};

/* What it counts. */
enum limit_count {
	LIMIT_COUNT_MESSAGES,
	LIMIT_COUNT_RECIPIENTS,
};

/* What happens to what is over it. */
enum limit_action {
	LIMIT_ACTION_TEMPFAIL,
	LIMIT_ACTION_REJECT,
};

struct limit {
	struct span name;
	enum limit_key key;
	enum limit_count count;
	enum limit_action action;
	struct limit_rate rate;
	struct bucket_rate bucket;
	unsigned prefix_v4, prefix_v6;
	unsigned roles; /* a bit for each enum role */
	struct conf_strings listeners; /* none: all */
	struct network *exempt_networks;
	size_t exempt_network_count;
	struct conf_strings exempt_addresses;
	struct conf_strings exempt_logins;
};

/* The snapshot that decisions read. */
struct limit_set {
	struct pool *pool; /* holds all else */
	struct limit *limits;
	size_t count;
};

/* The daemon's configuration struct. */
struct limit_conf {
	struct settings settings;
	int64_t table_size; /* keys */
	struct conf_items limits; /* see limit_config.c */
};

enum { LIMIT_ROWS = 1, LIMIT_SECTIONS = 1 };
extern const struct conf_row limit_rows[LIMIT_ROWS];
extern const struct conf_section limit_sections[LIMIT_SECTIONS];

/* Reads the limits of CONF.  Release with limit_set_free.  NULL, and ERRORS
 * has a line for each mistake. */
struct limit_set *limit_set_load(
    const struct limit_conf *conf, struct buf *errors);

/* Releases *SET and clears it; NULL is a no-op. */
void limit_set_free(struct limit_set **set);

/* True if MESSAGE has the sender "<>", as bounces have. */
bool limit_is_null_sender(const struct message *message);

/*
 * Whom LIMIT counts for this mail, in POOL: "alice", "192.0.2.0/24".  False
 * where it does not apply: another listener or role, exempt, or mail that has
 * no such key.
 */
bool limit_applies(const struct limit *limit,
    const struct connection *connection, const struct message *message,
    struct pool *pool, struct span *value);

#endif
