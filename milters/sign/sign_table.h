/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which keys sign for which author, and which authors a login may be.
 */
#ifndef LUMBAR_MILTERS_SIGN_TABLE_H
#define LUMBAR_MILTERS_SIGN_TABLE_H

#include "base/conf.h"
#include "formats/author_pattern.h"
#include "milters/sign/sign_key_files.h"

enum { SIGN_WILD_MAX = 1000 }; /* patterns that are tried one by one */

/* What becomes of mail whose key cannot be used; the order is that of the
 * choices of on_bad_key. */
enum bad_key_outcome {
	BAD_KEY_DEFAULT, /* as the file says for all */
	BAD_KEY_TEMPFAIL,
	BAD_KEY_PASS, /* without a signature of this key */
};

/* A private key and the DNS name of its public half. */
struct sign_key {
	struct span name; /* the administrator's */
	struct conf_place place;
	struct span domain;   /* d= in lower case; empty: the author's */
	struct span selector; /* s= in lower case */
	struct span dns_name; /* SELECTOR._domainkey.DOMAIN, or ".%" */
	struct span identity; /* i=; empty: none */
	enum bad_key_outcome on_bad_key; /* never BAD_KEY_DEFAULT */
	const struct sign_key_file *file;
	bool used; /* some pattern names it */
};

/* A key that signs for a pattern. */
struct sign_use {
	const struct sign_key *key;
	struct span identity; /* i=; empty: none */
};

/* The domain (d=) of the signature that USE makes on mail of AUTHOR. */
struct span sign_use_domain(
    const struct sign_use *use, const struct author *author);

/* All that sign for a pattern; each makes a signature. */
struct sign_uses {
	struct sign_use *items;
	size_t count;
};

struct sign_table;

/* An empty table.  Release with sign_table_free. */
struct sign_table *sign_table_new(void) __attribute__((warn_unused_result));
void sign_table_free(struct sign_table **table);

/*
 * Adds USE for PATTERN; both are borrowed for the life of TABLE.  A key that
 * PATTERN has already is not added again: the two signatures would be the
 * same.  0, or -1 with *ERR: SIGN_WILD_MAX patterns have a "*" in the domain,
 * or in the local part at the same domain.
 */
int sign_table_add(struct sign_table *table,
    const struct author_pattern *pattern, struct sign_use use,
    struct err *err);

/*
 * The keys for mail of AUTHOR, by the narrowest kind of pattern that is for
 * it: the address; those with "*" in the local part, in the order in which
 * they were added; the domain; the nearest domain above it; those with "*" in
 * the domain, in order.  NULL if there is none.  The first, third and fourth
 * take the same time whatever the size of TABLE.
 */
const struct sign_uses *sign_table_find(
    const struct sign_table *table, const struct author *author);

/* How many patterns there are. */
size_t sign_table_count(const struct sign_table *table);

struct sign_logins;

/* An empty list of grants.  Release with sign_logins_free. */
struct sign_logins *sign_logins_new(void) __attribute__((warn_unused_result));
void sign_logins_free(struct sign_logins **logins);

/* LOGIN, or with "*" any login, may be an author of PATTERN; both are borrowed
 * for the life of LOGINS. */
void sign_logins_add(struct sign_logins *logins, struct span login,
    const struct author_pattern *pattern);

/* True if LOGIN may be AUTHOR. */
bool sign_logins_grant(const struct sign_logins *logins, struct span login,
    const struct author *author);

#endif
